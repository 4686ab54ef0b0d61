"""The lists of hand-made mutants fit the files that they change, and the runner tells seen from unseen."""

import ast
import re
from pathlib import Path

import mutants
import pytest

ROOT = Path(__file__).parents[1]
EVERY = [
    pytest.param(mutant, id=f"{area}: {mutant.why}")
    for area, file in mutants.LISTS.items()
    for mutant in mutants.read_list(file)
]


@pytest.mark.parametrize("mutant", EVERY)
def test_a_mutant_fits_its_file(mutant):
    changed = mutants.mutated(mutant)  # or an error that says what to do
    assert mutant.new != mutant.old and mutant.why
    if mutant.file.endswith(".py"):
        ast.parse(changed)  # a change that is no Python would be seen by any test
    files = [test.partition("::")[0] for test in mutant.tests if test.startswith("tests/")]
    assert files and all((ROOT / file).is_file() for file in files)


@pytest.mark.parametrize("area", mutants.LISTS)
def test_no_mutant_is_listed_twice(area):
    them = [(it.file, it.old, it.new) for it in mutants.read_list(mutants.LISTS[area])]
    assert len(set(them)) == len(them) > 10


# A project with one function, one test, and a list of its mutants.
CODE = "def double(x):\n    return x + x\n\n\ndef half(x):\n    return x / 2\n"
TEST = "from code_of_it import double\n\n\ndef test_double():\n    assert double(3) == 6\n"
LIST = """
file = "src/code_of_it.py"
tests = ["tests/test_double.py"]
mutant = [
    {{ why = "three times", old = "x + x", new = "x + x + x" }},
    {{ why = "a product", old = "x + x", new = "2 * x", equivalent = "the same number" }},
    {{ why = "needs a file", old = "x + x", new = "7", needs = "NOT_SET_ANYWHERE" }},
    {extra}
]
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "tests/mutants").mkdir(parents=True)
    (tmp_path / "src/code_of_it.py").write_text(CODE)
    (tmp_path / "tests/test_double.py").write_text(TEST)
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def tried(project, extra="", workers=1):
    file = project / "tests/mutants/double.toml"
    file.write_text(LIST.format(extra=extra))
    return mutants.try_list(file, project, workers)


def test_seen_and_unseen_are_told_apart_and_the_project_stays_as_it_was(project, capsys):
    extra = """{ why = "half is not tested", old = "x / 2", new = "x / 3" },
    { why = "explained", old = "x / 2", new = "x / 4", lives = "half is for nobody" },
    { why = "not the same", old = "x + x", new = "x", equivalent = "so it was said" }"""
    assert not tried(project, extra, workers=2)
    printed = capsys.readouterr().out
    assert "double: 5 mutants, 2 of them equivalent; 1 of 3 seen, 33.3 %" in printed
    assert re.findall(r"lived: src/code_of_it.py: (.*)", printed) == [
        "half is not tested",
        "explained (half is for nobody)",
    ]
    assert "seen after all: src/code_of_it.py: not the same, by tests/test_double.py::test_double" in printed
    assert "left out, because NOT_SET_ANYWHERE is not set: src/code_of_it.py: needs a file" in printed
    log = (project / "_build/mutants/double.txt").read_text()
    assert "three times\n    tests/test_double.py::test_double\n" in log
    assert (project / "src/code_of_it.py").read_text() == CODE


def test_a_list_whose_mutants_are_seen_is_good(project, capsys):
    assert tried(project)
    assert "1 of 1 seen, 100.0 %" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "times", "do"), [("x", 5, "add words"), ("y + y", 0, "quote the file as it is now")]
)
def test_a_list_that_no_longer_fits_says_what_to_do(project, old, times, do):
    with pytest.raises(
        ValueError, match=rf"“gone”: `old` occurs {times} times in src/code_of_it.py, .* {do}"
    ):
        tried(project, f'{{ why = "gone", old = "{old}", new = "z" }}')


def test_tests_that_fail_by_themselves_prove_nothing(project):
    (project / "tests/test_double.py").write_text(TEST.replace("6", "7"))
    with pytest.raises(SystemExit, match="fails before anything is changed"):
        tried(project)


def test_a_change_that_makes_something_endless_is_seen(project):
    (project / "tests/test_double.py").write_text("import time\n\n\ndef test_double():\n    time.sleep(60)\n")
    copy = mutants.Copy(project / "copy", project)
    assert copy.run(["tests/test_double.py"], patience=1) == (1, "no end within 1 s")


def test_the_tests_of_a_copy_import_what_is_changed_there(tmp_path):
    (tmp_path / "it/src/lossopt").mkdir(parents=True)
    (tmp_path / "it/src/lossopt/__init__.py").write_text("")
    (tmp_path / "it/test_it.py").write_text(
        "import lossopt\n\n\ndef test_it():\n    assert __file__.startswith(lossopt.__file__[:-23])\n"
    )
    copy = mutants.Copy(tmp_path / "copy", tmp_path / "it")
    assert copy.run(["test_it.py"])[0] == 0


def test_an_area_that_there_is_not(capsys):
    with pytest.raises(SystemExit, match=r"There is no area nothing\. Choose from losses, .*data"):
        mutants.main(["nothing"])


def test_the_makefile_passes_an_area_on():
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    assert "tests/mutants.py $(AREA)" in makefile
