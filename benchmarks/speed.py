"""Measure training and inference; speeds are ratios within one run, as machines and loads differ.

    python3 -m benchmarks.speed
    python3 -m benchmarks.speed --race my_sprites/ --minutes 20
    python3 -m benchmarks.speed --cold NN/default.keras dataset/creatures/01_fox.png

The first compares a training step with the chip's matrix product, bfloat16 with float32, and the
making of a batch with a step. The second trains until the quality of the original's networks, by
its recipe and by ours. The third times whole processes, on TensorFlow and on OpenCV alone.
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

from srpoke.arguments import Parser, positive_float
from srpoke.cli import one_line_errors
from srpoke.course import Settings
from srpoke.errors import UserError
from srpoke.folders import load_folder
from srpoke.geometry import Planes
from srpoke.kernels import KERNELS
from srpoke.network import import_keras
from srpoke.protocol import repair, score, shrunk, truth
from srpoke.recipe import Recipe, has_bfloat16
from srpoke.tools import to_bgra

ROOT = Path(__file__).parents[1]
ROUNDS = 5  # of each comparison, interleaved: A B A B
STEPS = 10  # in a row, of each round
MATRIX = 2048  # side of the product that shows the peak
GOAL = 28.1  # dB at factor 2: the quality of the original's network on its own sprites
THEIRS = "the original's recipe"
ORIGINAL = {  # it, beside the loss and the constant rate
    "filters": [64, 64, 64],
    "kernels": [7, 5, 3, 1],
    "plain": True,
    "phase": False,
    "told": False,
    "factors": [2.0],
    "interpolation": "bilinear",
    "patch_size": 50,
    "batch_size": 32,
}


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
        compile_model(model, recipe, ROUNDS * STEPS)
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


def race(folder: Path, minutes: float) -> None:
    """Print how long the original's recipe and ours train until GOAL, on the same held-out files.

    The clock counts the making of batches and the steps, but not the validation.
    """
    images, _ = load_folder(folder)
    from srpoke.training import split

    training, validation = split(list(images))
    sprites = [to_bgra(images[name]) for name in training]
    held_out = [truth(images[name]) for name in validation]
    print(f"goal {GOAL} dB at factor 2 on {len(held_out)} held-out files; {len(sprites)} to learn")
    print(f"time limit: {minutes:g} minutes of training each")
    precision = "mixed_bfloat16" if has_bfloat16() else "float32"
    layers = {name: ORIGINAL[name] for name in ("filters", "kernels", "patch_size")}
    ours = {
        "our recipe, the original's layers": Recipe(precision=precision, **layers),
        "our recipe, our layers": Recipe(precision=precision),
    }
    took = {
        name: time_to_goal(name, recipe, sprites, held_out, 60 * minutes)
        for name, recipe in {**ours, THEIRS: Recipe(**ORIGINAL)}.items()
    }
    for name in ours:
        if took[name]:
            more = "" if took[THEIRS] else "more than "
            ratio = (took[THEIRS] or 60 * minutes) / took[name]
            print(f"{name}: {more}{ratio:.1f} times as fast as the original's recipe")


def time_to_goal(
    name: str, recipe: Recipe, sprites: list[np.ndarray], held_out: list[np.ndarray], limit: float
) -> float | None:
    """Train until GOAL or `limit` seconds; print where it stood, return the seconds or None."""
    keras = import_keras()
    from srpoke.engine import keras_engine
    from srpoke.network import build_network
    from srpoke.training import PatchPairs, compile_model, make_metadata

    keras.utils.set_random_seed(recipe.seed)
    model = build_network(**recipe.network, dtype=recipe.precision)
    scored = build_network(**recipe.network)  # validation is float32, like the file that users get
    pairs = PatchPairs(sprites, [], recipe)
    if name == THEIRS:
        model.compile(keras.optimizers.Adam(1e-3), loss="mse")
        settings = Settings(back_projection=False)
    else:
        compile_model(model, recipe, len(pairs) * recipe.epochs)
        settings = Settings()
    method = repair(keras_engine(scored, make_metadata(recipe)), settings)

    clock, check, step = 0.0, 1.0, 0
    while True:
        pairs.epoch, index = divmod(step, len(pairs))
        clock += seconds(lambda i=index: model.train_on_batch(*pairs[i]), 1)
        step += 1
        if clock < min(check, limit):
            continue
        check = 1.05 * clock + 1  # a twentieth is precise enough, and validation is slow
        scored.set_weights(model.get_weights())
        psnr, _ = score(method, [shrunk(image, 2.0, KERNELS["box"]) for image in held_out])
        if psnr >= GOAL or clock >= limit:
            print(f"{name}: {psnr:.2f} dB after {clock:.0f} s, {step} steps", flush=True)
            return clock if psnr >= GOAL else None


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
    mode.add_argument("--race", type=Path, metavar="FOLDER", help="of images to train on")
    cold = {"metavar": ("NETWORK", "IMAGE"), "help": "a .keras file and a sprite"}
    mode.add_argument("--cold", type=Path, nargs=2, **cold)
    parser.add_argument("--minutes", type=positive_float, default=20, help="for each in a race")
    args = parser.parse_args(argv)
    if args.race:
        race(args.race, args.minutes)
    elif args.cold:
        cold_start(*args.cold)
    else:
        training_speed()
    return 0


if __name__ == "__main__":
    sys.exit(main())
