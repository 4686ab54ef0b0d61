import keras
from keras import layers, ops
from toys import surface

CAUSE = "healthy"
SYMPTOM = "The model predicts a mean and a log-variance, and the own loss is a likelihood."


def build(faulty=False):
    x, y = surface()

    def likelihood(y_true, y_pred):
        mean, log_variance = y_pred[:, :1], y_pred[:, 1:]
        return ops.mean(0.5 * (log_variance + ops.square(y_true - mean) / ops.exp(log_variance)), axis=-1)

    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="tanh"), layers.Dense(2)])
    model.compile(keras.optimizers.Adam(0.01), likelihood)
    return {"model": model, "x": x, "y": y[:, None], "fit": {"epochs": 15}}
