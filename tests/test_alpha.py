"""Transparency, against distances and means worked out by hand."""

import math

import numpy as np
import pytest

from srpoke.alpha import bleed_colour, clamp_alpha, composite, softened


def test_composite_mixes_by_alpha():
    bgra = np.float32([[[0.2, 0.4, 0.6, 0.25], [0.9, 0.9, 0.9, 0]]])
    expected = [[[0.05 + 0.75, 0.1 + 0.375, 0.15], [1, 0.5, 0]]]
    np.testing.assert_allclose(composite(bgra, (1, 0.5, 0)), expected, atol=1e-6)


def test_colour_far_from_all_visible_pixels_is_that_of_the_nearest():
    image = np.random.default_rng(2).random((19, 22, 4), np.float32)
    image[..., 3] = 0
    visible = np.array([(1, 2), (17, 3), (4, 20)])
    image[(*visible.T, 3)] = 1
    grown = bleed_colour(image)
    for y, x in np.ndindex(19, 22):
        distances = np.hypot(*(visible - (y, x)).T)
        nearest = visible[distances < distances.min() + 0.5]  # the transform is approximate
        off = [np.abs(grown[y, x] - image[tuple(place)][:3]).max() for place in nearest]
        assert min(off) < 1e-5


def test_the_less_is_seen_of_a_pixel_the_less_its_colour_counts():
    image = np.ones((9, 9, 4), np.float32)
    image[4, 4, :3] = 0  # black between opaque white ones
    black = []
    for alpha in (0, 1, 8, 16, 64, 128, 255):
        image[4, 4, 3] = alpha / 255
        black.append(1 - bleed_colour(image)[4, 4, 0])
    assert black[:3] == [0, 0, 0] and black[-1] == 1
    assert black == sorted(black) and 0.2 < black[3] < 0.7 and black[5] > 0.98


def test_opaque_colour_and_colour_under_a_constant_alpha_stay():
    image = np.random.default_rng(3).random((6, 7, 4), np.float32)
    for alpha in (0, 0.02, 0.5, 1):
        image[..., 3] = alpha
        np.testing.assert_array_equal(bleed_colour(image), image[..., :3])
    image[:3, :, 3] = 0.3
    np.testing.assert_array_equal(bleed_colour(image)[3:], image[3:, :, :3])


def test_a_hard_edge_gets_what_a_smooth_one_leaves_of_each_pixel():
    alpha = np.zeros((9, 12), np.float32)
    alpha[:, 6:] = 0.4
    share = [0.5 + 0.5 * math.erf(x / 0.7 / math.sqrt(2)) for x in (-1.5, -0.5, 0.5, 1.5)]
    expected = np.clip(0.4 * (1.5 * (np.array(share) - 0.5) + 0.5), 0, 0.4)
    for turned in (alpha, alpha[:, ::-1], alpha.T, alpha.T[::-1]):
        soft = softened(np.ascontiguousarray(turned))
        across = soft[4] if turned.shape == alpha.shape else soft[:, 4]
        across = across if across[-1] else across[::-1]
        np.testing.assert_allclose(across[4:8], expected, atol=0.02)
        assert (across[:4] == 0).all() and across[8:] == pytest.approx(0.4)


def test_lines_of_single_pixels_and_soft_alpha_stay():
    alpha = np.zeros((20, 20), np.float32)
    alpha[3, 2:9] = alpha[np.arange(6, 16), np.arange(6, 16)] = alpha[17, 3] = 1
    alpha[2:6, 12:16] = 1  # with edges, on all sides alike
    soft = softened(alpha)
    lines = alpha.copy()
    lines[2:6, 12:16] = 0
    np.testing.assert_array_equal(soft[lines > 0], 1)
    corner = soft[1:4, 11:14]
    for k in range(1, 4):
        turned = np.rot90(soft[1:7, 11:17], k)[:3, :3]
        np.testing.assert_allclose(turned, corner, atol=1e-3)
    assert 0 < corner[0, 2] < 0.2 and 0.5 < corner[1, 1] < corner[1, 2] < 1
    assert softened(soft) is soft


def test_clamped_alpha_stays_within_the_pixels_around():
    original = np.zeros((5, 6), np.float32)
    original[:, 3:] = 1
    noisy = np.random.default_rng(0).normal(0.5, 1, (10, 12)).astype(np.float32)
    clamped = clamp_alpha(noisy, original)
    np.testing.assert_array_equal(clamped[:, :4], 0)  # two pixels from the edge
    np.testing.assert_array_equal(clamped[:, 8:], 1)
    np.testing.assert_array_equal(clamped[:, 4:8], noisy[:, 4:8].clip(0, 1))
