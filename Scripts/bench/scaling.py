"""Times our UNet against threads, batch and resolution, fits the cost model, and predicts larger
machines. Called by Scripts/bench-scaling.sh."""

import argparse
import json
import pathlib
import sys

import cost_model
import machine
import worker

BATCHES = [1, 2, 3, 4]
SIDES = "16,24,32,48,64"
# Of latents, for threads and batches, and their batch for threads.
USUAL_SIDE, USUAL_BATCH = 32, 3
REDUCTION = 8
PREDICTED_CORES = [16, 32, 64]
# Batch and side of what is predicted.
PREDICTED_WORK = [(1, 32), (3, 32), (3, 64)]
# The share of the machine's bandwidth, GB/s, that the predictions assume; a server of that size.
BANDWIDTH = 100.0
ASSUMPTIONS = """\
Assumed: every core is as fast as one of this machine while all compute; one serial share holds for all
layers and any number of cores; all weights ({weights:.2f} GB, of which the UNet has most) are read once
in an evaluation at {bandwidth:.0f} GB/s, and it takes at least that long. The share was fitted to 1 to
{threads} threads: predictions extrapolate by up to {factor:.0f} times."""


def say(text):
    print(f"bench-scaling: {text}", file=sys.stderr, flush=True)


def configurations(options):
    """(threads, batch, side), those of one process after each other."""
    threads, counts = options.max_threads, []
    while threads > 1:
        counts.append(threads)
        threads //= 2
    counts.append(1)
    wanted = [(n, USUAL_BATCH, USUAL_SIDE) for n in counts]
    wanted += [(options.max_threads, batch, USUAL_SIDE) for batch in BATCHES]
    wanted += [(options.max_threads, 1, side) for side in options.sides]
    # One thread in two more places, or overhead and serial share can't be told apart.
    wanted += [(1, 1, USUAL_SIDE), (1, 1, min(options.sides))]
    return sorted(set(wanted), key=lambda c: (-c[0], c[2], c[1]))


def measure(options):
    """Points with their least times, and the bytes of the weights."""
    points, open_worker, current, weights = [], None, None, 0
    try:
        for threads, batch, side in configurations(options):
            if current != (threads, side):
                if open_worker:
                    open_worker.close()
                current = threads, side
                open_worker = worker.Worker(
                    [options.program, "bench", "model", *options.model, "--on-request", "--quiet",
                     "--threads", threads, "--resolution", side * REDUCTION], {},
                )  # fmt: skip
                weights = open_worker.opening["weightByteCount"]
            first = open_worker.ask(f"unet-{batch}")
            times = [
                open_worker.ask(f"unet-{batch}")["milliseconds"] for _ in range(options.repeats)
            ]
            points.append({
                "threads": threads, "batch": batch, "side": side, "gigaflop": first["gigaflop"],
                "milliseconds": min(times), "samples": times,
            })  # fmt: skip
            say(f"{threads} threads, batch {batch}, {side}x{side}: {min(times):.1f} ms")
    finally:
        if open_worker:
            open_worker.close()
    return points, weights


def aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(c.rjust(w) for c, w in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join("-" * max(2, w - 1) + ":" for w in widths) + " |")
    return "\n".join(lines)


def measured_table(points, model):
    rows = [
        ["threads", "batch", "latents", "GFLOP", "measured ms", "fitted ms", "error", "GFLOP/s"]
    ]
    for point in points:
        fit = 1e3 * model.seconds(point["gigaflop"], point["threads"])
        time = point["milliseconds"]
        rows.append([
            str(point["threads"]), str(point["batch"]), f"{point['side']}x{point['side']}",
            f"{point['gigaflop']:.1f}", f"{time:.1f}", f"{fit:.1f}", f"{fit / time - 1:+.0%}",
            f"{point['gigaflop'] / time * 1e3:.0f}",
        ])  # fmt: skip
    return aligned(rows)


def rms_error(points, model):
    errors = [
        1e3 * model.seconds(p["gigaflop"], p["threads"]) / p["milliseconds"] - 1 for p in points
    ]
    return (sum(error**2 for error in errors) / len(errors)) ** 0.5


def predictions(points, model, floor):
    """Seconds by work and number of cores; work that was not measured scales with the pixels of
    the largest that was, which leaves out how attention grows."""
    found = []
    for batch, side in PREDICTED_WORK:
        known = max(
            (p for p in points if p["side"] <= side), key=lambda p: (p["side"], p["batch"] == batch)
        )
        flop = known["gigaflop"] * batch / known["batch"] * (side / known["side"]) ** 2
        found.append({
            "batch": batch, "side": side, "gigaflop": flop,
            "seconds": {n: max(floor, model.seconds(flop, n)) for n in PREDICTED_CORES},
        })  # fmt: skip
    return found


def prediction_table(found):
    rows = [["batch", "latents", "GFLOP", *(f"{n} cores, ms" for n in PREDICTED_CORES)]]
    for work in found:
        rows.append([
            str(work["batch"]), f"{work['side']}x{work['side']}", f"{work['gigaflop']:.0f}",
            *(f"{1e3 * seconds:.1f}" for seconds in work["seconds"].values()),
        ])  # fmt: skip
    return aligned(rows)


def parsed():
    parser = argparse.ArgumentParser(prog="bench-scaling.sh")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--sizes", default="sd15",
                        help="sd15, small (the embedded model), or a training's YAML file")  # fmt: skip
    parser.add_argument("--model", metavar="FOLDER",
                        help="a model instead, which loads faster than sd15 is drawn")  # fmt: skip
    parser.add_argument("--sides", default=SIDES, help="of latents, with commas")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--max-threads", type=int, default=machine.core_count())
    parser.add_argument("--bandwidth", type=float, default=BANDWIDTH, metavar="GB/s",
                        help="of the predicted machine's memory (default: %(default)s)")  # fmt: skip
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    options.program = pathlib.Path(options.program).resolve()
    sizes = [] if options.sizes == "small" else ["--sizes", options.sizes]
    options.model = ["--model", options.model] if options.model else sizes
    try:
        options.sides = sorted({int(side) for side in options.sides.split(",")})
    except ValueError:
        parser.error("--sides needs numbers with commas between them")
    if min(options.sides) < 1 or min(options.repeats, options.max_threads) < 1:
        parser.error("--sides, --repeats and --max-threads must be positive")
    if options.bandwidth <= 0:
        parser.error("--bandwidth must be positive")
    return options


def main():
    options = parsed()
    described = machine.description(options.max_threads, None, with_packages=False)
    say(machine.line(described))
    points, weights = measure(options)
    model = cost_model.fitted(
        [(p["gigaflop"], p["threads"], p["milliseconds"] / 1e3) for p in points]
    )
    found = predictions(points, model, weights / 1e9 / options.bandwidth)
    print(machine.line(described))
    print("\nt = o + F / (n r e(n)), e(n) = 1 / (n s + 1 - s): "
          f"o = {1e3 * model.overhead:.1f} ms, r = {model.rate:.1f} GFLOP/s of a thread, "
          f"s = {model.serial_share:.2%}\n")  # fmt: skip
    print(measured_table(points, model))
    print(f"\nThe fit is off by {rms_error(points, model):.0%} (root mean square).")
    print(f"\nPredicted, on paper:\n\n{prediction_table(found)}\n")
    print(ASSUMPTIONS.format(
        weights=weights / 1e9, bandwidth=options.bandwidth,
        threads=options.max_threads,
        factor=max(PREDICTED_CORES) / options.max_threads))  # fmt: skip
    if options.json:
        record = {"machine": described, "model": vars(model), "points": points,
                  "predictions": found, "weight_byte_count": weights}  # fmt: skip
        options.json.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
