"""Resizing, phases, cuts and views, against OpenCV, NumPy and numbers worked out by hand."""

import cv2
import numpy as np
import pytest

from srpoke.geometry import (
    Planes,
    axis_phase,
    cut,
    cut_input,
    dihedral,
    planes_of,
    resize,
    self_ensemble,
    small_size,
    stretch_factor,
)
from srpoke.kernels import Making

COLOUR = np.random.default_rng(0).random((5, 7, 3), np.float32)
FLOAT = cv2.resize(COLOUR, (48, 40), interpolation=cv2.INTER_LINEAR)
MAKING = Making(0.25, -1.0)


FLAGS = {"bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC, "lanczos4": cv2.INTER_LANCZOS4}


@pytest.mark.parametrize(("name", "flag"), FLAGS.items())
@pytest.mark.parametrize("size", [(60, 84), (41, 48), (30, 90)])
def test_resize_stretches_like_opencv(name, flag, size):
    expected = cv2.resize(FLOAT, size[::-1], interpolation=flag)
    np.testing.assert_array_equal(resize(FLOAT, *size, name), expected)


@pytest.mark.parametrize("size", [(20, 24), (27, 31), (40, 17), (1, 1)])
def test_resize_shrinks_by_area(size):
    expected = cv2.resize(FLOAT, size[::-1], interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(resize(FLOAT, *size, "bicubic"), expected)


def test_nearest_repeats_and_picks_whole_pixels():
    doubled = np.repeat(np.repeat(FLOAT, 2, axis=0), 2, axis=1)
    np.testing.assert_array_equal(resize(FLOAT, 80, 96, "nearest"), doubled)
    np.testing.assert_array_equal(resize(doubled, 40, 48, "nearest"), FLOAT)


def test_resize_to_the_same_size_is_a_copy():
    same = resize(FLOAT, 40, 48, "bicubic")
    np.testing.assert_array_equal(same, FLOAT)
    assert same is not FLOAT


@pytest.mark.parametrize(
    ("size", "small", "phase"),
    [
        (3, 2, [2 / 3, 0, -2 / 3]),  # x1.5
        (7, 4, [4 / 7, -2 / 7, 6 / 7, 0, -6 / 7, 2 / 7, -4 / 7]),  # x1.75
        (4, 2, [0.5, -0.5, 0.5, -0.5]),  # x2
        (6, 2, [1 / 3, -1, -1 / 3, 1 / 3, -1, -1 / 3]),  # x3: each second is a measured centre
        (3, 3, [-1, -1, -1]),
    ],
)
def test_axis_phase_is_the_place_between_small_pixels(size, small, phase):
    np.testing.assert_allclose(axis_phase(size, small), phase, atol=1e-5)


def test_cut_repeats_the_edge_outside():
    padded = np.pad(COLOUR, ((9, 9), (9, 9), (0, 0)), mode="edge")
    for top, left in [(-7, -5), (-2, 3), (4, -1), (3, 5), (0, 1)]:
        expected = padded[top + 9 : top + 17, left + 9 : left + 15]
        np.testing.assert_array_equal(cut(COLOUR, top, left, 8, 6), expected)


def test_cut_repeats_a_single_pixel():
    assert (cut(COLOUR[:1, :1], -4, -4, 9, 9) == COLOUR[0, 0]).all()


@pytest.mark.parametrize("told", [False, True])
def test_cut_input_adds_row_phase_column_phase_factor_and_making(told):
    patch = cut_input(FLOAT, (20, 32), Planes(True, told), MAKING, 3, -2, 6, 8)
    rows = np.clip(np.arange(3, 9), 0, 39)
    columns = np.clip(np.arange(-2, 6), 0, 47)
    y = ((rows + 0.5) / 2 - 0.5) % 1 * 2 - 1
    x = ((columns + 0.5) / 1.5 - 0.5 + 1e-6) % 1 * 2 - 1
    assert patch.shape == (6, 8, 8 if told else 6) and patch.dtype == np.float32
    np.testing.assert_array_equal(patch[..., :3], FLOAT[rows[:, None], columns])
    np.testing.assert_allclose(patch[..., 3], np.repeat(y[:, None], 8, 1), atol=1e-5)
    np.testing.assert_allclose(patch[..., 4], np.repeat(x[None], 6, 0), atol=1e-5)
    np.testing.assert_allclose(patch[..., 5], np.sqrt(2 * 1.5) - 1, atol=1e-6)
    assert (patch[..., 6:] == MAKING[: 2 * told]).all()


def test_cut_input_without_phase_is_the_patch_alone():
    assert cut_input(FLOAT, (20, 32), Planes(), MAKING, 0, 0, 6, 8).shape == (6, 8, 3)


@pytest.mark.parametrize(
    ("network", "channels"),
    [
        ({"phase": False}, 3),  # of the original
        ({"phase": True}, 6),  # of 1.0.0
        ({"phase": True, "told": False}, 6),
        ({"phase": True, "told": True}, 8),
    ],
)
def test_metadata_tells_the_planes(network, channels):
    planes = planes_of(network)
    assert planes.channels == channels
    assert cut_input(FLOAT, (20, 32), planes, MAKING, 0, 0, 6, 8).shape[2] == channels


@pytest.mark.parametrize(
    ("size", "factor", "small"), [(40, 2, 20), (40, 1.75, 23), (5, 2, 3), (7, 2, 4), (1, 8, 1)]
)
def test_small_sizes_round_half_up(size, factor, small):
    assert small_size(size, factor) == small


def test_stretch_factor_is_the_mean_of_both_axes():
    assert stretch_factor((40, 48), (20, 24)) == 2
    assert stretch_factor((40, 30), (20, 30)) == pytest.approx(2**0.5)
    assert stretch_factor((10, 15, 3), (20, 30, 3)) == 0.5


def test_dihedral_gives_the_eight_views():
    views = {dihedral(COLOUR, k).tobytes() for k in range(8)}
    mirrored = (COLOUR, COLOUR[::-1], COLOUR[:, ::-1], COLOUR[::-1, ::-1])
    expected = {v.tobytes() for m in mirrored for v in (m, m.transpose(1, 0, 2))}
    assert len(views) == 8 and views == expected


def test_mean_of_views_turns_each_back():
    np.testing.assert_allclose(self_ensemble(lambda view, _: view, COLOUR), COLOUR, atol=1e-6)
    weighted = self_ensemble(lambda view, k: view * k, COLOUR)
    np.testing.assert_allclose(weighted, COLOUR * 3.5, atol=1e-6)  # mean of 0 to 7
