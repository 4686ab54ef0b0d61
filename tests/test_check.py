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


def made(answer, *case, **fields):
    """Return an exercise with one case."""
    return Exercise("do it", answer, "Done.", cases=(case,), **fields)


def scaled(answer, *factors):
    """Return an answer whose parts are wrong by these factors."""
    return lambda *case: tuple(part * factor for part, factor in zip(answer(*case), factors, strict=True))


def test_each_number_is_compared_on_its_own_scale():
    def answer(x):
        return np.array([1000.0, x, 0.0]), np.array([1e-9])

    parts = made(answer, 1.0)
    assert parts(scaled(answer, 1.00009, 1.00009)).ok and parts(scaled(answer, 0.99991, 0.99991)).ok
    assert not parts(scaled(answer, 1.00011, 1)).ok and not parts(scaled(answer, 1, 1.0002)).ok
    assert not parts(scaled(answer, 1, 2)).ok and not parts(scaled(answer, 1, 0)).ok
    for wrong in (2.0, 0.0, 1.01, -1.0):  # next to a thousand
        assert not parts(scaled(answer, np.array([1, wrong, 1]), 1)).ok
    assert parts(scaled(answer, np.array([1, 1.0005, 1]), 1)).ok  # a millionth of it
    assert parts(lambda x: (np.array([1000.0, 1.0, 0.0009]), [1e-9])).ok
    assert not parts(lambda x: (np.array([1000.0, 1.0, 0.0011]), [1e-9])).ok
    loose = made(answer, 1.0, tolerance=0.1)
    assert loose(scaled(answer, 1.09, 0.91)).ok and not loose(scaled(answer, 1.11, 1)).ok


def test_what_should_be_zero_is_compared_on_the_scale_of_the_rest():
    zero = made(lambda x: (np.array([50.0, 100.0]), np.zeros(2)), 1.0)
    assert zero(lambda x: ([50, 100], [1e-17, 0.99e-4])).ok
    assert not zero(lambda x: ([50, 100], [0, 1.01e-4])).ok
    alone = made(lambda x: 0.0, 1.0)
    assert alone(lambda x: 0.9e-10).ok and not alone(lambda x: 1.1e-10).ok


def test_rounding_to_float32_is_accepted_next_to_numbers_of_any_size():
    def answer(x):
        return x * 1e-7 + np.pi

    assert made(answer, np.geomspace(1e-3, 1e9, 13))(lambda x: answer(x.astype(np.float32))).ok
    product = np.random.default_rng(0).normal(size=(2, 30, 30))
    multiply = made(lambda a, b: a @ b, *product)
    assert multiply(lambda a, b: a.astype(np.float32) @ b.astype(np.float32)).ok


def test_infinity_and_nan_equal_themselves_alone():
    both = made(lambda x: np.array([np.inf, -np.inf, 1.0]), 1.0)
    assert both(lambda x: [np.inf, -np.inf, 1.0]).ok
    for wrong in ([np.inf, np.inf, 1], [1e308, -np.inf, 1], [np.nan, -np.inf, 1], [np.inf, -np.inf, np.nan]):
        assert not both(lambda x, wrong=wrong: wrong).ok
    assert not both(lambda x: [np.inf, -np.inf, np.inf]).ok and not both(lambda x: [np.inf, -np.inf, 2]).ok
    slip = made(
        lambda x: x, 1.0, slips={"This divides by 0.": lambda x: np.nan, "Wrong way.": lambda x: -np.inf}
    )
    assert slip(lambda x: np.nan).message.endswith(" but got nan. This divides by 0.")
    assert slip(lambda x: -np.inf).message.endswith(" but got -inf. Wrong way.")
    assert slip(lambda x: np.inf).message.endswith(" but got inf.")


def test_right_numbers_in_a_wrong_shape_are_refused():
    parts = made(lambda x: (x, x.sum()), np.array([[1.0, 2.0], [3.0, 5.0]]))
    told = "Not yet: for x = an array of shape (2, 2): expected the shape (2, 2) and (), but got {}."
    assert parts(lambda x: (x, x.sum())).ok
    for wrong, shapes in (
        (lambda x: (x.ravel(), x.sum()), "(4,) and ()"),
        (lambda x: (x[None], x.sum()), "(1, 2, 2) and ()"),
        (lambda x: (x, x.sum(keepdims=True)), "(2, 2) and (1, 1)"),
        (lambda x: (x, [x.sum()]), "(2, 2) and (1,)"),
    ):
        assert parts(wrong).message == told.format(shapes)
    where = "Not yet: for x = an array of shape (2, 2): expected 2 values, but got "
    assert parts(lambda x: [x, x.sum(), 1]).message == where + "more."
    assert parts(lambda x: (x,)).message == where + "1."
    assert parts(lambda x: 3.0).message == "Not yet: expected 2 values, but got the number 3."
    assert made(lambda x: x, np.ones(2))(lambda x: (x, x)).message.endswith("the shape (2,), but got (2, 2).")


TOLD = {
    "four digits": (2350.0, 1234.5678, "expected 2350, but got 1235."),
    "more where four agree": (2350.0, 2350.4, "expected 2350, but got 2350.4."),
    "large": (123456.0, 123500.0, "expected 123456, but got 123500."),
    "large and close": (123456.0, 123471.25, "expected 123456, but got 123471."),
    "large and very close": (1e6, 1e6 + 0.25, "expected 1000000, but got 1000000.2."),
    "ten digits": (1.0, 1.0000000001, "expected 1, but got 1.0000000001."),
    "sixteen digits": (1.0, 1.0000000000000002, "expected 1, but got 1.0000000000000002."),
    "small": (3e-9, 1e-9, "expected 3e-09, but got 1e-09."),
    "infinite": (np.inf, 12345.0, "expected inf, but got 12345."),
    "a list": (np.array([1.0, 2.0]), [1.0, 2.00001], "expected [1, 2], but got [1, 2.00001]."),
    "the beginning of a long list": (
        np.arange(6.0), np.arange(6.0) + 1, "expected [0, 1, 2, 3, 4, …], but got [1, 2, 3, 4, 5, …]."
    ),
    "the end of a long list": (np.arange(9.0), np.r_[:7.0, 9, 8], "expected 7 at [7], but got 9."),
    "a table": (np.eye(3), np.eye(3) + np.diag([3.0], 2), "expected 0 at [0, 2], but got 3."),
    "a table's close number": (
        np.ones((2, 2)), np.array([[1, 1], [1.00001, 1]]), "expected 1 at [1, 0], but got 1.00001."
    ),
    "parts": ((np.ones(2), 3.0), ([1, 1], 4), "expected [1, 1] and 3, but got [1, 1] and 4."),
    "a part with a long end": (
        (1.0, np.ones(9)), (1, np.r_[np.ones(8), 2]), "expected 1 at [8] in value 2, but got 2."
    ),
    "a part next to a table": (
        (1.0, np.ones((2, 2))), (2, np.ones((2, 2))), "expected 1 in value 1, but got 2."
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TOLD)
def test_what_is_told_tells_the_two_apart(what):
    right, wrong, told = TOLD[what]
    message = made(lambda x: right, 1.0, tolerance=1e-17)(lambda x: wrong).message
    assert message.removesuffix(" Close: was it rounded too early, or stopped too early?").endswith(told)
    assert message.startswith("Not yet: for x = 1: expected ")


def test_a_single_wrong_number_is_told_apart_from_the_right_one_too():
    assert Exercise("", 2350.0, "")(2350.4).message.startswith("Not yet: 2350.4 is not the answer. Close")
    assert Exercise("", 2350.0, "")(99.0).message == "Not yet: 99 is not the answer."
    assert Exercise("", 1.0, "")([[2.0]]).message == "Not yet: an array of shape (1, 1) is not the answer."


def test_cases_are_told_by_the_names_of_their_arguments():
    def answer(x, other=1.0, reduce=None):
        return np.mean(x[0])

    case = ([np.ones(2), np.ones(3)],)
    assert made(answer, *case)(lambda x: 2.0).message == (
        "Not yet: for x = a list of length 2: expected 1, but got 2. It is twice as large: is a factor 2 too many, or "
        "a ½ missing?"
    )
    assert made(lambda *x: 1.0, 3.0)(lambda x: 7.0).message == "Not yet: for case 1: expected 1, but got 7."
    words = made(lambda path, f: 1.0, "a/b", np.mean)(lambda path, f: 7.0).message
    assert words == "Not yet: for path = the text 'a/b', f = mean: expected 1, but got 7."
    long = made(lambda path: 1.0, "a" * 50)(lambda path: 7.0).message
    assert long == f"Not yet: for path = the text {'a' * 40}: expected 1, but got 7."
    used = made(lambda x: lambda y: x + y, 1.0, 2.0, use=lambda make, x, y: make(x)(y))
    assert used(lambda a: lambda b: a * b + 7).message == "Not yet: for x = 1, y = 2: expected 3, but got 9."
    second = Exercise("", lambda x: x, "", cases=((1.0,), (2.0,)))
    assert second(lambda x: 1.0).message == "Not yet: for x = 2: expected 2, but got 1."


def test_common_mistakes_are_named_in_all_parts():
    parts = made(lambda x: (x, 3 * x), np.array([1.0, 2.0]))
    for factor, word in (
        (-1, "The sign is reversed."),
        (2, "It is twice as large"),
        (0.5, "It is half as large"),
    ):
        assert word in parts(lambda x, factor=factor: (factor * x, 3 * factor * x)).message
        assert word not in parts(lambda x, factor=factor: (x, 3 * factor * x)).message
    assert "Close" in parts(lambda x: (1.009 * x, 3 * x)).message
    assert "Close" not in parts(lambda x: (1.011 * x, 3 * x)).message
    assert "Close" not in parts(lambda x: (1.009 * x[:, None], 3 * x)).message


def test_every_exercise_is_set_in_a_chapter():
    sources = "".join(
        "".join(cell["source"]) for path in NOTEBOOKS for cell in json.loads(path.read_text("utf-8"))["cells"]
    )
    assert set(re.findall(r"\bcheck\.(\w+)\(", sources)) == set(ALL) == set(WRONG)
