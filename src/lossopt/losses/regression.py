"""Compute losses for a number: squared, absolute, Huber, log-cosh,
quantile, logarithmic and percentage errors.
"""

from __future__ import annotations

import numpy as np

from .._checks import InnerShare, Positive, require
from ._common import KERAS_EPSILON, _pair, _per_sample, _share, gradient_of, loss

__all__ = [
    "huber",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pinball",
]


@loss
def mean_squared_error(y_true, y_pred):
    r"""Return the squared error, in which large errors count far more than
    small ones.

    $$\ell(y, \hat y) = (\hat y - y)^2
    \qquad \frac{\partial \ell}{\partial \hat y} = 2\,(\hat y - y)$$

    The mean of the targets minimises it. Range [0, ∞), in the squared unit of
    the target. Raises `ValueError` if the shapes differ.

    >>> mean_squared_error([1, 0], [2, 3])
    array([1., 9.])
    >>> mean_squared_error.gradient([1, 0], [2, 3])
    array([2., 6.])

    Source: Legendre (1805) and Gauss (1809); `keras.losses.MeanSquaredError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return _per_sample((y_pred - y_true) ** 2)


@gradient_of(mean_squared_error)
def _mean_squared_error_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(2 * (y_pred - y_true))


@loss
def mean_absolute_error(y_true, y_pred):
    r"""Return the absolute error, in which every unit of an error counts the
    same.

    $$\ell(y, \hat y) = |\hat y - y|
    \qquad \frac{\partial \ell}{\partial \hat y} = \operatorname{sign}(\hat y -
    y)$$

    The median of the targets minimises it. Range [0, ∞), in the unit of the
    target. At ŷ = y there is no derivative, and the gradient is set to 0, as in
    Keras. Raises `ValueError` if the shapes differ.

    >>> mean_absolute_error([1, 0], [2, 3])
    array([1., 3.])

    Source: Boscovich (1757), Laplace (1774); `keras.losses.MeanAbsoluteError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return _per_sample(np.abs(y_pred - y_true))


@gradient_of(mean_absolute_error)
def _mean_absolute_error_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(np.sign(y_pred - y_true))


@loss
def huber(y_true, y_pred, delta: Positive = 1.0):
    r"""Return the Huber loss, which is squared for errors up to δ and absolute
    beyond.

    $$\ell = \tfrac12 r^2 \ \text{ where } |r| \le \delta, \ \text{ else }
    \delta\,(|r| - \tfrac12\delta)
    \qquad \frac{\partial \ell}{\partial \hat y} = \operatorname{clip}(r,
    -\delta, \delta), \qquad r = \hat y - y$$

    Because of the factor ½, the loss with a huge δ is half the squared error. δ
    has the unit of the target. Range [0, ∞). Raises `ValueError` if the shapes
    differ or δ is not positive.

    >>> huber([0, 0], [0.5, 3])
    array([0.125, 2.5  ])

    Source: Huber (1964); `keras.losses.Huber`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    miss = np.abs(y_pred - y_true)
    return _per_sample(np.where(miss <= delta, miss**2 / 2, delta * (miss - delta / 2)))


@gradient_of(huber)
def _huber_gradient(y_true, y_pred, delta):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(np.clip(y_pred - y_true, -delta, delta))


@loss
def log_cosh(y_true, y_pred):
    r"""Return the log-cosh loss, a smooth variant of Huber: r²/2 near zero, |r|
    − log 2 far away.

    $$\ell = \log\cosh r \qquad \frac{\partial \ell}{\partial \hat y} = \tanh r,
    \qquad r = \hat y - y$$

    For large |r| it is computed as log((eʳ + e⁻ʳ)/2) without ever forming eʳ,
    so that r = 1000 does not overflow, and for small |r| as log(1 + 2
    sinh²(r/2)), so that nothing cancels. Keras rounds log 2 to float32, so its
    result is off by 1.9e-9 even in float64. Range [0, ∞). Raises `ValueError`
    if the shapes differ.

    >>> log_cosh([0, 0], [0.1, 1000]).round(4)
    array([5.000000e-03, 9.993069e+02])

    Source: `keras.losses.LogCosh`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    r = y_pred - y_true
    near = np.log1p(2 * np.sinh(np.clip(r, -1, 1) / 2) ** 2)
    return _per_sample(np.where(np.abs(r) < 1, near, np.logaddexp(r, -r) - np.log(2)))


@gradient_of(log_cosh)
def _log_cosh_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(np.tanh(y_pred - y_true))


@loss
def pinball(y_true, y_pred, q: InnerShare = 0.5):
    r"""Return the quantile loss, which costs q for each unit too low and 1 − q
    for each unit too high.

    $$\ell = \max\bigl(q\,(y - \hat y),\ (1 - q)\,(\hat y - y)\bigr)
    \qquad \frac{\partial \ell}{\partial \hat y} = -q \ \text{ where } \hat y <
    y, \ \text{ else } 1 - q$$

    The q-quantile of the targets minimises it, and q = ½ gives half the
    absolute error. Keras has no quantile loss. Range [0, ∞), in the unit of the
    target. At ŷ = y there is no derivative, and the gradient is set to 0.
    Raises `ValueError` if the shapes differ or q is not between 0 and 1.

    >>> pinball([10, 10], [8, 12], q=0.9).round(3)
    array([1.8, 0.2])

    Source: Koenker and Bassett (1978); `sklearn.metrics.mean_pinball_loss`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return _per_sample(np.maximum(q * (y_true - y_pred), (1 - q) * (y_pred - y_true)))


@gradient_of(pinball)
def _pinball_gradient(y_true, y_pred, q):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(np.select([y_pred < y_true, y_pred > y_true], [-q, 1 - q]))


@loss
def mean_squared_logarithmic_error(y_true, y_pred):
    r"""Return the squared error of log(1 + value), which for large values
    measures ratios.

    $$\ell = \bigl(\log(1 + \hat y) - \log(1 + y)\bigr)^2
    \qquad \frac{\partial \ell}{\partial \hat y} =
    \frac{2\,(\log(1 + \hat y) - \log(1 + y))}{1 + \hat y}$$

    It is meant for targets that are never negative. Predictions below 1e-7 are
    raised to 1e-7, as in Keras. There the gradient is zero, so a model whose
    predictions all start there never leaves. Range [0, ∞). Raises `ValueError`
    if the shapes differ or a target is negative.

    >>> mean_squared_logarithmic_error([99, 99], [9, 999]).round(3)
    array([5.302, 5.302])

    Source: `keras.losses.MeanSquaredLogarithmicError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    require(y_true >= 0, "y_true", y_true.min(), "0 or more")
    return _per_sample(_log_ratio(y_true, y_pred) ** 2)


@gradient_of(mean_squared_logarithmic_error)
def _mean_squared_logarithmic_error_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    require(y_true >= 0, "y_true", y_true.min(), "0 or more")
    slopes = 2 * _log_ratio(y_true, y_pred) / (1 + np.maximum(y_pred, KERAS_EPSILON))
    return _share(np.where(y_pred >= KERAS_EPSILON, slopes, 0.0))


def _log_ratio(y_true, y_pred):
    return np.log1p(np.maximum(y_pred, KERAS_EPSILON)) - np.log1p(np.maximum(y_true, KERAS_EPSILON))


@loss
def mean_absolute_percentage_error(y_true, y_pred):
    r"""Return the absolute error in percent of the target.

    $$\ell = 100\,\frac{|\hat y - y|}{\max(|y|, \varepsilon)}
    \qquad \frac{\partial \ell}{\partial \hat y} =
    \frac{100\,\operatorname{sign}(\hat y - y)}{\max(|y|, \varepsilon)}$$

    It is meant for targets well away from zero. With ε = 1e-7 a target of 0
    costs 1e9 for each unit of the error. The gradient of a sample has the size
    100/|y|, so small targets outweigh large ones, and for positive targets the
    best constant is at or below the median. Range [0, ∞), in percent. Raises
    `ValueError` if the shapes differ.

    >>> mean_absolute_percentage_error([100, 10], [110, 20])
    array([ 10., 100.])

    Source: Hyndman and Koehler (2006) on its defects;
    `keras.losses.MeanAbsolutePercentageError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return _per_sample(100 * np.abs(y_pred - y_true) / np.maximum(np.abs(y_true), KERAS_EPSILON))


@gradient_of(mean_absolute_percentage_error)
def _mean_absolute_percentage_error_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(100 * np.sign(y_pred - y_true) / np.maximum(np.abs(y_true), KERAS_EPSILON))
