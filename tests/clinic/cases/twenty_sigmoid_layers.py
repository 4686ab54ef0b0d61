import keras
from keras import layers
from toys import rings

CAUSE = "vanishing-gradient"
SYMPTOM = "Of twenty sigmoid layers the first get no gradient to speak of (chapter 11)."


def build(faulty):
    x, y = rings()
    hidden = [
        layers.Dense(12, activation="sigmoid" if faulty else "relu") for _ in range(20 if faulty else 3)
    ]
    model = keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
