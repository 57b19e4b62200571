"""Make real pairs: sprites as they are, and the drawing each was made from as its true enlargement.

    python3 -m benchmarks.real_pairs dataset/sugimori/ drawings/ --out pairs/ --scale 1.5 2 2.5 3
    python3 -m benchmarks.real_pairs dataset/sugimori/ drawings/ --out pairs/ --names 1 4 25

Writes pairs/small/<name>.png and pairs/x<scale>/<name>.png, on white. A sprite and its drawing have
the same number or name: 3.png and 003.webp. What was found is kept in pairs/affines.json.
"""

import argparse
import json
import sys
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.real_pairs'")

import numpy as np

from srpoke.arguments import Parser, enlarging, user_path
from srpoke.cli import complain, one_line_errors, tell
from srpoke.errors import BadImage, UserError
from srpoke.files import replacing
from srpoke.folders import list_images
from srpoke.images import read_image, write_image
from srpoke.record import checksum_of
from srpoke.registration import register, true_picture
from srpoke.targets import same_picture, within_reach
from srpoke.tools import flatten

AFFINES = "affines.json"  # [[a, b, c], [d, e, f]] by both files' checksums, or why none was found


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__.splitlines()[0])
    add = parser.add_argument
    add("sprites", type=user_path, metavar="SPRITES", help="folder of small images")
    add("drawings", type=user_path, metavar="ART", help="folder of larger ones, same names")
    add("--out", type=user_path, required=True, metavar="FOLDER", help="where the pairs go")
    add("--scale", type=enlarging, nargs="+", default=[1.5, 2.0, 2.5, 3.0], help="above 1")
    add("--names", nargs="+", help="only these sprites, without ending")
    return parser.parse_args(argv)


def both_files(args: argparse.Namespace) -> dict[str, tuple[Path, Path]]:
    """Return the files of each sprite that has a drawing, by its stem, in order of the names."""
    drawings = {same_picture(path.name): path for path in list_images(args.drawings)}
    sprites = {path.stem: path for path in list_images(args.sprites)}
    unknown = set(args.names or []) - set(sprites)
    if unknown:
        raise UserError(f"{args.sprites} has no sprite called {', '.join(sorted(unknown))}")
    pairs = {
        name: (path, drawings[same_picture(path.name)])
        for name, path in sprites.items()
        if same_picture(path.name) in drawings and name in (args.names or sprites)
    }
    if not pairs:
        raise UserError(f"no sprite of {args.sprites} has a drawing in {args.drawings}")
    return pairs


def read_affines(path: Path) -> dict[str, list | str]:
    """Return what earlier runs found; UserError where the file is damaged."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise UserError(f"{path} is damaged; without it, all pairs are registered anew") from None


def key_of(sprite: Path, drawing: Path) -> str:
    """Return what both files are known by in AFFINES, however they are called."""
    return f"{checksum_of(sprite)} {checksum_of(drawing)}"


def affine_or_reason(small: np.ndarray, large: np.ndarray) -> list | str:
    """Return the affine as lists, or why there is none."""
    try:
        return register(small, large).tolist()
    except ValueError as error:
        return str(error)


def usable(found: list | str, scales: list[float]) -> tuple[np.ndarray, list[float]]:
    """Return an affine, and the scales that it allows; ValueError says why there are none."""
    if isinstance(found, str):
        raise ValueError(found)
    affine = np.array(found)
    return affine, within_reach(affine, scales)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    files = both_files(args)
    kept, made = args.out / AFFINES, 0
    affines = read_affines(kept) if kept.exists() else {}
    for name, paths in files.items():
        try:
            small, large = map(read_image, paths)
        except BadImage as error:
            complain(f"skipped: {error}")
            continue
        key = key_of(*paths)
        if key not in affines:
            affines[key] = affine_or_reason(small, large)
            with replacing(kept) as temporary:  # at once: the search takes longest
                temporary.write_text(json.dumps(affines, indent=0), encoding="utf-8")
        try:
            affine, scales = usable(affines[key], args.scale)
        except ValueError as reason:
            tell(f"refused {name}: {reason}")
            continue
        write_image(args.out / "small" / f"{name}.png", flatten(small))
        for scale in scales:
            truth = true_picture(small, large, affine, scale)
            write_image(args.out / f"x{scale:g}" / f"{name}.png", truth)
        made += 1
    tell(f"{made} of {len(files)} sprites with a drawing are pairs in {args.out}")
    return 0 if made else 1


if __name__ == "__main__":
    sys.exit(main())
