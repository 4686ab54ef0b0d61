"""The figures of the cards on the page of optimizers: one walk over Beale's surface each, beside its distance.

The surface is drawn in the first figure; the others refer to its lines, or the page would carry them once for each.
"""

import re

import numpy as np

from lossopt import optimizers
from lossopt.plotting import BLUE, DASHES, GREY, VERMILION, label_lines, panels, svg
from lossopt.surfaces import beale, descend

HEIGHT = 2.2
STEPS = 150
SGD = optimizers.SGD(learning_rate=0.03)  # in grey, for comparison
WALKS = {  # each at a rate that suits it here
    "SGD": optimizers.SGD(learning_rate=0.004, momentum=0.9),
    "Adagrad": optimizers.Adagrad(learning_rate=1.0),
    "Adadelta": optimizers.Adadelta(learning_rate=30.0),
    "RMSprop": optimizers.RMSprop(learning_rate=0.05),
    "Adam": optimizers.Adam(learning_rate=0.2),
    "AdamW": optimizers.AdamW(learning_rate=0.2),
    "Adamax": optimizers.Adamax(learning_rate=0.5),
    "Nadam": optimizers.Nadam(learning_rate=0.2),
    "Ftrl": optimizers.Ftrl(learning_rate=1.0),
    "Lion": optimizers.Lion(learning_rate=0.05),
    "Lamb": optimizers.Lamb(learning_rate=0.03),
    "ScheduleFreeAdamW": optimizers.ScheduleFreeAdamW(learning_rate=0.5),
    "AdEMAMix": optimizers.AdEMAMix(learning_rate=0.2),
    "Prodigy": optimizers.Prodigy(),
}
MATRICES = {
    "Adafactor": optimizers.Adafactor(learning_rate=0.1),
    "Muon": optimizers.Muon(learning_rate=0.4, weight_decay=0.0),
    "SOAP": optimizers.SOAP(learning_rate=0.2, beta_1=0.9, beta_2=0.999),
}


def figure(name):
    if name in WALKS:
        return walk(name)
    if name in MATRICES:
        return matrix(name)
    others = {"newton_schulz": lift, "sam_point": sharp_and_wide}
    return others[name]() if name in others else None


def walk(name):
    rule, (minimum,) = WALKS[name], beale.minima
    left, right = panels(2, height=HEIGHT)
    x, y = np.meshgrid(np.linspace(0, 4, 60), np.linspace(-1.1, 1.4, 50))
    left.contour(
        x, y, beale(np.stack([x, y], axis=-1)), [0.1, 1, 5, 25], colors=GREY, linewidths=0.6
    ).set_gid("contours")
    left.plot(*minimum, "+", color="black", markersize=9)
    far = {}
    short = "momentum" if name == "SGD" else name.removesuffix("AdamW") if name != "AdamW" else name
    for label, colour, one in (("SGD", GREY, SGD), (short, BLUE, rule)):
        path = descend(beale, one, steps=STEPS).path
        far[label] = np.linalg.norm(path - minimum, axis=1)
        look = {"color": colour, "linewidth": 1.2 if colour == GREY else 1.6}
        left.plot(*path.T, **look, marker="o", markersize=3, markevery=10)
        right.semilogy(far[label], **look, label=label)
    left.set(title=f"{name}, η = {rule.learning_rate:g}", xlabel="first weight", ylabel="second weight")
    left.set(xlim=(0, 4), ylim=(-1.1, 1.4))
    right.set(title="distance to the minimum", xlabel="step", xlim=(0, STEPS), ylim=(1e-3, 5))
    plain_ticks(right, (1, 0.1, 0.01, 0.001))
    label_lines(right)
    sgd, own = (distances[-1] for distances in far.values())
    drawn = svg(
        left,
        right,
        alt=f"{name} walks down Beale's surface in {STEPS} steps and ends {own:.2g} from the minimum; "
        f"plain SGD, in grey, ends {sgd:.2g} from it.",
    )
    return drawn_once(drawn, first=name == next(iter(WALKS)))


def plain_ticks(ax, values):
    """Matplotlib would typeset powers of ten as formulas, which is slow, and draw ticks between them."""
    ax.minorticks_off()
    ax.set_yticks(values, [f"{value:g}" for value in values])


def drawn_once(drawing, first):
    """Name the contours in the first drawing, and refer to them in the others: all have the same axes."""
    if first:
        return re.sub(r'id="[^"]*contours"', 'id="beale"', drawing)
    return re.sub(r'<g id="[^"]*contours">.*?</g>', '<use href="#beale"/>', drawing, flags=re.DOTALL)


def matrix(name):
    """A regression with six inputs of different size: the loss, and how evenly the first step moves."""
    rng = np.random.default_rng(0)
    size, target, start = np.geomspace(1, 0.2, 6)[:, None], rng.normal(size=(6, 6)), rng.normal(size=(6, 6))
    left, right = panels(2, height=HEIGHT)
    singular = {}
    for label, colour, rule in (
        ("Adam", GREY, optimizers.Adam(learning_rate=0.1)),
        (name, BLUE, MATRICES[name]),
    ):
        w, state, values, moves = start, rule.init(start), [], []
        for _ in range(60):
            miss = size * (w - target)
            values.append((miss**2).sum() / 2)
            moved, state = rule.update(w, size * miss, state)
            moves.append(moved - w)
            w = moved
        look = {"color": colour, "linewidth": 1.2 if colour == GREY else 1.6, "label": label}
        left.semilogy(values, **look)
        first = next(move for move in moves if move.any())  # SOAP's first update moves nothing
        singular[label] = np.linalg.svd(first, compute_uv=False)
        right.plot(range(1, 7), singular[label] / singular[label][0], **look, marker="o", markersize=3.5)
    gradient = np.linalg.svd(size**2 * (start - target), compute_uv=False)
    look = {"color": VERMILION, "linestyle": DASHES[VERMILION], "linewidth": 1.2, "label": "gradient"}
    right.plot(range(1, 7), gradient / gradient[0], **look, marker="s", markersize=3)
    plain_ticks(left, (10, 1, 0.1, 0.01))
    left.set(title=f"loss, {name} with η = {MATRICES[name].learning_rate:g}", xlabel="step", xlim=(0, 60))
    right.set(title="singular values of the first step", xlabel="which, by size", ylim=(0, 1.15))
    label_lines(left, right)
    return svg(
        left,
        right,
        alt=f"On a regression with a 6 × 6 matrix, the loss under {name} and under Adam; and the singular values of "
        f"the first step: with {name} the smallest is {singular[name][-1] / singular[name][0]:.2g} of the largest.",
    )


def lift():
    ax = panels(width=4.4, height=HEIGHT)
    s = np.linspace(0, 1, 300)
    for steps, colour in ((1, VERMILION), (5, BLUE)):
        # The coefficients' polynomial, on a singular value alone: a matrix would be scaled first.
        lifted = s
        for _ in range(steps):
            lifted = 3.4445 * lifted - 4.7750 * lifted**3 + 2.0315 * lifted**5
        ax.plot(s, lifted, color=colour, linestyle=DASHES[colour], label=f"{steps} step" + "s" * (steps > 1))
    ax.set(xlabel="singular value before", ylabel="and after", xlim=(0, 1), ylim=(0, 1.3))
    label_lines(ax)
    return svg(
        ax, alt="After five steps nearly every singular value, however small, lies between 0.7 and 1.2."
    )


def sharp_and_wide():
    """A loss with a narrow and a wide minimum, and its largest value within ρ, which SAM lowers."""
    ax, rho = panels(width=4.4, height=HEIGHT), 0.3
    w = np.linspace(-2, 3, 501)

    def loss(w):
        return 1 - 0.9 * np.exp(-(((w + 1) / 0.2) ** 2) / 2) - 0.8 * np.exp(-(((w - 1) / 0.9) ** 2) / 2)

    around = w + rho * np.linspace(-1, 1, 61)[:, None]
    for label, colour, values in (
        ("loss", BLUE, loss(w)),
        ("worst within 0.3", VERMILION, loss(around).max(axis=0)),
    ):
        ax.plot(w, values, color=colour, linestyle=DASHES[colour], label=label)
    ax.set(xlabel="weight", ylabel="loss", xlim=(-2, 3), ylim=(0, 1.1))
    label_lines(ax)
    return svg(
        ax,
        alt="The loss against the weight has a narrow minimum at −1 and a wide one at 1, which is less deep. The "
        "largest loss within 0.3 is high at the narrow minimum and low at the wide one.",
    )
