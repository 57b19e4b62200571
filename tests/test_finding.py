"""How a picture was made is found out from the picture."""

from functools import cache

import numpy as np
import pytest

from dataset.draw_creatures import draw_creature
from srpoke.alpha import composite
from srpoke.engine import Engine, load
from srpoke.finding import SIDE, find_making, finds_soft, most_drawn
from srpoke.geometry import Planes
from srpoke.kernels import KERNELS, SHRUNK, SPRITE_KERNEL, Making, softness
from srpoke.tools import degrade, to_float

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


@pytest.mark.parametrize("name", ["default", "best"])
@pytest.mark.parametrize(
    ("kernel", "least", "most"),
    [(KERNELS["box"], 3, 4), (SPRITE_KERNEL, 0, 0), (KERNELS["lanczos"], 0, 0)],
)
def test_shipped_networks_find_most_boxes_and_nothing_else(repository, name, kernel, least, most):
    engine = load(repository / "NN" / f"{name}.tflite")
    box = Making(softness(KERNELS["box"]), SHRUNK)
    found = [find_making(engine, made_by(kernel, index)) for index in (0, 3, 5, 8)]
    assert set(found) <= {box, engine.making}
    assert least <= found.count(box) <= most


@pytest.mark.parametrize(
    ("kernel", "softest"),
    [("triangle", KERNELS["triangle"]), ("box", KERNELS["box"]), ("bicubic", None)],
)
def test_art_finds_what_is_soft(repository, kernel, softest):
    engine = load(repository / "NN/art.tflite")
    assert engine.finds_soft
    making = Making(softness(softest), SHRUNK) if softest else engine.making
    found = [find_making(engine, made_by(KERNELS[kernel], index)) for index in (0, 3, 5, 8)]
    assert found.count(making) >= 3


def test_a_network_that_only_guesses_finds_nothing_soft():
    def stretched(batch: np.ndarray) -> np.ndarray:
        return batch[:, 2:-2, 2:-2, :3]

    engine = Engine(stretched, 4, Planes(True, True), "bicubic", (2.0,), USUAL)
    images = [drawn(index) for index in (0, 3, 5)]
    assert not finds_soft(engine, images)
    assert not finds_soft(engine, [])


def blind(batch: np.ndarray) -> np.ndarray:
    raise AssertionError("nothing has to be tried")


@pytest.mark.parametrize(
    ("planes", "size"), [(Planes(True, False), 40), (Planes(True, True), 12), (Planes(), 1)]
)
def test_without_need_or_use_nothing_is_tried(planes, size):
    engine = Engine(blind, 4, planes, "bicubic", (2.0,), USUAL)
    image = np.random.default_rng(0).random((size, size + 3, 3), np.float32)
    assert find_making(engine, image) == USUAL


def test_most_drawn_is_where_the_lines_are():
    image = np.ones((100, 130, 3), np.float32)
    image[70:90:4, 90:120] = 0
    part = most_drawn(image)
    assert part.shape == (SIDE, SIDE, 3) and (part == 0).sum() == (image == 0).sum()
    assert most_drawn(image[:20, :30]).shape == (20, 30, 3)
