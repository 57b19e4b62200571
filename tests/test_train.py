"""train.py: what its command line asks of the training, and one tiny run end to end."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

import infer
import train
from srpoke.images import read_image, write_image
from srpoke.metadata import read_metadata, write_metadata


@pytest.fixture
def folder(tmp_path, sprites) -> Path:
    for name, image in sprites.items():
        write_image(tmp_path / "sprites" / name, image)
    return tmp_path / "sprites"


@pytest.fixture
def asked(monkeypatch, answer, folder, tmp_path):
    """A function: arguments, how training ends -> exit code, stdout, stderr, what train() got."""
    from srpoke import training

    monkeypatch.chdir(tmp_path)

    def run(*argv, state="done"):
        calls = []

        def fake(images, recipe, path, **options):
            calls.append((images, recipe, path, options))
            return state

        monkeypatch.setattr(training, "train", fake)
        return *answer(train.main, folder, *argv), *calls

    return run


def test_the_originals_command_works_to_the_letter(asked):
    command = '--nn_filters 64 64 64 --nn_kernels 7 5 3 1 --n_epochs=20 --label="_color"'
    argv = [*command.replace('"', "").split(), "--patch_size=50"]
    code, _, err, (images, recipe, path, _) = asked(*argv)
    assert (code, err) == (0, [])
    assert path == Path("NN/NN_[(64, 7), (64, 5), (64, 3)]_1_color_E20.keras")
    assert (recipe.filters, recipe.kernels) == ([64] * 3, [7, 5, 3, 1])
    assert (recipe.epochs, recipe.patch_size) == (20, 50)
    assert sorted(images) == ["0.png", "1.png", "2.png", "3.png"]


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        ([], "NN_[(32, 3), (32, 3), (32, 3), (32, 3), (32, 3), (32, 3), (32, 3)]_3_E20.keras"),
        (["--nn_filters", "8", "--nn_kernels", "3", "5"], "NN_[(8, 3)]_5_E20.keras"),
        (["--name", "my [best] #1 ピ", "--label", "_x"], "my [best] #1 ピ.keras"),
        (["--name", "v1.5"], "v1.5.keras"),
    ],
)
def test_network_file_is_named_for_people(asked, argv, name):
    assert asked(*argv)[3][2] == Path("NN") / name


USUAL = {"interpolation": "bicubic", "factors": [1.5, 1.75, 2.0], "jpeg": None, "plain": False}


@pytest.mark.parametrize(
    ("argv", "fields"),
    [
        ("", {**USUAL, "phase": True, "told": True}),
        ("--scale 2 1.25 --k_patch 3", {"factors": [2.0, 1.25], "k_patch": 3}),
        ("--batch_size 5 --learning_rate 1e-4", {"batch_size": 5, "learning_rate": 1e-4}),
        ("--interpolation nearest --seed 0", {"interpolation": "nearest", "seed": 0}),
        ("--jpeg 40 95 --seed 9", {"jpeg": [40, 95], "seed": 9}),
        ("--jpeg 1 1", {"jpeg": [1, 1]}),
        ("--plain", {"plain": True, "phase": False, "told": False}),
        ("--precision bfloat16", {"precision": "mixed_bfloat16"}),
        ("--precision float32", {"precision": "float32"}),
    ],
)
def test_every_option_reaches_the_recipe(asked, argv, fields):
    recipe = asked(*argv.split())[3][1]
    assert {name: getattr(recipe, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("sides", "argv", "patch"),
    [
        ([(20, 9), (4, 20), (20, 20)], [], 36),  # what holds 20 px, with 16 that the layers take
        ([(20, 9), (4, 30), (99, 99)], [], 46),
        ([(48, 48)], [], 64),
        ([(300, 10), (60, 60), (5, 5)], [], 64),
        ([(20, 9)], ["--nn_filters", "4", "--nn_kernels", "5", "3"], 26),
        ([(20, 9)], ["--patch_size", "64"], 64),
    ],
)
def test_patches_are_as_large_as_pictures_are_up_to_64(asked, folder, sides, argv, patch):
    for path in folder.iterdir():
        path.unlink()
    for n, side in enumerate(sides):
        write_image(folder / f"{n}.png", np.zeros((*side, 3), np.uint8))
    assert asked(*argv)[3][1].patch_size == patch


def test_save_path_and_resume_reach_the_training(asked, tmp_path):
    _, _, _, (_, _, path, options) = asked("--save_path", tmp_path / "a b", "--resume")
    assert path.parent == tmp_path / "a b"
    assert options["resume"] is True and options["start"] is None


@pytest.fixture
def finished(tmp_path):
    """A function: names of network files -> files of that name in NN, with something in them."""

    def make(*names):
        (tmp_path / "NN").mkdir(exist_ok=True)
        for name in names:
            (tmp_path / "NN" / name).write_text("weights")

    return make


@pytest.fixture
def interrupted(tmp_path):
    """A function: name -> the backup of an interrupted run of that name in NN, of some epochs."""

    def make(name, epochs=True):
        backup = tmp_path / "NN" / f"{name}.backup"
        backup.mkdir(parents=True)
        (backup / ("state.npz" if epochs else "recipe.json")).write_text("weights")

    return make


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ([], "v1.5"),
        (["v1.5.keras"], "v1.5_2"),
        (["v1.5.tflite"], "v1.5_2"),
        (["v1.5.keras", "v1.5_2.keras"], "v1.5_3"),
        (["v1.5_2.keras", "other.keras", "v1.keras"], "v1.5"),
    ],
)
def test_a_finished_network_stays_and_the_next_free_name_is_taken(asked, finished, there, taken):
    finished(*there)
    code, out, err, (_, _, path, options) = asked("--name", "v1.5")
    assert (code, err, path) == (0, [], Path("NN") / f"{taken}.keras")
    assert options["pictures"] == Path("img/train") / taken
    told = [line for line in out if "v1.5.keras is there already" in line]
    assert len(told) == (taken != "v1.5") and all(f"{taken}.keras" in line for line in told)


def test_overwrite_takes_the_name_of_a_finished_network(asked, finished):
    finished("mine.keras", "mine_2.keras")
    assert asked("--name", "mine", "--overwrite")[3][2] == Path("NN/mine.keras")


@pytest.mark.parametrize(("there", "name"), [([], "mine"), (["mine.keras"], "mine_2")])
def test_a_run_that_ended_in_its_first_epoch_blocks_no_other(
    asked, finished, interrupted, there, name
):
    finished(*there)
    interrupted(name, epochs=False)
    for options in ([], ["--resume"]):
        code, _, err, (_, _, path, _) = asked("--name", "mine", *options)
        assert (code, err, path) == (0, [], Path("NN") / f"{name}.keras")


@pytest.mark.parametrize(("there", "name"), [([], "mine"), (["mine.keras"], "mine_2")])
def test_an_interrupted_run_is_not_lost(asked, finished, interrupted, there, name):
    finished(*there)
    interrupted(name)
    code, _, (line,), *calls = asked("--name", "mine")
    assert (code, calls) == (2, [])
    assert all(word in line for word in (f"{name}.backup", "--resume", "--overwrite"))
    for option in ("--resume", "--overwrite"):
        assert asked("--name", "mine", option)[3][2] == Path("NN") / f"{name}.keras"


@pytest.mark.parametrize(
    ("backend", "packages"),
    [("tensorflow", "tensorflow"), ("torch", "keras torch"), ("jax", "keras jax")],
)
def test_a_backend_that_is_missing_is_named(
    answer, folder, tmp_path, monkeypatch, no_tensorflow, backend, packages
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", backend)
    code, _, (line,) = answer(train.main, folder)
    assert code == 2 and f"'pip install {packages}'" in line
    assert backend in line.lower().partition(" does not load")[0]


def test_fine_tuning_takes_the_stack_of_the_file(asked, network_file):
    start = network_file("plain")
    code, _, _, (_, recipe, _, options) = asked("--fine_tune", start)
    assert code == 0 and options["start"] == start
    assert {**recipe.network, "shrink": recipe.shrink} == read_metadata(start)["network"]


@pytest.mark.parametrize(("argv", "rate"), [([], 0.005), (["--learning_rate", "0.02"], 0.02)])
def test_fine_tuning_is_gentle_unless_told_otherwise(asked, network_file, argv, rate):
    *_, (_, recipe, _, _) = asked("--fine_tune", network_file("plain"), *argv)
    assert recipe.learning_rate == rate
    assert asked()[3][1].learning_rate == 0.015


@pytest.mark.parametrize(("argv", "keep"), [([], 0), (["--keep", "0.25"], 0.25)])
def test_of_a_network_to_fine_tune_a_share_may_be_kept(asked, network_file, argv, keep):
    *_, (_, recipe, _, _) = asked("--fine_tune", network_file("plain"), *argv)
    assert recipe.keep == keep


def test_fine_tuning_goes_on_as_the_file_was_learnt_unless_told_otherwise(asked, tmp_path):
    start = tmp_path / "start.keras"
    learnt = {"factors": [1.5, 3.0], "interpolation": "nearest", "mix": "web", "jpeg": [40, 95]}
    network = {"filters": [4], "kernels": [3, 3], "plain": False, "phase": True, "shrink": 4}
    write_metadata(start, {"network": network, "recipe": {**learnt, "epochs": 7, "seed": 5}})
    *_, (_, recipe, _, _) = asked("--fine_tune", start)
    assert {name: getattr(recipe, name) for name in learnt} == learnt
    assert (recipe.epochs, recipe.seed) == (20, 0)
    argv = ["--scale", "2", "--interpolation", "bilinear", "--mix", "sprites", "--jpeg", "70", "80"]
    *_, (_, recipe, _, _) = asked("--fine_tune", start, *argv)
    told = {"factors": [2.0], "interpolation": "bilinear", "mix": "sprites", "jpeg": [70, 80]}
    assert {name: getattr(recipe, name) for name in learnt} == told
    assert asked("--fine_tune", start, "--no_jpeg")[3][1].jpeg is None
    *_, (_, recipe, _, _) = asked()
    usual = {"factors": [1.5, 1.75, 2], "interpolation": "bicubic", "mix": "sprites", "jpeg": None}
    assert {name: getattr(recipe, name) for name in learnt} == usual


def test_fine_tuning_tells_a_network_of_1_0_0_more_than_it_knew(asked, tmp_path):
    start = tmp_path / "old.keras"
    network = {"filters": [4], "kernels": [3, 3], "plain": False, "phase": True}
    write_metadata(start, {"network": {**network, "shrink": 4}})
    _, _, _, (_, recipe, _, _) = asked("--fine_tune", start)
    assert recipe.network == {**network, "told": True}


def test_drawings_and_targets_reach_the_training(asked, folder, sprites, tmp_path):
    """Drawings of all folders, equal names too; targets by the sprites' names."""
    for name in ("one/0.png", "one/art.png", "two/art.png"):
        write_image(tmp_path / name, np.full((9, 8, 3), 50, np.uint8))
    large = cv2.resize(sprites["2.png"], None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    write_image(tmp_path / "large" / "002.webp", large)
    write_image(tmp_path / "large" / "1.png", large)
    drawings = "--drawings", tmp_path / "one", tmp_path / "two"
    code, _, err, (images, _, _, options) = asked(*drawings, "--targets", tmp_path / "large")
    assert (code, len(images), len(options["drawings"])) == (1, 4, 3)
    (pair,) = options["targets"].pop("2.png")
    assert options["targets"] == {} and pair.large.shape == (64, 56, 3)
    assert options["folders"] == [folder.name, "one", "two", "large"]
    assert len(err) == 1 and "1.png: another crop" in err[0]


def test_drawings_named_twice_count_twice(asked, tmp_path):
    write_image(tmp_path / "art" / "0.png", np.full((9, 8, 3), 50, np.uint8))
    _, out, _, (*_, options) = asked("--drawings", tmp_path / "art", tmp_path / "art")
    assert len(options["drawings"]) == 2 and out[0].count("1 of") == 2


def test_a_run_begins_with_a_few_readable_lines(asked, network_file, folder, tmp_path):
    for name in ("1.png", "2.png"):
        write_image(tmp_path / "art" / name, np.full((9, 8, 3), 50, np.uint8))
    start = network_file("plain")
    argv = "--scale", "2", "1.25", "--fine_tune", start, "--drawings", tmp_path / "art"
    _, out, _, _ = asked(*argv, "--seed", "7", "--precision", "float32", "--name", "mine")
    assert out == [
        f"images: 4 of {folder}, 2 of {tmp_path / 'art'}",
        f"network: filters 8 8 8, kernels 3 3 3 1, plain, from {start}",
        "factors: 2 1.25, bicubic, mix sprites",
        "epochs: 20 of 8 patches of 38 px per image, 8 a step; rate 0.005, seed 7, float32",
        f"writes: {Path('NN/mine.keras')}",
    ]


@pytest.mark.parametrize("shape", [(9, 8, 4), (9, 8, 3), (1, 1)])
def test_a_folder_on_which_nothing_is_drawn_is_warned_of(asked, folder, shape):
    """All clear, all white, and single pixels: a network would learn to leave all as it is."""
    hidden = np.random.default_rng(0).integers(0, 9, shape, dtype=np.uint8)  # colours, seen nowhere
    image = hidden * np.uint8([1, 1, 1, 0]) if shape[-1] == 4 else np.full(shape, 255, np.uint8)
    for path in folder.iterdir():
        write_image(path, image)
    code, out, err, _ = asked()
    assert (code, err) == (0, []) and "nothing to learn" in out[0]
    write_image(folder / "0.png", np.arange(40, dtype=np.uint8).reshape(5, 8))
    assert "nothing to learn" not in asked()[1][0]


def test_broken_drawings_are_named(asked, tmp_path):
    write_image(tmp_path / "art" / "good.png", np.full((9, 8, 3), 50, np.uint8))
    (tmp_path / "art" / "bad.png").write_bytes(b"no image")
    twice = tmp_path / "art", tmp_path / "art"
    code, _, err, (*_, options) = asked("--drawings", *twice)
    assert code == 1 and len(err) == 1 and "bad.png" in err[0] and len(options["drawings"]) == 2


@pytest.mark.parametrize(
    ("state", "code", "word"), [("nan", 1, "not a number"), ("interrupted", 130, "--resume")]
)
def test_a_run_that_ended_early_says_so(asked, state, code, word):
    result, _, err, _ = asked(state=state)
    assert (result, len(err)) == (code, 1)
    assert word in err[0]


def test_broken_image_is_named_and_the_rest_trained_on(asked, folder):
    (folder / "broken.png").write_bytes(b"no image")
    code, _, err, (images, *_) = asked()
    assert (code, len(err), len(images)) == (1, 1, 4)
    assert "broken.png" in err[0]


def test_small_patches_are_warned_of(asked):
    code, out, _, _ = asked("--patch_size", "20")  # less 16 that the default kernels take
    assert code == 0 and any("20 px" in line and "4 px" in line for line in out)
    assert not any("warning" in line for line in asked("--patch_size", "64")[1])


def test_tiny_run_end_to_end(answer, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = "--nn_filters 4 --nn_kernels 3 3 --n_epochs 2 --patch_size 16 --k_patch 2 "
    settings += "--batch_size 4 --label _tiny --precision float32"
    code, out, err = answer(train.main, folder, *settings.split())
    assert (code, err) == (0, [])
    stem = "NN_[(4, 3)]_3_tiny_E2"
    names = {path.name for path in (tmp_path / "NN").iterdir() if path.is_file()}
    assert names == {f"{stem}.keras", f"{stem}.tflite", f"{stem}.csv"}
    epochs = [line for line in out if re.match(r"epoch +\d/2 \| loss .* dB \(bicubic .*\)", line)]
    assert len(epochs) == 2
    assert list((tmp_path / "img/train").rglob("*.png"))
    for ending in (".keras", ".tflite"):
        network = tmp_path / "NN" / f"{stem}{ending}"
        arguments = folder / "0.png", "--save_path", tmp_path / ending
        assert answer(infer.main, network, *arguments)[0] == 0
    keras, exported = (
        read_image(tmp_path / ending / "0_f_2_loop_1.png").astype(int)
        for ending in (".keras", ".tflite")
    )
    assert keras.shape == (64, 56, 4)
    assert np.abs(keras - exported).max() <= 1


def test_fine_tuning_starts_from_a_shipped_network_by_its_bare_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = train.parse(["in", "--fine-tune", "default"]).fine_tune
    assert path.is_file() and path.name == "default.keras"
    assert train.parse(["in", "--fine_tune", "x/best"]).fine_tune == Path("x/best")
