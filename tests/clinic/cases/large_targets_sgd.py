import keras
from keras import layers
from toys import surface

CAUSE = "targets-not-scaled"
SYMPTOM = "With targets in the hundreds the first steps of SGD overshoot, and the loss becomes nan."


def build(faulty):
    x, y = surface()
    y = 300 * y if faulty else y
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.02), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
