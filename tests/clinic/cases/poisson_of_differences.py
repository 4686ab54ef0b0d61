import keras
from keras import layers
from toys import surface

CAUSE = "wrong-loss-for-task"
SYMPTOM = "A Poisson loss gets targets below zero."


def build(faulty):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"),
                              layers.Dense(1, activation="softplus" if faulty else None)])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "poisson" if faulty else "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
