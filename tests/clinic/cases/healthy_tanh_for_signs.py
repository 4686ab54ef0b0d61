import keras
from keras import layers
from toys import rings

CAUSE = "healthy"
SYMPTOM = "The squared hinge loss with labels −1 and 1, and a tanh."


def build(faulty=False):
    x, y = rings()
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(24, activation="relu"), layers.Dense(1, activation="tanh")]
    )
    model.compile(keras.optimizers.Adam(0.01), "squared_hinge")
    return {"model": model, "x": x, "y": 2.0 * y - 1, "fit": {"epochs": 12}}
