"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np

WRONG = {
    "three_times_as_much": [(9, "median"), (12.0, "mean")],
    "pinball_gradient": [
        (lambda y, p, q: np.where(p < y, q - 1, np.where(p > y, q, 0)), "swapped"),
        (lambda y, p, q: np.where(p > y, q - 1, np.where(p < y, q, 0.0)), "sign is reversed"),
    ],
    "huber_gradient": [
        (lambda miss, delta: np.where(abs(miss) < delta, miss, np.sign(miss)), "not at ±1"),
        (
            lambda miss, delta: np.where(abs(miss) <= delta, miss**2 / 2, delta * (abs(miss) - delta / 2)),
            "derivative",
        ),
    ],
    "minutes_to_seconds": [(240, "60²"), (120, "root")],
    "root_over_batches": [
        ((2 + 3 + 5) / 3, "mean of the three roots"),
        (np.sqrt((4 + 9 + 25) / 3), "twice as large"),
    ],
    "perfect_but_broadcast": [(0, "if sample met sample"), (np.var([1, 2, 3]), "variance of the targets")],
    "halfway_delta": [
        (lambda values: np.mean([np.mean(values), np.median(values)]), "halfway point itself"),
        (lambda values: np.median(np.abs(values - np.median(values))), "a good start"),
    ],
}
