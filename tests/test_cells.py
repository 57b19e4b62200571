"""Sprite sheets: every cell as if it were alone, by infer.py; sizes that do not fit are refused."""

import numpy as np
import pytest

import infer
from srpoke import pipeline
from srpoke.cells import cell_size, each_cell
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.errors import BadImage
from srpoke.geometry import check_whole
from srpoke.images import read_image, write_image
from srpoke.kernels import Making
from srpoke.pipeline import as_one, upscale
from srpoke.record import read_record


@pytest.fixture
def run(exported, answer, monkeypatch, tmp_path):
    """A function: options -> exit code, stdout, stderr of infer.py for a sheet of 24 x 16 px."""
    monkeypatch.chdir(tmp_path)
    write_image("sheet.png", sheet())
    return lambda *options: answer(infer.main, exported, "sheet.png", *options)


def sheet() -> np.ndarray:
    """Six cells of 8 x 8 px: noise, flat, transparent in part, each unlike its neighbours."""
    image = np.random.default_rng(2).integers(0, 256, (16, 24, 4), dtype=np.uint8)
    image[..., 3] |= 128
    image[:8, 8:16] = 255
    image[8:, :8] = (0, 0, 255, 255)
    image[8:, 16:, 3] = 0
    return image


@pytest.mark.parametrize("options", [["--cell", "8x8"], ["--grid", "3x2"]])
@pytest.mark.parametrize("wrap", [False, True])
def test_each_cell_is_enlarged_as_if_alone(run, exported, tmp_path, options, wrap):
    assert run(*options, *(["--wrap"] if wrap else []), "-o", "large.png")[0] == 0
    result, source = read_image(tmp_path / "large.png"), sheet()
    engine, settings = as_one(load(exported), [source], Settings(wrap=wrap))
    assert result.shape == (32, 48, 4)
    for top in (0, 8):
        for left in (0, 8, 16):
            alone = upscale(engine, source[top : top + 8, left : left + 8], 2, 1, settings)
            cell = result[2 * top : 2 * top + 16, 2 * left : 2 * left + 16]
            np.testing.assert_array_equal(cell, alone)
    assert (result[:16, 16:32] == 255).all() and (result[16:, 32:, 3] == 0).all()


def test_all_cells_are_told_what_is_found_in_the_whole_sheet(run, monkeypatch):
    asked = []
    monkeypatch.setattr(
        pipeline, "find_making", lambda _, image: asked.append(image.shape) or Making(0.1, 0.2)
    )
    run("--cell", "8x8")
    assert asked == [(16, 24, 3)]


def test_without_cells_neighbours_bleed_in(run, tmp_path):
    run("-o", "large.png")
    assert (read_image(tmp_path / "large.png")[:16, 16:32] != 255).any()


def test_cells_need_not_be_square_and_pixels_may_be_grey():
    image = np.arange(6 * 8, dtype=np.uint16).reshape(6, 8)
    upside_down = each_cell(lambda cell: cell[::-1], image, (3, 4))
    expected = image[[2, 1, 0, 5, 4, 3]]
    np.testing.assert_array_equal(upside_down, expected)
    assert upside_down.dtype == np.uint16


def test_equal_cells_are_enlarged_once():
    image = np.arange(64).reshape(8, 8) % 8 // 4  # four cells, twice the same two
    seen = []
    result = each_cell(lambda cell: seen.append(cell) or cell, image, (4, 4))
    np.testing.assert_array_equal(result, image)
    assert len(seen) == 2


def test_results_are_named_by_their_cells_and_say_so(run, tmp_path):
    run("--cell", "8x8", "--wrap", "--save_path", "out")
    run("--grid", "3x2", "--save_path", "out")
    names = ["sheet_f_2_loop_1_cell_8x8_wrap.png", "sheet_f_2_loop_1_grid_3x2.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    record = read_record(tmp_path / "out" / names[0])
    assert record["cell"] == [8, 8] and record["wrap"] is True


def test_sizes_of_cells():
    assert cell_size((16, 24), (8, 6)) == (8, 6)
    assert cell_size((16, 24), None, (2, 3)) == (8, 8)
    assert cell_size((16, 24)) == (16, 24)


@pytest.mark.parametrize(
    ("size", "factor"), [((8, 12), 2.25), ((33, 33), 1.51515), ((7, 7), 3), ((8, 8), 0.125)]
)
def test_factors_that_fit(size, factor):
    check_whole(size, factor)


@pytest.mark.parametrize(
    ("size", "factor", "nearest"),
    [
        ((8, 12), 2.1, "2 and 2.25"),  # quarters are whole in both
        ((33, 33), 1.5, "1.48485 and 1.51515"),
        ((7, 5), 1.5, "1 and 2"),
        ((8, 8), 0.1, "0.125"),
        ((8, 8), 1e-6, "0.125"),
    ],
)
def test_factors_that_do_not_fit_name_the_nearest_that_do(size, factor, nearest):
    with pytest.raises(BadImage, match=f"nearest factors: {nearest}$"):
        check_whole(size, factor)
    for near in nearest.split(" and "):
        check_whole(size, float(near))
