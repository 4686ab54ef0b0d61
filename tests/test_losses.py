"""The losses against hand values, central differences, every path and PyTorch's vectors; bad input refused.

Nothing here imports a deep-learning library: test_losses_libraries.py does, over the same cases.
"""

import inspect
import itertools
import json
import math
import tracemalloc
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from lossopt import losses, reduce_loss


def real(rng, shape):
    return rng.normal(size=shape) * 3, rng.normal(size=shape) * 3


def positive(rng, shape):
    return rng.uniform(0.1, 9, shape), rng.uniform(0.1, 9, shape)


def counts(rng, shape):
    return rng.poisson(3, shape).astype(float), rng.uniform(0.1, 9, shape)


def probabilities(rng, shape):
    return rng.integers(0, 2, shape).astype(float), rng.uniform(0.01, 0.99, shape)


def logits(rng, shape):
    return rng.integers(0, 2, shape).astype(float), rng.normal(size=shape) * 4


def normals(rng, shape):
    return *real(rng, shape), rng.uniform(0.2, 4, shape)


def shares(rng, shape):
    return rng.uniform(0.01, 0.99, shape), rng.uniform(0.01, 0.99, shape)


def one_hot(rng, shape):
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]


def class_probabilities(rng, shape):
    return one_hot(rng, shape), rng.uniform(0.05, 0.95, shape)  # rows need not sum to 1


def class_logits(rng, shape):
    return one_hot(rng, shape), rng.normal(size=shape) * 4


def numbered_probabilities(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1]), rng.uniform(0.05, 0.95, shape)


def numbered_logits(rng, shape):
    return rng.integers(-1, shape[-1], shape[:-1]), rng.normal(size=shape) * 4


def along_first_axis(make):
    """The same case with its classes on the axis 0."""

    def turned(rng, shape):
        return tuple(np.moveaxis(a, -1, 0) if a.shape == shape else a for a in make(rng, shape))

    return turned


def embeddings(rng, shape):
    vectors = rng.normal(size=(shape[0] + 3, shape[-1] + 1))
    return rng.integers(0, 2, len(vectors)), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def shorter_embeddings(rng, shape):
    """With length 0.9, off the place where a product is cut at 1."""
    labels, vectors = embeddings(rng, shape)
    return labels, vectors * 0.9


def sequences(rng, shape):
    n, most, classes = shape[0], shape[-1], 4
    lengths = rng.integers(0, most + 1, (n, 1))
    y_true = np.where(np.arange(most) < lengths, rng.integers(1, classes, (n, most)), 0)
    return y_true, rng.normal(size=(n, 2 * most, classes)) * 2


def threes(rng, shape):
    return tuple(rng.normal(size=shape) for _ in range(3))


def distances(rng, shape):
    return rng.integers(0, 2, shape).astype(float), rng.uniform(0.01, 2, shape)


def pairs_of_vectors(rng, shape):
    shape = (max(shape[0], 2), shape[-1] + 1)
    return rng.normal(size=shape), rng.normal(size=shape)


def labelled_vectors(rng, shape):
    n = max(shape[0], 3)
    return rng.integers(0, 2, n), rng.normal(size=(n, shape[-1] + 1))


def cosines(rng, shape):
    shape = (*shape[:-1], shape[-1] + 1)
    return rng.integers(0, shape[-1], shape[:-1]), rng.uniform(-0.95, 0.95, shape)


# Where a derivative jumps: central differences need to keep off.


def miss(y_true, y_pred):
    return y_pred - y_true


def margin(y_true, y_pred):
    return 1 - np.where(y_true == 1, 1, -1) * y_pred


def best_rivals(y_true, y_pred):
    ranks = np.sort((1 - y_true) * y_pred, axis=-1)
    return np.concatenate([np.diff(ranks[..., -2:]), losses.categorical_hinge(y_true, y_pred)[..., None]], -1)


def circle_margin(y_true, y_pred):
    return (y_pred @ y_pred.T)[y_true[:, None] != y_true] + 0.4


def triplet_margin(a, p, n):
    return ((a - p) ** 2).sum(-1) - ((a - n) ** 2).sum(-1) + 0.2


def angle_left(y_true, y_pred):
    return np.pi - 0.5 - np.arccos(np.take_along_axis(y_pred, np.expand_dims(y_true, -1), -1))


class Case(NamedTuple):
    loss: object
    arguments: dict
    make: object  # (rng, shape) -> the loss's arrays
    kink: object = None
    predicted: tuple = (1,)  # which of the arrays have a derivative

    def __str__(self):
        return f"{self.loss.__name__}{self.arguments or ''}"


CASES = [
    Case(losses.mean_squared_error, {}, real),
    Case(losses.mean_absolute_error, {}, real, miss),
    Case(losses.huber, {}, real),
    Case(losses.huber, {"delta": 2.5}, real),
    Case(losses.log_cosh, {}, real),
    Case(losses.pinball, {"q": 0.1}, real, miss),
    Case(losses.pinball, {"q": 0.9}, real, miss),
    Case(losses.mean_squared_logarithmic_error, {}, positive),
    Case(losses.mean_absolute_percentage_error, {}, positive, miss),
    Case(losses.poisson, {}, counts),
    Case(losses.gaussian_nll, {}, normals, predicted=(1, 2)),
    Case(losses.cosine_similarity, {}, real),
    Case(losses.cosine_similarity, {"axis": 0}, real),
    Case(losses.kl_divergence, {}, shares),
    Case(losses.binary_crossentropy, {}, probabilities),
    Case(losses.binary_crossentropy, {"label_smoothing": 0.2, "axis": 0}, probabilities),
    Case(losses.binary_crossentropy, {"from_logits": True}, logits),
    Case(losses.binary_focal_crossentropy, {}, probabilities),
    Case(losses.binary_focal_crossentropy, {"apply_class_balancing": True, "gamma": 0.7}, probabilities),
    Case(
        losses.binary_focal_crossentropy,
        {"alpha": 0.6, "apply_class_balancing": True, "from_logits": True, "label_smoothing": 0.2, "axis": 0},
        logits,
    ),
    Case(losses.binary_focal_crossentropy, {"gamma": 0, "from_logits": True}, logits),
    Case(losses.categorical_crossentropy, {}, class_probabilities),
    Case(losses.categorical_crossentropy, {"from_logits": True, "label_smoothing": 0.2}, class_logits),
    Case(losses.categorical_crossentropy, {"axis": 0}, along_first_axis(class_probabilities)),
    Case(losses.categorical_crossentropy, {"axis": 0, "from_logits": True}, along_first_axis(class_logits)),
    Case(losses.categorical_focal_crossentropy, {}, class_probabilities),
    Case(losses.categorical_focal_crossentropy, {"label_smoothing": 0.2, "gamma": 0.7}, class_probabilities),
    Case(losses.categorical_focal_crossentropy, {"from_logits": True, "alpha": 0.6}, class_logits),
    Case(losses.categorical_focal_crossentropy, {"axis": 0}, along_first_axis(class_probabilities)),
    Case(losses.sparse_categorical_crossentropy, {}, numbered_probabilities),
    Case(losses.sparse_categorical_crossentropy, {"ignore_class": 0}, numbered_probabilities),
    Case(losses.sparse_categorical_crossentropy, {"from_logits": True, "ignore_class": -1}, numbered_logits),
    Case(losses.sparse_categorical_crossentropy, {"axis": 0}, along_first_axis(numbered_probabilities)),
    Case(losses.categorical_generalized_cross_entropy, {}, numbered_probabilities),
    Case(losses.categorical_generalized_cross_entropy, {"q": 0.7}, numbered_probabilities),
    Case(losses.hinge, {}, logits, margin),
    Case(losses.squared_hinge, {}, logits),
    Case(losses.categorical_hinge, {}, class_logits, best_rivals),
    Case(losses.dice, {}, shares),
    Case(losses.dice, {"axis": -1}, probabilities),
    Case(losses.tversky, {}, shares),
    Case(losses.tversky, {"alpha": 0.3, "beta": 0.9, "axis": -1}, probabilities),
    Case(losses.circle, {}, embeddings, circle_margin),
    Case(
        losses.circle,
        {"gamma": 3.0, "margin": 0.4, "remove_diagonal": False},
        shorter_embeddings,
        circle_margin,
    ),
    Case(losses.ctc, {}, sequences),
    Case(losses.triplet, {}, threes, triplet_margin, (0, 1, 2)),
    Case(losses.contrastive, {}, distances),
    # The gradient of β-NLL is a derivative only for β = 0; a test of its own has the other values.
    Case(losses.beta_nll, {"beta": 0}, normals, predicted=(1, 2)),
    Case(losses.gaussian_crps, {}, normals, predicted=(1, 2)),
    Case(losses.distillation, {}, real, None),
    Case(losses.distillation, {"temperature": 0.5}, real),
    Case(losses.pairwise_logistic, {}, real, predicted=(0, 1)),
    Case(losses.pairwise_logistic, {"scale": 0.1}, real, predicted=(0, 1)),
    Case(losses.listwise_softmax, {}, real),
    Case(losses.info_nce, {"temperature": 0.5}, pairs_of_vectors, predicted=(0, 1)),
    Case(losses.sigmoid_contrastive, {"scale": 3.0, "bias": -1.0}, pairs_of_vectors, predicted=(0, 1)),
    Case(losses.ntxent, {"temperature": 0.5}, labelled_vectors),
    Case(losses.arcface, {"scale": 4.0}, cosines, angle_left),
    Case(losses.cosface, {"scale": 4.0}, cosines),
]
# The losses that average the last axis, and so take (n,) as n samples of one number.
AVERAGED = [case for case in CASES if case.make in (real, positive, counts, normals, logits, distances)]
AVERAGED += [case for case in CASES if case.make is probabilities]
WHOLE = (losses.cosine_similarity, losses.dice, losses.tversky, losses.distillation, losses.listwise_softmax)
AVERAGED = [c for c in AVERAGED if c.loss not in (*WHOLE, losses.pairwise_logistic)]
LOSSES = list(dict.fromkeys(case.loss for case in CASES))


def gradients(case, arrays):
    """The derivatives, always as a tuple."""
    slopes = case.loss.gradient(*arrays, **case.arguments)
    return slopes if isinstance(slopes, tuple) else (slopes,)


def central_difference(loss, x, step=1e-4):
    """Of the sum of the values, by differences of fourth order, one element of x at a time."""
    slopes = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        nudge = np.zeros(x.shape)
        nudge[place] = step
        near, far = (np.sum(loss(x + k * nudge) - loss(x - k * nudge)) for k in (1, 2))
        slopes[place] = (8 * near - far) / (12 * step)
    return slopes


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=15, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple), seed=st.integers(0, 2**32 - 1))
def test_gradient_against_central_differences(case, shape, seed):
    arrays = case.make(np.random.default_rng(seed), shape)
    assume(case.kink is None or np.all(np.abs(case.kink(*arrays)) > 1e-3))
    if case.loss in (losses.categorical_crossentropy, losses.categorical_focal_crossentropy):
        assume(arrays[1].shape[case.arguments.get("axis", -1)] > 1)  # one class is refused
    slopes = gradients(case, arrays)
    assert len(slopes) == len(case.predicted)
    for place, slope in zip(case.predicted, slopes, strict=True):
        assert slope.shape == arrays[place].shape

        def along(x, place=place):
            return case.loss(*arrays[:place], x, *arrays[place + 1 :], **case.arguments)

        expected = central_difference(along, arrays[place])
        scale = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-8 * scale)


LOG2 = np.log(2)
HAND_VALUES = [
    # loss, arguments, arrays, values, gradient or gradients
    (losses.mean_squared_error, {}, ([2], [5]), [3**2], [2 * 3]),
    (losses.mean_squared_error, {}, ([[2, 0]], [[5, 1]]), [(3**2 + 1) / 2], [[2 * 3 / 2, 2 * 1 / 2]]),
    (losses.mean_absolute_error, {}, ([5], [2]), [3], [-1]),
    (losses.mean_absolute_error, {}, ([5], [5]), [0], [0]),
    (losses.huber, {}, ([0], [0.5]), [0.5**2 / 2], [0.5]),
    (losses.huber, {"delta": 2}, ([0], [-3]), [2 * (3 - 2 / 2)], [-2]),
    (losses.huber, {}, ([0], [3]), [1 * (3 - 1 / 2)], [1]),
    (losses.log_cosh, {}, ([1], [2]), [np.log((np.e + 1 / np.e) / 2)], [np.sinh(1) / np.cosh(1)]),
    (losses.log_cosh, {}, ([0], [-1000]), [1000 - LOG2], [-1]),
    (losses.pinball, {"q": 0.9}, ([10], [8]), [0.9 * 2], [-0.9]),
    (losses.pinball, {"q": 0.9}, ([10], [12]), [0.1 * 2], [0.1]),
    (losses.pinball, {}, ([10], [10]), [0], [0]),
    (losses.pinball, {}, ([10], [6]), [4 / 2], [-0.5]),
    (losses.mean_squared_logarithmic_error, {}, ([1], [3]), [LOG2**2], [2 * LOG2 / 4]),
    (losses.mean_squared_logarithmic_error, {}, ([3], [-5]), [(np.log(4) - np.log1p(1e-7)) ** 2], [0]),
    (losses.mean_absolute_percentage_error, {}, ([-20], [-15]), [100 * 5 / 20], [100 / 20]),
    (losses.mean_absolute_percentage_error, {}, ([0], [1]), [100 / 1e-7], [100 / 1e-7]),
    (losses.poisson, {}, ([2], [np.e]), [np.e - 2 * np.log(np.e + 1e-7)], [1 - 2 / (np.e + 1e-7)]),
    (losses.mean_squared_logarithmic_error, {}, ([1e-7], [1e-7]), [0], [0]),
    (
        losses.mean_squared_logarithmic_error,
        {},
        ([1], [1e-7]),  # the edge is inside
        [(LOG2 - np.log1p(1e-7)) ** 2],
        [-2 * (LOG2 - np.log1p(1e-7)) / (1 + 1e-7)],
    ),
    (losses.mean_absolute_percentage_error, {}, ([5], [5]), [0], [0]),
    (losses.poisson, {}, ([1], [0]), [-np.log(1e-7)], [1 - 1e7]),
    (
        losses.gaussian_nll,
        {},
        ([1], [3], [4]),
        [np.log(8 * np.pi) / 2 + 2**2 / 8],
        ([2 / 4], [1 / 8 - 4 / 32]),
    ),
    (losses.gaussian_nll, {}, ([0], [-1], [0.5]), [np.log(np.pi) / 2 + 1], ([-2], [1 - 1 / (2 * 0.25)])),
    (losses.cosine_similarity, {}, ([3, 4], [0, 2]), -4 / 5, [-0.6 / 2, (0.8 * 1 - 0.8) / 2]),
    (losses.cosine_similarity, {}, ([3, 4], [0, 0]), 0, [-0.6 / 1e-7, -0.8 / 1e-7]),
    (losses.cosine_similarity, {}, ([0, 0], [0, 2]), 0, [0, 0]),
    (losses.cosine_similarity, {}, ([3, 4], [0, 1e-8]), -0.8 * 0.1, [-0.6 / 1e-7, -0.8 / 1e-7]),
    (losses.kl_divergence, {}, ([0.5, 0.5], [0.25, 0.75]), np.log(4 / 3) / 2, [-0.5 / 0.25, -0.5 / 0.75]),
    (losses.kl_divergence, {}, ([0.5, 0.5], [0, 1]), np.log(0.5 / 1e-7) / 2 + np.log(0.5) / 2, [0, -0.5]),
    (losses.kl_divergence, {}, ([1, 1], [1e-7, 1]), np.log(1e7), [-1e7, -1]),  # the clip's edge is inside
    (losses.kl_divergence, {}, ([1, 0], [0.5, 0.5]), LOG2 + 1e-7 * np.log(2e-7), [-2, -2e-7]),
    (losses.binary_crossentropy, {}, ([1], [0.25]), [np.log(4)], [-4]),
    (losses.binary_crossentropy, {}, ([0], [0.25]), [np.log(4 / 3)], [4 / 3]),
    (losses.binary_crossentropy, {}, ([0], [1]), [-np.log(1e-7)], [0]),
    (losses.binary_crossentropy, {}, ([1], [0]), [-np.log(1e-7)], [0]),
    (losses.binary_crossentropy, {}, ([1], [1e-7]), [-np.log(1e-7)], [-1e7]),  # the clip's edge is inside
    (losses.binary_crossentropy, {}, ([0], [1 - 1e-7]), [-np.log(1e-7)], [1e7]),
    (losses.binary_crossentropy, {"label_smoothing": 0.2}, ([1], [0.5]), [LOG2], [(0.5 - 0.9) / 0.25]),
    (losses.binary_crossentropy, {"label_smoothing": 0.2}, ([0], [0.5]), [LOG2], [(0.5 - 0.1) / 0.25]),
    (losses.binary_crossentropy, {"from_logits": True}, ([1], [0]), [LOG2], [-0.5]),
    (losses.binary_focal_crossentropy, {}, ([1], [0.5]), [LOG2 / 4], [-2 / 4 - 2 * LOG2 / 2]),
    (
        losses.binary_focal_crossentropy,
        {},
        ([0], [0.25]),
        [np.log(4 / 3) / 16],
        [(4 / 3) / 16 + np.log(4 / 3) / 2],
    ),
    (
        losses.binary_focal_crossentropy,
        {"apply_class_balancing": True},
        ([1, 0], [0.5, 0.5]),
        [0.25 * LOG2 / 4, 0.75 * LOG2 / 4],
        [0.25 * (-0.5 - LOG2), 0.75 * (0.5 + LOG2)],
    ),
    (
        losses.binary_focal_crossentropy,
        {"from_logits": True, "gamma": 1},
        ([1], [0]),
        [LOG2 / 2],
        [-1 / 4 - LOG2 / 4],
    ),
    (losses.binary_focal_crossentropy, {"gamma": 0, "alpha": 0.9}, ([1], [0.25]), [np.log(4)], [-4]),
    (losses.binary_focal_crossentropy, {"gamma": 0}, ([1], [1]), [-np.log(1 - 1e-7)], [0]),
    (losses.categorical_crossentropy, {}, ([0.5, 0.5, 0], [0.15, 0.75, 0.1]), -np.log(0.15 * 0.75) / 2, None),
    (losses.categorical_crossentropy, {}, ([1, 0], [0.2, 0.2]), LOG2, [1 / 0.4 - 1 / 0.2, 1 / 0.4]),
    (losses.categorical_crossentropy, {}, ([1, 0], [0, 0.5]), -np.log(1e-7), [0, 0]),
    (
        losses.categorical_crossentropy,
        {"label_smoothing": 0.3},
        ([1, 0, 0], [0.5, 0.25, 0.25]),
        0.8 * LOG2 + 0.2 * np.log(4),
        [1 - 0.8 / 0.5, 1 - 0.1 / 0.25, 1 - 0.1 / 0.25],
    ),
    (losses.categorical_crossentropy, {"from_logits": True}, ([0, 2], [0, 0]), 2 * LOG2, [1, -1]),
    (losses.categorical_focal_crossentropy, {}, ([1, 0], [0.5, 0.5]), LOG2 / 16, None),
    (
        losses.categorical_focal_crossentropy,
        {"from_logits": True, "alpha": [1, 5]},
        ([1, 0], [0, 0]),
        LOG2 / 4,
        [-(LOG2 + 0.5) / 4, (LOG2 + 0.5) / 4],  # ∂ℓ/∂log p = −(log 2 + ½)/2, less its half
    ),
    (
        losses.categorical_focal_crossentropy,
        {"gamma": 0, "alpha": 1},
        ([1, 0], [1, 0]),
        -np.log(1 - 1e-7),
        [0, 0],
    ),
    (losses.sparse_categorical_crossentropy, {}, ([1], [[0.15, 0.75, 0.1]]), [-np.log(0.75)], None),
    (
        losses.sparse_categorical_crossentropy,
        {"from_logits": True},
        ([1], [[0, np.log(3), 0]]),
        [np.log(5 / 3)],
        [[0.2, 0.6 - 1, 0.2]],
    ),
    (losses.sparse_categorical_crossentropy, {}, ([1], [[1, 0]]), [-np.log(1e-7)], [[0, 0]]),
    (losses.sparse_categorical_crossentropy, {}, ([1], [[1 - 1e-9, 1e-9]]), [-np.log(1e-7)], [[0, 0]]),
    (
        losses.sparse_categorical_crossentropy,
        {},
        ([0], [[0.5, 0.5, 0]]),
        [LOG2 + 1e-7],  # the zero becomes 1e-7, then all are divided by 1 + 1e-7
        [[1 / (1 + 1e-7) - 2, 1 / (1 + 1e-7), 0]],
    ),
    (
        losses.sparse_categorical_crossentropy,
        {"ignore_class": 7},
        ([7, 0], [[0.5, 0.5], [0.5, 0.5]]),
        [0, LOG2],
        [[0, 0], [-1, 1]],
    ),
    (losses.categorical_generalized_cross_entropy, {}, ([1], [[0.75, 0.25]]), [1], [[0, -2]]),
    (losses.categorical_generalized_cross_entropy, {"q": 1}, ([0], [[0.75, 0.25]]), [0.25], [[-1, 0]]),
    (losses.categorical_generalized_cross_entropy, {}, ([0], [[0, 1]]), [2], [[-np.inf, 0]]),
    (losses.hinge, {}, ([1], [0.25]), [0.75], [-1]),
    (losses.hinge, {}, ([-1], [0.25]), [1.25], [1]),
    (losses.hinge, {}, ([0], [0.25]), [1.25], [1]),
    (losses.hinge, {}, ([1], [1]), [0], [0]),
    (losses.hinge, {}, ([-1, 1], [0.25, 0.25]), [1.25, 0.75], [1, -1]),
    (losses.hinge, {}, ([0, 1], [0.25, 0.25]), [1.25, 0.75], [1, -1]),
    (losses.squared_hinge, {}, ([1], [0.25]), [0.75**2], [-2 * 0.75]),
    (losses.squared_hinge, {}, ([0, 1], [0.25, 3]), [1.25**2, 0], [2 * 1.25, 0]),
    (losses.categorical_hinge, {}, ([1, 0, 0], [2, 1.5, 0]), 1 + 1.5 - 2, [-1, 1, 0]),
    (losses.categorical_hinge, {}, ([1, 0, 0], [0.5, -3, -4]), 1 + 0 - 0.5, [-1, 0, 0]),
    (losses.categorical_hinge, {}, ([1, 0, 0], [0, 2, 2]), 1 + 2 - 0, [-1, 0.5, 0.5]),
    (losses.categorical_hinge, {}, ([1, 0], [2, 1]), 0, [0, 0]),
    (
        losses.dice,
        {},
        ([1, 0], [1, 1]),
        1 - 2 / (3 + 1e-7),
        [-2 * (2 + 1e-7) / (3 + 1e-7) ** 2, 2 / (3 + 1e-7) ** 2],
    ),
    (losses.dice, {"axis": -1}, ([[0, 0]], [[0, 1]]), [1], [[0, 0]]),
    (losses.dice, {}, ([0, 0], [0, 0]), 1, [0, 0]),
    (  # one found, one missed, two added
        losses.tversky,
        {"alpha": 1, "beta": 0},
        ([1, 1, 0, 0], [1, 0, 1, 1]),
        1 - 1 / (1 + 1 + 1e-7),
        [-1 / (2 + 1e-7), -1 / (2 + 1e-7), 0, 0],
    ),
    (losses.tversky, {"alpha": 0, "beta": 1}, ([1, 1, 0, 0], [1, 0, 1, 1]), 1 - 1 / (1 + 2 + 1e-7), None),
    (losses.tversky, {"axis": -1}, ([[0, 0]], [[0, 1]]), [1], [[0, 0]]),
    (losses.tversky, {}, ([0, 0], [0, 0]), 1, [0, 0]),
    (
        losses.circle,
        {"gamma": 1},
        ([0, 0, 1], [[1, 0], [0.8, 0.6], [0, 1]]),
        [
            np.log(1 + np.exp(-(1.4 - 0.8) * (0.8 - 0.6) + (0 + 0.4) * (0 - 0.4))),
            np.log(1 + np.exp(-(1.4 - 0.8) * (0.8 - 0.6) + (0.6 + 0.4) * (0.6 - 0.4))),
            0,
        ],
        None,
    ),
    (
        losses.circle,
        {"gamma": 1, "remove_diagonal": False},
        ([0, 1], [[1, 0], [0.6, 0.8]]),
        [np.log(1 + np.exp(-(1.4 - 1) * (1 - 0.6) + (0.6 + 0.4) * (0.6 - 0.4)))] * 2,
        None,
    ),
    (  # products above 1 count as 1, and have no slope
        losses.circle,
        {"gamma": 1},
        ([0, 0, 1], [[1], [2], [2]]),
        [np.log(1 + np.exp(-(1.4 - 1) * (1 - 0.6) + (1 + 0.4) * (1 - 0.4)))] * 2 + [0],
        [[0], [0], [0]],
    ),
    (  # products of 1 have: 2γ from each rival, by the sigmoid of the sum of both exponents
        losses.circle,
        {"gamma": 1},
        ([0, 0, 1], [[1], [1], [1]]),
        [np.log(1 + np.exp(-0.16 + 0.84))] * 2 + [0],
        [[2 / (1 + np.exp(-0.68))], [2 / (1 + np.exp(-0.68))], [4 / (1 + np.exp(-0.68))]],
    ),
    (
        losses.categorical_focal_crossentropy,
        {"alpha": [1, 5, 0]},
        ([[1, 0, 0], [0, 1, 0]], [[0.5, 0.5, 0], [0.5, 0.5, 0]]),
        [LOG2 / 4, 5 * LOG2 / 4],
        None,
    ),
    (losses.ctc, {}, ([[1, 0]], np.zeros((1, 2, 2))), [np.log(4 / 3)], [[[1 / 6, -1 / 6], [1 / 6, -1 / 6]]]),
    (losses.ctc, {}, ([[1, 1]], np.zeros((1, 3, 2))), [3 * LOG2], [[[0.5, -0.5], [-0.5, 0.5], [0.5, -0.5]]]),
    (losses.ctc, {}, ([[0]], np.zeros((1, 2, 2))), [2 * LOG2], [[[-0.5, 0.5], [-0.5, 0.5]]]),
    (
        losses.triplet,
        {"margin": 4},
        ([[0, 0]], [[1, 0]], [[0, 2]]),
        [1 - 4 + 4],
        ([[2 * (0 - 1), 2 * (2 - 0)]], [[2 * (1 - 0), 0]], [[0, 2 * (0 - 2)]]),
    ),
    (losses.triplet, {}, ([[0, 0]], [[1, 0]], [[0, 2]]), [0], ([[0, 0]], [[0, 0]], [[0, 0]])),
    (losses.triplet, {"margin": 0}, ([[0, 0]], [[1, 0]], [[0, 1]]), [0], ([[0, 0]], [[0, 0]], [[0, 0]])),
    (losses.contrastive, {}, ([0, 1], [0.5, 0.25]), [0.5**2 / 2, 0.75**2 / 2], [0.5, -0.75]),
    (losses.contrastive, {"margin": 3}, ([1, 1], [2, 4]), [1 / 2, 0], [-1, 0]),
    (losses.beta_nll, {"beta": 0.5}, ([0], [2], [4]), [2 * (np.log(8 * np.pi) / 2 + 1 / 2)], ([1], [0])),
    (
        losses.gaussian_crps,
        {},
        ([0], [0], [2]),
        [2 * (2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi))],
        ([0], [2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi)]),
    ),
    (
        losses.distillation,
        {"temperature": 2.0},
        ([[2 * LOG2, 0]], [[0, 0]]),
        [4 * (2 / 3 * np.log(4 / 3) + 1 / 3 * np.log(2 / 3))],
        [[2 * (1 / 2 - 2 / 3), 2 * (1 / 2 - 1 / 3)]],
    ),
    (losses.pairwise_logistic, {"scale": 0.5}, ([2 * LOG2], [0]), [np.log(3 / 2)], ([-1 / 6], [1 / 6])),
    (losses.listwise_softmax, {}, ([[LOG2, 0]], [[0, 0]]), [LOG2], [[1 / 2 - 2 / 3, 1 / 2 - 1 / 3]]),
    (
        losses.info_nce,
        {"temperature": 1.0},
        ([[2, 0], [0, 3]], [[1, 0], [0, 1]]),
        [np.log(1 + 1 / np.e)] * 2,
        None,
    ),
    (
        losses.sigmoid_contrastive,
        {"scale": 1.0, "bias": 0.0},
        ([[2, 0], [0, 3]], [[1, 0], [0, 1]]),
        [np.log(1 + 1 / np.e) + LOG2] * 2,
        None,
    ),
    (
        losses.ntxent,
        {"temperature": 1.0},
        ([0, 0, 1], [[1, 0], [2, 0], [0, 1]]),
        [np.log(1 + 1 / np.e)] * 2 + [0],
        None,
    ),
    (
        losses.arcface,
        {"margin": np.pi / 6, "scale": 2.0},
        ([0], [[0.5, 0.0]]),
        [LOG2],
        [[-1 / np.sin(np.pi / 3), 1]],
    ),
    (
        losses.arcface,
        {"margin": np.pi / 2, "scale": 1.0},
        ([0], [[-0.5, 0.0]]),
        [np.log(1 + np.exp(0.5 + np.pi / 2))],
        None,
    ),
    (losses.cosface, {"margin": 0.5, "scale": 2.0}, ([0], [[0.5, 0.0]]), [LOG2], [[-1, 1]]),
]


@pytest.mark.parametrize(("loss", "arguments", "arrays", "values", "slopes"), HAND_VALUES)
def test_hand_values(loss, arguments, arrays, values, slopes):
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        assert np.shape(loss(*arrays, **arguments)) == np.shape(values)
        np.testing.assert_allclose(loss(*arrays, **arguments), values, rtol=1e-9, atol=1e-15)
        found = loss.gradient(*arrays, **arguments)
    if slopes is not None:
        pairs = zip(found, slopes, strict=True) if isinstance(found, tuple) else [(found, slopes)]
        for one, expected in pairs:
            assert np.shape(one) == np.shape(expected)
            np.testing.assert_allclose(one, expected, rtol=1e-9, atol=1e-15)


def test_every_loss_has_a_hand_value_and_a_case():
    public = {f for f in vars(losses).values() if inspect.isfunction(f) and hasattr(f, "gradient")}
    assert public == set(LOSSES) == {loss for loss, *_ in HAND_VALUES}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_a_gradient_takes_what_its_loss_takes(loss):
    assert inspect.signature(loss) == inspect.signature(loss.gradient)
    assert loss.gradient.__name__ == loss.gradient.__qualname__ == f"{loss.__name__}.gradient"
    predicted = {
        losses.gaussian_nll: "`y_pred` and `variance`, as a pair.",
        losses.beta_nll: "`y_pred` and `variance`, as a pair, with v to the power of β as a constant.",
        losses.gaussian_crps: "`y_pred` and `sigma`, as a pair.",
        losses.pairwise_logistic: "`preferred` and `rejected`, as a pair.",
        losses.info_nce: "`anchor` and `positive`, as a pair.",
        losses.sigmoid_contrastive: "`anchor` and `positive`, as a pair.",
        losses.triplet: "`anchor`, `positive` and `negative`, as a triple.",
    }.get(loss, "`y_pred`, in the shape of `y_pred`.")
    assert " ".join(loss.gradient.__doc__.split()) == (
        f"Return the derivative of `{loss.__name__}` with respect to {predicted} "
        f"It takes the arguments of `{loss.__name__}`, and raises the same errors."
    )
    for part in ("$$", "Raises `ValueError`", ">>> ", "Source: "):
        assert part in " ".join(loss.__doc__.split()) + " "


# Scores of ±1000: loss, arguments, target, value, gradient. Both are finite and exact.
FAR = [
    (losses.binary_crossentropy, {}, [1], [-1000], [1000], [-1]),
    (losses.binary_crossentropy, {}, [1], [1000], [0], [0]),
    (losses.binary_crossentropy, {}, [0], [-1000], [0], [0]),
    (losses.binary_crossentropy, {}, [0], [1000], [1000], [1]),
    (losses.binary_crossentropy, {"label_smoothing": 0.2}, [1], [1000], [100], [0.1]),
    (losses.binary_focal_crossentropy, {}, [1], [-1000], [1000], [-1]),
    (losses.binary_focal_crossentropy, {}, [1], [1000], [0], [0]),
    (losses.binary_focal_crossentropy, {"gamma": 0.5}, [1], [1000], [0], [0]),
    (losses.binary_focal_crossentropy, {"gamma": 0}, [0], [1000], [1000], [1]),
    (losses.binary_focal_crossentropy, {"gamma": 0}, [0], [-1000], [0], [0]),
    (losses.categorical_crossentropy, {}, [1, 0], [-1000, 1000], 2000, [-1, 1]),
    (losses.categorical_crossentropy, {}, [1, 0], [1000, -1000], 0, [0, 0]),
    (losses.categorical_focal_crossentropy, {"alpha": 1}, [1, 0], [-1000, 1000], 2000, [-1, 1]),
    (losses.categorical_focal_crossentropy, {}, [1, 0], [1000, -1000], 0, [0, 0]),
    (losses.categorical_focal_crossentropy, {"gamma": 0.5}, [1, 0], [1000, -1000], 0, [0, 0]),
    (losses.categorical_focal_crossentropy, {"gamma": 0}, [1, 0], [1000, -1000], 0, [0, 0]),
    (losses.sparse_categorical_crossentropy, {}, [0], [[-1000, 1000]], [2000], [[-1, 1]]),
    (losses.sparse_categorical_crossentropy, {}, [1], [[-1000, 1000]], [0], [[0, 0]]),
    (
        losses.sparse_categorical_crossentropy,
        {},
        [0, 0],
        [[1000, 1000], [-1000, -1000]],  # each row has its own greatest score
        [LOG2, LOG2],
        [[-0.5, 0.5], [-0.5, 0.5]],
    ),
]


@pytest.mark.parametrize(("loss", "arguments", "y_true", "y_pred", "values", "slopes"), FAR)
def test_logits_of_a_thousand(loss, arguments, y_true, y_pred, values, slopes):
    arguments = {**arguments, "from_logits": True}
    np.testing.assert_allclose(loss(y_true, y_pred, **arguments), values, rtol=1e-14)
    np.testing.assert_allclose(loss.gradient(y_true, y_pred, **arguments), slopes, rtol=1e-14)


def test_ctc_with_logits_of_a_thousand():
    blank_twice = [[[1000, -1000], [1000, -1000]]]
    np.testing.assert_allclose(losses.ctc([[0]], blank_twice), [0], atol=1e-12)
    np.testing.assert_allclose(losses.ctc([[1]], blank_twice), [2000 - LOG2])  # 10 or 01
    np.testing.assert_allclose(losses.ctc.gradient([[1]], blank_twice), [[[0.5, -0.5], [0.5, -0.5]]])


@pytest.mark.parametrize("score", [5, 30, 40, 700])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_ctc_is_never_below_zero(label, score):
    """A probability next to 1 rounds to above 1: two steps with a score of 30 gave −1.9e-16."""
    for steps in range(1, 12):
        scores = np.zeros((1, steps, 3))
        scores[..., label] = score
        assert losses.ctc([[label]], scores) >= 0
    tiny = losses.ctc([[1]], [[[0, 30], [0, 30]]])
    np.testing.assert_allclose(tiny, [2 * np.log1p(np.exp(-30)) - np.log1p(2 * np.exp(-30))], atol=1e-15)


def test_ctc_sums_over_every_path():
    """Each of the K^T paths is written out, merged and stripped of blanks."""
    rng, classes, steps = np.random.default_rng(6), 3, 5
    scores = rng.normal(size=(steps, classes))
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    sums = {}
    for path in itertools.product(range(classes), repeat=steps):
        label = tuple(k for k, before in zip(path, (0, *path), strict=False) if k not in (0, before))
        sums[label] = sums.get(label, 0) + np.exp(sum(log_p[t, k] for t, k in enumerate(path)))
    for label, total in sums.items():
        padded = [*label, *[0] * (steps - len(label))]
        np.testing.assert_allclose(losses.ctc([padded], scores[None]), [-np.log(total)], rtol=1e-12)
    assert len(sums) == 25


@pytest.mark.parametrize("case", AVERAGED, ids=str)
def test_one_axis_is_one_value_per_sample(case):
    arrays = case.make(np.random.default_rng(3), (6,))
    arguments = {name: value for name, value in case.arguments.items() if name != "axis"}
    in_a_column = case.loss(*(a[:, None] for a in arrays), **arguments)
    np.testing.assert_array_equal(case.loss(*arrays, **arguments), in_a_column)


@pytest.mark.parametrize(
    "loss",
    [loss for loss in LOSSES if "axis" in inspect.signature(loss).parameters],
    ids=lambda loss: loss.__name__,
)
def test_an_axis_may_stand_anywhere(loss):
    case = next(case for case in CASES if case.loss is loss)
    arrays = case.make(np.random.default_rng(4), (2, 3, 4))
    moved = [np.moveaxis(a, -1, 1) if a.ndim == 3 else a for a in arrays]
    np.testing.assert_allclose(loss(*moved, axis=1), loss(*arrays, axis=-1), rtol=1e-12)
    slopes = loss.gradient(*moved, axis=1)
    np.testing.assert_allclose(slopes, np.moveaxis(loss.gradient(*arrays, axis=-1), -1, 1), rtol=1e-12)
    for function in (loss, loss.gradient):
        with pytest.raises(ValueError, match=r"axis must be an axis of y_pred, of shape .*, but got 3"):
            function(*arrays, axis=3)


def test_label_smoothing_counts_the_classes_on_their_axis():
    y, p = np.eye(3)[:, [0]], np.full((3, 1), 1 / 3)
    np.testing.assert_allclose(
        losses.categorical_crossentropy(y, p, label_smoothing=0.3, axis=0), [np.log(3)], rtol=1e-12
    )


def test_nan_passes_where_no_range_is_checked():
    assert np.isnan(losses.mean_squared_error([1, 2], [np.nan, 2])).tolist() == [True, False]
    assert np.isnan(losses.hinge.gradient([1, 1], [np.nan, 2])).tolist() == [True, False]
    assert np.isnan(losses.categorical_crossentropy([1, 0], [np.nan, 0], from_logits=True))
    with pytest.raises(ValueError, match="y_pred must be a probability"):
        losses.binary_crossentropy([1], [np.nan])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nan_in_a_prediction_is_refused_or_seen_in_the_value(case):
    y_true, y_pred, *others = case.make(np.random.default_rng(5), (4, 3))
    y_pred.flat[0] = np.nan
    try:
        with np.errstate(invalid="ignore"):
            values = case.loss(y_true, y_pred, *others, **case.arguments)
    except ValueError as refusal:
        assert "y_pred must be" in str(refusal)
    else:
        assert np.isnan(values).any()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_float32_is_computed_in_double(case):
    arrays = [a.astype(np.float32) for a in case.make(np.random.default_rng(1), (4, 3))]
    doubles = [a.astype(np.float64) for a in arrays]
    np.testing.assert_array_equal(case.loss(*arrays, **case.arguments), case.loss(*doubles, **case.arguments))
    for slope, of_doubles in zip(gradients(case, arrays), gradients(case, doubles), strict=True):
        assert slope.dtype == np.float64
        np.testing.assert_array_equal(slope, of_doubles)


def test_float32_is_reduced_in_double():
    assert reduce_loss(np.float32([0.1]), reduction="none").dtype == np.float64
    assert reduce_loss([1, 1, 1], np.float32([0.1, 0.2, 0.3]), "mean_with_sample_weight") == 1


GOLDEN = json.loads((Path(__file__).parent / "golden/losses_torch.json").read_text())


@pytest.mark.parametrize(
    "golden", GOLDEN["cases"], ids=lambda golden: f"{golden['loss']}{golden['arguments'] or ''}"
)
def test_against_pytorch(golden):
    """PyTorch's own numbers, written by golden/losses_torch.py; its CTC sums in another order."""
    loss = getattr(losses, golden["loss"])
    values = loss(*golden["arrays"], **golden["arguments"])
    np.testing.assert_allclose(values, golden["values"], rtol=1e-10, atol=1e-12)
    found = loss.gradient(*golden["arrays"], **golden["arguments"])
    for one, expected in zip(
        found if isinstance(found, tuple) else [found], golden["gradients"], strict=True
    ):
        np.testing.assert_allclose(one, expected, rtol=1e-10, atol=1e-12)


def test_where_pytorch_differs():
    """Under the same name another convention; each number is PyTorch's, in the file, beside ours."""
    theirs = GOLDEN["different"]
    a, p, n = [[0, 0]], [[3, 0]], [[0, 2]]
    assert theirs["triplet_margin_loss"] == pytest.approx(3 - 2 + 1)  # distances, and a margin of 1
    assert losses.triplet(a, p, n) == pytest.approx(9 - 4 + 0.2)  # their squares, and one of 0.2
    assert theirs["gaussian_nll_loss of 0, 1, 1"] == pytest.approx(1 / 2)  # without ½ log 2π
    assert losses.gaussian_nll([0], [1], [1]) == pytest.approx(1 / 2 + np.log(2 * np.pi) / 2)
    assert theirs["poisson_nll_loss of 1, 0"] == pytest.approx(-np.log(1e-8))
    assert losses.poisson([1], [0]) == pytest.approx(-np.log(1e-7))
    assert theirs["binary_cross_entropy of 1, 0"] == 100  # the logarithm is cut at −100
    assert losses.binary_crossentropy([1], [0]) == pytest.approx(-np.log(1e-7))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_shapes_that_would_broadcast_are_refused(case):
    arrays = case.make(np.random.default_rng(4), (5, 3))
    first, second = list(inspect.signature(case.loss).parameters)[:2]
    for function in (case.loss, case.loss.gradient):
        for wrong in (arrays[0][..., None], arrays[0][:1]):
            with pytest.raises(ValueError) as refusal:
                function(wrong, *arrays[1:], **case.arguments)
            message = f"{first} has shape {wrong.shape}, {second} has shape {arrays[1].shape}, and "
            assert str(refusal.value).startswith(message)


def test_shapes_are_refused_in_words():
    def refusal(loss, *arrays, **arguments):
        with pytest.raises(ValueError) as error:
            loss(*arrays, **arguments)
        with pytest.raises(ValueError) as error_of_gradient:
            loss.gradient(*arrays, **arguments)
        assert str(error.value) == str(error_of_gradient.value)
        return str(error.value)

    ending = ", and both must be equal.\nOf (n,) against (n, 1) NumPy would silently make (n, n): reshape one of them."
    assert (
        refusal(losses.huber, [1, 2], [[1], [2]]) == "y_true has shape (2,), y_pred has shape (2, 1)" + ending
    )
    assert (
        refusal(losses.gaussian_nll, [1], [1], [[1]])
        == "y_true has shape (1,), variance has shape (1, 1)" + ending
    )
    assert (
        refusal(losses.triplet, [[1]], [[1]], [1])
        == "anchor has shape (1, 1), negative has shape (1,)" + ending
    )
    assert (
        refusal(losses.triplet, [[1]], [1], [[1]])
        == "anchor has shape (1, 1), positive has shape (1,)" + ending
    )
    ending = ", and y_true must have (1,): one class number for each row of scores."
    for loss in (
        losses.sparse_categorical_crossentropy,
        losses.categorical_generalized_cross_entropy,
        losses.circle,
    ):
        assert (
            refusal(loss, [[1]], [[0.5, 0.5]]) == "y_true has shape (1, 1), y_pred has shape (1, 2)" + ending
        )
    ending = ", and they must have (n, L) and (n, T, K)."
    for y_true, y_pred in (
        ([1], np.zeros((1, 2, 3))),
        ([[1]], np.zeros((2, 3))),
        ([[1]], np.zeros((2, 2, 3))),
    ):
        shapes = f"y_true has shape {np.shape(y_true)}, y_pred has shape {y_pred.shape}"
        assert refusal(losses.ctc, y_true, y_pred) == shapes + ending


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_empty_batch_is_refused(case):
    arrays = [a[:0] for a in case.make(np.random.default_rng(4), (5, 3))]
    if case.arguments.get("axis") == 0:
        arrays = [a[..., :0] for a in case.make(np.random.default_rng(4), (5, 3))]
    name = next(
        n for n in ("anchor", "preferred", "y_true", "y_pred") if n in inspect.signature(case.loss).parameters
    )
    if arrays[0].shape != arrays[1].shape:
        name = "y_pred"
    for function in (case.loss, case.loss.gradient):
        with pytest.raises(ValueError) as refusal:
            function(*arrays, **case.arguments)
        shape = arrays[1].shape
        assert str(refusal.value) == f"{name} is empty (shape {shape}), but must have at least one number."


PROBABILITY = "y_pred must be a probability between 0 and 1 (for raw scores: from_logits=True), but got {}."
REFUSED = [
    (losses.huber, ([1], [2]), {"delta": 0}, "delta must be positive and finite, but got 0."),
    (losses.pinball, ([1], [2]), {"q": 1}, "q must be above 0 and below 1, but got 1."),
    (losses.pinball, ([1], [2]), {"q": 0}, "q must be above 0 and below 1, but got 0."),
    (
        losses.mean_squared_logarithmic_error,
        ([-1, 3], [2, 2]),
        {},
        "y_true must be 0 or more, but got -1.0.",
    ),
    (losses.poisson, ([-1, 3], [2, 2]), {}, "y_true must be 0 or more, but got -1.0."),
    (losses.poisson, ([1, 3], [-2, 2]), {}, "y_pred must be a rate of 0 or more, but got -2.0."),
    (losses.gaussian_nll, ([1, 3], [2, 2], [0, 2]), {}, "variance must be positive, but got 0.0."),
    (losses.binary_crossentropy, ([2, 0], [0.5, 1]), {}, "y_true must be between 0 and 1, but got 0 to 2."),
    (
        losses.binary_crossentropy,
        ([-1, 0], [0.5, 1]),
        {},
        "y_true must be between 0 and 1, but got -1 to 0.",
    ),
    (losses.binary_crossentropy, ([1, 0], [3, 0.5]), {}, PROBABILITY.format("0.5 to 3")),
    (losses.binary_crossentropy, ([1, 0], [1.5, 0.5]), {}, PROBABILITY.format("0.5 to 1.5")),
    (losses.binary_crossentropy, ([1, 0], [-3, 0.5]), {}, PROBABILITY.format("-3 to 0.5")),
    (losses.categorical_crossentropy, ([1, 0], [3, -1]), {}, PROBABILITY.format("-1 to 3")),
    (losses.sparse_categorical_crossentropy, ([1], [[3, -1]]), {}, PROBABILITY.format("-1 to 3")),
    (losses.categorical_generalized_cross_entropy, ([1], [[3, -1]]), {}, PROBABILITY.format("-1 to 3")),
    (
        losses.categorical_focal_crossentropy,
        ([1, -1], [1, 1]),
        {},
        "y_true must be 0 or more, but got -1.0.",
    ),
    (
        losses.categorical_focal_crossentropy,
        ([1, 0], [1, 1]),
        {"alpha": -1},
        "alpha must be 0 or more, and finite, but got -1.0.",
    ),
    (
        losses.categorical_focal_crossentropy,
        ([1, 0], [1, 1]),
        {"alpha": [1, 2, 3]},
        "alpha must be one number, or one per class, but got shape (3,).",
    ),
    (
        losses.categorical_generalized_cross_entropy,
        ([1], [[1, 1]]),
        {"q": 0},
        "q must be above 0 and at most 1, but got 0.",
    ),
    (
        losses.categorical_generalized_cross_entropy,
        ([1], [[1, 1]]),
        {"q": 2},
        "q must be above 0 and at most 1, but got 2.",
    ),
    (losses.hinge, ([0, 2], [1, 1]), {}, "y_true must be 0 and 1, or −1 and 1, but got [0.0, 2.0]."),
    (
        losses.squared_hinge,
        ([0, -1], [1, 1]),
        {},
        "y_true must be 0 and 1, or −1 and 1, but got [-1.0, 0.0].",
    ),
    (losses.categorical_hinge, ([0, 0.5], [1, 1]), {}, "y_true must be 0 or 1, but got 0 to 0.5."),
    (losses.tversky, ([0], [1]), {"alpha": -1}, "alpha must be 0 or more, and finite, but got -1."),
    (losses.tversky, ([0], [1]), {"beta": -1}, "beta must be 0 or more, and finite, but got -1."),
    (losses.circle, ([0], [[1]]), {"gamma": 0}, "gamma must be positive and finite, but got 0."),
    (losses.circle, ([0], [[1]]), {"margin": -1}, "margin must be 0 or more, and finite, but got -1."),
    (losses.circle, ([[0]], [[[1]]]), {}, "y_true must be of shape (n,), but got shape (1, 1)."),
    (
        losses.ctc,
        ([[1, 0, 1]], np.zeros((1, 4, 2))),
        {},
        "y_true must be labels, then zeros, but got a label after a zero.",
    ),
    (
        losses.ctc,
        ([[0, 1]], np.zeros((1, 2, 2))),
        {},
        "y_true must be labels, then zeros, but got a label after a zero.",
    ),
    (
        losses.ctc,
        ([[1, 0], [1, 1]], np.zeros((2, 2, 2))),
        {},
        "y_true must be labels for at most 2 steps, repeats counted twice, but got labels that need 3.",
    ),
    (
        losses.triplet,
        ([[1]], [[1]], [[1]]),
        {"margin": -1},
        "margin must be 0 or more, and finite, but got -1.",
    ),
    (losses.contrastive, ([2, 0], [1, 1]), {}, "y_true must be 0 or 1, but got 0 to 2."),
    (
        losses.contrastive,
        ([1, 0], [1, -1]),
        {},
        "y_pred must be a distance of 0 or more, but got -1.0.",
    ),
    (losses.contrastive, ([1, 0], [1, 1]), {"margin": 0}, "margin must be positive and finite, but got 0."),
]
for loss in (losses.kl_divergence, losses.dice, losses.tversky):
    REFUSED += [
        (loss, ([2, 0], [0, 1]), {}, "y_true must be between 0 and 1, but got 0 to 2."),
        (loss, ([-1, 0], [0, 1]), {}, "y_true must be between 0 and 1, but got -1 to 0."),
        (loss, ([1, 0], [0, 1.5]), {}, "y_pred must be between 0 and 1, but got 0 to 1.5."),
    ]
for loss in (
    losses.binary_crossentropy,
    losses.categorical_crossentropy,
    losses.categorical_focal_crossentropy,
):
    for s in (-0.1, 1.1):
        message = f"label_smoothing must be from 0 to 1, but got {s}."
        REFUSED.append((loss, ([1, 0], [1, 1]), {"label_smoothing": s}, message))
for loss in (losses.binary_focal_crossentropy, losses.categorical_focal_crossentropy):
    REFUSED.append(
        (loss, ([1, 0], [1, 1]), {"gamma": -1}, "gamma must be 0 or more, and finite, but got -1.")
    )
for alpha in (-1, 2):
    message = f"alpha must be from 0 to 1, but got {alpha}."
    REFUSED.append((losses.binary_focal_crossentropy, ([1], [1]), {"alpha": alpha}, message))
for loss in (losses.categorical_crossentropy, losses.categorical_focal_crossentropy):
    message = "y_true must be an array with the classes on an axis, but got a single number."
    REFUSED.append((loss, (1, 0.5), {}, message))
for loss, y_true in (
    (losses.categorical_crossentropy, [[1, 0], [0, 1]]),
    (losses.sparse_categorical_crossentropy, [1, 0]),
):
    message = "y_pred must be probabilities, not all of them 0, but got a row of zeros."
    REFUSED.append((loss, (y_true, [[0.5, 0.5], [0, 0]]), {}, message))
for loss in (losses.sparse_categorical_crossentropy, losses.categorical_generalized_cross_entropy):
    REFUSED += [
        (loss, ([2, 0], [[0.5, 0.5]] * 2), {}, "y_true must be from 0 to 1, but got 0 to 2."),
        (loss, ([-1, 0], [[0.5, 0.5]] * 2), {}, "y_true must be from 0 to 1, but got -1 to 0."),
        (loss, ([0.5], [[0.5, 0.5]]), {}, "y_true must be class numbers, but got float64 with fractions."),
    ]


@pytest.mark.parametrize(("loss", "arrays", "arguments", "message"), REFUSED)
def test_bad_input_is_refused(loss, arrays, arguments, message):
    for function in (loss, loss.gradient):
        with pytest.raises(ValueError) as refusal:
            function(*arrays, **arguments)
        assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("loss", "arrays", "arguments"),
    [
        (losses.pinball, ([1], [2]), {"q": 0.01}),
        (losses.poisson, ([0], [0]), {}),
        (losses.mean_squared_logarithmic_error, ([0], [2]), {}),
        (losses.binary_focal_crossentropy, ([0, 1], [0, 1]), {"alpha": 0, "gamma": 0, "label_smoothing": 1}),
        (losses.binary_focal_crossentropy, ([0, 1], [0, 1]), {"alpha": 1, "label_smoothing": 0}),
        (
            losses.categorical_focal_crossentropy,
            ([0, 1], [0, 1]),
            {"alpha": 0, "gamma": 0, "label_smoothing": 1},
        ),
        (losses.categorical_generalized_cross_entropy, ([1], [[0, 1]]), {"q": 1}),
        (losses.tversky, ([0, 1], [0, 1]), {"alpha": 0, "beta": 0}),
        (losses.circle, ([0, 0], [[1], [1]]), {"margin": 0}),
        (losses.ctc, ([[1, 1, 0], [1, 2, 3]], np.zeros((2, 3, 4))), {}),
        (losses.ctc, ([[1, 2]], np.zeros((1, 2, 3))), {}),
        (losses.triplet, ([[1]], [[1]], [[1]]), {"margin": 0}),
        (losses.contrastive, ([1], [0]), {}),
    ],
)
def test_the_edges_of_a_range_are_allowed(loss, arrays, arguments):
    for slope in gradients(Case(loss, arguments, None), arrays):
        assert np.all(np.isfinite(loss(*arrays, **arguments))) and np.all(np.isfinite(slope))


WEIGHED = [3, 1, 0, 2]
REDUCED = [
    # reduction, sample_weight, mask, the reduced values 1, 2, 3, 4
    ("sum_over_batch_size", None, None, (1 + 2 + 3 + 4) / 4),
    ("mean", None, None, (1 + 2 + 3 + 4) / 4),
    ("mean_with_sample_weight", None, None, (1 + 2 + 3 + 4) / 4),
    ("sum", None, None, 1 + 2 + 3 + 4),
    ("none", None, None, [1, 2, 3, 4]),
    (None, None, None, [1, 2, 3, 4]),
    ("sum_over_batch_size", WEIGHED, None, (3 * 1 + 1 * 2 + 2 * 4) / 4),
    ("mean", WEIGHED, None, (3 * 1 + 1 * 2 + 2 * 4) / 4),
    ("mean_with_sample_weight", WEIGHED, None, (3 * 1 + 1 * 2 + 2 * 4) / (3 + 1 + 2)),
    ("sum", WEIGHED, None, 3 * 1 + 1 * 2 + 2 * 4),
    ("none", WEIGHED, None, [3 * 1, 1 * 2, 0, 2 * 4]),
    ("sum_over_batch_size", WEIGHED, [1, 0, 1, 1], (3 * 1 + 2 * 4) / 3),
    ("mean", None, [1, 0, 1, 1], (1 + 3 + 4) / 3),
    ("mean_with_sample_weight", WEIGHED, [1, 0, 1, 1], (3 * 1 + 2 * 4) / (3 + 2)),
    ("sum", WEIGHED, [1, 0, 1, 1], 3 * 1 + 2 * 4),
    (None, WEIGHED, [1, 0, 1, 1], [3 * 1, 0, 0, 2 * 4]),
    ("mean", None, [2, 0, 1, 1], (1 + 3 + 4) / 3),  # a mask is True or False, no weight
    ("mean_with_sample_weight", [0, 0, 0, 0], None, 0),
    ("mean", None, [0, 0, 0, 0], 0),
    ("mean", [-1, 2, 0.5, 0], None, (-1 + 2 * 2 + 0.5 * 3) / 4),
]


@pytest.mark.parametrize(("reduction", "weights", "mask", "expected"), REDUCED)
def test_reductions(reduction, weights, mask, expected):
    reduced = reduce_loss([1, 2, 3, 4], weights, reduction, mask)
    np.testing.assert_array_equal(reduced, expected)
    assert isinstance(reduced, np.ndarray if reduction in ("none", None) else float)


def test_a_reduction_by_default_divides_by_the_number_of_samples():
    assert reduce_loss([1, 9], [3, 1]) == (3 * 1 + 1 * 9) / 2
    assert set(losses.REDUCTIONS) == {reduction for reduction, *_ in REDUCED} - {None}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ([1, 2], None, "average"),
            "reduction must be one of sum_over_batch_size, mean, sum, mean_with_sample_weight, none, "
            "but got 'average'.",
        ),
        (([], None), "values is empty (shape (0,)), but must have at least one number."),
        (([1, 2], [1]), "sample_weight has shape (1,), values has shape (2,), and both must be equal."),
        (
            ([1, 2], None, "mean", [[1, 0]]),
            "mask has shape (1, 2), values has shape (2,), and both must be equal.",
        ),
    ],
)
def test_reductions_refuse_bad_input(arguments, message):
    with pytest.raises(ValueError) as refusal:
        reduce_loss(*arguments)
    assert str(refusal.value) == message


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_the_gradient_of_beta_nll_is_that_of_gaussian_nll_times_a_constant(beta):
    y, mean, variance = normals(np.random.default_rng(0), (5, 3))
    found = losses.beta_nll.gradient(y, mean, variance, beta)
    for one, plain in zip(found, losses.gaussian_nll.gradient(y, mean, variance), strict=True):
        np.testing.assert_allclose(one, variance**beta * plain, rtol=1e-12)
    values = losses.beta_nll(y[:, 0], mean[:, 0], variance[:, 0], beta)
    plain = losses.gaussian_nll(y[:, 0], mean[:, 0], variance[:, 0])
    np.testing.assert_allclose(values, variance[:, 0] ** beta * plain, rtol=1e-12)


def test_30_000_classes_take_memory_in_proportion_to_the_scores():
    """A one-hot matrix of 30,000 classes alone would take 7 GB."""
    scores = np.zeros((4, 30_000))
    tracemalloc.start()
    for loss in losses.sparse_categorical_crossentropy, losses.sparse_categorical_crossentropy.gradient:
        loss(np.arange(4), scores, from_logits=True)
    losses.categorical_generalized_cross_entropy.gradient(np.arange(4), scores + 1 / 30_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * scores.nbytes


@pytest.mark.parametrize("r", [1e-9, 1e-7, 1e-3, 0.5, 0.999, 1.0, 1.001, 20.0, 1000.0])
def test_log_cosh_is_exact_for_small_and_large_errors(r):
    exact = r**2 / 2 - r**4 / 12 if r < 1e-2 else math.log(math.cosh(r)) if r < 700 else r - math.log(2)
    np.testing.assert_allclose(losses.log_cosh([0, 0], [r, -r]), exact, rtol=1e-12)


def test_a_gradient_from_a_confident_logit_does_not_cancel():
    for z in (20.0, 40.0, 700.0):
        slopes = losses.binary_crossentropy.gradient([1, 0], [z, -z], from_logits=True)
        np.testing.assert_allclose(slopes, [-math.exp(-z), math.exp(-z)], rtol=1e-8)


def test_a_class_that_is_masked_by_minus_infinity_costs_nothing():
    """As in Keras and optax: the class is out of the softmax."""
    assert losses.sparse_categorical_crossentropy([0], [[0, -np.inf]], from_logits=True) == [0]
    assert losses.sparse_categorical_crossentropy.gradient(
        [0], [[0, -np.inf]], from_logits=True
    ).tolist() == [[0, 0]]


@pytest.mark.parametrize("loss", [losses.categorical_crossentropy, losses.categorical_focal_crossentropy])
def test_a_column_of_probabilities_is_refused_because_its_loss_is_always_0(loss):
    with pytest.raises(
        ValueError, match=r"y_pred must be scores of two classes or more .*binary_crossentropy"
    ):
        loss([[1], [0]], [[0.7], [0.2]])
