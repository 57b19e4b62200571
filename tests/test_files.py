"""Files as they are: transparency, turn, profile and size are what Pillow or the format says."""

import io
import os
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from srpoke import files, folders, images
from srpoke.errors import BadImage, UserError
from srpoke.headers import read_header
from tests.odd_files import XMP, exif, grey, png, profile, saved, tiff

RNG = np.random.default_rng(0)
HOLDING_ALPHA = folders.IMAGE_SUFFIXES - images.OPAQUE - {".pbm"}  # which is no target
RGBA = RNG.integers(0, 256, (20, 24, 4), dtype=np.uint8)


@pytest.fixture
def read(tmp_path):
    """A function: the bytes of a file -> its Picture."""

    def decode(data: bytes, name: str = "x.img") -> images.Picture:
        (tmp_path / name).write_bytes(data)
        return images.read_picture(tmp_path / name)

    return decode


def by_pillow(data: bytes) -> np.ndarray:
    """Upright BGRA pixels as Pillow sees them."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGBA")
    return np.array(image)[..., [2, 1, 0, 3]]


# Transparency


@pytest.mark.parametrize("key", [0, 200, 7])
def test_the_transparent_grey_of_a_png_is_transparent(read, key):
    data = saved(grey(), "PNG", transparency=key)
    np.testing.assert_array_equal(read(data).pixels, by_pillow(data))


@pytest.mark.parametrize(("depth", "key"), [(1, 1), (2, 2), (4, 9), (8, 77), (16, 1000)])
def test_the_transparent_grey_may_have_any_depth(read, depth, key):
    values = np.array([key, 0, key, 1, 0, 0, 1, key])
    bits = "".join(f"{value:0{depth}b}" for value in values)
    row = np.frombuffer(int(bits, 2).to_bytes(depth, "big"), np.uint8)
    image = read(png(row[None], depth, 0, tRNS=struct.pack(">H", key))).pixels
    peak = np.iinfo(image.dtype).max
    scale = 255 // ((1 << depth) - 1) if depth < 8 else 1
    np.testing.assert_array_equal(image[0, :, 0], values * scale)
    np.testing.assert_array_equal(image[0, :, 3], np.where(values == key, 0, peak))


@pytest.mark.parametrize("kind", [2, 3, 5, 6])
@pytest.mark.parametrize("peak", [15, 100, 255, 1000, 65535])
def test_the_peak_of_a_pnm_is_white(read, kind, peak):
    values, most = np.array([0, 7, 9, 12, 13, 15]), 255 if peak < 256 else 65535
    width = 2 if kind in (3, 6) else 6
    if kind < 4:
        pixels = " ".join(map(str, values)).encode()
    else:
        pixels = values.astype(np.uint8 if peak < 256 else ">u2").tobytes()
    data = b"P%d # grey\n%d 1\n%d\n%s" % (kind, width, peak, pixels)
    image = read(data, "x.pnm").pixels
    image = image[..., ::-1] if image.ndim == 3 else image  # BGR
    np.testing.assert_allclose(image.ravel(), values * most / peak, atol=1)
    assert image.max() == most or peak > 15


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_tiff_keeps_transparency_and_straight_colours(read, mode, compression, predictor):
    tags = {317: predictor} if "tiff" in compression else {}
    image = Image.fromarray(RGBA).convert(mode)
    data = saved(image, "TIFF", compression=compression, tiffinfo=tags)
    np.testing.assert_array_equal(read(data).pixels, by_pillow(data))


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_premultiplied_colours_become_straight(read, depth):
    peak = int(np.iinfo(depth).max)
    colour = RNG.integers(0, peak, (20, 24, 3), endpoint=True)
    alpha = RNG.integers(peak // 2, peak, (20, 24, 1), endpoint=True)
    stored = np.round(colour * (alpha / peak)).astype(depth)
    image = read(tiff(np.dstack([stored, alpha.astype(depth)]), 1)).pixels
    assert np.abs(image[..., 2::-1].astype(int) - colour).max() <= 1
    np.testing.assert_array_equal(image[..., 3:], alpha)
    raw = tiff(np.dstack([colour, alpha]).astype(depth), 2)
    np.testing.assert_array_equal(read(raw).pixels[..., 2::-1], colour)


@pytest.mark.parametrize("kind", [1, 2])
def test_grey_tiff_of_16_bits_keeps_transparency(read, kind):
    alpha = RNG.integers(1, 65536, (5, 7), dtype=np.uint16)
    value = (alpha * 0.3).astype(np.uint16)
    image = read(tiff(np.dstack([value, alpha]), kind)).pixels
    expected = value if kind == 2 else np.round(value / alpha * 65535)
    assert np.abs(image[..., 0].astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(image[..., 3], alpha)


@pytest.mark.parametrize("letter", [*range(1, 14), 16])
@pytest.mark.parametrize("tag", [256, 258, 262, 274, 277, 284, 317, 338])
def test_a_tag_of_any_type_is_read_or_refused(tmp_path, tag, letter):
    """Of a TIFF whose tag has another type, with the bytes of the old one."""
    data = bytearray(saved(Image.fromarray(RGBA), "TIFF", tiffinfo={317: 1, 274: 1}))
    start = int.from_bytes(data[4:8], "little")
    for place in range(start + 2, start + 2 + 12 * data[start], 12):
        if int.from_bytes(data[place : place + 2], "little") == tag:
            data[place + 2] = letter
    (tmp_path / "a.tif").write_bytes(data)
    with suppress(BadImage):
        assert images.read_image(tmp_path / "a.tif").shape[:2] == RGBA.shape[:2]


def test_a_tiff_that_promises_more_entries_than_it_has_bytes_is_refused_at_once(read):
    with pytest.raises(BadImage):
        read(struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, 2**40) + bytes(40))


def bmp(size: int, bits: int, packing: int, tables: bytes, stored: bytes) -> bytes:
    """A BMP of 8 x 4 px, of OS/2 where `size`, of its header, is 12; `stored` is from below."""
    if size == 12:
        head = struct.pack("<IHHHH", 12, 8, 4, 1, bits)
    else:
        head = struct.pack("<IiiHHIIIIII", 40, 8, 4, 1, bits, packing, len(stored), 0, 0, 0, 0)
    start = 14 + len(head) + len(tables)
    return b"BM" + struct.pack("<IHHI", start + len(stored), 0, 0, start) + head + tables + stored


def test_bmps_of_os2_keep_their_colours(read):
    pixels = RNG.integers(0, 256, (4, 8, 3), dtype=np.uint8)
    data = bmp(12, 24, 0, b"", pixels[::-1].tobytes())
    np.testing.assert_array_equal(read(data).pixels, pixels)
    palette = RNG.integers(0, 256, (256, 3), dtype=np.uint8)
    data = bmp(12, 8, 0, palette.tobytes(), pixels[::-1, :, 0].tobytes())
    np.testing.assert_array_equal(read(data).pixels[..., :3], palette[pixels[..., 0]])


@pytest.mark.parametrize("green", [5, 6])
def test_bmps_of_16_bits_are_as_bright_as_they_are(read, green):
    highest = [31, 2**green - 1, 31]
    colours = [RNG.integers(0, most, (4, 8), endpoint=True) for most in highest]  # B, G, R
    colours = [
        np.where(RNG.random((4, 8)) < 0.2, *each) for each in zip(highest, colours, strict=True)
    ]
    stored = (colours[2] << 5 + green | colours[1] << 5 | colours[0]).astype("<u2")
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F) if green == 6 else b""
    data = bmp(40, 16, 3 if masks else 0, masks, stored[::-1].tobytes())
    expected = np.stack(colours, axis=2) * (255 / np.array(highest))
    assert np.abs(read(data).pixels[..., :3] - expected).max() <= 0.5


# Turn

FORMATS = {
    "PNG": {},
    "WEBP": {"lossless": True, "exact": True},
    "JPEG": {"quality": 100, "subsampling": 0},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    "TIFF": {},
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", FORMATS)
def test_every_turn_of_every_format_is_applied(read, kind, orientation):
    image = Image.fromarray(RGBA).convert("RGB" if kind in ("JPEG", "AVIF") else "RGBA")
    block = Image.Exif()
    block[0x112] = orientation
    data = saved(image, kind, exif=block if kind == "TIFF" else exif(orientation), **FORMATS[kind])
    result, expected = read(data).pixels, by_pillow(data)
    assert result.shape[:2] == expected.shape[:2]
    assert np.abs(result.astype(int) - expected[..., : result.shape[2]]).max() <= 4


def test_a_silhouette_of_one_colour_is_turned(read):
    image = np.zeros((5, 9, 4), np.uint8)
    image[0, :, 3] = 255
    result = read(saved(Image.fromarray(image), "PNG", exif=exif(6))).pixels
    np.testing.assert_array_equal(result, np.rot90(image, -1))


# Profile and metadata


@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("target", [".png", ".apng", ".jpg", ".webp"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_profile_exif_and_xmp_are_kept_upright(read, tmp_path, source, target, mode):
    image = Image.fromarray(RGBA).convert("RGB" if (source, mode) == ("JPEG", "RGBA") else mode)
    options = {"icc_profile": profile(), "exif": exif(6)}
    if source != "PNG":
        options["xmp"] = XMP
    picture = read(saved(image, source, **options))
    images.write_image(tmp_path / f"result{target}", picture.pixels, picture.metadata)
    result = Image.open(tmp_path / f"result{target}")
    assert result.info["icc_profile"] == profile()
    assert result.getexif()[0x10F] == "Maker" and result.getexif().get(0x112, 1) == 1
    if source != "PNG":
        xmp = result.info.get("xmp") or result.info["XML:com.adobe.xmp"].encode()
        assert xmp.rstrip(b"\0") == XMP.replace(b'"6"', b'"1"')
    images.write_image(tmp_path / f"plain{target}", picture.pixels)
    assert not {"icc_profile", "exif", "xmp"} & set(Image.open(tmp_path / f"plain{target}").info)


def test_a_grey_profile_does_not_go_into_a_webp_of_colours(tmp_path):
    icc = bytearray(profile())
    icc[16:20] = b"GRAY"
    for name, kept in (("a.png", True), ("a.webp", False)):
        images.write_image(tmp_path / name, RGBA[..., 0], {"icc": bytes(icc)})
        assert ("icc" in images.read_picture(tmp_path / name).metadata) == kept


@pytest.mark.parametrize("packed", [False, True])
def test_xmp_of_a_png_is_kept(read, tmp_path, packed):
    chunk = PngImagePlugin.PngInfo()
    chunk.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=packed)
    picture = read(saved(Image.fromarray(RGBA), "PNG", pnginfo=chunk))
    images.write_image(tmp_path / "x.png", picture.pixels, picture.metadata)
    text = Image.open(tmp_path / "x.png").info["XML:com.adobe.xmp"]
    assert text.rstrip("\0") == XMP.decode()  # no turn was made


def test_a_large_profile_in_many_parts_is_kept(read, tmp_path):
    large = profile()[:128] + RNG.bytes(150_000)
    large = struct.pack(">I", len(large)) + large[4:]
    picture = read(saved(Image.fromarray(RGBA).convert("RGB"), "JPEG", icc_profile=large))
    assert picture.metadata["icc"] == large
    images.write_image(tmp_path / "x.png", picture.pixels, picture.metadata)
    assert Image.open(tmp_path / "x.png").info["icc_profile"] == large


def test_a_profile_for_ink_is_left_out(tmp_path, read):
    ink = profile()[:16] + b"CMYK" + profile()[20:]
    image = Image.fromarray(RGBA).convert("CMYK")
    picture = read(saved(image, "JPEG", icc_profile=ink))
    images.write_image(tmp_path / "x.png", picture.pixels, picture.metadata)
    assert "icc_profile" not in Image.open(tmp_path / "x.png").info


# Size


@pytest.mark.parametrize("kind", [*FORMATS, "GIF", "BMP", "PPM", "JPEG2000"])
@pytest.mark.parametrize("size", [(1, 1), (300, 2), (17, 290)])
def test_header_tells_the_size(kind, size):
    options = FORMATS.get(kind, {})
    assert read_header(saved(Image.new("RGB", size), kind, **options)).size == size[::-1]


def test_lossy_webp_tells_its_size():
    assert read_header(saved(Image.new("RGB", (31, 17)), "WEBP")).size == (17, 31)


def test_a_small_file_that_asks_for_gigabytes_is_refused_before_it_is_decoded(read, monkeypatch):
    data = png(np.zeros((1, 4), np.uint8), 8, 6)

    def claims(width, height):
        return data.replace(struct.pack(">II", 1, 1), struct.pack(">II", width, height))

    monkeypatch.setattr(images.cv2, "imdecodeWithMetadata", None)
    with pytest.raises(BadImage, match=r"x.img has 60000x50000 px.*--max_pixels"):
        read(claims(60000, 50000))
    with pytest.raises(BadImage, match="is not an image"):
        read(claims(9000, 9000))


def test_a_chunk_that_promises_gigabytes_is_torn(read, monkeypatch):
    data = saved(Image.fromarray(RGBA), "PNG", icc_profile=profile())
    for name in (b"iCCP", b"IDAT"):
        at = data.index(name)
        torn = data[: at - 4] + struct.pack(">I", 1 << 30) + data[at:]
        assert not read_header(torn).data
        with pytest.raises(BadImage, match="x.img is not an image"):
            read(torn)


def test_damaged_metadata_cost_no_pixels(read):
    profile_chunk = {"iCCP": b"x\0\0no zlib", "tRNS": b"\0\1"}
    image = read(png(np.uint8([[0b10110010]] * 3), 1, 0, **profile_chunk)).pixels
    assert image.shape == (3, 8, 4) and image[0, 0, 3] == 0


def test_frames_are_counted_and_the_first_is_read(read, caplog):
    frames = [Image.new("RGB", (6, 5), colour) for colour in ("red", "lime", "blue")]
    for kind in ("PNG", "WEBP", "GIF", "TIFF"):
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        assert read_header(data).frames == 3
        assert np.abs(read(data).pixels[0, 0, :3].astype(int) - (0, 0, 255)).max() < 4
    assert caplog.text.count("the first is used") == 4


@pytest.mark.parametrize("kind", [*FORMATS, "GIF"])
def test_damage_anywhere_is_no_more_than_a_bad_image(read, kind):
    data = saved(Image.fromarray(RGBA[:6, :5]).convert("RGB"), kind, **FORMATS.get(kind, {}))
    rng = np.random.default_rng(1)
    for _ in range(40):
        torn = np.frombuffer(data, np.uint8).copy()
        torn[rng.integers(0, len(torn), 3)] = rng.integers(0, 256, 3)
        try:
            read(torn.tobytes()[: rng.integers(len(data) // 2, len(data) + 1)])
        except BadImage as error:
            assert "x.img" in str(error)


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
    for name in ("a.PNG", "b.jfif", "c.avif", "._a.png", "note.txt", "sub/d.gif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    os.symlink(tmp_path / "nothing", tmp_path / "dangling.jp2")
    os.symlink(tmp_path / "sub", tmp_path / "linked")
    found = [path.name for path in folders.list_images(tmp_path)]
    assert found == ["a.PNG", "b.jfif", "c.avif", "dangling.jp2"]
    (line,) = caplog.messages
    for words in ("1 hidden (._a.png)", "1 linked folders (linked)", "1 sub-folders (sub)"):
        assert words in line
    assert "1 without the ending of an image (note.txt)" in line
    assert (tmp_path / "sub" / "d.gif") in folders.list_images(tmp_path, recursive=True)


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


@pytest.mark.parametrize("ending", sorted(images.OPAQUE - {".pgm"}))
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
    if ending in images.EIGHT_BIT and depth == np.uint16:
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
