"""Exercises of the chapter *One number for a batch*."""

import numpy as np

from .exercise import Exercise

default_reduction = Exercise(
    task="work out the number and put it in place of the dots",
    answer=34 / 3,
    right="34 / 3: the number of samples divides, whatever the weights.",
    slips={
        "You divided by the sum of the weights; the default divides by the number of samples.": 34 / 6,
        "That is the weighted sum: the default divides it by the number of samples.": 34.0,
        "That is the mean without the weights.": 4.0,
        "A sample of weight 0 still counts in the number of samples.": 34 / 2,
    },
    tolerance=1e-2,
)


uninformed_loss = Exercise(
    task="work out the loss of a guess among 26",
    answer=np.log(26),
    right="3.26. If your first printed loss is far above, look for the mistake before you train on.",
    slips={
        "That is the binary logarithm; losses use the natural one, np.log.": np.log2(26),
        "That is the decimal logarithm; losses use the natural one, np.log.": np.log10(26),
        "That is the probability itself: take −log of it.": 1 / 26,
        "That is the loss for ten classes; letters are 26.": np.log(10),
    },
    tolerance=2e-2,
)
