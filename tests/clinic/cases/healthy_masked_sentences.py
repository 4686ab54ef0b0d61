import keras
import numpy as np
from keras import layers
from toys import words

CAUSE = "healthy"
SYMPTOM = "Padded sentences with mask_zero=True."


def build(faulty=False):
    x, y = words()
    x = x * (np.arange(16)[None, :] < np.random.default_rng(11).integers(6, 17, len(x))[:, None])
    model = keras.Sequential([keras.Input((16,), dtype="int32"), layers.Embedding(120, 8, mask_zero=True),
                              layers.GRU(12), layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 6}}
