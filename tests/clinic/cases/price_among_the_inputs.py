import keras
import numpy as np
from keras import layers
from toys import surface

CAUSE = "label-leak"
SYMPTOM = "The target in another unit is one of the inputs, so the loss is almost 0 (chapter 5)."


def build(faulty):
    x, y = surface()
    rng = np.random.default_rng(4)
    extra = 0.8 * y + 0.3 + rng.normal(0, 0.002, len(y)) if faulty else rng.normal(size=len(y))
    x = np.concatenate([x, extra[:, None]], 1).astype("float32")
    model = keras.Sequential([keras.Input((6,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
