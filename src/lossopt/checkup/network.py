"""Checks of the model itself: its layers, its initial weights, what flows
forwards, and what flows back.
"""

import numpy as np

from .checks import CERTAIN, GUESS, LIKELY, POSSIBLE, check, found
from .rows import relation

BOUNDED = ("tanh", "sigmoid", "hard_sigmoid", "softsign", "hard_tanh")


def _weighted(case):
    """Return the layers with a kernel, in the order in which they are called."""
    return [layer for layer in case.layers if getattr(layer.layer, "kernel", None) is not None]


def _size(array):
    """Return the root mean square of an array."""
    return float(np.sqrt(np.mean(np.asarray(array, "float64") ** 2))) if np.size(array) else 0.0


@check("trainable-none")
def trainable_none(case):
    if case.model.weights and not case.model.trainable_variables:
        yield found(
            "trainable-none", f"None of the model's {case.model.count_params():,} weights is trainable.", 0.99
        )


@check("forgot-recompile")
def forgot_recompile(case):
    model, optimizer = case.model, case.optimizer
    if getattr(model, "train_function", None) is None or not getattr(optimizer, "built", False):
        return
    known = {id(v) for v in getattr(case.plain_optimizer, "_trainable_variables", [])}
    now = {id(v): v for v in model.trainable_variables}
    added = [v for key, v in now.items() if key not in known]
    everything = {id(v) for v in model.variables}
    removed = [key for key in known if key not in now and key in everything]
    if added or removed:
        names = ", ".join(v.path for v in added[:3]) or "the frozen ones"
        seen = (
            "The training step was made when other weights were trainable: since then "
            f"{len(added)} became trainable and {len(removed)} frozen ({names})."
        )
        yield found("forgot-recompile", seen, 0.98)


@check("frozen-layer-that-must-train")
def frozen(case):
    """A fresh layer has biases of exactly 0 and kernels that fill their
    initializer's range evenly."""
    if not case.model.trainable_variables:
        return
    fresh, count = [], 0
    for layer in case.layers:
        cell = getattr(getattr(layer.layer, "forward_layer", layer.layer), "cell", layer.layer)
        kernel = getattr(cell, "kernel", getattr(layer.layer, "embeddings", None))
        if kernel is None or (kernel.trainable and layer.layer.trainable):
            continue
        values = np.asarray(kernel)
        if "Embedding" in type(layer.layer).__name__:
            # Keras draws the rows of an embedding evenly between −0.05 and 0.05.
            if np.abs(values).max() <= 0.05 and values.std() > 0.02:
                fresh.append(layer.layer)
                count += values.size
            continue
        bias = getattr(layer.layer, "bias", None)
        if values.ndim < 2 or values.size < 4 or (bias is not None and np.any(np.asarray(bias) != 0)):
            continue
        if _looks_fresh(values):
            fresh.append(layer.layer)
            count += values.size
    if fresh:
        seen = (
            f"{len(fresh)} frozen layers ({', '.join(layer.name for layer in fresh[:3])}) "
            f"with {count:,} weights have biases of 0 and kernels that are spread like "
            "freshly drawn ones."
        )
        yield found(
            "frozen-layer-that-must-train",
            seen.replace("1 frozen layers", "1 frozen layer"),
            0.75,
            layer=fresh[0].name,
        )


def _looks_fresh(kernel):
    """Return whether a kernel has the spread of one of the usual initializers,
    and the shape of its distribution."""
    field = int(np.prod(kernel.shape[:-2]))
    fan_in, fan_out = kernel.shape[-2] * field, kernel.shape[-1] * field
    std, top = kernel.std(), np.abs(kernel).max()
    slack = 1 + 4 / np.sqrt(2 * kernel.size)  # four standard errors of a standard deviation
    for variance in (2 / (fan_in + fan_out), 2 / fan_in, 1 / fan_in):
        usual = np.sqrt(variance)
        if usual / slack < std < usual * slack and (top <= usual * np.sqrt(3) * 1.0001 or top <= 2.3 * usual):
            return True
    return False


@check("bad-init")
def bad_init(case):
    """A kernel should keep the size of what flows through it: its standard
    deviation is about 1/√inputs."""
    layers = _weighted(case)
    for position, layer in enumerate(layers):
        kernels = {"kernel": layer.layer.kernel}
        for name, value in kernels.items():
            yield from _judge_kernel(case, layer.layer, name, np.asarray(value), position == len(layers) - 1)
    for layer in case.layers:
        cell = getattr(getattr(layer.layer, "forward_layer", layer.layer), "cell", None)
        for name in ("kernel", "recurrent_kernel"):
            value = getattr(cell, name, None)
            if value is not None:
                yield from _judge_kernel(case, layer.layer, name, np.asarray(value), False)


def _judge_kernel(case, layer, name, kernel, last):
    if kernel.ndim < 2 or kernel.size < 4 or not np.isfinite(kernel).all():
        return
    spread, size = kernel.std(), _size(kernel)
    fan_in = int(np.prod(kernel.shape[:-1]))
    if type(layer).__name__.startswith("Depthwise"):
        fan_in = int(np.prod(kernel.shape[:2]))
    usual = 1 / np.sqrt(fan_in)
    rows = kernel.reshape(-1, kernel.shape[-1])
    alike = (
        kernel.shape[-1] > 1 and np.allclose(rows, rows[:, :1]) and not np.allclose(rows, np.eye(*rows.shape))
    )
    if spread == 0 and size == 0:
        if not last:
            yield found("bad-init", f"All {kernel.size:,} weights of the {name} of {layer.name} are 0.", 0.96)
    elif spread == 0 or (alike and not last):
        yield found(
            "bad-init",
            f"All units of {layer.name} have the same {name} (its values have the "
            f"standard deviation {spread:.2g} and the first is {kernel.flat[0]:.3g}).",
            0.96,
        )
    elif (size > 4 * usual and name == "kernel") or (name == "recurrent_kernel" and _radius(kernel) > 4):
        seen = (
            f"The {name} of {layer.name} has the root mean square {size:.3g}, "
            f"{size / usual:.1f} times 1/√{fan_in}, the size that keeps the signal's size."
        )
        yield found("bad-init", seen, 0.9 if size > 8 * usual or name != "kernel" else LIKELY)
    elif size < 0.02 * usual and not last:
        seen = (
            f"The {name} of {layer.name} has the root mean square {size:.2g}, "
            f"{size / usual:.2g} times 1/√{fan_in}, so hardly any signal passes."
        )
        yield found("bad-init", seen, LIKELY)


def _radius(kernel):
    """Return the largest factor by which a recurrent kernel stretches a state,
    for one gate at a time."""
    units = kernel.shape[0]
    gates = [kernel[:, i : i + units] for i in range(0, kernel.shape[1], units)]
    return max(float(np.linalg.norm(gate, 2)) for gate in gates if gate.shape[0] == gate.shape[1])


@check("dead-relu")
def dead_relu(case):
    yield from dead_layers(case.layers, "before training")


def dead_layers(layers, when):
    """Yield a finding for layers whose ReLU units are 0 for all rows."""
    for layer in layers:
        if layer.activation not in ("relu", "relu6") or layer.out.ndim < 2 or len(layer.out) < 8:
            continue
        if not np.isfinite(layer.out).all():
            return
        zero = (layer.out == 0).reshape(-1, layer.out.shape[-1]).all(0)
        if zero.all():
            seen = f"All {len(zero)} units of {layer.layer.name} are 0 for all {len(layer.out)} rows {when}."
            yield found("dead-relu", seen, 0.9)
            return
        if zero.mean() >= 0.75 and len(zero) >= 4:
            seen = (
                f"{zero.sum()} of the {len(zero)} units of {layer.layer.name} are 0 for all "
                f"{len(layer.out)} rows {when}."
            )
            yield found("dead-relu", seen, POSSIBLE)
            return


@check("exploding-activation")
def exploding(case):
    layers = case.layers
    hidden = [layer for layer in layers[:-1] if layer.activation == "exponential"]
    if hidden:
        top = max(float(np.nanmax(np.abs(layer.out))) for layer in hidden)
        yield found(
            "exploding-activation",
            f"{hidden[0].layer.name} has an exponential activation; its largest value is {top:.3g}.",
            CERTAIN,
        )
        return
    first = _size(layers[0].given) if layers and layers[0].given.dtype.kind == "f" else 1.0
    for layer in layers[:-1]:
        if "Rescaling" in type(layer.layer).__name__ or layer.out.dtype.kind != "f":
            continue
        size = _size(layer.out)
        if not np.isfinite(size) or size > 1e3 * max(1.0, first):
            yield found(
                "exploding-activation",
                f"The output of {layer.layer.name} has the root mean square {size:.3g}, "
                f"and the input {first:.3g}.",
                LIKELY,
            )
            return


@check("missing-nonlinearity")
def missing_nonlinearity(case):
    """Ask whether the output of the point half-way between two rows is
    half-way between their outputs."""
    import keras

    head = case.heads[0]
    weighted = _weighted(case)
    if not weighted or case.embeds or case.rebuilds_its_input:
        return
    if len(weighted) >= 2:
        x = keras.tree.map_structure(lambda leaf: np.asarray(leaf, "float32"), case.probed[0])
        n = len(head.p) // 2
        if n < 2 or any(leaf is None or leaf.dtype.kind != "f" for leaf in keras.tree.flatten(x)):
            return
        middle = keras.tree.map_structure(lambda leaf: (leaf[:n] + leaf[n : 2 * n]) / 2, x)
        p, _ = case.run(middle)
        p = np.asarray(keras.tree.flatten(p)[0], "float64")
        a, b, m = (_scores(head, values) for values in (head.p[:n], head.p[n : 2 * n], p))
        yield from _linear_but_pooled(case, weighted, head)
        if a is None:
            return
        good = np.isfinite(a) & np.isfinite(b) & np.isfinite(m)
        if good.mean() < 0.5:
            return
        bend, span = _size((m - (a + b) / 2)[good]), _size((a - b)[good])
        if span > 0 and bend < 1e-3 * span:
            hidden = len(weighted) - 1
            seen = (
                "Half-way between two rows the scores are half-way too (to "
                f"{bend / span:.0e}), so the {len(weighted)} layers with weights are together "
                "one linear map."
            )
            sure = CERTAIN if hidden else LIKELY
            yield found("missing-nonlinearity", seen, sure)
    elif len(case.layers_with_weights) == 1 and head.units <= 50:
        known = relation(case)
        if (
            known
            and known[0]["linear"] < 0.5 * max(known[0]["bent"], known[0]["near"])
            and max(known[0].values()) > 0.3
        ):
            seen = (
                "The model has one layer with weights. On rows that they did not see, a "
                f"linear model explains {max(known[0]['linear'], 0):.0%} of y, and a bent one "
                f"{max(known[0].values()):.0%}."
            )
            yield found("missing-nonlinearity", seen, LIKELY)


def _linear_but_pooled(case, weighted, head):
    """Yield a finding where pooling is the only bend between several layers
    with weights."""
    import keras

    kinds = {type(layer).__name__ for layer in case.model._flatten_layers()}
    pooled = [kind for kind in kinds if "MaxPooling" in kind]
    usual = (keras.layers.Dense, keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
    plain = all(isinstance(layer.layer, usual) and layer.activation == "linear" for layer in weighted[:-1])
    bends = [
        layer
        for layer in case.layers
        if layer.activation != "linear" and layer.layer is not weighted[-1].layer
    ]
    rest = [layer for layer in bends if layer.out.shape[-1:] != head.p.shape[-1:]]
    if pooled and plain and not rest and len(weighted) >= 3:
        seen = (
            f"None of the {len(weighted) - 1} hidden layers with weights has an activation; "
            f"only {pooled[0]} is not linear."
        )
        yield found("missing-nonlinearity", seen, LIKELY)


def _scores(head, p):
    """Undo the output activation: return scores whose differences are linear
    in the last layer's input."""
    p = np.asarray(p, "float64")
    with np.errstate(all="ignore"):
        if head.squash == "linear":
            return p
        if head.squash == "softmax" and head.units > 1:
            scores = np.log(p)
            return np.where((p > 1e-6).all(-1, keepdims=True), scores - scores[..., :1], np.nan)
        if head.squash == "sigmoid":
            return np.where((p > 1e-5) & (p < 1 - 1e-5), np.log(p / (1 - p)), np.nan)
        if head.squash == "tanh":
            return np.where(np.abs(p) < 1 - 1e-5, np.arctanh(p), np.nan)
    return None


@check("bottleneck-too-narrow")
def bottleneck(case):
    """A layer of one or two units can draw one or two straight cuts. Ask
    whether straight cuts suffice."""
    if case.rebuilds_its_input:
        return
    layers = _weighted(case)[:-1]
    if (
        not layers or case.n_outputs > 1
    ):  # with several outputs the order of the calls does not tell the paths
        return
    narrow = min(layers, key=lambda layer: layer.out.shape[-1])
    width, head = narrow.out.shape[-1], case.heads[0]
    if head.squash == "linear" and head.units <= width and width > 2:
        return
    inputs = int(np.prod(narrow.given.shape[1:]))
    if width == 1 and (inputs > 1 or head.units > 1) and narrow.out.ndim == 2:
        known = relation(case)
        if known is None or known[0]["linear"] < 0.9 * max(known[0].values()) or head.units > 2:
            yield found(
                "bottleneck-too-narrow",
                f"Everything passes through the single unit of {narrow.layer.name}.",
                LIKELY,
            )
    elif narrow.out.ndim == 2 and (width == 2 or (head.units > 2 and width < head.units / 4)):
        known = relation(case)
        if known is None:
            return
        scores = known[0]
        if head.units > 4 * width:
            yield found(
                "bottleneck-too-narrow",
                f"Everything passes through the {width} units of {narrow.layer.name}, and "
                f"the model tells {head.units} classes apart.",
                LIKELY,
            )
        elif scores["linear"] < 0.6 * max(scores.values()) and max(scores.values()) > 0.3:
            seen = (
                f"Everything passes through the {width} units of {narrow.layer.name}. On rows "
                "that they did not see, a linear model explains "
                f"{max(scores['linear'], 0):.0%} of y, and a bent one "
                f"{max(scores.values()):.0%}."
            )
            yield found("bottleneck-too-narrow", seen, LIKELY)


@check("gradient-none")
def gradient_none(case):
    variables, gradients = case.model.trainable_variables, case.gradients
    without = [v for v, g in zip(variables, gradients, strict=True) if g is None]
    if without:
        seen = (
            f"{len(without)} of {len(variables)} trainable variables have no gradient at all: "
            f"{', '.join(v.path for v in without[:4])}{' …' if len(without) > 4 else ''}."
        )
        yield found("gradient-none", seen, 0.96)


@check("vanishing-gradient")
def vanishing(case):
    sizes = [
        (v, _size(g))
        for v, g in zip(case.model.trainable_variables, case.gradients, strict=True)
        if g is not None and len(v.shape) > 1 and np.isfinite(g).all()
    ]
    if len(sizes) < 3 or any("embedding" in v.path for v, _ in sizes[:1]):
        return
    (first, small), (_, large) = sizes[0], max(sizes[1:], key=lambda pair: pair[1])
    deep = sum(layer.activation in BOUNDED for layer in case.layers)
    if 0 < small < 1e-3 * large and (deep >= 3 or small < 1e-4 * large):
        seen = (
            f"The gradient of {first.path} has the root mean square {small:.2g}, "
            f"{large / small:.0e} times less than that of a later layer."
        )
        yield found("vanishing-gradient", seen, 0.9 if deep >= 3 else LIKELY)


@check("regularisation-too-strong")
def regularisation(case):
    loss, penalty = case.first_loss
    optimizer = case.plain_optimizer
    decay = getattr(optimizer, "weight_decay", None)
    if decay and decay > 0.5 and case.optimizer_name in ("AdamW", "Adam", "Lion", "Nadam", "Adamax"):
        seen = (
            f"{case.optimizer_name} has weight_decay={decay:g}, so at equilibrium the weights "
            f"are about 1/{decay:g} = {1 / decay:.2g} large at most."
        )
        yield found("regularisation-too-strong", seen, LIKELY)
    if not np.isfinite(loss) or penalty <= 0 or not case.has_regularizers:
        return
    base = abs(case.nothing) if case.nothing else abs(loss)
    ratio = penalty / max(base, 1e-9)
    if ratio < 1:
        return
    seen = f"Before training the penalty is {penalty:.3g}, and a constant answer costs {base:.3g}."
    if ratio > 8:
        yield found("regularisation-too-strong", seen, 0.9)
    else:
        pull = _pull(case)
        if pull is not None and pull > 3:
            yield found(
                "regularisation-too-strong",
                f"{seen} The penalty pulls at the kernels {pull:.1f} times as hard as the data.",
                LIKELY,
            )


def _pull(case):
    """Return how many times as hard the penalty pulls at the kernels as the
    data do."""
    ratios = []
    for v, g in zip(case.model.trainable_variables, case.gradients, strict=True):
        if v.regularizer is None or g is None or not np.any(g):
            continue
        values = np.asarray(v)
        l1, l2 = (float(getattr(v.regularizer, name, 0) or 0) for name in ("l1", "l2"))
        ratios.append(_size(l1 * np.sign(values) + 2 * l2 * values) / _size(g))
    return float(np.median(ratios)) if ratios else None


@check("dropout-too-high")
def dropout(case):
    import keras

    for layer in case.model._flatten_layers():
        rates = {"rate": getattr(layer, "rate", None)} if "Dropout" in type(layer).__name__ else {}
        if isinstance(layer, keras.layers.RNN) or hasattr(layer, "cell"):
            rates = {name: getattr(layer, name, None) for name in ("dropout", "recurrent_dropout")}
        for name, rate in rates.items():
            if rate is not None and rate >= 0.75:
                seen = (
                    f"{layer.name} has {name}={rate:g}, so {1 - rate:.0%} of the values are left in training."
                )
                yield found(
                    "dropout-too-high", seen, 0.96 if rate >= 0.8 else POSSIBLE, rate=min(0.5, 1 - rate)
                )
                return


@check("batchnorm-misuse")
def batchnorm(case):
    import keras

    norms = [
        layer for layer in case.model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)
    ]
    if not norms:
        return
    updates, batch = case.data.updates, min(case.data.batch, case.data.kept or case.data.batch)
    momentum = max(layer.momentum for layer in norms)
    lowest = min(layer.momentum for layer in norms)
    fresh = [layer for layer in norms if layer.trainable and np.allclose(np.asarray(layer.moving_mean), 0)]
    if updates and fresh:
        left = momentum**updates
        if left > 0.5:
            seen = (
                f"With momentum={momentum:g} the moving averages keep {left:.0%} of their "
                f"initial values after all {updates:,} updates of this run."
            )
            yield found("batchnorm-misuse", seen, 0.93)
        elif left > 0.2:
            yield found(
                "batchnorm-misuse",
                f"With momentum={momentum:g} the moving averages keep {left:.0%} of their "
                f"initial values after {updates:,} updates.",
                GUESS,
                "note",
            )
    if lowest < 0.3:
        seen = (
            f"momentum={lowest:g} makes the moving averages follow the last batch: in Keras "
            "the old value keeps the share momentum."
        )
        yield found("batchnorm-misuse", seen, LIKELY)
    counts = [batch * int(np.prod(layer.out.shape[1:-1])) for layer in case.layers if layer.layer in norms]
    if counts and min(counts) <= 4:
        seen = f"A batch of {batch} gives the statistics of a channel only {min(counts)} values."
        yield found("batchnorm-misuse", seen, 0.93)


@check("softmax-wrong-axis", per="head")
def softmax_axis(case, head):
    p = np.asarray(head.p, "float64")
    if (head.units < 2 and p.ndim < 3) or not np.isfinite(p).all():
        return
    import keras

    for layer in case.model._flatten_layers():
        axis = getattr(layer, "axis", None)
        if isinstance(layer, keras.layers.Softmax) and axis == 0:
            yield found(
                "softmax-wrong-axis",
                f"{layer.name} has axis=0, so it runs over the batch; the rows sum to "
                f"{p.sum(-1).min():.3g} … {p.sum(-1).max():.3g}.",
                0.98,
            )
            return
    if (p < 0).any() or (p > 1).any() or np.allclose(p.sum(-1), 1, atol=1e-3):
        return
    for axis in range(p.ndim - 1):
        size = p.shape[axis]
        if size > 1 and np.allclose(p.sum(axis), 1, atol=1e-3):
            name = "the batch" if axis == 0 else f"axis {axis} of the output {p.shape}"
            yield found(
                "softmax-wrong-axis",
                f"The outputs sum to 1 over {name}, not over the {head.units} classes.",
                0.97,
            )
            return


@check("mixed-precision-unscaled")
def mixed_precision(case):
    half = [
        layer
        for layer in case.model._flatten_layers()
        if getattr(layer, "compute_dtype", "") == "float16" and layer.weights
    ]
    optimizer = case.optimizer
    scaled = type(optimizer).__name__ == "LossScaleOptimizer" or getattr(optimizer, "loss_scale_factor", None)
    if half and not scaled:
        seen = (
            f"{len(half)} layers compute in float16, and the optimizer is a plain "
            f"{type(optimizer).__name__} without loss scaling."
        )
        yield found("mixed-precision-unscaled", seen, CERTAIN)


@check("loss-weights-wrong")
def loss_weights(case):
    heads = case.heads
    if len(heads) < 2:
        return
    zero = [head.name for head in heads if head.weight == 0]
    balanced = {head.name: round(1 / max(head.cost.value(head.y, head.p), 1e-6), 4) for head in heads}
    if zero:
        yield found(
            "loss-weights-wrong",
            f"The output {zero[0]!r} has the loss weight 0, so nothing trains it.",
            CERTAIN,
            weights=balanced,
        )
        return
    parts = {head.name: abs(head.weight * head.cost.value(head.y, head.p)) for head in heads}
    large, small = max(parts, key=parts.get), min(parts, key=parts.get)
    if parts[large] > 100 * parts[small]:
        seen = (
            f"Before training {large!r} contributes {parts[large]:.3g} to the loss and "
            f"{small!r} {parts[small]:.3g}."
        )
        sure = 0.93 if parts[large] > 1000 * parts[small] else POSSIBLE
        yield found("loss-weights-wrong", seen, sure, weights=balanced)
