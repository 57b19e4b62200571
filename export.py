"""Make TFLite exports of networks, which run without TensorFlow, from .keras files.

    python3 export.py NN/default.keras
    python3 export.py old/*.keras --save_path NN/

Writes <name>.tflite beside each file or into --save_path, as train.py does after training.
"""

import sys
from pathlib import Path

from srpoke.arguments import Parser, keras_path, user_path
from srpoke.cli import one_line_errors, tell
from srpoke.engine import check_network_file
from srpoke.errors import UserError
from srpoke.jobs import Job, for_each
from srpoke.network import load_network, metadata_of, save_tflite


def export(job: Job) -> None:
    """Write a network's TFLite export; UserError where it cannot be loaded."""
    network, target = job
    check_network_file(network)
    if network.suffix.lower() != ".keras":
        raise UserError(f"{network} is a TFLite export already; a .keras file is needed")
    model = load_network(network)
    save_tflite(model, target, metadata_of(network, model))
    tell(f"{network} -> {target}")


def plan(networks: list[Path], save_path: Path | None) -> list[Job]:
    """Name the export of each network; UserError where two would have one name."""
    jobs = {}
    for network in networks:
        target = (save_path or network.parent) / f"{network.stem}.tflite"
        if jobs.setdefault(target, network) != network:
            raise UserError(f"{jobs[target]} and {network} would both become {target}")
    return [Job(network, target) for target, network in jobs.items()]


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    parser = Parser(__doc__)
    add = parser.add_argument
    add(
        "network",
        type=keras_path,
        nargs="+",
        metavar="NETWORK",
        help="best, art, default or a .keras file",
    )
    add("--save_path", type=user_path, help="folder, instead of that of each file")
    args = parser.parse_args(argv)
    return for_each(plan(args.network, args.save_path), export)[1]


if __name__ == "__main__":
    sys.exit(main())
