"""Exercises of the chapter *Beyond Adam*."""

import numpy as np

from .exercise import Exercise

_w = np.array([2.0, -1.0, 0.5])


def _lion(w, m, g, learning_rate, weight_decay, beta_1, beta_2, remembered=None, sign=np.sign):
    direction = sign(beta_1 * m + (1 - beta_1) * g)
    m_new = beta_2 * m + (1 - beta_2) * g
    return w * (1 - learning_rate * weight_decay) - learning_rate * direction, (
        m_new if remembered is None else remembered(m, g)
    )


lion_step = Exercise(
    task="return the new weights and the new momentum, as w, m",
    answer=lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
        w, m, g, learning_rate, weight_decay, beta_1, beta_2
    ),
    right="Lion remembers one number per weight, half as much as Adam.",
    slips={
        "The weight decay is missing.": lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
            w, m, g, learning_rate, 0.0, beta_1, beta_2
        ),
        "Only the step takes the sign. The momentum is remembered without it.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_1, beta_2,
                lambda m, g: np.sign(beta_2 * m + (1 - beta_2) * g),
            )
        ),
        "Mix the step with β₁, and the new momentum with β₂.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_1, beta_1
            )
        ),
        "Compute the step from the old momentum, with β₁, before you update the momentum with β₂.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_2, beta_2
            )
        ),
        "The sign is missing. Every weight moves by η, regardless of the size of its gradient.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_1, beta_2, sign=np.asarray
            )
        ),
        "Where the mixture is exactly 0, the sign is 0, so that weight only decays.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_1, beta_2, sign=lambda x: np.where(x > 0, 1.0, -1.0)
            )
        ),
        "Where the mixture is exactly 0, the sign is 0, and that weight only decays.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_1, beta_2, sign=lambda x: np.where(x < 0, -1.0, 1.0)
            )
        ),
        "Add the decay to the weights, not to the gradient: the sign would swallow it.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g + weight_decay * w, learning_rate, 0.0, beta_1, beta_2
            )
        ),
    },
    cases=(
        (_w, np.array([1.0, -1.0, 0.1]), np.array([-5.0, -2.0, -10.0]), 0.1, 0.5, 0.9, 0.99),
        (_w, np.array([1.0, 0.2, -0.1]), np.array([-15.0, 3.0, 6.0]), 0.01, 1.0, 0.9, 0.99),
        (_w, np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.0, -1.0]), 0.1, 0.5, 0.9, 0.99),
    ),
)  # fmt: skip


def _orthogonalise(x, steps, scaled=True, halves=(1.5, 0.5)):
    x = x / np.linalg.norm(x) if scaled else x
    for _ in range(steps):
        x = halves[0] * x - halves[1] * x @ x.T @ x
    return x


_matrix = np.random.default_rng(0).normal(size=(3, 4))


orthogonalise = Exercise(
    task="return the matrix after the given number of rounds",
    answer=lambda x, steps: _orthogonalise(x, steps),
    right="The singular vectors stay, and all singular values go to 1.",
    slips={
        "Divide by the Frobenius norm first.": lambda x, steps: _orthogonalise(x, steps, scaled=False),
        "This cubes the entries one by one. Use products of matrices, x @ x.T @ x.": lambda x, steps: (
            _entrywise(x, steps)
        ),
        "This is one round too many. Do `steps` rounds after the division.": lambda x, steps: _orthogonalise(
            x, steps + 1
        ),
    },
    cases=((_matrix, 2), (np.diag([1.0, 0.5, 0.1]), 3)),
)


def _entrywise(x, steps):
    x = x / np.linalg.norm(x)
    for _ in range(steps):
        x = 1.5 * x - 0.5 * x**3
    return x


def _as_matrix(shape):
    cuts = [(int(np.prod(shape[:i])), int(np.prod(shape[i:]))) for i in range(1, len(shape))]
    return min(cuts, key=max)


as_matrix = Exercise(
    task="return the number of rows and the number of columns, as rows, columns",
    answer=lambda shape: _as_matrix(shape),
    right="For queries, keys and values the heads join the columns, and for the output they join the rows.",
    slips={
        "For the output kernel the first two axes, heads and size, belong together.": lambda shape: (
            shape[0],
            int(np.prod(shape[1:])),
        ),
        "For queries, keys and values the last two axes, heads and size, belong together.": lambda shape: (
            int(np.prod(shape[:-1])),
            shape[-1],
        ),
        "Rows and columns are exchanged. The rows come from the first axes.": lambda shape: _as_matrix(shape)[
            ::-1
        ],
    },
    cases=(((16, 4, 4),), ((4, 4, 16),), ((768, 12, 64),), ((12, 64, 768),), ((16, 16),), ((6, 2, 4),)),
)


def _schedule_free(slope, w, learning_rate, beta, steps, take="x", at="theta", count=1):
    place = dict.fromkeys(("z", "x", "theta"), w)
    for t in range(1, steps + 1):
        z = place["z"] - learning_rate * slope(place[at])
        x = (1 - 1 / (t + count - 1)) * place["x"] + z / (t + count - 1)
        place = {"z": z, "x": x, "theta": (1 - beta) * z + beta * x}
    return place[take]


def bowl(theta):
    return np.array([1.0, 5.0]) * theta


schedule_free_sgd = Exercise(
    task="return the weights to use, after the given number of steps",
    answer=lambda slope, w, learning_rate, beta, steps: _schedule_free(slope, w, learning_rate, beta, steps),
    right="It needs a constant rate and no last step, and the average is usable at any time.",
    slips={
        "This is θ, where gradients are taken. Return the average, x.": (
            lambda slope, w, learning_rate, beta, steps: _schedule_free(
                slope, w, learning_rate, beta, steps, take="theta"
            )
        ),
        "This is z, which walks. Return the average, x.": lambda slope, w, learning_rate, beta, steps: (
            _schedule_free(slope, w, learning_rate, beta, steps, take="z")
        ),
        "The gradient is taken at θ, between z and x, not at z.": (
            lambda slope, w, learning_rate, beta, steps: _schedule_free(
                slope, w, learning_rate, beta, steps, at="z"
            )
        ),
        "The gradient is taken at θ, between z and x, not at x.": (
            lambda slope, w, learning_rate, beta, steps: _schedule_free(
                slope, w, learning_rate, beta, steps, at="x"
            )
        ),
        "The first step is t = 1, after which x is z. The start is not part of the average.": (
            lambda slope, w, learning_rate, beta, steps: _schedule_free(
                slope, w, learning_rate, beta, steps, count=2
            )
        ),
        "The share of z is 1 − β, and that of x is β.": lambda slope, w, learning_rate, beta, steps: (
            _schedule_free(slope, w, learning_rate, 1 - beta, steps)
        ),
    },
    cases=((bowl, np.array([3.0, -2.0]), 0.1, 0.9, 20), (bowl, np.array([1.0, 1.0]), 0.15, 0.75, 3)),
)
