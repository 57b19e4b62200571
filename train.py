"""Train a network on a folder of images: each image is its own target, no originals are needed.

    python3 train.py dataset/creatures/
    python3 train.py ./dataset/sugimori/ --nn_filters 64 64 64 --nn_kernels 7 5 3 1 \
        --n_epochs=20 --label="_color" --patch_size=50

Writes NN/NN_[(filters, kernel), ...]_<last kernel><label>_E<epochs>.keras, its TFLite export, which
runs without TensorFlow, and its .csv history; curve and previews go to img/train/.
"""

import argparse
import logging
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from srpoke.arguments import (
    Parser,
    enlarging,
    keras_path,
    natural,
    positive_float,
    positive_int,
    quality,
    seed,
    share,
    side,
    user_path,
)
from srpoke.cli import LogLines, complain, one_line_errors, reason, tell, tell_lines
from srpoke.errors import UserError
from srpoke.files import check_writable
from srpoke.geometry import INTERPOLATIONS
from srpoke.kernels import MIXES
from srpoke.material import load_material
from srpoke.metadata import (
    NETWORK_SUFFIXES,
    free_path,
    helpers_of,
    network_name,
    read_start,
)
from srpoke.network import check_stack
from srpoke.recipe import TUNING_RATE, Recipe, check_patch, has_bfloat16, usual_patch
from srpoke.several import Group, check_group, join, own_files, usual, usual_address

USUAL = Recipe()
DRAWINGS_HELP = "folders of more, larger images; one named twice counts twice"
TARGETS_HELP = "folders of larger pictures of the same names"
PATCH_HELP = f"side of a patch in px (default: {USUAL.patch_size}, less for small pictures)"
FILTERS_HELP = f"filters of the first k layers (default: {' '.join(map(str, USUAL.filters))})"
KERNELS_HELP = f"kernel widths of all k + 1 layers (default: {' '.join(map(str, USUAL.kernels))})"
INHERITED = {"scale": "factors", "interpolation": "interpolation", "mix": "mix", "jpeg": "jpeg"}
SCALE_HELP = "factors to learn; one named twice is seen more"
SCALE_HELP += f" (default: {' '.join(f'{factor:g}' for factor in USUAL.factors)})"
STRETCH_HELP = f"how images are stretched (default: {USUAL.interpolation})"
MIX_HELP = "kernels that small images are made by; web has soft ones more often, area no others "
MIX_HELP += f"(default: {USUAL.mix})"
JPEG_HELP = "two qualities, such as 40 95: a fifth of the small images becomes JPEG"
NO_JPEG_HELP = "no small image does, also where the network to fine-tune learnt so"
RATE_HELP = "highest rate of the schedule "
RATE_HELP += f"(default: {USUAL.learning_rate}, with --fine_tune {TUNING_RATE})"
FINE_TUNE_HELP = "best, art, default or a .keras file to start from: its layers stay, and its "
FINE_TUNE_HELP += f"{', '.join(f'--{option}' for option in INHERITED)} are the defaults"
PRECISIONS = ["auto", "float32", "bfloat16"]
OVERWRITE_HELP = "replace a network, or interrupted run, of that name"
KEEP_HELP = "share of its weights, 0 to 1, that --fine_tune goes back to at the end"
PROCESSES_HELP = "how many train together on JAX, one on each machine; Slurm and torchrun tell"


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("img_path", type=user_path, metavar="IMG_PATH", help="folder with the images to learn from")
    add("--drawings", type=user_path, nargs="+", default=[], help=DRAWINGS_HELP)
    add("--targets", type=user_path, nargs="+", default=[], help=TARGETS_HELP)
    layers = {"type": side, "nargs": "+"}
    add("--nn_filters", **layers, help=FILTERS_HELP)
    add("--nn_kernels", **layers, help=KERNELS_HELP)
    add("--n_epochs", type=positive_int, default=USUAL.epochs, help="passes over the folder")
    add("--name", help="name of the network file, instead of one made of layers, label and epochs")
    add("--label", default="", help="text in the name of the network file")
    add("--patch_size", type=side, help=PATCH_HELP)
    add("--k_patch", type=positive_int, default=USUAL.k_patch, help="patches per image and epoch")
    add("--batch_size", type=positive_int, default=USUAL.batch_size, help="patches per step")
    add("--scale", type=enlarging, nargs="+", help=SCALE_HELP)
    add("--interpolation", choices=INTERPOLATIONS, help=STRETCH_HELP)
    add("--mix", choices=MIXES, help=MIX_HELP)
    add("--jpeg", type=quality, nargs=2, metavar=("LOWEST", "HIGHEST"), help=JPEG_HELP)
    add("--no_jpeg", dest="jpeg", action="store_const", const=[], help=NO_JPEG_HELP)
    add("--learning_rate", type=positive_float, help=RATE_HELP)
    add("--plain", action="store_true", help="the original's network: no skip, no phase planes")
    add("--precision", choices=PRECISIONS, default="auto", help="of the arithmetic")
    add("--seed", type=seed, default=USUAL.seed, help="equal seeds give equal weights")
    add("--save_path", type=user_path, default=Path("NN"), help="folder for the network files")
    add("--picture_path", type=user_path, default=Path("img/train"), help="for curve, previews")
    add("--overwrite", action="store_true", help=OVERWRITE_HELP)
    add("--resume", action="store_true", help="go on with an interrupted run")
    add("--fine_tune", type=keras_path, metavar="NETWORK", help=FINE_TUNE_HELP)
    add("--keep", type=share, default=USUAL.keep, metavar="SHARE", help=KEEP_HELP)
    processes = usual("WORLD_SIZE", "SLURM_STEP_NUM_TASKS", otherwise="1")
    add("--processes", type=positive_int, default=processes, help=PROCESSES_HELP)
    rank = usual("RANK", "SLURM_PROCID", otherwise="0")
    add("--rank", type=natural, default=rank, help="number of this process; 0 writes the network")
    add("--address", default=usual_address(), help="HOST:PORT at which process 0 can be reached")
    args = parser.parse_args(argv)
    if args.learning_rate is None:
        args.learning_rate = TUNING_RATE if args.fine_tune else USUAL.learning_rate
    return args


def settle(args: argparse.Namespace) -> dict:
    """Return build_network's arguments: those of --fine_tune's file, or those of the command line.

    What `args` leave open becomes what that file learnt by, or what is usual. Raises UserError for
    a stack that cannot be built, before TensorFlow is imported.
    """
    start = read_start(args.fine_tune) if args.fine_tune else {}
    learnt = asdict(USUAL) | start.get("recipe", {})
    for option, name in INHERITED.items():
        if getattr(args, option) is None:
            setattr(args, option, learnt[name])
    args.jpeg = args.jpeg or None
    if args.fine_tune and (args.nn_filters or args.nn_kernels or args.plain):
        raise UserError("--fine_tune keeps the layers: without --nn_filters, --nn_kernels, --plain")
    if args.fine_tune:
        network = {key: value for key, value in start["network"].items() if key != "shrink"}
        return {**network, "told": not network["plain"]}
    filters, kernels = args.nn_filters or USUAL.filters, args.nn_kernels or USUAL.kernels
    check_stack(filters, kernels)
    return {
        "filters": filters,
        "kernels": kernels,
        "plain": args.plain,
        "phase": not args.plain,
        "told": not args.plain,
    }


def summary(args: argparse.Namespace, network: dict, precision: str, target: Path) -> str:
    """Return what a run does with what, beside its pictures, for people to read."""
    patches = f"{args.k_patch} patches of {args.patch_size} px per image"
    factors = " ".join(f"{factor:g}" for factor in args.scale)
    schedule = f"rate {args.learning_rate:g}, seed {args.seed}, {precision}"
    return "\n".join(
        [
            f"network: filters {' '.join(map(str, network['filters']))}, "
            f"kernels {' '.join(map(str, network['kernels']))}"
            + (", plain" if network["plain"] else "")
            + (f", from {args.fine_tune}" if args.fine_tune else ""),
            f"factors: {factors}, {args.interpolation}, mix {args.mix}"
            + (f", JPEG {args.jpeg[0]} to {args.jpeg[1]}" if args.jpeg else ""),
            f"epochs: {args.n_epochs} of {patches}, {args.batch_size} a step; {schedule}",
            f"writes: {target}",
        ]
    )


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    group = Group(args.processes, args.rank, args.address)
    check_group(group)
    with redirect_stdout(None if group.rank else sys.stdout):
        return run(args, group)


def run(args: argparse.Namespace, group: Group) -> int:
    """Train as one of a group, and return the exit code."""
    log = logging.getLogger("srpoke")
    log.setLevel(logging.ERROR if group.rank else logging.INFO)
    log.handlers = [LogLines(sys.stdout)]
    log.propagate = False  # the converter gives the root logger a handler: lines would come twice
    network = settle(args)
    check_patch(args.patch_size or USUAL.patch_size, network)
    if args.jpeg and args.jpeg[0] > args.jpeg[1]:
        raise UserError(f"--jpeg {args.jpeg[0]} {args.jpeg[1]}: the lowest quality comes first")
    if args.keep and not args.fine_tune:
        raise UserError(f"--keep {args.keep:g} needs --fine_tune: there is nothing to keep of")
    name = args.name or network_name(network, args.label, args.n_epochs)
    if Path(name).suffix.lower() in NETWORK_SUFFIXES:  # --name mine.keras
        name = name[: -len(Path(name).suffix)]
    wanted = args.save_path / f"{name}.keras"
    if wanted.suffix != ".keras" or set(wanted.stem) == {"."}:
        raise UserError(f"--name {args.name} is no name of a file")
    target = free_path(wanted, args.resume or group.rank > 0, args.overwrite)
    if args.keep and target.resolve() == args.fine_tune.resolve():
        raise UserError(f"--keep goes back to {target}, which this run would replace: name another")
    if target != wanted:
        tell(f"{wanted} is there already, and stays: this run is {target}")
    for helper in helpers_of(target):
        tell(
            f"warning: {helper} takes work away from the network of this name; "
            "delete it if this one is to draw all"
        )
    folders = [args.img_path, *args.drawings, *args.targets]
    material = load_material(args.img_path, args.drawings, args.targets, args.scale)
    for failure in material.failures:
        complain(f"skipped: {failure}")
    if args.patch_size is None:
        shown = chain(material.images.values(), material.drawings.values())
        args.patch_size = usual_patch(shown, network)
    bfloat16 = args.precision == "bfloat16" or (args.precision == "auto" and has_bfloat16())
    pictures = args.picture_path / Path(name).parent / target.stem
    for folder in (target.parent, pictures):  # what cannot be written is known at once
        check_writable(folder)
    join(group, args.batch_size)

    from srpoke.training import train

    recipe = Recipe(
        **network,
        factors=args.scale,
        interpolation=args.interpolation,
        mix=args.mix,
        jpeg=args.jpeg,
        patch_size=args.patch_size,
        batch_size=args.batch_size,
        k_patch=args.k_patch,
        epochs=args.n_epochs,
        learning_rate=args.learning_rate,
        seed=args.seed,
        keep=args.keep,
        precision="mixed_bfloat16" if bfloat16 else "float32",
    )
    tell(f"images: {', '.join(material.told)}")
    tell_lines(summary(args, network, recipe.precision, target))
    try:
        with own_files(target, group, args.resume) as path:
            state = train(
                material.images,
                recipe,
                path,
                drawings=material.drawings,
                targets=material.targets,
                resume=args.resume,
                start=args.fine_tune,
                pictures=None if group.rank else pictures,
                folders=[folder.resolve().name for folder in folders],
                group=group,
            )
    except OSError as error:  # a full disk, most of the time
        raise UserError(f"{reason(error)}; the same command with --resume goes on") from None
    if state == "nan":
        complain("error: the loss is not a number; try a lower --learning_rate")
        return 1
    if state == "interrupted":
        complain("interrupted; the same command with --resume goes on")
        return 130
    return 1 if material.failures else 0


if __name__ == "__main__":
    sys.exit(main())
