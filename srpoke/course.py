"""What is asked of a picture's way, and the sizes on it, pass by pass and loop by loop."""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from srpoke.engine import Engine
from srpoke.errors import BadImage, UserError
from srpoke.geometry import Size, check_whole, stretch_factor
from srpoke.kernels import Making
from srpoke.layers import ALPHA
from srpoke.wrap import WHOLE, Middle, border, middle_of

PADS = ("after", "before")  # the original pads before the stretch
TINY = 1e-9  # what shrinks by more is one pixel
LITTLE = 1.6  # less than so much is drawn better by more
LITTLE_OWN = 1.3  # the same of a network's own work, which it has learnt to enlarge by so little
ROOM = 2**24  # px of what is drawn twice as large, which takes four times the memory
STEP_TOLERANCE = 0.02  # in steps: rounded sizes may ask for a hair more than the largest factor


@dataclass(frozen=True)
class Settings:
    """How a pass is made; the defaults are what `infer.py` does."""

    back_projection: bool = True  # give back low frequencies of the colour error after each pass
    ensemble: bool = False  # self-ensemble: mean over the eight flips and quarter turns
    pad: str = "after"  # of PADS, as seen from the stretch; before it, each pass grows
    alpha: str = "transparency"  # of ALPHA; a mask is an image of its own, that hides no colour
    tile: int = 256  # output pixels per side of a tile: bounds the memory, changes nothing else
    sharpness: float = 0.0  # above 0 crisper, below 0 softer, for networks that can be told so
    making: Making | None = None  # of the picture; without it, it is found out
    square: int | None = None  # px per side of what were its pixels; without it, it is found out
    wrap: bool = False  # the picture goes on at its opposite side; not where padded before
    supersample: bool = True  # draw what is enlarged by little twice as large, and shrink it
    middle: Middle = WHOLE  # of a picture that is wrapped: what the network has to see

    def __post_init__(self) -> None:
        for name, allowed in (("pad", PADS), ("alpha", ALPHA)):
            if getattr(self, name) not in allowed:
                raise UserError(f"{name} {getattr(self, name)!r} is none of {', '.join(allowed)}")
        if not isinstance(self.tile, Integral) or self.tile < 1:
            raise UserError(f"tile {self.tile!r} is no whole number of pixels above 0")
        if not isinstance(self.sharpness, Real) or not math.isfinite(self.sharpness):
            raise UserError(f"sharpness {self.sharpness!r} is no number")


def output_sizes(
    size: Size, factor: float, loops: int, pad: str = "after", shrink: int = 0
) -> list[Size]:
    """Return the size of every pass's output for an image of `size`, in the same axis order.

    Padded after the stretch, pass L gives floor(size * factor^L + 0.5), counted from the original
    so that nothing drifts; padded before it, each pass grows the picture (design of the original).
    """
    sizes = []
    for loop in range(1, loops + 1):
        if pad == "after":
            size_out = tuple(max(1, math.floor(n * factor**loop + 0.5)) for n in size)
        else:
            previous = sizes[-1] if sizes else size
            size_out = tuple(max(1, int((n + shrink) * factor) - shrink) for n in previous)
        sizes.append(size_out)
    return sizes


def check_size(
    engine: Engine,
    image: np.ndarray,
    factor: float,
    loops: int,
    settings: Settings,
    max_pixels: int,
    extra_passes: int = 0,
) -> None:
    """Raise BadImage where the result would have more than `max_pixels`, before any work.

    What is padded around a texture, and enlarged or shrunk with it, counts.
    """
    size, what = image.shape[:2], "the result"
    if loops * math.log10(factor) < 9:
        if settings.wrap:
            around = texture_border(engine, size, factor, loops, extra_passes)
            size = tuple(n + 2 * pad for n, pad in zip(size, around, strict=True))
        if settings.wrap and factor < 1:
            what = "the texture, repeated as far as it is looked at,"
        else:
            size = output_sizes(size, factor, loops, settings.pad, engine.shrink)[-1]
        height, width = size
        if height * width <= max_pixels:
            return
    else:
        height, width = (f"{n}e{loops * math.log10(factor):.0f}" for n in size)
    pixels = f"{width}x{height} px"
    raise BadImage(f"{what} would have {pixels}, more than {max_pixels} (--max_pixels)")


def steps(small: Size, size: Size, largest: float, whole: bool = False) -> list[Size]:
    """Return the sizes on the way from `small` to `size`: the fewest equal steps up to `largest`.

    Counted from the first image, so that nothing drifts. In `whole` steps every part of the image
    that comes out as whole pixels is so on the way too, though one may then be a little larger.
    """
    factor = stretch_factor([n - 0.5 for n in size], small)  # that was rounded up at most so far
    count = max(1, math.ceil(math.log(factor) / math.log(largest) - STEP_TOLERANCE))
    parts = [math.gcd(*axis) if whole else 1 for axis in zip(small, size, strict=True)]
    return [
        tuple(
            part * math.floor(a / part * (b / a) ** (n / count) + 0.5)
            for a, b, part in zip(small, size, parts, strict=True)
        )
        for n in range(1, count + 1)
    ]


def drawn_size(engine: Engine, small: Size, size: Size, drawn: bool) -> Size:
    """Return what networks enlarge `small` to, so that it can be shrunk to `size`: twice, or that.

    Their targets are sharp pictures, which were made smaller no more than the factor says: for
    little, hardly. So they overdo lines there, and the mean of 2 x 2 pixels does not. `drawn` is
    what a network made in an earlier loop.
    """
    enough = LITTLE_OWN if drawn and engine.knows_own else LITTLE
    little = 1 < stretch_factor(size, small) < enough and engine.interpolation != "nearest"
    return (2 * size[0], 2 * size[1]) if little and 4 * size[0] * size[1] <= ROOM else size


def texture_border(
    engine: Engine, size: Size, factor: float, loops: int, extra_passes: int
) -> Size:
    """Return by how many rows and columns a texture of `size` is wrapped before it is enlarged.

    Raises BadImage where a loop gives it no whole size.
    """
    sizes = output_sizes(size, factor, loops)
    passes = []  # how many times as large as the texture the input of each is
    for loop, (small, large) in enumerate(zip([size, *sizes], sizes, strict=False), 1):
        check_whole(size, factor**loop)
        inputs = [large] * extra_passes
        if factor > 1:  # what gets no larger needs no network
            more = drawn_size(engine, small, large, loop > 1)
            inputs += [small, *steps(small, more, engine.largest, True)[:-1]]
        passes += [height / size[0] for height, _ in inputs]
    return border(size, sizes, passes, engine.shrink // 2)


class Course(NamedTuple):
    """The sizes on a picture's way, (height, width); lists have one for each loop."""

    around: Size  # rows and columns by which a texture is wrapped beforehand
    middle: Middle  # which part of it is the texture then
    sizes: list[Size]  # to which layers are enlarged
    results: list[Size]  # the middle of them that is kept
    steps: list[float | None]  # size of a pixel in those of the picture, where it has grown


def plan_course(
    engine: Engine,
    image: np.ndarray,
    factor: float,
    loops: int,
    settings: Settings,
    extra_passes: int,
) -> Course:
    """Return the sizes on an integer image's way; UserError where it cannot go there."""
    if not isinstance(engine, Engine):
        raise UserError(f"{engine!r} is no engine; load() makes one of a network")
    check_pixels(image, factor)
    for what, count, least in (("loops", loops, 1), ("extra passes", extra_passes, 0)):
        if not isinstance(count, Integral) or count < least:
            raise UserError(f"{count!r} {what}: a whole number is needed, {least} at least")
    size, around, before = image.shape[:2], (0, 0), settings.pad == "before"
    middle = WHOLE
    if settings.wrap and before:
        raise UserError("what is padded before the stretch cannot be wrapped")
    results = output_sizes(size, factor, loops, settings.pad, engine.shrink)
    sizes = results
    if settings.wrap:
        around = texture_border(engine, size, factor, loops, extra_passes)
        middle = middle_of(size, around)
        size = tuple(n + 2 * pad for n, pad in zip(size, around, strict=True))
        sizes = output_sizes(size, factor, loops)
    steps = [1 / max(factor**loop, TINY) if before else None for loop in range(1, loops + 1)]
    return Course(around, middle, sizes, results, steps)


def check_pixels(image: np.ndarray, scale: float) -> None:
    """Raise UserError unless an image can be upscaled so."""
    if not isinstance(image, np.ndarray) or image.dtype not in (np.uint8, np.uint16):
        what = f"{image.dtype} pixels" if isinstance(image, np.ndarray) else type(image).__name__
        raise UserError(f"an image of uint8 or uint16 pixels is needed, not {what}")
    if not image.size or not (image.ndim == 2 or image.ndim == 3 and image.shape[2] in (3, 4)):
        raise UserError(f"the shape {image.shape} is neither (H, W), (H, W, 3) nor (H, W, 4)")
    if not isinstance(scale, Real) or not 0 < scale < math.inf:
        raise UserError(f"a scale of {scale!r} is no number above 0")
