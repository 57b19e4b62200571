"""Transparency, against distances and means worked out by hand."""

import numpy as np

from srpoke.alpha import clamp_alpha, composite, grow_colour


def test_composite_mixes_by_alpha():
    bgra = np.float32([[[0.2, 0.4, 0.6, 0.25], [0.9, 0.9, 0.9, 0]]])
    expected = [[[0.05 + 0.75, 0.1 + 0.375, 0.15], [1, 0.5, 0]]]
    np.testing.assert_allclose(composite(bgra, (1, 0.5, 0)), expected, atol=1e-6)


def test_grown_colour_is_that_of_the_nearest_visible_pixel():
    image = np.random.default_rng(2).random((9, 12, 4), np.float32)
    image[..., 3] = 0
    visible = np.array([(1, 2), (7, 3), (4, 10)])
    image[tuple(visible.T)] += (0, 0, 0, 0.01)
    grown = grow_colour(image)
    for y, x in np.ndindex(9, 12):
        distances = np.hypot(*(visible - (y, x)).T)
        nearest = visible[distances < distances.min() + 0.5]  # the transform is approximate
        assert any((grown[y, x] == image[tuple(place)][:3]).all() for place in nearest)


def test_clamped_alpha_stays_within_the_pixels_around():
    original = np.zeros((5, 6), np.float32)
    original[:, 3:] = 1
    noisy = np.random.default_rng(0).normal(0.5, 1, (10, 12)).astype(np.float32)
    clamped = clamp_alpha(noisy, original)
    np.testing.assert_array_equal(clamped[:, :4], 0)  # two pixels from the edge
    np.testing.assert_array_equal(clamped[:, 8:], 1)
    np.testing.assert_array_equal(clamped[:, 4:8], noisy[:, 4:8].clip(0, 1))
