"""Folders of images: listed without silence, read whole."""

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from srpoke.errors import BadImage, UserError
from srpoke.images import read_image

log = logging.getLogger(__name__)

IMAGE_SUFFIXES = {
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".gif", ".jp2"),
    *(".bmp", ".dib", ".tif", ".tiff", ".pbm", ".pgm", ".ppm", ".pnm"),
}
NAMED = 5  # of what one reason holds for; of more, their number is told


def list_images(
    folder: str | Path,
    recursive: bool = False,
    is_result: Callable[[Path], bool] = lambda path: False,
) -> list[Path]:
    """Return the image files of a folder, sorted by name; log what else is there, and why not.

    What looks like an image but cannot be opened, and a sub-folder that cannot, is listed too:
    who reads it is told. Raises UserError where `folder` itself cannot be opened.
    """
    images: list[Path] = []
    left_out: dict[str, list[str]] = {}
    folders = [Path(folder)]
    while folders:
        place = folders.pop()
        try:
            entries = sorted(place.iterdir())
        except OSError as error:
            if place == Path(folder):
                raise UserError(f"{place} cannot be opened: {error.strerror}") from None
            images.append(place)
            continue
        for path in entries:
            reason = "earlier results" if is_result(path) else _reason_against(path, recursive)
            if reason == "folder":
                folders.append(path)
            elif reason:
                left_out.setdefault(reason, []).append(str(path.relative_to(folder)))
            elif reason is None:
                images.append(path)
    if left_out:
        reasons = [
            f"{len(names)} {reason} ({some_of(names)})" for reason, names in left_out.items()
        ]
        log.warning("not taken from %s: %s", folder, ", ".join(reasons))
    return sorted(images)


def _reason_against(path: Path, recursive: bool) -> str | None:
    """Say why a path is not taken: None for an image, "" for what belongs to the system."""
    known = IMAGE_SUFFIXES & {path.suffix.lower(), path.name.lower()}  # ".png" has no suffix
    if path.name.startswith("."):
        return "hidden" if known else ""
    try:
        if path.is_dir():
            if path.is_symlink():
                return "linked folders"
            return "folder" if recursive else "sub-folders"
        if not known:
            return "without the ending of an image"
        special = path.exists() and not path.is_file()
    except OSError:  # a folder that lists its files, but does not let them be opened
        return None if known else "without the ending of an image"
    return "no regular files" if special else None


def some_of(names: list[str]) -> str:
    """Return a list for people to read, of NAMED words at most."""
    more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join(names[:NAMED] + more)


def load_folder(folder: str | Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the readable images of a folder by file name, and one line for each broken file.

    Raises UserError where the folder is missing or holds no readable image.
    """
    if not Path(folder).is_dir():
        raise UserError(f"{folder} is not a folder; a folder with images is needed")
    images, failures = {}, []
    for path in list_images(folder):
        try:
            images[path.name] = read_image(path)
        except BadImage as error:
            failures.append(str(error).removesuffix(" (--max_pixels)"))  # an option of infer.py
    if not images:
        raise UserError(f"{folder} holds no readable image (endings: {sorted(IMAGE_SUFFIXES)})")
    return images, failures


def load_readable(folder: str | Path) -> dict[str, np.ndarray]:
    """Return the readable images of a folder by file name; a warning names each of the others.

    Raises UserError as `load_folder` does.
    """
    images, failures = load_folder(folder)
    for failure in failures:
        log.warning("skipped: %s", failure)
    return images


def short_names(folders: list[Path]) -> list[str]:
    """Return what folders are called in tables: their names, or paths where two have one name."""
    names = [folder.resolve().name for folder in folders]
    counts = Counter(names)
    return [
        name if name and counts[name] == 1 else str(folder)  # the root of a drive has none
        for name, folder in zip(names, folders, strict=True)
    ]
