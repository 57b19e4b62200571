"""What the scripts share: argument types that name the allowed range, and one-line errors."""

import argparse
import contextlib
import functools
import glob
import logging
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from srpoke import progress
from srpoke.errors import UserError
from srpoke.metadata import find_network

try:
    import cv2  # noqa: F401
except ImportError as error:  # a server without libGL, or packages that are not installed yet
    if sys.stderr:
        sys.stderr.write(
            f"error: OpenCV does not load ({error}). In the project's virtual environment run "
            "'pip install opencv-python numpy'; on a server without a screen (libGL, libgthread) "
            "replace it: 'pip uninstall opencv-python', 'pip install opencv-python-headless'\n"
        )
    raise SystemExit(2) from None

RENAMED = {  # options of older versions, which still work
    "--no_anchor": "--no_back_projection",
    "--kept_out": "--held_out",
    "--peers": "--baselines",
}
# control characters in the name of a file would break its line, or lead the terminal astray
VISIBLE = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160))}
READER_LEFT = 141  # exit code of a command whose reader (`| head`) has gone, as shells count it


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
quality = number(int, 1, high=100)
dial = number(float, -1, high=1)
enlarging = number(float, 1, inclusive=False)


def pixels(text: str) -> tuple[int, int]:
    """Argparse type of a size in pixels, width and height: 512x300."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a width and height such as 512x300")
    return int(width), int(height)


def part(text: str) -> tuple[int, int]:
    """Argparse type of a part of the work, the n-th of N: 3/16."""
    n, _, total = text.partition("/")
    digits = all(word.isascii() and word.isdecimal() and len(word) < 10 for word in (n, total))
    if not (digits and 1 <= int(n) <= int(total)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a part such as 3/16, of 1/16 to 16/16")
    return int(n), int(total)


def user_path(text: str) -> Path:
    """Argparse type of files and folders: "~" is the user's home, wherever it stands."""
    if not text:
        raise argparse.ArgumentTypeError("'' names no file or folder")
    return Path(os.path.expanduser(text))


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
            args = self._numbers_last(args)
        args = self.parse_intermixed_args(args, namespace)
        for action in self._actions:
            if action.type in (user_path, network_path, keras_path) and action.nargs in ("+", "*"):
                paths = vars(args).get(action.dest) or []
                setattr(args, action.dest, [each for path in paths for each in matching(path)])
        return args

    def _numbers_last(self, args: list[str]) -> list[str]:
        """Move options that take several numbers to the end: they would swallow the paths behind.

        A number that is none stays with its option, unless it stands last and may be a path.
        """
        numbers = [a for a in self._actions if a.nargs == "+" and a.type not in (user_path, None)]
        names = [name for a in numbers if not a.choices for name in a.option_strings]
        groups: list[list[str]] = [[]]  # each option with what stands behind it
        for arg in args:
            if arg.startswith("--"):
                groups.append([])
            groups[-1].append(arg)
        first, last = [], []
        for group in groups:
            count = 0
            if group and any(name.startswith(group[0]) for name in names):
                count = len(group)
                while count > 2 and not is_number(group[count - 1]):
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


def is_number(text: str) -> bool:
    with contextlib.suppress(ValueError):
        float(text)
        return True
    return False


def tell(text: str | Path) -> None:
    """Print a line. Telling does not decide doing: one that fails is left out.

    Only a reader that has gone (`| head`) raises BrokenPipeError, which ends the run quietly.
    """
    _write(sys.stdout, text)


def tell_lines(text: str) -> None:
    """Print several lines, such as a table."""
    for line in text.split("\n"):
        tell(line)


def complain(text: str) -> None:
    """Print a line to stderr, where there is one."""
    with contextlib.suppress(BrokenPipeError):
        _write(sys.stderr, text)


def _write(stream: TextIO | None, text: str | Path) -> None:
    if stream is None:  # closed, or under pythonw
        return
    progress.erase()
    try:
        stream.write(f"{str(text).translate(VISIBLE)}\n")
        stream.flush()
    except OSError as error:
        mute(stream)
        if isinstance(error, BrokenPipeError):
            raise


def mute(stream: TextIO) -> None:
    """Let a stream that cannot be written to lead nowhere, so that it says so only once."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
        stream.flush()


def reason(error: Exception) -> str:
    """Return what an error says in one line, a file's error with the file's name."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or "not enough memory"


# what a user or the surroundings can mend; everything else is a bug of ours, with a traceback
TROUBLE = (UserError, OSError, MemoryError)


def one_line_errors(main: Callable[[list[str] | None], int]) -> Callable[..., int]:
    """Make trouble end in one line on stderr and exit code 2, Ctrl-C and SIGTERM in 130."""

    @functools.wraps(main)
    def guarded(argv: list[str] | None = None) -> int:
        prepare_streams()
        came: list[int] = []
        try:
            with gentle_signals(came):
                return main(argv)
        except BrokenPipeError:
            return READER_LEFT
        except BaseException as error:
            if came or isinstance(error, KeyboardInterrupt):
                complain("interrupted")
                return 130
            if not isinstance(error, TROUBLE):
                raise
            complain(f"error: {reason(error)}")
            return 2
        finally:
            try:
                if sys.stdout:
                    sys.stdout.flush()
            except OSError:
                mute(sys.stdout)

    return guarded


def prepare_streams() -> None:
    """Let any name be told on any terminal, and send the package's warnings to stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logging.raiseExceptions = False  # a line that cannot be logged is left out
    logging.getLogger("srpoke").handlers = [LogLines(sys.stderr)]
    progress.switch_on()


class LogLines(logging.StreamHandler):
    """Logs lines that progress makes room for."""

    def emit(self, record: logging.LogRecord) -> None:
        progress.erase()
        super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(VISIBLE)


@contextlib.contextmanager
def gentle_signals(came: list[int]) -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does: with its files whole. Note what `came`.

    For modules in C that are being imported make another error of a KeyboardInterrupt.
    """

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        came.append(number)
        raise KeyboardInterrupt

    before = {}
    with contextlib.suppress(ValueError):  # not in the main thread
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, stop)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
            before[signal.SIGINT] = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
