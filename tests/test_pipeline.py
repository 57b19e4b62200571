"""The pipeline: sizes, tiles, places, colours; with networks that are plain functions."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from srpoke.back_projection import back_project, limit_overshoot
from srpoke.course import Settings, check_size, drawn_size, output_sizes, steps
from srpoke.errors import BadImage
from srpoke.geometry import Planes, resize
from srpoke.images import MAX_PIXELS
from srpoke.kernels import SPRITE_KERNEL
from srpoke.pipeline import enlarge, finish, run_tiled, stages, upscale
from srpoke.tools import degrade, to_float
from tests.paper import (
    ALL,
    BARE,
    DRIFT,
    KERNEL,
    MAKING,
    SHRINK,
    brighten,
    convolve,
    crop,
    disc,
    engine,
    final,
    noise,
    seen_by,
    use_planes,
)

# Sizes


@pytest.mark.parametrize(
    ("factor", "pad", "shrink", "sizes"),
    [
        (1.5, "after", 12, [(236, 191), (353, 286), (530, 429)]),
        (1.5, "before", 12, [(241, 196), (367, 300), (556, 456)]),
        (1.75, "before", 12, [(283, 231), (504, 413), (891, 731)]),
        (0.001, "after", 12, [(1, 1), (1, 1), (1, 1)]),
    ],
)
def test_output_sizes_of_157_x_127(factor, pad, shrink, sizes):
    assert output_sizes((157, 127), factor, 3, pad, shrink) == sizes


def test_sizes_do_not_drift_over_many_loops():
    assert output_sizes((1, 7), 1.1, 24)[-1] == (10, 69)  # 1.1^24 = 9.85; rounding each time: 5


@pytest.mark.parametrize(
    ("pad", "sizes"), [("after", [(236, 191), (353, 286)]), ("before", [(241, 196), (367, 300)])]
)
def test_upscale_gives_exactly_these_sizes(pad, sizes):
    wide = engine(lambda batch: batch[:, 6:-6, 6:-6], shrink=12)
    loops = stages(wide, noise(127, 157, 3), 1.5, 2, Settings(pad=pad), extra_passes=1)
    shapes = [[stage.shape for stage in results] for results in loops]
    assert shapes == [[(height, width, 3)] * 3 for width, height in sizes]


@pytest.mark.parametrize("shape", [(1, 1), (1, 9, 3), (9, 1, 4), (2, 3, 4)])
def test_smallest_images_work(shape):
    result = final(engine(convolve), noise(*shape), 1.5, 2)
    assert result.shape[:2] == tuple(int(n * 2.25 + 0.5) for n in shape[:2])
    assert result.shape[2:] == shape[2:]


@pytest.mark.parametrize("loops", [1, 2])
def test_factors_below_one_shrink_without_the_network(loops):
    image = noise(12, 16, 3)
    expected = to_float(image)
    for size in ((6, 8), (3, 4))[:loops]:
        expected = degrade(expected, *size, SPRITE_KERNEL)
    result = final(engine(lambda batch: 1 / 0), image, 0.5, loops)
    assert np.abs(result / 255 - expected).max() <= 1.6 * loops / 255


@pytest.mark.parametrize(
    ("size", "factor", "loops"),
    [((5, 5), 10, 4), ((10001, 10000), 1, 1), ((2, 2), 1e200, 2), ((1, 1), 2, 10**6)],
)
def test_huge_results_are_refused_with_their_size(size, factor, loops):
    image = np.broadcast_to(np.uint8(0), (*size, 3))
    with pytest.raises(BadImage, match=f"px, more than {MAX_PIXELS}"):
        check_size(engine(), image, factor, loops, Settings(), MAX_PIXELS)


def test_max_pixels_is_the_largest_allowed_result():
    check_size(engine(), noise(5, 5, 3), 2, 1, Settings(), 100)
    with pytest.raises(BadImage, match="10x10"):
        check_size(engine(), noise(5, 5, 3), 2, 1, Settings(), 99)


# Tiles


@pytest.mark.parametrize("tile", [1, 7, 16, 1000])
@pytest.mark.parametrize(("run", "planes"), [(convolve, Planes()), (use_planes, ALL)])
def test_tiles_equal_the_whole_image(tile, run, planes):
    blurry = resize(to_float(noise(15, 12, 3)), 31, 25, "bicubic")
    network = engine(run, planes=planes)
    whole = run_tiled(network, blurry, (15, 12), 64, MAKING)
    tiled = run_tiled(network, blurry, (15, 12), tile, MAKING)
    np.testing.assert_allclose(tiled, whole, atol=1e-6)


def test_the_whole_image_is_convolved_with_repeated_edges():
    blurry = to_float(noise(21, 18, 3))
    expected = cv2.filter2D(blurry, -1, KERNEL, borderType=cv2.BORDER_REPLICATE)
    result = run_tiled(engine(convolve), blurry, (10, 9), 8, MAKING)
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_tiles_bound_what_the_network_is_given():
    areas = []
    network = engine(lambda batch: (areas.append(batch[0, ..., 0].size), crop(batch))[1])
    final(network, noise(40, 50, 3), 2, settings=Settings(tile=16))
    assert max(areas) == (16 + SHRINK) ** 2


# Places and colours


def test_delta_kernels_leave_the_bicubic_stretch():
    image = noise(9, 11, 3)
    stretched = cv2.resize(to_float(image), (22, 18), interpolation=cv2.INTER_CUBIC)
    expected = np.floor(np.clip(stretched, 0, 1) * 255 + 0.5)
    np.testing.assert_array_equal(final(engine(), image, settings=BARE), expected)


@pytest.mark.parametrize("pad", ["after", "before"])
@pytest.mark.parametrize("factor", [1.3, 1.5])
def test_a_centred_drawing_stays_centred_after_six_loops(pad, factor):
    image = disc(21, 26, 6)
    result = final(engine(), image, factor, 6, Settings(pad=pad))
    for layer in (result[..., 3], 255 - result[..., 0] * (result[..., 3] / 255)):
        weights = layer.astype(float) - layer.min()
        centroid = [np.average(axis, weights=weights) for axis in np.indices(layer.shape)]
        middle = [(n - 1) / 2 for n in layer.shape]
        np.testing.assert_allclose(centroid, middle, atol=0.25)


def test_an_offset_of_the_network_is_removed():
    """Also where its colours leave the range, and in a corner."""
    small = to_float(cv2.resize(noise(5, 6, 3), (24, 20), interpolation=cv2.INTER_NEAREST))
    blurry = resize(small, 40, 48, "bicubic")
    plain = limit_overshoot(finish(engine(), blurry.copy(), small, small, BARE), small)
    held = finish(engine(), blurry + DRIFT, small, small, Settings())
    away = finish(engine(), blurry + DRIFT, small, small, BARE)
    assert np.abs(away - plain).max() > 9 / 255
    held, plain, away = (cv2.blur(i, (9, 9)) for i in (held, plain, away))
    assert np.abs(held - plain).mean() < 0.5 / 255 < 6 / 255 < np.abs(away - plain).mean()


@pytest.mark.parametrize("scale", [1.5, 2, 4])
@pytest.mark.parametrize("turned", [False, True])
def test_nothing_overshoots_beside_a_hard_edge_between_flat_colours(scale, turned):
    small = np.full((20, 24, 3), 180, np.uint8)
    small[:, 12:], small[:7, :9] = 30, 230
    small = small.transpose(1, 0, 2).copy() if turned else small
    bare, limited = (upscale(engine(), small, scale, settings=s) for s in (BARE, Settings()))
    assert bare.max() > 235 and bare.min() < 25  # a bicubic stretch alone
    assert limited.max() == 230 and limited.min() == 30


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_thinner_than_a_pixel_may_go_beyond_its_neighbours(sign):
    """Dots and lines of single pixels, and slopes."""
    small = np.full((20, 24, 3), 0.5, np.float32)
    small[4, 5], small[10:, 12] = 0.5 + sign * 0.2, 0.5 + sign * 0.1
    small[:, 18:] += sign * np.linspace(0, 0.4, 6, dtype=np.float32)[:, None]
    sharp = resize(small, 40, 48, "bicubic")
    sharp[8:10, 10:12] += sign * 0.2
    sharp[22:, 24:26] += sign * 0.2
    limited, drawn = limit_overshoot(sharp.copy(), small), sign * (sharp - 0.5) > 0.05
    drawn[:, 46:] = False  # beyond the last centres
    assert drawn[:16].any() and drawn[20:, :30].any() and drawn[:, 38:].any()
    np.testing.assert_array_equal(limited[drawn], sharp[drawn])


def test_a_thin_dark_line_keeps_its_colour():
    """In two of its channels the area beside it is the darkest, as white has part in its pixels."""
    small = np.ones((20, 24, 3), np.float32)
    small[:, :12], small[:, 12] = (0.2, 0.34, 0.6), (0.3, 0.4, 0.35)
    sharp = resize(small, 40, 48, "bilinear")
    sharp[:, 24] = 0.02, 0.1, 0.2
    np.testing.assert_array_equal(limit_overshoot(sharp.copy(), small)[:, 24], sharp[:, 24])


@pytest.mark.parametrize("sign", [1, -1])
def test_one_channel_is_limited_where_another_has_no_limit(sign):
    """A step in red and green, while blue changes everywhere, and stays among its neighbours."""
    small = np.full((20, 24, 3), 0.5 - sign * 0.3, np.float32)
    small[:, 12:] = 0.5 + sign * 0.2
    small[..., 0] = np.linspace(0.2, 0.8, 24)
    sharp = resize(small, 40, 48, "bilinear")
    sharp[:, 25:27, 1:] += sign * 0.1
    limited = limit_overshoot(sharp.copy(), small)
    assert np.abs(limited - resize(small, 40, 48, "bilinear")).max() < 1e-6


@pytest.mark.parametrize("period", [1, 2])
def test_detail_is_left_to_the_network(period):
    """A checkerboard of single pixels, large or small ones, is drawing and no drift."""
    small = np.full((40, 44, 3), 0.5, np.float32)
    rows, columns = np.indices((80, 88)) // period
    detail = np.where((rows + columns) % 2, 0.1, -0.1).astype(np.float32)[..., None]
    sharp = resize(small, 80, 88, "bicubic") + detail
    change = np.abs(back_project(sharp.copy(), small) - sharp)
    assert change[32:-32, 32:-32].max() < 0.05 / 255
    assert change.max() < 0.04  # at the border, where half a period is repeated


def test_colours_are_held_between_black_and_white():
    small = to_float(noise(12, 9, 3))
    held = back_project(np.float32(1) - resize(small, 24, 18, "bicubic"), small)
    assert held.min() >= 0 and held.max() <= 1


def test_what_is_right_already_stays():
    small = np.full((9, 7, 3), 0.3, np.float32)
    sharp = resize(small, 18, 14, "bicubic")
    np.testing.assert_allclose(back_project(sharp.copy(), small), sharp, atol=1e-6)


BLUE = (255, 0, 0)
SQUARES = np.uint8([[BLUE, (10, 250, 128)], [(200, 90, 30), (255, 255, 255)]])


@pytest.mark.parametrize(("factor", "loops", "extra"), [(1.25, 6, 0), (2.0, 1, 5)])
@pytest.mark.parametrize("shift", [(2, 2, 2), (-2, -2, -2), (2, -2, 1)])
@pytest.mark.parametrize("squares", [np.uint8([[BLUE]]), SQUARES], ids=["blue", "four"])
def test_flat_squares_stay_within_half_a_grey_level_up_to_the_border(
    factor, loops, extra, shift, squares
):
    network = engine(lambda batch: crop(batch) + np.float32(shift) / 255)
    side = 20 if len(squares) == 2 else 24
    image = squares.repeat(side, 0).repeat(side, 1).astype(np.uint16) * 257
    result = final(network, image, factor, loops, None, extra) / 257
    wanted = resize(squares, *result.shape[:2], "nearest").astype(float)
    scale = len(result) / len(image)  # edges between squares ring, up to 6 px away
    y, x = np.abs(np.indices(result.shape[:2]) + 0.5 - len(result) / 2) / scale
    inside = np.minimum(x, y) > 7 if len(squares) == 2 else np.ones_like(x, bool)
    assert inside[0].any() and inside[:, 0].any() and inside[-1, -1]
    assert np.abs(result - wanted)[inside].max() < 0.5


def test_each_fine_pass_starts_from_the_one_before():
    results = next(stages(engine(brighten), noise(8, 8, 3) // 4 + 90, 2, 1, BARE, 2))
    assert len(results) == 4
    for step in np.diff(np.int16(results), axis=0)[1:]:
        assert np.abs(step - [5, -10, 8]).max() <= 1


def test_next_loop_starts_from_clean_not_from_fine():
    image = np.full((6, 6, 3), (100, 100, 101), np.uint8)  # no grey, which would stay grey
    bare = replace(BARE, supersample=False)
    *_, (raw, _, _) = stages(engine(brighten), image, 1.5, 2, bare, extra_passes=1)
    assert (raw == [105, 90, 109]).all()


# Any size


@pytest.mark.parametrize("factor", [1.1, 1.25, 1.5])
def test_what_grows_by_little_is_drawn_twice_as_large_and_shrunk(factor):
    image = to_float(noise(20, 30, 3))
    height, width = round(20 * factor), round(30 * factor)
    direct = Settings(supersample=False)
    more = enlarge(engine(brighten), image, (2 * height, 2 * width), direct)
    mean = more.reshape(height, 2, width, 2, 3).mean(axis=(1, 3))
    result = enlarge(engine(brighten), image, (height, width))
    np.testing.assert_allclose(result, mean, atol=1e-6)
    assert np.abs(result - enlarge(engine(brighten), image, (height, width), direct)).max() > 0.01


@pytest.mark.parametrize("factor", [1.65, 2])
def test_what_grows_by_more_is_drawn_at_its_size(factor):
    size = int(20 * factor), int(40 * factor)
    assert drawn_size(engine(), (20, 40), size, drawn=False) == size


def test_own_work_is_drawn_at_its_size_by_the_least_factor_that_it_is_learnt_at():
    knowing = replace(engine(), knows_own=True)
    for network, factor, times in ((knowing, 1.35, 1), (knowing, 1.25, 2), (engine(), 1.35, 2)):
        size = int(20 * factor), int(40 * factor)
        wanted = times * size[0], times * size[1]
        assert drawn_size(network, (20, 40), size, drawn=True) == wanted
        assert drawn_size(network, (20, 40), size, drawn=False) == (2 * size[0], 2 * size[1])


def test_later_loops_of_a_network_that_knows_its_own_work_are_drawn_at_their_size():
    image, seen = noise(20, 20, 3), []
    watching = replace(engine(lambda x: seen.append(x.shape[1:3]) or brighten(x)), knows_own=True)
    upscale(watching, image, 1.5, 2, BARE)
    assert len(set(seen)) > 1 and max(seen)[0] <= 60 + watching.shrink  # 20 -> 60 / 2, 30 -> 45


def test_neither_pixel_art_nor_large_pictures_are_drawn_twice_as_large():
    pixel_art = replace(engine(), interpolation="nearest")
    assert drawn_size(pixel_art, (20, 40), (30, 60), False) == (30, 60)
    assert drawn_size(engine(), (1000, 1600), (1400, 2240), False) == (2800, 4480)
    assert drawn_size(engine(), (2000, 3200), (2800, 4480), False) == (2800, 4480)


@pytest.mark.parametrize(
    ("factor", "largest", "sizes"),
    [
        (2, 2, [(20, 14)]),
        (2.01, 2, [(20, 14)]),  # a hair more than it has learnt
        (3, 2, [(17, 12), (30, 21)]),  # 10 and 7 by sqrt 3: 17.3 and 12.1
        (4, 2, [(20, 14), (40, 28)]),
        (8, 2, [(20, 14), (40, 28), (80, 56)]),
        (3, 3, [(30, 21)]),
        (4, 3, [(20, 14), (40, 28)]),
        (1.5, 2, [(15, 11)]),
        (1.0, 2, [(10, 7)]),
        (2.25, 1.5, [(15, 11), (23, 16)]),  # 10.5 and 22.5 are rounded up
    ],
)
def test_steps_are_the_fewest_equal_ones(factor, largest, sizes):
    assert steps((10, 7), output_sizes((10, 7), factor, 1)[0], largest) == sizes


def test_steps_count_from_the_first_image():
    assert steps((3, 3), (48, 48), 2) == [(6, 6), (12, 12), (24, 24), (48, 48)]
    assert steps((5, 5), (22, 22), 1.5) == [(7, 7), (10, 10), (15, 15), (22, 22)]  # 7.24 10.49 15.2


@pytest.mark.parametrize(
    ("factors", "factor", "sides"),
    [([1.5, 2], 2, [20]), ([1.5, 2], 3, [17, 30]), ([2, 3], 3, [30]), ([2], 8, [20, 40, 80])],
)
def test_enlarge_takes_the_steps_and_gives_the_size(factors, factor, sides):
    network, seen = seen_by(engine(factors=factors))
    result = enlarge(network, to_float(noise(10, 10, 3)), (10 * factor, 10 * factor))
    assert [len(patch) - SHRINK for patch in seen] == sides
    assert result.shape == (10 * factor, 10 * factor, 3)


def test_each_step_starts_from_the_one_before():
    small = np.full((6, 6, 3), 0.5, np.float32)
    result = enlarge(engine(brighten), small, (24, 24), BARE)
    assert np.abs(result - (0.5 + 2 * np.float32([5, -10, 8]) / 255)).max() < 1e-6
