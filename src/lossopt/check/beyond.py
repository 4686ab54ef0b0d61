"""Exercises beyond the average: class weights, a threshold, focal loss, overlap, triplets, CTC."""

import numpy as np

from .. import losses
from .exercise import Exercise

balanced_weights = Exercise(
    task="return one weight for each class",
    answer=lambda y: len(y) / (len(np.bincount(y)) * np.bincount(y)),
    right="That is class_weight='balanced' in scikit-learn; Keras wants it as a dictionary.",
    slips={
        "Their samples' weights have to sum to n, so divide by the number of classes too.": lambda y: (
            len(y) / np.bincount(y)
        ),
        "That makes the common class count more: the count belongs below the bar.": lambda y: (
            len(np.bincount(y)) * np.bincount(y) / len(y)
        ),
        "That is each class's share; a rare class needs a large weight.": lambda y: np.bincount(y) / len(y),
        "One weight for each class was asked for; that is one for each sample.": lambda y: (
            len(y) / (len(np.bincount(y)) * np.bincount(y))[y]
        ),
        "Right in their ratio; their samples' weights have to sum to n.": lambda y: 1 / np.bincount(y),
    },
    cases=((np.array([0, 0, 0, 1]),), (np.array([2, 0, 1, 1, 0, 0, 0, 0, 1, 0]),)),
)

call_out = Exercise(
    task="work out the probability from which on sending is cheaper",
    answer=0.04,
    right="Sending costs 400, waiting 10,000 p. Write the prices down, and the formula follows.",
    slips={
        "That is the threshold for a call-out that is free when it burns; this one costs 400 always.": (
            400 / 10_400
        ),
        "That is the ratio of the prices: a probability lies below 1.": 25.0,
        "At ½ both mistakes would cost the same.": 0.5,
        "The other way round: above which probability of *fire*?": 0.96,
        "In euros both sides are right; divide by 10,000 to get a probability.": 400.0,
    },
    tolerance=5e-3,
)


def _focal(y_true, p, gamma, factor=lambda p_right, gamma: (1 - p_right) ** gamma):
    p_right = np.where(y_true == 1, p, 1 - p)
    return -factor(p_right, gamma) * np.log(p_right)


focal_loss = Exercise(
    task="return the focal loss of each sample",
    answer=lambda y_true, p, gamma: losses.binary_focal_crossentropy(y_true, p, gamma=gamma),
    right="With gamma = 0 it is cross-entropy; at p = 0.9 and gamma = 2 a hundredth of it.",
    slips={
        "That is cross-entropy: the factor (1 − p)^γ is missing.": lambda y_true, p, gamma: _focal(
            y_true, p, 0
        ),
        "Label 0 was treated like label 1: the probability of the label that came is 1 − p there.": (
            lambda y_true, p, gamma: _focal(1, p, gamma)
        ),
        "The factor has to fade where the model is right: (1 − p)^γ, not p^γ.": lambda y_true, p, gamma: (
            _focal(y_true, p, gamma, lambda p_right, gamma: p_right**gamma)
        ),
        "One value per sample was asked for; that is their mean.": lambda y_true, p, gamma: np.mean(
            _focal(y_true, p, gamma)
        ),
        "γ is an exponent, not a factor.": lambda y_true, p, gamma: _focal(
            y_true, p, gamma, lambda p_right, gamma: gamma * (1 - p_right)
        ),
    },
    cases=(
        (np.array([1, 0, 1, 0]), np.array([0.9, 0.2, 0.3, 0.6]), 2.0),
        (np.array([1, 0]), np.array([0.9, 0.2]), 0.5),
    ),
)


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

semi_hard = Exercise(
    task="return 1 for semi-hard triplets and 0 for the others",
    answer=lambda positive, negative, margin: (
        (positive < negative) & (negative**2 < positive**2 + margin)
    ).astype(int),
    right="They still teach, and they do not pull the whole map into one point.",
    slips={
        "That counts hard ones too: the negative has to be farther away than the positive.": (
            lambda positive, negative, margin: negative**2 < positive**2 + margin
        ),
        "Those are the hard ones: there the negative is nearer than the positive.": (
            lambda positive, negative, margin: negative < positive
        ),
        "That counts easy ones too: beyond the margin there is no loss.": (
            lambda positive, negative, margin: positive < negative
        ),
        "The margin is one of squared distances: square both.": lambda positive, negative, margin: (
            (positive < negative) & (negative < positive + margin)
        ),
    },
    cases=((np.array([1.0, 1.0, 1.0, 0.5, 0.2]), np.array([0.9, 1.05, 1.15, 0.6, 0.45]), 0.2),),
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
