"""Compute losses for label sequences whose alignment with the input is
unknown.
"""

import numpy as np

from .._checks import floats, real_array, require
from ._common import _class_numbers, _log_softmax, gradient_of, loss

__all__ = ["ctc"]


@loss
def ctc(y_true, y_pred):
    r"""Return the CTC loss, the negative log-probability of a label sequence
    summed over all its alignments.

    $$\ell = -\log \sum_{\pi \to y} \prod_t p_t(\pi_t) \qquad
    \frac{\partial \ell}{\partial \hat y_{tk}} = p_t(k) - P(\pi_t = k \mid y)$$

    A path π names a class for each time step. It belongs to y if merging
    repeats and then dropping blanks, which are class 0, leaves y. `y_pred`
    holds logits (n, T, K), whose softmax is p. `y_true` holds n rows of class
    numbers with zeros after the last label, so (n, L) gives (n,). Keras
    computes in float32 and returns about 710 for labels that do not fit into T
    steps. Range [0, ∞): a probability that rounding lifts above 1 counts as 1,
    whereas Keras and optax can return a value just below 0. Raises `ValueError`
    if the shapes do not fit, if a label is not a class number or comes after a
    zero, or if the labels do not fit into T steps.

    >>> ctc([[1, 0]], [[[0, 0], [0, 0]]]).round(4)
    array([0.2877])

    Three of the four paths, 11, 01 and 10, belong to y = 1, so the loss is −log
    ¾.

    Source: Graves and others (2006); `keras.losses.CTC`.
    """
    labels, log_p = _sequences(y_true, y_pred)
    return np.maximum(
        [-total for total, _ in map(_alignment, labels, log_p)], 0.0
    )  # P(y) may round to above 1


@gradient_of(ctc)
def _ctc_gradient(y_true, y_pred):
    labels, log_p = _sequences(y_true, y_pred)
    return np.exp(log_p) - np.array([occupied for _, occupied in map(_alignment, labels, log_p)])


def _alignment(labels, log_p):
    """Return log P(y), and P(π_t = k | y) in the shape (T, K)."""
    states = np.zeros(2 * np.count_nonzero(labels) + 1, dtype=int)  # blank, label, blank, label, …, blank
    states[1::2] = labels[labels != 0]
    emitted = log_p[:, states]
    forward = _ways(emitted, states)
    backward = _ways(emitted[::-1, ::-1], states[::-1])[::-1, ::-1]
    total = np.logaddexp.reduce(forward[-1, -2:])
    occupied = np.exp(forward + backward - emitted - total)
    by_class = np.zeros_like(log_p)
    np.add.at(by_class.T, states, occupied.T)
    return total, by_class


def _ways(emitted, states):
    """Return the log-probability of all paths that start in one of the first
    two states, by step and last state."""
    ways = np.full(emitted.shape, -np.inf)
    ways[0, :2] = emitted[0, :2]
    leap = np.where(states[2:] != states[:-2], 0.0, -np.inf)  # over a blank, between different labels
    for t in range(1, len(emitted)):
        ways[t] = ways[t - 1]
        ways[t, 1:] = np.logaddexp(ways[t, 1:], ways[t - 1, :-1])
        ways[t, 2:] = np.logaddexp(ways[t, 2:], ways[t - 1, :-2] + leap)
        ways[t] += emitted[t]
    return ways


def _sequences(y_true, y_pred):
    y_true, y_pred = real_array("y_true", y_true, may_be_empty=True), floats("y_pred", y_pred)
    if y_true.ndim != 2 or y_pred.ndim != 3 or len(y_true) != len(y_pred):
        raise ValueError(
            f"y_true has shape {y_true.shape}, y_pred has shape {y_pred.shape}, and they must have "
            "(n, L) and (n, T, K)."
        )
    y_true = _class_numbers(y_true, y_pred.shape[2])
    label = y_true != 0
    require(label[:, :-1] >= label[:, 1:], "y_true", "a label after a zero", "labels, then zeros")
    needed = label.sum(axis=1) + (label[:, 1:] & (y_true[:, 1:] == y_true[:, :-1])).sum(axis=1)
    steps = y_pred.shape[1]
    fitting = f"labels for at most {steps} steps, repeats counted twice"
    require(needed <= steps, "y_true", f"labels that need {needed.max()}", fitting)
    return y_true, _log_softmax(y_pred, axis=-1)
