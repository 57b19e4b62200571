"""The README tells the truth: options, files, pictures and the commands it prints."""

import re

import pytest

import evaluate
import extract_readme_images
import infer
import train

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
