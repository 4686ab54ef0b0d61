r"""Update rules in NumPy: what an optimizer does to one array of weights, as its paper prints it.

A rule is a frozen dataclass of hyperparameters, under Keras's names and with Keras's defaults. It changes nothing
in place: weights `w`, their gradient `g` and a state go in, new weights and a new state come out.

    rule = Adam(learning_rate=0.01)
    state = rule.init(w)
    w, state = rule.update(w, g, state)

* `w` and `g` have one and the same shape, any shape. The floating type of `w` is kept: float32 stays float32.
* A state is a named tuple: `t`, the number of updates made, then what the rule remembers, by the paper's letters.
* `learning_rate` is a number, or a schedule: a function of the number of updates made, 0 at the first.
* `update` raises `ValueError` when `w`, `g` and the state differ in shape, when they are empty, and when `g` has a
  NaN or an infinity in it; so does making a rule with a hyperparameter out of its range.

In the formulas θ are the weights, η is the learning rate and t is 1 at the first update.

A model with several variables has one state for each. Clipping goes before the update, the decay of weights too,
the moving average after it; they are functions, and work with every rule:

>>> import numpy as np
>>> weights = {"kernel": np.array([[3.0, 4.0]]), "bias": np.array([1.0])}
>>> gradients = {"kernel": np.array([[30.0, 40.0]]), "bias": np.array([0.0])}
>>> rule = SGD(learning_rate=0.1)
>>> states = {name: rule.init(w) for name, w in weights.items()}
>>> gradients = clip_by_global_norm(gradients, 5.0)
>>> weights = decay_weights(weights, learning_rate=0.1, weight_decay=0.5, exclude=["bias"])
>>> for name, w in weights.items():
...     weights[name], states[name] = rule.update(w, gradients[name], states[name])
>>> weights
{'kernel': array([[2.55, 3.4 ]]), 'bias': array([1.])}

Where libraries differ under one name, Keras's way is the default, and one argument gives the other:
`rate_in_velocity` (SGD), `epsilon_in_root` (Adagrad, RMSprop), `epsilon_hat` (Adam, AdamW),
`decay_times_rate` (AdamW), `momentum_decay` (Nadam), `relative_step` (Adafactor) and, as in Keras,
`initial_accumulator_value` (Adagrad).
"""

from .adaptive import Adadelta, Adagrad, Adam, Adamax, AdamW, Ftrl, Nadam, RMSprop
from .around import average_weights, clip_by_global_norm, clip_by_norm, clip_by_value, decay_weights
from .classic import SGD
from .modern import Adafactor, Lamb, Lion, Muon, ScheduleFreeAdamW, newton_schulz

__all__ = [  # noqa: RUF022 - by subject, simple before special
    "SGD",
    "Adagrad",
    "Adadelta",
    "RMSprop",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Ftrl",
    "Lion",
    "Lamb",
    "Adafactor",
    "Muon",
    "newton_schulz",
    "ScheduleFreeAdamW",
    "clip_by_value",
    "clip_by_norm",
    "clip_by_global_norm",
    "decay_weights",
    "average_weights",
]
