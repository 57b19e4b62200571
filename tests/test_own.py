"""Pairs of what a network drew itself, with a network that is the bicubic stretch."""

import cv2
import numpy as np
import pytest

from srpoke import own, tools
from srpoke.engine import Engine
from srpoke.geometry import Planes
from srpoke.kernels import DRAWN_ANEW, OWN, SHRUNK, Making
from srpoke.own import own_pairs, taught_pairs
from srpoke.pipeline import enlarge
from srpoke.tools import Pair, to_bgra


def coordinates(height: int, width: int, large: float = 1) -> np.ndarray:
    """Shades that tell a pixel's place in a picture `large` times as large."""
    rows, columns = (np.mgrid[:height, :width] + 0.5) * large - 0.5
    return np.dstack([columns, rows, rows * 0 + 99]).round().clip(0, 255).astype(np.uint8)


@pytest.fixture
def seen() -> list[np.ndarray]:
    """The inputs of the network."""
    return []


@pytest.fixture
def engine(seen) -> Engine:
    def run(batch: np.ndarray) -> np.ndarray:
        seen.append(batch[0])
        return batch[:, 1:-1, 1:-1, :3]

    planes = Planes(phase=True, making=True)
    return Engine(run, 2, planes, "bicubic", (1.5, 2.0), Making(9.0), knows_own=True)


@pytest.fixture
def white(monkeypatch):
    """Nothing is laid on another colour."""
    monkeypatch.setattr(tools, "WHITE_SHARE", 1.0)


SPRITES = [to_bgra(coordinates(90, 70)), to_bgra(coordinates(60, 90))]
TRUE = Making(-0.2, DRAWN_ANEW)
LARGE = Pair(coordinates(40, 30, 3), coordinates(120, 90), TRUE)
SMALL = Pair(coordinates(40, 30, 1.5), coordinates(60, 45), TRUE)


@pytest.fixture
def whole(monkeypatch):
    """Nothing is made smaller before it is learnt from."""
    monkeypatch.setattr(own, "random_reduction", lambda image, rng: 1.0)


def draw(engine, true_pairs=(), count=12, seed=0) -> list[Pair]:
    return own_pairs(engine, SPRITES, list(true_pairs), count, np.random.default_rng(seed))


def test_both_pictures_show_the_same_and_tell_that_the_small_one_is_own(engine, whole):
    for small, large, making in draw(engine, [LARGE]):
        assert making == (0.0, OWN)
        assert small.dtype == large.dtype == np.uint8
        down, along = (a / b for a, b in zip(large.shape[:2], small.shape[:2], strict=True))
        assert down == pytest.approx(along, rel=0.1)
        rows, columns = np.indices(small.shape[:2])
        expected = np.dstack([(columns + 0.5) * along - 0.5, (rows + 0.5) * down - 0.5])
        off = (small[..., :2] - expected)[4:-4, 4:-4]
        assert np.abs(off).max() < 1.5 and np.abs(off.mean(axis=(0, 1))).max() < 0.5


def test_sprites_are_shrunk_twice_and_drawn_once(engine, whole):
    for small, large, _ in draw(engine):
        assert large.shape in [sprite[..., :3].shape for sprite in SPRITES]
        ratio = np.sqrt(large[..., 0].size / small[..., 0].size)
        assert 1.25 < ratio < 2.1  # of the pass that is to be learnt


def test_the_drawing_pass_is_told_how_its_picture_was_made(engine, seen):
    draw(engine, [LARGE], count=40)
    origins = {float(patch[0, 0, 7]) for patch in seen}
    assert origins == {SHRUNK, DRAWN_ANEW}
    softness = {float(patch[0, 0, 6]) for patch in seen if patch[0, 0, 7] == SHRUNK}
    assert len(softness) > 5 and 9.0 not in softness
    assert all(1.2 < patch[0, 0, 5] + 1 < 2.1 for patch in seen)  # factor


def test_what_is_drawn_from_may_be_jpeg(engine, whole, monkeypatch):
    given = []

    def record(engine, small, *others):
        given.append(small)
        return enlarge(engine, small, *others)

    monkeypatch.setattr(own, "enlarge", record)
    monkeypatch.setattr(tools, "JPEG_SHARE", 1.0)
    for jpeg in (None, [20, 20]):
        own_pairs(engine, SPRITES, [], 1, np.random.default_rng(0), jpeg=jpeg)
    before, after = ((image * 255).round().astype(np.uint8) for image in given)
    data = cv2.imencode(".jpg", before, [cv2.IMWRITE_JPEG_QUALITY, 20])[1]
    np.testing.assert_array_equal(after, cv2.imdecode(data, cv2.IMREAD_COLOR))
    assert not np.array_equal(before, after)


def test_half_are_from_true_pairs_that_are_large_enough(engine):
    sizes = [large.shape[:2] for _, large, _ in draw(engine, [SMALL, LARGE], count=10)]
    assert sizes.count((120, 90)) == 5 and (60, 45) not in sizes
    assert (60, 45) not in [large.shape[:2] for _, large, _ in draw(engine, [SMALL])]


def test_drawings_are_made_smaller_first(engine):
    drawing = to_bgra(coordinates(240, 200))
    rng = np.random.default_rng(0)
    heights = [large.shape[0] for _, large, _ in own_pairs(engine, [drawing], [], 12, rng)]
    assert min(heights) >= 149 and max(heights) <= 240 and len(set(heights)) > 5


def test_equal_seeds_draw_equal_pairs(engine):
    first, second, other = (draw(engine, [LARGE], 4, seed) for seed in (1, 1, 2))
    for a, b in zip(first, second, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert any(a.small.shape != b.small.shape for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2)])
def test_smallest_sprites_work(engine, whole, size):
    sprite = to_bgra(np.full((*size, 3), 80, np.uint8))
    for small, large, _ in own_pairs(engine, [sprite], [], 6, np.random.default_rng(0)):
        assert min(small.shape[:2]) >= 1 and large.shape[:2] == size
        assert (small == 80).all() and (large == 80).all()


# What it teaches itself


def teach(engine, sprites=SPRITES, count=6, seed=0) -> list[Pair]:
    return taught_pairs(engine, sprites, [2.0], count, np.random.default_rng(seed))


def test_a_sprite_as_it_is_teaches_and_is_told_as_any_picture(engine, white):
    for small, large, making in teach(engine):
        assert any(np.array_equal(small, sprite[..., :3]) for sprite in SPRITES)
        assert large.shape == (2 * len(small), 2 * small.shape[1], 3)
        assert making == engine.making
        rows, columns = (np.indices(large.shape[:2]) + 0.5) / 2 - 0.5
        off = (large[..., :2] - np.dstack([columns, rows]))[4:-4, 4:-4]
        assert np.abs(off).max() < 1.5 and np.abs(off.mean(axis=(0, 1))).max() < 0.5


def test_the_teacher_takes_two_equal_steps_in_eight_views(engine, seen):
    teach(engine, count=1)
    factors = [float(patch[0, 0, 5]) + 1 for patch in seen]
    assert factors == pytest.approx([np.sqrt(2)] * 16, abs=0.02)
    assert [float(patch[0, 0, 7]) for patch in seen] == [SHRUNK] * 8 + [OWN] * 8


def test_large_pictures_teach_by_parts(engine):
    parts = [small for small, _, _ in teach(engine, [to_bgra(coordinates(400, 120))], 12)]
    assert {part.shape for part in parts} == {(96, 96, 3)}
    tops = {int(part[0, 0, 1]) for part in parts}
    assert len(tops) > 6


def test_factors_take_turns(engine):
    pairs = taught_pairs(engine, SPRITES, [2.0, 1.5], 4, np.random.default_rng(0))
    assert [len(p.large) / len(p.small) for p in pairs] == pytest.approx([2, 1.5, 2, 1.5], abs=0.01)


def test_equal_seeds_teach_equal_pairs(engine):
    first, second, other = (teach(engine, count=4, seed=seed) for seed in (1, 1, 2))
    for a, b in zip(first, second, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not all(np.array_equal(a.small, b.small) for a, b in zip(first, other, strict=True))
