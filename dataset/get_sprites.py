"""Download the Pokédex archive and unpack its Sugimori pictures, which are not ours to ship.

Run again after an interruption, it goes on where it ended; no file is overwritten. The archive
stays beside the folder of the pictures, and may be deleted.

    python3 -m dataset.get_sprites
    python3 -m dataset.get_sprites --zip pokedex_offline_2.0.3_avec_images.zip
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from http.client import HTTPException
from math import ceil
from pathlib import Path, PureWindowsPath
from urllib.error import HTTPError
from urllib.request import Request, urlopen

if not __package__:  # run as a file, which finds nothing beside its folder
    sys.exit("error: in the project's folder, type 'python3 -m dataset.get_sprites'")

from srpoke.arguments import Parser, user_path
from srpoke.cli import complain, one_line_errors, tell
from srpoke.errors import UserError
from srpoke.files import replacing
from srpoke.folders import IMAGE_SUFFIXES
from srpoke.metadata import DAMAGE
from srpoke.progress import track

URL = "https://www.pokebip.com/download/pokedex_offline_2.0.3_avec_images.zip"
PICTURES = "sugimori"  # what the path of their folder contains, in any letter case
PIECE = 2**20  # bytes read at once: progress counts MB
PATIENCE = 60  # s without a byte until the connection counts as lost
WRONG_RANGE = 416  # HTTP status: nothing lies at or behind the byte that was asked for


def download(url: str, path: Path) -> None:
    """Write what lies at `url` to `path`, whole; what a failed run leaves is a .part beside it.

    A later run goes on with that, where the server can. Raises UserError where the network fails.
    """
    part = path.with_name(f"{path.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("ab") as file:
            fetch(url, file)
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError) and error.code == WRONG_RANGE:
            part.unlink()  # longer than the file: a part of another one
        raise UserError(
            f"{url} was not downloaded: {error}; try again, "
            "or name the archive that you have with --zip"
        ) from None
    part.replace(path)


def fetch(url: str, file) -> None:
    """Append to an open file what it lacks of what lies at `url`; OSError where that ends early."""
    first = max(0, file.tell() - 1)  # its last byte again: a whole file lacks none to ask for
    request = Request(url, headers={"Range": f"bytes={first}-", "User-Agent": "srpoke"})
    with urlopen(request, timeout=PATIENCE) as answer:
        if answer.status != 206:  # the server knows no ranges, and sends all
            first = 0
        file.seek(first)
        file.truncate()
        length = int(answer.headers.get("Content-Length", 0))
        for _ in track(range(ceil(length / PIECE)), "MB", first // PIECE):
            file.write(answer.read(PIECE))
        shutil.copyfileobj(answer, file)  # where the server does not say how much it is
    if file.tell() < first + length:
        raise OSError(f"the connection ended after {file.tell()} of {first + length} bytes")


def find_pictures(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the Sugimori pictures of an archive by file name, and complain of names that recur.

    Raises UserError where there are none, or any path of the archive leads out of its folder.
    """
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        path = PureWindowsPath(info.filename)  # knows both kinds of slashes, and drives
        if path.anchor or ".." in path.parts or ":" in info.filename:
            raise UserError(f"{archive.filename} is refused: it holds {info.filename!r}")
        wanted = PICTURES in str(path.parent).lower() and path.suffix.lower() in IMAGE_SUFFIXES
        if info.is_dir() or not wanted or path.name.startswith("."):
            continue
        if path.name.lower() in map(str.lower, found):
            complain(f"left out: {info.filename}, as another picture has this name")
        else:
            found[path.name] = info
    if not found:
        raise UserError(f"{archive.filename} holds no picture in a folder called {PICTURES}")
    return found


def unpack(path: Path, folder: Path) -> tuple[int, int]:
    """Unpack the Sugimori pictures of a zip file flat into a folder, but none that is there.

    Returns how many were written and how many were there. Raises UserError where the file is
    damaged, unsafe or without such pictures.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            pictures = find_pictures(archive)
            missing = [name for name in pictures if not (folder / name).exists()]
            for name in track(missing, "picture"):
                with (
                    archive.open(pictures[name]) as source,
                    replacing(folder / name) as temporary,
                    temporary.open("wb") as file,
                ):
                    shutil.copyfileobj(source, file)
    except UserError:
        raise
    except DAMAGE as error:
        raise UserError(
            f"{path} is not a whole zip file ({error}): delete it and download it again"
        ) from None
    return len(missing), len(pictures) - len(missing)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    parser = Parser("Download the Pokédex archive and unpack its Sugimori pictures.")
    add = parser.add_argument
    add("--zip", type=user_path, metavar="FILE", help="the archive, where you have it already")
    add("--save_path", type=user_path, default=Path("dataset/sugimori/"), help="folder")
    args = parser.parse_args(argv)
    archive = args.zip or args.save_path.parent / URL.rpartition("/")[2]
    if not args.zip and not archive.exists():
        download(URL, archive)
    written, there = unpack(archive, args.save_path)
    tell(f"{written} pictures unpacked into {args.save_path}, {there} were there already")
    return 0


if __name__ == "__main__":
    sys.exit(main())
