"""What the chapter *Momentum* claims."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossopt import data, surfaces
from lossopt.optimizers import SGD, Adam


def solutions(a, beta):
    """Return the two solutions r of the heavy ball in a direction with ηλ = a."""
    return np.roots([1, -(1 + beta - a), beta])


def shrink(a, beta):
    """Return the share of the distance that a step of the heavy ball leaves in the long run, for many ηλ = a."""
    half = (1 + beta - np.asarray(a)) / 2
    root = np.sqrt(half**2 - beta + 0j)
    return np.maximum(np.abs(half + root), np.abs(half - root))


def nesterov_shrink(a, beta):
    half = (1 + beta) * (1 - np.asarray(a)) / 2
    root = np.sqrt(half**2 - beta * (1 - np.asarray(a)) + 0j)
    return np.maximum(np.abs(half + root), np.abs(half - root))


def steps_in_the_long_run(eta, beta, kappa):
    """Return the steps to a millionth on a bowl with the curvatures 1 and κ, infinite if it diverges."""
    slowest = max(shrink(eta, beta), shrink(eta * kappa, beta))
    return np.log(1e-6) / np.log(slowest) if slowest < 1 else np.inf


def best(beta, kappa):
    """Return the fewest steps for this β, and the η at which they are enough."""
    rates = np.geomspace(0.01, 4.2, 3000) / kappa
    slowest = np.maximum(shrink(rates, beta), shrink(rates * kappa, beta))
    eta = rates[slowest.argmin()]
    return steps_in_the_long_run(eta, beta, kappa), eta


def polyak(kappa):
    root = np.sqrt(kappa)
    return (2 / (root + 1)) ** 2, ((root - 1) / (root + 1)) ** 2


def steps_needed(kappa, eta, beta, target=1e-4):
    """Return the steps that are really needed on that bowl."""
    curvature, theta, m, steps = np.array([1.0, kappa]), np.ones(2), np.zeros(2), 0
    while np.abs(theta).max() > target:
        m = beta * m - eta * curvature * theta
        theta, steps = theta + m, steps + 1
    return steps


def heavy_ball(gradient, theta, eta, beta, steps):
    path, m = [np.array(theta, float)], np.zeros_like(theta, float)
    for _ in range(steps):
        m = beta * m - eta * gradient(path[-1])
        path.append(path[-1] + m)
    return np.array(path)


def walk(rule, gradient, theta, steps):
    """Return the path of one of the package's rules."""
    path, state = [np.array(theta, float)], rule.init(np.array(theta, float))
    for _ in range(steps):
        w, state = rule.update(path[-1], gradient(path[-1]), state)
        path.append(w)
    return np.array(path)


def network_loss(seed, beta, rate, hidden=32, batch=16, steps=200):
    """Return the training loss of a small relu network on the digits after a linear fall of the rate to 0."""
    (x, y), _, _ = data.digits()
    target = np.eye(10)[y.astype(int)]
    rng = np.random.default_rng(seed)
    w = [
        rng.uniform(-1, 1, (64, hidden)) * np.sqrt(6 / (64 + hidden)),
        np.zeros(hidden),
        rng.uniform(-1, 1, (hidden, 10)) * np.sqrt(6 / (hidden + 10)),
        np.zeros(10),
    ]
    velocity = [np.zeros_like(v) for v in w]

    def outputs(rows):
        inner = np.maximum(x[rows] @ w[0] + w[1], 0)
        scores = inner @ w[2] + w[3]
        scores -= scores.max(1, keepdims=True)
        return inner, scores - np.log(np.exp(scores).sum(1, keepdims=True))

    for step in range(steps):
        rows = rng.permutation(len(x))[:batch]
        inner, log_p = outputs(rows)
        d = (np.exp(log_p) - target[rows]) / batch
        back = (d @ w[2].T) * (inner > 0)
        for v, m, g in zip(w, velocity, (x[rows].T @ back, back.sum(0), inner.T @ d, d.sum(0)), strict=True):
            m *= beta
            m -= rate * (1 - step / steps) * g
            v += m
    return -np.mean(np.sum(target * outputs(slice(None))[1], axis=1))


# When something is wrong


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("hidden", [32, 128])
def test_momentum_at_the_old_rate(seed, hidden):
    """since momentum was added to a tuned run, the loss sticks far above its old value | multiply η by 1 − β | at the
    old η, β = 0.9 makes the effective rate ten times as large
    """
    tried = {rate: network_loss(seed, 0.0, rate, hidden) for rate in (0.4, 0.8, 1.6)}
    rate = min(tried, key=tried.get)
    assert rate == 0.8  # the tuned run, inside its grid
    assert network_loss(seed, 0.9, rate, hidden) > max(1, 5 * tried[rate])
    assert network_loss(seed, 0.9, rate * (1 - 0.9), hidden) < 1.1 * tried[rate]
    path = heavy_ball(lambda w: np.ones(1), np.zeros(1), 1.0, 0.9, 300)
    assert np.isclose(path[-2] - path[-1], 1 / (1 - 0.9)) and np.isclose(1 / (1 - 0.9), 10)


@pytest.mark.parametrize("wave", [20, 60])
@pytest.mark.parametrize("beta", [0.95, 0.99])
def test_slow_waves(wave, beta):
    """the loss rises and falls in slow waves | lower β, or try `nesterov=True` | an under-damped direction shrinks by
    √β per step, regardless of η
    """
    a = (2 * np.pi / wave) ** 2  # ηλ of such a wave

    def loss(a, beta, **nesterov):
        return walk(SGD(1.0, beta, **nesterov), lambda w: a * w, [1.0], 400)[:, 0] ** 2

    waves = loss(a, beta)
    tops = 1 + np.flatnonzero((waves[1:-1] > waves[:-2]) & (waves[1:-1] > waves[2:]))
    assert np.allclose(np.diff(tops[:6]), wave / 2, atol=0.06 * wave)  # twice in each wave of the weight
    for share in (0.5, 1.0, 2.0):  # of η
        waves = loss(share * a, beta)
        fade = np.polyfit([100, 300], np.log([waves[t : t + 100].max() for t in (100, 300)]), 1)[0] / 2
        assert np.isclose(np.exp(fade), np.sqrt(beta), atol=2e-3)
    later = waves = loss(a, beta)[200:].max()
    assert loss(a, beta, nesterov=True)[200:].max() < later / 3
    assert loss(a, beta - 0.05)[200:].max() < later / 3
    assert loss(a, (1 - np.sqrt(a)) ** 2)[200:].max() < later / 1e3


@pytest.mark.parametrize("kappa", [pytest.param(1e3, id="κ = 1,000"), pytest.param(1e5, id="κ = 100,000")])
@pytest.mark.parametrize("beta", [0.0, 0.5])
def test_creeping(kappa, beta):
    """the loss creeps, and a larger η diverges | raise β, and tune η again | flat directions are over-damped"""
    steps, eta = best(beta, kappa)
    assert steps_in_the_long_run(1.05 * eta, beta, kappa) == np.inf
    for flat in (1, 2):  # curvatures, of 1 to κ
        creeping = solutions(eta * flat, beta)
        assert np.isreal(creeping).all() and abs(creeping).max() > 0.97
    assert best(0.9, kappa)[0] < steps / 5
    assert np.iscomplex(solutions(best(0.9, 1e3)[1], 0.9)).all()  # at κ = 1,000 even the flattest oscillates


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_a_new_optimizer_forgets(optimizer, mode):
    """a schedule starts over after `compile` | make the optimizer once | a new optimizer has step count and velocity
    0
    """

    def make():
        rate = keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.1, 0.01])
        if optimizer == "SGD":
            return keras.optimizers.SGD(rate, momentum=0.9)
        return keras.optimizers.Adam(rate)

    def state():
        hidden = [v.numpy() for v in model.optimizer.variables if "momentum" in v.path]
        size = sum(np.abs(v).sum() for v in hidden)
        return int(model.optimizer.iterations), size, float(model.optimizer.learning_rate)

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    x = np.arange(1.0, 4.0, dtype="float32")[:, None]
    for new in (True, False, True):
        before = state() if not new else None
        model.compile(make() if new else model.optimizer, loss="mse", run_eagerly=mode == "eager")
        if before:
            assert state() == before and before[0] == 3 and before[1] > 0 and np.isclose(before[2], 0.01)
        else:
            model.optimizer.build(model.trainable_variables)
            assert state()[:2] == (0, 0) and np.isclose(state()[2], 0.1)
        model.fit(x, 2 * x + 1, batch_size=1, verbose=0)


@pytest.mark.parametrize("form", ["θ + m", "θ − m"])
@pytest.mark.parametrize("surface", ["bowl", "ravine", "Beale"])
@pytest.mark.parametrize("eta", [1e-2, 1e-4, 1e-6])
def test_a_wrong_sign(form, surface, eta):
    """the loss rises smoothly from step 1 at every η | compute one step by hand | with a wrong sign the ball rolls
    uphill
    """
    ground = {"bowl": surfaces.bowl(50), "ravine": surfaces.ravine, "Beale": surfaces.beale}[surface]
    sign = 1 if form == "θ + m" else -1

    def losses(sign_of_gradient, steps=60):
        w, m, values = np.array(ground.start, float), np.zeros(2), []
        for step in range(steps):
            g = ground.gradient(w)
            if step == 0:
                first = g
            m = 0.9 * m + sign_of_gradient * sign * eta * g
            w = w + sign * m
            if step == 0:
                assert np.allclose(w - ground.start, sign_of_gradient * eta * first)  # right: −ηg
            values.append(ground(w))
            if values[-1] > 1e6:
                break
        return np.array([ground(ground.start), *values])

    assert (np.diff(losses(1)) > 0).all()
    right = losses(-1)
    assert eta == 1e-2 or right[-1] < right[0]


@pytest.mark.parametrize("implementation", ["lossopt", "Keras"])
@pytest.mark.parametrize("kappa", [1, 50])
def test_nesterov_tolerates_less(implementation, kappa):
    """training diverges since `nesterov=True` | lower η | at β = 0.9 it tolerates ηλ = 1.36, the heavy ball 3.8"""
    curvature = np.array([1.0, kappa])

    def far(a, nesterov):
        if implementation == "lossopt":
            return np.abs(
                walk(SGD(a / kappa, 0.9, nesterov), lambda w: curvature * w, np.ones(2), 400)[-1]
            ).max()
        rule = keras.optimizers.SGD(a / kappa, momentum=0.9, nesterov=nesterov)
        w = keras.Variable([1.0, 1.0])
        rule.build([w])

        @tf.function
        def run():
            for _ in tf.range(400):
                rule.apply([tf.constant(curvature, tf.float32) * w], [w])

        run()
        return np.abs(w.numpy()).max()

    assert far(1.33, True) < 1e-2 and not far(1.39, True) < 1e2  # or nan
    assert far(3.7, False) < 1e-2 and not far(3.9, False) < 1e2
    a = np.arange(0.0005, 5, 0.001)
    limits = [a[rule(a, 0.9) < 1].max() for rule in (nesterov_shrink, shrink)]
    assert np.allclose(limits, [2 * 1.9 / 2.8, 3.8], atol=2e-3) and round(2 * 1.9 / 2.8, 2) == 1.36


@pytest.mark.parametrize("beta", [0.5, 0.9])
@pytest.mark.parametrize("new", [0.001, 0.005, 0.02])
@pytest.mark.parametrize("surface", ["ravine", "Beale"])
def test_after_a_drop_of_the_rate(beta, new, surface):
    """PyTorch and Keras agree until the rate drops | rescale the velocity (exercise 5) | Keras's velocity holds the old
    rate
    """
    ground = {"ravine": surfaces.ravine, "Beale": surfaces.beale}[surface]

    def rate(t):
        return 0.01 if t < 20 else new

    keras_path, torch_path = (
        walk(SGD(rate, beta, rate_in_velocity=inside), ground.gradient, ground.start, 40)
        for inside in (True, False)
    )
    apart = np.linalg.norm(keras_path - torch_path, axis=1)
    assert apart[:21].max() < 1e-12 and apart[21] > 1e-4
    w, m = np.array(ground.start, float), np.zeros(2)
    for t in range(40):
        m = m * rate(t) / rate(max(t - 1, 0))
        m = beta * m - rate(t) * ground.gradient(w)
        w = w + m
    assert np.allclose(w, torch_path[-1])


@pytest.mark.parametrize("beta", [0.9, 0.99])
@pytest.mark.parametrize("kappa", [1, 50])
def test_a_recipe_that_averages(beta, kappa):
    """a recipe whose velocity averages diverges in Keras | multiply η by 1 − β | Keras has no factor 1 − β"""
    curvature, eta, steps = np.array([1.0, kappa]), 5 / kappa, 60
    w, m, path = np.ones(2), np.zeros(2), [np.ones(2)]
    for _ in range(steps):
        m = beta * m + (1 - beta) * curvature * w
        w = w - eta * m
        path.append(w)
    assert np.abs(path).max() < 2
    assert np.abs(walk(SGD(eta, beta), lambda w: curvature * w, np.ones(2), steps)).max() > 1e6
    assert np.allclose(walk(SGD(eta * (1 - beta), beta), lambda w: curvature * w, np.ones(2), steps), path)


# Check yourself


@pytest.mark.parametrize("kappa", [200, 1000])
def test_nine_times_the_condition_number(kappa):
    """No: a constant factor would be a different learning rate, but momentum changes the *power* of κ.

    Right: the steps grow with κ for plain gradient descent and with √κ for momentum.

    No: the steps of plain gradient descent grow with κ, not with √κ, and those of momentum grow as well.

    No: these would be κ² and κ.
    """
    plain = [steps_needed(k, 2 / (k + 1), 0.0) for k in (kappa, 9 * kappa)]
    slower = [steps_needed(k, 1 / k, 0.0) for k in (kappa, 9 * kappa)]
    momentum = [steps_needed(k, *polyak(k)) for k in (kappa, 9 * kappa)]
    assert np.isclose(plain[1] / plain[0], 9, rtol=0.01)
    assert np.isclose(slower[1] / slower[0], 9, rtol=0.01) and np.isclose(slower[0] / plain[0], 2, rtol=0.02)
    assert np.isclose(momentum[1] / momentum[0], 3, rtol=0.1) and momentum[1] > 2 * momentum[0]
    assert (np.sqrt(9), 9**2) == (3, 81)


@pytest.mark.parametrize("a", [pytest.param(0.03, id="ηλ = 0.03"), pytest.param(3.0, id="ηλ = 3")])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_half_the_rate_and_the_same_pace(a, dtype):
    """Nearly: it stays the same, but β is the *product* of two solutions of equal size, so each is √β.

    No: half the rate means half the pace for plain gradient descent at small rates, which does not oscillate.

    No: friction takes its share of the velocity regardless of η.

    Right: where the ball oscillates, the factor is √β = 0.9 at every rate and curvature. A smaller rate only makes the
    waves longer.
    """
    beta = 0.81
    crossings = []
    for share in (1, 0.5):
        pair = solutions(share * a, beta)
        assert np.iscomplex(pair).all() and np.isclose(np.prod(pair), beta) and np.allclose(abs(pair), 0.9)
        matrix = np.array([[1 - share * a, beta], [-share * a, beta]])
        assert np.isclose(np.linalg.det(matrix), beta)  # of position and velocity, at every η
        theta, m, path = np.ones(1, dtype), np.zeros(1, dtype), []
        for _ in range(400):
            m = (beta * m - share * a * theta).astype(dtype)
            theta = theta + m
            path.append(float(theta[0]))
        tops = [np.abs(path[t : t + 100]).max() for t in (0, 200)]
        assert np.isclose((tops[1] / tops[0]) ** (1 / 200), 0.9, atol=0.005)
        crossings.append(np.count_nonzero(np.diff(np.sign(path[:200]))))
    assert crossings[1] < crossings[0]  # longer waves
    plain = [1 - 0.02, 1 - 0.01]
    assert min(plain) > 0 and np.isclose(np.log(plain[1]) / np.log(plain[0]), 0.5, atol=0.01)
    assert round(np.sqrt(0.9), 2) == 0.95 and round(0.9 / 2, 2) == 0.45


@pytest.mark.parametrize("change", ["schedule", "assigned"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_the_step_after_a_drop_in_keras(change, mode):
    """Right: the velocity was 1 / (1 − 0.5) = 2. Half of it stays, and the new rate adds 0.1.

    No: that is PyTorch's step, 0.1 times a velocity of 2.

    No: that was the step before the drop, and friction takes half of it.

    No: that would be a ball without memory.
    """
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([59], [1.0, 0.1])
    rule = keras.optimizers.SGD(schedule if change == "schedule" else 1.0, momentum=0.5)
    w = keras.Variable([0.0])
    rule.build([w])

    def apply():
        rule.apply([tf.ones(1)], [w])

    apply = tf.function(apply) if mode == "compiled" else apply
    path = [0.0]
    for step in range(61):
        if step == 60 and change == "assigned":
            rule.learning_rate = 0.1
        apply()
        path.append(float(w.numpy()[0]))
    steps = -np.diff(path)
    assert np.allclose(steps[-2:], [2.0, 1.1], atol=1e-5)

    def rate(t):
        return 1.0 if t < 60 else 0.1

    outside = walk(SGD(rate, 0.5, rate_in_velocity=False), np.ones_like, np.zeros(1), 61)
    forgetful = walk(SGD(rate), np.ones_like, np.zeros(1), 61)
    assert np.isclose(outside[-2] - outside[-1], 0.2) and np.isclose(forgetful[-2] - forgetful[-1], 0.1)


# What to remember


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.99])
@pytest.mark.parametrize(
    "scale", [pytest.param(1.0, id="gradients of size 1"), pytest.param(1e-4, id="of 0.0001")]
)
def test_a_sum_of_past_gradients(beta, scale):
    """The velocity is a sum of past gradients. Those that alternate add up to less than one of them, those that agree
    to 1/(1 − β) of them.
    """
    gradients = np.random.default_rng(0).normal(size=(50, 1))
    state = SGD(1.0, beta).init(np.zeros(1))
    for g in gradients:
        _, state = SGD(1.0, beta).update(np.zeros(1), g, state)
    assert np.isclose(state.m[0], -np.sum(beta ** np.arange(50) * gradients[::-1, 0]))
    for signs, expected in ((np.ones(4000), 1 / (1 - beta)), (np.tile([1.0, -1.0], 2000), 1 / (1 + beta))):
        state = SGD(1.0, beta).init(np.zeros(1))
        for sign in signs:
            _, state = SGD(1.0, beta).update(np.zeros(1), scale * np.array([sign]), state)
        assert np.isclose(abs(state.m[0]), scale * expected)
    assert 1 / (1 + beta) < 1


@pytest.mark.parametrize("kappa", [pytest.param(30, id="κ = 30"), pytest.param(1e4, id="κ = 10,000")])
def test_root_of_the_condition_number(kappa):
    """A direction that oscillates shrinks by √β per step, regardless of its curvature. So at the best η and β the steps
    on a bowl grow with √κ instead of κ.
    """
    for beta in (0.5, 0.9, 0.99):
        low, high = (1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2  # between them it oscillates
        assert np.allclose(shrink(np.linspace(1.001 * low, 0.999 * high, 50), beta), np.sqrt(beta))

    def fewest(kappa):
        betas = 1 - np.geomspace(0.2, 5, 60) * (1 - polyak(kappa)[1])
        return min(best(beta, kappa)[0] for beta in betas[betas >= 0])

    eta, beta = polyak(kappa)
    assert np.isclose(shrink(eta, beta), np.sqrt(beta)) and np.isclose(
        shrink(eta * kappa, beta), np.sqrt(beta)
    )
    assert fewest(kappa) > 0.999 * np.log(1e-6) / np.log(np.sqrt(beta))  # no η and β are better than Polyak's
    power = np.log(fewest(16 * kappa) / fewest(kappa)) / np.log(16)
    assert np.isclose(power, 0.5, atol=0.03)
    assert np.isclose(np.log(best(0.0, 16 * kappa)[0] / best(0.0, kappa)[0]) / np.log(16), 1, atol=0.03)


@pytest.mark.parametrize(
    "method", ["plain", "heavy ball", "Nesterov", "conjugate gradients", "Adam", "random"]
)
@pytest.mark.parametrize("kappa", [10, 100, 1000])
def test_no_method_beats_the_root(method, kappa):
    """No method that starts at 0 and only combines past gradients beats √κ on every bowl."""
    n, steps = 240, 50
    q = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    chain = np.eye(n) + (kappa - 1) / 4 * (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1))
    curvatures = np.linalg.eigvalsh(chain)
    assert 1 <= curvatures[0] and curvatures[-1] <= kappa  # a bowl of this condition number, or a rounder one
    pull = np.zeros(n)
    pull[0] = (kappa - 1) / 4
    minimum = np.linalg.solve(chain, pull)
    assert np.allclose(minimum, q ** np.arange(1, n + 1), atol=1e-6)

    def gradient(w):
        return chain @ w - pull

    if method == "conjugate gradients":  # the best combination, with both factors chosen anew in every step
        w, r, path = np.zeros(n), pull.copy(), [np.zeros(n)]
        p = r.copy()
        for _ in range(steps):
            alpha = r @ r / (p @ chain @ p)
            w = w + alpha * p
            new = r - alpha * chain @ p
            r, p = new, new + new @ new / (r @ r) * p
            path.append(w)
        path = np.array(path)
    elif method == "random":
        rng = np.random.default_rng(0)
        seen, path = [], [np.zeros(n)]
        for _ in range(steps):
            seen.append(gradient(path[-1]))
            path.append(-rng.normal(size=len(seen)) @ np.array(seen) / kappa / len(seen))
        path = np.array(path)
    else:
        rule = {
            "plain": SGD(2 / (kappa + 1)),
            "heavy ball": SGD(*polyak(kappa)),
            "Nesterov": SGD(1 / kappa, q, nesterov=True),
            "Adam": Adam(0.05),
        }[method]
        path = walk(rule, gradient, np.zeros(n), steps)
    left = np.linalg.norm(path - minimum, axis=1) / np.linalg.norm(minimum)
    bound = q ** np.arange(steps + 1)
    assert (left >= (1 - 1e-6) * bound - 1e-9).all()
    assert np.log(1e-3) / np.log(q) > 0.95 * np.sqrt(kappa) / 2 * np.log(1e3)  # steps to a thousandth
    if method == "heavy ball":
        assert np.allclose(left[:40], bound[:40], rtol=1e-3)


@pytest.mark.parametrize(
    ("kappa", "before", "after"),
    [
        pytest.param(1e4, 0.9, 0.95, id="κ = 10⁴, β = 0.9 to 0.95"),
        pytest.param(1e5, 0.9, 0.98, id="κ = 10⁵, β = 0.9 to 0.98"),
        pytest.param(1e6, 0.95, 0.99, id="κ = 10⁶, β = 0.95 to 0.99"),
    ],
)
def test_hold_then_raise(kappa, before, after):
    """When you add momentum, multiply η by 1 − β. When you raise β, hold η/(1 − β), then raise it."""
    steps, eta = best(0.0, kappa)
    added = steps_in_the_long_run(eta * (1 - before), before, kappa)
    assert np.isclose(added, steps, rtol=0.05)
    steps, eta = best(before, kappa)
    held = eta * (1 - after) / (1 - before)
    assert 0.9 < steps_in_the_long_run(held, after, kappa) / steps < 1  # the pace of before
    factor = (1 - before) / (1 - after)
    raised = [steps_in_the_long_run(held * share, after, kappa) for share in np.linspace(1, factor, 8)]
    assert (np.diff(raised) < 0).all() and steps / raised[-1] > 0.9 * factor
    if kappa == 1e4:  # a network that ran best at an effective rate of 1.2 does not tolerate the old η
        tuned, held, kept = (
            network_loss(0, *setting) for setting in ((0.9, 0.12), (0.95, 0.06), (0.99, 0.12))
        )
        assert held < 1.3 * tuned and kept > 5 * tuned


def mean_square(eta, beta, curvature, noise, steps):
    """Return E[θ²] at each step from θ = 1, exactly, for noisy gradients, one row per η."""
    square, mixed, energy, rows = np.ones_like(eta), np.zeros_like(eta), np.zeros_like(eta), []
    a = eta * curvature
    for _ in range(steps):
        new = beta**2 * energy - 2 * beta * a * mixed + a**2 * square + (eta * noise) ** 2  # E[m²]
        cross = beta * mixed - a * square  # E[θm], with the old θ
        square, mixed, energy = square + 2 * cross + new, cross + new, new
        rows.append(square)
    return np.array(rows).T


@pytest.mark.parametrize("beta", [0.5, 0.9])
@pytest.mark.parametrize("kappa", [2, 1000])
def test_where_momentum_pays(beta, kappa):
    """At an effective rate far too small for oscillation, momentum changes little. It pays if noise is small and κ is
    large.
    """
    for share in (beta, 0.99):
        limit = (1 - np.sqrt(share)) ** 2 / (1 - share)  # from here on it oscillates
        effective, steps = np.array([0.15, 0.3]) * limit, round(30 / limit)
        plain, ball = (mean_square(effective * (1 - b), b, 1.0, 1.0, 2 * steps)[:, -1] for b in (0.0, share))
        assert np.allclose(ball, plain, rtol=0.03)  # the floor
        far = [mean_square(effective * (1 - b), b, 1.0, 0.0, steps)[:, -1] for b in (0.0, share)]
        assert np.allclose(np.log(far[1]), np.log(far[0]), rtol=0.1)  # the pace
    if kappa == 1000:  # a network
        assert np.isclose(network_loss(0, beta, 0.4 * (1 - beta)), network_loss(0, 0.0, 0.4), rtol=0.05)

    def fewest(beta, noise, target):
        rates = np.geomspace(1e-3, 2 * (1 + beta), 40) / kappa
        with np.errstate(over="ignore", invalid="ignore"):
            both = sum(mean_square(rates, beta, c, noise, 4000) for c in (1.0, kappa))
        reached = both[:, -200:].max(1) < target  # and stays there
        late = [np.flatnonzero(~(row < target)).max(initial=-1) + 2 for row in both[reached]]
        return min(late)

    gain = fewest(0.0, 0.0, 1e-4) / fewest(beta, 0.0, 1e-4)
    noisy = fewest(0.0, 1.0, 0.02) / fewest(beta, 1.0, 0.02)
    if kappa == 1000:
        assert gain > (2.5 if beta == 0.5 else 10)
    else:
        assert gain < 1.5
        assert noisy < 1.4


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("drop", [pytest.param(0.1, id="to a tenth"), pytest.param(0.5, id="to a half")])
def test_coasting(beta, drop):
    """Keras's velocity holds the rate, so after a drop of the rate Keras coasts for several times 1/(1 − β) steps,
    while PyTorch follows immediately.
    """

    def rate(t):
        return 0.1 if t < 3000 else 0.1 * drop

    late = {}
    for inside in (True, False):
        path = walk(SGD(rate, beta, rate_in_velocity=inside), np.ones_like, np.zeros(1), 5000)[:, 0]
        steps = -np.diff(path)[3000:]
        late[inside] = 1 + np.argmax(steps < 1.01 * 0.1 * drop / (1 - beta))
    assert late[False] == 1
    assert 3 < late[True] * (1 - beta) < 8
