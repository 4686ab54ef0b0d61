import keras
import numpy as np
from keras import layers
from toys import words

CAUSE = "healthy"
SYMPTOM = "A table and a sentence meet in one model."


def build(faulty=False):
    text, y = words(600)
    table = np.random.default_rng(10).normal(size=(600, 3)).astype("float32") + y[:, None] * 0.5
    a, b = keras.Input((3,), name="table"), keras.Input((16,), dtype="int32", name="text")
    h = layers.Concatenate()([a, layers.GlobalAveragePooling1D()(layers.Embedding(120, 8)(b))])
    model = keras.Model(
        {"table": a, "text": b}, layers.Dense(1, activation="sigmoid")(layers.Dense(16, activation="relu")(h))
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": {"table": table, "text": text}, "y": y, "fit": {"epochs": 8}}
