import keras
from keras import layers
from toys import surface

CAUSE = "wrong-loss-for-task"
SYMPTOM = "A number is predicted with the binary cross-entropy, and the loss falls below zero (chapter 5)."


def build(faulty):
    x, y = surface()
    y = 3 + y
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"),
                              layers.Dense(1, activation="sigmoid" if faulty else None)])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy" if faulty else "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
