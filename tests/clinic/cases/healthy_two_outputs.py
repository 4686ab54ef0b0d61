import keras
from keras import layers
from toys import surface

CAUSE = "healthy"
SYMPTOM = "One model predicts a number and a class, with losses of similar size."


def build(faulty=False):
    x, y = surface()
    h = layers.Dense(32, activation="relu")(inputs := keras.Input((5,)))
    model = keras.Model(inputs, {"height": layers.Dense(1, name="height")(h),
                                 "high": layers.Dense(1, activation="sigmoid", name="high")(h)})  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), {"height": "mse", "high": "binary_crossentropy"},
                  metrics={"high": ["accuracy"]})  # fmt: skip
    return {
        "model": model,
        "x": x,
        "y": {"height": y, "high": (y > 0).astype("float32")},
        "fit": {"epochs": 10},
    }
