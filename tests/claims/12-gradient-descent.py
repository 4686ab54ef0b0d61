r"""What the chapter *Gradient descent and the learning rate* claims."""

import keras
import numpy as np
import pytest
from sklearn import datasets

from lossopt import data, surfaces, training


@pytest.fixture(autouse=True)
def quietly():
    with np.errstate(all="ignore"):
        yield


# Linear models, which have one Hessian everywhere


def inputs_of(name):
    """Return raw inputs and targets."""
    return {"diabetes": datasets.load_diabetes, "wine": datasets.load_wine}[name](
        return_X_y=True, **({"scaled": False} if name == "diabetes" else {})
    )


def standardised(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


def with_bias(x):
    return np.column_stack([x, np.ones(len(x))])


def hessian(x):
    X = with_bias(x)
    return 2 / len(X) * X.T @ X


def curvatures(x):
    return np.linalg.eigvalsh(hessian(x))


def fit_linear(x, y, eta, steps, total=False, beta=0.0, dtype=np.float64):
    """Return the mean squared error before each step of gradient descent on it, or on the sum."""
    X, y = with_bias(x).astype(dtype), y.astype(dtype)
    w, velocity, losses = np.zeros(X.shape[1], dtype), 0, []
    for _ in range(steps):
        error = X @ w - y
        losses.append(np.mean(error**2))
        g = 2 * X.T @ error / dtype(1 if total else len(X))
        velocity = dtype(beta) * velocity - dtype(eta) * g
        w = w + velocity
    return np.array(losses)


def lowest(x, y):
    X = with_bias(x)
    return np.mean((X @ np.linalg.lstsq(X, y, rcond=None)[0] - y) ** 2)


def first(condition):
    """Return the first place where a condition holds."""
    assert condition.any()
    return int(np.argmax(condition))


# The digits: a network 64-16-10, and the question whether a digit is odd

(X_TRAIN, Y_TRAIN), (X_VAL, Y_VAL), _ = data.digits()
DESIGN, ODD, N = with_bias(X_TRAIN), Y_TRAIN % 2, len(Y_TRAIN)


def network_weights(seed, scale=1.0):
    rng = np.random.default_rng(seed)
    return [
        scale * rng.uniform(-1, 1, (64, 16)) * np.sqrt(6 / 80),
        np.zeros(16),
        scale * rng.uniform(-1, 1, (16, 10)) * np.sqrt(6 / 26),
        np.zeros(10),
    ]


def network_loss(weights, x, y):
    """Return cross-entropy and its gradients."""
    W, b, V, c = weights
    hidden = np.tanh(x @ W + b)
    z = hidden @ V + c
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    back = (np.exp(log_p) - np.eye(10)[y]) / len(y)
    inner = (back @ V.T) * (1 - hidden**2)
    gradients = [x.T @ inner, inner.sum(axis=0), hidden.T @ back, back.sum(axis=0)]
    return -np.mean(log_p[np.arange(len(y)), y]), gradients


def train_network(rate, seed=0, epochs=5, B=32, weights=None):
    """Return the mean training loss of each epoch, and the weights."""
    rng, weights, log = np.random.default_rng(seed), weights or network_weights(seed), []
    for _ in range(epochs):
        losses = []
        for rows in np.split(rng.permutation(N), np.arange(B, N, B)):
            loss, gradients = network_loss(weights, X_TRAIN[rows], Y_TRAIN[rows])
            losses.append(loss)
            weights = [w - rate * g for w, g in zip(weights, gradients, strict=True)]
        log.append(np.mean(losses))
    return np.array(log), weights


def half_the_blow_up(rates, losses, window=9):
    losses = np.convolve(losses, np.ones(window) / window, "valid")
    rates = rates[window // 2 :][: len(losses)]
    low = losses.argmin()
    return rates[low + first(losses[low:] > 2 * losses[low])] / 2


def odd_gradients(w, rows):
    p = 1 / (1 + np.exp(-DESIGN[rows] @ w))
    return DESIGN[rows] * (p - ODD[rows])[:, None]


def odd_loss(w):
    z = DESIGN @ w
    return np.mean(np.logaddexp(0, z) - ODD * z)


def sgd_odd(eta, B, epochs=10, seed=0):
    rng, w = np.random.default_rng(seed), np.zeros(65)
    for _ in range(epochs):
        for rows in np.split(rng.permutation(N), np.arange(B, N, B)):
            w = w - eta * odd_gradients(w, rows).mean(axis=0)
    return odd_loss(w)


def noisy_quadratic(rates, B, lam, seeds=200, start=2.0, sigma=1.0):
    """Return the mean loss above the minimum of SGD on a quadratic with curvatures `lam`, after each step."""
    rng = np.random.default_rng(B)
    w, losses = np.full((seeds, len(lam)), start), []
    for eta in rates:
        w = w - eta * (lam * w + sigma / np.sqrt(B) * rng.normal(size=w.shape))
        losses.append(np.mean(w**2 @ lam) / 2)
    return np.array(losses)


def floor(eta, B, lam, steps=1500):
    return noisy_quadratic([eta] * steps, B, lam)[steps // 2 :].mean()


# The table of symptoms


@pytest.mark.parametrize("beta", [0.0, 0.5])
@pytest.mark.parametrize("share", [pytest.param(3, id="3 × 2/λ_max"), pytest.param(9, id="9 × 2/λ_max")])
def test_growing_losses(share, beta):
    r"""
    the loss grows ever faster, then `inf`, `nan` | divide the rate by 10 | above $2/\lambda_{\max}$ each step
    overshoots by more than it came
    """
    x, y = inputs_of("diabetes")
    x = standardised(x)
    limit = 2 / curvatures(x)[-1]
    losses = fit_linear(x, y, share * limit, 150, beta=beta, dtype=np.float32)
    finite = losses[: first(np.isinf(losses))]
    assert (np.diff(finite, 2)[2:] > 0).all()
    assert np.isnan(losses[-1])
    calm = fit_linear(x, y, share * limit / 10, 150, beta=beta, dtype=np.float32)
    assert calm[-1] < 1.1 * lowest(x, y) < calm[0]
    if beta == 0:  # along the steepest direction the next place lies on the other side, and further away
        assert 1 - share * limit * curvatures(x)[-1] < -1


@pytest.mark.parametrize("cause", ["raw inputs", "sum"])
@pytest.mark.parametrize("dataset", ["diabetes", "wine"])
def test_nan_in_a_regression(dataset, cause):
    """
    `nan` in the first epochs of a regression | standardise; use the mean, not the sum | large inputs and sums multiply
    the curvature
    """
    raw, y = inputs_of(dataset)
    x = standardised(raw)
    bad = {"raw inputs": dict(x=raw), "sum": dict(x=x, total=True)}[cause]
    eta = {"raw inputs": 0.01, "sum": 1 / curvatures(x)[-1]}[cause]
    assert np.isnan(fit_linear(y=y, eta=eta, steps=60, dtype=np.float32, **bad)[-1])
    cured = fit_linear(x, y, eta, 60, dtype=np.float32)
    assert np.isfinite(cured).all()
    assert cured[-1] < cured[0]
    if cause == "raw inputs":
        assert curvatures(raw)[-1] > 1000 * curvatures(x)[-1]
    else:  # the sum's Hessian is 2 XᵀX
        X = with_bias(x)
        assert np.isclose(np.linalg.eigvalsh(2 * X.T @ X)[-1], len(X) * curvatures(x)[-1])


@pytest.mark.parametrize("rate", [3.0, 10.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_classifier_worse_than_guessing(rate, seed):
    """
    a classifier stays above the log of the number of classes | a learning-rate finder, a smaller rate | its steps are
    too long, and behind `tanh` nothing overflows
    """
    log, weights = train_network(rate, seed)
    assert log.min() > np.log(10)
    assert all(np.isfinite(w).all() for w in weights)
    rng, weights, losses = np.random.default_rng(seed), network_weights(seed), []
    rates = np.geomspace(1e-3, 10, 136)
    for tried in rates:
        rows = rng.choice(N, 32, replace=False)
        loss, gradients = network_loss(weights, X_TRAIN[rows], Y_TRAIN[rows])
        losses.append(loss)
        weights = [w - tried * g for w, g in zip(weights, gradients, strict=True)]
    smaller = half_the_blow_up(rates, losses)
    assert smaller < rate
    assert train_network(smaller, seed)[0][-1] < 0.3


@pytest.mark.parametrize("model", ["linear", "network"])
@pytest.mark.parametrize("share", [pytest.param(1e-3, id="rate/1000"), pytest.param(1e-2, id="rate/100")])
def test_a_slow_and_even_fall(model, share):
    r"""
    the loss falls slowly and evenly | multiply the rate by 10 | the factor $1 - \eta\lambda$ is close to 1
    """
    if model == "linear":
        x, y = inputs_of("diabetes")
        x, y = standardised(x), y - y.mean()
        lam = curvatures(x)
        slow, faster = (fit_linear(x, y, k * share / lam[-1], 21)[::4] for k in (1, 10))
        assert (1 - share * lam / lam[-1]).min() > 0.98
    else:
        slow, faster = (train_network(k * share)[0] for k in (1, 10))
    falls = -np.diff(slow)
    assert (falls > 0).all()
    assert falls.max() < 2.5 * falls.min()
    assert slow[-1] > 0.7 * slow[0]
    assert faster[-1] < slow[-1]


@pytest.mark.parametrize("inputs", ["raw", "mean 0"])
@pytest.mark.parametrize("cure", ["standardise", "momentum"])
def test_a_fall_that_ends_in_creeping(inputs, cure):
    """
    the loss falls quickly, then creeps | standardise; momentum | the flat directions are left
    """
    raw, y = inputs_of("diabetes")
    x = raw if inputs == "raw" else raw - raw.mean(axis=0)
    y = y if inputs == "raw" else y - y.mean()
    lam = curvatures(x)
    losses = fit_linear(x, y, 1 / lam[-1], 401)
    above = losses - lowest(x, y)
    assert above[0] - above[100] > 5 * (above[100] - above[400])  # quickly, then slowly
    left = np.abs((1 - lam / lam[-1]) ** 400)  # share of the way that is left along each direction
    assert left[0] > 0.99
    assert left[-1] < 1e-6
    if cure == "standardise":
        cured = fit_linear(standardised(raw), y, 1 / curvatures(standardised(raw))[-1], 401)
    else:
        cured = fit_linear(x, y, 1 / lam[-1], 401, beta=0.9)
    assert cured[-1] - lowest(x, y) < 0.95 * above[-1]


@pytest.mark.parametrize("cure", ["half the rate", "twice the batch", "falling rate"])
@pytest.mark.parametrize(
    "lam", [pytest.param([1.0], id="one weight"), pytest.param([0.2, 1.0, 3.0], id="κ = 15")]
)
def test_a_loss_that_levels_off(lam, cure):
    """
    the loss levels off and fluctuates | a smaller or falling rate, a larger batch | the noise floor is proportional to
    η/B
    """
    lam, eta, B = np.array(lam), 0.05, 4
    before = floor(eta, B, lam)
    one = noisy_quadratic([eta] * 1500, B, lam, seeds=1)[750:]
    assert one.max() > 3 * one.min()  # it fluctuates
    if cure == "falling rate":
        assert noisy_quadratic(eta / (1 + np.arange(3000) / 100), B, lam)[-1] < before / 5
    else:
        after = floor(eta / 2, B, lam, 3000) if cure == "half the rate" else floor(eta, 2 * B, lam)
        assert np.isclose(after, before / 2, rtol=0.12)


@pytest.mark.parametrize("batch", [8, 64, 256])
def test_another_batch_size(batch):
    """
    SGD is worse after a change of the batch size | change the rate by the same factor | noise and progress depend on
    η/B
    """
    if batch > 32:  # less progress in the same number of epochs
        before, kept, scaled = sgd_odd(0.1, 32), sgd_odd(0.1, batch), sgd_odd(0.1 * batch / 32, batch)
    else:  # more noise
        lam = np.array([1.0])
        before, kept, scaled = (
            floor(0.1, 32, lam),
            floor(0.1, batch, lam),
            floor(0.1 * batch / 32, batch, lam),
        )
    assert kept > 1.15 * before
    assert np.isclose(scaled, before, rtol=0.08)


@pytest.mark.parametrize("place", ["saddle of two weights", "network with tiny weights"])
def test_a_standstill(place):
    """
    long standstill, then a sudden fall | train on | near a saddle point the gradient is small
    """
    losses, sizes = [], []
    if place == "saddle of two weights":
        w = np.array([0.0, 1e-6])
        for _ in range(300):
            g = surfaces.saddle.gradient(w)
            losses.append(surfaces.saddle(w))
            sizes.append(np.linalg.norm(g))
            w = w - 0.1 * g
    else:
        weights = network_weights(0, scale=1e-4)
        weights[3] = np.log(np.bincount(Y_TRAIN[:300], minlength=10) / 300)  # else the biases move first
        for _ in range(300):
            loss, g = network_loss(weights, X_TRAIN[:300], Y_TRAIN[:300])
            losses.append(loss)
            sizes.append(np.sqrt(sum((part**2).sum() for part in g)))
            weights = [w - 0.5 * part for w, part in zip(weights, g, strict=True)]
    losses, sizes = np.array(losses), np.array(sizes)
    total = losses[0] - losses[-1]
    still = first(losses[0] - losses > 0.01 * total)
    assert still > 20
    assert first(losses[0] - losses > 0.4 * total) - still < 1.3 * still
    assert sizes[: still // 2].max() < 0.1 * sizes.max()


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "Lion"])
def test_an_integer_rate(optimizer):
    """
    ``Argument `learning_rate` should be float`` | write `1.0`, not `1` | Keras refuses an integer
    """
    rule = getattr(keras.optimizers, optimizer)
    with pytest.raises(ValueError, match="Argument `learning_rate` should be float"):
        rule(1)
    assert float(rule(1.0).learning_rate) == 1


# What to remember


def turned(lam, seed=0):
    """Return a Hessian with these curvatures along random axes, and the axes."""
    axes = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(lam), len(lam))))[0]
    return axes @ np.diag(lam) @ axes.T, axes


@pytest.mark.parametrize(
    "lam", [pytest.param([4.0], id="one weight"), pytest.param([0.3, 2.0, 7.0], id="three, turned")]
)
@pytest.mark.parametrize("eta", [0.01, 0.1, 0.25, 0.4])
def test_a_step_on_a_quadratic(lam, eta):
    r"""
    On a quadratic loss, a step multiplies the distance along each eigenvector by $1 - \eta\lambda$. For one weight
    $1/\lambda$ is best, and above $2/\lambda$ it diverges.
    """
    H, axes = turned(lam)
    w = np.random.default_rng(1).normal(size=len(lam))
    assert np.allclose(axes.T @ (w - eta * H @ w), (1 - eta * np.array(lam)) * (axes.T @ w))
    for curvature in lam:

        def left(rate, steps=40, curvature=curvature):
            w = 1.0
            for _ in range(steps):
                w = w - rate * curvature * w
            return abs(w)

        assert left(1 / curvature, steps=1) < 1e-12
        assert left(eta) >= left(1 / curvature)
        assert left(1.99 / curvature) < 1 < left(2.01 / curvature)


def steps_to(lam, start, rate, goal, loss, most=12_000):
    t = np.arange(most)
    left = ((1 - rate * lam) ** t[:, None] * start) ** 2 @ (lam if loss else np.ones_like(lam))
    done = left < goal * left[0]
    return first(done) if done.any() else most


@pytest.mark.parametrize("spectrum", ["diabetes", "bowl, κ = 100", "random, κ = 1000"])
@pytest.mark.parametrize("goal", [pytest.param(1e-2, id="loss/100"), pytest.param(1e-5, id="loss/100,000")])
def test_limit_and_best_rates(spectrum, goal):
    r"""
    The steepest direction sets the limit $2/\lambda_{\max}$, and $2/(\lambda_{\min} + \lambda_{\max})$ is best for the
    worst direction. For the loss, half the limit is safer.
    """
    x, y = inputs_of("diabetes")
    H = hessian(standardised(x))
    if spectrum == "diabetes":
        lam, directions = np.linalg.eigh(H)
        start = directions.T @ np.linalg.lstsq(with_bias(standardised(x)), y, rcond=None)[0]
    else:
        rng = np.random.default_rng(0)
        lam = np.array([1.0, 100.0]) if "bowl" in spectrum else np.geomspace(1, 1000, 20)
        start = rng.normal(size=len(lam))
    for share in (0.99, 1.01):  # of the limit
        assert (np.abs(1 - share * 2 / lam[-1] * lam) < 1).all() == (share < 1)
    textbook = 2 / (lam[0] + lam[-1])
    rates = np.linspace(0.01, 1.999, 400) / lam[-1]
    worst = [np.abs(1 - rate * lam).max() for rate in rates]
    assert np.abs(1 - textbook * lam).max() <= min(worst) + 1e-12
    half, other = (steps_to(lam, start, rate, goal, loss=True) for rate in (1 / lam[-1], textbook))
    best = min(steps_to(lam, start, rate, goal, loss=True) for rate in rates[::16])
    assert half <= 2.2 * best + 1
    if goal == 1e-2:
        assert other > 5 * half


@pytest.mark.parametrize("rate", ["2/(λ_min + λ_max)", "1/λ_max"])
@pytest.mark.parametrize("dataset", ["diabetes", "wine"])
def test_steps_grow_with_kappa(rate, dataset):
    r"""
    The worst direction takes steps in proportion to $\kappa = \lambda_{\max}/\lambda_{\min}$, and standardising the
    inputs lowers κ.
    """
    per_kappa = []
    for kappa in (100, 1000, 10_000):
        lam = np.array([1.0, kappa])
        eta = 1 / kappa if rate == "1/λ_max" else 2 / (1 + kappa)
        factor, left, steps = np.abs(1 - eta * lam).max(), 1.0, 0
        while left > 1e-3:
            left, steps = left * factor, steps + 1
        per_kappa.append(steps / kappa)
    assert np.allclose(per_kappa, per_kappa[-1], rtol=0.02)
    raw, _ = inputs_of(dataset)
    before, after = curvatures(raw), curvatures(standardised(raw))
    assert after[-1] / after[0] < before[-1] / before[0] / 1000


@pytest.mark.parametrize("noise", ["none", "along the way out", "across it"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_near_a_saddle(noise, seed):
    """
    Gradient descent is slow near a saddle point, and noise along the way out sets it free.
    """
    along = {"none": [0, 0], "along the way out": [0, 1], "across it": [1, 0]}[noise]

    def steps(y, most=3000):
        rng, w = np.random.default_rng(seed), np.array([-1.5, y])
        for step in range(most):
            if abs(w[1]) > 0.5:
                return step
            w = w - 0.1 * (surfaces.saddle.gradient(w) + 0.01 * np.array(along) * rng.normal(size=2))
        return np.inf

    if noise == "along the way out":
        assert steps(0.0) < 200
        assert steps(1e-12) < 200
    else:
        assert steps(0.0) == np.inf
        assert np.isclose(steps(1e-6) - steps(1e-4), np.log(100) / np.log(1.1), atol=1.5)
        assert steps(1e-12) > 250
    zeros = [np.zeros_like(w) for w in network_weights(0)]  # a saddle at which no sample moves a kernel
    for row in (seed, 100 + seed):
        _, (W, _, V, _) = network_loss(zeros, X_TRAIN[[row]], Y_TRAIN[[row]])
        assert not W.any()
        assert not V.any()


@pytest.mark.parametrize("batch", [1, 4, 64])
@pytest.mark.parametrize("drawn", ["with replacement", "without replacement"])
def test_noise_and_floor(batch, drawn):
    r"""
    The gradient of a small random batch has noise of $\sigma/\sqrt B$. At a small constant rate the loss stays above
    its minimum in proportion to η/B. A rate that falls to 0 slowly enough takes it there.
    """
    single = odd_gradients(np.zeros(65), np.arange(N))
    g, sigma = single.mean(axis=0), np.sqrt(single.var(axis=0).sum())
    rng = np.random.default_rng(batch)
    batches = [rng.choice(N, batch, drawn == "with replacement") for _ in range(1500)]
    noise = np.sqrt(np.mean([np.sum((single[rows].mean(axis=0) - g) ** 2) for rows in batches]))
    assert np.isclose(noise, sigma / np.sqrt(batch), rtol=0.06)
    lam = np.array([1.0])
    reference = floor(0.04, batch, lam)
    assert np.isclose(floor(0.08, batch, lam), 2 * reference, rtol=0.1)
    assert np.isclose(floor(0.04, 4 * batch, lam), reference / 4, rtol=0.1)
    t = np.arange(1, 2001)
    constant, root, inverse, too_fast = (
        noisy_quadratic(rates, batch, lam, seeds=50)[-1]
        for rates in (0 * t + 0.5, 0.5 / np.sqrt(t), 1 / t, 0.5 / t**2)
    )
    assert inverse < root < constant / 20
    assert too_fast > 10 * inverse
    assert too_fast > 0.1  # it stopped on its way, whatever the noise


@pytest.mark.parametrize("optimizer", ["momentum, schedule", "Adam"])
def test_a_finder(optimizer):
    """
    A learning-rate finder must restore weights, optimizer and rate. Take half its blow-up.
    """
    training.set_seed(0)
    model = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(10)]
    )
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 1000)
    yours = {
        "momentum, schedule": lambda: keras.optimizers.SGD(schedule, momentum=0.9),
        "Adam": lambda: keras.optimizers.Adam(),
    }[optimizer]()
    model.compile(yours, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X_TRAIN[:64], Y_TRAIN[:64], batch_size=32, verbose=0)

    def everything():
        return [v.numpy() for v in [*model.variables, *yours.variables]], float(yours.learning_rate)

    variables, rate = everything()
    rates, losses = training.range_test(model, X_TRAIN, Y_TRAIN, 1e-4, 10, 136, batch_size=32)
    after, same_rate = everything()
    assert model.optimizer is yours
    assert rate == same_rate
    assert all(np.array_equal(a, b) for a, b in zip(variables, after, strict=True))
    chosen, ends = half_the_blow_up(rates, losses), []
    model.optimizer = plain = type(yours).from_config({**yours.get_config(), "learning_rate": 1.0})
    model.make_train_function(force=True)
    for factor in (0.03, 1, 10):
        model.set_weights(variables[:4])
        for variable in plain.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
        plain.learning_rate = chosen * factor
        model.fit(X_TRAIN, Y_TRAIN, batch_size=32, epochs=3, verbose=0)
        ends.append(network_loss(model.get_weights(), X_VAL, Y_VAL)[0])
    assert ends[1] < 0.7
    assert ends[1] < min(ends[0], ends[2])


# The quiz


@pytest.mark.parametrize("samples", ["one", "four, of both signs"])
@pytest.mark.parametrize("target", [0.0, 3.0])
def test_another_unit(samples, target):
    r"""
    No: the curvature depends on $x$, so the limit changes with its unit.

    No: the gradient contains $x$ twice, once from the error and once from the chain rule.

    Right: λ is twice the mean of $x^2$, so it grows a hundredfold, and 2/λ shrinks by the same factor.

    No: larger inputs make the loss steeper over θ, not flatter.
    """
    x = np.array([1.0]) if samples == "one" else np.array([1.0, -2.0, 0.5, 3.0])
    x = x * np.sqrt(5 / np.mean(x**2))  # then the limit is 0.2

    def converges(x, eta):
        theta = best = np.mean(x * target) / np.mean(x**2)
        theta = best + 1.0
        for _ in range(2000):
            theta = theta - eta * np.mean(2 * (theta * x - target) * x)
        return abs(theta - best) < 1e-3

    def slope(x):  # one step from the minimum
        best = np.mean(x * target) / np.mean(x**2)
        return np.mean(2 * ((best + 1) * x - target) * x)

    assert [converges(x, eta) for eta in (0.199, 0.201)] == [True, False]
    assert [converges(10 * x, eta) for eta in (0.00199, 0.00201, 0.02, 0.2, 2)] == [True, *4 * [False]]
    assert np.isclose(slope(x), 2 * np.mean(x**2))  # λ, because the loss is quadratic
    assert np.isclose(slope(10 * x), 100 * slope(x))


@pytest.mark.parametrize("start", ["(1, 1)", "(2, -1)", "(-1, 5)"])
@pytest.mark.parametrize("by", [1000, 100])
def test_a_higher_rate_on_a_bowl(start, by):
    """
    No: the limit is 2/100 = 0.02, and 0.019 is below it.

    No: the steep direction sets the *limit*, and the flat one sets the number of steps.

    No: it zigzags with a factor of −0.9, but that dies out long before the flat direction has arrived.

    Right: the factor of the flat direction goes from 0.99 to 0.981, and the steep one is still faster.
    """
    start = np.array(eval(start), float)
    lam = np.array([1, 100])

    def walk(eta, most=2000):
        path = [start]
        for _ in range(most):
            path.append(path[-1] - eta * lam * path[-1])
        return np.array(path)

    slow, fast = walk(0.01), walk(0.019)
    assert np.abs(walk(0.0201)[-1, 1]) > np.abs(start[1])
    assert np.abs(fast[-1]).max() < 1e-3
    slow_steps, fast_steps = (
        first(np.linalg.norm(p, axis=1) < np.linalg.norm(start) / by) for p in (slow, fast)
    )
    assert np.isclose(fast_steps / slow_steps, 0.5, atol=0.06)
    assert np.isclose(slow[1, 0] / slow[0, 0], 0.99)
    assert np.isclose(fast[1, 0] / fast[0, 0], 0.981)
    assert np.isclose(fast[1, 1] / fast[0, 1], -0.9)
    assert np.abs(fast[fast_steps // 2, 1]) < 0.01 * np.abs(
        fast[fast_steps // 2, 0]
    )  # the zigzag has died out
