"""Check arguments in one place, with errors of one form: the argument, what it must be, and the value received.

The range of a number is written next to its name, as an annotation: `delta: Positive = 1.0`. `checked` reads it.
"""

import functools
import inspect
import math
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, ParamSpec, TypeVar, get_type_hints

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")


class Range(NamedTuple):
    """Hold the numbers that an argument may be, as a test and in words."""

    words: str
    holds: Callable[[float], bool]


Number = Annotated[float, Range("a finite number", lambda x: math.isfinite(x))]
NotNegative = Annotated[float, Range("0 or more, and finite", lambda x: 0 <= x < math.inf)]
NotPositive = Annotated[float, Range("0 or less, and finite", lambda x: -math.inf < x <= 0)]
Positive = Annotated[float, Range("positive and finite", lambda x: 0 < x < math.inf)]
OneOrMore = Annotated[float, Range("1 or more, and finite", lambda x: 1 <= x < math.inf)]
Share = Annotated[float, Range("from 0 to 1", lambda x: 0 <= x <= 1)]
InnerShare = Annotated[float, Range("above 0 and below 1", lambda x: 0 < x < 1)]
PositiveShare = Annotated[float, Range("above 0 and at most 1", lambda x: 0 < x <= 1)]
BelowOne = Annotated[float, Range("at least 0 and below 1", lambda x: 0 <= x < 1)]
MaybeInfinite = Annotated[float, Range("0 or more", lambda x: x >= 0)]
PositiveRate = Annotated[
    float | Callable[[int], float], Range("positive and finite, or a schedule", lambda x: 0 < x < math.inf)
]
Whole = Annotated[int, Range("a whole number", lambda x: math.isfinite(x) and x == round(x))]
Count = Annotated[int, Range("a whole number, 1 or more", lambda x: 1 <= x < math.inf and x == round(x))]
Rate = Annotated[
    float | Callable[[int], float], Range("0 or more, and finite, or a schedule", lambda x: 0 <= x < math.inf)
]


def require(condition, name, value, allowed):
    """Raise an error that names the argument, what it must be, and the value received."""
    if not np.all(condition):
        raise ValueError(f"{name} must be {allowed}, but got {value}.")


def number(name, value, allowed):
    """Return a number within its range as Python's own, because a NumPy float64 would turn float32 into float64."""
    words, holds = allowed.__metadata__[0]
    plain = plain_number(value)
    if plain is None or not holds(plain):
        raise ValueError(f"{name} must be {words}, but got {shown(value)}.")
    return int(plain) if allowed.__origin__ is int else plain


def plain_number(value):
    """Return a real number as an int or a float, and None for anything else: a bool, a string, an array, a complex."""
    if isinstance(value, bool | np.bool_ | str | bytes | complex) or np.ma.isMaskedArray(value):
        return None
    try:
        if isinstance(value, int | np.integer):
            float(value)  # raises an error if it is too large
            return int(value)
        return None if getattr(value, "ndim", getattr(value, "shape", 0)) else float(value)
    except Exception:  # whatever the reader's own class does
        return None


def switch(name, value):
    """Return True or False, but nothing that only counts as true."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, but got {shown(value)}.")
    return bool(value)


def shown(value):
    """Return a value as an error message can show it, in one short line."""
    if isinstance(value, np.ndarray) and value.size > 3:
        return f"an array of shape {value.shape}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # whatever the reader's own class does
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "…"


def floats(name, value, may_be_empty=False):
    """Return an array of float64."""
    return real_array(name, value, may_be_empty).astype(float, copy=False)


def real_array(name, value, may_be_empty=False):
    """Return an array of real numbers. Raise an error for what would turn into numbers silently, or lose its mask."""
    if np.ma.isMaskedArray(value):
        raise ValueError(
            f"{name} must be an array without a mask, but got a masked array, whose mask would be lost.\n"
            "Give the data, and leave values out with reduce_loss(values, mask=…)."
        )
    try:
        array = np.asarray(value)
    except Exception:  # a ragged list, and whatever the reader's own class does
        array = np.array(None)
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be an array of real numbers, but got {shown(value)}.")
    if array.size == 0 and not may_be_empty:
        raise ValueError(f"{name} is empty (shape {array.shape}), but must have at least one number.")
    return array


@functools.cache
def ranges(function):
    """Return the range of every argument that has one, and bool for the switches."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: hint for name, hint in hints.items() if hint is bool or hasattr(_present(hint), "__metadata__")
    }


def _present(hint):
    """Return what `X | None` allows besides None."""
    return next((part for part in getattr(hint, "__args__", ()) if hasattr(part, "__metadata__")), hint)


def within(name, value, hint):
    """Return an argument as Python's own number or bool. Raise an error outside the range of its annotation."""
    if hint is bool:
        return switch(name, value)
    if value is None and _present(hint) is not hint:
        return None
    if callable(value) and hint in (Rate, PositiveRate):
        return value
    return number(name, value, _present(hint))


def checked(function: Callable[P, R], like: Callable[..., Any] | None = None) -> Callable[P, R]:
    """Return a function whose arguments are checked by their annotations first, or by those of `like`."""
    like = like or function
    signature, allowed = inspect.signature(like), ranges(like)

    @functools.wraps(function)
    def call(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for name, hint in allowed.items():
            bound.arguments[name] = within(name, bound.arguments[name], hint)
        return function(*bound.args, **bound.kwargs)

    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


class Checked:
    """Check the numbers and switches of a dataclass when it is made, and keep them as Python's own."""

    def __post_init__(self):
        for name, hint in ranges(type(self)).items():
            object.__setattr__(self, name, within(name, getattr(self, name), hint))
