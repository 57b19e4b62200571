"""True pairs: matched by name, refused by name and reason."""

import cv2
import numpy as np
import pytest

from srpoke.images import write_image
from srpoke.kernels import DRAWN_ANEW, SPRITE_KERNEL, softness
from srpoke.targets import load_targets, make_pairs, same_picture
from tests.test_registration import draw


def drawing(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A smooth random picture, the same at any size."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)


@pytest.fixture
def sprites() -> dict[str, np.ndarray]:
    return {f"{n}.png": drawing(20, 24, n) for n in (1, 2, 10)} | {"Ñu.PNG": drawing(20, 24, 3)}


@pytest.mark.parametrize(
    ("a", "b"),
    [("3.png", "003.webp"), ("a/03.PNG", "3.bmp"), ("Fox.png", "fox.webp"), ("0.png", "000.png")],
)
def test_names_of_the_same_picture(a, b):
    assert same_picture(a) == same_picture(b)


@pytest.mark.parametrize(
    ("a", "b"), [("3.png", "30.png"), ("3.png", "13.png"), ("a.b.png", "a.png")]
)
def test_names_of_other_pictures(a, b):
    assert same_picture(a) != same_picture(b)


def test_pictures_of_the_same_names_are_paired(sprites, tmp_path):
    write_image(tmp_path / "x2" / "001.png", drawing(40, 48, 1))
    write_image(tmp_path / "x2" / "10.webp", drawing(40, 48, 10))
    write_image(tmp_path / "x2" / "77.png", drawing(40, 48, 10))  # of no sprite
    write_image(tmp_path / "x3" / "0010.png", drawing(60, 72, 10))
    write_image(tmp_path / "x3" / "ñu.png", drawing(60, 72, 3))
    pairs, refused = load_targets([tmp_path / "x2", tmp_path / "x3"], sprites, [2.0])
    assert refused == []
    sizes = {name: [pair.large.shape[0] for pair in of] for name, of in pairs.items()}
    assert sizes == {"1.png": [40], "10.png": [40, 60], "Ñu.PNG": [60]}
    first = pairs["1.png"][0]
    np.testing.assert_array_equal(first.small, sprites["1.png"])
    np.testing.assert_array_equal(first.large, drawing(40, 48, 1))
    makings = {pair.making for of in pairs.values() for pair in of}
    assert makings == {(softness(SPRITE_KERNEL), DRAWN_ANEW)}


def test_transparent_pictures_lie_on_white(tmp_path):
    alpha = np.zeros((40, 48), np.uint8)
    alpha[10:30, 12:36] = 255
    large = np.dstack([drawing(40, 48, 1), alpha])
    small = np.dstack([np.full((20, 24, 3), 7, np.uint8), alpha[::2, ::2]])
    small[5:15, 6:18, :3] = drawing(20, 24, 1)[5:15, 6:18]
    write_image(tmp_path / "1.png", large)
    pairs, _ = load_targets([tmp_path], {"1.png": small}, [2.0])
    for picture, shown in zip(pairs["1.png"][0], (small, large), strict=False):
        assert (picture[shown[..., 3] == 0] == 255).all()
        np.testing.assert_array_equal(picture[shown[..., 3] > 0], shown[shown[..., 3] > 0][:, :3])


@pytest.mark.parametrize("move", [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_a_picture_that_is_half_a_sprite_pixel_off_is_not_taken_as_it_is(move):
    small, large = draw(np.eye(2, 3), 48), draw(np.array([[2, 0, 0.5], [0, 2, 0.5]]), 96)
    (pair,) = make_pairs(small, large, [])
    np.testing.assert_array_equal(pair.large, large)
    with pytest.raises(ValueError, match="pixel on pixel"):
        make_pairs(small, np.roll(large, move, (0, 1)), [])


def test_all_sprites_of_one_picture_are_paired_with_it(tmp_path):
    write_image(tmp_path / "1.png", drawing(40, 48, 1))
    sprites = {name: drawing(20, 24, 1) for name in ("1.png", "001.webp")}
    assert [*load_targets([tmp_path], sprites, [2.0])[0]] == ["1.png", "001.webp"]


@pytest.mark.filterwarnings("error")
def test_a_flat_sprite_is_refused_without_a_warning(tmp_path):
    with pytest.raises(ValueError, match="pixel on pixel"):
        make_pairs(np.full((20, 24, 3), 9, np.uint8), drawing(40, 48), [])


REFUSED = {
    "another crop or another pose": drawing(40, 48, 99),
    "too small": drawing(20, 24, 1),
    "mirrored": np.ascontiguousarray(drawing(40, 48, 1)[:, ::-1]),
    "correlation": np.full((40, 48, 3), 90, np.uint8),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_does_not_fit_is_refused_with_the_reason(sprites, tmp_path, reason):
    write_image(tmp_path / "001.png", REFUSED[reason])
    write_image(tmp_path / "2.png", drawing(40, 48, 2))
    pairs, refused = load_targets([tmp_path], sprites, [2.0])
    assert list(pairs) == ["2.png"] and len(refused) == 1
    assert str(tmp_path / "001.png") in refused[0] and reason in refused[0]
    with pytest.raises(ValueError, match=reason):
        make_pairs(sprites["1.png"], REFUSED[reason], [2.0])


def test_broken_pictures_are_named(sprites, tmp_path):
    (tmp_path / "1.png").write_bytes(b"no image")
    write_image(tmp_path / "2.png", drawing(40, 48, 2))
    pairs, refused = load_targets([tmp_path], sprites, [2.0])
    assert list(pairs) == ["2.png"] and len(refused) == 1 and "1.png" in refused[0]


def test_a_folder_without_a_fitting_picture_is_an_error(sprites, tmp_path):
    write_image(tmp_path / "art" / "77.png", drawing(40, 48))
    with pytest.raises(ValueError, match="art fits an image: none has the name of one"):
        load_targets([tmp_path / "art"], sprites, [2.0])
    write_image(tmp_path / "art" / "1.png", REFUSED["mirrored"])
    with pytest.raises(ValueError, match="1.png: the large picture is mirrored"):
        load_targets([tmp_path / "art"], sprites, [2.0])
    with pytest.raises(ValueError, match="missing"):
        load_targets([tmp_path / "missing"], sprites, [2.0])


def test_a_picture_on_another_grid_is_registered_and_brought_to_every_factor_it_allows():
    small, affine = draw(np.eye(2, 3), 58), np.array([[2.4, 0, 11.3], [0, 2.4, 7.6]])
    pairs = make_pairs(small, draw(affine, 180), [1.5, 2.0, 2.5, 3.0])
    assert [pair.large.shape[0] for pair in pairs] == [87, 116, 145]
    for pair, scale in zip(pairs, (1.5, 2.0, 2.5), strict=True):
        grid = np.eye(2, 3) * scale + [[0, 0, (scale - 1) / 2]]
        truth = draw(grid, len(pair.large))
        assert np.abs(pair.large.astype(int) - truth).mean() < 3
