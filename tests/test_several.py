"""Training in several processes: who they are, what each writes, and that they equal one."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

import train
from srpoke.images import write_image
from srpoke.metadata import read_metadata
from srpoke.network import load_network
from srpoke.recipe import Recipe
from srpoke.several import Group, own_files

VARIABLES = ("WORLD_SIZE", "RANK", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_USE_AGENT_STORE")
VARIABLES += ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_STEP_NODELIST")
TORCHRUN = {"WORLD_SIZE": "4", "RANK": "3", "MASTER_ADDR": "node1", "MASTER_PORT": "2950"}
SLURM = {"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "5", "SLURM_STEP_NODELIST": "node[1-8]"}


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "argv", "group"),
    [
        ({}, [], Group(1, 0, None)),
        (TORCHRUN, [], Group(4, 3, "node1:2950")),
        (TORCHRUN | {"TORCHELASTIC_USE_AGENT_STORE": "True"}, [], Group(4, 3, "node1:2951")),
        (SLURM, [], Group(8, 5, None)),
        (SLURM, ["--address", "node1:99"], Group(8, 5, "node1:99")),
        (SLURM | TORCHRUN, ["--processes", "9", "--rank", "0"], Group(9, 0, "node1:2950")),
    ],
)
def test_a_process_knows_its_place_from_its_launcher(monkeypatch, environment, argv, group):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    args = train.parse(["in", *argv])
    assert Group(args.processes, args.rank, args.address) == group


@pytest.mark.parametrize(
    ("backend", "argv", "words"),
    [
        ("jax", "--processes 2 --rank 2 --address a:1", ["--rank 2", "--processes 2"]),
        ("jax", "--rank 1", ["--rank 1", "--processes 1"]),
        ("jax", "--processes 2", ["--address"]),
        ("tensorflow", "--processes 2 --address a:1", ["KERAS_BACKEND=jax"]),
        ("torch", "--processes 2 --address a:1", ["KERAS_BACKEND=jax"]),
    ],
)
def test_what_is_no_group_is_told_in_a_line(
    answer, tmp_path, monkeypatch, no_tensorflow, backend, argv, words
):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    code, out, (line,) = answer(train.main, tmp_path, *argv.split())
    assert (code, out) == (2, [])
    assert all(word in line for word in words)


def test_shares_are_the_batch():
    shares = [Group(3, rank).share(12) for rank in range(3)]
    assert [place for share in shares for place in share] == list(range(12))
    assert list(Group().share(5)) == list(range(5))


def test_processes_make_the_patches_of_one(sprites):
    from srpoke.training import PatchPairs

    recipe = Recipe([4], [3, 3], patch_size=16, batch_size=6)
    opaque = list(sprites.values())
    whole = PatchPairs(opaque, [], recipe)[3]
    parts = [PatchPairs(opaque, [], recipe, Group(2, rank).share(6))[3] for rank in (0, 1)]
    for all_patches, *shares in zip(whole, *parts, strict=True):
        np.testing.assert_array_equal(all_patches, np.concatenate(shares))
        assert len(shares[0]) == 3 and not np.array_equal(*shares)


def test_the_first_process_alone_writes_where_it_was_told(tmp_path):
    path = tmp_path / "a.keras"
    path.with_suffix(".backup").mkdir()
    (path.with_suffix(".backup") / "state").write_text("weights")
    path.with_suffix(".csv").write_text("rows")
    with own_files(path, Group(2, 0), resume=True) as own:
        assert own == path
    for resume in (True, False):
        with own_files(path, Group(2, 1), resume) as own:
            assert own.name == path.name and own.parent != path.parent
            assert (own.with_suffix(".backup") / "state").exists() == resume
            assert own.with_suffix(".csv").exists() == resume
            own.write_text("mine")
        assert not own.exists()
    assert not path.exists()


INTERRUPTED = """
import sys
import train
from srpoke.training import Backup

def stop(self, epoch, logs, save=Backup.on_epoch_end):
    save(self, epoch, logs)
    raise KeyboardInterrupt

Backup.on_epoch_end = stop
sys.exit(train.main())
"""


@pytest.fixture
def together(repository, tmp_path, sprites):
    """A function: program, processes, further arguments -> exit codes, outputs, NN/<name>.keras."""
    for name, image in sprites.items():
        write_image(tmp_path / "in" / name, image)
    argv = "--nn_filters 8 --nn_kernels 3 3 --n_epochs 2 --k_patch 8 --batch_size 4 --patch_size 16"
    argv = [tmp_path / "in", *argv.split(), "--precision", "float32", "--learning_rate", "0.05"]

    def run(program, processes, *further):
        environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        started = []
        for rank in range(processes):
            place = "--processes", processes, "--rank", rank, "--address", address
            command = [sys.executable, *program, *argv, *further, *place]
            command += ["--save_path", tmp_path / "NN", "--picture_path", tmp_path / "img"]
            streams = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            command = [*map(str, command)]
            started.append(subprocess.Popen(command, cwd=repository, env=environment, **streams))
        outputs = [process.communicate(timeout=300) for process in started]
        return [process.returncode for process in started], [out for out, _ in outputs]

    return run


@pytest.mark.slow
def test_two_interrupted_and_resumed_processes_equal_one(together, tmp_path):
    pytest.importorskip("jax")
    codes, (told,) = together(["train.py"], 1, "--name", "one")
    assert codes == [0] and told.count("epoch ") == 2
    codes, (told, silent) = together(["-c", INTERRUPTED], 2, "--name", "two")
    assert codes == [130, 130] and told.count("epoch ") == 1 and "images" not in silent
    codes, (told, silent) = together(["train.py"], 2, "--name", "two", "--resume")
    assert codes == [0, 0] and told.count("epoch ") == 1 and "images" not in silent
    one, two = (load_network(tmp_path / f"NN/{name}.keras") for name in ("one", "two"))
    for first, second in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-5)
    both = [read_metadata(tmp_path / f"NN/{name}.keras") for name in ("one", "two")]
    assert both[0]["learnt_from"] == both[1]["learnt_from"]
    assert [len(metadata["history"]) for metadata in both] == [2, 2]
    assert sorted(path.name for path in (tmp_path / "NN").iterdir()) == [
        *("one.csv", "one.keras", "two.csv", "two.keras")
    ]


@pytest.mark.slow
def test_a_batch_that_cannot_be_shared_is_told(together, monkeypatch):
    """Nor between the cards of one machine, which two parts of a processor stand for here."""
    pytest.importorskip("jax")
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
    (code,), (told,) = together(["train.py"], 1, "--batch_size", "3")
    assert code == 2 and "epoch " not in told
