import keras
from keras import layers
from toys import digits

CAUSE = "batch-too-large"
SYMPTOM = "A batch as large as the data leaves one update per epoch."


def build(faulty):
    x, y = digits()
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="relu"),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10, "batch_size": 1797 if faulty else 32}}
