"""Checks of the optimizer, its schedule, the callbacks and the length of
the run; the last ones train a copy.
"""

import numpy as np

from .checks import CERTAIN, GUESS, LIKELY, POSSIBLE, check, found
from .probe import Skip

UP = ("acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "dice", "r2", "top_k", "hits", "score")
DOWN = ("loss", "error", "mse", "mae", "mape", "rmse", "crossentropy", "divergence", "perplexity")
ADAPTIVE = ("Adam", "AdamW", "RMSprop", "Nadam", "Adamax", "Lion", "Adafactor", "Lamb", "Adagrad")


@check("learning-rate-negative")
def negative(case):
    rate = case.rate()
    if rate < 0 or case.typical_rate < 0:
        yield found(
            "learning-rate-negative",
            f"The learning rate is {min(rate, case.typical_rate):g}.",
            0.99,
            rate=abs(rate),
        )


@check("learning-rate-zero")
def zero(case):
    if case.rate() == 0 and not _schedule(case):
        yield found("learning-rate-zero", "The learning rate is 0.", 0.99)


@check("clipnorm-tiny")
def clipping(case):
    """Compare the clip with the gradient before training. Adam divides by the
    size, so it hardly notices a clip."""
    optimizer = case.plain_optimizer
    limits = {name: getattr(optimizer, name, None) for name in ("clipnorm", "global_clipnorm", "clipvalue")}
    limits = {name: value for name, value in limits.items() if value is not None}
    if not limits or (case.optimizer_name in ADAPTIVE[:-1] and min(limits.values()) > 1e-6):
        return
    gradients = [g for g in case.gradients if g is not None]
    name, limit = min(limits.items(), key=lambda pair: pair[1])
    norms = [np.linalg.norm(g) for g in gradients]
    size = (
        np.linalg.norm(norms)
        if name == "global_clipnorm"
        else max(norms)
        if name == "clipnorm"
        else max(np.abs(g).max() for g in gradients)
    )
    # The longest step that the clip allows, with momentum, next to the size of the weights.
    step = abs(case.typical_rate) * limit / (1 - float(getattr(optimizer, "momentum", 0) or 0))
    weights = np.linalg.norm([np.linalg.norm(np.asarray(v)) for v in case.model.trainable_variables])
    if size > 0 and limit < 0.02 * size and step < 1e-4 * weights:
        seen = (
            f"{name}={limit:g}, and before training the gradient has the "
            f"{'largest value' if name == 'clipvalue' else 'norm'} {size:.3g}, so "
            f"{1 - limit / size:.2%} of it is cut away and a step is at most "
            f"{step / weights:.1g} of the weights' size."
        )
        yield found("clipnorm-tiny", seen, 0.96, rate=case.typical_rate)


def _schedule(case):
    """Return the schedule of the optimizer, or None."""
    rate = case.plain_optimizer._learning_rate
    return rate if callable(rate) and not hasattr(rate, "assign") else None


@check("schedule-steps-vs-epochs")
def schedule(case):
    made = _schedule(case)
    if made is None:
        yield from _epoch_schedule(case)
        return
    total = case.data.updates
    if not total:
        raise Skip("Nobody knows how many updates the run makes, because the dataset has no known length.")
    inside = np.array([case.rate(int(step)) for step in np.linspace(0, total - 1, 200)])
    later = np.array([case.rate(int(step)) for step in np.geomspace(total, 1e4 * total, 200)])
    peak = max(inside.max(), later.max())
    if peak <= 0:
        yield found(
            "schedule-steps-vs-epochs", "The schedule's rate is 0 at every step.", CERTAIN, steps=total
        )
        return
    good = np.mean(inside > 0.05 * peak)
    if inside.max() < 0.2 * peak:
        seen = (
            f"The run makes {total:,} updates, and in them the rate reaches "
            f"{inside.max():.2g} of the {peak:.2g} that the schedule aims at."
        )
        yield found("schedule-steps-vs-epochs", seen, 0.96, steps=total)
    elif good < 0.4:
        seen = (
            f"The run makes {total:,} updates, but the rate falls below 5 % of its highest "
            f"value after {good:.0%} of them (highest {inside.max():.2g}, at the end "
            f"{inside[-1]:.2g})."
        )
        yield found("schedule-steps-vs-epochs", seen, 0.96 if good < 0.25 else LIKELY, steps=total)
    elif _length_of(made) and _length_of(made) > 20 * total:
        seen = (
            f"The schedule is {_length_of(made):,} updates long, and the run makes {total:,}, "
            f"so the rate stays between {inside.min():.2g} and {inside.max():.2g}."
        )
        yield found("schedule-steps-vs-epochs", seen, GUESS, "note", steps=total)
    elif _rises(made) and inside[-1] > 3 * inside[: len(inside) // 2].min() and _restarts(inside) > 20:
        yield found(
            "schedule-steps-vs-epochs",
            f"The rate restarts {_restarts(inside)} times in {total:,} updates.",
            POSSIBLE,
            steps=total,
        )


def _length_of(made):
    return int(getattr(made, "decay_steps", 0) or 0)


def _rises(made):
    return "Restarts" in type(made).__name__


def _restarts(rates):
    return int(np.sum(rates[1:] > 2 * rates[:-1]))


def _epoch_schedule(case):
    """Try the function of a LearningRateScheduler on the epochs of the run."""
    import keras

    for callback in callbacks_of(case.fit):
        if not isinstance(callback, keras.callbacks.LearningRateScheduler):
            continue
        rates, rate = [], case.rate()
        for epoch in range(min(case.data.epochs, 500)):
            try:
                rate = float(callback.schedule(epoch, rate))
            except TypeError:
                rate = float(callback.schedule(epoch))
            rates.append(rate)
        rates = np.array(rates)
        if len(rates) and rates.max() > 0 and np.mean(rates > 0.05 * rates.max()) < 0.4 and len(rates) > 2:
            seen = (
                f"The LearningRateScheduler's rate falls from {rates[0]:.2g} to "
                f"{rates[-1]:.2g} in {len(rates)} epochs, and below 5 % of its highest value "
                f"after {np.mean(rates > 0.05 * rates.max()):.0%} of them."
            )
            yield found("schedule-steps-vs-epochs", seen, LIKELY, steps=len(rates))
        elif len(rates) and rates.max() > 100 * max(rates[0], 1e-12):
            yield found(
                "callback-misconfigured",
                f"The LearningRateScheduler raises the rate from {rates[0]:.2g} to {rates.max():.2g}.",
                LIKELY,
                callback="keras.callbacks.ReduceLROnPlateau",
            )


def callbacks_of(fit):
    given = fit.get("callbacks") or []
    return list(given) if isinstance(given, list | tuple) else getattr(given, "callbacks", [given])


@check("callback-misconfigured")
def callbacks(case):
    import keras

    validates = bool(case.fit.get("validation_data") is not None or case.fit.get("validation_split"))
    for callback in callbacks_of(case.fit):
        monitor = getattr(callback, "monitor", None)
        if not isinstance(monitor, str) or not monitor:
            continue
        name = type(callback).__name__
        short = f"keras.callbacks.{name}"
        direction = _direction(callback, monitor)
        wanted = (
            "max"
            if any(word in monitor for word in UP) and "loss" not in monitor
            else "min"
            if any(word in monitor for word in DOWN)
            else None
        )
        known = known_logs(case, validates)
        if direction and wanted and direction != wanted:
            seen = (
                f"{name} watches {monitor!r} with "
                f"mode={callback.mode if hasattr(callback, 'mode') else direction!r} and "
                f"waits for it to {'fall' if direction == 'min' else 'rise'}, but a better "
                f"model makes it {'rise' if wanted == 'max' else 'fall'}."
            )
            yield found("callback-misconfigured", seen, 0.96, callback=short)
        elif known is not None and monitor not in known and monitor != "lr":
            why = (
                "fit gets no validation data"
                if monitor.startswith("val_") and not validates
                else f"fit reports {', '.join(sorted(known))}"
            )
            yield found(
                "callback-misconfigured", f"{name} watches {monitor!r}, but {why}.", 0.93, callback=short
            )
        elif isinstance(callback, keras.callbacks.EarlyStopping | keras.callbacks.ReduceLROnPlateau):
            yield from _patience(case, callback, name, short, monitor)


def _patience(case, callback, name, short, monitor):
    import keras

    patience, change = callback.patience, abs(callback.min_delta)
    stops = isinstance(callback, keras.callbacks.EarlyStopping)
    if change >= 0.05:
        yield found(
            "callback-misconfigured",
            f"{name} takes any change of {monitor!r} below min_delta={change:g} for none.",
            LIKELY,
            callback=short,
        )
    elif stops and callback.baseline is not None and "loss" in monitor and callback.baseline < 1e-3:
        yield found(
            "callback-misconfigured",
            f"{name} stops unless {monitor!r} gets below baseline={callback.baseline:g} "
            f"within {patience} epochs.",
            LIKELY,
            callback=short,
        )
    elif patience == 0:
        yield found(
            "callback-misconfigured",
            f"{name} has patience=0, so a single epoch without progress "
            f"{'stops the run' if stops else 'cuts the rate'}.",
            POSSIBLE,
            "note",
            callback=short,
        )
    elif not stops and callback.factor < 0.02:
        yield found(
            "callback-misconfigured",
            f"{name} multiplies the rate by {callback.factor:g} at once.",
            LIKELY,
            callback=short,
        )
    elif not stops and callback.min_lr >= case.rate() > 0:
        yield found(
            "callback-misconfigured",
            f"{name} has min_lr={callback.min_lr:g}, and the rate is {case.rate():g} already.",
            LIKELY,
            callback=short,
        )


def _direction(callback, monitor):
    """Return "min" or "max", whichever the callback waits for."""
    mode = getattr(callback, "mode", "auto")
    if mode in ("min", "max"):
        return mode
    if type(callback).__name__ == "ReduceLROnPlateau":
        return "max" if "acc" in monitor else "min"  # what Keras does with mode="auto"
    return None


def known_logs(case, validates):
    """Return the names that fit will report, or None if they cannot be known."""
    import keras

    try:
        heads = case.heads
    except Skip:
        return None
    if case.own_step:
        return None
    names = {"loss", "learning_rate"}
    for head in heads:
        if len(heads) > 1:
            names.add(f"{head.name}_loss")
        for name, metric in case.metrics(head):
            if not name:
                return None
            mine = {name, name.lower()}
            if isinstance(metric, str) and name not in ("accuracy", "acc"):
                known = keras.metrics.get(metric)
                mine.add(getattr(known, "name", None) or getattr(known, "__name__", name))
            names |= mine | {f"{head.name}_{one}" for one in mine}
    return names | {f"val_{name}" for name in names} if validates else names


@check("batch-too-large")
def few_updates(case):
    """A hundred updates are little for any network: Adam at 0.001 can move a
    weight by 0.1 in them."""
    data = case.data
    if not data.updates or data.kept is None:
        return
    share = data.batch / max(1, data.kept)
    if data.updates < 100 and (share > 0.25 or data.steps <= 3) and data.kept > 64:
        seen = (
            f"A batch of {data.batch:,} holds {min(share, 1):.0%} of the {data.kept:,} rows, "
            f"so {data.epochs} epochs make {data.updates} updates."
        )
        yield found("batch-too-large", seen, 0.9 if data.updates <= 50 and share >= 0.25 else POSSIBLE)


@check("first-loss-too-high")
def first_loss(case):
    loss, _ = case.first_loss
    nothing = case.nothing
    if not np.isfinite(loss):
        yield found("nan-loss", f"The loss of the untrained model is {loss}.", LIKELY)
    elif (
        nothing > 0
        and loss > 10 * nothing
        and not all(head.cost.name in ("mean_squared_error",) for head in case.heads)
    ):
        seen = f"Before training the loss is {loss:.4g}, and a constant answer costs {nothing:.4g}."
        yield found("first-loss-too-high", seen, GUESS + 0.05, "warning" if loss > 30 * nothing else "note")


# ------------------------------------------------------------------------------------------------ on a trained copy


def tail(losses):
    """Return the typical loss at the end of a short run, infinite if it broke
    down."""
    if not len(losses) or not np.isfinite(losses).all():
        return np.inf
    return float(np.median(losses[-max(1, len(losses) // 5) :]))


def _runs(case):
    """Return the start, the end at the reader's own rate, and a function that
    gives the end at another rate."""
    clone, rate = case.clone, case.typical_rate
    if rate <= 0:
        raise Skip("The learning rate is not positive.")
    steps = case.steps_of_copy
    own = clone.losses(rate, steps)
    first = float(np.median(own[: max(1, min(3, len(own)))]))
    return first, own, lambda factor: tail(clone.losses(rate * factor, steps)), rate


@check("learning-rate-too-large")
def too_large(case):
    """Train copies at the reader's rate and at smaller ones. The rate is too
    large if a smaller one ends far lower."""
    first, own, at, rate = _runs(case)
    nothing, end = case.nothing, tail(own)
    start = max(nothing, 1e-12) if nothing > 0 else abs(first)
    if end < 0.6 * start:
        return
    best, factor = min((at(factor), factor) for factor in (0.1, 0.01))
    if not np.isfinite(best):
        best, factor = at(1e-4), 1e-4
    bad = (
        (end > 0.85 * start and best < 0.7 * end)
        or (not np.isfinite(end) and np.isfinite(best))
        or (end > 2 * start and best < 0.5 * end)
    )
    if bad:
        seen = (
            f"After {len(own)} steps on a copy the loss is {end:.3g} at the rate {rate:.2g}, "
            f"and {best:.3g} at {rate * factor:.2g}. A constant answer costs {nothing:.3g}."
        )
        yield found("learning-rate-too-large", seen, 0.88, rate=rate * factor)


@check("learning-rate-too-small")
def too_small(case):
    """Project the progress of a short run over the whole run, and compare it
    with what larger rates reach.

    A run at the rate 0 sees the same batches, so the difference between two
    runs is free of their noise.
    """
    _, own, at, rate = _runs(case)
    total, end, still = case.data.updates, tail(own), at(0)
    if not total or not np.isfinite(end) or len(own) < 5:
        return
    progress = max(0.0, still - end)
    projected = progress * max(1.0, total / len(own))
    default = (
        1e-3 if case.optimizer_name in ADAPTIVE else 1e-2
    )  # for a rate that is further off than a thousand
    best, factor = min((at(factor), factor) for factor in (10, 100, max(1000, default / rate)))
    if still - best < 0.05 * abs(still) or projected > 0.15 * (still - best) or end < 0.7 * abs(case.nothing):
        return
    seen = (
        f"On a copy, {len(own)} steps lower the loss from {still:.4g} by {progress:.2g} at "
        f"the rate {rate:.2g}, and by {still - best:.2g} at {rate * factor:.2g}. In all "
        f"{total:,} updates of this run that makes about {projected:.2g}."
    )
    usual = rate >= (5e-4 if case.optimizer_name in ADAPTIVE else 5e-3) and case.optimizer_name != "Adadelta"
    if (total < 100 or case.data.epochs <= 2) and usual:
        yield found("too-few-epochs", seen, LIKELY, epochs=max(10, 10 * case.data.epochs))
        yield found("learning-rate-too-small", seen, POSSIBLE, rate=rate * factor)
    else:
        yield found("learning-rate-too-small", seen, 0.86, rate=rate * factor)


@check("too-few-epochs")
def too_few(case):
    """Train a copy several times as long as the run. If that helps a lot, the
    run ends too early.

    Fewer than a hundred updates are suspicious by themselves, so there a
    smaller gain suffices.
    """
    data = case.data
    if not data.updates or data.updates > 200 or data.epochs > 5:
        return
    rate = _runs(case)[-1]
    longer = case.clone.losses(rate, int(np.clip(4 * data.updates, 200, 400)))
    here, later = tail(longer[: data.updates]), tail(longer)
    if (
        np.isfinite(later)
        and here > 0.3 * abs(case.nothing)
        and later < (0.7 if data.updates < 100 else 0.5) * here
    ):
        seen = (
            f"The run makes {data.updates} updates in {data.epochs} epochs. On a copy the "
            f"loss is {here:.3g} after them, and {later:.3g} after {len(longer)}."
        )
        yield found("too-few-epochs", seen.replace(" 1 epochs", " 1 epoch"), 0.87, epochs=data.epochs * 5)
