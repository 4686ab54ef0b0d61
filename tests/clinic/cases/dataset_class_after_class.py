import keras
import numpy as np
import tensorflow as tf
from keras import layers
from toys import groups

CAUSE = "unshuffled-sorted-data"
SYMPTOM = "A tf.data pipeline is batched in the order of the classes and never shuffled."


def build(faulty):
    x, y = groups(n=900)
    order = np.argsort(y, kind="stable")
    data = tf.data.Dataset.from_tensor_slices((x[order], y[order]))
    data = (data if faulty else data.shuffle(900, seed=1)).batch(30)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24, activation="relu"),
                              layers.Dense(3, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": data, "y": None, "fit": {"epochs": 8}}
