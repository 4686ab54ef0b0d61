"""What the exercises' checks answer: to the right answer, to typical slips, and to whatever else may come."""

import json
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lossopt import check
from lossopt.check import Exercise

ALL = {name: value for name, value in vars(check).items() if isinstance(value, Exercise)}
NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))


def ascending_step(theta, x, y, learning_rate):
    return theta + learning_rate * 2 * np.mean((theta * x - y) * x)


def step_without_x(theta, x, y, learning_rate):
    return theta - learning_rate * 2 * np.mean(theta * x - y)


def logistic_with_summed_gradient(x, y, learning_rate, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        w, b = w - learning_rate * x.T @ (p - y), b - learning_rate * np.sum(p - y)
    return w, b


def logistic_without_bias(x, y, learning_rate, steps):
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        w = w - learning_rate * x.T @ (1 / (1 + np.exp(-(x @ w))) - y) / len(x)
    return w, 0.0


def softmax_regression_with_summed_gradient(x, y, classes, learning_rate, steps):
    w, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        z = np.exp(x @ w + b - (x @ w + b).max(axis=1)[:, None])
        slope = z / z.sum(axis=1)[:, None] - np.eye(classes)[y]
        w, b = w - learning_rate * x.T @ slope, b - learning_rate * slope.sum(axis=0)
    return w, b


def softmax_regression_without_bias(x, y, classes, learning_rate, steps):
    w = np.zeros((x.shape[1], classes))
    for _ in range(steps):
        z = np.exp(x @ w)
        w = w - learning_rate * x.T @ (z / z.sum(axis=1)[:, None] - np.eye(classes)[y]) / len(x)
    return w, np.zeros(classes)


def mean_crossentropy(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y_true])


def crossentropy_from_probabilities(y_true, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    with np.errstate(divide="ignore"):
        return -np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(z)), y_true])


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


def logsumexp_without_shift(z):
    with np.errstate(all="ignore"):
        return np.log(np.sum(np.exp(z), axis=1))


def crossentropy_from_sigmoid(y_true, z):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-z))
        return -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


def crossentropy_without_log1p(y_true, z):
    return np.maximum(z, 0) - z * y_true + np.log(1 + np.exp(-abs(z)))


def crossentropy_of_softmax(y_true, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    with np.errstate(all="ignore"):
        return -np.sum(y_true * np.log(e / e.sum(axis=1, keepdims=True)), axis=1)


def focal_of_sigmoid(y_true, z, gamma):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-np.where(y_true == 1, z, -z)))
        return (1 - p) ** gamma * -np.log(p)


def focal_of_the_wrong_side(y_true, z, gamma):
    s = np.where(y_true > 0.5, z, -z)
    return np.exp(-gamma * np.logaddexp(0, -s)) * np.logaddexp(0, -s)


def lopsided_to_the_wrong_side(price):
    return lambda y_true, y_pred: np.mean(
        np.where(y_pred > y_true, price, 1) * (y_pred - y_true) ** 2, axis=-1
    )


def lopsided_as_one_number(price):
    return lambda y_true, y_pred: np.where(y_pred < y_true, price, 1) @ (y_pred - y_true) ** 2 / len(y_true)


class Lossy:
    """A loss as a learner writes it, but for the class above it."""

    def __init__(self, q=0.5, reduction="mean", name="lossy"):
        self.q, self.reduction, self.name = q, reduction, name


class LossyWithoutQ(Lossy):
    def get_config(self):
        return {"reduction": self.reduction, "name": self.name}


class LossyWithQAlone(Lossy):
    def get_config(self):
        return {"q": self.q}


def checker_by_one_side(loss, gradient, y_true, y_pred):
    h = 1e-3
    numeric = (loss(y_true, y_pred + h) - loss(y_true, y_pred)) / h
    return np.abs(gradient(y_true, y_pred) - numeric).max() < 0.1


def checker_by_sums(loss, gradient, y_true, y_pred):
    h = 1e-6
    numeric = sum(loss(y_true, y_pred + h) - loss(y_true, y_pred - h)) / (2 * h)
    return abs(numeric - sum(gradient(y_true, y_pred))) < 1e-3


def coverage_without_the_ends(y_true, low, high):
    share = np.mean((y_true > low) & (y_true < high))
    return share, np.sqrt(share * (1 - share) / len(y_true))


def coverage_with_the_spread_of_one(y_true, low, high):
    inside = (y_true >= low) & (y_true <= high)
    return inside.mean(), inside.std()


def calibration_error_by_bin(confidence, right, bins, weighted=False):
    total, count = 0.0, 0
    for low in np.arange(bins) / bins:
        last = low + 1 / bins > 1 - 1e-9
        here = (confidence >= low) & ((confidence < low + 1 / bins) | last)
        if here.any():
            gap = right[here].mean() - confidence[here].mean()
            total += here.mean() * gap if weighted else abs(gap)
            count += 1
    return abs(total) if weighted else total / count


def inverse_temperature(z, y):
    factors = np.geomspace(0.1, 10, 20001)
    return factors[np.argmin([mean_crossentropy(y, factor * z) for factor in factors])]


def cautious_temperature(z, y):
    candidates = np.linspace(0.1, 1, 901)
    return candidates[np.argmin([mean_crossentropy(y, z / t) for t in candidates])]


def dice_without_care_for_empty_masks(y_true, y_pred):
    with np.errstate(invalid="ignore"):
        return 1 - 2 * np.sum(y_true * y_pred, (1, 2)) / (np.sum(y_true, (1, 2)) + np.sum(y_pred, (1, 2)))


def ctc_that_leaps_freely(labels, logits):
    states = [0] + [state for label in labels for state in (label, 0)]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ways = [p[0, state] * (s < 2) for s, state in enumerate(states)]
    for row in p[1:]:
        ways = [
            row[state] * (ways[s] + ways[s - 1] * (s > 0) + ways[s - 2] * (s > 1 and s % 2 == 1))
            for s, state in enumerate(states)
        ]
    return -np.log(sum(ways[-2:]))


def ctc_that_must_end_in_a_blank(labels, logits):
    states = np.array([0] + [state for label in labels for state in (label, 0)])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ways = p[0, states] * (np.arange(len(states)) < 2)
    for row in p[1:]:
        before = ways.copy()
        ways[1:] += before[:-1]
        leaps = (states[2:] != 0) & (states[2:] != states[:-2])
        ways[2:] += before[:-2] * leaps
        ways = ways * row[states]
    return -np.log(ways[-1])


def heavy_ball_uphill(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        m = beta * m + learning_rate * gradient(theta)
        theta = theta + m
    return theta


def averaged_ball(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        m = beta * m + (1 - beta) * gradient(theta)
        theta = theta - learning_rate * m
    return theta


def velocity_made_anew(gradient, theta, learning_rate, beta, steps):
    for _ in range(steps):
        m = np.zeros_like(theta)
        m = beta * m - learning_rate * gradient(theta)
        theta = theta + m
    return theta


def heavy_ball(gradient, theta, learning_rate, beta, steps):
    return averaged_ball(gradient, theta, learning_rate / (1 - beta), beta, steps)


def nesterov_from_the_look(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        theta = theta + beta * m
        m = beta * m - learning_rate * gradient(theta)
        theta = theta + m
    return theta


def coasting_after_the_drop(gradient, theta, rates, beta):
    m = np.zeros_like(theta)
    for rate in rates:
        m = beta * m - rate * gradient(theta)
        theta = theta + m
    return theta


def rescaled_by_old_over_new(gradient, theta, rates, beta):
    m = np.zeros_like(theta)
    for old, rate in zip([rates[0], *rates], rates, strict=False):
        m = beta * m * (old / rate) - rate * gradient(theta)
        theta = theta + m
    return theta


# Two wrong answers to each exercise, as learners write them, and what the check has to say.
WRONG = {
    "one_weight_loss": [
        (lambda theta, x, y: sum((theta * x - y) ** 2), "take their mean"),
        (lambda theta, x, y: np.mean(theta * x - y) ** 2, "Square each miss first"),
    ],
    "one_weight_step": [(ascending_step, "climbs"), (step_without_x, "inner derivative")],
    "default_reduction": [((4 + 30) / 6, "sum of the weights"), (34, "weighted sum")],
    "largest_learning_rate": [(1 / 15, "best rate"), (2 / np.mean(np.arange(1, 5) ** 2), "factor 2")],
    "uninformed_loss": [(np.log2(26), "binary logarithm"), (1 / 26, "probability itself")],
    "logistic_regression": [
        (logistic_with_summed_gradient, "not their sum"),
        (logistic_without_bias, "b never moved"),
    ],
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
    "careful_error": [
        (lambda y_true, y_pred: ((y_true - y_pred) ** 2).mean(), "(n, n)"),
        (lambda y_true, y_pred: np.sqrt(np.mean((y_true.ravel() - y_pred.ravel()) ** 2)), "root"),
    ],
    "softmax": [
        (lambda z: np.exp(z - z.max()) / np.sum(np.exp(z - z.max())), "add up to 1"),
        (lambda z: 1 / (1 + np.exp(-np.clip(z, -500, 500))), "sigmoid"),
    ],
    "surprise": [(-np.log2(0.2), "binary logarithm"), (-np.log(0.7), "class that came")],
    "crossentropy": [
        (mean_crossentropy, "their mean"),
        (crossentropy_from_probabilities, "its log infinite"),
    ],
    "crossentropy_gradient": [
        (lambda y, z: y - np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), "sign is reversed"),
        (lambda y, z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), "subtract the target"),
    ],
    "double_softmax_floor": [(1.4612, "ten classes"), (np.log(3), "knowing nothing")],
    "softmax_regression": [
        (softmax_regression_with_summed_gradient, "not their sum"),
        (softmax_regression_without_bias, "b never moved"),
    ],
    "total_steps": [
        (lambda n, batch_size, epochs: epochs * (n // batch_size), "last, smaller batch is a step too"),
        (lambda n, batch_size, epochs: int(np.ceil(n / batch_size)), "a single epoch"),
    ],
    "warmup_cosine": [
        (cosine_without_warmup, "Where is the warm-up"),
        (cosine_from_the_start, "when the warm-up ends"),
    ],
    "smoothing_floor": [
        (smoothed_entropy, "shared among all K classes"),
        (lambda alpha, classes: -np.log(1 - alpha + alpha / classes), "right class's term alone"),
    ],
    "decayed_weights": [
        (lambda w, rate, decay, steps: w * np.exp(steps * np.log(1 - decay)), "by the learning rate"),
        (lambda w, rate, decay, steps: w - steps * rate * decay * w, "of what is left"),
    ],
    "shifted_image": [
        (lambda image, down, right: np.roll(np.roll(image, down, 0), right, 1), "zeros have to come in"),
        (shift_by_slices, "wrong way"),
    ],
    "standard_error": [
        (lambda accuracy, n: (accuracy - accuracy**2) ** 0.5 / n, "not with n"),
        (lambda accuracy, n: (accuracy - accuracy**2) / n, "square root"),
    ],
    "compare_runs": [
        (
            lambda a, b: (b.mean() - a.mean(), np.sqrt(a.var() / len(a) + b.var() / len(b))),
            "divide by n − 1",
        ),
        (
            lambda a, b: (
                a.mean() - b.mean(),
                np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)),
            ),
            "better b is than a",
        ),
    ],
    "logsumexp": [
        (logsumexp_without_shift, "before np.exp"),
        (lambda z: np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1)), "added back"),
    ],
    "crossentropy_from_logit": [
        (crossentropy_from_sigmoid, "without it"),
        (crossentropy_without_log1p, "np.log1p"),
    ],
    "sigmoid_saturation": [(-np.log(2.0**-24), "float32"), (52 * np.log(2), "half of it")],
    "soft_crossentropy": [
        (crossentropy_of_softmax, "its log infinite"),
        (
            lambda y, z: np.mean(y * (np.logaddexp.reduce(z, axis=1, keepdims=True) - z), axis=1),
            "take their sum",
        ),
    ],
    "double_sigmoid_plateau": [(0.7 * 0.3133 + 0.3 * 0.6931, "swapped"), (0.5032, "as many ones")],
    "focal_from_logits": [
        (focal_of_sigmoid, "with softplus"),
        (focal_of_the_wrong_side, "not p^γ"),
    ],
    "squared_error_per_sample": [
        (lambda y_true, y_pred: ((y_true - y_pred) ** 2).mean(), "axis=-1"),
        (lambda y_true, y_pred: sum((y_true - y_pred) ** 2) / len(y_true), "over the samples"),
    ],
    "lopsided": [
        (lopsided_to_the_wrong_side, "wrong side"),
        (lambda price: lambda y, p: (y - p) ** 2, "Not yet"),
    ],
    "lopsided_gradient": [
        (lambda y, p, price: np.where(p > y, 2 * price, 2) * (p - y), "wrong side"),
        (lambda y, p, price: np.where(p < y, price, 1) * 2 * (y - p), "sign is reversed"),
    ],
    "error_with_holes": [
        (lambda y, p: np.mean(np.abs(np.nan_to_num(y) - p)), "no 0"),
        (lambda y, p: np.nansum(np.abs(y - p)) / len(y), "were counted"),
    ],
    "comes_back": [(LossyWithoutQ, "default stepped in"), (LossyWithQAlone, "super().get_config()")],
    "critical_ratio": [((8 - 3) / 8, "still worth 1"), (2 / (5 + 2), "other side")],
    "gradient_checker": [(checker_by_one_side, "One percent"), (checker_by_sums, "sums may agree")],
    "one_gaussian_nll": [(np.log(2 * np.pi * 2) / 2 + 4 / 4, "v is the variance"), (0.5, "is missing")],
    "best_sigma": [(np.var([1, -2, 2, 3]) + 1, "its root"), (np.std([1, -2, 2, 3]), "do not subtract")],
    "calls_per_hour": [(np.mean([4 / 1, 9 / 5]), "two rates"), ((4 + 9) / 2, "per stretch")],
    "two_coins": [
        (0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5), "other way round"),
        (-(np.log(0.9) + np.log(0.1)) / 2, "cross-entropy"),
    ],
    "coverage": [(coverage_without_the_ends, "<="), (coverage_with_the_spread_of_one, "divide by n")],
    "calibration_error": [
        (calibration_error_by_bin, "nearly empty"),
        (lambda *case: calibration_error_by_bin(*case, weighted=True), "must not cancel"),
    ],
    "temperature": [(inverse_temperature, "1/T"), (cautious_temperature, "above 1")],
    "balanced_weights": [
        (lambda y: 1 / np.unique(y, return_counts=True)[1], "in their ratio"),
        (lambda y: len(y) / np.bincount(y), "number of classes too"),
    ],
    "call_out": [(400 / (400 + 10_000), "free when it burns"), (0.5, "would cost the same")],
    "focal_loss": [
        (lambda y_true, p, gamma: -((1 - p) ** gamma) * np.log(p), "Label 0 was treated like label 1"),
        (
            lambda y_true, p, gamma: -y_true * np.log(p) - (1 - y_true) * np.log(1 - p),
            "factor (1 − p)^γ is missing",
        ),
    ],
    "dice_of_each": [
        (dice_without_care_for_empty_masks, "0/0"),
        (lambda y, p: 1 - 2 * np.sum(y * p, (1, 2)) / (np.sum(y + p, (1, 2)) + 1e-7), "score 1 here"),
        (lambda y, p: 1 - 2 * np.sum(y * p) / np.sum(y + p), "whole batch as one mask"),
    ],
    "semi_hard": [
        (lambda p, n, margin: (p**2 - n**2 + margin > 0).astype(int), "hard ones too"),
        (lambda p, n, margin: ((p < n) & (n < p + margin)).astype(int), "square both"),
    ],
    "ctc_by_states": [
        (ctc_that_leaps_freely, "they would merge"),
        (ctc_that_must_end_in_a_blank, "add up both"),
    ],
    "robust_average": [
        (lambda values, delta: np.mean(values), "the mean"),
        (
            lambda values, delta: sorted(values)[len(values) // 2] if len(values) % 2 else np.median(values),
            "median",
        ),
    ],
    "momentum_rate": [(0.8 / 0.05, "other way"), (0.08, "0.9")],
    "heavy_ball": [
        (heavy_ball_uphill, "uphill"),
        (averaged_ball, "averaged form"),
        (velocity_made_anew, "velocity got lost"),
    ],
    "critical_beta": [
        (lambda learning_rate, curvature: 1 - (learning_rate * curvature) ** 0.5, "square it"),
        (lambda learning_rate, curvature: (1 - learning_rate * curvature) ** 2, "root of ηλ"),
    ],
    "nesterov": [(heavy_ball, "heavy ball"), (nesterov_from_the_look, "walk from θ")],
    "polyak": [
        (
            lambda low, high: (
                4 / (low**0.5 + high**0.5) ** 2,
                (high**0.5 - low**0.5) / (high**0.5 + low**0.5),
            ),
            "square it",
        ),
        (
            lambda low, high: (
                2 / (low + high),
                ((high / low) ** 0.5 - 1) ** 2 / ((high / low) ** 0.5 + 1) ** 2,
            ),
            "plain",
        ),
    ],
    "momentum_correction": [
        (coasting_after_the_drop, "Keras as it is"),
        (rescaled_by_old_over_new, "Upside down"),
    ],
}


@pytest.mark.parametrize("name", ALL)
def test_right_answer_passes(name):
    feedback = ALL[name](ALL[name].answer)
    assert feedback.ok
    assert feedback.message == " ".join(repr(feedback).split()) == f"Right. {ALL[name].right}"


@pytest.mark.parametrize("name", ALL)
def test_two_typical_wrong_answers_are_refused_by_name(name):
    assert len(WRONG[name]) >= 2
    for wrong, slip in WRONG[name]:
        feedback = ALL[name](wrong)
        assert not feedback.ok
        assert slip in feedback.message


@pytest.mark.parametrize("name", ALL)
def test_every_known_slip_is_told_from_the_right_answer_and_from_each_other(name):
    assert len(ALL[name].slips) >= 2
    for sentence, wrong in ALL[name].slips.items():
        feedback = ALL[name](wrong)
        assert not feedback.ok
        assert feedback.message.endswith(sentence)


@pytest.mark.parametrize("name", ALL)
def test_unfinished_answers_are_met_kindly(name):
    unfinished = [None, ..., *([lambda *arguments: None, lambda *arguments: ...] if ALL[name].cases else [])]
    for answer in unfinished:
        assert ALL[name](answer).message == f"Not done yet: {ALL[name].task}."


@pytest.mark.parametrize("name", ALL)
def test_nothing_makes_a_check_raise(name):
    for answer in (
        "text",
        [],
        object(),
        lambda: 1 / 0,
        lambda *arguments: "text",
        lambda *arguments: np.nan,
        np.nan,
    ):
        feedback = ALL[name](answer)
        assert not feedback.ok
        assert feedback.message.startswith("Not yet: ")


def test_an_exception_of_the_learner_is_part_of_the_answer():
    assert "ZeroDivisionError: division by zero" in check.huber_gradient(lambda miss, delta: 1 / 0).message
    assert (
        "np.where" in check.huber_gradient(lambda miss, delta: miss if abs(miss) < delta else delta).message
    )


def endless(miss, delta):
    while True:
        try:
            time.sleep(0.01)
        except Exception:  # as learners write it: it must not swallow the end
            pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm to stop a loop with")
def test_an_answer_that_does_not_come_back_is_stopped(monkeypatch):
    monkeypatch.setattr("lossopt.check.exercise.PATIENCE", 0.2)
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    assert check.huber_gradient(endless).message.endswith(
        "had not come back after 0.2 seconds. Does its loop end?"
    )
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.signal(signal.SIGALRM, before) is signal.SIG_IGN


def test_an_answer_in_a_thread_has_no_time_limit_and_is_checked_all_the_same():
    with ThreadPoolExecutor() as pool:
        assert pool.submit(check.root_over_batches, 3.9686).result().ok


def test_nan_is_explained():
    assert "nan comes from 0/0" in check.huber_gradient(lambda miss, delta: miss * np.nan).message


def test_what_was_expected_and_what_came_are_both_said():
    assert check.huber_gradient(lambda miss, delta: miss * 0 + 5).message.startswith(
        "Not yet: for miss = [-7, -1, 0, 0.5, 3], delta = 2: "
        "[-2, -1, 0, 0.5, 2] was expected, and [5, 5, 5, 5, 5] came."
    )
    wrong_shape = check.one_weight_loss(lambda theta, x, y: np.ones((2, 2))).message
    assert "the shape () was expected, and (2, 2) came" in wrong_shape
    assert "x = an array of shape (30, 3)" in check.logistic_regression(lambda *case: (np.ones(3), 0)).message


def test_a_single_number_is_not_given_away():
    message = check.minutes_to_seconds(7).message
    assert message == "Not yet: 7 is not it."
    assert "14400" not in message


def test_near_misses_and_brackets_are_named():
    assert check.root_over_batches(3.9).message.endswith("Close: rounded, or stopped too early?")
    assert "without brackets" in check.logistic_regression(lambda *case: [np.ones(3), 0.0]).message


def test_an_answer_that_changes_its_input_spoils_nothing():
    def spoiling(miss, delta):
        miss *= 0
        return miss

    assert not check.huber_gradient(spoiling).ok
    assert not check.huber_gradient(spoiling).ok


def test_tolerance_admits_rounding_and_no_more():
    assert check.root_over_batches(3.9686).ok
    assert not check.root_over_batches(3.96).ok


def test_every_exercise_is_set_in_a_chapter():
    sources = "".join(
        "".join(cell["source"]) for path in NOTEBOOKS for cell in json.loads(path.read_text("utf-8"))["cells"]
    )
    assert set(re.findall(r"\bcheck\.(\w+)\(", sources)) == set(ALL) == set(WRONG)
