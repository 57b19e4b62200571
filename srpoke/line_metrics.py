"""Is a result as crisp as the truth: edges, thin dark lines, fine texture, and rings around edges.

PSNR rewards softness where a line may lie here or there; these tell soft from crisp, and crisp from
overdone. Pictures are uint8 BGR of equal size.
"""

import cv2
import numpy as np

EDGE = 12  # grey levels per px: the truth's gradient on an edge
LINE = 20  # grey levels: depth of a line below what lies on both sides
FIGURE = 245  # darkest channel from which a pixel is paper
NEAR = 9  # px: window around an edge in which rings count


def line_scores(result: np.ndarray, truth: np.ndarray, factor: float) -> dict[str, float]:
    """Compare a result of enlarging `factor` times with its truth; NaN where it has no such place.

    edge   gradient on the truth's edges over the truth's: 1 as crisp, below soft, above too hard
    lines  depth of thin dark lines where the truth has them over the truth's: 1 as dark and thin
    fine   gradient inside the figure away from edges over the truth's: 1 neither smooth nor noisy
    ring   grey levels beyond the truth's range in 5 x 5 px, mean over what lies near edges: 0 none
    """
    a, b = result.astype(np.float32), truth.astype(np.float32)
    steep, true_steep = gradient(a), gradient(b)
    edge = true_steep > EDGE
    width = 2 * round(factor) + 1
    depth, true_depth = line_depth(a, width), line_depth(b, width)
    line = true_depth > LINE
    inside = ~spread(b.min(axis=2) >= FIGURE, 5) & ~spread(edge, 5)
    near = spread(edge, NEAR)
    return {
        "edge": share(steep, true_steep, edge),
        "lines": share(depth, true_depth, line),
        "fine": share(steep, true_steep, inside),
        "ring": float(overshoot(a, b)[near].mean()) if near.any() else np.nan,
    }


def share(values: np.ndarray, true_values: np.ndarray, where: np.ndarray) -> float:
    """Return the sum of the values over that of the true ones; NaN where there are none."""
    total = true_values[where].sum(dtype=np.float64)
    return float(values[where].sum(dtype=np.float64) / total) if total else np.nan


def gradient(image: np.ndarray) -> np.ndarray:
    """Return the slope of a float picture's grey values, levels per px: (H, W)."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.hypot(cv2.Scharr(grey, -1, 1, 0), cv2.Scharr(grey, -1, 0, 1)) / 32


def line_depth(image: np.ndarray, width: int) -> np.ndarray:
    """Return how far each pixel lies below a closing by `width` px: dark lines thinner than it."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((width, width), np.uint8))


def overshoot(result: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return how far each value lies outside what the truth shows within 2 px: (H, W, 3)."""
    window = np.ones((5, 5), np.uint8)
    above = np.maximum(result - cv2.dilate(truth, window), 0)
    return above + np.maximum(cv2.erode(truth, window) - result, 0)


def spread(mask: np.ndarray, size: int) -> np.ndarray:
    """Grow a mask by a square of `size` px."""
    return cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
