"""Entries in a golden folder's manifest, for environments without torch."""

import hashlib
import json


def record(folder, name, command, seed, versions):
    """Adds or replaces the entry of `name`."""
    path = folder / "manifest.json"
    goldens = [g for g in json.loads(path.read_text())["goldens"] if g["file"] != name]
    goldens.append(
        {
            "file": name,
            "command": command,
            "versions": versions,
            "seed": seed,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
    )
    goldens.sort(key=lambda g: g["file"])
    path.write_text(json.dumps({"goldens": goldens}, indent=2) + "\n")
