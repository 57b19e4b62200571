"""Upscale sprites with a small convolutional network that anyone can train at home."""

import sys

__version__ = "1.0.0"

try:
    import cv2  # noqa: F401
except ImportError as error:  # a server without libGL, or packages that are not installed yet
    sys.stderr.write(
        f"error: OpenCV does not load ({error}). In the project's virtual environment run "
        "'pip install opencv-python numpy'; on a server without a screen (libGL, libgthread) "
        "replace it: 'pip uninstall opencv-python', 'pip install opencv-python-headless'\n"
    )
    raise SystemExit(2) from None
