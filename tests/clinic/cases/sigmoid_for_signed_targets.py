import keras
from keras import layers
from toys import surface

CAUSE = "output-activation-range-mismatch"
SYMPTOM = "A sigmoid can never be negative, and half of the targets are."


def build(faulty):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"),
                              layers.Dense(1, activation="sigmoid" if faulty else "linear")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "mae")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
