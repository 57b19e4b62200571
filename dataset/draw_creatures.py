"""Draw original watercolour creatures as small RGBA sprites, at any size.

Every creature is a list of vector parts (splines, limbs, tapered pen lines) in continuous
coordinates, so the same animal can be rendered small, as a test sprite, and large, as the true
high-resolution picture of that sprite. Run as a script, it writes ``01_fox.png``,
``02_dragon.png``, ...: the number is the index plus one, the word is the body plan.

    python3 -m dataset.draw_creatures --count 48 --save_path dataset/creatures/
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m dataset.draw_creatures'")

import cv2
import numpy as np

from dataset.drawing.painting import enlarge, paint_part
from dataset.drawing.parts import Part, Sketch
from dataset.drawing.plans import COMMON, IRISES, PALETTES, PLANS
from dataset.drawing.script import perform
from srpoke.arguments import Parser, number, positive_int, user_path
from srpoke.cli import one_line_errors
from srpoke.files import replacing

MARGIN = 2  # transparent pixels around the drawing at scale 1
SMALLEST_FILE = (cv2.IMWRITE_PNG_COMPRESSION, 9)


def hidden_colour(index: int, size: tuple[int, int]) -> np.ndarray:
    """Loud bands (H, W, 3) uint8 for the transparent pixels, to show colour that bleeds."""
    x, y = np.meshgrid(*((np.arange(n) + 0.5) / n for n in size[::-1]))
    waves = [np.sin((7 + i) * x + (11 - 2 * i) * y + index + 2 * i) for i in range(3)]
    return (np.stack(waves, -1) > 0).astype(np.uint8) * 205 + 25


def sketch(index: int, rng: np.random.Generator) -> list[Part]:
    """The parts of a creature from back to front, its feet on y = 0."""
    turn, plan = divmod(index, len(PLANS))
    palettes = PALETTES.split(",")
    palette = palettes[(plan * 5 + turn * 7) % len(palettes)].split()
    names = COMMON | dict(zip(("main", "light", "accent"), palette, strict=True))
    names["iris"] = IRISES[(plan + turn * 2) % len(IRISES)]
    s = Sketch(rng, turn, {n: np.array([*bytes.fromhex(c)][::-1]) / 255 for n, c in names.items()})
    for name in ("main", "light", "accent"):
        s.colours[name] = (s.colours[name] * rng.uniform(0.96, 1.04, 3)).clip(0, 1)
    perform(s, list(PLANS.values())[plan])
    # one animal is slimmer, taller or leans more than another, and some face to the right
    flip = rng.choice([1, 1, -1])
    frame = [
        [flip * rng.uniform(0.95, 1.05), 0],
        [rng.uniform(-0.05, 0.05), rng.uniform(0.95, 1.06)],
    ]
    for part in s.parts:
        part.path = part.path @ frame
        part.marks = [(path @ frame, *rest) for path, *rest in part.marks]
        if part.root is not None:
            part.root = np.r_[part.root[:2] @ frame, part.root[2]]
    return s.parts


def draw_creature(index: int, scale: float = 1.0) -> np.ndarray:
    """Draw creature number index (0, 1, ...: any number works), the same one at every scale.

    Returns uint8 (H, W, 4), BGRA, straight alpha; the longer side is 100 to 200 pixels at scale 1,
    and each side is floor(side * scale + 0.5). Fully transparent pixels hold arbitrary colours.
    """
    if not 0 < scale < float("inf"):
        raise ValueError(f"scale must be positive and finite, got {scale}")
    rng = np.random.default_rng(index)
    parts = sketch(index, rng)
    points = np.vstack([part.path for part in parts])
    low, high = points.min(0) - 0.8, points.max(0) + 0.8
    unit = (rng.integers(110, 196) - 2 * MARGIN) / (high - low).max()  # pixels at scale 1
    corner = np.array([low[0] - MARGIN / unit, high[1] + MARGIN / unit])
    width, height = np.ceil((high - low) * unit - 1e-6) + 2 * MARGIN
    size = max(int(height * scale + 0.5), 1), max(int(width * scale + 0.5), 1)

    fine = 4 if scale < 2 else 3 if scale < 4 else 2
    k = unit * scale * fine
    canvas = np.zeros((size[0] * fine, size[1] * fine, 4), np.float32)
    grain = np.zeros(canvas.shape[:2], np.float32)
    for cells in (0.08, 0.3):  # two sizes of pigment cloud; the blur hides the lattice
        blots = cv2.GaussianBlur(rng.normal(size=(48, 48)).astype(np.float32), (0, 0), 0.9) * 2.4
        grain += enlarge(blots, canvas.shape[:2], cells / k, np.ones(2))
    for part in parts:
        paint_part(part, canvas, grain, k, corner)
    canvas = cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_AREA)
    canvas[..., :3] /= np.maximum(canvas[..., 3:], 1e-4)
    image = np.round(canvas.clip(0, 1) * 255).astype(np.uint8)
    empty = image[..., 3] == 0
    image[empty, :3] = hidden_colour(index, size)[empty]
    return image


def file_name(index: int) -> str:
    return f"{index + 1:02d}_{list(PLANS)[index % len(PLANS)]}.png"


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    parser = Parser("Draw original watercolour creatures as sprites.")
    add = parser.add_argument
    add("--first", type=positive_int, default=1, help="number of the first creature")
    add("--count", type=positive_int, default=48, help="how many creatures")
    scale = number(float, 0, inclusive=False, high=100)
    add("--scale", type=scale, default=1.0, help="size factor, such as 4 or 1.5")
    add("--save_path", type=user_path, default=Path("dataset/creatures/"), help="folder")
    args = parser.parse_args(argv)
    for index in range(args.first - 1, args.first - 1 + args.count):
        png = cv2.imencode(".png", draw_creature(index, args.scale), SMALLEST_FILE)[1]
        with replacing(args.save_path / file_name(index)) as temporary:
            temporary.write_bytes(png.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
