"""Score networks on a folder of images, beside plain interpolation: PSNR, SSIM, seconds per image.

    python3 evaluate.py NN/default.keras dataset/creatures/
    python3 evaluate.py NN/default.keras NN/best.tflite my_sprites/ --kept_out --csv scores.csv

Each image is laid on white, cropped to even size, shrunk by pixel area, rounded to 8 bits, brought
back to full size by each method, and compared after rounding to 8 bits. SSIM as in scikit-image.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from srpoke.card import read_card
from srpoke.cli import Parser, enlarging, one_line_errors, positive_int, user_path
from srpoke.engine import load_engine
from srpoke.evaluation import (
    evaluate,
    has_learnt_from,
    kept_out,
    repairs,
    stretches,
    table,
    write_csv,
)
from srpoke.metrics import truth
from srpoke.network import multiply_adds
from srpoke.tools import load_folder


def parser(description: str | None) -> Parser:
    """Return the parser of what every evaluation asks for."""
    parser = Parser(description)
    add = parser.add_argument
    add("network", type=user_path, nargs="+", metavar="NETWORK", help=".keras or .tflite file")
    add("folder", type=user_path, metavar="FOLDER", help="images to score on")
    add(
        "--scale",
        type=enlarging,
        nargs="+",
        default=[1.5, 1.75, 2.0, 3.0],
        help="factors to shrink by and restore, above 1",
    )
    add("--kept_out", action="store_true", help="only files that no given network trained on")
    add("--ensemble", action="store_true", help="score the mean of 8 views too (8 times slower)")
    add("--csv", type=user_path, metavar="PATH", help="also write the scores with all their digits")
    return parser


def load_images(args: argparse.Namespace) -> tuple[list[np.ndarray], list[str]]:
    """Return the images to score on, as methods must restore them, and the broken files' lines."""
    images, failures = load_folder(args.folder)
    names = list(images)
    if args.kept_out:
        names = kept_out(names, args.network)
    for path in args.network:
        if has_learnt_from(names, path):
            print(
                f"warning: {path} seems to have trained on this folder; "
                "--kept_out leaves out what it has seen",
                file=sys.stderr,
            )
    for failure in failures:
        print(f"skipped: {failure}", file=sys.stderr)
    print(f"{len(names)} images from {args.folder}")
    return [truth(images[name]) for name in names], failures


def cost(path: Path) -> str:
    """Say what a network computes, where its card tells."""
    card = read_card(path)
    return f", {multiply_adds(card['network']):,} multiply-adds per pixel" if card else ""


def score_networks(
    args: argparse.Namespace, images: list[np.ndarray], passes: int = 1
) -> list[dict]:
    """Return the rows of every network; tables call them by number, as their names are long."""
    engines = [load_engine(path) for path in args.network]  # all can be read, before any works
    rows = []
    for n, (path, engine) in enumerate(zip(args.network, engines, strict=True), 1):
        print(f"network {n}: {path}{cost(path)}")
        methods = repairs(f"network {n}", engine, args.ensemble, passes)
        rows += evaluate(methods, images, args.scale, passes=passes, network=str(path))
    return rows


def report(rows: list[dict], csv_path: Path | None) -> None:
    """Print the table and write the CSV, if one was asked for."""
    print(f"\n{table(rows)}")
    if csv_path:
        write_csv(csv_path, rows)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument(
        "--loop",
        type=positive_int,
        default=1,
        help="passes in which a network reaches each factor f, each by its share f^(1/N)",
    )
    args = arguments.parse_args(argv)
    images, failures = load_images(args)
    rows = score_networks(args, images, args.loop)
    report(evaluate(stretches(), images, args.scale) + rows, args.csv)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
