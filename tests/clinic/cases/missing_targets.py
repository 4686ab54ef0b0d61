import keras
import numpy as np
from keras import layers
from toys import surface

CAUSE = "nan-in-data"
SYMPTOM = "Some targets are missing, and the loss is nan from the start (chapter 5)."


def build(faulty):
    x, y = surface()
    if faulty:
        y[::50] = np.nan
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
