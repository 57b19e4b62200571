"""How a result was made, written into its own file, so that results are told apart.

PNG files carry it as text, WebP files in a chunk of our own, which every decoder passes over.
"""

import hashlib
import json
import struct
import zlib
from pathlib import Path

from srpoke.chunks import PNG, png_chunk, png_chunks, webp_chunk, webp_chunks

PNG_KEYWORD, WEBP_CHUNK = b"srpoke\0", b"SRPK"
CARRIERS = {".png", ".apng", ".webp"}
PNG_START = len(PNG) + 25  # bytes: the signature and the header, which comes first


def record_of(files: list[Path], settings: dict) -> dict:
    """Return the record of a run: its network, and values by option; equal for equal results.

    The first of `files` is the network, and results depend on all of them.
    """
    checksum = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    record = {"network": files[0].stem, "sha256": checksum, **settings}
    return json.loads(json.dumps(record))  # as it is read again


def checksum_of(source: Path) -> str:
    """Return what a record says of the file that a result was made of, as `source`."""
    return f"{zlib.crc32(source.read_bytes()):08x}"


def was_made_by(path: Path, record: dict, source: Path | None = None) -> bool:
    """Whether an image file says that it was made as `record` says, and of `source`.

    One that does not say of what, as those of version 1.0.0, is believed.
    """
    found = read_record(path) or {}
    of = found.pop("source", None)
    return found == record and (not source or not of or of == checksum_of(source))


def with_record(data: bytes, record: dict) -> bytes:
    """Return the bytes of an image file with a record; those of a format that holds none as is."""
    text = json.dumps(record).encode("ascii")
    if data.startswith(PNG):
        chunk = png_chunk(b"tEXt", PNG_KEYWORD + text)
        return data[:PNG_START] + chunk + data[PNG_START:]
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        data += webp_chunk(WEBP_CHUNK, text)
        return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    return data


def read_record(path: Path) -> dict | None:
    """Return what an image file says of how it was made, or None."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if data.startswith(PNG):
        texts = (content for name, content, _ in png_chunks(data) if name == b"tEXt")
        found = [t.removeprefix(PNG_KEYWORD) for t in texts if t.startswith(PNG_KEYWORD)]
    else:
        is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
        found = [c for name, c in webp_chunks(data) if name == WEBP_CHUNK] if is_webp else []
    try:
        record = json.loads(found[0]) if found else None
    except ValueError:  # of another program, or damaged
        return None
    return record if isinstance(record, dict) else None
