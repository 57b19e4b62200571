"""JPEG: made as another program makes it, and known by its pixels alone."""

from functools import cache

import cv2
import numpy as np
import pytest

from dataset.draw_creatures import draw_creature
from srpoke.jpeg import SAMPLINGS, as_jpeg, was_jpeg, zeros
from srpoke.tools import flatten, to_float
from tests.odd_files import through_jpeg

QUALITIES = 40, 75, 90, 95


@cache
def drawn(index: int) -> np.ndarray:
    """A creature on white, uint8 BGR."""
    return flatten(draw_creature(index))


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize(("sampling", "name"), [*zip(SAMPLINGS, ("4:2:0", "4:4:4"), strict=True)])
def test_a_picture_is_saved_as_another_program_saves_it(quality, sampling, name):
    other = through_jpeg(drawn(3), quality, name).astype(int)
    errors = as_jpeg(drawn(3), quality, sampling) - other
    assert np.abs(errors).max() <= 4  # the two programs differ a little
    assert np.abs(as_jpeg(drawn(3), quality).astype(int) - drawn(3)).max() > 4


@pytest.mark.parametrize("index", range(0, 48, 6))
@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_a_jpeg_is_known_whoever_saved_it(index, quality, subsampling):
    assert was_jpeg(to_float(through_jpeg(drawn(index), quality, subsampling)))


@pytest.mark.parametrize("index", range(48))
def test_nothing_else_is_taken_for_one(index):
    assert not was_jpeg(to_float(drawn(index)))


def test_nor_what_was_resized_since():
    large = as_jpeg(drawn(0), 75)
    assert not was_jpeg(to_float(cv2.resize(large, None, fx=0.7, fy=0.7)))


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (8, 8), (9, 17), (40, 40)])
@pytest.mark.parametrize("dark", [0.0, 0.5])
def test_where_nothing_is_drawn_nothing_is_known(size, dark):
    assert not was_jpeg(np.full((*size, 3), dark, np.float32))


def test_zeros_of_a_wave_are_all_coefficients_but_two():
    """A grey level and one cosine of it, in twelve blocks; the other blocks are flat."""
    grey = np.full((33, 60), 90.0, np.float32)
    phase = (2 * np.arange(8) + 1) * np.pi / 16
    wave = 20 * np.outer(np.cos(3 * phase), np.cos(5 * phase))
    for block in range(12):
        assert np.isnan(zeros(grey))
        top, left = 8 * (block % 4), 8 * (block // 4)
        grey[top : top + 8, left : left + 8] += wave
    assert zeros(grey) == pytest.approx(62 / 64)


@pytest.mark.parametrize("times", [2, 4, 8])
def test_enlarged_pixel_art_has_a_grid_but_is_no_jpeg(times):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    for art in (pixels, drawn(5)[::4, ::4]):
        large = cv2.resize(art, None, fx=times, fy=times, interpolation=cv2.INTER_NEAREST)
        assert not was_jpeg(to_float(large))
