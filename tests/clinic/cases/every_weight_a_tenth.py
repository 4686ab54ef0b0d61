import keras
from keras import layers
from toys import digits

CAUSE = "bad-init"
SYMPTOM = "Every weight starts at 0.1, so all units of a layer stay equal (chapter 11)."


def build(faulty):
    x, y = digits()
    init = keras.initializers.Constant(0.1) if faulty else "glorot_uniform"
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="tanh", kernel_initializer=init),
                              layers.Dense(10, activation="softmax", kernel_initializer=init)])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
