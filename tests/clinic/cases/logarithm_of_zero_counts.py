import keras
import numpy as np
from keras import layers
from toys import surface

CAUSE = "inf-in-data"
SYMPTOM = "The logarithm of a count of 0 is minus infinity, and so is the loss."


def build(faulty):
    x, y = surface()
    counts = np.random.default_rng(3).poisson(2.0, (len(x), 1))
    with np.errstate(divide="ignore"):
        column = np.log(counts) if faulty else np.log1p(counts)
    x = np.concatenate([x, column], 1).astype("float32")
    model = keras.Sequential([keras.Input((6,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
