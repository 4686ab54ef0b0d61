"""Draw the book's figures in one style, as inline SVG that follows the
page's light or dark theme.

A figure has one or more panels. Panels are separate drawings, so they
appear side by side on a wide screen and one above the other on a phone, and
are readable on both:

    left, right = panels(2)
    left.plot(...)
    right.plot(...)
    show(left, right, alt="What a reader who cannot see it should know")
"""

import hashlib
import io
import re
from html import escape

import matplotlib
import numpy as np
from matplotlib.colors import is_color_like
from matplotlib.figure import Figure

from lossopt._checks import require

__all__ = [  # noqa: RUF022 - in reading order
    "panels",
    "note",
    "label_lines",
    "svg",
    "show",
    "loss_and_gradient",
    "contours",
    "path_and_state",
]

# At least 3:1 against a white and against a dark page, and distinct to colour-blind readers (Okabe and Ito, 2008).
BLUE, VERMILION, GREEN, PURPLE = COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
DASHES = dict(zip(COLOURS, ("-", "--", "-.", ":"), strict=True))  # colour must not be the only difference
GREY = "#808080"

STYLE = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib, so every machine places text in the same way
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "figure.facecolor": "none",
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "path.simplify": False,  # which points simplification keeps depends on the CPU
    "svg.fonttype": "none",  # text remains text that can be read aloud, searched and compared
}


def panels(count=1, width=None, height=2.5):
    """Return `count` empty axes in the book's style, each in a separate
    drawing.

    `width` and `height` of one panel are in inches, and a page is about 7
    inches wide. One panel is returned as axes, and several as a list of axes.

    >>> left, right = panels(2)
    >>> left.plot([0, 1], [0, 1], label="a line")  # doctest: +ELLIPSIS
    [<matplotlib.lines.Line2D object at ...>]
    """
    matplotlib.rcParams.update(STYLE)  # permanently, because later drawing reads it too
    width = width or {1: 4.4, 2: 3.5}.get(count, 2.3)  # wider text would be too small on a phone
    axes = [Figure(figsize=(width, height), layout="constrained").add_subplot() for _ in range(count)]
    return axes[0] if count == 1 else axes


def note(ax, text, at, away=(6, -3), **look):
    """Write `text` near the point `at`, shifted by `away` points. `look` is
    passed to Matplotlib's `annotate`."""
    ax.annotate(text, at, away, textcoords="offset points", annotation_clip=False, **look)


def label_lines(*axes, gap=0.085):
    """Write each line's label next to its right end, in the line's colour,
    instead of a legend.

    Call it last, because it reads the axes' limits. A line that leaves the axes
    at the top or bottom is labelled there. Labels closer than `gap` (a share of
    the axes' height) are moved apart.
    """
    for ax in axes:
        ax.autoscale_view()  # Matplotlib scales lazily, so before this call its transforms are those of empty axes
        lines = [line for line in ax.get_lines() if not line.get_label().startswith("_")]
        ends = sorted(((*_last_visible_point(ax, line), line) for line in lines), key=lambda end: end[1])
        beside = [end for end in ends if end[2]]
        for (x, _, _, line), y in zip(beside, _apart([end[1] for end in beside], gap), strict=True):
            away = 4 if line.get_marker() == "None" else 8
            look = {"xycoords": "axes fraction", "va": "center", "color": line.get_color()}
            note(ax, line.get_label(), (x, y), (away, 0), **look)
        for x, y, inside, line in ends:
            if not inside:
                look = {"xycoords": "axes fraction", "va": "top" if y > 0.5 else "bottom"}
                note(ax, line.get_label(), (x, y), (4, 0), color=line.get_color(), **look)


def _apart(heights, gap):
    """Move sorted heights up until they are `gap` apart, then down again until
    the highest is at most 1.

    Where that would push the lowest below 0, the gap is as wide as there is
    room for.
    """
    gap = min(gap, 1 / max(len(heights) - 1, 1))
    up = []
    for height in heights:
        up.append(max(height, up[-1] + gap) if up else height)
    down = []
    for height in reversed(up):
        down.append(min(height, down[-1] - gap) if down else min(height, 1.0))
    return down[::-1]


def _last_visible_point(ax, line):
    """Return x and y of the last visible point in shares of the axes, and
    whether the line ends inside the axes."""
    shares = ax.transAxes.inverted().transform(ax.transData.transform(line.get_xydata()))
    # Add points between the points, because a line of two points may leave the window between them.
    between = np.linspace(0, len(shares) - 1, 100 * len(shares))
    shares = np.column_stack([np.interp(between, np.arange(len(shares)), column) for column in shares.T])
    visible = np.flatnonzero((shares >= -1e-9).all(axis=1) & (shares <= 1 + 1e-9).all(axis=1))
    last = visible[-1] if visible.size else len(shares) - 1
    return *shares[last].clip(0, 1), bool(last == len(shares) - 1)


def svg(*axes, alt):
    """Return the drawings as one HTML fragment of inline SVG.

    Black becomes the page's text colour and the background stays transparent,
    so the figure follows the light or dark theme. A screen reader reads `alt`.
    Raises `ValueError` if `alt` is empty.
    """
    if not alt.strip():
        raise ValueError(
            "alt is empty. Describe in a sentence what the figure shows, for readers who cannot see it."
        )
    with matplotlib.rc_context(STYLE):
        drawings = "".join(_drawing(ax.figure) for ax in axes)
    return (
        f'<div class="lossopt-figure" role="img" aria-label="{escape(alt)}" '
        'style="display:flex;flex-wrap:wrap;gap:1em;justify-content:center">'
        f"{_short_ids(drawings, prefix=hashlib.sha1(alt.encode()).hexdigest()[:6])}</div>"
    )


def show(*axes, alt):
    """Display the drawings in a notebook, as `svg` returns them."""
    from IPython.display import HTML, display

    display(HTML(svg(*axes, alt=alt)))


def _drawing(figure):
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = file.getvalue()
    text = text[text.index("<svg") :]
    # A style element or a comment in an inline drawing would apply to the whole page.
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*</defs>", "", text).replace("#000000", "currentColor")
    text = re.sub(r"font-family: [^;\"]*", "font-family: sans-serif", text)
    text = re.sub(r"<[^>]+>", lambda tag: re.sub(r"-?\d+\.\d{3,}", _two_decimals, tag[0]), text)
    look = "max-width:100%;height:auto;stroke-linejoin:round;stroke-linecap:butt"
    return re.sub(r"\s*\n\s*", "\n", text).replace(
        "<svg ", f'<svg aria-hidden="true" fill="currentColor" style="{look}" ', 1
    )


def _two_decimals(number):
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _short_ids(text, prefix):
    """Drop ids that nothing refers to. Shorten the others, and make them
    different from those of other figures."""
    used = dict.fromkeys(re.findall(r"(?:url\(#|href=\"#)([^\")]+)", text))
    new = {old: f"{prefix}-{number}" for number, old in enumerate(used)}
    text = re.sub(r"(url\(#|href=\"#)([^\")]+)", lambda m: m[1] + new[m[2]], text)

    def rename(match):
        if match[1].startswith("contours"):
            return f' id="{prefix}-{match[1]}"'
        return f' id="{new[match[1]]}"' if match[1] in new else ""

    return re.sub(r' id="([^"]*)"', rename, text)


def _check_colours(name, drawn, colours):
    """Raise an error if a colour is unknown, or if there are fewer colours
    than there is to draw."""
    known = isinstance(colours, list | tuple) and all(is_color_like(colour) for colour in colours)
    require(known, "colours", repr(colours), "a list of colours that Matplotlib knows")
    require(
        len(drawn) <= len(colours), name, len(drawn), f"at most {len(colours)}, one for each of `colours`"
    )


def loss_and_gradient(*curves, colours=COLOURS, low=-3.0, high=3.0, top=None):
    """Draw losses of one prediction next to their gradients, and return both
    axes.

    Each curve is (label, loss) or (label, loss, arguments), with a loss from
    `lossopt.losses`. Because the target is 0, the horizontal axis is the
    residual ŷ − y, from `low` to `high`. `top` is the upper limit of the left
    panel. The book draws the squared error in blue, the absolute error in
    vermilion, Huber in green and log-cosh in purple.

    Raises `ValueError` if there are more curves than `colours`, or if a colour
    is not one of the book's four.
    """
    _check_colours("curves", curves, colours)
    known = all(colour in COLOURS for colour in colours)  # because each has dashes of its own
    require(known, "colours", colours, f"from {', '.join(COLOURS)}")
    left, right = panels(2)
    for (text, loss, *arguments), colour in zip(curves, colours, strict=False):
        arguments = arguments[0] if arguments else {}
        # Draw two halves, because a gradient that jumps at 0 must not look like a steep line.
        for half, name in ((np.linspace(low, -1e-9, 60), None), (np.linspace(1e-9, high, 60), text)):
            look = {"color": colour, "linestyle": DASHES[colour], "label": name}
            target = np.zeros_like(half)
            left.plot(half, loss(target, half, **arguments), **look)
            right.plot(half, loss.gradient(target, half, **arguments), **look)
    left.set_ylim(bottom=0, top=top)
    for ax, title in ((left, "loss"), (right, "its gradient")):
        ax.set_title(title)
        ax.set_xlabel("error, ŷ − y")
        ax.set_xlim(low, high)
        ax.axvline(0, color=GREY, linewidth=0.6, zorder=0)
    right.axhline(0, color=GREY, linewidth=0.6, zorder=0)
    label_lines(left, right)
    return left, right


def contours(ax, surface, window=None):
    """Draw the level lines of a surface from `lossopt.surfaces`, each e times
    as high as the next one inside it.

    `window` is ((x_low, x_high), (y_low, y_high)), by default that of the
    surface. Its minima are drawn as crosses.
    """
    window = window or surface.window
    x, y = np.meshgrid(*(np.linspace(low, high, 60) for low, high in window))
    height = surface(np.stack([x, y], axis=-1))
    levels = height.max() * np.exp(np.arange(-8.0, 0.0))
    # Level lines depend on the last bit, so this name keeps them out of the comparison of figures.
    ax.contour(x, y, height, levels, colors=GREY, linewidths=0.5).set_gid("contours")
    for minimum in surface.minima:
        ax.plot(*minimum, "+", color="black", markersize=9)
    ax.set(xlim=window[0], ylim=window[1], xlabel="first weight", ylabel="second weight")


def path_and_state(surface, *walks, window=None, colours=COLOURS):
    """Draw paths on a surface next to a number that changes along each path,
    and return both axes.

    Each walk is (label, path, values), where `path` is what `descend` returned,
    drawn with a dot at every tenth step. `values` has one number for each point
    of the path, such as part of the rule's state or the distance to the
    minimum.

    Raises `ValueError` if there are more walks than `colours`, or if Matplotlib
    does not know a colour.
    """
    _check_colours("walks", walks, colours)
    left, right = panels(2)
    contours(left, surface, window)
    for (label, path, values), colour in zip(walks, colours, strict=False):
        look = {"color": colour, "linestyle": DASHES.get(colour, "-"), "linewidth": 1.4}
        left.plot(*np.transpose(path), **look, marker="o", markersize=2.5, markevery=10)
        right.plot(values, **look, label=label)
    right.set(xlabel="step", xlim=(0, None))
    label_lines(right)
    return left, right
