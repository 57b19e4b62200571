"""One pipeline on two engines: TensorFlow, and OpenCV where TensorFlow cannot be imported."""

import shutil
import zipfile

import cv2
import numpy as np
import pytest

import infer
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.images import write_image
from srpoke.kernels import DRAWN_ANEW, SHRUNK, SPRITE_KERNEL, softness
from srpoke.metadata import MEMBER, read_metadata, write_metadata
from srpoke.pipeline import upscale

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
        results.append(upscale(engine, sprite[:23, :17], 1.5, 1, settings).astype(int))
    assert results[0].shape == (35, 26, 4)
    assert np.abs(results[0] - results[1]).max() <= 1
    raw = cv2.resize(sprite[:23, :17], (26, 35), interpolation=cv2.INTER_CUBIC)
    assert np.abs(results[0] - raw).max() > 20


def rewritten(exported, path, metadata: dict):
    """A TFLite export with other metadata."""
    data = exported.read_bytes()
    path.write_bytes(data[: data.rindex(b"PK\3\4")])
    write_metadata(path, metadata)
    return path


def test_metadata_tells_what_an_unknown_picture_is_taken_for(exported, tmp_path):
    changes = {"making": [0.125, DRAWN_ANEW], "knows_own": False, "knows_jpeg": True}
    engine = load(rewritten(exported, tmp_path / "x.tflite", read_metadata(exported) | changes))
    assert engine.making == (0.125, DRAWN_ANEW)
    assert engine.knows_jpeg and not engine.knows_own
    older = {k: v for k, v in read_metadata(exported).items() if k != "knows_jpeg"}
    assert not load(rewritten(exported, tmp_path / "x.tflite", older)).knows_jpeg


def test_what_a_network_is_told_changes_what_it_draws(exported, sprite):
    """Random weights, so any change of the planes shows."""
    engine = load(exported)
    plain, sharp = (upscale(engine, sprite, 2, 1, Settings(sharpness=n)) for n in (0, 1))
    assert np.abs(plain.astype(int) - sharp).max() > 3


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
    results = [upscale(engine, sprite, 1.5, 2, Settings(sharpness=n)) for n in (0.0, 0.4)]
    assert results[0].shape == (54, 45, 4)
    np.testing.assert_array_equal(*results)  # it cannot be told


def test_export_needs_no_tensorflow(
    exported, network_file, sprite, answer, tmp_path, no_tensorflow
):
    write_image(tmp_path / "sprite.png", sprite)
    arguments = tmp_path / "sprite.png", "-o", tmp_path / "large.png"
    assert answer(infer.main, exported, *arguments)[::2] == (0, [])
    code, _, (line,) = answer(infer.main, network_file("default"), *arguments)
    assert code == 2 and "TensorFlow does not load" in line


@pytest.mark.parametrize("damage", ["empty", "text", "head", "tail", "no metadata"])
def test_damaged_exports_are_refused_in_one_line(exported, tmp_path, damage):
    path, data = tmp_path / "x.tflite", exported.read_bytes()
    broken = {"empty": b"", "text": b"text", "head": data[: len(data) // 2], "tail": data[100:]}
    broken["no metadata"] = data[: data.rindex(b"PK\3\4")]
    path.write_bytes(broken[damage])
    with pytest.raises(UserError, match="x.tflite") as error:
        load(path)
    assert "\n" not in str(error.value)


def test_names_with_brackets_and_accents_load(exported, tmp_path):
    path = tmp_path / "NN_[(8, 3)] ピ%#.tflite"
    shutil.copy(exported, path)
    assert load(path).shrink == 6


def test_any_changed_byte_of_an_export_is_noticed(exported, tmp_path):
    data, path = exported.read_bytes(), tmp_path / "x.tflite"
    for place in np.random.default_rng(0).integers(0, len(data), 40):
        changed = bytearray(data)
        changed[place] ^= 1 << 3
        path.write_bytes(changed)
        try:
            load(path)
        except UserError as error:
            assert "x.tflite" in str(error) and "\n" not in str(error)
        else:  # a byte of the zip that says nothing, such as a date
            assert place > data.rindex(b"PK\3\4")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda metadata: metadata.pop("factors"), "lacks 'factors'"),
        (lambda metadata: metadata["network"].pop("phase"), "lacks 'phase'"),
        (lambda metadata: metadata["network"].update(shrink="6"), "damaged"),
        (lambda metadata: metadata.update(interpolation="cubic"), "damaged"),
    ],
)
def test_metadata_that_lacks_something_is_named(exported, tmp_path, change, words):
    metadata = read_metadata(exported)
    change(metadata)
    path = rewritten(exported, tmp_path / "x.tflite", metadata)
    with pytest.raises(UserError, match=f"x.tflite.*{words}"):
        load(path)


def test_metadata_of_broken_json_is_named(tmp_path):
    for n, text in enumerate(["{", "[]", "\xff", "5"]):
        path = tmp_path / f"{n}.tflite"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(MEMBER, text)
        with pytest.raises(UserError, match=f"{n}.tflite is damaged"):
            read_metadata(path)
