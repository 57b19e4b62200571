"""From parts to pixels: flat masks, washes of light and shadow, tapered pen lines."""

from __future__ import annotations

import cv2
import numpy as np

from dataset.drawing.parts import LIGHT, Part, normals

SHADOW = np.array([0.80, 0.68, 0.72])  # BGR: shadows keep their blue, as a violet-grey wash does
GRID = 2.0  # cells per unit of the grid the shading is computed on, whatever the scale


def smoothstep(x: np.ndarray, low: float, high: float) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def fill_mask(size: tuple[int, int], path: np.ndarray) -> np.ndarray:
    """Mask (H, W) float32, 0 or 1, of a polygon in pixels; pixel centres lie at integers."""
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.round(path * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return mask.astype(np.float32)


def pen_mask(size: tuple[int, int], path: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Mask (H, W) float32, 0 or 1, of a line whose full width (N,) varies along the path."""
    mask = np.zeros(size, np.uint8)
    side = normals(path) * width[:, None].clip(0) / 2
    left, right = path + side, path - side
    quads = np.stack([left[:-1], left[1:], right[1:], right[:-1]], 1)
    for quad in np.round(quads * 16).astype(np.int32):
        cv2.fillConvexPoly(mask, quad, 1, cv2.LINE_8, 4)
    return mask.astype(np.float32)


def pen_width(part: Part) -> np.ndarray:
    """Line widths (N,) in units: heavier on the shadow side, thin at open ends."""
    x, y = part.path.T
    anticlockwise = np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) > 0
    away = normals(part.path) @ LIGHT * (1 if anticlockwise else -1)
    width = 0.72 + 0.36 * away if part.fill is not None else np.ones(len(x))
    if not part.closed:
        run = np.cumsum(np.r_[0, np.linalg.norm(np.diff(part.path, axis=0), axis=1)])
        width *= np.sin(np.pi * run / run[-1]).clip(0) ** 0.55
    return width * part.line


def enlarge(grid: np.ndarray, size: tuple[int, int], step: float, start: np.ndarray) -> np.ndarray:
    """Read a coarse grid (h, w) at start + step * pixel, giving a smooth (H, W)."""
    matrix = np.array([[step, 0, start[0]], [0, step, start[1]]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(grid, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)


def daylight(mask: np.ndarray) -> np.ndarray:
    """Light (h, w), about -1..1, on a cushion standing on this mask."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3).max()
    sigma = float(np.clip(0.5 * depth, 0.7, 11))
    soft = cv2.GaussianBlur(mask, (0, 0), sigma)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, i, 1 - i) / 8 for i in (1, 0))
    return (down * LIGHT[1] - across * LIGHT[0]) * sigma * 2.5


def wash(paint: np.ndarray, light: np.ndarray, grain: np.ndarray, gloss: float) -> np.ndarray:
    """Turn flat paint (H, W, 3) into a wash: shadow side, soft highlight, pigment grain."""
    shade = 0.8 * smoothstep(-light, 0.1, 0.42) + 0.2 * smoothstep(-light, -0.2, 0.9)
    glow = 0.3 * smoothstep(light, 0.1, 0.75) * min(gloss, 1)
    spot = 0.35 * smoothstep(light, 0.5, 0.62) * (1 - smoothstep(light, 0.8, 0.9))
    paint = paint * (1 - min(gloss, 1) * shade[..., None] * (1 - SHADOW))
    paint = paint + (1 - paint) * (glow + spot * max(gloss - 1, 0))[..., None]
    return (paint * (1 + 0.026 * grain[..., None] * (0.6, 1.0, 1.2))).clip(0, 1)


def over(view: np.ndarray, paint: np.ndarray, mask: np.ndarray):
    """Composite paint through a mask (H, W), in place, on premultiplied BGRA."""
    view *= 1 - mask[..., None]
    view[..., :3] += paint * mask[..., None]
    view[..., 3] += mask


def paint_part(part: Part, canvas: np.ndarray, grain: np.ndarray, k: float, corner: np.ndarray):
    """Paint one part over the premultiplied canvas (H, W, 4), k pixels to the unit."""
    every = (part.path - corner) * (k, -k)
    low = np.clip(np.floor(every.min(0) - 5 * k), 0, None).astype(int)
    high = np.ceil(every.max(0) + 5 * k).astype(int)
    box = np.s_[low[1] : high[1], low[0] : high[0]]
    view, size = canvas[box], canvas[box].shape[:2]

    def pixels(path: np.ndarray) -> np.ndarray:
        return (path - corner) * (k, -k) - 0.5 - low

    if part.fill is not None:
        # light and soft edges live on a coarse grid in units: the same at every scale
        start = np.array([part.path[:, 0].min() - 6, part.path[:, 1].max() + 6])
        cells = np.ceil((np.ptp(part.path, axis=0) + 12) * GRID).astype(int)[::-1]

        def coarse(path: np.ndarray) -> np.ndarray:
            return fill_mask(tuple(cells), (path - start) * (GRID, -GRID))

        def fine(grid: np.ndarray, shift: tuple[float, float] = (0, 0)) -> np.ndarray:
            first = ((low + 0.5) / k * (1, -1) + corner - start - shift) * (GRID, -GRID)
            return enlarge(grid, size, GRID / k, first)

        mask = fill_mask(size, pixels(part.path))
        if part.root is not None:
            # melt only into paint: over the bare background the limb stays solid
            x, y = (
                np.arange(n) - c for n, c in zip(size[::-1], pixels(part.root[:2]), strict=True)
            )
            melt = 1 - smoothstep(np.hypot(x, y[:, None]) / k, part.root[2], part.root[2] * 1.6)
            mask *= 1 - view[..., 3] * melt
        paint = np.ones((*size, 3), np.float32) * part.fill
        for path, fill, soft in part.marks:
            if soft:
                edge = fine(cv2.GaussianBlur(coarse(path), (0, 0), soft * GRID))
            else:
                edge = cv2.GaussianBlur(fill_mask(size, pixels(path)), (0, 0), 0.22 * k)
            paint += (fill - paint) * edge[..., None]
        if part.gloss:
            own = coarse(part.path)
            cast = fine(cv2.GaussianBlur(own, (0, 0), 1.6), (1.4, -1.6)).clip(0, 1)
            weight = 0.6 if part.root is None else 0.2
            view[..., :3] *= 1 - weight * cast[..., None] * (1 - SHADOW)
            paint = wash(paint, fine(daylight(own)), grain[box], part.gloss)
        over(view, paint, mask)
    if part.line:  # OpenCV fills a polygon with its border, half a pixel more on each side
        around = np.r_[np.arange(len(part.path)), [0, 1] if part.closed else []].astype(int)
        line = pen_mask(size, pixels(part.path)[around], pen_width(part)[around] * k - 1)
        over(view, part.ink, line)
