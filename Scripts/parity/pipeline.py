"""Runs diffusers' whole InstructPix2Pix pipeline on the model of a folder.

    python Scripts/parity/pipeline.py FOLDER SPACING OUTPUT.png

makes OUTPUT.png of picture.png beside it, which is made when it is not there. SPACING is uniform, with
k-diffusion's noise levels, as the authors' tools sample, or one of the scheduler's own.
"""

import pathlib
import sys

import numpy
import torch
from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionInstructPix2PixPipeline
from PIL import Image

from constants import (
    IMAGE_GUIDANCE,
    INSTRUCTION,
    PIPELINE_SEED,
    PIPELINE_SIDE,
    PIPELINE_STEPS,
    TEXT_GUIDANCE,
)
from models import SCHEDULE


class KDiffusionScheduler(EulerAncestralDiscreteScheduler):
    """Levels between two timesteps lie on a line in their logarithms, not in themselves."""

    def set_timesteps(self, count, device=None, **arguments):
        super().set_timesteps(count, device, **arguments)
        alphas = self.alphas_cumprod.double().numpy()
        logs = numpy.log((1 - alphas) / alphas) / 2
        timesteps = numpy.linspace(len(logs) - 1, 0, count)
        sigmas = numpy.exp(numpy.interp(timesteps, numpy.arange(len(logs)), logs))
        self.timesteps = torch.tensor(timesteps).float()
        self.sigmas = torch.tensor([*sigmas, 0]).float()


def scheduler(spacing):
    if spacing == "uniform":
        return KDiffusionScheduler(**SCHEDULE, timestep_spacing="linspace")
    return EulerAncestralDiscreteScheduler(**SCHEDULE, timestep_spacing=spacing)


def write_picture(path):
    """Even areas, edges and gradients in all channels."""
    y, x = numpy.mgrid[0:PIPELINE_SIDE, 0:PIPELINE_SIDE] / PIPELINE_SIDE
    red = 0.5 + 0.5 * numpy.sin(9 * x + 4 * y)
    green = ((x - 0.4) ** 2 + (y - 0.5) ** 2 < 0.08) * 0.7 + 0.2
    blue = numpy.where(x > y, 0.9 * x, 0.3)
    picture = numpy.stack([red, green, blue], axis=-1)
    Image.fromarray((picture * 255).round().astype(numpy.uint8)).save(path)


def main(folder, spacing, output):
    picture = pathlib.Path(output).parent / "picture.png"
    if not picture.exists():
        write_picture(picture)
    pipeline = StableDiffusionInstructPix2PixPipeline.from_pretrained(
        folder, scheduler=scheduler(spacing), torch_dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    pipeline(
        INSTRUCTION, image=Image.open(picture), num_inference_steps=PIPELINE_STEPS,
        guidance_scale=TEXT_GUIDANCE, image_guidance_scale=IMAGE_GUIDANCE,
        generator=torch.Generator().manual_seed(PIPELINE_SEED),
    ).images[0].save(output)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
