import keras
from keras import layers
from toys import groups

CAUSE = "learning-rate-too-small"
SYMPTOM = "Plain SGD at a millionth hardly moves the loss."


def build(faulty):
    x, y = groups(classes=4)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24, activation="relu"),
                              layers.Dense(4, activation="softmax")])  # fmt: skip
    model.compile(
        keras.optimizers.SGD(1e-6 if faulty else 0.1), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
