"""Score networks, plain interpolation and other upscalers on real pairs, at every scale found.

    python3 -m benchmarks.real NN/art.tflite NN/best.tflite --pairs pairs/ --held_out --baselines
    python3 -m benchmarks.real NN/best.tflite --pairs pairs/ --csv real.csv

`real_pairs.py` makes the folder. ms is processor time on one core, of each image's second call.
Columns edge, lines, fine (best 1) and ring (best 0): see srpoke/line_metrics.py.
"""

import argparse
import sys
from functools import partial

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.real'")

import numpy as np

from benchmarks.baselines import (
    Baseline,
    best_resize,
    means,
    open_baselines,
    own_factor,
    similarity,
    use_one_core,
    warm,
)
from srpoke.arguments import Parser, is_number, network_path, new_file, user_path
from srpoke.cli import one_line_errors
from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.evaluation import held_out, markdown, write_csv
from srpoke.folders import load_readable
from srpoke.line_metrics import line_scores
from srpoke.protocol import Method, interpolate, repair
from srpoke.tools import to_float, to_integer

STRETCHES = ("nearest", "bicubic", "lanczos4")
Pairs = dict[float, dict[str, tuple[np.ndarray, np.ndarray]]]  # small, float; truth; by scale, name


def arguments(text: str) -> Parser:
    """Return the parser of what is needed to score networks on pairs."""
    parser = Parser(text.splitlines()[0])
    add = parser.add_argument
    add("network", type=network_path, nargs="+", metavar="NETWORK", help=".keras or .tflite file")
    add("--pairs", type=user_path, required=True, metavar="FOLDER", help="what real_pairs.py wrote")
    add("--held_out", action="store_true", help="only files that no given network trained on")
    add("--baselines", action="store_true", help="other upscalers too: benchmarks/requirements.txt")
    return parser


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = arguments(__doc__)
    add = parser.add_argument
    add("--csv", type=new_file, metavar="PATH", help="also write the scores with all their digits")
    return parser.parse_args(argv)


def load_pairs(args: argparse.Namespace) -> Pairs:
    """Return small images and their truths; UserError where there are none."""
    small = load_readable(args.pairs / "small")
    names = held_out(list(small), args.network) if args.held_out else list(small)
    pairs: Pairs = {}
    folders = {path.name[1:]: path for path in args.pairs.glob("x*") if path.is_dir()}
    for scale in sorted(filter(is_number, folders), key=float):
        truths = load_readable(folders[scale])  # not of all: some drawings are too small for it
        known = [name for name in names if name in truths]
        if known:
            pairs[float(scale)] = {name: (to_float(small[name]), truths[name]) for name in known}
    if not pairs:
        raise UserError(f"{args.pairs} has no truths, such as x2/{names[0]}")
    counts = ", ".join(f"{len(those)} at x{scale:g}" for scale, those in pairs.items())
    print(f"real pairs from {args.pairs}: {counts}")
    return pairs


def measure(result: np.ndarray, truth: np.ndarray, scale: float) -> dict[str, float]:
    """Return every score of a result, uint8 BGR."""
    return {**similarity(result, truth), **line_scores(result, truth, scale)}


def score_method(name: str, method: Method, pairs: Pairs) -> list[dict]:
    """Return a row of scores for each scale, of a method that knows any size."""
    rows = []
    for scale, those in pairs.items():
        scores = []
        for image, truth in those.values():
            result, seconds = warm(method)(image, truth.shape[:2])
            scores.append({**measure(to_integer(result), truth, scale), "seconds": seconds})
        rows.append({"scale": scale, "method": name, "images": len(those), **means(scores)})
    return rows


def score_baseline(name: str, baseline: Baseline, pairs: Pairs) -> list[dict]:
    """Return a row of scores for each scale, from its own factors, resized where needed."""
    enlarged = {}  # by factor and image: one result serves several scales
    rows = []
    for scale, those in pairs.items():
        own = own_factor(baseline, scale)
        for image_name, (image, _) in those.items():
            if (own, image_name) not in enlarged:
                enlarged[own, image_name] = baseline[own](image)
        results = [enlarged[own, image_name] for image_name in those]
        score = partial(measure, scale=scale)
        resize, scores = best_resize(results, [truth for _, truth in those.values()], score)
        if resize:
            print(f"{name}: x{scale:g} is its x{own} output resized by {resize}")
        rows.append({"scale": scale, "method": name, "images": len(those), **scores})
    return rows


def table(rows: list[dict]) -> str:
    """Lay rows out as aligned Markdown, scale by scale."""
    lines = [["scale", "method", "dB", "SSIM", "edge", "lines", "fine", "ring", "ms"]]
    for row in sorted(rows, key=lambda row: row["scale"]):
        shares = [f"{row[key]:.2f}" for key in ("edge", "lines", "fine", "ring")]
        lines.append(
            [f"x{row['scale']:g}", row["method"], f"{row['psnr']:.2f}", f"{row['ssim']:.4f}"]
            + [*shares, f"{1000 * row['seconds']:.0f}"]
        )
    return markdown(lines, names=2)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    use_one_core()
    pairs = load_pairs(args)
    engines = [load(path) for path in args.network]  # all can be read, before any works
    rows = []
    for name in STRETCHES:
        rows += score_method(name, interpolate(name), pairs)
    if args.baselines:
        for name, baseline in open_baselines().items():
            rows += score_baseline(name, baseline, pairs)
    for path, engine in zip(args.network, engines, strict=True):
        rows += score_method(path.name, repair(engine), pairs)
    print(f"\n{table(rows)}")
    if args.csv:
        write_csv(args.csv, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
