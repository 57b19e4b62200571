"""Arguments in any order, any terminal, none at all: telling never decides doing."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import export
import infer
from srpoke import cli
from srpoke.arguments import Parser
from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.images import read_image, write_image

POSIX = pytest.mark.skipif(os.name == "nt", reason="descriptors and signals of POSIX")


@pytest.fixture
def sprites(tmp_path, monkeypatch) -> Path:
    """A folder `in` with three small images, in the folder that is entered."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png", "ピ.png"):
        write_image(tmp_path / "in" / name, np.full((6, 5, 3), 90, np.uint8))
    return tmp_path / "in"


@pytest.fixture
def shell(repository, exported, sprites):
    """A function: what follows `infer.py NETWORK in` in a shell, and variables -> its end."""

    def run(rest: str, python: str = sys.executable, **variables) -> subprocess.CompletedProcess:
        command = f"{python} {repository / 'infer.py'} {exported} in {rest}"
        shell = ["bash", "-c", f"set -o pipefail; {command}"]
        variables = os.environ | variables
        return subprocess.run(shell, capture_output=True, text=True, timeout=60, env=variables)

    return run


def count(folder: str) -> int:
    return len(list(Path(folder).glob("*.png")))


def test_a_line_is_a_line_whatever_a_file_is_called(capsys):
    cli.prepare_streams()
    cli.tell("new\nline\x1b[2J \x9b é ピ.png")
    cli.complain("tab\t\r.png")
    logging.getLogger("srpoke").warning("not taken: a\nb.png")
    told = capsys.readouterr()
    assert told.out == "new\\nline\\x1b[2J \\x9b é ピ.png\n"
    assert told.err == "tab\\t\\r.png\nnot taken: a\\nb.png\n"


@POSIX
@pytest.mark.slow
@pytest.mark.parametrize("rest", ["2>&-", ">&- 2>&-", "> /dev/full", "> /dev/full 2> /dev/full"])
def test_all_is_done_where_nothing_can_be_told(shell, rest):
    done = shell(f"--save_path out {rest}")
    assert (done.returncode, done.stderr, count("out")) == (0, "", 3)


@POSIX
@pytest.mark.slow
def test_a_name_that_the_terminal_lacks_is_no_reason_to_stop(shell):
    done = shell("--save_path out", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert (done.returncode, done.stderr, count("out")) == (0, "", 3)
    assert "\\u30d4.png" in done.stdout


@POSIX
@pytest.mark.slow
def test_a_reader_that_leaves_ends_the_run_quietly(shell):
    done = shell("--save_path out | true")
    assert done.stderr == "" and done.returncode == cli.READER_LEFT


@POSIX
@pytest.mark.slow
def test_optimised_python_works(shell):
    done = shell("--save_path out", f"{sys.executable} -OO")
    assert (done.returncode, done.stderr, count("out")) == (0, "", 3)


SLEEPER = """
import sys, time
from srpoke.cli import one_line_errors
from srpoke.files import replacing
@one_line_errors
def main(argv):
    with replacing("result.png") as temporary:
        temporary.touch()
        print("writing", flush=True)
        time.sleep(60)
sys.exit(main([]))
"""


@POSIX
@pytest.mark.slow
def test_sigterm_is_as_gentle_as_ctrl_c(repository, tmp_path):
    command = [sys.executable, "-c", SLEEPER]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    variables = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen(command, cwd=tmp_path, env=variables, **pipes) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20)[1] == "interrupted\n"
    assert process.returncode == 130
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("end", ["", " SystemError from None", " ImportError from None"])
def test_ctrl_c_during_an_import_is_one_line_whatever_the_module_makes_of_it(
    sprites, answer, monkeypatch, end
):
    ctrl_c = "signal.raise_signal(signal.SIGINT)"
    stub = f"import signal\ntry:\n    {ctrl_c}\nexcept KeyboardInterrupt:\n    raise{end}\n"
    Path("keras.py").write_text(stub)
    Path("x.keras").touch()
    monkeypatch.syspath_prepend(Path.cwd())
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` ignores it
    reply = answer(infer.main, "x.keras", "in")
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler
    assert reply == (130, [], ["interrupted"])


def test_only_the_users_mistakes_are_one_line():
    def fails(error: Exception):
        def main(argv):
            raise error

        return cli.one_line_errors(main)

    assert fails(UserError("a"))() == fails(OSError(28, "full", "b"))() == 2
    with pytest.raises(ValueError, match="shape"):
        fails(ValueError("a shape that does not fit"))()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("--no_anchor", "no_back_projection"),
        ("--no-anchor", "no_back_projection"),
        ("--kept_out", "held_out"),
        ("--peers", "baselines"),
    ],
)
def test_options_go_by_their_older_names_too(old, new):
    parser = Parser("A script.")
    parser.add_argument(f"--{new}", action="store_true")
    assert getattr(parser.parse_args([old]), new) is True
    assert getattr(parser.parse_args([]), new) is False
    assert old not in parser.format_help()


def test_home_is_found_in_every_path(sprites, answer, exported, monkeypatch):
    monkeypatch.setenv("HOME", str(sprites.parent))
    monkeypatch.setenv("USERPROFILE", str(sprites.parent))
    assert answer(infer.main, exported, "~/in/a.png", "--save_path=~/out")[0] == 0
    assert count("out") == 1 and not Path("~").exists()


def test_upper_case_ending_of_a_network(sprites, answer, exported, network_file):
    for source in (exported, network_file("default")):
        path = Path(f"NET{source.suffix.upper()}")
        shutil.copy(source, path)
        assert answer(infer.main, path, "in", "--save_path", source.suffix[1:])[0] == 0
    assert count("tflite") == count("keras") == 3


def test_skip_existing_redoes_what_is_older_than_its_source(sprites, answer, exported):
    run = [infer.main, exported, "in/a.png", "--save_path", "out", "--skip_existing"]
    answer(*run)
    assert "exists" in answer(*run)[1][0]
    later = time.time() + 10
    os.utime("in/a.png", (later, later))
    assert "exists" not in answer(*run)[1][0]


def test_profile_is_kept_unless_stripped_and_alpha_may_be_a_mask(sprites, answer, exported):
    image, exif = np.zeros((6, 5, 4), np.uint8), b"II*\0\x08\0\0\0\0\0\0\0\0\0"
    image[:, :, 2], image[2:, :, 3] = 200, 255
    write_image("in/m.png", image, {"exif": exif})
    for folder, options in {"kept": [], "bare": ["--strip"], "mask": ["--alpha", "mask"]}.items():
        assert answer(infer.main, exported, "in/m.png", "--save_path", folder, *options)[0] == 0
    name = "m_f_2_loop_1"
    assert b"eXIf" in Path(f"kept/{name}.png").read_bytes()
    assert b"eXIf" not in Path(f"bare/{name}_strip.png").read_bytes()
    masked = read_image(f"mask/{name}_alpha_mask.png")
    assert not np.array_equal(read_image(f"kept/{name}.png"), masked)


# Networks


def test_a_bare_name_means_the_keras_file_where_that_is_needed(monkeypatch):
    taken = []
    monkeypatch.setattr(export, "export", taken.append)
    assert export.main(["default"]) == 0
    assert taken[0].source.name == "default.keras" and taken[0].source.is_file()


def test_a_network_is_exported(network_file, exported, answer, tmp_path):
    code, out, err = answer(export.main, network_file("default"), "--save_path", tmp_path)
    assert (code, err) == (0, []) and "default.tflite" in out[0]
    batch = np.random.default_rng(0).random((1, 12, 14, 8), np.float32)
    made, known = (load(p).run(batch) for p in (tmp_path / "default.tflite", exported))
    np.testing.assert_allclose(made, known, atol=1e-6)
    assert answer(export.main, exported)[0] == 2


def test_a_file_that_lost_its_metadata_is_refused(network_file, answer, tmp_path):
    """Keras saves a network of ours without it: nobody knows what it sees beside the colours."""
    from srpoke.network import load_network

    path = tmp_path / "again.keras"
    load_network(network_file("default")).save(path)
    with pytest.raises(UserError, match="again.keras has lost its metadata"):
        load(path)
    code, out, (line,) = answer(export.main, path)
    assert (code, out) == (2, []) and "metadata" in line and [*tmp_path.iterdir()] == [path]


def test_a_network_that_cannot_be_exported_does_not_stop_the_rest(network_file, answer, tmp_path):
    torn = tmp_path / "torn.keras"
    torn.write_bytes(network_file("default").read_bytes()[:-99])
    code, out, err = answer(export.main, torn, network_file("plain"), "--save_path", tmp_path)
    assert (code, len(out), len(err)) == (1, 1, 1) and "torn.keras" in err[0]
    assert (tmp_path / f"{network_file('plain').stem}.tflite").is_file()


def test_two_networks_of_one_name_are_no_one_export(answer, tmp_path):
    code, out, (line,) = answer(export.main, "a/m.keras", "b/m.keras", "--save_path", tmp_path)
    assert (code, out) == (2, []) and "would both become" in line and not [*tmp_path.iterdir()]


KERAS = """
from srpoke.network import build_network, import_keras
keras = import_keras()
print(build_network([4], [3, 3]).output_shape, keras.config.floatx())
"""


@pytest.mark.slow
def test_settings_of_the_users_keras_change_nothing(python, tmp_path, monkeypatch):
    settings = {"floatx": "float16", "image_data_format": "channels_first", "epsilon": 1e-7}
    (tmp_path / "keras.json").write_text(json.dumps({**settings, "backend": "jax"}))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert python(KERAS).stdout.split("\n")[0] == "(None, None, None, 3) float32"


WITHOUT = """
import sys
sys.modules["cv2"] = None
import srpoke
print(srpoke.__version__)
import infer
"""


def test_without_opencv_the_package_loads_and_a_script_says_what_to_install(python):
    done = python(WITHOUT)
    assert done.returncode == 2 and done.stdout
    assert len(done.stderr.splitlines()) == 1 and "opencv-python" in done.stderr


def test_an_option_of_several_words_keeps_them():
    parser = Parser("Text.")
    parser.add_argument("network", nargs="+")
    parser.add_argument("--names", nargs="+")
    args = parser.parse_args(["x.tflite", "--names", "a.png", "b.png"])
    assert vars(args) == {"network": ["x.tflite"], "names": ["a.png", "b.png"]}


@pytest.mark.parametrize(
    "argv",
    [
        ["net", "more", "--names", "a", "b", "--scale", "2", "3"],
        ["--scale", "2", "3", "--kind", "box", "area", "net", "more", "--names", "a", "b"],
        ["net", "--kind", "box", "area", "more", "--scale", "2", "3", "--names", "a", "b"],
        ["net", "--names", "a", "b", "--scale", "2", "3", "more"],
        ["--names", "a", "b", "--kind", "box", "area", "net", "more", "--scale", "2", "3"],
    ],
)
def test_options_keep_their_values_and_leave_the_paths(argv):
    parser = Parser("")
    parser.add_argument("network", nargs="+")
    parser.add_argument("--names", nargs="+")
    parser.add_argument("--scale", type=float, nargs="+")
    parser.add_argument("--kind", choices=["box", "area"], nargs="+", default=["box", "area"])
    args = parser.parse_args(argv)
    assert args.network == ["net", "more"] and args.names == ["a", "b"]
    assert args.scale == [2, 3] and args.kind == ["box", "area"]
