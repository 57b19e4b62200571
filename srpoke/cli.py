"""What the scripts share: argument types that name the allowed range, and one-line errors."""

import argparse
import functools
import math
import sys
from collections.abc import Callable
from typing import NoReturn


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


positive_int = number(int, 1)
natural = number(int, 0)
positive_float = number(float, 0, inclusive=False)
seed = number(int, 0, high=2**32 - 1)
dial = number(float, -1, high=1)
enlarging = number(float, 1, inclusive=False)


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the defaults, but not of options that are off by default."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        off = action.default is None or action.default is False
        return action.help if off else super()._get_help_string(action)


class Parser(argparse.ArgumentParser):
    """An argparse parser that shows defaults, and answers a mistake in one line, without usage."""

    def __init__(self, description: str):
        super().__init__(description=description, formatter_class=HelpFormatter)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}\n")


def one_line_errors(main: Callable[[list[str] | None], int]) -> Callable[..., int]:
    """Make a user's mistake end in one line on stderr and exit code 2, Ctrl-C in 130."""

    @functools.wraps(main)
    def guarded(argv: list[str] | None = None) -> int:
        try:
            return main(argv)
        except (ValueError, OSError) as error:
            sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
            return 2
        except KeyboardInterrupt:
            sys.stderr.write("interrupted\n")
            return 130

    return guarded
