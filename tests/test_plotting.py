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
