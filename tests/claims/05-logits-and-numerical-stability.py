"""Prove what the chapter on logits and numerical stability claims."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

F32 = np.float32
keras_losses = keras.losses
MODES = {
    "eager": lambda function: function,
    "compiled": tf.function,
    "XLA": lambda function: tf.function(function, jit_compile=True),
}


@pytest.fixture(autouse=True)
def quietly():
    with np.errstate(all="ignore"):
        yield


def with_gradient(loss, z):
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = loss(z)
    return value, tape.gradient(value, z)


def both(loss, z, mode="eager"):
    """Return the value of a loss at z and its gradient, as NumPy arrays."""
    step = MODES[mode](lambda z: with_gradient(loss, z))
    return [result.numpy() for result in step(tf.constant(z, tf.float32))]


def kind_and_classes(name):
    kind, _, classes = name.partition(", K = ")
    return kind, int(classes or 2)


def loss_of(kind, classes, from_logits, reduction="sum_over_batch_size"):
    """Return a loss of (class numbers, outputs); a binary one has one output a sample."""
    if kind == "binary":
        loss = keras_losses.BinaryCrossentropy(from_logits=from_logits, reduction=reduction)
        return lambda labels, outputs: loss(np.reshape(labels, (-1, 1)).astype(F32), outputs)
    if kind == "categorical":
        loss = keras_losses.CategoricalCrossentropy(from_logits=from_logits, reduction=reduction)
        return lambda labels, outputs: loss(np.eye(classes, dtype=F32)[labels], outputs)
    loss = keras_losses.SparseCategoricalCrossentropy(from_logits=from_logits, reduction=reduction)
    return lambda labels, outputs: loss(np.asarray(labels), outputs)


def hidden(kind, z):
    """Return probabilities whose scores Keras cannot find."""
    return (tf.sigmoid(z) if kind == "binary" else tf.nn.softmax(z)) * 1.0


def perfect(kind, labels, classes):
    """Return the probabilities of a model that is always right and certain."""
    return np.reshape(labels, (-1, 1)).astype(F32) if kind == "binary" else np.eye(classes, dtype=F32)[labels]


def stable_binary(y, z):
    return y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)


def lowest(loss, low=-30.0, high=30.0):
    """Return the lowest value of a loss of one score, and the score, on a fine grid."""
    grid = np.linspace(low, high, 6001)
    values = loss(grid)
    return values.min(), grid[values.argmin()]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def naive(y, z):
    p = 1 / (1 + tf.exp(-z))
    return -y * tf.math.log(p) - (1 - y) * tf.math.log(1 - p)


def naive_softmax(z):
    e = tf.exp(z)
    return -tf.math.log(e[0] / tf.reduce_sum(e))


# When something is wrong


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize(
    "loss",
    [
        "binary",
        "categorical, K = 10",
        "sparse, K = 3",
        "sparse, K = 10",
    ],
)
def test_first_loss(mode, loss):
    """the first loss is near log K: 0.6931 for two classes, 2.3026 for ten | train | scores near 0 give each class the
    probability 1/K
    """
    kind, classes = kind_and_classes(loss)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, 500)
    scores = rng.normal(0, 0.05, (500, 1 if kind == "binary" else classes))
    value, _ = both(lambda z: loss_of(kind, classes, True)(labels, z), scores, mode)
    assert abs(value - np.log(classes)) < 0.01
    assert abs(np.log(2) - 0.6931) < 5e-5 and abs(np.log(10) - 2.3026) < 5e-5
    shares = sigmoid(scores) if kind == "binary" else keras.ops.softmax(scores).numpy()
    assert np.allclose(shares, 1 / classes, atol=0.1 / classes + 0.02)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("frequent", ["equally", "unequally"])
def test_loss_at_log_k(classes, frequent):
    """the loss stays at log K, with equally frequent classes | check labels, input scale, learning rate, `from_logits`
    | a model that has learned nothing can do no better
    """
    share = np.full(classes, 1 / classes)
    if frequent == "unequally":
        share = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    answers = np.random.default_rng(0).dirichlet(np.ones(classes), 5000)  # the same for every input
    answers = np.vstack([answers, share])
    best = (-(share * np.log(answers)).sum(axis=1)).min()
    assert (best > np.log(classes) - 1e-9) == (frequent == "equally")  # otherwise the shares alone do better


@pytest.mark.parametrize(
    "loss",
    [
        "binary",
        "categorical, K = 10",
        "sparse, K = 3",
        "sparse, K = 10",
    ],
)
@pytest.mark.parametrize("cause", ["inputs from 0 to 255", "scores taken for probabilities"])
def test_first_loss_far_above(loss, cause):
    """the first loss is far above log K | scale the inputs; for scores pass `from_logits=True` | large scores give
    large losses; a negative score taken for a probability is clipped
    """
    kind, classes = kind_and_classes(loss)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, 300)
    weights = rng.uniform(-1, 1, (64, 1 if kind == "binary" else classes)) * np.sqrt(6 / (64 + classes))
    pixels = rng.integers(0, 256, (300, 64))
    small = ((pixels / 255 - 0.5) @ weights).astype(F32)
    cured = float(loss_of(kind, classes, True)(labels, small))
    if cause == "inputs from 0 to 255":
        wrong = float(loss_of(kind, classes, True)(labels, (pixels @ weights).astype(F32)))
    else:
        wrong = float(loss_of(kind, classes, False)(labels, small))
        assert float(loss_of("binary", 2, False)([1], np.array([[-0.3]]))) == pytest.approx(-np.log(1e-7))
    assert wrong > 1.8 * np.log(classes) and cured < 1.4 * np.log(classes)
    assert wrong > 1.6 * cured


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize(
    "share",
    [
        pytest.param(1.0, id="only label 1"),
        pytest.param(0.0, id="only label 0"),
        pytest.param(0.5, id="half of each"),
        pytest.param(0.3, id="30 % ones"),
    ],
)
def test_second_sigmoid(mode, share):
    """the loss stops at 0.3133 (only label 1), 0.6931 (only label 0) or 0.5032 (half of each) | end in `Dense(1)`
    without activation | the sigmoid is applied twice

    No: a perfect classifier with a second sigmoid stops between 0.313 and 0.693.
    """
    labels = (np.arange(100) < 100 * share).astype(int)
    loss = loss_of("binary", 2, True)
    twice, slope = both(
        lambda z: loss(labels, hidden("binary", z)), np.where(labels, 40.0, -40.0)[:, None], mode
    )
    floor = {1.0: 0.3133, 0.0: 0.6931, 0.5: 0.5032}.get(share, 0.3 * np.log1p(np.exp(-1)) + 0.7 * np.log(2))
    assert twice == pytest.approx(floor, abs=1e-4) and abs(slope).max() < 1e-12  # and there it stops
    assert 0.313 < twice < 0.6932
    others = np.random.default_rng(0).normal(0, 5, (5, 100, 1)).astype(F32)
    assert all(loss(labels, hidden("binary", z)) > twice for z in others)
    once, _ = both(lambda z: loss(labels, z), np.where(labels, 40.0, -40.0)[:, None], mode)
    assert once < 1e-6


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("kind", ["categorical", "sparse"])
@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_second_softmax(mode, kind, classes):
    """the loss stops at 1.4612 with ten classes | end in `Dense(10)` without activation | the softmax is applied twice;
    for K classes the floor is log(1 + (K − 1)/e)
    """
    labels, loss = np.arange(classes)[:10], loss_of(kind, classes, True)
    scores = 200 * np.eye(classes, dtype=F32)[labels]
    twice, slope = both(lambda z: loss(labels, hidden("softmax", z)), scores, mode)
    assert twice == pytest.approx(np.log(1 + (classes - 1) / np.e), rel=1e-5)
    assert abs(slope).max() < 1e-6 and (classes != 10 or abs(twice - 1.4612) < 5e-5)
    for z in np.random.default_rng(0).normal(0, 5, (5, *scores.shape)).astype(F32):
        assert loss(labels, hidden("softmax", z)) > twice
    once, _ = both(lambda z: loss(labels, z), scores, mode)
    assert once == 0


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize(
    "loss", ["binary", "categorical, K = 3", "sparse, K = 2", "sparse, K = 3", "sparse, K = 10"]
)
@pytest.mark.parametrize("share", [pytest.param(1.0, id="all samples"), pytest.param(0.1, id="a tenth")])
def test_beyond_the_clip(mode, loss, share):
    """the loss is 16.118 (binary, label 0: 15.942), or stops at a share of it such as 1.612 | pass logits with
    `from_logits=True` | all samples, or that share, are beyond the clip: no gradient (sparse, three or more
    classes: rounding noise)

    A clip keeps the loss finite, but the most wrong samples get no gradient beyond rounding noise.
    """
    kind, classes = kind_and_classes(loss)
    rng = np.random.default_rng(0)
    wrong = np.arange(50) < 50 * share
    from_p, from_scores = (loss_of(kind, classes, logits) for logits in (False, True))
    for label in (1, 0) if kind == "binary" else (1,):
        labels = np.full(50, label)
        z = np.zeros((50, 1 if kind == "binary" else classes)) + 0.1 * rng.normal(size=(50, 1))
        if kind == "binary":
            z = z + np.where(wrong, -60, 60)[:, None] * (1 if label else -1)
        else:
            z = rng.normal(size=z.shape)
            z[:, label] += np.where(wrong, -60, 60)
        value, slope = both(lambda z, labels=labels: from_p(labels, hidden(kind, z)), z, mode)
        assert value == pytest.approx(
            share * (15.942 if kind == "binary" and label == 0 else 16.118), abs=2e-3
        )
        assert np.isfinite(value)
        noise = 1e-6 if kind == "sparse" and classes > 2 else 0
        assert abs(slope).max() * 50 <= noise
        value, slope = both(lambda z, labels=labels: from_scores(labels, z), z, mode)
        assert value > 50 * share and (abs(slope).max(axis=1) * 50 > 0.9).sum() == wrong.sum()
    assert abs(0.1 * -np.log(1e-7) - 1.612) < 5e-4


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize(
    "loss",
    ["binary", "categorical, K = 10", "sparse, K = 3", "sparse, K = 1000"],
)
def test_every_sample_right(mode, loss):
    """the loss is 1.19e-07, or sparse about (K − 1) · 1e-7 | look for the label among the inputs | every sample is
    right, and clipped probabilities allow no smaller loss
    """
    kind, classes = kind_and_classes(loss)
    labels = np.arange(min(classes, 20))
    its_loss = loss_of(kind, classes, False)
    value, _ = both(lambda p: its_loss(labels, p), perfect(kind, labels, classes), mode)
    assert value == pytest.approx(
        (classes - 1) * 1e-7 if kind == "sparse" else 1.19e-7, rel=0.25 if kind == "sparse" else 0.01
    )
    for p in np.random.default_rng(0).dirichlet(np.ones(classes), (20, len(labels))).astype(F32):
        assert its_loss(labels, p[:, :1] if kind == "binary" else p) > value


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize(
    "positives", [pytest.param(0.5, id="half of the labels are 1"), pytest.param(0.2, id="a fifth")]
)
def test_softmax_over_one_score(mode, positives):
    """with one score, the categorical loss is 0, or the sparse loss rejects label 1
    | use `BinaryCrossentropy` with logits, and drop the softmax | a softmax over one score is always 1;
    if it stays, the new loss falls, but every prediction is 1
    """
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=40), np.ones(40)]).astype(F32)
    y = (x[:, :1] > np.quantile(x[:, 0], 1 - positives)).astype(F32)
    start = np.full((2, 1), 0.1, F32)

    def train(loss, output):
        step, w, values = MODES[mode](lambda w: with_gradient(lambda w: loss(y, output(x @ w)), w)), start, []
        for _ in range(30):
            value, slope = step(tf.constant(w))
            w = w - 2 * slope.numpy()
            values.append(float(value))
        return values, output(tf.constant(x @ w)).numpy()

    assert (
        both(lambda w: keras_losses.CategoricalCrossentropy()(y, keras.ops.softmax(x @ w)), start, mode)[0]
        == 0
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="label value of 1 which is outside"):
        sparse = keras_losses.SparseCategoricalCrossentropy()
        both(lambda w: sparse(y.astype(int), keras.ops.softmax(x @ w)), start, mode)
    for from_logits in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warns of the softmax
            values, p = train(keras_losses.BinaryCrossentropy(from_logits=from_logits), keras.ops.softmax)
        assert np.allclose(p, 1, rtol=0, atol=1e-6)
        assert from_logits or values[-1] < 0.8 * values[0]
    values, z = train(keras_losses.BinaryCrossentropy(from_logits=True), lambda z: z)
    assert np.mean((z > 0) == y) > 0.85


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("label", [2, -1, 0.3])
def test_binary_loss_below_zero(mode, label):
    """a binary loss is below 0 | look at `np.unique(y)` | a label is not between 0 and 1"""
    loss = keras_losses.BinaryCrossentropy(from_logits=True)
    y = np.array([[label]], F32)
    lowest = min(both(lambda z: loss(y, z), [[z]], mode)[0] for z in (-20.0, -1.0, 1.0, 20.0))
    assert (lowest < 0) == (label not in np.array([0.3]))
    clipped = keras_losses.BinaryCrossentropy()
    lowest = min(both(lambda p: clipped(y, p), [[p]], mode)[0] for p in (0.001, 0.3, 0.999))
    assert (lowest < 0) == (label != 0.3)


@pytest.mark.parametrize("metric", ["accuracy", "recall", "AUC"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_metric_of_scores(metric, mode):
    """binary accuracy, recall or AUC does not fit the loss | set `threshold=0.0`, `thresholds=0.0` or
    `from_logits=True` in the metric | it takes scores for probabilities
    """
    y = np.array([1, 1, 1, 1, 0, 0, 0, 0.0])[:, None]
    z = np.array([4, 2, 0.3, 0.2, 3, 1.5, -1, -3])[:, None]
    m = keras.metrics
    wrong, right, truth = {
        "accuracy": ("accuracy", m.BinaryAccuracy(threshold=0.0), np.mean((z > 0) == y)),
        "recall": (m.Recall(), m.Recall(thresholds=0.0), np.mean(z[y == 1] > 0)),
        "AUC": (m.AUC(), m.AUC(from_logits=True), np.mean(z[y == 1][:, None] > z[y == 0])),
    }[metric]
    for used, expected in ((wrong, False), (right, True)):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
        loss = keras_losses.BinaryCrossentropy(from_logits=True)
        model.compile(loss=loss, metrics=[used], run_eagerly=mode == "eager")
        assert (abs(model.evaluate(z, y, verbose=0)[1] - truth) < 0.01) == expected


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize("kind", ["binary", "sparse"])
@pytest.mark.parametrize("cause", ["log of 0", "exp overflows"])
def test_own_loss_is_infinite(mode, kind, cause):
    """your own loss is `inf` | rewrite it with log-sum-exp or softplus | it took the log of 0, or `exp` overflowed"""
    if kind == "binary":
        z = -100.0
        wrong = {
            "log of 0": lambda z: -tf.math.log(1 / (1 + tf.exp(-z))),
            "exp overflows": lambda z: tf.math.log(1 + tf.exp(-z)),
        }[cause]
        right = lambda z: tf.math.softplus(-z)  # noqa: E731
    else:
        z = [-100.0, 0.0, 0.0] if cause == "log of 0" else [0.0, 100.0, 0.0]
        wrong = {
            "log of 0": naive_softmax,
            "exp overflows": lambda z: tf.math.log(tf.reduce_sum(tf.exp(z))) - z[0],
        }[cause]
        right = lambda z: tf.reduce_logsumexp(z) - z[0]  # noqa: E731
    assert both(wrong, z, mode)[0] == np.inf
    value, slope = both(right, z, mode)
    assert value == pytest.approx(100, abs=0.7) and np.ravel(slope)[0] == pytest.approx(-1)


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize(
    "cause", ["nan in the inputs", "class number too large", "class number −1", "0 · log 0"]
)
def test_nan_from_the_start(mode, cause):
    """the loss is `nan` from the start | check `np.isfinite(x).all()` and `np.unique(y)`, then pass logits | `nan` in
    the inputs, a class number outside 0 to K − 1 (on a GPU or with XLA), or 0 · log 0
    """
    scores, labels = np.array([[20.0, 0, 0], [1.0, 2, 3]], F32), np.array([0, 2])
    sparse = keras_losses.SparseCategoricalCrossentropy(from_logits=True)
    assert np.isfinite(both(lambda z: sparse(labels, z), scores, mode)[0])
    if cause == "nan in the inputs":
        scores[1, 0] = np.nan
        assert np.isnan(both(lambda z: sparse(labels, z), scores, mode)[0]) and not np.isfinite(scores).all()
    elif cause == "0 · log 0":
        targets = np.eye(3, dtype=F32)[labels]
        value, _ = both(lambda z: -tf.reduce_sum(targets * tf.math.log(tf.nn.softmax(z))), 10 * scores, mode)
        assert np.isnan(value)
    else:
        labels = np.array([0, 3 if cause == "class number too large" else -1])
        assert not set(np.unique(labels)) <= {0, 1, 2}
        if mode == "XLA":  # which is what `fit` uses on a GPU
            assert np.isnan(both(lambda z: sparse(labels, z), scores, mode)[0])
        else:
            with pytest.raises(tf.errors.InvalidArgumentError, match="outside the valid range"):
                both(lambda z: sparse(labels, z), scores, mode)


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("cause", ["one bad batch", "learning rate too high"])
def test_nan_later(mode, cause):
    """the loss becomes `nan` later | see *Hunting a NaN* | one bad batch, or too high a learning rate"""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 1)).astype(F32)
    y = 2 * x

    def losses(data, rate):
        def of_batch(w, x, y):
            with tf.GradientTape() as tape:
                tape.watch(w)
                value = tf.reduce_mean((x * w - y) ** 2)
            return value, tape.gradient(value, w)

        step, w, values = MODES[mode](of_batch), tf.constant(0.0), []
        for start in (*range(0, 64, 4), *range(0, 64, 4)):
            value, slope = step(w, data[start : start + 4], y[start : start + 4])
            w = w - rate * slope
            values.append(float(value))
        return values

    sick = x.copy()
    if cause == "one bad batch":
        sick[40] = np.inf
    assert np.isfinite(losses(x, 0.1)).all()
    values = losses(sick, 0.1 if cause == "one bad batch" else 50.0)
    assert np.isfinite(values[:5]).all() and np.isnan(values[-1])


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("gamma", [0, 0.9, 1])
@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
def test_focal_loss(mode, gamma, outputs):
    r"""`BinaryFocalCrossentropy` (chapter 7) with γ < 1 turns the weights to `nan` | take γ ≥ 1, or for γ = 0
    `BinaryCrossentropy` | $(1 - p)^\gamma$ has an infinite slope at p = 1, to which a confident answer rounds
    """
    logits = outputs == "logits"
    focal = keras_losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=logits)
    one = np.ones((1, 1), F32)

    def step(w, loss):
        value, slope = both(lambda w: loss(one, w if logits else hidden("binary", w)), w, mode)
        return value, w - 0.1 * slope

    value, weight = step(np.array([[20.0]], F32), focal)
    assert np.isfinite(value) and np.isnan(weight).all() == (gamma < 1)
    assert np.isfinite(step(np.array([[5.0]], F32), focal)[1]).all()  # less confident: no harm
    assert np.isfinite(step(np.array([[20.0]], F32), keras_losses.BinaryCrossentropy(from_logits=logits))[1])


# What to remember


@pytest.mark.parametrize("kind", ["binary", "sparse"])
@pytest.mark.parametrize("score", [110, 1000, pytest.param(1e30, id="10³⁰")])
def test_loss_fits(kind, score):
    """The loss fits into float32, but the probability may not. Compute the loss from the scores."""
    loss = loss_of(kind, 3, True)
    z = F32([[-score]]) if kind == "binary" else F32([[0, -score, 0]])
    p = hidden(kind, z).numpy()[0, 0 if kind == "binary" else 1]
    assert p == 0 and np.exp(-110.0) > 0  # the true probability is not 0
    assert float(loss([1], z)) == pytest.approx(score, rel=0.01)


@pytest.mark.parametrize("size", [pytest.param(1e-8, id="10⁻⁸"), pytest.param(1e-12, id="10⁻¹²")])
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("shift", [1000, -1000, 20000])
def test_shift_and_log1p(size, precision, shift):
    """Subtract the maximum before `exp`, and use `log1p`, `expm1` or `softplus` where adding 1 would round the rest
    away.
    """
    dtype = np.dtype(precision).type
    z = np.array([0, 1, 2]) + dtype(shift)
    naive_value = np.log(np.exp(z).sum())
    assert not np.isfinite(naive_value)
    assert z.max() + np.log(np.exp(z - z.max()).sum()) == pytest.approx(shift + 2.4076, rel=1e-5)
    x = dtype(size) if precision == "float32" else dtype(size**2)
    assert np.log(1 + x) == 0 and np.log1p(x) == pytest.approx(float(x), rel=1e-6)
    assert np.exp(x) - 1 == 0 and np.expm1(x) == pytest.approx(float(x), rel=1e-6)
    z = np.log(x)
    assert np.log(1 + np.exp(z)) == 0
    assert keras.ops.softplus(z).numpy() == pytest.approx(float(x), rel=1e-4)


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("formula", ["sigmoid at −60", "softplus with a kink at 0", "exp at 1000"])
def test_value_and_gradient(mode, formula):
    """A right value does not prove a right gradient. Check both at $z = 0$ and at $|z| = 1000$, in eager mode and
    compiled.
    """
    kink = lambda z: tf.maximum(z, 0) - z + tf.math.log1p(tf.exp(-abs(z)))  # noqa: E731
    where = lambda z: tf.where(z > 100, z, tf.math.log(1 + tf.exp(z)))  # noqa: E731
    loss, z, exact, slope = {
        "sigmoid at −60": (lambda z: naive(1.0, z), -60.0, 60.0, -1.0),
        "softplus with a kink at 0": (kink, 0.0, np.log(2), -0.5),
        "exp at 1000": (where, 1000.0, 1000.0, 1.0),
    }[formula]
    value, wrong = both(loss, z, mode)
    assert value == pytest.approx(exact) and not np.isclose(wrong, slope)
    good = tf.math.softplus if formula == "exp at 1000" else lambda z: tf.math.softplus(-z)
    value, right = both(good, z, mode)
    assert value == pytest.approx(exact) and np.isclose(right, slope)


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("mistake", ["activation applied twice", "a tenth beyond the clip", "none"])
def test_read_the_loss_twice(classes, mistake):
    """Read the loss twice. It should start near log K, and the number at which it stops often names the mistake."""
    labels, loss = np.arange(200) % classes, loss_of("sparse", classes, mistake != "a tenth beyond the clip")
    outputs = (lambda z: z) if mistake == "none" else lambda z: hidden("softmax", z)
    z = tf.Variable(np.random.default_rng(0).normal(0, 0.05, (200, classes)).astype(F32))
    first = float(loss(labels, outputs(z)))
    assert first == pytest.approx(np.log(classes), abs=0.1)
    if mistake == "a tenth beyond the clip":
        z.assign(z - 60 * np.eye(classes)[labels] * (np.arange(200) < 20)[:, None])

    @tf.function
    def step():
        value, slope = with_gradient(lambda z: loss(labels, outputs(z)), tf.convert_to_tensor(z))
        z.assign_sub(4000 * slope)
        return value

    for _ in range(300):
        value = step()
    stops = {
        "activation applied twice": np.log(1 + (classes - 1) / np.e),
        "a tenth beyond the clip": 1.612,
        "none": 0,
    }
    assert float(value) == pytest.approx(stops[mistake], abs=0.02)


# The quiz


@pytest.mark.parametrize("library", ["NumPy", "TensorFlow"])
@pytest.mark.parametrize("numbers", [1, 64])
def test_which_is_zero(library, numbers):
    """No: 1e-18 is small, but float32 holds all digits down to about 1e-38.

    Right: 1 + 1e-9 rounds to 1, because the gap above 1 is 1.19e-7, and log 1 is 0. `np.log1p(x)` avoids this.

    No: 1.19e-7 is the gap above 1. Near 1e-9 the gaps are much smaller, and the sum is 2e-9.

    No: $e^{-30}$ is about 1e-13. The exponential underflows to 0 only below about −103.
    """
    x = np.full(numbers, 1e-9, F32)  # in eager mode: a compiled function writes log(1 + x) as log1p(x)
    if library == "NumPy":
        exp, log, log1p = np.exp, np.log, np.log1p
    else:
        x, exp, log, log1p = tf.constant(x), tf.exp, tf.math.log, tf.math.log1p
    values = [np.asarray(value) for value in (x * x, log(1 + x), x + x, exp(0 * x - 30), log1p(x))]
    for value, expected in zip(values, [1e-18, 0, 2e-9, 9.4e-14, 1e-9], strict=True):
        assert value == pytest.approx(np.full(numbers, expected), rel=0.01, abs=0)
    assert np.all(np.asarray(exp(0 * x - 104)) == 0)
    assert library == "TensorFlow" or np.all(exp(0 * x - 102) > 0)  # TensorFlow may return 0 a little earlier
    x = F32(1e-9)
    assert np.finfo(F32).tiny == pytest.approx(1.2e-38, rel=0.03)
    assert np.spacing(F32(1)) == pytest.approx(1.19e-7, rel=0.01) and np.spacing(x) < 1e-15


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("samples", [20, 200])
def test_loss_stops_at_a_share(mode, samples):
    """Right: 16.118 / 20 = 0.806, from samples with label 1 at p = 0. They get no gradient and stay wrong; logits are
    the cure.

    No: with a small learning rate the loss would still fall slowly.
    """
    labels = np.ones((samples, 1), F32)
    start = np.where(np.arange(samples) < samples // 20, -60, 8).astype(F32)[:, None]

    def train(loss, rate, z):
        step, values = MODES[mode](lambda z: with_gradient(loss, z)), []
        for _ in range(40):
            value, slope = step(tf.constant(z))
            z = z - rate * samples * slope.numpy()
            values.append(float(value))
        return values, z

    probabilities = keras_losses.BinaryCrossentropy()
    logits = keras_losses.BinaryCrossentropy(from_logits=True)
    values, z = train(lambda z: probabilities(labels, hidden("binary", z)), 2, start)
    assert values[-1] == pytest.approx(0.806, abs=1e-3) and np.mean(z > 0) == 0.95 and z[0] == -60
    assert -np.log(1e-7) / 20 == pytest.approx(0.806, abs=1e-3)
    values, z = train(lambda z: logits(labels, z), 2, start)
    assert values[-1] < 0.01 and z[0] > 0
    values, _ = train(lambda z: logits(labels, z), 1e-3, np.full((samples, 1), -0.2, F32))
    assert values[0] > values[20] > values[-1] > 0.7 * values[0]


@pytest.mark.parametrize(
    "share", [pytest.param(0.5, id="half of the labels are 1"), pytest.param(0.2, id="a fifth")]
)
@pytest.mark.parametrize("samples", [20, 1000])
def test_nothing_learned(share, samples):
    """No: with as many ones as zeros, that gives a loss of log 2 = 0.693 and an accuracy of one half."""
    labels = (np.arange(samples) < share * samples).astype(int)
    best, z = lowest(lambda z: np.mean([stable_binary(y, z) for y in labels], axis=0))
    accuracy = np.mean((z > 0) == labels)
    equal = abs(best - 0.693) < 1e-3 and accuracy == 0.5
    assert equal == (share == 0.5)  # with unequal classes a model knows more


@pytest.mark.parametrize(
    "truths", [pytest.param((0.3, 0.8), id="0.30 and 0.80"), pytest.param((0.1, 0.95), id="0.10 and 0.95")]
)
@pytest.mark.parametrize("optimizer", ["grid search", "gradient descent"])
def test_p_with_a_second_sigmoid(truths, optimizer):
    """No: a single sigmoid would learn that. Here training brings σ(p), not p, as close to the truth as it can.

    No: the *second* sigmoid turns 0.30 and 0.80 into these. But training moves p on, until the loss is smallest.

    Right: the second sigmoid says values between σ(0) = 0.5 and σ(1) = 0.73. Both 0.30 and 0.80 lie outside, so p
    is pushed to 0 and to 1.

    No: those are the second sigmoid's answers. The model's own p, which you read, is then 0 and 1.
    """

    def trained(truth, twice):
        if optimizer == "grid search":
            return sigmoid(lowest(lambda z: stable_binary(truth, sigmoid(z) if twice else z))[1])
        z = 0.0
        for _ in range(20_000):
            p = sigmoid(z)
            z -= (sigmoid(p) - truth) * p * (1 - p) if twice else p - truth
        return sigmoid(z)

    assert [trained(truth, False) for truth in truths] == pytest.approx(truths, abs=0.01)
    p = np.array([trained(truth, True) for truth in truths])
    assert p == pytest.approx([0, 1], abs=0.02)
    assert sigmoid(p) == pytest.approx([0.5, 0.731], abs=0.005)
    assert sigmoid(np.array([0.3, 0.8])) == pytest.approx([0.57, 0.69], abs=0.005)
    assert sigmoid(0) == 0.5 and sigmoid(1) == pytest.approx(0.73, abs=2e-3)
    between = trained(0.6, True)  # inside the reach of the second sigmoid σ(p) is the truth
    assert sigmoid(between) == pytest.approx(0.6, abs=1e-3) and between == pytest.approx(0.41, abs=0.01)
