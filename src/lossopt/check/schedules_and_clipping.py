"""Exercises on planning a training run with schedules, gradient clipping and the plateau rule."""

import inspect
import math

import numpy as np

from .. import schedules
from .exercise import Exercise


def _decay_and_warmup(n, batch_size, epochs, share, rounded=math.floor):
    total = math.ceil(n / batch_size) * epochs
    return total - rounded(total * share), rounded(total * share)


decay_and_warmup = Exercise(
    task="return decay_steps and warmup_steps",
    answer=lambda n, batch_size, epochs, share: _decay_and_warmup(n, batch_size, epochs, share),
    right="Together they are the whole training, and Keras runs the warm-up first.",
    slips={
        "decay_steps does not count the warm-up. Subtract the warm-up, or the rate falls for too long.": (
            lambda *case: (sum(_decay_and_warmup(*case)), _decay_and_warmup(*case)[1])
        ),
        "The last, smaller batch is a step too, so round the batches per epoch up.": (
            lambda n, batch_size, epochs, share: _decay_and_warmup(n // batch_size, 1, epochs, share)
        ),
        "Those are epochs, so multiply by the batches in one.": lambda n, batch_size, epochs, share: (
            _decay_and_warmup(1, 1, epochs, share)
        ),
        "The warm-up comes second: return decay_steps, warmup_steps.": lambda *case: _decay_and_warmup(*case)[
            ::-1
        ],
        "The warm-up was rounded to the nearest step, so round it down.": lambda *case: _decay_and_warmup(
            *case, round
        ),
        "The warm-up was rounded up, so round it down.": lambda *case: _decay_and_warmup(*case, math.ceil),
        "The warm-up is not a whole number of steps, so round it down.": lambda *case: _decay_and_warmup(
            *case, float
        ),
    },
    cases=((50_000, 256, 20, 0.03), (1000, 64, 7, 0.1)),
)


def _cosine_to_floor(t, peak, warmup, total, alpha):
    return schedules.CosineDecay(0.0, total - warmup, alpha, peak, warmup)(t)


cosine_to_floor = Exercise(
    task="return the rate of each step",
    answer=lambda t, peak, warmup, total, alpha: _cosine_to_floor(t, peak, warmup, total, alpha),
    right="With alpha = 0 it ends at zero, where further steps no longer move the weights.",
    slips={
        "After `total` the rate has to stay, so limit the share of the decay to 1.": (
            lambda t, peak, warmup, total, alpha: np.where(
                t < warmup,
                peak * t / warmup,
                peak * (alpha + (1 - alpha) * (1 + np.cos(np.pi * (t - warmup) / (total - warmup))) / 2),
            )
        ),
        "The decay takes the steps that the warm-up leaves, total − warmup.": (
            lambda t, peak, warmup, total, alpha: _cosine_to_floor(t, peak, warmup, total + warmup, alpha)
        ),
        "alpha was added on top. Multiply the cosine by 1 − alpha first.": (
            lambda t, peak, warmup, total, alpha: (
                _cosine_to_floor(t, peak, warmup, total, 0.0) + np.where(t < warmup, 0, alpha * peak)
            )
        ),
        "alpha is a share of the peak, not a rate.": lambda t, peak, warmup, total, alpha: _cosine_to_floor(
            t, peak, warmup, total, min(alpha / peak, 1)
        ),
        "The floor is missing. The rate has to end at alpha times the peak.": (
            lambda t, peak, warmup, total, alpha: _cosine_to_floor(t, peak, warmup, total, 0.0)
        ),
        "The warm-up is missing. The first `warmup` steps rise in a line.": (
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
    right="One factor shortens both, so the direction stays.",
    slips={
        "Each was clipped by its own norm, which changes the direction. Use one norm for both.": (
            lambda kernel, bias, threshold: (
                kernel * min(1, threshold / np.linalg.norm(kernel)),
                bias * min(1, threshold / np.linalg.norm(bias)),
            )
        ),
        "A gradient shorter than the threshold has to stay as it is.": lambda kernel, bias, threshold: (
            kernel * threshold / math.hypot(np.linalg.norm(kernel), np.linalg.norm(bias)),
            bias * threshold / math.hypot(np.linalg.norm(kernel), np.linalg.norm(bias)),
        ),
        "The norms were added. Add their squares, and take the root.": lambda kernel, bias, threshold: (
            _clip_together(kernel, bias, threshold, np.linalg.norm(kernel) + np.linalg.norm(bias))
        ),
        "The larger of the two norms was used. Take the root of the sum of all squares.": (
            lambda kernel, bias, threshold: _clip_together(
                kernel, bias, threshold, max(np.linalg.norm(kernel), np.linalg.norm(bias))
            )
        ),
        "The root is missing, so that is the squared norm.": lambda kernel, bias, threshold: _clip_together(
            kernel, bias, threshold, np.sum(kernel**2) + np.sum(bias**2)
        ),
        "That cuts off each component, which is clipvalue.": lambda kernel, bias, threshold: (
            np.clip(kernel, -threshold, threshold),
            np.clip(bias, -threshold, threshold),
        ),
    },
    cases=((_kernel, np.array([3.0, -2.0]), 1.0), (_kernel / 100, np.array([0.3]), 1.0)),
)


def _rate(meant, step):
    """Return the rate at a step, whether `meant` is the function, its schedule, or an optimizer that has it."""
    schedule = meant() if inspect.isfunction(meant) else meant
    schedule = getattr(schedule, "_learning_rate", schedule)
    return float(schedule(step)) if callable(schedule) else schedule


def _planned(*arguments):
    return lambda: schedules.CosineDecay(*arguments)


rate_is_not_zero = Exercise(
    task="return the schedule that was meant",
    answer=_planned(0.0, 1750, 0.0, 0.01, 250),
    right="A target turns the warm-up on, and both lengths are steps.",
    slips={
        "It is still zero everywhere, because without `warmup_target` there is no warm-up.": _planned(
            0.0, 1750
        ),
        "The warm-up is over after 5 batches, so give both lengths in steps.": _planned(
            0.0, 35, 0.0, 0.01, 5
        ),
        "The decay still counts epochs, so multiply by the 50 batches.": _planned(0.0, 35, 0.0, 0.01, 250),
        "The warm-up still counts epochs, so multiply by the 50 batches.": _planned(0.0, 1750, 0.0, 0.01, 5),
        "Warm-up and decay together take 40 epochs, not 45.": _planned(0.0, 2000, 0.0, 0.01, 250),
        "The warm-up is missing, so the rate starts at the top.": _planned(0.01, 2000),
    },
    cases=tuple((step,) for step in (0, 2, 5, 20, 40, 125, 250, 1000, 1900, 2000)),
    use=_rate,
)


def _plateau(
    losses,
    rate,
    factor,
    patience,
    min_delta,
    late=False,
    again=True,
    wait=0,
    best=np.inf,
    ties=False,
    creep=False,
):
    """Follow the plateau rule. The other arguments are mistakes."""
    rates, waited = [], 0
    for loss in losses:
        rates.append(rate)
        better = loss < best - min_delta or (ties and loss == best - min_delta)
        best = min(best, loss) if creep or better else best
        waited = 0 if better else waited + 1
        if not better and (waited == patience + wait or (not again and waited > patience)):
            rate, waited = rate * factor, 0 if again else waited
    return np.array([*rates[1:], rate] if late else rates)


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
_slow = np.array([2.0, 1.95, 1.9, 1.85, 1.8, 1.75, 1.7, 1.65, 1.6, 1.55])  # each a little lower than the last
_ties = np.array([2.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5])

plateau_rates = Exercise(
    task="return the rate of each epoch",
    answer=lambda losses, rate, factor, patience, min_delta: _plateau(
        losses, rate, factor, patience, min_delta
    ),
    right="That is Keras's callback without its cooldown.",
    slips={
        "An epoch trained with the rate that was decided before it, so append the rate first.": lambda *case: (
            _plateau(*case, late=True)
        ),
        "After a cut the count starts again, so set it to 0.": lambda *case: _plateau(*case, again=False),
        "It waits an epoch too long. Cut after `patience` epochs without a new best.": lambda *case: _plateau(
            *case, wait=1
        ),
        "Compare with the best so far, not with the epoch before.": _against_the_epoch_before,
        "A new best must be lower by more than min_delta.": lambda losses, rate, factor, patience, min_delta: (
            _plateau(losses, rate, factor, patience, 0.0)
        ),
        "The best changed although the loss was lower by less than min_delta.": lambda *case: _plateau(
            *case, creep=True
        ),
        "The best started at the first loss. Start it at infinity, so that the first epoch is a new best.": (
            lambda losses, *case: _plateau(losses, *case, best=losses[0])
        ),
        "An equal loss is not a new best, so compare with < and not with <=.": lambda *case: _plateau(
            *case, ties=True
        ),
    },
    cases=(
        (_losses, 0.1, 0.5, 2, 0.08),
        (_losses, 1.0, 0.1, 3, 0.0),
        (_slow, 0.1, 0.5, 2, 0.08),
        (_ties, 0.1, 0.5, 2, 0.0),
    ),
)
