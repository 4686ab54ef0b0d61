import keras
from keras import layers
from toys import rings

CAUSE = "from_logits-forgotten"
SYMPTOM = "Scores go into the binary cross-entropy, which clips half of them (chapter 5)."


def build(faulty):
    x, y = rings()
    model = keras.Sequential([keras.Input((2,)), layers.Dense(24, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=not faulty))
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
