import keras
import numpy as np
from keras import layers

CAUSE = "healthy"
SYMPTOM = "A bidirectional GRU tags every step, with three classes."


def build(faulty=False):
    rng = np.random.default_rng(12)
    x = rng.integers(1, 40, (500, 10))
    y = ((x + np.roll(x, 1, 1)) % 3 == 0).astype("int32") + (x > 30)
    model = keras.Sequential([keras.Input((10,), dtype="int32"), layers.Embedding(40, 16),
                              layers.Bidirectional(layers.GRU(16, return_sequences=True)),
                              layers.Dense(3, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
