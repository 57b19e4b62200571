"""Transparency: laid over a colour, colour bled under it, kept clean when it is enlarged."""

import cv2
import numpy as np

from srpoke.geometry import Size

# Measured on soft and on ordinary outlines: 1.2 to 3.6 dB at the edge over colour that counts
# wherever alpha is above 0, and 0.5 dB over FAINT alone.
FAINT = 8.5 / 255  # alpha below it says nothing of a colour
PULL = 16 / 255  # alpha at which a faint pixel trusts itself as much as those around it
TINY = 1e-3  # alpha that is none
AROUND = 0.7  # px: sigma of the mean over the next pixels
STEEPER = 1.5  # times: than that mean is a softened edge


def composite(bgra: np.ndarray, colour: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    """Lay (H, W, 4) float BGRA over a flat BGR colour; return (H, W, 3) float32 in [0, 1]."""
    colour = np.float32(colour)
    return (bgra[..., :3] - colour) * bgra[..., 3:] + colour


def bleed_colour(bgra: np.ndarray) -> np.ndarray:
    """Return (H, W, 3) colours after alpha bleeding: what is hardly seen takes those around it.

    The colour stored under alpha 0 is arbitrary, mostly black, and that under an alpha of a few
    grey levels hardly better: both would bleed into the outline. The colour around is the mean
    over the next pixels, weighed by alpha; far from all of them, that of the nearest. Colour stays
    as it is where alpha is 1, and everywhere where alpha is constant: no outline is to be kept.
    """
    colour, alpha = bgra[..., :3], bgra[..., 3]
    if alpha.min() == alpha.max():
        return colour.copy()
    faint = alpha < min(FAINT, alpha.max())
    weight = np.where(faint, 0, alpha)[..., None]
    total = cv2.GaussianBlur(weight, (0, 0), AROUND)[..., None]
    around = cv2.GaussianBlur(colour * weight, (0, 0), AROUND)
    around /= np.maximum(total, 1e-4)
    far = total[..., 0] <= 1e-4
    around[far] = nearest_colour(colour, faint, far)
    result = colour.copy()
    pull(result, around, weight[..., 0])
    return result


def pull(colour: np.ndarray, around: np.ndarray, alpha: np.ndarray) -> None:
    """Draw (H, W, 3) colours to those around them, in place, the more the less alpha shows them."""
    trust = alpha / np.maximum(alpha + PULL * (1 - alpha) ** 4, 1e-9)
    colour -= around
    colour *= trust[..., None]
    colour += around


def nearest_colour(colour: np.ndarray, faint: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Return, for the pixels that are `far`, the colour of the nearest one that is not `faint`."""
    _, labels = cv2.distanceTransformWithLabels(
        faint.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((labels.max() + 1, 3), np.float32)
    colours[labels[~faint]] = colour[~faint]
    return colours[labels[far]]


def clamp_alpha(alpha: np.ndarray, original: np.ndarray, step: float | None = None) -> np.ndarray:
    """Keep upscaled alpha (H, W) within the range of the 3 x 3 original pixels around it.

    So transparent stays exactly 0 and opaque exactly 1, up to one pixel from the edge, and no ring
    appears. `step` is the size of a pixel in original pixels, where the picture has grown around
    its centre; else both show the same.
    """
    shown = originals(alpha.shape, original.shape, step)
    low, high = (extreme[shown] for extreme in limits(original))
    return np.clip(alpha, low, high)


def softened(alpha: np.ndarray) -> np.ndarray:
    """Return alpha (H, W), 0 to 1, with soft edges where all of it was hard, as in GIF files.

    Drawn as they are, steps stay steps. Each pixel gets about the share of it that is inside of a
    smooth outline; a line of single pixels, which would get half, stays. Soft alpha is returned
    itself.
    """
    most = alpha.max()
    if ((alpha > 0) & (alpha < most)).any():
        return alpha
    # what no square of 2 x 2 inside covers; morphologyEx would move even squares by a pixel
    square = np.ones((2, 2), np.uint8)
    lines = alpha - cv2.dilate(cv2.erode(alpha, square), square, anchor=(0, 0))
    soft = STEEPER * (cv2.GaussianBlur(alpha, (0, 0), AROUND) - most / 2) + most / 2
    return np.maximum(soft, lines).clip(0, most)


def limits(original: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the most alpha (H, W) of the 3 x 3 pixels around each."""
    return tuple(
        extreme(original, np.ones((3, 3), np.uint8)) for extreme in (cv2.erode, cv2.dilate)
    )


def inside(stretched: np.ndarray) -> np.ndarray:
    """Return how opaque a figure is at least, by its alpha stretched: 0 at 0.8, 1 at 1.

    At a sharp edge, what is stretched has 0.5. Drawn on white and on black, the inner side of an
    outline may differ by more than rounding, which would be a crack of 0.75.
    """
    return 5 * stretched - 4


def originals(size: Size, original: Size, step: float | None = None) -> tuple:
    """Return the rows and columns of the original that each pixel of a picture of `size` shows.

    As an index that broadcasts; `step` as for `clamp_alpha`.
    """
    rows, columns = (
        np.floor((np.arange(n) + 0.5 - n / 2) * (step or length / n) + length / 2)
        .clip(0, length - 1)
        .astype(int)
        for n, length in zip(size, original, strict=True)
    )
    return rows[:, None], columns


def take_apart(
    white: np.ndarray, black: np.ndarray, low: np.ndarray, high: np.ndarray, around: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the (H, W, 3) colours and the alpha (H, W) of what looks so on white and on black.

    Alpha, which is what of the ground cannot be seen, stays from `low` to `high`. What is hardly
    seen takes the (H, W, 3) colours `around` it. Changes `white` and `black`.
    """
    alpha = np.clip(1 - (white - black).mean(axis=2), low, high)
    white -= (1 - alpha)[..., None]
    black += white  # twice the colours, times alpha: each knows them a little otherwise
    black /= 2 * np.maximum(alpha, TINY)[..., None]
    np.clip(black, 0, 1, out=black)
    pull(black, around, alpha)
    return black, alpha
