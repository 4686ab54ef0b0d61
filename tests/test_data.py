"""The data sets: sizes, splits that share nothing, scaling by the training part alone; MNIST, or its absence."""

import hashlib
import inspect
import os
import random
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn import datasets
from sklearn.linear_model import LogisticRegression

from lossopt import data

SETS = [
    (data.digits, datasets.load_digits),
    (data.diabetes, datasets.load_diabetes),
    (data.breast_cancer, datasets.load_breast_cancer),
]


@pytest.mark.parametrize(("load", "source"), SETS)
def test_parts_hold_every_sample_once(load, source):
    parts = load()
    x, y = source(return_X_y=True)
    assert [len(part_y) for _, part_y in parts] == [
        round(0.6 * len(x)),
        round(0.8 * len(x)) - round(0.6 * len(x)),
        len(x) - round(0.8 * len(x)),
    ]
    assert all(part_x.shape == (len(part_y), x.shape[1]) for part_x, part_y in parts)
    np.testing.assert_array_equal(np.sort(np.concatenate([part_y for _, part_y in parts])), np.sort(y))


@pytest.mark.parametrize(("load", "source"), SETS)
def test_inputs_keep_their_targets(load, source):
    """The split must not tear a row from its target: sorted by a linear score, both arrive in one order."""
    x, y = source(return_X_y=True)
    parts_x, parts_y = (np.concatenate(arrays) for arrays in zip(*load(), strict=True))
    score = np.random.default_rng(0).normal(size=x.shape[1]) / x.std(axis=0).clip(1e-12)
    scale = np.where(parts_x.std(axis=0) > 0, x.std(axis=0) / parts_x.std(axis=0).clip(1e-12), 1)
    np.testing.assert_array_equal(y[np.argsort(x @ score)], parts_y[np.argsort((parts_x * scale) @ score)])


@pytest.mark.parametrize(("load", "_"), SETS)
def test_split_is_the_same_each_time(load, _):
    for first, second in zip(load(), load(), strict=True):
        np.testing.assert_array_equal(first[0], second[0])


@pytest.mark.parametrize(
    ("load", "first", "sums"),
    [
        (data.digits, [6, 6, 6, 2, 5, 6], [4908, 1599, 1563]),
        (data.diabetes, [222, 259, 308, 71, 141, 142], [40229, 13596, 13418]),
        (data.breast_cancer, [0, 1, 0, 1, 0, 0], [215, 75, 67]),
    ],
)
def test_split_is_the_one_that_the_chapters_were_computed_with(load, first, sums):
    parts = load()
    assert list(parts[0][1][:6]) == first
    assert [y.sum() for _, y in parts] == sums


@pytest.mark.parametrize("load", [data.diabetes, data.breast_cancer])
def test_standardised_by_the_training_part(load):
    (x_train, _), (x_val, _), _ = load()
    np.testing.assert_allclose(x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x_train.std(axis=0), 1)
    assert abs(x_val.mean(axis=0)).max() > 1e-3


def test_digits_are_scaled_to_one():
    assert all(x.min() == 0 and x.max() == 1 for x, _ in data.digits())


# MNIST: small arrays stand in for it, so that the tests need no file and no network.


@pytest.fixture
def arrays(monkeypatch):
    """Arrays that `data` takes for MNIST."""
    rng = np.random.default_rng(0)
    shapes = {"x_train": (6, 28, 28), "y_train": (6,), "x_test": (2, 28, 28), "y_test": (2,)}
    arrays = {name: rng.integers(0, 256, shape, dtype=np.uint8) for name, shape in shapes.items()}
    monkeypatch.setattr(data, "MNIST_SHAPES", shapes)
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays.values())).hexdigest()
    monkeypatch.setattr(data, "MNIST_SHA256", digest)
    return arrays


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSOPT_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def no_file(tmp_path, monkeypatch):
    """Neither a folder of one's own nor anything in Keras's cache."""
    monkeypatch.delenv("LOSSOPT_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def keras_loads(monkeypatch):
    """A function that lets a stand-in for Keras, which takes seconds to import, load MNIST in its own way."""

    def set_it(load_data):
        mnist = SimpleNamespace(load_data=load_data)
        monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(datasets=SimpleNamespace(mnist=mnist)))

    return set_it


def parts(arrays):
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def write(file, arrays, save=np.savez):
    save(file / "mnist.npz", **arrays)


def assert_mnist(arrays):
    for came, part in zip(data.mnist(), ("train", "test"), strict=True):
        np.testing.assert_array_equal(came[0], arrays[f"x_{part}"])
        np.testing.assert_array_equal(came[1], arrays[f"y_{part}"])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_mnist_is_its_values_whatever_holds_them(arrays, folder, save):
    write(folder, dict(reversed(arrays.items())), save)
    assert_mnist(arrays)


def test_a_folder_that_does_not_exist(monkeypatch, tmp_path):
    monkeypatch.setenv("LOSSOPT_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(
        FileNotFoundError, match=r"nowhere', but there is no such folder.\nPut the file there"
    ):
        data.mnist()


def test_a_folder_without_the_file(folder):
    with pytest.raises(
        FileNotFoundError, match=r"but it has no mnist.npz.\nPut the file there \(https://.*unset"
    ):
        data.mnist()


def spoil(change):
    """A file that `change` made of good arrays."""

    def spoiled(file, arrays):
        write(file, change(arrays))

    return spoiled


def truncated(file, arrays):
    write(file, arrays)
    content = (file / "mnist.npz").read_bytes()
    (file / "mnist.npz").write_bytes(content[: len(content) // 2])


def damaged(file, arrays):
    write(file, arrays, np.savez_compressed)
    content = bytearray((file / "mnist.npz").read_bytes())
    content[2000:2100] = bytes(100)
    (file / "mnist.npz").write_bytes(content)


SPOILED = [
    (truncated, r"cannot be read \(BadZipFile"),
    (damaged, "cannot be read"),
    (lambda file, arrays: (file / "mnist.npz").write_bytes(b""), r"cannot be read \(EOFError"),
    (
        lambda file, arrays: (file / "mnist.npz").write_text("<html>Not found</html>"),
        r"cannot be read \(ValueError",
    ),
    (lambda file, arrays: np.save((file / "mnist.npz").open("wb"), arrays["x_train"]), "cannot be read"),
    (spoil(lambda arrays: {"x": arrays["x_train"]}), "it has no array 'x_train'"),
    (
        spoil(lambda arrays: arrays | {"x_test": arrays["x_test"][:1]}),
        r"x_test is uint8 of shape \(1, 28, 28\)",
    ),
    (
        spoil(lambda arrays: arrays | {"x_test": arrays["x_test"] / 255}),
        r"x_test is float64 of shape \(2, 28, 28\)",
    ),
    (spoil(lambda arrays: arrays | {"y_test": arrays["y_test"][::-1]}), "the values differ"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILED)
def test_a_file_that_is_not_mnist(arrays, folder, spoil, words):
    spoil(folder, arrays)
    with pytest.raises(ValueError, match=words) as raised:
        data.mnist()
    assert str(raised.value).startswith(f"{folder / 'mnist.npz'} is not MNIST: ")
    assert "\nExpected uint8 arrays x_train (6, 28, 28), y_train (6,), x_test" in str(raised.value)
    assert f"\nReplace the file by {data.MNIST_URL}, or unset LOSSOPT_DATA" in str(raised.value)


def test_a_file_cannot_bring_code_that_runs(arrays, folder):
    class Trojan:
        def __reduce__(self):
            return Path.touch, (folder / "it ran",)

    write(folder, arrays | {"x_train": np.array([Trojan()])})
    with pytest.raises(ValueError, match=r"is not MNIST: it cannot be read \(ValueError"):
        data.mnist()
    assert not (folder / "it ran").exists()


def test_mnist_has_70000_images_of_28_by_28_pixels(folder):
    """Black images and noughts in the right number: no shape is complained of, and their values are."""
    sizes = {"train": 60_000, "test": 10_000}
    black = {f"x_{part}": np.zeros((size, 28, 28), np.uint8) for part, size in sizes.items()}
    noughts = {f"y_{part}": np.zeros(size, np.uint8) for part, size in sizes.items()}
    write(folder, black | noughts, np.savez_compressed)
    with pytest.raises(ValueError, match="the shapes and types are right, but the values differ"):
        data.mnist()


def test_what_keras_returns_is_checked_too(arrays, no_file, keras_loads, monkeypatch):
    monkeypatch.setattr(data, "_online", lambda patience: True)
    keras_loads(lambda: parts(arrays | {"y_test": arrays["y_test"][::-1]}))
    with pytest.raises(
        ValueError, match=r"^what keras.datasets.mnist.load_data\(\) returned is not MNIST: .* differ"
    ):
        data.mnist()


def test_what_keras_has_downloaded_needs_no_network(arrays, no_file, keras_loads, monkeypatch):
    monkeypatch.setattr(data, "_online", lambda patience: pytest.fail("the network was asked"))
    keras_loads(lambda: parts(arrays))
    (no_file / "datasets").mkdir()
    (no_file / "datasets/mnist.npz").touch()
    assert_mnist(arrays)


def refuse(request, timeout):
    raise urllib.error.URLError("Name or service not known")


def hang(request, timeout):
    time.sleep(60)


@pytest.mark.parametrize("urlopen", [refuse, hang])
def test_neither_file_nor_network(no_file, keras_loads, monkeypatch, urlopen):
    """A network that never answers, a name server included, must not be waited for: the patience is one second here."""
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    keras_loads(lambda: pytest.fail("Keras was asked"))
    began = time.monotonic()
    with pytest.raises(
        data.Unavailable, match=r"did not answer within 1 seconds.\nConnect to a network once"
    ):
        data._download_mnist(patience=1)
    assert time.monotonic() - began < 8  # on a machine that is busy with other things


def test_offline_is_found_out_within_five_seconds():
    assert inspect.signature(data._download_mnist).parameters["patience"].default < 5


def test_a_download_that_breaks_off(no_file, keras_loads, monkeypatch):
    def load_data():
        raise Exception("URL fetch failure on https://host.example: None -- timed out")

    monkeypatch.setattr(data, "_online", lambda patience: True)
    keras_loads(load_data)
    with pytest.raises(
        data.Unavailable, match=r"failed: URL fetch failure .*\nTry again, or set LOSSOPT_DATA"
    ):
        data.mnist()


# The slow ones at the end: whoever looks for a first failure finds most of them before.


def test_mnist_comes_from_keras_without_a_word(arrays, no_file, monkeypatch, capsys):
    def load_data():
        print("Downloading data from the network")
        return parts(arrays)

    monkeypatch.setattr(data, "_online", lambda patience: True)
    monkeypatch.setattr("keras.datasets.mnist.load_data", load_data)
    assert_mnist(arrays)
    assert capsys.readouterr().out == ""


def test_mnist1d_is_the_authors_and_leaves_the_generators_alone():
    shared = np.random.mtrand._rand
    random.seed(1), shared.seed(1)
    before = random.getstate(), shared.get_state()[1].copy()
    (x_train, y_train), (x_val, y_val), (x_test, y_test) = data.mnist1d()
    assert random.getstate() == before[0]
    np.testing.assert_array_equal(shared.get_state()[1], before[1])
    assert x_train.shape == (3000, 40) and x_val.shape == x_test.shape == (1000, 40)
    assert [list(part[:6]) for part in (y_val, y_test)] == [[3, 8, 0, 3, 2, 0], [2, 6, 3, 9, 4, 3]]
    x, y = np.concatenate([x_train, x_val, x_test]), np.concatenate([y_train, y_val, y_test])
    assert len(np.unique(x, axis=0)) == 5000 and list(np.bincount(y)) == 10 * [500]
    # The authors centre and scale all 5,000, and publish 32 % for a linear model.
    np.testing.assert_allclose((x.mean(), x.std()), (0, 1), atol=1e-12)
    assert 0.30 < LogisticRegression(max_iter=2000).fit(x_train, y_train).score(x_test, y_test) < 0.34


@pytest.mark.skipif("LOSSOPT_DATA" not in os.environ, reason="LOSSOPT_DATA names no folder with mnist.npz")
def test_mnist_itself():
    (x_train, y_train), (x_test, y_test) = data.mnist()
    assert (x_train.shape, x_test.shape, x_train.max()) == ((60000, 28, 28), (10000, 28, 28), 255)
    # LeCun's own file begins 5, 0, 4, 1, 9; it has 6742 ones and 980 zeros to test.
    assert list(y_train[:5]) == [5, 0, 4, 1, 9]
    assert (np.sum(y_train == 1), np.sum(y_test == 0)) == (6742, 980)
