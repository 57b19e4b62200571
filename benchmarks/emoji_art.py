"""Make training art of emoji and other vectors, without the emoji that are kept for judging.

    python3 -m benchmarks.emoji_art noto/ google/ clip_art/ --pairs emoji_pairs/ --out art/

Takes npm packages, unpacked: benchmarks/icons.py says how; and folders with SVG files, such as
Debian's package openclipart-svg. Writes a folder of PNGs for each: the vectors of an Iconify
package, and some of the SVG files, at random sizes, the small PNGs of emoji-datasource-google as
they are. What looks like one of the pairs is left out, and what has its name in an Iconify package.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.emoji_art'")

import cv2
import numpy as np

from benchmarks.icons import (
    SEED,
    SMALL,
    SOME,
    has,
    load_drawings,
    load_renderer,
    render,
    render_file,
    shuffled_files,
    small_files,
)
from srpoke.arguments import Parser, user_path
from srpoke.cli import one_line_errors
from srpoke.folders import load_readable
from srpoke.images import read_image, write_image
from srpoke.tools import flatten

SIDES = 128, 400  # px: of the longer side, drawn evenly
LOOK = 64  # px: at which two emoji are compared
ALIKE = 0.85  # correlation of greys: above, they look alike, as hearts of two colours do
Named = tuple[str, np.ndarray]  # an emoji, uint8 BGRA


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("package", type=user_path, nargs="+", metavar="PACKAGE", help="npm package, or SVG files")
    add("--pairs", type=user_path, required=True, metavar="FOLDER", help="of emoji_pairs.py")
    add("--out", type=user_path, required=True, metavar="FOLDER", help="gets a folder for each")
    return parser.parse_args(argv)


def look(image: np.ndarray) -> np.ndarray:
    """Return what an image looks like, in grey on white: LOOK^2 numbers of mean 0 and length 1."""
    grey = cv2.cvtColor(flatten(image), cv2.COLOR_BGR2GRAY).astype(np.float32)
    grey = cv2.resize(grey, (LOOK, LOOK), interpolation=cv2.INTER_AREA).ravel()
    grey -= grey.mean()
    return grey / max(np.linalg.norm(grey), 1e-6)


def rendered(package: Path, known: set[str], rng: np.random.Generator) -> Iterator[Named]:
    """Yield the vectors of a package, but for `known` names, each at a size of its own."""
    for name, drawing in load_drawings(package).items():
        side = int(rng.integers(*SIDES, endpoint=True))
        if name not in known:
            yield name, render(drawing.svg, side)


def some_files(folder: Path, rng: np.random.Generator) -> Iterator[Named]:
    """Yield some SVG files of a folder and those inside it, each at a size of its own.

    What is not to be rendered is passed over.
    """
    for path in shuffled_files(folder, rng)[:SOME]:
        side = int(rng.integers(*SIDES, endpoint=True))
        with suppress(ValueError):
            yield path.stem, render_file(path, side)


def as_shipped(package: Path) -> Iterator[Named]:
    """Yield the small PNGs of a package, by the code of their emoji: it knows no other names."""
    for code, path in small_files(package).items():
        yield code, read_image(path)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    load_renderer()  # before any work
    pairs = load_readable(args.pairs / "small")
    known, looks = {Path(name).stem for name in pairs}, np.stack([*map(look, pairs.values())])
    for package in args.package:
        rng = np.random.default_rng(SEED)
        if has(package, SMALL):
            drawn = as_shipped(package)
        elif has(package, "icons.json"):
            drawn = rendered(package, known, rng)
        else:
            drawn = some_files(package, rng)
        written = alike = 0
        for name, image in drawn:
            if (looks @ look(image)).max() > ALIKE:
                alike += 1
                continue
            write_image(args.out / package.name / f"{name}.png", image)
            written += 1
        print(f"{written} in {args.out / package.name}; {alike} look like one of {args.pairs}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
