import keras
from keras import layers
from toys import digits

CAUSE = "forgot-recompile"
SYMPTOM = "The base is unfrozen for the second stage, but nothing in it moves."


def build(faulty):
    x, y = digits()
    base = keras.Sequential([keras.Input((64,)), layers.Dense(48, activation="relu")])
    model = keras.Sequential([keras.Input((64,)), base, layers.Dense(10, activation="softmax")])
    base.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=1, verbose=0)
    base.trainable = True
    if not faulty:
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 8}}
