"""The losses against hand values, central differences, Keras in float64 and scikit-learn; bad input refused."""

import keras
import numpy as np
import pytest
from sklearn.metrics import mean_pinball_loss

from lossopt import losses, reduce_loss


@pytest.fixture(autouse=True)
def float64():
    """Compare in double precision: in float32 Keras itself is off by up to 1e-4."""
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


def real(rng, shape):
    return rng.normal(size=shape) * 3, rng.normal(size=shape) * 3


def positive(rng, shape):
    return rng.uniform(0.1, 9, shape), rng.uniform(0.1, 9, shape)


def counts(rng, shape):
    return rng.poisson(3, shape).astype(float), rng.uniform(0.1, 9, shape)


def probabilities(rng, shape):
    return rng.integers(0, 2, shape).astype(float), rng.uniform(0.01, 0.99, shape)


def logits(rng, shape):
    return rng.integers(0, 2, shape).astype(float), rng.normal(size=shape) * 5


# loss, its arguments, a maker of (y_true, y_pred), Keras's function (it takes the same arguments; None: it has none)
CASES = [
    (losses.mean_squared_error, {}, real, keras.losses.mean_squared_error),
    (losses.mean_absolute_error, {}, real, keras.losses.mean_absolute_error),
    (losses.huber, {}, real, keras.losses.huber),
    (losses.huber, {"delta": 2.5}, real, keras.losses.huber),
    (losses.log_cosh, {}, real, keras.losses.log_cosh),
    (losses.pinball, {"q": 0.1}, real, None),
    (losses.pinball, {"q": 0.9}, real, None),
    (losses.mean_squared_logarithmic_error, {}, positive, keras.losses.mean_squared_logarithmic_error),
    (losses.mean_absolute_percentage_error, {}, real, keras.losses.mean_absolute_percentage_error),
    (losses.poisson, {}, counts, keras.losses.poisson),
    (losses.binary_crossentropy, {}, probabilities, keras.losses.binary_crossentropy),
    (losses.binary_crossentropy, {"from_logits": True}, logits, keras.losses.binary_crossentropy),
    (losses.hinge, {}, logits, keras.losses.hinge),
]
NAMES = [f"{loss.__name__}{arguments or ''}" for loss, arguments, *_ in CASES]


@pytest.mark.parametrize(
    ("loss", "arguments", "y_true", "y_pred", "value", "slope"),
    [
        (losses.mean_squared_error, {}, 2, 5, 3**2, 2 * 3),
        (losses.mean_absolute_error, {}, 5, 2, 3, -1),
        (losses.mean_absolute_error, {}, 5, 5, 0, 0),
        (losses.huber, {}, 0, 0.5, 0.5**2 / 2, 0.5),
        (losses.huber, {"delta": 2}, 0, -3, 2 * (3 - 2 / 2), -2),
        (losses.log_cosh, {}, 1, 2, np.log((np.e + 1 / np.e) / 2), (np.e - 1 / np.e) / (np.e + 1 / np.e)),
        (losses.log_cosh, {}, 0, -1000, 1000 - np.log(2), -1),
        (losses.pinball, {"q": 0.9}, 10, 8, 0.9 * 2, -0.9),
        (losses.pinball, {"q": 0.9}, 10, 12, 0.1 * 2, 0.1),
        (losses.pinball, {}, 10, 10, 0, 0),
        (losses.mean_squared_logarithmic_error, {}, 1, 3, np.log(2) ** 2, 2 * np.log(2) / 4),
        (losses.mean_squared_logarithmic_error, {}, 3, -5, np.log(4) ** 2, 0),
        (losses.mean_absolute_percentage_error, {}, -20, -15, 25, 5),
        (losses.mean_absolute_percentage_error, {}, 0, 1, 1e9, 1e9),
        (losses.poisson, {}, 2, np.e, np.e - 2, 1 - 2 / np.e),
        (losses.binary_crossentropy, {}, 1, 0.25, np.log(4), -4),
        (losses.binary_crossentropy, {}, 0, 1, -np.log(1e-7), 0),
        (losses.binary_crossentropy, {"from_logits": True}, 1, 0, np.log(2), -0.5),
        (losses.binary_crossentropy, {"from_logits": True}, 1, -1000, 1000, -1),
        (losses.binary_crossentropy, {"from_logits": True}, 0, -1000, 0, 0),
        (losses.binary_crossentropy, {"from_logits": True}, 0, 1000, 1000, 1),
        (losses.binary_crossentropy, {"from_logits": True}, 1, 1000, 0, 0),
        (losses.hinge, {}, 1, 0.25, 0.75, -1),
        (losses.hinge, {}, -1, 0.25, 1.25, 1),
        (losses.hinge, {}, 0, 0.25, 1.25, 1),
        (losses.hinge, {}, 1, 1, 0, 0),
    ],
)
def test_hand_values(loss, arguments, y_true, y_pred, value, slope):
    np.testing.assert_allclose(loss([y_true], [y_pred], **arguments), [value], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(loss.gradient([y_true], [y_pred], **arguments), [slope], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("shape", [(7,), (7, 1), (5, 3), (2, 4, 3)], ids=str)
@pytest.mark.parametrize(("loss", "arguments", "make", "_"), CASES, ids=NAMES)
def test_gradient_against_central_differences(loss, arguments, make, _, shape):
    y_true, y_pred = make(np.random.default_rng(1), shape)
    gradient = loss.gradient(y_true, y_pred, **arguments)
    assert gradient.shape == y_pred.shape
    step = 1e-6
    for place in np.ndindex(shape):
        nudge = np.zeros(shape)
        nudge[place] = step
        rise = loss(y_true, y_pred + nudge, **arguments) - loss(y_true, y_pred - nudge, **arguments)
        np.testing.assert_allclose(gradient[place], rise.sum() / (2 * step), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(7, 1), (5, 3), (2, 4, 3)], ids=str)
@pytest.mark.parametrize(("loss", "arguments", "make", "in_keras"), CASES, ids=NAMES)
def test_against_another_library(loss, arguments, make, in_keras, shape):
    y_true, y_pred = make(np.random.default_rng(2), shape)
    values = loss(y_true, y_pred, **arguments)
    if in_keras is None:
        expected = mean_pinball_loss(y_true.reshape(-1, 1), y_pred.reshape(-1, 1), alpha=arguments["q"])
        np.testing.assert_allclose(values.mean(), expected, rtol=1e-10)
        return
    # Keras computes log 2 in float32 inside its log-cosh.
    tolerance = 1e-7 if loss is losses.log_cosh else 1e-10
    np.testing.assert_allclose(values, in_keras(y_true, y_pred, **arguments), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("loss", "arguments", "make", "_"), CASES, ids=NAMES)
def test_one_axis_is_one_value_per_sample(loss, arguments, make, _):
    y_true, y_pred = make(np.random.default_rng(3), (6,))
    in_a_column = loss(y_true[:, None], y_pred[:, None], **arguments)
    np.testing.assert_array_equal(loss(y_true, y_pred, **arguments), in_a_column)


@pytest.mark.parametrize(("loss", "arguments", "make", "_"), CASES, ids=NAMES)
def test_shapes_that_would_broadcast_are_refused(loss, arguments, make, _):
    y_true, y_pred = make(np.random.default_rng(4), (6,))
    for function in (loss, loss.gradient):
        with pytest.raises(ValueError, match=r"y_true has shape \(6,\), y_pred has shape \(6, 1\)"):
            function(y_true, y_pred[:, None], **arguments)
        with pytest.raises(ValueError, match="at least one sample"):
            function([], [], **arguments)


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "arguments", "message"),
    [
        (losses.huber, [1], [2], {"delta": 0}, "delta must be positive, and 0 came"),
        (losses.pinball, [1], [2], {"q": 1}, "q must be between 0 and 1, and 1 came"),
        (
            losses.mean_squared_logarithmic_error,
            [-1],
            [2],
            {},
            "y_true must be nowhere negative, and -1.0 came",
        ),
        (losses.poisson, [-1], [2], {}, "y_true must be nowhere negative"),
        (losses.poisson, [1], [-2], {}, "y_pred must be a rate, nowhere negative, and -2.0 came"),
        (losses.binary_crossentropy, [2], [0.5], {}, "y_true must be between 0 and 1"),
        (losses.binary_crossentropy, [1], [3], {}, "y_pred must be a probability .* from_logits=True"),
    ],
)
def test_bad_input_is_refused(loss, y_true, y_pred, arguments, message):
    for function in (loss, loss.gradient):
        with pytest.raises(ValueError, match=message):
            function(y_true, y_pred, **arguments)


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("shape", [(6, 4), (2, 3, 5)], ids=str)
def test_cross_entropies_of_classes(shape, from_logits):
    """One-hot and class numbers against Keras, and their gradients against central differences."""
    rng = np.random.default_rng(5)
    numbers = rng.integers(0, shape[-1], shape[:-1])
    y_pred = (
        rng.normal(size=shape) * 4 if from_logits else rng.uniform(0.01, 1, shape)
    )  # rows need not sum to 1
    targets = {
        losses.categorical_crossentropy: np.eye(shape[-1])[numbers],
        losses.sparse_categorical_crossentropy: numbers,
    }
    for loss, y_true in targets.items():
        in_keras = getattr(keras.losses, loss.__name__)(y_true, y_pred, from_logits=from_logits)
        np.testing.assert_allclose(loss(y_true, y_pred, from_logits), in_keras, rtol=1e-10)
        gradient, step = loss.gradient(y_true, y_pred, from_logits), 1e-6
        for place in np.ndindex(shape):
            nudge = np.zeros(shape)
            nudge[place] = step
            rise = loss(y_true, y_pred + nudge, from_logits) - loss(y_true, y_pred - nudge, from_logits)
            np.testing.assert_allclose(gradient[place], rise.sum() / (2 * step), rtol=1e-5, atol=1e-6)


def test_cross_entropy_hand_values():
    p, logits = [[0.15, 0.75, 0.1]], [[0, np.log(3), 0]]
    assert losses.sparse_categorical_crossentropy([1], p) == pytest.approx(-np.log(0.75))
    assert losses.categorical_crossentropy([[0.5, 0.5, 0]], p) == pytest.approx(-np.log(0.15 * 0.75) / 2)
    assert losses.sparse_categorical_crossentropy([1], logits, from_logits=True) == pytest.approx(
        np.log(5 / 3)
    )
    gradient = losses.sparse_categorical_crossentropy.gradient([1], logits, from_logits=True)
    np.testing.assert_allclose(gradient, [[0.2, 0.6 - 1, 0.2]])
    far = [[1000.0, -1000.0]]
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy([1], far, from_logits=True), [2000])
    assert losses.sparse_categorical_crossentropy([1], [[1, 0]]) == pytest.approx(-np.log(1e-7))
    for clipped in ([[1, 0]], [[1 - 1e-9, 1e-9]]):  # where the clip bites, nothing moves
        np.testing.assert_array_equal(losses.sparse_categorical_crossentropy.gradient([1], clipped), [[0, 0]])


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "message"),
    [
        (losses.sparse_categorical_crossentropy, [[1]], [[0.5, 0.5]], r"shape \(1, 1\).* must have \(1,\)"),
        (losses.sparse_categorical_crossentropy, [2], [[0.5, 0.5]], "y_true must be from 0 to 1"),
        (losses.sparse_categorical_crossentropy, [-1], [[0.5, 0.5]], "y_true must be from 0 to 1"),
        (losses.sparse_categorical_crossentropy, [0.5], [[0.5, 0.5]], "y_true must be class numbers"),
        (
            losses.categorical_crossentropy,
            [[1, 0]],
            [[3, -1]],
            "y_pred must be a probability .* from_logits=True",
        ),
        (
            losses.categorical_crossentropy,
            [[1, 0]],
            [[0, 0]],
            "y_pred must be probabilities, not all of them 0",
        ),
        (losses.categorical_crossentropy, [[1, -1]], [[0.5, 0.5]], "y_true must be nowhere negative"),
        (losses.categorical_crossentropy, [1, 0], [[0.5, 0.5]], r"y_true has shape \(2,\)"),
        (losses.categorical_crossentropy, 1, 0.5, "classes on its last axis"),
        (losses.hinge, [0, 2], [1, 1], "y_true must be 0 and 1, or −1 and 1"),
        (losses.hinge, [0, -1], [1, 1], "y_true must be 0 and 1, or −1 and 1"),
    ],
)
def test_bad_classes_are_refused(loss, y_true, y_pred, message):
    for function in (loss, loss.gradient):
        with pytest.raises(ValueError, match=message):
            function(y_true, y_pred)


@pytest.mark.parametrize(
    "weights", [None, [1, 1, 1, 3], [0, 0, 1, 3], [0, 0, 0, 0], [-1, 2, 0.5, 0]], ids=str
)
@pytest.mark.parametrize("reduction", losses.REDUCTIONS)
def test_reductions_against_keras(reduction, weights):
    values = np.array([1.0, 2.0, 3.0, 4.0])
    loss = keras.losses.MeanAbsoluteError(reduction=reduction)
    expected = loss(
        np.zeros((4, 1)), values[:, None], sample_weight=weights and np.array(weights, dtype=float)
    )
    np.testing.assert_allclose(reduce_loss(values, weights, reduction), expected, rtol=1e-12)


def test_sum_over_batch_size_divides_by_the_number_of_samples():
    assert reduce_loss([1, 9], [3, 1]) == (3 * 1 + 1 * 9) / 2
    assert reduce_loss([1, 9], [3, 1], "mean_with_sample_weight") == (3 * 1 + 1 * 9) / (3 + 1)
    assert reduce_loss([1, 9], [3, 1], "sum") == 3 * 1 + 1 * 9
    assert reduce_loss([1, 9], [3, 1], "none").tolist() == [3, 9]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], None, "average"), "reduction must be one of .* and 'average' came"),
        (([], None), "at least one sample"),
        (([1, 2], [1]), r"sample_weight has shape \(1,\), values has shape \(2,\)"),
    ],
)
def test_reductions_refuse_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        reduce_loss(*arguments)
