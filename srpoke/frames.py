"""Animations: GIF, APNG and WebP are read, APNG and WebP written.

The frames of GIF and APNG are composed by composing.py, as browsers do it; WebP's by OpenCV, which
writes both. What it leaves out is put into the finished file: metadata, and long times of APNG.
"""

import struct
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.chunks import PIXEL_CHUNKS, PNG, png_chunk, png_chunks, webp_chunk, webp_chunks
from srpoke.composing import compose, take_apart
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
    read_bytes,
    write_bytes,
    write_image,
)
from srpoke.quiet import silent_stderr
from srpoke.record import PNG_START
from srpoke.tiff import DAMAGE
from srpoke.tools import to_bgra

SUFFIXES = {".png": ".png", ".apng": ".png", ".webp": ".webp"}  # that can hold one: the format
LOSSLESS = [cv2.IMWRITE_WEBP_QUALITY, 101]
LONGEST = {".png": 65535, ".webp": 2**24 - 1}  # ms of a frame that OpenCV writes, or it can hold
MOST_PLAYS = 65535  # that every format holds
WEBP_START = 30  # bytes: the signature and the extended header, which comes first
WEBP_ALPHA = 0x10  # among the flags of the extended header
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
    count, size = header.frames, header.screen or header.size or (0, 0)
    check_frames(path, count, size, max_pixels)
    try:
        if data.startswith(b"RIFF"):
            frames, times, plays = webp_frames(data, count)
        else:
            parts, plays = take_apart(data)
            times = [part.milliseconds for part in parts]
            frames = compose(parts, size, partial(decode_still, path=path, max_pixels=max_pixels))
    except (BadImage, *DAMAGE):
        frames = []
    if len(frames) != count or not all(size):
        raise BadImage(f"{path} is a damaged animation")
    frames = [dihedral(frame, TURNS[header.orientation]) for frame in frames]
    opaque = all((frame[..., 3:] == 255).all() for frame in frames)
    frames = [np.ascontiguousarray(frame[..., : 3 if opaque else 4]) for frame in frames]
    return Animation(frames, times, plays, upright(header.metadata))


def decode_still(data: bytes, path: str | Path, max_pixels: int) -> np.ndarray:
    """Return a still picture as (H, W, 4) BGRA of 8 bits; `path` is what its errors name."""
    return to_bgra(eight_bits(decode_picture(read_header(data), path, max_pixels).pixels))


def webp_frames(data: bytes, count: int) -> tuple[list[np.ndarray], list[int], int]:
    """Return the frames of a WebP as they are seen, their times in ms, and how often it is played.

    BGR or BGRA; none where it is damaged.
    """
    with silent_stderr():
        try:
            row = np.frombuffer(data, np.uint8)[None]  # OpenCV 4 takes no column
            _, found = cv2.imdecodeanimation(row, count=count)
        except cv2.error:
            return [], [], 0
    return list(found.frames), [int(time) for time in found.durations], found.loop_count


def check_frames(name: str | Path, count: int, size: tuple[int, int], max_pixels: int) -> None:
    """Raise BadImage where frames of `size` (height, width) are too large together."""
    height, width = size
    if count * height * width > max_pixels:
        raise BadImage(
            f"{name} has {count} frames of {width}x{height} px, "
            f"together more than {max_pixels} (--max_pixels)"
        )


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
    timed = zip(frames, source.milliseconds, strict=True)
    runs = [[*run] for _, run in groupby(timed, lambda frame: frame[0].tobytes())]
    if len(runs) == 1:
        write_image(path, frames[0], source.metadata, record)
        return
    ending, times = SUFFIXES[path.suffix.lower()], [sum(time for _, time in run) for run in runs]
    animation = cv2.Animation()
    animation.frames = [run[0][0] for run in runs]
    animation.durations = [min(time, LONGEST[ending]) for time in times]
    animation.loop_count = min(source.plays, MOST_PLAYS)
    options = LOSSLESS if ending == ".webp" else []
    with silent_stderr():
        done, data = cv2.imencodeanimation(ending, animation, options)
    if not done:
        raise OSError(f"{path}: could not be encoded")
    data = data.tobytes()
    data = with_alpha(data, frames) if ending == ".webp" else with_times(data, times)
    write_bytes(path, with_metadata(data, source.metadata, path), record)


def with_alpha(data: bytes, frames: list[np.ndarray]) -> bytes:
    """Return a WebP animation that says whether it can be seen through, as OpenCV may not do.

    libwebp does not count what shows behind an opaque frame that is smaller than the rest.
    """
    alphas = (frame[..., 3] for frame in frames if frame.shape[2:] == (4,))
    seen_through = any((alpha < 255).any() for alpha in alphas)
    return data[:20] + bytes([data[20] | WEBP_ALPHA * seen_through]) + data[21:]


def with_times(data: bytes, times: list[int]) -> bytes:
    """Return an APNG with the times of its frames, in ms, that OpenCV may have cut short.

    Unless it has joined some that differ where nobody sees it, and added up their times.
    """
    chunks, left = [], iter(times)
    for name, content, chunk in png_chunks(data):
        if name == b"fcTL":
            delay = struct.pack(">HH", *delay_of(next(left)))
            chunk = png_chunk(name, content[:20] + delay + content[24:])
        chunks.append(chunk)
    return data if [*left] else PNG + b"".join(chunks)


def delay_of(time: int) -> tuple[int, int]:
    """Return ms as APNG has them, a number of 16 bits and its unit, the finest that it fits in."""
    units = (unit for unit in (1000, 100, 10) if time * unit / 1000 < 65535.5)
    unit = next(units, 1)
    return min(round(time * unit / 1000), 65535), unit


def with_metadata(data: bytes, metadata: dict[str, bytes], path: Path) -> bytes:
    """Return an APNG or WebP animation with metadata, as a still image of one pixel holds it.

    `path` is the file that it goes into.
    """
    pixel = np.zeros((1, 1, 3), np.uint8)
    if data.startswith(PNG):
        still = png_chunks(encode(path, pixel, metadata))
        chunks = b"".join(chunk for name, _, chunk in still if name not in PIXEL_CHUNKS)
        return data[:PNG_START] + chunks + data[PNG_START:]
    held = dict(webp_chunks(encode(path, pixel, metadata)))
    held = {name: content for name, content in held.items() if name in WEBP_FLAGS}
    flags = data[20] | sum(WEBP_FLAGS[name] for name in held)
    before = webp_chunk(b"ICCP", held[b"ICCP"]) if b"ICCP" in held else b""
    after = b"".join(webp_chunk(name, held[name]) for name in held if name != b"ICCP")
    body = data[8:20] + bytes([flags]) + data[21:WEBP_START] + before + data[WEBP_START:] + after
    return b"RIFF" + struct.pack("<I", len(body)) + body
