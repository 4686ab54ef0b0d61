"""Exercises on losses for regression: quantiles, clipped gradients, units, roots, shapes, a robust average."""

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


def _flat_error(y_true, y_pred):
    return np.mean((np.ravel(y_true) - np.ravel(y_pred)) ** 2)


_targets = np.array([1.0, 2.0, 4.0])
_column = np.array([[1.5], [2.0], [3.0]])

careful_error = Exercise(
    task="return the mean squared error, as one number",
    answer=_flat_error,
    right="Whatever shapes come, sample meets sample.",
    slips={
        "(n,) minus (n, 1) made a table of (n, n) differences: bring both to one shape first.": lambda y_true, y_pred: (
            np.mean((y_true - y_pred) ** 2)
        ),
        "That is the root: leave it out.": lambda y_true, y_pred: np.sqrt(_flat_error(y_true, y_pred)),
        "That repairs one combination of shapes and breaks the others: bring both to one shape.": (
            lambda y_true, y_pred: np.mean((y_true[:, None] - y_pred) ** 2)
        ),
        "One number was asked for: take the mean.": lambda y_true, y_pred: (
            (np.ravel(y_true) - np.ravel(y_pred)) ** 2
        ),
        "The squares were added up: take their mean.": lambda y_true, y_pred: (
            _flat_error(y_true, y_pred) * np.size(y_true)
        ),
    },
    cases=((_targets, _targets + 1), (_targets, _column), (_targets[:, None], _column), (_column, _targets)),
)


def _huber_average(values, delta):
    """Bisect on the sum of the clipped misses, which falls as the candidate rises."""
    low, high = values.min(), values.max()
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(values - middle, -delta, delta).sum() > 0 else (low, middle)
    return middle


robust_average = Exercise(
    task="return the constant that minimises the mean Huber loss",
    answer=_huber_average,
    right="Like the mean near the crowd, like the median towards the outliers.",
    slips={
        "That is the mean: δ had no effect.": lambda values, delta: values.mean(),
        "That is the median, where Huber ends only as δ goes to 0.": lambda values, delta: np.median(values),
        "That is halfway between median and mean: a guess, not the lowest point.": lambda values, delta: (
            (np.median(values) + values.mean()) / 2
        ),
        "That is the smallest loss; the constant at which it is reached was asked for.": lambda values, delta: (
            losses.huber(values, np.full_like(values, _huber_average(values, delta)), delta).mean()
        ),
        "That is the mean of the values near the median: those beyond must still pull, by δ.": lambda values, delta: (
            values[np.abs(values - np.median(values)) <= delta].mean()
        ),
    },
    cases=(
        (np.array([1.0, 2.0, 12.0]), 3.0),
        (np.array([4.0, 5.0, 5.5, 6.0, 7.0, 90.0]), 2.0),
        (np.array([-50.0, 0.0, 1.0, 3.0, 4.0]), 1.5),
    ),
    tolerance=2e-3,
)
