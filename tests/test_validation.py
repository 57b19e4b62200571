"""What validation scores."""

import numpy as np
import pytest

from srpoke.kernels import KERNELS
from srpoke.tools import shrunk_by


@pytest.mark.parametrize(
    ("interpolation", "makers"),
    [("bicubic", ["area", "bicubic", "lanczos", "area"]), ("nearest", ["nearest"] * 4)],
)
def test_kernels_take_turns_over_the_images(tmp_path, interpolation, makers):
    from srpoke.validation import Validation

    images = list(np.random.default_rng(0).random((4, 32, 36, 3)).astype(np.float32))
    seen = []

    def method(small, size):
        seen.append(small)
        return np.zeros((*size, 3), np.float32)

    metadata = {"interpolation": interpolation, "factors": [2.0]}
    validation = Validation(None, metadata, images, tmp_path / "network.keras", [], 1)
    validation.score(method)
    for small, image, maker in zip(seen, images, makers, strict=True):
        np.testing.assert_array_equal(small, shrunk_by(image, 2, KERNELS[maker]))
