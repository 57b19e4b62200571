"""What the network sees of a picture: its colours and, where it varies, its alpha as a grey image.

A layer is an (H, W, 3) float32 image in [0, 1]. Each is enlarged by itself and put into the result,
which has the picture's own depth and channels.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from srpoke.alpha import bleed_colour, clamp_alpha
from srpoke.geometry import Size
from srpoke.kernels import KERNELS, SHRUNK, Making, softness
from srpoke.tools import to_float, to_integer
from srpoke.wrap import centre, wrapped

ALPHA_MAKING = Making(softness(KERNELS["box"]), SHRUNK)  # 0.3 dB better than as for the colours
ALPHA = ("transparency", "mask")  # what the fourth channel of an image may mean


class Layer(NamedTuple):
    """A layer of a picture, and how it comes into the result."""

    pixels: np.ndarray
    making: Making | None  # what the network is told of it; None: what is found out
    put: Callable[[np.ndarray, np.ndarray, float | None], None]  # (result, enlarged layer, step)


def takers(image: np.ndarray) -> list[Callable[[np.ndarray, str, Size | None], Layer]]:
    """Return the functions that take an integer image apart: its alpha only where it varies."""
    varies = image.ndim == 3 and image.shape[2] == 4 and np.ptp(image[..., 3]) > 0
    return [take_colours, take_alpha] if varies else [take_colours]


def blank(image: np.ndarray, size: Size) -> np.ndarray:
    """Return a result for layers to be put into; an alpha that is none is there already."""
    result = np.empty((*size, *image.shape[2:]), image.dtype)
    if image.ndim == 3:
        result[..., 3:] = image[0, 0, 3:]
    return result


def visible_colours(image: np.ndarray, alpha: str, wrap: bool) -> np.ndarray:
    """Return the colours of an integer image as a layer, those that cannot be seen replaced.

    Unless its `alpha` is a "mask", which hides none. With `wrap` it goes on at its opposite side.
    """
    pixels = to_float(image)
    if pixels.ndim == 2:
        return np.dstack([pixels] * 3)
    if pixels.shape[2] == 3:
        return pixels
    if alpha == "mask":
        return pixels[..., :3].copy()
    if wrap:  # colour may come from any distance
        return centre(bleed_colour(wrapped(pixels, image.shape[:2])), image.shape[:2])
    return bleed_colour(pixels)


def take_colours(image: np.ndarray, alpha: str, around: Size | None) -> Layer:
    """Return the colours of an integer image, a texture's wrapped by `around`, as a layer."""
    pixels = visible_colours(image, alpha, around is not None)
    grey = (pixels == pixels[..., :1]).all()  # by content: it may be stored as BGR or BGRA

    def put(result: np.ndarray, colours: np.ndarray, step: float | None) -> None:
        colours = centre(colours, result.shape[:2])
        result = np.atleast_3d(result)  # a view, (H, W, 1) of one that is stored as grey
        if grey:
            result[..., :3] = to_integer(colours.mean(axis=2), result.dtype)[..., None]
            return
        for channel in range(3):  # together they need three times the memory
            result[..., channel] = to_integer(colours[..., channel], result.dtype)

    return Layer(wrapped(pixels, around or (0, 0)), None, put)


def take_alpha(image: np.ndarray, alpha: str, around: Size | None) -> Layer:
    """Return the alpha of an integer image, a texture's wrapped by `around`, as a layer."""
    original = wrapped(to_float(image[..., 3]), around or (0, 0))

    def put(result: np.ndarray, enlarged: np.ndarray, step: float | None) -> None:
        enlarged = enlarged.mean(axis=2)
        if alpha != "mask":
            enlarged = clamp_alpha(enlarged, original, step)
        result[..., 3] = to_integer(centre(enlarged, result.shape[:2]), result.dtype)

    return Layer(np.dstack([original] * 3), ALPHA_MAKING, put)
