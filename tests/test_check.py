"""What the exercises' checks answer: to the right answer, to typical slips, and to whatever else may come."""

import json
import re
import runpy
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest

from lossopt import check
from lossopt.check import Exercise
from lossopt.check.guard import Refused

ALL = {name: value for name, value in vars(check).items() if isinstance(value, Exercise)}


# Typical wrong answers, a file for each chapter.
ANSWERS = sorted(Path(__file__).parent.glob("answers/*.py"))
WRONG = {name: wrong for file in ANSWERS for name, wrong in runpy.run_path(str(file))["WRONG"].items()}
NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))


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


class Awkward:
    """An object that refuses to be shown, compared or turned into numbers."""

    def refuse(self, *arguments, **named):
        raise RuntimeError("no")

    __repr__ = __str__ = __array__ = __eq__ = __len__ = __iter__ = __float__ = refuse


def ends(*arguments):
    raise SystemExit


def recurses(*arguments):
    return recurses(*arguments)


NONSENSE = {
    "text": "text",
    "a number as text": "1.0",
    "an empty list": [],
    "a ragged list": [[1.0, 2.0], [3.0]],
    "a dictionary": {"a": 1.0},
    "a set": {1.0, 2.0},
    "an object": object(),
    "an awkward object": Awkward(),
    "a complex number": 1j,
    "nan": np.nan,
    "a shape of its own": np.ones((2, 3, 4, 5)),
    "masked": np.ma.masked_array([1.0, 2.0], [True, False]),
    "a day": np.datetime64("2020-01-01"),
}


@pytest.mark.parametrize("name", ALL)
def test_nonsense_is_refused_in_a_sentence(name):
    for what, value in NONSENSE.items():
        for answer in (value, lambda *arguments, value=value: value):
            feedback = ALL[name](answer)
            assert not feedback.ok, what
            assert feedback.message.startswith("Not yet: "), what
            assert len(feedback.message) < 400, what


@pytest.mark.parametrize("name", ALL)
def test_nothing_makes_a_check_raise(name):
    for answer in (lambda: 1 / 0, ends, recurses, Awkward):
        feedback = ALL[name](answer)
        assert not feedback.ok
        assert feedback.message.startswith("Not yet: ")


def in_parts(change):
    """Apply a change to the parts of an output, if it has several, and to their array otherwise."""
    return lambda output: tuple(map(change, output)) if isinstance(output, tuple) else change(output)


def float32(part):
    return np.asarray(part, np.float32)


def tensor(part):
    import tensorflow as tf

    return tf.constant(np.asarray(part, float))


def as_list(output):
    return list(output) if isinstance(output, tuple) else np.asarray(output, float).tolist()


FORMS = {
    "float32": in_parts(float32),
    "tensor": in_parts(tensor),
    "array": in_parts(np.asarray),
    "list": as_list,
}


@pytest.mark.parametrize("name", ALL)
def test_right_numbers_are_right_in_any_form(name):
    exercise = ALL[name]
    use = exercise.use or (lambda answer, *case: answer(*case))
    for form, change in FORMS.items():
        if not exercise.cases:
            assert exercise(change(exercise.answer)).ok, form
            continue
        changed = replace(exercise, use=lambda answer, *case, change=change: change(use(answer, *case)))
        expected = exercise._outputs(exercise.answer)
        assert exercise._equal(changed._outputs(exercise.answer, expected), expected), form


def masked(part):
    return np.ma.masked_array(np.asarray(part, float), True)


def as_text(part):
    return np.asarray(part, float).astype(str)


WRONG_FORMS = {
    "one axis more": lambda part: np.asarray(part)[None],
    "an imaginary part": lambda part: np.asarray(part) + 1j,
    "complex without an imaginary part": lambda part: np.asarray(part) + 0j,
    "text": as_text,
    "masked": masked,
}


@pytest.mark.parametrize("name", ALL)
def test_right_numbers_are_wrong_in_a_form_that_is_no_number(name):
    exercise = ALL[name]
    use = exercise.use or (lambda answer, *case: answer(*case))
    for form, change in WRONG_FORMS.items():
        if not exercise.cases:
            assert not exercise(change(exercise.answer)).ok, form
            continue
        change = in_parts(change)
        changed = replace(
            exercise, use=lambda answer, *case, change=change: change(use(answer, *case)), slips={}
        )
        try:
            outputs = changed._outputs(exercise.answer, exercise._outputs(exercise.answer))
        except Refused:
            continue
        assert form == "one axis more" and not exercise._equal(outputs, exercise._outputs(exercise.answer)), (
            form
        )


def spoil(thing):
    """Change an argument in place as badly as it allows."""
    if isinstance(thing, np.ndarray):
        thing[...] = 0
    elif isinstance(thing, list):
        for element in thing:
            spoil(element)
        thing.clear()
    elif isinstance(thing, dict):
        thing.clear()
    elif hasattr(thing, "__dict__") and not callable(thing):
        thing.__dict__.clear()


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].cases and not ALL[name].use])
def test_an_answer_that_spoils_its_input_is_right_and_helps_no_other(name):
    exercise = ALL[name]

    def spoiling(*case):
        output = deepcopy(exercise.answer(*case))
        for argument in case:
            spoil(argument)
        return output

    before = exercise._outputs(exercise.answer)
    assert exercise(spoiling).ok
    after = exercise._outputs(exercise.answer)
    assert all(map(np.array_equal, chain(*before), chain(*after), repeat(True)))
    for wrong, _ in WRONG[name]:
        assert not exercise(wrong).ok


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].use])
def test_what_a_made_function_spoils_helps_no_other(name):
    exercise = ALL[name]

    def use_and_spoil(answer, *case):
        output = deepcopy(exercise.use(answer, *case))
        for argument in case:
            spoil(argument)
        return output

    before = exercise._outputs(exercise.answer)
    assert replace(exercise, use=use_and_spoil)(exercise.answer).ok
    assert all(map(np.array_equal, chain(*before), chain(*exercise._outputs(exercise.answer)), repeat(True)))


def test_an_exception_of_the_learner_is_part_of_the_answer():
    assert "ZeroDivisionError: division by zero" in check.huber_gradient(lambda error, delta: 1 / 0).message
    assert (
        "np.where"
        in check.huber_gradient(lambda error, delta: error if abs(error) < delta else delta).message
    )


def endless(error, delta):
    while True:
        try:
            time.sleep(0.01)
        except Exception:  # as learners write it: it must not swallow the end
            pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm to stop a loop with")
def test_an_answer_that_does_not_come_back_is_stopped(monkeypatch):
    monkeypatch.setattr("lossopt.check.exercise.PATIENCE", 0.2)
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    assert check.huber_gradient(endless).message.endswith("or whole arrays instead of a loop.")
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.signal(signal.SIGALRM, before) is signal.SIG_IGN


def test_an_answer_in_a_thread_has_no_time_limit_and_is_checked_all_the_same():
    with ThreadPoolExecutor() as pool:
        assert pool.submit(check.root_over_batches, 3.9686).result().ok


def test_nan_is_explained():
    assert "nan comes from 0/0" in check.huber_gradient(lambda error, delta: error * np.nan).message


def test_what_was_expected_and_what_came_are_both_said():
    assert check.huber_gradient(lambda error, delta: error * 0 + 5).message.startswith(
        "Not yet: for error = [-7, -1, 0, 0.5, 3], delta = 2: "
        "expected [-2, -1, 0, 0.5, 2], but got [5, 5, 5, 5, 5]."
    )
    wrong_shape = check.line_loss(lambda theta, b, x, y: np.ones((2, 2))).message
    assert "expected the shape (), but got (2, 2)" in wrong_shape
    assert "x = an array of shape (30, 3)" in check.logistic_regression(lambda *case: (np.ones(3), 0)).message


class Value:
    """A value with links, as the chapter on gradients builds it."""

    def __init__(self, value, inputs=()):
        self.value, self.inputs = value, inputs

    def exp(self):
        return Value(np.exp(self.value), [(self, np.exp(self.value))])


def test_a_learners_own_value_is_handed_over():
    def softplus(x):
        assert isinstance(x, Value)
        return Value(np.logaddexp(0, x.value), [(x, np.exp(-np.logaddexp(0, -x.value)))])

    assert check.softplus_node(softplus).ok
    assert "must lead to x" in check.softplus_node(lambda x: x.exp().exp()).message


def test_a_single_number_is_not_given_away():
    message = check.minutes_to_seconds(7).message
    assert message == "Not yet: 7 is not the answer."
    assert "14400" not in message


def test_near_misses_and_brackets_are_named():
    assert check.root_over_batches(3.98).message.endswith(
        "Close: was it rounded too early, or stopped too early?"
    )
    assert "Close" not in check.root_over_batches(3.9).message
    right, wrong = check.root_over_batches([3.9686]), check.root_over_batches([3.9686**2])
    assert not right.ok and right.message.endswith("came in brackets: give the number itself.")
    assert not wrong.ok and "root" in wrong.message and wrong.message.endswith("give the number itself.")


def test_a_sequence_counts_as_its_array():
    right = check.logistic_regression.answer
    for as_sequence in list, tuple, lambda output: (list(output[0]), float(output[1])):
        assert check.logistic_regression(lambda *case, change=as_sequence: change(right(*case))).ok
    assert check.huber_gradient(lambda error, delta: list(np.clip(error, -delta, delta))).ok
    assert check.huber_gradient(lambda error, delta: tuple(np.clip(error, -delta, delta))).ok


def test_text_is_no_number():
    message = check.minutes_to_seconds("14400").message
    assert message == "Not yet: expected numbers, but got the text '14400'."


def test_an_answer_that_changes_its_input_spoils_nothing():
    def spoiling(error, delta):
        error *= 0
        return error

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
