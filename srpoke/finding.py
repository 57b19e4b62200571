"""Find out how a small picture was made, for networks that want to be told.

The kernel that shrank a picture is the one by which the network's enlargement, shrunk again,
gives the picture back. Three answers matter: a cubic kernel, as for most sprites, pixel area, as
for what was drawn small, and a triangle, as for many small pictures of the web. Not every network
can tell the last one: whether it can is tried after training, and its metadata says so. What is
usual in the folder that a network learnt from can be measured without it.
"""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from srpoke.engine import Engine, run_tiled
from srpoke.geometry import best_corner, resize
from srpoke.jpeg import BLOCK, was_jpeg
from srpoke.kernels import (
    BY_AREA,
    DRAWN_ANEW,
    JPEG,
    KERNELS,
    SHRUNK,
    SOFTNESS_UNIT,
    SPRITE_KERNEL,
    Kernel,
    Making,
    softness,
)
from srpoke.tools import apply_kernel, shrunk_by

# below so many times the cubic mismatch a triangle is believed, below more where steps are soft
# too; and only below so many times the mismatch of area
SOFT, SOFT_BY_STEPS, SOFT_TO_AREA = 1.05, 1.3, 1.7
RELIABLY = 0.6, 0.1  # of soft pictures at least, and of others at most, are then named soft
SIDE = 44  # px: of the part of a picture that is tried, where most is drawn
MARGIN = 4  # px at its border, which an edge repeated by guess may have changed
FACTOR = 2
TINY = 1e-6  # a mismatch that is none
LARGE_SIDE = 512  # px: of the part where every pixel is looked at, however large the picture
REACH = 3  # px: a step is over within so many on each side
HIGH, FLAT, UPRIGHT = 0.25, 1 / 255, 0.25  # of steps: least height, what is flat beside, most slant
# of steps, how many there must be and their least median softness: a triangle's is 0.83, a box's
# 0.52 where none is aligned. Of one picture a network judges as well.
SOFT_FOLDER, SOFT_PICTURE = (50, 0.68), (3, 0.65)
Tried = list[tuple[np.ndarray, Callable[[Kernel], float]]]  # images, each with its mismatches


def find_making(engine: Engine, image: np.ndarray) -> Making:
    """Return what a network is best told of a float (H, W, 3) image.

    One that knows JPEG is told of it, too.
    """
    making = find_shrinking(engine, image)
    if engine.knows_jpeg and was_jpeg(most_drawn(image, LARGE_SIDE, BLOCK)):
        return making._replace(origin=JPEG)
    return making


def find_shrinking(engine: Engine, image: np.ndarray) -> Making:
    """Return what a network is best told of how an image was shrunk.

    Unless clearly made by pixel area or a triangle, that is what the network takes for usual. Where
    that is soft, nothing sharper is looked for.
    """
    if engine.expects_soft or not engine.planes.making or too_small(image):
        return engine.making
    misfit, box = mismatches(engine, image), KERNELS["box"]
    if engine.finds_soft and looks_soft(image, misfit):
        return Making(softness(KERNELS["triangle"]), SHRUNK)
    if misfit(box) < engine.box_below * misfit(SPRITE_KERNEL):
        return BY_AREA
    return engine.making


def too_small(image: np.ndarray) -> bool:
    """Whether an image is all border."""
    return min(image.shape[:2]) <= 3 * MARGIN


def looks_soft(image: np.ndarray, misfit: Callable[[Kernel], float]) -> bool:
    """Whether a triangle explains an image nearly as well as sharper kernels do.

    That is harder to undo, so its mismatch is larger also where it is the true one.
    """
    times = SOFT_BY_STEPS if soft_steps([image], *SOFT_PICTURE) else SOFT
    soft = misfit(KERNELS["triangle"])
    return soft < times * misfit(SPRITE_KERNEL) and soft < SOFT_TO_AREA * misfit(KERNELS["box"])


def find_abilities(engine: Engine, images: list[np.ndarray]) -> dict:
    """Return what a network can find out, as its metadata says it: finds_soft and box_below.

    Tried on float (H, W, 3) images as they are, and shrunk by a triangle, a cubic kernel and pixel
    area. What takes pictures for sprites with a drawing behind them is not asked for soft ones:
    what was drawn anew never gives a sprite back exactly, and that real sprites are taken for soft
    costs `best` 0.9 dB.
    """
    if not engine.planes.making:
        return {"finds_soft": False, "box_below": Engine.box_below}
    kernels = KERNELS["triangle"], SPRITE_KERNEL, KERNELS["area"]
    triangle, cubic, area = (
        tried(engine, [shrunk_by(image, FACTOR, kernel) for image in images]) for kernel in kernels
    )
    can_be_soft = engine.making.origin != DRAWN_ANEW
    return {
        "finds_soft": can_be_soft and finds_soft(triangle, [cubic, area, tried(engine, images)]),
        "box_below": box_limit(area, cubic),
    }


def tried(engine: Engine, images: list[np.ndarray]) -> Tried:
    """Return images, without those that are all border, each with what gives its mismatches."""
    return [(image, mismatches(engine, image)) for image in images if not too_small(image)]


def finds_soft(soft: Tried, others: list[Tried]) -> bool:
    """Whether of soft pictures enough are named soft, and of the others few."""
    named, *wrongly = (
        np.mean([looks_soft(*each) for each in pictures] or [0]) for pictures in (soft, *others)
    )
    return bool(named >= RELIABLY[0] and max(wrongly) <= RELIABLY[1])


def box_limit(area: Tried, cubic: Tried) -> float:
    """Return below how many times the cubic mismatch a network should believe that of a box.

    Half-way, in ratios, between what pictures shrunk by area and by a cubic kernel have; at most
    what suits every network. One that knows area well makes good enough sense of it where it is
    wrong, too: half-way was at 0.8 for `art`, at 1.2 for `best` and `default`.
    """
    box, medians = KERNELS["box"], []
    for pictures in area, cubic:
        ratios = [misfit(box) / max(misfit(SPRITE_KERNEL), TINY) for _, misfit in pictures]
        medians.append(np.median(ratios or [1]))
    return float(min(Engine.box_below, np.sqrt(np.prod(medians))))


def usual_making(images: list[np.ndarray]) -> Making:
    """Return what a network is best told of pictures like these, (H, W, 3): soft, or usual."""
    soft = soft_steps(images, *SOFT_FOLDER)
    return Making(softness(KERNELS["triangle"] if soft else SPRITE_KERNEL), SHRUNK)


def soft_steps(images: list[np.ndarray], least: int, limit: float) -> bool:
    """Whether float (H, W, 3) images have some steps, and these a median softness above `limit`.

    A step between flat areas is as wide as the kernel that smoothed it. The sides of a thin line
    are none: they bring numbers below zero, so outlined sprites do not seem soft.
    """
    moments = np.concatenate([np.empty(0), *map(step_moments, images)])
    # a difference of neighbours is a box of one pixel more
    return len(moments) >= least and np.median(moments) - 1 / 12 > limit / SOFTNESS_UNIT


def step_moments(image: np.ndarray) -> np.ndarray:
    """Return the second moment, in px^2, of the slope of each upright or level step of an image.

    Of a large one, of the part where most is drawn.
    """
    grey, found = most_drawn(image, LARGE_SIDE).mean(axis=2), [np.empty(0)]
    x = np.arange(-REACH, REACH + 1)
    for rows in (grey, grey.T):
        if rows.shape[1] <= len(x) or len(rows) < 2:
            continue
        slopes, slants = (
            sliding_window_view(part, len(x), axis=1)  # (H, W - 2 REACH - 1, 2 REACH + 1)
            for part in (np.diff(rows, axis=1), np.gradient(rows, axis=0)[:, 1:])
        )
        height = slopes.sum(axis=2)
        steps = (np.abs(height) > HIGH) & (np.abs(slopes).argmax(axis=2) == REACH)
        steps &= np.abs(slopes[..., [0, -1]]).max(axis=2) < FLAT
        steps &= np.abs(slants.sum(axis=2)) < UPRIGHT * np.abs(height)
        share = slopes[steps] / height[steps][:, None]
        found.append(share @ x**2 - (share @ x) ** 2)
    return np.concatenate(found)


def most_drawn(image: np.ndarray, side: int = SIDE, grid: int = 1) -> np.ndarray:
    """Cut out the part, of `side` px at most, with the steepest edges; it begins on a `grid`."""
    height, width = (min(side, size) for size in image.shape[:2])
    if (height, width) == image.shape[:2]:
        return np.ascontiguousarray(image)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    steepness = cv2.magnitude(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1))
    top, left = (n // grid * grid for n in best_corner(steepness, height, width))
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def mismatches(engine: Engine, image: np.ndarray) -> Callable[[Kernel], float]:
    """Return what gives the mismatch of a kernel with an image, and makes it only once."""
    part = most_drawn(image)
    return cache(lambda kernel: mismatch(engine, part, kernel))


def mismatch(engine: Engine, part: np.ndarray, kernel: Kernel) -> float:
    """Return how far a picture is from its enlargement shrunk again by `kernel`: mean, 0 to 1."""
    height, width = part.shape[:2]
    blurry = resize(part, FACTOR * height, FACTOR * width, engine.interpolation)
    making = Making(softness(kernel), SHRUNK)
    sharp = run_tiled(engine, blurry, (height, width), FACTOR * SIDE, making)
    again = apply_kernel(sharp.clip(0, 1), height, width, kernel)
    inside = slice(MARGIN, -MARGIN)
    return float(np.abs(again - part)[inside, inside].mean())
