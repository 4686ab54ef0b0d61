"""The traps on the cards of the optimizers."""

import keras
import numpy as np
import optax
import pytest
import tensorflow as tf

from lossopt import optimizers


def walk(rule, gradient, start, steps, penalty=0.0, decay=0.0):
    """Return the path under a rule; `decay` is the share that decoupled decay takes in each step."""
    w = np.asarray(start, float)
    state, path = rule.init(w), [w]
    for t in range(steps):
        g = gradient(w, t) + penalty * w
        w, state = rule.update(w * (1 - decay), g, state)
        path.append(w)
    return np.array(path)


def in_keras(optimizer, gradients, start):
    """Return the path of one float32 variable under a Keras optimizer."""
    weight, path = keras.Variable(start, dtype="float32"), [np.asarray(start, float)]
    for g in gradients:
        optimizer.apply([tf.constant(g, tf.float32)], [weight])
        path.append(weight.numpy())
    return np.array(path)


def angle(a, b):
    """Return the cosine between two gradients."""
    a, b = np.ravel(a), np.ravel(b)
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@pytest.mark.parametrize("kappa", [pytest.param(100, id="κ = 100"), pytest.param(1e4, id="κ = 10⁴")])
@pytest.mark.parametrize("directions", [2, 5])
def test_sgd(kappa, directions):
    """In Keras its default has no momentum and is slow along valleys; recipes that name SGD usually mean
    `momentum=0.9`.
    """
    assert keras.optimizers.SGD().momentum == 0
    curvature, start = np.geomspace(1, 1 / kappa, directions), np.ones(directions)
    left = {}
    for beta in (0.0, 0.9):
        path = walk(optimizers.SGD(1.0, momentum=beta), lambda w, t: curvature * w, start, int(kappa))
        left[beta] = np.linalg.norm(path[-1])
    assert left[0.0] > 0.3 and left[0.9] < 0.05


@pytest.mark.parametrize("size", [0.01, 1, 1000])
@pytest.mark.parametrize("gradient", ["constant", "random"])
def test_adagrad(size, gradient):
    """At Keras's default rate of 0.001 the weights hardly move; start near 0.1."""
    default = keras.optimizers.Adagrad()
    assert float(default.learning_rate) == pytest.approx(0.001)
    rng = np.random.default_rng(0)
    gradients = size * (np.ones(1000) if gradient == "constant" else 1 + rng.normal(size=1000))
    furthest = {
        rate: np.abs(walk(optimizers.Adagrad(rate), lambda w, t: gradients[t], 0.0, 1000)).max()
        for rate in (0.001, 0.1)
    }
    assert furthest[0.001] < 0.07
    assert furthest[0.1] == pytest.approx(100 * furthest[0.001])
    if size >= 1:
        assert furthest[0.1] > 3
    theirs = in_keras(default, gradients[:20], 0.0)
    ours = walk(optimizers.Adagrad(0.001), lambda w, t: gradients[t], 0.0, 20)
    np.testing.assert_allclose(theirs, ours, rtol=1e-3)


@pytest.mark.parametrize("curvature", [1.0, 100.0])
@pytest.mark.parametrize("start", [1.0, -3.0])
def test_adadelta(curvature, start):
    """At Keras's default learning rate of 0.001 it seems not to learn; set it to 1.0, the paper's."""
    assert float(keras.optimizers.Adadelta().learning_rate) == pytest.approx(0.001)
    losses = {
        rate: walk(optimizers.Adadelta(rate), lambda w, t: curvature * w, start, 3000)[-1] ** 2 / start**2
        for rate in (0.001, 1.0)
    }
    assert losses[0.001] > 0.97 and losses[1.0] < 0.01


@pytest.mark.parametrize("relative_curvature", [0.9, 1.1, 100.0])
@pytest.mark.parametrize(("rate", "epsilon"), [(0.001, 1e-7), (0.03, 1e-7), (0.001, 1e-10)])
@pytest.mark.parametrize("steps", [8000, 12000])
def test_rmsprop(relative_curvature, rate, epsilon, steps):
    """At a constant rate it fluctuates around the minimum if the curvature exceeds 2√ε/η, which is 0.63 at the
    defaults.
    """
    limit = 2 * np.sqrt(epsilon) / rate
    path = walk(
        optimizers.RMSprop(rate, epsilon=epsilon), lambda w, t: relative_curvature * limit * w, 1.0, steps
    )
    at_the_end = np.abs(path[-200:]).max()
    if relative_curvature < 1:
        assert at_the_end < 1e-6 * rate
    else:
        assert path[-200:].min() < 0 < path[-200:].max() and 0.1 * rate < at_the_end < rate
    default = keras.optimizers.RMSprop()
    assert (2 * np.sqrt(default.epsilon) / float(default.learning_rate)) == pytest.approx(0.63, abs=0.005)
    gradients = [1e-4, 3e-4, -1e-4]  # as small as √ε
    ours = walk(optimizers.RMSprop(0.001), lambda w, t: gradients[t], 0.0, 3)
    np.testing.assert_allclose(in_keras(default, gradients, 0.0), ours, rtol=1e-3)


@pytest.mark.parametrize("loud", [10, 1000])
@pytest.mark.parametrize("penalty", [0.001, 0.1])
def test_adam(loud, penalty):
    """Adam divides the gradient of an L2 penalty too, so weights with large gradients are hardly regularised."""
    sizes, eta, steps = np.array([loud, 0.1]), 0.01, 400

    def flips(w, t):
        return (-1) ** t * sizes

    without = walk(optimizers.Adam(eta), flips, np.ones(2), steps)[-1]
    lost = without - walk(optimizers.Adam(eta), flips, np.ones(2), steps, penalty)[-1]
    assert lost[0] < 1.1 * eta * steps * penalty / loud < 0.05
    assert lost[1] > 20 * lost[0]
    lost = without - walk(optimizers.Adam(eta), flips, np.ones(2), steps, decay=eta * penalty)[-1]
    assert lost[0] == pytest.approx(lost[1], rel=0.05)  # decay does not depend on the gradient


@pytest.mark.parametrize("optimizer", ["AdamW", "Muon"])
@pytest.mark.parametrize("heads", [1, 2])
def test_adamw(optimizer, heads):
    """By default Keras decays biases, γ and β too; exclude them by the end of `path`, as attention biases have two
    axes.
    """
    x = entry = keras.Input((3, 4))
    x = keras.layers.LayerNormalization()(keras.layers.MultiHeadAttention(heads, 2)(x, x))
    variables = keras.Model(entry, keras.layers.Dense(1)(x)).trainable_variables
    role = [v for v in variables if v.path.endswith(("bias", "gamma", "beta"))]

    def kept_still(excluded):
        both = {"adam_weight_decay": 0.5} if optimizer == "Muon" else {}
        theirs = getattr(keras.optimizers, optimizer)(0.1, weight_decay=0.5, **both)
        theirs.exclude_from_weight_decay(var_list=excluded)
        for v in variables:
            v.assign(np.ones(v.shape))
        theirs.apply([tf.zeros(v.shape) for v in variables], variables)
        return [v.path for v in variables if np.all(v == 1)]

    assert kept_still([]) == []
    assert kept_still(role) == [v.path for v in role]
    two_axes = [v for v in role if len(v.shape) == 2]
    assert len(two_axes) == 3 and all("attention" in v.path for v in two_axes)


@pytest.mark.parametrize("size", [0.01, 1.0])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("calm_before", [0, 50])
def test_adamax(size, sign, calm_before):
    """After one gradient 100 times the others, steps are 2.7 % of normal 1,000 updates later, and half after about
    3,900.
    """

    def gradient(w, t):
        return size * (100 * sign if t == calm_before else 1)

    path = walk(optimizers.Adamax(0.1), gradient, 0.0, calm_before + 4001)
    share = np.abs(np.diff(path)) / 0.1
    assert share[calm_before + 1000] == pytest.approx(0.027, abs=0.0005)
    half = np.argmax(share[calm_before + 200 :] >= 0.5) + 200
    assert half == pytest.approx(3900, abs=50)


@pytest.mark.parametrize("gradient", ["constant", "random", "shrinking"])
@pytest.mark.parametrize("steps", [5, 50])
def test_nadam(gradient, steps):
    """Keras, PyTorch and optax compute three different algorithms under this name."""
    rng = np.random.default_rng(0)
    gradients = {
        "constant": np.ones(50),
        "random": 1 + rng.normal(size=50),
        "shrinking": 0.9 ** np.arange(50),
    }[gradient]
    ends = [
        walk(optimizers.Nadam(0.1, momentum_decay=psi), lambda w, t: gradients[t], 0.0, steps)[-1]
        for psi in (1, 0.004, np.inf)
    ]
    theirs = in_keras(keras.optimizers.Nadam(0.1), gradients[:steps], 0.0)[-1]
    rule, w = optax.nadam(0.1, eps=1e-7), 0.0
    state = rule.init(w)
    for g in gradients[:steps]:
        update, state = rule.update(g, state)
        w = w + float(update)
    np.testing.assert_allclose([theirs, w], [ends[0], ends[2]], rtol=1e-4)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert abs(ends[a] - ends[b]) > 1e-3


@pytest.mark.parametrize("eta", [0.1, 0.001])
@pytest.mark.parametrize("shape", [(3,), (4, 2)])
@pytest.mark.parametrize("size_of_gradient", [0.01, 100.0])
def test_lamb(eta, shape, size_of_gradient):
    """A layer that starts at 0 has the norm 0, so its first step has the length of Adam's."""
    g = size_of_gradient * np.random.default_rng(0).normal(size=shape)
    for start, equal in ((np.zeros(shape), True), (np.full(shape, 5.0), False)):
        adam = optimizers.Adam(eta).update(start, g, optimizers.Adam(eta).init(start))[0] - start
        ours = optimizers.Lamb(eta).update(start, g, optimizers.Lamb(eta).init(start))[0] - start
        theirs = in_keras(keras.optimizers.Lamb(eta), [g], start)[1] - start
        np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-6)
        length = np.linalg.norm(ours) / np.linalg.norm(adam)
        assert length == pytest.approx(1 if equal else 5, rel=5e-3)


@pytest.mark.skipif(not hasattr(keras.optimizers, "ScheduleFreeAdamW"), reason="Keras 3.13 has none")
@pytest.mark.parametrize("beta_1", [0.9, 0.5])
@pytest.mark.parametrize("gradient", ["constant", "towards 3"])
def test_schedule_free(beta_1, gradient):
    """Predict with `average` and not with the weights; in Keras 3.15 on TensorFlow the weights are the average."""
    slope = (lambda w, t: 1.0) if gradient == "constant" else (lambda w, t: 2 * (w - 3))

    def ends(beta_1):
        rule, w = optimizers.ScheduleFreeAdamW(0.1, beta_1=beta_1), np.array(0.0)
        state = rule.init(w)
        for t in range(20):
            w, state = rule.update(w, slope(w, t), state)
        return w, rule.average(w, state)

    w, average = ends(beta_1)
    assert abs(w - average) > 0.02
    weight = keras.Variable(0.0)
    theirs = keras.optimizers.ScheduleFreeAdamW(0.1, beta_1=beta_1, warmup_steps=0)
    for t in range(20):
        theirs.apply([tf.convert_to_tensor(float(slope(weight.numpy(), t)))], [weight])
    only_the_average = ends(1.0)[0]
    assert weight.numpy() == pytest.approx(only_the_average, rel=1e-3)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e4])
@pytest.mark.parametrize("eta", [0.01, 0.001])
def test_lion(size, eta):
    """Its steps do not become shorter; use a third to a tenth of Adam's rate, and a schedule."""
    path = walk(optimizers.Lion(eta), lambda w, t: size * w, [1.0, -0.3], 3000)
    np.testing.assert_allclose(np.abs(np.diff(path, axis=0)), eta, rtol=1e-6)
    assert np.abs(path[-100:]).max() > 0.3 * eta  # at the minimum, and it does not settle
    adam = walk(optimizers.Adam(eta), lambda w, t: w, [1.0, -0.3], 3000)
    assert np.abs(path[-100:]).mean() > 3 * np.abs(adam[-100:]).mean()


@pytest.mark.parametrize("start", [1.0, -0.05])
@pytest.mark.parametrize("eta", [0.1, 0.001])
@pytest.mark.parametrize("g", [0.01, 0.3, 10.0])
def test_ftrl(start, eta, g):
    """Small gradients make it forget the initial weights: the first step keeps only the share 1 − √(0.1/(0.1 + g²))."""
    share = 1 - np.sqrt(0.1 / (0.1 + g**2))
    from_start = walk(optimizers.Ftrl(eta), lambda w, t: g, start, 1)[-1]
    from_zero = walk(optimizers.Ftrl(eta), lambda w, t: g, 0.0, 1)[-1]
    assert from_start - from_zero == pytest.approx(share * start)
    theirs = in_keras(keras.optimizers.Ftrl(eta), [g], start)[-1]
    assert theirs == pytest.approx(from_start, rel=1e-3, abs=1e-6)
    later = walk(optimizers.Ftrl(eta), lambda w, t: g, start, 50)[-1]
    later -= walk(optimizers.Ftrl(eta), lambda w, t: g, 0.0, 50)[-1]
    assert (abs(later) < 0.02 * abs(start)) == (g == 0.01)
    assert (share > 0.95) == (g == 10)  # so only small gradients do


@pytest.mark.parametrize("shape", [(100, 100), (30, 50), (7, 4, 6)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_adafactor(shape, dtype):
    """Keras stores the whole of v as well as its rows and columns, so it saves no memory."""
    weight = keras.Variable(np.ones(shape), dtype=dtype)
    theirs = keras.optimizers.Adafactor(0.01)
    theirs.build([weight])
    state = [tuple(v.shape) for v in theirs.variables]
    assert shape in state and shape[:-1] in state and (*shape[:-2], shape[-1]) in state
    stored = sum(int(np.prod(s)) for s in state if s)
    assert stored > np.prod(shape)


@pytest.mark.parametrize("classes", [3, 10])
@pytest.mark.parametrize("name", ["head", "last_layer"])
def test_muon(classes, name):
    """Keras treats the last layer like any other matrix, unless you name it in `exclude_layers`."""
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(6), keras.layers.Dense(classes, name=name)]
    )
    g = np.random.default_rng(0).normal(size=(6, classes))

    def step(**arguments):
        theirs = keras.optimizers.Muon(0.1, weight_decay=None, adam_weight_decay=None, **arguments)
        variables, before = model.trainable_variables, model.layers[-1].kernel.numpy()
        gradients = [g if v is model.layers[-1].kernel else np.zeros(v.shape) for v in variables]
        theirs.apply([tf.constant(it, tf.float32) for it in gradients], variables)
        return model.layers[-1].kernel.numpy() - before

    sizes = np.linalg.svd(step(), compute_uv=False)
    before = np.linalg.svd(g, compute_uv=False)
    assert sizes.max() / sizes.min() < 2 < before.max() / before.min()
    np.testing.assert_allclose(step(exclude_layers=[name]), -0.1 * np.sign(g), rtol=1e-3)


@pytest.mark.parametrize("shape", [(4, 4), (3, 6), (6, 3)])
@pytest.mark.parametrize("first", ["of full rank", "of rank 1"])
@pytest.mark.parametrize("every", [1, 10])
def test_soap(shape, first, every):
    """If the first gradient has a low rank, as in kernels that are not square, some axes are arbitrary and copies end
    apart.
    """
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(30, *shape))
    if first == "of rank 1":
        gradients[0] = np.outer(gradients[0, :, 0], gradients[0, 0])
    rule = optimizers.SOAP(0.1, precondition_frequency=every)
    rank = np.linalg.matrix_rank(gradients[0])

    def end(turned):
        """Start from other eigenvectors of the same two matrices, as another eigenvalue solver may return them."""
        w, state = rule.update(np.zeros(shape), gradients[0], rule.init(np.zeros(shape)))
        if turned:
            bases = {}
            for name, P in (("Q_L", state.L), ("Q_R", state.R)):
                Q = getattr(state, name) * rng.choice([-1, 1], len(P))
                Q[:, rank:] @= np.linalg.qr(rng.normal(size=(len(P) - rank,) * 2))[0]
                np.testing.assert_allclose(Q.T @ P @ Q, np.diag(np.diag(Q.T @ P @ Q)), atol=1e-12)
                bases[name] = Q
            state = state._replace(**bases)
        for g in gradients[1:]:
            w, state = rule.update(w, g, state)
        return w

    apart = np.abs(end(turned=True) - end(turned=False)).max()
    if first == "of full rank" and shape == (4, 4):
        assert apart < 1e-9
    else:
        assert apart > 0.05  # half a step


@pytest.mark.parametrize("size", [1e-3, 1.0, 100.0])
@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("beta_3", [pytest.param(0.99, id="β₃ = 0.99"), pytest.param(0.999, id="β₃ = 0.999")])
def test_ademamix(size, noise, beta_3):
    """Where gradients agree its steps end 1 + α times as long as Adam's, six times by default, so lower the rate."""
    rng = np.random.default_rng(0)
    steps = int(6 / (1 - beta_3))
    gradients = size * (1 + noise * rng.normal(size=steps))
    slow = optimizers.AdEMAMix(0.01, beta_3=beta_3)
    assert 1 + slow.alpha == 6
    for alpha in (5.0, 2.0):
        lengths = [
            np.abs(np.diff(walk(rule, lambda w, t: gradients[t], 0.0, steps)))[-50:].mean()
            for rule in (optimizers.AdEMAMix(0.01, beta_3=beta_3, alpha=alpha), optimizers.Adam(0.01))
        ]
        assert lengths[0] / lengths[1] == pytest.approx(1 + alpha, rel=0.05)


@pytest.mark.parametrize("distance", [0.01, 100.0])
@pytest.mark.parametrize("noise", [0.1, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_prodigy(distance, noise, seed):
    """d never falls, so in noisy gradients it settles only if a schedule lowers η to 0."""
    rng = np.random.default_rng(seed)
    start, gradients = distance * np.ones(20), noise * distance * rng.normal(size=(1000, 20))
    left = {}
    for name, eta in (("constant", 1.0), ("to 0", lambda t: 1 - t / 1000)):
        rule, w, found = optimizers.Prodigy(eta), start, []
        state = rule.init(w)
        for g in gradients:
            w, state = rule.update(w, w + g, state)
            found.append(state.d)
        assert (np.diff(found) >= 0).all()
        left[name] = np.sqrt(np.mean(w**2)) / distance
    assert left["to 0"] < left["constant"] / 2


@pytest.mark.parametrize("rule", ["SGD", "SGD with momentum", "Adam"])
@pytest.mark.parametrize("limit", [1.0, 0.1])
def test_clip_by_global_norm(rule, limit):
    """If it clips at every step, it acts as a learning rate of SGD; Adam divides a constant factor out again."""
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(50, 4)) + np.array([3, 0, 1, -2])
    gradients *= 20 / np.linalg.norm(gradients, axis=1, keepdims=True)
    make = {
        "SGD": lambda eta: optimizers.SGD(eta),
        "SGD with momentum": lambda eta: optimizers.SGD(eta, momentum=0.9),
        "Adam": lambda eta: optimizers.Adam(eta, epsilon=1e-12),
    }[rule]

    def end(eta, limit):
        def clipped(w, t):
            return optimizers.clip_by_global_norm({"w": gradients[t]}, limit)["w"]

        return walk(make(eta), clipped, np.zeros(4), 50)[-1]

    free = walk(make(0.01), lambda w, t: gradients[t], np.zeros(4), 50)[-1]
    if rule == "Adam":
        np.testing.assert_allclose(end(0.01, limit), free, rtol=1e-6)
    else:
        np.testing.assert_allclose(end(0.01, limit), free * limit / 20)
        np.testing.assert_allclose(end(0.02, limit), end(0.01, 2 * limit))


@pytest.mark.parametrize("where", ["here", "Keras"])
@pytest.mark.parametrize("norms", [(5.0, 0.5), (50.0, 5.0)], ids=["5 and 0.5", "50 and 5"])
def test_clip_by_norm(where, norms):
    """The direction of the model's gradient changes, because norms of 5 and 0.5 become 1 and 0.5."""
    gradients = [norms[0] * np.array([0.6, 0.8]), norms[1] * np.array([1.0, 0.0, 0.0])]
    if where == "here":
        clipped = [optimizers.clip_by_norm(g, 1.0) for g in gradients]
    else:
        variables = [keras.Variable(np.zeros(2)), keras.Variable(np.zeros(3))]
        sgd = keras.optimizers.SGD(1.0, clipnorm=1.0)
        sgd.apply([tf.constant(g, tf.float32) for g in gradients], variables)
        clipped = [-v.numpy() for v in variables]
    assert [np.linalg.norm(it) for it in clipped] == pytest.approx([1, min(norms[1], 1)], rel=1e-5)
    assert angle(np.concatenate(clipped), np.concatenate(gradients)) < 0.97
    for a, b in zip(clipped, gradients, strict=True):
        assert angle(a, b) == pytest.approx(1)  # each variable keeps its own


@pytest.mark.parametrize("where", ["here", "Keras"])
@pytest.mark.parametrize("limit", [0.5, 2.0])
def test_clip_by_value(where, limit):
    """The direction also changes within a variable."""
    g = np.array([3.0, -4.0, 0.3])
    if where == "here":
        clipped = optimizers.clip_by_value(g, limit)
    else:
        clipped = -in_keras(keras.optimizers.SGD(1.0, clipvalue=limit), [g], np.zeros(3))[-1]
    np.testing.assert_allclose(clipped, [limit, -limit, 0.3], rtol=1e-5)
    assert angle(clipped, g) < 0.995


@pytest.mark.parametrize("curvature", [0.3, 1.0, 10.0])
@pytest.mark.parametrize("rho", [pytest.param(0.05, id="ρ = 0.05"), pytest.param(0.5, id="ρ = 0.5")])
@pytest.mark.parametrize("weights", [1, 3])
def test_sam_point(curvature, rho, weights):
    """Near a minimum of curvature λ the second gradient keeps the size λρ, so at a constant rate SGD does not
    settle.
    """

    def gradient(w, t=None):
        return curvature * w

    near = 1e-6 * np.random.default_rng(0).normal(size=weights)
    second = gradient(optimizers.sam_point(near, gradient(near), rho))
    assert np.linalg.norm(second) == pytest.approx(curvature * rho, rel=1e-3)
    rule, steps = optimizers.SGD(0.02), 200 + int(20 / (0.02 * curvature))
    plain = walk(rule, gradient, np.ones(weights), steps)[-100:]
    sharp = walk(
        rule, lambda w, t: gradient(optimizers.sam_point(w, gradient(w), rho)), np.ones(weights), steps
    )[-100:]
    assert np.linalg.norm(plain, axis=1).max() < 1e-6
    bounce = 0.02 * curvature * rho / (2 - 0.02 * curvature)
    assert np.linalg.norm(sharp, axis=1).max() == pytest.approx(bounce, rel=0.5)


@pytest.mark.parametrize("rule", ["SGD", "SGD with momentum", "Adam"])
@pytest.mark.parametrize("lam", [pytest.param(0.1, id="λ = 0.1"), 0.01])
def test_decay_weights(rule, lam):
    """Except under plain SGD it differs from an L2 penalty, which passes through momentum and Adam's division."""
    make = {
        "SGD": optimizers.SGD(0.1),
        "SGD with momentum": optimizers.SGD(0.1, momentum=0.9),
        "Adam": optimizers.Adam(0.1),
    }[rule]
    gradients = np.random.default_rng(0).normal(size=(50, 3))
    start = np.array([1.0, -2.0, 0.5])
    penalty = walk(make, lambda w, t: gradients[t], start, 50, penalty=lam)[-1]
    decay = walk(make, lambda w, t: gradients[t], start, 50, decay=0.1 * lam)[-1]
    if rule == "SGD":
        np.testing.assert_allclose(penalty, decay, rtol=1e-10)
    else:
        assert np.abs(penalty - decay).max() > 0.01
    np.testing.assert_allclose(optimizers.decay_weights(start, 0.1, lam), start * (1 - 0.1 * lam))


@pytest.mark.parametrize("where", ["here", "Keras"])
@pytest.mark.parametrize("start", [1.0, -20.0])
def test_average_weights(where, start):
    """With 0.99 the start still has a weight of 37 % after 100 steps; batch-norm statistics are not averaged."""
    if where == "here":
        average = optimizers.average_weights(None, np.array([start]))
        for _ in range(100):
            average = optimizers.average_weights(average, np.zeros(1))
        assert average[0] / start == pytest.approx(0.37, abs=0.005)
        return
    layer = keras.layers.BatchNormalization(momentum=0.5)
    model = keras.Sequential([keras.Input((1,)), layer])
    sgd = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.99)
    sgd.build(model.trainable_variables)
    layer.gamma.assign([start])
    gradients = [np.zeros(1)] + [np.full(1, start)] + [np.zeros(1)] * 99  # it jumps to 0 in the second step
    for g in gradients:
        model(np.full((4, 1), 7.0), training=True)
        sgd.apply([tf.constant(g, tf.float32), tf.zeros(1)], model.trainable_variables)
    before = layer.moving_mean.numpy().item()
    sgd.finalize_variable_values(model.trainable_variables)
    assert layer.gamma.numpy().item() / start == pytest.approx(0.37, abs=0.005)
    assert layer.moving_mean.numpy().item() == before == pytest.approx(7)  # that of the last batches
