"""The upscaling pipeline: resize, let the network repair the blur, anchor the colours, loop.

The same functions serve validation, evaluation and inference, on either engine (engine.py).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from srpoke.alpha import clamp_alpha, grow_colour
from srpoke.engine import Engine
from srpoke.geometry import cut_input, mean_of_views, resize, stretch_factor
from srpoke.tools import BadImage, to_float, to_integer

ALPHA = ("transparency", "mask")  # what the fourth channel of an image may mean


@dataclass(frozen=True)
class Settings:
    """How a pass is made; the defaults are what `infer.py` does."""

    anchor_rounds: int = 2  # of back-projection after each pass; 0 turns it off
    ensemble: bool = False  # mean over the eight flips and quarter turns
    pad: str = "after"  # the stretch, or "before" it: the original's geometry, each pass grows
    alpha: str = "transparency"  # or "mask": an image of its own, that hides no colour
    tile: int = 256  # output pixels per side of a tile: bounds the memory, changes nothing else


def output_sizes(
    size: tuple[int, int], factor: float, loops: int, pad: str = "after", shrink: int = 0
) -> list[tuple[int, int]]:
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
) -> None:
    """Raise BadImage where the result would have more than `max_pixels`, before any work."""
    size = image.shape[:2]
    if loops * math.log10(factor) < 9:
        height, width = output_sizes(size, factor, loops, settings.pad, engine.shrink)[-1]
        if height * width <= max_pixels:
            return
    else:
        height, width = (f"{n}e{loops * math.log10(factor):.0f}" for n in size)
    raise BadImage(
        f"the result would have {width}x{height} px, more than {max_pixels} (--max_pixels)"
    )


def sharpen(
    engine: Engine, blurry: np.ndarray, small: tuple[int, int], settings: Settings
) -> np.ndarray:
    """Run the network over an (H, W, 3) image stretched from size `small`; same size out."""
    if not settings.ensemble:
        return run_tiled(engine, blurry, small, settings.tile)

    def run(view: np.ndarray, k: int) -> np.ndarray:
        return run_tiled(engine, view, small[::-1] if k % 2 else small, settings.tile)

    return mean_of_views(run, blurry)


def run_tiled(engine: Engine, blurry: np.ndarray, small: tuple[int, int], tile: int) -> np.ndarray:
    """Run the network tile by tile. No seam can show: every tile carries all that it looks at.

    The network is unpadded, so a tile of n pixels is cut with shrink / 2 pixels more on each side,
    taken from the neighbours, or by repeating the edge at the border of the image.
    """
    height, width = blurry.shape[:2]
    half = engine.shrink // 2
    sharp = np.empty((height, width, 3), np.float32)
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            rows, columns = min(tile, height - top), min(tile, width - left)
            patch = cut_input(
                blurry,
                small,
                engine.phase,
                top - half,
                left - half,
                rows + engine.shrink,
                columns + engine.shrink,
            )
            sharp[top : top + rows, left : left + columns] = engine.run(patch[None])[0]
    return sharp


def anchor(sharp: np.ndarray, small: np.ndarray, rounds: int) -> np.ndarray:
    """Back-project: make the output, shrunk by area, give back the small image that it came from.

    Each round adds the difference, stretched smoothly (Irani and Peleg 1991). It holds colours in
    place over any number of passes.
    """
    height, width = sharp.shape[:2]
    if height < small.shape[0] or width < small.shape[1]:
        return sharp  # a factor below 1 keeps less than the small image holds
    for _ in range(rounds):
        error = small - resize(sharp, *small.shape[:2], "bicubic")
        sharp = sharp + resize(error, height, width, "bicubic")
    return sharp


def run_pass(
    engine: Engine, blurry: np.ndarray, small: np.ndarray, settings: Settings
) -> np.ndarray:
    """Sharpen an image that was stretched from `small`, anchor it, clip to [0, 1]."""
    sharp = sharpen(engine, blurry, small.shape[:2], settings)
    if engine.interpolation != "nearest":  # pixel art is picked, not averaged: no area to match
        sharp = anchor(sharp, small, settings.anchor_rounds)
    return np.clip(sharp, 0, 1)


def by_way_of_two(
    engine: Engine, image: np.ndarray, height: int, width: int, settings: Settings
) -> np.ndarray:
    """Enlarge an image by 2 and shrink it to (height, width) by pixel area."""
    blurry = resize(image, *(2 * n for n in image.shape[:2]), engine.interpolation)
    return resize(run_pass(engine, blurry, image, settings), height, width, engine.interpolation)


def needs_two(engine: Engine, image: np.ndarray, height: int, width: int) -> bool:
    """Whether a crisp image should be enlarged to (height, width) by way of 2.

    At factor 2 a small pixel of the training pairs is the mean of exactly four, so the small image
    is as crisp as a drawing. At factors between 1 and 2 it is blurrier, and a network that repairs
    it sharpens crisp images too much. Pixel art is picked, not averaged, and crisp at any factor.
    """
    between = 1 < stretch_factor((height, width), image.shape) < 2
    return between and 2.0 in engine.factors and engine.interpolation != "nearest"


def loop_passes(
    engine: Engine,
    image: np.ndarray,
    sizes: list[tuple[int, int]],
    settings: Settings,
    extra_passes: int = 0,
) -> Iterator[list[np.ndarray]]:
    """Yield [raw, clean, fine, fine, ...] of every loop for an (H, W, 3) float image in [0, 1].

    A loop ends at each of `sizes`, (height, width). Raw is the stretched image, clean one pass of
    the network, each fine one more pass at the same size, anchored like clean to what the loop
    started from. The next loop starts from clean, which is crisp, so it may need to go by way of 2.
    """
    half = engine.shrink // 2
    for loop, (height, width) in enumerate(sizes):
        if settings.pad == "before":
            image = cv2.copyMakeBorder(image, half, half, half, half, cv2.BORDER_REPLICATE)
            height, width = height + engine.shrink, width + engine.shrink
        stages = [resize(image, height, width, engine.interpolation)]
        if loop and settings.pad == "after" and needs_two(engine, image, height, width):
            stages.append(by_way_of_two(engine, image, height, width, settings))
        while len(stages) < 2 + extra_passes:
            stages.append(run_pass(engine, stages[-1], image, settings))
        if settings.pad == "before":
            stages = [stage[half : height - half, half : width - half] for stage in stages]
        yield stages
        image = stages[1]


def upscale(
    engine: Engine,
    image: np.ndarray,
    factor: float,
    loops: int = 1,
    settings: Settings | None = None,
    extra_passes: int = 0,
) -> Iterator[list[np.ndarray]]:
    """Yield [raw, clean, fine, ...] of every loop, in the depth and channels of `image`.

    `image` is uint8 or uint16, (H, W) grey, (H, W, 3) BGR or (H, W, 4) BGRA.
    """
    settings = settings or Settings()
    pixels = to_float(image)
    layers = _split(pixels, settings)
    sizes = output_sizes(image.shape[:2], factor, loops, settings.pad, engine.shrink)
    runs = [loop_passes(engine, layer, sizes, settings, extra_passes) for layer in layers]
    grey = (layers[0] == layers[0][..., :1]).all()  # by content: it may be stored as BGR or BGRA
    for loop, stages in enumerate(zip(*runs, strict=True), 1):
        step = factor**-loop if settings.pad == "before" else None
        yield [
            to_integer(_merge(pixels, parts, step, grey, settings), image.dtype)
            for parts in zip(*stages, strict=True)
        ]


def shrink_to(result: np.ndarray, size: tuple[int, int], scale: float) -> np.ndarray:
    """Shrink an upscaled image by pixel area to `scale` times the original's `size`."""
    return resize(result, *output_sizes(size, scale, 1)[0], "bicubic")


def _split(pixels: np.ndarray, settings: Settings) -> list[np.ndarray]:
    """Return what the network sees of float pixels: colour and, where it varies, alpha."""
    if pixels.ndim == 2:
        return [np.dstack([pixels] * 3)]
    if pixels.shape[2] == 3:
        return [pixels]
    colour = pixels[..., :3].copy() if settings.alpha == "mask" else grow_colour(pixels)
    alpha = pixels[..., 3]
    return [colour, np.dstack([alpha] * 3)] if alpha.min() < alpha.max() else [colour]


def _merge(
    pixels: np.ndarray,
    parts: tuple[np.ndarray, ...],
    step: float | None,
    grey: bool,
    settings: Settings,
) -> np.ndarray:
    """Give the upscaled layers the channels of the original `pixels` (H, W), BGR or BGRA."""
    colour = parts[0]
    if grey:
        colour = np.dstack([colour.mean(axis=2)] * 3)
    if pixels.ndim == 2:
        return colour[..., 0]
    if pixels.shape[2] == 3:
        return colour
    if len(parts) == 1:
        alpha = np.full(colour.shape[:2], pixels[0, 0, 3])
    elif settings.alpha == "mask":
        alpha = parts[1].mean(axis=2)
    else:
        alpha = clamp_alpha(parts[1].mean(axis=2), pixels[..., 3], step)
    return np.dstack([colour, alpha])
