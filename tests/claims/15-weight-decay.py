"""What the chapter *Weight decay* claims."""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, softmax

from lossopt import data, optimizers, schedules

LARGE = {"bias": 5, "gamma": 1, "beta": 1, "kernel": 5, "embeddings": 1}  # the variables of `reader`, by role


def walk(rule, gradient, w, steps, eta=0.0, lam=0.0):
    """Return the path of weights under a rule, with decoupled decay if λ is given."""
    w = np.asarray(w, float)
    state, path = rule.init(w), [w]
    for t in range(steps):
        g = gradient(w, t)
        w, state = rule.update(optimizers.decay_weights(w, eta, lam), g, state)
        path.append(w)
    return np.array(path)


def still(variables, optimizer, *calls):
    """Exclude by each of the calls, make a step without a gradient, and return the paths that did not decay."""
    for arguments in calls:
        optimizer.exclude_from_weight_decay(**arguments)
    for v in variables:
        v.assign(np.ones(v.shape))
    optimizer.apply([np.zeros(v.shape, "float32") for v in variables], variables)
    return [v.path for v in variables if np.all(v == 1)]


def decaying(optimizer):
    both = {"adam_weight_decay": 0.5} if optimizer == "Muon" else {}
    return getattr(keras.optimizers, optimizer)(0.1, weight_decay=0.5, **both)


@cache
def reader(layer="MultiHeadAttention", heads=2):
    tokens = keras.Input((6,), dtype="int32")
    x = keras.layers.Embedding(20, 8, name="tokens")(tokens)
    if layer == "MultiHeadAttention":
        attention = keras.layers.MultiHeadAttention(heads, 4, name="attention")
    else:
        attention = keras.layers.GroupQueryAttention(4, heads, 1, name="attention")
    x = keras.layers.LayerNormalization(name="norm")(x + attention(x, x))
    x = keras.layers.GlobalAveragePooling1D()(x)
    return keras.Model(tokens, keras.layers.Dense(3, name="head")(x))


def by_role(variables):
    return [v for v in variables if v.path.endswith(("bias", "gamma", "beta"))]


@cache
def plain(kind, name="plain"):
    """Return a small network, whose paths begin with the model's name or with the layer's."""
    layers = [keras.layers.Dense(3, name="hidden"), keras.layers.BatchNormalization(name="norm")]
    last = keras.layers.Dense(2, name="last")
    if kind == "Sequential":
        return keras.Sequential([keras.Input((4,)), *layers, last], name=name)
    x = entry = keras.Input((4,))
    for layer in (*layers, last):
        x = layer(x)
    return keras.Model(entry, x, name=name)


# When something is wrong


@pytest.mark.parametrize("mean_of_targets", [152, -152])
@pytest.mark.parametrize("steps", [300, 1200])
@pytest.mark.parametrize("lam", [pytest.param(0.02, id="λ = 0.02"), pytest.param(0.1, id="λ = 0.1")])
def test_a_decayed_bias_moves_all_predictions(mean_of_targets, steps, lam):
    """with AdamW all predictions are off by the same amount | exclude the biases | the fence at 1/λ stops them"""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    x -= x.mean(axis=0)
    y = x @ [3.0, -2.0, 1.0] + mean_of_targets + rng.normal(size=200)
    inputs = np.column_stack([x, np.ones(200)])

    def gradient(w, t):
        return 2 / 200 * inputs.T @ (inputs @ w - y)

    def predictions(decayed):
        w = np.zeros(4)
        rule = optimizers.Adam(2.0)
        state = rule.init(w)
        for t in range(steps):
            g = gradient(w, t)
            w, state = rule.update(w - 2.0 * lam * w * decayed, g, state)
        return inputs @ w

    errors = predictions(np.array([1, 1, 1, 1])) - predictions(np.array([1, 1, 1, 0]))
    assert np.std(errors) < 0.01 * abs(np.mean(errors))
    assert 0.9 / lam < abs(np.mean(predictions(np.ones(4)))) < 1.001 / lam
    assert np.mean(predictions(np.array([1, 1, 1, 0])) - y) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("optimizer", ["AdamW", "Muon"])
@pytest.mark.parametrize("shape", [pytest.param((3,), id="a bias"), pytest.param((3, 2), id="a kernel")])
def test_the_default_decay(optimizer, shape):
    """decay makes no difference | raise λ until ηλ times the steps is near 1 | Keras's default leaves 99 % in 2,350
    steps
    """
    for lam, expected in ((None, 0.991), (1 / 2.35, np.exp(-1))):
        names = ("weight_decay", "adam_weight_decay") if optimizer == "Muon" else ("weight_decay",)
        keras_optimizer = getattr(keras.optimizers, optimizer)(
            **({name: lam for name in names} if lam else {})
        )
        weight = keras.Variable(np.ones(shape), dtype="float32")
        assert float(keras_optimizer.learning_rate) == pytest.approx(0.001)
        for _ in range(10):
            keras_optimizer.apply([tf.zeros(shape)], [weight])
        np.testing.assert_allclose(weight.numpy() ** 235, expected, rtol=1e-3)


def accuracy_of_networks(hidden_units, seeds, eta, lam, steps):
    """Return the training accuracy of networks for 600 digits under AdamW, and what the decay leaves."""
    (x_all, y_all), _, _ = data.digits()
    x_all, y_all = x_all[:600], y_all[:600]
    rngs = [np.random.default_rng(seed) for seed in seeds]
    shapes = [(64, hidden_units), (hidden_units, 10)]
    kernels = [np.stack([rng.normal(0, np.sqrt(2 / n), (n, m)) for rng in rngs]) for n, m in shapes]
    rates = schedules.CosineDecay(eta, steps)
    rule = optimizers.Adam(rates)
    states = [rule.init(w) for w in kernels]
    for t in range(steps):
        rows = np.stack([rng.integers(0, len(x_all), 100) for rng in rngs])
        x, y = x_all[rows], y_all[rows]
        hidden = np.maximum(x @ kernels[0], 0)
        slope = (softmax(hidden @ kernels[1], axis=-1) - np.eye(10)[y]) / 100
        inner = (slope @ kernels[1].swapaxes(1, 2)) * (hidden > 0)
        slopes = [x.swapaxes(1, 2) @ inner, hidden.swapaxes(1, 2) @ slope]
        for i, g in enumerate(slopes):
            w = optimizers.decay_weights(kernels[i], float(rates(t)), lam)
            kernels[i], states[i] = rule.update(w, g, states[i])
    scores = np.maximum(x_all @ kernels[0], 0) @ kernels[1]
    left = np.prod(1 - lam * rates(np.arange(steps)))
    return np.mean(scores.argmax(axis=-1) == y_all, axis=-1), left


@pytest.mark.parametrize(("hidden_units", "first_seed"), [(24, 0), (48, 10)])
def test_what_is_left_is_not_all(hidden_units, first_seed):
    """the training accuracy falls when you lower the rate and keep what is left | lower λ | the fence at 1/λ came
    closer

    Under AdamW with steady gradients no weight grows beyond the fence at 1/λ. So the same share left at a much lower
    rate can mean too much decay.
    """

    def train(*setting):
        return accuracy_of_networks(hidden_units, range(first_seed, first_seed + 3), *setting)

    high, left_high = train(0.03, 0.65, 200)
    none, _ = train(0.003, 0.0, 200)
    low, left_low = train(0.003, 6.5, 200)
    cured, _ = train(0.003, 0.65, 200)
    assert left_high == pytest.approx(left_low, rel=0.05) == pytest.approx(0.14, abs=0.01)
    assert np.all(low < high - 0.04) and np.all(low < none - 0.04)  # too much, at the same share
    assert np.all(cured > none - 0.03)
    # The rate is not the cause: with it, and with the same share left after five times the steps, a far fence is fine.
    longer, left_longer = train(0.003, 1.3, 1000)
    assert left_longer == pytest.approx(left_low, rel=0.05)
    assert np.all(longer > none)


@pytest.mark.parametrize("where", ["model", "layer"])
@pytest.mark.parametrize("optimizer", ["AdamW", "SGD", "Lion"])
def test_a_name_that_contains_bias(where, optimizer):
    """nothing decays | exclude by `var_list` | `"bias"` in `var_names` is found in the name of the model or of a
    layer
    """
    if where == "model":
        model = plain("Sequential", "unbiased")
    else:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="unbiased")], name="plain")
    variables = model.trainable_variables
    everything = [v.path for v in variables]
    assert still(variables, decaying(optimizer), {"var_names": ["bias"]}) == everything
    chosen = by_role(variables)
    assert still(variables, decaying(optimizer), {"var_list": chosen}) == [v.path for v in chosen]
    assert len(chosen) < len(everything)


@pytest.mark.parametrize("pattern", ["bias$", "^bias", "kernel$"])
@pytest.mark.parametrize("model", ["Sequential", "functional"])
def test_an_anchor_finds_nothing(pattern, model):
    """an exclusion has no effect under AdamW | use `var_list` instead of `$` and `^` | with TensorFlow the name begins
    with the layer's or model's name and ends in `:0`
    """
    variables = plain(model).trainable_variables
    begins = "plain/" if model == "Sequential" else ("hidden/", "norm/", "last/")
    assert all(v.value.name.startswith(begins) and v.value.name.endswith(":0") for v in variables)
    assert still(variables, decaying("AdamW"), {"var_names": [pattern]}) == []
    role = pattern.strip("^$")
    chosen = [v for v in variables if v.path.endswith(role)]
    assert still(variables, decaying("AdamW"), {"var_list": chosen}) == [v.path for v in chosen]


@pytest.mark.parametrize("pattern", ["/bias", "norm"])
@pytest.mark.parametrize("heads", [1, 2])
def test_muon_reads_the_bare_name(pattern, heads):
    """an exclusion works under AdamW but not under Muon | use `var_list` | Muon searches `bias`, not `layer/bias:0`"""
    variables = reader(heads=heads).trainable_variables
    assert still(variables, decaying("AdamW"), {"var_names": [pattern]}) != []
    assert still(variables, decaying("Muon"), {"var_names": [pattern]}) == []
    for bare in ("bias", "bias$"):
        biases = [v.path for v in variables if v.path.endswith("/bias")]
        assert still(variables, decaying("Muon"), {"var_names": [bare]}) == biases
    chosen = by_role(variables)
    for optimizer in ("AdamW", "Muon"):
        assert still(variables, decaying(optimizer), {"var_list": chosen}) == [v.path for v in chosen]


@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize(
    ("layer", "optimizer"), [("MultiHeadAttention", "AdamW"), ("GroupedQueryAttention", "Muon")]
)
def test_what_not_to_decay_next_to_attention(layer, heads, optimizer):
    """attention biases decay | exclude by the end of `v.path` | those for query, key and value have two axes

    Keras decays every trainable variable. Exclude biases, γ and β by role, because biases of attention have two axes,
    in one `var_list` before the first step.
    """
    variables = reader(layer, heads).trainable_variables
    roles = [v.path.rpartition("/")[2] for v in variables]
    assert {role: roles.count(role) for role in roles} == {**LARGE}
    assert still(variables, decaying(optimizer)) == []  # by default all decay
    by_axes = still(variables, decaying(optimizer), {"var_list": [v for v in variables if len(v.shape) < 2]})
    decayed = {v.path for v in variables if v.path.endswith("bias") and v.path not in by_axes}
    assert decayed == {f"attention/{part}/bias" for part in ("query", "key", "value")}
    assert all(len(v.shape) == 2 for v in variables if v.path in decayed)
    spared = still(variables, decaying(optimizer), {"var_list": by_role(variables)})
    assert spared == [
        v.path for v, role in zip(variables, roles, strict=True) if role in ("bias", "gamma", "beta")
    ]


@pytest.mark.parametrize("optimizer", ["AdamW", "SGD", "Muon"])
@pytest.mark.parametrize("argument", ["var_list", "var_names"])
def test_a_second_call_replaces_the_first(optimizer, argument):
    """only the last list counts | make one call with everything | a second call replaces the first"""
    variables = plain("Sequential").trainable_variables
    wanted = {role: [v for v in variables if v.path.endswith(role)] for role in ("bias", "gamma")}

    def call(*roles):
        variables_of = [v for v in variables if v.path.endswith(roles)]
        return {argument: variables_of if argument == "var_list" else list(roles)}

    assert still(variables, decaying(optimizer), call("bias"), call("gamma")) == [
        v.path for v in wanted["gamma"]
    ]
    everything = [v.path for v in variables if v.path.endswith(("bias", "gamma"))]
    assert still(variables, decaying(optimizer), call("bias", "gamma")) == everything


@pytest.mark.parametrize(("optimizer", "argument"), [("AdamW", "var_list"), ("Muon", "var_names")])
def test_too_late_to_exclude(optimizer, argument):
    """an exclusion after the first `fit` has no effect | call `compile` again after it | the compiled step keeps the
    old list, and Keras raises no error
    """
    layer = keras.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")
    model = keras.Sequential([keras.Input((2,)), layer])
    keras_optimizer = decaying(optimizer)

    def share_left():
        """Return what a step with zero weight for each sample, and so without gradients, leaves of the bias."""
        before = layer.bias.numpy().item()
        model.fit(np.ones((2, 2)), np.ones((2, 1)), sample_weight=np.zeros(2), verbose=0)
        return layer.bias.numpy().item() / before

    model.compile(keras_optimizer, loss="mse")
    assert share_left() == pytest.approx(0.95)
    chosen = {"var_list": [layer.bias], "var_names": ["bias"]}[argument]
    keras_optimizer.exclude_from_weight_decay(**{argument: chosen})
    assert share_left() == pytest.approx(0.95)
    model.compile(keras_optimizer, loss="mse")
    assert share_left() == 1


@pytest.mark.parametrize("beta", [pytest.param(0.5, id="β = 0.5"), 0.9, 0.98])
@pytest.mark.parametrize("nesterov", ["no Nesterov", "Nesterov"])
def test_decay_under_momentum(beta, nesterov):
    """decay does little under SGD with momentum β | divide λ by 1 − β | the decay stays outside the velocity"""
    rng = np.random.default_rng(0)
    a, y, lam, eta = rng.normal(size=(15, 4)), rng.normal(size=15), 0.1, 0.05
    rule = optimizers.SGD(eta, momentum=beta, nesterov=nesterov == "Nesterov")

    def gradient(w, t, penalty=0.0):
        return 2 / 15 * a.T @ (a @ w - y) + penalty * w

    def ridge(lam):
        return np.linalg.solve(2 / 15 * a.T @ a + lam * np.eye(4), 2 / 15 * a.T @ y)

    penalty = walk(rule, lambda w, t: gradient(w, t, lam), np.zeros(4), 2000)[-1]
    np.testing.assert_allclose(penalty, ridge(lam), atol=1e-6)
    little = walk(rule, gradient, np.zeros(4), 2000, eta, lam)[-1]
    np.testing.assert_allclose(little, ridge(lam * (1 - beta)), rtol=0.02, atol=2e-3)
    cured = walk(rule, gradient, np.zeros(4), 2000, eta, lam / (1 - beta))[-1]
    np.testing.assert_allclose(cured, ridge(lam), rtol=0.02, atol=2e-3)


@pytest.mark.parametrize(
    ("mode", "l2", "loss_and_metric"), [("eager", 0.5, "mae"), ("compiled", 0.05, "mse")]
)
def test_penalty_and_decay_together(mode, l2, loss_and_metric):
    """without sample weights, the loss and the metric of the same name differ | use AdamW without `kernel_regularizer`
    | the penalty is in the loss, and in the step
    """
    nothing = np.zeros((4, 1))
    for regularizer in (keras.regularizers.L2(l2), None):
        layer = keras.layers.Dense(
            1, use_bias=False, kernel_initializer="ones", kernel_regularizer=regularizer
        )
        model = keras.Sequential([keras.Input((1,)), layer])
        adamw = keras.optimizers.AdamW(0.1, weight_decay=0.1)
        model.compile(adamw, loss=loss_and_metric, metrics=[loss_and_metric], run_eagerly=mode == "eager")
        loss, metric = model.evaluate(nothing, nothing, verbose=0)
        assert loss - metric == pytest.approx(l2 if regularizer else 0, abs=1e-6)
        model.fit(nothing, nothing, verbose=0)
        left = 1 - 0.1 * 0.1 - (0.1 if regularizer else 0)
        assert layer.kernel.numpy().item() == pytest.approx(left, abs=1e-4)
        assert bool(model.losses) == bool(regularizer)


@pytest.mark.parametrize("small_gradient", [0.01, 1e-4])
@pytest.mark.parametrize("eta", [0.01, 0.005])
@pytest.mark.parametrize("signs", ["alternate", "in pairs"])
def test_small_gradients_vanish(small_gradient, eta, signs):
    """weights with small gradients vanish | use AdamW instead of L2 through Adam | Adam divides the penalty by the size
    of the gradient
    """
    loudness, steps = np.array([10.0, small_gradient]), int(4 / eta)
    period = 1 if signs == "alternate" else 2

    def gradient(w, t, penalty=0.0):
        return (-1) ** (t // period) * loudness + penalty * w

    loud, quiet = walk(optimizers.Adam(eta), lambda w, t: gradient(w, t, 0.1), np.ones(2), steps)[-1]
    assert abs(quiet) < 0.03 and loud > 0.9
    loud, quiet = walk(optimizers.Adam(eta), gradient, np.ones(2), steps, eta, 0.1)[-1]
    left = np.exp(-0.1 * 4)
    assert loud == pytest.approx(left, abs=0.03) and quiet == pytest.approx(left, abs=0.03)


# The quiz


@pytest.mark.parametrize("lam", [pytest.param(0.01, id="λ = 0.01"), 0.001])
@pytest.mark.parametrize("eta", [0.01, 0.001])
@pytest.mark.parametrize("steps", [400, 1000])
def test_the_quiz_on_the_penalty(lam, eta, steps):
    """No: only decoupled decay, as in AdamW, takes the same share of both. Adam divides a penalty along with the
    gradient.

    No: Adam divides the penalty by the size of the gradient, so a large gradient protects its weight.

    No: the flips cancel over the steps, but the penalty always pulls in the same direction.

    Right: both have the same penalty, and Adam divides it by the usual size of the gradient, 1 or 100.
    """
    loudness = np.array([1.0, 100.0])

    def lost(penalty, decay):
        flips = walk(
            optimizers.Adam(eta),
            lambda w, t: (-1) ** t * loudness + penalty * w,
            np.ones(2),
            steps,
            eta,
            decay,
        )
        without = walk(optimizers.Adam(eta), lambda w, t: (-1) ** t * loudness, np.ones(2), steps)
        return (without - flips)[-1]

    small, large = lost(lam, 0.0)
    assert 0 < large < small
    assert small / large == pytest.approx(100, rel=0.5 if small > 0.02 else 0.05)
    assert small == pytest.approx(1 - np.exp(-eta * lam * steps), rel=0.1)  # λθ divided by 1
    shares = lost(0.0, lam)
    assert shares[0] == pytest.approx(shares[1], rel=0.02)


@pytest.mark.parametrize("eta", [0.1, 0.05])
@pytest.mark.parametrize("steps", [5000, 8000])
def test_the_quiz_on_the_bias(eta, steps):
    """No: push and pull are both multiplied by η in every step, so more steps do not move the place where they balance.

    No: λ is not a share of the right value. At 36 the pull would be 3.6, and Adam's push is about 1 at most while
    gradients are steady.

    Right: with steady gradients Adam's push is at most about 1, and the pull is 0.1 times the bias, so they balance at
    1/λ = 10.

    No: a small weight is hardly pulled, so the bias grows until push and pull balance.
    """
    path = walk(optimizers.Adam(eta), lambda w, t: 2 * (w - 40), [0, -15, 40], steps, eta, 0.1)
    np.testing.assert_allclose(path[-1], 10, rtol=0.01)
    np.testing.assert_allclose(path[-1000], 10, rtol=0.05)  # and it has long been there
    push = np.abs(path[1:] - path[:-1] * (1 - 0.1 * eta)).max(axis=0) / eta
    assert push[0] < 1.05 and push[1] < 1.05
    assert push[2] < 0.1 * 36  # at 40 the gradient begins at 0 and grows, and even so the push is too small
    assert np.all(np.diff(path[:, 0]) > -1e-4)


@pytest.mark.parametrize("rule", ["Adam", "Lion", "SGD"])
@pytest.mark.parametrize("size_of_weight", [1, -30])
def test_the_quiz_on_what_is_left(rule, size_of_weight):
    r"""No: 1 − λ would be left after a single step at a rate of 1. Keras multiplies λ by the rate and takes 1,000
    steps.

    Right: a cosine's mean rate is half its peak, so the rates add up to 5, and $e^{-0.1 \cdot 5} = 0.61$.

    No: $e^{-1} = 0.37$ is left at a constant rate of 0.01. The schedule reduces the decay too.

    No: 0.999 is left after one step at the peak, but there are a thousand steps.
    """
    kind = getattr(optimizers, rule)

    def left(rates):
        w, state = np.array([float(size_of_weight)]), kind(0.01).init(np.zeros(1))
        for rate in rates:
            w, state = kind(float(rate)).update(
                optimizers.decay_weights(w, float(rate), 0.1), np.zeros(1), state
            )
        return w[0] / size_of_weight

    rates = schedules.CosineDecay(0.01, 1000)(np.arange(1000))
    assert rates.sum() == pytest.approx(5, rel=0.01)
    assert round(left(rates), 2) == round(np.exp(-0.5), 2) == 0.61
    assert round(left(np.full(1000, 0.01)), 2) == 0.37
    assert round(left([0.01]), 3) == 0.999
    assert round(left([1.0]), 2) == 0.90


# What to remember


@pytest.mark.parametrize("loss", ["squared error", "cross-entropy"])
@pytest.mark.parametrize("seed", [0, 1])
def test_penalty_and_decay_are_the_same_only_for_plain_sgd(loss, seed):
    """With plain SGD, an L2 penalty and weight decay are the same, and Keras's `L2(0.05)` is a decay of 0.1. With
    momentum or Adam they differ.
    """
    rng = np.random.default_rng(seed)
    x, start = rng.normal(size=(20, 3)), rng.normal(size=3)
    y = x @ [1.0, -1.0, 2.0] if loss == "squared error" else (x[:, 0] > 0).astype(float)

    def gradient(w, t, penalty=0.0):
        p = x @ w if loss == "squared error" else expit(x @ w)
        return x.T @ (p - y) / 20 + penalty * w

    def end(rule, penalty, decay):
        return walk(rule, lambda w, t: gradient(w, t, penalty), start, 30, 0.1, decay)[-1]

    np.testing.assert_allclose(end(optimizers.SGD(0.1), 0.1, 0), end(optimizers.SGD(0.1), 0, 0.1), rtol=1e-12)
    for rule in (optimizers.SGD(0.1, momentum=0.9), optimizers.Adam(0.1)):
        assert np.abs(end(rule, 0.1, 0) - end(rule, 0, 0.1)).max() > 0.02
    weight = tf.Variable(start, dtype=tf.float64)
    with tf.GradientTape() as tape:
        penalty = keras.regularizers.L2(0.05)(weight)
    np.testing.assert_allclose(tape.gradient(penalty, weight), 0.1 * start, rtol=1e-6)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "a fifth per 300 steps"])
@pytest.mark.parametrize("lam", [pytest.param(0.1, id="λ = 0.1"), 1.0])
def test_what_is_left_of_an_undefended_weight(schedule, lam):
    r"""A decay leaves about $e^{-\lambda \sum \eta}$ of an undefended weight. Keras's default leaves 99 % in 2,350
    steps, and a schedule changes the sum.
    """
    rate = {
        "constant": 0.01,
        "cosine": schedules.CosineDecay(0.01, 1000),
        "a fifth per 300 steps": schedules.ExponentialDecay(0.01, 300, 0.2),
    }[schedule]
    rates = np.full(1000, rate) if schedule == "constant" else rate(np.arange(1000))
    rule = optimizers.AdamW(rate, weight_decay=lam)
    w, state = np.ones(1), optimizers.AdamW(rate).init(np.ones(1))
    for _ in range(1000):
        w, state = rule.update(w, np.zeros(1), state)
    assert w[0] == pytest.approx(np.exp(-lam * rates.sum()), rel=0.06)
    assert (rates.sum() == pytest.approx(10)) == (schedule == "constant")
    default = keras.optimizers.AdamW()
    assert (1 - float(default.learning_rate) * default.weight_decay) ** 2350 == pytest.approx(0.99, abs=0.002)


@pytest.mark.parametrize("lam", [pytest.param(0.1, id="λ = 0.1"), 1.0])
@pytest.mark.parametrize("eta", [0.1, 0.03])
@pytest.mark.parametrize("gradient", ["constant", "falling with the distance", "fading"])
def test_the_fence(lam, eta, gradient):
    """Under AdamW with steady gradients no weight grows beyond the fence at 1/λ. So the same share left at a much lower
    rate can mean too much decay.
    """
    slope = {
        "constant": lambda w, t: np.full(3, -1.0),
        "falling with the distance": lambda w, t: 2 * (w - 500 / lam),
        "fading": lambda w, t: np.full(3, -(0.999**t)),
    }[gradient]
    start = np.array([0.0, -0.5 / lam, 0.9 / lam])
    path = walk(optimizers.Adam(eta), slope, start, int(8 / (eta * lam)), eta, lam)
    assert path.max() < 1.001 / lam
    if gradient != "fading":
        np.testing.assert_allclose(path[-1], 1 / lam, rtol=0.01)
    # A higher rate does not move it, and a tenth of λ does.
    far = walk(optimizers.Adam(eta), slope, start, int(8 / (eta * lam)), eta, lam / 10)
    if gradient == "constant":
        assert far[-1].max() > 4 / lam
