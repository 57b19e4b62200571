"""Every mistake gets one line that names it, and an exit code; most before TensorFlow loads."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import evaluate
import extract_readme_images
import infer
import train
from benchmarks import real, real_pairs
from srpoke.images import write_image
from srpoke.metadata import write_metadata

HUGE = "1" + "0" * 400  # an integer beyond any float


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with images and with things that are none, entered."""
    monkeypatch.chdir(tmp_path)
    for name in ("images/a.png", "images/b.png", "single.png"):
        write_image(tmp_path / name, np.full((6, 5, 3), 90, np.uint8))
    write_image(tmp_path / "sheet.png", np.full((16, 24, 3), 90, np.uint8))
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
    ("EXPORTED images/a.png default", "default is the name of a network"),
    ("images/a.png EXPORTED", "is a network"),
    ("images/a.png", "NETWORK IMAGE ..."),
    ("images images/a.png", "images is a folder"),
    ("images/a.png images", "images/a.png is an image"),
    ("EXPORTED ''", "names no file"),
    ("EXPORTED images/a.png -o images/../images/a.png", "is the image itself"),
    ("EXPORTED single.png --size 512", "'512' is not a width and height such as 512x300"),
    ("EXPORTED single.png --size 0x5", "'0x5'"),
    (f"EXPORTED single.png --size {HUGE}x5", "is not a width and height"),
    ("EXPORTED single.png -o single.png/x.png", "single.png is not a folder"),
    ("EXPORTED single.png -o x.pbm", "black and white alone"),
    ("EXPORTED single.png --size 9x9 --loop 2", "--size names the final size"),
    ("EXPORTED single.png --size 9x9 --longest 9", "one is enough"),
    ("EXPORTED single.png --size 9x9 --scale 3", "--size names the final size: no --scale"),
    ("EXPORTED single.png --shrink_to 2.5", "--scale 2.5 alone"),
    ("EXPORTED sheet.png --cell 7x8", "24x16 px does not divide into cells of 7x8 px"),
    ("EXPORTED sheet.png --cell 48x32", "does not divide into cells of 48x32 px"),
    ("EXPORTED sheet.png --grid 5x2", "does not divide into 5x2 cells"),
    ("EXPORTED sheet.png --grid 48x2", "does not divide into 48x2 cells"),
    ("EXPORTED sheet.png --cell 8x8 --scale 1.3", "nearest factors: 1.25 and 1.375"),
    ("EXPORTED sheet.png --wrap --scale 1.3", "nearest factors: 1.25 and 1.375"),
    ("EXPORTED sheet.png --cell 8x8 --grid 3x2", "one is enough"),
    ("EXPORTED sheet.png --wrap --pad before", "--pad before"),
    ("EXPORTED sheet.png --cell 8x8 --pad before", "--pad before"),
    ("EXPORTED sheet.png --cell 8", "'8' is not a width and height"),
    ("EXPORTED sheet.png --grid 0x2", "'0x2' is not a width and height"),
    ("EXPORTED single.png --page --pad before", "--pad before"),
    ("EXPORTED single.png --page --alpha mask", "--alpha mask"),
    ("EXPORTED single.png --page --scale 0.5", "not 3x3"),
    (f"EXPORTED single.png --page --size 16384x20000 --max_pixels {10**9}", "not 16384x19661"),
]
for value in ("1.01", "-1.5", "nan", "crispy", ""):
    INFER.append((f"EXPORTED single.png --sharpness={value}", "--sharpness"))
for value in ("0/4", "5/4", "3", "1/0", "-1/4", "1.0/4", "1/4/4", "/", "²/4"):
    INFER.append((f"EXPORTED images --part={value}", f"'{value}' 3/16"))

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
    ("images --scale 1e300", "--scale '1e300' at most 100"),
    ("images --name deep/", "--name deep/"),
    ("images --name .", "--name . is no name"),
    ("images --name ..", "--name .. is no name"),
    ("images --patch_size 5000", "--patch_size '5000' at most 4096"),
    ("images --nn_filters 99999999999999999999 --nn_kernels 3 3", "--nn_filters at most 4096"),
    ("images --n_epochs 3000000000", "--n_epochs at most 2147483647"),
    ("images --picture_path single.png", "single.png cannot be made or written to"),
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
    ("images --fine_tune folder.keras", "--fine_tune folder.keras is no .keras file"),
    ("images --fine_tune metadata.tflite", "--fine_tune metadata.tflite"),
    ("images --fine_tune default --nn_filters 8", "--fine_tune --nn_filters"),
    ("images --fine_tune default --plain", "--fine_tune --plain"),
    ("images --keep 0.5", "--keep 0.5 --fine_tune"),
    ("images --fine_tune default --keep 1.5", "--keep '1.5' at most 1"),
    ("images --epochs 3", "--epochs"),
    ("images --jpeg 95 40", "--jpeg 95 40"),
    ("images --jpeg 0 40", "--jpeg 0"),
    ("images --jpeg 40 101", "--jpeg 101"),
    ("images --jpeg 40", "--jpeg"),
    ("images --drawings nowhere", "nowhere"),
    ("images --targets nowhere", "nowhere"),
    ("--scale 1.5 2 images --nn_kernels 3", "given: [3]"),
    ("--nn_filters 4 --nn_kernels 3 4 images", "odd"),
]

EVALUATE = [
    ("EXPORTED", "FOLDER"),
    ("EXPORTED missing", "missing"),
    ("missing.tflite images", "missing.tflite"),
    ("images/a.png images", "images/a.png"),
    ("--csv x no.keras --scale 2 images", "no.keras"),
    ("--scale 2 no.keras images", "no.keras"),
    ("EXPORTED images --scale 1", "--scale '1'"),
    ("EXPORTED images --scale nan", "--scale 'nan'"),
    ("EXPORTED images --kernel cubic", "--kernel cubic"),
    ("--kernel box area EXPORTED missing", "missing"),
    ("EXPORTED images --targets missing", "missing"),
    ("missing.tflite images --held_out", "missing.tflite"),
    ("EXPORTED images --csv images", "--csv 'images' folder"),
    ("EXPORTED images --csv single.png/x.csv", "--csv single.png cannot be made or written to"),
]

EXTRACT = [
    ("missing.keras single.png", "missing.keras"),
    ("EXPORTED missing.png", "missing.png"),
    ("single.png single.png", "network"),
    ("no.keras --page images", "no.keras"),
    ("EXPORTED", "IMAGE"),
    ("EXPORTED single.png --recommendations", "IMAGE"),
    ("EXPORTED single.png --strip --halo", "not allowed with"),
    ("EXPORTED single.png --strip --pad before", "--pad"),
    ("EXPORTED single.png --max_pixels 100", "--max_pixels"),
]

PAIRS = [
    ("images images --out pairs --names none", "no sprite called"),
    ("images images/none --out pairs", "cannot be opened"),
    ("images images --out pairs --scale 1", "above 1"),
]

MISTAKES = {infer: INFER, train: TRAIN, evaluate: EVALUATE, extract_readme_images: EXTRACT}
MISTAKES |= {real_pairs: PAIRS, real: [("EXPORTED --pairs pairs", "not a folder")]}


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("script", "argv", "words"),
    [(script, *mistake) for script, mistakes in MISTAKES.items() for mistake in mistakes],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    place, exported, answer, no_tensorflow, monkeypatch, script, argv, words
):
    monkeypatch.setattr(real, "use_one_core", lambda: None)  # of the other tests, too
    before, names = contents(place), {"EXPORTED": exported, "''": ""}
    reply = answer(script.main, *(names.get(arg, arg) for arg in argv.split()))
    assert_one_line(reply, *words.split())
    assert contents(place) == before


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
