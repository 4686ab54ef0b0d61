"""Exercises of the chapter *Losses are likelihoods*."""

from math import erfc, sqrt

import numpy as np

from .exercise import Exercise

one_gaussian_nll = Exercise(
    task="compute the NLL of this sample",
    answer=np.log(2 * np.pi * 4) / 2 + 0.5,
    right="The term ½ log(2πv) is the cost of predicting much noise, and r²/2v is the cost of the error.",
    slips={
        "v is the variance, 2² = 4, and this is the loss for v = 2.": np.log(2 * np.pi * 2) / 2 + 1,
        "The term ½ log(2πv) is missing, and without it a large σ would cost nothing.": 0.5,
        "The term r²/2v is missing, so the error of the mean would cost nothing.": np.log(2 * np.pi * 4) / 2,
        "The constant 2π is missing, which belongs to the density.": np.log(4) / 2 + 0.5,
        "The sign is reversed, because this is the log-likelihood.": -np.log(2 * np.pi * 4) / 2 - 0.5,
        "This is the density. Take −log of it.": np.exp(-0.5) / np.sqrt(2 * np.pi * 4),
    },
    tolerance=2e-3,
)


best_sigma = Exercise(
    task="find the σ with the smallest NLL",
    answer=np.sqrt(3.8),
    right="It is the root mean squared error, so an RMSE is an estimate of σ.",
    slips={
        "This is the variance, and σ is its square root.": 3.8,
        "The mean stays as it is, so do not subtract the mean of the residuals.": np.std([1, -2, 2, 3, 1]),
        "Divide by n instead of n − 1, because the mean was not fitted to these five.": np.sqrt(19 / 4),
        "Divide by n instead of n − 1, and do not subtract the mean of the residuals.": np.sqrt(14 / 4),
        "Divide the sum of the squares by n before you take the square root.": np.sqrt(19),
        "Divide by n inside the square root.": np.sqrt(19) / 5,
        "This is the mean absolute error, which is the best scale of a Laplace distribution.": 1.8,
    },
    tolerance=2e-3,
)


two_coins = Exercise(
    task="compute the additional cost per toss",
    answer=0.5 * np.log(0.5 / 0.9) + 0.5 * np.log(0.5 / 0.1),
    right="The true probabilities weigh the outcomes, and the predicted ones set their cost.",
    slips={
        "This is the divergence in the other order, for a coin of 0.9 and a model that predicts 0.5.": (
            0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5)
        ),
        "This is the cross-entropy. Subtract the entropy, which the better model pays as well.": (
            -0.5 * np.log(0.9) - 0.5 * np.log(0.1)
        ),
        "This is the entropy of the fair coin, which both models pay.": np.log(2),
        "This is in bits. Losses use the natural logarithm, np.log.": (
            0.5 * np.log2(0.5 / 0.9) + 0.5 * np.log2(0.5 / 0.1)
        ),
    },
    tolerance=2e-3,
)


def _above(z):
    """Return the probability that a standard Gaussian exceeds z."""
    return erfc(z / sqrt(2)) / 2


def _lognormal(m, s, limit):
    return np.exp(m), np.exp(m + s**2 / 2), _above((np.log(limit) - m) / s)


report_lognormal = Exercise(
    task="return the median, the mean and the probability of exceeding the limit",
    answer=_lognormal,
    right="So a mean predicted for the logarithm becomes a median when you take the exponential.",
    slips={
        "The second number is the median again. The mean is larger, because long delays pull it up.": (
            lambda m, s, limit: (np.exp(m), np.exp(m), _lognormal(m, s, limit)[2])
        ),
        "The mean lacks a factor ½ in the exponent, m + s²/2.": (
            lambda m, s, limit: (np.exp(m), np.exp(m + s**2), _lognormal(m, s, limit)[2])
        ),
        "The mean needs the variance s² in its exponent, not s.": (
            lambda m, s, limit: (np.exp(m), np.exp(m + s / 2), _lognormal(m, s, limit)[2])
        ),
        "Take the logarithm of the limit before you compare it with the Gaussian.": (
            lambda m, s, limit: (*_lognormal(m, s, limit)[:2], _above((limit - m) / s))
        ),
        "This is the probability of staying below the limit. Use sf instead of cdf.": (
            lambda m, s, limit: (*_lognormal(m, s, limit)[:2], 1 - _lognormal(m, s, limit)[2])
        ),
        "SciPy's norm takes the standard deviation s, not the variance.": (
            lambda m, s, limit: (*_lognormal(m, s, limit)[:2], _above((np.log(limit) - m) / s**2))
        ),
        "Return the median first, then the mean.": (
            lambda m, s, limit: (*_lognormal(m, s, limit)[1::-1], _lognormal(m, s, limit)[2])
        ),
        "The first two numbers belong to the logarithm. Take the exponential to get minutes.": (
            lambda m, s, limit: (m, m, _lognormal(m, s, limit)[2])
        ),
    },
    cases=((3.0, 0.5, 40.0), (2.0, 1.25, 4.0)),
)


def _minutes_to_add(y_true, y_pred, share, one=1):
    late = np.sort(y_true - y_pred)
    k = int(np.ceil((len(late) + one) * share))
    return late[k - 1] if k <= len(late) else np.inf


minutes_to_add = Exercise(
    task="return the minutes to add to every new prediction",
    answer=lambda y_true, y_pred, share: _minutes_to_add(y_true, y_pred, share),
    right="The promise holds for any network and any noise, as long as the deliveries are exchangeable.",
    slips={
        "This is the plain quantile. The new delivery counts as well, so use n + 1 instead of n.": (
            lambda y_true, y_pred, share: _minutes_to_add(y_true, y_pred, share, one=0)
        ),
        "np.quantile interpolates and ignores the new delivery. Take the k-th smallest, k = ⌈(n + 1) · share⌉.": (
            lambda y_true, y_pred, share: np.quantile(y_true - y_pred, share)
        ),
        "Python counts from 0, so the k-th smallest has the index k − 1.": (
            lambda y_true, y_pred, share: np.append(np.sort(y_true - y_pred), np.inf)[
                min(int(np.ceil((len(y_true) + 1) * share)), len(y_true))
            ]
        ),
        "A delivery is late when y_true exceeds y_pred, so subtract the other way round.": (
            lambda y_true, y_pred, share: _minutes_to_add(y_pred, y_true, share)
        ),
        "Only late deliveries break the promise, so do not take the absolute value.": (
            lambda y_true, y_pred, share: _minutes_to_add(np.abs(y_true - y_pred), 0, share)
        ),
        "Round k up with np.ceil. Rounding down promises too little.": (
            lambda y_true, y_pred, share: np.sort(y_true - y_pred)[
                min(int((len(y_true) + 1) * share), len(y_true)) - 1
            ]
        ),
        "When k equals n, the latest delivery is the answer. Compare with <= n, not with < n.": (
            lambda y_true, y_pred, share: (
                np.inf
                if int(np.ceil((len(y_true) + 1) * share)) >= len(y_true)
                else _minutes_to_add(y_true, y_pred, share)
            )
        ),
        "When k exceeds n, even the latest delivery is not late enough. Return np.inf.": (
            lambda y_true, y_pred, share: np.sort(y_true - y_pred)[
                min(int(np.ceil((len(y_true) + 1) * share)), len(y_true)) - 1
            ]
        ),
    },
    cases=(
        (
            np.array([31.0, 24, 40, 22, 35, 28, 19, 60, 33, 26]),
            np.array([30.0, 25, 32, 27, 33, 30, 20, 38, 34, 23]),
            0.75,
        ),
        (np.array([12.0, 9, 15, 30]), np.array([10.0, 10, 12, 20]), 0.9),
        (np.array([12.0, 9, 15, 30]), np.array([10.0, 10, 12, 20]), 0.8),
        (np.array([7.0, 5, 9, 6, 20, 8, 11]), np.array([6.0, 11, 8, 4, 9, 9, 8]), 0.6),
    ),
)
