"""BMP files that OpenCV misreads, as such that it reads."""

import struct

import numpy as np


def as_windows_bmp(data: bytes) -> bytes:
    """Return a BMP of OS/2, of which OpenCV loses the colours, as one of Windows."""
    start = int.from_bytes(data[10:14], "little")
    width, height, planes, bits = struct.unpack("<HHHH", data[18:26])
    colours = 1 << bits if bits <= 8 else 0
    triples = [data[n : n + 3] for n in range(26, min(start, 26 + 3 * colours), 3)]
    palette = b"".join(triple + b"\0" for triple in triples)
    head = struct.pack("<IiiHHIIIIII", 40, width, height, planes, bits, 0, 0, 0, 0, len(triples), 0)
    return data[:10] + struct.pack("<I", 54 + len(palette)) + head + palette + data[start:]


def without_masks(data: bytes) -> bytes:
    """Return a BMP of 32 bits and masks for three colours as one of usual order, without.

    OpenCV passes over these masks, and takes the bytes that are no colour for alpha. Nothing where
    a colour has other bits than those of a byte.
    """
    start = int.from_bytes(data[10:14], "little")
    red, green, blue = (data[n : n + 4].find(b"\xff") for n in (54, 58, 62))
    if any(data[54 + 4 * n : 58 + 4 * n].count(0) != 3 for n in range(3)) or -1 in (
        red,
        green,
        blue,
    ):
        return b""
    body = data[start:]
    pixels = np.frombuffer(body[: len(body) // 4 * 4], np.uint8).reshape(-1, 4)
    pixels = np.take(pixels, [blue, green, red, 6 - red - green - blue], axis=1)
    return data[:30] + struct.pack("<I", 0) + data[34:start] + pixels.tobytes()
