"""Find out how a small picture was made, for networks that want to be told.

The kernel that shrank a picture is the one by which the network's enlargement, shrunk again,
gives the picture back. Two answers matter: a cubic kernel, as for most sprites, or pixel area, as
for what was drawn small. A triangle is not found: networks know it too little.
"""

import cv2
import numpy as np

from srpoke.engine import Engine, run_tiled
from srpoke.geometry import best_corner, resize
from srpoke.kernels import KERNELS, SHRUNK, SPRITE_KERNEL, Kernel, Making, softness
from srpoke.tools import apply_kernel

CLEARLY = 0.95  # of the cubic mismatch: box has 0.57 to 0.92 on creatures, above 0.98 on sprites
SIDE = 44  # px: of the part of a picture that is tried, where most is drawn
MARGIN = 4  # px at its border, which an edge repeated by guess may have changed
FACTOR = 2


def find_making(engine: Engine, image: np.ndarray) -> Making:
    """Return what a network is best told of a float (H, W, 3) image.

    Unless it was clearly made by pixel area, that is what the network takes for usual.
    """
    if not engine.planes.making or min(image.shape[:2]) <= 3 * MARGIN:
        return engine.making
    part, box = most_drawn(image), KERNELS["box"]
    if mismatch(engine, part, box) < CLEARLY * mismatch(engine, part, SPRITE_KERNEL):
        return Making(softness(box), SHRUNK)
    return engine.making


def most_drawn(image: np.ndarray) -> np.ndarray:
    """Cut out the part, of SIDE px at most, with the steepest edges."""
    height, width = (min(SIDE, size) for size in image.shape[:2])
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    steepness = cv2.magnitude(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1))
    top, left = best_corner(steepness, height, width)
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def mismatch(engine: Engine, part: np.ndarray, kernel: Kernel) -> float:
    """Return how far a picture is from its enlargement shrunk again by `kernel`: mean, 0 to 1."""
    height, width = part.shape[:2]
    blurry = resize(part, FACTOR * height, FACTOR * width, engine.interpolation)
    making = Making(softness(kernel), SHRUNK)
    sharp = run_tiled(engine, blurry, (height, width), FACTOR * SIDE, making)
    again = apply_kernel(sharp.clip(0, 1), height, width, kernel)
    inside = slice(MARGIN, -MARGIN)
    return float(np.abs(again - part)[inside, inside].mean())
