"""Check the exercises on losses for regression: quantiles, gradients, units, roots, shapes, and the search for δ."""

import numpy as np

from .. import losses
from .exercise import Exercise

PARCELS = np.array([3.0, 5, 6, 8, 9, 12, 14, 20, 31])  # minutes until each arrived


def _cost_of_a_promise(promise):
    """Charge 3 for each minute that a parcel is late, and 1 for each minute that it is early."""
    return np.sum(np.maximum(3 * (PARCELS - promise), promise - PARCELS))


three_times_as_much = Exercise(
    task="find the promise that costs least",
    answer=14.0,
    right=(
        "14 minutes is the 0.75-quantile. Being late costs three times as much as being early, so at least three "
        "quarters of the parcels should arrive no later than promised."
    ),
    slips={
        "That is the median, the best promise if late and early minutes cost the same.": np.median(PARCELS),
        "That is the mean, the best promise for squared errors.": PARCELS.mean(),
        (
            "6 minutes is the 0.25-quantile, but late minutes cost more than early ones. If 6 is the index that "
            "`argmin` returned, take the parcel at this index."
        ): 6.0,
        "Then no parcel is late, but nearly all are early, and that costs too.": PARCELS.max(),
        "That is what the best promise costs. Give the promise itself, in minutes.": _cost_of_a_promise(14),
    },
)

pinball_gradient = Exercise(
    task="return the derivative of the quantile loss for each sample",
    answer=lambda y_true, y_pred, q: losses.pinball.gradient(y_true, y_pred, q),
    right="With these two slopes a model can learn any quantile.",
    slips={
        "The two slopes are swapped: a prediction that is too low costs q per unit.": lambda y_true, y_pred, q: (
            losses.pinball.gradient(y_true, y_pred, 1 - q)
        ),
        "The sign is reversed: too low a prediction has a negative slope, so that a step raises it.": (
            lambda y_true, y_pred, q: -losses.pinball.gradient(y_true, y_pred, q)
        ),
        "The two sides are swapped: the slope −q belongs to predictions that are too low.": (
            lambda y_true, y_pred, q: -losses.pinball.gradient(y_true, y_pred, 1 - q)
        ),
        "That is the loss. Return its derivative.": lambda y_true, y_pred, q: losses.pinball(
            y_true, y_pred, q
        ),
        "Where a prediction equals its target, return 0, not 1 − q.": lambda y_true, y_pred, q: np.where(
            y_pred < y_true, -q, 1 - q
        ),
        "Where a prediction equals its target, return 0, not −q.": lambda y_true, y_pred, q: np.where(
            y_pred > y_true, 1 - q, -q
        ),
        "You divided by the number of samples. Return the derivative of each sample's own loss.": (
            lambda y_true, y_pred, q: losses.pinball.gradient(y_true, y_pred, q) / len(y_true)
        ),
        "That is the mean of the derivatives. Return one value per sample.": (
            lambda y_true, y_pred, q: np.mean(losses.pinball.gradient(y_true, y_pred, q))
        ),
    },
    cases=(
        (np.array([10.0, 10.0, 3.0]), np.array([8.0, 12.0, 3.0]), 0.9),
        (np.array([-1.0, 4.0, 2.0, 0.0]), np.array([0.5, 1.0, 2.0, -1.0]), 0.2),
    ),
)

huber_gradient = Exercise(
    task="return the derivative of the Huber loss at each error",
    answer=lambda error, delta: np.clip(error, -delta, delta),
    right="The derivative of the Huber loss is the error, clipped at ±δ.",
    slips={
        "Beyond δ the slope is ±δ, not ±1.": lambda error, delta: np.where(
            np.abs(error) <= delta, error, np.sign(error)
        ),
        "Beyond δ the slope stays at ±δ, but yours keeps growing.": lambda error, delta: 1.0 * error,
        "Up to δ the slope is the error itself. Yours is that of the absolute error, times δ.": (
            lambda error, delta: delta * np.sign(error)
        ),
        "Up to δ the loss is ½ r², so its slope is r, not 2 r.": lambda error, delta: np.where(
            np.abs(error) <= delta, 2 * error, delta * np.sign(error)
        ),
        "The sign is lost: a negative error has a negative slope.": lambda error, delta: np.minimum(
            np.abs(error), delta
        ),
        "The sign is lost beyond δ: a negative error has the slope −δ there.": lambda error, delta: np.where(
            np.abs(error) <= delta, error, delta
        ),
        "Clip at ±δ, not at ±1.": lambda error, delta: np.clip(error, -1, 1),
        "Clip large negative errors too, at −δ.": lambda error, delta: np.minimum(error, delta),
        "That is the loss. Return its derivative.": lambda error, delta: losses.huber(
            np.zeros_like(error), error, delta
        ),
        "You divided by the number of samples. Return the derivative of each sample's own loss.": (
            lambda error, delta: np.clip(error, -delta, delta) / len(error)
        ),
        "That is the mean of the derivatives. Return one value per sample.": (
            lambda error, delta: np.mean(np.clip(error, -delta, delta))
        ),
    },
    cases=((np.array([-7.0, -1.0, 0.0, 0.5, 3.0]), 2.0), (np.array([-0.3, 0.9]), 0.5)),
)

minutes_to_seconds = Exercise(
    task="work out the same MSE in seconds²",
    answer=4 * 60**2,
    right="The unit is squared too, so the root is easier to quote: 2 minutes are 120 seconds.",
    slips={
        "One minute is 60 seconds, but one minute² is 60² seconds².": 4 * 60,
        "That is the root of the MSE, in seconds. Square it.": 120,
        "Convert the MSE itself, 4 minutes², and not its root.": 2 * 60**2,
        "The number grows when you go from minutes to seconds.": 4 / 60**2,
    },
)

root_over_batches = Exercise(
    task="work out the RMSE of all forty samples",
    answer=np.sqrt(630 / 40),
    right="Add up the squares, divide once, and take the root last. `keras.metrics.RootMeanSquaredError` does so.",
    slips={
        "The mean of the three roots is not the root of the mean.": (2 + 3 + 5) / 3,
        "The mean of the roots is not the root of the mean, even if you weight the roots by size.": (
            2 * 10 + 3 * 10 + 5 * 20
        )
        / 40,
        "The last batch is twice as large, so weight each MSE by the size of its batch.": np.sqrt(38 / 3),
        "That is the MSE. Take its root.": 630 / 40,
        "Weight each MSE by the size of its batch, and take the root last.": 38 / 3,
        "Divide the sum of the squares by 40 before you take the root.": np.sqrt(630),
    },
    tolerance=1e-3,
)


perfect_but_broadcast = Exercise(
    task="work out the mean over all pairs",
    answer=4 / 3,
    right=(
        "12 / 9 is twice the variance of the targets. A constant at their mean costs only half of that, so this "
        "loss prefers the constant to the truth."
    ),
    slips={
        "It would be 0 if each prediction met its own target, but here it meets every target.": 0.0,
        "That is the sum of the table. Take its mean.": 12.0,
        "That is the variance of the targets, the loss of a constant at their mean.": 2 / 3,
        "The table has nine entries, because the three zeros count too.": 12 / 6,
        "Divide by the number of all entries of the table, three times three.": 12 / 3,
    },
    tolerance=1e-2,
)


def _huber_average(values, delta):
    """Bisect on the sum of the clipped errors, which falls as the candidate rises."""
    low, high = values.min(), values.max()
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(values - middle, -delta, delta).sum() > 0 else (low, middle)
    return middle


def _halfway_delta(values):
    """Bisect on δ, because a larger δ brings the robust average nearer to the mean."""
    median, mean = np.median(values), values.mean()
    low, high = 0.0, np.abs(values - median).max() * 2
    for _ in range(40):
        middle = (low + high) / 2
        near = (_huber_average(values, middle) - median) / (mean - median) < 0.5
        low, high = (middle, high) if near else (low, middle)
    return middle


def _waits(seed):
    """Draw waiting times as in the chapter, but fewer, so that a search over a grid ends in time."""
    return np.random.default_rng(seed).lognormal(2.0, 0.7, size=100)


halfway_delta = Exercise(
    task="return the δ at which Huber's best constant lies halfway from the median to the mean",
    answer=_halfway_delta,
    right="You found it with a search inside a search. The constant moves with δ, but not evenly.",
    slips={
        "That is the point halfway. Return the δ that leads to it.": lambda values: (
            (np.median(values) + values.mean()) / 2
        ),
        "That is the median of the absolute errors, a good first δ, but it does not lead halfway.": (
            lambda values: np.median(np.abs(values - np.median(values)))
        ),
        "That is half of the largest error, but the constant does not move evenly with δ.": lambda values: (
            np.abs(values - np.median(values)).max() / 2
        ),
        "That is the mean of the absolute errors. Try several δ, and see where the constant lies.": (
            lambda values: np.mean(np.abs(values - np.median(values)))
        ),
        "That is half the distance from the median to the mean. Find the δ that moves the constant so far.": (
            lambda values: (values.mean() - np.median(values)) / 2
        ),
    },
    cases=((20 + _waits(1),), (-_waits(3),)),  # δ does not change where everything is later
    tolerance=2e-2,
)
