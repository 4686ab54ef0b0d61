"""Exercises of the chapter *Similarity and ranking*."""

import numpy as np

from .exercise import Exercise

semi_hard = Exercise(
    task="return 1 for semi-hard triplets and 0 for the others",
    answer=lambda positive, negative, margin: (
        (positive < negative) & (negative**2 < positive**2 + margin)
    ).astype(int),
    right="They still teach, and they do not pull the whole map into one point.",
    slips={
        "That counts hard ones too: the negative has to be farther away than the positive.": (
            lambda positive, negative, margin: negative**2 < positive**2 + margin
        ),
        "Those are the hard ones: there the negative is nearer than the positive.": (
            lambda positive, negative, margin: negative < positive
        ),
        "That counts easy ones too: beyond the margin there is no loss.": (
            lambda positive, negative, margin: positive < negative
        ),
        "The margin is one of squared distances: square both.": lambda positive, negative, margin: (
            (positive < negative) & (negative < positive + margin)
        ),
    },
    cases=((np.array([1.0, 1.0, 1.0, 0.5, 0.2]), np.array([0.9, 1.05, 1.15, 0.6, 0.45]), 0.2),),
)
