"""Seed a training run, find its learning rate, and print a log that is the same on every machine."""

import numpy as np


def set_seed(seed):
    """Seed Python, NumPy and TensorFlow, and make TensorFlow's operations deterministic.

    The same seed then gives the same initial weights and the same shuffling. For a few hundred steps it also gives the
    same printed losses, even on another CPU.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def print_log(history, every=1, digits=4):
    """Print what `model.fit` returned, one line per epoch, without the seconds, because they never repeat.

    `history` is the `History` that `fit` returns, or its dictionary. The first and the last epoch are always printed,
    and of the others each `every`-th. The columns begin with the loss and end with the validation data. `digits` is the
    number of decimals.

    >>> print_log({"accuracy": [0.5, 0.75, 0.8], "loss": [2.5, 1.25, 1.0]}, every=2)
    epoch    loss  accuracy
        1  2.5000    0.5000
        2  1.2500    0.7500
        3  1.0000    0.8000
    """
    log = getattr(history, "history", history)
    names = sorted(log, key=lambda name: (name.startswith("val_"), not name.endswith("loss")))
    columns = {name: max(len(name), digits + 2) for name in names}
    epochs = len(next(iter(log.values())))
    print("epoch  " + "  ".join(f"{name:>{width}}" for name, width in columns.items()))
    for epoch in range(1, epochs + 1):
        if epoch in (1, epochs) or epoch % every == 0:
            cells = (f"{log[name][epoch - 1]:{width}.{digits}f}" for name, width in columns.items())
            print(f"{epoch:5}  " + "  ".join(cells))


def range_test(model, x, y=None, low=1e-5, high=10.0, steps=100, **options):
    """Run a learning rate range test (a learning-rate finder), and return the rates and the loss at each.

    The rate grows from `low` to `high` in `steps` steps of training, each by the same factor. The test ends early once
    the loss of a batch is `nan` or at least four times the first one, so both arrays may have fewer than `steps`
    elements. `x`, `y` and the `options`, such as `batch_size`, are what `model.fit` takes.

    Afterwards the model is as it was before, even if the test was interrupted. The test trains with a copy of the
    model's optimizer, which starts without momentum or other state and has a plain rate even where the original has a
    schedule. So the original keeps its state and its rate. The weights are restored.
    """
    import keras

    rates, losses, kept = np.geomspace(low, high, steps), [], []

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


def _copy(optimizer, rate):
    """Return a new optimizer with the same settings but the learning rate `rate`."""
    config = optimizer.get_config()
    inner = (
        config["inner_optimizer"]["config"] if "inner_optimizer" in config else config
    )  # mixed precision wraps it
    inner["learning_rate"] = float(rate)
    return type(optimizer).from_config(config)


def _use(model, optimizer):
    model.optimizer = optimizer
    model.make_train_function(force=True)  # the compiled step holds the optimizer that it was made with
