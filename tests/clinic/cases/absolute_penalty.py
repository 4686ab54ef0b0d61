import keras
from keras import layers
from toys import digits

CAUSE = "regularisation-too-strong"
SYMPTOM = "An L1 penalty of 0.1 weighs more than the data."


def build(faulty):
    x, y = digits()
    penalty = keras.regularizers.L1(0.1 if faulty else 1e-5)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="relu", kernel_regularizer=penalty),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
