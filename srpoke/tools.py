"""Images and training pairs: pixels as numbers, blur, random patches; files.py reads and writes.

Everywhere in srpoke an image file is an array as OpenCV decodes it, uint8 or uint16, (H, W) grey,
(H, W, 3) BGR or (H, W, 4) BGRA; inside the pipeline it is float32 in [0, 1]. No TensorFlow here.
"""

import cv2
import numpy as np

from srpoke.alpha import composite
from srpoke.errors import BadImage
from srpoke.files import (
    IMAGE_SUFFIXES,
    list_images,
    load_folder,
    read_image,
    read_picture,
    replacing,
    silent_stderr,
    write_image,
)
from srpoke.geometry import PHASE_PLANES, cut, cut_input, dihedral, resize, small_size

__all__ = [
    "IMAGE_SUFFIXES",
    "BadImage",
    "list_images",
    "load_folder",
    "read_image",
    "read_picture",
    "replacing",
    "silent_stderr",
    "write_image",
]

CANDIDATES = 2  # random places per patch, of which the one with most contrast is taken
WHITE_SHARE = 0.75  # of the training patches; the others get a random flat background


def to_float(image: np.ndarray) -> np.ndarray:
    """Scale uint8 or uint16 to float32 in [0, 1]."""
    return image.astype(np.float32) / np.iinfo(image.dtype).max


def to_integer(image: np.ndarray, dtype: np.dtype = np.uint8) -> np.ndarray:
    """Clip to [0, 1] and round (never truncate) to the whole range of uint8 or uint16."""
    peak = np.iinfo(dtype).max
    return (np.clip(image, 0, 1) * peak + 0.5).astype(dtype)


def to_bgra(image: np.ndarray) -> np.ndarray:
    """Give grey or BGR pixels their missing channels; alpha is opaque. Keeps the dtype."""
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    if image.shape[2] == 3:
        opaque = 1 if image.dtype == np.float32 else np.iinfo(image.dtype).max
        image = np.dstack([image, np.full_like(image[..., 0], opaque)])
    return image


def blur(
    sharp: np.ndarray, factor: float, interpolation: str
) -> tuple[np.ndarray, tuple[int, int]]:
    """Shrink a float image by `factor` (to 8 bits, like a small file) and stretch it back.

    Returns the blurry image, of the same size, and the size (height, width) of the small one.
    """
    height, width = sharp.shape[:2]
    small = resize(sharp, small_size(height, factor), small_size(width, factor), interpolation)
    small = to_float(to_integer(small))
    return resize(small, height, width, interpolation), small.shape[:2]


def random_pairs(
    sprites: list[np.ndarray],
    count: int,
    rng: np.random.Generator,
    *,
    patch_size: int,
    shrink: int,
    factors: list[float],
    interpolation: str,
    phase: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Cut `count` aligned pairs at random places of random uint8 or uint16 BGRA sprites.

    Returns blurred patches (count, patch_size, patch_size, 3 or, with phase planes, 6) and sharp
    targets (count, size, size, 3) with size = patch_size - shrink, both float32. Flip, turn,
    channel order, background and factor are drawn per patch. Places with contrast are preferred:
    most of a sprite is flat. A patch may reach over the border of its sprite by shrink / 2, where
    edges are repeated, exactly as they are when an image is upscaled.
    """
    half, size = shrink // 2, patch_size - shrink
    inputs = np.empty((count, patch_size, patch_size, 3 + PHASE_PLANES * phase), np.float32)
    targets = np.empty((count, size, size, 3), np.float32)
    for n in range(count):
        view = dihedral(sprites[rng.integers(len(sprites))], rng.integers(8))
        places = [
            [random_window(length, patch_size, half, rng) for length in view.shape[:2]]
            for _ in range(CANDIDATES)
        ]
        (rows, top), (columns, left) = max(places, key=lambda place: contrast(view, place))
        background = (1, 1, 1) if rng.random() < WHITE_SHARE else rng.random(3)
        sharp = composite(to_float(view[rows, columns]), background)[..., rng.permutation(3)]
        blurry, small = blur(sharp, rng.choice(factors), interpolation)
        inputs[n] = cut_input(blurry, small, phase, top, left, patch_size, patch_size)
        targets[n] = cut(sharp, top + half, left + half, size, size)
    return inputs, targets


def contrast(view: np.ndarray, place: list[tuple[slice, int]]) -> float:
    """Standard deviation of a sample of the pixels of a window: low where a patch has no lines."""
    (rows, _), (columns, _) = place
    sample = np.ascontiguousarray(view[rows, columns][::4, ::4])
    return cv2.meanStdDev(sample)[1].sum()


def random_window(
    length: int, patch_size: int, half: int, rng: np.random.Generator
) -> tuple[slice, int]:
    """Draw where on an axis of `length` pixels a patch lies.

    Returns the window to blur and the first pixel of the patch inside it, negative where the patch
    reaches over the border. The window is a few random pixels larger than the patch, so that
    patches see every phase of the shrinking grid and no false border.
    """
    low, high = -half, length - patch_size + half
    first = int(rng.integers(low, high + 1)) if high >= low else (length - patch_size) // 2
    before, after = rng.integers(8, 16, size=2)
    start = max(0, first - before)
    return slice(start, min(length, first + patch_size + after)), first - start
