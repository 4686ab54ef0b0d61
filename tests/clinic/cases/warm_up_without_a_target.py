import keras
from keras import layers
from toys import digits

CAUSE = "schedule-steps-vs-epochs"
SYMPTOM = "The loss never moves, because the schedule starts at 0 and has no target (chapter 17)."


def build(faulty):
    x, y = digits()
    target = {} if faulty else {"warmup_target": 0.002, "warmup_steps": 50}
    rate = keras.optimizers.schedules.CosineDecay(0.0, 600, **target)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="relu"),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 12}}
