"""The harness itself: small notebooks run through pytest for real, under this project's conftest.py and options."""

import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat.v4 as nbf
import pytest

ROOT = Path(__file__).parents[1]


class Case(NamedTuple):
    """A cell: what its notebook has stored, what it computes, and what the report must name where that is refused."""

    name: str
    passes: bool
    stored: str | tuple  # printed text, or outputs
    fresh: str | tuple
    says: tuple = ()
    tags: tuple = ()


def green(name, stored, fresh, tags=()):
    return Case(name, True, stored, fresh, tags=tags)


def red(name, stored, fresh, *says, tags=()):
    return Case(name, False, stored, fresh, says, tags)


def text(printed, name="stdout"):
    return nbf.new_output("stream", name=name, text=printed + "\n")


def shown(data, mime="text/html"):
    return nbf.new_output("display_data", {mime: data})


def result(value):
    return nbf.new_output("execute_result", {"text/plain": value}, execution_count=1)


def error(value):
    return nbf.new_output("error", ename="ValueError", evalue=value, traceback=[])


def figure(alt="0.500", contour=20, ids="f3ab", curve=100, label="loss 0.30", contours="contours"):
    return (
        shown(f"""
        <div class="lossopt-figure" role="img" aria-label="A line falls to {alt}"><svg viewBox="0 0 460.8 345.6">
        <g id="{contours}"><path d="M {contour} 20 L 30 40" style="fill: #123456"/></g>
        <path id="m{ids}" d="M 10 {curve} L 120.5 80" clip-path="url(#p{ids})"/><use xlink:href="#m{ids}" x="1"/>
        <text x="100" y="200">{label}</text><clipPath id="p{ids}"><rect width="9"/></clipPath></svg></div>
        """),
    )


def steep(slope):
    return (shown(f"<svg><path d='M 0 0 {' '.join(f'L {x} {slope * x}' for x in range(3000))}'/></svg>"),)


WIDER = ("tolerance-1e-3",)
RAISES = ("raises-exception",)

CASES = [
    # one unit in the last printed place
    green("one unit", "loss 0.300", "loss 0.301"),
    red("two units", "loss 0.300", "loss 0.302", "0.300", "0.302", "differ by 0.002, allowed 0.001"),
    green("one unit, a digit more", "10.00", " 9.99"),
    green("one unit with an exponent", "1.50e-03", "1.51e-03"),
    red("two units with an exponent", "1.50e-03", "1.52e-03", "1.50e-03", "1.52e-03"),
    green("one unit of a power of ten", "1e-05", "2e-05"),
    red("two units of a power of ten", "1e-05", "3e-05", "1e-05", "3e-05"),
    red("a negative number", "-0.5010", "-0.5012", "-0.5010", "-0.5012"),
    red("a sign", "0.500", "-0.500"),
    red("the first of two is the worse", "0.10 0.10", "0.50 0.20", "2 deviations", "0.50", "differ by 0.40"),
    red("more places than were stored", "0.5", "0.541", "0.5", "0.541"),
    # 1e-5 of its size
    green("just inside 1e-5", "12345.678", "12345.801"),
    red("just outside 1e-5", "12345.678", "12345.802", "12345.678", "12345.802", "allowed 0.123"),
    green("an array just inside 1e-5", "[100000. 200000.]", "[100000. 200001.9]"),
    red("an array just outside 1e-5", "[100000. 200000.]", "[100000. 200003.]", "200000.", "200003."),
    red("whole numbers in an array", "[1. 2.]", "[1. 3.]", "2.", "3."),
    green("a result within", (result("0.300"),), (result("0.301"),)),
    red("a result beyond", (result("0.301"),), (result("0.303"),), "text/plain", "0.301", "0.303"),
    # exact
    red("an integer", "1000000 steps", "1000001 steps", "1000000", "1000001"),
    red("an integer at the end of a sentence", "in 1000000.", "in 1000001."),
    red("a word", "loss rises 0.10", "loss falls 0.50", "rises", "falls", "1 deviation,"),
    red("a long word", "a" * 300, "b" * 300, "aaa", "bbb"),
    red("a word less", "loss rises", "loss", "rises"),
    red("a line less", "loss\nfalls", "loss", "falls", "nothing more"),
    red("a line break", "loss falls", "loss\nfalls"),
    red("a version", "TensorFlow 2.21.0", "TensorFlow 2.21.1", "2.21.0", "2.21.1"),
    red("a name", "conv2d_1", "conv2d_2"),
    red("a hex id", "id 12e4", "id 12e5"),
    red("nan", "loss 0.5", "loss nan", "0.5", "nan"),
    red("inf", "inf", "-inf"),
    # the number and the kind of outputs
    red("an output less", (text("loss 0.5\n" * 30),), (), "output 1, stdout: missing, loss 0.5"),
    red("an output more", (), (text("loss 0.5"),), "output 1, stdout: not stored, loss 0.5"),
    red("a display more", (shown("a"),), (shown("a"), shown("b")), "output 2, text/html: not stored, b"),
    red("outputs exchanged", (shown("a"), text("b")), (text("b"), shown("a"))),
    red("a result that is printed", (result("0.301"),), (text("0.301"),), "output 1, text/plain: missing"),
    red("a warning", (), (text("careful", "stderr"),), "stderr: not stored"),
    red("a picture", (shown("AAAA", "image/png"),), (shown("AAAB", "image/png"),), "image/png"),
    red("a table", (shown("<td>0.30</td>"),), (shown("<td>0.32</td>"),), "text/html", "0.30", "0.32"),
    # figures
    green("a figure whose ids are renamed", figure(), figure(ids="77c1")),
    green("a curve moved by 0.049 pt", figure(), figure(curve=100.049)),
    red("a curve moved by 0.051 pt", figure(), figure(curve=100.051), "<path d> in svg 1", "100.051", "0.05"),
    red("a curve with a point more", figure(), figure(curve="100 L 110 90")),
    red("another curve referred to", figure(), (shown(figure()[0].data["text/html"].replace("#m", "#p")),)),
    red("a label's word", figure(), figure(label="cost 0.30"), "loss", "cost"),
    green("a label's last place", figure(), figure(label="loss 0.31")),
    green("a label's minus", figure(label="−0.30"), figure(label="−0.31")),
    red("a label's number", figure(), figure(label="loss 0.32"), "0.30", "0.32"),
    green("the alternative text's last place", figure(), figure(alt="0.501")),
    red("the alternative text's number", figure(), figure(alt="0.502"), "aria-label", "0.500", "0.502"),
    green("contours", figure(), figure(contour="7.77 L 8 8")),
    green(
        "contours by the id that show gives",
        figure(contours="f3-contours"),
        figure(contour=1, contours="f3-contours"),
    ),
    red("a curve over contours", figure(), figure(contour=7, curve=101), "101"),
    red("contours that are gone", *[(shown(f"<svg>{g}</svg>"),) for g in ("<g id='contours'></g>", "")]),
    red(
        "a width outside a figure",
        *[(shown(f"<svg></svg><td width='{n}'>"),) for n in (9.0, 9.01)],
        "<td width>",
    ),
    red(
        "a whole figure",
        steep(3),
        steep(2),
        "2999 deviations",
        "L 2999 8997",
        "L 2999 5998",
        "differ by 3.00e+3",
    ),
    # exceptions
    red("an unexpected exception", (), (error("2"),), "ValueError"),
    red("an unexpected exception that is stored", (error("2"),), (error("2"),), "ValueError"),
    green("an expected exception", (error("2"),), (error("2"),), RAISES),
    red(
        "another value of an exception",
        (error("of 2"),),
        (error("of 3"),),
        "exception",
        "2",
        "3",
        tags=RAISES,
    ),
    red("an exception that stays out", (error("2"),), (), "exception: missing", tags=RAISES),
    # a wider tolerance
    red("what a tag would allow", "loss 1.0000", "loss 1.0009"),
    green("just inside a tag", "loss 1.0000", "loss 1.0010", WIDER),
    red("just outside a tag", "loss 1.0000", "loss 1.0011", "allowed 0.001", tags=WIDER),
    green("a curve just inside a tag", figure(), figure(curve=100.49), WIDER),
    red("a curve just outside a tag", figure(), figure(curve=100.51), "allowed 0.5", tags=WIDER),
    red("a tag without a number", "loss", "loss", "tolerance-big", "expected", tags=("tolerance-big",)),
    red("a tag with a unit", "loss", "loss", "tolerance-1e-3pt", "expected", tags=("tolerance-1e-3pt",)),
]


def source(output):
    """Code that produces an output."""
    if output.output_type == "stream":
        return f"print({output.text[:-1]!r}, file=sys.{output.name})"
    if output.output_type == "error":
        return f"raise {output.ename}({output.evalue!r})"
    if output.output_type == "execute_result":
        return output.data["text/plain"]
    return f"display({dict(output.data)!r}, raw=True)"


def cell(case, count):
    stored, fresh = ((text(o),) if isinstance(o, str) else o for o in (case.stored, case.fresh))
    code = "\n".join(map(source, fresh))
    return nbf.new_code_cell(
        code, outputs=list(stored), execution_count=count, metadata={"tags": list(case.tags)}
    )


def run_pytest(folder, cells, **environment):
    """Run pytest on a notebook of these cells, and return what it prints."""
    (folder / "small.ipynb").write_text(nbf.writes(nbf.new_notebook(cells=cells)), encoding="utf-8")
    shutil.copy(ROOT / "conftest.py", folder)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        ROOT / "pyproject.toml",
        "--rootdir",
        folder,
        "-rA",
        folder,
    ]
    unset = {name: "" for name in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS")}
    environment = os.environ | unset | environment
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True).stdout


def outcome(printed, number):
    """What pytest says of a cell, and its report."""
    verdicts = re.findall(rf"(?m)^([A-Z]+) small.ipynb::Cell {number}\b", printed)
    reports = re.findall(rf"(?ms)^_+ small.ipynb::Cell {number} _+$\n(.*?)(?=^_{{5}}|^={{5}})", printed)
    return verdicts, "".join(reports)


@pytest.fixture(scope="module", params=["", "true"], ids=["CI unset", "CI=true"])
def printed(request, tmp_path_factory):
    """What pytest prints on a notebook whose cells are the cases, after one that imports."""
    cells = [
        nbf.new_code_cell("import sys", execution_count=1),
        *(cell(case, n) for n, case in enumerate(CASES, 2)),
    ]
    return run_pytest(tmp_path_factory.mktemp("cases"), cells, CI=request.param)


@pytest.mark.parametrize("number, case", list(enumerate(CASES, 1)), ids=[case.name for case in CASES])
def test_a_cell_passes_within_the_tolerance_and_nowhere_else(printed, number, case):
    verdicts, report = outcome(printed, number)
    assert verdicts == ["PASSED" if case.passes else "FAILED"], report
    assert [words for words in case.says if words not in report] == [], report
    if "caused an exception" not in report:  # whose traceback has its own length
        lines = report.splitlines()
        assert len(lines) <= 10 and max(map(len, lines), default=0) <= 150, report
        assert case.passes or lines[0].startswith(f"In [{number + 1}], ")


def test_a_cell_that_was_never_executed_is_refused(tmp_path):
    printed = run_pytest(tmp_path, [nbf.new_code_cell("print(1)"), nbf.new_code_cell("2", execution_count=1)])
    verdicts, report = outcome(printed, 0)
    assert verdicts == ["FAILED"] and "never executed" in report


VERSIONS = "Computed with TensorFlow 2.21.0, Keras 3.15.1"
OTHERS = "Computed with TensorFlow 2.22.0, Keras 3.16.0\nThey differ. Why is my number different? https://host.example"
# What passes here passes only with --set-figures-aside; what is refused, is refused with it too.
ASIDE = [
    green("another curve, another label", figure(), figure(curve=200, label="cost 0.99")),
    green("another drawing", figure(), (shown(re.sub("<path.*?/>", "", figure()[0].data["text/html"])),)),
    green("other versions", VERSIONS, VERSIONS.replace("2.21.0", "2.22.0")),
    green("other versions, and the line that says so", VERSIONS, OTHERS),
    green("the line that says so, before more", f"{VERSIONS}\nloss 0.5", f"{OTHERS}\nloss 0.5"),
    red("what follows the versions", f"{VERSIONS}\nloss 0.50", f"{OTHERS}\nloss 0.70", "0.50", "0.70"),
    red("the alternative text", figure(), figure(alt="0.900"), "aria-label", "0.500", "0.900"),
    red("a figure that is gone", figure(), (), "text/html: missing"),
    red("a number beside a figure", (*figure(), text("0.50")), (*figure(curve=200), text("0.70")), "0.70"),
]


@pytest.fixture(scope="module")
def printed_with_and_without(tmp_path_factory):
    cells = [
        nbf.new_code_cell("import sys", execution_count=1),
        *(cell(case, n) for n, case in enumerate(ASIDE, 2)),
    ]
    options = "--set-figures-aside", ""
    return [run_pytest(tmp_path_factory.mktemp("aside"), cells, PYTEST_ADDOPTS=option) for option in options]


@pytest.mark.parametrize("number, case", list(enumerate(ASIDE, 1)), ids=[case.name for case in ASIDE])
def test_figures_and_versions_are_set_aside_on_request_alone(printed_with_and_without, number, case):
    (verdicts, report), (without, _) = (outcome(printed, number) for printed in printed_with_and_without)
    assert verdicts == ["PASSED" if case.passes else "FAILED"], report
    assert [words for words in case.says if words not in report] == [], report
    assert without == ["FAILED"]


@pytest.fixture(scope="module")
def harness():
    """The project's conftest.py, as a module."""
    spec = importlib.util.spec_from_file_location("harness", ROOT / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_says_how_close_is_close(harness):
    page = (ROOT / "book/why-is-my-number-different.md").read_text(encoding="utf8")
    assert f"by {float(harness.RELATIVE) * 100:g} % of their size" in page
    assert f"within {harness.POINTS} pt" in page


def drawn_by_matplotlib(curve=1.0, surface=1.0, salt="book"):
    """A line over filled contours, as Matplotlib writes it."""
    import numpy as np
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    x, y = np.mgrid[-1:1:20j, -1:1:20j]
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "path.simplify": False}):
        axes = (page := Figure()).subplots()
        axes.contourf(x, y, surface * (x**2 + y**4)).set_gid("contours")
        axes.plot(x[:, 0], curve * x[:, 0] ** 3, "o-")
        page.savefig(file := io.StringIO(), format="svg", metadata={"Date": None})
    return file.getvalue()


@pytest.mark.parametrize("change", [{"salt": "other"}, {"curve": 1 + 1e-5}, {"surface": 1.01}], ids=str)
def test_a_figure_of_matplotlib_is_equal_to_itself(harness, change):
    stored, fresh = drawn_by_matplotlib(), drawn_by_matplotlib(**change)
    assert stored != fresh
    assert harness.compare("image/svg+xml", stored, fresh) == []


def test_a_curve_that_matplotlib_draws_elsewhere_is_seen(harness):
    report = harness.compare("image/svg+xml", drawn_by_matplotlib(), drawn_by_matplotlib(curve=0.999))
    assert "allowed 0.05" in "\n".join(report)
