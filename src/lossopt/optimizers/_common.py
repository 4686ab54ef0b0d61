"""Provide what all rules share: checked hyperparameters, the learning
rate, and checks of weights and gradients."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .._checks import Checked, Rate, number, ranges, real_array, shown

# What Keras's optimizers take as arguments, and who does it here.
ELSEWHERE = {
    "clipnorm": "clip_by_norm(g, clipnorm) before the update",
    "clipvalue": "clip_by_value(g, clipvalue) before the update",
    "global_clipnorm": "clip_by_global_norm(gradients, global_clipnorm) before the updates",
    "weight_decay": "decay_weights(w, learning_rate, weight_decay) before the update",
    "use_ema": "average_weights(average, w, ema_momentum) after the update",
    "ema_momentum": "average_weights(average, w, ema_momentum) after the update",
}


class Rule(Checked):
    """Turn weights, their gradient and a state into new weights and a new
    state.

    A rule is a frozen dataclass of hyperparameters, checked when it is made. It
    writes what its paper prints as `_start(w)`, the first state, and
    `_update(w, g, state)`. Everything else is here.
    """

    learning_rate: Rate
    State: ClassVar[Any] = tuple

    def __new__(cls, *args, **arguments):
        for name in arguments.keys() & ELSEWHERE.keys() - cls.__dataclass_fields__.keys():
            raise TypeError(f"{cls.__name__} has no argument {name}: call {ELSEWHERE[name]}.")
        return super().__new__(cls)

    def init(self, w):
        """Return the state of weights `w` before their first update. It begins
        with t = 0."""
        return self._start(floating("w", w))

    def update(self, w, g, state):
        """Return new weights and a new state, and change nothing in place.

        `w`, `g` and what the state remembers have one shape. The weights keep
        their floating type. Raises `ValueError` if the shapes differ, if they
        are empty, if `g` has a NaN or an infinity, or if the state is another
        rule's.
        """
        w = floating("w", w)
        g = gradient(g, w.dtype)
        made_for = self.State if isinstance(self.State, tuple) else (self.State,)
        if not isinstance(state, made_for):
            raise ValueError(
                f"state must be made by {type(self).__name__}.init(w), but got {shown(type(state).__name__)}.\n"
                "Keep one state for each variable, and pass on the one that the last update returned."
            )
        if not w.shape == g.shape == state[1].shape:
            raise ValueError(
                f"w has shape {w.shape}, g has shape {g.shape}, the state was made for shape {state[1].shape}, "
                "and all must be equal.\nKeep one state for each variable, and make it with init(w)."
            )
        w_new, state = self._update(w, g, state)
        return w_new.astype(w.dtype, copy=False) if w_new.ndim else w.dtype.type(w_new), state

    def _rate(self, state):
        """Return the learning rate of the next update."""
        if not callable(self.learning_rate):
            return self.learning_rate
        return number("learning_rate", self.learning_rate(state.t), ranges(type(self))["learning_rate"])


def floating(name, w):
    """Return an array of floating type. Raise an error if it is empty, or too
    coarse for an ε of 1e-7."""
    if type(w) is np.ndarray and w.dtype.char in "fd" and w.size:
        return w  # what a training loop passes, without the time that the checks take
    w = real_array(name, w)
    if w.dtype == np.float16:
        raise ValueError(
            f"{name} must be float32 or float64, but got float16, in which an ε of 1e-7 is almost 0."
        )
    return w if w.dtype.kind == "f" else w.astype(float)


def gradient(g, dtype=None, name="g"):
    """Return a gradient as an array. Raise an error for NaN and infinity,
    which would ruin every later step."""
    g = floating(name, g) if dtype is None else floating(name, g).astype(dtype, copy=False)
    if not np.isfinite(g).all():
        raise ValueError(
            f"{name} must be finite everywhere, but got {g[~np.isfinite(g)].flat[0]}.\n"
            "Look for the first loss or weight that is not finite: clipping cannot repair this gradient."
        )
    return g
