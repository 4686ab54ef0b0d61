import keras
from keras import layers
from toys import surface

CAUSE = "wrong-loss-for-task"
SYMPTOM = "The squared logarithmic error clips all negative targets."


def build(faulty):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), "mean_squared_logarithmic_error" if faulty else "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
