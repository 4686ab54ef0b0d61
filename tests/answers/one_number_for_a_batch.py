"""Typical wrong answers to the exercises of the chapter, each with words that the feedback must say."""

import numpy as np

WRONG = {
    "default_reduction": [((4 + 30) / 6, "sum of the weights"), (34, "weighted sum")],
    "uninformed_loss": [(np.log2(26), "binary logarithm"), (1 / 26, "probability itself")],
}
