import keras
from keras import layers
from toys import digits

CAUSE = "healthy"
SYMPTOM = "A linear autoencoder computes principal components, so it needs no activation."


def build(faulty=False):
    x, _ = digits()
    model = keras.Sequential([keras.Input((64,)), layers.Dense(2), layers.Dense(64)])
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return {"model": model, "x": x, "y": x, "fit": {"epochs": 10}}
