import keras
import numpy as np
from keras import layers
from toys import digits

CAUSE = "healthy"
SYMPTOM = "A convolution removes noise from images, with the squared error and a sigmoid."


def build(faulty=False):
    x, _ = digits()
    clean = x.reshape(-1, 8, 8, 1)
    noisy = clean + np.random.default_rng(8).normal(0, 0.2, clean.shape).astype("float32")
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(16, 3, padding="same", activation="relu"),
                              layers.Conv2D(1, 3, padding="same", activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return {"model": model, "x": noisy, "y": clean, "fit": {"epochs": 6}}
