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


def _steps(kappa, eta, by, factor=None, log=np.log):
    factor = max(abs(1 - eta), abs(1 - eta * kappa)) if factor is None else factor
    return np.inf if factor >= 1 else np.log(by) / -log(factor)


steps_for_kappa = Exercise(
    task="return the number of steps",
    answer=lambda kappa, eta, by: np.ceil(_steps(kappa, eta, by)),
    right="The slower direction decides: the flat one at small rates, the steep one close to the limit.",
    slips={
        "Steps are whole: round up.": _steps,
        "One step more is needed: rounded down, the distance is still too large.": lambda kappa, eta, by: (
            np.floor(_steps(kappa, eta, by))
        ),
        "That is the flat direction. The steep one's factor may be negative: compare their sizes.": (
            lambda kappa, eta, by: np.ceil(_steps(kappa, eta, by, abs(1 - eta)))
        ),
        "That is only the steep direction. At small rates the flat one is slower.": (
            lambda kappa, eta, by: np.ceil(_steps(kappa, eta, by, abs(1 - eta * kappa)))
        ),
        "That is the faster direction: the slower one decides.": lambda kappa, eta, by: np.ceil(
            _steps(kappa, eta, by, min(abs(1 - eta), abs(1 - eta * kappa)))
        ),
        "The logarithm of a factor below 1 is negative: change the sign.": lambda kappa, eta, by: np.ceil(
            _steps(kappa, eta, by, log=lambda factor: -np.log(factor))
        ),
        "That is the best rate's factor; this rate has two of its own, 1 − η and 1 − ηκ.": (
            lambda kappa, eta, by: np.ceil(_steps(kappa, eta, by, (kappa - 1) / (kappa + 1)))
        ),
        "A factor of 1 or more never arrives: return np.inf.": lambda kappa, eta, by: np.ceil(
            np.log(by) / -np.log(max(abs(1 - eta), abs(1 - eta * kappa)))
        ),
        "Logarithms of one kind, please: log10 and log do not mix.": lambda kappa, eta, by: np.ceil(
            _steps(kappa, eta, by, log=np.log10)
        ),
    },
    cases=((10, 0.05, 1000), (10, 0.199, 50), (2.5, 0.85, 50)),
    tolerance=1e-6,
)


def _curvatures(x, alpha, bias=True, factor=2, mean=True):
    X = np.column_stack([x, np.ones(len(x))]) if bias else x
    lam = np.linalg.eigvalsh(factor * X.T @ X / (len(x) if mean else 1)) + 2 * alpha
    return lam[0], lam[-1]


def _curvatures_without_the_bias_penalty(x, alpha):
    X = np.column_stack([x, np.ones(len(x))])
    penalty = 2 * alpha * np.diag([1.0] * x.shape[1] + [0.0])
    lam = np.linalg.eigvalsh(2 * X.T @ X / len(x) + penalty)
    return lam[0], lam[-1]


_rng = np.random.default_rng(0)
_inputs = _rng.normal(size=(30, 3)) * [1, 2, 0.3] + [0, 1, 0.5]

curvature_range = Exercise(
    task="return the smallest and the largest curvature",
    answer=lambda x, alpha: _curvatures(x, alpha),
    right="The penalty lifts every curvature alike, so κ shrinks. It also moves the minimum: nothing is free.",
    slips={
        "That is the loss without its penalty.": lambda x, alpha: _curvatures(x, 0),
        "The second derivative of αθ² is 2α, not α.": lambda x, alpha: _curvatures(x, alpha / 2),
        "Here the penalty is on the bias, too.": _curvatures_without_the_bias_penalty,
        "The bias is a weight too: append a column of ones.": lambda x, alpha: _curvatures(
            x, alpha, bias=False
        ),
        "The 2 from the squared error is missing.": lambda x, alpha: _curvatures(x, alpha, factor=1),
        "The squared error is a mean over the samples: divide by n.": lambda x, alpha: _curvatures(
            x, alpha, mean=False
        ),
        "The penalty is not a mean over the samples, so do not divide it by n.": lambda x, alpha: _curvatures(
            x, alpha / len(x)
        ),
        "The largest came first.": lambda x, alpha: _curvatures(x, alpha)[::-1],
    },
    cases=((_inputs, 0.1), (_inputs[:9, :2], 0.5)),
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


def _read(rates, losses, since=None, gone=lambda losses, low: ~(losses <= 2 * low), never=np.inf):
    since = np.nanargmin(losses) if since is None else since
    blown = gone(losses, np.nanmin(losses)) & (np.arange(len(losses)) >= since)
    return rates[blown.argmax()] / 2 if blown.any() else never


def _read_as_it_stands(rates, losses, low):
    return rates[low + np.argmax(losses[low:] > 2 * losses[low])] / 2


_rates = np.geomspace(0.001, 10, 9)
_losses = np.array([2.5, 2.5, 2.4, 2.0, 1.0, 0.9, 1.5, 2.2, 40.0])

suggested_rate = Exercise(
    task="return half the rate at which it blows up",
    answer=lambda rates, losses: _read(rates, losses),
    right="Half of the limit, what a parabola would call the best rate; and no limit where none was seen.",
    slips={
        "At the beginning the loss is above twice the lowest, too: look behind the lowest.": (
            lambda rates, losses: _read(rates, losses, since=0)
        ),
        "That is the blow-up itself: take half of it.": lambda rates, losses: 2 * _read(rates, losses),
        "That is half the rate with the lowest loss: the blow-up comes behind it.": lambda rates, losses: (
            rates[np.nanargmin(losses)] / 2
        ),
        "That is the rate with the lowest loss: the blow-up comes behind it.": lambda rates, losses: rates[
            np.nanargmin(losses)
        ],
        "The place was counted from the lowest on: add the place of the lowest to it.": (
            lambda rates, losses: _read(np.roll(rates, np.nanargmin(losses)), losses)
        ),
        "argmax of a list without one True is 0: where nothing blows up, return np.inf.": (
            lambda rates, losses: _read(rates, losses, never=rates[np.nanargmin(losses)] / 2)
        ),
        "That is `read` as it stands: argmax of a list without one True is 0, and argmin takes nan for lowest.": (
            lambda rates, losses: _read_as_it_stands(rates, losses, losses.argmin())
        ),
        "argmax of a list without one True is 0: ask .any() first. And nan > 2 is False, but nan is a blow-up.": (
            lambda rates, losses: _read_as_it_stands(rates, losses, np.nanargmin(losses))
        ),
        "argmin takes nan for the lowest: np.nanargmin passes over it.": lambda rates, losses: _read(
            rates, losses, since=losses.argmin()
        ),
        "Half the last rate is not a limit, because the test ended before it blew up. Return np.inf.": (
            lambda rates, losses: _read(rates, losses, never=rates[-1] / 2)
        ),
        "nan > 2 is False, so a loss that jumps to nan was not noticed.": lambda rates, losses: _read(
            rates, losses, gone=lambda losses, low: losses > 2 * low
        ),
    },
    cases=(
        (_rates, _losses),
        (_rates[2:], _losses[2:] + 0.1),
        (_rates[:7], _losses[:7]),
        (_rates, np.array([2.5, 2.5, 2.4, 2.0, 1.0, 0.9, 1.5, np.nan, np.nan])),
        (_rates, np.array([2.5, 2.5, 2.4, 2.0, 1.0, 0.9, 2.2, np.nan, np.nan])),
    ),
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
