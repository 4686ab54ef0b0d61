import keras
from keras import layers
from toys import surface

CAUSE = "inputs-not-scaled"
SYMPTOM = "Tiny inputs leave only the bias, so all predictions are equal (chapter 3)."


def build(faulty):
    x, y = surface()
    x = x * 1e-4 if faulty else x
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
