"""Fetching sprites: from a server on this computer, and archives of the tests' own."""

import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from dataset import get_sprites

NAME = "pokedex.zip"
SECRET = np.random.default_rng(0).bytes(5000)  # does not compress
MEMBERS = {
    "repo-main/img/Sugimori/1.png": b"one" + SECRET,
    "repo-main/img/Sugimori/2.JPG": b"two",
    "repo-main/img/Sugimori/": b"",
    "repo-main/img/Sugimori/notes.txt": b"no picture",
    "repo-main/img/Sugimori/._1.png": b"of a Mac",
    "repo-main/img/icons/3.png": b"of another kind",
    "repo-main/sugimori.png": b"in no such folder",
}
PICTURES = {"1.png": b"one" + SECRET, "2.JPG": b"two"}


def zipped(path: Path, members: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path.read_bytes()


class Server(ThreadingHTTPServer):
    """Serves `data` under any path, and remembers the bytes that were asked for and sent."""

    data: bytes
    ranges, length, cut = True, True, None  # cut: bytes after which the connection is lost

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.sent: list[int] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, first = self.server, 0
        if server.ranges:
            first = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if first >= len(server.data):
            self.send_error(416)
            return
        body = server.data[first:]
        self.send_response(206 if server.ranges else 200)
        if server.length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        server.sent.append(len(body[: server.cut]))  # first: the client does not wait for it
        self.wfile.write(body[: server.cut])

    def log_message(self, *words):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serves MEMBERS as a zip where the script looks for its archive."""
    with Server() as server:
        server.data = zipped(tmp_path / "served.zip", MEMBERS)
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        monkeypatch.setattr(get_sprites, "URL", f"http://127.0.0.1:{server.server_port}/{NAME}")
        monkeypatch.setenv("no_proxy", "*")
        yield server
        server.shutdown()


@pytest.fixture
def run(answer, tmp_path):
    """A function: options -> exit code, stdout, stderr of a run that fills tmp_path/in."""
    return lambda *argv: answer(get_sprites.main, "--save_path", tmp_path / "in", *argv)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


@pytest.mark.parametrize("length", [True, False])
def test_fresh(run, server, tmp_path, length):
    server.length = length
    code, out, err = run()
    assert (code, err, len(out)) == (0, [], 1) and "2 pictures" in out[0]
    assert contents(tmp_path / "in") == PICTURES
    assert (tmp_path / NAME).read_bytes() == server.data
    assert not (tmp_path / f"{NAME}.part").exists()


@pytest.mark.parametrize("share", [0.5, 1])  # begun; whole, but not renamed any more
def test_a_download_goes_on_where_it_ended(run, server, tmp_path, share):
    begun = int(len(server.data) * share)
    (tmp_path / f"{NAME}.part").write_bytes(server.data[:begun])
    assert run()[0] == 0
    assert server.sent == [len(server.data) - begun + 1]
    assert contents(tmp_path / "in") == PICTURES
    assert (tmp_path / NAME).read_bytes() == server.data


def test_a_server_without_ranges_begins_anew(run, server, tmp_path):
    server.ranges = False
    (tmp_path / f"{NAME}.part").write_bytes(b"x" * 7 + server.data)
    assert run()[0] == 0
    assert (tmp_path / NAME).read_bytes() == server.data


def test_a_lost_connection_is_one_line_and_the_next_run_goes_on(run, server, tmp_path):
    server.cut = 1000
    code, _, err = run()
    assert code == 2 and len(err) == 1 and f"1000 of {len(server.data)}" in err[0]
    assert not (tmp_path / NAME).exists() and not (tmp_path / "in").exists()
    server.cut = None
    assert run()[0] == 0
    assert server.sent == [1000, len(server.data) - 999]
    assert contents(tmp_path / "in") == PICTURES


def test_a_part_of_another_file_does_not_stay_in_the_way(run, server, tmp_path):
    (tmp_path / f"{NAME}.part").write_bytes(b"x" * 7 + server.data)
    code, _, err = run()
    assert code == 2 and len(err) == 1 and "416" in err[0]
    assert run()[0] == 0


def test_no_network_is_one_line(run, server):
    server.shutdown()
    server.server_close()
    code, _, err = run()
    assert code == 2 and len(err) == 1 and get_sprites.URL in err[0] and "--zip" in err[0]


def test_nothing_is_overwritten_and_nothing_downloaded_twice(run, server, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.png").write_bytes(b"mine")
    assert "1 pictures unpacked" in (line := run()[1][0]) and "1 were there" in line
    assert "0 pictures unpacked" in (line := run()[1][0]) and "2 were there" in line
    assert contents(tmp_path / "in") == PICTURES | {"1.png": b"mine"}
    assert len(server.sent) == 1


def test_an_archive_that_is_there_needs_no_network(run, server, tmp_path):
    assert run("--zip", tmp_path / "served.zip")[0] == 0
    assert contents(tmp_path / "in") == PICTURES
    assert server.sent == [] and not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    "name",
    ["../evil.png", "a/../../sugimori/evil.png", "/sugimori/e.png", "C:\\e.png", "..\\e.png"],
)
def test_an_unsafe_path_is_refused_before_anything_is_written(run, tmp_path, name):
    zipped(tmp_path / "evil.zip", {**MEMBERS, name: b"evil"})
    before = contents(tmp_path)
    code, _, err = run("--zip", tmp_path / "evil.zip")
    assert code == 2 and len(err) == 1 and "refused" in err[0]
    assert contents(tmp_path) == before


def test_one_of_two_pictures_of_one_name_is_left_out_aloud(run, tmp_path):
    zipped(tmp_path / "two.zip", {**MEMBERS, "sugimori/old/2.jpg": b"another"})
    code, _, err = run("--zip", tmp_path / "two.zip")
    assert code == 0 and len(err) == 1 and "sugimori/old/2.jpg" in err[0]
    assert contents(tmp_path / "in") == PICTURES


def test_an_archive_without_pictures_is_one_line(run, tmp_path):
    zipped(tmp_path / "empty.zip", {"img/icons/3.png": b"three"})
    code, _, err = run("--zip", tmp_path / "empty.zip")
    assert code == 2 and len(err) == 1 and "no picture" in err[0] and "sugimori" in err[0]


@pytest.mark.parametrize("damage", ["a page", "cut short", "a changed byte"])
def test_a_broken_zip_is_one_line_and_leaves_no_half_picture(run, tmp_path, damage):
    path = tmp_path / "broken.zip"
    data = zipped(path, MEMBERS)
    changed = bytearray(data)
    changed[data.index(SECRET) + 9] ^= 1
    broken = {"a page": b"<html>", "cut short": data[:-99], "a changed byte": changed}
    path.write_bytes(broken[damage])
    code, _, err = run("--zip", path)
    assert code == 2 and len(err) == 1 and "broken.zip is not a whole zip file" in err[0]
    assert not contents(tmp_path / "in")


def test_a_missing_archive_is_one_line(run, tmp_path):
    code, _, err = run("--zip", tmp_path / "none.zip")
    assert code == 2 and len(err) == 1 and "none.zip" in err[0]
