import keras
from keras import layers
from toys import surface

CAUSE = "regularisation-too-strong"
SYMPTOM = "AdamW with weight_decay=5 keeps all weights near 0 (chapter 15)."


def build(faulty):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=5.0 if faulty else 0.01), "mse")
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
