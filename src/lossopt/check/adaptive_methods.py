"""Exercises on adaptive methods: an effective rate, one step of Adam, a broken Adam, and Adam for rare words."""

import numpy as np

from .exercise import Exercise

adagrad_rate = Exercise(
    task="compute the effective rate",
    answer=0.5 / 20,
    right="After the first gradient it was 0.25. A hundred times the sum means a tenth of the rate.",
    slips={
        "Divide by the square root of the sum instead of the sum.": 0.5 / 400,
        "Add up the squares of the gradients instead of their sizes.": 0.5 / np.sqrt(200),
        "This is the length of the step. Do not multiply by the gradient.": 0.5 / 20 * 2,
        "This is the rate after the first gradient. Add up the squares of all 100.": 0.5 / 2,
    },
)


def _adam_step(
    w,
    g,
    m,
    v,
    t,
    learning_rate,
    beta_1=0.9,
    beta_2=0.999,
    corrected=True,
    returned=False,
    root=True,
    inside=False,
    late=False,
    epsilon=1e-7,
    squared=False,
    as_rmsprop=False,
):
    m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
    first, second = (1 - beta_1**t, 1 - beta_2**t) if corrected else (1.0, 1.0)
    divisor = np.sqrt(v / second) if root else v / second
    divisor = divisor + (epsilon if late else epsilon / np.sqrt(second))
    divisor = np.sqrt(v / second + epsilon) if inside else divisor
    divisor = np.sqrt((v + epsilon) / second) if as_rmsprop else divisor
    divisor = (np.sqrt(v) + epsilon) / second if squared else divisor
    w = w - learning_rate * m / first / divisor
    return (w, m / first, v / second) if returned else (w, m, v)


def _adam_slip(**wrong):
    return lambda w, g, m, v, t, learning_rate: _adam_step(w, g, m, v, t, learning_rate, **wrong)


_two = np.array([1.0, -2.0]), np.array([0.5, -3.0])

adam_step = Exercise(
    task="return w, m and v after one step",
    answer=lambda w, g, m, v, t, learning_rate: _adam_step(w, g, m, v, t, learning_rate),
    right="This is Keras's Adam, even for the tiniest gradients.",
    slips={
        "Bias correction is missing. Divide m by 1 − β₁ᵗ and √v + ε by √(1 − β₂ᵗ).": _adam_slip(
            corrected=False
        ),
        "Return m and v uncorrected, because the corrected ones are only for this step.": _adam_slip(
            returned=True
        ),
        "Divide by the square root of the corrected v.": _adam_slip(root=False),
        "Add ε after the square root and not inside it.": _adam_slip(inside=True),
        "Add ε after the square root. Only Keras's RMSprop and Adagrad add it inside.": _adam_slip(
            as_rmsprop=True
        ),
        "Keras's ε is 1e-7.": _adam_slip(epsilon=1e-8),
        "This is the paper's step. Keras adds 1e-7 to √v and then corrects the sum.": _adam_slip(
            late=True, epsilon=1e-8
        ),
        "Correct √v + ε with a square root too, √(1 − β₂ᵗ).": _adam_slip(squared=True),
        "You added ε after the correction. Keras adds it to √v and then corrects the sum.": _adam_slip(
            late=True
        ),
        "beta_1 and beta_2 are swapped.": _adam_slip(beta_1=0.999, beta_2=0.9),
    },
    cases=(
        (*_two, np.zeros(2), np.zeros(2), 1, 0.1),
        (*_two, np.array([0.2, 0.1]), np.array([0.3, 4.0]), 7, 0.01),
        (np.array([0.0]), np.array([1e-6]), np.zeros(1), np.zeros(1), 1, 0.1),
    ),
)


def _walk(w, gradients, learning_rate, outside=False, stuck=False, first=1):
    m = v = 0.0
    for t, g in enumerate(gradients, start=first):
        t = 1 if stuck else t
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        m_hat, v_hat = np.divide((m, v), (1 - 0.9**t, 1 - 0.999**t))
        quotient = m_hat / np.sqrt(v_hat) + 1e-8 if outside else m_hat / (np.sqrt(v_hat) + 1e-8)
        w = w - learning_rate * quotient
    return w


def _walk_slip(**wrong):
    def slip(w, gradients, learning_rate):
        with np.errstate(all="ignore"):
            return _walk(w, gradients, learning_rate, **wrong)

    return slip


# Where ε is added makes no difference here, because each gradient is either 0 or far above it.
mended_adam = Exercise(
    task="return the last weight",
    answer=lambda w, gradients, learning_rate: _walk(w, gradients, learning_rate),
    right="Both lines are correct now, and Adam moves twice as far.",
    slips={
        "The counter does not advance, so every step is corrected as if it were the first.": _walk_slip(
            stuck=True
        ),
        "ε is added to the quotient. Add it to the denominator, or a gradient of 0 gives 0/0.": _walk_slip(
            outside=True
        ),
        "Both mistakes are still there. Look at t in the second step, and at a gradient of 0.": _walk_slip(
            outside=True, stuck=True
        ),
        "Count from 1, because at t = 0 the correction divides by 0.": _walk_slip(first=0),
        "The counter advances too early. It is 1 at the first gradient.": _walk_slip(first=2),
        "The sign is reversed. Adam moves against the gradient.": lambda w, gradients, learning_rate: _walk(
            w, gradients, -learning_rate
        ),
    },
    cases=(
        (0.0, np.ones(200), 0.01),
        (1.0, np.array([0.0, 0.0, 1.0, 1.0]), 0.1),
        (2.0, np.array([1.0, -2.0, 0.5]), 0.1),
    ),
)


def _first(t):
    return 1 - 0.9**t


def _second(t):
    return 1 - 0.999**t


def _lazy(
    w,
    g,
    m,
    v,
    t,
    learning_rate,
    moves=False,
    fades=False,
    counts=False,
    first=_first,
    second=_second,
    keep=0.999,
):
    seen = g != 0
    t = t + (seen | counts)
    m, v = np.where(seen | fades, (0.9 * m + 0.1 * g, keep * v + 0.001 * g**2), (m, v))
    since = np.maximum(t, 1)
    step = learning_rate * m / first(since) / (np.sqrt(v / second(since)) + 1e-8)
    return np.where(seen | moves, w - step, w), m, v, t


def _lazy_slip(**wrong):
    return lambda w, g, m, v, t, learning_rate: _lazy(w, g, m, v, t, learning_rate, **wrong)


_words = np.array([1.0, 2.0, -1.0]), np.array([0.5, 0.0, -2.0])

lazy_adam = Exercise(
    task="return w, m, v and t after one step",
    answer=lambda w, g, m, v, t, learning_rate: _lazy(w, g, m, v, t, learning_rate),
    right="A weight whose word does not occur learns nothing and forgets nothing.",
    slips={
        "This is Adam itself. A weight with gradient 0 must keep its w, m, v and t.": _lazy_slip(
            moves=True, fades=True, counts=True
        ),
        "The weight stays, but its m, v and t change. Keep them too where the gradient is 0.": _lazy_slip(
            fades=True, counts=True
        ),
        "The weight and its t stay, but its m and v shrink. Keep them too where the gradient is 0.": _lazy_slip(
            fades=True
        ),
        "The counter belongs to the weight, so it must not advance where the gradient is 0.": _lazy_slip(
            counts=True
        ),
        "m, v and t stay, but the weight moves by the remaining m. Keep it where the gradient is 0.": _lazy_slip(
            moves=True
        ),
        "v_hat divides by 1 − 0.999 at every step. Use the weight's own counter, 1 − 0.999ᵗ.": _lazy_slip(
            second=lambda t: 0.001
        ),
        "m_hat corrects m at the first step only. Divide by 1 − 0.9ᵗ at every step.": _lazy_slip(
            first=lambda t: np.where(t == 1, 0.1, 1.0)
        ),
        "v adds up and never shrinks. Multiply the old v by 0.999 first.": _lazy_slip(keep=1.0),
    },
    cases=(
        (*_words, np.zeros(3), np.zeros(3), np.zeros(3), 0.1),
        (*_words, np.array([0.3, 0.2, -0.1]), np.array([0.2, 0.1, 0.4]), np.array([5.0, 2.0, 9.0]), 0.01),
    ),
)
