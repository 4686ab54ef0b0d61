import keras
from keras import layers
from toys import surface

CAUSE = "too-few-epochs"
SYMPTOM = "The run ends while the loss falls fast."


def build(faulty):
    x, y = surface(600)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"),
                              layers.Dense(32, activation="relu"), layers.Dense(1)])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.001), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 1 if faulty else 40}}
