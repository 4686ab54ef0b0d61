"""What the chapter *One number for a batch* claims."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import data

KM = np.array([[1.0], [2.0], [3.0], [4.0]])
MINUTES = np.array([[5.0], [7.0], [13.0], [15.0]])


def identity(columns=1):
    return keras.Sequential([keras.Input((columns,)), keras.layers.Identity()])


def evaluate(errors, weights, mode, loss, batch_size=None, **compiled):
    """The results of `evaluate` for predictions that are off by `errors`."""
    model = identity()
    model.compile(loss=loss, run_eagerly=mode == "eager", jit_compile=mode == "XLA", **compiled)
    errors = np.reshape(errors, (-1, 1))
    return model.evaluate(
        errors, 0 * errors, sample_weight=weights, batch_size=batch_size or len(errors), verbose=0
    )


def evaluate_masked(mode, batch_size):
    """The loss under the default reduction and a weighted metric, for errors of 1, 1, 3 and none behind a mask."""
    x = np.ones((4, 3, 1)) * np.array([1.0, 1.0, 3.0, 0.0])[:, None, None]
    x[2, 1:] = 0  # the mask hides what is 0
    model = keras.Sequential([keras.Input((3, 1)), keras.layers.Masking(0.0)])
    model.compile(
        loss="mse", weighted_metrics=[keras.metrics.MeanSquaredError()], run_eagerly=mode == "eager"
    )
    return model.evaluate(x, 0 * x, batch_size=batch_size, verbose=0)


def all_in_one(y_true, y_pred):
    return tf.reduce_mean((y_pred - y_true) ** 2)


def one_per_sample(y_true, y_pred):
    return tf.reduce_mean((y_pred - y_true) ** 2, axis=-1)


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize("loss", ["a function", "a class", "built in, shape (n,)"])
def test_permuted_weights(mode, loss):
    """permuting the sample weights does not change the loss | return one value per sample, and give predictions the
    shape (n, 1) | a loss that has averaged already is multiplied by the mean of the weights"""
    errors, weights = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 1.0, 1.0, 3.0])

    class AllInOne(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return all_in_one(y_true, y_pred)

    def value(w):
        if loss == "built in, shape (n,)":
            return keras.losses.MeanSquaredError()(0 * errors, errors, sample_weight=w).numpy()
        return evaluate(errors, w, mode, all_in_one if loss == "a function" else AllInOne())

    assert np.isclose(value(weights), value(weights[::-1]))
    assert np.isclose(value(weights), weights.mean() * np.mean(errors**2))
    cured = [evaluate(errors, w, mode, one_per_sample) for w in (weights, weights[::-1])]
    assert np.allclose(cured, [np.mean(weights * errors**2), np.mean(weights[::-1] * errors**2)])
    assert not np.isclose(*cured)


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("uneven", ["weights", "a mask"])
def test_evaluate_depends_on_batches(mode, uneven):
    """the loss of `evaluate` changes with `batch_size`, and there are weights or masks | report a weighted metric |
    `mean_with_sample_weight` divides by each batch's own weights, and a mask by each batch's own count"""
    errors = np.sqrt([1.0, 1, 1, 1, 9, 9, 9, 9])
    w = np.array([1.0, 1, 1, 1, 0, 0, 0, 1]) if uneven == "a mask" else np.array([1.0, 2, 1, 2, 9, 1, 1, 1])
    results = [
        evaluate(
            errors,
            w,
            mode,
            keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"),
            batch_size,
            weighted_metrics=[keras.metrics.MeanSquaredError()],
        )
        for batch_size in (8, 4, 3, 2)
    ]
    losses, metrics = np.transpose(results)
    assert len(set(np.round(losses, 4))) > 1
    assert np.allclose(metrics, np.sum(w * errors**2) / np.sum(w))
    halves = [np.average(errors[part] ** 2, weights=w[part]) for part in (slice(0, 4), slice(4, 8))]
    assert np.isclose(losses[1], np.mean(halves))
    masked, metric = np.transpose([evaluate_masked(mode, size) for size in (4, 2, 1)])
    assert np.allclose(masked, [15 / 7, (6 / 6 + 9 / 1) / 2, (1 + 1 + 9 + 0) / 4], rtol=1e-4)
    assert np.allclose(metric, 15 / 7, rtol=1e-4)


def f1_by_hand(y_true, y_pred):
    return 2 * tf.reduce_sum(y_true * y_pred) / tf.reduce_sum(y_true + y_pred)


def recall_by_hand(y_true, y_pred):
    return tf.reduce_sum(y_true * y_pred) / tf.reduce_sum(y_true)


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("metric", ["recall", "F1"])
@pytest.mark.parametrize("seed", [0, 1])
def test_metrics_over_batches(mode, metric, seed):
    """your own recall or F1 differs from scikit-learn's | use the class from `keras.metrics` | a function is averaged
    over the batches, a class keeps counts"""
    from sklearn.metrics import f1_score, recall_score

    rng = np.random.default_rng(seed)
    truth = (rng.random((60, 1)) < np.repeat([0.9, 0.2, 0.4], 20)[:, None]).astype("float32")
    found = np.where(rng.random((60, 1)) < 0.3, 1 - truth, truth).astype("float32")
    function, ours, theirs = {
        "recall": (recall_by_hand, keras.metrics.Recall(), recall_score),
        "F1": (f1_by_hand, keras.metrics.F1Score(average="micro", threshold=0.5), f1_score),
    }[metric]
    model = identity()
    model.compile(loss="mse", metrics=[function, ours], run_eagerly=mode == "eager")
    _, by_function, by_class = model.evaluate(found, truth, batch_size=20, verbose=0)
    assert np.isclose(by_class, theirs(truth, found))
    batches = [function(truth[i : i + 20], found[i : i + 20]) for i in (0, 20, 40)]
    assert np.isclose(by_function, np.mean(batches))
    assert abs(by_function - by_class) > 1e-3


def digit_model(classes=10, output=None):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(32, "relu"), keras.layers.Dense(classes, output)]
    return keras.Sequential([keras.Input((64,)), *layers])


@pytest.mark.parametrize("classes", [3, 10])
@pytest.mark.parametrize("mistake", ["pixels 0 to 255", "from_logits forgotten"])
def test_a_first_loss_too_high(classes, mistake):
    """the first loss is several times log K | scale the inputs, and compare `from_logits` with the last layer | a
    uniform guess costs log K"""
    (x, y), *_ = data.digits()
    x, y = x[y < classes], y[y < classes]
    model = digit_model(classes)

    def first(x, from_logits):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)(y, model(x)).numpy()

    wrong = first(255 * x, True) if mistake == "pixels 0 to 255" else first(x, False)
    assert wrong > 2 * np.log(classes)
    assert first(x, True) < 1.5 * np.log(classes)
    assert np.isclose(
        keras.losses.SparseCategoricalCrossentropy()(y, np.full((len(y), classes), 1 / classes)),
        np.log(classes),
    )


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("classes", [3, 10])
@pytest.mark.parametrize("epochs", [8, 24])
def test_labels_in_the_wrong_rows(optimizer, classes, epochs):
    """the training loss falls slowly and the validation loss never falls clearly below log K | look at some samples
    together with their labels | a model can memorise labels in the wrong rows, but they teach it nothing about new
    data"""
    (x, y), (x_val, y_val), _ = data.digits()
    x, y, x_val, y_val = x[y < classes], y[y < classes], x_val[y_val < classes], y_val[y_val < classes]
    shuffled = np.random.default_rng(0).permutation(y)
    model = digit_model(classes)
    rule = keras.optimizers.Adam(0.005) if optimizer == "adam" else keras.optimizers.SGD(0.1)
    model.compile(rule, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    log = model.fit(
        x,
        shuffled,
        epochs=epochs,
        batch_size=64,
        validation_data=(x_val, y_val),
        verbose=0,
        validation_freq=8,
    ).history
    assert np.log(classes) * 0.75 < log["loss"][7] < log["loss"][0]
    assert log["loss"][-1] <= log["loss"][7]
    assert min(log["val_loss"]) > 0.95 * np.log(classes)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_log_lags_behind(optimizer, seed):
    """in early epochs the validation loss is lower than the training loss | evaluate the finished model on the
    training data before you draw conclusions | the training loss in the log is a mean over the whole epoch"""
    (x, y), validation, _ = data.digits()
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(10)])
    rule = keras.optimizers.Adam(0.005) if optimizer == "adam" else keras.optimizers.SGD(0.1)
    model.compile(rule, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    batches = []
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: batches.append(logs["loss"])
    )
    log = model.fit(x, y, validation_data=validation, callbacks=[record], verbose=0).history
    assert log["val_loss"][0] < 0.9 * log["loss"][0]
    assert np.isclose(log["loss"][0], batches[-1])  # the number in the log is where the running mean ends
    finished = model.evaluate(x, y, verbose=0)
    assert finished < 0.9 * log["loss"][0] and abs(finished - log["val_loss"][0]) < 0.15


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("targets", ["regression", "binary", "sparse, 3 classes"])
def test_the_default_reduction(mode, targets):
    """`sum_over_batch_size`, the default, divides by the number of samples and not by the sum of the weights."""
    w = np.array([0.0, 1.0, 5.0])
    if targets == "regression":
        loss, y, p = keras.losses.MeanSquaredError(), np.zeros((3, 1)), np.sqrt([[2.0], [4.0], [6.0]])
        values = np.array([2.0, 4.0, 6.0])
    elif targets == "binary":
        loss, y, p = keras.losses.BinaryCrossentropy(), np.ones((3, 1)), np.array([[0.2], [0.5], [0.9]])
        values = -np.log(p[:, 0])
    else:
        loss, y = keras.losses.SparseCategoricalCrossentropy(), np.array([[0], [1], [2]])
        p = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
        values = -np.log(np.diag(p))
    model = identity(p.shape[1])
    model.compile(loss=loss, run_eagerly=mode == "eager")
    value = model.evaluate(p, y, sample_weight=w, verbose=0)
    assert np.isclose(value, np.sum(w * values) / 3, rtol=1e-5)
    assert not np.isclose(value, np.sum(w * values) / w.sum(), rtol=1e-2)


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("mean", [1, 2])
def test_one_value_per_sample(mode, mean):
    """A custom loss must return one value per sample, or sample weights act only through their mean."""
    errors, w = np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0]) * mean
    for order in (w, w[::-1], np.full(3, mean)):
        assert np.isclose(evaluate(errors, order, mode, all_in_one), mean * np.mean(errors**2))
        assert np.isclose(evaluate(errors, order, mode, one_per_sample), np.mean(order * errors**2))


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("uneven", ["weights", "weights of 0 and 1", "a mask"])
def test_the_honest_number(mode, uneven):
    """With uneven weights under `mean_with_sample_weight`, or with masks, the loss depends on the batch size, and a
    weighted metric does not."""
    if uneven == "a mask":  # under the default reduction
        masked, metrics = np.transpose([evaluate_masked(mode, size) for size in (4, 3, 2, 1)])
        assert masked.max() > 1.05 * masked.min()
        assert np.allclose(metrics, 15 / 7, rtol=1e-4)
        return
    rng = np.random.default_rng(0)
    errors = rng.normal(size=24) * np.repeat([1.0, 4.0], 12)
    w = (rng.random(24) < np.repeat([0.9, 0.2], 12)) * (rng.random(24) if uneven == "weights" else 1.0)
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    metric = [keras.metrics.MeanSquaredError()]
    results = [evaluate(errors, w, mode, loss, size, weighted_metrics=metric) for size in (24, 12, 8, 5)]
    means, metrics = np.transpose(results)
    assert means.max() > 1.05 * means.min()
    assert np.allclose(metrics, np.average(errors**2, weights=w), rtol=1e-4)
    # The condition: the default reduction divides by the number of samples, in any batch size.
    plain = [evaluate(errors, w, mode, keras.losses.MeanSquaredError(), size) for size in (24, 8, 5)]
    assert np.allclose(plain, np.mean(w * errors**2), rtol=1e-4)


def with_class_weight(y, p, class_weight, loss):
    model = identity(p.shape[-1])
    model.compile(loss=loss)
    return model.fit(p, y, class_weight=class_weight, batch_size=len(y), verbose=0).history["loss"][0]


def raises(model, x, y, weights, loss, message):
    model.compile(loss=loss)
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(x, y, class_weight=weights, verbose=0)


@pytest.mark.parametrize("labels", ["class numbers", "one-hot", "tags", "masks", "several outputs"])
@pytest.mark.parametrize("classes", [3, 5])
def test_class_weights(labels, classes):
    """`class_weight` is for one label per sample. Of tags it sees only one, without an error, and for masks and
    several outputs it raises one."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(classes), 8)
    y = rng.integers(classes, size=8)
    weights = {k: 1.0 + k for k in range(classes)}
    if labels == "masks":  # a class for each of 4 × 4 pixels
        model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Dense(classes, activation="softmax")])
        pixels = rng.integers(classes, size=(8, 4, 4, 1))
        x = rng.random((8, 4, 4, 1))
        raises(
            model,
            x,
            pixels,
            weights,
            "sparse_categorical_crossentropy",
            "0-dimensional arrays|Python scalars",
        )
        return
    if labels == "several outputs":
        x = keras.Input((classes,))
        model = keras.Model(x, [keras.layers.Softmax()(x), keras.layers.Softmax()(x)])
        message = "`class_weight` is only supported for Models with a single output"
        raises(model, p, [y, y], weights, ["sparse_categorical_crossentropy"] * 2, message)
        return
    if labels != "tags":
        loss = "sparse_categorical_crossentropy" if labels == "class numbers" else "categorical_crossentropy"
        given = y if labels == "class numbers" else np.eye(classes)[y]
        expected = np.mean((1 + y) * -np.log(p[np.arange(8), y]))
        assert np.isclose(with_class_weight(given, p, weights, loss), expected, rtol=1e-4)
        return
    tags = (rng.random((8, classes)) < 0.5).astype(float)
    values = -np.mean(tags * np.log(p) + (1 - tags) * np.log(1 - p), axis=-1)
    seen = tags.argmax(axis=1)  # one of them, and class 0 where there is none
    assert (tags.sum(axis=1) > 1).any()
    got = with_class_weight(tags, p, weights, "binary_crossentropy")
    assert np.isclose(got, np.mean((1 + seen) * values), rtol=1e-4)


@pytest.mark.parametrize("model", ["one weight", "a line", "five features"])
@pytest.mark.parametrize("noise", ["normal", "skewed"])
def test_the_training_loss_flatters(model, noise):
    """On average, the loss on the training data looks better than the model is. Choose on a validation set, and test
    once."""
    rng = np.random.default_rng(0)
    features = {"one weight": 1, "a line": 2, "five features": 5}[model]
    truth = rng.normal(size=features)

    def draw(n):
        x = rng.normal(size=(n, features))
        e = rng.normal(size=n) if noise == "normal" else rng.exponential(size=n) - 1
        return x, x @ truth + e

    on_sample, later = [], []
    for _ in range(500):
        x, y = draw(12)
        theta = np.linalg.lstsq(x, y, rcond=None)[0]
        x_new, y_new = draw(200)
        on_sample.append(np.mean((x @ theta - y) ** 2))
        later.append(np.mean((x_new @ theta - y_new) ** 2))
    difference = np.subtract(later, on_sample)
    assert difference.mean() > 3 * difference.std() / np.sqrt(500)


@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("labels", ["class numbers", "one-hot"])
def test_a_uniform_guess(classes, labels):
    """A uniform guess among K classes costs log K. Look at the first loss before you train on."""
    y = np.random.default_rng(0).integers(classes, size=50)
    if labels == "one-hot":
        loss, y = keras.losses.CategoricalCrossentropy(from_logits=True), np.eye(classes)[y]
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert np.isclose(loss(y, np.zeros((50, classes), "float32")), np.log(classes), rtol=1e-5)


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize("order", ["given", "reversed"])
def test_a_loss_that_averages(mode, order):
    """No: 28 / 4 is what a loss with one value per sample would give. This loss averages before Keras applies the
    weights.

    Right: the loss returns one number, 2, and Keras multiplies it by the mean of the weights, which is also 2. With
    `axis=-1` you would get 7.

    No: 28 / 8 is what `mean_with_sample_weight` gives for a loss with one value per sample. The default divides by
    the number of samples.

    No: the weights have an effect, but only through their mean. If their mean were 1, you would see a 2 and notice
    nothing.
    """
    squares, w = np.array([1.0, 1.0, 1.0, 5.0]), np.array([1.0, 1.0, 1.0, 5.0])
    if order == "reversed":
        squares, w = squares[::-1], w[::-1]
    errors = np.sqrt(squares)
    assert np.isclose(evaluate(errors, w, mode, all_in_one), 4)
    assert np.isclose(evaluate(errors, w, mode, one_per_sample), 7) and np.sum(w * squares) == 28
    weighted = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert np.isclose(evaluate(errors, w, mode, weighted), 3.5)
    assert np.isclose(evaluate(errors, w / 2, mode, all_in_one), 2)


@pytest.mark.parametrize("mistake", ["inputs", "from_logits", "labels", "learning rate"])
@pytest.mark.parametrize("seed", [0, 1])
def test_which_mistake_fits(mistake, seed):
    """No: large inputs give large scores, and so confident wrong answers. The *first* loss would be far above log 5 =
    1.61.

    No: this mistake shows in the first loss, too. For random logits it would be several times log 5.

    Right: the first loss is near log 5, because it does not depend on which row has which label. Then the model
    memorises the wrong labels, and that does not help on new data.

    No: with a learning rate that is far too high, the training loss of the first epoch would be far above log 5.
    """
    (x, y), (x_val, y_val), _ = data.digits()
    x, y, x_val, y_val = x[y < 5], y[y < 5], x_val[y_val < 5], y_val[y_val < 5]
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(5)])
    scale = 255 if mistake == "inputs" else 1
    labels = np.random.default_rng(seed).permutation(y) if mistake == "labels" else y
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=mistake != "from_logits")
    model.compile(keras.optimizers.Adam(10.0 if mistake == "learning rate" else 0.01), loss)
    first = model.evaluate(scale * x, labels, verbose=0)
    log = model.fit(
        scale * x, labels, epochs=10, validation_data=(scale * x_val, y_val), batch_size=64, verbose=0
    ).history
    if mistake == "labels":
        assert abs(first - np.log(5)) < 0.4
        assert log["loss"][-1] < np.log(5) - 0.1 and min(log["val_loss"]) > np.log(5) - 0.1
    elif mistake == "learning rate":
        assert log["loss"][0] > 2 * np.log(5)
    else:
        assert first > 2 * np.log(5)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("rate", [0.001, 0.01])
def test_doubled_weights(optimizer, rate):
    """No: Adam divides the gradient by its own size, so a factor that all gradients share cancels.

    Right: the default divides by the number of samples, so the gradient doubles. Plain SGD multiplies it by the
    learning rate, and Adam divides it by its own size first.

    No: the weighted mean is `mean_with_sample_weight`. The default divides by the number of samples, so the loss and
    the gradient double.
    """

    def step(factor):
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        model = keras.Sequential([keras.Input((1,)), layer])
        model.compile(getattr(keras.optimizers, optimizer)(rate), keras.losses.MeanSquaredError())
        w = factor * np.array([1.0, 1.0, 1.0, 3.0])
        loss = model.fit(KM, MINUTES, sample_weight=w, verbose=0).history["loss"][0]
        return loss, layer.kernel.numpy().item() - 1

    (loss, length), (doubled, longer) = step(1), step(2)
    assert np.isclose(doubled, 2 * loss)
    assert np.isclose(longer / length, 2 if optimizer == "SGD" else 1, rtol=1e-3)
