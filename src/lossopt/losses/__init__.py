"""Compute loss functions and their gradients in NumPy.

Every loss takes `y_true` and `y_pred` of the same shape and returns one
value per sample:

* From shape (n,), which holds one number for each of n samples, it returns
n values. * From shape (n, …, d) it returns (n, …), because it averages the
last axis, as Keras does.

Keras averages the last axis of an (n,) array too, so that it returns a
single number. Give it (n, 1) to get n values.

Losses of vectors, such as class scores, directions or embeddings, expect
the vectors on the last axis. The docstrings of the overlap, circle and CTC
losses say what these expect.

`loss.gradient` takes the same arguments and returns the derivative of the
sum of all values with respect to `y_pred`, in the shape of `y_pred`.
Because the value of one sample seldom depends on the prediction of another,
this is usually the derivative of each sample's own value. Where several
arguments are predicted (`gaussian_nll`, `triplet`), `loss.gradient` returns
a tuple with one derivative for each.

A NaN in an argument whose range is checked raises `ValueError`. In any
other prediction it makes the value NaN, as in Keras, but not always the
gradient: a gradient that is defined by cases, such as that of `hinge`, may
be 0 there.
"""

from ._common import KERAS_EPSILON
from .classification import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    distillation,
    hinge,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from .overlap import dice, tversky
from .probability import beta_nll, gaussian_crps, gaussian_nll, kl_divergence, poisson
from .ranking import listwise_softmax, pairwise_logistic
from .reduction import REDUCTIONS, reduce_loss
from .regression import (
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    pinball,
)
from .sequences import ctc
from .similarity import (
    arcface,
    circle,
    contrastive,
    cosface,
    cosine_similarity,
    info_nce,
    ntxent,
    sigmoid_contrastive,
    triplet,
)

__all__ = [  # noqa: RUF022 - by subject, simple before special
    "mean_squared_error",
    "mean_absolute_error",
    "huber",
    "log_cosh",
    "pinball",
    "mean_squared_logarithmic_error",
    "mean_absolute_percentage_error",
    "poisson",
    "gaussian_nll",
    "beta_nll",
    "gaussian_crps",
    "kl_divergence",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
    "categorical_generalized_cross_entropy",
    "distillation",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
    "dice",
    "tversky",
    "cosine_similarity",
    "circle",
    "triplet",
    "contrastive",
    "info_nce",
    "ntxent",
    "sigmoid_contrastive",
    "arcface",
    "cosface",
    "pairwise_logistic",
    "listwise_softmax",
    "ctc",
    "REDUCTIONS",
    "reduce_loss",
    "KERAS_EPSILON",
]
