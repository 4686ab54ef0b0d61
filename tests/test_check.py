"""What the exercises' checks answer: to the right answer, to typical slips, and to whatever else may come."""

import functools
import json
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lossopt import check, schedules
from lossopt.check import Exercise

ALL = {name: value for name, value in vars(check).items() if isinstance(value, Exercise)}
NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))


def ascending_step(theta, b, x, y, learning_rate):
    miss = theta * x + b - y
    return theta + learning_rate * 2 * np.mean(miss * x), b + learning_rate * 2 * np.mean(miss)


def adam_step_without_correction(w, g, m, v, t, learning_rate):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    return w - learning_rate * m / (np.sqrt(v) + 1e-7), m, v


def adam_step_that_returns_the_corrected(w, g, m, v, t, learning_rate):
    m = (0.9 * m + 0.1 * g) / (1 - 0.9**t)
    v = (0.999 * v + 0.001 * g**2) / (1 - 0.999**t)
    return w - learning_rate * m / (v**0.5 + 1e-7 / (1 - 0.999**t) ** 0.5), m, v


def adam_step_of_the_paper(w, g, m, v, t, learning_rate, epsilon=1e-7):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return w - learning_rate * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)) ** 0.5 + epsilon), m, v


def adam_with_a_stuck_counter(w, gradients, learning_rate):
    m, v, t = 0.0, 0.0, 1
    for g in gradients:
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w -= learning_rate * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def adam_with_epsilon_outside(w, gradients, learning_rate):
    m, v, t = 0.0, 0.0, 0
    for g in gradients:
        t += 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        with np.errstate(invalid="ignore"):
            w -= learning_rate * (m / (1 - 0.9**t) / np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def lazy_adam_with_one_counter(w, g, m, v, t, learning_rate):
    seen, t = g != 0, t + 1
    m, v = np.where(seen, 0.9 * m + 0.1 * g, m), np.where(seen, 0.999 * v + 0.001 * g**2, v)
    step = learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w - seen * step, m, v, t


def lazy_adam_that_forgets(w, g, m, v, t, learning_rate):
    seen = (g != 0).astype(float)
    m, v, t = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, t + seen
    n = np.maximum(t, 1)
    return w - seen * learning_rate * m / (1 - 0.9**n) / (np.sqrt(v / (1 - 0.999**n)) + 1e-8), m, v, t


def step_by_step(theta, b, x, y, learning_rate):
    theta = theta - learning_rate * 2 * np.mean((theta * x + b - y) * x)
    b = b - learning_rate * 2 * np.mean(theta * x + b - y)
    return theta, b


def logistic_with_summed_gradient(x, y, learning_rate, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        w, b = w - learning_rate * x.T @ (p - y), b - learning_rate * np.sum(p - y)
    return w, b


def logistic_without_bias(x, y, learning_rate, steps):
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        w = w - learning_rate * x.T @ (1 / (1 + np.exp(-(x @ w))) - y) / len(x)
    return w, 0.0


def softmax_regression_with_summed_gradient(x, y, classes, learning_rate, steps):
    w, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        z = np.exp(x @ w + b - (x @ w + b).max(axis=1)[:, None])
        slope = z / z.sum(axis=1)[:, None] - np.eye(classes)[y]
        w, b = w - learning_rate * x.T @ slope, b - learning_rate * slope.sum(axis=0)
    return w, b


def softmax_regression_without_bias(x, y, classes, learning_rate, steps):
    w = np.zeros((x.shape[1], classes))
    for _ in range(steps):
        z = np.exp(x @ w)
        w = w - learning_rate * x.T @ (z / z.sum(axis=1)[:, None] - np.eye(classes)[y]) / len(x)
    return w, np.zeros(classes)


def mean_crossentropy(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y_true])


def crossentropy_from_probabilities(y_true, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    with np.errstate(divide="ignore"):
        return -np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(z)), y_true])


def cosine_without_warmup(t, peak, warmup, total):
    return peak * 0.5 * (1 + np.cos(np.pi * t / total))


def cosine_from_the_start(t, peak, warmup, total):
    return np.where(t < warmup, peak * t / warmup, cosine_without_warmup(t, peak, warmup, total))


def decay_that_counts_the_warmup(n, batch_size, epochs, share):
    total = int(np.ceil(n / batch_size)) * epochs
    return total, int(total * share)


def cosine_that_forgets_the_warmup(t, peak, warmup, total, alpha):
    return peak * ((1 - alpha) * (1 + np.cos(np.pi * np.minimum(t / total, 1))) / 2 + alpha)


def cosine_on_top_of_its_floor(t, peak, warmup, total, alpha):
    p = np.clip((t - warmup) / (total - warmup), 0, 1)
    return np.where(t < warmup, t / warmup, (1 + np.cos(np.pi * p)) / 2 + alpha) * peak


def clip_one_by_one(kernel, bias, threshold):
    return tuple(g / max(1, np.sqrt((g**2).sum()) / threshold) for g in (kernel, bias))


def clip_always(kernel, bias, threshold):
    norm = np.linalg.norm(np.concatenate([kernel.ravel(), bias]))
    return kernel / norm * threshold, bias / norm * threshold


def average_from_the_first(values, mu):
    average = values[0]
    for value in values:
        average = mu * average + (1 - mu) * value
    return average


def average_uncorrected(values, mu):
    return sum((1 - mu) * mu**age * value for age, value in enumerate(reversed(values)))


def plateau_that_keeps_counting(losses, rate, factor, patience, min_delta):
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        rates.append(rate)
        waited += 1
        if best - loss > min_delta:
            best, waited = loss, 0
        if waited >= patience:
            rate *= factor
    return np.array(rates)


def plateau_a_step_early(losses, rate, factor, patience, min_delta):
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        better = loss < best - min_delta
        best, waited = (loss, 0) if better else (best, waited + 1)
        if waited == patience:
            rate, waited = rate * factor, 0
        rates.append(rate)
    return rates


def shift_by_slices(image, down, right):
    moved = np.zeros_like(image)
    for row in range(len(image)):
        for column in range(len(image[0])):
            if 0 <= row + down < len(image) and 0 <= column + right < len(image[0]):
                moved[row, column] = image[row + down, column + right]
    return moved


def smoothed_entropy(alpha, classes):
    p = np.array([1 - alpha] + (classes - 1) * [alpha / (classes - 1)])
    return -np.sum(p * np.log(p))


def logsumexp_without_shift(z):
    with np.errstate(all="ignore"):
        return np.log(np.sum(np.exp(z), axis=1))


def crossentropy_from_sigmoid(y_true, z):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-z))
        return np.where(y_true == 1, -np.log(p), -np.log(1 - p))


def crossentropy_without_log1p(y_true, z):
    return np.maximum(z, 0) - z * (y_true > 0) + np.log(1 + np.exp(-abs(z)))


def crossentropy_without_a_stable_softplus(y_true, z):
    with np.errstate(over="ignore"):
        return np.log(1 + np.exp(-y_true * z))


def crossentropy_as_for_zeros_and_ones(y_true, z):
    return np.logaddexp(0, z) - y_true * z


def crossentropy_of_softmax(y_true, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    with np.errstate(all="ignore"):
        return -np.sum(y_true * np.log(e / e.sum(axis=1, keepdims=True)), axis=1)


def committee_of_softmaxes(y_true, scores):
    with np.errstate(all="ignore"):
        p = np.exp(scores.astype(float)) / np.exp(scores.astype(float)).sum(axis=2, keepdims=True)
        return [-np.log(np.mean(p[:, i, y])) for i, y in enumerate(y_true)]


def committee_of_mean_scores(y_true, scores):
    z = np.mean(scores, axis=0)
    z = z - np.max(z, axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[range(len(z)), y_true]


def lopsided_to_the_wrong_side(price):
    return lambda y_true, y_pred: np.mean(
        np.where(y_pred > y_true, price, 1) * (y_pred - y_true) ** 2, axis=-1
    )


class Lossy:
    """A loss as a learner writes it, but for the class above it."""

    def __init__(self, too_few=1.0, too_many=1.0, reduction="mean", name="lossy"):
        self.too_few, self.too_many = too_few, too_many
        self.q = too_few / (too_few + too_many)
        self.reduction, self.name = reduction, name


class LossyWithoutPrices(Lossy):
    def get_config(self):
        return {"reduction": self.reduction, "name": self.name}


class LossyWithPricesAlone(Lossy):
    def get_config(self):
        return {"too_few": self.too_few, "too_many": self.too_many}


def checker_by_one_side(loss, gradient, y_true, y_pred):
    h = 1e-3
    numeric = (loss(y_true, y_pred + h) - loss(y_true, y_pred)) / h
    return np.abs(gradient(y_true, y_pred) - numeric).max() < 0.1


def checker_by_sums(loss, gradient, y_true, y_pred):
    h = 1e-6
    numeric = sum(loss(y_true, y_pred + h) - loss(y_true, y_pred - h)) / (2 * h)
    return abs(numeric - sum(gradient(y_true, y_pred))) < 1e-3


def coverage_by_part(y_true, low, high, part, inside=lambda y, low, high: (y >= low) & (y <= high), n=len):
    held = inside(y_true, low, high)
    shares = np.array([held[part == k].mean() for k in np.unique(part)])
    return shares, np.sqrt(shares * (1 - shares) / [n(held[part == k]) for k in np.unique(part)])


def coverage_without_the_ends(*case):
    return coverage_by_part(*case, inside=lambda y, low, high: (y > low) & (y < high))


def coverage_with_the_spread_of_one(*case):
    return coverage_by_part(*case, n=lambda held: 1)


def coverage_with_one_n_for_all(*case):
    return coverage_by_part(*case, n=lambda held: len(case[0]))


def calibration_error_by_width(confidence, right, bins):
    total = 0.0
    for low in np.arange(bins) / bins:
        last = low + 1 / bins > 1 - 1e-9
        here = (confidence >= low) & ((confidence < low + 1 / bins) | last)
        if here.any():
            total += here.mean() * abs(right[here].mean() - confidence[here].mean())
    return total


def calibration_error_with_signs(confidence, right, bins):
    order = np.argsort(confidence)
    return abs(np.mean((right - confidence)[order].reshape(bins, -1).mean(axis=1)))


def inverse_temperature(z, y):
    factors = np.geomspace(0.1, 10, 20001)
    return factors[np.argmin([mean_crossentropy(y, factor * z) for factor in factors])]


def cautious_temperature(z, y):
    candidates = np.linspace(0.1, 1, 901)
    return candidates[np.argmin([mean_crossentropy(y, z / t) for t in candidates])]


def dice_without_care_for_empty_masks(y_true, y_pred):
    with np.errstate(invalid="ignore"):
        return 1 - 2 * np.sum(y_true * y_pred, (1, 2)) / (np.sum(y_true, (1, 2)) + np.sum(y_pred, (1, 2)))


def dice_with_care_for_empty_pairs_alone(y_true, y_pred):
    total = np.sum(y_true + y_pred, (1, 2))
    return np.where(total == 0, 0, 1 - 2 * np.sum(y_true * y_pred, (1, 2)) / np.maximum(total, 1e-7))


def ctc_that_leaps_freely(labels, logits):
    states = [0] + [state for label in labels for state in (label, 0)]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ways = [p[0, state] * (s < 2) for s, state in enumerate(states)]
    for row in p[1:]:
        ways = [
            row[state] * (ways[s] + ways[s - 1] * (s > 0) + ways[s - 2] * (s > 1 and s % 2 == 1))
            for s, state in enumerate(states)
        ]
    return -np.log(sum(ways[-2:]))


def ctc_that_must_end_in_a_blank(labels, logits):
    states = np.array([0] + [state for label in labels for state in (label, 0)])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ways = p[0, states] * (np.arange(len(states)) < 2)
    for row in p[1:]:
        before = ways.copy()
        ways[1:] += before[:-1]
        leaps = (states[2:] != 0) & (states[2:] != states[:-2])
        ways[2:] += before[:-2] * leaps
        ways = ways * row[states]
    return -np.log(ways[-1])


def softmax_layer_by_sums(X, y, W, b):
    e = np.exp(X @ W + b - (X @ W + b).max(axis=1, keepdims=True))
    d = e / e.sum(axis=1, keepdims=True) - y
    return X.T @ d, d.sum(axis=0)


def softmax_layer_uphill(X, y, W, b):
    dW, db = softmax_layer_by_sums(X, y, W, b)
    return -dW / len(X), -db / len(X)


class Node:
    """A value as chapter 8 makes it, with its links."""

    def __init__(self, value, *links):
        self.value, self.inputs = value, links


def softplus_of_the_school_book(x):
    with np.errstate(all="ignore"):
        e = np.exp(np.float64(x.value))
        return Node(np.log(1 + e), (x, e / (1 + e)))


def softplus_linked_to_its_value(x):
    value = np.logaddexp(0, x.value)
    return Node(value, (x, value))


def one_sided_along(loss, gradient, w, v):
    return (loss(w + v / 100) - loss(w)) * 100, np.vdot(gradient(w), v)


def along_without_the_direction(loss, gradient, w, v):
    h = 1e-6
    return (loss(w + h * v) - loss(w - h * v)) / (2 * h), gradient(w).sum()


def backward_as_shipped(X, y, W1, W2):
    Z = X @ W1
    A = np.tanh(Z)
    d = 2 * (A @ W2 - y)
    return X.T @ (d @ W2.T * (1 - Z**2)), A.T @ d / len(X)


def backward_without_the_mean(X, y, W1, W2):
    A = np.tanh(X @ W1)
    d = 2 * (A @ W2 - y)
    return X.T @ (d @ W2.T * (1 - A**2)), A.T @ d / len(X)


def walk_that_overwrites(n, links):
    loss = ({result for _, result, _ in links} - {origin for origin, _, _ in links}).pop()
    slopes, left, done = np.zeros(n), list(links), {loss}
    slopes[loss] = 1
    while left:
        origins = {origin for origin, _, _ in left}
        for link in [link for link in left if link[1] in done and link[1] not in origins]:
            origin, result, local_slope = link
            slopes[origin] = local_slope * slopes[result]
            left.remove(link)
            done.add(origin)
    return slopes


def walk_in_the_order_of_numbers(n, links):
    loss = ({result for _, result, _ in links} - {origin for origin, _, _ in links}).pop()
    slopes = np.zeros(n)
    slopes[loss] = 1
    for node in range(n):
        for origin, result, local_slope in links:
            if result == node:
                slopes[origin] += local_slope * slopes[node]
    return slopes


def quiet_rate_by_trial(floor, sigma, B, curvature):
    """Forgets the factor ½ of the loss."""
    rates = np.linspace(1e-6, 1.9 / curvature, 200_001)
    floors = curvature * rates * sigma**2 / (B * curvature * (2 - rates * curvature))
    return rates[np.argmin(np.abs(floors - floor))]


def steps_at(kappa, eta, by):
    return np.log(by) / -np.log(max(abs(1 - eta), abs(1 - eta * kappa)))


def curvatures_with(x, penalty, bias=True):
    X = np.c_[x, np.ones(len(x))] if bias else x
    return tuple(np.linalg.eigvalsh(2 / len(X) * X.T @ X + penalty * np.eye(X.shape[1]))[[0, -1]])


def range_test_as_read(rates, losses):
    low = losses.argmin()
    return rates[low + np.argmax(losses[low:] > 2 * losses[low])] / 2


def suggested_rate_by_argmin(rates, losses):
    low = losses.argmin()
    blown = ~(losses[low:] <= 2 * losses[low])
    return rates[low + blown.argmax()] / 2 if blown.any() else np.inf


def power_iteration(gradient, theta, rounds=200, normalise=True):
    v = np.ones_like(theta)
    for _ in range(rounds):
        before, v = v, (gradient(theta + 1e-5 * v) - gradient(theta)) / 1e-5
        size = np.linalg.norm(v)
        v = v / size if normalise else v
    return size / np.linalg.norm(before)


def heavy_ball_uphill(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        m = beta * m + learning_rate * gradient(theta)
        theta = theta + m
    return theta


def averaged_ball(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        m = beta * m + (1 - beta) * gradient(theta)
        theta = theta - learning_rate * m
    return theta


def velocity_made_anew(gradient, theta, learning_rate, beta, steps):
    for _ in range(steps):
        m = np.zeros_like(theta)
        m = beta * m - learning_rate * gradient(theta)
        theta = theta + m
    return theta


def heavy_ball(gradient, theta, learning_rate, beta, steps):
    return averaged_ball(gradient, theta, learning_rate / (1 - beta), beta, steps)


def nesterov_from_the_look(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        theta = theta + beta * m
        m = beta * m - learning_rate * gradient(theta)
        theta = theta + m
    return theta


def ball_that_comes_from_zero(gradient, theta, learning_rate, beta, steps):
    last = np.zeros(2)
    for _ in range(steps):
        last, theta = theta, theta + beta * (theta - last) - learning_rate * gradient(theta)
    return theta


def nesterov_with_the_old_velocity(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        g = gradient(theta)
        theta = theta + beta * m - learning_rate * g
        m = beta * m - learning_rate * g
    return theta - beta * m


def nesterov_that_stays_ahead(gradient, theta, learning_rate, beta, steps):
    m = np.zeros_like(theta)
    for _ in range(steps):
        g = gradient(theta)
        m = beta * m - learning_rate * g
        theta = theta + beta * m - learning_rate * g
    return theta


def ball_that_subtracts_the_last_step(gradient, theta, learning_rate, beta, steps):
    last = theta
    for _ in range(steps):
        last, theta = theta, theta + beta * (last - theta) - learning_rate * gradient(theta)
    return theta


def coasting_after_the_drop(gradient, theta, rates, beta):
    m = np.zeros_like(theta)
    for rate in rates:
        m = beta * m - rate * gradient(theta)
        theta = theta + m
    return theta


def rescaled_by_old_over_new(gradient, theta, rates, beta):
    m = np.zeros_like(theta)
    for old, rate in zip([rates[0], *rates], rates, strict=False):
        m = beta * m * (old / rate) - rate * gradient(theta)
        theta = theta + m
    return theta


# Two wrong answers to each exercise, as learners write them, and what the check has to say.
def newton_schulz_unscaled(x, steps):
    for _ in range(steps):
        x = x @ (3 * np.eye(x.shape[1]) - x.T @ x) / 2
    return x


def newton_schulz_of_entries(x, steps):
    x = x / np.sqrt(np.sum(x**2))
    for _ in range(steps):
        x = (3 * x - x * x * x) / 2
    return x


def lion_that_steps_after_remembering(w, m, g, learning_rate, weight_decay, beta_1, beta_2):
    m = beta_2 * m + (1 - beta_2) * g
    return w - learning_rate * (np.sign(m) + weight_decay * w), m


def lion_without_decay(w, m, g, learning_rate, weight_decay, beta_1, beta_2):
    direction = np.sign(beta_1 * m + (1 - beta_1) * g)
    return w - learning_rate * direction, beta_2 * m + (1 - beta_2) * g


def schedule_free_that_returns_theta(slope, w, learning_rate, beta, steps):
    z = x = theta = w
    for t in range(steps):
        z = z - learning_rate * slope(theta)
        x = (t * x + z) / (t + 1)
        theta = beta * x + (1 - beta) * z
    return theta


def mean_of_plain_descent(slope, w, learning_rate, beta, steps):
    places = []
    for _ in range(steps):
        w = w - learning_rate * slope(w)
        places.append(w)
    return np.mean(places, axis=0)


WRONG = {
    "adagrad_rate": [(0.5 / np.sum(np.full(100, 2.0) ** 2), "root of the sum"), (0.05, "not the step")],
    "rmsprop_first_step": [(1 / (1 - 0.99), "Take the root"), (3.162, "ρ = 0.9")],
    "adam_step": [
        (adam_step_without_correction, "correction of the start"),
        (adam_step_that_returns_the_corrected, "for this step only"),
        (adam_step_of_the_paper, "corrects the sum"),
        (functools.partial(adam_step_of_the_paper, epsilon=1e-8), "paper's step"),
    ],
    "mended_adam": [
        (adam_with_a_stuck_counter, "does not advance"),
        (adam_with_epsilon_outside, "outside the division"),
    ],
    "half_life": [(1 / (1 - 0.999), "share 1/e"), (0.5 / (1 - 0.999), "of what is left")],
    "lazy_adam": [
        (lazy_adam_with_one_counter, "each weight's own"),
        (lazy_adam_that_forgets, "m and v fade"),
    ],
    "line_loss": [
        (lambda theta, b, x, y: sum((theta * x + b - y) ** 2), "take their mean"),
        (lambda theta, b, x, y: np.mean(theta * x + b - y) ** 2, "Square each miss first"),
    ],
    "line_step": [(ascending_step, "climbs"), (step_by_step, "take both slopes first")],
    "default_reduction": [((4 + 30) / 6, "sum of the weights"), (34, "weighted sum")],
    "largest_learning_rate": [(1 / 15, "best rate"), (2 / np.mean(np.arange(1, 5) ** 2), "factor 2")],
    "uninformed_loss": [(np.log2(26), "binary logarithm"), (1 / 26, "probability itself")],
    "logistic_regression": [
        (logistic_with_summed_gradient, "not their sum"),
        (logistic_without_bias, "b never moved"),
    ],
    "three_times_as_much": [(9, "median"), (12.0, "mean")],
    "pinball_gradient": [
        (lambda y, p, q: np.where(p < y, q - 1, np.where(p > y, q, 0)), "swapped"),
        (lambda y, p, q: np.where(p > y, q - 1, np.where(p < y, q, 0.0)), "sign is reversed"),
    ],
    "huber_gradient": [
        (lambda miss, delta: np.where(abs(miss) < delta, miss, np.sign(miss)), "not at ±1"),
        (
            lambda miss, delta: np.where(abs(miss) <= delta, miss**2 / 2, delta * (abs(miss) - delta / 2)),
            "derivative",
        ),
    ],
    "minutes_to_seconds": [(240, "60²"), (120, "root")],
    "root_over_batches": [
        ((2 + 3 + 5) / 3, "mean of the three roots"),
        (np.sqrt((4 + 9 + 25) / 3), "twice as large"),
    ],
    "perfect_but_broadcast": [(0, "if sample met sample"), (np.var([1, 2, 3]), "variance of the targets")],
    "halfway_delta": [
        (lambda values: np.mean([np.mean(values), np.median(values)]), "halfway point itself"),
        (lambda values: np.median(np.abs(values - np.median(values))), "a good start"),
    ],
    "softmax": [
        (lambda z: np.exp(z - z.max()) / np.sum(np.exp(z - z.max())), "add up to 1"),
        (lambda z: 1 / (1 + np.exp(-np.clip(z, -500, 500))), "sigmoid"),
    ],
    "surprise": [(-np.log2(0.2), "binary logarithm"), (-np.log(0.7), "class that came")],
    "crossentropy": [
        (mean_crossentropy, "their mean"),
        (crossentropy_from_probabilities, "its log infinite"),
    ],
    "crossentropy_gradient": [
        (lambda y, z: y - np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), "sign is reversed"),
        (lambda y, z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), "subtract the target"),
    ],
    "double_softmax_floor": [(1.4612, "ten classes"), (np.log(3), "knowing nothing")],
    "softmax_regression": [
        (softmax_regression_with_summed_gradient, "not their sum"),
        (softmax_regression_without_bias, "b never moved"),
    ],
    "total_steps": [
        (lambda n, batch_size, epochs: epochs * (n // batch_size), "last, smaller batch is a step too"),
        (lambda n, batch_size, epochs: int(np.ceil(n / batch_size)), "a single epoch"),
    ],
    "warmup_cosine": [
        (cosine_without_warmup, "Where is the warm-up"),
        (cosine_from_the_start, "when the warm-up ends"),
    ],
    "decay_and_warmup": [
        (decay_that_counts_the_warmup, "does not count the warm-up"),
        (lambda n, batch, epochs, share: (epochs - int(epochs * share), int(epochs * share)), "epochs"),
    ],
    "cosine_to_floor": [
        (cosine_that_forgets_the_warmup, "Where is the warm-up"),
        (cosine_on_top_of_its_floor, "added on top"),
    ],
    "clip_together": [(clip_one_by_one, "by itself"), (clip_always, "stay as it is")],
    "corrected_average": [
        (average_from_the_first, "start at 0"),
        (average_uncorrected, "not corrected yet"),
    ],
    "rate_is_not_zero": [
        (lambda: schedules.CosineDecay(0.0, 1750, warmup_steps=250), "zero everywhere"),
        (lambda: schedules.CosineDecay(0.0, 2000, warmup_target=0.01, warmup_steps=250), "not 45"),
    ],
    "plateau_rates": [
        (plateau_that_keeps_counting, "starts anew"),
        (plateau_a_step_early, "decided before it"),
    ],
    "smoothing_floor": [
        (smoothed_entropy, "shared among all K classes"),
        (lambda alpha, classes: -np.log(1 - alpha + alpha / classes), "right class's term alone"),
    ],
    "decayed_weights": [
        (lambda w, rate, decay, steps: w * np.exp(steps * np.log(1 - decay)), "by the learning rate"),
        (lambda w, rate, decay, steps: w - steps * rate * decay * w, "of what is left"),
    ],
    "shifted_image": [
        (lambda image, down, right: np.roll(np.roll(image, down, 0), right, 1), "zeros have to come in"),
        (shift_by_slices, "wrong way"),
    ],
    "standard_error": [
        (lambda accuracy, n: (accuracy - accuracy**2) ** 0.5 / n, "not with n"),
        (lambda accuracy, n: (accuracy - accuracy**2) / n, "square root"),
    ],
    "compare_runs": [
        (
            lambda a, b: (b.mean() - a.mean(), np.sqrt(a.var() / len(a) + b.var() / len(b))),
            "divide by n − 1",
        ),
        (
            lambda a, b: (
                a.mean() - b.mean(),
                np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)),
            ),
            "better b is than a",
        ),
    ],
    "logsumexp": [
        (logsumexp_without_shift, "before np.exp"),
        (lambda z: np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1)), "added back"),
    ],
    "crossentropy_from_logit": [
        (crossentropy_from_sigmoid, "without it"),
        (crossentropy_without_log1p, "np.log1p"),
        (crossentropy_as_for_zeros_and_ones, "labels 0 and 1"),
        (crossentropy_without_a_stable_softplus, "rounded to 1, or overflowed"),
        (lambda y_true, z: np.clip(1 - y_true * z, 0, None), "hinge loss"),
    ],
    "sigmoid_saturation": [(-np.log(2.0**-24), "float32"), (52 * np.log(2), "half of it")],
    "soft_crossentropy": [
        (crossentropy_of_softmax, "its log infinite"),
        (
            lambda y, z: np.mean(y * (np.logaddexp.reduce(z, axis=1, keepdims=True) - z), axis=1),
            "take their sum",
        ),
    ],
    "double_sigmoid_plateau": [(0.7 * 0.3133 + 0.3 * 0.6931, "swapped"), (0.5032, "as many ones")],
    "committee_loss": [
        (committee_of_softmaxes, "without p"),
        (committee_of_mean_scores, "another model"),
    ],
    "squared_error_per_sample": [
        (lambda y_true, y_pred: ((y_true - y_pred) ** 2).mean(), "axis=(1, 2)"),
        (lambda y_true, y_pred: sum((y_true - y_pred) ** 2) / len(y_true), "over the samples"),
    ],
    "lopsided": [
        (lopsided_to_the_wrong_side, "wrong side"),
        (lambda price: lambda y, p: (y - p) ** 2, "Not yet"),
    ],
    "lopsided_gradient": [
        (lambda y, p, price: np.where(p > y, 2 * price, 2) * (p - y), "wrong side"),
        (lambda y, p, price: np.where(p < y, price, 1) * 2 * (y - p), "sign is reversed"),
    ],
    "error_with_holes": [
        (lambda y, p: np.mean(np.abs(np.nan_to_num(y) - p)), "no 0"),
        (lambda y, p: np.nansum(np.abs(y - p)) / len(y), "were counted"),
    ],
    "comes_back": [
        (LossyWithoutPrices, "defaults stepped in"),
        (LossyWithPricesAlone, "super().get_config()"),
    ],
    "critical_ratio": [((8 - 3) / 8, "still worth 1"), (2 / (5 + 2), "other side")],
    "gradient_checker": [(checker_by_one_side, "One percent"), (checker_by_sums, "sums may agree")],
    "one_gaussian_nll": [(np.log(2 * np.pi * 2) / 2 + 4 / 4, "v is the variance"), (0.5, "is missing")],
    "best_sigma": [(np.var([1, -2, 2, 3]) + 1, "its root"), (np.std([1, -2, 2, 3]), "do not subtract")],
    "calls_per_hour": [(np.mean([4 / 1, 9 / 5]), "two rates"), ((4 + 9) / 2, "per stretch")],
    "two_coins": [
        (0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5), "other way round"),
        (-(np.log(0.9) + np.log(0.1)) / 2, "cross-entropy"),
    ],
    "coverage": [
        (coverage_without_the_ends, "<="),
        (coverage_with_the_spread_of_one, "divide by n"),
        (coverage_with_one_n_for_all, "not of all"),
        (lambda *case: list(coverage_by_part(*case)), "without brackets"),
        (lambda y_true, low, high, part: coverage_by_part(y_true, low, high, 0 * part), "part == k"),
    ],
    "calibration_error": [
        (calibration_error_by_width, "equal width"),
        (calibration_error_with_signs, "must not cancel"),
        (lambda c, right, bins: np.mean(right) - np.mean(c), "absolute value of the difference"),
    ],
    "temperature": [(inverse_temperature, "1/T"), (cautious_temperature, "above 1")],
    "balanced_weights": [
        (lambda y: 1 / np.unique(y, return_counts=True)[1], "in their ratio"),
        (lambda y: len(y) / np.bincount(y), "number of classes too"),
    ],
    "call_out": [(400 / (400 + 10_000), "free when it burns"), (0.5, "would cost the same")],
    "focal_loss": [
        (lambda y_true, p, gamma: -((1 - p) ** gamma) * np.log(p), "Label 0 was treated like label 1"),
        (
            lambda y_true, p, gamma: -y_true * np.log(p) - (1 - y_true) * np.log(1 - p),
            "factor (1 − p)^γ is missing",
        ),
    ],
    "dice_of_each": [
        (dice_without_care_for_empty_masks, "0/0"),
        (dice_with_care_for_empty_pairs_alone, "however small"),
        (lambda y, p: 1 - 2 * np.sum(y * p, (1, 2)) / (np.sum(y + p, (1, 2)) + 1e-7), "whatever the model"),
        (lambda y, p: 1 - (2 * np.sum(y * p) + 1) / (np.sum(y + p) + 1), "whole batch as one mask"),
    ],
    "semi_hard": [
        (lambda p, n, margin: (p**2 - n**2 + margin > 0).astype(int), "hard ones too"),
        (lambda p, n, margin: ((p < n) & (n < p + margin)).astype(int), "square both"),
    ],
    "ctc_by_states": [
        (ctc_that_leaps_freely, "they would merge"),
        (ctc_that_must_end_in_a_blank, "add up both"),
    ],
    "one_node": [(5 * -2, "product"), (-2 + 1, "slope of c")],
    "layers_until_lost": [(11, "Eleven"), (np.log(1e7) / np.log(4), "round up")],
    "softmax_layer": [
        (softmax_layer_by_sums, "divide by their number"),
        (softmax_layer_uphill, "not y − p"),
    ],
    "softplus_node": [
        (softplus_of_the_school_book, "exp overflowed"),
        (softplus_linked_to_its_value, "holds the value"),
    ],
    "directional_slopes": [(one_sided_along, "one-sided"), (along_without_the_direction, "lacks v")],
    "repaired_backward": [
        (backward_as_shipped, "Nothing is repaired"),
        (backward_without_the_mean, "too large"),
    ],
    "walk_back": [
        (walk_that_overwrites, "+= for ="),
        (walk_in_the_order_of_numbers, "nothing about their order"),
    ],
    "rate_limit": [(1 / 6, "best rate"), (2 / 3, "differentiate 3θ² twice")],
    "rate_for_mean": [(0.002, "wrong way"), (0.1, "a fiftieth of theirs")],
    "steps_for_kappa": [
        (
            lambda kappa, eta, by: int(steps_at(kappa, eta, by)) if eta < 2 / kappa else np.inf,
            "One step more",
        ),
        (lambda kappa, eta, by: np.ceil(steps_at(kappa, eta, by)), "never arrives"),
        (lambda kappa, eta, by: np.ceil(np.log(by) / -np.log(1 - eta)), "compare their sizes"),
        (
            lambda kappa, eta, by: np.ceil(-steps_at(kappa, eta, by)) if eta < 2 / kappa else np.inf,
            "change the sign",
        ),
    ],
    "curvature_range": [
        (lambda x, alpha: curvatures_with(x, 0.0), "without its penalty"),
        (lambda x, alpha: curvatures_with(x, alpha), "is 2α, not α"),
        (lambda x, alpha: curvatures_with(x, 2 * alpha, bias=False), "append a column of ones"),
    ],
    "quiet_rate": [
        (lambda floor, sigma, B, curvature: 4 * floor * B / sigma**2, "approximation"),
        (
            lambda floor, sigma, B, curvature: 4 * B * floor / (sigma + 2 * B * floor * curvature),
            "σ has to be squared",
        ),
        (quiet_rate_by_trial, "2 in front of B"),
    ],
    "suggested_rate": [
        (range_test_as_read, "`read` as it stands"),
        (lambda rates, losses: rates[np.nanargmin(losses)] / 2, "comes behind it"),
        (suggested_rate_by_argmin, "np.nanargmin passes over it"),
    ],
    "steepest_curvature": [
        (lambda gradient, theta: 2 / power_iteration(gradient, theta), "limit of the rate"),
        (lambda gradient, theta: power_iteration(gradient, 0 * theta), "at theta"),
        (lambda gradient, theta: power_iteration(gradient, theta, rounds=1), "Not yet"),
    ],
    "l2_coefficient": [(2 * 0.0005, "other way round"), (5e-4, "without a ½")],
    "decayed_numbers": [
        (64 * 32 + 32 + 32 * 10 + 10, "biases"),
        ((64 + 1 + 2) * 32 + 33 * 10, "all that is trained"),
    ],
    "decoupled": [
        (lambda w, step, rate, decay: w - decay * w + step, "by the learning rate"),
        (lambda w, step, rate, decay: (1 - rate * decay) * (w + step), "not of their sum"),
    ],
    "lion_step": [
        (lion_that_steps_after_remembering, "old momentum"),
        (lion_without_decay, "Where is the decay"),
    ],
    "orthogonalise": [
        (newton_schulz_unscaled, "Frobenius norm first"),
        (newton_schulz_of_entries, "one by one"),
    ],
    "factored": [
        (lambda squares: np.outer(squares.mean(1), squares.mean(0)), "mean of all"),
        (lambda squares: np.outer(squares.sum(axis=1), squares.sum(axis=0)) / squares.mean(), "by the sum"),
    ],
    "schedule_free_sgd": [
        (schedule_free_that_returns_theta, "use the average"),
        (mean_of_plain_descent, "not at z"),
    ],
    "momentum_rate": [(0.8 / 0.05, "other way"), (0.08, "0.9")],
    "heavy_ball": [
        (heavy_ball_uphill, "uphill"),
        (averaged_ball, "averaged form"),
        (velocity_made_anew, "last step got lost"),
        (ball_that_subtracts_the_last_step, "is added, not subtracted"),
        (ball_that_comes_from_zero, "not 0"),
    ],
    "critical_beta": [
        (lambda learning_rate, curvature: (1 - (learning_rate * curvature) ** 0.5) ** 2, "heavy ball's"),
        (lambda rate, curvature: (1 - rate * curvature) / (1 + rate * curvature), "root of ηλ"),
    ],
    "nesterov": [
        (heavy_ball, "heavy ball"),
        (nesterov_from_the_look, "walk from θ"),
        (nesterov_that_stays_ahead, "take βm off"),
        (nesterov_with_the_old_velocity, "the new m"),
    ],
    "polyak": [
        (
            lambda low, high: (
                4 / (low**0.5 + high**0.5) ** 2,
                (high**0.5 - low**0.5) / (high**0.5 + low**0.5),
            ),
            "square it",
        ),
        (
            lambda low, high: (
                2 / (low + high),
                ((high / low) ** 0.5 - 1) ** 2 / ((high / low) ** 0.5 + 1) ** 2,
            ),
            "plain",
        ),
    ],
    "momentum_correction": [
        (coasting_after_the_drop, "Keras as it is"),
        (rescaled_by_old_over_new, "Upside down"),
    ],
}


@pytest.mark.parametrize("name", ALL)
def test_right_answer_passes(name):
    feedback = ALL[name](ALL[name].answer)
    assert feedback.ok
    assert feedback.message == " ".join(repr(feedback).split()) == f"Right. {ALL[name].right}"


@pytest.mark.parametrize("name", ALL)
def test_two_typical_wrong_answers_are_refused_by_name(name):
    assert len(WRONG[name]) >= 2
    for wrong, slip in WRONG[name]:
        feedback = ALL[name](wrong)
        assert not feedback.ok
        assert slip in feedback.message


@pytest.mark.parametrize("name", ALL)
def test_every_known_slip_is_told_from_the_right_answer_and_from_each_other(name):
    assert len(ALL[name].slips) >= 2
    for sentence, wrong in ALL[name].slips.items():
        feedback = ALL[name](wrong)
        assert not feedback.ok
        assert feedback.message.endswith(sentence)


@pytest.mark.parametrize("name", ALL)
def test_unfinished_answers_are_met_kindly(name):
    unfinished = [None, ..., *([lambda *arguments: None, lambda *arguments: ...] if ALL[name].cases else [])]
    for answer in unfinished:
        assert ALL[name](answer).message == f"Not done yet: {ALL[name].task}."


@pytest.mark.parametrize("name", ALL)
def test_nothing_makes_a_check_raise(name):
    for answer in (
        "text",
        [],
        object(),
        lambda: 1 / 0,
        lambda *arguments: "text",
        lambda *arguments: np.nan,
        np.nan,
    ):
        feedback = ALL[name](answer)
        assert not feedback.ok
        assert feedback.message.startswith("Not yet: ")


def test_an_exception_of_the_learner_is_part_of_the_answer():
    assert "ZeroDivisionError: division by zero" in check.huber_gradient(lambda miss, delta: 1 / 0).message
    assert (
        "np.where" in check.huber_gradient(lambda miss, delta: miss if abs(miss) < delta else delta).message
    )


def endless(miss, delta):
    while True:
        try:
            time.sleep(0.01)
        except Exception:  # as learners write it: it must not swallow the end
            pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm to stop a loop with")
def test_an_answer_that_does_not_come_back_is_stopped(monkeypatch):
    monkeypatch.setattr("lossopt.check.exercise.PATIENCE", 0.2)
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    assert check.huber_gradient(endless).message.endswith(
        "had not come back after 0.2 seconds. Does its loop end?"
    )
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.signal(signal.SIGALRM, before) is signal.SIG_IGN


def test_an_answer_in_a_thread_has_no_time_limit_and_is_checked_all_the_same():
    with ThreadPoolExecutor() as pool:
        assert pool.submit(check.root_over_batches, 3.9686).result().ok


def test_nan_is_explained():
    assert "nan comes from 0/0" in check.huber_gradient(lambda miss, delta: miss * np.nan).message


def test_what_was_expected_and_what_came_are_both_said():
    assert check.huber_gradient(lambda miss, delta: miss * 0 + 5).message.startswith(
        "Not yet: for miss = [-7, -1, 0, 0.5, 3], delta = 2: "
        "[-2, -1, 0, 0.5, 2] was expected, and [5, 5, 5, 5, 5] came."
    )
    wrong_shape = check.line_loss(lambda theta, b, x, y: np.ones((2, 2))).message
    assert "the shape () was expected, and (2, 2) came" in wrong_shape
    assert "x = an array of shape (30, 3)" in check.logistic_regression(lambda *case: (np.ones(3), 0)).message


def test_a_single_number_is_not_given_away():
    message = check.minutes_to_seconds(7).message
    assert message == "Not yet: 7 is not it."
    assert "14400" not in message


def test_near_misses_and_brackets_are_named():
    assert check.root_over_batches(3.9).message.endswith("Close: rounded, or stopped too early?")
    assert "without brackets" in check.logistic_regression(lambda *case: [np.ones(3), 0.0]).message


def test_an_answer_that_changes_its_input_spoils_nothing():
    def spoiling(miss, delta):
        miss *= 0
        return miss

    assert not check.huber_gradient(spoiling).ok
    assert not check.huber_gradient(spoiling).ok


def test_tolerance_admits_rounding_and_no_more():
    assert check.root_over_batches(3.9686).ok
    assert not check.root_over_batches(3.96).ok


def test_every_exercise_is_set_in_a_chapter():
    sources = "".join(
        "".join(cell["source"]) for path in NOTEBOOKS for cell in json.loads(path.read_text("utf-8"))["cells"]
    )
    assert set(re.findall(r"\bcheck\.(\w+)\(", sources)) == set(ALL) == set(WRONG)
