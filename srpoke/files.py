"""Files are written whole or not at all, and a killed run leaves none behind for good."""

import contextlib
import functools
import os
import platform
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from srpoke.errors import UserError

STALE = 3600  # s: age of a file that a killed run left, where processes cannot be asked


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name in the folder of `path` to write to; rename it when all went well.

    So a file is written whole or not at all, and an existing one is never lost to a failed run.
    The temporary name keeps the ending, by which Keras and OpenCV choose the format. An OSError
    names `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_stale(path.parent)
    temporary = path.with_name(f"{temporary_prefix()}{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(folder: Path) -> None:
    """Raise UserError unless a folder, or the nearest above it that exists, can be written to."""
    place = folder
    while not place.exists() and place != place.parent:  # a drive that is not there
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise UserError(f"{folder} cannot be made or written to, because of {place}")


def temporary_prefix() -> str:
    """What temporary names of this computer begin with: process numbers mean nothing elsewhere."""
    return f".srpoke-{zlib.crc32(platform.node().encode()):08x}-"


@functools.cache  # once for each folder and process
def remove_stale(folder: Path) -> None:
    """Remove what a killed run left behind, but nothing of a run that still goes on."""
    prefix = temporary_prefix()
    for path in folder.glob(f"{prefix}*"):
        with contextlib.suppress(OSError, ValueError):
            if not is_running(int(path.stem.removeprefix(prefix)), path):
                path.unlink()


def is_running(process: int, path: Path) -> bool:
    """Whether the process that writes `path` may still be at it."""
    if os.name == "nt":  # there, os.kill would end it
        return time.time() - path.stat().st_mtime < STALE
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
