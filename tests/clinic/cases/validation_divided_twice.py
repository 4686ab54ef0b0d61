import keras
from keras import layers
from toys import digits

CAUSE = "validation-preprocessed-differently"
SYMPTOM = "The validation images were divided by 16 once more."


def build(faulty):
    x, y = digits()
    held_out = x[1500:] / (16 if faulty else 1)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="relu"),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {
        "model": model,
        "x": x[:1500],
        "y": y[:1500],
        "fit": {"epochs": 10, "validation_data": (held_out, y[1500:])},
    }
