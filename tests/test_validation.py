"""What validation scores."""

import numpy as np
import pytest

from srpoke.kernels import KERNELS, SHRUNK
from srpoke.tools import shrunk_by


@pytest.mark.parametrize(
    ("interpolation", "mix", "makers"),
    [
        ("bicubic", "web", ["area", "bicubic", "lanczos", "area"]),
        ("bicubic", "area", ["area"] * 4),
        ("nearest", "web", ["nearest"] * 4),
    ],
)
def test_kernels_take_turns_over_the_images(tmp_path, interpolation, mix, makers):
    from srpoke.validation import Validation

    images = list(np.random.default_rng(0).random((4, 32, 36, 3)).astype(np.float32))
    seen = []

    def method(small, size):
        seen.append(small)
        return np.zeros((*size, 3), np.float32)

    metadata = {"interpolation": interpolation, "factors": [2.0], "recipe": {"mix": mix}}
    validation = Validation(None, metadata, images, tmp_path / "network.keras", [], 1)
    validation.score(method)
    for small, image, maker in zip(seen, images, makers, strict=True):
        np.testing.assert_array_equal(small, shrunk_by(image, 2, KERNELS[maker]))


@pytest.mark.parametrize(("mix", "softness"), [("sprites", -0.2), ("web", -0.2), ("area", 5 / 12)])
def test_a_network_is_scored_told_what_it_is_made_for(mix, softness):
    from srpoke.validation import shrunk_settings

    settings = shrunk_settings({"recipe": {"mix": mix}})
    assert settings.making == (pytest.approx(softness), SHRUNK) and not settings.supersample
