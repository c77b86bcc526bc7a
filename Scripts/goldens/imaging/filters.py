"""OpenCV: HSV, median, morphology, Otsu, components, contours; Pillow: luma."""

import cv2
import numpy as np
from PIL import Image

from noise import Noise, blobs, hash_of, packed, picture


def colors():
    """Every third level of each channel, and the channels' ends."""
    levels = np.array(sorted(set(range(0, 256, 3)) | {1, 127, 128, 254}), dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    strip = np.ascontiguousarray(cube.reshape(1, -1, 3))
    hsv = cv2.cvtColor(strip, cv2.COLOR_RGB2HSV)
    luma = np.asarray(Image.fromarray(strip).convert("L"))
    return {
        "levels": levels.tolist(), "hsv": hash_of(hsv.tobytes()), "luma": hash_of(luma.tobytes()),
        "samples": [
            {"rgb": strip[0, i].tolist(), "hsv": hsv[0, i].tolist()}
            for i in range(0, strip.shape[1], 9973)
        ],
    }


def rasters():
    cases = []
    for index, (width, height) in enumerate([(1, 1), (1, 9), (9, 1), (2, 2), (17, 13), (40, 31)]):
        pixels = picture(width, height, seed=400 + index)
        grey = np.ascontiguousarray(pixels[:, :, 1])
        otsu, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        case = {
            "size": [width, height], "seed": 400 + index,
            "median": hash_of(cv2.medianBlur(pixels, 3).tobytes()),
            "medianGrey": hash_of(cv2.medianBlur(grey, 3).tobytes()),
            "otsu": int(otsu),
        }
        if width > 10:
            case["gaussian"] = cv2.GaussianBlur(
                grey.astype(np.float64), (17, 17), 2.0, borderType=cv2.BORDER_REFLECT_101
            ).reshape(-1).round(4).tolist()
            case["boxBlur"] = cv2.blur(
                grey.astype(np.float64), (5, 5), borderType=cv2.BORDER_REFLECT_101
            ).reshape(-1).round(4).tolist()
        cases.append(case)
    return cases


def masks():
    noise = Noise(31)
    cases = []
    for index in range(60):
        width, height = 1 + noise.below(40), 1 + noise.below(40)
        seed = 500 + index
        mask = blobs(width, height, seed, density=12 if index % 2 else 40)
        raw = np.ascontiguousarray(mask.astype(np.uint8) * 255)
        radius = 1 + noise.below(3)
        kernel = np.ones((2 * radius + 1, 2 * radius + 1), dtype=np.uint8)
        case = {"size": [width, height], "seed": seed, "density": 12 if index % 2 else 40, "radius": radius}
        case["dilated"] = packed(cv2.dilate(raw, kernel) > 0)
        case["eroded"] = packed(cv2.erode(raw, kernel) > 0)
        case["opened"] = packed(cv2.morphologyEx(raw, cv2.MORPH_OPEN, kernel) > 0)
        case["closed"] = packed(cv2.morphologyEx(raw, cv2.MORPH_CLOSE, kernel) > 0)
        for connectivity in (4, 8):
            count, labels, stats, centers = cv2.connectedComponentsWithStats(raw, connectivity=connectivity)
            parts = []
            for label in range(1, count):
                first = int(np.argmax(labels.reshape(-1) == label))
                x, y, w, h, area = (int(v) for v in stats[label])
                parts.append([first, x, y, w, h, area] + [round(float(v), 9) for v in centers[label]])
            case[f"components{connectivity}"] = sorted(parts)
        for name, mode in [("external", cv2.RETR_EXTERNAL), ("all", cv2.RETR_LIST)]:
            found, _ = cv2.findContours(raw, mode, cv2.CHAIN_APPROX_NONE)
            case[name] = sorted(contour.reshape(-1, 2).tolist() for contour in found)
        found, _ = cv2.findContours(raw, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        found = sorted(found, key=lambda contour: contour.reshape(-1, 2).tolist())
        case["contourAreas"] = [cv2.contourArea(contour) for contour in found]
        case["contourPerimeters"] = [round(cv2.arcLength(contour, True), 6) for contour in found]
        cases.append(case)
    return cases


def make():
    return {"colors": colors(), "rasters": rasters(), "masks": masks()}
