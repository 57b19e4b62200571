"""The networks in NN/ are whole, and keep what the README says of them."""

import re
from itertools import product

import cv2
import numpy as np
import pytest

from dataset.draw_creatures import draw_creature
from srpoke.engine import load
from srpoke.images import read_image
from srpoke.kernels import KERNELS, SPRITE_KERNEL
from srpoke.metadata import read_metadata
from srpoke.metrics import psnr
from srpoke.network import multiply_adds
from srpoke.pipeline import upscale
from srpoke.protocol import interpolate, rate, repair, shrunk, truth
from srpoke.style import alone
from srpoke.tools import flatten

MEGABYTE = 2**20
NAMES = ["NN_[(64, 7), (64, 5), (64, 3)]_1_color_E20", "default", "best", "art"]
SPECIALISTS = {"art.area": [2, 3], "best.x2": [2], "best.x3": [3]}  # and the factors they are for


@pytest.fixture
def network(repository):
    """A function: name, ending -> the path of a shipped network."""
    return lambda name, ending=".tflite": repository / "NN" / f"{name}{ending}"


@pytest.mark.parametrize("name", [*NAMES, *SPECIALISTS])
def test_the_export_gives_the_same_pixels_and_carries_the_same_metadata(network, name):
    paths = network(name, ".keras"), network(name)
    metadata, light = (read_metadata(path) for path in paths)
    assert metadata == {key: light[key] for key in light if key != "sha256"}
    assert all(path.stat().st_size < 10 * MEGABYTE for path in paths)
    engine, exported = map(load, paths)
    size = 1, 40, 36, engine.planes.channels
    patch = np.random.default_rng(0).random(size, dtype=np.float32)
    np.testing.assert_allclose(engine.run(patch), exported.run(patch), atol=1e-4)


@pytest.mark.parametrize("name", [*NAMES, *SPECIALISTS])
def test_the_table_of_networks_is_true(network, repository, name):
    """Its columns are found by their headers; those like "x1.5" hold validation PSNR,
    or nothing where a network has not learnt the factor."""
    metadata, text = read_metadata(network(name)), (repository / "NN/README.md").read_text("utf-8")
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    here = next(n for n, cells in enumerate(lines) if cells and cells[0] == f"`{name}`")
    rule = max(n for n in range(here) if lines[n] and set("".join(lines[n])) <= set("-:"))
    row = dict(zip(lines[rule - 1], lines[here], strict=True))
    scores = {head: cell for head, cell in row.items() if re.fullmatch(r"x[\d.]+", head)}
    assert scores
    for head, cell in scores.items():
        known = metadata["validation"].get(head)
        assert cell == (f"{known['psnr'][0]:.2f}" if known else "")
    for head, cell in row.items():
        if "multiply-adds" in head:
            assert cell == f"{multiply_adds(metadata['network']):,}"


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        *product(NAMES, [1.5, 2]),
        *((name, factor) for name, factors in SPECIALISTS.items() for factor in factors),
    ],
)
def test_ahead_of_bicubic_on_a_creature(network, repository, name, factor):
    sharp = truth(read_image(repository / "dataset/creatures/02_dragon.png"))
    case = shrunk(sharp, factor, KERNELS["area"] if name == "art.area" else SPRITE_KERNEL)
    bicubic, _, _ = rate(interpolate("bicubic"), case)
    repaired, _, _ = rate(repair(load(network(name))), case)
    assert repaired > bicubic + 4


def test_best_leaves_creatures_to_art(network, repository):
    """They were drawn small; real sprites, which are not ours, cannot be tried here."""
    image = read_image(repository / "dataset/creatures/02_dragon.png")
    best, art = (upscale(load(network(name)), image, 2) for name in ("best", "art"))
    np.testing.assert_array_equal(best, art)
    told_right = read_metadata(network("best", ".style.tflite"))["told_right"]
    assert told_right["sprites"] == told_right["transparent sprites"] == 1
    assert min(told_right.values()) > 0.85


def test_art_leaves_what_was_drawn_small_to_one_that_draws_it_better(network, repository):
    small = flatten(read_image(repository / "dataset/creatures/02_dragon.png"))
    true, art = flatten(draw_creature(1, 2)), load(network("art"))
    left, area, own = (
        upscale(engine, small, 2) for engine in (art, load(network("art.area")), alone(art))
    )
    np.testing.assert_array_equal(left, area)
    assert psnr(left, true) > psnr(own, true) + 0.2


@pytest.mark.parametrize("name", ["default", "best", "art"])
def test_six_passes_keep_flat_squares_within_half_a_grey_level(network, name):
    colours = np.random.default_rng(0).integers(0, 256, (2, 2, 3)).astype(np.uint8)
    image = cv2.resize(colours, (32, 32), interpolation=cv2.INTER_NEAREST)
    clean = upscale(load(network(name)), image, 1.25, 6)
    middle = clean.reshape(2, 61, 2, 61, 3)[:, 20:-20, :, 20:-20].mean(axis=(1, 3))
    assert np.abs(middle - colours).max() <= 0.5
