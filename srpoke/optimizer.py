"""Muon for convolutions: in equal time it brings a network 0.5 to 1.3 dB further than Adam."""

from srpoke.network import import_keras

keras = import_keras()
ops = keras.ops

MOMENTUM = 0.95
ADAM_RATE = 0.1  # of the learning rate, for what is left to Adam
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # Jordan's quintic: quick rather than exact
ITERATIONS = 5


class Muon(keras.optimizers.Adam):
    """Muon (Keller Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/).

    The momentum of a kernel, as a matrix of inputs by filters, is replaced by the nearest
    orthogonal one: a step moves the kernel by the learning rate in every singular direction, strong
    or weak. Biases and the last layer, whose outputs are colours and no features, are left to Adam.
    """

    def build(self, variables) -> None:
        super().build(variables)
        self.kernel_momentums = [
            self.add_variable_from_reference(variable, "kernel_momentum")
            if len(variable.shape) == 4 and "rebuild" not in variable.path
            else None
            for variable in variables
        ]

    def update_step(self, gradient, variable, learning_rate) -> None:
        momentum = self.kernel_momentums[self._get_variable_index(variable)]
        if momentum is None:
            super().update_step(gradient, variable, ADAM_RATE * learning_rate)
            return
        self.assign(momentum, MOMENTUM * momentum + gradient)
        ahead = ops.reshape(MOMENTUM * momentum + gradient, (-1, variable.shape[-1]))  # Nesterov
        step = ops.reshape(orthogonal(ahead), variable.shape)
        self.assign_sub(variable, ops.cast(learning_rate, step.dtype) * step)


def orthogonal(matrix):
    """Return U V^T of a matrix U S V^T, roughly: singular values come out between 0.7 and 1.2.

    Newton-Schulz iterations, which need products alone.
    """
    a, b, c = NEWTON_SCHULZ
    turned = matrix.shape[0] > matrix.shape[1]  # the smaller square is the cheaper one
    x = ops.transpose(matrix) if turned else matrix
    x = x / (ops.norm(x) + 1e-7)
    for _ in range(ITERATIONS):
        square = ops.matmul(x, ops.transpose(x))
        x = a * x + ops.matmul(b * square + c * ops.matmul(square, square), x)
    return ops.transpose(x) if turned else x
