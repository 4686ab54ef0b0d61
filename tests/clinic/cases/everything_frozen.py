import keras
from keras import layers
from toys import rings

CAUSE = "trainable-none"
SYMPTOM = "The whole model was frozen before compile, and the loss is the same in every epoch."


def build(faulty):
    x, y = rings()
    model = keras.Sequential([keras.Input((2,)), layers.Dense(24, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.trainable = not faulty
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
