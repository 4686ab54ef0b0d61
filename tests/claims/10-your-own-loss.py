"""What the chapter *Your own loss* claims."""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

RUNS = {"eager": {"run_eagerly": True}, "compiled": {"jit_compile": False}, "XLA": {"jit_compile": True}}


def line(kernel="zeros"):
    dense = keras.layers.Dense(1, kernel_initializer=kernel)
    return keras.Sequential([keras.Input((1,)), dense])


def echo(size=1):
    """Return a model that predicts its input."""
    return keras.Sequential([keras.Input((size,)), keras.layers.Identity()])


def squared_error(y_true, y_pred):
    return ops.mean((y_pred - y_true) ** 2, axis=-1)


def absolute_error(y_true, y_pred):
    return ops.mean(ops.abs(y_pred - y_true), axis=-1)


def pinball(q):
    def loss(y_true, y_pred):
        too_few = y_true - y_pred
        return ops.mean(ops.maximum(q * too_few, (q - 1) * too_few), axis=-1)

    return loss


class Careless(keras.losses.Loss):
    """Computes on the targets as they come."""

    def __init__(self, formula, **options):
        super().__init__(**options)
        self.formula = formula

    def call(self, y_true, y_pred):
        return self.formula(y_true, y_pred)


class Careful(Careless):
    """Gives the targets the shape of the predictions."""

    def call(self, y_true, y_pred):
        if len(y_true.shape) < len(y_pred.shape):
            y_true = ops.expand_dims(y_true, -1)
        assert y_true.shape[1:] == y_pred.shape[1:]
        return self.formula(y_true, y_pred)


def train(model, loss, x, y, steps=200):
    rate = keras.optimizers.schedules.CosineDecay(1.0, decay_steps=steps)
    model.compile(keras.optimizers.Adam(rate), loss=loss, steps_per_execution=steps)
    model.fit(tf.data.Dataset.from_tensors((x, y)).repeat(steps), shuffle=False, verbose=0)


def weights_of(model):
    return np.concatenate([w.ravel() for w in model.get_weights()])


def value(loss, **run):
    """Return a function of the loss alone, eager or compiled."""
    if run.get("run_eagerly"):
        return loss
    return tf.function(loss, jit_compile=run["jit_compile"])


def save_and_load(model, folder, **options):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras", **options)


# The table of symptoms


@pytest.mark.parametrize("kind", ["function", "class"])
def test_a_name_that_is_not_found(kind, tmp_path):
    """`Could not locate function` (or `class`) on loading | pass it in `custom_objects`, or register it |
    the file holds only a name
    """

    def times(factor):
        def nameless(y_true, y_pred):
            return factor * squared_error(y_true, y_pred)

        class Nameless(keras.losses.Loss):
            call = staticmethod(nameless)

        return nameless if kind == "function" else Nameless

    x, y = np.zeros((4, 1)), np.ones((4, 1))
    mine, other = times(3), times(5)
    model = echo()

    def loss_of(loaded):
        loaded.compile(loss=loaded.loss, run_eagerly=True)
        return loaded.evaluate(x, y, verbose=0)

    def compile_with(loss):
        model.compile(loss=loss if kind == "function" else loss())

    compile_with(mine)
    with pytest.raises(TypeError, match=f"Could not locate {kind}"):
        save_and_load(model, tmp_path)
    name = mine.__name__
    assert loss_of(save_and_load(model, tmp_path, custom_objects={name: mine})) == 3
    assert (
        loss_of(save_and_load(model, tmp_path, custom_objects={name: other})) == 5
    )  # the name is all it has
    compile_with(keras.saving.register_keras_serializable(package="claims")(mine))
    try:
        assert loss_of(save_and_load(model, tmp_path)) == 3
    finally:
        keras.saving.get_custom_objects().pop(f"claims>{name}")


FORMULAS = {  # a loss with a parameter, the parameter to train with, and the class's default
    "pinball": (lambda p: pinball(p), 0.9, 0.5),
    "Huber": (lambda p: lambda y_true, y_pred: keras.losses.huber(y_true, y_pred, delta=p), 3.0, 1.0),
    "power": (lambda p: lambda y_true, y_pred: ops.mean(ops.abs(y_true - y_pred) ** p, axis=-1), 3.0, 2.0),
}


@pytest.mark.parametrize("loss", ["pinball", "Huber", "power"])
def test_a_default_steps_in(loss, tmp_path):
    """after loading, the loss has another value | return every argument from `get_config`, without a
    default | a default replaced the lost value

    For a loss that you save, write a class with `get_config` and without defaults.
    """
    formula, trained, default = FORMULAS[loss]

    class Forgetful(keras.losses.Loss):
        def __init__(self, parameter=default, **options):
            super().__init__(**options)
            self.parameter = parameter

        def call(self, y_true, y_pred):
            return formula(self.parameter)(y_true, y_pred)

    class Complete(Forgetful):
        def __init__(self, parameter, **options):
            super().__init__(parameter, **options)

        def get_config(self):
            return {**super().get_config(), "parameter": self.parameter}

    x, y = np.zeros((3, 1)), np.array([[2.0], [-3.0], [4.0]])
    model = echo()
    for kind, comes_back in ((Forgetful, default), (Complete, trained)):
        model.compile(loss=kind(trained))
        back = save_and_load(model, tmp_path, custom_objects={kind.__name__: kind})
        assert back.loss.parameter == comes_back
        assert np.isclose(back.loss(y, back(x)), model.loss(y, model(x))) == (comes_back == trained)


@pytest.mark.parametrize("loss", ["squared error", "pinball"])
def test_all_with_all(loss):
    """a slope near 0, nearly equal predictions | give `y_true` the shape of `y_pred` | (n,) against (n, 1)
    compares all with all
    """
    rng = np.random.default_rng(0)
    x = rng.uniform(-1.7, 1.7, (100, 1))
    y = 3 * x + rng.normal(size=x.shape)
    formula = squared_error if loss == "squared error" else pinball(0.9)
    careless, careful = line(), line()
    train(careless, Careless(formula), x, y[:, 0])
    train(careful, Careful(formula), x, y[:, 0])
    assert abs(weights_of(careless)[0]) < 0.1
    assert np.ptp(careless(x)) < 0.05 * np.ptp(careful(x))
    assert abs(weights_of(careful)[0] - 3) < 0.5
    pairs = formula(y[:, 0], ops.convert_to_tensor(x))
    assert np.allclose(pairs, [np.mean(formula(y, np.full_like(y, value))) for value in x[:, 0]])


@pytest.mark.parametrize("form", ["function", "class"])
@pytest.mark.parametrize("run", ["eager", "compiled"])
def test_reversed_weights(form, run):
    """reversed sample weights give the same loss | return one value per sample | Keras multiplies a scalar
    by the mean weight
    """
    x, y, w = np.zeros((4, 1)), np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([1.0, 2.0, 4.0, 5.0])

    def one_number(y_true, y_pred):
        return ops.mean(squared_error(y_true, y_pred))

    def both(loss):
        model = echo()
        model.compile(loss=loss if form == "function" else Careless(loss), **RUNS[run])
        return [model.evaluate(x, y, sample_weight=weights, verbose=0) for weights in (w, w[::-1])]

    assert np.allclose(both(one_number), w.mean() * np.mean(y**2))
    assert np.allclose(both(squared_error), [np.mean(weights * y[:, 0] ** 2) for weights in (w, w[::-1])])


@pytest.mark.parametrize("batch", [2, 4])
@pytest.mark.parametrize("run", ["eager", "compiled"])
def test_weights_in_batches(batch, run):
    """the weighted loss changes with the batch size | read a weighted metric | `mean_with_sample_weight`
    divides by each batch's weights
    """
    x, y = np.zeros((8, 1)), np.array([1.0, 1, 1, 1, 3, 3, 3, 3])[:, None]
    w = np.array([1.0, 1, 1, 1, batch == 2, 0, 0, 1])  # no batch without any weight
    model = echo()
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    model.compile(loss=loss, weighted_metrics=["mse"], **RUNS[run])
    true = np.average(y[:, 0] ** 2, weights=w)
    if batch == 4:
        assert np.isclose(true, 2.6)  # as the text says
    whole = model.evaluate(x, y, sample_weight=w, batch_size=8, verbose=0)
    parts = model.evaluate(x, y, sample_weight=w, batch_size=batch, verbose=0)
    by_batch = [np.average(y[i : i + batch, 0] ** 2, weights=w[i : i + batch]) for i in range(0, 8, batch)]
    assert np.allclose([whole[0], whole[1], parts[1]], true)
    assert np.isclose(parts[0], np.mean(by_batch))
    assert not np.isclose(parts[0], true, rtol=0.01)


BROKEN = {  # finite at 0, with a gradient that is not; and the same with a repaired input
    "logarithm in where": (
        lambda p: ops.where(p > 0, ops.log(p), 0.0),
        lambda p: ops.where(p > 0, ops.log(ops.where(p > 0, p, 1.0)), 0.0),
    ),
    "quotient in where": (
        lambda p: ops.where(p > 0, 1 / p, 0.0),
        lambda p: ops.where(p > 0, 1 / ops.where(p > 0, p, 1.0), 0.0),
    ),
    "root": (
        lambda p: ops.sqrt(p**2),
        lambda p: ops.where(p == 0, 0.0, ops.sqrt(ops.where(p == 0, 1.0, p) ** 2)),
    ),
    "NaN in where": (
        lambda p: ops.where(p > 0, (p - np.array([np.nan, 3.0])) ** 2, 0.0),
        lambda p: (p - ops.where(p > 0, np.array([np.nan, 3.0]), p)) ** 2,
    ),
}


@pytest.mark.parametrize("operation", ["logarithm in where", "quotient in where", "root", "NaN in where"])
@pytest.mark.parametrize("run", ["eager", "compiled", "XLA"])
def test_finite_loss_and_nan_weights(operation, run):
    """the loss is finite, the weights become NaN | repair the input of the logarithm, root or quotient,
    also inside `where` | 0 times an infinite slope or NaN is NaN
    """

    def step(formula, weight, bias):
        """Return the loss, and the weights after a step of gradient descent."""
        with tf.GradientTape() as tape:
            tape.watch([weight, bias])
            loss = ops.mean(formula(weight * np.array([0.0, 1.0]) + bias))
        slopes = tape.gradient(loss, [weight, bias])
        return loss, weight - 0.1 * slopes[0], bias - 0.1 * slopes[1]

    start = tf.constant(1.0, tf.float64), tf.constant(0.0, tf.float64)
    losses = []
    for formula, healthy in zip(BROKEN[operation], (False, True), strict=True):
        loss, *after = value(lambda *w, formula=formula: step(formula, *w), **RUNS[run])(*start)
        losses.append(loss)
        assert np.isnan(after).all() == (not healthy)
        assert np.isfinite(after).all() == healthy
    assert np.isfinite(losses[0]) and np.isclose(*losses)  # the same finite loss


NAMES = ("bread", "cake")


def two_outputs(structure, names=NAMES):
    """Return a model that predicts 0 for two outputs, and how to pack a value for each."""
    inputs = keras.Input((1,))
    outputs = {name: keras.layers.Dense(1, kernel_initializer="zeros", name=name)(inputs) for name in names}

    def pack(*values):
        return dict(zip(names, values, strict=True)) if structure == "dictionaries" else list(values)

    return keras.Model(inputs, pack(*outputs.values())), pack


def total(structure, loss_weights, losses=(4.0, 9.0), names=NAMES):
    """Return the loss that Keras reports when the two outputs' losses are `losses`."""
    model, pack = two_outputs(structure, names)
    model.compile(loss=pack("mae", "mae"), loss_weights=loss_weights, run_eagerly=True)
    targets = pack(*(np.full((4, 1), value) for value in losses))
    log = model.evaluate(np.zeros((4, 1)), targets, verbose=0, return_dict=True)
    assert [log[f"{name}_loss"] for name in names] == list(losses)  # always without weights
    return log["loss"]


@pytest.mark.parametrize("structure", ["dictionaries", "lists"])
@pytest.mark.parametrize("weight", [5, 0.2])
def test_keys_by_position(structure, weight):
    """the sum of several losses is wrong | compare the keys of `loss_weights` and `loss` | Keras assigns
    misspelt keys by position

    Compare the keys of `loss_weights` and `loss`, because Keras does not.
    """
    right, wrong = {"bread": 1, "cake": weight}, {"loaf": 1, "cake": weight}
    assert right.keys() == set(NAMES) != wrong.keys()
    assert np.isclose(total(structure, right), 4 + weight * 9)
    assert np.isclose(total(structure, wrong), weight * 4 + 9)
    # With lists even the right keys are sorted, with dictionaries only the wrong ones are.
    unsorted = total(structure, {"rolls": 1, "cake": weight}, names=("rolls", "cake"))
    assert np.isclose(unsorted, 4 + weight * 9 if structure == "dictionaries" else weight * 4 + 9)


@pytest.mark.parametrize("structure", ["dictionaries", "lists"])
@pytest.mark.parametrize("data", ["arrays", "tf.data"])
def test_class_weights_for_two_outputs(structure, data):
    """`class_weight` is only supported for Models with a single output | pass one `sample_weight` array per
    output | a class weight names no output
    """
    model, pack = two_outputs(structure)
    model.compile("sgd", loss=pack("mae", "mae"), run_eagerly=True)
    x, labels = np.zeros((4, 1)), np.array([0.0, 1.0, 1.0, 0.0])
    targets = pack(np.ones((4, 1)), labels[:, None])
    weights = np.where(labels == 1, 5.0, 1.0)
    one_each = pack(np.ones(4), weights)

    def batches(*parts):
        if data == "arrays":
            return dict(zip(("x", "y", "sample_weight"), parts, strict=False))
        parts = [tuple(part) if isinstance(part, list) else part for part in parts]
        return {"x": tf.data.Dataset.from_tensor_slices(tuple(parts)).batch(4)}

    with pytest.raises(ValueError, match="`class_weight` is only supported for Models with a single output"):
        model.fit(**batches(x, targets), class_weight={0: 1.0, 1: 5.0}, verbose=0)
    log = model.evaluate(**batches(x, targets, one_each), verbose=0, return_dict=True)
    assert np.allclose([log["bread_loss"], log["cake_loss"]], [1.0, np.mean(weights * labels)])


@pytest.mark.parametrize("term", ["exp", "KL"])
@pytest.mark.parametrize("run", ["eager", "compiled"])
def test_a_term_from_inside(term, run):
    """`A KerasTensor cannot be used as input to a TensorFlow function` | use `keras.ops` in a layer, and
    `self.add_loss` | between layers there are no values
    """
    formulas = {
        "exp": lambda m: m.exp,
        "KL": lambda m: lambda z: (m.square(z) + m.exp(z) - 1 - z) / 2,
    }
    in_tf, in_keras, in_numpy = (formulas[term](module) for module in (tf, ops, np))

    class Term(keras.layers.Layer):
        def call(self, z):
            self.add_loss(ops.mean(in_keras(z)))
            return z

    inputs = keras.Input((1,))
    z = keras.layers.Identity()(inputs)
    with pytest.raises(ValueError, match="A KerasTensor cannot be used as input to a TensorFlow function"):
        in_tf(z)
    with pytest.raises(NotImplementedError):
        keras.Model(inputs, z).add_loss(0.1)
    assert not hasattr(z, "numpy")
    x = np.array([[1.0], [2.0], [-1.0]])
    for output, added in ((Term()(z), np.mean(in_numpy(x))), (z, 0.0)):
        model = keras.Model(inputs, output)
        model.compile(loss="mse", **RUNS[run])
        assert np.isclose(model.evaluate(x, x, verbose=0), added, rtol=1e-5)


@pytest.mark.parametrize("mistake", ["if", "np.maximum"])
@pytest.mark.parametrize("run", ["compiled", "XLA"])
def test_values_in_a_graph(mistake, run):
    """`Using a symbolic tf.Tensor as a Python bool`, or `Cannot convert a symbolic tf.Tensor` | use
    `ops.where` for `if`, `ops.` for `np.` | a graph is recorded without values
    """

    def wrong(y_true, y_pred):
        if mistake == "if":
            return squared_error(y_true, y_pred) if y_pred[0, 0] > 0 else absolute_error(y_true, y_pred)
        return ops.mean(np.maximum(y_pred - y_true, 0), axis=-1)

    def right(y_true, y_pred):
        if mistake == "if":
            return ops.where(y_pred[0, 0] > 0, squared_error(y_true, y_pred), absolute_error(y_true, y_pred))
        return ops.mean(ops.maximum(y_pred - y_true, 0), axis=-1)

    x, y = np.array([[3.0], [5.0]]), np.ones((2, 1))
    model = echo()
    message = "Using a symbolic `?tf.Tensor`? as a Python" if mistake == "if" else "Cannot convert a symbolic"
    model.compile(loss=wrong, **RUNS[run])
    with pytest.raises((TypeError, NotImplementedError), match=message):
        model.evaluate(x, y, verbose=0)
    model.compile(loss=wrong, run_eagerly=True)
    with_values = model.evaluate(x, y, verbose=0)
    model.compile(loss=right, **RUNS[run])
    assert np.isclose(model.evaluate(x, y, verbose=0), with_values)


@pytest.mark.parametrize("operation", ["round", "cast", "argmax", "comparison"])
@pytest.mark.parametrize("run", ["eager", "compiled"])
def test_no_derivative(operation, run):
    """`No gradients provided for any variable` | take out `round`, `cast`, `argmax` and comparisons | they
    have no derivative
    """
    take = {
        "round": ops.round,
        "cast": lambda p: ops.cast(ops.cast(p, "int32"), "float32"),
        "argmax": lambda p: ops.cast(ops.argmax(ops.concatenate([p, 1 - p], axis=-1), axis=-1), "float32"),
        "comparison": lambda p: ops.cast(p > 0.5, "float32"),
    }[operation]
    x, y = np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]])
    model = line("ones")
    model.compile("sgd", loss=lambda y, p: squared_error(y, take(p)), **RUNS[run])
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        model.fit(x, y, verbose=0)
    model.compile("sgd", loss=squared_error, **RUNS[run])
    history = model.fit(x, y, epochs=2, verbose=0).history["loss"]
    assert history[1] < history[0]


@pytest.mark.parametrize("operation", ["sign", "clip"])
@pytest.mark.parametrize("run", ["eager", "compiled"])
def test_a_derivative_of_zero(operation, run):
    """the loss stays constant, without an error | take out `sign`, or a `clip` that is active | their
    derivative is 0
    """
    take = {"sign": ops.sign, "clip": lambda p: ops.clip(p, 0.0, 0.5)}[operation]
    x, y = np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]])
    model = line("ones")
    for loss, moves in ((lambda y, p: squared_error(y, take(p)), False), (squared_error, True)):
        model.compile("sgd", loss=loss, **RUNS[run])
        start = weights_of(model)
        history = model.fit(x, y, epochs=3, verbose=0).history["loss"]
        assert (history[2] < history[1] < history[0]) == moves
        assert (history[0] == history[1] == history[2]) == (not moves)
        assert np.array_equal(weights_of(model), start) == (not moves)


@pytest.mark.parametrize("cause", ["sample weights", "regularizer", "add_loss"])
@pytest.mark.parametrize("run", ["eager", "compiled"])
def test_one_name_two_numbers(cause, run):
    """loss and metric of one name differ | look for sample weights, regularizers and `add_loss` | a plain
    metric ignores all three
    """

    class Adding(keras.layers.Layer):
        def call(self, z):
            self.add_loss(ops.mean(0 * z) + 0.25)
            return z

    inputs = keras.Input((1,))
    regularizer = keras.regularizers.L2(0.5) if cause == "regularizer" else None
    outputs = keras.layers.Dense(1, kernel_initializer="ones", kernel_regularizer=regularizer)(inputs)
    model = keras.Model(inputs, Adding()(outputs) if cause == "add_loss" else outputs)
    model.compile(loss=squared_error, metrics=[squared_error], **RUNS[run])
    x, y = np.arange(4.0)[:, None], np.zeros((4, 1))
    w = np.array([1.0, 1.0, 1.0, 3.0]) if cause == "sample weights" else np.ones(4)
    log = model.evaluate(x, y, sample_weight=w, verbose=0, return_dict=True)
    assert log["squared_error"] == 14 / 4
    assert (
        log["loss"]
        == {"sample weights": 32 / 4, "regularizer": 14 / 4 + 0.5, "add_loss": 14 / 4 + 0.25}[cause]
    )


# What to remember


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("run", ["eager", "compiled"])
def test_order_and_shape(outputs, run):
    """A loss takes `y_true, y_pred`, in that order, and returns one value per sample. For the shape (n, k)
    use `axis=-1`.
    """
    shapes = []

    def first_minus_second(first, second):
        values = ops.mean(first - second, axis=-1)
        shapes.append(values.shape)
        return values

    model = echo(outputs)
    model.compile(loss=first_minus_second, **RUNS[run])
    predicted, targets = np.full((4, outputs), 2.0), np.full((4, outputs), 7.0)
    assert model.evaluate(predicted, targets, batch_size=4, verbose=0) == 7 - 2
    assert shapes[-1] == (4,)


@pytest.mark.parametrize("fill", [0.0, 1e6])
@pytest.mark.parametrize("loss", ["squared error", "pinball"])
@pytest.mark.parametrize("run", ["eager", "compiled"])
def test_fill_and_weigh(fill, loss, run):
    """Repair the input, not the output. Fill NaN before the formula, and give it the weight 0."""
    formula = squared_error if loss == "squared error" else pinball(0.9)
    y, p = np.array([[5.0], [np.nan], [2.0]]), tf.constant([[3.0], [3.0], [4.0]], tf.float64)
    known = ~np.isnan(y)
    reduce = Careless(formula, reduction="mean_with_sample_weight", dtype="float64")

    def on_the_output(p):
        return ops.mean(ops.where(known[:, 0], formula(y, p), 0.0))

    def on_the_input(p):
        return reduce(np.where(known, y, fill), p, sample_weight=known[:, 0].astype(float))

    def only_known(p):
        return ops.mean(formula(y[[0, 2]], tf.gather(p, [0, 2])))

    results = {}
    for function in (on_the_output, on_the_input, only_known):
        with tf.GradientTape() as tape:
            tape.watch(p)
            result = value(function, **RUNS[run])(p)
        results[function] = float(result), tf.convert_to_tensor(tape.gradient(result, p)).numpy()
    if loss == "squared error":
        assert np.isfinite(results[on_the_output][0]) and np.isnan(results[on_the_output][1]).any()
    assert np.isclose(results[on_the_input][0], results[only_known][0])
    assert np.allclose(results[on_the_input][1], results[only_known][1])


@ops.custom_gradient
def round_straight_through(x):
    def backward(upstream):
        return upstream

    return ops.round(x), backward


@cache
def passes(formula):
    """Return what each of the four tests says of a pinball loss with q = 0.9."""
    y, p, h = np.array([[50.0], [50.0]]), tf.Variable(np.array([[48.0], [52.0]])), 1e-5
    with tf.GradientTape() as tape:
        values = formula(y, p)
    gradient = tape.gradient(values, p)
    numeric = (np.array(formula(y, p + h)) - np.array(formula(y, p - h))) / (2 * h)
    days = np.random.default_rng(0)
    x = days.uniform(-1.7, 1.7, (200, 1))
    demand = 10 * x + 8 * days.normal(size=x.shape)
    best = np.array([10.0, 8 * 1.28155])
    try:
        model = line()
        train(model, Careless(formula), x, demand[:, 0])
        fits = np.allclose(weights_of(model), best, atol=2)
    except ValueError:  # no gradient
        fits = False
    return {
        "a value by hand": bool(np.allclose(values, [1.8, 0.2])),
        "the shape": values.shape == (2,),
        "the gradient": gradient is not None and bool(np.allclose(gradient[:, 0], numeric, atol=1e-6)),
        "a fit": fits,
    }


def careful(formula):
    return lambda y, p: formula(ops.expand_dims(y, -1) if len(y.shape) < len(p.shape) else y, p)


RIGHT = careful(pinball(0.9))
WRONG = {
    "a value by hand": careful(lambda y, p: pinball(0.9)(p, y)),
    "the shape": careful(lambda y, p: ops.mean(pinball(0.9)(y, p))),
    "the gradient": careful(lambda y, p: pinball(0.9)(y, round_straight_through(p))),
    "a fit": pinball(0.9),  # compares all with all if the targets have the shape (n,)
}


@pytest.mark.parametrize("caught_by", ["a value by hand", "the shape", "the gradient", "a fit"])
def test_what_each_test_catches(caught_by):
    """Test a value by hand, the shape, the gradient, and a fit with a known answer."""
    assert all(passes(RIGHT).values())
    verdict = passes(WRONG[caught_by])
    assert not verdict[caught_by]
    if caught_by in ("the gradient", "a fit"):  # no other of the four notices this mistake
        assert sum(verdict.values()) == 3


@pytest.mark.parametrize("margin, cost", [(4.5, 0.5), (1.0, 4.0)])
@pytest.mark.parametrize("demand", ["normal", "skewed", "two humps"])
def test_costs_give_the_quantile(margin, cost, demand):
    """Costs give the quantile, margin / (margin + cost). Try squared error plus a safety stock first."""
    rng = np.random.default_rng(0)
    noise = {
        "normal": rng.normal(size=4000),
        "skewed": rng.exponential(size=4000),
        "two humps": rng.normal(size=4000) + 4 * (rng.random(4000) < 0.5),
    }[demand]
    q = margin / (margin + cost)

    def lost(baked, asked):
        return np.mean(np.maximum(margin * (asked - baked), cost * (baked - asked)))

    grid = np.linspace(noise.min(), noise.max(), 2001)
    best = grid[np.argmin([lost(g, noise) for g in grid])]
    assert abs(np.mean(noise < best) - q) < 0.01
    # Where the spread is the same everywhere, least squares plus a safety stock is nearly as good as the best line.
    x = rng.uniform(-2, 2, noise.size)
    y = 10 * x + noise
    half = slice(0, 2000), slice(2000, 4000)
    usual = np.polyval(np.polyfit(x[half[0]], y[half[0]], 1), x)
    shift = np.quantile((y - usual)[half[0]], q)
    known = 10 * x + np.quantile(noise, q)
    assert lost((usual + shift)[half[1]], y[half[1]]) < 1.03 * lost(known[half[1]], y[half[1]])
    assert lost(usual[half[1]], y[half[1]]) > lost((usual + shift)[half[1]], y[half[1]])


# Check yourself


@pytest.mark.parametrize("demand", ["normal, equal spread", "skewed, growing spread"])
def test_one_day_in_five(demand):
    """Right: it should suffice on 4 / (4 + 1) = 80 % of the days. Swapped arguments exchange the two costs,
    so 0.8 becomes 0.2, without an error.

    No: the critical ratio is margin over margin plus cost, 4/5.

    No: your own class then finds the best *constant*, and that also suffices on about 80 % of the days.
    """
    rng = np.random.default_rng(0)
    x = rng.uniform(-1.7, 1.7, (4000, 1))
    simple = demand == "normal, equal spread"
    deviation = rng.normal(size=x.shape) if simple else rng.exponential(size=x.shape)
    y = 10 * x + (8 if simple else 8 + 3 * x) * deviation
    new = slice(1000, 4000)

    def cost(y_true, y_pred):  # 4 € for one too few, 1 € for one too many
        return ops.mean(ops.maximum(4 * (y_true - y_pred), y_pred - y_true), axis=-1)

    def swapped(y_pred, y_true):
        return ops.mean(ops.maximum(4 * (y_true - y_pred), y_pred - y_true), axis=-1)

    lines = {}
    for name, loss in {"right": cost, "swapped": swapped, "all with all": Careless(cost)}.items():
        few = slice(0, 300 if name == "all with all" else 1000)
        targets = y[few, 0] if name == "all with all" else y[few]
        lines[name] = line()
        train(lines[name], loss, x[few], targets, steps=150)
    share = {name: np.mean(y[new] < model(x[new]).numpy()) for name, model in lines.items()}
    assert abs(share["right"] - 0.8) < 0.03
    assert abs(share["swapped"] - 0.2) < 0.03
    assert abs(share["all with all"] - 0.8) < 0.06
    assert abs(weights_of(lines["all with all"])[0]) < 0.3


@pytest.mark.parametrize("new_default", [1.0, 5.0])
@pytest.mark.parametrize("trained_with", [2.0, 3.0])
def test_the_default_of_today(new_default, trained_with, tmp_path):
    """No: the file holds only what `get_config` returned, and the inherited one does not return gamma.

    Right: Keras builds the loss again, and silently uses the default of *today*.

    No: that would happen if gamma had *no* default, and it would be better.
    """

    def focal(default):
        class Focal(keras.losses.Loss):
            def __init__(self, gamma=default, **options):
                super().__init__(**options)
                self.gamma = gamma

            def call(self, y_true, y_pred):
                return keras.losses.binary_focal_crossentropy(y_true, y_pred, gamma=self.gamma)

        return Focal

    class Strict(focal(2.0)):
        def __init__(self, gamma, **options):
            super().__init__(gamma, **options)

    model = echo()
    model.compile("sgd", loss=focal(2.0)(trained_with))
    assert "gamma" not in model.loss.get_config()
    back = save_and_load(model, tmp_path, custom_objects={"Focal": focal(new_default)})
    assert back.loss.gamma == new_default
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'gamma'"):
        save_and_load(model, tmp_path, custom_objects={"Focal": Strict})


@pytest.mark.parametrize("order", ["bread first", "cake first"])
def test_a_big_cake(order):
    """No: 2 + 5 · 3 = 17 is what you meant, but "big_cake" does not sort into the place of "cake".

    Right: the sorted keys are "big_cake" and "bread", so the 5 goes to bread, and 5 · 2 + 3 = 13.

    No: Keras only complains if the *number* of weights differs from the number of losses.
    """
    names, losses = (NAMES, (2.0, 3.0)) if order == "bread first" else (NAMES[::-1], (3.0, 2.0))

    def loss(**loss_weights):
        return total("dictionaries", loss_weights, losses, names)

    assert loss(bread=1, cake=5) == 17
    assert sorted(["bread", "big_cake"]) == ["big_cake", "bread"]
    assert loss(bread=1, big_cake=5) == 13
    for wrong_number in ({"bread": 1}, {"bread": 1, "cake": 5, "roll": 2}):
        with pytest.raises(ValueError, match="must match the number of losses"):
            loss(**wrong_number)
