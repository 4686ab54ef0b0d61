"""Exercises on gradient descent: curvature and rate, condition number, noise floor, range test, power iteration."""

import numpy as np

from .exercise import Exercise

rate_limit = Exercise(
    task="work out the rate above which it diverges",
    answer=2 / 6,
    right="The second derivative of 3θ² is 6, and 2/λ is 1/3. The + 5 changes nothing.",
    slips={
        "That takes the coefficient for the curvature: differentiate 3θ² twice.": 2 / 3,
        "There the first step lands on the minimum: the best rate, not the largest.": 1 / 6,
        "That is the curvature; the limit is 2 divided by it.": 6.0,
    },
    tolerance=5e-3,
)

rate_for_mean = Exercise(
    task="work out your rate",
    answer=5.0,
    right="The mean's gradient is a fiftieth of the sum's, so the rate has to be fifty times theirs.",
    slips={
        "The wrong way: the mean has the smaller gradient, so it needs the larger rate.": 0.1 / 50,
        "At the same rate your steps are a fiftieth of theirs.": 0.1,
        "That is the rule for noise; a sum is B times the mean, not √B times.": 0.1 * np.sqrt(50),
    },
    tolerance=1e-3,
)


def _steps(kappa, by):
    return np.log(by) / np.log((kappa + 1) / (kappa - 1))


steps_for_kappa = Exercise(
    task="return the number of steps",
    answer=lambda kappa, by: np.ceil(_steps(kappa, by)),
    right="About ½ κ log(by), once κ is large: twice the condition number, twice the time.",
    slips={
        "Steps are whole: round up.": _steps,
        "One step more is needed: rounded down, the distance is still too large.": lambda kappa, by: np.floor(
            _steps(kappa, by)
        ),
        "That is the rate 1/λ_max, whose factor is 1 − 1/κ; the best rate needs half of the steps.": (
            lambda kappa, by: np.ceil(np.log(by) / -np.log(1 - 1 / kappa))
        ),
        "Logarithms of one kind, please: log10 and log do not mix.": lambda kappa, by: np.ceil(
            np.log10(by) / np.log((kappa + 1) / (kappa - 1))
        ),
        "After so many steps the loss has shrunk that far; the distance takes twice as many.": (
            lambda kappa, by: np.ceil(_steps(kappa, by) / 2)
        ),
    },
    cases=((10, 1000), (100, 1000), (2.5, 50)),
    tolerance=1e-6,
)


def _curvatures(x, bias=True, factor=2, mean=True):
    X = np.column_stack([x, np.ones(len(x))]) if bias else x
    lam = np.linalg.eigvalsh(factor * X.T @ X / (len(x) if mean else 1))
    return lam[0], lam[-1]


_rng = np.random.default_rng(0)
_inputs = _rng.normal(size=(30, 3)) * [1, 2, 0.3] + [0, 1, 0.5]

curvature_range = Exercise(
    task="return the smallest and the largest curvature",
    answer=lambda x: _curvatures(x),
    right="Their ratio is κ, and 2 divided by the second is the limit of the rate.",
    slips={
        "The bias is a weight too: append a column of ones.": lambda x: _curvatures(x, bias=False),
        "The 2 from the square is missing.": lambda x: _curvatures(x, factor=1),
        "The loss is a mean over the samples: divide by n.": lambda x: _curvatures(x, mean=False),
        "The largest came first.": lambda x: _curvatures(x)[::-1],
        "Those are singular values of X: square them, and multiply by 2/n.": lambda x: tuple(
            np.linalg.svd(np.column_stack([x, np.ones(len(x))]))[1][[-1, 0]]
        ),
    },
    cases=((_inputs,), (_inputs[:9, :2],)),
)


def _quiet(floor, sigma, B, curvature):
    return 4 * B * floor / (sigma**2 + 2 * B * floor * curvature)


quiet_rate = Exercise(
    task="return the rate",
    answer=_quiet,
    right="Four times the batch allows nearly four times the rate, until the curvature has a say.",
    slips={
        "That is the approximation for small rates; keep the 2 − ηλ.": lambda floor, sigma, B, curvature: (
            4 * B * floor / sigma**2
        ),
        "σ has to be squared: the floor grows with the variance.": lambda floor, sigma, B, curvature: _quiet(
            floor, np.sqrt(sigma), B, curvature
        ),
        "The noise has the variance σ²/B, not σ²/B².": lambda floor, sigma, B, curvature: _quiet(
            floor, sigma, B**2, curvature
        ),
        "Check a sign: a steeper parabola needs a smaller rate.": lambda floor, sigma, B, curvature: _quiet(
            floor, sigma, B, -curvature
        ),
        "There is a 2 in front of B in the floor.": lambda floor, sigma, B, curvature: _quiet(
            floor, sigma, B / 2, curvature
        ),
    },
    cases=((0.01, 1.0, 4, 1.0), (0.5, 3.0, 16, 2.0)),
)


def _blow_up(rates, losses, since):
    return rates[since + np.argmax(losses[since:] > 2 * losses.min())]


_rates = np.geomspace(0.001, 10, 9)
_losses = np.array([2.5, 2.5, 2.4, 2.0, 1.0, 0.9, 1.5, 2.2, 40.0])

suggested_rate = Exercise(
    task="return half the rate at which it blows up",
    answer=lambda rates, losses: _blow_up(rates, losses, losses.argmin()) / 2,
    right="Half of the limit: what a parabola would call the best rate.",
    slips={
        "At the beginning the loss is above twice the lowest, too: look behind the lowest.": (
            lambda rates, losses: _blow_up(rates, losses, 0) / 2
        ),
        "That is the blow-up itself: take half of it.": lambda rates, losses: _blow_up(
            rates, losses, losses.argmin()
        ),
        "That is the rate with the lowest loss: the blow-up comes behind it.": lambda rates, losses: rates[
            losses.argmin()
        ],
        "That is half the rate with the lowest loss: the blow-up comes behind it.": lambda rates, losses: (
            rates[losses.argmin()] / 2
        ),
        "The place was counted from the lowest on: add losses.argmin() to it.": lambda rates, losses: (
            rates[np.argmax(losses[losses.argmin() :] > 2 * losses.min())] / 2
        ),
        "That is half the last rate: stop at the first one above twice the lowest.": lambda rates, losses: (
            rates[-1] / 2
        ),
    },
    cases=((_rates, _losses), (_rates[2:], _losses[2:] + 0.1)),
)


def _bowl(theta):
    return np.array([1.0, 3.0, 10.0]) * theta


def _logistic(theta):
    return _inputs.T @ (1 / (1 + np.exp(-_inputs @ theta)) - 0.5) / len(_inputs)


def _power(gradient, theta, rounds=200, at=None, twice=1):
    theta = theta if at is None else at * theta
    v = np.random.default_rng(1).normal(size=theta.shape)
    for _ in range(rounds):
        v = v / np.linalg.norm(v)
        v = (gradient(theta + 1e-5 * v) - gradient(theta - 1e-5 * v)) / (2e-5 / twice)
    return np.linalg.norm(v)


steepest_curvature = Exercise(
    task="return the largest curvature",
    answer=lambda gradient, theta: _power(gradient, theta),
    right="Two gradients a round, whatever the number of weights: this works for a network.",
    slips={
        "Divide by 2h, not by h: the two points lie 2h apart.": lambda gradient, theta: _power(
            gradient, theta, twice=2
        ),
        "That is the curvature at 0: take it at theta.": lambda gradient, theta: _power(
            gradient, theta, at=0
        ),
        "That is the limit of the rate: return λ_max itself.": lambda gradient, theta: (
            2 / _power(gradient, theta)
        ),
    },
    cases=((_bowl, np.ones(3)), (_logistic, np.array([0.5, -1.0, 2.0]))),
    tolerance=1e-3,
)
