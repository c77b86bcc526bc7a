"""Goldens of Tests/DiffusionTests: what PyTorch's CPU generator draws, and diffusers' noise.

Run from the package root: python3 Scripts/goldens/torch_random.py
Needs torch, diffusers, safetensors, and a processor with AVX2: PyTorch's plain build draws numbers
that differ in their last bits.
"""

import torch
from diffusers.utils.torch_utils import randn_tensor
from safetensors.torch import save_file

from golden_files import ROOT, channels_last, record

FOLDER = ROOT / "Tests/DiffusionTests/Goldens"
NAME = "torch-random.safetensors"
# PyTorch uses the low 32 bits; the last three say so.
SEEDS = [0, 1, 42, 2**32, 2**63 + 5, 2**64 - 1]
SIZES = [1, 2, 7, 15, 16, 17, 31, 32, 33, 100, 1000]
LATENT_SIZE = 4 * 64 * 64
PRECISIONS = {
    "float32": torch.float32,
    "float64": torch.float64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
RANGES = [(0, 10), (-5, 2**20), (0, 2**28 - 1), (0, 2**28), (-(2**62), 2**62 + 1)]
# Draws of one generator, small and large ones; a name of PRECISIONS is a normal draw.
SEQUENCE = [
    ("float32", 3),
    ("float32", 16),
    ("float64", 1),
    ("float16", 33),
    ("uniform32", 5),
    ("float32", 7),
    ("integers", 0),
    ("bfloat16", 20),
    ("float64", 17),
    ("float16", 1),
    ("float32", 100),
    ("bfloat16", 5),
    ("uniform64", 2),
    ("integers", 4),
    ("float32", 2),
]
SHAPE = (3, 4, 2, 5)
# Twelve numbers a sample, which are drawn one by one.
SMALL_SHAPE = (3, 4, 1, 3)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def exact(values):
    """Doubles as the integers of their bits, everything narrower as fp32, which holds it exactly."""
    values = values.contiguous()
    if values.dtype == torch.float64:
        return values.view(torch.int64)
    return values if values.dtype == torch.int64 else values.float()


def drawn(kind, count, source):
    if kind == "uniform32":
        return torch.rand(count, generator=source)
    if kind == "uniform64":
        return torch.rand(count, generator=source, dtype=torch.float64)
    if kind == "integers":
        return torch.randint(*RANGES[count], (9,), generator=source)
    return torch.randn(count, generator=source, dtype=PRECISIONS[kind])


def draws():
    tensors = {}
    for seed in SEEDS:
        for size in SIZES:
            tensors[f"float32-{size}-{seed}"] = drawn("float32", size, generator(seed))
        for kind in ["uniform32", "uniform64"]:
            tensors[f"{kind}-33-{seed}"] = drawn(kind, 33, generator(seed))
        for index in range(len(RANGES)):
            tensors[f"integers-{index}-{seed}"] = drawn("integers", index, generator(seed))
    tensors[f"float32-{LATENT_SIZE}-42"] = drawn("float32", LATENT_SIZE, generator(42))
    for kind in ["float64", "float16", "bfloat16"]:
        for size in SIZES:
            tensors[f"{kind}-{size}-42"] = drawn(kind, size, generator(42))
    source = generator(7)
    for index, (kind, count) in enumerate(SEQUENCE):
        tensors[f"sequence-{index}-{kind}-{count}"] = drawn(kind, count, source)
    return tensors


def latents():
    """Two draws each of a generator for the batch and of one for each sample."""
    tensors = {}
    for name, shape in [("large", SHAPE), ("small", SMALL_SHAPE)]:
        for precision in ["float32", "float16"]:
            for sharing, source in [
                ("shared", generator(42)),
                ("separate", [generator(seed) for seed in [42, 0, 5]]),
            ]:
                values = [
                    channels_last(randn_tensor(shape, source, dtype=PRECISIONS[precision]))
                    for _ in range(2)
                ]
                tensors[f"latents-{name}-{precision}-{sharing}"] = torch.stack(values)
    return tensors


def main():
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        raise SystemExit("this machine's PyTorch does not use AVX2; take another machine")
    path = FOLDER / NAME
    tensors = {name: exact(values) for name, values in (draws() | latents()).items()}
    save_file(tensors, path)
    path.chmod(0o644)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")
    record(
        FOLDER,
        "python3 Scripts/goldens/torch_random.py",
        SEEDS,
        ["torch", "diffusers", "safetensors"],
        [NAME],
    )


if __name__ == "__main__":
    main()
