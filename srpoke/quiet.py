"""Libraries in C++ kept off the terminal."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

ONE_AT_A_TIME = threading.RLock()  # else threads take each other's silence for the terminal


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Keep off the terminal what libraries in C++ print to stderr: our one line says enough."""
    with ONE_AT_A_TIME:
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
