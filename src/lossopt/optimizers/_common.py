"""Provide what all rules share: ranges of hyperparameters, and checks of weights and gradients."""

import math
from collections.abc import Callable

import numpy as np

Rate = float | Callable[[int], float]

# Each row has a test, its words and the arguments that it applies to. All others must be finite and not negative.
# A name with a rule before it applies only to that rule.
RANGES = [
    (lambda x: 0 <= x < 1, "at least 0 and below 1", "beta_1 beta_2 adam_beta_1 adam_beta_2 rho momentum"),
    (lambda x: 0 <= x <= 1, "from 0 to 1", "ema_momentum"),
    (lambda x: 0 < x <= 1, "above 0 and at most 1", "ScheduleFreeAdamW.beta_1"),
    (
        lambda x: 0 < x < math.inf,
        "finite and positive",
        "clip_threshold clipvalue clipnorm global_clipnorm Ftrl.learning_rate",
    ),
    (lambda x: x >= 0, "not negative", "momentum_decay"),
    (lambda x: -math.inf < x <= 0, "finite and not positive", "learning_rate_power beta_2_decay"),
    (lambda x: -math.inf < x < math.inf, "finite", "muon_a muon_b muon_c"),
    (lambda x: x >= 1 and x % 1 == 0, "a whole number, 1 or more", "ns_steps"),
    (lambda x: x is None or 0 <= x < math.inf, "None, or finite and not negative", "rms_rate"),
]
ALLOWED = {name: (test, words) for test, words, names in RANGES for name in names.split()}
NOT_NEGATIVE = (lambda x: 0 <= x < math.inf, "finite and not negative")


def _check(name, value, rule=None):
    """Raise an error that names the argument, the values allowed and the value received."""
    test, words = ALLOWED.get(f"{type(rule).__name__}.{name}") or ALLOWED.get(name) or NOT_NEGATIVE
    try:
        fine = test(value)
    except TypeError:  # not a number at all
        fine = False
    if not fine:
        raise ValueError(f"{name} must be {words}, but got {value!r}.")


def _check_rule(rule):
    """Check a rule's hyperparameters when it is made."""
    for name, value in vars(rule).items():
        if isinstance(value, np.generic):  # a NumPy float64 would turn float32 weights into float64
            object.__setattr__(rule, name, value := value.item())
        if not (name == "learning_rate" and callable(value)):
            _check(name, value, rule)


def _rate(rule, state):
    """Return the learning rate of the next update."""
    if not callable(rule.learning_rate):
        return rule.learning_rate
    eta = float(rule.learning_rate(state.t))
    _check("learning_rate", eta, rule)
    return eta


def _array(w, name="w"):
    """Return an array of floating type. Raise an error if it is empty."""
    w = np.asarray(w)
    if w.size == 0:
        raise ValueError(f"{name} is empty (shape {w.shape}), but must have at least one number.")
    return w if w.dtype.kind == "f" else w.astype(float)


def _gradient(g, dtype=None):
    """Return a gradient as an array. Raise an error for NaN and infinity, which would ruin every later step."""
    g = _array(g, "g") if dtype is None else np.asarray(g, dtype)
    if not np.isfinite(g).all():
        raise ValueError(
            f"g must be finite everywhere, but got {g[~np.isfinite(g)].flat[0]}.\n"
            "Look for the first loss or weight that is not finite: clipping cannot repair this gradient."
        )
    return g


def _pair(w, g, remembered):
    """Return both as arrays. Raise an error if the shapes differ, before NumPy can broadcast them silently."""
    w = _array(w)
    g = _gradient(g, w.dtype)
    if not w.shape == g.shape == remembered.shape:
        raise ValueError(
            f"w has shape {w.shape}, g has shape {g.shape}, the state was made for shape {remembered.shape}, "
            "and all must be equal.\nKeep one state for each variable, and make it with init(w)."
        )
    return w, g


def _zeros(w):
    return np.zeros_like(_array(w))


def _rms(x):
    return np.sqrt(np.mean(x**2))
