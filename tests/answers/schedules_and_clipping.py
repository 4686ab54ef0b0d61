"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np

from lossopt import schedules


def decay_that_counts_the_warmup(n, batch_size, epochs, share):
    total = int(np.ceil(n / batch_size)) * epochs
    return total, int(total * share)


def cosine_that_forgets_the_warmup(t, peak, warmup, total, alpha):
    return peak * ((1 - alpha) * (1 + np.cos(np.pi * np.minimum(t / total, 1))) / 2 + alpha)


def cosine_on_top_of_its_floor(t, peak, warmup, total, alpha):
    p = np.clip((t - warmup) / (total - warmup), 0, 1)
    return np.where(t < warmup, t / warmup, (1 + np.cos(np.pi * p)) / 2 + alpha) * peak


def clip_one_by_one(kernel, bias, threshold):
    return tuple(g / max(1, np.sqrt((g**2).sum()) / threshold) for g in (kernel, bias))


def clip_always(kernel, bias, threshold):
    norm = np.linalg.norm(np.concatenate([kernel.ravel(), bias]))
    return kernel / norm * threshold, bias / norm * threshold


def average_from_the_first(values, mu):
    average = values[0]
    for value in values:
        average = mu * average + (1 - mu) * value
    return average


def average_uncorrected(values, mu):
    return sum((1 - mu) * mu**age * value for age, value in enumerate(reversed(values)))


def plateau_that_keeps_counting(losses, rate, factor, patience, min_delta):
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        rates.append(rate)
        waited += 1
        if best - loss > min_delta:
            best, waited = loss, 0
        if waited >= patience:
            rate *= factor
    return np.array(rates)


def plateau_a_step_early(losses, rate, factor, patience, min_delta):
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        better = loss < best - min_delta
        best, waited = (loss, 0) if better else (best, waited + 1)
        if waited == patience:
            rate, waited = rate * factor, 0
        rates.append(rate)
    return rates


WRONG = {
    "decay_and_warmup": [
        (decay_that_counts_the_warmup, "does not count the warm-up"),
        (lambda n, batch, epochs, share: (epochs - int(epochs * share), int(epochs * share)), "epochs"),
    ],
    "cosine_to_floor": [
        (cosine_that_forgets_the_warmup, "Where is the warm-up"),
        (cosine_on_top_of_its_floor, "added on top"),
    ],
    "clip_together": [(clip_one_by_one, "by itself"), (clip_always, "stay as it is")],
    "corrected_average": [
        (average_from_the_first, "start at 0"),
        (average_uncorrected, "not corrected yet"),
    ],
    "rate_is_not_zero": [
        (lambda: schedules.CosineDecay(0.0, 1750, warmup_steps=250), "zero everywhere"),
        (lambda: schedules.CosineDecay(0.0, 2000, warmup_target=0.01, warmup_steps=250), "not 45"),
    ],
    "plateau_rates": [
        (plateau_that_keeps_counting, "starts anew"),
        (plateau_a_step_early, "decided before it"),
    ],
}
