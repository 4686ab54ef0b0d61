"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np
from scipy import optimize


def mean_crossentropy(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y_true])


def calibration_error_by_width(confidence, right, bins):
    total = 0.0
    for low in np.arange(bins) / bins:
        last = low + 1 / bins > 1 - 1e-9
        here = (confidence >= low) & ((confidence < low + 1 / bins) | last)
        if here.any():
            total += here.mean() * abs(right[here].mean() - confidence[here].mean())
    return total


def calibration_error_with_signs(confidence, right, bins):
    order = np.argsort(confidence)
    return abs(np.mean((right - confidence)[order].reshape(bins, -1).mean(axis=1)))


def inverse_temperature(z, y):
    factors = np.geomspace(0.1, 10, 20001)
    return factors[np.argmin([mean_crossentropy(y, factor * z) for factor in factors])]


def cautious_temperature(z, y):
    candidates = np.linspace(0.1, 1, 901)
    return candidates[np.argmin([mean_crossentropy(y, z / t) for t in candidates])]


WRONG = {
    "calibration_error": [
        (calibration_error_by_width, "equal width"),
        (calibration_error_with_signs, "do not cancel"),
        (lambda c, right, bins: np.mean(right) - np.mean(c), "before you average"),
    ],
    "temperature": [
        (inverse_temperature, "1/T"),
        (cautious_temperature, "above 1"),
        (lambda z, y: max(1.0, 1 / inverse_temperature(z, y)), "below 1"),
    ],
    "balanced_weights": [
        (lambda y: 1 / np.unique(y, return_counts=True)[1], "ratio is right"),
        (lambda y: len(y) / np.bincount(y), "number of classes, too"),
        (lambda y: {k: len(y) / np.sum(y == k) for k in np.unique(y)}, "number of classes, too"),
        (lambda y: 0.5 / np.array([np.mean(y == k) for k in np.unique(y)]), "two classes only"),
    ],
    "call_out": [
        (400 / (400 + 10_000), "real fire is free"),
        (0.5, "both mistakes cost the same"),
        (4.0, "percent"),
    ],
    "focal_loss": [
        (lambda y_true, p, gamma: -((1 - p) ** gamma) * np.log(p), "You treated label 0 like label 1"),
        (
            lambda y_true, p, gamma: -y_true * np.log(p) - (1 - y_true) * np.log(1 - p),
            "Multiply it by the factor (1 − p)^γ",
        ),
    ],
}


# Other right answers, which the exercises accept.


def temperature_by_scipy(z, y):
    return optimize.minimize_scalar(
        lambda t: mean_crossentropy(y, z / t), bounds=(0.1, 10), method="bounded"
    ).x


def temperature_to_three_digits(z, y):
    return float(f"{temperature_by_scipy(z, y):.3g}")


RIGHT = {
    "calibration_error": [
        lambda c, right, bins: np.abs((right - c)[np.argsort(c)].reshape(bins, -1).mean(axis=1)).mean(),
        lambda c, right, bins: np.float32(
            sum(
                abs(sum(r - p for p, r in part)) / len(part)
                for part in np.array_split(np.array(sorted(zip(c, right, strict=True))), bins)
            )
            / bins
        ),
    ],
    "temperature": [temperature_by_scipy, temperature_to_three_digits],
    "balanced_weights": [
        lambda y: {k: len(y) / (len(np.unique(y)) * np.sum(y == k)) for k in np.unique(y)},
        lambda y: [float(1 / np.mean(y == k) / (max(y) + 1)) for k in range(max(y) + 1)],
    ],
    "focal_loss": [
        lambda y, p, gamma: -(y * (1 - p) ** gamma * np.log(p) + (1 - y) * p**gamma * np.log(1 - p)),
        lambda y, p, gamma: [
            float(-((1 - q) ** gamma) * np.log(q))
            for q in (a if b else 1 - a for a, b in zip(p, y, strict=True))
        ],
    ],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
NO_SIGN = "the absolute value takes the sign away"
STEEP = "below its minimum the NLL climbs so steeply that it comes out the same"
CONVERGED = "after so many rounds all places of the interval are the same number"
EQUIVALENT = {
    "calibration_error": {
        "…np.argsort(-confidence), bins)…": "bins of equal size are the same from above and from below",
        "…_equally_many(-confidence, bins)…": "bins of equal size are the same from above and from below",
        "gaps.append(…np.mean(confidence[here])…": NO_SIGN,
        "return …np.array([…part… for part in parts])": NO_SIGN,
        "…(-_gaps(confidence…": NO_SIGN,
        "…(_gaps(right, confidence, …": NO_SIGN,
    },
    "temperature": {
        "return np.sum(…": "a sum has its minimum where the mean has it",
        "return losses.….sum()": "a sum has its minimum where the mean has it",
        "low, high = (np.log(10), np.log(0.1))": "the search is the same from either end",
        "low, high = (np.log2(0.1), np.log(10))": "a wider interval holds the minimum too",
        "low, high = (np.log(0.1), np.log1p(10))": "a wider interval holds the minimum too",
        "low, high = (np.log(0.1), np.log2(10))": "a wider interval holds the minimum too",
        "low, high = (np.log(0.1), np.log(11))": "a wider interval holds the minimum too",
        "low, high = (np.log(0.1), np.log(20))": "a wider interval holds the minimum too",
        "for _ in range(…": "more rounds than three digits need",
        "…cost(left) <= cost(right)…": "a tie leaves the minimum in both parts",
        "…np.exp(left)) <= _nll(…": "a tie leaves the minimum in both parts",
        "… else (high, left)": "the search is the same from either end",
        "if cost(left) < cost(high):": STEEP,
        "…np.exp(left)) < _nll(z, y, np.exp(high))…": STEEP,
        "low, high = (right, low) if …": "the search is the same from either end",
        "return np.exp(…": CONVERGED,
    },
}


def some_confidences(rng):
    bins = int(rng.integers(1, 5))
    n = bins * rng.integers(1, 6)
    return rng.permutation(1000)[:n] / 1000, rng.integers(0, 2, n), bins


def some_overconfident_scores(rng):
    z = rng.normal(size=(80, 4))
    return rng.uniform(0.3, 5) * z, (z + rng.gumbel(size=z.shape)).argmax(axis=1)


RANDOM = {"calibration_error": some_confidences, "temperature": some_overconfident_scores}
