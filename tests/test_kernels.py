"""How small pictures are made: kernels and `degrade`, against Pillow, integrals and by hand."""

from collections import Counter

import cv2
import numpy as np
import pytest
from PIL import Image

from srpoke import kernels
from srpoke.kernels import KERNELS, SPRITE_KERNEL, Kernel, draw_kernel, softness, taps
from srpoke.tools import apply_kernel, degrade

PILLOW = {
    "box": Image.Resampling.BOX,
    "triangle": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
SHRINKING = [KERNELS[name] for name in [*PILLOW, "area"]]
SHRINKING += [SPRITE_KERNEL, Kernel("cubic", -0.75, 1.07)]
SMALLER = [(60, 80), (80, 96), (48, 64), (41, 53), (110, 64), (120, 160)]  # than (120, 160)
SIZES = [(96, 30), (96, 48), (61, 24), (90, 60), (83, 47), (64, 43), (50, 50)]  # and small ones


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def shrink(values: np.ndarray, small: int, kernel: Kernel) -> np.ndarray:
    """Values along an axis, shrunk by the taps."""
    indices, weights = taps(len(values), small, kernel)
    return (weights * values[indices]).sum(axis=0)


@pytest.mark.parametrize("name", PILLOW)
@pytest.mark.parametrize("size", SMALLER)
def test_degrade_is_pillows_resize_to_one_grey_level(name, size):
    """Factors 2, 1.5, 2.5, 2.92 and 3.02, two at once, 1. Pillow cuts kernels off at the border."""
    image = noise(120, 160, 3)
    result = degrade(image / np.float32(255), *size, KERNELS[name]) * 255
    expected = np.asarray(Image.fromarray(image).resize(size[::-1], PILLOW[name])).astype(int)
    assert result.shape == (*size, 3)
    inner = slice(4, -4)  # small pixels: no kernel reaches further than 3
    assert np.abs(np.rint(result) - expected)[inner, inner].max() <= 1
    assert np.abs(np.rint(result) - expected)[inner, inner].mean() < 0.4  # Pillow rounds twice
    np.testing.assert_allclose(result, np.rint(result), atol=1e-4)  # rounded to 8 bits


@pytest.mark.parametrize("name", PILLOW)
def test_degrade_is_pillows_up_to_a_flat_border(name):
    image = cv2.copyMakeBorder(noise(30, 38, 3), 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(9, 80))
    result = degrade(image / np.float32(255), 27, 31, KERNELS[name]) * 255
    expected = np.asarray(Image.fromarray(image).resize((31, 27), PILLOW[name])).astype(int)
    assert np.abs(np.rint(result) - expected).max() <= 1


@pytest.mark.parametrize("size", SMALLER)
def test_area_is_opencvs_to_one_grey_level(size):
    """A mean over pixel area also at 1.5, where a box that samples pixel centres is none."""
    image = noise(120, 160, 3)
    result = degrade(image / np.float32(255), *size, KERNELS["area"]) * 255
    expected = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(np.rint(result) - expected).max() <= 1


def test_values_are_clipped_after_each_axis_as_programs_do():
    """Lanczos overshoots at edges; what one axis clips, the other does not bring back."""
    image = np.zeros((40, 40, 3), np.float32)
    image[12:26, 14:28] = 1
    expected = np.asarray(
        Image.fromarray(np.uint8(image * 255)).resize((20, 20), PILLOW["lanczos"])
    )
    result = apply_kernel(image, 20, 20, KERNELS["lanczos"])
    assert result.min() == 0 and result.max() == 1
    np.testing.assert_allclose(result * 255, expected, atol=1.01)


@pytest.mark.parametrize("kernel", SHRINKING, ids=str)
@pytest.mark.parametrize(("size", "small"), SIZES)
def test_weights_of_a_small_pixel_sum_to_one(kernel, size, small):
    indices, weights = taps(size, small, kernel)
    assert indices.shape == weights.shape and indices.shape[1] == small
    assert indices.min() == 0 and indices.max() == size - 1
    np.testing.assert_allclose(weights.sum(axis=0), 1, atol=1e-6)


@pytest.mark.parametrize("kernel", SHRINKING, ids=str)
@pytest.mark.parametrize(("size", "small"), [(96, 48), (90, 60), (90, 36), (50, 50)])
def test_edges_are_repeated(kernel, size, small):
    """As if the axis were longer by a whole number of small pixels of the edge's colour."""
    values, more = np.random.default_rng(0).random(size), 4
    margin = more * size / small
    longer = np.pad(values, round(margin), mode="edge")
    expected = shrink(longer, small + 2 * more, kernel)[more:-more]
    np.testing.assert_allclose(shrink(values, small, kernel), expected, atol=1e-6)


@pytest.mark.parametrize("kernel", SHRINKING, ids=str)
@pytest.mark.parametrize(("size", "small"), SIZES)
def test_centres_are_aligned(kernel, size, small):
    """A ramp stays a ramp; a box of a fractional width counts whole pixels, so it wobbles."""
    expected = (np.arange(small) + 0.5) * size / small - 0.5
    off = (shrink(np.arange(size, dtype=float), small, kernel) - expected)[5:-5]
    assert np.abs(off).max() < (0.51 if kernel.shape == "box" else 0.1)
    if (kernel.shape, size / small) != ("box", 1.5):  # half-way pixels all count to one side there
        assert abs(off.mean()) < 0.06
    if size % small == 0 and size // small % 2 == 0:
        np.testing.assert_allclose(off, 0, atol=1e-4)


@pytest.mark.parametrize("kernel", SHRINKING, ids=str)
def test_shrinking_takes_all_pixels_alike(kernel):
    """Antialiased: each large pixel counts for one small one in all, none is skipped."""
    indices, weights = taps(60, 20, kernel)
    shares = np.bincount(indices.ravel(), weights.ravel(), minlength=60)[15:-15]
    np.testing.assert_allclose(shares.reshape(-1, 3).sum(axis=1), 1, atol=1e-5)
    assert shares.min() > 0.2


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (2, 3, 4)])
@pytest.mark.parametrize("kernel", [*SHRINKING, KERNELS["nearest"]], ids=str)
def test_smallest_images_keep_a_flat_colour(shape, kernel):
    flat = np.full(shape, 0.4, np.float32)
    for size in ((1, 1), (1, 3)):
        np.testing.assert_allclose(degrade(flat, *size, kernel), 0.4, atol=1e-6)


@pytest.mark.parametrize("width", [1.0, 0.93, 1.3])
@pytest.mark.parametrize(
    "kernel", [SPRITE_KERNEL, *map(KERNELS.get, ["area", "box", "triangle", "bicubic"])]
)
def test_softness_is_the_second_moment(kernel, width):
    kernel = kernel._replace(width=width)
    x = np.linspace(-4, 4, 80_001)
    heights = kernels.evaluate(kernel, x)
    moment = (x**2 * heights).sum() / heights.sum()
    assert softness(kernel) == pytest.approx(5 * moment, abs=1e-3)


def test_softness_of_lanczos_is_that_of_the_cubic_nearest_to_it():
    x = np.linspace(-3, 3, 6001)
    lanczos = kernels.evaluate(KERNELS["lanczos"], x)
    errors = {
        a: ((kernels.evaluate(Kernel("cubic", a), x) - lanczos) ** 2).sum()
        for a in np.arange(-1.5, 0, 0.01)
    }
    nearest = min(errors, key=errors.get)
    assert softness(KERNELS["lanczos"]) == pytest.approx(5 * (2 + 4 * nearest) / 15, abs=0.03)


def test_softness_orders_the_kernels_from_crisp_to_soft():
    order = [KERNELS["lanczos"], SPRITE_KERNEL, KERNELS["bicubic"], KERNELS["box"]]
    values = [softness(kernel) for kernel in [*order, KERNELS["triangle"]]]
    assert values == sorted(values) and len(set(values)) == 5
    assert values[2] == 0 and values[0] > -0.7 and values[-1] < 0.9


@pytest.mark.parametrize("name", PILLOW)
def test_hidden_colours_leave_no_trace(name):
    """Straight alpha: what lies under alpha 0 does not count, however loud."""
    alpha = np.zeros((40, 32), np.float32)
    cv2.circle(alpha, (16, 20), 11, 1.0, -1)
    image = np.dstack([np.broadcast_to(np.float32([0.2, 0.6, 0.4]), (40, 32, 3)), alpha])
    loud = image.copy()
    loud[alpha == 0, :3] = noise(40, 32, 3)[alpha == 0] / np.float32(255)
    quiet, result = (degrade(i, 17, 13, KERNELS[name]) for i in (image, loud))
    np.testing.assert_array_equal(quiet, result)
    np.testing.assert_array_equal(
        result[..., 3], degrade(np.dstack([alpha] * 3), 17, 13, KERNELS[name])[..., 0]
    )
    pillow = Image.fromarray(np.rint(image * 255).astype(np.uint8), "RGBA")
    expected = np.asarray(pillow.resize((13, 17), PILLOW[name])).astype(int)
    assert np.abs(np.rint(result[..., 3] * 255) - expected[..., 3]).max() <= 1
    seen = expected[..., 3] > 25
    assert np.abs(result[seen][:, :3] - (0.2, 0.6, 0.4)).max() < 0.01
    if name in ("box", "triangle"):  # the others overshoot, and Pillow then clips alpha alone
        weighted = np.abs(np.rint(result * 255) - expected) * expected[..., 3:] / 255
        assert weighted.max() < 2  # as it shows on any background; Pillow rounds before it divides


def test_colours_count_by_their_alpha():
    image = np.zeros((2, 2, 4), np.float32)
    image[0] = (1, 0, 0, 1), (0, 1, 0, 0.25)
    image[1] = (0, 0, 1, 0), (0, 0, 1, 0.75)
    expected = np.array([1 / 2, 0.25 / 2, 0.75 / 2, 2 / 4])
    np.testing.assert_allclose(degrade(image, 1, 1, KERNELS["box"])[0, 0], expected, atol=0.6 / 255)


@pytest.mark.parametrize("size", [(20, 24), (32, 32), (16, 32)])  # no centre on an edge
def test_nearest_picks_pixels(size):
    image = noise(40, 48, 4)
    rows, columns = (
        np.floor((np.arange(n) + 0.5) * whole / n).astype(int)
        for n, whole in zip(size, (40, 48), strict=True)
    )
    result = degrade(image / np.float32(255), *size, KERNELS["nearest"])
    np.testing.assert_array_equal(np.rint(result * 255), image[rows[:, None], columns])


@pytest.mark.parametrize(
    ("mix", "shares", "widths"),
    [("sprites", (0.5, 0.2, 0.2, 0.1), 0.07), ("web", (0.35, 0.15, 0.3, 0.2), 0.2)],
)
def test_kernels_are_drawn_by_their_shares(mix, shares, widths):
    rng = np.random.default_rng(0)
    drawn = [draw_kernel(rng, mix) for _ in range(8000)]
    counts = Counter(kernel.shape for kernel in drawn)
    for shape, share in zip(("cubic", "lanczos", "area", "triangle"), shares, strict=True):
        assert counts[shape] / 8000 == pytest.approx(share, abs=0.02), shape
    parameters = [kernel.parameter for kernel in drawn if kernel.shape == "cubic"]
    assert -0.75 <= min(parameters) < -0.74 and -0.51 < max(parameters) <= -0.5
    assert {kernel.parameter for kernel in drawn if kernel.shape == "lanczos"} == {3}
    assert {kernel.width for kernel in drawn if kernel.shape == "area"} == {1}
    soft = np.array([kernel.width for kernel in drawn if kernel.shape == "triangle"])
    assert 1 - widths <= soft.min() < 1.005 - widths and 0.995 + widths < soft.max() <= 1 + widths
    assert np.mean(soft != 1) == pytest.approx(1 if mix == "web" else 0.2, abs=0.04)
    others = np.array([kernel.width for kernel in drawn if kernel.shape in ("cubic", "lanczos")])
    assert np.mean(others != 1) == pytest.approx(0.2, abs=0.02)
    assert 0.93 <= others.min() < 0.935 and 1.065 < others.max() <= 1.07


def test_a_mix_of_area_has_nothing_else():
    rng = np.random.default_rng(0)
    assert {draw_kernel(rng, "area") for _ in range(100)} == {KERNELS["area"]}
