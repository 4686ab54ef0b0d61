"""Bad values of 36 kinds for every argument of every public function: a documented result, or an error in one form.

Each call below is right. The test replaces one argument at a time by each of the bad values. Either the call returns,
and RETURNS says why it may, or it raises `ValueError` with the name of the argument, and nothing else.
"""

import inspect
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from lossopt import losses, optimizers, schedules, surfaces


class Subclass(np.ndarray):
    pass


class Rude:
    def __array__(self, *args, **kwargs):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


def a_generator():
    yield 1.0


BAD = {
    "None": None,
    "a string": "mean",
    "a number as a string": "0.5",
    "bytes": b"1",
    "True": True,
    "a complex number": 1j,
    "a complex array": np.array([1j, 2j]),
    "strings": ["a", "b"],
    "numbers as strings": ["1", "2"],
    "None in a list": [1.0, None],
    "a dictionary": {"a": 1.0},
    "a set": {1.0},
    "a function": len,
    "a class": int,
    "an object": object(),
    "an object that raises": Rude(),
    "a generator": a_generator(),
    "a ragged list": [[1.0], [1.0, 2.0]],
    "an object array": np.array([1.0, 2.0], dtype=object),
    "a date": np.array("2026-11-30", dtype="datetime64[D]"),
    "an empty list": [],
    "an empty array": np.zeros((0, 3)),
    "an array of the wrong shape": np.ones((2, 3, 4, 5)),
    "a masked array": np.ma.array([0.5, 0.5], mask=[True, False]),
    "a masked number": np.ma.masked,
    "10 ** 400": 10**400,
    "nan": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "-1": -1,
    "a half": Fraction(1, 2),
    "a decimal number": Decimal("0.5"),
    "a NumPy number": np.float32(0.5),
    "an array without axes": np.array(0.5),
    "a float16 array": np.array([0.5, 0.5], dtype=np.float16),
    "an array of a subclass": np.array([0.5, 0.5]).view(Subclass),
}
NUMBERS = {"a half", "a decimal number", "a NumPy number", "an array without axes", "-1"}
NOT_FINITE = {"nan", "infinity", "minus infinity"}
ARRAYS = {"a float16 array", "an array of a subclass"}

# Which bad values may return, by the kind of the argument that they replace, and why.
RETURNS = {
    "number": NUMBERS,  # a number is a number, in whatever type, if it is in the range
    "may be infinite": NUMBERS | {"infinity"},
    "number or None": NUMBERS | {"None"},
    "number or schedule": NUMBERS
    | {"a function", "a class"},  # whether it returns a rate is seen at the first update
    "switch": {"True"},
    "array": NUMBERS | ARRAYS | {"True"},  # True counts as 1, as everywhere in NumPy
    "predictions": NUMBERS | ARRAYS | NOT_FINITE | {"True"},  # NaN and infinity pass, as in Keras
    "array or None": NUMBERS | ARRAYS | {"True", "None"},
    "axis or None": {"-1", "None", "an empty list"},
    "words": {"an empty list", "an empty array", "a set", "a dictionary", "strings", "numbers as strings"},
    "values to reduce": NUMBERS | ARRAYS | NOT_FINITE | {"True", "an array of the wrong shape"},
    "reduction": {"a string", "None"},  # "mean" is one of them
}


two, probabilities = np.array([0.0, 1.0]), np.array([0.2, 0.7])
rows, one_hot = np.array([[0.2, 0.8], [0.7, 0.3]]), np.array([[0.0, 1.0], [1.0, 0.0]])
classes = np.array([1, 0])
LOGITS = {"from_logits": "switch", "label_smoothing": "number", "axis": "number"}

# The call, its right arguments, and their kinds. An argument that is not named by the kinds is not replaced.
CALLS = [
    *(
        (
            getattr(losses, name),
            {"y_true": two, "y_pred": probabilities},
            {"y_true": "predictions", "y_pred": "predictions"},
        )
        for name in (
            "mean_squared_error",
            "mean_absolute_error",
            "log_cosh",
            "mean_absolute_percentage_error",
        )
    ),
    (
        losses.huber,
        {"y_true": two, "y_pred": two, "delta": 1.0},
        {"y_pred": "predictions", "delta": "number"},
    ),
    (losses.pinball, {"y_true": two, "y_pred": two, "q": 0.5}, {"y_pred": "predictions", "q": "number"}),
    (
        losses.mean_squared_logarithmic_error,
        {"y_true": two, "y_pred": two},
        {"y_true": "predictions", "y_pred": "predictions"},
    ),
    (losses.poisson, {"y_true": two, "y_pred": two}, {"y_true": "predictions", "y_pred": "predictions"}),
    (
        losses.gaussian_nll,
        {"y_true": two, "y_pred": two, "variance": two + 1},
        {"y_pred": "predictions", "variance": "predictions"},
    ),
    (losses.kl_divergence, {"y_true": one_hot, "y_pred": rows}, {"y_true": "array", "y_pred": "array"}),
    (
        losses.binary_crossentropy,
        {"y_true": two, "y_pred": probabilities, "from_logits": False, "label_smoothing": 0.0, "axis": -1},
        {"y_true": "array", "y_pred": "array", **LOGITS},
    ),
    (
        losses.binary_focal_crossentropy,
        {
            "y_true": two,
            "y_pred": probabilities,
            "apply_class_balancing": False,
            "alpha": 0.25,
            "gamma": 2.0,
            "from_logits": False,
            "label_smoothing": 0.0,
            "axis": -1,
        },
        {
            "y_pred": "array",
            "apply_class_balancing": "switch",
            "alpha": "number",
            "gamma": "number",
            **LOGITS,
        },
    ),
    (
        losses.categorical_crossentropy,
        {"y_true": one_hot, "y_pred": rows, "from_logits": False, "label_smoothing": 0.0, "axis": -1},
        {"y_true": "array", "y_pred": "array", **LOGITS},
    ),
    (
        losses.categorical_focal_crossentropy,
        {
            "y_true": one_hot,
            "y_pred": rows,
            "alpha": 0.25,
            "gamma": 2.0,
            "from_logits": False,
            "label_smoothing": 0.0,
            "axis": -1,
        },
        {"y_pred": "array", "alpha": "array", "gamma": "number", **LOGITS},
    ),
    (
        losses.sparse_categorical_crossentropy,
        {"y_true": classes, "y_pred": rows, "from_logits": True, "ignore_class": None, "axis": -1},
        {
            "y_true": "array",
            "y_pred": "predictions",
            "from_logits": "switch",
            "ignore_class": "number or None",
            "axis": "number",
        },
    ),
    (
        losses.categorical_generalized_cross_entropy,
        {"y_true": classes, "y_pred": rows, "q": 0.5},
        {"y_true": "array", "y_pred": "array", "q": "number"},
    ),
    (losses.hinge, {"y_true": two, "y_pred": two}, {"y_true": "array", "y_pred": "predictions"}),
    (losses.squared_hinge, {"y_true": two, "y_pred": two}, {"y_true": "array", "y_pred": "predictions"}),
    (
        losses.categorical_hinge,
        {"y_true": one_hot, "y_pred": rows},
        {"y_true": "array", "y_pred": "predictions"},
    ),
    (
        losses.dice,
        {"y_true": two, "y_pred": probabilities, "axis": None},
        {"y_true": "array", "y_pred": "array", "axis": "axis or None"},
    ),
    (
        losses.tversky,
        {"y_true": two, "y_pred": probabilities, "alpha": 0.5, "beta": 0.5, "axis": None},
        {"y_pred": "array", "alpha": "number", "beta": "number", "axis": "axis or None"},
    ),
    (
        losses.cosine_similarity,
        {"y_true": rows, "y_pred": rows, "axis": -1},
        {"y_true": "predictions", "y_pred": "predictions", "axis": "number"},
    ),
    (
        losses.circle,
        {"y_true": classes, "y_pred": rows, "gamma": 80.0, "margin": 0.4, "remove_diagonal": True},
        {
            "y_true": "array",
            "y_pred": "predictions",
            "gamma": "number",
            "margin": "number",
            "remove_diagonal": "switch",
        },
    ),
    (
        losses.triplet,
        {"anchor": rows, "positive": rows, "negative": rows, "margin": 0.2},
        {"anchor": "predictions", "negative": "predictions", "margin": "number"},
    ),
    (
        losses.contrastive,
        {"y_true": two, "y_pred": two, "margin": 1.0},
        {"y_true": "array", "y_pred": "predictions", "margin": "number"},
    ),
    (
        losses.ctc,
        {"y_true": np.array([[1, 0]]), "y_pred": np.zeros((1, 2, 2))},
        {"y_true": "array", "y_pred": "predictions"},
    ),
    (
        losses.beta_nll,
        {"y_true": two, "y_pred": two, "variance": two + 1, "beta": 0.5},
        {"y_pred": "predictions", "variance": "predictions", "beta": "number"},
    ),
    (
        losses.gaussian_crps,
        {"y_true": two, "y_pred": two, "sigma": two + 1},
        {"y_true": "predictions", "sigma": "predictions"},
    ),
    (
        losses.distillation,
        {"y_true": rows, "y_pred": rows, "temperature": 4.0},
        {"y_true": "predictions", "y_pred": "predictions", "temperature": "number"},
    ),
    (
        losses.pairwise_logistic,
        {"preferred": two, "rejected": two, "scale": 1.0},
        {"preferred": "predictions", "rejected": "predictions", "scale": "number"},
    ),
    (
        losses.listwise_softmax,
        {"y_true": rows, "y_pred": rows},
        {"y_true": "predictions", "y_pred": "predictions"},
    ),
    (
        losses.info_nce,
        {"anchor": rows, "positive": rows, "temperature": 0.07},
        {"anchor": "predictions", "positive": "predictions", "temperature": "number"},
    ),
    (
        losses.sigmoid_contrastive,
        {"anchor": rows, "positive": rows, "scale": 10.0, "bias": -10.0},
        {"anchor": "predictions", "positive": "predictions", "scale": "number", "bias": "number"},
    ),
    (
        losses.ntxent,
        {"y_true": classes, "y_pred": rows, "temperature": 0.07},
        {"y_true": "array", "y_pred": "predictions", "temperature": "number"},
    ),
    *(
        (
            loss,
            {"y_true": classes, "y_pred": rows, "margin": 0.5, "scale": 64.0},
            {"y_true": "array", "y_pred": "predictions", "margin": "number", "scale": "number"},
        )
        for loss in (losses.arcface, losses.cosface)
    ),
    (
        losses.reduce_loss,
        {"values": two, "sample_weight": None, "reduction": "sum", "mask": None},
        {
            "values": "values to reduce",
            "sample_weight": "array or None",
            "reduction": "reduction",
            "mask": "array or None",
        },
    ),
]
CALLS += [(loss.gradient, right, kinds) for loss, right, kinds in CALLS if hasattr(loss, "gradient")]
RULES = {name: rule for name, rule in vars(optimizers).items() if inspect.isclass(rule)}
INFINITE = {
    "momentum_decay": "may be infinite",
    "rms_rate": "number or None",
    "learning_rate": "number or schedule",
}


def kind_of(name, default):
    return "switch" if isinstance(default, bool) else INFINITE.get(name, "number")


for rule in RULES.values():
    right = {field: p.default for field, p in inspect.signature(rule).parameters.items()}
    CALLS.append((rule, right, {field: kind_of(field, default) for field, default in right.items()}))
    made = rule()
    state = made.init(two)
    CALLS.append((made.init, {"w": two}, {"w": "initial weights"}))
    CALLS.append(
        (
            made.update,
            {"w": two, "g": two, "state": state},
            {"w": "predictions", "g": "array", "state": "state"},
        )
    )
ANY_SHAPE = {"an array of a subclass", "an array of the wrong shape"}
gradients = {"kernel": rows, "bias": two}
CALLS += [
    (optimizers.newton_schulz, {"x": rows, "steps": 5}, {"x": "predictions", "steps": "number"}),
    (optimizers.clip_by_value, {"g": two, "clipvalue": 1.0}, {"g": "gradient", "clipvalue": "number"}),
    (optimizers.clip_by_norm, {"g": two, "clipnorm": 1.0}, {"g": "gradient", "clipnorm": "number"}),
    (
        optimizers.clip_by_global_norm,
        {"gradients": gradients, "global_clipnorm": 1.0},
        {"gradients": "gradient", "global_clipnorm": "number"},
    ),
    (
        optimizers.sam_point,
        {"w": gradients, "gradients": gradients, "rho": 0.05},
        {"w": "state", "gradients": "state", "rho": "number"},
    ),
    (
        optimizers.sam_point,
        {"w": two, "gradients": two, "rho": 0.05},
        {"w": "same shape", "gradients": "same shape", "rho": "number"},
    ),
    (
        optimizers.decay_weights,
        {"w": gradients, "learning_rate": 0.1, "weight_decay": 0.1, "exclude": ["bias"]},
        {"w": "weights", "learning_rate": "number", "weight_decay": "number", "exclude": "words"},
    ),
    (
        optimizers.average_weights,
        {"average": two, "w": two, "ema_momentum": 0.9},
        {"average": "average", "w": "weights", "ema_momentum": "number"},
    ),
]
RETURNS |= {
    "state": set(),
    "gradient": NUMBERS | ANY_SHAPE | {"True", "a dictionary"},
    "initial weights": NUMBERS | ANY_SHAPE | NOT_FINITE | {"True"},
    "weights": NUMBERS | ANY_SHAPE | NOT_FINITE | {"True", "a dictionary", "a float16 array"},
    "average": {"None", "an array of a subclass"},
    "same shape": {"an array of a subclass"},
}
SCHEDULES = {
    name: s
    for name, s in vars(schedules).items()
    if inspect.isclass(s) and s.__module__ == schedules.__name__
}
EXAMPLES = {"boundaries": [1, 2], "values": [0.3, 0.2, 0.1], "schedule": 0.1, "total_steps": 100}
for schedule in SCHEDULES.values():
    right = {
        field: EXAMPLES.get(field, 0.5 if p.default is p.empty else p.default)
        for field, p in inspect.signature(schedule).parameters.items()
    }
    special = {
        "boundaries": "boundaries",
        "values": "values",
        "schedule": "number or schedule",
        "warmup_target": "number or None",
    }
    CALLS.append(
        (
            schedule,
            right,
            {field: special.get(field, kind_of(field, default)) for field, default in right.items()},
        )
    )
    CALLS.append((schedule(**right), {"step": 1}, {"step": "step"}))
RETURNS |= {
    "boundaries": set(),
    "values": set(),
    "step": NUMBERS | ARRAYS | {"True", "an empty list", "an empty array", "an array of the wrong shape"},
}
CALLS += [
    (
        schedules.reduce_on_plateau,
        {
            "losses": [3.0, 2.0],
            "learning_rate": 0.1,
            "factor": 0.1,
            "patience": 1,
            "mode": "min",
            "min_delta": 0.0,
            "cooldown": 0,
            "min_lr": 0.0,
        },
        {
            "losses": "predictions",
            "learning_rate": "number",
            "factor": "number",
            "patience": "number",
            "mode": "state",
            "min_delta": "number",
            "cooldown": "number",
            "min_lr": "number",
        },
    ),
    (surfaces.bowl, {"kappa": 10.0}, {"kappa": "number"}),
    (surfaces.noisy_bowl, {"kappa": 10.0, "noise": 1.0}, {"kappa": "number", "noise": "number"}),
    (surfaces.rosenbrock, {"w": [1.0, 1.0]}, {"w": "predictions"}),
    (surfaces.rosenbrock.gradient, {"w": [1.0, 1.0]}, {"w": "predictions"}),
    (
        surfaces.descend,
        {"surface": surfaces.bowl(), "rule": optimizers.SGD(), "start": (1.0, 1.0), "steps": 3},
        {"start": "array or None", "steps": "number"},
    ),
]
IDS = [getattr(call, "__qualname__", f"{type(call).__name__}.__call__") for call, *_ in CALLS]  # no addresses


def outcome(call, right, name, value):
    """Return "returned", "refused", or what went wrong instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", RuntimeWarning)  # an infinity minus itself
        try:
            call(**right | {name: value})
        except ValueError as error:
            message = str(error)
            return "refused" if name in message and "\n\n" not in message else f"no name in: {message}"
        except Exception as error:  # whatever a call raises that it must not
            return f"{type(error).__name__}: {error}"
    return "returned"


@pytest.mark.parametrize(("call", "right", "kinds"), CALLS, ids=IDS)
def test_a_bad_value_gives_a_documented_result_or_an_error_that_names_it(call, right, kinds):
    call(**right)
    wrong = {}
    for name, kind in kinds.items():
        for words, value in BAD.items():
            came = outcome(call, right, name, value)
            if came not in ("refused", "returned") or (came == "returned" and words not in RETURNS[kind]):
                wrong[name, words] = came
    assert wrong == {}


def test_every_public_function_has_a_call():
    called = [getattr(call, "__qualname__", "") for call, *_ in CALLS]
    for module in losses, optimizers, schedules:
        for name, thing in vars(module).items():
            if callable(thing) and not name.startswith("_") and thing.__module__.startswith(module.__name__):
                assert name in called
