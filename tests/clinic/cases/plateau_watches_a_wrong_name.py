import keras
from keras import layers
from toys import surface

CAUSE = "callback-misconfigured"
SYMPTOM = "The rate is never cut, because the name in monitor does not exist (chapter 17)."


def build(faulty):
    x, y = surface()
    cut = keras.callbacks.ReduceLROnPlateau("val_los" if faulty else "val_loss", factor=0.5, patience=2)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return {
        "model": model,
        "x": x,
        "y": y,
        "fit": {"epochs": 15, "validation_split": 0.2, "callbacks": [cut]},
    }
