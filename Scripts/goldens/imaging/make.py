"""Makes the goldens of Tests/ImagingTests.

    python -m venv venv
    venv/bin/pip install numpy pillow opencv-python-headless pycocotools
    venv/bin/python Scripts/goldens/imaging/make.py [name ...]

`real` needs the sample data, found through INSTRUCTCV_SHARED_DATA or beside the package.
"""

import hashlib
import importlib.metadata
import json
import pathlib
import sys

import drawing
import filters
import masks
import pictures
import real
import resize

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "Tests/ImagingTests/Goldens"
COMMAND = "python Scripts/goldens/imaging/make.py"
PACKAGES = {
    "resize": ["pillow", "numpy"],
    "drawing": ["pillow", "opencv-python-headless", "numpy"],
    "masks": ["pycocotools", "numpy"],
    "filters": ["opencv-python-headless", "pillow", "numpy"],
    "pictures": ["pillow", "numpy"],
    "real": ["pillow", "numpy"],
}
SEEDS = {
    "resize": "7, 100-116, 200-203", "drawing": "11-13, 43", "masks": "21, 300-419",
    "filters": "31, 400-405, 500-559", "pictures": "1, 41", "real": "none",
}


def main():
    modules = {
        "resize": resize, "drawing": drawing, "masks": masks, "filters": filters,
        "pictures": pictures, "real": real,
    }
    wanted = sys.argv[1:] or list(modules)
    path = FOLDER / "manifest.json"
    entries = {entry["file"]: entry for entry in json.loads(path.read_text())["goldens"]}
    for name in wanted:
        content = json.dumps(modules[name].make(), separators=(",", ":")) + "\n"
        file = FOLDER / f"{name}.json"
        file.write_text(content)
        entries[file.name] = {
            "file": file.name, "command": COMMAND,
            "versions": {p: importlib.metadata.version(p) for p in PACKAGES[name]},
            "seed": SEEDS[name], "sha256": hashlib.sha256(content.encode()).hexdigest(),
        }
    goldens = [entries[file] for file in sorted(entries)]
    path.write_text(json.dumps({"goldens": goldens}, indent=2) + "\n")


main()
