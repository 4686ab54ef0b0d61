"""Feedback on an exercise: what was expected, what came, and the likely slip.

    check.huber_gradient(my_function)

tries the learner's answer on cases that the learner has not seen, and answers in a sentence. It never raises:
an exception in the learner's code is part of the answer.
"""

from .beyond import (
    balanced_weights,
    call_out,
    ctc_by_states,
    dice_of_each,
    focal_loss,
    semi_hard,
)
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
from .momentum import (
    critical_beta,
    heavy_ball,
    momentum_correction,
    momentum_rate,
    nesterov,
    polyak,
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
from .recipe import (
    compare_runs,
    decayed_weights,
    shifted_image,
    smoothing_floor,
    standard_error,
    total_steps,
    warmup_cosine,
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
from .stability import (
    crossentropy_from_logit,
    double_sigmoid_plateau,
    focal_from_logits,
    logsumexp,
    sigmoid_saturation,
    soft_crossentropy,
)

__all__ = [
    "Exercise",
    "Feedback",
    "balanced_weights",
    "best_sigma",
    "calibration_error",
    "call_out",
    "calls_per_hour",
    "careful_error",
    "comes_back",
    "compare_runs",
    "coverage",
    "critical_beta",
    "critical_ratio",
    "crossentropy",
    "crossentropy_from_logit",
    "crossentropy_gradient",
    "ctc_by_states",
    "decayed_weights",
    "default_reduction",
    "dice_of_each",
    "double_sigmoid_plateau",
    "double_softmax_floor",
    "error_with_holes",
    "focal_from_logits",
    "focal_loss",
    "gradient_checker",
    "heavy_ball",
    "huber_gradient",
    "largest_learning_rate",
    "logistic_regression",
    "logsumexp",
    "lopsided",
    "lopsided_gradient",
    "minutes_to_seconds",
    "momentum_correction",
    "momentum_rate",
    "nesterov",
    "one_gaussian_nll",
    "one_weight_loss",
    "one_weight_step",
    "pinball_gradient",
    "polyak",
    "robust_average",
    "root_over_batches",
    "semi_hard",
    "shifted_image",
    "sigmoid_saturation",
    "smoothing_floor",
    "soft_crossentropy",
    "softmax",
    "softmax_regression",
    "squared_error_per_sample",
    "standard_error",
    "surprise",
    "temperature",
    "three_times_as_much",
    "total_steps",
    "two_coins",
    "uninformed_loss",
    "warmup_cosine",
]
