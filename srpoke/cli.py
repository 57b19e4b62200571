"""What the scripts share: lines on the terminal, and trouble that ends in one of them."""

import contextlib
import functools
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from srpoke import progress
from srpoke.errors import UserError

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

# control characters in the name of a file would break its line, or lead the terminal astray
VISIBLE = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160))}
READER_LEFT = 141  # exit code of a command whose reader (`| head`) has gone, as shells count it


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


def skipped(source: Path, error: Exception) -> str:
    """Say that a file is left out and why, naming it once."""
    why = reason(error)
    return f"skipped: {why}" if str(source) in why else f"skipped {source}: {why}"


# what a user or the surroundings can mend; everything else is a bug of ours, with a traceback
TROUBLE = (UserError, OSError, MemoryError)


def exit_code(failed: int, total: int) -> int:
    """Return 0 where all went well, 1 where some did, 2 where none."""
    return 0 if not failed else 2 if failed == total else 1


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
