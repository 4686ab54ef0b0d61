"""What works with every rule: clipping before the update, the decay of weights, the moving average after it."""

import math

import numpy as np

from ._common import _array, _check, _gradient


def clip_by_value(g, clipvalue):
    """Cut every component of a gradient off at ± `clipvalue`: the direction changes.

    Raises `ValueError` when `clipvalue` is not positive or `g` is not finite.

    >>> clip_by_value([3.0, -4.0, 0.5], 1.0)
    array([ 1. , -1. ,  0.5])

    Source: `keras.optimizers.Optimizer`, argument `clipvalue`.
    """
    _check("clipvalue", clipvalue)
    return np.clip(_gradient(g), -float(clipvalue), float(clipvalue))


def clip_by_norm(g, clipnorm):
    r"""Shorten a gradient to the length `clipnorm` where it is longer.

    $$g \cdot \frac{c}{\max(\lVert g \rVert, c)}$$

    Keras does this to each variable by itself: over the whole model the direction changes. Raises `ValueError` when
    `clipnorm` is not positive or `g` is not finite.

    >>> clip_by_norm([3.0, -4.0], 1.0)
    array([ 0.6, -0.8])

    Source: Pascanu, Mikolov and Bengio (2013); `keras.optimizers.Optimizer`, argument `clipnorm`.
    """
    _check("clipnorm", clipnorm)
    g = _gradient(g)
    return g * float(clipnorm / max(np.linalg.norm(g), clipnorm))


def clip_by_global_norm(gradients, global_clipnorm):
    r"""Shorten all gradients of a model by one factor where together they are longer than `global_clipnorm`.

    `gradients` is a dictionary of named arrays, and so is the result. The direction stays. Raises `ValueError` when
    `global_clipnorm` is not positive, or when a gradient is not finite.

    >>> clip_by_global_norm({"kernel": [3.0, 0.0], "bias": [4.0]}, 1.0)
    {'kernel': array([0.6, 0. ]), 'bias': array([0.8])}

    Source: Pascanu, Mikolov and Bengio (2013); `keras.optimizers.Optimizer`, argument `global_clipnorm`.
    """
    _check("global_clipnorm", global_clipnorm)
    gradients = {name: _gradient(g) for name, g in gradients.items()}
    norm = math.hypot(*(np.linalg.norm(g) for g in gradients.values()))
    return {name: g * float(global_clipnorm / max(norm, global_clipnorm)) for name, g in gradients.items()}


def decay_weights(w, learning_rate, weight_decay, exclude=()):
    r"""Shrink weights by a share of themselves, before the update, whatever the rule.

    $$\theta - \eta\, \lambda\, \theta$$

    λ is `weight_decay`. `w` is an array, or a dictionary of named arrays, of which those stay as they are whose name
    contains one of `exclude`. With a schedule, η is `schedule(state.t)`; with η = 1 the decay does not depend on the
    learning rate. Raises `ValueError` when η or λ is negative.

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
    r"""Return the moving average of weights, after the update; `None` stands for no average yet.

    $$\bar\theta_t = \mu\, \bar\theta_{t-1} + (1 - \mu)\, \theta_t \qquad \bar\theta_1 = \theta_1$$

    μ is `ema_momentum`. Raises `ValueError` when the shapes differ or μ is not from 0 to 1.

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
        raise ValueError(f"average has shape {average.shape}, w has shape {w.shape}, and both must be equal.")
    return float(ema_momentum) * average + (1 - float(ema_momentum)) * w
