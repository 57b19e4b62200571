"""One step of training, and the batches: the loss, the schedule, what is learnt from and when."""

import math

import numpy as np
import pytest

from srpoke.engine import Engine
from srpoke.geometry import Planes
from srpoke.kernels import DRAWN_ANEW, OWN, SHRUNK
from srpoke.network import build_network, import_keras
from srpoke.recipe import Recipe
from srpoke.tools import Pair
from tests.runs import LIKE_A_SPRITE, TRUE


def test_loss_is_charbonniers(training):
    target, output = np.random.default_rng(0).random((2, 3, 5, 5, 3), np.float32)
    expected = np.mean(np.sqrt((target - output) ** 2 + 0.03**2))
    np.testing.assert_allclose(float(training.charbonnier(target, output)), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "variant", [{}, {"told": False}, {"plain": True, "phase": False, "told": False}]
)
def test_one_step_changes_every_weight_that_can_be_trained(training, variant):
    keras = import_keras()
    keras.utils.set_random_seed(0)
    model = build_network([16] * 4, [3] * 5, **variant)
    model.compile(keras.optimizers.Adam(1e-2), loss=training.charbonnier, run_eagerly=True)
    before = [[w.numpy().copy() for w in layer.weights] for layer in model.layers]
    rng = np.random.default_rng(0)
    image = rng.random((4, 22, 22, 8), np.float32)
    image = image[..., : model.input_shape[-1]]
    model.train_on_batch(image, rng.random((4, 12, 12, 3), np.float32))
    changed = 0
    for layer, old in zip(model.layers, before, strict=True):
        for weight, was in zip(layer.weights, old, strict=True):
            assert np.any(weight.numpy() != was) == layer.trainable, weight.path
            changed += layer.trainable
    assert changed == 2 * 5


@pytest.mark.parametrize(("steps", "warm_up"), [(4000, 200), (1000, 100), (50, 25), (3, 2)])
def test_rate_warms_up_and_decays_along_a_cosine(training, steps, warm_up):
    """A twentieth of the steps up, but 100 if that is not more than half; then down to nothing."""
    model = build_network([4], [3, 3])
    training.compile_model(model, 0.01, steps)

    def rate(step: int) -> float:
        model.optimizer.iterations.assign(step)
        return float(model.optimizer.learning_rate)

    assert rate(0) == 0
    assert rate(warm_up) == pytest.approx(0.01)
    assert rate(warm_up // 2) == pytest.approx(0.01 * (warm_up // 2) / warm_up)
    assert rate(steps) == pytest.approx(0, abs=1e-6)
    for part in (0.25, 0.5, 0.9):
        step = round(warm_up + part * (steps - warm_up))
        exact = (step - warm_up) / (steps - warm_up)
        assert rate(step) == pytest.approx(0.005 * (1 + math.cos(math.pi * exact)), abs=1e-6)


def test_gradients_are_clipped_together(training):
    """One bad batch must not fill the momentum for many steps to come."""
    model = build_network([4], [3, 3])
    training.compile_model(model, Recipe().learning_rate, 100)
    variables = model.trainable_variables
    gradients = [np.full(v.shape, 1e4, np.float32) for v in variables]
    model.optimizer.apply(gradients, variables)
    momentum = model.optimizer.kernel_momentums[0].numpy()
    norm = math.sqrt(sum(g.size for g in gradients))
    np.testing.assert_allclose(momentum, 1 / norm, rtol=1e-3)


@pytest.fixture
def pairs(training, sprites):
    """A function: changes to the recipe, true pairs -> batches; own pairs by a network of paper."""

    def make(true_pairs=(), **changes):
        settings = {"patch_size": 16, "batch_size": 6, "k_patch": 4, "factors": [2.0]}
        recipe = Recipe([4], [3, 3], **(settings | changes))
        images = [np.dstack([i[..., :3], i[..., 3] | 255]) for i in sprites.values()]
        return training.PatchPairs(images, list(true_pairs), recipe)

    return make


PAPER = Engine(
    lambda batch: batch[:, 2:-2, 2:-2, :3],
    4,
    Planes(phase=True, making=True),
    "bicubic",
    (2.0,),
    LIKE_A_SPRITE,
)


def equal(first, second) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_every_batch_and_epoch_has_patches_of_its_own(pairs):
    batches = pairs(own_share=0)
    assert len(batches) == 3  # 4 sprites x 4 patches, 6 at a time
    seen = []
    for epoch in (0, 1, 2):
        batches.begin(epoch, None)
        seen += [batches[index] for index in range(3)]
    assert not any(equal(a, b) for n, a in enumerate(seen) for b in seen[:n])


def test_a_batch_depends_on_seed_epoch_and_index_alone(pairs):
    first, second, other = pairs(), pairs(), pairs(seed=1)
    for batches in (first, second, other):
        for epoch in (0, 1):
            batches.begin(epoch, PAPER)
    first[0], first[2]
    assert equal(first[1], second[1]) and not equal(first[1], other[1])
    second.begin(0, PAPER)
    second.begin(1, PAPER)
    assert equal(first[1], second[1])


def test_own_work_is_learnt_from_the_second_epoch_on(pairs):
    batches = pairs(own_share=1.0, pair_share=0.0)
    batches.begin(0, PAPER)
    assert batches.own == [] and (batches[0][0][..., 7] == SHRUNK).all()
    batches.begin(1, PAPER)
    assert len(batches.own) == 3 and (batches[0][0][..., 7] == OWN).all()
    assert (batches[0][0][..., 6] == 0).all()
    before = batches.own
    batches.begin(2, PAPER)
    assert not any(equal(a[:2], b[:2]) for a, b in zip(before, batches.own, strict=True))


def test_larger_factors_are_taught_once_there_is_something_to_teach(pairs):
    batches = pairs(factors=[1.5, 2.0], taught_share=1.0, own_share=0.0, epochs=10)
    for epoch in (0, 1, 2):
        batches.begin(epoch, PAPER)
        assert batches.taught == []
    batches.begin(3, PAPER)
    assert [len(p.large) / len(p.small) for p in batches.taught] == pytest.approx([2, 2], abs=0.02)
    inputs, targets = batches[0]
    assert inputs[:, 0, 0, 5] + 1 == pytest.approx(2, abs=0.02)
    assert (inputs[:, 0, 0, 6:] == np.float32(PAPER.making)).all()
    off = np.abs(inputs[:, 2:-2, 2:-2, :3] - targets)  # two bicubic steps, or one
    assert off.mean() < 0.03 < np.ptp(targets)
    before = batches.taught
    batches.begin(4, PAPER)
    assert not all(equal(a[:2], b[:2]) for a, b in zip(before, batches.taught, strict=True))


@pytest.mark.parametrize(
    ("changes", "taught"),
    [
        ({}, [1.75, 2.0]),
        ({"factors": [3.0, 1.5, 2.5, 2.0]}, [3.0, 2.5, 2.0]),
        ({"factors": [2.0]}, []),
        ({"taught_share": 0.0}, []),
        ({"told": False}, []),
        ({"interpolation": "nearest"}, []),
    ],
)
def test_what_is_taught_are_two_steps_that_are_known(changes, taught):
    assert Recipe(**changes).taught_factors == taught


def test_qualities_of_jpeg_reach_both_kinds_of_small_pictures(training, pairs, monkeypatch):
    asked = []
    monkeypatch.setattr(training, "own_pairs", lambda *a: asked.append(a[-1]) or [])
    batches = pairs(jpeg=[40, 95])
    batches.begin(1, PAPER)
    assert asked == [[40, 95]] and batches.form.jpeg == [40, 95]
    assert pairs().form.jpeg is None  # as in the metadata of older networks


def test_who_learns_from_true_pairs_has_to_judge_by_itself(pairs):
    assert pairs().form.untold is None
    pair = Pair(np.zeros((20, 20, 3), np.uint8), np.zeros((40, 40, 3), np.uint8), TRUE)
    assert pairs([pair]).form.untold == TRUE


@pytest.mark.parametrize("changes", [{"own_share": 0.0}, {"told": False}])
def test_no_own_work_where_it_could_not_be_told(pairs, changes):
    batches = pairs(**changes)
    batches.begin(1, None)
    assert batches.own == []


def test_true_pairs_get_their_share_and_tell_their_origin(pairs):
    flat = [np.full((n, n, 3), 90, np.uint8) for n in (15, 30)]
    inputs, _ = pairs([Pair(*flat, TRUE)], batch_size=200)[0]
    true = (np.rint(255 * inputs[..., :3]) == 90).all(axis=(1, 2, 3))
    assert true.mean() == pytest.approx(0.5, abs=0.12)
    origin = inputs[:, 0, 0, 7]
    assert (origin[true] == DRAWN_ANEW).all()
    assert set(origin[~true]) == {SHRUNK, DRAWN_ANEW}
