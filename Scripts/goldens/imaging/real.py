"""Pillow's decoding of real pictures: an exact hash, and means on an 8 x 8 grid for JPEG files,
whose decoders may round differently from version to version."""

import base64
import os
import pathlib

import numpy as np
from PIL import Image

from noise import hash_of

ROOT = pathlib.Path(
    os.environ.get(
        "INSTRUCTCV_SHARED_DATA", pathlib.Path(__file__).resolve().parents[4] / "shared/data"
    )
)


def make():
    by_folder = {}
    for path in sorted(ROOT.rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg", ".png") and not path.name.startswith("._"):
            by_folder.setdefault((path.parent, path.suffix), []).append(path)
    cases = []
    counts = {}
    for paths in by_folder.values():
        for path in sorted({paths[0], paths[len(paths) // 2]}):
            # A few of every data set and kind are enough.
            kind = (path.relative_to(ROOT).parts[0], path.suffix)
            counts[kind] = counts.get(kind, 0) + 1
            if counts[kind] > 4:
                continue
            image = Image.open(path)
            if image.format not in ("PNG", "JPEG"):
                continue
            case = {"path": str(path.relative_to(ROOT)), "size": list(image.size), "format": image.format}
            if image.mode == "I;16":
                case["deep"] = hash_of(np.asarray(image).astype("<u2").tobytes())
            else:
                if image.mode in ("L", "P"):
                    case["indices"] = hash_of(np.asarray(image).tobytes())
                rgb = image.convert("RGB")
                case["rgb"] = hash_of(rgb.tobytes())
                grid = rgb.resize((8, 8), Image.Resampling.BOX)
                case["grid"] = base64.b64encode(grid.tobytes()).decode()
            cases.append(case)
    return {"pictures": sorted(cases, key=lambda case: case["path"])}
