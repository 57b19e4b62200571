"""Train the classifier that tells real sprites from all other pictures: see style.py.

A real sprite that was shrunk again is no real sprite: its lines are too thin and too pale.
"""

from pathlib import Path

import numpy as np

from srpoke import __version__
from srpoke.alpha import bleed_colour
from srpoke.geometry import cut, dihedral
from srpoke.kernels import KERNELS, SHRUNK, Making, draw_kernel
from srpoke.network import check_converts, import_keras, save_tflite
from srpoke.provenance import seen_files
from srpoke.style import Run, log_odds
from srpoke.targets import same_picture
from srpoke.tools import (
    SPRITE_SIDE,
    degrade,
    flatten,
    on_random_colour,
    shrunk_by,
    sometimes_jpeg,
    to_bgra,
    to_float,
    without_hidden,
)
from srpoke.training import compile_model, split
from srpoke.windows import richest_window

keras = import_keras()

LAYERS = ((24, 1), (32, 2), (32, 1), (48, 2), (48, 1), (48, 1))  # filters and stride; kernels of 3
PATCH, BATCH = 56, 32  # px per side; patches a step
EPOCH = 500  # steps
RATE, SEED = 0.015, 0
SHRUNK_SHARE = 0.5  # of what is no real sprite, one that was shrunk
SHRINK = 1.4, 3.0  # the factors
SIDES = 48, 110  # px: of the longer side to which half of the large pictures are shrunk
MARGIN = 4  # px around a patch: what a kernel that shrinks takes from beyond it
GROWN_SHARE = 1 / 3  # of the patches show colours as the pipeline grows them under transparency
JPEG = [40, 95]  # qualities


class Patches(keras.utils.PyDataset):
    """Batches of patches, (BATCH, PATCH, PATCH, 3), half of real sprites: 1, the others: 0."""

    def __init__(self, sprites: list[np.ndarray], others: list[list[np.ndarray]]):
        super().__init__()
        self.sprites, self.others, self.epoch = sprites, others, 0

    def __len__(self) -> int:
        return EPOCH

    def on_epoch_end(self) -> None:
        self.epoch += 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([SEED, self.epoch, index])
        real = rng.random(BATCH) < 0.5
        patches = [self.sprite(rng) if one else self.other(rng) for one in real]
        return np.stack(patches), real.astype(np.float32)

    def sprite(self, rng: np.random.Generator) -> np.ndarray:
        return patch_of(pick(self.sprites, rng), 1.0, rng)

    def other(self, rng: np.random.Generator) -> np.ndarray:
        if rng.random() < SHRUNK_SHARE:
            return patch_of(pick(self.sprites, rng), rng.uniform(*SHRINK), rng)
        image = pick(pick(self.others, rng), rng)
        side = max(image.shape[:2])
        shrinks = side > SPRITE_SIDE and rng.random() < 0.5
        return patch_of(image, side / rng.uniform(*SIDES) if shrinks else 1.0, rng)


def pick(items: list, rng: np.random.Generator):
    """Return any of some items."""
    return items[rng.integers(len(items))]


def patch_of(bgra: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Cut a place with contrast out of an image made smaller by `factor`; (PATCH, PATCH, 3) float.

    Background, kernel, JPEG, flip, turn and channel order are drawn.
    """
    window, sizes, top, left = richest_window(bgra, PATCH, 0, rng, factor, MARGIN)
    part, grown = bgra[window], rng.random() < GROWN_SHARE
    colours = bleed_colour(to_float(part)) if grown else on_random_colour(part, rng)
    if factor > 1:
        colours = degrade(colours, *sizes, draw_kernel(rng, "web"))
    colours = np.take(colours, rng.permutation(3), axis=2)  # before JPEG, as in `patch_of_pair`
    colours, _ = sometimes_jpeg(colours, Making(0, SHRUNK), JPEG, rng)
    return dihedral(cut(colours, top, left, PATCH, PATCH), rng.integers(8))


def build_classifier():
    """Return a model of unpadded layers that gives, for each place, log odds and their weight."""
    layers = keras.layers
    image = keras.Input((None, None, 3))
    x = image
    for filters, stride in LAYERS:
        x = layers.Conv2D(filters, 3, stride, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))
    return keras.Model(image, layers.Conv2D(2, 1, name="rebuild")(x))


def fit(classifier, patches: Patches, epochs: int) -> None:
    """Train a classifier on means over a patch, weighted as `style.log_odds` does."""
    image = keras.Input((PATCH, PATCH, 3))
    places = keras.layers.Reshape((-1, 2))(classifier(image))
    weights = keras.ops.softmax(places[..., 1], axis=1)
    model = keras.Model(image, keras.ops.sum(weights * places[..., 0], axis=1))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    compile_model(model, RATE, epochs * EPOCH, loss)
    model.fit(patches, epochs=epochs, shuffle=False, verbose=2)


def told_right(run: Run, sprites: list[np.ndarray], others: dict[str, list[np.ndarray]]) -> dict:
    """Return which share of uint8 BGRA pictures that were held out is told right, by kind."""
    white = [to_float(flatten(image)) for image in sprites]
    real = {"sprites": white, "transparent sprites": [bleed_colour(to_float(i)) for i in sprites]}
    other = {
        f"sprites shrunk by {name}": [shrunk_by(image, 2, KERNELS[name]) for image in white]
        for name in ("box", "bicubic", "lanczos", "triangle")
    }
    other |= {f"of {name}": [to_float(flatten(i)) for i in those] for name, those in others.items()}

    def shares(kinds: dict[str, list[np.ndarray]], suits: bool) -> dict[str, float]:
        told = {kind: [log_odds(run, i) > 0 for i in images] for kind, images in kinds.items()}
        return {kind: float(np.mean(np.equal(named, suits))) for kind, named in told.items()}

    return shares(real, True) | shares(other, False)


def apart(
    images: dict[str, np.ndarray], unseen: set[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Split images by file name: to learn from, and held out, whatever shows one `unseen` included.

    A single image has to serve as both.
    """
    names = {name for name in images if same_picture(name) in unseen}
    names |= set(split(list(images))[1])
    learnt = {name: image for name, image in images.items() if name not in names}
    return learnt or images, {name: images[name] for name in sorted(names)}


def train_classifier(
    sprites: dict[str, np.ndarray],
    others: dict[str, dict[str, np.ndarray]],
    epochs: int,
    path: Path,
    other: str,
) -> dict[str, float]:
    """Train a classifier, and write it to `path`, which names the network for `other` pictures.

    Integer images by file name; of other pictures, by folder, too. What `training.split` holds out,
    of the sprites whatever shows the same besides, is not learnt from: returns which share of it is
    told right, by kind.
    """
    check_converts()
    unseen = {same_picture(name) for name in split(list(sprites))[1]}
    parts = [apart(images, unseen) for images in (sprites, *others.values())]
    seen = [name for learnt, _ in parts for name in learnt]
    learnt, held_out = (
        [[without_hidden(to_bgra(image)) for image in images.values()] for images in side]
        for side in zip(*parts, strict=True)
    )
    keras.utils.set_random_seed(SEED)
    classifier = build_classifier()
    fit(classifier, Patches(learnt[0], learnt[1:]), epochs)
    kinds = dict(zip(others, held_out[1:], strict=True))
    shares = told_right(classifier.predict_on_batch, held_out[0], kinds)
    metadata = {
        "srpoke": __version__,
        "other": other,
        "steps": epochs * EPOCH,
        "seen_files": seen_files(seen, None),
        "told_right": shares,
    }
    save_tflite(classifier, path, metadata)
    return shares
