"""Print what one update costs here, in Keras, in optax and, where installed, in PyTorch.

`python tests/bench_updates.py` gives microseconds, the best of several runs, float32, and each library's time as a
multiple of this package's.
"""

import os
from timeit import Timer

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SIZES = (10, 10_000, 1_000_000)


def best(function):
    """Return microseconds a call, the best of seven runs of about 50 ms."""
    timer = Timer(function)
    calls = max(1, int(0.05 / min(timer.repeat(3, 1))))
    return min(timer.repeat(7, calls)) / calls * 1e6


def ours(rule, w, g):
    state = rule.init(w)
    return lambda: rule.update(w, g, state)


def in_keras(optimizer, w, g, compiled):
    import keras
    import tensorflow as tf

    variable, g = keras.Variable(w), tf.constant(g)
    optimizer.build([variable])

    def step():
        optimizer.apply([g], [variable])

    step = tf.function(step) if compiled else step
    step()
    return step


def in_optax(transformation, w, g):
    import jax
    import optax

    @jax.jit
    def step(w, state):
        updates, state = transformation.update(g, state, w)
        return optax.apply_updates(w, updates), state

    w, g = jax.numpy.asarray(w), jax.numpy.asarray(g)
    state = transformation.init(w)
    return lambda: jax.block_until_ready(step(w, state))


def in_torch(make, w, g):
    import torch

    w = torch.tensor(w, requires_grad=True)
    w.grad = torch.tensor(g)
    return make([w]).step


def main():
    import keras
    import optax

    from lossopt import optimizers

    try:
        import torch
    except ImportError:
        torch = None

    rules = {
        "SGD": (optimizers.SGD(), keras.optimizers.SGD, optax.sgd(0.01), lambda w: torch.optim.SGD(w, 0.01)),
        "momentum": (
            optimizers.SGD(momentum=0.9),
            lambda: keras.optimizers.SGD(momentum=0.9),
            optax.sgd(0.01, 0.9),
            lambda w: torch.optim.SGD(w, 0.01, 0.9),
        ),
        "Adam": (optimizers.Adam(), keras.optimizers.Adam, optax.adam(0.001), lambda w: torch.optim.Adam(w)),
        "AdamW": (
            optimizers.AdamW(),
            keras.optimizers.AdamW,
            optax.adamw(0.001),
            lambda w: torch.optim.AdamW(w),
        ),
    }
    names = ["here", "Keras eager", "Keras compiled", "optax jitted", *(["PyTorch"] if torch else [])]
    print(f"{'rule':10}{'numbers':>9}" + "".join(f"{name:>22}" for name in names))
    rng = np.random.default_rng(0)
    for name, (rule, in_keras_, transformation, make) in rules.items():
        for size in SIZES:
            w, g = rng.normal(size=(2, size)).astype(np.float32)
            times = [
                best(ours(rule, w, g)),
                best(in_keras(in_keras_(), w, g, compiled=False)),
                best(in_keras(in_keras_(), w, g, compiled=True)),
                best(in_optax(transformation, w, g)),
                *([best(in_torch(make, w, g))] if torch else []),
            ]
            cells = (f"{time:12.1f} ({time / times[0]:6.2f})" for time in times)
            print(f"{name:10}{size:>9}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
