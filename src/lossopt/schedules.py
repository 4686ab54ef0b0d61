"""Change the learning rate during training, with schedules that are
functions of the step.

You make a schedule once and call it with a step, counted from 0. One step
returns one rate as a plain float. An array of steps returns an array of
rates in the same shape, so `plot(steps, schedule(steps))` draws the
schedule. Any rule in `lossopt.optimizers` accepts a schedule as its
`learning_rate`.

Names, order and defaults are those of `keras.optimizers.schedules`, without
its argument `name`. Rates must be 0 or more, and finite. Making a schedule
raises `ValueError` if an argument is outside its range, and calling it
raises `ValueError` if a step is negative or not finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._checks import (
    Checked,
    InnerShare,
    NotNegative,
    OneOrMore,
    Positive,
    Rate,
    Share,
    checked,
    floats,
    require,
    shown,
)

__all__ = [  # noqa: RUF022 - in reading order
    "ExponentialDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "InverseTimeDecay",
    "InverseSquareRootDecay",
    "CosineDecay",
    "CosineDecayRestarts",
    "OneCycle",
    "WarmupStableDecay",
    "Warmup",
    "reduce_on_plateau",
]


def _steps(step):
    """Return one step or many as a float array."""
    steps = floats("step", step, may_be_empty=True)
    require((steps >= 0) & (steps < np.inf), "step", shown(step), "0 or more, and finite")
    return steps


def _rates(rates):
    """Return one rate as a plain float, because a NumPy float would turn
    float32 weights into float64."""
    return rates if np.ndim(rates) else float(rates)


@dataclass(frozen=True)
class ExponentialDecay(Checked):
    r"""Multiply the learning rate by a constant factor every `decay_steps`
    steps.

    $$\eta_t = \eta_0\, r^{\,t / T}$$

    T is `decay_steps` and r is `decay_rate`, both positive. If r is above 1 the
    rate grows, as in a learning-rate range test (also called a learning-rate
    finder). With `staircase`, t/T is rounded down, so that the rate changes
    only once every T steps.

    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)([0, 10, 20])
    array([0.1  , 0.05 , 0.025])

    Source: `keras.optimizers.schedules.ExponentialDecay`.
    """

    initial_learning_rate: NotNegative
    decay_steps: Positive
    decay_rate: Positive
    staircase: bool = False

    def __call__(self, step):
        p = _steps(step) / self.decay_steps
        p = np.floor(p) if self.staircase else p
        return _rates(self.initial_learning_rate * self.decay_rate**p)


@dataclass(frozen=True)
class PiecewiseConstantDecay:
    r"""Keep the learning rate constant between boundaries, as if you lowered it
    by hand.

    $$\eta_t = v_i \quad\text{where}\quad b_{i-1} < t \le b_i$$

    The `boundaries` b must increase, and there must be one more of the `values`
    v than of the boundaries. At a boundary the rate still has its old value, so
    with `boundaries=[100]` the new value begins at step 101.

    >>> schedule = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> schedule([0, 100, 101, 300])
    array([0.1  , 0.1  , 0.01 , 0.001])

    Source: `keras.optimizers.schedules.PiecewiseConstantDecay`.
    """

    boundaries: Sequence[float]
    values: Sequence[float]

    def __post_init__(self):
        boundaries, values = (
            floats("boundaries", self.boundaries, may_be_empty=True),
            floats("values", self.values),
        )
        one_more = f"{boundaries.size + 1} rates, one more than the boundaries"
        require(values.shape == (boundaries.size + 1,), "values", shown(self.values), one_more)
        require(
            boundaries.ndim == 1 and np.all(np.diff(boundaries) > 0),
            "boundaries",
            shown(self.boundaries),
            "increasing",
        )
        require((values >= 0) & (values < np.inf), "values", shown(self.values), "0 or more, and finite")

    def __call__(self, step):
        return _rates(np.asarray(self.values, dtype=float)[np.searchsorted(self.boundaries, _steps(step))])


@dataclass(frozen=True)
class PolynomialDecay(Checked):
    r"""Lower the learning rate to a final rate along a polynomial, which is a
    straight line for power 1.

    $$\eta_t = (\eta_0 - \eta_T) \left(1 - \frac{t}{T}\right)^{p} + \eta_T,
    \qquad t \le T$$

    T is `decay_steps` (positive), $\eta_T$ is `end_learning_rate` and p is
    `power` (positive). After T steps the rate stays at $\eta_T$. With `cycle`,
    T is instead replaced by the smallest multiple of `decay_steps` that is at
    least t, so the rate jumps up again after each multiple.

    >>> schedule = PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)
    >>> schedule([0, 5, 10, 99])
    array([0.1 , 0.05, 0.  , 0.  ])

    Source: `keras.optimizers.schedules.PolynomialDecay`.
    """

    initial_learning_rate: NotNegative
    decay_steps: Positive
    end_learning_rate: NotNegative = 0.0001
    power: Positive = 1.0
    cycle: bool = False

    def __call__(self, step):
        p = _steps(step) / self.decay_steps
        p = p / np.maximum(np.ceil(p), 1) if self.cycle else np.minimum(p, 1)
        fall = self.initial_learning_rate - self.end_learning_rate
        return _rates(fall * (1 - p) ** self.power + self.end_learning_rate)


@dataclass(frozen=True)
class InverseTimeDecay(Checked):
    r"""Divide the initial learning rate by a number that grows by the same
    amount every step.

    $$\eta_t = \frac{\eta_0}{1 + r\, t / T}$$

    T is `decay_steps` (positive) and r is `decay_rate` (0 or more). With
    `staircase`, t/T is rounded down.

    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)([0, 10, 30])
    array([0.1  , 0.05 , 0.025])

    Source: Robbins and Monro (1951), whose steps 1/t are of this kind;
    `keras.optimizers.schedules.InverseTimeDecay`.
    """

    initial_learning_rate: NotNegative
    decay_steps: Positive
    decay_rate: NotNegative
    staircase: bool = False

    def __call__(self, step):
        p = _steps(step) / self.decay_steps
        p = np.floor(p) if self.staircase else p
        return _rates(self.initial_learning_rate / (1 + self.decay_rate * p))


@dataclass(frozen=True)
class InverseSquareRootDecay(Checked):
    r"""Divide the initial learning rate by the square root of 1 + t/T.

    $$\eta_t = \frac{\eta_0}{\sqrt{1 + t / T}}$$

    T is `decay_steps` (positive). Keras has no such schedule.
    `Warmup(InverseSquareRootDecay(rate, T), T)`, with a warm-up of T steps, is
    the schedule of the Transformer, $\eta_0 \min(t/T, \sqrt{T/t})$.

    >>> InverseSquareRootDecay(0.1, decay_steps=10)([0, 30])
    array([0.1 , 0.05])

    Source: Vaswani et al. (2017), section 5.3.
    """

    initial_learning_rate: NotNegative
    decay_steps: Positive

    def __call__(self, step):
        return _rates(self.initial_learning_rate / np.sqrt(1 + _steps(step) / self.decay_steps))


@dataclass(frozen=True)
class CosineDecay(Checked):
    r"""Lower the learning rate along half a cosine, optionally after a linear
    warm-up.

    $$\eta_t = \eta_0 + (\eta_{\max} - \eta_0)\, \frac{t}{W}
    \quad\text{while } t < W$$

    $$\eta_t = \eta_{\max} \left((1 - \alpha)\, \tfrac12 (1 + \cos \pi p) +
    \alpha\right) \quad\text{afterwards,}
    \qquad p = \min\!\left(\frac{t - W}{T},\ 1\right)$$

    T is `decay_steps` (positive). It does not include the warm-up, which takes
    W = `warmup_steps` steps (0 or more). The highest rate $\eta_{\max}$ is
    `warmup_target`, and the rate ends at `alpha` (from 0 to 1) times
    $\eta_{\max}$. Without a target there is no warm-up, even if `warmup_steps`
    is positive, and $\eta_{\max}$ is $\eta_0$.

    >>> schedule = CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=4)
    >>> schedule([0, 2, 4, 9, 14])
    array([0.  , 0.05, 0.1 , 0.05, 0.  ])

    Source: Loshchilov and Hutter (2017), warm-up by Goyal et al. (2017);
    `keras.optimizers.schedules.CosineDecay`.
    """

    initial_learning_rate: NotNegative
    decay_steps: Positive
    alpha: Share = 0.0
    warmup_target: NotNegative | None = None
    warmup_steps: NotNegative = 0

    def __call__(self, step):
        if self.warmup_target is not None:
            decay = CosineDecay(self.warmup_target, self.decay_steps, self.alpha)
            return Warmup(decay, self.warmup_steps, self.initial_learning_rate)(step)
        p = np.minimum(_steps(step) / self.decay_steps, 1)
        cosine = (1 + np.cos(np.pi * p)) / 2
        return _rates(self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha))


@dataclass(frozen=True)
class CosineDecayRestarts(Checked):
    r"""Repeat a cosine decay, by default with each period twice as long as the
    one before.

    $$\eta_t = \eta_0 \left((1 - \alpha)\, m^i\, \tfrac12 (1 + \cos \pi p) +
    \alpha\right)$$

    Period i = 0, 1, 2, … is $T \tau^i$ steps long, and p is the share of it
    that is over, from 0 to 1. T is `first_decay_steps` (positive), τ is `t_mul`
    (1 or more) and m is `m_mul` (positive). For α = 0 each period starts at m
    times the rate at which the one before started. α is `alpha`, from 0 to 1.

    >>> CosineDecayRestarts(0.1, first_decay_steps=10)([0, 5, 10, 20, 30])
    array([0.1 , 0.05, 0.1 , 0.05, 0.1 ])

    Keras restarts one step late if its logarithm rounds to just below a whole
    number. With `t_mul=1.1` and `first_decay_steps=10` it returns 0 at step 21,
    where the rate should be back at its highest value.

    Source: Loshchilov and Hutter (2017), who call it SGDR;
    `keras.optimizers.schedules.CosineDecayRestarts`.
    """

    initial_learning_rate: NotNegative
    first_decay_steps: Positive
    t_mul: OneOrMore = 2.0
    m_mul: Positive = 1.0
    alpha: Share = 0.0

    def __call__(self, step):
        p = _steps(step) / self.first_decay_steps
        if self.t_mul == 1:
            i = np.floor(p)
            p = p - i
        else:
            # i periods take (τ^i − 1) / (τ − 1) in total. 1e-9 is added so that rounding does not delay a restart.
            i = np.floor(np.log(1 + p * (self.t_mul - 1)) / np.log(self.t_mul) + 1e-9)
            p = (p - (self.t_mul**i - 1) / (self.t_mul - 1)) / self.t_mul**i
        cosine = self.m_mul**i * (1 + np.cos(np.pi * p)) / 2
        return _rates(self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha))


@dataclass(frozen=True)
class OneCycle(Checked):
    r"""Raise the learning rate along half a cosine, and lower it to almost 0
    along another by the end of training.

    $$\eta_t = \eta_{\text{from}} + (\eta_{\text{to}} - \eta_{\text{from}})\,
    \tfrac12 (1 - \cos \pi p)$$

    The rate rises from `max_learning_rate / div_factor` to `max_learning_rate`
    over the first `pct_start` (a share between 0 and 1) of the `total_steps`
    (positive). It then falls to
    `max_learning_rate / div_factor / final_div_factor` and stays there. p is
    the share of the rise, or of the fall, that is over. Both factors are
    positive.

    >>> OneCycle(0.1, total_steps=100, final_div_factor=10)([0, 30, 100])
    array([0.004 , 0.1   , 0.0004])

    Keras has no such schedule. The names and defaults follow optax and PyTorch.
    PyTorch's schedule ends one step earlier, at `total_steps - 1`.

    Source: Smith and Topin (2018); `optax.schedules.cosine_onecycle_schedule`.
    """

    max_learning_rate: NotNegative
    total_steps: Positive
    pct_start: InnerShare = 0.3
    div_factor: Positive = 25.0
    final_div_factor: Positive = 1e4

    def __call__(self, step):
        p = _steps(step) / self.total_steps
        top, start = self.max_learning_rate, self.max_learning_rate / self.div_factor
        end = start / self.final_div_factor
        rise = (1 - np.cos(np.pi * p / self.pct_start)) / 2
        fall = (1 - np.cos(np.pi * np.minimum((p - self.pct_start) / (1 - self.pct_start), 1))) / 2
        return _rates(np.where(p < self.pct_start, start + (top - start) * rise, top + (end - top) * fall))


@dataclass(frozen=True)
class WarmupStableDecay(Checked):
    r"""Raise the learning rate along a straight line, keep it constant, and
    lower it along another at the very end.

    $$\eta_t = \eta_{\max} \min\Bigl(1,\ \frac{t}{W}\Bigr) \ \text{ up to } t =
    T - D, \ \text{ then }\ \eta_{\text{end}} + (\eta_{\max} -
    \eta_{\text{end}})\, \frac{\max(T - t,\ 0)}{D}$$

    $\eta_{\max}$ is `max_learning_rate`, T is `total_steps`, W is
    `warmup_steps`, D is `decay_steps` (positive), and $\eta_{\text{end}}$ is
    `end_learning_rate`. W and D together are at most T. Because the rate is
    constant in between, you can decide late how long to train: save the model
    before the decay, and start the decay from there. With D = T and W = 0 it is
    a straight line to the end. Raises `ValueError` also if W + D is above T.

    >>> schedule = WarmupStableDecay(0.1, 100, decay_steps=20, warmup_steps=10)
    >>> schedule([0, 5, 50, 90, 100])
    array([0.  , 0.05, 0.1 , 0.05, 0.  ])

    Keras has no such schedule.

    Source: Zhai and others (2022); Hu and others (2024), who gave it the name.
    """

    max_learning_rate: NotNegative
    total_steps: Positive
    decay_steps: Positive
    warmup_steps: NotNegative = 0
    end_learning_rate: NotNegative = 0.0

    def __post_init__(self):
        super().__post_init__()
        both = self.warmup_steps + self.decay_steps
        require(
            both <= self.total_steps, "decay_steps", self.decay_steps, "at most total_steps − warmup_steps"
        )

    def __call__(self, step):
        t = _steps(step)
        rise = (
            self.max_learning_rate * np.minimum(t / (self.warmup_steps or 1), 1)
            if self.warmup_steps
            else None
        )
        left = np.clip((self.total_steps - t) / self.decay_steps, 0, 1)
        fall = self.end_learning_rate + (self.max_learning_rate - self.end_learning_rate) * left
        return _rates(fall if rise is None else np.where(t < self.warmup_steps, rise, fall))


@dataclass(frozen=True)
class Warmup(Checked):
    r"""Raise the learning rate along a straight line to the start of any other
    schedule, and then follow that schedule.

    $$\eta_t = \eta_0 + (s(0) - \eta_0)\, \frac{t}{W} \ \text{ while } t < W,
    \ \text{ then } s(t - W)$$

    `schedule` s is any function of the step, or a number for a constant rate. W
    is `warmup_steps` (0 or more) and $\eta_0$ is `initial_learning_rate`.
    Because its default is 0, the first update does not move the weights.

    >>> Warmup(0.1, warmup_steps=4)([0, 1, 2, 4, 99])
    array([0.   , 0.025, 0.05 , 0.1  , 0.1  ])

    Source: Goyal et al. (2017).
    """

    schedule: Rate
    warmup_steps: NotNegative
    initial_learning_rate: NotNegative = 0.0

    def __call__(self, step):
        t, w = _steps(step), self.warmup_steps
        schedule = self.schedule if callable(self.schedule) else lambda _: self.schedule
        rise = schedule(0) - self.initial_learning_rate
        line = self.initial_learning_rate + rise * t / (w or 1)
        return _rates(np.where(t < w, line, schedule(np.maximum(t - w, 0))))


@checked
def reduce_on_plateau(
    losses,
    learning_rate: NotNegative,
    factor: InnerShare = 0.1,
    patience: NotNegative = 10,
    mode: str = "min",
    min_delta: NotNegative = 1e-4,
    cooldown: NotNegative = 0,
    min_lr: NotNegative = 0.0,
):
    r"""Return the learning rate of every epoch, which is lowered each time the
    loss has stopped falling.

    $$\eta \leftarrow \max(\eta \cdot \text{factor},\ \eta_{\min})
    \quad\text{after patience epochs without}\quad \ell < \ell_{\text{best}} -
    \text{min\_delta}$$

    `losses` has shape (epochs,), and so has the result, which holds the rate of
    each epoch, like `fit(…).history["learning_rate"]`. After a reduction,
    `cooldown` epochs do not count as epochs without improvement. Use
    `mode="max"` for a number that should rise, such as an accuracy. NaN never
    counts as an improvement. But if the first loss is NaN, it becomes the best
    loss, and no later loss improves on it.

    `min_delta` is an absolute difference, as in Keras, so it must suit the size
    of the loss. PyTorch's threshold is relative by default: there a loss must
    be below (1 − threshold) times the best one.

    Raises `ValueError` if `factor` is not between 0 and 1, if another number is
    negative, if `mode` is neither "min" nor "max", or if `losses` is not a list
    of at least one number.

    >>> losses = [3, 2, 2, 2, 2, 1]
    >>> reduce_on_plateau(losses, learning_rate=0.8, factor=0.5, patience=2)
    array([0.8, 0.8, 0.8, 0.8, 0.4, 0.4])

    Source: `keras.callbacks.ReduceLROnPlateau`.
    """
    losses = floats("losses", losses)
    require(losses.ndim == 1, "losses", f"shape {losses.shape}", "one number per epoch")
    require(isinstance(mode, str) and mode in ("min", "max"), "mode", shown(mode), "'min' or 'max'")
    rates, best, waited, cooling = [], None, 0, 0.0
    for loss in losses if mode == "min" else -losses:
        rates.append(learning_rate)
        if cooling > 0:
            cooling, waited = cooling - 1, 0
        # Keras compares in float32, which decides ties, and ties are common here.
        if best is None or np.float32(loss + min_delta) < np.float32(best):
            best, waited = loss, 0
        elif cooling == 0:
            waited += 1
            if waited >= patience and learning_rate > min_lr:
                learning_rate = max(learning_rate * factor, min_lr)
                cooling, waited = cooldown, 0
    return np.array(rates, dtype=float)
