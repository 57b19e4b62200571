"""Training the classifier of styles: what it sees, that it learns, and the file that it writes."""

import shutil

import numpy as np
import pytest

from benchmarks import train_style
from srpoke.engine import open_tflite
from srpoke.images import write_image
from srpoke.metadata import read_metadata, style_file
from srpoke.style import log_odds
from srpoke.tools import to_float


@pytest.fixture(scope="module")
def training():
    """The module, which imports TensorFlow."""
    from srpoke import style_training

    return style_training


def pictures(fine: bool, count: int = 12) -> list[np.ndarray]:
    """BGRA pictures with stripes of 1 px, or of 8."""
    rng = np.random.default_rng(fine)
    width = 1 if fine else 8
    rows = (np.arange(80) // width % 2)[:, None, None] * np.ones((80, 80, 1))
    opaque = np.full((80, 80, 1), 255, np.uint8)
    return [
        np.dstack([(rows * rng.integers(80, 255, 3)).astype(np.uint8), opaque])
        for _ in range(count)
    ]


def test_a_patch_is_the_picture_made_smaller(training, monkeypatch):
    monkeypatch.setattr(training, "JPEG", None)
    image = np.full((60, 90, 4), (40, 80, 120, 255), np.uint8)
    for factor in (1.0, 2.5):
        patch = training.patch_of(image, factor, np.random.default_rng(0))
        assert patch.shape == (training.PATCH, training.PATCH, 3) and patch.dtype == np.float32
        assert sorted(patch[0, 0]) == pytest.approx([40 / 255, 80 / 255, 120 / 255])
        assert (patch == patch[0, 0]).all()
    stripes = pictures(True)[0]
    large, small = (
        training.patch_of(stripes, factor, np.random.default_rng(1))[8:-8, 8:-8].std()
        for factor in (1.0, 2.0)
    )
    assert small < 0.4 * large  # two stripes in every pixel


def test_half_of_the_patches_are_of_sprites_and_each_batch_comes_again(training):
    patches = training.Patches(pictures(True), [pictures(False)])
    inputs, labels = patches[3]
    assert inputs.shape == (training.BATCH, training.PATCH, training.PATCH, 3)
    assert 0.25 < np.mean([patches[n][1].mean() for n in range(8)]) < 0.75
    np.testing.assert_array_equal(patches[3][0], inputs)
    assert (patches[4][0] != inputs).any()
    patches.on_epoch_end()
    assert (patches[3][1] != labels).any()


@pytest.mark.slow
def test_it_learns_and_its_file_gives_the_same_odds(
    training, exported, tmp_path, monkeypatch, answer
):
    monkeypatch.setattr(training, "LAYERS", ((8, 1), (8, 2)))
    monkeypatch.setattr(training, "EPOCH", 20)
    monkeypatch.setattr(training, "BATCH", 8)
    monkeypatch.setattr(training, "SHRUNK_SHARE", 0.0)
    for name, fine in (("fine", True), ("wide", False)):
        for n, image in enumerate(pictures(fine)):
            write_image(tmp_path / name / f"{name}{n}.png", image)
    for name in ("x", "y"):
        shutil.copy(exported, tmp_path / f"{name}.tflite")
    command = tmp_path / "fine", "--others", tmp_path / "wide", "--network", tmp_path / "x.tflite"
    code, out, _ = answer(train_style.main, *command, "--n_epochs", "4", "--other", "y")
    assert code == 0 and "of wide: 1.000 told right" in out
    path = style_file(tmp_path / "x.tflite")
    metadata = read_metadata(path)
    assert metadata["other"] == "y" and metadata["told_right"]["sprites"] == 1
    seen = metadata["seen_files"]
    assert len(seen) == 20 and {name[:4] for name in seen} == {"fine", "wide"}
    run = open_tflite(path, metadata)
    fine, wide = (log_odds(run, to_float(pictures(kind)[0][..., :3])) for kind in (True, False))
    assert fine > 0 > wide


def test_a_single_picture_is_learnt_from_and_judged(training):
    alone, many = {"a.png": 1}, {f"{n}.png": n for n in range(10)}
    assert training.apart(alone, {"a"}) == (alone, alone)
    learnt, held_out = training.apart(many, {training.same_picture("3.png")})
    assert "3.png" in held_out and not set(learnt) & set(held_out)
    assert learnt | held_out == many


def test_a_folder_called_sprites_does_not_hide_how_sprites_are_told(training):
    def all_suit(batch: np.ndarray) -> np.ndarray:
        return np.ones((len(batch), 2, 2, 2), np.float32)

    shares = training.told_right(all_suit, pictures(True, 1), {"sprites": pictures(False, 1)})
    assert shares["sprites"] == 1 and shares["of sprites"] == 0


def test_channels_change_places_before_jpeg_to_which_they_are_not_alike(training, monkeypatch):
    given = []

    def no_jpeg(image: np.ndarray, making, *_) -> tuple:
        given.append(image[0, 0])
        return image, making

    monkeypatch.setattr(training, "sometimes_jpeg", no_jpeg)
    image = np.full((60, 90, 4), (40, 80, 120, 255), np.uint8)
    made = [training.patch_of(image, 1.0, np.random.default_rng(seed))[0, 0] for seed in range(9)]
    np.testing.assert_array_equal(made, given)
    assert len(set(map(tuple, made))) > 2
