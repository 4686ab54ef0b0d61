"""Print how many times as long Muon's step takes as Adam's, in this package and in Keras (compiled), in float32.

`python tests/bench_muon.py`. Chapter 16 quotes the ratios. The last columns compare Keras's Muon with the forward and
backward pass of the same layer on 256 samples, and give the rule of thumb 5 n / B. CPU time, the best of several runs,
so that a busy machine changes the ratios little.
"""

import os
import time

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SIZES = (48, 128, 256, 512, 1024)
BATCH = 256


def best(function, calls, repeats=7):
    """Return the seconds of CPU time that a call takes."""
    function()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(calls):
            function()
        times.append(time.process_time() - start)
    return min(times) / calls


def here(rule, w, g):
    state = rule.init(w)
    return lambda: rule.update(w, g, state)


def in_keras(optimizer, w, g):
    import keras
    import tensorflow as tf

    variable, g = keras.Variable(w), tf.constant(g)
    optimizer.build([variable])
    return tf.function(lambda: optimizer.apply([g], [variable]))


def passes(w, x):
    import tensorflow as tf

    w, x = tf.Variable(w), tf.constant(x)

    @tf.function
    def both():
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.nn.relu(x @ w))
        return tape.gradient(loss, [w, x])

    return both


def main():
    import keras

    from lossopt import optimizers

    rng = np.random.default_rng(0)
    print(f"{'n':>5}{'here':>8}{'Keras':>8}{'passes':>9}{'5 n / B':>9}")
    for n in SIZES:
        w, g = rng.normal(size=(2, n, n)).astype(np.float32)
        x = rng.normal(size=(BATCH, n)).astype(np.float32)
        calls = max(1, 200_000 // n**2)
        ours, keras_s = (
            [best(step(getattr(library, name)(), w, g), calls) for name in ("Adam", "Muon")]
            for library, step in ((optimizers, here), (keras.optimizers, in_keras))
        )
        of_passes = keras_s[1] / best(passes(w, x), calls)
        ratios = ours[1] / ours[0], keras_s[1] / keras_s[0], of_passes, 5 * n / BATCH
        print(f"{n:5}{ratios[0]:8.1f}{ratios[1]:8.1f}{ratios[2]:9.1f}{ratios[3]:9.1f}", flush=True)


if __name__ == "__main__":
    main()
