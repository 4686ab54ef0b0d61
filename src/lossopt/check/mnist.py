"""Exercises on a training recipe: steps, warm-up and cosine, smoothing, decay, shifts, and what a difference means."""

import numpy as np

from .exercise import Exercise

total_steps = Exercise(
    task="return the number of steps",
    answer=lambda n, batch_size, epochs: -(-n // batch_size) * epochs,
    right="A schedule needs this number, and it is the one most often got wrong.",
    slips={
        "That is what fits exactly: the last, smaller batch is a step too.": lambda n, batch_size, epochs: (
            n // batch_size * epochs
        ),
        "The last, smaller batch ends an epoch: round up in each, not once at the end.": (
            lambda n, batch_size, epochs: -(-n * epochs // batch_size)
        ),
        "Half a step does not exist: round up within each epoch.": lambda n, batch_size, epochs: (
            n / batch_size * epochs
        ),
        "Those are the steps of a single epoch.": lambda n, batch_size, epochs: -(-n // batch_size),
    },
    cases=((60000, 256, 10), (50000, 256, 10), (64, 32, 3)),
)


def _warmup_cosine(t, peak, warmup, total, since=None, span=None, half=0.5):
    since = warmup if since is None else since
    cosine = half * peak * (1 + np.cos(np.pi * (t - since) / ((total - warmup) if span is None else span)))
    return np.where(t < warmup, peak * t / warmup, cosine)


warmup_cosine = Exercise(
    task="return the learning rate of each step",
    answer=lambda t, peak, warmup, total: _warmup_cosine(t, peak, warmup, total),
    right="Up in a line, down in half a cosine. You can draw it now, before you train with it.",
    slips={
        "The cosine has to begin at its top when the warm-up ends: count its steps from there.": (
            lambda t, peak, warmup, total: _warmup_cosine(t, peak, warmup, total, since=0, span=total)
        ),
        "The cosine has total − warmup steps to come down in.": lambda t, peak, warmup, total: _warmup_cosine(
            t, peak, warmup, total, span=total
        ),
        "1 + cos goes from 2 to 0: take half of it.": lambda t, peak, warmup, total: _warmup_cosine(
            t, peak, warmup, total, half=1
        ),
        "Where is the warm-up? Up to step `warmup` the rate rises in a straight line.": (
            lambda t, peak, warmup, total: peak * (1 + np.cos(np.pi * t / total)) / 2
        ),
    },
    cases=((np.arange(0, 101, 10.0), 0.01, 20, 100), (np.array([0.0, 5, 10, 55, 100]), 3.0, 10, 100)),
)


def _entropy(right, other, others):
    return -right * np.log(right) - others * other * np.log(other)


smoothing_floor = Exercise(
    task="return the lowest loss that is left",
    answer=lambda alpha, classes: _entropy(1 - alpha + alpha / classes, alpha / classes, classes - 1),
    right="A smoothed loss never reaches zero. Compare it with its floor, not with other losses.",
    slips={
        "The right class gets its share of α too: 1 − α + α/K.": lambda alpha, classes: _entropy(
            1 - alpha, alpha / classes, classes - 1
        ),
        "α is shared among all K classes, including the right one.": lambda alpha, classes: _entropy(
            1 - alpha, alpha / (classes - 1), classes - 1
        ),
        "There are K − 1 wrong classes, and each has its term.": lambda alpha, classes: _entropy(
            1 - alpha + alpha / classes, alpha / classes, 1
        ),
        "That is only the right class's term: the wrong ones have targets above zero now.": (
            lambda alpha, classes: -np.log(1 - alpha + alpha / classes)
        ),
        "That is the binary logarithm; losses use the natural one, np.log.": lambda alpha, classes: (
            _entropy(1 - alpha + alpha / classes, alpha / classes, classes - 1) / np.log(2)
        ),
    },
    cases=((0.05, 10), (0.1, 10), (0.2, 3)),
)

decayed_weights = Exercise(
    task="return the weights after the given number of steps",
    answer=lambda w, learning_rate, weight_decay, steps: w * (1 - learning_rate * weight_decay) ** steps,
    right="At a rate of 0.001 and a decay of 0.1, ten thousand steps are needed to lose 63 %.",
    slips={
        "Keras multiplies the decay by the learning rate.": lambda w, learning_rate, weight_decay, steps: (
            w * (1 - weight_decay) ** steps
        ),
        "Each step takes its share of what is left, not of what was there at first.": (
            lambda w, learning_rate, weight_decay, steps: w * (1 - learning_rate * weight_decay * steps)
        ),
        "That is what one step leaves.": lambda w, learning_rate, weight_decay, steps: (
            w * (1 - learning_rate * weight_decay)
        ),
    },
    cases=((np.array([1.0, -2.0]), 0.01, 0.1, 1000), (np.array([3.0]), 0.5, 0.5, 2)),
    tolerance=1e-6,
)


def _shifted(image, down, right):
    height, width = image.shape
    moved = np.zeros_like(image)
    moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = image[
        max(-down, 0) : height + min(-down, 0), max(-right, 0) : width + min(-right, 0)
    ]
    return moved


_image = np.random.default_rng(0).uniform(1, 9, (4, 6)).round()

shifted_image = Exercise(
    task="return the moved image, of the same shape",
    answer=_shifted,
    right="What leaves the frame is gone, and zeros come in.",
    slips={
        "np.roll brings back on one side what leaves on the other: zeros have to come in.": (
            lambda image, down, right: np.roll(image, (down, right), axis=(0, 1))
        ),
        "It went the wrong way: down and right are positive.": lambda image, down, right: _shifted(
            image, -down, -right
        ),
        "Rows and columns are exchanged: down counts rows, the first axis.": lambda image, down, right: (
            _shifted(image, right, down)
        ),
    },
    cases=((_image, 1, 0), (_image, 0, -2), (_image, -1, 1), (_image, 0, 0)),
)

standard_error = Exercise(
    task="return the standard error of the accuracy",
    answer=lambda accuracy, n: np.sqrt(accuracy * (1 - accuracy) / n),
    right="A difference smaller than twice this number may be luck with the images.",
    slips={
        "That is the variance: take its square root.": lambda accuracy, n: accuracy * (1 - accuracy) / n,
        "That is the deviation of one image, right or wrong: a mean over n is √n times steadier.": (
            lambda accuracy, n: np.sqrt(accuracy * (1 - accuracy))
        ),
        "The deviation shrinks with √n, not with n.": lambda accuracy, n: (
            np.sqrt(accuracy * (1 - accuracy)) / n
        ),
    },
    cases=((0.985, 10000), (0.5, 100)),
)


def _compare(a, b, ddof=1, root=True):
    variance = np.var(a, ddof=ddof) / len(a) + np.var(b, ddof=ddof) / len(b)
    return np.mean(b) - np.mean(a), np.sqrt(variance) if root else variance


compare_runs = Exercise(
    task="return the mean gain and its standard error",
    answer=lambda a, b: _compare(a, b),
    right="A gain of less than two standard errors is no gain yet: train more seeds, or leave it out.",
    slips={
        "The gain is how much better b is than a.": lambda a, b: (-_compare(a, b)[0], _compare(a, b)[1]),
        "With few runs, divide by n − 1: np.var(a, ddof=1).": lambda a, b: _compare(a, b, ddof=0),
        "That is the variance of the gain: take its square root.": lambda a, b: _compare(a, b, root=False),
        "That is the spread of single runs; the mean of n runs has 1/n of their variance.": lambda a, b: (
            np.mean(b) - np.mean(a),
            np.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1)),
        ),
        "The errors of two means add as squares, under one root.": lambda a, b: (
            np.mean(b) - np.mean(a),
            np.std(a, ddof=1) / np.sqrt(len(a)) + np.std(b, ddof=1) / np.sqrt(len(b)),
        ),
    },
    cases=(
        (np.array([0.981, 0.983, 0.982]), np.array([0.984, 0.983, 0.986, 0.985])),
        (np.array([0.5, 0.7]), np.array([0.6, 0.4, 0.5])),
    ),
)
