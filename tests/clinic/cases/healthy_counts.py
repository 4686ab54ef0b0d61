import keras
import numpy as np
from keras import layers
from toys import surface

CAUSE = "healthy"
SYMPTOM = "Counts are predicted with the Poisson loss and an exponential output."


def build(faulty=False):
    x, y = surface()
    counts = np.random.default_rng(9).poisson(np.exp(0.5 + 0.6 * y)).astype("float32")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"),
                              layers.Dense(1, activation="exponential")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "poisson")
    return {"model": model, "x": x, "y": counts, "fit": {"epochs": 12}}
