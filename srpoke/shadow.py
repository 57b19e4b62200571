"""The drop shadow that a sprite has and its drawing has not.

Programs lay a copy of the figure's outline, moved and in a flat grey, under the figure.
"""

from typing import NamedTuple

import cv2
import numpy as np

FARTHEST, NEAREST = 12, 2  # pixels that a shadow may be moved on either axis; less is a rim
PALEST = 0.03  # of what it takes from white: less is no shadow
UNEXPLAINED = 0.25  # at most, of the squared darkness of the paper around a figure
PAPER = 0.02  # below so much cover a pixel shows the paper, or what lies on it


class Shadow(NamedTuple):
    """Where a shadow lies, and how dark it is."""

    move: tuple[int, int]  # from its figure, in pixels of the sprite: to the right, down
    darkness: float  # what it takes from white, 0 to 1


def find_shadow(sprite: np.ndarray, figure: np.ndarray) -> Shadow | None:
    """Return the drop shadow in a sprite on white, float BGR (H, W, 3), or None.

    `figure` says how much of each pixel the figure covers: float (H, W). Least squares over the
    paper around it, for every move by whole pixels.
    """
    paper = (figure < PAPER).astype(np.float32)
    darkness = (1 - sprite.mean(axis=2, dtype=np.float32)) * paper
    around = cv2.copyMakeBorder(figure, *[FARTHEST] * 4, cv2.BORDER_CONSTANT, value=0)
    both = cv2.matchTemplate(around, darkness, cv2.TM_CCORR)  # sums, by the corner that is cut out
    cover = cv2.matchTemplate(around**2, paper, cv2.TM_CCORR)
    fit = both / np.maximum(cover, 1e-3)
    down, right = FARTHEST - np.indices(fit.shape)
    far = np.maximum(abs(down), abs(right)) >= NEAREST
    explained = np.where(far & (fit >= PALEST), fit * both, 0)
    best = np.unravel_index(explained.argmax(), fit.shape)
    if explained[best] <= (1 - UNEXPLAINED) * np.square(darkness).sum():
        return None
    return Shadow((int(right[best]), int(down[best])), float(fit[best]))
