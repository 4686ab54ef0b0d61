"""The reference pages: what the package says of itself, in its docstrings, with a figure and a few facts next to it.

    ```{card} lossopt.losses.huber
    Data: what only the page can say, a line each
    ```

becomes, before the page is parsed, the Markdown of one card: heading, signature, sentence, facts, formula, figure,
range and errors, example, source. `{contents-of} lossopt.data` becomes a module's docstring and a card for each
public name in it. Docstrings are Markdown already, so nothing but Markdown is needed.
"""

import inspect
import re
import runpy
import textwrap
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

FENCED = re.compile(
    r"^```\{(card|contents-of)\} lossopt\.(\w+)(?:\.(\w+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
DOCTEST = re.compile(r"^>>> .*?(?=\n\n|\Z)", re.DOTALL | re.MULTILINE)
FORMULAS = re.compile(r"(?:^\$\$.*?\$\$\s*)+", re.DOTALL | re.MULTILINE)


def setup(app):
    app.connect("source-read", expand)
    return {"parallel_read_safe": True}


def expand(app, docname, source):
    """Replace every card of a page by its Markdown."""

    def markdown(match):
        kind, module, name, lines = match.groups()
        return card(module, name, lines) if kind == "card" else contents(module)

    source[0] = FENCED.sub(markdown, source[0])


def public_names(module):
    """Return what a module offers, in the order of its `__all__` or its source: functions, classes and instances."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    return [name for name in names if _is_own(module, getattr(module, name))]


def _is_own(module, thing):
    if isinstance(thing, ModuleType) or not callable(thing) or _is_state(thing):
        return False
    home = thing if hasattr(thing, "__name__") else type(thing)  # a surface belongs where its class does
    return home.__module__.startswith(module.__name__)


def _is_state(thing):
    return hasattr(thing, "_fields") and thing.__doc__.startswith(
        f"{thing.__name__}("
    )  # nobody wrote it a docstring


def contents(module_name):
    module = import_module(f"lossopt.{module_name}")
    things = {name: getattr(module, name) for name in public_names(module)}
    exercises = [f"- `{module_name}.{name}`: {it.task}" for name, it in things.items() if hasattr(it, "task")]
    cards = [
        card(module_name, name)
        for name, it in things.items()
        if inspect.getdoc(it) and not hasattr(it, "task")
    ]
    return "\n\n".join([code_blocks(inspect.getdoc(module)), *cards, "\n".join(exercises)])


def card(module_name, name, lines=""):
    """Return the Markdown of one card; `lines` are its facts, as "Term: text"."""
    module = import_module(f"lossopt.{module_name}")
    thing = getattr(module, name)
    summary, _, rest = inspect.getdoc(thing).partition("\n\n")
    formulas = FORMULAS.match(rest)
    formulas, rest = (formulas[0], rest[formulas.end() :]) if formulas else ("", rest)
    blocks = [
        f"### `{name}`",
        f"```python\n{signature(name, thing)}\n```",
        summary,
        facts(lines),
        formulas,
        figure(module_name, name),
        code_blocks(rest),
    ]
    text = "\n\n".join(block for block in blocks if block)
    others = "|".join(other for other in public_names(module) if other != name)
    return re.sub(
        rf"(?<![`\[])`({others})`(?!\])", lambda found: f"[`{found[1]}`](#{found[1].lower()})", text
    )


def signature(name, thing):
    """Return a call with all arguments and defaults, as one writes it; annotations would say little more."""
    if isinstance(thing, type) and issubclass(thing, Exception):
        return name
    inside = inspect.signature(thing)
    bare = [p.replace(annotation=p.empty) for p in inside.parameters.values()]
    call = name + str(inside.replace(parameters=bare, return_annotation=inside.empty))
    return textwrap.fill(call, 76, subsequent_indent=" " * 4, break_long_words=False, break_on_hyphens=False)


def facts(lines):
    """Return a definition list."""
    terms = (line.split(": ", 1) for line in lines.strip().splitlines())
    return "\n".join(f"{term}\n: {text}\n" for term, text in terms)


def code_blocks(text):
    """Fence the examples, so that they are highlighted."""
    return DOCTEST.sub(lambda example: f"```pycon\n{example[0]}\n```", text)


def figure(module_name, name):
    """Return what `figure(name)` in book/figures/<module>.py draws, if there is such a file."""
    file = Path(__file__).parents[1] / f"figures/{module_name}.py"
    drawing = drawer(file)(name) if file.exists() else None
    if not drawing:
        return ""
    return f"```{{raw}} html\n{drawing}\n```"


@cache
def drawer(file):
    return runpy.run_path(file)["figure"]
