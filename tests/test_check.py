"""What the exercises' checks answer: to the right answer, to typical slips, and to whatever else may come."""

import json
import re
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
