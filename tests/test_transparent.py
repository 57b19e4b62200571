"""benchmarks/transparent.py on drawn figures whose transparency is known."""

import cv2
import numpy as np
import pytest

from benchmarks import real_pairs, transparent
from srpoke.alpha import composite
from srpoke.registration import true_picture
from srpoke.tools import to_float

AFFINE = np.array([[3, 0, 1.0], [0, 3, 1.0]])


def figure(size: int) -> np.ndarray:
    """An outlined head with one eye, on nothing, of any size: BGRA, black where it is not seen."""
    y, x = (np.indices((8 * size,) * 2) + 0.5) / (8 * size) * 40
    image = np.zeros((8 * size, 8 * size, 4), np.float32)
    image[np.hypot((x - 20) / 15, (y - 19) / 11) < 1] = (20, 20, 20, 255)
    image[np.hypot((x - 20) / 14, (y - 19) / 10) < 1] = (60, 120, 230, 255)
    image[np.hypot(x - 13, y - 16) < 3] = (250, 250, 250, 255)
    image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)  # multiplied by alpha
    image[..., :3] *= 255 / np.maximum(image[..., 3:], 1)
    return np.uint8(image + 0.5)


@pytest.fixture
def folders(tmp_path):
    """Two transparent sprites with their drawings, the second one opaque."""
    for folder, size, names in (("sprites", 40, ("3", "7")), ("drawings", 120, ("003", "007"))):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / f"{names[0]}.png"), figure(size))
        opaque = np.uint8(composite(to_float(figure(size))) * 255 + 0.5)
        cv2.imwrite(str(tmp_path / folder / f"{names[1]}.png"), opaque)
    return tmp_path / "sprites", tmp_path / "drawings"


def test_the_truth_is_the_drawing_with_its_transparency():
    small, large = figure(40), figure(120)
    truth = transparent.true_bgra(small, large, AFFINE, 3)
    assert truth.shape == (120, 120, 4) and truth.min() >= 0 and truth.max() <= 1
    for ground in transparent.GROUNDS.values():
        error = np.abs(composite(truth, ground) - composite(to_float(large), ground))
        assert error.mean() < 0.01
    on_white = composite(transparent.true_bgra(small, large, AFFINE, 2))
    assert np.abs(255 * on_white - true_picture(small, large, AFFINE, 2)).mean() < 1


def test_bicubic_weighs_colours_by_alpha():
    image = np.zeros((8, 8, 4), np.uint8)
    image[:, :4] = (10, 100, 200, 255)
    large = transparent.stretch(image, 2, (16, 16))
    seen = large[..., 3] > 0.01
    assert np.abs(large[seen][:, :3] * 255 - (10, 100, 200)).max() < 1


def test_transparent_sprites_are_scored_on_every_ground(
    answer, folders, exported, tmp_path, monkeypatch, no_tensorflow
):
    monkeypatch.setattr(transparent, "use_one_core", lambda: None)
    pairs = tmp_path / "pairs"
    answer(real_pairs.main, *folders, "--out", pairs, "--scale", 2)
    code, out, errors = answer(transparent.main, exported, *folders, "--pairs", pairs)
    assert code == 0 and errors == [] and out[0].startswith("1 transparent sprites")
    heading, _, plain, own = [line.split("|")[1:-1] for line in out if line.startswith("|")]
    assert [cell.strip() for cell in heading] == ["method"] + [
        f"dB on {ground}" for ground in transparent.GROUNDS
    ]
    assert own[0].strip() == exported.name and float(plain[1]) > 15
    code, _, errors = answer(transparent.main, exported, *folders, "--pairs", pairs, "--names", 7)
    assert code == 2 and errors == [f"error: {pairs} knows no transparent sprite of {folders[0]}"]
