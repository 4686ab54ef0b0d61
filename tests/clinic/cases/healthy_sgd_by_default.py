import keras
from keras import layers
from toys import groups

CAUSE = "healthy"
SYMPTOM = "SGD at its default rate is slow, and arrives."


def build(faulty=False):
    x, y = groups(n=1200)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24, activation="relu"),
                              layers.Dense(3, activation="softmax")])  # fmt: skip
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 15}}
