"""Loss functions in NumPy, each with its gradient beside it.

Every loss takes `y_true` and `y_pred` of one and the same shape and returns one value per sample:

* shape (n,): n samples with one number each, so n values come back;
* shape (n, …, d): the last axis is averaged, as Keras does, and (n, …) comes back.

(Keras averages the last axis of an (n,) array too, and returns a single number. Give it (n, 1) to get n values.)

`loss.gradient` takes the same arguments and returns the derivative of each sample's value with respect to
`y_pred`, in the shape of `y_pred`.
"""

import numpy as np

KERAS_EPSILON = 1e-7  # keras.config.epsilon(): keeps divisions and logarithms of zero finite
PROBABILITY = "a probability between 0 and 1 (for raw scores: from_logits=True)"


def _pair(y_true, y_pred):
    """Return both as float arrays; refuse different shapes before NumPy can broadcast them silently."""
    y_true, y_pred = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"y_true has shape {y_true.shape}, y_pred has shape {y_pred.shape}, and both must be equal.\n"
            "Of (n,) against (n, 1) NumPy would silently make (n, n): reshape one of them."
        )
    if y_true.size == 0:
        raise ValueError(
            f"y_true and y_pred are empty (shape {y_true.shape}); a loss needs at least one sample."
        )
    return y_true, y_pred


def _require(condition, name, value, allowed):
    """Refuse an argument outside its range, naming it, what came and what is allowed."""
    if not np.all(condition):
        raise ValueError(f"{name} must be {allowed}, and {value} came.")


def _per_sample(values):
    """Average the last axis of everything that has more than one axis."""
    return values.mean(axis=-1) if values.ndim > 1 else values


def _share(slopes):
    """Divide slopes by the length of the axis that `_per_sample` averages."""
    return slopes / slopes.shape[-1] if slopes.ndim > 1 else slopes


def _gradient_of(loss):
    """Attach the decorated function to `loss` as `loss.gradient`."""

    def attach(gradient):
        gradient.__name__ = gradient.__qualname__ = f"{loss.__name__}.gradient"
        gradient.__doc__ = (
            f"Derivative of `{loss.__name__}` with respect to `y_pred`, in the shape of `y_pred`."
        )
        loss.gradient = gradient
        return gradient

    return attach


def mean_squared_error(y_true, y_pred):
    r"""Squared error, large misses counting far more than small ones.

    $$\ell(y, \hat y) = (\hat y - y)^2 \qquad \frac{\partial \ell}{\partial \hat y} = 2\,(\hat y - y)$$

    Minimised by the mean. Range [0, ∞). Raises `ValueError` when the shapes differ.

    >>> mean_squared_error([1, 0], [2, 3])
    array([1., 9.])
    >>> mean_squared_error.gradient([1, 0], [2, 3])
    array([2., 6.])

    Source: Legendre (1805) and Gauss (1809); `keras.losses.MeanSquaredError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return _per_sample((y_pred - y_true) ** 2)


@_gradient_of(mean_squared_error)
def _(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(2 * (y_pred - y_true))


def mean_absolute_error(y_true, y_pred):
    r"""Absolute error, every unit of a miss counting the same.

    $$\ell(y, \hat y) = |\hat y - y| \qquad \frac{\partial \ell}{\partial \hat y} = \operatorname{sign}(\hat y - y)$$

    Minimised by the median. Range [0, ∞). At ŷ = y there is no derivative; 0 is returned, as Keras does.
    Raises `ValueError` when the shapes differ.

    >>> mean_absolute_error([1, 0], [2, 3])
    array([1., 3.])

    Source: Boscovich (1757), Laplace (1774); `keras.losses.MeanAbsoluteError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return _per_sample(np.abs(y_pred - y_true))


@_gradient_of(mean_absolute_error)
def _(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(np.sign(y_pred - y_true))


def huber(y_true, y_pred, delta=1.0):
    r"""Squared near zero, absolute far away; δ is where one turns into the other.

    $$\ell = \begin{cases} \tfrac12 r^2 & |r| \le \delta \\ \delta\,(|r| - \tfrac12\delta) & |r| > \delta\end{cases}
    \qquad \frac{\partial \ell}{\partial \hat y} = \operatorname{clip}(r, -\delta, \delta), \qquad r = \hat y - y$$

    Note the ½: with a huge δ this is half the squared error. Range [0, ∞). Raises `ValueError` when the shapes
    differ or δ is not positive.

    >>> huber([0, 0], [0.5, 3])
    array([0.125, 2.5  ])

    Source: Huber (1964); `keras.losses.Huber`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    _require(delta > 0, "delta", delta, "positive")
    miss = np.abs(y_pred - y_true)
    return _per_sample(np.where(miss <= delta, miss**2 / 2, delta * (miss - delta / 2)))


@_gradient_of(huber)
def _(y_true, y_pred, delta=1.0):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(delta > 0, "delta", delta, "positive")
    return _share(np.clip(y_pred - y_true, -delta, delta))


def log_cosh(y_true, y_pred):
    r"""A smooth relative of Huber: r²/2 near zero, |r| − log 2 far away.

    $$\ell = \log\cosh r \qquad \frac{\partial \ell}{\partial \hat y} = \tanh r, \qquad r = \hat y - y$$

    Computed as log((eʳ + e⁻ʳ)/2) without ever forming eʳ, so that r = 1000 does no harm. Range [0, ∞).
    Raises `ValueError` when the shapes differ.

    >>> log_cosh([0, 0], [0.1, 1000]).round(4)
    array([5.000000e-03, 9.993069e+02])

    Source: `keras.losses.LogCosh`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    r = y_pred - y_true
    return _per_sample(np.logaddexp(r, -r) - np.log(2))


@_gradient_of(log_cosh)
def _(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(np.tanh(y_pred - y_true))


def pinball(y_true, y_pred, q=0.5):
    r"""Absolute error with two prices: q for each unit too low, 1 − q for each unit too high.

    $$\ell = \max\bigl(q\,(y - \hat y),\ (1 - q)\,(\hat y - y)\bigr)
    \qquad \frac{\partial \ell}{\partial \hat y} = \begin{cases} -q & \hat y < y \\ 1 - q & \hat y > y \end{cases}$$

    Minimised by the q-quantile; q = ½ is half the absolute error. Also called quantile loss; Keras has none.
    Range [0, ∞). At ŷ = y there is no derivative; 0 is returned. Raises `ValueError` when the shapes differ
    or q is not between 0 and 1.

    >>> pinball([10, 10], [8, 12], q=0.9).round(3)
    array([1.8, 0.2])

    Source: Koenker and Bassett (1978); `sklearn.metrics.mean_pinball_loss`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    _require(0 < q < 1, "q", q, "between 0 and 1")
    return _per_sample(np.maximum(q * (y_true - y_pred), (1 - q) * (y_pred - y_true)))


@_gradient_of(pinball)
def _(y_true, y_pred, q=0.5):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(0 < q < 1, "q", q, "between 0 and 1")
    return _share(np.select([y_pred < y_true, y_pred > y_true], [-q, 1 - q], default=0.0))


def mean_squared_logarithmic_error(y_true, y_pred):
    r"""Squared error of log(1 + value): it measures factors, not differences.

    $$\ell = \bigl(\log(1 + \hat y) - \log(1 + y)\bigr)^2
    \qquad \frac{\partial \ell}{\partial \hat y} = \frac{2\,(\log(1 + \hat y) - \log(1 + y))}{1 + \hat y}$$

    For targets that are never negative. Predictions below 1e-7 are raised to it, as Keras does, and get the
    gradient zero: a model that starts there never leaves. Range [0, ∞). Raises `ValueError` when the shapes
    differ or a target is negative.

    >>> mean_squared_logarithmic_error([99, 99], [9, 999]).round(3)
    array([5.302, 5.302])

    Source: `keras.losses.MeanSquaredLogarithmicError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    _require(y_true >= 0, "y_true", y_true.min(), "nowhere negative")
    return _per_sample(_log_ratio(y_true, y_pred) ** 2)


@_gradient_of(mean_squared_logarithmic_error)
def _(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(y_true >= 0, "y_true", y_true.min(), "nowhere negative")
    return _share(np.where(y_pred > KERAS_EPSILON, 2 * _log_ratio(y_true, y_pred) / (1 + y_pred), 0.0))


def _log_ratio(y_true, y_pred):
    return np.log1p(np.maximum(y_pred, KERAS_EPSILON)) - np.log1p(np.maximum(y_true, KERAS_EPSILON))


def mean_absolute_percentage_error(y_true, y_pred):
    r"""Absolute error in percent of the target.

    $$\ell = 100\,\frac{|\hat y - y|}{\max(|y|, \epsilon)}
    \qquad \frac{\partial \ell}{\partial \hat y} = \frac{100\,\operatorname{sign}(\hat y - y)}{\max(|y|, \epsilon)}$$

    For targets well away from zero: ε = 1e-7 keeps y = 0 finite, at values near 1e9. A sample
    pulls with 100/|y|, so that small targets outvote large ones, and the minimiser lies low. Range [0, ∞), in percent.
    Raises `ValueError` when the shapes differ.

    >>> mean_absolute_percentage_error([100, 10], [110, 20])
    array([ 10., 100.])

    Source: Hyndman and Koehler (2006) on its defects; `keras.losses.MeanAbsolutePercentageError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return _per_sample(100 * np.abs(y_pred - y_true) / np.maximum(np.abs(y_true), KERAS_EPSILON))


@_gradient_of(mean_absolute_percentage_error)
def _(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(100 * np.sign(y_pred - y_true) / np.maximum(np.abs(y_true), KERAS_EPSILON))


def poisson(y_true, y_pred):
    r"""Negative log-likelihood of a count y under a predicted rate ŷ, without the term that ŷ cannot change.

    $$\ell = \hat y - y \log(\hat y + \epsilon)
    \qquad \frac{\partial \ell}{\partial \hat y} = 1 - \frac{y}{\hat y + \epsilon}$$

    ŷ is the rate itself, not its logarithm: give the model an `exponential` or `softplus` output. ε = 1e-7.
    Minimised by the mean; the minimum is not zero and may be negative. Raises `ValueError` when the shapes
    differ, or a target or a rate is negative.

    >>> poisson([5, 0], [5, 1]).round(3)
    array([-3.047,  1.   ])

    Source: `keras.losses.Poisson`.
    """
    y_true, y_pred = _counts(y_true, y_pred)
    return _per_sample(y_pred - y_true * np.log(y_pred + KERAS_EPSILON))


@_gradient_of(poisson)
def _(y_true, y_pred):
    y_true, y_pred = _counts(y_true, y_pred)
    return _share(1 - y_true / (y_pred + KERAS_EPSILON))


def _counts(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(y_true >= 0, "y_true", y_true.min(), "nowhere negative")
    _require(y_pred >= 0, "y_pred", y_pred.min(), "a rate, nowhere negative")
    return y_true, y_pred


def binary_crossentropy(y_true, y_pred, from_logits=False):
    r"""Negative log-probability of the label that came, for labels 0 and 1.

    $$\ell = -y \log p - (1 - y) \log(1 - p), \qquad p = \hat y \ \text{ or }\ p = \frac{1}{1 + e^{-\hat y}}
    \text{ (from\_logits)}$$
    $$\frac{\partial \ell}{\partial \hat y} = \frac{p - y}{p\,(1 - p)} \ \text{ or }\ p - y \text{ (from\_logits)}$$

    Probabilities are clipped to [1e-7, 1 − 1e-7], as Keras does, and get the gradient zero outside; logits need
    no clip. Range [0, ∞). Raises `ValueError` when the shapes differ, a label lies outside [0, 1], or a
    probability does.

    >>> binary_crossentropy([1, 0], [0.75, 0.75]).round(4)
    array([0.2877, 1.3863])
    >>> binary_crossentropy([1, 1], [1000, -1000], from_logits=True)
    array([   0., 1000.])

    Source: `keras.losses.BinaryCrossentropy`.
    """
    y_true, y_pred = _labels(y_true, y_pred, from_logits)
    if from_logits:
        return _per_sample(np.logaddexp(0, y_pred) - y_true * y_pred)
    p = np.clip(y_pred, KERAS_EPSILON, 1 - KERAS_EPSILON)
    return _per_sample(-y_true * np.log(p) - (1 - y_true) * np.log(1 - p))


@_gradient_of(binary_crossentropy)
def _(y_true, y_pred, from_logits=False):
    y_true, y_pred = _labels(y_true, y_pred, from_logits)
    if from_logits:
        return _share(np.exp(-np.logaddexp(0, -y_pred)) - y_true)
    inside = (y_pred >= KERAS_EPSILON) & (y_pred <= 1 - KERAS_EPSILON)
    p = np.where(inside, y_pred, 0.5)
    return _share(np.where(inside, (p - y_true) / (p * (1 - p)), 0.0))


def _labels(y_true, y_pred, from_logits):
    y_true, y_pred = _pair(y_true, y_pred)
    _require((y_true >= 0) & (y_true <= 1), "y_true", (y_true.min(), y_true.max()), "between 0 and 1")
    if not from_logits:
        _require((y_pred >= 0) & (y_pred <= 1), "y_pred", (y_pred.min(), y_pred.max()), PROBABILITY)
    return y_true, y_pred


def categorical_crossentropy(y_true, y_pred, from_logits=False):
    r"""Negative log-probability of the class that came, for targets that are one-hot or a distribution.

    $$\ell = -\sum_k y_k \log p_k, \qquad p = \frac{\hat y}{\sum_k \hat y_k}
    \ \text{ or }\ p_k = \frac{e^{\hat y_k}}{\sum_j e^{\hat y_j}} \text{ (from\_logits)}$$
    $$\frac{\partial \ell}{\partial \hat y_k} = \frac{\sum_j y_j}{\sum_j \hat y_j} - \frac{y_k}{\hat y_k}
    \ \text{ or }\ p_k \sum_j y_j - y_k \text{ (from\_logits)}$$

    The classes stand on the last axis: (n, K) gives (n,). Probabilities are divided by their sum and clipped to
    [1e-7, 1 − 1e-7], as Keras does, and get the gradient zero where the clip bites; logits need no clip.
    Range [0, ∞). Raises `ValueError` when the shapes differ, there is no axis of classes, a target is negative,
    or a probability lies outside [0, 1].

    >>> categorical_crossentropy([[0, 1, 0], [1, 0, 0]], [[0.15, 0.75, 0.1], [0.75, 0.15, 0.1]]).round(7)
    array([0.2876821, 0.2876821])

    Source: `keras.losses.CategoricalCrossentropy`.
    """
    y_true, y_pred = _distributions(y_true, y_pred, from_logits)
    return -(y_true * _log_probabilities(y_pred, from_logits)).sum(axis=-1)


@_gradient_of(categorical_crossentropy)
def _(y_true, y_pred, from_logits=False):
    y_true, y_pred = _distributions(y_true, y_pred, from_logits)
    if from_logits:
        return np.exp(_log_probabilities(y_pred, True)) * y_true.sum(axis=-1, keepdims=True) - y_true
    total = y_pred.sum(axis=-1, keepdims=True)
    p = y_pred / total
    inside = (p >= KERAS_EPSILON) & (p <= 1 - KERAS_EPSILON)
    pull = np.where(inside, y_true / np.where(inside, p, 1.0), 0.0)
    return ((pull * p).sum(axis=-1, keepdims=True) - pull) / total


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False):
    r"""`categorical_crossentropy` for targets that are class numbers 0 … K − 1 in place of one-hot rows.

    $$\ell = -\log p_y$$

    `y_true` has the shape of `y_pred` without its last axis, the classes: (n,) with (n, K) gives (n,), and the
    gradient has the shape (n, K). Range [0, ∞). Raises `ValueError` when the shapes do not fit, a class number is
    no integer or outside 0 … K − 1, or a probability lies outside [0, 1].

    >>> sparse_categorical_crossentropy([1, 0], [[0.15, 0.75, 0.1], [0.75, 0.15, 0.1]]).round(7)
    array([0.2876821, 0.2876821])

    Source: `keras.losses.SparseCategoricalCrossentropy`.
    """
    return categorical_crossentropy(_one_hot(y_true, y_pred), y_pred, from_logits)


@_gradient_of(sparse_categorical_crossentropy)
def _(y_true, y_pred, from_logits=False):
    return categorical_crossentropy.gradient(_one_hot(y_true, y_pred), y_pred, from_logits)


def _one_hot(y_true, y_pred):
    y_true, shape = np.asarray(y_true), np.shape(y_pred)
    if y_true.shape != shape[:-1]:
        raise ValueError(
            f"y_true has shape {y_true.shape}, y_pred has shape {shape}, and y_true must have {shape[:-1]}: "
            "one class number for each row of scores."
        )
    classes = shape[-1]
    _require(y_true == np.round(y_true), "y_true", f"{y_true.dtype} with fractions", "class numbers")
    _require(
        (y_true >= 0) & (y_true < classes), "y_true", (y_true.min(), y_true.max()), f"from 0 to {classes - 1}"
    )
    return np.eye(classes)[y_true.astype(int)]


def _distributions(y_true, y_pred, from_logits):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(y_true.ndim > 0, "y_true", "a single number", "an array with the classes on its last axis")
    _require(y_true >= 0, "y_true", y_true.min(), "nowhere negative")
    if not from_logits:
        _require((y_pred >= 0) & (y_pred <= 1), "y_pred", (y_pred.min(), y_pred.max()), PROBABILITY)
        _require(y_pred.sum(axis=-1) > 0, "y_pred", "a row of zeros", "probabilities, not all of them 0")
    return y_true, y_pred


def _log_probabilities(y_pred, from_logits):
    if from_logits:
        shifted = y_pred - y_pred.max(axis=-1, keepdims=True)  # else exp overflows
        return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    p = y_pred / y_pred.sum(axis=-1, keepdims=True)
    return np.log(np.clip(p, KERAS_EPSILON, 1 - KERAS_EPSILON))


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


@_gradient_of(hinge)
def _(y_true, y_pred):
    y_true, y_pred = _signed(y_true, y_pred)
    return _share(np.where(y_true * y_pred < 1, -y_true, 0.0))


def _signed(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    labels = set(np.unique(y_true))
    _require(
        labels <= {0, 1} or labels <= {-1, 1}, "y_true", sorted(map(float, labels)), "0 and 1, or −1 and 1"
    )
    return (2 * y_true - 1 if 0 in labels else y_true), y_pred


REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")


def reduce_loss(values, sample_weight=None, reduction="sum_over_batch_size"):
    r"""Turn one value per sample into the number that is minimised, as Keras does.

    | reduction                       | result                    |
    | ------------------------------- | ------------------------- |
    | `sum_over_batch_size`, `mean`   | $\sum_i w_i \ell_i / n$   |
    | `mean_with_sample_weight`       | $\sum_i w_i \ell_i / \sum_i w_i$, and 0 when the weights sum to 0 |
    | `sum`                           | $\sum_i w_i \ell_i$       |
    | `none`                          | the weighted values $w_i \ell_i$ themselves |

    n counts the values, whatever the weights: twice the weights is twice the loss, except with
    `mean_with_sample_weight`. Raises `ValueError` for an unknown reduction, for an empty batch, and when
    `sample_weight` has another shape than `values`.

    >>> reduce_loss([1, 9], sample_weight=[3, 1])
    6.0
    >>> reduce_loss([1, 9], sample_weight=[3, 1], reduction="mean_with_sample_weight")
    3.0

    Source: `keras.losses.Loss`, argument `reduction`.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}, and {reduction!r} came.")
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError(f"values is empty (shape {values.shape}); a loss needs at least one sample.")
    weights = np.ones(values.shape) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    if weights.shape != values.shape:
        raise ValueError(
            f"sample_weight has shape {weights.shape}, values has shape {values.shape}, and both must be equal."
        )
    weighted = weights * values
    if reduction == "none":
        return weighted
    total = float(weighted.sum())
    if reduction == "sum":
        return total
    divisor = float(weights.sum()) if reduction == "mean_with_sample_weight" else values.size
    return total / divisor if divisor else 0.0
