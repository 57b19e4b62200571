"""Pictures of a training run: which way the curve goes, and what the previews show."""

import cv2
import numpy as np
import pytest

from srpoke.course import Settings
from srpoke.engine import Engine
from srpoke.geometry import Planes
from srpoke.kernels import Making
from srpoke.pictures import training


def height_of_line(picture: np.ndarray, column: float, colour: int = 0) -> float:
    """Mean row, from above, of a line in the last part of the picture's width."""
    here = (picture == np.uint8(training.COLOURS[colour])).all(axis=2)
    here[:, : int(column * here.shape[1])] = False
    return np.nonzero(here)[0].mean()


def draw(values: list[float], factor: float = 2.0, bicubic: float = 25.0) -> np.ndarray:
    history = [{"epoch": n, f"psnr_x{factor:g}": value} for n, value in enumerate(values, 1)]
    return training.curve(history, {factor: bicubic})


def test_better_is_higher():
    rising, flat, falling = ([20, 22, 30], [25, 25, 25], [30, 22, 20])
    heights = [height_of_line(draw(values), 0.85) for values in (rising, flat, falling)]
    assert heights[0] + 20 < heights[1] < heights[2] - 20


def test_every_factor_has_its_line():
    history = [{"epoch": n, "psnr_x1.5": 30 + n, "psnr_x2": 24 - n} for n in (1, 2, 3)]
    picture = training.curve(history, {1.5: 28.0, 2.0: 26.0})
    assert height_of_line(picture, 0.5, 0) + 50 < height_of_line(picture, 0.5, 1)


def test_epochs_without_a_score_are_left_out():
    history = [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "psnr_x2": 30.0}]
    assert np.array_equal(training.curve(history, {2.0: 25.0}), draw([30.0]))


@pytest.mark.parametrize("interpolation", ["nearest", "bicubic"])
def test_previews_show_blurred_output_and_target(interpolation):
    """The input as this network sees it, what it makes of it, and what it should have."""
    network = Engine(lambda batch: 1 - batch, 0, Planes(), interpolation, (2.0,), Making(0.0))
    sharp = np.random.default_rng(0).random((20, 14, 3)).astype(np.float32).round()
    sharp = sharp.repeat(2, 0).repeat(2, 1)
    picture = training.previews(network, [sharp], 2.0, Settings())
    target = cv2.resize(sharp, (196, 280), interpolation=cv2.INTER_NEAREST_EXACT)

    def places(part: np.ndarray) -> int:
        wanted = np.uint8(np.rint(part * 255))
        return np.count_nonzero(cv2.matchTemplate(picture, wanted, cv2.TM_SQDIFF) < 5000)  # of 5e9

    if interpolation == "nearest":  # picked and repeated, doubled pixels are what they were
        assert places(target) == 2 and places(1 - target) == 1
    else:
        assert places(target) == 1
