"""What was enlarged by squares, or made faint, is drawn as if it had not been."""

from dataclasses import replace

import numpy as np
import pytest

import infer
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.images import read_image, write_image
from srpoke.pipeline import as_one, stages, upscale
from srpoke.undoing import square_side

RNG = np.random.default_rng(4)
PICTURE = RNG.integers(0, 256, (30, 40, 4), dtype=np.uint8)
PICTURE[..., 3] = np.minimum(PICTURE[..., 3], 254)
PICTURE[15, 20, 3] = 255


def squares(image: np.ndarray, side: int) -> np.ndarray:
    return image.repeat(side, axis=0).repeat(side, axis=1)


def faint(image: np.ndarray, times: float) -> np.ndarray:
    return np.dstack([image[..., :3], np.round(image[..., 3] * times).astype(image.dtype)])


@pytest.mark.parametrize("side", [1, 2, 3, 8])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_squares_are_found(side, channels):
    image = PICTURE[..., :channels].squeeze()
    assert square_side([squares(image, side)]) == side
    assert square_side([squares(image.astype(np.uint16) * 257, side)]) == side


def test_hidden_colours_are_no_change():
    image = squares(PICTURE, 2)
    image[..., 3] = squares(PICTURE[..., 3] > 99, 2) * 255
    image[..., :3][image[..., 3] == 0] = RNG.integers(0, 256, ((image[..., 3] == 0).sum(), 3))
    assert square_side([image]) == 2


def one_pixel_off(image: np.ndarray) -> np.ndarray:
    image = image.copy()
    image[31, 17, 0] ^= 1
    return image


def layout() -> np.ndarray:
    """Few large areas on a grid, as of a window with buttons."""
    image = np.full((192, 160, 3), 250, np.uint8)
    for n, (top, left) in enumerate(np.ndindex(4, 3)):
        image[16 + 44 * top : 40 + 44 * top, 8 + 50 * left : 48 + 50 * left] = 20 * n
    return image


def fence() -> np.ndarray:
    """Many bars on a grid, far apart."""
    image = np.zeros((1200, 1200), np.uint8)
    image[40::40], image[:, 40::40] = 200, 90
    return image.reshape(300, 4, 300, 4).max(axis=(1, 3)).repeat(4, axis=0).repeat(4, axis=1)


NO_SQUARES = {
    "one pixel is other": one_pixel_off(squares(PICTURE, 2)),
    "a column more": np.hstack([squares(PICTURE, 2), squares(PICTURE, 2)[:, :1]]),
    "moved by a pixel": np.roll(squares(PICTURE, 2), 1, axis=1),
    "squares too large": squares(PICTURE, 9),
    "one colour": np.full((64, 64, 3), 7, np.uint8),
    "a layout": layout(),
    "a fence": fence(),
    "few squares": squares(PICTURE[:20, :20], 4),
    "a pixel": PICTURE[:1, :1],
}


@pytest.mark.parametrize("kind", NO_SQUARES)
def test_what_may_be_drawn_so_is_left_as_it_is(kind):
    assert square_side([NO_SQUARES[kind]]) == 1


@pytest.mark.parametrize(("scale", "loops"), [(2, 1), (1.3, 1), (1.5, 2)])
def test_what_squares_were_made_of_is_enlarged(exported, scale, loops):
    engine, image = load(exported), squares(PICTURE, 2)
    sizes = [tuple(int(n * scale**loop + 0.5) for n in (60, 80)) for loop in range(1, loops + 1)]
    result = upscale(engine, image, scale, loops)
    assert result.shape[:2] == sizes[-1]
    first = upscale(engine, PICTURE, 2 * scale)
    (_, shown), *_ = stages(engine, image, scale, loops)
    np.testing.assert_array_equal(shown, first)
    if loops == 1:
        np.testing.assert_array_equal(result, first)


@pytest.mark.parametrize(
    "settings", [Settings(wrap=True), Settings(pad="before"), Settings(square=1)]
)
def test_squares_stay_where_pixels_count_as_they_are(exported, settings):
    engine, image = load(exported), squares(PICTURE, 2)
    drawn = upscale(engine, image, 2, 1, settings)
    as_they_are = upscale(engine, image, 2, 1, replace(settings, square=1))
    np.testing.assert_array_equal(drawn, as_they_are)
    middle = drawn[len(drawn) // 2 - 30 :][:60, drawn.shape[1] // 2 - 40 :][:, :80].astype(int)
    assert np.abs(middle - upscale(engine, PICTURE, 4)[30:90, 40:120]).max() > 20


def test_what_gets_no_larger_is_not_redrawn(exported):
    opaque = squares(PICTURE[..., :3], 2)
    np.testing.assert_array_equal(upscale(load(exported), opaque, 1), opaque)


def test_frames_and_cells_have_one_answer(exported, tmp_path, answer):
    """Also those on which too little is drawn to tell."""
    engine, empty = load(exported), np.zeros((60, 80, 4), np.uint8)
    _, settings = as_one(engine, [empty, squares(PICTURE, 2)], Settings())
    assert settings.square == 2
    assert as_one(engine, [squares(PICTURE, 3), squares(PICTURE, 2)], Settings())[1].square == 1
    write_image(tmp_path / "sheet.png", squares(PICTURE, 2))
    arguments = tmp_path / "sheet.png", "--cell", "20x20", "-o", tmp_path / "large.png"
    code, (line,), _ = answer(infer.main, exported, *arguments)
    assert code == 0 and "squares of 2 px" in line
    _, settings = as_one(engine, [squares(PICTURE, 2)], Settings())
    expected = upscale(engine, squares(PICTURE[:10, :10], 2), 2, 1, settings)
    np.testing.assert_array_equal(read_image(tmp_path / "large.png")[:40, :40], expected)


def test_cells_that_are_no_whole_squares_are_taken_as_they_are(exported):
    engine, part = load(exported), squares(PICTURE, 4)[:30, :30]
    as_it_is, given = (upscale(engine, part, 2, 1, Settings(square=n)) for n in (1, 4))
    np.testing.assert_array_equal(as_it_is, given)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_opacity_changes_nothing_but_opacity(exported, dtype):
    engine, image = load(exported), PICTURE.astype(dtype) * (np.iinfo(dtype).max // 255)
    image[..., 3] = np.where(image[..., 3] > np.iinfo(dtype).max // 3, np.iinfo(dtype).max, 0)
    whole, ghost = (upscale(engine, i, 2) for i in (image, faint(image, 0.2)))
    np.testing.assert_array_equal(ghost[..., :3], whole[..., :3])
    np.testing.assert_allclose(ghost[..., 3], whole[..., 3] * 0.2, atol=1)
    *_, (_, shown) = stages(engine, faint(image, 0.2), 2)
    np.testing.assert_array_equal(shown, ghost)


def test_a_mask_is_no_opacity(exported):
    engine, mask = load(exported), Settings(alpha="mask")
    ghost = faint(PICTURE, 0.2)
    raised = np.dstack([ghost[..., :3], ghost[..., 3] * 5])
    drawn = upscale(engine, ghost, 2, 1, mask)[..., 3].astype(int)
    assert np.abs(drawn * 5 - upscale(engine, raised, 2, 1, mask)[..., 3]).max() > 10
