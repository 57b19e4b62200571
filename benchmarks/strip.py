"""Show drawn creatures at 4x: small, bicubic, two other upscalers, ours, and the true drawing.

    pip install -r benchmarks/requirements.txt
    python3 -m benchmarks.strip NN/best.tflite
    python3 -m benchmarks.strip NN/art.tflite --pairs emoji_pairs/ --output img/emoji.png

Each is shown whole, and where its thin dark lines are deepest in the true drawing. With --pairs,
some of what emoji_pairs.py wrote are shown at 3x instead; upscalers by 4 are brought there by area.
"""

import argparse
import sys
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.strip'")

import cv2
import numpy as np

from benchmarks.baselines import BASELINES, HINT, Timed
from dataset.draw_creatures import draw_creature
from srpoke.arguments import Parser, network_path, new_file, positive_int, user_path
from srpoke.cli import one_line_errors
from srpoke.engine import Engine, load
from srpoke.errors import UserError
from srpoke.geometry import resize
from srpoke.images import read_image, write_image
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
from srpoke.tools import flatten, to_float, to_integer

SCALE, PAIR_SCALE = 4, 3  # of creatures, of pairs
SHOWN = ("waifu2x CUnet", "Real-ESRGAN anime")
THIN = 5  # px of the drawing: lines count that are thinner
WINDOW, ZOOM = (18, 21), 10  # px of a sprite, height and width; px of the strip for each
WHOLE = (160, 210)  # px of the strip that a creature fits into


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("network", type=network_path, nargs="+", metavar="NETWORK", help=".keras or .tflite file")
    add("--creatures", type=positive_int, nargs="+", default=[13, 15], help="as files are numbered")
    add("--pairs", type=user_path, metavar="FOLDER", help="of small pictures and truths, instead")
    add("--names", nargs="+", default=["otter.png", "shortcake.png"], help="of the pairs to show")
    add("--output", type=new_file, default=Path("img/strip_baselines.png"), help="file to write")
    return parser.parse_args(argv)


def open_shown() -> dict[str, Timed]:
    """Return how each of SHOWN enlarges by SCALE; UserError where one is missing."""
    try:
        return {name: BASELINES[name]()[SCALE] for name in SHOWN}
    except ImportError as error:
        raise UserError(f"{error}; {HINT}") from None


def load_pictures(args: argparse.Namespace) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return small pictures with their truths, uint8 BGR on white."""
    if args.pairs:
        folders = args.pairs / "small", args.pairs / f"x{PAIR_SCALE}"
        return [tuple(flatten(read_image(each / name)) for each in folders) for name in args.names]
    return [
        tuple(flatten(draw_creature(number - 1, scale)) for scale in (1, SCALE))
        for number in args.creatures
    ]


def enlargements(
    engines: dict[str, Engine], baselines: dict[str, Timed], small: np.ndarray, truth: np.ndarray
) -> dict[str, np.ndarray]:
    """Return a picture's enlargements by caption, uint8 BGR and equal in size, truth last."""
    height, width = truth.shape[:2]
    pictures = {"small": resize(small, height, width, "nearest")}
    pictures["bicubic"] = resize(small, height, width, "bicubic")
    for name, run in baselines.items():
        large = np.float32(run(to_float(small))[0])
        large = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
        pictures[name] = to_integer(large)
    for name, engine in engines.items():
        pictures[f"srpoke, {name}"] = upscale(engine, small, height / len(small))
    return pictures | {"true drawing": truth}


def thinnest(truth: np.ndarray, scale: float = SCALE) -> Window:
    """Return the part of a picture, in px of the small one, whose thin dark lines are deepest."""
    sides = [round(n * scale) for n in WINDOW]
    window = best_window(line_depth(truth.astype(np.float32), THIN), *sides)
    return Window(*(n / scale for n in window))


def rows_of(pictures: list[np.ndarray], scale: float = SCALE) -> list[list[np.ndarray]]:
    """Return a row of whole pictures, and one of the part with the thinnest lines."""
    truth = pictures[-1]
    window = thinnest(truth, scale)
    fit = min(a / b for a, b in zip(WHOLE, truth.shape[:2], strict=True))
    size = [round(n * fit) for n in truth.shape[:2]]
    wholes = [resize(picture, *size, "bicubic") for picture in pictures]
    return [wholes, [magnify(picture, window, scale, ZOOM) for picture in pictures]]


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
    baselines = open_shown()
    pictures = load_pictures(args)
    engines = {path.stem: load(path) for path in args.network}
    shown = [enlargements(engines, baselines, *pair) for pair in track(pictures, "picture")]
    scale = PAIR_SCALE if args.pairs else SCALE
    rows = [row for each in shown for row in rows_of(list(each.values()), scale)]
    strip = sheet(table([captions(shown), *rows]))
    write_image(args.output, fewer_levels(strip))
    print(args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
