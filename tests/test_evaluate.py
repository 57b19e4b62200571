"""evaluate.py end to end on tiny images, its numbers recomputed without its code."""

import csv
import math

import cv2
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from evaluate import main
from srpoke.engine import load_engine
from srpoke.evaluation import COLUMNS, kept_out, table, write_csv
from srpoke.metrics import equal_steps
from srpoke.upscale import Settings, upscale

SIZES = {"a.png": (24, 28), "b.png": (25, 21), "kept_out.png": (18, 32)}


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
def plain_twin(network_file):
    """Another network file that needs no TensorFlow."""
    return network_file("plain").with_suffix(".tflite")


def read_rows(path) -> dict:
    """The CSV by method and factor."""
    with open(path, newline="") as file:
        return {(row["method"], float(row["factor"])): row for row in csv.DictReader(file)}


def small_and_sharp(folder, factor: float, names=tuple(SIZES)):
    """Each image on white, of even size, and what it shrinks to: uint8, made with OpenCV alone."""
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


def test_interpolation_scores_are_right(answer, twin, folder, tmp_path):
    path = tmp_path / "new" / "scores.csv"
    code, *_ = answer(main, twin, folder, "--scale", 1.5, 3, "--csv", path)
    rows = read_rows(path)
    assert code == 0 and len(rows) == 2 * (4 + 2)
    for factor in (1.5, 3):
        pairs = list(small_and_sharp(folder, factor))
        restored = [
            cv2.resize(small / np.float32(255), sharp.shape[1::-1], interpolation=cv2.INTER_CUBIC)
            for small, sharp in pairs
        ]
        restored = [np.uint8(np.clip(image, 0, 1) * 255 + 0.5) for image in restored]
        expected = compare(restored, [sharp for _, sharp in pairs])
        assert numbers(rows["bicubic", factor]) == pytest.approx(expected, abs=1e-4)
        assert rows["bicubic", factor]["images"] == "3"


def test_network_scores_are_those_of_what_infer_makes(answer, twin, folder, tmp_path):
    path = tmp_path / "scores.csv"
    assert answer(main, twin, folder, "--scale", 2, "--ensemble", "--csv", path)[0] == 0
    rows, engine = read_rows(path), load_engine(twin)
    pairs = list(small_and_sharp(folder, 2))
    for label, settings in (
        ("network 1", Settings()),
        ("network 1, no back-projection", Settings(hold_colours=False)),
        ("network 1, self-ensemble", Settings(ensemble=True)),
    ):
        restored = [next(upscale(engine, small, 2, 1, settings))[1] for small, _ in pairs]
        expected = compare(restored, [sharp for _, sharp in pairs])
        assert numbers(rows[label, 2]) == pytest.approx(expected, abs=1e-4), label
        assert rows[label, 2]["network"] == str(twin)
    assert len({row["psnr"] for row in rows.values()}) == len(rows)  # no two methods alike


def test_loop_reaches_the_factor_in_equal_passes(answer, twin, folder, tmp_path):
    path = tmp_path / "scores.csv"
    assert answer(main, twin, folder, "--scale", 2, "--loop", 2, "--csv", path)[0] == 0
    engine, pairs = load_engine(twin), list(small_and_sharp(folder, 2))
    restored = [list(upscale(engine, small, math.sqrt(2), 2))[-1][1] for small, _ in pairs]
    row = read_rows(path)["network 1", 2]
    assert numbers(row) == pytest.approx(compare(restored, [b for _, b in pairs]), abs=1e-4)
    assert row["passes"] == "2" and read_rows(path)["bicubic", 2]["passes"] == "1"


def test_equal_steps_count_sizes_from_the_first_image():
    assert equal_steps((10, 7), (80, 56), 3) == [(20, 14), (40, 28), (80, 56)]
    assert equal_steps((3, 3), (6, 6), 4) == [(4, 4), (4, 4), (5, 5), (6, 6)]  # 3.57 4.24 5.05 6


def test_two_networks_run_without_tensorflow_and_give_equal_scores_twice(
    answer, twin, plain_twin, folder, tmp_path, no_tensorflow
):
    tables = []
    for name in ("first.csv", "second.csv"):
        code, out, _ = answer(
            main, twin, plain_twin, folder, "--scale", 2, "--csv", tmp_path / name
        )
        assert code == 0 and any(line.startswith(f"network 2: {plain_twin},") for line in out)
        rows = read_rows(tmp_path / name)
        tables.append({key: numbers(row) for key, row in rows.items()})
    assert tables[0] == tables[1]
    assert tables[0]["network 1", 2] != tables[0]["network 2", 2]


def test_keras_file_scores_like_its_twin(answer, network_file, folder, tmp_path):
    keras, path = network_file("default"), tmp_path / "scores.csv"
    twin = keras.with_suffix(".tflite")
    assert answer(main, keras, twin, folder, "--scale", 1.75, "--csv", path)[0] == 0
    rows = read_rows(path)
    pair = numbers(rows["network 1", 1.75]), numbers(rows["network 2", 1.75])
    assert pair[0] == pytest.approx(pair[1], abs=0.01)


def test_kept_out_scores_only_what_no_network_saw(answer, twin, folder, tmp_path):
    path = tmp_path / "scores.csv"
    code, _, errors = answer(main, twin, folder, "--scale", 2, "--kept_out", "--csv", path)
    assert code == 0 and errors == []
    (small, sharp), *others = small_and_sharp(folder, 2, ["kept_out.png"])
    restored = next(upscale(load_engine(twin), small, 2))[1]
    row = read_rows(path)["network 1", 2]
    assert not others and row["images"] == "1"
    assert numbers(row) == pytest.approx(compare([restored], [sharp]), abs=1e-4)


def test_kept_out_is_what_all_cards_list(twin):
    assert kept_out(["x.png", "kept_out.png"], [twin, twin]) == ["kept_out.png"]
    with pytest.raises(ValueError, match="none of these images"):
        kept_out(["x.png"], [twin])


def test_a_folder_that_was_trained_on_is_pointed_out(answer, twin, folder):
    code, _, errors = answer(main, twin, folder, "--scale", 2)
    assert code == 0 and len(errors) == 1 and "--kept_out" in errors[0]
    (folder / "kept_out.png").unlink()
    assert answer(main, twin, folder, "--scale", 2)[2] == []


def test_broken_files_are_named_and_the_rest_is_scored(answer, twin, folder):
    (folder / "broken.png").write_bytes(b"\x89PNG and no more")
    (folder / "kept_out.png").unlink()
    code, out, errors = answer(main, twin, folder, "--scale", 2)
    assert code == 1 and len(errors) == 1 and "broken.png" in errors[0]
    assert any(line.startswith("| network 1 ") for line in out)


def test_a_single_pixel_is_scored(answer, twin, tmp_path):
    cv2.imwrite(str(tmp_path / "dot.png"), np.full((1, 1, 3), 77, np.uint8))
    code, out, _ = answer(main, twin, tmp_path, "--scale", 2)
    assert code == 0 and not any("nan" in line or "inf" in line for line in out)


@pytest.mark.parametrize(
    "arguments",
    [
        ["NETWORK"],
        ["NETWORK", "missing"],
        ["missing.tflite", "FOLDER"],
        ["FOLDER/a.png", "FOLDER"],
        ["NETWORK", "FOLDER", "--scale", "1"],
        ["NETWORK", "FOLDER", "--scale", "nan"],
        ["NETWORK", "FOLDER", "--loop", "0"],
        ["missing.tflite", "FOLDER", "--kept_out"],
    ],
)
def test_a_mistake_ends_in_one_line_and_code_2(answer, twin, folder, arguments):
    words = [
        word.replace("NETWORK", str(twin)).replace("FOLDER", str(folder)) for word in arguments
    ]
    code, _, errors = answer(main, *words)
    assert code == 2 and len(errors) == 1 and errors[0].startswith("error: ")


def test_table_is_aligned_and_complete(tmp_path):
    def row(method, factor, psnr):
        values = method, "", factor, 1, 3, psnr, psnr / 100, factor / 100
        return dict(zip(COLUMNS, values, strict=True))

    rows = [row("short", 1.5, 30.125), row("quite long", 1.5, 9.5)]
    rows += [row("short", 2.5, 28.0), row("quite long", 2.5, 8.5)]
    lines = table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["method", "dB x1.5", "dB x2.5", "SSIM x1.5", "SSIM x2.5", "s / image"]
    assert cells[2] == ["short", "30.12", "28.00", "0.3013", "0.2800", "0.0200"]
    assert cells[3] == ["quite long", "9.50", "8.50", "0.0950", "0.0850", "0.0200"]

    write_csv(tmp_path / "rows.csv", rows)
    with open(tmp_path / "rows.csv", newline="") as file:
        assert list(csv.DictReader(file)) == [{k: str(v) for k, v in row.items()} for row in rows]
