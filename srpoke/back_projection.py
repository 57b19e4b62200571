"""Back-projection: after a pass, colours are given back what the network has changed of them."""

import cv2
import numpy as np

from srpoke.geometry import resize

SMOOTH = 4.0  # small pixels: what varies more slowly is colour, not drawing
ROUNDS = 2
FLAT = 0.5 / 255, 2 / 255  # contrast of what is surely flat, and of what surely is not
FLAT_SIDE = 7  # small pixels


def back_project(sharp: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Back-project what a pass did to the colours of `small`, its low frequencies only.

    Irani and Peleg (1991) give back the whole difference between the small image and the result
    shrunk again; but nobody knows by which kernel the small image was made, and with another one
    edges ring or blur. Colours drift smoothly, so a smooth part of the difference holds them.
    Changes `sharp` itself, as large pictures leave no room for a second one, and returns it.
    """
    height, width = sharp.shape[:2]
    for _ in range(ROUNDS):
        error = small - resize(sharp, *small.shape[:2], "bicubic")
        error = cv2.GaussianBlur(error, (0, 0), SMOOTH, borderType=cv2.BORDER_REPLICATE)
        for channel in range(3):  # together they need three times the memory
            sharp[..., channel] += resize(error[..., channel], height, width, "bilinear")
        np.clip(sharp, 0, 1, out=sharp)
    return sharp


def keep_flat(sharp: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Leave what is flat in `small` as it is: a network has nothing to repair there.

    Flat is where the pixels around, FLAT_SIDE each way in all, differ by less than about a grey
    level. So nothing builds up there over many passes, and equal areas of two pictures stay equal.
    Changes `sharp` itself and returns it.
    """
    square = np.ones((FLAT_SIDE, FLAT_SIDE), np.uint8)
    contrast = (cv2.dilate(small, square) - cv2.erode(small, square)).max(axis=2)
    low, high = FLAT
    weight = np.clip((contrast - low) / (high - low), 0, 1)
    if weight.min() == 1:
        return sharp
    height, width = sharp.shape[:2]
    weight = resize(weight, height, width, "bilinear")
    for channel in range(3):
        flat = resize(small[..., channel], height, width, "bilinear")
        sharp[..., channel] *= weight
        sharp[..., channel] += flat * (1 - weight)
    return sharp
