"""Image files: read as they are meant, and written with all that a format can hold.

An image is an array as OpenCV decodes it, uint8 or uint16, (H, W) grey, (H, W, 3) BGR or
(H, W, 4) BGRA with straight alpha, upright. No TensorFlow here.
"""

import logging
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.alpha import composite
from srpoke.errors import BadImage, UserError
from srpoke.files import replacing
from srpoke.geometry import dihedral
from srpoke.headers import XMP_IN_JPEG, Header, read_header, upright
from srpoke.quiet import silent_stderr
from srpoke.record import with_record
from srpoke.tiff import split_grey_alpha
from srpoke.tools import to_float, to_integer

log = logging.getLogger(__name__)

# formats, as `format_of` tells them
EIGHT_BIT = {".jpg", ".webp", ".avif", ".gif", ".bmp", ".dib"}
OPAQUE = {".jpg", ".pgm", ".ppm", ".pnm"}  # hold no alpha
HIDING = {*OPAQUE, ".webp", ".gif"}  # do not hold the colour of what is transparent
# formats by their rarer endings, not all of which OpenCV knows
FORMATS = dict.fromkeys([".jpeg", ".jpe", ".jfif"], ".jpg") | {".apng": ".png"}
COLOURED = {".gif", ".ppm"}  # that OpenCV writes in no other way
SIDES = {  # px, that a format, or the library that writes and reads it, holds at least and at most
    ".webp": (1, 16383),
    ".jpg": (1, 65500),
    ".gif": (1, 65535),
    ".avif": (1, 32768),
    ".jp2": (32, 2**32 - 1),
}
OPTIONS = {  # nothing is lost that a format can hold
    ".jpg": [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444],
    ".avif": [cv2.IMWRITE_AVIF_QUALITY, 100],
    ".jp2": [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000],
    ".gif": [cv2.IMWRITE_GIF_DITHER, 3],  # none, but a palette of the picture's own colours
}
MAX_PIXELS = 100_000_000  # of an image, before and after it is enlarged
TURNS = {1: 0, 2: 4, 3: 2, 4: 6, 5: 7, 6: 3, 7: 5, 8: 1}  # EXIF's orientation: view of dihedral
METADATA = {
    "exif": cv2.IMAGE_METADATA_EXIF,
    "xmp": cv2.IMAGE_METADATA_XMP,
    "icc": cv2.IMAGE_METADATA_ICCP,
}


class Picture(NamedTuple):
    """An image and what its file says of it, as `write_image` takes it."""

    pixels: np.ndarray
    metadata: dict[str, bytes]  # "exif", "xmp", "icc"; no turn is left to be made


def read_picture(path: str | Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Return a file's pixels and metadata. Of several pages or frames the first is used.

    A palette is resolved, a turn applied, alpha straight. Raises BadImage where that fails, or
    where the file holds more than `max_pixels`, before it is decoded.
    """
    return decode_picture(read_header(read_bytes(path)), path, max_pixels)


def read_bytes(path: str | Path) -> bytes:
    """Return what is in a file; BadImage says why it cannot be opened."""
    try:
        return np.fromfile(path, np.uint8).tobytes()  # opens any file name on Windows, too
    except OSError as error:
        raise BadImage(f"{path} cannot be opened: {error.strerror}") from None


def decode_picture(header: Header, path: str | Path, max_pixels: int) -> Picture:
    """Return the first picture of the file that a header is of, as `read_picture` does."""
    if header.size and header.size[0] * header.size[1] > max_pixels:
        height, width = header.size
        raise BadImage(f"{path} has {width}x{height} px, more than {max_pixels} (--max_pixels)")
    image = _decode(header) if len(header.data) >= header.smallest else None
    if image is None:
        raise BadImage(f"{path} is not an image that OpenCV can read")
    if image.dtype not in (np.uint8, np.uint16):
        raise BadImage(f"{path} has {image.dtype} pixels; 8 or 16 bits are supported")
    image = _as_meant(image, header, path)
    if header.frames > 1:
        log.warning("%s holds more than one picture; the first is used", path)
    return Picture(image, upright(header.metadata))


def read_image(path: str | Path, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Return a file's pixels alone, as `read_picture` reads them."""
    return read_picture(path, max_pixels).pixels


def _decode(header: Header) -> np.ndarray | None:
    """Decode the first picture as it is stored, and add the EXIF block that only OpenCV finds."""
    data = np.frombuffer(header.data, np.uint8)
    with silent_stderr():
        try:
            image, kinds, blocks = cv2.imdecodeWithMetadata(data, flags=cv2.IMREAD_UNCHANGED)
        except cv2.error:
            return None  # an empty file, or one that asks for more memory than OpenCV allows
    for kind, block in zip(kinds, blocks, strict=True):
        if kind == cv2.IMAGE_METADATA_EXIF:
            header.metadata.setdefault("exif", block.tobytes().removeprefix(b"Exif\0\0"))
    return image


def _as_meant(image: np.ndarray, header: Header, path: str | Path) -> np.ndarray:
    """Give decoded pixels their transparency, straight, their full range and their turn."""
    image, tiff = on_screen(image, header), header.tiff
    if tiff and tiff.grey_alpha:
        image = split_grey_alpha(tiff, image)
    if tiff and tiff.scrambled(image):
        raise BadImage(f"{path} stores its channels in a way that OpenCV does not read")
    if header.peak:
        most, channels = np.iinfo(image.dtype).max, np.moveaxis(np.atleast_3d(image), 2, 0)
        for channel, peak in zip(
            channels, np.broadcast_to(header.peak, len(channels)), strict=True
        ):
            scaled = np.arange(most + 1).clip(0, peak) * most / peak + 0.5
            channel[:] = scaled.astype(image.dtype)[channel]  # in place: a picture may be large
    if header.grey_key is not None and image.ndim == 2:
        visible = np.where(image == header.grey_key, 0, np.iinfo(image.dtype).max)
        image = np.dstack([image, image, image, visible.astype(image.dtype)])
    if header.premultiplied:
        image = straight(image)
    if header.orientation == 1:
        return image
    return np.ascontiguousarray(dihedral(image, TURNS[header.orientation]))


def on_screen(image: np.ndarray, header: Header) -> np.ndarray:
    """Cut off what lies beyond the screen of a GIF."""
    height, width = header.screen or image.shape[:2]
    return image[:height, :width]


def straight(bgra: np.ndarray) -> np.ndarray:
    """Divide colours by their alpha; where it is 0 they stay."""
    peak, alpha = np.iinfo(bgra.dtype).max, np.maximum(bgra[..., 3:], 1).astype(np.float64)
    colour = np.minimum(bgra[..., :3] * (peak / alpha) + 0.5, peak).astype(bgra.dtype)
    return np.dstack([np.where(bgra[..., 3:] > 0, colour, bgra[..., :3]), bgra[..., 3]])


def write_image(
    path: str | Path,
    image: np.ndarray,
    metadata: dict[str, bytes] | None = None,
    record: dict | None = None,
) -> None:
    """Write uint8 or uint16 pixels in the format that the ending names; OSError if it fails.

    `metadata` (of a Picture) goes into PNG, JPEG, WebP and AVIF, a `record` of how the image was
    made into PNG and WebP.
    """
    path = Path(path)
    write_bytes(path, encode(path, image, metadata or {}), record)


def check_format(path: Path, size: tuple[int, int], grey: bool) -> None:
    """Raise UserError where the format that an ending names cannot hold (height, width) pixels."""
    ending, (height, width) = format_of(path), size
    low, high = SIDES.get(ending, (1, max(size)))
    if not low <= min(size) <= max(size) <= high:
        raise UserError(
            f"{path} would have {width}x{height} px; {ending} holds sides of {low} to {high} px, "
            ".png any"
        )
    if ending == ".pbm":
        raise UserError(f"{path} would hold black and white alone; .png holds all")
    if ending == ".pgm" and not grey:
        raise UserError(f"{path} cannot hold colours; .ppm and .png can")


def format_of(path: Path) -> str:
    """Return the ending of a file as OpenCV knows it."""
    ending = path.suffix.lower()
    return FORMATS.get(ending, ending)


def write_bytes(path: Path, data: bytes, record: dict | None) -> None:
    """Write an encoded image, whole or not at all, with the record of how it was made."""
    with replacing(path) as temporary:
        temporary.write_bytes(with_record(data, record) if record else data)


def encode(path: Path, image: np.ndarray, metadata: dict[str, bytes]) -> bytes:
    """Return an image as a file in the format of the ending of `path`.

    Metadata that is damaged, or too large for the format, is left out: a warning names it.
    """
    ending = format_of(path)
    if ending in EIGHT_BIT:
        image = eight_bits(image)  # OpenCV would cut off what is above 255
    if ending in OPAQUE and image.ndim == 3 and image.shape[2] == 4:
        # or the colour under transparent pixels would be seen
        image = to_integer(composite(to_float(image)), image.dtype)
    if ending in COLOURED and image.ndim == 2:
        image = np.dstack([image] * 3)
    if ending == ".gif" and image.shape[2] == 4:  # or half transparent pixels become coloured dots
        image = np.where(image[..., 3:] < 128, 0, image | np.uint8([0, 0, 0, 255]))
    try:
        data = _encoded(ending, image, metadata)
        if not data and metadata:
            held = {
                n: block for n, block in metadata.items() if _encoded(ending, image, {n: block})
            }
            data = _encoded(ending, image, held)
            lost = ", ".join(name.upper() for name in metadata if name not in held)
            log.warning("%s is written without %s, damaged or too large for it", path, lost)
    except cv2.error as error:
        raise UserError(f"{path}: OpenCV cannot write this format: {error.err}") from None
    if not data:
        raise OSError(f"{path}: could not be encoded")
    return data


def _encoded(ending: str, image: np.ndarray, metadata: dict[str, bytes]) -> bytes:
    """Return an image as a file with metadata; b"" where that does not go into it."""
    kinds, blocks = _metadata_for(ending, image, metadata)
    with silent_stderr():
        options = OPTIONS.get(ending, [])
        done, data = cv2.imencodeWithMetadata(ending, image, kinds, blocks, options)
    return data.tobytes() if done else b""


def eight_bits(image: np.ndarray) -> np.ndarray:
    """Round uint16 to uint8."""
    return (image / 257 + 0.5).astype(np.uint8) if image.dtype == np.uint16 else image


def _metadata_for(
    ending: str, image: np.ndarray, metadata: dict[str, bytes]
) -> tuple[list[int], list[np.ndarray]]:
    """Return the metadata that fits a format and an image, as OpenCV takes it."""
    if ending not in (".png", ".jpg", ".webp", ".avif"):
        return [], []
    fitting = dict(metadata)
    if "icc" in fitting:
        space = fitting["icc"][16:20]  # a profile for ink, or for grey, spoils a picture in BGR
        grey = image.ndim == 2 and ending != ".webp"  # which holds colours alone
        if not (space == b"RGB " or (space == b"GRAY" and grey)):
            del fitting["icc"]
        else:  # it may be padded, which the format for PNG does not allow
            length = int.from_bytes(fitting["icc"][:4], "big")
            fitting["icc"] = fitting["icc"][: length or None]
    if "xmp" in fitting:  # OpenCV writes XMP as it stands, though each format wants it its own way
        before = XMP_IN_JPEG if ending == ".jpg" else b""
        fitting["xmp"] = before + fitting["xmp"] + (b"\0" if ending == ".png" else b"")
    blocks = [np.frombuffer(block, np.uint8) for block in fitting.values()]
    return [METADATA[name] for name in fitting], blocks
