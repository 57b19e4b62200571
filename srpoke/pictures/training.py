"""Pictures of a training run: the curve of validation PSNR, and previews on held-out images."""

import cv2
import numpy as np

from srpoke.course import Settings
from srpoke.engine import Engine
from srpoke.geometry import resize
from srpoke.kernels import KERNELS, SPRITE_KERNEL
from srpoke.pictures.layout import GREY, INK, above, beside, label, sheet
from srpoke.protocol import interpolate, repair, shrunk
from srpoke.tools import to_integer

PLOT = (360, 640)  # px, height and width of the curve's frame
COLOURS = [(176, 92, 32), (60, 140, 40), (40, 70, 200), (150, 60, 150), (30, 150, 190)]  # BGR
PREVIEWS = 4  # images
PREVIEW_HEIGHT = 280  # px


def curve(history: list[dict], bicubic: dict[float, float]) -> np.ndarray:
    """Draw validation PSNR in dB over the epochs, a line per factor, bicubic's PSNR dashed.

    `history` holds epoch and psnr_x<factor> for each epoch, `bicubic` the factors and their PSNR.
    Returns a uint8 BGR picture.
    """
    rows = [row for row in history if f"psnr_x{next(iter(bicubic)):g}" in row]
    lines = {factor: [row[f"psnr_x{factor:g}"] for row in rows] for factor in bicubic}
    values = [*bicubic.values(), *(value for line in lines.values() for value in line)]
    low, high = np.floor(min(values)) - 1, np.ceil(max(values)) + 1
    height, width = PLOT
    frame = np.full((height, width, 3), 255, np.uint8)

    def points(line: list[float]) -> np.ndarray:
        x = np.linspace(0, width - 1, max(2, len(line)))[: len(line)]
        y = (high - np.array(line)) / (high - low) * (height - 1)
        return np.stack([x, y], axis=1).round().astype(np.int32)

    for level in np.arange(low, high + 1, 2):
        y = int(points([level])[0, 1])
        cv2.line(frame, (0, y), (width, y), (225, 225, 225), 1)
        cv2.putText(frame, f"{level:g}", (4, max(12, y - 3)), 0, 0.42, GREY, 1, cv2.LINE_AA)
    legend = [label("validation PSNR in dB, by factor (dashed: bicubic)", 18)]
    for (factor, line), colour in zip(lines.items(), COLOURS * len(lines), strict=False):
        cv2.polylines(frame, [points(line)], False, colour, 2, cv2.LINE_AA)
        y = int(points([bicubic[factor]])[0, 1])
        for x in range(0, width, 16):
            cv2.line(frame, (x, y), (x + 8, y), colour, 1)
        legend.append(label(f"x{factor:g}", 18, colour, bold=True))
    cv2.rectangle(frame, (0, 0), (width - 1, height - 1), INK, 1)
    epochs = label(f"epoch 1 to {len(rows)}", 16, GREY)
    return sheet(above([beside(legend, 16), frame, epochs]))


def previews(
    engine: Engine, images: list[np.ndarray], factor: float, settings: Settings
) -> np.ndarray:
    """Show blurred, output and target of some held-out images (protocol.truth) in rows."""
    rows = []
    kernel = KERNELS["nearest"] if engine.interpolation == "nearest" else SPRITE_KERNEL
    for image in images[:PREVIEWS]:
        small, sharp = shrunk(image, factor, kernel)
        size = sharp.shape[:2]
        width = max(1, round(size[1] * PREVIEW_HEIGHT / size[0]))
        methods = interpolate(engine.interpolation), repair(engine, settings)
        shown = [*(method(small, size) for method in methods), sharp]
        pictures = [resize(to_integer(p), PREVIEW_HEIGHT, width, "nearest") for p in shown]
        names = ["blurred", "output", "target"]
        columns = [above([label(n, 18), p]) for n, p in zip(names, pictures, strict=True)]
        rows.append(beside(columns))
    return sheet(above(rows, 24))
