import keras
import numpy as np
from keras import layers

CAUSE = "padding-not-masked"
SYMPTOM = "Series of different lengths are filled up with zeros that the GRU reads."


def build(faulty):
    rng = np.random.default_rng(7)
    y = rng.integers(0, 2, 600)
    x = rng.normal(size=(600, 60, 2)).astype("float32")
    x[:, 0, 0] += np.where(y, 1.5, -1.5)
    lengths = rng.integers(3, 10, 600)
    x *= (np.arange(60)[None, :] < lengths[:, None])[..., None]
    mask = [] if faulty else [layers.Masking()]
    model = keras.Sequential(
        [keras.Input((60, 2)), *mask, layers.GRU(12), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 6}}
