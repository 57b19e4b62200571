"""The README tells the truth: options, files, pictures and the commands it prints."""

import importlib
import re
import shlex

import cv2
import pytest

import evaluate
import extract_readme_images
import infer
import train
from srpoke import __main__ as command
from srpoke.cli import Parser

SECTIONS = {
    "## Upscaling": infer,
    "## Training on your own folder": train,
    "## Measuring": evaluate,
    "## Making the pictures": extract_readme_images,
}


@pytest.fixture(scope="module")
def readme(request) -> str:
    return (request.config.rootpath / "README.md").read_text(encoding="utf-8")


def rows(readme: str, heading: str) -> list[str]:
    """The rows of the option table under a heading."""
    section = readme.split(f"\n{heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `--")]


@pytest.mark.parametrize("heading", SECTIONS)
def test_option_table_lists_what_help_lists(readme, heading, capsys):
    with pytest.raises(SystemExit):
        SECTIONS[heading].main(["--help"])
    options = set(re.findall(r"--\w+", capsys.readouterr().out)) - {"--help"}
    first = [row.split("|")[1] for row in rows(readme, heading)]
    listed = {option for cell in first for option in re.findall(r"`(--\w+)", cell)}
    assert listed == options


@pytest.mark.parametrize("heading", ["## Upscaling", "## Training on your own folder"])
def test_defaults_in_the_option_table_are_those_of_the_parser(readme, heading):
    words = {"infer": ["n.tflite", "i.png"], "train": ["folder"]}[SECTIONS[heading].__name__]
    defaults = vars(SECTIONS[heading].parse(words))
    for option, value in re.findall(r"`--(\w+) ([^`]+)`", "\n".join(rows(readme, heading))):
        default = defaults[option]
        shown = default if isinstance(default, list) else [default]
        expected = " ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in shown)
        assert value.strip('"') == expected, option


def test_files_that_the_readme_names_exist(readme, request):
    root = request.config.rootpath
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", readme)
    code = re.findall(r"(?<![\w/.])(?:NN|dataset/creatures|srpoke|benchmarks)/[\w./]*\w", readme)
    assert links and code
    made = {"NN/mine.tflite", "NN/pixels.tflite"}  # by a command of the README
    missing = [name for name in {*links, *code} - made if not (root / name).exists()]
    assert not missing


def test_the_original_commands_are_there_to_the_letter(readme):
    assert (
        "python3 train.py ./dataset/sugimori/ --nn_filters 64 64 64 --nn_kernels 7 5 3 1 "
        '--n_epochs=20 --label="_color" --patch_size=50'
    ) in readme


def commands(text: str) -> list[list[str]]:
    """The words of every command in the bash blocks that runs something of ours."""
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL))
    words = map(shlex.split, filter(None, blocks.splitlines()))
    return [w for w in words if w[0] in ("python3", "srpoke") and w[1:3] != ["-m", "venv"]]


def main_of(words: list[str]):
    """What a command calls, and the arguments that are handed to it."""
    if words[0] == "srpoke":
        return command.main, words[1:]
    if words[1] == "-m":
        return importlib.import_module(words[2]).main, words[3:]
    return importlib.import_module(words[1].removesuffix(".py")).main, words[2:]


class Understood(Exception):
    """The arguments were parsed; what would come next is the work."""


def test_every_command_is_understood(request, monkeypatch):
    parse_args = Parser.parse_args

    def parse(self, args=None, namespace=None):
        parse_args(self, args, namespace)
        raise Understood

    monkeypatch.setattr(Parser, "parse_args", parse)
    count = 0
    for file in ("README.md", "NN/README.md"):
        for words in commands((request.config.rootpath / file).read_text(encoding="utf-8")):
            main, arguments = main_of(words)
            with pytest.raises(Understood):
                main(arguments)
            count += 1
    assert count > 20


def test_the_example_of_the_library_runs(readme, sprite, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("sprite.png", sprite)
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(example, {})
    assert cv2.imread("large.png", cv2.IMREAD_UNCHANGED).shape == (96, 80, 4)
