"""Which file is written for which image: nothing in another's way."""

import os
from pathlib import Path

import numpy as np
import pytest

from srpoke.errors import UserError
from srpoke.images import write_image
from srpoke.jobs import (
    Job,
    check_writable,
    for_each,
    is_result,
    own_targets,
    plan_jobs,
    result_ending,
)

ENDING = "_f_2_loop_1.png"


@pytest.fixture
def files(tmp_path):
    """A function: names -> these files, made empty in a folder `in`, as full paths."""

    def make(*names: str) -> list[Path]:
        paths = [tmp_path / "in" / name for name in names]
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return paths

    return make


def plan(inputs: list[Path], save_path: Path, recursive=False) -> dict[str, str]:
    """Targets below save_path by source name."""
    jobs = plan_jobs(inputs, save_path, ENDING, recursive)
    return {job.source.name: job.target.relative_to(save_path).as_posix() for job in jobs}


def test_target_is_stem_and_ending(files, tmp_path):
    paths = files("b.png", "a.b.JPG", "[x] #1 ピ%d.webp")
    assert plan(paths, tmp_path / "out") == {
        "b.png": "b_f_2_loop_1.png",
        "a.b.JPG": "a.b_f_2_loop_1.png",
        "[x] #1 ピ%d.webp": "[x] #1 ピ%d_f_2_loop_1.png",
    }


def test_folders_are_read_flat_or_mirrored(files, tmp_path):
    files("b.png", "sub/a.png", "sub/deep/c.png", "sub/note.txt", "sub/._a.png")
    top, out = tmp_path / "in", tmp_path / "out"
    assert plan([top], out) == {"b.png": "b_f_2_loop_1.png"}
    assert plan([top], out, recursive=True) == {
        "b.png": "b_f_2_loop_1.png",
        "a.png": "sub/a_f_2_loop_1.png",
        "c.png": "sub/deep/c_f_2_loop_1.png",
    }


@pytest.mark.parametrize(
    "names",
    [
        ["a.png", "a.jpg"],
        ["x/a.png", "y/a.png", "z/a.png"],
        ["a.png", "A.png", "a.PNG", "x/A.PNG"],
        ["a.png", "a.jpg", "a.png.jpg", "x/a.png"],
        ["x/a.png", "y/a.png", "a.png_2.png", "z/a.png_2"],
    ],
)
def test_no_two_sources_share_a_target_in_any_letter_case(files, tmp_path, names):
    jobs = plan_jobs(files(*names), tmp_path / "out", ENDING, False)
    assert len(jobs) == len(names)
    assert len({str(job.target).lower() for job in jobs}) == len(names)
    assert all(job.target.parent == tmp_path / "out" for job in jobs)


def test_equal_stems_keep_their_own_ending(files, tmp_path):
    assert plan(files("a.png", "a.jpg", "b.png"), tmp_path / "out") == {
        "a.png": "a.png_f_2_loop_1.png",
        "a.jpg": "a.jpg_f_2_loop_1.png",
        "b.png": "b_f_2_loop_1.png",
    }


def test_a_file_named_twice_is_done_once(files, tmp_path):
    (path,) = files("a.png")
    assert len(plan_jobs([path, path.parent, path], tmp_path / "out", ENDING, False)) == 1


def test_other_spellings_of_a_file_name_it_again(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    full, other = files("a.png", "b.png")
    again = [Path("in/../in/a.png"), other, full, Path("in")]
    jobs = plan_jobs([Path("in/a.png"), *again], Path("out"), ENDING, False)
    assert [job.source for job in jobs] == [Path("in/a.png"), other]
    assert [job.target.name for job in jobs] == [f"a{ENDING}", f"b{ENDING}"]


@pytest.mark.parametrize("recursive", [False, True])
@pytest.mark.parametrize("out", ["", "sub"])
def test_results_are_not_read_as_sources(files, tmp_path, recursive, out):
    files("a.png", "b.jpg")
    folder = tmp_path / "in"
    first = plan_jobs([folder], folder / out, ENDING, recursive)
    for job in first:
        job.target.parent.mkdir(exist_ok=True)
        job.target.touch()
    assert plan_jobs([folder], folder / out, ENDING, recursive) == first


def test_numbered_results_are_not_read_as_sources(files, tmp_path):
    folder = tmp_path / "in"
    sources = files("a.png", "sub/a.png")
    for job in plan_jobs(sources, folder, ENDING, False):
        job.target.touch()
    assert (folder / f"a.png_2{ENDING}").is_file()
    assert [job.source for job in plan_jobs([folder], folder / "large", ENDING, False)] == sources[
        :1
    ]


def test_an_image_that_a_result_would_replace_is_left_out_with_a_word(files, tmp_path, caplog):
    source, result = files("a.png", f"a{ENDING}")
    (job,) = plan_jobs([result, source], tmp_path / "in", ENDING, False)
    assert job == (source, result)
    assert caplog.messages == [f"{result} is left out: a result of this run goes there"]


@pytest.mark.parametrize(
    ("name", "message"), [("missing.png", "does not exist"), ("empty", "holds no image")]
)
def test_bad_inputs_are_refused_by_name(files, tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=f"{name} {message}"):
        plan_jobs([*files("a.png"), tmp_path / name], tmp_path / "out", ENDING, False)


def test_an_image_under_another_name_of_a_result_is_left_out(files, tmp_path, caplog):
    """As where letter case tells no names apart."""
    (source,) = files("a.png")
    os.link(source, tmp_path / "in" / f"a{ENDING}")
    assert plan_jobs([source], tmp_path / "in", ENDING, False) == []
    assert "a result of this run goes there" in caplog.messages[0]


def test_a_drive_that_is_not_there_is_named(files, tmp_path, monkeypatch):
    for ask in ("exists", "is_dir"):
        monkeypatch.setattr(Path, ask, lambda path: False)
    with pytest.raises(UserError, match="out cannot be made"):
        check_writable(Path("/away/out"))


def test_no_result_of_unknown_making_is_replaced_however_many_there_are(files, tmp_path):
    job = Job(files("a.png")[0], tmp_path / "in" / "x.png")
    record = {"network": "n", "sha256": "0123456789"}
    taken = []
    for _ in range(6):
        ((_, target),) = own_targets([job], record)
        target.touch()
        taken.append(target.stem)
    assert taken == ["x", "x_n", *(f"x_n_01234567{end}" for end in ("", "_2", "_3", "_4"))]


@pytest.mark.parametrize("name", ["out.png", "file"])
def test_save_path_has_to_be_a_folder(files, tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=f"{name} is not a folder"):
        plan_jobs(files("a.png"), tmp_path / name, ENDING, False)


@pytest.mark.parametrize(
    ("settings", "ending"),
    [
        ({}, "_f_1.5_loop_2.png"),
        ({"ensemble": True, "sharpness": -0.4}, "_f_1.5_loop_2_ensemble_sharpness_-0.4.png"),
        ({"alpha": "mask", "fine": 2}, "_f_1.5_loop_2_alpha_mask_fine_2.png"),
        ({"size": (512, 300), "strip": True}, "_size_512x300_strip.png"),
        ({"longest": 1024}, "_longest_1024.png"),
    ],
)
def test_the_name_says_what_is_not_as_usual(tmp_path, settings, ending):
    made = result_ending({"scale": 1.5, "loop": 2, **settings})
    assert made == ending
    (tmp_path / f"a{made}").touch()
    for name in (made, f"{made[:-4]}_best_0f0f0f0f.png", f"{made[:-4]}.webp"):
        assert is_result(tmp_path / f"a{name}", tmp_path, tmp_path)


def test_results_deep_in_a_folder_are_no_sources_but_a_folder_of_results_is_one(tmp_path):
    image = np.zeros((3, 4, 3), np.uint8)
    for name in ("a.png", "out/a_f_2_loop_1.png", "out/b_f_2_loop_1.png", "out/c.png"):
        record = {"network": "n"} if name[4] == "a" else None
        write_image(tmp_path / name, image, record=record)
    jobs = plan_jobs([tmp_path], tmp_path / "new", ENDING, True)
    names = [job.source.relative_to(tmp_path).as_posix() for job in jobs]
    assert names == ["a.png", "out/b_f_2_loop_1.png", "out/c.png"]
    jobs = plan_jobs([tmp_path / "out"], tmp_path / "new", ENDING, True)
    assert len(jobs) == 3


def test_what_is_skipped_is_named_once(tmp_path, capsys):
    def work(job: Job) -> str:
        if job.source.stem == "good":
            return job.source.stem
        raise UserError(f"{job.source} is empty" if job.source.stem == "named" else "is empty")

    names = "good", "named", "unnamed"
    jobs = [Job(tmp_path / f"{n}.png", tmp_path / f"{n}_2.png") for n in names]
    assert for_each(jobs, work) == (["good"], 1)
    assert capsys.readouterr().err.splitlines() == [
        f"skipped: {tmp_path / 'named.png'} is empty",
        f"skipped {tmp_path / 'unnamed.png'}: is empty",
    ]
