"""Labelled pictures of results: a contact sheet per sprite, the strip and the halo picture.

A picture here is uint8 BGR on white paper, (H, W, 3). Sheets are laid out by putting pictures
`beside` and `above` each other; `label` makes a picture of a line of text.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.engine import Engine
from srpoke.geometry import best_corner, resize
from srpoke.pipeline import Settings, check_size, output_sizes, stages, upscale
from srpoke.progress import track
from srpoke.tools import flatten, to_bgra, write_image

FACTORS = (1.25, 1.5, 1.75, 2.0)
STAGES = {"raw": "stretched", "clean": "one pass", "fine": "two passes"}
LONG_SIDE = 1000  # px: the examples of a factor end with the first loop that passes it
MAX_LOOPS = 31  # 1.25^31 takes even one pixel past LONG_SIDE

INK, GREY, PAPER = (45, 40, 38), (125, 118, 112), 255
GAP, MARGIN = 8, 24  # px between pictures, and around a sheet
CELL = 104  # px: side of a crop in the contact sheet
COLUMNS = 6  # of the contact sheet; of more loops an even choice is shown
STRIP_WINDOW = (92, 128)  # px of a sprite, height and width, that the strip shows enlarged
HALO_WINDOW, HALO_ZOOM = (42, 56), 7
STRIP_FACTOR, STRIP_LOOPS = 2, 2
BACKGROUNDS = {  # BGR
    "on dark": (0.16, 0.12, 0.11),
    "on light": (0.88, 0.95, 0.97),
    "on a strong colour": (0.63, 0.62, 0.08),
}


class Window(NamedTuple):
    """A part of an image: its centre, counted from the image's centre, and its size, in px."""

    y: float
    x: float
    height: int
    width: int


def label(text: str, height: int = 15, colour: tuple = INK, bold: bool = False) -> np.ndarray:
    """Return a line of text whose capitals are about 0.7 * `height` px high."""
    font = cv2.FONT_HERSHEY_DUPLEX if bold else cv2.FONT_HERSHEY_SIMPLEX
    scale = height / 30
    (width, _), _ = cv2.getTextSize(text, font, scale, 1)
    picture = np.full((round(height * 1.2), width + 2, 3), PAPER, np.uint8)
    cv2.putText(picture, text, (1, round(height * 0.9)), font, scale, colour, 1, cv2.LINE_AA)
    return picture


def padded(picture: np.ndarray, height: int = 0, width: int = 0, place: float = 0) -> np.ndarray:
    """Lay a picture on paper of at least this size; `place` 0 is top left, 0.5 the middle."""
    missing = [max(0, n - m) for n, m in zip((height, width), picture.shape[:2], strict=True)]
    first = [int(n * place) for n in missing]
    borders = [(a, n - a) for a, n in zip(first, missing, strict=True)]
    return np.pad(picture, [*borders, (0, 0)], constant_values=PAPER)


def beside(pictures: Sequence[np.ndarray], gap: int = GAP, place: float = 0) -> np.ndarray:
    """Join pictures from left to right; `place` 0 aligns their tops, 0.5 their middles."""
    height = max(len(picture) for picture in pictures)
    space = np.full((height, gap, 3), PAPER, np.uint8)
    parts = [part for p in pictures for part in (space, padded(p, height, place=place))]
    return np.hstack(parts[1:])


def above(pictures: Sequence[np.ndarray], gap: int = GAP, place: float = 0) -> np.ndarray:
    """Join pictures from top to bottom; `place` 0 aligns their left sides, 0.5 their middles."""
    turned = [picture.transpose(1, 0, 2) for picture in pictures]
    return beside(turned, gap, place).transpose(1, 0, 2)


def sheet(picture: np.ndarray) -> np.ndarray:
    """Add the margin."""
    return np.pad(picture, [(MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)], constant_values=PAPER)


def edges(picture: np.ndarray) -> np.ndarray:
    """Return the strength of the edges at each pixel, (H, W)."""
    grey = picture.astype(np.float32).mean(axis=2)
    return cv2.magnitude(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1))


def inner_edges(picture: np.ndarray) -> np.ndarray:
    """Return edges, (H, W), that count less near white: inside of a sprite the face has most."""
    white = cv2.blur((picture.min(axis=2) >= 250).astype(np.float32), (9, 9))
    return edges(picture) * (1 - white) ** 2


def best_window(worth: np.ndarray, height: int, width: int) -> Window:
    """Return the window of at most this size with the highest sum of `worth`, (H, W)."""
    height, width = min(height, worth.shape[0]), min(width, worth.shape[1])
    free = np.subtract(worth.shape, (height, width))
    return Window(*(best_corner(worth, height, width) - free / 2).tolist(), height, width)


def magnify(picture: np.ndarray, window: Window, scale: float, zoom: float) -> np.ndarray:
    """Show a window of a sprite, from a picture `scale` times its size, `zoom` times as large.

    The centre of an image stays where it is over any number of passes, so windows are counted
    from there: pictures of different scales show the same part.
    """
    shown = [round(n * zoom) for n in (window.height, window.width)]
    size = [max(a, round(n * zoom / scale)) for a, n in zip(shown, picture.shape[:2], strict=True)]
    picture = resize(picture, *size, "bicubic")
    for axis, (centre, length) in enumerate(zip(window[:2], shown, strict=True)):
        free = picture.shape[axis] - length
        first = int(np.clip(round(free / 2 + centre * zoom), 0, free))
        picture = picture.take(range(first, first + length), axis)
    return picture


def count_loops(size: tuple[int, int], factor: float, settings: Settings, shrink: int) -> int:
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
    files = {"raw.png": image}

    side = max(8, round(max(size) / 5))
    window = best_window(inner_edges(flatten(image)), *[min(side, *size)] * 2)
    bands = []
    for factor, loops in track(plan.items(), "factor"):
        shown = np.linspace(1, loops, min(loops, COLUMNS)).round()
        cells = []
        passes = stages(engine, image, factor, loops, settings, 1)
        for loop, results in zip(track(range(1, loops + 1), "loop"), passes, strict=True):
            for name, stage in zip(STAGES, results, strict=True):
                files[f"F{factor:g}_L{loop}_{name}.png"] = stage
            for name in list(files):
                write_image(folder / name, files.pop(name))
                yield folder / name
            if loop in shown:
                cells.append(_cell(results, size, window, factor**loop, loop))
        bands.append(_band(factor, cells))
    title = label(f"{folder.name}   {size[1]} x {size[0]}", 28, bold=True)
    grid = sheet(above([title, *_ruled(bands)], 2 * GAP))
    write_image(folder / "grid.png", grid // 4 * 4 + 3)  # not to be seen; a third less to store
    yield folder / "grid.png"


def _cell(
    results: list[np.ndarray], size: tuple[int, int], window: Window, scale: float, loop: int
) -> np.ndarray:
    """One column of a band: the whole clean image, and the same crop of raw, clean and fine."""
    height, width = results[1].shape[:2]
    zoom = CELL / max(size)
    whole = resize(flatten(results[1]), *(max(1, round(n * zoom)) for n in size), "bicubic")
    heading = [
        label(f"L{loop}   x{scale:.3g}", 17, bold=True),
        label(f"{width} x {height}", 14, GREY),
    ]
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


def strip(engine: Engine, images: Sequence[np.ndarray]) -> np.ndarray:
    """Return the first picture of the README: small | bicubic | ours, a row for each sprite."""
    scale = STRIP_FACTOR**STRIP_LOOPS
    rows = []
    for image in images:
        flat = flatten(image)
        window = best_window(inner_edges(flat), *STRIP_WINDOW)
        bicubic = resize(flat, *(n * scale for n in flat.shape[:2]), "bicubic")
        clean = upscale(engine, image, STRIP_FACTOR, STRIP_LOOPS)
        enlarged = [magnify(p, window, scale, scale) for p in (bicubic, flatten(clean))]
        rows.append([magnify(flat, window, 1, 1), *enlarged])
    names = [
        "small, true size",
        f"bicubic, {scale}x",
        f"this network, {scale}x: {STRIP_LOOPS} passes of {STRIP_FACTOR}",
    ]
    rows.insert(0, [label(name, 26, bold=True) for name in names])
    return sheet(_table(rows))


def _table(rows: list[list[np.ndarray]], gap: int = 2 * GAP) -> np.ndarray:
    """Lay rows of pictures out so that columns line up, each picture in the middle of its place."""
    widths = [max(p.shape[1] for p in column) for column in zip(*rows, strict=True)]
    return above(
        [
            beside([padded(p, 0, w, 0.5) for p, w in zip(row, widths, strict=True)], gap, 0.5)
            for row in rows
        ],
        gap,
    )


def halo(engine: Engine, images: Sequence[np.ndarray]) -> np.ndarray:
    """Return the edge of transparent sprites on three backgrounds: enlarged plainly, and by us.

    Plainly is colour and alpha each stretched bicubically, with the colour hidden under alpha 0.
    """
    scale = STRIP_FACTOR**STRIP_LOOPS
    rows = [[label("", 26), *(label(name, 26, bold=True) for name in BACKGROUNDS)]]
    for image in map(to_bgra, images):
        window = best_window(edges(image[..., 3:].astype(np.float32)), *HALO_WINDOW)
        plain = resize(image, *(n * scale for n in image.shape[:2]), "bicubic")
        clean = upscale(engine, image, STRIP_FACTOR, STRIP_LOOPS)
        for name, bgra in (("plain bicubic", plain), ("this network", clean)):
            shown = [
                magnify(flatten(bgra, colour), window, scale, HALO_ZOOM)
                for colour in BACKGROUNDS.values()
            ]
            rows.append([label(name, 26, bold=True), *shown])
    return sheet(_table(rows))
