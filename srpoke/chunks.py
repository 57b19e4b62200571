"""The chunks that PNG and WebP files are made of, for who reads or writes more than pixels."""

import struct
import zlib
from collections.abc import Iterator

PNG = b"\x89PNG\r\n\x1a\n"
PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}  # of a PNG
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


def unpack(data: bytes) -> bytes:
    """Unpack what zlib packed, up to MOST_METADATA."""
    return zlib.decompressobj().decompress(data, MOST_METADATA)
