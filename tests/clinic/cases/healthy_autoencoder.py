import keras
from keras import layers
from toys import digits

CAUSE = "healthy"
SYMPTOM = "Images are rebuilt from eight numbers, with a sigmoid and the cross-entropy."


def build(faulty=False):
    x, _ = digits()
    model = keras.Sequential([keras.Input((64,)), layers.Dense(32, activation="relu"), layers.Dense(8),
                              layers.Dense(32, activation="relu"), layers.Dense(64, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy")
    return {"model": model, "x": x, "y": x, "fit": {"epochs": 10}}
