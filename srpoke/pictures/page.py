"""A before/after page: one HTML file with everything in it, to open in any browser."""

import base64
import html
import json
from pathlib import Path

import numpy as np

from srpoke.alpha import bleed_colour
from srpoke.course import Settings, check_size, output_sizes
from srpoke.engine import Engine
from srpoke.files import replacing
from srpoke.geometry import Size, resize
from srpoke.images import encode
from srpoke.pictures.examples import FACTORS, MAX_LOOPS
from srpoke.pipeline import stages
from srpoke.progress import track
from srpoke.tools import to_float, to_integer

PAGE_SIDE = 800  # px: of each factor, the loops up to this size are shown, and at least one
PAGE_BYTES = 4_000_000  # the largest pictures are left out where the file would grow beyond
TEMPLATE = Path(__file__).with_name("page.html")


def write_page(path: Path, name: str, image: np.ndarray, frames: list[dict]) -> None:
    """Write a page, titled `name`, on what became of an image: pairs that `compare` returned."""
    with replacing(path) as temporary:
        page = fill(name, image, frames)
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace")


def compare(
    image: np.ndarray,
    result: np.ndarray,
    factor: float,
    loop: int = 1,
    metadata: dict[str, bytes] | None = None,
) -> dict:
    """Return a pair of equal size: an image stretched bicubically (before), and the result (after).

    Both as data URLs, beside factor, loop, width and height. Of `metadata`, that of a Picture, the
    colour profile goes with them.
    """
    height, width = result.shape[:2]
    pair = {"before": stretch(image, height, width), "after": result}
    profile = {kind: block for kind, block in (metadata or {}).items() if kind == "icc"}
    urls = {name: data_url(picture, profile) for name, picture in pair.items()}
    return {"factor": factor, "loop": loop, "width": width, "height": height, **urls}


def every_factor(engine: Engine, image: np.ndarray, max_pixels: int) -> list[dict]:
    """Return the pairs of every factor and loop, smallest first, as many as fit on a page.

    Raises BadImage, before any work, where a picture would have more than `max_pixels`.
    """
    loops = {factor: loops_shown(image.shape[:2], factor) for factor in FACTORS}
    for factor in FACTORS:
        check_size(engine, image, factor, loops[factor], Settings(), max_pixels)
    results = []
    for factor in track(FACTORS, "factor"):
        passes = enumerate(stages(engine, image, factor, loops[factor]), 1)
        results += [(after, factor, loop) for loop, (_, after) in passes]
    frames, total = [], 0
    for result in sorted(results, key=lambda result: result[0].size):
        frame = compare(image, *result)
        total += len(frame["before"]) + len(frame["after"])
        if frames and total > PAGE_BYTES:
            break
        frames.append(frame)
    return frames


def loops_shown(size: Size, factor: float) -> int:
    """Return how many loops of a factor a page shows of an image of `size`."""
    sizes = output_sizes(size, factor, MAX_LOOPS)
    return max(1, sum(max(size) <= PAGE_SIDE for size in sizes))


def stretch(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Enlarge an image bicubically, as well as that can be done: without a halo."""
    pixels = to_float(image)
    if image.ndim == 3 and image.shape[2] == 4:
        pixels = np.dstack([bleed_colour(pixels), pixels[..., 3]])
    return to_integer(resize(pixels, height, width, "bicubic"), image.dtype)


def data_url(image: np.ndarray, metadata: dict[str, bytes]) -> str:
    """Return an image as 8-bit WebP inside an URL, without loss of what can be seen.

    That is two thirds of a PNG; with the quality 95, at 47 dB, it would be a quarter.
    """
    data = encode(Path("picture.webp"), image, metadata)
    return "data:image/webp;base64," + base64.b64encode(data).decode("ascii")


def fill(name: str, image: np.ndarray, frames: list[dict]) -> str:
    """Return the page as text. Names may hold any character."""
    height, width = image.shape[:2]
    sprite = {"width": width, "height": height, "frames": frames}
    data = json.dumps(sprite).replace("<", "\\u003c")  # no "</script>" can end the data early
    page = TEMPLATE.read_text(encoding="utf-8")
    return page.replace("{{data}}", data).replace("{{name}}", html.escape(name))
