"""Exercises on planning a training run: schedules, clipping, averages, and the plateau rule."""

import math

import numpy as np

from .. import schedules
from .exercise import Exercise


def _decay_and_warmup(n, batch_size, epochs, share):
    total = math.ceil(n / batch_size) * epochs
    return total - int(total * share), int(total * share)


decay_and_warmup = Exercise(
    task="return decay_steps and warmup_steps",
    answer=_decay_and_warmup,
    right="Together they are the whole training, and Keras runs the warm-up first.",
    slips={
        "decay_steps does not count the warm-up: subtract it, or the training ends before the decay.": (
            lambda *case: (sum(_decay_and_warmup(*case)), _decay_and_warmup(*case)[1])
        ),
        "The last, smaller batch is a step too: round up.": lambda n, batch_size, epochs, share: (
            _decay_and_warmup(n // batch_size, 1, epochs, share)
        ),
        "Those are epochs: multiply by the batches in one.": lambda n, batch_size, epochs, share: (
            _decay_and_warmup(1, 1, epochs, share)
        ),
        "The warm-up comes second: return decay_steps, warmup_steps.": lambda *case: _decay_and_warmup(*case)[
            ::-1
        ],
    },
    cases=((50_000, 256, 20, 0.05), (1078, 64, 10, 0.1)),
)


def _cosine_to_floor(t, peak, warmup, total, alpha):
    return schedules.CosineDecay(0.0, total - warmup, alpha, peak, warmup)(t)


cosine_to_floor = Exercise(
    task="return the rate of each step",
    answer=lambda t, peak, warmup, total, alpha: _cosine_to_floor(t, peak, warmup, total, alpha),
    right="With alpha = 0 it goes to zero, and a step beyond the end costs nothing.",
    slips={
        "After `total` the rate has to stay: limit the share of the decay to 1.": (
            lambda t, peak, warmup, total, alpha: np.where(
                t < warmup,
                peak * t / warmup,
                peak * (alpha + (1 - alpha) * (1 + np.cos(np.pi * (t - warmup) / (total - warmup))) / 2),
            )
        ),
        "The decay takes what the warm-up leaves: total − warmup steps.": (
            lambda t, peak, warmup, total, alpha: _cosine_to_floor(t, peak, warmup, total + warmup, alpha)
        ),
        "alpha was added on top: the cosine has to be squeezed into 1 − alpha.": (
            lambda t, peak, warmup, total, alpha: (
                _cosine_to_floor(t, peak, warmup, total, 0.0) + np.where(t < warmup, 0, alpha * peak)
            )
        ),
        "alpha is a share of the peak, not a rate.": lambda t, peak, warmup, total, alpha: _cosine_to_floor(
            t, peak, warmup, total, min(alpha / peak, 1)
        ),
        "The floor is missing: the rate has to end at alpha times the peak.": (
            lambda t, peak, warmup, total, alpha: _cosine_to_floor(t, peak, warmup, total, 0.0)
        ),
        "Where is the warm-up? The first `warmup` steps rise in a line.": (
            lambda t, peak, warmup, total, alpha: schedules.CosineDecay(peak, total, alpha)(t)
        ),
    },
    cases=(
        (np.arange(0, 130, 10.0), 0.5, 20, 100, 0.1),
        (np.array([0.0, 5, 10, 55, 100, 200]), 3.0, 10, 100, 0.2),
    ),
)


def _clip_together(kernel, bias, threshold, norm=None):
    norm = math.hypot(np.linalg.norm(kernel), np.linalg.norm(bias)) if norm is None else norm
    return kernel * min(1, threshold / norm), bias * min(1, threshold / norm)


_kernel = np.array([[3.0, -1.0], [4.0, 2.0]])

clip_together = Exercise(
    task="return both gradients, clipped by their common norm",
    answer=lambda kernel, bias, threshold: _clip_together(kernel, bias, threshold),
    right="One factor for all: shorter, and in the same direction.",
    slips={
        "Each was clipped by itself, which turns the direction: one norm for both.": (
            lambda kernel, bias, threshold: (
                kernel * min(1, threshold / np.linalg.norm(kernel)),
                bias * min(1, threshold / np.linalg.norm(bias)),
            )
        ),
        "A gradient shorter than the threshold has to stay as it is.": lambda kernel, bias, threshold: (
            kernel * threshold / math.hypot(np.linalg.norm(kernel), np.linalg.norm(bias)),
            bias * threshold / math.hypot(np.linalg.norm(kernel), np.linalg.norm(bias)),
        ),
        "Norms add as squares, under one root.": lambda kernel, bias, threshold: _clip_together(
            kernel, bias, threshold, np.linalg.norm(kernel) + np.linalg.norm(bias)
        ),
        "The root is missing: that is the squared norm.": lambda kernel, bias, threshold: _clip_together(
            kernel, bias, threshold, np.sum(kernel**2) + np.sum(bias**2)
        ),
        "That cuts each component off: that is clipvalue.": lambda kernel, bias, threshold: (
            np.clip(kernel, -threshold, threshold),
            np.clip(bias, -threshold, threshold),
        ),
    },
    cases=((_kernel, np.array([0.5, 0.1]), 1.0), (_kernel / 100, np.array([0.3]), 1.0)),
)


def _average(values, mu, start=0.0):
    for value in values:
        start = mu * start + (1 - mu) * value
    return start


_walk = np.array([1.0, 3.0, 2.0, 5.0])

corrected_average = Exercise(
    task="return the corrected average",
    answer=lambda values, mu: _average(values, mu) / (1 - mu ** len(values)),
    right="After one step it is the first value, after many the correction is gone.",
    slips={
        "That is not corrected yet: divide by 1 − μ^t.": lambda values, mu: _average(values, mu),
        "That starts at the first value; start at 0, and correct.": lambda values, mu: _average(
            values[1:], mu, values[0]
        ),
        "The weights are exchanged: μ keeps the old average, 1 − μ takes the new value.": (
            lambda values, mu: _average(values, 1 - mu) / (1 - (1 - mu) ** len(values))
        ),
        "The shares add up to 1 − μ^t after all t steps, not to 1 − μ.": lambda values, mu: (
            _average(values, mu) / (1 - mu)
        ),
        "That is the plain mean: late values count more.": lambda values, mu: np.mean(values),
    },
    cases=((_walk, 0.9), (_walk[:1], 0.99), (np.tile(_walk, 10), 0.5)),
)


def _rates(make, t):
    schedule = make()
    return schedule if schedule in (None, ...) else np.array([float(schedule(int(step))) for step in t])


def _planned(*arguments):
    return lambda: schedules.CosineDecay(*arguments)


rate_is_not_zero = Exercise(
    task="return the schedule that was meant",
    answer=_planned(0.0, 1750, 0.0, 0.01, 250),
    right="A target switches the warm-up on, and both lengths are steps.",
    slips={
        "It is still zero everywhere: without `warmup_target` there is no warm-up.": _planned(0.0, 1750),
        "The warm-up is there, and over after 5 batches: give it steps.": _planned(0.0, 35, 0.0, 0.01, 5),
        "The decay still counts epochs.": _planned(0.0, 35, 0.0, 0.01, 250),
        "The warm-up still counts epochs.": _planned(0.0, 1750, 0.0, 0.01, 5),
        "Warm-up and decay together are 40 epochs, not 45.": _planned(0.0, 2000, 0.0, 0.01, 250),
        "The warm-up is missing: it starts at the top.": _planned(0.01, 2000),
    },
    cases=((np.array([0, 2, 5, 20, 40, 125, 250, 1000, 1999, 2000]),),),
    use=_rates,
)


def _plateau(losses, rate, factor, patience, min_delta, late=0, again=True, wait=0):
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        rates.append(rate)
        if loss < best - min_delta:
            best, waited = loss, 0
            continue
        waited += 1
        if waited == patience + wait or (not again and waited > patience):
            rate, waited = rate * factor, 0 if again else waited
    return np.array([*rates, rate][late : late + len(losses)])


def _against_the_epoch_before(losses, rate, factor, patience, min_delta):
    rates, before, waited = [], np.inf, 0
    for loss in losses:
        rates.append(rate)
        waited = 0 if loss < before - min_delta else waited + 1
        before = loss
        if waited == patience:
            rate, waited = rate * factor, 0
    return np.array(rates)


_losses = np.array([3.0, 2, 2.5, 1.9, 1.95, 1.85, 2.2, 2.1, 2.0, 1.9, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0])

plateau_rates = Exercise(
    task="return the rate of each epoch",
    answer=lambda losses, rate, factor, patience, min_delta: _plateau(
        losses, rate, factor, patience, min_delta
    ),
    right="That is Keras's callback without its cooldown.",
    slips={
        "An epoch trained with the rate decided before it: append the rate first.": lambda *case: _plateau(
            *case, late=1
        ),
        "After a cut the count starts anew: set it to 0.": lambda *case: _plateau(*case, again=False),
        "It waits an epoch too long: cut when `patience` epochs brought nothing.": lambda *case: _plateau(
            *case, wait=1
        ),
        "Compare with the best so far, not with the epoch before.": _against_the_epoch_before,
        "Better means better by more than min_delta.": lambda losses, rate, factor, patience, min_delta: (
            _plateau(losses, rate, factor, patience, 0.0)
        ),
    },
    cases=((_losses, 0.1, 0.5, 2, 0.08), (_losses, 1.0, 0.1, 3, 0.0)),
)
