"""What the chapter *Losses for classification* claims."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import data

pytestmark = pytest.mark.filterwarnings("ignore:.*(softmax over axis -1|y_pred.shape|from_logits=True)")


def digits(classes):
    (x, y), *_ = data.digits()
    return x[y < classes], y[y < classes]


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def in_mode(function, mode):
    """Return the function itself, or compiled by TensorFlow, or by XLA."""
    return function if mode == "eager" else tf.function(function, jit_compile=mode == "XLA")


def loss_of(targets, from_logits=True):
    names = {"class numbers": "SparseCategorical", "one-hot": "Categorical", "yes or no": "Binary"}
    return getattr(keras.losses, names[targets] + "Crossentropy")(from_logits=from_logits)


def value_and_slope(loss, y, z, mode="eager", dtype="float64"):
    z = tf.constant(z, dtype)

    def both(z):
        with tf.GradientTape() as tape:
            tape.watch(z)
            value = loss(y, z)
        return value, tape.gradient(value, z)

    return tuple(part.numpy() for part in in_mode(both, mode)(z))


@pytest.mark.parametrize("cause", ["pixels from 0 to 255", "from_logits forgotten", "both"])
@pytest.mark.parametrize("classes", [3, 10])
@pytest.mark.parametrize("network", ["one layer", "two layers"])
def test_the_first_loss(network, classes, cause):
    """the first loss, before training, is far above log K | scale the inputs to about 1, and pass
    `from_logits=True` if the model returns scores | an untrained model with small scores gives each class
    about 1/K
    """
    x, y = digits(classes)
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(32, activation="relu")] if network == "two layers" else []
    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(classes)])

    def first(scale, from_logits):
        return float(loss_of("class numbers", from_logits)(y, model(scale * x)))

    wrong = first(1 if cause == "from_logits forgotten" else 255, cause == "pixels from 0 to 255")
    assert wrong > 2 * np.log(classes)
    assert abs(first(1, True) - np.log(classes)) < 0.35 * np.log(classes)
    small = softmax(model(0.1 * x).numpy())
    assert np.abs(small.mean(axis=0) - 1 / classes).max() < 0.3 / classes


def train_relu(scale, learning_rate, optimizer, classes, seed, epochs=12, twice=False):
    """Train a network with one hidden layer, in NumPy; return losses, hidden outputs and scores."""
    x, y = digits(classes)
    rng, x, target = np.random.default_rng(seed), scale * x, np.eye(classes)[y]
    weights = [
        rng.uniform(-1, 1, (a, b)) * np.sqrt(6 / (a + b))
        for a, b in ((64, 32), (1, 32), (32, classes), (1, classes))
    ]
    weights[1], weights[3] = 0 * weights[1], 0 * weights[3]
    m, v, t, losses = [0 * w for w in weights], [0 * w for w in weights], 0, []
    for _ in range(epochs):
        total = 0
        for rows in np.array_split(rng.permutation(len(x)), len(x) // 32):
            h = np.maximum(x[rows] @ weights[0] + weights[1], 0)
            z = h @ weights[2] + weights[3]
            p = softmax(z)
            s = p if twice else z
            top = s.max(axis=1)
            sums = top + np.log(np.exp(s - top[:, None]).sum(axis=1))
            total += (sums - (s * target[rows]).sum(axis=1)).sum()
            dz = (softmax(s) - target[rows]) / len(rows)
            if twice:
                dz = p * (dz - (p * dz).sum(axis=1, keepdims=True))
            dh = (dz @ weights[2].T) * (h > 0)
            t += 1
            for i, g in enumerate((x[rows].T @ dh, dh.sum(0), h.T @ dz, dz.sum(0))):
                if optimizer == "Adam":
                    m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.999 * v[i] + 0.001 * g**2
                    g = m[i] / (1 - 0.9**t) / (np.sqrt(v[i] / (1 - 0.999**t)) + 1e-7)
                weights[i] = weights[i] - learning_rate * g
        losses.append(total / len(x))
    hidden = np.maximum(x @ weights[0] + weights[1], 0)
    return losses, hidden, hidden @ weights[2] + weights[3]


CAUSES = {
    "pixels from 0 to 255, SGD": ((255, 0.1, "SGD"), (1, 0.1, "SGD")),
    "learning rate 10, SGD": ((1, 10, "SGD"), (1, 0.1, "SGD")),
    "learning rate 30, SGD": ((1, 30, "SGD"), (1, 0.1, "SGD")),
    "learning rate 2, Adam": ((1, 2, "Adam"), (1, 0.02, "Adam")),
}


@pytest.mark.parametrize(
    "cause",
    ["pixels from 0 to 255, SGD", "learning rate 10, SGD", "learning rate 30, SGD", "learning rate 2, Adam"],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_hidden_units_switched_off(cause, seed):
    """with ReLU, the loss jumps and then stays near log K or above (2.3 for ten classes) | scale the inputs,
    or lower the learning rate | one huge step has switched the hidden units off, and only the last biases
    still learn
    """
    sick, cured = CAUSES[cause]
    losses, hidden, z = train_relu(*sick, 10, seed)
    assert losses[0] > 1.5 * np.log(10) and losses[-1] > np.log(10) - 0.1
    assert (hidden > 0).any(axis=1).mean() < 0.01 and np.isclose(z, z[-1]).all(axis=1).mean() > 0.99
    losses, hidden, _ = train_relu(*cured, 10, seed)
    assert losses[-1] < 0.5 and (hidden > 0).any(axis=1).all()


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("learning_rate", [0.01, 0.003])
def test_a_second_softmax(seed, learning_rate):
    """with Adam the accuracy is high and the loss stops near 1.46 (ten classes) | remove the softmax from the
    last layer | the second softmax gives the right class at most e/(e + 9)
    """
    _, y = digits(10)
    floor = np.log(1 + 9 / np.e)
    losses, _, z = train_relu(1, learning_rate, "Adam", 10, seed, 15, twice=True)
    assert round(floor, 2) == 1.46 and floor < losses[-1] < floor + 0.1
    assert np.mean(z.argmax(axis=1) == y) > 0.95
    assert (softmax(softmax(z)) <= np.e / (np.e + 9) + 1e-9).all()
    losses, _, z = train_relu(1, learning_rate, "Adam", 10, seed, 15)
    assert losses[-1] < 0.2 and np.mean(z.argmax(axis=1) == y) > 0.95


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("output", ["scores", "probabilities"])
def test_one_hot_targets_in_the_sparse_loss(mode, classes, output):
    """the error `must have rank (ndim) target.ndim - 1` | use `CategoricalCrossentropy` | the sparse loss got
    one-hot targets
    """
    y, from_logits = np.eye(classes), output == "scores"
    outputs = np.full((classes, classes), 1 / classes, "float32")
    with pytest.raises(ValueError, match=r"must have rank \(ndim\) `target\.ndim - 1`"):
        in_mode(loss_of("class numbers", from_logits), mode)(y, outputs)
    assert np.isclose(in_mode(loss_of("one-hot", from_logits), mode)(y, outputs), np.log(classes))


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("shape", [pytest.param(1, id="(n,)"), pytest.param(2, id="(n, 1)")])
def test_class_numbers_in_the_categorical_loss(mode, classes, shape):
    """the error `must have the same rank` or `the same shape`, with K outputs | use
    `SparseCategoricalCrossentropy` | the categorical loss got class numbers
    """
    y = np.arange(classes) if shape == 1 else np.arange(classes)[:, None]
    outputs = np.zeros((classes, classes), "float32")
    with pytest.raises(ValueError, match="must have the same " + ("rank" if shape == 1 else "shape")):
        in_mode(loss_of("one-hot"), mode)(y, outputs)
    assert np.isclose(in_mode(loss_of("class numbers"), mode)(y, outputs), np.log(classes))


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("label", ["K", "-1"])
def test_labels_outside(mode, classes, label):
    """the error `outside the valid range of [0, K)`, or `nan` when compiled with XLA | shift the labels to 0
    … K − 1, or pass `ignore_class` | a label is below 0 or above K − 1
    """
    scores = tf.zeros((2, classes))
    outside = classes if label == "K" else -1
    y = tf.constant([0, outside])
    call = in_mode(loss_of("class numbers"), mode)
    if mode == "XLA":
        assert np.isnan(call(y, scores))
    else:
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=rf"outside the valid range of \[0, {classes}\)"
        ):
            call(y, scores)
    assert np.isclose(call(tf.constant([0, classes - 1]), scores), np.log(classes))
    ignoring = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=outside)
    assert np.isclose(in_mode(ignoring, mode)(y, scores), np.log(classes))


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_softmax_over_one_score(mode, optimizer):
    """`CategoricalCrossentropy` is practically 0 from the start, with one output | use
    `BinaryCrossentropy(from_logits=True)` and drop the softmax | a softmax over one score is always 1, and
    if you keep it, the prediction stays 1 with any loss
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 2)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")

    def train(loss, activation):
        loss, w, rule = (
            keras.losses.get(loss),
            tf.Variable([[0.5], [-0.5]]),
            getattr(keras.optimizers, optimizer)(0.1),
        )
        rule.build([w])

        def step():
            with tf.GradientTape() as tape:
                value = tf.reduce_mean(loss(y, activation(x @ w)))
            rule.apply([tape.gradient(value, w)], [w])
            return value

        step = in_mode(step, mode)
        values = [float(step()) for _ in range(15)]
        return values[0], values[-1], activation(x @ w).numpy()

    first, last, p = train("categorical_crossentropy", keras.activations.softmax)
    assert max(first, last) < 1e-6 and np.allclose(p, 1, atol=1e-6)
    binary = keras.losses.BinaryCrossentropy
    for loss in (binary(), binary(from_logits=True), "mse", "hinge"):
        assert np.allclose(train(loss, keras.activations.softmax)[2], 1, atol=1e-6)
    first, last, scores = train(binary(from_logits=True), tf.identity)
    assert last < first and (np.ptp(scores) > 0.5)
    # The trap behind "drop the softmax": with it the loss may fall although the prediction stays 1.
    first, last, _ = train(binary(), keras.activations.softmax)
    assert last < first


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("output", ["Dense(1)", "tags"])
@pytest.mark.parametrize("seed", [0, 1])
def test_accuracy_of_logits(mode, output, seed):
    """the accuracy of `Dense(1)`, or of tags, does not fit the predictions | pass
    `BinaryAccuracy(threshold=0.0)` | `"accuracy"` cuts logits at 0.5, and of tags it compares only the
    largest score
    """
    rng, k = np.random.default_rng(seed), 1 if output == "Dense(1)" else 4
    z = rng.normal(size=(300, k)).astype("float32")
    y = (z + rng.normal(size=z.shape) > 0).astype("float32")
    model = keras.Sequential([keras.Input((k,)), keras.layers.Dense(k, use_bias=False)])
    model.layers[0].set_weights([np.eye(k)])
    metrics = ["accuracy", keras.metrics.BinaryAccuracy(threshold=0.0)]
    model.compile("sgd", loss_of("yes or no"), metrics=metrics, run_eagerly=mode == "eager")
    _, named, binary = model.evaluate(z, y, verbose=0)
    assert np.isclose(binary, np.mean((z > 0) == y))
    said = np.mean((z > 0.5) == y) if k == 1 else np.mean(z.argmax(axis=1) == y.argmax(axis=1))
    assert np.isclose(named, said) and abs(named - binary) > 0.01


PARTS = {
    "40 digits": (data.digits, slice(40), 2.0),
    "60 digits": (data.digits, slice(60), 2.0),
    "30 tumours": (data.breast_cancer, slice(30, 60), 0.5),
    "40 tumours": (data.breast_cancer, slice(40, 80), 0.5),
}


@pytest.mark.parametrize("training_data", ["40 digits", "60 digits", "30 tumours", "40 tumours"])
def test_overconfident_on_validation_data(training_data):
    """the validation loss rises while the accuracy stays | stop earlier, or calibrate ([chapter
    7](07-calibration-and-imbalance.ipynb)) | a few confident mistakes cost more and more
    """
    load, part, learning_rate = PARTS[training_data]
    (x, y), (x_val, y_val), _ = load()
    x, y, classes = x[part], y[part], y.max() + 1

    def costs(z):
        return -np.log(softmax(z)[np.arange(len(z)), y_val])

    w, each, right = np.zeros((x.shape[1], classes)), [], []
    for step in range(4000):
        w = w - learning_rate * x.T @ (softmax(x @ w) - np.eye(classes)[y]) / len(x)
        if step % 10 == 9:
            each.append(costs(x_val @ w))
            right.append((x_val @ w).argmax(axis=1) == y_val)
    losses = np.mean(each, axis=1)
    best = losses.argmin()
    assert losses[-1] > 1.15 * losses[best] and abs(np.mean(right[-1]) - np.mean(right[best])) < 0.03
    # All of the rise comes from the mistakes, while the right answers cost less than before.
    rise, wrong = each[-1] - each[best], ~right[-1]
    assert wrong.mean() < 0.25 and rise[wrong].sum() > rise.sum() > 0
    assert costs(x_val @ w / 2).mean() < losses[-1]  # a temperature of 2, the simplest calibration


@pytest.mark.parametrize("numbering", ["reversed", "shuffled", "shuffled again"])
@pytest.mark.parametrize("task", ["10 digits", "5 digits"])
def test_classes_are_names(numbering, task):
    """Class numbers are names. A model with one output per class does not depend on the numbering, but a
    model that predicts the number does.
    """
    classes = int(task.split()[0])
    x, y = digits(classes)
    design = np.column_stack([x, np.ones(len(x))])
    new = {
        "reversed": np.roll(np.arange(classes)[::-1], 2),
        "shuffled": np.random.default_rng(0).permutation(classes),
        "shuffled again": np.random.default_rng(1).permutation(classes),
    }[numbering]

    def right(y):
        by_number = np.rint(design @ np.linalg.lstsq(design, y, rcond=None)[0])
        outputs = design @ np.linalg.lstsq(design, np.eye(classes)[y], rcond=None)[0]
        return by_number == y, outputs.argmax(axis=1) == y

    (number, one_hot), (number_new, one_hot_new) = right(y), right(new[y])
    assert (one_hot == one_hot_new).all()
    assert np.mean(number != number_new) > 0.05


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("targets", ["class numbers", "one-hot"])
def test_surprise(classes, targets):
    """With one-hot targets, cross-entropy is −log of the probability that the model gave to the right class.
    In general it is the average surprise, and it is lowest when the predicted distribution is the true
    one.
    """
    rng = np.random.default_rng(0)
    p, y = rng.dirichlet(np.ones(classes), 50), rng.integers(classes, size=50)
    value = loss_of(targets, False)(np.eye(classes)[y] if targets == "one-hot" else y, p)
    assert np.isclose(value, -np.log(p[np.arange(50), y]).mean(), rtol=1e-5)
    truth = rng.dirichlet(np.ones(classes))
    events = rng.choice(classes, 200_000, p=truth)
    # Average the surprise over events: it is the cross-entropy, up to chance.
    crossentropy = keras.losses.CategoricalCrossentropy()(truth[None], p[:1])
    assert np.isclose(-np.log(p[0, events]).mean(), crossentropy, rtol=0.02)
    of_truth = -np.sum(truth * np.log(truth))
    assert (-np.sum(truth * np.log(p), axis=1) > of_truth).all()
    near = truth * np.exp(0.01 * rng.normal(size=(100, classes)))
    assert (-np.sum(truth * np.log(near / near.sum(axis=1, keepdims=True)), axis=1) >= of_truth).all()


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("targets", ["class numbers", "one-hot", "yes or no"])
def test_p_minus_y(mode, classes, targets):
    """The gradient with respect to the scores is p − y. At the right class it is close to −1 where the model
    is confident and wrong, and close to 0 where it is confident and right.
    """
    z = np.random.default_rng(0).normal(size=(4, classes))
    z[2], z[3] = 0, 0
    y = np.array([0, 1, 0, 0])
    z[2, 1], z[3, 0] = 20, 20  # confident and wrong, confident and right
    if targets == "yes or no":
        z[2, 0] = -20  # each output is a question of its own
    one_hot = np.eye(classes)[y]
    p = 1 / (1 + np.exp(-z)) if targets == "yes or no" else softmax(z)
    loss = loss_of(targets)
    loss.reduction = "sum"
    _, slope = value_and_slope(loss, y if targets == "class numbers" else one_hot, z, mode)
    slope = slope * (classes if targets == "yes or no" else 1)
    assert np.allclose(slope, p - one_hot, atol=1e-6)
    assert slope[2, 0] < -0.999 and abs(slope[3, 0]) < 0.001


@pytest.mark.parametrize("size", [1, 100, 1000])
@pytest.mark.parametrize("targets", ["class numbers", "one-hot"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_end_in_logits(size, targets, mode):
    """End the model without an activation, pass `from_logits=True`, and apply softmax only to read the
    predictions.
    """
    z = np.array([[size, 0, -size]], "float32")
    y = np.array([2]) if targets == "class numbers" else np.array([[0.0, 0, 1]])
    value, slope = value_and_slope(loss_of(targets), y, z, mode, "float32")
    exact = np.log(np.exp(z[0] - size).sum()) + 2 * size
    assert np.isclose(value, exact) and np.allclose(slope, softmax(z) - [[0, 0, 1]], atol=1e-5)

    def of_probabilities(y, z):  # a layer between ends the rescue
        return loss_of(targets, False)(y, tf.reshape(tf.nn.softmax(z), (1, 3)))

    value, slope = value_and_slope(of_probabilities, y, z, mode, "float32")
    if size == 1:
        assert np.isclose(value, exact)
    else:
        assert value < 17 and np.abs(slope).max() < 1e-3
    p = keras.ops.softmax(z)
    assert np.argmax(p) == np.argmax(z) and np.isclose(np.sum(p), 1)


@pytest.mark.parametrize("classes", [2, 3, 10, 100])
@pytest.mark.parametrize("targets", ["class numbers", "one-hot"])
def test_first_and_lowest_loss(classes, targets):
    """An untrained model with small scores has a loss of about log K, and a second softmax keeps the loss at
    or above log(1 + (K − 1)/e), which is 1.46 for ten classes.
    """
    rng, loss = np.random.default_rng(0), loss_of(targets)
    y = rng.integers(classes, size=200)
    target = np.eye(classes)[y] if targets == "one-hot" else y
    keras.utils.set_random_seed(0)
    untrained = keras.layers.Dense(classes)(0.1 * rng.normal(size=(200, 20)))
    assert abs(float(loss(target, untrained)) - np.log(classes)) < 0.05
    floor = np.log(1 + (classes - 1) / np.e)
    assert classes != 10 or round(floor, 2) == 1.46
    for p in (rng.dirichlet(np.full(classes, 0.1), 200), np.eye(classes)[y]):
        values = -np.log(softmax(p)[np.arange(200), y])
        assert np.isclose(float(loss(target, p)), values.mean(), rtol=1e-5)
        assert (values >= floor - 1e-9).all()
    assert np.isclose(values, floor).all()


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_quiz_two_samples(classes, precision):
    """Right: the losses are 6.9 and 0.69. The gradient at the right class has the size $1 - p$, which is
    0.999 and 0.5.

    No: the gradient is $p - y$, which never exceeds 1 in size, while the loss has no upper limit.

    No: 500 is the ratio of the slopes $-1/p$ with respect to the *probability*. With respect to the score,
    the factor $p(1 - p)$ cancels the $1/p$.

    No: that is true of the squared error of the probability.
    """
    given = np.array([0.5, 0.001])
    losses, slopes, squares = [], [], []
    for p in given:
        z = np.log(np.array([[p] + [(1 - p) / (classes - 1)] * (classes - 1)]))
        value, slope = value_and_slope(loss_of("class numbers"), np.array([0]), z, "eager", precision)
        losses.append(value)
        slopes.append(slope[0, 0])

        def squared(y, z):
            return tf.reduce_sum((tf.nn.softmax(z) - np.eye(classes)[:1]) ** 2)

        squares.append(value_and_slope(squared, None, z, "eager", precision)[1][0, 0])
    assert np.allclose(losses, [0.69, 6.9], atol=0.01) and 9.9 < losses[1] / losses[0] < 10.1
    assert np.allclose(np.abs(slopes), 1 - given, atol=1e-5) and 1.9 < slopes[1] / slopes[0] < 2.1
    assert np.isclose((1 / given[1]) / (1 / given[0]), 500)
    assert np.allclose(slopes, -1 / given * given * (1 - given), atol=1e-5)
    assert abs(squares[1]) < 0.01 < abs(squares[0])
    far = np.zeros((1, classes))
    far[0, 1] = 1e4
    value, slope = value_and_slope(loss_of("class numbers"), np.array([0]), far, "eager", precision)
    assert value > 9999 and np.abs(slope).max() <= 1


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("learning_rate", [0.2, 0.05])
def test_quiz_twenty_classes(seed, learning_rate):
    """No: then an untrained model *starts* far above log 20 = 3.0.

    No: a smaller rate slows the loss down, but it does not stop it at 2.08.

    No: a label format that does not fit the loss raises an error about ranks or shapes.

    Right: the second softmax gets numbers between 0 and 1, so it gives the right class at most $e / (e +
    19)$. Minus the logarithm of that is 2.08.
    """
    rng = np.random.default_rng(seed)
    y = np.arange(100) % 20
    start = 0.2 * rng.normal(size=(100, 20))
    sparse = loss_of("class numbers")
    forgotten = loss_of("class numbers", False)(y, start)
    assert round(np.log(20), 1) == 3.0 and forgotten > 2 * np.log(20)

    def train(twice, rate, steps=400):
        z, adam = tf.Variable(start), keras.optimizers.Adam(rate)

        @tf.function
        def step():
            with tf.GradientTape() as tape:
                value = sparse(y, tf.reshape(tf.nn.softmax(z), (100, 20)) if twice else z)
            adam.apply([tape.gradient(value, z)], [z])
            return value

        adam.build([z])
        losses = [float(step()) for _ in range(steps)]
        return losses, np.mean(z.numpy().argmax(axis=1) == y)

    losses, accuracy = train(True, learning_rate)
    assert round(losses[0], 1) == 3.0 and accuracy > 0.97 and 2.0775 < losses[-1] < 2.12
    assert round(-np.log(np.e / (np.e + 19)), 2) == 2.08
    losses, slower = train(False, learning_rate)[0], train(False, learning_rate / 5)[0]
    assert losses[100] < slower[100] and slower[-1] < 2.0
    with pytest.raises(ValueError, match="rank"):
        loss_of("one-hot")(y, start)
    with pytest.raises(ValueError, match="shape"):
        loss_of("one-hot")(y[:, None], start)


@pytest.mark.parametrize("tags", [2, 5, 10])
@pytest.mark.parametrize("seed", [0, 1])
def test_quiz_two_tags(tags, seed):
    """No: the probabilities of a softmax add up to 1, so both cannot be nearly 1. That needs five sigmoids
    and `BinaryCrossentropy`.

    Right: the loss is −log p − log q, where p + q is at most 1. It is lowest at ½ and ½, where it is still
    1.39.

    No: then the other tag has a probability of nearly 0, which can cost any amount. Two equal shares cost
    less.
    """
    y = np.array([[1.0, 1.0] + [0.0] * (tags - 2)])

    def descend(loss, rate):
        z = tf.Variable(np.random.default_rng(seed).normal(size=(1, tags)))

        @tf.function
        def step():
            with tf.GradientTape() as tape:
                value = loss(y, z)
            z.assign_sub(rate * tape.gradient(value, z))
            return value

        return [step().numpy() for _ in range(300)][-1], z.numpy()

    value, z = descend(loss_of("one-hot"), 2.0)
    p = softmax(z)[0]
    assert np.allclose(p[:2], 0.5, atol=0.01) and round(2 * np.log(2), 2) == 1.39
    assert abs(value - 2 * np.log(2)) < 0.02
    _, z = descend(loss_of("yes or no"), 2.0 * tags)
    assert (1 / (1 + np.exp(-z[0, :2])) > 0.98).all()
    costs = [-np.log(q) - np.log(1 - q) for q in (0.5, 1e-3, 1e-9, 1e-15)]
    assert (np.diff(costs) > 0).all() and costs[-1] > 30
