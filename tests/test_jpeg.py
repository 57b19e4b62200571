"""JPEG: made as another program makes it, and known by its pixels alone."""

from functools import cache

import cv2
import numpy as np
import pytest

from dataset.draw_creatures import draw_creature
from srpoke.jpeg import (
    MORE,
    OTHER_GRIDS,
    SAMPLINGS,
    as_jpeg,
    evenness,
    rich_blocks,
    was_jpeg,
    zeros,
)
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
        assert np.isnan(zeros(rich_blocks(grey)))
        top, left = 8 * (block % 4), 8 * (block // 4)
        grey[top : top + 8, left : left + 8] += wave
    assert zeros(rich_blocks(grey)) == pytest.approx(62 / 64)


def icon(seed: int) -> np.ndarray:
    """Bars of flat colours, uint8 BGR, that begin and end on a grid of 8 px or beside it."""
    bars = np.random.default_rng(seed).integers(0, 256, (12, 24, 3), dtype=np.uint8)
    return bars.repeat(8, axis=0).repeat([3, 5] * 12, axis=1)


@pytest.mark.parametrize("seed", range(8))
def test_flat_colours_on_the_grid_are_no_jpeg_until_saved_as_one(seed):
    grey = icon(seed).mean(axis=2)
    own, *others = (zeros(rich_blocks(grey[y:, x:])) for y, x in [(0, 0), *OTHER_GRIDS])
    assert own > max(others) + MORE  # so zeros alone would take it for one
    assert not was_jpeg(to_float(icon(seed)))
    assert was_jpeg(to_float(as_jpeg(icon(seed), 75)))


def test_evenness_is_the_share_of_equal_neighbours():
    blocks = np.zeros((3, 8, 8), np.float32)
    blocks[0, :, 4:] = 1  # one of seven differences in each row
    blocks[1] += np.arange(8) * 0.2  # less than a quarter of a level
    blocks[2] = np.arange(64).reshape(8, 8)
    assert evenness(blocks) == pytest.approx((1 - 1 / 14 + 1 + 0) / 3)


@pytest.mark.parametrize("times", [2, 4, 8])
def test_enlarged_pixel_art_has_a_grid_but_is_no_jpeg(times):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    for art in (pixels, drawn(5)[::4, ::4]):
        large = cv2.resize(art, None, fx=times, fy=times, interpolation=cv2.INTER_NEAREST)
        assert not was_jpeg(to_float(large))
