"""JPEG: how a picture looks that was saved so, and how to know one by its pixels."""

import cv2
import numpy as np

SAMPLINGS = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
BLOCK = 8  # px: side of a block, whose cosine transform is rounded
RICH = 8  # grey levels between the darkest and the brightest pixel of a block that can tell
ZERO = 1.0  # grey levels: a coefficient below it may have been rounded to 0
OTHER_GRIDS = (2, 6), (3, 5), (4, 4), (5, 2)  # px: rows and columns by which blocks are moved
FEWEST = 12  # blocks that can tell: the zeros of fewer are chance
EQUAL = 0.25  # grey levels: neighbours that differ by less are of one colour
EVEN = 0.4  # of neighbours are equal at least in what was drawn with few colours, seldom in a JPEG
MORE = 0.045  # of the coefficients are 0 in the blocks of a JPEG than in those of any other grid


def as_jpeg(image: np.ndarray, quality: int, sampling: int = SAMPLINGS[0]) -> np.ndarray:
    """Save a uint8 BGR image as JPEG, of a quality from 1 to 100, and read it again.

    `sampling` is one of SAMPLINGS: colours at half the resolution, as is usual, or at full.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    return cv2.imdecode(cv2.imencode(".jpg", image, options)[1], cv2.IMREAD_COLOR)


def was_jpeg(image: np.ndarray) -> bool:
    """Whether a float (H, W, 3) BGR image in [0, 1] was saved as JPEG, and not resized since.

    JPEG rounds the cosine transform of each block of 8 x 8 px, most of it to 0. So more of it is 0
    there than in blocks that are cut at other places, even and odd ones, as pixel art has a grid of
    its own. In a few flat colours that may be chance; but then most neighbours are equal, which
    rounding seldom leaves beside an edge. (What is put together from tiles of 8 px, each of
    a piece and of many colours, cannot be told from it.)
    """
    grey = 255 * cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    own, *others = (rich_blocks(grey[top:, left:]) for top, left in [(0, 0), *OTHER_GRIDS])
    more = zeros(own) - np.max([zeros(blocks) for blocks in others])
    return bool(more > MORE and evenness(own) < EVEN)  # False also where too few blocks can tell


def rich_blocks(grey: np.ndarray) -> np.ndarray:
    """Return the blocks of an (H, W) image that can tell, (n, BLOCK, BLOCK)."""
    rows, columns = (size // BLOCK for size in grey.shape)
    blocks = grey[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    blocks = blocks.transpose(0, 2, 1, 3).reshape(-1, BLOCK, BLOCK)
    return blocks[np.ptp(blocks, axis=(1, 2)) > RICH]


def zeros(blocks: np.ndarray) -> float:
    """Return which share of (n, BLOCK, BLOCK) grey blocks is 0 when transformed; NaN of too few."""
    if len(blocks) < FEWEST:
        return np.nan
    cosines = cv2.dct(np.eye(BLOCK, dtype=np.float32), flags=cv2.DCT_ROWS).T  # (frequency, pixel)
    return float((np.abs(cosines @ blocks @ cosines.T) < ZERO).mean())


def evenness(blocks: np.ndarray) -> float:
    """Return which share of neighbours are equal in (n, BLOCK, BLOCK) grey blocks."""
    equal = [np.abs(np.diff(blocks, axis=axis)) < EQUAL for axis in (1, 2)]
    return float(np.mean([share.mean() for share in equal]))
