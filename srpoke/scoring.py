"""What every command that scores networks on a folder does: options, images, rows, the table."""

import argparse
from pathlib import Path

from srpoke.arguments import NETWORK_HELP, Parser, enlarging, network_path, new_file, user_path
from srpoke.cli import complain, tell, tell_lines
from srpoke.engine import load
from srpoke.evaluation import (
    evaluate,
    has_learnt_from,
    held_out,
    repairs,
    shrunk_sets,
    table,
    true_sets,
    write_csv,
)
from srpoke.folders import load_folder
from srpoke.kernels import KERNELS
from srpoke.metadata import read_metadata
from srpoke.network import multiply_adds
from srpoke.protocol import Case, truth

KERNEL_HELP = f"kernels to shrink with: {', '.join(KERNELS)}"
HELP_TARGETS = "folders of true enlargements, same names, for images that are small already"


def parser(description: str | None) -> Parser:
    """Return the parser of what every evaluation asks for."""
    parser = Parser(description)
    add = parser.add_argument
    add("network", type=network_path, nargs="+", metavar="NETWORK", help=NETWORK_HELP)
    add("folder", type=user_path, metavar="FOLDER", help="images to score on")
    add("--scale", type=enlarging, nargs="+", default=[2.0], help="factors to shrink by, above 1")
    kernels = ["box", "bicubic", "lanczos"]
    add("--kernel", choices=KERNELS, nargs="+", metavar="KERNEL", default=kernels, help=KERNEL_HELP)
    add("--targets", type=user_path, nargs="+", help=HELP_TARGETS)
    add("--held_out", action="store_true", help="only files that no given network trained on")
    add("--ensemble", action="store_true", help="score the mean of 8 views too (8 times slower)")
    add("--csv", type=new_file, metavar="PATH", help="also write the scores with all their digits")
    return parser


def load_sets(args: argparse.Namespace) -> tuple[dict[str, list[Case]], list[str]]:
    """Return what the methods are scored on, by name, and the lines of files left out."""
    images, failures = load_folder(args.folder)
    if args.held_out:
        images = {name: images[name] for name in held_out(list(images), args.network)}
    for path in [] if args.held_out else args.network:
        if has_learnt_from(list(images), path):
            complain(
                f"warning: {path} seems to have trained on this folder; "
                "--held_out leaves out what it has seen"
            )
    if args.targets:
        sets, refused = true_sets(images, args.targets)
        failures += refused
    else:
        truths = [truth(image) for image in images.values()]
        sets = shrunk_sets(truths, args.scale, args.kernel)
    for failure in failures:
        complain(f"skipped: {failure}")
    counts = ", ".join(f"{len(cases)} at {name}" for name, cases in sets.items())
    tell(f"{args.folder}: {counts}")
    return sets, failures


def cost(path: Path) -> str:
    """Say what a network computes, where its metadata tells."""
    metadata = read_metadata(path)
    return f", {multiply_adds(metadata['network']):,} multiply-adds per pixel" if metadata else ""


def score_networks(args: argparse.Namespace, sets: dict[str, list[Case]]) -> list[dict]:
    """Return the rows of every network; tables call them by number, as their names are long."""
    engines = [load(path) for path in args.network]  # all can be read, before any works
    rows = []
    for n, (path, engine) in enumerate(zip(args.network, engines, strict=True), 1):
        tell(f"network {n}: {path}{cost(path)}")
        methods = repairs(f"network {n}", engine, args.ensemble)
        rows += evaluate(methods, sets, network=str(path))
    return rows


def report(rows: list[dict], csv_path: Path | None) -> None:
    """Print the table and write the CSV, if one was asked for."""
    tell_lines(f"\n{table(rows)}")
    if csv_path:
        write_csv(csv_path, rows)
