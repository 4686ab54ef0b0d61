"""What the chapter *Losses are likelihoods* claims."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from lossopt import losses


def softplus(z):
    return np.logaddexp(0, z)


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def train(loss_gradient, x, y, seeds, steps):
    """Return the function of a trained network 1-32-2 (tanh, Adam, cosine), one network per seed, all at once.

    `loss_gradient(outputs, y)` returns the loss's derivative with respect to the outputs, of shape (seed, sample, 2).
    """
    starts = [np.random.default_rng(seed) for seed in seeds]
    weights = [
        np.stack([rng.uniform(-1, 1, (1, 32)) * np.sqrt(6 / 33) for rng in starts]),
        np.zeros((len(starts), 1, 32)),
        np.stack([rng.uniform(-1, 1, (32, 2)) * np.sqrt(6 / 34) for rng in starts]),
        np.zeros((len(starts), 1, 2)),
    ]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for step in range(1, steps + 1):
        hidden = np.tanh(x * weights[0] + weights[1])
        back = loss_gradient(hidden @ weights[2] + weights[3], y) / len(x)
        inner = (back @ weights[2].transpose(0, 2, 1)) * (1 - hidden**2)
        gradients = [
            (x * inner).sum(1, keepdims=True),
            inner.sum(1, keepdims=True),
            hidden.transpose(0, 2, 1) @ back,
            back.sum(1, keepdims=True),
        ]
        rate = 0.015 * (1 + np.cos(np.pi * (step - 1) / steps))
        for w, g, m, s in zip(weights, gradients, first, second, strict=True):
            m += 0.1 * (g - m)
            s += 0.001 * (g**2 - s)
            w -= rate * m / (1 - 0.9**step) / (np.sqrt(s / (1 - 0.999**step)) + 1e-7)

    return lambda at: np.tanh(at * weights[0] + weights[1]) @ weights[2] + weights[3]


def nll_gradient(outputs, y, beta=0.0):
    r, v = outputs[..., :1] - y, softplus(outputs[..., 1:]) + 1e-4
    in_v = (1 / v - r**2 / v**2) / 2
    return np.concatenate([r / v, in_v * sigmoid(outputs[..., 1:])], -1) * v**beta


def beta_nll_gradient(outputs, y):
    return nll_gradient(outputs, y, beta=0.5)


def pinball_gradient(outputs, y):
    return np.where(outputs > y, 1.0, 0.0) - [0.1, 0.9]


def skewed(rng, size):
    return rng.exponential(size=size) - 1


def two_peaked(rng, size):
    return rng.choice([-1.0, 1.0], size=size) + 0.1 * rng.normal(size=size)


NOISES = {
    "Gaussian": lambda rng, size: rng.normal(size=size),
    "uniform": lambda rng, size: rng.uniform(-2, 2, size=size),
    "1 % at +99": lambda rng, size: np.where(rng.random(size) < 0.01, 99.0, -1.0),
    "lognormal": lambda rng, size: rng.lognormal(size=size) - np.exp(0.5),
    "skewed": skewed,
    "heavy tails": lambda rng, size: rng.standard_t(2.5, size=size),
    "two peaks": two_peaked,
}

SPREAD = {
    "uniform": 1.155,
    "1 % at +99": 9.95,
    "lognormal": 2.161,
    "heavy tails": 2.236,
}  # exact; else about 1


def outside(low, high, y):
    return np.maximum(low - y, y - high)


def conformal(low, high, y, share):
    """Return the distance by which split conformal prediction moves the ends."""
    distances = np.sort(outside(low, high, y))
    k = int(np.ceil((len(y) + 1) * share - 1e-9))
    return distances[k - 1] if k <= len(y) else np.inf


# When something is wrong


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distribution", ["Gaussian", "Laplace"])
@pytest.mark.parametrize("unit", ["minutes", "hours", "microseconds"])
def test_a_product_of_densities_leaves_the_range(dtype, distribution, unit):
    """a likelihood is 0.0 or `inf` | sum the logarithms | the product leaves the range of floats"""
    family = {"Gaussian": stats.norm, "Laplace": stats.laplace}[distribution]
    minute = {"minutes": 1, "hours": 1 / 60, "microseconds": 60e6}[unit]
    times = family(20 * minute, 2 * minute).rvs(500, random_state=0)
    density = family(20 * minute, 2 * minute)
    with np.errstate(over="ignore", under="ignore"):
        product = np.prod(density.pdf(times).astype(dtype))
    assert product == (np.inf if unit == "hours" else 0.0)
    summed = np.sum(density.logpdf(times).astype(dtype), dtype=dtype)
    in_minutes = family(20, 2).logpdf(times / minute).sum()
    assert np.isclose(summed, in_minutes - 500 * np.log(minute), rtol=1e-4)


@pytest.mark.parametrize("loss", ["Gaussian NLL", "Laplace NLL", "Poisson"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_negative_loss_is_compared_only_in_its_own_unit(loss, seed):
    """a loss is negative | compare it only with an NLL for the same targets in the same unit | a density may exceed
    1, and some losses leave out a constant
    """
    rng = np.random.default_rng(seed)
    if loss == "Poisson":
        counts = rng.poisson(5, size=200).astype(float)
        good, bad = (np.mean(losses.poisson(counts, np.full(200, rate))) for rate in (5.0, 2.0))
        nll = [-stats.poisson(rate).logpmf(counts).mean() for rate in (5.0, 2.0)]
        assert good < 0 < nll[0]  # the loss without its constant, and the NLL with it
        assert np.isclose(good - bad, nll[0] - nll[1])
        return
    family = {"Gaussian NLL": stats.norm, "Laplace NLL": stats.laplace}[loss]
    minutes = family(20, 2).rvs(200, random_state=rng)

    def nll(centre, unit):
        return -family(centre * unit, 2 * unit).logpdf(minutes * unit).mean()

    good, bad = nll(20, 1 / 60), nll(30, 1 / 60)
    assert good < 0
    assert family(0, 2 / 60).pdf(0) > 1
    assert np.isclose(good - bad, nll(20, 1) - nll(30, 1))  # in one unit the comparison holds in each
    assert nll(24, 1 / 60) < nll(20, 1)  # across units the worse model looks better


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("raw", [-0.5, -1000.0])
def test_a_negative_variance(mode, dtype, raw):
    """an NLL with a predicted variance is `nan` | put `softplus` on the variance and add a small constant | the
    logarithm of a negative number is `nan`
    """

    def after_a_step(variance_of):
        w = tf.Variable([0.3, raw], dtype=dtype)

        def step():
            with tf.GradientTape() as tape:
                v = variance_of(w[1])
                loss = (tf.math.log(2 * np.pi * v) + (w[0] - 1) ** 2 / v) / 2
            w.assign_sub(1e-6 * tape.gradient(loss, w))
            return loss

        loss = (tf.function(step) if mode == "compiled" else step)()
        return float(loss), w.numpy()

    loss, _ = after_a_step(lambda z: z)
    assert np.isnan(loss)
    loss, weights = after_a_step(lambda z: tf.nn.softplus(z) + 1e-4)
    assert np.isfinite([loss, *weights]).all()


@pytest.mark.parametrize(
    "cause", ["a model that hits every point", "targets that repeat", "too many features"]
)
@pytest.mark.parametrize("noise", [0.01, 1.0])
def test_a_collapsing_variance(cause, noise):
    r"""the training NLL falls, the validation NLL rises | stop earlier; raise the smallest allowed $v$; look for
    repeated targets | the model overfits, and $v \to 0$ on samples that are hit exactly
    """
    rng = np.random.default_rng(0)
    if cause == "too many features":  # no sample is hit exactly, and still the model becomes too confident
        x, x_new = rng.normal(size=(50, 25)), rng.normal(size=(2000, 25))
        truth = 0.3 * noise * rng.normal(size=25)
        y, y_new = (given @ truth + noise * rng.normal(size=len(given)) for given in (x, x_new))
        w, z, training, validation, raised = np.zeros(25), 0.0, [], [], []
        for _ in range(800):
            v = np.exp(z) * noise**2
            r, r_new = x @ w - y, x_new @ w - y_new
            training.append(np.mean(losses.gaussian_nll(0 * r, r, np.full_like(r, v))))
            for log, held in ((validation, v), (raised, max(v, noise**2))):
                log.append(np.mean(losses.gaussian_nll(0 * r_new, r_new, np.full_like(r_new, held))))
            in_v = losses.gaussian_nll.gradient(0 * r, r, np.full_like(r, v))[1]
            w -= 0.02 * noise**2 * x.T @ r / len(x) / v
            z -= 0.02 * v * np.mean(in_v)
        best = np.argmin(validation)
        assert 0 < best < 500 and v > 0.1 * noise**2 and np.abs(r).min() > 1e-4 * noise
        assert (np.diff(training) < 0).all() and (np.diff(validation[best:]) > 0).all()
        assert validation[best] + 0.05 < validation[-1]  # so stop earlier
        assert raised[-1] < validation[-1]
        return
    if cause == "targets that repeat":
        r_train = np.zeros(20)  # a sensor stuck at 0, which the model predicts exactly
        r_new = noise * rng.normal(size=2000)
    else:
        x, x_new = np.linspace(-1, 1, 8), rng.uniform(-1, 1, 2000)
        y, y_new = x + noise * rng.normal(size=8), x_new + noise * rng.normal(size=2000)
        interpolating = np.polynomial.Polynomial.fit(x, y, 7)
        r_train, r_new = interpolating(x) - y, interpolating(x_new) - y_new
    z, training, validation = 1.0, [], []
    for _ in range(40):  # gradient descent on log v, without a smallest v
        v = np.exp(z) * noise**2
        for r, log in ((r_train, training), (r_new, validation)):
            log.append(np.mean(losses.gaussian_nll(0 * r, r, np.full_like(r, v))))
        z -= (
            0.5 * v * np.mean(losses.gaussian_nll.gradient(0 * r_train, r_train, np.full_like(r_train, v))[1])
        )
    assert v < 1e-3 * noise**2
    assert (np.diff(training) < 0).all()
    assert (np.diff(validation[-20:]) > 0).all()
    held = np.full_like(
        r_new, max(v, noise**2)
    )  # the smallest allowed v: the square of the measurement's error
    assert np.mean(losses.gaussian_nll(0 * r_new, r_new, held)) < validation[-1]


@pytest.mark.parametrize("frequency", [2.5, 3.0])
@pytest.mark.parametrize("noise", [0.02, 0.05])
def test_the_excuse(frequency, noise):
    """the mean is poor where the predicted σ is large | try β-NLL, or train longer | where $v = r^2$, the gradient
    of the mean is only $1/r$
    """
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, (150, 1))
    y = np.sin(frequency * x) + noise * rng.normal(size=x.shape)
    grid = np.linspace(-2, 2, 81)[:, None]

    def fit(gradient, steps):
        outputs = train(gradient, x, y, range(2), steps)(grid)
        return outputs[..., 0] - np.sin(frequency * grid[:, 0]), np.sqrt(softplus(outputs[..., 1]) + 1e-4)

    def rmse(error):
        return np.sqrt(np.mean(error**2))

    error, sigma = fit(nll_gradient, 300)
    assert stats.spearmanr(np.abs(error).ravel(), sigma.ravel())[0] > 0.5
    assert rmse(fit(beta_nll_gradient, 300)[0]) < 0.95 * rmse(error)
    assert rmse(fit(nll_gradient, 3000)[0]) < 0.95 * rmse(error)
    for r in (1.0, -4.0, 100.0):
        in_mean, _ = losses.gaussian_nll.gradient([0.0], [r], [r**2])
        assert np.isclose(in_mean[0], 1 / r)


def lowest_cross_entropy(targets):
    """Return the loss and the probabilities that gradient descent on the logits of one constant output reaches."""
    logits = np.zeros(targets.shape[-1])
    for _ in range(4000):
        p = np.exp(logits - np.logaddexp.reduce(logits))
        logits -= 2 * (p - targets.mean(axis=0))
    given = np.broadcast_to(p, targets.shape)
    return np.mean(losses.categorical_crossentropy(targets, given)), p


def noisy_targets(classes, kind):
    """Return targets of shape (sample, class) for inputs that no model can tell apart, and their distribution."""
    truth = np.full(classes, 0.1 / (classes - 1))
    truth[0] = 0.9
    if kind == "smoothed labels":
        truth = 0.9 * np.eye(classes)[0] + 0.1 / classes
        return np.tile(truth, (10, 1)), truth
    counts = np.round(truth * 10 * (classes - 1) * 9).astype(int)
    return np.repeat(np.eye(classes), counts, axis=0), counts / counts.sum()


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("kind", ["flipped labels", "smoothed labels"])
def test_a_cross_entropy_stops_at_the_entropy(classes, kind):
    """a cross-entropy stops well above 0 | compute the entropy of the labels | the entropy is the floor"""
    targets, truth = noisy_targets(classes, kind)
    lowest, p = lowest_cross_entropy(targets)
    assert np.allclose(p, truth, atol=1e-6)
    assert np.isclose(lowest, stats.entropy(truth))
    assert lowest > 0.15


def too_many_features(rng, points, features, noise=1.0):
    """Return held-out residuals of a linear fit with nearly as many features as points, and its own σ."""
    x, x_new = rng.normal(size=(points, features)), rng.normal(size=(4000, features))
    y, y_new = noise * rng.normal(size=points), noise * rng.normal(size=4000)
    w = np.linalg.lstsq(x, y, rcond=None)[0]
    return x_new @ w - y_new, np.sqrt(np.mean((x @ w - y) ** 2))


@pytest.mark.parametrize("cause", ["skewed noise", "heavy tails", "overfitting"])
@pytest.mark.parametrize("seed", [0, 1])
def test_an_interval_of_the_wrong_width(cause, seed):
    """an 80 % interval contains 95 % or 60 % | count both sides on held-out data; try quantiles or conformal
    intervals | the noise assumption is wrong, or the model overfits
    """
    rng = np.random.default_rng(seed)
    if cause == "overfitting":
        errors, sigma = too_many_features(rng, 50, 40)
        noise = -errors
    else:
        noise = NOISES[{"skewed noise": "lognormal"}.get(cause, cause)](rng, 12_000)
        sigma, noise = noise[:8000].std(), noise[8000:]
    reach = stats.norm.ppf(0.9) * sigma
    below, above = np.mean(noise[2000:] < -reach), np.mean(noise[2000:] > reach)
    inside = 1 - below - above
    if cause == "overfitting":
        assert inside < 0.6 and min(below, above) > 0.15
    else:
        assert inside > 0.88
        assert (below < 0.01 < above) == (cause == "skewed noise")
    add = conformal(-reach, reach, noise[:2000], 0.8)
    assert abs(np.mean(outside(-reach, reach, noise[2000:]) <= add) - 0.8) < 0.05
    low, high = np.quantile(noise[:2000], [0.1, 0.9])
    assert abs(np.mean((low <= noise[2000:]) & (noise[2000:] <= high)) - 0.8) < 0.05


@pytest.mark.parametrize("change", ["noise doubled", "mean moved", "inputs from the noisy part"])
@pytest.mark.parametrize("share", [0.8, 0.95])
def test_newer_data_need_a_new_calibration(change, share):
    """the coverage falls on newer data | calibrate on newer data | old and new points are not exchangeable"""
    rng = np.random.default_rng(0)

    def draw(size, new):
        x = rng.uniform(1 if new and change == "inputs from the noisy part" else 0, 1.5, size)
        noise = (0.1 + x) * rng.normal(size=size) * (2 if new and change == "noise doubled" else 1)
        return noise + (1 if new and change == "mean moved" else 0)

    def coverage(calibration, test):
        return np.mean(outside(-1, 1, test) <= conformal(-1, 1, calibration, share))

    assert abs(coverage(draw(4000, False), draw(4000, False)) - share) < 0.03
    assert coverage(draw(4000, False), draw(4000, True)) < share - 0.05
    assert abs(coverage(draw(4000, True), draw(4000, True)) - share) < 0.03


# What to remember


@pytest.mark.parametrize("distribution", ["Gaussian", "Laplace", "coin", "categorical", "count"])
@pytest.mark.parametrize("samples", [1, 7])
def test_a_distribution_becomes_a_loss(distribution, samples):
    """Maximum likelihood turns a distribution into a loss, −log of the density of the observed value: Gaussian →
    squared, Laplace → absolute, coin → cross-entropy, count → Poisson.
    """
    rng = np.random.default_rng(samples)
    candidates = np.linspace(0.02, 0.98, 97)
    sigma = 2.5  # any σ: it only rescales
    if distribution == "categorical":
        y = rng.integers(3, size=samples)
        predicted = [np.array([c, (1 - c) / 3, 2 * (1 - c) / 3]) for c in candidates]
        nll = [-stats.multinomial(1, p).logpmf(np.eye(3)[y]).sum() for p in predicted]
        loss = [losses.sparse_categorical_crossentropy(y, np.tile(p, (samples, 1))).sum() for p in predicted]
        factor = 1
    else:
        draw, log_p, name, factor = {
            "Gaussian": (rng.normal, lambda c: stats.norm(c, sigma).logpdf, "mean_squared_error", 0.5 / sigma**2),
            "Laplace": (rng.laplace, lambda c: stats.laplace(c, sigma).logpdf, "mean_absolute_error", 1 / sigma),
            "coin": (lambda size: rng.integers(2, size=size), lambda c: stats.bernoulli(c).logpmf,
                     "binary_crossentropy", 1),
            "count": (lambda size: rng.poisson(3, size), lambda c: stats.poisson(c).logpmf, "poisson", 1),
        }[distribution]  # fmt: skip
        y = draw(size=samples).astype(float)
        nll = [-log_p(c)(y).sum() for c in candidates]
        loss = [getattr(losses, name)(y[:, None], np.full((samples, 1), c)).sum() for c in candidates]
    assert np.ptp(np.array(nll) - factor * np.array(loss)) < 1e-4 * samples
    assert np.argmin(nll) == np.argmin(loss)


@pytest.mark.parametrize(
    "noise", ["Gaussian", "uniform", "1 % at +99", "lognormal", "heavy tails", "two peaks"]
)
@pytest.mark.parametrize("size", ["one size", "growing with x"])
def test_squared_error_aims_at_the_mean(noise, size):
    """Squared error aims at the conditional mean under any noise of finite variance. Under Gaussian noise of one
    size it is also maximum likelihood.
    """
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, 200_000)
    errors = NOISES[noise](rng, x.size) * (1 if size == "one size" else x / 10)
    slope, intercept = np.polyfit(x, 1 + 2 * x + errors, 1)
    standard_error = SPREAD.get(noise, 1.0) / np.sqrt(x.size)
    assert (
        abs(intercept - 1) < 8 * standard_error
    )  # an intercept far from the mean of x is twice as uncertain
    assert abs(slope - 2) < 2 * standard_error
    if noise == "Gaussian":
        x, y = x[:200], (1 + 2 * x + errors)[:200]
        sigma = 1 if size == "one size" else x / 10
        slope, intercept = np.polyfit(x, y, 1)

        def nll(b, w):
            return -stats.norm(b + w * x, sigma).logpdf(y).sum()

        around = [nll(intercept + db, slope + dw) for db in (-1e-2, 0, 1e-2) for dw in (-1e-2, 0, 1e-2)]
        assert (np.argmin(around) == 4) == (size == "one size")


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("kind", ["flipped labels", "smoothed labels"])
@pytest.mark.parametrize("seed", [0, 1])
def test_cross_entropy_is_entropy_and_divergence(classes, kind, seed):
    """Cross-entropy = entropy + divergence. The entropy of the labels is the floor on new data, for smoothed labels
    as well.
    """
    rng = np.random.default_rng(seed)
    _, truth = noisy_targets(classes, kind)
    entropy = stats.entropy(truth)
    for p in rng.dirichlet(np.ones(classes), size=20):
        crossed = losses.categorical_crossentropy(truth[None], p[None])[0]
        assert np.isclose(crossed, entropy + losses.kl_divergence(truth[None], p[None])[0], atol=1e-6)
        assert crossed >= entropy
    if kind == "smoothed labels":
        one_hot = np.tile(np.eye(classes)[0], (901, 1))
        scores = np.linspace(0, 9, 901)[:, None] * one_hot
        settings = {"from_logits": True, "label_smoothing": 0.1}
        values = keras.losses.categorical_crossentropy(one_hot, scores, **settings).numpy()
        assert np.isclose(values.min(), entropy, atol=1e-4)
    else:
        new = rng.choice(classes, p=truth, size=100_000)
        for p in (truth, *rng.dirichlet(np.ones(classes), size=5)):
            cost = -np.log(p[new])
            assert cost.mean() > entropy - 4 * cost.std() / np.sqrt(new.size)


@pytest.mark.parametrize("side", ["less noise on the left", "less noise on the right"])
@pytest.mark.parametrize("mean", ["sine", "cosine"])
def test_a_network_learns_its_noise(side, mean):
    """With two outputs and the Gaussian NLL, a model learns the noise (aleatoric uncertainty). Its σ need not warn
    you where there were no training data.
    """
    rng = np.random.default_rng(0)
    sign = 1 if side == "less noise on the left" else -1

    def centre(x):
        return (np.sin if mean == "sine" else np.cos)(1.5 * x)

    def sigma(x):
        return 0.3 + 0.1 * sign * x

    x = rng.uniform(-2, 2, (1500, 1))
    network = train(nll_gradient, x, centre(x) + sigma(x) * rng.normal(size=x.shape), range(3), 400)
    grid = np.linspace(-1.8, 1.8, 41)[:, None]
    found = np.sqrt(softplus(network(grid)[..., 1]) + 1e-4)
    assert np.abs(found / sigma(grid[:, 0]) - 1).max() < 0.3
    far = np.array([[-5.0 * sign]])
    outputs = network(far)[:, 0]
    predicted = np.sqrt(softplus(outputs[:, 1]) + 1e-4)
    assert (predicted < found.min()).all()
    assert (np.abs(outputs[:, 0] - centre(far).item()) > 5 * predicted).all()


@pytest.mark.parametrize("noise", ["Gaussian", "skewed", "two peaks"])
@pytest.mark.parametrize("size", ["one size", "growing with x"])
def test_quantiles_give_an_interval(noise, size):
    """Two quantiles give a prediction interval without a noise assumption. Measure its coverage on held-out data, on
    both sides and in parts.
    """
    rng = np.random.default_rng(0)

    def draw(n):
        x = rng.uniform(-2, 2, (n, 1))
        return x, np.sin(x) + (0.3 if size == "one size" else 0.3 + 0.1 * x) * NOISES[noise](rng, x.shape)

    (x, y), (x_new, y_new) = draw(1000), draw(4000)
    low, high = np.moveaxis(train(pinball_gradient, x, y, [0], 500)(x_new)[0], -1, 0)
    y_new, left = y_new[:, 0], x_new[:, 0] < 0
    assert abs(np.mean((low <= y_new) & (y_new <= high)) - 0.8) < 0.03
    assert abs(np.mean(y_new < low) - 0.1) < 0.03
    assert abs(np.mean(y_new > high) - 0.1) < 0.03
    # The whole may hide the sides and the parts: shifted quantiles, and one width for all, contain 80 % as well.
    levels = np.quantile(y_new - np.sin(x_new[:, 0]), [0.02, 0.82])
    shifted = np.sin(x_new[:, 0])[:, None] + levels
    assert abs(np.mean((shifted[:, 0] <= y_new) & (y_new <= shifted[:, 1])) - 0.8) < 0.01
    assert np.mean(y_new < shifted[:, 0]) < 0.03
    if size == "growing with x":
        reach = np.quantile(np.abs(y_new - np.sin(x_new[:, 0])), 0.8)
        held = np.abs(y_new - np.sin(x_new[:, 0])) <= reach
        assert held[left].mean() > held.mean() + 0.05 > held[~left].mean() + 0.1


@pytest.mark.parametrize("noise", ["Gaussian", "skewed", "heavy tails"])
@pytest.mark.parametrize("interval", ["far too narrow", "far too wide", "beside the targets"])
@pytest.mark.parametrize("points", [9, 100])
def test_conformal_intervals(noise, interval, points):
    """A conformal correction gives an interval at least the promised coverage on average, as long as calibration
    points and new points are exchangeable.
    """
    rng = np.random.default_rng(0)
    low, high = {"far too narrow": (-0.1, 0.1), "far too wide": (-9, 9), "beside the targets": (3, 4)}[
        interval
    ]
    for share in (0.5, 0.8, 0.9):
        same, doubled = [], []
        for _ in range(300):
            add = conformal(low, high, NOISES[noise](rng, points), share)
            new = NOISES[noise](rng, 50)
            same.append(np.mean(outside(low, high, new) <= add))
            doubled.append(np.mean(outside(low, high, 2 * new) <= add))
        error = np.std(same) / np.sqrt(len(same))
        assert np.mean(same) > share - 4 * error
        assert np.mean(same) < share + 1 / (points + 1) + 4 * error
        if noise == "Gaussian" and interval == "far too narrow":
            assert np.mean(doubled) < share - 0.1  # not exchangeable


# Check yourself


@pytest.mark.parametrize("implementation", ["NumPy", "lossopt", "Keras from logits"])
@pytest.mark.parametrize("labels", [4, 4000])
def test_three_labels_in_four(implementation, labels):
    """No: at p = 1 each zero costs −log 0, which is infinite.

    Nearly: the probability is right, but −log 0.75 is the cost of the ones only. Each zero costs −log 0.25.

    Right: ¾ · 0.288 + ¼ · 1.386 = 0.562, the entropy of the labels.

    No: that is log 2, the cost of an undecided model.
    """
    y = np.arange(labels) % 4 != 0

    def costs(logit):
        p = sigmoid(logit)
        if implementation == "NumPy":
            return np.where(y, np.logaddexp(0, -logit), np.logaddexp(0, logit))
        if implementation == "lossopt":
            return losses.binary_crossentropy(y[:, None] * 1.0, np.full((labels, 1), p))
        targets, logits = y[:, None] * 1.0, np.full((labels, 1), logit)
        return keras.losses.binary_crossentropy(targets, logits, from_logits=True).numpy()

    at = np.log(3)
    assert np.isclose(costs(at).mean(), 0.562, atol=5e-4)
    assert np.isclose(costs(at).mean(), stats.entropy([0.75, 0.25]), atol=1e-6)
    assert np.isclose(costs(at)[1], -np.log(0.75), atol=1e-6) and round(-np.log(0.75), 3) == 0.288
    assert np.isclose(costs(at)[0], -np.log(0.25), atol=1e-6) and round(-np.log(0.25), 3) == 1.386
    assert np.isclose(0.75 * 0.288 + 0.25 * 1.386, 0.562, atol=1e-3)
    assert costs(at).mean() == min(costs(logit).mean() for logit in (at, *np.linspace(-5, 5, 41)))
    assert np.isclose(costs(0.0).mean(), np.log(2), atol=1e-6) and round(np.log(2), 3) == 0.693
    if implementation != "lossopt":  # from probabilities the clip ends it at 16.118, as in Keras
        assert [round(float(costs(logit)[0])) for logit in (100.0, 1000.0)] == [100, 1000]
    with np.errstate(divide="ignore"):
        assert -np.log(0.0) == np.inf


@pytest.mark.parametrize("slope", [2.0, -5.0])
@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_a_line_under_lognormal_noise(slope, scale):
    """Right: squared error aims at the conditional mean under any noise of finite variance, if the model can
    represent that mean.

    No: absolute error aims at the median, which lies below the mean for this noise.

    No: under finite variance the influence of outliers vanishes as the number of points grows.

    No: larger noise makes the estimate less precise, but the line that it approaches stays the same.
    """
    rng = np.random.default_rng(0)

    def errors_of_the_fit(points, size, times=30):
        x = rng.uniform(-1, 1, (times, points))
        noise = size * (rng.lognormal(size=x.shape) - np.exp(0.5))
        fits = [np.polyfit(a, 1 + slope * a + b, 1) for a, b in zip(x, noise, strict=True)]
        return np.array(fits) - [slope, 1]

    few, many = (np.sqrt(np.mean(errors_of_the_fit(n, scale) ** 2)) for n in (100, 10_000))
    assert few / 20 < many < few / 5  # like 1/√n, outliers and all
    assert np.sqrt(np.mean(errors_of_the_fit(100, 10 * scale) ** 2)) > 5 * few
    found = errors_of_the_fit(10_000, scale)
    assert (np.abs(found.mean(0)) < 4 * found.std(0) / np.sqrt(30)).all()

    noise = scale * (rng.lognormal(size=20_001) - np.exp(0.5))
    candidates = scale * np.linspace(-1.5, 1, 251)
    best = candidates[np.argmin([np.abs(noise - c).mean() for c in candidates])]
    assert abs(best - np.median(noise)) < 0.03 * scale
    assert best < -0.4 * scale  # the mean of the noise is 0
    # A line cannot represent a parabola's mean, and does not reach it.
    x = np.linspace(-1, 1, 1001)
    wrong = np.polyfit(x, slope * x**2, 1)
    assert np.abs(np.polyval(wrong, x) - slope * x**2).max() > 0.3 * abs(slope)


@pytest.mark.parametrize("noise", [0.1, 10.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_four_percent_on_either_side(noise, seed):
    """No: under skewed noise the sides differ, as with 0 % below and 12 % above.

    No: an overfitted model is overconfident, so more than 10 % would lie on either side.

    No: the interval is wider than it need be. The standard error is 0.6 percentage points, so 12 points are not
    chance.

    Right: only 8 % lie outside instead of 20 %, equally many on both sides. Symmetric noise with heavy tails would
    look the same.
    """
    rng = np.random.default_rng(seed)
    z = stats.norm.ppf(0.9)
    assert round(z, 2) == 1.28

    errors = noise * skewed(rng, 5000)
    assert np.mean(errors < -z * noise) == 0
    assert round(100 * stats.expon.sf(1 + z)) == 10 and np.mean(errors > z * noise) > 0.08
    for points, features in ((50, 30), (200, 150)):
        errors, sigma = too_many_features(rng, points, features, noise)
        assert min(np.mean(errors < -z * sigma), np.mean(errors > z * sigma)) > 0.1

    assert round(100 * np.sqrt(0.8 * 0.2 / 5000), 1) == 0.6
    assert stats.binom(5000, 0.8).sf(0.92 * 5000 - 1) < 1e-50
    errors = noise * rng.normal(size=5000)
    sigma = noise * stats.norm.ppf(0.96) / z  # the σ at which 4 % lie on either side
    assert sigma > 1.3 * noise
    sides = np.mean(errors < -z * sigma), np.mean(errors > z * sigma)
    assert np.allclose(sides, 0.04, atol=0.01)
    assert abs(np.mean(np.abs(errors) < z * noise) - 0.8) < 0.02  # the right σ needs less width

    errors = noise * rng.standard_t(2.5, size=5000)
    sigma = noise * SPREAD["heavy tails"]  # the right one
    assert np.allclose([np.mean(errors < -z * sigma), np.mean(errors > z * sigma)], 0.04, atol=0.012)
