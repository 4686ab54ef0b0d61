"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np


def steps_at(kappa, eta, by):
    return np.log(by) / -np.log(max(abs(1 - eta), abs(1 - eta * kappa)))


def range_test_as_read(rates, losses):
    low = losses.argmin()
    return rates[low + np.argmax(losses[low:] > 2 * losses[low])] / 2


def suggested_rate_by_argmin(rates, losses):
    low = losses.argmin()
    blown = ~(losses[low:] <= 2 * losses[low])
    return rates[low + blown.argmax()] / 2 if blown.any() else np.inf


def range_test_above(limit):
    def suggested(rates, losses):
        low = np.nanargmin(losses)
        above = [
            rate
            for rate, loss in zip(rates[low:], losses[low:], strict=True)
            if not loss <= limit(losses[low])
        ]
        return above[0] / 2 if above else np.inf

    return suggested


def power_iteration(gradient, theta, rounds=200, normalise=True, start=None):
    v = np.ones_like(theta) if start is None else start
    for _ in range(rounds):
        before, v = v, (gradient(theta + 1e-5 * v) - gradient(theta)) / 1e-5
        size = np.linalg.norm(v)
        v = v / size if normalise else v
    return size / np.linalg.norm(before)


WRONG = {
    "rate_limit": [
        (1 / 6, "best rate"),
        (2 / 3, "Differentiate 3θ² twice"),
        ([1 / 3], "give the number itself"),
    ],
    "steps_for_kappa": [
        (
            lambda kappa, eta, by: int(steps_at(kappa, eta, by)) if eta < 2 / kappa else np.inf,
            "One step more",
        ),
        (lambda kappa, eta, by: np.ceil(steps_at(kappa, eta, by)), "never shrinks"),
        (lambda kappa, eta, by: np.ceil(np.log(by) / -np.log(1 - eta)), "compare their sizes"),
        (
            lambda kappa, eta, by: np.ceil(-steps_at(kappa, eta, by)) if eta < 2 / kappa else np.inf,
            "change the sign",
        ),
        (
            lambda kappa, eta, by: np.inf if eta > 2 / kappa else np.ceil(steps_at(kappa, eta, by)),
            "exactly 1",
        ),
    ],
    "suggested_rate": [
        (range_test_as_read, "`read` unchanged"),
        (lambda rates, losses: rates[np.nanargmin(losses)] / 2, "comes after it"),
        (suggested_rate_by_argmin, "np.nanargmin skips it"),
        (range_test_above(lambda low: 2), "not above 2"),
        (range_test_above(lambda low: 1.75 * low), "less than twice"),
        (range_test_above(lambda low: 2.15 * low), "more than twice"),
        (range_test_above(lambda low: np.nextafter(2 * low, 0)), "use <= and not <"),
    ],
    "steepest_curvature": [
        (lambda gradient, theta: 2 / power_iteration(gradient, theta), "limit of the rate"),
        (lambda gradient, theta: power_iteration(gradient, 0 * theta), "at theta"),
        (lambda gradient, theta: power_iteration(gradient, theta, start=np.eye(3)[0]), "random v"),
        (lambda gradient, theta: power_iteration(gradient, theta, rounds=1), "Not yet"),
    ],
}


# Other right answers, which the exercises accept.


def steps_by_walking(kappa, eta, by):
    distance, steps = np.ones(2), 0
    while max(abs(distance)) > 1 / by and steps < 10_000:
        distance, steps = distance * (1 - eta * np.array([1, kappa])), steps + 1
    return steps if steps < 10_000 else np.inf


def range_test_in_a_loop(rates, losses):
    low = min(i for i in range(len(losses)) if losses[i] == np.nanmin(losses))
    for rate, loss in zip(rates[low:], losses[low:], strict=True):
        if np.isnan(loss) or loss > 2 * losses[low]:
            return float(rate) / 2
    return float("inf")


def curvature_by_the_hessian(gradient, theta):
    columns = [(gradient(theta + 1e-5 * e) - gradient(theta - 1e-5 * e)) / 2e-5 for e in np.eye(len(theta))]
    return np.linalg.eigvalsh(np.array(columns))[-1]


RIGHT = {
    "steps_for_kappa": [
        steps_by_walking,
        lambda kappa, eta, by: (
            float("inf")
            if max(abs(1 - eta), abs(1 - eta * kappa)) >= 1
            else int(-(np.log2(by) // np.log2(max(abs(1 - eta), abs(1 - eta * kappa)))))
        ),
    ],
    "suggested_rate": [
        range_test_in_a_loop,
        lambda rates, losses: next(
            iter(
                rates[(~(losses <= 2 * np.nanmin(losses))) & (np.arange(len(losses)) > np.nanargmin(losses))]
                / 2
            ),
            np.inf,
        ),
    ],
    "steepest_curvature": [power_iteration, curvature_by_the_hessian],
}


# What computes the same, though it is written differently: a line with … for anything, and the reason.
NO_SIGN = "the size of a number has no sign"
ANY_START = "power iteration finds the same direction from any random start, with either sign"
ENOUGH = "fewer rounds are enough"
EQUIVALENT = {
    "steps_for_kappa": {
        "factor = max(1 - eta, abs(1 - eta * kappa))": "where 1 − η is negative, 1 − ηκ is more so, as κ is at least 1",
        "factor = max(abs(…": NO_SIGN,
    },
    "suggested_rate": {
        "blown = … > since)": "the lowest loss itself is not above twice the lowest",
        "blown = …np.arange(len(rates))…": "there is one loss for each rate",
    },
    "steepest_curvature": {
        "v = …np.random.default_rng(…": ANY_START,
        "for _ in range(…": ENOUGH,
        "v = -(v / np.linalg.norm(v))": ANY_START,
        "v = -((gradient(…": ANY_START,
        "v = (gradient(theta - 1e-05 * v) - …": ANY_START,
        "curvature = Hv @ v": "a dot product has no order",
        "v = -Hv": ANY_START,
        "v = change": "its length is divided away in the next round",
    },
}


def some_bowl(rng):
    curvatures = np.sort(rng.uniform(0.5, 5, 3)) * [0.5, 0.7, 1]
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]

    def gradient(theta):
        return turn @ (curvatures * (turn.T @ theta)) + 0.1 * theta**2

    return gradient, rng.normal(size=3)


def some_range_test(rng):
    losses = rng.uniform(0.5, 3, 8).round(1)
    losses[rng.random(8) < 0.1] = np.nan
    losses[3] = 1.0  # so that not all are nan
    return np.geomspace(0.01, 10, 8), losses


RANDOM = {
    "steps_for_kappa": lambda rng: (rng.uniform(1, 20), rng.uniform(0.001, 1.5), rng.uniform(2, 1000)),
    "suggested_rate": some_range_test,
    "steepest_curvature": some_bowl,
}
