"""Show drawn creatures at 4x: small, bicubic, two other upscalers, ours, and the true drawing.

    pip install -r benchmarks/requirements.txt
    python3 -m benchmarks.strip NN/best.tflite

Each creature is shown whole, and where its thin dark lines are deepest in the true drawing.
"""

import argparse
import sys
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.strip'")

import numpy as np

from benchmarks.baselines import BASELINES, HINT, Timed
from dataset.draw_creatures import draw_creature
from srpoke.cli import Parser, network_path, one_line_errors, positive_int, user_path
from srpoke.engine import Engine, load
from srpoke.errors import UserError
from srpoke.geometry import resize
from srpoke.line_metrics import line_depth
from srpoke.metrics import psnr
from srpoke.pictures.layout import (
    GREY,
    Window,
    above,
    best_window,
    fewer_levels,
    label,
    magnify,
    sheet,
    table,
)
from srpoke.pipeline import upscale
from srpoke.progress import track
from srpoke.tools import flatten, to_float, to_integer, write_image

SCALE = 4
SHOWN = ("waifu2x CUnet", "Real-ESRGAN anime")
THIN = 5  # px of the drawing: lines count that are thinner
WINDOW, ZOOM = (18, 21), 10  # px of a sprite, height and width; px of the strip for each
WHOLE = (160, 210)  # px of the strip that a creature fits into


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("network", type=network_path, metavar="NETWORK", help="a .keras or .tflite file")
    add("--creatures", type=positive_int, nargs="+", default=[13, 15], help="as files are numbered")
    add("--output", type=user_path, default=Path("img/strip_peers.png"), help="file to write")
    return parser.parse_args(argv)


def open_shown() -> dict[str, Timed]:
    """Return how each of SHOWN enlarges by SCALE; UserError where one is missing."""
    try:
        return {name: BASELINES[name]()[SCALE] for name in SHOWN}
    except ImportError as error:
        raise UserError(f"{error}; {HINT}") from None


def enlargements(
    engine: Engine, name: str, baselines: dict[str, Timed], number: int
) -> dict[str, np.ndarray]:
    """Return a creature's pictures by caption, uint8 BGR on white and equal in size, truth last."""
    small, truth = (flatten(draw_creature(number - 1, scale)) for scale in (1, SCALE))
    nearest, bicubic = (resize(small, *truth.shape[:2], kind) for kind in ("nearest", "bicubic"))
    others = {other: to_integer(run(to_float(small))[0]) for other, run in baselines.items()}
    ours = upscale(engine, small, SCALE)
    plain = {"small": nearest, "bicubic": bicubic}
    return plain | others | {f"srpoke, {name}": ours, "true drawing": truth}


def thinnest(truth: np.ndarray) -> Window:
    """Return the part of a creature, in px of the sprite, whose thin dark lines are deepest."""
    sides = [n * SCALE for n in WINDOW]
    window = best_window(line_depth(truth.astype(np.float32), THIN), *sides)
    return Window(*(n / SCALE for n in window))


def rows_of(pictures: list[np.ndarray]) -> list[list[np.ndarray]]:
    """Return a row of whole creatures, and one of the part with the thinnest lines."""
    truth = pictures[-1]
    window = thinnest(truth)
    fit = min(a / b for a, b in zip(WHOLE, truth.shape[:2], strict=True))
    size = [round(n * fit) for n in truth.shape[:2]]
    wholes = [resize(picture, *size, "bicubic") for picture in pictures]
    return [wholes, [magnify(picture, window, SCALE, ZOOM) for picture in pictures]]


def captions(creatures: list[dict[str, np.ndarray]]) -> list[np.ndarray]:
    """Return a caption for each column, with its PSNR, the mean over the creatures."""
    columns = []
    *names, last = creatures[0]
    for name in names:
        score = np.mean([psnr(pictures[name], pictures[last]) for pictures in creatures])
        columns.append((name, f"{score:.1f} dB"))
    columns.append((last, "PSNR against it"))
    return [
        above([label(name, 22, bold=True), label(note, 20, GREY)], 4, 0.5) for name, note in columns
    ]


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    others, engine = open_shown(), load(args.network)
    creatures = [
        enlargements(engine, args.network.stem, others, number)
        for number in track(args.creatures, "creature")
    ]
    rows = [row for pictures in creatures for row in rows_of(list(pictures.values()))]
    strip = sheet(table([captions(creatures), *rows]))
    write_image(args.output, fewer_levels(strip))
    print(args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
