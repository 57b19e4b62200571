"""What a creature is made of: parts in continuous coordinates, and the outlines to draw them by."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

LIGHT = np.array([-0.6, 0.8])  # towards the upper left
STEPS = 10  # of a curve, between two points


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


def spline(points: np.ndarray, closed: bool = False) -> np.ndarray:
    """Catmull-Rom curve through (N, D) points; a point given twice makes a corner."""
    p = np.asarray(points, float)
    if closed:
        p = np.vstack([p[-1:], p, p[:2]])
    else:  # the ends go on as the parabola through the last three points
        before, after = (3 * (e[0] - e[1]) + e[2 % len(e)] for e in (p, p[::-1]))
        p = np.vstack([before, p, after])
    t = np.linspace(0, 1, STEPS, endpoint=False)[:, None]
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
