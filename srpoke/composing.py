"""GIF and APNG taken apart: every frame is a picture of its own, laid on what is there already.

OpenCV decodes animations too, but loses transparency where frames have palettes of their own, no
alpha, or 16 bits. A still picture it decodes well.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from srpoke.chunks import (
    GIF_END,
    GIF_FRAME,
    PNG,
    gif_blocks,
    gif_palette,
    gif_start,
    is_torn,
    png_chunk,
    png_chunks,
)
from srpoke.geometry import Size

KEEP, CLEAR, RESTORE = range(3)  # what becomes of a frame's place after it was shown
GIF_DISPOSALS = {2: CLEAR, 3: RESTORE}
CONTROL, LOOPS = b"\x21\xf9\x04", (b"\x21\xff\x0bNETSCAPE2.0", b"\x21\xff\x0bANIMEXTS1.0")
NO_CONTROL = 0, 0, 0  # flags, delay in hundredths of a second, transparent colour
TABLES = {b"PLTE", b"tRNS"}  # chunks that all frames of an APNG share


class Part(NamedTuple):
    """A frame as its file stores it."""

    still: bytes  # a file of this frame alone
    top: int
    left: int
    milliseconds: int
    after: int  # KEEP, CLEAR or RESTORE
    over: bool  # laid over what is there; else it takes its place, transparent or not


def take_apart(data: bytes) -> tuple[list[Part], int]:
    """Return the frames of a GIF or APNG, and how often they are played; 0 is for ever.

    Raises ValueError, or another of DAMAGE, where a file is torn.
    """
    if data.startswith(PNG):
        return [*png_parts(data)], png_plays(data)
    return [*gif_parts(data)], gif_plays(data)


def gif_parts(data: bytes) -> Iterator[Part]:
    """Yield the frames of a GIF. What controls a frame stands before it, and holds for it alone."""
    common, control = data[13 : gif_start(data)], NO_CONTROL
    for block in gif_blocks(data):
        if block.startswith(CONTROL):
            control = struct.unpack("<BHB", block[3:7])
        if block[0] != GIF_FRAME:
            continue
        flags, delay, key = control
        left, top, width, height, own = struct.unpack("<HHHHB", block[1:10])
        length = gif_palette(own)
        palette = block[10 : 10 + length] or common
        sizes = 0x80 | (len(palette) // 3).bit_length() - 2 if palette else 0
        still = data[:6] + struct.pack("<HHBBB", width, height, sizes, 0, 0) + palette
        still += CONTROL + struct.pack("<BHBB", flags & 1, 0, key, 0)
        still += bytes([GIF_FRAME]) + struct.pack("<HHHHB", 0, 0, width, height, own & 0x40)
        still += block[10 + length :] + bytes([GIF_END])
        after = GIF_DISPOSALS.get(flags >> 2 & 7, KEEP)
        yield Part(still, top, left, 10 * delay, after, True)
        control = NO_CONTROL


def gif_plays(data: bytes) -> int:
    """Return how often a GIF is played: it says how often that is repeated."""
    for block in gif_blocks(data):
        if block.startswith(LOOPS) and block[14:16] == b"\3\1":
            repeated = int.from_bytes(block[16:18], "little")
            return repeated + 1 if repeated else 0
    return 1


def png_parts(data: bytes) -> Iterator[Part]:
    """Yield the frames of an APNG; ValueError where a bit is torn or one lies beyond the border."""
    chunks = [*whole_chunks(data)]
    head = chunks[0][1]
    width, height = struct.unpack(">II", head[:8])
    tables = b"".join(png_chunk(*chunk) for chunk in chunks if chunk[0] in TABLES)
    places = [n for n, (name, _) in enumerate(chunks) if name == b"fcTL"]
    for start, end in zip(places, [*places[1:], len(chunks)], strict=True):
        w, h, left, top, delay, unit, after, over = struct.unpack(
            ">IIIIHHBB", chunks[start][1][4:26]
        )
        if top + h > height or left + w > width:
            raise ValueError("a frame beyond the border")
        pixels = b"".join(
            content[4:] if name == b"fdAT" else content
            for name, content in chunks[start:end]
            if name in (b"IDAT", b"fdAT")
        )
        still = PNG + png_chunk(b"IHDR", struct.pack(">II", w, h) + head[8:]) + tables
        still += png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")
        yield Part(still, top, left, round(1000 * delay / (unit or 100)), after, bool(over))


def whole_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (name, content) of a PNG's chunks; ValueError where one is torn or the last lacks."""
    name = b""
    for name, content, chunk in png_chunks(data):
        if is_torn(chunk):
            raise ValueError("a torn PNG")
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise ValueError("a PNG with a torn bit")
        yield name, content
    if name != b"IEND":
        raise ValueError("a PNG without its end")


def png_plays(data: bytes) -> int:
    """Return how often an APNG is played."""
    control = next(content for name, content, _ in png_chunks(data) if name == b"acTL")
    return int.from_bytes(control[4:8], "big")


def compose(
    parts: list[Part], size: Size, decode: Callable[[bytes], np.ndarray]
) -> list[np.ndarray]:
    """Return what is seen of each frame, (H, W, 4) BGRA of 8 bits; `decode` gives a still so."""
    canvas, shown = np.zeros((*size, 4), np.uint8), []
    for part in parts:
        pixels, before = decode(part.still), canvas.copy()
        area = canvas[part.top :, part.left :][: pixels.shape[0], : pixels.shape[1]]
        pixels = pixels[: area.shape[0], : area.shape[1]]  # what lies on the screen
        area[:] = laid_over(pixels, area) if part.over else pixels
        shown.append(canvas.copy())
        if part.after == CLEAR:
            area[:] = 0
        elif part.after == RESTORE:
            canvas = before
    return shown


def laid_over(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Lay one uint8 BGRA picture over another of its shape ("over", Porter and Duff 1984)."""
    alpha = upper[..., 3:] / np.float32(255)
    below = lower[..., 3:] / np.float32(255) * (1 - alpha)
    total = alpha + below
    colours = (upper[..., :3] * alpha + lower[..., :3] * below) / np.where(total > 0, total, 1)
    return (np.dstack([colours, total * 255]) + 0.5).astype(np.uint8)
