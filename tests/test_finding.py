"""How a picture was made is found out from the picture."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from dataset.draw_creatures import draw_creature
from srpoke.alpha import composite
from srpoke.engine import Engine, load
from srpoke.finding import (
    SIDE,
    box_limit,
    find_abilities,
    find_making,
    finds_soft,
    looks_soft,
    most_drawn,
    step_moments,
    usual_making,
)
from srpoke.geometry import Planes
from srpoke.jpeg import as_jpeg
from srpoke.kernels import DRAWN_ANEW, JPEG, KERNELS, SHRUNK, SPRITE_KERNEL, Making, softness
from srpoke.tools import degrade, to_float, to_integer

USUAL = Making(-0.2, 1.0)


@cache
def drawn(index: int) -> np.ndarray:
    """A creature drawn large, on white."""
    return composite(to_float(draw_creature(index, 2.0)))


def made_by(kernel, index: int) -> np.ndarray:
    """A creature drawn large and shrunk by a kernel."""
    large = drawn(index)
    height, width = (size // 2 for size in large.shape[:2])
    return degrade(large, height, width, kernel)


@pytest.mark.parametrize("name", ["default", "best", "art"])
@pytest.mark.parametrize(
    ("kernel", "least", "most"),
    [(KERNELS["box"], 3, 4), (SPRITE_KERNEL, 0, 0), (KERNELS["lanczos"], 0, 0)],
)
def test_shipped_networks_find_most_boxes_and_nothing_else(repository, name, kernel, least, most):
    """Nor soft pictures, for which art does look."""
    engine = load(repository / "NN" / f"{name}.tflite")
    assert engine.finds_soft == (name == "art")
    box = Making(softness(KERNELS["box"]), SHRUNK)
    found = [find_making(engine, made_by(kernel, index)) for index in (0, 3, 5, 8)]
    assert set(found) <= {box, engine.making}
    assert least <= found.count(box) <= most


@pytest.mark.parametrize(
    ("steps", "cubic", "area", "soft"),
    [
        ("triangle", 1.25, 1.6, True),
        ("triangle", 1.35, 1.6, False),
        ("triangle", 1.25, 1.75, False),
        ("bicubic", 1.1, 1.6, False),
        ("bicubic", 1.0, 1.6, True),
        ("bicubic", 1.0, 1.75, False),
    ],
)
def test_a_triangle_is_believed_sooner_where_steps_are_soft(steps, cubic, area, soft):
    """Columns two and three: its mismatch in those of the others."""
    misfits = {KERNELS["triangle"]: 1.0, SPRITE_KERNEL: 1 / cubic, KERNELS["box"]: 1 / area}
    assert looks_soft(shapes(KERNELS[steps]), misfits.get) == soft


@pytest.mark.parametrize(("cubic", "limit"), [(1.6, 0.8), (4.0, 0.95)])
def test_a_box_is_believed_half_way_between_area_and_cubic(cubic, limit):
    """Of three pictures by each, whose mismatches of a box are made up, the medians count."""

    def made_up(*ratios):
        return [(None, {KERNELS["box"]: r / 50, SPRITE_KERNEL: 1 / 50}.get) for r in ratios]

    assert box_limit(made_up(0.4, 0.1, 0.9), made_up(cubic, 0.5, 9.0)) == pytest.approx(limit)
    assert box_limit([], []) == 0.95


@pytest.mark.parametrize(
    ("soft", "others", "found"),
    [
        ([1, 1, 1, 0, 0], [[0] * 10, [1] + [0] * 9], True),
        ([1, 1, 0, 0], [[0] * 10], False),
        ([1, 1, 1, 1], [[0] * 10, [1, 1] + [0] * 8], False),
        ([], [[], []], False),
    ],
)
def test_most_soft_pictures_must_be_named_and_few_others(soft, others, found):
    """Of 1 a triangle is the best explanation, of 0 the worst."""
    flat = np.ones((9, 9, 3), np.float32)

    def misfits(named):
        usual = {SPRITE_KERNEL: 0.02, KERNELS["box"]: 0.02}
        return [(flat, ({KERNELS["triangle"]: 0.03 - 0.02 * n} | usual).get) for n in named]

    assert finds_soft(misfits(soft), [misfits(each) for each in others]) == found


def test_a_network_that_only_guesses_finds_nothing_soft():
    def stretched(batch: np.ndarray) -> np.ndarray:
        return batch[:, 2:-2, 2:-2, :3]

    engine = Engine(stretched, 4, Planes(True, True), "bicubic", (2.0,), LIKE_A_SPRITE)
    images = [drawn(index) for index in (0, 3, 5)]
    assert not find_abilities(engine, images)["finds_soft"]
    assert find_abilities(engine, []) == {"finds_soft": False, "box_below": 0.95}


def blind(batch: np.ndarray) -> np.ndarray:
    raise AssertionError("nothing has to be tried")


@pytest.mark.parametrize(
    ("planes", "size"), [(Planes(True, False), 40), (Planes(True, True), 12), (Planes(), 1)]
)
def test_without_need_or_use_nothing_is_tried(planes, size):
    engine = Engine(blind, 4, planes, "bicubic", (2.0,), USUAL)
    image = np.random.default_rng(0).random((size, size + 3, 3), np.float32)
    assert find_making(engine, image) == USUAL


@pytest.mark.parametrize("soft", [5 / 12, 0.8])
def test_what_expects_area_or_softer_is_not_asked(soft):
    making = Making(soft, SHRUNK)
    engine = Engine(None, 4, Planes(True, True), "bicubic", (2.0,), making, finds_soft=True)
    assert find_making(engine, made_by(SPRITE_KERNEL, 3)) == making


@pytest.mark.parametrize("knows", [True, False])
def test_a_network_that_knows_jpeg_is_told_of_it_beside_the_kernel(repository, knows):
    engine = replace(load(repository / "NN" / "default.tflite"), knows_jpeg=knows)
    image, box = made_by(KERNELS["box"], 3), softness(KERNELS["box"])
    saved = to_float(as_jpeg(to_integer(image), 90))
    assert find_making(engine, image) == (box, SHRUNK)
    assert find_making(engine, saved) == (box, JPEG if knows else SHRUNK)


def test_most_drawn_is_where_the_lines_are():
    image = np.ones((100, 130, 3), np.float32)
    image[70:90:4, 90:120] = 0
    part = most_drawn(image)
    assert part.shape == (SIDE, SIDE, 3) and (part == 0).sum() == (image == 0).sum()
    assert most_drawn(image[:20, :30]).shape == (20, 30, 3)
    row, column, _ = np.argwhere(most_drawn(image, grid=8) == 0)[0]
    assert (70 - row) % 8 == (90 - column) % 8 == 0
    row, column, _ = np.argwhere(part == 0)[0]
    assert (70 - row) % 8 or (90 - column) % 8  # so that the grid above is no chance


def test_a_large_jpeg_is_known_by_a_part_of_it():
    engine = Engine(blind, 4, Planes(True), "bicubic", (2.0,), USUAL, knows_jpeg=True)
    large = np.full((600, 1100, 3), 255, np.uint8)
    large[253:465, 700:924] = to_integer(drawn(0))  # the part would begin at column 412
    assert find_making(engine, to_float(as_jpeg(large, 75))).origin == JPEG
    assert find_making(engine, to_float(large)).origin == USUAL.origin


def test_a_network_that_draws_anew_is_not_asked_for_soft_pictures(repository):
    engine = replace(load(repository / "NN" / "art.tflite"), making=Making(-0.2, DRAWN_ANEW))
    images = [drawn(index) for index in (0, 3, 5)]
    assert find_abilities(replace(engine, making=LIKE_A_SPRITE), images)["finds_soft"]
    assert not find_abilities(engine, images)["finds_soft"]


def test_who_is_not_told_how_pictures_were_made_is_not_tried():
    engine = Engine(blind, 4, Planes(True), "bicubic", (2.0,), USUAL)
    expected = {"finds_soft": False, "box_below": 0.95}
    assert find_abilities(engine, [np.zeros((40, 40, 3), np.float32)]) == expected


SOFT, LIKE_A_SPRITE = (
    Making(softness(kernel), SHRUNK) for kernel in (KERNELS["triangle"], SPRITE_KERNEL)
)


def shapes(kernel, outline: bool = False, seed: int = 0) -> np.ndarray:
    """Flat rectangles on white, at any phase, drawn 16 times as large and shrunk by a kernel."""
    large = np.full((1600, 1600, 3), 255, np.uint8)
    rng = np.random.default_rng(seed)
    for y, x in np.ndindex(4, 4):
        left, top = 400 * np.array([x, y]) + rng.integers(90, 120, size=2)
        far = int(left + rng.integers(180, 220)), int(top + rng.integers(180, 220))
        cv2.rectangle(large, (int(left), int(top)), far, (40, 110, 60), -1)
        if outline:
            cv2.rectangle(large, (int(left), int(top)), far, (0, 0, 0), 20)
    return degrade(to_float(large), 100, 100, kernel)


@pytest.mark.parametrize("name", ["box", "triangle", "bicubic"])
def test_a_step_is_as_wide_as_the_kernel_that_made_it(name):
    """Over all phases: an average of the second moments of the steps is that of the kernel."""
    kernel, moments = KERNELS[name], []
    for phase in range(16):
        large = np.full((64, 24 * 16, 3), 0.2, np.float32)
        large[:, 12 * 16 + phase :] = 0.8
        moments += [*step_moments(degrade(large, 4, 24, kernel))]
    assert len(moments) == 16 * 4
    assert 5 * (np.mean(moments) - 1 / 12) == pytest.approx(softness(kernel), abs=0.05)


def test_of_a_large_picture_the_part_with_most_drawn_is_measured():
    drawing, large = shapes(KERNELS["triangle"]), np.ones((700, 1100, 3), np.float32)
    large[80:180, 900:1000] = drawing
    large[210, 1030] = 0.9  # too faint for a step, but drawn, so that the part goes on to here
    large[400:420, 100:120] = 0.5  # too far away to lie in the same part
    around = np.pad(drawing, [(50, 50), (50, 50), (0, 0)], constant_values=1)
    measured, expected = step_moments(large), step_moments(around)
    assert len(expected) > 0
    np.testing.assert_array_equal(np.sort(measured), np.sort(expected))


def test_steps_that_are_none_do_not_count():
    ramp = np.linspace(0, 1, 40, dtype=np.float32)
    slope = np.repeat(np.tile(ramp, (20, 1))[..., None], 3, axis=2)
    slanting = np.float32(np.add.outer(np.arange(30), np.arange(30)) > 30)
    faint = np.zeros((20, 20, 3), np.float32)
    faint[:, 10:] = 0.2
    for image in (slope, np.dstack([slanting] * 3), faint, np.ones((1, 1, 3), np.float32)):
        assert len(step_moments(image)) == 0


@pytest.mark.parametrize(
    ("kernel", "outline", "making"),
    [
        ("triangle", False, SOFT),
        ("box", False, LIKE_A_SPRITE),
        ("area", False, LIKE_A_SPRITE),
        ("bicubic", False, LIKE_A_SPRITE),
        ("lanczos", False, LIKE_A_SPRITE),
        ("triangle", True, LIKE_A_SPRITE),
        ("bicubic", True, LIKE_A_SPRITE),
    ],
)
def test_a_folder_is_soft_where_its_steps_are(kernel, outline, making):
    assert usual_making([shapes(KERNELS[kernel], outline)] * 2) == making


def test_a_few_steps_tell_nothing():
    image = shapes(KERNELS["triangle"])[10:20, 8:40]
    assert 0 < len(step_moments(image)) < 50
    assert usual_making([image]) == LIKE_A_SPRITE


def test_where_soft_is_usual_nothing_sharper_is_looked_for():
    engine = Engine(blind, 4, Planes(True, True), "bicubic", (2.0,), SOFT)
    assert find_making(engine, made_by(KERNELS["box"], 0)) == SOFT
