"""pycocotools: run lengths, polygons, compressed text, boxes, unions, IoU."""

import numpy as np
from pycocotools import mask as coco

from noise import Noise, blobs


def text(rle):
    return rle["counts"].decode()


def make():
    noise = Noise(21)
    masks = []
    for index in range(60):
        width, height = 1 + noise.below(60), 1 + noise.below(60)
        seeds = [300 + 2 * index, 301 + 2 * index]
        rles = [coco.encode(np.asfortranarray(blobs(width, height, seed).astype(np.uint8))) for seed in seeds]
        masks.append(
            {
                "size": [width, height], "seeds": seeds, "texts": [text(rle) for rle in rles],
                "areas": [int(coco.area(rle)) for rle in rles],
                "boxes": [[float(v) for v in coco.toBbox(rle)] for rle in rles],
                "union": text(coco.merge(rles)), "intersection": text(coco.merge(rles, intersect=True)),
                "iou": float(coco.iou([rles[0]], [rles[1]], [0])[0, 0]),
                "crowdIou": float(coco.iou([rles[0]], [rles[1]], [1])[0, 0]),
            }
        )
    polygons = []
    for index in range(200):
        width, height = 1 + noise.below(60), 1 + noise.below(60)
        reach = [0, 0, 10][index % 3]
        parts = []
        for _ in range(1 + noise.below(3)):
            count = 3 + noise.below(9)
            part = []
            for _ in range(count):
                part.append((noise.below((width + 2 * reach) * 100)) / 100 - reach)
                part.append((noise.below((height + 2 * reach) * 100)) / 100 - reach)
            if noise.below(5) == 0:
                part += part[:2]
            if noise.below(4) == 0:
                part = [float(round(v)) for v in part]
            parts.append(part)
        if index % 20 == 0:
            parts = [[noise.below(width * 10) / 10, noise.below(height * 10) / 10, 7.3, 5.1]]
            rle = coco.frPyObjects(np.array(parts), height, width)[0]
        else:
            rle = coco.merge(coco.frPyObjects(parts, height, width))
        polygons.append({"size": [width, height], "polygons": parts, "text": text(rle)})
    return {"masks": masks, "polygons": polygons}
