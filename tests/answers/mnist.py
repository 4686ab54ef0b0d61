"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

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
