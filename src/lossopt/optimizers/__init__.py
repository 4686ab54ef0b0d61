r"""Update one array of weights in NumPy, by the rule that an optimizer's
paper prints.

A rule is a frozen dataclass of hyperparameters, with Keras's names and
defaults. Its `update` takes weights `w`, their gradient `g` and a state,
and returns new weights and a new state. It changes nothing in place.

    rule = Adam(learning_rate=0.01)
    state = rule.init(w)
    w, state = rule.update(w, g, state)

* `w` and `g` have the same shape, which can be any shape. The result keeps
  the floating type of `w`, such as float32.
* A state is a named tuple. It begins with `t`, the number of updates made,
  and then has what the rule remembers, under the paper's letters.
* `learning_rate` is a number or a schedule, which is a function of the
  number of updates made (0 at the first).
* `update` raises `ValueError` if the shapes of `w`, `g` and the state
  differ, if they are empty, or if `g` has a NaN or an infinity in it.
  Making a rule raises `ValueError` if a hyperparameter is out of its range.
  A learning rate must be 0 or more, and finite.

In the formulas θ denotes the weights, η the learning rate, and t is 1 at
the first update.

A model with several variables needs one state for each. Clipping, weight
decay and the second gradient of SAM (`sam_point`) come before the update,
and the moving average comes after it. They are functions that work with
every rule:

>>> import numpy as np
>>> weights = {"kernel": np.array([[3.0, 4.0]]), "bias": np.array([1.0])}
>>> slopes = {"kernel": np.array([[30.0, 40.0]]), "bias": np.array([0.0])}
>>> rule = SGD(learning_rate=0.1)
>>> states = {name: rule.init(w) for name, w in weights.items()}
>>> slopes = clip_by_global_norm(slopes, 5.0)
>>> weights = decay_weights(weights, 0.1, 0.5, exclude=["bias"])
>>> for name, w in weights.items():
...     weights[name], states[name] = rule.update(
...         w, slopes[name], states[name]
...     )
>>> weights
{'kernel': array([[2.55, 3.4 ]]), 'bias': array([1.])}

Where libraries differ under one name, Keras's way is the default, and one
argument selects the other way: `rate_in_velocity` (SGD), `epsilon_in_root`
(Adagrad, RMSprop), `epsilon_before_correction` (Adam, AdamW),
`decay_times_rate` (AdamW), `momentum_decay` (Nadam), `relative_step`
(Adafactor) and, as in Keras, `initial_accumulator_value` (Adagrad).

Keras has all rules but three. `SOAP`, `AdEMAMix` and `Prodigy` follow their
papers and their authors' code.
"""

from .adaptive import Adadelta, Adagrad, Adam, Adamax, AdamW, Ftrl, Nadam, RMSprop
from .around import (
    average_weights,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    decay_weights,
    sam_point,
)
from .classic import SGD
from .modern import SOAP, Adafactor, AdEMAMix, Lamb, Lion, Muon, Prodigy, ScheduleFreeAdamW, newton_schulz

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
    "SOAP",
    "ScheduleFreeAdamW",
    "AdEMAMix",
    "Prodigy",
    "clip_by_value",
    "clip_by_norm",
    "clip_by_global_norm",
    "sam_point",
    "decay_weights",
    "average_weights",
]
