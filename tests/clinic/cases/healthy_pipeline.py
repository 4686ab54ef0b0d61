import keras
import tensorflow as tf
from keras import layers
from toys import rings

CAUSE = "healthy"
SYMPTOM = "A tf.data pipeline shuffles and batches."


def build(faulty=False):
    x, y = rings(800)
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(800, seed=1).batch(32)
    model = keras.Sequential([keras.Input((2,)), layers.Dense(24, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": data, "y": None, "fit": {"epochs": 10}}
