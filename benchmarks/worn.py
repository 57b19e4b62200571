"""Score what small pictures of the web have been through: JPEG, and palettes.

    python3 -m benchmarks.worn NN/best.tflite NN/art.tflite --pairs pairs/ --held_out --baselines

Takes the pairs of real_pairs.py or emoji_pairs.py at scale 2. Prints each method's mean RGB PSNR in
dB, for the small pictures as they are and saved so; waifu2x also with its noise removal.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.worn'")

import numpy as np
from PIL import Image

from benchmarks.baselines import CUNET, UPCONV7, ncnn_model, use_one_core
from benchmarks.real import arguments, load_pairs
from srpoke.cli import one_line_errors
from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.evaluation import markdown
from srpoke.jpeg import as_jpeg
from srpoke.metrics import psnr
from srpoke.progress import track
from srpoke.protocol import Method, interpolate, repair
from srpoke.tools import to_float, to_integer

SCALE = 2.0
QUALITIES = 90, 75, 50
COLOURS = 256, 64, 24
Wear = Callable[[np.ndarray], np.ndarray]  # uint8 BGR -> the same, after it was saved
NOISE = "models-cunet/noise{}_scale2.0x_model"
BASELINES = {
    "waifu2x UpConv7": UPCONV7,
    "waifu2x CUnet": CUNET,
    "waifu2x CUnet noise1": CUNET._replace(file=NOISE.format(1)),
    "waifu2x CUnet noise2": CUNET._replace(file=NOISE.format(2)),
}


def palette(image: np.ndarray, colours: int, dither: bool) -> np.ndarray:
    """Give a uint8 BGR image so few colours, by median cut, as programs that write GIF do."""
    method = Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
    whole = Image.fromarray(np.ascontiguousarray(image[..., ::-1]))
    few = whole.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few = whole.quantize(palette=few, dither=method) if dither else few
    return np.asarray(few.convert("RGB"))[..., ::-1]


def wears() -> dict[str, Wear]:
    """Return what is done to the small pictures, by the head of its column."""
    found: dict[str, Wear] = {"as it is": lambda image: image}
    found |= {f"JPEG {quality}": partial(as_jpeg, quality=quality) for quality in QUALITIES}
    for colours in COLOURS:
        found[f"{colours} colours"] = partial(palette, colours=colours, dither=False)
        found[f"{colours}, dithered"] = partial(palette, colours=colours, dither=True)
    return found


def baseline_methods() -> dict[str, Method]:
    """Return other upscalers by name; UserError says what is missing."""
    try:
        models = {name: ncnn_model(model) for name, model in BASELINES.items()}
    except ImportError as error:
        raise UserError(f"{error}; pip install -r benchmarks/requirements.txt") from None
    return {name: partial(run_baseline, model) for name, model in models.items()}


def run_baseline(model: Callable, small: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Enlarge by a doubler; its result, not the time that it took."""
    return model(small)[0]


def row(method: Method, small: list[np.ndarray], truths: list[np.ndarray]) -> list[str]:
    """Return a method's mean PSNR under each wear."""
    cells = []
    for wear in wears().values():
        worn = (to_float(wear(to_integer(image))) for image in small)
        results = (to_integer(method(w, t.shape[:2])) for w, t in zip(worn, truths, strict=True))
        cells.append(np.mean([psnr(r, t) for r, t in zip(results, truths, strict=True)]))
    return [f"{cell:.2f}" for cell in cells]


def parse(argv: list[str] | None) -> argparse.Namespace:
    return arguments(__doc__).parse_args(argv)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    use_one_core()
    pairs = load_pairs(args).get(SCALE)
    if not pairs:
        raise UserError(f"{args.pairs} has no folder x2")
    methods = {"bicubic": interpolate("bicubic")} | (baseline_methods() if args.baselines else {})
    methods |= {path.name: repair(load(path)) for path in args.network}
    lines = [["method", *wears()]]
    for name in track(list(methods), "method"):
        lines.append([name, *row(methods[name], *zip(*pairs.values(), strict=True))])
    print(f"\n{markdown(lines)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
