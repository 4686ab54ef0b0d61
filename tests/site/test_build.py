"""book/build.py needs no program of the system's own, and lets no warning pass."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]


def build(root, output, **environment):
    command = [sys.executable, root / "book/build.py", "--output", output]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf8"}
    return subprocess.run(command, env={**os.environ, **environment}, **pipes)


def test_builds_where_the_system_has_no_node(tmp_path):
    empty = tmp_path / "no programs here"
    empty.mkdir()
    assert not shutil.which("node", path=str(empty))
    done = build(ROOT, tmp_path, PATH=str(empty))
    assert done.returncode == 0, done.stdout
    assert 'class="katex"' in (tmp_path / "_build/html/book/notation.html").read_text(encoding="utf8")
    assert (tmp_path / "_build/html/index.html").as_uri() in done.stdout


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """One folder for the builds of the small book, so that npm is asked once."""
    return tmp_path_factory.mktemp("output")


def small_book(folder, index="# A small book\n", chapters=""):
    shutil.copy(ROOT / "_config.yml", folder)
    shutil.copytree(ROOT / "book", folder / "book")
    (folder / "book/_toc.yml").write_text(f"format: jb-book\nroot: book/index\n{chapters}", encoding="utf8")
    (folder / "book/index.md").write_text(index, encoding="utf8")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("All is well: $y$.", None),
        ("[This page](gone.md) is not there.", "gone.md"),
        ("A formula that ends too early: $\\frac{1}{$.", "KaTeX cannot render"),
        ("{term}`a word that no glossary has`", "a word that no glossary has"),
        ("![A picture](_static/gone.svg)", "gone.svg"),
    ],
)
def test_a_warning_is_an_error(tmp_path, output, text, complaint):
    small_book(tmp_path, index=f"# A small book\n\n{text}\n")
    done = build(tmp_path, output)
    assert (done.returncode == 0) == (complaint is None), done.stdout
    if complaint:
        assert complaint in done.stdout
        assert "The site was not built" in done.stdout


def test_a_chapter_without_its_versions_is_an_error(tmp_path, output):
    small_book(tmp_path, chapters="chapters: [file: chapter]\n")
    title = '{"cell_type": "markdown", "metadata": {}, "source": "# A chapter"}'
    never_run = f'{{"cells": [{title}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 4}}'
    (tmp_path / "chapter.ipynb").write_text(never_run, encoding="utf8")
    done = build(tmp_path, output)
    assert done.returncode != 0
    assert "execute the notebook" in done.stdout, done.stdout


SYMPTOMS = "## Symptoms\n\n| symptom | do |\n| --- | --- |\n| it is `nan` | divide by 10 |\n| late | go |"
QUIZ = (
    "## Check yourself\n\n**1. Twice two?**\n\n- two\n- four\n\n<details><summary>Answers</summary>\n\n"
    "- No: add\n  them.\n- Right: $2 \\cdot 2$\n\n</details>"
)
REMEMBER = "## What to remember\n\n1. One.\n2. Two."
PROOFS = r"""
import pytest

@pytest.mark.parametrize("mode", ["eager", "compiled"])
def test_one(mode):
    '''it is `nan` | divide by 10

    No: add them.

    Right: $2 \cdot 2$'''

@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("kappa", [pytest.param(10, id="|κ| = 10"), pytest.param(1e4, id="κ > `10⁴`")])
def test_two(classes, kappa):
    '''Two.'''
"""
TRAP = "It has no δ; only scaling the targets moves the bend."


def test_a_tested_claim_has_its_sign(tmp_path, output):
    small_book(tmp_path, chapters="chapters: [file: notebooks/01-one, file: book/reference/losses]\n")
    shutil.copytree(ROOT / "tests/claims", tmp_path / "tests/claims", ignore=lambda *_: ["cards-losses.py"])
    (tmp_path / "tests/claims/01-one.py").write_text(PROOFS, encoding="utf8")
    cards = "import pytest\n\n@pytest.mark.parametrize('target', [-1, 0])\ndef test_it(target):\n"
    (tmp_path / "book/reference/losses.md").write_text(
        f"# Losses\n\n## Numbers\n\n```{{card}} lossopt.losses.log_cosh\nTask: numbers.\nTrap: {TRAP}\n```\n",
        encoding="utf8",
    )
    (tmp_path / "tests/claims/cards-losses.py").write_text(f'{cards}    """{TRAP}"""\n', encoding="utf8")
    (tmp_path / "notebooks").mkdir()
    printed = {"output_type": "stream", "name": "stdout", "text": "Computed with TensorFlow 2.\n"}
    run = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "1", "outputs": [printed]}
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": text}
        for text in ("# One", SYMPTOMS, QUIZ, REMEMBER)
    ]
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    notebook = {
        "cells": [cells[0], run, *cells[1:]],
        "metadata": language,
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    (tmp_path / "notebooks/01-one.ipynb").write_text(json.dumps(notebook), encoding="utf8")
    done = build(tmp_path, output)
    assert done.returncode == 0, done.stdout

    def signs(document):
        text = (output / f"_build/html/{document}.html").read_text(encoding="utf8")
        for sign in BeautifulSoup(text, "html.parser").select(".tested"):
            assert sign["role"] == "img" and sign["tabindex"] == "0" and not sign.get_text()
            yield " ".join(sign.find_parent(["tr", "li", "dd"]).get_text().split()), sign["aria-label"]

    tested = list(signs("notebooks/01-one"))
    modes = "Tested: mode eager, compiled"
    assert tested[0] == ("it is nan divide by 10", modes)
    assert tested[1] == ("No: add them.", modes)
    assert tested[2][0].startswith("Right: ") and tested[2][1] == modes
    assert tested[3] == ("Two.", "Tested: classes 2, 3, 10; |κ| = 10, κ > '10⁴'")
    assert len(tested) == 4
    assert list(signs("book/reference/losses")) == [(TRAP, "Tested: target −1, 0")]
