"""The traps on the cards of the schedules."""

import keras
import numpy as np
import optax
import pytest
import tensorflow as tf

from lossopt import optimizers, schedules


def of_keras(name, steps, *arguments, **named):
    schedule = getattr(keras.optimizers.schedules, name)(*arguments, **named)
    return np.array([float(schedule(step)) for step in steps])


@pytest.mark.parametrize("where", ["here", "Keras"])
@pytest.mark.parametrize("epochs", [5, 20])
@pytest.mark.parametrize("staircase", ["smooth", "staircase"])
def test_exponential_decay(where, epochs, staircase):
    """If you give `decay_steps` in epochs instead of steps, the rate falls by `decay_rate` every few batches."""
    arguments = {"decay_steps": epochs, "decay_rate": 0.5, "staircase": staircase == "staircase"}
    steps = np.arange(0, 6 * epochs, epochs)
    if where == "here":
        rates = schedules.ExponentialDecay(0.1, **arguments)(steps)
    else:
        rates = of_keras("ExponentialDecay", steps, 0.1, **arguments)
    np.testing.assert_allclose(rates[1:] / rates[:-1], 0.5, rtol=1e-5)


@pytest.mark.parametrize("boundaries", [(3, 6), (1, 10)], ids=["boundaries 3 and 6", "boundaries 1 and 10"])
@pytest.mark.parametrize("factor", [0.1, 0.5])
def test_piecewise_constant_decay(boundaries, factor):
    """optax changes the rate at the boundary itself, and Keras one step after it."""
    steps = np.arange(15)
    values = [1.0, factor, factor**2]
    theirs = optax.piecewise_constant_schedule(1.0, dict.fromkeys(boundaries, factor))
    optaxs = np.array([float(theirs(step)) for step in steps])
    keras_way = of_keras("PiecewiseConstantDecay", steps, list(boundaries), values)
    ours = schedules.PiecewiseConstantDecay(list(boundaries), values)(steps)
    np.testing.assert_allclose(ours, keras_way, rtol=1e-6)
    changes = np.flatnonzero(np.diff(keras_way)) + 1
    assert tuple(np.flatnonzero(np.diff(optaxs)) + 1) == boundaries
    assert tuple(changes) == tuple(boundary + 1 for boundary in boundaries)


@pytest.mark.parametrize("where", ["here", "Keras"])
@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("start", [0.1, 0.00001])
def test_polynomial_decay(where, power, start):
    """It ends at 0.0001, and not at 0, unless you set `end_learning_rate`."""
    for named, end in (({}, 0.0001), ({"end_learning_rate": 0.0}, 0.0)):
        if where == "here":
            rates = schedules.PolynomialDecay(start, 100, power=power, **named)(np.array([0, 100, 500]))
        else:
            rates = of_keras("PolynomialDecay", [0, 100, 500], start, 100, power=power, **named)
        np.testing.assert_allclose(rates, [start, end, end], rtol=1e-5)


@pytest.mark.parametrize("where", ["here", "Keras"])
@pytest.mark.parametrize("decay_steps", [10, 1000])
@pytest.mark.parametrize("staircase", ["smooth", "staircase"])
def test_inverse_time_decay(where, decay_steps, staircase):
    """With `decay_rate=1` it falls to a half after `decay_steps`, but to a quarter only after three times as many
    steps.
    """
    arguments = {"decay_steps": decay_steps, "decay_rate": 1.0, "staircase": staircase == "staircase"}
    steps = np.array([0, decay_steps, 3 * decay_steps])
    if where == "here":
        rates = schedules.InverseTimeDecay(0.1, **arguments)(steps)
    else:
        rates = of_keras("InverseTimeDecay", steps, 0.1, **arguments)
    np.testing.assert_allclose(rates, [0.1, 0.05, 0.025], rtol=1e-5)


@pytest.mark.parametrize("warmup_steps", [1, 100])
@pytest.mark.parametrize("rate", [0.1, 0.001])
def test_inverse_square_root_decay(warmup_steps, rate):
    """Without a warm-up it starts at its highest rate; wrap it in `Warmup`."""
    plain = schedules.InverseSquareRootDecay(rate, warmup_steps)
    steps = np.arange(1000)
    assert plain(0) == plain(steps).max() == pytest.approx(rate)
    wrapped = schedules.Warmup(plain, 50)(steps)
    assert wrapped[0] == 0 and wrapped.argmax() == pytest.approx(50, abs=warmup_steps)


@pytest.mark.parametrize("where", ["here", "Keras"])
@pytest.mark.parametrize("warmup_steps", [10, 500])
def test_cosine_decay(where, warmup_steps):
    """A warm-up needs `warmup_target`; without it, `warmup_steps` does nothing."""
    steps = np.arange(0, 200, 7)

    def rates(**named):
        if where == "here":
            return schedules.CosineDecay(0.01, 100, **named)(steps)
        return of_keras("CosineDecay", steps, 0.01, 100, **named)

    np.testing.assert_array_equal(rates(warmup_steps=warmup_steps), rates())
    assert rates(warmup_steps=warmup_steps, warmup_target=0.1).argmax() > 0


@pytest.mark.parametrize("where", ["here", "Keras"])
@pytest.mark.parametrize("period", [10, 64])
def test_cosine_decay_restarts(where, period):
    """Just after a restart the rate is highest, so stop just before one: after 1, 3, 7, 15 … first periods by
    default.
    """
    near = [periods * period + np.arange(-3, 3) for periods in (1, 3, 7, 15)]
    steps = np.concatenate(near)
    if where == "here":
        rates = schedules.CosineDecayRestarts(0.1, period)(steps)
    else:
        rates = of_keras("CosineDecayRestarts", steps, 0.1, period)
    for around in rates.reshape(4, 6):
        before, after = around[:3], around[3:]  # Keras may restart one step late
        assert np.all(before < 0.25 * 0.1) and after.max() == pytest.approx(0.1)
        assert np.all(np.sort(around[3:])[1:] > 0.09)


@pytest.mark.parametrize("total_steps", [10, 1000])
@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_one_cycle(total_steps, rule):
    """Steps after `total_steps` do almost nothing, because the rate is almost 0 there."""
    schedule = schedules.OneCycle(0.1, total_steps)
    late = schedule(np.arange(total_steps, 5 * total_steps))
    assert late.max() < 1e-6 * 0.1 * 10
    rule = getattr(optimizers, rule)(schedule)
    w, state, path = np.array([3.0]), rule.init(np.zeros(1)), []
    for _ in range(2 * total_steps):
        w, state = rule.update(w, np.ones(1), state)
        path.append(w[0])
    moved = abs(path[-1] - path[total_steps - 1])
    assert 0 < moved < 1e-4 * abs(path[total_steps - 1] - 3.0)


@pytest.mark.parametrize("rule", ["SGD", "Adam", "Lion"])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_warmup(rule, schedule):
    """With the default start of 0 the first update does not move the weights."""
    inner = 0.1 if schedule == "constant" else schedules.CosineDecay(0.1, 100)
    kind = getattr(optimizers, rule)
    for start, moves in ((0.0, False), (0.001, True)):
        rule_of = kind(schedules.Warmup(inner, 10, start))
        w, state = rule_of.update(np.ones(2), np.array([1.0, -100.0]), rule_of.init(np.ones(2)))
        assert np.any(w != 1) == moves
    w, _ = rule_of.update(w, np.array([1.0, -100.0]), state)
    assert np.all(w != 1)


@pytest.mark.parametrize("patience", [1, 3])
@pytest.mark.parametrize("size_of_loss", [1.0, 1e-4])
def test_reduce_on_plateau(patience, size_of_loss):
    """`min_delta` is absolute, 0.0001. In Keras it raises an error with a schedule, but only when it first lowers the
    rate.
    """
    halving = size_of_loss * 0.5 ** np.arange(6.0)  # each loss is half of the last
    rates = schedules.reduce_on_plateau(halving, 1.0, patience=patience)
    assert (rates[-1] < 1) == (size_of_loss < 1e-3)  # small losses never fall by 0.0001, although they halve
    callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=patience)
    assert callback.min_delta == 0.0001
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100)), loss="mse")
    callback.set_model(model)
    callback.on_train_begin()
    for epoch in range(patience):  # the first is the best, and then patience is not yet over
        callback.on_epoch_end(epoch, {"loss": size_of_loss})
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        callback.on_epoch_end(patience, {"loss": size_of_loss})
    plain = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    plain.compile(keras.optimizers.SGD(0.1), loss="mse")
    callback.set_model(plain)
    callback.on_train_begin()
    for epoch in range(patience + 1):
        callback.on_epoch_end(epoch, {"loss": size_of_loss})
    assert float(tf.convert_to_tensor(plain.optimizer.learning_rate)) == pytest.approx(0.01)


@pytest.mark.parametrize("noise", [0.3, 3.0])
@pytest.mark.parametrize("decay", ["a tenth", "a third"])
@pytest.mark.parametrize("rule", ["SGD", "momentum", "Adam"])
def test_before_the_decay(noise, decay, rule):
    """Judge it only after the decay. Just before it, noisy gradients keep the loss above that of a cosine at the same
    step."""
    steps, curvatures = 600, np.array([1.0, 10.0])
    last = round(steps / {"a tenth": 10, "a third": 3}[decay])
    make = {
        "SGD": lambda rate: optimizers.SGD(rate),
        "momentum": lambda rate: optimizers.SGD(rate, momentum=0.9),
        "Adam": lambda rate: optimizers.Adam(rate),
    }[rule]
    highest = {"SGD": 0.1, "momentum": 0.01, "Adam": 0.05}[rule]

    def losses(schedule):
        """Return the mean loss of 500 runs on a noisy bowl, after every step."""
        rng, optimizer = np.random.default_rng(0), make(schedule)
        w = np.full((500, 2), 3.0)
        state, means = optimizer.init(w), []
        for _ in range(steps):
            w, state = optimizer.update(w, curvatures * w + noise * rng.normal(size=w.shape), state)
            means.append(np.mean(curvatures * w**2) / 2)
        return np.array(means)

    stable = losses(schedules.WarmupStableDecay(highest, steps, last, warmup_steps=20))
    cosine = losses(schedules.CosineDecay(0.0, steps - 20, warmup_target=highest, warmup_steps=20))
    just_before = slice(steps - last - 20, steps - last)
    assert stable[just_before].mean() > 1.2 * cosine[just_before].mean()
    assert stable[-1] < 0.9 * stable[just_before].mean()
