"""Seed a training run, and print a log that is the same on every machine."""


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
