"""Files that are written, in every format, and folders that are listed."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srpoke import files, folders, images
from srpoke.errors import BadImage, UserError

RNG = np.random.default_rng(0)
FORMATS = {ending: images.format_of(Path(f"x{ending}")) for ending in folders.IMAGE_SUFFIXES}
OPAQUE = {ending for ending, known in FORMATS.items() if known in images.OPAQUE}
HOLDING_ALPHA = folders.IMAGE_SUFFIXES - OPAQUE - {".pbm"}  # which is no target
RGBA = RNG.integers(0, 256, (20, 24, 4), dtype=np.uint8)


# Writing


def test_what_a_killed_run_left_is_removed_and_a_running_one_is_not_hurt(tmp_path):
    dead, alive = (
        tmp_path / f"{files.temporary_prefix()}{process}.png"
        for process in (2**22 + 1, os.getppid())
    )
    elsewhere = tmp_path / f".srpoke-00000000-{2**22 + 1}.png"
    for path in (dead, alive, elsewhere):
        path.touch()
    images.write_image(tmp_path / "x.png", RGBA)
    assert {path.name for path in tmp_path.iterdir()} == {alive.name, elsewhere.name, "x.png"}


def test_failure_names_the_file_and_not_the_temporary_one(tmp_path):
    (tmp_path / "x.png").mkdir()
    with pytest.raises(OSError) as error:
        images.write_image(tmp_path / "x.png", RGBA)
    assert error.value.filename == str(tmp_path / "x.png")


# Listing


def test_what_is_not_taken_is_counted_and_named(tmp_path, caplog):
    for name in ("a.PNG", "b.jfif", "c.avif", "._a.png", ".png", "note.txt", "sub/d.gif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    os.symlink(tmp_path / "nothing", tmp_path / "dangling.jp2")
    os.symlink(tmp_path / "sub", tmp_path / "linked")
    found = [path.name for path in folders.list_images(tmp_path)]
    assert found == ["a.PNG", "b.jfif", "c.avif", "dangling.jp2"]
    (line,) = caplog.messages
    for words in ("2 hidden (._a.png, .png)", "1 linked folders (linked)", "1 sub-folders (sub)"):
        assert words in line
    assert "1 without the ending of an image (note.txt)" in line
    assert (tmp_path / "sub" / "d.gif") in folders.list_images(tmp_path, recursive=True)


def test_folders_of_one_name_are_told_apart_by_their_paths(tmp_path, monkeypatch):
    names = folders.short_names([Path("art/google"), Path("old/google"), Path("art/noto")])
    assert names == [str(Path("art/google")), str(Path("old/google")), "noto"]
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert folders.short_names([Path("."), Path("/")]) == ["here", str(Path("/"))]


def test_a_folder_that_cannot_be_opened_is_listed_for_its_reader_to_tell(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    iterdir = Path.iterdir

    def locked(path):
        if path.name == "sub":
            raise PermissionError(13, "Permission denied")
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", locked)
    assert folders.list_images(tmp_path, recursive=True) == [tmp_path / "sub"]
    with pytest.raises(BadImage, match="sub cannot be opened"):
        images.read_image(tmp_path / "sub")


@pytest.mark.parametrize("ending", [".webp", ".bmp"])
def test_16_bits_are_rounded_where_a_format_holds_8(tmp_path, ending):
    image = np.array([[[0, 257, 40000], [65535, 128, 129]]], np.uint16)
    images.write_image(tmp_path / f"a{ending}", image)
    assert images.read_image(tmp_path / f"a{ending}").tolist() == [[[0, 1, 156], [255, 0, 1]]]


@pytest.mark.parametrize("ending", sorted(OPAQUE - {".pgm"}))
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_what_holds_no_transparency_is_laid_on_white(tmp_path, ending, depth):
    peak = np.iinfo(depth).max
    image = np.zeros((16, 16, 4), depth)
    image[:, 8:] = 0, 0, peak, peak  # red beside black that is transparent
    images.write_image(tmp_path / f"x{ending}", image)
    seen = images.read_image(tmp_path / f"x{ending}")
    most = np.iinfo(seen.dtype).max
    np.testing.assert_allclose(seen[4, [2, 13]] / most, [[1, 1, 1], [0, 0, 1]], atol=0.03)


@pytest.mark.parametrize("ending", sorted(HOLDING_ALPHA))
def test_every_other_format_holds_transparency(tmp_path, ending):
    image = np.full((32, 32, 4), 255, np.uint8)
    image[:, :16, 3] = 0
    images.write_image(tmp_path / f"x{ending}", image)
    alpha = images.read_image(tmp_path / f"x{ending}")[..., 3]
    assert alpha[4, 2] < 9 and alpha[4, 30] > 246


@pytest.mark.parametrize("ending", sorted(HOLDING_ALPHA - {".gif"}))
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [(), (4,)])
def test_nothing_is_lost_that_a_format_can_hold(tmp_path, ending, depth, channels):
    image = RNG.integers(1, np.iinfo(depth).max, (33, 40, *channels), dtype=depth)
    images.write_image(tmp_path / f"x{ending}", image)
    result = images.read_image(tmp_path / f"x{ending}")
    if FORMATS[ending] in images.EIGHT_BIT and depth == np.uint16:
        image = np.round(image / 257).astype(np.uint8)
    if channels == () and result.ndim == 3:
        image = np.dstack([image] * 3)
    shown = image[..., 3:] > 0 if channels else image >= 0  # WebP drops what nobody sees
    assert result.dtype == image.dtype
    np.testing.assert_array_equal(np.where(shown, result, 0), np.where(shown, image, 0))


def test_thin_lines_keep_their_colour_in_jpeg(tmp_path):
    image = np.full((16, 16, 3), (200, 60, 60), np.uint8)
    image[8] = 0, 0, 255
    images.write_image(tmp_path / "x.jpg", image)
    assert np.abs(images.read_image(tmp_path / "x.jpg")[8].astype(int) - (0, 0, 255)).max() < 30


@pytest.mark.parametrize("shape", [(), (3,), (4,)])
def test_a_gif_has_the_colours_of_its_picture_and_a_hard_edge(tmp_path, shape):
    image = np.full((40, 40, *shape), 200, np.uint8)
    image[:20] = 90
    if shape:
        image[..., :3] = image[..., :3] // (1, 2, 3)
    if shape == (4,):
        image[..., 3] = np.arange(40) * 6  # half transparent, too
    images.write_image(tmp_path / "x.gif", image)
    result = np.array(Image.open(tmp_path / "x.gif").convert("RGBA"))[..., [2, 1, 0, 3]]
    visible = image[..., 3] >= 128 if shape == (4,) else np.full((40, 40), True)
    np.testing.assert_array_equal(result[..., 3], np.where(visible, 255, 0))
    colours = image[..., :3] if shape else np.dstack([image] * 3)
    assert np.abs(result[..., :3].astype(int) - colours)[visible].max() <= 2


def test_grey_goes_into_ppm_as_colours(tmp_path):
    images.write_image(tmp_path / "x.ppm", RGBA[..., 0])
    np.testing.assert_array_equal(images.read_image(tmp_path / "x.ppm"), RGBA[..., [0, 0, 0]])


@pytest.mark.parametrize(
    ("name", "size", "grey", "words"),
    [
        ("x.jp2", (40, 31), True, "31x40 px; .jp2 holds sides of 32 to"),
        ("x.webp", (2, 16384), False, "16384x2 px; .webp holds sides of 1 to 16383"),
        ("x.JPEG", (65536, 2), False, ".jpg holds sides of 1 to 65500"),
        ("x.pgm", (4, 4), False, "cannot hold colours"),
        ("x.pbm", (4, 4), True, "black and white alone"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(name, size, grey, words):
    with pytest.raises(UserError, match=words):
        images.check_format(Path(name), size, grey)


@pytest.mark.parametrize("ending", sorted(images.SIDES))
def test_formats_hold_the_sides_that_are_allowed(tmp_path, ending):
    low, high = images.SIDES[ending]
    high = 99 if ending == ".jp2" else high
    for height, width in ((low, low), (low, high), (high, low)):
        images.check_format(tmp_path / f"x{ending}", (height, width), False)
        images.write_image(tmp_path / f"x{ending}", np.zeros((height, width, 3), np.uint8))
        assert images.read_image(tmp_path / f"x{ending}").shape[:2] == (height, width)
