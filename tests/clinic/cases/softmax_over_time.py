import keras
import numpy as np
from keras import layers

CAUSE = "softmax-wrong-axis"
SYMPTOM = "In a tagger the softmax runs over the steps instead of the classes."


def build(faulty):
    rng = np.random.default_rng(6)
    x = rng.normal(size=(500, 8, 3)).astype("float32")
    y = x.argmax(-1)
    inputs = keras.Input((8, 3))
    h = layers.Dense(16, activation="relu")(inputs)
    model = keras.Model(inputs, layers.Softmax(axis=1 if faulty else -1)(layers.Dense(3)(h)))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
