"""Score networks on transparent sprites, laid on grounds of several colours.

    python3 -m benchmarks.transparent NN/best.tflite dataset/sugimori/ drawings/ --pairs pairs/

The truth is the drawing with its own transparency, in the sprite's colours; `real_pairs.py` found
its place, and kept it in pairs/affines.json. Opaque sprites and drawings are left out.
"""

import argparse
import sys

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.transparent'")

import cv2
import numpy as np

from benchmarks.baselines import use_one_core
from benchmarks.real_pairs import AFFINES, both_files, key_of, read_affines, usable
from srpoke.alpha import TINY, composite
from srpoke.arguments import Parser, enlarging, network_path, user_path
from srpoke.cli import one_line_errors
from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.evaluation import held_out, markdown
from srpoke.geometry import resize
from srpoke.images import read_image
from srpoke.metrics import psnr
from srpoke.pipeline import upscale
from srpoke.registration import match_colours, on_grid, on_white, recolour
from srpoke.tools import to_bgra, to_float, to_integer

GROUNDS = {"white": (1, 1, 1), "black": (0, 0, 0), "green": (0.24, 0.7, 0.24), "grey": (0.5,) * 3}


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__.splitlines()[0])
    add = parser.add_argument
    add("network", type=network_path, nargs="+", metavar="NETWORK", help=".keras or .tflite file")
    add("sprites", type=user_path, metavar="SPRITES", help="folder of small images")
    add("drawings", type=user_path, metavar="ART", help="folder of larger ones, same names")
    add("--pairs", type=user_path, required=True, metavar="FOLDER", help="what real_pairs.py wrote")
    add("--scale", type=enlarging, default=2.0, help="above 1")
    add("--names", nargs="+", help="only these sprites, without ending")
    add("--held_out", action="store_true", help="only files that no given network trained on")
    return parser.parse_args(argv)


def true_bgra(small: np.ndarray, large: np.ndarray, affine: np.ndarray, scale: float) -> np.ndarray:
    """Return what enlarging a transparent sprite should give, as float BGRA (H, W, 4).

    `srpoke.registration.true_picture` with the transparency of the large picture, of a sprite
    without a drop shadow: those that have one are opaque.
    """
    picture, size = to_float(to_bgra(large)), small.shape[:2]
    colour_map, low, _ = match_colours(on_white(small), on_white(large), affine)
    clear = on_grid(1 - picture[..., 3], affine, size, scale)[..., None]  # all is, beyond its sides
    opacity = 1 - clear
    colours = on_grid(on_white(large), affine, size, scale) - clear
    colours = recolour(colours / np.maximum(opacity, TINY), colour_map)
    colours += cv2.resize(low, colours.shape[1::-1])
    return np.dstack([colours, opacity]).clip(0, 1)


def load_truths(args: argparse.Namespace) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return sprites, uint8 BGRA, and their truths; UserError where there are none."""
    affines, files = read_affines(args.pairs / AFFINES), both_files(args)
    known = {paths[0].name for paths in files.values()}
    if args.held_out:
        known = set(held_out(sorted(known), args.network))
    found = []
    for sprite, drawing in (paths for paths in files.values() if paths[0].name in known):
        small, large = read_image(sprite), read_image(drawing)
        if any(np.ptp(to_bgra(image)[..., 3]) == 0 for image in (small, large)):
            continue
        try:
            place = affines.get(key_of(sprite, drawing), "not registered")
            affine, _ = usable(place, [args.scale])
        except ValueError:
            continue
        found.append((small, true_bgra(small, large, affine, args.scale)))
    if not found:
        raise UserError(f"{args.pairs} knows no transparent sprite of {args.sprites}")
    return found


def stretch(small: np.ndarray, scale: float, size: tuple[int, int]) -> np.ndarray:
    """Return a sprite enlarged by bicubic interpolation, colours weighed by alpha."""
    pixels = to_float(small)
    pixels[..., :3] *= pixels[..., 3:]
    large = resize(pixels, *size, "bicubic")
    large[..., :3] /= np.maximum(large[..., 3:], TINY)
    return large.clip(0, 1)


def scores(results: list[np.ndarray], truths: list[np.ndarray]) -> list[float]:
    """Return the mean PSNR in dB of float BGRA results on each of GROUNDS."""
    pairs = list(zip(results, truths, strict=True))
    return [
        float(np.mean([psnr(*(to_integer(composite(i, g)) for i in pair)) for pair in pairs]))
        for g in GROUNDS.values()
    ]


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    use_one_core()
    found = load_truths(args)
    small, truths = zip(*found, strict=True)
    engines = [load(path) for path in args.network]  # all can be read, before any works
    print(f"{len(found)} transparent sprites of {args.sprites}, x{args.scale:g}\n")
    plain = [stretch(i, args.scale, truth.shape[:2]) for i, truth in found]
    rows = [["bicubic", *scores(plain, truths)]]
    for path, engine in zip(args.network, engines, strict=True):
        results = [to_float(upscale(engine, image, args.scale)) for image in small]
        rows.append([path.name, *scores(results, truths)])
    lines = [[name, *(f"{value:.2f}" for value in values)] for name, *values in rows]
    print(markdown([["method", *(f"dB on {ground}" for ground in GROUNDS)], *lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
