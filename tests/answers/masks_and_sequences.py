"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def dice_without_care_for_empty_masks(y_true, y_pred):
    with np.errstate(invalid="ignore"):
        return 1 - 2 * np.sum(y_true * y_pred, (1, 2)) / (np.sum(y_true, (1, 2)) + np.sum(y_pred, (1, 2)))


def dice_with_care_for_empty_pairs_alone(y_true, y_pred):
    total = np.sum(y_true + y_pred, (1, 2))
    return np.where(total == 0, 0, 1 - 2 * np.sum(y_true * y_pred, (1, 2)) / np.maximum(total, 1e-7))


def ctc_that_leaps_freely(labels, logits):
    states = [0] + [state for label in labels for state in (label, 0)]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ways = [p[0, state] * (s < 2) for s, state in enumerate(states)]
    for row in p[1:]:
        ways = [
            row[state] * (ways[s] + ways[s - 1] * (s > 0) + ways[s - 2] * (s > 1 and s % 2 == 1))
            for s, state in enumerate(states)
        ]
    return -np.log(sum(ways[-2:]))


def ctc_that_must_end_in_a_blank(labels, logits):
    states = np.array([0] + [state for label in labels for state in (label, 0)])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ways = p[0, states] * (np.arange(len(states)) < 2)
    for row in p[1:]:
        before = ways.copy()
        ways[1:] += before[:-1]
        leaps = (states[2:] != 0) & (states[2:] != states[:-2])
        ways[2:] += before[:-2] * leaps
        ways = ways * row[states]
    return -np.log(ways[-1])


WRONG = {
    "dice_of_each": [
        (dice_without_care_for_empty_masks, "0/0"),
        (dice_with_care_for_empty_pairs_alone, "however small"),
        (lambda y, p: 1 - 2 * np.sum(y * p, (1, 2)) / (np.sum(y + p, (1, 2)) + 1e-7), "whatever the model"),
        (lambda y, p: 1 - (2 * np.sum(y * p) + 1) / (np.sum(y + p) + 1), "whole batch as one mask"),
    ],
    "ctc_by_states": [
        (ctc_that_leaps_freely, "they would merge"),
        (ctc_that_must_end_in_a_blank, "add up both"),
    ],
}
