import keras
from keras import layers
from toys import groups

CAUSE = "labels-out-of-range"
SYMPTOM = "Labels 1 to 3 under three units: Keras raises an error, or the loss is nan (chapter 4)."


def build(faulty):
    x, y = groups()
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24, activation="relu"),
                              layers.Dense(3, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y + 1 if faulty else y, "fit": {"epochs": 10}}
