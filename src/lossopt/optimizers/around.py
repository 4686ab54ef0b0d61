"""Clip gradients and decay weights before an update, and average the weights after it, with any rule."""

import math

import numpy as np

from ._common import _array, _check, _gradient


def clip_by_value(g, clipvalue):
    """Limit every component of a gradient to ± `clipvalue`, which can change its direction.

    `g` has any shape, and so has the result. Raises `ValueError` if `clipvalue` is not positive or `g` is not finite.

    >>> clip_by_value([3.0, -4.0, 0.5], 1.0)
    array([ 1. , -1. ,  0.5])

    Source: `keras.optimizers.Optimizer`, argument `clipvalue`.
    """
    _check("clipvalue", clipvalue)
    return np.clip(_gradient(g), -float(clipvalue), float(clipvalue))


def clip_by_norm(g, clipnorm):
    r"""Shorten a gradient to the norm `clipnorm` if it is longer.

    $$g \cdot \frac{c}{\max(\lVert g \rVert, c)}$$

    c is `clipnorm`, and `g` has any shape. Keras does this to each variable separately, so the direction of the whole
    model's gradient changes. Raises `ValueError` if `clipnorm` is not positive or `g` is not finite.

    >>> clip_by_norm([3.0, -4.0], 1.0)
    array([ 0.6, -0.8])

    Source: Pascanu, Mikolov and Bengio (2013); `keras.optimizers.Optimizer`, argument `clipnorm`.
    """
    _check("clipnorm", clipnorm)
    g = _gradient(g)
    return g * float(clipnorm / max(np.linalg.norm(g), clipnorm))


def clip_by_global_norm(gradients, global_clipnorm):
    r"""Shorten all gradients of a model by one factor if their joint norm is above `global_clipnorm`.

    $$g_i \cdot \frac{c}{\max\bigl(\sqrt{\textstyle\sum_j \lVert g_j \rVert^2},\ c\bigr)}$$

    c is `global_clipnorm`. `gradients` is a dictionary of named arrays, and so is the result. The direction does not
    change. Raises `ValueError` if `global_clipnorm` is not positive or a gradient is not finite.

    >>> clip_by_global_norm({"kernel": [3.0, 0.0], "bias": [4.0]}, 1.0)
    {'kernel': array([0.6, 0. ]), 'bias': array([0.8])}

    Source: Pascanu, Mikolov and Bengio (2013); `keras.optimizers.Optimizer`, argument `global_clipnorm`.
    """
    _check("global_clipnorm", global_clipnorm)
    gradients = {name: _gradient(g) for name, g in gradients.items()}
    norm = math.hypot(*(np.linalg.norm(g) for g in gradients.values()))
    return {name: g * float(global_clipnorm / max(norm, global_clipnorm)) for name, g in gradients.items()}


def decay_weights(w, learning_rate, weight_decay, exclude=()):
    r"""Shrink weights by a share of themselves before the update, with any rule.

    $$\theta - \eta\, \lambda\, \theta$$

    λ is `weight_decay`. `w` is an array, or a dictionary of named arrays. An array in a dictionary does not decay if
    its name contains one of the strings in `exclude`. With a schedule, pass `schedule(state.t)` as η. With η = 1 the
    decay does not depend on the learning rate. Raises `ValueError` if η or λ is negative.

    >>> decay_weights({"kernel": np.array([2.0]), "bias": np.array([2.0])}, 0.1, 0.5, exclude=["bias"])
    {'kernel': array([1.9]), 'bias': array([2.])}

    Source: Loshchilov and Hutter (2019); `keras.optimizers.Optimizer`, argument `weight_decay`.
    """
    if isinstance(w, dict):
        return {
            name: v
            if any(part in name for part in exclude)
            else decay_weights(v, learning_rate, weight_decay)
            for name, v in w.items()
        }
    _check("learning_rate", learning_rate)
    _check("weight_decay", weight_decay)
    w = _array(w)
    return w - float(learning_rate * weight_decay) * w


def average_weights(average, w, ema_momentum=0.99):
    r"""Return the exponential moving average of the weights, to be called after each update.

    $$\bar\theta_t = \mu\, \bar\theta_{t-1} + (1 - \mu)\, \theta_t \qquad \bar\theta_1 = \theta_1$$

    μ is `ema_momentum`. `average` is the result of the last call, or `None` at the first. Raises `ValueError` if the
    shapes differ or μ is not from 0 to 1.

    >>> average_weights(average_weights(None, [1.0]), [2.0])
    array([1.01])

    Source: Polyak and Juditsky (1992); `keras.optimizers.Optimizer`, argument `use_ema`.
    """
    _check("ema_momentum", ema_momentum)
    w = _array(w)
    if average is None:
        return w.copy()
    average = np.asarray(average)
    if average.shape != w.shape:
        raise ValueError(
            f"average has shape {average.shape}, w has shape {w.shape}, and both must be equal.\n"
            "Keep one average for each variable."
        )
    return float(ema_momentum) * average + (1 - float(ema_momentum)) * w
