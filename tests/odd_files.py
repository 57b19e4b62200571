"""Make a folder of odd files: every format, depth, transparency, profile, name and link.

python3 tests/odd_files.py /tmp/odd
"""

import functools
import io
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

SIZE = (24, 20)  # px, width and height
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"></x:xmpmeta>'


@functools.cache  # it holds the time when it was made
def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x112], block[0x10F] = orientation, "Maker"
    return block.tobytes()


def grey() -> Image.Image:
    image = Image.new("L", SIZE)
    image.paste(200, (6, 5, 18, 15))
    return image


def rgba(alpha: int = 128) -> Image.Image:
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    image.paste((200, 100, 60, alpha), (4, 6, 20, 16))
    return image


def png(rows: np.ndarray, depth: int, kind: int, **chunks: bytes) -> bytes:
    """A PNG file by the letter of its specification: (H, bytes of a row), depth, colour type."""

    def chunk(name: str, data: bytes) -> bytes:
        body = name.encode() + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    channels = {2: 3, 4: 2, 6: 4}.get(kind, 1)
    width = rows.shape[1] * 8 // depth // channels
    chunks = {
        "IHDR": struct.pack(">IIBBBBB", width, len(rows), depth, kind, 0, 0, 0),
        **chunks,
        "IDAT": zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)),
        "IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*item) for item in chunks.items())


def tiff(pixels: np.ndarray, extra: int) -> bytes:
    """A TIFF file of big-endian (H, W, 2 or 4) pixels, extra samples of kind `extra`."""
    height, width, samples = pixels.shape
    depth, data = pixels.dtype.itemsize * 8, pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    bits = struct.pack(f">{samples}H", *[depth] * samples)
    fields = [(256, width), (257, height), (258, depth), (259, 1), (262, 2 if samples > 2 else 1)]
    fields += [(273, 8), (277, samples), (278, height), (279, len(data)), (338, extra)]
    start = 8 + len(data) + len(bits)
    entries = b"".join(
        struct.pack(">HHII", tag, 4, 1, value)
        if tag in (273, 279)
        else struct.pack(">HHI", tag, 3, samples)
        + (bits if samples == 2 else struct.pack(">I", 8 + len(data)))
        if tag == 258
        else struct.pack(">HHIHH", tag, 3, 1, value, 0)
        for tag, value in fields
    )
    head = struct.pack(">2sHI", b"MM", 42, start)
    return head + data + bits + struct.pack(">H", len(fields)) + entries + bytes(4)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def through_jpeg(image: np.ndarray, quality: int, subsampling: str) -> np.ndarray:
    """What Pillow reads of a uint8 BGR image that it saved as JPEG."""
    rgb = Image.fromarray(np.ascontiguousarray(image[..., ::-1]))
    data = saved(rgb, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(io.BytesIO(data)))[..., ::-1]


def good_files() -> dict[str, bytes]:
    """Files that can all be upscaled, by name."""
    rgb, rng = rgba().convert("RGB"), np.random.default_rng(0)
    wide = rng.integers(0, 65536, (20, 24), dtype=np.uint16)
    pages = {"save_all": True, "append_images": [rgb.rotate(90)]}
    files = {
        "grey.png": saved(grey(), "PNG"),
        "grey_key.png": saved(grey(), "PNG", transparency=0),
        "grey_key_1_bit.png": png(np.uint8([[0b10110010]] * 3), 1, 0, tRNS=b"\0\1"),
        "grey_key_16_bit.png": png(
            np.repeat(np.uint8([[1, 2, 3, 4] * 3]), 5, 0), 16, 0, tRNS=b"\3\4"
        ),
        "grey_alpha.png": saved(grey().convert("LA"), "PNG"),
        "grey_16_bit.png": saved(Image.fromarray(wide), "PNG"),
        "colour_key.png": saved(rgb, "PNG", transparency=(0, 0, 0)),
        "palette.png": saved(rgb.convert("P"), "PNG"),
        "palette_key.png": saved(grey().convert("P"), "PNG", transparency=0),
        "bilevel.png": saved(grey().convert("1"), "PNG"),
        "alpha.png": saved(rgba(), "PNG"),
        "invisible.png": saved(Image.new("RGBA", SIZE, (9, 99, 200, 0)), "PNG"),
        "profile.png": saved(rgb, "PNG", icc_profile=profile(), exif=exif(6)),
        "turned_silhouette.png": saved(Image.new("RGBA", SIZE, (7, 7, 7, 90)), "PNG", exif=exif(8)),
        "animated.png": saved(rgb, "PNG", **pages),
        "one_pixel.png": saved(rgb.resize((1, 1)), "PNG"),
        "photo.jpg": saved(rgb, "JPEG", icc_profile=profile(), exif=exif(3), xmp=XMP),
        "photo.jpe": saved(rgb, "JPEG"),
        "photo.jfif": saved(rgb, "JPEG"),
        "photo.JPEG": saved(grey(), "JPEG"),
        "ink.jpeg": saved(rgb.convert("CMYK"), "JPEG"),
        "web.webp": saved(rgba(), "WEBP", icc_profile=profile(), exif=exif(6), xmp=XMP),
        "lossless.webp": saved(rgba(), "WEBP", lossless=True),
        "animated.webp": saved(rgb, "WEBP", **pages),
        "modern.avif": saved(rgb, "AVIF"),
        "modern_alpha.avif": saved(rgba(), "AVIF", exif=exif(6)),
        "palette.gif": saved(rgb, "GIF"),
        "palette_key.gif": saved(grey().convert("P"), "GIF", transparency=0),
        "animated.gif": saved(rgb, "GIF", **pages),
        "film.jp2": saved(rgb, "JPEG2000"),
        "flat.bmp": saved(rgb, "BMP"),
        "flat.dib": saved(rgb, "BMP"),
        "rows.ppm": saved(rgb, "PPM"),
        "rows.pgm": saved(grey(), "PPM"),
        "scan.tif": saved(rgb, "TIFF"),
        "scan.TIFF": saved(rgb, "TIFF", compression="tiff_lzw", icc_profile=profile()),
        "straight.tif": saved(rgba(), "TIFF"),
        "grey_alpha.tif": saved(grey().convert("LA"), "TIFF"),
        "grey_alpha_16_bit.tif": tiff(np.dstack([wide, wide[::-1]]), 2),
        "premultiplied.tif": tiff(np.dstack([np.minimum(wide, 30000)] * 3 + [wide | 30000]), 1),
        "pages.tif": saved(rgb, "TIFF", **pages),
    }
    png_bytes = files["alpha.png"]
    for name in ("two words.png", "[1](2) #3 50%d.png", "ñandú è.png", "ピカチュウ.png"):
        files[name] = png_bytes
    return files


def bad_files() -> dict[str, bytes]:
    """Files that cannot be upscaled, by name: each gets a line."""
    good = saved(rgba(), "PNG")
    return {
        "broken.png": b"no image",
        "empty.png": b"",
        "torn.png": good[: len(good) // 2],
        "x" * 245 + ".png": good,
        "huge.png": png(np.zeros((1, 4), np.uint8), 8, 6).replace(
            struct.pack(">II", 1, 1), struct.pack(">II", 60000, 60000)
        ),
        "blocked.png": good,  # where its result should go lies a folder
    }


def make(folder: Path) -> None:
    """Write all files, what is no image, sub-folders and links."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (good_files() | bad_files()).items():
        (folder / name).write_bytes(data)
    (folder / "notes.txt").write_text("no image")
    (folder / "._hidden.png").write_bytes(b"what a Mac leaves behind")
    (folder / "sub").mkdir()
    (folder / "sub" / "deep.png").write_bytes(good_files()["alpha.png"])
    os.symlink(folder / "alpha.png", folder / "link.png")
    os.symlink(folder / "nothing.png", folder / "dangling.png")
    os.symlink(folder / "circle.png", folder / "circle.png")
    os.symlink(folder / "sub", folder / "linked")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
