"""Muon's step against NumPy's singular value decomposition."""

import numpy as np
import pytest

from srpoke.network import build_network


@pytest.mark.parametrize(("filters", "kernel"), [(5, 3), (40, 1)])  # a tall matrix and a wide one
def test_a_kernel_moves_by_the_rate_in_every_singular_direction(filters, kernel):
    from srpoke.optimizer import ADAM_RATE, Muon

    rate = 0.01
    variables = build_network([filters], [kernel, 1]).trainable_variables
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=variable.shape).astype(np.float32) for variable in variables]
    before = [variable.numpy().copy() for variable in variables]
    Muon(rate).apply(gradients, variables)
    step, *others = (b - v.numpy() for b, v in zip(before, variables, strict=True))
    u, _, vt = np.linalg.svd(gradients[0].reshape(-1, filters), full_matrices=False)
    along = u.T @ (step.reshape(-1, filters) / rate) @ vt.T
    np.testing.assert_allclose(along - np.diag(np.diag(along)), 0, atol=1e-3)
    assert np.all(np.abs(np.diag(along) - 0.95) < 0.3)  # Newton-Schulz is quick, not exact
    for step, gradient in zip(others, gradients[1:], strict=True):
        np.testing.assert_allclose(step, np.sign(gradient) * rate * ADAM_RATE, rtol=1e-2)
