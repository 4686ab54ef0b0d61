"""From one value per sample to the number that is minimised."""

import numpy as np

from ._common import _require_samples

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")


def reduce_loss(values, sample_weight=None, reduction="sum_over_batch_size", mask=None):
    r"""Turn one value per sample into the number that is minimised, as Keras does.

    | reduction                       | result                    |
    | ------------------------------- | ------------------------- |
    | `sum_over_batch_size`, `mean`   | $\sum_i w_i \ell_i / n$   |
    | `mean_with_sample_weight`       | $\sum_i w_i \ell_i / \sum_i w_i$, and 0 when the weights sum to 0 |
    | `sum`                           | $\sum_i w_i \ell_i$       |
    | `none` or None                  | the weighted values $w_i \ell_i$ themselves |

    n counts the values, whatever the weights: twice the weights is twice the loss, except with
    `mean_with_sample_weight`. Where `mask` is False a value has the weight 0 and is not counted; with all of them
    masked the means are 0. Raises `ValueError` for an unknown reduction, for an empty batch, and when
    `sample_weight` or `mask` has another shape than `values` (Keras would broadcast).

    >>> reduce_loss([1, 9], sample_weight=[3, 1])
    6.0
    >>> reduce_loss([1, 9], sample_weight=[3, 1], reduction="mean_with_sample_weight")
    3.0
    >>> reduce_loss([1, 9], mask=[True, False])
    1.0

    Source: `keras.losses.Loss`, argument `reduction`.
    """
    if reduction not in (*REDUCTIONS, None):
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}, and {reduction!r} came.")
    values = np.asarray(values)
    _require_samples(values, "values")
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
    """Ones for None; otherwise the array, refused unless it has the shape of `values`."""
    array = np.ones(values.shape) if array is None else np.asarray(array, dtype=float)
    if array.shape != values.shape:
        raise ValueError(
            f"{name} has shape {array.shape}, values has shape {values.shape}, and both must be equal."
        )
    return array
