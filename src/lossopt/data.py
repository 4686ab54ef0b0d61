"""Load the book's data sets, each in one fixed split: 60 % to train, 20 %
to validate, 20 % to test.

All except `mnist` come with packages, so nothing is downloaded. Each
function returns

    (x_train, y_train), (x_val, y_val), (x_test, y_test)

with inputs of shape (n, features) and targets of shape (n,). `mnist`
returns the images and labels in the training and test parts that its
authors published.
"""

import contextlib
import hashlib
import io
import os
import random
import threading
import urllib.request
import zipfile
import zlib
from pathlib import Path

import numpy as np
from sklearn import datasets

__all__ = [  # noqa: RUF022 - in reading order
    "Unavailable",
    "digits",
    "diabetes",
    "breast_cancer",
    "mnist1d",
    "mnist",
]

MNIST_URL = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"  # from where Keras downloads it
)
MNIST_SHAPES = {
    "x_train": (60000, 28, 28),
    "y_train": (60000,),
    "x_test": (10000, 28, 28),
    "y_test": (10000,),
}
MNIST_SHA256 = (
    "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"  # of the arrays' values, in this order
)


class Unavailable(OSError):
    """Report that a data set is neither on this machine nor can be downloaded,
    so that its users can be skipped."""


def digits():
    """Return 1797 handwritten digits of 8 × 8 grey pixels, scaled to 0 … 1.
    The targets are the ten class numbers.

    Source: `sklearn.datasets.load_digits` (Alpaydin and Kaynak, 1998).
    """
    x, y = datasets.load_digits(return_X_y=True)
    return _split(x / 16, y)


def diabetes():
    """Return ten standardised measurements of 442 patients. The target, 25 to
    346, is how far diabetes went in a year.

    Source: `sklearn.datasets.load_diabetes` (Efron, Hastie, Johnstone and
    Tibshirani, 2004).
    """
    x, y = datasets.load_diabetes(return_X_y=True)
    return _standardised(_split(x, y))


def breast_cancer():
    """Return thirty standardised measurements of 569 tumours. The target is 1
    for benign and 0 for malignant.

    Source: `sklearn.datasets.load_breast_cancer` (Street, Wolberg and
    Mangasarian, 1993).
    """
    x, y = datasets.load_breast_cancer(return_X_y=True)
    return _standardised(_split(x, y))


def mnist1d():
    """Return 5,000 one-dimensional variants of MNIST's digits, of 40 numbers
    each, and their ten class numbers.

    The data set is small but hard. As published, a linear model reaches an
    accuracy of 32 %, an MLP 68 % and a convolutional network 94 %. The test
    part is the authors' own, with 1,000 samples. Their 4,000 training samples
    are split into 3,000 and 1,000.

    Source: Greydanus and Kobak (2024); computed by their package `mnist1d`, in
    about three seconds.
    """
    from mnist1d.data import make_dataset

    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        arrays = make_dataset()  # this seeds the global generators
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
    x, y = arrays["x"], arrays["y"]
    return (x[:3000], y[:3000]), (x[3000:], y[3000:]), (arrays["x_test"], arrays["y_test"])


def mnist():
    """Return 70,000 handwritten digits of 28 × 28 grey values from 0 to 255.
    The targets are the ten class numbers.

    Returns `(x_train, y_train), (x_test, y_test)` with 60,000 and 10,000
    samples, all uint8. The digits come from the file `mnist.npz` in the folder
    that the environment variable `LOSSOPT_DATA` names. If it is not set,
    `keras.datasets.mnist` provides them and downloads 11 MB the first time. In
    both cases the values are checked.

    Raises `FileNotFoundError` if `LOSSOPT_DATA` is set but the file does not
    exist, `ValueError` if the file holds anything else, and, within five
    seconds, `Unavailable` if there is neither a file nor a network.

    Source: LeCun, Bottou, Bengio and Haffner (1998); CC BY-SA 3.0.
    """
    folder = os.environ.get("LOSSOPT_DATA")
    if folder:
        arrays = _read_mnist(Path(folder) / "mnist.npz")
    else:
        arrays = _checked_mnist(_download_mnist(), "what keras.datasets.mnist.load_data() returned")
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _read_mnist(file):
    if not file.is_file():
        missing = "there is no such folder" if not file.parent.is_dir() else "it has no mnist.npz"
        raise FileNotFoundError(
            f"LOSSOPT_DATA is {str(file.parent)!r}, but {missing}.\n"
            f"Put the file there ({MNIST_URL}), or unset LOSSOPT_DATA, so that Keras downloads it."
        )
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in MNIST_SHAPES if name in archive}
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise _not_mnist(file, f"it cannot be read ({type(error).__name__}: {error})") from None
    return _checked_mnist(arrays, file)


def _checked_mnist(arrays, source):
    """Return the arrays if they are MNIST, from any file. Otherwise raise an
    error that says what is wrong."""
    for name, shape in MNIST_SHAPES.items():
        if name not in arrays:
            raise _not_mnist(source, f"it has no array {name!r}")
        if arrays[name].shape != shape or arrays[name].dtype != np.uint8:
            raise _not_mnist(source, f"{name} is {arrays[name].dtype} of shape {arrays[name].shape}")
    if hashlib.sha256(b"".join(arrays[name].tobytes() for name in MNIST_SHAPES)).hexdigest() != MNIST_SHA256:
        raise _not_mnist(source, "the shapes and types are right, but the values differ")
    return arrays


def _not_mnist(source, what):
    expected = ", ".join(f"{name} {shape}" for name, shape in MNIST_SHAPES.items())
    return ValueError(
        f"{source} is not MNIST: {what}.\nExpected uint8 arrays {expected}, with MNIST's values.\n"
        f"Replace the file by {MNIST_URL}, or unset LOSSOPT_DATA, so that Keras downloads it."
    )


def _download_mnist(patience=4.0):
    """Return MNIST from Keras, but first try the network, because Keras would
    wait for minutes without one."""
    import keras

    cache = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets"
    if not (cache / "mnist.npz").is_file() and not _online(patience):
        raise Unavailable(
            f"MNIST is not on this machine, and {MNIST_URL} did not answer within {patience:.0f} seconds.\n"
            "Connect to a network once, so that Keras keeps the file, or set LOSSOPT_DATA to a folder with mnist.npz."
        )
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # keep the progress bar out of the notebook
            (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras does not raise an error class of its own
        raise Unavailable(
            f"keras.datasets.mnist.load_data() failed: {error}\n"
            "Try again, or set LOSSOPT_DATA to a folder with mnist.npz."
        ) from error
    return dict(zip(MNIST_SHAPES, (x_train, y_train, x_test, y_test), strict=True))


def _online(patience):
    """Return whether MNIST's address answers in time. A thread limits this,
    because looking up a name has no limit."""
    answers = []

    def ask():
        request = urllib.request.Request(MNIST_URL, method="HEAD")
        # Any error here means that there was no answer.
        with contextlib.suppress(Exception), urllib.request.urlopen(request, timeout=patience):
            answers.append(True)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    return bool(answers)


def _split(x, y):
    order = np.random.default_rng(0).permutation(len(x))
    cuts = [round(0.6 * len(x)), round(0.8 * len(x))]
    return tuple((x[rows], y[rows]) for rows in np.split(order, cuts))


def _standardised(parts):
    """Standardise by the mean and deviation of the training part, because the
    other parts must not be used."""
    (x_train, _), *_ = parts
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    return tuple(((x - mean) / deviation, y) for x, y in parts)
