"""The seed and the printed log."""

import keras
import numpy as np
import pytest

from lossopt import training


def test_one_seed_is_one_training():
    def train(seed):
        training.set_seed(seed)
        model = keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)]
        )
        model.compile(optimizer="adam", loss="mse")
        x = np.random.normal(size=(50, 2))  # noqa: NPY002 - set_seed has to seed the old generator too
        return model.fit(x, x[:, :1], epochs=2, batch_size=10, verbose=0).history["loss"]

    assert train(1) == train(1)
    assert train(1) != train(2)


def test_log_shows_first_last_and_every_nth_epoch_loss_first(capsys):
    log = {
        "accuracy": [0.1] * 5,
        "loss": [3.0, 2.5, 2.0, 1.5, 1.0],
        "val_accuracy": [0.2] * 5,
        "val_loss": [4.0] * 5,
    }
    training.print_log(log, every=2, digits=2)
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert [line.split() for line in lines] == [
        [epoch, loss, "0.10", "4.00", "0.20"]
        for epoch, loss in (("1", "3.00"), ("2", "2.50"), ("4", "1.50"), ("5", "1.00"))
    ]
    assert len({len(line) for line in (header, *lines)}) == 1


def schedule():
    return keras.optimizers.schedules.CosineDecay(0.1, 100)


def regression(optimizer, *layers):
    training.set_seed(0)
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    model.compile(optimizer, loss="mse", metrics=["mae"])
    return model


def line(n=40):
    x = np.random.default_rng(0).normal(size=(n, 2))
    return x, x[:, :1]


OPTIMIZERS = {
    "SGD": lambda: keras.optimizers.SGD(0.05),
    "momentum and a schedule": lambda: keras.optimizers.SGD(schedule(), momentum=0.9),
    "Adam": lambda: keras.optimizers.Adam(0.01),
    "loss scaling": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(schedule())),
}


@pytest.mark.parametrize(("name", "epochs"), [*((name, 2) for name in OPTIMIZERS), ("Adam", 0)])
def test_a_range_test_leaves_no_trace(name, epochs):
    x, y = line()

    def train(test):
        training.set_seed(0)  # dropout draws its seed when it is made
        optimizer = OPTIMIZERS[name]()
        layers = keras.Input((2,)), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)
        model = regression(optimizer, *layers)
        model.fit(x, y, epochs=epochs, batch_size=10, verbose=0)
        if test:
            before = [v.numpy() for v in [*model.variables, *optimizer.variables]]
            rate = float(optimizer.learning_rate)
            rates, losses = training.range_test(model, x, y, low=1e-4, high=1.0, steps=10, batch_size=10)
            assert len(rates) == len(losses) == 10
            after = [v.numpy() for v in [*model.variables, *optimizer.variables]]
            assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
            assert model.optimizer is optimizer
            assert float(optimizer.learning_rate) == rate
        training.set_seed(1)
        model.fit(x, y, batch_size=10, epochs=2, verbose=0)
        return [v.numpy() for v in [*model.variables, *optimizer.variables]]

    for tested, untested in zip(train(test=True), train(test=False), strict=True):
        assert np.allclose(tested, untested, rtol=1e-4, atol=1e-6)


def test_a_range_test_uses_the_rates_that_it_returns():
    x, y = np.ones((4, 1)), np.zeros((4, 1))
    model = regression(keras.optimizers.SGD(schedule()), keras.Input((1,)))
    model.layers[-1].kernel.assign([[1.0]])
    rates, losses = training.range_test(model, x, y, low=0.01, high=0.1, steps=5, batch_size=4)
    assert np.allclose(rates, np.geomspace(0.01, 0.1, 5))
    expected, w, b = [], 1.0, 0.0
    for rate in rates:
        expected.append((w + b) ** 2)
        w, b = w - rate * 2 * (w + b), b - rate * 2 * (w + b)
    assert np.allclose(losses, expected, rtol=1e-5)


def test_a_range_test_ends_where_the_loss_blows_up():
    x, y = line()
    model = regression("sgd", keras.Input((2,)))
    rates, losses = training.range_test(model, x, y, low=1e-3, high=1e3, steps=60, batch_size=10)
    assert len(rates) == len(losses) < 60
    assert losses[-1] >= 4 * losses[0] > max(losses[:-1])
    assert np.isfinite(model.get_weights()[0]).all()


def test_an_interrupted_range_test_restores_the_model_too():
    x, y = line()
    model = regression("sgd", keras.Input((2,)))
    weights, optimizer, function = model.get_weights(), model.optimizer, model.train_step

    class Stop(Exception):
        pass

    def batches():
        yield x[:10], y[:10]
        yield x[10:20], y[10:20]
        raise Stop

    with pytest.raises(Exception):  # noqa: B017 - TensorFlow wraps what a generator raises
        training.range_test(model, batches(), low=0.1, steps=10)
    assert all(map(np.array_equal, model.get_weights(), weights))
    assert model.optimizer is optimizer
    assert model.train_step == function
