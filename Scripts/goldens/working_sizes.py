"""Golden of the resize rules: sizes by both authors' formulas, exactly and in floating point.

Run from the package root: python3 Scripts/goldens/working_sizes.py
Needs torch, safetensors (for the shared helpers).

The formulas are transcribed from the authors' inference code: `cli` is that of InstructPix2Pix,
InstructCV and InstructDiffusion's command line, `demo` that of InstructDiffusion's demonstration. With
fractions in place of floating-point numbers the same lines give what the formulas mean.
"""

import json
import math
import random
from fractions import Fraction

from golden_files import ROOT, record

FOLDER = ROOT / "Tests/DiffusionTests/Goldens"
NAME = "working-sizes.json"
SEED = 64
RESOLUTIONS = [256, 512, 600, 768]


def cli(width, height, resolution, number):
    factor = number(resolution) / max(width, height)
    factor = number(math.ceil(min(width, height) * factor / 64) * 64) / min(width, height)
    return [int((side * factor) // 64) * 64 for side in (width, height)]


def demo(width, height, resolution, number):
    factor = number(resolution) / max(width, height)
    return [int((side * factor) // 64) * 64 for side in (width, height)]


def main():
    numbers = random.Random(SEED)
    pictures = [(640, 480), (500, 333), (1024, 256), (300, 200), (1280, 720), (640, 427)]
    pictures += [(500, 375), (98, 98), (509, 509), (198, 98), (288, 188), (305, 305)]
    pictures += [(297, 396), (347, 301), (4000, 3000), (1, 1), (64, 64), (2048, 100)]
    pictures += [(numbers.randint(30, 4100), numbers.randint(30, 4100)) for _ in range(400)]
    rows = []
    for width, height in pictures:
        resolution = numbers.choice(RESOLUTIONS)
        row = [width, height, resolution]
        for rule in (cli, demo):
            row += rule(width, height, resolution, Fraction)
            row += rule(width, height, resolution, float)
        rows.append(row)
    for start, name in ((3, "cli"), (7, "demo")):
        off = sum(row[start : start + 2] != row[start + 2 : start + 4] for row in rows)
        print(f"{name}: floating point is off for {off} of {len(rows)} sizes")
    columns = ["width", "height", "resolution"]
    columns += [
        f"{rule}_{arithmetic}_{side}"
        for rule in ("cli", "demo")
        for arithmetic in ("exact", "float")
        for side in ("width", "height")
    ]
    text = json.dumps({"columns": columns, "rows": rows}, separators=(",", ":"))
    (FOLDER / NAME).write_text(text.replace("],[", "],\n[") + "\n")
    record(FOLDER, "python3 Scripts/goldens/working_sizes.py", SEED, [], [NAME])


if __name__ == "__main__":
    main()
