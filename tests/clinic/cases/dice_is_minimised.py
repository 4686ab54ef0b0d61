import keras
import numpy as np
from keras import layers, ops

CAUSE = "loss-sign-flipped"
SYMPTOM = "The overlap is given as the loss, so the predicted masks shrink to nothing."


def build(faulty):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 12, 12, 1)).astype("float32")
    y = (x + np.roll(x, 1, 1) > 0.8).astype("float32")

    def overlap(y_true, y_pred):
        both = ops.sum(y_true * y_pred, axis=(1, 2, 3))
        dice = (2 * both + 1) / (ops.sum(y_true, axis=(1, 2, 3)) + ops.sum(y_pred, axis=(1, 2, 3)) + 1)
        return dice if faulty else 1 - dice

    model = keras.Sequential([keras.Input((12, 12, 1)), layers.Conv2D(8, 3, padding="same", activation="relu"),
                              layers.Conv2D(1, 1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), overlap)
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 8}}
