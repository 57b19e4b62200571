"""Libraries in C++ kept off the terminal."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Keep off the terminal what libraries in C++ print to stderr: our one line says enough."""
    try:
        stderr = os.dup(2)
    except OSError:  # closed, as under pythonw or `2>&-`: nothing can be printed
        yield
        return
    if sys.stderr:
        sys.stderr.flush()
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
