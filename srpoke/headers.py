"""What an image file says of itself: size, turn, transparency, frames, profile and metadata.

OpenCV decodes the pixels. It does not tell these, or not for every format, so they are read from
the file's own header, before anything is decoded. A header that is damaged or of another format
says nothing; whether the file can be decoded is for OpenCV to find out.
"""

import re
import struct
import zlib
from dataclasses import dataclass, field

from srpoke.bmp import as_windows_bmp, without_masks
from srpoke.chunks import (
    GIF_END,
    GIF_FRAME,
    PIXEL_CHUNKS,
    PNG,
    gif_blocks,
    gif_start,
    is_torn,
    png_chunks,
    unpack,
    webp_chunks,
)
from srpoke.tiff import DAMAGE, Tiff, read_tiff

JPEG_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # segments that hold the size
XMP_KEYWORD = b"XML:com.adobe.xmp"
XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
# AVIF's transformations, (quarter turns to the left, mirrored axis), as EXIF's orientation
AVIF_TURNS = {(0, None): 1, (1, None): 8, (2, None): 3, (3, None): 6}
AVIF_TURNS |= {(0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5, (0, 0): 4, (1, 0): 5, (2, 0): 2}
AVIF_TURNS |= {(3, 0): 7}


@dataclass
class Header:
    """What a file says before it is decoded."""

    data: bytes  # what to decode: the file, where needed without what OpenCV would misread
    size: tuple[int, int] | None = None  # (height, width) in px as stored, where it is known
    screen: tuple[int, int] | None = None  # the part of it, from the top left, that is to be seen
    orientation: int = 1  # EXIF's number, 1 to 8, of the turn that is still to be applied
    frames: int = 1  # pages of a TIFF, frames of an animation
    peak: int | tuple[int, ...] | None = None  # highest value of a pixel, if the dtype is no help
    grey_key: int | None = None  # the grey value that is transparent, on the scale of `peak`
    premultiplied: bool = False  # whether colours are stored multiplied by alpha
    tiff: Tiff | None = None  # for what only a TIFF needs
    smallest: int = 0  # bytes below which the file cannot hold its pixels
    metadata: dict[str, bytes] = field(default_factory=dict)  # "exif", "xmp", "icc"


def read_header(data: bytes) -> Header:
    """Return what the bytes of an image file say of it."""
    header = Header(data)
    try:
        for signature, read in READERS:
            if re.match(signature, data[:16], re.DOTALL):
                read(header)
                break
    except (*DAMAGE, zlib.error):
        pass  # a damaged header: what was found before it holds
    exif = header.metadata.get("exif")
    if exif is not None:
        header.metadata["exif"] = exif = exif.removeprefix(b"Exif\0\0")
        header.orientation = orientation_of(exif)
    return header


def orientation_of(exif: bytes) -> int:
    """Return EXIF's orientation, 1 where there is none."""
    try:
        tiff = Tiff(exif)
        value = tiff.number("orientation", 1)
    except DAMAGE:
        return 1
    return value if 1 <= value <= 8 else 1


def upright(metadata: dict[str, bytes]) -> dict[str, bytes]:
    """Return metadata that says no turn is left to be made."""
    metadata = dict(metadata)
    if orientation_of(metadata.get("exif", b"")) != 1:
        tiff = Tiff(metadata["exif"])
        tiff.write("orientation", 1)
        metadata["exif"] = bytes(tiff.data)
        if "xmp" in metadata:
            pattern = rb"(tiff:Orientation\s*(?:=\s*[\"']|>))[1-8]"
            metadata["xmp"] = re.sub(pattern, rb"\g<1>1", metadata["xmp"])
    return metadata


def _png(header: Header) -> None:
    chunks = list(png_chunks(header.data))
    # further frames and damaged metadata are no reason to fail, or to crash; and OpenCV would make
    # room for all that a torn chunk promises
    whole = not any(is_torn(chunk) for *_, chunk in chunks)
    kept = [chunk for name, _, chunk in chunks if name in PIXEL_CHUNKS]
    header.data = PNG + b"".join(kept) if whole and chunks[-1][0] == b"IEND" else b""
    kind = None
    chunks.sort(key=lambda chunk: chunk[0] not in PIXEL_CHUNKS)  # metadata last: it may be damaged
    for name, content, _ in chunks:
        if name == b"IHDR":
            width, height, depth, kind = struct.unpack(">IIBB", content[:10])
            header.size = height, width
            channels = {2: 3, 4: 2, 6: 4}.get(kind, 1)
            packed = height * ((width * depth * channels + 7) // 8 + 1)
            header.smallest = packed // 1032  # zlib cannot pack more than that
        elif name == b"tRNS" and kind == 0:
            value = int.from_bytes(content[:2], "big") & (1 << depth) - 1
            header.grey_key = value * (255 // ((1 << depth) - 1)) if depth < 8 else value
        elif name == b"acTL":
            header.frames = max(1, int.from_bytes(content[:4], "big"))
        elif name == b"eXIf":
            header.metadata["exif"] = content
        elif name == b"iCCP":
            _, _, packed_profile = content.partition(b"\0")
            header.metadata["icc"] = unpack(packed_profile[1:])
        elif name == b"iTXt" and content.startswith(XMP_KEYWORD + b"\0"):
            compressed = content[len(XMP_KEYWORD) + 1]
            text = content[len(XMP_KEYWORD) + 3 :].split(b"\0", 2)[2]
            header.metadata["xmp"] = unpack(text) if compressed else text
        elif name == b"tEXt" and content.startswith(XMP_KEYWORD + b"\0"):  # as OpenCV writes it
            header.metadata["xmp"] = content[len(XMP_KEYWORD) + 1 :]


def _jpeg(header: Header) -> None:
    data, at, profile = header.data, 2, {}
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0xDA:  # the pixels begin
            break
        if marker == 0xFF:  # a filler
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        content = data[at + 4 : at + 2 + length]
        if marker in JPEG_FRAME:
            header.size = struct.unpack(">HH", content[1:5])
        elif marker == 0xE1 and content.startswith(b"Exif\0\0"):
            header.metadata.setdefault("exif", content)
        elif marker == 0xE1 and content.startswith(XMP_IN_JPEG):
            header.metadata["xmp"] = content.removeprefix(XMP_IN_JPEG)
        elif marker == 0xE2 and content.startswith(b"ICC_PROFILE\0"):
            profile[content[12]] = content[14:]  # in numbered parts
        at += 2 + length
    if profile:
        header.metadata["icc"] = b"".join(profile[n] for n in sorted(profile))


def _webp(header: Header) -> None:
    frames = 0
    names = {b"ICCP": "icc", b"EXIF": "exif", b"XMP ": "xmp"}
    for name, content in webp_chunks(header.data):
        if name == b"VP8X":
            width, height = (int.from_bytes(content[n : n + 3], "little") + 1 for n in (4, 7))
            header.size = height, width
        elif name == b"VP8 " and not header.size:
            width, height = struct.unpack("<HH", content[6:10])
            header.size = height & 0x3FFF, width & 0x3FFF
        elif name == b"VP8L" and not header.size:
            bits = int.from_bytes(content[1:5], "little")
            header.size = (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
        elif name in names:
            header.metadata[names[name]] = content
        frames += name == b"ANMF"
    header.frames = max(1, frames)


def _gif(header: Header) -> None:
    width, height = struct.unpack("<HH", header.data[6:10])
    header.size = header.screen = height, width
    blocks, frames = [], 0
    for block in gif_blocks(header.data):
        blocks.append(block)
        if block[0] == GIF_FRAME:
            left, top, width, height = struct.unpack("<HHHH", block[1:9])
            make_room(header, top + height, left + width)
            frames += 1
            header.frames = frames
            if frames == 1:  # it is seen whole, others as far as they lie on the screen
                header.screen = header.size
    start = header.data[: gif_start(header.data)]
    header.data = start + b"".join(blocks) + bytes([GIF_END])  # without padding, and what is behind


def make_room(header: Header, bottom: int, right: int) -> None:
    """Enlarge the screen of a GIF, as OpenCV refuses frames that reach beyond it."""
    height, width = max(bottom, header.size[0]), max(right, header.size[1])
    if (height, width) != header.size:
        header.data = header.data[:6] + struct.pack("<HH", width, height) + header.data[10:]
        header.size = height, width


def _bmp(header: Header) -> None:
    if int.from_bytes(header.data[14:18], "little") == 12:
        header.data = as_windows_bmp(header.data)
    width, height, _, bits, packing = struct.unpack("<iiHHI", header.data[18:34])
    header.size = abs(height), abs(width)
    if bits == 32 and packing == 3 and int.from_bytes(header.data[14:18], "little") < 56:
        header.data = without_masks(header.data)
    if bits == 16:  # five bits a colour, which OpenCV moves up: 31 becomes 248
        green = int.from_bytes(header.data[58:62], "little") if packing == 3 else 0
        header.peak = 248, 252 if green == 0x7E0 else 248, 248


def _pnm(header: Header) -> None:
    between = rb"(?:\s|#[^\n]*\n)+"
    numbers = 2 if header.data[1:2] in b"14" else 3  # those have one bit, and tell no peak
    found = re.match(rb"P(\d)" + (between + rb"(\d+)") * numbers, header.data[:4096])
    if not found:
        return
    kind, width, height, *peak = map(int, found.groups())
    header.size = height, width
    if peak and peak[0] not in (255, 65535) and (kind in (5, 6) or peak[0] > 255):
        header.peak = peak[0]  # text of 8 bits is the only kind that OpenCV scales
    if kind < 4:  # text, behind the last number of which OpenCV wants another character
        header.data += b"\n"


def _avif(header: Header) -> None:
    head = header.data[: header.data.find(b"mdat")]
    sizes = [struct.unpack(">II", size)[::-1] for size in re.findall(rb"ispe....(.{8})", head, 16)]
    header.size = max(sizes, key=lambda size: size[0] * size[1])
    found = {name: value[0] for name, value in re.findall(rb"\0\0\0\x09(irot|imir)(.)", head, 16)}
    turn = found.get(b"irot", 0) & 3, found[b"imir"] & 1 if b"imir" in found else None
    header.orientation = AVIF_TURNS[turn]
    config = re.search(rb"av1C..(.)", head, 16)
    if config and config[1][0] & 0x40:
        header.peak = 4095 if config[1][0] & 0x20 else 1023
    start = head.find(b"colrprof")
    if start >= 4:
        length = int.from_bytes(head[start - 4 : start], "big")
        header.metadata["icc"] = head[start + 8 : start - 4 + length]
    header.frames = 1 if b"avis" not in head[:32] else 2  # an animation; how long is not told


def _jp2(header: Header) -> None:
    start = header.data.find(b"ihdr")
    header.size = struct.unpack(">II", header.data[start + 4 : start + 12])


def _tiff(header: Header) -> None:
    tiff = Tiff(header.data)
    header.size, header.frames = (tiff.number("height"), tiff.number("width")), tiff.pages()
    orientation = read_tiff(tiff)
    header.orientation = orientation if 1 <= orientation <= 8 else 1
    header.premultiplied = tiff.premultiplied
    header.metadata |= tiff.metadata()
    header.data, header.tiff = bytes(tiff.data), tiff


READERS = [
    (re.escape(PNG), _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"RIFF....WEBP", _webp),
    (b"GIF8", _gif),
    (b"II[*+]\0|MM\0[*+]", _tiff),
    (b"BM", _bmp),
    (b"P[1-6]", _pnm),
    (b"....ftypavi", _avif),
    (b"\0\0\0\x0cjP  ", _jp2),
]
