"""Run a network file: `.keras` on TensorFlow, or its TFLite export on OpenCV alone."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import cv2
import numpy as np

from srpoke.errors import UserError
from srpoke.folders import IMAGE_SUFFIXES
from srpoke.geometry import INTERPOLATIONS, Planes, Size, cut_input, planes_of
from srpoke.kernels import BY_AREA, SHRUNK, SPRITE_KERNEL, Making, softness
from srpoke.metadata import (
    NETWORK_SUFFIXES,
    Metadata,
    area_file,
    find_network,
    is_style_file,
    network_bytes,
    own_factors,
    read_metadata,
    style_file,
)
from srpoke.progress import track
from srpoke.quiet import silent_stderr
from srpoke.wrap import WHOLE, Middle, wrapped


@dataclass(frozen=True)
class Engine:
    """A network ready to run, with the geometry that the pipeline asks for."""

    run: Callable[[np.ndarray], np.ndarray]  # (B, H, W, C) -> (B, H - shrink, W - shrink, 3)
    shrink: int  # pixels lost per axis
    planes: Planes  # that C holds beside the colours
    interpolation: str  # of the stretch that it was trained on
    factors: tuple[float, ...]  # that it was trained on
    making: Making  # what it is told of a picture that nothing is known of
    knows_own: bool = False  # whether it learnt from what it had drawn itself
    knows_jpeg: bool = False  # whether it learnt what it is told of JPEG
    # a picture was made by a box only where that has less than so much of the cubic mismatch: with
    # `default`, a box has 0.57 to 0.92 on creatures, above 0.98 on sprites
    box_below: float = 0.95
    finds_soft: bool = False  # whether it tells pictures shrunk by a triangle from others
    file: Path | None = None  # that it was read from
    asks: bool = False  # whether a classifier beside that says which pictures suit it
    leaves_area: bool = False  # whether another one beside that draws what pixel area made small
    leaves_factors: tuple[float, ...] = ()  # passes that other ones beside that draw

    @property
    def largest(self) -> float:
        """The factor that no pass exceeds."""
        return max(self.factors)

    @property
    def is_helped(self) -> bool:
        """Whether it leaves some pictures or passes to other networks."""
        return self.asks or self.leaves_area or bool(self.leaves_factors)

    @property
    def expects_soft(self) -> bool:
        """Whether it takes pictures for as soft as pixel area makes them, or softer."""
        return self.making.softness >= BY_AREA.softness


def load(network: str | Path) -> Engine:
    """Open a network: a `.keras` or `.tflite` file, or the bare name of a shipped one ("best").

    UserError or OSError says what is wrong with it. Only `.keras` imports TensorFlow.
    """
    path = find_network(network)
    check_network_file(path)
    open_file = _load_keras if path.suffix.lower() == ".keras" else _load_tflite
    engine = open_file(path)
    return replace(
        engine,
        file=path.absolute(),
        asks=style_file(path).is_file(),
        leaves_area=area_file(path).is_file(),
        leaves_factors=tuple(own_factors(path)),
    )


def check_network_file(path: Path) -> None:
    """Raise UserError unless a path may be a network."""
    needed = "a network file (.keras or .tflite), or 'best', 'art' or 'default', is needed"
    if path.is_dir() or path.suffix.lower() in IMAGE_SUFFIXES:
        kind = "a folder" if path.is_dir() else "an image"
        raise UserError(f"{path} is {kind}; {needed}, before the images")
    if not path.is_file():
        raise UserError(f"{path} does not exist; {needed}")
    if path.suffix.lower() not in NETWORK_SUFFIXES:
        raise UserError(f"{path} is no network file; .keras and .tflite are")
    if is_style_file(path):
        raise UserError(f"{path} says which pictures suit a network, and is none itself")


def keras_engine(model, metadata: dict) -> Engine:
    """Wrap a Keras model, for instance one in training."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of each new image size
    return _engine(model.predict_on_batch, metadata)


def _engine(run: Callable[[np.ndarray], np.ndarray], metadata: dict) -> Engine:
    network = metadata["network"]
    return Engine(
        run,
        network["shrink"],
        planes_of(network),
        metadata["interpolation"],
        tuple(metadata["factors"]),
        Making(*metadata.get("making", (softness(SPRITE_KERNEL), SHRUNK))),
        metadata.get("knows_own", False),
        metadata.get("knows_jpeg", False),
        metadata.get("box_below", Engine.box_below),
        metadata.get("finds_soft", False),
    )


def _load_keras(path: Path) -> Engine:
    from srpoke.network import load_network, metadata_of

    model = load_network(path)
    metadata = metadata_of(path, model)
    _check_metadata(path, metadata)
    return keras_engine(model, metadata)


def _check_metadata(path: Path, metadata: dict) -> None:
    """Raise UserError where metadata does not say what a run needs, in the way it is written."""
    network, factors = metadata["network"], metadata["factors"]
    right = (
        isinstance(network, dict)
        and isinstance(network["shrink"], int)
        and network["shrink"] >= 0
        and isinstance(network["phase"], bool)
        and metadata["interpolation"] in INTERPOLATIONS
        and isinstance(factors, list)
        and all(isinstance(factor, int | float) for factor in factors)
    )
    if not right:
        raise UserError(f"the metadata of {path} is damaged: it describes no network")


def _load_tflite(path: Path) -> Engine:
    metadata = read_metadata(path)
    if metadata is None:
        raise UserError(
            f"{path} carries no metadata: only files written by train.py or export.py can be run"
        )
    run = open_tflite(path, metadata)
    _check_metadata(path, metadata)
    return _engine(run, metadata)


def open_tflite(path: Path, metadata: Metadata) -> Callable[[np.ndarray], np.ndarray]:
    """Return what runs a `.tflite` file on a batch, (B, H, W, C) float; UserError if damaged."""
    data = network_bytes(path, metadata)
    try:
        with silent_stderr():
            net = cv2.dnn.readNetFromTFLite(np.frombuffer(data, np.uint8))
    except cv2.error as error:
        raise UserError(f"{path} is not a network that OpenCV can read: {error.err}") from None

    free = threading.Lock()  # its input and output are its own: one thread at a time

    def run(batch: np.ndarray) -> np.ndarray:
        outputs = []
        with free:
            for image in batch:  # it is converted for a batch of one
                net.setInput(np.ascontiguousarray(image.transpose(2, 0, 1))[None])
                outputs.append(net.forward()[0].transpose(1, 2, 0))
            return np.stack(outputs)

    return run


def run_tiled(
    engine: Engine,
    blurry: np.ndarray,
    small: Size,
    tile: int,
    making: Making,
    middle: Middle = WHOLE,
) -> np.ndarray:
    """Run the network tile by tile. No seam can show: every tile carries all that it looks at.

    The network is unpadded, so a tile of n pixels is cut with shrink / 2 pixels more on each side,
    taken from the neighbours, or by repeating the edge at the border of the image. Of a texture
    that is wrapped around its `middle`, that alone is run, and then wrapped again.
    """
    height, width = (
        size * part // whole for size, (part, whole) in zip(blurry.shape[:2], middle, strict=True)
    )
    above, before = (blurry.shape[0] - height) // 2, (blurry.shape[1] - width) // 2
    half = engine.shrink // 2
    sharp = np.empty((height, width, 3), np.float32)
    corners = list(product(range(0, height, tile), range(0, width, tile)))
    for top, left in track(corners, "tile"):
        rows, columns = min(tile, height - top), min(tile, width - left)
        patch = cut_input(
            blurry,
            small,
            engine.planes,
            making,
            above + top - half,
            before + left - half,
            rows + engine.shrink,
            columns + engine.shrink,
        )
        sharp[top : top + rows, left : left + columns] = engine.run(patch[None])[0]
    return wrapped(sharp, (above, before)) if above or before else sharp
