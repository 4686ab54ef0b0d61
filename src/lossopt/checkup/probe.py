"""Look at a model with its data, without changing either, and compute once
what several checks share.
"""

import functools
import inspect
import math
import re
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

ROWS = 2048  # rows for statistics of x and y
PROBED = 256  # rows that go through the model
# What an activation can return at most: (smallest, largest).
REACH = {
    "linear": (-math.inf, math.inf),
    "softmax": (0, 1),
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "tanh": (-1, 1),
    "softsign": (-1, 1),
    "hard_tanh": (-1, 1),
    "relu": (0, math.inf),
    "relu6": (0, 6),
    "softplus": (0, math.inf),
    "exponential": (0, math.inf),
    "elu": (-1, math.inf),
    "selu": (-1.76, math.inf),
    "gelu": (-0.17, math.inf),
    "silu": (-0.28, math.inf),
    "log_softmax": (-math.inf, 0),
    "log_sigmoid": (-math.inf, 0),
}
PROBABILITY = {
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
}
SPARSE = {"sparse_categorical_crossentropy"}
CATEGORICAL = {"categorical_crossentropy", "categorical_focal_crossentropy"} | SPARSE
BINARY = {"binary_crossentropy", "binary_focal_crossentropy"}
ERRORS = {
    "mean_squared_error",
    "mean_absolute_error",
    "mean_squared_logarithmic_error",
    "mean_absolute_percentage_error",
    "huber",
    "log_cosh",
}


class Skip(Exception):
    """Say in a sentence why a check cannot run."""


def snake(name):
    """Return MeanSquaredError as mean_squared_error, and KLDivergence as
    kl_divergence."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def once(function):
    """Return a property that is computed once, and raises the same `Skip`
    again when it was impossible."""
    name = f"_{function.__name__}"

    def get(self):
        if name not in vars(self):
            try:
                setattr(self, name, (function(self), None))
            except Skip as why:
                setattr(self, name, (None, why))
            except Exception as error:  # whatever the reader's own model or loss does
                text = " ".join(str(error).split())
                setattr(self, name, (None, Skip(f"{type(error).__name__}: {text[:200]}")))
        value, reason = getattr(self, name)
        if reason:
            raise reason
        return value

    return property(functools.wraps(function)(get))


# ---------------------------------------------------------------------------------------------------- data


class Data:
    """Hold rows of x, y and weights as arrays, how many there are in all, and
    how `fit` will batch them.

    `whole_x` and `whole_y` are the reader's own arrays, or None where the data
    come in batches.
    """

    def __init__(self, x, y, fit):
        self.fit, self.batches = fit, None
        self.whole_x = self.whole_y = None
        self.share = 1 - (fit.get("validation_split") or 0)
        if hasattr(x, "__next__") or inspect.isgeneratorfunction(x):
            raise Skip("x is a generator, and reading from it would take rows away from fit.")
        if _is_dataset(x):
            self._read_batches(x, fit)
        else:
            self._read_arrays(x, y, fit)
        self.epochs = max(1, int(fit.get("epochs") or 1) - int(fit.get("initial_epoch") or 0))

    def _read_arrays(self, x, y, fit):
        import keras

        self.whole_x = keras.tree.map_structure(_array, x)
        self.whole_y = None if y is None else keras.tree.map_structure(_array, _labels(y))
        lengths = [len(leaf) for leaf in keras.tree.flatten(self.whole_x) if leaf is not None and leaf.ndim]
        if not lengths:
            raise Skip("x has no rows that can be read as an array.")
        self.n = min(lengths)
        kept = max(1, int(self.n * self.share))
        self.kept = kept
        rows = np.arange(kept)
        if kept > ROWS:
            rows = np.sort(np.random.default_rng(0).choice(kept, ROWS, replace=False))
        pick = lambda leaf: None if leaf is None else leaf[rows[rows < len(leaf)]]  # noqa: E731
        self.x = keras.tree.map_structure(pick, self.whole_x)
        self.y = None if y is None else keras.tree.map_structure(pick, self.whole_y)
        self.w = None
        if fit.get("sample_weight") is not None and not isinstance(fit["sample_weight"], dict | list | tuple):
            self.w = pick(np.asarray(fit["sample_weight"]))
        self.batch = int(fit.get("batch_size") or 32)
        self.steps = fit.get("steps_per_epoch") or math.ceil(kept / self.batch)

    def _read_batches(self, data, fit):
        import keras

        parts = []
        for batch in _first_batches(data):
            parts.append(batch if isinstance(batch, tuple) else (batch,))
            if sum(_length(part[0]) for part in parts) >= ROWS or len(parts) >= 64:
                break
        if not parts:
            raise Skip("The dataset has no batches.")
        stack = lambda *leaves: None if any(v is None for v in leaves) else np.concatenate(leaves)  # noqa: E731
        if any(np.ndim(leaf) == 0 for leaf in keras.tree.flatten(parts[0]) if leaf is not None):
            raise Skip("The dataset has no batches yet: call dataset.batch(32) first.")
        columns = [keras.tree.map_structure(stack, *column) for column in zip(*parts, strict=True)]
        self.x, self.y, self.w = (*columns, None, None)[:3]
        self.batches = parts
        self.batch = _length(parts[0][0])
        size = fit.get("steps_per_epoch")
        if size is None:
            size = int(data.cardinality()) if hasattr(data, "cardinality") else len(data)
        self.steps = size if size and size > 0 else None
        self.n = self.kept = self.steps * self.batch if self.steps else None

    @property
    def updates(self):
        """Return how many updates the whole run makes, or None if nobody knows."""
        return None if self.steps is None else self.steps * self.epochs


def _is_dataset(x):
    import keras

    return hasattr(x, "cardinality") or isinstance(x, keras.utils.PyDataset)


def _first_batches(data):
    import keras

    if isinstance(data, keras.utils.PyDataset):
        for i in range(len(data)):
            yield keras.tree.map_structure(_array, tuple(data[i]))
        return
    for batch in data:
        yield keras.tree.map_structure(_array, batch)


def _length(x):
    import keras

    return next((len(leaf) for leaf in keras.tree.flatten(x) if leaf is not None and np.ndim(leaf)), 0)


def _array(leaf):
    """Return a leaf as a NumPy array, or None where that is impossible: ragged
    or sparse tensors."""
    if leaf is None:
        return None
    if hasattr(leaf, "to_numpy"):
        leaf = leaf.to_numpy()
    try:
        array = np.asarray(leaf)
    except Exception:
        return None
    return None if array.dtype == object and array.size and not isinstance(array.flat[0], str) else array


def _labels(y):
    """Return y so that a list of plain numbers is one array, and not a
    structure of numbers."""
    if isinstance(y, list | tuple) and y and np.isscalar(y[0]):
        return np.asarray(y)
    return y


# ---------------------------------------------------------------------------------------------------- losses


class Cost:
    """Hold the loss of one output as Keras will call it, with its name and its
    setting of `from_logits`."""

    def __init__(self, given):
        import keras

        loss = keras.losses.get(given) if isinstance(given, str | dict) else given
        self.given = loss
        if isinstance(loss, keras.losses.Loss):
            self.object = loss
            self.name = snake(type(loss).__name__)
            self.own = not type(loss).__module__.startswith("keras")
            try:
                config = {} if self.own else loss.get_config()
            except Exception:
                config = {}
        else:
            self.object = _wrapped(loss)
            self.name = getattr(loss, "__name__", "loss")
            self.own = not getattr(loss, "__module__", "").startswith("keras")
            config = {}
        if self.name == "loss_function_wrapper":
            self.name = snake(getattr(loss, "name", "loss"))
        self.from_logits = bool(config.get("from_logits", False))
        self.config = config
        self.known = not self.own

    def __call__(self, y, p, weights=None):
        return self.object(y, p, sample_weight=weights)

    def value(self, y, p):
        """Return the loss of arrays as a number."""
        import tensorflow as tf

        return float(
            np.asarray(self(tf.convert_to_tensor(y), tf.convert_to_tensor(np.asarray(p, "float32"))))
        )


def _wrapped(function):
    """Return a plain function as a `Loss` that makes the ranks equal first, as
    Keras does in `compile`."""
    import keras

    class Wrapped(keras.losses.Loss):
        def call(self, y_true, y_pred):
            if len(y_true.shape) + 1 == len(y_pred.shape) and y_pred.shape[-1] == 1:
                y_true = keras.ops.expand_dims(y_true, -1)
            elif len(y_true.shape) == len(y_pred.shape) + 1 and y_true.shape[-1] == 1:
                y_true = keras.ops.squeeze(y_true, -1)
            return function(y_true, y_pred)

    return Wrapped(name="wrapped")


# ---------------------------------------------------------------------------------------------------- outputs


@dataclass
class Labels:
    """Say what kind of labels an output has: integers, binary, one-hot, tags,
    distribution or real."""

    kind: str
    values: np.ndarray  # the distinct values, at most 1,000 of them
    share: np.ndarray  # how frequent each of these is; for one-hot rows, each class
    array: np.ndarray

    @property
    def classes(self):
        return len(self.share)


def read_labels(y, units):
    """Return the `Labels` of an array y, next to `units` outputs per position."""
    y = np.asarray(y)
    if y.dtype.kind in "USO":
        raise Skip("The labels are strings.")
    y = y.astype("float64")
    finite = y[np.isfinite(y)]
    if finite.size == 0:
        raise Skip("No label is a finite number.")
    if y.ndim >= 2 and y.shape[-1] > 1 and y.shape[-1] == units:
        flat = y.reshape(-1, units)
        sums, share = flat.sum(-1), np.nanmean(flat, 0)
        if np.isin(finite, (0, 1)).all():
            return Labels("one-hot" if (sums == 1).all() else "tags", np.array([0.0, 1]), share, y)
        kind = "distribution" if finite.min() >= 0 and np.allclose(sums, 1, atol=1e-3) else "real"
        return Labels(kind, np.unique(finite)[:1000], share, y)
    values, counts = np.unique(finite, return_counts=True)
    whole = (values == np.round(values)).all()
    share = counts / counts.sum()
    if whole and len(values) <= 2 and np.isin(values, (0, 1)).all():
        kind = "binary"
    elif whole and len(values) <= max(20, min(1000, len(finite) // 5)):
        kind = "integers"
    else:
        kind = "real"
    return Labels(kind, values[:1000], share[:1000], y)


@dataclass
class Head:
    """Hold one output: its predictions and labels for the probed rows, its
    loss, and its activation."""

    name: str
    p: np.ndarray
    y: np.ndarray
    whole_y: np.ndarray  # the labels of all rows that were read
    cost: Cost
    weight: float
    chain: list  # activations from the output back to the last weights, or None where nobody knows
    axis: int  # over which axis the softmax runs
    units: int
    scale: tuple = (1.0, 0.0)  # a Rescaling after the activation: factor and offset
    squash: str = "linear"

    @functools.cached_property
    def labels(self):
        return read_labels(self.whole_y, self.units)

    @property
    def shown(self):
        """Return how a sentence names this output."""
        return f"the output {self.name!r}" if self.name else "the output"

    @property
    def reach(self):
        """Return the smallest and the largest value that the output can have."""
        factor, offset = self.scale
        ends = sorted(factor * end + offset for end in REACH.get(self.squash, REACH["linear"]))
        return ends[0], ends[1]

    def constants(self):
        """Return constant answers that know the labels but not the inputs, as
        arrays of the predictions' shape."""
        labels, shape = self.labels, self.p.shape
        answers = []
        if labels.kind in ("one-hot", "tags", "distribution"):
            q = np.clip(labels.array.reshape(-1, self.units).mean(0), 1e-6, 1 - 1e-6)
            answers = [q, np.log(q), np.log(q / (1 - q))]
        elif labels.kind in ("binary", "integers") and self.units > 1:
            q = np.zeros(self.units)
            inside = (labels.values >= 0) & (labels.values < self.units)
            q[labels.values[inside].astype(int)] = labels.share[inside]
            q = np.clip(q, 1e-6, 1 - 1e-6)
            answers = [q, np.log(q)]
        elif labels.kind == "binary":
            q = np.clip(labels.share[labels.values == 1].sum(), 1e-6, 1 - 1e-6)
            answers = [q, np.log(q / (1 - q))]
        if labels.kind in ("real", "integers", "binary") and self.cost.name not in CATEGORICAL:
            array = labels.array
            if array.ndim == len(shape) - 1 and shape[-1] == 1:
                array = array[..., None]
            answers += [array.mean(0), np.median(array, 0)]
        low, high = self.reach
        return [
            np.broadcast_to(np.asarray(answer, "float32"), shape)
            for answer in answers
            if (np.asarray(answer) >= low).all() and (np.asarray(answer) <= high).all()
        ]

    @functools.cached_property
    def nothing(self):
        """Return the least loss that a constant answer can have, or None if no
        constant could be tried."""
        costs = []
        for constant in self.constants():
            try:
                costs.append(self.cost.value(self.y, constant))
            except Exception:  # a loss that does not fit these labels
                continue
        costs = [cost for cost in costs if np.isfinite(cost)]
        return min(costs) if costs else None


def activation_name(function):
    """Return the name of an activation, which may be a function, a layer or an
    operation."""
    name = getattr(function, "__name__", None) or type(function).__name__
    name = snake(name)
    return {"re_lu": "relu", "leaky_re_lu": "leaky_relu", "softmax_v2": "softmax", "swish": "silu"}.get(
        name, name
    )


def output_chain(tensor):
    """Follow an output back to its last weights: return its activations, a
    softmax's axis and the rescaling.

    The list is None where an operation is met that is not understood, because
    then only trying helps.
    """
    chain, axis, factor, offset = [], -1, 1.0, 0.0
    for _ in range(50):
        history = getattr(tensor, "_keras_history", None)
        if history is None:
            return None, axis, (factor, offset)
        operation, node, index = history
        if hasattr(operation, "outputs") and hasattr(operation, "layers"):
            tensor = operation.outputs[index]
            continue
        name = type(operation).__name__
        inner = getattr(operation, "layer", None) or getattr(operation, "forward_layer", None) or operation
        activation = getattr(inner, "activation", None)
        known = activation_name(operation)
        if known in REACH or known in ("leaky_relu", "prelu"):
            chain.append(known)
            axis = getattr(operation, "axis", axis) if known == "softmax" else axis
        elif activation is not None:
            found = activation_name(activation)
            if found not in REACH and found not in ("leaky_relu", "prelu"):
                return None, axis, (factor, offset)  # an own function, which may do anything
            if found != "linear":
                chain.append(found)
        elif name == "Rescaling" and np.size(operation.scale) == 1 and np.size(operation.offset) == 1:
            factor, offset = factor * float(operation.scale), factor * float(operation.offset) + offset
        elif name in ("BatchNormalization", "LayerNormalization"):
            return chain, axis, (factor, offset)
        elif (
            name
            not in (
                "Flatten",
                "Reshape",
                "Dropout",
                "Identity",
                "Permute",
                "InputLayer",
                "Squeeze",
                "ExpandDims",
                "ActivityRegularization",
            )
            and not operation.weights
        ):
            return (chain or None), axis, (factor, offset)
        if getattr(operation, "weights", None) or name == "InputLayer":
            return chain, axis, (factor, offset)
        inputs = operation._inbound_nodes[node].input_tensors
        if len(inputs) != 1:
            return (chain or None), axis, (factor, offset)
        tensor = inputs[0]
    return None, axis, (factor, offset)


# ---------------------------------------------------------------------------------------------------- the case


@dataclass
class Layer:
    """Hold what went into a layer and what came out, for the probed rows."""

    layer: object
    given: np.ndarray
    out: np.ndarray

    @property
    def activation(self):
        """Return the name of the layer's own activation, or linear."""
        own = activation_name(self.layer)
        if own in REACH or own == "leaky_relu":
            return own
        function = getattr(self.layer, "activation", None)
        return activation_name(function) if function is not None else "linear"


class Case:
    """Hold a model with the arguments of `fit`, and compute once what several
    checks share."""

    def __init__(self, model, x, y=None, **fit):
        self.model, self.fit = model, fit
        self.given_x, self.given_y = x, y

    # What is given

    @once
    def data(self):
        data = Data(self.given_x, self.given_y, self.fit)
        if data.n == 0 or _length(data.x) == 0:
            raise Skip("x has no rows.")
        return data

    @once
    def optimizer(self):
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is None:
            raise Skip("The model is not compiled, so it has no optimizer.")
        return optimizer

    @once
    def plain_optimizer(self):
        """Return the optimizer without the wrapper of mixed precision."""
        return getattr(self.optimizer, "inner_optimizer", None) or self.optimizer

    @property
    def optimizer_name(self):
        return type(self.plain_optimizer).__name__

    def rate(self, step=None):
        """Return the learning rate at a step, or the present one."""
        rate = self.plain_optimizer._learning_rate
        if callable(rate) and not hasattr(rate, "assign"):
            return float(np.asarray(rate(0 if step is None else step)))
        return float(np.asarray(rate))

    @once
    def typical_rate(self):
        """Return the median rate of the run."""
        total = self.data.updates or 1000
        return float(np.median([self.rate(step) for step in np.linspace(0, total, 50).astype(int)]))

    @once
    def compiled(self):
        config = getattr(getattr(self.model, "_compile_config", None), "config", None)
        if config is None:
            raise Skip("The model is not compiled.")
        return config

    @property
    def own_step(self):
        """Return whether the model has a training step of its own, so that the
        loss is known only to that step."""
        import keras

        kind = type(self.model)
        return (
            kind.train_step is not keras.Model.train_step or kind.compute_loss is not keras.Model.compute_loss
        )

    # Running the model

    @once
    def built(self):
        """Build the model where nobody has yet, as `fit` would with its first
        batch."""
        import keras

        if all(layer.built for layer in self.model._flatten_layers()):
            return True
        few = keras.tree.map_structure(lambda leaf: None if leaf is None else leaf[:2], self.data.x)
        self.model(keras.tree.map_structure(keras.ops.convert_to_tensor, few))
        return True

    def run(self, x, training=False, values=()):
        """Return the predictions for x, and the losses that layers added.
        Nothing is changed."""
        import keras

        self.built  # noqa: B018
        # Regularizers read their variables from the scope, so it has to know all of them.
        mapping = {id(v): (v, v.value) for v in self.model.trainable_variables}
        mapping |= {id(v): (v, value) for v, value in values}
        scope = keras.StatelessScope(state_mapping=list(mapping.values()), collect_losses=True)
        with scope:
            takes_training = getattr(self.model, "_call_has_training_arg", True)
            p = self.model(x, training=training) if takes_training else self.model(x)
            extra = list(self.model.losses)
        return p, extra

    @once
    def probed(self):
        """Return up to PROBED rows of x, y and the weights."""
        import keras

        data = self.data
        count = max(data.batch if data.batch <= 1024 else PROBED, PROBED)
        total = _length(data.x)
        rows = (
            np.arange(total)
            if total <= count
            else np.random.default_rng(1).choice(total, count, replace=False)
        )
        if any(leaf is None for leaf in keras.tree.flatten(data.x)):
            raise Skip("x holds ragged or sparse tensors, which are not read.")
        pick = lambda leaf: None if leaf is None else leaf[rows[rows < len(leaf)]]  # noqa: E731
        x = keras.tree.map_structure(pick, data.x)
        y = None if data.y is None else keras.tree.map_structure(pick, data.y)
        w = None if data.w is None else pick(data.w)
        return x, y, w

    @once
    def tensors(self):
        """Return the probed rows of x as tensors."""
        import keras
        import tensorflow as tf

        return keras.tree.map_structure(tf.convert_to_tensor, self.probed[0])

    @once
    def predictions(self):
        with self.recording() as seen:
            p, _ = self.run(self.tensors)
        self._layers = (seen, None)
        return p

    @property
    def layers(self):
        """Return a `Layer` for each innermost layer, in the order in which the
        model calls them."""
        self.predictions  # noqa: B018
        return self._layers[0]

    @contextmanager
    def recording(self):
        """Collect what goes into each layer and what comes out, while the
        block runs."""
        import keras

        kind, seen = keras.layers.Layer, {}
        original = kind.__call__

        def call(layer, *args, **kwargs):
            out = original(layer, *args, **kwargs)
            children = [
                child
                for child in layer._layers
                if not isinstance(child, keras.layers.Layer)
                or child.weights
                or activation_name(child) in REACH
            ]
            if not children or isinstance(layer, keras.layers.RNN | keras.layers.Bidirectional):
                first = keras.tree.flatten(args)[0] if args else None
                result = keras.tree.flatten(out)[0]
                if hasattr(first, "numpy") and hasattr(result, "numpy"):
                    seen[id(layer)] = Layer(layer, first.numpy(), result.numpy())
            return out

        kind.__call__ = call
        records = []
        try:
            yield records
        finally:
            kind.__call__ = original
            records.extend(seen.values())

    @once
    def heads(self):
        """Return a `Head` for each output that has labels and a loss."""
        if self.data.y is None:
            raise Skip("There are no labels y.")
        p, y = self.predictions, self.probed[1]
        losses, weights = self.compiled["loss"], self.compiled["loss_weights"]
        if losses is None:
            raise Skip("compile got no loss, so the loss is not known from outside.")
        outputs = _named(p, getattr(self.model, "output_names", None))
        names = [name for name, _ in outputs]
        ys, wholes = _matched(y, names), _matched(self.data.y, names)
        all_losses, all_weights = _matched(losses, names, same=True), _matched(weights, names, same=True)
        symbols = self._output_symbols(names)
        heads = []
        for i, (name, values) in enumerate(outputs):
            if i >= len(ys) or ys[i] is None or all_losses[i] is None:
                continue
            values = np.asarray(values).astype("float32")
            chain, axis, scale = (
                output_chain(symbols[i]) if symbols[i] is not None else (None, -1, (1.0, 0.0))
            )
            units = values.shape[-1] if values.ndim > 1 else 1
            weight = 1.0 if all_weights[i] is None else float(all_weights[i])
            head = Head(
                name if len(outputs) > 1 else "",
                values,
                ys[i],
                wholes[i],
                Cost(all_losses[i]),
                weight,
                chain,
                axis,
                units,
                scale,
            )
            head.squash = self._squash(head, i)
            heads.append(head)
        if not heads:
            raise Skip("No output has both labels and a loss.")
        return heads

    def _output_symbols(self, names):
        outputs = getattr(self.model, "outputs", None)
        if not outputs:
            return [None] * len(names)
        named = dict(_named(getattr(self.model, "_outputs_struct", outputs), names))
        return [named.get(name, outputs[i] if i < len(outputs) else None) for i, name in enumerate(names)]

    def _squash(self, head, index):
        """Return the name of the output's activation. Where the graph does not
        tell, stretch the weights and look."""
        if head.chain is not None:
            return head.chain[0] if head.chain else "linear"
        import keras

        ranges = []
        for factor in (30.0, -30.0):
            values = [(v, v.value * factor) for v in self.model.trainable_variables if len(v.shape) > 1]
            p, _ = self.run(self.tensors, values=values)
            ranges.append(
                np.asarray(keras.tree.flatten(p)[index] if keras.tree.is_nested(p) else p, "float32")
            )
        p = np.concatenate([head.p, *ranges])
        p = p[np.isfinite(p).reshape(len(p), -1).all(1)]
        if not len(p):
            return "linear"
        if p.min() >= 0 and p.max() <= 1 + 1e-5:
            if head.units > 1 and np.allclose(p.sum(-1), 1, atol=1e-3):
                return "softmax"
            return "softmax" if head.units == 1 and (p == 1).all() else "sigmoid"
        if p.min() >= -1 and p.max() <= 1:
            return "tanh"
        if p.min() >= 0:
            return "relu" if (p == 0).mean() > 0.05 else "softplus"
        return "linear"

    @once
    def weights_per_row(self):
        """Return the weight of each probed row: sample weights times class
        weights. None where there are none."""
        _, y, w = self.probed
        return row_weights(y, w, self.fit.get("class_weight"))

    def total(self, p, extra, y=None, w=None):
        """Return the loss that training minimises: the weighted sum over the
        outputs, and what layers added."""
        import tensorflow as tf

        parts = []
        outputs = dict(_named(p, getattr(self.model, "output_names", None)))
        names = list(outputs)
        ys = _matched(y, names) if y is not None else None
        for head in self.heads:
            name = head.name or names[0]
            labels = head.y if ys is None else ys[names.index(name)]
            parts.append(head.weight * tf.cast(head.cost(labels, outputs[name], w), "float32"))
        return tf.add_n(parts + [tf.cast(tf.reduce_sum(value), "float32") for value in extra])

    @once
    def first_loss(self):
        """Return the loss before training: of the data, and of the penalties
        that layers add."""
        p, extra = self.run(self.tensors)
        penalties = float(sum(np.sum(np.asarray(value)) for value in extra))
        return float(np.asarray(self.total(p, []))), penalties

    @once
    def nothing(self):
        """Return the loss of the best constant answer, summed over the outputs
        as training sums it."""
        costs = [(head.weight, head.nothing) for head in self.heads]
        if any(cost is None for _, cost in costs):
            raise Skip("No constant answer fits the loss.")
        return sum(weight * cost for weight, cost in costs)

    @once
    def gradients(self):
        """Return the gradient of the loss for each trainable variable, as an
        array, or None where there is none."""
        import tensorflow as tf

        if self.own_step:
            raise Skip(
                "The model has its own train_step or compute_loss, so the loss is not known from outside."
            )
        variables = self.model.trainable_variables
        values = [tf.identity(variable.value) for variable in variables]
        with tf.GradientTape() as tape:
            tape.watch(values)
            p, _ = self.run(self.tensors, True, zip(variables, values, strict=True))
            loss = self.total(p, [], w=self.weights_per_row)
        found = tape.gradient(loss, values)
        return [None if g is None else np.asarray(tf.convert_to_tensor(g), "float32") for g in found]

    @once
    def clone(self):
        return Clone(self)

    # Smaller questions

    @property
    def n_outputs(self):
        return len(self.heads)

    @once
    def embeds(self):
        """Return whether the model looks its inputs up in an embedding."""
        import keras

        return any(isinstance(layer, keras.layers.Embedding) for layer in self.model._flatten_layers())

    @once
    def rebuilds_its_input(self):
        """Return whether the targets are the inputs, as in an autoencoder."""
        import keras

        xs, head = keras.tree.flatten(self.data.x), self.heads[0]
        y = head.whole_y
        return any(
            x is not None
            and y is not None
            and x.shape == np.shape(y)
            and np.ndim(y) > 1
            and y.shape[-1] > 1
            and np.corrcoef(np.ravel(x[:256]).astype("float64"), np.ravel(y[:256]).astype("float64"))[0, 1]
            > 0.5
            for x in xs
        )

    @once
    def has_regularizers(self):
        """Return whether a layer has a penalty on its weights or on what it
        returns."""
        return any(v.regularizer is not None for v in self.model.trainable_variables) or any(
            getattr(layer, "activity_regularizer", None) is not None for layer in self.model._flatten_layers()
        )

    @once
    def layers_with_weights(self):
        return [layer for layer in self.model._flatten_layers() if layer.weights and not layer._layers]

    def layer_after(self, layer):
        """Return the layer that is called after this one, or None."""
        following = self.layers[self.layers.index(layer) + 1 :]
        return following[0] if following else None

    def stretched_top(self, head):
        """Return the largest probability that the model gives when all its
        kernels are much larger."""
        import keras

        values = [(v, v.value * 30.0) for v in self.model.trainable_variables if len(v.shape) > 1]
        p, _ = self.run(self.tensors, values=values)
        return float(np.nanmax(np.asarray(keras.tree.flatten(p)[self.heads.index(head)])))

    def metrics(self, head):
        """Return pairs of a name and a metric, as they were given to compile
        for this output."""
        pairs = []
        names = list(dict(_named(self.predictions, getattr(self.model, "output_names", None))))
        for key in ("metrics", "weighted_metrics"):
            given = self.compiled.get(key)
            if given is None:
                continue
            if isinstance(given, dict):
                mine = given.get(head.name or names[0])
            elif len(names) > 1 and isinstance(given, list | tuple) and len(given) == len(names):
                mine = given[names.index(head.name)] if head.name in names else None
            else:
                mine = given if len(names) == 1 else None
            for metric in mine if isinstance(mine, list | tuple) else [mine]:
                if metric is not None:
                    pairs.append(
                        (
                            metric
                            if isinstance(metric, str)
                            else getattr(metric, "name", None) or getattr(metric, "__name__", ""),
                            metric,
                        )
                    )
        return pairs

    @once
    def steps_of_copy(self):
        """Return how many steps a copy is trained: a hundred, unless a step
        takes longer than 20 milliseconds.

        The quickest of a few steps counts, so that a busy machine does not
        change what is found.
        """
        import time

        clone, rate, each = self.clone, abs(self.typical_rate) or 1e-3, []
        clone.losses(rate, 1)  # the first step is slow, because TensorFlow makes its graph
        for _ in range(5):
            started = time.perf_counter()
            clone.losses(rate, 2)
            each.append((time.perf_counter() - started) / 2)
            clone.results.clear()
        return int(np.clip(2 / min(each), 10, Clone.STEPS))

    @once
    def held_out(self):
        """Return which share of the loss of a constant answer a copy saves on
        rows that it was not trained on."""
        if len(self.heads) > 1:
            return None
        clone, rate = self.clone, self.typical_rate
        base = self.nothing
        if base is None or base <= 0:
            return None
        saved = []
        for factor in (1, 10, 0.1) if self.optimizer_name != "Adadelta" else (1, 1000):
            clone.losses(rate * factor, 3 * self.steps_of_copy, part=2 / 3)
            saved.append(1 - clone.loss_on_the_rest() / base)
        saved = [value for value in saved if np.isfinite(value)]
        return max(saved) if saved else None


def _named(p, names):
    """Return pairs of a name and an output."""
    if isinstance(p, dict):
        return list(p.items())
    if isinstance(p, list | tuple):
        names = names if names and len(names) == len(p) else [f"output {i + 1}" for i in range(len(p))]
        return list(zip(names, p, strict=True))
    return [(names[0] if names else "output", p)]


def _matched(given, names, same=False):
    """Return what was given for each output, in the outputs' order."""
    if isinstance(given, dict):
        if len(names) == 1 and len(given) == 1:
            return list(given.values())
        return [given.get(name) for name in names]
    if isinstance(given, list | tuple):
        return [given[i] if i < len(given) else None for i in range(len(names))]
    return [given] * (len(names) if same else 1) + [None] * (0 if same else len(names) - 1)


def row_weights(y, w, class_weight):
    """Return the weight of each row: its sample weight times the weight of its
    class. None where there are none."""
    if not class_weight or y is None or isinstance(y, dict | list | tuple):
        return w
    labels = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(-1)
    by_class = np.array([class_weight.get(int(label), 1.0) for label in labels], "float32")
    return by_class if w is None else w * by_class


class Clone:
    """Train copies of the model's variables. The model itself only lends its
    formula."""

    STEPS = 100

    def __init__(self, case):
        import keras
        import tensorflow as tf

        from ..training import _copy

        if case.own_step:
            raise Skip("The model has its own train_step or compute_loss, so a copy cannot be trained.")
        case.heads  # noqa: B018
        self.case, model = case, case.model
        self.trainable = list(model.trainable_variables)
        if not self.trainable:
            raise Skip("There are no trainable weights.")
        self.others = list(model.non_trainable_variables)
        # From NumPy, because a variable made from a variable would share its memory.
        self.copies = [
            keras.Variable(v.numpy(), name=f"copy_{i}", dtype=v.dtype) for i, v in enumerate(self.trainable)
        ]
        for copy, v in zip(self.copies, self.trainable, strict=True):
            copy.constraint = v.constraint
        self.rest = [tf.Variable(v.numpy(), trainable=False) for v in self.others]
        self.optimizer = _copy(case.plain_optimizer, case.rate())
        self.optimizer.build(self.copies)
        self.start = [v.numpy() for v in self.optimizer.variables]
        run = (
            self._step
            if getattr(model, "run_eagerly", False)
            else tf.function(self._step, reduce_retracing=True)
        )
        self.step = run
        self.results = {}

    def _step(self, x, y, w):
        import keras
        import tensorflow as tf

        values = [copy.value for copy in self.copies]
        tensors = [tf.convert_to_tensor(value) for value in values]
        pairs = list(zip(self.trainable, tensors, strict=True)) + [
            (v, value.read_value()) for v, value in zip(self.others, self.rest, strict=True)
        ]
        model, case = self.case.model, self.case
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            with keras.StatelessScope(state_mapping=pairs, collect_losses=True) as scope:
                takes = getattr(model, "_call_has_training_arg", True)
                p = model(x, training=True) if takes else model(x)
                extra = list(model.losses)
            data_loss = case.total(p, [], y, w)
            loss = case.total(p, extra, y, w)
        gradients = tape.gradient(loss, tensors)
        new = [scope.get_current_value(v) for v in self.others]
        pairs = [(g, c) for g, c in zip(gradients, self.copies, strict=True) if g is not None]
        if not pairs:
            raise Skip("No weight has a gradient.")
        full = [tf.zeros_like(t) if g is None else g for g, t in zip(gradients, tensors, strict=True)]
        self.optimizer.apply(full, self.copies)
        for variable, value in zip(self.rest, new, strict=True):
            if value is not None:
                variable.assign(value)
        return data_loss

    def losses(self, rate, steps=STEPS, part=1.0):
        """Return the loss of each batch of a short run at `rate`, from the
        model's present weights.

        `part` is the share of the rows that are used; the others are left for
        `loss_on_the_rest`.
        """
        key = (float(rate), steps, part)
        if key in self.results:
            return self.results[key]
        import keras
        import tensorflow as tf

        for copy, v in zip(self.copies, self.trainable, strict=True):
            copy.assign(v.value)
        for variable, v in zip(self.rest, self.others, strict=True):
            variable.assign(v.value)
        for variable, value in zip(self.optimizer.variables, self.start, strict=True):
            variable.assign(value)
        self.optimizer.learning_rate = rate
        data, seen, generator = self.case.data, [], np.random.default_rng(2)
        everything = np.random.default_rng(3).permutation(_length(data.x))
        used = everything[: max(1, int(part * len(everything)))]
        self.left = everything[len(used) :]
        count = len(used)
        batch = min(data.batch, count)
        order, at = generator.permutation(used), 0
        for _ in range(steps):
            if at + batch > count:
                order, at = generator.permutation(used), 0
            rows, at = order[at : at + batch], at + batch
            pick = lambda leaf: None if leaf is None else tf.convert_to_tensor(leaf[rows])  # noqa: B023, E731
            x, y = keras.tree.map_structure(pick, data.x), keras.tree.map_structure(pick, data.y)
            w = None if self._weights is None else tf.convert_to_tensor(self._weights[rows])
            seen.append(float(self.step(x, y, w)))
            if not np.isfinite(seen[-1]):
                break
        self.results[key] = np.array(seen)
        return self.results[key]

    def loss_on_the_rest(self):
        """Return the loss of the copy in its present state, on rows that
        `losses` left out."""
        import keras
        import tensorflow as tf

        case = self.case
        rows = self.left[:512]
        pick = lambda leaf: None if leaf is None else tf.convert_to_tensor(leaf[rows])  # noqa: E731
        x, y = keras.tree.map_structure(pick, case.data.x), keras.tree.map_structure(pick, case.data.y)
        values = list(zip(self.trainable, (copy.value for copy in self.copies), strict=True))
        values += list(zip(self.others, (value.read_value() for value in self.rest), strict=True))
        p, _ = case.run(x, False, values)
        return float(case.total(p, [], y))

    @functools.cached_property
    def _weights(self):
        data = self.case.data
        w = row_weights(data.y, data.w, self.case.fit.get("class_weight"))
        return None if w is None else np.asarray(w, "float32")
