"""Small files of every PNG and JPEG kind with the RGB pixels they stand for."""

import base64
import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

from noise import Noise, picture

WIDTH, HEIGHT = 13, 9
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind, body):
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def pack_rows(samples, depth):
    """Rows of samples `[h, w, channels]` with filter type 0."""
    rows = b""
    for row in samples:
        values = row.reshape(-1)
        if depth == 16:
            packed = values.astype(">u2").tobytes()
        elif depth == 8:
            packed = values.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in values)
            bits += "0" * (-len(bits) % 8)
            packed = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        rows += b"\0" + packed
    return rows


def png(samples, depth, kind, interlaced, extra=b""):
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    if interlaced:
        data = b""
        for x, y, dx, dy in ADAM7:
            part = samples[y::dy, x::dx]
            if part.size:
                data += pack_rows(part, depth)
    else:
        data = pack_rows(samples, depth)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
        + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    )


def to_eight_bits(samples, depth):
    if depth == 16:
        return (samples.astype(np.int64) * 255 + 32767) // 65535
    return samples * (255 // (2**depth - 1))


def png_cases():
    noise = Noise(41)
    cases = []
    for kind, depths in [(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16])]:
        for depth in depths:
            for interlaced in (False, True):
                for transparent in (False, True) if kind in (0, 2, 3) else (False,):
                    shape = (HEIGHT, WIDTH, CHANNELS[kind])
                    top = 2**depth
                    samples = np.array(
                        [noise.below(top) for _ in range(HEIGHT * WIDTH * CHANNELS[kind])]
                    ).reshape(shape)
                    extra = b""
                    if kind == 3:
                        palette = noise.bytes(3 * top).reshape(top, 3)
                        extra += chunk(b"PLTE", palette.tobytes())
                        rgb = palette[samples[:, :, 0]]
                        if transparent:
                            extra += chunk(b"tRNS", noise.bytes(min(top, 5)).tobytes())
                    else:
                        levels = to_eight_bits(samples, depth)
                        rgb = levels[:, :, :3] if kind in (2, 6) else levels[:, :, [0, 0, 0]]
                        if transparent:
                            extra += chunk(b"tRNS", samples[0, 0].astype(">u2").tobytes())
                    data = png(samples, depth, kind, interlaced, extra)
                    rgb = np.asarray(rgb, dtype=np.uint8)
                    decoded = Image.open(io.BytesIO(data))
                    if depth <= 8:
                        assert (np.asarray(decoded.convert("RGB")) == rgb).all(), (kind, depth)
                    case = {
                        "name": f"png type {kind}, {depth} bits, interlaced {interlaced}, tRNS {transparent}",
                        "file": encode(data), "size": [WIDTH, HEIGHT], "rgb": encode(rgb.tobytes()),
                    }
                    if kind in (0, 3) and depth <= 8:
                        case["indices"] = encode(samples.astype(np.uint8).tobytes())
                    if kind == 0 and depth == 16:
                        case["deep"] = encode(samples.astype("<u2").tobytes())
                    cases.append(case)
    return cases


def encode(data):
    return base64.b64encode(bytes(data)).decode()


def saved(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def smooth(width, height):
    """Something that JPEG can hold: slopes and one edge."""
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[:, :, 0] = columns * 255 // max(width - 1, 1)
    pixels[:, :, 1] = rows * 255 // max(height - 1, 1)
    pixels[:, :, 2] = np.where(columns + rows > (width + height) // 2, 200, 40)
    return pixels


def jpeg_cases():
    image = Image.fromarray(smooth(37, 29))
    cmyk = image.convert("CMYK")
    black = np.asarray(cmyk).copy()
    black[:, :, 3] = np.asarray(image)[:, :, 0] // 3
    cmyk = Image.fromarray(black, mode="CMYK")
    ink = saved(cmyk, format="JPEG", quality=90)
    adobe = ink.index(b"Adobe")
    assert ink[adobe + 11] == 0
    turned = ink[: adobe + 11] + b"\2" + ink[adobe + 12 :]
    files = {
        "4:2:0": saved(image, format="JPEG", quality=85),
        "4:4:4": saved(image, format="JPEG", quality=85, subsampling=0),
        "4:2:2": saved(image, format="JPEG", quality=85, subsampling=1),
        "progressive": saved(image, format="JPEG", quality=85, progressive=True),
        "optimised": saved(image, format="JPEG", quality=30, optimize=True),
        "restarts": saved(image, format="JPEG", quality=85, restart_marker_rows=1),
        "RGB": saved(image, format="JPEG", quality=85, keep_rgb=True),
        "grey": saved(image.convert("L"), format="JPEG", quality=85),
        "CMYK": ink,
        "YCCK": turned,
        "one pixel": saved(Image.new("RGB", (1, 1), (200, 100, 50)), format="JPEG"),
    }
    cases = []
    for name, data in files.items():
        decoded = Image.open(io.BytesIO(data)).convert("RGB")
        cases.append(
            {
                "name": f"jpeg {name}", "file": encode(data), "size": list(decoded.size),
                "rgb": encode(decoded.tobytes()),
            }
        )
    return cases


def tiff(orientation, order):
    return {"<": b"II", ">": b"MM"}[order] + struct.pack(
        order + "HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0
    )


def orientation_cases():
    image = Image.fromarray(smooth(24, 16))
    cases = []
    for orientation in range(0, 10):
        order = "<>"[orientation % 2]
        exif = tiff(orientation, order)
        files = {
            "jpeg": saved(image, format="JPEG", quality=95, subsampling=0, exif=b"Exif\0\0" + exif),
            "png": saved(image, format="PNG", exif=exif),
        }
        for name, data in files.items():
            stored = Image.open(io.BytesIO(data))
            upright = ImageOps.exif_transpose(stored)
            cases.append(
                {
                    "name": f"{name} orientation {orientation}", "file": encode(data),
                    "size": list(upright.size), "rgb": encode(upright.convert("RGB").tobytes()),
                    "storedSize": list(stored.size), "stored": encode(stored.convert("RGB").tobytes()),
                }
            )
    return cases


def text_file():
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Plain", "a plain text")
    info.add_text("Packed", "again and " * 50, zip=True)
    info.add_itxt("International", "größer als 日本", "de", "International")
    info.add_itxt("International packed", "größer " * 40, "de", "x", zip=True)
    data = saved(Image.fromarray(picture(5, 4, 1)), format="PNG", pnginfo=info)
    return {
        "file": encode(data),
        "texts": [
            ["Plain", "a plain text"], ["Packed", "again and " * 50],
            ["International", "größer als 日本"], ["International packed", "größer " * 40],
        ],
    }


def make():
    return {
        "png": png_cases(), "jpeg": jpeg_cases(), "oriented": orientation_cases(),
        "text": text_file(),
    }
