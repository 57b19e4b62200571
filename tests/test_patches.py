"""Patches to learn from: places, views, shares, makings; told by pictures of coordinates."""

from dataclasses import replace
from itertools import permutations

import cv2
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from srpoke import tools
from srpoke.geometry import Planes, cut_input, resize
from srpoke.kernels import DRAWN_ANEW, JPEG, KERNELS, OWN, SHRUNK, Making, softness
from srpoke.tools import Pair, PatchForm, degrade, random_pair
from tests.odd_files import through_jpeg

PATCH, SHRINK = 16, 4
HALF = SHRINK // 2
CORE = slice(HALF, -HALF)  # of an input: what its target shows
FORM = PatchForm(PATCH, SHRINK, "bicubic", Planes(phase=True, making=True))
TRUE = Making(-0.2, DRAWN_ANEW)


def patches(
    sprites, count=60, seed=0, factors=(1.5, 2.0), pairs=(), form=FORM
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and sharp targets."""
    rng = np.random.default_rng(seed)
    drawn = [random_pair(sprites, rng, form, factors, pairs) for _ in range(count)]
    return tuple(map(np.stack, zip(*drawn, strict=True)))


@pytest.fixture(autouse=True)
def whole(monkeypatch, request):
    """Nothing is made smaller before it is learnt from, but in tests marked `reduced`."""
    if "reduced" not in request.keywords:
        monkeypatch.setattr(tools, "random_reduction", lambda image, rng: 1.0)


@pytest.fixture
def always(monkeypatch):
    """A function: name of a kernel that is drawn from here on."""
    return lambda name: monkeypatch.setattr(tools, "draw_kernel", lambda rng, mix: KERNELS[name])


def coordinates(height: int, width: int, step: float = 4) -> np.ndarray:
    """An opaque sprite that tells every pixel's place: step * column, step * row, 255."""
    rows, columns = np.mgrid[:height, :width] * step
    full = np.full_like(rows, 255)
    return np.dstack([columns, rows, full, full]).round().astype(np.uint8)


def true_pair(height: int, width: int, ratio: float, making: Making = TRUE) -> Pair:
    """Coordinates, small and large, whose pixel centres are aligned."""
    small_height, small_width = round(height / ratio), round(width / ratio)
    rows, columns = np.mgrid[:small_height, :small_width]
    down, along = height / small_height, width / small_width
    places = np.dstack([(columns + 0.5) * along - 0.5, (rows + 0.5) * down - 0.5])
    small = np.dstack([places * 3, np.full_like(rows, 255)]).round().astype(np.uint8)
    return Pair(small, coordinates(height, width, 3)[..., :3], making)


def crops_of_all_views(image: np.ndarray, size: int) -> set[bytes]:
    """Every (size, size, 3) crop of the eight views of an image in any channel order."""
    mirrored = (image, image[::-1], image[:, ::-1], image[::-1, ::-1])
    views = [v for m in mirrored for v in (m, m.transpose(1, 0, 2))]
    windows = [sliding_window_view(view, (size, size), axis=(0, 1)) for view in views]
    return {
        crop[list(order)].transpose(1, 2, 0).tobytes()
        for order in permutations(range(3))
        for window in windows
        for crop in window.reshape(-1, 3, size, size)
    }


# Places


@pytest.mark.parametrize("size", [(40, 52), (16, 30), (12, 12)])
def test_targets_are_whole_crops_of_the_sprite(size):
    image = coordinates(*size)
    crops = crops_of_all_views(image[..., :3], PATCH - SHRINK)
    _, targets = patches([image])
    assert targets.shape == (60, 12, 12, 3) and targets.dtype == np.float32
    found = {tools.to_integer(target).tobytes() for target in targets}
    assert found <= crops
    assert len(found) > (2 if size == (12, 12) else 50)


@pytest.mark.parametrize("size", [(60, 60), (16, 22), (13, 12)])
@pytest.mark.parametrize("factor", [1.5, 1.75, 2.0])
@pytest.mark.parametrize("kernel", ["triangle", "bicubic", "lanczos"])
def test_input_and_target_show_the_same_place(size, factor, kernel, always):
    always(kernel)
    inputs, targets = patches([coordinates(*size)], factors=[factor])
    pixels = (inputs[:, CORE, CORE, :3] - targets) * 255 / 4  # a ramp shrinks to a ramp
    assert np.abs(pixels).max() < 0.8  # a stretched border is off by less than a pixel
    assert np.abs(pixels.mean(axis=(1, 2))).max() < 0.2


@pytest.mark.parametrize("ratio", [1.5, 2, 3])
def test_both_sides_of_a_true_pair_show_the_same_place(ratio):
    pair = true_pair(60, 72, ratio)
    inputs, targets = patches([coordinates(9, 9)], pairs=((1.0, [pair]),))
    inner = targets.reshape(60, -1, 3).min(axis=(1, 2)) * 255 > 8  # away from the border
    inner &= np.sort(targets.max(axis=(1, 2)))[:, 0] * 255 < 3 * 56
    pixels = (inputs[:, CORE, CORE, :3] - targets) * 255 / 3
    assert inner.sum() > 10
    assert np.abs(pixels[inner]).max() < (0.5 if ratio < 3 else 0.7)
    assert np.abs(pixels.mean(axis=(1, 2))).max() < 0.4
    np.testing.assert_allclose(inputs[..., 5], ratio - 1, atol=0.01)


@pytest.mark.reduced
@pytest.mark.parametrize("size", [(400, 300), (300, 180), (90, 110)])
def test_pictures_are_made_smaller_first_and_stay_aligned(size, always):
    """A target pixel covers one to size / 150 of the picture's own, or up to 1.5 of a sprite's."""
    always("triangle")
    step = 255 / max(size)
    inputs, targets = patches([coordinates(*size, step)], count=120, factors=[2.0])
    inner = slice(3, -3)  # a stretched border is off
    slopes = [np.abs(np.diff(targets, axis=n)).max(axis=3)[:, inner, inner] for n in (1, 2)]
    covered = np.max([slope.mean(axis=(1, 2)) for slope in slopes], axis=0) * 255 / step
    largest = max(1.5, max(size) / tools.SPRITE_SIDE)
    assert covered.min() < 1 + 0.2 * largest and covered.max() < largest * 1.1
    assert covered.max() > 1 + (largest - 1) * 0.7
    pixels = (inputs[:, CORE, CORE, :3] - targets) * 255 / step
    assert np.abs(pixels[:, inner, inner]).max() < 0.6 * largest + 0.7 / step
    assert np.abs(pixels.mean(axis=(1, 2))).max() < 0.35 * largest


@pytest.mark.reduced
def test_half_of_the_sprites_are_learnt_from_as_they_are():
    """One shade per column, each a grey level further: a target that skips none is whole."""
    image = coordinates(12, tools.SPRITE_SIDE, step=1)
    image[..., 1] = 0
    _, targets = patches([image], count=400)
    whole = np.rint(np.ptp(targets, axis=(1, 2)).max(axis=1) * 255) == 11
    assert whole.mean() == pytest.approx(0.5, abs=0.1)


@pytest.mark.reduced
def test_reduced_targets_are_means_over_pixel_area(monkeypatch):
    """Stripes of the rim that a cubic kernel leaves go; nothing darker or lighter comes."""
    monkeypatch.setattr(tools, "random_reduction", lambda image, rng: 2.0)
    image = np.full((60, 60, 4), 255, np.uint8)
    image[:, ::2, :3] = 100  # a mean over two columns is flat
    _, targets = patches([image])
    inner = targets[:, 3:-3, 3:-3]  # outside, the edge is repeated
    assert (np.abs(inner * 255 - 177.5) < 1).mean() > 0.95


def test_patches_reach_over_the_border_by_half_the_shrink():
    inputs, targets = patches([coordinates(40, 40)], count=400)
    corner = targets[:, 0, 0].min(axis=1) == 0  # shows the first row or column
    assert corner.any()
    flat = [np.ptp(patch[: HALF + 1, :, :3], axis=0).max() < 1e-6 for patch in inputs]
    assert any(flat)  # its rows outside repeat the first one inside


@pytest.mark.parametrize("factor", [1.5, 2, 3])
@pytest.mark.parametrize("kernel", ["triangle", "lanczos"])
def test_no_false_border_is_seen(factor, kernel, always):
    """Windows are larger than the patch: a ramp goes on to the edge of every inner patch."""
    always(kernel)
    inputs, targets = patches([coordinates(120, 120, 2)], count=150, factors=[factor])
    ramp = np.arange(PATCH)
    place = np.array([targets[:, :2, :2].mean(axis=(1, 2)), targets[:, -2:, -2:].mean(axis=(1, 2))])
    inner = ((place * 255 > 8 * 2) & (place * 255 < 112 * 2)).sum(axis=(0, 2)) >= 4
    assert inner.sum() > 60
    for patch, target in zip(inputs[inner][..., :3], targets[inner], strict=True):
        down, along = np.gradient(target)[:2]
        slope = down[5, 5], along[5, 5]
        expected = target[5, 5] + (ramp[:, None, None] - 5 - HALF) * slope[0]
        expected = expected + (ramp[None, :, None] - 5 - HALF) * slope[1]
        assert np.abs(patch - expected).max() * 255 / 2 < 0.6


@pytest.mark.parametrize("kernel", ["box", "bicubic"])
def test_pairs_of_a_small_sprite_are_what_the_whole_image_gives(kernel, always):
    always(kernel)
    image = coordinates(12, 12, step=9)
    inputs, _ = patches([image], factors=[1.75], count=300)
    small = degrade(tools.to_float(image[..., :3]), 7, 7, KERNELS[kernel])
    blurry = resize(small, 12, 12, "bicubic")
    making = Making(softness(KERNELS[kernel]))
    whole = cut_input(blurry, (7, 7), FORM.planes, making, -2, -2, PATCH, PATCH)
    np.testing.assert_allclose(inputs[..., 3:], np.stack([whole[..., 3:]] * 300), atol=1e-6)
    difference = np.abs(inputs[..., :3] - whole[..., :3]).max(axis=(1, 2, 3))
    assert difference.min() < 0.005  # the upright view is among them; a pixel aside would be 0.035


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (3, 5)])
def test_images_smaller_than_the_patch_give_repeated_edges(size):
    image = coordinates(*size)
    inputs, targets = patches([image])
    assert inputs.shape == (60, PATCH, PATCH, 8)
    colours = {tuple(sorted(c)) for c in tools.to_integer(targets).reshape(-1, 3).tolist()}
    assert colours <= {tuple(sorted(c)) for c in image[..., :3].reshape(-1, 3).tolist()}
    assert np.isfinite(inputs).all()


def test_places_with_contrast_are_preferred():
    """Half of the picture is flat: of two places, one with detail is nearly always taken."""
    image = np.full((60, 140, 4), 255, np.uint8)
    image[:, 70:, :3] = np.random.default_rng(0).integers(0, 256, (60, 70, 3))
    _, targets = patches([image], count=400)
    rich = targets.std(axis=(1, 2, 3)) > 0.02
    assert rich.mean() > 0.68  # one place alone: 0.56; the flattest of two: 0.3


# Chance


def test_equal_seeds_give_equal_pairs(sprite):
    for first, second in zip(patches([sprite], seed=5), patches([sprite], seed=5), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(patches([sprite], seed=5)[1], patches([sprite], seed=6)[1])


def test_every_factor_sprite_view_and_channel_order_is_drawn():
    sprites = [coordinates(30, 30, step=4), coordinates(30, 30, step=3)]
    inputs, targets = patches(sprites, count=600, factors=[1.5, 1.75, 2.0])
    assert set(np.rint(inputs[..., 5] * 4).ravel()) == {2, 3, 4}  # quarters above 1
    down, right = targets[:, 6, 5] - targets[:, 5, 5], targets[:, 5, 6] - targets[:, 5, 5]
    seen = {tuple(slope) for slope in np.rint(np.hstack([down, right]) * 255)}
    assert len(seen) == 2 * 6 * 4  # sprites, channel orders, directions of the two slopes


@pytest.mark.parametrize("source", ["sprite", "pair"])
def test_all_eight_views_are_drawn(source):
    """In grey, where the order of channels cannot pass for a mirrored view."""
    grey = np.random.default_rng(0).integers(0, 256, (12, 12), dtype=np.uint8)
    sprite, pairs = tools.to_bgra(grey), ()
    if source == "pair":
        pairs = ((1.0, [Pair(sprite[::2, ::2, :3], sprite[..., :3], TRUE)]),)
    _, targets = patches([sprite], count=150, pairs=pairs)
    mirrored = (grey, grey[::-1], grey[:, ::-1], grey[::-1, ::-1])
    expected = {v.tobytes() for m in mirrored for v in (m, m.T)}
    assert {tools.to_integer(t[..., 0]).tobytes() for t in targets} == expected


def test_hidden_colour_never_shows_and_backgrounds_vary():
    hidden = np.full((20, 20, 4), 77, np.uint8)
    hidden[..., 3] = 0
    inputs, targets = patches([hidden], count=200)
    assert np.ptp(targets, axis=(1, 2)).max() == 0
    colours = targets[:, 0, 0]
    white = (colours == 1).all(axis=1)
    assert 0.5 < white.mean() < 0.95
    assert len(np.unique(colours[~white], axis=0)) == (~white).sum()
    np.testing.assert_allclose(inputs[:, 5, 5, :3], colours, atol=0.5 / 255 + 1e-6)


# How the input was made


def test_planes_tell_the_kernel_that_was_drawn(monkeypatch, sprite):
    drawn, draw = [], tools.draw_kernel

    def noted(*args):
        drawn.append(draw(*args))
        return drawn[-1]

    monkeypatch.setattr(tools, "draw_kernel", noted)
    inputs, _ = patches([sprite], count=40)
    assert len(drawn) == 40 and len(set(drawn)) > 15
    told = inputs[:, 0, 0, 6]
    np.testing.assert_allclose(told, [softness(kernel) for kernel in drawn], atol=1e-6)
    assert (inputs[..., 6:] == inputs[:, :1, :1, 6:]).all()  # constant planes
    assert (inputs[..., 7] == SHRUNK).all()


@pytest.mark.reduced
def test_a_pictures_own_reduction_is_not_what_is_told(always):
    """The kernel told is the one that made the input."""
    always("triangle")
    inputs, _ = patches([coordinates(400, 300, 0.6)], count=20)
    np.testing.assert_allclose(inputs[..., 6], softness(KERNELS["triangle"]), atol=1e-6)


def test_pixel_art_is_picked_and_told_so():
    image = np.random.default_rng(0).integers(0, 2, (20, 20, 3), dtype=np.uint8) * 255
    form = PatchForm(PATCH, SHRINK, "nearest", FORM.planes)
    inputs, _ = patches([tools.to_bgra(image)], form=form)
    assert set(np.unique(inputs[..., :3])) <= {0, 1}  # no new colours
    assert (inputs[..., 6:] == (softness(KERNELS["nearest"]), SHRUNK)).all()


@pytest.mark.parametrize(("planes", "channels"), [((False, False), 3), ((True, False), 6)])
def test_networks_that_are_told_less_get_fewer_planes(planes, channels):
    form = PatchForm(PATCH, SHRINK, "bicubic", Planes(*planes))
    inputs, targets = patches([coordinates(30, 30)], form=form)
    full, same = patches([coordinates(30, 30)])
    np.testing.assert_array_equal(inputs, full[..., :channels])
    np.testing.assert_array_equal(targets, same)


def test_pairs_get_their_shares_and_tell_their_origin():
    own = Making(0.0, OWN)
    kinds = (0.5, [true_pair(40, 40, 2)]), (0.2, [true_pair(40, 40, 1.5, own)])
    inputs, _ = patches([coordinates(40, 40, 5)], count=600, pairs=kinds)
    softness_told, origin = inputs[:, 0, 0, 6], inputs[:, 0, 0, 7]
    assert set(origin) == {DRAWN_ANEW, OWN, SHRUNK} == {1, -1, 0}
    for value, share in ((1, 0.5), (-1, 0.2), (0, 0.3)):
        assert (origin == value).mean() == pytest.approx(share, abs=0.06)  # three sigma
    np.testing.assert_allclose(softness_told[origin == 1], -0.2, atol=1e-6)
    assert (softness_told[origin == -1] == 0).all()
    assert len(set(softness_told[origin == 0])) > 20
    assert (inputs[origin == 1][..., 5] == 1).all()  # the factor that the pair has
    np.testing.assert_allclose(inputs[origin == -1][..., 5], 0.5, atol=0.02)


def test_all_pairs_of_a_kind_are_drawn():
    flats = [np.full((30, 30, 3), value, np.uint8) for value in (10, 20, 30)]
    pairs = [Pair(cv2.resize(flat, (15, 15)), flat, TRUE) for flat in flats]
    _, targets = patches([coordinates(9, 9)], pairs=((1.0, pairs),))
    assert set(np.rint(targets[:, 0, 0, 0] * 255)) == {10, 20, 30}


@pytest.mark.parametrize("size", [(1, 1), (5, 9), (30, 7)])
def test_pairs_smaller_than_the_patch_give_repeated_edges(size):
    large = coordinates(*size)[..., :3]
    small = np.full((max(1, size[0] // 2), max(1, size[1] // 2), 3), 50, np.uint8)
    inputs, targets = patches([coordinates(9, 9)], pairs=((1.0, [Pair(small, large, TRUE)]),))
    assert (tools.to_integer(inputs[..., :3]) == 50).all()
    colours = {tuple(sorted(c)) for c in tools.to_integer(targets).reshape(-1, 3).tolist()}
    assert colours <= {tuple(sorted(c)) for c in large.reshape(-1, 3).tolist()}


def test_half_of_what_is_shrunk_is_told_as_if_nothing_were_known(always):
    always("area")
    inputs, _ = patches([coordinates(30, 30)], count=400, form=replace(FORM, untold=TRUE))
    told = [Making(*map(float, patch[0, 0, 6:])) for patch in inputs]
    area, true = (tuple(map(np.float32, m)) for m in (Making(softness(KERNELS["area"])), TRUE))
    assert set(told) == {area, true}
    assert told.count(true) / len(told) == pytest.approx(0.5, abs=0.075)  # three sigma


def test_pairs_and_own_work_are_told_what_they_are(always):
    always("area")
    kinds = [true_pair(40, 40, 2), true_pair(40, 40, 2, Making(0.0, OWN))]
    for kind in kinds:
        form = replace(FORM, untold=Making(9.0, 9.0))
        inputs, _ = patches([coordinates(30, 30)], count=20, pairs=((1.0, [kind]),), form=form)
        assert (inputs[..., 6:] == np.float32(kind.making)).all()


# JPEG


def as_jpeg(image: np.ndarray, quality: int) -> list[np.ndarray]:
    """What Pillow makes of a float BGR image, as uint8: colours at half and at full resolution."""
    rounded = np.rint(image * 255).astype(np.uint8)
    return [through_jpeg(rounded, quality, s).astype(int) for s in ("4:2:0", "4:4:4")]


@pytest.fixture
def smalls(monkeypatch):
    """The small pictures as they are stretched, float BGR."""
    seen, cut_both = [], tools.cut_both

    def cut(small, *others):
        seen.append(small)
        return cut_both(small, *others)

    monkeypatch.setattr(tools, "cut_both", cut)
    return seen


def colourful(height: int, width: int) -> np.ndarray:
    """A sprite of random colours, so that JPEG tells blue from red and one quality from another."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return tools.to_bgra(cv2.GaussianBlur(noise, (0, 0), 1.5))


@pytest.mark.parametrize("quality", [1, 30, 90, 100])
@pytest.mark.parametrize("kind", ["sprite", "true pair"])
def test_small_pictures_become_what_opencv_makes_of_them(smalls, monkeypatch, quality, kind):
    monkeypatch.setattr(tools, "JPEG_SHARE", 1.0)
    sprite = colourful(40, 36)
    pair = Pair(cv2.resize(sprite, (18, 20))[..., :3], sprite[..., :3].copy(), TRUE)
    pairs = ((1.0, [pair]),) if kind == "true pair" else ()
    for jpeg in (None, [quality, quality]):
        patches([sprite], count=1, pairs=pairs, form=replace(FORM, jpeg=jpeg))
    before, after = smalls
    inputs, _ = patches([sprite], count=1, pairs=pairs, form=replace(FORM, jpeg=[quality] * 2))
    assert (inputs[..., 7] == JPEG).all()
    errors = [np.abs(tools.to_integer(after) - other).max() for other in as_jpeg(before, quality)]
    assert min(errors) <= 4  # the two programs differ a little
    assert after.dtype == np.float32 and not np.array_equal(before, after)


def test_half_of_them_have_colours_at_full_resolution(monkeypatch):
    monkeypatch.setattr(tools, "JPEG_SHARE", 1.0)
    image = tools.to_float(colourful(16, 16)[..., :3])
    half, full = as_jpeg(image, 90)
    assert np.abs(half - full).max() > 10
    rng, nearest = np.random.default_rng(0), []
    for _ in range(200):
        saved, making = tools.sometimes_jpeg(image, TRUE, [90, 90], rng)
        assert making == (TRUE.softness, JPEG)
        errors = [np.abs(tools.to_integer(saved) - other).mean() for other in (half, full)]
        nearest.append(np.argmin(errors))
    assert 0.25 < np.mean(nearest) < 0.75


def test_a_fifth_are_jpeg_of_every_quality_between_the_two(smalls, monkeypatch):
    qualities, imencode = [], cv2.imencode

    def encode(ending, image, parameters):
        qualities.append(parameters[1])
        return imencode(ending, image, parameters)

    monkeypatch.setattr(cv2, "imencode", encode)
    patches([colourful(20, 20)], count=600, form=replace(FORM, jpeg=[40, 44]))
    assert len(qualities) / len(smalls) == pytest.approx(0.2, abs=0.05)  # three sigma
    assert set(qualities) == {40, 41, 42, 43, 44}


def test_what_a_network_drew_is_not_saved_as_jpeg(smalls, monkeypatch):
    monkeypatch.setattr(tools, "JPEG_SHARE", 1.0)
    own = true_pair(40, 40, 2, Making(0.0, OWN))
    patches([colourful(20, 20)], count=5, pairs=((1.0, [own]),), form=replace(FORM, jpeg=[1, 1]))
    assert {tools.to_integer(small).tobytes() for small in smalls} <= {
        np.ascontiguousarray(tools.dihedral(own.small, k)[..., order]).tobytes()
        for k in range(8)
        for order in permutations(range(3))
    }
