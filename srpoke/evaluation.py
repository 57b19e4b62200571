"""Score networks beside plain interpolation on a set of images: methods, rows, table, CSV."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from srpoke.card import read_card
from srpoke.engine import Engine
from srpoke.errors import UserError
from srpoke.geometry import INTERPOLATIONS
from srpoke.metrics import Method, interpolate, rate, repair
from srpoke.tools import replacing
from srpoke.upscale import Settings

COLUMNS = ["method", "network", "factor", "passes", "images", "psnr", "ssim", "seconds"]


def stretches() -> dict[str, Method]:
    """Return plain interpolation of each kind by name."""
    return {name: interpolate(name) for name in INTERPOLATIONS}


def repairs(name: str, engine: Engine, ensemble: bool, loops: int) -> dict[str, Method]:
    """Return a network's methods by name: as infer.py runs it, not anchored, as mean of 8 views."""
    methods = {
        f"{name}, no back-projection": repair(engine, Settings(anchor_rounds=0), loops),
        name: repair(engine, loops=loops),
    }
    if ensemble:
        methods[f"{name}, self-ensemble"] = repair(engine, Settings(ensemble=True), loops)
    return methods


def evaluate(
    methods: Mapping[str, Method],
    images: list[np.ndarray],
    factors: list[float],
    *,
    passes: int = 1,
    network: str = "",
) -> list[dict]:
    """Score methods on images (from `metrics.truth`); one row of COLUMNS for each and each factor.

    PSNR in dB, SSIM and seconds per image are means over the images. Two calls go before
    the clock starts, as a Keras model is compiled by its first one and again for any other size.
    `network` is the file that the rows name.
    """
    rows = []
    for factor in factors:
        for name, method in methods.items():
            for sharp in images[:2]:
                rate(method, sharp, factor)
            means = np.mean([rate(method, sharp, factor) for sharp in images], axis=0)
            values = name, network, factor, passes, len(images), *map(float, means)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def table(rows: list[dict]) -> str:
    """Lay rows of `evaluate` out as aligned Markdown: a line per method, a column per factor.

    Seconds per image are the mean over the factors: the full size decides them, not the factor.
    """
    factors = list(dict.fromkeys(row["factor"] for row in rows))
    by_method: dict[str, list[dict]] = {}
    for row in rows:
        by_method.setdefault(row["method"], []).append(row)
    lines = [["method"]]
    lines[0] += [f"dB x{factor:g}" for factor in factors]
    lines[0] += [f"SSIM x{factor:g}" for factor in factors] + ["s / image"]
    for name, scores in by_method.items():
        seconds = np.mean([row["seconds"] for row in scores])
        cells = [f"{row['psnr']:.2f}" for row in scores] + [f"{row['ssim']:.4f}" for row in scores]
        lines.append([name, *cells, f"{seconds:.4f}"])
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]])
    return "\n".join(
        "| " + " | ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) + " |"
        for line in lines
    )


def write_csv(path: Path, rows: list[dict]) -> None:
    """Write rows of `evaluate` with all their digits, the file whole or not at all."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def kept_out(names: list[str], networks: list[Path]) -> list[str]:
    """Return the file names that no network trained on, by their cards' `validation_files`.

    Raises UserError where a network has no card or nothing is left.
    """
    left = list(names)
    for path in networks:
        card = read_card(path)
        if card is None:
            raise UserError(f"{path} carries no card that says which files it kept out")
        left = [name for name in left if name in card["validation_files"]]
    if not left:
        raise UserError("none of these images was kept out of the training of every network")
    return left


def has_learnt_from(names: list[str], network: Path) -> bool:
    """Whether names look like a network's own folder: all that it kept out, and more."""
    validation = set((read_card(network) or {}).get("validation_files", []))
    return bool(validation) and validation < set(names)
