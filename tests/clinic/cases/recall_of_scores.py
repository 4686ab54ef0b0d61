import keras
from keras import layers
from toys import groups

CAUSE = "wrong-metric"
SYMPTOM = "The recall takes scores for probabilities, so it does not fit the loss (chapter 5)."


def build(faulty):
    x, y = groups(classes=2)
    metric = (
        keras.metrics.Recall(name="recall") if faulty else keras.metrics.Recall(thresholds=0.0, name="recall")
    )
    model = keras.Sequential([keras.Input((6,)), layers.Dense(24, activation="relu"), layers.Dense(1)])
    model.compile(
        keras.optimizers.Adam(0.005), keras.losses.BinaryCrossentropy(from_logits=True), metrics=[metric]
    )
    return {"model": model, "x": x, "y": y, "fit": {"epochs": 10}}
