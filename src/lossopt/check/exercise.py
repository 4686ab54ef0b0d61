"""The two things that every check consists of, an exercise and its feedback."""

import inspect
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from textwrap import fill

import numpy as np


@dataclass(frozen=True)
class Feedback:
    """Hold what a check says: `ok`, and the sentence, which a notebook displays in lines that fit the page."""

    ok: bool
    message: str

    def __repr__(self):
        return fill(self.message, 76)


PATIENCE = 10  # seconds that an answer may take


class TooLong(BaseException):
    """Stop an answer that takes too long. No Exception, so that a learner's `except Exception` lets it through."""


class NoNumbers(Exception):
    """Say why an output cannot be compared with numbers."""


# Mistakes that can happen in any formula: what comes out, given what is right.
COMMON_SLIPS = {
    "The sign is reversed.": lambda expected: -expected,
    "It is twice as large: is a factor 2 too many, or a ½ missing?": lambda expected: 2 * expected,
    "It is half as large: is a ½ too many, or a factor 2 missing?": lambda expected: expected / 2,
}


@dataclass(frozen=True)
class Exercise:
    """Compare a learner's answer with the right one, and name the mistake if it is a known one.

    `answer` is a function, tried on each of `cases` (tuples of arguments), or a number when there are none. A
    function may return a tuple, whose parts are compared one by one. A list or a tuple of numbers counts as the
    array of these numbers. `use(answer, *case)` says how a case is tried on an answer that is a class, or makes a
    function; the names of its arguments appear in the feedback. `task` is said to an answer that is not there yet,
    `right` to a right one, and `slips` maps a sentence to the wrong answer that it explains. Numbers may be off by
    `tolerance`, relative to the largest one expected in the same part.
    """

    task: str
    answer: Callable | float
    right: str
    slips: dict = field(default_factory=dict)
    cases: tuple = ()
    tolerance: float = 1e-4
    use: Callable | None = None

    def __call__(self, answer):
        """Return the `Feedback` to a learner's answer: a function, or a number. Never raise."""
        if self.cases and not callable(answer) and not _missing(answer):
            return Feedback(False, f"Not yet: expected a function, but got {_said(answer)}.")
        try:
            with _time_limit(PATIENCE):
                outputs = self._outputs(answer)
        except TooLong:
            return Feedback(
                False,
                f"Not yet: your code was still running after {PATIENCE} seconds. Either its loop does not end, or it "
                "is slow: try fewer steps or candidates, or whole arrays instead of a loop.",
            )
        except (Exception, SystemExit) as error:
            return Feedback(False, f"Not yet: your code raised {type(error).__name__}: {error}{_help(error)}")
        if any(map(_missing, outputs)):
            return Feedback(False, f"Not done yet: {self.task}.")
        expected = self._expected()
        try:
            got = [_like(output, right) for output, right in zip(outputs, expected, strict=True)]
        except NoNumbers as problem:
            return Feedback(False, f"Not yet: {problem}")
        if self._equal(got, expected):
            return Feedback(True, f"Right. {self.right}")
        return Feedback(False, f"Not yet: {self._difference(got, expected)}{self._slip(got, expected)}")

    def _outputs(self, answer):
        """Return the answer's output for each case, or the answer itself if there are no cases."""
        if not self.cases or _missing(answer):
            return [answer]
        use = self.use or (lambda answer, *case: answer(*case))
        # A copy, down to the elements of lists, so that code that changes its input does not damage the case.
        return [use(answer, *deepcopy(case)) for case in self.cases]

    def _expected(self):
        """Return the parts of each right output."""
        return [
            tuple(map(_array, output)) if isinstance(output, tuple) else (_array(output),)
            for output in self._outputs(self.answer)
        ]

    def _equal(self, got, expected):
        return all(_close(g, e, self.tolerance) for g, e in zip(got, expected, strict=True))

    def _difference(self, got, expected):
        """Say which output was expected and which one the answer gave, in the first case where they differ.

        For a single number name only the answer's, because the expected one would give the solution away.
        """
        if not self.cases:
            return f"{_told(got[0])} is not the answer."
        i = next(i for i in range(len(got)) if not self._equal([got[i]], [expected[i]]))
        where = self._case(i)
        if len(got[i]) != len(expected[i]):
            return f"{where}: expected {len(expected[i])} values, but got {len(got[i])}."
        shapes = [" and ".join(str(part.shape) for part in parts) for parts in (expected[i], got[i])]
        if shapes[0] != shapes[1]:
            return f"{where}: expected the shape {shapes[0]}, but got {shapes[1]}."
        if any(part.ndim > 1 for part in got[i]):
            return f"{where}: the shape {shapes[0]} is right, but the numbers are not."
        return f"{where}: expected {_told(expected[i])}, but got {_told(got[i])}."

    def _case(self, i):
        """Name the arguments of a case, as the learner's function or `use` calls them."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = list(inspect.signature(self.use or self.answer).parameters.values())[bool(self.use) :]
        if any(name.kind != kind for name in names):
            return f"for case {i + 1}"
        pairs = zip(names, self.cases[i], strict=False)
        return "for " + ", ".join(f"{name.name} = {_said(value)}" for name, value in pairs)

    def _slip(self, got, expected):
        """Name the mistake that gives exactly the same output, if it is a known one."""
        bare = [tuple(part[0] if part.shape == (1,) else part for part in parts) for parts in got]
        in_brackets = not self.cases and got[0][0].shape == (1,)
        if in_brackets and self._equal(bare, expected):
            return " The number is right, but it came in brackets: give the number itself."
        word = " It also came in brackets: give the number itself." * in_brackets
        for sentence, wrong in self.slips.items():
            outputs = [
                _like(output, right) for output, right in zip(self._outputs(wrong), expected, strict=True)
            ]
            if self._equal(bare if in_brackets else got, outputs):
                return f" {sentence}{word}"
        for sentence, wrong in COMMON_SLIPS.items():
            if self._equal(bare if in_brackets else got, [tuple(map(wrong, parts)) for parts in expected]):
                return f" {sentence}{word}"
        if any(np.isnan(part).any() for parts in got for part in parts):
            return " nan comes from 0/0, ∞ − ∞, or the logarithm or root of a negative number."
        if self._is_rounded(bare, expected):
            return " Close: was it rounded too early, or stopped too early?" + word
        return word

    def _is_rounded(self, got, expected):
        """Whether every single number is within one per cent of what is right."""

        def near(a, b):
            return a.shape == b.shape and np.allclose(a, b, rtol=0.01, atol=0, equal_nan=True)

        return all(len(g) == len(e) and all(map(near, g, e)) for g, e in zip(got, expected, strict=True))


def _close(got, expected, tolerance):
    """Whether all parts agree, each on its own scale; nan and infinity equal themselves, as a mistake may overflow."""

    def size(part):
        return np.abs(part[np.isfinite(part)]).max(initial=0)

    whole = max(map(size, expected))

    def agree(a, b):
        # A part that should be 0 is compared on the scale of the others, since rounding left something of it.
        scale = max(size(b), 1e-4 * whole, 1e-6)
        return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=tolerance * scale, equal_nan=True)

    return len(got) == len(expected) and all(map(agree, got, expected))


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
    """Add a word to an exception whose own message does not help a beginner."""
    if "truth value of an array" in str(error):
        return " Your function gets whole arrays: use np.where, np.maximum or np.clip instead of if and max."
    return ""


def _missing(value):
    return value is None or value is ...


def _like(output, expected):
    """Return the parts of a learner's output: several where several are expected, one otherwise."""
    if len(expected) > 1:
        try:
            parts = tuple(output)
        except Exception:
            raise NoNumbers(f"expected {len(expected)} values, but got {_said(output)}.") from None
        return tuple(map(_array, parts))
    return (_array(output),)


def _array(output):
    """Return numbers as an array of floats; refuse anything else, including text that looks like a number."""
    try:
        array = np.asarray(output)
        if array.dtype.kind == "O":  # a list that holds tensors, say
            array = np.array([np.asarray(part) for part in array])
        if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
            raise TypeError
        return array.astype(float)
    except Exception:
        raise NoNumbers(f"expected numbers, but got {_said(output)}.") from None


def _told(parts):
    return " and ".join(map(_said, parts))


def _said(value):
    """Write numbers as a reader would: four digits, of a long array the beginning; functions by name."""
    try:
        if callable(value):
            return getattr(value, "__name__", type(value).__name__)
        if isinstance(value, str):
            return f"the text {value:.40}" if len(value) > 40 else f"the text {value!r}"
        array = np.asarray(value, dtype=float)
    except Exception:
        return f"an object of type {type(value).__name__}"
    if array.ndim == 0:
        return f"{array:.4g}" if not abs(array) >= 1e4 else f"{array:.0f}"
    if array.ndim > 1 or array.size == 0:
        return f"an array of shape {array.shape}"
    shown = list(map(_said, array[:5])) + ["…"] * (len(array) > 5)
    return "[" + ", ".join(shown) + "]"
