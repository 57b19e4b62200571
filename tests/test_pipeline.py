"""The pipeline: sizes, tiles, colours, transparency; with networks that are plain functions."""

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest

from srpoke.alpha import composite
from srpoke.back_projection import back_project, limit_overshoot
from srpoke.course import Settings, check_size, output_sizes, steps
from srpoke.engine import Engine
from srpoke.errors import BadImage, UserError
from srpoke.geometry import Planes, resize
from srpoke.images import MAX_PIXELS
from srpoke.kernels import DRAWN_ANEW, OWN, SHRUNK, SPRITE_KERNEL, Making
from srpoke.pipeline import enlarge, finish, run_tiled, sharpen, stages, upscale
from srpoke.tools import degrade, to_bgra, to_float

SHRINK = 4
RNG = np.random.default_rng(0)
KERNEL = RNG.normal(0.04, 0.1, (5, 5)).astype(np.float32)  # not symmetric, not normalised
BARE = Settings(back_projection=False)
MAKING = Making(-0.2, DRAWN_ANEW)
DRIFT = np.float32([5, -10, 8]) / 255


def crop(batch: np.ndarray) -> np.ndarray:
    """What delta kernels make of the network."""
    return batch[:, 2:-2, 2:-2, :3]


def convolve(batch: np.ndarray) -> np.ndarray:
    """An unpadded 5 x 5 convolution of each channel."""
    return np.stack([cv2.filter2D(image[..., :3], -1, KERNEL)[2:-2, 2:-2] for image in batch])


def brighten(batch: np.ndarray) -> np.ndarray:
    """A network whose colours drift: by 5 to 10 grey levels a pass."""
    return crop(batch) + DRIFT


def use_planes(batch: np.ndarray) -> np.ndarray:
    """A network that looks at all eight planes."""
    patch = batch[:, 2:-2, 2:-2]
    return patch[..., :3] * 0.9 + patch[..., 3:] @ np.float32([[0.02, 0.05, 0.01, 0.1, 0.03]]).T


def engine(run=crop, shrink=SHRINK, planes=Planes(), **changes) -> Engine:  # noqa: B008
    return replace(Engine(run, shrink, planes, "bicubic", (2.0,), MAKING), **changes)


ALL = Planes(phase=True, making=True)


def final(engine: Engine, image: np.ndarray, factor=2.0, loops=1, settings=None, extra=0):
    """The last stage of the last loop."""
    return upscale(engine, image, factor, loops, settings, extra)


def disc(height=40, width=48, radius=13) -> np.ndarray:
    """A soft opaque disc in the middle, BGRA, grey 200 on hidden zeros."""
    y, x = np.indices((height, width))
    distance = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    alpha = np.clip(radius + 0.5 - distance, 0, 1) * 255
    return np.dstack([np.where(alpha >= 1, 200, 0)] * 3 + [alpha]).astype(np.uint8)


def noise(height: int, width: int, *channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, *channels), dtype=np.uint8)


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
    *_, (raw, _, _) = stages(engine(brighten), image, 1.5, 2, BARE, extra_passes=1)
    assert (raw == [105, 90, 109]).all()


# Any size


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


def seen_by(network: Engine) -> tuple[Engine, list[np.ndarray]]:
    """The network, and the inputs that it will have been given."""
    seen = []
    return replace(network, run=lambda batch: (seen.append(batch[0]), network.run(batch))[1]), seen


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


# What the network is told


def told_in(seen: list[np.ndarray]) -> list[tuple[float, float]]:
    assert all((patch[..., 6:] == patch[0, 0, 6:]).all() for patch in seen)
    return [tuple(np.round(patch[0, 0, 6:].tolist(), 4).tolist()) for patch in seen]


@pytest.mark.parametrize(("knows_own", "later"), [(True, (0.0, OWN)), (False, (-0.2, DRAWN_ANEW))])
def test_later_passes_are_told_that_their_input_is_the_networks_own(knows_own, later):
    network, seen = seen_by(engine(planes=ALL, knows_own=knows_own))
    first = (-0.2, DRAWN_ANEW)
    enlarge(network, to_float(noise(4, 4, 3)), (32, 32))
    assert told_in(seen) == [first, later, later]
    seen.clear()
    enlarge(network, to_float(noise(4, 4, 3)), (8, 8), drawn=True)
    assert told_in(seen) == [later]
    seen.clear()
    list(stages(network, noise(4, 4, 3), 2, 2, extra_passes=1))
    assert told_in(seen) == [first, later, later, later]  # clean, fine, clean, fine


def test_a_making_that_is_known_is_told_instead():
    network, seen = seen_by(engine(planes=ALL, knows_own=True))
    enlarge(network, to_float(noise(4, 4, 3)), (16, 16), Settings(making=Making(0.5, 0.0)))
    assert told_in(seen) == [(0.5, 0.0), (0.0, OWN)]


@pytest.mark.parametrize("sharpness", [-0.4, 0.4])
def test_sharpness_shifts_the_softness_of_every_pass(sharpness):
    network, seen = seen_by(engine(planes=ALL, knows_own=True))
    enlarge(network, to_float(noise(4, 4, 3)), (16, 16), Settings(sharpness=sharpness))
    expected = [(-0.2 + sharpness, DRAWN_ANEW), (sharpness, OWN)]
    np.testing.assert_allclose(told_in(seen), expected, atol=1e-4)


@pytest.mark.parametrize(("side", "softness"), [(12, -0.35), (16, -0.2), (24, 0.1)])
def test_a_real_sprite_is_told_as_softer_the_more_it_grows(side, softness):
    """And nothing else is: neither what was shrunk nor what a network drew."""
    network, seen = seen_by(engine(planes=ALL, factors=(1.5, 3.0), knows_own=True))
    small = to_float(noise(8, 8, 3))
    enlarge(network, small, (side, side))
    enlarge(network, small, (side, side), Settings(making=Making(0.5, SHRUNK)))
    enlarge(network, small, (side, side), drawn=True)
    assert told_in(seen) == [(softness, DRAWN_ANEW), (0.5, SHRUNK), (0.0, OWN)]


def test_every_view_is_told_the_same_and_alpha_always_box():
    network, seen = seen_by(engine(planes=ALL))
    final(network, disc(8, 10, 3), settings=Settings(ensemble=True))
    assert told_in(seen) == [(-0.2, DRAWN_ANEW)] * 8 + [(0.4167, 0.0)] * 8  # 5 / 12


# Ensemble


@pytest.mark.parametrize("shape", [(14, 10), (9, 13)])
def test_ensemble_is_the_mean_over_eight_views(shape):
    blurry = to_float(noise(*shape, 3))
    padded = np.pad(blurry, ((2, 2), (2, 2), (0, 0)), mode="edge")
    views = []
    for transposed in (False, True):
        for flip in ((), (0,), (1,), (0, 1)):
            view = padded.transpose(1, 0, 2) if transposed else padded
            seen = convolve(np.ascontiguousarray(np.flip(view, flip))[None])[0]
            back = np.flip(seen, flip)
            views.append(back.transpose(1, 0, 2) if transposed else back)
    result = sharpen(engine(convolve), blurry, (5, 6), Settings(ensemble=True), MAKING)
    np.testing.assert_allclose(result, np.mean(views, axis=0), atol=1e-6)


def test_ensemble_turns_the_phase_planes_too():
    """A network that adds its row phase: the views take it by rows and by columns in turn."""
    blurry = np.full((8, 9, 3), 0.5, np.float32)
    network = engine(lambda batch: crop(batch) + 0.1 * batch[:, 2:-2, 2:-2, 3:4], planes=ALL)
    result = sharpen(network, blurry, (4, 3), Settings(ensemble=True), MAKING)
    by_rows = np.resize([0.5, -0.5], 8)  # x2; mirrored, it changes sign
    by_columns = np.resize([1 / 3, -1, -1 / 3], 9)  # x3
    rows = np.mean([by_rows, by_rows[::-1]], axis=0)[:, None]
    columns = np.mean([by_columns, by_columns[::-1]], axis=0)[None]
    expected = 0.5 + 0.1 * (rows + columns) / 2
    np.testing.assert_allclose(result[..., 0], expected, atol=1e-5)


# Transparency


@pytest.mark.parametrize("poison", [(0, 0, 0), (255, 0, 255), "noise"])
@pytest.mark.parametrize("settings", [Settings(), Settings(ensemble=True), Settings(pad="before")])
def test_hidden_colour_leaves_no_trace(poison, settings):
    image = disc()
    image[..., :3] = noise(40, 48, 3)
    hidden = image[..., 3] == 0
    other = image.copy()
    other[hidden, :3] = noise(40, 48, 3)[::-1][hidden] if poison == "noise" else poison
    image[hidden, :3] = (0, 255, 0)
    first, second = (final(engine(convolve), i, 1.75, 2, settings) for i in (image, other))
    np.testing.assert_array_equal(first, second)


def test_a_flat_shape_stays_flat_up_to_its_edge():
    """Black under alpha 0 would darken the outline: the halo of most upscalers."""
    result = final(engine(), disc(), 2, 2)
    assert (result[..., :3][result[..., 3] > 0] == 200).all()


def test_transparent_and_opaque_are_exact_away_from_the_edge():
    image = disc(40, 48, 13)
    greying = engine(lambda batch: crop(batch) * 0.9 + 0.05)  # neither 0 nor 1 would stay
    alpha = final(greying, image, 2, 1, BARE)[..., 3]
    y, x = np.indices(alpha.shape)
    distance = np.hypot(y - 39.5, x - 47.5) / 2
    assert (alpha[distance > 13 + 3] == 0).all()
    assert (alpha[distance < 13 - 3] == 255).all()
    assert np.count_nonzero((alpha > 0) & (alpha < 255)) > 0


@pytest.mark.parametrize("pad", ["after", "before"])
def test_alpha_is_upscaled_like_a_grey_image(pad):
    image = disc(40, 48, 15)
    settings = Settings(pad=pad)
    alpha = final(engine(), image, 1.5, 3, settings)[..., 3].astype(int)
    grey = final(engine(), image[..., 3], 1.5, 3, settings).astype(int)
    assert alpha.shape == grey.shape
    assert np.abs(alpha - grey).max() < 20  # the overshoot that is cut off
    assert np.ptp(grey) > 200


@pytest.mark.parametrize("alpha", [0, 100, 255])
def test_constant_alpha_runs_the_network_once(alpha):
    runs = []
    network = engine(lambda batch: (runs.append(1), crop(batch))[1])
    image = np.dstack([noise(8, 9, 3), np.full((8, 9), alpha, np.uint8)])
    result = final(network, image)
    assert len(runs) == 1
    assert (result[..., 3] == alpha).all()
    image[0, 0, 3] = 50
    final(network, image)
    assert len(runs) == 1 + 2


def test_where_nothing_is_visible_colour_is_kept():
    image = np.dstack([noise(8, 9, 3), np.zeros((8, 9), np.uint8)])
    result = final(engine(convolve), image)
    np.testing.assert_array_equal(result[..., :3], final(engine(convolve), image[..., :3]))
    assert not result[..., 3].any()


def test_mask_is_an_image_of_its_own_that_hides_no_colour():
    colour, mask = noise(8, 9, 3), noise(8, 9) & 254
    mask[:4] = 0
    result = final(engine(convolve), np.dstack([colour, mask]), settings=Settings(alpha="mask"))
    np.testing.assert_array_equal(result[..., :3], final(engine(convolve), colour))
    np.testing.assert_array_equal(result[..., 3], final(engine(convolve), mask))


@pytest.mark.parametrize("channels", [3, 4])
def test_grey_stored_as_colour_stays_grey(channels):
    grey = noise(6, 7)
    image = np.dstack([grey] * 3 + [noise(6, 7)] * (channels - 3))
    image[..., 3:] |= 16  # all of it can be seen
    result = final(engine(convolve), image)
    np.testing.assert_array_equal(result[..., 0], result[..., 1])
    np.testing.assert_array_equal(result[..., 0], result[..., 2])
    if channels == 3:
        np.testing.assert_array_equal(result[..., 0], final(engine(convolve), grey))


def test_an_almost_invisible_background_moves_no_outline():
    image = disc(40, 48, 15)
    faint = image.copy()
    background = image[..., 3] == 0
    faint[background] = (0, 0, 0, 1)
    expected, result = (to_float(final(engine(), i)) for i in (image, faint))
    shown, seen = (composite(i) for i in (expected, result))
    assert np.abs(shown - seen).max() < 3 / 255


def test_opaque_image_equals_the_one_without_alpha():
    image = noise(8, 9, 3)
    result = final(engine(convolve), to_bgra(image))
    np.testing.assert_array_equal(result[..., :3], final(engine(convolve), image))


# Depth and channels


@pytest.mark.parametrize(("loops", "extra"), [(0, 0), (-1, 0), (1, -1)])
def test_loops_and_passes_that_cannot_be_are_refused(loops, extra):
    with pytest.raises(UserError, match="a whole number is needed, [01] at least"):
        upscale(engine(brighten), noise(4, 4, 3), 2, loops, extra_passes=extra)


@pytest.mark.parametrize("channels", [(), (3,), (4,)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_depth_and_channels_are_kept(channels, dtype):
    image = noise(6, 7, *channels).astype(dtype)
    result = final(engine(), image)
    assert result.shape == (12, 14, *channels)
    assert result.dtype == dtype


def test_grey_is_the_mean_of_the_channels_that_come_out():
    grey = np.full((6, 7), 100, np.uint8)
    assert (final(engine(brighten), grey, settings=BARE) == 101).all()  # + (5 - 10 + 8) / 3


def test_16_bit_is_finer_than_8_bit():
    ramp = np.linspace(20000, 20600, 32).astype(np.uint16)  # little more than two grey levels
    image = np.repeat(np.repeat(ramp[None], 8, axis=0)[..., None], 3, axis=2)
    result = final(engine(), image)
    expected = cv2.resize(image.astype(np.float32), (64, 16), interpolation=cv2.INTER_CUBIC)
    assert np.abs(result - expected)[:, 4:-4].max() < 6
    assert len(np.unique(result)) > 50


def test_interpolation_is_that_of_the_engine():
    image = noise(6, 7, 3)
    nearest = replace(engine(), interpolation="nearest")
    expected = image.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(final(nearest, image, settings=BARE), expected)


def test_colours_of_pixel_art_are_not_held():
    """Its small image was picked, not averaged: there is nothing to give back."""
    image = noise(6, 7, 3) // 2 + 50
    nearest = replace(engine(brighten), interpolation="nearest")
    expected = image.repeat(2, axis=0).repeat(2, axis=1).astype(int) + [5, -10, 8]
    assert np.abs(final(nearest, image) - expected).max() <= 1


@pytest.mark.parametrize(
    ("channels", "factor", "loops", "extra", "settings", "most"),
    [
        (3, 2, 1, 0, {}, 36),
        (4, 2, 1, 0, {}, 40),
        (4, 1.1, 2, 0, {}, 72),
        (4, 1.1, 6, 0, {}, 72),
        (4, 2, 1, 2, {}, 52),
        (4, 2, 1, 0, {"ensemble": True}, 64),
    ],
)
def test_memory_is_bounded(channels, factor, loops, extra, settings, most):
    """In bytes per pixel of the result, of which a float image of three channels takes 12."""
    side = round(256 / factor**loops)
    image = np.ascontiguousarray(cv2.resize(noise(9, 9, 4), (side, side))[..., :channels])
    tracemalloc.start()
    result = upscale(engine(), image, factor, loops, Settings(tile=64, **settings), extra)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < most * result.shape[0] * result.shape[1]
