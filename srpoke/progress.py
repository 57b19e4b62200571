"""One line of progress at the foot of a terminal, and nothing anywhere else.

Loops are wrapped in `track`, one inside another: "image 3/20, tile 5/16, 2:10 left".
"""

import contextlib
import shutil
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
PAUSE = 0.1  # s between two drawings of the line


@dataclass(eq=False)
class Loop:
    """A loop that is running."""

    name: str
    total: int
    first: int  # how many were done before, by a run that this one goes on from
    done: int
    started: float


@dataclass
class Line:
    """What is on the terminal."""

    on: bool = False  # a library says nothing: the scripts switch it on
    width: int = 0  # of the text that is to be seen
    drawn: float = 0.0  # when


loops: list[Loop] = []  # from the outermost to the innermost
line = Line()


def switch_on() -> None:
    """Show progress from here on, where stderr is a terminal."""
    line.on = bool(sys.stderr) and sys.stderr.isatty()


def track(items: Collection[Item], name: str, first: int = 0) -> Iterator[Item]:
    """Yield the items, and show which one of how many it is, where there are several.

    `first` of them were yielded before, and are not among the items. A library that shows nothing
    keeps no list of loops, which threads would share.
    """
    if not line.on:
        yield from items
        return
    loop = Loop(name, first + len(items), first, first, time.monotonic())
    loops.append(loop)
    try:
        for loop.done, item in enumerate(items, first):  # noqa: B020
            del loops[loops.index(loop) + 1 :]  # that an error has left
            draw()
            yield item
    finally:
        if loop in loops:
            del loops[loops.index(loop) :]
        erase()


def describe() -> str:
    """Return the line: where each loop is, and the time left to the outermost one."""
    now = [f"{loop.name} {loop.done + 1}/{loop.total}" for loop in loops if loop.total > 1]
    if loops and loops[0].done > loops[0].first:
        outer = loops[0]
        each = (time.monotonic() - outer.started) / (outer.done - outer.first)
        minutes, seconds = divmod(round(each * (outer.total - outer.done)), 60)
        now.append(f"{minutes}:{seconds:02d} left")
    return ", ".join(now)


def draw() -> None:
    """Draw the line anew, unless that was done a moment ago."""
    if line.on and time.monotonic() - line.drawn >= PAUSE:
        text = describe()[: shutil.get_terminal_size().columns - 1]
        if text or line.width:
            write(f"\r{text.ljust(line.width)}")
            line.width, line.drawn = len(text), time.monotonic()


def erase() -> None:
    """Make room for what is printed next."""
    if line.width:
        write(f"\r{' ' * line.width}\r")
        line.width = 0


def write(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # a terminal that has gone
        sys.stderr.write(text)
        sys.stderr.flush()
