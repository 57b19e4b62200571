"""How pictures are laid out: placed `beside` and `above` each other, with lines of text.

A picture here is uint8 BGR on white paper, (H, W, 3); `label` makes one of a line of text, and
`magnify` shows the same `Window` of pictures that differ in size.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.geometry import best_corner, resize

INK, GREY, PAPER = (45, 40, 38), (125, 118, 112), 255
GAP, MARGIN = 8, 24  # px between pictures, and around a sheet


class Window(NamedTuple):
    """A part of an image: its centre, counted from the image's centre, and its size, in px."""

    y: float
    x: float
    height: int
    width: int


def label(text: str, height: int, colour: tuple = INK, bold: bool = False) -> np.ndarray:
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


def fewer_levels(picture: np.ndarray) -> np.ndarray:
    """Return a uint8 picture in steps of four levels: not to be seen, a third less to store."""
    return picture // 4 * 4 + 3


def table(rows: list[list[np.ndarray]]) -> np.ndarray:
    """Lay rows of pictures out so that columns line up, each picture in the middle of its place."""
    widths = [max(p.shape[1] for p in column) for column in zip(*rows, strict=True)]
    return above(
        [
            beside([padded(p, 0, w, 0.5) for p, w in zip(row, widths, strict=True)], 2 * GAP, 0.5)
            for row in rows
        ],
        2 * GAP,
    )


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
