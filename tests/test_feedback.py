"""How the core of a check compares and what it tells, on exercises of a line each."""

import numpy as np
import pytest

from lossopt.check import Exercise, Feedback
from lossopt.check.exercise import PATIENCE


def test_brackets_are_named_next_to_any_mistake_in_a_number_and_only_there():
    two = Exercise("", 2.0, "", {"It is nine.": 9.0})
    word = " It also came in brackets: give the number itself."
    for wrong, told in (
        (9.0, "[9] is not the answer. It is nine."),
        (-2.0, "[-2] is not the answer. The sign is reversed."),
        (2.01, "[2.01] is not the answer. Close: was it rounded too early, or stopped too early?"),
        (7.0, "[7] is not the answer."),
    ):
        assert two([wrong]).message == f"Not yet: {told}{word}"
    told = made(lambda x: 3.0, 1.0)(lambda x: [3.0]).message
    assert told == "Not yet: for x = 1: expected the shape (), but got (1,)."


def test_an_answer_has_ten_seconds_and_its_feedback_fits_the_page():
    assert PATIENCE == 10
    lines = repr(Feedback(False, "Not yet: " + "five " * 60)).splitlines()
    assert len(lines) == 5 and max(map(len, lines)) == 74


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
    "five numbers": (np.arange(5.0), np.arange(5.0) + 1, "expected [0, 1, 2, 3, 4], but got [1, 2, 3, 4, 5]."),
    "the end of a long list": (np.arange(9.0), np.r_[:7.0, 9, 8], "expected 7 at [7], but got 9."),
    "a table's first wrong number": (np.eye(3), 4 + np.eye(3), "expected 1 at [0, 0], but got 5."),
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
    assert "path = the text '1.5':" in made(lambda path: 1.0, "1.5")(lambda path: 7.0).message
    second = Exercise("", lambda x: x, "", cases=((1.0,), (2.0,)))
    assert second(lambda x: 1.0).message == "Not yet: for x = 2: expected 2, but got 1."


def test_nan_is_explained_in_any_part():
    word = " nan comes from 0/0, ∞ − ∞, or the logarithm or root of a negative number."
    two = made(lambda x: (x, 1.0), np.array([1.0, 2.0]))
    assert two(lambda x: (x, np.nan)).message.endswith(f"but got [1, 2] and nan.{word}")
    assert two(lambda x: ([1.0, np.nan], 1.0)).message.endswith(f"but got [1, nan] and 1.{word}")
    assert word not in two(lambda x: (x, np.inf)).message


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
    assert "Close" not in parts(lambda x: (1.009 * x, 7 * x)).message
    assert "Close" not in parts(lambda x: (1.009 * x[:, None], 3 * x)).message
