import keras
from keras import layers
from toys import rings

CAUSE = "schedule-steps-vs-epochs"
SYMPTOM = "An exponential decay meant for epochs acts in every update."


def build(faulty):
    x, y = rings(1000)
    rate = keras.optimizers.schedules.ExponentialDecay(0.02, 1 if faulty else 32, 0.9)
    model = keras.Sequential([keras.Input((2,)), layers.Dense(24, activation="tanh"),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 20}}
