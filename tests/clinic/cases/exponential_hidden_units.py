import keras
from keras import layers
from toys import surface

CAUSE = "exploding-activation"
SYMPTOM = "Hidden units with an exponential activation blow the loss up."


def build(faulty):
    x, y = surface()
    act = "exponential" if faulty else "relu"
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation=act), layers.Dense(32, activation=act),
                              layers.Dense(1)])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
