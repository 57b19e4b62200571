"""Draw original watercolour creatures as small RGBA sprites, at any size.

Every creature is a list of vector parts (splines, limbs, tapered pen lines) in continuous
coordinates, so the same animal can be rendered small, as a test sprite, and large, as the true
high-resolution picture of that sprite. Run as a script, it writes ``01_fox.png``,
``02_dragon.png``, ...: the number is the index plus one, the word is the body plan.

    python3 dataset/draw_creatures.py --count 48 --save_path dataset/creatures/

A body plan is a short script of drawing words, read from back to front by ``perform``:
``word colour numbers option=value``, commands separated by ``;``. ``3~5`` is a random number,
``a|b|c`` gives the first creature of the plan a, the second b, the third c, the fourth a again,
``13?`` keeps a command for the first and third of every three, ``+`` paints a mark on the part
before it, ``at x y size`` moves the origin, and ``main-`` is a darker main colour, ``main+`` a
paler one.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

# main, light and accent colour of each creature, as RGB
PALETTES = """
e8843f f8e6ba 8a5238, 63aaa2 dcebca de7460, 8293d0 e3e7f4 efc95c, a5c568 f0f2c2 4f8459,
b78cc6 f0dff0 655a9c, d9656b f8dcc8 62506c, ebc75c fcf3d3 b4683f, 7484a0 d5dde4 cd5a62,
8cc4e4 f2f8f5 4674ac, c79d70 f3e6cb 648759, efa4b4 fdece8 8d60a6, 56946f dde7aa e9b350
"""
IRISES = ("c0392b", "d98b1f", "2f7fa8", "6f4fa0", "3b8a5a")
COMMON = {"ink": "1a1a1a", "white": "fcfcfc", "green": "86b65c", "gold": "f4d063", "ice": "a3d5e8"}
COMMON |= {"blush": "f0a08f", "fire": "f08a3c", "core": "fbe58a", "gum": "8c2f3c", "beak": "f0b04a"}
LIGHT = np.array([-0.6, 0.8])  # towards the upper left
SHADOW = np.array([0.80, 0.68, 0.72])  # BGR: shadows keep their blue, as a violet-grey wash does
GRID = 2.0  # cells per unit of the grid the shading is computed on, whatever the scale
MARGIN = 2  # transparent pixels around the drawing at scale 1


@dataclass
class Part:
    """One painted shape, or a bare pen line if fill is None; x right, y UP, about 100 tall."""

    path: np.ndarray  # (N, 2)
    fill: np.ndarray | None  # (3,) BGR in 0..1
    ink: np.ndarray  # (3,) BGR in 0..1
    closed: bool = True  # whether the pen goes all the way round
    line: float = 1.0  # weight of the outline
    gloss: float = 1.0  # 0: flat paint, 1: soft volume, above: shiny
    root: np.ndarray | None = None  # x, y, radius within which a limb melts into the body
    marks: list[tuple[np.ndarray, np.ndarray, float]] = field(default_factory=list)  # .., softness


@dataclass
class Sketch:
    """A creature in the making: its parts from back to front, its dice and its colours."""

    rng: np.random.Generator
    turn: int  # how many creatures of this plan came before
    colours: dict[str, np.ndarray]
    origin: np.ndarray = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))  # x, y, size
    parts: list[Part] = field(default_factory=list)

    def place(self, points: np.ndarray) -> np.ndarray:
        return points * self.origin[2] + self.origin[:2]


# ---------------------------------------------------------------- outlines, (N, 2)


def spline(points: np.ndarray, closed: bool = False, steps: int = 10) -> np.ndarray:
    """Catmull-Rom curve through (N, D) points; a point given twice makes a corner."""
    p = np.asarray(points, float)
    if closed:
        p = np.vstack([p[-1:], p, p[:2]])
    else:  # the ends go on as the parabola through the last three points
        before, after = (3 * (e[0] - e[1]) + e[2 % len(e)] for e in (p, p[::-1]))
        p = np.vstack([before, p, after])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    curves = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        if not np.array_equal(b, c):
            cubic = t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))
            curves.append(b + t / 2 * (c - a + cubic))
    return np.vstack(curves if closed else [*curves, p[-2:-1]])


def directions(path: np.ndarray) -> np.ndarray:
    """Unit tangents (N, 2) of a path."""
    step = np.gradient(path, axis=0)
    return step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)


def normals(path: np.ndarray) -> np.ndarray:
    return directions(path)[:, ::-1] * (-1, 1)


def shape(*numbers: float) -> np.ndarray:
    """Smooth closed outline through x y x y ..."""
    return spline(np.reshape(numbers, (-1, 2)), closed=True)


def limb(*numbers: float) -> np.ndarray:
    """Outline of a limb x y radius x y radius ...: root, left side, tip, right side, root."""
    curve = spline(np.reshape(numbers, (-1, 3)))
    spine, radius = curve[:, :2], np.maximum(curve[:, 2:], 0)
    side, ahead = normals(spine) * radius, directions(spine)[-1] * radius[-1]
    angle = np.linspace(0, np.pi, 14)[1:-1, None]
    cap = spine[-1] + np.cos(angle) * side[-1] + np.sin(angle) * ahead
    path = np.vstack([spine + side, cap, (spine - side)[::-1]])
    # inside a sharp bend the two sides cross: drop what lies within the limb itself
    own = np.vstack([radius, np.repeat(radius[-1:], len(cap), 0), radius[::-1]])
    gap = np.linalg.norm(path[:, None] - spine[None], axis=2) - np.minimum(radius.T, own)
    return path[gap.min(axis=1) > -0.04 * radius.max()]


def blob(x: float, y: float, rx: float, ry: float, turn: float = 0) -> np.ndarray:
    """Ellipse, turned by an angle in degrees."""
    a, turn = np.linspace(0, 2 * np.pi, 72, endpoint=False), np.radians(turn)
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.stack([rx * np.cos(a), ry * np.sin(a)], 1) @ spin + (x, y)


def burst(x: float, y: float, rx: float, ry: float, n: float, depth: float) -> np.ndarray:
    """Ellipse with n tufts: pointed for depth > 0, round lobes for depth < 0."""
    a = np.linspace(0, 2 * np.pi, int(n) * 12, endpoint=False)
    wave = np.abs((a * n / (2 * np.pi)) % 1 * 2 - 1)
    r = 1 + depth * wave ** (1.4 if depth > 0 else 2.5) * (1 + 0.25 * np.sin(3 * a + 1))
    return np.stack([x + rx * r * np.cos(a), y + ry * r * np.sin(a)], 1)


def polar(x: float, y: float, angle: float, length: float) -> tuple[float, float]:
    """The point at a distance from (x, y); angle in degrees, 90 is up."""
    return x + length * np.cos(np.radians(angle)), y + length * np.sin(np.radians(angle))


def cone(x, y, angle, length, width, bend=0.0) -> np.ndarray:
    """A claw, horn, ear, spine or tooth: broad at its root, pointed at its tip."""
    mid = polar(x, y, angle, length * 0.55)
    return limb(x, y, width, *mid, width * 0.72, *polar(*mid, angle + bend, length * 0.5), 0)


def leaf(x, y, angle, length, width, bend=0.0) -> np.ndarray:
    """A leaf, petal or feather: thin at both ends."""
    mid = polar(x, y, angle, length / 2)
    return limb(x, y, width / 4, *mid, width, *polar(*mid, angle + bend, length / 2), 0)


OUTLINES = {f.__name__: f for f in (shape, limb, blob, burst, cone, leaf)}


# ---------------------------------------------------------------- drawing words


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


def value(s: Sketch, token: str):
    """A token of a script as a number, a colour or a word."""
    choices = token.split("|")
    token = choices[s.turn % len(choices)]
    name = token.rstrip("+-")
    if name in s.colours:
        colour = s.colours[name]
        for sign in token[len(name) :]:
            colour = dark(colour) if sign == "-" else colour * 0.6 + 0.4
        return colour
    if "~" in token:
        return s.rng.uniform(*map(float, token.split("~")))
    return float(token) if token.lstrip("-.").isdigit() or "." in token else token


def perform(s: Sketch, script: str):
    """Draw a script of words; see the top of this file."""
    for command in script.replace("\n", ";").split(";"):
        turns, _, command = command.strip().rpartition("?")
        if not command or (turns and str(s.turn % 3 + 1) not in turns):
            continue
        word, *tokens = command.split()
        options = dict(t.split("=") for t in tokens if "=" in t)
        values = [value(s, t) for t in tokens if "=" not in t]
        options = {k: value(s, v) for k, v in options.items()}
        name = word.lstrip("+")
        if name in OUTLINES:
            (mark if word[0] == "+" else add)(s, name, *values, **options)
        else:
            WORDS[name](s, *values, **options)


# ---------------------------------------------------------------- body plans

PLANS = {
    "fox": """
tail main 27 42 1.0~1.2 bushy|flame|leaf; leg main- -14 36 -20 18 -25 0 7
leg main- 16 36 12 20 17 0 8
shape main -28 48 -26 30 -8 27 10 29 22 23 33 25 36 41 28 53 8 52 -14 57
+blob light -6 26 26 8 soft=1.5; 2? +stripes accent -8 30 58 36 5 2.2 3
3? +spots accent -12 40 32 54 8 3; leg main 23 37 21 20 29 0 9.5 join=1
leg main -14 38 -13 18 -12 0 7.5 join=1; burst light -24 49 14 15 11 .3; at -30 68 1~1.14
ear main- -6 10 108 22~34 7; shape main -19 4 -6 17 10 15 19 2 16 -9 4 -15 -14 -15 -24 -9
+shape light -30 -8 -16 -4 -4 -8 6 -12 -4 -22 -22 -20; ear main 10 11 68 24~38 8
eye -15 1 4.8 fierce|calm|bead inner=1 wide=.5; eye 1 1 5.8 fierce|calm|bead
blob ink -21 -7 2.6 1.9; mouth -14 -12 5 smile; 2? cone light -6 15 100 18 3
3? fan leaf accent 0 13 95 70 3 16 3.4
""",
    "dragon": """
wing accent- -6 56 40~48 128 skin|feather|skin flip=-1
wing accent 10 54 46~56 42|52|30 skin|feather|skin; limb main 6 22 13 28 10 9 48 12 5.5 58 28 2.5
1? fan cone ice 58 25 85 120 4 22 4.5 fall=.2 gloss=1.6; 2? fan cone light 58 27 85 90 3 16 4
3? fan leaf accent 58 27 85 110 3 22 5; leg main- -10 24 -17 14 -17 1 9
limb main- -12 52 6 -25 46 4.6 -33 50 4.4
shape main -14 66 -20 40 -18 18 0 10 18 20 19 38 8 60 2 70
+shape light -22 62 -24 20 -6 11 4 24 0 44 -6 64
+seams light- .6 -24 18 0 17 -24 25 2 24 -24 32 2 31 -24 39 0 38 -24 46 -1 45 -24 53 -2 52
leg main 9 26 6 15 6 0 10.5 join=1; limb main 4 52 7 2 40 5 -9 35 4.6 join=1
cone light -11 38 190 5 1.6; cone light -11.6 35 190 5 1.6; cone light -12 33 195 5 1.6
at -13 79 .95~1.08; fan cone accent 16 5 28 60 3 16~24 5
shape main -25 -3 -17 9 -3 19 13 15 21 1 13 -12 -3 -16 -21 -13
+shape light -31 -7 -13 -6 7 -13 -7 -23 -31 -19 soft=.8; cone light -5 15 110 14~24 4.4 -30|30|-80
cone light 11 12 75 18~28 5 -30|30|-80; 2? cone light -24 2 125 13 4
eye -14 3 5.2 calm|fierce|sleepy inner=1 wide=.5; eye 2 3 6.4 calm|fierce|sleepy
pen ink -22 -1 -21 -1.5 line=1.4; mouth -11 -9 8 fang|open|smile
""",
    "serpent": """
13? snake main 58 14 .5 46 5 4 26 8 8 2 10 11 -18 14 12 -25 32 11.5 -8 46 11 7 63 10 -2 86 9
2? snake main 66 20 .5 55 7 4 36 32 8 20 33 9 8 13 10 -18 14 12 -25 32 11.5 -8 46 11 5 63 10 -2 86 9
at -10 93 1~1.1; 1? wing accent 14 1 28 40; 1? wing accent- -12 3 20 140 skin flip=-1
2? fan cone light 8 9 85 70 3 24 5; 3? fan leaf accent 10 6 62 116 5 30 6
shape main -26 -4 -18 8 -2 15 16 10 21 -2 12 -13 -6 -14 -22 -12
+shape light -32 -8 -14 -5 16 -10 0 -22 -26 -22; eye -14 3 5 fierce|sleepy|calm inner=1 wide=.5
eye 2 3 6.2 fierce|sleepy|calm; pen ink -26 -8 -12 -9 0 -10 9 -5 line=1.2
cone white -17 -8 265 6 1.4; cone white -4 -9 265 5 1.3
""",
    "bird": """
fan leaf accent 24 30 5|40|-15 50 4 34~48 5.5; 2? wing accent- -20 58 34 170 feather flip=-1
limb accent- -8 22 4 -9 11 2 -8 3 1.6; fan cone accent- -8 3 189 33 2 14 2
cone accent- -8 3 -5 8 1.9; limb accent 6 22 4 5 11 2 6 3 1.6; fan cone accent 6 3 189 33 2 14 2
cone accent 6 3 -5 8 1.9; fan leaf accent -12 88 65|95|70 60|105|0 3|4|1 20~28 4.5
shape main -31 72 -26 86 -12 92 3 84 9 66 24 46 30 32 14 17 -6 13 -26 25 -36~-32 46 -27 60
+shape light -44 66 -20 56 -2 34 2 12 -20 8 -46 30 soft=.7; 1? +blob light -30 76 15 12
2? +blob accent -22 92 24 12; 3? +burst accent -20 76 11 11 9 .3
wing main 4 58 42~50 -30|20|-55 feather; cone beak- -25 71.5 205 11 4 gloss=.5
cone beak -26 75 180 15~22 5 30|6|45 gloss=1.4; eye -15 79 5.4 fierce|bead|calm
2? blob blush -10 71 4 2.6 line=0 gloss=0
""",
    "fish": """
fan leaf accent 36 45 0 110|140|96 4|4|3 48~54 8
shape accent -18 60 -18 60 -8 86 2 77 10 88 18 76 24 80 32 50; leaf accent- 0 26 290 18~26 6 20
leaf accent- -18 30 260 18 6 30; 13? limb main -16 62 2.4 -28 92 1.3 -48 92 1
shape main -46 44 -36 58 -18 70 8 72 30 56 42 47 43 40 28 34 6 17 -18 18 -38 32 gloss=1.4
+shape light -54 38 -30 40 0 36 34 40 20 8 -40 8 soft=2; 1? +stripes accent -6 32 74 32 4 3.4 -4
2? +spots accent -8 40 38 72 12 3.4; 3? +spots accent -34 62 38 74 9 3
3? +seams main- .9 6 64 10 58 10 58 6 52 14 64 18 58 18 58 14 52 22 58 26 52 26 52 22 46 2 50 6 44
pen ink -12 62 -6 48 -12 33 line=1.3; leaf accent -4 42 -30|-50|-10 22~28 7.5 -10
eye -26 53 8.2 calm|fierce|sleepy wide=.9; eye -41 53 5.6 calm|fierce|sleepy inner=1 wide=.45
mouth -38 40 6.5 open|fang|smile; 13? blob blush -51 88 6 6 gloss=2; blob ice+ -60 62 3 3 gloss=2
blob ice+ -66 72 2 2 gloss=2; blob ice+ -58 76 1.5 1.5 gloss=2
""",
    "beetle": """
limb accent- -14 26 5 -28 21 4 -33 7 2; cone accent- -33 8 195 9 2 30
limb accent- 8 26 5 -5 21 4 -7 7 2; cone accent- -7 8 195 9 2 30
limb accent- 28 26 5 29 21 4 37 7 2; cone accent- 37 8 195 9 2 30
limb accent -14 26 5 -21 17 4 -26 3 2; cone accent -26 4 195 9 2 30; limb accent 8 26 5 2 17 4 0 3 2
cone accent 0 4 195 9 2 30; limb accent 28 26 5 36 17 4 44 3 2; cone accent 44 4 195 9 2 30
shape light -18 34 0 28 44 28 46 19 30 13 -8 13; +stripes light- -8 42 30 8 7 .7
shape main -16 46 -8 63 14 71~77 36 63 49 41 47 22 10 19 -14 24 gloss=2
1? +spots accent- -6 28 44 74 8 5.2; 2? +stripes accent -4 42 82 12 5 3.6 4
3? +blob light 18 45 22 15; 3? +blob accent 18 45 13 9; pen ink -11 57 8 54 32 38 47 24 line=1.5
1? fan cone accent -41 76 118 95 2 28 4.5 -35
1? limb accent -30 40 8 -39 55 7 -43 68 5.4 -41 82 3 gloss=2
2? limb accent- -34 36 4 -56 46 3.4 -60 64 0; 2? cone accent- -54 46 60 9 2
2? limb accent -26 38 4.5 -48 48 3.8 -52 68 0 gloss=2; 2? cone accent -46 47 60 9 2
3? limb accent -36 48 1.6 -40 70 1.1 -52 78 .8; 3? limb accent -24 52 1.6 -28 74 1.1 -40 82 .8
3? blob light -54 78 4 4 gloss=2; 3? blob light -42 82 4 4 gloss=2
shape main-|main|light -44 36 -38 50 -22 54 -10 44 -9 28 -20 17 -36 20
face -29 39 6 7.5 calm|fierce|bead smile|fang|open 1.75
""",
    "turtle": """
cone main 38 24 10 26 6 25; leg main- -16 22 -22 14 -24 3 9; leg main- 22 22 20 14 18 3 9
1? fan cone ice- 9 54 96 110 4 50 7 gloss=1.6; 1? fan cone ice 9 54 80 50 3 46 6 gloss=1.6
2? limb green 8 62 3.4 12 80 2.2 8 92 2; 2? fan leaf green 11 74 90 150 2 34 6
2? fan leaf blush 8 94 90 300 6 19 6; 2? burst gold 8 94 6 6 10 .15
3? fan cone light 8 32 90 130 7 58 9 fall=.2; leg main 27 24 31 12 31 0 10
leg main -10 24 -9 12 -9 0 10; limb main -20 30 9 -36 36 8 -43 46 8
+blob light -44 28 9 12 soft=1.5
shape accent -30 26 -26 46 -8 62~68 14 70 36 58 47 34 46 23 8 17 gloss=1.3; +blob accent+ 11 58 7 5
+blob accent+ 12 34 7 5; +blob accent+ -13 37 7 5; +blob accent+ 36 34 7 5
+seams accent-- .9 -26 44 0 48 0 48 22 48 22 48 46 40 0 48 -4 20 22 48 24 20 0 48 -2 72 22 48 28 70
limb light -34 27 0 -24 23 4.5 8 18 5 38 21 4.5 49 26 0; at -46 48~54 1~1.1; blob main 0 0 18 15
+blob light -8 -12 16 9 soft=1.2; 2? +spots accent 2 5 18 14 4 2.4
face -5 2 6 8.5 happy|calm|fierce open|smile|fang 1.4
""",
    "mushroom": """
at 50|-50|50 0 .36~.5; limb light 0 0 7 0 22 5.4 0 44 6
shape main -24 38 -24 38 -15 58 0 66 16 58 24 38 24 38 0 34; +spots light -20 42 20 62 4 5; at 0 0
leg light- -9 14 -12 9 -13 0 7; limb light- -14 32 5 -28 30 4 -36 40|22|44 4.5
shape light -17 54 -23 26 -20 8 0 4 22 8 24 26 17 54; leg light 11 16 13 9 12 0 7.5 -.6 join=1
limb light 15 34 6 30 30 4.6 38 22|44|38 4.8 join=1; burst light 0 50 23 6 13 .25; at 0 50 .95~1.1
blob light- 0 2 44 9; +stripes light-- -45 45 10 -8 15 .8
shape main -46 0 -46 0 -37 24 -14 36 14 38 38 23 46 0 46 0 23 5 0 7 -23 5 gloss=1.5
1? +spots light -45 6 45 36 9 6.5; 2? +stripes accent -36 36 38 4 6 4
3? +spots accent -45 8 45 36 7 7; 3? +spots light -45 6 45 36 8 3; at 0 0
face -3 34 7 10 calm|sleepy|bead open|smile|fang; blob blush -20 25 3.6 2.2 line=0 gloss=0
blob blush 16 25 3.6 2.2 line=0 gloss=0
""",
    "ghost": """
1? flame iris ice -18 90 17; 1? flame iris ice 12 90 17; 1? flame iris ice -3 92 25
2? cone accent -20 88 125 26 7 -35; 2? cone accent 14 88 55 26 7 35
3? fan leaf accent -2 94 88 95 3 30 5; limb main- -20 52 7 -38 46 6 -46 60|34|58 6.5
fan cone main- -46 60|34|58 90|270|90 100 3 13 2.8 fall=.1
shape main -30 40 -31 70 -18 92 2 97 22 88 32 52 46 -2 46 -2 22 10 12 -4 12 -4 0 10 -12 -2 -12 -2
+shape main+ -34 26 0 30 44 26 50 -8 -30 -8 soft=3
+shape light -30 12 0 16 44 12 50 -8 -30 -8 soft=3; limb main 20 54 8 40 50 7 50 36|62|64 7 join=1
fan cone main 50 36|62|64 270|90|90 100 3 13 2.8 fall=.1
face -4 72 8~10 12 fierce|calm|sleepy open|smile|fang 1.75; 2? burst gold -2 36 11 11 5 .8 gloss=1.5
""",
    "golem": """
rock main- -18 11 15 11; rock main- -31 52 11 11; rock main- -44 24|76|26 14 15
13? fan cone ice|ice|accent 8 50 90 100 5 44~54 8 gloss=1.8; rock main 19 10 18 12
rock main 2 42 32 30 9; +seams main-- 1.1 14 50 10 40 10 40 16 34 16 34 11 24
2? fan leaf green 18 72 90 100 3 28 6; 2? burst green 10 69 24 8 11 -.25; rock main 35 54 14 14
at 48 26|24|78; rock main 0 0 17 16; rock main -11 -13 5.5 6 6; rock main 8 -13 5.5 6 6
rock main -2 -13 5.5 6 6; at -15 63 .95~1.1; rock main 0 0 20 17 9
face -1 1 6 8 calm|fierce|bead fang|smile|open 1.7; rock main- 0 9 17 4.5 6
""",
    "bat": """
wing accent- -12 52 58~70 155|165|160 skin flip=-1; wing accent 12 52 58~70 25|15|20
limb main -9 26 4 -10 14 2.6 -11 8 2.2; fan cone light -11 8 265 70 3 8 1.7
limb main 8 26 4 7 14 2.6 6 8 2.2; fan cone light 6 8 265 70 3 8 1.7; ear main -13 68 112 30~44 10
ear main 11 68 68 30~44 10; 1? burst main 0 50 25 26 17 .16; 2? blob main 0 50 26 27
3? burst main 0 50 25 27 13 -.12; 1? +burst light -3 34 15 13 11 .25
2? +shape light -16 68 -2 58 14 68 18 40 -2 28 -20 40; 3? +blob light -2 36 17 15 soft=1
face -3 58 6.5~8 10 fierce|calm|happy fang|open|fang 1.9; shape accent- -7 51 -3 52 1 51 -3 47.5
""",
    "frog": """
leg main- -18 22 -30 14 -34 3 8; shape main -26 46 -28 20 -14 6 14 3 36 3 47 16 41 34 28 46
+shape light -34 44 -32 8 -4 2 8 14 2 36 -6 46 soft=.8; 1? +spots accent 10 10 44 44 7 3.6
2? +stripes accent 8 42 48 16 4 2.8; limb main 36 8 5 28 4.4 4.6 18 3 4 join=1 ground=0
pen main-- 19 7 15 18 22 31 36 33 line=1.2; toes main 20 4
limb main 2 32 8 5 16 5 -2 4 4.4 join=1 ground=0; toes main -3 3.4
1? fan leaf green -2 70 88 120 3 30 7 fall=.1; 3? fan cone accent -4 70 90 80 3 28 6 fall=.15
at -2 56 .95~1.08; blob main -18 16 10 12; blob main 17 16 11 12
shape main -35 -2 -20 15 0 17 20 15 35 0 26 -15 0 -20 -26 -15
+shape light -42 -8 -16 -3 0 -5 20 -3 42 -8 26 -26 -26 -26 soft=.6
eye -19 17 7.5 calm|sleepy|fierce inner=1 wide=.75; eye 16 17 8.2 calm|sleepy|fierce
2? mouth -1 -4 14 open; 13? pen ink -28 -1 -18 -7 0 -5 18 -7 28 0 line=1.5
pen ink -5 5 -4 4 line=1.4; pen ink 2 5 3 4 line=1.4; blob blush -26 -8 4 2.5 line=0 gloss=0
blob blush 24 -8 4 2.5 line=0 gloss=0
""",
    "snail": """
limb light 62 3 .5 40 8 7 8 10 10 -18 12 11 -32 26 11 -36 42 12 ground=0
+shape light- 70 -2 64 6 0 5 -36 6 -36 -6 soft=1; at 16 43 .9~1.1
2? fan cone accent 0 0 120 160 8 52 8; 3? limb green 0 25 3 3 40 1.8 0 47 1.6
3? fan leaf green 0 44 90 125 3 28 6.5; blob main 0 0 31 31 gloss=1.6
1? +stripes accent -28 28 34 10 9 1.8 4; 3? +spots accent -31 -31 31 31 16 2.6
+coil main+ main-- 0 0 31; at -40 44 .95~1.1; limb light- -2 6 4 -7 14 2.6 -9 28 2.6
blob light- -9 31 7.6 8.2; eye -9 31 7 calm|sleepy|fierce inner=1 wide=.85
limb light 12 6 4 8 16 2.6 6 32 2.6; blob light 6 35 7.6 8.2; eye 6 35 7 calm|sleepy|fierce wide=.85
blob light 2 -2 15 13; mouth -4 -4 6 smile|open|fang; blob blush 9 -5 3.4 2.2 line=0 gloss=0
""",
    "jellyfish": """
strand light -28 58 -2~10 6~9 4.6; strand accent -17 58 -8~4 -9~-6 4.6
strand light 18 58 0~10 -9~-6 4.6; strand accent 6 58 -8~8 6~10 4.6
strand light 29 58 4~14 -8~-5 4.6; 13? strand accent 26 58 2 -9 4.2
limb light -12 58 6 -15.5 40 6 -7 26 5 -14 12 0; +spots accent -15 26 -11 46 3 2.2
limb light 12 58 6 15.5 40 6 7 26 5 14 12 0; +spots accent 11 26 15 46 3 2.2
fan leaf accent 0 92 90 80|80|40 1|3|2 24 5; at 0 56 .92~1.08; burst light 0 0 36 7 11 -.35
shape main -38 0 -38 0 -36 20 -21 38 0 43 21 38 36 20 38 0 38 0 25 2 13 -3 0 2 -13 -3 -25 2 gloss=2
1? +spots light -36 24 36 42 7 4.6; 2? +blob accent 0 43 21 13; 2? +blob light 0 43 13 8
3? +stripes accent -28 28 44 22 5 3.4; face -4 14 6.5~8 12 sleepy|calm|bead smile|open|smile 1.4
blob blush -24 7 3.8 2.3 line=0 gloss=0; blob blush 20 7 3.8 2.3 line=0 gloss=0
""",
    "cat": """
limb main 18 8 6 38 7 5.5 50 22 5.5 42 40 5 50 54 4; +stripes accent 30 54 50 18 4 2
+blob accent 50 56 9 9; leg main- -12 40 -17 20 -18 2 6
shape main -18 60 -20 34 -14 10 4 4 24 4 31 18 24 38 8 58
+shape light -26 60 -26 30 -14 18 -6 34 -4 58 soft=1; 1? +stripes accent 4 30 54 20 4 2.4 5
3? +spots accent 2 16 28 52 7 3.2; limb main 16 20 15 22 14 13 8 4.5 5 -1 4 4.4 join=1 ground=0
leg main -5 40 -5 20 -6 0 6.5 join=1; 1? burst light -11 57 17 11 11 .3
2? limb accent -26 56 2 -8 51 2.6 10 57 2; 2? blob gold -10 49 4.4 4.4 gloss=2
3? fan leaf accent -10 58 270 160 5 18 4.5; at -10 76 1~1.12; ear main- -15 9 116 20~28 8
ear main 15 10 66 20~30 9
shape main -22 -4 -26 -9 -14 -15 0 -17 16 -15 28 -10 25 -3 24 6 13 16 -1 19 -16 14 -22 5
1? +stripes accent -6 10 24 9 3 1.8; 2? +blob light 0 17 6 9 soft=1; 3? +blob accent 16 4 13 13
+blob light -5 -14 15 9 soft=1; eye -14 0 5.8 calm|fierce|happy inner=1 wide=.7
eye 7 0 6.6 calm|fierce|happy wide=.9; shape blush -8 -5 -5 -4.4 -2 -5 -5 -7.5 line=.7
pen ink -5 -7 -7 -10.5 -11 -9; pen ink -5 -7 -3 -10.5 1 -9; pen ink 22 -6 30 -5 38 -3 line=.6
pen ink 22 -8 30 -9 38 -11 line=.6; pen ink -20 -6 -28 -5 -36 -3 line=.6
pen ink -20 -8 -28 -9 -36 -11 line=.6; 2? cone gold 0 16 96 16 4 gloss=2
""",
    "sprout": """
leaf green- -22 40 165|140|175 32 8.5 -20; leaf green 22 40 15|40|5 32 8.5 20
leg light- -12 24 -12.6 12 -14 0 7.5; leg light- 12 24 12.6 12 14 0 7.5
limb green 0 60 4 3 76 3 0 86 2.6; 1? fan leaf green 0 84 90 170 6 46~54 9
2? fan leaf accent 0 94 90 300 6 30 8; 2? burst gold 0 94 9 9 12 .15
2? +spots beak- -8 87 8 101 6 1.1; 3? fan leaf green 0 84 90 120 3 40~46 9
3? burst main 0 36 26 27 13 .22 gloss=1.3
12? shape main 0 68 -16 62 -29 42 -27 20 -12 8 12 8 27 20 29 42 16 62 gloss=1.3
+blob light -3 18 20 13 soft=1.5; 1? +stripes main- -20 20 70 50 5 2
2? +spots accent -26 46 28 64 7 2.6; face -4 40 7~8.5 11.5 calm|bead|fierce open|smile|fang 1.5
blob blush -24 31 3.8 2.4 line=0 gloss=0; blob blush 17 31 3.8 2.4 line=0 gloss=0
""",
}


# ---------------------------------------------------------------- painting


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


def hidden_colour(index: int, size: tuple[int, int]) -> np.ndarray:
    """Loud bands (H, W, 3) uint8 for the transparent pixels, to show colour that bleeds."""
    x, y = np.meshgrid(*((np.arange(n) + 0.5) / n for n in size[::-1]))
    waves = [np.sin((7 + i) * x + (11 - 2 * i) * y + index + 2 * i) for i in range(3)]
    return (np.stack(waves, -1) > 0).astype(np.uint8) * 205 + 25


def sketch(index: int, rng: np.random.Generator) -> list[Part]:
    """The parts of a creature from back to front, its feet on y = 0."""
    turn, plan = divmod(index, len(PLANS))
    palettes = PALETTES.split(",")
    palette = palettes[(plan * 5 + turn * 7) % len(palettes)].split()
    names = COMMON | dict(zip(("main", "light", "accent"), palette, strict=True))
    names["iris"] = IRISES[(plan + turn * 2) % len(IRISES)]
    s = Sketch(rng, turn, {n: np.array([*bytes.fromhex(c)][::-1]) / 255 for n, c in names.items()})
    for name in ("main", "light", "accent"):
        s.colours[name] = (s.colours[name] * rng.uniform(0.96, 1.04, 3)).clip(0, 1)
    perform(s, list(PLANS.values())[plan])
    # one animal is slimmer, taller or leans more than another, and some face to the right
    flip = rng.choice([1, 1, -1])
    frame = [
        [flip * rng.uniform(0.95, 1.05), 0],
        [rng.uniform(-0.05, 0.05), rng.uniform(0.95, 1.06)],
    ]
    for part in s.parts:
        part.path = part.path @ frame
        part.marks = [(path @ frame, *rest) for path, *rest in part.marks]
        if part.root is not None:
            part.root = np.r_[part.root[:2] @ frame, part.root[2]]
    return s.parts


def draw_creature(index: int, scale: float = 1.0) -> np.ndarray:
    """Draw creature number index (0, 1, ...: any number works), the same one at every scale.

    Returns uint8 (H, W, 4), BGRA, straight alpha; the longer side is 100 to 200 pixels at scale 1,
    and each side is floor(side * scale + 0.5). Fully transparent pixels hold arbitrary colours.
    """
    if not 0 < scale < float("inf"):
        raise ValueError(f"scale must be positive and finite, got {scale}")
    rng = np.random.default_rng(index)
    parts = sketch(index, rng)
    points = np.vstack([part.path for part in parts])
    low, high = points.min(0) - 0.8, points.max(0) + 0.8
    unit = (rng.integers(110, 196) - 2 * MARGIN) / (high - low).max()  # pixels at scale 1
    corner = np.array([low[0] - MARGIN / unit, high[1] + MARGIN / unit])
    width, height = np.ceil((high - low) * unit - 1e-6) + 2 * MARGIN
    size = max(int(height * scale + 0.5), 1), max(int(width * scale + 0.5), 1)

    fine = 4 if scale < 2 else 3 if scale < 4 else 2
    k = unit * scale * fine
    canvas = np.zeros((size[0] * fine, size[1] * fine, 4), np.float32)
    grain = np.zeros(canvas.shape[:2], np.float32)
    for cells in (0.08, 0.3):  # two sizes of pigment cloud; the blur hides the lattice
        blots = cv2.GaussianBlur(rng.normal(size=(48, 48)).astype(np.float32), (0, 0), 0.9) * 2.4
        grain += enlarge(blots, canvas.shape[:2], cells / k, np.ones(2))
    for part in parts:
        paint_part(part, canvas, grain, k, corner)
    canvas = cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_AREA)
    canvas[..., :3] /= np.maximum(canvas[..., 3:], 1e-4)
    image = np.round(canvas.clip(0, 1) * 255).astype(np.uint8)
    empty = image[..., 3] == 0
    image[empty, :3] = hidden_colour(index, size)[empty]
    return image


def file_name(index: int) -> str:
    return f"{index + 1:02d}_{list(PLANS)[index % len(PLANS)]}.png"


def write_png(path: Path, image: np.ndarray):
    """Write through a temporary file in the same folder, so no half-written picture remains."""
    done, data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise OSError(f"cannot encode {path}")
    draft = path.with_name(path.name + ".tmp")
    data.tofile(draft)
    os.replace(draft, path)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Draw original watercolour creatures as sprites.")
    parser.add_argument("--count", type=int, default=48, help="how many creatures")
    parser.add_argument("--scale", type=float, default=1.0, help="size factor, such as 4 or 1.5")
    parser.add_argument("--save_path", type=Path, default=Path("dataset/creatures/"), help="folder")
    args = parser.parse_args(argv)
    args.save_path.mkdir(parents=True, exist_ok=True)
    for index in range(args.count):
        write_png(args.save_path / file_name(index), draw_creature(index, args.scale))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
