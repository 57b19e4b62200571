"""What was done to a picture after it was drawn, and can be undone without loss.

Screenshots and many pages show sprites enlarged by whole pixels, and a ghost is made fainter as a
whole. A network would draw the corners of the squares, and take the faint lines for pale ones. So
the picture as it was is enlarged instead, and made as faint again.
"""

import math

import numpy as np

from srpoke.course import Settings
from srpoke.tools import without_hidden

MOST = 8  # px: of larger squares a picture is more likely built than enlarged
# of rows, and of columns, that begin with a change: how many there are, and of all between them
CHANGES, SHARE = 24, 0.5
BAND = 64  # rows looked at together


def square_of(images: list[np.ndarray], settings: Settings) -> int:
    """Return the side, in px, of the squares that were the pixels of integer images; mostly 1."""
    if settings.wrap or settings.pad == "before":  # which count in pixels as they are
        return 1
    side = settings.square or square_side(images)
    return side if not any(n % side for image in images for n in image.shape[:2]) else 1


def undone(image: np.ndarray, settings: Settings) -> np.ndarray:
    """Return an integer image with a pixel for each square, and alpha raised until it is opaque."""
    image = image[:: settings.square, :: settings.square]
    return with_alpha(image, np.iinfo(image.dtype).max / most_opaque(image, settings))


def redone(image: np.ndarray, result: np.ndarray, settings: Settings) -> np.ndarray:
    """Return what became of an `undone` image as faint as that is."""
    return with_alpha(result, most_opaque(image, settings) / np.iinfo(image.dtype).max)


def square_side(images: list[np.ndarray]) -> int:
    """Return the side, in px, of the squares of one colour that integer images are all made of.

    It is 1 unless one of them is clearly nothing but enlarged so: where something changes at every
    second square at least, as what is merely laid out on a grid does not.
    """
    side, found = 0, []
    for image in images:
        places = [np.flatnonzero(changes(view)) + 1 for view in (image, image.swapaxes(0, 1))]
        side = math.gcd(side, *image.shape[:2], *np.concatenate(places).tolist())
        if side == 1:
            return 1
        found.append(places)

    def is_clear(places: np.ndarray) -> bool:
        return len(places) >= CHANGES and (len(places) - 1) * side >= SHARE * np.ptp(places)

    return side if side <= MOST and any(all(map(is_clear, places)) for places in found) else 1


def changes(image: np.ndarray) -> np.ndarray:
    """Return where the columns of an integer image, (H, W) or (H, W, C), differ: (W - 1) bools."""
    changed = np.zeros(image.shape[1] - 1, bool)
    for top in range(0, len(image), BAND):
        band = np.atleast_3d(image[top : top + BAND])
        seen = without_hidden(band) if band.shape[2] == 4 else band
        changed |= (seen[:, 1:] != seen[:, :-1]).any(axis=(0, 2))
    return changed


def most_opaque(image: np.ndarray, settings: Settings) -> int:
    """Return the highest alpha of an integer image, which is opaque where it has one or none."""
    transparent = image.ndim == 3 and image.shape[2] == 4 and settings.alpha != "mask"
    varies = transparent and np.ptp(image[..., 3])
    return int(image[..., 3].max()) if varies else np.iinfo(image.dtype).max


def with_alpha(image: np.ndarray, times: float) -> np.ndarray:
    """Return an integer image with `times` its alpha, rounded."""
    if times == 1:
        return image
    alpha = (image[..., 3] * np.float32(times) + 0.5).astype(image.dtype)
    return np.dstack([image[..., :3], alpha])
