"""Shared fixtures: tiny networks as files, a sprite, scripts called as from a shell."""

import functools
import logging
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from srpoke.recipe import Recipe

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

REPOSITORY = Path(__file__).parents[1]
VARIANTS = {"default": {}, "plain": {"plain": True, "phase": False, "told": False}}


@pytest.fixture(scope="session")
def network_file(tmp_path_factory):
    """A function: name of a variant -> its .keras file, with random weights that do something.

    The TFLite export lies beside it. Made once a session; imports TensorFlow.
    """
    folder = tmp_path_factory.mktemp("networks")

    @functools.cache
    def make(variant: str) -> Path:
        from srpoke.network import build_network, import_keras, save_network, save_tflite
        from srpoke.provenance import make_metadata

        import_keras().utils.set_random_seed(1)
        recipe = Recipe(filters=[8, 8, 8], kernels=[3, 3, 3, 1], **VARIANTS[variant])
        model = build_network(**recipe.network)
        kernel, bias = model.get_layer("rebuild").get_weights()
        model.get_layer("rebuild").set_weights([kernel * 100, bias])
        held_out = {"held_out.png": np.zeros((1, 1, 3), np.float32)}
        metadata = make_metadata(recipe, ["a.png", "b.png", "c.png"], held_out=held_out)
        path = folder / f"{variant}.keras"
        save_network(model, path, metadata)
        save_tflite(model, path.with_suffix(".tflite"), metadata)
        return path

    return make


@pytest.fixture(scope="session")
def exported(network_file) -> Path:
    """A network file that needs no TensorFlow."""
    return network_file("default").with_suffix(".tflite")


@pytest.fixture
def sprite() -> np.ndarray:
    """A textured ellipse, (24, 20, 4) BGRA uint8, with a soft edge and black under alpha 0."""
    large = np.zeros((96, 80), np.uint8)
    cv2.ellipse(large, (40, 48), (30, 36), 0, 0, 360, 255, -1)
    alpha = cv2.resize(large, (20, 24), interpolation=cv2.INTER_AREA)
    colour = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
    return np.dstack([colour * (alpha > 0)[..., None], alpha])


@pytest.fixture(scope="session")
def sprites() -> dict[str, np.ndarray]:
    """Four soft opaque pictures by file name, to train on; one of them is held out."""
    rng = np.random.default_rng(3)
    small = [rng.integers(0, 256, (8, 7, 4), dtype=np.uint8) | (0, 0, 0, 255) for _ in range(4)]
    large = [cv2.resize(image.astype(np.uint8), (28, 32)) for image in small]
    return {f"{n}.png": image for n, image in enumerate(large)}


@pytest.fixture
def no_tensorflow(monkeypatch):
    """Importing TensorFlow or Keras fails from here on, as where they are not installed."""
    for name in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "srpoke.training", raising=False)


@pytest.fixture
def answer(capsys, monkeypatch):
    """A function: script's main, arguments -> exit code, lines on stdout, lines on stderr."""
    monkeypatch.setattr(logging.getLogger("srpoke"), "handlers", [])

    def call(main, *argv) -> tuple[int, list[str], list[str]]:
        capsys.readouterr()
        try:
            code = main([str(arg) for arg in argv])
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return call


@pytest.fixture
def repository() -> Path:
    return REPOSITORY


@pytest.fixture
def python(tmp_path):
    """A function: code, arguments -> a finished fresh interpreter, run in an empty folder.

    It finds what lies in the repository.
    """
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def run(code: str, *argv) -> subprocess.CompletedProcess:
        command = [sys.executable, "-c", code, *map(str, argv)]
        variables = os.environ | {"PYTHONPATH": str(REPOSITORY)}
        streams = {"capture_output": True, "text": True}
        return subprocess.run(command, cwd=folder, env=variables, timeout=300, **streams)

    return run


@pytest.fixture(scope="module")
def training():
    from srpoke import training

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "OWN_IMAGES", 3)
        patch.setattr(training, "TAUGHT_PARTS", 2)
        yield training


@pytest.fixture(scope="module")
def fit(training, sprites):
    """A function: path, changes to a tiny recipe -> the state that training ends in."""
    tiny = {"filters": [8], "kernels": [3, 3], "factors": [1.5, 2.0], "patch_size": 16}
    tiny |= {"batch_size": 6, "k_patch": 4, "epochs": 3, "learning_rate": 1e-2, "own_share": 0.3}
    further = {"start", "resume", "drawings", "targets", "folders"}

    def run(path, **changes) -> str:
        options = {name: changes.pop(name) for name in further & set(changes)}
        return training.train(sprites, Recipe(**tiny | changes), path, **options)

    return run


@pytest.fixture
def quick(training, monkeypatch):
    """Steps run without being compiled and nothing is exported, where a test asks for neither."""
    compile_model = training.compile_model

    def compile_no_step(model, *arguments) -> None:
        compile_model(model, *arguments)
        model.run_eagerly = True

    monkeypatch.setattr(training, "compile_model", compile_no_step)
    monkeypatch.setattr(training, "save_tflite", lambda *arguments: None)


@pytest.fixture(scope="module")
def trained(fit, tmp_path_factory):
    """The file of an uninterrupted run of three epochs."""
    path = tmp_path_factory.mktemp("trained") / "network.keras"
    assert fit(path) == "done"
    return path
