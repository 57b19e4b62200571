"""Reading and writing, against OpenCV itself and by hand; patches are in test_patches.py."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from srpoke import folders, images, tools
from srpoke.errors import BadImage
from tests.odd_files import png

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
SMOOTH = cv2.resize(COLOUR, (48, 40), interpolation=cv2.INTER_LINEAR)
BGRA = np.dstack([COLOUR, GREY])


def encoded(ending: str, image: np.ndarray, *options: int) -> bytes:
    return cv2.imencode(ending, image, options)[1].tobytes()


PALETTE = RNG.integers(0, 256, (4, 3), dtype=np.uint8)  # RGB
PALETTE_ALPHA = np.array([0, 100, 255, 255], np.uint8)
INDEX = RNG.integers(0, 4, (5, 7), dtype=np.uint8)
BITS = np.array([[0b10110010], [0b00001111]], np.uint8)
WIDE = RNG.integers(0, 65536, (5, 7, 3), dtype=np.uint16)
WIDE_BGRA = np.dstack([WIDE, WIDE[..., 0]])

EXACT_FILES = {
    "grey.png": (encoded(".png", GREY), GREY),
    "colour.png": (encoded(".png", COLOUR), COLOUR),
    "alpha.png": (encoded(".png", BGRA), BGRA),
    "16_bit.png": (encoded(".png", WIDE), WIDE),
    "16_bit_grey.png": (encoded(".png", WIDE[..., 0]), WIDE[..., 0]),
    "16_bit_alpha.png": (encoded(".png", WIDE_BGRA), WIDE_BGRA),
    "grey_alpha.png": (
        png(np.dstack([GREY, 255 - GREY]).reshape(5, 14), 8, 4),
        np.dstack([GREY, GREY, GREY, 255 - GREY]),
    ),
    "palette.png": (png(INDEX, 8, 3, PLTE=PALETTE.tobytes()), PALETTE[INDEX][..., ::-1]),
    "palette_alpha.png": (
        png(INDEX, 8, 3, PLTE=PALETTE.tobytes(), tRNS=PALETTE_ALPHA.tobytes()),
        np.dstack([PALETTE[INDEX][..., ::-1], PALETTE_ALPHA[INDEX]]),
    ),
    "1_bit.png": (png(BITS, 1, 0), np.unpackbits(BITS, axis=1) * 255),
    "colour.bmp": (encoded(".bmp", COLOUR), COLOUR),
    "colour.webp": (encoded(".webp", COLOUR, cv2.IMWRITE_WEBP_QUALITY, 101), COLOUR),
    "colour.tiff": (encoded(".tiff", COLOUR), COLOUR),
    "UPPER.PNG": (encoded(".png", BGRA), BGRA),
    "one_pixel.png": (encoded(".png", COLOUR[:1, :1]), COLOUR[:1, :1]),
    "one_row.png": (encoded(".png", COLOUR[:1]), COLOUR[:1]),
    "one_column.png": (encoded(".png", BGRA[:, :1]), BGRA[:, :1]),
}


@pytest.mark.parametrize("name", EXACT_FILES)
def test_read_image_gives_the_stored_pixels(tmp_path, name):
    data, expected = EXACT_FILES[name]
    (tmp_path / name).write_bytes(data)
    image = images.read_image(tmp_path / name)
    assert image.dtype == expected.dtype
    np.testing.assert_array_equal(image, expected)


BROKEN_FILES = {
    "empty.png": b"",
    "text.png": b"no image at all\n" * 20,
    "truncated.png": encoded(".png", SMOOTH)[:-20],
    "without_end.png": encoded(".png", SMOOTH)[:-8],
    "half.png": encoded(".png", SMOOTH)[:2000],
    "header_only.png": encoded(".png", BGRA)[:40],
    "truncated.jpg": encoded(".jpg", SMOOTH)[:300],
    "truncated.webp": encoded(".webp", SMOOTH)[:100],
    "truncated.bmp": encoded(".bmp", SMOOTH)[:-500],
    "float.tiff": encoded(".tiff", COLOUR.astype(np.float32)),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_broken_file_is_a_bad_image_and_nothing_else_is_printed(tmp_path, capfd, name):
    (tmp_path / name).write_bytes(BROKEN_FILES[name])
    with pytest.raises(BadImage, match=name):
        images.read_image(tmp_path / name)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["missing.png", "folder.png"])
def test_what_is_no_file_is_a_bad_image(tmp_path, name):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(BadImage, match=f"{name} cannot be opened"):
        images.read_image(tmp_path / name)


@pytest.mark.parametrize("peak", [255, 65535])
def test_to_integer_rounds_and_clips(peak):
    dtype = np.uint8 if peak == 255 else np.uint16
    values = np.float32([-0.2, 0.4 / peak, 0.6 / peak, (peak - 0.6) / peak, 1, 1.7])
    np.testing.assert_array_equal(tools.to_integer(values, dtype), [0, 0, 1, peak - 1, peak, peak])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_integer_survives_the_way_through_float(dtype):
    values = np.arange(np.iinfo(dtype).max + 1).astype(dtype)
    floats = tools.to_float(values)
    assert floats.dtype == np.float32
    assert floats.min() == 0 and floats.max() == 1
    np.testing.assert_array_equal(tools.to_integer(floats, dtype), values)


def test_failing_write_keeps_the_old_file_and_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    images.write_image(path, BGRA)

    def disk_full(self, data):
        with open(self, "wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", disk_full)
    with pytest.raises(OSError, match="No space"):
        images.write_image(path, COLOUR)
    np.testing.assert_array_equal(images.read_image(path), BGRA)
    assert list(tmp_path.iterdir()) == [path]


def test_write_image_refuses_an_unknown_format(tmp_path):
    with pytest.raises(ValueError, match="cannot write this format"):
        images.write_image(tmp_path / "x.sprite", COLOUR)
    assert not list(tmp_path.iterdir())


def test_load_folder_names_the_broken_files(tmp_path):
    for name in ("truncated.png", "empty.png"):
        (tmp_path / name).write_bytes(BROKEN_FILES[name])
    (tmp_path / "folder.png").mkdir()
    images.write_image(tmp_path / "good.png", BGRA)
    found, failures = folders.load_folder(tmp_path)
    assert list(found) == ["good.png"]
    np.testing.assert_array_equal(found["good.png"], BGRA)
    assert [Path(line.split()[0]).name for line in failures] == ["empty.png", "truncated.png"]


@pytest.mark.parametrize("content", [None, {}, {"a.png": b""}, {"a.txt": b"x"}])
def test_load_folder_without_a_readable_image_is_refused(tmp_path, content):
    folder = tmp_path / "sprites"
    if content is not None:
        folder.mkdir()
        for name, data in content.items():
            (folder / name).write_bytes(data)
    with pytest.raises(ValueError, match="sprites"):
        folders.load_folder(folder)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_to_bgra_adds_what_is_missing(dtype):
    peak = np.iinfo(dtype).max
    grey, colour = GREY.astype(dtype), COLOUR.astype(dtype)
    full = np.full_like(grey, peak)
    np.testing.assert_array_equal(tools.to_bgra(grey), np.dstack([grey, grey, grey, full]))
    np.testing.assert_array_equal(tools.to_bgra(colour), np.dstack([colour, full]))
    np.testing.assert_array_equal(tools.to_bgra(BGRA), BGRA)
