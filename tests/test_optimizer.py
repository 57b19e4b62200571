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


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5), (30, 3)])
@pytest.mark.parametrize("scale", [1e-3, 1, 1e5])
def test_orthogonal_keeps_the_singular_directions_and_levels_the_values(shape, scale):
    """Against an SVD: singular values spread over a factor of 30 come out near 1."""
    from srpoke.optimizer import orthogonal

    rng = np.random.default_rng(0)
    u, _, vt = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
    matrix = (u * np.geomspace(1, 1 / 30, min(shape)) * scale) @ vt
    result = np.asarray(orthogonal(matrix.astype(np.float32)))
    along = u.T @ result @ vt.T
    np.testing.assert_allclose(along - np.diag(np.diag(along)), 0, atol=2e-3)
    assert 0.65 < np.diag(along).min() <= np.diag(along).max() < 1.25
    np.testing.assert_allclose(u @ along @ vt, result, atol=2e-3)  # and nothing beside them


def test_momentum_is_nesterovs():
    """The second step follows 0.95 times the momentum that both gradients left, and the second."""
    from srpoke.optimizer import Muon

    rate, filters = 0.01, 4
    variables = build_network([filters], [1, 1]).trainable_variables
    rng = np.random.default_rng(0)
    optimizer, kernels, first = Muon(rate), [], []
    for _ in range(2):
        gradients = [rng.normal(size=variable.shape).astype(np.float32) for variable in variables]
        first.append(gradients[0].reshape(-1, filters))
        optimizer.apply(gradients, variables)
        kernels.append(variables[0].numpy().reshape(-1, filters))
    u, _, vt = np.linalg.svd(0.95 * (0.95 * first[0] + first[1]) + first[1], full_matrices=False)
    along = u.T @ ((kernels[0] - kernels[1]) / rate) @ vt.T
    np.testing.assert_allclose(along - np.diag(np.diag(along)), 0, atol=1e-3)
    assert np.all(np.abs(np.diag(along) - 0.95) < 0.3)
