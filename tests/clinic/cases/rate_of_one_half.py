import keras
from keras import layers
from toys import digits

CAUSE = "learning-rate-too-large"
SYMPTOM = "After one huge step the ReLU units are off, and the loss stays near log 10 (chapter 4)."


def build(faulty):
    x, y = digits()
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64, activation="relu"),
                              layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(
        keras.optimizers.Adam(0.5 if faulty else 0.002),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
