"""Animations are read as their formats say: frames, times, loops; damage is named."""

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from srpoke.chunks import png_chunk
from srpoke.errors import BadImage
from srpoke.frames import Animation, read_animation
from srpoke.images import read_picture, write_image
from tests.animations import (
    CLEAR,
    KEEP,
    SEEDS,
    assert_same,
    make_apng,
    make_frames,
    make_gif,
    make_webp,
)
from tests.odd_files import exif


@pytest.fixture
def read(tmp_path):
    """A function: bytes of a file -> its Animation."""

    def decode(data: bytes, **options) -> Animation:
        (tmp_path / "x.img").write_bytes(data)
        return read_animation(tmp_path / "x.img", **options)

    return decode


def test_gif(read):
    for seed in SEEDS:
        data, expected = make_gif(seed)
        animation = read(data)
        assert_same(animation.frames, expected)
        assert animation.milliseconds == [10, 20, 30, 40, 50]
        assert animation.plays == 3  # it says two repetitions


def test_a_gif_whose_frames_all_have_palettes_of_their_own(read):
    for seed in SEEDS:
        data, expected = make_gif(seed, common_palette=False)
        assert_same(read(data).frames, expected)


def test_what_controls_a_frame_of_a_gif_holds_for_it_alone(read):
    for seed in SEEDS:
        data, expected = make_gif(seed, controls=False)
        animation = read(data)
        assert_same(animation.frames, expected)
        assert animation.milliseconds == [10, 0, 30, 0, 50]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"NETSCAPE2.0", b"ANIMEXTS1.0"),
        (b"\x21\xff\x0bNETSCAPE", b"\x21\xfe\x02hi\0\x21\xff\x0bNETSCAPE"),  # a comment
        (b"\x21\xff\x0bNETSCAPE", b"\0\0\x21\xff\x0bNETSCAPE"),  # padding
    ],
)
def test_gifs_by_other_hands(read, old, new):
    data, expected = make_gif(2)
    animation = read(data.replace(old, new))
    assert_same(animation.frames, expected)
    assert animation.plays == 3


@pytest.mark.parametrize("count", [1, 2])
def test_a_gif_may_lack_its_end(read, count):
    target, image = io.BytesIO(), Image.fromarray(np.arange(63, dtype=np.uint8).reshape(7, 9))
    more = [image.rotate(180)] * (count - 1)
    image.save(target, "GIF", save_all=True, append_images=more)
    data = target.getvalue()
    assert_same(read(data[:-1]).frames, read(data).frames)
    with pytest.raises(BadImage):
        read(data[:-9])


@pytest.mark.parametrize("behind", [b"\0", b"\n", b";;", b"\0;"])
def test_what_lies_behind_a_gif_is_no_part_of_it(read, behind):
    for seed in SEEDS:
        data, expected = make_gif(seed)
        assert_same(read(data + behind).frames, expected)


def test_frames_of_a_gif_are_cut_off_at_its_screen(read):
    for seed in SEEDS:
        data, expected = make_gif(seed, beyond=9)
        assert_same(read(data).frames, expected)


@pytest.mark.parametrize("screen", [(0, 0), (5, 3)])
def test_the_first_frame_of_a_gif_is_seen_whole(read, tmp_path, screen):
    target, image = io.BytesIO(), Image.fromarray(np.arange(63, dtype=np.uint8).reshape(7, 9))
    image.save(target, "GIF", save_all=True, append_images=[image.rotate(180)])
    (size, data), still = (target.getvalue()[6:10], target.getvalue()), io.BytesIO()
    image.save(still, "GIF")
    small = struct.pack("<HH", *screen)
    frames = read(data.replace(size, small, 1)).frames
    assert_same(frames, read(data).frames)
    assert_same(read(still.getvalue().replace(size, small, 1)).frames, frames[:1])
    assert_same([read_picture(tmp_path / "x.img").pixels], frames[:1])


@pytest.mark.parametrize("still_first", [False, True])
@pytest.mark.parametrize("half", [False, True])
def test_apng(read, half, still_first):
    for seed in SEEDS:
        size, frames, expected = make_frames(seed, 3, half=half)
        animation = read(make_apng(size, frames, still_first=still_first))
        assert_same(animation.frames, expected, atol=half)
        assert animation.milliseconds == [frame[-1] for frame in frames]
        assert animation.plays == 2


def test_what_an_opaque_apng_clears_is_transparent(read):
    frames = [(np.full((6, 9), value, np.uint8), 0, 0, CLEAR, False, 40) for value in (50, 90)]
    frames[1] = (frames[1][0][:2, :3], 1, 2, KEEP, False, 40)
    expected = np.zeros((6, 9, 4), np.uint8)
    expected[1:3, 2:5] = 90, 90, 90, 255
    shown = read(make_apng((6, 9), frames)).frames
    assert_same(shown, [np.dstack([frames[0][0]] * 3), expected])


@pytest.mark.parametrize("key", [None, 1])
@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_apng_of_grey(read, depth, key):
    rng = np.random.default_rng(8)
    canvas, frames, expected = np.zeros((6, 9, 4), np.uint8), [], []
    for n in range(3):
        width = 9 if n == 0 else 4
        pixels = rng.integers(0, min(1 << depth, 4), (6, width), dtype=np.uint8)
        stored = pixels.astype(">u2") if depth == 16 else pixels
        frames.append((stored, 0, 0, KEEP, True, 40))
        greys = np.round(pixels * (255 / ((1 << depth) - 1)))
        bgra = np.dstack([greys] * 3 + [np.full((6, width), 255)])
        shown = pixels != key if key is not None else pixels >= 0
        canvas[:, :width][shown] = bgra[shown]
        expected.append(canvas.copy())
    animation = read(make_apng((6, 9), frames, depth=depth, key=key))
    assert_same(animation.frames, expected)
    assert animation.frames[0].shape[2] == (3 if key is None else 4)


@pytest.mark.parametrize("shape", [(6, 9), (6, 9, 4)])
def test_apng_of_16_bits_becomes_one_of_8(read, shape):
    rng = np.random.default_rng(9)
    pixels = [rng.integers(0, 65536, shape).astype(">u2") for _ in range(2)]
    animation = read(make_apng((6, 9), [(p, 0, 0, KEEP, False, 40) for p in pixels], depth=16))
    for frame, image in zip(animation.frames, pixels, strict=True):
        values = np.atleast_3d(np.round(image / 257)).astype(np.uint8)
        expected = np.dstack([values] * 3) if len(shape) == 2 else values
        assert_same([frame], [expected])


@pytest.mark.parametrize("over", [False, True])
def test_apng_of_16_bits_is_composed_as_one_of_8(read, over):
    for seed in SEEDS:
        size, frames, _ = make_frames(seed, 3)
        frames = [(*frame[:4], over, 40) for frame in frames]
        wide = [(frame[0].astype(">u2") * 257, *frame[1:]) for frame in frames]
        assert_same(
            read(make_apng(size, wide, depth=16)).frames, read(make_apng(size, frames)).frames
        )


def test_webp(read):
    for seed in SEEDS:
        size, frames, expected = make_frames(seed, 2, even=True)
        animation = read(make_webp(size, frames))
        assert_same(animation.frames, expected)
        assert animation.milliseconds == [frame[-1] for frame in frames]
        assert animation.plays == 2


def test_webp_goes_to_opencv_as_a_row(read, monkeypatch):
    """As OpenCV 4 needs it, which takes a vector for a column and refuses that."""
    shapes, decode = [], cv2.imdecodeanimation

    def decoded(data, **options):
        shapes.append(data.shape)
        return decode(data, **options)

    monkeypatch.setattr(cv2, "imdecodeanimation", decoded)
    size, frames, _ = make_frames(0, 2, even=True)
    data = make_webp(size, frames)
    assert len(read(data).frames) > 1 and shapes == [(1, len(data))]


def test_opaque_frames_have_no_alpha_and_a_gif_without_loops_plays_once(read):
    images = [Image.new("RGB", (6, 5), colour) for colour in ("red", "lime")]
    target = io.BytesIO()
    images[0].save(target, "GIF", save_all=True, append_images=images[1:], duration=40)
    animation = read(target.getvalue())
    assert [frame.shape for frame in animation.frames] == [(5, 6, 3)] * 2
    assert animation.frames[1][2, 2].tolist() == [0, 255, 0] and animation.plays == 1


def test_every_frame_is_turned_as_the_file_asks(read):
    size, frames, expected = make_frames(0, 3)
    data = make_apng(size, frames)
    block = png_chunk(b"eXIf", exif(6))  # a quarter turn to the right
    animation = read(data[:33] + block + data[33:])
    assert_same(animation.frames, [np.rot90(frame, -1) for frame in expected])


def test_a_still_image_is_one_frame_of_its_own_depth(read, tmp_path):
    image = np.arange(20, dtype=np.uint16).reshape(4, 5) * 3000
    write_image(tmp_path / "a.png", image)
    animation = read((tmp_path / "a.png").read_bytes())
    np.testing.assert_array_equal(animation.frames[0], image)
    assert len(animation.frames) == 1


def test_all_frames_count_before_any_is_decoded(read, monkeypatch):
    size, frames, _ = make_frames(1, 2, even=True)
    pixels = 5 * size[0] * size[1]
    files = make_gif(1)[0], make_apng(size, frames), make_webp(size, frames)
    assert len(read(files[1], max_pixels=pixels).frames) == 5
    monkeypatch.setattr(cv2, "imdecodeanimation", None)
    monkeypatch.setattr(cv2, "imdecodeWithMetadata", None)
    for data in files[1:]:
        with pytest.raises(BadImage, match="5 frames of .*max_pixels"):
            read(data, max_pixels=pixels - 1)
    with pytest.raises(BadImage, match="5 frames of .*max_pixels"):
        read(files[0], max_pixels=4)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-40],  # OpenCV may never come back from it
        lambda data: data[:-20] + b"x" + data[-19:],
        lambda data: data.replace(b"acTL\0\0\0\5", b"acTL\0\0\0\6"),
    ],
)
def test_torn_apng_is_refused_without_decoding_it(read, monkeypatch, change):
    monkeypatch.setattr(cv2, "imdecodeanimation", None)
    monkeypatch.setattr(cv2, "imdecodeWithMetadata", None)
    with pytest.raises(BadImage, match="damaged animation"):
        read(change(make_apng(*make_frames(2, 3)[:2])))


def test_apng_with_a_frame_beyond_its_border_is_refused(read, monkeypatch):
    size, frames, _ = make_frames(2, 3)
    pixels, _, _, *rest = frames[1]
    frames[1] = (pixels, size[0] - len(pixels) + 1, 0, *rest)
    monkeypatch.setattr(cv2, "imdecodeanimation", None)
    monkeypatch.setattr(cv2, "imdecodeWithMetadata", None)
    with pytest.raises(BadImage, match="damaged animation"):
        read(make_apng(size, frames))


@pytest.mark.parametrize("kind", ["gif", "apng", "webp"])
def test_damage_is_named_and_never_crashes(read, kind):
    refused = 0
    for seed in range(40):
        size, frames, _ = make_frames(seed, 2, even=True)
        data = {"gif": make_gif(seed)[0], "apng": b"", "webp": make_webp(size, frames)}[kind]
        broken, rng = bytearray(data or make_apng(size, frames)), np.random.default_rng(seed)
        for place in rng.integers(len(broken), size=2):
            broken[place] = rng.integers(256)
        try:
            read(bytes(broken[: rng.integers(len(broken))] if seed % 2 else broken))
        except BadImage as error:
            refused += 1
            assert "x.img" in str(error)
    assert refused >= 15


def test_an_animation_without_frames_is_a_still_picture(read):
    size, frames, _ = make_frames(1, 2)
    data = make_apng(size, frames, still_first=True)
    animation = read(data.replace(b"acTL\0\0\0\5", b"acTL\0\0\0\0"))
    assert_same(animation.frames, [np.full((*size, 4), 77, np.uint8)])
