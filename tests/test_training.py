"""Whole runs: the best epoch, repeatability, fine-tuning, what a file says; tiny and in seconds."""

import logging
import math
import re
import shutil

import cv2
import numpy as np
import pytest

import train
from srpoke import provenance
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.errors import room
from srpoke.images import write_image
from srpoke.kernels import KERNELS, SHRUNK, Making, softness
from srpoke.metadata import read_metadata
from srpoke.network import import_keras, load_network
from srpoke.protocol import repair, score, shrunk, truth
from srpoke.recipe import Recipe
from srpoke.tools import Pair
from tests.runs import LIKE_A_SPRITE, TRUE, rows, weights


def test_file_holds_the_best_epoch(trained, sprites):
    metadata, history = read_metadata(trained), rows(trained)
    best = max(row["val_psnr"] for row in history)
    (held_out,) = metadata["validation_files"]
    method = repair(load(trained), Settings(making=LIKE_A_SPRITE, supersample=False))
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


@pytest.fixture
def info(caplog):
    caplog.set_level(logging.INFO, "srpoke")
    return caplog


def test_colours_that_cannot_be_seen_decide_nothing(quick, fit, tmp_path):
    """Not even where patches are cut: under alpha 0, one sprite hides noise, the other black."""
    alpha = np.zeros((48, 48), np.uint8)
    alpha[4:44, 20:30] = 255
    noise = np.random.default_rng(2).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    seen = noise * (alpha > 0)[..., None]
    for name, colours in (("noise", noise), ("black", seen)):
        drawings = {"d.png": np.dstack([colours, alpha])}
        fit(tmp_path / f"{name}.keras", epochs=1, drawings=drawings)
    for pair in zip(
        weights(tmp_path / "noise.keras"), weights(tmp_path / "black.keras"), strict=True
    ):
        np.testing.assert_array_equal(*pair)


@pytest.mark.parametrize(("kernel", "teaches"), [("triangle", False), ("box", True)])
def test_nothing_is_taught_where_pictures_are_soft(
    fit, quick, tmp_path, monkeypatch, kernel, teaches
):
    making = Making(softness(KERNELS[kernel]), SHRUNK)
    monkeypatch.setattr(provenance, "usual_making", lambda images: making)
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
