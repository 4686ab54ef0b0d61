"""What the chapter *MNIST* claims, on scikit-learn's digits, so that nothing has to be downloaded."""

import itertools

import keras
import numpy as np
import pytest
from scipy import stats
from threadpoolctl import threadpool_limits

from lossopt import data


@pytest.fixture(autouse=True)
def one_thread():
    """Use one thread, because for matrices as small as these a second one only waits."""
    with threadpool_limits(1):
        yield


def one_hot(y, classes=10):
    return np.eye(classes)[y]


def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cross_entropy(scores, target):
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.mean(np.sum(target * (np.log(np.exp(shifted).sum(-1, keepdims=True)) - shifted), axis=-1))


class Network:
    """A network with one hidden layer of relus, its weights drawn by He's rule or Glorot's."""

    def __init__(self, inputs, hidden=32, classes=10, seed=0, rule="Glorot"):
        self.rng = np.random.default_rng(seed)
        first = 2 / inputs if rule == "He" else 2 / (inputs + hidden)
        self.weights = [
            self.rng.normal(size=(inputs, hidden)) * np.sqrt(first),
            np.zeros(hidden),
            self.rng.normal(size=(hidden, classes)) * np.sqrt(2 / (hidden + classes)),
            np.zeros(classes),
        ]

    def __call__(self, x):
        w, b, v, c = self.weights
        return np.maximum(x @ w + b, 0) @ v + c

    def accuracy(self, x, y):
        return np.mean(self(x).argmax(axis=1) == y)

    def gradients(self, x, target, drop=0.0):
        """Return the scores and the gradients of the mean cross-entropy."""
        w, b, v, c = self.weights
        kept = (self.rng.random((len(x), len(b))) >= drop) / (1 - drop)
        hidden = np.maximum(x @ w + b, 0) * kept
        scores = hidden @ v + c
        back = (softmax(scores) - target) / len(x)
        inner = (back @ v.T) * (hidden > 0) * kept
        return scores, [x.T @ inner, inner.sum(0), hidden.T @ back, back.sum(0)]

    def fit(
        self,
        x,
        y,
        validation,
        rate,
        *,
        epochs=10,
        batch=32,
        smoothing=0.0,
        change=None,
        drop=0.0,
        rule="Adam",
        classes=10,
    ):
        """Train with `rate(step)` and return a log as Keras prints it, the training values as running means."""
        target = one_hot(y, classes) * (1 - smoothing) + smoothing / classes
        first, second = ([np.zeros_like(w) for w in self.weights] for _ in range(2))
        log, step = {key: [] for key in ("loss", "accuracy", "val_loss", "val_accuracy", "first")}, 0
        for _ in range(epochs):
            losses, rights = [], []
            for rows in np.array_split(self.rng.permutation(len(x)), -(-len(x) // batch)):
                images = change(x[rows], self.rng) if change else x[rows]
                scores, gradients = self.gradients(images, target[rows], drop)
                losses.append(cross_entropy(scores, target[rows]))
                rights.append(np.mean(scores.argmax(1) == y[rows]))
                now, step = rate(step), step + 1
                for w, g, m, s in zip(self.weights, gradients, first, second, strict=True):
                    m += 0.1 * (g - m)
                    s += 0.001 * (g**2 - s)
                    w -= now * (
                        g if rule == "SGD" else m / (1 - 0.9**step) / (np.sqrt(s / (1 - 0.999**step)) + 1e-7)
                    )
            log["first"].append(losses[0])
            log["loss"].append(np.mean(losses))
            log["accuracy"].append(np.mean(rights))
            log["val_loss"].append(cross_entropy(self(validation[0]), one_hot(validation[1], classes)))
            log["val_accuracy"].append(self.accuracy(*validation))
        return log


def warmup_cosine(peak, steps, warmup=None):
    """Return the schedule of the chapter as a function of the step."""
    warmup = max(steps // 10, 1) if warmup is None else warmup

    def rate(step):
        share = min((step - warmup) / max(steps - warmup, 1), 1)
        return peak * (step / warmup if step < warmup else (1 + np.cos(np.pi * share)) / 2)

    return rate


def constant(rate):
    return lambda step: rate


def shift(images, rng):
    """Shift a batch by one pixel at most and let zeros in."""
    side = round(images.shape[1] ** 0.5)
    down, right = rng.integers(0, 3, 2)
    padded = np.pad(images.reshape(-1, side, side), ((0, 0), (1, 1), (1, 1)))
    return padded[:, down : down + side, right : right + side].reshape(len(images), -1)


(X, Y), VALIDATION, _ = data.digits()
ALL, ALL_Y = X, Y
X, Y = X[:400], Y[:400]  # few steps per epoch
# One label in five is wrong, so that batches disagree to the end, as those of a large data set do.
NOISY_Y = np.where(
    np.random.default_rng(1).random(len(ALL)) < 0.2, np.random.default_rng(2).integers(0, 10, len(ALL)), ALL_Y
)


def larger(images):
    """Return digits of 16 × 16 pixels, in which a shift by one pixel is small."""
    return np.kron(images.reshape(-1, 8, 8), np.ones((1, 2, 2))).reshape(-1, 256)


def sensor(classes, rng, n=400):
    """Return readings between 10,000 and 12,000 with a centre for each class, and the classes."""
    centres = np.random.default_rng(7).uniform(10_400, 11_600, (classes, 8))
    y = rng.integers(0, classes, n)
    return np.clip(centres[y] + 150 * rng.normal(size=(n, 8)), 10_000, 12_000), y


# The inputs


@pytest.mark.parametrize("inputs", ["pixels to 255", "a sensor from 10,000 to 12,000"])
@pytest.mark.parametrize("classes", [2, 5, 10])
@pytest.mark.parametrize("rule", ["Glorot", "He"])
def test_the_first_loss(inputs, classes, rule):
    """the first loss is far above log K | scale the inputs | large untrained scores are confident, and most of them
    are wrong

    With first weights by Glorot's or He's rule and the right `from_logits`, a first loss far above log K says that
    the inputs are too large. Scale them before you touch anything else.
    """
    chosen = Y < classes
    x, y = (
        (X[chosen] * 255, Y[chosen])
        if inputs == "pixels to 255"
        else sensor(classes, np.random.default_rng(0))
    )
    scaled = x / 255 if inputs == "pixels to 255" else (x - x.mean(0)) / x.std(0)
    networks = [Network(x.shape[1], classes=classes, seed=seed, rule=rule) for seed in range(20)]
    raw = [cross_entropy(network(x), one_hot(y, classes)) for network in networks]
    assert np.median(raw) > 10 * np.log(classes)
    scores = np.concatenate([network(x) for network in networks])
    assert np.mean(softmax(scores).max(1) > 0.99) > 0.9  # confident
    wrong = [1 - network.accuracy(x, y) for network in networks]
    assert np.mean(wrong) > 0.8 * (1 - 1 / classes)
    after = [cross_entropy(network(scaled), one_hot(y, classes)) for network in networks]
    assert abs(np.median(after) - np.log(classes)) < 1


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_a_sensor_and_five_classes(seed, rule):
    """No: nothing is trained yet, so the rate cannot have caused this loss.

    Right: a uniform guess costs log 5 = 1.6. A loss of 900 means scores in the hundreds, and they come from the size
    of the inputs.

    No: with more hidden units the first loss stays far too high, because it comes from the inputs.

    No: the loss may come down, but standardised inputs leave fewer errors after the same training.
    """
    assert np.round(np.log(5), 1) == 1.6
    rng = np.random.default_rng(seed)
    (x, y), (x_new, y_new) = sensor(5, rng), sensor(5, rng)
    mean, deviation = x.mean(0), x.std(0)
    standard, standard_new = (x - mean) / deviation, (x_new - mean) / deviation
    errors = []
    for images, others in ((x, x_new), (standard, standard_new)):
        firsts = []
        for rate in (1e-6, 1e-2):
            network = Network(8, classes=5, seed=seed)
            log = network.fit(images, y, (others, y_new), constant(rate), rule=rule, classes=5, epochs=6)
            firsts.append(log["first"][0])
        assert firsts[0] == firsts[1]  # before the first step
        errors.append(1 - log["val_accuracy"][-1])
    assert errors[1] < errors[0]
    for hidden, start in itertools.product((32, 1024), ("Glorot", "He")):
        networks = [Network(8, hidden, 5, s, start) for s in range(8)]
        assert min(np.std(network(x)) for network in networks) > 300
        assert np.mean([cross_entropy(network(x), one_hot(y, 5)) for network in networks]) > 300
    assert np.std(Network(8, 32, 5, 0)(standard)) < 2


@pytest.mark.parametrize("factor", [16, 255])
@pytest.mark.parametrize("seed", [0, 1])
def test_raw_in_use(factor, seed):
    """nearly all probabilities are 0 or 1 in use | put `Rescaling` into the model | inputs that were not scaled as
    in training make the scores too large
    """
    network = Network(64, seed=seed)
    network.fit(X, Y, VALIDATION, warmup_cosine(0.01, 260), epochs=20, smoothing=0.05)
    x, y = VALIDATION
    assert np.mean(softmax(network(x)).max(1) > 0.999) < 0.5
    raw = softmax(network(factor * x))
    assert np.mean(raw.max(1) > 0.999) > 0.9
    assert abs(network.accuracy(factor * x, y) - network.accuracy(x, y)) < 0.03
    assert abs(np.std(network(factor * x)) / np.std(network(x)) / factor - 1) < 0.2
    inside = keras.layers.Rescaling(1 / factor)(factor * x).numpy()
    assert np.allclose(softmax(network(inside)), softmax(network(x)), atol=1e-4)


# The schedule


@pytest.mark.parametrize("batch", [8, 32])
@pytest.mark.parametrize("epochs", [5, 12])
@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_a_schedule_in_epochs(batch, epochs, rule):
    """the loss stands still after a few batches | print the rate half-way; give the schedule steps, not epochs | the
    rate is already zero
    """
    steps = -(-len(X) // batch) * epochs
    peak = {"SGD": 0.3, "Adam": 0.01}[rule]
    for length in (epochs, steps):  # as Keras does it
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, decay_steps=length - length // 10, warmup_steps=length // 10, warmup_target=peak
        )
        assert (float(schedule(steps // 2)) == 0) == (length == epochs)
    logs = []
    for length in (epochs, steps):
        rate, network = warmup_cosine(peak, length), Network(64)
        assert (rate(steps // 2) < 1e-12) == (length == epochs)
        logs.append(network.fit(X, Y, VALIDATION, rate, batch=batch, epochs=epochs, rule=rule))
    still, moving = logs
    assert np.ptp(still["val_loss"]) < 1e-12 and np.ptp(still["loss"][1:]) < 0.01
    assert still["loss"][-1] > moving["loss"][-1] + 0.3


@pytest.mark.parametrize("rule", ["SGD", "Adam"])
@pytest.mark.parametrize("seed", [0, 1])
def test_high_small_and_falling_rates(rule, seed):
    """the validation loss jumps from epoch to epoch | let the rate fall to zero | at a high constant rate every step
    still jumps

    A constant high rate gets far, and then it jumps about as long as the batches disagree. A schedule that falls to
    zero also settles, and its length is counted in steps.
    """
    high, small = {"SGD": (1.0, 0.01), "Adam": (0.03, 0.0002)}[rule]
    steps, logs = -(-len(ALL) // 32) * 12, {}
    for name, rate in (
        ("high", constant(high)),
        ("small", constant(small)),
        ("falling", warmup_cosine(high, steps)),
    ):
        network = Network(64, hidden=16, seed=seed)
        logs[name] = network.fit(ALL, NOISY_Y, VALIDATION, rate, epochs=12, rule=rule)
    assert logs["high"]["loss"][2] < logs["small"]["loss"][2] - 0.2  # far
    jumps = {name: np.abs(np.diff(log["val_loss"]))[-4:].mean() for name, log in logs.items()}
    assert jumps["high"] > 3 * jumps["falling"]
    assert logs["falling"]["val_loss"][-1] < min(logs[name]["val_loss"][-1] for name in ("high", "small"))


@pytest.mark.parametrize("per_epoch", [10, 313])
@pytest.mark.parametrize("peak", [0.02, 1.0])
def test_a_schedule_that_is_stopped_half_way(per_epoch, peak):
    """No: the schedule was set for 20 epochs and does not notice that you stop.

    Right: it ended with 0.59 of the peak. The gain comes while the rate falls to zero, so set the schedule to the
    length of your training.

    No: the warm-up took the first two epochs, and since then the rate has been falling.
    """
    rate = warmup_cosine(peak, 20 * per_epoch)
    rates = np.array([rate(step) for step in range(20 * per_epoch + 1)])
    assert round(rates[10 * per_epoch] / peak, 2) == 0.59
    assert np.argmax(rates) == 2 * per_epoch
    assert (np.diff(rates[2 * per_epoch :]) < 0).all() and np.isclose(rates[-1], 0, atol=1e-6)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=18 * per_epoch, warmup_steps=2 * per_epoch, warmup_target=peak
    )
    for step in (0, per_epoch, 2 * per_epoch, 10 * per_epoch, 20 * per_epoch):
        assert np.isclose(float(schedule(step)), rates[step], atol=1e-6)
    if per_epoch == 10:
        return
    steps, ends = -(-len(ALL) // 32), []
    for length in (20, 10):
        runs = [
            Network(64, 16, seed=seed).fit(ALL, NOISY_Y, VALIDATION, warmup_cosine(0.1, length * steps))
            for seed in range(2)
        ]
        ends.append(np.mean([run["val_loss"][-1] for run in runs]))
    assert ends[1] < ends[0]


# Training is harder than validation


@pytest.mark.parametrize("device", ["shifts", "dropped units", "nothing"])
@pytest.mark.parametrize("seed", [0, 1])
def test_training_accuracy_below_validation_accuracy(device, seed):
    """the training accuracy is below the validation accuracy | nothing, if you shift images or drop units; otherwise
    wait an epoch | training is harder than validation, or was measured earlier
    """
    kwargs = {"shifts": {"change": shift}, "dropped units": {"drop": 0.5}, "nothing": {}}[device]
    log = Network(64, 16, seed=seed).fit(
        ALL, ALL_Y, VALIDATION, warmup_cosine(0.01, 408), epochs=12, **kwargs
    )
    behind = np.array(log["val_accuracy"]) - log["accuracy"]
    assert behind[0] > 0.02
    assert (behind[-1] > 0) == (device != "nothing")


@pytest.mark.parametrize("device", ["label smoothing", "shifts"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_training_loss_says_little(device, seed):
    """Label smoothing raises the floor of the training loss, and shifts make the training images harder, so the
    training loss says little about the accuracy.
    """
    kwargs = {"shifts": {"change": shift}, "label smoothing": {"smoothing": 0.05}}[device]
    x, (x_val, y_val) = larger(X), VALIDATION
    networks = [Network(256, seed=seed) for _ in range(2)]
    logs = [
        network.fit(x, Y, (larger(x_val), y_val), warmup_cosine(0.01, 260), epochs=20, **it)
        for network, it in zip(networks, ({}, kwargs), strict=True)
    ]
    if device == "label smoothing":
        floor = -0.955 * np.log(0.955) - 9 * 0.005 * np.log(0.005)
        assert logs[0]["loss"][-1] < floor < logs[1]["loss"][-1]
    else:
        moved = np.concatenate([shift(image[None], np.random.default_rng(i)) for i, image in enumerate(x)])
        for network in networks:
            assert cross_entropy(network(moved), one_hot(Y)) > cross_entropy(network(x), one_hot(Y))
    assert logs[1]["loss"][-1] > 5 * logs[0]["loss"][-1]
    assert logs[1]["val_accuracy"][-1] > logs[0]["val_accuracy"][-1] - 0.02
    assert logs[1]["loss"][-1] > logs[1]["val_loss"][-1] / 2


@pytest.mark.parametrize("cure", ["more images", "shifts"])
@pytest.mark.parametrize("images", [60, 120])
def test_overfitting(cure, images):
    """the training accuracy is near 1, the validation accuracy is lower | find more images, or shift those you have as
    new ones may be shifted | the network overfits
    """
    (x, y), (x_val, y_val), _ = data.digits()
    x, x_val, ends = larger(x), larger(x_val), []
    if cure == "shifts":  # the new images are shifted, each in its own way
        rng = np.random.default_rng(0)
        x_val = np.concatenate([shift(image[None], rng) for image in x_val])
    for cured in (False, True):
        n = 500 if cured and cure == "more images" else images
        change = shift if cured and cure == "shifts" else None
        for seed in range(2):
            log = Network(256, seed=seed).fit(
                x[:n], y[:n], (x_val, y_val), constant(0.005), epochs=2400 // n, change=change, batch=16
            )
            ends.append([log["accuracy"][-1], log["val_accuracy"][-1]])
    before, after = np.mean(ends[:2], axis=0), np.mean(ends[2:], axis=0)
    assert before[0] > 0.99 and before[1] < 0.95
    assert after[1] > before[1]


@pytest.mark.parametrize("classes", [2, 10, 100])
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_the_loss_after_smoothing(classes, alpha):
    """the loss is several times as high after label smoothing | compare it with its floor, and compare accuracies | the
    loss has another definition
    """
    y = np.arange(classes)
    smoothed = one_hot(y, classes) * (1 - alpha) + alpha / classes
    floor = -np.sum(smoothed[0] * np.log(smoothed[0]))
    for target_probability in (0.99, 0.999):  # of one and the same model
        lead = np.log(target_probability * (classes - 1) / (1 - target_probability))
        scores = lead * one_hot(y, classes)
        plain, smooth = cross_entropy(scores, one_hot(y, classes)), cross_entropy(scores, smoothed)
        assert smooth > 3 * plain and smooth > floor
    assert np.isclose(cross_entropy(np.log(smoothed), smoothed), floor)
    rng = np.random.default_rng(0)
    assert all(
        cross_entropy(np.log(smoothed) + rng.normal(size=smoothed.shape), smoothed) > floor for _ in range(50)
    )


# Gain and luck


@pytest.mark.parametrize("noise", ["of the seeds", "mostly shared by a pair"])
@pytest.mark.parametrize("pairs", [3, 5])
def test_luck(noise, pairs):
    """a gain vanishes with other seeds | train more pairs, and look at the t-interval | it was luck

    Compare recipes with the same seeds, in pairs. With five pairs, mere luck exceeds two standard errors in 11.6 % of
    all cases, so use t = 2.78.
    """
    assert round(200 * stats.t.sf(2, 4), 1) == 11.6 and round(stats.t.ppf(0.975, 4), 2) == 2.78
    rng, trials = np.random.default_rng(0), 20_000
    common = rng.normal(size=(trials, 2, pairs)) * (3 if noise == "mostly shared by a pair" else 0)
    a, b = (0.98 + 0.001 * (common + rng.normal(size=common.shape)) for _ in range(2))
    differences = b - a
    means, errors = differences.mean(-1), differences.std(-1, ddof=1) / np.sqrt(pairs)
    exceeds = np.abs(means[:, 0] / errors[:, 0])
    assert abs(np.mean(exceeds > 2) - 2 * stats.t.sf(2, pairs - 1)) < 0.006
    assert abs(np.mean(exceeds > stats.t.ppf(0.975, pairs - 1)) - 0.05) < 0.006
    gains = means[:, 0] > 2 * errors[:, 0]  # the gains that were believed, and what new seeds say
    assert np.abs(means[gains, 1]).mean() < 0.1 or abs(means[gains, 1].mean()) < 0.0001
    assert abs(means[gains, 1].mean()) < 0.1 * means[gains, 0].mean()
    unpaired = np.sqrt((a.var(-1, ddof=1) + b.var(-1, ddof=1)) / pairs)
    if noise == "mostly shared by a pair":  # then pairs are what makes the comparison sharp
        assert np.median(unpaired) > 2 * np.median(errors)


@pytest.mark.parametrize("unit", ["shares", "images of 10,000"])
@pytest.mark.parametrize("noise", ["small", "large"])
def test_three_pairs(unit, noise):
    """No: the ratio is 2.5, but with three pairs mere luck exceeds 2 in 18 of 100 cases.

    No: if the change does nothing, three of three pairs improve by luck once in eight times.

    No: the interval contains gains up to 0.0045, so an effect of that size is possible.

    Right: the mean gain is 0.0017, and with t = 4.30 its 95 % interval is ±0.0029, which contains 0.
    """
    factor = 10_000 if unit == "images of 10,000" else 1
    difference = factor * (np.array([0.983, 0.985, 0.982]) - [0.980, 0.984, 0.981])
    mean, error, t = difference.mean(), stats.sem(difference), stats.t.ppf(0.975, 2)
    assert (round(mean / error, 1), round(t, 2)) == (2.5, 4.3)
    assert (round(mean / factor, 4), round(t * error / factor, 4)) == (0.0017, 0.0029)
    assert round((mean + t * error) / factor, 4) in (0.0045, 0.0046) and mean - t * error < 0
    rng = np.random.default_rng(0)
    luck = {"small": 0.001, "large": 1.0}[noise] * rng.normal(size=(40_000, 3))
    assert abs(np.mean(np.abs(luck.mean(1)) > 2 * stats.sem(luck, axis=1)) - 0.18) < 0.01
    assert abs(np.mean((luck > 0).all(axis=1)) - 1 / 8) < 0.01


@pytest.mark.parametrize("recipes", [2, 20])
@pytest.mark.parametrize("skill", ["equal", "unequal"])
@pytest.mark.parametrize("images", ["errors independent", "hard images in common"])
def test_what_was_chosen_by_an_image_set(recipes, skill, images):
    """No: the images were used for choosing, and the best of twenty is partly the luckiest on these images.

    Right: the choice rewards skill and luck, and the luck does not carry over to new images.

    No: nothing in the choice looked at the new images, so on average it cannot favour them.

    A recipe that was chosen by some images looks better on them than on new ones. Choose by a validation set, and open
    the test set once.
    """
    rng, trials, n = np.random.default_rng(0), 4000, 10_000
    skills = 0.984 + (0.0005 * rng.normal(size=recipes) if skill == "unequal" else np.zeros(recipes))
    shared = 0.9 if images == "hard images in common" else 0.0

    def measured():
        """One accuracy per trial and recipe on a fresh set of images, part of whose luck all recipes share."""
        size = np.sqrt(skills * (1 - skills) / n)
        luck = np.sqrt(shared) * rng.normal(size=(trials, 1))
        return skills + size * (luck + np.sqrt(1 - shared) * rng.normal(size=(trials, recipes)))

    chosen_by, new, test = measured(), measured(), measured()
    best = (np.arange(trials), chosen_by.argmax(axis=1))
    noise = 4 * np.std(new) / np.sqrt(trials)
    assert chosen_by[best].mean() > new[best].mean() + 1e-4
    assert abs(new[best].mean() - skills[best[1]].mean()) < noise  # neither favoured nor harmed
    assert (
        abs(test[best].mean() - new[best].mean()) < 1.5 * noise
    )  # a test set that nobody chose by is honest
    if skill == "unequal":
        assert new[best].mean() > skills.mean()  # skill was chosen as well


@pytest.mark.parametrize(
    "changes", ["ridge, then fewer features", "fewer features, then ridge", "ridge, then more samples"]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_ladder_and_leave_one_out(changes, seed):
    """A ladder shows what a change is worth at its place, which depends on the order. Leave-one-out shows what it is
    worth in the finished recipe.
    """
    truth = np.r_[np.ones(5), np.zeros(35)]

    def error(recipe):
        """Return the mean squared error of a linear fit on new samples, a mean over 40 data sets."""
        features, samples = 5 if "fewer features" in recipe else 40, 400 if "more samples" in recipe else 50
        found = []
        for trial in range(40):
            rng = np.random.default_rng([seed, trial])
            x = rng.normal(size=(samples, 40))
            y = x @ truth + 2 * rng.normal(size=samples)
            kept = x[:, :features]
            penalty = 15.0 * ("ridge" in recipe) + 1e-9
            w = np.linalg.solve(kept.T @ kept + penalty * np.eye(features), kept.T @ y)
            found.append(np.sum((np.r_[w, np.zeros(40 - features)] - truth) ** 2))
        return np.mean(found)

    first, second = changes.split(", then ")
    neither, only_first, only_second, both = (error(it) for it in ((), (first,), (second,), (first, second)))
    as_first, as_last = neither - only_first, only_second - both
    assert as_first > 2 * as_last  # the same change, at two places of a ladder
    in_finished_recipe = only_second - both
    assert in_finished_recipe == as_last != as_first
