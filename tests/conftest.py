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
        from srpoke.recipe import Recipe

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
