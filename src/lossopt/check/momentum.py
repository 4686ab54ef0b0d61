"""Exercises of the chapter *Momentum*."""

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
    task="compute the learning rate",
    answer=0.8 * (1 - 0.95),
    right="The effective rate η/(1 − β) is 0.8 again. Start here, then raise it.",
    slips={
        "This is the other way round, and the effective rate would be 400 times too large.": 0.8 / (1 - 0.95),
        "Multiply by 1 − β, the share that friction takes, instead of β, the share that stays.": 0.8 * 0.95,
        "With the old rate the effective rate would be 16. Multiply it by 1 − β.": 0.8,
        "This is the rate for β = 0.9.": 0.8 * 0.1,
    },
    tolerance=1e-3,
)

heavy_ball = Exercise(
    task="return the weights after the last step",
    answer=lambda gradient, theta, learning_rate, beta, steps: _heavy_ball(
        gradient, theta, learning_rate, beta, steps
    ),
    right="The velocity is the last step, so the previous weights are memory enough.",
    slips={
        "The last step got lost. Keep the previous weights until you have used them.": _forgetful,
        "The weights did not move. Return the new ones.": _never_moved,
        "The ball starts at rest, so its previous weights are theta, not 0.": _from_rest_at_zero,
        "Take the gradient at the present weights instead of the previous ones.": _slope_of_the_last_place,
        "Only the share β of the last step stays, so multiply it by β.": (
            lambda gradient, theta, learning_rate, beta, steps: _heavy_ball(
                gradient, theta, learning_rate, 1.0, steps
            )
        ),
        "The ball rolls uphill. Subtract the gradient, and add β times the last step.": (
            lambda *case: _heavy_ball(*case, sign=-1)
        ),
        "The sign of the last step is reversed. It is θ minus the previous weights, in this order.": (
            lambda gradient, theta, learning_rate, beta, steps: _heavy_ball(
                gradient, theta, learning_rate, -beta, steps
            )
        ),
        "This is the averaged form, with a factor 1 − β before the gradient. Leave this factor out.": (
            lambda *case: _heavy_ball(*case, keep=lambda beta: 1 - beta)
        ),
        "This is Nesterov's method, which takes the gradient further ahead.": _nesterov,
    },
    cases=WALKS,
)

nesterov = Exercise(
    task="return the weights after the last step",
    answer=lambda gradient, theta, learning_rate, beta, steps: _nesterov(
        gradient, theta, learning_rate, beta, steps
    ),
    right="You took every gradient at the look-ahead point, and returned the point behind it.",
    slips={
        "This is the heavy ball. The look-ahead point moves by βm − ηg, with the new m.": _heavy_ball,
        "This is the look-ahead point. Take βm off at the end.": lambda *case: _nesterov(
            *case, ahead_at_last=True
        ),
        "The second line needs the new m.": lambda *case: _undone(*case, new=False),
        "Take βm off at the end, not m.": lambda *case: _undone(*case, share=1.0),
        "You looked ahead by m, but the velocity will have shrunk to βm.": lambda *case: _nesterov(
            *case, look=1 / case[3]
        ),
        "You looked back. Add βm to look ahead.": lambda *case: _nesterov(*case, look=-1),
        "Look ahead, but move from θ, because βm is already part of the new m.": lambda *case: _nesterov(
            *case, from_here=True
        ),
        "The velocity got lost. Make m once, before the loop.": _forgetful,
    },
    cases=WALKS,
)


def _polyak(lowest, highest, power=2):
    low, high = np.sqrt(lowest), np.sqrt(highest)
    return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** power


polyak = Exercise(
    task="return the best rate and the best β",
    answer=lambda lowest, highest: _polyak(lowest, highest),
    right="With these two numbers the flattest and the steepest direction are both critically damped.",
    slips={
        "This η is best for plain gradient descent. With momentum it is (2/(√λ_min + √λ_max))².": (
            lambda lowest, highest: (2 / (lowest + highest), _polyak(lowest, highest)[1])
        ),
        "The square roots are missing. Take the root of both curvatures.": lambda lowest, highest: (
            (2 / (lowest + highest)) ** 2,
            ((highest - lowest) / (highest + lowest)) ** 2,
        ),
        "This is √β, so square it.": lambda lowest, highest: _polyak(lowest, highest, power=1),
        "Return η first, then β.": lambda lowest, highest: _polyak(lowest, highest)[::-1],
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
    return theta, m


def _inverted(gradient, theta, rates, beta):
    m, last = np.zeros_like(theta), rates[0]
    for rate in rates:
        m = last / rate * beta * m - rate * gradient(theta)
        theta, last = theta + m, rate
    return theta, m


def _emptied(gradient, theta, rates, beta):
    m, last = np.zeros_like(theta), rates[0]
    for rate in rates:
        m = (rate == last) * beta * m - rate * gradient(theta)
        theta, last = theta + m, rate
    return theta, m


def _outside(gradient, theta, rates, beta, sign=1):
    m = np.zeros_like(theta)
    for rate in rates:
        m = beta * m + sign * gradient(theta)
        theta = theta - sign * rate * m
    return theta, m


def _outside_with_mean(gradient, theta, rates, beta):
    return _as_outside(gradient, theta, [(1 - beta) * rate for rate in rates], beta)


STEPS = [0.04] * 15 + [0.004] * 15
momentum_correction = Exercise(
    task="return the last weights and the last velocity",
    answer=lambda gradient, theta, rates, beta: _as_outside(gradient, theta, rates, beta),
    right="These are PyTorch's weights, reached with Keras's velocity.",
    slips={
        "The path is right, but this is PyTorch's velocity. Keras's has the rate in it, and the other sign.": _outside,
        "The path is right, but this velocity has no rate in it. Keras's has.": lambda *case: _outside(
            *case, sign=-1
        ),
        "Return the velocity as well, after the weights.": lambda *case: _as_outside(*case)[0],
        "Return the weights first, then the velocity.": lambda *case: _as_outside(*case)[::-1],
        "This is Keras as it is, where the old velocity still holds the old rate after a drop.": (
            lambda *case: _as_outside(*case, rescale=False)
        ),
        "The factor is upside down. The velocity shrinks with the rate, so it is new over old.": _inverted,
        "The new gradient already has its new rate. Rescale only the old velocity.": lambda *case: (
            _as_outside(*case, late=True)
        ),
        "The velocity starts from 0 after a change of the rate. Rescale it instead.": _emptied,
        "This is the averaged form, with a factor 1 − β before the gradient.": _outside_with_mean,
    },
    cases=(
        (_slopes, np.array([4.0, 3.0]), STEPS, 0.9),
        (_tilted, np.zeros(2), [0.01, 0.1, 0.1, 0.05], 0.5),
    ),
)
