import keras
from keras import layers
from toys import words

CAUSE = "healthy"
SYMPTOM = "A functional model with one attention layer reads sentences."


def build(faulty=False):
    x, y = words()
    h = layers.Embedding(120, 16)(inputs := keras.Input((16,), dtype="int32"))
    h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 8)(h, h))
    h = layers.Dense(16, activation="relu")(layers.GlobalAveragePooling1D()(h))
    model = keras.Model(inputs, layers.Dense(1)(h))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.003), loss, metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 6}}
