"""Where on an image a training patch is cut: at random, better where something is drawn."""

import cv2
import numpy as np

CANDIDATES = 2  # random places per patch, of which the one with most contrast is taken


def richest_window(
    view: np.ndarray,
    size: int,
    half: int,
    rng: np.random.Generator,
    reduction: float = 1.0,
    margin: int = 0,
) -> tuple[tuple[slice, slice], tuple[int, int], int, int]:
    """Of some random places of an image take the one with most contrast.

    Places are drawn on the image made smaller by `reduction`, for patches of `size` px whose
    targets lie `half` px inside. Returns the window to cut out of the image as it is, the size to
    make it, and the first row and column of the patch in that.
    """
    places = []
    for _ in range(CANDIDATES):
        axes = [
            random_window(round(n / reduction), size, half, margin, rng) for n in view.shape[:2]
        ]
        window = tuple(
            slice(round(s.start * reduction), max(1, round(s.stop * reduction))) for s, _ in axes
        )
        sample = np.ascontiguousarray(view[window][::4, ::4])
        (rows, top), (columns, left) = axes
        sizes = rows.stop - rows.start, columns.stop - columns.start
        places.append((cv2.meanStdDev(sample)[1].sum(), (window, sizes, top, left)))
    return max(places, key=lambda place: place[0])[1]


def random_window(
    length: int, size: int, half: int, margin: int, rng: np.random.Generator
) -> tuple[slice, int]:
    """Draw where on an axis of `length` pixels a patch lies.

    Returns the window to shrink and the first pixel of the patch inside it, negative where the
    patch reaches over the border. The window is larger than the patch by `margin` and a few random
    pixels, so that patches see every phase of the shrinking grid and no false border.
    """
    low, high = -half, length - size + half
    first = int(rng.integers(low, high + 1)) if high >= low else (length - size) // 2
    before, after = margin + rng.integers(0, 8, size=2)
    start = max(0, first - before)
    return slice(start, max(start + 1, min(length, first + size + after))), first - start
