"""Training: the split, the loss, repeatability, resuming, the best epoch; tiny and in seconds."""

import csv
import logging
import math

import numpy as np
import pytest

from srpoke.card import read_card
from srpoke.engine import load_engine
from srpoke.metrics import repair, score, truth
from srpoke.network import build_network, import_keras, load_network


@pytest.fixture(scope="module")
def training():
    from srpoke import training

    return training


@pytest.fixture(scope="module")
def fit(training, sprites):
    """A function: path, changes to a tiny recipe -> the state that training ends in."""

    def run(path, resume=False, start=None, **changes) -> str:
        settings = {
            "filters": [8],
            "kernels": [3, 3],
            "factors": [1.5, 2.0],
            "patch_size": 16,
            "batch_size": 6,
            "k_patch": 4,
            "epochs": 3,
            "learning_rate": 1e-2,
        }
        recipe = training.Recipe(**(settings | changes))
        return training.train(sprites, recipe, path, resume=resume, start=start)

    return run


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


def test_split_is_disjoint_complete_and_by_sorted_name(training):
    names = [f"{n:03}.png" for n in range(57)]
    train, kept_out = training.split(names)
    assert sorted(train + kept_out) == names
    assert len(kept_out) == 6
    shuffled = list(np.random.default_rng(0).permutation(names))
    assert training.split(shuffled) == (train, kept_out)
    assert kept_out != names[:6] and kept_out != names[-6:]


@pytest.mark.parametrize(("count", "kept_out"), [(2, 1), (10, 1), (11, 2), (1000, 32)])
def test_a_tenth_is_kept_out_but_not_more_than_32(training, count, kept_out):
    train, validation = training.split([f"{n}.png" for n in range(count)])
    assert (len(train), len(validation)) == (count - kept_out, kept_out)


def test_a_single_image_serves_as_both(training):
    assert training.split(["a.png"]) == (["a.png"], ["a.png"])


# One step


def test_loss_is_charbonniers(training):
    target, output = np.random.default_rng(0).random((2, 3, 5, 5, 3), np.float32)
    expected = np.mean(np.sqrt((target - output) ** 2 + 0.03**2))
    np.testing.assert_allclose(float(training.charbonnier(target, output)), expected, rtol=1e-5)


@pytest.mark.parametrize("variant", [{}, {"plain": True, "phase": False}])
def test_one_step_changes_every_weight_that_can_be_trained(training, variant):
    keras = import_keras()
    keras.utils.set_random_seed(0)
    model = build_network([16] * 4, [3] * 5, **variant)
    model.compile(keras.optimizers.Adam(1e-2), loss=training.charbonnier)
    before = [[w.numpy().copy() for w in layer.weights] for layer in model.layers]
    rng = np.random.default_rng(0)
    image = rng.random((4, 22, 22, 6), np.float32)
    image = image[..., : model.input_shape[-1]]
    model.train_on_batch(image, rng.random((4, 12, 12, 3), np.float32))
    changed = 0
    for layer, old in zip(model.layers, before, strict=True):
        for weight, was in zip(layer.weights, old, strict=True):
            assert np.any(weight.numpy() != was) == layer.trainable, weight.path
            changed += layer.trainable
    assert changed == 2 * 5


# Whole runs


def test_file_holds_the_best_epoch(trained, sprites):
    card, history = read_card(trained), rows(trained)
    best = max(row["val_psnr"] for row in history)
    (kept_out,) = card["validation_files"]
    method, images = repair(load_engine(trained)), [truth(sprites[kept_out])]
    scores = {factor: score(method, images, factor) for factor in (1.5, 2.0)}
    assert np.mean([psnr for psnr, _ in scores.values()]) == pytest.approx(best, abs=1e-3)
    for factor, expected in scores.items():
        assert card["validation"][f"x{factor:g}"]["psnr"] == pytest.approx(expected, abs=1e-3)


def test_card_says_how_the_network_was_made(trained, sprites):
    card = read_card(trained)
    assert card["recipe"]["seed"] == 0 and card["recipe"]["epochs"] == 3
    assert card["factors"] == [1.5, 2.0]
    assert card["training_images"] == len(sprites) - 1
    assert set(card["versions"]) >= {"python", "keras", "numpy"}
    assert card["validation"]["x2"]["bicubic"][0] > 10


def test_twin_scores_like_the_network(trained, sprites):
    twin = trained.with_suffix(".tflite")
    card = read_card(twin)
    assert len(card.pop("sha256")) == 64
    assert card == read_card(trained)
    images = [truth(sprites[name]) for name in read_card(twin)["validation_files"]]
    psnrs = [score(repair(load_engine(path)), images, 2.0)[0] for path in (trained, twin)]
    assert psnrs[0] == pytest.approx(psnrs[1], abs=0.01)


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


def test_equal_seeds_give_equal_weights_and_others_do_not(fit, trained, tmp_path):
    for seed in (0, 1):
        assert fit(tmp_path / f"{seed}.keras", seed=seed) == "done"
    for first, second in zip(weights(trained), weights(tmp_path / "0.keras"), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(weights(trained)[0], weights(tmp_path / "1.keras")[0])


class CtrlC(logging.Handler):
    """Interrupts when the line of epoch 2 is logged, that is before this epoch is backed up."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("epoch   2/"):
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def resumed(fit, tmp_path_factory):
    """The file of a run of three epochs that was interrupted in the second, and resumed."""
    path, log = tmp_path_factory.mktemp("resumed") / "network.keras", logging.getLogger("srpoke")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "handlers", [CtrlC()])
        patch.setattr(log, "level", logging.INFO)
        log.manager._clear_cache()  # of the levels
        assert fit(path) == "interrupted"
    log.manager._clear_cache()
    assert len(rows(path)) == 1 and path.exists() and path.with_suffix(".tflite").exists()
    with pytest.raises(ValueError, match="other settings"):
        fit(path, resume=True, seed=7)
    assert fit(path, resume=True) == "done"
    return path


def test_resumed_run_ends_like_an_uninterrupted_one(trained, resumed):
    expected, history = rows(trained), rows(resumed)
    assert [row["epoch"] for row in history] == [row["epoch"] for row in expected]
    for column in ("loss", "val_psnr"):
        values = [row[column] for row in history]
        np.testing.assert_allclose(values, [row[column] for row in expected], rtol=1e-6)
    for first, second in zip(weights(trained), weights(resumed), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_history_in_the_card_of_a_resumed_run_counts_on(resumed):
    counted = [row["epoch"] for row in read_card(resumed)["history"]]
    assert counted == list(range(1, len(counted) + 1))


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


def test_nan_stops_and_keeps_the_best(fit, tmp_path):
    path = tmp_path / "network.keras"
    assert fit(path, learning_rate=1e30, k_patch=2, epochs=6) == "nan"  # one step an epoch
    history = rows(path)
    assert 1 < len(history) < 6 and not math.isfinite(history[-1]["loss"])
    assert all(np.isfinite(weight).all() for weight in weights(path))
    best = np.nanmax([row["val_psnr"] for row in history])
    assert np.mean([v["psnr"][0] for v in read_card(path)["validation"].values()]) == best


def test_fine_tuning_starts_from_the_weights_of_the_file(fit, trained, tmp_path):
    path = tmp_path / "tuned.keras"
    fit(path, start=trained, epochs=1, learning_rate=1e-12)
    for first, second in zip(weights(trained), weights(path), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-9)
    assert read_card(path)["fine_tuned_from"] == trained.name


def test_bfloat16_training_saves_a_float32_network(fit, tmp_path):
    path = tmp_path / "network.keras"
    assert fit(path, precision="mixed_bfloat16", epochs=1, k_patch=2) == "done"
    assert {layer.compute_dtype for layer in load_network(path).layers} == {"float32"}


def test_one_image_smaller_than_the_patch_is_enough(training, tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    recipe = training.Recipe([4], [3, 3], patch_size=16, batch_size=2, k_patch=2, epochs=1)
    path = tmp_path / "new folder" / "network.keras"
    assert training.train({"a.png": image}, recipe, path) == "done"
    assert read_card(path)["validation_files"] == ["a.png"]
