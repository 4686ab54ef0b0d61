"""book/build.py needs no program of the system's own, and lets no warning pass."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
