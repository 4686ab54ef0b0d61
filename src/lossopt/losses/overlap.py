"""Compute losses for masks from the overlap of the predicted and the true
mask.
"""

from __future__ import annotations

from .._checks import NotNegative, Whole, number
from ._common import KERAS_EPSILON, _axis, _fractions, gradient_of, loss

__all__ = ["dice", "tversky"]


@loss
def dice(y_true, y_pred, axis=None):
    r"""Return the Dice loss, one minus the overlap of two masks relative to
    their sizes.

    $$\ell = 1 - \frac{2 \sum y\,\hat y}{\sum y + \sum \hat y + \varepsilon}
    \qquad \frac{\partial \ell}{\partial \hat y} =
    -2\,\frac{y\,S - \sum y\,\hat y}{S^2},
    \qquad S = \sum y + \sum \hat y + \varepsilon$$

    Masks have any shape. The sums run over `axis`, which may name several axes,
    and by default over the whole batch, which gives a single number. ε = 1e-7
    is only in the denominator, so two empty masks cost 1, the highest value.
    Other libraries add ε to the numerator too, and two empty masks cost 0.
    Range [0, 1]. Raises `ValueError` if the shapes differ or any value is
    outside [0, 1].

    >>> y_true = [[1, 1, 0, 0], [0, 0, 0, 0]]
    >>> dice(y_true, [[1, 0, 1, 0], [0, 0, 0, 0]], axis=-1).round(4)
    array([0.5, 1. ])

    Source: Milletari, Navab and Ahmadi (2016); `keras.losses.Dice`.
    """
    y, y_hat, axis = _masks(y_true, y_pred, axis)
    return 1 - 2 * (y * y_hat).sum(axis=axis) / (y.sum(axis=axis) + y_hat.sum(axis=axis) + KERAS_EPSILON)


@gradient_of(dice)
def _dice_gradient(y_true, y_pred, axis):
    y, y_hat, axis = _masks(y_true, y_pred, axis)
    total = (y + y_hat).sum(axis=axis, keepdims=True) + KERAS_EPSILON
    return -2 * (y * total - (y * y_hat).sum(axis=axis, keepdims=True)) / total**2


@loss
def tversky(y_true, y_pred, alpha: NotNegative = 0.5, beta: NotNegative = 0.5, axis=None):
    r"""Return the Tversky loss, a Dice loss with one weight for missed pixels
    and one for added pixels.

    $$\ell = 1 - \frac{H}{H + \alpha M + \beta F + \varepsilon}$$
    $$H = \sum y\,\hat y, \quad M = \sum y\,(1 - \hat y),
    \quad F = \sum (1 - y)\,\hat y$$
    $$\frac{\partial \ell}{\partial \hat y} =
    -\frac{y\,S - H\,\bigl(y - \alpha y + \beta (1 - y)\bigr)}{S^2},
    \qquad S = H + \alpha M + \beta F + \varepsilon$$

    α = β = ½ gives `dice`, up to ε = 1e-7. In Keras's code, and here, α is the
    weight of missed pixels (false negatives, M) and β that of added pixels
    (false positives, F). Keras's documentation and the paper swap them. The
    sums run over `axis`, as in `dice`. Range [0, 1]. Raises `ValueError` if the
    shapes differ, if any value is outside [0, 1], or if α or β is negative.

    >>> float(tversky([1, 1, 0, 0], [1, 0, 1, 1], alpha=1, beta=0).round(4))
    0.5

    Source: Salehi, Erdogmus and Gholipour (2017); `keras.losses.Tversky`.
    """
    _, hit, total, axes = _overlap(y_true, y_pred, alpha, beta, axis)
    return 1 - (hit / total).squeeze(axis=axes)


@gradient_of(tversky)
def _tversky_gradient(y_true, y_pred, alpha, beta, axis):
    y, hit, total, _ = _overlap(y_true, y_pred, alpha, beta, axis)
    return -(y * total - hit * (y - alpha * y + beta * (1 - y))) / total**2


def _overlap(y_true, y_pred, alpha, beta, axis):
    y, y_hat, axis = _masks(y_true, y_pred, axis)
    hit = (y * y_hat).sum(axis=axis, keepdims=True)
    total = hit + (alpha * y * (1 - y_hat) + beta * (1 - y) * y_hat).sum(axis=axis, keepdims=True)
    return y, hit, total + KERAS_EPSILON, axis


def _masks(y_true, y_pred, axis):
    """Return both as arrays of numbers from 0 to 1, and their axes. Raise an
    error if they have no such axes."""
    y_true, y_pred = _fractions(y_true, y_pred)
    axes = None if axis is None else tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    for one in axes or ():
        _axis(number("axis", one, Whole), y_pred)
    return y_true, y_pred, axes
