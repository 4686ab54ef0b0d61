"""Print how fast a network trains here: MNIST, 784-84-10, Adam, batches of 256, an epoch each way, on two threads.

`python tests/bench_training.py` gives seconds an epoch, the best of several, and each way's speed as a multiple of
`fit`'s. PyTorch takes part where it is installed. The last line is the time that the matrix products alone take in
NumPy, the nearest thing to a limit. What must hold: `training.fast_epoch` is at least 2.3 times as fast as `fit`.
"""

import os
from time import perf_counter

THREADS = 2
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", str(THREADS))

import numpy as np  # noqa: E402 - after the number of threads

BATCH, HIDDEN, CLASSES = 256, 84, 10
LEAST = 2.3


def best(epoch, epochs=4):
    """Return the seconds of the fastest epoch, after one that is not counted, because it compiles."""
    epoch()
    times = []
    for _ in range(epochs):
        start = perf_counter()
        epoch()
        times.append(perf_counter() - start)
    return min(times)


def keras_model(**options):
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((784,)), layers.Dense(HIDDEN, activation="relu"), layers.Dense(CLASSES)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss=loss, metrics=["accuracy"], **options)
    return model


def in_keras(x, y):
    """Return an epoch each way that Keras and TensorFlow offer."""
    import keras
    import tensorflow as tf

    from lossopt import training

    rng = np.random.default_rng(0)

    def fit(data=(x, y), **options):
        model = keras_model(**options)
        arguments = {"batch_size": BATCH} if isinstance(data, tuple) else {}
        data = data if isinstance(data, tuple) else (data,)
        return lambda: model.fit(*data, epochs=1, verbose=0, **arguments)

    def fast(model=None):
        epoch = training.fast_epoch(model or keras_model(), x, y, BATCH)
        return lambda: epoch(rng.permutation(len(x)))

    def step_by_step():
        model = keras_model()
        step = tf.function(lambda x, y: model.train_step((x, y)))
        model.optimizer.build(model.trainable_variables)
        batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(BATCH).prefetch(2)

        def epoch():
            for pair in batches:
                step(*pair)

        return epoch

    def loop():
        model, optimizer = keras_model(), keras.optimizers.Adam()
        weights, loss = model.trainable_variables, model.loss
        optimizer.build(weights)
        data = tf.constant(x), tf.constant(y)

        @tf.function
        def epoch(order):
            total = 0.0
            for rows in tf.reshape(order, (-1, BATCH)):
                with tf.GradientTape() as tape:
                    value = loss(tf.gather(data[1], rows), model(tf.gather(data[0], rows), training=True))
                optimizer.apply(tape.gradient(value, weights), weights)
                total += value
            return total

        full = len(x) // BATCH * BATCH
        return lambda: epoch(tf.constant(rng.permutation(len(x))[:full])).numpy()

    def mixed():
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            return fast()
        finally:
            keras.config.set_dtype_policy("float32")

    ready = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(BATCH).cache().prefetch(2)
    return {
        "fit": fit,
        "fit, steps_per_execution=50": lambda: fit(steps_per_execution=50),
        "fit, jit_compile=True": lambda: fit(jit_compile=True),
        "fit, batches cached in tf.data": lambda: fit(ready),
        "a tf.function per step, tf.data": step_by_step,
        "training.fast_epoch": fast,
        "own loop, an epoch in one function": loop,
        "training.fast_epoch, mixed_bfloat16": mixed,
    }


def in_torch(x, y):
    """Return an epoch each way in PyTorch: as its tutorials write it, with its tensors ready, and compiled."""
    try:
        import torch
    except ImportError:
        return {}
    torch.set_num_threads(THREADS)
    images, labels = torch.tensor(x), torch.tensor(y.astype("int64"))

    def parts():
        torch.manual_seed(0)
        model = torch.nn.Sequential(
            torch.nn.Linear(784, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, CLASSES)
        )
        return model, torch.nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters())

    def train(batches, model, loss, optimizer):
        for x, y in batches:
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()

    def plain():
        data = torch.utils.data.TensorDataset(images, labels)
        loader = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True)
        made = parts()
        return lambda: train(loader, *made)

    def in_order():
        rows = torch.randperm(len(images)).split(BATCH)
        return ((images[part], labels[part]) for part in rows)

    def ready():
        made = parts()
        return lambda: train(in_order(), *made)

    def compiled():
        model, loss, optimizer = parts()
        forward = torch.compile(lambda x, y: loss(model(x), y))

        def epoch():
            for x, y in in_order():
                optimizer.zero_grad()
                forward(x, y).backward()
                optimizer.step()

        return epoch

    return {"PyTorch": plain, "PyTorch, tensors ready": ready, "PyTorch, torch.compile": compiled}


def products(x):
    """Return an epoch of nothing but the matrix products: two forward, two for the weights, one back to the hidden."""
    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=size).astype(np.float32) for size in ((784, HIDDEN), (HIDDEN, CLASSES)))

    def epoch():
        for start in range(0, len(x), BATCH):
            batch = x[start : start + BATCH]
            hidden = batch @ first
            scores = hidden @ second
            hidden.T @ scores
            batch.T @ (scores @ second.T)

    return epoch


def main():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    from lossopt import data

    (x, y), _ = data.mnist()
    x = (x / 255).astype(np.float32).reshape(len(x), -1)
    ways = in_keras(x, y) | in_torch(x, y) | {"NumPy, the matrix products alone": lambda: products(x)}
    seconds = {}
    print(f"{'an epoch of MNIST, 784-84-10':38}{'seconds':>9}{'times as fast as fit':>22}")
    for name, make in ways.items():
        try:
            seconds[name] = best(make())
        except Exception as error:  # torch.compile needs a C++ compiler, for example
            print(f"{name:38}{'—':>9}   {type(error).__name__}: {str(error).splitlines()[0]:.60}")
            continue
        print(f"{name:38}{seconds[name]:9.3f}{seconds['fit'] / seconds[name]:22.2f}", flush=True)
    shares(seconds)
    gain = seconds["fit"] / seconds["training.fast_epoch"]
    print(
        f"fast_epoch is {gain:.2f} times as fast as fit: {'at least' if gain >= LEAST else 'BELOW'} {LEAST}"
    )
    raise SystemExit(gain < LEAST)


def shares(seconds):
    """Print where the time of an epoch of `fit` goes, in hundredths."""
    whole, fast = seconds["fit"], seconds["training.fast_epoch"]
    computed = min(seconds["NumPy, the matrix products alone"], fast)
    parts = {
        "matrix products": computed,
        "the other operations of a step": fast - computed,
        "between the steps (Python, callbacks, data)": whole - fast,
    }
    for name, part in parts.items():
        print(f"{name:46}{100 * part / whole:4.0f} % of fit's epoch")


if __name__ == "__main__":
    main()
