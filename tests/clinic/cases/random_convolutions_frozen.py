import keras
from keras import layers
from toys import digits

CAUSE = "frozen-layer-that-must-train"
SYMPTOM = "A convolution with fresh random weights is frozen like a trained one."


def build(faulty):
    x, y = digits()
    first = layers.Conv2D(4, 3, activation="relu", trainable=not faulty)
    model = keras.Sequential([keras.Input((8, 8, 1)), first, layers.MaxPooling2D(3), layers.Flatten(),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x.reshape(-1, 8, 8, 1), "y": y, "fit": {"epochs": 10}}
