"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import functools

import numpy as np


def adam_step_without_correction(w, g, m, v, t, learning_rate):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    return w - learning_rate * m / (np.sqrt(v) + 1e-7), m, v


def adam_step_that_returns_the_corrected(w, g, m, v, t, learning_rate):
    m = (0.9 * m + 0.1 * g) / (1 - 0.9**t)
    v = (0.999 * v + 0.001 * g**2) / (1 - 0.999**t)
    return w - learning_rate * m / (v**0.5 + 1e-7 / (1 - 0.999**t) ** 0.5), m, v


def adam_step_of_the_paper(w, g, m, v, t, learning_rate, epsilon=1e-7):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return w - learning_rate * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)) ** 0.5 + epsilon), m, v


def adam_with_a_stuck_counter(w, gradients, learning_rate):
    m, v, t = 0.0, 0.0, 1
    for g in gradients:
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w -= learning_rate * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def adam_with_epsilon_outside(w, gradients, learning_rate):
    m, v, t = 0.0, 0.0, 0
    for g in gradients:
        t += 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        with np.errstate(invalid="ignore"):
            w -= learning_rate * (m / (1 - 0.9**t) / np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def lazy_adam_with_one_counter(w, g, m, v, t, learning_rate):
    seen, t = g != 0, t + 1
    m, v = np.where(seen, 0.9 * m + 0.1 * g, m), np.where(seen, 0.999 * v + 0.001 * g**2, v)
    step = learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w - seen * step, m, v, t


def lazy_adam_that_forgets(w, g, m, v, t, learning_rate):
    seen = (g != 0).astype(float)
    m, v, t = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, t + seen
    n = np.maximum(t, 1)
    return w - seen * learning_rate * m / (1 - 0.9**n) / (np.sqrt(v / (1 - 0.999**n)) + 1e-8), m, v, t


def lazy_adam_that_only_holds_the_weight(w, g, m, v, t, learning_rate):
    m, v, t = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, t + 1
    step = learning_rate * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return np.where(g == 0, w, w - step), m, v, t


def lazy_adam_with(m_hat=None, v_hat=None, keep=0.999):
    def step(w, g, m, v, t, learning_rate):
        seen = g != 0
        t = t + seen
        m, v = np.where(seen, 0.9 * m + 0.1 * g, m), np.where(seen, keep * v + 0.001 * g**2, v)
        n = np.maximum(t, 1)
        first = m / (1 - 0.9**n) if m_hat is None else m_hat(m, n)
        second = v / (1 - 0.999**n) if v_hat is None else v_hat(v, n)
        return np.where(seen, w - learning_rate * first / (np.sqrt(second) + 1e-8), w), m, v, t

    return step


def in_columns(w, g, m, v, t, learning_rate):
    w, m, v = adam_step(w, g, m, v, t, learning_rate)
    return w[:, None], m[:, None], v[:, None]


def adam_step(w, g, m, v, t, learning_rate):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    divisor = (v**0.5 + 1e-7) / (1 - 0.999**t) ** 0.5
    return w - learning_rate * m / ((1 - 0.9**t) * divisor), m, v


WRONG = {
    "adagrad_rate": [
        (0.5 / np.sum(np.full(100, 2.0) ** 2), "square root of the sum"),
        (0.05, "Do not multiply"),
        (0.25, "all 100"),
    ],
    "adam_step": [
        (adam_step_without_correction, "Bias correction is missing"),
        (adam_step_that_returns_the_corrected, "only for this step"),
        (adam_step_of_the_paper, "after the correction"),
        (functools.partial(adam_step_of_the_paper, epsilon=1e-8), "paper's step"),
        (in_columns, "expected the shape (2,) and (2,) and (2,), but got (2, 1)"),
    ],
    "mended_adam": [
        (adam_with_a_stuck_counter, "does not advance"),
        (adam_with_epsilon_outside, "to the denominator"),
    ],
    "lazy_adam": [
        (lazy_adam_with_one_counter, "belongs to the weight"),
        (lazy_adam_that_forgets, "m and v shrink"),
        (lazy_adam_that_only_holds_the_weight, "m, v and t change"),
        (lazy_adam_with(v_hat=lambda v, n: v / (1 - 0.999)), "own counter, 1 − 0.999ᵗ"),
        (lazy_adam_with(m_hat=lambda m, n: np.where(n == 1, m / (1 - 0.9), m)), "at the first step only"),
        (lazy_adam_with(keep=1), "never shrinks"),
    ],
}


# Other right answers, which the exercises accept.


def adam_step_in_columns_of_floats(w, g, m, v, t, learning_rate):
    new = [adam_step(*map(float, numbers), t, learning_rate) for numbers in zip(w, g, m, v, strict=True)]
    return [list(part) for part in zip(*new, strict=True)]


def mended_adam_with_powers(w, gradients, learning_rate):
    m = v = 0.0
    power_1 = power_2 = 1.0
    for g in gradients:
        m, v, power_1, power_2 = m + 0.1 * (g - m), v + 0.001 * (g * g - v), 0.9 * power_1, 0.999 * power_2
        w = w - learning_rate * (m / (1 - power_1)) / ((v / (1 - power_2)) ** 0.5 + 1e-8)
    return w


def mended_adam_as_keras(w, gradients, learning_rate):
    m = v = 0.0
    for t in range(1, len(gradients) + 1):
        g = gradients[t - 1]
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w -= learning_rate * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t) * m / (v**0.5 + 1e-8)
    return float(w)


def lazy_adam_in_a_loop(w, g, m, v, t, learning_rate):
    w, m, v, t = w.copy(), m.copy(), v.copy(), t.copy()
    for i in np.flatnonzero(g):
        t[i] += 1
        m[i], v[i] = 0.9 * m[i] + 0.1 * g[i], 0.999 * v[i] + 0.001 * g[i] ** 2
        w[i] -= learning_rate * m[i] / (1 - 0.9 ** t[i]) / (np.sqrt(v[i] / (1 - 0.999 ** t[i])) + 1e-8)
    return w, m, v, t


RIGHT = {
    "adam_step": [adam_step, adam_step_in_columns_of_floats],
    "mended_adam": [mended_adam_with_powers, mended_adam_as_keras],
    "lazy_adam": [lazy_adam_in_a_loop, lazy_adam_with()],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
TINY = "ε is far below the gradients, and at a gradient of 0 there is 0 above it"
UNSEEN = "a weight that was never seen keeps its value, so its correction does not matter"
EQUIVALENT = {
    "mended_adam": {"… - 1e-08)": TINY, "… + 2e-08)": TINY},
    "lazy_adam": {
        "… - 1e-08)": TINY,
        "… + 2e-08)": TINY,
        "step = … / np.sqrt(v…)": TINY,
        "… = np.where(g, …": "a number that is not 0 counts as True",
        "return (np.where(g, w - step, w), m, v, t)": "a number that is not 0 counts as True",
        "since = np.maximum(t, …": UNSEEN,
        "m_hat = m / (1 - 0.9 ** t)": UNSEEN,
        "v_hat = v / (1 - 0.999 ** t)": UNSEEN,
        "step = …(t)…": UNSEEN,
    },
}


def some_rare_words(rng):
    g = rng.normal(size=4) * (rng.random(4) < 0.5)
    t = rng.integers(0, 20, 4).astype(float)
    seen = t > 0
    return (
        rng.normal(size=4),
        g,
        rng.normal(size=4) * seen,
        rng.uniform(0.1, 1, 4) * seen,
        t,
        rng.uniform(0.01, 0.1),
    )


RANDOM = {
    "mended_adam": lambda rng: (
        rng.normal(),
        rng.normal(size=9) * (rng.random(9) < 0.7),
        rng.uniform(0.01, 0.1),
    ),
    "lazy_adam": some_rare_words,
}
