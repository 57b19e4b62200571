"""Upscale images with a trained network; transparency, depth and colours are kept.

    python3 infer.py best dataset/creatures/ --scale 4
    python3 infer.py "NN/NN_[(64, 7), (64, 5), (64, 3)]_1_color_E20.keras" sprite.png \
        --scale 1.5 --loop 2

Writes img/upscaled/<name>_f_<scale>_loop_<loop>.png (or _longest_<pixels>, _size_<size>); what is
not as usual is added to the name, and the network where another one's result is there already. A
.tflite network, and so a shipped one by its bare name, needs no TensorFlow.
"""

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from srpoke.arguments import (
    NETWORK_HELP,
    Parser,
    natural,
    network_path,
    number,
    part,
    pixels,
    positive_float,
    positive_int,
    sharpness,
    user_path,
)
from srpoke.cells import cell_size, each_cell
from srpoke.cli import TROUBLE, complain, exit_code, one_line_errors, skipped, tell
from srpoke.course import PADS, Settings, check_size, output_sizes
from srpoke.engine import Engine, load
from srpoke.errors import UserError
from srpoke.folders import IMAGE_SUFFIXES
from srpoke.frames import Animation, check_frames, check_target, read_animation, write_animation
from srpoke.geometry import INTERPOLATIONS, check_whole
from srpoke.images import HIDING, MAX_PIXELS, format_of
from srpoke.jobs import Job, identity, is_current, own_targets, part_of, plan_jobs, result_ending
from srpoke.layers import ALPHA
from srpoke.pipeline import as_one, decide, upscale
from srpoke.progress import track
from srpoke.record import checksum_of, record_of
from srpoke.style import alone, files_behind

LOOP_HELP = "how often the image is enlarged"
TILE_HELP = "side in pixels: less needs less memory"
MAX_PIXELS_HELP = "refuse larger images and results"
SHARPNESS_HELP = (
    "soft, normal, crisp, or -1 to 1: take the input for less or more blurred than it is"
)
ALPHA_HELP = "what the fourth channel is: transparency, or a mask, which hides no colour"
BACK_PROJECTION_HELP = "do not give the colours back that a pass has changed"
PART_HELP = "such as 3/16: only every 16th image from the third on, to share work among runs"
PAD_HELP = "after the stretch, for exact sizes; before it, as the original does: each loop grows"
CELL_HELP = "a sprite sheet: the size of its cells, such as 32x32; each is enlarged by itself"
GRID_HELP = "a sprite sheet: the number of its cells instead, columns x rows, such as 8x4"
ONLY_HELP = "do not leave pictures or passes to a network that suits them better, as `best` does"
WRAP_HELP = "a seamless texture, or cells that are: beyond an edge lies the opposite one"
FORMATS = {"apng": ".png", "webp": ".webp"}
FORMAT_HELP = "of results without --output: PNG, animated where the source is, or lossless WebP"
PAGE_HELP = "beside each result, a page with a slider between bicubic and it (its first frame)"
WEBP_SIDE = 16383  # px: a page holds its pictures as WebP
LONGEST_HELP = "instead of --scale: pixels along the longer side of the result"
SIZE_HELP = "instead of --scale: a size such as 512x300; the result is the largest that fits inside"
SKIP_HELP = "leave out images whose result, by the same network and options, is there and newer"
# what is read and where it goes; all other options are settings of the result
FILES = {"network", "images", "save_path", "output", "recursive", "skip_existing"}
FILES |= {"part", "format", "page", "tile", "max_pixels"}  # which change no result


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("network", type=network_path, metavar="NETWORK", help=NETWORK_HELP)
    add("images", type=user_path, nargs="+", metavar="IMAGE", help="images and folders of them")
    add("--scale", type=positive_float, default=2.0, help="enlargement, of each loop; above 0")
    add("--loop", type=number(int, 1, high=10_000), default=1, help=LOOP_HELP)
    add("--longest", type=positive_int, metavar="PX", help=LONGEST_HELP)
    add("--size", type=pixels, metavar="WxH", help=SIZE_HELP)
    add("--shrink_to", help=argparse.SUPPRESS)  # of version 1.0.0
    add("--fine", type=natural, default=0, help="further passes at the final size, for sharpness")
    add("--sharpness", type=sharpness, default=Settings.sharpness, help=SHARPNESS_HELP)
    add("--save_path", type=user_path, default=Path("img/upscaled"), help="folder for the results")
    add("-o", "--output", type=user_path, metavar="FILE", help="file for the result of one image")
    add("--format", choices=FORMATS, default="apng", help=FORMAT_HELP)
    add("--page", action="store_true", help=PAGE_HELP)
    add("--cell", type=pixels, metavar="WxH", help=CELL_HELP)
    add("--grid", type=pixels, metavar="CxR", help=GRID_HELP)
    add("--wrap", action="store_true", help=WRAP_HELP)
    add("--recursive", action="store_true", help="sub-folders too; results are sorted alike")
    add("--skip_existing", action="store_true", help=SKIP_HELP)
    add("--part", type=part, metavar="n/N", help=PART_HELP)
    add("--ensemble", action="store_true", help="mean of 8 flips and turns: better, 8x slower")
    add("--only", action="store_true", help=ONLY_HELP)
    add("--no_back_projection", action="store_true", help=BACK_PROJECTION_HELP)
    add("--pad", choices=PADS, default=Settings.pad, help=PAD_HELP)
    add("--interpolation", choices=INTERPOLATIONS, help="stretch so, not as in training")
    add("--tile", type=positive_int, default=Settings.tile, help=TILE_HELP)
    add("--alpha", choices=ALPHA, default=Settings.alpha, help=ALPHA_HELP)
    add("--strip", action="store_true", help="leave out colour profile, EXIF and XMP")
    add("--max_pixels", type=positive_int, default=MAX_PIXELS, help=MAX_PIXELS_HELP)
    args = parser.parse_args(argv)
    if args.shrink_to:
        parser.error(f"--shrink_to is gone: --scale {args.shrink_to} alone gives that size")
    if args.longest and args.size:
        parser.error("--size and --longest both name the final size: one is enough")
    scaled = args.scale != parser.get_default("scale") or args.loop > 1
    if (args.longest or args.size) and (scaled or args.pad == "before"):
        name = "longest" if args.longest else "size"
        parser.error(
            f"--{name} names the final size: no --scale, --loop or --pad before goes with it"
        )
    if args.cell and args.grid:
        parser.error("--cell and --grid both divide the sheet: one is enough")
    if args.pad == "before" and (args.cell or args.grid or args.wrap):
        parser.error("--pad before grows what it enlarges: not with --cell, --grid or --wrap")
    if args.page and (args.pad == "before" or args.alpha == "mask"):
        parser.error("--page goes with neither --pad before, which grows, nor --alpha mask")
    if args.output and args.output.suffix.lower() not in IMAGE_SUFFIXES:
        parser.error(f"--output {args.output} does not end as an image does, such as .png")
    ending = format_of(args.output) if args.output else FORMATS[args.format]
    if args.alpha == "mask" and ending in HIDING:
        parser.error(f"{ending} does not hold what --alpha mask keeps; .png does")
    args.settings = {
        name: value
        for name, value in vars(args).items()
        if name not in FILES and (name in ("scale", "loop") or value != parser.get_default(name))
    }
    return args


def plan(args: argparse.Namespace) -> list[Job]:
    """Return the images to read, each with the file to write."""
    ending = result_ending(args.settings, FORMATS[args.format])
    if not args.output:
        return plan_jobs(args.images, args.save_path, ending, args.recursive)
    jobs = plan_jobs(args.images, args.output.parent, ending, args.recursive)
    if len(jobs) != 1:
        raise UserError(f"--output names one result, but there are {len(jobs)} images")
    if identity(args.output) == identity(jobs[0].source):
        raise UserError(f"--output {args.output} is the image itself, which would be lost")
    return [jobs[0]._replace(target=args.output)]


def scale_of(args: argparse.Namespace, image: np.ndarray) -> float:
    """Return the factor that an image is enlarged by, in each loop."""
    height, width = image.shape[:2]
    if args.size:
        return min(args.size[0] / width, args.size[1] / height)
    return args.longest / max(height, width) if args.longest else args.scale


def upscale_file(engine: Engine, job: Job, args: argparse.Namespace, record: dict) -> str:
    """Upscale one file and return the line to print; one of TROUBLE says what is wrong with it."""
    settings = Settings(
        back_projection=not args.no_back_projection,
        ensemble=args.ensemble,
        pad=args.pad,
        alpha=args.alpha,
        tile=args.tile,
        sharpness=args.sharpness,
        wrap=args.wrap,
    )
    source = read_animation(job.source, args.max_pixels)
    first, count = source.frames[0], len(source.frames)
    size, scale = first.shape[:2], scale_of(args, first)
    check_size(engine, first, scale, args.loop, replace(settings, wrap=False), args.max_pixels)
    new_size = output_sizes(size, scale, args.loop, args.pad, engine.shrink)[-1]
    check_target(job.target, source, new_size)
    check_frames("the result", count, new_size, args.max_pixels)
    if args.page and not max(size) < max(new_size) <= WEBP_SIDE:
        shown = "x".join(map(str, new_size[::-1]))
        raise UserError(f"--page compares enlargements up to {WEBP_SIDE} px a side, not {shown}")
    cell = cell_size(size, *(each and each[::-1] for each in (args.cell, args.grid)))
    if args.cell or args.grid:
        check_whole(cell, scale**args.loop)
    part = first[: cell[0], : cell[1]]
    check_size(engine, part, scale, args.loop, settings, args.max_pixels, args.fine)
    if scale <= 1 and not args.fine:  # no network draws
        engine = alone(engine)
    asked = engine.is_helped
    if count > 1 or cell != size:
        engine, settings = as_one(engine, source.frames, settings)
    else:
        engine, settings = decide(engine, first, scale, args.loop, settings, args.fine)
    engine = replace(engine, interpolation=args.interpolation or engine.interpolation)
    enlarge = partial(
        upscale, engine, scale=scale, loops=args.loop, settings=settings, extra_passes=args.fine
    )
    results = [each_cell(enlarge, frame, cell) for frame in track(source.frames, "frame")]
    source = source._replace(metadata={}) if args.strip else source
    record = {**record, "source": checksum_of(job.source)}
    write_animation(job.target, results, source, record)
    pages = [page_of(job, source, results[0], scale, args.loop)] if args.page else []
    (height, width), (new_height, new_width) = size, new_size
    frames = f", {count} frames" if count > 1 else ""
    line = f"{job.source} ({width}x{height}{frames}) -> {job.target} ({new_width}x{new_height})"
    if scale > 1 and settings.square > 1:
        line += f", whose pixels were squares of {settings.square} px"
    line += f", by {engine.file.stem}" if asked else ""
    return ", ".join([line, *map(str, pages)])


def page_of(job: Job, source: Animation, result: np.ndarray, scale: float, loops: int) -> Path:
    """Write the page on the first frame, and return its path."""
    from srpoke.pictures.page import compare, write_page  # only where it is asked for

    path, first = page_path(job), source.frames[0]
    pair = compare(first, result, scale, loops, source.metadata)
    write_page(path, job.source.stem, first, [pair])
    return path


def page_path(job: Job) -> Path:
    """Return where the page on a result goes: a.png and a.webp each have one."""
    return job.target.with_name(f"{job.target.name}.html")


def is_done(job: Job, args: argparse.Namespace, record: dict) -> bool:
    """Whether all that is asked for is there already, and current."""
    if not is_current(job, record):
        return False
    page = page_path(job)
    return not args.page or (page.is_file() and page.stat().st_mtime >= job.target.stat().st_mtime)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    jobs = plan(args)
    if args.part:
        n, total = args.part
        jobs, count = part_of(jobs, n, total), len(jobs)
        if not jobs:
            tell(f"0 images: part {n}/{total} of {count}")
    engine = load(args.network)
    if args.only:
        engine = alone(engine)
    files = files_behind(engine.file) if engine.is_helped else [engine.file]
    record = record_of(files, args.settings)
    jobs = jobs if args.output else own_targets(jobs, record)
    failed = 0
    for n, job in enumerate(track(jobs, "image"), 1):
        counter = f"[{n}/{len(jobs)}]"
        try:
            if args.skip_existing and is_done(job, args, record):
                line = f"{job.target} exists"
            else:
                line = upscale_file(engine, job, args, record)
        except TROUBLE as error:
            failed += 1
            complain(f"{counter} {skipped(job.source, error)}")
        else:
            tell(f"{counter} {line}")
    if failed and len(jobs) > 1:
        complain(f"{failed} of {len(jobs)} images failed")
    return exit_code(failed, len(jobs))


if __name__ == "__main__":
    sys.exit(main())
