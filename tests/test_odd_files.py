"""infer.py on a folder of odd files: all that can be done is done, the rest named, a line each."""

import os
from pathlib import Path

import pytest

import infer
from srpoke.images import read_image
from tests import odd_files

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and names that Windows lacks")


@pytest.fixture(scope="module")
def odd(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("odd") / "files"
    odd_files.make(folder)
    return folder


def test_all_that_can_be_done_is_done_and_the_rest_is_named(odd, exported, answer, tmp_path):
    out = tmp_path / "out"
    (out / "blocked_f_2_loop_1.png").mkdir(parents=True)
    code, lines, errors = answer(infer.main, exported, odd, "--recursive", "--save_path", out)
    assert code == 1
    names = [*odd_files.good_files(), "link.png", "sub/deep.png"]
    assert len(names) > 46 and len(lines) == len(names)
    assert len([path for path in out.rglob("*.png") if path.is_file()]) == len(names)
    for line in [line for line in lines if "frames)" not in line]:
        counted, target = (part.rpartition(" (")[0] for part in line.split(" -> "))
        source, result = (read_image(path) for path in (counted.partition("] ")[2], target))
        assert result.dtype == source.dtype and result.shape[2:] == source.shape[2:]
        assert result.shape[:2] == (2 * source.shape[0], 2 * source.shape[1])
    bad = [*odd_files.bad_files(), "dangling.png", "circle.png"]
    skipped = [line for line in errors if "skipped" in line]
    assert len(skipped) == len(bad)
    for name in bad:
        assert sum(Path(name).stem in line for line in skipped) == 1, name
    (left_out,) = [line for line in errors if "not taken" in line]
    for word in ("notes.txt", "._hidden.png", "linked", "1 hidden", "linked folders"):
        assert word in left_out
    several = [line for line in errors if "more than one picture" in line]
    assert len(several) == 1 and "pages.tif" in several[0]
    assert sum("frames)" in line and "animated" in line for line in lines) == 3
    assert len(errors) == len(bad) + 1 + len(several) + 1
    assert not list(out.rglob(".srpoke*"))


def test_a_second_run_with_another_scale_takes_no_result_for_a_source(
    odd, exported, answer, tmp_path
):
    sprites = tmp_path / "sprites"
    for folder in (sprites, sprites / "more"):
        folder.mkdir()
        (folder / "a.png").write_bytes((odd / "alpha.png").read_bytes())
    inside = [sprites, "--recursive", "--save_path"]
    for save_path in (sprites, sprites / "big"):
        for scale in ("2", "3", "2"):
            assert answer(infer.main, exported, *inside, save_path, "--scale", scale)[0] == 0
    made = {path.relative_to(sprites).as_posix() for path in sprites.rglob("*.png")}
    endings = ["_f_2_loop_1.png", "_f_3_loop_1.png"]
    expected = {f"{place}a{end}" for place in ("", "more/") for end in [".png", *endings]}
    assert expected <= made
    assert not [name for name in made if name.count("_loop_") > 1 and "big/" not in name]
    assert not [name for name in made if "big/big" in name]


def test_exact_results_of_the_odd_ones(odd):
    shapes = {"grey_key.png": (20, 24, 4), "grey_alpha.tif": (20, 24, 4), "grey.png": (20, 24)}
    for name, shape in shapes.items():
        assert read_image(odd / name).shape == shape
