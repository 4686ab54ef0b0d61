import keras
from keras import layers, ops
from toys import digits

CAUSE = "healthy"
SYMPTOM = "A layer adds the divergence with add_loss, and draws random numbers."


class Sample(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(1)

    def call(self, mean_and_log_variance):
        mean, log_variance = mean_and_log_variance
        self.add_loss(
            0.01 * ops.mean(-0.5 * ops.sum(1 + log_variance - mean**2 - ops.exp(log_variance), axis=-1))
        )
        return mean + ops.exp(log_variance / 2) * keras.random.normal(ops.shape(mean), seed=self.seed)


def build(faulty=False):
    x, _ = digits()
    h = layers.Dense(32, activation="relu")(inputs := keras.Input((64,)))
    code = Sample()([layers.Dense(4)(h), layers.Dense(4)(h)])
    out = layers.Dense(64, activation="sigmoid")(layers.Dense(32, activation="relu")(code))
    model = keras.Model(inputs, out)
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy")
    return {"model": model, "x": x, "y": x, "fit": {"epochs": 8}}
