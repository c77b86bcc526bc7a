"""How far two pictures are apart."""

import dataclasses
import math

import numpy
from PIL import Image


@dataclasses.dataclass
class Comparison:
    # dB, infinite for equal pictures.
    psnr: float
    # Pixels with no channel further off than the allowed grey levels, 0 to 1.
    share: float
    # Standard deviation of the reference's picture, grey levels.
    deviation: float


def pixels(path):
    return numpy.asarray(Image.open(path).convert("RGB")).astype(numpy.int32)


def compare(expected, ours, largest_step):
    """`largest_step`: the grey levels that a pixel may be off."""
    expected, ours = pixels(expected), pixels(ours)
    if expected.shape != ours.shape:
        return Comparison(0, 0, float(expected.std()))
    difference = numpy.abs(expected - ours)
    square = float((difference.astype(float) ** 2).mean())
    return Comparison(
        psnr=math.inf if square == 0 else 10 * math.log10(255**2 / square),
        share=float((difference.max(axis=-1) <= largest_step).mean()),
        deviation=float(expected.std()),
    )
