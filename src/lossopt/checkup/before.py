"""Look at a model, its data and the arguments of `fit` before a single
training step.
"""

from dataclasses import replace

import numpy as np

from . import network, output, rate, rows  # noqa: F401
from .checks import CHECKS, found
from .probe import Case, Skip
from .report import Report
from .untouched import untouched

# What a cause brings with it: where the first is found with more certainty, the others are probably its effects.
EFFECTS = {
    "first-loss-too-high",
    "learning-rate-too-large",
    "learning-rate-too-small",
    "dead-relu",
    "vanishing-gradient",
    "not-learning",
    "too-few-epochs",
    "nan-loss",
    "misaligned-x-y",
    "exploding-activation",
    "bottleneck-too-narrow",
    "missing-nonlinearity",
    "overfitting",
    "gradient-none",
}
LATE = {"learning-rate-too-large", "learning-rate-too-small", "too-few-epochs", "misaligned-x-y"}


def before(model, x, y=None, batch_size=None, epochs=1, **fit):
    """Return a `Report` on a model, its data and the arguments of `fit`,
    before a single training step.

    The arguments are those of `model.fit`. Nothing is changed: neither the
    model, its optimizer, the data, nor the random state. Checks that need a few
    training steps train copies of the weights. `fit`'s arguments matter,
    because faults hide there too: the batch size, the number of epochs,
    weights, validation data and callbacks.
    """
    case = make_case(model, x, y, {"batch_size": batch_size, "epochs": epochs, **fit})
    with untouched(model, fit.get("callbacks")):
        return look(case)


def make_case(model, x, y, fit):
    """Return a `Case`. Raise an error for what is no model."""
    import inspect

    import keras

    if not isinstance(model, keras.Model):
        raise ValueError(f"model must be a keras.Model, but got {type(model).__name__}.")
    known = set(inspect.signature(keras.Model.fit).parameters)
    strange = sorted(set(fit) - known)
    if strange:
        raise ValueError(
            f"{strange[0]} is no argument of fit. It takes {', '.join(sorted(known - {'self', 'x', 'y'}))}."
        )
    return Case(model, x, y, **fit)


def look(case):
    """Run every check, and collect findings and reasons for skipping."""
    looked_at, skipped = [], {}
    findings = list(_first_things(case))
    if any(finding.cause in ("no-data", "labels-not-numbers") for finding in findings):
        return Report(
            findings, ["no-data", "labels-not-numbers"], ["All other checks: they need rows and numbers."]
        )
    try:
        case.built  # noqa: B018
    except Skip:
        pass  # every check that needs the model will say so
    for item in CHECKS:
        if item.cause in LATE and any(f.severity == "warning" and f.sure >= 0.9 for f in findings):
            skipped.setdefault("a more certain cause was found", []).append(item.cause)
            continue
        try:
            with np.errstate(all="ignore"):
                for part in case.heads if item.per == "head" else [case]:
                    findings += item.function(case, part) if item.per == "head" else item.function(case)
            looked_at.append(item.cause)
        except Skip as why:
            skipped.setdefault(str(why).rstrip("."), []).append(item.cause)
        except Exception as error:  # whatever the reader's own loss or layer does
            text = " ".join(str(error).split())[:200]
            skipped.setdefault(f"{type(error).__name__}: {text}", []).append(item.cause)
    skipped = [f"{', '.join(dict.fromkeys(causes))}: {why}." for why, causes in skipped.items()]
    return Report(rank(findings), list(dict.fromkeys(looked_at)), skipped)


def rank(findings):
    """Keep the most certain finding of each cause, and lower what is probably
    the effect of another one."""
    best = {}
    for finding in findings:
        old = best.get(finding.cause)
        if old is None or (finding.severity == "warning", finding.sure) > (
            old.severity == "warning",
            old.sure,
        ):
            best[finding.cause] = finding
    firm = [f for f in best.values() if f.severity == "warning" and f.cause not in EFFECTS and f.sure >= 0.75]
    return [
        replace(f, sure=round(f.sure * 0.6, 3)) if f.cause in EFFECTS and any(c is not f for c in firm) else f
        for f in best.values()
    ]


def _first_things(case):
    """Yield findings without which nothing else can be looked at."""
    import keras

    model = case.model
    if not getattr(model, "compiled", False):
        yield found("not-compiled", "The model was never compiled.", 0.99)
    for name, part in (("x", case.given_x), ("y", case.given_y)):
        if part is None or hasattr(part, "__next__") or hasattr(part, "cardinality"):
            continue
        if isinstance(part, keras.utils.PyDataset):
            continue
        for leaf in keras.tree.flatten(
            np.asarray(part) if isinstance(part, list) and part and isinstance(part[0], str) else part
        ):
            if hasattr(leaf, "shape") and len(leaf.shape) and leaf.shape[0] == 0:
                yield found("no-data", f"{name} has the shape {tuple(leaf.shape)}.", 0.99)
                return
            if name == "y" and getattr(getattr(leaf, "dtype", None), "kind", "") in ("U", "S", "O"):
                kinds = {type(value).__name__ for value in np.ravel(leaf)[:100]}
                if kinds <= {"str", "str_", "bytes", "bytes_"}:
                    yield found(
                        "labels-not-numbers", f"The labels are strings, such as {np.ravel(leaf)[0]!r}.", 0.99
                    )
                    return
