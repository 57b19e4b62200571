"""What is the user's to mend, told apart from our own bugs: one line each, without a traceback."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

NO_ROOM = re.compile("ResourceExhausted|RESOURCE_EXHAUSTED|OutOfMemory")  # TensorFlow, JAX, torch


class UserError(ValueError):
    """A wrong argument, file or folder; the message names it and what is allowed."""


class BadImage(UserError):
    """A file that cannot be read as an image, or makes a result that is too large."""


@contextmanager
def room() -> Iterator[None]:
    """Raise MemoryError for what the backends of Keras raise where there is no room."""
    try:
        yield
    except Exception as error:
        if not NO_ROOM.search(f"{type(error).__name__} {error}"):
            raise
        raise MemoryError(
            "not enough memory: a smaller --batch_size, --patch_size or network needs less"
        ) from None
