"""What `lossopt.checkup` finds, what it says, and that it changes nothing."""

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lossopt import checkup
from lossopt.checkup.causes import CAUSES
from lossopt.checkup.checks import CHECKS, found
from lossopt.checkup.logs import parse

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "clinic" / "cases"
sys.path.insert(0, str(CASES.parent))
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
layers = keras.layers


def data(n=64):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 4)).astype("float32")
    return x, (x[:, 0] * x[:, 1] + x[:, 2]).astype("float32")


def sequential(fitted=False):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dropout(0.2),
                              layers.BatchNormalization(), layers.Dense(1)])  # fmt: skip
    model.layers[0].trainable = True
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    if fitted:
        model.fit(*data(), epochs=2, verbose=0)
    return model


def functional():
    h = layers.Dense(8, activation="tanh")(inputs := keras.Input((4,)))
    model = keras.Model(inputs, {"a": layers.Dense(1, name="a")(h), "b": layers.Dense(1, name="b")(h)})
    model.layers[1].trainable = False
    model.compile("sgd", {"a": "mse", "b": "mae"})
    return model


class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.drop, self.out = (
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(1),
        )

    def call(self, x, training=False):
        return self.out(self.drop(self.hidden(x), training=training))


def subclass(built=False):
    model = Subclass()
    if built:
        model(data()[0][:1])
    model.compile("adam", "mse")
    return model


MODELS = {
    "Sequential": sequential,
    "fitted": lambda: sequential(fitted=True),
    "functional with two outputs": functional,
    "subclass": lambda: subclass(built=True),
    "subclass that is not built": subclass,
}


def arguments(model):
    x, y = data()
    return (x, {"a": y, "b": y}) if getattr(model, "output_names", None) == ["a", "b"] else (x, y)


def state(model, callbacks=()):
    """Return everything that a checkup could change, as values to compare."""
    variables = [*model.variables, *model.optimizer.variables]
    return {
        "variables": [(v.path, v.numpy().tobytes()) for v in variables],
        "layers": [
            (layer.name, layer.trainable, layer.built, len(layer.weights))
            for layer in model._flatten_layers()
        ],
        "model": (
            model.built,
            model.compiled,
            model.stop_training,
            id(model.train_function),
            id(model.optimizer),
        ),
        "optimizer": (model.optimizer.built, int(model.optimizer.iterations.numpy())),
        "callbacks": [
            sorted((k, repr(v)) for k, v in vars(c).items() if not k.startswith("_")) for c in callbacks
        ],
        "python": random.getstate(),
        "numpy": [np.asarray(part).tolist() for part in np.random.get_state()],  # noqa: NPY002
    }


def watched(model, x, y):
    watch = checkup.Watch(x, y)
    watch.set_model(model)
    watch.logs, watch.rates, watch.params = [{"loss": 1.0}], [0.01], {"epochs": 1, "steps": 2}
    return watch.report()


LOOKS = {
    "before": checkup.before,
    "examine": lambda *a: checkup.examine(*a, epochs=2),
    "Watch.report": watched,
}


class TestNothingIsChanged:
    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("model", MODELS)
    def test_bit_for_bit(self, model, look):
        model = MODELS[model]()
        x, y = arguments(model)
        copies = keras.tree.map_structure(np.copy, (x, y))
        old = state(model)
        LOOKS[look](model, x, y)
        assert state(model) == old
        assert all(
            np.array_equal(a, b)
            for a, b in zip(keras.tree.flatten(copies), keras.tree.flatten((x, y)), strict=True)
        )

    def test_the_random_numbers_that_follow_are_the_same(self):
        drawn = []
        for look in (lambda *a: None, checkup.examine):  # which calls before first
            keras.utils.set_random_seed(3)
            model = sequential()
            look(model, *data())
            history = model.fit(*data(), epochs=1, verbose=0).history["loss"]
            drawn.append(
                (
                    random.random(),
                    np.random.random(),  # noqa: NPY002
                    float(tf.random.uniform(())),
                    float(keras.random.uniform(())),
                    history,
                )
            )
        assert drawn[0] == drawn[1]

    @pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
    @pytest.mark.parametrize("look", ["before", "examine"])
    def test_when_it_is_interrupted(self, look, error):
        """The interruption comes from a callback of the run, or from the training of a copy."""
        model = sequential(fitted=True)

        class Stop(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                raise error("stop")

        old, x, y = state(model), *data()
        with pytest.MonkeyPatch.context() as patch:
            if look == "before":
                patch.setattr(
                    "lossopt.checkup.probe.Clone.losses", lambda *a, **k: (_ for _ in ()).throw(error("stop"))
                )
            try:
                getattr(checkup, look)(model, x, y, callbacks=[Stop()])
            except KeyboardInterrupt:
                pass
        assert state(model) == old

    def test_callbacks_keep_their_state(self):
        model, stop = sequential(), keras.callbacks.EarlyStopping("loss", patience=1)
        old = state(model, [stop])
        checkup.examine(model, *data(), epochs=3, callbacks=[stop])
        assert state(model, [stop]) == old

    def test_a_watch_changes_no_number_of_the_run(self):
        losses = []
        for callbacks in ([], [checkup.Watch(*data())]):
            keras.utils.set_random_seed(4)
            losses.append(sequential().fit(*data(), epochs=3, verbose=0, callbacks=callbacks).history["loss"])
        assert losses[0] == losses[1]


class TestReport:
    def report(self):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation="softmax")])
        model.compile("adam", "mse")
        return checkup.before(model, *data())

    def test_it_is_a_list_with_the_most_likely_cause_first(self):
        report = self.report()
        assert isinstance(report, list)
        assert report[0].cause == "softmax-over-one-unit"
        assert [f.sure for f in report if f.severity == "warning"] == sorted(
            (f.sure for f in report if f.severity == "warning"), reverse=True
        )

    def test_the_dictionary_is_stable(self):
        plain = json.loads(json.dumps(self.report().to_dict()))
        assert list(plain) == ["findings", "looked_at", "skipped"]
        assert {"cause", "severity", "seen", "means", "do", "section"} <= set(plain["findings"][0])

    def test_the_text_fits_a_terminal(self):
        text = str(self.report())
        prose = [line for line in text.splitlines() if not line.startswith("       ")]
        assert max(map(len, prose)) <= 80
        assert text.startswith("Found ")

    def test_a_notebook_gets_escaped_html(self):
        html = checkup.Report([found("nan-in-data", "1 < 2 & <b>", 0.9, data="x")])._repr_html_()
        assert "1 &lt; 2 &amp; &lt;b&gt;" in html

    def test_a_healthy_model_gets_the_list_of_what_was_looked_at(self):
        x, y = data(600)
        model = keras.Sequential([keras.Input((4,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
        model.compile(keras.optimizers.Adam(0.01), "mse")
        report = checkup.before(model, x, y, epochs=10)
        assert list(report) == []
        assert str(report).startswith("Nothing found.")
        assert {check.cause for check in CHECKS} <= set(report.looked_at)


def test_every_check_has_a_cause_with_texts():
    assert {check.cause for check in CHECKS} <= set(CAUSES)


@pytest.mark.parametrize("cause", CAUSES)
def test_the_section_of_a_cause_exists(cause):
    number, title, heading = re.fullmatch(r"(\d+) (.+) · (.+)", CAUSES[cause].section).groups()
    (path,) = (ROOT / "notebooks").glob(f"{int(number):02}-*.ipynb")
    cells = json.loads(path.read_text(encoding="utf8"))["cells"]
    headings = re.findall(r"(?m)^#+ (.+)$", "\n".join("".join(cell["source"]) for cell in cells))
    assert heading in headings
    assert headings[0].startswith(f"{number} · {title}")


def test_importing_it_is_light():
    code = "import sys; from lossopt import checkup; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"tensorflow", "keras", "sklearn", "matplotlib"} & set(loaded)


# ------------------------------------------------------------------------------------------------ bad input


def plain():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def said(report):
    """Return everything that a report says."""
    return " ".join([str(report), *report.skipped])


class TestBadInput:
    """Whatever comes in, a sentence comes out."""

    def test_no_model(self):
        with pytest.raises(ValueError, match=r"model must be a keras.Model, but got int"):
            checkup.before(3, *data())

    def test_an_argument_that_fit_does_not_have(self):
        with pytest.raises(ValueError, match="batchsize is no argument of fit"):
            checkup.before(plain(), *data(), batchsize=3)

    @pytest.mark.parametrize(
        "look", [checkup.before, lambda *a: checkup.examine(*a)], ids=["before", "examine"]
    )
    def test_not_compiled(self, look):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        assert look(model, *data())[0].cause == "not-compiled"

    @pytest.mark.parametrize(
        "look", [checkup.before, lambda *a: checkup.examine(*a)], ids=["before", "examine"]
    )
    def test_empty(self, look):
        assert look(plain(), np.zeros((0, 4)), np.zeros(0))[0].cause == "no-data"

    @pytest.mark.parametrize(
        "labels", [np.array(["cat", "dog"] * 32), ["cat", "dog"] * 32, np.array(["a"] * 64, object)]
    )
    def test_labels_that_are_strings(self, labels):
        assert checkup.before(plain(), data()[0], labels)[0].cause == "labels-not-numbers"

    def test_a_generator_is_not_read(self):
        x, y = data()
        generator = ((x[i : i + 8], y[i : i + 8]) for i in range(0, 64, 8))
        assert "x is a generator, and reading from it would take rows away from fit." in said(
            checkup.before(plain(), generator)
        )
        assert len(list(generator)) == 8

    def test_different_lengths(self):
        x, y = data()
        report = checkup.before(plain(), x, y[:50])
        assert report[0].cause == "misaligned-x-y"
        assert "50, 64 rows" in report[0].seen

    def test_a_dataset_without_labels(self):
        report = checkup.before(plain(), tf.data.Dataset.from_tensor_slices(data()[0]).batch(8))
        assert "There are no labels y." in said(report)

    def test_a_dataset_without_batches(self):
        report = checkup.before(plain(), tf.data.Dataset.from_tensor_slices(data()))
        assert "dataset.batch(32)" in said(report)

    def test_an_empty_dataset(self):
        report = checkup.before(plain(), tf.data.Dataset.from_tensor_slices(data()).batch(8).take(0))
        assert "The dataset has no batches." in said(report)

    def test_an_endless_dataset(self):
        report = checkup.before(
            plain(), tf.data.Dataset.from_tensor_slices(data()).batch(8).repeat(), steps_per_epoch=8
        )
        assert not report.warnings or report.warnings[0].cause != "fit-raises"

    @pytest.mark.parametrize("kind", ["ragged", "sparse"])
    def test_tensors_that_are_no_arrays(self, kind):
        rows = tf.ragged.constant([[1, 2], [3]] * 32) if kind == "ragged" else tf.sparse.from_dense(data()[0])
        report = checkup.before(plain(), rows, data()[1])
        assert (
            "cannot" in said(report)
            or "no rows that can be read" in said(report)
            or "ragged or sparse" in said(report)
        )

    def test_a_model_that_raises(self):
        class Raises(keras.Model):
            def call(self, x):
                raise RuntimeError("this model is broken")

        model = Raises()
        model.compile("adam", "mse")
        assert "this model is broken" in said(checkup.before(model, *data()))

    def test_a_loss_that_raises(self):
        def broken(y_true, y_pred):
            raise RuntimeError("this loss is broken")

        model = plain()
        model.compile("adam", broken)
        assert "this loss is broken" in said(checkup.before(model, *data()))

    def test_fit_raises_and_the_report_says_it(self):
        class Broken(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                raise RuntimeError("disk full")

        report = checkup.examine(plain(), *data(), callbacks=[Broken()])
        assert any(f.cause == "fit-raises" and "disk full" in f.seen for f in report)

    def test_a_model_with_random_output(self):
        model = keras.Sequential(
            [
                keras.Input((4,)),
                layers.GaussianNoise(0.5),
                layers.Dense(8, activation="relu"),
                layers.Dense(1),
            ]
        )
        model.compile("adam", "mse")
        assert checkup.before(model, *data()).looked_at

    def test_a_watch_that_saw_nothing(self):
        assert "no epoch yet" in said(checkup.Watch(*data()).report())

    def test_a_watch_without_data(self):
        model, watch = plain(), checkup.Watch()
        model.fit(*data(), epochs=2, verbose=0, callbacks=[watch])
        assert watch.report().skipped

    def test_data_frames_and_lists(self):
        x, y = data()
        assert "misaligned-x-y" not in [f.cause for f in checkup.before(plain(), x, list(map(float, y)))]


# ------------------------------------------------------------------------------------------------ logs

LINES = (
    "Epoch 1/2\n 3/57 ━ 0s 5ms/step - accuracy: 0.1000 - loss: 2.9\r57/57 ━━━ 1s 5ms/step - "
    "accuracy: 0.50 - loss: 1.6312 - val_loss: 1.9e+00\nEpoch 2/2\n57/57 ━━━ 0s 5ms/step - "
    "accuracy: 0.96 - loss: nan - val_loss: 1.8"
)


@pytest.mark.parametrize(
    ("text", "losses"),
    [
        (LINES, [1.6312, np.nan]),
        ("9/9 - 0s - loss: 2.0\n9/9 - 0s - loss: 1.0", [2, 1]),
        ("epoch,accuracy,loss\n0,0.5,2.5\n1,0.6,1.5\n", [2.5, 1.5]),
        ("epoch    loss  accuracy\n    1  2.5000    0.5000\n    2  1.2500    0.7500", [2.5, 1.25]),
        ("{'loss': [1.0, nan], 'accuracy': [np.float64(0.3), 1]}", [1, np.nan]),
    ],
    ids=["printed", "one line per epoch", "CSV", "our own table", "dictionary"],
)
def test_a_log_is_read(text, losses):
    np.testing.assert_array_equal(parse(text)["loss"], losses)


def curve(start, end, n=10):
    return list(np.linspace(start, end, n))


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ({"loss": [1, 2, np.nan], "accuracy": [0.5] * 3}, "nan-loss"),
        ({"loss": curve(0.5, -30), "accuracy": [0.5] * 10}, "labels-out-of-range"),
        ({"loss": [0.0] * 5, "accuracy": [0.6] * 5}, "categorical-loss-over-one-unit"),
        ({"loss": [1.8, 1.5, 1.471, 1.4704, 1.47], "accuracy": [0.5, 0.9, 0.98, 0.99, 0.99]}, "from_logits-twice"),
        ({"loss": [2.3026, 2.3025, 2.3026], "accuracy": [0.1, 0.11, 0.1]}, "not-learning"),
        ({"loss": [2.0, 5.0, 30.0]}, "learning-rate-too-large"),
        ({"loss": [1.2, 0.6, 0.3, 0.2, 0.1, 0.05], "val_loss": [1.2, 0.8, 0.7, 0.9, 1.1, 1.4]}, "overfitting"),
        ({"loss": curve(1, 0.1), "accuracy": curve(0.5, 0.99), "val_accuracy": [0.0] * 10, "val_loss": [3.0] * 10},
         "unshuffled-sorted-data"),
        ({"loss": curve(1, 0.1), "accuracy": [0.0] * 10}, "wrong-metric"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_log_is_judged(log, cause):
    assert checkup.read_log(log)[0].cause == cause


@pytest.mark.parametrize(
    "log",
    [{"loss": [2.3, 0.9, 0.5, 0.4, 0.36, 0.34], "accuracy": [0.2, 0.7, 0.8, 0.85, 0.87, 0.88]},
     {"loss": [9.0, 2.0, 1.1, 1.0, 0.98]}],
)  # fmt: skip
def test_a_healthy_log_gets_no_warning(log):
    assert checkup.read_log(log).warnings == []


@pytest.mark.parametrize(
    "log", [None, 3, "", "hello", {}, {"loss": []}, {"accuracy": [1]}, {"loss": ["a"]}, [], object()]
)
def test_a_log_that_cannot_be_read_ends_in_a_sentence(log):
    report = checkup.read_log(log)
    assert not report
    assert report.skipped[0].startswith("All checks: ")


def test_a_history_and_a_file_are_logs(tmp_path):
    history = plain().fit(*data(), epochs=1, verbose=0)
    assert checkup.read_log(history).looked_at
    (tmp_path / "log.csv").write_text("epoch,loss\n0,nan\n")
    assert checkup.read_log(tmp_path / "log.csv")[0].cause == "nan-loss"


# ------------------------------------------------------------------------------------------------ the clinic


def test_the_clinic_is_large_enough():
    causes = [re.search(r'^CAUSE = "(.+)"', path.read_text(), re.M)[1] for path in CASES.glob("*.py")]
    assert len(causes) - causes.count("healthy") >= 30
    assert causes.count("healthy") >= 20
    assert set(causes) <= {*CAUSES, "healthy"}


# A share of `make clinic`: one program for each cause that is found without training a copy, and some healthy ones.
SHARE = [
    "relu_output_digits", "dice_is_minimised", "exponential_hidden_units", "everything_frozen",
    "half_precision_by_layer",
    "mean_before_the_weights", "flat_targets_own_huber", "rides_in_seconds", "second_sigmoid", "missing_targets",
    "weights_by_frequency", "schedule_counted_in_epochs", "every_weight_a_tenth", "twenty_sigmoid_layers",
    "softmax_over_time", "rounded_features", "three_classes_one_sigmoid", "healthy_autoencoder", "healthy_contrastive",
]  # fmt: skip


@pytest.mark.parametrize("name", SHARE)
def test_a_program_of_the_clinic(name):
    from clinic import measure

    result = measure(CASES / f"{name}.py", faulty=not name.startswith("healthy"), before=True)
    assert result.warnings[:1] == ([] if result.cause == "healthy" else [result.cause])
