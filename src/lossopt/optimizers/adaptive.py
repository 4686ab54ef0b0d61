"""Give each weight its own learning rate: Adagrad and its successors, Adam
and its variants, and Ftrl.
"""

from __future__ import annotations

import math
from collections import namedtuple
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._checks import BelowOne, MaybeInfinite, NotNegative, NotPositive, PositiveRate, Rate
from ._common import Rule

__all__ = ["Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Nadam", "RMSprop"]

AdagradState = namedtuple("AdagradState", "t v")


@dataclass(frozen=True)
class Adagrad(Rule):
    r"""Give each weight its own learning rate, which falls as its squared
    gradients add up.

    $$v_t = v_{t-1} + g_t^2
    \qquad \theta_t = \theta_{t-1} - \eta\,
    \frac{g_t}{\sqrt{v_t + \varepsilon}}$$

    v starts at `initial_accumulator_value`, which is 0.1 in Keras and optax,
    and 0 in the paper and in PyTorch. `epsilon_in_root=False` puts ε outside
    the root, $\sqrt{v_t} + \varepsilon$, as PyTorch does. Raises `ValueError`
    if an argument is negative.

    >>> rule = Adagrad(learning_rate=0.1, initial_accumulator_value=0.0)
    >>> w, state = rule.update([1.0, 1.0], [0.01, 100.0], rule.init([1.0, 1.0]))
    >>> w.round(3)
    array([0.9, 0.9])

    Source: Duchi, Hazan and Singer (2011); `keras.optimizers.Adagrad`.
    """

    learning_rate: Rate = 0.001
    initial_accumulator_value: NotNegative = 0.1
    epsilon: NotNegative = 1e-7
    epsilon_in_root: bool = True

    State = AdagradState

    def _start(self, w):
        return AdagradState(0, np.zeros_like(w) + self.initial_accumulator_value)

    def _update(self, w, g, state):
        v = state.v + g**2
        root = np.sqrt(v + self.epsilon) if self.epsilon_in_root else np.sqrt(v) + self.epsilon
        return w - self._rate(state) * g / root, AdagradState(state.t + 1, v)


AdadeltaState = namedtuple("AdadeltaState", "t v d")


@dataclass(frozen=True)
class Adadelta(Rule):
    r"""Scale each step by the root mean square of earlier steps, so that the
    rule hardly needs a learning rate.

    $$v_t = \rho\, v_{t-1} + (1 - \rho)\, g_t^2
    \qquad \Delta_t =
    \frac{\sqrt{d_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}}\, g_t$$

    $$d_t = \rho\, d_{t-1} + (1 - \rho)\, \Delta_t^2
    \qquad \theta_t = \theta_{t-1} - \eta\, \Delta_t$$

    ρ is `rho`, at least 0 and below 1, or `ValueError`. The paper has no
    learning rate, which corresponds to η = 1. Keras's default of 0.001 makes
    every step a thousand times shorter.

    >>> rule = Adadelta(learning_rate=1.0)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w.round(5)
    array([0.99859])

    Source: Zeiler (2012); `keras.optimizers.Adadelta`.
    """

    learning_rate: Rate = 0.001
    rho: BelowOne = 0.95
    epsilon: NotNegative = 1e-7

    State = AdadeltaState

    def _start(self, w):
        return AdadeltaState(0, np.zeros_like(w), np.zeros_like(w))

    def _update(self, w, g, state):
        v = self.rho * state.v + (1 - self.rho) * g**2
        delta = np.sqrt(state.d + self.epsilon) / np.sqrt(v + self.epsilon) * g
        d = self.rho * state.d + (1 - self.rho) * delta**2
        return w - self._rate(state) * delta, AdadeltaState(state.t + 1, v, d)


RMSpropState = namedtuple("RMSpropState", "t v m g_mean")


@dataclass(frozen=True)
class RMSprop(Rule):
    r"""Divide the gradient by the root of a running mean of its square.

    $$v_t = \rho\, v_{t-1} + (1 - \rho)\, g_t^2
    \qquad m_t = \beta\, m_{t-1} + \eta\, \frac{g_t}{\sqrt{v_t + \varepsilon}}
    \qquad \theta_t = \theta_{t-1} - m_t$$

    ρ is `rho` and β is `momentum`, both at least 0 and below 1, or
    `ValueError`. `centered` replaces $v_t$ by the variance $v_t - \bar g_t^2$,
    where $\bar g_t = \rho\, \bar g_{t-1} + (1 - \rho)\, g_t$. Because nothing
    corrects the start of v at 0, the first step has the length η/√(1 − ρ),
    which is 3.16 η for ρ = 0.9. `epsilon_in_root=False` puts ε outside the
    root, $\sqrt{v_t} + \varepsilon$, as PyTorch does.

    >>> rule = RMSprop(learning_rate=0.1)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w.round(4)
    array([0.6838])

    Source: Hinton (2012), Graves (2013) for the centered form;
    `keras.optimizers.RMSprop`.
    """

    learning_rate: Rate = 0.001
    rho: BelowOne = 0.9
    momentum: BelowOne = 0.0
    epsilon: NotNegative = 1e-7
    centered: bool = False
    epsilon_in_root: bool = True

    State = RMSpropState

    def _start(self, w):
        return RMSpropState(0, np.zeros_like(w), np.zeros_like(w), np.zeros_like(w))

    def _update(self, w, g, state):
        v = self.rho * state.v + (1 - self.rho) * g**2
        g_mean = self.rho * state.g_mean + (1 - self.rho) * g
        # Rounding can make the variance of a constant gradient negative, which ends in NaN in Keras.
        v_used = np.maximum(v - g_mean**2, 0) if self.centered else v
        root = np.sqrt(v_used + self.epsilon) if self.epsilon_in_root else np.sqrt(v_used) + self.epsilon
        m = self.momentum * state.m + self._rate(state) * g / root
        return w - m, RMSpropState(state.t + 1, v, m, g_mean)


AdamState = namedtuple("AdamState", "t m v v_max")


@dataclass(frozen=True)
class Adam(Rule):
    r"""Divide the momentum by the root of a running mean of squared gradients,
    both corrected for their start at 0.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t
    \qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2$$

    $$\hat m_t = \frac{m_t}{1 - \beta_1^t}
    \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}
    \qquad \theta_t = \theta_{t-1} - \eta\,
    \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}$$

    β₁ and β₂ are `beta_1` and `beta_2`, both at least 0 and below 1, or
    `ValueError`. Keras, like Section 2 of the paper, adds `epsilon` to
    $\sqrt{v_t}$ before the correction, so that ε = `epsilon`
    $/ \sqrt{1 - \beta_2^t}$. At the first step that is 32 times `epsilon`. With
    `epsilon_before_correction=False`, ε is `epsilon` itself, as in Algorithm 1,
    PyTorch and optax (all three with 1e-8). `amsgrad` replaces $v_t$ by the
    largest $v_t$ so far.

    >>> rule = Adam(learning_rate=0.1)
    >>> w, state = rule.update([1.0, 1.0], [0.01, 100.0], rule.init([1.0, 1.0]))
    >>> w.round(4)
    array([0.9, 0.9])

    Source: Kingma and Ba (2015), Reddi, Kale and Kumar (2018) for AMSGrad;
    `keras.optimizers.Adam`.
    """

    learning_rate: Rate = 0.001
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: NotNegative = 1e-7
    amsgrad: bool = False
    epsilon_before_correction: bool = True

    State = AdamState

    def _start(self, w):
        return AdamState(0, np.zeros_like(w), np.zeros_like(w), np.zeros_like(w) if self.amsgrad else None)

    def _update(self, w, g, state):
        t = state.t + 1
        if self.amsgrad and state.v_max is None:
            raise ValueError("state was made without amsgrad, but this rule has it: make it with init(w).")
        m = self.beta_1 * state.m + (1 - self.beta_1) * g
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        v_max = np.maximum(state.v_max, v) if self.amsgrad else None
        # Both corrections are numbers, so they need no arrays m̂ and v̂: the efficient order of the paper's Section 2.
        root = math.sqrt(1 - self.beta_2**t)
        rate = self._rate(state) * root / (1 - self.beta_1**t)
        epsilon = self.epsilon if self.epsilon_before_correction else self.epsilon * root
        return w - rate * m / (np.sqrt(v_max if self.amsgrad else v) + epsilon), AdamState(t, m, v, v_max)


@dataclass(frozen=True)
class AdamW(Rule):
    r"""Shrink the weights by a share of themselves, and then take Adam's step.

    $$\theta' = \theta_{t-1} - \eta\, \lambda\, \theta_{t-1}
    \qquad \theta_t = \text{Adam's step from } \theta'$$

    λ is `weight_decay`, 0 or more, or `ValueError`. Adam does not divide the
    decay, but it would divide the gradient of an L2 penalty. Keras, PyTorch and
    optax multiply λ by the learning rate. `decay_times_rate=False` does not,
    like the paper. For variables that must not decay, such as biases, use
    `Adam`.

    >>> rule = AdamW(learning_rate=0.1, weight_decay=0.1)
    >>> w, state = rule.update([1.0], [0.0], rule.init([1.0]))
    >>> w
    array([0.99])

    Source: Loshchilov and Hutter (2019); `keras.optimizers.AdamW`.
    """

    learning_rate: Rate = 0.001
    weight_decay: NotNegative = 0.004
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: NotNegative = 1e-7
    amsgrad: bool = False
    epsilon_before_correction: bool = True
    decay_times_rate: bool = True

    State = AdamState

    @cached_property
    def _adam(self):
        """The rule without the decay."""
        return Adam(
            self.learning_rate,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            self.amsgrad,
            self.epsilon_before_correction,
        )

    def _start(self, w):
        return self._adam.init(w)

    def _update(self, w, g, state):
        eta = self._rate(state) if self.decay_times_rate else 1.0
        return self._adam._update(w - eta * self.weight_decay * w, g, state)


AdamaxState = namedtuple("AdamaxState", "t m u")


@dataclass(frozen=True)
class Adamax(Rule):
    r"""Divide Adam's momentum by the largest recent gradient instead of the
    root of the mean square.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t
    \qquad u_t = \max(\beta_2 u_{t-1},\ |g_t|)
    \qquad \theta_t = \theta_{t-1} - \frac{\eta}{1 - \beta_1^t}\,
    \frac{m_t}{u_t + \varepsilon}$$

    β₁ and β₂ are `beta_1` and `beta_2`, both at least 0 and below 1, or
    `ValueError`. After a large gradient, u shrinks only by the factor β₂ per
    update. With β₂ = 0.999 it is half as large after 693 updates.

    >>> rule = Adamax(learning_rate=0.1)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w.round(4)
    array([0.9])

    Source: Kingma and Ba (2015), Section 7.1; `keras.optimizers.Adamax`.
    """

    learning_rate: Rate = 0.001
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: NotNegative = 1e-7

    State = AdamaxState

    def _start(self, w):
        return AdamaxState(0, np.zeros_like(w), np.zeros_like(w))

    def _update(self, w, g, state):
        t = state.t + 1
        m = self.beta_1 * state.m + (1 - self.beta_1) * g
        u = np.maximum(self.beta_2 * state.u, np.abs(g))
        m_hat = m / (1 - self.beta_1**t)
        return w - self._rate(state) * m_hat / (u + self.epsilon), AdamaxState(t, m, u)


NadamState = namedtuple("NadamState", "t m v mu_product")


@dataclass(frozen=True)
class Nadam(Rule):
    r"""Look a step ahead in Adam, as Nesterov's momentum does, with a momentum
    μ that warms up.

    $$\mu_t = \beta_1 \bigl(1 - \tfrac12\, 0.96^{\,t \psi}\bigr)
    \qquad m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t
    \qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2$$

    $$\hat m_t = \frac{\mu_{t+1}\, m_t}{1 - \mu_1 \cdots \mu_{t+1}} +
    \frac{(1 - \mu_t)\, g_t}{1 - \mu_1 \cdots \mu_t}
    \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}
    \qquad \theta_t = \theta_{t-1} - \eta\,
    \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}$$

    ψ is `momentum_decay`, 0 or more, or `ValueError`. Three libraries differ in
    ψ, which is 1 in Keras and 0.004 in PyTorch. optax uses μ = β₁ throughout,
    which is ψ = `math.inf`.

    >>> rule = Nadam(learning_rate=0.1)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w.round(4)
    array([0.8937])

    Source: Dozat (2016); `keras.optimizers.Nadam`.
    """

    learning_rate: Rate = 0.001
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: NotNegative = 1e-7
    momentum_decay: MaybeInfinite = 1.0

    State = NadamState

    def _start(self, w):
        return NadamState(0, np.zeros_like(w), np.zeros_like(w), 1.0)

    def _update(self, w, g, state):
        t = state.t + 1
        mu, mu_next = (self.beta_1 * (1 - 0.5 * 0.96 ** (s * self.momentum_decay)) for s in (t, t + 1))
        mu_product = state.mu_product * mu
        m = self.beta_1 * state.m + (1 - self.beta_1) * g
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        m_hat = mu_next * m / (1 - mu_product * mu_next) + (1 - mu) * g / (1 - mu_product)
        v_hat = v / (1 - self.beta_2**t)
        step = self._rate(state) * m_hat / (np.sqrt(v_hat) + self.epsilon)
        return w - step, NadamState(t, m, v, mu_product)


FtrlState = namedtuple("FtrlState", "t n z")


@dataclass(frozen=True)
class Ftrl(Rule):
    r"""Compute the weights from all past gradients, so that L1 makes some
    exactly 0 (follow the regularized leader).

    $$n_t = n_{t-1} + g_t^2
    \qquad \sigma_t = \frac{n_t^{-p} - n_{t-1}^{-p}}{\eta}
    \qquad z_t = z_{t-1} + g_t + 2 \lambda_s \theta_{t-1} - \sigma_t
    \theta_{t-1}$$

    $$\theta_t = \frac{\operatorname{clip}(z_t, -\lambda_1, \lambda_1) - z_t}
    {(\beta + n_t^{-p}) / \eta + 2 \lambda_2}$$

    p is `learning_rate_power`, 0 or less. λ₁, λ₂ and λₛ are the three strengths
    (L1, L2, L2 shrinkage), 0 or more. n starts at `initial_accumulator_value`.
    Because z starts at 0, the rule soon forgets the initial weights. If n
    starts at 0 too, it keeps them, and without penalties it is Adagrad. Raises
    `ValueError` if an argument is outside its range or the learning rate is not
    above 0.

    >>> rule = Ftrl(learning_rate=0.1, l1_regularization_strength=1.0)
    >>> w, state = rule.update([0.0, 0.0], [0.5, 2.0], rule.init([0.0, 0.0]))
    >>> w.round(4)
    array([ 0.    , -0.0494])

    Source: McMahan et al. (2013); `keras.optimizers.Ftrl`.
    """

    learning_rate: PositiveRate = 0.001
    learning_rate_power: NotPositive = -0.5
    initial_accumulator_value: NotNegative = 0.1
    l1_regularization_strength: NotNegative = 0.0
    l2_regularization_strength: NotNegative = 0.0
    l2_shrinkage_regularization_strength: NotNegative = 0.0
    beta: NotNegative = 0.0

    State = FtrlState

    def _start(self, w):
        return FtrlState(0, np.zeros_like(w) + self.initial_accumulator_value, np.zeros_like(w))

    def _update(self, w, g, state):
        eta, p = self._rate(state), self.learning_rate_power
        l1, l2 = self.l1_regularization_strength, self.l2_regularization_strength
        n = state.n + g**2
        sigma = (n**-p - state.n**-p) / eta
        z = state.z + g + 2 * self.l2_shrinkage_regularization_strength * w - sigma * w
        below = (self.beta + n**-p) / eta + 2 * l2  # 0 as long as n is 0: then the weights stay
        w = np.where(below > 0, (np.clip(z, -l1, l1) - z) / np.where(below > 0, below, 1.0), w)
        return w, FtrlState(state.t + 1, n, z)
