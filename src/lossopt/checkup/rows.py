"""Checks of the rows of x and y: their values, their scale, their order,
and whether they belong together.
"""

import numpy as np

from .checks import CERTAIN, GUESS, LIKELY, POSSIBLE, check, found
from .output import classes
from .probe import BINARY, CATEGORICAL, ERRORS, PROBABILITY, Skip

# An input of size 10 already saturates a tanh or a sigmoid at Glorot's initial weights, whose sum over the inputs has
# the input's own size. Below 0.01 only the bias is left of the first layer.
LARGE, TINY = 10, 0.01


def leaves(structure):
    import keras

    return [leaf for leaf in keras.tree.flatten(structure) if leaf is not None]


def _parts(case):
    """Return the arrays that fit gets, with their names."""
    data, fit = case.data, case.fit
    x = data.x if data.whole_x is None else data.whole_x
    y = data.y if data.whole_y is None else data.whole_y
    parts = [("x", leaf) for leaf in leaves(x)] + [("y", leaf) for leaf in leaves(y)]
    if fit.get("sample_weight") is not None:
        parts += [("sample_weight", np.asarray(leaf)) for leaf in leaves(fit["sample_weight"])]
    held_out = fit.get("validation_data")
    if isinstance(held_out, tuple | list):
        parts += [(f"validation_data[{i}]", np.asarray(leaf)) for i in (0, 1) for leaf in leaves(held_out[i])]
    return [(name, array) for name, array in parts if array.dtype.kind == "f" and array.size]


def _bad(case, test, word, cause):
    for name, array in _parts(case):
        # A sum is not finite if any element is not, and it needs no memory.
        with np.errstate(all="ignore"):
            if np.isfinite(array.sum(dtype="float64")):
                continue
        bad = test(array)
        if bad.any():
            rows = bad.reshape(len(array), -1).any(1)
            columns = bad.reshape(-1, array.shape[-1]).any(0) if array.ndim > 1 else np.ones(1)
            where = f", in {columns.sum()} of {len(columns)} columns" if array.ndim > 1 else ""
            seen = (
                f"{bad.sum():,} values of {name} are {word}: in {rows.sum():,} of {len(array):,} rows{where}."
            )
            yield found(cause, seen, 0.99, data=name)
            return


@check("nan-in-data")
def nan_in_data(case):
    yield from _bad(case, np.isnan, "nan", "nan-in-data")


@check("inf-in-data")
def inf_in_data(case):
    yield from _bad(case, np.isinf, "infinite", "inf-in-data")


@check("misaligned-x-y")
def lengths(case):
    data = case.data
    if data.whole_x is None or data.whole_y is None:
        return
    sizes = {len(leaf) for leaf in leaves(data.whole_x) + leaves(data.whole_y) if leaf.ndim}
    if len(sizes) > 1:
        yield found(
            "misaligned-x-y",
            f"x and y have different lengths: {', '.join(f'{n:,}' for n in sorted(sizes))} rows.",
            0.99,
        )


def _first_input(case):
    """Return what the first layer with a kernel gets, and that layer. None if
    an embedding or a norm comes first."""
    for layer in case.layers:
        if type(layer.layer).__name__ in (
            "Embedding",
            "BatchNormalization",
            "LayerNormalization",
            "StringLookup",
            "GroupNormalization",
            "UnitNormalization",
        ):
            return None
        if getattr(layer.layer, "kernel", None) is not None or hasattr(layer.layer, "cell"):
            return layer
    return None


@check("inputs-not-scaled")
def inputs_not_scaled(case):
    first = _first_input(case)
    if first is None or first.given.dtype.kind != "f" or first.given.ndim < 2:
        return
    # A norm right behind the first layer takes the scale out again.
    columns = first.given.reshape(-1, first.given.shape[-1]).astype("float64")
    columns = columns[np.isfinite(columns).all(1)]
    if not len(columns):
        return
    mean, std = columns.mean(0), columns.std(0)
    size = np.sqrt(np.mean(columns**2, 0))
    varying = std > 0
    if not varying.any():
        return
    behind = case.layer_after(first)
    normalised = behind is not None and "Normalization" in type(behind.layer).__name__
    top, typical = size[varying].max(), np.sqrt(np.mean(columns**2))
    where = f"what the first layer with weights ({first.layer.name}) gets"
    spread = (
        f"its columns have means from {mean.min():.3g} to {mean.max():.3g} and standard "
        f"deviations from {std.min():.3g} to {std.max():.3g}"
    )
    if top > LARGE and not normalised:
        sure = 0.93 if top > 5 * LARGE else LIKELY
        yield found(
            "inputs-not-scaled",
            f"The root mean square of {where} reaches {top:.3g} in a column; {spread}.",
            sure,
        )
    elif typical < TINY and not normalised:
        yield found(
            "inputs-not-scaled", f"The root mean square of {where} is {typical:.2g}; {spread}.", LIKELY
        )
    elif (np.abs(mean[varying]) > 20 * std[varying]).mean() > 0.5 and not normalised:
        seen = f"In most columns of {where} the mean is more than 20 times the standard deviation; {spread}."
        yield found("inputs-not-scaled", seen, LIKELY)


@check("inputs-constant")
def inputs_constant(case):
    arrays = [leaf.reshape(len(leaf), -1) for leaf in leaves(case.data.x) if leaf.dtype.kind in "biuf"]
    if not arrays or len(arrays[0]) < 16:
        return
    rows = np.concatenate([a[: len(arrays[0])].astype("float64") for a in arrays], 1)
    changing = (rows != rows[0]).any(0)
    if (changing.mean() <= 0.05 and rows.shape[1] > 1) or not changing.any():
        seen = (
            f"{(~changing).sum():,} of {len(changing):,} input values are the same in all "
            f"{len(rows):,} rows (the first is {rows[0, 0]:g}; data type {arrays[0].dtype})."
        )
        yield found("inputs-constant", seen, 0.97)
        return
    _, group = np.unique(rows, axis=0, return_inverse=True)
    group = group.reshape(-1)
    distinct = group.max() + 1
    if distinct > 0.5 * len(rows) or case.data.y is None:
        return
    conflict = _conflicts(case, group)
    if conflict is not None and conflict > 0.2:
        seen = (
            f"Only {distinct:,} of {len(rows):,} rows of x differ, and {conflict:.0%} of the "
            f"rows have a twin with another label (data type {arrays[0].dtype})."
        )
        yield found("inputs-constant", seen, LIKELY if distinct < 0.2 * len(rows) else POSSIBLE)


def _conflicts(case, group):
    """Return the share of rows whose equal rows mostly have another label.
    None for targets that are no classes."""
    head = case.heads[0]
    if not classes(head) or head.labels.kind == "tags":
        return None
    y = head.labels.array
    y = (y.argmax(-1) if head.labels.kind == "one-hot" else y).reshape(len(y), -1)
    if y.shape[1] > 1:
        return None
    y = y[:, 0]
    values, y = np.unique(y, return_inverse=True)
    counts = np.zeros((group.max() + 1, len(values)))
    np.add.at(counts, (group, y), 1)
    lost = 1 - counts.max(1).sum() / len(y)
    known = 1 - counts.sum(0).max() / len(y)  # what always answering the most frequent class loses
    return lost if lost > 0.5 * known else 0.0


@check("targets-not-scaled", per="head")
def targets_not_scaled(case, head):
    """Compare the distance to the targets with what the untrained output can
    cover in the steps of the run."""
    if (
        head.cost.name in PROBABILITY
        or (classes(head) and head.labels.classes <= 20)
        or head.squash != "linear"
    ):
        return
    y = head.labels.array[np.isfinite(head.labels.array)]
    size, spread = np.sqrt(np.mean(y**2)), y.std()
    # What the output layer can return when its weights are of the usual size: a Rescaling behind it counts.
    out = max(np.sqrt(np.mean(head.p**2)), abs(head.scale[0]), 1e-3)
    factor = max(size, spread) / max(1.0, out)
    if (
        head.cost.name not in ERRORS
        and not head.cost.own
        and head.cost.name not in ("poisson", "cosine_similarity")
    ):
        return
    if head.cost.name == "cosine_similarity":
        return
    seen = (
        f"The targets have mean {y.mean():.4g} and standard deviation {spread:.3g}; the "
        f"untrained output has root mean square {np.sqrt(np.mean(head.p**2)):.3g}."
    )
    reach = _reach(case, head)
    far = abs(y.mean() - head.p.mean()) + 2 * spread
    if reach is not None and factor > 10:
        seen += (
            f" In {case.data.updates:,} updates at the rate {case.typical_rate:.2g} the last "
            f"layer can move the output by about {reach:.3g}."
        )
    if factor > 30:
        yield found("targets-not-scaled", seen, 0.93)
    elif factor > 10 and reach is not None and reach < far:
        yield found("targets-not-scaled", seen, LIKELY)
    elif 0 < size < 1e-3 and out > 10 * size:
        yield found("targets-not-scaled", seen, LIKELY)


def _reach(case, head):
    """Return how far Adam can move the output with the last layer: rate times
    steps, times the size of its inputs."""
    last = [layer for layer in case.layers if getattr(layer.layer, "kernel", None) is not None]
    if not last or not case.data.updates or case.optimizer_name in ("SGD", "Adadelta"):
        return None
    inputs = np.abs(last[-1].given.reshape(-1, last[-1].given.shape[-1])).sum(-1).mean()
    return case.typical_rate * case.data.updates * (1 + float(inputs))


def _table(case, head=None):
    """Return x as columns and y as one number per row, where that is possible.
    None otherwise."""
    xs = leaves(case.data.x)
    if len(xs) != 1 or xs[0].ndim != 2 or xs[0].dtype.kind not in "biuf":
        return None
    y = head.labels.array
    if y.ndim > 1 and head.labels.kind == "one-hot":
        y = y.argmax(-1)
    if y.ndim > 2 or (y.ndim == 2 and y.shape[1] > 1):
        return None
    x, y = xs[0].astype("float64"), y.reshape(-1).astype("float64")
    good = np.isfinite(x).all(1) & np.isfinite(y)
    return x[good], y[good]


@check("label-leak", per="head")
def label_leak(case, head):
    table = _table(case, head)
    if table is None or table[0].shape[1] < 3 or len(table[0]) < 30 or case.embeds:
        return
    x, y = table
    x, std = x - x.mean(0), x.std(0)
    with np.errstate(all="ignore"):
        if classes(head) and head.labels.kind != "tags":
            # Distance between the classes in units of the spread within them, for each column.
            values = np.unique(y)
            if len(values) < 2 or len(values) > 50:
                return
            means = np.array([x[y == v].mean(0) for v in values])
            within = np.sqrt(sum(x[y == v].var(0) * np.mean(y == v) for v in values))
            steps = np.diff(np.sort(means, 0), axis=0).min(0)
            apart = np.where(std > 0, steps / np.maximum(within, 1e-9 * std), 0)
            best, rest = apart.argmax(), np.sort(apart)[-2]
            if apart[best] > 8 and rest < 0.4 * apart[best]:
                seen = (
                    f"Column {best} of x separates the classes by {min(apart[best], 1e6):.3g} "
                    f"times its spread within a class, the next best column by {rest:.2g} "
                    "times."
                )
                yield found("label-leak", seen, LIKELY, column=best)
        else:
            r = np.abs((x * (y - y.mean())[:, None]).mean(0) / (std * y.std()))
            r = np.where(std > 0, r, 0)
            best, rest = r.argmax(), np.sort(r)[-2]
            if r[best] > 0.999 and rest < 0.95:
                seen = (
                    f"Column {best} of x has the correlation {r[best]:.5f} with the target, "
                    f"the next best column {rest:.2f}."
                )
                yield found("label-leak", seen, LIKELY, column=best)


# ------------------------------------------------------------------------------------ do x and y belong together?


def _features(case, limit=1500):
    """Return one row of numbers per row of x, for simple models that ask
    whether x says anything about y."""
    parts = []
    for leaf in leaves(case.data.x):
        leaf = leaf[:limit]
        if leaf.dtype.kind not in "biuf":
            return None
        if case.embeds and leaf.dtype.kind in "iu" and leaf.ndim == 2:
            words = int(leaf.max()) + 1
            if words > 20_000:
                return None
            counts = np.zeros((len(leaf), words), "float32")
            np.add.at(counts, (np.arange(len(leaf))[:, None], leaf.astype(int)), 1)
            used = counts.std(0) > 0
            parts.append(counts[:, used])
            continue
        flat = leaf.reshape(len(leaf), -1).astype("float64")
        if flat.shape[1] > 1024:
            flat = flat @ np.random.default_rng(5).normal(size=(flat.shape[1], 256)) / np.sqrt(flat.shape[1])
        std = flat.std(0)
        parts.append((flat - flat.mean(0))[:, std > 0] / std[std > 0])
    rows = np.concatenate(parts, 1) if parts else None
    return rows if rows is not None and rows.shape[1] and np.isfinite(rows).all() else None


def _targets(head, count):
    """Return the targets as columns to predict: one per class, or the
    standardised values."""
    y = head.labels.array[:count]
    if y.ndim > 2 or (y.ndim == 2 and head.labels.kind in ("integers", "binary") and y.shape[1] > 1):
        return None
    if head.labels.kind in ("binary", "integers"):
        values = np.unique(y)
        if len(values) > 50:
            y = y.reshape(-1, 1)
        else:
            y = (y.reshape(-1, 1) == values).astype("float64")
    y = y.reshape(len(y), -1).astype("float64")
    return y - y.mean(0) if np.isfinite(y).all() and y.std() > 0 else None


def explained(x, y, kinds=("linear", "bent", "near")):
    """Return for each simple model how much of y it explains on rows that it
    did not see (R², at best 1).

    "linear" is ridge regression, "bent" ridge regression on products and random
    ReLU units, "near" the mean of the ten nearest rows.
    """
    n = len(x)
    order = np.random.default_rng(6).permutation(n)
    train, test = order[: 2 * n // 3], order[2 * n // 3 :]
    results = {}
    rest = ((y[test] - y[train].mean(0)) ** 2).sum()
    for kind in kinds:
        if kind == "near":
            distance = (x[test] ** 2).sum(1)[:, None] - 2 * x[test] @ x[train].T + (x[train] ** 2).sum(1)
            nearest = np.argpartition(distance, min(10, len(train) - 1), axis=1)[:, :10]
            guess = y[train][nearest].mean(1)
        else:
            columns = x
            if kind == "bent":
                w = np.random.default_rng(7).normal(size=(x.shape[1] + 1, 300))
                columns = np.maximum(0, np.column_stack([x, np.ones(n)]) @ w / np.sqrt(x.shape[1]))
            guess = _ridge(columns, y, train, test)
        results[kind] = 1 - ((y[test] - guess) ** 2).sum() / rest
    return results


def _ridge(x, y, train, test):
    """Return ridge predictions for the test rows. A third of the training rows
    chooses the penalty."""
    a = np.column_stack([x, np.ones(len(x))])
    mean = y[train].mean(0)
    fit, choose = train[: 2 * len(train) // 3], train[2 * len(train) // 3 :]

    def predict(rows, at, penalty):
        u = a[rows]
        if u.shape[1] > len(rows):
            k = u @ u.T + penalty * len(rows) * np.eye(len(rows))
            return a[at] @ (u.T @ np.linalg.solve(k, y[rows] - mean)) + mean
        k = u.T @ u + penalty * len(rows) * np.eye(u.shape[1])
        return a[at] @ np.linalg.solve(k, u.T @ (y[rows] - mean)) + mean

    penalties = (1e-3, 1e-1, 1e1)
    errors = [((predict(fit, choose, penalty) - y[choose]) ** 2).sum() for penalty in penalties]
    return predict(train, test, penalties[int(np.argmin(errors))])


def relation(case):
    """Return what `_relate` returns, computed once for each case."""
    if not hasattr(case, "_relation"):
        case._relation = _relate(case)
    return case._relation


def _relate(case):
    """Return the scores of the simple models for the first output, and what
    the best score would be by chance.

    None where x or y are not of a kind that these models can read.
    """
    x = _features(case)
    y = None if x is None else _targets(case.heads[0], len(x))
    if y is None or len(x) < 60 or len(x) != len(y):
        return None
    scores = explained(x, y)
    shuffled = [
        max(explained(x, np.random.default_rng(i).permutation(y), ("linear", "near")).values())
        for i in range(4)
    ]
    return scores, max(shuffled), x, y


@check("misaligned-x-y")
def misaligned(case):
    if case.rebuilds_its_input:
        return
    known = relation(case)
    if known is None:
        return
    scores, chance, x, y = known
    best = max(scores.values())
    if best > max(0.02, chance + 0.01):
        return
    n = len(x)
    for shift, words in ((1, "one row later"), (-1, "one row earlier")):
        if case.data.kept and case.data.kept > n:
            break
        moved = max(explained(x, np.roll(y, shift, 0), ("linear", "near")).values())
        if moved > 0.2:
            seen = f"x explains {max(best, 0):.0%} of y, but {moved:.0%} of the label {words}."
            yield found("misaligned-x-y", seen, CERTAIN)
            return
    backwards = max(explained(x, y[::-1], ("linear", "near")).values())
    if backwards > 0.2:
        yield found(
            "misaligned-x-y",
            f"x explains {max(best, 0):.0%} of y, but {backwards:.0%} of y in reverse order.",
            CERTAIN,
        )
        return
    # Simple models cannot see every relation, so the copy of the reader's own model is asked as well.
    own = case.held_out
    if own is not None and own < 0.03:
        seen = (
            "On rows that they did not see, three simple models explain at most "
            f"{max(best, 0):.1%} of y, and a copy of this model {max(own, 0):.1%}: no more "
            f"than with shuffled labels ({max(chance, 0):.1%})."
        )
        yield found("misaligned-x-y", seen, POSSIBLE)


# ------------------------------------------------------------------------------------------------- order and shares


@check("unshuffled-sorted-data", per="head")
def sorted_rows(case, head):
    data = case.data
    if data.whole_y is None or isinstance(data.whole_y, dict | list | tuple):
        if data.batches and len(data.batches) > 2 and classes(head) and case.n_outputs == 1:
            kinds = [len(np.unique(_numbers(part[1], head))) for part in data.batches if len(part) > 1]
            if np.median(kinds) == 1 and head.labels.classes > 1 and data.batch >= 8:
                seen = f"{sum(k == 1 for k in kinds)} of the first {len(kinds)} batches hold a single class."
                yield found("unshuffled-sorted-data", seen, 0.9)
        return
    y = _numbers(data.whole_y, head)
    if y is None or len(y) < 20:
        return
    split, shuffle = case.fit.get("validation_split") or 0, case.fit.get("shuffle", True)
    if classes(head):
        changes, n = np.sum(y[1:] != y[:-1]), len(y)
        _, counts = np.unique(y, return_counts=True)
        expected = (n - 1) * (1 - np.sum((counts / n) ** 2))
        ordered = changes < 0.2 * expected and len(counts) > 1
        if split:
            cut = int(n * (1 - split))
            train, tail = y[:cut], y[cut:]
            values = np.unique(y)
            apart = 0.5 * sum(abs(np.mean(train == v) - np.mean(tail == v)) for v in values)
            by_chance = 0.5 * np.sqrt(len(values) / len(tail))
            if apart > max(0.3, 3 * by_chance) and ordered:
                unseen = [f"{v:g}" for v in values if not np.any(train == v)]
                more = f" Class {', '.join(unseen)} is in no training row." if unseen else ""
                seen = (
                    f"validation_split takes the last {split:.0%} of the rows, and the rows "
                    f"are ordered by class: {apart:.0%} of the labels would have to change to "
                    f"give both parts the same shares.{more}"
                )
                yield found("unshuffled-sorted-data", seen, 0.96)
                return
        if not shuffle and ordered:
            seen = (
                f"shuffle is off and the label changes only {changes:,} times in {n:,} rows; "
                f"in mixed order it would change {expected:,.0f} times."
            )
            yield found("unshuffled-sorted-data", seen, CERTAIN)
    elif split or not shuffle:
        steps = np.diff(y)
        if (steps >= 0).all() or (steps <= 0).all():
            seen = "The rows are sorted by their target, and " + (
                "validation_split takes the last ones." if split else "shuffle is off."
            )
            yield found("unshuffled-sorted-data", seen, LIKELY)


def _numbers(y, head):
    """Return one class number or value per row, or None."""
    y = np.asarray(y)
    if y.dtype.kind not in "biuf":
        return None
    if head.labels.kind == "one-hot" and y.ndim == 2:
        return y.argmax(-1)
    return y.reshape(-1) if y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1) else None


@check("class-imbalance-ignored", per="head")
def imbalance(case, head):
    labels, name = head.labels, head.cost.name
    if not classes(head) or labels.kind == "tags" or name not in BINARY | CATEGORICAL or "focal" in name:
        return
    if np.ndim(head.y) > 2 or (
        np.ndim(head.y) == 2 and head.labels.kind != "one-hot" and np.shape(head.y)[1] > 1
    ):
        return
    if case.fit.get("class_weight") or case.fit.get("sample_weight") is not None or case.data.w is not None:
        return
    count = len(labels.share)
    rare = labels.share.min()
    if count < 2 or rare >= 0.2 / count or rare * labels.array.size < 5 or count > 50:
        return
    weights = {
        int(v): round(float(1 / (count * s)), 3)
        for v, s in zip(_names(labels), labels.share, strict=True)
        if s > 0
    }
    sees = any(
        word in metric
        for metric, _ in case.metrics(head)
        for word in ("auc", "recall", "precision", "f1", "fbeta")
    )
    seen = (
        f"The rarest class has {rare:.1%} of the rows, and fit got no weights. Always "
        f"answering the most frequent class would be right in {labels.share.max():.1%}."
    )
    yield found(
        "class-imbalance-ignored",
        seen,
        GUESS if sees else 0.7,
        "note" if sees else "warning",
        weights=weights,
    )


def _names(labels):
    return np.arange(labels.classes) if labels.kind == "one-hot" else labels.values


@check("class-weight-misassigned", per="head")
def class_weights(case, head):
    given = case.fit.get("class_weight")
    labels = head.labels
    if not classes(head) or labels.kind == "tags" or case.n_outputs > 1:
        return
    names = _names(labels)
    balanced = {
        int(v): round(float(1 / (len(names) * s)), 3)
        for v, s in zip(names, labels.share, strict=True)
        if s > 0
    }
    if given is None:
        w = case.data.w
        if w is None or np.ndim(w) != 1 or labels.kind not in ("binary", "integers", "one-hot"):
            return
        y = labels.array.argmax(-1) if labels.kind == "one-hot" else labels.array.reshape(-1)
        if len(y) != len(w):
            return
        given = {int(v): float(np.mean(w[y == v])) for v in names if np.any(y == v)}
        source = "sample_weight, averaged by class,"
        if max(given.values()) < 1.2 * min(given.values()):
            return
    else:
        source = "class_weight"
    missing = [int(v) for v in names if int(v) not in given]
    strange = [key for key in given if key not in [int(v) for v in names]]
    weights = np.array([float(given.get(int(v), 1.0)) for v in names])
    share = labels.share
    text = (
        f"{source} is {_short(given)}, and the classes have the shares "
        f"{_short(dict(zip([int(v) for v in names], np.round(share, 3).tolist(), strict=True)))}."
    )
    if missing and strange:
        yield found(
            "class-weight-misassigned",
            f"{text} It has no weight for class {missing[0]}, and one for {strange[0]}, which is no class.",
            CERTAIN,
            weights=balanced,
        )
    elif (weights == 0).any() and len(names) > 1:
        yield found(
            "class-weight-misassigned", f"{text} A weight of 0 removes a class.", LIKELY, weights=balanced
        )
    elif share.max() > 1.5 * share.min():
        rare, common = share.argmin(), share.argmax()
        if weights[rare] * 1.2 < weights[common]:
            yield found(
                "class-weight-misassigned",
                f"{text} The rare class weighs less than the common one.",
                0.96,
                weights=balanced,
            )
        elif weights.max() < 1.05 * weights.min() and share.max() > 2 * share.min():
            yield found(
                "class-weight-misassigned", f"{text} All classes weigh the same.", 0.93, weights=balanced
            )
        elif missing and share[[list(names).index(m) for m in missing]].min() < 0.5 / len(names):
            yield found(
                "class-weight-misassigned",
                f"{text} Class {missing[0]} is rare and has no weight.",
                LIKELY,
                weights=balanced,
            )
        elif weights[rare] * share[rare] > 5 * weights[common] * share[common]:
            yield found(
                "class-weight-misassigned",
                f"{text} In sum the rare class weighs "
                f"{weights[rare] * share[rare] / (weights[common] * share[common]):.1f} "
                "times as much as the common one.",
                LIKELY,
                weights=balanced,
            )
    elif weights.max() > 3 * weights.min():
        yield found(
            "class-weight-misassigned",
            f"{text} The classes are about equally frequent, but their weights are not.",
            LIKELY,
            weights=balanced,
        )


def _short(numbers):
    items = [f"{key}: {value:.3g}" for key, value in list(numbers.items())[:5]]
    return "{" + ", ".join(items) + (", …" if len(numbers) > 5 else "") + "}"


@check("validation-preprocessed-differently")
def validation(case):
    held_out = case.fit.get("validation_data")
    if held_out is None:
        return
    if not isinstance(held_out, tuple | list) or len(held_out) < 2:
        raise Skip("validation_data is a dataset, and only arrays are compared with x.")
    pairs = list(zip(leaves(case.data.x), map(np.asarray, leaves(held_out[0])), strict=False))
    for train, other in pairs:
        if (case.embeds and train.dtype.kind in "iu") or train.shape[1:] != other.shape[1:] or not len(other):
            continue
        if train.dtype.kind not in "biuf" or other.dtype.kind not in "biuf":
            continue
        other = (
            other
            if len(other) <= 2048
            else other[np.random.default_rng(8).choice(len(other), 2048, replace=False)]
        )
        a, b = (
            array.reshape(-1, array.shape[-1] if array.ndim == 2 else 1).astype("float64")
            for array in (train, other)
        )
        sizes = [np.median(np.sqrt(np.nanmean(c**2, 0))) for c in (a, b)]
        std = a.std(0)
        used = std > 0
        if not used.any():
            continue
        shift = np.median(np.abs(a.mean(0) - b.mean(0))[used] / std[used])
        ratio = np.median(b.std(0)[used] / std[used])
        outside = np.mean((b < a.min(0) - 0.5 * std) | (b > a.max(0) + 0.5 * std))
        if shift > 3 or ratio > 4 or ratio < 0.25 or outside > 0.3:
            seen = (
                f"A typical column has the root mean square {sizes[0]:.3g} in x and "
                f"{sizes[1]:.3g} in validation_data; its mean is shifted by {shift:.2g} "
                f"standard deviations, its spread is {ratio:.2g} times as large, and "
                f"{outside:.0%} of the validation values lie outside the range of x."
            )
            yield found("validation-preprocessed-differently", seen, CERTAIN)
            return
    y, other = case.data.y, held_out[1]
    if (
        isinstance(y, np.ndarray)
        and y.dtype.kind in "biuf"
        and y.size
        and not isinstance(other, dict | list | tuple)
    ):
        other = np.asarray(other)
        if other.dtype.kind in "biuf" and other.size and y.std() > 0:
            ratio = other.std() / y.std()
            if (ratio > 10 or ratio < 0.1) and len(np.unique(other)) > 1:
                seen = (
                    f"The targets have the standard deviation {y.std():.3g} in training and "
                    f"{other.std():.3g} in validation_data."
                )
                yield found("validation-preprocessed-differently", seen, LIKELY)


@check("padding-not-masked")
def padding(case):
    import keras

    recurrent = [
        layer
        for layer in case.layers
        if isinstance(layer.layer, keras.layers.RNN | keras.layers.Bidirectional)
    ]
    if not recurrent or any(isinstance(layer.layer, keras.layers.Masking) for layer in case.layers):
        return
    embeddings = [layer.layer for layer in case.layers if isinstance(layer.layer, keras.layers.Embedding)]
    if any(layer.mask_zero for layer in embeddings):
        return
    for leaf in leaves(case.data.x):
        zero = leaf == 0 if leaf.ndim == 2 else (leaf == 0).all(-1) if leaf.ndim == 3 else None
        if zero is None or zero.shape[1] < 5 or leaf.dtype.kind not in "biuf":
            continue
        tail = np.flip(np.cumprod(np.flip(zero, 1), 1), 1).sum(1)
        start = np.cumprod(zero, 1).sum(1)
        inside = zero.sum(1) - tail
        if (
            tail.mean() > 0.15 * zero.shape[1]
            and len(np.unique(tail)) > 1
            and inside.mean() < 0.1 * tail.mean() + 0.1
        ):
            seen = (
                f"On average the last {tail.mean():.1f} of {zero.shape[1]} steps are 0, "
                f"between {tail.min()} and {tail.max()}, and {recurrent[0].layer.name} gets "
                "no mask."
            )
            yield found("padding-not-masked", seen, LIKELY)
        elif start.mean() > 0.3 * zero.shape[1] and len(np.unique(start)) > 1:
            seen = (
                f"On average the first {start.mean():.1f} of {zero.shape[1]} steps are 0, and "
                f"{recurrent[0].layer.name} gets no mask."
            )
            yield found("padding-not-masked", seen, GUESS, "note")
