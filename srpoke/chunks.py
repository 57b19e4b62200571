"""What PNG, WebP and GIF files are made of, for who reads or writes more than pixels."""

import struct
import zlib
from collections.abc import Iterator

PNG = b"\x89PNG\r\n\x1a\n"
PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}  # of a PNG
GIF_FRAME, GIF_EXTENSION, GIF_END = 0x2C, 0x21, 0x3B  # the first byte of a block
MOST_METADATA = 1 << 24  # bytes that a compressed profile may unpack to


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield (name, content, the whole chunk); of a torn file the last one is short."""
    at, name = len(PNG), b""
    while at < len(data) and name != b"IEND":
        length = int.from_bytes(data[at : at + 4], "big")
        chunk = data[at : at + length + 12]
        name = chunk[4:8]
        yield name, chunk[8:-4], chunk
        at += length + 12


def is_torn(chunk: bytes) -> bool:
    """Whether a chunk of a PNG is shorter than it says."""
    return len(chunk) != 12 + int.from_bytes(chunk[:4], "big")


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (name, content); of a torn file the last one is short."""
    at = 12
    while at + 8 <= len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def webp_chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a WebP, of even length."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def gif_palette(flags: int) -> int:
    """Return how many bytes of a GIF the palette has that `flags` tell of."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def gif_start(data: bytes) -> int:
    """Return where the blocks of a GIF begin, behind its header and common palette."""
    return 13 + gif_palette(data[10])


def gif_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the frames and extensions of a GIF, each whole; after one that is torn, ValueError."""
    at = gif_start(data)
    while at < len(data) and data[at] != GIF_END:
        start = at
        if data[at] == GIF_FRAME:
            at += 11 + (gif_palette(data[at + 9]) if at + 9 < len(data) else 0)
        elif data[at] == GIF_EXTENSION:
            at += 2
        else:  # padding
            at += 1
            continue
        while at < len(data) and data[at]:  # parts, each behind its length
            at += 1 + data[at]
        at += 1
        yield data[start:at]
        if at > len(data):
            raise ValueError("a torn GIF")


def unpack(data: bytes) -> bytes:
    """Unpack what zlib packed, up to MOST_METADATA."""
    return zlib.decompressobj().decompress(data, MOST_METADATA)
