"""The emoji benchmark: packages as npm unpacks them, in miniature."""

import json

import cv2
import numpy as np
import pytest

from benchmarks import clip_pairs, emoji_art, emoji_pairs, icons
from srpoke.images import read_image, write_image
from srpoke.tools import flatten

DISC = '<circle cx="64" cy="64" r="40" fill="#2060c0"/><path d="M20 90h70v20H20z" fill="#e03020"/>'


def draw(svg: str, side: int) -> np.ndarray:
    """DISC on white, drawn by OpenCV eight times as large and averaged: opaque BGRA."""
    fine = np.full((1024, 1024, 4), 255, np.uint8)
    cv2.circle(fine, (511, 511), 320, (0xC0, 0x60, 0x20, 255), -1)
    cv2.rectangle(fine, (160, 720), (719, 879), (0x20, 0x30, 0xE0, 255), -1)
    return cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A package of small PNGs and one of vectors, and a renderer that knows the one drawing."""
    monkeypatch.setattr(emoji_pairs, "load_renderer", lambda: None)
    monkeypatch.setattr(emoji_pairs, "render", draw)
    google, noto = tmp_path / "google", tmp_path / "noto" / "package"
    noto.mkdir(parents=True)
    icon = {"body": DISC}
    names = {"1f98e": "lizard", "1f41f": "fish", "1f44b-1f3fb": "pale-hand"}
    (noto / "chars.json").write_text(json.dumps(names))
    (noto / "icons.json").write_text(
        json.dumps({"width": 128, "height": 128, "icons": dict.fromkeys(names.values(), icon)})
    )
    write_image(google / icons.SMALL / "1f98e.png", draw("", 64))
    other = draw("", 64)[::-1].copy()  # of the same name, but another drawing
    write_image(google / icons.SMALL / "1f41f.png", other)
    return google, noto.parent, tmp_path / "out"


def test_what_both_draw_alike_becomes_a_pair(packages, capsys):
    google, noto, out = packages
    assert emoji_pairs.main([str(google), str(noto), "--out", str(out), "--count", "1"]) == 0
    assert "1 pairs" in capsys.readouterr().out
    assert [path.name for path in (out / "small").iterdir()] == ["lizard.png"]
    for scale, side in ((2, 128), (3, 192)):
        truth = read_image(out / f"x{scale}" / "lizard.png").astype(int)
        assert truth.shape == (side, side, 3)
        assert np.abs(truth - draw("", side)[..., :3]).mean() < 1


def test_too_few_alike_and_missing_packages_are_told(packages, capsys):
    google, noto, out = packages
    assert emoji_pairs.main([str(google), str(noto), "--out", str(out), "--count", "2"]) == 2
    assert "only 1 of 2 emoji are drawn alike, --count 2" in capsys.readouterr().err
    assert emoji_pairs.main([str(noto), str(google), "--out", str(out)]) == 2
    assert "an unpacked npm package is needed" in capsys.readouterr().err


def test_skin_tones_are_left_out(packages):
    assert list(icons.load_drawings(packages[1])) == ["fish", "lizard"]


def test_a_vector_is_rendered_at_its_size():
    pytest.importorskip("resvg_py")
    svg = icons.to_svg({"width": 128, "height": 128}, {"body": DISC})
    difference = flatten(icons.render(svg, 64)).astype(int) - draw("", 64)[..., :3]
    assert np.abs(difference).mean() < 2


def test_training_art_leaves_out_what_is_judged_and_what_looks_like_it(
    packages, monkeypatch, capsys
):
    google, noto, out = packages
    monkeypatch.setattr(emoji_art, "load_renderer", lambda: None)
    monkeypatch.setattr(emoji_art, "render", lambda svg, side: draw(svg, side)[::-1].copy())
    write_image(out / "small" / "lizard.png", draw("", 64))
    command = [str(google), str(noto), "--pairs", str(out), "--out", str(out / "art")]
    assert emoji_art.main(command) == 0
    assert "1 look like one" in capsys.readouterr().out
    assert [path.name for path in (out / "art/google").iterdir()] == ["1f41f.png"]
    (fish,) = (out / "art/noto").iterdir()  # the lizard is known by its name
    assert fish.name == "fish.png" and 128 <= len(read_image(fish)) <= 400


def square(path, side: int) -> np.ndarray:
    """A square, opaque on nothing, in the corner that a file's name says; some are broken."""
    if path.stem == "broken":
        raise ValueError("no SVG")
    image = np.zeros((side, side * 2 // 3, 4), np.uint8)
    top, left = side // 2 * (path.stem[0] == "b"), side // 3 * (path.stem[1] == "r")
    image[top : top + side // 2, left : left + side // 3] = 0, 0, 200, 255
    return image


@pytest.fixture
def clip_art(tmp_path, monkeypatch):
    """A folder of SVG files, of which one is broken, and one is like another of its kind."""
    folder = tmp_path / "svg"
    for name in ("tl", "more/tr", "bl", "broken", "more/br"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.svg").write_text("<svg/>")
    for module in (emoji_art, clip_pairs):
        monkeypatch.setattr(module, "load_renderer", lambda: None)
        monkeypatch.setattr(module, "render_file", square)
    return folder


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_some_svg_files_are_learnt_from_and_others_become_pairs(clip_art, tmp_path, monkeypatch):
    for module in (emoji_art, clip_pairs):
        monkeypatch.setattr(module, "SOME", 3)
    write_image(tmp_path / "pairs/small/x.png", draw("", 64))
    command = [str(clip_art), "--pairs", str(tmp_path / "pairs"), "--out", str(tmp_path / "art")]
    assert emoji_art.main(command) == 0
    learnt = names(tmp_path / "art/svg")
    command = [str(clip_art), "--art", str(tmp_path / "art/svg"), "--out", str(tmp_path / "out")]
    assert clip_pairs.main([*command, "--count", str(4 - len(learnt))]) == 0
    judged = names(tmp_path / "out/small")
    assert learnt | judged == {"tl.png", "tr.png", "bl.png", "br.png"}
    assert not learnt & judged
    for name in judged:
        small, *larger = (read_image(tmp_path / "out" / s / name) for s in ("small", "x2", "x3"))
        assert small.shape == (clip_pairs.SIDE, clip_pairs.SIDE * 2 // 3, 3)
        for scale, large in zip((2, 3), larger, strict=True):
            assert np.array_equal(large, small.repeat(scale, 0).repeat(scale, 1))


def test_pairs_look_like_nothing_that_was_learnt_from(clip_art, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(clip_pairs, "SOME", 0)
    write_image(tmp_path / "art/x.png", square(clip_art / "tl.svg", 60))
    command = [str(clip_art), "--art", str(tmp_path / "art"), "--out", str(tmp_path / "out")]
    assert clip_pairs.main([*command, "--count", "4"]) == 2
    assert "only 3 of" in capsys.readouterr().err
    assert "tl.png" not in names(tmp_path / "out/small")
    assert clip_pairs.main([str(tmp_path / "art"), *command[1:]]) == 2
    assert "has no SVG files" in capsys.readouterr().err
