"""What a network is told in each pass, and in each view of an ensemble."""

import numpy as np
import pytest

from srpoke.course import Settings
from srpoke.kernels import DRAWN_ANEW, OWN, SHRUNK, Making
from srpoke.pipeline import enlarge, sharpen, stages
from srpoke.tools import to_float
from tests.paper import ALL, MAKING, convolve, crop, disc, engine, final, noise, seen_by

# What the network is told


def told_in(seen: list[np.ndarray]) -> list[tuple[float, float]]:
    assert all((patch[..., 6:] == patch[0, 0, 6:]).all() for patch in seen)
    return [tuple(np.round(patch[0, 0, 6:].tolist(), 4).tolist()) for patch in seen]


@pytest.mark.parametrize(("knows_own", "later"), [(True, (0.0, OWN)), (False, (-0.2, DRAWN_ANEW))])
def test_later_passes_are_told_that_their_input_is_the_networks_own(knows_own, later):
    network, seen = seen_by(engine(planes=ALL, knows_own=knows_own))
    first = (-0.2, DRAWN_ANEW)
    enlarge(network, to_float(noise(4, 4, 3)), (32, 32))
    assert told_in(seen) == [first, later, later]
    seen.clear()
    enlarge(network, to_float(noise(4, 4, 3)), (8, 8), drawn=True)
    assert told_in(seen) == [later]
    seen.clear()
    list(stages(network, noise(4, 4, 3), 2, 2, extra_passes=1))
    assert told_in(seen) == [first, later, later, later]  # clean, fine, clean, fine


def test_a_making_that_is_known_is_told_instead():
    network, seen = seen_by(engine(planes=ALL, knows_own=True))
    enlarge(network, to_float(noise(4, 4, 3)), (16, 16), Settings(making=Making(0.5, 0.0)))
    assert told_in(seen) == [(0.5, 0.0), (0.0, OWN)]


@pytest.mark.parametrize("sharpness", [-0.4, 0.4])
def test_sharpness_shifts_the_softness_of_every_pass(sharpness):
    network, seen = seen_by(engine(planes=ALL, knows_own=True))
    enlarge(network, to_float(noise(4, 4, 3)), (16, 16), Settings(sharpness=sharpness))
    expected = [(-0.2 + sharpness, DRAWN_ANEW), (sharpness, OWN)]
    np.testing.assert_allclose(told_in(seen), expected, atol=1e-4)


@pytest.mark.parametrize(("side", "softness"), [(12, -0.35), (16, -0.2), (24, 0.1)])
def test_a_real_sprite_is_told_as_softer_the_more_it_grows(side, softness):
    """And nothing else is: neither what was shrunk nor what a network drew."""
    network, seen = seen_by(engine(planes=ALL, factors=(1.5, 3.0), knows_own=True))
    small = to_float(noise(8, 8, 3))
    direct = Settings(supersample=False)
    enlarge(network, small, (side, side), direct)
    shrunk = Settings(making=Making(0.5, SHRUNK), supersample=False)
    enlarge(network, small, (side, side), shrunk)
    enlarge(network, small, (side, side), direct, drawn=True)
    assert told_in(seen) == [(softness, DRAWN_ANEW), (0.5, SHRUNK), (0.0, OWN)]


def test_every_view_is_told_the_same_and_alpha_box_unless_it_is_seen_on_two_grounds():
    network, seen = seen_by(engine(planes=ALL))
    final(network, disc(8, 10, 3), settings=Settings(ensemble=True))
    assert told_in(seen) == [(-0.2, DRAWN_ANEW)] * 16
    seen.clear()
    shrunk = Settings(ensemble=True, making=Making(0.5, SHRUNK))
    final(network, disc(8, 10, 3), settings=shrunk)
    assert told_in(seen) == [(0.5, SHRUNK)] * 8 + [(0.4167, SHRUNK)] * 8  # 5 / 12


# Ensemble


@pytest.mark.parametrize("shape", [(14, 10), (9, 13)])
def test_ensemble_is_the_mean_over_eight_views(shape):
    blurry = to_float(noise(*shape, 3))
    padded = np.pad(blurry, ((2, 2), (2, 2), (0, 0)), mode="edge")
    views = []
    for transposed in (False, True):
        for flip in ((), (0,), (1,), (0, 1)):
            view = padded.transpose(1, 0, 2) if transposed else padded
            seen = convolve(np.ascontiguousarray(np.flip(view, flip))[None])[0]
            back = np.flip(seen, flip)
            views.append(back.transpose(1, 0, 2) if transposed else back)
    result = sharpen(engine(convolve), blurry, (5, 6), Settings(ensemble=True), MAKING)
    np.testing.assert_allclose(result, np.mean(views, axis=0), atol=1e-6)


def test_ensemble_turns_the_phase_planes_too():
    """A network that adds its row phase: the views take it by rows and by columns in turn."""
    blurry = np.full((8, 9, 3), 0.5, np.float32)
    network = engine(lambda batch: crop(batch) + 0.1 * batch[:, 2:-2, 2:-2, 3:4], planes=ALL)
    result = sharpen(network, blurry, (4, 3), Settings(ensemble=True), MAKING)
    by_rows = np.resize([0.5, -0.5], 8)  # x2; mirrored, it changes sign
    by_columns = np.resize([1 / 3, -1, -1 / 3], 9)  # x3
    rows = np.mean([by_rows, by_rows[::-1]], axis=0)[:, None]
    columns = np.mean([by_columns, by_columns[::-1]], axis=0)[None]
    expected = 0.5 + 0.1 * (rows + columns) / 2
    np.testing.assert_allclose(result[..., 0], expected, atol=1e-5)
