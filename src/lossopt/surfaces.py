"""Define functions of two weights on which you can watch an optimizer.

Each function is a `Surface`. Call it with a point (x, y) to get its value,
and call `surface.gradient` to get its gradient. It also has its `minima`
(where the value of every surface here is 0), a `window` to draw and a
`start` for an optimizer. `descend` runs an optimizer on a surface,
`plotting.contours` draws a surface, and `plotting.path_and_state` draws the
path of an optimizer on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ._checks import Checked, Count, NotNegative, OneOrMore, checked, floats, require, shown

__all__ = [  # noqa: RUF022 - in reading order
    "Surface",
    "bowl",
    "noisy_bowl",
    "rosenbrock",
    "himmelblau",
    "beale",
    "saddle",
    "ravine",
    "plateau",
    "Descent",
    "descend",
]

TOO_FAR = 1e6  # a larger coordinate means divergence, and no surface here overflows before


@dataclass(frozen=True)
class Surface(Checked):
    """Hold a function of two weights with its gradient, its minima and a
    window to draw.

    `formula(x, y)` returns the value and a pair of the derivatives with respect
    to x and y. `window` is ((x_low, x_high), (y_low, y_high)), `minima` is a
    tuple of points, and `start` is a point. `noise` (0 or more) is the standard
    deviation of the noise that `descend` adds to each derivative. The surface
    itself has no noise.

    One point has shape (2,), and several have shape (…, 2). Values have the
    shape (…), and gradients have the shape of the points. Raises `ValueError`
    for any other shape.

    >>> def product(x, y):
    ...     return x * y, (y, x)
    >>> window = (-1, 1), (-1, 1)
    >>> saddle = Surface("xy", product, minima=(), window=window, start=(1, 0))
    >>> saddle((2, 3)), saddle.gradient((2, 3))
    (6.0, array([3., 2.]))
    """

    name: str
    formula: Callable
    minima: tuple
    window: tuple
    start: tuple
    noise: NotNegative = 0.0

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "__doc__", self.formula.__doc__)  # so that `rosenbrock?` describes it

    def __call__(self, w):
        value, _ = self.formula(*_coordinates(w))
        return value.T if np.ndim(value) else float(value)

    def gradient(self, w):
        """Return both derivatives at each point, in the shape of `w`."""
        _, slopes = self.formula(*_coordinates(w))
        return np.array(slopes).T


def _coordinates(w):
    """Return x and y, transposed, because unpacking then turns one point into
    two plain numbers, which is fast."""
    w = floats("w", w)
    require(w.shape[-1:] == (2,), "w", f"shape {w.shape}", "a point (x, y), or points of shape (…, 2)")
    return w.T


@checked
def bowl(kappa: OneOrMore = 10.0):
    r"""Return a long bowl along the axes, the one surface where you can predict
    every step.

    $$f(x, y) = \tfrac12 (x^2 + \kappa\, y^2) \qquad \nabla f = (x,\ \kappa y)$$

    Its curvatures are 1 and κ, so κ (1 or more, or `ValueError`) is its
    condition number. Gradient descent moves along $x_t = (1 - \eta)^t x_0$ and
    $y_t = (1 - \eta\kappa)^t y_0$, so y diverges if η > 2/κ.

    >>> bowl(kappa=10)((2, 1)), bowl(kappa=10).gradient((2, 1))
    (7.0, array([ 2., 10.]))
    """

    def formula(x, y):
        return (x**2 + kappa * y**2) / 2, (x, kappa * y)

    return Surface("bowl", formula, ((0, 0),), ((-3, 3), (-2, 2)), (-2.5, 1.5))


@checked
def noisy_bowl(kappa: OneOrMore = 10.0, noise: NotNegative = 1.0):
    r"""Return a bowl whose gradient is only estimated, as from a mini-batch.

    $$g = \nabla f + \sigma \varepsilon,
    \qquad \varepsilon \sim \mathcal N(0, I)$$

    σ is `noise` (0 or more, or `ValueError`). For the average of a batch of B
    samples it is σ/√B. `descend` draws a new ε at every step, from its `seed`.
    `gradient` is the true gradient.

    >>> noisy_bowl(noise=0.5).noise
    0.5
    """
    return replace(bowl(kappa), name="noisy bowl", noise=noise)


def _rosenbrock(x, y):
    r"""Compute Rosenbrock's function, a curved valley that is easy to find and
    slow to follow.

    $$f(x, y) = (1 - x)^2 + 100\,(y - x^2)^2$$

    The minimum is (1, 1), where the curvatures are about 0.4 and 1002.

    >>> rosenbrock((0, 1)), rosenbrock.gradient((0, 1))
    (101.0, array([ -2., 200.]))

    Source: Rosenbrock (1960).
    """
    a, b = 1 - x, y - x**2
    return a**2 + 100 * b**2, (-2 * a - 400 * x * b, 200 * b)


def _himmelblau(x, y):
    r"""Compute Himmelblau's function, whose four minima are equally deep, so
    the path decides which one is reached.

    $$f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2$$

    The minima are (3, 2) and, rounded, (−2.81, 3.13), (−3.78, −3.28) and (3.58,
    −1.85).

    >>> himmelblau((0, 0)), himmelblau.gradient((0, 0))
    (170.0, array([-14., -22.]))

    Source: Himmelblau (1972).
    """
    a, b = x**2 + y - 11, x + y**2 - 7
    return a**2 + b**2, (4 * x * a + 2 * b, 2 * a + 4 * y * b)


def _beale(x, y):
    r"""Compute Beale's function, which is flat in the middle and very steep in
    the corners.

    $$f(x, y) = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2$$

    The minimum is (3, ½).

    >>> beale((2, 1)), beale.gradient((2, 1))
    (14.203125, array([ 0. , 55.5]))

    Source: Beale (1958).
    """
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    slope_x = 2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1))
    slope_y = 2 * x * (a + 2 * b * y + 3 * c * y**2)
    return a**2 + b**2 + c**2, (slope_x, slope_y)


def _saddle(x, y):
    r"""Compute a saddle between two valleys, where the gradient is almost zero
    but there is no minimum.

    $$f(x, y) = \tfrac12 x^2 + \tfrac14 (y^2 - 1)^2$$

    The minima are (0, 1) and (0, −1). The saddle point (0, 0) between them has
    the curvatures 1 and −1. An optimizer that starts with y = 0 ends at the
    saddle point, so `saddle.start` has a small y.

    >>> saddle((2, 3)), saddle.gradient((2, 3))
    (18.0, array([ 2., 24.]))
    """
    return x**2 / 2 + (y**2 - 1) ** 2 / 4, (x, y * (y**2 - 1))


def _ravine(x, y):
    r"""Compute a narrow valley at an angle to both axes, which no learning rate
    per coordinate can straighten.

    $$f(x, y) = \tfrac12 (u^2 + 100\, v^2), \qquad u = \tfrac15 (4x + 3y),
    \quad v = \tfrac15 (4y - 3x)$$

    It is a rotated bowl with κ = 100, where u runs along the valley and v
    across it. The minimum is (0, 0).

    >>> ravine((4, 3)), ravine.gradient((4, 3))
    (12.5, array([4., 3.]))
    """
    u, v = (4 * x + 3 * y) / 5, (4 * y - 3 * x) / 5
    return (u**2 + 100 * v**2) / 2, ((4 * u - 300 * v) / 5, (3 * u + 400 * v) / 5)


def _plateau(x, y):
    r"""Compute a well in a plain, where the gradient almost vanishes far from
    the minimum.

    $$f(x, y) = 1 - e^{-(x^2 + 4 y^2) / 2}$$

    The minimum is (0, 0). The norm of the gradient is 0.0075 at
    `plateau.start`, and up to 1.2 in the well.

    >>> plateau((0, 0)), round(plateau((-3, 1)), 4)
    (0.0, 0.9985)
    """
    well = np.exp(-(x**2 + 4 * y**2) / 2)
    return 1 - well, (x * well, 4 * y * well)


rosenbrock = Surface("Rosenbrock", _rosenbrock, ((1, 1),), ((-2, 2), (-1, 3)), (-1.5, 2.0))
himmelblau = Surface(
    "Himmelblau",
    _himmelblau,
    (
        (3, 2),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286169),
        (3.5844283403304917, -1.8481265269644036),
    ),
    ((-5, 5), (-5, 5)),
    (0.5, -1.0),
)
beale = Surface("Beale", _beale, ((3, 0.5),), ((-0.5, 4), (-1.5, 1.5)), (1.0, 1.2))
saddle = Surface("saddle", _saddle, ((0, 1), (0, -1)), ((-2, 2), (-1.5, 1.5)), (-1.5, 0.01))
ravine = Surface("ravine", _ravine, ((0, 0),), ((-2.5, 2.5), (-2, 2)), (-2.0, -1.0))
plateau = Surface("plateau", _plateau, ((0, 0),), ((-4, 4), (-2.5, 2.5)), (-3.0, 1.0))


class Descent(NamedTuple):
    """Hold the result of `descend`: `path[t]` and `states[t]` after t steps,
    and the step that `stopped` it or None."""

    path: np.ndarray
    states: list
    stopped: int | None


@checked
def descend(surface, rule, start=None, steps: Count = 100, seed=0):
    r"""Run an update rule on a surface and return the whole path.

    $$w_{t+1},\ s_{t+1} = \operatorname{update}(w_t,\ g_t,\ s_t),
    \qquad g_t = \nabla f(w_t) + \sigma \varepsilon_t$$

    `rule` has `init(w)` and `update(w, g, state)`, like every rule in
    `lossopt.optimizers`. The path has shape (steps + 1, 2) and begins at
    `start`, or at the surface's own start if you give none. The result also has
    the steps + 1 states of the rule. On a noisy surface, `seed` decides ε, so
    one seed gives all rules the same noise.

    A path that diverges does not raise an error. It stops at the first step
    that leads to a coordinate beyond a million, or whose gradient is not
    finite. From that step onward the path is NaN. The states end there, and
    `stopped` is the number of that step.

    Raises `ValueError` if `start` is not a point of two finite numbers up to a
    million, or if `steps` is not a whole number of 1 or more.

    >>> from lossopt.optimizers import SGD
    >>> rule = SGD(learning_rate=0.1)
    >>> descend(bowl(kappa=10), rule, start=(1, 1), steps=2).path
    array([[1.  , 1.  ],
           [0.9 , 0.  ],
           [0.81, 0.  ]])
    """
    w = floats("start", surface.start if start is None else start)
    near = w.shape == (2,) and np.all(np.abs(w) <= TOO_FAR)
    require(near, "start", shown(start), f"a point (x, y) of two numbers from {-TOO_FAR:g} to {TOO_FAR:g}")
    noise = np.random.default_rng(seed).normal(0, surface.noise, (steps, 2))
    state = rule.init(w)
    path, states = np.full((steps + 1, 2), np.nan), [state]
    path[0] = w
    for step in range(1, steps + 1):
        g = surface.gradient(w) + noise[step - 1]
        if not np.isfinite(g).all():  # a rule would raise an error
            return Descent(path, states, stopped=step)
        w, state = rule.update(w, g, state)
        if not np.abs(w).max() <= TOO_FAR:  # written with not, so that NaN stops too
            return Descent(path, states, stopped=step)
        path[step] = w
        states.append(state)
    return Descent(path, states, stopped=None)
