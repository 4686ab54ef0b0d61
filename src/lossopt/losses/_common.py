"""Provide what several losses share: the decorators, checks of arrays, the
average over an axis, stable functions."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol

import numpy as np

from .._checks import checked, floats, real_array, require

KERAS_EPSILON = 1e-7  # keras.config.epsilon(): keeps divisions and logarithms of zero finite
TINY = np.finfo(float).tiny  # stands in for a zero that a power below 1 would turn into infinity
PROBABILITY = "a probability between 0 and 1 (for raw scores: from_logits=True)"

P = ParamSpec("P")


class Loss(Protocol[P]):
    """A function that returns one value per sample, with its gradient as an
    attribute."""

    __name__: str
    gradient: Callable[P, Any]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...


def loss(value: Callable[P, Any]) -> Loss[P]:
    """Make a function a loss: its arguments are checked by their annotations
    before it runs."""
    return checked(value, value)  # type: ignore[return-value]  # gradient_of adds the gradient


def gradient_of(of: Loss[P], wrt: str = "`y_pred`, in the shape of `y_pred`") -> Callable[..., Any]:
    """Make the decorated function the gradient of a loss, with the loss's
    arguments, defaults and checks."""

    def attach(gradient):
        call = checked(_nan_stays(gradient), of)
        call.__name__ = call.__qualname__ = f"{of.__name__}.gradient"
        call.__doc__ = (
            f"Return the derivative of `{of.__name__}`\nwith respect to {wrt}.\n\n"
            f"It takes the arguments of `{of.__name__}`,\nand raises the same errors."
        )
        of.gradient = call
        return call

    return attach


def _nan_stays(gradient):
    """Make the slope NaN where the prediction is NaN, also in a gradient that
    is defined by cases."""

    @functools.wraps(gradient)
    def call(y_true, y_pred, *rest):
        slopes = gradient(y_true, y_pred, *rest)
        if isinstance(slopes, tuple) or not np.isnan(y_pred := np.asarray(y_pred, dtype=float)).any():
            return slopes
        return np.where(np.isnan(y_pred), np.nan, slopes)

    return call


def _pair(y_true, y_pred, names=("y_true", "y_pred")):
    """Return both as float arrays. Raise an error if the shapes differ, before
    NumPy can broadcast them silently."""
    first, second = names
    y_true, y_pred = floats(first, y_true), floats(second, y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"{first} has shape {y_true.shape}, {second} has shape {y_pred.shape}, and both must be equal.\n"
            "Of (n,) against (n, 1) NumPy would silently make (n, n): reshape one of them."
        )
    return y_true, y_pred


def _extent(values):
    return f"{values.min():.6g} to {values.max():.6g}"


def _axis(axis, array, name="y_pred"):
    """Raise an error if an array has no such axis."""
    axes = max(array.ndim, 1)  # of a single number, 0 and −1 are accepted
    require(-axes <= axis < axes, "axis", axis, f"an axis of {name}, of shape {array.shape}")


def _per_sample(values, axis=-1):
    """Average the last axis, or the given one, of an array with more than one
    axis."""
    _axis(axis, values)
    return values.mean(axis=axis) if values.ndim > 1 else values


def _share(slopes, axis=-1):
    """Divide slopes by the length of the axis that `_per_sample` averages."""
    _axis(axis, slopes)
    return slopes / slopes.shape[axis] if slopes.ndim > 1 else slopes


def _clip(p):
    """Keep a probability away from 0 and 1, as Keras does before it takes a
    logarithm."""
    return np.clip(p, KERAS_EPSILON, 1 - KERAS_EPSILON)


def _inside(p):
    """Return True where the clip does not change a probability. Elsewhere the
    gradient is zero."""
    return (p >= KERAS_EPSILON) & (p <= 1 - KERAS_EPSILON)


def _softplus(z):
    return np.logaddexp(0, z)  # log(1 + eᶻ) without ever forming eᶻ


def _sigmoid(z):
    return np.exp(-_softplus(-z))


def _log_softmax(z, axis):
    shifted = z - z.max(axis=axis, keepdims=True)  # else exp overflows
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def _fractions(y_true, y_pred):
    """Return both as arrays of numbers from 0 to 1."""
    y_true, y_pred = _pair(y_true, y_pred)
    for name, value in (("y_true", y_true), ("y_pred", y_pred)):
        require((value >= 0) & (value <= 1), name, _extent(value), "between 0 and 1")
    return y_true, y_pred


def _require_probabilities(y_pred, from_logits):
    if not from_logits:
        require((y_pred >= 0) & (y_pred <= 1), "y_pred", _extent(y_pred), PROBABILITY)


def _one_each(y_true, y_pred, axis=-1):
    """Return both as arrays. Raise an error unless y_true has one number for
    each vector on that axis of `y_pred`."""
    y_true, y_pred = real_array("y_true", y_true, may_be_empty=True), floats("y_pred", y_pred)
    _axis(axis, y_pred)
    require(y_pred.ndim > 0, "y_pred", "a single number", "an array with the classes on an axis")
    shape = tuple(np.delete(y_pred.shape, axis).tolist())
    if y_true.shape != shape:
        raise ValueError(
            f"y_true has shape {y_true.shape}, y_pred has shape {y_pred.shape}, and y_true must have {shape}: "
            "one class number for each row of scores."
        )
    return y_true, y_pred


def _class_numbers(y_true, classes):
    require(y_true == np.round(y_true), "y_true", f"{y_true.dtype} with fractions", "class numbers")
    require((y_true >= 0) & (y_true < classes), "y_true", _extent(y_true), f"from 0 to {classes - 1}")
    return y_true.astype(int)


def _zeros_and_ones(y_true, y_pred):
    """Return both as arrays. Raise an error unless every target is 0 or 1."""
    y_true, y_pred = _pair(y_true, y_pred)
    require((y_true == 0) | (y_true == 1), "y_true", _extent(y_true), "0 or 1")
    return y_true, y_pred


def _of_class(values, numbers, axis):
    """Return the value of each sample's own class. A one-hot matrix would take
    K × n numbers to do that."""
    return np.take_along_axis(values, np.expand_dims(numbers, axis), axis).squeeze(axis)


def _put(values, numbers, new, axis):
    """Return a copy of `values` with the entry of each sample's own class
    replaced."""
    values = values.copy()
    np.put_along_axis(values, np.expand_dims(numbers, axis), np.expand_dims(new, axis), axis)
    return values
