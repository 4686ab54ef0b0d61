"""Exercises of the chapter *MNIST*: steps, warm-up, smoothing, decay, shifts, and what a difference means."""

import numpy as np

from .exercise import Exercise

total_steps = Exercise(
    task="return the number of steps",
    answer=lambda n, batch_size, epochs: -(-n // batch_size) * epochs,
    right="A schedule needs this number, and it is easy to get wrong.",
    slips={
        "This counts only the full batches, but the last, smaller batch is a step too.": (
            lambda n, batch_size, epochs: n // batch_size * epochs
        ),
        "The last, smaller batch ends each epoch, so round up within an epoch and not once at the end.": (
            lambda n, batch_size, epochs: -(-n * epochs // batch_size)
        ),
        "There is no half step, so round up within each epoch.": lambda n, batch_size, epochs: (
            n / batch_size * epochs
        ),
        "These are the steps of a single epoch.": lambda n, batch_size, epochs: -(-n // batch_size),
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
    right="The rate rises in a straight line and falls in half a cosine. Plot it before you train with it.",
    slips={
        "The cosine starts at its top when the warm-up ends, so count its steps from there.": (
            lambda t, peak, warmup, total: _warmup_cosine(t, peak, warmup, total, since=0, span=total)
        ),
        "The cosine has total − warmup steps in which to fall to 0.": lambda t, peak, warmup, total: (
            _warmup_cosine(t, peak, warmup, total, span=total)
        ),
        "1 + cos falls from 2 to 0, so take half of it.": lambda t, peak, warmup, total: _warmup_cosine(
            t, peak, warmup, total, half=1
        ),
        "The warm-up is missing: up to step `warmup` the rate rises in a straight line.": (
            lambda t, peak, warmup, total: peak * (1 + np.cos(np.pi * t / total)) / 2
        ),
    },
    cases=((np.arange(0, 101, 10.0), 0.01, 20, 100), (np.array([0.0, 5, 10, 55, 100]), 3.0, 10, 100)),
)


def _entropy(right, other, others):
    return -right * np.log(right) - others * other * np.log(other)


smoothing_floor = Exercise(
    task="return the lowest possible loss",
    answer=lambda alpha, classes: _entropy(1 - alpha + alpha / classes, alpha / classes, classes - 1),
    right="A smoothed loss never reaches 0, so compare it with its floor and not with other losses.",
    slips={
        "The right class gets its share of α too, so its target is 1 − α + α/K.": lambda alpha, classes: (
            _entropy(1 - alpha, alpha / classes, classes - 1)
        ),
        "α is shared among all K classes, including the right one.": lambda alpha, classes: _entropy(
            1 - alpha, alpha / (classes - 1), classes - 1
        ),
        "There are K − 1 wrong classes, and each adds a term.": lambda alpha, classes: _entropy(
            1 - alpha + alpha / classes, alpha / classes, 1
        ),
        "This is only the right class's term, but the wrong classes have targets above 0 now.": (
            lambda alpha, classes: -np.log(1 - alpha + alpha / classes)
        ),
        "This is in bits. Losses use the natural logarithm, np.log.": lambda alpha, classes: (
            _entropy(1 - alpha + alpha / classes, alpha / classes, classes - 1) / np.log(2)
        ),
    },
    cases=((0.05, 10), (0.1, 10), (0.2, 3)),
)

decayed_weights = Exercise(
    task="return the weights after the given number of steps",
    answer=lambda w, learning_rate, weight_decay, steps: w * (1 - learning_rate * weight_decay) ** steps,
    right="With a rate of 0.001 and a decay of 0.1, a weight needs ten thousand steps to lose 63 %.",
    slips={
        "Keras multiplies the decay by the learning rate.": lambda w, learning_rate, weight_decay, steps: (
            w * (1 - weight_decay) ** steps
        ),
        "Each step takes its share of the weight as it is then, not of the first weight.": (
            lambda w, learning_rate, weight_decay, steps: w * (1 - learning_rate * weight_decay * steps)
        ),
        "This is the limit for infinitely small steps. Multiply by 1 − ηλ once per step.": (
            lambda w, learning_rate, weight_decay, steps: w * np.exp(-learning_rate * weight_decay * steps)
        ),
        "This is the weight after one step.": lambda w, learning_rate, weight_decay, steps: (
            w * (1 - learning_rate * weight_decay)
        ),
    },
    # The default tolerance accepts float32, whose rounding grows to 3e-5 in a thousand steps.
    cases=((np.array([1.0, -2.0]), 0.01, 0.1, 1000), (np.array([3.0]), 0.5, 0.5, 3)),
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
    task="return the shifted image, in its old shape",
    answer=_shifted,
    right="What leaves the frame is lost, and zeros come in.",
    slips={
        "np.roll brings back on one side what leaves on the other, but zeros should come in.": (
            lambda image, down, right: np.roll(image, (down, right), axis=(0, 1))
        ),
        "The image moved the wrong way: down and right are the positive directions.": (
            lambda image, down, right: _shifted(image, -down, -right)
        ),
        "Rows and columns are exchanged: `down` counts rows, which are the first axis.": (
            lambda image, down, right: _shifted(image, right, down)
        ),
    },
    cases=((_image, 1, 0), (_image, 0, -2), (_image, -2, 1), (_image, 0, 0)),
)


def _paired(right_a, right_b):
    difference = np.asarray(right_b, dtype=float) - right_a
    return np.mean(difference), np.std(difference, ddof=1) / np.sqrt(len(difference))


def _unpaired(right_a, right_b, ddof=0):
    return np.sqrt((np.var(right_a, ddof=ddof) + np.var(right_b, ddof=ddof)) / len(right_a))


_answers = np.random.default_rng(1).random((3, 400))
_right_a, _right_b = _answers[0] > 0.05, (_answers[0] > 0.05) ^ (_answers[1] > 0.98)

paired_error = Exercise(
    task="return the gain and its paired standard error",
    answer=_paired,
    right="Only the images on which the two models differ add to this error.",
    slips={
        "This error is the one of two different sets of images. Take the differences per image first.": (
            lambda right_a, right_b: (_paired(right_a, right_b)[0], _unpaired(right_a, right_b))
        ),
        "This is the error of two different sets of images. Take the differences per image first.": (
            lambda right_a, right_b: (_paired(right_a, right_b)[0], _unpaired(right_a, right_b, ddof=1))
        ),
        "This is the standard error of b's accuracy. Take the differences per image first.": (
            lambda right_a, right_b: (
                _paired(right_a, right_b)[0],
                np.sqrt(np.mean(right_b) * (1 - np.mean(right_b)) / len(right_b)),
            )
        ),
        "This is the standard deviation of one image's difference. Divide it by √n.": (
            lambda right_a, right_b: (
                _paired(right_a, right_b)[0],
                _paired(right_a, right_b)[1] * np.sqrt(len(right_a)),
            )
        ),
        "The gain is b's accuracy minus a's.": lambda right_a, right_b: _paired(right_b, right_a),
    },
    cases=(
        (np.array([1, 1, 0, 1, 0, 1, 1, 1]), np.array([1, 1, 1, 1, 0, 1, 1, 1])),
        (_right_a.astype(int), _right_b.astype(int)),
    ),
)


def _quantile(share, degrees_of_freedom):
    """Return a quantile of the t distribution, which is the normal one for infinitely many degrees of freedom."""
    from scipy import stats  # only here, because importing it takes longer than the whole package

    return stats.t.ppf(share, degrees_of_freedom)


def _half_width(error, runs):
    return _quantile(0.975, runs - 1) * error


def _compare(a, b, ddof=1):
    difference = np.asarray(b) - a
    error = np.std(difference, ddof=ddof) / np.sqrt(len(difference))
    return np.mean(difference), _half_width(error, len(difference))


compare_runs = Exercise(
    task="return the mean gain and the half-width of its interval",
    answer=lambda a, b: _compare(a, b),
    right="If the interval contains 0, train more seeds or leave the change out.",
    slips={
        "The gain is b minus a.": lambda a, b: (-_compare(a, b)[0], _compare(a, b)[1]),
        "Divide by n − 1 in the variance, with ddof=1, because the runs are few.": lambda a, b: _compare(
            a, b, ddof=0
        ),
        "The seeds are the same, so take the difference of each pair before you take the deviation.": (
            lambda a, b: (
                np.mean(b) - np.mean(a),
                _half_width(np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / len(a)), len(a)),
            )
        ),
        "1.96 belongs to many runs. For few, take it from the t distribution with n − 1 degrees of freedom.": (
            lambda a, b: (
                _compare(a, b)[0],
                _quantile(0.975, np.inf) / _quantile(0.975, len(a) - 1) * _compare(a, b)[1],
            )
        ),
        "This t has n degrees of freedom, but the mean took one, so n − 1 are left.": lambda a, b: (
            _compare(a, b)[0],
            _quantile(0.975, len(a)) / _quantile(0.975, len(a) - 1) * _compare(a, b)[1],
        ),
        "Both tails count, so a 95 % interval needs the 0.975 quantile of t.": lambda a, b: (
            _compare(a, b)[0],
            _quantile(0.95, len(a) - 1) / _quantile(0.975, len(a) - 1) * _compare(a, b)[1],
        ),
        "Return the mean of the differences, not their median.": lambda a, b: (
            np.median(b - a),
            _compare(a, b)[1],
        ),
        "This is the standard error. Multiply it by the quantile of t.": lambda a, b: (
            _compare(a, b)[0],
            _compare(a, b)[1] / _quantile(0.975, len(a) - 1),
        ),
        "This is the interval of a single run. The mean of n runs has 1/√n of its width.": lambda a, b: (
            _compare(a, b)[0],
            _compare(a, b)[1] * np.sqrt(len(a)),
        ),
    },
    cases=(
        (np.array([0.981, 0.983, 0.982]), np.array([0.984, 0.983, 0.986])),
        (np.array([0.5, 0.7, 0.6, 0.9, 0.8]), np.array([0.6, 0.8, 0.5, 1.0, 0.8])),
    ),
)
