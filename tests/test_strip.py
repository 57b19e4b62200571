"""benchmarks/strip.py on a drawn face and upscalers that are made up."""

import cv2
import numpy as np
import pytest

from benchmarks import strip
from srpoke.images import write_image
from srpoke.pictures.layout import magnify

BLUE, GREEN = (200, 40, 20), (30, 180, 40)


def face(index: int, scale: float) -> np.ndarray:
    """A disc of 40 x 48 px with a thick dark bar above and a hair of half a pixel below, BGRA."""
    large = np.full((40 * 8, 48 * 8, 4), 255, np.uint8)
    cv2.circle(large, (24 * 8, 20 * 8), 19 * 8, (90, 160, 240 - index, 255), -1)
    large[8 * 8 : 12 * 8, 16 * 8 : 32 * 8, :3] = 20
    large[30 * 8 : 30 * 8 + 4, 16 * 8 : 32 * 8, :3] = 20
    size = round(48 * scale), round(40 * scale)
    return cv2.resize(large, size, interpolation=cv2.INTER_AREA)


def paint(colour: tuple[int, int, int]):
    """An upscaler to one flat colour."""
    flat = np.float32(colour) / 255
    return lambda small: (np.ones((4 * len(small), 4 * small.shape[1], 3)) * flat, 0.0)


@pytest.fixture
def painters(monkeypatch):
    painted = zip(strip.SHOWN, (BLUE, GREEN), strict=True)
    peers = {name: lambda colour=colour: {4: paint(colour)} for name, colour in painted}
    monkeypatch.setattr(strip, "BASELINES", peers)
    monkeypatch.setattr(strip, "draw_creature", face)


def test_the_part_shown_is_where_the_thinnest_line_is():
    window = strip.thinnest(face(0, 4)[..., :3])
    assert window[2:] == strip.WINDOW
    assert abs(window.y - (30.25 - 20)) <= window.height / 2
    assert not abs(window.y - (10 - 20)) <= window.height / 2  # of the thick bar


def test_columns_stand_in_order_each_twice(answer, exported, painters, tmp_path):
    path = tmp_path / "x.png"
    code, out, err = answer(strip.main, exported, "--creatures", 2, "--output", path)
    assert (code, out, err) == (0, [str(path)], [])
    picture = cv2.imread(str(path)).astype(int)
    places = []
    for colour in (BLUE, GREEN):
        rows, columns = np.nonzero((abs(picture - colour) < 4).all(axis=2))
        assert len(rows) > 1.5 * 180 * 210  # the whole creature and the part
        places.append(columns.mean())
    truth = face(1, 4)[..., :3]
    part = magnify(truth, strip.thinnest(truth), 4, 10)
    found = cv2.matchTemplate(picture.astype(np.uint8), part, cv2.TM_SQDIFF)
    last = np.unravel_index(found.argmin(), found.shape)[1] + part.shape[1] / 2
    assert found.min() / part.size < 8 and 0 < places[0] < places[1] < last


def test_pairs_are_shown_at_three_with_every_network(
    answer, exported, painters, tmp_path, monkeypatch
):
    texts = []
    monkeypatch.setattr(strip, "captions", lambda shown: texts.extend(shown) or [])
    monkeypatch.setattr(strip, "table", lambda rows: rows[-1][-1])
    for folder, scale in ("small", 1), ("x3", 3):
        write_image(tmp_path / folder / "a.png", face(1, scale))
    options = ["--pairs", tmp_path, "--names", "a.png", "--output", tmp_path / "x.png"]
    assert answer(strip.main, exported, *options)[0] == 0
    (shown,) = texts
    ours = f"srpoke, {exported.stem}"
    assert [*shown] == ["small", "bicubic", *strip.SHOWN, ours, "true drawing"]
    assert {picture.shape for picture in shown.values()} == {(120, 144, 3)}
    np.testing.assert_array_equal(shown["true drawing"], face(1, 3)[..., :3])


def test_captions_name_the_psnr_against_the_truth(monkeypatch):
    texts = []
    monkeypatch.setattr(strip, "label", lambda text, *_, **__: texts.append(text) or np.eye(3))
    monkeypatch.setattr(strip, "above", lambda *_: None)
    truth = np.full((20, 20, 3), 100, np.uint8)
    pairs = [{"ours": truth + np.uint8(n), "truth": truth} for n in (1, 4)]
    strip.captions(pairs)
    expected = np.mean([cv2.PSNR(pair["ours"], truth) for pair in pairs])
    assert texts == ["ours", f"{expected:.1f} dB", "truth", "PSNR against it"]


def test_missing_packages_are_named_in_one_line(answer, exported, monkeypatch, tmp_path):
    def missing():
        raise ImportError("No module named 'ncnn'")

    monkeypatch.setattr(strip, "BASELINES", dict.fromkeys(strip.SHOWN, missing))
    code, _, err = answer(strip.main, exported, "--output", tmp_path / "x.png")
    assert code == 2 and len(err) == 1 and "'ncnn'" in err[0] and "requirements" in err[0]
    assert not (tmp_path / "x.png").exists()
