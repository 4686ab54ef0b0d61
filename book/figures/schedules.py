"""The figures of the cards on the page of schedules: the rate over the steps."""

import numpy as np

from lossopt import schedules
from lossopt.plotting import COLOURS, DASHES, label_lines, panels, svg

STEPS = np.arange(101)
LOSSES = np.concatenate(
    [np.geomspace(3, 1, 30), np.full(30, 1.0), np.geomspace(1, 0.6, 15), np.full(26, 0.6)]
)
FIGURES = {
    "ExponentialDecay": (
        "Falls by half every 20 steps, smoothly, or in steps with staircase.",
        ("smooth", schedules.ExponentialDecay(0.1, 20, 0.5)),
        ("staircase", schedules.ExponentialDecay(0.1, 20, 0.5, staircase=True)),
    ),
    "PiecewiseConstantDecay": (
        "Three levels, with drops after steps 40 and 70.",
        ("boundaries 40, 70", schedules.PiecewiseConstantDecay([40, 70], [0.1, 0.05, 0.01])),
    ),
    "PolynomialDecay": (
        "A straight line to the final rate, a curve for power 2, and a saw with cycle.",
        ("power 1", schedules.PolynomialDecay(0.1, 80, 0.0)),
        ("power 2", schedules.PolynomialDecay(0.1, 80, 0.0, power=2.0)),
        ("cycle", schedules.PolynomialDecay(0.1, 40, 0.0, cycle=True)),
    ),
    "InverseTimeDecay": (
        "Falls fast at first, then ever more slowly; never reaches 0.",
        ("smooth", schedules.InverseTimeDecay(0.1, 20, 1.0)),
        ("staircase", schedules.InverseTimeDecay(0.1, 20, 1.0, staircase=True)),
    ),
    "InverseSquareRootDecay": (
        "Falls more slowly than one over time; after a warm-up it is the Transformer's schedule.",
        ("alone", schedules.InverseSquareRootDecay(0.1, 20)),
        ("after a warm-up", schedules.Warmup(schedules.InverseSquareRootDecay(0.1, 20), 20)),
    ),
    "CosineDecay": (
        "Half a cosine from 0.1 to 0, and the same after a straight warm-up of 20 steps.",
        ("no warm-up", schedules.CosineDecay(0.1, 100)),
        ("warm-up", schedules.CosineDecay(0.0, 80, warmup_target=0.1, warmup_steps=20)),
    ),
    "CosineDecayRestarts": (
        "Cosines one after another, each twice as long; with m_mul 0.7 each begins lower.",
        ("m_mul 1", schedules.CosineDecayRestarts(0.1, 15)),
        ("m_mul 0.7", schedules.CosineDecayRestarts(0.1, 15, m_mul=0.7)),
    ),
    "OneCycle": (
        "Up along half a cosine for the first 30 steps, down along another to almost nothing.",
        ("OneCycle", schedules.OneCycle(0.1, 100)),
    ),
    "WarmupStableDecay": (
        "A straight line up over 10 steps, constant, and a straight line to 0 over the last 20 or 90 steps.",
        ("decay 20", schedules.WarmupStableDecay(0.1, 100, 20, 10)),
        ("decay 90", schedules.WarmupStableDecay(0.1, 100, 90, 10)),
    ),
    "Warmup": (
        "A straight line up over 20 steps, then a constant rate, or an exponential decay.",
        ("constant", schedules.Warmup(0.1, 20)),
        ("then decay", schedules.Warmup(schedules.ExponentialDecay(0.1, 20, 0.5), 20)),
    ),
    "reduce_on_plateau": (
        "The loss stops falling twice, and some ten epochs later each time the rate is halved, with factor 0.5.",
        ("rate", lambda _: schedules.reduce_on_plateau(LOSSES, 0.1, factor=0.5)),
        ("loss / 30", lambda _: LOSSES / 30),
    ),
}


def figure(name):
    alt, *curves = FIGURES[name]
    ax = panels(height=1.9)
    for (label, schedule), colour in zip(curves, COLOURS, strict=False):
        ax.plot(STEPS, schedule(STEPS), color=colour, linestyle=DASHES[colour], label=label)
    ax.set(xlabel="epoch" if name == "reduce_on_plateau" else "step", ylabel="learning rate")
    ax.set(xlim=(0, 100), ylim=(0, 0.105))
    label_lines(ax)
    return svg(ax, alt=alt)
