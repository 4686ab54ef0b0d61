"""The landing page's figure: three losses, and the three lines that they fit to the same points."""

import numpy as np

from lossopt.losses import huber, mean_absolute_error, mean_squared_error
from lossopt.plotting import BLUE, DASHES, GREEN, VERMILION, label_lines, panels, svg

LOSSES = (
    ("squared", mean_squared_error, BLUE),
    ("absolute", mean_absolute_error, VERMILION),
    ("Huber", huber, GREEN),
)


def points():
    """Return 26 points about the line y = 1 + x; the last four were measured wrongly, and lie far below it."""
    x = np.linspace(0, 6, 26)
    y = 1 + x + np.random.default_rng(0).normal(scale=0.35, size=26)
    y[-4:] -= 6
    return x, y


def fit(loss, x, y, steps=4000):
    """Return intercept and slope that minimise the mean loss, by gradient descent with a rate that shrinks."""
    w = np.zeros(2)
    features = np.stack([np.ones_like(x), x - x.mean()], axis=1)
    for t in range(steps):
        w -= 0.1 / (1 + t / 100) * features.T @ loss.gradient(y, features @ w) / len(x)
    return w[0] - w[1] * x.mean(), w[1]


def figure():
    x, y = points()
    left, right = panels(2, height=2.8)
    miss = np.linspace(-3, 3, 121)
    ends = np.array([x[0], x[-1]])
    right.scatter(x[:-4], y[:-4], s=13, color="black", alpha=0.6, linewidth=0)
    right.scatter(x[-4:], y[-4:], s=15, facecolor="none", edgecolor="black", linewidth=0.9)
    right.annotate("four wrong values", (x[-4] - 0.2, y[-4:].mean()), ha="right", va="center", alpha=0.75)
    slopes = {}
    for name, loss, colour in LOSSES:
        left.plot(miss, loss(0 * miss, miss), color=colour, linestyle=DASHES[colour], label=name)
        intercept, slopes[name] = fit(loss, x, y)
        right.plot(ends, intercept + slopes[name] * ends, color=colour, linestyle=DASHES[colour], label=name)
    left.set_title("What a miss costs")
    left.set(xlabel="miss, prediction − target", ylabel="loss", ylim=(-0.2, 6), xlim=(-3, 3))
    right.set_title("The line that each loss fits")
    right.set(xlabel="x", ylabel="y", xlim=(-0.2, 6.2), ylim=(-0.4, 7.2))
    label_lines(left, right)
    return svg(
        left,
        right,
        alt="Left: the cost of a miss grows as its square under the squared loss, in proportion under the "
        "absolute loss, and under Huber's loss first as the square, then in proportion. Right: 26 points rise "
        "with slope 1, but for four at the end that lie far below. The squared loss fits a line of slope "
        f"{slopes['squared']:.2f}, drawn down by the four; Huber's one of {slopes['Huber']:.2f} and the "
        f"absolute loss one of {slopes['absolute']:.2f} stay closer to the rest.",
    )
