"""Animations that are written, and those that infer.py makes."""

import numpy as np
import pytest

import infer
from srpoke import pipeline
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.errors import UserError
from srpoke.frames import Animation, read_animation, write_animation
from srpoke.images import read_picture
from srpoke.kernels import Making
from srpoke.pipeline import as_one, upscale
from srpoke.record import read_record
from tests.animations import assert_same, by_pillow, make_gif
from tests.odd_files import exif, profile

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
def test_what_an_opaque_frame_uncovers_is_seen_through(tmp_path, name):
    """Its later frame is stored as an opaque part, with nothing around."""
    frames = [np.full((48, 48, 4), 255, np.uint8), np.zeros((48, 48, 4), np.uint8)]
    frames[0][..., :2], frames[1][:24, :24] = 90, (20, 200, 90, 255)
    write_animation(tmp_path / name, frames, Animation(frames, [500, 500], 0, {}))
    assert_same(by_pillow((tmp_path / name).read_bytes())[0], frames)
    assert_same(read_animation(tmp_path / name).frames, frames)


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
