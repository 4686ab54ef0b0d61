import keras
from keras import layers
from toys import tags

CAUSE = "softmax-for-multilabel"
SYMPTOM = "Several tags per row are predicted with a softmax."


def build(faulty):
    x, y = tags()
    model = keras.Sequential([keras.Input((8,)), layers.Dense(32, activation="relu"),
                              layers.Dense(4, activation="softmax" if faulty else "sigmoid")])  # fmt: skip
    model.compile(
        keras.optimizers.Adam(0.01), "categorical_crossentropy" if faulty else "binary_crossentropy"
    )
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
