"""Provide what several losses share: checks of arguments, the average over the last axis, stable functions."""

import numpy as np

KERAS_EPSILON = 1e-7  # keras.config.epsilon(): keeps divisions and logarithms of zero finite
TINY = np.finfo(float).tiny  # stands in for a zero that a power below 1 would turn into infinity
PROBABILITY = "a probability between 0 and 1 (for raw scores: from_logits=True)"


def _pair(y_true, y_pred, names=("y_true", "y_pred")):
    """Return both as float arrays. Raise an error if the shapes differ, before NumPy can broadcast them silently."""
    y_true, y_pred = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    first, second = names
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"{first} has shape {y_true.shape}, {second} has shape {y_pred.shape}, and both must be equal.\n"
            "Of (n,) against (n, 1) NumPy would silently make (n, n): reshape one of them."
        )
    _require_samples(y_true, first)
    return y_true, y_pred


def _require_samples(array, name):
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape}); a loss needs at least one sample.")


def _require(condition, name, value, allowed):
    """Raise an error that names the argument, the values allowed and the value received."""
    if not np.all(condition):
        raise ValueError(f"{name} must be {allowed}, but got {value}.")


def _extent(values):
    return f"{values.min():.6g} to {values.max():.6g}"


def _per_sample(values, axis=-1):
    """Average the last axis, or the given one, of an array with more than one axis."""
    return values.mean(axis=axis) if values.ndim > 1 else values


def _share(slopes, axis=-1):
    """Divide slopes by the length of the axis that `_per_sample` averages."""
    return slopes / slopes.shape[axis] if slopes.ndim > 1 else slopes


def _clip(p):
    """Keep a probability away from 0 and 1, as Keras does before it takes a logarithm."""
    return np.clip(p, KERAS_EPSILON, 1 - KERAS_EPSILON)


def _inside(p):
    """Return True where the clip does not change a probability. Elsewhere the gradient is zero."""
    return (p >= KERAS_EPSILON) & (p <= 1 - KERAS_EPSILON)


def _softplus(z):
    return np.logaddexp(0, z)  # log(1 + eᶻ) without ever forming eᶻ


def _sigmoid(z):
    return np.exp(-_softplus(-z))


def _log_softmax(z, axis):
    shifted = z - z.max(axis=axis, keepdims=True)  # else exp overflows
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def _gradient_of(loss, gradient, predictions="`y_pred`, in the shape of `y_pred`"):
    """Attach the gradient to its loss as `loss.gradient`, with a name and a docstring."""
    gradient.__name__ = gradient.__qualname__ = f"{loss.__name__}.gradient"
    gradient.__doc__ = f"Return the derivative of `{loss.__name__}` with respect to {predictions}."
    loss.gradient = gradient


def _parts_of_one(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    for name, value in (("y_true", y_true), ("y_pred", y_pred)):
        _require((value >= 0) & (value <= 1), name, _extent(value), "between 0 and 1")
    return y_true, y_pred


def _require_probabilities(y_pred, from_logits):
    if not from_logits:
        _require((y_pred >= 0) & (y_pred <= 1), "y_pred", _extent(y_pred), PROBABILITY)


def _one_each(y_true, y_pred, axis=-1):
    """Return y_true as an array. Raise an error unless it has one number for each vector on that axis of `y_pred`."""
    y_true, shape = np.asarray(y_true), y_pred.sum(axis=axis).shape
    if y_true.shape != shape:
        raise ValueError(
            f"y_true has shape {y_true.shape}, y_pred has shape {y_pred.shape}, and y_true must have {shape}: "
            "one class number for each row of scores."
        )
    _require_samples(y_pred, "y_pred")
    return y_true


def _class_numbers(y_true, classes):
    _require(y_true == np.round(y_true), "y_true", f"{y_true.dtype} with fractions", "class numbers")
    _require((y_true >= 0) & (y_true < classes), "y_true", _extent(y_true), f"from 0 to {classes - 1}")
    return y_true.astype(int)


def _switches(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    _require((y_true == 0) | (y_true == 1), "y_true", _extent(y_true), "0 or 1")
    return y_true, y_pred
