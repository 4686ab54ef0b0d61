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
    right="In these triplets the push away from the negative is stronger than the pull to the positive.",
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
        "A negative at the distance of the positive is not farther away, so use < and not <=.": (
            lambda positive, negative, margin: (positive <= negative) & (negative**2 < positive**2 + margin)
        ),
        "Exactly at the margin the loss is 0, so use < and not <=.": (
            lambda positive, negative, margin: (positive < negative) & (negative**2 <= positive**2 + margin)
        ),
        "At both borders use < and not <=.": lambda positive, negative, margin: (
            (positive <= negative) & (negative**2 <= positive**2 + margin)
        ),
    },
    cases=(
        (
            np.array([1.0, 1.0, 1.0, 0.5, 0.2, 0.5, 0.5]),
            np.array([0.9, 1.05, 1.15, 0.6, 0.45, 0.45, 0.7]),
            0.2,
        ),
        # Equal distances, and exactly at the margin, without rounding.
        (np.array([0.5, 0.5, 0.5, 0.5]), np.array([0.5, 0.75, 1.0, 1.25]), 0.75),
    ),
)

_rng = np.random.default_rng(0)


def _recall(points, y):
    squared = np.sum((points[:, None] - points) ** 2, axis=-1)
    np.fill_diagonal(squared, np.inf)
    return np.mean(y[np.argmin(squared, axis=1)] == y)


def _recall_of(points, y, itself=np.inf, similarity=False):
    score = -(points @ points.T) if similarity else np.sum((points[:, None] - points) ** 2, axis=-1)
    np.fill_diagonal(score, itself)
    return np.mean(y[np.argmin(score, axis=1)] == y)


recall_at_one = Exercise(
    task="return the share of points whose nearest other point has the same class",
    answer=_recall,
    right="It needs no threshold, and it also works for classes that no network has seen.",
    slips={
        "Each point found itself; fill the diagonal with infinity first.": lambda points, y: _recall_of(
            points, y, itself=0.0
        ),
        "You chose the farthest point; use np.argmin.": lambda points, y: np.mean(
            y[np.argmax(np.sum((points[:, None] - points) ** 2, axis=-1), axis=1)] == y
        ),
        "You chose by the dot product, which favours long vectors; use the distance.": (
            lambda points, y: _recall_of(points, y, similarity=True)
        ),
        "You counted the points; divide by their number.": lambda points, y: len(y) * _recall(points, y),
        "You returned the share of wrong answers.": lambda points, y: 1 - _recall(points, y),
    },
    cases=(
        (_rng.normal(size=(40, 3)) * np.arange(1, 41)[:, None] / 20, np.arange(40) % 3),
        (
            # The second point is nearer to the first than the third is, although the third has the smaller gaps.
            np.array([[0.0, 0.0], [0.0, 3.0], [2.2, 2.2], [9.0, 9.0], [9.5, 9.0], [9.0, 12.0]]),
            np.array([4, 4, 5, 5, 5, 4]),
        ),
    ),
)


def _info_nce(anchor, positive, temperature):
    a = anchor / np.linalg.norm(anchor, axis=1, keepdims=True)
    p = positive / np.linalg.norm(positive, axis=1, keepdims=True)
    logits = a @ p.T / temperature
    logits = logits - np.max(logits, axis=1, keepdims=True)
    return np.log(np.sum(np.exp(logits), axis=1)) - np.diag(logits)


def _chosen(logits, axis=1, itself=0.0):
    """Return −log softmax at the diagonal, which has `itself` added in the sum alone."""
    return np.logaddexp.reduce(logits + itself * np.eye(len(logits)), axis=axis) - np.diag(logits)


def _cosines(anchor, positive):
    a, p = (it / np.linalg.norm(it, axis=1, keepdims=True) for it in (anchor, positive))
    return a @ p.T


def _info_nce_by_exp(anchor, positive, temperature):
    logits = _cosines(anchor, positive) / temperature
    with np.errstate(over="ignore"):
        return np.log(np.sum(np.exp(logits), axis=1)) - np.diag(logits)


info_nce_loss = Exercise(
    task="return the InfoNCE loss of each anchor",
    answer=_info_nce,
    right="It is the cross-entropy of a classifier whose classes are the partners of this batch.",
    slips={
        "You summed over the anchors; each anchor chooses among the partners, axis=1.": (
            lambda anchor, positive, temperature: _chosen(_cosines(anchor, positive) / temperature, axis=0)
        ),
        "Divide each row by its length first.": lambda anchor, positive, temperature: _chosen(
            anchor @ positive.T / temperature
        ),
        "You multiplied by the temperature; divide by it.": lambda anchor, positive, temperature: _chosen(
            _cosines(anchor, positive) * temperature
        ),
        "You left out the temperature.": lambda anchor, positive, temperature: _chosen(
            _cosines(anchor, positive)
        ),
        "The sum includes the partner itself, not only the negatives.": (
            lambda anchor, positive, temperature: _chosen(
                _cosines(anchor, positive) / temperature, itself=-1e9
            )
        ),
        "At a low temperature exp overflows; subtract the maximum of each row first.": _info_nce_by_exp,
        "You returned the mean; return one loss per anchor.": lambda *case: np.mean(_info_nce(*case)),
    },
    cases=(
        (_rng.normal(size=(4, 3)), 2 * _rng.normal(size=(4, 3)), 0.5),
        (3 * _rng.normal(size=(5, 2)), _rng.normal(size=(5, 2)), 0.001),
        (np.abs(_rng.normal(size=(5, 2))), np.abs(_rng.normal(size=(5, 2))), 0.001),
    ),
)


def _dpo(model, reference, beta):
    scores = beta * (model - reference)
    return np.logaddexp(0, scores[:, 1] - scores[:, 0])


def _dpo_by_exp(model, reference, beta):
    scores = beta * (model - reference)
    with np.errstate(over="ignore"):
        return np.log(1 + np.exp(scores[:, 1] - scores[:, 0]))


def _dpo_probability(model, reference, beta):
    return np.exp(-_dpo(model, reference, beta))


dpo_loss = Exercise(
    task="return the DPO loss of each pair of answers",
    answer=_dpo,
    right="It is log 2 where the model agrees with its reference about the two answers.",
    slips={
        "You left out the reference; subtract its log-probabilities.": lambda model, reference, beta: _dpo(
            model, 0 * reference, beta
        ),
        "The sign is reversed; a higher score of the preferred answer lowers the loss.": (
            lambda model, reference, beta: _dpo(reference, model, beta)
        ),
        "You left out β.": lambda model, reference, beta: _dpo(model, reference, 1),
        "exp overflows for a large difference; use np.logaddexp(0, x).": _dpo_by_exp,
        "You returned the probability that the preferred answer wins; return −log of it.": _dpo_probability,
        "You returned the mean; return one loss per pair.": lambda *case: np.mean(_dpo(*case)),
    },
    cases=(
        (
            np.array([[-20.0, -21.0], [-24.0, -35.0], [-30.0, -18.0], [-9.0, -9.5]]),
            np.array([[-20.0, -21.0], [-20.0, -21.0], [-20.0, -21.0], [-12.0, -7.0]]),
            0.1,
        ),
        (np.array([[-4000.0, -10.0], [-3.0, -2.0]]), np.array([[-100.0, -60.0], [-2.5, -3.5]]), 0.5),
    ),
)
