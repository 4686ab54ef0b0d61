import keras
from keras import layers
from toys import rings

CAUSE = "regression-loss-for-classification"
SYMPTOM = "A sigmoid is trained with the squared error, and confident mistakes have hardly a gradient."


def build(faulty):
    x, y = rings()
    model = keras.Sequential([keras.Input((2,)), layers.Dense(24, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.SGD(0.1), "mse" if faulty else "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 20}}
