"""Compute losses for classes: cross-entropy, focal losses, a loss robust
to wrong labels, and hinge losses.
"""

from __future__ import annotations

import numpy as np

from .._checks import NotNegative, Positive, PositiveShare, Share, Whole, floats, require
from ._common import (
    TINY,
    _axis,
    _class_numbers,
    _clip,
    _extent,
    _inside,
    _log_softmax,
    _of_class,
    _one_each,
    _pair,
    _per_sample,
    _put,
    _require_probabilities,
    _share,
    _sigmoid,
    _softplus,
    _zeros_and_ones,
    gradient_of,
    loss,
)

__all__ = [
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "distillation",
    "hinge",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]


@loss
def binary_crossentropy(
    y_true, y_pred, from_logits: bool = False, label_smoothing: Share = 0.0, axis: Whole = -1
):
    r"""Return the binary cross-entropy, the negative log-probability of the
    true label, for labels 0 and 1.

    $$\ell = -y \log p - (1 - y) \log(1 - p),
    \qquad p = \hat y \ \text{ or }\ p = \frac{1}{1 + e^{-\hat y}}
    \text{ (from\_logits)}$$
    $$\frac{\partial \ell}{\partial \hat y} = \frac{p - y}{p\,(1 - p)}
    \ \text{ or }\ p - y \text{ (from\_logits)}$$

    Probabilities are clipped to [1e-7, 1 − 1e-7], as in Keras, and their
    gradient is zero outside. Logits need no clip. `label_smoothing` s replaces
    the labels 0 and 1 by s/2 and 1 − s/2, and `axis` is the axis to average.
    Range [0, ∞). Raises `ValueError` if the shapes differ, or if a label, a
    probability or s is outside [0, 1].

    >>> binary_crossentropy([1, 0], [0.75, 0.75]).round(4)
    array([0.2877, 1.3863])
    >>> binary_crossentropy([1, 1], [1000, -1000], from_logits=True)
    array([   0., 1000.])

    Source: `keras.losses.BinaryCrossentropy`.
    """
    y_true, y_pred = _labels(y_true, y_pred, from_logits, label_smoothing)
    return _per_sample(_binary_nll(y_true, y_pred, from_logits), axis)


@gradient_of(binary_crossentropy)
def _binary_crossentropy_gradient(y_true, y_pred, from_logits, label_smoothing, axis):
    y_true, y_pred = _labels(y_true, y_pred, from_logits, label_smoothing)
    return _share(_binary_slope(y_true, y_pred, from_logits), axis)


def _binary_nll(y, y_pred, from_logits):
    if from_logits:
        return y * _softplus(-y_pred) + (1 - y) * _softplus(y_pred)
    p = _clip(y_pred)
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


def _binary_slope(y, y_pred, from_logits):
    if from_logits:
        return (1 - y) * _sigmoid(y_pred) - y * _sigmoid(
            -y_pred
        )  # p − y, without the cancellation near p = y = 1
    p = _clip(y_pred)
    return np.where(_inside(y_pred), (p - y) / (p * (1 - p)), 0.0)


def _labels(y_true, y_pred, from_logits, label_smoothing):
    y_true, y_pred = _pair(y_true, y_pred)
    require((y_true >= 0) & (y_true <= 1), "y_true", _extent(y_true), "between 0 and 1")
    _require_probabilities(y_pred, from_logits)
    return _smooth(y_true, label_smoothing, 2), y_pred


def _smooth(y, label_smoothing, classes):
    return y * (1 - label_smoothing) + label_smoothing / classes


@loss
def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing: bool = False,
    alpha: Share = 0.25,
    gamma: NotNegative = 2.0,
    from_logits: bool = False,
    label_smoothing: Share = 0.0,
    axis: Whole = -1,
):
    r"""Return the binary focal loss, a cross-entropy that gives less weight to
    samples that are already right.

    $$\ell = \alpha_t\,m^\gamma\,h, \qquad m = y\,(1 - p) + (1 - y)\,p,
    \qquad \alpha_t = y\,\alpha + (1 - y)(1 - \alpha)$$
    $$\frac{\partial \ell}{\partial \hat y} = \alpha_t \Bigl(
    m^\gamma\,\frac{\partial h}{\partial \hat y} + \gamma\,m^{\gamma - 1}\,(1 -
    2 y)\,\frac{\partial p}{\partial \hat y}\,h \Bigr)$$

    h is `binary_crossentropy`, and m is the probability of the wrong label.
    With γ = 0 the loss is the plain cross-entropy, and its gradient is finite
    for every logit. In Keras the gradient is nan for γ < 1 as soon as m is
    exactly 0, for example for a logit of 17 in float32. α is the weight of
    label 1 and 1 − α that of label 0, so 0.25 gives label 1 a third of label
    0's weight. It is used only with `apply_class_balancing`, which is off in
    Keras and on in the paper. Range [0, ∞). Raises `ValueError` as
    `binary_crossentropy` does, and also if α is outside [0, 1] or γ is
    negative.

    >>> binary_focal_crossentropy([1, 1], [0.5, 0.1]).round(4)
    array([0.1733, 1.8651])

    Source: Lin and others (2017); `keras.losses.BinaryFocalCrossentropy`.
    """
    y, y_pred = _labels(y_true, y_pred, from_logits, label_smoothing)
    weight, miss, _ = _binary_focus(y, y_pred, apply_class_balancing, alpha, gamma, from_logits)
    return _per_sample(weight * miss**gamma * _binary_nll(y, y_pred, from_logits), axis)


@gradient_of(binary_focal_crossentropy)
def _binary_focal_crossentropy_gradient(
    y_true,
    y_pred,
    apply_class_balancing,
    alpha,
    gamma,
    from_logits,
    label_smoothing,
    axis,
):
    y, y_pred = _labels(y_true, y_pred, from_logits, label_smoothing)
    weight, miss, miss_slope = _binary_focus(y, y_pred, apply_class_balancing, alpha, gamma, from_logits)
    sharper = miss**gamma * _binary_slope(y, y_pred, from_logits)
    closer = gamma * miss ** (gamma - 1) * miss_slope * _binary_nll(y, y_pred, from_logits)
    return _share(weight * (sharper + closer), axis)


def _binary_focus(y, y_pred, apply_class_balancing, alpha, gamma, from_logits):
    p, other = (_sigmoid(y_pred), _sigmoid(-y_pred)) if from_logits else (y_pred, 1 - y_pred)
    miss = np.maximum(y * other + (1 - y) * p, TINY)
    weight = y * alpha + (1 - y) * (1 - alpha) if apply_class_balancing else 1.0
    return weight, miss, (1 - 2 * y) * (p * other if from_logits else 1.0)


@loss
def categorical_crossentropy(
    y_true, y_pred, from_logits: bool = False, label_smoothing: Share = 0.0, axis: Whole = -1
):
    r"""Return the categorical cross-entropy, for targets that are one-hot or a
    distribution.

    $$\ell = -\sum_k y_k \log p_k,
    \qquad p = \frac{\hat y}{\sum_k \hat y_k} \ \text{ or }\ p_k =
    \frac{e^{\hat y_k}}{\sum_j e^{\hat y_j}} \text{ (from\_logits)}$$
    $$\frac{\partial \ell}{\partial \hat y_k} =
    \frac{\sum_j y_j}{\sum_j \hat y_j} - \frac{y_k}{\hat y_k} \ \text{ or }\ p_k
    \sum_j y_j - y_k \text{ (from\_logits)}$$

    With a one-hot target it is the negative log-probability of the true class.
    The K classes are on `axis`, so (n, K) gives (n,). Probabilities are divided
    by their sum and clipped to [1e-7, 1 − 1e-7], as in Keras, and the clipped
    ones contribute no gradient. Logits need no clip. `label_smoothing` s
    replaces y by (1 − s) y + s/K, where Keras takes K from the last axis
    regardless of `axis`. Range [0, ∞). Raises `ValueError` if the shapes
    differ, if there is no axis of classes, if a target is negative, or if a
    probability or s is outside [0, 1].

    >>> y_pred = [[0.15, 0.75, 0.1], [0.75, 0.15, 0.1]]
    >>> categorical_crossentropy([[0, 1, 0], [1, 0, 0]], y_pred).round(7)
    array([0.2876821, 0.2876821])

    Source: `keras.losses.CategoricalCrossentropy`.
    """
    y, y_pred = _distributions(y_true, y_pred, from_logits, label_smoothing, axis)
    return (-y * _log_probabilities(y_pred, from_logits, axis)).sum(axis=axis)


@gradient_of(categorical_crossentropy)
def _categorical_crossentropy_gradient(y_true, y_pred, from_logits, label_smoothing, axis):
    y, y_pred = _distributions(y_true, y_pred, from_logits, label_smoothing, axis)
    return _through_softmax(-y, y_pred, from_logits, axis)


def _distributions(y_true, y_pred, from_logits, label_smoothing, axis):
    y_true, y_pred = _pair(y_true, y_pred)
    require(y_true.ndim > 0, "y_true", "a single number", "an array with the classes on an axis")
    _axis(axis, y_pred)
    require(
        y_pred.shape[axis] > 1,
        "y_pred",
        f"shape {y_pred.shape}, whose loss is always 0",
        "scores of two classes or more (for one score per sample: binary_crossentropy)",
    )
    require(y_true >= 0, "y_true", y_true.min(), "0 or more")
    _require_distribution(y_pred, from_logits, axis)
    return _smooth(y_true, label_smoothing, y_true.shape[axis]), y_pred


def _require_distribution(y_pred, from_logits, axis):
    _require_probabilities(y_pred, from_logits)
    if not from_logits:
        require(y_pred.sum(axis=axis) > 0, "y_pred", "a row of zeros", "probabilities, not all of them 0")


def _log_probabilities(y_pred, from_logits, axis):
    if from_logits:
        return _log_softmax(y_pred, axis)
    return np.log(_clip(y_pred / y_pred.sum(axis=axis, keepdims=True)))


def _through_softmax(slopes, y_pred, from_logits, axis):
    """Carry slopes with respect to log p back to the logits, or to the
    probabilities before their division."""
    if from_logits:
        return slopes - np.exp(_log_softmax(y_pred, axis)) * slopes.sum(axis=axis, keepdims=True)
    total = y_pred.sum(axis=axis, keepdims=True)
    p = y_pred / total
    slopes = np.where(_inside(p), slopes, 0.0)
    return (slopes / _clip(p) - slopes.sum(axis=axis, keepdims=True)) / total


@loss
def categorical_focal_crossentropy(
    y_true,
    y_pred,
    alpha=0.25,
    gamma: NotNegative = 2.0,
    from_logits: bool = False,
    label_smoothing: Share = 0.0,
    axis: Whole = -1,
):
    r"""Return the categorical focal loss, a cross-entropy that gives less
    weight to samples that are already right.

    $$\ell = -\sum_k \alpha_k\,(1 - p_k)^\gamma\,y_k \log p_k$$
    $$\frac{\partial \ell}{\partial \log p_k} = \alpha_k\,y_k \bigl(
    \gamma\,p_k\,(1 - p_k)^{\gamma - 1} \log p_k - (1 - p_k)^\gamma \bigr)$$

    p and its derivative are those of `categorical_crossentropy`. α is either
    one number, which scales the whole loss (Keras's 0.25 divides it by four),
    or an array of K weights for classes on the last axis. Keras clips p also
    when it comes from logits, so a sample whose p is below 1e-7 has no gradient
    in Keras, but it has one here. Range [0, ∞). Raises `ValueError` as
    `categorical_crossentropy` does, and also if α or γ is negative.

    >>> y_true, y_pred = [[1, 0], [1, 0]], [[0.5, 0.5], [0.1, 0.9]]
    >>> categorical_focal_crossentropy(y_true, y_pred).round(4)
    array([0.0433, 0.4663])

    Source: Lin and others (2017); `keras.losses.CategoricalFocalCrossentropy`.
    """
    y, y_pred = _distributions(y_true, y_pred, from_logits, label_smoothing, axis)
    log_p, miss, alpha = _categorical_focus(y_pred, alpha, gamma, from_logits, axis)
    return (-alpha * miss**gamma * y * log_p).sum(axis=axis)


@gradient_of(categorical_focal_crossentropy)
def _categorical_focal_crossentropy_gradient(
    y_true, y_pred, alpha, gamma, from_logits, label_smoothing, axis
):
    y, y_pred = _distributions(y_true, y_pred, from_logits, label_smoothing, axis)
    log_p, miss, alpha = _categorical_focus(y_pred, alpha, gamma, from_logits, axis)
    slopes = alpha * y * (gamma * np.exp(log_p) * miss ** (gamma - 1) * log_p - miss**gamma)
    return _through_softmax(slopes, y_pred, from_logits, axis)


def _categorical_focus(y_pred, alpha, gamma, from_logits, axis):
    alpha = floats("alpha", alpha)
    require((alpha >= 0) & (alpha < np.inf), "alpha", alpha.min(), "0 or more, and finite")
    fits = alpha.ndim == 0 or alpha.shape == y_pred.shape[-1:]
    require(fits, "alpha", f"shape {alpha.shape}", "one number, or one per class")
    log_p = _log_probabilities(y_pred, from_logits, axis)
    return log_p, np.maximum(-np.expm1(log_p), TINY), alpha


@loss
def sparse_categorical_crossentropy(
    y_true, y_pred, from_logits: bool = False, ignore_class: Whole | None = None, axis: Whole = -1
):
    r"""Return `categorical_crossentropy` for targets that are class numbers 0 …
    K − 1 instead of one-hot rows.

    $$\ell = -\log p_y$$

    `y_true` has the shape of `y_pred` without its axis of classes, so (n,) with
    (n, K) gives (n,), and the gradient has the shape (n, K). Samples of the
    class `ignore_class`, which may be outside 0 … K − 1, get the loss 0 and the
    gradient 0. Keras's class also leaves them out of its mean, as
    `reduce_loss(…, mask=y_true != ignore_class)` does. Probabilities are
    clipped before they are divided by their sum, as in Keras's sparse loss,
    whereas `categorical_crossentropy` clips them afterwards. Where the clip
    acts, the two differ by about 1e-7. Range [0, ∞). Raises `ValueError` if the
    shapes do not fit, if a class number is not an integer from 0 to K − 1, or
    if a probability is outside [0, 1].

    >>> y_pred = [[0.15, 0.75, 0.1], [0.75, 0.15, 0.1]]
    >>> sparse_categorical_crossentropy([1, 0], y_pred).round(7)
    array([0.2876821, 0.2876821])
    >>> y_true, y_pred = [1, -1], [[0.25, 0.75], [0.25, 0.75]]
    >>> loss = sparse_categorical_crossentropy(y_true, y_pred, ignore_class=-1)
    >>> loss.round(4)
    array([0.2877, 0.    ])

    Source: `keras.losses.SparseCategoricalCrossentropy`.
    """
    numbers, kept, logits, _ = _sparse(y_true, y_pred, from_logits, ignore_class, axis)
    return np.where(kept, 0.0 - _of_class(_log_softmax(logits, axis), numbers, axis), 0.0)


@gradient_of(sparse_categorical_crossentropy)
def _sparse_categorical_crossentropy_gradient(y_true, y_pred, from_logits, ignore_class, axis):
    numbers, kept, logits, slopes = _sparse(y_true, y_pred, from_logits, ignore_class, axis)
    log_p = _log_softmax(logits, axis)
    p_minus_y = _put(np.exp(log_p), numbers, np.expm1(_of_class(log_p, numbers, axis)), axis)
    return slopes * p_minus_y * np.expand_dims(kept, axis)


def _sparse(y_true, y_pred, from_logits, ignore_class, axis):
    """Return class numbers, where they count, logits, and the derivatives of
    the logits with respect to `y_pred`."""
    y_true, y_pred = _one_each(y_true, y_pred, axis)
    kept = np.asarray(y_true != ignore_class)
    numbers = _class_numbers(np.where(kept, y_true, 0), y_pred.shape[axis])
    _require_distribution(y_pred, from_logits, axis)
    if from_logits:
        return numbers, kept, y_pred, 1.0
    p = _clip(y_pred)
    return numbers, kept, np.log(p), np.where(_inside(y_pred), 1 / p, 0.0)


@loss
def categorical_generalized_cross_entropy(y_true, y_pred, q: PositiveShare = 0.5):
    r"""Return the generalised cross-entropy, which limits what one wrong label
    can cost.

    $$\ell = \frac{1 - p_y^q}{q}
    \qquad \frac{\partial \ell}{\partial p_y} = -p_y^{q - 1}$$

    It lies between the cross-entropy, its limit as q → 0, and 1 − p, which is q
    = 1. `y_true` holds class numbers, so (n,) with (n, K) gives (n,). Like
    Keras, it neither clips the probabilities nor divides them by their sum, so
    for q < 1 the gradient at p = 0 is −∞. Range [0, 1/q]. Raises `ValueError`
    as `sparse_categorical_crossentropy` does, and also if q is not above 0 and
    at most 1 (Keras does not accept 1).

    >>> y_pred = [[0.81, 0.19], [0.04, 0.96]]
    >>> categorical_generalized_cross_entropy([0, 0], y_pred).round(4)
    array([0.2, 1.6])

    Source: Zhang and Sabuncu (2018), who take q = 0.7;
    `keras.losses.CategoricalGeneralizedCrossEntropy`.
    """
    numbers, y_pred = _numbered(y_true, y_pred)
    return (1 - _of_class(y_pred, numbers, -1) ** q) / q


@gradient_of(categorical_generalized_cross_entropy)
def _categorical_generalized_cross_entropy_gradient(y_true, y_pred, q):
    numbers, y_pred = _numbered(y_true, y_pred)
    with np.errstate(divide="ignore"):
        return _put(np.zeros_like(y_pred), numbers, -(_of_class(y_pred, numbers, -1) ** (q - 1)), -1)


def _numbered(y_true, y_pred):
    y_true, y_pred = _one_each(y_true, y_pred)
    _require_probabilities(y_pred, from_logits=False)
    return _class_numbers(y_true, y_pred.shape[-1]), y_pred


@loss
def distillation(y_true, y_pred, temperature: Positive = 4.0):
    r"""Return the distillation loss, by which a small network learns the
    softened probabilities of a large one.

    $$\ell = \tau^2\, D_{\mathrm{KL}}\bigl(t \,\|\, p\bigr), \qquad
    t = \operatorname{softmax}\Bigl(\frac{y}{\tau}\Bigr), \quad
    p = \operatorname{softmax}\Bigl(\frac{\hat y}{\tau}\Bigr) \qquad
    \frac{\partial \ell}{\partial \hat y} = \tau\,(p - t)$$

    y holds the teacher's logits and ŷ the student's, with the K classes on the
    last axis, so (n, K) gives (n,). τ is `temperature`. A high τ shows how the
    teacher ranks the wrong classes. The factor τ² keeps the gradient at the
    size that the loss of the labels has, to which this loss is added with a
    weight. Keras has no such loss, but `KLDivergence` of both softmaxes is
    ℓ/τ². Range [0, ∞). Raises `ValueError` if the shapes differ, if there is no
    axis of classes, or if τ is not positive.

    >>> distillation([[4, 0]], [[0, 0]], temperature=2.0).round(4)
    array([1.3113])

    Source: Hinton, Vinyals and Dean (2015).
    """
    log_t, log_p = _softened(y_true, y_pred, temperature)
    return temperature**2 * (np.exp(log_t) * (log_t - log_p)).sum(axis=-1)


@gradient_of(distillation)
def _distillation_gradient(y_true, y_pred, temperature):
    log_t, log_p = _softened(y_true, y_pred, temperature)
    return temperature * (np.exp(log_p) - np.exp(log_t))


def _softened(y_true, y_pred, temperature):
    y_true, y_pred = _pair(y_true, y_pred)
    require(y_true.ndim > 0, "y_true", "a single number", "an array with the classes on its last axis")
    return _log_softmax(y_true / temperature, -1), _log_softmax(y_pred / temperature, -1)


@loss
def hinge(y_true, y_pred):
    r"""Return the hinge loss, the amount by which a score falls short of a
    margin of 1, for labels −1 and 1.

    $$\ell = \max(0,\ 1 - y\,\hat y)
    \qquad \frac{\partial \ell}{\partial \hat y} = -y \ \text{ where } y\,\hat y
    < 1, \ \text{ else } 0$$

    ŷ is a raw score, whose sigmoid is not a calibrated probability. Labels 0
    and 1 are read as −1 and 1, as in Keras. At the kink the gradient is set to
    0. Range [0, ∞). Raises `ValueError` if the shapes differ or the labels are
    neither 0 and 1 nor −1 and 1.

    >>> hinge([1, -1, 1], [0.25, 0.25, 3])
    array([0.75, 1.25, 0.  ])

    Source: Cortes and Vapnik (1995); `keras.losses.Hinge`.
    """
    y_true, y_pred = _signed(y_true, y_pred)
    return _per_sample(np.maximum(0, 1 - y_true * y_pred))


@gradient_of(hinge)
def _hinge_gradient(y_true, y_pred):
    y_true, y_pred = _signed(y_true, y_pred)
    return _share(np.where(y_true * y_pred < 1, -y_true, 0.0))


def _signed(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    labels = set(np.unique(y_true))
    require(
        labels <= {0, 1} or labels <= {-1, 1}, "y_true", sorted(map(float, labels)), "0 and 1, or −1 and 1"
    )
    return (2 * y_true - 1 if 0 in labels else y_true), y_pred


@loss
def squared_hinge(y_true, y_pred):
    r"""Return the squared hinge loss, which has no kink at the margin and grows
    faster on the wrong side.

    $$\ell = \max(0,\ 1 - y\,\hat y)^2
    \qquad \frac{\partial \ell}{\partial \hat y} = -2\,y\,\max(0,\ 1 - y\,\hat
    y)$$

    Labels are those of `hinge`. Range [0, ∞). Raises `ValueError` if the shapes
    differ or the labels are neither 0 and 1 nor −1 and 1.

    >>> squared_hinge([1, -1, 1], [0.25, 0.25, 3])
    array([0.5625, 1.5625, 0.    ])

    Source: `keras.losses.SquaredHinge`.
    """
    y_true, y_pred = _signed(y_true, y_pred)
    return _per_sample(np.maximum(0, 1 - y_true * y_pred) ** 2)


@gradient_of(squared_hinge)
def _squared_hinge_gradient(y_true, y_pred):
    y_true, y_pred = _signed(y_true, y_pred)
    return _share(-2 * y_true * np.maximum(0, 1 - y_true * y_pred))


@loss
def categorical_hinge(y_true, y_pred):
    r"""Return the categorical hinge loss, the amount by which the true class
    falls short of its margin of 1.

    $$\ell = \max\bigl(0,\ 1 + \max_k\,(1 - y_k)\,\hat y_k - \sum_k y_k\,\hat
    y_k\bigr)$$

    ŷ holds raw scores and y one-hot targets, so (n, K) gives (n,). Where the
    loss is positive, the gradient is 1 for the highest wrong score and −1 for
    the true class. Keras multiplies by 1 − y, so the true class enters the
    inner maximum as 0, and wrong scores below 0 count as 0. With the first
    class true, the scores (½, −3) therefore cost ½, although the textbook's
    loss is 0. At the kink the gradient is set to 0, and tied classes share
    the 1. Range [0, ∞). Raises `ValueError` if the shapes differ or a target is
    not 0 or 1.

    >>> categorical_hinge([[1, 0, 0], [1, 0, 0]], [[2, 1.5, 0], [0.5, -3, -4]])
    array([0.5, 0.5])

    Source: Crammer and Singer (2001); `keras.losses.CategoricalHinge`.
    """
    y_true, y_pred = _zeros_and_ones(y_true, y_pred)
    return np.maximum(0, 1 + ((1 - y_true) * y_pred).max(axis=-1) - (y_true * y_pred).sum(axis=-1))


@gradient_of(categorical_hinge)
def _categorical_hinge_gradient(y_true, y_pred):
    y_true, y_pred = _zeros_and_ones(y_true, y_pred)
    rivals = (1 - y_true) * y_pred
    best = rivals == rivals.max(axis=-1, keepdims=True)
    slopes = (1 - y_true) * best / best.sum(axis=-1, keepdims=True) - y_true
    return np.where(categorical_hinge(y_true, y_pred)[..., None] > 0, slopes, 0.0)
