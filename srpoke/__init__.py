"""Upscale sprites with a small convolutional network that anyone can train at home."""

__version__ = "1.1.0"
