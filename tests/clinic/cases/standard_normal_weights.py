import keras
from keras import layers
from toys import digits

CAUSE = "bad-init"
SYMPTOM = "Weights with standard deviation 1 saturate every tanh unit."


def build(faulty):
    x, y = digits()
    init = keras.initializers.RandomNormal(stddev=1.0) if faulty else "glorot_uniform"
    model = keras.Sequential([keras.Input((64,)), layers.Dense(128, activation="tanh", kernel_initializer=init),
                              layers.Dense(128, activation="tanh", kernel_initializer=init),
                              layers.Dense(10, activation="softmax", kernel_initializer=init)])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
