"""The schedules against hand values, Keras and optax; reduce-on-plateau against Keras's callback."""

import inspect
from dataclasses import asdict
from types import SimpleNamespace

import keras
import numpy as np
import optax
import pytest

from lossopt import schedules
from lossopt.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseSquareRootDecay,
    InverseTimeDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Warmup,
    reduce_on_plateau,
)

# What keras.optimizers.schedules exports and the package has not, with the reason.
LEFT_OUT = {
    "LearningRateSchedule": "the base class: here any function of the step is a schedule",
    "serialize": "for saved Keras models",
    "deserialize": "for saved Keras models",
}

# Each of Keras's, with arguments that use all it can do.
CASES = [
    (ExponentialDecay, {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}),
    (
        ExponentialDecay,
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 1 + 2**-10, "staircase": True},
    ),
    (PiecewiseConstantDecay, {"boundaries": (10,), "values": (0.3, 0.1)}),
    (PiecewiseConstantDecay, {"boundaries": (10, 20, 90), "values": (0.1, 0.2, 0.0, 0.05)}),
    (PolynomialDecay, {"initial_learning_rate": 0.1, "decay_steps": 40}),
    (
        PolynomialDecay,
        {"initial_learning_rate": 0.1, "decay_steps": 40, "end_learning_rate": 0.02, "power": 2.0},
    ),
    (PolynomialDecay, {"initial_learning_rate": 0.1, "decay_steps": 40, "power": 0.5, "cycle": True}),
    (InverseTimeDecay, {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}),
    (
        InverseTimeDecay,
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5, "staircase": True},
    ),
    (CosineDecay, {"initial_learning_rate": 0.1, "decay_steps": 50}),
    (CosineDecay, {"initial_learning_rate": 0.1, "decay_steps": 50, "alpha": 0.2, "warmup_steps": 30}),
    (CosineDecay, {"initial_learning_rate": 0.1, "decay_steps": 50, "warmup_target": 0.3}),
    (
        CosineDecay,
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 50,
            "alpha": 0.1,
            "warmup_target": 0.3,
            "warmup_steps": 30,
        },
    ),
    (CosineDecayRestarts, {"initial_learning_rate": 0.1, "first_decay_steps": 20}),
    (
        CosineDecayRestarts,
        {"initial_learning_rate": 0.1, "first_decay_steps": 20, "t_mul": 1.0, "m_mul": 0.8, "alpha": 0.1},
    ),
    (
        CosineDecayRestarts,
        {"initial_learning_rate": 0.1, "first_decay_steps": 20, "t_mul": 1.5, "m_mul": 1.1, "alpha": 0.1},
    ),
]
NAMES = [f"{ours.__name__}{list(arguments.values())}" for ours, arguments in CASES]
EVERY = [
    *(ours(**arguments) for ours, arguments in CASES),
    InverseSquareRootDecay(0.1, 20),
    OneCycle(0.1, 100),
    PiecewiseConstantDecay([3], [1, 0]),
    Warmup(0.1, 20),
    Warmup(CosineDecay(0.1, 50), 20),
]
STEPS = [*range(131), 1000, 123_456]  # every boundary above and its neighbours, and far beyond them all


@pytest.mark.parametrize(
    ("schedule", "step", "rate"),
    [
        (ExponentialDecay(0.1, 10, 0.5), 0, 0.1),
        (ExponentialDecay(0.1, 10, 0.5), 15, 0.1 * 0.5**1.5),
        (ExponentialDecay(0.1, 10, 0.5, staircase=True), 9, 0.1),
        (ExponentialDecay(0.1, 10, 0.5, staircase=True), 10, 0.1 * 0.5),
        (ExponentialDecay(0.1, 10, 2.0), 30, 0.1 * 8),
        (PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1]), 0, 1.0),
        (PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1]), 100, 1.0),
        (PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1]), 101, 0.5),
        (PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1]), 201, 0.1),
        (PiecewiseConstantDecay([], [0.7]), 5, 0.7),
        (PolynomialDecay(0.1, 10, 0.02), 5, 0.02 + 0.08 / 2),
        (PolynomialDecay(0.1, 10, 0.02, power=2), 5, 0.02 + 0.08 / 4),
        (PolynomialDecay(0.1, 10, 0.02), 11, 0.02),
        (PolynomialDecay(0.1, 10, 0.0, cycle=True), 10, 0.0),
        (PolynomialDecay(0.1, 10, 0.0, cycle=True), 11, 0.1 * (1 - 11 / 20)),
        (InverseTimeDecay(0.1, 10, 0.5), 20, 0.1 / (1 + 0.5 * 2)),
        (InverseTimeDecay(0.1, 10, 0.5, staircase=True), 19, 0.1 / (1 + 0.5 * 1)),
        (InverseSquareRootDecay(0.1, 10), 80, 0.1 / 3),
        (CosineDecay(0.1, 10), 5, 0.1 / 2),
        (CosineDecay(0.1, 30), 10, 0.1 * (1 + 1 / 2) / 2),
        (CosineDecay(0.1, 10, alpha=0.2), 5, 0.1 * (0.8 / 2 + 0.2)),
        (CosineDecay(0.1, 10, alpha=0.2), 99, 0.1 * 0.2),
        (CosineDecay(0.1, 10, 0.0, 0.5, 4), 1, 0.1 + 0.4 / 4),
        (CosineDecay(0.1, 10, 0.0, 0.5, 4), 4 + 5, 0.5 / 2),
        (CosineDecayRestarts(0.1, 10), 9, 0.1 * (1 + np.cos(0.9 * np.pi)) / 2),
        (CosineDecayRestarts(0.1, 10), 10, 0.1),
        (CosineDecayRestarts(0.1, 10, m_mul=0.5), 10 + 10, 0.1 * 0.5 / 2),
        (CosineDecayRestarts(0.1, 10, m_mul=0.5, alpha=0.2), 10 + 20, 0.1 * (0.8 * 0.25 + 0.2)),
        (CosineDecayRestarts(0.1, 10, t_mul=1, m_mul=0.5), 25, 0.1 * 0.25 / 2),
        (OneCycle(0.1, 100), 0, 0.1 / 25),
        (OneCycle(0.1, 100), 15, (0.1 / 25 + 0.1) / 2),
        (OneCycle(0.1, 100), 30, 0.1),
        (OneCycle(0.1, 100), 65, (0.1 + 0.1 / 25 / 1e4) / 2),
        (OneCycle(0.1, 100), 100, 0.1 / 25 / 1e4),
        (OneCycle(0.1, 100), 1000, 0.1 / 25 / 1e4),
        (OneCycle(0.1, 100, pct_start=0.5, div_factor=2, final_div_factor=4), 75, (0.1 + 0.1 / 8) / 2),
        (Warmup(0.1, 4), 3, 0.1 * 3 / 4),
        (Warmup(0.1, 4), 4, 0.1),
        (Warmup(0.1, 0), 0, 0.1),
        (Warmup(0.1, 1), 0, 0.0),
        (Warmup(0.1, 4, initial_learning_rate=0.02), 1, 0.02 + 0.08 / 4),
        (Warmup(ExponentialDecay(0.1, 10, 0.5), 4), 4 + 10, 0.1 * 0.5),
    ],
    ids=str,
)
def test_hand_values(schedule, step, rate):
    np.testing.assert_allclose(schedule(step), rate, rtol=1e-14, atol=1e-17)


def rates_of_keras(name, precision, steps, **arguments):
    """Keras computes in the precision of its arguments."""
    number = np.dtype(precision).type

    def convert(value):
        if isinstance(value, tuple):
            return [convert(v) for v in value]
        return number(value) if isinstance(value, float) else value

    arguments = {name: convert(value) for name, value in arguments.items()}
    schedule = getattr(keras.optimizers.schedules, name)(**arguments)
    return np.array([schedule(step) for step in steps])


def rates_of_optax(schedule, steps):
    return np.array([schedule(step) for step in steps])


def rates_of_callback(losses, learning_rate, **arguments):
    """The rates that Keras's own callback reports for a model whose losses these are."""
    callback = keras.callbacks.ReduceLROnPlateau(**{"mode": "min", **arguments})
    callback.set_model(SimpleNamespace(optimizer=keras.optimizers.SGD(learning_rate)))
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        logs = {"val_loss": loss}
        callback.on_epoch_end(epoch, logs)
        rates.append(logs["learning_rate"])
    return rates


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("ours", "arguments"), CASES, ids=NAMES)
def test_every_step_against_keras(ours, arguments, precision):
    expected = rates_of_keras(ours.__name__, precision, tuple(STEPS), **asdict(ours(**arguments)))
    assert expected.dtype == precision
    tolerance = {"float32": 3e-6, "float64": 1e-14}[precision]
    np.testing.assert_allclose(ours(**arguments)(STEPS), expected, rtol=tolerance, atol=tolerance * 0.1)


@pytest.mark.parametrize(("ours", "arguments"), CASES, ids=NAMES)
def test_order_and_defaults_are_those_of_keras(ours, arguments):
    in_keras = getattr(keras.optimizers.schedules, ours.__name__)
    assert asdict(ours(**arguments)).items() == without_name(in_keras(**arguments).get_config()).items()
    assert list(inspect.signature(ours).parameters) == list(
        without_name(inspect.signature(in_keras).parameters)
    )


def without_name(arguments):
    return {name: value for name, value in arguments.items() if name != "name"}


def test_keras_has_no_schedule_that_the_package_lacks():
    exported = {name for name in dir(keras.optimizers.schedules) if not name.startswith("_")}
    assert {name for name in exported if not hasattr(schedules, name)} == set(LEFT_OUT)


@pytest.mark.parametrize("schedule", EVERY, ids=str)
def test_a_number_gives_a_plain_number_and_an_array_an_array(schedule):
    assert type(schedule(3)) is type(schedule(np.int64(3))) is float
    together = schedule(np.array(STEPS).reshape(7, 19))
    assert together.shape == (7, 19)
    np.testing.assert_allclose(together.ravel(), [schedule(step) for step in STEPS], rtol=1e-14)
    assert schedule(np.array([])).shape == (0,)
    assert schedule(np.array([3, 4], dtype=np.float32)).dtype == float


@pytest.mark.parametrize("schedule", EVERY, ids=str)
@pytest.mark.parametrize("step", [-1, np.nan, np.inf, [0, 1, -1]], ids=str)
def test_a_step_that_is_none_is_refused(schedule, step):
    with pytest.raises(ValueError, match=r"step must be 0 or more, and finite, and .*(-1|nan|inf).* came"):
        schedule(step)


def test_keras_misses_a_restart_where_its_logarithm_rounds_down():
    """21 = 10 + 11 steps are two periods, and log(1.21)/log(1.1) is 1.9999999 in float32."""
    arguments = {"initial_learning_rate": 0.1, "first_decay_steps": 10, "t_mul": 1.1}
    assert rates_of_keras("CosineDecayRestarts", "float32", (21,), **arguments) == 0
    assert CosineDecayRestarts(**arguments)(21) == pytest.approx(0.1, rel=1e-12)
    # In double precision it is 111 = 1 + 10 + 100.
    arguments = {"initial_learning_rate": 0.1, "first_decay_steps": 1, "t_mul": 10.0}
    assert rates_of_keras("CosineDecayRestarts", "float64", (111,), **arguments) == 0
    assert CosineDecayRestarts(**arguments)(111) == pytest.approx(0.1, rel=1e-12)


@pytest.mark.parametrize("t_mul", [1, 1.1, 1.5, 2, 3, 5, 10])
def test_no_restart_is_missed(t_mul):
    ends = np.cumsum(1000 * float(t_mul) ** np.arange(6))
    starts = np.ceil(ends - 1e-6)  # the first whole step of each new period
    schedule = CosineDecayRestarts(0.1, 1000, t_mul)
    np.testing.assert_allclose(schedule(starts), 0.1, rtol=1e-5)
    np.testing.assert_allclose(schedule(starts - 1), 0, atol=2e-6)


@pytest.mark.parametrize(
    ("ours", "in_optax"),
    [
        (ExponentialDecay(0.1, 20, 0.5), optax.schedules.exponential_decay(0.1, 20, 0.5)),
        (
            ExponentialDecay(0.1, 20, 0.5, staircase=True),
            optax.schedules.exponential_decay(0.1, 20, 0.5, staircase=True),
        ),
        (PolynomialDecay(0.1, 40, 0.02, 2.0), optax.schedules.polynomial_schedule(0.1, 0.02, 2.0, 40)),
        (PolynomialDecay(0.1, 40, 0.0), optax.schedules.linear_schedule(0.1, 0.0, 40)),
        (CosineDecay(0.1, 50, 0.2), optax.schedules.cosine_decay_schedule(0.1, 50, 0.2)),
        (
            CosineDecay(0.01, 50, 0.2, 0.1, 20),
            optax.schedules.warmup_cosine_decay_schedule(0.01, 0.1, 20, 50 + 20, end_value=0.1 * 0.2),
        ),
        (Warmup(0.1, 20, 0.01), optax.schedules.warmup_constant_schedule(0.01, 0.1, 20)),
        (
            Warmup(ExponentialDecay(0.1, 20, 0.5), 30),
            optax.schedules.warmup_exponential_decay_schedule(0.0, 0.1, 30, 20, 0.5),
        ),
        (
            CosineDecayRestarts(0.1, 50, m_mul=0.5),
            optax.schedules.sgdr_schedule(
                [
                    {
                        "init_value": 0.0,
                        "peak_value": 0.1 * 0.5**i,
                        "warmup_steps": 0,
                        "decay_steps": 50 * 2**i,
                    }
                    for i in range(3)
                ]
            ),
        ),
        (OneCycle(0.1, 100), optax.schedules.cosine_onecycle_schedule(100, 0.1)),
        (
            OneCycle(0.1, 100, 0.5, 10.0, 100.0),
            optax.schedules.cosine_onecycle_schedule(100, 0.1, 0.5, 10.0, 100.0),
        ),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_against_optax(ours, in_optax):
    steps = range(131)
    np.testing.assert_allclose(ours(steps), rates_of_optax(in_optax, steps), rtol=1e-5, atol=1e-8)


def test_where_optax_differs():
    # A boundary has the value after it.
    assert PiecewiseConstantDecay([100], [0.1, 0.01])(100) == 0.1
    assert float(optax.schedules.piecewise_constant_schedule(0.1, {100: 0.1})(100)) == pytest.approx(0.01)
    # The decay's steps count the warm-up.
    assert CosineDecay(0.0, 10, 0.0, 0.1, 4)(10) == pytest.approx(0.1 * (1 + np.cos(0.6 * np.pi)) / 2)
    assert float(optax.schedules.warmup_cosine_decay_schedule(0.0, 0.1, 4, 10)(10)) == 0
    # One-cycle's summit is at a whole step: at 2, where here it is between 2 and 3.
    assert OneCycle(0.1, 10, pct_start=0.25)(2) == pytest.approx(
        0.004 + 0.096 * (1 - np.cos(0.8 * np.pi)) / 2
    )
    assert float(optax.schedules.cosine_onecycle_schedule(10, 0.1, 0.25)(2)) == pytest.approx(0.1)


def test_warm_up_and_inverse_square_root_make_the_schedule_of_the_transformer():
    d_model, warmup = 512, 4000
    steps = np.array([1, 2000, 4000, 16_000, 100_000])
    expected = d_model**-0.5 * np.minimum(steps**-0.5, steps * warmup**-1.5)
    rate = (d_model * warmup) ** -0.5
    ours = Warmup(InverseSquareRootDecay(rate, warmup), warmup)
    np.testing.assert_allclose(ours(steps), expected, rtol=1e-12)


def test_warm_up_of_any_function():
    assert Warmup(lambda step: 1 / (step + 1), 10)(5) == 0.5
    assert Warmup(lambda step: 1 / (step + 1), 10)(13) == 1 / 4


RATE = "must be 0 or more, and finite, and {} came"
POSITIVE = "must be positive and finite, and {} came"


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (ExponentialDecay, (-0.1, 10, 0.5), "initial_learning_rate " + RATE.format("-0.1")),
        (ExponentialDecay, (np.nan, 10, 0.5), "initial_learning_rate " + RATE.format("nan")),
        (ExponentialDecay, (np.inf, 10, 0.5), "initial_learning_rate " + RATE.format("inf")),
        (ExponentialDecay, (0.1, 0, 0.5), "decay_steps " + POSITIVE.format("0")),
        (ExponentialDecay, (0.1, np.inf, 0.5), "decay_steps " + POSITIVE.format("inf")),
        (ExponentialDecay, (0.1, 10, 0), "decay_rate " + POSITIVE.format("0")),
        (PiecewiseConstantDecay, ([1], [0.1]), r"values must be 2 rates, one more .*, and \[0.1\] came"),
        (PiecewiseConstantDecay, ([2, 2], [1, 1, 1]), r"boundaries must be increasing, and \[2, 2\] came"),
        (
            PiecewiseConstantDecay,
            ([1], [0.1, -1]),
            r"values must be 0 or more, and finite, and \[0.1, -1\] came",
        ),
        (PiecewiseConstantDecay, ([1], [0.1, np.inf]), "values must be 0 or more, and finite"),
        (PolynomialDecay, (-1, 10), "initial_learning_rate " + RATE.format("-1")),
        (PolynomialDecay, (0.1, -10), "decay_steps " + POSITIVE.format("-10")),
        (PolynomialDecay, (0.1, 10, -0.1), "end_learning_rate " + RATE.format("-0.1")),
        (PolynomialDecay, (0.1, 10, 0.1, 0), "power " + POSITIVE.format("0")),
        (InverseTimeDecay, (-1, 10, 1), "initial_learning_rate " + RATE.format("-1")),
        (InverseTimeDecay, (0.1, 0, 1), "decay_steps " + POSITIVE.format("0")),
        (InverseTimeDecay, (0.1, 10, -1), "decay_rate " + RATE.format("-1")),
        (InverseSquareRootDecay, (-1, 10), "initial_learning_rate " + RATE.format("-1")),
        (InverseSquareRootDecay, (0.1, 0), "decay_steps " + POSITIVE.format("0")),
        (CosineDecay, (-1, 10), "initial_learning_rate " + RATE.format("-1")),
        (CosineDecay, (0.1, 0), "decay_steps " + POSITIVE.format("0")),
        (CosineDecay, (0.1, 10, -0.1), "alpha must be from 0 to 1, and -0.1 came"),
        (CosineDecay, (0.1, 10, 1.1), "alpha must be from 0 to 1, and 1.1 came"),
        (CosineDecay, (0.1, 10, 0.0, -1), "warmup_target " + RATE.format("-1")),
        (CosineDecay, (0.1, 10, 0.0, 1, -1), "warmup_steps " + RATE.format("-1")),
        (CosineDecayRestarts, (-1, 10), "initial_learning_rate " + RATE.format("-1")),
        (CosineDecayRestarts, (0.1, 0), "first_decay_steps " + POSITIVE.format("0")),
        (CosineDecayRestarts, (0.1, 10, 0.9), "t_mul must be 1 or more, and finite, and 0.9 came"),
        (CosineDecayRestarts, (0.1, 10, np.inf), "t_mul must be 1 or more, and finite, and inf came"),
        (CosineDecayRestarts, (0.1, 10, 2, 0), "m_mul " + POSITIVE.format("0")),
        (CosineDecayRestarts, (0.1, 10, 2, 1, -0.1), "alpha must be from 0 to 1, and -0.1 came"),
        (CosineDecayRestarts, (0.1, 10, 2, 1, 1.1), "alpha must be from 0 to 1, and 1.1 came"),
        (OneCycle, (-1, 10), "max_learning_rate " + RATE.format("-1")),
        (OneCycle, (0.1, 0), "total_steps " + POSITIVE.format("0")),
        (OneCycle, (0.1, 10, 0), "pct_start must be between 0 and 1, and 0 came"),
        (OneCycle, (0.1, 10, 1), "pct_start must be between 0 and 1, and 1 came"),
        (OneCycle, (0.1, 10, 0.3, 0), "div_factor " + POSITIVE.format("0")),
        (OneCycle, (0.1, 10, 0.3, 25, 0), "final_div_factor " + POSITIVE.format("0")),
        (Warmup, (-1, 10), "schedule " + RATE.format("-1")),
        (Warmup, (0.1, -1), "warmup_steps " + RATE.format("-1")),
        (Warmup, (0.1, 10, -1), "initial_learning_rate " + RATE.format("-1")),
        (reduce_on_plateau, ([], 0.1), r"losses must be one number an epoch, and shape \(0,\) came"),
        (reduce_on_plateau, ([[1, 2]], 0.1), r"losses must be one number an epoch, and shape \(1, 2\) came"),
        (reduce_on_plateau, ([1], -1), "learning_rate " + RATE.format("-1")),
        (reduce_on_plateau, ([1], 0.1, 1), "factor must be between 0 and 1, and 1 came"),
        (reduce_on_plateau, ([1], 0.1, 0), "factor must be between 0 and 1, and 0 came"),
        (reduce_on_plateau, ([1], 0.1, 0.5, -1), "patience " + RATE.format("-1")),
        (reduce_on_plateau, ([1], 0.1, 0.5, 1, "auto"), "mode must be 'min' or 'max', and 'auto' came"),
        (reduce_on_plateau, ([1], 0.1, 0.5, 1, "min", -1), "min_delta " + RATE.format("-1")),
        (reduce_on_plateau, ([1], 0.1, 0.5, 1, "min", 0, -1), "cooldown " + RATE.format("-1")),
        (reduce_on_plateau, ([1], 0.1, 0.5, 1, "min", 0, 0, -1), "min_lr " + RATE.format("-1")),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_bad_input_is_refused(make, arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make(*arguments)


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (ExponentialDecay, (0, 0.5, 0.5)),
        (PiecewiseConstantDecay, ([1], [0, 0])),
        (PolynomialDecay, (0, 1, 0, 0.5)),
        (InverseTimeDecay, (0, 0.5, 0)),
        (CosineDecay, (0, 1, 0, 0, 0)),
        (CosineDecay, (0, 1, 1)),
        (CosineDecayRestarts, (0, 1, 1, 0.5, 0)),
        (CosineDecayRestarts, (0, 1, 1, 0.5, 1)),
        (OneCycle, (0, 1, 0.5, 0.5, 0.5)),
        (Warmup, (0, 0, 0)),
        (reduce_on_plateau, ([1], 0, 0.5, 0, "max", 0, 0, 0)),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_edges_of_what_is_allowed(make, arguments):
    make(*arguments)


NAN = float("nan")


@pytest.mark.parametrize(
    ("losses", "arguments"),
    [
        ([1.0] * 25, {}),
        ([1.0] * 12 + [0.5] * 15, {}),
        ([3, 2, 2, 2, 2, 2, 1, 1, 1, 1], {"factor": 0.5, "patience": 2}),
        ([1.0] * 20, {"factor": 0.5, "patience": 2, "cooldown": 3}),
        ([1.0] * 4 + [0.5] + [0.6] * 10, {"factor": 0.5, "patience": 2, "cooldown": 3}),
        ([1.0] * 10, {"factor": 0.5, "patience": 2, "cooldown": 1}),
        ([1.0] * 10, {"factor": 0.5, "patience": 0}),
        ([1.0] * 10, {"factor": 0.5, "patience": 1, "min_lr": 0.03}),
        ([1.0] * 5 + [0.9] * 5, {"factor": 0.5, "patience": 1, "min_lr": 0.1}),
        ([0.5, 0.6, 0.7, 0.7, 0.65, 0.7, 0.8], {"factor": 0.5, "patience": 2, "mode": "max"}),
        ([1.0, 0.95, 0.9, 0.85, 0.8, 0.75], {"factor": 0.5, "patience": 2, "min_delta": 0.1}),
        ([1.0, 0.9999, 0.9998, 0.9997], {"factor": 0.5, "patience": 1}),
        ([0.5, 0.5001, 0.5002, 0.5003], {"factor": 0.5, "patience": 1, "mode": "max"}),
        ([1.0, 1 - 1e-9, 1 - 2e-9], {"factor": 0.5, "patience": 1, "min_delta": 0}),
        ([NAN, 1.0, 0.5, 0.25, 0.1], {"factor": 0.5, "patience": 2}),
        ([1.0, NAN, NAN, NAN, 0.5, NAN], {"factor": 0.5, "patience": 2}),
        ([1.0, float("inf"), 0.5, float("-inf"), 0.0], {"factor": 0.5, "patience": 1}),
    ],
    ids=str,
)
def test_reduce_on_plateau_against_the_callback(losses, arguments):
    ours = reduce_on_plateau(losses, 0.1, **arguments)
    np.testing.assert_allclose(ours, rates_of_callback(tuple(losses), 0.1, **arguments), rtol=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_reduce_on_plateau_against_the_callback_at_random(seed):
    """Losses on a grid as coarse as `min_delta`, so that ties are common."""
    rng = np.random.default_rng(seed)
    losses = (0.5 + 1e-4 * np.cumsum(rng.integers(-3, 4, 60))).tolist()
    arguments = {
        "factor": float(rng.uniform(0.1, 0.9)),
        "patience": int(rng.integers(0, 5)),
        "mode": str(rng.choice(["min", "max"])),
        "min_delta": 1e-4 * int(rng.integers(0, 3)),
        "cooldown": int(rng.integers(0, 4)),
        "min_lr": float(rng.choice([0.0, 0.01])),
    }
    ours = reduce_on_plateau(losses, 0.1, **arguments)
    np.testing.assert_allclose(ours, rates_of_callback(tuple(losses), 0.1, **arguments), rtol=1e-6)


def test_reduce_on_plateau_by_hand():
    losses = [5, 4, 4, 4, 4, 4, 4, 4]  # best in the 2nd epoch; reduced after 2 more, cooled for 1, and so on
    rates = reduce_on_plateau(losses, 1.0, factor=0.5, patience=2, cooldown=2)
    assert rates.tolist() == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert rates.dtype == float


def test_order_and_defaults_of_reduce_on_plateau_are_those_of_the_callback():
    """Without `monitor` and `verbose`; and no name is there from which to guess the mode."""
    _, _, *ours = inspect.signature(reduce_on_plateau).parameters.values()
    in_keras = inspect.signature(keras.callbacks.ReduceLROnPlateau).parameters
    assert [parameter.name for parameter in ours] == [
        name for name in in_keras if name not in ("monitor", "verbose", "kwargs")
    ]
    differ = {p.name: p.default for p in ours if p.default != in_keras[p.name].default}
    assert differ == {"mode": "min"}
