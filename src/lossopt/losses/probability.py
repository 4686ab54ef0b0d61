"""Compute losses for a predicted distribution: Poisson, normal with a
predicted variance, Kullback-Leibler.
"""

from __future__ import annotations

import math

import numpy as np

from .._checks import Share, require
from ._common import KERAS_EPSILON, _fractions, _pair, _per_sample, _share, gradient_of, loss

__all__ = ["beta_nll", "gaussian_crps", "gaussian_nll", "kl_divergence", "poisson"]


@loss
def poisson(y_true, y_pred):
    r"""Return the negative log-likelihood of a count under a predicted Poisson
    rate, without terms constant in ŷ.

    $$\ell = \hat y - y \log(\hat y + \varepsilon)
    \qquad \frac{\partial \ell}{\partial \hat y} = 1 -
    \frac{y}{\hat y + \varepsilon}$$

    ŷ is the rate itself, not its logarithm, so give the model an `exponential`
    or `softplus` output. ε = 1e-7. The mean of the targets minimises it. The
    range depends on y, and the minimum may be negative. Raises `ValueError` if
    the shapes differ or if a target or a rate is negative.

    >>> poisson([5, 0], [5, 1]).round(3)
    array([-3.047,  1.   ])

    Source: `keras.losses.Poisson`.
    """
    y_true, y_pred = _counts(y_true, y_pred)
    return _per_sample(y_pred - y_true * np.log(y_pred + KERAS_EPSILON))


@gradient_of(poisson)
def _poisson_gradient(y_true, y_pred):
    y_true, y_pred = _counts(y_true, y_pred)
    return _share(1 - y_true / (y_pred + KERAS_EPSILON))


def _counts(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    require(y_true >= 0, "y_true", y_true.min(), "0 or more")
    require(y_pred >= 0, "y_pred", y_pred.min(), "a rate of 0 or more")
    return y_true, y_pred


@loss
def gaussian_nll(y_true, y_pred, variance):
    r"""Return the negative log-likelihood of a normal distribution whose mean
    and variance are both predicted.

    $$\ell = \tfrac12 \log(2 \pi v) + \frac{(\hat y - y)^2}{2 v}
    \qquad \frac{\partial \ell}{\partial \hat y} = \frac{\hat y - y}{v}
    \qquad \frac{\partial \ell}{\partial v} = \frac{1}{2 v} -
    \frac{(\hat y - y)^2}{2 v^2}$$

    `variance` is v, and the gradient is the pair of both derivatives. The best
    v is the expected squared error, so the model predicts its own uncertainty
    for each sample. Keras has no such loss. Range (−∞, ∞). Raises `ValueError`
    if the shapes differ or a variance is not positive.

    >>> gaussian_nll([0, 0], [1, 1], [1, 4]).round(4)
    array([1.4189, 1.7371])
    >>> gaussian_nll.gradient([0, 0], [1, 1], [1, 4])
    (array([1.  , 0.25]), array([0.     , 0.09375]))

    Source: Nix and Weigend (1994); `torch.nn.GaussianNLLLoss` with `full=True`.
    """
    r, v = _residual(y_true, y_pred, variance)
    return _per_sample((np.log(2 * np.pi * v) + r**2 / v) / 2)


@gradient_of(gaussian_nll, "`y_pred` and `variance`, as a pair")
def _gaussian_nll_gradient(y_true, y_pred, variance):
    r, v = _residual(y_true, y_pred, variance)
    return _share(r / v), _share((1 - r**2 / v) / (2 * v))


def _residual(y_true, y_pred, variance):
    y_true, y_pred = _pair(y_true, y_pred)
    _, variance = _pair(y_true, variance, names=("y_true", "variance"))
    require(variance > 0, "variance", variance.min(), "positive")
    return y_pred - y_true, variance


@loss
def beta_nll(y_true, y_pred, variance, beta: Share = 0.5):
    r"""Return `gaussian_nll` weighted by a power of the variance, so that a
    large variance does not slow the mean.

    $$\ell = \lfloor v^\beta \rfloor\, \bigl( \tfrac12 \log(2 \pi v) +
    \frac{(\hat y - y)^2}{2 v} \bigr)
    \qquad \frac{\partial \ell}{\partial \hat y} = v^\beta\,\frac{\hat y - y}{v}
    \qquad \frac{\partial \ell}{\partial v} = v^\beta\,\Bigl( \frac{1}{2 v} -
    \frac{(\hat y - y)^2}{2 v^2} \Bigr)$$

    The brackets mean that $v^\beta$ counts as a constant, so the gradient is
    not the derivative of the value. β = 0 is `gaussian_nll`. With β = 1 the
    mean has the gradient of the squared error. `variance` is v, and the
    gradient is the pair of both derivatives. Range (−∞, ∞). Raises `ValueError`
    if the shapes differ, a variance is not positive, or β is outside [0, 1].

    >>> beta_nll.gradient([0, 0], [1, 1], [1, 4], beta=1.0)
    (array([1., 1.]), array([0.   , 0.375]))

    Source: Seitzer and others (2022).
    """
    r, v = _residual(y_true, y_pred, variance)
    return _per_sample(v**beta * (np.log(2 * np.pi * v) + r**2 / v) / 2)


@gradient_of(beta_nll, "`y_pred` and `variance`, as a pair,\nwith v to the power of β as a constant")
def _beta_nll_gradient(y_true, y_pred, variance, beta):
    r, v = _residual(y_true, y_pred, variance)
    return _share(v**beta * r / v), _share(v**beta * (1 - r**2 / v) / (2 * v))


@loss
def gaussian_crps(y_true, y_pred, sigma):
    r"""Return the continuous ranked probability score of a normal distribution,
    in the unit of the target.

    $$\ell = \sigma \Bigl( z\,(2 \Phi(z) - 1) + 2 \varphi(z) -
    \frac{1}{\sqrt \pi} \Bigr), \qquad z = \frac{y - \hat y}{\sigma}$$
    $$\frac{\partial \ell}{\partial \hat y} = 1 - 2 \Phi(z)
    \qquad \frac{\partial \ell}{\partial \sigma} = 2 \varphi(z) -
    \frac{1}{\sqrt \pi}$$

    Φ and φ are the distribution function and the density of the standard normal
    distribution, and `sigma` is the standard deviation. As σ goes to 0 the
    score becomes the absolute error. The gradient of the mean is never beyond
    ±1, so an outlier pulls less than under `gaussian_nll`. The gradient is the
    pair of both derivatives. Range [0, ∞). Raises `ValueError` if the shapes
    differ or a σ is not positive.

    >>> gaussian_crps([0, 0], [1, 1], [1, 1e-9]).round(4)
    array([0.6024, 1.    ])

    Source: Gneiting and Raftery (2007).
    """
    z, sigma = _standardised(y_true, y_pred, sigma)
    return _per_sample(sigma * (z * (2 * _cdf(z) - 1) + 2 * _density(z) - 1 / math.sqrt(math.pi)))


@gradient_of(gaussian_crps, "`y_pred` and `sigma`, as a pair")
def _gaussian_crps_gradient(y_true, y_pred, sigma):
    z, _ = _standardised(y_true, y_pred, sigma)
    return _share(1 - 2 * _cdf(z)), _share(2 * _density(z) - 1 / math.sqrt(math.pi))


def _standardised(y_true, y_pred, sigma):
    y_true, y_pred = _pair(y_true, y_pred)
    _, sigma = _pair(y_true, sigma, names=("y_true", "sigma"))
    require(sigma > 0, "sigma", sigma.min(), "positive")
    return (y_true - y_pred) / sigma, sigma


def _density(z):
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _cdf(z):
    return (1 + np.vectorize(math.erf, otypes=[float])(z / math.sqrt(2))) / 2


@loss
def kl_divergence(y_true, y_pred):
    r"""Return the Kullback-Leibler divergence, the cost of using the
    distribution ŷ instead of y.

    $$\ell = \sum_k y_k \log \frac{y_k}{\hat y_k} \qquad
    \frac{\partial \ell}{\partial \hat y_k} = -\frac{y_k}{\hat y_k}$$

    It is the cross-entropy minus the entropy of y, which does not depend on ŷ,
    so both have the same gradient. The distributions are on the last axis, so
    (n, K) gives (n,). Both are clipped to [1e-7, 1], as in Keras. Each target
    of 0 therefore lowers the value a little: by 1.5e-6 for [1, 0] against [½,
    ½], but by 0.026 for one class of 50,000 against a uniform guess. Where ŷ is
    below the clip its gradient is zero. Range [0, ∞), apart from the clip.
    Raises `ValueError` if the shapes differ or any value is outside [0, 1].

    >>> kl_divergence([[0.5, 0.5]], [[0.25, 0.75]]).round(4)
    array([0.1438])

    Source: Kullback and Leibler (1951); `keras.losses.KLDivergence`.
    """
    y, y_hat = (np.maximum(p, KERAS_EPSILON) for p in _fractions(y_true, y_pred))
    return (y * np.log(y / y_hat)).sum(axis=-1)


@gradient_of(kl_divergence)
def _kl_divergence_gradient(y_true, y_pred):
    y, y_hat = (np.maximum(p, KERAS_EPSILON) for p in _fractions(y_true, y_pred))
    return np.where(np.asarray(y_pred) >= KERAS_EPSILON, -y / y_hat, 0.0)
