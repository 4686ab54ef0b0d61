"""Seed a training run, find its learning rate, train fast, watch and save
it, and print a log that repeats.
"""

import json
import os
import zipfile
from pathlib import Path

import numpy as np

from ._checks import Count, Positive, checked, require, shown

__all__ = [  # noqa: RUF022 - in reading order
    "set_seed",
    "print_log",
    "range_test",
    "fast_epoch",
    "log_steps",
    "save_checkpoint",
    "load_checkpoint",
]


def set_seed(seed):
    """Seed Python, NumPy and TensorFlow, and make TensorFlow's operations
    deterministic.

    The same seed then gives the same initial weights and the same shuffling.
    For a few hundred steps it also gives the same printed losses, even on
    another CPU.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def print_log(history, every=1, digits=4):
    """Print what `model.fit` returned, one line per epoch, without the
    seconds, because they never repeat.

    `history` is the `History` that `fit` returns, or its dictionary. The first
    and the last epoch are always printed, and of the others each `every`-th.
    The columns begin with the loss and end with the validation data. `digits`
    is the number of decimals.

    >>> log = {"accuracy": [0.5, 0.75, 0.8], "loss": [2.5, 1.25, 1.0]}
    >>> print_log(log, every=2)
    epoch    loss  accuracy
        1  2.5000    0.5000
        2  1.2500    0.7500
        3  1.0000    0.8000
    """
    log = getattr(history, "history", history)
    if not log:
        raise ValueError("history must hold one list per column, but got none. Was fit called with epochs=0?")
    names = sorted(log, key=lambda name: (name.startswith("val_"), not name.endswith("loss")))
    columns = {name: max(len(name), digits + 2) for name in names}
    epochs = len(next(iter(log.values())))
    print("epoch  " + "  ".join(f"{name:>{width}}" for name, width in columns.items()))
    for epoch in range(1, epochs + 1):
        if epoch in (1, epochs) or epoch % every == 0:
            cells = (f"{log[name][epoch - 1]:{width}.{digits}f}" for name, width in columns.items())
            print(f"{epoch:5}  " + "  ".join(cells))


@checked
def range_test(model, x, y=None, low: Positive = 1e-5, high: Positive = 10.0, steps: Count = 100, **options):
    """Run a learning rate range test (a learning-rate finder), and return the
    rates and the loss at each.

    The rate grows from `low` to `high` in `steps` steps of training, each by
    the same factor. The test ends early once the loss of a batch is `nan` or at
    least four times the first one, so both arrays may have fewer than `steps`
    elements. `x`, `y` and the `options`, such as `batch_size`, are what
    `model.fit` takes.

    Afterwards the model is as it was before, even if the test was interrupted.
    The test trains with a copy of the model's optimizer, which starts without
    momentum or other state and has a plain rate even where the original has a
    schedule. So the original keeps its state and its rate. The weights are
    restored.

    Raises `ValueError` if the model is not compiled or has several rates, if
    `low` is not below `high`, or if `x` and `y` are arrays of different
    lengths.
    """
    import keras

    _require_compiled(model)
    require(low < high, "low", low, f"below high, {high}")
    require(
        not hasattr(model.optimizer, "optimizers"),
        "model.optimizer",
        "a MultiOptimizer",
        "an optimizer with one rate",
    )
    if hasattr(x, "__len__") and hasattr(y, "__len__"):
        _same_length(x, y)
    rates, kept = np.geomspace(low, high, steps), []
    losses: list[float] = []

    class Raise(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            kept.extend(
                (v, v.numpy()) for v in model.variables
            )  # not earlier: fit may have to build the model

        def on_train_batch_begin(self, batch, logs=None):
            model.optimizer.learning_rate = rates[len(losses)]
            model.reset_metrics()  # else the logs hold a mean over the batches since the start

        def on_train_batch_end(self, batch, logs=None):
            losses.append(logs["loss"])
            if len(losses) == steps or not losses[-1] < 4 * losses[0]:
                model.stop_training = True

    original = model.optimizer
    try:
        _use(model, _copy(original, low))
        model.fit(x, y, **{"epochs": steps, "verbose": 0, **options, "callbacks": [Raise()]})
    finally:
        for variable, value in kept:
            variable.assign(value)
        _use(model, original)
    return rates[: len(losses)], np.array(losses)


@checked
def fast_epoch(model, x, y, batch_size: Count = 32, change=None):
    """Return a function that trains a compiled model for one epoch, with all
    steps in one `tf.function`.

    `epoch(order)` takes the rows of `x` and `y` in this order, in batches of
    `batch_size`, of which the last may be smaller. It returns the loss and the
    metrics as a dictionary, like an epoch of `fit`. (With several outputs, the
    loss of each is a mean over samples. In Keras 3.15 `fit` logs a mean over
    batches, in which a smaller one counts as much.) Each step is the model's
    own `train_step`, so the weights are those that `fit` reaches with the same
    batches, up to rounding. The data are copied into memory once, and Python is
    not called between the steps, which is why small models train two to four
    times as fast.

    `x` and `y` may also be dictionaries or tuples of arrays. `change(x, y)`
    returns a batch in the form in which the model trains on it, for example
    shifted. It runs inside the `tf.function`.

    Raises `ValueError` if the model is not compiled, if `x` and `y` have
    different lengths, if a batch is larger than the data, and if `order` holds
    anything but row numbers.

        epoch = fast_epoch(model, x, y, batch_size=256)
        for _ in range(10):
            log = epoch(rng.permutation(len(x)))
    """
    import tensorflow as tf

    _require_compiled(model)
    samples = _same_length(x, y)
    require(batch_size <= samples, "batch_size", batch_size, f"at most the number of samples, {samples}")
    x, y = (np.asarray(part) if isinstance(part, list) else part for part in (x, y))
    data = tf.nest.map_structure(tf.constant, (x, y))

    def batch(rows):
        x, y = tf.nest.map_structure(lambda array: tf.gather(array, rows), data)
        return change(x, y) if change else (x, y)

    _build(model)  # no variable may be made inside a tf.function, neither the optimizer's
    model.test_step(batch(np.arange(batch_size)))  # nor the metrics'

    @tf.function
    def all_steps(order):
        full = order.shape[0] // batch_size * batch_size
        for rows in tf.reshape(order[:full], (-1, batch_size)):
            model.train_step(batch(rows))
        if full < order.shape[0]:
            model.train_step(batch(order[full:]))

    def epoch(order):
        rows = np.asarray(order)
        valid = rows.ndim == 1 and rows.dtype.kind in "iu" and rows.size >= batch_size
        valid = valid and rows.min() >= 0 and rows.max() < samples
        words = f"at least {batch_size} row numbers from 0 to {samples - 1}, in one axis"
        require(valid, "order", shown(order), words)
        model.reset_metrics()
        all_steps(tf.constant(rows))
        return {name: float(value) for name, value in model.get_metrics_result().items()}

    return epoch


def log_steps():
    """Return a callback that logs the learning rate, the gradient norm and the
    update-to-weight ratio under `fit`.

    The gradient norm is the root of the sum of all squared gradients, before
    clipping. The update-to-weight ratio is the length of a step's change of all
    weights, divided by their length before the step. `steps` of the callback is
    a dictionary with one list each, `rate`, `gradient_norm` and `update_ratio`,
    and one number per step. The history of `fit` gets the rate of an epoch's
    last step, and the means of the two others over the epoch.

    With `steps_per_execution`, only the last step of each execution is logged.
    With a `MultiOptimizer`, the rates are named `rate_0`, `rate_1` and so on.
    The training itself is not changed.

        steps = log_steps()
        history = model.fit(x, y, callbacks=[steps]).history
        history["update_ratio"], steps.steps["gradient_norm"]
    """
    import keras
    import tensorflow as tf

    class LogSteps(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
            vars(optimizer).pop("apply", None)  # left by a training run that was interrupted
            several = getattr(optimizer, "optimizers", None)
            self.optimizer, apply = optimizer, optimizer.apply
            names = [f"rate_{i}" for i in range(len(several))] if several else ["rate"]
            self.steps = {name: [] for name in (*names, "gradient_norm", "update_ratio")}
            self.values = {name: tf.Variable(0.0) for name in self.steps}

            def watched(gradients, trainable_variables=None):
                variables = trainable_variables or self.model.trainable_variables
                before = [tf.cast(tf.identity(v.value), tf.float32) for v in variables]
                for name, one in zip(names, several or [optimizer], strict=True):
                    self.values[name].assign(one.learning_rate)
                norm = tf.linalg.global_norm([g for g in gradients if g is not None])
                self.values["gradient_norm"].assign(tf.cast(norm, tf.float32))
                apply(gradients, trainable_variables)
                after = [tf.cast(v.value, tf.float32) for v in variables]
                change = tf.linalg.global_norm([a - b for a, b in zip(after, before, strict=True)])
                self.values["update_ratio"].assign(change / tf.linalg.global_norm(before))

            optimizer.apply = watched
            self.model.make_train_function(force=True)

        def on_epoch_begin(self, epoch, logs=None):
            self.first = len(self.steps["update_ratio"])

        def on_train_batch_end(self, batch, logs=None):
            for name, value in self.values.items():
                self.steps[name].append(float(value.numpy()))

        def on_epoch_end(self, epoch, logs=None):
            for name, values in self.steps.items():
                logs[name] = values[-1] if name.startswith("rate") else float(np.mean(values[self.first :]))

        def on_train_end(self, logs=None):
            vars(self.optimizer).pop("apply", None)
            self.model.make_train_function(force=True)

    return LogSteps()


def save_checkpoint(file, model, **progress):
    """Save the whole training state of a compiled model in one file, in such a
    way that no interruption breaks it.

    The file holds the weights, the running statistics, the seeds of dropout,
    and the optimizer with its step, moments, averages and loss scale.
    `progress` is what your loop has to know besides, such as the epoch, the
    best loss, or `rng.bit_generator.state`. It may hold anything that JSON can.
    The new file is written beside the old one and then takes its place in one
    operation, so at any moment the file is whole, the old one or the new one.

    Raises `ValueError` if the model is not compiled.
    """
    _require_compiled(model)
    file = Path(file)
    arrays = {f"{i:04}": _array(variable) for i, variable in enumerate(_state(model))}
    text = json.dumps(progress, default=lambda value: value.item())
    beside = file.with_name(f"{file.name}.new")
    with open(beside, "wb") as stream:
        np.savez(stream, progress=np.array(text), **arrays)
        stream.flush()
        os.fsync(stream.fileno())  # on the disk before the name changes, for the case that the power fails
    os.replace(beside, file)


def load_checkpoint(file, model):
    """Restore a compiled model from `save_checkpoint`'s file, and return the
    progress that was saved with it.

    The model needs the same layers and an optimizer of the same kind. Nothing
    is changed unless all of it fits.

    Raises `FileNotFoundError` if there is no such file, and `ValueError` if the
    model is not compiled or the file is not a checkpoint or belongs to another
    model or optimizer.
    """
    _require_compiled(model)
    if not Path(file).is_file():
        raise FileNotFoundError(f"There is no checkpoint {str(file)!r}. Save one with save_checkpoint first.")
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = [archive[name] for name in sorted(set(archive.files) - {"progress"})]
            progress = json.loads(str(archive["progress"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{str(file)!r} is not a whole checkpoint ({type(error).__name__}).") from None
    _build(model)
    state = _state(model)
    saved, here = [array.shape for array in arrays], [tuple(variable.shape) for variable in state]
    if saved != here:
        what = next((f"{a} and {b}" for a, b in zip(saved, here, strict=False) if a != b), "their number")
        raise ValueError(
            f"{str(file)!r} is a checkpoint of another model or optimizer. It holds {len(saved)} arrays, "
            f"and this model with its optimizer has {len(here)}.\nThe first difference is in {what}."
        )
    for variable, array in zip(state, arrays, strict=True):
        variable.assign(array)
    return progress


def _state(model):
    return [*model.variables, *model.optimizer.variables]


def _array(variable):
    """Return a variable's values in a type that NumPy can save, which bfloat16
    is not."""
    array = np.asarray(variable.numpy())
    return array if array.dtype.kind in "biuf" else array.astype(np.float32)


def _build(model):
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _require_compiled(model):
    if getattr(model, "optimizer", None) is None:
        raise ValueError(
            "The model is not compiled, so it has no optimizer. Call model.compile(optimizer, loss) first."
        )


def _same_length(x, y):
    """Return the number of samples, which all arrays of `x` and `y` share."""
    lengths = []
    for part in (x, y):
        parts = part.values() if isinstance(part, dict) else part if isinstance(part, tuple) else [part]
        lengths += [np.shape(array)[0] if np.ndim(array) else 0 for array in parts]
    if len(set(lengths)) != 1 or not lengths[0]:
        raise ValueError(
            f"x and y must have the same number of samples, but have {' and '.join(map(str, lengths))}."
        )
    return lengths[0]


def _copy(optimizer, rate):
    """Return a new optimizer with the same settings but the learning rate
    `rate`."""
    config = optimizer.get_config()
    inner = (
        config["inner_optimizer"]["config"] if "inner_optimizer" in config else config
    )  # mixed precision wraps it
    inner["learning_rate"] = float(rate)
    return type(optimizer).from_config(config)


def _use(model, optimizer):
    model.optimizer = optimizer
    model.make_train_function(force=True)  # the compiled step holds the optimizer that it was made with
