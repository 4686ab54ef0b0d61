"""Exercises of the chapter *Weight decay*."""

import numpy as np

from .exercise import Exercise

l2_coefficient = Exercise(
    task="give l2 a number",
    answer=0.00025,
    right="The gradient of l2 · θ² is 2 · l2 · θ, and that is the decay.",
    slips={
        "The other way round: L2(l2) is a decay of 2 · l2.": 0.001,
        "Keras adds l2 · θ², without a ½, and its gradient is 2 · l2 · θ.": 0.0005,
    },
)


decayed_numbers = Exercise(
    task="count the numbers that decay",
    answer=64 * 32 + 32 * 10,
    right="Everything else has one axis.",
    slips={
        "The biases, 32 and 10 of them, are excluded.": 64 * 32 + 32 + 32 * 10 + 10,
        "γ and β, 32 each, are excluded too.": 64 * 32 + 64 + 32 * 10,
        "That is all that is trained: take biases, γ and β off.": 64 * 32 + 32 + 64 + 32 * 10 + 10,
        "The second layer has a kernel too.": 64 * 32,
    },
)


_w, _step = np.array([2.0, -1.0, 0.5]), np.array([-0.01, 0.01, -0.01])


decoupled = Exercise(
    task="return the new weights",
    answer=lambda w, step, learning_rate, weight_decay: w * (1 - learning_rate * weight_decay) + step,
    right="Two lines around any optimizer, and it has weight decay.",
    slips={
        "Keras multiplies the decay by the learning rate.": lambda w, step, learning_rate, weight_decay: (
            w * (1 - weight_decay) + step
        ),
        "The step already has the rate in it, and is not a gradient: add it as it is.": (
            lambda w, step, learning_rate, weight_decay: (
                w * (1 - learning_rate * weight_decay) - learning_rate * step
            )
        ),
        "What you add moves the weight: + step, not − step.": lambda w, step, learning_rate, weight_decay: (
            w * (1 - learning_rate * weight_decay) - step
        ),
        "The decay takes its share of the weights, not of their sum with the step.": (
            lambda w, step, learning_rate, weight_decay: (w + step) * (1 - learning_rate * weight_decay)
        ),
        "Where is the decay?": lambda w, step, learning_rate, weight_decay: w + step,
    },
    cases=((_w, _step, 0.1, 0.5), (_w, 30 * _step, 0.01, 2.0)),
    tolerance=1e-6,
)
