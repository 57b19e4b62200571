"""Crispness on hand-made pictures, whose values are worked out by hand."""

import cv2
import numpy as np
import pytest

from srpoke.line_metrics import gradient, line_depth, line_scores, overshoot


def paper(value: int = 200) -> np.ndarray:
    return np.full((32, 32, 3), value, np.uint8)


@pytest.fixture
def drawing() -> np.ndarray:
    """A filled square with a dark line through it and a faint ramp inside."""
    image = paper(255)
    image[4:28, 4:28] = 150
    image[4:28, 20:28] = np.arange(150, 166, 2)[None, :, None]
    image[15:17, 4:18] = 30
    return image


def test_truth_scores_one_and_rings_nowhere(drawing):
    scores = line_scores(drawing, drawing, 2)
    assert scores == {"edge": 1, "lines": 1, "fine": 1, "ring": 0}


def test_a_soft_result_has_less_of_everything(drawing):
    scores = line_scores(cv2.GaussianBlur(drawing, (0, 0), 1.5), drawing, 2)
    assert 0.3 < scores["edge"] < 0.8 and 0.2 < scores["lines"] < 0.8


def test_an_overdone_result_has_more_and_rings(drawing):
    soft = cv2.GaussianBlur(drawing, (0, 0), 1).astype(np.float32)
    sharp = np.clip(drawing + 1.0 * (drawing - soft), 0, 255).astype(np.uint8)
    scores = line_scores(sharp, drawing, 2)
    assert scores["edge"] > 1.05 and scores["lines"] > 1 and scores["ring"] > 1


def test_lines_are_the_share_of_their_depth():
    truth, result = paper(), paper()
    truth[16:18], result[16:18] = 100, 150
    assert line_scores(result, truth, 2)["lines"] == pytest.approx(50 / 100)
    assert line_depth(truth.astype(np.float32), 5)[16, 8] == 100
    truth[10:24] = 100  # 14 px high: a patch, no line
    assert line_depth(truth.astype(np.float32), 5).max() == 0


def test_gradient_is_grey_levels_per_pixel():
    ramp = paper()
    ramp[:] = np.arange(32, dtype=np.uint8)[None, :, None] * 5
    assert gradient(ramp.astype(np.float32))[8, 8] == pytest.approx(5)


def test_overshoot_counts_what_the_truth_never_shows():
    truth, result = paper(100).astype(np.float32), paper(100).astype(np.float32)
    truth[:, 16:] = 200
    result[:, 16:] = 200
    result[8, 15], result[8, 17], result[8, 4] = 90, 203, 110
    over = overshoot(result, truth)
    assert [over[8, x, 0] for x in (15, 17, 4)] == [10, 3, 10] and over.sum() == 3 * 23


def test_a_blank_truth_has_nothing_to_score():
    assert all(np.isnan(value) for value in line_scores(paper(255), paper(255), 2).values())
