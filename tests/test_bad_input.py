"""Every mistake gets one line that names it, and an exit code; most before TensorFlow loads."""

import subprocess
import sys

import numpy as np
import pytest

import infer
import train
from srpoke.files import write_image
from srpoke.metadata import write_metadata

HUGE = "1" + "0" * 400  # an integer beyond any float


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with images and with things that are none, entered."""
    monkeypatch.chdir(tmp_path)
    for name in ("images/a.png", "images/b.png", "single.png"):
        write_image(tmp_path / name, np.full((6, 5, 3), 90, np.uint8))
    for name in ("empty", "broken", "folder.keras", "folder.tflite"):
        (tmp_path / name).mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(b"")
    (tmp_path / "broken" / "b.png").write_bytes(b"text")
    (tmp_path / "note.txt").write_text("no image")
    (tmp_path / "text.keras").write_text("no network")
    (tmp_path / "text.tflite").write_text("no network")
    (tmp_path / "metadata.tflite").write_text("no network")
    write_metadata(tmp_path / "metadata.tflite", {"network": {"shrink": 6}})
    return tmp_path


def assert_one_line(reply: tuple[int, list[str], list[str]], *words: str) -> None:
    code, _, err = reply
    assert code == 2
    assert len(err) == 1, err
    for word in words:
        assert word in err[0]
    assert "Traceback" not in err[0] and "does not load" not in err[0]


INFER = [
    ("", "NETWORK"),
    ("EXPORTED", "IMAGE"),
    ("missing.keras single.png", "missing.keras"),
    ("missing.tflite single.png", "missing.tflite"),
    ("folder.keras single.png", "folder.keras"),
    ("folder.tflite single.png", "folder.tflite"),
    ("single.png single.png", "single.png"),
    ("text.tflite single.png", "text.tflite"),
    ("metadata.tflite single.png", "metadata.tflite"),
    ("EXPORTED missing.png", "missing.png"),
    ("EXPORTED single.png missing_folder/", "missing_folder"),
    ("EXPORTED empty", "empty"),
    ("EXPORTED note.txt", "note.txt"),
    ("EXPORTED single.png --scale 0", "--scale '0' above 0"),
    ("EXPORTED single.png --scale=-1.5", "--scale '-1.5'"),
    ("EXPORTED single.png --scale nan", "--scale 'nan'"),
    ("EXPORTED single.png --scale inf", "--scale 'inf'"),
    ("EXPORTED single.png --scale 1e999", "--scale '1e999'"),
    ("EXPORTED single.png --scale two", "--scale 'two'"),
    ("EXPORTED single.png --scale 1e9", "--max_pixels 5e9x6e9"),
    ("EXPORTED single.png --scale 1e200 --loop 2", "--max_pixels"),
    ("EXPORTED single.png --scale 2 --loop 100", "--max_pixels"),
    ("EXPORTED single.png --loop 0", "--loop '0'"),
    ("EXPORTED single.png --loop=-2", "--loop '-2'"),
    ("EXPORTED single.png --loop 1.5", "--loop '1.5' integer"),
    (f"EXPORTED single.png --loop {HUGE}", "--loop"),
    ("EXPORTED single.png --fine=-1", "--fine '-1'"),
    ("EXPORTED single.png --tile 0", "--tile '0'"),
    ("EXPORTED single.png --max_pixels 0", "--max_pixels '0'"),
    ("EXPORTED single.png --max_pixels 100", "10x12 100"),
    ("EXPORTED single.png --pad middle", "--pad middle"),
    ("EXPORTED single.png --interpolation cubic", "--interpolation cubic"),
    ("EXPORTED single.png --save_path single.png", "single.png"),
    ("EXPORTED single.png --save_path note.txt", "note.txt"),
    ("EXPORTED single.png --save_path note.txt/deeper", "note.txt"),
    ("EXPORTED single.png --sclae 2", "--sclae"),
]


@pytest.mark.parametrize(("argv", "words"), INFER)
def test_infer_answers_in_one_line(place, exported, answer, no_tensorflow, argv, words):
    arguments = [str(exported) if arg == "EXPORTED" else arg for arg in argv.split()]
    assert_one_line(answer(infer.main, *arguments), *words.split())
    assert not (place / "img").exists()


STACK = "--nn_filters 8 8 --nn_kernels"
TRAIN = [
    ("", "IMG_PATH"),
    ("missing", "missing"),
    ("empty", "empty"),
    ("broken", "broken"),
    ("single.png", "single.png"),
    (f"images {STACK} 3 3", "[8, 8] 3 kernels [3, 3]"),
    (f"images {STACK} 3 3 3 3", "[8, 8] 3 kernels [3, 3, 3, 3]"),
    (f"images {STACK} 3 2 3", "[3, 2, 3] odd"),
    (f"images {STACK} 3 0 3", "--nn_kernels '0'"),
    (f"images {STACK} 3 x 3", "--nn_kernels 'x'"),
    ("images --nn_filters 8 -8 --nn_kernels 3 3 3", "--nn_filters"),
    ("images --nn_filters 0 --nn_kernels 3 3", "--nn_filters '0'"),
    (f"images {STACK} 7 5 3 --patch_size 12", "--patch_size 12 12"),
    (f"images {STACK} 7 5 3 --patch_size 5", "--patch_size 5 12"),
    ("images --patch_size 0", "--patch_size '0'"),
    ("images --n_epochs=0", "--n_epochs '0'"),
    ("images --n_epochs=2.5", "--n_epochs '2.5'"),
    ("images --k_patch=-1", "--k_patch '-1'"),
    ("images --batch_size 0", "--batch_size '0'"),
    ("images --scale 2 1", "--scale '1' above 1"),
    ("images --scale nan", "--scale 'nan'"),
    ("images --scale 2 inf", "--scale 'inf'"),
    ("images --learning_rate 0", "--learning_rate '0'"),
    ("images --learning_rate inf", "--learning_rate 'inf'"),
    ("images --learning_rate=-1e-3", "--learning_rate '-1e-3'"),
    ("images --seed=-1", "--seed '-1'"),
    (f"images --seed {HUGE}", "--seed"),
    ("images --seed 4294967296", "--seed '4294967296' 4294967295"),
    ("images --save_path note.txt", "note.txt"),
    ("images --save_path note.txt/deeper", "note.txt"),
    ("images --interpolation cubic", "--interpolation cubic"),
    ("images --precision float16", "--precision float16"),
    ("images --fine_tune missing.keras", "--fine_tune missing.keras"),
    ("images --fine_tune text.keras", "--fine_tune text.keras"),
    ("images --fine_tune metadata.tflite", "--fine_tune metadata.tflite"),
    ("images --epochs 3", "--epochs"),
    ("images --jpeg 95 40", "--jpeg 95 40"),
    ("images --jpeg 0 40", "--jpeg 0"),
    ("images --jpeg 40 101", "--jpeg 101"),
    ("images --jpeg 40", "--jpeg"),
]


@pytest.mark.parametrize(("argv", "words"), TRAIN)
def test_train_answers_in_one_line(place, answer, no_tensorflow, argv, words):
    assert_one_line(answer(train.main, *argv.split()), *words.split())
    assert not (place / "NN").exists()


TINY = "images --nn_filters 4 --nn_kernels 3 3 --patch_size 16 --k_patch 1"
WITH_TENSORFLOW = [
    (infer, "text.keras single.png", "text.keras"),
    (train, f"{TINY} --resume", ".backup"),
]


@pytest.mark.parametrize(("script", "argv", "words"), WITH_TENSORFLOW)
def test_what_only_tensorflow_can_tell_is_one_line_too(place, answer, script, argv, words):
    assert_one_line(answer(script.main, *argv.split()), words)


HELP = """
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None
script = __import__(sys.argv.pop(1))
script.main(["--help"])
"""


@pytest.mark.parametrize("script", ["train", "infer"])
def test_help_names_every_option_and_its_default_without_tensorflow(python, script):
    done = python(HELP, script)
    assert (done.returncode, done.stderr) == (0, "")
    options = {"train": ["--nn_filters", "--patch_size"], "infer": ["--scale", "--tile"]}[script]
    assert all(option in done.stdout for option in options)
    assert "default: " in done.stdout


@pytest.mark.parametrize("script", ["train.py", "infer.py"])
def test_script_run_from_a_shell_in_another_folder(place, repository, script):
    command = [sys.executable, repository / script, "missing", "missing.png"]
    done = subprocess.run(command[: 3 + (script == "infer.py")], capture_output=True, text=True)
    assert_one_line((done.returncode, [], done.stderr.splitlines()), "missing")
