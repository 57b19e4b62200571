"""What is held out of training, and all that shows the same besides."""

import numpy as np
import pytest

from srpoke.recipe import Recipe
from srpoke.tools import Pair
from tests.runs import TRUE


@pytest.mark.parametrize(
    ("count", "held_out"), [(2, 1), (10, 1), (11, 2), (57, 6), (1000, 32), (1, 1)]
)
def test_a_tenth_is_held_out_but_not_more_than_32(training, count, held_out):
    names = [f"{n:03}.png" for n in range(count)]
    train, validation = training.split(names)
    assert len(validation) == held_out
    assert sorted(train + validation) == names * (2 if count == 1 else 1)  # a single one is both
    shuffled = list(np.random.default_rng(0).permutation(names))
    assert training.split(shuffled) == (train, validation)


def test_split_is_the_same_for_ever(training):
    """Networks are compared on what all of them held out: another seed would break that."""
    _, held_out = training.split([f"{n:03}.png" for n in range(57)])
    assert held_out == [f"{n:03}.png" for n in (10, 11, 21, 36, 42, 53)]


def test_nothing_that_shows_a_held_out_picture_is_learnt_from(training, tmp_path, monkeypatch):
    given = []

    def stop(*arguments):
        given.extend(arguments[:2])
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "PatchPairs", stop)
    images = {f"{n}.png": np.full((4, 4, 3), n, np.uint8) for n in range(12)}
    drawings = {f"art/{n:03}.webp": np.full((9, 9, 3), 100 + n, np.uint8) for n in range(15)}
    drawings |= {f"more/{n}.PNG": np.full((9, 9, 3), 120 + n, np.uint8) for n in range(12)}
    flat = np.full((2, 4, 4, 3), 7, np.uint8)
    targets = {
        name: [Pair(flat[0], np.full((9, 9, 3), 200 + n, np.uint8), TRUE)] * 2
        for n, name in enumerate(images)
    }
    _, held_out = training.split(list(images))
    unseen = {int(name.split(".")[0]) for name in held_out}
    assert len(unseen) == 2
    further = {"drawings": drawings, "targets": targets}
    with pytest.raises(KeyboardInterrupt):
        training.train(images, Recipe([4], [3, 3]), tmp_path / "x.keras", **further)
    sprites, true_pairs = given
    shades = [int(sprite[0, 0, 0]) for sprite in sprites]
    seen = [n for n in range(12) if n not in unseen]
    expected = [*seen, *(100 + n for n in range(15) if n not in unseen), *(120 + n for n in seen)]
    assert sorted(shades) == sorted(expected)
    assert all(sprite.shape[2] == 4 and (sprite[..., 3] == 255).all() for sprite in sprites)
    large = [int(pair.large[0, 0, 0]) for pair in true_pairs]
    assert sorted(large) == sorted(2 * [200 + n for n in seen])


def test_a_picture_that_is_there_twice_is_held_out_twice(training, tmp_path, monkeypatch):
    given = []

    def stop(sprites, *_):
        given.extend(int(sprite[0, 0, 0]) for sprite in sprites)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "PatchPairs", stop)
    images = {f"{n:0{w}}.png": np.full((4, 4, 3), n, np.uint8) for n in range(20) for w in (1, 3)}
    _, held_out = training.split(list(images))
    with pytest.raises(KeyboardInterrupt):
        training.train(images, Recipe([4], [3, 3]), tmp_path / "x.keras")
    unseen = {int(name.split(".")[0]) for name in held_out}
    assert len(held_out) < 2 * len(unseen)  # of one at least, the split left the other
    assert sorted(given) == sorted(2 * [*{*range(20)} - unseen])
    assert not [*tmp_path.iterdir()]  # nothing had begun


def test_true_pairs_that_are_all_held_out_are_told(training, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(training, "make_metadata", lambda *_: 1 / 0)
    images = {f"{n}.png": np.full((4, 4, 3), n, np.uint8) for n in range(2)}
    _, (name,) = training.split(list(images))
    pair = Pair(images[name], np.zeros((8, 8, 3), np.uint8), TRUE)
    with pytest.raises(ZeroDivisionError):
        training.train(images, Recipe([4], [3, 3]), tmp_path / "x", targets={name: [pair]})
    assert "no true pair is learnt from" in caplog.text
