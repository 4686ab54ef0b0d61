import keras
import numpy as np
from keras import layers
from toys import surface

CAUSE = "inputs-not-scaled"
SYMPTOM = "One column holds years near 2,000, and the others are standardised."


def build(faulty):
    x, y = surface()
    year = 2010 + 5 * x[:, :1] if faulty else x[:, :1]
    model = keras.Sequential([keras.Input((6,)), layers.Dense(32, activation="tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return {"model": model, "x": np.concatenate([x, year], 1), "y": y, "fit": {"epochs": 15}}
