import dataclasses
import inspect
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import linprog, minimize_scalar

from lossopt import losses, optimizers

modes = pytest.mark.parametrize("mode", ["eager", "compiled"])


def run(function, mode):
    """Return a function as `fit` would call it, or as it stands."""
    return tf.function(function) if mode == "compiled" else function


def f32(values):
    return tf.constant(np.asarray(values), tf.float32)


def value_and_slopes(loss, y_true, y_pred, mode):
    """Return a Keras loss of float32 tensors, and its gradient with respect to the predictions."""

    def both(y, z):
        with tf.GradientTape() as tape:
            tape.watch(z)
            value = loss(y, z)
        return value, tape.gradient(value, z)

    value, slopes = run(both, mode)(f32(y_true), f32(y_pred))
    return value.numpy(), slopes.numpy()


def best_constant(loss, y):
    """Return the constant prediction with the smallest sum of losses."""
    inside = (y.min(), y.max())
    return minimize_scalar(
        lambda c: loss(y, np.full_like(y, c)).sum(), bounds=inside, method="bounded", options={"xatol": 1e-9}
    ).x


@modes
@pytest.mark.parametrize("sign_of_targets", ["positive", "negative", "both"])
@pytest.mark.parametrize("samples", [1, 32])
def test_large_targets_have_large_gradients(mode, sign_of_targets, samples):
    """Targets in the thousands give each sample a gradient in the thousands, so scale the targets first."""
    rng = np.random.default_rng(samples)
    signs = {"positive": 1, "negative": -1, "both": rng.choice([-1, 1], (64, 1))}[sign_of_targets]
    y = signs * rng.uniform(1000, 5000, (64, 1))
    scaled = (y - y.mean()) / y.std()
    untrained = rng.normal(size=(samples, 1))
    loss = keras.losses.MeanSquaredError()
    for targets, low, high in ((y, 1000, 20_000), (scaled, 0, 20)):
        _, slopes = value_and_slopes(loss, targets[:samples], untrained, mode)
        sizes = np.abs(slopes) * samples  # the mean divides each by the number of samples
        assert np.all((low <= sizes) & (sizes < high))


@pytest.mark.parametrize("optimizer", ["SGD", "SGD with momentum", "Adam"])
@pytest.mark.parametrize("learning_rate", [0.1, 0.01])
@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize("steps", [1500, 3000])
def test_a_fixed_rate_does_not_settle(optimizer, learning_rate, targets, steps):
    """The gradient is ±1 however small the error, so at a fixed rate SGD and Adam jump back and forth unless they hit
    exactly.
    """
    assert set(losses.mean_absolute_error.gradient([0, 0, 0], [1e-9, -1, 7])) == {1, -1}
    y = np.array([0.1234, -3.3, 5.7])[:targets]
    rule = {
        "SGD": optimizers.SGD(),
        "SGD with momentum": optimizers.SGD(momentum=0.9),
        "Adam": optimizers.Adam(),
    }
    rule = dataclasses.replace(rule[optimizer], learning_rate=learning_rate)

    def last_positions(loss):
        w, after = np.array([1.0]), []
        state = rule.init(w)
        for step in range(steps):
            slope = loss.gradient(y, np.full_like(y, w[0])).mean(keepdims=True)
            w, state = rule.update(w, slope, state)
            after += [w[0]] if step >= steps - 200 else []
        return np.array(after) - np.median(y)

    errors = last_positions(losses.mean_absolute_error)
    assert errors.min() < 0 < errors.max()  # it still crosses the target
    assert np.ptp(errors) > 0.02 * learning_rate
    if targets == 1 and steps == 1500:  # a gradient that shrinks with the error settles
        assert np.ptp(last_positions(losses.mean_squared_error)) < 1e-6
    assert losses.mean_absolute_error.gradient([0.5], [0.5]) == 0  # an exact hit stops


@modes
@pytest.mark.parametrize("errors", ["bell-shaped", "long-tailed"])
def test_delta_has_a_unit(mode, errors):
    """δ has the unit of the target: in cents instead of euros, the same 1.0 makes a hundred times smaller errors
    outliers.
    """
    rng = np.random.default_rng(5)
    r = rng.normal(size=(500, 1)) if errors == "bell-shaped" else rng.standard_t(1, size=(500, 1))
    y = np.zeros_like(r)
    for size in (1.0, 0.01):  # in euros, the error from which the loss is no longer squared
        _, in_cents = value_and_slopes(keras.losses.Huber(delta=100 * size), y, 100 * r, mode)
        _, in_euros = value_and_slopes(keras.losses.Huber(delta=size), y, r, mode)
        np.testing.assert_allclose(in_cents, 100 * in_euros, rtol=1e-5, atol=1e-7)
    _, slopes = value_and_slopes(keras.losses.Huber(delta=1.0), y, 100 * r, mode)
    cut_off = np.isclose(np.abs(slopes) * len(r), 1, rtol=1e-6)
    np.testing.assert_array_equal(cut_off, np.abs(r) >= 0.01)


@modes
@pytest.mark.parametrize("scale", [0.01, 1, 1000])
def test_log_cosh_turns_where_the_scale_says(mode, scale):
    """It has no δ, so only the scale of the targets decides where it turns from squared to absolute."""
    for loss in (losses.log_cosh, keras.losses.LogCosh, keras.losses.log_cosh):
        assert not {"delta", "scale", "threshold"} & inspect.signature(loss).parameters.keys()
    units = np.array([[0.01], [1.0], [30.0]])  # errors after scaling: squared, turning, absolute
    raw = units / scale
    values = losses.log_cosh(np.zeros_like(raw), scale * raw)
    np.testing.assert_allclose(values[[0, 2]], [0.01**2 / 2, 30 - np.log(2)], rtol=1e-4)
    _, slopes = value_and_slopes(keras.losses.LogCosh(), np.zeros_like(raw), scale * raw, mode)
    np.testing.assert_allclose(slopes[:, 0] * 3, np.tanh([0.01, 1, 30]), rtol=1e-4)


@pytest.mark.parametrize("model", ["line", "polynomial of degree 5"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_quantiles_can_cross(model, seed):
    """Outputs fitted for different q can cross, so that the 0.9 quantile lies below the median."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(1, 2, 20))
    y = x + x * rng.normal(size=20)
    degree = {"line": 1, "polynomial of degree 5": 5}[model]
    columns = np.vander(x - 1.5, degree + 1)

    def fit(q):  # the smallest sum of pinball losses is a linear programme
        n, k = columns.shape
        costs = [*np.zeros(2 * k), *np.full(n, q), *np.full(n, 1 - q)]
        equal = np.hstack([columns, -columns, np.eye(n), -np.eye(n)])
        found = linprog(costs, A_eq=equal, b_eq=y).x
        return found[:k] - found[k : 2 * k]

    median, upper = fit(0.5), fit(0.9)
    where = (
        np.linspace(-5, 7, 2001) if degree == 1 else np.linspace(1, 2, 2001)
    )  # the line crosses outside its data
    gap = np.vander(where - 1.5, degree + 1) @ (upper - median)
    assert gap.min() < 0 < gap.max()


@pytest.mark.parametrize("targets", ["long tail above", "long tail below", "with zeros", "counts"])
def test_msle_aims_low(targets):
    """It aims at the geometric mean of 1 + y, minus 1. That is below the mean, so totals come out too low."""
    rng = np.random.default_rng(7)
    y = {
        "long tail above": rng.lognormal(2, 1.5, 300),
        "long tail below": np.maximum(100 - rng.lognormal(2, 1, 300), 0),
        "with zeros": rng.choice([0.0, 40.0], 300),
        "counts": rng.poisson(0.5, 300).astype(float),
    }[targets]
    best = best_constant(losses.mean_squared_logarithmic_error, y)
    assert best == pytest.approx(np.exp(np.log1p(y).mean()) - 1, rel=1e-4)
    assert best * len(y) < y.sum()


@modes
@pytest.mark.parametrize("error", [2.0, -0.5])
@pytest.mark.parametrize("other_samples", [9, 999])
def test_a_target_of_zero_outweighs_all(mode, error, other_samples):
    """A single target of 0 costs 1e9 for each unit of its error, and outweighs all other samples."""
    rng = np.random.default_rng(8)
    y = np.append(0, rng.uniform(1, 100, other_samples))[:, None]
    predictions = y * 3  # all others are wrong by 200 %
    predictions[0] = error
    mape = keras.losses.MeanAbsolutePercentageError(reduction="none")
    values = run(mape, mode)(f32(y), f32(predictions)).numpy()
    assert values[0] == pytest.approx(1e9 * abs(error), rel=1e-6)
    assert values[0] > 1000 * values[1:].sum()


@modes
@pytest.mark.parametrize("rate", [-1e-3, -5.0])
@pytest.mark.parametrize("count", [0, 4])
def test_a_negative_rate_is_nan(mode, rate, count):
    """A linear last layer can predict a rate below 0, and then the loss is nan."""
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    layer.build((None, 1))
    for activation, is_nan in ((None, True), (keras.ops.softplus, False), (keras.ops.exp, False)):

        def loss(y, x, activation=activation):
            output = layer(x)
            return keras.losses.Poisson()(y, output if activation is None else activation(output))

        assert np.isnan(run(loss, mode)(f32([[count]]), f32([[rate]]))) == is_nan


@pytest.mark.parametrize("start", [1.0, 1e-3])
@pytest.mark.parametrize("target", [0.0, -250.0])
def test_a_variance_without_a_floor(start, target):
    """Where a prediction meets its target exactly, v → 0 sends the loss to −∞, so keep v above a floor."""
    v = start * 0.1 ** np.arange(100)
    y = np.full_like(v, target)
    values = losses.gaussian_nll(y, y, v)
    assert np.all(np.diff(values) < -1) and values[-1] < -100  # each tenth takes log(10)/2 off, without end
    assert np.all(losses.gaussian_nll.gradient(y, y, v)[1] > 0)
    best = v[np.argmin(losses.gaussian_nll(y, y + 1e-3, v))]  # a small error is enough to stop it
    assert best == pytest.approx(1e-6, rel=1e-6)
    floored = losses.gaussian_nll(y, y, np.maximum(v, 1e-4))
    assert floored.min() == pytest.approx(np.log(2 * np.pi * 1e-4) / 2)


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize("labels_per_sample", [1, 3])
def test_scores_without_sigmoid(mode, labels_per_sample):
    """Without `sigmoid` and `from_logits=True` Keras clips the scores to [0, 1], and outside the gradient is 0."""
    scores = np.array([-40.0, -3.0, -0.01, 1.01, 2.0, 40.0])

    def value_and_slope(y, z, from_logits):
        with tf.GradientTape() as tape:
            tape.watch(z)
            value = keras.losses.BinaryCrossentropy(from_logits=from_logits)(y, z)
        return value, tape.gradient(value, z)

    as_called = (
        tf.function(value_and_slope, jit_compile=True) if mode == "XLA" else run(value_and_slope, mode)
    )

    def column(values):
        return f32(np.repeat(np.reshape(values, (-1, 1)), labels_per_sample, axis=1))

    for labels in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0]):  # either label at either end
        y = column(labels)
        value, slope = as_called(y, column(scores), False)
        clipped, _ = as_called(y, column(np.clip(scores, 0, 1)), False)
        assert value == clipped and np.all(slope == 0)
        _, inside = as_called(y, column(np.linspace(0.1, 0.9, 6)), False)
        _, of_logits = as_called(y, column(np.clip(scores, -3, 3)), True)
        assert np.all(inside != 0) and np.all(of_logits != 0)


@modes
@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("alpha", [0.01, 0.9])
def test_alpha_waits_for_balancing(mode, from_logits, alpha):
    """α does nothing until `apply_class_balancing=True`; its default then gives label 1 a third of label 0's weight."""
    focal = keras.losses.BinaryFocalCrossentropy

    def values(**arguments):
        loss = focal(from_logits=from_logits, reduction="none", **arguments)
        y, z = f32([[1], [0]]), f32([[0.3], [-0.3 if from_logits else 0.7]])  # equally wrong
        return run(loss, mode)(y, z).numpy()

    np.testing.assert_array_equal(values(alpha=alpha), values())
    of_one, of_zero = values(apply_class_balancing=True)
    assert of_one / of_zero == pytest.approx(1 / 3, rel=1e-5)
    of_one, of_zero = values(apply_class_balancing=True, alpha=alpha)
    assert of_one / of_zero == pytest.approx(alpha / (1 - alpha), rel=1e-4)


@modes
@pytest.mark.parametrize("softmax", ["your own", "in mixed precision", "Keras's own"])
def test_softmax_twice(mode, softmax):
    """`from_logits=True` after your own softmax, or any in mixed precision, keeps ten classes above 1.46; else Keras
    corrects it.
    """

    def own(z):
        z = keras.ops.exp(z)
        return z / keras.ops.sum(z, axis=-1, keepdims=True)

    layer = {
        "your own": lambda: keras.layers.Activation(own),
        "in mixed precision": lambda: keras.layers.Softmax(dtype="mixed_float16"),
        "Keras's own": lambda: keras.layers.Softmax(),
    }[softmax]
    model = keras.Sequential([keras.Input((10,)), layer()])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    right = np.float32(40 * np.eye(10))  # scores that are as right as they can be
    model.compile(loss=loss, run_eagerly=mode == "eager")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = model.evaluate(right, np.eye(10, dtype=np.float32), verbose=0)
    if softmax == "Keras's own":
        assert value < 1e-6
        assert any("does not represent logits" in " ".join(str(it.message).split()) for it in caught)
    else:
        assert value > 1.46
        assert value == pytest.approx(np.log(1 + 9 / np.e), rel=1e-3)


@pytest.mark.parametrize("classes", [2, 10, 100])
@pytest.mark.parametrize("labels", ["balanced", "wrong", "one class only"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_first_loss(classes, labels, seed):
    """A uniform guess costs log K, 2.30 for ten classes. Far more before training means unscaled inputs or large
    weights.
    """
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    uniform = losses.sparse_categorical_crossentropy([0], np.full((1, classes), 1 / classes))
    assert uniform == pytest.approx(np.log(classes))
    assert round(np.log(10), 2) == 2.30
    raw = rng.uniform(0, 255, (300, 64))
    scaled = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    y = np.arange(300) % classes  # balanced, and they have nothing to do with the inputs
    y = {"balanced": y, "wrong": (y + 1) % classes, "one class only": np.zeros(300, int)}[labels]

    def first_loss(x, initializer="glorot_uniform"):
        hidden = {"activation": "relu", "kernel_initializer": initializer}
        model = keras.Sequential(
            [keras.layers.Dense(64, **hidden), keras.layers.Dense(classes, kernel_initializer=initializer)]
        )
        scores = model(f32(x)).numpy()
        return losses.sparse_categorical_crossentropy(y, scores, from_logits=True).mean()

    assert first_loss(scaled) < np.log(classes) + 1
    if labels != "one class only":  # which a single guess can hit by luck
        assert first_loss(raw) > np.log(classes) + 10
    assert first_loss(scaled, keras.initializers.RandomNormal(stddev=1.0)) > np.log(classes) + 10


@modes
@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_alpha_as_a_number(mode, classes, gamma):
    """α as one number multiplies every sample's loss equally. Only a list of one weight per class changes their
    balance.
    """
    rng = np.random.default_rng(classes)
    y, z = np.eye(classes), rng.normal(size=(classes, classes))

    def values(alpha):
        loss = keras.losses.CategoricalFocalCrossentropy(
            alpha=alpha, gamma=gamma, from_logits=True, reduction="none"
        )
        return run(loss, mode)(f32(y), f32(z)).numpy()

    np.testing.assert_allclose(values(0.25), 0.25 * values(1.0), rtol=1e-6)
    weights = list(range(1, classes + 1))
    np.testing.assert_allclose(values(weights) / values(1.0), weights, rtol=1e-5)


@modes
@pytest.mark.parametrize("q", [0.3, 0.5, 0.7, 0.99])
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_negative_logits_of_the_true_class(mode, q, classes):
    """It expects probabilities. If the true class has a negative logit, the loss is nan, without an error or
    a warning.
    """
    loss = keras.losses.CategoricalGeneralizedCrossEntropy(q=q, reduction="none")
    scores = np.ones((2, classes))
    scores[0, 0] = -0.5
    scores[1, 1] = -0.5  # the true class of this sample is 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = run(loss, mode)(tf.constant([0, 0]), f32(scores)).numpy()
    assert np.isnan(values).tolist() == [True, False]
    probabilities = tf.nn.softmax(f32(scores))
    assert np.all(np.isfinite(run(loss, mode)(tf.constant([0, 0]), probabilities)))


@pytest.mark.parametrize("distance", [6, 12])
@pytest.mark.parametrize("left_share", [0.5, 0.3])
def test_the_order_of_the_divergence(distance, left_share):
    """The order matters: one bell fitted to two distant peaks covers both under KL(y‖ŷ), and picks one under
    KL(ŷ‖y).
    """
    x = np.linspace(-15, 15, 301)

    def bell(mean, width):
        heights = np.exp(-(((x - mean) / width) ** 2) / 2) + 1e-6
        return heights / heights.sum()

    left, right = -distance / 2, distance / 2
    y = left_share * bell(left, 1) + (1 - left_share) * bell(right, 1)
    widths = np.linspace(0.5, 8, 31)
    candidates = [(mean, width) for mean in np.linspace(-8, 8, 65) for width in widths]
    bells = np.array([bell(*candidate) for candidate in candidates])
    ys = np.broadcast_to(y, bells.shape)
    mean, width = candidates[np.argmin(losses.kl_divergence(ys, bells))]
    assert left < mean < right and width > distance / 3  # between the peaks, and as wide as both
    mean, width = candidates[np.argmin(losses.kl_divergence(bells, ys))]
    assert min(abs(mean - left), abs(mean - right)) < 0.5 and width < 1.5


@modes
@pytest.mark.parametrize("samples", [3, 10])
def test_hinge_broadcasts(mode, samples):
    """Called as a function, Keras's `hinge` silently broadcasts (n,) against (n, 1); the class `Hinge()` does not."""
    rng = np.random.default_rng(samples)
    y, z = np.sign(rng.normal(size=samples)), 2 * rng.normal(size=(samples, 1))
    right = losses.hinge(y, z[:, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = run(keras.losses.hinge, mode)(f32(y), f32(z)).numpy()
        value = run(keras.losses.Hinge(), mode)(f32(y), f32(z)).numpy()
    np.testing.assert_allclose(values, np.maximum(1 - y * z, 0).mean(axis=1), rtol=1e-5)  # of all pairs
    assert not np.allclose(values, right)
    assert value == pytest.approx(right.mean(), rel=1e-5)


@pytest.mark.parametrize("shortfall", [0.1, 0.9, 1.1, 10.0])
@pytest.mark.parametrize("label", [-1, 1])
def test_squared_hinge_is_on_another_scale(shortfall, label):
    """You cannot compare it with `hinge`: it is smaller for a shortfall below 1 and larger above. Compare the
    accuracy.
    """
    score = label * (1 - shortfall)
    plain, squared = (loss([label], [score])[0] for loss in (losses.hinge, losses.squared_hinge))
    assert plain == pytest.approx(shortfall)
    assert (squared < plain) == (shortfall < 1) and (squared > plain) == (shortfall > 1)


@modes
@pytest.mark.parametrize("classes", [3, 10, 100])
@pytest.mark.parametrize("scores", ["of both signs", "negative", "tied"])
def test_two_scores_learn(mode, classes, scores):
    """At most two of K scores get a gradient from a sample (unless scores tie), so the other classes learn nothing
    from it.
    """
    rng = np.random.default_rng(classes)
    z = {
        "of both signs": rng.normal(size=(20, classes)),
        "negative": -rng.uniform(1, 5, size=(20, classes)),
        "tied": np.ones((20, classes)),
    }[scores]
    y = np.eye(classes)[rng.integers(0, classes, 20)]
    _, slopes = value_and_slopes(keras.losses.CategoricalHinge(), y, z, mode)
    _, smooth = value_and_slopes(keras.losses.CategoricalCrossentropy(from_logits=True), y, z, mode)
    learning = np.count_nonzero(slopes, axis=1)
    assert np.all(np.count_nonzero(smooth, axis=1) == classes)
    assert learning.max() <= 2 if scores != "tied" else learning.min() == classes


@modes
@pytest.mark.parametrize("images", [2, 5])
@pytest.mark.parametrize("channels", [1, 3])
def test_dice_of_a_batch(mode, images, channels):
    """By default all images of a batch share one sum. With `axis=(1, 2, 3)` each image gets its own loss."""
    rng = np.random.default_rng(images)
    shape = (images, 8, 8, channels)
    y = (
        rng.uniform(size=shape) < np.linspace(0.02, 0.9, images)[:, None, None, None]
    )  # small objects and large
    y, z = y.astype(float), rng.uniform(size=shape)
    for axis, expected in (
        (None, losses.dice(y, z)),
        ((1, 2, 3), [losses.dice(y[i], z[i]) for i in range(images)]),
    ):
        loss = keras.losses.Dice(axis=axis, reduction="none")
        np.testing.assert_allclose(run(loss, mode)(f32(y), f32(z)), expected, rtol=1e-5)
    own = np.mean([losses.dice(y[i], z[i]) for i in range(images)])
    assert abs(own - losses.dice(y, z)) > 0.01


@modes
@pytest.mark.parametrize("weight", [0.7, 1.0])
def test_alpha_and_beta_of_tversky(mode, weight):
    """In Keras's code α weights false negatives and β false positives, but Keras's documentation says the reverse."""
    y, z = [[1, 1, 0, 0]], [[1, 0, 1, 1]]  # one hit, one missed, two added
    for alpha, beta in ((weight, 0.0), (0.0, weight), (weight, 0.3)):
        value = run(keras.losses.Tversky(alpha=alpha, beta=beta), mode)(f32(y), f32(z)).numpy()
        assert value == pytest.approx(1 - 1 / (1 + alpha * 1 + beta * 2), rel=1e-5)
    documented = " ".join(keras.losses.Tversky.__doc__.split())
    assert "alpha: The coefficient controlling incidence of false positives" in documented
    assert "beta: The coefficient controlling incidence of false negatives" in documented


@modes
@pytest.mark.parametrize("dimensions", [2, 50])
@pytest.mark.parametrize("length", [0.01, 1000])
def test_the_sign_of_the_cosine(mode, dimensions, length):
    """The best value of this loss is −1, but the best value of Keras's metric of the same name is 1."""
    rng = np.random.default_rng(dimensions)
    y = rng.normal(size=(4, dimensions))
    loss, metric = keras.losses.CosineSimilarity(), keras.metrics.CosineSimilarity()
    for z, cosine in ((length * y, 1), (-length * y, -1)):
        assert run(loss, mode)(f32(y), f32(z)).numpy() == pytest.approx(-cosine, rel=1e-5)
        metric.reset_state()
        metric.update_state(f32(y), f32(z))
        assert float(metric.result()) == pytest.approx(cosine, rel=1e-5)


@modes
@pytest.mark.parametrize("length", [0.5, 3.0])
@pytest.mark.parametrize("classes", [2, 4])
def test_circle_depends_on_the_length(mode, length, classes):
    """Keras does not normalise the embeddings, so their length changes the loss. Put `UnitNormalization` last."""
    rng = np.random.default_rng(classes)
    y, z = tf.constant(np.arange(8) % classes), rng.normal(size=(8, 3))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    loss, last = keras.losses.Circle(gamma=2.0), keras.layers.UnitNormalization()
    circle = run(lambda y, z: loss(y, z), mode)
    right = circle(y, f32(z)).numpy()
    assert circle(y, f32(length * z)).numpy() != pytest.approx(right, rel=0.05)
    assert run(lambda y, z: loss(y, last(z)), mode)(y, f32(length * z)).numpy() == pytest.approx(
        right, rel=1e-5
    )


@pytest.mark.parametrize("margin", [0.2, 1.0])
@pytest.mark.parametrize("classes", [3, 10])
@pytest.mark.parametrize("seed", [0, 1])
def test_most_triples_are_easy(margin, classes, seed):
    """Once the classes begin to separate, most random triples cost 0 and have no gradient, so choose hard ones."""
    rng = np.random.default_rng(seed)
    labels = np.arange(40 * classes) % classes
    x = rng.normal(size=(classes, 16))[labels] + rng.normal(size=(len(labels), 16))

    def random_triples():
        anchor = rng.integers(0, len(x), 200)
        same = labels == labels[anchor, None]
        draws = rng.uniform(size=same.shape)
        draws[np.arange(200), anchor] = 0  # a sample is not its own partner
        return anchor, np.where(same, draws, -1).argmax(axis=1), np.where(same, -1, draws).argmax(axis=1)

    w = 0.01 * rng.normal(size=(16, 4))
    shares = []
    for _ in range(100):
        triple = [x[i] for i in random_triples()]
        parts = [it @ w for it in triple]
        slopes = losses.triplet.gradient(*parts, margin=margin)
        w -= 0.05 * sum(it.T @ slope for it, slope in zip(triple, slopes, strict=True)) / 200
        shares.append(np.mean(losses.triplet(*parts, margin=margin) == 0))
    assert np.mean(shares[:3]) < 0.5 < np.mean(shares[-30:])
    costs_nothing = losses.triplet(*parts, margin=margin) == 0
    assert not any(slope[costs_nothing].any() for slope in losses.triplet.gradient(*parts, margin=margin))
    anchor, positive, _ = random_triples()  # the nearest sample of another class is a hard negative
    z = x @ w
    distances = ((z[anchor, None] - z) ** 2).sum(axis=-1)
    hard = np.where(labels != labels[anchor, None], distances, np.inf).argmin(axis=1)
    assert np.mean(losses.triplet(z[anchor], z[positive], z[hard], margin=margin) > 0) > 1.5 * (
        1 - shares[-1]
    )


@pytest.mark.parametrize("margin", [0.5, 1.0])
@pytest.mark.parametrize("start", [0.1, 0.4])
@pytest.mark.parametrize("labels", ["right", "swapped"])
def test_labels_of_pairs(margin, start, labels):
    """Here 1 means dissimilar. With the labels swapped, a model pulls dissimilar pairs together."""
    dissimilar = np.array([1.0, 0.0])
    y = dissimilar if labels == "right" else 1 - dissimilar
    distance = np.full(2, start)
    for _ in range(500):
        distance -= 0.1 * losses.contrastive.gradient(y, distance, margin=margin)
    of_dissimilar, of_similar = distance
    wanted = (margin, 0) if labels == "right" else (0, margin)
    np.testing.assert_allclose((of_dissimilar, of_similar), wanted, atol=1e-6)


@modes
@pytest.mark.parametrize("zeros_at_the_end", [1, 2])
@pytest.mark.parametrize("classes", [3, 6])
def test_class_zero_is_the_blank(mode, zeros_at_the_end, classes):
    """Class 0 is the blank in Keras, so number real classes from 1: a label 0 at the end of a row counts as padding."""
    scores = np.random.default_rng(classes).normal(size=(1, 8, classes))
    rows = [[1], [2, 1], [1, 1], []]
    with_zeros = [row + [0] * (2 - len(row) + zeros_at_the_end) for row in rows]
    with_twos = [
        row + [2] * zeros_at_the_end + [0] * (2 - len(row)) for row in rows
    ]  # no padding from class 1 on
    loss = run(keras.losses.CTC(reduction="none"), mode)
    values = loss(tf.constant(with_zeros + with_twos), f32(np.repeat(scores, 8, axis=0))).numpy()
    without_zeros = [losses.ctc([row], scores)[0] for row in rows[:3]]
    np.testing.assert_allclose(values[:3], without_zeros, rtol=1e-5)
    only_blanks = -np.log(keras.ops.softmax(scores)[0, :, 0]).sum()
    np.testing.assert_allclose(values[3], only_blanks, rtol=1e-5)  # no label is left, so every path is blank
    assert np.all(np.abs(values[4:] - values[:4]) > 1e-2)


@modes
@pytest.mark.parametrize("weights", ["equal", "unequal"])
@pytest.mark.parametrize("samples", [2, 7])
def test_a_loss_of_your_own_that_returns_a_scalar(mode, weights, samples):
    """A `Loss` of your own must return one value per sample. A scalar is only multiplied by the mean of the weights."""
    rng = np.random.default_rng(samples)
    y, z = rng.normal(size=(2, samples, 1))
    w = np.full(samples, 3.0) if weights == "equal" else rng.uniform(0.1, 5, samples)

    class Scalar(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean((y_true - y_pred) ** 2)

    class Values(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean((y_true - y_pred) ** 2, axis=-1)

    scalar, values = (run(loss(), mode)(f32(y), f32(z), f32(w)).numpy() for loss in (Scalar, Values))
    errors = ((y - z) ** 2)[:, 0]
    assert scalar == pytest.approx(errors.mean() * w.mean(), rel=1e-5)
    assert values == pytest.approx((w * errors).mean(), rel=1e-5)
    assert (scalar == pytest.approx(values, rel=1e-4)) == (weights == "equal")


@pytest.mark.parametrize("beta", [0.5, 1.0])
@pytest.mark.parametrize("variance", [0.25, 1.0, 9.0])
def test_beta_nll_is_no_likelihood(beta, variance):
    """Its value can be lower at a wrong variance than at the right one, so validate with `gaussian_nll`."""
    residuals = np.random.default_rng(0).normal(size=20_000) * np.sqrt(variance)
    residuals *= np.sqrt(variance / np.mean(residuals**2))
    candidates = variance * np.geomspace(0.01, 100, 401)  # the middle one is right

    def best(loss, **arguments):
        means = [
            loss(residuals, 0 * residuals, np.full_like(residuals, v), **arguments).mean() for v in candidates
        ]
        return candidates[np.argmin(means)]

    assert np.isclose(best(losses.gaussian_nll), variance)
    assert not np.isclose(best(losses.beta_nll, beta=beta), variance, rtol=0.2)


@pytest.mark.parametrize("sigma", [1e-4, 0.01, 1.0])
@pytest.mark.parametrize("error_in_sigmas", [-1000.0, -5.0, 5.0, 100.0])
def test_a_sigma_that_is_too_small(sigma, error_in_sigmas):
    """Where σ is far too small, its slope in σ is −0.56 however large the error, so start with a large σ."""
    y = np.array([error_in_sigmas * sigma])
    slope = losses.gaussian_crps.gradient(y, [0.0], [sigma])[1]
    assert np.round(slope, 2) == -0.56
    other = losses.gaussian_nll.gradient(y, [0.0], [sigma**2])[
        1
    ]  # the other loss knows how large the error is
    assert other < -0.4 * error_in_sigmas**2 / sigma**2


@pytest.mark.parametrize("classes", [3, 10, 1000])
@pytest.mark.parametrize("temperature", [20.0, 200.0])
def test_the_factor_of_distillation(classes, temperature):
    """Without the factor τ², the gradient at a high τ shrinks as 1/τ², and the loss of the labels decides alone."""
    teacher, student = 3 * np.random.default_rng(classes).normal(size=(2, 8, classes))

    def without_the_factor(tau):
        return np.linalg.norm(losses.distillation.gradient(teacher, student, tau)) / tau**2

    ratio = without_the_factor(temperature) / without_the_factor(2 * temperature)
    assert 3.6 < ratio < 4.4
    labels = losses.sparse_categorical_crossentropy.gradient(
        teacher.argmax(axis=1), student, from_logits=True
    )
    assert without_the_factor(temperature) < 0.05 * np.linalg.norm(labels)
    with_it = np.linalg.norm(losses.distillation.gradient(teacher, student, temperature))
    assert with_it > 400 * without_the_factor(temperature) * 0.99


@pytest.mark.parametrize("temperature", [0.07, 0.5])
@pytest.mark.parametrize("batch", [2, 64, 500])
@pytest.mark.parametrize("embedding", ["all equal", "random"])
def test_info_nce_and_the_batch_size(temperature, batch, embedding):
    """Equal embeddings cost log n in a batch of n, so losses at different batch sizes cannot be compared."""
    rng = np.random.default_rng(0)
    if embedding == "all equal":
        same = np.tile(rng.normal(size=3), (batch, 1))
        np.testing.assert_allclose(losses.info_nce(same, 2 * same, temperature), np.log(batch), rtol=1e-9)
        return
    anchors = rng.normal(size=(2 * batch, 16))  # one quality of embeddings, at two batch sizes
    partners = anchors + rng.normal(size=anchors.shape)
    halves = np.mean([losses.info_nce(anchors[i::2], partners[i::2], temperature).mean() for i in (0, 1)])
    assert losses.info_nce(anchors, partners, temperature).mean() > halves


@pytest.mark.parametrize("batch", [16, 256])
@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_the_bias_of_the_sigmoid_loss(batch, scale):
    """Without the bias, the n − 1 negatives of each anchor make its loss about n log 2 at the start."""
    a, p = np.random.default_rng(batch).normal(size=(2, batch, 4000))  # untrained: nearly at right angles
    without = losses.sigmoid_contrastive(a, p, scale=scale, bias=0.0).mean()
    np.testing.assert_allclose(without, batch * np.log(2), rtol=0.05)
    assert losses.sigmoid_contrastive(a, p, scale=scale).mean() < 11


@pytest.mark.parametrize("temperature", [0.07, 1.0])
@pytest.mark.parametrize("group", [2, 5])
def test_a_sample_without_a_partner(temperature, group):
    """A sample without a partner in the batch has the loss 0, so build the batches from whole groups."""
    z = np.random.default_rng(group).normal(size=(8 * group, 6))
    whole, single = np.repeat(np.arange(8), group), np.arange(8 * group)
    assert np.all(losses.ntxent(whole, z, temperature) > 0)
    assert not losses.ntxent(single, z, temperature).any()
    assert not losses.ntxent.gradient(single, z, temperature).any()
    one_alone = np.append(whole[:-group], [100] + [7] * (group - 1))
    assert losses.ntxent(one_alone, z, temperature)[len(z) - group] == 0


@pytest.mark.parametrize("length", [0.5, 3.0, 20.0])
@pytest.mark.parametrize("normalised", ["both", "only the class vectors", "neither"])
def test_arcface_takes_cosines(length, normalised):
    """It takes cosines. Normalise embeddings and class vectors, since logits beyond ±1 have no angle."""
    rng = np.random.default_rng(0)
    embeddings, vectors = length * rng.normal(size=(32, 8)), length * rng.normal(size=(5, 8))
    numbers = rng.integers(0, 5, 32)
    if normalised != "neither":
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    if normalised == "both":
        embeddings = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
        assert np.isfinite(losses.arcface(numbers, embeddings @ vectors.T)).all()
        return
    scores = embeddings @ vectors.T
    assert np.abs(scores).max() > 1
    with pytest.raises(ValueError, match="y_pred must be a cosine between -1 and 1"):
        losses.arcface(numbers, scores)
    with np.errstate(invalid="ignore"):
        assert np.isnan(np.arccos(scores)).any()  # which is what the paper's formula would return


@pytest.mark.parametrize("classes", [10, 100, 10_000])
@pytest.mark.parametrize("margin", [0.35, 0.5])
def test_the_scale_of_cosface(classes, margin):
    """With a scale of 1 and ten classes or more, the loss cannot fall below 1, so keep the scale large."""
    best = np.full((1, classes), -1.0)  # better than any embedding can do: all other classes lie opposite
    best[0, 0] = 1.0
    assert losses.cosface([0], best, margin=margin, scale=1.0) > 1
    assert losses.cosface([0], best, margin=margin) < 1e-6


@pytest.mark.parametrize("added", [5.0, -100.0])
@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_only_differences_of_scores_count(added, scale):
    """Only differences count. The same number added to both scores of a pair changes neither loss nor gradient."""
    preferred, rejected = np.random.default_rng(0).normal(size=(2, 20))
    before = losses.pairwise_logistic(preferred, rejected, scale)
    np.testing.assert_allclose(
        losses.pairwise_logistic(preferred + added, rejected + added, scale), before, rtol=1e-9
    )
    slopes = losses.pairwise_logistic.gradient(preferred, rejected, scale)
    moved = losses.pairwise_logistic.gradient(preferred + added, rejected + added, scale)
    np.testing.assert_allclose(moved, slopes, rtol=1e-9)
    assert not np.allclose(losses.pairwise_logistic(preferred + added, rejected, scale), before)


@pytest.mark.parametrize("padding", [1, 20])
@pytest.mark.parametrize("relevances", ["0 to 4", "0 or 1"])
def test_padded_lists(padding, relevances):
    """Padding with 0 counts as further items. Pad relevances and scores with −1e9, and nothing changes."""
    rng = np.random.default_rng(padding)
    y = rng.integers(0, 5 if relevances == "0 to 4" else 2, size=(6, 5)).astype(float)
    z = rng.normal(size=(6, 5))
    plain, slopes = losses.listwise_softmax(y, z), losses.listwise_softmax.gradient(y, z)

    def padded(array, value):
        return np.pad(array, ((0, 0), (0, padding)), constant_values=value)

    assert np.all(np.abs(losses.listwise_softmax(padded(y, 0), padded(z, 0)) - plain) > 0.01)
    np.testing.assert_allclose(losses.listwise_softmax(padded(y, -1e9), padded(z, -1e9)), plain, rtol=1e-12)
    found = losses.listwise_softmax.gradient(padded(y, -1e9), padded(z, -1e9))
    np.testing.assert_allclose(found, padded(slopes, 0), atol=1e-12)
