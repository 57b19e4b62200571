"""Train a network on a folder's own images: data, loss, callbacks, files. Keras does the loop."""

import logging
import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from srpoke.callbacks import Backup, Progress, fingerprint, open_backup
from srpoke.engine import Engine, keras_engine
from srpoke.errors import room
from srpoke.finding import LARGE_SIDE, find_abilities, most_drawn
from srpoke.images import write_image
from srpoke.kernels import is_soft
from srpoke.metadata import read_metadata
from srpoke.network import (
    adopt_weights,
    build_network,
    import_keras,
    load_network,
    save_network,
    save_tflite,
)
from srpoke.optimizer import Muon
from srpoke.own import own_pairs, taught_pairs
from srpoke.pictures.training import curve, previews
from srpoke.protocol import truth
from srpoke.provenance import make_metadata
from srpoke.recipe import Recipe
from srpoke.several import Group, alone, shared
from srpoke.targets import TRUE_MAKING, same_picture
from srpoke.tools import Pair, random_pair, to_bgra, without_hidden
from srpoke.validation import Validation, shrunk_settings

keras = import_keras()
log = logging.getLogger(__name__)

OWN_IMAGES = 32  # drawn by the network for each epoch
TAUGHT_PARTS = 24  # of images, drawn by it with patience for each epoch, which takes longer
TAUGHT_FROM = 0.3  # of all epochs: before, it has nothing to teach
TRIED = 16  # held-out files on which is tried what the network can find out
MAX_VALIDATION = 32  # files; more would take time that training needs
CHARBONNIER = 0.03  # errors below it count quadratically, above it linearly
WARM_UP = 0.05  # of all steps, but at least
SETTLED = 3  # times the warm-up: a network that still gives its input back is likely to go on so
MIN_WARM_UP = 100  # steps: shorter ones can throw a short run back to the blurry image for good


def split(names: list[str]) -> tuple[list[str], list[str]]:
    """Split file names into training and validation, a tenth of them (1 to MAX_VALIDATION).

    By sorted name with a fixed seed, so every network trained on a folder holds out the same files.
    A single image has to serve as both.
    """
    names = sorted(names)
    if len(names) == 1:
        return names, names
    count = min(MAX_VALIDATION, math.ceil(len(names) / 10))
    held_out = {names[i] for i in np.random.default_rng(0).permutation(len(names))[:count]}
    return [name for name in names if name not in held_out], sorted(held_out)


class PatchPairs(keras.utils.PyDataset):
    """Batches of patches: each patch is a function of seed, epoch, place and `own` alone.

    So a resumed run sees what an uninterrupted one would have seen, and processes that make only
    their `share` of each batch what one would have made of it.
    """

    def __init__(
        self,
        sprites: list[np.ndarray],
        true_pairs: list[Pair],
        recipe: Recipe,
        share: range | None = None,
    ):
        super().__init__()
        self.sprites, self.true_pairs, self.recipe = sprites, true_pairs, recipe
        # who expects real sprites, and is told so, has to know shrunk pictures by their looks
        self.form = replace(recipe.form, untold=TRUE_MAKING if true_pairs else None)
        self.share = share or range(recipe.batch_size)
        self.epoch, self.own, self.taught = 0, [], []

    def __len__(self) -> int:
        return math.ceil(len(self.sprites) * self.recipe.k_patch / self.recipe.batch_size)

    def begin(self, epoch: int, engine: Engine) -> None:
        """Go on to an epoch; from the second one on, learn from what the network draws by then."""
        self.epoch, recipe, form = epoch, self.recipe, self.form
        rng = np.random.default_rng([recipe.seed, epoch])
        if epoch and recipe.told and recipe.own_share:
            self.own = own_pairs(
                engine, self.sprites, self.true_pairs, OWN_IMAGES, rng, form.mix, form.jpeg
            )
        factors = recipe.taught_factors
        if factors and epoch >= TAUGHT_FROM * recipe.epochs:
            self.taught = taught_pairs(engine, self.sprites, factors, TAUGHT_PARTS, rng)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        recipe = self.recipe
        shares = recipe.pair_share, recipe.own_share, recipe.taught_share
        kinds = zip(shares, (self.true_pairs, self.own, self.taught), strict=True)
        kinds = tuple(kind for kind in kinds if kind[1])
        patches = []
        for place in self.share:
            rng = np.random.default_rng([recipe.seed, self.epoch, index, place])
            patches.append(random_pair(self.sprites, rng, self.form, recipe.factors, kinds))
        inputs, targets = zip(*patches, strict=True)
        return np.stack(inputs), np.stack(targets)


def charbonnier(target, output):
    """Mean of sqrt(error^2 + eps^2), of arrays of equal shape.

    Robust like MAE, but smooth where most pixels of a sprite are flat: under MAE a run may never
    leave the blurry image that it starts from.
    """
    squared = keras.ops.square(output - target)
    return keras.ops.mean(keras.ops.sqrt(squared + CHARBONNIER**2))


def warm_up_of(steps: int) -> int:
    """Return how many of a run's steps the learning rate rises."""
    return max(int(WARM_UP * steps), min(MIN_WARM_UP, (steps + 1) // 2))


def compile_model(model, rate: float, steps: int, loss=charbonnier) -> None:
    """Give a model its loss, and Muon with a short warm-up and a cosine decay."""
    warm_up = warm_up_of(steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=rate, warmup_steps=warm_up
    )
    model.compile(Muon(schedule, global_clipnorm=1.0), loss=loss)


def train(
    images: dict[str, np.ndarray],
    recipe: Recipe,
    path: Path,
    *,
    drawings: dict[str, np.ndarray] | None = None,
    targets: dict[str, list[Pair]] | None = None,
    resume: bool = False,
    start: Path | None = None,
    pictures: Path | None = None,
    folders: list[str] | None = None,
    group: Group | None = None,
) -> str:
    """Train by `recipe` on images by file name; write `path` (.keras), its .csv and TFLite export.

    `drawings` are further images to learn from, `targets` true pairs by file name; whatever shows
    a picture that is held out is left out of both. `start` is a network file to fine-tune,
    `pictures` a folder for curve and previews, `folders` the names of what was learnt from, as the
    metadata gives them, `group` the processes, joined already, that train together. Returns
    "done", "interrupted" (Ctrl-C) or "nan"; the best epoch is on disk in each case.
    Raises UserError where there is nothing to resume, or what was begun was another run.
    """
    folder, table = path.with_suffix(".backup"), path.with_suffix(".csv")
    drawings, targets, group = drawings or {}, targets or {}, group or Group()
    run = asdict(recipe) | {
        "fine_tune": start.name if start else None,
        "images": fingerprint(images.items()),
        "drawings": fingerprint(drawings.items()),
        "targets": fingerprint((name, p.large) for name in targets for p in targets[name]),
    }
    training, held_out = split(list(images))
    unseen = {same_picture(name) for name in held_out}
    # 3.webp shows what 3.png does; a single image has to serve as both
    training = [n for n in training if same_picture(n) not in unseen] or training
    drawings = {n: image for n, image in drawings.items() if same_picture(n) not in unseen}
    learnt = (*map(images.get, training), *drawings.values())
    sprites = [without_hidden(to_bgra(image)) for image in learnt]
    true_pairs = [pair for name in training for pair in targets.get(name, [])]
    if targets and not true_pairs:
        log.warning("no true pair is learnt from: all show pictures that are held out")
    truths = {name: most_drawn(truth(images[name]), LARGE_SIDE) for name in held_out}
    metadata = make_metadata(
        recipe, training, drawings, len(true_pairs), truths, start, folders or []
    )
    truths = [*truths.values()]
    # who knows more than shrunk pictures has nothing to learn from itself; and soft emoji lost 0.4
    # to 0.7 dB by it
    if start or true_pairs or is_soft(metadata["making"]):
        recipe = replace(recipe, taught_share=0.0)
        metadata["recipe"] = asdict(recipe)
    pairs = PatchPairs(sprites, true_pairs, recipe, group.share(recipe.batch_size))

    steps = len(pairs) * recipe.epochs
    keras.utils.set_random_seed(recipe.seed)
    with shared(), room():
        model = build_network(**recipe.network, dtype=recipe.precision)
        compile_model(model, recipe.learning_rate, steps)
    scored = build_network(**recipe.network)
    if start:
        adopt_weights(model, load_network(start))
    before = model.get_weights()
    first, history = open_backup(folder, table, run, resume)

    @alone()
    def begin(epoch: int, logs: dict | None) -> None:
        scored.set_weights(model.get_weights())
        pairs.begin(epoch, keras_engine(scored, metadata))

    settled = SETTLED * warm_up_of(steps)
    callbacks = [
        Progress(first),
        keras.callbacks.LambdaCallback(on_epoch_begin=begin),
        keras.callbacks.TerminateOnNaN(),
        validation := Validation(scored, metadata, truths, path, history, settled),
        backup := Backup(folder, table, history),
    ]
    state = "done"
    try:
        with shared(), room():
            if first:
                backup.restore(model)
            epochs = {"initial_epoch": first, "epochs": recipe.epochs}
            model.fit(pairs, **epochs, shuffle=False, callbacks=callbacks, verbose=0)
    except KeyboardInterrupt:
        state = "interrupted"
    if model.stop_training:
        state = "nan"
    if math.isfinite(validation.best):
        if start and recipe.keep and state == "done":  # else it would be done again at the end
            validation.keep(before, recipe.keep)
        _finish(path, truths, pictures)
        log.info("best epoch: %s", path)
    if state != "interrupted":
        shutil.rmtree(folder, ignore_errors=True)
    return state


def _finish(path: Path, truths: list[np.ndarray], pictures: Path | None) -> None:
    """Write the TFLite export and the pictures of the best epoch."""
    metadata, model = read_metadata(path), load_network(path)
    engine = keras_engine(model, metadata)
    if engine.interpolation != "nearest":
        metadata |= find_abilities(engine, truths[:TRIED])
        save_network(model, path, metadata)
    if keras.backend.backend() == "tensorflow":
        save_tflite(model, path.with_suffix(".tflite"), metadata)
    else:
        log.warning("no TFLite export: only the TensorFlow backend can convert")
    if pictures:
        bicubic = {f: metadata["validation"][f"x{f:g}"]["bicubic"][0] for f in metadata["factors"]}
        write_image(pictures / "curve.png", curve(metadata["history"], bicubic))
        shown = previews(engine, truths, max(metadata["factors"]), shrunk_settings(metadata))
        write_image(pictures / "previews.png", shown)
