import keras
from keras import layers
from toys import groups

CAUSE = "healthy"
SYMPTOM = "A float16 model whose loss Keras scales."


def build(faulty=False):
    x, y = groups(classes=4)
    policy = keras.dtype_policies.DTypePolicy("mixed_float16")
    h = layers.Dense(32, activation="relu", dtype=policy)(inputs := keras.Input((6,)))
    model = keras.Model(inputs, layers.Dense(4, activation="softmax", dtype="float32")(h))
    model.compile(
        keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.005)), "sparse_categorical_crossentropy"
    )
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
