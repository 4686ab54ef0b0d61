"""Exercises of the chapter *Similarity and ranking*."""

import numpy as np

from .exercise import Exercise

cosine_of_angle = Exercise(
    task="return the cosine of the angle between two vectors",
    answer=lambda a, b: a @ b / (np.linalg.norm(a) * np.linalg.norm(b)),
    right="It is 1 for the same direction, 0 for a right angle and −1 for opposite directions.",
    slips={
        "You returned the dot product; divide it by the lengths of both vectors.": lambda a, b: a @ b,
        "You divided by the length of a only; divide by the length of b, too.": lambda a, b: (
            a @ b / np.linalg.norm(a)
        ),
        "You divided by the length of b only; divide by the length of a, too.": lambda a, b: (
            a @ b / np.linalg.norm(b)
        ),
        "You divided by the squared lengths; divide by the lengths.": lambda a, b: (
            a @ b / ((a @ a) * (b @ b))
        ),
        "You returned the angle; return its cosine.": lambda a, b: np.arccos(
            a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
        ),
    },
    cases=(
        (np.array([3.0, 4.0]), np.array([4.0, 3.0])),
        (np.array([1.0, 2.0, 2.0]), np.array([-2.0, 1.0, 0.5])),
    ),
)


def _contrastive_slope(similar, distance, margin, sign=-1, beyond=False, scale=1.0):
    short = margin - distance if beyond else np.maximum(margin - distance, 0)
    return scale * np.where(similar == 1, distance, sign * short)


contrastive_gradient = Exercise(
    task="return the derivative of the contrastive loss with respect to each distance",
    answer=_contrastive_slope,
    right="Similar pairs move together at any distance, dissimilar pairs apart only up to the margin.",
    slips={
        "For a dissimilar pair the sign is reversed; a larger distance lowers its loss.": lambda *case: (
            _contrastive_slope(*case, sign=1)
        ),
        "Beyond the margin a dissimilar pair has no loss, so its derivative is 0.": lambda *case: (
            _contrastive_slope(*case, beyond=True)
        ),
        "You left out the ½ of the loss, so your derivative is twice as large.": lambda *case: (
            _contrastive_slope(*case, scale=2.0)
        ),
        "You returned the loss; return its derivative.": lambda similar, distance, margin: (
            np.where(similar == 1, distance**2, np.maximum(margin - distance, 0) ** 2) / 2
        ),
        "You swapped similar and dissimilar pairs.": lambda similar, distance, margin: _contrastive_slope(
            1 - similar, distance, margin
        ),
    },
    cases=(
        (np.array([1, 0, 1, 0, 0]), np.array([0.3, 0.3, 1.5, 1.5, 0.9]), 1.0),
        (np.array([0, 1]), np.full(2, 1.5), 2.0),
    ),
)

semi_hard = Exercise(
    task="return 1 for semi-hard triplets and 0 for the others",
    answer=lambda positive, negative, margin: (
        (positive < negative) & (negative**2 < positive**2 + margin)
    ).astype(int),
    right="These triplets have a gradient, and they do not lead to collapse as hard ones may.",
    slips={
        "You counted hard triplets, too; the negative has to be farther away than the positive.": (
            lambda positive, negative, margin: negative**2 < positive**2 + margin
        ),
        "You returned the hard triplets, in which the negative is closer than the positive.": (
            lambda positive, negative, margin: negative < positive
        ),
        "You counted easy triplets, too; beyond the margin there is no loss.": (
            lambda positive, negative, margin: positive < negative
        ),
        "You compared distances; the margin is one of squared distances, so square both.": (
            lambda positive, negative, margin: (positive < negative) & (negative < positive + margin)
        ),
    },
    cases=((np.array([1.0, 1.0, 1.0, 0.5, 0.2]), np.array([0.9, 1.05, 1.15, 0.6, 0.45]), 0.2),),
)

_rng = np.random.default_rng(0)


def _nearest(known, labels, new, choose=np.argmin, similarity=False, axis=1):
    squared = np.sum((new[:, None] - known) ** 2, axis=-1)
    return labels[choose(-(new @ known.T) if similarity else squared, axis=axis)]


nearest_label = Exercise(
    task="return the label of the nearest known point for each new point",
    answer=_nearest,
    right="This classifier needs no training, so it takes new classes at any time.",
    slips={
        "You chose the farthest point; use np.argmin.": lambda *case: _nearest(*case, choose=np.argmax),
        "You chose by the dot product, which favours long vectors; use the distance.": lambda *case: _nearest(
            *case, similarity=True
        ),
        "You returned positions; look them up in labels.": lambda known, labels, new: np.argmin(
            np.sum((new[:, None] - known) ** 2, axis=-1), axis=1
        ),
        "You chose along the new points; argmin goes along the known ones, axis=1.": lambda *case: _nearest(
            *case, axis=0
        ),
    },
    cases=(
        (
            _rng.normal(size=(8, 2)) * np.arange(1, 9)[:, None],
            np.array([4, 4, 5, 5, 6, 6, 7, 7]),
            _rng.normal(size=(6, 2)),
        ),
        (
            np.array([[0.0, 0.0], [10.0, 0.0]]),
            np.array([1, 3]),
            np.array([[1.0, 1.0], [9.0, 1.0], [4.0, 0.0]]),
        ),
    ),
)
