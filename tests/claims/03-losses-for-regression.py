"""The claims of chapter 3, each in configurations that were chosen to break it."""

from functools import cache

import numpy as np
import pytest

from lossopt import losses, optimizers

DRAWS = {
    "lognormal": lambda rng, n: rng.lognormal(2, 0.7, n),
    "exponential": lambda rng, n: rng.exponential(5, n),
    "Pareto": lambda rng, n: 2 * (1 + rng.pareto(3, n)),
    "negative lognormal": lambda rng, n: -rng.lognormal(2, 0.7, n),
    "normal": lambda rng, n: rng.normal(-3, 2, n),
    "two tails": lambda rng, n: rng.standard_t(3, n),
}


def draw(kind, n=1001, seed=0):
    return DRAWS[kind](np.random.default_rng(seed), n)


def best_constant(loss, y, **arguments):
    """Halve the interval in which the mean gradient changes its sign."""
    low, high = y.min(), y.max()
    for _ in range(80):
        c = (low + high) / 2
        uphill = loss.gradient(y, np.full_like(y, c), **arguments).mean() > 0
        low, high = (low, c) if uphill else (c, high)
    return c


def groups(kind, model):
    """The targets of one constant, or of three groups of different size, each with its own constant."""
    if model == "one constant":
        return [draw(kind)]
    return [scale * draw(kind, n, seed) for seed, (n, scale) in enumerate(((301, 1), (501, 4), (1001, 20)))]


def derivative(library, loss, y_true, y_pred, **arguments):
    """One derivative per sample, from NumPy or from Keras's tape."""
    if library == "NumPy":
        return getattr(losses, loss).gradient(y_true, y_pred, **arguments)
    import keras
    import tensorflow as tf

    made = {
        "mean_squared_error": keras.losses.MeanSquaredError,
        "mean_absolute_error": keras.losses.MeanAbsoluteError,
        "huber": keras.losses.Huber,
    }[loss](**arguments)

    def slope(targets, predictions):
        with tf.GradientTape() as tape:
            tape.watch(predictions)
            value = made(targets, predictions)
        return tape.gradient(value, predictions)

    slope = tf.function(slope) if library == "Keras compiled" else slope
    arrays = [tf.constant(array[:, None], "float32") for array in (y_true, y_pred)]
    return len(y_true) * slope(*arrays).numpy()[:, 0]


# What to remember


@pytest.mark.parametrize("targets", ["lognormal", "negative lognormal", "normal", "two tails"])
@pytest.mark.parametrize("model", ["one constant", "a constant per group"])
@pytest.mark.parametrize("q", [0.1, 0.9])
def test_each_loss_aims_at_its_own_number(targets, model, q):
    """The loss decides what a model predicts. The squared error leads to the mean, the absolute error to
    the median, and the quantile loss to a quantile.
    """
    for y in groups(targets, model):
        assert best_constant(losses.mean_squared_error, y) == pytest.approx(y.mean())
        assert best_constant(losses.mean_absolute_error, y) == pytest.approx(np.median(y))
        assert np.mean(y <= best_constant(losses.pinball, y, q=q) + 1e-9) == pytest.approx(q, abs=1 / len(y))


@pytest.mark.parametrize("library", ["NumPy", "Keras eager", "Keras compiled"])
@pytest.mark.parametrize("side", ["too low", "too high"])
@pytest.mark.parametrize("delta", [0.5, 2, 50])
def test_how_hard_a_sample_pulls(library, side, delta):
    """Under the squared error a sample pulls in proportion to its error, and under the absolute error each
    sample has one vote. Huber does the first up to δ and the second beyond it.
    """
    sizes = np.array([0.1, 0.5, 1.0, 2.0, 10.0, 1000.0])
    errors = sizes if side == "too high" else -sizes
    y_true = np.full(6, 7.0)

    def pulls(loss, **arguments):
        return derivative(library, loss, y_true, y_true + errors, **arguments)

    assert pulls("mean_squared_error") / errors == pytest.approx(np.full(6, 2.0), rel=1e-4)
    assert pulls("mean_absolute_error") == pytest.approx(np.sign(errors))
    inside, outside = sizes <= delta, sizes > delta
    assert (pulls("huber", delta=delta) / errors)[inside] == pytest.approx(np.ones(inside.sum()), rel=1e-4)
    assert pulls("huber", delta=delta)[outside] == pytest.approx(delta * np.sign(errors[outside]), rel=1e-4)


@pytest.mark.parametrize("targets", ["lognormal", "negative lognormal", "two tails"])
@pytest.mark.parametrize(
    "unit", [pytest.param(60, id="60 times smaller"), pytest.param(1e-3, id="1000 times larger")]
)
def test_delta_has_a_unit(targets, unit):
    """δ has the unit of the target, and the MSE has its square. So scale the targets, or choose δ from the
    size of an ordinary error.
    """
    y = draw(targets)

    def average(y, delta):
        return best_constant(losses.huber, y, delta=delta)

    def by_ordinary_error(y):
        return average(y, np.median(np.abs(y - np.median(y))))

    def on_scaled_targets(y):
        return average((y - y.mean()) / y.std(), 1.0) * y.std() + y.mean()

    assert average(unit * y, unit * 0.5) == pytest.approx(unit * average(y, 0.5))
    # The same number in another unit is a different δ.
    assert abs(average(unit * y, 5) - unit * average(y, 5)) > 1e-3 * unit
    assert by_ordinary_error(unit * y) == pytest.approx(unit * by_ordinary_error(y))
    assert on_scaled_targets(unit * y) == pytest.approx(unit * on_scaled_targets(y))
    mse, other = (losses.mean_squared_error(a, np.zeros_like(a)).mean() for a in (y, unit * y))
    assert other == pytest.approx(unit**2 * mse)


@cache
def slopes(transform, mode):
    """The gradient where one of two predictions equals its target, of the squared errors or of their roots."""
    import tensorflow as tf

    w = tf.Variable([[1.0], [2.0]])

    def run():
        with tf.GradientTape() as tape:
            r = tf.constant([[1.0, 2.0], [3.0, 0.0]]) @ w - [[1.0], [3.0]]
            value = tf.reduce_mean(getattr(tf, transform)(tf.reduce_mean(r**2, axis=-1)))
        return tape.gradient(value, w)

    return (run if mode == "eager" else tf.function(run, jit_compile=mode == "XLA"))().numpy()


@pytest.mark.parametrize("targets", ["lognormal", "negative lognormal"])
@pytest.mark.parametrize("batch", [1, 10, 100])
@pytest.mark.parametrize("mode", ["eager", "compiled", "XLA"])
def test_mse_to_train_on_and_rmse_to_report(targets, batch, mode):
    """Train on the MSE, and report the RMSE."""
    import keras

    batches = draw(targets, 1000).reshape(-1, batch)
    mean = batches.mean()
    candidates = mean + np.linspace(-2.5, 2.5, 501) * np.sign(mean)
    mses = np.array([((c - batches) ** 2).mean(axis=1) for c in candidates])
    assert candidates[mses.mean(axis=1).argmin()] == pytest.approx(mean)
    assert abs(candidates[np.sqrt(mses).mean(axis=1).argmin()]) < abs(mean) - 0.02  # nearer to the median

    metric = keras.metrics.RootMeanSquaredError()
    for part in np.split(batches.ravel(), [10, 400]):  # of unequal size
        metric.update_state(part[:, None], np.full((len(part), 1), mean))
    assert float(metric.result()) == pytest.approx(batches.std(), rel=1e-5)

    assert np.isfinite(slopes("identity", mode)).all()
    assert np.isnan(slopes("sqrt", mode)).all()


# (n,) against (n, 1)


@cache
def fit(optimizer, mode, case):
    """Train in stages; return the loss and the predictions after each, the targets, and the axes seen."""
    import keras
    import tensorflow as tf

    x, y = line()
    axes = set()

    class SquaredError(keras.losses.Loss):
        def call(self, y_true, y_pred):
            axes.add((len(y_true.shape), len(y_pred.shape)))
            if case == "reshaped":
                y_true = tf.reshape(y_true, tf.shape(y_pred))
            return tf.reduce_mean((y_pred - y_true) ** 2, axis=-1)

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    rule = {"SGD": keras.optimizers.SGD(0.1), "Adam": keras.optimizers.Adam(0.5)}[optimizer]
    model.compile(rule, loss=SquaredError(), run_eagerly=mode == "eager", jit_compile=mode == "XLA")
    batch = 20 if optimizer == "SGD" else 40
    seen, rng = [], np.random.default_rng(1)
    for steps in (60,) if case == "reshaped" else (60, 20, 20):
        order = np.concatenate([rng.permutation(40) for _ in range(steps * batch // 40)])
        model.fit(x[order, None], y[order], batch_size=batch, shuffle=False, verbose=0)
        seen.append(
            (model.evaluate(x[:, None], y, batch_size=40, verbose=0), model(x[:, None]).numpy()[:, 0])
        )
    return *zip(*seen, strict=True), y, axes


def descend_to_a_line(rule, x, y, steps):
    """Return the losses on the way to the best line, the shapes of targets and predictions agreeing."""
    w, way = np.zeros(2), []
    state = rule.init(w)
    for _ in range(steps):
        r = w[0] * x + w[1] - y
        way.append(np.mean(r**2))
        w, state = rule.update(w, 2 * np.array([np.mean(r * x), np.mean(r)]), state)
    return np.array(way), w[0] * x + w[1]


def line(seed=0):
    """Inputs, and targets near a line, with the mean 7.0 and the standard deviation 1.5 of the quiz."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=40)
    y = x + 0.1 * rng.normal(size=40)
    return x, 7 + 1.5 * (y - y.mean()) / y.std()


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_equal_predictions(optimizer, mode):
    """If all predictions are equal and the squared loss stays at the variance of the targets, compare the
    shapes, (n,) against (n, 1).

    all predictions are equal, and the squared loss stays at the variance of the targets | print both
    shapes inside the loss, and reshape the targets; if the shapes agree, scale the inputs | (n,)
    against (n, 1) compares every prediction with every target, and tiny inputs leave only the bias
    """
    stopped, predictions, y, axes = fit(optimizer, mode, "(n,)")
    assert axes == {(1, 2)}
    assert stopped[1:] == pytest.approx([y.var()] * 2, rel=0.05)
    assert np.ptp(predictions[-1]) < 0.1 * np.ptp(y)
    falling, predictions, y, _ = fit(optimizer, mode, "reshaped")
    assert falling[-1] < 0.1 * y.var()
    assert np.corrcoef(predictions[-1], y)[0, 1] > 0.99

    x, y = line()
    rule = {"SGD": optimizers.SGD(0.1), "Adam": optimizers.Adam(0.3)}[optimizer]
    stopped, equal = descend_to_a_line(rule, 1e-6 * x, y, 300)
    assert stopped[-1] == pytest.approx(y.var(), rel=1e-3)
    assert np.ptp(equal) < 1e-3
    cured, different = descend_to_a_line(rule, x / x.std(), y, 300)
    assert cured[-1] < 0.05 * y.var()
    assert np.corrcoef(different, y)[0, 1] > 0.99


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_quiz_shapes(optimizer, mode):
    """Right: 2.25 is 1.5², the variance, so the model predicts the mean for every sample. (n,) against (n,
    1) compares each prediction with each target, and then the mean is the best answer.
    """
    stopped, predictions, y, _ = fit(optimizer, mode, "(n,)")
    assert y.var() == pytest.approx(2.25)
    assert stopped[-1] == pytest.approx(2.25, rel=0.05)
    assert predictions[-1] == pytest.approx(np.full(40, 7.0), abs=0.5)
    better = np.random.default_rng(0).normal(
        7, 1.5, size=(200, 40)
    )  # any other predictions, each against all targets
    table = (better[:, :, None] - y) ** 2
    assert table.mean(axis=(1, 2)).min() > 2.25
    assert ((7.0 - y) ** 2).mean() == pytest.approx(2.25)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("rate", [0.01, 0.001, 0.0001])
def test_quiz_a_small_rate(optimizer, rate):
    """No: with too small a learning rate the loss would still fall slowly. This one has stopped."""
    rule = {"SGD": optimizers.SGD, "Adam": optimizers.Adam}[optimizer](rate)
    way, _ = descend_to_a_line(rule, *line(), 100)
    assert (np.diff(way) < 0).all()
    stopped, *_ = fit("SGD", "compiled", "(n,)")
    assert np.ptp(stopped) < 0.05


@pytest.mark.parametrize("outliers", ["two", "a quarter"])
@pytest.mark.parametrize("size", [-100, 10, 1000])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_quiz_outliers(outliers, size, seed):
    """No: outliers would move the predictions, but would not make them all equal."""
    x, y = line(seed)
    corrupted = y.copy()
    corrupted[: 2 if outliers == "two" else 10] *= size
    clean, moved = (np.polyval(np.polyfit(x, targets, 1), x) for targets in (y, corrupted))
    assert np.abs(moved - clean).max() > 1
    assert moved.std() > 0.1


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_quiz_more_epochs(optimizer, mode):
    """No: the loss has stopped, so more epochs only repeat the best constant."""
    stopped, predictions, y, _ = fit(optimizer, mode, "(n,)")
    assert stopped == pytest.approx([y.var()] * 3, rel=0.05)
    assert np.array(predictions) == pytest.approx(np.full((3, 40), 7.0), abs=0.5)


# When something is wrong

CAUSES = {  # factors of an input and of a target; then the loss of a squared error and the rate, each sick and cured
    "nan among the inputs": (np.nan, 1.0, ("none", "none"), (0.01, 0.01)),
    "inf among the targets": (1.0, np.inf, ("none", "none"), (0.01, 0.01)),
    "a root at zero": (1.0, 1.0, ("sqrt", "sqrt + 0.01"), (0.01, 0.01)),
    "a logarithm of zero": (1.0, 1.0, ("log", "log + 0.01"), (0.01, 0.01)),
    "a division by zero": (1.0, 1.0, ("1/", "1/ + 0.01"), (0.01, 0.01)),
    "too high a rate": (1.0, 1.0, ("none", "none"), (1.0, 0.1)),
}


@pytest.mark.parametrize(
    "cause",
    [
        "nan among the inputs",
        "inf among the targets",
        "a root at zero",
        "a logarithm of zero",
        "a division by zero",
        "too high a rate",
    ],
)
@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_nan(cause, mode):
    """the loss is `nan` | test inputs and targets with `np.isfinite`; keep roots, logarithms and divisions
    away from zero; divide the learning rate by ten | one sample without a finite gradient turns
    every weight into `nan`
    """
    import tensorflow as tf

    def step(w, x, y, form, rate):
        with tf.GradientTape() as tape:
            squares = tf.reduce_mean((x @ w - y) ** 2, axis=-1)
            if form != "none":
                squares = squares + 0.01 * ("+" in form)
                squares = {"s": tf.sqrt, "l": tf.math.log, "1": lambda v: 1 / v}[form[0]](squares)
            value = tf.reduce_mean(squares)
        w.assign_sub(rate * tape.gradient(value, w))
        return value

    step = tf.function(step) if mode == "compiled" else step
    inputs, targets, forms, rates = CAUSES[cause]
    for sick, form, rate in ((True, forms[0], rates[0]), (False, forms[1], rates[1])):
        x = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 1.0], [0.0, 1.0]], "float32")
        w = tf.Variable([[1.0], [1.0]])
        y = x @ w.numpy() + np.array([[1.0], [2.0], [-1.0], [0.0]], "float32")  # the last has no error
        if sick:
            x[0, 0] *= inputs
            y[1, 0] *= targets
            assert (np.isfinite(x).all() and np.isfinite(y).all()) == ("among" not in cause)
        for _ in range(80 if "rate" in cause else 3):
            value = step(w, tf.constant(x), tf.constant(y), form, tf.constant(rate))
        assert np.isnan(w).all() == sick
        assert np.isfinite(value.numpy()) != sick


@pytest.mark.parametrize("library", ["NumPy", "Keras"])
@pytest.mark.parametrize("targets", ["lognormal", "negative lognormal", "two tails"])
@pytest.mark.parametrize("side", ["too low", "too high"])
def test_huge_loss(library, targets, side):
    """the loss is huge, but the metric is fine | scale the targets, and report the RMSE | the MSE has the
    squared unit, so an error of 10 minutes costs 360,000 seconds²
    """
    import keras

    def mse(y_true, y_pred):
        if library == "NumPy":
            return losses.mean_squared_error(y_true, y_pred).mean()
        return float(keras.losses.MeanSquaredError()(y_true[:, None], y_pred[:, None]))

    minutes = draw(targets)
    forecasts = minutes + (10 if side == "too high" else -10)
    assert mse(60 * minutes, 60 * forecasts) == pytest.approx(360_000, rel=1e-4)
    assert np.sqrt(mse(60 * minutes, 60 * forecasts)) == pytest.approx(60 * 10, rel=1e-4)
    scaled = [(unit * minutes - np.mean(unit * minutes)) / np.std(unit * minutes) for unit in (1, 60)]
    assert scaled[0] == pytest.approx(scaled[1])  # so its loss is the same in any unit
    assert mse(scaled[1], np.zeros_like(minutes)) == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("library", ["NumPy", "Keras"])
@pytest.mark.parametrize("mean", [4, 40, 1000])
def test_negative_loss(library, mean):
    r"""the loss is negative | nothing, if the loss is Poisson | its minimum may be negative, because a term
    without $\hat y$ was left out
    """
    import keras
    from scipy import stats

    y = np.random.default_rng(0).poisson(mean, 400).astype(float)

    def poisson(c):
        rates = np.full_like(y, c)
        if library == "NumPy":
            return losses.poisson(y, rates).mean()
        return float(keras.losses.Poisson()(y[:, None], rates[:, None]))

    assert poisson(y.mean()) < 0
    assert poisson(y.mean()) == min(poisson(share * y.mean()) for share in (0.5, 0.8, 1, 1.2, 2))
    whole = [-stats.poisson(c).logpmf(y).mean() for c in (0.8 * mean, 1.3 * mean)]
    assert min(whole) > 0
    left_out = np.subtract(whole, [poisson(0.8 * mean), poisson(1.3 * mean)])
    assert left_out[0] == pytest.approx(left_out[1], rel=1e-4)


@pytest.mark.parametrize("targets", ["lognormal", "exponential", "Pareto"])
@pytest.mark.parametrize("model", ["one constant", "a constant per group"])
def test_low_forecasts(targets, model):
    r"""forecasts are too low on average | train with `"mse"` or `Poisson` | MAE, MAPE and $\log y$ do not
    aim at the mean of positive targets with one long tail
    """
    for y in groups(targets, model):
        for low in (
            best_constant(losses.mean_absolute_error, y),
            best_constant(losses.mean_absolute_percentage_error, y),
            np.exp(best_constant(losses.mean_squared_error, np.log(y))),
        ):
            assert low < 0.95 * y.mean()
        for right in (losses.mean_squared_error, losses.poisson):
            assert best_constant(right, y) == pytest.approx(y.mean(), rel=1e-5)


# Check yourself


def descend(loss, y, **arguments):
    """Follow the mean gradient in steps that become shorter."""
    c = 5.0
    for step in range(4000):
        c -= 4 / (1 + 0.05 * step) * loss.gradient(y, np.full_like(y, c), **arguments).mean()
    return c


@pytest.mark.parametrize("method", ["halving", "gradient descent"])
@pytest.mark.parametrize(
    "copies", [pytest.param(1, id="each wait once"), pytest.param(5, id="each wait five times")]
)
def test_quiz_four_waits(method, copies):
    """No: the first two are swapped. Under the squared error the 9 pulls hard, so the best constant is the
    mean, 12 / 4 = 3.

    No: 8.1 is nine tenths of the largest value, but a quantile counts samples.

    Right: the mean is 3 and the median is 1. For $q = 0.9$ nine tenths of the waits must lie below the
    constant, but between 1 and 9 only three quarters do, so the pulls drive it up to 9.

    No: under the absolute error each sample has one vote. Three votes say "1", regardless of the size
    of the 9.
    """
    find = best_constant if method == "halving" else descend
    waits = np.repeat([1.0, 1.0, 1.0, 9.0], copies)
    assert find(losses.mean_squared_error, waits) == pytest.approx(3, abs=0.05)
    for last in (9.0, 20.0, 900.0):
        other = np.where(waits == 9, last, waits)
        assert find(losses.mean_absolute_error, other) == pytest.approx(1, abs=0.05)
    assert find(losses.pinball, waits, q=0.9) == pytest.approx(9, abs=0.05)
    between = np.array([1.5, 5.0, 8.1, 8.9])
    assert [np.mean(waits < c) for c in between] == [0.75] * 4
    assert all(losses.pinball.gradient(waits, np.full_like(waits, c), q=0.9).mean() < 0 for c in between)
    further = np.where(waits == 9, 90.0, waits)  # it follows the sample, not a share of its size
    assert best_constant(losses.pinball, further, q=0.9) == pytest.approx(90)


@pytest.mark.parametrize("sales", ["lognormal", "exponential", "Pareto"])
@pytest.mark.parametrize("model", ["one constant", "a constant per group"])
def test_quiz_bread(sales, model):
    """No: a fit that starts at zero and stops too early could balance them only by chance.

    No: the squared error aims at the mean, so the sum would be about right, and more than half of the
    forecasts would be too high.

    No: under the squared error large targets pull the sum up. Under the absolute error each has one vote,
    too little for the total.

    Right: half above and half below is the median. With one long upper tail it lies below the mean, so
    the sum is too low. For totals use the squared error or Poisson.
    """
    shops = groups(sales, model)

    def forecast(loss, shops=shops):
        return [np.full_like(y, best_constant(loss, y)) for y in shops]

    def too_high(forecasts):
        return np.mean(np.concatenate(forecasts) > np.concatenate(shops) + 1e-9)

    def share_of_total(forecasts):
        return np.concatenate(forecasts).sum() / np.concatenate(shops).sum()

    squared, absolute = forecast(losses.mean_squared_error), forecast(losses.mean_absolute_error)
    assert too_high(absolute) == pytest.approx(0.5, abs=0.01)
    assert share_of_total(absolute) < 0.9
    assert too_high(squared) > 0.55
    for right in (squared, forecast(losses.poisson)):
        assert share_of_total(right) == pytest.approx(1, rel=1e-4)
    stops = [too_high([share * f for f in squared]) for share in np.linspace(0.01, 1, 100)]
    assert np.mean(np.abs(np.array(stops) - 0.5) < 0.02) < 0.1

    for larger in (10, 1000):
        grown = [np.where(y > np.quantile(y, 0.95), larger * y, y) for y in shops]
        for loss in (losses.mean_squared_error, losses.mean_absolute_error, losses.huber):
            before, after = (np.concatenate(forecast(loss, y)) for y in (shops, grown))
            assert (after >= before - 1e-6).all()
        after = np.concatenate(forecast(losses.mean_absolute_error, grown))
        assert after == pytest.approx(np.concatenate(absolute))
    # A line can tilt, so that single forecasts fall, but its forecasts still add up to the total.
    x = np.linspace(0, 1, 11)
    y = np.where(x == 1, 50, 1 + x)
    line_forecast = np.polyval(np.polyfit(x, y, 1), x)
    assert line_forecast[0] < 1
    assert line_forecast.sum() == pytest.approx(y.sum())
