"""Checks of an output against its loss, its labels and its metrics."""

import numpy as np

from .checks import CERTAIN, LIKELY, POSSIBLE, check, found
from .probe import BINARY, CATEGORICAL, ERRORS, PROBABILITY, SPARSE

SQUASHED = {"softmax", "sigmoid", "hard_sigmoid"}
HINGES = {"hinge", "squared_hinge", "categorical_hinge"}
# Losses that compare classes. Of an own loss the labels decide.
FOR_CLASSES = PROBABILITY | HINGES


def classes(head):
    """Return whether the labels name classes."""
    return head.labels.kind in ("binary", "integers", "one-hot", "tags") and head.labels.classes <= 1000


def perfect(head, high=0.99):
    """Return answers that are all right, as probabilities of the predictions'
    shape. None where that is unknown."""
    labels, y = head.labels, np.asarray(head.y, "float64")
    if labels.kind in ("one-hot", "tags", "distribution") and y.shape == head.p.shape:
        p = y
    elif labels.kind in ("binary", "integers") and head.units > 1 and y.min() >= 0 and y.max() < head.units:
        index = y[..., 0] if y.shape[-1:] == (1,) and y.ndim == head.p.ndim else y
        p = np.eye(head.units)[index.astype(int)]
    elif labels.kind == "binary" and head.units == 1:
        p = y.reshape(head.p.shape) if y.size == head.p.size else None
    else:
        return None
    if p is None or p.shape != head.p.shape:
        return None
    rest = (1 - high) / max(1, head.units - 1)
    return np.where(p > 0.5, high, rest if labels.kind != "tags" else 1 - high).astype("float32")


@check("softmax-over-one-unit", per="head")
def softmax_over_one_unit(case, head):
    if head.squash == "softmax" and head.units == 1:
        yield found(
            "softmax-over-one-unit", f"A softmax over one unit makes {head.shown} 1 for every row.", 0.99
        )


@check("from_logits-forgotten", per="head")
def from_logits_forgotten(case, head):
    if head.cost.name in PROBABILITY and not head.cost.from_logits and head.cost.known:
        if head.squash in SQUASHED or head.squash in ("relu", "relu6") or head.labels.kind == "real":
            return
        outside = np.mean((head.p < 0) | (head.p > 1))
        if head.chain is None and outside == 0:
            return
        sure = CERTAIN if head.squash in ("linear", "log_softmax", "leaky_relu") else POSSIBLE
        seen = (
            f"{head.shown.capitalize()} is {head.squash}, and {outside:.0%} of its values are "
            f"no probabilities (they lie outside 0 … 1), but {head.cost.name} was told that "
            "they are."
        )
        name = "".join(word.title() for word in head.cost.name.split("_"))
        yield found("from_logits-forgotten", seen, sure, loss=name)
        if head.squash in ("tanh", "softsign", "hard_tanh"):
            seen = (
                f"{head.shown.capitalize()} ends in {head.squash}, which returns −1 … 1, and "
                f"{head.cost.name} expects 0 … 1."
            )
            yield found("output-activation-range-mismatch", seen, LIKELY)
    elif head.cost.own and head.squash == "linear" and classes(head):
        right = perfect(head)
        if right is None:
            return
        here, best = head.cost.value(head.y, head.p), head.cost.value(head.y, right)
        if not np.isfinite(here) and np.isfinite(best):
            seen = f"The loss of the untrained scores is {here}, and that of right probabilities {best:.3g}."
            yield found("from_logits-forgotten", seen, LIKELY, loss="BinaryCrossentropy")


@check("from_logits-twice", per="head")
def from_logits_twice(case, head):
    chain = [name for name in head.chain or [] if name in SQUASHED]
    if head.cost.from_logits and (head.squash in SQUASHED or chain):
        seen = (
            f"{head.shown.capitalize()} ends in {head.squash}, and the loss has "
            "from_logits=True, so it applies another one."
        )
        yield found("from_logits-twice", seen + _floor(head), CERTAIN)
    elif len(chain) > 1 and (head.cost.name in PROBABILITY or classes(head)):
        seen = f"{head.shown.capitalize()} goes through {' and '.join(reversed(chain))}."
        yield found("from_logits-twice", seen + _floor(head), CERTAIN)
    elif head.chain is None and head.squash == "softmax" and head.units > 2 and head.cost.name in PROBABILITY:
        limit = np.e / (np.e + head.units - 1)
        top = case.stretched_top(head)
        if top is not None and top <= limit * 1.01:
            seen = (
                f"However large the weights, no probability exceeds {top:.3f}, the limit of a double softmax."
            )
            yield found("from_logits-twice", seen + _floor(head), LIKELY)
    elif head.cost.own and head.squash in SQUASHED and classes(head):
        right = perfect(head, high=1 - 1e-6)
        if right is None:
            return
        cost, floor = head.cost.value(head.y, right), _floors(head)
        if abs(cost - floor) < 0.02 * floor:
            seen = (
                f"Right answers cost {cost:.4f}, just as if {head.squash} were applied a "
                "second time inside the loss."
            )
            yield found("from_logits-twice", seen, CERTAIN)


def _floors(head):
    """Return the loss of right answers after a second squashing."""
    if head.units > 1 and head.labels.kind != "tags":
        return np.log(1 + (head.units - 1) / np.e)
    positive = np.mean(np.asarray(head.y) > 0.5)
    return positive * np.log(1 + 1 / np.e) + (1 - positive) * np.log(2)


def _floor(head):
    return f" Right answers then still cost {_floors(head):.4f}." if classes(head) else ""


@check("softmax-for-multilabel", per="head")
def softmax_for_multilabel(case, head):
    if head.squash == "softmax" and head.labels.kind == "tags":
        sums = head.labels.array.reshape(-1, head.units).sum(-1)
        several, none = np.mean(sums > 1), np.mean(sums == 0)
        if several > 0.02:
            seen = (
                f"{several:.0%} of the rows have several labels that are 1, and {none:.0%} "
                "have none, but a softmax makes the outputs sum to 1."
            )
            yield found("softmax-for-multilabel", seen, 0.97)


@check("categorical-loss-over-one-unit", per="head")
def categorical_loss_over_one_unit(case, head):
    if head.cost.name in CATEGORICAL and head.units == 1:
        seen = f"{head.cost.name} gets one output unit."
        yield found("categorical-loss-over-one-unit", seen, 0.97 if classes(head) else LIKELY)


@check("binary-head-for-multiclass", per="head")
def binary_head_for_multiclass(case, head):
    labels = head.labels
    if (
        head.units == 1
        and head.squash == "sigmoid"
        and head.cost.name in ERRORS
        and labels.kind == "integers"
    ):
        if 2 < len(labels.values) <= 20:
            seen = (
                f"The labels take {len(labels.values)} values ({_shown(labels.values)}), and "
                "the model has one sigmoid."
            )
            yield found("binary-head-for-multiclass", seen, 0.7, classes=int(labels.values.max()) + 1)
    if head.units == 1 and head.cost.name in BINARY and labels.kind == "integers" and len(labels.values) > 2:
        seen = (
            f"The labels take {len(labels.values)} values ({_shown(labels.values)}), and the "
            f"model has one unit with {head.cost.name}."
        )
        few = len(labels.values) <= 20 or (head.squash == "sigmoid" and len(labels.values) <= 60)
        yield found(
            "binary-head-for-multiclass",
            seen,
            CERTAIN if few else POSSIBLE,
            classes=int(labels.values.max()) + 1,
        )


def _shown(values):
    """Return a few values in a line."""
    numbers = [f"{value:g}" for value in values[:4]]
    return ", ".join(numbers) + (f", … {values[-1]:g}" if len(values) > 4 else "")


@check("labels-out-of-range", per="head")
def labels_out_of_range(case, head):
    labels, name, values = head.labels, head.cost.name, head.labels.values
    if name in SPARSE and head.units > 1 and labels.kind in ("binary", "integers"):
        ignored = head.cost.config.get("ignore_class")
        wrong = values[((values < 0) | (values >= head.units)) & (values != ignored)]
        if len(wrong):
            seen = (
                f"The labels run from {values.min():g} to {values.max():g}, and {head.units} "
                f"units allow 0 to {head.units - 1}."
            )
            yield found("labels-out-of-range", seen, 0.97)
    elif name in BINARY and labels.kind == "integers" and len(values) <= 2:
        seen = f"The labels are {_shown(values)}, and {name} expects 0 and 1."
        yield found("labels-out-of-range", seen, 0.97)
    elif name in HINGES and labels.kind in ("integers", "real") and not np.isin(values, (-1, 0, 1)).all():
        seen = f"The labels are {_shown(values)}, and {name} expects −1 and 1."
        yield found("labels-out-of-range", seen, LIKELY)
    elif (
        name in (CATEGORICAL - SPARSE) | BINARY and labels.kind in ("real", "distribution") and head.units > 1
    ):
        if 2 == len(values) and not np.isin(values, (0, 1)).all() and values.max() >= 1:
            seen = f"The rows of the labels hold {_shown(values)}, and {name} expects 0 and 1."
            yield found("labels-out-of-range", seen, CERTAIN)


@check("labels-scaled-like-inputs", per="head")
def labels_scaled_like_inputs(case, head):
    labels, values = head.labels, head.labels.values
    if (
        head.cost.name in SPARSE
        and not (values == np.round(values)).all()
        and values.max() < max(2, head.units)
    ):
        lost = len(np.unique(values.astype(int)))
        seen = (
            f"{len(values)} distinct labels run from {values.min():g} to {values.max():g}; as "
            f"whole numbers only {lost} of them {'is' if lost == 1 else 'are'} left."
        )
        yield found("labels-scaled-like-inputs", seen, 0.97)
    elif head.cost.name in FOR_CLASSES and len(values) == 1 and labels.array.size >= 32:
        seen = f"All {labels.array.shape[0]} labels are {values[0]:g}."
        yield found("labels-scaled-like-inputs", seen, 0.85)
    elif head.cost.name in PROBABILITY - SPARSE and len(values) == 2 and values[0] == 0 and values[1] < 0.5:
        seen = f"The labels are 0 and {values[1]:.4g} instead of 0 and 1."
        yield found("labels-scaled-like-inputs", seen, 0.97)
    elif head.cost.name in BINARY and head.units == 1 and labels.kind == "real":
        steps = np.diff(values)
        if 2 < len(values) <= 60 and values.max() < 0.5 and np.allclose(steps, steps.min(), rtol=0.01):
            seen = (
                f"The labels are multiples of {steps.min():.4g} up to {values.max():.4g}, "
                "like class numbers that were divided."
            )
            yield found("labels-scaled-like-inputs", seen, LIKELY)
    if head.cost.name in CATEGORICAL - SPARSE and head.units > 1 and np.asarray(head.y).shape == head.p.shape:
        rows = labels.array.reshape(-1, head.units)
        if len(values) <= 3 and (rows.sum(-1) == 0).mean() > 0.5:
            seen = f"{(rows.sum(-1) == 0).mean():.0%} of the rows of the labels hold only zeros."
            yield found("labels-scaled-like-inputs", seen, LIKELY)


@check("labels-not-one-hot", per="head")
def labels_not_one_hot(case, head):
    y = np.asarray(head.y)
    flat = y.ndim == head.p.ndim - 1 or (y.ndim == head.p.ndim and y.shape[-1] == 1)
    if head.units == 1 or not flat or head.cost.own:
        return
    if head.cost.name in CATEGORICAL - SPARSE:
        seen = (
            f"The labels have the shape {_shape(y)}, the output {_shape(head.p)}, and "
            f"{head.cost.name} compares them class by class."
        )
        yield found("labels-not-one-hot", seen, 0.97, units=head.units)
    elif head.cost.name in ERRORS | BINARY | {"kl_divergence"} and head.labels.kind in ("integers", "binary"):
        seen = (
            f"The labels have the shape {_shape(y)}, the output {_shape(head.p)}, so "
            f"{head.cost.name} compares each class number with all {head.units} outputs."
        )
        yield found("labels-not-one-hot", seen, CERTAIN, units=head.units)


def _shape(array):
    """Return a shape with n for the rows."""
    return "(" + ", ".join(["n", *map(str, np.shape(array)[1:])]) + (",)" if np.ndim(array) == 1 else ")")


@check("one-hot-with-sparse", per="head")
def one_hot_with_sparse(case, head):
    y = np.asarray(head.y)
    if head.cost.name in SPARSE and head.units > 1 and y.ndim == head.p.ndim and y.shape[-1] == head.units:
        seen = (
            f"The labels have the shape {_shape(y)}, one value per class, and "
            f"{head.cost.name} expects one class number."
        )
        yield found("one-hot-with-sparse", seen, 0.97)


@check("relu-output-for-classification", per="head")
def relu_output(case, head):
    if head.squash in ("relu", "relu6") and (
        head.cost.name in PROBABILITY or (head.cost.own and classes(head))
    ):
        zero = np.mean(head.p == 0)
        seen = f"{head.shown.capitalize()} ends in a ReLU, and {zero:.0%} of its values are exactly 0."
        if head.cost.from_logits:
            yield found("relu-before-softmax", seen, CERTAIN)
        sure = LIKELY if head.cost.from_logits or head.cost.own else CERTAIN
        yield found("relu-output-for-classification", seen, sure)


@check("relu-before-softmax", per="head")
def relu_before_softmax(case, head):
    chain = head.chain or []
    relu = len(chain) > 1 and chain[0] in SQUASHED and chain[1] in ("relu", "relu6", "leaky_relu", "elu")
    if head.chain is None and head.squash in ("softmax", "sigmoid"):
        last = [layer for layer in case.layers if getattr(layer.layer, "kernel", None) is not None][-1:]
        relu = any(layer.activation == "relu" and layer.out.shape[-1] == head.units for layer in last)
    if relu:
        name = chain[1] if len(chain) > 1 else "relu"
        seen = f"{name} comes right before {head.squash} in {head.shown}."
        yield found("relu-before-softmax", seen, CERTAIN if name.startswith("relu") else POSSIBLE)


@check("regression-loss-for-classification", per="head")
def regression_loss_for_classification(case, head):
    if head.cost.name not in ERRORS or case.rebuilds_its_input:
        return
    kind, names = head.labels.kind, [name for name, _ in case.metrics(head)]
    loss = "categorical_crossentropy" if kind == "one-hot" else "binary_crossentropy"
    graded = any("acc" in name for name in names)
    few = kind in ("one-hot", "tags", "binary") and np.ndim(head.y) <= 2
    if head.squash in SQUASHED and few:
        seen = f"{head.cost.name} compares the probabilities of a {head.squash} with labels that are 0 or 1."
        yield found("regression-loss-for-classification", seen, 0.9, loss=loss)
    elif few and (graded or kind == "one-hot") and head.squash == "linear":
        seen = f"{head.cost.name} compares plain numbers with labels that are 0 or 1."
        yield found("regression-loss-for-classification", seen, LIKELY, loss=loss)
    elif kind == "integers" and graded and head.labels.classes <= 20:
        seen = f"{head.cost.name} is used for {head.labels.classes} classes, whose numbers have no order."
        yield found(
            "regression-loss-for-classification", seen, LIKELY, loss="sparse_categorical_crossentropy"
        )


@check("output-activation-range-mismatch", per="head")
def output_cannot_reach(case, head):
    low, high = head.reach
    name = head.cost.name
    if name == "poisson" and head.squash == "linear":
        seen = (
            f"{head.shown.capitalize()} may be negative, and the Poisson loss takes its "
            f"logarithm: {np.mean(head.p <= 0):.0%} of the values are not positive."
        )
        yield found("output-activation-range-mismatch", seen, LIKELY)
    if name in PROBABILITY or (head.units == 1 and head.squash == "softmax") or name == "kl_divergence":
        return
    if name in HINGES and low == 0 and head.squash == "sigmoid":
        seen = (
            f"{head.shown.capitalize()} lies between 0 and 1, and the hinge loss compares it with −1 and 1."
        )
        yield found("output-activation-range-mismatch", seen, LIKELY)
        return
    y = head.labels.array[np.isfinite(head.labels.array)]
    slack = 1e-3 * (high - low if np.isfinite(high - low) else 1)
    outside = np.mean((y < low - slack) | (y > high + slack))
    if outside > 0.01 and name not in HINGES:
        seen = (
            f"{head.shown.capitalize()} ends in {head.squash} and lies between {low:g} and "
            f"{high:g}, but {outside:.0%} of the targets lie outside (they run from "
            f"{y.min():.4g} to {y.max():.4g})."
        )
        yield found("output-activation-range-mismatch", seen, CERTAIN if outside > 0.05 else LIKELY)


@check("wrong-loss-for-task", per="head")
def wrong_loss_for_task(case, head):
    labels, name = head.labels, head.cost.name
    y = labels.array[np.isfinite(labels.array)]
    size = np.mean(np.abs(y))
    if name == "mean_absolute_percentage_error":
        tiny = np.mean(np.abs(y) <= 1e-3 * size)
        if tiny > 0:
            yield found(
                "wrong-loss-for-task",
                f"{tiny:.1%} of the targets are 0 or almost 0, and a percentage error divides by the target.",
                0.97,
                loss="mae",
            )
    elif name == "mean_squared_logarithmic_error" and (y < 0).any():
        yield found(
            "wrong-loss-for-task",
            f"{np.mean(y < 0):.0%} of the targets are negative, and the loss takes the logarithm of 1 + y.",
            CERTAIN,
            loss="mse",
        )
    elif name == "poisson" and (y < 0).any():
        yield found(
            "wrong-loss-for-task",
            f"{np.mean(y < 0):.0%} of the targets are negative, and a Poisson loss is for counts.",
            0.97,
            loss="mse",
        )
    elif name == "kl_divergence":
        sums = labels.array.reshape(-1, labels.array.shape[-1] if labels.array.ndim > 1 else 1).sum(-1)
        if (y < 0).any() or np.mean(np.abs(sums - 1) > 0.01) > 0.05:
            yield found(
                "wrong-loss-for-task",
                f"The targets are no distributions: their sums run from {sums.min():.3g} "
                f"to {sums.max():.3g}, and a KL divergence needs 1.",
                CERTAIN,
                loss="mse",
            )
        elif head.squash not in SQUASHED:
            yield found(
                "wrong-loss-for-task",
                f"{head.shown.capitalize()} is no distribution (activation {head.squash}).",
                POSSIBLE,
                loss="categorical_crossentropy",
            )
    elif name == "cosine_similarity" and head.units == 1:
        yield found(
            "wrong-loss-for-task",
            "With one unit the cosine similarity sees only the sign of the output.",
            CERTAIN,
            loss="mse",
        )
    elif name in HINGES and labels.kind == "real":
        yield found(
            "wrong-loss-for-task",
            f"The targets are numbers from {y.min():.4g} to {y.max():.4g}, and {name} is for two classes.",
            LIKELY,
            loss="mse",
        )
    elif name in PROBABILITY and head.cost.known:
        outside = np.mean((y < 0) | (y > 1))
        many = labels.kind == "integers" and labels.classes > 20 and head.units == 1
        real = labels.kind == "real" and outside > 0
        sparse = (
            name in SPARSE and not (y == np.round(y)).all() and (y.max() >= max(2, head.units) or y.min() < 0)
        )
        if (real and name not in SPARSE and len(labels.values) > 2) or many or sparse:
            yield found(
                "wrong-loss-for-task",
                f"The targets are numbers from {y.min():.4g} to {y.max():.4g} with "
                f"{len(labels.values)} distinct values, and {name} is for classes or "
                "probabilities.",
                CERTAIN if not many else LIKELY,
                loss="mse",
            )
        elif (
            name in CATEGORICAL - SPARSE
            and labels.kind == "real"
            and head.units > 1
            and labels.array.shape == head.labels.array.shape
            and len(labels.values) > 3
        ):
            sums = (
                labels.array.reshape(-1, head.units).sum(-1)
                if labels.array.shape[-1] == head.units
                else np.ones(1)
            )
            if np.mean(np.abs(sums - 1) > 0.01) > 0.05:
                yield found(
                    "wrong-loss-for-task",
                    f"The rows of the targets sum to {sums.min():.3g} … {sums.max():.3g}, "
                    f"and {name} needs 1.",
                    LIKELY,
                    loss="mse",
                )


@check("loss-sign-flipped", per="head")
def loss_sign_flipped(case, head):
    y = np.asarray(head.y, "float32")
    if not np.isfinite(y).all() or (head.cost.name in PROBABILITY | ERRORS and head.cost.known):
        return
    pairs = []
    right = perfect(head, 0.95)
    if right is not None and head.units > 1 and head.labels.kind != "tags":
        wrong = np.roll(right, 1, axis=-1)
        pairs = [(right, wrong)] + ([(np.log(right), np.log(wrong))] if head.squash == "linear" else [])
    elif right is not None:
        pairs = [(right, 1 - right)]
        if head.squash == "linear":
            pairs.append((np.log(right / (1 - right)), np.log((1 - right) / right)))
    elif y.size == head.p.size and head.labels.kind == "real":
        right = y.reshape(head.p.shape)
        pairs = [(right, right[np.random.default_rng(3).permutation(len(right))])]
    costs = [(head.cost.value(head.y, a), head.cost.value(head.y, b)) for a, b in pairs]
    costs = [(a, b) for a, b in costs if np.isfinite(a) and np.isfinite(b)]
    if costs and all(a > b + 1e-6 * (abs(a) + abs(b)) for a, b in costs):
        seen = f"Right answers cost {costs[0][0]:.4g}, and wrong ones {costs[0][1]:.4g}."
        yield found("loss-sign-flipped", seen, 0.97)


@check("custom-loss-ignores-weights", per="head")
def custom_loss_ignores_weights(case, head):
    given = [name for name in ("class_weight", "sample_weight") if case.fit.get(name) is not None]
    if case.data.batches and case.data.w is not None:
        given.append("sample weights in the dataset")
    if not given or not head.cost.own:
        return
    import tensorflow as tf

    weights = np.where(np.random.default_rng(4).random(len(head.y)) < 0.5, 1.0, 3.0).astype("float32")
    y, p = tf.convert_to_tensor(head.y), tf.convert_to_tensor(head.p)
    one, other = (float(head.cost(y, p, w)) for w in (weights, weights[::-1].copy()))
    if abs(one - other) <= 1e-6 * abs(one):
        seen = (
            f"Giving the weights to other rows leaves the loss at {one:.6g}, and fit got "
            f"{' and '.join(given)}."
        )
        yield found("custom-loss-ignores-weights", seen, CERTAIN)


@check("target-shape-n-vs-n1", per="head")
def target_shape(case, head):
    y, p = np.asarray(head.y), head.p
    if y.shape == p.shape or y.size != p.size or y.dtype.kind not in "biuf":
        return
    as_given, reshaped = head.cost.value(y, p), head.cost.value(y.reshape(p.shape), p)
    if abs(as_given - reshaped) > 1e-3 * (abs(as_given) + abs(reshaped)):
        seen = (
            f"The targets have the shape {_shape(y)}, the predictions {_shape(p)}. The loss "
            f"is {as_given:.4g}, and {reshaped:.4g} when the shapes agree."
        )
        yield found("target-shape-n-vs-n1", seen, 0.97, shape=str((-1, *p.shape[1:])))


@check("wrong-metric", per="head")
def wrong_metric(case, head):
    import keras

    binary = head.units == 1
    for name, metric in case.metrics(head):
        text = isinstance(metric, str)
        accuracy = text and name in ("accuracy", "acc")
        better = '"mae"'
        if (
            head.labels.kind == "real"
            and (accuracy or "accuracy" in name)
            and head.cost.name not in PROBABILITY
        ):
            seen = (
                f"The metric {name} counts exact hits, and the targets take "
                f"{len(head.labels.values)} different values."
            )
            yield found("wrong-metric", seen, LIKELY, metric=better)
            continue
        if not classes(head):
            continue
        if isinstance(metric, keras.metrics.Accuracy) and type(metric).__name__ == "Accuracy":
            seen = (
                f"The metric {name} asks whether a prediction equals the label exactly, and a "
                "probability never does."
            )
            which = (
                "BinaryAccuracy"
                if binary
                else "SparseCategoricalAccuracy"
                if np.ndim(head.y) < head.p.ndim
                else "CategoricalAccuracy"
            )
            yield found("wrong-metric", seen, CERTAIN, metric=f"keras.metrics.{which}()")
            continue
        kind = type(metric).__name__
        if not text and kind in ("CategoricalAccuracy", "SparseCategoricalAccuracy") and binary:
            yield found(
                "wrong-metric",
                f"{kind} compares the units of a row, and there is one unit.",
                CERTAIN,
                metric="keras.metrics.BinaryAccuracy()",
            )
            continue
        if (
            name in ("binary_accuracy",)
            and head.units > 2
            and head.squash == "softmax"
            and head.labels.kind != "tags"
        ):
            share = 1 - 1 / head.units
            seen = (
                f"binary_accuracy counts every unit, so the answer 0 for all {head.units} "
                f"classes scores {share:.2f}."
            )
            yield found("wrong-metric", seen, CERTAIN, metric='"accuracy"')
            continue
        if text and name == "categorical_accuracy" and binary:
            yield found(
                "wrong-metric",
                "categorical_accuracy compares the units of a row, and there is one unit.",
                CERTAIN,
                metric='"accuracy"',
            )
            continue
        if head.labels.kind == "tags" and (accuracy or "categorical" in name):
            seen = (
                f"Of several tags the metric {name} compares only the largest output with the "
                "first label that is 1."
            )
            yield found("wrong-metric", seen, POSSIBLE, "note", metric="keras.metrics.BinaryAccuracy()")
            continue
        if binary and (accuracy or name == "binary_accuracy") and head.labels.values.min() == -1:
            share = 1 - head.labels.share[0]
            seen = (
                f"The metric {name} compares predictions above 0.5 with labels −1 and 1, so "
                f"it never exceeds {share:.2f}."
            )
            yield found(
                "wrong-metric", seen, LIKELY, metric="keras.metrics.BinaryAccuracy()  # with labels 0 and 1"
            )
            continue
        if callable(metric) and not isinstance(metric, keras.metrics.Metric):
            yield from _averaged_over_batches(name, metric, head)
            continue
        scores = head.cost.from_logits and head.squash == "linear"
        if scores and (binary or head.labels.kind == "tags"):
            right = perfect(head)
            if right is None:
                continue
            shown = _measure(
                metric if not accuracy else "binary_accuracy", head.y, np.where(right > 0.5, 0.4, -0.4)
            )
            if shown is not None and shown < 0.9:
                seen = (
                    f"Scores of 0.4 and −0.4 that are all right get {name} = {shown:.2f}, "
                    "because it expects probabilities and the model returns scores."
                )
                better = (
                    "keras.metrics.BinaryAccuracy(threshold=0.0)"
                    if "acc" in name
                    else f"keras.metrics.{kind}(thresholds=0.0)"
                    if kind != "AUC"
                    else "keras.metrics.AUC(from_logits=True)"
                )
                yield found("wrong-metric", seen, 0.9, metric=better)


def _averaged_over_batches(name, function, head):
    """Compare a function's value for all rows with the mean of its values for
    batches, which is what Keras shows."""
    right = perfect(head)
    if right is None or not any(
        word in name.lower() for word in ("recall", "precision", "f1", "fbeta", "dice", "iou")
    ):
        return
    rng = np.random.default_rng(9)
    guess = np.where(rng.random(right.shape) < 0.8, right, rng.random(right.shape)).astype("float32")
    y = (
        np.asarray(head.y, "float32").reshape(right.shape)
        if head.units == 1
        else np.asarray(head.y, "float32")
    )
    whole = float(np.mean(function(y, guess)))
    batches = [float(np.mean(function(y[i : i + 16], guess[i : i + 16]))) for i in range(0, len(y) - 15, 16)]
    if batches and abs(np.mean(batches) - whole) > 0.02 * abs(whole):
        seen = (
            f"For all rows at once the function {name} gives {whole:.3f}, and on average over "
            f"batches {np.mean(batches):.3f}."
        )
        yield found("wrong-metric", seen, POSSIBLE, metric="keras.metrics.F1Score()")


def _measure(metric, y, p):
    """Return the value of a fresh copy of a metric, or None for a metric that
    cannot be copied."""
    import keras

    try:
        if isinstance(metric, str) or not isinstance(metric, keras.metrics.Metric):
            function = keras.metrics.get(metric)
            if isinstance(function, keras.metrics.Metric):
                function.update_state(y, p)
                return float(function.result())
            return float(np.mean(function(np.asarray(y, "float32").reshape(p.shape), p.astype("float32"))))
        copy = type(metric).from_config(metric.get_config())
        copy.update_state(y, p)
        return float(np.mean(copy.result()))
    except Exception:
        return None
