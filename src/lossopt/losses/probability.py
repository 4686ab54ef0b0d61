"""Compute losses for a predicted distribution: Poisson, normal with a predicted variance, Kullback-Leibler."""

import numpy as np

from .._checks import require
from ._common import KERAS_EPSILON, _fractions, _pair, _per_sample, _share, gradient_of, loss


@loss
def poisson(y_true, y_pred):
    r"""Return the negative log-likelihood of a count under a predicted Poisson rate, without terms constant in ŷ.

    $$\ell = \hat y - y \log(\hat y + \varepsilon)
    \qquad \frac{\partial \ell}{\partial \hat y} = 1 - \frac{y}{\hat y + \varepsilon}$$

    ŷ is the rate itself, not its logarithm, so give the model an `exponential` or `softplus` output. ε = 1e-7. The
    mean of the targets minimises it. The range depends on y, and the minimum may be negative. Raises `ValueError` if
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
    r"""Return the negative log-likelihood of a normal distribution whose mean and variance are both predicted.

    $$\ell = \tfrac12 \log(2 \pi v) + \frac{(\hat y - y)^2}{2 v} \qquad
    \frac{\partial \ell}{\partial \hat y} = \frac{\hat y - y}{v} \qquad
    \frac{\partial \ell}{\partial v} = \frac{1}{2 v} - \frac{(\hat y - y)^2}{2 v^2}$$

    `variance` is v, and the gradient is the pair of both derivatives. The best v is the expected squared error, so the
    model predicts its own uncertainty for each sample. Keras has no such loss. Range (−∞, ∞). Raises `ValueError` if
    the shapes differ or a variance is not positive.

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
def kl_divergence(y_true, y_pred):
    r"""Return the Kullback-Leibler divergence, the cost of using the distribution ŷ instead of y.

    $$\ell = \sum_k y_k \log \frac{y_k}{\hat y_k} \qquad
    \frac{\partial \ell}{\partial \hat y_k} = -\frac{y_k}{\hat y_k}$$

    It is the cross-entropy minus the entropy of y, which does not depend on ŷ, so both have the same gradient. The
    distributions are on the last axis, so (n, K) gives (n,). Both are clipped to [1e-7, 1], as in Keras. Each target
    of 0 therefore lowers the value a little: by 1.5e-6 for [1, 0] against [½, ½], but by 0.026 for one class of
    50,000 against a uniform guess. Where ŷ is below the clip its gradient is zero. Range [0, ∞), apart from the clip.
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
