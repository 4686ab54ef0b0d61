"""The data sets: sizes, splits that share nothing, scaling that looks at the training part alone."""

import numpy as np
import pytest
from sklearn import datasets

from lossopt import data

SETS = [
    (data.digits, datasets.load_digits),
    (data.diabetes, datasets.load_diabetes),
    (data.breast_cancer, datasets.load_breast_cancer),
]


@pytest.mark.parametrize(("load", "source"), SETS)
def test_parts_hold_every_sample_once(load, source):
    parts = load()
    x, y = source(return_X_y=True)
    assert [len(part_y) for _, part_y in parts] == [
        round(0.6 * len(x)),
        round(0.8 * len(x)) - round(0.6 * len(x)),
        len(x) - round(0.8 * len(x)),
    ]
    assert all(part_x.shape == (len(part_y), x.shape[1]) for part_x, part_y in parts)
    np.testing.assert_array_equal(np.sort(np.concatenate([part_y for _, part_y in parts])), np.sort(y))


@pytest.mark.parametrize(("load", "source"), SETS)
def test_inputs_keep_their_targets(load, source):
    """The split must not tear a row from its target: sorted by a linear score, both arrive in one order."""
    x, y = source(return_X_y=True)
    parts_x, parts_y = (np.concatenate(arrays) for arrays in zip(*load(), strict=True))
    score = np.random.default_rng(0).normal(size=x.shape[1]) / x.std(axis=0).clip(1e-12)
    scale = np.where(parts_x.std(axis=0) > 0, x.std(axis=0) / parts_x.std(axis=0).clip(1e-12), 1)
    np.testing.assert_array_equal(y[np.argsort(x @ score)], parts_y[np.argsort((parts_x * scale) @ score)])


@pytest.mark.parametrize(("load", "_"), SETS)
def test_split_is_the_same_each_time(load, _):
    for first, second in zip(load(), load(), strict=True):
        np.testing.assert_array_equal(first[0], second[0])


@pytest.mark.parametrize("load", [data.diabetes, data.breast_cancer])
def test_standardised_by_the_training_part(load):
    (x_train, _), (x_val, _), _ = load()
    np.testing.assert_allclose(x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x_train.std(axis=0), 1)
    assert abs(x_val.mean(axis=0)).max() > 1e-3


def test_digits_are_scaled_to_one():
    assert all(x.min() == 0 and x.max() == 1 for x, _ in data.digits())
