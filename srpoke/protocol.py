"""The evaluation protocol, the same in training, `evaluate.py` and the tests.

A case is a small picture and its true enlargement; a method is what enlarges the small one.
"""

import math
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from srpoke.course import Settings, output_sizes
from srpoke.engine import Engine
from srpoke.geometry import Size, resize
from srpoke.kernels import Kernel
from srpoke.metrics import psnr, ssim
from srpoke.pipeline import choose, enlarge
from srpoke.style import networks_behind, open_network
from srpoke.tools import degrade, flatten, shrunk_by, to_float, to_integer

Method = Callable[[np.ndarray, Size], np.ndarray]  # small image, full size -> image


class Case(NamedTuple):
    """A small picture and its true enlargement, float BGR in [0, 1]."""

    small: np.ndarray
    sharp: np.ndarray


def truth(image: np.ndarray) -> np.ndarray:
    """Return what a method must give back: float (H, W, 3) on white, cropped to even size.

    An axis of a single pixel stays.
    """
    height, width = (max(1, size // 2 * 2) for size in image.shape[:2])
    return to_float(flatten(image[:height, :width]))


def shrunk(sharp: np.ndarray, factor: float, kernel: Kernel) -> Case:
    """Return a picture (from `truth`) shrunk by `factor`, and what an upscaler must make of that.

    At a whole factor that is the picture. At a fraction it would share out pixels that are averages
    already, which no small picture was made of: so both are shrunk, straight from the picture, the
    small one by the next whole factor.
    """
    whole = math.ceil(factor)
    small = shrunk_by(sharp, whole, kernel)
    if whole == factor:
        return Case(small, sharp)
    return Case(small, degrade(sharp, *output_sizes(small.shape[:2], factor, 1)[0], kernel))


def interpolate(name: str) -> Method:
    """Return the method that only stretches, by one of INTERPOLATIONS."""
    return lambda small, size: resize(small, *size, name)


def repair(engine: Engine, settings: Settings | None = None) -> Method:
    """Return the method that stretches and lets a network repair the blur, as infer.py does."""
    if engine.is_helped:
        _, *others = networks_behind(engine.file)
        for path in others:
            open_network(path)  # before any clock runs

    def method(small: np.ndarray, size: Size) -> np.ndarray:
        chosen, own = choose(engine, small, settings or Settings())
        return enlarge(chosen, small, size, own)

    return method


def rate(method: Method, case: Case) -> tuple[float, float, float]:
    """Enlarge the small image, compare with the true one after rounding to 8 bits.

    Returns PSNR in dB, SSIM, and the seconds that the method took.
    """
    started = time.perf_counter()
    result = method(case.small, case.sharp.shape[:2])
    seconds = time.perf_counter() - started
    pair = to_integer(result), to_integer(case.sharp)
    return psnr(*pair), ssim(*pair), seconds


def score(method: Method, cases: Iterable[Case]) -> tuple[float, float]:
    """Return the PSNR and SSIM that `rate` gives each case, averaged."""
    values = [rate(method, case)[:2] for case in cases]
    return tuple(float(mean) for mean in np.mean(values, axis=0))
