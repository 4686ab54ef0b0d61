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
    residual = np.linspace(-3, 3, 121)
    ends = np.array([x[0], x[-1]])
    right.scatter(x[:-4], y[:-4], s=13, color="black", alpha=0.6, linewidth=0)
    right.scatter(x[-4:], y[-4:], s=15, facecolor="none", edgecolor="black", linewidth=0.9)
    right.annotate("four wrong values", (x[-4] - 0.2, y[-4:].mean()), ha="right", va="center", alpha=0.75)
    slopes = {}
    for name, loss, colour in LOSSES:
        left.plot(residual, loss(0 * residual, residual), color=colour, linestyle=DASHES[colour], label=name)
        intercept, slopes[name] = fit(loss, x, y)
        right.plot(ends, intercept + slopes[name] * ends, color=colour, linestyle=DASHES[colour], label=name)
    left.set_title("The loss of one point")
    left.set(xlabel="residual, prediction − target", ylabel="loss", ylim=(-0.2, 6), xlim=(-3, 3))
    right.set_title("The line that each loss fits")
    right.set(xlabel="x", ylabel="y", xlim=(-0.2, 6.2), ylim=(-0.4, 7.2))
    label_lines(left, right)
    return svg(
        left,
        right,
        alt="Left: loss against residual. The squared loss is a parabola, the absolute loss a V, and the Huber "
        "loss a parabola that continues in straight lines. Right: y against x. Of 26 points, 22 rise with "
        "slope 1, and the last four lie far below. The squared loss fits a line of slope "
        f"{slopes['squared']:.2f}, which the four points pull down. The lines of the Huber loss, with slope "
        f"{slopes['Huber']:.2f}, and of the absolute loss, with slope {slopes['absolute']:.2f}, stay closer to the "
        "other points.",
    )
