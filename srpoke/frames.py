"""Animations: GIF, APNG and WebP are read, APNG and WebP written, by OpenCV.

It composes frames as browsers do, whatever is kept, cleared or restored between them. What it gets
wrong is mended here: the transparency of many GIFs, and APNGs that are damaged, which it may never
come back from. Metadata, which it leaves out, is put into the finished file.
"""

import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.chunks import PIXEL_CHUNKS, PNG, png_chunk, png_chunks, webp_chunk, webp_chunks
from srpoke.errors import BadImage, UserError
from srpoke.geometry import dihedral
from srpoke.headers import read_header, upright
from srpoke.images import (
    MAX_PIXELS,
    TURNS,
    check_format,
    decode_picture,
    eight_bits,
    encode,
    on_screen,
    read_bytes,
    write_bytes,
    write_image,
)
from srpoke.quiet import silent_stderr
from srpoke.record import PNG_START

SUFFIXES = {".png": ".png", ".apng": ".png", ".webp": ".webp"}  # that can hold one: the format
LOSSLESS = [cv2.IMWRITE_WEBP_QUALITY, 101]
LONGEST = 65535  # ms of a frame, and times that an animation is played, that every format holds
# a transparent pixel as a last frame: of a GIF's frames, OpenCV asks the last one for transparency
CLEAR_FRAME = b"\x21\xf9\x04\1\0\0\0\0\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"
FRAME_CHUNKS = {b"acTL", b"fcTL", b"fdAT", b"IDAT", b"IEND"}  # of an APNG, beside its colours
WEBP_START = 30  # bytes: the signature and the extended header, which comes first
WEBP_FLAGS = {b"ICCP": 0x20, b"EXIF": 0x08, b"XMP ": 0x04}


class Animation(NamedTuple):
    """All frames of a file, of equal shape, as OpenCV decodes images; one of a still image."""

    frames: list[np.ndarray]
    milliseconds: list[int]  # that each is shown
    plays: int  # how often; 0 is for ever
    metadata: dict[str, bytes]  # as of a Picture


def read_animation(path: str | Path, max_pixels: int = MAX_PIXELS) -> Animation:
    """Return all frames of a GIF, APNG or WebP as they are seen: 8 bits, BGR or, if needed, BGRA.

    A still image, and the first picture of another file, comes as `read_picture` reads it. Raises
    BadImage where a file is damaged, or where its frames have more than `max_pixels` together.
    """
    data = read_bytes(path)
    header = read_header(data)
    if header.frames == 1 or not data.startswith((b"GIF8", PNG, b"RIFF")):
        picture = decode_picture(header, path, max_pixels)
        return Animation([picture.pixels], [0], 1, picture.metadata)
    count, size = header.frames, header.size or (0, 0)
    check_frames(path, count, size, max_pixels)
    if data.startswith(b"GIF8"):
        data = header.data.removesuffix(b";") + CLEAR_FRAME
    whole = all(size) and (not data.startswith(PNG) or is_whole(data, count, size))
    if whole and data.startswith(PNG):
        data = grey_as_palette(data, header.grey_key)
    found = _decode(data, count + 1) if whole else None
    if not found or len(found.frames) < count:
        raise BadImage(f"{path} is a damaged animation")
    frames = [eight_bits(on_screen(frame, header)) for frame in found.frames[:count]]
    frames = [np.dstack([frame] * 3) if frame.ndim == 2 else frame for frame in frames]
    frames = [dihedral(frame, TURNS[header.orientation]) for frame in frames]
    opaque = all((frame[..., 3:] == 255).all() for frame in frames)
    frames = [np.ascontiguousarray(frame[..., : 3 if opaque else 4]) for frame in frames]
    times = [int(time) for time in found.durations[:count]]
    return Animation(frames, times, found.loop_count, upright(header.metadata))


def check_frames(name: str | Path, count: int, size: tuple[int, int], max_pixels: int) -> None:
    """Raise BadImage where frames of `size` (height, width) are too large together."""
    height, width = size
    if count * height * width > max_pixels:
        raise BadImage(
            f"{name} has {count} frames of {width}x{height} px, "
            f"together more than {max_pixels} (--max_pixels)"
        )


def is_whole(data: bytes, count: int, size: tuple[int, int]) -> bool:
    """Whether an APNG has as many frames as it says, none beyond its border, and no bit is torn."""
    frames, name = 0, b""
    for name, content, chunk in png_chunks(data):
        if len(chunk) != 12 + int.from_bytes(chunk[:4], "big"):
            return False
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            return False
        if name == b"fcTL":
            width, height, left, top = struct.unpack(">IIII", content[4:20].ljust(16, b"\xff"))
            if top + height > size[0] or left + width > size[1]:
                return False
            frames += 1
    return name == b"IEND" and frames == count


def grey_as_palette(data: bytes, key: int | None) -> bytes:
    """Return an APNG of grey values as one with a palette, as OpenCV loses their transparency.

    `key` is the grey that is transparent. One of 16 bits stays as it is.
    """
    depth, kind = data[24:26]
    if kind != 0 or depth > 8:
        return data
    greys = np.linspace(0, 255, 1 << depth).round().astype(np.uint8)
    palette = png_chunk(b"PLTE", np.repeat(greys, 3).tobytes())
    alphas = bytes(0 if grey == key else 255 for grey in greys)
    chunks = [chunk for name, _, chunk in png_chunks(data) if name in FRAME_CHUNKS]
    header = png_chunk(b"IHDR", data[16:25] + b"\3" + data[26:29])
    return PNG + header + palette + png_chunk(b"tRNS", alphas) + b"".join(chunks)


def _decode(data: bytes, count: int) -> cv2.Animation | None:
    with silent_stderr():
        try:
            done, animation = cv2.imdecodeanimation(np.frombuffer(data, np.uint8), count=count)
        except cv2.error:
            return None
    return animation if done else None


def check_target(path: Path, source: Animation, size: tuple[int, int]) -> None:
    """Raise UserError where the format that an ending names cannot hold a result of `size`."""
    check_format(path, size, source.frames[0].ndim == 2)
    if len(source.frames) > 1 and path.suffix.lower() not in SUFFIXES:
        raise UserError(f"{path} cannot hold an animation; {', '.join(SUFFIXES)} can")


def write_animation(
    path: str | Path, frames: list[np.ndarray], source: Animation, record: dict | None = None
) -> None:
    """Write frames with the timing, loops and metadata of `source`; a single one as `write_image`.

    Equal frames in a row become one that is shown longer, and a still image where all are.
    OSError if it fails.
    """
    path = Path(path)
    check_target(path, source, frames[0].shape[:2])
    if all(np.array_equal(frame, frames[0]) for frame in frames):
        write_image(path, frames[0], source.metadata, record)
        return
    animation = cv2.Animation()
    animation.frames = frames
    animation.durations = [min(time, LONGEST) for time in source.milliseconds]
    animation.loop_count = min(source.plays, LONGEST)
    ending = SUFFIXES[path.suffix.lower()]
    options = LOSSLESS if ending == ".webp" else []
    with silent_stderr():
        done, data = cv2.imencodeanimation(ending, animation, options)
    if not done:
        raise OSError(f"{path}: could not be encoded")
    write_bytes(path, with_metadata(data.tobytes(), source.metadata), record)


def with_metadata(data: bytes, metadata: dict[str, bytes]) -> bytes:
    """Return an APNG or WebP animation with metadata, as a still image of one pixel holds it."""
    pixel = np.zeros((1, 1, 3), np.uint8)
    if data.startswith(PNG):
        still = png_chunks(encode(Path("pixel.png"), pixel, metadata))
        chunks = b"".join(chunk for name, _, chunk in still if name not in PIXEL_CHUNKS)
        return data[:PNG_START] + chunks + data[PNG_START:]
    held = dict(webp_chunks(encode(Path("pixel.webp"), pixel, metadata)))
    held = {name: content for name, content in held.items() if name in WEBP_FLAGS}
    flags = data[20] | sum(WEBP_FLAGS[name] for name in held)
    before = webp_chunk(b"ICCP", held[b"ICCP"]) if b"ICCP" in held else b""
    after = b"".join(webp_chunk(name, held[name]) for name in held if name != b"ICCP")
    body = data[8:20] + bytes([flags]) + data[21:WEBP_START] + before + data[WEBP_START:] + after
    return b"RIFF" + struct.pack("<I", len(body)) + body
