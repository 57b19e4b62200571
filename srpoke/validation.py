"""Score a network in training on whole images that were held out; keep its best epoch on disk."""

import logging
import math
import time
from itertools import cycle, repeat
from pathlib import Path

import numpy as np

from srpoke.course import Settings
from srpoke.engine import keras_engine
from srpoke.kernels import BY_AREA, KERNELS, SHRUNK, SPRITE_KERNEL, Making, softness
from srpoke.metadata import read_metadata
from srpoke.network import import_keras, load_network, save_network
from srpoke.protocol import Method, interpolate, repair, score, shrunk
from srpoke.several import alone

keras = import_keras()
log = logging.getLogger(__name__)

MAKERS = ["area", "bicubic", "lanczos"]  # the kernels that held-out images are shrunk by, in turn
COLLAPSED = 0.05  # dB over bicubic: less means that the network still gives its input back


def by_area(metadata: dict) -> bool:
    """Whether a network learns, and is scored, by what pixel area shrank alone."""
    return metadata["recipe"]["mix"] == "area"


def shrunk_settings(metadata: dict) -> Settings:
    """Return how a network is scored in training, on pictures that were shrunk here."""
    making = BY_AREA if by_area(metadata) else Making(softness(SPRITE_KERNEL), SHRUNK)
    return Settings(making=making, supersample=False)


def scored_method(model, metadata: dict) -> Method:
    """Return what a Keras model is scored by."""
    return repair(keras_engine(model, metadata), shrunk_settings(metadata))


class Validation(keras.callbacks.Callback):
    """Score `scored`, a float32 copy, on whole held-out images after each epoch; keep the best.

    Adds val_psnr and val_ssim, their means over the factors, to the logs, and a column for each.
    Warns once where `settled` steps have brought nothing.
    """

    def __init__(
        self,
        scored,
        metadata: dict,
        images: list[np.ndarray],
        path: Path,
        history: list[dict],
        settled: int,
    ):
        super().__init__()
        self.settled = settled
        self.scored, self.metadata, self.images, self.path = scored, metadata, images, path
        self.history = history
        self.best = max((row["val_psnr"] for row in history), default=-math.inf)
        self.bicubic = self.score(interpolate("bicubic"))
        self.collapsed = np.mean([psnr for psnr, _ in self.bicubic.values()]) + COLLAPSED

    def score(self, method: Method) -> dict[float, tuple[float, float]]:
        """Return PSNR and SSIM for each factor; the kernels take turns over the images."""
        names = ["area"] if by_area(self.metadata) else MAKERS
        names = ["nearest"] if self.metadata["interpolation"] == "nearest" else names
        turns = [KERNELS[name] for _, name in zip(self.images, cycle(names), strict=False)]
        return {
            f: score(method, map(shrunk, self.images, repeat(f), turns))
            for f in self.metadata["factors"]
        }

    def on_train_begin(self, logs: dict | None = None) -> None:
        if self.metadata["fine_tuned_from"] and not self.history:
            log.info("epoch   0/%d | %s", self.params["epochs"], self.told(self.score_network()))

    @alone()
    def score_network(self) -> dict[float, tuple[float, float]]:
        """Score the network as it is by now."""
        self.scored.set_weights(self.model.get_weights())
        return self.score(scored_method(self.scored, self.metadata))

    def told(self, scores: dict[float, tuple[float, float]]) -> str:
        """Return scores for people to read."""
        psnrs = " ".join(f"x{f:g} {psnr:.2f}" for f, (psnr, _) in scores.items())
        bicubic = " ".join(f"{psnr:.2f}" for psnr, _ in self.bicubic.values())
        ssim = np.mean([ssim for _, ssim in scores.values()])
        return f"{psnrs} dB (bicubic {bicubic}) | SSIM {ssim:.4f}"

    def save(self, model, metadata: dict, scores: dict[float, tuple[float, float]]) -> None:
        """Write a network with the scores that it has."""
        table = {f"x{f:g}": {"psnr": scores[f], "bicubic": self.bicubic[f]} for f in scores}
        save_network(model, self.path, {**metadata, "validation": table})

    def keep(self, before: list[np.ndarray], share: float) -> None:
        """Go back from the best epoch by a `share` of the way to the weights `before` training.

        Between the weights before and after fine-tuning lie networks that know most of what is
        new, and have forgotten less of what they knew (Wortsman et al., arXiv 2109.01903).
        """
        model, metadata = load_network(self.path), read_metadata(self.path)
        if "kept" in metadata:  # by a run that was stopped, or found no room, only after that
            return
        weights = zip(before, model.get_weights(), strict=True)
        model.set_weights([share * old + (1 - share) * new for old, new in weights])
        scores = self.score(scored_method(model, metadata))
        log.info("with %g of what it was | %s", share, self.told(scores))
        self.save(model, {**metadata, "kept": share}, scores)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        if self.model.stop_training:  # TerminateOnNaN: there is nothing left to score
            return
        seconds = time.monotonic() - self.started
        scores = self.score_network()
        for factor, (psnr, ssim) in scores.items():
            logs[f"psnr_x{factor:g}"], logs[f"ssim_x{factor:g}"] = psnr, ssim
        logs["val_psnr"], logs["val_ssim"] = (float(v) for v in np.mean([*scores.values()], axis=0))
        self.history.append({"epoch": epoch + 1, **{k: float(v) for k, v in logs.items()}})
        log.info(
            "epoch %3d/%d | loss %.5f | %s | %.0f s",
            epoch + 1,
            self.params["epochs"],
            logs["loss"],
            self.told(scores),
            seconds,
        )
        if logs["val_psnr"] > self.best:
            self.best = logs["val_psnr"]
            self.save(self.scored, {**self.metadata, "history": self.history}, scores)
        done = (epoch + 1) * self.params["steps"]
        just_settled = done - self.params["steps"] < self.settled <= done
        if just_settled and logs["val_psnr"] < self.collapsed:
            log.warning("no better than the blurry image yet: if that stays, try another --seed")
