"""Registration on drawn shapes whose place is known, and truths whose pixels are."""

import cv2
import numpy as np
import pytest

from srpoke.kernels import SPRITE_KERNEL
from srpoke.registration import on_white, refine, register, true_picture
from srpoke.shadow import find_shadow
from srpoke.tools import apply_kernel, to_float, to_integer

SIZE = 48
AFFINE = np.array([[3.05, 0.01, 14.3], [-0.012, 3.02, 21.6]])


def draw(affine: np.ndarray, size: int, pose: float = 0, shadow: bool = False) -> np.ndarray:
    """A figure given in sprite pixels, drawn where `affine` says, with soft edges: BGR on white.

    Its shadow is flat, and lies 4 px to its right and 3 px above it.
    """
    zoom = 8  # samples per pixel and axis
    v, u = (np.indices((size * zoom,) * 2) + 0.5) / zoom - 0.5
    x, y = np.tensordot(np.linalg.inv(affine[:, :2]), [u - affine[0, 2], v - affine[1, 2]], 1)
    canvas = np.full((*x.shape, 3), 255, np.uint8)

    def body(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.hypot((x - 23) / 17, (y - 25) / 12) < 1

    def fin(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.maximum(abs(x - 38 + 0.3 * y), abs(y - 13)) < 5

    for colour, where in (
        ((217, 217, 217), shadow & (body(x - 4, y + 3) | fin(x - 4, y + 3))),
        ((20, 20, 20), body(x, y)),
        ((60, 120, 230), np.hypot((x - 23) / 16, (y - 25) / 11) < 1),
        ((180, 90, 40), fin(x, y)),
        ((250, 250, 250), np.hypot(x - 15, y - 22 - pose) < 3),
        ((10, 10, 10), np.hypot(x - 15.5, y - 22.3 - pose) < 1.4),
        ((10, 10, 40), (abs(y - 29 + 0.1 * x) < 0.6) & (abs(x - 24) < 9)),
    ):
        canvas[where] = colour
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def small() -> np.ndarray:
    return draw(np.eye(2, 3), SIZE)


@pytest.fixture(scope="module")
def large() -> np.ndarray:
    return draw(AFFINE, 180)


def farthest(found: np.ndarray, true: np.ndarray) -> float:
    """How far a corner of the sprite lands from where it should, in sprite pixels."""
    corners = np.array([[0, 0, 1], [SIZE - 1, 0, 1], [0, SIZE - 1, 1], [SIZE - 1, SIZE - 1, 1]])
    return np.hypot(*((found - true) @ corners.T)).max() / 3


def test_a_known_affine_is_found(small, large):
    assert farthest(register(small, large), AFFINE) < 0.1


def test_transparency_grey_and_other_colours_do_not_matter(small):
    affine = np.array([[2, 0, -7.0], [0, 2, -4.0]])
    plain = draw(affine, 84)
    figure = 255 * (plain.min(axis=2) < 255).astype(np.uint8)
    bgra = np.dstack([plain * (figure > 0)[..., None], figure])  # black under what is transparent
    assert farthest(register(small, bgra), affine) < 0.1
    grey, small_grey = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (plain, small))
    assert farthest(register(small_grey, grey), affine) < 0.1
    dull = np.uint8(255 - 0.8 * (255.0 - plain))
    assert farthest(register(small, dull), affine) < 0.1


def test_colours_place_a_picture_more_exactly_than_correlation(large):
    fine = to_float(draw(np.array([[4, 0, 1.5], [0, 4, 1.5]]), 4 * SIZE))
    sprite = to_integer(apply_kernel(fine, SIZE, SIZE, SPRITE_KERNEL))
    off = AFFINE + [[0, 0, 0.45], [0, 0, 0.45]]
    assert farthest(off, AFFINE) > 0.2
    assert farthest(refine(on_white(sprite), on_white(large), off), AFFINE) < 0.02
    other_colours = large[..., ::-1] // 2 + 100  # where correlation ends at 0.24
    assert farthest(register(sprite, other_colours), AFFINE) < 0.15


def test_what_does_not_fit_is_refused_with_the_reason(small, large):
    other = np.full_like(large, 255)
    cv2.putText(other, "abc", (10, 120), cv2.FONT_HERSHEY_DUPLEX, 3, (40, 80, 20), 9)
    with pytest.raises(ValueError, match="another crop or another pose: correlation"):
        register(small, other)
    with pytest.raises(ValueError, match="another crop or another pose"):
        register(small, np.full_like(large, 255))
    with pytest.raises(ValueError, match="mirrored"):
        register(small, np.ascontiguousarray(large[:, ::-1]))
    with pytest.raises(ValueError, match=r"too small: only 1\.1"):
        register(small, draw(np.array([[1.1, 0, 2], [0, 1.1, 3]]), 60))
    with pytest.raises(ValueError, match="another pose: one axis is stretched"):
        register(small, cv2.resize(large, (180, 200)))
    with pytest.raises(ValueError, match="drawn differently"):
        register(small, draw(AFFINE, 180, pose=1.2))


def test_true_picture_is_the_drawing_on_the_sprites_grid(small, large):
    for scale, length in ((2, 96), (1.6, 77)):  # 76.8
        truth = true_picture(small, large, AFFINE, scale)
        expected = draw(np.eye(2, 3) * scale + [[0, 0, (scale - 1) / 2]], length)
        assert truth.shape == (length, length, 3) and truth.dtype == np.uint8
        inner = (slice(2, -2),) * 2
        error = np.abs(truth[inner].astype(int) - expected[inner])
        assert error.mean() < 2 and np.percentile(error, 99) < 40


def test_true_picture_takes_the_sprites_colours(small, large):
    dull = np.uint8(255 - 0.7 * (255.0 - large) + 0.5)
    plain, recoloured = (true_picture(small, i, AFFINE, 2).astype(int) for i in (large, dull))
    assert np.abs(plain - recoloured).mean() < 0.5
    assert np.abs(recoloured[50, 50] - (60, 120, 230)).max() <= 4


def shaded(plain: np.ndarray, right: int, down: int, darkness: float) -> np.ndarray:
    """A figure on white, over a flat shadow: it covers what is not quite white."""
    figure = (plain.min(axis=2) < 250).astype(np.float32)
    fallen = np.roll(figure, (down, right), (0, 1))
    return np.uint8(plain - 255 * darkness * (fallen * (1 - figure))[..., None] + 0.5)


def test_a_drop_shadow_is_found_by_its_move_and_grey():
    figure = np.zeros((40, 50), np.float32)
    cv2.circle(figure, (22, 18), 9, 1, -1)
    plain = np.uint8(255 - 155 * figure[..., None].repeat(3, 2))
    for right, down, darkness in ((5, 0, 0.15), (-3, 7, 0.4), (12, -5, 0.06)):
        move, found = find_shadow(shaded(plain, right, down, darkness) / 255, figure)
        assert move == (right, down) and found == pytest.approx(darkness, abs=0.01)


def test_a_rim_another_figure_and_nothing_are_no_drop_shadow():
    figure = np.zeros((40, 50), np.float32)
    cv2.circle(figure, (22, 18), 9, 1, -1)
    plain = np.uint8(255 - 155 * figure[..., None].repeat(3, 2))
    for sprite in (plain, shaded(plain, 1, 0, 0.4), np.zeros_like(plain)):
        assert find_shadow(sprite / 255, figure) is None
    beside = cv2.rectangle(plain.copy(), (36, 2), (46, 36), (200, 200, 200), -1)
    assert find_shadow(beside / 255, figure) is None


def test_a_sprite_with_a_drop_shadow_is_registered_and_its_truth_has_the_shadow():
    affine = np.array([[2, 0, -7.0], [0, 2, -4.0]])
    sprite, plain = draw(np.eye(2, 3), SIZE, shadow=True), draw(affine, 84)
    large = np.dstack([plain, 255 * (plain.min(axis=2) < 255).astype(np.uint8)])
    with pytest.raises(ValueError, match="another pose|drawn differently"):
        register(sprite, plain)  # opaque: nothing says what would cast it
    assert farthest(register(sprite, large), affine) < 0.15  # alpha is 0 or 1 here
    truth = true_picture(sprite, large, affine, 2).astype(int)
    on_grid = np.array([[2, 0, 0.5], [0, 2, 0.5]])
    expected = draw(on_grid, 2 * SIZE, shadow=True)
    error = np.abs(truth - expected)[2:-2, 2:-2]
    assert error.mean() < 3 and np.percentile(error, 99) < 40
