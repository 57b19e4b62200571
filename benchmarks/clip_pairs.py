"""Make pairs of clip art, which many hands drew: each small, and two and three times as large.

    apt-get download openclipart-svg
    dpkg-deb -x openclipart-svg*.deb clip_art/
    python3 -m benchmarks.clip_pairs clip_art/ --art art/clip_art --out clip_pairs/

Takes a folder with SVG files, public domain in this package. Picks some by a fixed seed, of those
that emoji_art.py leaves alone and that look like nothing in --art. Both sizes are drawn, on white.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.clip_pairs'")

import numpy as np

from benchmarks.emoji_art import ALIKE, look
from benchmarks.icons import SEED, SOME, load_renderer, render_file, shuffled_files
from srpoke.arguments import Parser, positive_int, user_path
from srpoke.cli import one_line_errors
from srpoke.errors import UserError
from srpoke.folders import load_readable
from srpoke.images import write_image
from srpoke.kernels import KERNELS
from srpoke.tools import degrade, flatten, to_float, to_integer

SIDE = 96  # px of the small pictures' longer side
SCALES = 1, 2, 3
FINE = 6  # times as large is what all sizes are made from
DRAWN = 0.2  # of a picture at least is not white


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("folder", type=user_path, metavar="FOLDER", help="with SVG files")
    add("--art", type=user_path, required=True, metavar="FOLDER", help="what was learnt from")
    add("--out", type=user_path, required=True, metavar="FOLDER", help="gets small/, x2/ and x3/")
    add("--count", type=positive_int, default=40, help="how many pairs")
    return parser.parse_args(argv)


def candidates(folder: Path, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what is drawn in the SVG files that are not learnt from, each by its name; uint8 BGR.

    What is not to be rendered is passed over, as is what is nearly white.
    """
    for path in shuffled_files(folder, rng)[SOME:]:
        with suppress(ValueError):
            picture = flatten(render_file(path, FINE * SIDE))
            if (picture.min(axis=2) < 250).mean() >= DRAWN:
                yield path.stem, picture


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    load_renderer()  # before any work
    looks = [look(image) for image in load_readable(args.art).values()]
    made = 0
    for name, picture in candidates(args.folder, np.random.default_rng(SEED)):
        if (np.stack(looks) @ look(picture)).max() > ALIKE:
            continue
        looks.append(look(picture))  # the same thing in other colours comes in series
        size = [max(1, round(n / FINE)) for n in picture.shape[:2]]
        for scale in SCALES:
            image = degrade(to_float(picture), *(scale * n for n in size), KERNELS["area"])
            place = args.out / (f"x{scale}" if scale > 1 else "small")
            write_image(place / f"{name}.png", to_integer(image))
        made += 1
        if made == args.count:
            break
    else:
        raise UserError(f"only {made} of {args.folder} can be pairs, --count {args.count}")
    print(f"{made} pairs in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
