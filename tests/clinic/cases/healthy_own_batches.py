import keras
from keras import layers
from toys import surface

CAUSE = "healthy"
SYMPTOM = "A PyDataset hands out batches."


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x) // 32

    def __getitem__(self, i):
        return self.x[32 * i : 32 * i + 32], self.y[32 * i : 32 * i + 32]


def build(faulty=False):
    x, y = surface()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "huber")
    return {"model": model, "x": Batches(x, y), "y": None, "fit": {"epochs": 10}}
