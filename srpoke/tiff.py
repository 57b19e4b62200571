"""TIFF tags: read from a file or an EXIF block, and rewritten where OpenCV would lose transparency.

OpenCV drops the alpha of grey files and multiplies 8-bit colours by theirs. Both are decided by
tags, so a copy of the file with other tags gives the stored values.
"""

import struct

import numpy as np

TAGS = {
    "width": 256,
    "height": 257,
    "bits": 258,
    "photometric": 262,
    "orientation": 274,
    "samples": 277,
    "rows_per_strip": 278,
    "planar": 284,
    "predictor": 317,
    "tile_width": 322,
    "extra_samples": 338,
    "sample_format": 339,
    "xmp": 700,
    "icc": 34675,
}
LETTERS = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 16: "Q"}  # of whole numbers
WHITE_IS_0, BLACK_IS_0 = 0, 1
ASSOCIATED, MOST_PAGES = 1, 10_000


DAMAGE = (struct.error, ValueError, IndexError, KeyError, OverflowError, MemoryError)


class Tiff:
    """The tags of the first page. Everything raises one of DAMAGE where they are damaged."""

    def __init__(self, data: bytes):
        self.data = bytearray(data)
        self.order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
        if self.order is None:
            raise ValueError("no TIFF")
        self.big = self._unpack("H", 2) == 43
        # (count of entries, count of values or an offset, bytes before an entry's values)
        self.letters = ("Q", "Q", 12) if self.big else ("H", "I", 8)
        self.first = self._unpack(self.letters[1], 8 if self.big else 4)
        self.entries, self.next = self._directory(self.first)
        self.grey_alpha = self.premultiplied = self.differences = self.negative = False
        self.planes = False  # whether the colours lie one behind the other

    def _unpack(self, letter: str, at: int) -> int:
        return struct.unpack_from(self.order + letter, self.data, at)[0]

    def _directory(self, at: int) -> tuple[dict[int, int], int]:
        """Return the place of every entry of a page by its tag, and the place of the next page."""
        counter, offset, before = self.letters
        size = before + struct.calcsize(offset)
        start = at + struct.calcsize(counter)
        count = self._unpack(counter, at)
        if start + count * size > len(self.data):
            raise ValueError(f"{count} entries, more than there are bytes for")
        places = [start + n * size for n in range(count)]
        entries = {self._unpack("H", place): place for place in places}
        return entries, self._unpack(offset, start + len(places) * size)

    def _values(self, name: str) -> tuple[str, int, int]:
        """Return the letter of a tag's type, how many values it has, and where they are."""
        _, offset, before = self.letters
        place = self.entries[TAGS[name]]
        letter, count = LETTERS[self._unpack("H", place + 2)], self._unpack(offset, place + 4)
        inline = count * struct.calcsize(letter) <= struct.calcsize(offset)
        return letter, count, place + before if inline else self._unpack(offset, place + before)

    def __contains__(self, name: str) -> bool:
        return TAGS[name] in self.entries

    def numbers(self, name: str, default: int | None = None) -> tuple[int, ...]:
        """Return the values of a tag."""
        if name not in self and default is not None:
            return (default,)
        if name not in self:
            raise ValueError(f"no {name}")
        letter, count, at = self._values(name)
        return struct.unpack_from(f"{self.order}{count}{letter}", self.data, at)

    def number(self, name: str, default: int | None = None) -> int:
        """Return the first value of a tag."""
        return self.numbers(name, default)[0]

    def write(self, name: str, value: int) -> None:
        """Change the first value of a tag."""
        letter, _, at = self._values(name)
        struct.pack_into(self.order + letter, self.data, at, value)

    def write_only(self, name: str, value: int) -> None:
        """Make a tag have one value, which then lies inside its entry."""
        (_, offset, before), place = self.letters, self.entries[TAGS[name]]
        struct.pack_into(self.order + offset, self.data, place + 4, 1)
        letter = LETTERS[self._unpack("H", place + 2)]
        struct.pack_into(self.order + letter, self.data, place + before, value)

    def hide(self, name: str) -> None:
        """Give a tag a private number that no reader knows."""
        struct.pack_into(self.order + "H", self.data, self.entries.pop(TAGS[name]), 65000)

    def pages(self) -> int:
        """Count the pages."""
        seen, following = {self.first}, self.next
        while following and following not in seen and len(seen) < MOST_PAGES:
            seen.add(following)
            _, following = self._directory(following)
        return len(seen)

    def scrambled(self, image: np.ndarray) -> bool:
        """Whether OpenCV's decoded `image` lacks alpha, or mixes up planes of 16 bits."""
        lost = "extra_samples" in self and (image.ndim == 2 or image.shape[2] != 4)
        return lost or (self.planes and image.dtype == np.uint16)

    def metadata(self) -> dict[str, bytes]:
        """Return the colour profile and the XMP block."""
        return {name: bytes(self.numbers(name)) for name in ("icc", "xmp") if name in self}


def read_tiff(tiff: Tiff) -> int:
    """Note how transparency is stored, and change the tags so that OpenCV gives stored values.

    Returns EXIF's orientation, which is left to the caller.
    """
    orientation = tiff.number("orientation", 1)
    if "orientation" in tiff:
        tiff.write("orientation", 1)
    tiff.planes = tiff.number("samples", 1) > 1 and tiff.number("planar", 1) != 1
    bits, extra = tiff.number("bits", 1), tiff.numbers("extra_samples", 0)
    if "extra_samples" not in tiff:
        return orientation
    tiff.premultiplied = extra[0] == ASSOCIATED
    if tiff.number("samples", 1) == 4:
        tiff.write("extra_samples", ASSOCIATED)  # else 8-bit colours are multiplied by alpha
    elif tiff.number("samples", 1) == 2 and bits in (8, 16) and tiff.number("planar", 1) == 1:
        grey_as_twice_as_wide(tiff)
    return orientation


def grey_as_twice_as_wide(tiff: Tiff) -> None:
    """Make grey and alpha neighbours in a grey picture of twice the width."""
    tiff.grey_alpha = True
    tiff.differences = tiff.number("predictor", 1) == 2  # between neighbours: no longer the same
    tiff.negative = tiff.number("photometric") == WHITE_IS_0
    for name in ("width", "tile_width"):
        if name in tiff:
            tiff.write(name, 2 * tiff.number(name))
    for name in ("predictor", "photometric"):
        if name in tiff:
            tiff.write(name, BLACK_IS_0)  # 1 is "no predictor", too
    for name in ("bits", "sample_format"):
        if name in tiff:
            tiff.write_only(name, tiff.number(name))
    tiff.write_only("samples", 1)
    tiff.hide("extra_samples")


def split_grey_alpha(tiff: Tiff, image: np.ndarray) -> np.ndarray:
    """Turn the (H, 2 W) picture of `grey_as_twice_as_wide` into (H, W, 4) BGRA."""
    height, width = image.shape
    pairs = image.reshape(height, width // 2, 2)
    if tiff.differences:
        tile = tiff.number("tile_width", width) // 2
        for left in range(0, width // 2, tile):  # each tile counts from its own left side
            pairs[:, left : left + tile] = np.cumsum(
                pairs[:, left : left + tile], axis=1, dtype=image.dtype
            )
    grey, alpha = pairs[..., 0], pairs[..., 1]
    if tiff.negative:
        grey = np.iinfo(grey.dtype).max - grey
    return np.dstack([grey, grey, grey, alpha])
