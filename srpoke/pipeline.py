"""The upscaling pipeline: resize, let the network repair the blur, back-project, loop.

The same functions serve validation, evaluation and inference, on either engine (engine.py).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.back_projection import back_project, keep_flat
from srpoke.engine import Engine, run_tiled
from srpoke.errors import BadImage, UserError
from srpoke.finding import find_making
from srpoke.geometry import Size, check_whole, resize, self_ensemble, stretch_factor
from srpoke.kernels import OWN, SPRITE_KERNEL, Making
from srpoke.layers import Layer, blank, takers, visible_colours
from srpoke.tools import apply_kernel
from srpoke.wrap import WHOLE, Middle, border, centre, middle_of

STEP_TOLERANCE = 0.02  # in steps: rounded sizes may ask for a hair more than the largest factor


@dataclass(frozen=True)
class Settings:
    """How a pass is made; the defaults are what `infer.py` does."""

    back_projection: bool = True  # give back low frequencies of the colour error after each pass
    ensemble: bool = False  # self-ensemble: mean over the eight flips and quarter turns
    pad: str = "after"  # the stretch, or "before" it: the original's geometry, each pass grows
    alpha: str = "transparency"  # or "mask": an image of its own, that hides no colour
    tile: int = 256  # output pixels per side of a tile: bounds the memory, changes nothing else
    sharpness: float = 0.0  # above 0 crisper, below 0 softer, for networks that can be told so
    making: Making | None = None  # of the picture; without it, it is found out
    wrap: bool = False  # the picture goes on at its opposite side; not where padded before
    middle: Middle = WHOLE  # of a picture that is wrapped: what the network has to see


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

    What is padded around a texture, and enlarged with it, counts.
    """
    size = image.shape[:2]
    if loops * math.log10(factor) < 9:
        if settings.wrap:
            around = texture_border(engine, size, factor, loops, extra_passes)
            size = tuple(n + 2 * pad for n, pad in zip(size, around, strict=True))
        height, width = output_sizes(size, factor, loops, settings.pad, engine.shrink)[-1]
        if height * width <= max_pixels:
            return
    else:
        height, width = (f"{n}e{loops * math.log10(factor):.0f}" for n in size)
    pixels = f"{width}x{height} px"
    raise BadImage(f"the result would have {pixels}, more than {max_pixels} (--max_pixels)")


def sharpen(
    engine: Engine, blurry: np.ndarray, small: Size, settings: Settings, making: Making
) -> np.ndarray:
    """Run the network over an (H, W, 3) image stretched from size `small`; same size out."""
    middle = settings.middle
    if not settings.ensemble:
        return run_tiled(engine, blurry, small, settings.tile, making, middle)

    def run(view: np.ndarray, k: int) -> np.ndarray:
        sizes = (small[::-1], middle[::-1]) if k % 2 else (small, middle)
        return run_tiled(engine, view, sizes[0], settings.tile, making, sizes[1])

    return self_ensemble(run, blurry)


def finish(engine: Engine, sharp: np.ndarray, small: np.ndarray, settings: Settings) -> np.ndarray:
    """Clip to [0, 1] what a network made of `small`, and back-project; changes `sharp` itself."""
    np.clip(sharp, 0, 1, out=sharp)
    if settings.back_projection and engine.interpolation != "nearest":  # pixel art is picked
        sharp = keep_flat(back_project(sharp, small), small)
    return sharp


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
        way = steps(small, large, max(engine.factors), True)[:-1] if factor > 1 else []
        inputs = [small, *way] + [small] * extra_passes
        passes += [height / size[0] for height, _ in inputs]
    return border(size, sizes, passes, engine.shrink // 2)


def enlarge(
    engine: Engine,
    image: np.ndarray,
    size: Size,
    settings: Settings | None = None,
    drawn: bool = False,
) -> np.ndarray:
    """Bring an (H, W, 3) float image to `size` (height, width) in as many passes as it takes.

    The one rule for all sizes: no pass enlarges by more than the network has learnt. `drawn` says
    that the image is a network's own work, which it is told, as of its own in later passes. What
    gets no larger needs no network and is shrunk.
    """
    settings = settings or Settings()
    if stretch_factor(size, image.shape) <= 1:
        return apply_kernel(image, *size, SPRITE_KERNEL)
    for height, width in steps(image.shape[:2], size, max(engine.factors), settings.wrap):
        making = told(engine, image, settings, drawn)
        blurry = resize(image, height, width, engine.interpolation)
        sharp = sharpen(engine, blurry, image.shape[:2], settings, making)
        del blurry  # as large as the result
        image, drawn = finish(engine, sharp, image, settings), True
    return image


def told(engine: Engine, image: np.ndarray, settings: Settings, drawn: bool) -> Making:
    """Return what a pass is told of its input."""
    if drawn:
        making = Making(0.0, OWN) if engine.knows_own else settings.making or engine.making
    else:
        making = settings.making or find_making(engine, image)
    return making._replace(softness=making.softness + settings.sharpness)


class Course(NamedTuple):
    """The sizes on a picture's way, (height, width); lists have one for each loop."""

    around: Size | None  # rows and columns by which a texture is wrapped beforehand
    middle: Middle  # which part of it is the texture then
    sizes: list[Size]  # to which layers are enlarged
    results: list[Size]  # the middle of them that is kept
    steps: list[float | None]  # size of a pixel in those of the picture, where it has grown


def each_loop(
    engine: Engine, image: np.ndarray, sizes: list[Size], settings: Settings, first: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield what each loop, from the `first` (0, 1, ...) on, enlarges and makes: (H, W, 3) floats.

    A loop ends at each of `sizes`, (height, width), and the next one starts there. Where it is
    padded before the stretch, both images are larger by what the network takes.
    """
    for loop, size in enumerate(sizes):
        if settings.pad == "before":
            half = engine.shrink // 2
            image = cv2.copyMakeBorder(image, half, half, half, half, cv2.BORDER_REPLICATE)
            size = size[0] + engine.shrink, size[1] + engine.shrink
        clean = enlarge(engine, image, size, settings, loop > 0)
        if loop >= first:
            yield image, clean
        image = centre(clean, sizes[loop])


def fine_pass(
    engine: Engine, start: np.ndarray, image: np.ndarray, settings: Settings
) -> np.ndarray:
    """Sharpen a loop's image once more at its size; `start` is what the loop enlarged."""
    making = told(engine, image, settings, drawn=True)
    sharp = sharpen(engine, image, start.shape[:2], settings, making)
    return finish(engine, sharp, start, settings)


def upscale(
    engine: Engine,
    image: np.ndarray,
    scale: float,
    loops: int = 1,
    settings: Settings | None = None,
    extra_passes: int = 0,
) -> np.ndarray:
    """Return an image `scale` times as large, in its own depth and channels.

    `image` is uint8 or uint16, (H, W) grey, (H, W, 3) BGR or (H, W, 4) BGRA with straight alpha, as
    OpenCV reads it with IMREAD_UNCHANGED. Any scale above 0 will do; with `loops` it is that of
    each. `extra_passes` sharpen at the final size. Raises UserError for anything else.
    """
    settings = settings or Settings()
    course = plan_course(engine, image, scale, loops, settings, extra_passes)
    result = blank(image, course.results[-1])
    for take in takers(image):  # one after the other, as each needs much memory
        layer = take(image, settings.alpha, course.around)
        own = settings_for(layer, course, settings)
        ((start, last),) = each_loop(engine, layer.pixels, course.sizes, own, loops - 1)
        for _ in range(extra_passes):
            last = fine_pass(engine, start, last, own)
        del start
        layer.put(result, last, course.steps[-1])
        del last  # before the next layer's takes its place
    return result


def stages(
    engine: Engine,
    image: np.ndarray,
    factor: float,
    loops: int = 1,
    settings: Settings | None = None,
    extra_passes: int = 0,
) -> Iterator[list[np.ndarray]]:
    """Yield [raw, clean, fine, ...] of every loop, each as `upscale` returns the last one."""
    settings = settings or Settings()
    course = plan_course(engine, image, factor, loops, settings, extra_passes)
    layers = [take(image, settings.alpha, course.around) for take in takers(image)]
    runs = [loop_passes(engine, layer, course, settings, extra_passes) for layer in layers]
    for size, step, *passes in zip(course.results, course.steps, *runs, strict=True):
        results = []
        for parts in zip(*passes, strict=True):
            results.append(blank(image, size))
            for layer, part in zip(layers, parts, strict=True):
                layer.put(results[-1], part, step)
        yield results


def loop_passes(
    engine: Engine, layer: Layer, course: Course, settings: Settings, extra_passes: int
) -> Iterator[list[np.ndarray]]:
    """Yield [raw, clean, fine, fine, ...] of every loop of a layer; raw is the stretched image."""
    own = settings_for(layer, course, settings)
    for start, clean in each_loop(engine, layer.pixels, course.sizes, own):
        passes = [resize(start, *clean.shape[:2], engine.interpolation), clean]
        for _ in range(extra_passes):
            passes.append(fine_pass(engine, start, passes[-1], own))
        yield passes


def settings_for(layer: Layer, course: Course, settings: Settings) -> Settings:
    """Return the settings of a layer's passes: what is known of how it was made comes first."""
    return replace(settings, making=layer.making or settings.making, middle=course.middle)


def plan_course(
    engine: Engine,
    image: np.ndarray,
    factor: float,
    loops: int,
    settings: Settings,
    extra_passes: int,
) -> Course:
    """Return the sizes on an integer image's way; UserError where it cannot go there."""
    check_pixels(image, factor)
    size, around, before = image.shape[:2], None, settings.pad == "before"
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
    steps = [factor**-loop if before else None for loop in range(1, loops + 1)]
    return Course(around, middle, sizes, results, steps)


def check_pixels(image: np.ndarray, scale: float) -> None:
    """Raise UserError unless an image can be upscaled so."""
    if not isinstance(image, np.ndarray) or image.dtype not in (np.uint8, np.uint16):
        what = f"{image.dtype} pixels" if isinstance(image, np.ndarray) else type(image).__name__
        raise UserError(f"an image of uint8 or uint16 pixels is needed, not {what}")
    if not image.size or not (image.ndim == 2 or image.ndim == 3 and image.shape[2] in (3, 4)):
        raise UserError(f"the shape {image.shape} is neither (H, W), (H, W, 3) nor (H, W, 4)")
    if not 0 < scale < math.inf:
        raise UserError(f"a scale of {scale} is not above 0")


def making_of_all(engine: Engine, images: list[np.ndarray], settings: Settings) -> Making:
    """Return how pictures that belong together were made, such as frames: or they would flicker.

    It is found out from the one with most edges.
    """
    colours = [visible_colours(image, settings.alpha, settings.wrap) for image in images]
    return find_making(engine, max(colours, key=lambda c: np.abs(np.diff(c, axis=1)).sum()))
