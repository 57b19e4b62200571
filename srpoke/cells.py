"""Sprite sheets: each cell is enlarged by itself, so that nothing of its neighbours bleeds in."""

from collections.abc import Callable
from itertools import product

import numpy as np

from srpoke.errors import BadImage
from srpoke.progress import track

Size = tuple[int, int]  # (height, width); geometry.py needs OpenCV, of whose lack cli.py tells


def cell_size(sheet: Size, cell: Size | None = None, grid: Size | None = None) -> Size:
    """Return the size of a sheet's cells, of which the size or the number, `grid`, is given.

    Without both, the sheet is one cell. Raises BadImage where it is no whole number of cells.
    """
    if not (cell or grid):
        return sheet
    (rows, columns), (height, width) = cell or grid, sheet
    if height % rows or width % columns:
        parts = f"cells of {columns}x{rows} px" if cell else f"{columns}x{rows} cells"
        raise BadImage(f"a sheet of {width}x{height} px does not divide into {parts}")
    return cell or (height // rows, width // columns)


def each_cell(
    enlarge: Callable[[np.ndarray], np.ndarray], sheet: np.ndarray, cell: Size
) -> np.ndarray:
    """Return an (H, W) or (H, W, C) sheet, each cell of which `enlarge` has enlarged by itself.

    Equal cells, mostly empty ones, are enlarged once.
    """
    (height, width), (rows, columns) = cell, sheet.shape[:2]
    corners = list(product(range(0, rows, height), range(0, columns, width)))
    cells, done = [], {}
    for top, left in track(corners, "cell"):
        part = sheet[top : top + height, left : left + width]
        key = part.tobytes()
        if key not in done:
            done[key] = enlarge(part)
        cells.append(done[key])
    grid = np.stack(cells).reshape(rows // height, columns // width, *cells[0].shape)
    return np.concatenate(np.concatenate(grid, axis=1), axis=1)
