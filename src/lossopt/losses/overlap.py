"""Losses for masks, by how far the predicted one overlaps the true one."""

from ._common import KERAS_EPSILON, _gradient_of, _parts_of_one, _require


def dice(y_true, y_pred, axis=None):
    r"""One minus the overlap of two masks, as a share of their sizes.

    $$\ell = 1 - \frac{2 \sum y\,\hat y}{\sum y + \sum \hat y + \varepsilon} \qquad
    \frac{\partial \ell}{\partial \hat y} = -2\,\frac{y\,S - \sum y\,\hat y}{S^2},
    \qquad S = \sum y + \sum \hat y + \varepsilon$$

    The sums run over `axis`, one or several; by default over the whole batch, which gives a single number. ε = 1e-7
    stands below the bar alone: two empty masks score 1, the worst, where other libraries put it above too and say 0.
    Range [0, 1]. Raises `ValueError` when the shapes differ or anything lies outside [0, 1].

    >>> dice([[1, 1, 0, 0], [0, 0, 0, 0]], [[1, 0, 1, 0], [0, 0, 0, 0]], axis=-1).round(4)
    array([0.5, 1. ])

    Source: Milletari, Navab and Ahmadi (2016); `keras.losses.Dice`.
    """
    y, y_hat = _parts_of_one(y_true, y_pred)
    return 1 - 2 * (y * y_hat).sum(axis=axis) / (y.sum(axis=axis) + y_hat.sum(axis=axis) + KERAS_EPSILON)


def _dice_gradient(y_true, y_pred, axis=None):
    y, y_hat = _parts_of_one(y_true, y_pred)
    total = (y + y_hat).sum(axis=axis, keepdims=True) + KERAS_EPSILON
    return -2 * (y * total - (y * y_hat).sum(axis=axis, keepdims=True)) / total**2


_gradient_of(dice, _dice_gradient)


def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    r"""Dice with two prices, one for what the mask misses and one for what it adds.

    $$\ell = 1 - \frac{H}{H + \alpha M + \beta F + \varepsilon}$$
    $$H = \sum y\,\hat y, \quad M = \sum y\,(1 - \hat y), \quad F = \sum (1 - y)\,\hat y$$
    $$\frac{\partial \ell}{\partial \hat y} = -\frac{y\,S - H\,\bigl(y - \alpha y + \beta (1 - y)\bigr)}{S^2},
    \qquad S = H + \alpha M + \beta F + \varepsilon$$

    α = β = ½ is `dice`, up to ε = 1e-7. Mind the names: in Keras's code, and here, α weighs what is missed (false
    negatives) and β what is added (false positives); Keras's documentation and the paper have it the other way round.
    The sums run over `axis` as for `dice`. Range [0, 1]. Raises `ValueError` when the shapes differ, anything lies
    outside [0, 1], or α or β is negative.

    >>> float(tversky([1, 1, 0, 0], [1, 0, 1, 1], alpha=1, beta=0).round(4))
    0.5

    Source: Salehi, Erdogmus and Gholipour (2017); `keras.losses.Tversky`.
    """
    _, hit, total = _overlap(y_true, y_pred, alpha, beta, axis)
    return 1 - (hit / total).squeeze(axis=axis)


def _tversky_gradient(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    y, hit, total = _overlap(y_true, y_pred, alpha, beta, axis)
    return -(y * total - hit * (y - alpha * y + beta * (1 - y))) / total**2


_gradient_of(tversky, _tversky_gradient)


def _overlap(y_true, y_pred, alpha, beta, axis):
    y, y_hat = _parts_of_one(y_true, y_pred)
    _require(alpha >= 0, "alpha", alpha, "0 or more")
    _require(beta >= 0, "beta", beta, "0 or more")
    hit = (y * y_hat).sum(axis=axis, keepdims=True)
    total = hit + (alpha * y * (1 - y_hat) + beta * (1 - y) * y_hat).sum(axis=axis, keepdims=True)
    return y, hit, total + KERAS_EPSILON
