"""Files as they are: transparency, turn, profile and size are what Pillow or the format says."""

import io
import struct
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from srpoke import images
from srpoke.errors import BadImage
from srpoke.headers import read_header
from srpoke.images import read_picture, write_image
from tests.odd_files import XMP, exif, grey, png, profile, saved, tiff

RNG = np.random.default_rng(0)
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


@pytest.mark.parametrize("order", ["BGRX", "RGBX", "XBGR", "GXRB"])
@pytest.mark.parametrize("spare", [0, 77, 255])
def test_bmps_of_32_bits_with_masks_for_colours_alone_are_opaque(read, order, spare):
    pixels = RNG.integers(0, 256, (4, 8, 3), dtype=np.uint8)
    channels = dict(zip("BGRX", [*np.moveaxis(pixels, 2, 0), np.full((4, 8), spare)], strict=True))
    stored = np.stack([channels[name] for name in order], axis=2).astype(np.uint8)
    masks = struct.pack("<III", *(255 << 8 * order.index(name) for name in "RGB"))
    data = bmp(40, 32, 3, masks, stored[::-1].tobytes())
    np.testing.assert_array_equal(read(data).pixels, pixels)


def test_a_bmp_of_ten_bits_a_colour_is_refused(read):
    masks = struct.pack("<III", 0x3FF << 20, 0x3FF << 10, 0x3FF)
    with pytest.raises(BadImage):
        read(bmp(40, 32, 3, masks, bytes(4 * 8 * 4)))


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


SHORT = profile()[:-8]


@pytest.mark.parametrize(
    ("ending", "name", "block", "left"),
    [
        (".png", "icc", profile() + b"\0\0\0", profile()),
        (".png", "icc", SHORT, None),
        (".jpg", "icc", struct.pack(">I", 3 << 20) + profile()[4:] + bytes(3 << 20), None),
        (".jpg", "exif", exif(1).removeprefix(b"Exif\0\0") + bytes(70_000), None),
        (".jpg", "xmp", XMP + bytes(70_000), None),
        (".avif", "exif", b"no exif at all", None),
    ],
)
def test_metadata_that_does_not_go_into_a_file_costs_no_picture(
    tmp_path, caplog, ending, name, block, left
):
    path, kept = tmp_path / f"x{ending}", {"exif": exif(1)[6:], "xmp": XMP, "icc": profile()}
    write_image(path, np.full((40, 40, 3), 90, np.uint8), kept | {name: block})
    picture = read_picture(path)
    assert np.abs(picture.pixels.astype(int) - 90).max() <= 1
    assert (name.upper() in caplog.text) == (left is None)
    others = {other for other in kept if other != name and (ending, other) != (".avif", "xmp")}
    assert others <= set(picture.metadata) and picture.metadata.get(name) == left


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
