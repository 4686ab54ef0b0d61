"""What `import lossopt` brings, and what it must not bring."""

import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from email.message import Message
from importlib.metadata import version
from pathlib import Path

import pytest

import lossopt

ROOT = Path(__file__).parents[1]


def test_import_is_light():
    code = "import sys; from lossopt import check; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "numpy" in loaded
    assert not {"tensorflow", "keras", "sklearn", "scipy", "matplotlib", "IPython"} & set(loaded)


LINE = "Computed with " + ", ".join(
    f"{name} {version(name)}" for name in ("TensorFlow", "Keras", "NumPy", "Matplotlib")
)


def test_versions_are_the_installed_ones(monkeypatch):
    monkeypatch.setattr(lossopt, "STORED_WITH", {name: version(name) for name in ("TensorFlow", "Keras")})
    assert lossopt.versions() == LINE


@pytest.mark.parametrize("package", ["TensorFlow", "Keras"])
def test_other_versions_than_the_stored_ones_lead_to_the_page_that_explains(monkeypatch, package):
    """The address is the one in the package's metadata, and the page is there."""
    monkeypatch.setitem(lossopt.STORED_WITH, package, "1.2.3")
    with open(ROOT / "pyproject.toml", "rb") as file:
        urls = tomllib.load(file)["project"]["urls"]
    built = Message()
    for label, url in urls.items():
        built["Project-URL"] = f"{label}, {url}"
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: built)
    first, second = lossopt.versions().splitlines()
    assert first == LINE
    assert f"{package} 1.2.3" in second
    address = re.search(r"Why is my number different\? (https://\S+)$", second)[1]
    page = (ROOT / address.partition("/blob/main/")[2]).read_text(encoding="utf8")
    assert page.startswith("# Why is my number different?\n")


def test_without_an_address_the_question_is_asked_all_the_same(monkeypatch):
    monkeypatch.setitem(lossopt.STORED_WITH, "Keras", "1.2.3")
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: Message())
    assert lossopt.versions().endswith("Why is my number different?")


def test_the_stored_versions_are_the_pinned_ones():
    pins = dict(re.findall(r"(?m)^([\w-]+)==(\S+)", (ROOT / "requirements.txt").read_text()))
    assert {name: pins[name.lower()] for name in lossopt.STORED_WITH} == lossopt.STORED_WITH


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_chapter_was_stored_with_the_stored_versions(path):
    cells = json.loads(path.read_text(encoding="utf8"))["cells"]
    printed = "".join("".join(out.get("text", "")) for cell in cells for out in cell.get("outputs", []))
    versions = ", ".join(f"{name} {number}" for name, number in lossopt.STORED_WITH.items())
    assert f"Computed with {versions}, " in printed
    assert "Why is my number different?" not in printed
