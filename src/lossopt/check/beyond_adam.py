"""Exercises of the chapter *Beyond Adam*."""

import math

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
        "Multiply the old momentum by β₁ before you add (1 − β₁) g to it.": (
            lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: (
                _lion(w, m / beta_1, g, learning_rate, weight_decay, beta_1, beta_2)[0],
                _lion(w, m, g, learning_rate, weight_decay, beta_1, beta_2)[1],
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
        # A factor of m that is too large or too small turns the sign, and the last mixture is only 0.0004.
        (_w, np.array([1.0, 1.0, 0.001]), np.array([-9.5, -8.0, -0.005]), 0.1, 0.5, 0.9, 0.99),
    ),
)  # fmt: skip


def _sam(slope, w, learning_rate, rho, along=lambda g: g / np.linalg.norm(g), start=None, moves=np.any):
    g = slope(w)
    uphill = w + rho * along(g) if moves(g) else w
    return (w if start is None else uphill) - learning_rate * slope(uphill)


def _sum_of_cubes(w):
    return np.array([1.0, 4.0, 2.0])[: len(w)] * w + 0.5 * w**2


def _distance_from_one(w):
    return w - 1.0


sam_step = Exercise(
    task="return the new weights",
    answer=lambda slope, w, learning_rate, rho: _sam(slope, w, learning_rate, rho),
    right="Each update costs two gradients, and with ρ = 0 it is plain SGD.",
    slips={
        "This is plain SGD. Call slope again, at the point uphill.": lambda slope, w, learning_rate, rho: (
            _sam(slope, w, learning_rate, 0.0)
        ),
        "Divide the gradient by its norm. The point uphill is ρ away, however long the gradient is.": (
            lambda slope, w, learning_rate, rho: _sam(slope, w, learning_rate, rho, along=lambda g: g)
        ),
        "Take one norm of the whole gradient. This uses the sign of each component.": (
            lambda slope, w, learning_rate, rho: _sam(slope, w, learning_rate, rho, along=np.sign)
        ),
        "Go uphill, with a plus. Downhill you would find the gradient that is about to come anyway.": (
            lambda slope, w, learning_rate, rho: _sam(slope, w, learning_rate, -rho)
        ),
        "Step from the old weights. The point uphill is only where the second gradient is taken.": (
            lambda slope, w, learning_rate, rho: _sam(slope, w, learning_rate, rho, start="uphill")
        ),
        "Where the gradient is 0, its norm is 0, too. Then stay at w.": (
            lambda slope, w, learning_rate, rho: (
                _sam(slope, w, learning_rate, rho) if np.any(slope(w)) else np.full_like(w, np.nan)
            )
        ),
        "Stay at w only where the whole gradient is 0, not where one component is.": (
            lambda slope, w, learning_rate, rho: _sam(slope, w, learning_rate, rho, moves=np.all)
        ),
    },
    cases=(
        (_sum_of_cubes, np.array([1.0, -2.0, 0.5]), 0.1, 0.5),
        (_sum_of_cubes, np.array([3.0, 4.0]), 0.01, 2.0),
        (_sum_of_cubes, np.array([0.0, 0.0]), 0.1, 0.5),
        (_sum_of_cubes, np.array([0.1, -0.05]), 0.1, 0.5),
        (_sum_of_cubes, np.array([0.0, 1.0]), 0.1, 0.5),
        (_distance_from_one, np.array([1.0, 1.0]), 0.1, 0.5),
    ),
)


def _as_matrix(shape):
    cuts = [(math.prod(shape[:i]), math.prod(shape[i:])) for i in range(1, len(shape))]
    return min(cuts, key=max)


as_matrix = Exercise(
    task="return the number of rows and the number of columns, as rows, columns",
    answer=lambda shape: _as_matrix(shape),
    right="For queries, keys and values the heads join the columns, and for the output they join the rows.",
    slips={
        "For the output kernel the first two axes, heads and size, belong together.": lambda shape: (
            shape[0],
            math.prod(shape[1:]),
        ),
        "For queries, keys and values the last two axes, heads and size, belong together.": lambda shape: (
            math.prod(shape[:-1]),
            shape[-1],
        ),
        "Rows and columns are exchanged. The rows come from the first axes.": lambda shape: _as_matrix(shape)[
            ::-1
        ],
    },
    cases=(((16, 4, 4),), ((4, 4, 16),), ((768, 12, 64),), ((12, 64, 768),), ((16, 16),), ((6, 2, 4),)),
)
