"""Turn one value per sample into the number that is minimised."""

import numpy as np

from .._checks import floats, real_array, shown

__all__ = ["reduce_loss"]

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")


def reduce_loss(values, sample_weight=None, reduction="sum_over_batch_size", mask=None):
    r"""Return the number that is minimised, made from one value per sample as
    Keras does.

    | reduction                       | result                    |
    | ------------------------------- | ------------------------- |
    | `sum_over_batch_size`, `mean`   | $\sum_i w_i \ell_i / n$   |
    | `mean_with_sample_weight`       | $\sum_i w_i \ell_i / \sum_i w_i$ |
    | `sum`                           | $\sum_i w_i \ell_i$       |
    | `none` or None                  | all $w_i \ell_i$          |

    n is the number of values, regardless of the weights. Twice the weights
    therefore give twice the loss, except with `mean_with_sample_weight`. Where
    `mask` is False a value gets the weight 0 and is not counted, but a NaN
    stays NaN, because 0 · NaN is NaN. If all values are masked, or all
    weights sum to 0 in `mean_with_sample_weight`, the means are 0.
    Raises `ValueError` for an unknown reduction, for an empty batch, and if the
    shape of `sample_weight` or `mask` differs from that of `values`, which
    Keras would broadcast.

    >>> reduce_loss([1, 9], sample_weight=[3, 1])
    6.0
    >>> reduce_loss([1, 9], [3, 1], reduction="mean_with_sample_weight")
    3.0
    >>> reduce_loss([1, 9], mask=[True, False])
    1.0

    Source: `keras.losses.Loss`, argument `reduction`.
    """
    if not (reduction is None or (isinstance(reduction, str) and reduction in REDUCTIONS)):
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}, but got {shown(reduction)}.")
    values = floats("values", values)
    weights = _alike("sample_weight", sample_weight, values)
    counted = _alike("mask", mask, values).astype(bool)
    weights = weights * counted
    weighted = weights * values
    if reduction in ("none", None):
        return weighted
    total = float(weighted.sum())
    if reduction == "sum":
        return total
    divisor = float((weights if reduction == "mean_with_sample_weight" else counted).sum())
    return total / divisor if divisor else 0.0


def _alike(name, array, values):
    """Return ones for None, otherwise the array. Raise an error unless it has
    the shape of `values`."""
    array = np.ones(values.shape) if array is None else real_array(name, array).astype(float)
    if array.shape != values.shape:
        raise ValueError(
            f"{name} has shape {array.shape}, values has shape {values.shape}, and both must be equal."
        )
    return array
