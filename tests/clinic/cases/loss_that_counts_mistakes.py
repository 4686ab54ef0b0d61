import keras
from keras import layers, ops
from toys import rings

CAUSE = "gradient-none"
SYMPTOM = "The loss compares rounded predictions with the labels, and fit raises an error (chapter 1)."


def build(faulty):
    x, y = rings()

    def mistakes(y_true, y_pred):
        guess = ops.cast(y_pred > 0.5, "float32") if faulty else y_pred
        return ops.mean(ops.square(y_true - guess), axis=-1)

    model = keras.Sequential([keras.Input((2,)), layers.Dense(24, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), mistakes)
    return {"model": model, "x": x, "y": y[:, None], "fit": {"epochs": 15}}
