"""The figures of the surfaces' cards: level lines, the minima, and where a walk starts."""

from lossopt import surfaces
from lossopt.plotting import VERMILION, contours, note, panels, svg


def figure(name):
    surface = getattr(surfaces, name)
    if name == "bowl":
        surface = surface()
    if not isinstance(surface, surfaces.Surface):
        return None
    ax = panels(width=3.6)
    contours(ax, surface)
    ax.plot(*surface.start, "o", color=VERMILION, markersize=5)
    note(ax, "start", surface.start, color=VERMILION)
    minima = " and ".join(f"({x:.3g}, {y:.3g})" for x, y in surface.minima)
    return svg(
        ax, alt=f"Level lines of the {surface.name} around {minima}; a walk starts at {surface.start}."
    )
