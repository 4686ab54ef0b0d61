"""Exercises of the chapter *Beyond Adam*."""

import numpy as np

from .exercise import Exercise

_w, _step = np.array([2.0, -1.0, 0.5]), np.array([-0.01, 0.01, -0.01])


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
    right="Four lines, one number remembered per weight.",
    slips={
        "Where is the decay?": lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
            w, m, g, learning_rate, 0.0, beta_1, beta_2
        ),
        "The momentum is remembered as it is; only the step takes the sign.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_1, beta_2,
                lambda m, g: np.sign(beta_2 * m + (1 - beta_2) * g),
            )
        ),
        "What is remembered is mixed with β₂, what is stepped along with β₁.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_1, beta_1
            )
        ),
        "The step is mixed with β₁ and the old momentum, before that is updated with β₂.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_2, beta_2
            )
        ),
        "The sign is missing: every weight moves by η, regardless of its size.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: _lion(
                w, m, g, learning_rate, weight_decay, beta_1, beta_2, sign=np.asarray
            )
        ),
    },
    cases=(
        (_w, np.array([1.0, -1.0, 0.1]), np.array([-5.0, -2.0, -10.0]), 0.1, 0.5, 0.9, 0.99),
        (_w, np.array([1.0, 0.2, -0.1]), np.array([-15.0, 3.0, 6.0]), 0.01, 1.0, 0.9, 0.99),
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
    right="The singular vectors stay, all singular values go to 1.",
    slips={
        "Divide by the Frobenius norm first: above √3 the rounds diverge.": lambda x, steps: _orthogonalise(
            x, steps, scaled=False
        ),
        "Those are entries cubed, one by one: the products are of matrices, @.": lambda x, steps: _entrywise(
            x, steps
        ),
        "That is one round too many or too few: `steps` rounds after the division.": lambda x, steps: (
            _orthogonalise(x, steps + 1)
        ),
    },
    cases=((_matrix, 2), (np.diag([1.0, 0.5, 0.1]), 3)),
)


def _entrywise(x, steps):
    x = x / np.linalg.norm(x)
    for _ in range(steps):
        x = 1.5 * x - 0.5 * x**3
    return x


factored = Exercise(
    task="return the approximation, of the same shape",
    answer=lambda squares: np.outer(squares.mean(axis=1), squares.mean(axis=0)) / squares.mean(),
    right="Exact where the rows are multiples of one another, and only there.",
    slips={
        "Divide by the mean of all, so that the total stays what it was.": lambda squares: np.outer(
            squares.mean(axis=1), squares.mean(axis=0)
        ),
        "Rows and columns are exchanged: entry (i, j) is row i times column j.": lambda squares: (
            np.outer(squares.mean(axis=0), squares.mean(axis=1)) / squares.mean()
        ),
        "With sums instead of means, divide by the sum.": lambda squares: (
            np.outer(squares.sum(axis=1), squares.sum(axis=0)) / squares.mean()
        ),
    },
    cases=((_matrix[:, :3] ** 2,), (np.eye(3),), (_matrix**2,)),
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
    task="return the weights to use",
    answer=lambda slope, w, learning_rate, beta, steps: _schedule_free(slope, w, learning_rate, beta, steps),
    right="A constant rate, no last step to know, and an average that is good at any time.",
    slips={
        "That is θ, where gradients are taken; use the average, x.": (
            lambda slope, w, learning_rate, beta, steps: _schedule_free(
                slope, w, learning_rate, beta, steps, take="theta"
            )
        ),
        "That is z, which walks; use the average, x.": lambda slope, w, learning_rate, beta, steps: (
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
        "The first step counts as t = 1: then x is z, and the start is not part of the average.": (
            lambda slope, w, learning_rate, beta, steps: _schedule_free(
                slope, w, learning_rate, beta, steps, count=2
            )
        ),
        "(1 − β) belongs to z and β to x.": lambda slope, w, learning_rate, beta, steps: _schedule_free(
            slope, w, learning_rate, 1 - beta, steps
        ),
    },
    cases=((bowl, np.array([3.0, -2.0]), 0.1, 0.9, 20), (bowl, np.array([1.0, 1.0]), 0.15, 0.75, 3)),
)
