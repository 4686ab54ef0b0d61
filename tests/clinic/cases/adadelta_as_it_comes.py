import keras
from keras import layers
from toys import waves

CAUSE = "learning-rate-too-small"
SYMPTOM = "The model looks frozen under Adadelta() (chapter 16)."


def build(faulty):
    x, y = waves()
    model = keras.Sequential([keras.Input((20, 1)), layers.Conv1D(12, 5, activation="relu"),
                              layers.GlobalMaxPooling1D(), layers.Dense(1, activation="sigmoid")])  # fmt: skip
    optimizer = keras.optimizers.Adadelta() if faulty else keras.optimizers.Adam(0.01)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
