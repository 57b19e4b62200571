"""A network that asks which pictures suit it, and leaves the others to another one."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import infer
from srpoke import style
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.evaluation import has_learnt_from, held_out
from srpoke.images import read_image, write_image
from srpoke.kernels import BY_AREA, JPEG, Making
from srpoke.metadata import helpers_of, read_metadata, style_file, write_metadata
from srpoke.pipeline import as_one, decide, stages, upscale
from srpoke.protocol import repair
from srpoke.style import (
    LEAST,
    SIDE,
    alone,
    log_odds,
    looked_at,
    suited,
    suited_factor,
    suited_to,
)
from srpoke.tools import to_float

BRIGHT, DARK = np.full((24, 20, 3), 200, np.uint8), np.full((24, 20, 3), 40, np.uint8)


def rewrite(exported: Path, path: Path, changes: dict) -> None:
    """Write a network with changes in its metadata."""
    metadata, data = read_metadata(exported) | changes, exported.read_bytes()
    path.write_bytes(data[: data.rindex(b"PK\3\4")])
    write_metadata(path, metadata)


@pytest.fixture
def networks(network_file, tmp_path, monkeypatch):
    """The folder of a network that asks, one.tflite, and of two.tflite, for dark pictures.

    Its classifier is a mean: any brightness above a half suits.
    """
    exported = network_file("default").with_suffix(".tflite")
    for name, making in (("one", [-0.3, 1]), ("two", [0.3, 0])):  # and nothing else is found
        rewrite(exported, tmp_path / f"{name}.tflite", {"making": making, "box_below": 0.0})
    style_file(tmp_path / "one.tflite").write_bytes(b"a network, once")
    write_metadata(style_file(tmp_path / "one.tflite"), {"other": "two"})

    def mean(batch: np.ndarray) -> np.ndarray:
        return np.dstack([batch.mean(axis=3)[0] - 0.5] * 2)[None]

    monkeypatch.setattr(style, "open_tflite", lambda path, metadata: mean)
    return tmp_path


def test_pictures_go_to_the_network_that_suits_them(networks):
    one, two = load(networks / "one.tflite"), load(networks / "two.tflite")
    assert one.asks and not two.asks
    assert one.making != two.making
    for image, expected in ((BRIGHT, one), (DARK, two)):
        chosen = suited(one, to_float(image))
        assert chosen.making == expected.making
        assert not chosen.asks and suited(chosen, to_float(DARK)) is chosen
    assert suited(two, to_float(BRIGHT)) is two


@pytest.mark.parametrize("image", [BRIGHT, DARK])
def test_every_way_to_upscale_asks(networks, image):
    rng = np.random.default_rng(0)
    image = image + rng.integers(0, 30, image.shape).astype(np.uint8)
    one, two = (load(networks / f"{name}.tflite") for name in ("one", "two"))
    own, others = upscale(alone(one), image, 2), upscale(two, image, 2)
    assert (own != others).any()
    expected = own if image[0, 0, 0] > 128 else others
    np.testing.assert_array_equal(upscale(one, image, 2), expected)
    np.testing.assert_array_equal([*stages(one, image, 2)][0][1], expected)
    result = repair(one)(to_float(image), (48, 40))
    np.testing.assert_allclose(255 * result, expected, atol=0.51)


@pytest.mark.parametrize("turned", [False, True])
def test_frames_are_all_drawn_by_the_network_for_the_richest(networks, turned):
    rich, poor = DARK.copy(), BRIGHT.copy()
    rich[::2], poor[:, 5:] = 0, 201  # level edges, and upright ones
    frames = [poor.transpose(1, 0, 2), rich.transpose(1, 0, 2)] if turned else [poor, rich]
    one, two = load(networks / "one.tflite"), load(networks / "two.tflite")
    engine, settings = as_one(one, frames, Settings())
    assert not engine.asks and engine.making == two.making == settings.making


def test_transparent_pictures_are_asked_about_by_what_is_seen_of_them(networks):
    """Black that lies under alpha 0 is no part of a picture."""
    bright = BRIGHT + np.random.default_rng(0).integers(0, 30, BRIGHT.shape).astype(np.uint8)
    image = np.dstack([bright, np.full(BRIGHT.shape[:2], 255, np.uint8)])
    image[4:] = 0
    one, two = (load(networks / f"{name}.tflite") for name in ("one", "two"))
    expected, other = upscale(alone(one), image, 2), upscale(two, image, 2)
    assert (expected != other).any()
    np.testing.assert_array_equal(upscale(one, image, 2), expected)


@pytest.fixture
def area(networks, network_file) -> Path:
    """A network beside two.tflite, which takes all pictures for such as pixel area made."""
    rewrite(networks / "two.tflite", networks / "two.tflite", {"box_below": 1e9})
    shutil.copy(network_file("plain").with_suffix(".tflite"), networks / "two.area.tflite")
    return networks / "two.area.tflite"


@pytest.mark.parametrize("name", ["one", "two"])
def test_what_pixel_area_made_has_a_network_of_its_own(networks, area, name):
    image = DARK + np.random.default_rng(0).integers(0, 30, DARK.shape).astype(np.uint8)
    two, expected = load(networks / "two.tflite"), upscale(load(area), image, 2)
    assert (expected != upscale(alone(two), image, 2)).any()
    network = load(networks / f"{name}.tflite")
    engine, settings = decide(network, image, 2, 1, Settings(), 0)
    assert engine.file == as_one(network, [image], Settings())[0].file == area
    assert settings.making == BY_AREA
    np.testing.assert_array_equal(upscale(network, image, 2), expected)
    np.testing.assert_array_equal(upscale(engine, image, 2, settings=settings), expected)
    np.testing.assert_array_equal([*stages(network, image, 2)][0][1], expected)
    result = repair(network)(to_float(image), (48, 40))
    np.testing.assert_allclose(255 * result, expected, atol=0.51)


def test_what_was_made_otherwise_stays(networks, area):
    two = load(networks / "two.tflite")
    for making in (None, two.making, Making(BY_AREA.softness, JPEG)):
        assert suited_to(two, making) is two
    image = BRIGHT + np.random.default_rng(0).integers(0, 30, BRIGHT.shape).astype(np.uint8)
    assert decide(load(networks / "one.tflite"), image, 2, 1, Settings(), 0)[0].file.stem == "one"


def test_who_draws_what_pixel_area_made_is_told(networks, area, answer):
    image = DARK + np.random.default_rng(0).integers(0, 30, DARK.shape).astype(np.uint8)
    write_image(networks / "dark.png", image)
    command = networks / "two.tflite", networks / "dark.png", "--save_path", networks / "out"
    assert answer(infer.main, *command)[1][0].endswith(", by two.area")
    assert ", by " not in answer(infer.main, *command, "--only")[1][0]
    left, kept = (read_image(networks / f"out/dark_f_2_loop_1{end}.png") for end in ("", "_only"))
    np.testing.assert_array_equal(left, upscale(load(area), image, 2))
    np.testing.assert_array_equal(kept, upscale(alone(load(command[0])), image, 2))
    assert answer(infer.main, *command, "--skip_existing")[1][0].endswith("exists")
    rewrite(area, area, {"changed": True})
    assert not answer(infer.main, *command, "--skip_existing")[1][0].endswith("exists")


def test_held_out_is_what_the_network_for_pixel_area_did_not_learn_from_either(networks, area):
    rewrite(area, area, {"seen_files": ["x.png"]})
    assert held_out(["x.png", "y.png"], [networks / "two.tflite"]) == ["y.png"]


@pytest.fixture
def twice(networks, network_file) -> Path:
    """A network for passes by 2 alone, beside one.tflite, which takes all pictures as its own."""
    style_file(networks / "one.tflite").unlink()
    exported = network_file("plain").with_suffix(".tflite")
    rewrite(exported, networks / "one.x2.tflite", {"factors": [2.0]})
    return networks / "one.x2.tflite"


@pytest.mark.parametrize(
    ("scale", "drawn_so"),
    [(2, True), (1.98, True), (2.1, False), (4, True), (3, False), (1.25, False)],
)
def test_passes_by_one_factor_have_a_network_of_their_own(networks, twice, scale, drawn_so):
    """Two of them at x4; two of 1.73 at x3, as that is more than the largest factor learnt."""
    image = BRIGHT + np.random.default_rng(0).integers(0, 30, BRIGHT.shape).astype(np.uint8)
    one, two = load(networks / "one.tflite"), load(twice)
    assert one.leaves_factors == (2.0,) and alone(one).leaves_factors == ()
    own = upscale(alone(one), image, scale)
    known = replace(alone(one), run=two.run, planes=two.planes)  # told the same
    expected = upscale(known, image, scale) if drawn_so else own
    assert not drawn_so or (expected != own).any()
    np.testing.assert_array_equal(upscale(one, image, scale), expected)
    np.testing.assert_array_equal([*stages(one, image, scale)][0][1], expected)


def test_what_is_shrunk_again_is_left_to_no_network_for_passes(networks, twice):
    """At 1.01, 100 px are drawn as 202, by 2.02."""
    image = np.random.default_rng(0).integers(170, 230, (100, 100, 3), np.uint8)
    one = load(networks / "one.tflite")
    assert suited_factor(one, 2.02).file == twice
    np.testing.assert_array_equal(upscale(one, image, 1.01), upscale(alone(one), image, 1.01))


def test_results_depend_on_networks_for_passes(networks, twice, answer):
    write_image(networks / "a.png", BRIGHT)
    command = networks / "one.tflite", networks / "a.png", "--save_path", networks / "out"
    assert answer(infer.main, *command, "--skip_existing")[0] == 0
    assert answer(infer.main, *command, "--skip_existing")[1][0].endswith("exists")
    rewrite(twice, twice, {"seen_files": ["x.png"]})
    assert not answer(infer.main, *command, "--skip_existing")[1][0].endswith("exists")
    assert held_out(["x.png", "y.png"], [networks / "one.tflite"]) == ["y.png"]


def test_other_names_are_no_networks_for_passes(networks, twice):
    for name in (
        "one.x2.keras",
        "one.x.tflite",
        "one.x2.backup",
        "one.xx3.tflite",
        "oneax3.tflite",
    ):
        shutil.copy(twice, networks / name)
    shutil.copy(twice, networks / "one.x1.5.tflite")
    (networks / "one.x3.tflite").mkdir()
    one = networks / "one.tflite"
    assert load(one).leaves_factors == (1.5, 2.0)
    assert helpers_of(one) == [networks / "one.x1.5.tflite", twice]
    assert helpers_of(networks / "missing" / "one.tflite") == []


def test_a_network_for_passes_has_the_same_kernels(networks, twice):
    network = dict(read_metadata(twice)["network"])
    rewrite(twice, twice, {"network": {**network, "shrink": network["shrink"] + 2}})
    with pytest.raises(UserError, match=r"one\.x2\.tflite has other kernels than one\.tflite"):
        upscale(load(networks / "one.tflite"), BRIGHT, 2)


def test_the_place_that_counts_most_decides():
    """Odds of 3 and -1 with weights of log 1 and log 3: (3 - 3) / 4."""
    values = np.array([[[3, 0], [-1, np.log(3)]]], np.float32)
    assert log_odds(lambda batch: values[None], np.zeros((50, 50, 3), np.float32)) == pytest.approx(
        0
    )


@pytest.mark.parametrize(("size", "seen"), [((9, 300), (LEAST, SIDE)), ((50, 60), (50, 60))])
def test_what_is_looked_at_is_neither_large_nor_too_small_for_the_layers(size, seen):
    image = np.random.default_rng(0).random((*size, 3), dtype=np.float32)
    part = looked_at(image)
    assert part.shape == (*seen, 3)
    assert (part[size[0] :] == part[size[0] - 1]).all()


def test_a_network_whose_other_is_missing_draws_everything(networks):
    (networks / "two.tflite").unlink()
    one = load(networks / "one.tflite")
    assert suited(one, to_float(DARK)).making == one.making


@pytest.mark.parametrize("change", [{"factors": [1.5, 3.0]}, {"interpolation": "nearest"}])
def test_a_network_of_other_factors_or_stretch_cannot_help(networks, change):
    one = load(networks / "one.tflite")
    rewrite(networks / "one.tflite", networks / "two.tflite", change)
    with pytest.raises(UserError, match=r"^two\.tflite has other kernels, another .*than one"):
        suited(one, to_float(DARK))


@pytest.mark.parametrize("other", ["NN/two", "../two"])
def test_a_classifier_names_a_network_beside_it(networks, other):
    style_file(networks / "one.tflite").write_bytes(b"a network, once")
    write_metadata(style_file(networks / "one.tflite"), {"other": other})
    with pytest.raises(UserError, match=r"one\.style\.tflite is damaged"):
        suited(load(networks / "one.tflite"), to_float(DARK))


def test_a_loaded_network_does_not_mind_where_one_goes(networks, monkeypatch):
    monkeypatch.chdir(networks)
    one = load("one.tflite")
    monkeypatch.chdir(networks.parent)
    assert suited(one, to_float(DARK)).making == load(networks / "two.tflite").making


def test_a_classifier_is_no_network(networks, answer):
    write_image(networks / "a.png", DARK)
    code, _, err = answer(infer.main, networks / "one.style.tflite", networks / "a.png")
    assert code == 2 and len(err) == 1 and err[0].endswith("is none itself")


def test_nobody_is_asked_where_no_network_draws(networks, answer):
    write_image(networks / "dark.png", DARK)
    command = networks / "one.tflite", networks / "dark.png", "--save_path", networks / "out"
    said = {
        options: answer(infer.main, *command, *options)[1][0].split(", by ")[1:]
        for options in ((), ("--scale", "0.5"), ("--scale", "1"), ("--scale", "1", "--fine", "1"))
    }
    assert [*said.values()] == [["two"], [], [], ["two"]]


def test_a_stretch_that_is_asked_for_is_that_of_either_network(networks, answer):
    rng = np.random.default_rng(0)
    write_image(networks / "dark.png", DARK + rng.integers(0, 30, DARK.shape).astype(np.uint8))
    out = networks / "out.png"
    command = networks / "one.tflite", networks / "dark.png", "-o", out
    assert answer(infer.main, *command, "--interpolation", "nearest")[0] == 0
    two = replace(load(networks / "two.tflite"), interpolation="nearest")
    np.testing.assert_array_equal(read_image(out), upscale(two, read_image(command[1]), 2))


def test_held_out_is_what_the_other_network_did_not_learn_from_either(networks):
    two, classifier = networks / "two.tflite", style_file(networks / "one.tflite")
    rewrite(networks / "one.tflite", two, {"seen_files": ["x.png"]})
    classifier.write_bytes(b"a network, once")
    write_metadata(classifier, {"other": "two", "seen_files": ["y.png"]})
    names = ["a.png", "x.png", "y.png", "z.png"]
    assert held_out(names, [networks / "one.tflite"]) == ["z.png"]
    assert held_out(names, [two]) == ["a.png", "y.png", "z.png"]
    rewrite(networks / "one.tflite", two, {"validation_files": ["v.png"]})
    assert has_learnt_from(["v.png", "w.png"], networks / "one.tflite")


def test_only_keeps_every_picture_and_its_result_has_a_name_of_its_own(networks, answer):
    write_image(
        networks / "dark.png",
        DARK + np.random.default_rng(0).integers(0, 30, DARK.shape).astype(np.uint8),
    )
    command = networks / "one.tflite", networks / "dark.png", "--save_path", networks / "out"
    assert answer(infer.main, *command)[0] == answer(infer.main, *command, "--only")[0] == 0
    left, kept = (
        read_image(networks / f"out/dark_f_2_loop_1{ending}.png") for ending in ("", "_only")
    )
    image, one, two = (
        read_image(networks / "dark.png"),
        *(load(networks / f"{name}.tflite") for name in ("one", "two")),
    )
    np.testing.assert_array_equal(left, upscale(two, image, 2))
    np.testing.assert_array_equal(kept, upscale(alone(one), image, 2))


def test_a_changed_other_network_makes_results_anew(networks, answer):
    """What --skip_existing leaves out was made by the same files."""
    write_image(networks / "a.png", DARK)
    command = networks / "one.tflite", networks / "a.png", "--save_path", networks / "out"
    assert answer(infer.main, *command, "--skip_existing")[0] == 0
    assert "exists" in answer(infer.main, *command, "--skip_existing")[1][0]
    shutil.copy(networks / "one.tflite", networks / "two.tflite")
    assert "exists" not in answer(infer.main, *command, "--skip_existing")[1][0]


def test_a_damaged_classifier_is_named(exported, tmp_path, answer):
    shutil.copy(exported, tmp_path / "one.tflite")
    style_file(tmp_path / "one.tflite").write_bytes(b"nothing")
    write_image(tmp_path / "a.png", DARK)
    code, _, err = answer(infer.main, tmp_path / "one.tflite", tmp_path / "a.png")
    assert code == 2 and len(err) == 1 and "one.style.tflite" in err[0]
