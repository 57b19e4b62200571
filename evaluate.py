"""Score networks on a folder of images, beside plain interpolation: PSNR, SSIM, seconds per image.

    python3 evaluate.py NN/default.tflite dataset/creatures/
    python3 evaluate.py NN/best.tflite dataset/creatures/ --targets creatures_x2/ creatures_x4/

The first shrinks the images, laid on white, by kernels that makers of sprites use; the second takes
them as they are and compares with the true pictures of the same names. SSIM as in scikit-image.
"""

import sys

from srpoke.cli import one_line_errors
from srpoke.evaluation import STRETCHES, evaluate
from srpoke.scoring import load_sets, parser, report, score_networks


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    args = parser(__doc__).parse_args(argv)
    sets, failures = load_sets(args)
    rows = score_networks(args, sets)
    report(evaluate(STRETCHES, sets) + rows, args.csv)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
