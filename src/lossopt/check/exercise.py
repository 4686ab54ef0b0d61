"""What every check is made of: an exercise, and the feedback that it gives."""

import inspect
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from textwrap import fill

import numpy as np


@dataclass(frozen=True)
class Feedback:
    """What a check says: `ok`, and the sentence, which a notebook displays in lines that fit the page."""

    ok: bool
    message: str

    def __repr__(self):
        return fill(self.message, 78)


PATIENCE = 10  # seconds that an answer may take


class TooLong(BaseException):
    """An answer did not come back. No Exception, so that a learner's own `except Exception` lets it through."""


# Slips that can happen in any formula: what came, when so much was expected.
COMMON_SLIPS = {
    "The sign is reversed.": lambda expected: -expected,
    "It is twice as large: a factor 2 too many, or a ½ missing?": lambda expected: 2 * expected,
    "It is half as large: a ½ too many, or a factor 2 missing?": lambda expected: expected / 2,
}


@dataclass(frozen=True)
class Exercise:
    """An exercise: the right answer, cases to try it on, and the slips that people make.

    `answer` is a function, tried on each of `cases` (tuples of arguments), or a number when there are none. A
    function may return a tuple; its parts are compared as one. `use(answer, *case)` says how a case is tried on an
    answer that is a class, or makes a function. `task` is said to an answer that is not there yet, `right` to a
    right one, and `slips` maps a sentence to the wrong answer that it explains. Numbers may be off by `tolerance`,
    relative to the largest one expected.
    """

    task: str
    answer: Callable | float
    right: str
    slips: dict = field(default_factory=dict)
    cases: tuple = ()
    tolerance: float = 1e-4
    use: Callable = lambda answer, *case: answer(*case)

    def __call__(self, answer):
        """Return the `Feedback` to a learner's answer: a function, or a number."""
        if self.cases and not callable(answer) and not _missing(answer):
            return Feedback(False, f"Not yet: a function was expected, and {answer!r} came.")
        try:
            with _time_limit(PATIENCE):
                came = self._outputs(answer)
        except TooLong:
            return Feedback(
                False, f"Not yet: your code had not come back after {PATIENCE} seconds. Does its loop end?"
            )
        except Exception as error:
            return Feedback(False, f"Not yet: your code raised {type(error).__name__}: {error}{_help(error)}")
        if any(map(_missing, came)):
            return Feedback(False, f"Not done yet: {self.task}.")
        try:
            came = [_array(output) for output in came]
        except (TypeError, ValueError):
            brackets = " Return several values as a, b, without brackets." * isinstance(came[0], list)
            return Feedback(False, f"Not yet: numbers were expected, and {came[0]!r} came.{brackets}")
        expected = self._arrays(self.answer)
        if self._equal(came, expected):
            return Feedback(True, f"Right. {self.right}")
        return Feedback(False, f"Not yet: {self._difference(came, expected)}{self._slip(came, expected)}")

    def _outputs(self, answer):
        """What the answer gives for each case; for an exercise without cases, the answer itself."""
        if not self.cases or _missing(answer):
            return [answer]
        return [self.use(answer, *map(_copy, case)) for case in self.cases]

    def _arrays(self, answer):
        return [_array(output) for output in self._outputs(answer)]

    def _equal(self, came, expected):
        return _close(came, expected, self.tolerance)

    def _difference(self, came, expected):
        """Say what was expected and what came, in the first case where they differ.

        Of a single number say only what came: the one expected would give the answer away.
        """
        if not self.cases:
            return f"{_said(came[0])} is not it."
        i = next(i for i in range(len(came)) if not self._equal([came[i]], [expected[i]]))
        names = inspect.signature(self.answer).parameters
        where = ", ".join(
            f"{name} = {_said(value)}" for name, value in zip(names, self.cases[i], strict=False)
        )
        if came[i].shape != expected[i].shape:
            return f"for {where}: the shape {expected[i].shape} was expected, and {came[i].shape} came."
        if came[i].ndim > 1:
            return f"for {where}: the shape {came[i].shape} is right, the numbers are not."
        return f"for {where}: {_said(expected[i])} was expected, and {_said(came[i])} came."

    def _slip(self, came, expected):
        """Name the slip that gives exactly what came, if it is a known one."""
        known = [(sentence, self._arrays(wrong)) for sentence, wrong in self.slips.items()]
        common = [(sentence, list(map(wrong, expected))) for sentence, wrong in COMMON_SLIPS.items()]
        for sentence, wrong in known + common:
            if self._equal(came, wrong):
                return f" {sentence}"
        if any(np.isnan(output).any() for output in came):
            return " nan comes from 0/0, ∞ − ∞, or the logarithm or root of a negative number."
        return " Close: rounded, or stopped too early?" * _close(came, expected, max(self.tolerance, 0.03))


def _close(came, expected, tolerance):
    """Whether all agree. nan and infinity agree with themselves: a slip may be that something overflowed."""

    def agree(a, b):
        scale = np.abs(b[np.isfinite(b)]).max(initial=1e-6)
        return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=tolerance * scale, equal_nan=True)

    return all(map(agree, came, expected))


@contextmanager
def _time_limit(seconds):
    """Raise `TooLong` in the block after so many seconds. Windows has no alarm, and no thread but the main one."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _help(error):
    """A word on an exception whose own message does not help a beginner."""
    if "truth value of an array" in str(error):
        return " Your function gets whole arrays: use np.where, np.maximum or np.clip in place of if and max."
    return ""


def _missing(value):
    return value is None or value is ...


def _copy(argument):
    """A copy, so that a learner's function that changes its input spoils nothing."""
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def _array(output):
    parts = output if isinstance(output, tuple) else (output,)
    arrays = [np.asarray(part, dtype=float) for part in parts]
    return arrays[0] if len(arrays) == 1 else np.concatenate([array.ravel() for array in arrays])


def _said(value):
    """Numbers as a reader would write them: four digits, and of a long array the beginning; functions by name."""
    if callable(value):
        return value.__name__
    array = np.asarray(value, dtype=float)
    if array.ndim == 0:
        return f"{array:.4g}" if abs(array) < 1e4 else f"{array:.0f}"
    if array.ndim > 1:
        return f"an array of shape {array.shape}"
    shown = list(map(_said, array[:5])) + ["…"] * (len(array) > 5)
    return "[" + ", ".join(shown) + "]"
