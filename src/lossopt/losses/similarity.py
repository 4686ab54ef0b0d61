"""Compute losses for directions and embeddings: cosine, circle, triplet and contrastive."""

from __future__ import annotations

import numpy as np

from .._checks import NotNegative, Positive, Whole, require
from ._common import (
    KERAS_EPSILON,
    _axis,
    _one_each,
    _pair,
    _per_sample,
    _share,
    _softplus,
    _zeros_and_ones,
    gradient_of,
    loss,
)


@loss
def cosine_similarity(y_true, y_pred, axis: Whole = -1):
    r"""Return minus the cosine of the angle between two vectors, so that minimising it aligns them.

    $$\ell = -u \cdot \hat u, \quad u = \frac{y}{\|y\|}, \quad \hat u = \frac{\hat y}{\|\hat y\|} \qquad
    \frac{\partial \ell}{\partial \hat y} = \frac{(u \cdot \hat u)\,\hat u - u}{\|\hat y\|}$$

    The vectors are on `axis`, so (n, d) gives (n,). Only the direction matters, and −1 is the best value. A length
    below 1e-7 is replaced by 1e-7, as in Keras, so a zero vector gives 0. Range [−1, 1]. Raises `ValueError` if the
    shapes differ.

    >>> cosine_similarity([[3, 4], [3, 4]], [[6, 8], [8, 6]])
    array([-1.  , -0.96])

    Source: `keras.losses.CosineSimilarity`.
    """
    (u, _), (u_hat, _) = (_unit(vectors, axis) for vectors in _pair(y_true, y_pred))
    return -(u * u_hat).sum(axis=axis)


@gradient_of(cosine_similarity)
def _cosine_similarity_gradient(y_true, y_pred, axis):
    (u, _), (u_hat, length) = (_unit(vectors, axis) for vectors in _pair(y_true, y_pred))
    turn = np.where(length > KERAS_EPSILON, (u * u_hat).sum(axis=axis, keepdims=True), 0.0)
    return (turn * u_hat - u) / length


def _unit(vectors, axis):
    _axis(axis, vectors)
    length = np.maximum(np.sqrt((vectors**2).sum(axis=axis, keepdims=True)), KERAS_EPSILON)
    return vectors / length, length


@loss
def circle(y_true, y_pred, gamma: Positive = 80.0, margin: NotNegative = 0.4, remove_diagonal: bool = True):
    r"""Return the circle loss, which pulls each pair of embeddings more strongly the farther it is from its goal.

    $$\ell_i = \log\Bigl( 1 + \sum_{j:\,y_j = y_i} e^{-\gamma\,[1 + m - s_{ij}]_+ (s_{ij} - 1 + m)}
    \sum_{j:\,y_j \ne y_i} e^{\gamma\,[s_{ij} + m]_+ (s_{ij} - m)} \Bigr), \qquad s_{ij} = \hat y_i \cdot \hat y_j$$

    Embeddings of one class are pulled together and the others apart. `y_true` holds n class numbers and `y_pred` n
    rows of length 1, so (n,) with (n, d) gives (n,). Each value depends on all pairs of the batch, because Keras does
    no mining, and the pair j = i takes part only with `remove_diagonal=False`. A sample without another one of its
    class, or without one of another class, gets 0. Keras's class leaves zeros out of its mean, as
    `reduce_loss(values, mask=values > 0)` does. An s above 1 counts as 1.

    The gradient is that of the sum of all values. The exponents have the derivatives −2γ(1 − s) and 2γs in s, and 0
    below s = −m, because the gradient passes through [·]₊, as in Keras, whereas the paper treats that factor as
    constant. Range [0, ∞). Raises `ValueError` if the shapes do not fit, γ is not positive or m is negative.

    >>> circle([0, 0, 1], [[1, 0], [0.8, 0.6], [0, 1]], gamma=1).round(4)
    array([0.5629, 0.7339, 0.    ])

    Source: Sun and others (2020); `keras.losses.Circle`.
    """
    _, exponents, _ = _circle(y_true, y_pred, gamma, margin, remove_diagonal)
    return _softplus(sum(_log_sum(exponent) for exponent in exponents))[:, 0]


@gradient_of(circle)
def _circle_gradient(y_true, y_pred, gamma, margin, remove_diagonal):
    y_pred, (pull, push), (pull_slope, push_slope) = _circle(y_true, y_pred, gamma, margin, remove_diagonal)
    loss = _softplus(_log_sum(pull) + _log_sum(push))
    slopes = (
        np.exp(pull + _log_sum(push) - loss) * pull_slope + np.exp(push + _log_sum(pull) - loss) * push_slope
    )
    return (slopes + slopes.T) @ y_pred


def _circle(y_true, y_pred, gamma, margin, remove_diagonal):
    y_true, y_pred = _one_each(y_true, y_pred)
    require(y_true.ndim == 1, "y_true", f"shape {y_true.shape}", "of shape (n,)")
    same = y_true[:, None] == y_true
    partners = same & ~np.eye(len(same), dtype=bool) if remove_diagonal else same
    dot = y_pred @ y_pred.T
    s = np.minimum(dot, 1.0)
    pull = np.where(partners, -gamma * (1 + margin - s) * (s - 1 + margin), -np.inf)
    push = np.where(same, -np.inf, gamma * np.maximum(s + margin, 0) * (s - margin))
    return (
        y_pred,
        (pull, push),
        (-2 * gamma * (1 - s), 2 * gamma * np.where((dot > -margin) & (dot <= 1), s, 0.0)),
    )


def _log_sum(exponents):
    return np.logaddexp.reduce(exponents, axis=1, keepdims=True)


@loss
def triplet(anchor, positive, negative, margin: NotNegative = 0.2):
    r"""Return the triplet loss, which is 0 once the positive is nearer to the anchor than the negative, by a margin.

    $$\ell = \bigl[ \|a - p\|^2 - \|a - n\|^2 + m \bigr]_+$$
    $$\frac{\partial \ell}{\partial (a, p, n)} = 2\,(n - p),\ 2\,(p - a),\ 2\,(a - n) \quad \text{where } \ell > 0$$

    The positive has the class of the anchor, the negative does not. Embeddings are on the last axis, so three arrays
    (n, d) give (n,), and the gradient is a triple. Keras has no triplet loss. PyTorch and optax use distances that are
    not squared, and m = 1. Range [0, ∞). Raises `ValueError` if the shapes differ or m is negative.

    >>> triplet([[0, 0]], [[1, 0]], [[0, 1]])
    array([0.2])

    Source: Schroff, Kalenichenko and Philbin (2015).
    """
    *_, excess = _triplet(anchor, positive, negative, margin)
    return np.maximum(0, excess)


@gradient_of(triplet, "`anchor`, `positive` and `negative`, as a triple")
def _triplet_gradient(anchor, positive, negative, margin):
    a, p, n, excess = _triplet(anchor, positive, negative, margin)
    twice = 2.0 * (excess > 0)[..., None]
    return twice * (n - p), twice * (p - a), twice * (a - n)


def _triplet(anchor, positive, negative, margin):
    a, p = _pair(anchor, positive, names=("anchor", "positive"))
    a, n = _pair(anchor, negative, names=("anchor", "negative"))
    return a, p, n, ((a - p) ** 2).sum(axis=-1) - ((a - n) ** 2).sum(axis=-1) + margin


@loss
def contrastive(y_true, y_pred, margin: Positive = 1.0):
    r"""Return the contrastive loss, which wants similar pairs at distance 0 and dissimilar pairs beyond a margin.

    $$\ell = \tfrac12 (1 - y)\,\hat y^2 + \tfrac12\,y\,[m - \hat y]_+^2 \qquad
    \frac{\partial \ell}{\partial \hat y} = (1 - y)\,\hat y - y\,[m - \hat y]_+$$

    ŷ is the distance of a pair, and y is 0 for a similar and 1 for a dissimilar pair, as in the paper. Other programs
    swap the labels or leave out the ½, and Keras has no contrastive loss. Range [0, ∞). Raises `ValueError` if the
    shapes differ, a label is neither 0 nor 1, a distance is negative or m is not positive.

    >>> contrastive([0, 1, 1], [0.5, 0.5, 2])
    array([0.125, 0.125, 0.   ])

    Source: Hadsell, Chopra and LeCun (2006).
    """
    y, distance, short = _contrast(y_true, y_pred, margin)
    return _per_sample(((1 - y) * distance**2 + y * short**2) / 2)


@gradient_of(contrastive)
def _contrastive_gradient(y_true, y_pred, margin):
    y, distance, short = _contrast(y_true, y_pred, margin)
    return _share((1 - y) * distance - y * short)


def _contrast(y_true, y_pred, margin):
    y, distance = _zeros_and_ones(y_true, y_pred)
    require(distance >= 0, "y_pred", distance.min(), "a distance of 0 or more")
    return y, distance, np.maximum(0, margin - distance)
