import keras
from keras import layers
from toys import rare

CAUSE = "class-weight-misassigned"
SYMPTOM = "The class weights are the frequencies instead of their inverse (chapter 7)."


def build(faulty):
    x, y = rare()
    share = float(y.mean())
    weight = {0: 1 - share, 1: share} if faulty else {0: 0.5 / (1 - share), 1: 0.5 / share}
    model = keras.Sequential([keras.Input((6,)), layers.Dense(16, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12, "class_weight": weight}}
