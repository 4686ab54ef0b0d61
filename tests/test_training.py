"""The seed, the printed log, the range test, the fast epoch, the logged steps, and checkpoints that survive a kill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

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


def test_a_log_without_columns_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"^history must hold one list per column, but got none\."):
        training.print_log({})


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


def test_a_range_test_refuses_what_it_cannot_test():
    x, y = line()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="not compiled"):
        training.range_test(model, x, y)
    model = regression("sgd", keras.Input((2,)))
    with pytest.raises(ValueError, match=r"low must be below high, 0\.1, but got 1\."):
        training.range_test(model, x, y, low=1, high=0.1)
    with pytest.raises(ValueError, match="low must be positive and finite, but got 0"):
        training.range_test(model, x, y, low=0)
    with pytest.raises(ValueError, match="same number of samples, but have 40 and 39"):
        training.range_test(model, x, y[1:])
    if hasattr(keras.optimizers, "MultiOptimizer"):
        several = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(keras.optimizers.SGD()))
        model.compile(several, "mse")
        with pytest.raises(ValueError, match="an optimizer with one rate"):
            training.range_test(model, x, y)


# The fast epoch


def classifier(optimizer="adam", kind=keras.Model, policy=None, seed=0):
    """Return a network with everything that an epoch has to carry: a penalty, dropout, running statistics."""
    training.set_seed(seed)
    inputs = keras.Input((2,))
    penalty = None if policy == "bfloat16" else "l2"  # Keras 3.15 cannot add it to a loss in float32
    hidden = keras.layers.Dense(8, "relu", kernel_regularizer=penalty, dtype=policy)(inputs)
    hidden = keras.layers.Dropout(0.2)(keras.layers.BatchNormalization()(hidden))
    model = kind(inputs, keras.layers.Dense(3, dtype="float32")(hidden))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer() if callable(optimizer) else optimizer, loss=loss, metrics=["accuracy"])
    return model


def classes(n=50):
    x = np.random.default_rng(0).normal(size=(n, 2)).astype("float32")
    return x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)


class Doubled(keras.Model):
    def compute_loss(self, *args, **kwargs):
        return 2 * super().compute_loss(*args, **kwargs)


def state(model):
    return [v.numpy() for v in [*model.variables, *model.optimizer.variables]]


def equal(a, b):
    return len(a) == len(b) and all(map(np.array_equal, a, b))


def close(a, b):
    """Another graph may round the last bit otherwise."""
    return len(a) == len(b) and all(
        np.allclose(p, q, rtol=1e-4, atol=1e-6) for p, q in zip(a, b, strict=True)
    )


@pytest.mark.parametrize(
    ("optimizer", "kind", "batch_size"),  # which leaves a rest, divides the data, is all of them
    [
        ("adam", keras.Model, 16),
        (lambda: keras.optimizers.SGD(schedule(), momentum=0.9, gradient_accumulation_steps=2), Doubled, 10),
        (lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)), keras.Model, 50),
    ],
    ids=["Adam", "momentum, a schedule, accumulation, an own loss", "loss scaling"],
)
def test_a_fast_epoch_reaches_the_weights_of_fit(optimizer, kind, batch_size):
    x, y = classes()
    slow, fast = (classifier(optimizer, kind) for _ in range(2))
    log = slow.fit(x, y, batch_size=batch_size, epochs=3, shuffle=False, verbose=0).history
    epoch = training.fast_epoch(fast, x, y, batch_size)
    logs = [epoch(np.arange(len(x))) for _ in range(3)]
    assert close(state(slow), state(fast))
    for name, values in log.items():
        assert np.allclose([log[name] for log in logs], values, rtol=1e-5), name


def test_a_fast_epoch_uses_the_order_and_the_change():
    x, y = classes()
    order = np.random.default_rng(1).permutation(50)
    slow, fast = classifier(), classifier()
    slow.fit(3 * x[order], y[order], batch_size=16, shuffle=False, verbose=0)
    training.fast_epoch(fast, x, y, 16, change=lambda x, y: (3 * x, y))(order)
    assert close(state(slow), state(fast))
    short = classifier()
    training.fast_epoch(short, x, y, 16)(order[:20])  # two steps
    assert int(short.optimizer.iterations) == 2


def test_a_fast_epoch_takes_several_inputs_and_outputs():
    inputs = {"a": keras.Input((2,), name="a"), "b": keras.Input((1,), name="b")}

    def model():
        training.set_seed(0)
        joined = keras.layers.Concatenate()([inputs["a"], inputs["b"]])
        outputs = {"c": keras.layers.Dense(1, name="c")(joined), "d": keras.layers.Dense(1, name="d")(joined)}
        built = keras.Model(inputs, outputs)
        built.compile("adam", loss={"c": "mse", "d": "mae"}, loss_weights={"c": 1.0, "d": 3.0})
        return built

    rng = np.random.default_rng(0)
    x = {"a": rng.normal(size=(20, 2)), "b": rng.normal(size=(20, 1))}
    y = {"c": rng.normal(size=(20, 1)), "d": rng.normal(size=(20, 1))}
    slow, fast = model(), model()
    of_batches = []
    for rows in (slice(0, 8), slice(8, 16), slice(16, 20)):
        batch, target = ({name: part[rows] for name, part in whole.items()} for whole in (x, y))
        of_batches.append(slow.evaluate(batch, target, verbose=0, return_dict=True))
        slow.train_on_batch(batch, target)
    got = training.fast_epoch(fast, x, y, 8)(np.arange(20))
    assert close(state(slow), state(fast))
    # Means over samples. In Keras 3.15 `fit` logs c_loss and d_loss as means over batches, whatever their sizes.
    assert got == pytest.approx(
        {name: np.average([log[name] for log in of_batches], weights=[8, 8, 4]) for name in got}, rel=1e-5
    )
    with pytest.raises(ValueError, match="20 and 20 and 20 and 19"):
        training.fast_epoch(fast, x, y | {"d": y["d"][1:]}, 8)


def test_a_fast_epoch_refuses_what_cannot_be_trained():
    x, y = classes()
    with pytest.raises(ValueError, match=r"not compiled.*Call model\.compile"):
        training.fast_epoch(keras.Sequential([keras.layers.Dense(1)]), x, y)
    model = classifier()
    with pytest.raises(ValueError, match="batch_size must be at most the number of samples, 50, but got 51"):
        training.fast_epoch(model, x, y, 51)
    with pytest.raises(ValueError, match="batch_size must be a whole number, 1 or more, but got 0"):
        training.fast_epoch(model, x, y, 0)
    with pytest.raises(ValueError, match="x and y must have the same number of samples, but have 50 and 49"):
        training.fast_epoch(model, x, y[1:])
    epoch = training.fast_epoch(model, x, y, 16)
    for order in (np.arange(51), np.arange(-1, 49), np.arange(15), np.ones(50), np.ones((16, 1), int), "all"):
        with pytest.raises(ValueError, match="order must be at least 16 row numbers from 0 to 49"):
            epoch(order)


# The logged steps


def test_logged_steps_are_those_of_the_formulas():
    x, y = line()
    model = regression(keras.optimizers.SGD(schedule(), clipnorm=0.1), keras.Input((2,)))
    steps = training.log_steps()
    w, expected = [v.numpy().astype(float) for v in model.trainable_variables], []
    log = model.fit(x, y, batch_size=10, epochs=2, shuffle=False, verbose=0, callbacks=[steps]).history
    for t in range(8):
        rows = slice(10 * (t % 4), 10 * (t % 4) + 10)
        error = x[rows] @ w[0] + w[1] - y[rows]
        gradients = [2 * x[rows].T @ error / 10, 2 * error.mean(axis=0)]
        rate = float(schedule()(t))
        moves = [rate * g * min(1, 0.1 / np.linalg.norm(g)) for g in gradients]
        norm, change, length = (
            np.sqrt(sum(np.sum(np.square(part)) for part in parts)) for parts in (gradients, moves, w)
        )
        expected.append((rate, norm, change / length))
        w = [a - b for a, b in zip(w, moves, strict=True)]
    for column, name in enumerate(("rate", "gradient_norm", "update_ratio")):
        values = np.array(expected)[:, column]
        assert np.allclose(steps.steps[name], values, rtol=1e-4)
        per_epoch = values[3::4] if name == "rate" else values.reshape(2, 4).mean(axis=1)
        assert np.allclose(log[name], per_epoch, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "policy"), [("momentum and a schedule", None), ("Adam", None), ("loss scaling", "mixed_float16")]
)
def test_logging_steps_changes_nothing(name, policy):
    x, y = classes()
    watched, plain = (classifier(OPTIMIZERS[name], policy=policy) for _ in range(2))
    steps = training.log_steps()
    watched.fit(x, y, batch_size=16, epochs=2, verbose=0, callbacks=[steps])
    plain.fit(x, y, batch_size=16, epochs=2, verbose=0)
    assert close(state(watched), state(plain))
    inner = getattr(watched.optimizer, "inner_optimizer", watched.optimizer)
    assert "apply" not in vars(inner)
    assert all(len(values) == 8 for values in steps.steps.values())
    assert max(steps.steps["gradient_norm"]) < 100  # not scaled by 32,768


def test_logged_steps_after_an_interruption():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    x, y = classes()
    model = classifier()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, batch_size=16, verbose=0, callbacks=[training.log_steps(), Stop()])
    model.fit(x, y, batch_size=16, verbose=0, callbacks=[training.log_steps()])
    assert "apply" not in vars(model.optimizer)


@pytest.mark.skipif(
    not hasattr(keras.optimizers, "MultiOptimizer"), reason="Keras 3.13 has no MultiOptimizer"
)
def test_logged_steps_name_the_rate_of_each_optimizer():
    x, y = classes()
    one, two = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.2)
    both = keras.optimizers.OptimizerMap(one, {"dense.*": two})
    model, steps = classifier(lambda: keras.optimizers.MultiOptimizer(both)), training.log_steps()
    model.fit(x, y, verbose=0, callbacks=[steps])
    assert sorted([steps.steps["rate_0"][0], steps.steps["rate_1"][0]]) == pytest.approx([0.1, 0.2])


# Checkpoints


def averaging():
    return keras.optimizers.AdamW(schedule(), use_ema=True)


@pytest.mark.parametrize(
    ("optimizer", "policy"),
    [
        (averaging, None),
        (lambda: keras.optimizers.LossScaleOptimizer(averaging(), dynamic_growth_steps=3), "mixed_float16"),
        (lambda: keras.optimizers.SGD(0.1, momentum=0.9, gradient_accumulation_steps=3), "bfloat16"),
    ],
    ids=["EMA and a schedule", "loss scaling", "accumulation and bfloat16"],
)
def test_resuming_equals_not_having_stopped(tmp_path, optimizer, policy):
    x, y = classes()

    def train(model, rng, epochs):
        epoch = training.fast_epoch(model, x, y, 16)
        return [epoch(rng.permutation(len(x))) for _ in range(epochs)]

    whole, rng = classifier(optimizer, policy=policy), np.random.default_rng(0)
    logs = train(whole, rng, 5)
    first, rng = classifier(optimizer, policy=policy), np.random.default_rng(0)
    train(first, rng, 2)
    file = tmp_path / "run.npz"
    training.save_checkpoint(file, first, epoch=np.int64(2), rng=rng.bit_generator.state)
    second, rng = classifier(optimizer, policy=policy, seed=7), np.random.default_rng(7)
    progress = training.load_checkpoint(file, second)
    assert progress["epoch"] == 2
    assert equal(state(first), state(second))
    rng.bit_generator.state = progress["rng"]
    assert train(second, rng, 3) == logs[2:]
    assert equal(state(whole), state(second))
    assert os.listdir(tmp_path) == ["run.npz"]


def test_a_checkpoint_of_another_model_changes_nothing(tmp_path):
    x, y = line()
    small, file = regression("sgd", keras.Input((2,))), tmp_path / "small.npz"
    small.fit(x, y, verbose=0)
    training.save_checkpoint(file, small)
    for other in (classifier(), regression("adam", keras.Input((2,))), regression("sgd", keras.Input((3,)))):
        other.optimizer.build(other.trainable_variables)
        before = state(other)
        with pytest.raises(
            ValueError, match=r"another model or optimizer. It holds 4 arrays, .* has \d+\.\n"
        ):
            training.load_checkpoint(file, other)
        assert equal(before, state(other))
    with pytest.raises(ValueError, match="not compiled"):
        training.load_checkpoint(file, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match="not compiled"):
        training.save_checkpoint(file, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))


def test_a_checkpoint_that_is_none(tmp_path):
    model = regression("sgd", keras.Input((2,)))
    with pytest.raises(FileNotFoundError, match="Save one with save_checkpoint first"):
        training.load_checkpoint(tmp_path / "none.npz", model)
    training.save_checkpoint(tmp_path / "whole.npz", model)
    whole = (tmp_path / "whole.npz").read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2], whole[:-4]):
        (tmp_path / "broken.npz").write_bytes(content)
        with pytest.raises(ValueError, match="is not a whole checkpoint"):
            training.load_checkpoint(tmp_path / "broken.npz", model)
    np.savez(tmp_path / "arrays.npz", np.ones(2))
    with pytest.raises(ValueError, match="is not a whole checkpoint"):
        training.load_checkpoint(tmp_path / "arrays.npz", model)


# What a killed process leaves. The child trains on, and the parent stops it in the middle.

CHILD = """
import sys
sys.path.insert(0, {folder!r})
import numpy as np
import test_training as here
from lossopt import training

x, y = here.classes()
model, rng = here.classifier(here.averaging), np.random.default_rng(0)
epoch = training.fast_epoch(model, x, y, 16)
for number in range(1, 100_000):
    epoch(rng.permutation(len(x)))
    training.save_checkpoint({file!r}, model, epoch=number, rng=rng.bit_generator.state)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "SIGKILL"])
def test_a_killed_training_leaves_a_whole_checkpoint_and_resumes_bit_for_bit(tmp_path, how):
    file = tmp_path / "run.npz"
    code = CHILD.format(folder=str(Path(__file__).parent), file=str(file))
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            if file.exists() or child.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(0.3)  # somewhere between two checkpoints, or within one
        child.send_signal(how)
        assert child.wait(60) != 0
    finally:
        child.kill()
    x, y = classes()
    resumed, rng = classifier(averaging, seed=7), np.random.default_rng(7)
    progress = training.load_checkpoint(file, resumed)
    rng.bit_generator.state = progress["rng"]
    epoch = training.fast_epoch(resumed, x, y, 16)
    for _ in range(2):
        epoch(rng.permutation(len(x)))
    whole, rng = classifier(averaging), np.random.default_rng(0)
    epoch = training.fast_epoch(whole, x, y, 16)
    for _ in range(progress["epoch"] + 2):
        epoch(rng.permutation(len(x)))
    assert progress["epoch"] >= 1
    assert equal(state(whole), state(resumed))


SAVING = """
import sys
from types import SimpleNamespace
import numpy as np
from lossopt import training

def variables(number):
    return [SimpleNamespace(numpy=lambda: np.full(200_000, number)) for _ in range(5)]

number = 0
while True:
    number += 1
    model = SimpleNamespace(variables=variables(number), optimizer=SimpleNamespace(variables=variables(number)))
    training.save_checkpoint(sys.argv[1], model, number=number)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "SIGKILL"])
def test_a_kill_in_the_middle_of_saving_leaves_the_last_checkpoint(tmp_path, how):
    file, moments = tmp_path / "run.npz", np.random.default_rng(0).uniform(0, 0.05, 6)
    for moment in moments:  # the file of the one before is there when the next is killed
        child = subprocess.Popen([sys.executable, "-c", SAVING, str(file)], stderr=subprocess.DEVNULL)
        try:
            before = file.stat().st_mtime_ns if file.exists() else None
            for _ in range(1200):
                if file.exists() and file.stat().st_mtime_ns != before:
                    break
                time.sleep(0.02)
            time.sleep(moment)
            child.send_signal(how)
            assert child.wait(60) != 0
        finally:
            child.kill()
        values = [SimpleNamespace(shape=(200_000,), assign=None) for _ in range(10)]
        read = []
        for value in values:
            value.assign = read.append
        optimizer = SimpleNamespace(variables=values[5:], built=True)
        progress = training.load_checkpoint(file, SimpleNamespace(variables=values[:5], optimizer=optimizer))
        assert len(read) == 10
        assert all(np.all(array == progress["number"]) for array in read)
