"""Make pairs of emoji: 64 px PNGs as they are, and the same drawings, rendered, as their truth.

    python3 -m benchmarks.emoji_pairs google/ noto/ --out emoji_pairs/
    python3 -m benchmarks.real NN/default.tflite NN/best.tflite --pairs emoji_pairs/ --baselines

Takes two npm packages, unpacked: benchmarks/icons.py says how. Writes small/ and x<scale>/ as
`real_pairs.py` does, on white, of a fixed draw from the emoji that both packages draw alike.
"""

import argparse
import sys

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.emoji_pairs'")

import numpy as np

from benchmarks.icons import SEED, bare, load_drawings, load_renderer, render, small_files
from srpoke.arguments import Parser, enlarging, positive_int, user_path
from srpoke.cli import one_line_errors
from srpoke.errors import UserError
from srpoke.images import read_image, write_image
from srpoke.registration import on_grid, on_white, search
from srpoke.tools import flatten, to_integer

SIDE = 768  # px: of the drawing that is brought onto the grid of the small picture
MIN_CORRELATION = 0.999  # of the two: below, something was drawn anew
MAX_DIFFERENCE = 5 / 255  # root mean square, at the small size: above, it was coloured anew


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("small", type=user_path, metavar="GOOGLE", help="npm's emoji-datasource-google, unpacked")
    add("vectors", type=user_path, metavar="NOTO", help="npm's @iconify-json/noto, unpacked")
    add("--out", type=user_path, required=True, metavar="FOLDER", help="where the pairs go")
    add("--scale", type=enlarging, nargs="+", default=[2.0, 3.0], help="above 1")
    add("--count", type=positive_int, default=40, help="pairs to draw")
    return parser.parse_args(argv)


def true_pictures(
    small: np.ndarray, drawing: np.ndarray, scales: list[float]
) -> list[np.ndarray] | None:
    """Return the drawing on the small picture's own grid at each scale; None if they differ.

    uint8 BGR on white, in the drawing's own colours: they are the small picture's, to a grey level.
    """
    sprite, picture = on_white(small), on_white(drawing)
    correlation, affine = search(sprite, picture)
    if correlation < MIN_CORRELATION:
        return None
    size = sprite.shape[:2]
    if np.sqrt(np.square(on_grid(picture, affine, size, 1) - sprite).mean()) > MAX_DIFFERENCE:
        return None
    return [to_integer(on_grid(picture, affine, size, scale)) for scale in scales]


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    load_renderer()  # before any work
    files = small_files(args.small)
    drawings = {
        name: drawing
        for name, drawing in load_drawings(args.vectors).items()
        if bare(drawing.code) in files
    }
    made = refused = 0
    for name in np.random.default_rng(SEED).permutation(list(drawings)):
        small = read_image(files[bare(drawings[name].code)])
        truths = true_pictures(small, render(drawings[name].svg, SIDE), args.scale)
        if truths is None:
            refused += 1
            continue
        write_image(args.out / "small" / f"{name}.png", flatten(small))
        for scale, truth in zip(args.scale, truths, strict=True):
            write_image(args.out / f"x{scale:g}" / f"{name}.png", truth)
        made += 1
        if made == args.count:
            break
    else:
        of = len(drawings)
        raise UserError(f"only {made} of {of} emoji are drawn alike, --count {args.count}")
    print(f"{made} pairs in {args.out}; {refused} that were drawn were not drawn alike")
    return 0


if __name__ == "__main__":
    sys.exit(main())
