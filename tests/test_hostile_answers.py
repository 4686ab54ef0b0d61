"""Answers that would hang a check, end it, change it for the next one, or make it raise, each with what it is told.

After each of them the next right answer is right, and signals, timers, streams, settings and random numbers are
as they were.
"""

import asyncio
import builtins
import contextlib
import io
import os
import random
import signal
import sys
import threading
import time
import warnings
from decimal import Decimal
from fractions import Fraction
from itertools import count, repeat

import numpy as np
import pytest

from lossopt import check, losses
from lossopt.check import Exercise, exercise
from lossopt.check.guard import Refused, TooLong, guarded

REAL_ALARM = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm")
SLOW = (
    "Not yet: your code was still running after 0.2 seconds. Either its loop does not end, or it is slow: try fewer "
    "steps or candidates, or whole arrays instead of a loop."
)
DONE = "Right. All three."


def triple(x):
    return 3 * x


# Two cases of one array each, a pair of outputs, and a single number: the three kinds of exercise.
THREE = Exercise("triple x", triple, "All three.", cases=((np.array([1.0, 2.0]),), (np.array([-4.0, 0.5]),)))
PAIR = Exercise(
    "return the sum and x",
    lambda x: (x.sum(), x),
    "All three.",
    cases=((np.array([1.0, 2.0]),), (np.ones(3),)),
)
NUMBER = Exercise("work it out", 0.25, "All three.")


def everybody():
    """Return what an answer must leave as it was."""
    return {
        "handlers": [signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGINT)],
        "timer": signal.getitimer(signal.ITIMER_REAL),
        "streams": [sys.stdout, sys.stderr, sys.stdin],
        "folder": os.getcwd(),
        "recursion": sys.getrecursionlimit(),
        "dice": random.getstate(),
        "NumPy's dice": repr(np.random.get_state()),  # noqa: NPY002
        "NumPy's errors": np.geterr(),
        "warnings": list(warnings.filters),
        "names": [
            np.mean,
            np.linalg.norm,
            np.asarray,
            builtins.len,
            losses.huber,
            exercise._close,
            check.line_loss,
        ],
        "cases": repr([each.cases for each in (THREE, PAIR, NUMBER)]),
    }


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


@pytest.fixture(autouse=True)
def nothing_is_left_behind(monkeypatch):
    monkeypatch.setattr(exercise, "PATIENCE", 0.2)
    # As in a notebook; a process in the background may ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = everybody()
    yield
    after = everybody()
    assert {name: after[name] for name in after if after[name] != before[name]} == {}
    for each, right in ((THREE, triple), (PAIR, lambda x: (x.sum(), x)), (NUMBER, 0.25)):
        assert each(right).message == DONE


# What does not end


def loops(x):
    while True:
        pass


def loops_through_exceptions(x):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass


def loops_through_everything(x):
    while True:
        try:
            len([])
        except BaseException:
            pass


def sleeps_through_everything(x):
    while True:
        try:
            time.sleep(0.01)
        except:  # noqa: E722
            pass


def starts_again_whenever_it_is_stopped(x):
    try:
        while True:
            pass
    finally:
        starts_again_whenever_it_is_stopped(x)


def two_loops_through_everything(x):
    while True:
        try:
            loops_through_everything(x)
        except BaseException:
            pass


def sleeps(x):
    time.sleep(1e9)


def waits_for_a_lock(x):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def prints_without_end(x):
    while True:
        print("hello " * 100)


class Endless:
    """An object none of whose methods ends."""

    def endless(self, *arguments, **named):
        while True:
            pass

    __array__ = __len__ = __iter__ = __float__ = __repr__ = __str__ = __eq__ = endless


class EndlessMessage(Exception):
    __str__ = __repr__ = Endless.endless


def raises_what_cannot_be_shown_in_time(x):
    raise EndlessMessage


def takes_the_alarm_for_a_mistake(x):
    try:
        time.sleep(1e9)
    except Exception:
        return 3 * x


def a_generator_that_thinks(x):
    while True:
        pass
    yield x


ENDLESS = [
    loops,
    loops_through_exceptions,
    loops_through_everything,
    sleeps_through_everything,
    starts_again_whenever_it_is_stopped,
    two_loops_through_everything,
    sleeps,
    waits_for_a_lock,
    prints_without_end,
    raises_what_cannot_be_shown_in_time,
    takes_the_alarm_for_a_mistake,
]


@REAL_ALARM
@pytest.mark.parametrize("answer", ENDLESS)
def test_what_does_not_end_is_stopped(answer, capsys):
    start = time.monotonic()
    feedback = THREE(answer)
    assert (feedback.ok, feedback.message) == (False, SLOW)
    assert time.monotonic() - start < 30
    assert len(capsys.readouterr().out) < 20_000


@REAL_ALARM
def test_an_object_that_does_not_end_is_stopped():
    assert THREE(lambda x: Endless()).message == SLOW
    assert PAIR(lambda x: Endless()).message == SLOW
    assert PAIR(a_generator_that_thinks).message == SLOW
    assert NUMBER(Endless()).message == SLOW


@REAL_ALARM
def test_a_call_that_stays_in_c_is_stopped_as_soon_as_it_returns():
    ran = []

    def sums(x):
        sum(range(2 * 10**7))  # longer than the patience, and Python looks at no alarm before it ends
        ran.append("the call")
        ran.append("the next line")
        return 3 * x

    start = time.monotonic()
    assert THREE(sums).message == SLOW
    assert time.monotonic() - start > 0.2 and len(ran) == 0


def test_infinite_and_enormous_outputs_are_not_counted():
    assert PAIR(lambda x: count()).message == "Not yet: for x = [1, 2]: expected 2 values, but got more."
    assert PAIR(lambda x: repeat(x)).message == "Not yet: for x = [1, 2]: expected 2 values, but got more."
    assert THREE(lambda x: count()).message == "Not yet: expected numbers, but got an object of type count."
    message = "Not yet: for x = [1, 2]: expected the shape (2,), but got (1000000000000,)."
    for kind in (np.float64, np.float32, bool):
        assert THREE(lambda x, kind=kind: np.broadcast_to(kind(1), 10**12)).message == message
    assert NUMBER(np.broadcast_to(np.float32(1), (10**6, 10**6))).message == (
        "Not yet: an array of shape (1000000, 1000000) is not the answer."
    )
    for many in (2 * 10**6, 10**12):
        told = THREE(lambda x, many=many: range(many)).message
        assert told == "Not yet: expected numbers, but got an object of type range."
    assert THREE(lambda x: np.ones(10**15)).message.startswith(
        "Not yet: your code raised MemoryError: Unable to allocate"
    )


# What ends Python, or raises


class Unspeakable(Exception):
    """An exception whose message raises another one."""

    def __str__(self):
        raise SystemExit

    __repr__ = __str__


def raising(error):
    def answer(x):
        raise error

    return answer


def recurses(x):
    return recurses(x)


RAISED = [
    (raising(SystemExit), "SystemExit."),
    (raising(SystemExit(3)), "SystemExit: 3."),
    (lambda x: sys.exit("bye"), "SystemExit: bye."),
    (lambda x: exit, None),
    (raising(KeyboardInterrupt), "KeyboardInterrupt."),
    (raising(GeneratorExit), "GeneratorExit."),
    (raising(MemoryError("full")), "MemoryError: full."),
    (
        raising(BaseExceptionGroup("both", [KeyboardInterrupt()])),
        "BaseExceptionGroup: both (1 sub-exception).",
    ),
    (raising(StopIteration), "StopIteration."),
    (raising(AssertionError("Really?")), "AssertionError: Really?."),
    (raising(Unspeakable), "an exception that cannot be shown."),
    (raising(asyncio.CancelledError), "CancelledError."),
    (recurses, "RecursionError: maximum recursion depth exceeded."),
    (lambda: 1, "TypeError: <lambda>() takes 0 positional arguments but 1 was given."),
    (lambda x, y: 1, "TypeError: <lambda>() missing 1 required positional argument: 'y'."),
    (lambda *, x: 3 * x, "TypeError: <lambda>() takes 0 positional arguments but 1 was given."),
    (
        lambda x: x if x > 0 else -x,
        "ValueError: The truth value of an array with more than one element is ambiguous. Use a.any() or a.all(). Your "
        "function gets whole arrays: use np.where, np.maximum or np.clip instead of if and max.",
    ),
    (raising(ValueError("x" * 10**7)), "ValueError: " + "x" * 288 + "."),
]


@pytest.mark.parametrize(("answer", "told"), [pair for pair in RAISED if pair[1]])
def test_what_is_raised_is_told(answer, told):
    assert THREE(answer).message == f"Not yet: your code raised {told}"


def test_a_real_interrupt_ends_the_check(monkeypatch):
    monkeypatch.setattr(exercise, "PATIENCE", 10)

    def interrupted(x):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        THREE(interrupted)
    assert time.monotonic() - start < 4


def test_an_interrupt_with_a_handler_of_its_own_is_left_to_it():
    rung = []
    before = signal.signal(signal.SIGINT, lambda *_: rung.append(1))
    try:
        assert THREE(lambda x: os.kill(os.getpid(), signal.SIGINT) or 3 * x).ok and rung == [1, 1]
    finally:
        signal.signal(signal.SIGINT, before)


# Outputs that refuse to be looked at, or look like what they are not


def refusing(*names):
    """Make a class whose methods of these names raise."""

    def refuse(*arguments, **named):
        raise RuntimeError("no")

    return type("Refusing", (), dict.fromkeys(names, refuse))


AWKWARD = ("__array__", "__repr__", "__str__", "__len__", "__iter__", "__float__", "__eq__", "__format__")


class Liar(np.ndarray):
    """An array that calls itself equal to everything, whatever function compares it."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __array_function__(self, *arguments):
        return True

    def __array_ufunc__(self, *arguments, **named):
        return True

    __hash__ = None
    dtype = shape = ndim = size = property(lambda self: 1 / 0)


class Nameless(type):
    """A class whose name raises."""

    __name__ = property(lambda self: 1 / 0)


class Shy:
    """An object that does not say of what class it is."""

    __class__ = property(lambda self: 1 / 0)


ZERO = "Not yet: your code raised ZeroDivisionError: division by zero."
REFUSED = "Not yet: expected numbers, but got {}."
OUTPUTS = {
    "an array that lies": (
        np.zeros(2).view(Liar),
        "Not yet: for x = [1, 2]: expected [3, 6], but got [0, 0].",
    ),
    "of no name": (Nameless("Nobody", (), {})(), ZERO),
    "of no class": (Shy(), ZERO),
    "masked": (np.ma.masked_all(2), REFUSED.format("masked numbers")),
    "masked, with the right numbers below": (
        np.ma.masked_array([3.0, 6.0], [True, True]),
        REFUSED.format("masked numbers"),
    ),
    "a list with one masked row": (
        [np.ma.masked_array(3.0, True), 6.0],
        REFUSED.format("a list of length 2"),
    ),
    "complex": (np.array([3 + 1j, 6]), REFUSED.format("complex numbers")),
    "complex without an imaginary part": (np.array([3 + 0j, 6]), REFUSED.format("complex numbers")),
    "a list of complex numbers": ([3 + 0j, 6 + 1j], REFUSED.format("a list of length 2")),
    "text": ("3 6", REFUSED.format("the text '3 6'")),
    "texts": (["3", "6"], REFUSED.format("a list of length 2")),
    "bytes": (b"36", REFUSED.format("an object of type bytes")),
    "an object array of texts": (np.array(["3", "6"], object), REFUSED.format("an object of type ndarray")),
    "an object array with a hole": (np.array([3.0, None]), REFUSED.format("an object of type ndarray")),
    "decimals": ([Decimal(3), Decimal(6)], REFUSED.format("a list of length 2")),
    "days": (np.array(["2020-01-01"] * 2, "M8[D]"), REFUSED.format("an object of type ndarray")),
    "a record": (np.zeros(2, "f8,f8"), REFUSED.format("an object of type ndarray")),
    "a whole number of 401 digits": (10**400, REFUSED.format("a number too large for a float")),
    "a list with one": ([3, 10**400], REFUSED.format("a list of length 2")),
    "a class": (Exercise, REFUSED.format("Exercise")),
    "a generator": ((x for x in [3.0, 6.0]), REFUSED.format("an object of type generator")),
    "a dictionary": ({0: 3.0, 1: 6.0}, REFUSED.format("a dict of length 2")),
    "nan": (np.array([3, np.nan]), "Not yet: for x = [1, 2]: expected [3, 6], but got [3, nan]."),
    "a column": (
        np.array([[3.0], [6.0]]),
        "Not yet: for x = [1, 2]: expected the shape (2,), but got (2, 1).",
    ),
    "forty axes": (
        np.full((1,) * 40, np.nan),
        f"Not yet: for x = [1, 2]: expected the shape (2,), but got {(1,) * 40}.",
    ),
    "a row": (np.array([[3.0, 6.0]]), "Not yet: for x = [1, 2]: expected the shape (2,), but got (1, 2)."),
}
for _name in AWKWARD:
    OUTPUTS[f"an object without {_name}"] = (refusing(_name)(), REFUSED.format("an object of type Refusing"))
OUTPUTS["an object without anything"] = (refusing(*AWKWARD)(), REFUSED.format("an object of type Refusing"))


@pytest.mark.parametrize("what", OUTPUTS)
def test_an_output_that_is_no_number_is_refused_by_name(what):
    value, told = OUTPUTS[what]
    assert THREE(lambda x: value).message.removesuffix(
        " nan comes from 0/0, ∞ − ∞, or the logarithm or root of a negative number."
    ) == told  # fmt: skip


def test_float16_that_overflows_is_refused():
    with np.errstate(over="ignore"):
        told = THREE(lambda x: x.astype(np.float16) * np.array([3, 6e4], np.float16)).message
    assert told == "Not yet: for x = [1, 2]: expected [3, 6], but got [3, inf]."


GOOD = {
    "whole numbers": lambda x: (3 * x * 2).astype(int) / 2,
    "float32": lambda x: np.float32(3) * x.astype(np.float32),
    "longdouble": lambda x: np.longdouble(3) * x,
    "fractions": lambda x: [Fraction(number) * 3 for number in x],
    "an object array": lambda x: np.array(list(3 * x), object),
    "a list of arrays without axes": lambda x: [np.array(3 * number) for number in x],
    "a masked array without a masked entry": lambda x: np.ma.masked_array(3 * x, False),
    "a matrix's row as an array": lambda x: np.asarray(np.diag(3 * x).sum(axis=0)),
    "an array that lies, but is right": lambda x: (3 * x).view(Liar),
    "a read-only array": lambda x: np.broadcast_to(3 * x, (2,)),
    "an array backwards": lambda x: (3 * x)[::-1].copy()[::-1],
}


@pytest.mark.parametrize("form", GOOD)
def test_right_numbers_in_unusual_clothes_are_right(form):
    assert THREE(GOOD[form]).message == DONE


@pytest.mark.parametrize(
    "kind", ["tensor", "variable", "tf.function", "Keras variable", "float16 tensor", "bfloat16"]
)
def test_tensors_count_as_their_numbers(kind, tf, monkeypatch):
    import keras

    monkeypatch.setattr(exercise, "PATIENCE", 10)  # because a first trace takes longer than a moment
    answer = {
        "tensor": lambda x: 3 * tf.constant(x),
        "variable": lambda x: tf.Variable(3 * x),
        "tf.function": tf.function(lambda x: 3 * x),
        "Keras variable": lambda x: keras.Variable(3 * x),
        "float16 tensor": lambda x: tf.cast(3 * x, tf.float16),
        "bfloat16": lambda x: tf.cast(3 * x, tf.bfloat16),
    }[kind]
    assert THREE(answer).message == DONE
    assert PAIR(lambda x: (tf.reduce_sum(x), tf.constant(x))).message == DONE
    assert NUMBER(tf.constant(0.25)).message == DONE


def test_true_counts_as_one():
    one = Exercise("", lambda x: x > 0, "All three.", cases=((1.0,), (-1.0,)))
    for answer in (lambda x: x > 0, lambda x: np.bool_(x > 0), lambda x: float(x > 0), lambda x: int(x > 0)):
        assert one(answer).message == DONE
    assert not one(lambda x: x).ok and not one(lambda x: str(x > 0)).ok
    assert not NUMBER(True).ok


async def later(x):
    return 3 * x


@pytest.mark.filterwarnings("ignore:coroutine")
def test_what_is_not_a_plain_function():
    assert THREE(later).message == REFUSED.format("an object of type coroutine")
    assert THREE(Exercise).message.startswith(
        "Not yet: your code raised TypeError: Exercise.__init__() missing 2"
    )
    assert THREE(int).message.startswith("Not yet: your code raised TypeError: only ")
    assert THREE(np.array).message == "Not yet: for x = [1, 2]: expected [3, 6], but got [1, 2]."
    assert THREE(lambda x, factor=3: factor * x).ok and THREE(lambda *x, **named: 3 * x[0]).ok
    assert THREE(np.vectorize(triple)).ok
    for answer in (3, "triple", [triple], refusing(*AWKWARD)()):
        assert THREE(answer).message.startswith("Not yet: expected a function, but got ")
    assert NUMBER(lambda: 0.25).message == REFUSED.format("<lambda>")


def test_what_is_not_done_yet():
    for nothing in (None, ...):
        assert THREE(nothing).message == "Not done yet: triple x."
        assert THREE(lambda x, nothing=nothing: nothing).message == "Not done yet: triple x."
        assert (
            THREE(lambda x, nothing=nothing: 3 * x if x[0] > 0 else nothing).message
            == "Not done yet: triple x."
        )
        assert NUMBER(nothing).message == "Not done yet: work it out."


# What changes something for everybody


def with_a_change(change):
    """Return an answer that is right, and changes something first."""

    def answer(x):
        result = 3 * x
        change(x)
        return result

    return answer


def no_alarm():
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)


def closes_streams():
    sys.stdout.close()
    sys.stderr.close()


def breaks_numpy():
    np.mean = np.isclose = np.linalg.norm = np.errstate = np.random.set_state = None


def breaks_the_check():
    exercise._close = exercise._right = lambda *arguments: True
    exercise.guarded = exercise.Feedback = None
    losses.huber = check.line_loss = check.guard.monotonic = None


def breaks_python():
    builtins.max = builtins.next = builtins.sorted = lambda *arguments: 1
    signal.setitimer = signal.signal = os.chdir = random.setstate = random.uniform = None
    vars(builtins).pop("all", None)


CHANGES = {
    "np.seterr": lambda x: np.seterr(all="raise"),
    "warnings as errors": lambda x: warnings.simplefilter("error"),
    "a seed": lambda x: (np.random.seed(0), random.seed(0)),  # noqa: NPY002
    "random numbers": lambda x: (np.random.normal(size=1000), random.random()),  # noqa: NPY002
    "standard output": lambda x: setattr(sys, "stdout", io.StringIO()),
    "standard error": lambda x: setattr(sys, "stderr", None),
    "standard input": lambda x: setattr(sys, "stdin", None),
    "closed streams": lambda x: closes_streams(),
    "the folder": lambda x: os.chdir("/"),
    "a signal": lambda x: signal.signal(signal.SIGALRM, signal.SIG_DFL),
    "Ctrl-C": lambda x: signal.signal(signal.SIGINT, signal.SIG_IGN),
    "no alarm": lambda x: no_alarm(),
    "another timer": lambda x: signal.setitimer(signal.ITIMER_REAL, 100, 100),
    "the recursion limit": lambda x: sys.setrecursionlimit(200),
    "NumPy": lambda x: breaks_numpy(),
    "the check": lambda x: breaks_the_check(),
    "Python": lambda x: breaks_python(),
    "its argument": lambda x: x.__imul__(0),
    "its argument's shape": lambda x: x.resize(7, refcheck=False),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_an_answer_changes_is_put_back(what):
    assert THREE(with_a_change(CHANGES[what])).message == DONE


@pytest.mark.parametrize("what", CHANGES)
def test_it_is_put_back_after_a_wrong_answer_too(what):
    def wrong(x):
        CHANGES[what](x)
        return np.array([1.0, 2.0])

    assert THREE(wrong).message == "Not yet: for x = [1, 2]: expected [3, 6], but got [1, 2]."


@pytest.mark.parametrize("what", sorted(set(CHANGES) - {"a signal", "no alarm", "another timer"}))
@REAL_ALARM
def test_it_is_put_back_after_an_answer_that_did_not_end(what):
    def endless(x):
        CHANGES[what](x)
        while True:
            pass

    assert THREE(endless).message == SLOW


@pytest.mark.parametrize(
    "module, name", [(np, "asarray"), (builtins, "len"), (builtins, "isinstance"), (exercise, "_array")]
)
def test_an_answer_that_breaks_what_reads_it_is_refused_alone(module, name):
    assert not THREE(with_a_change(lambda x: setattr(module, name, None))).ok
    assert THREE(triple).ok


class Kept:
    """Arguments of every kind that can be changed."""

    cases = (([1.0, [2.0]], {"a": np.ones(2), "b": [np.ones(1)]}, {3}),)

    @staticmethod
    def total(numbers, table, some):
        return numbers[0] + sum(numbers[1]) + table["a"].sum() + table["b"][0].sum() + sum(some)


def test_lists_dictionaries_and_what_they_hold_are_copies():
    kept = Exercise("", Kept.total, "All three.", cases=Kept.cases)

    def spoils(numbers, table, some):
        result = Kept.total(numbers, table, some)
        numbers[1].clear()
        table["a"][:] = table["b"][0][:] = 9
        table.clear()
        some.clear()
        return result

    assert kept(spoils).ok and kept(spoils).ok and kept(Kept.total).ok
    assert kept(lambda *case: spoils(*case) + 1).message.startswith("Not yet: for numbers = ")


def test_an_answer_that_writes_all_outputs_into_one_array_is_right():
    def reuses(x, out=np.zeros(2)):  # noqa: B008
        out[:] = 3 * x
        return out

    def remembers(x, seen=[]):  # noqa: B006
        seen.append(x)
        return 3 * seen[-1]

    assert THREE(reuses).ok and THREE(remembers).ok and THREE(remembers).ok

    def changes_later(x, seen=[]):  # noqa: B006
        seen.append(np.zeros(2))
        seen[0][:] = 3 * x  # only the first output is ever right, after the call
        return seen[-1]

    assert not THREE(changes_later).ok


# What is printed


def test_prints_are_shown_before_the_answer_and_not_inside(capsys):
    def chatty(x):
        print("x is", x)
        print("careful", file=sys.stderr)
        return 2 * x

    message = THREE(chatty).message
    assert message == "Not yet: for x = [1, 2]: expected [3, 6], but got [2, 4]."
    shown = capsys.readouterr()
    assert shown.out == "x is [1. 2.]\nx is [-4.   0.5]\n" and shown.err == "careful\ncareful\n"

    class Talkative(float):
        def __repr__(self):
            print("I talk")
            return "42"

        __str__ = __format__ = __repr__

    feedback = THREE(lambda x: [Talkative(1), Talkative(2)])
    capsys.readouterr()
    assert repr(feedback) == "Not yet: for x = [1, 2]: expected [3, 6], but got [1, 2]."
    assert capsys.readouterr().out == ""


def test_of_endless_prints_the_beginning_is_shown(capsys):
    assert THREE(lambda x: print("123456789\n" * 10**6) or 3 * x).ok
    assert capsys.readouterr().out == "123456789\n" * 1000 + "…\n"
    assert THREE(lambda x: print("1234") or 3 * x).ok
    assert capsys.readouterr().out == "1234\n" * 2


def test_a_broken_stream_of_the_notebook_does_no_harm():
    closed = io.StringIO()
    closed.close()
    for broken in (None, closed):
        with contextlib.redirect_stdout(broken):
            assert THREE(lambda x: print("hello") or 3 * x).ok


# What the notebook had before


@pytest.mark.parametrize("error", ["raise", "warn", "ignore"])
def test_settings_of_the_notebook_hold_for_the_answer_and_not_for_the_check(error):
    def careless(x):
        return np.where(np.exp(1e4 * x) > np.nanmean([np.nan]), np.inf, x)

    slips = {"It overflowed.": lambda x: np.exp(1e4 * x) + np.nan_to_num(np.nanmean([np.nan]))}
    overflowing = Exercise("", careless, "All three.", slips, ((np.ones(2),),), 1e-300)
    with np.errstate(all=error), warnings.catch_warnings():
        warnings.simplefilter("error")
        told = overflowing(lambda x: np.full(2, np.inf))
        assert told.message == "Not yet: for x = [1, 1]: expected [1, 1], but got [inf, inf]. It overflowed."
        assert overflowing(lambda x: x + 1e-310 * x).ok
        divides = THREE(lambda x: 3 * x + 0 * np.log(0 * x))
    told = {
        "raise": "FloatingPointError: divide by zero",
        "warn": "RuntimeWarning: divide by zero",
        "ignore": "nan",
    }
    assert told[error] in divides.message


def test_a_session_in_which_numpy_is_broken_is_told_to_restart():
    mean = Exercise("", lambda x: np.mean(x), "All three.", cases=((np.ones(2),),))
    with pytest.MonkeyPatch.context() as context:
        context.setattr(np, "mean", None)
        told = mean(lambda x: 1.0).message
    assert told == (
        "Not yet: the right answer itself raised TypeError, so something has changed NumPy or lossopt. Restart the "
        "kernel, and run the cells again."
    )


def test_a_folder_that_is_gone_is_no_matter(tmp_path):
    before = os.getcwd()
    try:
        (tmp_path / "gone").mkdir()
        os.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        assert THREE(triple).ok
        (tmp_path / "going").mkdir()
        os.chdir(tmp_path / "going")
        assert (
            THREE(lambda x: os.chdir("/") or (tmp_path / "going").rmdir() or 3 * x).ok is False
        )  # the second time
        assert os.getcwd() == "/"
    finally:
        os.chdir(before)


@REAL_ALARM
def test_a_timer_that_was_running_runs_on():
    rung = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
    try:
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.3, 50)
        assert THREE(lambda x: time.sleep(0.05) or 3 * x).ok
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 0.1 < left < 0.21 and interval == 50 and not rung
        time.sleep(0.3)
        assert len(rung) == 1 and rung[0] - start > 0.29
        signal.setitimer(signal.ITIMER_REAL, 0.02)  # due while the answer runs: it rings at the end
        assert THREE(lambda x: time.sleep(0.05) or 3 * x).ok
        time.sleep(0.05)
        assert len(rung) == 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


@REAL_ALARM
def test_a_stopped_answer_leaves_its_blocks_in_peace():
    left = []

    @contextlib.contextmanager
    def opened():
        try:
            yield
        finally:
            time.sleep(0.02)  # many times as long as the later alarms are apart
            left.append("closed")

    def slow(x):
        with opened():
            time.sleep(5)

    assert THREE(slow).message == SLOW and left == ["closed"]


def test_threads():
    over = threading.Event()

    def leaves_a_thread_behind(x):
        threading.Thread(target=over.wait, args=(20,), daemon=True).start()
        return 3 * x

    assert THREE(leaves_a_thread_behind).ok
    over.set()
    told = []
    thread = threading.Thread(target=lambda: told.extend([THREE(triple), THREE(raising(KeyboardInterrupt)), THREE(
        lambda x: time.sleep(0.3) or 3 * x)]))  # fmt: skip
    thread.start()
    thread.join()
    assert [each.message for each in told] == [DONE, "Not yet: your code raised KeyboardInterrupt.", DONE]


def test_without_an_alarm_answers_are_checked_all_the_same():
    with pytest.MonkeyPatch.context() as context:
        context.delattr(signal, "setitimer")
        assert THREE(lambda x: time.sleep(0.3) or 3 * x).ok


def test_the_guard_passes_on_what_it_is_given():
    assert guarded(lambda: 3, 1) == 3
    with pytest.raises(Refused, match=r"^Not yet: your code raised ZeroDivisionError: division by zero\.$"):
        guarded(lambda: 1 / 0, 1)
    if hasattr(signal, "setitimer"):
        with pytest.raises(TooLong):
            guarded(lambda: loops(1), 0.05)
