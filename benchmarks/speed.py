"""Measure training and inference; speeds are ratios within one run, as machines and loads differ.

    python3 -m benchmarks.speed
    python3 -m benchmarks.speed --large NN/default.tflite
    python3 -m benchmarks.speed --cold NN/default.keras dataset/creatures/01_fox.png

The first compares a training step with the chip's matrix product, bfloat16 with float32, and the
making of a batch with a step. The second compares a large result with matrix products alone, and
shows what memory it takes. The third times whole processes, on TensorFlow and on OpenCV alone.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.speed'")

import numpy as np

from dataset.draw_creatures import draw_creature
from srpoke.arguments import Parser, network_path, user_path
from srpoke.cli import one_line_errors
from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.folders import load_folder
from srpoke.geometry import Planes
from srpoke.metadata import read_metadata
from srpoke.network import import_keras, multiply_adds
from srpoke.pipeline import upscale
from srpoke.recipe import Recipe, has_bfloat16
from srpoke.tools import flatten, to_bgra

ROOT = Path(__file__).parents[1]
ROUNDS = 5  # of each comparison, interleaved: A B A B
STEPS = 10  # in a row, of each round
MATRIX = 2048  # side of the product that shows the peak
LARGE, LARGE_ROUNDS = 4000, 3  # px: side of a large result, and how often it is made


def step_operations(recipe: Recipe) -> float:
    """Floating-point operations of a training step's convolutions, two per multiply-add.

    Every layer is counted at its true size, as unpadded ones shrink the patch. Backward costs two
    forward passes, but for the first layer, whose input needs no gradient.
    """
    size, channels, total = recipe.patch_size, Planes(recipe.phase, recipe.told).channels, 0
    filters = [*recipe.filters, 3]
    for i, (n, kernel) in enumerate(zip(filters, recipe.kernels, strict=True)):
        size -= kernel - 1
        total += (3 if i else 2) * size**2 * channels * n * kernel**2
        channels = n
    return 2.0 * total * recipe.batch_size


def middle_layer(recipe: Recipe) -> tuple[Callable[[], object], float]:
    """Return a convolution in the middle of the stack, to call, and its operations per call."""
    keras = import_keras()
    n = len(recipe.filters) // 2
    before, after, kernel = recipe.filters[n - 1], recipe.filters[n], recipe.kernels[n]
    size = recipe.patch_size - recipe.shrink // 2
    planes = keras.random.normal((recipe.batch_size, size, size, before))
    weights = keras.random.normal((kernel, kernel, before, after))

    def convolve():
        output = keras.ops.conv(planes, weights, padding="valid")
        return keras.ops.convert_to_numpy(output[0, 0, 0, 0])  # waits for it

    pixels = recipe.batch_size * (size - kernel + 1) ** 2
    return convolve, 2.0 * pixels * before * after * kernel**2


def fit_step(model, pairs) -> float:
    """Return the median time between steps inside of fit, which makes its batches meanwhile."""
    keras = import_keras()
    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: ends.append(time.perf_counter())
    )
    model.fit(pairs, steps_per_epoch=STEPS, callbacks=[clock], verbose=0)
    return statistics.median(np.diff(ends))


def seconds(action: Callable[[], object], repeats: int) -> float:
    """Return the mean time of a call."""
    started = time.perf_counter()
    for _ in range(repeats):
        action()
    return (time.perf_counter() - started) / repeats


def training_speed() -> None:
    """Print how a step of the default training relates to the peak, to bfloat16 and to its data."""
    keras = import_keras()
    from srpoke.network import build_network
    from srpoke.training import PatchPairs, compile_model

    recipe = Recipe()
    images, _ = load_folder(ROOT / "dataset" / "creatures")
    pairs = PatchPairs([to_bgra(image) for image in images.values()], [], recipe)
    batch = pairs[0]
    precisions = ["float32", "mixed_bfloat16"] if has_bfloat16() else ["float32"]
    models = {p: build_network(**recipe.network, dtype=p) for p in precisions}
    for model in models.values():
        compile_model(model, recipe.learning_rate, ROUNDS * STEPS)
    matrix = keras.random.normal((MATRIX, MATRIX))
    convolution, convolution_operations = middle_layer(recipe)
    actions = {
        "peak": lambda: keras.ops.convert_to_numpy(keras.ops.matmul(matrix, matrix)[0, 0]),
        "convolution": convolution,
        "data": lambda: pairs[0],
    }
    actions |= {p: partial(model.train_on_batch, *batch) for p, model in models.items()}
    times: dict[str, list[float]] = {name: [] for name in [*actions, "fit"]}
    for _ in range(ROUNDS + 1):
        for name, action in actions.items():
            times[name].append(seconds(action, STEPS))
        times["fit"].append(fit_step(models[precisions[-1]], pairs))
    time_of = {name: statistics.median(values[1:]) for name, values in times.items()}  # 0 compiles

    peak = 2 * MATRIX**3 / time_of["peak"]
    alone = convolution_operations / time_of["convolution"]
    reached = step_operations(recipe) / time_of["float32"]
    patches = f"{recipe.batch_size} x {recipe.patch_size} px"
    print(f"stack {recipe.filters} / {recipe.kernels}, {patches}")
    print(f"matrix product, float32: {peak / 1e9:.0f} GFLOP/s")
    print(f"a convolution of the stack: {alone / 1e9:.0f} GFLOP/s, {alone / peak:.2f} of the peak")
    print(f"whole training steps: {reached / 1e9:.0f} GFLOP/s, {reached / peak:.2f} of the peak")
    for precision in precisions:
        print(f"steps per second, {precision}: {1 / time_of[precision]:.2f}")
    if len(precisions) > 1:
        ratio = time_of["float32"] / time_of["mixed_bfloat16"]
        print(f"bfloat16 is {ratio:.2f} times as fast as float32")
    else:
        print("this processor has no bfloat16 instructions: only float32 is timed")
    step = time_of[precisions[-1]]
    print(f"making a batch takes {time_of['data'] / step:.2f} of a step's time")
    print(f"a step inside of fit, data and all, takes {time_of['fit'] / step:.2f} of a step's time")


def large_result(network: Path) -> None:
    """Print what an opaque result of LARGE px a side costs, beside matrix products alone.

    Of as many operations, in float32; and its memory beyond that of one sprite.
    """
    engine, metadata = load(network), read_metadata(network)
    if metadata is None:
        raise UserError(f"{network} does not say what its layers are")
    sprite = flatten(draw_creature(0))
    small = np.tile(sprite, (LARGE // 2 // min(sprite.shape[:2]) + 1,) * 2 + (1,))
    small = np.ascontiguousarray(small[: LARGE // 2, : LARGE // 2])
    upscale(engine, sprite, 2)
    before = peak_memory()
    matrix = np.ones((MATRIX, MATRIX), np.float32)
    products, results = [], []
    for _ in range(LARGE_ROUNDS):
        products.append(seconds(lambda: matrix @ matrix, STEPS) / (2 * MATRIX**3))
        results.append(seconds(lambda: upscale(engine, small, 2), 1))
    alone = statistics.median(products) * 2 * multiply_adds(metadata["network"]) * LARGE**2
    took, megapixels = statistics.median(results), LARGE**2 / 1e6
    print(f"{network.name}, a result of {LARGE}x{LARGE} px, opaque, median of {LARGE_ROUNDS}:")
    print(f"{1000 * took / megapixels:.0f} ms per megapixel", end=", ")
    print(f"{took / alone:.2f} times as long as its matrix products alone", end=", ")
    print(f"{(peak_memory() - before) / 1e6 / megapixels:.0f} MB per megapixel")


def peak_memory() -> float:
    """Return the most memory, in bytes, that this process has had so far; NaN on Windows."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak  # there in bytes, else in KiB


def cold_start(network: Path, image: Path) -> None:
    """Print how long whole processes of infer.py take with a `.keras` file and its export."""
    files = [network.with_suffix(suffix) for suffix in (".keras", ".tflite")]
    missing = [str(path) for path in [*files, image] if not path.is_file()]
    if missing:
        raise UserError(f"{', '.join(missing)} missing: both forms and an image are needed")
    times: dict[Path, list[float]] = {path: [] for path in files}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS + 1):
            for path in files:
                command = [sys.executable, ROOT / "infer.py", path, image, "--save_path", folder]
                run = partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
                times[path].append(seconds(run, 1))
    # the first of each fills the disk's cache
    keras_time, tflite_time = (statistics.median(times[path][1:]) for path in files)
    print(f"{image}, whole process, median of {ROUNDS}: .keras {keras_time:.2f} s", end=", ")
    print(f".tflite {tflite_time:.2f} s: {keras_time / tflite_time:.1f} times as fast")


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    parser = Parser(__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--large", type=network_path, metavar="NETWORK", help="that makes a result")
    cold = {"metavar": ("NETWORK", "IMAGE"), "help": "a .keras file and a sprite"}
    mode.add_argument("--cold", type=user_path, nargs=2, **cold)
    args = parser.parse_args(argv)
    if args.large:
        large_result(args.large)
    elif args.cold:
        cold_start(*args.cold)
    else:
        training_speed()
    return 0


if __name__ == "__main__":
    sys.exit(main())
