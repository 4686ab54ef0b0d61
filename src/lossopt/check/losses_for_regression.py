"""Exercises on losses for regression: quantiles, clipped gradients, units, roots, shapes, and where δ leads."""

import numpy as np

from .. import losses
from .exercise import Exercise

PARCELS = np.array([3.0, 5, 6, 8, 9, 12, 14, 20, 31])  # minutes until each arrived

three_times_as_much = Exercise(
    task="find the promise that costs the least",
    answer=14.0,
    right="The 0.75-quantile: three quarters or more keep the promise, since late costs three times as much.",
    slips={
        "That is the median, the best promise when late and early cost the same.": np.median(PARCELS),
        "That is the mean, the best promise for squared misses.": PARCELS.mean(),
        "That is the 0.25-quantile: which side costs more, late or early?": 6.0,
        "Nobody is late then, but nearly everybody is early, and that costs too.": 31.0,
    },
)

pinball_gradient = Exercise(
    task="return the derivative of the quantile loss for each sample",
    answer=lambda y_true, y_pred, q: losses.pinball.gradient(y_true, y_pred, q),
    right="Two prices, and every quantile is yours.",
    slips={
        "The two prices are swapped: q is what a unit too low costs.": lambda y_true, y_pred, q: (
            losses.pinball.gradient(y_true, y_pred, 1 - q)
        ),
        "The sign is reversed: too low a prediction has a negative slope, so that a step raises it.": (
            lambda y_true, y_pred, q: -losses.pinball.gradient(y_true, y_pred, q)
        ),
        "That is the loss; its derivative was asked for.": lambda y_true, y_pred, q: losses.pinball(
            y_true, y_pred, q
        ),
        "Where a prediction hits its target, return 0, not 1 − q.": lambda y_true, y_pred, q: np.where(
            y_pred < y_true, -q, 1 - q
        ),
        "Where a prediction hits its target, return 0, not −q.": lambda y_true, y_pred, q: np.where(
            y_pred > y_true, 1 - q, -q
        ),
    },
    cases=(
        (np.array([10.0, 10.0, 3.0]), np.array([8.0, 12.0, 3.0]), 0.9),
        (np.array([-1.0, 4.0, 2.0]), np.array([0.5, 1.0, 2.0]), 0.2),
    ),
)

huber_gradient = Exercise(
    task="return the derivative of the Huber loss at each miss",
    answer=lambda miss, delta: np.clip(miss, -delta, delta),
    right="Clip the miss, and you have clipped the gradient: Huber in one word.",
    slips={
        "Beyond δ the slope stays at ±δ, not at ±1.": lambda miss, delta: np.where(
            np.abs(miss) <= delta, miss, np.sign(miss)
        ),
        "Beyond δ the slope stays at ±δ: you have let it grow on.": lambda miss, delta: 1.0 * miss,
        "Below δ the slope is the miss itself: that is the slope of the absolute error.": lambda miss, delta: (
            delta * np.sign(miss)
        ),
        "The sign got lost: a negative miss has a negative slope.": lambda miss, delta: np.minimum(
            np.abs(miss), delta
        ),
        "The sign got lost beyond δ: there a negative miss has the slope −δ.": lambda miss, delta: np.where(
            np.abs(miss) <= delta, miss, delta
        ),
        "Clip at ±δ, not at ±1.": lambda miss, delta: np.clip(miss, -1, 1),
        "Large negative misses are clipped too, at −δ.": lambda miss, delta: np.minimum(miss, delta),
        "That is the loss; its derivative was asked for.": lambda miss, delta: losses.huber(
            np.zeros_like(miss), miss, delta
        ),
    },
    cases=((np.array([-7.0, -1.0, 0.0, 0.5, 3.0]), 2.0), (np.array([-0.3, 0.9]), 0.5)),
)

minutes_to_seconds = Exercise(
    task="work out the same error in seconds²",
    answer=4 * 60**2,
    right="The unit is squared too. That is one more reason to quote the root: 2 minutes are 120 seconds.",
    slips={
        "Minutes turn into seconds by 60, minutes² into seconds² by 60².": 4 * 60,
        "That is the root, in seconds; the squared error was asked for.": 120,
        "From minutes to seconds numbers grow.": 4 / 60**2,
    },
)

root_over_batches = Exercise(
    task="work out the RMSE of the whole data",
    answer=np.sqrt(630 / 40),
    right="Add up squares, divide once, take the root last. `keras.metrics.RootMeanSquaredError` does so.",
    slips={
        "The mean of the three roots is not the root of the mean.": (2 + 3 + 5) / 3,
        "The mean of the roots is not the root of the mean, not even weighted by size.": (
            2 * 10 + 3 * 10 + 5 * 20
        )
        / 40,
        "The last batch is twice as large: weigh each mean squared error by its batch's size.": np.sqrt(
            38 / 3
        ),
        "That is the mean squared error: take its root.": 630 / 40,
        "Weigh each mean squared error by its batch's size, and take the root last.": 38 / 3,
    },
    tolerance=1e-3,
)


perfect_but_broadcast = Exercise(
    task="work out the mean over all pairs",
    answer=4 / 3,
    right="12 / 9, twice the variance. A constant at the mean costs half of that: the loss prefers it to the truth.",
    slips={
        "So it would be if sample met sample; here every prediction meets every target.": 0.0,
        "That is the sum of the table: take its mean.": 12.0,
        "That is the variance of the targets, the loss of a constant at their mean.": 2 / 3,
        "The table has nine entries; the three zeros count too.": 12 / 6,
        "Divide by all the entries of the table, three times three.": 12 / 3,
    },
    tolerance=1e-2,
)


def _huber_average(values, delta):
    """Bisect on the sum of the clipped misses, which falls as the candidate rises."""
    low, high = values.min(), values.max()
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(values - middle, -delta, delta).sum() > 0 else (low, middle)
    return middle


def _halfway_delta(values):
    """Bisect on δ: the larger it is, the nearer the robust average comes to the mean."""
    median, mean = np.median(values), values.mean()
    low, high = 0.0, np.abs(values - median).max() * 2
    for _ in range(40):
        middle = (low + high) / 2
        near = (_huber_average(values, middle) - median) / (mean - median) < 0.5
        low, high = (middle, high) if near else (low, middle)
    return middle


def _waits(seed):
    """Waiting times as in the chapter, a few of them."""
    return np.random.default_rng(seed).lognormal(2.0, 0.7, size=200)


halfway_delta = Exercise(
    task="return the δ at which Huber's constant lies halfway from median to mean",
    answer=_halfway_delta,
    right="A search around a search. δ slides the answer from median to mean, and not evenly.",
    slips={
        "That is the halfway point itself; the δ that leads there was asked for.": lambda values: (
            (np.median(values) + values.mean()) / 2
        ),
        "That is the median of the misses, a good start for δ, but not where the average lies halfway.": (
            lambda values: np.median(np.abs(values - np.median(values)))
        ),
        "That is half of the largest miss: the average does not slide evenly with δ.": lambda values: (
            np.abs(values - np.median(values)).max() / 2
        ),
        "That is the mean of the misses: try δs, and look where the average lies.": lambda values: np.mean(
            np.abs(values - np.median(values))
        ),
        "That is half the distance from median to mean; look for the δ that goes so far.": lambda values: (
            (values.mean() - np.median(values)) / 2
        ),
    },
    cases=((_waits(1),), (_waits(2),), (-_waits(3),)),
    tolerance=1e-2,
)
