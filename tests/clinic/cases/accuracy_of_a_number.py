import keras
from keras import layers
from toys import surface

CAUSE = "wrong-metric"
SYMPTOM = "The accuracy of a regression is 0, whatever the loss."


def build(faulty):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["accuracy" if faulty else "mae"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
