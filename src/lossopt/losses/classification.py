"""Losses for classes: cross-entropy in its forms, focal, robust to wrong labels, and the hinges."""

import numpy as np

from ._common import (
    TINY,
    _class_numbers,
    _clip,
    _extent,
    _gradient_of,
    _inside,
    _log_softmax,
    _one_each,
    _pair,
    _per_sample,
    _require,
    _require_probabilities,
    _share,
    _sigmoid,
    _softplus,
    _switches,
)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    r"""Negative log-probability of the label that came, for labels 0 and 1.

    $$\ell = -y \log p - (1 - y) \log(1 - p), \qquad p = \hat y \ \text{ or }\ p = \frac{1}{1 + e^{-\hat y}}
    \text{ (from\_logits)}$$
    $$\frac{\partial \ell}{\partial \hat y} = \frac{p - y}{p\,(1 - p)} \ \text{ or }\ p - y \text{ (from\_logits)}$$

    Probabilities are clipped to [1e-7, 1 − 1e-7], as Keras does, and get the gradient zero outside; logits need
    no clip. `label_smoothing` s puts s/2 and 1 − s/2 in place of the labels 0 and 1; `axis` is the one averaged.
    Range [0, ∞). Raises `ValueError` when the shapes differ, or a label, a probability or s lies outside [0, 1].

    >>> binary_crossentropy([1, 0], [0.75, 0.75]).round(4)
    array([0.2877, 1.3863])
    >>> binary_crossentropy([1, 1], [1000, -1000], from_logits=True)
    array([   0., 1000.])

    Source: `keras.losses.BinaryCrossentropy`.
    """
    y_true, y_pred = _labels(y_true, y_pred, from_logits, label_smoothing)
    return _per_sample(_surprise(y_true, y_pred, from_logits), axis)


def _binary_crossentropy_gradient(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    y_true, y_pred = _labels(y_true, y_pred, from_logits, label_smoothing)
    return _share(_surprise_slope(y_true, y_pred, from_logits), axis)


_gradient_of(binary_crossentropy, _binary_crossentropy_gradient)


def _surprise(y, y_pred, from_logits):
    if from_logits:
        return y * _softplus(-y_pred) + (1 - y) * _softplus(y_pred)
    p = _clip(y_pred)
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


def _surprise_slope(y, y_pred, from_logits):
    if from_logits:
        return _sigmoid(y_pred) - y
    p = _clip(y_pred)
    return np.where(_inside(y_pred), (p - y) / (p * (1 - p)), 0.0)


def _labels(y_true, y_pred, from_logits, label_smoothing):
    y_true, y_pred = _pair(y_true, y_pred)
    _require((y_true >= 0) & (y_true <= 1), "y_true", _extent(y_true), "between 0 and 1")
    _require_probabilities(y_pred, from_logits)
    return _smooth(y_true, label_smoothing, 2), y_pred


def _smooth(y, label_smoothing, classes):
    _require(0 <= label_smoothing <= 1, "label_smoothing", label_smoothing, "between 0 and 1")
    return y * (1 - label_smoothing) + label_smoothing / classes


def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    r"""Binary cross-entropy that loses interest in samples which are right already.

    $$\ell = \alpha_t\,m^\gamma\,h, \qquad m = y\,(1 - p) + (1 - y)\,p,
    \qquad \alpha_t = y\,\alpha + (1 - y)(1 - \alpha)$$
    $$\frac{\partial \ell}{\partial \hat y} = \alpha_t \Bigl( m^\gamma\,\frac{\partial h}{\partial \hat y}
    + \gamma\,m^{\gamma - 1}\,(1 - 2 y)\,\frac{\partial p}{\partial \hat y}\,h \Bigr)$$

    h is `binary_crossentropy`, m the probability given to the other label; γ = 0 is plain cross-entropy.
    α weighs label 1 and 1 − α label 0, so that 0.25 gives label 1 a third of label 0's weight. It counts only with
    `apply_class_balancing`: in Keras that is off, in the paper on. Range [0, ∞). Raises `ValueError` as
    `binary_crossentropy` does, when α lies outside [0, 1] or γ is negative.

    >>> binary_focal_crossentropy([1, 1], [0.5, 0.1]).round(4)
    array([0.1733, 1.8651])

    Source: Lin and others (2017); `keras.losses.BinaryFocalCrossentropy`.
    """
    y, y_pred = _labels(y_true, y_pred, from_logits, label_smoothing)
    weight, miss, _ = _focus(y, y_pred, apply_class_balancing, alpha, gamma, from_logits)
    return _per_sample(weight * miss**gamma * _surprise(y, y_pred, from_logits), axis)


def _binary_focal_crossentropy_gradient(
    y_true,
    y_pred,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    y, y_pred = _labels(y_true, y_pred, from_logits, label_smoothing)
    weight, miss, miss_slope = _focus(y, y_pred, apply_class_balancing, alpha, gamma, from_logits)
    sharper = miss**gamma * _surprise_slope(y, y_pred, from_logits)
    closer = gamma * miss ** (gamma - 1) * miss_slope * _surprise(y, y_pred, from_logits)
    return _share(weight * (sharper + closer), axis)


_gradient_of(binary_focal_crossentropy, _binary_focal_crossentropy_gradient)


def _focus(y, y_pred, apply_class_balancing, alpha, gamma, from_logits):
    _require(0 <= alpha <= 1, "alpha", alpha, "between 0 and 1")
    _require(gamma >= 0, "gamma", gamma, "0 or more")
    p, other = (_sigmoid(y_pred), _sigmoid(-y_pred)) if from_logits else (y_pred, 1 - y_pred)
    miss = np.maximum(y * other + (1 - y) * p, TINY)
    weight = y * alpha + (1 - y) * (1 - alpha) if apply_class_balancing else 1.0
    return weight, miss, (1 - 2 * y) * (p * other if from_logits else 1.0)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    r"""Negative log-probability of the class that came, for targets that are one-hot or a distribution.

    $$\ell = -\sum_k y_k \log p_k, \qquad p = \frac{\hat y}{\sum_k \hat y_k}
    \ \text{ or }\ p_k = \frac{e^{\hat y_k}}{\sum_j e^{\hat y_j}} \text{ (from\_logits)}$$
    $$\frac{\partial \ell}{\partial \hat y_k} = \frac{\sum_j y_j}{\sum_j \hat y_j} - \frac{y_k}{\hat y_k}
    \ \text{ or }\ p_k \sum_j y_j - y_k \text{ (from\_logits)}$$

    The K classes stand on the axis given: (n, K) gives (n,). Probabilities are divided by their sum and clipped to
    [1e-7, 1 − 1e-7], as Keras does, and get the gradient zero where the clip bites; logits need no clip.
    `label_smoothing` s replaces y by (1 − s) y + s/K (Keras takes K from the last axis, whatever `axis` says).
    Range [0, ∞). Raises `ValueError` when the shapes differ, there is no axis of classes, a target is negative,
    or a probability or s lies outside [0, 1].

    >>> categorical_crossentropy([[0, 1, 0], [1, 0, 0]], [[0.15, 0.75, 0.1], [0.75, 0.15, 0.1]]).round(7)
    array([0.2876821, 0.2876821])

    Source: `keras.losses.CategoricalCrossentropy`.
    """
    y, y_pred = _distributions(y_true, y_pred, from_logits, label_smoothing, axis)
    return (-y * _log_probabilities(y_pred, from_logits, axis)).sum(axis=axis)


def _categorical_crossentropy_gradient(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    y, y_pred = _distributions(y_true, y_pred, from_logits, label_smoothing, axis)
    return _through_softmax(-y, y_pred, from_logits, axis)


_gradient_of(categorical_crossentropy, _categorical_crossentropy_gradient)


def _distributions(y_true, y_pred, from_logits, label_smoothing, axis):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(y_true.ndim > 0, "y_true", "a single number", "an array with the classes on its last axis")
    _require(y_true >= 0, "y_true", y_true.min(), "nowhere negative")
    _require_distribution(y_pred, from_logits, axis)
    return _smooth(y_true, label_smoothing, y_true.shape[axis]), y_pred


def _require_distribution(y_pred, from_logits, axis):
    _require_probabilities(y_pred, from_logits)
    if not from_logits:
        _require(y_pred.sum(axis=axis) > 0, "y_pred", "a row of zeros", "probabilities, not all of them 0")


def _log_probabilities(y_pred, from_logits, axis):
    if from_logits:
        return _log_softmax(y_pred, axis)
    return np.log(_clip(y_pred / y_pred.sum(axis=axis, keepdims=True)))


def _through_softmax(slopes, y_pred, from_logits, axis):
    """Carry slopes with respect to log p back to the logits, or to the probabilities before their division."""
    if from_logits:
        return slopes - np.exp(_log_softmax(y_pred, axis)) * slopes.sum(axis=axis, keepdims=True)
    total = y_pred.sum(axis=axis, keepdims=True)
    p = y_pred / total
    slopes = np.where(_inside(p), slopes, 0.0)
    return (slopes / _clip(p) - slopes.sum(axis=axis, keepdims=True)) / total


def categorical_focal_crossentropy(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    r"""Categorical cross-entropy that loses interest in samples which are right already.

    $$\ell = -\sum_k \alpha_k\,(1 - p_k)^\gamma\,y_k \log p_k$$
    $$\frac{\partial \ell}{\partial \log p_k} =
    \alpha_k\,y_k \bigl( \gamma\,p_k\,(1 - p_k)^{\gamma - 1} \log p_k - (1 - p_k)^\gamma \bigr)$$

    p and its way back to ŷ are those of `categorical_crossentropy`. α is one number, which scales the whole loss
    (Keras's 0.25 divides it by four), or an array of K weights, the classes on the last axis. Keras clips p also
    when it comes from logits, so that a hopeless sample has no gradient there; here it has. Range [0, ∞). Raises
    `ValueError` as `categorical_crossentropy` does, or when α or γ is negative.

    >>> categorical_focal_crossentropy([[1, 0], [1, 0]], [[0.5, 0.5], [0.1, 0.9]]).round(4)
    array([0.0433, 0.4663])

    Source: Lin and others (2017); `keras.losses.CategoricalFocalCrossentropy`.
    """
    y, y_pred = _distributions(y_true, y_pred, from_logits, label_smoothing, axis)
    log_p, miss, alpha = _categorical_focus(y_pred, alpha, gamma, from_logits, axis)
    return (-alpha * miss**gamma * y * log_p).sum(axis=axis)


def _categorical_focal_crossentropy_gradient(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    y, y_pred = _distributions(y_true, y_pred, from_logits, label_smoothing, axis)
    log_p, miss, alpha = _categorical_focus(y_pred, alpha, gamma, from_logits, axis)
    slopes = alpha * y * (gamma * np.exp(log_p) * miss ** (gamma - 1) * log_p - miss**gamma)
    return _through_softmax(slopes, y_pred, from_logits, axis)


_gradient_of(categorical_focal_crossentropy, _categorical_focal_crossentropy_gradient)


def _categorical_focus(y_pred, alpha, gamma, from_logits, axis):
    alpha = np.asarray(alpha, dtype=float)
    _require(alpha >= 0, "alpha", alpha.min(), "nowhere negative")
    _require(
        alpha.ndim == 0 or alpha.shape == y_pred.shape[-1:],
        "alpha",
        alpha.shape,
        "one number, or one a class",
    )
    _require(gamma >= 0, "gamma", gamma, "0 or more")
    log_p = _log_probabilities(y_pred, from_logits, axis)
    return log_p, np.maximum(-np.expm1(log_p), TINY), alpha


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    r"""`categorical_crossentropy` for targets that are class numbers 0 … K − 1 in place of one-hot rows.

    $$\ell = -\log p_y$$

    `y_true` has the shape of `y_pred` without its axis of classes: (n,) with (n, K) gives (n,), and the
    gradient has the shape (n, K). Samples of the class `ignore_class`, which may lie outside 0 … K − 1, get the loss
    and the gradient zero; Keras's class also masks them: `reduce_loss(…, mask=y_true != ignore_class)`.
    Probabilities are clipped before they are divided by their sum, as Keras does here (there after): 1e-7 apart
    where the clip bites. Range [0, ∞). Raises `ValueError` when the shapes do not fit, a class number is
    no integer or outside 0 … K − 1, or a probability lies outside [0, 1].

    >>> sparse_categorical_crossentropy([1, 0], [[0.15, 0.75, 0.1], [0.75, 0.15, 0.1]]).round(7)
    array([0.2876821, 0.2876821])
    >>> sparse_categorical_crossentropy([1, -1], [[0.25, 0.75], [0.25, 0.75]], ignore_class=-1).round(4)
    array([0.2877, 0.    ])

    Source: `keras.losses.SparseCategoricalCrossentropy`.
    """
    y, logits, _ = _sparse(y_true, y_pred, from_logits, ignore_class, axis)
    return categorical_crossentropy(y, logits, from_logits=True, axis=axis)


def _sparse_categorical_crossentropy_gradient(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    y, logits, slopes = _sparse(y_true, y_pred, from_logits, ignore_class, axis)
    return slopes * categorical_crossentropy.gradient(y, logits, from_logits=True, axis=axis)


_gradient_of(sparse_categorical_crossentropy, _sparse_categorical_crossentropy_gradient)


def _sparse(y_true, y_pred, from_logits, ignore_class, axis):
    """One-hot targets, logits, and the slopes of the logits with respect to `y_pred`."""
    y_pred = np.asarray(y_pred, dtype=float)
    y = _one_hot(y_true, y_pred, ignore_class, axis)
    _require_distribution(y_pred, from_logits, axis)
    if from_logits:
        return y, y_pred, 1.0
    p = _clip(y_pred)
    return y, np.log(p), np.where(_inside(y_pred), 1 / p, 0.0)


def _one_hot(y_true, y_pred, ignore_class=None, axis=-1):
    """Ones among zeros, on the axis where `y_pred` has its classes; nothing but zeros for the class ignored."""
    y_true, classes = _one_each(y_true, y_pred, axis), y_pred.shape[axis]
    kept = y_true != ignore_class
    numbers = _class_numbers(np.where(kept, y_true, 0), classes)
    return np.moveaxis(np.eye(classes)[numbers] * kept[..., None], -1, axis)


def categorical_generalized_cross_entropy(y_true, y_pred, q=0.5):
    r"""Between cross-entropy (q → 0) and 1 − p (q = 1): wrong labels pull less, and the model learns them less.

    $$\ell = \frac{1 - p_y^q}{q} \qquad \frac{\partial \ell}{\partial p_y} = -p_y^{q - 1}$$

    `y_true` holds class numbers: (n,) with (n, K) gives (n,). Keras takes the probabilities as they are, neither
    clipped nor divided by their sum, and so does this: at p = 0 the gradient is −∞. Range [0, 1/q]. Raises
    `ValueError` as `sparse_categorical_crossentropy` does, or when q is not above 0 and at most 1 (Keras refuses 1).

    >>> categorical_generalized_cross_entropy([0, 0], [[0.81, 0.19], [0.04, 0.96]]).round(4)
    array([0.2, 1.6])

    Source: Zhang and Sabuncu (2018), who take q = 0.7; `keras.losses.CategoricalGeneralizedCrossEntropy`.
    """
    y, y_pred = _numbered(y_true, y_pred, q)
    return (1 - (y * y_pred).sum(axis=-1) ** q) / q


def _categorical_generalized_cross_entropy_gradient(y_true, y_pred, q=0.5):
    y, y_pred = _numbered(y_true, y_pred, q)
    with np.errstate(divide="ignore"):
        return np.where(y == 1, -(y_pred ** (q - 1)), 0.0)


_gradient_of(categorical_generalized_cross_entropy, _categorical_generalized_cross_entropy_gradient)


def _numbered(y_true, y_pred, q):
    y_pred = np.asarray(y_pred, dtype=float)
    y = _one_hot(y_true, y_pred)
    _require_probabilities(y_pred, from_logits=False)
    _require(0 < q <= 1, "q", q, "above 0 and at most 1")
    return y, y_pred


def hinge(y_true, y_pred):
    r"""Distance by which a score falls short of a margin of 1 on the right side; labels −1 and 1.

    $$\ell = \max(0,\ 1 - y\,\hat y) \qquad \frac{\partial \ell}{\partial \hat y} =
    \begin{cases} -y & y\,\hat y < 1 \\ 0 & y\,\hat y > 1 \end{cases}$$

    Takes scores, and their sigmoid is no probability. Labels 0 and 1 are read as −1 and 1, as
    Keras does. At the kink 0 is returned. Range [0, ∞). Raises `ValueError` when the shapes differ or the
    labels are neither 0 and 1 nor −1 and 1.

    >>> hinge([1, -1, 1], [0.25, 0.25, 3])
    array([0.75, 1.25, 0.  ])

    Source: Cortes and Vapnik (1995); `keras.losses.Hinge`.
    """
    y_true, y_pred = _signed(y_true, y_pred)
    return _per_sample(np.maximum(0, 1 - y_true * y_pred))


def _hinge_gradient(y_true, y_pred):
    y_true, y_pred = _signed(y_true, y_pred)
    return _share(np.where(y_true * y_pred < 1, -y_true, 0.0))


_gradient_of(hinge, _hinge_gradient)


def _signed(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    labels = set(np.unique(y_true))
    _require(
        labels <= {0, 1} or labels <= {-1, 1}, "y_true", sorted(map(float, labels)), "0 and 1, or −1 and 1"
    )
    return (2 * y_true - 1 if 0 in labels else y_true), y_pred


def squared_hinge(y_true, y_pred):
    r"""Hinge, squared: smooth at the margin, and harder on scores far on the wrong side.

    $$\ell = \max(0,\ 1 - y\,\hat y)^2
    \qquad \frac{\partial \ell}{\partial \hat y} = -2\,y\,\max(0,\ 1 - y\,\hat y)$$

    Labels as for `hinge`. Range [0, ∞). Raises `ValueError` when the shapes differ or the labels are neither 0 and
    1 nor −1 and 1.

    >>> squared_hinge([1, -1, 1], [0.25, 0.25, 3])
    array([0.5625, 1.5625, 0.    ])

    Source: `keras.losses.SquaredHinge`.
    """
    y_true, y_pred = _signed(y_true, y_pred)
    return _per_sample(np.maximum(0, 1 - y_true * y_pred) ** 2)


def _squared_hinge_gradient(y_true, y_pred):
    y_true, y_pred = _signed(y_true, y_pred)
    return _share(-2 * y_true * np.maximum(0, 1 - y_true * y_pred))


_gradient_of(squared_hinge, _squared_hinge_gradient)


def categorical_hinge(y_true, y_pred):
    r"""Distance by which the right class's score falls short of a margin of 1 over the best wrong one.

    $$\ell = \max\bigl(0,\ 1 + \max_k\,(1 - y_k)\,\hat y_k - \sum_k y_k\,\hat y_k\bigr)$$

    Scores with one-hot targets: (n, K) gives (n,). The gradient is 1 for the best wrong class and −1 for the right
    one. Keras masks by a product, so that the right class enters the inner maximum as 0 and wrong scores below 0
    count as 0: the scores (½, −3) cost ½, and nothing in the textbook. At the kink 0 is returned, and classes level
    with each other share the 1. Range [0, ∞). Raises `ValueError` when the shapes differ or a target is not 0 or 1.

    >>> categorical_hinge([[1, 0, 0], [1, 0, 0]], [[2, 1.5, 0], [0.5, -3, -4]])
    array([0.5, 0.5])

    Source: Crammer and Singer (2001); `keras.losses.CategoricalHinge`.
    """
    y_true, y_pred = _switches(y_true, y_pred)
    return np.maximum(0, 1 + ((1 - y_true) * y_pred).max(axis=-1) - (y_true * y_pred).sum(axis=-1))


def _categorical_hinge_gradient(y_true, y_pred):
    y_true, y_pred = _switches(y_true, y_pred)
    rivals = (1 - y_true) * y_pred
    best = rivals == rivals.max(axis=-1, keepdims=True)
    slopes = (1 - y_true) * best / best.sum(axis=-1, keepdims=True) - y_true
    return np.where(categorical_hinge(y_true, y_pred)[..., None] > 0, slopes, 0.0)


_gradient_of(categorical_hinge, _categorical_hinge_gradient)
