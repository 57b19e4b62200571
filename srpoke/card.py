"""The card: what a network file says of itself, a JSON member of the zip (or beside the twin).

A `.keras` file is a zip, in which Keras ignores further members. A `.tflite` file may carry a zip
at its end. So one reader serves both.
"""

import hashlib
import json
import struct
import zipfile
import zlib
from pathlib import Path

from srpoke.errors import UserError

CARD_NAME = "srpoke_card.json"
NETWORK_SUFFIXES = {".keras", ".tflite"}
# the networks that come with the project: in a clone beside the package, inside it when installed
PLACES = Path(__file__).parents[1] / "NN", Path(__file__).parent / "NN"
SHIPPED = next((place for place in PLACES if (place / "best.tflite").is_file()), PLACES[0])
# what zipfile and json raise for damaged bytes
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError),
    *(RuntimeError, RecursionError, OverflowError, MemoryError),
)


class Card(dict):
    """A card or a part of it, as a dict; a key that it lacks is the fault of its file."""

    def __init__(self, path: str | Path, values: dict):
        super().__init__(values)
        self.path = path

    def __missing__(self, key: str):
        raise UserError(f"the card of {self.path} lacks {key!r}")


def find_network(name: str | Path, ending: str = ".tflite") -> Path:
    """Return the path of a network; the bare name of a shipped one, such as "best", will do.

    From whatever folder, and whatever else is called so: no network is without an ending.
    """
    shipped = SHIPPED / f"{name}{ending}"
    return shipped if Path(name).name == str(name) and shipped.is_file() else Path(name)


def write_card(path: str | Path, card: dict) -> None:
    """Add the card to a fresh `.keras` or `.tflite` file, with a checksum of the latter's bytes."""
    if Path(path).suffix.lower() == ".tflite":
        card = {**card, "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest()}
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CARD_NAME, json.dumps(card, indent=1))


def read_card(path: str | Path) -> Card | None:
    """Return the card inside a network file, or None where it has none (the original's files).

    Raises UserError where it is damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE:
        return None
    with archive:
        if CARD_NAME not in archive.namelist():
            return None
        try:
            text = archive.read(CARD_NAME)
            card = json.loads(text, object_hook=lambda values: Card(path, values))
        except (*DAMAGE, OSError) as error:
            raise UserError(f"the card of {path} is damaged: {error}") from None
    if not isinstance(card, Card):
        raise UserError(f"the card of {path} is damaged: it is no JSON object")
    return card


def network_bytes(path: str | Path, card: Card) -> bytes:
    """Return a `.tflite` network without its card; UserError where it is not what was written.

    Cards of version 1.0.0 carry no checksum that could tell.
    """
    with zipfile.ZipFile(path) as archive:
        length = archive.getinfo(CARD_NAME).header_offset
    data = Path(path).read_bytes()[:length]
    if "sha256" in card and hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise UserError(f"{path} is damaged: its bytes do not have the checksum of its card")
    return data
