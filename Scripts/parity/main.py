"""Makes a random model, compares the program with diffusers and transformers on it, and prints one
table. Called by Scripts/parity.sh; every step is a process of its own, so that its memory is freed.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import comparison
import constants

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 2e-4
# Of the whole pipeline's picture: dB, grey levels, share of pixels, and the least standard deviation of
# a picture that says something.
LEAST_PSNR, LARGEST_STEP, LEAST_SHARE, LEAST_DEVIATION = 45.0, 3, 0.999, 10


def say(text):
    print(f"parity: {text}", file=sys.stderr, flush=True)


def python(script, *arguments):
    """Runs one of these scripts and gives what it prints."""
    command = [sys.executable, HERE / script, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def written(layout, folder, output):
    """Writes the folder's model in a layout; gives the program's options that name it."""
    return python("layouts.py", layout, folder, output).splitlines()


class Table:
    """Lines of what is compared, the figure, its bound and the verdict."""

    def __init__(self):
        self.rows = []

    def add(self, what, figure, bound, passes):
        self.rows.append((what, figure, bound, "PASS" if passes else "FAIL"))
        say(" | ".join(self.rows[-1]))

    def text(self):
        rows = [("compared", "measured", "bound", ""), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
            for row in rows
        ]
        lines.insert(1, "| " + " | ".join("-" * max(3, width) for width in widths) + " |")
        failed = sum(row[3] == "FAIL" for row in self.rows)
        return "\n".join([*lines, "", f"{len(self.rows) - failed} passed, {failed} failed"])

    @property
    def has_failed(self):
        return not self.rows or any(row[3] == "FAIL" for row in self.rows)


def checked(program, model, reference):
    """The results of `model check`, or the message of its failure. `model`: options that name it."""
    command = [program, "model", "check", *model, "--against", reference, "--json",
               "--tolerance", str(TOLERANCE), "--quiet"]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode in (0, 1) and done.stdout.strip():
        return json.loads(done.stdout), None
    return [], f"exit code {done.returncode}: {done.stderr.strip()[-300:] or 'no message'}"


def figure(result):
    """Of one result of `model check`: the figure and its bound."""
    if "of" in result:
        return f"{result['differing']} of {result['of']} differ", "0"
    error = result.get("relative_error")
    return ("not a number" if error is None else f"{error:.1e}"), f"{result['tolerance']:.0e}"


def compare(table, program, label, model, reference, is_detailed):
    """Adds the results of one model: each of them, or the worst alone. Says whether there are any."""
    results, failure = checked(program, model, reference)
    if failure:
        table.add(label, failure, "loads", False)
        return False
    for result in results if is_detailed else []:
        table.add(f"{label}: {result['name']}", *figure(result), result["passes"])
    if not is_detailed:
        errors = [result.get("relative_error") for result in results if "of" not in result]
        worst = "not a number" if None in errors else f"{max(errors):.1e}"
        differing = sum(result.get("differing", 0) for result in results)
        passes = all(result["passes"] for result in results)
        table.add(
            f"{label}: {len(results)} results", f"{worst}, {differing} differ",
            f"{TOLERANCE:.0e}, 0", passes,
        )  # fmt: skip
    return True


def compare_layouts(table, program, names, folder, work):
    """The first layout that loads is shown in detail, and walks the samplers' trajectories."""
    is_first = True
    for name in names:
        label, form = constants.LAYOUTS[name]
        say(f"layout: {label}")
        output = work / name
        try:
            model = written(name, folder, output)
        except subprocess.CalledProcessError as error:
            table.add(label, f"can't be written: {error}", "is written", False)
            continue
        loads = compare(table, program, label, model, work / f"{form}.safetensors", is_first)
        if loads and is_first:
            compare(table, program, label, model, work / "trajectories.safetensors", True)
            is_first = False
        shutil.rmtree(output, ignore_errors=True)
    if is_first and names:
        table.add("trajectories", "no layout loads", "are followed", False)


def compare_pipelines(table, program, folder, work):
    """The whole pipeline, from a picture and an instruction to a picture."""
    for spacing, layout in constants.PIPELINES.items():
        output = work / layout
        model = written(layout, folder, output)
        expected, ours = work / f"{spacing}-expected.png", work / f"{spacing}.png"
        start = time.monotonic()
        python("pipeline.py", folder, spacing, expected)
        middle = time.monotonic()
        command = [
            program, "run", *model, "--image", work / "picture.png", "--output", ours,
            "--instruction", constants.INSTRUCTION, "--rng", "torch", "--seed", constants.PIPELINE_SEED,
            "--steps", constants.PIPELINE_STEPS, "--sampler", "euler-ancestral", "--spacing", spacing,
            "--guidance", "ip2p", "--text-guidance", constants.TEXT_GUIDANCE,
            "--image-guidance", constants.IMAGE_GUIDANCE, "--resolution", constants.PIPELINE_SIDE,
            "--framing", "fit", "--quiet",
        ]  # fmt: skip
        done = subprocess.run(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        here = time.monotonic() - middle
        shutil.rmtree(output, ignore_errors=True)
        say(f"pipeline, {spacing}: {middle - start:.0f} s there, {here:.0f} s here")
        label = f"pipeline, {constants.PIPELINE_STEPS} steps, {spacing}"
        if done.returncode != 0:
            message = done.stderr.strip()[-300:]
            table.add(label, f"exit code {done.returncode}: {message}", "runs", False)
            continue
        found = comparison.compare(expected, ours, LARGEST_STEP)
        table.add(
            f"{label}: contrast of the picture", f"{found.deviation:.0f} levels",
            f">= {LEAST_DEVIATION}", found.deviation >= LEAST_DEVIATION,
        )  # fmt: skip
        table.add(
            f"{label}: PSNR", f"{found.psnr:.1f} dB", f">= {LEAST_PSNR:.0f} dB",
            found.psnr >= LEAST_PSNR,
        )  # fmt: skip
        table.add(
            f"{label}: pixels within {LARGEST_STEP} levels", f"{found.share:.3%}",
            f">= {LEAST_SHARE:.1%}", found.share >= LEAST_SHARE,
        )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(prog="parity.sh")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--size", choices=["full", "small"], default="full")
    parser.add_argument("--layouts", default=",".join(constants.LAYOUTS), help="names, or none")
    parser.add_argument("--keep", help="work in this folder and leave it")
    options = parser.parse_args()
    names = [name for name in options.layouts.split(",") if name and name != "none"]
    for name in names:
        if name not in constants.LAYOUTS:
            parser.error(f"no layout {name}; known: {', '.join(constants.LAYOUTS)}")
    program = str(pathlib.Path(options.program).resolve())
    work = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="instructcv-parity-")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    table = Table()
    try:
        folder = work / "model"
        say(f"making random weights of {options.size} size")
        python("models.py", options.size, folder)
        say("computing the reference's results")
        python("reference.py", options.size, folder, work)
        compare_layouts(table, program, names, folder, work)
        say("running the whole pipelines")
        compare_pipelines(table, program, folder, work)
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    print(table.text())
    sys.exit(1 if table.has_failed else 0)


if __name__ == "__main__":
    main()
