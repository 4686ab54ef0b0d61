"""What the chapter *Beyond Adam* claims."""

import json
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lossopt import optimizers, schedules
from lossopt.surfaces import noisy_bowl

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import tensorflow as tf

CHAPTER = Path(__file__).parents[2] / "notebooks/16-beyond-adam.ipynb"


def walk(rule, w, gradients):
    """Return all places of a rule, from the first to the last. `gradients` are arrays, or a function of the weights."""
    places, state = [w], rule.init(w)
    for t in range(40 if callable(gradients) else len(gradients)):
        w, state = rule.update(w, gradients(w) if callable(gradients) else gradients[t], state)
        places.append(w)
    return np.array(places)


def losses_on(bowl, rule, steps=600, seeds=50, read=lambda w, state: w):
    """Return the loss of every seed after every step on a bowl with noisy gradients, of shape (step, seed)."""
    w = np.tile(bowl.start, (seeds, 1))
    rng, state, losses = np.random.default_rng(0), rule.init(w), []
    for _ in range(steps):
        w, state = rule.update(w, bowl.gradient(w) + rng.normal(0, bowl.noise, w.shape), state)
        losses.append(bowl(read(w, state)))
    return np.array(losses)


def problem(shape, seed, count=30):
    """Return weights and gradients."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=(count, *shape))


def least_squares(shape, seed):
    """Return weights, and a gradient that depends on them."""
    rng = np.random.default_rng(seed)
    w, target, size = rng.normal(size=shape), rng.normal(size=shape), rng.uniform(0.1, 1, shape)
    return w, lambda at: size * (at - target)


def transformer(layer, heads, use_bias=True):
    """Return the variables of a model with an attention layer, a hidden layer and a last one."""
    sequence = keras.Input((8, 16))
    if layer == "grouped":
        attention = keras.layers.GroupQueryAttention(4, heads, max(1, heads // 2), use_bias=use_bias)
    else:
        attention = keras.layers.MultiHeadAttention(heads, 4, use_bias=use_bias)
    hidden = keras.layers.Dense(16, name="hidden")(attention(sequence, sequence))
    return keras.Model(sequence, keras.layers.Dense(3, name="last")(hidden)).trainable_variables


def orthogonalised(variables, **arguments):
    """Return the paths of the variables whose step has singular values near each other, after one step on each."""
    optimizer = keras.optimizers.Muon(1.0, weight_decay=None, adam_weight_decay=None, **arguments)
    rng, found = np.random.default_rng(0), []
    before = [v.numpy() for v in variables]
    gradients = [rng.normal(size=v.shape) for v in variables]
    gradients = [(np.sign(g) + g).astype("float32") for g in gradients]  # far from 0, where ε would count
    optimizer.apply([tf.constant(g) for g in gradients], variables)
    for v, w, g in zip(variables, before, gradients, strict=True):
        if not np.allclose(abs(v.numpy() - w), 1, atol=1e-3):  # Adam's first step is η for every weight
            expected = optimizers.Muon(1.0, weight_decay=0).update(w, g, optimizers.Muon().init(w))[0]
            assert np.allclose(v.numpy(), expected, atol=1e-3)
            found.append(v.path)
    return found


def numbers_kept(optimizer, shape):
    optimizer.build([keras.Variable(np.ones(shape))])
    return sum(np.prod(v.shape) for v in optimizer.variables) - 2  # the step counter and the rate


# When something is wrong


@pytest.mark.parametrize("kappa", [pytest.param(1, id="κ = 1"), pytest.param(100, id="κ = 100")])
@pytest.mark.parametrize("noise", [0.1, 1.0])
@pytest.mark.parametrize("cure", ["a fifth of the rate", "a cosine to zero"])
def test_lion_stays_high(kappa, noise, cure):
    """Lion is fast at first, then its loss stays high and noisy | lower its rate, or let it fall to zero | every
    step is η long, also near the minimum
    """
    bowl = noisy_bowl(kappa=kappa, noise=noise)
    sick = losses_on(bowl, optimizers.Lion(0.1))
    slow = losses_on(bowl, optimizers.Lion(0.02))
    cured = (
        slow
        if cure == "a fifth of the rate"
        else losses_on(bowl, optimizers.Lion(schedules.CosineDecay(0.1, 600)))
    )
    assert sick[40].mean() < slow[40].mean()
    assert 0.8 < sick[500:].mean() / sick[300:400].mean() < 1.25  # it no longer falls
    assert cured[-50:].mean() < sick[-50:].mean() / 2
    rng = np.random.default_rng(1)
    places = walk(
        optimizers.Lion(0.1), np.array(bowl.start), lambda w: bowl.gradient(w) + rng.normal(0, noise, 2)
    )
    assert np.allclose(abs(np.diff(places, axis=0)), 0.1)


@pytest.mark.parametrize("layer", ["multi-head", "grouped"])
@pytest.mark.parametrize("heads", [2, 4])
def test_what_muon_takes_for_a_hidden_matrix(layer, heads):
    """Muon is worse than AdamW | print what it orthogonalises, and name biases and the last layer in
    `exclude_layers` | Keras counts axes, so attention biases and the last layer count as hidden matrices

    In Keras's attention layers, Muon orthogonalises the biases of queries, keys and values and no kernel, unless you
    intervene.
    """
    as_it_comes = orthogonalised(transformer(layer, heads))
    attention = [path.split("/", 1)[1] for path in as_it_comes if "attention" in path]
    assert sorted(attention) == ["key/bias", "query/bias", "value/bias"]
    assert {path for path in as_it_comes if "attention" not in path} == {"hidden/kernel", "last/kernel"}
    assert orthogonalised(transformer(layer, heads), exclude_layers=["bias", "last"]) == ["hidden/kernel"]
    assert orthogonalised(transformer(layer, heads, False), exclude_layers=["last"]) == ["hidden/kernel"]


@pytest.mark.parametrize("shape", [(100, 100), (7, 300), (6, 5, 40)])
@pytest.mark.parametrize("relative_step", [True, False])
def test_keras_s_adafactor_keeps_the_whole_matrix(shape, relative_step):
    """Adafactor saves no memory | count the optimizer's variables | Keras keeps the whole $v$, too

    Count an optimizer's variables, because Keras's Adafactor keeps the whole $v$, too.
    """
    adafactor = keras.optimizers.Adafactor(relative_step=relative_step)
    rows_and_columns = np.prod(shape[:-1]) + np.prod([*shape[:-2], shape[-1]])
    assert numbers_kept(adafactor, shape) == np.prod(shape) + rows_and_columns
    assert any(tuple(v.shape) == shape for v in adafactor.variables)
    assert numbers_kept(keras.optimizers.Lion(), shape) < numbers_kept(adafactor, shape)  # saves no memory


@pytest.mark.parametrize("kappa", [pytest.param(1, id="κ = 1"), pytest.param(100, id="κ = 100")])
@pytest.mark.parametrize("beta_1", [pytest.param(0.5, id="β₁ = 0.5"), pytest.param(0.9, id="β₁ = 0.9")])
@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_schedule_free_is_read_at_x(kappa, beta_1, noise):
    """Schedule-Free looks bad on validation | validate $x$, the average | θ is only where the gradient is taken"""
    bowl, rule = noisy_bowl(kappa=kappa, noise=noise), optimizers.ScheduleFreeAdamW(0.1, beta_1)
    at_theta, at_x = losses_on(bowl, rule), losses_on(bowl, rule, read=rule.average)
    assert at_x[-50:].mean() < 0.9 * at_theta[-50:].mean()


@pytest.mark.parametrize("size_of_weights", [1e-2, 1e2])
@pytest.mark.parametrize("noise", [0.3, 3.0])
@pytest.mark.parametrize("curvature", ["equal", "κ = 10"])
def test_prodigy_settles(size_of_weights, noise, curvature):
    """Prodigy does not settle | let η fall from 1 to 0 | $d$ never falls"""
    rng = np.random.default_rng(0)
    start = size_of_weights * rng.normal(size=20)
    noises = noise * size_of_weights * rng.normal(size=(1000, 20))
    curvatures = np.ones(20) if curvature == "equal" else np.geomspace(0.1, 1, 20)
    left = {}
    for name, eta in (("constant", 1.0), ("to 0", schedules.CosineDecay(1.0, 1000))):
        rule, w, found, losses = optimizers.Prodigy(eta), start, [], []
        state = rule.init(w)
        for extra in noises:
            w, state = rule.update(w, curvatures * w + extra, state)
            found.append(state.d)
            losses.append(np.sum(curvatures * w**2))
        assert (np.diff(found) >= 0).all()
        left[name] = np.mean(losses[-20:])
    assert left["to 0"] < left["constant"] / 2


@pytest.mark.parametrize("gradient", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("steps", [10, 30])
def test_adadelta_at_its_default(gradient, steps):
    """the model looks frozen under `Adadelta()` | set the rate to 1, or use Adam | Keras's default of 0.001 makes
    every step a thousand times shorter
    """
    assert np.isclose(float(keras.optimizers.Adadelta().learning_rate), 0.001)
    frozen, gradients = keras.Variable([1.0, 2.0], dtype="float64"), np.full((steps, 2), gradient)
    optimizer = keras.optimizers.Adadelta()
    for g in gradients:
        optimizer.apply([tf.constant(g)], [frozen])
    start = np.array([1.0, 2.0])
    by_default, by_paper, by_adam = (
        walk(rule, start, gradients)
        for rule in (optimizers.Adadelta(), optimizers.Adadelta(1.0), optimizers.Adam())
    )
    assert np.allclose(frozen.numpy(), by_default[-1], atol=1e-9)
    assert abs(by_default[-1] - start).max() < 1e-3
    assert np.allclose(np.diff(by_paper, axis=0), 1000 * np.diff(by_default, axis=0), rtol=1e-4)
    assert (abs(by_adam[-1] - start) > 50 * abs(by_default[-1] - start)).all()


# What to remember


def uses_a_sign(w, g, places, state):
    assert np.allclose(abs(np.diff(places, axis=0)), 0.01)
    assert np.allclose(places[1] - w, -0.01 * np.sign(g[0]))


def uses_a_trust_ratio(w, g, places, state):
    lengths = [np.linalg.norm(after - before) / np.linalg.norm(before) for before, after in pairwise(places)]
    assert np.allclose(lengths, 0.01)


def uses_rows_and_columns(w, g, places, state):
    assert state.r.shape == w.shape[:1] and state.c.shape == w.shape[1:]
    assert np.allclose(state.v, np.outer(state.r, state.c) / state.r.mean())


def uses_an_orthogonalised_momentum(w, g, places, state):
    for step in np.diff(places, axis=0)[[0, 5, -1]]:
        values = np.linalg.svd(step / (0.01 * 0.2 * np.sqrt(max(w.shape))), compute_uv=False)
        assert values.max() < 1.3 and values.min() > 0.5


def uses_an_average(w, g, places, state):
    rule, at, states = optimizers.ScheduleFreeAdamW(0.01), w, [optimizers.ScheduleFreeAdamW(0.01).init(w)]
    for gradient in g:
        at, new = rule.update(at, gradient, states[-1])
        states.append(new)
    assert np.allclose(rule.average(places[-1], state), np.mean([it.z for it in states[1:]], axis=0))


def uses_two_sums(w, g, places, state):
    n = 0.1 + np.cumsum(g**2, axis=0)
    sigma = np.diff(np.sqrt(np.concatenate([np.full((1, *w.shape), 0.1), n])), axis=0) / 0.01
    z = np.sum(g - sigma * places[:-1], axis=0)
    assert np.allclose(places[-1], -0.01 / np.sqrt(n[-1]) * z)


KINDS = {
    "Lion": uses_a_sign,
    "Lamb": uses_a_trust_ratio,
    "Adafactor": uses_rows_and_columns,
    "Muon": uses_an_orthogonalised_momentum,
    "ScheduleFreeAdamW": uses_an_average,
    "Ftrl": uses_two_sums,
}


@pytest.mark.parametrize("rule", ["Lion", "Lamb", "Adafactor", "Muon", "ScheduleFreeAdamW", "Ftrl"])
@pytest.mark.parametrize("shape", [(4, 3), (3, 20)])
@pytest.mark.parametrize("size_of_gradients", [1e-2, 1.0, 1e2])
def test_what_each_one_uses(rule, shape, size_of_gradients):
    """Lion uses a sign, LAMB a trust ratio, Adafactor rows and columns, Muon an orthogonalised momentum,
    Schedule-Free an average, and FTRL two sums.
    """
    w, g = problem(shape, seed=0)
    arguments = {"weight_decay": 0} if rule == "Muon" else {}
    made, g = getattr(optimizers, rule)(0.01, **arguments), size_of_gradients * g
    at, state = w, made.init(w)
    for gradient in g:
        at, state = made.update(at, gradient, state)
    KINDS[rule](w, g, walk(made, w, g), state)


def soap_is_adam_along_rotated_axes(w, g):
    rule = optimizers.SOAP(0.01, 0.9, 0.999, precondition_frequency=1000)
    _, state = rule.update(w, g[0], rule.init(w))
    assert np.allclose(state.Q_L.T @ state.L @ state.Q_L, np.diag(np.linalg.eigvalsh(state.L)[::-1]))
    rotated = walk(
        optimizers.Adam(0.01, epsilon=1e-8), state.Q_L.T @ w @ state.Q_R, state.Q_L.T @ g[1:] @ state.Q_R
    )
    assert np.allclose(walk(rule, w, g)[1:], state.Q_L @ rotated @ state.Q_R.T)
    assert not np.allclose(walk(rule, w, g)[1:], walk(optimizers.Adam(0.01), w, g[1:]), atol=1e-3)


def ademamix_adds_a_slow_average(w, g):
    exact = {"epsilon": 0.0}
    both, adam = optimizers.AdEMAMix(0.01, beta_3=0.999, **exact), optimizers.Adam(0.01, **exact)
    slow, v = np.zeros_like(w), np.zeros_like(w)
    added = np.diff(walk(both, w, g), axis=0) - np.diff(walk(adam, w, g), axis=0)
    for t, (one, more) in enumerate(zip(g, added, strict=True), 1):
        slow, v = 0.999 * slow + 0.001 * one, 0.999 * v + 0.001 * one**2
        assert np.allclose(more, -0.01 * 5 * slow / np.sqrt(v / (1 - 0.999**t)))


def prodigy_estimates_a_distance(w, g):
    for distance in (1e-3, 1.0, 1e3):
        rule, at = optimizers.Prodigy(), w + distance * np.sign(g[0])
        state = rule.init(at)
        for _ in range(300):
            at, state = rule.update(at, np.abs(g).mean() * np.sign(at - w), state)
        assert 0.1 * distance < state.d <= distance


def sam_computes_two_gradients(w, g):
    asked, rule = [], optimizers.Adam(0.01)
    state, at = rule.init(w), w

    def gradient(place):
        asked.append(place)
        return np.abs(g[0]) * place

    for _ in range(10):
        uphill = optimizers.sam_point(at, gradient(at), 0.1)
        assert np.isclose(np.linalg.norm(uphill - at), 0.1)
        at, state = rule.update(at, gradient(uphill), state)
    assert len(asked) == 20


NEWER = {
    "SOAP": soap_is_adam_along_rotated_axes,
    "AdEMAMix": ademamix_adds_a_slow_average,
    "Prodigy": prodigy_estimates_a_distance,
    "SAM": sam_computes_two_gradients,
}


@pytest.mark.parametrize("which", ["SOAP", "AdEMAMix", "Prodigy", "SAM"])
@pytest.mark.parametrize("shape", [(4, 4), (3, 7)])
@pytest.mark.parametrize("size_of_gradients", [1e-2, 1.0, 1e2])
def test_what_the_newer_ones_do(which, shape, size_of_gradients):
    """SOAP is Adam along rotated axes, AdEMAMix adds a slow average, Prodigy estimates a distance, and SAM computes
    two gradients for each update.
    """
    w, g = problem(shape, seed=0)
    NEWER[which](w, size_of_gradients * g)


@pytest.mark.parametrize("width", [pytest.param(64, id="n = 64"), pytest.param(256, id="n = 256")])
@pytest.mark.parametrize("batch", [pytest.param(32, id="B = 32"), pytest.param(8192, id="B = 8,192")])
def test_what_muon_adds(width, batch):
    r"""Muon adds about $5n/B$ times the work of the two passes through an $n \times n$ kernel, so it is cheap if the
    batch is much larger than the layer is wide.
    """
    kernel = tf.TensorSpec((width, width))
    optimizer = keras.optimizers.Muon()
    muon = tf.function(lambda g: optimizer.zeropower_via_newtonschulz5(g, optimizer.ns_steps))

    @tf.function
    def passes(w, x):
        with tf.GradientTape() as tape:
            tape.watch([w, x])
            loss = tf.reduce_sum(tf.nn.relu(x @ w))
        return tape.gradient(loss, [w, x])

    def work(function, *inputs):
        """Count two operations for each product of two numbers in a matrix product."""
        total = 0
        for operation in function.get_concrete_function(*inputs).graph.get_operations():
            if "MatMul" in operation.type:
                inner = np.prod(operation.inputs[0].shape) * np.prod(operation.inputs[1].shape)
                total += 2 * int(
                    np.sqrt(inner * np.prod(operation.outputs[0].shape))
                )  # √(mk · kn · mn) = mkn
        return total

    ratio = work(muon, kernel) / work(passes, kernel, tf.TensorSpec((batch, width)))
    assert np.isclose(ratio, 5 * width / batch, rtol=0.01)
    assert (ratio < 0.2) == (batch > 25 * width)


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("gradients", ["fixed", "of least squares", "tiny"])
@pytest.mark.parametrize("shape", [(4, 3), (200,)])
def test_some_optimizers_contain_others(beta, gradients, shape):
    """Many optimizers contain others. With β₁ = 0 Adam is RMSprop with a corrected start, and with β₁ = β₂ Lion is
    the sign of a momentum.
    """
    w, g = least_squares(shape, 0) if gradients == "of least squares" else problem(shape, 0)
    g = 1e-6 * g if gradients == "tiny" else g
    adam = optimizers.Adam(0.01, 0.0, beta, epsilon=0.0)
    corrected = optimizers.RMSprop(lambda t: 0.01 * np.sqrt(1 - beta ** (t + 1)), beta, epsilon=0.0)
    uncorrected = optimizers.RMSprop(0.01, beta, epsilon=0.0)
    assert np.allclose(walk(adam, w, g), walk(corrected, w, g))
    assert not np.allclose(walk(adam, w, g), walk(uncorrected, w, g))
    lion, m = walk(optimizers.Lion(0.01, beta, beta), w, g), np.zeros(shape)
    for t, (before, after) in enumerate(pairwise(lion)):
        m = beta * m + (1 - beta) * (g(before) if callable(g) else g[t])
        assert np.allclose(after - before, -0.01 * np.sign(m))


# Check yourself


@pytest.mark.parametrize("size_of_noise", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("kappa", [pytest.param(1, id="κ = 1"), pytest.param(10, id="κ = 10")])
def test_from_adamw_to_lion(size_of_noise, kappa):
    """No: Lion moves every weight that has a gradient by all of η in every step, and in noise Adam's steps are much
    shorter than η.

    Nearly: a fifth of the rate is a good start, but the decay per step is ηλ, so you have cut that to a fifth as
    well.

    Right: Lion gets a third to a tenth of Adam's rate, and λ grows by the same factor, so that ηλ stays at 0.0003.
    """
    _, noise = problem((1000,), 0, count=300)
    adam, lion = (
        np.diff(walk(rule(1.0), np.zeros(1000), size_of_noise * noise), axis=0)[-50:]
        for rule in (optimizers.Adam, optimizers.Lion)
    )
    assert np.allclose(abs(lion), 1)
    without_gradient = walk(optimizers.Lion(1.0), np.ones(3), np.zeros((50, 3)))
    assert np.array_equal(without_gradient, np.ones((51, 3)))
    assert np.sqrt(np.mean(adam**2)) < 0.3
    assert np.isclose(0.003 * 0.1, 0.0003) and np.isclose(0.0006 * 0.5, 0.0003)
    assert np.isclose(0.0006 * 0.1 / 0.0003, 1 / 5)
    start = np.ones(3)  # what decay does without a gradient, after 500 steps
    left = [
        walk(rule, start, np.zeros((1, 3)))[-1] * (1 - eta * lam) ** 500
        for rule, eta, lam in ((optimizers.Adam(), 0.003, 0.1), (optimizers.Lion(), 0.0006, 0.5))
    ]
    assert np.allclose(*left)
    bowl = noisy_bowl(kappa=kappa, noise=1.0)
    at_adams, at_a_fifth, adams = (
        losses_on(bowl, rule)[-100:].mean()
        for rule in (optimizers.Lion(0.1), optimizers.Lion(0.02), optimizers.Adam(0.1))
    )
    assert at_a_fifth < 1.2 * adams < at_adams


def least_loss(rule, rate, smallest_input, starts):
    """Return the mean loss after 30 steps with a cosine on least squares from six inputs to six outputs, rotated."""
    rng, losses = np.random.default_rng(0), []
    target, turn = rng.normal(size=(6, 6)), np.linalg.qr(rng.normal(size=(6, 6)))[0]
    curvature = turn @ np.diag(np.geomspace(1, smallest_input, 6) ** 2) @ turn.T
    for _ in range(starts):
        made = rule(schedules.CosineDecay(rate, 30))
        places = walk(made, rng.normal(size=(6, 6)), lambda w: curvature @ (w - target))
        error = places[30] - target
        losses.append(np.sum(error * (curvature @ error)) / 2)
    return np.mean(losses)


@pytest.mark.parametrize("smallest_input", [0.1, 1.0])
@pytest.mark.parametrize("starts", [2, 8])
def test_a_shared_rate(smallest_input, starts):
    """No: Muon never ran at a rate of its own. In this chapter's comparison Adafactor gains ten points when it does.

    Right: a shared rate is tuned for only one of the two. Give each the same number of runs, and compare their best
    settings on new seeds.

    No: more seeds would answer the same wrong question more precisely.
    """
    (row,) = [line.split() for line in printed() if line.startswith("Adafactor ") and "±" in line]
    own, shared = float(row[3]), float(row[4])
    assert 9.5 <= 100 * (own - shared) <= 10.5
    rules = {"Adam": optimizers.Adam, "Muon": lambda rate: optimizers.Muon(rate, weight_decay=0)}
    loss = {
        (name, rate): least_loss(rule, rate, smallest_input, starts)
        for name, rule in rules.items()
        for rate in np.geomspace(0.01, 10, 7)
    }
    (_, of_adam), (_, of_muon) = (
        min((key for key in loss if key[0] == name), key=loss.get) for name in ("Adam", "Muon")
    )
    assert (
        loss["Muon", of_adam] > 1.5 * loss["Adam", of_adam]
    )  # at Adam's rate Muon loses, with any number of starts
    assert loss["Muon", of_muon] < 0.5 * loss["Adam", of_adam]  # and at its own it wins


def printed():
    for cell in json.loads(CHAPTER.read_text("utf8"))["cells"]:
        for output in cell.get("outputs", []):
            yield from "".join(output.get("text", [])).splitlines()
