"""Make pictures such as the README shows, of any sprites.

    python3 extract_readme_images.py NN/default.tflite dataset/creatures/03_serpent.png
    python3 extract_readme_images.py NN/default.tflite dataset/creatures/01_fox.png --page

The first writes img/examples/<name>/raw.png, F<f>_L<loop>_{raw,clean,fine}.png and grid.png for
every factor f and loop; the others are --page, --strip, --halo and --recommendations.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from srpoke.arguments import NETWORK_HELP, Parser, network_path, positive_int, user_path
from srpoke.cli import one_line_errors, tell, tell_lines
from srpoke.course import PADS, Settings, check_size
from srpoke.engine import Engine, load
from srpoke.errors import UserError
from srpoke.images import MAX_PIXELS, read_image, write_image
from srpoke.jobs import Job, for_each, plan_jobs
from srpoke.pictures.examples import write_examples
from srpoke.pictures.page import every_factor, write_page
from srpoke.pictures.recommendations import write_recommendations
from srpoke.pictures.strips import STRIP_FACTOR, STRIP_LOOPS, halo, strip

EXAMPLES, RECOMMENDATIONS = Path("img/examples"), Path("img/recommendations")
FOLDERS = {"examples": EXAMPLES, "page": EXAMPLES, "strip": Path("img"), "halo": Path("img")}
FOLDERS |= {"recommendations": RECOMMENDATIONS}
DEFAULTS = "img/examples, img/recommendations or img"


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(__doc__)
    add = parser.add_argument
    add("network", type=network_path, metavar="NETWORK", help=NETWORK_HELP)
    add("images", type=user_path, nargs="*", metavar="IMAGE", help="images and folders of them")
    add("--save_path", type=user_path, help=f"folder for the results (default: {DEFAULTS})")
    add("--pad", choices=PADS, default=Settings.pad, help="as in infer.py; examples only")
    add("--max_pixels", type=positive_int, default=MAX_PIXELS, help="refuse larger results")
    which = parser.add_mutually_exclusive_group()
    for name, text in {
        "page": "instead: <name>/page.html, a before/after slider for any browser",
        "strip": "instead: strip.png, a row for each image: small, bicubic, upscaled",
        "halo": "instead: halo.png, transparent images over three backgrounds",
        "recommendations": "instead: pictures and a table from drawn creatures; takes no IMAGE",
    }.items():
        which.add_argument(f"--{name}", dest="set", action="store_const", const=name, help=text)
    args = parser.parse_args(argv)
    args.set = args.set or "examples"
    args.save_path = args.save_path or FOLDERS[args.set]
    if bool(args.images) == (args.set == "recommendations"):
        parser.error("--recommendations takes no IMAGE; everything else takes at least one")
    if args.pad == "before" and args.set != "examples":
        parser.error("--pad before is for the example files only")
    return args


def sprite_files(engine: Engine, args: argparse.Namespace, job: Job) -> None:
    """Write the files of one sprite into a folder of its own."""
    image = read_image(job.source, args.max_pixels)
    if args.set == "page":
        paths = [job.target / "page.html"]
        write_page(paths[0], job.target.name, image, every_factor(engine, image, args.max_pixels))
    else:
        paths = write_examples(engine, image, job.target, Settings(pad=args.pad), args.max_pixels)
    for written in paths:
        tell(written)


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parse(argv)
    if args.set == "recommendations":
        try:
            from dataset.draw_creatures import draw_creature
        except ImportError:
            raise UserError(
                "--recommendations draws creatures as only the project's folder can: in there, run "
                "extract_readme_images.py"
            ) from None
        tell_lines(write_recommendations(load(args.network), draw_creature, args.save_path))
        return 0
    jobs = plan_jobs(args.images, args.save_path, "", recursive=False)
    engine = load(args.network)
    if args.set in ("examples", "page"):
        return for_each(jobs, lambda job: sprite_files(engine, args, job))[1]

    def read(job: Job) -> np.ndarray:
        image = read_image(job.source, args.max_pixels)
        check_size(engine, image, STRIP_FACTOR, STRIP_LOOPS, Settings(), args.max_pixels)
        return image

    images, code = for_each(jobs, read)
    if images:
        target = args.save_path / f"{args.set}.png"
        write_image(target, {"strip": strip, "halo": halo}[args.set](engine, images))
        tell(target)
    return code


if __name__ == "__main__":
    sys.exit(main())
