"""How small pictures came to be: antialiased kernels that shrink, and what a network is told of it.

Real sprites were shrunk by their makers with whatever their program had. A kernel is a function of
the distance in small pixels; it is as wide as the shrink is strong, unlike in `cv2.resize`, whose
cubic and linear modes skip pixels when they shrink.
"""

import math
from typing import NamedTuple

import numpy as np


class Kernel(NamedTuple):
    """A separable kernel: its shape, the shape's parameter, and how much wider it is than usual."""

    shape: str  # "area", "box", "triangle", "cubic", "lanczos", or "nearest", which picks pixels
    parameter: float = 0.0  # a of the cubic (Keys 1981), or the lobes of Lanczos
    width: float = 1.0


KERNELS = {
    "area": Kernel("area"),
    "box": Kernel("box"),
    "triangle": Kernel("triangle"),
    "bicubic": Kernel("cubic", -0.5),
    "lanczos": Kernel("lanczos", 3),
    "nearest": Kernel("nearest"),
}
SPRITE_KERNEL = Kernel("cubic", -0.65)  # explains real sprites best, by least squares
SUPPORT = {"area": 0.5, "box": 0.5, "triangle": 1.0, "cubic": 2.0}  # small pixels on each side

SOFTNESS_UNIT = 5.0  # times the second moment: brings the usual kernels to -0.3 ... 0.8


class Making(NamedTuple):
    """What a network is told of its input, as two constant planes."""

    softness: float  # second moment of the kernel in small pixels squared, times SOFTNESS_UNIT
    origin: float = 0.0  # one of the below


SHRUNK = 0.0  # the small picture was shrunk from the target
DRAWN_ANEW = 1.0  # a real pair, drawn or coloured anew by its makers; or nothing is known of it
OWN = -1.0  # a network drew the small picture in the pass before
JPEG = 2.0  # the small picture was saved as JPEG, whatever had made it


def evaluate(kernel: Kernel, x: np.ndarray, pixel: float = 0.0) -> np.ndarray:
    """Return the kernel's height at signed distances `x` in small pixels, not normalised.

    Area is the box without its fault: a pixel of the large image, `pixel` small ones wide, counts
    by how much of it lies inside. Both are the same where the factor is whole.
    """
    if kernel.shape == "area":
        x, pixel = x / kernel.width, pixel / kernel.width
        inside = (1 + pixel) / 2 - np.abs(x)
        return inside.clip(0, pixel) / pixel if pixel else (inside > 0).astype(float)
    if kernel.shape == "box":  # half open, as in Pillow: a pixel right between two counts once
        x = x / kernel.width - 1e-9
        return ((x > -0.5) & (x <= 0.5)).astype(float)
    x = np.abs(x) / kernel.width
    if kernel.shape == "triangle":
        return np.clip(1 - x, 0, None)
    if kernel.shape == "cubic":
        a = kernel.parameter
        near = (a + 2) * x**3 - (a + 3) * x**2 + 1
        far = a * (x**3 - 5 * x**2 + 8 * x - 4)
        return np.where(x < 1, near, np.where(x < 2, far, 0))
    lobes = kernel.parameter
    return np.where(x < lobes, np.sinc(x) * np.sinc(x / lobes), 0)


def softness(kernel: Kernel) -> float:
    """Return the second moment of a kernel, the integral of x^2 k(x), times SOFTNESS_UNIT.

    A box has 1/12, a triangle 1/6, Keys' cubic (2 + 4a) / 15. The moment of a truncated sinc says
    little of its blur, so Lanczos counts as the cubic nearest to it (three lobes: a = -0.94).
    """
    moment = {
        "area": 1 / 12,
        "box": 1 / 12,
        "triangle": 1 / 6,
        "cubic": (2 + 4 * kernel.parameter) / 15,
        "lanczos": (2 - 4 * 0.94) / 15,
        "nearest": 0.0,
    }[kernel.shape]
    return SOFTNESS_UNIT * moment * kernel.width**2


BY_AREA = Making(softness(KERNELS["box"]), SHRUNK)  # as what was drawn small is, too


def is_soft(making: Making) -> bool:
    """Whether a picture is taken for softer than pixel area makes it."""
    return making.softness > BY_AREA.softness


def taps(size: int, small: int, kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
    """Return which pixels of an axis make each small pixel: indices and weights, (T, small) each.

    Weights of a small pixel sum to 1; edges are repeated. Pixel centres stay aligned, as in
    Pillow's `resize`. Where nothing is shrunk, it interpolates.
    """
    ratio = max(1.0, size / small)  # an enlarged axis gets the kernel of its own pixels
    lobes = kernel.parameter if kernel.shape == "lanczos" else SUPPORT[kernel.shape]
    reach = lobes * kernel.width * ratio
    if kernel.shape == "area":
        reach += 0.5  # of a pixel, which counts by how much of it lies inside
    centres = (np.arange(small) + 0.5) * (size / small)
    first = np.floor(centres - reach)
    pixels = first + np.arange(math.ceil(2 * reach) + 1)[:, None]
    heights = evaluate(kernel, (pixels + 0.5 - centres) / ratio, 1 / ratio)
    indices = pixels.clip(0, size - 1).astype(np.intp)
    return indices, (heights / heights.sum(axis=0)).astype(np.float32)


def shrink_rows(image: np.ndarray, small: int, kernel: Kernel) -> np.ndarray:
    """Shrink a float32 image (H, W, C) to (small, W, C)."""
    indices, heights = taps(len(image), small, kernel)
    total = np.zeros((small, *image.shape[1:]), np.float32)
    for index, height in zip(indices, heights[..., None, None], strict=True):
        total += height * image[index]
    return total


# of cubic, Lanczos, area and triangle kernels: the shares, how many are off in width, and how far
MIXES = {
    "sprites": ((0.5, 0.2, 0.2, 0.1), (0.2, 0.2, 0, 0.2), (0.07, 0.07, 0, 0.07)),
    "web": ((0.35, 0.15, 0.3, 0.2), (0.2, 0.2, 0, 1), (0.07, 0.07, 0, 0.2)),
    "area": ((0, 0, 1, 0), (0, 0, 0, 0), (0, 0, 0, 0)),
}


def draw_kernel(rng: np.random.Generator, mix: str = "sprites") -> Kernel:
    """Draw a kernel as makers of sprites use them, mostly cubic and sometimes a little off.

    In the mix "web" area and soft ones come more often, some softer than the usual triangle:
    so are many small pictures that are made from larger ones for the web. In "area" there is
    nothing else.
    """
    shares, off, spread = MIXES[mix]
    kind = rng.choice(4, p=shares)
    cubic = Kernel("cubic", rng.uniform(-0.75, -0.5))
    kernel = [cubic, KERNELS["lanczos"], KERNELS["area"], KERNELS["triangle"]][kind]
    if rng.random() < off[kind]:
        kernel = kernel._replace(width=rng.uniform(1 - spread[kind], 1 + spread[kind]))
    return kernel
