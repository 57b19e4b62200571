"""Images and training pairs: pixels as numbers, degrade, random patches; images.py has files.

Everywhere in srpoke an image file is an array as OpenCV decodes it, uint8 or uint16, (H, W) grey,
(H, W, 3) BGR or (H, W, 4) BGRA; inside the pipeline it is float32 in [0, 1]. No TensorFlow here.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.alpha import composite
from srpoke.geometry import Planes, cut, cut_input, dihedral, resize, small_size
from srpoke.jpeg import SAMPLINGS, as_jpeg
from srpoke.kernels import (
    JPEG,
    KERNELS,
    OWN,
    SHRUNK,
    Kernel,
    Making,
    draw_kernel,
    shrink_rows,
    softness,
)
from srpoke.windows import richest_window

SPRITE_SIDE = 150  # px: larger pictures are drawings, and learnt from at smaller sizes too
JPEG_SHARE = 0.2  # of the small pictures, where any are to be learnt from
UNTOLD_SHARE = 0.5  # of the pictures shrunk here, where a network has to judge by itself
WHITE_SHARE = 0.75  # of the training patches; the others get a random flat background


def to_float(image: np.ndarray) -> np.ndarray:
    """Scale uint8 or uint16 to float32 in [0, 1]."""
    return image.astype(np.float32) / np.iinfo(image.dtype).max


def to_integer(image: np.ndarray, dtype: np.dtype = np.uint8) -> np.ndarray:
    """Clip to [0, 1] and round (never truncate) to the whole range of uint8 or uint16."""
    scaled = np.clip(image, 0, 1)
    scaled *= np.iinfo(dtype).max
    scaled += 0.5
    return scaled.astype(dtype)


def to_bgra(image: np.ndarray) -> np.ndarray:
    """Give grey or BGR pixels their missing channels; alpha is opaque. Keeps the dtype."""
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGRA)
    return image if image.shape[2] == 4 else cv2.cvtColor(image, cv2.COLOR_BGR2BGRA)


def without_hidden(bgra: np.ndarray) -> np.ndarray:
    """Blacken what cannot be seen of an integer BGRA image: its colours are arbitrary.

    They would count as contrast where patches are chosen.
    """
    return bgra * (bgra[..., 3:] > 0)


def flatten(image: np.ndarray, colour: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    """Lay an integer image, of any depth and channels, over a flat BGR colour; uint8 BGR."""
    return to_integer(composite(to_float(to_bgra(image)), colour))


def shrunk_by(image: np.ndarray, factor: float, kernel: Kernel) -> np.ndarray:
    """Degrade a float image to `factor` times less per axis."""
    return degrade(image, *(small_size(size, factor) for size in image.shape[:2]), kernel)


def degrade(image: np.ndarray, height: int, width: int, kernel: Kernel) -> np.ndarray:
    """Shrink a float image in [0, 1] to (height, width), as a program that saves it in 8 bits does.

    (H, W, C) BGR, or BGRA with straight alpha: the colour of a pixel counts by its alpha. Pixel
    centres stay aligned, edges are repeated, values clipped and rounded to 1/255.
    """
    if kernel.shape == "nearest":
        small = resize(image, height, width, "nearest")
    elif image.shape[2] == 4:
        alpha = image[..., 3:]
        seen = np.dstack([image[..., :3] * alpha, alpha])
        seen = shrink_both(seen, height, width, kernel)  # unclipped: overshoot divides out
        colour = seen[..., :3] / np.maximum(seen[..., 3:], 1e-3)
        small = np.dstack([colour, apply_kernel(alpha, height, width, kernel)])
    else:
        small = apply_kernel(image, height, width, kernel)
    return to_float(to_integer(small))


def apply_kernel(image: np.ndarray, height: int, width: int, kernel: Kernel) -> np.ndarray:
    """Shrink a float image (H, W, C) in [0, 1] by a separable kernel; float32, clipped."""
    narrow = shrink_both(image, len(image), width, kernel).clip(0, 1)  # programs clip here too
    return shrink_both(narrow, height, width, kernel).clip(0, 1)


def shrink_both(image: np.ndarray, height: int, width: int, kernel: Kernel) -> np.ndarray:
    """Shrink a float image (H, W, C) by a separable kernel, an axis of equal size not at all."""
    if width != image.shape[1]:
        image = shrink_rows(image.transpose(1, 0, 2), width, kernel).transpose(1, 0, 2)
    return shrink_rows(image, height, kernel) if height != len(image) else image.copy()


class Pair(NamedTuple):
    """A small and a larger picture of the same, uint8 BGR, by any factor, and how it was made."""

    small: np.ndarray
    large: np.ndarray
    making: Making


@dataclass(frozen=True)
class PatchForm:
    """What a network's patches look like."""

    patch_size: int  # px per side of an input
    shrink: int  # px that a target is smaller
    interpolation: str  # of the stretch
    planes: Planes  # beside the colours
    mix: str = "sprites"  # of the kernels that shrink
    jpeg: list[int] | None = None  # lowest and highest quality of small pictures saved so
    untold: Making | None = None  # what is told instead of how a share of them was shrunk

    @property
    def half(self) -> int:
        """Return by how many px a target lies inside its input, on each side."""
        return self.shrink // 2


def random_pair(
    sprites: list[np.ndarray],
    rng: np.random.Generator,
    form: PatchForm,
    factors: list[float],
    pairs: tuple[tuple[float, list[Pair]], ...] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Cut aligned patches of a blurry input and its sharp target at a random place.

    Mostly out of random uint8 or uint16 BGRA sprites that are shrunk here, by a random kernel and
    one of `factors`; each list of `pairs` gives its share (0 to 1) of the patches. Returns input
    (patch_size, patch_size, C), C as in `cut_input`, and target (size, size, 3) with size =
    patch_size - shrink, both float32. Flip, turn, channel order, background, kernel and factor are
    drawn. Places with contrast are preferred: most of a sprite is flat. A patch may reach over the
    border of its sprite by shrink / 2, where edges are repeated, exactly as they are when an image
    is upscaled.
    """
    shares = np.cumsum([share for share, _ in pairs])
    source, k = np.searchsorted(shares, rng.random(), side="right"), rng.integers(8)
    chosen = pairs[source][1] if source < len(pairs) else sprites
    item = chosen[rng.integers(len(chosen))]
    cut_patch = patch_of_pair if source < len(pairs) else patch_of_sprite
    blurry, sharp = cut_patch(item, k, rng, form, factors)
    return blurry, to_float(sharp)


def patch_of_sprite(
    sprite: np.ndarray, k: int, rng: np.random.Generator, form: PatchForm, factors: list[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a window out of view `k` of a BGRA sprite, lay it on a colour, shrink it, stretch it.

    It may be made smaller first, by pixel area: so a drawing gets the size of a sprite, and a
    sprite loses the light rims that the kernel of its makers left. Returns input and target, float
    and uint8.
    """
    view = dihedral(sprite, k)
    pixel_art = form.interpolation == "nearest"
    reduction = 1.0 if pixel_art else random_reduction(view, rng)
    factor = rng.choice(factors)
    margin = math.ceil(4 * factor)
    window, sizes, top, left = richest_window(
        view, form.patch_size, form.half, rng, reduction, margin
    )
    sharp = np.take(on_random_colour(view[window], rng), rng.permutation(3), axis=2)
    if reduction > 1:
        sharp = degrade(sharp, *sizes, KERNELS["area"])
    kernel = KERNELS["nearest"] if pixel_art else draw_kernel(rng, form.mix)
    making = Making(softness(kernel), SHRUNK)
    if form.untold and rng.random() < UNTOLD_SHARE:
        making = form.untold
    small, making = sometimes_jpeg(shrunk_by(sharp, factor, kernel), making, form.jpeg, rng)
    return cut_both(small, to_integer(sharp), making, top, left, form)


def sometimes_jpeg(
    image: np.ndarray, making: Making, jpeg: list[int] | None, rng: np.random.Generator
) -> tuple[np.ndarray, Making]:
    """Save a share of float BGR images as JPEG, of a random quality between two.

    Half of them with their colours at full resolution, as programs do at high quality. Returns the
    image, float, and what is told of it.
    """
    if jpeg is None or rng.random() >= JPEG_SHARE:
        return image, making
    quality, sampling = int(rng.integers(*jpeg, endpoint=True)), int(rng.choice(SAMPLINGS))
    saved = as_jpeg(to_integer(image), quality, sampling)
    return to_float(saved), making._replace(origin=JPEG)


def random_reduction(image: np.ndarray, rng: np.random.Generator) -> float:
    """Draw how much smaller an image is made before it is learnt from: half of the sprites not."""
    return max(1.0, rng.uniform(0.5, max(1.5, max(image.shape[:2]) / SPRITE_SIDE)))


def on_random_colour(bgra: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lay an integer BGRA image on white, mostly, or on any flat colour; float BGR."""
    background = (1, 1, 1) if rng.random() < WHITE_SHARE else rng.random(3)
    return composite(to_float(bgra), background)


def patch_of_pair(
    pair: Pair, k: int, rng: np.random.Generator, form: PatchForm, factors: list[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a patch out of view `k` of a pair, at the factor that it has."""
    channels = rng.permutation(3)  # before JPEG, to which not all channels are alike
    views = (dihedral(image, k) for image in (pair.small, pair.large))
    small, sharp = (np.take(view, channels, axis=2) for view in views)
    (rows, columns), _, top, left = richest_window(sharp, form.patch_size, form.half, rng)
    small, making = to_float(small), pair.making
    if making.origin != OWN:  # what a network drew goes on to its next pass as it is
        small, making = sometimes_jpeg(small, making, form.jpeg, rng)
    return cut_both(small, sharp, making, rows.start + top, columns.start + left, form)


def cut_both(
    small: np.ndarray, sharp: np.ndarray, making: Making, top: int, left: int, form: PatchForm
) -> tuple[np.ndarray, np.ndarray]:
    """Stretch a float image to the size of the uint8 one; cut input and target at one place."""
    blurry = resize(small, *sharp.shape[:2], form.interpolation)
    side, size = form.patch_size, form.patch_size - form.shrink
    patch = cut_input(blurry, small.shape[:2], form.planes, making, top, left, side, side)
    return patch.copy(), cut(sharp, top + form.half, left + form.half, size, size)
