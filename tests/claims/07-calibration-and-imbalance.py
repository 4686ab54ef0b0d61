"""Proofs of what the chapter *Calibration and imbalance* claims, each in configurations chosen to break it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from lossopt import data, losses, optimizers

GRID = np.geomspace(0.2, 10, 301)  # temperatures to choose from


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(p, y):
    return -np.mean(np.log(p[np.arange(len(y)), y]))


def brier(p, y):
    return np.mean(np.sum((p - np.eye(p.shape[1])[y]) ** 2, axis=1))


def ece(p, y, bins=10):
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    sums = [np.abs(np.sum(right[number == k] - confidence[number == k])) for k in range(bins)]
    return np.sum(sums) / len(y)


def draw(p, rng):
    return np.minimum((p.cumsum(axis=1) < rng.random((len(p), 1))).sum(axis=1), p.shape[1] - 1)


def best_temperature(z, y, temperatures=GRID):
    return temperatures[np.argmin([nll(softmax(z / t), y) for t in temperatures])]


class Network:
    """A network with one hidden layer, trained on all the data at every step."""

    def __init__(self, inputs, classes, optimizer, seed):
        rng = np.random.default_rng(seed)
        self.weights = [
            rng.normal(size=(inputs, 32)) * np.sqrt(2 / inputs),
            np.zeros(32),
            rng.normal(size=(32, classes)) / 6,
            np.zeros(classes),
        ]
        self.rule = {"Adam": optimizers.Adam(0.01), "momentum": optimizers.SGD(0.1, momentum=0.9)}[optimizer]
        self.states = [self.rule.init(w) for w in self.weights]

    def scores(self, x):
        into, bias, out, last = self.weights
        return np.maximum(x @ into + bias, 0) @ out + last

    def step(self, x, y):
        into, bias, out, _ = self.weights
        hidden = np.maximum(x @ into + bias, 0)
        dz = (softmax(self.scores(x)) - np.eye(out.shape[1])[y]) / len(y)
        dh = dz @ out.T * (hidden > 0)
        gradients = x.T @ dh, dh.sum(axis=0), hidden.T @ dz, dz.sum(axis=0)
        moved = [self.rule.update(*it) for it in zip(self.weights, gradients, self.states, strict=True)]
        self.weights, self.states = [w for w, _ in moved], [state for _, state in moved]


@pytest.mark.parametrize("optimizer", ["Adam", "momentum"])
@pytest.mark.parametrize("data_set", ["ten digits", "two overlapping classes"])
@pytest.mark.parametrize("seed", [0, 1])
def test_rising_loss_at_a_steady_accuracy(optimizer, data_set, seed):
    """the training loss falls, the validation loss rises and the accuracy stays | fit a temperature on
    validation data | the model has become overconfident

    If the training loss falls, the validation loss rises and the accuracy stays, the model has become
    overconfident. Fit one temperature on validation data.
    """
    if data_set == "ten digits":
        (x, y), (x_val, y_val), _ = data.digits()
        x, y, x_test, y_test = x[:100], y[:100], x[100:], y[100:]
    else:
        rng = np.random.default_rng(seed)
        y = rng.integers(2, size=3100)
        x = rng.normal(size=(3100, 10)) + y[:, None]
        x, x_val, x_test = np.split(x, [100, 1100])
        y, y_val, y_test = np.split(y, [100, 1100])
    network, log = Network(x.shape[1], y.max() + 1, optimizer, seed), []
    for steps in (100, 300):  # after a hundred the accuracy no longer rises
        for _ in range(steps):
            network.step(x, y)
        z = network.scores(x_val)
        right = np.mean(z.argmax(axis=1) == y_val)
        log.append((nll(softmax(network.scores(x)), y), nll(softmax(z), y_val), right))
    (loss, val_loss, accuracy), (loss_after, val_loss_after, accuracy_after) = log

    # The premises
    assert loss_after < loss
    assert val_loss_after > 1.03 * val_loss
    assert abs(accuracy_after - accuracy) < 0.03
    # The claim
    assert softmax(z).max(axis=1).mean() > accuracy_after + 0.01
    temperature = best_temperature(z, y_val)
    assert temperature > 1.1
    z_test = network.scores(x_test)
    before, after = softmax(z_test), softmax(z_test / temperature)
    assert nll(after, y_test) < nll(before, y_test)
    assert brier(after, y_test) < brier(before, y_test)
    assert np.array_equal(after.argmax(axis=1), before.argmax(axis=1))


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("samples", [100, 5000])
@pytest.mark.parametrize("bins", [5, 20])
def test_ece_of_a_perfect_model(classes, samples, bins):
    """the ECE stays above 0 after calibration | compare it with the ECE of labels drawn from the model's own
    probabilities | even a perfectly calibrated model's ECE is above 0 by chance
    """
    rng = np.random.default_rng(0)
    z = rng.normal(size=(samples, classes))
    p = softmax(2 * z)
    y = draw(p, rng)  # p is exactly right
    by_chance = [ece(p, draw(p, rng), bins) for _ in range(40)]
    assert min(by_chance) > 0
    assert abs(ece(p, y, bins) - np.mean(by_chance)) < 4 * np.std(by_chance)
    # The comparison finds a model that is not calibrated.
    wrong = softmax(4 * z)
    assert ece(wrong, y, bins) > max(ece(wrong, draw(wrong, rng), bins) for _ in range(40))


@pytest.mark.parametrize("share_of_the_ill", [0.1, 0.02])
@pytest.mark.parametrize("model", ["logistic regression", "naive Bayes"])
def test_accuracy_of_the_common_class(share_of_the_ill, model):
    """the accuracy equals the share of the common class | look at recall, and compute the threshold from the
    costs | where a class is rare and hard to recognise, few probabilities exceed ½
    """
    rng = np.random.default_rng(0)
    y = (rng.random(8000) < share_of_the_ill).astype(int)
    x = rng.normal(size=(8000, 2)) + y[:, None]  # the classes overlap
    x_judge, y_judge, x, y = x[4000:], y[4000:], x[:4000], y[:4000]
    learner = {
        "logistic regression": LogisticRegression(C=1e6),
        "naive Bayes": GaussianNB(),
    }[model]
    p = learner.fit(x, y).predict_proba(x_judge)[:, 1]

    assert abs(np.mean((p > 0.5) == y_judge) - np.mean(y_judge == 0)) < 0.012
    assert np.mean(p > 0.5) < share_of_the_ill / 2
    recall = {t: np.mean(p[y_judge == 1] > t) for t in (0.5, 1 / 21)}
    cost = {t: np.sum(np.where(y_judge == 1, 20 * (p <= t), p > t)) for t in (0.5, 1 / 21)}
    assert recall[0.5] < 0.35
    assert recall[1 / 21] > 2 * recall[0.5]
    assert cost[1 / 21] < cost[0.5]


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("classes", [2, 3])
def test_class_weight_and_the_validation_loss(mode, classes):
    """with `class_weight`, training and validation loss are far apart from the first epoch | compare `evaluate`
    on both sets | `fit` applies class weights only to the training loss
    """
    rng, batch_size = np.random.default_rng(0), 7  # the last batch is smaller
    x, y = rng.normal(size=(24, 4)).astype("float32"), np.arange(24) % classes
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(classes)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.0), loss, run_eagerly=mode == "eager")
    weights = {k: 1 + 8 * k for k in range(classes)}
    log = model.fit(
        x, y, batch_size, epochs=1, verbose=0, class_weight=weights, validation_data=(x, y)
    ).history  # the same data, and a model that stays as it is
    assert log["loss"][0] > 2 * log["val_loss"][0]
    weighted = np.array([weights[k] for k in y]) * -np.log(
        softmax(model.predict(x, verbose=0))[np.arange(24), y]
    )
    assert np.isclose(log["loss"][0], weighted.mean(), rtol=1e-4)
    assert np.isclose(model.evaluate(x, y, batch_size, verbose=0), log["val_loss"][0], rtol=1e-5)


def fit_logistic(x, y, weights=None, gamma=0.0):
    """Fit by gradient descent on the focal loss; gamma 0 is cross-entropy."""
    design = np.column_stack([x, np.ones(len(x))])
    weights = np.ones(len(y)) if weights is None else weights
    theta, velocity = np.zeros(design.shape[1]), 0.0
    for _ in range(400):
        slopes = losses.binary_focal_crossentropy.gradient(y, design @ theta, gamma=gamma, from_logits=True)
        velocity = 0.9 * velocity - design.T @ (weights * slopes) / weights.sum()
        theta = theta + velocity
    return lambda x: x @ theta[:-1] + theta[-1]


@pytest.mark.parametrize("remedy", ["class weights", "oversampling", "undersampling", "focal loss"])
@pytest.mark.parametrize(
    "bias", [pytest.param(-3.0, id="one in ten ill"), pytest.param(-5.0, id="one in fifty ill")]
)
def test_too_many_alarms(remedy, bias):
    """too many alarms at the threshold from the costs | subtract the log of the weight ratio; after focal loss,
    recalibrate | balanced weights, balanced resampling and, with two classes, focal loss make a rare class look more
    probable
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40000, 2))
    truth = sigmoid(x @ [1.2, -0.8] + bias)
    y = (rng.random(len(x)) < truth).astype(int)
    x_new, truth_new, y_new, x, y = x[10000:], truth[10000:], y[10000:], x[:10000], y[:10000]
    rare, common = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    ratio = len(common) / len(rare)
    rows = {
        "oversampling": np.append(common, rng.choice(rare, len(common))),
        "undersampling": np.append(rare, rng.choice(common, len(rare), replace=False)),
    }.get(remedy, np.arange(len(y)))
    if remedy == "focal loss":
        z = fit_logistic(x, y, gamma=2.0)(x_new)
    else:
        model = LogisticRegression(C=1e6, class_weight="balanced" if remedy == "class weights" else None)
        z = model.fit(x[rows], y[rows]).decision_function(x_new)
    due = np.mean(truth_new > 1 / 21)
    assert np.mean(sigmoid(z)) > 1.5 * truth_new.mean()
    assert np.mean(sigmoid(z) > 1 / 21) > due + 0.2
    if remedy == "focal loss":
        half = len(z) // 2
        repaired = (
            LogisticRegression(C=1e6).fit(z[:half, None], y_new[:half]).predict_proba(z[half:, None])[:, 1]
        )
        due, truth_new = np.mean(truth_new[half:] > 1 / 21), truth_new[half:]
    else:
        repaired = sigmoid(z - np.log(ratio))
    assert abs(np.mean(repaired > 1 / 21) - due) < 0.06
    assert abs(np.mean(repaired) - truth_new.mean()) < 0.12 * truth_new.mean()
    # With ten classes focal loss makes the rare one look less probable, so the claim names two.
    share, q = 0.02, np.linspace(0.001, 0.2, 1991)
    expected = sum(
        part * (1 - right) ** 2 * -np.log(right) for part, right in ((share, q), (1 - share, (1 - q) / 9))
    )
    assert q[np.argmin(expected)] < share - 0.001


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("alpha", [0.1, 0.9])
def test_alpha_of_the_binary_focal_loss(mode, from_logits, alpha):
    """changing `alpha` of the binary focal loss changes nothing | set `apply_class_balancing=True` | it is off
    by default
    """
    y, p = np.array([[1.0], [0.0], [1.0]]), np.array([[0.6], [0.1], [0.3]])
    outputs = np.log(p / (1 - p)) if from_logits else p

    def value(**settings):
        focal = keras.losses.BinaryFocalCrossentropy(from_logits=from_logits, **settings)
        call = tf.function(focal) if mode == "compiled" else focal
        return float(call(tf.constant(y, "float32"), tf.constant(outputs, "float32")))

    assert value(alpha=alpha) == value()
    right = np.where(y == 1, p, 1 - p)
    balanced = np.where(y == 1, alpha, 1 - alpha) * (1 - right) ** 2 * -np.log(right)
    assert np.isclose(value(alpha=alpha, apply_class_balancing=True), balanced.mean(), rtol=1e-4)
    assert not np.isclose(value(alpha=alpha, apply_class_balancing=True), value(), rtol=0.01)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("gamma", [0.0, 2.0])
@pytest.mark.parametrize("from_logits", [False, True])
def test_a_quarter_of_the_categorical_focal_loss(classes, gamma, from_logits):
    """the categorical focal loss is a quarter of the expected value | set `alpha=1.0` | the default 0.25
    multiplies the whole loss
    """
    rng = np.random.default_rng(0)
    z, labels = rng.normal(size=(20, classes)), rng.integers(classes, size=20)
    p, y = softmax(z), np.eye(classes)[labels]
    right = p[np.arange(20), labels]
    expected = np.mean((1 - right) ** gamma * -np.log(right))
    settings = {"gamma": gamma, "from_logits": from_logits}
    outputs = z if from_logits else p
    by_default = keras.losses.CategoricalFocalCrossentropy(**settings)(y, outputs)
    with_one = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, **settings)(y, outputs)
    assert np.isclose(by_default, expected / 4, rtol=1e-4)
    assert np.isclose(with_one, expected, rtol=1e-4)


@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
@pytest.mark.parametrize("gamma", [0, 0.9])
def test_focal_loss_turns_nan(mode, gamma):
    """focal loss with γ below 1 turns nan | take γ of at least 1, or cross-entropy | its derivative is nan once
    $p$ rounds to 1
    """

    def slope(loss, score):
        def step(z):
            with tf.GradientTape() as tape:
                tape.watch(z)
                value = loss(tf.constant([[1.0]]), z)
            return tape.gradient(value, z)

        step = step if mode == "eager" else tf.function(step, jit_compile=mode == "XLA")
        return float(step(tf.constant([[score]]))[0, 0])

    score = 17.0

    def focal(gamma):
        return keras.losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=True)

    assert np.float32(sigmoid(np.float32(16.0))) < 1 == np.float32(sigmoid(np.float32(score)))
    assert np.isfinite(slope(focal(gamma), 16.0))
    assert np.isnan(slope(focal(gamma), score))
    assert all(np.isfinite(slope(focal(enough), score)) for enough in (1, 2))
    assert np.isfinite(slope(keras.losses.BinaryCrossentropy(from_logits=True), score))


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("spread", [1.0, 4.0])
def test_a_low_ece_is_not_enough(classes, spread):
    """A low ECE does not make a model useful. The Brier score and the NLL reward probabilities that are both
    true and informative.
    """
    rng = np.random.default_rng(0)
    truth = softmax(spread * rng.normal(size=(50000, classes)))
    y = draw(truth, rng)
    shares = np.broadcast_to(np.bincount(y, minlength=classes) / len(y), truth.shape)
    assert ece(shares, y) < 0.005  # calibrated, and it knows nothing of a sample
    coarse = 0.5 * truth + 0.5 * shares  # informative, and too modest
    bold = truth**2 / np.sum(truth**2, axis=1, keepdims=True)  # informative, and overconfident
    for score in (brier, nll):
        assert score(truth, y) < min(score(coarse, y), score(bold, y), score(shares, y)) - 0.001
    assert ece(shares, y) < ece(coarse, y)
    assert brier(shares, y) > brier(coarse, y)
    assert nll(shares, y) > nll(coarse, y)


@pytest.mark.parametrize("healthy_times", [10, 100])
@pytest.mark.parametrize("how", ["repeated", "drawn anew"])
@pytest.mark.parametrize("model", ["good", "poor"])
def test_only_the_share_of_positives_changes(healthy_times, how, model):
    """On imbalanced data, look at precision and recall. If only the share of positives changes, the ROC curve
    stays, but the precision–recall curve does not.
    """
    rng = np.random.default_rng(0)
    ill, healthy = rng.normal({"good": 2.5, "poor": 0.7}[model], 1, 2000), rng.normal(size=2000)
    more = np.repeat(healthy, healthy_times) if how == "repeated" else rng.normal(size=2000 * healthy_times)

    def curves(healthy):
        y, z = np.repeat([1, 0], [len(ill), len(healthy)]), np.append(ill, healthy)
        false_positive_rate, recall, _ = metrics.roc_curve(y, z)
        roc = np.interp(np.linspace(0.01, 1, 100), false_positive_rate, recall)
        return roc, metrics.roc_auc_score(y, z), metrics.average_precision_score(y, z)

    (roc, area, precision), (roc_after, area_after, precision_after) = curves(healthy), curves(more)
    tolerance = 1e-12 if how == "repeated" else 0.04
    assert np.allclose(roc, roc_after, rtol=0, atol=tolerance)
    assert np.isclose(area, area_after, rtol=0, atol=tolerance)
    assert precision_after < precision - 0.15
    # Accuracy would not tell: without a single alarm it is the share of the healthy.
    assert len(more) / (len(more) + len(ill)) > 0.9


@pytest.mark.parametrize("false_alarm, missed", [(500, 10_000), (200, 1_800), (1, 1), (900, 100)])
@pytest.mark.parametrize("patients", ["mostly healthy", "evenly spread", "two groups"])
def test_the_threshold_from_costs(false_alarm, missed, patients):
    r"""If the probabilities are calibrated and only mistakes cost something, raise an alarm above
    $c_{\text{alarm}} / (c_{\text{alarm}} + c_{\text{missed}})$. No other threshold costs less on average.
    """
    rng = np.random.default_rng(0)
    p = {
        "mostly healthy": rng.beta(0.5, 6, 5000),
        "evenly spread": rng.random(5000),
        "two groups": np.append(rng.beta(2, 30, 4000), rng.beta(20, 3, 1000)),
    }[patients]

    def cost(threshold, p=p, truth=p, always=0.0):
        alarm = p > threshold
        return np.mean(np.where(alarm, false_alarm * (1 - truth) + always * truth, missed * truth))

    best = false_alarm / (false_alarm + missed)
    thresholds = np.linspace(0, 1, 301)
    assert cost(best) <= min(map(cost, thresholds)) + 1e-9
    # Both conditions are needed: probabilities that are wrong, or an alarm that costs something also if it is right.
    odds = 10 * p / (1 - p)
    shifted = odds / (1 + odds)
    if false_alarm < missed:
        assert min(cost(t, shifted, p) for t in thresholds) < cost(best, shifted, p)
        assert min(cost(t, always=0.6 * missed) for t in thresholds) < cost(best, always=0.6 * missed)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("largest_weight", [9.0, 100.0])
def test_class_weights_shift_the_score(classes, largest_weight):
    """Class weights shift the score by the log of the weight ratio. Subtract it, and with enough data a model
    that can represent the true probabilities is calibrated again.
    """
    x = np.linspace(-2, 2, 21)
    design = np.column_stack([x, np.ones(21)])
    weights = np.geomspace(1, largest_weight, classes)
    shift = np.log(weights / weights[0])

    def fitted(truth):  # to all that could come: each x with each label, as often as it happens
        rows = np.repeat(x[:, None], classes, axis=0)
        labels, often = np.tile(np.arange(classes), 21), (truth * weights).ravel()
        model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(rows, labels, sample_weight=often)
        z = model.decision_function(x[:, None])
        return np.column_stack([np.zeros(21), z]) if classes == 2 else z

    def relative(z):
        return z - z[:, :1]

    rng = np.random.default_rng(0)
    z = design @ rng.normal(size=(2, classes))
    assert np.allclose(relative(fitted(softmax(z))), relative(z) + shift, atol=2e-3)
    assert np.allclose(softmax(fitted(softmax(z)) - shift), softmax(z), atol=1e-3)
    # A curved truth cannot be represented: subtracting leaves an error then.
    curved = softmax(z + 2 * x[:, None] ** 2 * (np.arange(classes) == 0))
    assert np.abs(softmax(fitted(curved) - shift) - curved).max() > 0.02
    # Nor is a model with nearly as many weights as samples calibrated again.
    inputs = rng.normal(size=(60, 40))
    labels = draw(softmax(inputs[:, :classes]), rng)
    few = LogisticRegression(C=1e6, max_iter=2000).fit(inputs, labels, sample_weight=weights[labels])
    new = rng.normal(size=(500, 40))
    z = few.decision_function(new)
    z = np.column_stack([np.zeros(500), z]) if classes == 2 else z
    assert np.abs(softmax(z - shift) - softmax(new[:, :classes])).mean() > 0.1


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("recalibration", ["Platt", "isotonic"])
def test_focal_loss_moves_probabilities_towards_one_half(gamma, recalibration):
    """Focal loss moves the probabilities of two classes towards ½. Recalibrate them on held-out data before you
    use a threshold from costs.
    """
    p = np.linspace(0.0005, 0.9995, 1999)
    shares = np.array([0.02, 0.09, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98])
    one, zero = (losses.binary_focal_crossentropy(np.full_like(p, k), p, gamma=gamma) for k in (1, 0))
    best = np.array([p[np.argmin(s * one + (1 - s) * zero)] for s in shares])
    assert np.all(np.abs(best - 0.5)[shares != 0.5] < np.abs(shares - 0.5)[shares != 0.5])
    assert np.all((best > 0.5) == (shares > 0.5))
    assert np.isclose(best[shares == 0.5], 0.5, atol=1e-3)

    rng = np.random.default_rng(0)
    group = rng.choice(len(shares), 20000, p=[0.3, 0.25, 0.15, 0.1, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01])
    y = (rng.random(20000) < shares[group]).astype(int)
    z = np.log(best / (1 - best))[group]
    train, test = np.arange(20000) < 10000, np.arange(20000) >= 10000
    if recalibration == "Platt":
        repaired = (
            LogisticRegression(C=np.inf).fit(z[train, None], y[train]).predict_proba(z[test, None])[:, 1]
        )
    else:
        repaired = IsotonicRegression(out_of_bounds="clip").fit(z[train], y[train]).predict(z[test])

    def cost(alarm):
        return np.mean(np.where(y[test] == 1, 20.0 * ~alarm, alarm))

    assert cost(repaired > 1 / 21) < 0.95 * cost(sigmoid(z[test]) > 1 / 21)
    assert cost(repaired > 1 / 21) < 1.02 * cost(shares[group][test] > 1 / 21)


@pytest.mark.parametrize("gap", [0.1, 0.04])
@pytest.mark.parametrize(
    "confidences", [pytest.param((0.55, 0.7, 0.8), id="low"), pytest.param((0.6, 0.75, 0.88), id="high")]
)
def test_quiz_temperature(gap, confidences):
    """Right: a $T$ below 1 spreads the scores, so every confidence rises. The larger score stays the larger
    one, so no answer changes.

    No: $T > 1$ would lower every confidence, and here each is already too low.

    No: a model that is too modest is miscalibrated, too, and a $T$ below 1 lowers its NLL.

    Nearly: $T$ is below 1. But dividing both scores by $T$ keeps their order, so no answer changes.
    """

    def samples(pairs):  # of each pair 100 samples, said with `confidence`, of which `accuracy` are right
        z = np.concatenate([np.tile([0, np.log(c / (1 - c))], (100, 1)) for c, _ in pairs])
        return z, np.concatenate(
            [np.repeat([1, 0], [round(100 * a), 100 - round(100 * a)]) for _, a in pairs]
        )

    z, y = samples([(c, c + gap) for c in confidences])
    temperature = best_temperature(z, y)
    assert temperature < 0.99
    assert nll(softmax(z / temperature), y) < nll(softmax(z), y)
    assert np.all(softmax(z / temperature).max(axis=1) > softmax(z).max(axis=1))
    assert np.all(softmax(z / 1.5).max(axis=1) < softmax(z).max(axis=1))
    assert np.array_equal((z / temperature).argmax(axis=1), z.argmax(axis=1))
    # "In every bin" is needed: this model is too modest on average only.
    assert best_temperature(*samples([(0.78, 1.0)] * 9 + [(0.98, 0.0)])) > 1


@pytest.mark.parametrize("how", ["expected", "simulated"])
@pytest.mark.parametrize("p", [pytest.param(0.15, id="patient of the question"), 0.05, 0.3, 0.7])
def test_quiz_costs(how, p):
    """No: ½ is right only where both mistakes cost the same. Here a missed case costs nine times as much as a
    false alarm.

    No: 0.9 has the wrong cost in the numerator. The more a missed case costs, the *lower* is the threshold.

    Nearly: an alarm is right here. But below 0.1 an alarm costs more than silence.

    Right: the threshold is 200 / 2,000 = 0.1. At 0.15 silence costs 0.15 · 1,800 = 270 € on average, an alarm
    0.85 · 200 = 170 €.
    """
    ill = np.random.default_rng(0).random(200_000) < p if how == "simulated" else np.array(p)
    silence, alarm = np.mean(ill * 1800.0), np.mean((1 - ill) * 200.0)
    assert 1800 == 9 * 200
    assert (alarm < silence) == (p > 0.1)
    if p == 0.15:
        assert np.allclose([silence, alarm], [270, 170], rtol=0.02)

    def threshold(false_alarm, missed):  # where silence and an alarm cost the same
        p = np.linspace(0, 1, 100_001)
        return p[np.argmin(np.abs(missed * p - false_alarm * (1 - p)))]

    assert np.isclose(threshold(200, 1800), 0.1, atol=1e-4)
    assert np.isclose(threshold(1800, 200), 0.9, atol=1e-4)  # the wrong cost in the numerator
    assert np.isclose(threshold(700, 700), 0.5, atol=1e-4)
    ratios = [threshold(1, missed) for missed in (0.2, 1, 2, 9, 100)]
    assert np.all(np.diff(ratios) < 0)
    assert [np.isclose(t, 0.5, atol=1e-4) for t in ratios] == [False, True, False, False, False]


@pytest.mark.parametrize("fit", ["gradient descent", "scikit-learn", "Keras"])
def test_quiz_weights(fit):
    """Right: the weights multiply the odds by 9. Odds of 1 : 1 go back to 1 : 9, which is p = 0.1.

    No: the weights raised this output. Of such patients only one in ten is ill.

    No: that divides the *probability* by 9. The weights multiply the odds, p / (1 − p).

    No: that goes the wrong way. A weight of 9 on "ill" raises the output above the true probability.
    """
    # Two kinds of patients: of one kind one in ten is ill, of the other one in three.
    often = np.array([9, 1, 2, 1])
    x, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0, 1, 0, 1])
    weights = np.where(y == 1, 9.0, 1.0)
    if fit == "gradient descent":
        z = fit_logistic(x, y, often * weights)(np.array([[0.0], [1.0]]))
    elif fit == "scikit-learn":
        model = LogisticRegression(C=np.inf, class_weight={0: 1, 1: 9}, tol=1e-8)
        z = model.fit(x, y, sample_weight=often).decision_function([[0.0], [1.0]])
    else:
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.5), keras.losses.BinaryCrossentropy(from_logits=True))
        rows = np.repeat(np.arange(4), often)
        batch = tf.data.Dataset.from_tensors((x[rows], y[rows, None])).repeat(400)
        model.fit(batch, class_weight={0: 1, 1: 9}, shuffle=False, verbose=0)
        z = model.predict(np.array([[0.0], [1.0]]), verbose=0).ravel()
    p, truth = sigmoid(z), np.array([1 / 10, 1 / 3])
    assert np.allclose(p[0], 0.5, atol=2e-3)
    assert np.all(p > truth + 0.3)
    odds = p / (1 - p)
    assert np.allclose(odds, 9 * truth / (1 - truth), rtol=0.01)
    assert np.allclose(odds / 9 / (1 + odds / 9), truth, atol=2e-3)
    assert np.all(np.abs(p / 9 - truth) > 0.04)  # the probability divided by 9 is not it
