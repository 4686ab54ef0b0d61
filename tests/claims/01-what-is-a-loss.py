"""What the chapter *What is a loss?* claims."""

from itertools import pairwise

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import data

RIDES = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 7.0, 13.0, 15.0])


def descend(loss, start, learning_rate, steps):
    """Return the losses along gradient descent, from TensorFlow's gradients in float64."""
    weights = [tf.Variable(np.asarray(w, float)) for w in start]
    losses = []
    for _ in range(steps + 1):
        with tf.GradientTape() as tape:
            value = loss(*weights)
        losses.append(value.numpy())
        for w, g in zip(weights, tape.gradient(value, weights), strict=True):
            w.assign_sub(learning_rate * g)
    return np.array(losses), [w.numpy() for w in weights]


def one_weight(theta):
    x, y = RIDES
    return tf.reduce_mean((theta * x - y) ** 2)


def line(theta, b):
    x, y = RIDES
    return tf.reduce_mean((theta * x + b - y) ** 2)


def network(first, second):
    x, y = RIDES
    return tf.reduce_mean((tf.tanh(x[:, None] @ first) @ second - y[:, None]) ** 2)


def network_start():
    rng = np.random.default_rng(0)
    return rng.normal(size=(1, 8)), rng.normal(size=(8, 1))


PROBLEMS = {
    "one weight": (one_weight, (1.0,), 0.14),
    "one weight, far too fast": (one_weight, (1.0,), 14.0),
    "two weights": (line, (20.0, -20.0), 0.3),
    "a network": (network, network_start(), 1.0),
}


@pytest.mark.parametrize("problem", ["one weight", "one weight, far too fast", "two weights", "a network"])
def test_a_growing_loss(problem):
    """the loss grows in every step of gradient descent on all the data | divide the learning rate by 10, and
    again while the loss still grows | a step that is too long lands where the loss is higher than before
    """
    loss, start, learning_rate = PROBLEMS[problem]
    assert (np.diff(descend(loss, start, learning_rate, 3)[0]) > 0).all()
    while True:
        learning_rate /= 10
        losses = descend(loss, start, learning_rate, 50)[0]
        if not (np.diff(losses) > 0).any():
            break
    assert learning_rate > 1e-4
    assert losses[-1] < losses[0]


BLOCKING = {
    "a comparison": lambda y, p: tf.cast(p > 0, "float32") - y,
    "argmax": lambda y, p: tf.cast(tf.argmax(p, axis=-1)[:, None], "float32") - y,
    "a cast": lambda y, p: tf.cast(tf.cast(p, "int32"), "float32") - y,
}


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("operation", ["a comparison", "argmax", "a cast"])
def test_no_gradients_provided(mode, operation):
    """the error `No gradients provided for any variable` | look for a comparison, `argmax` or a cast to
    integers in the loss, and replace it with something that has a slope | TensorFlow has no derivative for
    these operations, so the tape returns `None`
    """
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")

    def without_slope(y_true, y_pred):
        return tf.reduce_mean(BLOCKING[operation](y_true, y_pred) ** 2, axis=-1)

    def with_slope(y_true, y_pred):
        return tf.reduce_mean((tf.sigmoid(y_pred) - y_true) ** 2, axis=-1)

    def fit(loss):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3 if operation == "argmax" else 1)])
        model.compile("sgd", loss, run_eagerly=mode == "eager")
        model.fit(x, y, epochs=2, verbose=0)
        return model.history.history["loss"]

    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        fit(without_slope)
    first, last = fit(with_slope)
    assert last < first
    scores = tf.Variable(x)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(BLOCKING[operation](y, scores))
    assert tape.gradient(value, scores) is None


RISKY = {
    "a root": lambda u, small: tf.sqrt(u + small),
    "the root of a square": lambda u, small: tf.sqrt(u**2 + small),
    "a logarithm": lambda u, small: tf.math.log(u + small),
    "a logarithm times its argument": lambda u, small: u * tf.math.log(u + small),
}


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize(
    "function", ["a root", "the root of a square", "a logarithm", "a logarithm times its argument"]
)
def test_a_weight_becomes_nan(function, optimizer):
    """a weight becomes `nan` in a single step, while inputs and targets are finite | look for a root or a logarithm
    whose argument can be 0, and add a small number inside it | an infinite slope at one sample is enough, and
    times 0 it is `nan`
    """

    def train(small, count=3):
        w = tf.Variable([1.0, 1.0])  # the second input of the first sample is 0
        steps = getattr(keras.optimizers, optimizer)(0.001)
        x = tf.constant([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]])
        for _ in range(count):
            with tf.GradientTape() as tape:
                value = tf.reduce_mean(RISKY[function](tf.nn.relu(x @ w[:, None]), small))
            steps.apply([tape.gradient(value, w)], [w])
        return w.numpy()

    assert np.isnan(train(0.0, count=1)).any()
    assert np.isfinite(train(1e-3)).all()
    # The step separates this from a learning rate that is too large: there the weight grows first.
    with np.errstate(all="ignore"):
        way = np.array([descend(one_weight, (1.0,), 0.14, steps)[1][0] for steps in (1, 10, 100)])
    assert np.isfinite(way).all() and (np.diff(np.abs(way)) > 0).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_a_falling_loss_and_a_still_accuracy(classes):
    """the loss falls and the accuracy stays the same | train on, and watch both | the accuracy changes only
    when the answer to some sample changes
    """
    (x, y), *_ = data.digits()
    x, y = x[y < classes], y[y < classes]
    w, losses, answers = np.zeros((64, classes)), [], []
    for _ in range(200):
        z = x @ w
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        losses.append(-np.mean(np.log(p[np.arange(len(y)), y])))
        answers.append(z.argmax(axis=1))
        w -= 0.01 * x.T @ (p - np.eye(classes)[y]) / len(y)
    right = np.array([np.mean(a == y) for a in answers])
    still = np.diff(right) == 0
    assert (np.diff(losses) < 0).all() and still.sum() > 50
    assert right[-1] > right[0]
    changed = [np.any(a != b) for a, b in pairwise(answers)]
    assert all(changed[i] for i in np.flatnonzero(~still))


@pytest.mark.parametrize("problem", ["one weight", "two weights", "a network"])
def test_a_loss_is_a_function_of_the_parameters(problem):
    """A loss is a function of the model's parameters. It is one number, lower is better, and it has a slope
    that an optimizer can follow.
    """
    loss, start, learning_rate = PROBLEMS[problem]
    assert np.ndim(loss(*start)) == 0 and loss(*start) == loss(*start)
    losses, weights = descend(loss, start, learning_rate / 50, 500)
    x, y = RIDES
    # Lower is better: after following the slope, the predictions are closer to the targets.
    assert losses[-1] < losses[0] / 4
    mean_square = {"one weight": lambda t: (t * x - y) ** 2, "two weights": lambda t, b: (t * x + b - y) ** 2}
    if problem in mean_square:
        assert np.isclose(losses[-1], mean_square[problem](*weights).mean(), rtol=1e-2)


@pytest.mark.parametrize(
    "learning_rate",
    [
        pytest.param(0.2, id="a fifth of the limit"),
        pytest.param(0.98, id="2 % below the limit"),
        pytest.param(1.02, id="2 % above the limit"),
        pytest.param(3.0, id="three times the limit"),
    ],
)
@pytest.mark.parametrize("start", [-100.0, 1.0, 20.0])
def test_gradient_descent(start, learning_rate):
    """Gradient descent moves each weight against its gradient, and the learning rate says how far. With one
    weight on a bowl, like the courier's, a learning rate above the limit makes the loss grow in every
    step.
    """
    x, y = RIDES
    limit = 1 / np.mean(x**2)
    gradient = 2 * np.mean((start * x - y) * x)
    _, (after,) = descend(one_weight, (start,), learning_rate * limit, 0)
    assert np.isclose(after, start - learning_rate * limit * gradient)
    grows = np.diff(descend(one_weight, (start,), learning_rate * limit, 30)[0]) > 0
    assert grows.all() if learning_rate > 1 else not grows.any()


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("samples", [40, 300])
def test_accuracy_is_flat(classes, samples):
    """A metric is for people and a loss is for the optimizer. The accuracy is flat between its jumps, so an
    optimizer cannot follow it.
    """
    (x, y), *_ = data.digits()
    x, y = x[y < classes][:samples], y[y < classes][:samples]
    rng = np.random.default_rng(0)

    def accuracy(w):
        return np.mean((x @ w).argmax(axis=1) == y)

    moved = 0
    for _ in range(200):
        w = rng.normal(size=(64, classes))
        moved += accuracy(w) != accuracy(w + 1e-9 * rng.normal(size=w.shape))
    assert moved == 0


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("seed", [0, 1])
def test_points_without_a_gradient(optimizer, seed):
    """A kink does no harm as long as predictions rarely lie exactly on it. A slope that is zero everywhere
    teaches nothing, and an infinite slope at one sample makes weights infinite or `nan`.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(50, 1)).astype("float32")
    y = 2 * x
    x[0] = y[0] = 0  # this sample lies exactly on the kink, in every step

    def train(loss, start=1.0, steps=120):
        w, rule = tf.Variable([[start]]), getattr(keras.optimizers, optimizer)(0.02)
        for _ in range(steps):
            with tf.GradientTape() as tape:
                value = loss(x @ w - y, w)
            rule.apply([tape.gradient(value, w)], [w])
        return w.numpy().item()

    assert abs(train(lambda r, w: tf.reduce_mean(tf.abs(r))) - 2) < 0.05
    assert train(lambda r, w: tf.reduce_mean(tf.cast(tf.abs(r) < 0.1, "float32") + 0 * w)) == 1
    assert not np.isfinite(train(lambda r, w: tf.reduce_mean(tf.sqrt(tf.abs(r))), steps=3))
    # The condition: where all predictions lie on the kink, nothing is learned.
    assert train(lambda r, w: tf.reduce_mean((tf.nn.relu(x @ w) - tf.abs(y)) ** 2), start=0.0) == 0


@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_one_step_by_hand(mode):
    """No: this is the step *along* the gradient. The prediction of 6 minutes is too low, so θ has to grow.

    No: this uses only the derivative of the square, 2 · (−6) = −12. The chain rule also asks how much the
    prediction changes with θ, and the answer is $x = 3$.

    No: −6 · 3 = −18 lacks the factor 2 that comes from the square. The direction is right, but the step
    is half as long as it should be.

    Right: the error is 6 − 12 = −6 and the gradient is 2 · (−6) · 3 = −36, so the new θ is 2 − 0.01 ·
    (−36) = 2.36.
    """
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(2.0))
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=mode == "eager")
    model.fit(np.array([[3.0]]), np.array([[12.0]]), verbose=0)
    theta = layer.kernel.numpy().item()
    error = 2 * 3 - 12
    assert np.isclose(theta, 2 - 0.01 * 2 * error * 3) and round(theta, 2) == 2.36
    along, square_only, halved = 2 + 0.01 * 2 * error * 3, 2 - 0.01 * 2 * error, 2 - 0.01 * error * 3
    assert np.allclose([along, square_only, halved], [1.64, 2.12, 2.18])
    assert np.isclose(theta - 2, 2 * (halved - 2))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_lower_loss_with_lower_accuracy(classes, precision):
    """No: fewer mistakes mean a higher accuracy. The loss also asks how confident each mistake was.

    Right: the mistake of model A costs −log 0.001 = 6.9, and the two mistakes of model B cost 0.92 each.
    The means are 0.79 and 0.27, so the lower loss belongs to the model with the lower accuracy.

    No: the eight patients whom both get right cost the same, but the mean includes the other two
    patients, and one of them costs model A 6.9.
    """
    loss = keras.losses.SparseCategoricalCrossentropy(dtype=precision)
    values, accuracies = [], []
    for given in ([0.9] * 9 + [0.001], [0.9] * 8 + [0.4] * 2):
        p = np.array(given, precision)[:, None]
        # With three classes the last one gets next to nothing, so that the second is the answer.
        shares = np.array([1.0] if classes == 2 else [0.999, 0.001])
        p = np.hstack([p, (1 - p) * shares])
        values.append(float(loss(np.zeros(10, int), p)))
        accuracies.append(np.mean(p.argmax(axis=1) == 0))
    assert np.allclose(values, [0.79, 0.27], atol=0.005)
    assert np.allclose(accuracies, [0.9, 0.8])
    assert round(-np.log(0.001), 1) == 6.9 and round(-np.log(0.4), 2) == 0.92


@pytest.mark.parametrize("samples", [10, 10_000])
@pytest.mark.parametrize("inner", ["a line", "a square"])
def test_a_root_at_zero(samples, inner):
    """No: the mean over the samples divides the infinite slope by their number, and infinity divided by
    thousands is still infinity.

    No: that is true for a kink, where TensorFlow returns a finite number. At 0 the slope of a root is
    infinite.

    Right: the slope of the root at 0 is infinite. The chain rule multiplies it by the derivative of $u$,
    so the gradient is infinite, or `nan` if that derivative is 0.
    """
    distance = tf.concat([[0.0], tf.random.stateless_uniform([samples - 1], (0, 0), 0.5, 1.0)], axis=0)
    w = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        u = distance + (w if inner == "a line" else w**2)
        value = tf.reduce_mean(tf.sqrt(u))
    slope = tape.gradient(value, w).numpy()
    assert np.isinf(slope) if inner == "a line" else np.isnan(slope)
    w.assign_sub(0.1 * slope)
    assert not np.isfinite(w.numpy())
    kinks = (tf.abs, tf.nn.relu, lambda x: tf.maximum(x, 0.0), lambda x: tf.nn.relu(x) - 2 * tf.nn.relu(-x))
    for function in kinks:  # of the last one the slopes are 2 and 1, and TensorFlow returns 0
        kink = tf.Variable(0.0)
        with tf.GradientTape() as tape:
            value = function(kink)
        assert np.isfinite(tape.gradient(value, kink).numpy())
