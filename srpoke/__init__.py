"""Upscale sprites with a small convolutional network that anyone can train at home.

import cv2
from srpoke import load, upscale

image = cv2.imread("sprite.png", cv2.IMREAD_UNCHANGED)
cv2.imwrite("large.png", upscale(load("best"), image, 4))
"""

import importlib

__version__ = "1.1.0"
__all__ = ["Settings", "load", "upscale"]

HOMES = {"load": "srpoke.engine", "upscale": "srpoke.pipeline", "Settings": "srpoke.course"}


def __getattr__(name: str):
    """Import on first use what the library offers, so that `import srpoke` is instant."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(HOMES[name]), name)
