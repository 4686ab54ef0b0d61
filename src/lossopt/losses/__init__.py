"""Loss functions in NumPy, each with its gradient beside it.

Every loss takes `y_true` and `y_pred` of one and the same shape and returns one value per sample:

* shape (n,): n samples with one number each, so n values come back;
* shape (n, …, d): the last axis is averaged, as Keras does, and (n, …) comes back.

(Keras averages the last axis of an (n,) array too, and returns a single number. Give it (n, 1) to get n values.)

Losses of vectors (of class scores, of directions, of embeddings) take the vectors on the last axis and say so;
overlap, circle and CTC losses say what they take.

`loss.gradient` takes the same arguments and returns the derivative of the values' sum with respect to `y_pred`, in
the shape of `y_pred`; as one sample's value seldom depends on another's prediction, that is each sample's own slope.
Where several arguments are predicted (`gaussian_nll`, `triplet`) it returns one derivative for each, as a tuple.

NaN passes through, as in Keras, except into arguments whose range is checked: those refuse it.
"""

from ._common import KERAS_EPSILON
from .classification import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    hinge,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from .overlap import dice, tversky
from .probability import gaussian_nll, kl_divergence, poisson
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
from .similarity import circle, contrastive, cosine_similarity, triplet

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
    "kl_divergence",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
    "categorical_generalized_cross_entropy",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
    "dice",
    "tversky",
    "cosine_similarity",
    "circle",
    "triplet",
    "contrastive",
    "ctc",
    "REDUCTIONS",
    "reduce_loss",
    "KERAS_EPSILON",
]
