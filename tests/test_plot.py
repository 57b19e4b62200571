"""benchmarks/plot.py: points where a made-up table of scores says, and labels that can be read."""

import cv2
import numpy as np
import pytest

from benchmarks import plot

pytest.importorskip("matplotlib")

SCORES = """scale,method,psnr,seconds
2.0,slow one,28.0,3.0
2.0,bicubic,25.5,0.00001
2.0,a long name,30.0,0.1
2.0,best.tflite,30.1,0.11
2.0,mine.keras,33.0,1.0
3.0,bicubic,24.0,0.0002
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "real.csv"
    path.write_text(SCORES, encoding="utf-8")
    return path


def test_points_lie_where_the_scores_say(table):
    axes = plot.draw(plot.read_scores(table, 2), 2).axes[0]
    points = np.array(axes.collections[0].get_offsets()).tolist()
    assert points == [[0.1, 25.5], [100, 30], [110, 30.1], [1000, 33], [3000, 28]]
    assert axes.get_xscale() == "log"
    best = [[0.1, 25.5], [100, 25.5], [100, 30], [110, 30], [110, 30.1], [1000, 30.1], [1000, 33]]
    assert axes.lines[0].get_xydata().tolist() == [*best, [3000, 33]]  # so far


def test_labels_can_be_read_and_ours_stand_out(table):
    axes = plot.draw(plot.read_scores(table, 2), 2).axes[0]
    weights = {text.get_text(): text.get_weight() for text in axes.texts}
    others = dict.fromkeys(["bicubic", "a long name", "slow one"], "normal")
    assert weights == {"best": "bold", "mine": "bold"} | others
    boxes = [text.get_window_extent() for text in axes.texts]
    assert sum(box.count_overlaps(boxes) for box in boxes) == len(boxes)  # each with itself
    places = axes.transData.transform(axes.collections[0].get_offsets())
    assert not any(box.count_contains(places) for box in boxes)
    low, high = axes.bbox.min, axes.bbox.max
    assert all((box.min > low).all() and (box.max < high).all() for box in boxes)


def test_picture_is_written(answer, table, tmp_path):
    code, out, err = answer(plot.main, table, "--output", tmp_path / "img" / "x.png")
    assert (code, out, err) == (0, [str(tmp_path / "img" / "x.png")], [])
    assert cv2.imread(out[0]).shape == (960, 1600, 3)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (SCORES.replace("seconds", "minutes"), "no table"),
        (SCORES.replace("2.0,", "4.0,"), "no scores at x2"),
        (None, "real.csv"),
    ],
)
def test_other_files_are_refused_in_one_line(answer, table, tmp_path, text, word):
    table.unlink()
    if text:
        table.write_text(text, encoding="utf-8")
    code, _, err = answer(plot.main, table, "--output", tmp_path / "x.png")
    assert code == 2 and len(err) == 1 and word in err[0] and not (tmp_path / "x.png").exists()
