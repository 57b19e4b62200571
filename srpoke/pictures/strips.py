"""The README's strips: what a network makes of sprites, beside plain enlargement."""

from collections.abc import Sequence

import numpy as np

from srpoke.engine import Engine
from srpoke.geometry import resize
from srpoke.pictures.layout import best_window, edges, inner_edges, label, magnify, sheet, table
from srpoke.pipeline import upscale
from srpoke.tools import flatten, to_bgra

STRIP_WINDOW = (92, 128)  # px of a sprite, height and width, that the strip shows enlarged
HALO_WINDOW, HALO_ZOOM = (42, 56), 7
STRIP_FACTOR, STRIP_LOOPS = 2, 2
BACKGROUNDS = {  # BGR
    "on dark": (0.16, 0.12, 0.11),
    "on light": (0.88, 0.95, 0.97),
    "on a strong colour": (0.63, 0.62, 0.08),
}


def strip(engine: Engine, images: Sequence[np.ndarray]) -> np.ndarray:
    """Return the first picture of the README: small | bicubic | ours, a row for each sprite."""
    scale = STRIP_FACTOR**STRIP_LOOPS
    rows = []
    for image in images:
        flat = flatten(image)
        window = best_window(inner_edges(flat), *STRIP_WINDOW)
        bicubic = resize(flat, *(n * scale for n in flat.shape[:2]), "bicubic")
        clean = upscale(engine, image, STRIP_FACTOR, STRIP_LOOPS)
        enlarged = [magnify(p, window, scale, scale) for p in (bicubic, flatten(clean))]
        rows.append([magnify(flat, window, 1, 1), *enlarged])
    names = [
        "small, true size",
        f"bicubic, {scale}x",
        f"srpoke, {scale}x: {STRIP_LOOPS} passes of {STRIP_FACTOR}",
    ]
    rows.insert(0, [label(name, 26, bold=True) for name in names])
    return sheet(table(rows))


def halo(engine: Engine, images: Sequence[np.ndarray]) -> np.ndarray:
    """Return the edge of transparent sprites on three backgrounds: enlarged plainly, and by us.

    Plainly is colour and alpha each stretched bicubically, with the colour hidden under alpha 0.
    """
    scale = STRIP_FACTOR**STRIP_LOOPS
    rows = [[label("", 26), *(label(name, 26, bold=True) for name in BACKGROUNDS)]]
    for image in map(to_bgra, images):
        window = best_window(edges(image[..., 3:].astype(np.float32)), *HALO_WINDOW)
        plain = resize(image, *(n * scale for n in image.shape[:2]), "bicubic")
        clean = upscale(engine, image, STRIP_FACTOR, STRIP_LOOPS)
        for name, bgra in (("plain bicubic", plain), ("srpoke", clean)):
            shown = [
                magnify(flatten(bgra, colour), window, scale, HALO_ZOOM)
                for colour in BACKGROUNDS.values()
            ]
            rows.append([label(name, 26, bold=True), *shown])
    return sheet(table(rows))
