"""What the scripts for model and diffusion goldens share: seeded weights, files, the manifest."""

import hashlib
import importlib.metadata
import json
import pathlib

import torch
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]


def randomise(model, seed):
    """Replaces every weight, also the norms' ones and zeros, by seeded fp32 numbers; then double."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.ndim > 1:
            fan_in = parameter[0].numel()
            value = noise * fan_in**-0.5
        elif "norm" in name and name.endswith("weight"):
            value = 1 + 0.2 * noise
        else:
            value = 0.1 * noise
        parameter.data = value.double()
    return model.double().eval()


def weights(model, prefix):
    """State dict in fp32; exact, since the values were drawn in fp32."""
    return {
        prefix + name: value.float().contiguous()
        for name, value in model.state_dict().items()
        if value.is_floating_point()
    }


def channels_last(x):
    """[N, C, H, W] to [N, H, W, C]."""
    return x.permute(0, 2, 3, 1)


def save(folder, name, tensors):
    """Writes one safetensors file, everything as fp32."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    save_file({key: value.detach().float().contiguous() for key, value in tensors.items()}, path)
    path.chmod(0o644)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


def record(folder, command, seed, packages, names):
    """Adds entries for `names` to the folder's manifest, replacing those of the same file."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text()) if path.exists() else {"goldens": []}
    entries = {entry["file"]: entry for entry in manifest["goldens"]}
    for name in names:
        entries[name] = {
            "file": name,
            "command": command,
            "versions": {package: importlib.metadata.version(package) for package in packages},
            "seed": seed,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
    manifest["goldens"] = [entries[name] for name in sorted(entries)]
    path.write_text(json.dumps(manifest, indent=2) + "\n")
