import keras
from keras import layers
from toys import groups

CAUSE = "binary-head-for-multiclass"
SYMPTOM = "One sigmoid unit has to tell three classes apart."


def build(faulty):
    x, y = groups()
    head = layers.Dense(1, activation="sigmoid") if faulty else layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24, activation="relu"), head])
    loss = "binary_crossentropy" if faulty else "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
