"""The network: an unpadded stack of k + 1 convolutions, its geometry, its file and its twin.

Keras is imported inside the functions that need it, so that geometry is known without it.
"""

import io
import os
import sys
import zipfile
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import numpy as np

from srpoke.card import write_card
from srpoke.tools import PHASE_PLANES, replacing

KEEP_BLURRY = 1e-3  # sigma of the last layer's first weights: training starts at the blurry image


def import_keras():
    """Import Keras without the start-up messages that TensorFlow's C++ prints to stderr.

    Raises ValueError where it is not installed.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # whatever ~/.keras/keras.json says
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _quiet_stderr():
            import keras
    except ImportError as error:
        raise ValueError(
            f"TensorFlow does not load ({error}): run 'pip install -r requirements.txt', or use a "
            ".tflite network, which does without"
        ) from None
    return keras


@contextmanager
def _quiet_stderr():
    """Send to nowhere what this process, C++ included, writes to stderr."""
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def shrink_of(kernels: list[int], stride: int = 1) -> int:
    """Pixels that an image loses per axis, over all k + 1 kernels (no layer pads).

    Raises ValueError where input and target could not be aligned.
    """
    shrink = stride * sum(kernel - 1 for kernel in kernels)
    if shrink % 2:
        raise ValueError(
            f"kernels {kernels} shrink the image by {shrink} px, an odd number that cannot be "
            "split over both sides; use an even number of even kernels"
        )
    return shrink


def check_stack(filters: list[int], kernels: list[int]) -> None:
    """Raise ValueError unless there is one kernel for each layer and one for the last."""
    if len(kernels) != len(filters) + 1:
        raise ValueError(
            f"{len(filters)} filters {filters} need {len(filters) + 1} kernels (the last one "
            f"rebuilds the image), but {len(kernels)} were given: {kernels}"
        )


def build_network(
    filters: list[int],
    kernels: list[int],
    *,
    plain: bool = False,
    phase: bool = True,
    stride: int = 1,
    residual: bool = False,
    dtype: str = "float32",
):
    """Return a functional Keras model of stock layers: it loads where srpoke does not exist.

    SRCNN (arXiv 1501.00092) with any k layers of ReLU before a linear last one. Input: (B, H, W, 3)
    BGR in [0, 1], then three phase planes if `phase`. Output: (B, H - shrink, W - shrink, 3).
    `plain` leaves out the skip that adds the cropped input, as in the original project. A `stride`
    of 2 works at half resolution: a strided first layer, and a last one that makes 2 x 2 pixels.
    `residual` adds to each second layer's output what went into the pair. `dtype` is the policy of
    the stack ("mixed_bfloat16" trains faster on some CPUs); skip and output stay float32.
    """
    keras = import_keras()
    layers = keras.layers

    check_stack(filters, kernels)
    shrink = shrink_of(kernels, stride)
    image = keras.Input((None, None, 3 + PHASE_PLANES * phase), name="image")
    x, trunk = image, None
    for i, (n, kernel) in enumerate(zip(filters, kernels[:-1], strict=True)):
        x = layers.Conv2D(
            n,
            kernel * stride if i == 0 else kernel,
            strides=stride if i == 0 else 1,
            activation="relu",
            kernel_initializer="he_normal",
            dtype=dtype,
            name=f"conv{i + 1}",
        )(x)  # (B, (H - lost) / stride, (W - lost) / stride, n)
        if residual and i % 2 == 0:
            if trunk is not None and trunk[0].shape[-1] == n:
                crop = trunk[1]
                x = layers.Add(dtype=dtype)([x, layers.Cropping2D(crop, dtype=dtype)(trunk[0])])
            following = kernels[i + 1] + (kernels[i + 2] if i + 2 < len(kernels) - 1 else 1) - 2
            trunk = (x, following // 2)
    x = layers.Conv2D(
        3 * stride**2,
        kernels[-1],
        kernel_initializer=keras.initializers.RandomNormal(stddev=KEEP_BLURRY),
        dtype=dtype,
        name="rebuild",
    )(x)
    if plain:
        x = layers.Activation("linear", dtype="float32", name="sharp")(x)
    else:
        skip = layers.Cropping2D(shrink // 2, dtype="float32", name="skip")(image[..., :3])
        if stride > 1:
            skip = shuffle_layer(layers.Conv2D, stride, name="unshuffle")(skip)
        x = layers.Add(dtype="float32", name="sharp")([x, skip])
    if stride > 1:
        x = shuffle_layer(layers.Conv2DTranspose, stride, name="shuffle")(x)
    return keras.Model(image, x)  # (B, H - shrink, W - shrink, 3)


def shuffle_layer(convolution: type, stride: int, name: str):
    """A fixed layer between (B, H * stride, W * stride, 3) and (B, H, W, 3 * stride^2).

    Keras has no stock pixel shuffle: a strided convolution with weights of 0 and 1 is one.
    """
    from keras import initializers

    planes = 3 * stride**2
    to_pixels = np.eye(planes, dtype=np.float32).reshape(stride, stride, 3, planes)
    return convolution(
        3 if name == "shuffle" else planes,
        stride,
        strides=stride,
        use_bias=False,
        trainable=False,
        kernel_initializer=initializers.Constant(to_pixels.tolist()),
        dtype="float32",
        name=name,
    )


def network_of(model) -> dict:
    """Read the geometry of a plain stack off its layers, for a file that carries no card."""
    stack = [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]
    kernels = [layer.kernel_size[0] for layer in stack]
    return {
        "filters": [layer.filters for layer in stack[:-1]],
        "kernels": kernels,
        "plain": True,
        "phase": False,
        "stride": 1,
        "residual": False,
        "shrink": shrink_of(kernels),
    }


def multiply_adds(network: dict) -> float:
    """Multiply-adds of the stack per pixel of a large output."""
    stride, channels, total = network["stride"], 3 + PHASE_PLANES * network["phase"], 0
    filters = [*network["filters"], 3 * stride**2]
    for i, (n, kernel) in enumerate(zip(filters, network["kernels"], strict=True)):
        size = kernel * stride if i == 0 else kernel
        total += channels * n * size**2 / stride**2
        channels = n
    return total


def save_network(model, path: str | Path, card: dict) -> None:
    """Write an uncompiled float32 model and its card as one `.keras` file, whole or not at all."""
    with replacing(path) as temporary:
        model.save(temporary)
        write_card(temporary, card)


def save_twin(model, path: str | Path, card: dict) -> None:
    """Write the `.tflite` form of a model, which OpenCV runs at any size without TensorFlow.

    OpenCV 5 knows no TRANSPOSE_CONV, so the twin of a strided network stops before its last
    shuffle, which the engine does instead.
    """
    keras = import_keras()
    import tensorflow as tf

    last = "sharp" if "shuffle" in [layer.name for layer in model.layers] else model.layers[-1].name
    body = keras.Model(model.inputs, model.get_layer(last).output)
    image = keras.Input((None, None, model.inputs[0].shape[-1]), batch_size=1)
    with _quiet_stderr(), redirect_stdout(io.StringIO()), replacing(path) as temporary:
        converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(image, body(image)))
        Path(temporary).write_bytes(converter.convert())
        write_card(temporary, card)


def load_network(path: str | Path):
    """Load a `.keras` file for any image size; ValueError where it is no network for images.

    The original project's files are Sequential models for 50 x 50 patches: their weights fit any
    size, so they are rebuilt with an open input.
    """
    keras = import_keras()
    try:
        model = keras.models.load_model(path, compile=False)
    except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ValueError(f"{path} is not a network that Keras can load: {reason}") from None
    channels, colours = model.input_shape[-1], model.output_shape[-1]
    if channels not in (3, 3 + PHASE_PLANES) or colours != 3:
        raise ValueError(
            f"{path} maps {channels} channels to {colours}; 3 or {3 + PHASE_PLANES} to 3 is needed"
        )
    if model.input_shape[1:3] != (None, None):
        weights = model.get_weights()
        model = keras.models.clone_model(model, input_tensors=keras.Input((None, None, channels)))
        model.set_weights(weights)
    return model
