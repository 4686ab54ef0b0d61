import keras
import numpy as np
from keras import layers

CAUSE = "class-imbalance-ignored"
SYMPTOM = "The accuracy equals the share of the common class (chapter 7)."


def build(faulty):
    rng = np.random.default_rng(5)
    y = rng.choice(3, 1500, p=[0.92, 0.04, 0.04])
    x = (rng.normal(size=(1500, 5)) + 0.7 * np.eye(3)[y] @ rng.normal(size=(3, 5))).astype("float32")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(16, activation="relu"),
                              layers.Dense(3, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    fit = {"epochs": 12} if faulty else {"epochs": 12, "class_weight": {0: 0.36, 1: 8.3, 2: 8.3}}
    return {"model": model, "x": x, "y": y, "fit": fit}
