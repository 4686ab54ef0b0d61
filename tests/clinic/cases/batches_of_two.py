import keras
from keras import layers
from toys import groups

CAUSE = "batchnorm-misuse"
SYMPTOM = "Batch normalisation gets batches of two rows."


def build(faulty):
    x, y = groups(n=400)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24), layers.BatchNormalization(), layers.ReLU(),
                              layers.Dense(3, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12, "batch_size": 2 if faulty else 16}}
