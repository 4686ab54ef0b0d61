"""Exercises on loops of your own: accumulation, an order for each epoch, loss scaling, clipping and early stopping."""

import numpy as np

from .exercise import Exercise

accumulated_gradient = Exercise(
    task="return the mean gradient of the large batch",
    answer=lambda gradients, counts: np.dot(counts, gradients) / np.sum(counts),
    right="With equal counts this is the plain mean, which is what Keras computes.",
    slips={
        "This is the plain mean of the means, in which each sample of a smaller batch counts more.": (
            lambda gradients, counts: np.mean(gradients, axis=0)
        ),
        "This is a sum. Divide it by the number of all samples.": lambda gradients, counts: np.dot(
            counts, gradients
        ),
        "Divide by the number of all samples, not by the number of batches.": lambda gradients, counts: (
            np.dot(counts, gradients) / len(counts)
        ),
        "This adds the means up. Multiply each by its count, and divide by the number of all samples.": (
            lambda gradients, counts: np.sum(gradients, axis=0)
        ),
        "A larger batch must count more. Multiply each mean by its count, not by 1 / count.": (
            lambda gradients, counts: np.dot(1 / counts, gradients) / np.sum(1 / counts)
        ),
    },
    cases=(
        (np.array([[1.0, -2.0], [3.0, 0.5], [-6.0, 4.0]]), np.array([4, 4, 2])),
        (np.array([[2.0], [5.0]]), np.array([1, 3])),
    ),
)


def _orders(answer, n, seeds, epochs):
    """Return whether all orders are orders, whether they come again, and how many different ones there are."""
    asked = [(seed, epoch) for seed in seeds for epoch in epochs]
    if (first := answer(n, *asked[0])) is None or first is ...:
        return first  # not there yet
    orders, again = (
        [np.asarray(answer(n, seed, epoch)).astype(int).tolist() for seed, epoch in asked] for _ in range(2)
    )
    return (
        all(sorted(order) == list(range(n)) for order in orders),
        orders == again,
        len(set(map(tuple, orders))),
    )


def _order(n, seed, epoch):
    return np.random.default_rng([seed, epoch]).permutation(n)


epoch_order = Exercise(
    task="return the order of the rows in this epoch",
    answer=_order,
    right="A resumed run only needs to know its epoch.",
    slips={
        "Every epoch has the same order. Give the epoch to the generator, too.": lambda n, seed, epoch: (
            _order(n, seed, 0)
        ),
        "Every seed has the same orders. Give the seed to the generator, too.": lambda n, seed, epoch: (
            _order(n, 0, epoch) if epoch else _order(n, 0, 4)
        ),
        "With seed + epoch, the next seed has the same orders one epoch earlier. Give both, as a list.": (
            lambda n, seed, epoch: _order(n, seed + epoch, 0)
        ),
        "Nothing is shuffled here.": lambda n, seed, epoch: np.arange(n),
        "Each row must come exactly once, so permute the rows and do not draw them.": (
            lambda n, seed, epoch: np.random.default_rng([seed, epoch]).integers(0, n, n)
        ),
    },
    cases=((12, (0, 1, 2), (0, 1, 2, 3)),),
    use=_orders,
)


def _loss_scaling(finite, scale, growth, reset=True, again=True, grow=True, shrink=True):
    taken = good = 0
    for is_finite in finite:
        if is_finite:
            taken, good = taken + 1, good + 1
            if grow and good == growth:
                scale, good = scale * 2, 0 if again else good
        else:
            scale, good = scale / 2 if shrink else scale, 0 if reset else good
    return taken, scale


loss_scaling = Exercise(
    task="return the number of steps that were taken, and the final scale",
    answer=lambda finite, scale, growth: _loss_scaling(finite, scale, growth),
    right="A few skipped steps at the start cost nothing. Skipped steps all the time mean that the gradients explode.",
    slips={
        "The good steps must come in a row, so a bad step sets their count to 0.": lambda *case: (
            _loss_scaling(*case, reset=False)
        ),
        "A bad step is skipped, so do not count it.": lambda finite, scale, growth: (
            len(finite),
            _loss_scaling(finite, scale, growth)[1],
        ),
        "After the scale has doubled, the count of good steps starts again at 0.": lambda *case: (
            _loss_scaling(*case, again=False)
        ),
        "The scale never grows. Double it after `growth` good steps in a row.": lambda *case: _loss_scaling(
            *case, grow=False
        ),
        "The scale never shrinks. Halve it after a bad step.": lambda *case: _loss_scaling(
            *case, shrink=False
        ),
        "Return the steps first and then the scale.": lambda *case: _loss_scaling(*case)[::-1],
    },
    cases=(
        (np.array([0, 0, 1, 1, 0, 1, 1, 1, 1], bool), 2.0**15, 3),
        (np.array([1, 1, 1, 1, 1, 0, 1], bool), 8.0, 2),
        (np.array([0, 1, 1, 1, 1], bool), 8.0, 2),
    ),
)


def _clip(gradient, threshold):
    return gradient * min(1, threshold / np.linalg.norm(gradient))


def _plain(scaled):
    return np.asarray(scaled, dtype=float)


unscale_and_clip = Exercise(
    task="return the gradient of the step",
    answer=lambda scaled, scale, threshold: _clip(_plain(scaled) / scale, threshold),
    right="A threshold means something only for gradients in their own unit.",
    slips={
        "The scaled gradient was clipped. Divide by the scale first, or nearly every gradient is clipped.": (
            lambda scaled, scale, threshold: _clip(_plain(scaled), threshold) / scale
        ),
        "This gradient was clipped in its scaled form, and then not divided by the scale.": (
            lambda scaled, scale, threshold: _clip(_plain(scaled), threshold)
        ),
        "The clip is missing. The norm must be at most `threshold`.": lambda scaled, scale, threshold: (
            _plain(scaled) / scale
        ),
        "A gradient that is short enough must stay as it is, so the factor is at most 1.": (
            lambda scaled, scale, threshold: _plain(scaled) / np.linalg.norm(_plain(scaled)) * threshold
        ),
        "float16 cannot hold these quotients. Convert to float32 before you divide.": (
            lambda scaled, scale, threshold: _clip(
                (_plain(scaled) / scale).astype(np.float16).astype(float) + 1e-30, threshold
            )
        ),
    },
    cases=(
        (np.array([3.0, -4.0, 12.0], dtype=np.float16), 2.0, 10.0),
        (np.array([300.0, 400.0], dtype=np.float16), 4.0, 25.0),
        (np.array([0.0007, -0.002, 0.003], dtype=np.float16), 2.0**15, 1.0),
    ),
)


def _early(losses, patience, extra=0, last=False):
    best_loss, best = np.inf, 0
    for epoch, loss in enumerate(losses, 1):
        if loss < best_loss:
            best_loss, best = loss, epoch
        elif epoch - best >= patience + extra:
            break
    return epoch, epoch if last else best


early_stopping = Exercise(
    task="return the last epoch and the best one",
    answer=lambda losses, patience: _early(losses, patience),
    right="Comparisons with nan are always false, so it matters which way round you compare.",
    slips={
        "A nan in the first epoch stayed the best, because no loss is smaller than nan.": (
            lambda losses, patience: _early(
                np.append(np.nan_to_num(losses[:1], nan=-np.inf), losses[1:]), patience
            )
        ),
        "The run ends one epoch too late: `patience` epochs without a new best are enough.": (
            lambda losses, patience: _early(losses, patience, extra=1)
        ),
        "The second number is the best epoch, whose weights you want to keep, and not the last one.": (
            lambda losses, patience: _early(losses, patience, last=True)
        ),
        "Epochs count from 1.": lambda losses, patience: tuple(
            epoch - 1 for epoch in _early(losses, patience)
        ),
        "The run never ends early. Stop after `patience` epochs in a row without a new best loss.": (
            lambda losses, patience: _early(losses, patience, extra=10**6)
        ),
    },
    cases=(
        (np.array([3.0, 2.0, 2.5, 1.0, 1.5, 1.2, 1.3, 1.4, 0.5]), 2),
        (np.array([np.nan, 2.0, 1.0, 3.0, 4.0, 5.0]), 2),
        (np.array([3.0, np.nan, 2.0, 1.0]), 3),
        (np.array([5.0, 5.0, 5.0]), 2),
    ),
)
