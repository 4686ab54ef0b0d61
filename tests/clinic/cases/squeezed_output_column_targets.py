import keras
from keras import layers
from toys import surface

CAUSE = "target-shape-n-vs-n1"
SYMPTOM = "The model squeezes its output to (n,), and the targets have the shape (n, 1)."


def build(faulty):
    x, y = surface()

    class Squared(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return (y_true - y_pred) ** 2

    out = layers.Dense(32, activation="relu")(inputs := keras.Input((5,)))
    out = layers.Dense(1)(out)
    model = keras.Model(inputs, layers.Reshape(())(out) if faulty else out)
    model.compile(keras.optimizers.Adam(0.005), Squared())
    return {"model": model, "x": x, "y": y[:, None], "fit": {"epochs": 15}}
