"""What the chapter *Where gradients come from* claims."""

import contextlib
import io
import itertools
import json
import tracemalloc
import warnings
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import data, losses, optimizers

CHAPTER = Path(__file__).parents[2] / "notebooks/11-where-gradients-come-from.ipynb"


@cache
def engine():
    """Return what the chapter's own cells define: `Value`, `backward`, its two wrong variants, `matmul`."""
    cells = json.loads(CHAPTER.read_text(encoding="utf8"))["cells"]
    names = {"np": np}
    for marker in ("class Value:", "def as_value(", "def in_order(", "def overwriting(", "class Through:"):
        (source,) = (s for cell in cells if marker in (s := "".join(cell["source"])))
        with contextlib.redirect_stdout(io.StringIO()):
            exec(source, names)
    Value = names["Value"]  # what a reader adds for 1 - value and 1 / value
    Value.__rsub__ = lambda self, other: -self + other
    Value.__rtruediv__ = lambda self, other: self**-1.0 * other
    return names


def slope_at(function, x, walk="backward"):
    """Return the derivative of a function of one number, as a walk of the chapter finds it."""
    x = engine()["Value"](x)
    engine()[walk](function(x))
    return x.slope


def central(f, x, h=1e-5):
    """Return the gradient of f at the array x by central differences."""
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


def shared(x):
    u = 3 * x
    return u + u * u


def softmax_of_two(x):
    return (2 * x).exp() / ((2 * x).exp() + (x * x).exp())


FORMULAS = {
    "chain": lambda x: (3 * x) ** 3,
    "x · x": lambda x: x * x,
    "shared u": shared,
    "softmax": softmax_of_two,
}

# Deep networks without biases, in NumPy

ACTIVATIONS = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "relu": (lambda z: np.maximum(z, 0), lambda a: a > 0),
    "none": (lambda z: z, np.ones_like),
}


@cache
def images():
    (x, y), *_ = data.digits()
    return x[:50], y[:50]


def deep_weights(scale, depth=20, width=32, seed=0):
    rng, sizes = np.random.default_rng(seed), [64] + depth * [width] + [10]
    return [rng.normal(0, np.sqrt(scale / m), (m, k)) for m, k in itertools.pairwise(sizes)]


def deep(weights, activation):
    """Return the loss, the outputs of the layers and the gradients."""
    f, slope = ACTIVATIONS[activation]
    x, y = images()
    outputs = [x]
    for W in weights[:-1]:
        outputs.append(f(outputs[-1] @ W))
    z = outputs[-1] @ weights[-1]
    loss = losses.sparse_categorical_crossentropy(y, z, from_logits=True).mean()
    dz = losses.sparse_categorical_crossentropy.gradient(y, z, from_logits=True) / len(y)
    gradients = []
    for A, W in zip(outputs[::-1], weights[::-1], strict=True):
        gradients.append(A.T @ dz)
        dz = (dz @ W.T) * slope(A)
    return loss, outputs, gradients[::-1]


def norms(weights, activation):
    return np.array([np.linalg.norm(g) for g in deep(weights, activation)[2][:-1]])


def trained(weights, activation, rule, steps=100):
    """Return the weights after so many steps on all images."""
    states = [rule.init(w) for w in weights]
    for _ in range(steps):
        *_, gradients = deep(weights, activation)
        weights, states = zip(*map(rule.update, weights, gradients, states), strict=True)
    return weights


def best_loss(weights, activation, rules, steps=100):
    return min(deep(trained(weights, activation, rule, steps), activation)[0] for rule in rules)


# When something is wrong


@pytest.mark.parametrize(
    "cause",
    [
        "constant",
        "trainable=False",
        "integer",
        ".numpy()",
        "round",
        "argmax",
        "comparison",
        "outside the tape",
    ],
)
@pytest.mark.parametrize("shape", ["scalar", "vector"])
def test_no_gradient_is_none(cause, shape):
    """a gradient is `None` | look for an unwatched constant, `trainable=False`, integers, `.numpy()`, `round`,
    `argmax`, `>`, or a result from outside the tape | no differentiable path was recorded
    """
    start = 3.0 if shape == "scalar" else [3.0, 4.0]
    w = tf.Variable(start)
    early = w**2
    given, function = {
        "constant": (tf.constant(start), lambda v: v**2),
        "trainable=False": (tf.Variable(start, trainable=False), lambda v: v**2),
        "integer": (tf.Variable(tf.cast(start, tf.int32)), lambda v: v**2),
        ".numpy()": (w, lambda v: tf.constant(v.numpy() ** 2)),
        "round": (w, lambda v: tf.round(v) ** 2),
        "argmax": (w, lambda v: tf.argmax(tf.stack([v, 0 * v]))),
        "comparison": (w, lambda v: tf.cast(v > 2, tf.float32)),
        "outside the tape": (w, lambda v: early),
    }[cause]

    def gradient(f, v, watch=False):
        with tf.GradientTape() as tape:
            if watch:
                tape.watch(v)
            value = f(v)
        return tape.gradient(value, v)

    assert gradient(function, given) is None
    if cause not in (".numpy()", "integer"):  # a graph has no .numpy(), and refuses some integers
        assert tf.function(lambda: gradient(function, given) is None)()
    if cause in ("constant", "trainable=False"):
        assert np.allclose(gradient(function, given, watch=True), 2 * np.array(start))
    else:
        assert np.allclose(gradient(lambda v: v**2, w), 2 * np.array(start))


@pytest.mark.parametrize("shape", ["scalar", "vector"])
@pytest.mark.parametrize("rate", [0.1, 0.6])
def test_a_tensor_in_the_place_of_a_variable(shape, rate):
    """`None` from the second step onward | write `w.assign_sub(…)` instead of `w = w - …` | a tensor took the
    variable's place
    """
    for assign in (False, True):
        w, found = tf.Variable(3.0 if shape == "scalar" else [3.0, 4.0]), []
        for _ in range(4):
            with tf.GradientTape() as tape:
                value = w**2
            gradient = tape.gradient(value, w)
            found.append(gradient is not None)
            step = rate * (gradient if gradient is not None else 1)
            if assign:
                w.assign_sub(step)
            else:
                w = w - step
        assert found == [True] + 3 * [assign]
        assert isinstance(w, tf.Variable) == assign


@pytest.mark.parametrize("left", ["np.square", "np.exp", "float"])
@pytest.mark.parametrize("cure", ["tf", "keras.ops"])
@pytest.mark.parametrize("shape", ["scalar", "vector"])
def test_what_leaves_tensorflow(left, cure, shape):
    """`object has no attribute '_id'` or `Cannot convert the argument` | use `tf.…` or `keras.ops` instead of `np.…` or
    `float(…)` | the result left TensorFlow
    """
    w = tf.Variable(6.5 if shape == "scalar" else [3.0, 4.0])
    library = tf.math if cure == "tf" else keras.ops
    wrong, right = {
        "np.square": (np.square, library.square),
        "np.exp": (np.exp, library.exp),
        "float": (
            lambda v: float(tf.reduce_sum(v)) ** 2,
            lambda v: (tf if cure == "tf" else keras.ops).square(v),
        ),
    }[left]
    with tf.GradientTape(persistent=True) as tape:
        lost, kept = wrong(w), right(w)
    message = "Cannot convert the argument" if left == "float" else "object has no attribute '_id'"
    with pytest.raises((AttributeError, TypeError), match=message):
        tape.gradient(lost, w)
    assert np.allclose(tape.gradient(kept, w), np.exp(w) if left == "np.exp" else 2 * w)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW"])
@pytest.mark.parametrize("call", ["apply", "apply_gradients"])
def test_an_unused_weight_stays(optimizer, call):
    """`Gradients do not exist for variables [...]` | use the layer or leave it out | the loss never uses it, so its
    weights stay as they are
    """
    w, lonely = keras.Variable(3.0), keras.Variable(1.0)
    rule = getattr(keras.optimizers, optimizer)(0.1)
    for used in (False, True):
        with tf.GradientTape() as tape:
            value = w.value**2 + (lonely.value**2 if used else 0.0)
        gradients = tape.gradient(value, [w.value, lonely.value])
        assert (gradients[1] is not None) == used
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if call == "apply":
                rule.apply(gradients, [w, lonely])
            else:
                rule.apply_gradients(zip(gradients, [w, lonely], strict=True))
        messages = " ".join(str(warning.message) for warning in caught)
        assert ("Gradients do not exist for variables ['" in messages) == (not used)
        assert (float(lonely) == 1.0) == (not used)
    assert float(w) < 3


@pytest.mark.parametrize("cause", ["sign", "clip", "relu", "sigmoid"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_exactly_zero(cause, dtype, mode):
    """a gradient is exactly 0 | look for `sign`, `clip`, a relu whose inputs are all negative, or a saturated sigmoid |
    a path exists, and its slope is 0
    """
    function, flat, steep = {
        "sign": (tf.sign, [3.0, -2.0], None),
        "clip": (lambda v: tf.clip_by_value(v, -1.0, 1.0), [3.0, -2.0], [0.5, 0.2]),
        "relu": (tf.nn.relu, [-3.0, -0.1], [3.0, 0.1]),
        "sigmoid": (tf.sigmoid, [60.0, 800.0], [1.0, -1.0]),
    }[cause]

    def gradient(w):
        with tf.GradientTape() as tape:
            tape.watch(w)
            value = tf.reduce_sum(function(w) ** 2)
        return tape.gradient(value, w)

    run = gradient if mode == "eager" else tf.function(gradient)
    assert (run(tf.constant(flat, dtype)).numpy() == 0).all()
    if steep:
        assert (run(tf.constant(steep, dtype)).numpy() != 0).all()


@pytest.mark.parametrize("cause", ["stop_gradient", "assign", "="])
@pytest.mark.parametrize("point", [3.0, -2.5])
def test_finite_and_wrong(cause, point):
    """a gradient is finite and wrong | look for `stop_gradient`, `assign` inside the tape, and `=` instead of `+=` | a
    path is missing
    """
    if cause == "=":
        wrong, true = slope_at(lambda x: x * x, point, "overwriting"), 2 * point
        assert slope_at(lambda x: x * x, point) == true
    else:
        w = tf.Variable(point)
        with tf.GradientTape() as tape:
            if cause == "assign":
                w.assign(2 * w)
                value = w**2
            else:
                value = tf.stop_gradient(w) * w
        wrong = tape.gradient(value, w).numpy()
        true = 8 * point if cause == "assign" else 2 * point
    assert np.isfinite(wrong)
    assert np.isclose(wrong, true / 2)


@pytest.mark.parametrize("loss", ["squared error", "binary cross-entropy"])
@pytest.mark.parametrize("batch", [2, 64])
def test_a_vector_of_losses_is_added_up(loss, batch):
    """the gradient grows with the batch | take the mean of the losses | `tape.gradient` adds up a vector of losses"""
    x, y = np.tile([0.5, 2.0], batch // 2), np.tile([1.0, 0.0], batch // 2)

    def gradient(x, y, reduce):
        w = tf.Variable(0.7, dtype="float64")
        with tf.GradientTape() as tape:
            z = w * x
            each = (z - y) ** 2 if loss == "squared error" else tf.nn.sigmoid_cross_entropy_with_logits(y, z)
            value = reduce(each)
        return tape.gradient(value, w).numpy()

    one = gradient(x[:2], y[:2], tf.reduce_mean)
    assert np.isclose(gradient(x, y, tf.identity), batch * one)
    assert np.isclose(gradient(x, y, tf.reduce_mean), one)


@pytest.mark.parametrize("function", ["relu", "absolute error", "largest of three"])
@pytest.mark.parametrize("h", [1e-5, 1e-3])
def test_a_kink_within_h(function, h):
    """a gradient check fails at a few places | move the point a little | a kink lies between $x - h$ and $x + h$"""
    f, slope = {
        "relu": (lambda x: np.maximum(x, 0).sum(), lambda x: x > 0),
        "absolute error": (lambda x: np.abs(x).sum(), np.sign),
        "largest of three": (lambda x: np.maximum.reduce([x, -x, 0 * x]).sum(), np.sign),
    }[function]
    x = np.array([-1.0, 0.3 * h, 2.0, -0.5 * h, 0.7])
    wrong = np.abs(central(f, x, h) - slope(x)) > 1e-6
    assert list(wrong) == [False, True, False, True, False]
    moved = x + 3 * h
    assert np.allclose(central(f, moved, h), slope(moved), atol=1e-6)


def normalised_sigmoid(weights):
    """Return the size of each layer's gradient in a sigmoid network with batch normalisation."""
    x, y = images()
    variables = [tf.Variable(w) for w in weights]
    with tf.GradientTape() as tape:
        a = tf.constant(x)
        for w in variables[:-1]:
            z = a @ w
            mean, variance = tf.nn.moments(z, axes=[0])
            a = tf.sigmoid((z - mean) / tf.sqrt(variance + 1e-3))
        value = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, a @ variables[-1]))
    return [np.linalg.norm(g) for g in tape.gradient(value, variables)]


@pytest.mark.parametrize("depth", [15, 25])
@pytest.mark.parametrize("seed", [0, 1])
def test_first_layers_that_do_not_change(depth, seed):
    """the first layers do not change | print the norm per layer; use relu with He, or normalisation | the gradient
    vanishes
    """
    start = deep_weights(1, depth, seed=seed)
    size = norms(start, "sigmoid")
    assert size[0] < 1e-6 * size[-1]

    def change(weights, activation):
        after = trained(weights, activation, optimizers.SGD(0.01), 20)
        return np.linalg.norm(after[0] - weights[0]) / np.linalg.norm(weights[0])

    assert change(start, "sigmoid") < 1e-8
    he = deep_weights(2, depth, seed=seed)
    assert change(he, "relu") > 1e-4
    assert 0.02 < norms(he, "relu")[0] < 50
    normalised = normalised_sigmoid(start)
    assert normalised[0] > 0.02 > 1e5 * size[0]


@pytest.mark.parametrize("activation", ["relu", "none"])
@pytest.mark.parametrize("depth", [30, 60])
def test_a_loss_that_explodes_in_the_first_steps(activation, depth):
    """a deep model's loss is `inf` or `nan` in the first steps | print the norm per layer; change the initialisation |
    the gradient explodes
    """

    def losses_of(scale):
        weights, found = deep_weights(scale, depth), []
        for _ in range(5):
            loss, _, gradients = deep(weights, activation)
            found.append(loss)
            weights = [w - 0.01 * g for w, g in zip(weights, gradients, strict=True)]
        return np.array(found)

    balanced = 2 if activation == "relu" else 1
    with np.errstate(all="ignore"):
        assert norms(deep_weights(8 * balanced, depth), activation)[0] > 1e9
        assert not np.isfinite(losses_of(8 * balanced)).all()
    assert np.isfinite(losses_of(balanced)).all()
    assert norms(deep_weights(balanced, depth), activation)[0] < 100


def peak_memory(width, batch, depth=4):
    """Return the largest number of bytes that NumPy holds during a training step with Adam."""
    rng = np.random.default_rng(0)
    tracemalloc.start()
    weights = [rng.normal(0, np.sqrt(2 / width), (width, width)) for _ in range(depth)]
    slots = [optimizers.Adam().init(w) for w in weights]
    sums, outputs = [], [rng.normal(size=(batch, width))]
    for w in weights:
        sums.append(outputs[-1] @ w)
        outputs.append(np.maximum(sums[-1], 0))
    kept = tracemalloc.get_traced_memory()[0]
    back, gradients = outputs[-1] / batch, []
    for a, z, w in zip(outputs[-2::-1], sums[::-1], weights[::-1], strict=True):
        back = back * (z > 0)
        gradients.append(a.T @ back)
        back = back @ w.T
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(slots) == len(gradients) == depth  # so nothing was freed before the peak
    return peak, kept


@cache
def kept_for_the_backward_pass(activation):
    """Return whether TensorFlow's backward pass of a dense layer uses its Z, and whether it uses its A."""
    layers = [keras.layers.Dense(4, activation), keras.layers.Dense(1)]
    layers[1](layers[0](tf.zeros((8, 5))))

    def value(x):
        return tf.reduce_mean(layers[1](layers[0](x)))

    def gradient(x):
        with tf.GradientTape() as tape:
            loss = value(x)
        return tape.gradient(loss, layers[0].variables + layers[1].variables)

    uses = []
    for f in (value, gradient):
        operations = tf.function(f).get_concrete_function(tf.TensorSpec((8, 5))).graph.get_operations()
        Z = next(o for o in operations if o.type == "BiasAdd").outputs[0]
        A = [o for o in operations if o.type == "MatMul"][1].inputs[0]  # the second layer's input
        uses.append((len(Z.consumers()), len(A.consumers())))
    return tuple(after > before for before, after in zip(*uses, strict=True))


@pytest.mark.parametrize(("width", "batch"), [(32, 1024), (128, 1024), (384, 32), (512, 128)])
@pytest.mark.parametrize("depth", [4, 8])
def test_which_memory_grows_with_the_batch(width, batch, depth):
    """memory runs out only in training | use smaller batches if the batch exceeds about twice the width of the dense
    layers | each layer's $A$, and sometimes $Z$, is kept for the backward pass
    """
    peak, kept = peak_memory(width, batch, depth)
    half, _ = peak_memory(width, batch // 2, depth)
    share = 2 * batch * width / (2 * batch * width + 4 * width**2)  # of Z and A
    saved = 1 - half / peak
    assert abs(saved - share / 2) < 0.12
    assert (saved > 0.25) == (batch > 2 * width)
    assert (
        kept > depth * (2 * batch * width + 3 * width**2) * 8
    )  # Z, A, weights and Adam's two slots, all at once
    assert kept_for_the_backward_pass("relu") == kept_for_the_backward_pass("tanh") == (False, True)
    assert kept_for_the_backward_pass("softplus") == kept_for_the_backward_pass("silu") == (True, True)


# Check yourself


@pytest.mark.parametrize("point", [3.0, -2.5])
@pytest.mark.parametrize("kind", ["numbers", "arrays"])
def test_x_times_x(point, kind):
    """No: with only $x$ and the product, only one order is possible.

    Right: two paths lead from $x$ to the product, each with slope 3. They add up to 6, and `=` keeps one.

    No: each slope is the other factor, 3. Their sum is missing.
    """
    given = point if kind == "numbers" else np.full((2, 2), point)
    Value, in_order = engine()["Value"], engine()["in_order"]
    x = Value(given)
    product = x * x
    orders = [
        order
        for order in itertools.permutations(in_order(product))
        if all(order.index(origin) < order.index(node) for node in order for origin, _ in node.inputs)
    ]
    assert orders == [(x, product)]
    assert [origin for origin, _ in product.inputs] == [x, x]
    assert all(np.all(slope == point) for _, slope in product.inputs)
    assert np.all(slope_at(lambda x: x * x, given, "overwriting") == point)
    assert np.all(slope_at(lambda x: x * x, given) == 2 * point)
    chain = [slope_at(FORMULAS["chain"], given, walk) for walk in ("backward", "overwriting")]
    assert np.all(chain[0] == chain[1])


@pytest.mark.parametrize("width", [256, 512])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_twelve_relu_layers(width, seed):
    """No: at half the variance, every relu layer halves the mean square.

    Right: the mean square is halved twelve times, and the size is a root, so it is about $(1/2)^{6} = 1/64$ of 0.5.

    Nearly: $(1/2)^{12}$ is the factor of the mean *square*, and the size is a root.
    """
    he, glorot = (deep_weights(scale, 12, width, seed) for scale in (2, 1))
    outputs = deep(glorot, "relu")[1]
    squares = np.array([np.mean(a**2) for a in outputs])
    assert np.isclose((squares[-1] / squares[1]) ** (1 / 11), 0.5, atol=0.06)
    ratio = norms(glorot, "relu") / norms(he, "relu")
    assert ((0.5 / 64 < ratio) & (ratio < 2 / 64)).all()
    assert round(0.5 / 64, 3) == 0.008
    assert round(0.5 / 2**12, 4) == 0.0001
    assert 1 / 2**12 == (1 / 64) ** 2


@pytest.mark.parametrize("loss", ["binary_crossentropy", "mean_squared_error"])
@pytest.mark.parametrize("batch", [1, 32])
def test_all_relus_are_off(loss, batch):
    r"""Right: no derivative passes a relu that is off, and with $A = 0$ the last kernel's gradient $A^\top dz$ is 0 as
    well.

    No: then the first layer's gradients would be `None`.

    No: the rate changes steps, not gradients.
    """
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(batch, 5)).astype("float32"), np.ones((batch, 1), "float32")
    first, last = keras.layers.Dense(8, "relu"), keras.layers.Dense(1)
    last(first(x))

    def gradients(uses_first=True):
        with tf.GradientTape() as tape:
            hidden = first(x) if uses_first else tf.ones((batch, 8))
            z = last(hidden)
            options = {"from_logits": True} if loss == "binary_crossentropy" else {}
            value = tf.reduce_mean(getattr(keras.losses, loss)(y, z, **options))
        return tape.gradient(value, first.variables + last.variables)

    assert any(g.numpy().any() for g in gradients()[:2])
    found = gradients(uses_first=False)
    assert found[0] is None and found[1] is None and found[2].numpy().any()

    before = [g.numpy() for g in gradients()]
    start = [w.numpy() for w in first.variables + last.variables]
    keras.optimizers.SGD(0.0).apply(gradients(), first.variables + last.variables)
    assert all(np.array_equal(a, b) for a, b in zip(before, gradients(), strict=True))
    assert all(np.array_equal(a, w) for a, w in zip(start, first.variables + last.variables, strict=True))

    first.bias.assign(np.full(8, -100, "float32"))
    found = [g.numpy() for g in gradients()]
    assert not any(g.any() for g in found[:3])
    assert found[3].any()


# What to remember


@pytest.mark.parametrize("formula", ["chain", "x · x", "shared u", "softmax"])
@pytest.mark.parametrize("x", [2.0, -0.7])
def test_slopes_multiply_and_paths_add_up(formula, x):
    """Slopes multiply along a path, and paths add up, which is why `backward` needs `+=`."""
    f, Value = FORMULAS[formula], engine()["Value"]
    numeric = central(lambda x: f(Value(float(x[0]))).value, np.array([x]))[0]
    assert np.isclose(slope_at(f, x), numeric, rtol=1e-6)
    assert np.isclose(slope_at(f, x, "overwriting"), numeric, rtol=1e-3) == (formula == "chain")

    def along_paths(node, goal):
        if node is goal:
            return 1.0
        return sum(slope * along_paths(origin, goal) for origin, slope in node.inputs)

    start = Value(x)
    assert np.isclose(along_paths(f(start), start), numeric, rtol=1e-6)


@pytest.mark.parametrize(("batch", "n_in", "n_out"), [(7, 5, 3), (1, 4, 4), (6, 1, 2)])
@pytest.mark.parametrize("by", ["tape", "engine"])
def test_a_gradient_has_the_shape_of_its_thing(batch, n_in, n_out, by):
    r"""A gradient has the shape of the thing it belongs to. For $Z = XW$, $dW = X^\top dZ$ and $dX = dZ\,W^\top$."""
    rng = np.random.default_rng(0)
    X, W, dZ = rng.normal(size=(batch, n_in)), rng.normal(size=(n_in, n_out)), rng.normal(size=(batch, n_out))
    if by == "tape":
        x, w = tf.Variable(X), tf.Variable(W)
        with tf.GradientTape() as tape:
            value = tf.reduce_sum((x @ w) * dZ)
        dX, dW = (g.numpy() for g in tape.gradient(value, [x, w]))
    else:
        x, w = engine()["Value"](X), engine()["Value"](W)
        engine()["backward"](((x @ w) * dZ).sum())
        dX, dW = x.slope, w.slope
    assert (dX.shape, dW.shape) == (X.shape, W.shape)
    assert np.allclose(dW, X.T @ dZ) and np.allclose(dX, dZ @ W.T)
    assert np.allclose(dW, central(lambda w: np.sum((X @ w) * dZ), W), atol=1e-7)
    assert np.allclose(dX, central(lambda x: np.sum((x @ W) * dZ), X), atol=1e-7)


def formulas_of_part_one(seed):
    """Return a formula and arguments for each loss of Part I, written without a gradient."""
    rng = np.random.default_rng(seed)
    y, p, v = rng.uniform(0.5, 4, (3, 12))
    t, q = np.arange(8.0) % 2, rng.uniform(0.1, 0.9, 8)
    k, P = np.arange(8) % 3, rng.dirichlet(np.ones(3), 8)
    T, z = np.eye(3)[k], rng.normal(size=(8, 3))
    words, frames = np.array([[1, 2], [2, 0]]), rng.normal(size=(2, 3, 3))
    positive = np.vectorize(lambda v: engine()["relu"](engine()["as_value"](v)), otypes=[object])

    def larger(a, b):
        return b + positive(a - b)

    def size(v):
        return positive(v) + positive(-v)

    def share(p):
        return p / p.sum(axis=-1, keepdims=True)

    def unit(v):
        return v / (v * v).sum(axis=-1, keepdims=True) ** 0.5

    def huber(y, p):
        inner = 1 - positive(1 - size(p - y))  # |p − y|, at most 1
        return inner**2 / 2 + (size(p - y) - inner)

    def circle(k, v, gamma=80, m=0.4):
        s, same = v @ v.T, k[:, None] == k
        pull = np.exp(-gamma * positive(1 + m - s) * (s - 1 + m))
        push = np.exp(gamma * positive(s + m) * (s - m))
        pulled = np.where(same & ~np.eye(len(k), dtype=bool), pull, 0).sum(axis=1)
        return np.log(1 + pulled * np.where(same, 0, push).sum(axis=1))

    def collapse(path):
        return [k for k, _ in itertools.groupby(path) if k != 0]

    def ctc(words, z):
        total = 0
        for word, probabilities in zip(words, share(np.exp(z)), strict=True):
            paths = [
                path
                for path in itertools.product(range(3), repeat=3)
                if collapse(path) == [k for k in word if k]
            ]
            total += -np.log(sum(np.prod(probabilities[range(3), path]) for path in paths))
        return total

    def categorical_hinge(T, z):
        rest = (1 - T) * z
        largest = larger(larger(rest[:, 0], rest[:, 1]), rest[:, 2])
        return positive(1 + largest - (T * z).sum(axis=-1))

    return {
        "mean_squared_error": (lambda y, p: (p - y) ** 2, y, p),
        "mean_absolute_error": (lambda y, p: size(p - y), y, p),
        "huber": (huber, y, p),
        "log_cosh": (lambda y, p: np.log(np.exp(p - y) + np.exp(y - p)), y, p),
        "pinball": (lambda y, p: larger(0.5 * (y - p), 0.5 * (p - y)), y, p),
        "mean_squared_logarithmic_error": (lambda y, p: (np.log(1 + p) - np.log(1 + y)) ** 2, y, p),
        "mean_absolute_percentage_error": (lambda y, p: 100 * size(p - y) / y, y, p),
        "poisson": (lambda y, p: p - y * np.log(p + 1e-7), y, p),
        "gaussian_nll": (lambda y, p, v: (np.log(v) + (p - y) ** 2 / v) / 2, y, p, v),
        "binary_crossentropy": (lambda t, p: -t * np.log(p) - (1 - t) * np.log(1 - p), t, q),
        "binary_focal_crossentropy": (
            lambda t, p: -t * (1 - p) ** 2 * np.log(p) - (1 - t) * p**2 * np.log(1 - p),
            t,
            q,
        ),
        "categorical_crossentropy": (lambda T, P: -T * np.log(share(P)), T, P),
        "categorical_focal_crossentropy": (
            lambda T, P: -0.25 * T * (1 - share(P)) ** 2 * np.log(share(P)),
            T,
            P,
        ),
        "sparse_categorical_crossentropy": (lambda k, P: -np.log(share(P)[range(8), k]), k, P),
        "categorical_generalized_cross_entropy": (lambda k, P: (1 - P[range(8), k] ** 0.5) / 0.5, k, P),
        "kl_divergence": (lambda Q, P: Q * np.log(Q / P), P[::-1], P),
        "hinge": (lambda s, z: positive(1 - s * z), 2 * t - 1, z[:, 0]),
        "squared_hinge": (lambda s, z: positive(1 - s * z) ** 2, 2 * t - 1, z[:, 0]),
        "categorical_hinge": (categorical_hinge, T, 3 * z),
        "contrastive": (lambda t, d: (1 - t) * d**2 / 2 + t * positive(1 - d) ** 2 / 2, t, 2 * q),
        "triplet": (lambda a, p, n: positive(((a - p) ** 2 - (a - n) ** 2).sum(axis=-1) + 0.2), z, P, T),
        "cosine_similarity": (lambda u, v: -unit(u) * unit(v), T + 0.5, z),
        "dice": (lambda t, p: 1 - 2 * (t * p).sum() / ((t + p).sum() + 1e-7), t, q),
        "tversky": (
            lambda t, p: 1 - (t * p).sum() / ((t * p + 0.5 * t * (1 - p) + 0.5 * (1 - t) * p).sum() + 1e-7),
            t,
            q,
        ),
        "circle": (circle, np.array([0, 0, 1, 1]), unit(z)[:4]),
        "ctc": (ctc, words, frames),
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("walk", ["in order", "as they come"])
def test_five_operations_differentiate_every_loss(seed, walk):
    """Five operations with their slopes, in topological order, give the gradients of all 26 losses of Part I."""
    to_values = np.vectorize(engine()["Value"], otypes=[object])
    slopes_of = np.vectorize(lambda node: node.slope)
    formulas = formulas_of_part_one(seed)
    assert set(formulas) <= {name for name, f in vars(losses).items() if hasattr(f, "gradient")}
    right = 0
    for name, (formula, *arguments) in formulas.items():
        given = 0 if name == "triplet" else 1  # these are not predicted
        values = [to_values(argument) for argument in arguments[given:]]
        total = np.asarray(formula(*arguments[:given], *values), dtype=object).sum()
        engine()["backward" if walk == "in order" else "hasty"](total)
        made_by = {node.made_by for node in engine()["in_order"](total)}
        assert {name.split("^")[0] for name in made_by} <= {"given", "+", "·", "", "exp", "log"}
        by_hand = getattr(losses, name).gradient(*arguments)
        by_hand = by_hand if isinstance(by_hand, tuple) else (by_hand,)
        right += all(
            np.allclose(slopes_of(v), theirs, rtol=1e-10, atol=1e-10)
            for v, theirs in zip(values, by_hand, strict=True)
        )
    assert len(formulas) == 26
    assert right == 26 if walk == "in order" else right < 20


@pytest.mark.parametrize(("n_in", "hidden"), [(4, 4), (30, 8), (64, 32)])
@pytest.mark.parametrize("activation", ["relu", "softplus"])
def test_one_backward_pass_and_its_check(n_in, hidden, activation):
    """One backward pass costs a few forward passes for any number of weights. Check it with central differences in
    float64 and h = 1e-5.
    """
    to_values = np.vectorize(engine()["Value"], otypes=[object])
    rng = np.random.default_rng(0)
    x, start = rng.normal(size=(1, n_in)), rng.normal(size=(n_in, hidden))
    softplus = np.vectorize(lambda v: (v.exp() + 1).log(), otypes=[object])
    relu = np.vectorize(engine()["relu"], otypes=[object])

    def loss(W, dtype=float):
        z = (x.astype(dtype) @ W.astype(dtype)) / dtype(np.sqrt(n_in))
        return np.sum((np.maximum(z, 0) if activation == "relu" else np.logaddexp(0, z)) ** 2)

    W = to_values(start)
    z = x @ W / np.sqrt(n_in)
    total = np.sum((relu(z) if activation == "relu" else softplus(z)) ** 2)
    assert np.isclose(total.value, loss(start))
    engine()["backward"](total)
    exact = np.vectorize(lambda node: node.slope)(W)
    # Each link is made once and used once, and there are a few per weight, however many weights there are.
    links = sum(len(node.inputs) for node in engine()["in_order"](total))
    assert links < 5 * W.size + 20 * hidden

    error = {h: np.abs(central(loss, start, h) - exact).max() for h in (1e-1, 1e-5, 1e-11)}
    assert error[1e-5] < 1e-8
    assert error[1e-5] < min(error[1e-11], error[1e-1] + (activation == "relu"))
    one_sided = 2 * central(lambda w: loss(np.maximum(w, start)), start) - exact
    assert np.abs(one_sided).max() > error[1e-5]
    coarse = np.abs(central(lambda w: loss(w, np.float32), start) - exact).max()
    assert coarse > 1e4 * error[1e-5]


def one_hidden_layer(start, activation, rule, dropout=False, steps=30):
    """Return the weights of a network 64-12-10 after training."""
    f, slope = ACTIVATIONS[activation]
    x, y = images()
    rng, weights = np.random.default_rng(0), start
    states = [rule.init(w) for w in weights]
    for _ in range(steps):
        W1, W2 = weights
        mask = rng.integers(2, size=(len(x), W1.shape[1])) if dropout else 1
        a = f(x @ W1)
        dz = losses.sparse_categorical_crossentropy.gradient(y, (mask * a) @ W2, from_logits=True) / len(y)
        gradients = x.T @ ((dz @ W2.T) * mask * slope(a)), (mask * a).T @ dz
        weights, states = zip(*map(rule.update, weights, gradients, states), strict=True)
    return weights


@pytest.mark.parametrize("start", [0.02, -0.02, 0.1])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_symmetry(start, activation, optimizer):
    """Without dropout, hidden units that start with equal weights before and after them stay equal. Random weights
    break the symmetry.
    """
    rule = optimizers.SGD(0.1) if optimizer == "SGD" else optimizers.Adam(0.01)
    rng = np.random.default_rng(0)
    shapes = (64, 12), (12, 10)
    equal = [np.full(shape, start) for shape in shapes]
    random = [rng.normal(0, np.sqrt(1 / shape[0]), shape) for shape in shapes]

    def differ(weights):
        W1, W2 = weights
        return max(np.ptp(W1, axis=1).max(), np.ptp(W2, axis=0).max())

    after = one_hidden_layer(equal, activation, rule)
    assert differ(after) < 1e-8
    if not (activation == "relu" and start < 0):  # there every unit is off
        assert np.abs(after[1] - equal[1]).max() > 1e-3
        assert differ(one_hidden_layer(equal, activation, rule, dropout=True)) > 1e-4
        # Random weights on one side of the units are enough.
        assert differ(one_hidden_layer([equal[0], random[1]], activation, rule)) > 1e-2
    after = one_hidden_layer(random, activation, rule)[0]
    assert np.unique(after.round(6), axis=1).shape[1] == 12


@pytest.mark.parametrize("depth", [15, 30])
@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("seed", [0, 1])
def test_what_decides_about_a_deep_gradient(depth, width, seed):
    """The activation and the scale of the weights decide whether a deep gradient vanishes or explodes. Tanh wants
    Glorot's scale, relu He's.
    """

    def first(activation, scale):
        return norms(deep_weights(scale, depth, width, seed), activation)[0]

    for activation, vanishing, balanced, exploding in (("tanh", 0.2, 1, 16), ("relu", 0.5, 2, 8)):
        assert 0.02 < first(activation, balanced) < 20
        assert first(activation, vanishing) < 1e-3
        assert first(activation, exploding) > 100
    sigmoid = {scale: norms(deep_weights(scale, depth, width, seed), "sigmoid") for scale in (1, 16, 900)}
    assert sigmoid[1][0] < 1e-6 * sigmoid[1][-1]
    assert sigmoid[16][0] < 0.05 * sigmoid[16][-1]
    assert sigmoid[900][0] > 20 * sigmoid[900][-1]
    keras.utils.set_random_seed(seed)
    for name, scale in (("glorot_uniform", 1), ("glorot_normal", 1), ("he_normal", 2), ("he_uniform", 2)):
        w = np.array(keras.initializers.get(name)((width, width)))
        assert np.isclose(width * w.var(), scale, rtol=0.1)


@pytest.mark.parametrize("epsilon", [1e-3, 1e-7, 1e-30])
@pytest.mark.parametrize(
    ("network", "steps"), [("relu, scale 1", 100), ("relu, scale 0.25", 100), ("sigmoid, scale 1", 300)]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_adam_and_small_gradients(epsilon, network, steps, seed):
    """Adam makes up for gradients that are too small, as long as they exceed its ε."""
    activation = network.partition(",")[0]
    start = deep_weights(0.25 if "0.25" in network else 1, seed=seed)
    first = np.abs(deep(start, activation)[2][0])
    counts = np.bincount(images()[1]) / len(images()[1])
    ignorant = -np.sum(counts * np.log(counts))  # the lowest loss of a model that ignores the images
    if epsilon == 1e-7:
        assert best_loss(start, activation, [optimizers.SGD(0.3)], 100) > ignorant - 0.02
    assert not epsilon / 5 < first.max() < 5 * epsilon
    after = best_loss(start, activation, [optimizers.Adam(0.003, epsilon=epsilon)], steps)
    if first.max() > epsilon:
        assert after < ignorant - 0.2
    else:
        assert after > ignorant - 0.02


@pytest.mark.parametrize("path", ["none", "slope 0", "both"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("shape", ["scalar", "vector"])
def test_none_and_zero(path, mode, shape):
    """A gradient of `None` means no path from the weight to the loss, and 0 means a path with slope 0."""
    w = tf.Variable(3.0 if shape == "scalar" else [3.0, 4.0])
    other = tf.Variable(w * 1.0)
    value_of = {
        "none": lambda: tf.reduce_sum(other**2),
        "slope 0": lambda: tf.reduce_sum(0 * w + other**2),
        "both": lambda: tf.reduce_sum(tf.stop_gradient(w) * other + 0 * w),
    }[path]

    def gradient(unconnected="none"):
        with tf.GradientTape() as tape:
            value = value_of()
        return tape.gradient(value, w, unconnected_gradients=unconnected)

    def run(f):
        return f() if mode == "eager" else tf.function(f)()

    if path == "none":
        assert run(gradient) is None
    else:
        assert not np.any(run(gradient))
    assert not np.any(run(lambda: gradient("zero")))
