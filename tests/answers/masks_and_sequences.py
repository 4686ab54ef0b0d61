"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

from itertools import groupby

import numpy as np
from scipy import special


def tversky_as_in_the_paper(y_true, y_pred, alpha, beta):
    hit = np.sum(y_true * y_pred, (1, 2))
    false_positives = np.sum((1 - y_true) * y_pred, (1, 2))
    false_negatives = np.sum(y_true * (1 - y_pred), (1, 2))
    return 1 - hit / (hit + alpha * false_positives + beta * false_negatives)


def tversky_of_the_batch(y_true, y_pred, alpha, beta):
    hit = np.sum(y_true * y_pred)
    return 1 - hit / (hit + alpha * np.sum(y_true * (1 - y_pred)) + beta * np.sum((1 - y_true) * y_pred))


def dice_without_care_for_empty_masks(y_true, y_pred):
    with np.errstate(invalid="ignore"):
        return 1 - 2 * np.sum(y_true * y_pred, (1, 2)) / (np.sum(y_true, (1, 2)) + np.sum(y_pred, (1, 2)))


def dice_with_care_for_empty_pairs_alone(y_true, y_pred):
    total = np.sum(y_true + y_pred, (1, 2))
    return np.where(total == 0, 0, 1 - 2 * np.sum(y_true * y_pred, (1, 2)) / np.maximum(total, 1e-7))


def word_without_blanks_and_then_merged(logits):
    path = [symbol for symbol in np.argmax(logits, axis=-1) if symbol != 0]
    return [symbol for symbol, _ in groupby(path)]


def word_with_repeats(logits):
    return [int(np.argmax(row)) for row in logits if np.argmax(row) != 0]


def ctc_of_products(labels, logits):
    """The solution that this book showed before: right until the probabilities underflow."""
    states = [0]
    for label in labels:
        states += [label, 0]
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    ways = np.zeros(len(states))
    ways[:2] = p[0, states[:2]]
    for p_now in p[1:]:
        before = ways.copy()
        ways[1:] += before[:-1]
        for s in range(2, len(states)):
            if states[s] != 0 and states[s] != states[s - 2]:
                ways[s] += before[s - 2]
        ways = ways * p_now[states]
    with np.errstate(divide="ignore"):
        return -np.log(ways[-2:].sum())


def ctc(labels, logits, leaps, last):
    states = np.array([0] + [state for label in labels for state in (label, 0)])
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    ways = np.where(np.arange(len(states)) < 2, log_p[0, states], -np.inf)
    for row in log_p[1:]:
        old = [
            ways,
            np.r_[-np.inf, ways[:-1]],
            np.r_[-np.inf, -np.inf, np.where(leaps(states), ways[:-2], -np.inf)],
        ]
        ways = np.logaddexp.reduce(old) + row[states]
    return -np.logaddexp.reduce(ways[-last:])


def ctc_that_leaps_freely(labels, logits):
    return ctc(labels, logits, lambda states: states[2:] != 0, 2)


def ctc_that_must_end_in_a_blank(labels, logits):
    return ctc(labels, logits, lambda states: (states[2:] != 0) & (states[2:] != states[:-2]), 1)


WRONG = {
    "tversky_of_each": [
        (tversky_as_in_the_paper, "swapped"),
        (tversky_of_the_batch, "whole batch as one mask"),
    ],
    "dice_of_each": [
        (dice_without_care_for_empty_masks, "0/0"),
        (dice_with_care_for_empty_pairs_alone, "however small"),
        (lambda y, p: 1 - 2 * np.sum(y * p, (1, 2)) / (np.sum(y + p, (1, 2)) + 1e-7), "whatever the model"),
        (lambda y, p: 1 - (2 * np.sum(y * p) + 1) / (np.sum(y + p) + 1), "whole batch as one mask"),
    ],
    "greedy_decoding": [
        (word_without_blanks_and_then_merged, "keeps them apart"),
        (word_with_repeats, "merge equal neighbours"),
    ],
    "ctc_by_states": [
        (ctc_of_products, "underflows"),
        (ctc_that_leaps_freely, "they merge"),
        (ctc_that_must_end_in_a_blank, "Combine both"),
    ],
}


# Other right answers, which the exercises accept.


def ctc_by_products_of_scaled(labels, logits):
    """Multiply probabilities, and scale them in each frame so that they do not underflow."""
    p = special.softmax(logits, axis=1)
    states = [0] + [s for label in labels for s in (label, 0)]
    ways, log_p = np.array([1.0, 1.0] + [0.0] * (len(states) - 2)) * p[0, states], 0.0
    for now in p[1:]:
        new = ways.copy()
        for s in range(1, len(states)):
            new[s] += ways[s - 1]
            if s > 1 and states[s] and states[s] != states[s - 2]:
                new[s] += ways[s - 2]
        ways = new * now[states]
        log_p += np.log(ways.sum())
        ways /= ways.sum()
    return -log_p - np.log(ways[-1] + ways[-2])


RIGHT = {
    "tversky_of_each": [
        lambda y, p, alpha, beta: np.array(
            [
                1 - (a * b).sum() / ((a * b).sum() + alpha * (a * (1 - b)).sum() + beta * ((1 - a) * b).sum())
                for a, b in zip(y, p, strict=True)
            ]
        ),
        lambda y, p, alpha, beta: (
            1
            - np.einsum("ijk,ijk->i", y, p)
            / (
                (1 - alpha - beta) * np.einsum("ijk,ijk->i", y, p)
                + alpha * y.sum((1, 2))
                + beta * p.sum((1, 2))
            )
        ),
    ],
    "dice_of_each": [
        lambda y, p: [
            1 - (2 * float(np.vdot(a, b)) + 1) / float(a.sum() + b.sum() + 1)
            for a, b in zip(y, p, strict=True)
        ],
        lambda y, p: (1 - (2 * (y * p).sum((1, 2)) + 1) / (y.sum((1, 2)) + p.sum((1, 2)) + 1)).astype(
            np.float32
        ),
    ],
    "greedy_decoding": [
        lambda logits: [int(k) for k, _ in groupby(np.argmax(logits, axis=-1)) if k],
        lambda logits: (path := logits.argmax(1))[(path != 0) & (path != np.append(-1, path[:-1]))],
    ],
    "ctc_by_states": [ctc_by_products_of_scaled],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
BLANKS = "a blank is never led to by a leap, as the state two before it is a blank too"
EQUIVALENT = {
    "greedy_decoding": {
        "word, before = ([], -1)": "no class is −1, and a first blank is not kept",
        "word.append(…now…": "a class is a whole number already",
    },
    "ctc_by_states": {
        "ways[1:] = np.logaddexp(before[1:], before[:-1])": "the ways are still those before",
        "ways[1:] = np.logaddexp(ways[1:], ways[:-1])": "the right side is computed before it is stored",
        "for s in range(3, len(states)):": BLANKS,
        "for s in range(2, len(…)):": "there is one way for each state",
        "if states[s] != states[s - 2]:": BLANKS,
        "if …[s] != 0 and states[s] != states[s - 2]:": BLANKS,
        "if states[s] != -1 and states[s] != states[s - 2]:": BLANKS,
        "…logits[None])[-1]": "there is one word, the first and the last",
    },
}


def some_word(rng):
    labels, frames = rng.integers(1, 4, rng.integers(1, 5)).tolist(), int(rng.integers(8, 12))
    return labels, rng.normal(size=(frames, 4))


RANDOM = {
    "greedy_decoding": lambda rng: (rng.normal([0.5, 0, 0], size=(rng.integers(3, 12), 3)),),
    "ctc_by_states": some_word,
}
