"""benchmarks/worn.py: what small pictures go through, and the table of it."""

import cv2
import numpy as np
import pytest

from benchmarks import worn


@pytest.fixture(autouse=True)
def all_cores(monkeypatch):
    """The other tests of this process shall not run on one core from here on."""
    monkeypatch.setattr(worn, "use_one_core", lambda: None)


@pytest.fixture
def ramp():
    """Two crossed ramps of blue and red, uint8 BGR."""
    y, x = np.mgrid[:64, :64].astype(np.uint8) * 4
    return np.dstack([x, np.full_like(x, 90), y])


@pytest.mark.parametrize("colours", [24, 256])
@pytest.mark.parametrize("dither", [False, True])
def test_a_palette_has_so_few_colours(ramp, colours, dither):
    few = worn.palette(ramp, colours, dither)
    assert 12 < len(np.unique(few.reshape(-1, 3), axis=0)) <= colours
    error = cv2.GaussianBlur(few, (0, 0), 3).astype(float) - cv2.GaussianBlur(ramp, (0, 0), 3)
    assert np.abs(error).mean() < 12  # and each channel is in its place


def test_dither_mixes_colours_that_a_palette_lacks(ramp):
    plain, dithered = (worn.palette(ramp, 24, dither).astype(float) for dither in (False, True))
    errors = [
        np.abs(cv2.GaussianBlur(few, (0, 0), 3) - cv2.GaussianBlur(ramp.astype(float), (0, 0), 3))
        for few in (plain, dithered)
    ]
    assert errors[1].mean() < 0.8 * errors[0].mean()


def test_the_table_has_every_method_and_wear(answer, ramp, exported, tmp_path):
    for folder, side in (("small", 32), ("x2", 64)):
        (tmp_path / folder).mkdir()
        small = cv2.resize(ramp, (side, side), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(tmp_path / folder / "1.png"), small)
    code, out, errors = answer(worn.main, exported, "--pairs", tmp_path)
    assert code == 0 and errors == []
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out if "|" in line]
    assert table[0] == ["method", *worn.wears()]
    assert [line[0] for line in table[2:]] == ["bicubic", exported.name]
    scores = dict(zip(table[0][1:], map(float, table[2][1:]), strict=True))
    assert scores["as it is"] > scores["JPEG 90"] > scores["JPEG 50"]
    assert scores["as it is"] > scores["256 colours"] > scores["24 colours"]


def test_pairs_without_scale_two_are_refused(answer, ramp, exported, tmp_path):
    for folder in ("small", "x3"):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / "1.png"), ramp)
    code, _, errors = answer(worn.main, exported, "--pairs", tmp_path)
    assert code == 2 and errors == [f"error: {tmp_path} has no folder x2"]
