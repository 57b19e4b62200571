"""Train the classifier by which a network leaves pictures that do not suit it to another one.

    python3 -m benchmarks.train_style dataset/sugimori/ --others drawings/ art/google art/clip_art

Learns to tell real sprites, as their makers drew them, from the pictures in other folders and from
sprites that are shrunk again. Writes NN/best.style.tflite, beside the network that is to ask.
"""

import argparse
import sys
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.train_style'")

from srpoke.arguments import Parser, network_path, positive_int, user_path
from srpoke.cli import complain, one_line_errors
from srpoke.engine import load
from srpoke.files import check_writable
from srpoke.folders import load_folder, short_names
from srpoke.metadata import style_file
from srpoke.style import check_alike

ASKS_HELP = "the one that is to ask"


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("sprites", type=user_path, metavar="SPRITES", help="folder with real sprites")
    add("--others", type=user_path, nargs="+", required=True, help="folders with other pictures")
    add("--network", type=network_path, default=Path("NN/best.tflite"), help=ASKS_HELP)
    add("--other", default="art", help="name of the one beside it, for other pictures")
    add("--n_epochs", type=positive_int, default=24, help="epochs, of 500 steps of 32 patches each")
    args = parser.parse_args(argv)
    if Path(args.other).name != args.other:
        parser.error(
            f"--other {args.other} is a path: the name of what lies beside --network will do"
        )
    return args


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    path = style_file(args.network)
    check_writable(path.parent)
    other = args.network.parent / f"{args.other}{args.network.suffix}"
    check_alike(load(args.network), load(other))
    sprites, failures = load_folder(args.sprites)
    others = {}
    for name, folder in zip(short_names(args.others), args.others, strict=True):
        others[name], more = load_folder(folder)
        failures += more
    for failure in failures:
        complain(f"skipped: {failure}")

    from srpoke.style_training import train_classifier

    shares = train_classifier(sprites, others, args.n_epochs, path, other.stem)
    for kind, share in shares.items():
        print(f"{kind}: {share:.3f} told right")
    print(f"writes: {path}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
