"""Random models for benchmarks, in single precision and in bf16, and what goes with them.

    python Scripts/bench/random_models.py SIZE FOLDER

writes FOLDER/fp32, FOLDER/bf16 (diffusers folders), FOLDER/training.yaml (the same sizes for
`instructcv bench train`, without clipping, as both papers train) and FOLDER/picture.png. Weights
are those of Scripts/parity/models.py.
"""

import pathlib
import sys

import numpy
import torch
from PIL import Image

import parts  # noqa: F401: makes Scripts/parity known
import models

SIDE = 256
TRAINING = """\
name: {size}
model:
  picture_size: {side}
  latent_channels: 4
  autoencoder: {{widths: {vae}, layers: {layers}, groups: 32}}
  unet:
    widths: {unet}
    layers: {layers}
    heads: [8, 8, 8, 8]
    groups: 32
    attention: [true, true, true, false]
  text_encoder: {{width: {width}, layers: {depth}, heads: {heads}, length: 77, vocabulary: 49408}}
denoiser:
  batch: 1
  optimizer: {{clip_norm: 0}}
"""


def main(size, folder):
    folder = pathlib.Path(folder)
    torch.manual_seed(models.SEED)
    pipeline = models.StableDiffusionInstructPix2PixPipeline(
        vae=models.autoencoder(size), text_encoder=models.text_encoder(size),
        tokenizer=models.tokenizer(), unet=models.unet(size),
        scheduler=models.EulerAncestralDiscreteScheduler(**models.SCHEDULE),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.save_pretrained(folder / "fp32")
    pipeline.to(torch.bfloat16).save_pretrained(folder / "bf16")
    sizes = models.SIZES[size]
    width, depth, heads = sizes["text"]
    (folder / "training.yaml").write_text(
        TRAINING.format(
            size=f"{size} random", side=SIDE, vae=list(sizes["vae"]), unet=list(sizes["unet"]),
            layers=sizes["layers"], width=width, depth=depth, heads=heads,
        )
    )  # fmt: skip
    noise = numpy.random.default_rng(models.SEED).integers(0, 256, (SIDE, SIDE, 3), numpy.uint8)
    Image.fromarray(noise).save(folder / "picture.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
