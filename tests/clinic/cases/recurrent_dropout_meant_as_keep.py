import keras
from keras import layers
from toys import waves

CAUSE = "dropout-too-high"
SYMPTOM = "Nine tenths of a recurrent layer's inputs are dropped, where nine tenths were to be kept."


def build(faulty):
    x, y = waves()
    model = keras.Sequential([keras.Input((20, 1)), layers.LSTM(16, dropout=0.9 if faulty else 0.1),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 8}}
