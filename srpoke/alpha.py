"""Transparency: laid over a colour, colour grown under it, kept clean when it is enlarged."""

import cv2
import numpy as np


def composite(bgra: np.ndarray, colour: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    """Lay (H, W, 4) float BGRA over a flat BGR colour; return (H, W, 3) float32 in [0, 1]."""
    colour = np.float32(colour)
    return (bgra[..., :3] - colour) * bgra[..., 3:] + colour


def grow_colour(bgra: np.ndarray) -> np.ndarray:
    """Return (H, W, 3): each fully transparent pixel takes the colour of the nearest visible one.

    The colour stored under alpha 0 is arbitrary, mostly black, and would bleed into the outline.
    """
    hidden = bgra[..., 3] == 0
    if hidden.all() or not hidden.any():
        return bgra[..., :3] * ~hidden[..., None]
    _, labels = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((labels.max() + 1, 3), np.float32)
    colours[labels[~hidden]] = bgra[~hidden][:, :3]
    return colours[labels]


def clamp_alpha(alpha: np.ndarray, original: np.ndarray, step: float | None = None) -> np.ndarray:
    """Keep upscaled alpha (H, W) within the range of the 3 x 3 original pixels around it.

    So transparent stays exactly 0 and opaque exactly 1, up to one pixel from the edge, and no ring
    appears. `step` is the size of a pixel in original pixels, where the picture has grown around
    its centre; else both show the same.
    """
    rows, columns = (
        np.floor((np.arange(size) + 0.5 - size / 2) * (step or length / size) + length / 2)
        .clip(0, length - 1)
        .astype(int)
        for size, length in zip(alpha.shape, original.shape, strict=True)
    )
    low, high = (
        extreme(original, np.ones((3, 3), np.uint8))[rows[:, None], columns]
        for extreme in (cv2.erode, cv2.dilate)
    )
    return np.clip(alpha, low, high)
