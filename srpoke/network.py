"""The network: an unpadded stack of k + 1 convolutions, its geometry, file and TFLite export.

Keras is imported inside the functions that need it, so that geometry is known without it.
"""

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import numpy as np

from srpoke.errors import UserError
from srpoke.files import replacing
from srpoke.geometry import MAKING_PLANES, PHASE_PLANES, Planes, planes_of
from srpoke.metadata import DAMAGE, read_metadata, write_metadata
from srpoke.quiet import silent_stderr

ORIGINAL_METADATA = {"interpolation": "bilinear", "factors": [2.0]}  # its files have none
KEEP_BLURRY = 1e-3  # sigma of the last layer's first weights: training starts at the blurry image


def import_keras():
    """Import Keras without the start-up messages that TensorFlow's C++ prints to stderr.

    Raises UserError where it, or the backend that KERAS_BACKEND names, is not installed.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # whatever ~/.keras/keras.json says
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow leaves oneDNN off on processors without AVX512-VNNI, where the default stack trains
    # 1.8 times as fast with it.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    try:
        with silent_stderr():
            import keras
    except ImportError as error:
        backend = os.environ["KERAS_BACKEND"]  # TensorFlow alone brings Keras with it
        packages = backend if backend == "tensorflow" else f"keras {backend}"
        raise UserError(
            f"{'TensorFlow' if backend == 'tensorflow' else backend} does not load ({error}): run "
            f"'pip install {packages}'; only a .tflite network upscales without it"
        ) from None
    keras.config.set_floatx("float32")  # whatever ~/.keras/keras.json says
    keras.config.set_image_data_format("channels_last")
    return keras


def shrink_of(kernels: list[int]) -> int:
    """Pixels that an image loses per axis, over all k + 1 kernels (no layer pads).

    Raises UserError where input and target could not be aligned.
    """
    shrink = sum(kernel - 1 for kernel in kernels)
    if shrink % 2:
        raise UserError(
            f"kernels {kernels} shrink the image by {shrink} px, an odd number that cannot be "
            "split over both sides; use an even number of even kernels"
        )
    return shrink


def check_stack(filters: list[int], kernels: list[int]) -> None:
    """Raise UserError unless there is one kernel for each layer and one for the last."""
    if len(kernels) != len(filters) + 1:
        raise UserError(
            f"{len(filters)} filters {filters} need {len(filters) + 1} kernels (the last one "
            f"rebuilds the image), but {len(kernels)} were given: {kernels}"
        )


def build_network(
    filters: list[int],
    kernels: list[int],
    *,
    plain: bool = False,
    phase: bool = True,
    told: bool = True,
    dtype: str = "float32",
):
    """Return a functional Keras model of stock layers: it loads where srpoke does not exist.

    SRCNN (arXiv 1501.00092) with any k layers of ReLU before a linear last one. Input: (B, H, W, 3)
    BGR in [0, 1], three phase planes if `phase`, two if it is `told` how its input was made
    (`geometry.cut_input`). Output: (B, H - shrink, W - shrink, 3).
    `plain` leaves out the skip that adds the cropped input, as in the original project. `dtype` is
    the policy of the stack ("mixed_bfloat16" trains faster on some CPUs); skip and output stay
    float32.
    """
    keras = import_keras()
    layers = keras.layers

    check_stack(filters, kernels)
    shrink = shrink_of(kernels)
    image = keras.Input((None, None, Planes(phase, told).channels), name="image")
    x = image
    for i, (n, kernel) in enumerate(zip(filters, kernels[:-1], strict=True), 1):
        x = layers.Conv2D(
            n,
            kernel,
            activation="relu",
            kernel_initializer="he_normal",
            dtype=dtype,
            name=f"conv{i}",
        )(x)  # (B, H - shrink so far, W - shrink so far, n)
    x = layers.Conv2D(
        3,
        kernels[-1],
        kernel_initializer=keras.initializers.RandomNormal(stddev=KEEP_BLURRY),
        dtype=dtype,
        name="rebuild",
    )(x)  # (B, H - shrink, W - shrink, 3)
    if plain:
        return keras.Model(image, layers.Activation("linear", dtype="float32", name="sharp")(x))
    skip = layers.Cropping2D(shrink // 2, dtype="float32", name="skip")(image[..., :3])
    return keras.Model(image, layers.Add(dtype="float32", name="sharp")([x, skip]))


def metadata_of(path: Path, model) -> dict:
    """Return the metadata of a loaded `.keras` file; of the original's, what its layers say.

    Raises UserError for a file of ours whose metadata another program has left out.
    """
    metadata = read_metadata(path)
    if metadata is None and model.input_shape[-1] > 3:
        raise UserError(f"{path} has lost its metadata: another program than train.py wrote it")
    return metadata or {**ORIGINAL_METADATA, "network": network_of(model)}


def network_of(model) -> dict:
    """Read the geometry of a plain stack off its layers."""
    stack = [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]
    kernels = [layer.kernel_size[0] for layer in stack]
    return {
        "filters": [layer.filters for layer in stack[:-1]],
        "kernels": kernels,
        "plain": True,
        "phase": False,
        "told": False,
        "shrink": shrink_of(kernels),
    }


def multiply_adds(network: dict) -> int:
    """Multiply-adds of the stack per pixel of a large output."""
    filters = [*network["filters"], 3]
    channels = [planes_of(network).channels, *network["filters"]]
    return sum(a * b * k**2 for a, b, k in zip(channels, filters, network["kernels"], strict=True))


def adopt_weights(model, start) -> None:
    """Give a model the weights of another, which may have been told less of its input.

    Kernels of planes that are new start at zero, so it begins as what `start` is.
    """
    mine, theirs = model.get_weights(), start.get_weights()
    missing = mine[0].shape[2] - theirs[0].shape[2]
    theirs[0] = np.pad(theirs[0], [(0, 0), (0, 0), (0, missing), (0, 0)])
    model.set_weights(theirs)


def save_network(model, path: str | Path, metadata: dict) -> None:
    """Write an uncompiled float32 model with metadata as a `.keras` file, whole or not at all."""
    with replacing(path) as temporary:
        model.save(temporary)
        write_metadata(temporary, metadata)


def check_converts() -> None:
    """Raise UserError under another backend of Keras than TensorFlow, which alone can convert."""
    backend = import_keras().backend.backend()
    if backend != "tensorflow":
        raise UserError(f"KERAS_BACKEND={backend} has no TFLite; tensorflow does")


def save_tflite(model, path: str | Path, metadata: dict) -> None:
    """Write the `.tflite` form of a model, which OpenCV runs at any size without TensorFlow.

    Raises UserError as `check_converts` does.
    """
    check_converts()
    import tensorflow as tf

    keras = import_keras()

    image = keras.Input((None, None, model.input_shape[-1]), batch_size=1)
    with silent_stderr(), redirect_stdout(io.StringIO()), replacing(path) as temporary:
        converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(image, model(image)))
        temporary.write_bytes(converter.convert())
        write_metadata(temporary, metadata)


def without_start(values: dict) -> dict:
    """Replace an initializer in a network's config by one that every Keras 3 knows.

    Weights are loaded, so nothing starts; and Keras 3.15 saves words that 3.12 refuses, which is
    the last for Python 3.10.
    """
    if values.get("module") != "keras.initializers":
        return values
    return {**values, "class_name": "Zeros", "config": {}}


@contextmanager
def any_keras(path: Path) -> Iterator[Path]:
    """Give a copy of a `.keras` file that any Keras 3 can load, and that ends as it expects."""
    if not zipfile.is_zipfile(path):  # Keras says what is wrong with it
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "network.keras"
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
            for name in source.namelist():
                content = source.read(name)
                if name == "config.json":
                    content = json.dumps(json.loads(content, object_hook=without_start))
                target.writestr(name, content)
        yield copy


def load_network(path: str | Path):
    """Load a `.keras` file for any image size; UserError where it is no network for images.

    The original project's files are Sequential models for 50 x 50 patches: their weights fit any
    size, so they are rebuilt with an open input.
    """
    keras = import_keras()
    try:
        with any_keras(Path(path)) as copy:
            model = keras.models.load_model(copy, compile=False)
    except (*DAMAGE, TypeError, KeyError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(f"{path} is not a network that Keras can load: {reason}") from None
    channels, colours = model.input_shape[-1], model.output_shape[-1]
    allowed = [3, 3 + PHASE_PLANES, 3 + PHASE_PLANES + MAKING_PLANES]
    if channels not in allowed or colours != 3:
        raise UserError(f"{path} maps {channels} channels to {colours}; {allowed} to 3 are known")
    if any(getattr(layer, "padding", "valid") != "valid" for layer in model.layers):
        raise UserError(f"{path} has padded layers; only unpadded networks can be run")
    if model.input_shape[1:3] != (None, None):
        weights = model.get_weights()
        model = keras.models.clone_model(model, input_tensors=keras.Input((None, None, channels)))
        model.set_weights(weights)
    return model
