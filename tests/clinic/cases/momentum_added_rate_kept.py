import keras
from keras import layers
from toys import surface

CAUSE = "learning-rate-too-large"
SYMPTOM = "Momentum of 0.99 is added to a tuned rate, and the loss grows (chapters 1 and 13)."


def build(faulty):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"),
                              layers.Dense(32, activation="relu"), layers.Dense(1)])  # fmt: skip
    model.compile(keras.optimizers.SGD(0.2 if faulty else 0.02, momentum=0.99 if faulty else 0.9), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
