"""Exercises of the chapter *Masks and sequences*."""

from itertools import groupby

import numpy as np

from .. import losses
from .exercise import Exercise


def _tversky(y_true, y_pred, alpha, beta, axis=(1, 2)):
    return losses.tversky(y_true, y_pred, alpha=alpha, beta=beta, axis=axis)


_soft = np.array([[[0.9, 0.4], [0.2, 0.0]], [[0.3, 0.1], [0.6, 0.8]], [[0.5, 0.7], [0.1, 0.2]]])


_objects = np.array([[[1, 1], [0, 0]], [[0, 0], [0, 1]], [[1, 0], [1, 1]]], dtype=float)


tversky_of_each = Exercise(
    task="return the Tversky loss of each mask",
    answer=_tversky,
    right="Each image counts the same. With alpha above beta, a missed pixel weighs more than an added one.",
    slips={
        "You swapped the weights, as Keras's documentation does. Here alpha weights the missed part.": (
            lambda y_true, y_pred, alpha, beta: _tversky(y_true, y_pred, beta, alpha)
        ),
        "You treated the whole batch as one mask. Sum over axis=(1, 2).": lambda *case: _tversky(
            *case, axis=None
        ),
        "You returned the mean. Return one value for each mask.": lambda *case: np.mean(_tversky(*case)),
        "That is the overlap. The loss is 1 minus it.": lambda *case: 1 - _tversky(*case),
        "That is the Dice loss. Multiply the missed part by alpha and the added part by beta.": (
            lambda y_true, y_pred, alpha, beta: _tversky(y_true, y_pred, 0.5, 0.5)
        ),
        "You gave both parts the weight 1. Multiply the missed part by alpha and the added part by beta.": (
            lambda y_true, y_pred, alpha, beta: _tversky(y_true, y_pred, 1.0, 1.0)
        ),
        "The hit part is missing in the denominator. Add it to the two weighted parts.": (
            lambda y_true, y_pred, alpha, beta: (
                1
                - np.sum(y_true * y_pred, (1, 2))
                / np.sum(alpha * y_true * (1 - y_pred) + beta * (1 - y_true) * y_pred, (1, 2))
            )
        ),
        "You summed over one axis only. A mask has a height and a width, so sum over axis=(1, 2).": (
            lambda *case: _tversky(*case, axis=1)
        ),
    },
    cases=((_objects, _soft, 0.7, 0.3), (_objects, _soft, 1.0, 0.25)),
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
    right="Each image counts the same, and an empty one teaches too, because every mark in it costs something.",
    slips={
        "Two empty masks gave 0/0. Add 1 to the numerator and to the denominator.": lambda y_true, y_pred: (
            _dice(y_true, y_pred, above=0, below=0)
        ),
        "An empty target still costs 1 whatever the model predicts, as in Keras. Add 1 to the numerator, too.": (
            lambda y_true, y_pred: _dice(y_true, y_pred, above=0, below=1e-7)
        ),
        "That repairs only the pair of empty masks. A mark in an empty image still costs 1, however small.": (
            lambda y_true, y_pred: np.nan_to_num(_dice(y_true, y_pred, above=0, below=0))
        ),
        "The 1 is missing in the numerator. Two empty masks must cost 0.": lambda y_true, y_pred: _dice(
            y_true, y_pred, above=0
        ),
        "You treated the whole batch as one mask, as Keras does by default. Sum over axis=(1, 2).": (
            lambda y_true, y_pred: _dice(y_true, y_pred, axis=None)
        ),
        "That is the overlap. The loss is 1 minus it.": lambda y_true, y_pred: 1 - _dice(y_true, y_pred),
        "The factor 2 is missing in the numerator. A perfect mask must cost 0.": lambda y_true, y_pred: _dice(
            y_true, y_pred, twice=1
        ),
        "You returned the mean. Return one value for each mask.": lambda y_true, y_pred: np.mean(
            _dice(y_true, y_pred)
        ),
        "You added 1 to the loss. Add it to the numerator and to the denominator of the fraction.": (
            lambda y_true, y_pred: 1 + _dice(y_true, y_pred, above=0, below=1e-7)
        ),
    },
    cases=((_masks, _found),),
)


def _merged(path):
    return np.array([symbol for symbol, _ in groupby(path)])


def _word(logits, blank=0, axis=1):
    merged = _merged(logits.argmax(axis=axis))
    return merged[merged != blank]


def _scores(path, classes=3):
    """Return logits whose largest ones follow the path."""
    noise = np.random.default_rng(len(path)).uniform(-1, 1, (len(path), classes))
    return noise + 3 * np.eye(classes)[path]


_path = _scores([1, 1, 0, 1, 2, 2]), _scores([0, 2, 1, 0, 0, 2, 0]), _scores([2, 2, 0, 3, 0, 0, 3, 3, 1], 4)


greedy_decoding = Exercise(
    task="return the list of labels that the most probable path collapses to",
    answer=_word,
    right="This takes the best path only. A beam search adds up the paths of each word, so it can find a better word.",
    slips={
        "You dropped the blanks before you merged equal neighbours. A blank between equal letters keeps them apart.": (
            lambda logits: _merged((path := logits.argmax(axis=1))[path != 0])
        ),
        "You did not merge equal neighbours. Compare each frame's class with that of the frame before.": (
            lambda logits: (path := logits.argmax(axis=1))[path != 0]
        ),
        "You merged equal neighbours, but the blanks are still there. Drop every 0.": lambda logits: _merged(
            logits.argmax(axis=1)
        ),
        "That is the path. Collapse it to a word.": lambda logits: logits.argmax(axis=1),
        "You kept each label once. Merge only equal *neighbours*, because a letter may come back later.": (
            lambda logits: list(dict.fromkeys(_word(logits)))
        ),
        "You took the best frame of each class. Take the best class of each frame, with axis=1.": (
            lambda logits: _word(logits, axis=0)
        ),
        "You dropped the last class. In Keras's CTC the blank is class 0.": lambda logits: _word(
            logits, blank=logits.shape[1] - 1
        ),
    },
    cases=tuple((logits,) for logits in _path),
)


def _different(here, there):
    return here != 0 and here != there


def _log_probabilities(logits, axis=1):
    return logits - np.logaddexp.reduce(logits, axis=axis, keepdims=True)


def _ctc(labels, logits, leap=_different, first=2, last=2, scale=_log_probabilities):
    states = np.zeros(2 * len(labels) + 1, dtype=int)
    states[1::2] = labels
    leaps = np.array([leap(*pair) for pair in zip(states[2:], states[:-2], strict=True)])
    log_p = scale(logits)
    ways = np.where(np.arange(len(states)) < first, log_p[0, states], -np.inf)
    for now in log_p[1:]:
        before = ways.copy()
        ways[1:] = np.logaddexp(ways[1:], before[:-1])
        ways[2:] = np.logaddexp(ways[2:], np.where(leaps, before[:-2], -np.inf))
        ways = ways + now[states]
    return -np.logaddexp.reduce(ways[-last:])


def _ctc_of_products(labels, logits):
    """Multiply probabilities instead of adding their logarithms, which underflows."""
    with np.errstate(divide="ignore"):
        return -np.log(np.exp(-_ctc(labels, logits)))


_rng = np.random.default_rng(0)


_logits = _rng.normal(size=(5, 3))


_long = _rng.normal(size=(1000, 27))


ctc_by_states = Exercise(
    task="return the CTC loss of the word",
    answer=lambda labels, logits: losses.ctc(np.array([labels]), logits[None])[0],
    right="The work grows with frames times letters, and in log space a thousand frames do not underflow.",
    slips={
        "A product of 1,000 probabilities underflows to 0. Add log-probabilities with np.logaddexp instead.": (
            _ctc_of_products
        ),
        "A path may end in the last letter or in the blank after it. Combine both states.": (
            lambda labels, logits: _ctc(labels, logits, last=1)
        ),
        "A path may start in the first blank or in the first letter. Give both states their log-probability.": (
            lambda labels, logits: _ctc(labels, logits, first=1)
        ),
        "No path leaps from a letter to an equal letter, because without a blank between them they merge.": (
            lambda labels, logits: _ctc(labels, logits, leap=lambda here, there: here != 0)
        ),
        "No path leaps from a blank to a blank, because it would skip a letter.": lambda labels, logits: _ctc(
            labels, logits, leap=lambda here, there: here == 0 or here != there
        ),
        "From a letter a path may leap over the blank to the next letter, if the two differ.": (
            lambda labels, logits: _ctc(labels, logits, leap=lambda here, there: False)
        ),
        "That is the log-probability of the word. The loss is minus it.": lambda labels, logits: (
            -_ctc(labels, logits)
        ),
        "That is the probability of the word. The loss is minus its logarithm.": lambda labels, logits: (
            np.exp(-_ctc(labels, logits))
        ),
        "Turn the logits into log-probabilities first, frame by frame.": lambda labels, logits: _ctc(
            labels, logits, scale=lambda logits: logits
        ),
        "The probabilities of each frame must add up to 1, so normalise over the classes with axis=1.": (
            lambda labels, logits: _ctc(labels, logits, scale=lambda logits: _log_probabilities(logits, 0))
        ),
    },
    cases=(([1, 2], _logits), ([2, 1], _logits), ([2, 2], _logits), ([1], _logits[:2]), ([3, 1, 20], _long)),
)
