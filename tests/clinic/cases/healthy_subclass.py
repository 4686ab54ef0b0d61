import keras
from keras import layers
from toys import groups

CAUSE = "healthy"
SYMPTOM = "A subclassed model that nobody has built yet, with dropout."


class Two(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(32, activation="relu")
        self.drop = layers.Dropout(0.2)
        self.out = layers.Dense(3, activation="softmax")

    def call(self, x, training=False):
        return self.out(self.drop(self.hidden(x), training=training))


def build(faulty=False):
    x, y = groups()
    model = Two()
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
