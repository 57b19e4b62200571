"""benchmarks/real_pairs.py, real.py and what they share with baselines.py, on drawn pictures."""

import csv
import json

import cv2
import numpy as np
import pytest

from benchmarks import baselines, real, real_pairs
from srpoke.metrics import EXACT


def drawing(size: int) -> np.ndarray:
    """A head with an eye and a mouth, of any size, BGR on white."""
    y, x = (np.indices((8 * size,) * 2) + 0.5) / (8 * size) * 40
    image = np.full((8 * size, 8 * size, 3), 255, np.uint8)
    image[np.hypot((x - 20) / 15, (y - 19) / 11) < 1] = (20, 20, 20)
    image[np.hypot((x - 20) / 14, (y - 19) / 10) < 1] = (60, 120, 230)
    image[np.hypot(x - 13, y - 16) < 3] = (250, 250, 250)
    image[(abs(y - 23 + 0.1 * x) < 0.6) & (abs(x - 22) < 8)] = (10, 10, 40)
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


@pytest.fixture
def folders(tmp_path):
    """A sprite with its drawing, one whose drawing is mirrored, and one without."""
    for folder in ("sprites", "drawings"):
        (tmp_path / folder).mkdir()
    for name in ("3", "7", "9"):
        cv2.imwrite(str(tmp_path / "sprites" / f"{name}.png"), drawing(40))
    cv2.imwrite(str(tmp_path / "drawings" / "003.png"), drawing(120))
    cv2.imwrite(str(tmp_path / "drawings" / "007.png"), drawing(120)[:, ::-1])
    return tmp_path / "sprites", tmp_path / "drawings"


@pytest.fixture(autouse=True)
def all_cores(monkeypatch):
    """The other tests of this process shall not run on one core from here on."""
    monkeypatch.setattr(real, "use_one_core", lambda: None)


def test_pairs_are_made_or_refused_by_name(answer, folders, tmp_path):
    arguments = (*folders, "--out", tmp_path / "pairs", "--scale", 1.5, 3)
    code, out, errors = answer(real_pairs.main, *arguments)
    assert code == 0 and errors == []
    assert any(line.startswith("refused 7: the large picture is mirrored") for line in out)
    assert out[-1].startswith("1 of 2 sprites")
    for folder, size in (("small", 40), ("x1.5", 60), ("x3", 120)):
        image = cv2.imread(str(tmp_path / "pairs" / folder / "3.png"))
        error = np.abs(image.astype(int) - drawing(size))
        assert image.shape == (size, size, 3) and error.mean() < 2
    affines = json.loads((tmp_path / "pairs" / "affines.json").read_text())
    affine = next(value for value in affines.values() if isinstance(value, list))
    assert np.allclose(affine, [[3, 0, 1], [0, 3, 1]], atol=0.15)
    assert answer(real_pairs.main, *arguments)[1] == out  # again, from the file


def test_a_drawing_that_was_replaced_is_registered_anew(answer, folders, tmp_path, monkeypatch):
    arguments = (*folders, "--out", tmp_path / "pairs", "--scale", 2, "--names", 7)
    assert answer(real_pairs.main, *arguments)[0] == 1  # mirrored
    cv2.imwrite(str(folders[1] / "007.png"), drawing(120))
    assert answer(real_pairs.main, *arguments)[0] == 0
    monkeypatch.setattr(real_pairs, "register", None)  # no more
    assert answer(real_pairs.main, *arguments)[0] == 0
    (tmp_path / "pairs" / "affines.json").write_text("{")
    code, _, errors = answer(real_pairs.main, *arguments)
    assert code == 2 and len(errors) == 1 and "affines.json is damaged" in errors[0]


def test_a_drawing_serves_the_scales_that_it_is_large_enough_for(
    answer, folders, exported, tmp_path, no_tensorflow
):
    cv2.imwrite(str(folders[1] / "009.png"), drawing(80))
    pairs = tmp_path / "pairs"
    answer(real_pairs.main, *folders, "--out", pairs, "--scale", 1.5, 3)
    assert {path.name for path in (pairs / "x1.5").iterdir()} == {"3.png", "9.png"}
    assert [path.name for path in (pairs / "x3").iterdir()] == ["3.png"]
    code, out, errors = answer(real.main, exported, "--pairs", pairs)
    assert code == 0 and errors == [] and out[0].endswith("2 at x1.5, 1 at x3")
    again = answer(real_pairs.main, *folders, "--out", pairs, "--scale", 3)[1]
    assert any(line.startswith("refused 9: too small") for line in again)


def test_scores_of_a_network_and_of_interpolation(
    answer, folders, exported, tmp_path, no_tensorflow
):
    pairs, path = tmp_path / "pairs", tmp_path / "scores.csv"
    answer(real_pairs.main, *folders, "--out", pairs, "--scale", 2)
    code, out, errors = answer(real.main, exported, "--pairs", pairs, "--csv", path)
    assert code == 0 and errors == [] and sum(line.startswith("| x2 ") for line in out) == 4
    with open(path, newline="") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    small, truth = (cv2.imread(str(pairs / folder / "3.png")) for folder in ("small", "x2"))
    stretched = cv2.resize(small, (80, 80), interpolation=cv2.INTER_CUBIC)
    expected = cv2.PSNR(stretched, truth)
    assert float(rows["bicubic"]["psnr"]) == pytest.approx(expected, abs=0.02)
    assert float(rows["bicubic"]["edge"]) < 0.9
    assert exported.name in rows


def test_a_baseline_uses_its_own_factor_or_the_next_larger():
    baseline = dict.fromkeys((2, 3, 4))
    assert [baselines.own_factor(baseline, f) for f in (1.5, 2, 2.5, 3, 4, 5)] == [2, 2, 3, 3, 4, 4]


def test_two_passes_multiply_and_their_seconds_add():
    result, seconds = baselines.twice(lambda image: (image.repeat(2, 0).repeat(2, 1), 1.5))(
        np.ones((2, 3, 3))
    )
    assert result.shape == (8, 12, 3) and seconds == 3


def test_the_best_resize_counts_and_none_where_none_is_needed():
    truth, large = drawing(60), drawing(120) / np.float32(255)
    name, scores = baselines.best_resize([(large, 0.5)], [truth], baselines.similarity)
    assert name == "area" and scores["psnr"] > 35 and scores["seconds"] == 0.5
    name, scores = baselines.best_resize([(truth / 255, 1.0)], [truth], baselines.similarity)
    assert name == "" and scores["psnr"] == EXACT
