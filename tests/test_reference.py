"""The reference pages: a card for everything in the package, and what only the pages say, checked against Keras."""

import ast
import inspect
import re
import runpy
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest

from lossopt import losses, optimizers, schedules

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "book/reference"
reference = runpy.run_path(str(ROOT / "book/_ext/lossopt_reference.py"))
CARD = re.compile(r"^```\{card\} lossopt\.(\w+)\.(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def read(page):
    return (PAGES / f"{page}.md").read_text(encoding="utf8")


def section(page, title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)^## ", read(page), re.DOTALL | re.MULTILINE)[1]


def facts(lines):
    return dict(line.split(": ", 1) for line in lines.splitlines())


CARDS = {
    (page, name): facts(lines)
    for page in ("losses", "optimizers", "schedules")
    for _, name, lines in CARD.findall(read(page))
}
every_card = pytest.mark.parametrize(("page", "name"), CARDS)


def is_main(page, name):
    """Whether a card stands for a loss, an optimizer or a schedule, not for a function beside them."""
    thing = getattr(import_module(f"lossopt.{page}"), name)
    return hasattr(thing, "gradient") if page == "losses" else inspect.isclass(thing)


@pytest.mark.parametrize("module", [losses, optimizers, schedules])
def test_everything_has_one_card(module):
    page = module.__name__.removeprefix("lossopt.")
    cards = [(of, name) for of, name, _ in CARD.findall(read(page))]
    assert sorted(cards) == sorted((page, name) for name in reference["public_names"](module))


def test_public_names_are_all_that_a_module_offers():
    names = reference["public_names"]
    assert {"SGD", "newton_schulz", "clip_by_norm"} <= set(names(optimizers))
    assert not {"SGDState", "np", "dataclass", "Callable", "RANGES"} & set(names(optimizers))
    assert names(import_module("lossopt.surfaces"))[:4] == ["Surface", "bowl", "noisy_bowl", "rosenbrock"]
    assert names(import_module("lossopt.data")) == [
        "Unavailable",
        "digits",
        "diabetes",
        "breast_cancer",
        "mnist1d",
        "mnist",
    ]


@pytest.mark.parametrize("module", ["surfaces", "training", "data", "check"])
def test_the_other_modules_are_shown_whole(module):
    assert f"```{{contents-of}} lossopt.{module}\n```\n" in read("api")


@every_card
def test_a_card_says_what_only_a_page_can_say(page, name):
    wanted = {
        "losses": ["Task", "Use it when", "Avoid it when", "Trap", "Keras"],
        "optimizers": ["Use it when", "Avoid it when", "Trap", "Memory", "Keras"],
        "schedules": ["Use it when", "Avoid it when", "Trap", "Keras"],
    }[page]
    assert not is_main(page, name) or list(CARDS[page, name]) == wanted
    for text in CARDS[page, name].values():
        assert len(text) < 140, text


@every_card
def test_a_table_to_choose_by_names_every_card(page, name):
    if is_main(page, name):
        assert f"[`{name}`](#{name.lower()})" in section(page, "Which one?")


@every_card
def test_keras_takes_the_call_that_a_card_shows(page, name):
    calls, *others = re.findall(r"`(keras\.[\w.]+\(.*?\))`", CARDS[page, name].get("Keras", "")) or [None]
    assert not others
    known = re.findall(r"`(keras\.[\w.]+)`", inspect.getdoc(getattr(import_module(f"lossopt.{page}"), name)))
    if not calls:
        assert not is_main(page, name) or CARDS[page, name]["Keras"].startswith("none")
        assert not known
    elif hasattr(keras.optimizers, "ScheduleFreeAdamW") or name != "ScheduleFreeAdamW":  # Keras 3.13 lacks it
        made = eval(calls, {"keras": keras})
        assert isinstance(made, eval(known[0], {"keras": keras}))
    for short in re.findall(r'`"(\w+)"`', CARDS[page, name].get("Keras", "")):
        assert keras.losses.get(short) is getattr(keras.losses, name)


@pytest.mark.parametrize(
    "name",
    [
        name
        for (page, name), card in CARDS.items()
        if page == "optimizers" and is_main(page, name) and not card["Keras"].startswith("none")
    ],
)
def test_keras_keeps_as_many_numbers_as_a_card_says(name):
    if not hasattr(keras.optimizers, name):
        pytest.skip(f"Keras {keras.__version__} has no {name}")
    card = CARDS["optimizers", name]
    optimizer = eval(re.search(r"`(keras\..*?\))`", card["Keras"])[1], {"keras": keras})
    matrix = keras.Variable(np.ones((100, 100), np.float32), name="kernel")
    optimizer.build([matrix])
    numbers = sum(np.prod(variable.shape) for variable in optimizer.variables) / 100**2
    assert numbers == pytest.approx(
        float(card["Memory"].split()[0]), abs=1e-3
    )  # a few are the rate and the step


def test_every_argument_is_explained():
    explained = set(re.findall(r"`(\w+)`", section("optimizers", "What does each argument do?")))
    for name in (name for page, name in CARDS if page == "optimizers" and is_main(page, name)):
        assert vars(getattr(optimizers, name)())["learning_rate"]
        assert vars(getattr(optimizers, name)()).keys() <= explained
    theirs = inspect.signature(keras.optimizers.Adam).parameters.keys() - {"name", "kwargs"}
    assert theirs <= explained


def sources_of(subject):
    """Return the source of each test of the losses, the optimizers or the schedules, by its name."""
    sources = [file.read_text(encoding="utf8") for file in (ROOT / "tests").glob(f"test_{subject}*.py")]
    return {
        node.name: ast.get_source_segment(source, node)
        for source in sources
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }


PROOFS = dict(re.findall(r"^\[\^(\w+)\]: (.*)$", read("conventions"), re.MULTILINE))
ROWS = [
    (subject.lower(), line)
    for subject, text in re.findall(
        r"^## (\w+)\n(.*?)(?=^## |\Z)", read("conventions"), re.DOTALL | re.MULTILINE
    )
    for line in text.splitlines()
    if line.startswith("| ") and not line.startswith(("| what |", "| --- |"))
]


@pytest.mark.parametrize(("subject", "row"), ROWS, ids=[row.split("|")[1].strip() for _, row in ROWS])
def test_a_convention_names_the_test_that_proves_its_numbers(subject, row):
    proofs = [
        name for note in re.findall(r"\[\^(\w+)\]", row) for name in re.findall(r"`(\w+)`", PROOFS[note])
    ]
    assert proofs
    tests = sources_of(subject)
    sources = "".join(tests[name] for name in proofs)
    for number in re.findall(r"(?<![\w.])\d+\.\d+(?:e-\d+)?|\d+e-\d+", row):
        assert re.search(rf"(?<![\d.]){re.escape(number)}", sources), number


def test_every_proof_is_used():
    assert set(re.findall(r"\[\^(\w+)\](?!:)", read("conventions"))) == PROOFS.keys()


def test_a_card_is_made_of_the_docstring():
    text = reference["card"]("losses", "huber", "Task: A task.\nTrap: A trap: two colons.\n")
    assert text.startswith(
        "### `huber`\n\n```python\nhuber(y_true, y_pred, delta=1.0)\n```\n\nReturn the Huber loss, which is"
    )
    assert "Task\n: A task.\n\nTrap\n: A trap: two colons.\n" in text
    assert "```pycon\n>>> huber([0, 0], [0.5, 3])\narray([0.125, 2.5  ])\n```" in text
    assert text.endswith("Source: Huber (1964); `keras.losses.Huber`.")
    parts = [
        text.index(part)
        for part in ("Task\n", r"$$\ell", "<svg", "Because of the factor ½", ">>> ", "Source: ")
    ]
    assert parts == sorted(parts)


def test_a_card_links_to_others_of_its_page():
    assert "[`binary_crossentropy`](#binary_crossentropy)" in reference["card"](
        "losses", "binary_focal_crossentropy"
    )
    assert "](#binary_crossentropy)" not in reference["card"]("losses", "binary_crossentropy")
    assert "[`AdamW`](#adamw)" in reference["card"]("optimizers", "Muon")


def test_what_is_no_card_stays():
    source = ["# A page\n\n```{card} lossopt.training.print_log\n```\n\n```python\nx = 1\n```\n"]
    reference["expand"](None, "a page", source)
    assert source[0].startswith(
        "# A page\n\n### `print_log`\n\n```python\nprint_log(history, every=1, digits=4)\n```\n"
    )
    assert source[0].endswith("\n```python\nx = 1\n```\n")
