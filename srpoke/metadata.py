"""Network files: what they are called, where they lie, and what they say of themselves, in JSON.

A `.keras` file is a zip, in which Keras ignores further members. A `.tflite` file may carry a zip
at its end. So one reader serves both.
"""

import hashlib
import json
import os
import re
import struct
import zipfile
import zlib
from itertools import chain, count
from pathlib import Path

from srpoke.errors import UserError

MEMBER = "srpoke_card.json"  # the name that it has had since version 1.0.0
NETWORK_SUFFIXES = {".keras", ".tflite"}
STATE = "state.npz"  # of an interrupted run, in the folder of its backup
STYLE = ".style.tflite"  # in place of a network's ending
# the networks that come with the project: in a clone beside the package, inside it when installed
PLACES = Path(__file__).parents[1] / "NN", Path(__file__).parent / "NN"
SHIPPED = next((place for place in PLACES if (place / "best.tflite").is_file()), PLACES[0])
# what zipfile and json raise for damaged bytes
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError),
    *(RuntimeError, RecursionError, OverflowError, MemoryError),
)


class Metadata(dict):
    """Metadata or a part of it; a key that is missing is the fault of its file."""

    def __init__(self, path: str | Path, values: dict):
        super().__init__(values)
        self.path = path

    def __missing__(self, key: str):
        raise UserError(f"the metadata of {self.path} lacks {key!r}")


def find_network(name: str | Path, ending: str = ".tflite") -> Path:
    """Return the path of a network; the bare name of a shipped one, such as "best", will do.

    From whatever folder, and whatever else is called so: no network is without an ending.
    """
    shipped = SHIPPED / f"{name}{ending}"
    return shipped if Path(name).name == str(name) and shipped.is_file() else Path(name)


def style_file(network: Path) -> Path:
    """Return where the classifier lies that says which pictures a network suits, if it has one."""
    return network.with_name(f"{network.stem}{STYLE}")


def area_file(network: Path) -> Path:
    """Return where another network lies that draws what pixel area made small, if one does."""
    return network.with_name(f"{network.stem}.area{network.suffix}")


def factor_file(network: Path, factor: float) -> Path:
    """Return where another network lies that draws passes of one factor alone, if one does."""
    return network.with_name(f"{network.stem}.x{factor:g}{network.suffix}")


def own_factors(network: Path) -> list[float]:
    """Return the factors that another network beside this one draws, NAME.x2 for 2."""
    named = re.compile(rf"{re.escape(network.stem)}\.x(\d+(?:\.\d+)?){re.escape(network.suffix)}")
    folder = os.listdir(network.parent) if network.parent.is_dir() else []
    found = map(named.fullmatch, sorted(folder))
    return [
        factor
        for name in found
        if name and factor_file(network, factor := float(name[1])).is_file()
    ]


def helpers_of(network: Path) -> list[Path]:
    """Return the files beside a network by which it leaves pictures or passes to another one."""
    helpers = [style_file(network), area_file(network)]
    helpers += [factor_file(network, factor) for factor in own_factors(network)]
    return [path for path in helpers if path.is_file()]


def is_style_file(path: Path) -> bool:
    """Whether a path has the name of a classifier."""
    return path.name.lower().endswith(STYLE)


def write_metadata(path: str | Path, metadata: dict) -> None:
    """Add metadata to a fresh `.keras` or `.tflite` file, with a checksum of the latter's bytes."""
    if Path(path).suffix.lower() == ".tflite":
        checksum = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        metadata = {**metadata, "sha256": checksum}
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, json.dumps(metadata, indent=1))


def read_metadata(path: str | Path) -> Metadata | None:
    """Return the metadata of a network file, or None where it has none (the original's files).

    Raises UserError where it is damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE:
        return None
    with archive:
        if MEMBER not in archive.namelist():
            return None
        try:
            text = archive.read(MEMBER)
            metadata = json.loads(text, object_hook=lambda values: Metadata(path, values))
        except (*DAMAGE, OSError) as error:
            raise UserError(f"the metadata of {path} is damaged: {error}") from None
    if not isinstance(metadata, Metadata):
        raise UserError(f"the metadata of {path} is damaged: not a JSON object")
    return metadata


def read_start(path: Path) -> Metadata:
    """Return the metadata of a network to fine-tune; UserError where it cannot be."""
    if not path.exists():
        raise UserError(f"--fine_tune {path} does not exist")
    metadata = read_metadata(path) if path.is_file() else None
    if path.suffix.lower() != ".keras" or metadata is None:
        raise UserError(f"--fine_tune {path} is no .keras file written by train.py")
    return metadata


def network_bytes(path: str | Path, metadata: Metadata) -> bytes:
    """Return a `.tflite` network without its metadata; UserError where it is not what was written.

    That of version 1.0.0 has no checksum that could tell.
    """
    with zipfile.ZipFile(path) as archive:
        length = archive.getinfo(MEMBER).header_offset
    data = Path(path).read_bytes()[:length]
    if "sha256" in metadata and hashlib.sha256(data).hexdigest() != metadata["sha256"]:
        raise UserError(f"{path} is damaged: its bytes do not match its checksum")
    return data


def network_name(network: dict, label: str, epochs: int) -> str:
    """Return the original's file name, for people to read: no code parses it."""
    layers = list(zip(network["filters"], network["kernels"], strict=False))
    return f"NN_{layers}_{network['kernels'][-1]}{label}_E{epochs}"


def free_path(path: Path, resume: bool, overwrite: bool) -> Path:
    """Return where to write a network: at `path`, or at the next free name, so that none is lost.

    Raises UserError where an interrupted run would be lost. `resume` and `overwrite` take its name.
    """
    numbered = (path.with_name(f"{path.stem}_{n}{path.suffix}") for n in count(2))
    for place in chain([path], numbered):
        backup = place.with_suffix(".backup")
        if backup.exists() and (resume or overwrite):
            return place
        if (backup / STATE).exists():  # without it, no epoch would be lost
            raise UserError(
                f"{backup} is an interrupted run: --resume goes on with it, --overwrite starts anew"
            )
        if not any(place.with_suffix(suffix).exists() for suffix in NETWORK_SUFFIXES):
            return path if resume or overwrite else place
