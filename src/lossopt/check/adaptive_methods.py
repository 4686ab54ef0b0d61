"""Exercises on adaptive methods: effective rates, first steps, one step of Adam, a broken one, memory, rare words."""

import numpy as np

from .exercise import Exercise

adagrad_rate = Exercise(
    task="work out the effective rate",
    answer=0.5 / 20,
    right="It was 0.25 at the first gradient. A hundred times as many squares, a tenth of the rate.",
    slips={
        "Divide by the root of the sum, not by the sum.": 0.5 / 400,
        "The squares are what is added up, not the sizes.": 0.5 / np.sqrt(200),
        "The rate, not the step: leave the present gradient out.": 0.5 / 20 * 2,
        "That is the rate at the first gradient: 99 more have been added up since.": 0.5 / 2,
    },
)

rmsprop_first_step = Exercise(
    task="work out the length of the first step, in η",
    answer=10.0,
    right="The longer the memory, the longer the first steps: nothing corrects them.",
    slips={
        "Take the root: v is the mean of squares.": 100.0,
        "That is the step with ρ = 0.9.": 1 / np.sqrt(0.1),
        "v keeps a share ρ of nothing: what comes in is 1 − ρ of the square.": 1 / np.sqrt(0.99),
        "Only a corrected start would make it 1.": 1.0,
    },
    tolerance=5e-3,
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
    task="return w, m, v after one step",
    answer=lambda w, g, m, v, t, learning_rate: _adam_step(w, g, m, v, t, learning_rate),
    right="That is Keras's Adam, down to the tiniest gradient.",
    slips={
        "The correction of the start is missing.": _adam_slip(corrected=False),
        "Return m and v themselves: the corrected ones are for this step only.": _adam_slip(returned=True),
        "Divide by the root of v_hat.": _adam_slip(root=False),
        "ε comes after the root, not inside it.": _adam_slip(inside=True),
        "ε comes after the root: inside is RMSprop's.": _adam_slip(as_rmsprop=True),
        "Keras's ε is 1e-7.": _adam_slip(epsilon=1e-8),
        "That is the paper's step: Keras adds 1e-7 to √v, and corrects the sum.": _adam_slip(
            late=True, epsilon=1e-8
        ),
        "v stands under a root, and so does its correction: √(1 − β₂ᵗ).": _adam_slip(squared=True),
        "ε was added to the corrected root: Keras adds it to √v, and corrects the sum.": _adam_slip(
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


mended_adam = Exercise(
    task="return the last weight",
    answer=lambda w, gradients, learning_rate: _walk(w, gradients, learning_rate),
    right="Two lines, and half of the way.",
    slips={
        "The counter does not advance: every step is corrected as if it were the first.": _walk_slip(
            stuck=True
        ),
        "ε stands outside the division: it belongs to the divisor.": _walk_slip(outside=True),
        "Both mistakes are still there.": _walk_slip(outside=True, stuck=True),
        "Count from 1: at t = 0 the correction divides by 0.": _walk_slip(first=0),
        "The counter advances too early: it is 1 at the first gradient.": _walk_slip(first=2),
    },
    cases=(
        (0.0, np.ones(200), 0.01),
        (1.0, np.array([0.0, 0.0, 1e-8, 1e-8]), 0.1),
        (2.0, np.array([1.0, -2.0, 0.5]), 0.1),
    ),
)

half_life = Exercise(
    task="work out the number of steps",
    answer=np.log(0.5) / np.log(0.999),
    right="About 0.7 / (1 − β₂), whatever β₂ is.",
    slips={
        "After 1/(1 − β₂) steps a share 1/e is left, not a half.": 1000.0,
        "A share is lost at each step of what is left, not of the whole.": 500.0,
        "That is for β₂ = 0.99.": np.log(0.5) / np.log(0.99),
        "The root of v is half at a quarter of v; return the half-life of v itself.": np.log(0.25)
        / np.log(0.999),
    },
    tolerance=1e-3,
)


def _lazy(w, g, m, v, t, learning_rate, moves=False, fades=False, counts=False):
    seen = g != 0
    t = t + (seen | counts)
    m, v = np.where(seen | fades, (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2), (m, v))
    since = np.maximum(t, 1)
    step = learning_rate * m / (1 - 0.9**since) / (np.sqrt(v / (1 - 0.999**since)) + 1e-8)
    return np.where(seen | moves, w - step, w), m, v, t


def _lazy_slip(**wrong):
    return lambda w, g, m, v, t, learning_rate: _lazy(w, g, m, v, t, learning_rate, **wrong)


_words = np.array([1.0, 2.0, -1.0]), np.array([0.5, 0.0, -2.0])

lazy_adam = Exercise(
    task="return w, m, v, t after one step",
    answer=lambda w, g, m, v, t, learning_rate: _lazy(w, g, m, v, t, learning_rate),
    right="What was not there learns nothing, and forgets nothing.",
    slips={
        "That is Adam itself: weights without a gradient must stay.": _lazy_slip(
            moves=True, fades=True, counts=True
        ),
        "The weight stays, but its m and v fade: leave them alone too.": _lazy_slip(fades=True),
        "The counter is each weight's own: it does not advance without a gradient.": _lazy_slip(counts=True),
        "m, v and t stay, but the weight moves by what is left of m.": _lazy_slip(moves=True),
    },
    cases=(
        (*_words, np.zeros(3), np.zeros(3), np.zeros(3), 0.1),
        (*_words, np.array([0.3, 0.2, -0.1]), np.array([0.2, 0.1, 0.4]), np.array([5.0, 2.0, 9.0]), 0.01),
    ),
)
