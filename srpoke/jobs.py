"""Many files in one run: what to read, what to write, and none of them in another's way."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from srpoke.tools import IMAGE_SUFFIXES, list_images


class Job(NamedTuple):
    """One image to read and the file to write for it."""

    source: Path
    target: Path


def plan_jobs(inputs: list[Path], save_path: Path, ending: str, recursive: bool) -> list[Job]:
    """Pair every image of the files and folders in `inputs` with the file to write.

    A target is <save_path>/<sub-folder>/<stem><ending>. Sources that would share one keep their
    own ending in the name (a.png, a.webp), and a number where that is not enough. A result in a
    folder that is both read and written is not taken for a further source. Raises ValueError where
    an input does not exist, a folder holds no image, or `save_path` cannot be a folder.
    """
    if save_path.suffix.lower() in IMAGE_SUFFIXES or (
        save_path.exists() and not save_path.is_dir()
    ):
        raise ValueError(
            f"--save_path {save_path} is not a folder; results are named by their input"
        )
    places = {}  # source: folder of its result
    for path in inputs:
        if path.is_dir():
            found = list_images(path, recursive)
            if not found:
                raise ValueError(f"{path} holds no image (endings: {sorted(IMAGE_SUFFIXES)})")
            places |= {image: save_path / image.parent.relative_to(path) for image in found}
        elif path.exists():
            places[path] = save_path
        else:
            raise ValueError(f"{path} does not exist; an image or a folder of images is needed")
    targets = _distinct_targets(places, ending)
    results = {target.resolve() for target in targets.values()}
    return [Job(*pair) for pair in targets.items() if pair[0].resolve() not in results]


def _distinct_targets(places: dict[Path, Path], ending: str) -> dict[Path, Path]:
    """Name a target for each source; letter case does not tell names apart on every system."""
    shared = Counter((folder, source.stem.lower()) for source, folder in places.items())
    taken: set[str] = set()
    targets = {}
    for source, folder in places.items():
        alone = shared[folder, source.stem.lower()] == 1
        name, number = source.stem if alone else source.name, 1
        while str(folder / (name + ending)).lower() in taken:
            number += 1
            name = f"{source.name}_{number}"
        targets[source] = folder / (name + ending)
        taken.add(str(targets[source]).lower())
    return targets
