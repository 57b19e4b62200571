"""The pages tell the truth: options and defaults, files, commands, numbers."""

import ast
import importlib
import re
import shlex
from argparse import SUPPRESS, Action
from pathlib import Path, PurePath
from types import ModuleType

import cv2
import pytest

from srpoke import __main__ as command
from srpoke.arguments import Parser
from srpoke.recipe import TUNING_RATE, Recipe

ROOT = Path(__file__).parents[1]
FOLDERS = ["", "docs", "NN", "dataset"]
PAGES = [page for folder in FOLDERS for page in sorted((ROOT / folder).glob("*.md"))]
SCRIPTS = ["infer", "train", "evaluate", "extract_readme_images", "export"]
# programs that are not ours
OF_OTHERS = {"npm", "mkdir", "tar", "cp", "pip", "apt-get", "dpkg-deb"}
MADE = re.compile(r"NN/(mine|tuned|pixels|emoji|(best|art)_\w+)\.\w+")  # by the examples themselves


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def cells(line: str) -> list[str]:
    """The cells of a line of a table."""
    return [cell.strip() for cell in line.split("|")[1:-1]]


class Understood(Exception):
    """The arguments were parsed; what would come next is the work. Holds the parser."""


def stop_after_parsing(monkeypatch) -> None:
    """From here on a parser raises Understood in the end; given nothing, it parses nothing."""
    parse_args = Parser.parse_args

    def parse(self, args=None, namespace=None):
        if args:
            parse_args(self, args, namespace)
        raise Understood(self)

    monkeypatch.setattr(Parser, "parse_args", parse)


# options


def options_of(script: str, monkeypatch) -> dict[str, Action]:
    """What a script can be told, by name."""
    with monkeypatch.context() as patch, pytest.raises(Understood) as understood:
        stop_after_parsing(patch)
        importlib.import_module(script).main([])
    actions = understood.value.args[0]._actions
    named = {a.option_strings[-1]: a for a in actions if a.option_strings and a.help != SUPPRESS}
    return {name: action for name, action in named.items() if name != "--help"}


def table_of(script: str) -> dict[str, tuple[str, str]]:
    """The rows of a script's table in docs/options.md: default and meaning by option."""
    section = read("docs/options.md").split(f"\n## {script}.py\n")[1].split("\n## ")[0]
    rows = [cells(line) for line in section.splitlines() if line.startswith("| `--")]
    return {re.match(r"`(--\w+)`", first)[1]: (default, text) for first, default, text in rows}


def shown(default) -> str:
    """A default as a table shows it: nothing for what is off unless it is asked for."""
    if default is None or default is False or default in ("", []):
        return ""
    if isinstance(default, list):
        return " ".join(map(shown, default))
    if isinstance(default, PurePath):
        return default.as_posix()
    return f"{default:g}" if isinstance(default, float) else str(default)


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_option_tables_hold_what_the_parsers_hold(script, monkeypatch):
    options, table = options_of(script, monkeypatch), table_of(script)
    assert {name: default for name, (default, _) in table.items()} == {
        name: shown(action.default) for name, action in options.items()
    }
    unnamed = [
        (name, choice)
        for name, action in options.items()
        for choice in action.choices or []
        if f"`{choice}`" not in table[name][1] and choice != table[name][0]
    ]
    assert not unnamed


def test_the_layers_are_those_of_training():
    for option, values in (("--nn_filters", Recipe().filters), ("--nn_kernels", Recipe().kernels)):
        assert table_of("train")[option][1].endswith(f": {' '.join(map(str, values))}")


def test_the_learning_rates_are_those_of_training():
    text = f"{Recipe().learning_rate}; {TUNING_RATE} with `--fine_tune`"
    assert text in table_of("train")["--learning_rate"][1]


# commands


def commands(text: str) -> list[list[str]]:
    """The words of every command in the blocks of a page, its variables left out."""
    blocks = "\n".join(re.findall(r"```(?:bash|powershell)\n(.*?)```", text, re.DOTALL))
    lines = filter(None, (part.strip() for part in re.split(r"&&|;|\n", blocks)))
    words = [shlex.split(line.replace("\\", "/")) for line in lines]  # as Windows writes paths
    return [w[1:] if re.fullmatch(r"[A-Z_]+=\w+", w[0]) else w for w in words]


def script_of(words: list[str]) -> tuple[ModuleType, list[str]] | None:
    """The script of ours that a command calls, and its arguments; None where it calls none."""
    program, *rest = words
    if program == "srpoke":
        return importlib.import_module(command.COMMANDS[rest[0]][0]), rest[1:]
    if Path(program).name in OF_OTHERS:
        return None
    assert Path(program).name in ("python3", "python", "py"), words
    if rest[0] != "-m":
        return importlib.import_module(rest[0].removesuffix(".py")), rest[1:]
    if rest[1] in ("venv", "pytest"):
        return None
    return importlib.import_module(rest[1]), rest[2:]


def check(words: list[str], monkeypatch) -> bool:
    """Hand a command to its script's parser, which must not refuse it; False if it is not ours."""
    called = script_of(words)
    if called is None:
        return False
    script, arguments = called
    if hasattr(script, "parse"):
        script.parse(arguments)
        return True
    with monkeypatch.context() as patch, pytest.raises(Understood):
        stop_after_parsing(patch)
        script.main(arguments)
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_is_understood(page, monkeypatch):
    for words in commands(page.read_text(encoding="utf-8")):
        check(words, monkeypatch)


@pytest.mark.parametrize("folder", ["", "benchmarks", "dataset"])
def test_every_command_in_a_docstring_is_understood(folder, monkeypatch):
    files = [path.read_text(encoding="utf-8") for path in (ROOT / folder).glob("*.py")]
    docstrings = "\n".join(ast.get_docstring(ast.parse(text)) or "" for text in files)
    examples = "\n".join(re.findall("^    (.+)", docstrings, re.MULTILINE))
    called = [check(words, monkeypatch) for words in commands(f"```bash\n{examples}\n```")]
    assert any(called)


def test_commands_are_found_and_wrong_ones_refused(monkeypatch, capsys):
    page = "```bash\nA=b python3 infer.py best a.png --scale 4 && npm pack x\n```\n"
    page += "```powershell\npy -m venv .venv; .venv\\Scripts\\python -m benchmarks.speed\n```"
    found = commands(page)
    assert [check(words, monkeypatch) for words in found] == [True, False, False, True]
    assert sum(len(commands(page.read_text("utf-8"))) for page in PAGES) > 50
    for wrong in ["srpoke infer best a.png --loop 0", "python3 evaluate.py best", "python3 x.py"]:
        with pytest.raises((SystemExit, ImportError)):
            check(shlex.split(wrong), monkeypatch)


def test_the_original_commands_are_there_to_the_letter():
    text = read("docs/training.md")
    assert (
        "python3 train.py ./dataset/sugimori/ --nn_filters 64 64 64 --nn_kernels 7 5 3 1 "
        '--n_epochs=20 --label="_color" --patch_size=50'
    ) in text
    assert (
        'python3 extract_readme_images.py "./NN/NN_[(64, 7), (64, 5), (64, 3)]_1_color_E20.keras" '
        "./dataset/sugimori/363.png"
    ) in text


def test_the_second_command_of_the_readme_sets_up_and_tests():
    """Others run it: the first line that holds these words."""
    first = next(line for line in read("README.md").splitlines() if "bin/python -m pytest" in line)
    assert first.startswith("python3 -m venv .venv && .venv/bin/pip install -q -r requirements-dev")


def test_the_example_of_the_library_runs(sprite, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("sprite.png", sprite)
    (example,) = re.findall(r"```python\n(.*?)```", read("README.md"), re.DOTALL)
    exec(example, {})
    assert cv2.imread("large.png", cv2.IMREAD_UNCHANGED).shape == (96, 80, 4)


# files, numbers


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    lost = []
    for path, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(f"{path}#{anchor}")
    named = r"(?<![\w/.])(?:NN|dataset/creatures|dataset/drawing|srpoke|benchmarks|tests)/[\w./]*\w"
    names = [name for name in re.findall(named, text) if not MADE.fullmatch(name)]
    lost += [name for name in names if not (ROOT / name).exists()]
    assert not lost


def test_the_file_map_names_every_module():
    text = read("docs/files.md")
    folders = ["", "srpoke/", "benchmarks/", "dataset/"]
    files = [f"{f}{path.name}" for f in folders for path in (ROOT / f).glob("*.py")]
    assert not [n for n in files if f"`{n}`" not in text and not n.endswith("__init__.py")]


def test_the_table_of_the_readme_repeats_those_of_measuring():
    """Each of its numbers stands in a row of the same method in docs/measuring.md."""
    rows = {}
    for line in read("docs/measuring.md").splitlines():
        if line.startswith("|"):
            name, *numbers = cells(line)
            rows.setdefault(name.strip("*"), set()).update(numbers)
    section = read("README.md").split("\n## How good it is\n")[1].split("\n## ")[0]
    _, _, *table = [cells(line) for line in section.splitlines() if line.startswith("|")]
    assert len(table) > 5
    wrong = [(name, n) for name, *ns in table for n in ns if n and n not in rows[name.strip("*")]]
    assert not wrong
