import keras
from keras import layers
from toys import waves

CAUSE = "healthy"
SYMPTOM = "An LSTM forecasts the next value of a wave, in order of time."


def build(faulty=False):
    x, _ = waves(600, 21)
    model = keras.Sequential([keras.Input((20, 1)), layers.LSTM(16), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return {"model": model, "x": x[:, :20], "y": x[:, 20, 0], "fit": {"epochs": 8, "validation_split": 0.2}}
