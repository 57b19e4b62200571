"""Break the code on purpose, one fault at a time, and say which faults no test notices.

    python3 -m tests.mutants

Each fault is a change of one line, and the test files that have to fail with it. A copy of the
project is broken, not the project.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple


class Fault(NamedTuple):
    """What is broken, where, and by whom it should be noticed."""

    what: str
    file: str
    right: str
    wrong: str
    tests: str  # of tests/, without test_ and .py


FAULTS = [
    Fault(
        "the same patches every epoch",
        "training.py",
        "rng([recipe.seed, self.epoch, index, place])",
        "rng([recipe.seed, index, place])",
        "training",
    ),
    Fault(
        "the flattest patch",
        "tools.py",
        "max(places, key=lambda place: place[0])",
        "min(places, key=lambda place: place[0])",
        "patches",
    ),
    Fault("no warm-up", "training.py", "warmup_steps=warm_up", "warmup_steps=1", "training"),
    Fault(
        "no decay",
        "training.py",
        "0.0, max(1, steps - warm_up)",
        "0.0, 10**9 + (steps - warm_up)",
        "training",
    ),
    Fault(
        "no momentum", "optimizer.py", "MOMENTUM * momentum + g", "0 * momentum + g", "optimizer"
    ),
    Fault(
        "no clipping", "training.py", "Muon(rate, global_clipnorm=1.0)", "Muon(rate)", "training"
    ),
    Fault(
        "another split",
        "training.py",
        "default_rng(0).permutation",
        "default_rng(1).permutation",
        "training",
    ),
    Fault(
        "no margin round a window",
        "tools.py",
        "margin + rng.integers(0, 8, size=2)",
        "rng.integers(0, 1, size=2)",
        "patches",
    ),
    Fault(
        "no mirrored views in training",
        "tools.py",
        'rng.random(), side="right"), rng.integers(8)',
        'rng.random(), side="right"), rng.integers(4)',
        "patches",
    ),
    Fault(
        "all images by one kernel",
        "validation.py",
        "zip(self.images, cycle(names), strict=False)",
        "zip(self.images, cycle(names[:1]), strict=False)",
        "validation",
    ),
    Fault(
        "only the first network counts",
        "evaluation.py",
        "left = unseen(left, metadata)",
        "left = unseen(left, metadata) if path == networks[0] else left",
        "evaluate",
    ),
    Fault(
        "grey is one channel",
        "layers.py",
        "colours.mean(axis=2)",
        "colours[..., 0]",
        "pipeline",
    ),
    Fault(
        "the curve upside down",
        "pictures/training.py",
        "(high - np.array(line))",
        "(np.array(line) - low)",
        "training_pictures",
    ),
    Fault(
        "views are not turned back",
        "geometry.py",
        "-(k % 4))",
        "(k % 4))",
        "geometry",
    ),
    Fault("no back-projection", "back_projection.py", "ROUNDS = 2", "ROUNDS = 0", "pipeline"),
    Fault("sizes drift", "pipeline.py", "n * factor**loop + 0.5", "n * factor**loop", "pipeline"),
    Fault("truncated colours", "tools.py", "scaled += 0.5", "scaled += 0", "tools"),
    Fault("a wider box", "kernels.py", "(1 + pixel) / 2 -", "(1 + pixel) / 1.9 -", "kernels"),
    Fault(
        "own work is told as the first picture",
        "pipeline.py",
        "image, settings), True",
        "image, settings), drawn",
        "pipeline",
    ),
    Fault(
        "everything is soft",
        "finding.py",
        "RELIABLY = 0.6",
        "RELIABLY = 0.0",
        "finding",
    ),
    Fault("a box is never found", "finding.py", "CLEARLY = 0.95", "CLEARLY = 0.1", "finding"),
    Fault("box folders are soft", "finding.py", "= (50, 0.68)", "= (50, 0.5)", "finding"),
    Fault("all processes make the first share", "several.py", "self.rank * size", "0", "several"),
    Fault(
        "a damaged export is run",
        "metadata.py",
        'if "sha256" in metadata and',
        "if False and",
        "engine",
    ),
    Fault("hidden colours leak", "tools.py", "image[..., :3] * alpha, alpha]", "image]", "kernels"),
    Fault("drawings of held-out files", "training.py", "not in unseen}", "}", "training"),
]


def survives(fault: Fault, project: Path) -> bool:
    """Break the copy, run the tests, mend it; whether they all passed."""
    path = project / "srpoke" / fault.file
    whole = path.read_text(encoding="utf-8")
    if fault.right not in whole:
        raise SystemExit(f"error: {fault.file} no longer has: {fault.right}")
    path.write_text(whole.replace(fault.right, fault.wrong), encoding="utf-8")
    files = [f"tests/test_{name}.py" for name in fault.tests.split()]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=project, capture_output=True)
    path.write_text(whole, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise SystemExit(f"error: {fault.what}: {done.stdout.decode()[-500:]}")
    return done.returncode == 0


def main() -> int:
    here = Path(__file__).parents[1]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(here, project, ignore=shutil.ignore_patterns(".git", ".venv", "sugimori"))
        for fault in FAULTS:
            alive = survives(fault, project)
            survivors += alive
            print(f"{'SURVIVES' if alive else 'noticed '} {fault.what}", flush=True)
    print(f"{survivors} of {len(FAULTS)} faults survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
