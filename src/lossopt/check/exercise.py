"""The two things that every check consists of, an exercise and its
feedback.
"""

import inspect
import warnings
from collections.abc import Callable
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice
from numbers import Real
from operator import length_hint
from textwrap import fill

import numpy as np

from .guard import Refused, TooLong, guarded


@dataclass(frozen=True)
class Feedback:
    """Hold what a check says: `ok`, and the sentence, which a notebook
    displays in lines that fit the page."""

    ok: bool
    message: str

    def __repr__(self):
        return fill(self.message, 76)


PATIENCE = 10  # seconds that an answer may take
MOST = 10**6  # numbers of an output that are looked at, because more would fill the memory

# Mistakes that can happen in any formula: what comes out, given what is right.
COMMON_SLIPS = {
    "The sign is reversed.": lambda expected: -expected,
    "It is twice as large: is a factor 2 too many, or a ½ missing?": lambda expected: 2 * expected,
    "It is half as large: is a ½ too many, or a factor 2 missing?": lambda expected: expected / 2,
}


@dataclass(frozen=True)
class Exercise:
    """Compare a learner's answer with the right one, and name the mistake if
    it is a known one.

    `answer` is a function, tried on each of `cases` (tuples of arguments), or a
    number when there are none. A function may return a tuple, whose parts are
    compared one by one. A list or a tuple of numbers counts as the array of
    these numbers, True counts as 1, and complex or masked numbers do not count.
    `use(answer, *case)` says how a case is tried on an answer that is a class,
    or makes a function; the names of its arguments appear in the feedback.
    `task` is said to an answer that is not there yet, `right` to a right one,
    and `slips` maps a sentence to the wrong answer that it explains. Each
    number may be off by `tolerance`, relative to the expected number, or by a
    millionth of the largest number that is expected in the same part, which
    float32 needs.
    """

    task: str
    answer: Callable | float
    right: str
    slips: dict = field(default_factory=dict)
    cases: tuple = ()
    tolerance: float = 1e-4
    use: Callable | None = None

    def __call__(self, answer):
        """Return the `Feedback` to a learner's answer: a function, or a
        number. Raise nothing, except on Ctrl-C.

        All that is expected is computed before the answer runs, and the answer
        runs on copies. Its outputs become plain arrays while the clock still
        runs, so that no method of a learner's object is called afterwards.
        """
        try:
            with _quiet():
                expected = self._outputs(self.answer)
        except Exception as error:
            return Feedback(
                False,
                f"Not yet: the right answer itself raised {type(error).__name__}, so something has changed NumPy or "
                "lossopt. Restart the kernel, and run the cells again.",
            )
        try:
            got = guarded(lambda: self._outputs(answer, expected), PATIENCE)
        except Refused as refused:
            return Feedback(False, str(refused))
        except TooLong:
            return Feedback(
                False,
                f"Not yet: your code was still running after {PATIENCE} seconds. Either its loop does not end, or it "
                "is slow: try fewer steps or candidates, or whole arrays instead of a loop.",
            )
        with _quiet():
            if self._equal(got, expected):
                return Feedback(True, f"Right. {self.right}")
            return Feedback(False, f"Not yet: {self._difference(got, expected)}{self._slip(got, expected)}")

    def _outputs(self, answer, expected=None):
        """Return the parts of an answer's output for each case, as many as are
        expected."""
        if self.cases and not callable(answer) and not _missing(answer):
            raise Refused(f"Not yet: expected a function, but got {_kind(answer)}.")
        use = self.use or (lambda answer, *case: answer(*case))
        outputs = []
        for i, case in enumerate(self.cases or [()]):
            # A copy, down to the elements of lists, so that code that changes its input does not damage the case.
            output = use(answer, *deepcopy(case)) if self.cases and not _missing(answer) else answer
            if _missing(output):
                raise Refused(f"Not done yet: {self.task}.")
            count = len(expected[i]) if expected else len(output) if isinstance(output, tuple) else 1
            outputs.append(_parts(output, count))
        return outputs

    def _equal(self, got, expected):
        return all(_close(g, e, self.tolerance) for g, e in zip(got, expected, strict=True))

    def _difference(self, got, expected):
        """Say which output was expected and which one the answer gave, in the
        first case where they differ.

        For a single number name only the answer's, because the expected one
        would give the solution away.
        """
        i = next(i for i in range(len(got)) if not self._equal([got[i]], [expected[i]]))
        told = _told(expected[i], got[i])
        if not self.cases:
            return f"{told[1]} is not the answer."
        where = self._case(i)
        if len(got[i]) != len(expected[i]):
            number = "more" if len(got[i]) > len(expected[i]) else len(got[i])
            return f"{where}: expected {len(expected[i])} values, but got {number}."
        shapes = [" and ".join(str(part.shape) for part in parts) for parts in (expected[i], got[i])]
        if shapes[0] != shapes[1]:
            return f"{where}: expected the shape {shapes[0]}, but got {shapes[1]}."
        if told[0] != told[1] and all(part.ndim < 2 for part in got[i]):
            return f"{where}: expected {told[0]}, but got {told[1]}."
        right = _right(got[i], expected[i], self.tolerance)
        part = next(k for k in range(len(right)) if not right[k].all())
        place = tuple(map(int, np.argwhere(~right[part])[0]))
        told = _told([expected[i][part][place]], [got[i][part][place]])
        at = f" at {list(place)}" * bool(place) + f" in value {part + 1}" * (len(right) > 1)
        return f"{where}: expected {told[0]}{at}, but got {told[1]}."

    def _case(self, i):
        """Name the arguments of a case, as the learner's function or `use`
        calls them."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = list(inspect.signature(self.use or self.answer).parameters.values())[bool(self.use) :]
        if any(name.kind != kind for name in names):
            return f"for case {i + 1}"
        pairs = zip(names, self.cases[i], strict=False)
        return "for " + ", ".join(f"{name.name} = {_said(value)}" for name, value in pairs)

    def _slip(self, got, expected):
        """Name the mistake that gives exactly the same output, if it is a
        known one."""
        word = ""
        if not self.cases and got[0][0].shape == (1,):
            got, word = [(got[0][0].reshape(()),)], " It also came in brackets: give the number itself."
            if self._equal(got, expected):
                return " The number is right, but it came in brackets: give the number itself."
        for sentence, wrong in self.slips.items():
            if self._equal(got, self._outputs(wrong, expected)):
                return f" {sentence}{word}"
        for sentence, wrong in COMMON_SLIPS.items():
            if self._equal(got, [tuple(map(wrong, parts)) for parts in expected]):
                return f" {sentence}{word}"
        if any(part.size <= MOST and np.isnan(part).any() for parts in got for part in parts):
            return " nan comes from 0/0, ∞ − ∞, or the logarithm or root of a negative number."
        if self._is_rounded(got, expected):
            return f" Close: was it rounded too early, or stopped too early?{word}"
        return word

    def _is_rounded(self, got, expected):
        """Whether every single number is within one per cent of what is right."""

        def near(a, b):
            return a.shape == b.shape and np.allclose(a, b, rtol=0.01, atol=0, equal_nan=True)

        return all(len(g) == len(e) and all(map(near, g, e)) for g, e in zip(got, expected, strict=True))


def _right(got, expected, tolerance):
    """Say of each number of each part whether it is right.

    nan and infinity equal themselves, so that a mistake that overflows is known
    by its output. A number far below the largest one of its part is compared on
    a millionth of that one's scale, and a part that should be 0 on the scale of
    the other parts, since rounding left something of them.
    """

    def size(part):
        return np.abs(part[np.isfinite(part)]).max(initial=0)

    whole, least = max(map(size, expected)), min(tolerance, 1e-6)
    return [
        np.isclose(a, b, rtol=tolerance, atol=least * (size(b) or whole or 1e-4), equal_nan=True)
        for a, b in zip(got, expected, strict=True)
    ]


def _close(got, expected, tolerance):
    """Whether all parts agree, in shape and in each of their numbers."""
    same = [part.shape for part in got] == [part.shape for part in expected]
    return same and all(right.all() for right in _right(got, expected, tolerance))


@contextmanager
def _quiet():
    """Compute with overflows, and without warnings, regardless of what the
    notebook has set."""
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        yield


def _missing(value):
    return value is None or value is ...


def _parts(output, count):
    """Return the parts of an output: `count` of them where several are
    expected, or one more if there are more."""
    if count == 1:
        return (_array(output),)
    try:
        parts = tuple(islice(output, count + 1))
    except Exception:
        raise Refused(f"Not yet: expected {count} values, but got {_kind(output)}.") from None
    return tuple(map(_array, parts))


def _array(output):
    """Return numbers as an array of floats; refuse anything else, including
    text that looks like a number."""
    try:
        masked = any(map(np.ma.is_masked, output if isinstance(output, list | tuple) else [output]))
        if masked or (length_hint(output) > MOST and not isinstance(output, np.ndarray)):
            raise TypeError
        array = np.asarray(output)
        if array.dtype.kind == "O":  # a list that holds tensors, say, or a fraction
            flat = np.array([float(x) if isinstance(x, Real) else np.asarray(x) for x in array.ravel()])
            array = flat.reshape(array.shape + flat.shape[1:])
        if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
            raise TypeError
        # Only the shape of a large array is looked at, because it may be one number in a large shape.
        return array.astype(float) if array.size <= MOST else np.broadcast_to(0.0, array.shape)
    except Exception:
        raise Refused(f"Not yet: expected numbers, but got {_kind(output)}.") from None


def _told(*outputs):
    """Write two outputs with as many digits as it takes to tell one from the
    other."""
    for digits in (4, 8, 12, 17):
        told = [" and ".join(_said(part, digits) for part in parts) for parts in outputs]
        if told[0] != told[1]:
            break
    return told


def _said(value, digits=4):
    """Write numbers as a reader would, with four digits, and of a long array
    the beginning."""
    if isinstance(value, str):
        return _kind(value)
    try:
        array = np.asarray(value, dtype=float)
        if array.ndim > 1 or array.size == 0:
            return f"an array of shape {array.shape}"
        if array.ndim == 1:
            shown = [_said(number, digits) for number in array[:5]] + ["…"] * (len(array) > 5)
            return f"[{', '.join(shown)}]"
    except Exception:
        return _kind(value)
    return f"{array:.0f}" if abs(array) >= 10**digits else f"{array:.{digits}g}"


def _kind(value):
    """Say what a thing is: a text by its beginning, a list by its length, a
    function by its name."""
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    if isinstance(value, str):
        return f"the text {value:.40}" if len(value) > 40 else f"the text {value!r}"
    if isinstance(value, Real):
        with suppress(OverflowError):
            return f"the number {float(value):.4g}"
        return "a number too large for a float"
    if isinstance(value, complex | np.ndarray) and np.iscomplexobj(value):
        return "complex numbers"
    if isinstance(value, list | tuple | dict | set):
        return f"a {type(value).__name__} of length {len(value)}"
    if np.ma.is_masked(value):
        return "masked numbers"
    return f"an object of type {type(value).__name__}"
