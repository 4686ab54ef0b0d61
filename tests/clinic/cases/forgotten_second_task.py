import keras
from keras import layers
from toys import surface

CAUSE = "loss-weights-wrong"
SYMPTOM = "The second output has the loss weight 0, left from an experiment."


def build(faulty):
    x, y = surface()
    h = layers.Dense(32, activation="relu")(inputs := keras.Input((5,)))
    model = keras.Model(
        inputs, [layers.Dense(1, name="height")(h), layers.Dense(1, activation="sigmoid", name="high")(h)]
    )
    model.compile(
        keras.optimizers.Adam(0.01),
        ["mse", "binary_crossentropy"],
        loss_weights=[1.0, 0.0 if faulty else 1.0],
    )
    return {"model": model, "x": x, "y": [y, (y > 0).astype("float32")], "fit": {"epochs": 10}}
