"""The losses beside Keras (values, gradients, reductions, defaults, what it exports), optax and scikit-learn.

The cases are those of test_losses.py. Everything is compared in double precision: in float32 Keras itself is off by
up to 1e-4.
"""

import inspect
import re

import jax
import keras
import numpy as np
import optax
import pytest
import scipy.special
import scipy.stats
import sklearn.metrics
import tensorflow as tf
from test_losses import AVERAGED, CASES, LOSSES, gradients

from lossopt import losses, reduce_loss


@pytest.fixture(autouse=True)
def float64():
    keras.config.set_floatx("float64")
    with jax.enable_x64(True):
        yield
    keras.config.set_floatx("float32")


NOT_IN_KERAS = {losses.pinball, losses.gaussian_nll, losses.triplet, losses.contrastive}
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
NEARLY = {
    losses.log_cosh: {"rtol": 1e-7, "atol": 1e-12},  # Keras rounds log 2 to float32
    losses.ctc: {"rtol": 1e-5, "atol": 1e-5},  # TensorFlow computes it in float32
}
# TensorFlow takes no other axis than the last for class numbers.
IN_KERAS = [
    case
    for case in CASES
    if case.loss not in NOT_IN_KERAS
    and not (case.loss is losses.sparse_categorical_crossentropy and "axis" in case.arguments)
]


def in_keras(case):
    """Keras's function, with the arguments that only its class knows by default."""
    arguments = case.arguments
    if case.loss is losses.categorical_generalized_cross_entropy:
        arguments = {"q": 0.5, **arguments}
    return lambda *arrays: getattr(keras.losses, case.loss.__name__)(*arrays, **arguments)


def kept(case, y_true, values):
    """The mask that Keras's classes hang onto the values of two losses."""
    if case.loss is losses.circle:
        return values > 0
    if "ignore_class" in case.arguments:
        return y_true != case.arguments["ignore_class"]
    return None


@pytest.mark.parametrize("shape", [(7, 2), (5, 3), (2, 4, 3)], ids=str)
@pytest.mark.parametrize("case", IN_KERAS, ids=str)
def test_values_and_gradients_against_keras(case, shape):
    y_true, y_pred = case.make(np.random.default_rng(2), shape)
    scores = tf.Variable(y_pred)
    with tf.GradientTape() as tape:
        expected = in_keras(case)(y_true, scores)
        total = tf.reduce_sum(expected)
    tolerance = NEARLY.get(case.loss, CLOSE)
    values = case.loss(y_true, y_pred, **case.arguments)
    assert values.shape == expected.shape
    np.testing.assert_allclose(values, expected, **tolerance)
    (slopes,) = gradients(case, (y_true, y_pred))
    np.testing.assert_allclose(slopes, tape.gradient(total, scores), **tolerance)


CLASSES = {
    re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=KL)(?=D)", "_", name).lower(): cls
    for name, cls in vars(keras.losses).items()
    if inspect.isclass(cls) and cls is not keras.losses.Loss
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", [*losses.REDUCTIONS, None])
@pytest.mark.parametrize("case", IN_KERAS, ids=str)
def test_reductions_against_keras(case, reduction, weighted, masked):
    rng = np.random.default_rng(3)
    y_true, y_pred = case.make(rng, (5, 3))
    values = case.loss(y_true, y_pred, **case.arguments)
    weights = rng.uniform(0, 3, values.shape) if weighted else None
    mask = rng.uniform(size=values.shape) < 0.6 if masked else None
    tensor = tf.convert_to_tensor(y_pred)
    if masked:
        tensor._keras_mask = tf.convert_to_tensor(mask)
    expected = CLASSES[case.loss.__name__](**case.arguments, reduction=reduction)(y_true, tensor, weights)
    own = kept(case, y_true, values)
    masks = [one for one in (mask, own) if one is not None]
    found = reduce_loss(values, weights, reduction, np.logical_and.reduce(masks) if masks else None)
    np.testing.assert_allclose(found, expected, **NEARLY.get(case.loss, CLOSE))


# Exports of keras.losses that the package leaves out.
LEFT_OUT = {
    "Loss": "the base class; a function needs none",
    "get": "finds a loss by its name",
    "serialize": "writes a configuration",
    "deserialize": "reads a configuration",
}


def test_everything_that_keras_exports_is_here():
    """An upgrade of Keras announces itself: a name is either here or left out for a reason."""
    exported = {name for name in dir(keras.losses) if not name.startswith("_")}
    classes = {cls.__name__ for cls in CLASSES.values()}
    ours = {loss.__name__ for loss in LOSSES}
    assert exported - classes - ours == LEFT_OUT.keys()
    assert CLASSES.keys() == ours - {loss.__name__ for loss in NOT_IN_KERAS}


def test_only_what_keras_lacks_is_called_lacking():
    assert not {loss.__name__ for loss in NOT_IN_KERAS} & set(dir(keras.losses))


# Arguments of Keras's classes that are no arguments of ours.
OF_THE_CLASS = {"self", "reduction", "name", "dtype"}
# Keras's classes whose get_config() forgets an argument, so that a saved model reloads with the default.
FORGOTTEN = {"huber": {"delta"}, "cosine_similarity": {"axis"}}


@pytest.mark.parametrize("name", CLASSES)
def test_defaults_are_those_of_keras(name):
    def defaults(function):
        parameters = inspect.signature(function).parameters.values()
        return {p.name: p.default for p in parameters if p.default is not p.empty}

    ours = defaults(getattr(losses, name))
    theirs = defaults(CLASSES[name].__init__)
    assert ours == {argument: value for argument, value in theirs.items() if argument not in OF_THE_CLASS}
    config = CLASSES[name]().get_config()
    assert {argument: config.get(argument) for argument in ours.keys() - FORGOTTEN.get(name, set())} == {
        argument: value for argument, value in ours.items() if argument not in FORGOTTEN.get(name, set())
    }
    assert not FORGOTTEN.get(name, set()) & config.keys()
    assert list(ours) == [p for p in inspect.signature(CLASSES[name]).parameters if p in ours]
    assert theirs["reduction"] == inspect.signature(reduce_loss).parameters["reduction"].default


def test_epsilon_is_that_of_keras():
    assert losses.KERAS_EPSILON == keras.config.epsilon()
