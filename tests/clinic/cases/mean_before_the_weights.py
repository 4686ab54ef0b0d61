import keras
import numpy as np
from keras import layers, ops
from toys import surface

CAUSE = "custom-loss-ignores-weights"
SYMPTOM = "Permuting the sample weights does not change the loss (chapter 2)."


def build(faulty):
    x, y = surface()
    weights = np.where(x[:, 0] > 0, 5.0, 0.2)

    class Absolute(keras.losses.Loss):
        def call(self, y_true, y_pred):
            error = ops.abs(y_true - y_pred)
            return ops.mean(error) if faulty else ops.mean(error, axis=-1)

    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), Absolute())
    return {"model": model, "x": x, "y": y[:, None], "fit": {"epochs": 15, "sample_weight": weights}}
