"""Update weights by gradient descent with momentum, with one learning rate
for all weights."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from .._checks import BelowOne, Rate
from ._common import Rule

__all__ = ["SGD"]

SGDState = namedtuple("SGDState", "t m")


@dataclass(frozen=True)
class SGD(Rule):
    r"""Move the weights against the gradient, with `momentum` also by a share
    of the step before.

    $$m_t = \beta\, m_{t-1} - \eta\, g_t \qquad \theta_t = \theta_{t-1} + m_t$$

    β is `momentum`, at least 0 and below 1, or `ValueError`. With `nesterov`, θ
    moves by $\beta\, m_t - \eta\, g_t$ instead. Keras keeps the learning rate
    inside the velocity m, so the gradients already in m keep their old rate.
    `rate_in_velocity=False` takes the rate out of m, as PyTorch and optax do,
    which gives $m_t = \beta\, m_{t-1} - g_t$ and
    $\theta_t = \theta_{t-1} + \eta\, m_t$. At a constant rate both are the
    same.

    >>> rule = SGD(learning_rate=0.1, momentum=0.9)
    >>> w, state = rule.update([1.0], [2.0], rule.init([1.0]))
    >>> w, state
    (array([0.8]), SGDState(t=1, m=array([-0.2])))

    Source: Polyak (1964), Nesterov (1983), Sutskever et al. (2013);
    `keras.optimizers.SGD`.
    """

    learning_rate: Rate = 0.01
    momentum: BelowOne = 0.0
    nesterov: bool = False
    rate_in_velocity: bool = True

    State = SGDState

    def _start(self, w):
        return SGDState(0, np.zeros_like(w))

    def _update(self, w, g, state):
        eta = self._rate(state)
        inside, outside = (eta, 1.0) if self.rate_in_velocity else (1.0, eta)
        m = self.momentum * state.m - inside * g
        step = self.momentum * m - inside * g if self.nesterov else m
        return w + outside * step, SGDState(state.t + 1, m)
