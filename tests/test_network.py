"""The network's geometry, its start, its file: against Keras itself and hand-computed values."""

import zipfile

import numpy as np
import pytest

from srpoke.engine import load
from srpoke.geometry import Planes
from srpoke.metadata import MEMBER, read_metadata, write_metadata
from srpoke.network import (
    adopt_weights,
    build_network,
    check_stack,
    import_keras,
    multiply_adds,
    shrink_of,
)

PLAIN = {"plain": True, "phase": False, "told": False}
STACKS = [
    ([4, 4], [7, 5, 1], PLAIN),
    ([4, 4], [3, 5, 1], {"told": False}),
    ([4] * 3, [3, 3, 3, 3], {}),
    ([3], [2, 2], {}),
    ([], [3], {}),
    ([4, 4, 4, 8], [5, 1, 3, 3, 1], {}),
]


@pytest.fixture(scope="module")
def keras():
    return import_keras()


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape, np.float32)


def outcome(model, image: np.ndarray) -> np.ndarray:
    return model(image).numpy()


@pytest.mark.parametrize(
    ("kernels", "shrink"), [([7, 5, 3, 1], 12), ([3] * 8, 16), ([2, 2], 2), ([1], 0)]
)
def test_shrink_is_the_sum_of_kernels_less_one(kernels, shrink):
    assert shrink_of(kernels) == shrink


@pytest.mark.parametrize("kernels", [[2], [3, 2, 3], [4, 2, 2, 1]])
def test_odd_shrink_is_refused(kernels):
    with pytest.raises(ValueError, match="odd") as error:
        shrink_of(kernels)
    assert str(kernels) in str(error.value)


@pytest.mark.parametrize("kernels", [[3, 3], [3, 3, 3, 3], []])
def test_kernels_are_one_more_than_filters(kernels):
    check_stack([8, 9], [3, 3, 3])
    with pytest.raises(ValueError, match="need 3 kernels"):
        check_stack([8, 9], kernels)


@pytest.mark.parametrize(("filters", "kernels", "variant"), STACKS)
def test_output_is_smaller_by_shrink(keras, filters, kernels, variant):
    model = build_network(filters, kernels, **variant)
    shrink = shrink_of(kernels)
    image = noise(2, 12 + shrink, 18 + shrink, model.input_shape[-1])
    assert outcome(model, image).shape == (2, 12, 18, 3)


@pytest.mark.parametrize("kernels", [[7, 5, 3, 1], [3, 3, 3], [1, 5]])
def test_delta_kernels_make_the_stack_a_pure_crop(keras, kernels):
    model = build_network([3] * (len(kernels) - 1), kernels, **PLAIN)
    weights = []
    for kernel in kernels:
        delta = np.zeros((kernel, kernel, 3, 3), np.float32)
        delta[kernel // 2, kernel // 2] = np.eye(3)
        weights += [delta, np.zeros(3, np.float32)]
    model.set_weights(weights)
    image, half = noise(1, 20, 23, 3), shrink_of(kernels) // 2
    cropped = image[:, half : 20 - half, half : 23 - half]
    np.testing.assert_array_equal(outcome(model, image), cropped)


@pytest.mark.parametrize(("filters", "kernels", "variant"), STACKS[1:])
def test_training_starts_at_the_blurry_image(keras, filters, kernels, variant):
    keras.utils.set_random_seed(0)
    half = shrink_of(kernels) // 2
    model = build_network(filters, kernels, **variant)
    image = noise(1, 24 + 2 * half, 32 + 2 * half, model.input_shape[-1])
    output = outcome(model, image)
    difference = output - image[:, half : half + 24, half : half + 32, :3]
    assert 0 < np.abs(difference).max() < 0.1


def test_plain_network_has_no_skip(keras):
    image = noise(1, 20, 20, 3) + 1
    model = build_network([4], [3, 3], **PLAIN)
    assert np.abs(outcome(model, image)).max() < 0.1


def test_last_layer_is_linear(keras):
    model = build_network([4], [3, 3], **PLAIN)
    *stack, bias = model.get_weights()
    model.set_weights([*stack, bias - 0.5])
    assert outcome(model, noise(1, 12, 12, 3)).max() < 0  # a ReLU would stop at 0


LOAD_WITH_KERAS_ALONE = """
import sys
import numpy as np, keras
for path in sys.argv[1:]:
    model = keras.models.load_model(path, compile=False)
    channels = model.input_shape[-1]
    image = np.linspace(0, 1, 18 * 20 * channels, dtype=np.float32).reshape(1, 18, 20, channels)
    np.save(path + ".npy", model.predict(image, verbose=0))
assert "srpoke" not in sys.modules
"""


@pytest.mark.slow
def test_file_loads_with_keras_alone_in_a_fresh_process(network_file, tmp_path, python):
    variants = ("default", "plain")
    copies = [tmp_path / f"{variant}.keras" for variant in variants]
    for variant, copy in zip(variants, copies, strict=True):
        copy.write_bytes(network_file(variant).read_bytes())
    done = python(LOAD_WITH_KERAS_ALONE, *copies)
    assert done.returncode == 0, done.stderr
    for variant, copy in zip(variants, copies, strict=True):
        channels = 3 if variant == "plain" else 8
        image = np.linspace(0, 1, 18 * 20 * channels, dtype=np.float32)
        expected = load(network_file(variant)).run(image.reshape(1, 18, 20, channels))
        assert np.ptp(expected) > 0.1
        np.testing.assert_allclose(np.load(f"{copy}.npy"), expected, atol=1e-5)


@pytest.mark.parametrize("ending", [".keras", ".tflite"])
def test_metadata_lies_inside_the_file(network_file, ending):
    path = network_file("default").with_suffix(ending)
    metadata = read_metadata(path)
    stack = {"filters": [8, 8, 8], "kernels": [3, 3, 3, 1], "plain": False, "phase": True}
    assert metadata["network"] == {**stack, "told": True, "shrink": 6}
    assert metadata["interpolation"] == "bicubic"
    assert metadata["validation_files"] == ["held_out.png"]
    assert MEMBER in zipfile.ZipFile(path).namelist()


def test_metadata_keeps_any_json(tmp_path):
    metadata = {"label": "ピカチュウ #1", "numbers": [1, 2.5, None, True], "table": {"x2": [30.1]}}
    for name in ("x.tflite", "x.keras"):
        (tmp_path / name).write_bytes(b"network" if name == "x.tflite" else b"")
        write_metadata(tmp_path / name, metadata)
        read = read_metadata(tmp_path / name)
        assert {key: read[key] for key in metadata} == metadata


def test_a_file_of_a_newer_keras_loads(original, tmp_path):
    """Which says more of its initializers than this one knows, as 3.15 does on 3.12."""
    _, path = original
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "new.keras", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                assert b'"seed": ' in content
                content = content.replace(b'"seed": ', b'"input_planets": null, "seed": ')
            new.writestr(name, content)
    image = noise(1, 20, 20, 3)
    expected = load(path).run(image)
    np.testing.assert_array_equal(load(tmp_path / "new.keras").run(image), expected)
    assert np.ptp(expected) > 0.01


@pytest.fixture(scope="module")
def original(keras, tmp_path_factory):
    """A network as the original project saved it, and its file."""
    conv, layers = keras.layers.Conv2D, [keras.Input((50, 50, 3))]
    layers += [conv(4, 7, activation="relu"), conv(4, 5, activation="relu")]
    layers += [conv(4, 3, activation="relu")]
    layers += [conv(3, 1, activation="relu", bias_initializer="ones")]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    path = tmp_path_factory.mktemp("original") / "NN_[(4, 7), (4, 5), (4, 3)]_1_color_E20.keras"
    model.save(path)
    return model, path


def test_files_of_the_original_project_run_at_any_size(original):
    model, path = original
    engine = load(path)
    assert (engine.shrink, engine.planes) == (12, Planes())
    assert not engine.knows_own
    assert engine.interpolation == "bilinear"
    image = noise(1, 61, 83, 3)
    output = engine.run(image)
    assert output.shape == (1, 49, 71, 3)
    for top, left in [(0, 0), (11, 33), (4, 9)]:
        expected = model.predict_on_batch(image[:, top : top + 50, left : left + 50])
        assert expected.std() > 0.01
        part = output[:, top : top + 38, left : left + 38]
        np.testing.assert_allclose(part, expected, atol=1e-5)


@pytest.mark.parametrize("channels", [(1, 3), (4, 3), (5, 3), (7, 3), (3, 1), (6, 4), (8, 4)])
def test_wrong_channel_counts_are_refused(keras, tmp_path, channels):
    path = tmp_path / "x.keras"
    image = keras.Input((None, None, channels[0]))
    keras.Model(image, keras.layers.Conv2D(channels[1], 3)(image)).save(path)
    with pytest.raises(ValueError, match=f"{channels[0]} channels to {channels[1]}"):
        load(path)


def test_padded_networks_are_refused(keras, tmp_path):
    image = keras.Input((None, None, 3))
    model = keras.Model(image, keras.layers.Conv2D(3, 3, padding="same")(image))
    model.save(tmp_path / "x.keras")
    with pytest.raises(ValueError, match="padded"):
        load(tmp_path / "x.keras")


@pytest.mark.parametrize("content", ["empty", "text", "truncated", "zip"])
def test_what_is_no_network_is_refused_in_one_line(network_file, tmp_path, content):
    path = tmp_path / "x.keras"
    whole = network_file("default").read_bytes()
    data = {"empty": b"", "text": b"hello\n", "truncated": whole[: len(whole) // 2], "zip": b""}
    path.write_bytes(data[content])
    if content == "zip":
        write_metadata(path, {"network": {}})
    with pytest.raises(ValueError, match="is not a network that Keras can load") as error:
        load(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("filters", "kernels", "planes", "expected"),
    [
        ([64, 64, 64], [7, 5, 3, 1], {"phase": False}, 9408 + 102400 + 36864 + 192),
        ([32] * 7, [3] * 8, {"phase": True}, 1728 + 6 * 9216 + 864),  # of 1.0.0
        ([32] * 7, [3] * 8, {"phase": True, "told": True}, 2304 + 6 * 9216 + 864),
    ],
)
def test_multiply_adds_per_pixel(filters, kernels, planes, expected):
    assert multiply_adds({"filters": filters, "kernels": kernels, **planes}) == expected


@pytest.mark.parametrize("phase", [True, False])
def test_adopted_weights_give_the_old_output_whatever_new_planes_hold(keras, phase):
    old = build_network([4, 4], [3, 3, 1], phase=phase, told=False)
    kernel, bias = old.get_layer("rebuild").get_weights()
    old.get_layer("rebuild").set_weights([kernel * 100, bias])
    new = build_network([4, 4], [3, 3, 1])
    adopt_weights(new, old)
    image = noise(1, 12, 14, 8)
    expected = outcome(old, image[..., : old.input_shape[-1]])
    assert np.abs(expected - image[:, 2:-2, 2:-2, :3]).max() > 0.05
    for value in (0, 1, -70):
        image[..., old.input_shape[-1] :] = value
        np.testing.assert_allclose(outcome(new, image), expected, atol=1e-6)


def test_new_planes_can_be_learnt(keras):
    """Their kernels start at zero, but get a gradient."""
    old, new = build_network([4], [3, 3], told=False), build_network([4], [3, 3])
    adopt_weights(new, old)
    new.compile("sgd", "mse")
    new.train_on_batch(noise(1, 12, 12, 8), noise(1, 8, 8, 3))
    assert np.any(new.get_weights()[0][:, :, 6:] != 0)
