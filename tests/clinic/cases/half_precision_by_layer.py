import keras
from keras import layers
from toys import groups

CAUSE = "mixed-precision-unscaled"
SYMPTOM = "The layers compute in float16 and the loss is not scaled, so small gradients are 0."


def build(faulty):
    x, y = groups(classes=4)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(32, activation="relu", dtype="mixed_float16"),
                              layers.Dense(4, activation="softmax", dtype="float32")])  # fmt: skip
    optimizer = keras.optimizers.SGD(0.1)
    if not faulty:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
