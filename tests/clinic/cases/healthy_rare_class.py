import keras
from keras import layers
from toys import rare

CAUSE = "healthy"
SYMPTOM = "A rare class with balanced class weights and an AUC."


def build(faulty=False):
    x, y = rare()
    model = keras.Sequential([keras.Input((6,)), layers.Dense(16, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(
        keras.optimizers.Adam(0.005),
        "binary_crossentropy",
        metrics=["accuracy", keras.metrics.AUC(name="auc")],
    )
    weight = {0: 0.53, 1: 8.3}
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10, "class_weight": weight}}
