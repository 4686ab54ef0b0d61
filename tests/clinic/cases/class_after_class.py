import keras
import numpy as np
from keras import layers
from toys import groups

CAUSE = "unshuffled-sorted-data"
SYMPTOM = "The rows are ordered by class and shuffle is off, so every batch teaches one class."


def build(faulty):
    x, y = groups(n=900)
    if faulty:
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24, activation="relu"),
                              layers.Dense(3, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 8, "shuffle": False}}
