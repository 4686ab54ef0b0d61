import keras
import tensorflow as tf
from keras import layers, ops
from toys import digits

CAUSE = "healthy"
SYMPTOM = "Two noisy views of an image are pulled together, in a training step of its own."


class Contrast(keras.Model):
    def __init__(self):
        super().__init__()
        self.map = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(8)])

    def call(self, x):
        return self.map(x)

    def train_step(self, data):
        x = data[0] if isinstance(data, tuple) else data
        with tf.GradientTape() as tape:
            a, b = (
                ops.normalize(self(x + tf.random.normal(tf.shape(x), stddev=0.1)), axis=-1) for _ in range(2)
            )
            scores = ops.matmul(a, ops.transpose(b)) / 0.2
            loss = ops.mean(
                keras.losses.sparse_categorical_crossentropy(
                    tf.range(tf.shape(x)[0]), scores, from_logits=True
                )
            )
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def build(faulty=False):
    x, _ = digits()
    model = Contrast()
    model(x[:1])
    model.compile(keras.optimizers.Adam(0.002))
    return {"model": model, "x": x, "y": None, "fit": {"epochs": 6}}
