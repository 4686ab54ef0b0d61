import keras
from keras import layers, ops
from toys import surface

CAUSE = "loss-sign-flipped"
SYMPTOM = "An R² is minimised instead of maximised, so the fit gets worse without end."


def build(faulty):
    x, y = surface()

    def score(y_true, y_pred):
        r2 = 1 - ops.square(y_true - y_pred)
        return r2 if faulty else -r2

    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), score)
    return {"model": model, "x": x, "y": y[:, None], "fit": {"epochs": 15}}
