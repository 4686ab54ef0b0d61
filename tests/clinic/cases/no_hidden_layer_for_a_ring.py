import keras
from keras import layers
from toys import rings

CAUSE = "missing-nonlinearity"
SYMPTOM = "A ring cannot be separated by a straight line."


def build(faulty):
    x, y = rings()
    hidden = [] if faulty else [layers.Dense(24, activation="relu")]
    model = keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 20}}
