"""What the exercises' checks answer: to the right answer, to typical slips, and to whatever else may come."""

import json
import re
import runpy
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lossopt import check
from lossopt.check import Exercise

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
    wrong_shape = check.line_loss(lambda theta, b, x, y: np.ones((2, 2))).message
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
