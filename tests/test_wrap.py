"""Seamless textures: rolling before or after is the same, and repeating shows no seam."""

from dataclasses import replace

import numpy as np
import pytest

from srpoke import course, pipeline
from srpoke.course import Settings, check_size, steps
from srpoke.engine import load
from srpoke.errors import BadImage, UserError
from srpoke.finding import find_making
from srpoke.jpeg import as_jpeg
from srpoke.kernels import JPEG
from srpoke.pipeline import stages, upscale
from srpoke.wrap import WHOLE

WRAP = Settings(wrap=True)


@pytest.fixture
def engine(exported):
    return load(exported)


def texture(height: int, width: int, *channels: int) -> np.ndarray:
    """Blocks of random colour, with random pixels in them; a part of four channels is unseen."""
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (height, width, *channels), dtype=np.uint8)
    blocks = image[np.arange(height)[:, None] // 3 * 3, np.arange(width) // 4 * 4]
    image = np.where(rng.random((height, width, *[1] * len(channels))) < 0.2, image, blocks)
    if channels == (4,):
        image[..., 3] = np.where(image[..., 3] < 120, 0, 255)
    return image


def assert_equal(first: np.ndarray, second: np.ndarray) -> None:
    """Equal but for rounding (sums go in another order elsewhere) and for what nobody sees."""
    assert first.shape == second.shape and first.dtype == second.dtype
    if first.shape[2:] == (4,):
        first, second = (np.where(image[..., 3:] > 0, image, 0) for image in (first, second))
    difference = np.abs(first.astype(int) - second)
    assert difference.max() <= 1 and (difference > 0).mean() < 1e-3


@pytest.mark.parametrize(
    ("shape", "factor", "loops", "extra", "rolls"),  # by whole pixels before and after
    [
        ((16, 12, 3), 2, 1, 0, [(1, 0), (5, 7)]),
        ((16, 12), 2, 1, 1, [(3, 4)]),
        ((12, 16, 4), 2, 1, 0, [(1, 5), (6, 8)]),
        ((8, 12, 3), 1.5, 1, 0, [(2, 6)]),
        ((8, 12, 4), 1.5, 2, 1, [(4, 8)]),
        ((6, 4, 3), 2.5, 1, 0, [(2, 2)]),  # in two passes, with whole sizes between them
        ((9, 6, 3), 5 / 3, 1, 0, [(3, 3)]),
        ((5, 3, 3), 3, 1, 0, [(1, 2)]),
        ((16, 24, 3), 0.5, 1, 0, [(6, 2)]),
        ((32, 24, 3), 0.5, 2, 0, [(12, 4)]),
        ((32, 24, 3), 0.25, 1, 1, [(12, 4)]),
        ((24, 24, 3), 0.5, 2, 1, [(8, 4)]),
        ((8, 8, 3), 1, 1, 0, [(3, 1)]),
    ],
)
def test_rolled_input_gives_rolled_output(engine, shape, factor, loops, extra, rolls):
    image, options = texture(*shape), (factor, loops, WRAP, extra)
    result = upscale(engine, image, *options)
    for roll in rolls:
        moved = [round(n * factor**loops) for n in roll]
        rolled = upscale(engine, np.roll(image, roll, (0, 1)), *options)
        assert_equal(rolled, np.roll(result, moved, (0, 1)))


@pytest.mark.parametrize("channels", [3, 4])
def test_a_texture_is_the_middle_of_many_laid_side_by_side(engine, channels):
    image = texture(12, 16, channels)
    many = upscale(engine, np.tile(image, (9, 9, 1)), 4)
    assert_equal(upscale(engine, image, 4, 1, WRAP), many[4 * 48 : 5 * 48, 4 * 64 : 5 * 64])
    alone = upscale(engine, image, 4).astype(int)
    assert np.abs(alone - many[4 * 48 : 5 * 48, 4 * 64 : 5 * 64]).max() > 10


@pytest.mark.parametrize(
    ("settings", "shape"), [(WRAP, (48, 64)), (Settings(pad="before"), (44, 58))]
)
def test_a_jpeg_is_known_whatever_is_padded(engine, settings, shape, monkeypatch):
    found, engine = [], replace(engine, knows_jpeg=True)
    monkeypatch.setattr(
        pipeline, "find_making", lambda *args: found.append(find_making(*args)) or found[-1]
    )
    for image in (texture(*shape, 3), as_jpeg(texture(*shape, 3), 75)):
        upscale(engine, image, 2, 1, settings)
        list(stages(engine, image, 2, 1, settings))
    assert [making.origin == JPEG for making in found] == [False, False, True, True]


@pytest.mark.parametrize(
    ("shape", "factor", "loops", "extra"),
    [((16, 12, 3), 2, 1, 1), ((8, 12, 4), 1.5, 2, 0), ((6, 4, 3), 3, 1, 0), ((6, 4), 0.5, 1, 0)],
)
@pytest.mark.parametrize(("tile", "ensemble"), [(256, False), (7, False), (256, True)])
def test_only_the_middle_is_run_through_the_network(
    engine, shape, factor, loops, extra, tile, ensemble, monkeypatch
):
    seen = []

    def run(batch):
        seen.append(batch[0, ..., 0].size)
        return engine.run(batch)

    settings = Settings(
        wrap=True, tile=tile, ensemble=ensemble, making=engine.making, supersample=False
    )
    options = texture(*shape), factor, loops, settings, extra
    result = upscale(replace(engine, run=run), *options)
    height, width = (int(n * factor**loops + 0.5) + engine.shrink for n in shape[:2])
    assert max(seen, default=0) <= height * width
    monkeypatch.setattr(course, "middle_of", lambda size, around: WHOLE)
    assert_equal(upscale(engine, *options), result)


def test_every_loop_and_stage_is_cut_to_its_size(engine):
    results = stages(engine, texture(8, 12, 3), 1.5, 2, WRAP, 1)
    shapes = [[stage.shape for stage in result] for result in results]
    assert shapes == [[(12, 18, 3)] * 3, [(18, 27, 3)] * 3]


def test_whole_steps_keep_the_parts_that_stay_whole():
    assert steps((12, 12), (72, 72), 2) == [(22, 22), (40, 40), (72, 72)]
    assert steps((12, 12), (72, 72), 2, whole=True) == [(24, 24), (36, 36), (72, 72)]
    assert steps((10, 4), (45, 18), 2, whole=True) == [(15, 6), (25, 10), (45, 18)]


@pytest.mark.parametrize(
    ("factor", "loops", "nearest"), [(1.3, 1, "1.25 and 1.5"), (1.5, 3, "3.25 and 3.5")]
)
def test_sizes_that_do_not_stay_whole_are_refused(engine, factor, loops, nearest):
    with pytest.raises(BadImage, match=f"8x12 px enlarged .* nearest factors: {nearest}"):
        upscale(engine, texture(12, 8, 3), factor, loops, WRAP)


def test_padding_before_the_stretch_is_refused(engine):
    with pytest.raises(UserError, match="cannot be wrapped"):
        upscale(engine, texture(8, 8, 3), 2, 1, Settings(wrap=True, pad="before"))


def test_what_is_wrapped_around_counts_for_max_pixels(engine):
    image = texture(8, 8, 3)
    check_size(engine, image, 2, 1, Settings(), 256)
    with pytest.raises(BadImage, match="max_pixels"):
        check_size(engine, image, 2, 1, WRAP, 10_000)
    image = texture(256, 256, 3)
    check_size(engine, image, 1 / 256, 1, WRAP, (256 + 2 * 1024) ** 2)  # it is four results around
    with pytest.raises(BadImage, match="repeated .* 2304x2304 px"):
        check_size(engine, image, 1 / 256, 1, WRAP, 2304**2 - 1)
