"""Feedback on an exercise: what was expected, what came, and the likely slip.

    check.huber_gradient(my_function)

tries the learner's answer on cases that the learner has not seen, and answers in a sentence. It never raises:
an exception in the learner's code is part of the answer.
"""

from .beyond import balanced_weights, call_out, ctc_by_states, dice_of_each, focal_loss, semi_hard
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
    "balanced_weights",
    "call_out",
    "careful_error",
    "crossentropy",
    "crossentropy_gradient",
    "ctc_by_states",
    "default_reduction",
    "dice_of_each",
    "double_softmax_floor",
    "focal_loss",
    "huber_gradient",
    "largest_learning_rate",
    "logistic_regression",
    "minutes_to_seconds",
    "one_weight_loss",
    "one_weight_step",
    "pinball_gradient",
    "robust_average",
    "root_over_batches",
    "semi_hard",
    "softmax",
    "softmax_regression",
    "surprise",
    "three_times_as_much",
    "uninformed_loss",
]
