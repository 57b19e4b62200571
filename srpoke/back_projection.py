"""Back-projection: after a pass, colours are given back what the network has changed of them."""

import cv2
import numpy as np

from srpoke.geometry import resize

SMOOTH = 4.0  # small pixels: what varies more slowly is colour, not drawing
ROUNDS = 2
FLAT = 0.5 / 255, 2 / 255  # contrast of what is surely flat, and of what surely is not
FLAT_SIDE = 7  # small pixels
REACH, EQUAL, PLATEAU = 2, 2 / 255, 8  # small pixels each way; contrast within; pixels at least
NO_LIMIT = 2.0  # beyond any colour, also half-way to one


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
    contrast = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, square).max(axis=2)
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


def limit_overshoot(sharp: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Leave nothing brighter, or darker, than all of `small` around, where that is flat colour.

    Beside a hard edge a network may overshoot, which shows as a rim. A highlight or a line that is
    thinner than a pixel goes beyond its neighbours rightly, but then the extreme of them is its own
    pixel. So the extreme of the pixels within REACH is a limit where at least PLATEAU of these have
    it; and in drawings that have rims themselves hardly anywhere. It is none where another channel
    has no limit and goes beyond all around: a thin line is darker than what is beside it, but in
    one channel alone it may not be, and held there it would change its colour.
    Changes `sharp` itself and returns it.
    """
    height, width = sharp.shape[:2]
    for sign, bound, exceeds in (1, np.minimum, np.greater), (-1, np.maximum, np.less):
        flats, held = [], np.ones((height, width), bool)
        for channel in range(3):
            own = small[..., channel]
            most = extreme(own, sign)
            flat = is_plateau(own, most, sign)
            flats.append(flat)
            most += np.float32(sign * EQUAL)
            beyond = exceeds(sharp[..., channel], resize(most, height, width, "bilinear"))
            beyond &= resize(np.where(flat, np.float32(0), 1), height, width, "bilinear") > 0
            held &= ~beyond
        for channel, flat in enumerate(flats):  # found anew, as large pictures leave no room
            limit = np.where(flat, extreme(small[..., channel], sign), np.float32(sign * NO_LIMIT))
            limit = resize(limit, height, width, "bilinear")
            bound(sharp[..., channel], limit, out=sharp[..., channel], where=held)
    return sharp


def extreme(small: np.ndarray, sign: int) -> np.ndarray:
    """Return for each pixel of an (H, W) image the brightest within REACH; by -1, the darkest."""
    return (cv2.dilate if sign > 0 else cv2.erode)(small, np.ones((2 * REACH + 1,) * 2, np.uint8))


def is_plateau(small: np.ndarray, most: np.ndarray, sign: int) -> np.ndarray:
    """Return where at least PLATEAU pixels within REACH have `most`, their extreme, as bools."""
    around = cv2.copyMakeBorder(small, REACH, REACH, REACH, REACH, cv2.BORDER_REPLICATE) * sign
    least = sign * most - np.float32(EQUAL)
    height, width = small.shape
    equal = np.zeros(small.shape, np.uint8)
    for top, left in np.ndindex(2 * REACH + 1, 2 * REACH + 1):
        equal += around[top : top + height, left : left + width] >= least
    return equal >= PLATEAU
