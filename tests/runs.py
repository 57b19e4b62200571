"""What tests of whole training runs read from their files."""

import csv
import math

import numpy as np

from srpoke.kernels import DRAWN_ANEW, SHRUNK, SPRITE_KERNEL, Making, softness
from srpoke.network import load_network

LIKE_A_SPRITE = Making(softness(SPRITE_KERNEL), SHRUNK)
TRUE = Making(softness(SPRITE_KERNEL), DRAWN_ANEW)


def rows(path) -> list[dict[str, float]]:
    with path.with_suffix(".csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    return [{k: math.nan if v == "NA" else float(v) for k, v in row.items()} for row in table]


def weights(path) -> list[np.ndarray]:
    return load_network(path).get_weights()
