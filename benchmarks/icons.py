"""Emoji from npm packages: vectors as Iconify lays them out, small PNGs as emoji-datasource does.

    npm pack @iconify-json/noto emoji-datasource-google
    mkdir noto && tar -xf iconify-json-noto-1.2.9.tgz -C noto
    mkdir google && tar -xf emoji-datasource-google-16.0.0.tgz -C google

Emoji are known by their code points, such as "1f98e", and named as the vectors are. Flags and
skin tones are left out: the same drawing again, in other colours. No TensorFlow here.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from srpoke.errors import UserError
from srpoke.kernels import KERNELS
from srpoke.tools import degrade, to_float, to_integer

HINT = "pip install -r benchmarks/requirements.txt"
SMALL = "img/google/64"  # where emoji-datasource-google has its PNGs
VARIANT = re.compile("1f3f[b-f]|1f1[ef]|1f3f4-e0")  # skin tones, flags of countries, of regions
SEED = 0
SOME = 2000  # SVG files of a folder that are learnt from at most; others are for judging
SAMPLES = 3  # per axis and pixel, beside the renderer's own


class Drawing(NamedTuple):
    """A vector: the code of its emoji, and its SVG."""

    code: str
    svg: str


def has(package: Path, name: str) -> Path | None:
    """Return a file or folder of a package that npm packed; None where it is missing."""
    places = (package / name, package / "package" / name)
    return next((place for place in places if place.exists()), None)


def inside(package: Path, name: str) -> Path:
    """Return a file or folder of a package that npm packed; UserError where it is missing."""
    place = has(package, name)
    if place is None:
        raise UserError(f"{package} has no {name}: an unpacked npm package is needed")
    return place


def load_drawings(package: Path) -> dict[str, Drawing]:
    """Return the drawings of an @iconify-json package by name, in order of the names."""
    found = inside(package, "icons.json"), inside(package, "chars.json")
    icons, names = (json.loads(path.read_text(encoding="utf-8")) for path in found)
    drawings = {
        name: Drawing(code, to_svg(icons, icons["icons"][name]))
        for code, name in names.items()
        if name in icons["icons"] and not VARIANT.search(code)
    }
    return dict(sorted(drawings.items()))


def to_svg(icons: dict, icon: dict) -> str:
    """Make an icon a file of its own: sizes that it does not give are those of the set."""
    width, height = (icon.get(side) or icons.get(side) or 16 for side in ("width", "height"))
    view = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="{view}">{icon["body"]}</svg>'
    )


def small_files(package: Path) -> dict[str, Path]:
    """Return the small PNGs of emoji-datasource-google by the code of their emoji."""
    files = {bare(path.stem): path for path in sorted(inside(package, SMALL).glob("*.png"))}
    return {code: path for code, path in files.items() if not VARIANT.search(code)}


def shuffled_files(folder: Path, rng: np.random.Generator) -> list[Path]:
    """Return the SVG files of a folder and those inside it; UserError where there are none."""
    files = sorted(folder.rglob("*.svg"))
    if not files:
        raise UserError(f"{folder} is no unpacked npm package, and has no SVG files")
    return [files[index] for index in rng.permutation(len(files))]


def bare(code: str) -> str:
    """Leave out the sign that asks for a picture in place of a letter: packages differ in it."""
    return code.lower().replace("-fe0f", "")


def load_renderer() -> object:
    """Return the module that renders; UserError where it is not installed."""
    try:
        import resvg_py
    except ImportError:
        raise UserError(f"resvg-py, which renders SVG, is not installed: {HINT}") from None
    return resvg_py


def render_file(path: Path, side: int) -> np.ndarray:
    """Draw an SVG file as `render` does."""
    return render(path.read_text(encoding="utf-8", errors="replace"), side)


def render(svg: str, side: int) -> np.ndarray:
    """Draw an SVG, `side` px on its longer side: uint8 BGRA, each pixel the mean of its area.

    Raises ValueError where it is no SVG, or of no size.
    """
    data = load_renderer().svg_to_bytes(svg_string=svg, width=SAMPLES * side)
    fine = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    height, width = fine.shape[:2]
    sizes = [max(1, round(side * n / max(width, height))) for n in (height, width)]
    return to_integer(degrade(to_float(fine), *sizes, KERNELS["area"]))
