"""PSNR, SSIM and the evaluation protocol against values from elsewhere."""

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from srpoke.course import Settings
from srpoke.engine import Engine
from srpoke.geometry import INTERPOLATIONS, Planes, resize
from srpoke.kernels import KERNELS, SPRITE_KERNEL, Making
from srpoke.metrics import EXACT, psnr, ssim
from srpoke.protocol import Case, interpolate, rate, repair, score, shrunk, truth
from srpoke.tools import degrade, to_integer


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    """Random uint8 pixels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def engine(run) -> Engine:
    """A network that loses no pixels."""
    return Engine(run, 0, Planes(), "bicubic", (2.0,), Making(0.0))


def test_psnr_of_a_constant_difference():
    a = np.full((4, 4, 3), 100, np.uint8)
    assert psnr(a, a + 10) == pytest.approx(28.1308036, abs=1e-6)  # 20 log10(255 / 10)


def test_psnr_of_one_wrong_value():
    a = np.zeros((4, 4, 3), np.uint8)
    b = a.copy()
    b[1, 2, 0] = 48  # squared and spread over 48 values: a mean square of 48
    assert psnr(a, b) == psnr(b, a) == pytest.approx(31.318391, abs=1e-6)


def test_psnr_of_equal_images_is_a_number():
    assert psnr(np.ones((2, 2, 3), np.uint8), np.ones((2, 2, 3), np.uint8)) == EXACT


def test_psnr_of_opposites_does_not_wrap_around():
    black = np.zeros((2, 2, 3), np.uint8)
    assert psnr(black, black + 255) == pytest.approx(0)


@pytest.mark.parametrize("spread", [3, 30, 255])
def test_ssim_is_that_of_scikit_image(spread):
    a = cv2.GaussianBlur(noise(40, 33), (0, 0), 2)
    b = np.clip(a + np.random.default_rng(1).integers(-spread, spread, a.shape), 0, 255)
    b = b.astype(np.uint8)
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = structural_similarity(a, b, data_range=255, channel_axis=2, **window)
    assert 0 < expected < 0.999
    assert ssim(a, b) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (12, 3), (11, 10)])
def test_ssim_of_images_without_an_inside(size):
    image = noise(*size)
    assert ssim(image, image) == pytest.approx(1)
    assert -1 <= ssim(image, 255 - image) < 0.9


def test_truth_lies_on_white_and_has_even_size():
    image = noise(9, 7, 4)
    expected = image[:8, :6, :3] / 255 * (image[:8, :6, 3:] / 255) + 1 - image[:8, :6, 3:] / 255
    sharp = truth(image)
    assert sharp.shape == (8, 6, 3) and sharp.dtype == np.float32
    assert np.abs(sharp * 255 - expected * 255).max() <= 0.501
    assert np.array_equal(sharp, (sharp * 255).round().astype(np.float32) / np.float32(255))


def test_truth_of_grey_and_of_a_single_pixel():
    grey = noise(4, 6, 1)[..., 0]
    assert np.array_equal(to_integer(truth(grey)), np.dstack([grey] * 3))
    assert truth(noise(1, 1)).shape == (1, 1, 3)


@pytest.mark.parametrize("name", ["bicubic", "nearest"])
@pytest.mark.parametrize(
    ("factor", "small_size", "size"),
    [
        (2.0, (30, 36), (60, 72)),  # of whole factors the large one is the picture itself
        (3.0, (20, 24), (60, 72)),
        (1.5, (30, 36), (45, 54)),  # of others both are shrunk from it
        (1.75, (30, 36), (53, 63)),
        (2.5, (20, 24), (50, 60)),
    ],
)
def test_small_and_large_come_from_one_picture(factor, small_size, size, name):
    sharp = truth(noise(60, 72))
    case = shrunk(sharp, factor, KERNELS[name])
    assert (case.sharp is sharp) == (size == (60, 72))
    np.testing.assert_array_equal(case.small, degrade(sharp, *small_size, KERNELS[name]))
    np.testing.assert_array_equal(case.sharp, degrade(sharp, *size, KERNELS[name]))


@pytest.mark.parametrize("name", INTERPOLATIONS)
def test_interpolate_stretches(name):
    small = truth(noise(8, 10))
    assert np.array_equal(interpolate(name)(small, (13, 21)), resize(small, 13, 21, name))


def test_repair_runs_the_network_on_the_stretched_image():
    small = truth(noise(8, 10))
    stretched = cv2.resize(small, (20, 16), interpolation=cv2.INTER_CUBIC)
    method = repair(engine(lambda batch: 1 - batch), Settings(back_projection=False))
    restored = method(small, (16, 20))
    assert np.allclose(restored, np.clip(1 - stretched, 0, 1), atol=1e-6)


def test_repair_holds_colours_by_default():
    small = truth(cv2.GaussianBlur(noise(8, 10), (0, 0), 2))
    restored = repair(engine(lambda batch: batch + 0.1))(small, (16, 20))
    back = cv2.resize(restored, (10, 8), interpolation=cv2.INTER_AREA)
    assert np.abs(back - small).mean() < 0.01


def test_repair_takes_the_steps_that_a_network_needs():
    heights = []
    network = engine(lambda batch: (heights.append(batch.shape[1]), batch)[1])
    assert repair(network)(truth(noise(8, 10)), (32, 40)).shape == (32, 40, 3)
    assert heights == [16, 32]


def test_rate_rounds_and_clips_before_it_compares():
    sharp = truth(noise(12, 12))
    case = Case(sharp[::2, ::2], sharp)
    outside = np.where(sharp == 1, 1.4, np.where(sharp == 0, -0.4, sharp + 0.4 / 255))
    assert rate(lambda small, size: outside, case)[:2] == (EXACT, pytest.approx(1))
    assert rate(lambda small, size: sharp + 0.6 / 255, case)[0] < 49


def test_rate_gives_methods_the_small_image_and_the_size_and_times_them():
    sharp, seen = truth(noise(12, 18)), []
    case = shrunk(sharp, 1.5, SPRITE_KERNEL)
    values = rate(lambda *given: seen.append(given) or case.sharp, case)
    assert np.array_equal(seen[0][0], case.small) and seen[0][1] == (9, 14)
    assert values[0] == EXACT and 0 < values[2] < 1


def test_rate_compares_with_the_true_picture():
    case = Case(np.zeros((4, 4, 3), np.float32), np.full((8, 8, 3), 10 / 255, np.float32))
    assert rate(interpolate("nearest"), case)[0] == pytest.approx(28.1308036, abs=1e-6)


def test_score_is_the_mean_of_the_values_of_each_image():
    cases = [Case(None, np.full((8, 8, 3), value, np.float32)) for value in (0.5, 0)]
    dark = iter([np.full((8, 8, 3), 0.5 - 10 / 255), np.full((8, 8, 3), 100 / 255)])
    value, _ = score(lambda small, size: next(dark), cases)
    assert value == pytest.approx((28.1308036 + 8.1308036) / 2, abs=1e-6)
