"""Feedback on an exercise: what was expected, what came, and the likely slip.

    check.pinball(my_function)

tries the learner's answer on cases the learner has not seen, and answers in a sentence. It never raises: an
exception in the learner's code is part of the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from . import losses


@dataclass(frozen=True)
class Feedback:
    """What a check says: `ok` and the sentence, which is also how a notebook displays it."""

    ok: bool
    message: str

    def __repr__(self):
        return self.message


# Slips that can happen in any formula: what came, when so much was expected.
COMMON_SLIPS = {
    "The sign is reversed.": lambda expected: -expected,
    "It is twice as large: is there a factor 2 too many, or a ½ missing?": lambda expected: 2 * expected,
    "It is half as large: is there a ½ too many, or a factor 2 missing?": lambda expected: expected / 2,
}


@dataclass(frozen=True)
class Exercise:
    """An exercise: the right answer, cases to try it on, and the slips that people make.

    `answer` is a function, tried on each of `cases` (tuples of arguments), or a plain value when there are none.
    `slips` maps a sentence to the wrong answer that it explains. `right` is said to a right answer, and `task`
    to one that is not there yet. Numbers may differ by `tolerance`, relative to the largest one expected.
    """

    task: str
    answer: Callable | float | list
    right: str
    slips: dict = field(default_factory=dict)
    cases: tuple = ()
    tolerance: float = 1e-4

    def __call__(self, answer):
        """Return the `Feedback` to a learner's answer: a function, or a value."""
        if answer is None or answer is ...:
            return Feedback(False, f"Not done yet: {self.task}.")
        if not self.cases:
            return self._judge([np.asarray(answer)], lambda given: [np.asarray(given)])
        if not callable(answer):
            return Feedback(False, f"Not yet: a function was expected, and {answer!r} came.")
        outputs = []
        for case in self.cases:
            try:
                outputs.append(answer(*map(_copied, case)))
            except Exception as error:
                return Feedback(False, f"Not yet: with {_said(case)} it raised {type(error).__name__}: {error}")
        if any(output is None or output is ... for output in outputs):
            return Feedback(False, f"Not done yet: {self.task}.")
        return self._judge([np.asarray(output) for output in outputs], self._run)

    def _run(self, function):
        return [np.asarray(function(*map(_copied, case))) for case in self.cases]

    def _judge(self, came, run):
        expected = run(self.answer)
        if self._agree(came, expected):
            return Feedback(True, f"Right. {self.right}")
        worst = next(i for i in range(len(came)) if not self._agree(came[i : i + 1], expected[i : i + 1]))
        given = f"with {_said(self.cases[worst])} " if self.cases else ""
        if came[worst].shape != expected[worst].shape:
            story = f"shape {expected[worst].shape} was expected, and shape {came[worst].shape} came."
        else:
            story = f"{_said([expected[worst]])} was expected, and {_said([came[worst]])} came."
        return Feedback(False, f"Not yet: {given}{story}{self._slip(came, expected, run)}")

    def _slip(self, came, expected, run):
        for sentence, wrong in self.slips.items():
            if self._agree(came, run(wrong)):
                return f" {sentence}"
        for sentence, wrong in COMMON_SLIPS.items():
            if self._agree(came, [wrong(value) for value in expected]):
                return f" {sentence}"
        return ""

    def _agree(self, came, expected):
        def close(a, b):
            if a.shape != b.shape or not np.issubdtype(a.dtype, np.number):
                return False
            return np.allclose(a, b, rtol=0, atol=self.tolerance * max(1e-9, np.abs(b).max()))

        return all(map(close, came, expected))


def _copied(argument):
    """A copy, so that a learner's function that changes its input spoils nothing."""
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def _said(values):
    """Values as a reader would write them: lists, four digits."""

    def said(value):
        array = np.asarray(value)
        if not np.issubdtype(array.dtype, np.number):
            return repr(value)
        if array.ndim == 0:
            return f"{array.item():.4g}"
        return "[" + ", ".join(map(said, array)) + "]"

    return ", ".join(map(said, values))


pinball = Exercise(
    task="return the pinball loss of each sample",
    answer=lambda y_true, y_pred, q: losses.pinball(y_true, y_pred, q),
    right="One line, and every quantile is yours.",
    slips={
        "The two prices are swapped: q is what a unit too low costs.":
            lambda y_true, y_pred, q: losses.pinball(y_true, y_pred, 1 - q),
        "One value per sample was asked for, and their mean came.":
            lambda y_true, y_pred, q: losses.pinball(y_true, y_pred, q).mean(),
    },
    cases=(
        (np.array([10.0, 10.0, 3.0]), np.array([8.0, 12.0, 3.0]), 0.9),
        (np.array([-1.0, 4.0]), np.array([0.5, 1.0]), 0.2),
    ),
)
