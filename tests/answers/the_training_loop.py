"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

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
