"""Exercises of the chapter *What is a loss?*"""

import numpy as np

from .exercise import Exercise

RIDES = (np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 7.0, 13.0, 15.0]))


MORE_RIDES = (np.array([0.5, 2.5]), np.array([3.0, 9.0]))


line_loss = Exercise(
    task="return the mean of the squared misses",
    answer=lambda theta, b, x, y: np.mean((theta * x + b - y) ** 2),
    right="One number, whatever the number of rides and of knobs.",
    slips={
        "b is missing: the prediction is θ·x + b.": lambda theta, b, x, y: np.mean((theta * x - y) ** 2),
        "The misses were added up: take their mean.": lambda theta, b, x, y: np.sum((theta * x + b - y) ** 2),
        "Square each miss first, then average: misses of opposite sign must not cancel.": lambda theta, b, x, y: (
            np.mean(theta * x + b - y) ** 2
        ),
        "The misses are not squared, so they cancel.": lambda theta, b, x, y: np.mean(theta * x + b - y),
        "That is the absolute miss, not the squared one.": lambda theta, b, x, y: np.mean(
            np.abs(theta * x + b - y)
        ),
        "That is the root: leave it out.": lambda theta, b, x, y: np.sqrt(np.mean((theta * x + b - y) ** 2)),
        "That is one value per ride: take their mean.": lambda theta, b, x, y: (theta * x + b - y) ** 2,
    },
    cases=((1.0, 2.0, *RIDES), (4.5, -1.0, *MORE_RIDES)),
)


def _line_step(theta, b, x, y, learning_rate, inner=True, scale=2.0, one_by_one=False):
    slope = scale * np.mean((theta * x + b - y) * (x if inner else 1))
    moved = theta - learning_rate * slope
    return moved, b - learning_rate * scale * np.mean((moved if one_by_one else theta) * x + b - y)


line_step = Exercise(
    task="return the new θ and the new b",
    answer=lambda theta, b, x, y, learning_rate: _line_step(theta, b, x, y, learning_rate),
    right="That is an optimizer. A million knobs move in the same way, all at once.",
    slips={
        "That step climbs: go against the gradient.": lambda *case: _line_step(*case, scale=-2.0),
        "θ had moved before b's slope was worked out: take both slopes first, then both steps.": lambda *case: (
            _line_step(*case, one_by_one=True)
        ),
        "b never moved: it has a slope too.": lambda *case: (_line_step(*case)[0], case[1]),
        "The inner derivative is missing: in θ's slope each miss is multiplied by its x.": lambda *case: (
            _line_step(*case, inner=False)
        ),
        "The 2 from the square is missing in the gradient.": lambda *case: _line_step(*case, scale=1.0),
        "The gradient is a mean over the rides, not their sum.": lambda *case: _line_step(
            *case, scale=2.0 * len(case[2])
        ),
        "Those are the steps alone: add them to θ and b.": lambda theta, b, *case: np.subtract(
            _line_step(theta, b, *case), (theta, b)
        ),
        "The learning rate is missing.": lambda *case: _line_step(*case[:-1], 1.0),
    },
    cases=((1.0, 2.0, *RIDES, 0.05), (4.5, -1.0, *MORE_RIDES, 0.1)),
)


largest_learning_rate = Exercise(
    task="find the rate above which the loss grows",
    answer=2 / 15,
    right="1 / mean(x²) = 2/15. Nobody knows that number for a network, and so the learning rate is tuned.",
    slips={
        "There the first step lands on the lowest point: the best rate, not the largest.": 1 / 15,
        "The gradient holds a factor 2: the distance is multiplied by 1 − 2η·mean(x²).": 2 / 7.5,
        "Take the mean of the x², not their sum.": 1 / 30,
        "Square each x first, then average.": 1 / 2.5**2,
    },
    tolerance=1e-2,
)


def _train_logistic(x, y, learning_rate, steps, sign=1, scale=1, bias=1, squared=False):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        slope = sign * scale * (2 * (p - y) * p * (1 - p) if squared else p - y)
        w, b = w - learning_rate * x.T @ slope / len(x), b - bias * learning_rate * slope.mean()
    return w, b


_rng = np.random.default_rng(0)


_inputs = _rng.normal(size=(30, 3))


_classes = (_inputs @ [1.0, -2.0, 0.5] + _rng.normal(size=30) > 0).astype(float)


logistic_regression = Exercise(
    task="return w and b after the given number of steps",
    answer=_train_logistic,
    right="That is a training loop. Keras's `fit` adds batches, shuffling and a log.",
    slips={
        "The steps climb: subtract the gradient.": lambda *case: _train_logistic(*case, sign=-1),
        "The gradient is a mean over the samples, not their sum.": lambda *case: _train_logistic(
            *case, scale=len(case[0])
        ),
        "That is the gradient of the squared error of p, not of the cross-entropy: ∂ℓ/∂z is p − y.": lambda *case: (
            _train_logistic(*case, squared=True)
        ),
        "One step too few was taken.": lambda x, y, rate, steps: _train_logistic(x, y, rate, steps - 1),
        "b never moved: it has a gradient too.": lambda *case: _train_logistic(*case, bias=0),
        "b came first: return w, b.": lambda *case: _train_logistic(*case)[::-1],
    },
    cases=((_inputs, _classes, 0.5, 1), (_inputs, _classes, 0.5, 20)),
)
