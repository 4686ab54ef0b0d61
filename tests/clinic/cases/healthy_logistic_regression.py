import keras
from keras import layers
from toys import groups

CAUSE = "healthy"
SYMPTOM = "One layer suffices, because the classes lie on two sides of a plane."


def build(faulty=False):
    x, y = groups(classes=2)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.2), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
