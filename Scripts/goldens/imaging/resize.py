"""Pillow's Image.resize and ImageOps.fit over many sizes, boxes and filters."""

import numpy as np
from PIL import Image, ImageOps

from noise import Noise, hash_of, picture

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

SIZES = [
    ((1, 1), (1, 1)), ((1, 1), (7, 5)), ((7, 5), (1, 1)), ((2, 3), (3, 2)), ((13, 17), (13, 17)),
    ((13, 17), (13, 40)), ((13, 17), (40, 17)), ((31, 29), (64, 61)), ((64, 61), (31, 29)),
    ((97, 53), (32, 32)), ((53, 97), (32, 32)), ((50, 40), (51, 39)), ((128, 3), (5, 96)),
    ((33, 100), (100, 33)), ((200, 150), (7, 9)), ((19, 23), (57, 69)), ((60, 48), (30, 24)),
]
FITS = [((64, 48), (32, 32)), ((48, 64), (32, 32)), ((61, 37), (20, 31)), ((30, 30), (16, 16))]


def random_box(noise, width, height):
    def span(length):
        a = noise.below(1000) / 1000 * length
        b = noise.below(1000) / 1000 * length
        a, b = min(a, b), max(a, b)
        return (a, b) if b - a > 0.4 else (0.0, float(length))

    left, right = span(width)
    top, bottom = span(height)
    return [left, top, right, bottom]


def make():
    noise = Noise(7)
    cases = []
    for index, (size, new_size) in enumerate(SIZES):
        pixels = picture(*size, seed=100 + index)
        boxes = [None, random_box(noise, *size), random_box(noise, *size)]
        grey = pixels[:, :, 1]
        numbers = (pixels[:, :, 0].astype(np.float32) * np.float32(0.0371)) - np.float32(
            pixels[:, :, 2].astype(np.float32)
        )
        for mode, array in [("RGB", pixels), ("L", grey), ("F", numbers)]:
            image = Image.fromarray(array, mode=mode) if mode != "F" else Image.fromarray(array)
            assert image.mode == mode
            for name, filter in FILTERS.items():
                for box in boxes if mode == "RGB" else boxes[:2]:
                    result = np.asarray(image.resize(new_size, filter, box=box))
                    cases.append(
                        {
                            "mode": mode, "seed": 100 + index, "size": size, "newSize": new_size,
                            "filter": name, "box": box, "hash": hash_of(result.tobytes()),
                        }
                    )
    fits = []
    for index, (size, new_size) in enumerate(FITS):
        image = Image.fromarray(picture(*size, seed=200 + index))
        for name, filter in FILTERS.items():
            result = np.asarray(ImageOps.fit(image, new_size, filter))
            fits.append(
                {
                    "mode": "RGB", "seed": 200 + index, "size": size, "newSize": new_size,
                    "filter": name, "box": None, "hash": hash_of(result.tobytes()),
                }
            )
    return {"resized": cases, "fitted": fits}
