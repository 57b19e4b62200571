"""The line at the foot of a terminal: what it says, and that nothing else ever sees it."""

import io
from types import SimpleNamespace

import pytest

from srpoke import cli, progress
from srpoke.progress import track


class Terminal(io.StringIO):
    """Counts as a terminal; `seen` is its lowest line."""

    def isatty(self) -> bool:
        return True

    @property
    def seen(self) -> str:
        cells: list[str] = []
        at = 0
        for character in self.getvalue().rpartition("\n")[2]:
            if character == "\r":
                at = 0
            else:
                cells[at : at + 1] = character
                at += 1
        return "".join(cells).rstrip()


@pytest.fixture
def stderr(monkeypatch):
    """A function: a stream -> it is stderr, and no line is drawn yet."""

    def install(stream: io.StringIO) -> io.StringIO:
        for module in (progress, cli):  # pytest has plans of its own for sys.stderr
            monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=stream))
        monkeypatch.setattr(progress, "line", progress.Line())
        return stream

    return install


@pytest.fixture
def terminal(stderr, monkeypatch):
    """stderr is a terminal, and the clock goes on by ten seconds at each look."""
    clock = iter(range(10, 10**6, 10))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    stream = stderr(Terminal())
    progress.switch_on()
    return stream


def test_loops_stand_one_behind_the_other_and_leave_nothing(terminal):
    seen = []
    for _ in track("ab", "image"):
        seen += [terminal.seen for _ in track("xyz", "tile")]
        assert terminal.seen == ""
    assert seen[:3] == ["image 1/2, tile 1/3", "image 1/2, tile 2/3", "image 1/2, tile 3/3"]
    assert seen[3].startswith("image 2/2, tile 1/3, ") and seen[3].endswith(" left")
    assert terminal.seen == "" and not progress.loops


def test_time_left_is_what_the_outer_loop_has_needed_so_far(terminal, monkeypatch):
    now = [0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    lefts = []
    for _ in track(range(2, 12), "epoch", 2):  # two were done before
        lefts.append(progress.describe())
        now[0] += 70
    assert lefts[:2] == ["epoch 3/12", "epoch 4/12, 10:30 left"]
    assert lefts[-1] == "epoch 12/12, 1:10 left"


def test_a_loop_of_one_is_not_told(terminal):
    assert [terminal.seen for _ in track("a", "image")] == [""]
    assert terminal.getvalue() == ""


def test_what_is_printed_has_a_line_of_its_own(terminal):
    for _ in track("ab", "image"):
        cli.complain("skipped")
    lines = terminal.getvalue().split("\n")[:2]
    assert [line.rpartition("\r")[2] for line in lines] == ["skipped"] * 2
    assert all("image" in line for line in lines)


def test_an_error_inside_leaves_no_loop_behind(terminal):
    held = []
    for _ in track("ab", "image"):
        tiles = track("xyz", "tile")
        next(tiles)
        held.append(tiles)  # as a traceback holds it
        assert "image" in terminal.seen
    assert not progress.loops
    for tiles in held:
        tiles.close()


def test_a_narrow_terminal_is_never_wrapped(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "12")
    assert {terminal.seen for _ in track("abc", "a long name")} == {"a long name"}


@pytest.mark.parametrize("switched_on", [True, False])
def test_silent_where_stderr_is_no_terminal_or_nobody_asked(stderr, switched_on):
    stream = stderr(io.StringIO() if switched_on else Terminal())
    if switched_on:
        progress.switch_on()
    assert list(track("abc", "image")) == ["a", "b", "c"]
    assert stream.getvalue() == ""
