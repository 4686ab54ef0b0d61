import keras
from keras import layers
from toys import digits

CAUSE = "inputs-not-scaled"
SYMPTOM = "The first loss is several times log 10, and the loss jumps (chapters 2, 4 and 18)."


def build(faulty):
    x, y = digits()
    x = x.reshape(-1, 8, 8, 1) * (255 if faulty else 1)
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(12, 3, activation="relu"), layers.Flatten(),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 8}}
