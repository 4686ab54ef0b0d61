"""Clip gradients, decay weights or look for a sharper point before an
update, and average afterwards, with any rule."""

from __future__ import annotations

import math

import numpy as np

from .._checks import NotNegative, Positive, Share, checked, require, shown
from ._common import floating, gradient

__all__ = [
    "average_weights",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "decay_weights",
    "sam_point",
]


@checked
def clip_by_value(g, clipvalue: Positive):
    """Limit every component of a gradient to ± `clipvalue`, which can change
    its direction.

    `g` has any shape, and so has the result. Raises `ValueError` if `clipvalue`
    is not positive or `g` is not finite.

    >>> clip_by_value([3.0, -4.0, 0.5], 1.0)
    array([ 1. , -1. ,  0.5])

    Source: `keras.optimizers.Optimizer`, argument `clipvalue`.
    """
    return _each(lambda g: np.clip(gradient(g), -float(clipvalue), float(clipvalue)), g)


@checked
def clip_by_norm(g, clipnorm: Positive):
    r"""Shorten a gradient to the norm `clipnorm` if it is longer.

    $$g \cdot \frac{c}{\max(\lVert g \rVert, c)}$$

    c is `clipnorm`, and `g` has any shape. Keras does this to each variable
    separately, so the direction of the whole model's gradient changes. Raises
    `ValueError` if `clipnorm` is not positive or `g` is not finite.

    >>> clip_by_norm([3.0, -4.0], 1.0)
    array([ 0.6, -0.8])

    Source: Pascanu, Mikolov and Bengio (2013); `keras.optimizers.Optimizer`,
    argument `clipnorm`.
    """
    return _each(lambda g: g * (clipnorm / max(float(np.linalg.norm(g)), clipnorm)), _each(gradient, g))


@checked
def clip_by_global_norm(gradients, global_clipnorm: Positive):
    r"""Shorten all gradients of a model by one factor if their joint norm is
    above `global_clipnorm`.

    $$g_i \cdot
    \frac{c}{\max\bigl(\sqrt{\textstyle\sum_j \lVert g_j \rVert^2},\ c\bigr)}$$

    c is `global_clipnorm`. `gradients` is a dictionary of named arrays, and so
    is the result. The direction does not change. Raises `ValueError` if
    `global_clipnorm` is not positive or a gradient is not finite.

    >>> clip_by_global_norm({"kernel": [3.0, 0.0], "bias": [4.0]}, 1.0)
    {'kernel': array([0.6, 0. ]), 'bias': array([0.8])}

    Source: Pascanu, Mikolov and Bengio (2013); `keras.optimizers.Optimizer`,
    argument `global_clipnorm`.
    """
    gradients = _each(lambda g: gradient(g, name="gradients"), gradients)
    norm = math.hypot(*(np.linalg.norm(g) for g in _arrays(gradients)))
    return _each(lambda g: g * float(global_clipnorm / max(norm, global_clipnorm)), gradients)


@checked
def sam_point(w, gradients, rho: NotNegative = 0.05):
    r"""Return where sharpness-aware minimisation (SAM) takes the gradient of an
    update, a distance ρ uphill.

    $$\theta + \rho\, \frac{g}{\lVert g \rVert}$$

    ρ is `rho`, 0 or more, and the norm is that of all gradients together. `w`
    and `gradients` are two arrays, or two lists or dictionaries of arrays, and
    so is the result. Compute a gradient at `w`, a second one at this point, and
    pass the second with `w` to any rule. So SAM costs two gradients for each
    update. Where all gradients are 0 the result is `w`. Raises `ValueError` if
    ρ is negative, a gradient is not finite, or shapes differ.

    >>> from lossopt.optimizers import SGD
    >>> def gradient_at(w):
    ...     return np.array([1.0, 10.0]) * w
    >>> w = np.array([3.0, 0.4])
    >>> sam_point(w, gradient_at(w), rho=0.5)
    array([3.3, 0.8])
    >>> rule = SGD(learning_rate=0.1)
    >>> uphill = gradient_at(sam_point(w, gradient_at(w), rho=0.5))
    >>> w, state = rule.update(w, uphill, rule.init(w))
    >>> w.round(2)
    array([ 2.67, -0.4 ])

    Source: Foret et al. (2021).
    """
    gradients = _each(lambda g: gradient(g, name="gradients"), gradients)
    norm = math.hypot(*(np.linalg.norm(g) for g in _arrays(gradients)))
    share = float(rho / norm) if norm > 0 else 0.0
    return _each(lambda w, g: _uphill(w, g, share), w, gradients, name="gradients")


def _uphill(w, g, share):
    w = floating("w", w)
    g = gradient(g, w.dtype, "gradients")
    if w.shape != g.shape:
        raise ValueError(f"w has shape {w.shape}, gradients has shape {g.shape}, and both must be equal.")
    return w + share * g


@checked
def decay_weights(w, learning_rate: NotNegative, weight_decay: NotNegative, exclude=()):
    r"""Shrink weights by a share of themselves before the update, with any
    rule.

    $$\theta - \eta\, \lambda\, \theta$$

    λ is `weight_decay`. `w` is an array, or a dictionary of named arrays. An
    array in a dictionary does not decay if its name contains one of the strings
    in `exclude`. With a schedule, pass `schedule(state.t)` as η. With η = 1 the
    decay does not depend on the learning rate. Raises `ValueError` if η or λ is
    negative.

    >>> w = {"kernel": np.array([2.0]), "bias": np.array([2.0])}
    >>> decay_weights(w, 0.1, 0.5, exclude=["bias"])
    {'kernel': array([1.9]), 'bias': array([2.])}

    Source: Loshchilov and Hutter (2019); `keras.optimizers.Optimizer`, argument
    `weight_decay`.
    """
    words = isinstance(exclude, list | tuple | set | frozenset) and all(
        isinstance(part, str) for part in exclude
    )
    require(words, "exclude", shown(exclude), 'a list of strings, such as ["bias"]')
    share = float(learning_rate * weight_decay)
    if isinstance(w, dict):
        spared = {name for name in w if any(part in name for part in exclude)}
        return {name: v if name in spared else v - share * v for name, v in _each(_weights, w).items()}
    return _each(lambda w: w - share * w, _each(_weights, w))


@checked
def average_weights(average, w, ema_momentum: Share = 0.99):
    r"""Return the exponential moving average of the weights, to be called after
    each update.

    $$\bar\theta_t = \mu\, \bar\theta_{t-1} + (1 - \mu)\, \theta_t \qquad
    \bar\theta_1 = \theta_1$$

    μ is `ema_momentum`. `average` is the result of the last call, or `None` at
    the first. Raises `ValueError` if the shapes differ or μ is not from 0 to 1.

    >>> average_weights(average_weights(None, [1.0]), [2.0])
    array([1.01])

    Source: Polyak and Juditsky (1992); `keras.optimizers.Optimizer`, argument
    `use_ema`.
    """
    if average is None:
        return _each(lambda w: floating("w", w).copy(), w)
    return _each(lambda w, average: _mean(average, w, float(ema_momentum)), w, average)


def _mean(average, w, ema_momentum):
    average, w = floating("average", average), floating("w", w)
    if average.shape != w.shape:
        raise ValueError(
            f"average has shape {average.shape}, w has shape {w.shape}, and both must be equal.\n"
            "Keep one average for each variable."
        )
    return ema_momentum * average + (1 - ema_momentum) * w


def _weights(w):
    return floating("w", w)


def _is_list(x):
    """Return True for a list of arrays, and False for a list of numbers, which
    is one array."""
    return isinstance(x, list | tuple) and len(x) > 0 and all(isinstance(part, np.ndarray) for part in x)


def _arrays(x):
    """Return all arrays of a dictionary or a list, or the single one."""
    return list(x.values()) if isinstance(x, dict) else list(x) if _is_list(x) else [x]


def _each(function, w, other=None, name="average"):
    """Apply a function to an array, or to each array of a dictionary or a list,
    and return the same container."""
    rest = () if other is None else (other,)
    names = w.keys() if isinstance(w, dict) else range(len(w)) if _is_list(w) else None
    if names is None:
        if isinstance(other, dict) or _is_list(other):
            require(False, name, shown(other), "an array, as w is")
        return function(w, *rest)
    if rest:
        same = (
            isinstance(other, dict) and other.keys() == names
            if isinstance(w, dict)
            else isinstance(other, type(w)) and len(other) == len(w)
        )
        if not same:  # asked first, because showing many arrays takes longer than an update
            require(False, name, shown(other), "a container like w, with the same names")
    parts = {key: function(w[key], *(it[key] for it in rest)) for key in names}
    return parts if isinstance(w, dict) else type(w)(parts.values())
