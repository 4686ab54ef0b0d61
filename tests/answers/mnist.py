"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import functools

import numpy as np
from scipy import stats


def cosine_without_warmup(t, peak, warmup, total):
    return peak * 0.5 * (1 + np.cos(np.pi * t / total))


def cosine_from_the_start(t, peak, warmup, total):
    return np.where(t < warmup, peak * t / warmup, cosine_without_warmup(t, peak, warmup, total))


def shift_by_slices(image, down, right):
    moved = np.zeros_like(image)
    for row in range(len(image)):
        for column in range(len(image[0])):
            if 0 <= row + down < len(image) and 0 <= column + right < len(image[0]):
                moved[row, column] = image[row + down, column + right]
    return moved


def smoothed_entropy(alpha, classes):
    p = np.array([1 - alpha] + (classes - 1) * [alpha / (classes - 1)])
    return -np.sum(p * np.log(p))


WRONG = {
    "total_steps": [
        (lambda n, batch_size, epochs: epochs * (n // batch_size), "last, smaller batch is a step too"),
        (lambda n, batch_size, epochs: int(np.ceil(n / batch_size)), "a single epoch"),
    ],
    "warmup_cosine": [
        (cosine_without_warmup, "warm-up is missing"),
        (cosine_from_the_start, "when the warm-up ends"),
    ],
    "smoothing_floor": [
        (smoothed_entropy, "shared among all K classes"),
        (lambda alpha, classes: -np.log(1 - alpha + alpha / classes), "only the right class's term"),
    ],
    "decayed_weights": [
        (lambda w, rate, decay, steps: w * np.exp(steps * np.log(1 - decay)), "by the learning rate"),
        (lambda w, rate, decay, steps: w - steps * rate * decay * w, "as it is then"),
        (lambda w, rate, decay, steps: w / np.exp(rate * decay * steps), "infinitely small steps"),
    ],
    "shifted_image": [
        (lambda image, down, right: np.roll(np.roll(image, down, 0), right, 1), "zeros should come in"),
        (shift_by_slices, "wrong way"),
    ],
    "paired_error": [
        (
            lambda right_a, right_b: (
                np.mean(right_b) - np.mean(right_a),
                np.sqrt(np.mean(right_b) * (1 - np.mean(right_b)) / len(right_b)),
            ),
            "b's accuracy. Take the differences per image",
        ),
        (
            lambda right_a, right_b: (
                np.mean(right_b) - np.mean(right_a),
                np.hypot(right_a.std(ddof=1), right_b.std(ddof=1)) / len(right_a) ** 0.5,
            ),
            "two different sets of images",
        ),
        (lambda right_a, right_b: (np.mean(right_b - right_a), np.std(right_b - right_a, ddof=1)), "√n"),
    ],
    "compare_runs": [
        (
            lambda a, b: (np.median(b - a), stats.t.ppf(0.975, len(a) - 1) * stats.sem(b - a)),
            "not their median",
        ),
        (
            lambda a, b: (b.mean() - a.mean(), 1.96 * np.std(b - a, ddof=1) / len(a) ** 0.5),
            "1.96 belongs to many runs",
        ),
        (
            lambda a, b: (
                b.mean() - a.mean(),
                stats.t(len(a) - 1).ppf(0.975) * np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)),
            ),
            "difference of each pair",
        ),
        (
            lambda a, b: (b.mean() - a.mean(), stats.t(len(a) - 1).ppf(0.975) * stats.sem(b - a, ddof=0)),
            "ddof=1",
        ),
        (
            lambda a, b: (a.mean() - b.mean(), stats.t(len(a) - 1).ppf(0.975) * stats.sem(a - b)),
            "b minus a",
        ),
    ],
}


# Other right answers, which the exercises accept.


def shifted_pixel_by_pixel(image, down, right):
    height, width = image.shape
    return [
        [
            float(image[i - down, j - right]) if 0 <= i - down < height and 0 <= j - right < width else 0.0
            for j in range(width)
        ]
        for i in range(height)
    ]


def shifted_by_products(image, down, right):
    return np.eye(len(image), k=-down) @ image @ np.eye(image.shape[1], k=right)


RIGHT = {
    "total_steps": [
        lambda n, batch_size, epochs: int(np.ceil(n / batch_size)) * epochs,
        lambda n, batch_size, epochs: len(range(0, n, batch_size)) * epochs,
    ],
    "warmup_cosine": [
        lambda t, peak, warmup, total: [
            float(
                peak
                * (s / warmup if s < warmup else np.cos(np.pi / 2 * (s - warmup) / (total - warmup)) ** 2)
            )
            for s in t
        ],
        lambda t, peak, warmup, total: np.minimum(
            peak * t / warmup, peak / 2 * (1 + np.cos(np.pi * np.maximum(t - warmup, 0) / (total - warmup)))
        ).astype(np.float32),
    ],
    "smoothing_floor": [
        lambda alpha, classes: stats.entropy(
            [1 - alpha + alpha / classes] + [alpha / classes] * (classes - 1)
        ),
        lambda alpha, classes: (
            -sum(q * np.log(q) for q in (1 - alpha) * np.eye(classes)[0] + alpha / classes)
        ),
    ],
    "decayed_weights": [
        lambda w, rate, decay, steps: functools.reduce(lambda w, _: w - rate * decay * w, range(steps), w),
        lambda w, rate, decay, steps: (w * np.exp(steps * np.log1p(-rate * decay))).astype(np.float32),
    ],
    "shifted_image": [shifted_pixel_by_pixel, shifted_by_products],
    "paired_error": [
        lambda a, b: (b.mean() - a.mean(), stats.sem(b - a)),
        lambda a, b: [np.mean(b - a), np.sqrt(np.cov(a - b) / len(a))],
    ],
    "compare_runs": [
        lambda a, b: (b.mean() - a.mean(), stats.sem(b - a) * stats.t.isf(0.025, len(a) - 1)),
        lambda a, b: (
            (i := stats.ttest_rel(b, a).confidence_interval()).low / 2 + i.high / 2,
            (i.high - i.low) / 2,
        ),
    ],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
SAME_LENGTH = "there are as many numbers of one as of the other"
EQUIVALENT = {
    "warmup_cosine": {
        "share = …": "the cosine is even",
        "cosine = …(warmup - total)))": "the cosine is even",
        "cosine = …(since - t)…": "the cosine is even",
        "return np.where(t <= warmup, …": "at the end of the warm-up both are the peak",
        "…since…": "the cosine begins at the end of the warm-up, so both names are one number",
        "cosine = …(t - warmup) / (total - warmup)))": "the cosine begins at the end of the warm-up",
    },
    "shifted_image": {
        "margin = max(abs(…": "any margin that is wide enough",
        "moved[…": "a slice that ends beyond the edge ends at it",
    },
    "paired_error": {
        "error = … / np.sqrt(len(right_…": SAME_LENGTH,
        "return (np.mean(difference), … / np.sqrt(len(right_…": SAME_LENGTH,
        "difference = np.asarray(right_b) - right_a": "whole numbers may be subtracted as they are",
    },
    "compare_runs": {
        "n = len(…": SAME_LENGTH,
        "error = …np.sqrt(len(…": SAME_LENGTH,
        "return (np.mean(difference), _half_width(error, len(…": SAME_LENGTH,
    },
}


def some_warmup(rng):
    return rng.uniform(0, 60, 9).round(), rng.uniform(0.01, 1), int(rng.integers(1, 20)), 60


RANDOM = {
    "warmup_cosine": some_warmup,
    "shifted_image": lambda rng: (rng.uniform(1, 9, (5, 6)), *map(int, rng.integers(-4, 5, 2))),
    "paired_error": lambda rng: tuple(rng.integers(0, 2, (2, 20))),
    "compare_runs": lambda rng: tuple(rng.uniform(0.5, 1, (2, rng.integers(2, 8)))),
}
