"""True pairs: find a small sprite in a larger picture of the same drawing, and bring both together.

An affine is a (2, 3) float64 matrix that takes (x, y, 1), a pixel of the sprite, to the place in
the large picture that shows the same; pixel centres are whole numbers in both. Pictures come in as
OpenCV decodes them: uint8, (H, W) grey, (H, W, 3) BGR or (H, W, 4) BGRA. No TensorFlow here.
"""

import math

import cv2
import numpy as np

from srpoke.alpha import composite
from srpoke.geometry import Size
from srpoke.kernels import SPRITE_KERNEL
from srpoke.shadow import Shadow, find_shadow
from srpoke.tools import apply_kernel, shrink_both, to_bgra, to_float, to_integer

PAPER = (0.96, 0.6)  # a figure begins below this brightness: all of it, or without a pale shadow
BLURS = (4.0, 2.0, 1.0, 0.0)  # sigma in sprite pixels, coarse to fine
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-5)  # of each search
OWN_BLUR = 0.4  # sigma in its pixels that a sprite got by being made small
MIN_RATIO = 1.2  # of the two sizes: less teaches nothing
MAX_SKEW = 1.04  # of the longest to the shortest way of a step: more is another pose
MIN_CORRELATION = 0.975  # other poses of the same figure stay below
MAX_DIFFERENCE = 0.05  # of sprite and shrunk drawing once coloured alike
SAMPLES = 4  # per pixel and axis at least, where the drawing is averaged
FINE = 4  # times the sprite's size, from where the drawing is shrunk to it
ROUNDS = 3  # of least squares; the second moves it by 0.001 px already
LOW = 4.0  # sigma in sprite pixels beyond which a colour difference is the makers' choice


def register(small: np.ndarray, large: np.ndarray) -> np.ndarray:
    """Return the affine from a sprite to a larger picture of the same drawing, to about 0.02 px.

    Maximises the correlation of the grey values (Evangelidis and Psarakis 2008), then has the
    picture, made small as sprites are, explain the sprite's colours; a drop shadow that only the
    sprite has is taken away first. Raises ValueError with the reason where the two do not show the
    same thing.
    """
    sprite, picture = on_white(small), on_white(large)
    correlation, affine = search(sprite, picture)
    sprite, shadow = without_shadow(sprite, large, affine)
    if shadow:
        correlation, affine = search(sprite, picture)
    if correlation < MIN_CORRELATION:
        mirrored, _ = search(sprite, np.ascontiguousarray(picture[:, ::-1]))
        if mirrored >= MIN_CORRELATION:
            raise ValueError("the large picture is mirrored")
        raise ValueError(
            f"another crop or another pose: correlation {correlation:.4f}, "
            f"at least {MIN_CORRELATION} is needed"
        )
    affine = refine(sprite, picture, affine)
    longest, shortest = np.linalg.svd(affine[:, :2])[1]
    if longest > MAX_SKEW * shortest:
        raise ValueError(f"another pose: one axis is stretched {longest / shortest:.2f} times more")
    if shortest < MIN_RATIO:
        raise ValueError(f"too small: only {shortest:.2f} times the sprite, {MIN_RATIO} is needed")
    unlike = difference(sprite, picture, affine)
    if unlike > MAX_DIFFERENCE:
        raise ValueError(
            f"drawn differently: {255 * unlike:.0f} grey levels apart in places, "
            f"at most {255 * MAX_DIFFERENCE:.0f} may be"
        )
    return affine


def true_picture(
    small: np.ndarray, large: np.ndarray, affine: np.ndarray, scale: float
) -> np.ndarray:
    """Return what enlarging a sprite `scale` times should give: the drawing, in its colours.

    uint8 BGR on white, floor(n * scale + 0.5) pixels per axis, on the sprite's own pixel grid, each
    pixel the mean of what the large picture shows there. Where a sprite was coloured differently no
    upscaler can know it, so the drawing takes the sprite's colours: a quadratic map of BGR, fitted
    at the sprite's size, and the low frequencies of what then still differs. A drop shadow of the
    sprite is cast by the drawing.
    """
    picture, size = on_white(large), small.shape[:2]
    sprite, shadow = without_shadow(on_white(small), large, affine)
    colour_map, low, _ = match_colours(sprite, picture, affine)
    image = recolour(on_grid(picture, affine, size, scale), colour_map)
    image += cv2.resize(low, image.shape[1::-1])
    return to_integer(image - shade(shadow, large, affine, size, scale) if shadow else image)


def on_white(image: np.ndarray) -> np.ndarray:
    """Return any picture as float32 (H, W, 3) BGR on white."""
    return composite(to_float(to_bgra(image)))


def search(sprite: np.ndarray, picture: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the best correlation found, and its affine; -1 and no use where nothing fits."""
    greys = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (sprite, picture)]
    starts = [from_boxes(sprite, picture, paper) for paper in PAPER]
    coarse = [climb(*greys, affine, BLURS[:1]) for affine in starts]
    _, affine = max(coarse, key=lambda found: found[0])
    return climb(*greys, affine, BLURS[1:])


def from_boxes(sprite: np.ndarray, picture: np.ndarray, paper: float) -> np.ndarray:
    """Return the affine that takes the box around one figure to the box around the other."""
    (top, left, height, width), (y, x, tall, wide) = (box(i, paper) for i in (sprite, picture))
    down, across = tall / height, wide / width
    # the boxes' corners lie half a pixel before the centre of their first pixel
    shift = x - 0.5 - across * (left - 0.5), y - 0.5 - down * (top - 0.5)
    return np.array([[across, 0, shift[0]], [0, down, shift[1]]])


def box(image: np.ndarray, paper: float) -> tuple[int, int, int, int]:
    """Return top, left, height and width of what is darker than `paper`; else of all."""
    figure = (image.min(axis=2) < paper).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(figure)
    return (top, left, height, width) if width else (0, 0, *image.shape[:2])


def climb(
    sprite: np.ndarray, picture: np.ndarray, affine: np.ndarray, blurs: tuple[float, ...]
) -> tuple[float, np.ndarray]:
    """Improve an affine on grey images that are blurred less and less.

    Returns the last correlation and the affine, or -1 and what was given where the search is lost.
    """
    found, step = affine, math.sqrt(abs(np.linalg.det(affine[:, :2])))
    for blur in blurs:
        one = cv2.GaussianBlur(sprite, (0, 0), blur) if blur else sprite
        other = cv2.GaussianBlur(picture, (0, 0), step * math.hypot(blur, OWN_BLUR))
        try:
            correlation, found = cv2.findTransformECC(
                one, other, found.astype(np.float32), cv2.MOTION_AFFINE, STEPS, None, 1
            )
        except cv2.error:  # no overlap is left, or a flat image
            return -1.0, affine
    return correlation, found.astype(np.float64)


def refine(sprite: np.ndarray, picture: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Improve an affine that is right to a fraction of a pixel, by the colours of both pictures.

    Gauss-Newton (Lucas and Kanade 1981) on what differs between the sprite and the picture, shrunk
    as its makers did it and in its colours. Correlation of grey values alone leaves 0.01 px, and
    sometimes 0.08, which the truth at three times the size is worse for.
    """
    size = sprite.shape[:2]
    y, x = (np.arange(n * FINE, dtype=np.float32) / FINE + 0.5 / FINE - 0.5 for n in size)
    for _ in range(ROUNDS):
        fine = on_grid(picture, affine, size, FINE)
        colour_map, _, rest = explain(sprite, fine)
        coloured = recolour(fine, colour_map)
        down, across = np.gradient(coloured, 1 / FINE, axis=(0, 1))  # per pixel of the sprite
        moved = [
            shrink_both(slope * weight, *size, SPRITE_KERNEL).ravel()
            for slope in (across, down)
            for weight in (x[None, :, None], y[:, None, None], np.float32(1))
        ]
        step = np.linalg.lstsq(np.stack(moved, axis=1), rest.ravel(), rcond=None)[0].reshape(2, 3)
        affine = affine @ np.vstack([np.eye(2, 3) + step, [0, 0, 1]])
    return affine


def on_grid(picture: np.ndarray, affine: np.ndarray, size: Size, scale: float) -> np.ndarray:
    """Return the picture on the pixel grid of a sprite of `size`, `scale` times finer, averaged."""
    rows, columns = (math.floor(n * scale + 0.5) for n in size)
    reach = math.sqrt(abs(np.linalg.det(affine[:, :2]))) / scale  # picture pixels per new pixel
    samples = max(SAMPLES, math.ceil(2 * reach))
    y, x = (
        (np.arange(count * samples) + 0.5) * n / (count * samples) - 0.5
        for count, n in zip((rows, columns), size, strict=True)
    )
    u, v = (
        (a * x[None, :] + b * y[:, None] + c).astype(np.float32) for a, b, c in affine
    )  # each (rows * samples, columns * samples)
    fine = cv2.remap(picture, u, v, cv2.INTER_CUBIC, borderValue=(1, 1, 1))
    return cv2.resize(fine, (columns, rows), interpolation=cv2.INTER_AREA)


def cover(
    large: np.ndarray,
    affine: np.ndarray,
    size: Size,
    scale: float,
    move: tuple[int, int] = (0, 0),
) -> np.ndarray:
    """Return how much of each pixel a figure on a transparent ground covers, on a sprite's grid.

    Float (H, W), of a figure that was moved by so many pixels of the sprite to the right and down.
    """
    moved = affine.copy()
    moved[:, 2] -= affine[:, :2] @ move
    return 1 - on_grid(1 - to_float(to_bgra(large))[..., 3], moved, size, scale)


def without_shadow(
    sprite: np.ndarray, large: np.ndarray, affine: np.ndarray
) -> tuple[np.ndarray, Shadow | None]:
    """Return a sprite (`on_white`) without the drop shadow that its drawing has not; and that."""
    size = sprite.shape[:2]
    shadow = find_shadow(sprite, cover(large, affine, size, 1))
    return (sprite + shade(shadow, large, affine, size, 1) if shadow else sprite), shadow


def shade(
    shadow: Shadow, large: np.ndarray, affine: np.ndarray, size: Size, scale: float
) -> np.ndarray:
    """Return what a drop shadow takes from the paper on a sprite's grid: float (H, W, 1)."""
    figure, fallen = (cover(large, affine, size, scale, move) for move in ((0, 0), shadow.move))
    return (shadow.darkness * fallen * (1 - figure))[..., None]


def match_colours(
    sprite: np.ndarray, picture: np.ndarray, affine: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `explain` does, of a picture that an affine places."""
    return explain(sprite, on_grid(picture, affine, sprite.shape[:2], FINE))


def explain(sprite: np.ndarray, fine: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the colour map (10, 3), the low frequencies (H, W, 3) and what neither explains.

    Of a sprite, by a picture on its grid that is FINE times finer.
    """
    shrunk = apply_kernel(fine, *sprite.shape[:2], SPRITE_KERNEL)
    colour_map = np.linalg.lstsq(terms(shrunk), sprite.reshape(-1, 3), rcond=None)[0]
    rest = sprite - recolour(shrunk, colour_map)
    low = cv2.GaussianBlur(rest, (0, 0), LOW)
    return colour_map, low, rest - low


def difference(sprite: np.ndarray, picture: np.ndarray, affine: np.ndarray) -> float:
    """Return how far apart sprite and drawing are where they differ most: 0 to 1, in any channel.

    At the sprite's size and in its colours, over about 3 px: lines drawn a little thinner do not
    count, a part that only one of them shows does.
    """
    *_, rest = match_colours(sprite, picture, affine)
    local = np.abs(cv2.GaussianBlur(rest, (0, 0), 1)).max(axis=2)
    return float(np.percentile(local, 99.5))


def terms(image: np.ndarray) -> np.ndarray:
    """Return the ten terms of a quadratic in BGR for each pixel: (H * W, 10)."""
    b, g, r = image.reshape(-1, 3).T
    return np.stack([b, g, r, b * b, g * g, r * r, b * g, b * r, g * r, np.ones_like(b)], axis=1)


def recolour(image: np.ndarray, colour_map: np.ndarray) -> np.ndarray:
    """Give an image the colours of a map from `match_colours`: float32 in [0, 1]."""
    return (terms(image) @ colour_map).reshape(image.shape).clip(0, 1).astype(np.float32)
