"""Where pixels lie: resizing, the phase between two pixel grids, cuts over the border, views."""

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.errors import BadImage
from srpoke.kernels import Making

Size = tuple[int, int]  # (height, width)

INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST_EXACT,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "lanczos4": cv2.INTER_LANCZOS4,
}
WHOLE = 1e-5  # of a size: what a factor of six digits leaves between it and a whole one
PHASE_PLANES = 3  # extra input planes of a network that is told where each pixel lies
MAKING_PLANES = 2  # of one that is also told how its input was made


def resize(image: np.ndarray, height: int, width: int, interpolation: str) -> np.ndarray:
    """Resize to exactly (height, width): shrunk by pixel area, stretched by `interpolation`.

    Pixel centres stay aligned, so nothing drifts. Nearest neighbour shrinks by picking pixels too,
    which keeps pixel art free of new colours.
    """
    if (height, width) == image.shape[:2]:
        return image.copy()
    if interpolation != "nearest" and height <= image.shape[0] and width <= image.shape[1]:
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(image, (width, height), interpolation=INTERPOLATIONS[interpolation])


def small_size(size: int, factor: float) -> int:
    """The size that `size` pixels shrink to before they are stretched back by `factor`."""
    return max(1, math.floor(size / factor + 0.5))


def stretch_factor(size: Size, small: Size) -> float:
    """By how much an image of `small` (height, width) is enlarged to `size`: mean of both axes."""
    return math.sqrt(size[0] / small[0] * size[1] / small[1])


def check_whole(size: Size, factor: float) -> None:
    """Raise BadImage, with the nearest factors that would do, unless both sizes stay whole."""
    if all(abs(n * factor - max(1, round(n * factor))) <= WHOLE * n for n in size):
        return
    height, width = size
    common = math.gcd(height, width)
    near = math.floor(factor * common) / common, math.ceil(factor * common) / common
    raise BadImage(
        f"{width}x{height} px enlarged {factor:g} times is no whole number of pixels; "
        f"the nearest factors: {' and '.join(f'{each:g}' for each in near if each)}"
    )


@cache
def axis_phase(size: int, small: int) -> np.ndarray:
    """Where each of `size` pixels lies between the pixels of a `small` image: (size,) in [-1, 1).

    -1 is the centre of a measured pixel, 0 half-way to the next one.
    """
    position = (np.arange(size) + 0.5) * small / size - 0.5
    rounding = 1e-6  # else a pixel right on a measured centre could come out as +1
    return ((position + rounding) % 1 * 2 - 1).astype(np.float32)


def cut(image: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    """Cut (height, width, C) out of an image; what lies outside repeats its edge."""
    bottom, right = top + height, left + width
    inside = image[max(top, 0) : bottom, max(left, 0) : right]
    margins = (-top, bottom - image.shape[0], -left, right - image.shape[1])
    if max(margins) <= 0:
        return inside
    return cv2.copyMakeBorder(inside, *(max(n, 0) for n in margins), cv2.BORDER_REPLICATE)


class Planes(NamedTuple):
    """Which planes a network sees beside the three colours."""

    phase: bool = False  # where each pixel lies between the small image's, and the factor
    making: bool = False  # how the small image was made

    @property
    def channels(self) -> int:
        phase = PHASE_PLANES if self.phase else 0
        making = MAKING_PLANES if self.making else 0
        return 3 + phase + making


def planes_of(network: dict) -> Planes:
    """Return the planes that a network sees; files of version 1.0.0 know nothing of `told`."""
    return Planes(network["phase"], network.get("told", False))


def cut_input(
    blurry: np.ndarray,
    small: Size,
    planes: Planes,
    making: Making,
    top: int,
    left: int,
    height: int,
    width: int,
) -> np.ndarray:
    """Cut what a network sees out of an image that was stretched from `small` (height, width).

    Returns (height, width, 3 to 8): BGR; with phase planes row phase, column phase, and the stretch
    factor - 1; with making planes softness and origin of the small image.
    """
    patch = cut(blurry, top, left, height, width)
    if not planes.phase:
        return patch
    rows, columns = (
        axis_phase(size, small_size)
        for size, small_size in zip(blurry.shape[:2], small, strict=True)
    )
    result = np.empty((height, width, planes.channels), np.float32)
    result[..., :3] = patch
    result[..., 3] = cut(rows[:, None], top, 0, height, 1).reshape(height, 1)
    result[..., 4] = cut(columns[None, :], 0, left, 1, width)
    result[..., 5] = stretch_factor(blurry.shape, small) - 1
    if planes.making:
        result[..., 6:] = making
    return result


def best_corner(worth: np.ndarray, height: int, width: int) -> tuple[int, int]:
    """Return top and left of the (height, width) part of `worth`, (H, W), with the highest sum."""
    sums = cv2.boxFilter(worth, -1, (width, height), anchor=(0, 0))
    sums = sums[: worth.shape[0] - height + 1, : worth.shape[1] - width + 1]
    top, left = np.unravel_index(sums.argmax(), sums.shape)
    return int(top), int(left)


def dihedral(image: np.ndarray, k: int) -> np.ndarray:
    """Return view k (0 to 7) of the eight flips and quarter turns of an (H, W, C) image."""
    turned = np.rot90(image, k % 4)
    return turned[:, ::-1] if k >= 4 else turned


def self_ensemble(run: Callable[[np.ndarray, int], np.ndarray], image: np.ndarray) -> np.ndarray:
    """Return the mean of `run(view, k)` over the eight views of an image, each turned back."""
    total = 0
    for k in range(8):
        turned = run(dihedral(image, k), k)
        total += np.rot90(turned[:, ::-1] if k >= 4 else turned, -(k % 4))
    total /= 8
    return total
