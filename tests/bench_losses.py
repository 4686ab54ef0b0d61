"""Print how the losses over classes grow with the number of classes: `make bench`.

`python tests/bench_losses.py` gives milliseconds and the largest memory of a value and a gradient together, for
128 samples with 5,000 and with 50,000 classes in float64, where the scores alone take 5 and 51 MB. The last two
columns are the ratios. That of memory should be 10. That of time may be twice as large, because the smaller arrays
fit a processor's cache, but a matrix of K × K classes would make both 100.
"""

import tracemalloc
from time import perf_counter

import numpy as np

from lossopt import losses

SAMPLES, CLASSES = 128, (5_000, 50_000)


def cost(call):
    """Return seconds, the best of five, and the largest memory in bytes."""
    times = []
    for _ in range(5):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    tracemalloc.start()
    call()
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(times), memory


def calls(classes):
    """Return a call of value and gradient for each loss, by name."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, classes, SAMPLES)
    scores = rng.normal(size=(SAMPLES, classes))
    teacher = rng.normal(size=(SAMPLES, classes))
    one_hot = np.zeros((SAMPLES, classes))
    one_hot[np.arange(SAMPLES), numbers] = 1
    probabilities = np.full((SAMPLES, classes), 1 / classes)
    arguments = {
        losses.categorical_crossentropy: ((one_hot, scores), {"from_logits": True}),
        losses.categorical_focal_crossentropy: ((one_hot, scores), {"from_logits": True}),
        losses.sparse_categorical_crossentropy: ((numbers, scores), {"from_logits": True}),
        losses.categorical_generalized_cross_entropy: ((numbers, probabilities), {}),
        losses.categorical_hinge: ((one_hot, scores), {}),
        losses.kl_divergence: ((one_hot, probabilities), {}),
        losses.distillation: ((teacher, scores), {}),
        losses.listwise_softmax: ((teacher, scores), {}),
        losses.arcface: ((numbers, np.tanh(scores)), {}),
        losses.cosface: ((numbers, np.tanh(scores)), {}),
    }

    def both(loss, values, options):
        return lambda: (loss(*values, **options), loss.gradient(*values, **options))

    return {loss.__name__: both(loss, *how) for loss, how in arguments.items()}


def main():
    few, many = (calls(classes) for classes in CLASSES)
    print(f"{'loss':38}" + "".join(f"{f'{k:,} classes':>22}" for k in CLASSES) + f"{'time':>7}{'memory':>8}")
    for name in few:
        (short, small), (long, large) = cost(few[name]), cost(many[name])
        cells = "".join(
            f"{time * 1e3:10.1f} ms {size / 1e6:5.0f} MB" for time, size in ((short, small), (long, large))
        )
        print(f"{name:38}{cells}{long / short:7.1f}{large / small:8.1f}")


if __name__ == "__main__":
    main()
