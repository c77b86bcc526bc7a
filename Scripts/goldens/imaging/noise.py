"""Inputs that the Swift tests can make again: a 64-bit linear congruential generator."""

import base64

import numpy as np


class Noise:
    def __init__(self, seed):
        self.state = seed

    def word(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        return self.state >> 32

    def byte(self):
        return self.word() >> 24

    def below(self, bound):
        return self.word() * bound >> 32

    def bytes(self, count):
        return np.array([self.byte() for _ in range(count)], dtype=np.uint8)


def picture(width, height, seed):
    """The same as samplePicture in Tests/ImagingTests/SamplePictures.swift."""
    noise = Noise(seed)
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    for y in range(height):
        for x in range(width):
            if (x // 8 + y // 8) % 2 == 0:
                pixels[y, x] = [noise.byte(), noise.byte(), noise.byte()]
            else:
                pixels[y, x] = [x * 255 // width, y * 255 // height, (x + y) % 256]
    return pixels


def blobs(width, height, seed, density=40):
    """The same as sampleMask: discs and stray pixels."""
    noise = Noise(seed)
    mask = np.zeros((height, width), dtype=bool)
    rows, columns = np.mgrid[0:height, 0:width]
    for _ in range(1 + noise.below(6)):
        x, y, radius = noise.below(width), noise.below(height), noise.below(max(width, height) // 3 + 1)
        disc = (columns - x) ** 2 + (rows - y) ** 2 <= radius * radius
        if noise.below(3) > 0:
            mask |= disc
        else:
            mask &= ~disc
    for _ in range(width * height // density):
        x, y = noise.below(width), noise.below(height)
        mask[y, x] = not mask[y, x]
    return mask


def hash_of(data):
    """FNV-1a, 64 bits, in hexadecimal."""
    value = 0xCBF29CE484222325
    for byte in bytes(data):
        value = (value ^ byte) * 0x100000001B3 & (2**64 - 1)
    return f"{value:016x}"


def packed(mask):
    """A mask as base64 of its bits, row by row, the first pixel in the highest bit."""
    return base64.b64encode(np.packbits(mask.reshape(-1).astype(np.uint8)).tobytes()).decode()
