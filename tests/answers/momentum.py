"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def heavy_ball_uphill(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        m = beta * m + learning_rate * gradient(theta)
        theta = theta + m
    return theta


def averaged_ball(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        m = beta * m + (1 - beta) * gradient(theta)
        theta = theta - learning_rate * m
    return theta


def velocity_made_anew(gradient, theta, learning_rate, beta, steps):
    for _ in range(steps):
        m = np.zeros_like(theta)
        m = beta * m - learning_rate * gradient(theta)
        theta = theta + m
    return theta


def heavy_ball(gradient, theta, learning_rate, beta, steps):
    return averaged_ball(gradient, theta, learning_rate / (1 - beta), beta, steps)


def nesterov_from_the_look(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        theta = theta + beta * m
        m = beta * m - learning_rate * gradient(theta)
        theta = theta + m
    return theta


def ball_that_comes_from_zero(gradient, theta, learning_rate, beta, steps):
    last = np.zeros(2)
    for _ in range(steps):
        last, theta = theta, theta + beta * (theta - last) - learning_rate * gradient(theta)
    return theta


def nesterov_with_the_old_velocity(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        g = gradient(theta)
        theta = theta + beta * m - learning_rate * g
        m = beta * m - learning_rate * g
    return theta - beta * m


def nesterov_that_stays_ahead(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        g = gradient(theta)
        m = beta * m - learning_rate * g
        theta = theta + beta * m - learning_rate * g
    return theta


def ball_that_subtracts_the_last_step(gradient, theta, learning_rate, beta, steps):
    last = theta
    for _ in range(steps):
        last, theta = theta, theta + beta * (last - theta) - learning_rate * gradient(theta)
    return theta


def coasting_after_the_drop(gradient, theta, rates, beta):
    m = np.zeros_like(theta)
    for rate in rates:
        m = beta * m - rate * gradient(theta)
        theta = theta + m
    return theta, m


def rescaled_by_old_over_new(gradient, theta, rates, beta):
    m = np.zeros_like(theta)
    for old, rate in zip([rates[0], *rates], rates, strict=False):
        m = beta * m * (old / rate) - rate * gradient(theta)
        theta = theta + m
    return theta, m


def pytorch_two_lines(gradient, theta, rates, beta):
    m = np.zeros_like(theta)
    for rate in rates:
        m = beta * m + gradient(theta)
        theta = theta - rate * m
    return theta, m


def pytorch_without_a_velocity(gradient, theta, rates, beta):
    return pytorch_two_lines(gradient, theta, rates, beta)[0]


WRONG = {
    "momentum_rate": [(0.8 / 0.05, "other way"), (0.08, "0.9")],
    "heavy_ball": [
        (heavy_ball_uphill, "uphill"),
        (averaged_ball, "averaged form"),
        (velocity_made_anew, "last step got lost"),
        (ball_that_subtracts_the_last_step, "sign of the last step"),
        (ball_that_comes_from_zero, "not 0"),
    ],
    "nesterov": [
        (heavy_ball, "heavy ball"),
        (nesterov_from_the_look, "move from θ"),
        (nesterov_that_stays_ahead, "Take βm off"),
        (nesterov_with_the_old_velocity, "the new m"),
    ],
    "polyak": [
        (
            lambda low, high: (
                4 / (low**0.5 + high**0.5) ** 2,
                (high**0.5 - low**0.5) / (high**0.5 + low**0.5),
            ),
            "square it",
        ),
        (
            lambda low, high: (
                2 / (low + high),
                ((high / low) ** 0.5 - 1) ** 2 / ((high / low) ** 0.5 + 1) ** 2,
            ),
            "plain",
        ),
    ],
    "momentum_correction": [
        (coasting_after_the_drop, "Keras as it is"),
        (rescaled_by_old_over_new, "upside down"),
        (pytorch_two_lines, "PyTorch's velocity"),
        (pytorch_without_a_velocity, "Return the velocity as well"),
    ],
}


# Other right answers, which the exercises accept.


def heavy_ball_with_a_velocity(gradient, theta, learning_rate, beta, steps):
    velocity = 0
    for _ in range(steps):
        velocity = beta * velocity - learning_rate * gradient(theta)
        theta = theta + velocity
    return theta


def heavy_ball_as_pytorch(gradient, theta, learning_rate, beta, steps):
    buffer = np.zeros_like(theta)
    for _ in range(steps):
        buffer *= beta
        buffer += gradient(theta)
        theta = theta - learning_rate * buffer
    return theta.tolist()


def nesterov_with_two_points(gradient, theta, learning_rate, beta, steps):
    last = theta
    for _ in range(steps):
        ahead = theta + beta * (theta - last)
        last, theta = theta, ahead - learning_rate * gradient(ahead)
    return theta


def nesterov_with_a_velocity(gradient, theta, learning_rate, beta, steps):
    m = 0 * theta
    for _ in range(steps):
        m = beta * m - learning_rate * gradient(theta + beta * m)
        theta = theta + m
    return theta


def pytorch_then_keras(gradient, theta, rates, beta):
    buffer = np.zeros_like(theta)
    for rate in rates:
        buffer = beta * buffer + gradient(theta)
        theta = theta - rate * buffer
    return theta, -rates[-1] * buffer


RIGHT = {
    "heavy_ball": [heavy_ball_with_a_velocity, heavy_ball_as_pytorch],
    "nesterov": [nesterov_with_two_points, nesterov_with_a_velocity],
    "polyak": [
        lambda low, high: (4 / (low**0.5 + high**0.5) ** 2, (1 - 2 / (1 + np.sqrt(high / low))) ** 2),
        lambda low, high: [
            np.float32(4 / (low + high + 2 * np.sqrt(low * high))),
            np.float32(((np.sqrt(high / low) - 1) / (np.sqrt(high / low) + 1)) ** 2),
        ],
    ],
    "momentum_correction": [pytorch_then_keras],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
ZERO = "a zero of any shape is a zero, because it takes the shape of what is added to it"
EQUIVALENT = {
    "heavy_ball": {"m = np.zeros_like(…": ZERO},
    "nesterov": {"m = np.zeros_like(…": ZERO},
    "polyak": {
        "low, high = (np.sqrt(highest), np.sqrt(lowest))": "a square has no sign",
        "return (…, ((low - high) / (high + low)) ** 2)": "a square has no sign",
        "lambda lowest, highest: _polyak(highest, lowest)": "a square has no sign",
    },
    "momentum_correction": {
        "m, last = (np.zeros_like(theta), …": "in the first step there is no velocity to rescale",
        "m, last = (np.zeros_like(…": ZERO,
        "if …:": "the switch of the printed solution is on, and every one of these is true",
    },
}


def some_walk(rng):
    target = rng.normal(size=2)

    def gradient(theta):
        return np.array([1.0, 10.0]) * (theta - target)

    return (
        gradient,
        rng.normal(size=2),
        rng.uniform(0.01, 0.1),
        rng.uniform(0.1, 0.9),
        int(rng.integers(1, 9)),
    )


def some_rates(rng):
    gradient, theta, _, beta, steps = some_walk(rng)
    return gradient, theta, rng.uniform(0.01, 0.1, steps + 1).tolist(), beta


RANDOM = {
    "heavy_ball": some_walk,
    "nesterov": some_walk,
    "polyak": lambda rng: tuple(np.sort(rng.uniform(0.1, 20, 2))),
    "momentum_correction": some_rates,
}
