import keras
from keras import layers
from toys import digits

CAUSE = "healthy"
SYMPTOM = "Twelve layers with skips and layer normalisation."


def build(faulty=False):
    x, y = digits()
    h = layers.Dense(32)(inputs := keras.Input((64,)))
    for _ in range(6):
        h = h + layers.Dense(32)(layers.Dense(32, activation="gelu")(layers.LayerNormalization()(h)))
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(h))
    model.compile(keras.optimizers.AdamW(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 6}}
