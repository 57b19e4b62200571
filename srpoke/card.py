"""The card: what a network file says of itself, a JSON member of the zip (or beside the twin).

A `.keras` file is a zip, in which Keras ignores further members. A `.tflite` file may carry a zip
at its end. So one reader serves both.
"""

import json
import zipfile
from pathlib import Path

CARD_NAME = "srpoke_card.json"


def write_card(path: str | Path, card: dict) -> None:
    """Add the card to a fresh `.keras` or `.tflite` file."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CARD_NAME, json.dumps(card, indent=1))


def read_card(path: str | Path) -> dict | None:
    """Return the card inside a network file, or None where it has none (the original's files)."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(CARD_NAME))
    except (KeyError, zipfile.BadZipFile):
        return None
