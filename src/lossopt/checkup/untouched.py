"""Put everything back: variables, Python attributes and random states,
also after an interruption.
"""

import random
from contextlib import contextmanager

import numpy as np


@contextmanager
def untouched(*roots):
    """Run a block, then restore the roots and all Keras objects that they
    hold, bit for bit.

    A root is a model, an optimizer, a callback or a list of these. The block
    may build, train or recompile. Python's, NumPy's, TensorFlow's and Keras's
    random states are restored as well.
    """
    state = _State()
    for root in roots:
        state.visit(root)
    randomness = _random_state()
    try:
        yield
    finally:
        state.restore()
        _restore_random_state(randomness)


class _State:
    """Remember what every object that can be reached from a root holds:
    values, attributes, elements."""

    def __init__(self):
        self.variables, self.objects, self.containers, self.seen = [], [], [], {}

    def visit(self, thing):
        """Remember a thing and all that it holds. The loop keeps deep models
        from reaching the recursion limit."""
        import keras

        parts = [thing]
        while parts:
            thing = _unwrapped(parts.pop())
            if id(thing) in self.seen:
                continue
            if isinstance(thing, keras.Variable):
                self.seen[id(thing)] = thing
                if thing._value is not None:
                    self.variables.append((thing.value, thing.numpy().copy()))
                self.objects.append((thing, dict(vars(thing))))
            elif isinstance(thing, list | dict | set):
                self.seen[id(thing)] = thing
                kind = next(kind for kind in (list, dict, set) if isinstance(thing, kind))
                self.containers.append((kind, thing, kind(thing)))
                parts.extend(thing.values() if kind is dict else thing)
            elif isinstance(thing, tuple):
                parts.extend(thing)
            elif _is_of_keras(thing):
                self.seen[id(thing)] = thing
                self.objects.append((thing, dict(vars(thing))))
                parts.extend(vars(thing).values())

    def restore(self):
        for thing, attributes in self.objects:
            vars(thing).clear()
            vars(thing).update(attributes)
        for kind, container, elements in self.containers:
            kind.clear(container)  # the plain method, because Keras's own lists do more than that
            (kind.extend if kind is list else kind.update)(container, elements)
        for variable, value in self.variables:
            variable.assign(value)


def _unwrapped(thing):
    """Return the dictionary or list that TensorFlow wrapped when it became an
    attribute of a layer."""
    kind = type(thing).__name__
    return getattr(thing, {"_DictWrapper": "__wrapped__", "ListWrapper": "_storage"}.get(kind, ""), thing)


def _is_of_keras(thing):
    """Return whether a thing is an object of Keras, or of a class that a
    reader derived from one of Keras's."""
    if isinstance(thing, type) or not hasattr(thing, "__dict__"):
        return False
    return any(cls.__module__.split(".")[0] == "keras" for cls in type(thing).__mro__)


def _random_state():
    import keras
    import tensorflow as tf
    from tensorflow.python.eager import context

    eager = context.context()
    generator = getattr(eager, "_rng", None)
    seeds = keras.src.backend.common.global_state.get_global_attribute("global_seed_generator")
    names = keras.src.backend.common.global_state.get_global_attribute("object_name_uids")
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(),  # noqa: NPY002
        "tf": (eager, getattr(eager, "_seed", None), generator and generator.getstate()),
        "generator": _global_generator(tf),
        "keras": (seeds, seeds and seeds.state.numpy().copy()),
        "names": (names, dict(names) if names is not None else None),
    }


def _global_generator(tf):
    """Return TensorFlow's global generator and its state, but make none where
    there is none yet."""
    from tensorflow.python.ops import stateful_random_ops

    generator = stateful_random_ops.global_generator
    return (generator, generator.state.numpy().copy()) if generator is not None else (None, None)


def _restore_random_state(kept):
    import keras

    random.setstate(kept["python"])
    np.random.set_state(kept["numpy"])  # noqa: NPY002
    eager, seed, state = kept["tf"]
    if seed != getattr(eager, "_seed", None):
        eager._seed = seed
    if state is not None and getattr(eager, "_rng", None) is not None:
        eager._rng.setstate(state)
    generator, value = kept["generator"]
    if generator is not None:
        generator.state.assign(value)
    seeds, value = kept["keras"]
    if seeds is not None:
        seeds.state.assign(value)
    else:
        keras.src.backend.common.global_state.set_global_attribute("global_seed_generator", None)
    names, counts = kept["names"]
    if names is not None:
        names.clear()
        names.update(counts)
