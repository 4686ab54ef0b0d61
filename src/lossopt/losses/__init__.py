"""Loss functions in NumPy, each with its gradient beside it.

Every loss takes `y_true` and `y_pred` of one and the same shape and returns one value per sample:

* shape (n,): n samples with one number each, so n values come back;
* shape (n, …, d): the last axis is averaged, as Keras does, and (n, …) comes back.

(Keras averages the last axis of an (n,) array too, and returns a single number. Give it (n, 1) to get n values.)

Losses of vectors (of class scores, of directions, of embeddings) take the vectors on the last axis and say so;
overlap, circle and CTC losses say what they take.

`loss.gradient` takes the same arguments and returns the derivative of the values' sum with respect to `y_pred`, in
the shape of `y_pred`; as one sample's value seldom depends on another's prediction, that is each sample's own slope.
Where several arguments are predicted (`gaussian_nll`, `triplet`) it returns one derivative for each, as a tuple.

NaN passes through, as in Keras, except into arguments whose range is checked: those refuse it.
"""

import numpy as np

KERAS_EPSILON = 1e-7  # keras.config.epsilon(): keeps divisions and logarithms of zero finite
TINY = np.finfo(float).tiny  # stands in for a zero that a power below 1 would turn into infinity
PROBABILITY = "a probability between 0 and 1 (for raw scores: from_logits=True)"


def _pair(y_true, y_pred, names=("y_true", "y_pred")):
    """Return both as float arrays; refuse different shapes before NumPy can broadcast them silently."""
    y_true, y_pred = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    first, second = names
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"{first} has shape {y_true.shape}, {second} has shape {y_pred.shape}, and both must be equal.\n"
            "Of (n,) against (n, 1) NumPy would silently make (n, n): reshape one of them."
        )
    _require_samples(y_true, first)
    return y_true, y_pred


def _require_samples(array, name):
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape}); a loss needs at least one sample.")


def _require(condition, name, value, allowed):
    """Refuse an argument outside its range, naming it, what came and what is allowed."""
    if not np.all(condition):
        raise ValueError(f"{name} must be {allowed}, and {value} came.")


def _extent(values):
    return f"{values.min():.6g} to {values.max():.6g}"


def _per_sample(values, axis=-1):
    """Average the last axis, or the one asked for, of everything that has more than one axis."""
    return values.mean(axis=axis) if values.ndim > 1 else values


def _share(slopes, axis=-1):
    """Divide slopes by the length of the axis that `_per_sample` averages."""
    return slopes / slopes.shape[axis] if slopes.ndim > 1 else slopes


def _clip(p):
    """Keep a probability off 0 and 1, as Keras does before it takes a logarithm."""
    return np.clip(p, KERAS_EPSILON, 1 - KERAS_EPSILON)


def _inside(p):
    """True where the clip leaves a probability alone; elsewhere the gradient is zero."""
    return (p >= KERAS_EPSILON) & (p <= 1 - KERAS_EPSILON)


def _softplus(z):
    return np.logaddexp(0, z)  # log(1 + eᶻ) without ever forming eᶻ


def _sigmoid(z):
    return np.exp(-_softplus(-z))


def _log_softmax(z, axis):
    shifted = z - z.max(axis=axis, keepdims=True)  # else exp overflows
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def _gradient_of(loss, gradient, predictions="`y_pred`, in the shape of `y_pred`"):
    """Make a function `loss.gradient`, under that name."""
    gradient.__name__ = gradient.__qualname__ = f"{loss.__name__}.gradient"
    gradient.__doc__ = f"Derivative of `{loss.__name__}` with respect to {predictions}."
    loss.gradient = gradient


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


def _mean_squared_error_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(2 * (y_pred - y_true))


_gradient_of(mean_squared_error, _mean_squared_error_gradient)


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


def _mean_absolute_error_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(np.sign(y_pred - y_true))


_gradient_of(mean_absolute_error, _mean_absolute_error_gradient)


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


def _huber_gradient(y_true, y_pred, delta=1.0):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(delta > 0, "delta", delta, "positive")
    return _share(np.clip(y_pred - y_true, -delta, delta))


_gradient_of(huber, _huber_gradient)


def log_cosh(y_true, y_pred):
    r"""A smooth relative of Huber: r²/2 near zero, |r| − log 2 far away.

    $$\ell = \log\cosh r \qquad \frac{\partial \ell}{\partial \hat y} = \tanh r, \qquad r = \hat y - y$$

    Computed as log((eʳ + e⁻ʳ)/2) without ever forming eʳ, so that r = 1000 does no harm. Keras rounds log 2 to
    float32, and so is off by 1.9e-9 even in float64. Range [0, ∞). Raises `ValueError` when the shapes differ.

    >>> log_cosh([0, 0], [0.1, 1000]).round(4)
    array([5.000000e-03, 9.993069e+02])

    Source: `keras.losses.LogCosh`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    r = y_pred - y_true
    return _per_sample(np.logaddexp(r, -r) - np.log(2))


def _log_cosh_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(np.tanh(y_pred - y_true))


_gradient_of(log_cosh, _log_cosh_gradient)


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


def _pinball_gradient(y_true, y_pred, q=0.5):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(0 < q < 1, "q", q, "between 0 and 1")
    return _share(np.select([y_pred < y_true, y_pred > y_true], [-q, 1 - q]))


_gradient_of(pinball, _pinball_gradient)


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


def _mean_squared_logarithmic_error_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    _require(y_true >= 0, "y_true", y_true.min(), "nowhere negative")
    return _share(np.where(y_pred >= KERAS_EPSILON, 2 * _log_ratio(y_true, y_pred) / (1 + y_pred), 0.0))


_gradient_of(mean_squared_logarithmic_error, _mean_squared_logarithmic_error_gradient)


def _log_ratio(y_true, y_pred):
    return np.log1p(np.maximum(y_pred, KERAS_EPSILON)) - np.log1p(np.maximum(y_true, KERAS_EPSILON))


def mean_absolute_percentage_error(y_true, y_pred):
    r"""Absolute error in percent of the target.

    $$\ell = 100\,\frac{|\hat y - y|}{\max(|y|, \varepsilon)}
    \qquad \frac{\partial \ell}{\partial \hat y} = \frac{100\,\operatorname{sign}(\hat y - y)}{\max(|y|, \varepsilon)}$$

    For targets well away from zero: ε = 1e-7 keeps y = 0 finite, at 1e9 for each unit of the miss. A sample pulls
    with 100/|y|, so that small targets outvote large ones, and the minimiser lies low. Range [0, ∞), in percent.
    Raises `ValueError` when the shapes differ.

    >>> mean_absolute_percentage_error([100, 10], [110, 20])
    array([ 10., 100.])

    Source: Hyndman and Koehler (2006) on its defects; `keras.losses.MeanAbsolutePercentageError`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return _per_sample(100 * np.abs(y_pred - y_true) / np.maximum(np.abs(y_true), KERAS_EPSILON))


def _mean_absolute_percentage_error_gradient(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return _share(100 * np.sign(y_pred - y_true) / np.maximum(np.abs(y_true), KERAS_EPSILON))


_gradient_of(mean_absolute_percentage_error, _mean_absolute_percentage_error_gradient)


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


def cosine_similarity(y_true, y_pred, axis=-1):
    r"""Cosine of the angle between two vectors, with a minus sign so that it can be minimised.

    $$\ell = -u \cdot \hat u, \quad u = \frac{y}{\|y\|}, \quad \hat u = \frac{\hat y}{\|\hat y\|} \qquad
    \frac{\partial \ell}{\partial \hat y} = \frac{(u \cdot \hat u)\,\hat u - u}{\|\hat y\|}$$

    The vectors stand on the axis given: (n, d) gives (n,). Only the direction counts, and −1 is the best. A length
    below 1e-7 is taken as 1e-7, as Keras does, so that a zero vector gives 0. Range [−1, 1]. Raises `ValueError`
    when the shapes differ.

    >>> cosine_similarity([[3, 4], [3, 4]], [[6, 8], [8, 6]])
    array([-1.  , -0.96])

    Source: `keras.losses.CosineSimilarity`.
    """
    (u, _), (u_hat, _) = (_unit(vectors, axis) for vectors in _pair(y_true, y_pred))
    return -(u * u_hat).sum(axis=axis)


def _cosine_similarity_gradient(y_true, y_pred, axis=-1):
    (u, _), (u_hat, length) = (_unit(vectors, axis) for vectors in _pair(y_true, y_pred))
    turn = np.where(length > KERAS_EPSILON, (u * u_hat).sum(axis=axis, keepdims=True), 0.0)
    return (turn * u_hat - u) / length


_gradient_of(cosine_similarity, _cosine_similarity_gradient)


def _unit(vectors, axis):
    length = np.maximum(np.sqrt((vectors**2).sum(axis=axis, keepdims=True)), KERAS_EPSILON)
    return vectors / length, length


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


def _parts_of_one(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    for name, value in (("y_true", y_true), ("y_pred", y_pred)):
        _require((value >= 0) & (value <= 1), name, _extent(value), "between 0 and 1")
    return y_true, y_pred


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


def _require_probabilities(y_pred, from_logits):
    if not from_logits:
        _require((y_pred >= 0) & (y_pred <= 1), "y_pred", _extent(y_pred), PROBABILITY)


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


def _one_each(y_true, y_pred, axis=-1):
    """Return y_true as an array; refuse it unless it has one number for each vector on that axis of `y_pred`."""
    y_true, shape = np.asarray(y_true), y_pred.sum(axis=axis).shape
    if y_true.shape != shape:
        raise ValueError(
            f"y_true has shape {y_true.shape}, y_pred has shape {y_pred.shape}, and y_true must have {shape}: "
            "one class number for each row of scores."
        )
    _require_samples(y_pred, "y_pred")
    return y_true


def _class_numbers(y_true, classes):
    _require(y_true == np.round(y_true), "y_true", f"{y_true.dtype} with fractions", "class numbers")
    _require((y_true >= 0) & (y_true < classes), "y_true", _extent(y_true), f"from 0 to {classes - 1}")
    return y_true.astype(int)


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


def _switches(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    _require((y_true == 0) | (y_true == 1), "y_true", _extent(y_true), "0 or 1")
    return y_true, y_pred


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


def circle(y_true, y_pred, gamma=80.0, margin=0.4, remove_diagonal=True):
    r"""Pulls embeddings of one class together and others apart, each pair the harder the farther off it is.

    $$\ell_i = \log\Bigl( 1 + \sum_{j:\,y_j = y_i} e^{-\gamma\,[1 + m - s_{ij}]_+ (s_{ij} - 1 + m)}
    \sum_{j:\,y_j \ne y_i} e^{\gamma\,[s_{ij} + m]_+ (s_{ij} - m)} \Bigr), \qquad s_{ij} = \hat y_i \cdot \hat y_j$$

    The exponents' slopes in s are −2γ(1 − s) and 2γs (0 below −m). `y_true` holds n class numbers, `y_pred` n
    embeddings of length 1, one a row: (n,) with (n, d) gives (n,). All pairs of the batch take part (Keras mines
    none), j = i only with `remove_diagonal=False`. A sample without partner or rival gets 0, and Keras's class leaves
    zeros out of its mean: `reduce_loss(values, mask=values > 0)`. An s above 1 counts as 1. Each value depends on the
    whole batch; the gradient is that of their sum. It runs through [·]₊, as in Keras; the paper holds that constant.
    Range [0, ∞). Raises `ValueError` when the shapes do not fit, γ is not positive or m is negative.

    >>> circle([0, 0, 1], [[1, 0], [0.8, 0.6], [0, 1]], gamma=1).round(4)
    array([0.5629, 0.7339, 0.    ])

    Source: Sun and others (2020); `keras.losses.Circle`.
    """
    _, exponents, _ = _circle(y_true, y_pred, gamma, margin, remove_diagonal)
    return _softplus(sum(_log_sum(exponent) for exponent in exponents))[:, 0]


def _circle_gradient(y_true, y_pred, gamma=80.0, margin=0.4, remove_diagonal=True):
    y_pred, (pull, push), (pull_slope, push_slope) = _circle(y_true, y_pred, gamma, margin, remove_diagonal)
    loss = _softplus(_log_sum(pull) + _log_sum(push))
    slopes = (
        np.exp(pull + _log_sum(push) - loss) * pull_slope + np.exp(push + _log_sum(pull) - loss) * push_slope
    )
    return (slopes + slopes.T) @ y_pred


_gradient_of(circle, _circle_gradient)


def _circle(y_true, y_pred, gamma, margin, remove_diagonal):
    y_pred = np.asarray(y_pred, dtype=float)
    y_true = _one_each(y_true, y_pred)
    _require(y_true.ndim == 1, "y_true", f"shape {y_true.shape}", "of shape (n,)")
    _require(gamma > 0, "gamma", gamma, "positive")
    _require(margin >= 0, "margin", margin, "0 or more")
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


def ctc(y_true, y_pred):
    r"""Negative log-probability of a label sequence, over every way to stretch it to the length of the input.

    $$\ell = -\log \sum_{\pi \to y} \prod_t p_t(\pi_t) \qquad
    \frac{\partial \ell}{\partial \hat y_{tk}} = p_t(k) - P(\pi_t = k \mid y)$$

    A path π names a class for each time step; it stands for y if y remains when repeats are merged and then blanks,
    class 0, are dropped. `y_pred` holds logits (n, T, K), p their softmax; `y_true` holds n rows of class numbers
    with zeros behind the last label: (n, L) gives (n,). Keras computes in float32 and returns about 710 for labels
    that do not fit into T steps. Range [0, ∞). Raises `ValueError` when the shapes do not fit, a label is no class
    number or stands behind a zero, or the labels do not fit.

    >>> ctc([[1, 0]], [[[0, 0], [0, 0]]]).round(4)
    array([0.2877])

    Three of the four paths, 11, 01 and 10, stand for y = 1, hence −log ¾.

    Source: Graves and others (2006); `keras.losses.CTC`.
    """
    labels, log_p = _sequences(y_true, y_pred)
    return np.array([-total for total, _ in map(_alignment, labels, log_p)])


def _ctc_gradient(y_true, y_pred):
    labels, log_p = _sequences(y_true, y_pred)
    return np.exp(log_p) - np.array([occupied for _, occupied in map(_alignment, labels, log_p)])


_gradient_of(ctc, _ctc_gradient)


def _alignment(labels, log_p):
    """log P(y), and P(π_t = k | y) in the shape (T, K)."""
    states = np.zeros(2 * np.count_nonzero(labels) + 1, dtype=int)  # blank, label, blank, label, …, blank
    states[1::2] = labels[labels != 0]
    emitted = log_p[:, states]
    forward = _ways(emitted, states)
    backward = _ways(emitted[::-1, ::-1], states[::-1])[::-1, ::-1]
    total = np.logaddexp.reduce(forward[-1, -2:])
    occupied = np.exp(forward + backward - emitted - total)
    return total, occupied @ np.eye(log_p.shape[1])[states]


def _ways(emitted, states):
    """log of the probability of all paths to each state at each step, from one of the first two states on."""
    ways = np.full(emitted.shape, -np.inf)
    ways[0, :2] = emitted[0, :2]
    leap = np.where(states[2:] != states[:-2], 0.0, -np.inf)  # over a blank, between different labels
    for t in range(1, len(emitted)):
        ways[t] = ways[t - 1]
        ways[t, 1:] = np.logaddexp(ways[t, 1:], ways[t - 1, :-1])
        ways[t, 2:] = np.logaddexp(ways[t, 2:], ways[t - 1, :-2] + leap)
        ways[t] += emitted[t]
    return ways


def _sequences(y_true, y_pred):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred, dtype=float)
    if y_true.ndim != 2 or y_pred.ndim != 3 or len(y_true) != len(y_pred):
        raise ValueError(
            f"y_true has shape {y_true.shape}, y_pred has shape {y_pred.shape}, and they must have "
            "(n, L) and (n, T, K)."
        )
    _require_samples(y_pred, "y_pred")
    y_true = _class_numbers(y_true, y_pred.shape[2])
    label = y_true != 0
    _require(label[:, :-1] >= label[:, 1:], "y_true", "a label behind a zero", "labels, then zeros")
    needed = label.sum(axis=1) + (label[:, 1:] & (y_true[:, 1:] == y_true[:, :-1])).sum(axis=1)
    steps = y_pred.shape[1]
    _require(
        needed <= steps, "y_true", needed.max(), f"labels for at most {steps} steps, repeats counted twice"
    )
    return y_true, _log_softmax(y_pred, axis=-1)


def triplet(anchor, positive, negative, margin=0.2):
    r"""Wants a sample nearer to one of its own kind than to one of another, by a margin.

    $$\ell = \bigl[ \|a - p\|^2 - \|a - n\|^2 + m \bigr]_+$$
    $$\frac{\partial \ell}{\partial (a, p, n)} = 2\,(n - p),\ 2\,(p - a),\ 2\,(a - n) \quad \text{where } \ell > 0$$

    Embeddings stand on the last axis: three times (n, d) gives (n,), and the gradient is a triple. Keras has none;
    PyTorch and optax take the distances without their squares, and m = 1. Range [0, ∞). Raises `ValueError` when the
    shapes differ or m is negative.

    >>> triplet([[0, 0]], [[1, 0]], [[0, 1]])
    array([0.2])

    Source: Schroff, Kalenichenko and Philbin (2015).
    """
    *_, excess = _triplet(anchor, positive, negative, margin)
    return np.maximum(0, excess)


def _triplet_gradient(anchor, positive, negative, margin=0.2):
    a, p, n, excess = _triplet(anchor, positive, negative, margin)
    twice = 2.0 * (excess > 0)[..., None]
    return twice * (n - p), twice * (p - a), twice * (a - n)


_gradient_of(triplet, _triplet_gradient, "`anchor`, `positive` and `negative`, as a triple")


def _triplet(anchor, positive, negative, margin):
    a, p = _pair(anchor, positive, names=("anchor", "positive"))
    a, n = _pair(anchor, negative, names=("anchor", "negative"))
    _require(margin >= 0, "margin", margin, "0 or more")
    return a, p, n, ((a - p) ** 2).sum(axis=-1) - ((a - n) ** 2).sum(axis=-1) + margin


def contrastive(y_true, y_pred, margin=1.0):
    r"""Of the distance between two embeddings: wants pairs alike at 0, and pairs unlike a margin apart.

    $$\ell = \tfrac12 (1 - y)\,\hat y^2 + \tfrac12\,y\,[m - \hat y]_+^2 \qquad
    \frac{\partial \ell}{\partial \hat y} = (1 - y)\,\hat y - y\,[m - \hat y]_+$$

    ŷ is the distance, y is 0 for a pair alike and 1 for a pair unlike, as in the paper; others swap the labels or
    leave out the ½. Keras has none. Range [0, ∞). Raises `ValueError` when the shapes differ, a label is neither 0 nor
    1, a distance is negative or m is not positive.

    >>> contrastive([0, 1, 1], [0.5, 0.5, 2])
    array([0.125, 0.125, 0.   ])

    Source: Hadsell, Chopra and LeCun (2006).
    """
    y, distance, short = _contrast(y_true, y_pred, margin)
    return _per_sample(((1 - y) * distance**2 + y * short**2) / 2)


def _contrastive_gradient(y_true, y_pred, margin=1.0):
    y, distance, short = _contrast(y_true, y_pred, margin)
    return _share((1 - y) * distance - y * short)


_gradient_of(contrastive, _contrastive_gradient)


def _contrast(y_true, y_pred, margin):
    y, distance = _switches(y_true, y_pred)
    _require(distance >= 0, "y_pred", distance.min(), "a distance, nowhere negative")
    _require(margin > 0, "margin", margin, "positive")
    return y, distance, np.maximum(0, margin - distance)


REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")


def reduce_loss(values, sample_weight=None, reduction="sum_over_batch_size", mask=None):
    r"""Turn one value per sample into the number that is minimised, as Keras does.

    | reduction                       | result                    |
    | ------------------------------- | ------------------------- |
    | `sum_over_batch_size`, `mean`   | $\sum_i w_i \ell_i / n$   |
    | `mean_with_sample_weight`       | $\sum_i w_i \ell_i / \sum_i w_i$, and 0 when the weights sum to 0 |
    | `sum`                           | $\sum_i w_i \ell_i$       |
    | `none` or None                  | the weighted values $w_i \ell_i$ themselves |

    n counts the values, whatever the weights: twice the weights is twice the loss, except with
    `mean_with_sample_weight`. Where `mask` is False a value has the weight 0 and is not counted; with all of them
    masked the means are 0. Raises `ValueError` for an unknown reduction, for an empty batch, and when
    `sample_weight` or `mask` has another shape than `values` (Keras would broadcast).

    >>> reduce_loss([1, 9], sample_weight=[3, 1])
    6.0
    >>> reduce_loss([1, 9], sample_weight=[3, 1], reduction="mean_with_sample_weight")
    3.0
    >>> reduce_loss([1, 9], mask=[True, False])
    1.0

    Source: `keras.losses.Loss`, argument `reduction`.
    """
    if reduction not in (*REDUCTIONS, None):
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}, and {reduction!r} came.")
    values = np.asarray(values)
    _require_samples(values, "values")
    weights = _alike("sample_weight", sample_weight, values)
    counted = _alike("mask", mask, values).astype(bool)
    weights = weights * counted
    weighted = weights * values
    if reduction in ("none", None):
        return weighted
    total = float(weighted.sum())
    if reduction == "sum":
        return total
    divisor = float((weights if reduction == "mean_with_sample_weight" else counted).sum())
    return total / divisor if divisor else 0.0


def _alike(name, array, values):
    """Ones for None; otherwise the array, refused unless it has the shape of `values`."""
    array = np.ones(values.shape) if array is None else np.asarray(array, dtype=float)
    if array.shape != values.shape:
        raise ValueError(
            f"{name} has shape {array.shape}, values has shape {values.shape}, and both must be equal."
        )
    return array
