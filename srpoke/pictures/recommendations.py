"""The recommendations of docs/recommendations.md, shown and measured on drawn creatures.

A drawn creature has a true picture at every size, so each way to enlarge it can be compared with
the truth at exactly the size that it reaches.
"""

import functools
import math
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.course import Settings, output_sizes
from srpoke.engine import Engine
from srpoke.geometry import Size, resize
from srpoke.images import write_image
from srpoke.kernels import KERNELS
from srpoke.metrics import psnr, ssim
from srpoke.pictures.layout import (
    GREY,
    Window,
    above,
    beside,
    best_window,
    label,
    magnify,
    sheet,
)
from srpoke.pipeline import upscale
from srpoke.progress import track
from srpoke.tools import degrade, flatten, to_float, to_integer

CREATURES = range(0, 48, 6)  # that the numbers are averaged over; each picture shows another one
WINDOW, SIDE = 30, 232  # of it: px of the sprite, px on the sheet
LINE = 24  # characters of a caption that fit under a picture
LARGEST = 8.0  # scale of the drawing that all truth comes from
FLAT = 8  # grey levels: places whose surroundings vary less count for the colour error


class Trial(NamedTuple):
    """One way to enlarge: by `factor` in each of `loops`, each with `passes` of the network."""

    factor: float
    loops: int = 1
    passes: int = 1  # 0 is plain bicubic
    back_projection: bool = True  # whether colours are given back after each pass
    sharpness: float = 0.0

    @property
    def scale(self) -> float:
        return self.factor**self.loops

    @property
    def way(self) -> str:
        if not self.passes:
            return f"bicubic x{self.scale:.3g}"
        return f"F{self.factor:.3g} L{self.loops}"

    @property
    def extra(self) -> str:
        extra = f", {self.passes} passes" if self.passes > 1 else ""
        extra += "" if self.back_projection else ", no back-projection"
        extra += f", sharpness {self.sharpness:+g}" if self.sharpness else ""
        return extra

    @property
    def name(self) -> str:
        return self.way + self.extra


class Score(NamedTuple):
    """What a trial reaches, averaged over the creatures."""

    psnr: float  # RGB on white, dB
    ssim: float
    gain: float  # dB over bicubic at the same size
    colour: float  # mean error in flat parts of the creature, grey levels


EXPERIMENTS = {  # file name: title and trials
    "factor": (
        "Must the factor be k/2 or k/4?",
        [Trial(1.4), Trial(1.5), Trial(1.6), Trial(1.75), Trial(2)],
    ),
    "one_step_or_two": (
        "To 3x: as few passes as the network can, or more and smaller loops",
        [Trial(3, passes=0), Trial(3), Trial(3**0.5, 2), Trial(3 ** (1 / 3), 3)],
    ),
    "two_steps_or_three": (
        "To 4x: at once, in two loops, in three",
        [Trial(4, passes=0), Trial(4), Trial(2, 2), Trial(4 ** (1 / 3), 3)],
    ),
    "sharpness": ("Softer and crisper, to 4x", [Trial(4, sharpness=n) for n in (-0.4, 0, 0.4)]),
    "extra_pass": (
        "Further passes at the same size, for sharpness",
        [Trial(2, passes=0), Trial(2), Trial(2, passes=2), Trial(2, passes=3)],
    ),
    "colours": (
        "Many passes, with back-projection and without",
        [
            Trial(2, passes=4),
            Trial(2, passes=4, back_projection=False),
            Trial(1.5, 5),
            Trial(1.5, 5, back_projection=False),
        ],
    ),
}


def enlarge(engine: Engine, small: np.ndarray, trial: Trial) -> np.ndarray:
    """Return a uint8 BGR picture enlarged as a trial says."""
    size = small.shape[:2]
    if not trial.passes:
        return resize(small, *output_sizes(size, trial.scale, 1)[0], "bicubic")
    settings = Settings(back_projection=trial.back_projection, sharpness=trial.sharpness)
    return upscale(engine, small, trial.factor, trial.loops, settings, trial.passes - 1)


def colour_error(result: np.ndarray, truth: np.ndarray, inside: np.ndarray) -> float:
    """Return the mean absolute error, in grey levels, over the flat places `inside` (H, W)."""
    square = np.ones((7, 7), np.uint8)
    contrast = cv2.morphologyEx(truth, cv2.MORPH_GRADIENT, square)
    flat = (contrast.max(axis=2) < FLAT) & inside
    return float(np.abs(result.astype(int) - truth)[flat].mean()) if flat.any() else 0.0


def draw_truth(draw: Callable[..., np.ndarray], index: int, size: Size) -> np.ndarray:
    """Return the true picture of a creature at exactly this size, uint8 BGRA.

    Shrunk by area from the largest drawing: a drawing at a fraction ends within a pixel.
    """
    large = to_float(draw(index, LARGEST))
    return to_integer(degrade(large, *size, KERNELS["area"]))


def measure(engine: Engine, draw: Callable[..., np.ndarray], trial: Trial) -> Score:
    """Average the scores of a trial over CREATURES; `draw(index, scale)` gives uint8 BGRA."""
    scores = []
    for index in CREATURES:
        small = flatten(draw(index, 1.0))
        result = enlarge(engine, small, trial)
        bicubic = enlarge(engine, small, Trial(trial.scale, passes=0))
        true_bgra = draw_truth(draw, index, result.shape[:2])
        truth = flatten(true_bgra)
        value = psnr(result, truth)
        error = colour_error(result, truth, true_bgra[..., 3] == 255)
        scores.append((value, ssim(result, truth), value - psnr(bicubic, truth), error))
    return Score(*np.mean(scores, axis=0).tolist())


def most_different(results: list[np.ndarray], small: np.ndarray) -> Window:
    """Return the part of a small image where its enlargements, of any size, differ most."""
    height, width = np.max([result.shape[:2] for result in results], axis=0)
    spread = np.std([resize(to_float(r), height, width, "bicubic") for r in results], axis=0)
    worth = resize(spread.mean(axis=2), *small.shape[:2], "bicubic")
    return best_window(worth, WINDOW, WINDOW)


def caption(trial: Trial, score: Score, colours: bool) -> list[str]:
    """Return the lines under a trial's picture, its name first."""
    size = f" to x{trial.scale:.3g}" if trial.passes and trial.loops > 1 else ""
    gain = f", {score.gain:+.2f}" if trial.passes else ""
    last = f"colour off by {score.colour:.2f}" if colours else f"SSIM {score.ssim:.4f}"
    return [trial.way + size + trial.extra, f"{score.psnr:.2f} dB{gain}", last]


def draw_experiment(
    engine: Engine,
    draw: Callable[..., np.ndarray],
    index: int,
    title: str,
    scores: dict[Trial, Score],
) -> np.ndarray:
    """Return a picture of every trial's result on one creature, and of the truth beside them."""
    small = flatten(draw(index, 1.0))
    results = [enlarge(engine, small, trial) for trial in scores]
    window = most_different(results, small)
    colours = not all(trial.back_projection for trial in scores)
    pictures = [flatten(draw(index, LARGEST)), *results]
    scales = [LARGEST, *(trial.scale for trial in scores)]
    captions = [["truth", "", ""], *(caption(*each, colours) for each in scores.items())]
    names = [textwrap.wrap(name, LINE, break_on_hyphens=False) for name, *_ in captions]
    longest = max(map(len, names))
    panels = []
    for picture, scale, name, (_, *numbers) in zip(pictures, scales, names, captions, strict=True):
        lines = [label(line, 17, bold=True) for line in name]
        lines += [label(line, 17, GREY) for line in numbers]
        lines += [label("", 17)] * (longest - len(name))
        panels.append(above([magnify(picture, window, scale, SIDE / WINDOW), above(lines, 2)]))
    note = f"PSNR against the truth and gain over bicubic, mean of {len(CREATURES)} creatures"
    heading = above([label(title, 28, bold=True), label(note, 17, GREY)], 4)
    columns = len(panels) if len(panels) <= 5 else math.ceil(len(panels) / 2)
    rows = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    return sheet(above([heading, *(beside(row, 12) for row in rows)], 16))


def write_recommendations(engine: Engine, draw: Callable[..., np.ndarray], folder: Path) -> str:
    """Write <folder>/<experiment>.png for each experiment; return a Markdown table of the scores.

    `draw(index, scale)` returns a creature as uint8 BGRA at any multiple of its size.
    """
    draw = functools.cache(draw)
    lines = [
        "| picture | enlarged by | to | PSNR | SSIM | over bicubic | colour error |",
        "|---|---|---|---|---|---|---|",
    ]
    shown = zip(CREATURES, EXPERIMENTS.items(), strict=False)
    for index, (name, (title, trials)) in track([*shown], "picture"):
        scores = {trial: measure(engine, draw, trial) for trial in track(trials, "way to enlarge")}
        write_image(folder / f"{name}.png", draw_experiment(engine, draw, index, title, scores))
        lines += [
            f"| {name} | {trial.name} | x{trial.scale:.4g} | {score.psnr:.2f} dB | "
            f"{score.ssim:.4f} | {score.gain:+.2f} dB | {score.colour:.2f} |"
            for trial, score in scores.items()
        ]
    return "\n".join(lines)
