"""infer.py end to end, on tiny images and the TFLite export of a tiny network."""

import os
import re
import shutil

import numpy as np
import pytest

import infer
from srpoke import pipeline
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.images import read_image, write_image
from srpoke.pipeline import upscale

HELD_NOT, GROWING = Settings(back_projection=False), Settings(pad="before")


@pytest.fixture
def run(exported, answer, monkeypatch, tmp_path):
    """A function: arguments -> exit code, stdout, stderr of infer.py with the tiny network."""
    monkeypatch.chdir(tmp_path)
    return lambda *argv: answer(infer.main, exported, *argv)


@pytest.fixture
def folder(tmp_path, sprite):
    """A folder `in` with two sprites and one in a sub-folder."""
    for name in ("a.png", "b.png", "sub/c.png"):
        write_image(tmp_path / "in" / name, sprite[: 9 + len(name)])
    return tmp_path / "in"


def names(folder) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_one_image_goes_to_the_default_folder(run, folder, tmp_path):
    code, out, err = run("in/a.png")
    assert (code, err) == (0, [])
    result = read_image(tmp_path / "img/upscaled/a_f_2_loop_1.png")
    assert result.shape == (28, 40, 4)
    assert len(out) == 1 and "a.png (20x14)" in out[0] and "(40x28)" in out[0]


@pytest.mark.parametrize(
    ("options", "ending", "settings", "extra"),
    [
        ("--loop 2", "_f_1.5_loop_2", Settings(), 0),
        ("--fine=2", "_f_1.5_loop_1_fine_2", Settings(), 2),
        ("--no_back_projection", "_f_1.5_loop_1_no_back_projection", HELD_NOT, 0),
        ("--ensemble", "_f_1.5_loop_1_ensemble", Settings(ensemble=True), 0),
        ("--pad before", "_f_1.5_loop_1_pad_before", GROWING, 0),
        ("--sharpness=soft", "_f_1.5_loop_1_sharpness_-0.4", Settings(sharpness=-0.4), 0),
        ("--sharpness normal", "_f_1.5_loop_1", Settings(), 0),
        ("--sharpness crisp", "_f_1.5_loop_1_sharpness_0.4", Settings(sharpness=0.4), 0),
        ("--sharpness=-0.25", "_f_1.5_loop_1_sharpness_-0.25", Settings(sharpness=-0.25), 0),
        ("--sharpness 1", "_f_1.5_loop_1_sharpness_1", Settings(sharpness=1), 0),
    ],
)
def test_every_option_reaches_the_pipeline(run, exported, folder, options, ending, settings, extra):
    assert run("in/a.png", "--scale=1.50", *options.split(), "--save_path", "out")[0] == 0
    loops = 2 if "--loop" in options else 1
    image = read_image(folder / "a.png")
    expected = upscale(load(exported), image, 1.5, loops, settings, extra)
    result = read_image(folder.parent / "out" / f"a{ending}.png")
    np.testing.assert_array_equal(result, expected)
    alike = np.array_equal(result, upscale(load(exported), image, 1.5))
    assert alike == (options == "--sharpness normal")


def test_tiles_and_interpolation_reach_the_pipeline(run, folder, tmp_path):
    tiled, nearest = (["--tile", "5"], ["--interpolation", "nearest"])
    for out, options in (("whole", []), ("tiled", tiled), ("nearest", nearest)):
        run("in/a.png", *options, "--save_path", out)
    whole, tiled, nearest = (
        read_image(tmp_path / out / f"a_f_2_loop_1{ending}.png").astype(int)
        for out, ending in (("whole", ""), ("tiled", ""), ("nearest", "_interpolation_nearest"))
    )
    assert np.abs(whole - tiled).max() <= 1
    assert np.abs(whole - nearest).max() > 20


def test_how_a_picture_was_made_is_found_by_the_stretch_that_was_learnt(run, folder, monkeypatch):
    engines, find = [], pipeline.find_making
    monkeypatch.setattr(
        pipeline, "find_making", lambda engine, image: engines.append(engine) or find(engine, image)
    )
    assert run("in/a.png", "--interpolation", "nearest")[0] == 0
    assert {engine.interpolation for engine in engines} == {"bicubic"}


def test_skip_existing_goes_on_where_a_run_ended(run, folder, tmp_path):
    out = tmp_path / "out"
    run("in/a.png", "--save_path", "out")
    before = (out / "a_f_2_loop_1.png").stat().st_mtime_ns
    code, lines, _ = run("in", "--save_path", "out", "--skip_existing")
    assert code == 0 and len(lines) == 2 and "exists" in lines[0]
    assert (out / "a_f_2_loop_1.png").stat().st_mtime_ns == before
    assert names(out) == ["a_f_2_loop_1.png", "b_f_2_loop_1.png"]
    run("in", "--save_path", "out")
    assert (out / "a_f_2_loop_1.png").stat().st_mtime_ns > before
    assert names(out) == ["a_f_2_loop_1.png", "b_f_2_loop_1.png"]


def test_skip_existing_goes_on_behind_a_name_that_leaves_no_room(run, tmp_path, sprite):
    long, short = f"{'a' * 236}.png", "b.png"  # of 255 bytes: enough for a result, not for a page
    for name in (long, short):
        write_image(tmp_path / "many" / name, sprite)
    call = "many", "--save_path", "out"
    assert run(*call)[0] == 0
    code, lines, err = run(*call, "--skip_existing")
    assert code == 0 and err == [] and all(line.endswith("exists") for line in lines)
    code, lines, err = run(*call, "--skip_existing", "--page")
    assert code == 1 and "[2/2]" in lines[-1] and any("[1/2]" in line for line in err)


def test_skip_existing_does_not_take_the_result_of_another_picture(run, folder, tmp_path, sprite):
    write_image(tmp_path / "in_2" / "a.png", 255 - sprite[:14])
    call = "in_2/a.png", "--save_path", "out", "--skip_existing"
    run("in/a.png", "--save_path", "out")
    assert ["exists" in run(*call)[1][0] for _ in range(2)] == [False, True]
    assert names(tmp_path / "out") == ["a_f_2_loop_1.png"]


def test_a_named_result_is_no_other_name_of_the_image(run, folder):
    before = (folder / "a.png").read_bytes()
    os.link(folder / "a.png", folder / "A.PNG.png")
    code, _, (line,) = run("in/a.png", "-o", "in/A.PNG.png")
    assert code == 2 and "is the image itself" in line
    assert (folder / "a.png").read_bytes() == before


def test_parts_are_disjoint_and_together_everything(run, folder, tmp_path):
    for name in ("d.png", "e.png"):
        shutil.copy(folder / "a.png", folder / name)
    run("in", "--recursive", "--save_path", "whole")
    shares = []
    for n in (1, 2, 3):  # each beside the results of those before
        part = "--recursive", "--part", f"{n}/3", "--save_path"
        assert run("in", *part, "shared")[0] == run("in", *part, f"part_{n}")[0] == 0
        shares.append(names(tmp_path / f"part_{n}"))
    assert [len(share) for share in shares] == [2, 2, 1]
    assert shares[0] == ["a_f_2_loop_1.png", "e_f_2_loop_1.png"]
    assert sorted(sum(shares, [])) == names(tmp_path / "shared") == names(tmp_path / "whole")
    for name in names(tmp_path / "whole"):
        whole, shared = (tmp_path / place / name for place in ("whole", "shared"))
        assert whole.read_bytes() == shared.read_bytes()
    lines = run("in", "--recursive", "--save_path", "shared", "--skip_existing")[1]
    assert len(lines) == 5 and all("exists" in line for line in lines)


def test_parts_are_the_same_in_whatever_order_files_are_named(run, folder, tmp_path):
    assert run("in/b.png", "in/a.png", "--part", "1/2", "--save_path", "out")[0] == 0
    assert names(tmp_path / "out") == ["a_f_2_loop_1.png"]


def test_a_part_without_an_image_is_no_error(run, folder, tmp_path):
    code, out, err = run("in/a.png", "in/b.png", "--part", "3/3", "--save_path", "out")
    assert (code, out, err) == (0, ["0 images: part 3/3 of 2"], [])
    assert not (tmp_path / "out").exists()


def test_what_another_network_made_is_neither_lost_nor_taken_for_this_ones(
    run, exported, answer, network_file, folder, tmp_path
):
    other = tmp_path / "other.tflite"
    shutil.copy(network_file("plain").with_suffix(".tflite"), other)
    lines = [
        answer(infer.main, network, "in/a.png", "--save_path", "out", *options)[1][0]
        for options in ([], ["--skip_existing"])
        for network in (other, exported)
    ]
    assert ["exists" in line for line in lines] == [False, False, True, True]
    first, second = "a_f_2_loop_1.png", "a_f_2_loop_1_default.png"
    assert names(tmp_path / "out") == [first, second]
    for name, network in ((first, other), (second, exported)):
        expected = upscale(load(network), read_image(folder / "a.png"), 2)
        np.testing.assert_array_equal(read_image(tmp_path / "out" / name), expected)


def test_a_network_trained_anew_under_its_name_is_another_one(run, answer, network_file, folder):
    mine = folder.parent / "mine.tflite"
    for variant in ("default", "plain", "default"):
        shutil.copy(network_file(variant).with_suffix(".tflite"), mine)
        answer(infer.main, mine, "in/a.png", "--save_path", "out", "--skip_existing")
    assert names(folder.parent / "out") == ["a_f_2_loop_1.png", "a_f_2_loop_1_mine.png"]


def test_a_file_of_unknown_making_is_left_alone(run, folder, tmp_path):
    taken = [tmp_path / "out" / f"a_f_2_loop_1{ending}.png" for ending in ("", "_default")]
    taken[0].parent.mkdir()
    for path in taken:
        path.write_bytes(b"mine")
    for _ in range(2):
        assert run("in/a.png", "--save_path", "out", "--skip_existing")[0] == 0
    assert all(path.read_bytes() == b"mine" for path in taken)
    (third,) = set(names(tmp_path / "out")) - {path.name for path in taken}
    assert re.fullmatch(r"a_f_2_loop_1_default_[0-9a-f]{8}\.png", third)
    run("out", "--save_path", "out")  # none of them is a source
    assert len(names(tmp_path / "out")) == 3


def test_a_named_result_is_skipped_only_where_it_was_made_alike(run, folder):
    for name in ("x.png", "x.webp"):
        call = ["in/a.png", "-o", name, "--skip_existing"]
        runs = [run(*call), run(*call), run(*call, "--ensemble"), run(*call, "--ensemble")]
        assert ["exists" in out[0] for _, out, _ in runs] == [False, True, False, True]


@pytest.mark.parametrize(
    ("size", "expected"), [("60x42", (42, 60)), ("30X999", (21, 30)), ("500x7", (7, 10))]
)
def test_size_is_the_largest_that_fits(run, folder, tmp_path, size, expected):
    assert run("in/a.png", "--size", size, "--save_path", "out")[0] == 0  # of 20 x 14
    (name,) = names(tmp_path / "out")
    assert name == f"a_size_{size.lower()}.png"
    assert read_image(tmp_path / "out" / name).shape[:2] == expected


def test_patterns_and_hyphens_where_the_shell_does_not_help(run, folder, tmp_path):
    write_image(folder / "[1].png", np.zeros((4, 4, 3), np.uint8))
    assert run("in/*.png", "--save-path", "out", "--skip-existing")[0] == 0
    assert len(names(tmp_path / "out")) == 3
    assert run("in/[1].png", "--save-path=one-two")[0] == 0
    assert names(tmp_path / "one-two") == ["[1]_f_2_loop_1.png"]
    code, _, err = run("in/*.bmp")
    assert code == 2 and "*.bmp does not exist" in err[0]


def test_broken_file_is_named_and_the_rest_done(run, folder, tmp_path):
    (folder / "aa.png").write_bytes(b"no image")
    code, out, err = run("in", "--save_path", "out")
    assert code == 1
    assert len(out) == 2 and "aa.png" in err[1] and "1 of 3 images failed" in err[2]
    assert err[0] == "not taken from in: 1 sub-folders (sub)"
    assert names(tmp_path / "out") == ["a_f_2_loop_1.png", "b_f_2_loop_1.png"]


def test_nothing_done_is_exit_2(run, folder, tmp_path):
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(b"")
    assert run("in", "--save_path", "out")[0] == 2
    code, _, err = run("in/a.png", "--save_path", "out")
    assert code == 2 and len(err) == 1 and "a.png" in err[0]
    assert not (tmp_path / "out").exists()


def test_keras_prints_no_warning_at_many_sizes(network_file, answer, tmp_path, sprite):
    for height in range(5, 15):
        write_image(tmp_path / "in" / f"{height}.png", sprite[:height])
    arguments = network_file("default"), tmp_path / "in", "--save_path", tmp_path / "out"
    code, out, err = answer(infer.main, *arguments)
    assert (code, len(out), err) == (0, 10, [])


def test_interrupted_write_leaves_no_half_file(run, folder, tmp_path, monkeypatch):
    def interrupted(source, target):
        raise KeyboardInterrupt

    run("in/a.png", "--save_path", "out")
    before = (tmp_path / "out" / "a_f_2_loop_1.png").read_bytes()
    monkeypatch.setattr("os.replace", interrupted)
    code, _, err = run("in", "--scale", "3", "--save_path", "out")
    assert (code, err[-1]) == (130, "interrupted")
    assert names(tmp_path / "out") == ["a_f_2_loop_1.png"]
    assert (tmp_path / "out" / "a_f_2_loop_1.png").read_bytes() == before


def test_huge_result_is_refused_and_the_rest_done(run, folder, tmp_path):
    write_image(folder / "large.png", np.zeros((30, 30, 3), np.uint8))
    code, out, err = run("in", "--max_pixels", "3000", "--save_path", "out")
    assert code == 1 and len(out) == 2
    assert "large.png" in err[1] and "60x60 px" in err[1] and "--max_pixels" in err[1]
    assert run("in", "--max_pixels", "3600", "--save_path", "out")[0] == 0


@pytest.mark.parametrize(("longest", "size"), [(61, (43, 61)), (13, (9, 13)), (20, (14, 20))])
def test_longest_names_the_size_in_pixels(run, folder, tmp_path, longest, size):
    assert run("in/a.png", "--longest", longest, "--save_path", "out")[0] == 0
    assert names(tmp_path / "out") == [f"a_longest_{longest}.png"]
    assert read_image(tmp_path / f"out/a_longest_{longest}.png").shape[:2] == size
    run(".", "--recursive", "--save_path", "out")  # a result is no source for another run
    assert not any("longest" in name[2:] for name in names(tmp_path / "out") if "_f_" in name)


def test_output_names_the_result_of_one_image(run, folder, tmp_path):
    assert run("in/a.png", "-o", "new/large.webp")[0] == 0
    assert names(tmp_path / "new") == ["large.webp"]
    assert run("in/a.png", "in/b.png", "-o", "new/both.png")[0] == 2
    assert run("in/a.png", "-o", "new/large")[0] == 2
    assert run("in/a.png", "--longest", "50", "--loop", "2")[0] == 2
    assert names(tmp_path / "new") == ["large.webp"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "x.jp2"], "x.jp2 would have 40x28 px; .jp2 holds sides of 32 to"),
        (["-o", "x.pgm"], "x.pgm cannot hold colours"),
        (["--format", "webp", "--longest", "16384"], "16384x11469 px; .webp holds"),
        (["-o", "x.webp", "--alpha", "mask"], ".webp does not hold what --alpha mask keeps"),
    ],
)
def test_what_a_format_cannot_hold_is_told_before_any_work(
    run, folder, tmp_path, monkeypatch, options, words
):
    monkeypatch.setattr(infer, "upscale", None)
    code, _, (line,) = run("in/a.png", *options, "--max_pixels", 10**9)
    assert code == 2 and words in line
    assert len(names(tmp_path)) == 3  # those that were there


def test_bare_name_finds_the_shipped_network(answer, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "default").mkdir()  # whatever else is called so
    assert answer(infer.main, "default", "in/a.png", "-o", "a.png")[0] == 0
    assert read_image(tmp_path / "a.png").shape == (28, 40, 4)
