"""Feedback on an exercise: what was expected, what came, and the likely slip.

    check.huber_gradient(my_function)

tries the learner's answer on cases that the learner has not seen, and answers in a sentence. It never raises:
an exception in the learner's code is part of the answer.
"""

from .classification import (
    crossentropy,
    crossentropy_gradient,
    double_softmax_floor,
    softmax,
    softmax_regression,
    surprise,
)
from .exercise import Exercise, Feedback
from .first_steps import (
    default_reduction,
    largest_learning_rate,
    logistic_regression,
    one_weight_loss,
    one_weight_step,
    uninformed_loss,
)
from .likelihood import (
    best_sigma,
    calibration_error,
    calls_per_hour,
    coverage,
    one_gaussian_nll,
    temperature,
    two_coins,
)
from .regression import (
    careful_error,
    huber_gradient,
    minutes_to_seconds,
    pinball_gradient,
    robust_average,
    root_over_batches,
    three_times_as_much,
)

__all__ = [
    "Exercise",
    "Feedback",
    "best_sigma",
    "calibration_error",
    "calls_per_hour",
    "careful_error",
    "coverage",
    "crossentropy",
    "crossentropy_gradient",
    "default_reduction",
    "double_softmax_floor",
    "huber_gradient",
    "largest_learning_rate",
    "logistic_regression",
    "minutes_to_seconds",
    "one_gaussian_nll",
    "one_weight_loss",
    "one_weight_step",
    "pinball_gradient",
    "robust_average",
    "root_over_batches",
    "softmax",
    "softmax_regression",
    "surprise",
    "temperature",
    "three_times_as_much",
    "two_coins",
    "uninformed_loss",
]
