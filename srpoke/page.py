"""A before/after page: one HTML file with everything in it, to open in any browser."""

import base64
import html
import json
from pathlib import Path

import cv2
import numpy as np

from srpoke.alpha import bleed_colour
from srpoke.engine import Engine
from srpoke.geometry import resize
from srpoke.pipeline import Settings, check_size, output_sizes, stages
from srpoke.progress import track
from srpoke.sheet import FACTORS
from srpoke.tools import replacing, to_float, to_integer

PAGE_SIDE = 800  # px: of each factor, the loops up to this size are shown, and at least one
PAGE_BYTES = 7_500_000  # the largest pictures are left out where the file would grow beyond
TEMPLATE = Path(__file__).with_name("page.html")


def write_page(engine: Engine, image: np.ndarray, folder: Path, max_pixels: int) -> Path:
    """Write <folder>/page.html, titled by the folder's name, and return its path.

    Raises BadImage, before any work, where a picture would have more than `max_pixels`.
    """
    for factor in FACTORS:
        check_size(engine, image, factor, 1, Settings(), max_pixels)
    path = folder / "page.html"
    text = fill(folder.name, image, make_frames(engine, image))
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def make_frames(engine: Engine, image: np.ndarray) -> list[dict]:
    """Return the pairs to compare, at equal size: bicubic (before) and the network's (after).

    Both as data URLs, beside factor, loop, width and height. Smallest first, as many as fit.
    """
    pairs = []
    for factor in track(FACTORS, "factor"):
        sizes = output_sizes(image.shape[:2], factor, 31)
        loops = max(1, sum(max(size) <= PAGE_SIDE for size in sizes))
        results = stages(engine, image, factor, loops)
        pairs += [(factor, loop, after) for loop, (_, after) in enumerate(results, 1)]
    frames, total = [], 0
    for factor, loop, after in sorted(pairs, key=lambda pair: pair[2].size):
        height, width = after.shape[:2]
        before = stretch(image, height, width)
        frame = {"factor": factor, "loop": loop, "width": width, "height": height}
        frame |= {"before": data_url(before), "after": data_url(after)}
        total += len(frame["before"]) + len(frame["after"])
        if frames and total > PAGE_BYTES:
            break
        frames.append(frame)
    return frames


def stretch(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Enlarge an image bicubically, as well as that can be done: without a halo."""
    pixels = to_float(image)
    if image.ndim == 3 and image.shape[2] == 4:
        pixels = np.dstack([bleed_colour(pixels), pixels[..., 3]])
    return to_integer(resize(pixels, height, width, "bicubic"), image.dtype)


def data_url(image: np.ndarray) -> str:
    """Return an image as an 8-bit PNG inside an URL, without the colour that alpha 0 hides."""
    image = to_integer(to_float(image))
    if image.ndim == 3 and image.shape[2] == 4:
        image[image[..., 3] == 0] = 0
    _, data = cv2.imencode(".png", image)
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")


def fill(name: str, image: np.ndarray, frames: list[dict]) -> str:
    """Return the page as text. Names may hold any character: they are escaped."""
    height, width = image.shape[:2]
    sprite = {"width": width, "height": height, "frames": frames}
    data = json.dumps(sprite).replace("<", "\\u003c")  # no "</script>" can end the data early
    page = TEMPLATE.read_text(encoding="utf-8")
    return page.replace("{{data}}", data).replace("{{name}}", html.escape(name))
