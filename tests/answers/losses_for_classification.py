"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np
from scipy import special


def stable_softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_without_axis(z):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(z) / np.exp(z).sum()


def softmax_without_shift(z):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def softmax_down_the_columns(z):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(z) / np.exp(z).sum(axis=0)


def softmax_regression_with_summed_gradient(x, y, classes, learning_rate, steps):
    w, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        slope = stable_softmax(x @ w + b) - np.eye(classes)[y]
        w, b = w - learning_rate * x.T @ slope, b - learning_rate * slope.sum(axis=0)
    return w, b


def softmax_regression_without_bias(x, y, classes, learning_rate, steps):
    w = np.zeros((x.shape[1], classes))
    for _ in range(steps):
        w = w - learning_rate * x.T @ (stable_softmax(x @ w) - np.eye(classes)[y]) / len(x)
    return w, np.zeros(classes)


def softmax_regression_with_b_late(x, y, classes, learning_rate, steps):
    w, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        w = w - learning_rate * x.T @ (stable_softmax(x @ w + b) - np.eye(classes)[y]) / len(x)
        b = b - learning_rate * (stable_softmax(x @ w + b) - np.eye(classes)[y]).mean(axis=0)
    return w, b


def right_ones(table, y_true):
    return table[np.arange(len(table)), y_true]


def mean_crossentropy(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - right_ones(z, y_true))


def crossentropy_from_probabilities(y_true, z):
    with np.errstate(divide="ignore"):
        return -np.log(right_ones(stable_softmax(z), y_true))


def crossentropy_without_shift(y_true, z):
    with np.errstate(over="ignore"):
        return np.log(np.exp(z).sum(axis=1)) - right_ones(z, y_true)


def crossentropy_shifted_once(y_true, z):
    return np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1)) - right_ones(z, y_true)


def crossentropy_plus_epsilon(y_true, z):
    return -np.log(right_ones(stable_softmax(z), y_true) + 1e-7)


def crossentropy_clipped(y_true, z):
    return -np.log(np.clip(right_ones(stable_softmax(z), y_true), 1e-7, 1 - 1e-7))


def crossentropy_of_overflow(y_true, z):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.log(right_ones(softmax_without_shift(z), y_true))


WRONG = {
    "softmax": [
        (lambda z: np.exp(z - z.max()) / np.sum(np.exp(z - z.max())), "axis=-1"),
        (lambda z: 1 / (1 + np.exp(-np.clip(z, -500, 500))), "sigmoid"),
        (softmax_without_axis, "axis=-1"),
        (softmax_without_axis, "np.exp(1000)"),
        (softmax_without_shift, "each row's maximum"),
        (softmax_down_the_columns, "sums of the columns"),
        (lambda z: softmax_without_shift((z.T - z.min(axis=1)).T), "minimum or mean"),
        (lambda z: softmax_without_shift(z - z.mean(axis=1, keepdims=True)), "minimum or mean"),
        (lambda z: softmax_without_shift(z - z[:, -1][:, None]), "last score"),
    ],
    "surprise": [
        (-np.log2(0.2), "in bits"),
        (-np.log(0.7), "the dog"),
        (np.log(0.2), "sign is reversed"),
    ],
    "crossentropy": [
        (mean_crossentropy, "not their mean"),
        (crossentropy_from_probabilities, "underflowed"),
        (crossentropy_without_shift, "overflowed to inf"),
        (crossentropy_shifted_once, "only inside the exponentials"),
        (crossentropy_plus_epsilon, "16.12"),
        (crossentropy_clipped, "16.12"),
        (crossentropy_of_overflow, "inf/inf"),
        (lambda y, z: crossentropy_without_shift(y, z - z.mean(axis=1)[:, None]), "each row's mean"),
        (lambda y, z: crossentropy_without_shift(y, z - z[:, -1:]), "each row's last score"),
        (lambda y, z: crossentropy_without_shift(y, z - z.min(axis=1)[:, None]), "each row's maximum"),
    ],
    "crossentropy_gradient": [
        (lambda y, z: y - stable_softmax(z), "sign is reversed"),
        (lambda y, z: stable_softmax(z), "subtract the target"),
        (lambda y, z: np.exp(z) / np.exp(z).sum() - y, "last axis"),
    ],
    "double_softmax_floor": [(1.4612, "ten classes"), (np.log(3), "uniform guess")],
    "softmax_regression": [
        (softmax_regression_with_summed_gradient, "use their mean"),
        (softmax_regression_without_bias, "b did not move"),
        (softmax_regression_with_b_late, "new W"),
    ],
}


# Other right answers, which the exercises accept.


def crossentropy_in_a_loop(y_true, z):
    return [
        float(np.log(np.sum(np.exp(row - max(row)))) + max(row) - row[y])
        for y, row in zip(y_true, z, strict=True)
    ]


def softmax_regression_in_float32(x, y, classes, learning_rate, steps):
    x, one_hot = x.astype(np.float32), np.eye(classes, dtype=np.float32)[y]
    w, b = np.zeros((x.shape[1], classes), np.float32), np.zeros(classes, np.float32)
    for _ in range(steps):
        slope = (stable_softmax(x @ w + b) - one_hot) / len(x)
        w, b = w - np.float32(learning_rate) * x.T @ slope, b - np.float32(learning_rate) * slope.sum(axis=0)
    return w, b


def softmax_regression_with_a_column(x, y, classes, learning_rate, steps):
    x = np.column_stack([x, np.ones(len(x))])
    w = np.zeros((x.shape[1], classes))
    for _ in range(steps):
        p = special.softmax(x @ w, axis=1)
        p[np.arange(len(y)), y] -= 1
        w = w - learning_rate * x.T @ p / len(x)
    return w[:-1], w[-1]


RIGHT = {
    "softmax": [
        lambda z: special.softmax(z, axis=1).astype(np.float32),
        lambda z: [(np.exp(row - max(row)) / sum(np.exp(row - max(row)))).tolist() for row in z],
        lambda z: np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None]),
    ],
    "crossentropy": [
        crossentropy_in_a_loop,
        lambda y_true, z: special.logsumexp(z, axis=1) - np.take_along_axis(z, y_true[:, None], 1)[:, 0],
        lambda y_true, z: -special.log_softmax(z, axis=-1)[range(len(z)), y_true].astype(np.float32),
    ],
    "crossentropy_gradient": [
        lambda y_true, z: special.softmax(z, axis=-1) - y_true,
        lambda y_true, z: (stable_softmax(z) - y_true).astype(np.float32).tolist(),
    ],
    "softmax_regression": [softmax_regression_in_float32, softmax_regression_with_a_column],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
SAME_LENGTH = "there is one label, and one row of everything, for each sample"
NO_OVERFLOW = (
    "scores as small as those of a first training need no shift; the exercise on softmax asks for it"
)
EQUIVALENT = {
    "softmax": {"e = -np.exp(…": "the sign cancels in the ratio"},
    "crossentropy": {"…np.arange(len(…)), y_true]": SAME_LENGTH},
    "softmax_regression": {
        "…slope / len(…": SAME_LENGTH,
        "e = -np.exp(…": "the sign cancels in the ratio",
        "e = np.exp(z…": NO_OVERFLOW,
    },
}


def some_scores(rng):
    return rng.normal(size=(rng.integers(1, 7), rng.integers(2, 6))) * 10 ** rng.uniform(-1, 3)


def scores_with_labels(rng):
    z = some_scores(rng)
    return rng.integers(0, z.shape[1], len(z)), z


def some_digits(rng):
    x = rng.normal(size=(rng.integers(4, 12), 3))
    return x, rng.integers(0, 4, len(x)), 4, rng.uniform(0.1, 1), int(rng.integers(1, 9))


RANDOM = {
    "softmax": lambda rng: (some_scores(rng),),
    "crossentropy": scores_with_labels,
    "softmax_regression": some_digits,
}
