"""Loss functions and optimizers, small enough to read: the helper package of the book.

Nothing here imports TensorFlow, scikit-learn or Matplotlib; the modules `data`, `training` and `plotting`
do, when they are imported themselves.
"""

from . import losses
from .losses import reduce_loss

__all__ = ["losses", "reduce_loss", "versions"]


def versions(packages=("TensorFlow", "Keras", "NumPy", "Matplotlib")):
    """Return one line that names the installed version of each package, without importing any.

    >>> versions(["NumPy"])  # doctest: +ELLIPSIS
    'Computed with NumPy ...'
    """
    from importlib.metadata import version

    return "Computed with " + ", ".join(f"{package} {version(package)}" for package in packages)
