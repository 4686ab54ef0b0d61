import keras
from keras import layers, ops
from toys import surface

CAUSE = "gradient-none"
SYMPTOM = "Rounding between two layers cuts the way back to the first one."


def build(faulty):
    x, y = surface()
    inputs = keras.Input((5,))
    h = layers.Dense(16, activation="tanh")(inputs)
    h = ops.cast(ops.cast(3 * h, "int32"), "float32") if faulty else 3 * h
    model = keras.Model(inputs, layers.Dense(1)(layers.Dense(16, activation="relu")(h)))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
