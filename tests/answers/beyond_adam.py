"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


# Two wrong answers to each exercise, as learners write them, and what the check has to say.
def newton_schulz_unscaled(x, steps):
    for _ in range(steps):
        x = x @ (3 * np.eye(x.shape[1]) - x.T @ x) / 2
    return x


def newton_schulz_of_entries(x, steps):
    x = x / np.sqrt(np.sum(x**2))
    for _ in range(steps):
        x = (3 * x - x * x * x) / 2
    return x


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


def schedule_free_that_returns_theta(slope, w, learning_rate, beta, steps):
    z = x = theta = w
    for t in range(steps):
        z = z - learning_rate * slope(theta)
        x = (t * x + z) / (t + 1)
        theta = beta * x + (1 - beta) * z
    return theta


def mean_of_plain_descent(slope, w, learning_rate, beta, steps):
    places = []
    for _ in range(steps):
        w = w - learning_rate * slope(w)
        places.append(w)
    return np.mean(places, axis=0)


WRONG = {
    "lion_step": [
        (lion_that_steps_after_remembering, "old momentum"),
        (lion_without_decay, "decay is missing"),
        (lion_with_a_sign_of_two_values, "only decays"),
        (lion_that_decays_in_the_gradient, "not to the gradient"),
    ],
    "orthogonalise": [
        (newton_schulz_unscaled, "Frobenius norm first"),
        (newton_schulz_of_entries, "one by one"),
    ],
    "as_matrix": [
        (lambda shape: (shape[0], shape[1] * shape[-1] if len(shape) > 2 else shape[1]), "output kernel"),
        (lambda shape: (int(np.prod(shape)) // shape[-1], shape[-1]), "last two axes"),
        (lambda shape: (int(np.prod(shape) ** 0.5),) * 2, "expected"),
    ],
    "schedule_free_sgd": [
        (schedule_free_that_returns_theta, "Return the average"),
        (mean_of_plain_descent, "not at z"),
    ],
}
