"""Score networks beside plain interpolation on a set of images: methods, rows, table, CSV."""

import csv
from collections.abc import Mapping
from itertools import chain, product
from pathlib import Path

import numpy as np

from srpoke.course import Settings
from srpoke.engine import Engine
from srpoke.errors import UserError
from srpoke.files import replacing
from srpoke.folders import short_names
from srpoke.geometry import INTERPOLATIONS
from srpoke.kernels import KERNELS
from srpoke.metadata import Metadata, read_metadata
from srpoke.progress import track
from srpoke.protocol import Case, Method, interpolate, rate, repair, shrunk
from srpoke.style import files_behind
from srpoke.targets import load_targets, same_picture
from srpoke.tools import to_float

STRETCHES = {name: interpolate(name) for name in INTERPOLATIONS}  # plain ones, as methods
COLUMNS = ["method", "network", "set", "images", "psnr", "ssim", "seconds"]


def repairs(name: str, engine: Engine, ensemble: bool) -> dict[str, Method]:
    """Return a network's methods by name: as infer.py runs it, and as mean of 8 views."""
    methods = {name: repair(engine)}
    if ensemble:
        methods[f"{name}, self-ensemble"] = repair(engine, Settings(ensemble=True))
    return methods


def shrunk_sets(
    images: list[np.ndarray], factors: list[float], kernels: list[str]
) -> dict[str, list[Case]]:
    """Return images (from `protocol.truth`) shrunk by each factor and kernel, named "x2 box"."""
    return {
        f"x{factor:g} {name}": [shrunk(image, factor, KERNELS[name]) for image in images]
        for factor in factors
        for name in kernels
    }


def true_sets(
    images: dict[str, np.ndarray], folders: list[Path]
) -> tuple[dict[str, list[Case]], list[str]]:
    """Return small images (by file name) beside the true enlargements of the same names.

    Named after the folders, or by their paths where two have one name. Also returns a line for
    each file that does not fit. Raises ValueError where nothing does.
    """
    sets, refused = {}, []
    for name, folder in zip(short_names(folders), folders, strict=True):
        pairs, lines = load_targets([folder], images, [])
        cases = [Case(to_float(p.small), to_float(p.large)) for ps in pairs.values() for p in ps]
        sets[name] = cases
        refused += lines
    return sets, refused


def evaluate(
    methods: Mapping[str, Method], sets: Mapping[str, list[Case]], *, network: str = ""
) -> list[dict]:
    """Score methods on sets of cases; one row of COLUMNS for each and each set.

    PSNR in dB, SSIM and seconds per image are means over the images. Two calls go before
    the clock starts, as a Keras model is compiled by its first one and again for any other size.
    `network` is the file that the rows name.
    """
    rows = []
    runs = list(product(sets.items(), methods.items()))
    for (label, cases), (name, method) in track(runs, "score"):
        for case in cases[:2]:
            rate(method, case)
        scores = [rate(method, case) for case in track(cases, f"{name}, {label}: image")]
        values = name, network, label, len(cases), *map(float, np.mean(scores, axis=0))
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def table(rows: list[dict]) -> str:
    """Lay rows of `evaluate` out as aligned Markdown: a line per method, PSNR and SSIM per set."""
    sets = list(dict.fromkeys(row["set"] for row in rows))
    by_method: dict[str, list[dict]] = {}
    for row in rows:
        by_method.setdefault(row["method"], []).append(row)
    lines = [["method", *(f"dB {s}" for s in sets), *(f"SSIM {s}" for s in sets), "s / image"]]
    for name, scores in by_method.items():
        seconds = np.mean([row["seconds"] for row in scores])
        cells = [f"{row['psnr']:.2f}" for row in scores] + [f"{row['ssim']:.4f}" for row in scores]
        lines.append([name, *cells, f"{seconds:.4f}"])
    return markdown(lines)


def markdown(lines: list[list[str]], names: int = 1) -> str:
    """Lay lines of cells out as an aligned Markdown table; from column `names` on are numbers."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [
        [*map(str.ljust, line[:names], widths), *map(str.rjust, line[names:], widths[names:])]
        for line in lines
    ]
    rule = ["-" * n if i < names else "-" * (n - 1) + ":" for i, n in enumerate(widths)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [texts[0], rule, *texts[1:]])


def write_csv(path: Path, rows: list[dict]) -> None:
    """Write rows of equal keys with all their digits, the file whole or not at all."""
    text = {"encoding": "utf-8", "errors": "backslashreplace"}  # for names that are not Unicode
    with replacing(path) as temporary, temporary.open("w", newline="", **text) as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def held_out(names: list[str], networks: list[Path]) -> list[str]:
    """Return the file names that no network trained on, nor what it was fine-tuned from.

    Nor what it asks which pictures suit it, nor the one to which it leaves the others. Raises
    UserError where a network has no metadata or nothing is left.
    """
    left = list(names)
    for path in chain.from_iterable(map(files_behind, networks)):
        metadata = read_metadata(path)
        if metadata is None:
            raise UserError(f"{path} carries no metadata that says which files were held out")
        left = unseen(left, metadata)
    if not left:
        raise UserError("none of these images is known to be held out of every network's training")
    return left


def unseen(names: list[str], metadata: Metadata) -> list[str]:
    """Return the names of pictures that a network never saw, as far as its metadata tells.

    Metadata that does not list what was seen (older, or of a network fine-tuned from an older one)
    is sure of its `validation_files` alone.
    """
    if metadata.get("seen_files") is None:
        return [name for name in names if name in metadata["validation_files"]]
    seen = set(map(same_picture, metadata["seen_files"]))
    return [name for name in names if same_picture(name) not in seen]


def has_learnt_from(names: list[str], network: Path) -> bool:
    """Whether names look like a network's own folder: all that it held out, and more."""
    folders = [
        set((read_metadata(path) or {}).get("validation_files", []))
        for path in files_behind(network)
    ]
    return any(folder and folder < set(names) for folder in folders)
