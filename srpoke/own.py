"""What a network drew itself: an input of its own kind, and a lesson. Pairs to learn both from."""

import math
from dataclasses import replace

import numpy as np

from srpoke.course import LITTLE_OWN, Settings
from srpoke.engine import Engine
from srpoke.kernels import KERNELS, OWN, SHRUNK, Making, draw_kernel, softness
from srpoke.pipeline import enlarge
from srpoke.tools import (
    Pair,
    on_random_colour,
    random_reduction,
    shrunk_by,
    sometimes_jpeg,
    to_float,
    to_integer,
)

STEP = (LITTLE_OWN, 2.0)  # factors of the pass that is drawn here, and of the one to be learnt
PART = 96  # px per side of what is enlarged with patience


def own_pairs(
    engine: Engine,
    sprites: list[np.ndarray],
    true_pairs: list[Pair],
    count: int,
    rng: np.random.Generator,
    mix: str = "sprites",
    jpeg: list[int] | None = None,
) -> list[Pair]:
    """Let a network in training draw small pictures whose larger ones are known.

    Half of them from BGRA sprites shrunk twice over, half, where there are any, from true pairs
    that are large enough for both passes. Of what it is given a share is JPEG, where told so.
    """
    large_pairs = [p for p in true_pairs if len(p.large) >= STEP[0] * STEP[1] * len(p.small)]
    pairs = []
    for n in range(count):
        first, second = rng.uniform(*STEP, size=2)
        if large_pairs and n % 2:
            small, large, making = large_pairs[rng.integers(len(large_pairs))]
            small = to_float(small)
        else:
            sharp = on_random_colour(sprites[rng.integers(len(sprites))], rng)
            reduction = random_reduction(sharp, rng)
            sharp = shrunk_by(sharp, reduction, KERNELS["area"]) if reduction > 1 else sharp
            kernel = draw_kernel(rng, mix)
            small, large = shrunk_by(sharp, first * second, kernel), to_integer(sharp)
            making = Making(softness(kernel), SHRUNK)
        sizes = tuple(round(size * first) for size in small.shape[:2])
        small, making = sometimes_jpeg(small, making, jpeg, rng)
        drawn = enlarge(engine, small, sizes, Settings(making=making, supersample=False))
        pairs.append(Pair(to_integer(drawn), large, Making(0.0, OWN)))
    return pairs


def taught_pairs(
    engine: Engine,
    sprites: list[np.ndarray],
    factors: list[float],
    count: int,
    rng: np.random.Generator,
) -> list[Pair]:
    """Let a network in training enlarge BGRA sprites as well as it can, to learn to do so at once.

    A sprite's lines are as wide as what it has seen enlarged a little, and wider than what it has
    seen enlarged a lot, as that was shrunk as much. So two equal steps in eight views know more
    about it than one. Parts of sprites are enlarged by each of `factors` in turn.
    """
    settings = Settings(making=engine.making, ensemble=True, supersample=False)
    pairs = []
    for n in range(count):
        part = random_part(sprites[rng.integers(len(sprites))], rng)
        small = to_integer(on_random_colour(part, rng))
        factor = factors[n % len(factors)]
        sizes = tuple(round(side * factor) for side in small.shape[:2])
        patient = replace(engine, factors=(math.sqrt(factor),))
        drawn = enlarge(patient, to_float(small), sizes, settings)
        pairs.append(Pair(small, to_integer(drawn), engine.making))
    return pairs


def random_part(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut a part of PART px per side, or what there is, out of an image at a random place."""
    starts = [int(rng.integers(max(0, side - PART) + 1)) for side in image.shape[:2]]
    return image[tuple(slice(start, start + PART) for start in starts)]
