"""What a result says of its making: read again, and in nobody's way."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from srpoke.chunks import PNG
from srpoke.images import read_image, write_image
from srpoke.record import read_record, record_of

RECORD = {"network": "ピ", "sha256": "0f", "sharpness": 0.4, "size": [3, 5]}


@pytest.mark.parametrize("ending", ["png", "webp"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("extra", [{}, {"a": ""}, {"a": "x"}])
def test_pixels_and_record_are_both_read_again(tmp_path, ending, channels, extra):
    path = tmp_path / f"x.{ending}"
    image = np.random.default_rng(0).integers(0, 256, (9, 7, channels), dtype=np.uint8)
    image[..., 3:] |= 1  # WebP drops the colour under alpha 0
    write_image(path, image, None, RECORD | extra)
    assert read_record(path) == RECORD | extra
    np.testing.assert_array_equal(read_image(path), image)
    np.testing.assert_array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), image)
    with Image.open(io.BytesIO(path.read_bytes())) as decoded:
        rgb = np.asarray(decoded)[..., :3]
    np.testing.assert_array_equal(rgb, image[..., 2::-1])


def test_png_is_valid_to_a_reader_of_chunks(tmp_path):
    write_image(tmp_path / "x.png", np.zeros((4, 4), np.uint8), None, RECORD)
    with Image.open(tmp_path / "x.png") as image:
        assert list(image.text) == ["srpoke"]
    with Image.open(tmp_path / "x.png") as image:
        image.verify()  # the checksums


def test_other_formats_hold_none_and_stay_whole(tmp_path):
    write_image(tmp_path / "x.bmp", np.full((4, 4, 3), 7, np.uint8), None, RECORD)
    assert read_record(tmp_path / "x.bmp") is None
    assert (read_image(tmp_path / "x.bmp") == 7).all()


@pytest.mark.parametrize("data", [b"", PNG, PNG + b"\0\0", b"RIFF\0\0\0\0WEBP", b"x" * 99])
def test_a_damaged_file_says_nothing(tmp_path, data):
    (tmp_path / "x.png").write_bytes(data)
    assert read_record(tmp_path / "x.png") is None
    assert read_record(tmp_path / "missing.png") is None


def test_a_network_is_known_by_its_bytes(tmp_path):
    for n, name in enumerate(["a/x.tflite", "b/x.tflite", "c/x.tflite"]):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"same" if n else b"other")
    paths = [tmp_path / f"{folder}/x.tflite" for folder in "abc"]
    first, second, third = (record_of([path], {"size": (2, 3)}) for path in paths)
    assert first != second == third
    assert record_of(paths[1:], {"size": (2, 3)}) not in (second, third)  # more files than one
