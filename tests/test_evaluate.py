"""evaluate.py end to end on tiny images, its numbers recomputed without its code."""

import csv

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from evaluate import main
from srpoke.course import Settings
from srpoke.engine import load
from srpoke.evaluation import COLUMNS, has_learnt_from, held_out, table, write_csv
from srpoke.metadata import write_metadata
from srpoke.pipeline import stages

SIZES = {"a.png": (24, 28), "b.png": (25, 21), "held_out.png": (18, 32)}


@pytest.fixture
def folder(tmp_path):
    """Three smooth images of unequal size, one of them half transparent."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "sprites"
    folder.mkdir()
    for name, size in SIZES.items():
        image = cv2.GaussianBlur(rng.integers(0, 256, (*size, 3), dtype=np.uint8), (0, 0), 1.5)
        if name == "b.png":
            image = np.dstack([image, np.tile(np.uint8([255, 0, 128]), 7)[None].repeat(25, 0)])
        cv2.imwrite(str(folder / name), image)
    return folder


@pytest.fixture
def plain_export(network_file):
    """Another network file that needs no TensorFlow."""
    return network_file("plain").with_suffix(".tflite")


def read_rows(path) -> dict:
    """The CSV by method and set."""
    with open(path, newline="") as file:
        return {(row["method"], row["set"]): row for row in csv.DictReader(file)}


def small_and_sharp(folder, factor: int, names=tuple(SIZES)):
    """Each image on white, of even size, and its pixel averages: uint8, made with OpenCV alone."""
    for name in names:
        image = cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED).astype(np.float64)
        image = image[: len(image) // 2 * 2, : image.shape[1] // 2 * 2]
        if image.shape[2] == 4:
            alpha = image[..., 3:] / 255
            image = image[..., :3] * alpha + 255 * (1 - alpha)
        sharp = np.floor(image + 0.5).astype(np.uint8)
        size = [round(side / factor) for side in sharp.shape[1::-1]]
        small = cv2.resize(sharp.astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA)
        yield np.uint8(small * 255 + 0.5), sharp


def stretched(small: np.ndarray, sharp: np.ndarray) -> np.ndarray:
    """Small pixels stretched to the size of the sharp ones, uint8."""
    size = sharp.shape[1::-1]
    image = cv2.resize(small / np.float32(255), size, interpolation=cv2.INTER_CUBIC)
    return np.uint8(np.clip(image, 0, 1) * 255 + 0.5)


def compare(restored: list[np.ndarray], sharp: list[np.ndarray]) -> tuple[float, float]:
    """Mean PSNR and SSIM, both by scikit-image."""
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    values = [
        (
            peak_signal_noise_ratio(b, a, data_range=255),
            structural_similarity(b, a, data_range=255, channel_axis=2, **window),
        )
        for a, b in zip(restored, sharp, strict=True)
    ]
    return tuple(np.mean(values, axis=0))


def numbers(row: dict) -> tuple[float, float]:
    return float(row["psnr"]), float(row["ssim"])


def test_interpolation_scores_are_right(answer, exported, folder, tmp_path):
    """The kernels one by one: a box that is a whole number of pixels wide is INTER_AREA."""
    path = tmp_path / "new" / "scores.csv"
    code, *_ = answer(main, exported, folder, "--scale", 2, "--csv", path)
    rows = read_rows(path)
    sets = ["x2 box", "x2 bicubic", "x2 lanczos"]
    assert code == 0 and list(dict.fromkeys(name for _, name in rows)) == sets
    assert len(rows) == 3 * (4 + 1)
    pairs = list(small_and_sharp(folder, 2))
    expected = compare([stretched(*pair) for pair in pairs], [sharp for _, sharp in pairs])
    assert numbers(rows["bicubic", "x2 box"]) == pytest.approx(expected, abs=1e-3)
    assert rows["bicubic", "x2 box"]["images"] == "3"
    assert len({row["psnr"] for row in rows.values()}) == len(rows)


def test_fractions_are_scored_on_what_a_larger_picture_gives(answer, exported, folder, tmp_path):
    path, name = tmp_path / "scores.csv", "a.png"
    for other in set(SIZES) - {name}:
        (folder / other).unlink()
    image = cv2.imread(str(folder / name))  # Pillow cuts kernels off at the border: make it flat
    image = cv2.copyMakeBorder(image, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(40, 90, 200))
    cv2.imwrite(str(folder / name), image)
    answer(main, exported, folder, "--scale", 1.5, "--kernel", "bicubic", "--csv", path)
    image = Image.fromarray(image)
    small, sharp = (
        np.asarray(image.resize(size, Image.Resampling.BICUBIC)) for size in ((26, 24), (39, 36))
    )
    row = read_rows(path)["bicubic", "x1.5 bicubic"]
    expected = compare([stretched(small, sharp)], [sharp])
    assert numbers(row) == pytest.approx(expected, abs=0.1)  # which rounds between the axes


def test_network_scores_are_those_of_what_infer_makes(answer, exported, folder, tmp_path):
    path = tmp_path / "scores.csv"
    options = "--scale", 2, "--kernel", "box", "--ensemble", "--csv", path
    assert answer(main, exported, folder, *options)[0] == 0
    rows, engine = read_rows(path), load(exported)
    pairs = list(small_and_sharp(folder, 2))
    for label, settings in (
        ("network 1", Settings()),
        ("network 1, self-ensemble", Settings(ensemble=True)),
    ):
        restored = [next(stages(engine, small, 2, 1, settings))[1] for small, _ in pairs]
        expected = compare(restored, [sharp for _, sharp in pairs])
        assert numbers(rows[label, "x2 box"]) == pytest.approx(expected, abs=0.01), label
        assert rows[label, "x2 box"]["network"] == str(exported)
    assert len({row["psnr"] for row in rows.values()}) == len(rows)  # no two methods alike


def test_true_enlargements_are_compared_as_they_are(answer, exported, folder, tmp_path):
    """Sets are named by their folders; any ratio, and leading zeros in names, will do."""
    path = tmp_path / "scores.csv"
    for name, scale in (("twice", 2), ("a third more", 4 / 3)):
        (tmp_path / name).mkdir()
        for file in ("a.png", "held_out.png"):
            image = cv2.imread(str(folder / file))
            large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
            cv2.imwrite(str(tmp_path / name / f"00{file}"), large)
    other = np.random.default_rng(0).random((50, 42, 3)) * 255
    cv2.imwrite(str(tmp_path / "twice" / "b.png"), other)
    folders = tmp_path / "twice", tmp_path / "a third more"
    code, out, err = answer(main, exported, folder, "--targets", *folders, "--csv", path)
    rows = read_rows(path)
    assert code == 1
    assert sum("b.png" in line and "not its image enlarged" in line for line in err) == 1
    assert {name for _, name in rows} == {"twice", "a third more"}
    for set_folder in folders:
        pairs = [
            [cv2.imread(str(p)) for p in (folder / file, set_folder / f"00{file}")]
            for file in ("a.png", "held_out.png")
        ]
        expected = compare([stretched(*pair) for pair in pairs], [sharp for _, sharp in pairs])
        row = rows["bicubic", set_folder.name]
        assert row["images"] == "2" and numbers(row) == pytest.approx(expected, abs=1e-3)


def test_targets_of_one_name_are_told_apart(answer, exported, folder, tmp_path):
    folders = tmp_path / "one" / "x2", tmp_path / "two" / "x2"
    image = cv2.imread(str(folder / "a.png"))
    for place in folders:
        place.mkdir(parents=True)
        large = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
        cv2.imwrite(str(place / "a.png"), large)
    path = tmp_path / "scores.csv"
    assert answer(main, exported, folder, "--targets", *folders, "--csv", path)[0] == 0
    assert {name for _, name in read_rows(path)} == set(map(str, folders))


def test_two_networks_run_without_tensorflow_and_give_equal_scores_twice(
    answer, exported, plain_export, folder, tmp_path, no_tensorflow
):
    tables = []
    for name in ("first.csv", "second.csv"):
        options = "--scale", 2, "--csv", tmp_path / name
        code, out, _ = answer(main, exported, plain_export, folder, *options)
        assert code == 0 and any(line.startswith(f"network 2: {plain_export},") for line in out)
        rows = read_rows(tmp_path / name)
        tables.append({key: numbers(row) for key, row in rows.items()})
    assert tables[0] == tables[1]
    assert tables[0]["network 1", "x2 box"] != tables[0]["network 2", "x2 box"]


def test_held_out_scores_only_what_no_network_saw(answer, exported, folder, tmp_path):
    path = tmp_path / "scores.csv"
    options = "--scale", 2, "--kernel", "box", "--held_out", "--csv", path
    code, _, errors = answer(main, exported, folder, *options)
    assert code == 0 and errors == []
    (small, sharp), *others = small_and_sharp(folder, 2, ["held_out.png"])
    restored = next(stages(load(exported), small, 2))[1]
    row = read_rows(path)["network 1", "x2 box"]
    assert not others and row["images"] == "1"
    assert numbers(row) == pytest.approx(compare([restored], [sharp]), abs=0.01)


def test_held_out_is_what_no_network_saw(exported):
    names = ["a.png", "x.png", "held_out.png"]
    assert held_out(names, [exported, exported]) == ["x.png", "held_out.png"]
    with pytest.raises(ValueError, match="none of these images"):
        held_out(["a.png", "b.png"], [exported])


def test_what_a_fine_tuned_network_saw_before_is_not_held_out(tmp_path):
    path = tmp_path / "tuned.tflite"
    path.write_bytes(b"a network")
    # the second run kept a.png out, which the first one had learnt from, 007 as a drawing
    seen = ["a.png", "b.png", "007.webp"]
    write_metadata(path, {"validation_files": ["a.png", "c.png"], "seen_files": seen})
    names = ["a.png", "b.png", "c.png", "7.png", "new.png"]
    assert held_out(names, [path]) == ["c.png", "new.png"]


def test_held_out_is_what_older_metadata_lists(tmp_path):
    networks = [tmp_path / "first.tflite", tmp_path / "second.tflite"]
    first = {"validation_files": ["a.png", "b.png", "c.png"]}
    # fine-tuned from a network that does not say what it saw
    second = {"validation_files": ["b.png", "c.png", "d.png"], "seen_files": None}
    for path, metadata in zip(networks, (first, second), strict=True):
        path.write_bytes(b"a network")
        write_metadata(path, metadata)
    for order in (networks, networks[::-1]):
        assert held_out(["a.png", "b.png", "d.png", "c.png", "e.png"], order) == ["b.png", "c.png"]
    assert has_learnt_from(["a.png", "b.png", "c.png", "d.png"], networks[0])
    assert not has_learnt_from(["a.png", "b.png", "c.png"], networks[0])


def test_a_folder_that_was_trained_on_is_pointed_out(answer, exported, folder):
    code, _, errors = answer(main, exported, folder, "--scale", 2)
    assert code == 0 and len(errors) == 1 and "--held_out" in errors[0]
    (folder / "held_out.png").unlink()
    assert answer(main, exported, folder, "--scale", 2)[2] == []


def test_broken_files_are_named_and_the_rest_is_scored(answer, exported, folder):
    (folder / "broken.png").write_bytes(b"\x89PNG and no more")
    (folder / "held_out.png").unlink()
    code, out, errors = answer(main, exported, folder, "--scale", 2)
    assert code == 1 and len(errors) == 1 and "broken.png" in errors[0]
    assert any(line.startswith("| network 1 ") for line in out)


def test_a_single_pixel_is_scored(answer, exported, tmp_path):
    cv2.imwrite(str(tmp_path / "dot.png"), np.full((1, 1, 3), 77, np.uint8))
    code, out, _ = answer(main, exported, tmp_path, "--scale", 2)
    assert code == 0 and not any("nan" in line or "inf" in line for line in out)


def test_table_is_aligned_and_complete(tmp_path):
    def row(method, name, psnr):
        values = method, "", name, 3, psnr, psnr / 100, psnr / 1000
        return dict(zip(COLUMNS, values, strict=True))

    rows = [row("short", "x2 box", 30.125), row("short", "drawn", 28.0)]
    rows += [row("quite long", "x2 box", 9.5), row("quite long", "drawn", 8.5)]
    lines = table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["method", "dB x2 box", "dB drawn", "SSIM x2 box", "SSIM drawn", "s / image"]
    assert cells[2] == ["short", "30.12", "28.00", "0.3013", "0.2800", "0.0291"]
    assert cells[3] == ["quite long", "9.50", "8.50", "0.0950", "0.0850", "0.0090"]

    write_csv(tmp_path / "rows.csv", rows)
    with open(tmp_path / "rows.csv", newline="") as file:
        assert list(csv.DictReader(file)) == [{k: str(v) for k, v in row.items()} for row in rows]


def test_csv_holds_a_name_that_is_no_unicode(tmp_path):
    write_csv(tmp_path / "rows.csv", [{"network": "a\udcff.tflite"}])
    assert (tmp_path / "rows.csv").read_text().split() == ["network", "a\\udcff.tflite"]
