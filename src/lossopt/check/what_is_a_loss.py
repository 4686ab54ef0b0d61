"""Exercises of the chapter *What is a loss?*"""

import numpy as np

from .exercise import Exercise

RIDES = (np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 7.0, 13.0, 15.0]))


MORE_RIDES = (np.array([0.5, 1.0, 2.5]), np.array([3.0, 4.0, 9.0]))


line_loss = Exercise(
    task="return the mean of the squared errors",
    answer=lambda theta, b, x, y: np.mean((theta * x + b - y) ** 2),
    right="However many rides and parameters there are, the loss is one number.",
    slips={
        "You left out b; the prediction is θ·x + b.": lambda theta, b, x, y: np.mean((theta * x - y) ** 2),
        "You added the squared errors up; take their mean.": lambda theta, b, x, y: np.sum(
            (theta * x + b - y) ** 2
        ),
        "Square each error before you average; else errors of opposite sign cancel.": lambda theta, b, x, y: (
            np.mean(theta * x + b - y) ** 2
        ),
        "You did not square the errors, so errors of opposite sign cancel.": lambda theta, b, x, y: np.mean(
            theta * x + b - y
        ),
        "You averaged the absolute errors; square them instead.": lambda theta, b, x, y: np.mean(
            np.abs(theta * x + b - y)
        ),
        "You took the square root at the end; leave it out.": lambda theta, b, x, y: np.sqrt(
            np.mean((theta * x + b - y) ** 2)
        ),
        "You returned one value per ride; return their mean.": lambda theta, b, x, y: (
            (theta * x + b - y) ** 2
        ),
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
    right="This is an optimizer. A million parameters move in the same way, all in one step.",
    slips={
        "Your step goes uphill; subtract the gradient.": lambda *case: _line_step(*case, scale=-2.0),
        "You changed θ before you computed the slope of b; compute both slopes first.": lambda *case: (
            _line_step(*case, one_by_one=True)
        ),
        "You returned b first; return θ, then b.": lambda *case: _line_step(*case)[::-1],
        "You did not change b, and it has a slope too.": lambda *case: (_line_step(*case)[0], case[1]),
        "The inner derivative is missing; in the slope of θ each error is multiplied by its x.": lambda *case: (
            _line_step(*case, inner=False)
        ),
        "The factor 2, which comes from the square, is missing in the gradient.": lambda *case: _line_step(
            *case, scale=1.0
        ),
        "You summed over the rides; the gradient is a mean.": lambda *case: _line_step(
            *case, scale=2.0 * len(case[2])
        ),
        "You returned only the steps; add them to θ and b.": lambda theta, b, *case: np.subtract(
            _line_step(theta, b, *case), (theta, b)
        ),
        "The learning rate is missing; multiply each slope by it.": lambda *case: _line_step(*case[:-1], 1.0),
    },
    cases=((1.0, 2.0, *RIDES, 0.05), (4.5, -1.0, *MORE_RIDES, 0.1)),
)


largest_learning_rate = Exercise(
    task="find the learning rate above which the loss grows",
    answer=2 / 15,
    right="It is 1 / mean(x²) = 2/15. For a network nobody knows this number, so people tune the learning rate.",
    slips={
        "With this rate the first step lands on the lowest point, so it is the best rate and not the largest.": 1
        / 15,
        "The gradient contains a factor 2, so a step multiplies the distance by 1 − 2η·mean(x²).": 2 / 7.5,
        "You used the sum of the x²; use their mean.": 1 / 30,
        "You averaged before you squared; square each x first.": 1 / 2.5**2,
    },
    tolerance=1e-2,
)


def _train_logistic(x, y, learning_rate, steps, sign=1, scale=1, bias=1, squared=False, one_by_one=False):
    def slopes(w, b):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        return sign * scale * (2 * (p - y) * p * (1 - p) if squared else p - y)

    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        slope = slopes(w, b)
        w = w - learning_rate * x.T @ slope / len(x)
        b = b - bias * learning_rate * np.mean(slopes(w, b) if one_by_one else slope)
    return w, b


_rng = np.random.default_rng(0)


_inputs = _rng.normal(size=(30, 3))


_classes = (_inputs @ [1.0, -2.0, 0.5] + _rng.normal(size=30) > 0).astype(float)


logistic_regression = Exercise(
    task="return w and b after the given number of steps",
    answer=_train_logistic,
    right="This is a training loop. Keras's `fit` adds batches, shuffling and a log.",
    slips={
        "Your steps go uphill; subtract the gradient.": lambda *case: _train_logistic(*case, sign=-1),
        "You summed over the samples; the gradient is a mean.": lambda *case: _train_logistic(
            *case, scale=len(case[0])
        ),
        "This is the gradient of the squared error of p; for the cross-entropy, ∂ℓ/∂z is p − y.": lambda *case: (
            _train_logistic(*case, squared=True)
        ),
        "You changed w before you computed the slope of b; compute both slopes first.": lambda *case: (
            _train_logistic(*case, one_by_one=True)
        ),
        "You took one step too few.": lambda x, y, rate, steps: _train_logistic(x, y, rate, steps - 1),
        "You did not change b, and it has a gradient too.": lambda *case: _train_logistic(*case, bias=0),
        "You returned b first; return w, b.": lambda *case: _train_logistic(*case)[::-1],
    },
    cases=((_inputs, _classes, 0.5, 1), (_inputs, _classes, 0.5, 20)),
)
