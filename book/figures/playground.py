"""What the playground shows where scripts are off: a race down the ravine."""

import numpy as np

from lossopt.optimizers import SGD, Adam
from lossopt.plotting import path_and_state, svg
from lossopt.surfaces import descend, ravine


def figure():
    walks = {
        "SGD": descend(ravine, SGD(0.01), steps=100),
        "momentum": descend(ravine, SGD(0.004, momentum=0.9), steps=100),
        "Adam": descend(ravine, Adam(0.2), steps=100),
    }
    left, right = path_and_state(
        ravine, *((name, down.path, np.linalg.norm(down.path, axis=1)) for name, down in walks.items())
    )
    left.set_title("ravine")
    right.set_title("distance to the minimum")
    ends = ", ".join(f"{name} {np.linalg.norm(down.path[-1]):.2g}" for name, down in walks.items())
    return svg(
        left, right, alt=f"A race down a ravine; after 100 steps the distances to the minimum are: {ends}."
    )
