"""All examples of a sprite: every factor and loop as a file, and one contact sheet of them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from srpoke.course import Settings, check_size, output_sizes
from srpoke.engine import Engine
from srpoke.geometry import Size, resize
from srpoke.images import write_image
from srpoke.pictures.layout import (
    GAP,
    GREY,
    Window,
    above,
    beside,
    best_window,
    fewer_levels,
    inner_edges,
    label,
    magnify,
    padded,
    sheet,
)
from srpoke.pipeline import stages
from srpoke.progress import track
from srpoke.tools import flatten

FACTORS = (1.25, 1.5, 1.75, 2.0)
STAGES = {"raw": "stretched", "clean": "one pass", "fine": "two passes"}
LONG_SIDE = 1000  # px: the examples of a factor end with the first loop that passes it
MAX_LOOPS = 31  # 1.25^31 takes even one pixel past LONG_SIDE
CELL = 104  # px: side of a crop in the contact sheet
COLUMNS = 6  # of the contact sheet; of more loops an even choice is shown


def count_loops(size: Size, factor: float, settings: Settings, shrink: int) -> int:
    """Return the first loop whose longer side passes LONG_SIDE, for an image of this size."""
    sizes = output_sizes(size, factor, MAX_LOOPS, settings.pad, shrink)
    passing = (loop for loop, size in enumerate(sizes, 1) if max(size) > LONG_SIDE)
    return next(passing, MAX_LOOPS)


def write_examples(
    engine: Engine, image: np.ndarray, folder: Path, settings: Settings, max_pixels: int
) -> Iterator[Path]:
    """Write raw.png, F<f>_L<loop>_{raw,clean,fine}.png and grid.png; yield each path when written.

    Raises BadImage, before any work, where a result would have more than `max_pixels`.
    """
    size = image.shape[:2]
    plan = {factor: count_loops(size, factor, settings, engine.shrink) for factor in FACTORS}
    for factor, loops in plan.items():
        check_size(engine, image, factor, loops, settings, max_pixels)
    write_image(folder / "raw.png", image)
    yield folder / "raw.png"

    side = min(max(8, round(max(size) / 5)), *size)
    window = best_window(inner_edges(flatten(image)), side, side)
    bands = []
    for factor, loops in track(plan.items(), "factor"):
        shown = np.linspace(1, loops, min(loops, COLUMNS)).round()
        cells = []
        passes = stages(engine, image, factor, loops, settings, 1)
        for loop, results in zip(track(range(1, loops + 1), "loop"), passes, strict=True):
            for name, stage in zip(STAGES, results, strict=True):
                path = folder / f"F{factor:g}_L{loop}_{name}.png"
                write_image(path, stage)
                yield path
            if loop in shown:
                cells.append(_cell(results, size, window, factor**loop, loop))
        bands.append(_band(factor, cells))
    title = label(f"{folder.name}   {size[1]} x {size[0]}", 28, bold=True)
    grid = sheet(above([title, *_ruled(bands)], 2 * GAP))
    write_image(folder / "grid.png", fewer_levels(grid))
    yield folder / "grid.png"


def _cell(
    results: list[np.ndarray], size: Size, window: Window, scale: float, loop: int
) -> np.ndarray:
    """One column of a band: the whole clean image, and the same crop of raw, clean and fine."""
    height, width = results[1].shape[:2]
    zoom = CELL / max(size)
    whole = resize(flatten(results[1]), *(max(1, round(n * zoom)) for n in size), "bicubic")
    name, shape = f"L{loop}   x{scale:.3g}", f"{width} x {height}"
    heading = [label(name, 17, bold=True), label(shape, 14, GREY)]
    crops = [magnify(flatten(s), window, scale, CELL / window.height) for s in results]
    return above([above(heading, 0), padded(whole, 0, CELL, 0.5), *crops])


def _band(factor: float, cells: list[np.ndarray]) -> np.ndarray:
    """The row of a factor, with a name before each of its lines."""
    names = [padded(label(f"F{factor:g}", 26, bold=True), len(cells[0]) - 3 * (CELL + GAP), 84)]
    for stage, meaning in STAGES.items():
        name = above([label(stage, 17, bold=True), label(meaning, 13, GREY)], 0)
        names.append(padded(name, CELL, place=0.5))
    return beside([above(names), *cells])


def _ruled(bands: list[np.ndarray]) -> list[np.ndarray]:
    """Draw a thin line over each band."""
    width = max(band.shape[1] for band in bands)
    line = np.full((1, width, 3), 215, np.uint8)
    return [above([line, band], 2 * GAP) for band in bands]
