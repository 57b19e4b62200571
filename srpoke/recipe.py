"""What a training run is made by, with the only defaults; known without TensorFlow."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low

import numpy as np

from srpoke.errors import UserError
from srpoke.geometry import Planes
from srpoke.network import shrink_of
from srpoke.tools import PatchForm

log = logging.getLogger(__name__)

SMALL_OUTPUT = 16  # px: patches that give less waste most of their work
REACH = 0.85  # of the least factor learnt: so much less is drawn nearly as well
TUNING_RATE = 0.005  # of learning, in fine-tuning: lower, to keep what a network knows already


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training run ends with, beside the images."""

    filters: list[int] = field(default_factory=lambda: [32] * 7)  # of the first k layers
    kernels: list[int] = field(default_factory=lambda: [3] * 8)  # px, of all k + 1
    plain: bool = False
    phase: bool = True
    told: bool = True  # how its input was made
    factors: list[float] = field(default_factory=lambda: [1.5, 1.75, 2.0])
    interpolation: str = "bicubic"
    mix: str = "sprites"  # of the kernels that shrink
    jpeg: list[int] | None = None  # lowest and highest quality of the share that is saved so
    patch_size: int = 64
    batch_size: int = 8
    k_patch: int = 8  # patches per image and epoch
    epochs: int = 20
    pair_share: float = 0.5  # of the patches, from true pairs, where there are any
    own_share: float = 0.1  # of the patches, from what the network drew itself
    taught_share: float = 0.12  # of the patches, from what it drew with patience to teach itself
    learning_rate: float = 0.015
    seed: int = 0
    keep: float = 0.0  # share of the weights of a network to fine-tune that the end goes back to
    precision: str = "float32"  # of the stack, or "mixed_bfloat16"

    @property
    def network(self) -> dict:
        """The arguments of build_network."""
        names = ("filters", "kernels", "plain", "phase", "told")
        return {name: getattr(self, name) for name in names}

    @property
    def shrink(self) -> int:
        """Pixels that a patch loses per axis."""
        return shrink_of(self.kernels)

    @property
    def taught_factors(self) -> list[float]:
        """The factors that a network can teach itself: in two equal steps that it knows."""
        if not (self.told and self.taught_share) or self.interpolation == "nearest":
            return []
        return [factor for factor in self.factors if factor >= (REACH * min(self.factors)) ** 2]

    @property
    def form(self) -> PatchForm:
        """What its patches look like."""
        planes = Planes(self.phase, self.told)
        return PatchForm(
            self.patch_size, self.shrink, self.interpolation, planes, self.mix, self.jpeg
        )


def usual_patch(images: Iterable[np.ndarray], network: dict) -> int:
    """Return the side of patches: the usual, or what holds a whole picture where most are smaller.

    More would be repeated edges, from which little is learnt.
    """
    side = median_low(max(image.shape[:2]) for image in images)
    return min(Recipe().patch_size, side + shrink_of(network["kernels"]))


def check_patch(patch_size: int, network: dict) -> None:
    """Raise UserError for patches that the unpadded layers would use up; warn of wasteful ones."""
    shrink = shrink_of(network["kernels"])
    output = patch_size - shrink
    if output < 1:
        raise UserError(
            f"--patch_size {patch_size} leaves no output: the kernels take {shrink} px, so at "
            f"least {shrink + 1} are needed"
        )
    if output < SMALL_OUTPUT:
        log.warning("warning: patches of %d px leave only %d px of output", patch_size, output)


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; elsewhere it is far slower than float32."""
    cpuinfo = Path("/proc/cpuinfo")  # Linux only: nothing in the standard library knows
    return cpuinfo.exists() and bool({"avx512_bf16", "amx_bf16"} & set(cpuinfo.read_text().split()))
