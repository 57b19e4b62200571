"""The library, the command `srpoke`, and what an installation holds."""

import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import cv2
import numpy as np
import pytest

import srpoke
from srpoke import __main__ as command
from srpoke.errors import UserError

COMMANDS = ["infer", "train", "evaluate", "examples", "extract_readme_images", "export"]


def test_one_call_upscales(exported, sprite):
    result = srpoke.upscale(srpoke.load(exported), sprite, 1.5)
    *_, (_, expected) = srpoke.pipeline.stages(srpoke.load(exported), sprite, 1.5)
    assert result.shape == (36, 30, 4) and result.dtype == np.uint8
    np.testing.assert_array_equal(result, expected)


def test_bare_name_loads_the_shipped_network(sprite):
    assert srpoke.upscale(srpoke.load("default"), sprite, 2).shape == (48, 40, 4)
    with pytest.raises(UserError, match="bst does not exist.*best"):
        srpoke.load("bst")


@pytest.mark.parametrize(
    ("image", "scale", "words"),
    [
        (None, 2, "not NoneType"),  # what cv2.imread returns for a missing file
        (np.zeros((4, 4, 3)), 2, "not float64"),
        (np.zeros((4, 4, 2), np.uint8), 2, r"\(4, 4, 2\)"),
        (np.zeros((0, 4, 3), np.uint8), 2, r"\(0, 4, 3\)"),
        (np.zeros((4, 4, 3), np.uint8), 0, "scale of 0"),
        (np.zeros((4, 4, 3), np.uint8), float("nan"), "scale of nan"),
        (np.zeros((4, 4, 3), np.uint8), "2", "scale of '2'"),
    ],
)
def test_what_cannot_be_upscaled_is_named(exported, image, scale, words):
    with pytest.raises(UserError, match=words):
        srpoke.upscale(srpoke.load(exported), image, scale)


def test_a_name_is_no_engine_and_half_a_loop_no_loop(exported, sprite):
    with pytest.raises(UserError, match=r"'best' is no engine; load\(\)"):
        srpoke.upscale("best", sprite, 2)
    for counts, words in (((1.5, 0), "1.5 loops"), ((0, 0), "0 loops"), ((1, -1), "-1 extra")):
        with pytest.raises(UserError, match=words):
            srpoke.upscale(srpoke.load(exported), sprite, 2, counts[0], None, counts[1])


@pytest.mark.parametrize(
    "wrong",
    [{"tile": 0}, {"tile": 2.5}, {"pad": "x"}, {"alpha": "x"}, {"sharpness": float("nan")}],
)
def test_settings_that_cannot_be_are_named(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(UserError, match=f"{name} {value!r} is no"):
        srpoke.Settings(**wrong)


@pytest.mark.parametrize("shared", [True, False])
def test_threads_are_not_in_each_others_way(exported, sprite, shared):
    """With one engine for all, or one for each; and stderr stays what it was."""
    settings, stderr = srpoke.Settings(tile=8), os.fstat(2).st_ino
    engine = srpoke.load(exported)
    expected = srpoke.upscale(engine, sprite, 2, settings=settings)

    def work(_):
        own = engine if shared else srpoke.load(exported)
        return [srpoke.upscale(own, sprite, 2, settings=settings) for _ in range(4)]

    with ThreadPoolExecutor(4) as threads:
        for result in sum(threads.map(work, range(8)), []):
            np.testing.assert_array_equal(result, expected)
    assert os.fstat(2).st_ino == stderr


INSTANT = """
import sys
import srpoke
assert not {"cv2", "numpy", "argparse"} & set(sys.modules)
from srpoke import load, upscale, Settings
import srpoke.pipeline
from srpoke import upscale as again
assert again is upscale and "tensorflow" not in sys.modules
assert not hasattr(srpoke, "nothing")
"""


def test_importing_is_instant_and_names_are_what_they_seem(python):
    done = python(INSTANT)
    assert (done.returncode, done.stderr) == (0, "")


# The command


@pytest.mark.parametrize("name", COMMANDS)
def test_every_script_is_a_sub_command(answer, name):
    code, out, err = answer(command.main, name, "--help")
    assert (code, err) == (0, []) and out[0].startswith(f"usage: srpoke {name} ")


def test_command_does_what_the_script_does(answer, exported, tmp_path, sprite):
    cv2.imwrite(str(tmp_path / "a.png"), sprite)
    arguments = [exported, tmp_path / "a.png", "-o", tmp_path / "b.png"]
    assert answer(command.main, "infer", *arguments)[0] == 0
    assert cv2.imread(str(tmp_path / "b.png"), cv2.IMREAD_UNCHANGED).shape == (48, 40, 4)
    assert answer(command.main, "infer", exported, tmp_path / "missing.png")[0] == 2


def test_help_lists_the_commands_and_a_wrong_one_is_one_line(answer):
    for arguments in ([], ["--help"]):
        code, out, _ = answer(command.main, *arguments)
        assert code == 0 and all(any(name in line for line in out) for name in command.COMMANDS)
    assert answer(command.main, "--version")[1] == [f"srpoke {srpoke.__version__}"]
    code, _, err = answer(command.main, "upscale")
    assert code == 2 and len(err) == 1 and "'upscale'" in err[0] and "infer" in err[0]


# The installation


BUILD = "import sys, setuptools.build_meta as build; build.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def installed(request, tmp_path_factory):
    """A folder that holds what a wheel of the project would install."""
    if int(version("setuptools").split(".")[0]) < 77:
        pytest.skip("setuptools 77 or newer builds the wheel")
    source, target = tmp_path_factory.mktemp("source") / "srpoke", tmp_path_factory.mktemp("site")
    left_out = shutil.ignore_patterns(".*", "img", "dataset", "tests", "build", "*.egg-info")
    shutil.copytree(request.config.rootpath, source, ignore=left_out)
    build = [sys.executable, "-c", BUILD, str(target)]
    subprocess.run(build, cwd=source, check=True, capture_output=True, timeout=120)
    (wheel,) = target.glob("srpoke-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


@pytest.mark.slow
def test_an_installation_runs_in_an_empty_folder(installed, tmp_path, sprite):
    cv2.imwrite(str(tmp_path / "some.png"), sprite)
    call = [sys.executable, "-m", "srpoke", "infer", "best", "some.png", "--scale=3", "--page"]
    variables = os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(call, cwd=tmp_path, env=variables, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    made = {path.name for path in (tmp_path / "img/upscaled").iterdir()}
    assert made == {"some_f_3_loop_1.png", "some_f_3_loop_1.png.html"}


@pytest.mark.slow
def test_an_installation_takes_one_name_and_holds_all_it_needs(installed):
    top = {path.name for path in installed.iterdir() if path.suffix not in (".whl", ".dist-info")}
    assert top == {"srpoke"}
    scripts = {path.stem for path in (installed / "srpoke/scripts").iterdir()}
    assert scripts == {name for name, _ in command.COMMANDS.values()}
    files = sorted(path.name for path in (installed / "srpoke/NN").iterdir())
    networks = ("art", "art.area", "best", "best.x2", "best.x3", "default")
    expected = [f"{name}.{end}" for name in networks for end in ("keras", "tflite")]
    assert files == sorted([*expected, "best.style.tflite"])
    assert (installed / "srpoke/pictures/page.html").is_file()
    (about,) = installed.glob("*.dist-info")
    assert about.name == f"srpoke-{srpoke.__version__}.dist-info"
    assert "srpoke = srpoke.__main__:main" in (about / "entry_points.txt").read_text()
