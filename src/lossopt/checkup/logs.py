"""Read the log of a training run, and say what its numbers mean. Only the
numbers are known here.
"""

import ast
import csv
import io
import math
import os
import re
import warnings
from collections.abc import Callable

import numpy as np

from .checks import GUESS, LIKELY, POSSIBLE, found
from .report import Report

NUMBER = r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf|infinity)"
PAIR = re.compile(rf"([A-Za-z_]\w*): ({NUMBER})(?=\s|$|-)", re.IGNORECASE)
ACCURACIES = ("accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy", "binary_accuracy")


def read_log(history):
    r"""Return a `Report` on a log: what `fit` returned, its dictionary, the
    lines that Keras printed, or a CSV.

    A CSV may also be given as the path of a file. A log tells less than a
    model, so most findings are guesses.

    >>> log = "Epoch 1/2\n9/9 - 0s - loss: nan\nEpoch 2/2\n9/9 - 0s - loss: nan"
    >>> read_log(log)[0].cause
    'nan-loss'
    """
    log, why = _columns(history)
    if why:
        return Report([], [], [f"All checks: {why}"])
    findings, looked_at = [], []
    for cause, function in CHECKS:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy warns where all losses are nan
            findings += function(log)
        looked_at.append(cause)
    best = {}
    for finding in findings:
        if finding.cause not in best or finding.sure > best[finding.cause].sure:
            best[finding.cause] = finding
    return Report(best.values(), list(dict.fromkeys(looked_at)), [])


def _columns(history):
    """Return the log as arrays by name, and a sentence if it cannot be read."""
    given = getattr(history, "history", history)
    if isinstance(given, os.PathLike) or (
        isinstance(given, str) and "\n" not in given and os.path.isfile(given)
    ):
        try:
            with open(given, encoding="utf8") as file:
                given = file.read()
        except (OSError, UnicodeDecodeError) as error:
            return {}, f"the file cannot be read ({error})."
    if isinstance(given, list | tuple) and given and all(isinstance(line, str) for line in given):
        given = "\n".join(given)
    if isinstance(given, str):
        given = parse(given)
    if not isinstance(given, dict):
        return (
            {},
            "a log is a History, a dictionary, printed lines or a CSV, but this is a "
            f"{type(given).__name__}.",
        )
    log = {}
    for name, values in given.items():
        try:
            array = np.asarray(values, dtype=float).reshape(-1)
        except (TypeError, ValueError):
            continue
        if len(array):
            log[str(name)] = array
    if not log:
        return {}, "it holds no numbers."
    if "loss" not in log:
        return {}, f"it has no column loss, only {', '.join(log)}."
    return log, None


def parse(text):
    """Return the columns of printed lines, of a CSV, or of a pasted dictionary.

    >>> parse("epoch,loss\\n0,2.5\\n1,1.5")
    {'loss': [2.5, 1.5]}
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        try:
            plain = re.sub(r"np\.float\d+\(([^)]*)\)", r"\1", stripped)
            words = {"nan": "1e999-1e999", "inf": "1e999"}
            plain = (
                re.sub(r"\b(nan|NaN|inf|Infinity)\b(?!['\"])", lambda m: f"'{m[1].lower()}'", plain)
                if words
                else plain
            )
            return {k: [float(v) for v in values] for k, values in ast.literal_eval(plain).items()}
        except (ValueError, SyntaxError, TypeError, AttributeError):
            return {}
    lines = [line for line in re.split(r"[\n\r]+|\x08+", stripped) if line.strip()]
    if lines and "," in lines[0] and "loss" in lines[0] and ":" not in lines[0]:
        return _table(list(csv.reader(io.StringIO("\n".join(lines)))))
    if lines and re.match(r"\s*epoch\s+\w", lines[0]) and "loss" in lines[0]:
        return _table([line.split() for line in lines])
    return _printed(lines)


def _table(rows):
    header, columns = [name.strip() for name in rows[0]], {}
    for row in rows[1:]:
        if len(row) != len(header):
            continue
        for name, cell in zip(header, row, strict=True):
            try:
                columns.setdefault(name, []).append(float(cell))
            except ValueError:
                columns.setdefault(name, []).append(math.nan)
    return {name: values for name, values in columns.items() if name and name != "epoch"}


def _printed(lines):
    """Take the last line of each epoch: Keras prints an epoch's line again and
    again while it runs."""
    epochs, current = [], {}
    for line in lines:
        if re.match(r"\s*Epoch \d+", line) and not PAIR.search(line):
            epochs.append(current)
            current = {}
            continue
        pairs = {name: float(value) for name, value in PAIR.findall(line)}
        if "loss" not in pairs:
            continue
        done = re.search(r"(\d+)/(\d+)", line)
        if current and done and done[1] == done[2] and current.get("_done"):
            epochs.append(current)  # lines without a heading, one per epoch
            current = {}
        current = {**current, **pairs, "_done": bool(done and done[1] == done[2])}
    epochs = [epoch for epoch in [*epochs, current] if epoch]
    names = list(dict.fromkeys(name for epoch in epochs for name in epoch if name != "_done"))
    return {name: [epoch.get(name, math.nan) for epoch in epochs] for name in names}


# ----------------------------------------------------------------------------------------------------- checks

CHECKS: list[tuple[str, Callable]] = []


def check(cause):
    """Register a check of a log: a function of its columns, which are arrays
    by name."""

    def register(function):
        CHECKS.append((cause, function))
        return function

    return register


def accuracy(log, prefix=""):
    """Return the log's accuracy, or None."""
    return next((log[prefix + name] for name in ACCURACIES if prefix + name in log), None)


def flat(losses, share=0.005):
    """Return whether a curve ends level: over its last three values or more."""
    end = losses[-max(3, len(losses) // 3) :]
    return (
        len(losses) >= 3 and np.isfinite(end).all() and np.ptp(end) <= share * max(np.abs(end).max(), 1e-12)
    )


@check("nan-loss")
def nan_loss(log):
    bad = ~np.isfinite(log["loss"])
    if not bad.any():
        return
    first = int(bad.argmax())
    yield found("nan-loss", f"The loss is not finite from epoch {first + 1} onward.", 0.9)
    if first == 0:
        yield found("nan-in-data", "The loss is nan in the first epoch already.", GUESS, "note", data="x")
    else:
        before = log["loss"][:first]
        sure = LIKELY if first > 1 and before[-1] > before[0] else POSSIBLE
        yield found(
            "learning-rate-too-large",
            f"The loss was {before[-1]:.3g} in the epoch before it stopped being finite.",
            sure,
            rate=_rate(log),
        )


def _rate(log):
    rate = log.get("learning_rate", log.get("lr"))
    return float(rate[0]) / 10 if rate is not None else 1e-4


@check("labels-out-of-range")
def negative(log):
    if np.nanmin(log["loss"]) < 0 and accuracy(log) is not None:
        yield found(
            "labels-out-of-range",
            f"The loss falls to {np.nanmin(log['loss']):.3g}, below 0, and there is an "
            "accuracy, so it seems to be a cross-entropy.",
            LIKELY,
        )


@check("categorical-loss-over-one-unit")
def nothing_to_lose(log):
    if np.all(np.abs(log["loss"]) <= 1e-6) and accuracy(log) is not None and accuracy(log)[-1] < 0.99:
        yield found(
            "categorical-loss-over-one-unit",
            f"The loss is 0 in every epoch, at an accuracy of {accuracy(log)[-1]:.2f}.",
            LIKELY,
        )


@check("from_logits-twice")
def second_softmax(log):
    losses, right = log["loss"], accuracy(log)
    if right is None or right[-1] < 0.85 or not np.isfinite(losses).all() or len(losses) < 3:
        return
    end, step = losses[-1], losses[-2] - losses[-1]
    if abs(step) > 0.02 * end:
        return
    for classes in range(3, 1001):
        floor = math.log(1 + (classes - 1) / math.e)
        if 0 <= end - floor < 0.05 * floor:
            yield found(
                "from_logits-twice",
                f"The loss stops at {end:.4g} with an accuracy of {right[-1]:.2f}; with "
                f"{classes} classes a second softmax allows no less than {floor:.4f}.",
                LIKELY,
            )
            return


@check("from_logits-forgotten")
def clipped(log):
    losses, right = log["loss"], accuracy(log)
    if right is None:
        return
    for clip in (16.118, 15.942):
        share = (1 - right[-1]) * clip
        if share > 0.5 and flat(losses, 0.02) and abs(losses[-1] - share) < 0.02 * clip:
            yield found(
                "from_logits-forgotten",
                f"The loss stays at {losses[-1]:.4g}, which is {clip} times the share of "
                f"wrong answers ({1 - right[-1]:.2f}): each is beyond the clip.",
                LIKELY,
                loss="SparseCategoricalCrossentropy",
            )
            return


@check("not-learning")
def level(log):
    losses, right = log["loss"], accuracy(log)
    if len(losses) < 3 or not np.isfinite(losses).all():
        return
    low, high = losses.min(), losses.max()
    if low > 0 and high - low < 0.01 * high:
        seen = f"The loss stays between {low:.4g} and {high:.4g}."
        for classes in (2, *range(3, 1001)):
            if (
                right is not None
                and abs(losses[-1] - math.log(classes)) < 0.01 * math.log(classes)
                and right[-1] < 2.5 / classes
            ):
                seen += f" A uniform guess among {classes} classes costs {math.log(classes):.4f}."
                break
        yield found("not-learning", seen, LIKELY)
        yield found("learning-rate-too-small", seen, GUESS, rate=100 * _rate(log))


@check("learning-rate-too-large")
def jumping(log):
    losses = log["loss"]
    if len(losses) < 3 or not np.isfinite(losses).all() or losses[0] <= 0:
        return
    if losses[-1] > 1.5 * losses[0]:
        yield found(
            "learning-rate-too-large",
            f"The loss rises from {losses[0]:.3g} to {losses[-1]:.3g}.",
            LIKELY,
            rate=_rate(log),
        )
        return
    steps = np.diff(losses[1:])
    if (
        len(steps) >= 4
        and np.mean(steps[1:] * steps[:-1] < 0) > 0.5
        and np.mean(np.abs(steps)) > 0.15 * np.mean(losses[1:])
        and losses[-1] > 0.2 * losses[0]
    ):
        yield found(
            "learning-rate-too-large",
            "From epoch to epoch the loss jumps up and down by "
            f"{np.mean(np.abs(steps)):.2g} at a mean of {np.mean(losses[1:]):.3g}.",
            LIKELY,
            rate=_rate(log),
        )


@check("schedule-steps-vs-epochs")
def rate_falls(log):
    rates, losses = log.get("learning_rate", log.get("lr")), log["loss"]
    if rates is None or len(rates) < 3:
        return
    off = rates < 1e-3 * rates.max()
    if rates.max() > 0 and off.mean() > 0.3 and losses[-1] > 0.2 * losses[0]:
        seen = (
            f"The rate is {rates[-1]:.2g} at the end and below a thousandth of its highest "
            f"value ({rates.max():.2g}) in {off.sum()} of {len(rates)} epochs."
        )
        yield found("schedule-steps-vs-epochs", seen, POSSIBLE, steps=f"{len(rates)} * steps_per_epoch")
        if np.all(np.diff(losses) <= 0):
            yield found(
                "callback-misconfigured",
                f"{seen} The loss fell in every epoch.",
                POSSIBLE,
                callback="keras.callbacks.ReduceLROnPlateau",
            )


@check("too-few-epochs")
def still_falling(log):
    losses = log["loss"]
    if len(losses) < 2 or not np.isfinite(losses).all() or losses[-2] <= 0:
        return
    fall = (losses[-2] - losses[-1]) / losses[-2]
    if fall > 0.1 and losses[-1] > 0.3 * losses[0]:
        yield found(
            "too-few-epochs",
            f"In the last epoch the loss still fell by {fall:.0%}, to {losses[-1]:.3g}.",
            POSSIBLE,
            epochs=4 * len(losses),
        )


@check("overfitting")
def overfitting(log):
    losses, held_out = log["loss"], log.get("val_loss")
    if (
        held_out is None
        or len(held_out) < 4
        or len(held_out) != len(losses)
        or not np.isfinite(held_out).all()
    ):
        return
    best = int(held_out.argmin())
    if held_out[-1] > 1.2 * held_out[best] > 0 and losses[-1] < losses[best]:
        yield found(
            "overfitting",
            f"val_loss was lowest in epoch {best + 1} ({held_out[best]:.3g}) and ends at "
            f"{held_out[-1]:.3g}, while the loss fell to {losses[-1]:.3g}.",
            LIKELY,
        )


@check("validation-preprocessed-differently")
def apart(log):
    losses, held_out = log["loss"], log.get("val_loss")
    if held_out is None or len(held_out) != len(losses) or not np.isfinite(held_out).all():
        return
    right, held_out_right = accuracy(log), accuracy(log, "val_")
    if held_out_right is not None and right is not None and held_out_right.max() < 0.02 < 0.5 < right[-1]:
        yield found(
            "unshuffled-sorted-data",
            f"The accuracy is {right[-1]:.2f} in training and at most "
            f"{held_out_right.max():.2f} in validation.",
            LIKELY,
        )
    elif held_out.min() > 5 * losses.max() > 0 and len(losses) > 1:
        yield found(
            "validation-preprocessed-differently",
            f"val_loss is {held_out.min():.3g} or more in every epoch, and the training "
            f"loss {losses.max():.3g} or less.",
            POSSIBLE,
        )


@check("wrong-metric")
def metric_at_zero(log):
    losses, right = log["loss"], accuracy(log)
    if right is not None and right.max() < 0.01 and losses[-1] < 0.5 * losses[0]:
        yield found(
            "wrong-metric",
            f"The loss falls from {losses[0]:.3g} to {losses[-1]:.3g}, but the accuracy "
            f"is never above {right.max():.3f}.",
            LIKELY,
            metric="keras.metrics.BinaryAccuracy()  # for numbers: 'mae'",
        )


@check("targets-not-scaled")
def huge(log):
    losses = log["loss"]
    if accuracy(log) is None and np.nanmin(losses) > 1e4 and losses[-1] > 0.3 * losses[0]:
        yield found(
            "targets-not-scaled",
            f"The loss is {losses[-1]:.3g} after {len(losses)} epochs, and was {losses[0]:.3g} in the first.",
            POSSIBLE,
        )


@check("inputs-not-scaled")
def first_is_high(log):
    losses = log["loss"]
    if accuracy(log) is not None and np.isfinite(losses[0]) and losses[0] > 10:
        yield found(
            "inputs-not-scaled",
            f"The loss of the first epoch is {losses[0]:.3g}; a uniform guess among a "
            "thousand classes costs 6.91.",
            POSSIBLE,
        )


@check("class-imbalance-ignored")
def always_the_same(log):
    right = accuracy(log)
    if (
        right is not None
        and len(right) >= 3
        and np.ptp(right) < 1e-3
        and 0.8 < right[-1] < 0.999
        and log["loss"][-1] > 0.05
    ):
        yield found(
            "class-imbalance-ignored",
            f"The accuracy is {right[-1]:.3f} in every epoch. It may be the share of the "
            "most frequent class.",
            GUESS,
            weights="{0: …, 1: …}",
        )
