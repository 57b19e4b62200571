"""Around each epoch: progress, the table of scores, and what a resumed run goes on from."""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from srpoke.errors import UserError
from srpoke.files import replacing
from srpoke.metadata import STATE
from srpoke.network import import_keras
from srpoke.progress import track

keras = import_keras()


class Progress(keras.callbacks.Callback):
    """Shows which step of which epoch is made."""

    def __init__(self, first: int):
        super().__init__()
        self.first = first

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.epochs = track(range(self.first, self.params["epochs"]), "epoch", self.first)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        next(self.epochs)
        self.steps = track(range(self.params["steps"]), "step")

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        next(self.steps)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.steps.close()

    def on_train_end(self, logs: dict | None = None) -> None:
        self.epochs.close()


class Backup(keras.callbacks.Callback):
    """After each epoch writes the table and what `resume` needs, each whole or not at all.

    Keras' own backup writes HDF5 in place, which a full disk tears, and with it the process.
    """

    def __init__(self, folder: Path, table: Path, history: list[dict]):
        super().__init__()
        self.file, self.table = folder / STATE, table
        self.rows = [{**row, "epoch": row["epoch"] - 1} for row in history]  # as Keras counts

    def restore(self, model) -> None:
        """Give a compiled model the weights and the optimizer's state of the last backup."""
        model.optimizer.build(model.trainable_variables)
        with np.load(self.file) as saved:
            for n, variable in enumerate([*model.variables, *model.optimizer.variables]):
                variable.assign(saved[f"{n}"])

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        self.rows.append({"epoch": epoch, **{key: float(logs[key]) for key in sorted(logs)}})
        with replacing(self.table) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.rows[0], restval="nan")
            writer.writeheader()
            writer.writerows(self.rows)
        variables = [*self.model.variables, *self.model.optimizer.variables]
        arrays = {f"{n}": keras.ops.convert_to_numpy(v) for n, v in enumerate(variables)}
        with replacing(self.file) as temporary:
            np.savez(temporary, epoch=epoch + 1, **arrays)


def fingerprint(images: Iterable[tuple[str, np.ndarray]]) -> str:
    """Return what tells named images, in whatever folders and order, from any others."""
    each = [
        f"{Path(name).name} {image.shape} {hashlib.sha256(image.tobytes()).hexdigest()}"
        for name, image in images
    ]
    return hashlib.sha256(os.fsencode("\n".join(sorted(each)))).hexdigest()


def open_backup(folder: Path, table: Path, run: dict, resume: bool) -> tuple[int, list[dict]]:
    """Prepare the folder that an interrupted run goes on from; return the epochs behind it.

    That is how many they are, and the row of each. `run` is all that makes it the run it is.
    """
    settings = folder / "recipe.json"
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
        with replacing(settings) as temporary:
            temporary.write_text(json.dumps(run))
        return 0, []
    if not settings.exists():
        raise UserError(f"{folder} does not exist: there is no interrupted run to resume")
    before = json.loads(settings.read_text())
    if other := [key for key in run if before.get(key) != run[key]]:
        pictures = {"images", "drawings", "targets"}
        told = [f"other {key}" if key in pictures else f"{key} {before.get(key)}" for key in other]
        raise UserError(
            f"{folder} was started with {', '.join(told)}: with these again, --resume goes on; "
            "--overwrite starts anew"
        )
    if not (folder / STATE).exists():
        return 0, []
    if not table.exists():
        raise UserError(f"{table} does not exist: without its table a run cannot be resumed")
    with np.load(folder / STATE) as saved:
        first = int(saved["epoch"])
    with table.open(newline="") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    return first, [{**row, "epoch": int(row["epoch"]) + 1} for row in rows[:first]]
