"""Exercises of the chapter *Masks and sequences*."""

import numpy as np

from .. import losses
from .exercise import Exercise


def _dice(y_true, y_pred, axis=(1, 2), twice=2, above=1, below=1):
    hit, total = (y_true * y_pred).sum(axis=axis), (y_true + y_pred).sum(axis=axis)
    with np.errstate(invalid="ignore"):
        return 1 - (twice * hit + above) / (total + below)


_masks = np.array([[[1, 1], [1, 0]], [[0, 0], [0, 1]], [[0, 0], [0, 0]], [[0, 0], [0, 0]]], dtype=float)


_found = np.array([[[1, 0.5], [0, 0]], [[1, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 0.25], [0, 0]]])


dice_of_each = Exercise(
    task="return the Dice loss of each mask",
    answer=_dice,
    right="Each image counts the same, and an empty one pulls too: every mark in it costs something.",
    slips={
        "Two empty masks gave 0/0: add 1 above and below the bar.": lambda y_true, y_pred: _dice(
            y_true, y_pred, above=0, below=0
        ),
        "An empty target scores 1 here whatever the model says, as in Keras: add 1, above the bar too.": (
            lambda y_true, y_pred: _dice(y_true, y_pred, above=0, below=1e-7)
        ),
        "That mends the pair of empty masks alone: a mark in an empty image costs 1, however small.": (
            lambda y_true, y_pred: np.nan_to_num(_dice(y_true, y_pred, above=0, below=0))
        ),
        "The 1 is missing above the bar: two empty masks have to score 0.": lambda y_true, y_pred: _dice(
            y_true, y_pred, above=0
        ),
        "That takes the whole batch as one mask, as Keras does by default: sum over axis=(1, 2).": (
            lambda y_true, y_pred: _dice(y_true, y_pred, axis=None)
        ),
        "That is the overlap; the loss is 1 minus it.": lambda y_true, y_pred: 1 - _dice(y_true, y_pred),
        "The 2 above the bar is missing: a perfect mask has to score 0.": lambda y_true, y_pred: _dice(
            y_true, y_pred, twice=1
        ),
        "One value for each mask was asked for; that is their mean.": lambda y_true, y_pred: np.mean(
            _dice(y_true, y_pred)
        ),
    },
    cases=((_masks, _found),),
)


def _ctc(labels, logits, leap=lambda here, there: here != 0 and here != there, last=2, softmax=True):
    states = np.zeros(2 * len(labels) + 1, dtype=int)
    states[1::2] = labels
    p = np.exp(logits)
    p = p / p.sum(axis=1, keepdims=True) if softmax else p
    ways = np.where(np.arange(len(states)) < 2, p[0, states], 0.0)
    for now in p[1:]:
        before = ways.copy()
        ways[1:] += before[:-1]
        for s in range(2, len(states)):
            ways[s] += before[s - 2] * leap(states[s], states[s - 2])
        ways = ways * now[states]
    return -np.log(ways[-last:].sum())


_logits = np.random.default_rng(0).normal(size=(5, 3))


ctc_by_states = Exercise(
    task="return the CTC loss of the word",
    answer=lambda labels, logits: losses.ctc(np.array([labels]), logits[None])[0],
    right="Five frames or five thousand: the work grows with frames times letters.",
    slips={
        "A path may end in the last letter or in the blank behind it: add up both.": lambda labels, logits: (
            _ctc(labels, logits, last=1)
        ),
        "No leap from a letter to the same letter: without a blank between they would merge.": (
            lambda labels, logits: _ctc(labels, logits, leap=lambda here, there: here != 0)
        ),
        "Leaps from a blank to a blank would skip a letter.": lambda labels, logits: _ctc(
            labels, logits, leap=lambda here, there: here == 0 or here != there
        ),
        "From a letter a path may leap over the blank to the next, different one.": lambda labels, logits: (
            _ctc(labels, logits, leap=lambda here, there: False)
        ),
        "That is the probability: take −log of it.": lambda labels, logits: np.exp(-_ctc(labels, logits)),
        "The logits have to become probabilities first, frame by frame.": lambda labels, logits: _ctc(
            labels, logits, softmax=False
        ),
    },
    cases=(([1, 2], _logits), ([2, 2], _logits), ([1], _logits[:2])),
)
