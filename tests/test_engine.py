"""One pipeline on two engines: TensorFlow, and OpenCV where TensorFlow cannot be imported."""

import shutil

import cv2
import numpy as np
import pytest

from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.kernels import DRAWN_ANEW, SHRUNK, SPRITE_KERNEL, softness
from srpoke.metadata import read_metadata, write_metadata
from srpoke.pipeline import Settings, stages
from srpoke.tools import write_image

VARIANTS = ["default", "plain"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_engine_tells_the_geometry_from_the_metadata(network_file, variant):
    for path in (network_file(variant), network_file(variant).with_suffix(".tflite")):
        engine = load(path)
        assert engine.shrink == 6
        assert engine.planes == ((False, False) if variant == "plain" else (True, True))
        assert engine.factors == (1.5, 1.75, 2.0)
        assert engine.knows_own == (variant != "plain")
        assert engine.making == (softness(SPRITE_KERNEL), SHRUNK)
        assert engine.interpolation == "bicubic"


@pytest.mark.parametrize("variant", VARIANTS)
def test_export_gives_what_keras_gives(network_file, variant):
    path = network_file(variant)
    engines = load(path), load(path.with_suffix(".tflite"))
    channels = engines[0].planes.channels
    batch = np.random.default_rng(0).random((2, 20, 30, channels), np.float32)
    expected, output = (engine.run(batch) for engine in engines)
    assert output.shape == (2, 20 - engines[0].shrink, 30 - engines[0].shrink, 3)
    np.testing.assert_allclose(output, expected, atol=1e-5)
    cropped = batch[:, 3:-3, 3:-3, :3]
    assert np.abs(expected - cropped).max() > 0.1  # it does something


@pytest.mark.parametrize("variant", VARIANTS)
def test_engines_agree_after_the_pipeline_on_odd_sizes(network_file, sprite, variant):
    path, results = network_file(variant), []
    for ending in (".keras", ".tflite"):
        engine = load(path.with_suffix(ending))
        settings = Settings(tile=24, back_projection=False)
        *_, (_, sharp) = stages(engine, sprite[:23, :17], 1.5, 1, settings)
        results.append(sharp.astype(int))
    assert results[0].shape == (35, 26, 4)
    assert np.abs(results[0] - results[1]).max() <= 1
    raw = cv2.resize(sprite[:23, :17], (26, 35), interpolation=cv2.INTER_CUBIC)
    assert np.abs(results[0] - raw).max() > 20


def rewritten(exported, path, **changes):
    """A TFLite export with other metadata."""
    data, metadata = exported.read_bytes(), read_metadata(exported)
    path.write_bytes(data[: data.rindex(b"PK\3\4")])
    write_metadata(path, {**metadata, **changes})
    return path


def test_metadata_tells_what_an_unknown_picture_is_taken_for(exported, tmp_path):
    path = rewritten(exported, tmp_path / "x.tflite", making=[0.125, DRAWN_ANEW], knows_own=False)
    engine = load(path)
    assert engine.making == (0.125, DRAWN_ANEW) and not engine.knows_own


def test_what_a_network_is_told_changes_what_it_draws(exported, sprite):
    """Random weights, so any change of the planes shows."""
    engine = load(exported)
    results = [
        next(stages(engine, sprite, 2, 1, Settings(sharpness=value)))[1].astype(int)
        for value in (0, 1)
    ]
    assert np.abs(results[0] - results[1]).max() > 3


@pytest.mark.parametrize("ending", [".keras", ".tflite"])
def test_files_of_version_1_0_0_run(ending, tmp_path, sprite):
    """Their metadata says nothing of `told`, making or own work."""
    from srpoke.network import build_network, save_network, save_tflite

    network = {"filters": [4], "kernels": [3, 3], "plain": False, "phase": True}
    model = build_network([4], [3, 3], told=False)
    metadata = {"srpoke": "1.0.0", "network": {**network, "shrink": 4}, "interpolation": "bicubic"}
    path = tmp_path / f"x{ending}"
    save = save_network if ending == ".keras" else save_tflite
    save(model, path, {**metadata, "factors": [1.5, 2.0], "validation_files": []})
    engine = load(path)
    assert engine.planes.channels == model.input_shape[-1] == 6 and not engine.knows_own
    results = [
        list(stages(engine, sprite, 1.5, 2, Settings(sharpness=value)))[-1][1]
        for value in (0.0, 0.4)
    ]
    assert results[0].shape == (54, 45, 4)
    np.testing.assert_array_equal(*results)  # it cannot be told


RUN_EXPORT = """
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None  # importing them raises ImportError
import infer
sys.exit(infer.main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_export_needs_no_tensorflow(exported, network_file, sprite, python, tmp_path):
    write_image(tmp_path / "sprite.png", sprite)
    arguments = [tmp_path / "sprite.png", "--save_path", tmp_path / "out"]
    done = python(RUN_EXPORT, exported, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "sprite_f_2_loop_1.png").exists()
    blocked = python(RUN_EXPORT, network_file("default"), *arguments)
    assert blocked.returncode == 2
    assert len(blocked.stderr.splitlines()) == 1 and "TensorFlow" in blocked.stderr


@pytest.mark.parametrize("name", ["missing.keras", "folder.keras", "sprite.png"])
def test_what_is_no_network_file_is_refused(tmp_path, name):
    (tmp_path / "folder.keras").mkdir()
    (tmp_path / "sprite.png").touch()
    with pytest.raises(ValueError, match=name):
        load(tmp_path / name)


@pytest.mark.parametrize("damage", ["empty", "text", "head", "tail", "no metadata"])
def test_damaged_exports_are_refused_in_one_line(exported, network_file, tmp_path, damage):
    path, data = tmp_path / "x.tflite", exported.read_bytes()
    broken = {"empty": b"", "text": b"text", "head": data[: len(data) // 2], "tail": data[100:]}
    if damage == "no metadata":
        from srpoke.network import load_network, save_tflite

        save_tflite(load_network(network_file("default")), path, {})
        data = path.read_bytes()
        broken[damage] = data[: data.rindex(b"PK\3\4")]
    path.write_bytes(broken[damage])
    with pytest.raises(ValueError, match="x.tflite") as error:
        load(path)
    assert "\n" not in str(error.value)


def test_metadata_on_a_text_file_makes_no_network(tmp_path, exported):
    path = tmp_path / "x.tflite"
    path.write_bytes(b"no network at all" * 9)
    write_metadata(path, {"network": {"shrink": 6}})
    with pytest.raises(ValueError, match="x.tflite"):
        load(path)


def test_names_with_brackets_and_accents_load(exported, tmp_path):
    path = tmp_path / "NN_[(8, 3)] ピ%#.tflite"
    shutil.copy(exported, path)
    assert load(path).shrink == 6


def test_an_export_with_one_changed_byte_is_refused(exported, tmp_path):
    data = bytearray(exported.read_bytes())
    data[len(data) // 2] ^= 1  # far from the metadata, which is at the end
    path = tmp_path / "changed.tflite"
    path.write_bytes(data)
    assert read_metadata(path) == read_metadata(exported)
    with pytest.raises(UserError, match="checksum"):
        load(path)
