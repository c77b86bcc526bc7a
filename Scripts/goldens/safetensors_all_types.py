"""Writes a safetensors file with every element type, and what NumPy makes of its elements.

    python Scripts/goldens/safetensors_all_types.py Tests/SerializationTests/Goldens

needs: pip install safetensors==0.8.0 numpy==2.4.6 ml_dtypes
"""

import hashlib
import json
import pathlib
import sys

import ml_dtypes
import numpy as np
import safetensors
from safetensors.numpy import load_file, save_file

SEED = 20240607


def tensors():
    random = np.random.default_rng(SEED)
    normal = random.standard_normal
    special = np.array(
        [0.0, -0.0, 1.0, -1.5, 65504.0, 6e-8, 6.1e-5, 2.0**-14, np.inf, -np.inf, 3.1415927]
    )
    limits = {name: np.iinfo(name) for name in ["int64", "int32", "int16", "int8", "uint8"]}
    result = {
        "block.0.weight": normal((3, 5, 2, 1)).astype("float32"),
        "block.0.bias": special.astype("float32"),
        "half": special.astype("float16"),
        "half.normal": normal((7, 3)).astype("float16"),
        "brain": special.astype(ml_dtypes.bfloat16),
        "brain.normal": normal((2, 9)).astype(ml_dtypes.bfloat16),
        "double": np.concatenate([special, normal(4) * 1e-40, [1 + 2.0**-24, 1 + 3 * 2.0**-24]]),
        "scalar": np.array(0.9999, dtype="float32"),
        "empty": np.zeros((0, 4), dtype="float32"),
        "flags": np.array([[True, False, True]]),
        'na"me\\with\n\tescapes/é中': np.arange(3, dtype="float32"),
    }
    for name, limit in limits.items():
        result[name] = np.array([limit.min, limit.max, 0, 1, 77], dtype=name)
    return result


def main(folder):
    path = folder / "all-types.safetensors"
    save_file(tensors(), path, metadata={"format": "made by \"NumPy\""})
    expected = {}
    for name, value in load_file(path).items():
        entry = {"dtype": str(value.dtype), "shape": list(value.shape)}
        with np.errstate(over="ignore"):
            bits = value.astype("float32").view("uint32").reshape(-1)
        entry["floatBits"] = [int(x) for x in bits]
        if value.dtype.kind in "iub":
            entry["integers"] = [int(x) for x in value.reshape(-1)]
        expected[name] = entry
    (folder / "all-types.json").write_text(
        json.dumps(expected, sort_keys=True, ensure_ascii=False, indent=1) + "\n"
    )
    goldens = []
    for name in ["all-types.safetensors", "all-types.json"]:
        goldens.append(
            {
                "file": name,
                "command": "python Scripts/goldens/safetensors_all_types.py "
                "Tests/SerializationTests/Goldens",
                "versions": {
                    "safetensors": safetensors.__version__,
                    "numpy": np.__version__,
                    "ml_dtypes": ml_dtypes.__version__,
                },
                "seed": SEED,
                "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            }
        )
    (folder / "manifest.json").write_text(json.dumps({"goldens": goldens}, indent=2) + "\n")


main(pathlib.Path(sys.argv[1]))
