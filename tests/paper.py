"""Networks that are plain functions, and pictures for them."""

from dataclasses import replace

import cv2
import numpy as np

from srpoke.course import Settings
from srpoke.engine import Engine
from srpoke.geometry import Planes
from srpoke.kernels import DRAWN_ANEW, Making
from srpoke.pipeline import upscale

SHRINK = 4
RNG = np.random.default_rng(0)
KERNEL = RNG.normal(0.04, 0.1, (5, 5)).astype(np.float32)  # not symmetric, not normalised
BARE = Settings(back_projection=False)
MAKING = Making(-0.2, DRAWN_ANEW)
DRIFT = np.float32([5, -10, 8]) / 255


def crop(batch: np.ndarray) -> np.ndarray:
    """What delta kernels make of the network."""
    return batch[:, 2:-2, 2:-2, :3]


def convolve(batch: np.ndarray) -> np.ndarray:
    """An unpadded 5 x 5 convolution of each channel."""
    return np.stack([cv2.filter2D(image[..., :3], -1, KERNEL)[2:-2, 2:-2] for image in batch])


def brighten(batch: np.ndarray) -> np.ndarray:
    """A network whose colours drift: by 5 to 10 grey levels a pass."""
    return crop(batch) + DRIFT


def use_planes(batch: np.ndarray) -> np.ndarray:
    """A network that looks at all eight planes."""
    patch = batch[:, 2:-2, 2:-2]
    return patch[..., :3] * 0.9 + patch[..., 3:] @ np.float32([[0.02, 0.05, 0.01, 0.1, 0.03]]).T


def engine(run=crop, shrink=SHRINK, planes=Planes(), **changes) -> Engine:  # noqa: B008
    return replace(Engine(run, shrink, planes, "bicubic", (2.0,), MAKING), **changes)


ALL = Planes(phase=True, making=True)


def final(engine: Engine, image: np.ndarray, factor=2.0, loops=1, settings=None, extra=0):
    """The last stage of the last loop."""
    return upscale(engine, image, factor, loops, settings, extra)


def disc(height=40, width=48, radius=13) -> np.ndarray:
    """A soft opaque disc in the middle, BGRA, grey 200 on hidden zeros."""
    y, x = np.indices((height, width))
    distance = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    alpha = np.clip(radius + 0.5 - distance, 0, 1) * 255
    return np.dstack([np.where(alpha >= 1, 200, 0)] * 3 + [alpha]).astype(np.uint8)


def noise(height: int, width: int, *channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, *channels), dtype=np.uint8)


def seen_by(network: Engine) -> tuple[Engine, list[np.ndarray]]:
    """The network, and the inputs that it will have been given."""
    seen = []
    return replace(network, run=lambda batch: (seen.append(batch[0]), network.run(batch))[1]), seen
