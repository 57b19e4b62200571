"""Which network suits a picture: one that asks leaves what is not of its style to another.

`best` learnt how the makers of sprites drew them anew, in lines that are darker and thinner than in
the drawings. That misleads it where nobody did so, and the 23 px that it sees around a pixel do not
tell. A small classifier that looks at all of a picture does, and `art` draws the others. What it
knows of one kernel costs it what it knows of another, so pixel area has `art.area`. So it is with
factors: the passes of one may have a network of their own, such as `best.x2`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from srpoke.engine import Engine, load, open_tflite
from srpoke.errors import UserError
from srpoke.finding import most_drawn
from srpoke.kernels import BY_AREA, Making
from srpoke.metadata import area_file, factor_file, own_factors, read_metadata, style_file

SIDE = 160  # px: of the part of a picture that is looked at, where most is drawn
LEAST = 40  # px per side: what is smaller is padded, as the classifier's layers are not
CLOSE = 0.02  # to a factor: pixels are whole
SHARED = {  # by networks that draw pictures for each other, and what is said where it is not
    "shrink": "other kernels",
    "interpolation": "another stretch",
    "largest": "another largest factor",
}
Run = Callable[[np.ndarray], np.ndarray]  # (B, H, W, 3) -> (B, h, w, 2)


def suited(engine: Engine, image: np.ndarray) -> Engine:
    """Return the network for a float (H, W, 3) image: the engine, or the one it leaves others to.

    Either asks no more. Raises UserError where the classifier's file, or the other's, is damaged,
    or that network cannot help.
    """
    if not engine.asks:
        return engine
    own = log_odds(open_classifier(engine.file), image) > 0
    chosen = engine if own else helper(engine, other_file(engine.file))
    return replace(chosen, asks=False)


def suited_to(engine: Engine, making: Making | None) -> Engine:
    """Return the network for a picture that was made so: the engine, or one for pixel area alone.

    Raises UserError as `suited` does.
    """
    leaves = engine.leaves_area and making == BY_AREA
    return helper(engine, area_file(engine.file)) if leaves else engine


def suited_factor(engine: Engine, factor: float) -> Engine:
    """Return the network for a pass by `factor`: the engine, or one for passes by that alone.

    Raises UserError as `suited` does.
    """
    close = [own for own in engine.leaves_factors if abs(factor / own - 1) <= CLOSE]
    return helper(engine, factor_file(engine.file, close[0]), ["shrink"]) if close else engine


def alone(engine: Engine) -> Engine:
    """Return a network that draws every picture itself."""
    return replace(engine, asks=False, leaves_area=False, leaves_factors=())


def helper(engine: Engine, path: Path, shared: Iterable[str] = SHARED) -> Engine:
    """Return the network to which another one leaves work; UserError where it cannot help."""
    other = open_network(path)
    check_alike(engine, other, shared)
    return other


def check_alike(engine: Engine, other: Engine, shared: Iterable[str] = SHARED) -> None:
    """Raise UserError unless a network can leave work to another one."""
    if any(getattr(engine, name) != getattr(other, name) for name in shared):
        raise UserError(
            f"{other.file.name} has {', '.join(SHARED[name] for name in shared)} than "
            f"{engine.file.name}, which leaves work to it, but for --only"
        )


def files_behind(network: Path) -> list[Path]:
    """Return all files that the results of a network depend on, its own first."""
    classifier = style_file(network)
    return [*networks_behind(network), *([classifier] if classifier.is_file() else [])]


def networks_behind(network: Path) -> list[Path]:
    """Return a network and all those that it leaves pictures or passes to."""
    drawing = [network, other_file(network)] if style_file(network).is_file() else [network]
    drawing += [area for area in map(area_file, drawing) if area.is_file()]
    return drawing + [factor_file(each, own) for each in drawing for own in own_factors(each)]


def other_file(network: Path) -> Path:
    """Return the network that another one leaves pictures to; that itself, where it lies alone."""
    path = style_file(network)
    metadata = read_metadata(path)
    if metadata is None:
        raise UserError(f"{path} carries no metadata that says which network is for other pictures")
    name = f"{metadata['other']}{network.suffix}"
    if Path(name).name != name:
        raise UserError(f"the metadata of {path} is damaged: {name} is no name of a file")
    other = network.with_name(name)
    return other if other.is_file() else network


@cache
def open_classifier(network: Path) -> Run:
    """Return what a network asks."""
    path = style_file(network)
    return open_tflite(path, read_metadata(path))


@cache
def open_network(path: Path) -> Engine:
    """Return a network that another one leaves pictures to."""
    return load(path)


def log_odds(run: Run, image: np.ndarray) -> float:
    """Return how sure a classifier is that a float (H, W, 3) image is of its style.

    It gives odds for each place, and how much that counts.
    """
    odds, weights = run(looked_at(image)[None])[0].reshape(-1, 2).T
    return float(np.average(odds, weights=np.exp(weights - weights.max())))


def looked_at(image: np.ndarray) -> np.ndarray:
    """Cut out of a float (H, W, 3) image what a classifier sees: LEAST to SIDE px per side."""
    part = most_drawn(image, SIDE)
    rows, columns = (max(0, LEAST - size) for size in part.shape[:2])
    return cv2.copyMakeBorder(part, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
