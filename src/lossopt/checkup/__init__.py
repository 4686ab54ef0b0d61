"""Examine a reader's own training: before it starts, while it runs, and
from its log.

`before` looks at a model, its data and the arguments of `fit`. `Watch` is a
callback that watches a run. `examine` does both, and puts the model back.
`read_log` reads a history. Each returns a `Report`.

Importing the package does not import Keras.
"""

from .before import before
from .logs import read_log
from .report import Finding, Report

__all__ = ["Finding", "Report", "Watch", "before", "examine", "read_log"]


def __getattr__(name):
    """Import what needs Keras only when it is asked for."""
    if name in ("Watch", "examine"):
        from . import watch

        return getattr(watch, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
