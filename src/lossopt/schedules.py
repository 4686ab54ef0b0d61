"""Learning rates that change while training runs: each schedule is a function of the step.

A schedule is made once and called with a step, counted from 0: a number gives a number. An array of steps gives
an array of rates, so that `plot(steps, schedule(steps))` draws it. Any rule in `lossopt.optimizers` takes one in
the place of its `learning_rate`.

Names, order and defaults are those of `keras.optimizers.schedules`, without its argument `name`. Making one
raises `ValueError` for an argument outside its range, calling one for a step that is negative or not finite.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .losses._common import _require


def _require_rate(**arguments):
    for name, value in arguments.items():
        _require(0 <= value < np.inf, name, value, "0 or more, and finite")


def _require_positive(**arguments):
    for name, value in arguments.items():
        _require(0 < value < np.inf, name, value, "positive and finite")


def _steps(step):
    """Return one step or many as a float array."""
    steps = np.asarray(step, dtype=float)
    _require((steps >= 0) & (steps < np.inf), "step", step, "0 or more, and finite")
    return steps


def _rates(rates):
    """Return one rate as a plain float: NumPy's would turn float32 weights into float64."""
    return rates if np.ndim(rates) else float(rates)


@dataclass(frozen=True)
class ExponentialDecay:
    r"""Multiplied by the same factor every so many steps.

    $$\eta_t = \eta_0\, r^{\,t / T}$$

    T is `decay_steps` (positive), r is `decay_rate` (positive; above 1 the rate grows, as a learning-rate range
    test wants it). With `staircase`, t/T is rounded down, so that the rate falls once every T steps.

    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)([0, 10, 20])
    array([0.1  , 0.05 , 0.025])

    Source: `keras.optimizers.schedules.ExponentialDecay`.
    """

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False

    def __post_init__(self):
        _require_rate(initial_learning_rate=self.initial_learning_rate)
        _require_positive(decay_steps=self.decay_steps, decay_rate=self.decay_rate)

    def __call__(self, step):
        p = _steps(step) / self.decay_steps
        p = np.floor(p) if self.staircase else p
        return _rates(self.initial_learning_rate * self.decay_rate**p)


@dataclass(frozen=True)
class PiecewiseConstantDecay:
    r"""Constant between boundaries, as when somebody lowers the rate by hand.

    $$\eta_t = v_i \quad\text{where}\quad b_{i-1} < t \le b_i$$

    `boundaries` b must increase, and `values` v are one more than they are. A boundary still has the value before
    it: with `boundaries=[100]` the new value begins at step 101.

    >>> PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])([0, 100, 101, 300])
    array([0.1  , 0.1  , 0.01 , 0.001])

    Source: `keras.optimizers.schedules.PiecewiseConstantDecay`.
    """

    boundaries: Sequence[float]
    values: Sequence[float]

    def __post_init__(self):
        boundaries, values = np.asarray(self.boundaries, dtype=float), np.asarray(self.values, dtype=float)
        one_more = f"{boundaries.size + 1} rates, one more than the boundaries"
        _require(values.size == boundaries.size + 1, "values", self.values, one_more)
        _require(np.diff(boundaries) > 0, "boundaries", self.boundaries, "increasing")
        _require((values >= 0) & (values < np.inf), "values", self.values, "0 or more, and finite")

    def __call__(self, step):
        return _rates(np.asarray(self.values, dtype=float)[np.searchsorted(self.boundaries, _steps(step))])


@dataclass(frozen=True)
class PolynomialDecay:
    r"""Down to a final rate along a polynomial: a straight line with power 1.

    $$\eta_t = (\eta_0 - \eta_T) \left(1 - \frac{t}{T}\right)^{p} + \eta_T, \qquad t \le T$$

    T is `decay_steps` (positive), $\eta_T$ is `end_learning_rate`, p is `power` (positive). Beyond T the rate stays
    at $\eta_T$; with `cycle`, T becomes the first of its multiples that t does not exceed, so that the rate jumps
    up again after each.

    >>> PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)([0, 5, 10, 99])
    array([0.1 , 0.05, 0.  , 0.  ])

    Source: `keras.optimizers.schedules.PolynomialDecay`.
    """

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False

    def __post_init__(self):
        _require_rate(
            initial_learning_rate=self.initial_learning_rate, end_learning_rate=self.end_learning_rate
        )
        _require_positive(decay_steps=self.decay_steps, power=self.power)

    def __call__(self, step):
        p = _steps(step) / self.decay_steps
        p = p / np.maximum(np.ceil(p), 1) if self.cycle else np.minimum(p, 1)
        fall = self.initial_learning_rate - self.end_learning_rate
        return _rates(fall * (1 - p) ** self.power + self.end_learning_rate)


@dataclass(frozen=True)
class InverseTimeDecay:
    r"""Divided by a number that grows by the same amount every step.

    $$\eta_t = \frac{\eta_0}{1 + r\, t / T}$$

    T is `decay_steps` (positive), r is `decay_rate` (0 or more). With `staircase`, t/T is rounded down.

    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)([0, 10, 30])
    array([0.1  , 0.05 , 0.025])

    Source: Robbins and Monro (1951), whose steps 1/t are of this kind; `keras.optimizers.schedules.InverseTimeDecay`.
    """

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False

    def __post_init__(self):
        _require_rate(initial_learning_rate=self.initial_learning_rate, decay_rate=self.decay_rate)
        _require_positive(decay_steps=self.decay_steps)

    def __call__(self, step):
        p = _steps(step) / self.decay_steps
        p = np.floor(p) if self.staircase else p
        return _rates(self.initial_learning_rate / (1 + self.decay_rate * p))


@dataclass(frozen=True)
class InverseSquareRootDecay:
    r"""Divided by the square root of the time.

    $$\eta_t = \frac{\eta_0}{\sqrt{1 + t / T}}$$

    T is `decay_steps` (positive). Keras has none. After a warm-up of T steps this is the Transformer's
    $\eta_0 \min(t/T, \sqrt{T/t})$: `Warmup(InverseSquareRootDecay(rate, T), T)`.

    >>> InverseSquareRootDecay(0.1, decay_steps=10)([0, 30])
    array([0.1 , 0.05])

    Source: Vaswani et al. (2017), section 5.3.
    """

    initial_learning_rate: float
    decay_steps: float

    def __post_init__(self):
        _require_rate(initial_learning_rate=self.initial_learning_rate)
        _require_positive(decay_steps=self.decay_steps)

    def __call__(self, step):
        return _rates(self.initial_learning_rate / np.sqrt(1 + _steps(step) / self.decay_steps))


@dataclass(frozen=True)
class CosineDecay:
    r"""Down along half a cosine, after a linear warm-up if you want one.

    $$\eta_t = \begin{cases} \eta_0 + (\eta_{\max} - \eta_0)\, t / W & t < W \\
    \eta_{\max} \left((1 - \alpha)\, \tfrac12 (1 + \cos \pi p) + \alpha\right) & t \ge W \end{cases}
    \qquad p = \min\!\left(\frac{t - W}{T},\ 1\right)$$

    T is `decay_steps` (positive) and does not count the warm-up's W = `warmup_steps` (0 or more). The rate ends
    at `alpha` (from 0 to 1) times its highest, which is `warmup_target`, $\eta_{\max}$. Without a target there is no
    warm-up, whatever `warmup_steps` says, and $\eta_{\max}$ is $\eta_0$.

    >>> CosineDecay(0.0, decay_steps=10, warmup_target=0.1, warmup_steps=4)([0, 2, 4, 9, 14])
    array([0.  , 0.05, 0.1 , 0.05, 0.  ])

    Source: Loshchilov and Hutter (2017), warm-up by Goyal et al. (2017); `keras.optimizers.schedules.CosineDecay`.
    """

    initial_learning_rate: float
    decay_steps: float
    alpha: float = 0.0
    warmup_target: float | None = None
    warmup_steps: float = 0

    def __post_init__(self):
        _require_rate(initial_learning_rate=self.initial_learning_rate, warmup_steps=self.warmup_steps)
        if self.warmup_target is not None:
            _require_rate(warmup_target=self.warmup_target)
        _require_positive(decay_steps=self.decay_steps)
        _require(0 <= self.alpha <= 1, "alpha", self.alpha, "from 0 to 1")

    def __call__(self, step):
        if self.warmup_target is not None:
            decay = CosineDecay(self.warmup_target, self.decay_steps, self.alpha)
            return Warmup(decay, self.warmup_steps, self.initial_learning_rate)(step)
        p = np.minimum(_steps(step) / self.decay_steps, 1)
        cosine = (1 + np.cos(np.pi * p)) / 2
        return _rates(self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha))


@dataclass(frozen=True)
class CosineDecayRestarts:
    r"""Cosine decay that starts again and again, each time for longer.

    $$\eta_t = \eta_0 \left((1 - \alpha)\, m^i\, \tfrac12 (1 + \cos \pi p) + \alpha\right)$$

    Period i = 0, 1, 2, … is $T \tau^i$ steps long, and p, from 0 to 1, says how much of it is over. T is
    `first_decay_steps` (positive), τ is `t_mul` (1 or more), m is `m_mul` (positive): each new start is m times
    the one before. `alpha` is from 0 to 1.

    >>> CosineDecayRestarts(0.1, first_decay_steps=10)([0, 5, 10, 20, 30])
    array([0.1 , 0.05, 0.1 , 0.05, 0.1 ])

    Keras misses a restart by one step where its logarithm rounds below a whole number: with `t_mul=1.1` and
    `first_decay_steps=10` it gives 0 at step 21, where the rate is back at its highest.

    Source: Loshchilov and Hutter (2017), who call it SGDR; `keras.optimizers.schedules.CosineDecayRestarts`.
    """

    initial_learning_rate: float
    first_decay_steps: float
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0

    def __post_init__(self):
        _require_rate(initial_learning_rate=self.initial_learning_rate)
        _require_positive(first_decay_steps=self.first_decay_steps, m_mul=self.m_mul)
        _require(1 <= self.t_mul < np.inf, "t_mul", self.t_mul, "1 or more, and finite")
        _require(0 <= self.alpha <= 1, "alpha", self.alpha, "from 0 to 1")

    def __call__(self, step):
        p = _steps(step) / self.first_decay_steps
        if self.t_mul == 1:
            i = np.floor(p)
            p = p - i
        else:
            # i periods last (τ^i − 1) / (τ − 1) together; a little more, so that rounding misses no restart.
            i = np.floor(np.log(1 + p * (self.t_mul - 1)) / np.log(self.t_mul) + 1e-9)
            p = (p - (self.t_mul**i - 1) / (self.t_mul - 1)) / self.t_mul**i
        cosine = self.m_mul**i * (1 + np.cos(np.pi * p)) / 2
        return _rates(self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha))


@dataclass(frozen=True)
class OneCycle:
    r"""Up along half a cosine and down along another, to almost nothing: the whole training is one cycle.

    $$\eta_t = \eta_{\text{from}} + (\eta_{\text{to}} - \eta_{\text{from}})\, \tfrac12 (1 - \cos \pi p)$$

    From `max_learning_rate / div_factor` to `max_learning_rate` over the first `pct_start` (between 0 and 1) of the
    `total_steps` (positive), then to `max_learning_rate / div_factor / final_div_factor`, where it stays; p is the
    share of the half that is over. Both factors are positive.

    >>> OneCycle(0.1, total_steps=100, final_div_factor=10)([0, 30, 100])
    array([0.004 , 0.1   , 0.0004])

    Keras has none; names and defaults are those of optax and PyTorch. PyTorch's arrives a step earlier, at
    `total_steps - 1`.

    Source: Smith and Topin (2018); `optax.schedules.cosine_onecycle_schedule`.
    """

    max_learning_rate: float
    total_steps: float
    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    def __post_init__(self):
        _require_rate(max_learning_rate=self.max_learning_rate)
        _require_positive(
            total_steps=self.total_steps, div_factor=self.div_factor, final_div_factor=self.final_div_factor
        )
        _require(0 < self.pct_start < 1, "pct_start", self.pct_start, "between 0 and 1")

    def __call__(self, step):
        p = _steps(step) / self.total_steps
        top, start = self.max_learning_rate, self.max_learning_rate / self.div_factor
        end = start / self.final_div_factor
        rise = (1 - np.cos(np.pi * p / self.pct_start)) / 2
        fall = (1 - np.cos(np.pi * np.minimum((p - self.pct_start) / (1 - self.pct_start), 1))) / 2
        return _rates(np.where(p < self.pct_start, start + (top - start) * rise, top + (end - top) * fall))


@dataclass(frozen=True)
class Warmup:
    r"""A straight line up to where any other schedule begins, and then that schedule.

    $$\eta_t = \begin{cases} \eta_0 + (s(0) - \eta_0)\, t / W & t < W \\ s(t - W) & t \ge W \end{cases}$$

    `schedule` s is any function of the step, or a number for a constant rate; W is `warmup_steps` (0 or more),
    $\eta_0$ is `initial_learning_rate`. With its default, 0, the very first update moves nothing.

    >>> Warmup(0.1, warmup_steps=4)([0, 1, 2, 4, 99])
    array([0.   , 0.025, 0.05 , 0.1  , 0.1  ])

    Source: Goyal et al. (2017).
    """

    schedule: Callable | float
    warmup_steps: float
    initial_learning_rate: float = 0.0

    def __post_init__(self):
        if not callable(self.schedule):
            _require_rate(schedule=self.schedule)
        _require_rate(warmup_steps=self.warmup_steps, initial_learning_rate=self.initial_learning_rate)

    def __call__(self, step):
        t, w = _steps(step), self.warmup_steps
        schedule = self.schedule if callable(self.schedule) else lambda _: self.schedule
        rise = schedule(0) - self.initial_learning_rate
        line = self.initial_learning_rate + rise * t / (w or 1)
        return _rates(np.where(t < w, line, schedule(np.maximum(t - w, 0))))


def reduce_on_plateau(
    losses, learning_rate, factor=0.1, patience=10, mode="min", min_delta=1e-4, cooldown=0, min_lr=0.0
):
    r"""Return the learning rate of every epoch, lowered each time the loss has stopped falling.

    $$\eta \leftarrow \max(\eta \cdot \text{factor},\ \eta_{\min})
    \quad\text{after patience epochs without}\quad \ell < \ell_{\text{best}} - \text{min\_delta}$$

    `losses` has shape (epochs,), and so has the result: the rate that each epoch trained with, as
    `fit(…).history["learning_rate"]` has it. For `cooldown` epochs after a reduction nothing is counted. With
    `mode="max"` a number that should rise is watched, such as an accuracy. NaN is never better; but as the first
    loss it becomes the best one, which nothing then beats.

    Raises `ValueError` unless factor is between 0 and 1, the others are 0 or more, and `losses` is a list of at
    least one number.

    >>> reduce_on_plateau([3, 2, 2, 2, 2, 1], learning_rate=0.8, factor=0.5, patience=2)
    array([0.8, 0.8, 0.8, 0.8, 0.4, 0.4])

    Source: `keras.callbacks.ReduceLROnPlateau`.
    """
    losses = np.asarray(losses, dtype=float)
    _require(losses.ndim == 1 and losses.size > 0, "losses", f"shape {losses.shape}", "one number an epoch")
    _require(mode in ("min", "max"), "mode", repr(mode), "'min' or 'max'")
    _require(0 < factor < 1, "factor", factor, "between 0 and 1")
    _require_rate(learning_rate=learning_rate, patience=patience, min_delta=min_delta)
    _require_rate(cooldown=cooldown, min_lr=min_lr)
    rates, best, waited, cooling = [], None, 0, 0
    for loss in losses if mode == "min" else -losses:
        rates.append(learning_rate)
        if cooling > 0:
            cooling, waited = cooling - 1, 0
        # Keras compares in float32, and ties are common here.
        if best is None or np.float32(loss + min_delta) < np.float32(best):
            best, waited = loss, 0
        elif cooling == 0:
            waited += 1
            if waited >= patience and learning_rate > min_lr:
                learning_rate = max(learning_rate * factor, min_lr)
                cooling, waited = cooldown, 0
    return np.array(rates, dtype=float)
