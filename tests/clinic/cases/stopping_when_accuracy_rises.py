import keras
from keras import layers
from toys import digits

CAUSE = "callback-misconfigured"
SYMPTOM = "Early stopping waits for the accuracy to fall, and ends a run that improves (chapter 17)."


def build(faulty):
    x, y = digits()
    stop = keras.callbacks.EarlyStopping("val_accuracy", mode="min" if faulty else "max", patience=3)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="relu"),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.0005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {
        "model": model,
        "x": x,
        "y": y,
        "fit": {"epochs": 20, "validation_split": 0.2, "callbacks": [stop]},
    }
