import keras
from keras import layers
from toys import surface

CAUSE = "clipnorm-tiny"
SYMPTOM = "clipvalue=1e-6 under SGD stops all learning."


def build(faulty):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, clipvalue=1e-6 if faulty else 1.0), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
