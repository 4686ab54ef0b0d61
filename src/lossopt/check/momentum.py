"""Exercises on momentum: effective rate, heavy ball, Nesterov, critical damping, best tuning, a falling rate."""

import numpy as np

from .exercise import Exercise


def _slopes(theta):
    """A bowl with curvatures 1 and 20, turned a little, and not centred at 0."""
    return np.array([[2.0, 4.0], [4.0, 19.0]]) @ (theta - np.array([1.0, -1.0]))


def _tilted(theta):
    return np.array([3.0, -1.0])


def _heavy_ball(gradient, theta, learning_rate, beta, steps, keep=None, sign=1):
    m = np.zeros_like(theta)
    for _ in range(steps):
        m = beta * m - (1 if keep is None else keep(beta)) * learning_rate * gradient(theta)
        theta = theta + sign * m
    return theta


def _nesterov(gradient, theta, learning_rate, beta, steps, look=1, from_here=False, ahead_at_last=False):
    m = np.zeros_like(theta)
    for _ in range(steps):
        ahead = theta + look * beta * m
        m = beta * m - learning_rate * gradient(ahead)
        theta = (ahead if from_here else theta) + m
    return theta + ahead_at_last * beta * m


def _from_rest_at_zero(gradient, theta, learning_rate, beta, steps):
    last = np.zeros_like(theta)
    for _ in range(steps):
        last, theta = theta, theta + beta * (theta - last) - learning_rate * gradient(theta)
    return theta


def _slope_of_the_last_place(gradient, theta, learning_rate, beta, steps):
    last = theta
    for _ in range(steps):
        last, theta = theta, theta + beta * (theta - last) - learning_rate * gradient(last)
    return theta


def _undone(gradient, theta, learning_rate, beta, steps, new=True, share=None):
    """Keras's two lines, the second with the new m or the old; then a share of m taken off, β by default."""
    m = np.zeros_like(theta)
    for _ in range(steps):
        g, old = gradient(theta), m
        m = beta * m - learning_rate * g
        theta = theta + beta * (m if new else old) - learning_rate * g
    return theta - (beta if share is None else share) * m


def _never_moved(gradient, theta, learning_rate, beta, steps):
    return theta


def _forgetful(gradient, theta, learning_rate, beta, steps):
    for _ in range(steps):
        theta = theta - learning_rate * gradient(theta)
    return theta


WALKS = ((_slopes, np.array([4.0, 3.0]), 0.03, 0.9, 25), (_tilted, np.zeros(2), 0.1, 0.5, 3))

momentum_rate = Exercise(
    task="work out the learning rate",
    answer=0.8 * (1 - 0.95),
    right="η/(1 − β) is 0.8 again.",
    slips={
        "That goes the other way: it would make the effective rate 400 times too large.": 0.8 / (1 - 0.95),
        "Multiply by what is lost in each step, 1 − β, not by what is kept.": 0.8 * 0.95,
        "With that rate nothing was changed but β: the effective rate would be 16.": 0.8,
        "That is right for β = 0.9.": 0.8 * 0.1,
    },
    tolerance=1e-3,
)

heavy_ball = Exercise(
    task="return the weights after the last step",
    answer=lambda gradient, theta, learning_rate, beta, steps: _heavy_ball(
        gradient, theta, learning_rate, beta, steps
    ),
    right="The velocity is the last step, and the ball rolls.",
    slips={
        "The last step got lost: keep the last place until you have used it.": _forgetful,
        "The weights did not move: return the new place.": _never_moved,
        "The ball starts at rest: its last place is theta itself, not 0.": _from_rest_at_zero,
        "The gradient is that of the place where the ball is, not of the last one.": _slope_of_the_last_place,
        "Only a share β of the last step is kept: multiply it by β.": (
            lambda gradient, theta, learning_rate, beta, steps: _heavy_ball(
                gradient, theta, learning_rate, 1.0, steps
            )
        ),
        "The ball rolls uphill: the gradient is subtracted, and β times the last step added.": (
            lambda *case: _heavy_ball(*case, sign=-1)
        ),
        "β times the last step is added, not subtracted: θ less the last place, in this order.": (
            lambda gradient, theta, learning_rate, beta, steps: _heavy_ball(
                gradient, theta, learning_rate, -beta, steps
            )
        ),
        "That is the averaged form, with 1 − β before the gradient: here it has none.": (
            lambda *case: _heavy_ball(*case, keep=lambda beta: 1 - beta)
        ),
        "The gradient was taken further ahead: that is Nesterov's.": _nesterov,
    },
    cases=WALKS,
)

nesterov = Exercise(
    task="return the weights after the last step",
    answer=lambda gradient, theta, learning_rate, beta, steps: _nesterov(
        gradient, theta, learning_rate, beta, steps
    ),
    right="The slope of the place where the ball is about to be.",
    slips={
        "That is the heavy ball: the look-ahead moves by βm − ηg, with the new m.": _heavy_ball,
        "That is the look-ahead: take βm off it at the end.": lambda *case: _nesterov(
            *case, ahead_at_last=True
        ),
        "The second line takes the new m, and so does the way back.": lambda *case: _undone(*case, new=False),
        "Take βm off at the end, not m.": lambda *case: _undone(*case, share=1.0),
        "You looked ahead by m: the velocity will have shrunk to βm.": lambda *case: _nesterov(
            *case, look=1 / case[3]
        ),
        "You looked back: add βm.": lambda *case: _nesterov(*case, look=-1),
        "Look ahead, but walk from θ: βm is already part of the new m.": lambda *case: _nesterov(
            *case, from_here=True
        ),
        "The velocity got lost: keep β m, make it once before the loop.": _forgetful,
    },
    cases=WALKS,
)


def _critical(root):
    return (1 - root) / (1 + root)


critical_beta = Exercise(
    task="return the β without creeping and without oscillation",
    answer=lambda learning_rate, curvature: _critical(np.sqrt(learning_rate * curvature)),
    right="For λ_min, at η = 1/λ_max, it is (√κ − 1)/(√κ + 1): 4/6 for the chapter's convex function.",
    slips={
        "That is the heavy ball's: Nesterov's equation has another middle and another end.": (
            lambda learning_rate, curvature: (1 - np.sqrt(learning_rate * curvature)) ** 2
        ),
        "That is the heavy ball's √β: Nesterov's equation has another middle and another end.": (
            lambda learning_rate, curvature: 1 - np.sqrt(learning_rate * curvature)
        ),
        "The root of ηλ is missing.": lambda learning_rate, curvature: _critical(learning_rate * curvature),
        "That is the other solution, above 1: it diverges.": lambda learning_rate, curvature: (
            1 / _critical(np.sqrt(learning_rate * curvature))
        ),
    },
    cases=((0.01, 4.0), (0.1, 2.5)),
)


def _polyak(lowest, highest, power=2):
    low, high = np.sqrt(lowest), np.sqrt(highest)
    return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** power


polyak = Exercise(
    task="return the rate and β, as η, β",
    answer=lambda lowest, highest: _polyak(lowest, highest),
    right="Both ends of the spectrum are critically damped.",
    slips={
        "η is best for plain gradient descent; with momentum it is (2/(√λ_min + √λ_max))².": (
            lambda lowest, highest: (2 / (lowest + highest), _polyak(lowest, highest)[1])
        ),
        "The roots are missing: they belong on both curvatures.": lambda lowest, highest: (
            (2 / (lowest + highest)) ** 2,
            ((highest - lowest) / (highest + lowest)) ** 2,
        ),
        "That is √β: square it.": lambda lowest, highest: _polyak(lowest, highest, power=1),
        "First η, then β.": lambda lowest, highest: _polyak(lowest, highest)[::-1],
    },
    cases=((1.0, 100.0), (0.2, 5.0), (4.0, 9.0)),
)


def _as_outside(gradient, theta, rates, beta, rescale=True, late=False):
    m, last = np.zeros_like(theta), rates[0]
    for rate in rates:
        factor = rate / last if rescale else 1.0
        m = beta * m - rate * gradient(theta) if late else factor * beta * m - rate * gradient(theta)
        m = factor * m if late else m
        theta, last = theta + m, rate
    return theta


def _inverted(gradient, theta, rates, beta):
    m, last = np.zeros_like(theta), rates[0]
    for rate in rates:
        m = last / rate * beta * m - rate * gradient(theta)
        theta, last = theta + m, rate
    return theta


def _emptied(gradient, theta, rates, beta):
    m, last = np.zeros_like(theta), rates[0]
    for rate in rates:
        m = (rate == last) * beta * m - rate * gradient(theta)
        theta, last = theta + m, rate
    return theta


def _outside_with_mean(gradient, theta, rates, beta):
    return _as_outside(gradient, theta, [(1 - beta) * rate for rate in rates], beta)


STEPS = [0.04] * 15 + [0.004] * 15
momentum_correction = Exercise(
    task="return the weights after the last step",
    answer=lambda gradient, theta, rates, beta: _as_outside(gradient, theta, rates, beta),
    right="A new rate rescales the old velocity: PyTorch's path, with Keras's velocity.",
    slips={
        "That is Keras as it is: after the drop the old velocity still has the old rate in it.": (
            lambda *case: _as_outside(*case, rescale=False)
        ),
        "Upside down: the velocity has to shrink with the rate, new over old.": _inverted,
        "The new gradient has its new rate already: rescale only the old velocity.": lambda *case: (
            _as_outside(*case, late=True)
        ),
        "The velocity starts from 0 after a change: rescale it instead.": _emptied,
        "That is the averaged form, with 1 − β before the gradient.": _outside_with_mean,
    },
    cases=(
        (_slopes, np.array([4.0, 3.0]), STEPS, 0.9),
        (_tilted, np.zeros(2), [0.01, 0.1, 0.1, 0.05], 0.5),
    ),
)
