"""Exercises of the chapter *Gradient descent and the learning rate*."""

import numpy as np

from .exercise import Exercise

rate_limit = Exercise(
    task="work out the rate above which it diverges",
    answer=2 / 6,
    right="The second derivative of 3θ² is 6, and 2/λ is 1/3. The constant 5 does not change the gradient.",
    slips={
        "This takes the coefficient 3 for the curvature. Differentiate 3θ² twice.": 2 / 3,
        "At this rate the first step lands on the minimum, so it is the best rate, not the largest.": 1 / 6,
        "This is the curvature. The limit is 2 divided by it.": 6.0,
    },
    tolerance=2e-2,
)


def _steps(kappa, eta, by, factor=None, log=np.log):
    factor = max(abs(1 - eta), abs(1 - eta * kappa)) if factor is None else factor
    return np.inf if factor >= 1 else np.log(by) / -log(factor)


steps_for_kappa = Exercise(
    task="return the number of steps",
    answer=lambda kappa, eta, by: np.ceil(_steps(kappa, eta, by)),
    right="The slower direction decides. That is the flat one at small rates, and the steep one close to the limit.",
    slips={
        "Steps are whole numbers, so round up.": _steps,
        "One step more is needed, so round up.": lambda kappa, eta, by: np.floor(_steps(kappa, eta, by)),
        "This counts only the flat direction. The factor of the steep one may be negative, so compare their sizes.": (
            lambda kappa, eta, by: np.ceil(_steps(kappa, eta, by, abs(1 - eta)))
        ),
        "This counts only the steep direction. At small rates the flat one is slower.": (
            lambda kappa, eta, by: np.ceil(_steps(kappa, eta, by, abs(1 - eta * kappa)))
        ),
        "This counts the faster direction, but the slower one decides.": lambda kappa, eta, by: np.ceil(
            _steps(kappa, eta, by, min(abs(1 - eta), abs(1 - eta * kappa)))
        ),
        "The logarithm of a factor below 1 is negative, so change the sign.": lambda kappa, eta, by: np.ceil(
            _steps(kappa, eta, by, log=lambda factor: -np.log(factor))
        ),
        "This is the factor at the rate 2/(1 + κ). Other rates have two factors, 1 − η and 1 − ηκ.": (
            lambda kappa, eta, by: np.ceil(_steps(kappa, eta, by, (kappa - 1) / (kappa + 1)))
        ),
        "With a factor of size 1 or more the distance never shrinks, so return np.inf.": lambda kappa, eta, by: (
            np.ceil(np.log(by) / -np.log(max(abs(1 - eta), abs(1 - eta * kappa))))
        ),
        "At a factor of exactly 1 the distance stays as it is, so return np.inf there.": lambda kappa, eta, by: (
            -np.inf if eta == 2 / kappa else np.ceil(_steps(kappa, eta, by))
        ),
        "Use the same logarithm twice, because log10 and log do not mix.": lambda kappa, eta, by: np.ceil(
            _steps(kappa, eta, by, log=np.log10)
        ),
    },
    cases=((10, 0.05, 1000), (10, 0.199, 50), (2.5, 0.85, 50), (10, 0.2, 50)),
    tolerance=1e-6,
)


_rng = np.random.default_rng(0)
_inputs = _rng.normal(size=(30, 3)) * [1, 2, 0.3] + [0, 1, 0.5]


def _read(rates, losses, since=None, gone=lambda losses, low: ~(losses <= 2 * low), never=np.inf):
    since = np.nanargmin(losses) if since is None else since
    blown = gone(losses, np.nanmin(losses)) & (np.arange(len(losses)) >= since)
    return rates[blown.argmax()] / 2 if blown.any() else never


def _read_as_it_stands(rates, losses, low):
    return rates[low + np.argmax(losses[low:] > 2 * losses[low])] / 2


_rates = np.geomspace(0.001, 10, 9)
_losses = np.array([2.5, 2.5, 2.4, 1.0, 0.8, 1.5, 1.6, 1.7, 40.0])  # the lowest is 0.8, and twice that 1.6

suggested_rate = Exercise(
    task="return half the rate at which the loss blows up",
    answer=lambda rates, losses: _read(rates, losses),
    right="Half the blow-up is half the limit, and where the test saw no limit it says so.",
    slips={
        "At the beginning the loss is above twice the lowest as well, so look only after the lowest.": (
            lambda rates, losses: _read(rates, losses, since=0)
        ),
        "This is the blow-up itself. Take half of it.": lambda rates, losses: 2 * _read(rates, losses),
        "This is half the rate with the lowest loss, and the blow-up comes after it.": lambda rates, losses: (
            rates[np.nanargmin(losses)] / 2
        ),
        "This is the rate with the lowest loss, and the blow-up comes after it.": lambda rates, losses: rates[
            np.nanargmin(losses)
        ],
        "This place is counted from the lowest loss onward, so add the place of the lowest to it.": (
            lambda rates, losses: _read(np.roll(rates, np.nanargmin(losses)), losses)
        ),
        "argmax returns 0 if there is no True. Where nothing blows up, return np.inf.": (
            lambda rates, losses: _read(rates, losses, never=rates[np.nanargmin(losses)] / 2)
        ),
        "This is `read` unchanged. Its argmax returns 0 without any True, and its argmin takes nan for the lowest.": (
            lambda rates, losses: _read_as_it_stands(rates, losses, losses.argmin())
        ),
        "argmax returns 0 if there is no True, so ask .any() first. And nan > 2 is False, although nan is a blow-up.": (
            lambda rates, losses: _read_as_it_stands(rates, losses, np.nanargmin(losses))
        ),
        "argmin takes nan for the lowest loss, but np.nanargmin skips it.": lambda rates, losses: _read(
            rates, losses, since=losses.argmin()
        ),
        "Half the last rate is not a limit, because the test ended before it blew up. Return np.inf.": (
            lambda rates, losses: _read(rates, losses, never=rates[-1] / 2)
        ),
        "The blow-up is where the loss is above twice the lowest, not above 2.": lambda rates, losses: _read(
            rates, losses, gone=lambda losses, low: ~(losses <= 2)
        ),
        "A loss of exactly twice the lowest is not above it yet, so use <= and not <.": lambda rates, losses: (
            _read(rates, losses, gone=lambda losses, low: ~(losses < 2 * low))
        ),
        "You compared with less than twice the lowest loss.": lambda rates, losses: _read(
            rates, losses, gone=lambda losses, low: ~(losses <= 1.75 * low)
        ),
        "You compared with more than twice the lowest loss.": lambda rates, losses: _read(
            rates, losses, gone=lambda losses, low: ~(losses <= 2.15 * low)
        ),
        "nan > 2 is False, so this does not notice a loss that jumps to nan.": lambda rates, losses: _read(
            rates, losses, gone=lambda losses, low: losses > 2 * low
        ),
    },
    cases=(
        (_rates, _losses),
        (_rates[2:], 2 * _losses[2:]),
        (_rates[:7], _losses[:7]),
        (_rates, np.array([2.5, 2.5, 2.4, 2.0, 1.0, 0.9, 1.5, np.nan, np.nan])),
        (_rates, np.array([2.5, 2.5, 2.4, 2.0, 1.0, 0.9, 2.2, np.nan, np.nan])),
    ),
)


def _bowl(theta):
    return np.array([1.0, 3.0, 10.0]) * theta


def _counts(theta):
    return _inputs.T @ (np.exp(_inputs @ theta) - 1) / len(_inputs)


def _power(gradient, theta, rounds=200, at=None, twice=1, start=None):
    theta = theta if at is None else at * theta
    v = np.random.default_rng(1).normal(size=theta.shape) if start is None else np.eye(len(theta))[start]
    for _ in range(rounds):
        v = v / np.linalg.norm(v)
        v = (gradient(theta + 1e-5 * v) - gradient(theta - 1e-5 * v)) / 2e-5 * twice
    return np.linalg.norm(v)


steepest_curvature = Exercise(
    task="return the largest curvature",
    answer=lambda gradient, theta: _power(gradient, theta),
    right="Each round takes two gradients for any number of weights, so this works for a network as well.",
    slips={
        "Divide by 2h instead of h, because the two points lie 2h apart.": lambda gradient, theta: _power(
            gradient, theta, twice=2
        ),
        "This is the curvature at 0. Compute it at theta.": lambda gradient, theta: _power(
            gradient, theta, at=0
        ),
        "This is the limit of the rate. Return λ_max itself.": lambda gradient, theta: (
            2 / _power(gradient, theta)
        ),
        "Start with a random v. The first axis may have no part along the steepest direction.": (
            lambda gradient, theta: _power(gradient, theta, start=0)
        ),
    },
    cases=((_bowl, np.ones(3)), (_counts, np.array([0.5, -1.0, 2.0]))),
    tolerance=1e-3,
)
