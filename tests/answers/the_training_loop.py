"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import random

import numpy as np


def scaling_without_reset(finite, scale, growth):
    taken = 0
    for is_finite in finite:
        if is_finite:
            taken += 1
            if taken % growth == 0:
                scale *= 2
        else:
            scale /= 2
    return taken, scale


def scaling_that_takes_all(finite, scale, growth):
    good = 0
    for is_finite in finite:
        good = good + 1 if is_finite else 0
        scale = scale if is_finite else scale / 2
        if good == growth:
            scale, good = 2 * scale, 0
    return len(finite), scale


def clip_first(scaled, scale, threshold):
    gradient = scaled.astype("float32")
    norm = np.sqrt(np.sum(gradient**2))
    return (gradient if norm <= threshold else gradient / norm * threshold) / scale


def divide_in_float16(scaled, scale, threshold):
    gradient = scaled / np.float16(scale)
    return gradient.astype(float) * min(1, threshold / np.linalg.norm(gradient.astype(float)))


def argmin_of_all(losses, patience):
    best = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            return epoch + 1, best + 1
    return len(losses), best + 1


def stops_and_keeps_the_last(losses, patience):
    best_loss, waited = np.inf, 0
    for epoch in range(1, len(losses) + 1):
        loss = losses[epoch - 1]
        best_loss, waited = (loss, 0) if loss < best_loss else (best_loss, waited + 1)
        if waited == patience:
            break
    return epoch, epoch


def scaling_that_counts_on(finite, scale, growth):
    taken = good = 0
    for is_finite in finite:
        if not is_finite:
            scale, good = scale / 2, 0
            continue
        taken += 1
        good += 1
        if good == growth:
            scale *= 2
    return taken, scale


WRONG = {
    "accumulated_gradient": [
        (lambda gradients, counts: sum(gradients) / len(gradients), "mean of the means"),
        (lambda gradients, counts: gradients.T @ counts, "This is a sum"),
    ],
    "epoch_order": [
        (lambda n, seed, epoch: np.random.default_rng(seed).permutation(n), "same order"),
        (lambda n, seed, epoch: np.random.default_rng(seed + epoch).permutation(n), "one epoch earlier"),
        (lambda n, seed, epoch: np.random.default_rng([seed, epoch]).integers(n, size=n), "Each row"),
    ],
    "loss_scaling": [
        (scaling_without_reset, "in a row"),
        (scaling_that_takes_all, "do not count it"),
        (scaling_that_counts_on, "starts again at 0"),
    ],
    "unscale_and_clip": [
        (clip_first, "Divide by the scale first"),
        (divide_in_float16, "before you divide"),
        (lambda scaled, scale, threshold: scaled.astype(float) / scale, "clip is missing"),
    ],
    "early_stopping": [
        (argmin_of_all, "first epoch stayed the best"),
        (stops_and_keeps_the_last, "whose weights you want to keep"),
    ],
}


# Two other right answers to the exercises, as learners may write them.
def scaling_by_runs(finite, scale, growth):
    runs = "".join("1" if good else "0" for good in finite).split("0")
    doubled = sum(len(run) // growth for run in runs)
    return np.sum(finite), scale * 2.0 ** (doubled - len(runs) + 1)


def scaling_with_a_remainder(finite, scale, growth):
    good = 0
    for is_finite in finite:
        good = good + 1 if is_finite else 0
        if not is_finite:
            scale *= 0.5
        elif good % growth == 0:
            scale *= 2
    return np.count_nonzero(finite), scale


def stops_after_waiting(losses, patience):
    best_loss, best, waited = np.inf, 0, 0
    for i in range(len(losses)):
        waited += 1
        if losses[i] < best_loss:
            best_loss, best, waited = losses[i], i + 1, 0
        if waited == patience:
            return i + 1, best
    return len(losses), best


def stops_by_the_least_so_far(losses, patience):
    losses = np.nan_to_num(losses, nan=np.inf)
    for epoch in range(1, len(losses) + 1):
        best = np.argmin(losses[:epoch]) + 1
        if epoch == len(losses) or epoch - best == patience:
            return epoch, best


RIGHT = {
    "epoch_order": [
        lambda n, seed, epoch: np.random.default_rng([epoch, seed]).permutation(n),
        lambda n, seed, epoch: random.Random(f"{seed} {epoch}").sample(range(n), n),
    ],
    "loss_scaling": [scaling_by_runs, scaling_with_a_remainder],
    "early_stopping": [stops_after_waiting, stops_by_the_least_so_far],
}

# What computes the same, though it is written differently: a line with … for anything, and the reason.
EQUIVALENT = {
    "epoch_order": {
        "return np.random.default_rng([epoch, seed])…": "the list tells seeds and epochs apart in either order",
    },
    "early_stopping": {
        "best_loss, best = (np.inf, 1)": "the first loss that is a number is a new best, and only a run that ends "
        "before it, which has no best epoch, could tell",
    },
}


def some_seeds(rng):
    seeds, epochs = (rng.choice(1000, rng.integers(2, 6), replace=False).tolist() for _ in range(2))
    return int(rng.integers(20, 50)), seeds, epochs


def some_losses(rng):
    """Return losses of which not so many are nan at the start that the run ends there."""
    patience = int(rng.integers(1, 5))
    losses = rng.integers(0, 20, 15).astype(float)
    losses[rng.uniform(size=15) < 0.2] = np.nan
    losses[: rng.integers(0, patience)] = np.nan
    losses[patience - 1] = np.nan_to_num(losses[patience - 1], nan=9.0)
    return losses, patience


RANDOM = {"epoch_order": some_seeds, "early_stopping": some_losses}
