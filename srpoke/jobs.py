"""Many files in one run: what to read, what to write, and none of them in another's way."""

import logging
import os
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from srpoke.cli import TROUBLE, complain, exit_code, skipped
from srpoke.errors import UserError
from srpoke.files import check_writable
from srpoke.folders import IMAGE_SUFFIXES, list_images
from srpoke.metadata import NETWORK_SUFFIXES, find_network
from srpoke.progress import track
from srpoke.record import CARRIERS, read_record, was_made_by

log = logging.getLogger(__name__)

RESULT = re.compile(  # of any run, those of version 1.0.0 included
    r"(.+)_(f_[^_]+_loop_[^_]+|longest_\d+|size_\d+x\d+)(_.+)?\.(png|webp)", re.IGNORECASE
)


class Job(NamedTuple):
    """One image to read and the file to write for it."""

    source: Path
    target: Path


def result_ending(settings: dict, suffix: str = ".png") -> str:
    """Return what follows the stem in the name of a result: its size, and what is not as usual.

    `settings` are values by option, scale and loop in any case. RESULT knows the name again.
    """
    words = [
        name if value is True else f"{name}_{spelled(value)}"
        for name, value in settings.items()
        if name not in ("scale", "loop")
    ]
    if not {"size", "longest"} & set(settings):
        words.insert(0, f"f_{settings['scale']:g}_loop_{settings['loop']}")
    return f"_{'_'.join(words)}{suffix}"


def spelled(value) -> str:
    """Return a value as it is written on the command line: 0.5, 512x300."""
    if isinstance(value, tuple):
        return "x".join(map(spelled, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def own_targets(jobs: list[Job], record: dict) -> list[Job]:
    """Give each result a name that no other network's has, nor a file of unknown making.

    Where the plain name is taken by such a one, the network's is added, then its checksum, then a
    number. `record` is what the results of this run say of themselves.
    """
    network, checksum = record["network"], record["sha256"][:8]
    chosen = []
    for job in jobs:
        stem = job.target.stem
        names = [stem, f"{stem}_{network}", f"{stem}_{network}_{checksum}"]
        targets = [job.target.with_name(name + job.target.suffix) for name in names]
        while all(map(os.path.isfile, targets)):  # too long a name: no
            numbered = f"{names[-1]}_{len(targets) - 1}{job.target.suffix}"
            targets.append(job.target.with_name(numbered))
        own = [target for target in targets if was_made_by(target, record)]
        free = [target for target in targets if not os.path.isfile(target)]
        chosen.append(job._replace(target=[*own, *free][0]))
    return chosen


def plan_jobs(inputs: list[Path], save_path: Path, ending: str, recursive: bool) -> list[Job]:
    """Pair every image of the files and folders in `inputs` with the file to write.

    A target is <save_path>/<sub-folder>/<stem><ending>. Sources that would share one keep their
    own ending in the name (a.png, a.webp), and a number where that is not enough. What lies in
    `save_path` under the name of a result of another run is no source, unless named itself; where
    a result of this one goes, nothing is, and a warning says so. Raises UserError where an input
    does not exist, a folder holds no image, or `save_path` cannot be a folder.
    """
    is_file = save_path.exists() and not save_path.is_dir()
    if is_file or save_path.suffix.lower() in IMAGE_SUFFIXES:
        raise UserError(f"{save_path} is not a folder for results, which are named by their input")
    check_writable(save_path)
    places = {}  # source: folder of its result
    for path in inputs:
        if path.is_dir():
            own = partial(is_result, folder=path, save_path=save_path)
            found = list_images(path, recursive, own)
            if not found:
                hint = "" if recursive else "; --recursive looks into its sub-folders"
                endings = " ".join(sorted(IMAGE_SUFFIXES))
                raise UserError(f"{path} holds no image (endings: {endings}){hint}")
            places |= {image: save_path / image.parent.relative_to(path) for image in found}
        elif path.suffix.lower() in NETWORK_SUFFIXES:
            raise UserError(f"{path} is a network; one comes first, images follow")
        elif path.is_file() or path.is_symlink():
            places[path] = save_path
        else:
            if find_network(path) != path:
                raise UserError(f"{path} is the name of a network; one comes first, images follow")
            missing = "is no regular file" if path.exists() else "does not exist"
            raise UserError(f"{path} {missing}; an image or a folder of images is needed")
    # of a file that is named twice, in/a.png and sub/../in/a.png, the first spelling
    first = {true_path(path.parent) / path.name: path for path in reversed(places)}
    places = {path: places[path] for path in reversed(first.values())}
    targets = _distinct_targets(places, ending)
    results = {identity(target) for target in targets.values()}
    replaced = [source for source in targets if identity(source) in results]
    for source in replaced:
        log.warning("%s is left out: a result of this run goes there", source)
    return [Job(*pair) for pair in targets.items() if pair[0] not in replaced]


def part_of(jobs: list[Job], n: int, total: int) -> list[Job]:
    """Return every `total`-th job from the n-th (1, 2, ...) on, sorted by source.

    So runs with n = 1 to `total` share the jobs, in whatever order each was given the files.
    """
    return sorted(jobs)[n - 1 :: total]


def for_each(jobs: list[Job], work: Callable[[Job], object]) -> tuple[list, int]:
    """Call `work` for every job; name and skip the unusable ones. Return results, exit code."""
    results = []
    for job in track(jobs, "file"):
        try:
            results.append(work(job))
        except TROUBLE as error:
            complain(skipped(job.source, error))
    return results, exit_code(len(jobs) - len(results), len(jobs))


def is_result(path: Path, folder: Path, save_path: Path) -> bool:
    """Whether a file in a folder has the name of a result, and lies where results go.

    Or beside its source; or deeper in the folder, and says of itself that it is one.
    """
    found = RESULT.fullmatch(path.name)
    if not found:
        return False
    if path.parent != folder and read_record(path):
        return True
    unnumbered = re.sub(r"_\d+$", "", found[1])
    beside = [found[1], unnumbered, *(found[1] + ending for ending in IMAGE_SUFFIXES)]
    return true_path(save_path) in true_path(path).parents or any(
        os.path.exists(path.with_name(name)) for name in beside
    )


def true_path(path: Path) -> Path:
    """Return the absolute path without links; unlike Path.resolve, of a loop of links, too."""
    return Path(os.path.realpath(path))


def identity(path: Path) -> Path | tuple[int, int]:
    """Return what is equal for two paths of one file, also where letter case tells none apart."""
    try:
        found = os.stat(path)
    except OSError:
        return true_path(path)
    return found.st_dev, found.st_ino


def is_current(job: Job, record: dict) -> bool:
    """Whether a job's result is there, made of this source, like this, and not older than it.

    Files that hold no record are believed.
    """
    try:
        newer = job.target.stat().st_mtime >= job.source.stat().st_mtime
    except OSError:
        return False
    holds_none = job.target.suffix.lower() not in CARRIERS
    return newer and (holds_none or was_made_by(job.target, record, job.source))


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
