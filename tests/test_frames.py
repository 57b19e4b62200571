"""Animations: files made byte by byte, their frames composed by hand in NumPy; then infer.py."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

import infer
from srpoke import pipeline
from srpoke.chunks import PNG, png_chunk, webp_chunk, webp_chunks
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.errors import BadImage, UserError
from srpoke.frames import Animation, read_animation, write_animation
from srpoke.images import read_picture, write_image
from srpoke.kernels import Making
from srpoke.pipeline import as_one, upscale
from srpoke.record import read_record
from tests.odd_files import exif, profile

SEEDS = range(12)
KEEP, CLEAR, RESTORE = range(3)


def seen(image: np.ndarray) -> np.ndarray:
    """BGRA without the colours that nobody sees."""
    if image.shape[2] == 3:
        image = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    return np.where(image[..., 3:] > 0, image, 0)


def by_pillow(data: bytes) -> tuple[list[np.ndarray], list[float], int]:
    """Frames, times and loops; right where nothing half transparent is laid over another frame."""
    image, frames, times = Image.open(io.BytesIO(data)), [], []
    for n in range(image.n_frames):
        image.seek(n)
        frames.append(np.array(image.convert("RGBA"))[..., [2, 1, 0, 3]])
        times.append(image.info["duration"])
    return frames, times, image.info["loop"]


def laid_over(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    alpha = upper[..., 3:] / 255
    below = lower[..., 3:] / 255 * (1 - alpha)
    colour = upper[..., :3] * alpha + lower[..., :3] * below
    total = alpha + below
    return (np.dstack([colour / np.maximum(total, 1e-9), total * 255]) + 0.5).astype(np.uint8)


def make_frames(seed: int, disposals: int, even: bool = False, half: bool = False):
    """Five frames of any size, place, disposal and blending, and what is to be seen of each.

    A frame is (pixels BGRA, top, left, disposal, laid over, ms).
    """
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(4, 20, size=2))
    canvas, frames, expected = np.zeros((height, width, 4), np.uint8), [], []
    for n in range(5):
        h, w = (int(rng.integers(1, size + 1)) if n else size for size in (height, width))
        y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
        y, x = (y & ~1, x & ~1) if even else (y, x)
        pixels = rng.integers(0, 256, (h, w, 4), dtype=np.uint8)
        pixels[..., 3] = np.where(rng.random((h, w)) < 0.3, 0, pixels[..., 3] if half else 255)
        disposal, over = int(rng.integers(disposals)), bool(rng.integers(2))
        before, area = canvas.copy(), canvas[y : y + h, x : x + w]
        area[:] = laid_over(pixels, area) if over else pixels
        expected.append(canvas.copy())
        frames.append((pixels, y, x, disposal, over, int(rng.integers(300))))
        if disposal == CLEAR:
            area[:] = 0
        elif disposal == RESTORE:
            canvas = before
    return (height, width), frames, expected


def make_apng(size, frames, plays=2, still_first=False, depth=8, key=None) -> bytes:
    """An APNG; with `still_first`, of a picture for those who show no animation.

    Its frames are BGRA, or grey, (H, W), of which the value `key` is transparent.
    """

    def packed(pixels: np.ndarray) -> bytes:
        stored = pixels[..., [2, 1, 0, 3]] if pixels.ndim == 3 else pixels
        if depth < 8:
            bits = np.unpackbits(stored[..., None], axis=2)[..., -depth:]
            stored = np.packbits(bits.reshape(len(stored), -1), axis=1)
        return zlib.compress(b"".join(b"\0" + row.tobytes() for row in stored))

    kind = 6 if frames[0][0].ndim == 3 else 0
    data = PNG + png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size[::-1], depth, kind, 0, 0, 0))
    data += png_chunk(b"tRNS", struct.pack(">H", key)) if key is not None else b""
    data += png_chunk(b"acTL", struct.pack(">II", len(frames), plays))
    if still_first:
        data += png_chunk(b"IDAT", packed(np.full((*size, 4), 77, np.uint8)))
    for n, (pixels, y, x, disposal, over, time) in enumerate(frames):
        place = pixels.shape[1], pixels.shape[0], x, y
        data += png_chunk(
            b"fcTL", struct.pack(">IIIIIHHBB", 2 * n, *place, time, 1000, disposal, over)
        )
        if n or still_first:
            data += png_chunk(b"fdAT", struct.pack(">I", 2 * n + 1) + packed(pixels))
        else:
            data += png_chunk(b"IDAT", packed(pixels))
    return data + png_chunk(b"IEND", b"")


def make_webp(size, frames, plays=2) -> bytes:
    def three(*numbers: int) -> bytes:
        return b"".join(n.to_bytes(3, "little") for n in numbers)

    body = webp_chunk(b"VP8X", b"\x12\0\0\0" + three(size[1] - 1, size[0] - 1))
    body += webp_chunk(b"ANIM", struct.pack("<IH", 0, plays))
    for pixels, y, x, disposal, over, time in frames:
        still = cv2.imencode(".webp", pixels)[1].tobytes()
        place = three(x // 2, y // 2, pixels.shape[1] - 1, pixels.shape[0] - 1, time)
        place += bytes([disposal | (not over) << 1])
        held = [webp_chunk(*chunk) for chunk in webp_chunks(still) if chunk[0] != b"VP8X"]
        body += webp_chunk(b"ANMF", place + b"".join(held))
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def gif_pixels(indices: np.ndarray) -> bytes:
    """Pixels as GIF stores them, each a code of nine bits of its own."""
    codes = []
    for n, index in enumerate(indices.ravel()):
        if n % 200 == 0:
            codes.append(256)
        codes.append(int(index))
    bits = "".join(f"{code:09b}"[::-1] for code in [*codes, 257])
    bits += "0" * (-len(bits) % 8)
    data = bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))
    blocks = [data[n : n + 255] for n in range(0, len(data), 255)]
    return b"\x08" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def make_gif(
    seed: int, beyond: int = 0, common_palette: bool = True, controls: bool = True
) -> tuple[bytes, list[np.ndarray]]:
    """A GIF of five frames of any size, place, disposal and palette, and what is to be seen.

    All but the first may reach `beyond` the screen by so many pixels, to the right and below.
    Without a `common_palette` each has one of its own; without all `controls`, every second one is
    opaque, stays, and takes no time.
    """
    rng = np.random.default_rng(seed)
    height, width = (int(n) for n in rng.integers(1, 20, size=2))
    common = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    flags = 0xF7 if common_palette else 0x70
    data = b"GIF89a" + struct.pack("<HHBBB", width, height, flags, rng.integers(256), 0)
    data += (
        common.tobytes() if common_palette else b""
    ) + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x02\0\0"
    screen = height, width
    canvas, expected = np.zeros((height + beyond, width + beyond, 4), np.uint8), []
    for n in range(5):
        h, w = int(rng.integers(1, height + 1)), int(rng.integers(1, width + 1))
        more = beyond if n else 0
        y, x = (int(rng.integers(a - b + 1 + more)) for a, b in zip(screen, (h, w), strict=True))
        own, disposal = rng.random() < 0.3 or not common_palette, int(rng.integers(4))
        palette = rng.integers(0, 256, (256, 3), dtype=np.uint8) if own else common
        indices = rng.integers(0, 256, (h, w), dtype=np.uint8)
        key = int(rng.integers(256)) if rng.random() < 0.7 else None
        if key is not None:
            indices[rng.random((h, w)) < 0.5] = key
        if controls or n % 2 == 0:
            flags = disposal << 2 | (key is not None)
            data += b"\x21\xf9\x04" + struct.pack("<BHBB", flags, n + 1, key or 0, 0)
        else:
            disposal, key = 0, None
        data += b"\x2c" + struct.pack("<HHHHB", x, y, w, h, 0x87 if own else 0)
        data += (palette.tobytes() if own else b"") + gif_pixels(indices)
        before, area = canvas.copy(), canvas[y : y + h, x : x + w]
        shown = np.full((h, w), True) if key is None else indices != key
        area[shown] = np.dstack([palette[indices][..., ::-1], np.full((h, w), 255)])[shown]
        expected.append(canvas[:height, :width].copy())
        if disposal == 2:
            area[:] = 0
        elif disposal == 3:
            canvas = before
    return data + b";", expected


@pytest.fixture
def read(tmp_path):
    """A function: bytes of a file -> its Animation."""

    def decode(data: bytes, **options) -> Animation:
        (tmp_path / "x.img").write_bytes(data)
        return read_animation(tmp_path / "x.img", **options)

    return decode


# Reading


def assert_same(frames: list[np.ndarray], expected: list[np.ndarray], atol: int = 0) -> None:
    assert len(frames) == len(expected)
    for frame, other in zip(frames, expected, strict=True):
        assert frame.shape[:2] == other.shape[:2]
        assert np.abs(seen(frame).astype(int) - seen(other)).max() <= atol


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


# Writing


@pytest.mark.parametrize("name", ["x.png", "x.apng", "x.WebP"])
@pytest.mark.parametrize("plays", [0, 1, 4])
def test_frames_times_loops_record_and_metadata_are_written(tmp_path, name, plays):
    rng = np.random.default_rng(3)
    frames = [rng.integers(0, 256, (9, 7, 4), dtype=np.uint8) for _ in range(4)]
    for frame in frames:
        frame[..., 3] = np.where(frame[..., 3] < 80, 0, 255)
    frames[3][:, 4:] = frames[2][:, 4:]
    source = Animation(frames, [50, 0, 120, 33], plays, {"exif": exif(1), "icc": profile()})
    write_animation(tmp_path / name, frames, source, {"network": "n"})
    shown, times, loops = by_pillow((tmp_path / name).read_bytes())
    assert_same(shown, frames)
    assert times == source.milliseconds and loops == plays
    assert read_record(tmp_path / name) == {"network": "n"}
    metadata = read_picture(tmp_path / name).metadata
    assert metadata["exif"] == exif(1).removeprefix(b"Exif\0\0") and metadata["icc"] == profile()
    again = read_animation(tmp_path / name)
    assert again.metadata == metadata and again.plays == plays
    assert_same(again.frames, frames)


@pytest.mark.parametrize("name", ["x.png", "x.webp"])
def test_equal_frames_are_shown_for_as_long(tmp_path, name):
    frames = [np.full((4, 5, 3), value, np.uint8) for value in (9, 9, 200, 200)]
    source = Animation(frames, [10, 20, 30, 5], 0, {})
    write_animation(tmp_path / name, frames, source)
    animation = read_animation(tmp_path / name)
    assert_same(animation.frames, [frames[0], frames[2]])
    assert animation.milliseconds == [30, 35]
    write_animation(tmp_path / name, [frames[0]] * 4, source)
    assert len(read_animation(tmp_path / name).frames) == 1


def test_frames_that_differ_where_nobody_sees_it_keep_their_times(tmp_path):
    frames = [np.zeros((4, 5, 4), np.uint8) for _ in range(3)]
    frames[1][0, 0, :3] = 99
    frames[2][1, 1] = 255
    write_animation(tmp_path / "x.png", frames, Animation(frames, [10, 20, 40], 0, {}))
    assert read_animation(tmp_path / "x.png").milliseconds == [30, 40]


def test_an_animation_without_frames_is_a_still_picture(read):
    size, frames, _ = make_frames(1, 2)
    data = make_apng(size, frames, still_first=True)
    animation = read(data.replace(b"acTL\0\0\0\5", b"acTL\0\0\0\0"))
    assert_same(animation.frames, [np.full((*size, 4), 77, np.uint8)])


@pytest.mark.parametrize(
    ("name", "times", "expected"),
    [
        ("x.png", [65535, 5, 65536], [65535, 5, 65540]),  # to a hundredth of a second
        ("x.png", [70000, 655360, 10**9], [70000, 655400, 65535000]),
        ("x.webp", [70000, 5, 10**9], [70000, 5, 2**24 - 1]),
    ],
)
def test_longest_times_and_most_loops_do_not_overflow(tmp_path, name, times, expected):
    frames = [np.full((4, 5, 3), value, np.uint8) for value in (9, 100, 200)]
    write_animation(tmp_path / name, frames, Animation(frames, times, 65536, {}))
    animation = read_animation(tmp_path / name)
    assert animation.milliseconds == expected and animation.plays == 65535
    frames, times = [frames[0], frames[0], frames[2]], [40000, 40000, 7]
    write_animation(tmp_path / name, frames, Animation(frames, times, 0, {}))
    assert read_animation(tmp_path / name).milliseconds == [80000, 7]


def test_a_format_without_animations_is_refused_and_nothing_is_written(tmp_path):
    frames = [np.full((4, 5, 3), value, np.uint8) for value in (9, 200)]
    with pytest.raises(UserError, match=r"x\.jpg cannot hold an animation; \.png"):
        write_animation(tmp_path / "x.jpg", frames, Animation(frames, [1, 1], 0, {}))
    assert not list(tmp_path.iterdir())


# infer.py


@pytest.fixture
def run(exported, answer, monkeypatch, tmp_path):
    """A function: options -> exit code, stdout, stderr of infer.py for `a.gif`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.gif").write_bytes(make_gif(4)[0])
    return lambda *options: answer(infer.main, exported, "a.gif", *options)


@pytest.mark.parametrize(("options", "suffix"), [([], ".png"), (["--format", "webp"], ".webp")])
def test_a_gif_becomes_an_enlarged_animation(run, exported, tmp_path, options, suffix):
    code, out, err = run(*options, "--save_path", "out")
    target = tmp_path / f"out/a_f_2_loop_1{suffix}"
    assert (code, err) == (0, []) and "5 frames" in out[0] and target.is_file()
    shown, times, loops = by_pillow(target.read_bytes())
    engine, frames = load(exported), make_gif(4)[1]
    engine, settings = as_one(engine, frames, Settings())
    assert_same(shown, [upscale(engine, frame, 2, 1, settings) for frame in frames])
    assert times == [10, 20, 30, 40, 50] and loops == 3
    code, out, _ = run(*options, "--save_path", "out", "--skip_existing")
    assert code == 0 and "exists" in out[0]


def test_output_names_the_format_and_one_picture_is_not_enough(run, tmp_path):
    assert run("-o", "b.webp")[0] == 0
    assert len(read_animation(tmp_path / "b.webp").frames) == 5
    code, _, err = run("-o", "b.gif")
    assert code == 2 and "b.gif cannot hold an animation" in err[0]
    assert not (tmp_path / "b.gif").exists()


def test_frames_of_the_result_count_together(run):
    height, width = make_gif(4)[1][0].shape[:2]
    limit = 5 * 4 * height * width
    assert run("--max_pixels", limit)[0] == 0
    code, _, err = run("--max_pixels", limit - 1)
    assert code == 2 and "the result has 5 frames" in err[0]


def test_what_is_flat_in_all_frames_stays_equal(exported, tmp_path, answer):
    rng = np.random.default_rng(6)
    frames = [np.full((20, 48, 3), (90, 140, 200), np.uint8) for _ in range(3)]
    for frame in frames:
        frame[4:14, 2:14] = rng.integers(0, 256, (10, 12, 3))
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    write_animation(source, frames, Animation(frames, [40] * 3, 0, {}))
    assert answer(infer.main, exported, source, "--scale", "3", "-o", target)[0] == 0
    results = read_animation(target).frames
    for result in results:
        assert (result[:, 3 * 24 :] == (90, 140, 200)).all()
    assert (results[0][:, : 3 * 14] != results[1][:, : 3 * 14]).any()


def test_all_frames_are_told_what_is_found_in_the_richest(exported, monkeypatch):
    asked, making = [], Making(0.1, 0.2)
    monkeypatch.setattr(pipeline, "find_making", lambda _, image: asked.append(image) or making)
    flat, rich = np.full((8, 9, 3), 200, np.uint8), make_gif(4)[1][2][..., :3]
    assert as_one(load(exported), [flat, rich, flat], Settings())[1].making == making
    assert len(asked) == 1
    np.testing.assert_allclose(asked[0], rich / 255, atol=1e-6)


def test_cells_of_an_animated_sheet(exported, tmp_path, answer):
    rng = np.random.default_rng(7)
    frames = [rng.integers(0, 256, (8, 16, 3), dtype=np.uint8) for _ in range(2)]
    write_animation(tmp_path / "a.png", frames, Animation(frames, [40] * 2, 0, {}))
    target = tmp_path / "b.png"
    assert answer(infer.main, exported, tmp_path / "a.png", "--cell", "8x8", "-o", target)[0] == 0
    engine, settings = as_one(load(exported), frames, Settings())
    for frame, result in zip(frames, read_animation(target).frames, strict=True):
        for left in (0, 8):
            cell = upscale(engine, frame[:, left : left + 8], 2, 1, settings)
            np.testing.assert_array_equal(result[:, 2 * left : 2 * left + 16], cell)
