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

    file: str
    tests: str  # of tests/, without test_ and .py
    what: str
    right: str
    wrong: str


# the file of srpoke/, the tests where they have another name, what is broken; right and wrong
FAULTS = """\
training.py -> batches: the same patches every epoch
    rng([recipe.seed, self.epoch, index, place])
    rng([recipe.seed, index, place])
alpha.py: a hard edge stays hard
    return np.maximum(soft, lines).clip(0, most)
    return alpha
alpha.py: lines become half transparent
    np.maximum(soft, lines)
    np.maximum(soft, 0 * lines)
layers.py: a softened edge reaches farther out
    original, grey = wrapped(to_float(image[..., 3]), around), is_grey(colours)
    original, grey = softened(wrapped(to_float(image[..., 3]), around)), is_grey(colours)
undoing.py: a layout on a grid is taken for squares
    (len(places) - 1) * side >= SHARE * np.ptp(places)
    True
undoing.py: opacity is not given back
    most_opaque(image, settings) / np.iinfo(image.dtype).max)
    1)
undoing.py: squares of a texture count
    if settings.wrap or settings.pad == "before":
    if settings.pad == "before":
pipeline.py -> undoing: what gets no larger is drawn anew
    square=square_of([image], settings) if grows else 1)
    square=square_of([image], settings))
material.py -> train: nobody is told of a blank folder
    if not any(map(is_drawn,
    if not any(map(np.any,
training.py: patches are chosen by colours that cannot be seen
    [without_hidden(to_bgra(image)) for image in learnt]
    [to_bgra(image) for image in learnt]
arguments.py -> cli: folders swallow the paths behind them
    (lambda word: True) if action.type in (user_path, None) else is_number
    is_number
network.py -> cli: a network of ours without metadata is the original's
    if metadata is None and model.input_shape[-1] > 3:
    if metadata is None and model.input_shape[-1] > 30:
pictures/page.py -> page: a page is checked for its first loop alone
    check_size(engine, image, factor, loops[factor], Settings(), max_pixels)
    check_size(engine, image, factor, 1, Settings(), max_pixels)
windows.py -> patches: the flattest patch
    max(places, key=lambda place: place[0])
    min(places, key=lambda place: place[0])
training.py -> batches: no warm-up
    warmup_steps=warm_up
    warmup_steps=1
training.py -> batches: no decay
    0.0, max(1, steps - warm_up)
    0.0, 10**9 + (steps - warm_up)
optimizer.py: no momentum
    MOMENTUM * momentum + g
    0 * momentum + g
training.py -> batches: no clipping
    Muon(schedule, global_clipnorm=1.0)
    Muon(schedule)
training.py -> split: another split
    default_rng(0).permutation
    default_rng(1).permutation
windows.py -> patches: no margin round a window
    margin + rng.integers(0, 8, size=2)
    rng.integers(0, 1, size=2)
tools.py -> patches: no mirrored views in training
    rng.random(), side="right"), rng.integers(8)
    rng.random(), side="right"), rng.integers(4)
validation.py: all images by one kernel
    zip(self.images, cycle(names), strict=False)
    zip(self.images, cycle(names[:1]), strict=False)
evaluation.py -> evaluate: only the first network counts
    left = unseen(left, metadata)
    left = unseen(left, metadata) if path == networks[0] else left
layers.py: grey is one channel
    colours.mean(axis=2)
    colours[..., 0]
pictures/training.py -> training_pictures: the curve upside down
    (high - np.array(line))
    (np.array(line) - low)
jpeg.py: every grid is that of a JPEG
    zeros(own) - np.max(
    zeros(own) - 0 * np.max(
jpeg.py: few flat colours are a JPEG
    evenness(own) < EVEN
    True
tools.py -> patches: JPEG is not told
    making._replace(origin=JPEG)
    making
geometry.py: views are not turned back
    -(k % 4))
    (k % 4))
back_projection.py -> pipeline: no back-projection
    ROUNDS = 2
    ROUNDS = 0
back_projection.py -> pipeline: rims beside hard edges
    2 / 255, 8  # small
    2 / 255, 26  # small
back_projection.py -> pipeline: no highlight of one pixel
    2 / 255, 8  # small
    2 / 255, 1  # small
back_projection.py -> pipeline: a thin line changes its colour
    held &= ~beyond
    held &= ~beyond | True
back_projection.py -> pipeline: no limit without one in all channels
    exceeds(sharp[..., channel], resize
    exceeds(9 * sign, resize
targets.py: half a pixel off is on the grid
    max(ALIKE, *moved)
    ALIKE
record.py -> infer: any picture's result is this one's
    or of == checksum_of(source)
    or of
training.py -> split: a sprite's twin is no secret
    not in unseen] or training
    != ""]
course.py -> pipeline: little is drawn at its size
    LITTLE = 1.6
    LITTLE = 1.0
course.py -> pipeline: own work is drawn twice as large like any other
    LITTLE_OWN if drawn and engine.knows_own else LITTLE
    LITTLE
course.py -> pipeline: sizes drift
    n * factor**loop + 0.5
    n * factor**loop
tools.py: truncated colours
    scaled += 0.5
    scaled += 0
kernels.py: a wider box
    (1 + pixel) / 2 -
    (1 + pixel) / 1.9 -
pipeline.py -> told: own work is told as the first picture
    first, settings), True
    first, settings), drawn
pipeline.py -> told: real sprites are told the same at all factors
    CRISPER = 0.3
    CRISPER = 0
own.py: the teacher is as hasty as its pupil
    (math.sqrt(factor),)
    (factor,)
training.py -> batches: taught before there is anything to teach
    TAUGHT_FROM = 0.3
    TAUGHT_FROM = 0
recipe.py -> batches: taught by steps that it does not know
    REACH = 0.85
    REACH = 0.5
style.py: pictures go to the network that does not suit them
    log_odds(open_classifier(engine.file), image) > 0
    log_odds(open_classifier(engine.file), image) < 0
style.py: every place of a picture counts as much
    np.exp(weights - weights.max())
    np.ones(len(weights))
pipeline.py -> style: a picture is judged by hidden colours
    engine = suited(engine, colours)
    engine = suited(engine, np.float32(image[..., :3]) / 255)
style.py: results do not depend on the other network, nor what was held out of it
    [network, other_file(network)] if
    [network] if
style.py: results do not depend on the network for pixel area
    for area in map(area_file, drawing)
    for area in []
style.py: results do not depend on networks for passes
    for own in own_factors(each)
    for own in []
style.py: passes by nearly a factor go to its network
    <= CLOSE
    <= 10 * CLOSE
pipeline.py -> style: no pass has a network of its own
    suited_factor(engine, stretch_factor((height, width), image.shape))
    engine
pipeline.py -> style: what is shrunk again is drawn crisply
    replace(engine, leaves_factors=())
    engine
style.py: a JPEG of what pixel area made goes to who knows no JPEG
    making == BY_AREA
    making and making.softness == BY_AREA.softness
style_training.py: whatever is learnt from is no smaller than it was
    rng, factor, MARGIN
    rng, 1.0, MARGIN
style_training.py: channels change places after JPEG
    colours = np.take(colours, rng.permutation(3), axis=2)
    colours = np.take(colours, [0, 1, 2], axis=2)
images.py -> files: odd metadata costs the picture
    if not data and metadata
    if False
jobs.py: earlier results deep in a folder are sources
    path.parent != folder and read_record(path)
    False
bmp.py -> files: bytes that are no colour are alpha
    struct.pack("<I", 0) + data
    struct.pack("<I", 3) + data
pipeline.py -> style: level edges are none
    for axis in (0, 1))
    for axis in (1,))
training.py: soft pictures teach
    or is_soft(metadata["making"])
    or False
finding.py: everything is soft
    RELIABLY = 0.6
    RELIABLY = 0.0
engine.py -> finding: a box is never found
    box_below: float = 0.95
    box_below: float = 0.1
finding.py: box folders are soft
    = (50, 0.68)
    = (50, 0.5)
several.py: all processes make the first share
    self.rank * size
    0
metadata.py -> engine: a damaged export is run
    if "sha256" in metadata and
    if False and
tools.py -> kernels: hidden colours leak
    image[..., :3] * alpha, alpha]
    image]
composing.py -> frames: what controlled the frame before holds on
    control = NO_CONTROL
    pass
composing.py -> frames: nothing is restored
    canvas = before
    pass
training.py -> split: drawings of held-out files
    not in unseen}
    }
registration.py: a picture is placed by correlation alone
    affine = affine @ np.vstack
    affine @ np.vstack
layers.py: what is drawn anew has colour and alpha apart
    or making.origin != DRAWN_ANEW
    or making
layers.py: what is seen on black is told as that on white
    on_ground(image, colours, around, (0, 0, 0))
    on_ground(image, colours, around, (1, 1, 1))
layers.py: a result changes what the next loop enlarges
    black[band].copy()
    black[band]
layers.py: cracks along outlines
    np.maximum(parts[1], solid[band])
    parts[1]
registration.py: a truth without the drop shadow of its sprite
    image - shade(shadow, large, affine, size, scale) if shadow else image
    image
shadow.py -> registration: a rim is taken for a shadow
    far & (fit >= PALEST)
    fit >= PALEST
"""


def faults() -> list[Fault]:
    """Return what FAULTS describes."""
    lines = FAULTS.splitlines()
    found = []
    for where, right, wrong in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        place, _, what = where.partition(": ")
        file, _, tests = place.partition(" -> ")
        found.append(Fault(file, tests or Path(file).stem, what, right.strip(), wrong.strip()))
    return found


def survives(fault: Fault, project: Path) -> bool:
    """Break the copy, run the tests, mend it; whether they all passed."""
    path = project / "srpoke" / fault.file
    whole = path.read_text(encoding="utf-8")
    if fault.right not in whole:
        raise SystemExit(f"error: {fault.file} no longer has: {fault.right}")
    path.write_text(whole.replace(fault.right, fault.wrong), encoding="utf-8")
    files = [f"tests/test_{name}.py" for name in fault.tests.split()]
    options = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, *files]
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
        for fault in faults():
            alive = survives(fault, project)
            survivors += alive
            print(f"{'SURVIVES' if alive else 'noticed '} {fault.what}", flush=True)
    print(f"{survivors} of {len(faults())} faults survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
