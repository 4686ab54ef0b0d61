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


def lion_that_keeps_all_momentum(w, m, g, learning_rate, weight_decay, beta_1, beta_2):
    direction = np.sign(m + (1 - beta_1) * g)
    return w - learning_rate * (direction + weight_decay * w), beta_2 * m + (1 - beta_2) * g


def sam_that_stays_at_any_zero(slope, w, learning_rate, rho):
    g = slope(w)
    if (g == 0).any():
        return w - learning_rate * g
    return w - learning_rate * slope(w + rho * g / np.linalg.norm(g))


WRONG = {
    "lion_step": [
        (lion_that_steps_after_remembering, "old momentum"),
        (lion_without_decay, "decay is missing"),
        (lion_with_a_sign_of_two_values, "only decays"),
        (lion_that_decays_in_the_gradient, "not to the gradient"),
        (lion_that_keeps_all_momentum, "by β₁ before"),
    ],
    "sam_step": [
        (sgd_without_a_second_gradient, "at the point uphill"),
        (sam_without_the_norm, "by its norm"),
        (sam_that_divides_by_zero, "stay at w"),
        (sam_that_stays_uphill, "from the old weights"),
        (sam_that_stays_at_any_zero, "the whole gradient"),
    ],
    "as_matrix": [
        (lambda shape: (shape[0], shape[1] * shape[-1] if len(shape) > 2 else shape[1]), "output kernel"),
        (lambda shape: (int(np.prod(shape)) // shape[-1], shape[-1]), "last two axes"),
        (lambda shape: (int(np.prod(shape) ** 0.5),) * 2, "expected"),
    ],
}


# Two other right answers to the exercises, as learners may write them.
def lion_with_both_in_the_step(w, m, g, learning_rate, weight_decay, beta_1, beta_2):
    step = np.sign(m + (g - m) * (1 - beta_1)) + weight_decay * w
    return [w - learning_rate * step, m + (g - m) * (1 - beta_2)]


def sam_with_a_small_number(slope, w, learning_rate, rho):
    g = slope(w)
    return w - learning_rate * slope(w + g * (rho / (np.sqrt(np.sum(g**2)) + 1e-12)))


def sam_where_the_norm_may_be_one(slope, w, learning_rate, rho):
    g = slope(w)
    return w - learning_rate * slope(w + rho * g / (np.linalg.norm(g) or 1))


def squarest(shape):
    rows, columns = shape[0], int(np.prod(shape[1:]))
    for size in shape[1:-1]:
        if max(rows * size, columns // size) < max(rows, columns):
            rows, columns = rows * size, columns // size
    return rows, columns


RIGHT = {
    "lion_step": [
        lion_with_both_in_the_step,
        lambda w, m, g, learning_rate, weight_decay, beta_1, beta_2: (
            (1 - learning_rate * weight_decay) * w - learning_rate * np.sign(beta_1 * m + g - beta_1 * g),
            beta_2 * m + g - beta_2 * g,
        ),
    ],
    "sam_step": [sam_with_a_small_number, sam_where_the_norm_may_be_one],
    "as_matrix": [
        squarest,
        lambda shape: min(
            ((np.prod(shape[:i]), np.prod(shape[i:])) for i in range(1, len(shape))), key=lambda cut: sum(cut)
        ),
    ],
}

# What computes the same, though it is written differently: a line with … for anything, and the reason.
EXTRA = "a cut before the first axis is the least square one, and the cut at −1 is the last one again"
EQUIVALENT = {
    "sam_step": {"… if np.any(-g) else w": "−g is 0 where g is 0"},
    "as_matrix": {"cuts = [… for i in range(…len(shape))]": EXTRA},
}


def some_bowl(rng):
    target, curvature = rng.normal(size=3), rng.uniform(0.1, 10, 3)
    w = np.where(rng.uniform(size=3) < 0.5, target, rng.normal(size=3))  # now and then at the minimum
    return lambda w: curvature * (w - target), w, rng.uniform(0.01, 0.1), rng.uniform(0.1, 2)


def some_shape(rng):
    """Return a shape with one squarest cut, because the exercise does not say which of two to take."""
    while True:
        shape = tuple(rng.integers(2, 20, rng.integers(2, 5)).tolist())
        longest = sorted(max(np.prod(shape[:i]), np.prod(shape[i:])) for i in range(1, len(shape)))
        if longest[0] not in longest[1:]:
            return (shape,)


RANDOM = {"sam_step": some_bowl, "as_matrix": some_shape}
