"""Compares answers of narrow weights with those of fp32. Called by Scripts/bench-precision.sh."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import report

PACKAGE = pathlib.Path(__file__).resolve().parents[2]
PAGE = PACKAGE / "Sources/instructcv/instructcv.docc/Speed.md"
SCENES = PACKAGE / ".build/bench-scenes"
# Those of the README's scores.
MAKE_SCENES = ["dataset", "synthesize", "--count", "0", "--val-count", "400", "--unseen-count", "400",
               "--seed", "1", "--output"]  # fmt: skip
PRECISIONS = ["fp32", "bf16", "int8"]
HEADER = ["", *PRECISIONS]


def say(text):
    print(f"bench-precision: {text}", file=sys.stderr, flush=True)


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"bench-precision: {' '.join(map(str, arguments))} failed")
    return done.stdout


def compare(options, *arguments):
    text = run(options.program, "bench", "precision", "--json", "--quiet", "--steps", options.steps,
               *arguments)  # fmt: skip
    return json.loads(text)


def scores(options, precision):
    """mIoU, mAP@0.5, RMSE and accuracy of the embedded model."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "scores.json"
        run(options.program, "evaluate", "--quiet", "--root", SCENES, "--split", "val", "--limit",
            options.limit, "--phrasing", "template", "--precision", precision, "--json", path)  # fmt: skip
        found = json.loads(path.read_text())["runs"][0]
    return {
        "mIoU": found["segmentation"]["meanIoU"],
        "mAP@0.5": found["detection"]["averagePrecision50"],
        "RMSE": found["depth"]["averaged"]["rootMeanSquare"],
        "accuracy": found["classification"]["accuracy"],
    }


def difference_lines(name, result):
    """Lines of the table about one model."""
    rows = {row["precision"]: row for row in result["rows"]}

    def line(title, text):
        return [f"{name}: {title}", *(text(rows.get(precision)) for precision in PRECISIONS)]

    def error(row, part):
        return next(one for one in row["differences"] if one["part"] == part)

    def relative(part):
        return lambda row: f"{error(row, part)['relativeError']:.2e}" if row else "0"

    def noise(row):
        if not row:
            return ""
        value = error(row, "answer").get("peakSignalToNoiseRatio")
        return "equal" if value is None else f"{value:.1f} dB"

    def weights(row):
        return f"{(row or result)['weightByteCount'] / 1e6:.0f} MB"

    return [
        line("weights in memory", weights),
        line("error of the UNet, batch 3", relative("unet-3")),
        line("error of the text encoder", relative("text-encoder")),
        line("error of the decoder", relative("decode")),
        line(f"noise of an answer, {result['steps']} steps", noise),
    ]


def score_lines(by_precision):
    units = {"mIoU": "%", "mAP@0.5": "%", "RMSE": "m", "accuracy": "%"}

    def text(value, unit):
        return f"{value:.3f} m" if unit == "m" else f"{value * 100:.1f} %"

    return [
        [f"embedded model: {name}", *(text(by_precision[p][name], unit) for p in PRECISIONS)]
        for name, unit in units.items()
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--json")
    parser.add_argument("--write-table", nargs="?", const=PAGE)
    options = parser.parse_args()
    if not SCENES.exists():
        say("making scenes")
        run(options.program, *MAKE_SCENES, SCENES)
    say("the large model")
    large = compare(options, "--model", options.model, "--resolution", options.resolution)
    say("the embedded model")
    embedded = compare(options)
    by_precision = {}
    for precision in PRECISIONS:
        say(f"scores, {precision}")
        by_precision[precision] = scores(options, precision)
    machine = large["machine"]
    text = "\n\n".join([
        f"{machine['processor']}, kernels {machine['kernelSet']}; {options.resolution} px; scores of "
        f"{options.limit} pictures. An error is the root mean square of the difference to fp32, "
        "divided by that of the result.",
        report.table(
            difference_lines("large model", large) + difference_lines("embedded model", embedded)
            + score_lines(by_precision), HEADER),
    ])  # fmt: skip
    print(text)
    if options.json:
        record = {"large": large, "embedded": embedded, "scores": by_precision}
        pathlib.Path(options.json).write_text(json.dumps(record, indent=2))
    if options.write_table:
        report.replace_section(options.write_table, text, "bench-precision")


main()
