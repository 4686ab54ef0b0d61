"""Update weights by rules newer than Adam, with signs, trust ratios,
matrices, averages or a rate of their own."""

from __future__ import annotations

import math
from collections import namedtuple
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._checks import (
    BelowOne,
    Count,
    NotNegative,
    NotPositive,
    Number,
    Positive,
    PositiveShare,
    Rate,
    checked,
    require,
)
from ._common import Rule, floating
from .adaptive import Adam, AdamState
from .around import decay_weights

__all__ = [
    "SOAP",
    "AdEMAMix",
    "Adafactor",
    "Lamb",
    "Lion",
    "Muon",
    "Prodigy",
    "ScheduleFreeAdamW",
    "newton_schulz",
]

LionState = namedtuple("LionState", "t m")


@dataclass(frozen=True)
class Lion(Rule):
    r"""Move every weight by the same distance η, in the direction of the sign
    of the momentum.

    $$\theta_t = \theta_{t-1} - \eta\, \operatorname{sign}\bigl(\beta_1 m_{t-1}
    + (1 - \beta_1)\, g_t\bigr) \qquad
    m_t = \beta_2 m_{t-1} + (1 - \beta_2)\, g_t$$

    β₁ and β₂ are `beta_1` and `beta_2`, both at least 0 and below 1, or
    `ValueError`. A weight whose momentum is 0 does not move.

    >>> rule = Lion(learning_rate=0.1)
    >>> state = rule.init([1.0, 1.0, 1.0])
    >>> w, state = rule.update([1.0, 1.0, 1.0], [0.01, -100.0, 0.0], state)
    >>> w
    array([0.9, 1.1, 1. ])

    Source: Chen et al. (2023); `keras.optimizers.Lion`.
    """

    learning_rate: Rate = 0.001
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.99

    State = LionState

    def _start(self, w):
        return LionState(0, np.zeros_like(w))

    def _update(self, w, g, state):
        direction = np.sign(self.beta_1 * state.m + (1 - self.beta_1) * g)
        m = self.beta_2 * state.m + (1 - self.beta_2) * g
        return w - self._rate(state) * direction, LionState(state.t + 1, m)


LambState = namedtuple("LambState", "t m v")


@dataclass(frozen=True)
class Lamb(Rule):
    r"""Rescale Adam's step to the norm of the variable, so that each layer
    moves by a share η of its norm.

    $$u_t = \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon} \qquad
    \theta_t = \theta_{t-1} - \eta\,
    \frac{\lVert\theta_{t-1}\rVert}{\lVert u_t\rVert}\, u_t$$

    $\hat m$ and $\hat v$ are Adam's. If one of the norms is 0, the ratio of the
    norms is set to 1. In the paper and in optax, weight decay is part of u and
    so of its norm. In Keras it is a separate step (`decay_weights`). Raises
    `ValueError` unless `beta_1` and `beta_2` are at least 0 and below 1.

    >>> rule = Lamb(learning_rate=0.1)
    >>> w, state = rule.update([3.0, 4.0], [0.01, 100.0], rule.init([3.0, 4.0]))
    >>> w.round(4)
    array([2.6464, 3.6464])

    Source: You et al. (2020); `keras.optimizers.Lamb`.
    """

    learning_rate: Rate = 0.001
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: NotNegative = 1e-7

    State = LambState

    def _start(self, w):
        return LambState(0, np.zeros_like(w), np.zeros_like(w))

    def _update(self, w, g, state):
        t = state.t + 1
        m = self.beta_1 * state.m + (1 - self.beta_1) * g
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        m_hat = m / (1 - self.beta_1**t)
        v_hat = v / (1 - self.beta_2**t)
        u = m_hat / (np.sqrt(v_hat) + self.epsilon)
        w_norm, u_norm = np.linalg.norm(w), np.linalg.norm(u)
        ratio = w_norm / u_norm if w_norm > 0 and u_norm > 0 else 1.0
        return w - self._rate(state) * ratio * u, LambState(t, m, v)


AdafactorState = namedtuple("AdafactorState", "t v r c")


@dataclass(frozen=True)
class Adafactor(Rule):
    r"""Divide by a root mean square that is stored as one row and one column,
    with steps relative to the weights.

    $$\alpha_t =
    \max\bigl(\varepsilon_2, \operatorname{rms}(\theta_{t-1})\bigr)\,
    \min\bigl(\eta, 1/\sqrt t\bigr)
    \qquad \hat\beta_t = 1 - t^{\,d}$$

    $$r_t = \hat\beta_t r_{t-1} + (1 - \hat\beta_t)
    \operatorname{mean}_{\text{columns}}(g_t^2 + \varepsilon_1)$$

    $$c_t = \hat\beta_t c_{t-1} + (1 - \hat\beta_t)
    \operatorname{mean}_{\text{rows}}(g_t^2 + \varepsilon_1)$$

    $$v_t = \frac{r_t\, c_t^\top}{\operatorname{mean}(r_t)} \qquad
    u_t = \frac{g_t}{\sqrt{v_t}} \qquad
    \theta_t = \theta_{t-1} - \alpha_t\,
    \frac{u_t}{\max\bigl(1,\ \operatorname{rms}(u_t) / \tau\bigr)}$$

    d is `beta_2_decay` (0 or less), and τ is `clip_threshold` (positive), or
    `ValueError`. For a vector the rule keeps the whole of v, with the same
    $\hat\beta_t$. An array with more than two axes is a stack of matrices along
    the last two. `relative_step=False` uses η without the limit 1/√t, whereas
    Keras keeps the limit in both cases.

    >>> rule = Adafactor(learning_rate=0.1)
    >>> state = rule.init([[3.0, 4.0]])
    >>> w, state = rule.update([[3.0, 4.0]], [[1.0, -1.0]], state)
    >>> w.round(4)
    array([[2.6464, 4.3536]])

    Source: Shazeer and Stern (2018); `keras.optimizers.Adafactor`.
    """

    learning_rate: Rate = 0.001
    beta_2_decay: NotPositive = -0.8
    epsilon_1: NotNegative = 1e-30
    epsilon_2: NotNegative = 1e-3
    clip_threshold: Positive = 1.0
    relative_step: bool = True

    State = AdafactorState

    def _start(self, w):
        v = np.zeros_like(w)
        return AdafactorState(0, v, *((v[..., 0], v[..., 0, :]) if v.ndim > 1 else (None, None)))

    def _update(self, w, g, state):
        t, eta = state.t + 1, self._rate(state)
        rho = min(eta, 1 / math.sqrt(t)) if self.relative_step else eta
        alpha = max(self.epsilon_2, _rms(w)) * rho
        beta = 1 - t**self.beta_2_decay
        squares = g**2 + self.epsilon_1
        if w.ndim < 2:
            r = c = None
            v = beta * state.v + (1 - beta) * squares
        else:
            r = beta * state.r + (1 - beta) * squares.mean(axis=-1)
            c = beta * state.c + (1 - beta) * squares.mean(axis=-2)
            v = (r / r.mean(axis=-1, keepdims=True))[..., :, None] * c[..., None, :]
        u = g / np.sqrt(v)
        u_hat = u / max(1.0, _rms(u) / self.clip_threshold)
        return w - alpha * u_hat, AdafactorState(t, v, r, c)


MuonState = namedtuple("MuonState", "t m")


@dataclass(frozen=True)
class Muon(Rule):
    r"""Orthogonalise the momentum of each matrix, so that it moves about
    equally far in every direction.

    $$m_t = \beta\, m_{t-1} + g_t \qquad
    O_t = \operatorname{newton\_schulz}(g_t + \beta\, m_t)$$

    $$\theta_t = \theta_{t-1}
    - \eta\, \rho \sqrt{\max(\text{rows}, \text{columns})}\; O_t$$

    `newton_schulz` brings all singular values near 1. β is `momentum`. The
    factor with ρ, which is `rms_rate`, makes a step about as long as Adam's,
    and `rms_rate=None` leaves it out. Without `nesterov`, $O_t$ is computed
    from $m_t$. The weights decay first, as in `AdamW`. An array that is not a
    matrix gets AdamW's step, with the arguments that begin with `adam_`. Use
    `AdamW` for embeddings and for the last layer too, as Keras's
    `exclude_embeddings` and `exclude_layers` do. Raises `ValueError` if an
    argument is outside its range.

    >>> rule = Muon(learning_rate=0.1, weight_decay=0.0)
    >>> g, state = np.diag([5.0, 0.5]), rule.init(np.eye(2))
    >>> w, state = rule.update(np.eye(2), g, state)
    >>> w.round(3)
    array([[0.98, 0.  ],
           [0.  , 0.98]])

    Source: Jordan et al. (2024), Liu et al. (2025) for ρ;
    `keras.optimizers.Muon`.
    """

    learning_rate: Rate = 0.001
    adam_beta_1: BelowOne = 0.9
    adam_beta_2: BelowOne = 0.999
    adam_weight_decay: NotNegative = 0.004
    epsilon: NotNegative = 1e-7
    weight_decay: NotNegative = 0.004
    muon_a: Number = 3.4445
    muon_b: Number = -4.7750
    muon_c: Number = 2.0315
    adam_lr_ratio: NotNegative = 1
    momentum: BelowOne = 0.95
    ns_steps: Count = 5
    nesterov: bool = True
    rms_rate: NotNegative | None = 0.2

    State = (MuonState, AdamState)

    def _start(self, w):
        return MuonState(0, np.zeros_like(w)) if w.ndim == 2 else self._adam.init(w)

    @cached_property
    def _adam(self):
        """The rule for an array that is not a matrix, before its decay."""
        eta, ratio = self.learning_rate, self.adam_lr_ratio
        adam_eta = (lambda t: ratio * eta(t)) if callable(eta) else ratio * eta
        return Adam(adam_eta, self.adam_beta_1, self.adam_beta_2, self.epsilon)

    def _update(self, w, g, state):
        eta = self._rate(state)
        if w.ndim != 2:
            return self._adam.update(decay_weights(w, eta, self.adam_weight_decay), g, state)
        require(isinstance(state, MuonState), "state", "Adam's state", "made by Muon.init(w) for a matrix")
        w = decay_weights(w, eta, self.weight_decay)
        m = self.momentum * state.m + g
        ahead = g + self.momentum * m if self.nesterov else m
        step = newton_schulz(ahead, self.ns_steps, (self.muon_a, self.muon_b, self.muon_c))
        scale = 1.0 if self.rms_rate is None else self.rms_rate * math.sqrt(max(w.shape))
        return w - eta * scale * step, MuonState(state.t + 1, m)


@checked
def newton_schulz(x, steps: Count = 5, coefficients=(3.4445, -4.7750, 2.0315)):
    r"""Bring all singular values of a matrix near 1 using only matrix products,
    without a decomposition.

    $$X_0 = X / \lVert X \rVert_F \qquad A = X_k X_k^\top \qquad
    X_{k+1} = a X_k + (b A + c A^2) X_k$$

    `coefficients` are a, b and c. Each step maps every singular value s to $a s
    + b s^3 + c s^5$. The default coefficients enlarge small values quickly but
    do not converge: five steps bring values between 0.005 and 1 to between 0.68
    and 1.16. The result has the shape of x. Raises `ValueError` if x is not a
    matrix.

    >>> newton_schulz(np.array([[5.0, 0.0], [0.0, 0.5]])).round(3)
    array([[0.702, 0.   ],
           [0.   , 0.709]])

    Source: Jordan et al. (2024).
    """
    x = floating("x", x)
    if x.ndim != 2:
        raise ValueError(f"x must be a matrix, but got an array of shape {x.shape}.")
    if x.shape[0] > x.shape[1]:
        return newton_schulz(x.T, steps, coefficients).T  # use the smaller one of X Xᵀ and Xᵀ X
    a, b, c = coefficients
    x = x / (np.linalg.norm(x) + 1e-7)
    for _ in range(steps):
        A = x @ x.T
        x = a * x + (b * A + c * A @ A) @ x
    return x


SOAPState = namedtuple("SOAPState", "t m v L R Q_L Q_R")


@dataclass(frozen=True)
class SOAP(Rule):
    r"""Run Adam along the axes in which the gradients of a matrix are least
    correlated, instead of along its weights.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \qquad
    v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, \bigl(Q_L^\top g_t\, Q_R\bigr)^2$$

    $$\theta_t = \theta_{t-1} - \eta\; Q_L\,
    \frac{Q_L^\top \hat m_t\, Q_R}{\sqrt{\hat v_t} + \varepsilon}\, Q_R^\top$$

    $$L_t = \beta_2 L_{t-1} + (1 - \beta_2)\, g_t\, g_t^\top \qquad
    R_t = \beta_2 R_{t-1} + (1 - \beta_2)\, g_t^\top g_t$$

    $Q_L$ and $Q_R$ hold the eigenvectors of L and R. They are computed from the
    first gradient, whose update moves nothing. After that, every
    `precondition_frequency` updates, one step of power iteration and a QR
    decomposition follow L and R. An axis longer than `max_precond_dim` is not
    rotated. If neither is, and for an array that is not a matrix, the rule is
    Adam. The paper's Algorithm 3 leaves out the start, the bias correction and
    the order of the eigenvectors. All three are here as in its authors' code,
    and so is ε, which is added before the correction, as in Keras's Adam. In
    that code a vector also waits for an update, and each axis of a larger
    array has its own Q. Raises `ValueError` if an argument is out of range.

    >>> rule, w = SOAP(learning_rate=0.1), np.zeros((2, 1))
    >>> state, turn = rule.init(w), np.array([[0.8, -0.6], [0.6, 0.8]])
    >>> for along, across in ((1.0, 0.0), (1.0, 0.001)):  # of a turned axis
    ...     w, state = rule.update(w, turn @ [[along], [across]], state)
    >>> (turn.T @ w).round(3)  # one step of Adam, along and across
    array([[-0.1],
           [-0.1]])

    Source: Vyas et al. (2025).
    """

    learning_rate: Rate = 0.003
    beta_1: BelowOne = 0.95
    beta_2: BelowOne = 0.95
    epsilon: NotNegative = 1e-8
    precondition_frequency: Count = 10
    max_precond_dim: Count = 10000

    State = (SOAPState, AdamState)

    def _rotated(self, w):
        """Return for both axes of a matrix whether the rule rotates it, and for
        another array nothing."""
        return [n <= self.max_precond_dim for n in w.shape] if w.ndim == 2 else []

    @cached_property
    def _adam(self):
        """The rule for an array that has no axis to rotate."""
        return Adam(self.learning_rate, self.beta_1, self.beta_2, self.epsilon)

    def _start(self, w):
        if not any(self._rotated(w)):
            return self._adam.init(w)
        axes = list(zip(w.shape, self._rotated(w), strict=True))
        L, R = (np.zeros((n, n), w.dtype) if rotated else None for n, rotated in axes)
        Q_L, Q_R = (np.eye(n, dtype=w.dtype) if rotated else None for n, rotated in axes)
        return SOAPState(0, np.zeros_like(w), np.zeros_like(w), L, R, Q_L, Q_R)

    def _update(self, w, g, state):
        t, eta = state.t, self._rate(state)  # one behind the updates, because the first only finds the axes
        if not any(self._rotated(w)):
            return self._adam.update(w, g, state)
        require(isinstance(state, SOAPState), "state", "Adam's state", "made by SOAP.init(w) for a matrix")
        _, m, v, L, R, Q_L, Q_R = state
        if t == 0:
            w = w.copy()
        else:
            m = self.beta_1 * m + (1 - self.beta_1) * g
            v = self.beta_2 * v + (1 - self.beta_2) * _turn(g, Q_L, Q_R) ** 2
            correction = math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
            step = correction * _turn(m, Q_L, Q_R) / (np.sqrt(v) + self.epsilon)
            w = w - eta * _turn(step, *(None if Q is None else Q.T for Q in (Q_L, Q_R)))
        L = None if L is None else self.beta_2 * L + (1 - self.beta_2) * g @ g.T
        R = None if R is None else self.beta_2 * R + (1 - self.beta_2) * g.T @ g
        if t % self.precondition_frequency == 0:
            (Q_L, rows), (Q_R, columns) = (_eigenvectors(*it, first=t == 0) for it in ((L, Q_L), (R, Q_R)))
            v = v[rows][:, columns]
        return w, SOAPState(t + 1, m, v, L, R, Q_L, Q_R)


def _turn(x, Q_L, Q_R):
    """Return Q_L^T x Q_R. None leaves an axis as it is."""
    x = x if Q_L is None else Q_L.T @ x
    return x if Q_R is None else x @ Q_R


def _eigenvectors(P, Q, first):
    """Return the eigenvectors of P, largest first, exactly or one step nearer
    than Q, and the new order of Q's."""
    if P is None:
        return None, slice(None)
    if first:
        return np.linalg.eigh(P)[1][:, ::-1], slice(None)
    ahead = P @ Q
    order = np.argsort(-np.sum(Q * ahead, axis=0))
    return np.linalg.qr(ahead[:, order])[0], order


ScheduleFreeState = namedtuple("ScheduleFreeState", "t z v")


@dataclass(frozen=True)
class ScheduleFreeAdamW(Rule):
    r"""Average the weights instead of lowering the learning rate, so that
    training needs no planned end.

    $$v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \qquad
    z_t = z_{t-1} - \eta\,
    \frac{g_t}{\sqrt{v_t / (1 - \beta_2^t)} + \varepsilon}$$

    $$x_t = \Bigl(1 - \frac1t\Bigr) x_{t-1} + \frac1t z_t \qquad
    \theta_t = (1 - \beta_1)\, z_t + \beta_1 x_t$$

    z takes the steps of Adam without momentum, x is the mean of all z, and the
    gradient is taken at θ, which lies between the two. Use the model with
    `average(w, state)`, which returns x. η rises linearly over the first
    `warmup_steps` steps. On TensorFlow, Keras 3.15 computes `beta_1=1`
    regardless of its `beta_1`, because it reads z after z has moved, so its
    weights are x itself. Raises `ValueError` unless `beta_1` is above 0 and at
    most 1.

    >>> rule = ScheduleFreeAdamW(learning_rate=0.1)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w, state = rule.update(w, [5.0], state)
    >>> w.round(4), rule.average(w, state).round(4), state.z.round(4)
    (array([0.845]), array([0.85]), array([0.8]))

    Source: Defazio et al. (2024); `keras.optimizers.ScheduleFreeAdamW`.
    """

    learning_rate: Rate = 0.0025
    beta_1: PositiveShare = 0.9
    beta_2: BelowOne = 0.999
    epsilon: NotNegative = 1e-8
    warmup_steps: NotNegative = 0

    State = ScheduleFreeState

    def _start(self, w):
        return ScheduleFreeState(0, w.copy(), np.zeros_like(w))

    def average(self, w, state):
        """Return x, the mean of all z, in the shape of `w`, which must be that
        of the state."""
        w = floating("w", w)
        require(w.shape == state.z.shape, "w", f"shape {w.shape}", f"of the state's shape {state.z.shape}")
        return (w - (1 - self.beta_1) * state.z) / self.beta_1

    def _update(self, w, g, state):
        t, eta = state.t + 1, self._rate(state)
        if t < self.warmup_steps:
            eta = eta * t / self.warmup_steps
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        v_hat = v / (1 - self.beta_2**t)
        z = state.z - eta * g / (np.sqrt(v_hat) + self.epsilon)
        x = (1 - 1 / t) * self.average(w, state) + z / t
        return (1 - self.beta_1) * z + self.beta_1 * x, ScheduleFreeState(t, z, v)


AdEMAMixState = namedtuple("AdEMAMixState", "t m_1 m_2 v")


@dataclass(frozen=True)
class AdEMAMix(Rule):
    r"""Add a second, much slower average of the gradients to Adam's momentum.

    $$m_{1,t} = \beta_1 m_{1,t-1} + (1 - \beta_1)\, g_t \qquad
    m_{2,t} = \beta_3 m_{2,t-1} + (1 - \beta_3)\, g_t$$

    $$v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \qquad
    \theta_t = \theta_{t-1} - \eta\,
    \frac{m_{1,t} / (1 - \beta_1^t) + \alpha\, m_{2,t}}
    {\sqrt{v_t / (1 - \beta_2^t)} + \varepsilon}$$

    `alpha` is 0 or more, and the three β are at least 0 and below 1, or
    `ValueError`. The slow average has no bias correction, so it starts at 0 and
    fills within about 1/(1 − β₃) updates. If the gradient stays the same, steps
    end 1 + α times as long as Adam's. During the first `warmup_steps` updates α
    rises in proportion to t, and the number of updates that β₃ remembers rises
    linearly from that of β₁ to its own, as −1/ln β. For decoupled weight decay
    call `decay_weights`.

    >>> rule, w = AdEMAMix(learning_rate=0.1, beta_3=0.5, alpha=2.0), 0.0
    >>> state, path = rule.init(w), []
    >>> for _ in range(4):
    ...     w, state = rule.update(w, 1.0, state)
    ...     path.append(w)
    >>> -np.diff(path, prepend=0.0).round(4)  # 0.1 times 1 + 2 m₂
    array([0.2   , 0.25  , 0.275 , 0.2875])

    Source: Pagliardini, Ablin and Grangier (2025).
    """

    learning_rate: Rate = 0.001
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    beta_3: BelowOne = 0.9999
    alpha: NotNegative = 5.0
    epsilon: NotNegative = 1e-8
    warmup_steps: NotNegative = 0

    State = AdEMAMixState

    def _start(self, w):
        return AdEMAMixState(0, np.zeros_like(w), np.zeros_like(w), np.zeros_like(w))

    def _update(self, w, g, state):
        t = state.t + 1
        alpha, beta_3 = self.alpha, self.beta_3
        if t < self.warmup_steps:
            share = t / self.warmup_steps
            alpha *= share
            remembered = (1 - share) * _remembered(self.beta_1) + share * _remembered(beta_3)
            beta_3 = math.exp(-1 / remembered) if remembered > 0 else 0.0
        m_1 = self.beta_1 * state.m_1 + (1 - self.beta_1) * g
        m_2 = beta_3 * state.m_2 + (1 - beta_3) * g
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        m_hat = m_1 / (1 - self.beta_1**t)
        v_hat = v / (1 - self.beta_2**t)
        step = (m_hat + alpha * m_2) / (np.sqrt(v_hat) + self.epsilon)
        return w - self._rate(state) * step, AdEMAMixState(t, m_1, m_2, v)


def _remembered(beta):
    """Return the number of updates after which a mean with the factor β has
    kept the share 1/e."""
    return -1 / math.log(beta) if beta > 0 else 0.0


ProdigyState = namedtuple("ProdigyState", "t m v s w_0 r d")


@dataclass(frozen=True)
class Prodigy(Rule):
    r"""Estimate how far away the solution is during training, and use this
    distance as Adam's learning rate.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, d_{t-1}\, g_t \qquad
    v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, d_{t-1}^2\, g_t^2$$

    $$r_t = \beta_3 r_{t-1} + (1 - \beta_3)\, \eta\, d_{t-1}^2
    \langle g_t,\ \theta_0 - \theta_{t-1} \rangle \qquad
    s_t = \beta_3 s_{t-1} + (1 - \beta_3)\, \eta\, d_{t-1}^2\, g_t$$

    $$\theta_t = \theta_{t-1} - \eta\, d_{t-1}\,
    \frac{m_t}{\sqrt{v_t} + d_{t-1}\, \varepsilon} \qquad
    d_t = \max\Bigl(d_{t-1},\ \frac{r_t}{\lVert s_t \rVert_1}\Bigr)$$

    d starts at `d0`, which is positive and should be much too small, and never
    falls. β₃ is √β₂, and η is meant to be a schedule with the highest value 1.
    Libraries compute one d for the whole model. A rule here has one for each
    variable, unless you join all weights in one vector. The paper has no bias
    correction. optax multiplies η by $\sqrt{1 - \beta_2^t} / (1 - \beta_1^t)$,
    which a schedule can do here. For decoupled weight decay call
    `decay_weights` with η d. Raises `ValueError` if an argument is outside its
    range.

    >>> rule, w = Prodigy(), np.array([300.0, -400.0])
    >>> state = rule.init(w)
    >>> for _ in range(200):
    ...     w, state = rule.update(w, np.sign(w), state)  # minimise Σ|w|
    >>> state.d > 100, bool(np.abs(w).max() < 100)
    (True, True)

    Source: Mishchenko and Defazio (2024).
    """

    learning_rate: Rate = 1.0
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: NotNegative = 1e-8
    d0: Positive = 1e-6

    State = ProdigyState

    def _start(self, w):
        return ProdigyState(0, *(np.zeros_like(w) for _ in range(3)), w.copy(), 0.0, self.d0)

    def _update(self, w, g, state):
        d, eta, beta_3 = state.d, self._rate(state), math.sqrt(self.beta_2)
        m = self.beta_1 * state.m + (1 - self.beta_1) * d * g
        v = self.beta_2 * state.v + (1 - self.beta_2) * (d * g) ** 2
        ahead = float(np.sum(g * (state.w_0 - w)))
        r = beta_3 * state.r + (1 - beta_3) * eta * d**2 * ahead
        s = beta_3 * state.s + (1 - beta_3) * eta * d**2 * g
        length = float(np.abs(s).sum())
        d_new = max(d, r / length) if length > 0 else d
        return w - eta * d * m / (np.sqrt(v) + d * self.epsilon), ProdigyState(
            state.t + 1, m, v, s, state.w_0, r, d_new
        )


def _rms(x):
    return np.sqrt(np.mean(x**2))
