"""Times the program and its peers in turns, prints the table. Called by Scripts/bench-peers.sh."""

import argparse
import json
import pathlib
import sys

import contenders
import machine
import measuring
import report
import rows as table_rows
import worker

PACKAGE = pathlib.Path(__file__).resolve().parents[2]
PAGE = PACKAGE / "Sources/instructcv/instructcv.docc/Speed.md"
GIGABYTE = 1e9


def say(text):
    print(f"bench-peers: {text}", file=sys.stderr, flush=True)


class Table:
    """Lines as they are printed and figures as they are kept."""

    def __init__(self):
        self.lines, self.records = [], []

    def add(self, line, record):
        self.lines.append(line)
        self.records.append(record)
        say(" | ".join(filter(None, line)))


def measure_times(table, team, options):
    """The rows of times; the memory of a training step comes with its time."""
    for row in table_rows.rows(team, options.rows, options.precisions):
        say(row.title)
        figures = measuring.measure(team, row, options.repeats, say)
        table.add(report.line(row, figures), {
            "row": row.name, "work": row.work, "precision": row.precision, "unit": "ms",
            "contenders": {
                contender.label: {
                    "samples": one.samples, "minimum": one.minimum, "median": one.median,
                    "settings": one.settings, "failure": one.failure,
                    "peak_resident_byte_count": one.peak_resident_byte_count,
                }
                for contender, one in figures.items()
            },
            "ratios": {c.label: ratio for c, ratio in report.ratios(row, figures).items()},
            "targets": {label: bound for label, bound in row.targets.items() if bound},
        })  # fmt: skip
        if row.name == "training":
            peaks = {
                contender.name: one.peak_resident_byte_count / GIGABYTE or None
                for contender, one in figures.items()
                if contender.precision == row.precision
            }
            add_amount(
                table, team, "training-memory", f"peak memory, training step, {row.precision}",
                peaks["ours"], peaks["PyTorch"], table_rows.TRAINING_MEMORY_TARGET, "GB",
            )  # fmt: skip


def add_amount(table, team, name, work, ours, pytorch, bound, unit, our_precision=None):
    if our_precision:
        work += f" (ours in {our_precision})"
    if team.size != "full":
        bound = None
    table.add(report.amount_line(work, ours, pytorch, bound, unit), {
        "row": name, "work": work, "unit": unit, "ours": ours, "PyTorch": pytorch, "target": bound,
    })  # fmt: skip


def guarded(what, action):
    try:
        return action()
    except (worker.Failure, OSError) as error:
        say(f"{what}: {error}")
        return None


def pytorch_peak(team, precision):
    """Of its whole pipeline, two steps as well."""
    one = team.start(contenders.Contender("PyTorch", precision), "answer", 256, say)
    try:
        return one.ask("answer")["peakResidentByteCount"]
    finally:
        one.close()


def measure_memory(table, team, options):
    """Ours in every precision that has a bound, PyTorch's in those that were chosen."""
    for precision in table_rows.RUN_MEMORY_TARGETS:
        ours = team.ours(precision)
        say(f"peak memory of an answer, {precision}")
        own = guarded(ours.label, lambda: measuring.run_peak(team, ours))
        theirs = None
        if precision in options.precisions:
            theirs = guarded(f"PyTorch {precision}", lambda: pytorch_peak(team, precision))
        add_amount(table, team, "memory", f"peak memory, run, 256 px, {precision}",
                   own and own / GIGABYTE, theirs and theirs / GIGABYTE,
                   table_rows.RUN_MEMORY_TARGETS[precision], "GB",
                   None if ours.precision == precision else ours.precision)  # fmt: skip


def measure_start(table, team, options):
    ours = team.ours("bf16")
    say("from start to the first UNet step")
    stored = "bf16" if ours.precision == "bf16" else "fp32"
    seconds = guarded(
        ours.label, lambda: measuring.start_times(team, ours, options.repeats, say)
    )
    add_amount(table, team, "start", f"start to first UNet step, {stored} folder in the page cache",
               seconds and min(seconds), None, table_rows.START_TARGET, "s")  # fmt: skip


def names(text, known, parser):
    chosen = text.split(",")
    for name in chosen:
        if name not in known:
            parser.error(f"there is no {name!r}; known: {', '.join(known)}")
    return chosen


def parsed():
    parser = argparse.ArgumentParser(prog="bench-peers.sh")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--size", choices=["full", "small"], default="full")
    parser.add_argument("--rows", default=",".join(table_rows.NAMES), metavar="NAME,NAME",
                        help=f"of {', '.join(table_rows.NAMES)}")  # fmt: skip
    parser.add_argument("--precisions", metavar="fp32,bf16",
                        help="default: fp32, and bf16 where the processor has it")  # fmt: skip
    parser.add_argument("--repeats", type=int, default=5, help="turns of each (default: 5)")
    parser.add_argument("--threads", type=int, default=machine.core_count())
    parser.add_argument("--max-isa", choices=["avx2"], help="restricts all of them")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="all samples")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="the table")
    parser.add_argument("--write-table", nargs="?", const=PAGE, type=pathlib.Path, metavar="FILE",
                        help="replaces the table in a page (default: Speed.md)")  # fmt: skip
    options = parser.parse_args()
    options.rows = names(options.rows, table_rows.NAMES, parser)
    has_bf16 = machine.has_bf16() and not options.max_isa
    usual = "fp32,bf16" if has_bf16 else "fp32"
    options.precisions = names(options.precisions or usual, ["fp32", "bf16"], parser)
    if options.repeats < 1 or options.threads < 1:
        parser.error("--repeats and --threads must be positive")
    if options.write_table and options.size == "small":
        parser.error("times of small models say nothing; --write-table needs --size full")
    return options


def main():
    options = parsed()
    program = pathlib.Path(options.program).resolve()
    models = PACKAGE / ".build/bench-models" / options.size
    team = contenders.Team(program, options.size, models, options.threads, options.max_isa)
    team.make_models(say)
    described = machine.description(options.threads, options.max_isa)
    say(machine.line(described))
    table = Table()
    measure_times(table, team, options)
    if "memory" in options.rows:
        measure_memory(table, team, options)
    if "start" in options.rows:
        measure_start(table, team, options)
    text = "\n".join([
        machine.line(described), "",
        f"Least and median of {options.repeats} turns; ratios are of the least times.", "",
        report.table(table.lines),
    ])  # fmt: skip
    if options.json:
        record = {"machine": described, "size": options.size, "repeats": options.repeats,
                  "rows": table.records}  # fmt: skip
        options.json.write_text(json.dumps(record, indent=2) + "\n")
    if options.markdown:
        options.markdown.write_text(text + "\n")
    if options.write_table:
        report.replace_section(options.write_table, text)
    print(text)


if __name__ == "__main__":
    main()
