"""What the chapter *Schedules, warm-up, clipping, averaging* claims."""

import warnings
from functools import cache
from itertools import pairwise
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import data, optimizers, schedules, surfaces

k = keras.optimizers.schedules
RULES = {
    "SGD": lambda rate, **more: keras.optimizers.SGD(rate, **more),
    "momentum": lambda rate, **more: keras.optimizers.SGD(rate, momentum=0.9, **more),
    "Adam": lambda rate, **more: keras.optimizers.Adam(rate, **more),
}
optimizer_names = pytest.mark.parametrize("optimizer", ["SGD", "momentum", "Adam"])
modes = pytest.mark.parametrize("mode", ["eager", "compiled"])


def walk(optimizer, gradients, mode="eager", start=1.0):
    """Return the weights before and after each step. `gradients` is an array of steps, or a function of the weights."""
    w = keras.Variable(np.full(np.shape(gradients)[1:] or (2,), start), dtype="float32")
    optimizer.build([w])

    def step(g):
        optimizer.apply([g], [w])

    step, path = tf.function(step) if mode == "compiled" else step, [w.numpy()]
    for g in gradients if not callable(gradients) else range(30):
        step(tf.constant(gradients(w.numpy()) if callable(gradients) else g, "float32"))
        path.append(w.numpy())
    return np.array(path)


def model_of(optimizer, mode="eager", seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
    )
    model.compile(optimizer, loss="mse", run_eagerly=mode == "eager")
    return model


def regression(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(96, 5))
    return x, np.sin(x[:, :1]) + 0.3 * rng.normal(size=(96, 1))


@cache
def train(width, depth, peak, warm=0, clip=np.inf, classes=10, steps=100, nets=12):
    """Train networks on digits with Adam and a cosine. Return the losses of the first steps, and the accuracies."""
    (x, y), (x_val, y_val), _ = data.digits()
    x, y, x_val, y_val = x[y < classes], y[y < classes], x_val[y_val < classes], y_val[y_val < classes]
    rng, sizes = np.random.default_rng(0), (64, *[width] * (depth - 1), classes)
    weights = []
    for rows, columns in pairwise(sizes):
        weights += [np.sqrt(2 / rows) * rng.normal(size=(nets, rows, columns)), np.zeros((nets, 1, columns))]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    rates = schedules.CosineDecay(0.0, steps - warm, 0.0, peak, warm)(np.arange(steps))
    picked, losses = rng.integers(len(x), size=(steps, 64)), []

    def forward(h):
        layers = [h]
        for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
            layers.append(np.maximum(layers[-1], 0) @ kernel + bias if len(layers) > 1 else h @ kernel + bias)
        return layers

    for t, rows in enumerate(picked):
        layers = forward(x[rows][None])
        z = layers[-1] - layers[-1].max(-1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(-1, keepdims=True))
        losses.append(-log_p[:, np.arange(64), y[rows]].mean(-1))
        back, gradients = (np.exp(log_p) - np.eye(classes)[y[rows]]) / 64, []
        for i in reversed(range(depth)):
            below = (
                np.maximum(layers[i], 0) if i else np.broadcast_to(layers[0], (nets, *layers[0].shape[1:]))
            )
            gradients = [below.transpose(0, 2, 1) @ back, back.sum(1, keepdims=True), *gradients]
            back = (back @ weights[2 * i].transpose(0, 2, 1)) * (layers[i] > 0) if i else back
        norms = np.sqrt(sum((g**2).sum((1, 2)) for g in gradients))
        factor = np.minimum(1, clip / norms)[:, None, None]
        for w, g, m, v in zip(weights, gradients, first, second, strict=True):
            m += 0.1 * (factor * g - m)
            v += 0.001 * ((factor * g) ** 2 - v)
            w -= rates[t] * m / (1 - 0.9 ** (t + 1)) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-7)
    return np.array(losses), (forward(x_val[None])[-1].argmax(-1) == y_val).mean(1)


def noisy_bowl(rates, beta=0.0, sigma=1.0, seed=0, runs=100):
    """Return the mean loss of the runs at the end. `rates` has the steps in its last axis."""
    bowl, v, steps = surfaces.bowl(kappa=10), 0, np.shape(rates)[-1]
    w = np.tile(bowl.start, (*np.shape(rates)[:-1], runs, 1))
    noise = sigma * np.random.default_rng(seed).normal(size=(steps, runs, 2))
    for rate, e in zip(np.moveaxis(rates, -1, 0), noise, strict=True):
        v = beta * v - np.expand_dims(rate, (-1, -2)) * (bowl.gradient(w) + e)
        w = w + v
    return bowl(w).mean(axis=-1)


def floor(rate):
    return np.sum(rate / (2 * (2 - rate * np.array([1, 10]))))


def feed_back(w, b):
    """Return the loss of a unit that feeds itself 50 times, and its gradient."""
    h, h_w, h_b = 0.5, 0.0, 0.0
    for _ in range(50):
        s = 1 / (1 + np.exp(-h))
        h, h_w, h_b = w * s + b, s + w * s * (1 - s) * h_w, 1 + w * s * (1 - s) * h_b
    s = 1 / (1 + np.exp(-h))
    return (s - 0.7) ** 2, 2 * (s - 0.7) * s * (1 - s) * np.array([h_w, h_b])


def plateau(watched, values, learning_rate=0.1, **more):
    """Feed the callback one value per epoch, and return the rate after each."""
    callback = keras.callbacks.ReduceLROnPlateau(factor=0.5, **more)
    optimizer = keras.optimizers.SGD(learning_rate)
    callback.set_model(SimpleNamespace(optimizer=optimizer))
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {watched: value})
        rates.append(float(optimizer.learning_rate))
    return rates


# When something is wrong


@optimizer_names
@pytest.mark.parametrize(("mode", "shape"), [("eager", "cosine"), ("compiled", "line")])
def test_a_schedule_in_epochs_ends_after_a_few_batches(optimizer, mode, shape):
    """loss stays the same to the last digit after a few batches | count `decay_steps` in steps | [the rate is
    0](#in-which-unit-does-a-schedule-count)
    """
    make = k.CosineDecay if shape == "cosine" else lambda rate, steps: k.PolynomialDecay(rate, steps, 0.0)
    rule = RULES[optimizer](make(0.01, 6))
    path = walk(rule, lambda w: w, mode)
    assert float(rule.learning_rate) == 0
    assert np.all(path[5] != path[6])
    if optimizer == "momentum":  # the velocity is used up, by a tenth per step
        coasting = (path[6] - path[5]) * 0.9 ** np.arange(1, 25)[:, None]
        assert np.allclose(np.diff(path[6:], axis=0), coasting, atol=1e-6)
    else:
        assert np.all(path[6:] == path[6])
    path = walk(RULES[optimizer](make(0.01, 30)), lambda w: w, mode)
    assert np.all(np.diff(path[:25], axis=0) != 0)


@pytest.mark.parametrize(
    ("optimizer", "mode"), [("SGD", "eager"), ("momentum", "compiled"), ("Adam", "compiled")]
)
def test_warm_up_needs_a_target(optimizer, mode):
    """loss never moves at all | give `CosineDecay(0.0, …)` a `warmup_target` | [without
    one](#in-which-unit-does-a-schedule-count) the rate stays 0
    """
    without = k.CosineDecay(0.0, 50, warmup_steps=10)
    assert all(float(without(step)) == 0 for step in (0, 5, 10, 30, 60))
    assert np.all(walk(RULES[optimizer](without), lambda w: w, mode) == 1)
    path = walk(
        RULES[optimizer](k.CosineDecay(0.0, 50, warmup_target=0.01, warmup_steps=10)), lambda w: w, mode
    )
    assert np.all(path[-1] < path[0])


@pytest.mark.parametrize("shape", ["cosine", "line"])
@pytest.mark.parametrize(
    "times", [pytest.param(1.5, id="1.5 times too long"), pytest.param(4, id="4 times too long")]
)
@pytest.mark.parametrize("steps", [300, 900])
def test_a_schedule_that_is_too_long_leaves_a_high_floor(shape, times, steps):
    """rate is still high when training ends | let the schedule end with the training | so is [the noise
    floor](#the-noise-floor)
    """
    make = (
        schedules.CosineDecay
        if shape == "cosine"
        else lambda rate, T: schedules.PolynomialDecay(rate, T, 0.0)
    )
    t = np.arange(steps)
    ended = noisy_bowl(make(0.1, steps)(t))
    cut = noisy_bowl(make(0.1, times * steps)(t))
    last = make(0.1, times * steps)(steps)
    assert last > 0.02 and cut > 0.75 * floor(last) > 1.5 * ended


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("patience", [1, 4])
def test_a_schedule_and_a_plateau_rule_do_not_mix(optimizer, patience):
    """`learning rate is not settable` in mid-run | use a schedule or `ReduceLROnPlateau`, not both | [both set the
    rate](#a-plateau-rule)
    """
    callback = keras.callbacks.ReduceLROnPlateau(patience=patience)
    callback.set_model(SimpleNamespace(optimizer=RULES[optimizer](k.CosineDecay(0.01, 500))))
    callback.on_train_begin()
    for epoch in range(patience):  # a new best, and then epochs without one
        callback.on_epoch_end(epoch, {"val_loss": 1.0})
    with pytest.raises(TypeError, match="learning rate is not settable"):
        callback.on_epoch_end(patience, {"val_loss": 1.0})
    rates = plateau("val_loss", [1.0] * (patience + 1), patience=patience)
    assert rates == pytest.approx([0.1] * patience + [0.05])


@pytest.mark.parametrize("metric", ["accuracy", "negative score", "custom score"])
@pytest.mark.parametrize("patience", [2, 5])
def test_the_mode_says_which_way_is_better(metric, patience):
    """rate is cut although the metric rises | `mode="max"` | [the rule waited](#a-plateau-rule) for a fall"""
    values = np.linspace(-2, -1, 12) if metric == "negative score" else np.linspace(0.5, 0.9, 12)
    assert plateau(metric, values, monitor=metric, mode="min", patience=patience)[-1] < 0.06
    assert plateau(metric, values, monitor=metric, mode="max", patience=patience)[-1] == pytest.approx(0.1)
    assert plateau(metric, -values, monitor=metric, mode="min", patience=patience)[-1] == pytest.approx(0.1)


@pytest.mark.parametrize("monitor", ["val_loss", "val_acuracy"])
@pytest.mark.parametrize("patience", [1, 3])
def test_a_wrong_name_only_warns(monitor, patience):
    """rate is never cut | check the name in `monitor` | [a wrong name](#a-plateau-rule) only warns"""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rates = plateau("loss", [1.0] * 10, monitor=monitor, mode="min", patience=patience)
    assert rates == pytest.approx([0.1] * 10)
    assert sum(f"`{monitor}` which is not available" in str(warning.message) for warning in caught) == 10
    assert plateau("loss", [1.0] * 10, monitor="loss", mode="min", patience=patience)[-1] < 0.1


@pytest.mark.parametrize("classes", [3, 10])
@pytest.mark.parametrize("layers", [4, 6])
def test_the_first_step_of_adam_makes_a_deep_network_worse(classes, layers):
    """loss above log K, with K classes, after the first step | warm up, or lower the highest rate | [Adam's first
    step](#warm-up-what-does-it-prevent) is η for every weight
    """
    bad, warm, low = (
        np.median(train(24, layers, peak, warm, classes=classes, steps=20)[0], axis=1)
        for peak, warm in ((0.1, 0), (0.1, 10), (0.001, 0))
    )
    assert bad[1] > 1.15 * bad[0] > 1.15 * np.log(classes)
    for cured in (warm, low):
        assert cured[1:4].max() < 1.1 * cured[0]
    rule = optimizers.Adam(learning_rate=0.1)
    for g in (0.01, 1.0, -1e4):
        w, _ = rule.update(np.zeros(1), np.array([g]), rule.init(np.zeros(1)))
        assert np.isclose(abs(w[0]), 0.1, rtol=2e-3)


@pytest.mark.parametrize(
    "run", ["cliff, threshold 0.3", "cliff, threshold 0.5", "Adam after 100", "Adam after 3,000"]
)
def test_one_long_gradient_shows_in_the_norms_and_a_clip_cures_it(run):
    """run diverges in the middle | print the gradient norms, then set `global_clipnorm` | [one long
    gradient](#gradient-clipping) ends it, or stops Adam for [hundreds of steps](#adam-and-a-spike)
    """
    if "Adam" in run:
        calm = 100 if run.endswith("100") else 3000
        g = np.random.default_rng(1).normal(1, 0.5, (calm + 400, 1))
        spiky = np.where(np.arange(len(g))[:, None] == calm, 1000.0, g)
        paths = []
        for gs in (g, spiky, np.minimum(spiky, 2)):
            rule, w, path = optimizers.Adam(learning_rate=1.0), np.zeros(1), []
            state = rule.init(w)
            for gradient in gs:
                w, state = rule.update(w, gradient, state)
                path.append(w.item())
            paths.append(np.abs(path[-1] - path[calm + 50]))
        plain, spiked, clipped = paths
        assert spiked < 0.1 * plain and clipped > 0.9 * plain
        assert np.abs(spiky).max() > 300 * np.median(np.abs(spiky))
        return

    def descend(threshold):
        w, norms = np.array([6.0, -2.5]), []
        for _ in range(400):
            g = feed_back(*w)[1]
            norms.append(np.linalg.norm(g))
            w = w - 3 * g * min(1, threshold / max(norms[-1], 1e-12))
        return feed_back(*w)[0], np.array(norms)

    loss, norms = descend(np.inf)
    assert 0 < norms.argmax() < 399 and norms.max() > 10 * np.median(norms[: norms.argmax()])
    assert descend(float(run[-3:]))[0] < 0.005 < loss and np.linalg.norm(norms[-1]) < 1e-3


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@modes
def test_one_nan_becomes_many(optimizer, mode):
    """all weights are NaN after one step | fix the loss, not the clip | [a NaN norm](#three-ways-to-clip) spreads"""

    def weights_after(gradients, **clip):
        variables = [keras.Variable(np.ones(3)), keras.Variable(np.ones((2, 2)))]
        rule = RULES[optimizer](0.1, **clip)
        rule.build(variables)

        def step():
            rule.apply([tf.constant(g, "float32") for g in gradients], variables)

        (tf.function(step) if mode == "compiled" else step)()
        return np.concatenate([np.isnan(v.numpy()).ravel() for v in variables])

    broken = [np.array([1.0, np.nan, 1.0]), np.ones((2, 2))]
    assert weights_after(broken, global_clipnorm=1.0).all()
    assert weights_after(broken, clipnorm=1.0).sum() == 3
    assert weights_after(broken).sum() == weights_after(broken, clipvalue=1.0).sum() == 1
    assert not weights_after([np.ones(3), np.ones((2, 2))], global_clipnorm=1.0).any()


@pytest.mark.parametrize(("optimizer", "mode"), [("Adam", "eager"), ("momentum", "compiled")])
def test_validation_and_checkpoints_see_the_noisy_weights(optimizer, mode, tmp_path):
    """`evaluate` disagrees with the last `val_loss` under `use_ema` | `SwapEMAWeights` | [the average comes
    in](#what-the-model-and-the-checkpoint-hold) at the end of `fit`

    With `use_ema`, `val_loss` and checkpoints show the noisy weights unless you swap.
    """
    x, y = regression()
    for callbacks in ([], [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]):
        model, file = (
            model_of(RULES[optimizer](0.02, use_ema=True, ema_momentum=0.9), mode),
            tmp_path / "m.keras",
        )
        log = model.fit(
            x, y, batch_size=16, epochs=2, validation_data=(x, y), verbose=0,
            callbacks=[*callbacks, keras.callbacks.ModelCheckpoint(file)],
        )  # fmt: skip
        saved = keras.models.load_model(file)
        saved.run_eagerly = mode == "eager"
        after, in_file = (it.evaluate(x, y, verbose=0) for it in (model, saved))
        average = [v.numpy() for v in model.optimizer._model_variables_moving_average]
        assert all(map(np.allclose, model.get_weights(), average))  # after `fit`
        agree = np.isclose([log.history["val_loss"][-1], in_file], after, rtol=1e-4)
        assert np.all(agree) if callbacks else not np.any(agree)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize(("mode", "shape"), [("eager", "cosine"), ("compiled", "line")])
def test_a_schedule_counts_small_batches(optimizer, shape, mode):
    """schedule ends at a third of the training | with three accumulated batches, triple `decay_steps` | [Keras counts
    small batches](#gradient-accumulation)

    Schedules count steps, and with gradient accumulation small batches. Print the first, the middle and the last rate
    before you train.
    """
    make = k.CosineDecay if shape == "cosine" else lambda rate, steps: k.PolynomialDecay(rate, steps, 0.0)
    updates, ones = 8, np.ones((24, 2))
    path = walk(RULES[optimizer](make(0.1, updates), gradient_accumulation_steps=3), ones, mode)
    assert np.all(path[8:] == path[8]) and np.any(path[8] != path[0])
    rule = RULES[optimizer](make(0.1, 3 * updates), gradient_accumulation_steps=3)
    path = walk(rule, ones, mode)[::3]
    assert np.all(np.diff(path, axis=0) != 0) and int(rule.iterations) == updates
    assert float(rule.learning_rate) == pytest.approx(0, abs=1e-8)
    plain = RULES[optimizer](make(0.1, updates))
    walk(plain, ones[:updates], mode)
    assert float(plain.learning_rate) == pytest.approx(0, abs=1e-8)
    # The three rates tell a schedule of one length from the other.
    asked = [[float(make(0.1, steps)(step)) for step in (0, 12, 23)] for steps in (updates, 3 * updates)]
    assert asked[0][1:] == [0, 0] and min(asked[1]) > 0


@pytest.mark.parametrize(("optimizer", "mode"), [("Adam", "eager"), ("momentum", "compiled")])
def test_compiling_again_forgets_steps_and_moments(optimizer, mode, tmp_path):
    """loss jumps after a resume | do not compile after `load_model` | [steps and moments](#resuming) would start at
    0
    """
    x, y = regression()

    def plan():
        return RULES[optimizer](k.CosineDecay(0.0, 20, warmup_target=0.05, warmup_steps=4))

    def fit(model, epochs):
        model.fit(x, y, batch_size=16, epochs=epochs, shuffle=False, verbose=0)
        return np.concatenate([w.ravel() for w in model.get_weights()])

    straight = fit(model_of(plan(), mode), 2)
    model = model_of(plan(), mode)
    fit(model, 1)
    model.save(tmp_path / "m.keras")
    resumed, again = (keras.models.load_model(tmp_path / "m.keras") for _ in range(2))
    resumed.run_eagerly = mode == "eager"
    again.compile(plan(), loss="mse", run_eagerly=mode == "eager")
    assert int(resumed.optimizer.iterations) == 6 and int(again.optimizer.iterations) == 0
    assert float(resumed.optimizer.learning_rate) > float(again.optimizer.learning_rate) == 0
    again.optimizer.build(again.trainable_variables)
    kept, lost = ([v.numpy() for v in it.optimizer.variables[2:]] for it in (resumed, again))
    assert any(v.any() for v in kept) and not any(v.any() for v in lost)
    assert np.allclose(fit(resumed, 1), straight, atol=1e-6)
    assert not np.allclose(fit(again, 1), straight, atol=1e-3)


# Check yourself


@pytest.mark.parametrize("shape", ["cosine", "line"])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_quiz_accumulation(shape, optimizer):
    """No: schedules count steps, not epochs. The rate would be 0 after ten small batches.

    No: Keras asks the schedule with the count of small batches, so the rate would be 0 after a quarter of the training.

    Right: that is 400 · 10 small batches.
    """
    make = k.CosineDecay if shape == "cosine" else lambda rate, steps: k.PolynomialDecay(rate, steps, 0.0)
    small_batches = 400 * 10

    def rate_after(decay_steps, batches):
        rule = RULES[optimizer](make(0.1, decay_steps), gradient_accumulation_steps=4)
        rule.build([keras.Variable(np.ones(2))])
        rule._iterations.assign(batches - 2)
        for _ in range(2):  # that this is the count of small batches
            rule.apply([np.ones(2, "float32")])
        return float(rule.learning_rate)

    for decay_steps, share in ((10, 10 / small_batches), (1000, 0.25), (4000, 1)):
        end = round(share * small_batches)
        assert rate_after(decay_steps, end) < 1e-8 < rate_after(decay_steps, end - 1)


@modes
@pytest.mark.parametrize("shape", ["vectors", "matrices"])
def test_quiz_two_ways_to_clip(mode, shape):
    r"""No: one factor shortens both, but it comes from the norm of all components, 10, and not from the larger norm, 8.

    No: only `clipnorm` treats each variable separately, and so it turns the gradient.

    Right: the global norm is $\sqrt{64 + 36} = 10$, so both are halved, and the direction stays.
    """
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(4, 3) if shape == "matrices" else 12), rng.normal(size=3)
    kernel, bias = 8 * kernel / np.linalg.norm(kernel), 6 * bias / np.linalg.norm(bias)

    def clipped(**clip):
        variables = [keras.Variable(np.zeros_like(g)) for g in (kernel, bias)]
        rule = keras.optimizers.SGD(1.0, **clip)
        rule.build(variables)

        def step():
            rule.apply([tf.constant(g, "float32") for g in (kernel, bias)], variables)

        (tf.function(step) if mode == "compiled" else step)()
        return [-v.numpy().ravel() for v in variables]

    flat = np.concatenate([kernel.ravel(), bias])
    for clip, norms, turned in (({"clipnorm": 5.0}, (5, 5), True), ({"global_clipnorm": 5.0}, (4, 3), False)):
        parts = clipped(**clip)
        assert np.allclose(list(map(np.linalg.norm, parts)), norms, rtol=1e-5)
        both = np.concatenate(parts)
        cosine = both @ flat / np.linalg.norm(both) / np.linalg.norm(flat)
        assert (cosine < 0.995) == turned and (turned or np.isclose(cosine, 1, rtol=1e-6))
    assert np.allclose([8 * 5 / 8, 6 * 5 / 8], [5, 3.75])  # what the larger norm would give


@modes
@pytest.mark.parametrize(
    "length", [pytest.param(1, id="gradients of 1"), pytest.param(1000, id="gradients of 1,000")]
)
@pytest.mark.parametrize("width", [24, 40])
def test_quiz_the_first_step_of_adam(mode, length, width):
    """No: Keras's warm-up starts at a rate of 0, so the first step does not move the weights.

    No: the first step is then a hundredth as long.

    Right: Adam divides by the gradient's size, so its first step is η with and without clipping. Clipping helps in the
    steps after it.
    """
    g = length * np.random.default_rng(0).normal(1, 0.2, (3, 5))

    def first_step(rate, **clip):
        return walk(keras.optimizers.Adam(rate, **clip), g, mode, start=0.0)[1]

    assert np.all(first_step(k.CosineDecay(0.0, 180, warmup_target=0.1, warmup_steps=20)) == 0)
    assert np.allclose(first_step(0.001), first_step(0.1) / 100, rtol=1e-3)
    assert np.allclose(first_step(0.1), -0.1, rtol=1e-3)
    assert np.allclose(first_step(0.1, global_clipnorm=1.0), -0.1, rtol=1e-3)
    (plain, without), (losses, clipped) = train(width, 4, 0.1), train(width, 4, 0.1, clip=1.0)
    assert np.allclose(losses[1], plain[1], rtol=0.02)  # the leap
    assert clipped.mean() > without.mean() + 0.05


# What to remember


@pytest.mark.parametrize("sigma", [pytest.param(1.0, id="σ = 1"), pytest.param(0.3, id="σ = 0.3")])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_every_schedule_that_falls_to_0_beats_the_best_constant_rate(sigma, momentum):
    """On the noisy bowl, where 300 steps reach the noise floor, every schedule that fell smoothly to nearly 0 beat the
    best constant rate.
    """
    T, W = 300, 30
    t = np.arange(T)
    shapes = {
        "exponential": schedules.ExponentialDecay(1.0, T, 0.01)(t),
        "linear to 0": 1 - t / T,
        "cosine": schedules.CosineDecay(1.0, T)(t),
        "warm-up, cosine": schedules.CosineDecay(0.0, T - W, 0.0, 1.0, W)(t),
        "stable, decay": np.minimum(np.minimum(t / W, 1), (T - t) / 60),
        "one-cycle": np.interp(t, (0, 135, 270, T), (0.1, 1, 0.1, 0.001)),
        "one-cycle, 30 %": schedules.OneCycle(1.0, T)(t),
    }
    peaks = (1 - momentum) * 0.01 * 2.0 ** np.arange(-2, 4.5, 0.5)

    def best(shape):
        return noisy_bowl(peaks[:, None] * shape, momentum, sigma, seed=3).min()

    constant = best(np.ones(T))
    for name, shape in shapes.items():
        assert best(shape) < constant, name


@pytest.mark.parametrize("width", [24, 40])
def test_warm_up_makes_room_for_a_higher_rate(width):
    """Warm-up makes room for a higher rate. At a moderate rate it gains nothing."""
    gain = {peak: train(width, 4, peak, 10)[1] - train(width, 4, peak)[1] for peak in (0.1, 0.01)}
    assert gain[0.1].mean() > 0.1
    assert gain[0.01].mean() < 0.01


@modes
@pytest.mark.parametrize("threshold", [1.0, 0.01])
def test_the_global_norm_keeps_the_direction(mode, threshold):
    """Clip with `global_clipnorm`, because it keeps the direction. It does not cure a NaN, and it does not shorten
    Adam's first step.
    """
    g = np.array([[3.0, -4.0, 0.5, 0.1]])
    moved = walk(keras.optimizers.SGD(1.0, global_clipnorm=threshold), g, mode, start=0.0)[1]
    assert np.allclose(moved, -g[0] * threshold / np.linalg.norm(g), rtol=1e-5)
    turned = walk(keras.optimizers.SGD(1.0, clipvalue=threshold), g, mode, start=0.0)[1]
    assert not np.allclose(turned / np.linalg.norm(turned), moved / threshold, atol=0.05)
    broken = np.where(g == 0.5, np.nan, g)
    assert np.isnan(walk(keras.optimizers.SGD(1.0, global_clipnorm=threshold), broken, mode)[1]).any()
    first = walk(keras.optimizers.Adam(0.1, global_clipnorm=threshold), g, mode, start=0.0)[1]
    assert np.allclose(
        first, -0.1 * np.sign(g[0]), rtol=0.02
    )  # ε shortens the step of a tiny gradient a little
