"""The figures' HTML: alternative text, colours that follow the page, ids that do not clash, labels that stay inside."""

import re

import numpy as np
import pytest

from lossopt import losses, optimizers, plotting
from lossopt.surfaces import bowl, descend


@pytest.fixture
def drawing():
    axes = plotting.panels()
    axes.plot([0, 1], [0, 1], "o-", color="black", label="a line")
    axes.set_title("1 < 2")
    return axes


def test_alternative_text_is_required_and_escaped(drawing):
    with pytest.raises(ValueError, match="alt is empty"):
        plotting.svg(drawing, alt="  ")
    assert 'role="img" aria-label="&quot;a&quot; &lt; b"' in plotting.svg(drawing, alt='"a" < b')


def test_figure_follows_the_page(drawing):
    html = plotting.svg(drawing, alt="a line")
    assert "currentColor" in html
    assert not re.search(r"#000000|#ffffff|<style|<!--|<metadata|DejaVu", html)
    assert ">a line<" not in html  # a label is drawn by label_lines, not by itself
    assert "1 &lt; 2" in html


def test_the_same_drawing_gives_the_same_html(drawing):
    assert plotting.svg(drawing, alt="a line") == plotting.svg(drawing, alt="a line")


def test_ids_are_referred_to_and_differ_between_figures(drawing):
    ids = []
    for alt in ("one", "another"):
        html = plotting.svg(drawing, drawing, alt=alt)
        found = set(re.findall(r' id="([^"]+)"', html))
        assert found == set(re.findall(r'(?:url\(#|href="#)([^")]+)', html))
        ids.append(found)
    assert ids[0]
    assert not ids[0] & ids[1]


def test_contours_keep_their_name_and_numbers_two_decimals(drawing):
    grid = np.linspace(0, 1, 5)
    drawing.contour(grid, grid, np.outer(grid, grid)).set_gid("contours")
    html = plotting.svg(drawing, alt="a bowl")
    assert re.search(r'<g id="\w+-contours"', html)
    assert not re.search(r"<[^>]*\d\.\d{3,}", html)


def test_panels_are_drawings_of_their_own():
    html = plotting.svg(*plotting.panels(3), alt="three")
    assert html.count("<svg") == 3


def written_labels(axes):
    return {text.get_text(): text for text in axes.texts}


def test_labels_stand_at_the_ends_apart_and_inside():
    axes = plotting.panels()
    for name in ("one", "two", "three"):
        axes.plot([0, 1], [0, 1], label=name)
    axes.plot([0, 1], [0, 0.5], label="_hidden")
    axes.plot([0, 1], [0, 9], label="leaves")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    plotting.label_lines(axes, gap=0.1)
    texts = written_labels(axes)
    assert set(texts) == {"one", "two", "three", "leaves"}
    heights = sorted(texts[name].xy[1] for name in ("one", "two", "three"))
    np.testing.assert_allclose(heights, [0.8, 0.9, 1.0])
    np.testing.assert_allclose(texts["leaves"].xy, (1 / 9, 1), atol=0.01)


def test_loss_and_gradient_draws_what_the_losses_compute():
    left, right = plotting.loss_and_gradient(("Huber", losses.huber, {"delta": 2}), low=-4, high=4)
    for axes, function in ((left, losses.huber), (right, losses.huber.gradient)):
        below, above = (line for line in axes.get_lines() if len(line.get_xdata()) > 2)
        for half in (below, above):
            miss = half.get_xdata()
            np.testing.assert_array_equal(half.get_ydata(), function(np.zeros_like(miss), miss, delta=2))
        assert below.get_xdata()[-1] < 0 < above.get_xdata()[0]


def test_path_and_state_draws_the_walk_over_its_surface_and_what_was_remembered():
    surface = bowl(kappa=4)
    down = descend(surface, optimizers.SGD(learning_rate=0.1, momentum=0.5), steps=20)
    speed = [np.linalg.norm(state.m) for state in down.states]
    left, right = plotting.path_and_state(surface, ("heavy", down.path, speed), window=((-3, 3), (-1, 2)))
    cross, walk = left.get_lines()
    np.testing.assert_array_equal(cross.get_xydata(), [(0, 0)])
    np.testing.assert_array_equal(walk.get_xydata(), down.path)
    (line,) = right.get_lines()
    np.testing.assert_array_equal(line.get_ydata(), speed)
    assert set(written_labels(right)) == {"heavy"}
    assert left.get_xlim() == (-3, 3)
    assert left.get_ylim() == (-1, 2)
    assert re.search(r'<g id="\w+-contours"', plotting.svg(left, alt="a walk"))


def test_contours_fill_the_window_with_levels_a_factor_of_e_apart():
    axes = plotting.panels()
    surface = bowl(kappa=4)
    plotting.contours(axes, surface)
    (lines,) = axes.collections
    highest = surface((3, 2))
    np.testing.assert_allclose(np.log(highest / lines.levels), np.arange(8, 0, -1))
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        np.testing.assert_allclose(surface(path.vertices), level, rtol=0.4)


def huber_curves(count):
    return [(f"δ = {delta}", losses.huber, {"delta": delta}) for delta in range(1, count + 1)]


def walks(count):
    down = descend(bowl(kappa=4), optimizers.SGD(learning_rate=0.1), steps=20)
    return [(f"walk {number}", down.path + number, np.arange(21.0)) for number in range(count)]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: plotting.loss_and_gradient(*huber_curves(5)),
            "curves must be at most 4, one for each of `colours`",
        ),
        (
            lambda: plotting.path_and_state(bowl(), *walks(6)),
            "walks must be at most 4, one for each of `colours`, but got 6.",
        ),
        (lambda: plotting.path_and_state(bowl(), *walks(2), colours=["red"]), "at most 1, .* but got 2."),
        (
            lambda: plotting.loss_and_gradient(*huber_curves(1), colours=("red",)),
            r"from #0072B2, .* but got \('red',\).",
        ),
        (lambda: plotting.loss_and_gradient(*huber_curves(1), colours=5), "a list of colours .*, but got 5."),
        (
            lambda: plotting.path_and_state(bowl(), *walks(1), colours="rgb"),
            "a list of colours .*, but got 'rgb'.",
        ),
        (
            lambda: plotting.path_and_state(bowl(), *walks(1), colours=("no colour",)),
            r"colours must be .* got \('no colour',\).",
        ),
    ],
)
def test_what_cannot_be_drawn_is_not_left_out_in_silence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_each_curve_has_a_colour_and_dashes_of_its_own():
    left, right = plotting.loss_and_gradient(*huber_curves(4))
    for axes in left, right:
        lines = [line for line in axes.get_lines() if len(line.get_xdata()) > 2]
        assert len(lines) == 8  # two halves each
        assert [line.get_color() for line in lines[::2]] == ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]
        assert len({line.get_linestyle() for line in lines}) == 4
        assert all(
            one.get_color() == two.get_color() for one, two in zip(lines[::2], lines[1::2], strict=True)
        )
        assert set(written_labels(axes)) == {"δ = 1", "δ = 2", "δ = 3", "δ = 4"}
    assert left.get_ylim()[0] == 0 and left.get_xlim() == right.get_xlim() == (-3, 3)
    assert [axes.get_title(loc="left") for axes in (left, right)] == ["loss", "its gradient"]
    assert plotting.loss_and_gradient(*huber_curves(1), top=7)[0].get_ylim() == (0, 7)


def test_thin_lines_below_the_curves_mark_an_error_and_a_gradient_of_0():
    left, right = plotting.loss_and_gradient(*huber_curves(1))
    for axes, marks in (left, 1), (right, 2):
        thin = [line for line in axes.get_lines() if len(line.get_xdata()) == 2]
        curves = [line for line in axes.get_lines() if line not in thin]
        assert len(thin) == marks and list(thin[0].get_xdata()) == [0, 0]
        assert max(line.get_zorder() for line in thin) < min(line.get_zorder() for line in curves)
    assert list(thin[1].get_ydata()) == [0, 0]


def test_a_gradient_that_jumps_is_not_drawn_as_a_steep_line():
    _, right = plotting.loss_and_gradient(("absolute", losses.mean_absolute_error))
    for line in right.get_lines():
        if len(line.get_xdata()) > 2:
            assert len(set(line.get_ydata())) == 1


def test_every_walk_is_drawn_in_its_colour():
    left, right = plotting.path_and_state(bowl(kappa=4), *walks(3), colours=["#D55E00", "black", "#0072B2"])
    _, *paths = left.get_lines()
    for axes_lines in paths, right.get_lines():
        assert [line.get_color() for line in axes_lines] == ["#D55E00", "black", "#0072B2"]
        assert [line.get_linestyle() for line in axes_lines] == ["--", "-", "-"]
    assert [line.get_markevery() for line in paths] == [10] * 3 and paths[0].get_marker() == "o"
    assert right.get_xlim()[0] == 0 and right.get_xlabel() == "step"
    assert left.get_xlim() == (-3, 3) and left.get_ylim() == (-2, 2)  # the surface's own window


def ends(count, heights, gap=0.085):
    axes = plotting.panels()
    for number in range(count):
        axes.plot([0, 1], [0.5, heights(number)], label=f"line {number}")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    plotting.label_lines(axes, gap=gap)
    return [written_labels(axes)[f"line {number}"].xy[1] for number in range(count)]


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_fifteen_labels_stay_inside_and_apart(place):
    heights = ends(15, lambda number: place)
    assert min(heights) > -1e-9 and max(heights) < 1 + 1e-9
    assert np.diff(heights).min() > 1 / 15


def test_labels_that_are_apart_stay_where_their_lines_end():
    np.testing.assert_allclose(ends(3, lambda number: (0.2, 0.9, 0.6)[number]), [0.2, 0.9, 0.6])


def test_labels_that_are_close_move_up_and_keep_their_order():
    np.testing.assert_allclose(ends(3, lambda number: (0.5, 0.52, 0.51)[number], gap=0.1), [0.5, 0.7, 0.6])


def test_a_label_is_beside_its_line_in_its_colour():
    axes = plotting.panels()
    for style, colour in ("-", "#0072B2"), ("o-", "#D55E00"):
        axes.plot([0, 1], [0.2, 0.5] if style == "-" else [0.2, 0.9], style, color=colour, label=colour)
    axes.plot([0, 1], [0.5, -9], color="#009E73", label="falls")
    axes.plot([0, 1], [0.5, 9], color="#CC79A7", label="rises")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    plotting.label_lines(axes)
    texts = written_labels(axes)
    assert {name: text.get_color() for name, text in texts.items()} == {
        "#0072B2": "#0072B2",
        "#D55E00": "#D55E00",
        "falls": "#009E73",
        "rises": "#CC79A7",
    }
    assert {name: text.get_verticalalignment() for name, text in texts.items()} == {
        "#0072B2": "center",
        "#D55E00": "center",
        "falls": "bottom",  # so that neither leaves the drawing
        "rises": "top",
    }
    assert texts["#0072B2"].get_position() == (4, 0) and texts["#D55E00"].get_position() == (
        8,
        0,
    )  # beyond a dot
    assert [texts[name].xy[1] for name in ("falls", "rises")] == pytest.approx([0, 1], abs=0.05)
    assert all(
        text.get_horizontalalignment() == "left" and not text.get_annotation_clip() for text in texts.values()
    )


@pytest.mark.parametrize(("height", "edge"), [(7, 1), (-7, 0)])
def test_a_line_that_is_never_seen_is_labelled_at_the_edge(height, edge):
    axes = plotting.panels()
    axes.plot([0, 1], [height, height], label="outside")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    plotting.label_lines(axes)
    np.testing.assert_allclose(written_labels(axes)["outside"].xy, (1, edge))


def test_labels_are_where_lines_end_after_the_axes_have_found_their_limits():
    axes = plotting.panels()
    axes.plot([0, 10], [0, 50], label="a line")
    plotting.label_lines(axes)
    np.testing.assert_allclose(written_labels(axes)["a line"].xy, (1 - 1 / 22, 1 - 1 / 22))  # a margin of 5 %


def test_panels_have_the_sizes_of_a_page():
    assert tuple(plotting.panels().figure.get_size_inches()) == (4.4, 2.5)
    for count, width in (2, 3.5), (3, 2.3), (4, 2.3):
        axes = plotting.panels(count)
        assert len(axes) == count
        assert all(tuple(it.figure.get_size_inches()) == (width, 2.5) for it in axes)
    assert tuple(plotting.panels(width=5, height=3).figure.get_size_inches()) == (5, 3)


def test_no_point_is_left_out_of_a_curve(drawing):
    """A simplified curve would keep other points on another CPU."""
    x = np.linspace(0, 1, 2000)
    drawing.plot(x, x**2 / 1e3)
    (path,) = (
        d for d in re.findall(r' d="([^"]*)"', plotting.svg(drawing, alt="a curve")) if d.count("L") > 1000
    )
    assert path.count("L") == 1999


def test_a_figure_is_drawn_as_the_page_needs_it(drawing):
    drawing.figure.text(0.5, 0.5, "1.23456789")
    html = plotting.svg(drawing, drawing, alt="a line")
    assert (
        html.count('<svg aria-hidden="true"') == html.count("<svg") == 2
    )  # alone the alternative text is read
    assert html.count('fill="currentColor"') == 2 and "color: currentColor" not in html
    assert (
        html.count("stroke-linejoin:round;stroke-linecap:butt") == 2
    )  # what Matplotlib's style element would say
    assert html.count("max-width:100%;height:auto") == 2 and "flex-wrap:wrap" in html
    fonts = set(re.findall(r"font-family: ([^;\"]*)", html)) | set(
        re.findall(r"font: [^;\"]*? ([^ ;\"]+)[;\"]", html)
    )
    assert fonts == {"sans-serif"}
    assert ">1.23456789<" in html  # a text keeps its digits
    assert not re.search(r"<defs>\s*</defs>", html)


def test_ids_begin_with_a_digest_of_the_alternative_text(drawing):
    html = plotting.svg(drawing, alt="a line")
    prefixes = {name.partition("-")[0] for name in re.findall(r' id="([^"]+)"', html)}
    assert len(prefixes) == 1 and re.fullmatch("[0-9a-f]{6}", *prefixes)
    numbers = sorted(int(name.partition("-")[2]) for name in re.findall(r' id="([^"]+)"', html))
    assert numbers == list(range(len(numbers)))
    for name in re.findall(r' id="([^"]+)"', html):
        assert html.count(f'id="{name}"') == 1


@pytest.mark.parametrize(
    ("number", "short"), [(1.999, "2"), (-0.125, "-0.12"), (10.504, "10.5"), (100.001, "100")]
)
def test_numbers_have_two_decimals_and_no_more_noughts_than_needed(drawing, number, short):
    texts = [f'<path d="M {number:.6f} 3"/>', f"<text>{number:.6f}</text>"]
    drawing.figure.savefig = lambda file, **options: file.write(f"<svg>{''.join(texts)}</svg>")
    assert f'd="M {short} 3"' in (html := plotting.svg(drawing, alt="made up"))
    assert texts[1] in html


def test_nothing_in_a_drawing_holds_for_the_whole_page(drawing):
    more = "<!-- a\ncomment --><metadata>2026</metadata><style>* {}</style><defs>\n</defs>"
    drawing.figure.savefig = lambda file, **options: file.write(
        f"<?xml?><!-- above --><svg>{more}<path/></svg>"
    )
    assert re.search(r"<svg[^>]*><path/></svg></div>$", plotting.svg(drawing, alt="made up"))


def test_show_displays_the_same_html(drawing, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    plotting.show(drawing, alt="a line")
    assert [it.data for it in shown] == [plotting.svg(drawing, alt="a line")]


def test_a_note_is_beside_its_point_even_outside_the_axes():
    axes = plotting.panels()
    plotting.note(axes, "here", (2, 3), color="red")
    (text,) = axes.texts
    assert (text.get_text(), text.xy, text.get_position(), text.get_color()) == (
        "here",
        (2, 3),
        (6, -3),
        "red",
    )
    assert not text.get_annotation_clip() and text.anncoords == "offset points"


def luminance(colour):
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("colour", [*plotting.COLOURS, plotting.GREY])
def test_colours_are_seen_on_white_and_on_black(colour):
    """WCAG asks for 3:1 between a line and its page."""
    assert 1.05 / (luminance(colour) + 0.05) >= 2.95 and (luminance(colour) + 0.05) / 0.05 >= 3
