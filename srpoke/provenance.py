"""What a network file says of its own training: by what, from what, and what it can be told."""

import platform
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from srpoke import __version__
from srpoke.finding import usual_making
from srpoke.kernels import BY_AREA
from srpoke.metadata import read_metadata
from srpoke.network import import_keras
from srpoke.recipe import Recipe
from srpoke.targets import TRUE_MAKING


def make_metadata(
    recipe: Recipe,
    images: Iterable[str] = (),
    drawings: Iterable[str] = (),
    true_pairs: int = 0,
    held_out: dict[str, np.ndarray] | None = None,
    start: Path | None = None,
    folders: Iterable[str] = (),
) -> dict:
    """Return what a network file says of itself.

    `images` and `drawings` name the files that it learns from, `true_pairs` is how many pairs;
    `held_out` are the others by name, as `protocol.truth` gives them.
    """
    keras = import_keras()
    images, drawings, held_out = [*images], [*drawings], held_out or {}
    usual = BY_AREA if recipe.mix == "area" else usual_making([*held_out.values()])
    return {
        "srpoke": __version__,
        "network": {**recipe.network, "shrink": recipe.shrink},
        "interpolation": recipe.interpolation,
        "factors": sorted(set(recipe.factors)),
        "recipe": asdict(recipe),
        "making": TRUE_MAKING if true_pairs else usual,
        "knows_jpeg": recipe.told and recipe.jpeg is not None,
        "knows_own": recipe.told and recipe.own_share > 0 and recipe.epochs > 1,
        "fine_tuned_from": start.name if start else None,
        "validation_files": [*held_out],
        "seen_files": seen_files([*images, *drawings], start),
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
        },
        "learnt_from": {
            "images": len(images),
            "drawings": len(drawings),
            "true_pairs": true_pairs,
            "folders": [*folders],
        },
    }


def seen_files(seen: list[str], start: Path | None) -> list[str] | None:
    """Return the names of all files that a network learns from, and that its `start` learnt from.

    None where the metadata of the latter does not say, as in older files.
    """
    names = {Path(name).name for name in seen}
    if start:
        before = (read_metadata(start) or {}).get("seen_files")
        return None if before is None else sorted(names | set(before))
    return sorted(names)
