"""Train on several graphics cards, and on several machines with a process on each.

Keras does the work, on its JAX backend: all hold the same weights, and each learns from its share
of every batch. So the result is that of one process, whatever their number.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from srpoke.errors import UserError
from srpoke.network import import_keras


class Group(NamedTuple):
    """Processes that train together, and which of them this one is."""

    count: int = 1
    rank: int = 0  # the first one, 0, writes the files and speaks
    address: str | None = None  # host:port of the first; without it JAX asks Slurm

    def share(self, batch_size: int) -> range:
        """Return which patches of a batch are this one's."""
        size = batch_size // self.count
        return range(self.rank * size, (self.rank + 1) * size)


def usual(*names: str, otherwise: str) -> str:
    """Return the first of some environment variables that is set."""
    return next((os.environ[name] for name in names if os.environ.get(name)), otherwise)


def usual_address() -> str | None:
    """Return where torchrun, or who sets its variables, wants the first process to listen.

    A port above the given one where torchrun itself listens there.
    """
    host, port = os.environ.get("MASTER_ADDR"), os.environ.get("MASTER_PORT", "")
    if not host or not port.isdecimal():
        return None
    taken = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    return f"{host}:{int(port) + 1 if taken else port}"


def check_group(group: Group) -> None:
    """Raise UserError where a group cannot be, before Keras is imported."""
    if group.rank >= group.count:
        raise UserError(f"--rank {group.rank} is not below --processes {group.count}")
    if group.count == 1:
        return
    if os.environ.get("KERAS_BACKEND") != "jax":
        raise UserError(f"{group.count} processes train together on JAX alone: KERAS_BACKEND=jax")
    if group.address is None and "SLURM_STEP_NODELIST" not in os.environ:
        raise UserError(f"{group.count} processes need --address HOST:PORT of the first one")


def join(group: Group, batch_size: int) -> None:
    """Wait for the others; UserError where they do not come or cannot share a batch."""
    keras = import_keras()
    if group.count > 1:
        try:
            keras.distribution.initialize(group.address, group.count, group.rank)
        except (RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"the {group.count} processes do not find together: {reason}") from None
    if batch_size % (devices := device_count()):
        raise UserError(f"--batch_size {batch_size} cannot be shared by {devices} devices")


def device_count() -> int:
    """Return how many devices train together, in all processes; 1 on any backend but JAX."""
    keras = import_keras()
    if keras.backend.backend() != "jax":
        return 1
    return len(keras.distribution.list_devices())


def shared() -> AbstractContextManager:
    """Return a context in which a model is built, and trained, on all devices."""
    if device_count() == 1:
        return nullcontext()
    return import_keras().distribution.DataParallel(auto_shard_dataset=False).scope()


@contextmanager
def alone() -> Iterator[None]:
    """Inside `shared`, run a network of one's own: on this process's device, without the others."""
    keras = import_keras()
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


@contextmanager
def own_files(path: Path, group: Group, resume: bool) -> Iterator[Path]:
    """Yield where a process writes the network that is to be `path`: one alone may write there.

    What the others write is gone afterwards. To `resume` they need the first one's files too.
    """
    if group.rank == 0:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / path.name
        backup, table = (path.with_suffix(suffix) for suffix in (".backup", ".csv"))
        if resume and backup.exists():
            shutil.copytree(backup, own.with_suffix(backup.suffix))
        if resume and table.exists():
            shutil.copy(table, own.with_suffix(table.suffix))
        yield own
