import keras
from keras import layers
from toys import rings

CAUSE = "from_logits-twice"
SYMPTOM = "The binary loss stops above 0.3, because the sigmoid is applied twice (chapter 5)."


def build(faulty):
    x, y = rings()
    model = keras.Sequential([keras.Input((2,)), layers.Dense(24, activation="relu"),
                              layers.Dense(1, activation="sigmoid" if faulty else None)])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.02), keras.losses.BinaryCrossentropy(from_logits=True))
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
