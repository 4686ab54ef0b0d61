"""The seed and the printed log."""

import keras
import numpy as np

from lossopt import training


def test_one_seed_is_one_training():
    def train(seed):
        training.set_seed(seed)
        model = keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)]
        )
        model.compile(optimizer="adam", loss="mse")
        x = np.random.normal(size=(50, 2))  # noqa: NPY002 - set_seed has to seed the old generator too
        return model.fit(x, x[:, :1], epochs=2, batch_size=10, verbose=0).history["loss"]

    assert train(1) == train(1)
    assert train(1) != train(2)


def test_log_shows_first_last_and_every_nth_epoch_loss_first(capsys):
    log = {
        "accuracy": [0.1] * 5,
        "loss": [3.0, 2.5, 2.0, 1.5, 1.0],
        "val_accuracy": [0.2] * 5,
        "val_loss": [4.0] * 5,
    }
    training.print_log(log, every=2, digits=2)
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert [line.split() for line in lines] == [
        [epoch, loss, "0.10", "4.00", "0.20"]
        for epoch, loss in (("1", "3.00"), ("2", "2.50"), ("4", "1.50"), ("5", "1.00"))
    ]
    assert len({len(line) for line in (header, *lines)}) == 1
