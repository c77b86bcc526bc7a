"""Writes what diffusers and transformers compute with the model of a folder, for
`instructcv model check`.

    python Scripts/parity/reference.py SIZE FOLDER OUTPUT

OUTPUT gets fast.safetensors and slow.safetensors (all parts and the ids of either form of the
tokenizer) and trajectories.safetensors.
"""

import json
import pathlib
import sys

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextModel

from constants import IMAGE_GUIDANCE, INSTRUCTION, TEXT_GUIDANCE
from models import tokenizer
from texts import texts

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))

SEED = 16180
LENGTH = 77
# Sides of pictures and of the UNet's latents.
SIDES = {"full": (256, 32), "small": (64, 16)}
TRAJECTORY_SIDE = 8
# Divide the 1000 timesteps: other counts end elsewhere in diffusers' DDIM. A guided pass of the full
# UNet takes most of a second on two cores even for latents of this side, there and here: 100 steps of
# all samplers would take half an hour on each side.
TRAJECTORY_STEPS = {"full": (1, 2, 4, 20), "small": (1, 2, 4, 20, 100)}
# As `instructcv model check` has it.
TRAJECTORY_SEED = 0
TIMESTEP_COUNT = 20
NOISES = {0: (3, 4, 32, 32), 42: (2, 4, 64, 64), 2**64 - 1: (4, 4, 1, 3)}


def ids(strings):
    return tokenizer()(
        strings, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt"
    ).input_ids


def save(path, tensors, **metadata):
    # Copies: some share their numbers, which the format does not allow.
    save_file({name: value.contiguous().clone() for name, value in tensors.items()}, path, metadata)


def parts(size, folder, generator):
    """Text states, latents, decoded pictures; all but the UNet's."""
    side, latent_side = SIDES[size]
    encoder = CLIPTextModel.from_pretrained(folder / "text_encoder").eval()
    tokens = ids([INSTRUCTION, ""])
    tensors = {"text.tokens": tokens, "text.states": encoder(tokens).last_hidden_state}
    del encoder
    model = AutoencoderKL.from_pretrained(folder / "vae").eval()
    picture = torch.rand((1, 3, side // 8, side // 8), generator=generator) * 2 - 1
    picture = torch.nn.functional.interpolate(picture, side, mode="bilinear")
    latent = 5 * torch.randn((1, 4, side // 8, side // 8), generator=generator)
    return tensors | {
        "vae.picture": picture,
        "vae.mean": model.encode(picture).latent_dist.mean,
        "vae.latent": latent,
        "vae.decoded": model.decode(latent).sample,
    }


def prediction(size, unet, tensors, generator):
    side = SIDES[size][1]
    sample = torch.randn((2, 8, side, side), generator=generator)
    timesteps = torch.tensor([981.0, 52.578947])
    context = tensors["text.states"]
    return {
        "unet.sample": sample,
        "unet.timesteps": timesteps,
        "unet.context": context,
        "unet.output": unet(sample, timesteps, context).sample,
    }


def trajectories(size, unet, tensors, generator):
    """Every sampler with its usual spacing and another, short and long, guided as InstructPix2Pix's
    pipeline is: the schedulers in double precision, the network in single."""
    import samplers  # Its schedulers compute in double precision from here on.

    shape = (1, 4, TRAJECTORY_SIDE, TRAJECTORY_SIDE)
    picture = 5 * torch.randn(shape, generator=generator)
    text, null = tensors["text.states"].chunk(2)
    contexts = torch.cat([text, null, null])
    pictures = torch.cat([picture, picture, torch.zeros_like(picture)])

    def network(seen, t):
        sample = torch.cat([seen.float().repeat(3, 1, 1, 1), pictures], dim=1)
        full, image, none = unet(sample, t, contexts).sample.chunk(3)
        combined = none + TEXT_GUIDANCE * (full - image) + IMAGE_GUIDANCE * (image - none)
        return combined.double()

    source = torch.Generator().manual_seed(TRAJECTORY_SEED)
    counts = TRAJECTORY_STEPS[size]
    noises = [torch.randn(shape, generator=source).double() for _ in range(max(counts) + 1)]
    result = {
        "trajectory.picture": picture,
        "trajectory.context": text,
        "trajectory.null_context": null,
    }
    for name, (kind, _, usual) in samplers.METHODS.items():
        if name == "ddim-noisy":
            continue
        for spacing in (usual, "leading" if name == "ddim" else "karras"):
            for count in counts:
                scheduler, _, levels = samplers.prepared(name, spacing, count, "epsilon")
                scale = samplers.initial_scale(name, spacing, scheduler, float(levels[0]))
                latents = samplers.trajectory(
                    name, spacing, count, "epsilon", noises, network=network
                )
                all_latents = torch.cat([noises[0][None] * scale, latents])[:, 0]
                result[f"trajectory.{name}.{spacing}.{count}.latents"] = all_latents.float()
                largest = all_latents.abs().max()
                print(
                    f"  {name}, {spacing}, {count} steps: latents to {largest:.3g}", file=sys.stderr
                )
            timesteps = samplers.prepared(name, spacing, TIMESTEP_COUNT, "epsilon")[1]
            # The timestep of the lowest level is 0 up to the rounding of a logarithm.
            rounded = torch.tensor(timesteps).double().round(decimals=9)
            result[f"timesteps.{name}.{spacing}"] = rounded.float()
    return result


def noises():
    result = {}
    for seed, (draws, *shape) in NOISES.items():
        source = torch.Generator().manual_seed(seed)
        drawn = [torch.randn((1, *shape), generator=source) for _ in range(draws)]
        result[f"noise.{seed}"] = torch.cat(drawn)
    return result


@torch.no_grad()
def main(size, folder, output):
    folder, output = pathlib.Path(folder), pathlib.Path(output)
    generator = torch.Generator().manual_seed(SEED)
    tensors = parts(size, folder, generator)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet").eval()
    tensors |= prediction(size, unet, tensors, generator)
    for name, value in tensors.items():
        assert value.isfinite().all() if value.is_floating_point() else True, name
    for name in ("text.states", "vae.mean", "vae.decoded", "unet.output"):
        print(f"  {name}: standard deviation {tensors[name].std():.3g}", file=sys.stderr)
    tensors |= noises()
    for form in ("fast", "slow"):
        strings = texts(form)
        save(
            output / f"{form}.safetensors",
            tensors | {"tokens.ids": ids(strings)},
            **{"tokens.texts": json.dumps(strings)},
        )
    save(output / "trajectories.safetensors", trajectories(size, unet, tensors, generator))


if __name__ == "__main__":
    main(*sys.argv[1:])
