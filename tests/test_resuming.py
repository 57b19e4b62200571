"""Runs that break off, and those that go on with them."""

import logging

import numpy as np
import pytest

from srpoke import progress
from srpoke.callbacks import fingerprint
from srpoke.metadata import read_metadata
from srpoke.recipe import Recipe
from srpoke.tools import Pair
from tests.runs import TRUE, rows, weights


class CtrlC(logging.Handler):
    """Interrupts when the line of epoch 2 is logged, that is before this epoch is backed up."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("epoch   2/"):
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def interrupt(fit):
    """A function: arguments of fit -> nothing; the run is interrupted in its second epoch."""
    log = logging.getLogger("srpoke")

    def run(path, **options) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log, "handlers", [CtrlC()])
            patch.setattr(log, "level", logging.INFO)
            log.manager._clear_cache()  # of the levels
            assert fit(path, **options) == "interrupted"
        log.manager._clear_cache()

    return run


@pytest.fixture(scope="module")
def resumed(fit, interrupt, tmp_path_factory):
    """The file of a run of three epochs that was interrupted in the second, and resumed."""
    path = tmp_path_factory.mktemp("resumed") / "network.keras"
    interrupt(path)
    assert len(rows(path)) == 1 and path.exists() and path.with_suffix(".tflite").exists()
    with pytest.raises(ValueError, match="started with seed 0: .*--resume.*--overwrite"):
        fit(path, resume=True, seed=7)
    assert fit(path, resume=True) == "done"
    return path


def test_resumed_run_ends_like_an_uninterrupted_one(trained, resumed):
    expected, history = rows(trained), rows(resumed)
    assert [row["epoch"] for row in history] == [row["epoch"] for row in expected]
    assert [row["epoch"] for row in read_metadata(resumed)["history"]] == [1, 2, 3]
    for column in ("loss", "val_psnr"):
        values = [row[column] for row in history]
        np.testing.assert_allclose(values, [row[column] for row in expected], rtol=1e-6)
    for first, second in zip(weights(trained), weights(resumed), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_names_that_are_no_unicode_tell_folders_apart():
    image = np.zeros((2, 2, 3), np.uint8)
    assert fingerprint([("\udcff.png", image)]) != fingerprint([("\udcfe.png", image)])


def test_fine_tuning_can_be_resumed(quick, fit, interrupt, trained, tmp_path):
    whole, halved = tmp_path / "whole.keras", tmp_path / "halved.keras"
    assert fit(whole, start=trained, epochs=2) == "done"
    interrupt(halved, start=trained, epochs=2)
    with pytest.raises(ValueError, match="started with fine_tune network.keras: "):
        fit(halved, resume=True, epochs=2)
    assert fit(halved, start=trained, resume=True, epochs=2) == "done"
    for first, second in zip(weights(whole), weights(halved), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
    assert read_metadata(halved)["fine_tuned_from"] == trained.name


@pytest.mark.parametrize("other", ["images", "drawings", "targets"])
def test_resuming_with_other_pictures_is_refused(training, sprites, tmp_path, monkeypatch, other):
    """Another folder name, or another order, is the same run; one other pixel is not."""
    path = tmp_path / "network.keras"
    recipe = Recipe([4], [3, 3])
    flat = np.full((2, 9, 9, 3), 7, np.uint8)
    given = {
        "images": dict(sprites),
        "drawings": {"art/1.png": flat[0], "art/2.png": flat[1]},
        "targets": {"1.png": [Pair(flat[0], flat[1], TRUE)]},
    }

    def start(resume=True, **changes):
        training.train(recipe=recipe, path=path, resume=resume, **(given | changes))

    def stop(first):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "Progress", stop)  # all before it is what is tested
    for resume in (False, True):
        with pytest.raises(KeyboardInterrupt):
            start(resume)
    with pytest.raises(KeyboardInterrupt):
        start(drawings={"more/2.png": flat[1], "more/1.png": flat[0]})
    changed = flat[0].copy()
    changed[3, 3] += 1
    changes = {
        "images": sprites | {"1.png": changed},
        "drawings": {"art/1.png": changed, "art/2.png": flat[1]},
        "targets": {"1.png": [Pair(flat[0], changed, TRUE)]},
    }
    with pytest.raises(ValueError, match=f"started with other {other}: "):
        start(**{other: changes[other]})


def test_full_disk_ends_a_run_that_can_be_resumed(fit, trained, tmp_path, monkeypatch):
    path, save, saved = tmp_path / "network.keras", np.savez, []

    def disk_full(file, **arrays):
        saved.append(save(file, **arrays))
        if len(saved) == 2:
            file.write_bytes(file.read_bytes()[:100])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", disk_full)
    with pytest.raises(OSError, match="No space left"):
        fit(path)
    monkeypatch.undo()
    assert fit(path, resume=True) == "done"
    for first, second in zip(weights(trained), weights(path), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
    assert [row["epoch"] for row in rows(path)] == [0, 1, 2]


def test_resume_needs_an_interrupted_run(fit, tmp_path):
    with pytest.raises(ValueError, match="network.backup"):
        fit(tmp_path / "network.keras", resume=True)


def test_a_share_is_kept_once_where_the_disk_was_full(
    quick, fit, training, trained, tmp_path, monkeypatch
):
    def full(*arguments) -> None:
        raise OSError(28, "No space left on device")

    whole, broken = tmp_path / "whole.keras", tmp_path / "broken.keras"
    settings = {"start": trained, "epochs": 2, "keep": 0.25}
    fit(whole, **settings)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(training, "save_tflite", full)
        fit(broken, **settings)
    assert fit(broken, **settings, resume=True) == "done"
    for first, second in zip(*map(weights, (whole, broken)), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-7)


def test_progress_tells_epoch_and_step_of_a_resumed_run(monkeypatch):
    from srpoke.callbacks import Progress

    monkeypatch.setattr(progress, "line", progress.Line(on=True))
    shown = Progress(first=2)
    shown.set_params({"epochs": 4, "steps": 2})
    shown.on_train_begin()
    lines = []
    for epoch in (2, 3):
        shown.on_epoch_begin(epoch)
        for step in (0, 1):
            shown.on_train_batch_begin(step)
            lines.append(progress.describe().removesuffix(", 0:00 left"))
        shown.on_epoch_end(epoch)
    shown.on_train_end()
    expected = ["epoch 3/4, step 1/2", "epoch 3/4, step 2/2"]
    assert lines == [*expected, *(line.replace("3/", "4/") for line in expected)]
    assert progress.describe() == ""
