"""The tolerance itself, without a kernel: the cases of test_harness.py again, and finer ones, on outputs as they are.

test_harness.py shows that pytest, nbval and conftest.py work together. Here conftest.py is read with a stand-in for
nbval's cell, so that hundreds of pairs of outputs are compared within a second.
"""

import argparse
import runpy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest import mock

import nbformat.v4 as nbf
import pytest
from test_harness import ASIDE, CASES, WIDER, figure, green, red, result, shown, text

ROOT = Path(__file__).parents[1]


class Cell:
    """A stand-in for nbval's cell, which would run its code in a kernel."""

    def runtest(self):
        self.ran = True

    def repr_failure(self, excinfo):
        return "as nbval says it"


with mock.patch.dict(sys.modules, {name: ModuleType(name) for name in ("nbval", "nbval.plugin")}):
    sys.modules["nbval.plugin"].IPyNbCell = Cell
    harness = runpy.run_path(str(ROOT / "conftest.py"))
BookCell, Refused = harness["BookCell"], harness["Refused"]


def book_cell(tags=(), aside=False, count=3):
    cell = Cell()
    harness["pytest_itemcollected"](cell)
    cell.cell = nbf.new_code_cell("", execution_count=count, metadata={"tags": list(tags)})
    cell.config = SimpleNamespace(getoption={"--set-figures-aside": aside}.__getitem__)
    return cell


def outputs(case):
    return [[text(them)] if isinstance(them, str) else them for them in (case.stored, case.fresh)]


def report_of(case, aside=False):
    """Return what is said of a case, or "" where it passes."""
    cell = book_cell(case.tags, aside)
    stored, fresh = outputs(case)
    try:
        cell.runtest()
        assert cell.ran and cell.compare_outputs(fresh, stored) is True
    except Refused as refused:
        return cell.repr_failure(SimpleNamespace(value=refused))
    return ""


def svg(inside, outside=""):
    return (shown(f"<svg viewBox='0 0 9 9'>{inside}</svg>{outside}"),)


def both(plain, html):
    return nbf.new_output("display_data", {"text/plain": plain, "text/html": html})


def turned(case):
    """The same pair with the roles exchanged, which must not change the verdict."""
    return case._replace(name=f"{case.name}, turned", stored=case.fresh, fresh=case.stored, says=())


PLACING = "cx cy d height points r rx ry transform viewBox width x x1 x2 y y1 y2".split()
FINER = [
    *(
        case(
            f"{name} moved by {by} pt", svg(f"<path {name}='1 2.5'/>"), svg(f"<path {name}='1 {2.5 + by}'/>")
        )
        for name in PLACING
        for case, by in ((green, 0.049), (red, 0.051))
    ),
    red(
        "a line's width is not a place",
        svg("<path style='width: 1.50'/>"),
        svg("<path style='width: 1.51'/>"),
    ),
    red("a line's opacity", svg("<path opacity='0.50'/>"), svg("<path opacity='0.51'/>"), "opacity"),
    green("a title's last place", (shown("<b title='of 0.50'>"),), (shown("<b title='of 0.51'>"),)),
    red("a title's number", (shown("<b title='of 0.50'>"),), (shown("<b title='of 0.52'>"),), "<b title>"),
    green("alternative text", (shown("<img alt='at 0.50'>"),), (shown("<img alt='at 0.51'>"),)),
    red("a class", (shown("<b class='0.50'>"),), (shown("<b class='0.51'>"),), "<b class>"),
    green("a reference by href", svg("<g id='a1'/><use href='#a1'/>"), svg("<g id='b2'/><use href='#b2'/>")),
    red(
        "a reference to another",
        svg("<g id='a'/><g id='b'/><use href='#a'/>"),
        svg("<g id='a'/><g id='b'/><use href='#b'/>"),
    ),
    red("a link elsewhere", (shown("<a href='one.html'>"),), (shown("<a href='two.html'>"),), "one.html"),
    # contours, and what is only called so
    red(
        "a group that begins so",
        figure(contours="contours-of-loss"),
        figure(contour=7, contours="contours-of-loss"),
    ),
    red("a group called contour", figure(contours="contour"), figure(contour=7, contours="contour")),
    red(
        "a group called my-contour-1",
        figure(contours="my-contour-1"),
        figure(contour=7, contours="my-contour-1"),
    ),
    green("numbered contours", figure(contours="ab-contours_2"), figure(contour=7, contours="ab-contours_2")),
    green(
        "groups, texts and paths in contours",
        svg("<g id='contours'><g id='c'><path d='M 1 2'/></g><text>0.5</text></g>"),
        svg("<g id='contours'><g id='c'><path d='M 3 4'/><path d='M 5 6'/></g></g>"),
    ),
    red(
        "another look of contours",
        svg("<g id='contours' opacity='0.5'/>"),
        svg("<g id='contours' opacity='0.9'/>"),
    ),
    red(
        "a curve after groups in contours",
        svg("<g id='contours'><g id='c'></g></g><path d='M 1 2'/>"),
        svg("<g id='contours'><g id='c'></g></g><path d='M 3 4'/>"),
    ),
    red("a number below a figure", svg("", "<td width='1.00'>"), svg("", "<td width='1.04'>"), "<td width>"),
    # numbers
    red("1.1e-5 of a number", "100000.0", "100001.1", "differ by 1.1"),
    red("1.1e-5 of a negative number", "-100000.0", "-100001.1"),
    green("0.9e-5 of a negative number", "-100000.0", "-100000.9"),
    red("half a unit of the coarser, five of the finer", "0.50", "0.5050", "allowed 0.0001"),
    red("whole numbers with an exponent", "[1.e+00 2.e+00]", "[1.e+00 3.e+00]", "2.e+00"),
    red("a number becomes a word", "loss 0.5", "loss ready", "0.5", "ready"),
    green("a minus that is rounded away", "−0.001", "0.000"),
    red("an integer becomes a number", "loss 5", "loss 5.0"),
    green("spaces", "loss   0.5", "loss 0.5"),
    # what an output holds
    red("its second form", (both("a", "b"),), (both("a", "c"),), "text/html", "b", "c"),
    red("a form less", (both("a", "b"),), (shown("a", "text/plain"),), "output 1, text/html: missing, b"),
    red(
        "data that are no text",
        (shown({"a": 1}, "application/json"),),
        (shown({"a": 2}, "application/json"),),
        "1",
    ),
    red("a result's word", (result("yes"),), (result("no"),), "output 1, text/plain"),
    green("0.9 pt where the tag allows 1", figure(), figure(curve=100.9), ("tolerance-2e-3",)),
    red("1.1 pt where the tag allows 1", figure(), figure(curve=101.1), tags=("tolerance-2e-3",)),
    green("another tag", "loss 0.5", "loss 0.5", ("hide-input",)),
    green("a tag of tenths", "10.000", "10.900", ("tolerance-0.1",)),
]
RUN = [case for case in CASES if not case.name.startswith("an unexpected exception")]  # nbval refuses those


@pytest.mark.parametrize("case", [*RUN, *FINER, *map(turned, FINER)], ids=lambda case: case.name)
def test_a_pair_of_outputs_is_within_the_tolerance_or_not(case):
    report = report_of(case)
    assert (report == "") == case.passes, report
    assert [words for words in case.says if words not in report] == [], report
    lines = report.splitlines()
    assert len(lines) <= 10 and max(map(len, lines), default=0) <= 150, report
    assert case.passes or lines[0].startswith("In [3], ")


BETWEEN = [
    red(
        "what stands between two figures",
        svg("<path d='M 1 2'/>", "<p>0.50</p><svg></svg>"),
        svg("<path d='M 3 4'/>", "<p>0.70</p><svg></svg>"),
        "0.50",
        "0.70",
    ),
    green("a drawing on several lines", svg("<path\n d='M 1 2'/>\n"), svg("<path\n d='M 3 4'/>\n")),
    red("two lines below the versions", "Computed with 1\na\nb 0.50", "Computed with 2\na\nb 0.70", "0.50"),
]


@pytest.mark.parametrize("case", [*ASIDE, *BETWEEN], ids=lambda case: case.name)
def test_figures_and_versions_are_set_aside_on_request_alone(case):
    report = report_of(case, aside=True)
    assert (report == "") == case.passes, report
    assert [words for words in case.says if words not in report] == [], report
    assert report_of(case)


def test_the_option_is_off_until_it_is_given():
    parser = argparse.ArgumentParser()
    harness["pytest_addoption"](SimpleNamespace(addoption=parser.add_argument))
    given = [vars(parser.parse_args(arguments)) for arguments in ([], ["--set-figures-aside"])]
    assert given == [{"set_figures_aside": False}, {"set_figures_aside": True}]


def test_a_cell_that_was_never_executed_is_refused():
    cell = book_cell(count=None)
    with pytest.raises(Refused, match="never executed: run `make notebooks`") as refused:
        cell.runtest()
    assert cell.repr_failure(refused).startswith("In [ ], the stored cell")


def test_another_failure_is_told_as_nbval_tells_it():
    assert book_cell().repr_failure(SimpleNamespace(value=ValueError())) == "as nbval says it"


def test_a_tag_holds_in_its_own_cell_alone():
    cell = book_cell(WIDER)
    cell.runtest()
    assert float(cell.relative) == 1e-3
    cell.cell.metadata.tags = []
    cell.runtest()
    assert float(cell.relative) == 1e-5


def test_only_cells_of_notebooks_become_the_books():
    for thing, kind in (Cell(), BookCell), (SimpleNamespace(), SimpleNamespace):
        harness["pytest_itemcollected"](thing)
        assert type(thing) is kind


@pytest.mark.parametrize(
    ("folder", "error", "skipped"),
    [("", "Unavailable", True), ("", None, False), ("some", "Unavailable", False)],
)
def test_a_notebook_that_needs_mnist_is_skipped_where_it_cannot_be_had(monkeypatch, folder, error, skipped):
    from lossopt import data

    def mnist():
        if error:
            raise getattr(data, error)("there is no network")

    def item(source):
        cell, marks = book_cell(), []
        cell.parent = SimpleNamespace(nb=nbf.new_notebook(cells=[nbf.new_code_cell(source)]))
        cell.add_marker = marks.append
        return cell, marks

    monkeypatch.setattr(data, "mnist", mnist)
    monkeypatch.setenv("LOSSOPT_DATA", folder)
    (needs, marks), (other, others_marks) = item("x = data.mnist()"), item("x = 1")
    function = SimpleNamespace(name="a test in Python")  # which has no notebook to be looked into
    harness["pytest_collection_modifyitems"]([needs, other, function])
    assert [mark.kwargs["reason"] for mark in marks] == ["there is no network"] * skipped
    assert not others_marks


def test_a_file_that_is_not_mnist_skips_nothing(monkeypatch):
    from lossopt import data

    monkeypatch.delenv("LOSSOPT_DATA", raising=False)
    monkeypatch.setattr(data, "mnist", mock.Mock(side_effect=ValueError("is not MNIST")))
    cell = book_cell()
    cell.parent = SimpleNamespace(nb=nbf.new_notebook(cells=[nbf.new_code_cell("data.mnist()")]))
    with pytest.raises(ValueError, match="is not MNIST"):
        harness["pytest_collection_modifyitems"]([cell])
