"""The reference pages as built: cards whole, anchors that chapters can link to, and Keras's names in the search."""

import json
import re

import pytest
from test_site import SITE, page

PAGES = {
    name: f"book/reference/{name}" for name in ("losses", "optimizers", "schedules", "conventions", "api")
}
COUNTS = {"losses": 36, "optimizers": 18, "schedules": 11}  # of cards with a figure and facts


def cards(name):
    return [title.parent for title in page(PAGES[name]).select("section > h3")]


@pytest.mark.parametrize("name", COUNTS)
def test_cards_are_whole(name):
    # A root in a formula is an SVG too, and no figure.
    whole = [
        card for card in cards(name) if card.select_one("dl.myst") and card.select_one("svg:not(.katex svg)")
    ]
    assert len(whole) == COUNTS[name]
    for card in whole:
        called = card.h3.get_text().rstrip("#").strip()
        assert card["id"] == re.sub(r"\W|_", "-", called.lower())
        assert card.select_one(".highlight-python").get_text().startswith(f"{called}(")
        assert card.select_one(".highlight-pycon").get_text().startswith(">>> ")
        assert card.select_one("div.math .katex")
        assert "Source: " in card.get_text()


def test_losses_have_the_figure_of_loss_and_slope():
    for card in cards("losses"):
        assert len(card.select(".lossopt-figure svg")) in ((2,) if card.select_one("div.math") else (0,))


def test_the_surface_is_drawn_once():
    optimizers = page(PAGES["optimizers"])
    assert len(optimizers.select("#beale")) == 1
    assert len(optimizers.select('use[href="#beale"]')) == 13


@pytest.mark.parametrize("name", PAGES)
def test_no_markdown_is_left_over(name):
    article = page(PAGES[name]).find("article")
    words = "".join(text for text in article.find_all(string=True) if not text.find_parent(["pre", "code"]))
    assert not re.search(r"```|>>> |\*\*|\]\(|:::|\{card\}|\[\^", words)
    ids = [tag["id"] for tag in page(PAGES[name]).find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_conventions_lead_to_their_tests():
    conventions = page(PAGES["conventions"])
    marks = conventions.select("table a.footnote-reference")
    assert len(marks) > 30
    for mark in marks:
        assert "test_" in conventions.find(id=mark["href"][1:]).get_text()


@pytest.mark.parametrize(
    ("word", "where"),  # words as the index stores them, without their endings
    [
        ("binarycrossentropi", "losses"),
        ("pinbal", "losses"),
        ("mse", "losses"),
        ("clipnorm", "optimizers"),
        ("beta_2", "optimizers"),
        ("amsgrad", "optimizers"),
        ("global_clipnorm", "optimizers"),
        ("cosinedecai", "schedules"),
        ("reducelronplateau", "schedules"),
        ("descend", "api"),
        ("eta", "notation"),  # symbols by their spoken names
        ("theta", "notation"),
        ("kappa", "notation"),
        ("nabla", "notation"),
    ],
)
def test_the_search_finds_the_names_of_keras(word, where):
    index = (SITE / "searchindex.js").read_text(encoding="utf8")
    index = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    pages = set()
    for terms in (index["terms"], index["titleterms"]):
        found = terms.get(word, [])
        pages |= {index["docnames"][number] for number in ([found] if isinstance(found, int) else found)}
    assert PAGES.get(where, f"book/{where}") in pages
