"""Images and training pairs: read, write, load a folder, blur, cut random patches.

Everywhere in srpoke an image file is an array as OpenCV decodes it, uint8 or uint16, (H, W) grey,
(H, W, 3) BGR or (H, W, 4) BGRA; inside the pipeline it is float32 in [0, 1]. No TensorFlow here.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from srpoke.alpha import composite
from srpoke.geometry import PHASE_PLANES, cut, cut_input, dihedral, resize, small_size

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
CANDIDATES = 2  # random places per patch, of which the one with most contrast is taken
WHITE_SHARE = 0.75  # of the training patches; the others get a random flat background


class BadImage(ValueError):
    """A file that cannot be read as an image, or makes a result that is too large."""


def read_image(path: str | Path) -> np.ndarray:
    """Return a file's pixels, uint8 or uint16, (H, W), (H, W, 3) BGR or (H, W, 4) BGRA.

    A palette is resolved and an EXIF turn applied. Raises BadImage where that fails.
    """
    try:
        data = np.fromfile(path, np.uint8)  # unlike cv2.imread, opens any file name on Windows
        with silent_stderr():
            image = cv2.imdecode(data, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
            whole = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
            if image is not None and whole.ndim == 3 and whole.shape[2] == 4:
                image = turn_like(whole, image)
    except OSError as error:
        raise BadImage(f"{path} cannot be opened: {error.strerror}") from None
    except cv2.error:
        image = None  # an empty file, or one that asks for more memory than OpenCV allows
    if image is None:
        raise BadImage(f"{path} is not an image that OpenCV can read")
    if image.dtype not in (np.uint8, np.uint16):
        raise BadImage(f"{path} has {image.dtype} pixels; 8 or 16 bits are supported")
    return image


def turn_like(bgra: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Turn (H, W, 4) pixels as EXIF asks: OpenCV does it, but only where it drops the alpha."""
    bgr = to_bgra(turned)[..., :3]
    views = (dihedral(bgra, k) for k in range(8))
    fitting = (view for view in views if np.array_equal(view[..., :3], bgr))
    return np.ascontiguousarray(next(fitting, bgra))


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Keep off the terminal what libraries in C++ print to stderr: our one line says enough."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name in the folder of `path` to write to; rename it when all went well.

    So a file is written whole or not at all, and an existing one is never lost to a failed run.
    The temporary name keeps the ending, by which Keras and OpenCV choose the format.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".srpoke-{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_image(path: str | Path, image: np.ndarray) -> None:
    """Write uint8 or uint16 pixels in the format that the ending names; OSError if it fails."""
    try:
        done, data = cv2.imencode(Path(path).suffix, image)
    except cv2.error as error:
        raise ValueError(f"{path}: OpenCV cannot write this format: {error.err}") from None
    if not done:
        raise OSError(f"{path}: could not be encoded")
    with replacing(path) as temporary:
        temporary.write_bytes(data.tobytes())


def list_images(folder: str | Path, recursive: bool = False) -> list[Path]:
    """Return the image files of a folder, sorted by name, hidden files (macOS "._x") left out."""
    pattern = "**/*" if recursive else "*"
    return sorted(
        path
        for path in Path(folder).glob(pattern)
        if path.suffix.lower() in IMAGE_SUFFIXES and path.name[0] != "." and path.is_file()
    )


def load_folder(folder: str | Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the readable images of a folder by file name, and one line for each broken file.

    Raises ValueError where the folder is missing or holds no readable image.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"{folder} is not a folder; a folder with images is needed")
    images, failures = {}, []
    for path in list_images(folder):
        try:
            images[path.name] = read_image(path)
        except BadImage as error:
            failures.append(str(error))
    if not images:
        raise ValueError(f"{folder} holds no readable image (endings: {sorted(IMAGE_SUFFIXES)})")
    return images, failures


def to_float(image: np.ndarray) -> np.ndarray:
    """Scale uint8 or uint16 to float32 in [0, 1]."""
    return image.astype(np.float32) / np.iinfo(image.dtype).max


def to_integer(image: np.ndarray, dtype: np.dtype = np.uint8) -> np.ndarray:
    """Clip to [0, 1] and round (never truncate) to the whole range of uint8 or uint16."""
    peak = np.iinfo(dtype).max
    return (np.clip(image, 0, 1) * peak + 0.5).astype(dtype)


def to_bgra(image: np.ndarray) -> np.ndarray:
    """Give grey or BGR pixels their missing channels; alpha is opaque. Keeps the dtype."""
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    if image.shape[2] == 3:
        opaque = 1 if image.dtype == np.float32 else np.iinfo(image.dtype).max
        image = np.dstack([image, np.full_like(image[..., 0], opaque)])
    return image


def blur(
    sharp: np.ndarray, factor: float, interpolation: str
) -> tuple[np.ndarray, tuple[int, int]]:
    """Shrink a float image by `factor` (to 8 bits, like a small file) and stretch it back.

    Returns the blurry image, of the same size, and the size (height, width) of the small one.
    """
    height, width = sharp.shape[:2]
    small = resize(sharp, small_size(height, factor), small_size(width, factor), interpolation)
    small = to_float(to_integer(small))
    return resize(small, height, width, interpolation), small.shape[:2]


def random_pairs(
    sprites: list[np.ndarray],
    count: int,
    rng: np.random.Generator,
    *,
    patch_size: int,
    shrink: int,
    factors: list[float],
    interpolation: str,
    phase: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Cut `count` aligned pairs at random places of random uint8 or uint16 BGRA sprites.

    Returns blurred patches (count, patch_size, patch_size, 3 or, with phase planes, 6) and sharp
    targets (count, size, size, 3) with size = patch_size - shrink, both float32. Flip, turn,
    channel order, background and factor are drawn per patch. Places with contrast are preferred:
    most of a sprite is flat. A patch may reach over the border of its sprite by shrink / 2, where
    edges are repeated, exactly as they are when an image is upscaled.
    """
    half, size = shrink // 2, patch_size - shrink
    inputs = np.empty((count, patch_size, patch_size, 3 + PHASE_PLANES * phase), np.float32)
    targets = np.empty((count, size, size, 3), np.float32)
    for n in range(count):
        view = dihedral(sprites[rng.integers(len(sprites))], rng.integers(8))
        places = [
            [random_window(length, patch_size, half, rng) for length in view.shape[:2]]
            for _ in range(CANDIDATES)
        ]
        (rows, top), (columns, left) = max(places, key=lambda place: contrast(view, place))
        background = (1, 1, 1) if rng.random() < WHITE_SHARE else rng.random(3)
        sharp = composite(to_float(view[rows, columns]), background)[..., rng.permutation(3)]
        blurry, small = blur(sharp, rng.choice(factors), interpolation)
        inputs[n] = cut_input(blurry, small, phase, top, left, patch_size, patch_size)
        targets[n] = cut(sharp, top + half, left + half, size, size)
    return inputs, targets


def contrast(view: np.ndarray, place: list[tuple[slice, int]]) -> float:
    """Standard deviation of a sample of the pixels of a window: low where a patch has no lines."""
    (rows, _), (columns, _) = place
    sample = np.ascontiguousarray(view[rows, columns][::4, ::4])
    return cv2.meanStdDev(sample)[1].sum()


def random_window(
    length: int, patch_size: int, half: int, rng: np.random.Generator
) -> tuple[slice, int]:
    """Draw where on an axis of `length` pixels a patch lies.

    Returns the window to blur and the first pixel of the patch inside it, negative where the patch
    reaches over the border. The window is a few random pixels larger than the patch, so that
    patches see every phase of the shrinking grid and no false border.
    """
    low, high = -half, length - patch_size + half
    first = int(rng.integers(low, high + 1)) if high >= low else (length - patch_size) // 2
    before, after = rng.integers(8, 16, size=2)
    start = max(0, first - before)
    return slice(start, min(length, first + patch_size + after)), first - start
