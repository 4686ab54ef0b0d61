r"""Update rules in NumPy: what an optimizer does to one array of weights, as its paper prints it.

A rule is a frozen dataclass of hyperparameters, under Keras's names and with Keras's defaults. It changes nothing
in place: weights `w`, their gradient `g` and a state go in, new weights and a new state come out.

    rule = Adam(learning_rate=0.01)
    state = rule.init(w)
    w, state = rule.update(w, g, state)

* `w` and `g` have one and the same shape, any shape. The floating type of `w` is kept: float32 stays float32.
* A state is a named tuple: `t`, the number of updates made, then what the rule remembers, by the paper's letters.
* `learning_rate` is a number, or a schedule: a function of the number of updates made, 0 at the first.
* `update` raises `ValueError` when `w`, `g` and the state differ in shape, when they are empty, and when `g` has a
  NaN or an infinity in it; so does making a rule with a hyperparameter out of its range.

In the formulas θ are the weights, η is the learning rate and t is 1 at the first update.

A model with several variables has one state for each. Clipping goes before the update, the decay of weights too,
the moving average after it; they are functions, and work with every rule:

>>> weights = {"kernel": np.array([[3.0, 4.0]]), "bias": np.array([1.0])}
>>> gradients = {"kernel": np.array([[30.0, 40.0]]), "bias": np.array([0.0])}
>>> rule = SGD(learning_rate=0.1)
>>> states = {name: rule.init(w) for name, w in weights.items()}
>>> gradients = clip_by_global_norm(gradients, 5.0)
>>> weights = decay_weights(weights, learning_rate=0.1, weight_decay=0.5, exclude=["bias"])
>>> for name, w in weights.items():
...     weights[name], states[name] = rule.update(w, gradients[name], states[name])
>>> weights
{'kernel': array([[2.55, 3.4 ]]), 'bias': array([1.])}

Where libraries differ under one name, Keras's way is the default, and one argument gives the other:
`rate_in_velocity` (SGD), `epsilon_in_root` (Adagrad, RMSprop), `epsilon_hat` (Adam, AdamW),
`decay_times_rate` (AdamW), `momentum_decay` (Nadam), `relative_step` (Adafactor) and, as in Keras,
`initial_accumulator_value` (Adagrad).
"""

import math
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Rate = float | Callable[[int], float]

# What is allowed, how that is said, and for which arguments; all others are finite and not negative.
# A name with a rule before it is for that rule alone.
RANGES = [
    (lambda x: 0 <= x < 1, "at least 0 and below 1", "beta_1 beta_2 adam_beta_1 adam_beta_2 rho momentum"),
    (lambda x: 0 <= x <= 1, "from 0 to 1", "ema_momentum"),
    (lambda x: 0 < x <= 1, "above 0 and at most 1", "ScheduleFreeAdamW.beta_1"),
    (
        lambda x: 0 < x < math.inf,
        "finite and positive",
        "clip_threshold clipvalue clipnorm global_clipnorm Ftrl.learning_rate",
    ),
    (lambda x: x >= 0, "not negative", "momentum_decay"),
    (lambda x: -math.inf < x <= 0, "finite and not positive", "learning_rate_power beta_2_decay"),
    (lambda x: -math.inf < x < math.inf, "finite", "muon_a muon_b muon_c"),
    (lambda x: x >= 1 and x % 1 == 0, "a whole number, 1 or more", "ns_steps"),
    (lambda x: x is None or 0 <= x < math.inf, "None, or finite and not negative", "rms_rate"),
]
ALLOWED = {name: (test, words) for test, words, names in RANGES for name in names.split()}
NOT_NEGATIVE = (lambda x: 0 <= x < math.inf, "finite and not negative")


def _check(name, value, rule=None):
    """Refuse an argument that is out of its range, naming it, what came and what is allowed."""
    test, words = ALLOWED.get(f"{type(rule).__name__}.{name}") or ALLOWED.get(name) or NOT_NEGATIVE
    try:
        fine = test(value)
    except TypeError:  # no number at all
        fine = False
    if not fine:
        raise ValueError(f"{name} must be {words}, and {value!r} came.")


def _check_rule(rule):
    """Check a rule's hyperparameters when it is made."""
    for name, value in vars(rule).items():
        if isinstance(value, np.generic):  # a NumPy float64 would turn float32 weights into float64
            object.__setattr__(rule, name, value := value.item())
        if not (name == "learning_rate" and callable(value)):
            _check(name, value, rule)


def _rate(rule, state):
    """Return the learning rate of the update that comes next."""
    if not callable(rule.learning_rate):
        return rule.learning_rate
    eta = float(rule.learning_rate(state.t))
    _check("learning_rate", eta, rule)
    return eta


def _array(w, name="w"):
    """Return an array of floating type; refuse an empty one."""
    w = np.asarray(w)
    if w.size == 0:
        raise ValueError(f"{name} is empty (shape {w.shape}), and must have at least one number.")
    return w if w.dtype.kind == "f" else w.astype(float)


def _gradient(g, dtype=None):
    """Return a gradient as an array; refuse NaN and infinity, which would spoil every later step."""
    g = _array(g, "g") if dtype is None else np.asarray(g, dtype)
    if not np.isfinite(g).all():
        raise ValueError(f"g must be finite everywhere, and {g[~np.isfinite(g)].flat[0]} came.")
    return g


def _pair(w, g, remembered):
    """Return weights and gradient as arrays; refuse different shapes before NumPy can broadcast them silently."""
    w = _array(w)
    g = _gradient(g, w.dtype)
    if not w.shape == g.shape == remembered.shape:
        raise ValueError(
            f"w has shape {w.shape}, g has shape {g.shape}, the state was made for shape {remembered.shape}, "
            "and all must be equal."
        )
    return w, g


def _zeros(w):
    return np.zeros_like(_array(w))


def _rms(x):
    return np.sqrt(np.mean(x**2))


SGDState = namedtuple("SGDState", "t m")


@dataclass(frozen=True)
class SGD:
    r"""Gradient descent; with `momentum`, steps that remember the steps before.

    $$m_t = \beta\, m_{t-1} - \eta\, g_t \qquad \theta_t = \theta_{t-1} + m_t$$

    β is `momentum`. With `nesterov`, θ moves by $\beta\, m_t - \eta\, g_t$ instead. Keras keeps the learning rate
    inside the velocity m, so that a step already under way keeps its old rate. `rate_in_velocity=False` takes it
    out, as PyTorch and optax do: $m_t = \beta\, m_{t-1} - g_t$ and $\theta_t = \theta_{t-1} + \eta\, m_t$. With
    a constant rate both are the same.

    >>> rule = SGD(learning_rate=0.1, momentum=0.9)
    >>> w, state = rule.update([1.0], [2.0], rule.init([1.0]))
    >>> w, state
    (array([0.8]), SGDState(t=1, m=array([-0.2])))

    Source: Polyak (1964), Nesterov (1983), Sutskever et al. (2013); `keras.optimizers.SGD`.
    """

    learning_rate: Rate = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    rate_in_velocity: bool = True

    __post_init__ = _check_rule

    def init(self, w):
        return SGDState(0, _zeros(w))

    def update(self, w, g, state):
        w, g = _pair(w, g, state.m)
        eta = _rate(self, state)
        inside, outside = (eta, 1.0) if self.rate_in_velocity else (1.0, eta)
        m = self.momentum * state.m - inside * g
        step = self.momentum * m - inside * g if self.nesterov else m
        return w + outside * step, SGDState(state.t + 1, m)


AdagradState = namedtuple("AdagradState", "t v")


@dataclass(frozen=True)
class Adagrad:
    r"""Each weight has its own rate, which falls as its squared gradients add up.

    $$v_t = v_{t-1} + g_t^2 \qquad \theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{v_t + \varepsilon}}$$

    v starts at `initial_accumulator_value`: 0.1 in Keras and optax, 0 in the paper and in PyTorch.
    `epsilon_in_root=False` puts ε outside the root, $\sqrt{v_t} + \varepsilon$, as PyTorch does.

    >>> rule = Adagrad(learning_rate=0.1, initial_accumulator_value=0.0)
    >>> w, state = rule.update([1.0, 1.0], [0.01, 100.0], rule.init([1.0, 1.0]))
    >>> w.round(3)
    array([0.9, 0.9])

    Source: Duchi, Hazan and Singer (2011); `keras.optimizers.Adagrad`.
    """

    learning_rate: Rate = 0.001
    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7
    epsilon_in_root: bool = True

    __post_init__ = _check_rule

    def init(self, w):
        return AdagradState(0, _zeros(w) + self.initial_accumulator_value)

    def update(self, w, g, state):
        w, g = _pair(w, g, state.v)
        v = state.v + g**2
        root = np.sqrt(v + self.epsilon) if self.epsilon_in_root else np.sqrt(v) + self.epsilon
        return w - _rate(self, state) * g / root, AdagradState(state.t + 1, v)


AdadeltaState = namedtuple("AdadeltaState", "t v d")


@dataclass(frozen=True)
class Adadelta:
    r"""Steps as long as the steps before, by a running mean of their squares: a rate is hardly needed.

    $$v_t = \rho\, v_{t-1} + (1 - \rho)\, g_t^2 \qquad
    \Delta_t = \frac{\sqrt{d_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}}\, g_t$$

    $$d_t = \rho\, d_{t-1} + (1 - \rho)\, \Delta_t^2 \qquad \theta_t = \theta_{t-1} - \eta\, \Delta_t$$

    The paper has no learning rate, which is η = 1; Keras's default of 0.001 makes it a thousand times slower.

    >>> rule = Adadelta(learning_rate=1.0)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w.round(5)
    array([0.99859])

    Source: Zeiler (2012); `keras.optimizers.Adadelta`.
    """

    learning_rate: Rate = 0.001
    rho: float = 0.95
    epsilon: float = 1e-7

    __post_init__ = _check_rule

    def init(self, w):
        return AdadeltaState(0, _zeros(w), _zeros(w))

    def update(self, w, g, state):
        w, g = _pair(w, g, state.v)
        v = self.rho * state.v + (1 - self.rho) * g**2
        delta = np.sqrt(state.d + self.epsilon) / np.sqrt(v + self.epsilon) * g
        d = self.rho * state.d + (1 - self.rho) * delta**2
        return w - _rate(self, state) * delta, AdadeltaState(state.t + 1, v, d)


RMSpropState = namedtuple("RMSpropState", "t v m g_mean")


@dataclass(frozen=True)
class RMSprop:
    r"""Divide the gradient by the root of a running mean of its square.

    $$v_t = \rho\, v_{t-1} + (1 - \rho)\, g_t^2 \qquad
    m_t = \beta\, m_{t-1} + \eta\, \frac{g_t}{\sqrt{v_t + \varepsilon}} \qquad \theta_t = \theta_{t-1} - m_t$$

    β is `momentum`. With `centered`, the variance $v_t - \bar g_t^2$ stands in the place of $v_t$, with
    $\bar g_t = \rho\, \bar g_{t-1} + (1 - \rho)\, g_t$. Nothing corrects the start at 0: the first step is
    η/√(1 − ρ) long, 3.16 η. `epsilon_in_root=False` puts ε outside the root, $\sqrt{v_t} + \varepsilon$, as PyTorch
    does.

    >>> rule = RMSprop(learning_rate=0.1)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w.round(4)
    array([0.6838])

    Source: Hinton (2012), Graves (2013) for the centered form; `keras.optimizers.RMSprop`.
    """

    learning_rate: Rate = 0.001
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False
    epsilon_in_root: bool = True

    __post_init__ = _check_rule

    def init(self, w):
        return RMSpropState(0, _zeros(w), _zeros(w), _zeros(w))

    def update(self, w, g, state):
        w, g = _pair(w, g, state.v)
        v = self.rho * state.v + (1 - self.rho) * g**2
        g_mean = self.rho * state.g_mean + (1 - self.rho) * g
        # Rounding can leave a constant gradient with a variance below zero; in Keras that ends in NaN.
        v_used = np.maximum(v - g_mean**2, 0) if self.centered else v
        root = np.sqrt(v_used + self.epsilon) if self.epsilon_in_root else np.sqrt(v_used) + self.epsilon
        m = self.momentum * state.m + _rate(self, state) * g / root
        return w - m, RMSpropState(state.t + 1, v, m, g_mean)


AdamState = namedtuple("AdamState", "t m v v_max")


@dataclass(frozen=True)
class Adam:
    r"""Momentum, divided by the root of a running mean of squares, both corrected for their start at 0.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2$$

    $$\hat m_t = \frac{m_t}{1 - \beta_1^t} \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t} \qquad
    \theta_t = \theta_{t-1} - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}$$

    Keras, as the paper in its Section 2, adds ε̂ to $\sqrt{v_t}$ before the correction, which makes
    $\varepsilon = \hat\varepsilon / \sqrt{1 - \beta_2^t}$: 32 times `epsilon` at the first step. `epsilon_hat=False`
    takes `epsilon` as it is, as Algorithm 1 (with 1e-8), PyTorch and optax do. With `amsgrad`, the largest $v_t$ so
    far stands in the place of $v_t$.

    >>> rule = Adam(learning_rate=0.1)
    >>> w, state = rule.update([1.0, 1.0], [0.01, 100.0], rule.init([1.0, 1.0]))
    >>> w.round(4)
    array([0.9, 0.9])

    Source: Kingma and Ba (2015), Reddi, Kale and Kumar (2018) for AMSGrad; `keras.optimizers.Adam`.
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False
    epsilon_hat: bool = True

    __post_init__ = _check_rule

    def init(self, w):
        return AdamState(0, _zeros(w), _zeros(w), _zeros(w) if self.amsgrad else None)

    def update(self, w, g, state):
        w, g = _pair(w, g, state.m)
        t = state.t + 1
        m = self.beta_1 * state.m + (1 - self.beta_1) * g
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        v_max = np.maximum(state.v_max, v) if self.amsgrad else None
        m_hat = m / (1 - self.beta_1**t)
        v_hat = (v_max if self.amsgrad else v) / (1 - self.beta_2**t)
        epsilon = self.epsilon / math.sqrt(1 - self.beta_2**t) if self.epsilon_hat else self.epsilon
        return w - _rate(self, state) * m_hat / (np.sqrt(v_hat) + epsilon), AdamState(t, m, v, v_max)


@dataclass(frozen=True)
class AdamW:
    r"""Adam, after the weights have shrunk by a share of themselves.

    $$\theta' = \theta_{t-1} - \eta\, \lambda\, \theta_{t-1} \qquad \theta_t = \text{Adam's step from } \theta'$$

    λ is `weight_decay`. The decay does not pass through Adam's division, as the gradient of an L2 penalty would.
    Keras, PyTorch and optax multiply λ by the learning rate; `decay_times_rate=False` does not, as the paper.
    For variables that must not decay, biases say, take `Adam`.

    >>> rule = AdamW(learning_rate=0.1, weight_decay=0.1)
    >>> w, state = rule.update([1.0], [0.0], rule.init([1.0]))
    >>> w
    array([0.99])

    Source: Loshchilov and Hutter (2019); `keras.optimizers.AdamW`.
    """

    learning_rate: Rate = 0.001
    weight_decay: float = 0.004
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False
    epsilon_hat: bool = True
    decay_times_rate: bool = True

    __post_init__ = _check_rule
    init = Adam.init

    def update(self, w, g, state):
        eta = _rate(self, state) if self.decay_times_rate else 1.0
        return Adam.update(self, decay_weights(w, eta, self.weight_decay), g, state)


AdamaxState = namedtuple("AdamaxState", "t m u")


@dataclass(frozen=True)
class Adamax:
    r"""Adam with the largest recent gradient in the place of the root of the mean square.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \qquad u_t = \max(\beta_2 u_{t-1},\ |g_t|) \qquad
    \theta_t = \theta_{t-1} - \frac{\eta}{1 - \beta_1^t}\, \frac{m_t}{u_t + \varepsilon}$$

    >>> rule = Adamax(learning_rate=0.1)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w.round(4)
    array([0.9])

    Source: Kingma and Ba (2015), Section 7.1; `keras.optimizers.Adamax`.
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    __post_init__ = _check_rule

    def init(self, w):
        return AdamaxState(0, _zeros(w), _zeros(w))

    def update(self, w, g, state):
        w, g = _pair(w, g, state.m)
        t = state.t + 1
        m = self.beta_1 * state.m + (1 - self.beta_1) * g
        u = np.maximum(self.beta_2 * state.u, np.abs(g))
        m_hat = m / (1 - self.beta_1**t)
        return w - _rate(self, state) * m_hat / (u + self.epsilon), AdamaxState(t, m, u)


NadamState = namedtuple("NadamState", "t m v mu_product")


@dataclass(frozen=True)
class Nadam:
    r"""Adam that looks a step ahead, as Nesterov's momentum does, with a momentum μ that warms up.

    $$\mu_t = \beta_1 \bigl(1 - \tfrac12\, 0.96^{\,t \psi}\bigr) \qquad
    m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2$$

    $$\hat m_t = \frac{\mu_{t+1}\, m_t}{1 - \mu_1 \cdots \mu_{t+1}} + \frac{(1 - \mu_t)\, g_t}{1 - \mu_1 \cdots \mu_t}
    \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t} \qquad
    \theta_t = \theta_{t-1} - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}$$

    ψ is `momentum_decay`, and three libraries differ by it: 1 in Keras, 0.004 in PyTorch, and `math.inf`, which is
    μ = β₁ throughout, in optax.

    >>> rule = Nadam(learning_rate=0.1)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w.round(4)
    array([0.8937])

    Source: Dozat (2016); `keras.optimizers.Nadam`.
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    momentum_decay: float = 1.0

    __post_init__ = _check_rule

    def init(self, w):
        return NadamState(0, _zeros(w), _zeros(w), 1.0)

    def update(self, w, g, state):
        w, g = _pair(w, g, state.m)
        t = state.t + 1
        mu, mu_next = (self.beta_1 * (1 - 0.5 * 0.96 ** (s * self.momentum_decay)) for s in (t, t + 1))
        mu_product = state.mu_product * mu
        m = self.beta_1 * state.m + (1 - self.beta_1) * g
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        m_hat = mu_next * m / (1 - mu_product * mu_next) + (1 - mu) * g / (1 - mu_product)
        v_hat = v / (1 - self.beta_2**t)
        step = _rate(self, state) * m_hat / (np.sqrt(v_hat) + self.epsilon)
        return w - step, NadamState(t, m, v, mu_product)


FtrlState = namedtuple("FtrlState", "t n z")


@dataclass(frozen=True)
class Ftrl:
    r"""Follow the regularized leader: weights recomputed from all past gradients, exactly 0 where those are weak.

    $$n_t = n_{t-1} + g_t^2 \qquad \sigma_t = \frac{n_t^{-p} - n_{t-1}^{-p}}{\eta} \qquad
    z_t = z_{t-1} + g_t + 2 \lambda_s \theta_{t-1} - \sigma_t \theta_{t-1}$$

    $$\theta_t = \frac{\operatorname{clip}(z_t, -\lambda_1, \lambda_1) - z_t}{(\beta + n_t^{-p}) / \eta + 2 \lambda_2}$$

    p is `learning_rate_power`, λ₁, λ₂ and λₛ are the three strengths (L1, L2, L2 shrinkage), and n starts at
    `initial_accumulator_value`. Because z starts at 0, the weights it starts from are soon forgotten; with n at 0 too
    they are kept, and without penalties the rule is Adagrad. The learning rate must be above 0.

    >>> rule = Ftrl(learning_rate=0.1, l1_regularization_strength=1.0)
    >>> w, state = rule.update([0.0, 0.0], [0.5, 2.0], rule.init([0.0, 0.0]))
    >>> w.round(4)
    array([ 0.    , -0.0494])

    Source: McMahan et al. (2013); `keras.optimizers.Ftrl`.
    """

    learning_rate: Rate = 0.001
    learning_rate_power: float = -0.5
    initial_accumulator_value: float = 0.1
    l1_regularization_strength: float = 0.0
    l2_regularization_strength: float = 0.0
    l2_shrinkage_regularization_strength: float = 0.0
    beta: float = 0.0

    __post_init__ = _check_rule

    def init(self, w):
        return FtrlState(0, _zeros(w) + self.initial_accumulator_value, _zeros(w))

    def update(self, w, g, state):
        w, g = _pair(w, g, state.z)
        eta, p = _rate(self, state), self.learning_rate_power
        l1, l2 = self.l1_regularization_strength, self.l2_regularization_strength
        n = state.n + g**2
        sigma = (n**-p - state.n**-p) / eta
        z = state.z + g + 2 * self.l2_shrinkage_regularization_strength * w - sigma * w
        w = (np.clip(z, -l1, l1) - z) / ((self.beta + n**-p) / eta + 2 * l2)
        return w, FtrlState(state.t + 1, n, z)


LionState = namedtuple("LionState", "t m")


@dataclass(frozen=True)
class Lion:
    r"""A step of the same length for every weight: only the sign of the momentum counts.

    $$\theta_t = \theta_{t-1} - \eta\, \operatorname{sign}\bigl(\beta_1 m_{t-1} + (1 - \beta_1)\, g_t\bigr) \qquad
    m_t = \beta_2 m_{t-1} + (1 - \beta_2)\, g_t$$

    >>> rule = Lion(learning_rate=0.1)
    >>> w, state = rule.update([1.0, 1.0, 1.0], [0.01, -100.0, 0.0], rule.init([1.0, 1.0, 1.0]))
    >>> w
    array([0.9, 1.1, 1. ])

    Source: Chen et al. (2023); `keras.optimizers.Lion`.
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.99

    __post_init__ = _check_rule

    def init(self, w):
        return LionState(0, _zeros(w))

    def update(self, w, g, state):
        w, g = _pair(w, g, state.m)
        direction = np.sign(self.beta_1 * state.m + (1 - self.beta_1) * g)
        m = self.beta_2 * state.m + (1 - self.beta_2) * g
        return w - _rate(self, state) * direction, LionState(state.t + 1, m)


LambState = namedtuple("LambState", "t m v")


@dataclass(frozen=True)
class Lamb:
    r"""Adam's direction, as long as the variable itself: a layer moves by a share η of its norm.

    $$u_t = \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon} \qquad
    \theta_t = \theta_{t-1} - \eta\, \frac{\lVert\theta_{t-1}\rVert}{\lVert u_t\rVert}\, u_t$$

    $\hat m$ and $\hat v$ are Adam's. Where one of the norms is 0, the ratio is 1. In the paper and in optax a decay of
    weights is part of u and so of the norm; in Keras it is a step of its own (`decay_weights`).

    >>> rule = Lamb(learning_rate=0.1)
    >>> w, state = rule.update([3.0, 4.0], [0.01, 100.0], rule.init([3.0, 4.0]))
    >>> w.round(4)
    array([2.6464, 3.6464])

    Source: You et al. (2020); `keras.optimizers.Lamb`.
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    __post_init__ = _check_rule

    def init(self, w):
        return LambState(0, _zeros(w), _zeros(w))

    def update(self, w, g, state):
        w, g = _pair(w, g, state.m)
        t = state.t + 1
        m = self.beta_1 * state.m + (1 - self.beta_1) * g
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        m_hat = m / (1 - self.beta_1**t)
        v_hat = v / (1 - self.beta_2**t)
        u = m_hat / (np.sqrt(v_hat) + self.epsilon)
        w_norm, u_norm = np.linalg.norm(w), np.linalg.norm(u)
        ratio = w_norm / u_norm if w_norm > 0 and u_norm > 0 else 1.0
        return w - _rate(self, state) * ratio * u, LambState(t, m, v)


AdafactorState = namedtuple("AdafactorState", "t v r c")


@dataclass(frozen=True)
class Adafactor:
    r"""Adam's division with a row and a column of memory for a whole matrix, and steps relative to the weights.

    $$\alpha_t = \max\bigl(\varepsilon_2, \operatorname{rms}(\theta_{t-1})\bigr)\, \min\bigl(\eta, 1/\sqrt t\bigr)
    \qquad \hat\beta_t = 1 - t^{\,d}$$

    $$r_t = \hat\beta_t r_{t-1} + (1 - \hat\beta_t) \operatorname{mean}_{\text{columns}}(g_t^2 + \varepsilon_1)$$

    $$c_t = \hat\beta_t c_{t-1} + (1 - \hat\beta_t) \operatorname{mean}_{\text{rows}}(g_t^2 + \varepsilon_1)$$

    $$v_t = \frac{r_t\, c_t^{\mathsf T}}{\operatorname{mean}(r_t)} \qquad
    u_t = \frac{g_t}{\sqrt{v_t}} \qquad
    \theta_t = \theta_{t-1} - \alpha_t\, \frac{u_t}{\max\bigl(1,\ \operatorname{rms}(u_t) / \tau\bigr)}$$

    d is `beta_2_decay`, τ is `clip_threshold`. A vector keeps the whole of v, with $\hat\beta_t$ as above; more than
    two axes are matrices along the last two. `relative_step=False` takes η as it is, without the cap 1/√t. (Keras
    keeps the cap either way.)

    >>> rule = Adafactor(learning_rate=0.1)
    >>> w, state = rule.update([[3.0, 4.0]], [[1.0, -1.0]], rule.init([[3.0, 4.0]]))
    >>> w.round(4)
    array([[2.6464, 4.3536]])

    Source: Shazeer and Stern (2018); `keras.optimizers.Adafactor`.
    """

    learning_rate: Rate = 0.001
    beta_2_decay: float = -0.8
    epsilon_1: float = 1e-30
    epsilon_2: float = 1e-3
    clip_threshold: float = 1.0
    relative_step: bool = True

    __post_init__ = _check_rule

    def init(self, w):
        v = _zeros(w)
        return AdafactorState(0, v, *((v[..., 0], v[..., 0, :]) if v.ndim > 1 else (None, None)))

    def update(self, w, g, state):
        w, g = _pair(w, g, state.v)
        t, eta = state.t + 1, _rate(self, state)
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
class Muon:
    r"""Momentum for matrices, with all its singular values brought near 1: every direction moves alike.

    $$m_t = \beta\, m_{t-1} + g_t \qquad O_t = \operatorname{newton\_schulz}(g_t + \beta\, m_t)$$

    $$\theta_t = \theta_{t-1} - \eta\, \rho \sqrt{\max(\text{rows}, \text{columns})}\; O_t$$

    β is `momentum` and ρ `rms_rate`, which makes a step about as long as Adam's (`None`: no such factor); without
    `nesterov`, $O_t$ is made from $m_t$ alone. Weights decay first, as in `AdamW`. An array that is no matrix gets
    AdamW's step, with the arguments that begin with `adam_`. Give embeddings and the last layer `AdamW` too.

    >>> rule = Muon(learning_rate=0.1, weight_decay=0.0)
    >>> w, state = rule.update(np.eye(2), [[5.0, 0.0], [0.0, 0.5]], rule.init(np.eye(2)))
    >>> w.round(3)
    array([[0.98, 0.  ],
           [0.  , 0.98]])

    Source: Jordan et al. (2024), Liu et al. (2025) for ρ; `keras.optimizers.Muon`.
    """

    learning_rate: Rate = 0.001
    adam_beta_1: float = 0.9
    adam_beta_2: float = 0.999
    adam_weight_decay: float = 0.004
    epsilon: float = 1e-7
    weight_decay: float = 0.004
    muon_a: float = 3.4445
    muon_b: float = -4.7750
    muon_c: float = 2.0315
    adam_lr_ratio: float = 1
    momentum: float = 0.95
    ns_steps: int = 5
    nesterov: bool = True
    rms_rate: float | None = 0.2

    __post_init__ = _check_rule

    def init(self, w):
        return MuonState(0, _zeros(w)) if np.ndim(w) == 2 else Adam().init(w)

    def update(self, w, g, state):
        w, g = _pair(w, g, state.m)
        eta = _rate(self, state)
        if w.ndim != 2:
            adam = Adam(eta * self.adam_lr_ratio, self.adam_beta_1, self.adam_beta_2, self.epsilon)
            return adam.update(decay_weights(w, eta, self.adam_weight_decay), g, state)
        w = decay_weights(w, eta, self.weight_decay)
        m = self.momentum * state.m + g
        ahead = g + self.momentum * m if self.nesterov else m
        step = newton_schulz(ahead, self.ns_steps, (self.muon_a, self.muon_b, self.muon_c))
        scale = 1.0 if self.rms_rate is None else self.rms_rate * math.sqrt(max(w.shape))
        return w - eta * scale * step, MuonState(state.t + 1, m)


def newton_schulz(x, steps=5, coefficients=(3.4445, -4.7750, 2.0315)):
    r"""Bring all singular values of a matrix near 1 with products alone, no decomposition.

    $$X_0 = X / \lVert X \rVert_F \qquad A = X_k X_k^{\mathsf T} \qquad X_{k+1} = a X_k + (b A + c A^2) X_k$$

    Each step maps every singular value s to $a s + b s^3 + c s^5$. These coefficients lift small ones fast and never
    settle: after five steps what was between 0.005 and 1 lies between 0.68 and 1.16. Raises `ValueError` when x is
    no matrix.

    >>> newton_schulz(np.array([[5.0, 0.0], [0.0, 0.5]])).round(3)
    array([[0.702, 0.   ],
           [0.   , 0.709]])

    Source: Jordan et al. (2024).
    """
    x = _array(x, "x")
    if x.ndim != 2:
        raise ValueError(f"x must be a matrix, and an array of shape {x.shape} came.")
    if x.shape[0] > x.shape[1]:
        return newton_schulz(x.T, steps, coefficients).T  # of X Xᵀ and Xᵀ X the smaller one
    a, b, c = coefficients
    x = x / (np.linalg.norm(x) + 1e-7)
    for _ in range(steps):
        A = x @ x.T
        x = a * x + (b * A + c * A @ A) @ x
    return x


ScheduleFreeState = namedtuple("ScheduleFreeState", "t z v")


@dataclass(frozen=True)
class ScheduleFreeAdamW:
    r"""Adam's division, with averaging in the place of a falling rate: no need to know when training ends.

    $$v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \qquad
    z_t = z_{t-1} - \eta\, \frac{g_t}{\sqrt{v_t / (1 - \beta_2^t)} + \varepsilon}$$

    $$x_t = \Bigl(1 - \frac1t\Bigr) x_{t-1} + \frac1t z_t \qquad \theta_t = (1 - \beta_1)\, z_t + \beta_1 x_t$$

    z walks, x is the mean of its places, and the gradient is taken between the two, at θ. Use the model with
    `average(w, state)`, which is x. η rises linearly over the first `warmup_steps` steps. On TensorFlow, Keras 3.15
    computes `beta_1=1` whatever its `beta_1` is, since it reads z after z has moved; its weights are then x itself.

    >>> rule = ScheduleFreeAdamW(learning_rate=0.1)
    >>> w, state = rule.update([1.0], [5.0], rule.init([1.0]))
    >>> w, state = rule.update(w, [5.0], state)
    >>> w.round(4), rule.average(w, state).round(4), state.z.round(4)
    (array([0.845]), array([0.85]), array([0.8]))

    Source: Defazio et al. (2024); `keras.optimizers.ScheduleFreeAdamW`.
    """

    learning_rate: Rate = 0.0025
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    warmup_steps: int = 0

    __post_init__ = _check_rule

    def init(self, w):
        return ScheduleFreeState(0, np.array(_array(w)), _zeros(w))

    def average(self, w, state):
        return (w - (1 - self.beta_1) * state.z) / self.beta_1

    def update(self, w, g, state):
        w, g = _pair(w, g, state.z)
        t, eta = state.t + 1, _rate(self, state)
        if t < self.warmup_steps:
            eta = eta * t / self.warmup_steps
        v = self.beta_2 * state.v + (1 - self.beta_2) * g**2
        v_hat = v / (1 - self.beta_2**t)
        z = state.z - eta * g / (np.sqrt(v_hat) + self.epsilon)
        x = (1 - 1 / t) * self.average(w, state) + z / t
        return (1 - self.beta_1) * z + self.beta_1 * x, ScheduleFreeState(t, z, v)


def clip_by_value(g, clipvalue):
    """Cut every component of a gradient off at ± `clipvalue`: the direction changes.

    Raises `ValueError` when `clipvalue` is not positive or `g` is not finite.

    >>> clip_by_value([3.0, -4.0, 0.5], 1.0)
    array([ 1. , -1. ,  0.5])

    Source: `keras.optimizers.Optimizer`, argument `clipvalue`.
    """
    _check("clipvalue", clipvalue)
    return np.clip(_gradient(g), -float(clipvalue), float(clipvalue))


def clip_by_norm(g, clipnorm):
    r"""Shorten a gradient to the length `clipnorm` where it is longer.

    $$g \cdot \frac{c}{\max(\lVert g \rVert, c)}$$

    Keras does this to each variable by itself: over the whole model the direction changes. Raises `ValueError` when
    `clipnorm` is not positive or `g` is not finite.

    >>> clip_by_norm([3.0, -4.0], 1.0)
    array([ 0.6, -0.8])

    Source: Pascanu, Mikolov and Bengio (2013); `keras.optimizers.Optimizer`, argument `clipnorm`.
    """
    _check("clipnorm", clipnorm)
    g = _gradient(g)
    return g * float(clipnorm / max(np.linalg.norm(g), clipnorm))


def clip_by_global_norm(gradients, global_clipnorm):
    r"""Shorten all gradients of a model by one factor where together they are longer than `global_clipnorm`.

    `gradients` is a dictionary of named arrays, and so is the result. The direction stays. Raises `ValueError` when
    `global_clipnorm` is not positive, or when a gradient is not finite.

    >>> clip_by_global_norm({"kernel": [3.0, 0.0], "bias": [4.0]}, 1.0)
    {'kernel': array([0.6, 0. ]), 'bias': array([0.8])}

    Source: Pascanu, Mikolov and Bengio (2013); `keras.optimizers.Optimizer`, argument `global_clipnorm`.
    """
    _check("global_clipnorm", global_clipnorm)
    gradients = {name: _gradient(g) for name, g in gradients.items()}
    norm = math.hypot(*(np.linalg.norm(g) for g in gradients.values()))
    return {name: g * float(global_clipnorm / max(norm, global_clipnorm)) for name, g in gradients.items()}


def decay_weights(w, learning_rate, weight_decay, exclude=()):
    r"""Shrink weights by a share of themselves, before the update, whatever the rule.

    $$\theta - \eta\, \lambda\, \theta$$

    λ is `weight_decay`. `w` is an array, or a dictionary of named arrays, of which those stay as they are whose name
    contains one of `exclude`. With a schedule, η is `schedule(state.t)`; with η = 1 the decay does not depend on the
    learning rate. Raises `ValueError` when η or λ is negative.

    >>> decay_weights({"kernel": np.array([2.0]), "bias": np.array([2.0])}, 0.1, 0.5, exclude=["bias"])
    {'kernel': array([1.9]), 'bias': array([2.])}

    Source: Loshchilov and Hutter (2019); `keras.optimizers.Optimizer`, argument `weight_decay`.
    """
    if isinstance(w, dict):
        return {
            name: v
            if any(part in name for part in exclude)
            else decay_weights(v, learning_rate, weight_decay)
            for name, v in w.items()
        }
    _check("learning_rate", learning_rate)
    _check("weight_decay", weight_decay)
    w = _array(w)
    return w - float(learning_rate * weight_decay) * w


def average_weights(average, w, ema_momentum=0.99):
    r"""Return the moving average of weights, after the update; `None` stands for no average yet.

    $$\bar\theta_t = \mu\, \bar\theta_{t-1} + (1 - \mu)\, \theta_t \qquad \bar\theta_1 = \theta_1$$

    μ is `ema_momentum`. Raises `ValueError` when the shapes differ or μ is not from 0 to 1.

    >>> average_weights(average_weights(None, [1.0]), [2.0])
    array([1.01])

    Source: Polyak and Juditsky (1992); `keras.optimizers.Optimizer`, argument `use_ema`.
    """
    _check("ema_momentum", ema_momentum)
    w = _array(w)
    if average is None:
        return w.copy()
    average = np.asarray(average)
    if average.shape != w.shape:
        raise ValueError(f"average has shape {average.shape}, w has shape {w.shape}, and both must be equal.")
    return float(ema_momentum) * average + (1 - float(ema_momentum)) * w
