"""What a network learns from, read from folders: images, drawings and true pairs."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srpoke.folders import load_folder
from srpoke.targets import load_targets
from srpoke.tools import Pair, to_bgra, without_hidden

log = logging.getLogger(__name__)


@dataclass
class Material:
    """What a run learns from, as `srpoke.training.train` takes it."""

    images: dict[str, np.ndarray]  # by file name
    drawings: dict[str, np.ndarray]  # by path
    targets: dict[str, list[Pair]]  # by the file name of their image
    told: list[str]  # how much of what, for people to read
    failures: list[str]  # a line for each file that is left out


def load_material(
    img_path: Path, drawings: list[Path], targets: list[Path], scales: list[float]
) -> Material:
    """Read a folder of images, folders of drawings, and folders of targets at `scales`.

    A folder of drawings that is named twice counts twice. Raises UserError where a folder is
    missing or holds nothing to learn from.
    """
    images, failures = load_folder(img_path)
    material = Material(images, {}, {}, [f"{len(images)} of {img_path}"], failures)
    loaded = {folder: load_folder(folder) for folder in dict.fromkeys(drawings)}
    for n, folder in enumerate(drawings):
        more, _ = loaded[folder]
        times = drawings[:n].count(folder)
        place = folder / f"again {times}" if times else folder  # no name is there twice
        material.drawings |= {str(place / name): image for name, image in more.items()}
        material.told.append(f"{len(more)} of {folder}")
    material.failures += [failure for _, failures in loaded.values() for failure in failures]
    if not any(map(is_drawn, (*images.values(), *material.drawings.values()))):
        log.warning("warning: nothing to learn in %s: each image is of one colour", img_path)
    if targets:
        material.targets, refused = load_targets(targets, images, scales)
        material.failures += refused
        material.told.append(f"{sum(map(len, material.targets.values()))} true pairs")
    return material


def is_drawn(image: np.ndarray) -> bool:
    """Whether an integer image shows more than one colour."""
    seen = without_hidden(to_bgra(image))
    return bool((seen != seen[0, 0]).any())
