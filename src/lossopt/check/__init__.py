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
from .own_loss import (
    comes_back,
    critical_ratio,
    error_with_holes,
    gradient_checker,
    lopsided,
    lopsided_gradient,
    squared_error_per_sample,
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
    "careful_error",
    "comes_back",
    "critical_ratio",
    "crossentropy",
    "crossentropy_gradient",
    "default_reduction",
    "double_softmax_floor",
    "error_with_holes",
    "gradient_checker",
    "huber_gradient",
    "largest_learning_rate",
    "logistic_regression",
    "lopsided",
    "lopsided_gradient",
    "minutes_to_seconds",
    "one_weight_loss",
    "one_weight_step",
    "pinball_gradient",
    "robust_average",
    "root_over_batches",
    "softmax",
    "softmax_regression",
    "squared_error_per_sample",
    "surprise",
    "three_times_as_much",
    "uninformed_loss",
]
