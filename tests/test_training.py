"""Training: the split, the loss, repeatability, resuming, the best epoch; tiny and in seconds."""

import csv
import logging
import math
import re
import shutil

import cv2
import numpy as np
import pytest

import train
from srpoke import progress, provenance
from srpoke.callbacks import fingerprint
from srpoke.course import Settings
from srpoke.engine import Engine, load
from srpoke.errors import room
from srpoke.geometry import Planes
from srpoke.images import write_image
from srpoke.kernels import DRAWN_ANEW, KERNELS, OWN, SHRUNK, SPRITE_KERNEL, Making, softness
from srpoke.metadata import read_metadata, write_metadata
from srpoke.network import build_network, import_keras, load_network
from srpoke.protocol import repair, score, shrunk, truth
from srpoke.recipe import Recipe
from srpoke.tools import Pair

LIKE_A_SPRITE = Making(softness(SPRITE_KERNEL), SHRUNK)
TRUE = Making(softness(SPRITE_KERNEL), DRAWN_ANEW)


@pytest.fixture(scope="module")
def training():
    from srpoke import training

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "OWN_IMAGES", 3)
        patch.setattr(training, "TAUGHT_PARTS", 2)
        yield training


@pytest.fixture(scope="module")
def fit(training, sprites):
    """A function: path, changes to a tiny recipe -> the state that training ends in."""
    tiny = {"filters": [8], "kernels": [3, 3], "factors": [1.5, 2.0], "patch_size": 16}
    tiny |= {"batch_size": 6, "k_patch": 4, "epochs": 3, "learning_rate": 1e-2, "own_share": 0.3}
    further = {"start", "resume", "drawings", "targets", "folders"}

    def run(path, **changes) -> str:
        options = {name: changes.pop(name) for name in further & set(changes)}
        return training.train(sprites, Recipe(**tiny | changes), path, **options)

    return run


@pytest.fixture
def quick(training, monkeypatch):
    """Steps run without being compiled and nothing is exported, where a test asks for neither."""
    compile_model = training.compile_model

    def compile_no_step(model, *arguments) -> None:
        compile_model(model, *arguments)
        model.run_eagerly = True

    monkeypatch.setattr(training, "compile_model", compile_no_step)
    monkeypatch.setattr(training, "save_tflite", lambda *arguments: None)


@pytest.fixture(scope="module")
def trained(fit, tmp_path_factory):
    """The file of an uninterrupted run of three epochs."""
    path = tmp_path_factory.mktemp("trained") / "network.keras"
    assert fit(path) == "done"
    return path


def rows(path) -> list[dict[str, float]]:
    with path.with_suffix(".csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    return [{k: math.nan if v == "NA" else float(v) for k, v in row.items()} for row in table]


def weights(path) -> list[np.ndarray]:
    return load_network(path).get_weights()


# Split


@pytest.mark.parametrize(
    ("count", "held_out"), [(2, 1), (10, 1), (11, 2), (57, 6), (1000, 32), (1, 1)]
)
def test_a_tenth_is_held_out_but_not_more_than_32(training, count, held_out):
    names = [f"{n:03}.png" for n in range(count)]
    train, validation = training.split(names)
    assert len(validation) == held_out
    assert sorted(train + validation) == names * (2 if count == 1 else 1)  # a single one is both
    shuffled = list(np.random.default_rng(0).permutation(names))
    assert training.split(shuffled) == (train, validation)


def test_split_is_the_same_for_ever(training):
    """Networks are compared on what all of them held out: another seed would break that."""
    _, held_out = training.split([f"{n:03}.png" for n in range(57)])
    assert held_out == [f"{n:03}.png" for n in (10, 11, 21, 36, 42, 53)]


# One step


def test_loss_is_charbonniers(training):
    target, output = np.random.default_rng(0).random((2, 3, 5, 5, 3), np.float32)
    expected = np.mean(np.sqrt((target - output) ** 2 + 0.03**2))
    np.testing.assert_allclose(float(training.charbonnier(target, output)), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "variant", [{}, {"told": False}, {"plain": True, "phase": False, "told": False}]
)
def test_one_step_changes_every_weight_that_can_be_trained(training, variant):
    keras = import_keras()
    keras.utils.set_random_seed(0)
    model = build_network([16] * 4, [3] * 5, **variant)
    model.compile(keras.optimizers.Adam(1e-2), loss=training.charbonnier, run_eagerly=True)
    before = [[w.numpy().copy() for w in layer.weights] for layer in model.layers]
    rng = np.random.default_rng(0)
    image = rng.random((4, 22, 22, 8), np.float32)
    image = image[..., : model.input_shape[-1]]
    model.train_on_batch(image, rng.random((4, 12, 12, 3), np.float32))
    changed = 0
    for layer, old in zip(model.layers, before, strict=True):
        for weight, was in zip(layer.weights, old, strict=True):
            assert np.any(weight.numpy() != was) == layer.trainable, weight.path
            changed += layer.trainable
    assert changed == 2 * 5


@pytest.mark.parametrize(("steps", "warm_up"), [(4000, 200), (1000, 100), (50, 25), (3, 2)])
def test_rate_warms_up_and_decays_along_a_cosine(training, steps, warm_up):
    """A twentieth of the steps up, but 100 if that is not more than half; then down to nothing."""
    model = build_network([4], [3, 3])
    training.compile_model(model, 0.01, steps)

    def rate(step: int) -> float:
        model.optimizer.iterations.assign(step)
        return float(model.optimizer.learning_rate)

    assert rate(0) == 0
    assert rate(warm_up) == pytest.approx(0.01)
    assert rate(warm_up // 2) == pytest.approx(0.01 * (warm_up // 2) / warm_up)
    assert rate(steps) == pytest.approx(0, abs=1e-6)
    for part in (0.25, 0.5, 0.9):
        step = round(warm_up + part * (steps - warm_up))
        exact = (step - warm_up) / (steps - warm_up)
        assert rate(step) == pytest.approx(0.005 * (1 + math.cos(math.pi * exact)), abs=1e-6)


def test_gradients_are_clipped_together(training):
    """One bad batch must not fill the momentum for many steps to come."""
    model = build_network([4], [3, 3])
    training.compile_model(model, Recipe().learning_rate, 100)
    variables = model.trainable_variables
    gradients = [np.full(v.shape, 1e4, np.float32) for v in variables]
    model.optimizer.apply(gradients, variables)
    momentum = model.optimizer.kernel_momentums[0].numpy()
    norm = math.sqrt(sum(g.size for g in gradients))
    np.testing.assert_allclose(momentum, 1 / norm, rtol=1e-3)


# Batches


@pytest.fixture
def pairs(training, sprites):
    """A function: changes to the recipe, true pairs -> batches; own pairs by a network of paper."""

    def make(true_pairs=(), **changes):
        settings = {"patch_size": 16, "batch_size": 6, "k_patch": 4, "factors": [2.0]}
        recipe = Recipe([4], [3, 3], **(settings | changes))
        images = [np.dstack([i[..., :3], i[..., 3] | 255]) for i in sprites.values()]
        return training.PatchPairs(images, list(true_pairs), recipe)

    return make


PAPER = Engine(
    lambda batch: batch[:, 2:-2, 2:-2, :3],
    4,
    Planes(phase=True, making=True),
    "bicubic",
    (2.0,),
    LIKE_A_SPRITE,
)


def equal(first, second) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_every_batch_and_epoch_has_patches_of_its_own(pairs):
    batches = pairs(own_share=0)
    assert len(batches) == 3  # 4 sprites x 4 patches, 6 at a time
    seen = []
    for epoch in (0, 1, 2):
        batches.begin(epoch, None)
        seen += [batches[index] for index in range(3)]
    assert not any(equal(a, b) for n, a in enumerate(seen) for b in seen[:n])


def test_a_batch_depends_on_seed_epoch_and_index_alone(pairs):
    first, second, other = pairs(), pairs(), pairs(seed=1)
    for batches in (first, second, other):
        for epoch in (0, 1):
            batches.begin(epoch, PAPER)
    first[0], first[2]
    assert equal(first[1], second[1]) and not equal(first[1], other[1])
    second.begin(0, PAPER)
    second.begin(1, PAPER)
    assert equal(first[1], second[1])


def test_own_work_is_learnt_from_the_second_epoch_on(pairs):
    batches = pairs(own_share=1.0, pair_share=0.0)
    batches.begin(0, PAPER)
    assert batches.own == [] and (batches[0][0][..., 7] == SHRUNK).all()
    batches.begin(1, PAPER)
    assert len(batches.own) == 3 and (batches[0][0][..., 7] == OWN).all()
    assert (batches[0][0][..., 6] == 0).all()
    before = batches.own
    batches.begin(2, PAPER)
    assert not any(equal(a[:2], b[:2]) for a, b in zip(before, batches.own, strict=True))


def test_larger_factors_are_taught_once_there_is_something_to_teach(pairs):
    batches = pairs(factors=[1.5, 2.0], taught_share=1.0, own_share=0.0, epochs=10)
    for epoch in (0, 1, 2):
        batches.begin(epoch, PAPER)
        assert batches.taught == []
    batches.begin(3, PAPER)
    assert [len(p.large) / len(p.small) for p in batches.taught] == pytest.approx([2, 2], abs=0.02)
    inputs, targets = batches[0]
    assert inputs[:, 0, 0, 5] + 1 == pytest.approx(2, abs=0.02)
    assert (inputs[:, 0, 0, 6:] == np.float32(PAPER.making)).all()
    off = np.abs(inputs[:, 2:-2, 2:-2, :3] - targets)  # two bicubic steps, or one
    assert off.mean() < 0.03 < np.ptp(targets)
    before = batches.taught
    batches.begin(4, PAPER)
    assert not all(equal(a[:2], b[:2]) for a, b in zip(before, batches.taught, strict=True))


@pytest.mark.parametrize(
    ("changes", "taught"),
    [
        ({}, [1.75, 2.0]),
        ({"factors": [3.0, 1.5, 2.5, 2.0]}, [3.0, 2.5, 2.0]),
        ({"factors": [2.0]}, []),
        ({"taught_share": 0.0}, []),
        ({"told": False}, []),
        ({"interpolation": "nearest"}, []),
    ],
)
def test_what_is_taught_are_two_steps_that_are_known(changes, taught):
    assert Recipe(**changes).taught_factors == taught


def test_qualities_of_jpeg_reach_both_kinds_of_small_pictures(training, pairs, monkeypatch):
    asked = []
    monkeypatch.setattr(training, "own_pairs", lambda *a: asked.append(a[-1]) or [])
    batches = pairs(jpeg=[40, 95])
    batches.begin(1, PAPER)
    assert asked == [[40, 95]] and batches.form.jpeg == [40, 95]
    assert pairs().form.jpeg is None  # as in the metadata of older networks


def test_who_learns_from_true_pairs_has_to_judge_by_itself(pairs):
    assert pairs().form.untold is None
    pair = Pair(np.zeros((20, 20, 3), np.uint8), np.zeros((40, 40, 3), np.uint8), TRUE)
    assert pairs([pair]).form.untold == TRUE


@pytest.mark.parametrize("changes", [{"own_share": 0.0}, {"told": False}])
def test_no_own_work_where_it_could_not_be_told(pairs, changes):
    batches = pairs(**changes)
    batches.begin(1, None)
    assert batches.own == []


def test_true_pairs_get_their_share_and_tell_their_origin(pairs):
    flat = [np.full((n, n, 3), 90, np.uint8) for n in (15, 30)]
    inputs, _ = pairs([Pair(*flat, TRUE)], batch_size=200)[0]
    true = (np.rint(255 * inputs[..., :3]) == 90).all(axis=(1, 2, 3))
    assert true.mean() == pytest.approx(0.5, abs=0.12)
    origin = inputs[:, 0, 0, 7]
    assert (origin[true] == DRAWN_ANEW).all()
    assert set(origin[~true]) == {SHRUNK, DRAWN_ANEW}


# What is held out


def test_nothing_that_shows_a_held_out_picture_is_learnt_from(training, tmp_path, monkeypatch):
    given = []

    def stop(*arguments):
        given.extend(arguments[:2])
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "PatchPairs", stop)
    images = {f"{n}.png": np.full((4, 4, 3), n, np.uint8) for n in range(12)}
    drawings = {f"art/{n:03}.webp": np.full((9, 9, 3), 100 + n, np.uint8) for n in range(15)}
    drawings |= {f"more/{n}.PNG": np.full((9, 9, 3), 120 + n, np.uint8) for n in range(12)}
    flat = np.full((2, 4, 4, 3), 7, np.uint8)
    targets = {
        name: [Pair(flat[0], np.full((9, 9, 3), 200 + n, np.uint8), TRUE)] * 2
        for n, name in enumerate(images)
    }
    _, held_out = training.split(list(images))
    unseen = {int(name.split(".")[0]) for name in held_out}
    assert len(unseen) == 2
    further = {"drawings": drawings, "targets": targets}
    with pytest.raises(KeyboardInterrupt):
        training.train(images, Recipe([4], [3, 3]), tmp_path / "x.keras", **further)
    sprites, true_pairs = given
    shades = [int(sprite[0, 0, 0]) for sprite in sprites]
    seen = [n for n in range(12) if n not in unseen]
    expected = [*seen, *(100 + n for n in range(15) if n not in unseen), *(120 + n for n in seen)]
    assert sorted(shades) == sorted(expected)
    assert all(sprite.shape[2] == 4 and (sprite[..., 3] == 255).all() for sprite in sprites)
    large = [int(pair.large[0, 0, 0]) for pair in true_pairs]
    assert sorted(large) == sorted(2 * [200 + n for n in seen])


def test_a_picture_that_is_there_twice_is_held_out_twice(training, tmp_path, monkeypatch):
    given = []

    def stop(sprites, *_):
        given.extend(int(sprite[0, 0, 0]) for sprite in sprites)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "PatchPairs", stop)
    images = {f"{n:0{w}}.png": np.full((4, 4, 3), n, np.uint8) for n in range(20) for w in (1, 3)}
    _, held_out = training.split(list(images))
    with pytest.raises(KeyboardInterrupt):
        training.train(images, Recipe([4], [3, 3]), tmp_path / "x.keras")
    unseen = {int(name.split(".")[0]) for name in held_out}
    assert len(held_out) < 2 * len(unseen)  # of one at least, the split left the other
    assert sorted(given) == sorted(2 * [*{*range(20)} - unseen])
    assert not [*tmp_path.iterdir()]  # nothing had begun


def test_true_pairs_that_are_all_held_out_are_told(training, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(training, "make_metadata", lambda *_: 1 / 0)
    images = {f"{n}.png": np.full((4, 4, 3), n, np.uint8) for n in range(2)}
    _, (name,) = training.split(list(images))
    pair = Pair(images[name], np.zeros((8, 8, 3), np.uint8), TRUE)
    with pytest.raises(ZeroDivisionError):
        training.train(images, Recipe([4], [3, 3]), tmp_path / "x", targets={name: [pair]})
    assert "no true pair is learnt from" in caplog.text


# Whole runs


def test_file_holds_the_best_epoch(trained, sprites):
    metadata, history = read_metadata(trained), rows(trained)
    best = max(row["val_psnr"] for row in history)
    (held_out,) = metadata["validation_files"]
    method = repair(load(trained), Settings(making=LIKE_A_SPRITE))
    image = truth(sprites[held_out])
    scores = {f: score(method, [shrunk(image, f, KERNELS["area"])]) for f in (1.5, 2.0)}
    assert np.mean([psnr for psnr, _ in scores.values()]) == pytest.approx(best, abs=1e-3)
    for factor, expected in scores.items():
        assert metadata["validation"][f"x{factor:g}"]["psnr"] == pytest.approx(expected, abs=1e-3)


def test_metadata_says_how_the_network_was_made(trained, sprites):
    metadata = read_metadata(trained)
    assert metadata["recipe"]["seed"] == 0 and metadata["recipe"]["epochs"] == 3
    assert metadata["factors"] == [1.5, 2.0]
    counts = {"images": len(sprites) - 1, "drawings": 0, "true_pairs": 0}
    assert metadata["learnt_from"] == {**counts, "folders": []}
    assert sorted(metadata["seen_files"] + metadata["validation_files"]) == sorted(sprites)
    assert set(metadata["versions"]) >= {"python", "keras", "numpy"}
    assert metadata["validation"]["x2"]["bicubic"][0] > 10
    assert metadata["making"] == list(LIKE_A_SPRITE)
    assert metadata["knows_own"] is True


def test_what_is_usual_in_the_folder_is_told_of_others(
    fit, training, sprites, tmp_path, monkeypatch
):
    def measured(images: list[np.ndarray]) -> Making:
        (image,) = images
        np.testing.assert_array_equal(image, truth(sprites[held_out]))
        return Making(0.9, SHRUNK)

    _, (held_out,) = training.split(list(sprites))
    monkeypatch.setattr(provenance, "usual_making", measured)
    path = tmp_path / "network.keras"
    fit(path, epochs=1)
    for file in (path, path.with_suffix(".tflite")):
        assert load(file).making == (0.9, SHRUNK)


def test_export_says_the_same_of_itself(trained):
    metadata = read_metadata(trained.with_suffix(".tflite"))
    assert len(metadata.pop("sha256")) == 64
    assert metadata == read_metadata(trained)


def test_history_has_a_row_for_each_epoch(trained):
    history = rows(trained)
    assert len(history) == 3
    assert np.ptp(np.diff([row["epoch"] for row in history])) == 0
    columns = {"epoch", "loss", "val_psnr", "val_ssim", "psnr_x1.5", "psnr_x2", "ssim_x2"}
    assert set(history[0]) >= columns
    for row in history:
        assert row["val_psnr"] == pytest.approx((row["psnr_x1.5"] + row["psnr_x2"]) / 2)


def test_file_holds_no_optimizer(trained):
    model = import_keras().models.load_model(trained)
    assert getattr(model, "optimizer", None) is None


def test_equal_seeds_give_equal_weights_and_others_do_not(quick, fit, tmp_path):
    paths = [tmp_path / f"{n}.keras" for n in range(3)]
    for path, seed in zip(paths, (0, 0, 1), strict=True):
        assert fit(path, seed=seed, epochs=1) == "done"
    for first, second in zip(weights(paths[0]), weights(paths[1]), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(weights(paths[0])[0], weights(paths[2])[0])


class CtrlC(logging.Handler):
    """Interrupts when the line of epoch 2 is logged, that is before this epoch is backed up."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("epoch   2/"):
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def interrupt(fit):
    """A function: arguments of fit -> nothing; the run is interrupted in its second epoch."""
    log = logging.getLogger("srpoke")

    def run(path, **options) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log, "handlers", [CtrlC()])
            patch.setattr(log, "level", logging.INFO)
            log.manager._clear_cache()  # of the levels
            assert fit(path, **options) == "interrupted"
        log.manager._clear_cache()

    return run


@pytest.fixture(scope="module")
def resumed(fit, interrupt, tmp_path_factory):
    """The file of a run of three epochs that was interrupted in the second, and resumed."""
    path = tmp_path_factory.mktemp("resumed") / "network.keras"
    interrupt(path)
    assert len(rows(path)) == 1 and path.exists() and path.with_suffix(".tflite").exists()
    with pytest.raises(ValueError, match="other settings: seed 0$"):
        fit(path, resume=True, seed=7)
    assert fit(path, resume=True) == "done"
    return path


def test_resumed_run_ends_like_an_uninterrupted_one(trained, resumed):
    expected, history = rows(trained), rows(resumed)
    assert [row["epoch"] for row in history] == [row["epoch"] for row in expected]
    assert [row["epoch"] for row in read_metadata(resumed)["history"]] == [1, 2, 3]
    for column in ("loss", "val_psnr"):
        values = [row[column] for row in history]
        np.testing.assert_allclose(values, [row[column] for row in expected], rtol=1e-6)
    for first, second in zip(weights(trained), weights(resumed), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_names_that_are_no_unicode_tell_folders_apart():
    image = np.zeros((2, 2, 3), np.uint8)
    assert fingerprint([("\udcff.png", image)]) != fingerprint([("\udcfe.png", image)])


def test_fine_tuning_can_be_resumed(quick, fit, interrupt, trained, tmp_path):
    whole, halved = tmp_path / "whole.keras", tmp_path / "halved.keras"
    assert fit(whole, start=trained, epochs=2) == "done"
    interrupt(halved, start=trained, epochs=2)
    with pytest.raises(ValueError, match="other settings: fine_tune network.keras$"):
        fit(halved, resume=True, epochs=2)
    assert fit(halved, start=trained, resume=True, epochs=2) == "done"
    for first, second in zip(weights(whole), weights(halved), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
    assert read_metadata(halved)["fine_tuned_from"] == trained.name


@pytest.mark.parametrize("other", ["images", "drawings", "targets"])
def test_resuming_with_other_pictures_is_refused(training, sprites, tmp_path, monkeypatch, other):
    """Another folder name, or another order, is the same run; one other pixel is not."""
    path = tmp_path / "network.keras"
    recipe = Recipe([4], [3, 3])
    flat = np.full((2, 9, 9, 3), 7, np.uint8)
    given = {
        "images": dict(sprites),
        "drawings": {"art/1.png": flat[0], "art/2.png": flat[1]},
        "targets": {"1.png": [Pair(flat[0], flat[1], TRUE)]},
    }

    def start(resume=True, **changes):
        training.train(recipe=recipe, path=path, resume=resume, **(given | changes))

    def stop(first):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "Progress", stop)  # all before it is what is tested
    for resume in (False, True):
        with pytest.raises(KeyboardInterrupt):
            start(resume)
    with pytest.raises(KeyboardInterrupt):
        start(drawings={"more/2.png": flat[1], "more/1.png": flat[0]})
    changed = flat[0].copy()
    changed[3, 3] += 1
    changes = {
        "images": sprites | {"1.png": changed},
        "drawings": {"art/1.png": changed, "art/2.png": flat[1]},
        "targets": {"1.png": [Pair(flat[0], changed, TRUE)]},
    }
    with pytest.raises(ValueError, match=f"other settings: {other}$"):
        start(**{other: changes[other]})


def test_full_disk_ends_a_run_that_can_be_resumed(fit, trained, tmp_path, monkeypatch):
    path, save, saved = tmp_path / "network.keras", np.savez, []

    def disk_full(file, **arrays):
        saved.append(save(file, **arrays))
        if len(saved) == 2:
            file.write_bytes(file.read_bytes()[:100])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", disk_full)
    with pytest.raises(OSError, match="No space left"):
        fit(path)
    monkeypatch.undo()
    assert fit(path, resume=True) == "done"
    for first, second in zip(weights(trained), weights(path), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
    assert [row["epoch"] for row in rows(path)] == [0, 1, 2]


def test_resume_needs_an_interrupted_run(fit, tmp_path):
    with pytest.raises(ValueError, match="network.backup"):
        fit(tmp_path / "network.keras", resume=True)


@pytest.fixture(scope="module")
def paired(fit, training, sprites, tmp_path_factory):
    """The file of a run with drawings and targets of every sprite, the one held out too."""
    path = tmp_path_factory.mktemp("paired") / "network.keras"
    large = {name: cv2.resize(image, None, fx=2.5, fy=2.5) for name, image in sprites.items()}
    targets = {
        name: [Pair(image[..., :3], large[name][..., :3], TRUE)] for name, image in sprites.items()
    }
    drawings = {f"art/00{name}": image for name, image in large.items()}
    further = {"drawings": drawings, "targets": targets, "folders": ["sprites", "art"]}
    assert fit(path, **further, epochs=2) == "done"
    return path


def test_metadata_tells_of_true_pairs_drawings_and_own_work(paired, sprites):
    metadata = read_metadata(paired)
    assert metadata["learnt_from"] == {
        **dict.fromkeys(("images", "drawings", "true_pairs"), len(sprites) - 1),
        "folders": ["sprites", "art"],
    }
    assert metadata["making"] == list(TRUE) and metadata["knows_own"] is True
    assert metadata["recipe"]["taught_share"] == 0  # larger pictures teach better
    for path in (paired, paired.with_suffix(".tflite")):
        engine = load(path)
        assert engine.making == TRUE and engine.knows_own


@pytest.mark.parametrize("changes", [{"own_share": 0.0}, {"epochs": 1}, {"told": False}])
def test_metadata_says_where_own_work_was_not_learnt(changes):
    recipe = Recipe([4], [3, 3], **changes)
    assert provenance.make_metadata(recipe)["knows_own"] is False


@pytest.mark.parametrize(
    ("changes", "knows"),
    [({"jpeg": [40, 95]}, True), ({}, False), ({"jpeg": [40, 95], "told": False}, False)],
)
def test_metadata_says_whether_jpeg_can_be_told(changes, knows):
    assert provenance.make_metadata(Recipe([4], [3, 3], **changes))["knows_jpeg"] is knows


def test_nan_stops_and_keeps_the_best(quick, fit, tmp_path):
    path = tmp_path / "network.keras"
    assert fit(path, learning_rate=1e30, k_patch=2, epochs=6) == "nan"  # one step an epoch
    history = rows(path)
    assert 1 < len(history) < 6 and not math.isfinite(history[-1]["loss"])
    assert all(np.isfinite(weight).all() for weight in weights(path))
    best = np.nanmax([row["val_psnr"] for row in history])
    assert np.mean([v["psnr"][0] for v in read_metadata(path)["validation"].values()]) == best


def test_a_share_of_what_it_was_is_kept_and_scored(
    quick, fit, training, trained, sprites, tmp_path
):
    alone, kept = tmp_path / "alone.keras", tmp_path / "kept.keras"
    for path, keep in ((alone, 0.0), (kept, 0.25)):
        assert fit(path, start=trained, epochs=2, keep=keep) == "done"
    for old, new, between in zip(*map(weights, (trained, alone, kept)), strict=True):
        assert np.abs(new - old).max() > 1e-4
        np.testing.assert_allclose(between, 0.25 * old + 0.75 * new, atol=1e-7)
    _, (held_out,) = training.split(list(sprites))
    method = repair(load(kept), Settings(making=LIKE_A_SPRITE))
    metadata, image = read_metadata(kept), truth(sprites[held_out])
    expected = score(method, [shrunk(image, 2, KERNELS["area"])])
    assert metadata["validation"]["x2"]["psnr"] == pytest.approx(expected, abs=1e-3)
    assert metadata["validation"] != read_metadata(alone)["validation"]
    assert metadata["history"] == read_metadata(alone)["history"]
    assert metadata["recipe"]["keep"] == 0.25


def test_no_share_is_kept_of_a_network_that_the_run_replaces(trained, tmp_path, answer):
    start = tmp_path / "mine.keras"
    shutil.copy(trained, start)
    (tmp_path / "in").mkdir()
    write_image(tmp_path / "in" / "1.png", np.zeros((9, 9, 3), np.uint8))
    argv = tmp_path / "in", "--fine_tune", start, "--keep", "0.5", "--save_path", tmp_path
    code, _, (line,) = answer(train.main, *argv, "--name", "mine", "--overwrite")
    assert code == 2 and "mine.keras, which this run would replace" in line
    assert start.read_bytes() == trained.read_bytes()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (type("ResourceExhaustedError", (Exception,), {})("OOM"), "smaller --batch_size"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory"), "smaller --batch_size"),
        (RuntimeError("odd"), "^odd$"),
    ],
)
def test_where_there_is_no_room_smaller_things_are_named(error, words):
    with pytest.raises(MemoryError if "--" in words else RuntimeError, match=words), room():
        raise error


def test_a_share_is_kept_once_where_the_disk_was_full(
    quick, fit, training, trained, tmp_path, monkeypatch
):
    def full(*arguments) -> None:
        raise OSError(28, "No space left on device")

    whole, broken = tmp_path / "whole.keras", tmp_path / "broken.keras"
    settings = {"start": trained, "epochs": 2, "keep": 0.25}
    fit(whole, **settings)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(training, "save_tflite", full)
        fit(broken, **settings)
    assert fit(broken, **settings, resume=True) == "done"
    for first, second in zip(*map(weights, (whole, broken)), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-7)


@pytest.fixture
def info(caplog):
    caplog.set_level(logging.INFO, "srpoke")
    return caplog


@pytest.mark.parametrize(("kernel", "teaches"), [("triangle", False), ("box", True)])
def test_nothing_is_taught_where_pictures_are_soft(
    training, fit, quick, tmp_path, monkeypatch, kernel, teaches
):
    making = Making(softness(KERNELS[kernel]), SHRUNK)
    monkeypatch.setattr(training, "usual_making", lambda images: making)
    fit(tmp_path / "x.keras", epochs=1)
    assert (read_metadata(tmp_path / "x.keras")["recipe"]["taught_share"] > 0) == teaches


def test_fine_tuning_starts_from_the_file_and_tells_so(quick, fit, trained, tmp_path, info):
    path = tmp_path / "tuned.keras"
    fit(path, start=trained, epochs=1, learning_rate=1e-12)
    for first, second in zip(weights(trained), weights(path), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-9)
    metadata, recipe = read_metadata(path), read_metadata(trained)["recipe"]
    assert metadata["fine_tuned_from"] == trained.name
    assert metadata["recipe"]["taught_share"] == 0 < recipe["taught_share"]
    lines = [message for message in info.messages if message.startswith("epoch")]
    before, after = (re.search(r"x1.5 [\d.]+ x2 [\d.]+ dB .*SSIM [\d.]+", s)[0] for s in lines)
    assert lines[0].startswith("epoch   0/1 |") and lines[1].startswith("epoch   1/1 |")
    scores = read_metadata(trained)["validation"]
    assert f"x1.5 {scores['x1.5']['psnr'][0]:.2f} x2 {scores['x2']['psnr'][0]:.2f} dB" in before
    assert before == after  # at next to no rate


@pytest.mark.parametrize(
    ("settled", "rate", "warned"), [(1, 1e-12, [2]), (3, 1e-12, []), (1, 1e-2, [])]
)
def test_a_collapse_is_told_once_and_not_before_it_can_be_known(
    quick, fit, training, tmp_path, info, monkeypatch, settled, rate, warned
):
    """Three epochs of two steps, of which three are the warm-up."""
    monkeypatch.setattr(training, "SETTLED", settled)
    monkeypatch.setattr("srpoke.validation.COLLAPSED", 0.05 if rate < 1e-3 else -99)
    fit(tmp_path / "new.keras", learning_rate=rate)
    messages = [m for m in info.messages if m.startswith("epoch") or "blurry image" in m]
    assert [n for n, m in enumerate(messages) if "blurry image" in m] == warned
    assert messages[0].startswith("epoch   1/3")  # what is new has no epoch 0


def test_metadata_lists_what_was_seen_also_before_and_as_drawings(tmp_path):
    recipe, path = Recipe([4], [3, 3]), tmp_path / "start.keras"
    first = provenance.make_metadata(recipe, ["b.png"], ["art/001.webp", "more/b.png"])
    assert first["seen_files"] == ["001.webp", "b.png"]
    starts = [first, {"validation_files": ["b.png"]}, {"seen_files": None}, None]
    seen = [["001.webp", "a.png", "b.png", "c.png"], None, None, None]
    for metadata, expected in zip(starts, seen, strict=True):
        path.write_bytes(b"a network")
        if metadata:
            write_metadata(path, metadata)
        made = provenance.make_metadata(recipe, ["a.png", "c.png"], start=path)
        assert made["seen_files"] == expected


def test_bfloat16_training_saves_a_float32_network(quick, fit, tmp_path):
    path = tmp_path / "network.keras"
    assert fit(path, precision="mixed_bfloat16", epochs=1, k_patch=2) == "done"
    assert {layer.compute_dtype for layer in load_network(path).layers} == {"float32"}


def test_one_image_smaller_than_the_patch_is_enough(quick, training, tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    recipe = Recipe([4], [3, 3], patch_size=16, batch_size=2, k_patch=2, epochs=1)
    path = tmp_path / "new folder" / "network.keras"
    assert training.train({"a.png": image}, recipe, path) == "done"
    assert read_metadata(path)["validation_files"] == ["a.png"]


def test_progress_tells_epoch_and_step_of_a_resumed_run(monkeypatch):
    from srpoke.callbacks import Progress

    monkeypatch.setattr(progress, "line", progress.Line(on=True))
    shown = Progress(first=2)
    shown.set_params({"epochs": 4, "steps": 2})
    shown.on_train_begin()
    lines = []
    for epoch in (2, 3):
        shown.on_epoch_begin(epoch)
        for step in (0, 1):
            shown.on_train_batch_begin(step)
            lines.append(progress.describe().removesuffix(", 0:00 left"))
        shown.on_epoch_end(epoch)
    shown.on_train_end()
    expected = ["epoch 3/4, step 1/2", "epoch 3/4, step 2/2"]
    assert lines == [*expected, *(line.replace("3/", "4/") for line in expected)]
    assert progress.describe() == ""
