"""Draw the figures of the cards on the page of losses: each loss over one number, and its slope next to it."""

from itertools import pairwise

import numpy as np

from lossopt import losses
from lossopt.plotting import (
    BLUE,
    DASHES,
    GREEN,
    GREY,
    PURPLE,
    VERMILION,
    label_lines,
    loss_and_gradient,
    panels,
    svg,
)

HEIGHT = 2.1


def along(loss, predict, *y_true, part=None, **arguments):
    """Return a function of x: the loss of `predict(x)`, and its derivative by the chain rule.

    `part` says which of several gradients belongs to what is predicted.
    """

    def value_and_slope(x, step=1e-6):
        slopes = loss.gradient(*y_true, predict(x), **arguments)
        slopes = slopes if part is None else slopes[part]
        change = (np.asarray(predict(x + step)) - predict(x - step)) / (2 * step)
        return np.sum(loss(*y_true, predict(x), **arguments)), np.sum(slopes * change)

    return value_and_slope


def draw(what, low, high, curves, alt, kinks=(), top=None):
    """Draw curves (label, colour, function) over `what`, next to their slopes; lines are broken at `kinks`."""
    left, right = panels(2, height=HEIGHT)
    ends = [low, *kinks, high]
    pieces = [np.linspace(a + 1e-5, b - 1e-5, 60) for a, b in pairwise(ends)]
    for label, colour, function in curves:
        look = {"color": colour, "linestyle": DASHES.get(colour, "-")}
        look |= {"linewidth": 1.2, "zorder": 1} if colour == GREY else {}
        for piece in pieces:
            both = np.array([function(x) for x in piece])
            for ax, heights in zip((left, right), both.T, strict=True):
                ax.plot(piece, heights, **look, label=label if piece is pieces[-1] else None)
    for ax, title in ((left, "loss"), (right, "its slope")):
        ax.set(title=title, xlabel=what, xlim=(low, high))
    left.set_ylim(bottom=min(0, left.get_ylim()[0]), top=top)
    if top:  # where the loss is cut off, its slope is too steep to show
        right.set_ylim(*np.clip(right.get_ylim(), -2 * top, 2 * top))
    right.axhline(0, color=GREY, linewidth=0.6, zorder=0)
    label_lines(left, right)
    return svg(left, right, alt=alt)


def over_error(*curves, colours, alt, top=4):
    left, right = loss_and_gradient(*curves, colours=colours, top=top)
    for ax in (left, right):
        ax.figure.set_figheight(HEIGHT)
    return svg(left, right, alt=alt)


def two(p):
    return np.array([[p, 1 - p]])


def scores(z):
    return np.array([[z, 0.0, 0.0]])


def logit(p):
    return np.log(p / (1 - p))


def beta_nll_at(v, beta):
    """Return the loss for an error of 1, and the gradient of v, which is not the slope of the loss."""
    slopes = losses.beta_nll.gradient(ONE, ZERO, np.array([v]), beta=beta)
    return losses.beta_nll(ONE, ZERO, np.array([v]), beta=beta)[0], slopes[1][0]


def one_among(cosine, n):
    """Return InfoNCE at a temperature of 0.1 where all n − 1 others are at right angles, and its slope."""
    z = np.append(cosine, np.zeros(n - 1))[None] / 0.1
    return (
        losses.sparse_categorical_crossentropy([0], z, from_logits=True)[0],
        losses.sparse_categorical_crossentropy.gradient([0], z, from_logits=True)[0, 0] / 0.1,
    )


def pair_of_sigmoid(cosine, sign):
    """Return what one pair adds to the sigmoid contrastive loss, and its slope."""
    z = np.array([sign * (10 * cosine - 5)])
    value = losses.binary_crossentropy(ONE, z, from_logits=True)[0]
    return value, 10 * sign * losses.binary_crossentropy.gradient(ONE, z, from_logits=True)[0]


def two_of_three(degrees):
    a = np.radians(degrees)
    return np.array([[1, 0], [np.cos(a), np.sin(a)], [0, 1]])


def own_cosine(degrees):
    return np.array([[np.cos(np.radians(degrees)), 0.5]])


FIRST, FIRST_OF_TWO = np.array([[1.0, 0, 0]]), np.array([[1.0, 0]])
ONE, ZERO = np.array([1.0]), np.array([0.0])
P, Z = "p of the right class", "score of the right class"
SQUARED = ("squared", losses.mean_squared_error)


def figure(name):
    return FIGURES[name]() if name in FIGURES else None


FIGURES = {
    "mean_squared_error": lambda: over_error(
        SQUARED,
        colours=[BLUE],
        alt="A parabola over the error; its gradient is a straight line through zero.",
    ),
    "mean_absolute_error": lambda: over_error(
        ("absolute", losses.mean_absolute_error),
        colours=[VERMILION],
        alt="A V over the error; its gradient jumps at zero from −1 to 1.",
    ),
    "huber": lambda: over_error(
        ("δ = 1", losses.huber),
        ("δ = 2", losses.huber, {"delta": 2}),
        colours=[GREEN, PURPLE],
        alt="Round at zero, straight far away; the gradient is cut off at −δ and δ, drawn for δ of 1 and 2.",
    ),
    "log_cosh": lambda: over_error(
        ("log-cosh", losses.log_cosh),
        ("Huber", losses.huber),
        colours=[PURPLE, GREEN],
        alt="Log-cosh lies just below Huber's loss; its gradient bends smoothly to −1 and 1.",
    ),
    "pinball": lambda: over_error(
        ("q = 0.9", losses.pinball, {"q": 0.9}),
        ("q = 0.5", losses.pinball, {"q": 0.5}),
        colours=[BLUE, VERMILION],
        alt="A crooked V for q = 0.9, nine times steeper below the target; an even V for q = 0.5.",
        top=None,
    ),
    "mean_squared_logarithmic_error": lambda: draw(
        "prediction ŷ, target 10",
        0,
        40,
        [("MSLE", BLUE, along(losses.mean_squared_logarithmic_error, np.array, 10.0))],
        alt="Steep below the target of 10 nearly flat above: twice the target costs slightly more than half of it.",
    ),
    "mean_absolute_percentage_error": lambda: draw(
        "prediction ŷ",
        0,
        20,
        [
            ("y = 10", BLUE, along(losses.mean_absolute_percentage_error, np.array, 10.0)),
            ("y = 5", VERMILION, along(losses.mean_absolute_percentage_error, np.array, 5.0)),
        ],
        kinks=(5, 10),
        alt="A V over each of two targets; that of the target 5 is twice as steep as that of the target 10.",
    ),
    "poisson": lambda: draw(
        "predicted rate ŷ",
        0.3,
        12,
        [
            ("y = 5", BLUE, along(losses.poisson, np.array, 5.0)),
            ("y = 1", VERMILION, along(losses.poisson, np.array, 1.0)),
        ],
        alt="Steep towards rate 0, almost straight above; the lowest point lies at the count, at −3 for a count of 5.",
    ),
    "gaussian_nll": lambda: draw(
        "predicted variance v",
        0.2,
        6,
        [
            ("error 1", BLUE, along(losses.gaussian_nll, np.array, 0.0, 1.0, part=1)),
            ("error 2", VERMILION, along(losses.gaussian_nll, np.array, 0.0, 2.0, part=1)),
        ],
        top=6,
        alt="Over the variance, steep where it is too small; the lowest point is at the squared error, 1 and 4.",
    ),
    "cosine_similarity": lambda: draw(
        "angle in radians",
        0,
        np.pi,
        [
            (
                None,
                BLUE,
                along(
                    losses.cosine_similarity,
                    lambda a: np.array([np.cos(a), np.sin(a)]),
                    np.array([1.0, 0]),
                ),
            )
        ],
        alt="From −1 at equal directions to 1 at opposite ones; the slope is greatest at a right angle.",
    ),
    "kl_divergence": lambda: draw(
        "predicted p, target 0.7",
        0.02,
        0.98,
        [(None, BLUE, along(losses.kl_divergence, two, np.array([[0.7, 0.3]])))],
        alt="Zero at the target of 0.7, steep towards both ends.",
    ),
    "binary_crossentropy": lambda: draw(
        "logit ŷ",
        -5,
        5,
        [
            ("y = 1", BLUE, along(losses.binary_crossentropy, np.atleast_1d, ONE, from_logits=True)),
            ("y = 0", VERMILION, along(losses.binary_crossentropy, np.atleast_1d, ZERO, from_logits=True)),
        ],
        alt="For label 1 straight on the wrong side and flat on the right one, mirrored for label 0.",
    ),
    "binary_focal_crossentropy": lambda: draw(
        P,
        0.02,
        1,
        [
            ("γ = 0", GREY, along(losses.binary_focal_crossentropy, np.atleast_1d, ONE, gamma=0)),
            ("γ = 2", BLUE, along(losses.binary_focal_crossentropy, np.atleast_1d, ONE)),
        ],
        top=4,
        alt="Above one half the loss with γ = 2 is almost flat, while cross-entropy, in grey, still falls.",
    ),
    "categorical_crossentropy": lambda: draw(
        Z,
        -4,
        8,
        [
            ("smoothing 0", BLUE, along(losses.categorical_crossentropy, scores, FIRST, from_logits=True)),
            (
                "0.1",
                VERMILION,
                along(losses.categorical_crossentropy, scores, FIRST, from_logits=True, label_smoothing=0.1),
            ),
        ],
        alt="Falls towards zero as the right score grows; with label smoothing 0.1 it turns and rises again.",
    ),
    "categorical_focal_crossentropy": lambda: draw(
        P,
        0.02,
        1,
        [
            ("cross-entropy", GREY, along(losses.categorical_crossentropy, two, FIRST_OF_TWO)),
            ("focal", BLUE, along(losses.categorical_focal_crossentropy, two, FIRST_OF_TWO)),
        ],
        top=4,
        alt="By default a quarter of cross-entropy at probability 0, and almost nothing above one half.",
    ),
    "sparse_categorical_crossentropy": lambda: draw(
        P,
        0.02,
        1,
        [(None, BLUE, along(losses.sparse_categorical_crossentropy, two, [0]))],
        top=4,
        alt="Minus the logarithm of the right class's probability: 0 at probability 1, without bound towards 0.",
    ),
    "categorical_generalized_cross_entropy": lambda: draw(
        P,
        0.02,
        1,
        [
            ("q → 0", GREY, along(losses.categorical_generalized_cross_entropy, two, [0], q=1e-6)),
            ("q = 0.5", BLUE, along(losses.categorical_generalized_cross_entropy, two, [0])),
            ("q = 1", VERMILION, along(losses.categorical_generalized_cross_entropy, two, [0], q=1)),
        ],
        top=4,
        alt="Cross-entropy has no bound at probability 0; q = 0.5 ends at 2, and q = 1 is a straight line.",
    ),
    "hinge": lambda: draw(
        "signed score y ŷ",
        -2,
        3,
        [(None, BLUE, along(losses.hinge, np.atleast_1d, ONE))],
        kinks=(1,),
        alt="A straight fall to zero at a signed score of 1, then flat; the slope jumps from −1 to 0.",
    ),
    "squared_hinge": lambda: draw(
        "signed score y ŷ",
        -2,
        3,
        [
            ("hinge", GREY, along(losses.hinge, np.atleast_1d, ONE)),
            ("squared", BLUE, along(losses.squared_hinge, np.atleast_1d, ONE)),
        ],
        kinks=(1,),
        alt="Half a parabola that ends at a signed score of 1; its slope rises to 0, where hinge's jumps.",
    ),
    "categorical_hinge": lambda: draw(
        "right score, best wrong one 1",
        -1,
        4,
        [(None, BLUE, along(losses.categorical_hinge, lambda z: np.array([[z, 1.0, 0]]), FIRST))],
        kinks=(2,),
        alt="A straight fall to zero where the right score leads by 1, then flat; the slope jumps from −1 to 0.",
    ),
    "dice": lambda: draw(
        "share of the mask that is found",
        0,
        1,
        [(None, BLUE, along(losses.dice, lambda s: np.array([s, s, 0.0, 0.0]), np.array([1.0, 1, 0, 0])))],
        alt="From 1 down to 0 as more of the mask is found, steeper at first than at the end.",
    ),
    "tversky": lambda: draw(
        "share of the mask missed, or added",
        0,
        1,
        [
            (
                label,
                colour,
                along(losses.tversky, mask, np.array([1.0, 1, 0, 0]), alpha=0.7, beta=0.3),
            )
            for label, colour, mask in [
                ("missed", BLUE, lambda s: np.array([1 - s, 1 - s, 0, 0])),
                ("added", VERMILION, lambda s: np.array([1, 1, s, s])),
            ]
        ],
        alt="With α = 0.7 and β = 0.3, what is missed costs far more than what is added.",
    ),
    "circle": lambda: draw(
        "degrees between two of one class",
        0,
        90,
        [
            (
                None,
                BLUE,
                along(
                    losses.circle,
                    lambda a: np.array([[1, 0], [np.cos(np.radians(a)), np.sin(np.radians(a))], [0, -1]]),
                    [0, 0, 1],
                ),
            )
        ],
        alt="Flat and near zero up to about 50 degrees, where the margin is met, then ever steeper.",
    ),
    "ctc": lambda: draw(
        "p of the label at each of 3 steps",
        0.02,
        0.98,
        [
            ("label 1", BLUE, along(losses.ctc, lambda p: np.log([[[1 - p, p]] * 3]), [[1]])),
            ("label 1, 1", VERMILION, along(losses.ctc, lambda p: np.log([[[1 - p, p]] * 3]), [[1, 1]])),
        ],
        top=6,
        alt="One label costs least where it is certain; twice the same needs a blank between, and 2/3 is best.",
    ),
    "triplet": lambda: draw(
        "distance to the negative, 1 to the positive",
        0,
        2,
        [
            (
                None,
                BLUE,
                along(
                    losses.triplet,
                    lambda d: np.array([[d, 0.0]]),
                    np.zeros((1, 2)),
                    np.array([[0, 1.0]]),
                    part=2,
                ),
            )
        ],
        kinks=(np.sqrt(1.2),),
        alt="Falls to zero where the negative is a little farther away than the positive, then flat.",
    ),
    "contrastive": lambda: draw(
        "distance ŷ",
        0,
        2,
        [
            ("similar", BLUE, along(losses.contrastive, np.atleast_1d, ZERO)),
            ("dissimilar", VERMILION, along(losses.contrastive, np.atleast_1d, ONE)),
        ],
        alt="For a similar pair half a parabola that grows; for a dissimilar pair one that falls to zero at 1.",
    ),
    "beta_nll": lambda: draw(
        "variance v, error 1",
        0.4,
        4,
        [
            (f"β = {beta:g}", colour, lambda v, beta=beta: beta_nll_at(v, beta))
            for beta, colour in ((0.0, GREY), (0.5, BLUE), (1.0, VERMILION))
        ],
        alt="Over the variance, for an error of 1: the slope is 0 at a variance of 1 for every β, but steeper "
        "beyond it for a larger β.",
    ),
    "gaussian_crps": lambda: draw(
        "residual y − ŷ",
        -4,
        4,
        [
            ("|r|", GREY, along(losses.mean_absolute_error, lambda r: np.array([-r]), ZERO)),
            (
                "σ = ½",
                BLUE,
                along(losses.gaussian_crps, lambda r: np.array([-r]), ZERO, part=0, sigma=ONE / 2),
            ),
            (
                "σ = 2",
                VERMILION,
                along(losses.gaussian_crps, lambda r: np.array([-r]), ZERO, part=0, sigma=2 * ONE),
            ),
        ],
        kinks=(0,),
        alt="Round at zero and straight far away, flatter in the middle for a larger sigma; all slopes end at ±1.",
    ),
    "distillation": lambda: draw(
        "student's score, teacher's is 4",
        -4,
        10,
        [
            (
                f"τ = {tau:g}",
                colour,
                along(losses.distillation, scores, np.array([[4.0, 0, 0]]), temperature=tau),
            )
            for tau, colour in ((1.0, BLUE), (4.0, VERMILION))
        ],
        alt="Both curves touch zero where the student's score is the teacher's, 4. The one of the higher temperature "
        "is nearly a parabola.",
    ),
    "info_nce": lambda: draw(
        "cosine with the own partner, others 0",
        -1,
        1,
        [
            (f"{n} in the batch", colour, lambda c, n=n: one_among(c, n))
            for n, colour in ((8, BLUE), (512, VERMILION))
        ],
        alt="With a temperature of 0.1 both curves fall almost straight and bend to zero near a cosine of 0.5; the one "
        "of the larger batch lies higher and bends later.",
    ),
    "sigmoid_contrastive": lambda: draw(
        "cosine of a pair, t = 10, b = −5",
        -1,
        1,
        [
            ("belongs together", BLUE, lambda c: pair_of_sigmoid(c, 1)),
            ("does not", VERMILION, lambda c: pair_of_sigmoid(c, -1)),
        ],
        alt="Two mirrored bends at a cosine of 0.5, where t times cosine plus b is zero: the loss of a pair that "
        "belongs together falls towards it, and that of the other rises from it.",
    ),
    "ntxent": lambda: draw(
        "degrees between two of one class",
        0,
        90,
        [(None, BLUE, along(losses.ntxent, two_of_three, [0, 0, 1], temperature=0.2))],
        alt="Flat and near zero for small angles, then steeper the nearer the second sample comes to the negative.",
    ),
    "arcface": lambda: draw(
        "degrees to the own class, another at 60",
        1,
        179,
        [
            (label, colour, lambda a, m=m: along(losses.arcface, own_cosine, [0], margin=m, scale=8.0)(a))
            for label, colour, m in (("m = 0", GREY, 0.0), ("m = 0.5", BLUE, 0.5))
        ],
        kinks=(180 - np.degrees(0.5),),
        alt="The margin moves the curve to the left by 0.5 radians, so the loss is near zero only at small angles. "
        "Where the angle plus the margin is 180 degrees, the curve jumps up.",
    ),
    "cosface": lambda: draw(
        "degrees to the own class, another at 60",
        1,
        179,
        [
            (label, colour, along(losses.cosface, own_cosine, [0], margin=m, scale=8.0))
            for label, colour, m in (("m = 0", GREY, 0.0), ("m = 0.35", BLUE, 0.35))
        ],
        alt="The margin lifts the curve: by 0.35 times the scale where the loss is large.",
    ),
    "pairwise_logistic": lambda: draw(
        "preferred minus rejected",
        -4,
        4,
        [
            (
                f"β = {beta:g}",
                colour,
                along(losses.pairwise_logistic, np.atleast_1d, part=0, rejected=ZERO, scale=beta),
            )
            for beta, colour in ((0.5, VERMILION), (1.0, BLUE))
        ],
        alt="Almost straight where the order is wrong and close to zero where it is right; the slope is at most β.",
    ),
    "listwise_softmax": lambda: draw(
        "score of the relevant item, others 0",
        -4,
        8,
        [
            (f"relevance {y:g}", colour, along(losses.listwise_softmax, scores, np.array([[y, 0.0, 0.0]])))
            for y, colour in ((1.0, VERMILION), (4.0, BLUE))
        ],
        alt="Each curve has its lowest point where the score equals the relevance, at the entropy of the targets.",
    ),
}
