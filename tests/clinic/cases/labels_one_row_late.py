import keras
import numpy as np
from keras import layers
from toys import groups

CAUSE = "misaligned-x-y"
SYMPTOM = "A header was read as a row, so every label belongs to the row before (chapter 2)."


def build(faulty):
    x, y = groups(n=700)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24, activation="relu"),
                              layers.Dense(3, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": np.roll(y, 1) if faulty else y, "fit": {"epochs": 12}}
