"""Feedback on an exercise: what was expected, what came, and the likely slip.

    check.pinball(my_function)

tries the learner's answer on cases that the learner has not seen, and answers in a sentence. It never raises:
an exception in the learner's code is part of the answer.
"""

from .exercise import Exercise, Feedback
from .first_steps import (
    default_reduction,
    largest_learning_rate,
    logistic_regression,
    one_weight_loss,
    one_weight_step,
    uninformed_loss,
)

__all__ = [
    "Exercise",
    "Feedback",
    "default_reduction",
    "largest_learning_rate",
    "logistic_regression",
    "one_weight_loss",
    "one_weight_step",
    "uninformed_loss",
]
