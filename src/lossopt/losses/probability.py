"""Losses for a predicted distribution: counts, a normal distribution with its variance, Kullback-Leibler."""

import numpy as np

from ._common import KERAS_EPSILON, _gradient_of, _pair, _parts_of_one, _per_sample, _require, _share


def poisson(y_true, y_pred):
    r"""Negative log-likelihood of a count y under a predicted rate ŷ, without the term that ŷ cannot change.

    $$\ell = \hat y - y \log(\hat y + \varepsilon)
    \qquad \frac{\partial \ell}{\partial \hat y} = 1 - \frac{y}{\hat y + \varepsilon}$$

    ŷ is the rate itself, not its logarithm: give the model an `exponential` or `softplus` output. ε = 1e-7.
    Minimised by the mean; the minimum is not zero and may be negative. Raises `ValueError` when the shapes
    differ, or a target or a rate is negative.

    >>> poisson([5, 0], [5, 1]).round(3)
    array([-3.047,  1.   ])

    Source: `keras.losses.Poisson`.
    """
    y_true, y_pred = _counts(y_true, y_pred)
    return _per_sample(y_pred - y_true * np.log(y_pred + KERAS_EPSILON))


def _poisson_gradient(y_true, y_pred):
    y_true, y_pred = _counts(y_true, y_pred)
    return _share(1 - y_true / (y_pred + KERAS_EPSILON))


_gradient_of(poisson, _poisson_gradient)


def _counts(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(y_true >= 0, "y_true", y_true.min(), "nowhere negative")
    _require(y_pred >= 0, "y_pred", y_pred.min(), "a rate, nowhere negative")
    return y_true, y_pred


def gaussian_nll(y_true, y_pred, variance):
    r"""Negative log-likelihood of a normal distribution whose mean and variance are both predicted.

    $$\ell = \tfrac12 \log(2 \pi v) + \frac{(\hat y - y)^2}{2 v} \qquad
    \frac{\partial \ell}{\partial \hat y} = \frac{\hat y - y}{v} \qquad
    \frac{\partial \ell}{\partial v} = \frac{1}{2 v} - \frac{(\hat y - y)^2}{2 v^2}$$

    The gradient is the pair of both derivatives. The best v is the squared error, so that the model says how sure
    it is, sample by sample; Keras has no such loss. May be negative. Raises `ValueError` when the shapes differ or
    a variance is not positive.

    >>> gaussian_nll([0, 0], [1, 1], [1, 4]).round(4)
    array([1.4189, 1.7371])
    >>> gaussian_nll.gradient([0, 0], [1, 1], [1, 4])
    (array([1.  , 0.25]), array([0.     , 0.09375]))

    Source: Nix and Weigend (1994); `torch.nn.GaussianNLLLoss` with `full=True`.
    """
    r, v = _misses(y_true, y_pred, variance)
    return _per_sample((np.log(2 * np.pi * v) + r**2 / v) / 2)


def _gaussian_nll_gradient(y_true, y_pred, variance):
    r, v = _misses(y_true, y_pred, variance)
    return _share(r / v), _share((1 - r**2 / v) / (2 * v))


_gradient_of(gaussian_nll, _gaussian_nll_gradient, "`y_pred` and `variance`, as a pair")


def _misses(y_true, y_pred, variance):
    y_true, y_pred = _pair(y_true, y_pred)
    _, variance = _pair(y_true, variance, names=("y_true", "variance"))
    _require(variance > 0, "variance", variance.min(), "positive")
    return y_pred - y_true, variance


def kl_divergence(y_true, y_pred):
    r"""Kullback-Leibler divergence: what it costs to take the distribution ŷ for y.

    $$\ell = \sum_k y_k \log \frac{y_k}{\hat y_k} \qquad
    \frac{\partial \ell}{\partial \hat y_k} = -\frac{y_k}{\hat y_k}$$

    Cross-entropy less the entropy of y, which ŷ cannot change: the same gradient. The distributions stand on the
    last axis: (n, K) gives (n,). Both are clipped to [1e-7, 1], as Keras does: a target of 0 costs a little (1.5e-6
    less than it should for [1, 0] against [½, ½]), and ŷ below the clip gets the gradient zero. Raises `ValueError`
    when the shapes differ or anything lies outside [0, 1].

    >>> kl_divergence([[0.5, 0.5]], [[0.25, 0.75]]).round(4)
    array([0.1438])

    Source: Kullback and Leibler (1951); `keras.losses.KLDivergence`.
    """
    y, y_hat = (np.maximum(p, KERAS_EPSILON) for p in _parts_of_one(y_true, y_pred))
    return (y * np.log(y / y_hat)).sum(axis=-1)


def _kl_divergence_gradient(y_true, y_pred):
    y, y_hat = (np.maximum(p, KERAS_EPSILON) for p in _parts_of_one(y_true, y_pred))
    return np.where(np.asarray(y_pred) >= KERAS_EPSILON, -y / y_hat, 0.0)


_gradient_of(kl_divergence, _kl_divergence_gradient)
