"""The optimizers against hand values, Keras, PyTorch and optax; where libraries differ; bad input refused."""

import dataclasses
import functools
import inspect
import json
import math
from pathlib import Path

import jax
import keras
import numpy as np
import optax
import pytest
import tensorflow as tf
from golden import optimizers_soap, optimizers_torch

from lossopt import optimizers
from lossopt.optimizers import (
    SGD,
    SOAP,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    AdEMAMix,
    Ftrl,
    Lamb,
    Lion,
    Muon,
    Nadam,
    Prodigy,
    RMSprop,
    ScheduleFreeAdamW,
    average_weights,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    decay_weights,
    newton_schulz,
    sam_point,
)

OF_KERAS = [
    SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Adamax, Nadam, Ftrl, Lion, Lamb, Adafactor, Muon, ScheduleFreeAdamW,
]  # fmt: skip
RULES = [*OF_KERAS, SOAP, AdEMAMix, Prodigy]
every_rule = pytest.mark.parametrize("rule", [rule() for rule in RULES], ids=lambda rule: type(rule).__name__)


def walk(rule, w, gradients):
    """Return where the weights stand after each step."""
    state, path = rule.init(w), []
    for g in gradients:
        w, state = rule.update(w, g, state)
        path.append(w)
    return path


# Two steps by hand. Except where it says otherwise, the weight is 1 and its gradients are 4 and 2.


def test_sgd_by_hand():
    assert walk(SGD(0.1), 1, [4, 2]) == pytest.approx([1 - 0.4, 0.6 - 0.2])
    # the velocity is −0.4, then 0.5 · −0.4 − 0.1 · 2 = −0.4
    assert walk(SGD(0.1, momentum=0.5), 1, [4, 2]) == pytest.approx([1 - 0.4, 0.6 - 0.4])
    # the same velocities; a step is 0.5 times the velocity less 0.1 times the gradient
    assert walk(SGD(0.1, 0.5, nesterov=True), 1, [4, 2]) == pytest.approx([1 - 0.2 - 0.4, 0.4 - 0.2 - 0.2])


def test_sgd_with_a_falling_rate_inside_and_outside_of_the_velocity_by_hand():
    rate = [0.1, 0.01].__getitem__
    # the velocity is −0.4, then 0.5 · −0.4 − 0.01 · 2 = −0.22
    assert walk(SGD(rate, 0.5), 1, [4, 2]) == pytest.approx([1 - 0.4, 0.6 - 0.22])
    # the velocity is −4, then 0.5 · −4 − 2 = −4
    assert walk(SGD(rate, 0.5, rate_in_velocity=False), 1, [4, 2]) == pytest.approx([1 - 0.4, 0.6 - 0.04])
    outside = SGD(rate, 0.5, nesterov=True, rate_in_velocity=False)
    assert walk(outside, 1, [4, 2]) == pytest.approx([1 - 0.1 * (2 + 4), 0.4 - 0.01 * (2 + 2)])


def test_adagrad_by_hand():
    # v is 9 + 16 = 25, then 25 + 4 = 29
    rule = Adagrad(0.1, initial_accumulator_value=9.0, epsilon=11.0)
    assert walk(rule, 1, [4, 2]) == pytest.approx([1 - 0.4 / 6, 1 - 0.4 / 6 - 0.2 / math.sqrt(40)])
    rule = Adagrad(0.1, initial_accumulator_value=9.0, epsilon=3.0, epsilon_in_root=False)
    assert walk(rule, 1, [4, 2]) == pytest.approx([1 - 0.4 / 8, 0.95 - 0.2 / (math.sqrt(29) + 3)])


def test_adadelta_by_hand():
    # v is 0.25 · 16 = 4, then 0.75 · 4 + 0.25 · 4 = 4; d starts at 0
    first = math.sqrt(5) / math.sqrt(4 + 5) * 4
    second = math.sqrt(0.25 * first**2 + 5) / math.sqrt(4 + 5) * 2
    third = math.sqrt(0.75 * 0.25 * first**2 + 0.25 * second**2 + 5) / math.sqrt(0.75 * 4 + 5) * 0
    path = [1 - 0.1 * first, 1 - 0.1 * (first + second), 1 - 0.1 * (first + second + third)]
    assert walk(Adadelta(0.1, rho=0.75, epsilon=5.0), 1, [4, 2, 0]) == pytest.approx(path)


def test_rmsprop_by_hand():
    # v is 4 and 4 as for Adadelta; the momentum is 0.4/3, then half of that + 0.2/3
    rule = RMSprop(0.1, rho=0.75, momentum=0.5, epsilon=5.0)
    assert walk(rule, 1, [4, 2]) == pytest.approx([1 - 0.4 / 3, 1 - 0.4 / 3 - 0.2 / 3 - 0.2 / 3])
    rule = RMSprop(0.1, rho=0.75, epsilon=2.0, epsilon_in_root=False)
    assert walk(rule, 1, [4, 2]) == pytest.approx([1 - 0.4 / (2 + 2), 0.9 - 0.2 / (2 + 2)])


def test_rmsprop_centered_by_hand():
    # v is 0.5 · 16 = 8, then 4 + 0.5 · 4 = 6; the mean is 2, then 1 + 1 = 2; so the variance is 4, then 2
    rule = RMSprop(0.1, rho=0.5, epsilon=5.0, centered=True)
    assert walk(rule, 1, [4, 2]) == pytest.approx([1 - 0.4 / 3, 1 - 0.4 / 3 - 0.2 / math.sqrt(7)])
    assert rule.update(1, 4, rule.init(1))[1].g_mean == 2


ADAM = {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 1.0}  # m is 2 and 2, v is 4 and 4
ADAM_FIRST = 0.1 * 4 / (4 + 2)  # m̂ = 2/½, v̂ = 4/¼ = 16, ε = 1/√¼
ADAM_SECOND = 0.1 * (2 / 0.75) / (math.sqrt(4 / 0.4375) + 1 / math.sqrt(0.4375))  # 1 − ½² and 1 − ¾²


def test_adam_by_hand():
    assert walk(Adam(**ADAM), 1, [4, 2]) == pytest.approx([1 - ADAM_FIRST, 1 - ADAM_FIRST - ADAM_SECOND])


def test_adam_of_algorithm_1_by_hand():
    first, second = 0.1 * 4 / (4 + 1), 0.1 * (2 / 0.75) / (math.sqrt(4 / 0.4375) + 1)
    rule = Adam(**ADAM, epsilon_before_correction=False)
    assert walk(rule, 1, [4, 2]) == pytest.approx([1 - first, 1 - first - second])


def test_amsgrad_by_hand():
    # with 0 for the second gradient m is 1 and v is 3, but the largest v stays 4
    second = 0.1 * (1 / 0.75) / (math.sqrt(4 / 0.4375) + 1 / math.sqrt(0.4375))
    rule = Adam(**ADAM, amsgrad=True)
    assert walk(rule, 1, [4, 0]) == pytest.approx([1 - ADAM_FIRST, 1 - ADAM_FIRST - second])
    assert rule.init([1, 2]).v_max.shape == (2,)


def test_adamw_by_hand():
    first = 1 - 0.1 * 0.5 * 1 - ADAM_FIRST
    rule = AdamW(**ADAM, weight_decay=0.5)
    assert walk(rule, 1, [4, 2]) == pytest.approx([first, first - 0.05 * first - ADAM_SECOND])
    first = 1 - 0.5 * 1 - ADAM_FIRST
    rule = AdamW(**ADAM, weight_decay=0.5, decay_times_rate=False)
    assert walk(rule, 1, [4, 2]) == pytest.approx([first, first - 0.5 * first - ADAM_SECOND])


def test_adamax_by_hand():
    # u is 4, then max(0.75 · 4, 2) = 3
    first, second = 0.1 / 0.5 * 2 / (4 + 1), 0.1 / 0.75 * 2 / (3 + 1)
    assert walk(Adamax(**ADAM), 1, [4, 2]) == pytest.approx([1 - first, 1 - first - second])


@pytest.mark.parametrize(
    ("momentum_decay", "mu"),
    [
        (1.0, [0.5 * (1 - 0.5 * 0.96), 0.5 * (1 - 0.5 * 0.96**2), 0.5 * (1 - 0.5 * 0.96**3)]),
        (2.0, [0.5 * (1 - 0.5 * 0.96**2), 0.5 * (1 - 0.5 * 0.96**4), 0.5 * (1 - 0.5 * 0.96**6)]),
        (math.inf, [0.5, 0.5, 0.5]),
    ],
)
def test_nadam_by_hand(momentum_decay, mu):
    m_hat = mu[1] * 2 / (1 - mu[0] * mu[1]) + (1 - mu[0]) * 4 / (1 - mu[0])
    first = 0.1 * m_hat / (4 + 1)
    m_hat = mu[2] * 2 / (1 - mu[0] * mu[1] * mu[2]) + (1 - mu[1]) * 2 / (1 - mu[0] * mu[1])
    second = 0.1 * m_hat / (math.sqrt(4 / 0.4375) + 1)
    rule = Nadam(**ADAM, momentum_decay=momentum_decay)
    assert walk(rule, 1, [4, 2]) == pytest.approx([1 - first, 1 - first - second])


def test_ftrl_by_hand():
    # n is 9 + 16 = 25, then 29; z is 4 − (5 − 3)/0.1 · 1 = −16, and w = 16/(5/0.1)
    first = 16 / 50
    z = -16 + 2 - (math.sqrt(29) - 5) / 0.1 * first
    rule = Ftrl(0.1, initial_accumulator_value=9.0)
    assert walk(rule, 1, [4, 2]) == pytest.approx([first, -z / (math.sqrt(29) / 0.1)])


def test_ftrl_with_all_its_penalties_by_hand():
    # with the power −1 n itself is used: σ = (25 − 9)/10 = 1.6; z = 4 + 2 · 0.3 · 1 − 1.6 · 1 = 3, less 2 by L1
    first = -(3 - 2) / ((7 + 25) / 10 + 2 * 0.4)
    z = 3 + 2 + 2 * 0.3 * first - (29 - 25) / 10 * first
    second = -(z - 2) / ((7 + 29) / 10 + 2 * 0.4)
    rule = Ftrl(10.0, -1.0, 9.0, 2.0, 0.4, 0.3, beta=7.0)
    assert walk(rule, 1, [4, 2]) == pytest.approx([first, second])
    assert walk(Ftrl(10.0, -1.0, 9.0, 3.0, 0.4, 0.3, beta=7.0), 1, [4]) == [0]  # |z| is 3: exactly zero


def test_lion_by_hand():
    # m is 1, then 0.75 − 0.125 = 0.625; the signs are those of 0.5 · 0 + 0.5 · 4, 0.5 · 1 − 0.25, 0.5 · 0.625 − 0.3
    path = walk(Lion(0.1, beta_1=0.5, beta_2=0.75), 1, [4, -0.5, -0.6, 0])
    assert path == pytest.approx([0.9, 0.8, 0.7, 0.6])
    assert walk(Lion(0.1, beta_1=0.5, beta_2=0.75), 1, [4, -0.5, -0.7])[-1] == pytest.approx(0.9)
    assert walk(Lion(0.1), 1, [0]) == [1]


def test_lamb_by_hand():
    # u is 4/(4 + 1) for both weights: its norm is 0.8 √2, that of the weights 5
    w = np.array([3 - 0.1 * 5 / math.sqrt(2), 4 - 0.1 * 5 / math.sqrt(2)])
    # then v is 4 and 3, and m is 2 and 1
    u = np.array([2 / 0.75, 1 / 0.75]) / (np.sqrt([4 / 0.4375, 3 / 0.4375]) + 1)
    path = walk(Lamb(**ADAM), [3, 4], [[4, 4], [2, 0]])
    assert path[0] == pytest.approx(w)
    assert path[1] == pytest.approx(w - 0.1 * math.hypot(*w) / math.hypot(*u) * u)


def test_lamb_takes_the_ratio_1_where_a_norm_is_0():
    assert walk(Lamb(0.1, epsilon=0.0), [0.06, 0.08], [[4, 4]])[0] == pytest.approx(
        np.array([0.06, 0.08]) - 0.1 * 0.1 / math.sqrt(2)
    )
    assert walk(Lamb(**ADAM), [0, 0], [[4, 4]])[0] == pytest.approx([-0.08, -0.08])
    assert walk(Lamb(**ADAM), [3, 4], [[0, 0]])[0] == pytest.approx([3, 4])


def test_adafactor_of_a_vector_by_hand():
    # β̂ is 1 − 1 = 0, then 1 − 1/2 = 0.5: v is 16 and 4, then 8 + 2 = 10 and 2 + 4.5 = 6.5
    rule = Adafactor(0.1, beta_2_decay=-1.0, epsilon_1=0.0, clip_threshold=0.5)
    path = walk(rule, [1, 7], [[4, -2], [2, 3]])
    first = np.array([1, 7]) - 0.1 * 5 * np.array([1, -1]) / (
        1 / 0.5
    )  # rms(1, 7) = 5; u is 1 and −1, its rms is 1
    assert path[0] == pytest.approx(first)
    u, rms = np.array([2 / math.sqrt(10), 3 / math.sqrt(6.5)]), math.sqrt((0.4 + 9 / 6.5) / 2)
    assert path[1] == pytest.approx(first - 0.1 * math.sqrt((first**2).mean()) * u / (rms / 0.5))
    path = walk(Adafactor(0.8, -1.0, 9.0, epsilon_2=10.0), [1, 7], [[4, 0], [0, 0]])
    assert path[0] == pytest.approx(
        [1 - 8 * 4 / 5, 7]
    )  # v is 16 + 9; ε₂ is above the rms, and the rms of u below 1
    np.testing.assert_array_equal(path[1], path[0])


def test_adafactor_caps_its_rate_at_one_over_the_root_of_t():
    rule = Adafactor(1.0, -1.0, 0.0)
    for relative_step, rate in [(True, 1 / math.sqrt(2)), (False, 1.0)]:
        first, second = walk(dataclasses.replace(rule, relative_step=relative_step), [2.0], [[3.0], [3.0]])
        assert (first, second) == (pytest.approx(0), pytest.approx(-1e-3 * rate))


def test_adafactor_of_a_matrix_by_hand():
    g = np.array([[1.0, 7.0], [2.0, 4.0]])  # squares 1, 49 and 4, 16: rows 25 and 10, columns 2.5 and 32.5
    v = np.array([[25 * 2.5, 25 * 32.5], [10 * 2.5, 10 * 32.5]]) / 17.5
    u = g / np.sqrt(v)
    first = 1 - 0.1 * u / math.sqrt((u**2).mean())  # its rms is 1.004
    rule, w = Adafactor(0.1, -1.0, 0.0), np.ones((2, 2))
    path, state = walk(rule, w, [g, np.array([[3.0, 0.0], [0.0, 0.0]])]), rule.update(w, g, rule.init(w))[1]
    assert [*state.r, *state.c] == [25, 10, 2.5, 32.5]
    assert path[0] == pytest.approx(first)
    # rows 25/2 + 4.5/2 and 10/2, columns 2.5/2 + 4.5/2 and 32.5/2, mean of the rows 9.875
    step = 3 / math.sqrt(14.75 * 3.5 / 9.875)
    assert path[1] == pytest.approx(
        first - np.array([[0.1 * math.sqrt((first**2).mean()) * step, 0], [0, 0]])
    )


def test_adafactor_treats_more_axes_as_a_stack_of_matrices():
    rng = np.random.default_rng(0)
    w, g = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    *_, v, r, c = Adafactor().update(w, g, Adafactor().init(w))[1]
    assert (r.shape, c.shape) == ((2, 3), (2, 4))
    for i in range(2):
        *_, v_i, r_i, c_i = Adafactor().update(w[i], g[i], Adafactor().init(w[i]))[1]
        np.testing.assert_allclose(v[i], v_i)
        np.testing.assert_allclose((*r[i], *c[i]), (*r_i, *c_i))


def test_muon_by_hand():
    def polynomial(s):
        return 2 * s - 3 * s**3 + 4 * s**5

    rule = Muon(
        0.1, weight_decay=0.5, momentum=0.5, muon_a=2.0, muon_b=-3.0, muon_c=4.0, ns_steps=2, rms_rate=0.3
    )
    w = np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    g = [np.array([[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]]), np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])]
    first, second = walk(rule, w, g)
    # 1.5 times (3, 4) over its norm is (0.6, 0.8), and on a diagonal each value passes the polynomial by itself
    o = polynomial(polynomial(np.array([0.6, 0.8])))
    expected = np.array([1, 2]) * (1 - 0.05) - 0.1 * 0.3 * math.sqrt(3) * o
    assert np.diag(first) == pytest.approx(expected, rel=1e-6)
    # m is half of (3, 4) + (0, 1); ahead of it lies (0, 1) + half of m
    ahead = np.array([0.75, 1 + 1.5])
    o = polynomial(polynomial(ahead / math.hypot(*ahead)))
    assert np.diag(second) == pytest.approx(expected * 0.95 - 0.1 * 0.3 * math.sqrt(3) * o, rel=1e-6)
    no_look_ahead = dataclasses.replace(rule, nesterov=False, rms_rate=None)
    o = polynomial(polynomial(np.array([1.5, 3]) / math.hypot(1.5, 3)))
    first, second = walk(no_look_ahead, w, g)
    assert np.diag(second) == pytest.approx(0.95 * np.diag(first) - 0.1 * o, rel=1e-6)


def test_muon_gives_what_is_no_matrix_to_adamw():
    adam = {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 1.0}
    muon = Muon(
        0.1,
        adam_beta_1=0.5,
        adam_beta_2=0.75,
        adam_weight_decay=0.5,
        epsilon=1.0,
        adam_lr_ratio=3,
        weight_decay=0.9,
    )
    for w in (1.0, [1.0, 2.0], np.ones((2, 2, 2))):
        g = np.full(np.shape(w), 4.0)
        adam_step = Adam(0.3, **adam).update(np.asarray(w) * (1 - 0.1 * 0.5), g, Adam().init(w))[0]
        np.testing.assert_allclose(walk(muon, w, [g])[0], adam_step)


def test_newton_schulz_lifts_singular_values_and_keeps_the_directions():
    rng = np.random.default_rng(0)
    u, _, vt = np.linalg.svd(rng.normal(size=(4, 6)), full_matrices=False)
    s = np.array([1.0, 0.5, 0.1, 0.01])
    x = u * s @ vt
    lifted = u.T @ newton_schulz(x) @ vt.T
    assert np.abs(lifted - np.diag(np.diag(lifted))).max() < 1e-12
    assert 0.68 < np.diag(lifted).min() < np.diag(lifted).max() < 1.16
    np.testing.assert_allclose(newton_schulz(x.T), newton_schulz(x).T)
    s /= np.linalg.norm(s)
    once = np.diag(newton_schulz(np.diag(s), 1))
    np.testing.assert_allclose(once, 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5, rtol=1e-6)
    np.testing.assert_array_equal(newton_schulz(x), newton_schulz(x, 5))
    np.testing.assert_allclose(newton_schulz([[1.0], [0.0]], 1, (2.0, 3.0, 4.0)), [[9], [0]], rtol=1e-5)
    np.testing.assert_allclose(
        newton_schulz([[1e-7]], 1, (2.0, 0.0, 0.0)), [[1]]
    )  # 1e-7 is added to the norm


def test_schedule_free_by_hand():
    # v̂ is 16, then 4/0.4375; z starts at the weight, 1, and x too
    rule = ScheduleFreeAdamW(**ADAM)
    z_1 = 1 - 0.1 * 4 / (4 + 1)
    z_2 = z_1 - 0.1 * 2 / (math.sqrt(4 / 0.4375) + 1)
    x_1, x_2 = z_1, (z_1 + z_2) / 2
    w, state = rule.update(1, 4, rule.init(1))
    assert (w, rule.average(w, state)) == (pytest.approx(0.5 * z_1 + 0.5 * x_1), pytest.approx(x_1))
    w, state = rule.update(w, 2, state)
    assert (w, rule.average(w, state)) == (pytest.approx(0.5 * z_2 + 0.5 * x_2), pytest.approx(x_2))


def test_schedule_free_warms_up():
    rule = ScheduleFreeAdamW(0.1, epsilon=0.0, warmup_steps=4)
    state, w, places = rule.init(1.0), 1.0, [1.0]
    for _ in range(6):
        w, state = rule.update(w, 3.0, state)
        places.append(float(state.z))
    np.testing.assert_allclose(np.diff(places), [-0.025, -0.05, -0.075, -0.1, -0.1, -0.1])


def test_soap_by_hand():
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    # L is ½ of diag(4, 1) in the turned axes, so these are the eigenvectors, and nothing moves
    rule = SOAP(0.1, beta_1=0.5, beta_2=0.75, epsilon=1.0, precondition_frequency=2)
    g = [turn @ np.diag([2.0, 1.0]), turn @ np.diag([4.0, 0.0]), turn @ np.diag([2.0, 0.0])]
    path = walk(rule, np.zeros((2, 2)), g)
    np.testing.assert_array_equal(path[0], np.zeros((2, 2)))
    # then it is Adam by hand, along the first axis alone
    assert turn.T @ path[1] == pytest.approx(np.diag([-ADAM_FIRST, 0.0]))
    assert turn.T @ path[2] == pytest.approx(np.diag([-ADAM_FIRST - ADAM_SECOND, 0.0]))


def test_soap_follows_the_eigenvectors_by_one_step_of_power_iteration_by_hand():
    rule = SOAP(0.1, beta_1=0.0, beta_2=0.5, epsilon=1e-12, precondition_frequency=1, max_precond_dim=2)
    w = np.zeros((2, 3))  # the three columns stay as they are
    g_1, g_2 = np.diag([2.0, 1.0]) @ np.eye(2, 3), np.array([[0.0, 0.0, 0.0], [4.0, 4.0, 0.0]])
    state = rule.init(w)
    assert (state.R, state.Q_R) == (None, None)
    _, state = rule.update(w, g_1, state)
    np.testing.assert_allclose(np.abs(state.Q_L), np.eye(2))
    np.testing.assert_allclose(state.L, np.diag([2.0, 0.5]))
    w, state = rule.update(w, g_2, state)
    np.testing.assert_allclose(w, -0.1 * np.sign(g_2), atol=1e-12)
    L = np.diag([1.0, 0.25]) + np.diag([0.0, 16.0])
    np.testing.assert_allclose(state.L, L)
    # the second axis is larger now and comes first, and v changes its order with it
    np.testing.assert_allclose(np.abs(state.Q_L), [[0, 1], [1, 0]])
    np.testing.assert_allclose(state.v, [[8, 8, 0], [0, 0, 0]])
    g_3 = np.array([[3.0, 0.0, 0.0], [4.0, 0.0, 0.0]])
    _, state = rule.update(w, g_3, state)
    ahead = (0.5 * L + 0.5 * g_3 @ g_3.T) @ np.eye(2)[::-1]
    first = ahead[:, 0] / np.linalg.norm(ahead[:, 0])
    np.testing.assert_allclose(np.abs(state.Q_L[:, 0]), np.abs(first))
    np.testing.assert_allclose(state.Q_L.T @ state.Q_L, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 2), (3, 4)], ids=str)
def test_soap_is_adam_where_no_axis_is_rotated(shape):
    arguments = {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 1e-3}
    gradients = RNG.normal(size=(5, *shape))
    ours = walk(SOAP(0.1, **arguments, max_precond_dim=2), np.ones(shape), gradients)
    np.testing.assert_array_equal(ours, walk(Adam(0.1, **arguments), np.ones(shape), gradients))
    if shape == (3, 4):
        assert not np.allclose(ours, walk(SOAP(0.1, **arguments), np.ones(shape), gradients))
        with pytest.raises(
            ValueError, match=r"state must be made by SOAP.init\(w\) for a matrix, but got Adam's"
        ):
            SOAP().update(np.ones(shape), np.ones(shape), SOAP(max_precond_dim=2).init(np.ones(shape)))


def test_soap_is_adam_one_update_late_if_the_eigenvectors_are_the_axes():
    gradients = RNG.normal(size=(8, 4, 1)) * np.eye(4)
    arguments = {"beta_1": 0.9, "beta_2": 0.999, "precondition_frequency": 3}
    ours = walk(SOAP(0.1, **arguments), np.ones((4, 4)), gradients)
    theirs = walk(Adam(0.1, epsilon=1e-8), np.ones((4, 4)), gradients[1:])
    np.testing.assert_allclose(ours[1:], theirs, rtol=1e-12)


def test_soap_turns_with_the_axes_and_adam_does_not():
    q_l, q_r = (np.linalg.qr(RNG.normal(size=(4, 4)))[0] for _ in range(2))
    gradients = RNG.normal(size=(25, 4, 4))
    for rule, follows in ((SOAP(0.1), True), (Adam(0.1), False)):
        straight = np.array(walk(rule, np.zeros((4, 4)), gradients))
        turned = np.array(walk(rule, np.zeros((4, 4)), q_l @ gradients @ q_r.T))
        assert np.allclose(turned, q_l @ straight @ q_r.T, atol=1e-9) == follows


def test_laprop_is_rmsprop_with_momentum_except_for_its_bias_correction():
    g, v, m, w, path = [4.0, -2.0, 3.0], 0.0, 0.0, 1.0, []
    for one in g:  # LaProp divides before it averages
        v = 0.75 * v + 0.25 * one**2
        m = 0.5 * m + 0.5 * one / math.sqrt(v)
        w -= 0.2 * m
        path.append(w)
    assert walk(RMSprop(0.1, 0.75, 0.5, epsilon=0.0), 1.0, g) == pytest.approx(path)


@pytest.mark.parametrize(("rule", "numbers"), [(SOAP(), 6), (AdEMAMix(), 3), (Prodigy(), 4)], ids=str)
def test_rules_that_keras_lacks_keep_as_many_numbers_as_their_cards_say(rule, numbers):
    page = (Path(__file__).parents[1] / "book/reference/optimizers.md").read_text(encoding="utf8")
    card = page.split(f"```{{card}} lossopt.optimizers.{type(rule).__name__}\n")[1].split("```")[0]
    assert f"\nMemory: {numbers} numbers per weight" in card
    state = rule.init(np.ones((100, 100)))
    assert sum(np.size(v) for v in state[1:]) / 100**2 == pytest.approx(numbers, abs=1e-3)


def test_ademamix_by_hand():
    # m₁ is 2 and 2, v is 4 and 4 as in ADAM; m₂ with β₃ = 0.75 is 1, then 0.75 + 0.5 = 1.25
    first = 0.1 * (4 + 3 * 1) / (4 + 1)
    second = 0.1 * (2 / 0.75 + 3 * 1.25) / (math.sqrt(4 / 0.4375) + 1)
    rule = AdEMAMix(**ADAM, beta_3=0.75, alpha=3.0)
    assert walk(rule, 1, [4, 2]) == pytest.approx([1 - first, 1 - first - second])


def test_ademamix_warms_up_its_alpha_and_the_memory_of_beta_3_by_hand():
    rule = AdEMAMix(0.1, beta_1=0.5, beta_2=0.0, beta_3=0.5**0.25, alpha=3.0, epsilon=0.0, warmup_steps=3)
    # half-lives 1 and 4 updates: 2 and 3 on the way; α is 1, 2, then 3
    m_2, steps = 0.0, []
    for half_life, alpha in ((2, 1), (3, 2), (4, 3), (4, 3)):
        beta_3 = 0.5 ** (1 / half_life)
        m_2 = beta_3 * m_2 + (1 - beta_3) * 2
        steps.append(0.1 * (2 + alpha * m_2) / 2)
    assert walk(rule, 0, [2] * 4) == pytest.approx(-np.cumsum(steps))
    no_memory = AdEMAMix(0.1, beta_1=0.0, beta_3=0.0, alpha=1.0, epsilon=0.0, warmup_steps=2)
    assert walk(no_memory, 0, [2]) == pytest.approx([-0.15])  # m₂ is the gradient, and α a half


def test_prodigy_by_hand():
    # β₂ = ¼ and so β₃ = ½; d is 2 at first, g is 4 and then −2, from the weight 0
    rule = Prodigy(0.5, beta_1=0.5, beta_2=0.25, epsilon=1.0, d0=2.0)
    m, v = 0.5 * 2 * 4, 0.75 * 4 * 16
    w_1 = -0.5 * 2 * m / (math.sqrt(v) + 2 * 1)
    w, state = rule.update(0, 4, rule.init(0))
    assert w == pytest.approx(w_1)
    assert (state.r, state.s, state.d) == (0, 0.5 * 0.5 * 4 * 4, 2)  # it has not moved yet, so r is 0
    r, s = 0.5 * 0.5 * 4 * 30 * (0 - w_1), 0.5 * 4 + 0.5 * 0.5 * 4 * 30
    w, state = rule.update(w, 30, state)
    m, v = 0.5 * m + 0.5 * 2 * 30, 0.25 * v + 0.75 * 4 * 900
    assert w == pytest.approx(w_1 - 0.5 * 2 * m / (math.sqrt(v) + 2))  # d is used before it grows
    assert (state.r, float(state.s)) == (pytest.approx(r), pytest.approx(s))
    assert state.d == pytest.approx(max(2.0, r / s))
    assert Prodigy().update(1, 0, Prodigy().init(1))[1].d == 1e-6  # a gradient of 0 says nothing


@pytest.mark.parametrize("distance", [1e-3, 1.0, 1e3])
def test_prodigys_d_grows_to_the_size_of_the_distance_and_never_falls(distance):
    rule, w = Prodigy(), np.array([distance, -distance])
    state, found = rule.init(w), []
    for _ in range(200):
        w, state = rule.update(w, np.sign(w), state)
        found.append(state.d)
    assert 0.1 * distance < found[-1] < distance
    assert (np.diff(found) >= 0).all()


def test_prodigys_steps_are_proportional_to_the_unit_of_the_weights():
    """If d0 is in the same unit, the path is the same, as with Adam at a rate in that unit."""
    gradients = RNG.normal(size=(30, 3))
    one, thousand = (np.array(walk(Prodigy(d0=1e-3 * unit), np.zeros(3), gradients)) for unit in (1, 1000))
    np.testing.assert_allclose(thousand, 1000 * one, rtol=1e-9)


def test_sam_point_by_hand():
    np.testing.assert_allclose(sam_point([1.0, 2.0], [3.0, -4.0], 0.5), [1.3, 1.6])
    np.testing.assert_array_equal(sam_point([1.0, 2.0], [0.0, 0.0], 0.5), [1, 2])
    np.testing.assert_array_equal(sam_point([1.0, 2.0], [3.0, -4.0], 0), [1, 2])
    w, g = {"a": np.ones((1, 2)), "b": [1.0]}, {"a": [[2.0, 4.0]], "b": np.array([4.0])}  # the norm is 6
    found = sam_point(w, g, 3.0)
    assert list(found) == ["a", "b"]
    np.testing.assert_allclose(found["a"], [[2, 3]])
    np.testing.assert_allclose(found["b"], [3])
    listed = sam_point([np.ones((1, 2)), np.ones(1)], [np.array([[2.0, 4.0]]), np.array([4.0])], 3.0)
    assert isinstance(listed, list)
    np.testing.assert_allclose(listed[0], [[2, 3]])
    assert sam_point(np.ones(2, np.float32), np.ones(2)).dtype == np.float32
    for bad in ([1.0, 2.0], {"a": g["a"]}, {"a": g["a"], "c": g["b"]}):
        with pytest.raises(ValueError, match="gradients must be a container like w"):
            sam_point(w, bad)
    with pytest.raises(ValueError, match=r"w has shape \(2,\), gradients has shape \(2, 1\), and both must"):
        sam_point(np.ones(2), np.ones((2, 1)))


def test_clipping_by_hand():
    np.testing.assert_allclose(clip_by_value([3, -4, 0.5], 2), [2, -2, 0.5])
    np.testing.assert_allclose(clip_by_norm([[3, 0], [0, -4]], 2), [[1.2, 0], [0, -1.6]])  # the norm is 5
    np.testing.assert_allclose(clip_by_norm([0.3, 0.4], 2), [0.3, 0.4])
    np.testing.assert_allclose(clip_by_norm([0.0, 0.0], 2), [0, 0])
    clipped = clip_by_global_norm({"a": [[2, 4]], "b": [4.0]}, 3)  # the norm is √(4 + 16 + 16) = 6
    np.testing.assert_allclose(clipped["a"], [[1, 2]])
    np.testing.assert_allclose(clipped["b"], [2])
    assert clip_by_global_norm({"a": [3.0], "b": [4.0]}, 6) == {"a": [3.0], "b": [4.0]}


def test_decay_by_hand_spares_what_is_excluded():
    assert decay_weights([10.0], 0.1, 0.5) == pytest.approx([9.5])
    weights = {"layer/kernel": [10.0], "layer/bias": [10.0], "norm/gamma": [10.0]}
    decayed = decay_weights(weights, 0.1, 0.5, exclude=["bias", "gamma"])
    assert list(decayed) == list(weights)
    assert decayed == {"layer/kernel": [9.5], "layer/bias": [10.0], "norm/gamma": [10.0]}
    assert decay_weights(weights, 0.1, 0.5) == {name: [9.5] for name in weights}


def test_average_by_hand():
    average = average_weights(None, [4.0])
    assert average == [4.0]
    average = average_weights(average, [8.0], 0.75)
    assert average == pytest.approx([0.75 * 4 + 0.25 * 8])
    assert average_weights(average, [10.0]) == pytest.approx([0.99 * 5 + 0.01 * 10])


# What holds for every rule.


@every_rule
def test_nothing_is_changed_in_place(rule):
    w, g = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[0.1, 0.2], [-0.3, 0.4]])
    state = rule.init(w)
    before = [np.array(v) for v in (w, g, *state) if v is not None]
    first = rule.update(w, g, state)
    for old, new in zip(before, (v for v in (w, g, *state) if v is not None), strict=True):
        np.testing.assert_array_equal(old, new)
    w += 100  # nor does a state hold the caller's array
    again = rule.update(before[0], g, state)
    np.testing.assert_array_equal(first[0], again[0])
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule.learning_rate = 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,), (3, 1), (1, 3), (2, 3, 2)], ids=str)
@every_rule
def test_shape_and_floating_type_are_kept(rule, shape, dtype):
    rule = dataclasses.replace(rule, learning_rate=lambda t: np.float64(0.1))
    w, state = np.ones(shape, dtype), rule.init(np.ones(shape, dtype))
    kind = type(state)
    for _ in range(2):
        w, state = rule.update(w, np.full(shape, 0.5), state)
    assert (w.shape, w.dtype, type(state)) == (shape, dtype, kind)
    assert [v is None for v in state] == [v is None for v in rule.init(w)]
    for v in state[1:]:
        assert np.ndim(v) == 0 or v.dtype == dtype


@every_rule
def test_numbers_of_numpy_do_not_widen_float32(rule):
    values = {name: np.float64(value) for name, value in vars(rule).items() if isinstance(value, float)}
    rule, w = dataclasses.replace(rule, **values), np.ones((2, 2), np.float32)
    assert rule.update(w, w, rule.init(w))[0].dtype == np.float32


@every_rule
def test_lists_and_integers_are_taken(rule):
    w, g = [[1, 2], [3, 4]], [[0.5, 0], [0, 1]]
    listed = rule.update(w, g, rule.init(w))[0]
    arrays = rule.update(np.array(w, float), np.array(g, float), rule.init(np.array(w, float)))[0]
    np.testing.assert_array_equal(listed, arrays)


@every_rule
def test_a_schedule_is_asked_for_the_updates_made_so_far(rule):
    asked = []
    rule = dataclasses.replace(rule, learning_rate=lambda t: asked.append(t) or 0.1)
    w = np.ones((2, 2))
    state = rule.init(w)
    for t in range(3):
        assert state.t == t
        w, state = rule.update(w, w, state)
    assert sorted(set(asked)) == [0, 1, 2]


# Against Keras.

LEFT_OUT = {
    "Optimizer": "the base class",
    "LossScaleOptimizer": "scales losses for float16, no rule of its own",
    "MultiOptimizer": "one rule for each variable is how this package works anyway",
    "OptimizerMap": "belongs to MultiOptimizer",
}
OURS_ALONE = {
    "rate_in_velocity": "PyTorch's and optax's momentum",
    "epsilon_in_root": "PyTorch's place of ε",
    "epsilon_before_correction": "Algorithm 1's ε",
    "decay_times_rate": "the paper's decay",
    "momentum_decay": "PyTorch's and optax's Nadam",
}
FUNCTIONS = "a function beside the rules"
KERAS_ALONE = {
    "name": "nothing here needs a name",
    "weight_decay": FUNCTIONS,  # but for AdamW and Muon, which have it
    "clipnorm": FUNCTIONS,
    "clipvalue": FUNCTIONS,
    "global_clipnorm": FUNCTIONS,
    "use_ema": FUNCTIONS,
    "ema_momentum": FUNCTIONS,
    "ema_overwrite_frequency": "the caller decides when the average replaces the weights",
    "loss_scale_factor": "for float16",
    "gradient_accumulation_steps": "the caller adds gradients up before the update",
    "exclude_layers": "Muon: one rule for each variable",
    "exclude_embeddings": "Muon: one rule for each variable",
}


def test_every_optimizer_that_keras_exports_is_here_or_left_out_with_a_reason():
    exported = {name for name, value in vars(keras.optimizers).items() if inspect.isclass(value)}
    ours = {rule.__name__ for rule in RULES}
    assert exported <= ours | set(LEFT_OUT)
    assert ours - exported <= {
        "ScheduleFreeAdamW",
        "SOAP",
        "AdEMAMix",
        "Prodigy",
    }  # Keras 3.13 lacks the first
    assert ours == {
        name
        for name, value in vars(optimizers).items()
        if inspect.isclass(value) and hasattr(value, "update")
    }


def in_keras(name, **arguments):
    if not hasattr(keras.optimizers, name):
        pytest.skip(f"Keras {keras.__version__} has no {name}")
    return getattr(keras.optimizers, name)(**arguments)


@pytest.mark.parametrize("rule", [rule() for rule in OF_KERAS], ids=lambda rule: type(rule).__name__)
def test_names_order_and_defaults_are_those_of_keras(rule):
    config = in_keras(type(rule).__name__).get_config()
    fields = {field.name: field.default for field in dataclasses.fields(rule)}
    assert set(fields) - set(config) <= set(OURS_ALONE)
    assert set(config) - set(fields) <= set(KERAS_ALONE)
    for name in set(fields) & set(config):
        assert config[name] == pytest.approx(fields[name], rel=1e-7, abs=0), (
            name
        )  # Keras keeps the rate in float32
    signature = list(inspect.signature(getattr(keras.optimizers, type(rule).__name__)).parameters)
    shared = [name for name in fields if name in signature]
    assert shared == [name for name in signature if name in fields]
    assert list(fields)[len(shared) :] == [name for name in fields if name in OURS_ALONE]


RNG = np.random.default_rng(0)
INPUTS, TARGETS = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 3))
START = {
    "bowl": np.array([1.0, 1.0]),
    "rosenbrock": np.array([-1.2, 1.0]),
    "matrix": RNG.normal(size=(4, 3)) * 5,
}
STEPS = 200


def gradients_at(weights, stack=np.stack):
    """Return the gradients of an ill-conditioned bowl, Rosenbrock's valley and a least-squares problem."""
    x, y = weights["rosenbrock"][0], weights["rosenbrock"][1]
    return {
        "bowl": np.array([1.0, 50.0]) * weights["bowl"],
        "rosenbrock": stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)]),
        "matrix": 2 * INPUTS.T @ (INPUTS @ weights["matrix"] - TARGETS),
    }


def path_in_keras(optimizer, exclude=None):
    """Return the weights after each of 200 compiled steps, and the averages that Keras keeps of them, if any."""
    variables = {name: keras.Variable(value, name=name) for name, value in START.items()}
    if exclude:
        optimizer.exclude_from_weight_decay(var_names=exclude)
    optimizer.build(list(variables.values()))
    averages = getattr(optimizer, "_model_variables_moving_average", [])
    watched = {**variables, **{f"{name} average": v for name, v in zip(variables, averages, strict=False)}}

    @tf.function(autograph=False)
    def step():
        gradients = gradients_at({name: v.value for name, v in variables.items()}, tf.stack)
        optimizer.apply(list(gradients.values()), list(variables.values()))
        return {name: tf.identity(v.value) for name, v in watched.items()}

    path = [step() for _ in range(STEPS)]
    return {name: np.array([weights[name] for weights in path]) for name in watched}


def path_of_ours(rule, clip=dict, decay=lambda weights, step: weights, ema_momentum=None):
    """Return the same of a rule: clipping before the update, decay too, the average after it."""
    weights, averages = START, dict.fromkeys(START)
    states = {name: rule.init(w) for name, w in weights.items()}
    paths = {name: [] for name in (*START, *(f"{name} average" for name in START if ema_momentum))}
    for step in range(STEPS):
        gradients = clip(gradients_at(weights))
        weights = dict(decay(weights, step))
        for name, w in weights.items():
            weights[name], states[name] = rule.update(w, gradients[name], states[name])
            paths[name].append(weights[name])
            if ema_momentum:
                averages[name] = average_weights(averages[name], weights[name], ema_momentum)
                paths[f"{name} average"].append(averages[name])
    return {name: np.array(path) for name, path in paths.items()}


def compare(ours, theirs, share):
    """Compare paths: nowhere further apart than a share of the distance travelled."""
    assert set(ours) == set(theirs)
    for name, path in ours.items():
        travelled = np.abs(path - START[name.removesuffix(" average")]).max()
        assert travelled > 1e-3, name
        np.testing.assert_allclose(theirs[name], path, rtol=0, atol=share * travelled, err_msg=name)


@pytest.fixture
def float64():
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


# One rate for each rule, with which 200 steps get somewhere, but not to where rounding alone decides on a sign.
RATES = {
    SGD: 0.001, Adagrad: 0.1, Adadelta: 1.0, RMSprop: 0.001, Adam: 0.01, AdamW: 0.01, Adamax: 0.01, Nadam: 0.01,
    Ftrl: 0.1, Lion: 0.01, Lamb: 0.01, Adafactor: 0.01, Muon: 0.01, ScheduleFreeAdamW: 0.01,
}  # fmt: skip
SHARE = 1e-5
VARIANTS = [
    *((rule, {}) for rule in OF_KERAS),
    (SGD, {"momentum": 0.9}),
    (SGD, {"momentum": 0.9, "nesterov": True}),
    (Adagrad, {"initial_accumulator_value": 0.5, "epsilon": 0.1}),
    (Adadelta, {"rho": 0.5, "epsilon": 0.1}),
    (RMSprop, {"rho": 0.5, "momentum": 0.5, "epsilon": 0.1}),
    (RMSprop, {"centered": True, "epsilon": 0.1}),
    (Adam, {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.1}),
    (Adam, {"amsgrad": True}),
    (AdamW, {"weight_decay": 0.5, "amsgrad": True, "epsilon": 0.1}),
    (Adamax, {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.1}),
    (Nadam, {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.1}),
    (Ftrl, {"learning_rate_power": -0.75, "initial_accumulator_value": 0.5, "beta": 0.5}),
    (
        Ftrl,
        {
            "l1_regularization_strength": 0.1,
            "l2_regularization_strength": 0.2,
            "l2_shrinkage_regularization_strength": 0.3,
        },
    ),
    (Lion, {"beta_1": 0.5, "beta_2": 0.75}),
    (Lamb, {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.1}),
    (Adafactor, {"beta_2_decay": -0.5, "epsilon_1": 0.1, "epsilon_2": 2.0, "clip_threshold": 0.5}),
    (Muon, {"momentum": 0.5, "nesterov": False, "ns_steps": 2, "rms_rate": None, "weight_decay": 0.5}),
    (
        Muon,
        {
            "muon_a": 2.0,
            "muon_b": -1.5,
            "muon_c": 0.5,
            "adam_beta_1": 0.5,
            "adam_beta_2": 0.75,
            "epsilon": 0.1,
        }
        | {"adam_lr_ratio": 0.5, "adam_weight_decay": 0.5},
    ),
    (ScheduleFreeAdamW, {"warmup_steps": 20, "beta_2": 0.75, "epsilon": 0.1}),
]


def pair(rule, arguments, in_keras_alone=None):
    """Make a rule and its twin in Keras."""
    arguments = {"learning_rate": RATES[rule]} | arguments
    theirs = in_keras(rule.__name__, **(arguments | (in_keras_alone or {})))
    # Keras's forgets its beta_1: see the test of that name
    return rule(**(arguments | ({"beta_1": 1.0} if rule is ScheduleFreeAdamW else {}))), theirs


@pytest.mark.parametrize(
    ("rule", "arguments"),
    VARIANTS,
    ids=[f"{rule.__name__} {arguments or ''}" for rule, arguments in VARIANTS],
)
def test_against_keras(float64, rule, arguments):
    ours, theirs = pair(rule, arguments)
    compare(path_of_ours(ours), path_in_keras(theirs), SHARE)


# Keras rounds some of its betas to float32, which Rosenbrock's valley can multiply beyond 1e-5: here they are exact.
EXACT = {
    "beta_1": 0.875,
    "beta_2": 1 - 2**-10,
    "adam_beta_1": 0.875,
    "adam_beta_2": 1 - 2**-10,
    "momentum": 0.875,
}
DECAYS = {AdamW: ["weight_decay"], Muon: ["weight_decay", "adam_weight_decay"]}  # what a rule has of its own


@pytest.mark.parametrize("rule", OF_KERAS)
@pytest.mark.parametrize(
    ("in_keras", "clip"),
    [
        (
            {"clipvalue": 5.0},
            lambda gradients: {name: clip_by_value(g, 5.0) for name, g in gradients.items()},
        ),
        ({"clipnorm": 9.0}, lambda gradients: {name: clip_by_norm(g, 9.0) for name, g in gradients.items()}),
        ({"global_clipnorm": 50.0}, lambda gradients: clip_by_global_norm(gradients, 50.0)),
    ],
    ids=["clipvalue", "clipnorm", "global_clipnorm"],
)
def test_against_keras_with_schedule_clipping_decay_exclusions_and_average(float64, rule, in_keras, clip):
    class Schedule(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return RATES[rule] / (1 + keras.ops.cast(step, "float64") / 20)

    def schedule(step):
        return RATES[rule] / (1 + step / 20)

    exact = {name: value for name, value in EXACT.items() if hasattr(rule(), name)}
    none, decay = (dict.fromkeys(DECAYS.get(rule, ["weight_decay"]), value) for value in (0.0, 0.25))
    in_keras = in_keras | decay | {"use_ema": True, "ema_momentum": 0.875}
    in_keras["learning_rate"] = Schedule()
    ours, theirs = pair(rule, exact, in_keras)
    ours = dataclasses.replace(ours, learning_rate=schedule, **(none if rule in DECAYS else {}))
    path = path_of_ours(
        ours,
        clip,
        lambda weights, step: decay_weights(weights, schedule(step), 0.25, exclude=["bow"]),
        ema_momentum=0.875,
    )
    compare(path, path_in_keras(theirs, exclude=["bow"]), SHARE)


def test_keras_on_tensorflow_forgets_beta_1_of_schedule_free_adamw(float64):
    """It reads z after z has moved; what is left is beta_1 = 1: gradients are taken at the average itself."""
    low, high = (
        path_in_keras(in_keras("ScheduleFreeAdamW", learning_rate=0.01, beta_1=beta_1))
        for beta_1 in (0.5, 0.9)
    )
    compare(low, high, SHARE)
    paper = path_of_ours(ScheduleFreeAdamW(0.01, beta_1=0.9))
    assert np.abs(paper["bowl"] - high["bowl"]).max() == pytest.approx(0.03, abs=0.01)


# Against PyTorch, whose values are in a file.


GOLDEN = json.loads(Path(optimizers_torch.__file__).with_suffix(".json").read_text(encoding="utf-8"))["cases"]


def test_the_stored_values_of_pytorch_belong_to_the_script():
    assert json.loads(json.dumps(optimizers_torch.CASES)) == [case[:4] for case in GOLDEN]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case[0]} {case[1] or ''}")
def test_against_pytorch(case):
    *_, name, arguments, stored = case
    rule = getattr(optimizers, name)(learning_rate=optimizers_torch.rate, **arguments)
    gradients = [optimizers_torch.gradient(t) for t in range(optimizers_torch.STEPS)]
    path = walk(rule, optimizers_torch.start(), gradients)
    tolerance = 1e-8 if name == "Nadam" else 1e-13  # PyTorch keeps Nadam's product in float32
    for step, expected in zip(optimizers_torch.STORED, stored, strict=True):
        np.testing.assert_allclose(path[step - 1].ravel(), expected, rtol=tolerance, atol=tolerance)


# SOAP, of which neither Keras nor optax nor PyTorch has a copy here: against another computation, kept in a file.

SOAPS = json.loads(Path(optimizers_soap.__file__).with_suffix(".json").read_text(encoding="utf-8"))


def test_the_stored_values_of_soap_belong_to_the_script():
    assert [case[:2] for case in SOAPS] == optimizers_soap.CASES
    shape, arguments, stored = SOAPS[1]
    np.testing.assert_allclose(list(optimizers_soap.walk(shape, arguments)), stored, rtol=1e-9)


@pytest.mark.parametrize("case", SOAPS, ids=lambda case: f"{case[0]} {case[1] or ''}")
def test_soap_against_vectors_jacobi_and_gram_schmidt(case):
    shape, arguments, stored = case
    gradients = [optimizers_soap.gradient(shape, t) for t in range(optimizers_soap.STEPS)]
    path = walk(SOAP(optimizers_soap.rate, **arguments), optimizers_soap.start(shape), gradients)
    for step, expected in zip(optimizers_soap.STORED, stored, strict=True):
        np.testing.assert_allclose(path[step - 1].ravel(), expected, rtol=1e-10, atol=1e-12)


# Against optax, on one and the same gradients.


def path_in_optax(transformation, w, gradients):
    """Return where the weights stand after each step, in float64."""

    def step(carry, g):
        w, state = carry
        updates, state = transformation.update(g, state, w)
        w = optax.apply_updates(w, updates)
        return (w, state), w

    with jax.enable_x64(True):
        w = jax.numpy.asarray(w)
        return np.array(jax.lax.scan(step, (w, transformation.init(w)), jax.numpy.asarray(gradients))[1])


GRADIENTS = RNG.normal(size=(STEPS, 4, 3))
NOISE = np.random.default_rng(1).normal(size=(1000, 4, 3))
CURVATURE = np.geomspace(1.0, 50.0, 12).reshape(4, 3)


def corrected(t):
    """Return the factor by which optax multiplies Prodigy's rate, which the paper does not have."""
    return math.sqrt(1 - 0.999 ** (t + 1)) / (1 - 0.9 ** (t + 1))


def warm(t):
    """Return the share of a warm-up over 300 updates, in float64, which JAX does not choose for an integer."""
    return jax.numpy.minimum((jax.numpy.float64(t) + 1) / 300, 1)


def slow_beta(t):
    """Return the β₃ of a warm-up over 300 updates from 0.9 to 0.999; t is 0 at the first."""
    share = warm(t)
    return jax.numpy.exp(1 / ((1 - share) / math.log(0.9) + share / math.log(0.999)))


def falling(t):
    return 0.1 / (1 + t)


@pytest.mark.parametrize(
    ("rule", "transformation"),
    [
        (SGD(0.1), optax.sgd(0.1)),
        (SGD(0.1, 0.9), optax.sgd(0.1, 0.9)),
        (SGD(0.1, 0.9, nesterov=True), optax.sgd(0.1, 0.9, nesterov=True)),
        (SGD(falling, 0.9, rate_in_velocity=False), optax.sgd(falling, 0.9)),
        (SGD(falling, 0.9, nesterov=True, rate_in_velocity=False), optax.sgd(falling, 0.9, nesterov=True)),
        (Adagrad(0.1), optax.adagrad(0.1)),
        (Adadelta(1.0), optax.adadelta(1.0, 0.95, 1e-7)),
        (RMSprop(0.1), optax.rmsprop(0.1, 0.9, 1e-7)),
        (RMSprop(0.1, epsilon_in_root=False), optax.rmsprop(0.1, 0.9, 1e-7, eps_in_sqrt=False)),
        (RMSprop(falling, momentum=0.9), optax.rmsprop(falling, 0.9, 1e-7, momentum=0.9)),
        (RMSprop(0.1, centered=True), optax.rmsprop(0.1, 0.9, 1e-7, centered=True)),
        (Adam(0.1, epsilon=1e-8, epsilon_before_correction=False), optax.adam(0.1)),
        (AdamW(0.1, 0.5, epsilon=1e-8, epsilon_before_correction=False), optax.adamw(0.1, weight_decay=0.5)),
        (Adamax(0.1, epsilon=0.0), optax.adamax(0.1, eps=0.0)),  # optax adds ε inside the maximum
        (Nadam(0.1, epsilon=1e-8, momentum_decay=math.inf), optax.nadam(0.1)),
        (Lion(0.1), optax.lion(0.1, weight_decay=0.0)),
        (Lamb(0.1), optax.lamb(0.1, eps=1e-7)),
        (Adafactor(0.1, relative_step=False), optax.adafactor(0.1, min_dim_size_to_factor=2)),
        (
            Muon(0.1, weight_decay=0.0, nesterov=False),
            optax.contrib.muon(0.1, nesterov=False, consistent_rms=0.2, eps=1e-7),
        ),
        (ScheduleFreeAdamW(0.1), optax.contrib.schedule_free_adamw(0.1)),
    ],
    ids=lambda x: type(x).__name__ if hasattr(x, "learning_rate") else "optax",
)
def test_against_optax(rule, transformation):
    gradients = GRADIENTS * (
        1e6 if isinstance(rule, Muon) else 1
    )  # two scales of the momentum under one ε: make it vanish
    ours = np.array(walk(rule, START["matrix"], gradients))
    theirs = path_in_optax(transformation, START["matrix"], gradients)
    travelled = np.abs(ours - START["matrix"]).max()
    share = 1e-7 if isinstance(rule, Adafactor) else 1e-10  # optax computes Adafactor's decay in float32
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=share * travelled)


@pytest.mark.parametrize(
    ("rule", "transformation"),
    [
        (AdEMAMix(0.01), optax.contrib.ademamix(0.01)),
        (
            AdEMAMix(0.05, 0.5, 0.75, 0.875, 2.0, 0.1),
            optax.contrib.ademamix(0.05, 0.5, 0.75, 0.875, 2.0, 0.1),
        ),
        (
            AdEMAMix(0.01, beta_3=0.999, alpha=3.0, warmup_steps=300),
            optax.contrib.ademamix(0.01, b3=slow_beta, alpha=lambda t: 3.0 * warm(t)),
        ),
        (Prodigy(corrected), optax.contrib.prodigy(1.0)),
        (
            Prodigy(lambda t: 0.5 * corrected(t), d0=1e-3, epsilon=0.0),
            optax.contrib.prodigy(0.5, estim_lr0=1e-3, eps=0.0),
        ),
    ],
    ids=lambda x: type(x).__name__ if hasattr(x, "learning_rate") else "optax",
)
def test_a_thousand_steps_against_optax(rule, transformation):
    def step(carry, noise):
        w, memory = carry
        change, memory = transformation.update(CURVATURE * w + noise, memory, w)
        w = optax.apply_updates(w, change)
        return (w, memory), w

    w, state = START["matrix"], rule.init(START["matrix"])
    with jax.enable_x64(True):
        first = jax.numpy.asarray(w)
        path = np.array(jax.lax.scan(step, (first, transformation.init(first)), jax.numpy.asarray(NOISE))[1])
    for noise, there in zip(NOISE, path, strict=True):
        w, state = rule.update(w, CURVATURE * w + noise, state)
        # optax adds ε times the d after its growth, and the paper the one before
        np.testing.assert_allclose(
            there, w, rtol=0, atol=1e-5 if isinstance(rule, Prodigy) and rule.epsilon else 1e-12
        )
    assert np.abs(w - START["matrix"]).max() > 5


@pytest.mark.parametrize(
    ("rule", "transformation"),
    [
        (SGD(0.01), optax.sgd(0.01)),
        (Adam(0.01, epsilon=1e-8, epsilon_before_correction=False), optax.adam(0.01)),
    ],
    ids=lambda x: type(x).__name__ if hasattr(x, "learning_rate") else "optax",
)
@pytest.mark.parametrize("rho", [0.05, 1.0])
def test_a_thousand_steps_of_sam_against_optax(rule, transformation, rho):
    """optax goes uphill and down again in two calls of `update`, so every second place is compared."""
    ours, state = START["matrix"], rule.init(START["matrix"])
    uphill = optax.chain(optax.contrib.normalize(), optax.sgd(rho))
    theirs = optax.contrib.sam(transformation, uphill)

    def step(carry, _):
        w, memory = carry
        for _ in range(2):
            change, memory = theirs.update(CURVATURE * w + 0.1 * w**3, memory, w)
            w = optax.apply_updates(w, change)
        return (w, memory), w

    with jax.enable_x64(True):
        w = jax.numpy.asarray(ours)
        path = np.array(jax.lax.scan(step, (w, theirs.init(w)), length=1000)[1])
    for there in path:
        at = sam_point(ours, CURVATURE * ours + 0.1 * ours**3, rho)
        ours, state = rule.update(ours, CURVATURE * at + 0.1 * at**3, state)
        np.testing.assert_allclose(there, ours, rtol=0, atol=1e-8)


def test_sam_at_a_gradient_of_0_stays_and_is_nan_in_optax():
    with jax.enable_x64(True):
        sam = optax.contrib.sam(optax.sgd(0.1), optax.chain(optax.contrib.normalize(), optax.sgd(0.05)))
        w = jax.numpy.asarray([1.0, 2.0])
        change, _ = sam.update(jax.numpy.zeros(2), sam.init(w), w)
    assert np.isnan(change).all()
    np.testing.assert_array_equal(sam_point([1.0, 2.0], [0.0, 0.0]), [1.0, 2.0])


def test_prodigys_first_step_is_316_times_d0_in_the_paper_and_10_times_in_optax():
    """Without a bias correction, 0.1 over the root of 0.001 is 3.16; the correction divides by the same."""
    paper = length(Prodigy(1.0, epsilon=0.0), 5.0) / 1e-6
    optaxs = 0.1 * length_in_optax(optax.contrib.prodigy(1.0, eps=0.0), 5.0) / 1e-6
    assert (paper, optaxs) == (about(3.16), about(1.0))


def test_global_norm_and_average_against_optax():
    with jax.enable_x64(True):
        tree = {"a": GRADIENTS[0], "b": GRADIENTS[1]}
        theirs = optax.clip_by_global_norm(2.0).update(tree, optax.EmptyState())[0]
        average = optax.incremental_update(GRADIENTS[0], GRADIENTS[1], 0.1)
    for name, clipped in clip_by_global_norm(tree, 2.0).items():
        np.testing.assert_allclose(clipped, theirs[name], rtol=1e-12)
    np.testing.assert_allclose(average_weights(GRADIENTS[1], GRADIENTS[0], 0.9), average, rtol=1e-12)


# What libraries do differently under one name: each difference with its number.


def length(rule, *gradients):
    """Return how long a rule's last step is, from a weight of 0, in units of the rate."""
    path = [0.0, *walk(rule, 0.0, gradients)]
    return abs(path[-1] - path[-2]) / rule.learning_rate


def walk_in_keras(optimizer, w, gradients, rate=None):
    """The same in Keras, in float32, with a compiled step; `rate` gives each step its learning rate."""
    variable, path = keras.Variable(np.asarray(w, np.float32)), []

    @tf.function
    def step(g):
        optimizer.apply([g], [variable])

    optimizer.build([variable])
    for t, g in enumerate(gradients):
        if rate:
            optimizer.learning_rate = rate(t)
        step(tf.constant(g, tf.float32))
        path.append(variable.numpy())
    return path


def length_in_keras(optimizer, *gradients):
    path = [0.0, *walk_in_keras(optimizer, 0.0, gradients)]
    return abs(path[-1] - path[-2]) / 0.1


def length_in_optax(transformation, *gradients):
    """The same for a rate of 0.1."""
    path = [0.0, *path_in_optax(transformation, 0.0, gradients)]
    return abs(path[-1] - path[-2]) / 0.1


def about(number):
    return pytest.approx(number, rel=0.01)


def test_adams_first_step_at_a_tiny_gradient_is_024_of_the_rate_in_keras_and_099_by_algorithm_1():
    assert length_in_keras(keras.optimizers.Adam(0.1), 1e-6) == about(0.24)
    assert length(Adam(0.1), 1e-6) == about(0.24)
    assert length(Adam(0.1, epsilon=1e-8, epsilon_before_correction=False), 1e-6) == about(0.99)
    assert length_in_optax(optax.adam(0.1), 1e-6) == about(0.99)


def test_keras_epsilon_is_316_times_algorithm_1s_at_the_first_step():
    g = 1e-9  # so small that ε alone decides
    by_algorithm_1 = length(Adam(0.1, epsilon=1e-8, epsilon_before_correction=False), g)
    assert by_algorithm_1 / length(Adam(0.1), g) == pytest.approx(316, rel=0.1)


def test_rmsprops_first_step_at_a_small_gradient_is_0032_of_the_rate_in_keras_and_315_in_pytorch():
    assert length_in_keras(keras.optimizers.RMSprop(0.1), 1e-5) == about(0.0316)
    assert length(RMSprop(0.1), 1e-5) == about(0.0316)
    assert length(RMSprop(0.1, epsilon=1e-8, epsilon_in_root=False), 1e-5) == about(3.15)
    assert length_in_optax(optax.rmsprop(0.1, eps_in_sqrt=False), 1e-5) == about(3.15)
    assert length_in_optax(optax.rmsprop(0.1), 1e-5) == about(0.1)  # inside the root too, but 1e-8


def test_rmsprops_first_step_with_pytorchs_own_alpha_is_990_times_the_rate():
    theirs = PYTORCHS["RMSprop"]
    rule = RMSprop(0.1, theirs["alpha"], epsilon=theirs["eps"], epsilon_in_root=False)
    assert (theirs["alpha"], length(rule, 1e-5)) == (0.99, about(9.90))


def test_rmsprops_first_step_is_316_times_the_rate_here_and_in_keras():
    assert length(RMSprop(0.1), 5.0) == about(3.16)
    assert length_in_keras(keras.optimizers.RMSprop(0.1), 5.0) == about(3.16)


def test_keras_centered_rmsprop_turns_nan_on_a_constant_gradient():
    """In float32 rounding takes v − ḡ² below −ε."""
    gradients = [777.0] * 150
    assert np.isnan(walk_in_keras(keras.optimizers.RMSprop(0.01, centered=True), 0.0, gradients)[-1])
    assert np.isfinite(walk(RMSprop(0.01, centered=True), np.float32(0), gradients)[-1])


def test_momentum_after_a_drop_of_the_rate_steps_0910_in_keras_and_0100_in_pytorch_and_optax():
    gradients = [1.0] * 101

    def rate(t):
        return 0.1 if t < 100 else 0.01

    def last_step(path):
        return abs(path[-1] - path[-2])

    assert last_step(walk_in_keras(keras.optimizers.SGD(0.1, 0.9), 0.0, gradients, rate)) == about(0.910)
    assert last_step(walk(SGD(rate, 0.9), 0.0, gradients)) == about(0.910)
    assert last_step(walk(SGD(rate, 0.9, rate_in_velocity=False), 0.0, gradients)) == about(0.100)
    theirs = optax.sgd(lambda t: jax.numpy.where(t < 100, 0.1, 0.01), 0.9)
    assert last_step(path_in_optax(theirs, 0.0, gradients)) == about(0.100)


def test_adagrads_first_step_at_001_is_0032_of_the_rate_in_keras_and_10_in_the_paper_and_pytorch():
    assert length_in_keras(keras.optimizers.Adagrad(0.1), 0.01) == about(0.0316)
    assert length(Adagrad(0.1), 0.01) == about(0.0316)
    assert length_in_optax(optax.adagrad(0.1), 0.01) == about(0.0316)
    assert length(Adagrad(0.1, initial_accumulator_value=0.0), 0.01) == about(1.0)


def test_adadelta_moves_a_thousandth_of_the_papers_step_by_keras_default():
    papers, keras_way = walk(Adadelta(1.0), 0.0, [5.0])[0], walk(Adadelta(), 0.0, [5.0])[0]
    assert papers / keras_way == pytest.approx(1000)
    assert walk_in_keras(keras.optimizers.Adadelta(), 0.0, [5.0])[0] == pytest.approx(keras_way)


def test_weight_decay_in_keras_and_optax_leaves_0990_and_an_l2_gradient_through_adam_0900():
    assert walk_in_keras(keras.optimizers.AdamW(0.1, weight_decay=0.1), 1.0, [0.0])[0] == pytest.approx(0.990)
    assert walk(AdamW(0.1, weight_decay=0.1), 1.0, [0.0])[0] == pytest.approx(0.990)
    assert path_in_optax(optax.adamw(0.1, weight_decay=0.1), 1.0, [0.0])[0] == pytest.approx(0.990)
    assert walk(Adam(0.1), 1.0, [0.1 * 1.0])[0] == pytest.approx(0.900, abs=1e-5)


def test_weight_decay_beside_momentum_leaves_0980_in_keras_and_0971_as_an_l2_gradient():
    in_keras = keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.1)
    assert walk_in_keras(in_keras, 1.0, [0.0, 0.0])[-1] == pytest.approx(0.980, abs=5e-4)
    assert 0.99**2 == pytest.approx(0.980, abs=5e-4)
    l2 = optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.1, momentum=0.9))
    assert path_in_optax(l2, 1.0, [0.0, 0.0])[-1] == pytest.approx(0.971, abs=5e-4)
    assert 0.99 - 0.1 * (0.9 * 0.1 + 0.1 * 0.99) == pytest.approx(0.971, abs=5e-4)


def test_weight_decay_times_the_rate_leaves_0999_and_without_it_0900():
    assert walk(AdamW(0.01, weight_decay=0.1), 1.0, [0.0])[0] == pytest.approx(0.999)
    assert walk(AdamW(0.01, weight_decay=0.1, decay_times_rate=False), 1.0, [0.0])[0] == pytest.approx(0.900)


def test_weight_decay_is_0004_by_default_in_keras_and_00001_in_optax():
    assert AdamW().weight_decay == keras.optimizers.AdamW().weight_decay == 0.004
    assert inspect.signature(optax.adamw).parameters["weight_decay"].default == 1e-4


# PyTorch's default arguments, from its source.
PYTORCHS = json.loads((Path(__file__).parent / "golden/defaults_torch.json").read_text(encoding="utf-8"))[
    "defaults"
]


def test_defaults_that_differ_in_pytorch():
    assert (PYTORCHS["AdamW"]["weight_decay"], AdamW().weight_decay) == (0.01, 0.004)
    assert (PYTORCHS["Muon"]["weight_decay"], Muon().weight_decay) == (0.1, 0.004)
    assert inspect.signature(optax.contrib.muon).parameters["weight_decay"].default == 0
    assert [PYTORCHS["Adadelta"][name] for name in ("lr", "rho", "eps")] == [1.0, 0.9, 1e-6]
    theirs = inspect.signature(optax.adadelta).parameters
    assert [theirs[name].default for name in ("learning_rate", "rho", "eps")] == [None, 0.9, 1e-6]
    ours = keras.optimizers.Adadelta().get_config()
    assert [ours[name] for name in ("learning_rate", "rho", "epsilon")] == pytest.approx([0.001, 0.95, 1e-7])
    assert not [name for name in PYTORCHS["Adafactor"] if "relative" in name]


# What the cards say.


def test_with_amsgrad_the_rate_rises_again_after_one_large_gradient():
    gradients = [1.0] + [0.01] * 1999
    path = np.array([0.0, *walk(Adam(0.1, beta_1=0.0, amsgrad=True), 0.0, gradients)])
    rates = -np.diff(path) / gradients / 0.1
    assert rates[[0, 1, 1999]] == pytest.approx([1, 1.41, 29.4], rel=0.01)
    assert (np.diff(rates) > 0).all()
    adams = np.array([0.0, *walk(Adam(0.1, beta_1=0.0), 0.0, gradients)])
    assert (np.diff(path) >= np.diff(adams) - 1e-12).all()  # both go down


@pytest.mark.parametrize("before", [100, 1000])
def test_adamaxs_step_is_small_for_thousands_of_updates_after_a_large_gradient(before):
    gradients = [1.0] * before + [100.0] + [1.0] * 5000
    steps = -np.diff(np.array(walk(Adamax(0.1), 0.0, gradients)).ravel(), prepend=0.0) / 0.1
    after = steps[before + 1 :]
    assert steps[before - 1] == pytest.approx(1, abs=1e-6)
    assert after[1000 - 1] == pytest.approx(0.027, abs=5e-4)
    assert np.argmax(after >= 0.5) + 1 == pytest.approx(3900, abs=20)


def test_the_keys_of_keras_optimizer_map_must_match_whole_paths():
    if not hasattr(keras.optimizers, "OptimizerMap"):
        pytest.skip(f"Keras {keras.__version__} has no OptimizerMap")
    adam, sgd = keras.optimizers.Adam(), keras.optimizers.SGD()
    by_key = {key: keras.optimizers.OptimizerMap(adam, {key: sgd}) for key in ("head", ".*head.*")}
    assert by_key["head"]["sequential/head/kernel"] is adam  # and nothing warns
    assert by_key[".*head.*"]["sequential/head/kernel"] is sgd
    assert by_key[".*head.*"]["sequential/hidden/kernel"] is adam


def test_which_matrices_keras_muon_leaves_to_adamw():
    names = ("embedding", "hidden", "head")
    layers = [keras.layers.Dense(2, name=name) for name in names]
    for layer in layers:
        layer.build((None, 3))

    def left_out(**arguments):
        optimizer = keras.optimizers.Muon(**arguments)
        optimizer.build([layer.kernel for layer in layers])
        start = [layer.kernel.numpy() for layer in layers]
        g = np.float32(RNG.normal(size=(3, 2)))
        optimizer.apply([tf.constant(g)] * 3)
        steps = [layer.kernel.numpy() - one for layer, one in zip(layers, start, strict=True)]
        # Adam's first step has the same length everywhere.
        return {name for name, step in zip(names, steps, strict=True) if np.ptp(np.abs(step)) < 1e-5}

    no_decay = {"weight_decay": 0.0, "adam_weight_decay": 0.0}
    assert left_out(**no_decay) == {"embedding"}
    assert left_out(**no_decay, exclude_layers=["head"]) == {"embedding", "head"}
    assert left_out(**no_decay, exclude_embeddings=False) == set()


def test_clipnorm_of_keras_turns_the_direction_and_global_clipnorm_keeps_it():
    gradients = {"a": np.array([5.0]), "b": np.array([0.5])}
    for argument, a, b in [("clipnorm", 1.0, 0.5), ("global_clipnorm", 5 / 5.025, 0.5 / 5.025)]:
        variables = [keras.Variable([0.0]), keras.Variable([0.0])]
        optimizer = keras.optimizers.SGD(1.0, **{argument: 1.0})
        optimizer.apply([tf.constant(g, tf.float32) for g in gradients.values()], variables)
        assert [-float(v[0]) for v in variables] == pytest.approx([a, b], rel=1e-3)
    assert [float(clip_by_norm(g, 1.0)[0]) for g in gradients.values()] == [1.0, 0.5]
    clipped = clip_by_global_norm(gradients, 1.0)
    assert clipped["a"] / clipped["b"] == pytest.approx(10)


def test_nadam_after_50_steps_along_a_cosine_is_0014_from_optax_and_0004_from_pytorch():
    gradients = [math.cos(t) for t in range(50)]
    keras_way, pytorchs, optaxs = (
        walk(Nadam(0.01, epsilon=1e-8, momentum_decay=decay), 0.0, gradients)[-1]
        for decay in (1.0, 0.004, math.inf)
    )
    theirs = walk_in_keras(keras.optimizers.Nadam(0.01, epsilon=1e-8), 0.0, gradients)[-1]
    assert theirs == pytest.approx(keras_way, abs=1e-6)
    assert path_in_optax(optax.nadam(0.01), 0.0, gradients)[-1] == pytest.approx(optaxs)
    assert (keras_way - optaxs, keras_way - pytorchs) == (about(0.01419), about(-0.00446))


def test_amsgrads_second_step_is_0653_of_the_rate_in_keras_and_0474_in_optax():
    """The largest v is taken before the correction in Keras, as in PyTorch, and after it in optax."""
    gradients = [1.0, 0.0]
    assert length(Adam(0.1, beta_2=0.9, amsgrad=True), *gradients) == about(0.653)
    assert length_in_keras(keras.optimizers.Adam(0.1, beta_2=0.9, amsgrad=True), *gradients) == about(0.653)
    assert length_in_optax(optax.amsgrad(0.1, b2=0.9), *gradients) == about(0.474)
    assert length(Adam(0.1, beta_2=0.9), *gradients) == about(0.688)  # what it would be without


def test_lamb_with_decay_moves_0723_in_keras_and_0500_in_optax():
    """The decay is a step of its own in Keras, and inside the norm in optax, as in the paper."""
    w, g = np.array([3.0, 4.0]), np.array([1.0, 1.0])
    keras_way = walk(Lamb(0.1), decay_weights(w, 0.1, 0.5), [g])[0]
    theirs = walk_in_keras(keras.optimizers.Lamb(0.1, weight_decay=0.5), w, [g])[0]
    np.testing.assert_allclose(theirs, keras_way, rtol=1e-6)
    optaxs = path_in_optax(optax.lamb(0.1, weight_decay=0.5), w, [g])[0]
    assert [math.dist(place, w) for place in (keras_way, optaxs)] == [about(0.723), about(0.500)]


def test_adafactors_relative_step_does_nothing_in_keras():
    """Its rate is capped at 1/√2 in the second step either way; here `False` takes the cap away, as in optax."""

    def second_step(path):
        return 1 - path[1] / path[0]

    gradients, cap = [1.0, 1.0], pytest.approx(1 / math.sqrt(2), rel=1e-4)
    for relative_step in (True, False):
        theirs = keras.optimizers.Adafactor(0.9, relative_step=relative_step)
        assert second_step(walk_in_keras(theirs, 1000.0, gradients)) == cap
    assert second_step(walk(Adafactor(0.9), 1000.0, gradients)) == cap
    assert second_step(walk(Adafactor(0.9, relative_step=False), 1000.0, gradients)) == pytest.approx(0.9)
    assert second_step(path_in_optax(optax.adafactor(0.9), 1000.0, gradients)) == pytest.approx(0.9)


def test_muon_is_0378_of_a_step_from_optax_after_ten_steps():
    """Both look ahead, g + β m here and a corrected mean there; the first step is the same."""
    ours = np.array(walk(Muon(0.1, weight_decay=0.0), START["matrix"], GRADIENTS[:10] * 1e6))
    optaxs = path_in_optax(optax.contrib.muon(0.1, consistent_rms=0.2), START["matrix"], GRADIENTS[:10] * 1e6)
    apart = np.abs(ours - optaxs).max(axis=(1, 2)) / np.abs(ours[0] - START["matrix"]).max()
    assert (apart[0], apart[-1]) == (pytest.approx(0, abs=1e-9), about(0.378))


def test_muons_step_for_a_column_of_100_is_twice_as_long_in_keras_as_in_optax():
    """0.2 √max(rows, columns) against √max(1, columns/rows)."""
    w, g = np.zeros((100, 1)), np.eye(100, 1) * 1e6
    unit = walk(Muon(0.1, weight_decay=0.0, rms_rate=None), w, [g])[0]
    np.testing.assert_allclose(walk(Muon(0.1, weight_decay=0.0), w, [g])[0], 2 * unit)
    np.testing.assert_allclose(path_in_optax(optax.contrib.muon(0.1), w, [g])[0], unit)


def test_schedule_frees_average_with_a_warm_up_of_5_is_0370_in_keras_and_0389_in_optax():
    """It is that of all steps here and in Keras; optax weighs a step by its rate squared, and warms up from 0."""
    gradients, near = [1.0] * 10, functools.partial(pytest.approx, abs=5e-4)
    rule, optaxs = ScheduleFreeAdamW(0.1, warmup_steps=5), optax.contrib.schedule_free_adamw(0.1, 5)
    w, state = 0.0, rule.init(0.0)
    with jax.enable_x64(True):
        v = jax.numpy.asarray(0.0)
        theirs = optaxs.init(v)
        for g in gradients:
            w, state = rule.update(w, g, state)
            change, theirs = optaxs.update(jax.numpy.asarray(g), theirs, v)
            v = optax.apply_updates(v, change)
        assert (v, optax.contrib.schedule_free_eval_params(theirs, v)) == (near(-0.420), near(-0.389))
    assert (w, rule.average(w, state)) == (near(-0.413), near(-0.370))
    keras_way = in_keras(
        "ScheduleFreeAdamW", learning_rate=0.1, warmup_steps=5
    )  # its weights are the average
    assert walk_in_keras(keras_way, 0.0, gradients)[-1] == near(-0.370)


def test_a_step_counter_that_never_advances_moves_993_where_adam_moves_200():
    rule, w = Adam(0.01), 0.0
    assert walk(rule, 0.0, [1.0] * 2000)[-1] == pytest.approx(-20.0, abs=0.005)
    state = rule.init(0.0)
    for _ in range(2000):
        w, state = rule.update(w, 1.0, state._replace(t=0))
    assert w == pytest.approx(-9.93, abs=0.005)


# Bad input.


@every_rule
def test_gradients_with_nan_or_infinity_are_refused(rule):
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match=f"(g|gradients) must be finite everywhere, but got {bad}"):
            rule.update([1.0, 2.0], [3.0, bad], rule.init([1.0, 2.0]))
    for clip in (
        clip_by_value,
        clip_by_norm,
        lambda g, limit: clip_by_global_norm({"a": [1.0], "b": g}, limit),
    ):
        with pytest.raises(ValueError, match=r"(g|gradients) must be finite everywhere, but got nan"):
            clip([1.0, np.nan], 1.0)


@every_rule
def test_shapes_that_would_broadcast_are_refused(rule):
    w, g, wide = np.ones(2), np.ones((2, 1)), np.ones((3, 2))
    with pytest.raises(
        ValueError, match=r"w has shape \(2,\), g has shape \(2, 1\), .* shape \(2,\), and all must be"
    ):
        rule.update(w, g, rule.init(w))
    with pytest.raises(
        ValueError, match=r"w has shape \(3, 2\), g has shape \(3, 2\), .* for shape \(2,\), and all"
    ):
        rule.update(wide, wide, rule.init(w))
    with pytest.raises(
        ValueError, match=r"average has shape \(2, 1\), w has shape \(2,\), and both must be equal"
    ):
        average_weights(g, w)


@every_rule
def test_empty_arrays_are_refused(rule):
    with pytest.raises(ValueError, match=r"w is empty \(shape \(0, 3\)\), but must have at least one number"):
        rule.init(np.empty((0, 3)))
    with pytest.raises(ValueError, match="w is empty"):
        rule.update([], [], rule.init(1.0))
    with pytest.raises(ValueError, match="g is empty"):
        clip_by_norm([], 1.0)
    with pytest.raises(ValueError, match="x is empty"):
        newton_schulz(np.empty((0, 3)))


@pytest.mark.parametrize(
    ("make", "name", "bad", "allowed"),
    [
        (SGD, "momentum", [-0.1, 1, 1.5, math.nan, "0.9", None], "at least 0 and below 1"),
        (Adam, "beta_1", [-0.1, 1.0], "at least 0 and below 1"),
        (Adam, "beta_2", [-0.1, 1.0], "at least 0 and below 1"),
        (Muon, "adam_beta_1", [-0.1, 1.0], "at least 0 and below 1"),
        (Muon, "adam_beta_2", [-0.1, 1.0], "at least 0 and below 1"),
        (RMSprop, "rho", [-0.1, 1.0], "at least 0 and below 1"),
        (ScheduleFreeAdamW, "beta_1", [-0.1, 0.0, 1.1], "above 0 and at most 1"),
        (Ftrl, "learning_rate", [-0.1, 0.0], "positive and finite, or a schedule"),
        (Adam, "epsilon", [-1e-8, math.inf], "0 or more, and finite"),
        (AdamW, "weight_decay", [-0.1], "0 or more, and finite"),
        (Adagrad, "initial_accumulator_value", [-0.1], "0 or more, and finite"),
        (Ftrl, "l1_regularization_strength", [-0.1], "0 or more, and finite"),
        (Ftrl, "learning_rate_power", [0.1, -math.inf], "0 or less, and finite"),
        (Adafactor, "beta_2_decay", [0.1], "0 or less, and finite"),
        (Adafactor, "clip_threshold", [0.0, -1.0], "positive and finite"),
        (Nadam, "momentum_decay", [-1.0, math.nan], "0 or more"),
        (Muon, "ns_steps", [0, 2.5, math.inf, None], "a whole number, 1 or more"),
        (Muon, "rms_rate", [-0.1, math.inf], "0 or more, and finite"),
        (Muon, "muon_a", [math.inf, -math.inf, math.nan], "a finite number"),
        (SOAP, "precondition_frequency", [0, 2.5, math.inf], "a whole number, 1 or more"),
        (SOAP, "max_precond_dim", [0, -3], "a whole number, 1 or more"),
        (AdEMAMix, "beta_3", [-0.1, 1.0], "at least 0 and below 1"),
        (AdEMAMix, "alpha", [-0.1, math.inf], "0 or more, and finite"),
        (Prodigy, "d0", [0.0, -1e-6, math.inf], "positive and finite"),
        (lambda rho: sam_point([1.0], [1.0], rho), "rho", [-0.1, math.inf], "0 or more, and finite"),
        (lambda clipvalue: clip_by_value([1.0], clipvalue), "clipvalue", [0, -1.0], "positive and finite"),
        (lambda clipnorm: clip_by_norm([1.0], clipnorm), "clipnorm", [0, -1.0], "positive and finite"),
        (
            lambda global_clipnorm: clip_by_global_norm({"a": [1.0]}, global_clipnorm),
            "global_clipnorm",
            [0, -1.0],
            "positive and finite",
        ),
        (
            lambda learning_rate: decay_weights([1.0], learning_rate, 0.1),
            "learning_rate",
            [-0.1],
            "0 or more, and finite",
        ),
        (
            lambda weight_decay: decay_weights([1.0], 0.1, weight_decay),
            "weight_decay",
            [-0.1],
            "0 or more, and finite",
        ),
        (
            lambda ema_momentum: average_weights(None, [1.0], ema_momentum),
            "ema_momentum",
            [-0.1, 1.1],
            "from 0 to 1",
        ),
    ],
)
def test_arguments_out_of_range_are_refused(make, name, bad, allowed):
    for value in bad:
        with pytest.raises(ValueError, match=f"^{name} must be {allowed}, but got {value!r}.$"):
            make(**{name: value})


@pytest.mark.parametrize("rule", RULES)
def test_learning_rates_below_0_are_refused_also_from_a_schedule(rule):
    for bad in (-0.1, math.nan, math.inf):
        with pytest.raises(
            ValueError,
            match=r"^learning_rate must be (0 or more, and|positive and) finite, or a schedule, but got",
        ):
            rule(learning_rate=bad)
    for bad in (-0.1, math.nan, math.inf, *([0] if rule is Ftrl else [])):
        scheduled = rule(learning_rate=lambda t, bad=bad: bad)
        with pytest.raises(ValueError, match=r"^learning_rate must be"):
            scheduled.update([1.0], [1.0], scheduled.init([1.0]))


def test_limits_that_are_allowed_pass():
    assert SGD(0.0, 0.0).momentum == 0
    assert ScheduleFreeAdamW(beta_1=1.0).beta_1 == 1
    assert (Muon(rms_rate=None).rms_rate, Muon(ns_steps=1).ns_steps) == (None, 1)
    assert Ftrl(learning_rate_power=0.0).learning_rate_power == 0
    assert average_weights([1.0], [2.0], 1) == average_weights([9.0], [1.0], 0) == [1.0]
    assert decay_weights([1.0], 0, 0) == [1.0]


def test_newton_schulz_refuses_what_is_no_matrix():
    with pytest.raises(ValueError, match=r"x must be a matrix, but got an array of shape \(3,\)"):
        newton_schulz(np.ones(3))


@pytest.mark.parametrize("average", [3.0, np.ones(2), [np.ones(2)], {"a": np.ones(2)}], ids=str)
def test_an_average_needs_the_container_of_the_weights(average):
    with pytest.raises(ValueError, match="average must be a container like w"):
        average_weights(average, [np.ones(2), np.ones(3)])
