import keras
from keras import layers
from toys import digits

CAUSE = "schedule-steps-vs-epochs"
SYMPTOM = "The loss stays the same after a few batches (chapters 17 and 18)."


def build(faulty):
    x, y = digits()
    rate = keras.optimizers.schedules.CosineDecay(0.002, 12 if faulty else 12 * 57)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="relu"),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
