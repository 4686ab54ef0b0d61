import keras
from keras import layers
from toys import surface

CAUSE = "learning-rate-negative"
SYMPTOM = "The loss climbs from the first step."


def build(faulty):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(-0.01 if faulty else 0.01, momentum=0.9), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
