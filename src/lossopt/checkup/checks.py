"""Register the checks: each is a small function with the cause that it
looks for.
"""

from collections.abc import Callable
from typing import NamedTuple

from .causes import CAUSES
from .report import Finding

CERTAIN, LIKELY, POSSIBLE, GUESS = 0.95, 0.8, 0.6, 0.4


class Check(NamedTuple):
    """Hold a check: its cause, the function, and what it is called with
    ("case", or each "head" of the case)."""

    cause: str
    function: Callable
    per: str


CHECKS: list[Check] = []


def check(cause, per="case"):
    """Register a function that yields findings. It gets the case, and for
    `per="head"` one output after another."""

    def register(function):
        CHECKS.append(Check(cause, function, per))
        return function

    return register


class _Blank(dict):
    """Leave a blank of a text as it is when nothing fills it."""

    def __missing__(self, name):
        return "…"


def found(cause, seen, sure, severity="warning", **blanks):
    """Return a finding, with the numbers of this case in the code to paste."""
    known = CAUSES[cause]
    do = known.do
    if "{" in do:
        try:
            do = do.format_map(_Blank(blanks))
        except ValueError:  # a number was asked for and none is known
            do = do.replace(":.2g}", "}").format_map(_Blank(blanks))
    return Finding(cause, severity, seen, known.means, do, known.section, sure)
