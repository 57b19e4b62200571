"""Arguments of the scripts: types that name what is allowed, a parser that answers in one line."""

import argparse
import contextlib
import glob
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from srpoke.errors import UserError
from srpoke.files import check_writable
from srpoke.metadata import find_network

RENAMED = {  # options of older versions, which still work
    "--no_anchor": "--no_back_projection",
    "--kept_out": "--held_out",
    "--peers": "--baselines",
}
SHARPNESS = {"soft": -0.4, "normal": 0.0, "crisp": 0.4}


def number(
    kind: type, low: float, inclusive: bool = True, high: float = math.inf
) -> Callable[[str], float]:
    """Return an argparse type: a finite int or float, at least (or above) `low`, at most `high`."""

    def parse(text: str) -> float:
        bound = f"{'at least' if inclusive else 'above'} {low:g}"
        if high < math.inf:
            bound += f" and at most {high}"
        noun = "an integer" if kind is int else "a finite number"
        try:
            value = kind(text)
            allowed = math.isfinite(value) and value <= high
            allowed = allowed and (value >= low if inclusive else value > low)
        except (ValueError, OverflowError):  # the latter from an integer beyond any float
            allowed = False
        if not allowed:
            raise argparse.ArgumentTypeError(f"{text!r} is not {noun} {bound}")
        return value

    return parse


positive_int = number(int, 1, high=2**31 - 1)  # as in C
side = number(int, 1, high=4096)  # px of a patch, filters of a layer
natural = number(int, 0)
positive_float = number(float, 0, inclusive=False)
seed = number(int, 0, high=2**32 - 1)
quality = number(int, 1, high=100)
dial = number(float, -1, high=1)
share = number(float, 0, high=1)
enlarging = number(float, 1, inclusive=False, high=100)


def sharpness(text: str) -> float:
    """Argparse type of a shift of what networks are told: a number or a word."""
    if text in SHARPNESS:
        return SHARPNESS[text]
    try:
        return dial(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, or one of {', '.join(SHARPNESS)}") from None


def are_digits(*words: str) -> bool:
    """Whether words are whole numbers, of less than ten digits."""
    return all(word.isascii() and word.isdecimal() and len(word) < 10 for word in words)


def pixels(text: str) -> tuple[int, int]:
    """Argparse type of a size in pixels, width and height: 512x300."""
    width, _, height = text.lower().partition("x")
    if not (are_digits(width, height) and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a width and height such as 512x300")
    return int(width), int(height)


def part(text: str) -> tuple[int, int]:
    """Argparse type of a part of the work, the n-th of N: 3/16."""
    n, _, total = text.partition("/")
    if not (are_digits(n, total) and 1 <= int(n) <= int(total)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a part such as 3/16, of 1/16 to 16/16")
    return int(n), int(total)


def user_path(text: str) -> Path:
    """Argparse type of files and folders: "~" is the user's home, wherever it stands."""
    if not text:
        raise argparse.ArgumentTypeError("'' names no file or folder")
    return Path(os.path.expanduser(text))


def new_file(text: str) -> Path:
    """Argparse type of a file to write: what cannot be would be known only after the work."""
    path = user_path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder; the name of a file is needed")
    try:
        check_writable(path.parent)
    except UserError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return path


def network_path(text: str) -> Path:
    """Argparse type of networks: a path, or the bare name of a shipped one."""
    return find_network(user_path(text))


def keras_path(text: str) -> Path:
    """Argparse type of networks for Keras: a path, or the bare name of a shipped one."""
    return find_network(user_path(text), ".keras")


NETWORK_HELP = "best, art, default, or a .keras or .tflite file"


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the defaults as they would be typed, but not of options that are off by default."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        default = action.default
        if default is None or default is False or default in ("", []):
            return action.help
        if isinstance(default, list):
            return f"{action.help} (default: {' '.join(map(str, default))})"
        return super()._get_help_string(action)


class Parser(argparse.ArgumentParser):
    """An argparse parser that shows defaults, and answers a mistake in one line, without usage.

    `description` is a script's docstring, of which the first line is shown; None under -OO.
    Paths may stand anywhere among the options, and hyphens for the underscores in an option's
    name. Patterns such as "*.png", which a shell of Windows leaves as they are, become the files
    that they match.
    """

    def __init__(self, description: str | None):
        first = (description or "").partition("\n")[0]
        super().__init__(description=first, formatter_class=HelpFormatter)

    def parse_args(self, args=None, namespace=None) -> argparse.Namespace:
        args = sys.argv[1:] if args is None else args
        end = args.index("--") if "--" in args else len(args)
        args = [*map(as_named_now, args[:end]), *args[end:]]
        if "--" not in args:
            args = self._several_last(args)
        args = self.parse_intermixed_args(args, namespace)
        for action in self._actions:
            if action.type in (user_path, network_path, keras_path) and action.nargs in ("+", "*"):
                paths = vars(args).get(action.dest) or []
                setattr(args, action.dest, [each for path in paths for each in matching(path)])
        return args

    def _several_last(self, args: list[str]) -> list[str]:
        """Move options that take several values last: they would swallow paths behind them.

        A value that does not fit stays with its option, unless it stands last and may be a path.
        """
        fitting = {
            name: word_test(action)
            for action in self._actions
            if action.nargs == "+"
            for name in action.option_strings
        }
        groups: list[list[str]] = [[]]  # each option with what stands behind it
        for arg in args:
            if arg.startswith("--"):
                groups.append([])
            groups[-1].append(arg)
        first, last = [], []
        for group in groups:
            count = 0
            named = (fitting[name] for name in fitting if group and name.startswith(group[0]))
            if fits := next(named, None):
                count = len(group)
                while count > 2 and not fits(group[count - 1]):
                    count -= 1
            last += group[:count]
            first += group[count:]
        return first + last

    def error(self, message: str) -> NoReturn:
        if "required: " in message and "--" not in message:  # show where it belongs
            named = [f"{a.metavar}{' ...' * bool(a.nargs)}" for a in self._get_positional_actions()]
            message += f", in: {' '.join([self.prog, *named])}"
        self.exit(2, f"error: {message}\n")


def as_named_now(arg: str) -> str:
    """Spell an option as we do, --save-path=a-b is --save_path=a-b, and give it its new name."""
    if not arg.startswith("--"):
        return arg
    name, equals, value = arg.partition("=")
    name = f"--{name[2:].replace('-', '_')}"
    return f"{RENAMED.get(name, name)}{equals}{value}"


def matching(path: Path) -> list[Path]:
    """Return the files that a pattern matches; what is no pattern, or matches none, as it is."""
    if path.exists():  # brackets may be a part of a name
        return [path]
    return [Path(name) for name in sorted(glob.glob(str(path), recursive=True))] or [path]


def word_test(action: argparse.Action) -> Callable[[str], bool]:
    """Return what says whether a word may be a value of an option that takes several."""
    if action.choices:
        return action.choices.__contains__
    return (lambda word: True) if action.type in (user_path, None) else is_number


def is_number(text: str) -> bool:
    with contextlib.suppress(ValueError):
        float(text)
        return True
    return False
