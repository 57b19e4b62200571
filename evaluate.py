"""Score networks on a folder of images, beside plain interpolation: PSNR, SSIM, seconds per image.

    python3 evaluate.py NN/default.tflite dataset/creatures/
    python3 evaluate.py NN/best.tflite dataset/creatures/ --targets creatures_x2/ creatures_x4/

The first shrinks the images, laid on white, by kernels that makers of sprites use; the second takes
them as they are and compares with the true pictures of the same names. SSIM as in scikit-image.
"""

import argparse
import sys
from pathlib import Path

from srpoke.card import read_card
from srpoke.cli import Parser, enlarging, network_path, one_line_errors, user_path
from srpoke.engine import load
from srpoke.evaluation import (
    evaluate,
    has_learnt_from,
    kept_out,
    repairs,
    shrunk_sets,
    stretches,
    table,
    true_sets,
    write_csv,
)
from srpoke.kernels import KERNELS
from srpoke.metrics import Case, truth
from srpoke.network import multiply_adds
from srpoke.tools import load_folder

HELP_TARGETS = "folders of true enlargements, same names, for images that are small already"


def parser(description: str | None) -> Parser:
    """Return the parser of what every evaluation asks for."""
    parser = Parser(description)
    add = parser.add_argument
    add("network", type=network_path, nargs="+", metavar="NETWORK", help=".keras or .tflite file")
    add("folder", type=user_path, metavar="FOLDER", help="images to score on")
    add("--scale", type=enlarging, nargs="+", default=[2.0], help="factors to shrink by, above 1")
    add(
        "--kernel",
        choices=KERNELS,
        nargs="+",
        default=["box", "bicubic", "lanczos"],
        help="to shrink with",
    )
    add("--targets", type=user_path, nargs="+", help=HELP_TARGETS)
    add("--kept_out", action="store_true", help="only files that no given network trained on")
    add("--ensemble", action="store_true", help="score the mean of 8 views too (8 times slower)")
    add("--csv", type=user_path, metavar="PATH", help="also write the scores with all their digits")
    return parser


def load_sets(args: argparse.Namespace) -> tuple[dict[str, list[Case]], list[str]]:
    """Return what the methods are scored on, by name, and the lines of files left out."""
    images, failures = load_folder(args.folder)
    if args.kept_out:
        images = {name: images[name] for name in kept_out(list(images), args.network)}
    for path in [] if args.kept_out else args.network:
        if has_learnt_from(list(images), path):
            print(
                f"warning: {path} seems to have trained on this folder; "
                "--kept_out leaves out what it has seen",
                file=sys.stderr,
            )
    if args.targets:
        sets, refused = true_sets(images, args.targets)
        failures += refused
    else:
        truths = [truth(image) for image in images.values()]
        sets = shrunk_sets(truths, args.scale, args.kernel)
    for failure in failures:
        print(f"skipped: {failure}", file=sys.stderr)
    counts = ", ".join(f"{len(cases)} at {name}" for name, cases in sets.items())
    print(f"{args.folder}: {counts}")
    return sets, failures


def cost(path: Path) -> str:
    """Say what a network computes, where its card tells."""
    card = read_card(path)
    return f", {multiply_adds(card['network']):,} multiply-adds per pixel" if card else ""


def score_networks(args: argparse.Namespace, sets: dict[str, list[Case]]) -> list[dict]:
    """Return the rows of every network; tables call them by number, as their names are long."""
    engines = [load(path) for path in args.network]  # all can be read, before any works
    rows = []
    for n, (path, engine) in enumerate(zip(args.network, engines, strict=True), 1):
        print(f"network {n}: {path}{cost(path)}")
        methods = repairs(f"network {n}", engine, args.ensemble)
        rows += evaluate(methods, sets, network=str(path))
    return rows


def report(rows: list[dict], csv_path: Path | None) -> None:
    """Print the table and write the CSV, if one was asked for."""
    print(f"\n{table(rows)}")
    if csv_path:
        write_csv(csv_path, rows)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parser(__doc__).parse_args(argv)
    sets, failures = load_sets(args)
    rows = score_networks(args, sets)
    report(evaluate(stretches(), sets) + rows, args.csv)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
