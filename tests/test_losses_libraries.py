"""The losses beside Keras (values, gradients, reductions, defaults, what it exports), optax and scikit-learn.

The cases are those of test_losses.py. Everything is compared in double precision: in float32 Keras itself is off by
up to 1e-4.
"""

import inspect
import itertools
import re

import jax
import keras
import numpy as np
import optax
import pytest
import scipy.special
import scipy.stats
import sklearn.metrics as sk
import tensorflow as tf
from test_losses import CASES, LOSSES, gradients

from lossopt import losses, reduce_loss


@pytest.fixture(autouse=True)
def float64():
    keras.config.set_floatx("float64")
    with jax.enable_x64(True):
        yield
    keras.config.set_floatx("float32")


NOT_IN_KERAS = {
    losses.pinball,
    losses.gaussian_nll,
    losses.beta_nll,
    losses.gaussian_crps,
    losses.distillation,
    losses.triplet,
    losses.contrastive,
    losses.info_nce,
    losses.ntxent,
    losses.sigmoid_contrastive,
    losses.arcface,
    losses.cosface,
    losses.pairwise_logistic,
    losses.listwise_softmax,
}
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


@pytest.mark.parametrize("reduction", [*losses.REDUCTIONS, None])
@pytest.mark.parametrize("case", IN_KERAS, ids=str)
def test_reductions_against_keras(case, reduction):
    """Without and with weights, without and with a mask."""
    rng = np.random.default_rng(3)
    y_true, y_pred = case.make(rng, (5, 3))
    values = case.loss(y_true, y_pred, **case.arguments)
    some_weights, some_mask = rng.uniform(0, 3, values.shape), rng.uniform(size=values.shape) < 0.6
    in_keras = CLASSES[case.loss.__name__](**case.arguments, reduction=reduction)
    for weights, mask in itertools.product((None, some_weights), (None, some_mask)):
        if values.ndim == 0 and weights is not None:
            continue  # Keras returns one number as it is, whatever the reduction
        tensor = tf.convert_to_tensor(y_pred)
        if mask is not None:
            tensor._keras_mask = tf.convert_to_tensor(mask)
        masks = [one for one in (mask, kept(case, y_true, values)) if one is not None]
        found = reduce_loss(values, weights, reduction, np.logical_and.reduce(masks) if masks else None)
        np.testing.assert_allclose(found, in_keras(y_true, tensor, weights), **NEARLY.get(case.loss, CLOSE))


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
FORGOTTEN = {"huber": {"delta"}, "cosine_similarity": {"axis"}, "sparse_categorical_crossentropy": {"axis"}}


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


def ctc_in_optax(y_true, y_pred):
    return optax.ctc_loss(y_pred, np.zeros(y_pred.shape[:2]), y_true, (y_true == 0).astype(float))


def signs(labels):
    return 2 * labels - 1


# optax's functions give one value per number or per row, and their gradients by jax.grad
IN_OPTAX = {
    losses.mean_squared_error: lambda y, z: optax.squared_error(z, y).mean(-1),
    losses.huber: lambda y, z, delta=1.0: optax.huber_loss(z, y, delta=delta).mean(-1),
    losses.log_cosh: lambda y, z: optax.log_cosh(z, y).mean(-1),
    losses.cosine_similarity: lambda y, z, axis=-1: -optax.cosine_similarity(z, y, axis=axis),
    losses.kl_divergence: lambda y, z: optax.kl_divergence(jax.numpy.log(z), y),
    losses.binary_crossentropy: lambda y, z: optax.sigmoid_binary_cross_entropy(z, y).mean(-1),
    losses.binary_focal_crossentropy: lambda y, z, gamma: optax.sigmoid_focal_loss(z, y, gamma=gamma).mean(
        -1
    ),
    losses.categorical_crossentropy: lambda y, z, axis=-1, label_smoothing=0.0: optax.softmax_cross_entropy(
        z, optax.smooth_labels(y, label_smoothing), axis=axis
    ),
    losses.hinge: lambda y, z: optax.hinge_loss(z, signs(y)).mean(-1),
    losses.squared_hinge: lambda y, z: (optax.hinge_loss(z, signs(y)) ** 2).mean(-1),
    losses.ctc: ctc_in_optax,
}
TAKES_LOGITS = {losses.binary_crossentropy, losses.binary_focal_crossentropy, losses.categorical_crossentropy}
CASES_OF_OPTAX = [
    case
    for case in CASES
    if case.loss in IN_OPTAX
    and case.arguments.get("from_logits", case.loss not in TAKES_LOGITS)
    and case.arguments.get("alpha") is None
]


@pytest.mark.parametrize("case", CASES_OF_OPTAX, ids=str)
def test_values_and_gradients_against_optax(case):
    y_true, y_pred = case.make(np.random.default_rng(5), (4, 3))
    arguments = {name: value for name, value in case.arguments.items() if name != "from_logits"}
    theirs = IN_OPTAX[case.loss]
    np.testing.assert_allclose(
        case.loss(y_true, y_pred, **case.arguments), theirs(y_true, y_pred, **arguments), **CLOSE
    )
    slopes = jax.grad(lambda z: theirs(y_true, z, **arguments).sum())(jax.numpy.asarray(y_pred))
    np.testing.assert_allclose(gradients(case, (y_true, y_pred))[0], slopes, **CLOSE)


def test_every_loss_of_optax_is_tried():
    assert {case.loss for case in CASES_OF_OPTAX} == IN_OPTAX.keys()


def test_class_balancing_is_that_of_optax():
    y, z = np.array([0.0, 1.0]), np.array([0.3, -0.8])
    balanced = losses.binary_focal_crossentropy(y, z, apply_class_balancing=True, from_logits=True)
    np.testing.assert_allclose(balanced, optax.sigmoid_focal_loss(z, y, alpha=0.25), **CLOSE)


@pytest.mark.parametrize("ignored", [None, 2])
def test_class_numbers_against_optax(ignored):
    rng = np.random.default_rng(6)
    y, z = rng.integers(0, 4, 9), rng.normal(size=(9, 4))
    found = losses.sparse_categorical_crossentropy(y, z, from_logits=True, ignore_class=ignored)
    theirs = optax.softmax_cross_entropy_with_integer_labels(z, y)
    np.testing.assert_allclose(found, np.where(y == ignored, 0, theirs), **CLOSE)


def test_against_scikit_learn_and_scipy():
    """Metrics of a whole batch, and logarithms of densities."""
    rng = np.random.default_rng(7)
    y, z = rng.normal(size=(2, 8, 3))
    rates, means = np.exp(y), np.exp(z)
    count, labels = rng.poisson(3, (8, 3)), rng.integers(0, 2, 8)
    p, numbers = rng.dirichlet(np.ones(3), 8), np.array([0, 1, 2, 0, 1, 2, 0, 1])
    pairs = [
        (losses.mean_squared_error(y, z).mean(), sk.mean_squared_error(y, z)),
        (losses.mean_absolute_error(y, z).mean(), sk.mean_absolute_error(y, z)),
        (losses.pinball(y, z, 0.1).mean(), sk.mean_pinball_loss(y, z, alpha=0.1)),
        (losses.pinball(y, z, 0.9).mean(), sk.mean_pinball_loss(y, z, alpha=0.9)),
        (losses.mean_squared_logarithmic_error(rates, means).mean(), sk.mean_squared_log_error(rates, means)),
        (
            losses.mean_absolute_percentage_error(rates, means).mean(),
            100 * sk.mean_absolute_percentage_error(rates, means),
        ),
        (losses.binary_crossentropy(labels, p[:, 0]).mean(), sk.log_loss(labels, p[:, 0])),
        (losses.sparse_categorical_crossentropy(numbers, p).mean(), sk.log_loss(numbers, p)),
        (losses.hinge(labels, y[:, 0]).mean(), sk.hinge_loss(labels, y[:, 0])),
        (losses.gaussian_nll(y, z, means), -scipy.stats.norm.logpdf(y, z, np.sqrt(means)).mean(-1)),
        (
            losses.poisson(count, means),  # without log y!, and 1e-7 added to the rate
            (-scipy.stats.poisson.logpmf(count, means + 1e-7) - scipy.special.gammaln(count + 1) - 1e-7).mean(
                -1
            ),
        ),
        (losses.kl_divergence(p, p[::-1]), scipy.special.rel_entr(p, p[::-1]).sum(-1)),
    ]
    for found, expected in pairs:
        np.testing.assert_allclose(found, expected, **CLOSE)


def test_overlap_is_an_f_score():
    """Of hard masks, up to ε: and α, the price of what is missed, is β²/(1 + β²) of the F-score."""
    y, z = np.random.default_rng(8).integers(0, 2, (2, 50))
    np.testing.assert_allclose(losses.dice(y, z), 1 - sk.f1_score(y, z), rtol=1e-7)
    tversky = losses.tversky(y, z, alpha=4 / 5, beta=1 / 5)
    np.testing.assert_allclose(tversky, 1 - sk.fbeta_score(y, z, beta=2), rtol=1e-7)


def test_focal_without_focus_is_cross_entropy():
    rng = np.random.default_rng(9)
    y, z = np.eye(3)[rng.integers(0, 3, 6)], rng.normal(size=(6, 3))
    plain, focal = losses.categorical_crossentropy, losses.categorical_focal_crossentropy
    without = {"alpha": 1, "gamma": 0, "from_logits": True}
    np.testing.assert_allclose(focal(y, z, **without), plain(y, z, from_logits=True), **CLOSE)
    np.testing.assert_allclose(
        focal.gradient(y, z, **without), plain.gradient(y, z, from_logits=True), **CLOSE
    )
    np.testing.assert_allclose(
        focal(y, z, alpha=[1, 2, 3], from_logits=True),
        keras.losses.categorical_focal_crossentropy(y, z, alpha=[1, 2, 3], from_logits=True),
        **CLOSE,
    )


# Where a library differs from this package, or Keras from its own documentation: the number on either side.


def test_keras_clips_the_categorical_focal_loss_of_logits():
    y, z = np.array([[1.0, 0.0]]), tf.Variable([[-1000.0, 1000.0]], dtype="float64")
    with tf.GradientTape() as tape:
        theirs = keras.losses.categorical_focal_crossentropy(y, z, from_logits=True)
    np.testing.assert_allclose(theirs, [-0.25 * np.log(1e-7)], rtol=1e-6)
    np.testing.assert_array_equal(tape.gradient(theirs, z), [[0, 0]])
    np.testing.assert_allclose(losses.categorical_focal_crossentropy(y, z, from_logits=True), [0.25 * 2000])
    ours = losses.categorical_focal_crossentropy.gradient(y, z, from_logits=True)
    np.testing.assert_allclose(ours, [[-0.25, 0.25]])


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("label", "logit"), [(1.0, 17.0), (1.0, 20.0), (0.0, -20.0)])
def test_keras_has_no_gradient_of_the_focal_loss_where_gamma_is_below_one(label, logit, compiled):
    """In float32 the probability of the wrong label is exactly 0 there, and 0 to a power below 0 is infinite."""

    def gradient(gamma):
        y, z = tf.constant([[label]], tf.float32), tf.constant([[logit]], tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(z)
            value = keras.losses.binary_focal_crossentropy(y, z, gamma=gamma, from_logits=True)
        return tape.gradient(value, z)

    gradient = tf.function(gradient) if compiled else gradient
    assert np.isnan(gradient(0.0)) and np.isnan(gradient(0.5))
    assert np.isfinite(gradient(1.0)) and np.isfinite(gradient(2.0))
    for gamma in (0.0, 0.5):
        ours = losses.binary_focal_crossentropy.gradient([label], [logit], gamma=gamma, from_logits=True)
        assert np.isfinite(ours)
    plain = losses.binary_crossentropy.gradient([label], [logit], from_logits=True)
    focal = losses.binary_focal_crossentropy.gradient([label], [logit], gamma=0, from_logits=True)
    np.testing.assert_allclose(focal, plain, rtol=1e-12)


@pytest.mark.parametrize(("classes", "short"), [(2, 1.5e-6), (50_000, 0.026)])
def test_the_clip_takes_something_from_the_divergence_of_a_one_hot_target(classes, short):
    y, p = np.eye(1, classes), np.full((1, classes), 1 / classes)
    for divergence in (losses.kl_divergence, keras.losses.kl_divergence):
        np.testing.assert_allclose(np.log(classes) - divergence(y, p), [short], rtol=0.05)


def test_keras_smooths_labels_over_the_last_axis_whatever_axis_says():
    y, p = np.eye(3)[:, :2], np.full((3, 2), 1 / 3)
    smoothed = {"label_smoothing": 0.3, "axis": 0}
    theirs = keras.losses.categorical_crossentropy(y, p, **smoothed)
    np.testing.assert_allclose(theirs, np.full(2, (0.7 + 3 * 0.3 / 2) * np.log(3)))  # targets sum to 1.15
    np.testing.assert_allclose(losses.categorical_crossentropy(y, p, **smoothed), np.full(2, np.log(3)))


def test_keras_gives_alpha_of_tversky_to_what_is_missed():
    """Its documentation says false positives, as the paper does; here one is missed and two are added."""
    y, z = np.array([1.0, 1, 0, 0]), np.array([1.0, 0, 1, 1])
    for tversky in (keras.losses.tversky, losses.tversky):
        np.testing.assert_allclose(tversky(y, z, alpha=1.0, beta=0.0), 1 - 1 / (1 + 1), rtol=1e-6)


def test_keras_has_a_number_for_labels_that_do_not_fit():
    y, z = np.array([[1, 1, 1]]), np.zeros((1, 4, 2))
    np.testing.assert_allclose(keras.losses.ctc(y, z), [706.9], atol=0.05)
    longer = keras.losses.ctc(np.ones((1, 20)), np.zeros((1, 30, 50)))
    np.testing.assert_allclose(longer, [803.5], atol=0.05)
    with pytest.raises(
        ValueError, match="labels for at most 4 steps, repeats counted twice, but got labels that need 5"
    ):
        losses.ctc(y, z)


def test_keras_divides_weighted_losses_by_their_number_and_pytorch_by_the_weights():
    weights, p = (
        np.array([1.0, 3.0]),
        np.exp([-1.0, -2.0]),
    )  # of the true classes, so that the losses are 1 and 2
    y, rows = np.array([0, 0]), np.stack([p, 1 - p], axis=-1)
    theirs = keras.losses.SparseCategoricalCrossentropy()(y, rows, sample_weight=weights)
    np.testing.assert_allclose(theirs, 3.5, rtol=1e-6)
    values = losses.sparse_categorical_crossentropy(y, rows)
    np.testing.assert_allclose(reduce_loss(values, weights), 3.5)
    # PyTorch's documentation prints this mean: sum of w * l, divided by the sum of w.
    np.testing.assert_allclose((weights * values).sum() / weights.sum(), 1.75)
    np.testing.assert_allclose(reduce_loss(values, weights, "mean_with_sample_weight"), 1.75)


def test_keras_refuses_the_generalized_cross_entropy_that_is_an_absolute_error():
    with pytest.raises(ValueError, match="q must be in the interval"):
        keras.losses.CategoricalGeneralizedCrossEntropy(q=1)
    np.testing.assert_allclose(losses.categorical_generalized_cross_entropy([0], [[0.25, 0.75]], q=1), [0.75])


def test_keras_calls_the_slope_at_probability_zero_no_number():
    p = tf.Variable([[0.0, 1.0]], dtype="float64")
    with tf.GradientTape() as tape:
        value = keras.losses.categorical_generalized_cross_entropy(np.array([0]), p, q=0.5)
    np.testing.assert_array_equal(tape.gradient(value, p), [[-np.inf, np.nan]])
    np.testing.assert_array_equal(
        losses.categorical_generalized_cross_entropy.gradient([0], p), [[-np.inf, 0]]
    )


def test_keras_rounds_log_2_in_log_cosh():
    off = float(keras.losses.log_cosh(np.zeros(1), np.zeros(1)))
    assert off == np.log(2) - float(np.float32(np.log(2))) == pytest.approx(-1.9e-9, rel=0.01)
    assert losses.log_cosh([0], [0]) == 0


def test_where_optax_and_scikit_learn_differ():
    y, p = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])
    np.testing.assert_allclose(optax.kl_divergence(np.log(p), y), [np.log(2)])  # 0 log 0 is 0
    np.testing.assert_allclose(losses.kl_divergence(y, p), [np.log(2) - 1.54e-6], rtol=1e-8)
    scores = np.array([[0.5, -3.0]])
    np.testing.assert_allclose(optax.losses.multiclass_hinge_loss(scores, np.array([0])), [0])
    np.testing.assert_allclose(losses.categorical_hinge(y, scores), [0.5])  # the wrong score counts as 0
    a, b, c = np.zeros((1, 2)), np.array([[3.0, 0]]), np.array([[0, 2.0]])
    np.testing.assert_allclose(optax.losses.triplet_margin_loss(a, b, c), [3 - 2 + 1], atol=1e-6)
    np.testing.assert_allclose(losses.triplet(a, b, c), [9 - 4 + 0.2])
    empty = np.zeros((1, 4, 1))
    np.testing.assert_allclose(optax.losses.dice_loss(empty - 1000, empty), [0])  # 1 is added on both sides
    np.testing.assert_allclose(losses.dice(empty, empty), 1)
    np.testing.assert_allclose(sk.log_loss([1], [0.0], labels=[0, 1]), -np.log(np.finfo(float).eps))
    np.testing.assert_allclose(losses.binary_crossentropy([1], [0.0]), [-np.log(1e-7)])
    np.testing.assert_allclose(optax.l2_loss(np.array([3.0])), [9 / 2])  # has the ½
    np.testing.assert_allclose(losses.mean_squared_error([0], [3]), [9])


def with_tape(loss, *arrays):
    """Return the values of a loss in TensorFlow and the gradients of their sum."""
    tensors = [tf.Variable(np.asarray(array, float)) for array in arrays]
    with tf.GradientTape() as tape:
        values = loss(*tensors)
        total = tf.reduce_sum(values)
    return values.numpy(), [slopes.numpy() for slopes in tape.gradient(total, tensors)]


def sparse(numbers, scores):
    return keras.losses.sparse_categorical_crossentropy(numbers, scores, from_logits=True)


def cosines_of(a, p):
    return tf.linalg.matmul(tf.nn.l2_normalize(a, -1), tf.nn.l2_normalize(p, -1), transpose_b=True)


RNG = np.random.default_rng(8)
A, B = RNG.normal(size=(2, 6, 4))
NUMBERS, COSINES = RNG.integers(0, 5, 6), RNG.uniform(-0.9, 0.9, (6, 5))
TEACHER, STUDENT = RNG.normal(size=(2, 6, 5)) * 3
ONE_OF_FIVE = np.eye(5)[NUMBERS]


def with_angle(cosines):
    theta = tf.acos(cosines)
    own = tf.where(theta + 0.5 <= np.pi, tf.cos(theta + 0.5), cosines - 0.5 * np.sin(0.5))
    return tf.where(ONE_OF_FIVE == 1, own, cosines)


@pytest.mark.parametrize(
    ("loss", "fixed", "arrays", "arguments", "in_tensorflow"),
    [
        (
            losses.info_nce,
            (),
            (A, B),
            {"temperature": 0.2},
            lambda a, p: sparse(np.arange(6), cosines_of(a, p) / 0.2),
        ),
        (
            losses.sigmoid_contrastive,
            (),
            (A, B),
            {"scale": 5.0, "bias": -2.0},
            lambda a, p: (
                6 * keras.losses.binary_crossentropy(np.eye(6), 5 * cosines_of(a, p) - 2, from_logits=True)
            ),
        ),
        (
            losses.pairwise_logistic,
            (),
            (A[0], B[0]),
            {"scale": 2.0},
            lambda s, r: tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(s), 2 * (s - r)),
        ),
        (
            losses.arcface,
            (NUMBERS,),
            (COSINES,),
            {"scale": 8.0},
            lambda c: sparse(NUMBERS, 8 * with_angle(c)),
        ),
        (
            losses.cosface,
            (NUMBERS,),
            (COSINES,),
            {"scale": 8.0},
            lambda c: sparse(NUMBERS, 8 * (c - 0.35 * ONE_OF_FIVE)),
        ),
        (
            losses.distillation,
            (TEACHER,),
            (STUDENT,),
            {"temperature": 3.0},
            lambda z: (
                9
                * tf.reduce_sum(
                    tf.nn.softmax(TEACHER / 3) * (tf.nn.log_softmax(TEACHER / 3) - tf.nn.log_softmax(z / 3)),
                    -1,
                )
            ),
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_keras_lacks_against_tensorflow(loss, fixed, arrays, arguments, in_tensorflow):
    values, slopes = with_tape(in_tensorflow, *arrays)
    np.testing.assert_allclose(loss(*fixed, *arrays, **arguments), values, **CLOSE)
    found = loss.gradient(*fixed, *arrays, **arguments)
    for one, theirs in zip(found if isinstance(found, tuple) else (found,), slopes, strict=True):
        np.testing.assert_allclose(one, theirs, **CLOSE)


def test_listwise_softmax_against_optax():
    theirs = optax.losses.ranking_softmax_loss(STUDENT, jax.nn.softmax(TEACHER), reduce_fn=None)
    np.testing.assert_allclose(losses.listwise_softmax(TEACHER, STUDENT), theirs, **CLOSE)


def test_ntxent_against_optax():
    """optax takes one mean over all pairs, which is the mean over the samples where each has equally many partners."""
    labels = np.array([0, 0, 1, 1, 2, 2])
    theirs, slopes = jax.value_and_grad(lambda z: optax.losses.ntxent(z, labels, 0.3))(A)
    np.testing.assert_allclose(losses.ntxent(labels, A, 0.3).mean(), theirs, **CLOSE)
    np.testing.assert_allclose(losses.ntxent.gradient(labels, A, 0.3) / 6, slopes, **CLOSE)


@pytest.mark.parametrize(("y", "mean", "sigma"), [(0.3, 0.0, 1.0), (5.0, -1.0, 0.7), (-2.0, 1.0, 4.0)])
def test_gaussian_crps_is_the_integral_that_defines_it(y, mean, sigma):
    x = np.linspace(-60, 60, 1_200_001)
    squared = (scipy.stats.norm(mean, sigma).cdf(x) - (x >= y)) ** 2
    np.testing.assert_allclose(
        losses.gaussian_crps([y], [mean], [sigma]), np.trapezoid(squared, x), atol=2e-4
    )


def test_dpo_is_the_pairwise_logistic_loss_of_two_differences():
    """The loss as its paper writes it, from four log-probabilities."""
    rng = np.random.default_rng(0)
    chosen, rejected, chosen_before, rejected_before = -rng.uniform(1, 9, size=(4, 7))
    as_published = -np.log(
        1 / (1 + np.exp(-(0.1 * (chosen - chosen_before) - 0.1 * (rejected - rejected_before))))
    )
    found = losses.pairwise_logistic(chosen - chosen_before, rejected - rejected_before, scale=0.1)
    np.testing.assert_allclose(found, as_published, rtol=1e-12)
