"""The schedules beside Keras and optax, step by step; reduce-on-plateau beside Keras's callback.

The cases are those of test_schedules.py.
"""

import inspect
import itertools
import json
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import optax
import pytest
from test_schedules import CASES, STEPS

from lossopt import schedules
from lossopt.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Warmup,
    WarmupStableDecay,
    reduce_on_plateau,
)

# What keras.optimizers.schedules exports and the package has not, with the reason.
LEFT_OUT = {
    "LearningRateSchedule": "the base class: here any function of the step is a schedule",
    "serialize": "for saved Keras models",
    "deserialize": "for saved Keras models",
}
NAMES = [f"{ours.__name__}{list(arguments.values())}" for ours, arguments in CASES]


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


def test_keras_misses_a_restart_where_its_logarithm_rounds_down():
    """21 = 10 + 11 steps are two periods, and log(1.21)/log(1.1) is 1.9999999 in float32."""
    arguments = {"initial_learning_rate": 0.1, "first_decay_steps": 10, "t_mul": 1.1}
    assert rates_of_keras("CosineDecayRestarts", "float32", (21,), **arguments) == 0
    assert CosineDecayRestarts(**arguments)(21) == pytest.approx(0.1, rel=1e-12)
    # In double precision it is 111 = 1 + 10 + 100.
    arguments = {"initial_learning_rate": 0.1, "first_decay_steps": 1, "t_mul": 10.0}
    assert rates_of_keras("CosineDecayRestarts", "float64", (111,), **arguments) == 0
    assert CosineDecayRestarts(**arguments)(111) == pytest.approx(0.1, rel=1e-12)


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


def test_the_threshold_of_a_plateau_is_absolute_in_keras_and_relative_in_pytorch_and_optax():
    halving = [1e-4 * 0.5**epoch for epoch in range(6)]
    assert rates_of_callback(halving, 0.1, patience=3)[-1] == pytest.approx(0.01)
    golden = json.loads((Path(__file__).parent / "golden/defaults_torch.json").read_text(encoding="utf-8"))
    theirs = golden["defaults"]["ReduceLROnPlateau"]
    assert (theirs["threshold_mode"], theirs["threshold"]) == ("rel", 1e-4)
    assert all(loss < best * (1 - 1e-4) for best, loss in itertools.pairwise(halving))
    in_optax = optax.contrib.reduce_on_plateau(patience=3)
    state = in_optax.init(0.0)
    for loss in halving:
        _, state = in_optax.update(0.0, state, value=loss)
    assert state.scale == 1
    state = in_optax.init(0.0)
    for loss in [100 - 0.005 * epoch for epoch in range(2)]:  # by 0.01 at least, or it does not count
        _, state = in_optax.update(0.0, state, value=loss)
    assert state.plateau_count == 1
    assert rates_of_callback([100 - 0.005 * epoch for epoch in range(6)], 0.1, patience=1)[
        -1
    ] == pytest.approx(0.1)


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


def test_order_and_defaults_of_reduce_on_plateau_are_those_of_the_callback():
    """Without `monitor` and `verbose`; and no name is there from which to guess the mode."""
    _, _, *ours = inspect.signature(reduce_on_plateau).parameters.values()
    in_keras = inspect.signature(keras.callbacks.ReduceLROnPlateau).parameters
    assert [parameter.name for parameter in ours] == [
        name for name in in_keras if name not in ("monitor", "verbose", "kwargs")
    ]
    differ = {p.name: p.default for p in ours if p.default != in_keras[p.name].default}
    assert differ == {"mode": "min"}


def test_warmup_stable_decay_against_three_lines_of_optax():
    """optax has no schedule of this name, but joins lines."""
    theirs = optax.schedules.join_schedules(
        [
            optax.schedules.linear_schedule(0.0, 0.1, 10),
            optax.schedules.constant_schedule(0.1),
            optax.schedules.linear_schedule(0.1, 0.01, 20),
        ],
        [10, 80],
    )
    ours = WarmupStableDecay(0.1, 100, 20, 10, 0.01)
    for step in range(120):
        assert ours(step) == pytest.approx(float(theirs(step)), abs=1e-8)


@pytest.mark.parametrize("end", [0.0, 0.02])
def test_a_straight_line_to_the_end_is_keras_polynomial_decay(end):
    line = keras.optimizers.schedules.PolynomialDecay(0.1, 90, end)
    ours, whole = (
        Warmup(schedules.PolynomialDecay(0.1, 90, end), 10),
        WarmupStableDecay(0.1, 100, 90, 10, end),
    )
    for step in range(10, 120):
        assert (
            whole(step)
            == pytest.approx(ours(step))
            == pytest.approx(float(line(step - 10)), rel=1e-5, abs=1e-9)
        )
