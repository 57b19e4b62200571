"""Transparency, grey, depth and channels of what is upscaled."""

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest

from srpoke import layers
from srpoke.alpha import composite
from srpoke.course import Settings
from srpoke.errors import UserError
from srpoke.kernels import KERNELS, SHRUNK, Making, softness
from srpoke.pipeline import stages, upscale
from srpoke.tools import to_bgra, to_float
from tests.paper import BARE, MAKING, brighten, convolve, crop, disc, engine, final, noise

SHRUNK_BY_BOX = Making(softness(KERNELS["box"]), SHRUNK)  # not drawn anew, as engine()'s is

# Transparency


@pytest.mark.parametrize("making", [SHRUNK_BY_BOX, MAKING])
@pytest.mark.parametrize("poison", [(0, 0, 0), (255, 0, 255), "noise"])
@pytest.mark.parametrize("settings", [Settings(), Settings(ensemble=True), Settings(pad="before")])
def test_hidden_colour_leaves_no_trace(poison, settings, making):
    image = disc()
    image[..., :3] = noise(40, 48, 3)
    hidden = image[..., 3] == 0
    other = image.copy()
    other[hidden, :3] = noise(40, 48, 3)[::-1][hidden] if poison == "noise" else poison
    image[hidden, :3] = (0, 255, 0)
    network = engine(convolve, making=making)
    first, second = (final(network, i, 1.75, 2, settings) for i in (image, other))
    np.testing.assert_array_equal(first, second)


def test_a_flat_shape_stays_flat_up_to_its_edge():
    """Black under alpha 0 would darken the outline: the halo of most upscalers."""
    result = final(engine(making=SHRUNK_BY_BOX), disc(), 2, 2)
    assert (result[..., :3][result[..., 3] > 0] == 200).all()
    result = final(engine(), disc(), 2, 2).astype(int)  # on white and on black, both rounded
    off = np.abs(result[..., :3] - 200).max(axis=2) * result[..., 3]
    assert off.max() <= 255


@pytest.mark.parametrize("making", [SHRUNK_BY_BOX, MAKING])
def test_transparent_and_opaque_are_exact_away_from_the_edge(making):
    image = disc(40, 48, 13)
    # neither 0 nor 1 would stay
    greying = engine(lambda batch: crop(batch) * 0.9 + 0.05, making=making)
    alpha = final(greying, image, 2, 1, BARE)[..., 3]
    y, x = np.indices(alpha.shape)
    distance = np.hypot(y - 39.5, x - 47.5) / 2
    assert (alpha[distance > 13 + 3] == 0).all()
    assert (alpha[distance < 13 - 3] == 255).all()
    assert np.count_nonzero((alpha > 0) & (alpha < 255)) > 0


@pytest.mark.parametrize("making", [SHRUNK_BY_BOX, MAKING])
def test_a_hard_edge_comes_out_smooth_and_no_farther_out(making, monkeypatch):
    y, x = np.indices((160, 192)) / 4 + 0.125
    inside = (np.hypot(y - 20, x - 24) < 13).astype(np.float32)
    smooth = cv2.resize(inside, (96, 80), interpolation=cv2.INTER_AREA)
    hard = cv2.resize(inside, (48, 40), interpolation=cv2.INTER_AREA) > 0.5
    image = np.dstack([np.full((40, 48, 3), 90), hard * 255]).astype(np.uint8)
    alpha = final(engine(making=making), image, 2)[..., 3]
    near = cv2.dilate(hard.astype(np.uint8), np.ones((3, 3), np.uint8))
    far = near.repeat(2, axis=0).repeat(2, axis=1) == 0
    greying = engine(lambda batch: crop(batch) * 0.9 + 0.05, making=making)
    for each in (alpha, final(greying, image, 2, 1, BARE)[..., 3]):
        assert (each[far] == 0).all()
    monkeypatch.setattr(layers, "softened", lambda alpha: alpha)
    before = final(engine(making=making), image, 2)[..., 3]
    errors = [np.square(each / 255 - smooth).mean() for each in (alpha, before)]
    assert errors[0] < 0.85 * errors[1]


@pytest.mark.parametrize("making", [SHRUNK_BY_BOX, MAKING])
@pytest.mark.parametrize("pad", ["after", "before"])
def test_alpha_is_upscaled_like_a_grey_image(pad, making):
    image = disc(40, 48, 15)
    settings = Settings(pad=pad)
    alpha = final(engine(making=making), image, 1.5, 3, settings)[..., 3].astype(int)
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


def test_what_is_drawn_anew_looks_as_it_does_as_an_opaque_picture_on_white_and_on_black():
    """Of a network for which the two grounds do not just add up."""
    image = disc(40, 48, 13)
    image[..., :3] = cv2.GaussianBlur(noise(40, 48, 3), (0, 0), 2)
    network = engine(lambda batch: crop(batch).clip(0, 1) ** 1.5)
    anew, apart = (
        to_float(final(replace(network, making=making), image))
        for making in (MAKING, SHRUNK_BY_BOX)
    )
    for ground in (1, 1, 1), (0, 0, 0):
        opaque = np.uint8(composite(to_float(image), ground) * 255 + 0.5)
        expected = to_float(final(network, opaque))
        near, far = (np.abs(composite(i, ground) - expected).mean() for i in (anew, apart))
        assert near < 0.005
        assert far > 2 * near


def test_no_crack_runs_along_the_inner_side_of_an_outline():
    """Of a network that lets the ground shine through beside an edge."""
    blur = engine(
        lambda batch: np.stack([cv2.blur(i[..., :3], (5, 5)) for i in batch])[:, 2:-2, 2:-2]
    )
    image = disc(40, 48, 13)
    alpha = final(blur, image, 2, 1, BARE)[..., 3]
    solid = cv2.resize(image[..., 3].astype(np.float32), (96, 80), interpolation=cv2.INTER_CUBIC)
    assert (alpha[solid >= 255] == 255).all()


@pytest.mark.parametrize("making", [SHRUNK_BY_BOX, MAKING])
def test_what_comes_out_of_a_loop_does_not_change_the_next_one(making):
    image = disc(20, 24, 8)
    image[..., :3] = noise(20, 24, 3)
    network = engine(convolve, making=making)
    for loop, results in enumerate(stages(network, image, 1.5, 3), 1):
        np.testing.assert_array_equal(results[-1], final(network, image, 1.5, loop))


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
    ("channels", "factor", "loops", "extra", "settings", "apart", "anew"),
    [
        (3, 2, 1, 0, {}, 36, 36),
        (4, 2, 1, 0, {}, 40, 48),
        (4, 1.1, 2, 0, {"supersample": False}, 72, 76),
        (4, 1.1, 6, 0, {"supersample": False}, 72, 76),
        (4, 1.1, 2, 0, {}, 4 * 40, 4 * 44),
        (4, 2, 1, 2, {}, 52, 52),
        (4, 2, 1, 0, {"ensemble": True}, 64, 64),
    ],
)
def test_memory_is_bounded(channels, factor, loops, extra, settings, apart, anew):
    """In bytes per pixel of the result, of which a float image of three channels takes 12."""
    side = round(256 / factor**loops)
    image = np.ascontiguousarray(cv2.resize(noise(9, 9, 4), (side, side))[..., :channels])
    for making, most in ((SHRUNK_BY_BOX, apart), (MAKING, anew)):
        network = engine(making=making)
        tracemalloc.start()
        result = upscale(network, image, factor, loops, Settings(tile=64, **settings), extra)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < most * result.shape[0] * result.shape[1]
