"""Draw who is ahead at which cost: PSNR against the time for one sprite, from a table of scores.

    python3 -m benchmarks.real NN/best.tflite --pairs pairs/ --held_out --baselines --csv real.csv
    python3 -m benchmarks.plot real.csv

The line joins the best that can be had in any time. Ours are what the table has from files.
"""

import argparse
import csv
import sys
from itertools import pairwise
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.plot'")

import numpy as np

from srpoke.arguments import Parser, enlarging, new_file, user_path
from srpoke.cli import one_line_errors
from srpoke.errors import UserError
from srpoke.files import replacing
from srpoke.metadata import NETWORK_SUFFIXES

SIZE, DPI = (8, 4.8), 200  # inches: text has its size in points where the picture is 800 px wide
SHORTEST = 0.1  # ms: what took less is drawn here
OURS, OTHERS, LINE = "#1f4fc4", "#5d6470", "#b9c6e6"
PLACES = {  # of a label beside its point, the best first: offset in points, and alignment
    (-6, 5): ("right", "bottom"),  # there the line never is
    (7, -5): ("left", "top"),
    (8, 0): ("left", "center"),
    (-7, -5): ("right", "top"),
}
AROUND = 6  # points: what a point takes up, each way


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("scores", type=user_path, metavar="CSV", help="what benchmarks/real.py wrote")
    add("--scale", type=enlarging, default=2.0, help="the enlargement to draw")
    add("--output", type=new_file, default=Path("img/speed.png"), help="file to write")
    return parser.parse_args(argv)


def read_scores(path: Path, scale: float) -> dict[str, tuple[float, float]]:
    """Return (milliseconds, dB) by method, the fastest first; UserError where there are none."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if float(row["scale"]) == scale]
        scores = {
            row["method"]: (max(1000 * float(row["seconds"]), SHORTEST), float(row["psnr"]))
            for row in rows
        }
    except (csv.Error, KeyError, TypeError, ValueError):
        raise UserError(f"{path} is no table of scores by benchmarks/real.py") from None
    if not scores:
        raise UserError(f"{path} has no scores at x{scale:g}")
    return dict(sorted(scores.items(), key=lambda item: item[1]))


def draw(scores: dict[str, tuple[float, float]], scale: float):
    """Return the plot, a figure of matplotlib."""
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

    figure = Figure(SIZE, dpi=DPI, layout="constrained")
    axes = figure.add_subplot(xscale="log")
    times, quality = np.transpose(list(scores.values()))
    corners = np.repeat(times, 2)[1:-1], np.repeat(np.maximum.accumulate(quality), 2)[:-2]
    axes.plot(*corners, color=LINE, zorder=1)
    own = [Path(name).suffix in NETWORK_SUFFIXES for name in scores]
    colours = [OURS if ours else OTHERS for ours in own]
    axes.scatter(times, quality, [90 if ours else 40 for ours in own], colours, zorder=2)
    axes.set_xlim(times.min() / 8, times.max() * 3)
    axes.set_ylim(quality.min() - 0.8, quality.max() + 0.8)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("milliseconds for one sprite on one core", fontsize=11)
    axes.set_ylabel(f"PSNR at {scale:g}x, dB", fontsize=11)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.draw_without_rendering()  # so that places are known
    taken = [
        Bbox([place, place]).padded(AROUND * DPI / 72)
        for place in axes.transData.transform(list(scores.values()))
    ]
    taken += map(Bbox, pairwise(axes.transData.transform(np.transpose(corners))))
    ours_first = sorted(zip(scores.items(), own, strict=True), key=lambda item: not item[1])
    for (name, point), ours in ours_first:
        style = {"color": OURS, "weight": "bold", "size": 12} if ours else {"color": OTHERS}
        label(axes, Path(name).stem if ours else name, point, taken, style)
    return figure


def label(axes, text: str, point: tuple[float, float], taken: list, style: dict) -> None:
    """Write a label beside a point, where it meets fewest of the boxes that are `taken`; add it."""
    note = axes.annotate(text, point, (0, 0), textcoords="offset points", **style)

    def put(offset: tuple[int, int]) -> int:
        note.xyann = offset
        note.set(ha=PLACES[offset][0], va=PLACES[offset][1])
        return note.get_window_extent().count_overlaps(taken)

    put(min(PLACES, key=put))
    taken.append(note.get_window_extent())


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    figure = draw(read_scores(args.scores, args.scale), args.scale)
    with replacing(args.output) as temporary:
        figure.savefig(temporary, metadata={"Software": None})
    print(args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
