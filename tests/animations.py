"""Animations made byte by byte, their frames composed by hand in NumPy."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

from srpoke.chunks import PNG, png_chunk, webp_chunk, webp_chunks

SEEDS = range(12)
KEEP, CLEAR, RESTORE = range(3)


def seen(image: np.ndarray) -> np.ndarray:
    """BGRA without the colours that nobody sees."""
    if image.shape[2] == 3:
        image = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    return np.where(image[..., 3:] > 0, image, 0)


def by_pillow(data: bytes) -> tuple[list[np.ndarray], list[float], int]:
    """Frames, times and loops; right where nothing half transparent is laid over another frame."""
    image, frames, times = Image.open(io.BytesIO(data)), [], []
    for n in range(image.n_frames):
        image.seek(n)
        frames.append(np.array(image.convert("RGBA"))[..., [2, 1, 0, 3]])
        times.append(image.info["duration"])
    return frames, times, image.info["loop"]


def laid_over(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    alpha = upper[..., 3:] / 255
    below = lower[..., 3:] / 255 * (1 - alpha)
    colour = upper[..., :3] * alpha + lower[..., :3] * below
    total = alpha + below
    return (np.dstack([colour / np.maximum(total, 1e-9), total * 255]) + 0.5).astype(np.uint8)


def make_frames(seed: int, disposals: int, even: bool = False, half: bool = False):
    """Five frames of any size, place, disposal and blending, and what is to be seen of each.

    A frame is (pixels BGRA, top, left, disposal, laid over, ms).
    """
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(4, 20, size=2))
    canvas, frames, expected = np.zeros((height, width, 4), np.uint8), [], []
    for n in range(5):
        h, w = (int(rng.integers(1, size + 1)) if n else size for size in (height, width))
        y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
        y, x = (y & ~1, x & ~1) if even else (y, x)
        pixels = rng.integers(0, 256, (h, w, 4), dtype=np.uint8)
        pixels[..., 3] = np.where(rng.random((h, w)) < 0.3, 0, pixels[..., 3] if half else 255)
        disposal, over = int(rng.integers(disposals)), bool(rng.integers(2))
        before, area = canvas.copy(), canvas[y : y + h, x : x + w]
        area[:] = laid_over(pixels, area) if over else pixels
        expected.append(canvas.copy())
        frames.append((pixels, y, x, disposal, over, int(rng.integers(300))))
        if disposal == CLEAR:
            area[:] = 0
        elif disposal == RESTORE:
            canvas = before
    return (height, width), frames, expected


def make_apng(size, frames, plays=2, still_first=False, depth=8, key=None) -> bytes:
    """An APNG; with `still_first`, of a picture for those who show no animation.

    Its frames are BGRA, or grey, (H, W), of which the value `key` is transparent.
    """

    def packed(pixels: np.ndarray) -> bytes:
        stored = pixels[..., [2, 1, 0, 3]] if pixels.ndim == 3 else pixels
        if depth < 8:
            bits = np.unpackbits(stored[..., None], axis=2)[..., -depth:]
            stored = np.packbits(bits.reshape(len(stored), -1), axis=1)
        return zlib.compress(b"".join(b"\0" + row.tobytes() for row in stored))

    kind = 6 if frames[0][0].ndim == 3 else 0
    data = PNG + png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size[::-1], depth, kind, 0, 0, 0))
    data += png_chunk(b"tRNS", struct.pack(">H", key)) if key is not None else b""
    data += png_chunk(b"acTL", struct.pack(">II", len(frames), plays))
    if still_first:
        data += png_chunk(b"IDAT", packed(np.full((*size, 4), 77, np.uint8)))
    for n, (pixels, y, x, disposal, over, time) in enumerate(frames):
        place = pixels.shape[1], pixels.shape[0], x, y
        data += png_chunk(
            b"fcTL", struct.pack(">IIIIIHHBB", 2 * n, *place, time, 1000, disposal, over)
        )
        if n or still_first:
            data += png_chunk(b"fdAT", struct.pack(">I", 2 * n + 1) + packed(pixels))
        else:
            data += png_chunk(b"IDAT", packed(pixels))
    return data + png_chunk(b"IEND", b"")


def make_webp(size, frames, plays=2) -> bytes:
    def three(*numbers: int) -> bytes:
        return b"".join(n.to_bytes(3, "little") for n in numbers)

    body = webp_chunk(b"VP8X", b"\x12\0\0\0" + three(size[1] - 1, size[0] - 1))
    body += webp_chunk(b"ANIM", struct.pack("<IH", 0, plays))
    for pixels, y, x, disposal, over, time in frames:
        still = cv2.imencode(".webp", pixels)[1].tobytes()
        place = three(x // 2, y // 2, pixels.shape[1] - 1, pixels.shape[0] - 1, time)
        place += bytes([disposal | (not over) << 1])
        held = [webp_chunk(*chunk) for chunk in webp_chunks(still) if chunk[0] != b"VP8X"]
        body += webp_chunk(b"ANMF", place + b"".join(held))
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def gif_pixels(indices: np.ndarray) -> bytes:
    """Pixels as GIF stores them, each a code of nine bits of its own."""
    codes = []
    for n, index in enumerate(indices.ravel()):
        if n % 200 == 0:
            codes.append(256)
        codes.append(int(index))
    bits = "".join(f"{code:09b}"[::-1] for code in [*codes, 257])
    bits += "0" * (-len(bits) % 8)
    data = bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))
    blocks = [data[n : n + 255] for n in range(0, len(data), 255)]
    return b"\x08" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def make_gif(
    seed: int, beyond: int = 0, common_palette: bool = True, controls: bool = True
) -> tuple[bytes, list[np.ndarray]]:
    """A GIF of five frames of any size, place, disposal and palette, and what is to be seen.

    All but the first may reach `beyond` the screen by so many pixels, to the right and below.
    Without a `common_palette` each has one of its own; without all `controls`, every second one is
    opaque, stays, and takes no time.
    """
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(1, 20, size=2))
    common = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    flags = 0xF7 if common_palette else 0x70
    data = b"GIF89a" + struct.pack("<HHBBB", width, height, flags, rng.integers(256), 0)
    data += (
        common.tobytes() if common_palette else b""
    ) + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x02\0\0"
    screen = height, width
    canvas, expected = np.zeros((height + beyond, width + beyond, 4), np.uint8), []
    for n in range(5):
        h, w = int(rng.integers(1, height + 1)), int(rng.integers(1, width + 1))
        more = beyond if n else 0
        y, x = (int(rng.integers(a - b + 1 + more)) for a, b in zip(screen, (h, w), strict=True))
        own, disposal = rng.random() < 0.3 or not common_palette, int(rng.integers(4))
        palette = rng.integers(0, 256, (256, 3), dtype=np.uint8) if own else common
        indices = rng.integers(0, 256, (h, w), dtype=np.uint8)
        key = int(rng.integers(256)) if rng.random() < 0.7 else None
        if key is not None:
            indices[rng.random((h, w)) < 0.5] = key
        if controls or n % 2 == 0:
            flags = disposal << 2 | (key is not None)
            data += b"\x21\xf9\x04" + struct.pack("<BHBB", flags, n + 1, key or 0, 0)
        else:
            disposal, key = 0, None
        data += b"\x2c" + struct.pack("<HHHHB", x, y, w, h, 0x87 if own else 0)
        data += (palette.tobytes() if own else b"") + gif_pixels(indices)
        before, area = canvas.copy(), canvas[y : y + h, x : x + w]
        shown = np.full((h, w), True) if key is None else indices != key
        area[shown] = np.dstack([palette[indices][..., ::-1], np.full((h, w), 255)])[shown]
        expected.append(canvas[:height, :width].copy())
        if disposal == 2:
            area[:] = 0
        elif disposal == 3:
            canvas = before
    return data + b";", expected


def assert_same(frames: list[np.ndarray], expected: list[np.ndarray], atol: int = 0) -> None:
    assert len(frames) == len(expected)
    for frame, other in zip(frames, expected, strict=True):
        assert frame.shape[:2] == other.shape[:2]
        assert np.abs(seen(frame).astype(int) - seen(other)).max() <= atol
