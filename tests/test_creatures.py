"""The drawn creatures: same picture every time, at every scale, and as committed."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from dataset.draw_creatures import PLANS, draw_creature, file_name, main

FOLDER = Path(__file__).parents[1] / "dataset" / "creatures"


def premultiplied(image: np.ndarray) -> np.ndarray:
    """Straight uint8 BGRA (H, W, 4) to premultiplied float BGRA in 0..1."""
    image = image.astype(np.float64) / 255
    return np.dstack([image[..., :3] * image[..., 3:], image[..., 3]])


def psnr_over_white(a: np.ndarray, b: np.ndarray) -> float:
    """PSNR in dB of two premultiplied BGRA pictures composited over white."""
    a, b = (p[..., :3] + 1 - p[..., 3:] for p in (a, b))
    return -10 * np.log10(np.mean((a - b) ** 2))


@pytest.mark.parametrize("index", [0, 10, 100])
def test_format_and_size(index):
    image = draw_creature(index)
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 4
    assert 100 <= max(image.shape[:2]) <= 200
    alpha = image[..., 3]
    assert (alpha == 255).mean() > 0.1
    soft = (alpha > 0) & (alpha < 255)
    assert 0 < soft.mean() < 0.15  # an antialiased edge, not a haze
    assert not alpha[[0, -1]].any() and not alpha[:, [0, -1]].any()  # nothing is cut off


def test_hidden_colour_is_loud():
    image = draw_creature(5)
    hidden = image[image[..., 3] == 0][:, :3]
    assert len(np.unique(hidden, axis=0)) > 2
    assert hidden.std(axis=0).min() > 30


@pytest.mark.parametrize("scale", [0.5, 1.5, 2])
def test_size_follows_scale(scale):
    height, width = draw_creature(36).shape[:2]
    expected = int(np.floor(height * scale + 0.5)), int(np.floor(width * scale + 0.5))
    assert draw_creature(36, scale).shape[:2] == expected


def test_large_drawing_shrinks_to_the_small_one():
    small, large = (premultiplied(draw_creature(4, scale)) for scale in (1, 2))
    shrunk = cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert psnr_over_white(shrunk, small) > 32
    # and it holds more detail than the small one merely enlarged
    enlarged = cv2.resize(small, large.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    assert psnr_over_white(enlarged, large) < 32


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_bad_scale_is_refused(scale):
    with pytest.raises(ValueError, match="scale"):
        draw_creature(0, scale)


def test_committed_file_is_the_drawing():
    data = np.fromfile(FOLDER / file_name(1), np.uint8)
    stored = cv2.imdecode(data, cv2.IMREAD_UNCHANGED).astype(int)
    drawn = draw_creature(1).astype(int)
    assert stored.shape == drawn.shape
    assert np.abs(stored - drawn).max() <= 1


def test_all_48_files_are_there():
    names = {path.name for path in FOLDER.glob("*.png")}
    assert names == {file_name(index) for index in range(48)}


def test_creatures_differ():
    """Two plans differ, and so do two creatures of one plan (size set aside)."""
    same_plan = len(PLANS)
    pictures = []
    for index in (0, 1, same_plan, 2 * same_plan):
        picture = premultiplied(draw_creature(index))
        pictures.append(cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA))
    for i, a in enumerate(pictures):
        for b in pictures[i + 1 :]:
            assert psnr_over_white(a, b) < 18


def test_script_writes_files_from_the_first_on(tmp_path):
    for options in (["--count", "1"], ["--first", "50", "--count", "2"]):
        assert main([*options, "--scale", "0.5", "--save_path", str(tmp_path)]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"01_fox.png", file_name(49), file_name(50)}
    drawn = cv2.imread(str(tmp_path / "01_fox.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(drawn, draw_creature(0, 0.5))
