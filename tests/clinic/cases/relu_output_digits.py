import keras
from keras import layers
from toys import digits

CAUSE = "relu-output-for-classification"
SYMPTOM = "Ten ReLU units are the class outputs, and digits whose unit dies are never found."


def build(faulty):
    x, y = digits()
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="relu"),
                              layers.Dense(10, activation="relu" if faulty else "softmax")])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
