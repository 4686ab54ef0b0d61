"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


# Two wrong answers to each exercise, as learners write them, and what the check has to say.
def sgd_without_a_second_gradient(slope, w, learning_rate, rho):
    g = slope(w)
    return w - learning_rate * g


def sam_without_the_norm(slope, w, learning_rate, rho):
    return w - learning_rate * slope(w + rho * slope(w))


def sam_that_divides_by_zero(slope, w, learning_rate, rho):
    g = slope(w)
    with np.errstate(invalid="ignore"):
        return w - learning_rate * slope(w + rho * g / np.sqrt(np.sum(g**2)))


def sam_that_stays_uphill(slope, w, learning_rate, rho):
    g = slope(w)
    if np.linalg.norm(g) > 0:
        w = w + rho * g / np.linalg.norm(g)
    return w - learning_rate * slope(w)


def lion_that_steps_after_remembering(w, m, g, learning_rate, weight_decay, beta_1, beta_2):
    m = beta_2 * m + (1 - beta_2) * g
    return w - learning_rate * (np.sign(m) + weight_decay * w), m


def lion_without_decay(w, m, g, learning_rate, weight_decay, beta_1, beta_2):
    direction = np.sign(beta_1 * m + (1 - beta_1) * g)
    return w - learning_rate * direction, beta_2 * m + (1 - beta_2) * g


def lion_with_a_sign_of_two_values(w, m, g, learning_rate, weight_decay, beta_1, beta_2):
    sign = np.where(beta_1 * m + (1 - beta_1) * g > 0, 1, -1)
    return w - learning_rate * (sign + weight_decay * w), beta_2 * m + (1 - beta_2) * g


def lion_that_decays_in_the_gradient(w, m, g, learning_rate, weight_decay, beta_1, beta_2):
    g = g + weight_decay * w
    return w - learning_rate * np.sign(beta_1 * m + (1 - beta_1) * g), beta_2 * m + (1 - beta_2) * g


WRONG = {
    "lion_step": [
        (lion_that_steps_after_remembering, "old momentum"),
        (lion_without_decay, "decay is missing"),
        (lion_with_a_sign_of_two_values, "only decays"),
        (lion_that_decays_in_the_gradient, "not to the gradient"),
    ],
    "sam_step": [
        (sgd_without_a_second_gradient, "at the point uphill"),
        (sam_without_the_norm, "by its norm"),
        (sam_that_divides_by_zero, "stay at w"),
        (sam_that_stays_uphill, "from the old weights"),
    ],
    "as_matrix": [
        (lambda shape: (shape[0], shape[1] * shape[-1] if len(shape) > 2 else shape[1]), "output kernel"),
        (lambda shape: (int(np.prod(shape)) // shape[-1], shape[-1]), "last two axes"),
        (lambda shape: (int(np.prod(shape) ** 0.5),) * 2, "expected"),
    ],
}
