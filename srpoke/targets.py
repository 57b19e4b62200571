"""True pairs for training: a sprite and a larger picture of the same, drawn by its makers."""

import math
from pathlib import Path

import numpy as np

from srpoke.errors import UserError
from srpoke.folders import load_folder, some_of
from srpoke.kernels import DRAWN_ANEW, SPRITE_KERNEL, Making, softness
from srpoke.progress import track
from srpoke.registration import MIN_RATIO, register, true_picture
from srpoke.tools import Pair, apply_kernel, flatten, to_float, to_integer

TRUE_MAKING = Making(softness(SPRITE_KERNEL), DRAWN_ANEW)
ALIKE = 0.95  # correlation of a sprite with the larger picture, shrunk to its size
REACH = 1.2  # times its own size: so far a drawing is enlarged to be the truth


def same_picture(name: str) -> str:
    """Return what the names of a sprite and its drawing share: 3.png and 003.webp are the same."""
    return Path(name).stem.lower().lstrip("0")


def load_targets(
    folders: list[Path], images: dict[str, np.ndarray], scales: list[float]
) -> tuple[dict[str, list[Pair]], list[str]]:
    """Pair sprites (by file name) with the pictures of the same names in `folders`.

    A picture that lies on its sprite's own pixel grid is taken as it is; another one is registered
    and brought there at each of `scales` that it is large enough for. Returns the pairs of each
    sprite, and a line for each picture that is broken or does not fit. Raises UserError where a
    folder is missing or empty, or nothing fits.
    """
    names: dict[str, list[str]] = {}
    for name in images:
        names.setdefault(same_picture(name), []).append(name)
    pairs: dict[str, list[Pair]] = {}
    refused = []
    for folder in folders:
        large_images, failures = load_folder(folder)
        refused += failures
        for large_name, large in track(large_images.items(), f"{folder}: picture"):
            for name in names.get(same_picture(large_name), []):
                try:
                    found = make_pairs(images[name], large, scales)
                    pairs.setdefault(name, []).extend(found)
                except ValueError as error:
                    refused.append(f"{folder / large_name}: {error}")
    if not pairs:
        reasons = some_of(refused) if refused else "none has the name of one"
        raise UserError(f"nothing in {', '.join(map(str, folders))} fits an image: {reasons}")
    return pairs, refused


def make_pairs(small: np.ndarray, large: np.ndarray, scales: list[float]) -> list[Pair]:
    """Return a sprite's pairs with a larger picture; ValueError says why the two do not fit."""
    sprite, picture = flatten(small), flatten(large)
    ratio = max(a / b for a, b in zip(large.shape[:2], small.shape[:2], strict=True))
    if ratio < MIN_RATIO:
        raise ValueError(f"too small: only {ratio:.2f} times its image, {MIN_RATIO} is needed")
    if on_one_grid(sprite, picture):
        return [Pair(sprite, picture, TRUE_MAKING)]
    if not scales:
        raise ValueError("not its image enlarged, pixel on pixel")
    affine = register(small, large)
    truths = (true_picture(small, large, affine, scale) for scale in within_reach(affine, scales))
    return [Pair(sprite, truth, TRUE_MAKING) for truth in truths]


def within_reach(affine: np.ndarray, scales: list[float]) -> list[float]:
    """Return the factors that a registered picture is large enough for; ValueError if none is."""
    reach = REACH * math.sqrt(abs(np.linalg.det(affine[:, :2])))
    fitting = [scale for scale in scales if scale <= reach]
    if not fitting:
        raise ValueError(f"too small: none of the factors {scales} is at most {reach:.2f}")
    return fitting


def on_one_grid(small: np.ndarray, large: np.ndarray) -> bool:
    """Whether a picture is its sprite enlarged, neither cropped nor moved; both uint8 BGR."""
    down, across = (a / b for a, b in zip(large.shape[:2], small.shape[:2], strict=True))
    if abs(small.shape[0] * (down - across)) > 1:
        return False
    moves = [(0, 0), (down / 2, 0), (-down / 2, 0), (0, across / 2), (0, -across / 2)]
    alike, *moved = (likeness(small, large, *map(round, move)) for move in moves)
    return alike >= max(ALIKE, *moved)


def likeness(small: np.ndarray, large: np.ndarray, down: int, across: int) -> float:
    """Return the correlation of a sprite and a picture, moved by whole pixels and then shrunk."""
    rows, columns = (
        (np.arange(n) - by).clip(0, n - 1)
        for n, by in zip(large.shape[:2], (down, across), strict=True)
    )
    moved = to_float(large[rows[:, None], columns])
    again = to_integer(apply_kernel(moved, *small.shape[:2], SPRITE_KERNEL))
    if not (np.ptp(again) and np.ptp(small)):
        return 0.0
    return float(np.corrcoef(again.ravel(), small.ravel())[0, 1])
