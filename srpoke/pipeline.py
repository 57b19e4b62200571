"""The upscaling pipeline: resize, let the network repair the blur, back-project, loop.

The same functions serve validation, evaluation and inference, on either engine (engine.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from srpoke.back_projection import back_project, keep_flat, limit_overshoot
from srpoke.course import Course, Settings, drawn_size, plan_course, steps
from srpoke.engine import Engine, run_tiled
from srpoke.finding import find_making
from srpoke.geometry import Size, resize, self_ensemble, stretch_factor
from srpoke.jpeg import BLOCK
from srpoke.kernels import DRAWN_ANEW, OWN, SPRITE_KERNEL, Making
from srpoke.layers import Layer, blank, takers, visible_colours
from srpoke.style import suited, suited_factor, suited_to
from srpoke.tools import apply_kernel
from srpoke.undoing import redone, square_of, undone
from srpoke.wrap import centre, wrapped

# told as so much softer per factor above 2, a real sprite keeps its lines' strength: the more a
# pass enlarges, the less is certain, and the softer is what is likeliest
CRISPER = 0.3


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


def finish(
    engine: Engine, sharp: np.ndarray, small: np.ndarray, first: np.ndarray, settings: Settings
) -> np.ndarray:
    """Clip to [0, 1] what a network made of `small`, and back-project; changes `sharp` itself.

    What overshoots is limited by the `first` picture on the way there, which nobody drew anew.
    """
    np.clip(sharp, 0, 1, out=sharp)
    if settings.back_projection and engine.interpolation != "nearest":  # pixel art is picked
        sharp = limit_overshoot(keep_flat(back_project(sharp, small), small), first)
    return sharp


def enlarge(
    engine: Engine,
    image: np.ndarray,
    size: Size,
    settings: Settings | None = None,
    drawn: bool = False,
) -> np.ndarray:
    """Bring an (H, W, 3) float image to `size` (height, width) in as many passes as it takes.

    The one rule for all sizes: no pass enlarges by more than the network has learnt, and by little
    only to shrink again. `drawn` says that the image is a network's own work, which it is told, as
    of its own in later passes. What gets no larger needs no network and is shrunk.
    """
    settings, first = settings or Settings(), image
    if stretch_factor(size, image.shape) <= 1:
        return apply_kernel(image, *size, SPRITE_KERNEL)
    more = drawn_size(engine, image.shape[:2], size, drawn) if settings.supersample else size
    if more != size:
        softer = replace(engine, leaves_factors=())  # shrinking alone makes it crisp enough
        return resize(enlarge(softer, image, more, settings, drawn), *size, "bicubic")
    for height, width in steps(image.shape[:2], size, engine.largest, settings.wrap):
        making = told(engine, image, (height, width), settings, drawn)
        blurry = resize(image, height, width, engine.interpolation)
        drawing = suited_factor(engine, stretch_factor((height, width), image.shape))
        sharp = sharpen(drawing, blurry, image.shape[:2], settings, making)
        del blurry  # as large as the result
        image, drawn = finish(engine, sharp, image, first, settings), True
    return image


def told(engine: Engine, image: np.ndarray, size: Size, settings: Settings, drawn: bool) -> Making:
    """Return what a pass that brings an image to `size` is told of it."""
    if drawn:
        making = Making(0.0, OWN) if engine.knows_own else settings.making or engine.making
    else:
        making = settings.making or find_making(engine, image)
        if making.origin == DRAWN_ANEW:
            crisper = CRISPER * (stretch_factor(size, image.shape) - 2)
            making = making._replace(softness=making.softness + crisper)
    return making._replace(softness=making.softness + settings.sharpness)


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
    making = told(engine, image, image.shape, settings, drawn=True)
    sharp = sharpen(engine, image, start.shape[:2], settings, making)
    return finish(engine, sharp, start, start, settings)


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
    engine, settings, course, ways = begin(engine, image, scale, loops, settings, extra_passes)
    result = blank(image, course.results[-1])
    while ways:  # one after the other, and none is kept, as each needs much memory
        layer = ways.pop(0)()
        own = settings_for(layer, settings)
        ((start, last),) = each_loop(engine, layer.pixels, course.sizes, own, loops - 1)
        for _ in range(extra_passes):
            last = fine_pass(engine, start, last, own)
        del start
        layer.put(result, last, course.steps[-1])
        del last  # before the next layer's takes its place
    return redone(image, result, settings)


def stages(
    engine: Engine,
    image: np.ndarray,
    factor: float,
    loops: int = 1,
    settings: Settings | None = None,
    extra_passes: int = 0,
) -> Iterator[list[np.ndarray]]:
    """Yield [raw, clean, fine, ...] of every loop, each as `upscale` returns the last one."""
    engine, settings, course, ways = begin(engine, image, factor, loops, settings, extra_passes)
    layers = [take() for take in ways]
    runs = []
    for layer in layers:
        own = settings_for(layer, settings)
        runs.append(loop_passes(engine, layer, course, own, extra_passes))
    for size, step, *passes in zip(course.results, course.steps, *runs, strict=True):
        results = []
        for parts in zip(*passes, strict=True):
            results.append(blank(image, size))
            for layer, part in zip(layers, parts, strict=True):
                layer.put(results[-1], part, step)
        yield [redone(image, result, settings) for result in results]


def loop_passes(
    engine: Engine, layer: Layer, course: Course, settings: Settings, extra_passes: int
) -> Iterator[list[np.ndarray]]:
    """Yield [raw, clean, fine, fine, ...] of every loop of a layer; raw is the stretched image."""
    for start, clean in each_loop(engine, layer.pixels, course.sizes, settings):
        passes = [resize(start, *clean.shape[:2], engine.interpolation), clean]
        for _ in range(extra_passes):
            passes.append(fine_pass(engine, start, passes[-1], settings))
        yield passes


def begin(
    engine: Engine,
    image: np.ndarray,
    factor: float,
    loops: int,
    settings: Settings | None,
    extra_passes: int,
) -> tuple[Engine, Settings, Course, list[Callable[[], Layer]]]:
    """Return the network that suits an integer image, its settings and course, and its layers.

    How it was made is found out with its own corner on the grid of JPEG, by which that is known:
    padding would move it. (Of a texture, the sides should be whole blocks, too.)
    """
    settings = settings or Settings()
    course = plan_course(engine, image, factor, loops, settings, extra_passes)
    grows = stretch_factor(course.results[0], image.shape) > 1
    settings = replace(settings, square=square_of([image], settings) if grows else 1)
    image = undone(image, settings)
    colours, making = visible_colours(image, settings.alpha, settings.wrap), settings.making
    if engine.asks and (grows or extra_passes):
        engine = suited(engine, colours)
    if grows and not making:
        top, left = (n % BLOCK for n in course.around)
        making = find_making(engine, wrapped(colours, course.around)[top:, left:])
    engine = suited_to(engine, making)
    ways = takers(image, colours, settings.alpha, course.around, making)
    return engine, replace(settings, making=making, middle=course.middle), course, ways


def settings_for(layer: Layer, settings: Settings) -> Settings:
    """Return the settings of a layer's passes: what is known of how it was made comes first."""
    return replace(settings, making=layer.making or settings.making)


def decide(
    engine: Engine,
    image: np.ndarray,
    scale: float,
    loops: int,
    settings: Settings,
    extra_passes: int,
) -> tuple[Engine, Settings]:
    """Return the network by which `upscale` draws an integer image, and the settings that it has.

    With these, it draws the same.
    """
    engine, settings, *_ = begin(engine, image, scale, loops, settings, extra_passes)
    return engine, settings


def choose(engine: Engine, image: np.ndarray, settings: Settings) -> tuple[Engine, Settings]:
    """Return the network that suits a float (H, W, 3) image, and settings that say how it was made.

    It is found out where they do not say.
    """
    engine = suited(engine, image)
    making = settings.making or find_making(engine, image)
    return suited_to(engine, making), replace(settings, making=making)


def as_one(engine: Engine, images: list[np.ndarray], settings: Settings) -> tuple[Engine, Settings]:
    """Return network and settings for pictures that belong together, such as frames.

    Which network suits them, and how they were made, is found out from the one with most edges: if
    each had its own, they would flicker.
    """
    settings = replace(settings, square=square_of(images, settings))
    images = (undone(image, settings) for image in images)
    colours = (visible_colours(image, settings.alpha, settings.wrap) for image in images)
    richest = max(colours, key=total_variation)
    return choose(engine, richest, settings)


def total_variation(image: np.ndarray) -> float:
    """Return how much neighbours in an (H, W, 3) image differ, in all."""
    return sum(float(np.abs(np.diff(image, axis=axis)).sum()) for axis in (0, 1))
