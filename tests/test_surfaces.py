"""The surfaces against hand values and central differences; descents against their closed form."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossopt.surfaces import (
    Surface,
    beale,
    bowl,
    descend,
    himmelblau,
    noisy_bowl,
    plateau,
    ravine,
    rosenbrock,
    saddle,
)

MADE = {"bowl": bowl, "noisy bowl": noisy_bowl}  # made in the test, so that a test covers their making
STANDING = {surface.name: surface for surface in (rosenbrock, himmelblau, beale, saddle, ravine, plateau)}


@pytest.fixture(params=[*MADE, *STANDING])
def surface(request):
    return STANDING[request.param] if request.param in STANDING else MADE[request.param]()


@dataclass(frozen=True)
class Momentum:
    """A rule of the shape that `descend` walks; the state is (steps made, velocity)."""

    learning_rate: float
    beta: float = 0.0

    def init(self, w):
        assert w.dtype == float
        return 0, np.zeros_like(w)

    def update(self, w, g, state):
        assert np.isfinite(g).all(), "a rule may refuse a gradient that is not finite"
        steps, velocity = state
        velocity = self.beta * velocity - self.learning_rate * g
        return w + velocity, (steps + 1, velocity)


@pytest.mark.parametrize(
    ("surface", "point", "value", "gradient"),
    [
        (bowl(kappa=4), (3, 2), (3**2 + 4 * 2**2) / 2, (3, 4 * 2)),
        (noisy_bowl(kappa=4), (3, 2), (3**2 + 4 * 2**2) / 2, (3, 4 * 2)),
        (rosenbrock, (2, 3), (1 - 2) ** 2 + 100 * (3 - 4) ** 2, (-2 * (1 - 2) - 400 * 2 * -1, 200 * -1)),
        (
            himmelblau,
            (1, 2),
            (1 + 2 - 11) ** 2 + (1 + 4 - 7) ** 2,
            (4 * 1 * -8 + 2 * -2, 2 * -8 + 4 * 2 * -2),
        ),
        (beale, (1, 0), 0.5**2 + 1.25**2 + 1.625**2, (-2 * (0.5 + 1.25 + 1.625), 2 * 0.5)),
        (
            beale,
            (1, 2),  # the terms are 2.5, 5.25 and 9.625
            2.5**2 + 5.25**2 + 9.625**2,
            (2 * (2.5 * 1 + 5.25 * 3 + 9.625 * 7), 2 * (2.5 + 5.25 * 4 + 9.625 * 12)),
        ),
        (saddle, (2, 3), 2**2 / 2 + (9 - 1) ** 2 / 4, (2, 3 * (9 - 1))),
        (saddle, (0, 0), 1 / 4, (0, 0)),
        (ravine, (4, 3), 5**2 / 2, (4, 3)),  # along the valley: u = 5, v = 0
        (ravine, (-3, 4), 100 * 5**2 / 2, (-300, 400)),  # across: u = 0, v = 5
        (plateau, (1, 0), 1 - np.exp(-0.5), (np.exp(-0.5), 0)),
        (plateau, (0, 0.5), 1 - np.exp(-0.5), (0, 4 * 0.5 * np.exp(-0.5))),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_hand_values(surface, point, value, gradient):
    assert surface(point) == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(surface.gradient(point), gradient, rtol=1e-13)


def test_minima_are_flat_deepest_and_in_view(surface):
    (x_low, x_high), (y_low, y_high) = surface.window
    x, y = np.meshgrid(np.linspace(x_low, x_high, 101), np.linspace(y_low, y_high, 101))
    view = surface(np.stack([x, y], axis=-1))
    assert view.min() >= 0
    assert len(set(surface.minima)) == len(surface.minima) > 0
    for minimum in surface.minima:
        np.testing.assert_allclose(surface.gradient(minimum), [0, 0], atol=1e-12)
        assert surface(minimum) == pytest.approx(0, abs=1e-27)
    for px, py in (*surface.minima, surface.start):
        assert x_low < px < x_high and y_low < py < y_high
    assert surface(surface.start) > 0.5
    assert np.abs(surface.gradient(surface.start)).min() > 1e-3  # no walk starts on a symmetry and keeps it


@settings(derandomize=True, deadline=None, max_examples=300)
@given(name=st.sampled_from([*MADE, *STANDING]), shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_gradient_against_central_differences(name, shares):
    surface = MADE[name]() if name in MADE else STANDING[name]
    point = [low + share * (high - low) for (low, high), share in zip(surface.window, shares, strict=True)]
    step = 1e-5
    for gradient, nudge in zip(surface.gradient(point), np.eye(2) * step, strict=True):
        slope = (surface(point + nudge) - surface(point - nudge)) / (2 * step)
        np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-6)


def test_many_points_at_once_are_many_single_ones(surface):
    points = np.random.default_rng(1).uniform(-2, 2, (3, 4, 2))
    values, gradients = surface(points), surface.gradient(points)
    assert values.shape == (3, 4) and gradients.shape == (3, 4, 2)
    for place in np.ndindex(3, 4):
        assert type(surface(points[place])) is float
        assert values[place] == pytest.approx(surface(points[place]), rel=1e-13)
        np.testing.assert_allclose(gradients[place], surface.gradient(points[place]), rtol=1e-12, atol=1e-14)


def test_a_surface_tells_of_itself():
    def formula(x, y):
        """Flat."""
        return 0 * x, (0 * x, 0 * y)

    assert Surface("flat", formula, (), ((-1, 1), (-1, 1)), (0, 0)).__doc__ == "Flat."
    assert "Rosenbrock (1960)" in rosenbrock.__doc__


def test_the_view_of_the_bowls():
    """Every figure of a bowl stands on it; the others' are written down once, as these would be."""
    for name, make in MADE.items():
        made = make()
        assert (made.name, made.minima, made.window, made.start) == (
            name,
            ((0, 0),),
            ((-3, 3), (-2, 2)),
            (-2.5, 1.5),
        )


def test_kappa_is_the_condition_number_and_10_unless_given():
    assert bowl()((1, 1)) == noisy_bowl()((1, 1)) == (1 + 10) / 2
    assert noisy_bowl(3)((1, 1)) == (1 + 3) / 2
    # The ravine's is 100: its curvatures are the eigenvalues of a matrix whose columns are gradients.
    np.testing.assert_allclose(np.linalg.eigvalsh(ravine.gradient(np.eye(2))), [1, 100], rtol=1e-12)


@pytest.mark.parametrize("learning_rate", [0.05, 0.1, 0.19])
def test_a_walk_over_the_bowl_has_a_closed_form(learning_rate):
    path, states, stopped = descend(bowl(kappa=10), Momentum(learning_rate), start=(-2, 1), steps=60)
    t = np.arange(61)[:, None]
    expected = (1 - learning_rate * np.array([1, 10])) ** t * np.array([-2, 1])
    assert path.shape == (61, 2)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-15)
    assert [steps for steps, _ in states] == list(range(61))
    assert stopped is None


def test_momentum_over_the_ravine_has_a_closed_form():
    """In the valley's own coordinates each is a linear recurrence: (u, velocity) times a matrix."""
    learning_rate, beta = 0.02, 0.7
    path, _, _ = descend(ravine, Momentum(learning_rate, beta), steps=50)
    for direction, curvature in (((4, 3), 1), ((-3, 4), 100)):
        direction = np.array(direction) / 5
        once = np.array([[1 - learning_rate * curvature, beta], [-learning_rate * curvature, beta]])
        u, _ = np.linalg.matrix_power(once, 50) @ [direction @ ravine.start, 0]
        assert direction @ path[50] == pytest.approx(u, rel=1e-9)


def test_a_walk_begins_at_the_surfaces_own_start_and_goes_down(surface):
    path, states, stopped = descend(surface, Momentum(1e-3))
    assert stopped is None and len(path) == len(states) == 101
    np.testing.assert_array_equal(path[0], surface.start)
    assert surface(path[-1]) < surface(path[0])


def test_a_walk_that_diverges_stops_at_the_right_step_and_raises_nothing():
    # Above 2/κ = 0.2 the walk grows: |1 − 0.3·10| = 2, and 2^19 < 1e6 < 2^20.
    path, states, stopped = descend(bowl(kappa=10), Momentum(0.3), start=(1, 1), steps=30)
    assert stopped == 20
    assert path.shape == (31, 2) and len(states) == 20
    np.testing.assert_allclose(path[:20, 1], (-2.0) ** np.arange(20))
    assert np.isnan(path[20:]).all()
    assert descend(bowl(kappa=10), Momentum(0.3), start=(1, 1), steps=19).stopped is None
    assert descend(bowl(kappa=10), Momentum(0.3), start=(1, 1), steps=20).stopped == 20


@dataclass(frozen=True)
class Jump:
    """Leads to `target` at once."""

    target: tuple

    def init(self, w):
        return ()

    def update(self, w, g, state):
        return np.array(self.target, dtype=float), state


@pytest.mark.parametrize(
    ("target", "stopped"),
    [
        ((1e6, -1e6), None),
        ((0, 1.01e6), 1),
        ((-1.01e6, 0), 1),
        ((np.nan, 0), 1),
        ((0, np.nan), 1),
        ((np.inf, 0), 1),
    ],
    ids=str,
)
def test_how_far_is_too_far(target, stopped):
    path, states, when = descend(rosenbrock, Jump(target), steps=3)
    assert when == stopped
    assert np.isfinite(path).all(axis=1).tolist() == [True] + [stopped is None] * 3
    assert len(states) == (1 if stopped else 4)


@pytest.mark.parametrize("slope", [(np.nan, 0.0), (0.0, np.inf)], ids=str)
def test_a_gradient_that_is_not_finite_stops_a_walk_before_the_rule_sees_it(slope):
    def formula(x, y):
        return x, ((1.0, 0.0) if x > -2.5 else slope)

    cliff = Surface("cliff", formula, (), ((-5, 5), (-5, 5)), (0, 0))
    path, states, stopped = descend(cliff, Momentum(1.0), steps=9)
    assert stopped == 4  # at x = −3, from where no step leads on
    np.testing.assert_array_equal(path[:4, 0], [0, -1, -2, -3])
    assert np.isnan(path[4:]).all() and len(states) == 4


def test_no_surface_overflows_where_a_walk_may_be(surface):
    corners = 10**6 * np.array(
        [(1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (1, 0)]
    )  # whole, as one may type it
    assert np.isfinite(surface(corners)).all() and (surface(corners) > 0.99).all()
    assert np.isfinite(surface.gradient(corners)).all()


def test_noise_repeats_with_its_seed():
    def walk(seed, steps=200, noise=0.5):
        return descend(noisy_bowl(noise=noise), Momentum(0.05), steps=steps, seed=seed).path

    np.testing.assert_array_equal(walk(1), walk(1))
    np.testing.assert_array_equal(walk(1, steps=50), walk(1)[:51])
    assert np.abs(walk(1)[1:] - walk(2)[1:]).min() > 0
    np.testing.assert_array_equal(descend(noisy_bowl(noise=0.5), Momentum(0.05), steps=9).path, walk(0)[:10])
    np.testing.assert_array_equal(descend(bowl(), Momentum(0.05), steps=9, seed=1).path, walk(2, 9, noise=0))


def test_noise_has_the_given_deviation_and_no_bias():
    """One step from the minimum, where the true gradient is zero, over many seeds."""
    rule = Momentum(1.0)
    steps = np.array([descend(noisy_bowl(1, 0.5), rule, (0, 0), 1, seed).path[1] for seed in range(4000)])
    np.testing.assert_allclose(steps.std(axis=0), 0.5, rtol=0.05)
    np.testing.assert_allclose(steps.mean(axis=0), 0, atol=4 * 0.5 / np.sqrt(4000))
    assert abs(np.corrcoef(steps.T)[0, 1]) < 4 / np.sqrt(4000)
    path = descend(noisy_bowl(1, 0.5), rule, (0, 0), 4000).path  # with rate 1, each point is minus one noise
    np.testing.assert_allclose(path[1:], -0.5 * np.random.default_rng(0).normal(size=(4000, 2)), rtol=1e-9)
    assert abs(np.corrcoef(path[1:-1, 0], path[2:, 0])[0, 1]) < 4 / np.sqrt(4000)
    assert noisy_bowl().noise == 1


def test_a_walk_changes_nothing_that_it_was_given():
    start = np.array([1.0, 1.0])
    path = descend(bowl(), Momentum(0.1), start, 5).path
    np.testing.assert_array_equal(start, [1, 1])
    np.testing.assert_array_equal(path[0], [1, 1])


A_POINT = r"start must be a point \(x, y\) of two numbers from -1e\+06 to 1e\+06, but got "


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bowl(kappa=0.5), "kappa must be 1 or more, and finite, but got 0.5"),
        (lambda: bowl(kappa=np.inf), "kappa must be 1 or more, and finite, but got inf"),
        (lambda: noisy_bowl(kappa=np.nan), "kappa must be 1 or more, and finite, but got nan"),
        (lambda: noisy_bowl(noise=-1), "noise must be 0 or more, and finite, but got -1"),
        (lambda: noisy_bowl(noise=np.inf), "noise must be 0 or more, and finite, but got inf"),
        (
            lambda: rosenbrock(3),
            r"w must be a point \(x, y\), or points of shape \(…, 2\), but got shape \(\)",
        ),
        (lambda: rosenbrock([1, 2, 3]), r"w must be a point .*, but got shape \(3,\)"),
        (lambda: rosenbrock.gradient(np.ones((2, 3))), r"w must be a point .*, but got shape \(2, 3\)"),
        (lambda: descend(beale, Momentum(0.1), (1, 2, 3)), A_POINT + r"\(1, 2, 3\)"),
        (lambda: descend(beale, Momentum(0.1), 1), A_POINT + "1"),
        (lambda: descend(beale, Momentum(0.1), [(1, 2)]), A_POINT + r"\[\(1, 2\)\]"),
        (lambda: descend(beale, Momentum(0.1), (0, np.nan)), A_POINT + r"\(0, nan\)"),
        (lambda: descend(beale, Momentum(0.1), (-2e6, 0)), A_POINT + r"\(-2000000.0, 0\)"),
        (
            lambda: descend(beale, Momentum(0.1), steps=0),
            "steps must be a whole number, 1 or more, but got 0",
        ),
        (
            lambda: descend(beale, Momentum(0.1), steps=1.5),
            "steps must be a whole number, 1 or more, but got 1.5",
        ),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_the_edges_of_what_is_allowed():
    assert noisy_bowl(kappa=1, noise=0).noise == 0
    assert descend(bowl(), Momentum(1e-9), (1e6, -1e6), np.int64(1)).stopped is None
