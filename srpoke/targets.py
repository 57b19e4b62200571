"""True pairs for training: a sprite and a larger picture of the same, drawn by its makers."""

from pathlib import Path

import numpy as np

from srpoke.alpha import composite
from srpoke.errors import UserError
from srpoke.kernels import DRAWN_ANEW, SPRITE_KERNEL, Making, softness
from srpoke.tools import Pair, apply_kernel, load_folder, to_bgra, to_float, to_integer

TRUE_MAKING = Making(softness(SPRITE_KERNEL), DRAWN_ANEW)
SMALLEST_RATIO = 1.2  # of the sizes: less teaches nothing
ALIKE = 0.95  # correlation of a sprite with the larger picture, shrunk to its size


def same_picture(name: str) -> str:
    """Return what the names of a sprite and its drawing share: 3.png and 003.webp are the same."""
    return Path(name).stem.lower().lstrip("0")


def on_white(image: np.ndarray) -> np.ndarray:
    """Lay any image of the pipeline on white, uint8 BGR."""
    return to_integer(composite(to_float(to_bgra(image))))


def load_targets(
    folders: list[Path], images: dict[str, np.ndarray]
) -> tuple[dict[str, list[Pair]], list[str]]:
    """Pair sprites (by file name) with the pictures of the same names in `folders`.

    Returns the pairs of each sprite, and a line for each picture that is broken or does not fit.
    Raises UserError where a folder is missing or empty, or nothing fits.
    """
    names = {same_picture(name): name for name in images}
    pairs: dict[str, list[Pair]] = {}
    refused = []
    for folder in folders:
        large_images, failures = load_folder(folder)
        refused += failures
        for large_name, large in large_images.items():
            name = names.get(same_picture(large_name))
            if name is None:
                continue
            try:
                pair = make_pair(on_white(images[name]), on_white(large))
                pairs.setdefault(name, []).append(pair)
            except ValueError as error:
                refused.append(f"{folder / large_name}: {error}")
    if not pairs:
        raise UserError(f"nothing in {', '.join(map(str, folders))} fits an image of that name")
    return pairs, refused


def make_pair(small: np.ndarray, large: np.ndarray) -> Pair:
    """Return both uint8 BGR pictures as a pair; ValueError says why they do not fit."""
    ratios = [a / b for a, b in zip(large.shape, small.shape[:2], strict=False)]
    if min(ratios) < SMALLEST_RATIO:
        raise ValueError(f"only {min(ratios):.2f} times as large as its sprite")
    again = to_integer(apply_kernel(to_float(large), *small.shape[:2], SPRITE_KERNEL))
    likeness = float(np.corrcoef(again.ravel(), small.ravel())[0, 1])
    if not likeness >= ALIKE:
        raise ValueError(f"another picture than its sprite (correlation {likeness:.2f})")
    return Pair(small, large, TRUE_MAKING)
