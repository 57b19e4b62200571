"""extract_readme_images.py: every picture set on tiny images, and the layout behind them."""

import cv2
import numpy as np
import pytest

from extract_readme_images import main
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.images import read_image, write_image
from srpoke.pictures import examples, layout, recommendations, strips
from srpoke.tools import flatten, to_integer


@pytest.fixture
def sprite_file(sprite, tmp_path):
    path = tmp_path / "フシギ [a] #1.png"
    write_image(path, sprite)
    return path


@pytest.fixture
def short(monkeypatch):
    """Let the examples end early: 24 px pass 50 px after 4, 2, 2 and 2 loops."""
    monkeypatch.setattr(examples, "LONG_SIDE", 50)


def test_loops_end_with_the_first_past_1000_px():
    sizes = [(127, 157), (127, 157), (500, 9), (1001, 9), (1, 1)]
    factors, loops = [1.25, 2, 2, 2, 1.25], [9, 3, 2, 1, 31]
    for size, factor, expected in zip(sizes, factors, loops, strict=True):
        assert examples.count_loops(size, factor, Settings(), 12) == expected


def test_loops_end_where_the_padded_geometry_stands_still():
    assert examples.count_loops((1, 1), 1.25, Settings(pad="before"), 2) == examples.MAX_LOOPS


def test_examples_have_names_sizes_alpha(
    answer, exported, sprite, sprite_file, tmp_path, short, no_tensorflow
):
    code, out, err = answer(main, exported, sprite_file, "--save_path", tmp_path / "out")
    folder = tmp_path / "out" / sprite_file.stem
    loops = {"1.25": 4, "1.5": 2, "1.75": 2, "2": 2}
    expected = {
        f"F{f}_L{loop + 1}": float(f) ** (loop + 1) for f in loops for loop in range(loops[f])
    }
    names = {f"{name}_{stage}.png" for name in expected for stage in ("raw", "clean", "fine")}
    assert (code, err) == (0, [])
    assert {path.name for path in folder.iterdir()} == names | {"raw.png", "grid.png"}
    assert sorted(out) == sorted(str(path) for path in folder.iterdir())
    assert np.array_equal(read_image(folder / "raw.png"), sprite)
    for name, scale in expected.items():
        for stage in ("raw", "clean", "fine"):
            image = read_image(folder / f"{name}_{stage}.png")
            assert image.shape == (int(24 * scale + 0.5), int(20 * scale + 0.5), 4)
            assert image[0, 0, 3] == 0 and image[image.shape[0] // 2, image.shape[1] // 2, 3] == 255
    raw, clean = (read_image(folder / f"F2_L2_{stage}.png") for stage in ("raw", "clean"))
    assert not np.array_equal(raw, clean)


def test_padding_before_grows_as_the_original_did(answer, exported, sprite_file, tmp_path, short):
    options = "--pad", "before", "--save_path", tmp_path / "out"
    code, _, _ = answer(main, exported, sprite_file, *options)
    image = read_image(tmp_path / "out" / sprite_file.stem / "F2_L1_clean.png")
    shrink = 6  # of kernels 3 3 3 1
    assert code == 0
    assert image.shape[:2] == tuple((n + shrink) * 2 - shrink for n in (24, 20))


def test_grid_is_a_readable_picture(answer, exported, sprite_file, tmp_path, short):
    answer(main, exported, sprite_file, "--save_path", tmp_path)
    grid = read_image(tmp_path / sprite_file.stem / "grid.png")
    lines = 4 * (1 + len(examples.STAGES))  # each at least a cell high
    assert grid.shape[0] > lines * examples.CELL and grid.shape[1] > 4 * examples.CELL
    assert grid.shape[0] * grid.shape[1] < 3_000_000
    assert grid[: layout.MARGIN].min() > 250  # the margin is paper
    assert (grid[layout.MARGIN :, layout.MARGIN :, :].min(axis=2) < 60).mean() > 0.01  # ink


def test_inputs_of_one_stem_do_not_meet(answer, exported, sprite, tmp_path, short):
    for folder, value in (("a", 40), ("b", 200)):
        write_image(tmp_path / folder / "x.png", np.full((6, 5, 3), value, np.uint8))
    write_image(tmp_path / "x.bmp", np.full((6, 5, 3), 90, np.uint8))
    files = [tmp_path / "a" / "x.png", tmp_path / "b" / "x.png", tmp_path / "x.bmp"]
    code, _, _ = answer(main, exported, *files, "--save_path", tmp_path / "out")
    values = {int(read_image(path)[0, 0, 0]) for path in (tmp_path / "out").glob("*/raw.png")}
    assert code == 0 and values == {40, 200, 90}


def test_broken_image_is_named_and_the_rest_done(answer, exported, sprite_file, tmp_path, short):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    out = tmp_path / "out"
    code, _, err = answer(main, exported, broken, sprite_file, "--save_path", out)
    assert code == 1 and len(err) == 1 and "broken.png" in err[0]
    assert (out / sprite_file.stem / "grid.png").exists() and not (out / "broken").exists()
    assert answer(main, exported, broken, "--save_path", out)[0] == 2


@pytest.mark.parametrize("which", ["--strip", "--halo"])
def test_strips_refuse_results_that_are_too_large(answer, exported, sprite_file, tmp_path, which):
    argv = which, "--save_path", tmp_path / "out", "--max_pixels", "5000"
    code, out, (line,) = answer(main, exported, sprite_file, *argv)
    assert (code, out) == (2, []) and "--max_pixels" in line and not (tmp_path / "out").exists()


def test_strip_shows_small_bicubic_and_ours(answer, exported, sprite_file, tmp_path):
    code, out, _ = answer(main, exported, sprite_file, "--strip", "--save_path", tmp_path)
    strip, small = read_image(tmp_path / "strip.png"), flatten(read_image(sprite_file))
    assert code == 0 and out == [str(tmp_path / "strip.png")]
    for part in (small, cv2.resize(small, (80, 96), interpolation=cv2.INTER_CUBIC)):
        difference = cv2.matchTemplate(strip, part, cv2.TM_SQDIFF).min()
        assert difference < 100  # there, unchanged (a sum of squares, with rounding)


def test_halo_shows_three_backgrounds_twice(answer, exported, sprite_file, tmp_path):
    code, _, _ = answer(main, exported, sprite_file, "--halo", "--save_path", tmp_path)
    halo = read_image(tmp_path / "halo.png")
    assert code == 0
    for colour in strips.BACKGROUNDS.values():
        here = (halo == to_integer(np.array(colour))).all(axis=2)
        parts, _ = cv2.connectedComponents(cv2.dilate(here.astype(np.uint8), np.ones((5, 5))))
        assert parts - 1 >= 2


def test_best_window_is_where_the_detail_is():
    worth = np.zeros((40, 60), np.float32)
    worth[30:34, 10:14] = 1
    window = layout.best_window(worth, 4, 4)
    assert window == (32 - 20, 12 - 30, 4, 4)
    assert layout.best_window(worth, 100, 100) == (0, 0, 40, 60)


@pytest.mark.parametrize("scale", [1, 2, 5])
def test_magnify_shows_the_same_part_at_any_scale(scale):
    picture = np.full((40, 60, 3), 255, np.uint8)
    picture[30:34, 10:14] = 0
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    shown = layout.magnify(picture, layout.Window(12, -18, 8, 8), scale, 10)
    ys, xs = np.nonzero(shown.mean(axis=2) < 128)
    assert shown.shape == (80, 80, 3)
    assert abs(ys.mean() - 39.5) < 1 and abs(xs.mean() - 39.5) < 1
    assert abs(len(ys) - 1600) < 150


def test_pictures_are_joined_in_their_places():
    a, b = np.zeros((2, 3, 3), np.uint8), np.full((4, 1, 3), 9, np.uint8)
    row = layout.beside([a, b], gap=2, place=0.5)
    assert row.shape == (4, 6, 3)
    assert np.array_equal(row[..., 0] == 0, np.pad(np.ones((2, 3), bool), [(1, 1), (0, 3)]))
    assert (row[:, 5] == 9).all() and (row[:, 3:5] == 255).all()
    assert layout.above([a, b], gap=2).shape == (8, 3, 3)


def draw_disc(index: int, scale: float) -> np.ndarray:
    """A creature of 40 px: a flat disc, true at any scale."""
    side = round(40 * scale)
    y, x = (np.mgrid[:side, :side] + 0.5) / scale - 20
    alpha = np.clip((14 - np.hypot(y, x)) * scale + 0.5, 0, 1) * 255
    colour = np.broadcast_to(np.uint8([40, 90, 160 + index]), (side, side, 3))
    return np.dstack([colour, alpha.astype(np.uint8)])


def test_recommendations_are_measured_against_the_truth(exported, tmp_path, monkeypatch):
    trials = [recommendations.Trial(2, passes=0), recommendations.Trial(2)]
    monkeypatch.setattr(recommendations, "EXPERIMENTS", {"one": ("Title", trials)})
    monkeypatch.setattr(recommendations, "CREATURES", range(2))
    table = recommendations.write_recommendations(load(exported), draw_disc, tmp_path)
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()]
    assert rows[2][:3] == ["one", "bicubic x2", "x2"] and rows[2][5] == "+0.00 dB"
    assert rows[3][:3] == ["one", "F2 L1", "x2"] and float(rows[3][5].split()[0]) != 0
    assert 20 < float(rows[2][3].split()[0]) < 50 and 0.5 < float(rows[2][4]) < 1
    assert read_image(tmp_path / "one.png").shape[1] > 3 * recommendations.SIDE


def test_colour_error_counts_flat_places_only():
    truth = np.full((40, 40, 3), 100, np.uint8)
    truth[:, 20:] = 200
    inside = np.ones((40, 40), bool)
    result = truth + np.uint8(3)
    result[:, 18:22] = 0  # at the edge: not flat
    assert recommendations.colour_error(result, truth, inside) == 3
    assert recommendations.colour_error(result, truth, ~inside) == 0


def test_recommendations_show_where_their_results_differ():
    small = np.zeros((60, 80, 3), np.uint8)
    same, other = np.zeros((120, 160, 3), np.uint8), np.zeros((90, 120, 3), np.uint8)
    other[60:66, 90:96] = 255  # its middle lies at 42 of 60 rows and 62 of 80 columns
    window = recommendations.most_different([same, other], small)
    assert abs(window.y + 30 - 42) < window.height / 2
    assert abs(window.x + 40 - 62) < window.width / 2
    assert window.height == window.width == recommendations.WINDOW
