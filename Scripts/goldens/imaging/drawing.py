"""Pillow's rectangle, OpenCV's line and fillPoly."""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from noise import Noise, packed


def rectangles():
    noise = Noise(11)
    cases = []
    for _ in range(120):
        width, height = 8 + noise.below(40), 8 + noise.below(40)

        def pair(length):
            a, b = ((noise.below(1200) / 1000 - 0.1) * length for _ in range(2))
            return min(a, b), max(a, b)

        x0, x1 = pair(width)
        y0, y1 = pair(height)
        stroke = 1 + noise.below(8)
        image = Image.new("RGB", (width, height))
        ImageDraw.Draw(image).rectangle([x0, y0, x1, y1], outline=(255, 255, 255), width=stroke)
        filled = Image.new("RGB", (width, height))
        ImageDraw.Draw(filled).rectangle([x0, y0, x1, y1], fill=(255, 255, 255))
        cases.append(
            {
                "size": [width, height], "box": [x0, y0, x1, y1], "stroke": stroke,
                "mask": packed(np.asarray(image)[:, :, 0] > 0),
                "filled": packed(np.asarray(filled)[:, :, 0] > 0),
            }
        )
    return cases


def lines():
    noise = Noise(12)
    cases = []
    for _ in range(150):
        width, height = 1 + noise.below(40), 1 + noise.below(40)
        ends = [noise.below(3 * length) - length for length in (width, height) * 2]
        canvas = np.zeros((height, width), dtype=np.uint8)
        cv2.line(canvas, ends[:2], ends[2:], 255, 1)
        cases.append({"size": [width, height], "ends": ends, "mask": packed(canvas > 0)})
    return cases


def polygons(reach):
    noise = Noise(13 + reach)
    cases = []
    for index in range(150):
        width, height = 4 + noise.below(44), 4 + noise.below(44)
        parts = []
        for _ in range(1 + noise.below(3) if index % 3 == 0 else 1):
            points = []
            for _ in range(1 + noise.below(9)):
                x = noise.below(width + 1 + 2 * reach) - reach
                y = noise.below(height + 1 + 2 * reach) - reach
                points.append([x, y])
            parts.append(points)
        canvas = np.zeros((height, width), dtype=np.uint8)
        cv2.fillPoly(canvas, [np.array(part, dtype=np.int32) for part in parts], 255)
        cases.append({"size": [width, height], "polygons": parts, "mask": packed(canvas > 0)})
    return cases


def make():
    return {
        "rectangles": rectangles(), "lines": lines(),
        "polygons": polygons(0), "reachingOut": polygons(30),
    }
