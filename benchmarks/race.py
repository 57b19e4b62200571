"""Train until the quality of the original's networks, by its recipe and by ours, and compare times.

    python3 -m benchmarks.race my_sprites/ --minutes 20

The clock counts the making of batches and the steps, but not the validation.
"""

import sys
from pathlib import Path

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m benchmarks.race'")

import numpy as np

from benchmarks.speed import seconds
from srpoke.arguments import Parser, positive_float, user_path
from srpoke.cli import one_line_errors
from srpoke.course import Settings
from srpoke.folders import load_readable
from srpoke.kernels import KERNELS
from srpoke.network import import_keras
from srpoke.protocol import repair, score, shrunk, truth
from srpoke.recipe import Recipe, has_bfloat16
from srpoke.tools import to_bgra

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


def race(folder: Path, minutes: float) -> None:
    """Print how long the original's recipe and ours train until GOAL, on the same files."""
    images = load_readable(folder)
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
    from srpoke.provenance import make_metadata
    from srpoke.training import PatchPairs, compile_model

    keras.utils.set_random_seed(recipe.seed)
    model = build_network(**recipe.network, dtype=recipe.precision)
    scored = build_network(**recipe.network)  # validation is float32, like the file that users get
    pairs = PatchPairs(sprites, [], recipe)
    if name == THEIRS:
        model.compile(keras.optimizers.Adam(1e-3), loss="mse")
        settings = Settings(back_projection=False)
    else:
        compile_model(model, recipe.learning_rate, len(pairs) * recipe.epochs)
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


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    parser = Parser(__doc__)
    parser.add_argument("folder", type=user_path, metavar="FOLDER", help="of images to train on")
    parser.add_argument("--minutes", type=positive_float, default=20, help="for each recipe")
    args = parser.parse_args(argv)
    race(args.folder, args.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
