import keras
from keras import layers
from toys import rings

CAUSE = "dead-relu"
SYMPTOM = "A bias of −20 switches every hidden unit off, for every row."


def build(faulty):
    x, y = rings()
    bias = keras.initializers.Constant(-20.0 if faulty else 0.0)
    model = keras.Sequential([keras.Input((2,)), layers.Dense(24, activation="relu", bias_initializer=bias),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
