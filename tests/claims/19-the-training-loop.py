"""What the chapter *The training loop, at every level of control* claims."""

import math
import os
import warnings
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import data, training

layers = keras.layers
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
RULES = {
    "SGD": lambda rate=0.02: keras.optimizers.SGD(rate),
    "momentum": lambda rate=0.02: keras.optimizers.SGD(rate, momentum=0.9),
    "Adam": lambda rate=0.002: keras.optimizers.Adam(rate),
}


@pytest.fixture(autouse=True)
def float32_afterwards():
    yield
    keras.config.set_dtype_policy("float32")


@cache
def samples(n=96):
    (x, y), *_ = data.digits()
    return x[:n].astype("float32"), y[:n]


def network(kind=keras.Model, *extra, penalty=None, name="body", dtype=None, seed=0):
    """Build a small network on digits. `extra` are functions that make layers, so that the seed comes first."""
    training.set_seed(seed)
    inputs = keras.Input((64,))
    h = layers.Dense(8, activation="relu", name=name, kernel_regularizer=penalty, dtype=dtype)(inputs)
    for make in extra:
        h = make()(h)
    return kind(inputs, layers.Dense(10, name="head", dtype="float32")(h))


def fit(model, optimizer=None, epochs=1, batch_size=32, mode="compiled", **more):
    """Train without shuffling. Eagerly take the steps here, which is faster, unless more is asked for."""
    if optimizer:
        model.compile(optimizer, loss=cross_entropy, run_eagerly=mode == "eager")
    x, y = samples()
    if more or not model.run_eagerly:
        arguments = {"batch_size": batch_size, "epochs": epochs, "shuffle": False, "verbose": 0}
        return model.fit(x, y, **(arguments | more)).history
    log = []
    for _ in range(epochs):
        model.reset_metrics()
        for i in range(0, len(x), batch_size):
            model.train_step((tf.constant(x[i : i + batch_size]), tf.constant(y[i : i + batch_size])))
        log.append(float(model.get_metrics_result()["loss"]))
    return {"loss": log}


class Step(keras.Model):
    """A step with switches for what people forget."""

    reduced = scaled = penalties = True
    own_dictionary = False

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            scores = self(x, training=True)
            loss = keras.losses.sparse_categorical_crossentropy(y, scores, from_logits=True)
            loss = tf.reduce_mean(loss) if self.reduced else loss
            loss = loss + sum(self.losses) if self.penalties and self.losses else loss
            scaled = self.optimizer.scale_loss(loss) if self.scaled else loss
        self.optimizer.apply(tape.gradient(scaled, self.trainable_variables), self.trainable_variables)
        if self.own_dictionary:
            return {"loss": loss}
        self.metrics[0].update_state(loss, sample_weight=tf.shape(x)[0])
        return self.compute_metrics(x, y, scores)


def step_with(*extra, **switches):
    penalty = switches.pop("penalty", None)
    model = network(Step, *extra, penalty=penalty)
    for name, value in switches.items():
        setattr(model, name, value)
    return model


def weights(model):
    return [v.numpy() for v in model.variables]


def apart(a, b):
    return max(np.abs(p - q).max() for p, q in zip(a, b, strict=True))


def close(a, b, atol=1e-5):
    return len(a) == len(b) and all(
        np.allclose(p, q, rtol=1e-4, atol=atol) for p, q in zip(a, b, strict=True)
    )


def normalised(momentum=0.99):
    return layers.BatchNormalization(momentum=momentum)


def loss_of(model, mode):
    x, y = samples()
    return float(
        np.mean([cross_entropy(y[i : i + 32], model(x[i : i + 32], training=mode)) for i in (0, 32, 64)])
    )


def moved(model, name="body"):
    before = model.get_layer(name).get_weights()
    fit(model)
    return apart(before, model.get_layer(name).get_weights()) > 0


# When something is wrong


@pytest.mark.parametrize(
    ("optimizer", "mode"), [("SGD", "compiled"), ("Adam", "eager"), ("momentum", "eager")]
)
def test_a_dictionary_of_your_own_logs_zero(optimizer, mode):
    """the logged loss is 0.0, but the model learns | update `self.metrics[0]` in `train_step` | [a
    dictionary of your own](#mistakes-in-a-step) gives way to metrics that nobody updated
    """
    own, right = step_with(own_dictionary=True), step_with()
    logs = [fit(model, RULES[optimizer](), 2, mode=mode, callbacks=[])["loss"] for model in (own, right)]
    assert logs[0] == [0, 0]
    assert close(weights(own), weights(right))
    assert np.allclose(logs[1], fit(network(), RULES[optimizer](), 2, mode="eager")["loss"], rtol=1e-4)


@pytest.mark.parametrize("batch_size", [32, 96])
@pytest.mark.parametrize("optimizer", ["SGD", "momentum"])
def test_losses_that_are_not_reduced_are_a_sum(optimizer, batch_size):
    """a custom step with SGD diverges at a rate at which `fit` learns | reduce the loss to a mean | [the
    gradient of many losses](#mistakes-in-a-step) is that of their sum
    """
    rate, epochs = 0.2, 8
    plain = fit(network(), RULES[optimizer](rate), epochs, batch_size, mode="eager")["loss"]
    summed, mean = step_with(reduced=False), step_with()
    logged = fit(summed, RULES[optimizer](rate), epochs, batch_size, mode="eager")["loss"]
    assert plain[-1] < plain[0]
    assert not logged[-1] < plain[0]
    assert np.allclose(
        fit(mean, RULES[optimizer](rate), epochs, batch_size, mode="eager")["loss"], plain, rtol=1e-3
    )
    summed, mean = step_with(reduced=False), step_with()
    fit(summed, RULES[optimizer](1e-3), 1, batch_size, mode="eager")
    fit(mean, RULES[optimizer](1e-3 * batch_size), 1, batch_size, mode="eager")
    assert close(weights(summed), weights(mean))


@pytest.mark.parametrize(("penalty", "optimizer"), [("l2", "SGD"), ("l1", "Adam")])
def test_penalties_are_not_part_of_the_loss_function(penalty, optimizer):
    """a regularizer has no effect in a custom loop | add `sum(model.losses)` |
    [penalties](#mistakes-in-a-step) are not part of the loss function
    """
    without, forgotten = step_with(), step_with(penalty=penalty, penalties=False)
    added, plain = step_with(penalty=penalty), network(penalty=penalty)
    for model in (without, forgotten, added, plain):
        fit(model, RULES[optimizer](), mode="eager")
    assert close(weights(without), weights(forgotten))
    assert close(weights(added), weights(plain))
    assert not close(weights(added), weights(forgotten), atol=1e-4)


@pytest.mark.parametrize("optimizer", ["momentum", "Adam"])
def test_a_function_makes_variables_only_in_its_first_call(optimizer):
    """`tf.function only supports singleton tf.Variables` | `optimizer.build(…)` beforehand | [the second
    optimizer](#mistakes-in-a-step) would create its variables inside
    """
    trainable = network().trainable_variables
    step = tf.function(lambda rule: rule.apply([0.1 * w for w in trainable], trainable))
    step(RULES[optimizer]())
    with pytest.raises(ValueError, match="only supports singleton"):
        step(RULES[optimizer]())
    built, before = RULES[optimizer](), trainable[0].numpy()
    built.build(trainable)
    step(built)
    assert int(built.iterations) == 1
    assert apart([before], [trainable[0].numpy()]) > 0
    step(keras.optimizers.SGD(0.1))  # without momentum there is nothing to create


@pytest.mark.parametrize(("batch_size", "mode"), [(96, "eager"), (32, "compiled")])
def test_running_statistics_hold_their_first_guess(batch_size, mode):
    """`evaluate` is far worse than the log, with batch normalisation | a lower `momentum`, or more steps |
    [the running statistics](#when-training-and-evaluation-disagree) still hold their first guess
    """
    x, y = samples()
    models = {m: network(keras.Model, lambda m=m: normalised(m)) for m in (0.99, 0.5)}
    epochs = 40 * batch_size // 96  # 40 steps, or 39
    logged = {
        m: fit(model, RULES["Adam"](0.02), epochs, batch_size, mode)["loss"][-1]
        for m, model in models.items()
    }
    ratios = {m: float(cross_entropy(y, model(x))) / logged[m] for m, model in models.items()}
    assert ratios[0.99] > 1.5
    assert ratios[0.5] < 1.2
    more_steps = tf.function(lambda x: models[0.99](x, training=True))  # in which only the statistics move
    for _ in range(700):
        more_steps(x)
    assert float(cross_entropy(y, models[0.99](x))) / logged[0.99] < 1.2


@pytest.mark.parametrize(("optimizer", "steps_per_execution"), [("SGD", 1), ("SGD", 3), ("Adam", 1)])
def test_fit_keeps_its_step_until_compile(optimizer, steps_per_execution):
    """a frozen layer trains on, or a thawed one does not | `compile` again | [`fit` keeps its
    step](#freezing-and-thawing)

    Right: `fit` still has the step that it built for the head. Compile again, with an optimizer that
    knows the body.

    No: that takes a new `compile`, since the step was built before.

    No: Keras says nothing. The error comes if you compile again with the old optimizer.

    `compile` again after you change `trainable`, with an optimizer that knows all weights.
    """
    model, options = network(), {"loss": cross_entropy, "steps_per_execution": steps_per_execution}
    body = model.get_layer("body")
    model.compile(RULES[optimizer](), **options)
    fit(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        body.trainable = False
        assert moved(model)  # the step was built with it
        model.compile(RULES[optimizer](), **options)
        assert not moved(model)
        body.trainable = True
        head = model.get_layer("head").get_weights()
        assert not moved(model)
    assert apart(head, model.get_layer("head").get_weights()) > 0
    model.compile(model.optimizer, **options)
    with pytest.raises(ValueError, match="Unknown variable"):
        fit(model)
    model.compile(RULES[optimizer](), **options)
    assert moved(model)


@pytest.mark.parametrize("optimizer", ["SGD", "momentum", "Adam"])
def test_an_optimizer_knows_its_variables(optimizer):
    """`Unknown variable` after thawing | a new optimizer, or build it for all weights before you freeze |
    [an optimizer knows its variables](#freezing-and-thawing)
    """
    rule, model = RULES[optimizer](), network()
    model.get_layer("body").trainable = False
    fit(model, rule, mode="eager")
    model.get_layer("body").trainable = True
    with pytest.raises(ValueError, match="Unknown variable"):
        fit(model, rule, mode="eager")
    model.compile(RULES[optimizer](), loss=cross_entropy, run_eagerly=True)
    assert moved(model)
    rule, model = RULES[optimizer](), network()
    rule.build(model.trainable_variables)
    model.get_layer("body").trainable = False
    model.compile(rule, loss=cross_entropy, run_eagerly=True)
    assert not moved(model)
    model.get_layer("body").trainable = True
    model.compile(rule, loss=cross_entropy, run_eagerly=True)
    assert moved(model)


@pytest.mark.parametrize(
    ("optimizer", "mode"), [("SGD", "eager"), ("momentum", "eager"), ("SGD", "compiled")]
)
def test_apply_divides_by_the_scale(optimizer, mode):
    """SGD stands still under `mixed_float16` | `optimizer.scale_loss(loss)` in the step | [`apply` divides
    by the scale](#training-in-16-bits)

    No: `apply` divides by the scale anyway, and so it also shrinks large gradients.

    Right: the optimizer divides gradients by 32,768 that nobody multiplied.

    No: without the factor they are smaller, and none is infinite.
    """
    first, moves, steps = weights(network()), {}, {}
    for scaled in (True, False):
        keras.config.set_dtype_policy("mixed_float16")
        model = step_with(scaled=scaled)
        fit(model, RULES[optimizer](0.1), mode=mode)
        keras.config.set_dtype_policy("float32")
        assert model.optimizer.name.startswith("loss_scale")
        moves[scaled] = apart(first, weights(model))
        steps[scaled] = int(model.optimizer.iterations)
    plain = network()
    fit(plain, RULES[optimizer](0.1), mode="eager")
    assert moves[True] == pytest.approx(apart(first, weights(plain)), rel=0.05)
    assert (
        10_000 < moves[True] / moves[False] < 100_000
    )  # about 32,768: the small steps stay where the gradient is
    assert steps == {True: 3, False: 3}


@pytest.mark.parametrize(
    ("where", "optimizer"), [("on a layer", "SGD"), ("on a layer", "Adam"), ("global", "SGD")]
)
def test_a_policy_on_a_layer_gets_no_loss_scale(where, optimizer):
    """small gradients are 0 in a layer with `dtype="mixed_float16"` | wrap the optimizer in
    `LossScaleOptimizer` | [only the global policy](#training-in-16-bits) makes `compile` do it
    """
    if where == "global":
        keras.config.set_dtype_policy("mixed_float16")
    (x, y), scale = samples(), keras.optimizers.LossScaleOptimizer
    model = network(dtype="mixed_float16" if where == "on a layer" else None)
    kernel = model.get_layer("body").kernel

    def zeros():
        with tf.GradientTape() as tape:
            loss = 1e-6 * cross_entropy(y, model(x, training=True))
            loss = model.optimizer.scale_loss(loss)
        gradient = tape.gradient(loss, kernel).numpy()[x.max(axis=0) > 0]
        return np.mean(gradient == 0)

    model.compile(RULES[optimizer](), loss=cross_entropy)
    assert isinstance(model.optimizer, scale) == (where == "global")
    before = zeros()
    model.compile(scale(RULES[optimizer]()), loss=cross_entropy)
    assert zeros() < 0.3
    assert before > 0.8 if where == "on a layer" else before < 0.3


@pytest.mark.parametrize(("mode", "patience"), [("min", 1), ("min", 3), ("max", 2)])
def test_a_first_nan_stays_the_best(mode, patience):
    """the best weights are `nan` | `TerminateOnNaN`, which ends such a run in its first batch | [a first
    `nan`](#stopping-early) stays the best
    """
    model = network()
    model.compile(RULES["SGD"](), loss=cross_entropy)
    stop = keras.callbacks.EarlyStopping("watched", patience=patience, mode=mode, restore_best_weights=True)
    stop.set_model(model)
    stop.on_train_begin()
    model.stop_training, head = False, model.get_layer("head").bias
    for epoch, value in enumerate([math.nan, 3.0, 4.0, 2.0, 5.0]):
        head.assign(np.full(10, math.nan if epoch == 0 else epoch))
        stop.on_epoch_end(epoch, {"watched": value})
        if model.stop_training:
            break
    stop.on_train_end()
    assert epoch == patience
    assert np.isnan(head.numpy()).all()
    x, y = samples()
    model = network()
    model.compile(RULES["SGD"](), loss=cross_entropy, run_eagerly=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        callbacks = [keras.callbacks.TerminateOnNaN()]
        model.fit(x * np.nan, y, epochs=patience + 1, batch_size=32, verbose=0, callbacks=callbacks)
    assert int(model.optimizer.iterations) == 1


@pytest.mark.parametrize("rate", [0.01, "a schedule"])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_nobody_reads_lr(optimizer, rate):
    """setting `optimizer.lr` changes nothing | set `learning_rate` | [nobody reads](#watching-the-steps) an
    attribute `lr`
    """
    rate = keras.optimizers.schedules.CosineDecay(0.01, 10) if rate == "a schedule" else rate
    ends = {}
    for name in ("nothing", "lr", "learning_rate"):
        rule, w = RULES[optimizer](rate), keras.Variable([1.0])
        if name == "lr":
            rule.lr = 0.5
        elif name == "learning_rate" and rate == 0.01:
            rule.learning_rate = 0.5
        elif name == "learning_rate":
            with pytest.raises(TypeError, match="not settable"):
                rule.learning_rate = 0.5
        rule.apply([np.ones(1, "float32")], [w])
        ends[name] = float(w.numpy()[0])
    assert ends["nothing"] == ends["lr"] == pytest.approx(0.99, abs=1e-5)
    assert ends["learning_rate"] == pytest.approx(0.5 if rate == 0.01 else 0.99, abs=1e-5)


def run_on(model, folder=None, kill=None):
    def on_epoch_begin(epoch, logs):
        if epoch == kill:
            raise KeyboardInterrupt

    callbacks = [keras.callbacks.LambdaCallback(on_epoch_begin=on_epoch_begin)]
    callbacks += [keras.callbacks.BackupAndRestore(folder)] if folder else []
    try:
        fit(model, RULES["SGD"](), 3, mode="eager", callbacks=callbacks)
    except KeyboardInterrupt:
        pass
    return model


@pytest.mark.parametrize(("dropout", "kill"), [(0.0, 1), (0.1, 2), (0.5, 1)])
def test_backup_and_restore_leaves_out_the_seed_of_dropout(tmp_path, dropout, kill):
    """a resumed run differs with dropout | save `model.variables` and the random state yourself |
    [`BackupAndRestore`](#stopping-and-resuming) leaves out dropout's seed
    """
    extra = [lambda: layers.Dropout(dropout)] if dropout else []
    whole = run_on(network(keras.Model, *extra))
    run_on(network(keras.Model, *extra), tmp_path / "backup", kill)
    resumed = run_on(network(keras.Model, *extra), tmp_path / "backup")
    seeds = [v for v in whole.variables if "seed" in v.path]
    assert len(seeds) == len(extra)
    assert close(weights(whole), weights(resumed), atol=1e-6) == (dropout == 0)
    first, second = (network(keras.Model, *extra) for _ in range(2))
    fit(first, RULES["SGD"](), kill, mode="eager")
    training.save_checkpoint(tmp_path / "own.npz", first)
    second.compile(RULES["SGD"](), loss=cross_entropy, run_eagerly=True)
    training.load_checkpoint(tmp_path / "own.npz", second)
    fit(second, epochs=3 - kill)
    assert close(weights(whole), weights(second), atol=1e-6)


# What to remember


@pytest.mark.parametrize(
    ("optimizer", "extra"),
    [("momentum", "batch normalisation"), ("momentum", "nothing"), ("Adam", "dropout")],
)
def test_an_own_loop_agrees_with_fit(optimizer, extra):
    """Test a custom loop against `fit`, with the same seed and order. Their weights agree to rounding after
    two epochs.
    """
    makers = {"nothing": [], "dropout": [lambda: layers.Dropout(0.3)], "batch normalisation": [normalised]}[
        extra
    ]
    plain, own = (network(keras.Model, *makers, penalty="l2") for _ in range(2))
    fit(plain, RULES[optimizer](), 2)
    rule, (x, y) = RULES[optimizer](), samples()
    rule.build(own.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = cross_entropy(y, own(x, training=True)) + sum(own.losses)
        rule.apply(tape.gradient(loss, own.trainable_variables), own.trainable_variables)

    for start in (0, 32, 64, 0, 32, 64):
        step(tf.constant(x[start : start + 32]), tf.constant(y[start : start + 32]))
    assert close(weights(plain), weights(own), atol=1e-6)


@pytest.mark.parametrize("optimizer", ["SGD"])
@pytest.mark.parametrize("forgotten", ["training=True", "mean", "penalties", "scale_loss", "update", "reset"])
def test_what_an_own_step_needs(forgotten, optimizer):
    """A custom step needs `training=True`, a mean, `sum(model.losses)`, `scale_loss`, and metrics that
    somebody updates and resets.
    """
    if forgotten == "training=True":
        x, _ = samples()
        model = network(keras.Model, normalised, lambda: layers.Dropout(0.5))
        calls = {mode: [model(x, training=mode).numpy() for _ in range(2)] for mode in (False, None, True)}
        assert apart(calls[False], calls[None]) == 0  # without the argument there is no dropout
        assert apart(calls[False][:1], calls[False][1:]) == 0
        assert apart(calls[True][:1], calls[True][1:]) > 0
    elif forgotten == "reset":
        metric = keras.metrics.SparseCategoricalAccuracy()
        metric.update_state([0, 0], np.eye(2)[[1, 1]])  # an epoch with nothing right
        metric.update_state([0, 0], np.eye(2)[[0, 0]])  # and one with everything
        assert float(metric.result()) == 0.5
        metric.reset_state()
        metric.update_state([0, 0], np.eye(2)[[0, 0]])
        assert float(metric.result()) == 1
    else:
        policy = "mixed_float16" if forgotten == "scale_loss" else "float32"
        switches = {
            "mean": {"reduced": False},
            "penalties": {"penalties": False},
            "scale_loss": {"scaled": False},
            "update": {"own_dictionary": True},
        }[forgotten]
        keras.config.set_dtype_policy(policy)
        plain, careful, careless = (
            network(penalty="l2"),
            step_with(penalty="l2"),
            step_with(penalty="l2", **switches),
        )
        logs = [
            fit(model, RULES[optimizer](), mode="eager")["loss"][0] for model in (plain, careful, careless)
        ]
        assert logs[0] == pytest.approx(logs[1], rel=1e-3)
        assert close(weights(plain), weights(careful), atol=1e-4)
        if forgotten == "update":
            assert logs[2] == 0
        else:
            assert not close(weights(plain), weights(careless), atol=1e-4)


@pytest.mark.parametrize(
    ("counts", "batch_normalisation"),
    [((4, 4, 2), False), ((1, 5, 3), False), ((3, 3, 3), False), ((3, 3, 3), True)],
)
def test_accumulated_gradients_divide_by_the_samples_of_the_large_batch(counts, batch_normalisation):
    """Accumulated gradients equal the large batch if you divide by its number of samples, and if its samples
    do not see each other.
    """
    model, (x, y) = network(keras.Model, *[normalised] * batch_normalisation), samples()

    def gradient(rows, divisor):
        with tf.GradientTape() as tape:
            scores = model(x[rows], training=True)
            each = keras.losses.sparse_categorical_crossentropy(y[rows], scores, from_logits=True)
            loss = tf.reduce_sum(each) / divisor
        return [g.numpy() for g in tape.gradient(loss, model.trainable_variables)]

    ends, n = np.cumsum(counts), sum(counts)
    parts = [gradient(slice(end - count, end), n) for end, count in zip(ends, counts, strict=True)]
    added = [sum(arrays) for arrays in zip(*parts, strict=True)]
    assert close(added, gradient(slice(0, n), n), atol=1e-6) != batch_normalisation


@pytest.mark.parametrize(
    ("optimizer", "left_out"),
    [
        ("momentum", "nothing"),
        ("Adam", "nothing"),
        ("Adam", "weights"),
        ("Adam", "running statistics"),
        ("Adam", "dropout's seed"),
        ("momentum", "optimizer"),
        ("momentum", "shuffling"),
    ],
)
def test_what_a_checkpoint_holds(left_out, optimizer):
    """A checkpoint from which a run resumes exactly holds the weights, running statistics, dropout's seeds,
    the optimizer and the state of the shuffling.
    """
    x, y = (tf.constant(part) for part in samples())

    def make():
        model = network(keras.Model, normalised, lambda: layers.Dropout(0.3))
        model.compile(RULES[optimizer](), loss=cross_entropy)
        model.optimizer.build(model.trainable_variables)
        return model, np.random.default_rng(0)

    def train(model, rng, epochs):
        for _ in range(epochs):
            for rows in rng.permutation(96).reshape(3, 32):
                model.train_step((tf.gather(x, rows), tf.gather(y, rows)))
        return model

    def kind(variable):
        names = {"seed": "dropout's seed", "moving": "running statistics"}
        return next((what for word, what in names.items() if word in variable.path), "weights")

    whole, (half, rng) = train(*make(), 3), make()
    train(half, rng, 2)
    resumed, new_rng = make()
    for new, old in zip(resumed.variables, half.variables, strict=True):
        if kind(new) != left_out:
            new.assign(old)
    if left_out != "optimizer":
        for new, old in zip(resumed.optimizer.variables, half.optimizer.variables, strict=True):
            new.assign(old)
    train(resumed, new_rng if left_out == "shuffling" else rng, 1)
    assert (apart(weights(whole), weights(resumed)) == 0) == (left_out == "nothing")


@pytest.mark.parametrize(("killed", "optimizer"), [("while it writes", "SGD"), ("before it renames", "Adam")])
def test_a_kill_in_the_middle_of_writing(tmp_path, monkeypatch, killed, optimizer):
    """Write a checkpoint next to the old one and rename it, because a kill may come in the middle of
    writing.
    """
    file, model = tmp_path / "run.npz", network()
    fit(model, RULES[optimizer](), mode="eager")
    training.save_checkpoint(file, model, epoch=1)
    old = [v.numpy() for v in [*model.variables, *model.optimizer.variables]]
    fit(model)

    def kill(*arguments, **more):
        raise KeyboardInterrupt

    real = np.savez

    def half(stream, **arrays):
        real(stream, **dict(list(arrays.items())[:2]))
        raise KeyboardInterrupt

    monkeypatch.setattr(*((np, "savez", half) if killed == "while it writes" else (os, "replace", kill)))
    with pytest.raises(KeyboardInterrupt):
        training.save_checkpoint(file, model, epoch=2)
    monkeypatch.undo()
    restored = network(seed=3)
    restored.compile(RULES[optimizer](), loss=cross_entropy)
    assert training.load_checkpoint(file, restored) == {"epoch": 1}
    assert apart(old, [v.numpy() for v in [*restored.variables, *restored.optimizer.variables]]) == 0


# Check yourself


@pytest.mark.parametrize(("dropout", "epochs"), [(0.0, 3), (0.5, 1)])
def test_the_sum_of_32_losses(dropout, epochs):
    """No: the tape takes the gradient of the sum, which is 32 times that of the mean.

    Right: the sum of 32 losses has 32 times the gradient of their mean, and SGD's step is proportional to it.

    No: that is the other way round. Your step is too long, and so `fit` needs the larger rate.
    """
    extra = [lambda: layers.Dropout(dropout)]
    own = step_with(*extra, reduced=False)
    fit(own, keras.optimizers.SGD(0.01), epochs, mode="eager")
    same = {}
    for rate in (0.01, 0.32, 0.0003):
        plain = network(keras.Model, *extra)
        fit(plain, keras.optimizers.SGD(rate), epochs, mode="eager")
        same[rate] = close(weights(own), weights(plain))
    assert same == {0.01: False, 0.32: True, 0.0003: False}


@pytest.mark.parametrize(("momentum", "optimizer"), [(0.99, "Adam"), (0.999, "SGD")])
def test_the_two_modes_differ_in_the_statistics(momentum, optimizer):
    """No: these are the training data, on which overfitting would look good.

    Right: the weights are the same, and the two modes differ in the statistics.

    No: that explains the difference between 0.40 and 0.26. It makes the logged loss higher while the loss
    falls.
    """
    model = network(keras.Model, lambda: normalised(momentum))
    rule = RULES[optimizer]({"SGD": 0.3, "Adam": 0.02}[optimizer])
    logged = fit(model, rule, 8, mode="eager")["loss"][-1]
    evaluated = loss_of(model, mode=False)
    before = [v.numpy() for v in model.trainable_variables]
    training_mode = loss_of(model, mode=True)
    assert apart(before, [v.numpy() for v in model.trainable_variables]) == 0
    assert training_mode < logged < evaluated
    model.layers[2].momentum = 0.2
    loss_of(model, mode=True)
    assert loss_of(model, mode=False) < logged
