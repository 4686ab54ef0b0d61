"""What `import lossopt` brings, and what it must not bring."""

import importlib
import importlib.metadata
import inspect
import json
import pkgutil
import pydoc
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


def public_modules():
    """Return every module of the package that a reader may import, by its name."""
    names = ["lossopt"]
    for module in pkgutil.walk_packages(lossopt.__path__, "lossopt."):
        if not any(part.startswith("_") for part in module.name.split(".")):
            names.append(module.name)
    return [name for name in names if not name.startswith(("lossopt.check.", "lossopt.checkup."))]


@pytest.mark.parametrize("name", public_modules())
def test_a_module_names_what_it_offers(name):
    """Nothing public is missing in `__all__`, and everything in it is there."""
    module = importlib.import_module(name)
    own = {
        thing
        for thing, value in vars(module).items()
        if not thing.startswith("_")
        and getattr(value, "__module__", None) == name
        and callable(value)
        and not hasattr(value, "_fields")  # a rule's state
    }
    assert own <= set(module.__all__)
    assert [thing for thing in module.__all__ if not hasattr(module, thing)] == []
    assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize("name", lossopt.IMPORTED_AT_FIRST_USE)
def test_a_module_is_there_after_import_lossopt(name):
    code = f"import lossopt; print(lossopt.{name}.__name__, {name!r} in dir(lossopt))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [f"lossopt.{name}", "True"]


def test_the_version_is_the_installed_one():
    assert lossopt.__version__ == version("lossopt")
    with pytest.raises(AttributeError, match="module 'lossopt' has no attribute 'optimisers'"):
        lossopt.optimisers  # noqa: B018


def documented():
    """Return the modules, classes and functions that a reader may call `help` on."""
    modules = [importlib.import_module(name) for name in public_modules() if name not in HEAVY]
    things = [getattr(module, name) for module in modules for name in module.__all__]
    gradients = [
        thing.gradient for thing in things if hasattr(thing, "gradient") and hasattr(thing, "__wrapped__")
    ]
    return {
        f"{thing.__module__}.{thing.__qualname__}"
        if hasattr(thing, "__qualname__")
        else thing.__name__: thing
        for thing in (*modules, *things, *gradients)
        if inspect.ismodule(thing) or inspect.isclass(thing) or inspect.isfunction(thing)
    }


HEAVY = ("lossopt.data", "lossopt.plotting", "lossopt.training")  # they import TensorFlow or Matplotlib
DOCUMENTED = documented()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_help_fits_a_terminal_of_80_columns(name):
    """`help` indents by four. Only signatures, which it writes itself, may be longer. No LaTeX environment is left."""
    described = inspect.getdoc(DOCUMENTED[name]).splitlines()
    shown = pydoc.plain(pydoc.render_doc(DOCUMENTED[name]))
    assert [line for line in described if len(line) > 76] == []
    assert all(line in shown for line in described)
    assert "\\begin{" not in shown
