"""Provide loss functions and optimizers that are small enough to read, as
the helper package of the book.

Importing the package does not import TensorFlow, scikit-learn or
Matplotlib. Only the modules `data`, `training`, `plotting` and `checkup`
need them. They and `check` are imported when you first use them.
"""

from importlib import import_module

from . import losses, optimizers, schedules, surfaces
from .losses import reduce_loss
from .surfaces import descend

__all__ = ["descend", "losses", "optimizers", "reduce_loss", "schedules", "surfaces", "versions"]

IMPORTED_AT_FIRST_USE = ("check", "checkup", "data", "plotting", "training")

# The book's outputs were stored with these versions. Other versions can change a printed number.
STORED_WITH = {"TensorFlow": "2.21.0", "Keras": "3.15.1"}
QUESTION = "Why is my number different?"  # the page's title, and its label in pyproject.toml


def __getattr__(name):
    if name in IMPORTED_AT_FIRST_USE:
        return import_module(f".{name}", __name__)
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *IMPORTED_AT_FIRST_USE, "__version__"})


def versions(packages=("TensorFlow", "Keras", "NumPy", "Matplotlib")):
    """Return one line that names the installed version of each package,
    without importing any.

    If TensorFlow or Keras has another version than the one that the book's
    outputs were stored with, a second line says so.

    >>> versions(["NumPy"])  # doctest: +ELLIPSIS
    'Computed with NumPy ...'
    """
    from importlib.metadata import metadata, version

    line = "Computed with " + ", ".join(f"{package} {version(package)}" for package in packages)
    if all(version(package) == STORED_WITH.get(package, version(package)) for package in packages):
        return line
    stored = ", ".join(f"{package} {its_version}" for package, its_version in STORED_WITH.items())
    urls = dict(url.split(", ", 1) for url in metadata(__name__).get_all("Project-URL", []))
    return f"{line}\nThe book's outputs are from {stored}. {QUESTION} {urls.get(QUESTION, '')}".rstrip()
