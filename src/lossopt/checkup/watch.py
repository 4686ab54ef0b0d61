"""Watch a training run, and say afterwards what its numbers mean."""

import math
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np

from .before import look, make_case, rank
from .checks import GUESS, LIKELY, POSSIBLE, found
from .network import dead_layers
from .output import classes
from .probe import Case, Skip
from .rate import callbacks_of
from .report import Report
from .rows import leaves
from .untouched import untouched

BLOCKS = 10  # in so many parts of an epoch the loss is noted
COPIED = 20_000_000  # numbers of which a copy is kept at the start, to see which weights moved


class Watch(keras.callbacks.Callback):
    """Note what happens during `fit`, as a callback. `report()` then says what
    it means.

    `x` and `y` are what `fit` gets. During the run the callback only notes the
    loss a few times per epoch, the rate and the logs. The model is looked at in
    `report()`, as it is then, with up to 256 rows; it is not changed.
    """

    def __init__(self, x=None, y=None):
        super().__init__()
        self.x, self.y = x, y
        self.logs, self.rates, self.blocks = [], [], []
        self.start, self.trouble = {}, None

    def on_train_begin(self, logs=None):
        self.logs, self.rates, self.blocks, self.trouble = [], [], [], None
        if sum(math.prod(v.shape) for v in self.model.variables) <= COPIED:
            self.start = {v.path: (v, v.numpy().copy()) for v in self.model.variables}

    def on_epoch_begin(self, epoch, logs=None):
        self.blocks.append([])
        self._last = (0, 0.0)

    def on_train_batch_end(self, batch, logs=None):
        steps = self.params.get("steps") or 100
        every = max(1, steps // BLOCKS)
        if (batch + 1) % every or not logs or "loss" not in logs:
            return
        mean = float(logs["loss"])  # Keras reports the mean since the beginning of the epoch
        count, total = self._last
        self.blocks[-1].append((mean * (batch + 1) - total) / (batch + 1 - count))
        self._last = (batch + 1, mean * (batch + 1))
        if self.trouble is None and not math.isfinite(mean):
            bad = [v.path for v in self.model.variables if not np.isfinite(np.asarray(v, "float32")).all()]
            self.trouble = (len(self.logs) + 1, batch + 1, bad)

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append({name: float(np.mean(value)) for name, value in (logs or {}).items()})
        rate = self.model.optimizer.learning_rate if self.model.optimizer is not None else np.nan
        self.rates.append(float(np.asarray(rate)))

    def report(self):
        """Return a `Report` on the run so far. Nothing is changed."""
        if self.model is None or not self.logs:
            return Report([], [], ["All checks: the callback has seen no epoch yet. Give it to fit."])
        fit = {"epochs": len(self.logs)}
        steps = self.params.get("steps")
        if steps and self.x is not None and hasattr(leaves(self.x)[0], "shape"):
            fit["batch_size"] = max(1, math.ceil(len(leaves(self.x)[0]) / steps))
        with untouched(self.model):
            return self._look(Case(self.model, self.x, self.y, **fit))

    def _look(self, case):
        findings, looked_at, skipped = [], [], {}
        for cause, function in CHECKS:
            try:
                with np.errstate(all="ignore"):
                    findings += function(self, case)
                looked_at.append(cause)
            except Skip as why:
                skipped.setdefault(str(why).rstrip("."), []).append(cause)
            except Exception as error:
                text = " ".join(str(error).split())[:200]
                skipped.setdefault(f"{type(error).__name__}: {text}", []).append(cause)
        return Report(
            rank(findings), looked_at, [f"{', '.join(names)}: {why}." for why, names in skipped.items()]
        )

    # What several checks ask

    def curve(self, name="loss"):
        """Return a value of the logs for each epoch."""
        return np.array([logs.get(name, np.nan) for logs in self.logs])

    def moved(self):
        """Return for each trainable variable how far it moved, relative to its
        size at the start."""
        far = {}
        for v in self.model.trainable_variables:
            if v.path in self.start and self.start[v.path][0] is v:
                old = self.start[v.path][1].astype("float64")
                new = np.asarray(v, "float64")
                far[v.path] = (
                    np.linalg.norm(new - old) / max(np.linalg.norm(old), 1e-3 * math.sqrt(old.size)),
                    v,
                )
        return far


# ----------------------------------------------------------------------------------------------------- checks

CHECKS: list[tuple[str, Callable]] = []


def check(cause):
    """Register a check of a run: a function of the `Watch` and the `Case`."""

    def register(function):
        CHECKS.append((cause, function))
        return function

    return register


def final(case):
    """Return the data loss of the model as it is now, next to that of a
    constant answer."""
    loss, _ = case.first_loss  # of the model as it is, so after training the last one
    return loss, case.nothing


@check("nan-loss")
def nan_loss(watch, case):
    losses = watch.curve()
    if np.isfinite(losses).all() and watch.trouble is None:
        return
    epoch, batch, bad = watch.trouble or (int(np.argmin(np.isfinite(losses))) + 1, None, [])
    where = f"epoch {epoch}" + (f", at or before batch {batch}" if batch else "")
    seen = f"The loss is not finite from {where} onward."
    if bad:
        seen += f" {len(bad)} variables are not finite then, the first is {bad[0]}."
    yield found("nan-loss", seen, POSSIBLE)
    blocks = [value for epoch in watch.blocks for value in epoch]
    finite = [value for value in blocks if np.isfinite(value)]
    data_is_fine = all(
        np.isfinite(leaf).all()
        for part in (case.data.x, case.data.y)
        for leaf in leaves(part)
        if leaf.dtype.kind == "f"
    )
    if data_is_fine and (not finite or max(finite) > 2 * finite[0]):
        yield found(
            "learning-rate-too-large",
            f"{seen} x and y are finite in the rows that were looked at.",
            0.7,
            rate=abs(watch.rates[0]) / 10,
        )


@check("learning-rate-negative")
def negative_rate(watch, case):
    if min(watch.rates) < 0:
        yield found(
            "learning-rate-negative", f"The rate is {min(watch.rates):.3g}.", 0.99, rate=abs(min(watch.rates))
        )


@check("schedule-steps-vs-epochs")
def rate_of_zero(watch, case):
    rates = np.array(watch.rates)
    top = np.nanmax(rates)
    off = rates <= 1e-4 * top
    if top > 0 and off.any() and len(rates) > 2 and off.mean() > 0.3:
        seen = (
            f"The rate is {rates[off][0]:.2g} in {off.sum()} of {len(rates)} epochs, after "
            f"{top:.2g} at its highest."
        )
        yield found(
            "schedule-steps-vs-epochs", seen, LIKELY, steps=(watch.params.get("steps") or 1) * len(rates)
        )


@check("learning-rate-too-large")
def diverged(watch, case):
    loss, nothing = final(case)
    losses = watch.curve()
    start = next((value for epoch in watch.blocks for value in epoch), losses[0])
    if not np.isfinite(loss) or nothing <= 0:
        return
    if losses[-1] > 2 * max(start, nothing) and losses[-1] > 1.2 * losses.min():
        seen = (
            f"The training loss ends at {losses[-1]:.3g}; it began at {start:.3g}, and a "
            f"constant answer costs {nothing:.3g}."
        )
        yield found("learning-rate-too-large", seen, LIKELY, rate=abs(watch.rates[0]) / 10)
    elif len(losses) >= 5 and losses[-1] > 0.3 * nothing:
        steps = np.diff(losses[1:])
        turns = np.mean(steps[1:] * steps[:-1] < 0) if len(steps) > 1 else 0
        if turns > 0.5 and np.mean(np.abs(steps)) > 0.15 * np.mean(losses[1:]):
            seen = (
                "From epoch to epoch the training loss changes by "
                f"{np.mean(np.abs(steps)):.2g} on average, up and down, at a mean of "
                f"{np.mean(losses[1:]):.3g}."
            )
            yield found("learning-rate-too-large", seen, 0.7, rate=abs(watch.rates[0]) / 10)


@check("learning-rate-too-small")
def hardly_moved(watch, case):
    """A thousandth of a weight per step is usual. A run that moves no kernel
    by a hundredth in all has not begun."""
    far = [ratio for ratio, v in watch.moved().values() if len(v.shape) > 1]
    losses = watch.curve()
    if not far or not np.isfinite(losses).all() or 0 in far:
        return
    loss, nothing = final(case)
    if max(far) < 0.02 and loss > 0.5 * abs(nothing):
        seen = (
            f"In the whole run no kernel moved by more than {max(far):.2%} of its size, and "
            f"the loss went from {losses[0]:.4g} to {losses[-1]:.4g}."
        )
        yield found("learning-rate-too-small", seen, 0.82, rate=abs(watch.rates[0]) * 100)


@check("dead-relu")
def died(watch, case):
    yield from dead_layers(case.layers, "after training")


@check("not-learning")
def not_learning(watch, case):
    loss, nothing = final(case)
    losses = watch.curve()  # with the weights of rows and classes, which a report may not know
    fell = losses[-1] < 0.9 * losses[0]
    if np.isfinite(loss) and nothing > 0 and loss > 0.97 * nothing and not fell:
        yield found(
            "not-learning",
            f"After {len(watch.logs)} epochs the loss is {loss:.4g}, and a constant "
            f"answer costs {nothing:.4g}.",
            0.5,
        )


@check("from_logits-twice")
def at_a_floor(watch, case):
    """Compare the last loss with the losses at which well-known mistakes stop."""
    if case.n_outputs > 1:
        return
    head = case.heads[0]
    loss = watch.curve()[-1]
    if not classes(head) or head.labels.kind == "tags":
        return
    accuracy = next(
        (
            v
            for k, v in watch.logs[-1].items()
            if k
            in ("accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy", "binary_accuracy")
        ),
        None,
    )
    if head.units > 2:
        floor = np.log(1 + (head.units - 1) / np.e)
        if abs(loss - floor) < 0.04 * floor and accuracy is not None and accuracy > 0.9:
            seen = (
                f"The loss stops at {loss:.4f} with an accuracy of {accuracy:.2f}; the floor "
                f"under a second softmax is {floor:.4f}."
            )
            yield found("from_logits-twice", seen, LIKELY)


@check("batchnorm-misuse")
def two_modes(watch, case):
    """Compare the loss in training mode and in evaluation, on the same rows."""
    kinds = {type(layer).__name__ for layer in case.model._flatten_layers()}
    if "BatchNormalization" not in kinds:
        return
    p, _ = case.run(case.tensors, training=True)
    training, (loss, nothing) = float(np.asarray(case.total(p, []))), final(case)
    if loss > 2 * training and loss - training > 0.2 * nothing:
        seen = (
            f"On the same rows the loss is {training:.3g} with the batch's statistics and "
            f"{loss:.3g} with the moving averages."
        )
        yield found("batchnorm-misuse", seen, 0.9)


@check("too-few-epochs")
def still_falling(watch, case):
    losses = watch.curve()
    loss, nothing = final(case)
    if len(losses) < 2 or not np.isfinite(losses).all() or nothing <= 0:
        return
    last = (losses[-2] - losses[-1]) / abs(losses[-2])
    if last > 0.1 and losses[-1] > 0.5 * nothing and loss > 0.4 * nothing:
        seen = (
            f"In the last of {len(losses)} epochs the loss still fell by {last:.0%}, to "
            f"{losses[-1]:.3g}; a constant answer costs {nothing:.3g}."
        )
        yield found("too-few-epochs", seen, 0.7, epochs=4 * len(losses))


@check("forgot-recompile")
def still_weights(watch, case):
    far = watch.moved()
    still = [name for name, (ratio, _) in far.items() if ratio == 0]
    if not still or len(still) == len(far) or np.any(np.array(watch.rates) == 0):
        return
    gradients = dict(zip((v.path for v in case.model.trainable_variables), case.gradients, strict=True))
    asleep = [
        name for name in still if gradients.get(name) is not None and np.abs(gradients[name]).max() > 1e-6
    ]
    cut = [name for name in still if gradients.get(name, 0) is None]
    if asleep:
        seen = f"{len(asleep)} trainable variables with a gradient did not move at all, such as {asleep[0]}."
        yield found("forgot-recompile", seen, 0.9)
    if cut:
        yield found(
            "gradient-none",
            f"{len(cut)} trainable variables did not move and have no gradient, such as {cut[0]}.",
            0.9,
        )


@check("regularisation-too-strong")
def penalty_left(watch, case):
    if not case.has_regularizers:
        return
    loss, penalty = case.first_loss
    nothing = case.nothing
    if loss > 0.75 * nothing and penalty > 0.2 * loss:
        seen = (
            f"After training the data cost {loss:.3g}, the penalty {penalty:.3g}, and a "
            f"constant answer {nothing:.3g}."
        )
        yield found("regularisation-too-strong", seen, LIKELY)


@check("overfitting")
def overfitting(watch, case):
    training, held_out = watch.curve(), watch.curve("val_loss")
    if len(held_out) < 5 or not np.isfinite(held_out).all():
        return
    best = int(held_out.argmin())
    if held_out[-1] > 1.3 * held_out[best] and training[-1] < training[best] and held_out[best] > 0:
        seen = (
            f"val_loss was lowest in epoch {best + 1} ({held_out[best]:.3g}) and ends at "
            f"{held_out[-1]:.3g}, while the training loss fell to {training[-1]:.3g}."
        )
        yield found("overfitting", seen, POSSIBLE, "note")


@check("callback-misconfigured")
def stopped_early(watch, case):
    losses, planned = watch.curve(), watch.params.get("epochs") or 0
    rates = np.array(watch.rates)
    cut = (
        rates[-1] < 0.05 * rates[0]
        and len(losses) > 3
        and getattr(case.plain_optimizer._learning_rate, "assign", None)
    )
    falling = len(losses) > 1 and losses[-1] <= losses.min() * 1.001
    if len(losses) < 0.5 * planned and falling and losses[-1] > 0.3 * abs(case.nothing):
        seen = (
            f"The run stopped after {len(losses)} of {planned} epochs, with the lowest "
            f"training loss so far ({losses[-1]:.3g})."
        )
        yield found("callback-misconfigured", seen, POSSIBLE, callback="keras.callbacks.EarlyStopping")
    elif cut and np.all(np.diff(losses) < 0) and losses[-1] > 0.3 * abs(case.nothing):
        seen = (
            f"The rate fell from {rates[0]:.2g} to {rates[-1]:.2g} although the training loss "
            "fell in every epoch."
        )
        yield found("callback-misconfigured", seen, POSSIBLE, callback="keras.callbacks.ReduceLROnPlateau")


@check("loss-weights-wrong")
def one_output_learns(watch, case):
    if case.n_outputs < 2:
        return
    costs = {head.name: (head.cost.value(head.y, head.p), head.nothing) for head in case.heads}
    if any(nothing is None or nothing <= 0 for _, nothing in costs.values()):
        return
    shares = {name: loss / nothing for name, (loss, nothing) in costs.items()}
    worst, best = max(shares, key=shares.get), min(shares, key=shares.get)
    weights = {head.name: round(1 / head.nothing, 4) for head in case.heads}
    if shares[worst] > 0.9 and shares[best] < 0.3:
        seen = (
            f"After training {best!r} costs {shares[best]:.0%} of a constant answer, and "
            f"{worst!r} {shares[worst]:.0%}."
        )
        yield found("loss-weights-wrong", seen, POSSIBLE, weights=weights)


@check("unshuffled-sorted-data")
def sawtooth(watch, case):
    """In a sawtooth the place within the epoch says more about the loss than
    the epoch does.

    Only for data in batches: arrays are looked at before training, and with a
    fixed seed `fit` may repeat its order.
    """
    if case.data.batches is None:
        return
    lengths = {len(epoch) for epoch in watch.blocks}
    if len(lengths) != 1 or min(lengths) < 4 or len(watch.blocks) < 4:
        return
    losses = np.array(watch.blocks)
    losses = losses[1:] - losses[1:].mean(1, keepdims=True)
    shape = losses.mean(0)
    share = np.sum(shape**2) * len(losses) / np.sum(losses**2)
    jump = shape[0] - shape[-1]
    if share > 0.8 and np.ptp(shape) > 0.5 * watch.curve()[-1] > 0:
        seen = (
            "In every epoch the loss draws the same curve: the place within the epoch "
            f"explains {share:.0%} of its changes, and it jumps by {jump:.2g} at the start of "
            "the next one."
        )
        yield found("unshuffled-sorted-data", seen, GUESS, "note")


# ---------------------------------------------------------------------------------------------------- examine

# Findings from a short rehearsal, which a whole run can refute.
PROVISIONAL = {
    "learning-rate-too-large",
    "learning-rate-too-small",
    "too-few-epochs",
    "misaligned-x-y",
    "batch-too-large",
    "bottleneck-too-narrow",
    "first-loss-too-high",
    "vanishing-gradient",
    "inputs-not-scaled",
    "regularisation-too-strong",
    "targets-not-scaled",
}


def examine(model, x, y=None, batch_size=None, epochs=1, **fit):
    """Return one `Report` of `before` and of a whole run with a `Watch`, then
    put the model back as it was.

    The arguments are those of `model.fit`. The run is a rehearsal: afterwards
    the weights, the optimizer, the callbacks and the random state are what they
    were before. To keep the trained model, call `fit` with a `Watch` instead. A
    callback that writes files writes them here too.
    """
    given = {"batch_size": batch_size, "epochs": epochs, **fit}
    case = make_case(model, x, y, given)
    with untouched(model, fit.get("callbacks")):
        first = look(case)
        watch, error = Watch(x, y), None
        options = {"verbose": 0, **given, "callbacks": [*callbacks_of(fit), watch]}
        if any(finding.cause in ("no-data", "not-compiled", "labels-not-numbers") for finding in first):
            return first
        if hasattr(x, "__next__"):
            first.skipped.append("The run with a Watch: it would use up the generator.")
            return first
        try:
            model.fit(x, y, **options)
        except Exception as raised:
            error = raised
        second = watch.report()
        return merge(first, second, watch, case, error)


def merge(first, second, watch, case, error):
    """Return one report. What the run refutes becomes a note, and what both
    saw becomes more certain."""
    findings = {finding.cause: finding for finding in first}
    quality = _quality(watch)
    for cause, finding in list(findings.items()):
        if (
            quality is not None
            and cause in PROVISIONAL
            and quality < 0.2
            and finding.severity == "warning"
            and finding.sure < 0.9
        ):
            seen = (
                f"{finding.seen} But in the whole run the loss fell to {quality:.0%} of a constant answer's."
            )
            findings[cause] = replace(finding, severity="note", sure=GUESS, seen=seen)
        elif cause == "class-imbalance-ignored" and finding.severity == "warning":
            findings[cause] = _recall(watch, finding)
    for finding in second:
        old = findings.get(finding.cause)
        if old is None:
            findings[finding.cause] = finding
        elif old.severity == finding.severity == "warning":
            best = max(old, finding, key=lambda f: f.sure)
            findings[finding.cause] = replace(
                best, seen=f"{old.seen} {finding.seen}", sure=min(0.99, best.sure + 0.05)
            )
    if error is not None:
        text = " ".join(str(error).split())[:200]
        seen = f"fit raised {type(error).__name__}: {text}"
        warned = any(finding.severity == "warning" for finding in first)
        findings["fit-raises"] = found("fit-raises", seen, POSSIBLE if warned else 0.9)
    looked_at = list(dict.fromkeys(first.looked_at + second.looked_at))
    skipped = list(dict.fromkeys(first.skipped + second.skipped))
    ranked = rank(list(findings.values()))
    # That nothing was learned is an effect of whatever else was found.
    if any(f.severity == "warning" and f.cause not in ("not-learning", "nan-loss") for f in ranked):
        ranked = [
            replace(f, severity="note") if f.cause in ("not-learning", "nan-loss") else f for f in ranked
        ]
    return Report(ranked, looked_at, skipped)


def _quality(watch):
    """Return the loss after the run as a share of that of a constant answer.
    None where that is not known."""
    try:
        case = Case(watch.model, watch.x, watch.y)
        loss, nothing = final(case)
        if not watch.logs or not np.isfinite(loss) or nothing <= 0:
            return None
        return max(loss / nothing, float(np.min(watch.curve()[-1:])) / nothing)
    except Skip:
        return None


def _recall(watch, finding):
    """Say how often the rarest class is found after training. A class that is
    found needs no weights."""
    try:
        head = Case(watch.model, watch.x, watch.y).heads[0]
    except Skip:
        return finding
    case = Case(watch.model, watch.x, watch.y)
    p, _ = case.run(keras.tree.map_structure(np.asarray, case.data.x))
    p, y = np.asarray(p), np.asarray(case.data.y)
    if head.units == 1:
        guess, y = (p.reshape(-1) > (0 if head.cost.from_logits else 0.5)).astype(int), y.reshape(-1)
    else:
        guess = p.argmax(-1).reshape(-1)
        y = y.argmax(-1).reshape(-1) if head.labels.kind == "one-hot" else y.reshape(-1)
    names, counts = np.unique(y, return_counts=True)
    rare = names[counts.argmin()]
    recall = float(np.mean(guess[y == rare] == rare))
    seen = f"{finding.seen} After training, {recall:.0%} of its rows are recognised."
    if recall > 0.6:
        return replace(finding, severity="note", sure=GUESS, seen=seen)
    return replace(finding, seen=seen, sure=LIKELY)
