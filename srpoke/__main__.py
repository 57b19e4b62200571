"""The command `srpoke` of an installation: the scripts as sub-commands."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from srpoke import __version__
from srpoke.cli import complain, one_line_errors, tell_lines

COMMANDS = {  # and the script behind each
    "infer": ("infer", "upscale images with a trained network"),
    "train": ("train", "train a network on a folder of images"),
    "evaluate": ("evaluate", "score networks beside plain interpolation"),
    "examples": ("extract_readme_images", "every factor and loop of a sprite, sheets and pages"),
    "export": ("export", "make the TFLite export of a network"),
}
USAGE = "\n".join(
    [
        "usage: srpoke COMMAND ...",
        "",
        "Upscale sprites with a small neural network that you can train at home.",
        "",
        *(f"  {name:10}{text}" for name, (_, text) in COMMANDS.items()),
        "",
        "'srpoke COMMAND --help' says more, 'srpoke --version' which this is.",
    ]
)


def script(name: str) -> ModuleType:
    """Load a script: it lies inside the package when installed, beside it in a clone."""
    package = Path(__file__).parent
    paths = [folder / f"{name}.py" for folder in (package / "scripts", package.parent)]
    path = next(path for path in paths if path.is_file())
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@one_line_errors
def main(argv: list[str] | None = None) -> int:
    command, *rest = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if command in ("-h", "--help", "--version"):
        tell_lines(f"srpoke {__version__}" if command == "--version" else USAGE)
        return 0
    scripts = COMMANDS | {name: (name, text) for name, text in COMMANDS.values()}
    if command not in scripts:
        complain(f"error: {command!r} is no command; there are {', '.join(COMMANDS)}")
        return 2
    sys.argv[0] = f"srpoke {command}"  # as --help shows it
    return script(scripts[command][0]).main(rest)


if __name__ == "__main__":
    sys.exit(main())
