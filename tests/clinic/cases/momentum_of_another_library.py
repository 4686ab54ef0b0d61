import keras
from keras import layers
from toys import digits

CAUSE = "batchnorm-misuse"
SYMPTOM = "The momentum 0.05 is copied from a library in which it means the opposite."


def build(faulty):
    x, y = digits()
    norm = layers.BatchNormalization(momentum=0.05 if faulty else 0.95)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40), norm, layers.ReLU(),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10, "batch_size": 16}}
