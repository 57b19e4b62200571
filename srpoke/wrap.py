"""Seamless textures: a picture that goes on at its opposite side, as a tile of a floor does.

It is padded by wrapping, so wide that its middle sees no border, and enlarged as usual; the middle
is kept. That is exact only where the padding is enlarged to whole pixels too: it is made of the
smallest parts of the picture that are.
"""

import math

import numpy as np

STRETCH = 4  # px that the widest interpolation reaches, and, of the result, what shrinks
HOLD = 2 * (1 + 16 + 1)  # px of two rounds of shrinking, blurring and stretching a difference

Size = tuple[int, int]  # (height, width)
Middle = tuple[tuple[int, int], tuple[int, int]]  # (part, whole) of the rows, and of the columns
WHOLE: Middle = (1, 1), (1, 1)


def wrapped(image: np.ndarray, around: Size) -> np.ndarray:
    """Pad an (H, W) or (H, W, C) picture by wrapping, by (rows, columns) on each side; or not."""
    if not any(around):
        return image
    return np.pad(image, [(n, n) for n in (*around, 0)[: image.ndim]], "wrap")


def centre(image: np.ndarray, size: Size) -> np.ndarray:
    """Cut the middle of `size` out of a picture that is padded evenly."""
    top, left = ((whole - part) // 2 for whole, part in zip(image.shape[:2], size, strict=True))
    return image[top : top + size[0], left : left + size[1]]


def border(size: Size, sizes: list[Size], passes: list[float], half: int) -> Size:
    """Return by how many rows and columns to pad a picture of `size`, on each side.

    `sizes` are those that it is enlarged to, `passes` how many times as large as the picture each
    pass's input is, `half` how many px the network looks around.
    """
    reach = sum((half + STRETCH + HOLD) / factor for factor in passes)
    reach += sum(STRETCH * size[0] / height for height, _ in sizes if height <= size[0])
    units = [n // math.gcd(n, *larger) for n, *larger in zip(size, *sizes, strict=True)]
    return tuple(math.ceil(reach / unit) * unit for unit in units)


def middle_of(size: Size, around: Size) -> Middle:
    """Return which part of a picture, with what is wrapped around it, is the picture itself."""
    rows, columns = ((n, n + 2 * pad) for n, pad in zip(size, around, strict=True))
    return rows, columns
