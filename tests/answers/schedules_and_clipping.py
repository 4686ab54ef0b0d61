"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import math

import numpy as np

from lossopt import schedules


def decay_that_counts_the_warmup(n, batch_size, epochs, share):
    total = int(np.ceil(n / batch_size)) * epochs
    return total, int(total * share)


def warmup_rounded(n, batch_size, epochs, share, rounded):
    total = -(-n // batch_size) * epochs
    return total - rounded(total * share), rounded(total * share)


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


def clip_by_the_larger(kernel, bias, threshold):
    norm = max(np.linalg.norm(kernel), np.linalg.norm(bias), threshold)
    return kernel * threshold / norm, bias * threshold / norm


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


def plateau_that_creeps(losses, rate, factor, patience, min_delta):
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        rates.append(rate)
        waited = 0 if loss < best - min_delta else waited + 1
        best = min(best, loss)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rates


def plateau_from_the_first_loss(losses, rate, factor, patience, min_delta):
    rates, best, waited = [], losses[0], 0
    for loss in losses:
        rates.append(rate)
        better = loss < best - min_delta
        best, waited = (loss, 0) if better else (best, waited + 1)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rates


def plateau_with_ties(losses, rate, factor, patience, min_delta):
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        rates.append(rate)
        better = loss <= best - min_delta
        best, waited = (loss, 0) if better else (best, waited + 1)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rates


def clip_two(kernel, bias, threshold):
    norm = np.linalg.norm([*kernel.ravel(), *bias])
    return (kernel, bias) if norm <= threshold else (kernel * threshold / norm, bias * threshold / norm)


WRONG = {
    "decay_and_warmup": [
        (decay_that_counts_the_warmup, "does not count the warm-up"),
        (lambda n, batch, epochs, share: (epochs - int(epochs * share), int(epochs * share)), "epochs"),
        (lambda *case: warmup_rounded(*case, round), "to the nearest step, so round it down"),
        (lambda *case: warmup_rounded(*case, np.ceil), "rounded up, so round it down"),
        (lambda *case: warmup_rounded(*case, float), "not a whole number of steps"),
    ],
    "cosine_to_floor": [
        (cosine_that_forgets_the_warmup, "warm-up is missing"),
        (cosine_on_top_of_its_floor, "added on top"),
    ],
    "clip_together": [
        (clip_one_by_one, "its own norm"),
        (clip_always, "stay as it is"),
        (clip_by_the_larger, "larger of the two norms"),
        (
            lambda *case: tuple(part.ravel() for part in clip_two(*case)),
            "expected the shape (2, 2) and (2,), but got (4,)",
        ),
    ],
    "rate_is_not_zero": [
        (lambda: schedules.CosineDecay(0.0, 1750, warmup_steps=250), "zero everywhere"),
        (lambda: schedules.CosineDecay(0.0, 2000, warmup_target=0.01, warmup_steps=250), "not 45"),
        (schedules.CosineDecay(0.0, 35, warmup_target=0.01, warmup_steps=5), "over after 5 batches"),
    ],
    "plateau_rates": [
        (plateau_that_keeps_counting, "starts again"),
        (plateau_a_step_early, "decided before it"),
        (plateau_that_creeps, "lower by less than min_delta"),
        (plateau_from_the_first_loss, "Start it at infinity"),
        (plateau_with_ties, "not with <="),
    ],
}


# Other right answers, which the exercises accept.


def cosine_step_by_step(t, peak, warmup, total, alpha):
    rates = []
    for step in t:
        share = min((step - warmup) / (total - warmup), 1)
        down = alpha + (1 - alpha) * np.cos(np.pi * share / 2) ** 2
        rates.append(float(peak * (step / warmup if step < warmup else down)))
    return rates


def cosine_where(t, peak, warmup, total, alpha):
    shape = np.where(t < total, (1 + np.cos(np.pi * (t - warmup) / (total - warmup))) / 2, 0)
    return np.where(t < warmup, peak * t / warmup, peak * (1 - (1 - alpha) * (1 - shape)))


def plateau_with_the_epoch_of_the_best(losses, rate, factor, patience, min_delta):
    rates, best, since = np.zeros(len(losses)), np.inf, 0
    for epoch, loss in enumerate(losses):
        rates[epoch] = rate
        if best - loss > min_delta:
            best, since = loss, epoch
        elif epoch - since >= patience:
            rate, since = rate * factor, epoch
    return rates


RIGHT = {
    "decay_and_warmup": [
        lambda n, size, epochs, share: (
            epochs * math.ceil(n / size) - math.floor(share * epochs * math.ceil(n / size)),
            math.floor(share * epochs * math.ceil(n / size)),
        ),
        lambda n, size, epochs, share: [
            (total := (n + size - 1) // size * epochs) - total * share // 1,
            total * share // 1,
        ],
    ],
    "cosine_to_floor": [cosine_step_by_step, cosine_where],
    "clip_together": [
        clip_two,
        lambda kernel, bias, threshold: [
            part.astype(np.float32)
            / max(1, np.hypot(np.linalg.norm(kernel), np.linalg.norm(bias)) / threshold)
            for part in (kernel, bias)
        ],
    ],
    "rate_is_not_zero": [
        lambda: schedules.CosineDecay(0.0, 1750, warmup_target=0.01, warmup_steps=250),
        schedules.CosineDecay(0.0, 1750, warmup_target=0.01, warmup_steps=250),
    ],
    "plateau_rates": [plateau_with_the_epoch_of_the_best],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
FIRST = "the first loss is lower than infinity, so the count starts again"
EQUIVALENT = {
    "cosine_to_floor": {
        "p = -np.clip(…": "the cosine is even",
        "p = np.clip(0, …": "clipping from below and from above is one number between two",
        "p = np.clip(…, -1, 1)": "where the share is negative, the warm-up counts",
        "return peak * np.where(t <= warmup, …": "at the end of the warm-up both are the peak",
    },
    "plateau_rates": {
        "rates, best, waited = ([], np.inf, …": FIRST,
        "rates, waited = ([], …": FIRST,
        "best = min(loss, loss) if better else best": "a new best is the loss itself",
        "if waited == patience:": "after a new best the count is 0, which is less than any patience",
    },
}


def some_plan(rng):
    warmup = int(rng.integers(1, 20))
    return (
        rng.uniform(0, 120, 9).round(),
        rng.uniform(0.01, 1),
        warmup,
        int(rng.integers(30, 100)),
        rng.uniform(0, 0.5),
    )


def some_plateaus(rng):
    losses = rng.integers(1, 9, 15) / 2
    return (
        losses,
        rng.uniform(0.01, 1),
        rng.uniform(0.1, 0.9),
        int(rng.integers(1, 4)),
        rng.choice([0.0, 0.5]),
    )


RANDOM = {"cosine_to_floor": some_plan, "plateau_rates": some_plateaus}
