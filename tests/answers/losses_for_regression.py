"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np

WRONG = {
    "three_times_as_much": [
        (9, "median"),
        (12.0, "mean"),
        (6, "index"),  # np.argmin(costs)
        (110, "what the best promise costs"),  # np.min(costs)
        ([14.0], "in brackets"),
        ("14", "the text '14'"),
    ],
    "pinball_gradient": [
        (lambda y, p, q: np.where(p < y, q - 1, np.where(p > y, q, 0)), "slopes are swapped"),
        (lambda y, p, q: np.where(p > y, q - 1, np.where(p < y, q, 0.0)), "sign is reversed"),
        (lambda y, p, q: np.where(p > y, -q, np.where(p < y, 1 - q, 0.0)), "sides are swapped"),
        (lambda y, p, q: np.where(p > y, 1 - q, np.where(p < y, -q, 0.0)) / y.size, "number of samples"),
        (lambda y, p, q: np.where(p > y, 1 - q, np.where(p < y, -q, 0.0)).mean(), "one value per sample"),
        (lambda y, p, q: np.where(p >= y, 1 - q, -q), "not 1 − q"),
    ],
    "huber_gradient": [
        (lambda error, delta: np.where(abs(error) < delta, error, np.sign(error)), "not ±1"),
        (
            lambda error, delta: np.where(
                abs(error) <= delta, error**2 / 2, delta * (abs(error) - delta / 2)
            ),
            "derivative",
        ),
        (lambda error, delta: np.where(abs(error) <= delta, 2 * error, delta * np.sign(error)), "not 2 r"),
        (lambda error, delta: np.clip(error, -delta, delta) / error.size, "number of samples"),
        (lambda error, delta: np.clip(error, -delta, delta) + 0.001j, "expected numbers"),
        (lambda error, delta: [str(slope) for slope in np.clip(error, -delta, delta)], "expected numbers"),
        (
            lambda error, delta: np.ma.masked_array(np.clip(error, -delta, delta), error < 0),
            "expected numbers",
        ),
        (
            lambda error, delta: np.clip(error, -delta, delta)[:, None],
            "expected the shape (5,), but got (5, 1)",
        ),
    ],
    "minutes_to_seconds": [
        (240, "60²"),
        (120, "root"),
        (7200, "not its root"),
        ("14400", "the text '14400'"),
    ],
    "root_over_batches": [
        ((2 + 3 + 5) / 3, "mean of the three roots"),
        (np.sqrt((4 + 9 + 25) / 3), "twice as large"),
        (np.sqrt(10 * 4 + 10 * 9 + 20 * 25), "by 40"),
    ],
    "perfect_but_broadcast": [(0, "its own target"), (np.var([1, 2, 3]), "variance of the targets")],
    "halfway_delta": [
        (lambda values: np.mean([np.mean(values), np.median(values)]), "point halfway"),
        (lambda values: np.median(np.abs(values - np.median(values))), "a good first δ"),
    ],
}


# Other right answers, which the exercises accept.


def halfway_by_a_grid(values):
    """Try δ of a grid, and let each constant converge from the one before."""
    median, mean = np.median(values), np.mean(values)
    constant = median
    for delta in np.geomspace(0.5, 50, 1000):
        for _ in range(60):
            constant -= np.clip(constant - values, -delta, delta).mean()
        if (constant - median) / (mean - median) >= 0.5:
            return delta
    return np.inf


RIGHT = {
    "pinball_gradient": [
        lambda y, p, q: (p > y) * (1 - q) - (p < y) * q,
        lambda y, p, q: [0.0 if a == b else 1 - q if b > a else -q for a, b in zip(y, p, strict=True)],
        lambda y, p, q: np.select([p < y, p > y], [-q, 1 - q], 0.0).astype(np.float32),
    ],
    "huber_gradient": [
        lambda error, delta: np.where(np.abs(error) <= delta, error, delta * np.sign(error)),
        lambda error, delta: np.maximum(np.minimum(error, delta), -delta).astype(np.float32),
        lambda error, delta: [max(min(float(e), delta), -delta) for e in error],
    ],
    "halfway_delta": [halfway_by_a_grid],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
EQUIVALENT = {
    "huber_gradient": {
        "…np.clip(-delta, error, delta)": "the larger of −δ and the error, whichever is called the bound"
    },
    "halfway_delta": {
        "c = …": "the search ends at the same constant from any start",
        "for _ in range(…": "more rounds than two digits need",
        "low, high = (0.0, …": "any interval that holds the δ will do",
        "low, high = (1, …": "any interval that holds the δ will do",
        "low, high = (-1, …": "any interval that holds the δ will do",
        "low, high = (delta, high) if way <= 0.5 else (low, delta)": "a tie leaves the δ in both halves",
        "near = … <= 0.5": "a tie leaves the δ in both halves",
        "low, high = (middle, high) if … >= 0 else (low, middle)": "a tie leaves the constant in both halves",
        "low, high = (middle, high) if ….mean() > 0 else …": "a mean has the sign of the sum",
        "low, high = (middle, high) if np.clip(-delta, …": "a number between two, whichever is clipped",
        "return …": "after so many rounds all places of the interval are the same number",
    },
}

RANDOM = {
    "huber_gradient": lambda rng: (rng.normal(size=5) * 3, rng.uniform(0.1, 3)),
    "halfway_delta": lambda rng: (rng.lognormal(2.0, 0.7, size=60) * rng.choice([-1, 1]),),
}
