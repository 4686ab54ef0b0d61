import keras
import numpy as np
from keras import layers, ops
from toys import surface

CAUSE = "healthy"
SYMPTOM = "An own loss that returns one value per sample, with weights."


def build(faulty=False):
    x, y = surface()

    class Absolute(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.abs(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), Absolute())
    weights = np.random.default_rng(13).uniform(0.5, 2, len(x))
    return {"model": model, "x": x, "y": y[:, None], "fit": {"epochs": 12, "sample_weight": weights}}
