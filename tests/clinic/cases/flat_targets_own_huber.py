import keras
from keras import layers, ops
from toys import surface

CAUSE = "target-shape-n-vs-n1"
SYMPTOM = "All predictions are equal, and the loss stays at what a constant costs (chapter 3)."


def build(faulty):
    x, y = surface()

    class Huber(keras.losses.Loss):
        def call(self, y_true, y_pred):
            error = ops.abs(y_true - y_pred)
            return ops.where(error < 1, error**2 / 2, error - 0.5)

    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), Huber())
    return {"model": model, "x": x, "y": y if faulty else y[:, None], "fit": {"epochs": 15}}
