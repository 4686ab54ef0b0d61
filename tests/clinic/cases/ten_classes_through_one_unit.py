import keras
from keras import layers
from toys import digits

CAUSE = "bottleneck-too-narrow"
SYMPTOM = "Ten classes have to pass through a single unit."


def build(faulty):
    x, y = digits()
    model = keras.Sequential([keras.Input((64,)), layers.Dense(48, activation="relu"),
                              layers.Dense(1 if faulty else 24, activation="relu"),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
