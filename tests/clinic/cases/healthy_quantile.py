import keras
from keras import layers, ops
from toys import surface

CAUSE = "healthy"
SYMPTOM = "An own loss estimates a high quantile, one value per sample."


def build(faulty=False):
    x, y = surface()

    def pinball(y_true, y_pred):
        error = y_true - y_pred
        return ops.mean(ops.maximum(0.9 * error, -0.1 * error), axis=-1)

    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), pinball)
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
