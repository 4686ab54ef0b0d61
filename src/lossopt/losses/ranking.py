"""Compute losses for order: which of two answers is better, and how a
whole list should be ranked.
"""

from __future__ import annotations

import numpy as np

from .._checks import Positive, require
from ._common import _log_softmax, _pair, _sigmoid, _softplus, gradient_of, loss

__all__ = ["listwise_softmax", "pairwise_logistic"]


@loss
def pairwise_logistic(preferred, rejected, scale: Positive = 1.0):
    r"""Return the pairwise logistic loss, the negative log-probability that the
    preferred one of two wins.

    $$\ell = \log\bigl(1 + e^{-\beta\,(s - r)}\bigr)
    \qquad \frac{\partial \ell}{\partial (s, r)} =
    -\beta\,\sigma\bigl(-\beta\,(s - r)\bigr),\ \beta\,\sigma\bigl(-\beta\,(s -
    r)\bigr)$$

    s is the score of the preferred and r that of the rejected one, both of
    shape (n,), and σ is the sigmoid. In the model of Bradley and Terry σ(s − r)
    is the probability that s wins, so this is the binary cross-entropy of the
    difference. β is `scale`. DPO is the same loss, if each score is the
    log-probability of an answer under the model minus that under a frozen
    reference model, with β near 0.1. Only differences count, so a constant
    added to all scores changes nothing. The gradient is a pair. Range (0, ∞).
    Raises `ValueError` if the shapes differ or β is not positive.

    >>> pairwise_logistic([2, 0], [0, 2]).round(4)
    array([0.1269, 2.1269])

    Source: Bradley and Terry (1952), Burges and others (2005, RankNet),
    Rafailov and others (2023, DPO).
    """
    s, r = _pair(preferred, rejected, names=("preferred", "rejected"))
    return _softplus(-scale * (s - r))


@gradient_of(pairwise_logistic, "`preferred` and `rejected`, as a pair")
def _pairwise_logistic_gradient(preferred, rejected, scale):
    s, r = _pair(preferred, rejected, names=("preferred", "rejected"))
    slope = scale * _sigmoid(-scale * (s - r))
    return -slope, slope


@loss
def listwise_softmax(y_true, y_pred):
    r"""Return the listwise softmax loss (ListNet), the cross-entropy between
    two softmaxes over one list.

    $$\ell = -\sum_k t_k \log p_k, \qquad t = \operatorname{softmax}(y),
    \quad p = \operatorname{softmax}(\hat y)
    \qquad \frac{\partial \ell}{\partial \hat y} = p - t$$

    The K items of a list are on the last axis, so n lists in an array (n, K)
    give (n,). y holds relevances, such as 0 to 4, and ŷ scores. The lowest
    value is the entropy of t, not 0. Because t is a softmax, the items of a low
    relevance keep a share: with relevances 0 and 1 among 100 items, one
    relevant item gets a target of only 0.027, so multiply small relevances by a
    factor of your choice first. Range [0, ∞). Raises `ValueError` if the shapes
    differ or there is no axis of items.

    >>> listwise_softmax([[2, 0]], [[0, 0]]).round(4)
    array([0.6931])

    Source: Cao and others (2007); `optax.losses.ranking_softmax_loss` with
    softmax(y) as its labels.
    """
    t, log_p = _lists(y_true, y_pred)
    return -(t * log_p).sum(axis=-1)


@gradient_of(listwise_softmax)
def _listwise_softmax_gradient(y_true, y_pred):
    t, log_p = _lists(y_true, y_pred)
    return np.exp(log_p) - t


def _lists(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    require(
        y_true.ndim > 0, "y_true", "a single number", "an array with the items of a list on its last axis"
    )
    return np.exp(_log_softmax(y_true, -1)), _log_softmax(y_pred, -1)
