"""The schedules by hand, and what they refuse; test_schedules_libraries.py holds them against Keras and optax."""

import numpy as np
import pytest

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
    WarmupStableDecay,
    reduce_on_plateau,
)

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
EVERY = [
    *(ours(**arguments) for ours, arguments in CASES),
    InverseSquareRootDecay(0.1, 20),
    OneCycle(0.1, 100),
    WarmupStableDecay(0.1, 100, 20, 10),
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
        (InverseTimeDecay(0.1, 10, 0.5), 15, 0.1 / (1 + 0.5 * 1.5)),
        (InverseTimeDecay(0.1, 10, 0.5, staircase=True), 19, 0.1 / (1 + 0.5 * 1)),
        (InverseSquareRootDecay(0.1, 10), 80, 0.1 / 3),
        (CosineDecay(0.1, 10), 5, 0.1 / 2),
        (CosineDecay(0.1, 30), 10, 0.1 * (1 + 1 / 2) / 2),
        (CosineDecay(0.1, 10, alpha=0.2), 5, 0.1 * (0.8 / 2 + 0.2)),
        (CosineDecay(0.1, 10, alpha=0.2), 99, 0.1 * 0.2),
        (CosineDecay(0.1, 10, 0.0, 0.5, 4), 1, 0.1 + 0.4 / 4),
        (CosineDecay(0.1, 10, 0.0, 0.5, 4), 4 + 5, 0.5 / 2),
        (CosineDecay(0.1, 10, 0.2, 0.5, 4), 4 + 5, 0.5 * (0.8 / 2 + 0.2)),
        (CosineDecayRestarts(0.1, 10), 9, 0.1 * (1 + np.cos(0.9 * np.pi)) / 2),
        (CosineDecayRestarts(0.1, 10), 10, 0.1),
        (CosineDecayRestarts(0.1, 10, m_mul=0.5), 10 + 10, 0.1 * 0.5 / 2),
        (CosineDecayRestarts(0.1, 10, m_mul=0.5, alpha=0.2), 10 + 20, 0.1 * (0.8 * 0.25 + 0.2)),
        (CosineDecayRestarts(0.1, 10, t_mul=1, m_mul=0.5), 25, 0.1 * 0.25 / 2),
        (WarmupStableDecay(0.1, 100, 20, 10), 0, 0),
        (WarmupStableDecay(0.1, 100, 20, 10), 5, 0.1 * 5 / 10),
        (WarmupStableDecay(0.1, 100, 20, 10), 10, 0.1),
        (WarmupStableDecay(0.1, 100, 20, 10), 80, 0.1),
        (WarmupStableDecay(0.1, 100, 20, 10), 95, 0.1 * 5 / 20),
        (WarmupStableDecay(0.1, 100, 20, 10), 1000, 0),
        (WarmupStableDecay(0.1, 100, 100, 0, 0.02), 0, 0.1),
        (WarmupStableDecay(0.1, 100, 100, 0, 0.02), 25, 0.02 + 0.08 * 75 / 100),
        (WarmupStableDecay(0.1, 100, 100, 0, 0.02), 1000, 0.02),
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
    with pytest.raises(ValueError, match=r"step must be 0 or more, and finite, but got .*(-1|nan|inf).*"):
        schedule(step)


@pytest.mark.parametrize("t_mul", [1, 1.1, 1.5, 2, 3, 5, 10])
def test_no_restart_is_missed(t_mul):
    ends = np.cumsum(1000 * float(t_mul) ** np.arange(6))
    starts = np.ceil(ends - 1e-6)  # the first whole step of each new period
    schedule = CosineDecayRestarts(0.1, 1000, t_mul)
    np.testing.assert_allclose(schedule(starts), 0.1, rtol=1e-5)
    np.testing.assert_allclose(schedule(starts - 1), 0, atol=2e-6)


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


RATE = "must be 0 or more, and finite, but got {}"
POSITIVE = "must be positive and finite, but got {}"


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (ExponentialDecay, (-0.1, 10, 0.5), "initial_learning_rate " + RATE.format("-0.1")),
        (ExponentialDecay, (np.nan, 10, 0.5), "initial_learning_rate " + RATE.format("nan")),
        (ExponentialDecay, (np.inf, 10, 0.5), "initial_learning_rate " + RATE.format("inf")),
        (ExponentialDecay, (0.1, 0, 0.5), "decay_steps " + POSITIVE.format("0")),
        (ExponentialDecay, (0.1, np.inf, 0.5), "decay_steps " + POSITIVE.format("inf")),
        (ExponentialDecay, (0.1, 10, 0), "decay_rate " + POSITIVE.format("0")),
        (PiecewiseConstantDecay, ([1], [0.1]), r"values must be 2 rates, one more .*, but got \[0.1\]"),
        (PiecewiseConstantDecay, ([2, 2], [1, 1, 1]), r"boundaries must be increasing, but got \[2, 2\]"),
        (
            PiecewiseConstantDecay,
            ([1], [0.1, -1]),
            r"values must be 0 or more, and finite, but got \[0.1, -1\]",
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
        (CosineDecay, (0.1, 10, -0.1), "alpha must be from 0 to 1, but got -0.1"),
        (CosineDecay, (0.1, 10, 1.1), "alpha must be from 0 to 1, but got 1.1"),
        (CosineDecay, (0.1, 10, 0.0, -1), "warmup_target " + RATE.format("-1")),
        (CosineDecay, (0.1, 10, 0.0, 1, -1), "warmup_steps " + RATE.format("-1")),
        (CosineDecayRestarts, (-1, 10), "initial_learning_rate " + RATE.format("-1")),
        (CosineDecayRestarts, (0.1, 0), "first_decay_steps " + POSITIVE.format("0")),
        (CosineDecayRestarts, (0.1, 10, 0.9), "t_mul must be 1 or more, and finite, but got 0.9"),
        (CosineDecayRestarts, (0.1, 10, np.inf), "t_mul must be 1 or more, and finite, but got inf"),
        (CosineDecayRestarts, (0.1, 10, 2, 0), "m_mul " + POSITIVE.format("0")),
        (CosineDecayRestarts, (0.1, 10, 2, 1, -0.1), "alpha must be from 0 to 1, but got -0.1"),
        (CosineDecayRestarts, (0.1, 10, 2, 1, 1.1), "alpha must be from 0 to 1, but got 1.1"),
        (WarmupStableDecay, (-1, 10, 5), "max_learning_rate " + RATE.format("-1")),
        (WarmupStableDecay, (0.1, 0, 5), "total_steps " + POSITIVE.format("0")),
        (WarmupStableDecay, (0.1, 10, 0), "decay_steps " + POSITIVE.format("0")),
        (
            WarmupStableDecay,
            (0.1, 10, 5, 6),
            "decay_steps must be at most total_steps − warmup_steps, but got 5",
        ),
        (OneCycle, (-1, 10), "max_learning_rate " + RATE.format("-1")),
        (OneCycle, (0.1, 0), "total_steps " + POSITIVE.format("0")),
        (OneCycle, (0.1, 10, 0), "pct_start must be above 0 and below 1, but got 0"),
        (OneCycle, (0.1, 10, 1), "pct_start must be above 0 and below 1, but got 1"),
        (OneCycle, (0.1, 10, 0.3, 0), "div_factor " + POSITIVE.format("0")),
        (OneCycle, (0.1, 10, 0.3, 25, 0), "final_div_factor " + POSITIVE.format("0")),
        (Warmup, (-1, 10), "schedule must be 0 or more, and finite, or a schedule, but got -1"),
        (Warmup, (0.1, -1), "warmup_steps " + RATE.format("-1")),
        (Warmup, (0.1, 10, -1), "initial_learning_rate " + RATE.format("-1")),
        (reduce_on_plateau, ([], 0.1), "losses is empty"),
        (reduce_on_plateau, ([[1, 2]], 0.1), r"losses must be one number per epoch, but got shape \(1, 2\)"),
        (reduce_on_plateau, ([1], -1), "learning_rate " + RATE.format("-1")),
        (reduce_on_plateau, ([1], 0.1, 1), "factor must be above 0 and below 1, but got 1"),
        (reduce_on_plateau, ([1], 0.1, 0), "factor must be above 0 and below 1, but got 0"),
        (reduce_on_plateau, ([1], 0.1, 0.5, -1), "patience " + RATE.format("-1")),
        (reduce_on_plateau, ([1], 0.1, 0.5, 1, "auto"), "mode must be 'min' or 'max', but got 'auto'"),
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
        (WarmupStableDecay, (0, 1, 0.5, 0.5, 0)),
        (Warmup, (0, 0, 0)),
        (reduce_on_plateau, ([1], 0, 0.5, 0, "max", 0, 0, 0)),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_edges_of_what_is_allowed(make, arguments):
    make(*arguments)


def test_reduce_on_plateau_by_hand():
    losses = [5, 4, 4, 4, 4, 4, 4, 4]  # best in the 2nd epoch; reduced after 2 more, cooled for 1, and so on
    rates = reduce_on_plateau(losses, 1.0, factor=0.5, patience=2, cooldown=2)
    assert rates.tolist() == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert rates.dtype == float
