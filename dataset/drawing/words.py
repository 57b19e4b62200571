"""The drawing words of a body plan: limbs, eyes, wings, flames, each a few parts and marks."""

from __future__ import annotations

import numpy as np

from dataset.drawing.parts import LIGHT, OUTLINES, Part, Sketch, blob, polar, shape, spline


def dark(colour: np.ndarray, by: float = 0.78) -> np.ndarray:
    return colour * (by + 0.06, by, by)


def put(s: Sketch, path, fill, closed=True, root=None, **style) -> Part:
    """Lay a part with this outline over the others."""
    root = None if root is None else np.r_[s.place(np.array(root[:2])), root[2] * s.origin[2]]
    s.parts.append(Part(s.place(path), fill, 0.27 * fill**1.25, closed, root=root, **style))
    return s.parts[-1]


def add(s: Sketch, word, fill, *numbers, join=0, ground=None, **style):
    """Paint an outline; with join, the root of a limb melts into what lies under it."""
    path = OUTLINES[word](*numbers)
    if ground is not None:
        path[:, 1] = np.maximum(path[:, 1], ground)
    closed = word not in ("limb", "cone", "leaf")
    put(s, path, fill, closed, numbers[:3] if join else None, **style)
    if word == "leaf":
        x, y, angle, length, width, *bend = numbers
        vein = (x, y, angle, length * 0.8, width * 0.1, *bend)
        mark(s, "cone", dark(fill, 0.5), *vein)


def mark(s: Sketch, word, fill, *numbers, soft=0.0):
    """Paint an outline as a mark, clipped to the part before it."""
    s.parts[-1].marks.append((s.place(OUTLINES[word](*numbers)), fill, soft))


def spots(s: Sketch, fill, x0, y0, x1, y1, n, size):
    """Marks scattered over a box."""
    across = (np.arange(n) + 0.5) / n
    up = (across * 1.618 * n + s.rng.uniform()) % 1  # low discrepancy: spots do not clump
    for a, b, r in zip(across, up, size * s.rng.uniform(0.6, 1.2, int(n)), strict=True):
        mark(s, "blob", fill, x0 + (x1 - x0) * a, y0 + (y1 - y0) * b, r, r * 0.8)


def stripes(s: Sketch, fill, x0, x1, y0, y1, n, width, lean=0.0):
    """Tapered marks side by side, from y0 to y1."""
    for x in np.linspace(x0, x1, int(n)):
        mid = (x + lean * 0.6, (y0 + y1) / 2, width * 0.8)
        mark(s, "limb", fill, x, y0, width, *mid, x + lean, y1, 0)


def seams(s: Sketch, fill, width, *lines):
    """Thin straight marks x0 y0 x1 y1 ..."""
    for x0, y0, x1, y1 in np.reshape(lines, (-1, 4)):
        mid = ((x0 + x1) / 2, (y0 + y1) / 2 - 0.4)
        mark(s, "limb", fill, x0, y0, width / 4, *mid, width, x1, y1, width / 4)


def pen(s: Sketch, fill, *numbers, line=0.9):
    """A bare tapered line x y x y ..."""
    s.parts.append(Part(s.place(spline(np.reshape(numbers, (-1, 2)))), None, fill, False, line))


def fan(s: Sketch, word, fill, x, y, middle, width, n, length, thick, bend=0, fall=0.35, **style):
    """n cones or leaves from one root, the middle ones longest and in front."""
    for a in sorted(np.linspace(-1, 1, int(n)) if n > 1 else [0], key=abs, reverse=True):
        numbers = (middle + a * width / 2, length * (1 - fall * abs(a)), thick, bend)
        add(s, word, fill, x, y, *numbers, **style)


def ear(s: Sketch, fill, x, y, angle, length, width):
    """A pointed ear with its inside showing."""
    add(s, "cone", fill, x, y, angle, length, width, 6)
    root = polar(x, y, angle, length * 0.12)
    mark(s, "cone", s.colours["light"], *root, angle, length * 0.75, width * 0.5, 4)


def leg(s: Sketch, fill, hx, hy, kx, ky, fx, fy, r, toe=-1.0, join=0):
    """A leg by hip, knee and foot of radius r, the claws pointing along toe (-1 is left)."""
    low = 0.62 * r
    end = (fx + toe * r * 0.9, fy + low * 0.9, low)
    spine = (hx, hy, r * 1.25, kx, ky, r * 0.8, fx, fy + low, low, *end)
    add(s, "limb", fill, *spine, join=join, ground=fy)
    for k in (0.4, 0.95, 1.5):
        claw = (fx + toe * r * k, fy + low * 0.75, 270 + toe * 50, r * 0.5, r * 0.24)
        add(s, "cone", s.colours["light"], *claw)


def toes(s: Sketch, fill, x, y):
    """Three fingers with round tips, pointing left."""
    for a in (210, 185, 158):
        finger = (*polar(x, y, a, 7), 1.6, *polar(x, y, a, 11), 2.6)
        add(s, "limb", fill, x, y, 2, *finger, ground=y - 4)


def eye(s: Sketch, x, y, size, mood, inner=-1, wide=0.8):
    """An eye of half height size; inner says on which side the nose is."""
    ink, white, iris = (s.colours[c] for c in ("ink", "white", "iris"))
    if mood == "happy":
        low, w = y - size * 0.2, size * wide
        pen(s, ink, x - w, low, x, y + size * 0.5, x + w, low, line=1.9)
        return
    path = blob(x, y, size * wide, size)
    across = (path[:, 0] - x) / (size * wide)
    lids = {"fierce": 0.5 - 0.55 * inner * across, "sleepy": 0.15}
    path[:, 1] = np.minimum(path[:, 1], y + size * lids.get(mood, 1))
    part = put(s, path, white if mood != "bead" else ink * 1.5, line=0.9, gloss=0)
    part.ink, w, x, y = ink, size * wide, x + 0.16 * size * inner, y - 0.08 * size
    if mood != "bead":
        mark(s, "blob", iris, x, y, w * 0.74, size * 0.8)
        mark(s, "blob", iris * 0.5 + 0.5, x, y - size * 0.45, w * 0.5, size * 0.35)
        mark(s, "blob", ink, x, y + size * 0.05, w * 0.4, size * 0.52)
    mark(s, "blob", white, x - size * 0.26, y + size * 0.34, size * 0.26, size * 0.27)
    mark(s, "blob", white, x + size * 0.25, y - size * 0.4, size * 0.11, size * 0.12)
    pen(s, ink, *path[6:31:6].ravel(), line=2.0)


def mouth(s: Sketch, x, y, w, kind):
    """A mouth of half width w: a smile, a smile with a fang, or an open laugh."""
    if kind == "open":
        lips = [-1, 0.2, -1, 0.2, 0, -0.02, 1, 0.3, 1, 0.3, 0.5, -0.8, -0.4, -0.8]
        put(s, shape(*lips) * w + (x, y), s.colours["gum"], gloss=0)
        mark(s, "blob", s.colours["blush"], x, y - w * 0.8, w * 0.6, w * 0.4)
    else:
        lips = np.reshape([-1, 0.25, -0.3, -0.12, 0.3, -0.08, 1, 0.4], (-1, 2)) * w + (x, y)
        pen(s, dark(s.colours["main"], 0.3), *lips.ravel(), line=1.1)
    if kind != "smile":
        tooth = (x + w * 0.5, y + w * 0.08, 268, w * 0.45, w * 0.15)
        add(s, "cone", s.colours["white"], *tooth, gloss=0)


def face(s: Sketch, x, y, size, gap, mood, grin, low=1.6):
    """Two eyes about (x, y), the far one narrower, and a mouth under them."""
    eye(s, x - gap * 0.85, y, size * 0.95, mood, inner=1, wide=0.62)
    eye(s, x + gap, y, size, mood)
    mouth(s, x - gap * 0.1, y - size * low, gap * 0.8, grin)


def flame(s: Sketch, fill, core, x, y, size):
    """A flame standing on (x, y), with a bright core."""
    left = [0, 0, -0.42, 0.3, -0.36, 0.8, -0.36, 0.8, -0.15, 0.62, 0.25, 1.25, 0.25, 1.25]
    tongues = shape(*left, 0.25, 0.66, 0.5, 0.9, 0.5, 0.9, 0.45, 0.3) * size
    put(s, tongues + (x, y), fill, gloss=0.5)
    s.parts[-1].marks.append((s.place(tongues * 0.58 + (x, y)), core, 0))


def wing(s: Sketch, fill, x, y, size, angle, kind="skin", flip=1.0):
    """A wing rooted at (x, y): skin between fingers, or a fan of feathers."""
    if kind == "feather":
        for a, k in ((-58, 0.62), (-40, 0.78), (-22, 0.92), (-4, 1.0)):
            add(s, "leaf", fill, x, y, angle + flip * a, size * k, size * 0.13, -12 * flip)
        cover = (x, y, angle + flip * 6, size * 0.66, size * 0.13, -16 * flip)
        add(s, "leaf", s.colours["light"], *cover)
        return
    fingers = ((4, 1.0), (-26, 0.98), (-52, 0.8), (-82, 0.5))
    tips = [polar(x, y, angle + flip * a, size * k) for a, k in fingers]
    wrist = polar(x, y, angle + flip * 32, size * 0.55)
    points = [x, y, x, y, *wrist]
    for a, b in zip(tips, [*tips[1:], (x, y)], strict=True):
        points += [*a, *a, *((np.array(a) + b) * 0.39 + np.array(wrist) * 0.22)]
    put(s, shape(*points), fill)
    for tip in tips[1:]:
        pen(s, dark(fill, 0.4), *wrist, *(np.array(wrist) + tip) / 2, *tip)
    bone = (x, y, size * 0.05, *wrist, size * 0.04, *tips[0], 0)
    add(s, "limb", s.colours["main"], *bone)
    add(s, "cone", s.colours["light"], *wrist, angle + flip * 60, size * 0.12, size * 0.03)


def tail(s: Sketch, fill, x, y, k, kind):
    """A tail that rises to the right of (x, y), k times the usual size."""
    at = np.array([[0, 0], [16, 6], [28, 22], [24, 44]]) * k + (x, y)
    radius = (4, 9, 12, 0) if kind == "bushy" else (5, 3.4, 2.6, 1.8)
    add(s, "limb", fill, *np.c_[at, np.array(radius) * k].ravel())
    if kind == "bushy":
        mark(s, "burst", s.colours["light"], *at[3], 13 * k, 17 * k, 9, 0.35)
    elif kind == "flame":
        flame(s, s.colours["fire"], s.colours["core"], *at[3] - (0, 3), 24 * k)
    else:
        fan(s, "leaf", s.colours["accent"], *at[3], 90, 120, 3, 26 * k, 6 * k)


def snake(s: Sketch, fill, *numbers):
    """A limb with a banded back, a ridge of spines and a ribbed belly on its lower left."""
    light, accent = s.colours["light"], s.colours["accent"]
    spine = np.reshape(numbers, (-1, 3))
    beads = spline(spine)[::6]
    for x, y, r in beads[4:-1]:
        add(s, "cone", accent, x + r * 0.55, y + r * 0.5, 38, r * 1.1, r * 0.42)
    add(s, "limb", fill, *numbers)
    for x, y, r in beads:
        mark(s, "blob", accent, x + r * 0.5, y + r * 0.5, r * 0.45, r * 0.28, 50)
    mark(s, "limb", light, *(spine * (1, 1, 0.62) - spine[:, 2:] * (0.75, 0.35, 0)).ravel())
    for x, y, r in beads:
        seams(s, dark(light), 0.5, x - r * 1.5, y - r * 0.3, x, y - r * 0.7)


def coil(s: Sketch, fill, ink, x, y, r):
    """A spiral painted on a shell of radius r, with a light band along it."""
    t = np.linspace(0, 1, 26)[:, None]
    turn = np.radians(-130 - 800 * t)
    ray = np.hstack([np.cos(turn), np.sin(turn)]) * r * (1 - 0.86 * t)
    for colour, k, width in ((fill, 0.86, 2.6), (ink, 1.0, 1.1)):
        curve = np.hstack([ray * k + (x, y), width * (1 - 0.7 * t)])
        for i in range(0, 23, 2):  # in short pieces: a whole spiral would cross itself
            mark(s, "limb", colour, *curve[i : i + 4].ravel())


def strand(s: Sketch, fill, x, y, low, sway, r):
    """A tentacle hanging from (x, y) down to low."""
    drop = (y - low) / 4
    wave = ((sway, 0.9), (-sway * 0.6, 0.72), (sway * 0.8, 0.5), (-sway * 0.4, 0.08))
    turns = [(x + w, y - drop * (i + 1), r * k) for i, (w, k) in enumerate(wave)]
    add(s, "limb", fill, x, y, r, *np.ravel(turns))


def rock(s: Sketch, fill, x, y, rx, ry, n=7):
    """An angular boulder whose facets turn from the light to the lower right."""
    n = int(n)
    a = np.linspace(0, 2 * np.pi, n, endpoint=False) + s.rng.uniform(-0.18, 0.18, n) + 0.2
    ring = np.stack([np.cos(a), np.sin(a)], 1) * s.rng.uniform(0.92, 1.08, (n, 1)) * (rx, ry)
    core = ring * 0.58 + (-rx * 0.1, ry * 0.12)
    part = put(s, spline(np.repeat(ring, 2, 0), closed=True) + (x, y), fill, gloss=0.25)
    for p, q, v, w in zip(ring, np.roll(ring, -1, 0), np.roll(core, -1, 0), core, strict=True):
        lit = (fill * (1 + 0.1 * float((p + q) / (rx, ry) @ LIGHT))).clip(0, 1)
        part.marks.append((s.place(np.array([p, q, v, w]) + (x, y)), lit, 0))


def at(s: Sketch, x, y, k=1.0):
    """Move the origin of the following words to (x, y) and scale them by k."""
    s.origin = np.array([x, y, k])


WORDS = (spots, stripes, seams, pen, fan, ear, leg, toes, eye, mouth, face, flame, wing, tail)
WORDS = {f.__name__: f for f in (*WORDS, snake, coil, strand, rock, at)}
