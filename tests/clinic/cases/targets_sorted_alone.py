import keras
import numpy as np
from keras import layers
from toys import surface

CAUSE = "misaligned-x-y"
SYMPTOM = "The targets were sorted and the rows were not, so nothing can be learned."


def build(faulty):
    x, y = surface()
    y = np.sort(y) if faulty else y
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
