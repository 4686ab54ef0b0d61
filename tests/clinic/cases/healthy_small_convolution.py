import keras
from keras import layers
from toys import digits

CAUSE = "healthy"
SYMPTOM = "A convolution with batch normalisation and global pooling."


def build(faulty=False):
    x, y = digits()
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(16, 3, use_bias=False), layers.BatchNormalization(),
                              layers.ReLU(), layers.Conv2D(32, 3, activation="relu"), layers.GlobalAveragePooling2D(),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x.reshape(-1, 8, 8, 1), "y": y, "fit": {"epochs": 8}}
