"""What a type checker must accept of a reader's code, and what it must refuse: `make lint` runs mypy on this file.

A line with `type: ignore` is a mistake that mypy has to find. If it no longer does, it reports an unused ignore.
"""

import lossopt
from lossopt import losses, optimizers, schedules


def use() -> None:
    """Nobody calls it: it is there to be read by the type checker."""
    y_true, y_pred = [0.0, 1.0], [0.5, 3.0]

    losses.huber(y_true, y_pred, delta=2.0)
    losses.huber.gradient(y_true, y_pred, delta=2.0)
    losses.huber(y_true, y_pred, delta="2")  # type: ignore[arg-type]
    losses.huber(y_true, y_pred, dleta=2.0)  # type: ignore[call-arg]
    losses.huber.gradient(y_true, y_pred, dleta=2.0)  # type: ignore[call-arg]
    losses.hubber(y_true, y_pred)  # type: ignore[attr-defined]

    rule = optimizers.Adam(learning_rate=schedules.CosineDecay(0.1, decay_steps=100), beta_1=0.8)
    rule.update(y_true, y_pred, rule.init(y_true))
    optimizers.Adam(learning_rate="fast")  # type: ignore[arg-type]
    optimizers.Adam(epsilon_hat=False)  # type: ignore[call-arg]
    optimizers.clip_by_norm(y_pred, clipnorm=1.0)
    optimizers.clip_by_norm(y_pred, clip=1.0)  # type: ignore[call-arg]

    lossopt.reduce_loss(losses.huber(y_true, y_pred), reduction="sum")
    lossopt.descend(lossopt.surfaces.rosenbrock, rule, steps=10)
