"""Compute losses for directions and embeddings: cosine, circle, triplet
and contrastive.
"""

from __future__ import annotations

import numpy as np

from .._checks import NotNegative, Number, Positive, Whole, require
from ._common import (
    KERAS_EPSILON,
    TINY,
    _axis,
    _class_numbers,
    _extent,
    _log_softmax,
    _of_class,
    _one_each,
    _pair,
    _per_sample,
    _put,
    _share,
    _sigmoid,
    _softplus,
    _zeros_and_ones,
    gradient_of,
    loss,
)

__all__ = [
    "arcface",
    "circle",
    "contrastive",
    "cosface",
    "cosine_similarity",
    "info_nce",
    "ntxent",
    "sigmoid_contrastive",
    "triplet",
]


@loss
def cosine_similarity(y_true, y_pred, axis: Whole = -1):
    r"""Return minus the cosine of the angle between two vectors, so that
    minimising it aligns them.

    $$\ell = -u \cdot \hat u, \quad u = \frac{y}{\|y\|},
    \quad \hat u = \frac{\hat y}{\|\hat y\|}
    \qquad \frac{\partial \ell}{\partial \hat y} =
    \frac{(u \cdot \hat u)\,\hat u - u}{\|\hat y\|}$$

    The vectors are on `axis`, so (n, d) gives (n,). Only the direction matters,
    and −1 is the best value. A length below 1e-7 is replaced by 1e-7, as in
    Keras, so a zero vector gives 0. Range [−1, 1]. Raises `ValueError` if the
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
    r"""Return the circle loss, which pulls each pair of embeddings more
    strongly the farther it is from its goal.

    $$\ell_i = \log\Bigl( 1 + \sum_{j:\,y_j = y_i}
    e^{-\gamma\,[1 + m - s_{ij}]_+ (s_{ij} - 1 + m)} \sum_{j:\,y_j \ne y_i}
    e^{\gamma\,[s_{ij} + m]_+ (s_{ij} - m)} \Bigr),
    \qquad s_{ij} = \hat y_i \cdot \hat y_j$$

    Embeddings of one class are pulled together and the others apart. `y_true`
    holds n class numbers and `y_pred` n rows of length 1, so (n,) with (n, d)
    gives (n,). Each value depends on all pairs of the batch, because Keras does
    no mining, and the pair j = i takes part only with `remove_diagonal=False`.
    A sample without another one of its class, or without one of another class,
    gets 0. Keras's class leaves zeros out of its mean, as
    `reduce_loss(values, mask=values > 0)` does. An s above 1 counts as 1.

    The gradient is that of the sum of all values. The exponents have the
    derivatives −2γ(1 − s) and 2γs in s, and 0 below s = −m, because the
    gradient passes through [·]₊, as in Keras, whereas the paper treats that
    factor as constant. Range [0, ∞). Raises `ValueError` if the shapes do not
    fit, γ is not positive or m is negative.

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
    r"""Return the triplet loss, which is 0 once the positive is nearer to the
    anchor than the negative, by a margin.

    $$\ell = \bigl[ \|a - p\|^2 - \|a - n\|^2 + m \bigr]_+$$
    $$\frac{\partial \ell}{\partial (a, p, n)} = 2\,(n - p),\ 2\,(p - a),\ 2\,(a
    - n) \quad \text{where } \ell > 0$$

    The positive has the class of the anchor, the negative does not. Embeddings
    are on the last axis, so three arrays (n, d) give (n,), and the gradient is
    a triple. Keras has no triplet loss. PyTorch and optax use distances that
    are not squared, and m = 1. Range [0, ∞). Raises `ValueError` if the shapes
    differ or m is negative.

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
    r"""Return the contrastive loss, which wants similar pairs at distance 0 and
    dissimilar pairs beyond a margin.

    $$\ell = \tfrac12 (1 - y)\,\hat y^2 + \tfrac12\,y\,[m - \hat y]_+^2
    \qquad \frac{\partial \ell}{\partial \hat y} = (1 - y)\,\hat y - y\,[m -
    \hat y]_+$$

    ŷ is the distance of a pair, and y is 0 for a similar and 1 for a dissimilar
    pair, as in the paper. Other programs swap the labels or leave out the ½,
    and Keras has no contrastive loss. Range [0, ∞). Raises `ValueError` if the
    shapes differ, a label is neither 0 nor 1, a distance is negative or m is
    not positive.

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


@loss
def info_nce(anchor, positive, temperature: Positive = 0.07):
    r"""Return InfoNCE, the cross-entropy of finding each anchor's own partner
    among all partners of the batch.

    $$\ell_i = -\log \frac{e^{s_{ii}}}{\sum_j e^{s_{ij}}},
    \qquad s_{ij} = \frac{\cos(a_i, p_j)}{\tau}$$

    Row i of `positive` belongs to row i of `anchor`, and the other rows of the
    batch are its negatives, so two arrays (n, d) give (n,), and a batch of one
    has the loss 0. τ is `temperature`. A uniform guess costs log n, so compare
    losses only at the same batch size. CLIP takes the mean of this loss and the
    same with the arguments swapped. The gradient is a pair, and passes through
    the division by the lengths. Range [0, ∞). Raises `ValueError` if the shapes
    differ or are not (n, d), or if τ is not positive.

    >>> info_nce([[1, 0], [0, 1]], [[1, 0], [0, 1]], temperature=1.0).round(4)
    array([0.3133, 0.3133])

    Source: van den Oord, Li and Vinyals (2018), Radford and others (2021,
    CLIP).
    """
    *_, cosines = _cosines(anchor, positive)
    return -np.diagonal(_log_softmax(cosines / temperature, axis=1))


@gradient_of(info_nce, "`anchor` and `positive`, as a pair")
def _info_nce_gradient(anchor, positive, temperature):
    a, p, cosines = _cosines(anchor, positive)
    slopes = np.exp(_log_softmax(cosines / temperature, axis=1)) - np.eye(len(cosines))
    return _through_cosines(slopes / temperature, a, p)


@loss
def sigmoid_contrastive(anchor, positive, scale: Positive = 10.0, bias: Number = -10.0):
    r"""Return the sigmoid contrastive loss of SigLIP, which asks of every pair
    on its own whether it belongs together.

    $$\ell_i = \log(1 + e^{-z_{ii}}) + \sum_{j \ne i} \log(1 + e^{z_{ij}}),
    \qquad z_{ij} = t \cos(a_i, p_j) + b$$

    Row i of `positive` belongs to row i of `anchor`, so two arrays (n, d) give
    (n,). t is `scale` and b is `bias`, both learned in the paper, from 10 and
    −10 onward. The bias makes every pair start as "no", because n − 1 of n
    pairs are. Each pair has its own yes-or-no question, so the loss needs no
    sum over the batch and can be computed in parts. The gradient is a pair.
    Range (0, ∞). Raises `ValueError` if the shapes differ or are not (n, d), or
    if t is not positive.

    >>> sigmoid_contrastive([[1, 0], [0, 1]], [[1, 0], [0, 1]]).round(4)
    array([0.6932, 0.6932])

    Source: Zhai, Mustafa, Kolesnikov and Beyer (2023).
    """
    *_, cosines = _cosines(anchor, positive)
    return _softplus(_pair_sign(cosines) * (scale * cosines + bias)).sum(axis=1)


@gradient_of(sigmoid_contrastive, "`anchor` and `positive`, as a pair")
def _sigmoid_contrastive_gradient(anchor, positive, scale, bias):
    a, p, cosines = _cosines(anchor, positive)
    sign = _pair_sign(cosines)
    return _through_cosines(scale * sign * _sigmoid(sign * (scale * cosines + bias)), a, p)


def _pair_sign(cosines):
    """Return −1 for the pairs that belong together, and 1 for all others."""
    return 1.0 - 2.0 * np.eye(len(cosines))


def _cosines(anchor, positive):
    """Return both as unit vectors with their lengths, and the cosines of all
    pairs."""
    anchor, positive = _pair(anchor, positive, names=("anchor", "positive"))
    require(anchor.ndim == 2, "anchor", f"shape {anchor.shape}", "of shape (n, d)")
    a, p = _unit(anchor, -1), _unit(positive, -1)
    return a, p, a[0] @ p[0].T


def _through_cosines(slopes, a, p):
    """Carry slopes with respect to the cosines of all pairs back to the
    vectors before they were divided."""
    return _through_unit(slopes @ p[0], *a), _through_unit(slopes.T @ a[0], *p)


def _through_unit(slopes, unit, length):
    along = (slopes * unit).sum(axis=-1, keepdims=True)
    return (slopes - np.where(length > KERAS_EPSILON, along, 0.0) * unit) / length


@loss
def ntxent(y_true, y_pred, temperature: Positive = 0.07):
    r"""Return NT-Xent, InfoNCE inside one batch of embeddings with class
    numbers.

    $$\ell_i = \frac{1}{|P_i|} \sum_{j \in P_i} -\log
    \frac{e^{s_{ij}}}{e^{s_{ij}} + \sum_{k:\,y_k \ne y_i} e^{s_{ik}}}, \qquad
    s_{ij} = \frac{\cos(\hat y_i, \hat y_j)}{\tau}$$

    $P_i$ are the other samples with the class of i. `y_true` holds n class
    numbers and `y_pred` n embeddings, so (n,) with (n, d) gives (n,). In SimCLR
    a class is one image, and its two samples are two views of it. A sample
    without another one of its class gets 0. τ is `temperature`. Each value
    depends on all samples of the batch, and the gradient is that of the sum of
    all values. Range [0, ∞). Raises `ValueError` if the shapes do not fit or τ
    is not positive.

    >>> ntxent([0, 0, 1], [[1, 0], [1, 0], [0, 1]], temperature=1.0).round(4)
    array([0.3133, 0.3133, 0.    ])

    Source: Chen, Kornblith, Norouzi and Hinton (2020, SimCLR);
    `optax.losses.ntxent`.
    """
    *_, share, log_q, _ = _all_pairs(y_true, y_pred, temperature)
    return (share * np.where(share > 0, -log_q, 0.0)).sum(axis=1)


@gradient_of(ntxent)
def _ntxent_gradient(y_true, y_pred, temperature):
    unit, length, s, share, log_q, other = _all_pairs(y_true, y_pred, temperature)
    pull = share * np.expm1(np.where(share > 0, log_q, 0.0))
    # In the fraction of pair (i, j), negative k has the weight e^{s_ik} / (e^{s_ij} + Σ) = q_ij e^{s_ik − s_ij}.
    log_rest = _log_sum(np.where(share > 0, np.log(np.maximum(share, TINY)) + log_q - s, -np.inf))
    push = np.where(other, np.exp(np.where(other, s, 0.0) + log_rest), 0.0)
    slopes = (pull + push) / temperature
    return _through_unit((slopes + slopes.T) @ unit, unit, length)


def _all_pairs(y_true, y_pred, temperature):
    """Return unit vectors, lengths, s, each positive's share of its sample's
    mean, log q, and who is a negative."""
    y_true, y_pred = _one_each(y_true, y_pred)
    require(y_true.ndim == 1, "y_true", f"shape {y_true.shape}", "of shape (n,)")
    unit, length = _unit(y_pred, -1)
    s = unit @ unit.T / temperature
    same = y_true[:, None] == y_true
    partner = same & ~np.eye(len(same), dtype=bool)
    share = partner / np.maximum(partner.sum(axis=1, keepdims=True), 1)
    log_q = s - np.logaddexp(s, _log_sum(np.where(same, -np.inf, s)))
    return unit, length, s, share, log_q, ~same


@loss
def arcface(y_true, y_pred, margin: NotNegative = 0.5, scale: Positive = 64.0):
    r"""Return the ArcFace loss, a cross-entropy whose own class must be nearer
    by an angle.

    $$\ell = -\log
    \frac{e^{s c}}{e^{s c} + \sum_{k \ne y} e^{s \cos \theta_k}}, \qquad
    c = \cos(\theta_y + m), \qquad \frac{\partial c}{\partial \cos \theta_y} =
    \frac{\sin(\theta_y + m)}{\sin \theta_y}$$

    `y_pred` holds the cosines of an embedding with the K class vectors, so (n,)
    class numbers with (n, K) give (n,). m is `margin`, in radians, and s is
    `scale`. Where θ + m is beyond π, cos θ − m sin m takes the place of
    cos(θ + m), as in the authors' code, because the cosine would fall no
    further. At that angle the loss jumps up. Cosines of ±1 are moved inside by
    1e-7, where the slope is finite. Range (0, ∞). Raises `ValueError` if the
    shapes do not fit, if a class number is not an integer from 0 to K − 1, if a
    cosine is outside [−1, 1], if m is negative or s is not positive.

    >>> arcface([0], [[0.5, 0.5]], margin=0.0, scale=1.0).round(4)
    array([0.6931])
    >>> arcface([0], [[0.5, 0.5]], scale=1.0).round(4)
    array([0.9595])

    Source: Deng, Guo, Xue and Zafeiriou (2019).
    """
    numbers, scores, _ = _with_margin(y_true, y_pred, _add_angle, margin, scale)
    return -_of_class(_log_softmax(scores, -1), numbers, -1)


@gradient_of(arcface)
def _arcface_gradient(y_true, y_pred, margin, scale):
    return _margin_gradient(*_with_margin(y_true, y_pred, _add_angle, margin, scale), scale)


@loss
def cosface(y_true, y_pred, margin: NotNegative = 0.35, scale: Positive = 64.0):
    r"""Return the CosFace loss, a cross-entropy whose own class must be nearer
    by a difference of cosines.

    $$\ell = -\log
    \frac{e^{s c}}{e^{s c} + \sum_{k \ne y} e^{s \cos \theta_k}}, \qquad
    c = \cos \theta_y - m$$

    Arguments are those of `arcface`, and m is a difference of cosines. Range
    (0, ∞). Raises `ValueError` as `arcface` does.

    >>> cosface([0], [[0.5, 0.5]], scale=1.0).round(4)
    array([0.8834])

    Source: Wang and others (2018).
    """
    numbers, scores, _ = _with_margin(y_true, y_pred, _subtract, margin, scale)
    return -_of_class(_log_softmax(scores, -1), numbers, -1)


@gradient_of(cosface)
def _cosface_gradient(y_true, y_pred, margin, scale):
    return _margin_gradient(*_with_margin(y_true, y_pred, _subtract, margin, scale), scale)


def _with_margin(y_true, y_pred, harder, margin, scale):
    """Return class numbers, scores, and the derivative of the own class's new
    cosine with respect to the old one."""
    y_true, cosines = _one_each(y_true, y_pred)
    require(
        (np.abs(cosines) <= 1) | np.isnan(cosines), "y_pred", _extent(cosines), "a cosine between -1 and 1"
    )
    numbers = _class_numbers(y_true, cosines.shape[-1])
    new, slope = harder(_of_class(cosines, numbers, -1), margin)
    return numbers, scale * _put(cosines, numbers, new, -1), slope


def _add_angle(cosine, margin):
    cosine = np.clip(cosine, KERAS_EPSILON - 1, 1 - KERAS_EPSILON)
    theta = np.arccos(cosine)
    fits = theta + margin <= np.pi
    new = np.where(fits, np.cos(theta + margin), cosine - margin * np.sin(margin))
    return new, np.where(fits, np.sin(theta + margin) / np.sin(theta), 1.0)


def _subtract(cosine, margin):
    return cosine - margin, np.ones_like(cosine)


def _margin_gradient(numbers, scores, slope, scale):
    log_p = _log_softmax(scores, -1)
    own = slope * np.expm1(_of_class(log_p, numbers, -1))
    return scale * _put(np.exp(log_p), numbers, own, -1)
