"""PSNR, SSIM and the evaluation protocol, the same in training, `evaluate.py` and the tests."""

import itertools
import time
from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np

from srpoke.alpha import composite
from srpoke.engine import Engine
from srpoke.geometry import resize, small_size
from srpoke.kernels import Kernel
from srpoke.tools import degrade, to_bgra, to_float, to_integer
from srpoke.upscale import Settings, enlarge

Method = Callable[[np.ndarray, tuple[int, int]], np.ndarray]  # small image, full size -> image
EXACT = 100.0  # dB counted for an image restored without error: infinity would swallow every mean


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """RGB peak signal-to-noise ratio of two uint8 images in dB; equal images give infinity."""
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Structural similarity (Wang et al. 2004) of two uint8 images, mean over pixels and channels.

    11 x 11 Gaussian window of sigma 1.5, population covariance, 5 px border left out (like
    scikit-image with gaussian_weights=True, use_sample_covariance=False). An axis too short for
    that border keeps its middle.
    """
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    a, b = a.astype(np.float64), b.astype(np.float64)

    def mean(image: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(image, (11, 11), 1.5)

    mean_a, mean_b = mean(a), mean(b)
    variance = mean(a * a) - mean_a**2 + mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    similarity = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    similarity /= (mean_a**2 + mean_b**2 + c1) * (variance + c2)
    top, left = (min(5, (size - 1) // 2) for size in similarity.shape[:2])
    return float(similarity[top : len(similarity) - top, left : similarity.shape[1] - left].mean())


def truth(image: np.ndarray) -> np.ndarray:
    """Return what a method must give back: float (H, W, 3) on white, cropped to even size.

    An axis of a single pixel stays.
    """
    height, width = (max(1, size // 2 * 2) for size in image.shape[:2])
    flat = composite(to_float(to_bgra(image[:height, :width])))
    return to_float(to_integer(flat))


def shrunk(sharp: np.ndarray, factor: float, kernel: Kernel) -> np.ndarray:
    """Return the small image of the protocol: float, shrunk by `kernel`, rounded to 8 bits."""
    return degrade(sharp, *(small_size(n, factor) for n in sharp.shape[:2]), kernel)


def interpolate(name: str) -> Method:
    """Return the method that only stretches, by one of INTERPOLATIONS."""
    return lambda small, size: resize(small, *size, name)


def repair(engine: Engine, settings: Settings | None = None) -> Method:
    """Return the method that stretches and lets a network repair the blur, as infer.py does."""
    return lambda small, size: enlarge(engine, small, size, settings)


def rate(
    method: Method, sharp: np.ndarray, factor: float, kernel: Kernel
) -> tuple[float, float, float]:
    """Shrink an image (from `truth`) by `factor`, restore it, compare after rounding to 8 bits.

    Returns PSNR in dB (EXACT at most), SSIM, and the seconds that the method took.
    """
    small = shrunk(sharp, factor, kernel)
    started = time.perf_counter()
    restored = method(small, sharp.shape[:2])
    seconds = time.perf_counter() - started
    pair = to_integer(restored), to_integer(sharp)
    return min(psnr(*pair), EXACT), ssim(*pair), seconds


def score(
    method: Method, images: Iterable[np.ndarray], factor: float, kernels: Sequence[Kernel]
) -> tuple[float, float]:
    """Return the PSNR and SSIM that `rate` gives each image, averaged; kernels take turns."""
    turns = zip(images, itertools.cycle(kernels), strict=False)
    values = [rate(method, sharp, factor, kernel)[:2] for sharp, kernel in turns]
    return tuple(float(mean) for mean in np.mean(values, axis=0))
