import keras
from keras import layers
from toys import digits

CAUSE = "healthy"
SYMPTOM = "A cosine with warm-up that ends with the run, clipping, and an early stop."


def build(faulty=False):
    x, y = digits()
    rate = keras.optimizers.schedules.CosineDecay(0.0, 400, warmup_target=0.01, warmup_steps=50)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(40, activation="relu"), layers.Dropout(0.3),
                              layers.Dense(10, activation="softmax")])  # fmt: skip
    model.compile(
        keras.optimizers.Adam(rate, global_clipnorm=1.0),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return {
        "model": model,
        "x": x,
        "y": y,
        "fit": {"epochs": 10, "validation_split": 0.2, "callbacks": [stop]},
    }
