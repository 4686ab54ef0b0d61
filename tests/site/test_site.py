"""The built site: `make test-site` builds it first, then reads its files. No browser, no network."""

import gzip
import json
import re
import runpy
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build/html"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
TOC = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf8"))
DOCUMENTS = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
CHAPTERS = [document for document in DOCUMENTS if document.startswith("notebooks/")]

CLAIMS = runpy.run_path(str(ROOT / "book/_ext/lossopt_claims.py"))

COLAB = "https://colab.research.google.com/"
REQUESTED_LINKS = set(
    "stylesheet icon preload prefetch modulepreload preconnect dns-prefetch manifest".split()
)
OTHER_HOST = re.compile(r"(?:https?:)?//(?!www\.w3\.org/)[\w-]+\.[\w.-]+")
FILE_NAME = re.compile(r"\S+\.(?:png|svg|jpe?g|gif|webp|ipynb|py)\b|_images/", re.IGNORECASE)
LIMIT = 300_000  # bytes of one page with all that it loads


@pytest.fixture(scope="session", autouse=True)
def built():
    """Fail at once, and say what to do, where there is no site or an unfinished one."""
    if not (SITE / "searchindex.js").exists():
        pytest.fail("There is no built site in _build/html: call `make book` first.", pytrace=False)


@cache
def read(path):
    return BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")


def page(document):
    return read(SITE / f"{document}.html")


def all_pages():
    return sorted(SITE.rglob("*.html"))


def style_sheets():
    return sorted(SITE.rglob("*.css"))


def notebook(document):
    return json.loads((ROOT / f"{document}.ipynb").read_text(encoding="utf8"))


def local(path, address):
    """Return the file of the site that `address` means on the page or in the style sheet `path`."""
    return (path.parent / unquote(urlsplit(address).path)).resolve() if urlsplit(address).path else path


def in_style(css):
    """Return what a style sheet asks for: url(…) and @import."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found = re.findall(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)\"']*))\s*\)|@import\s+[\"']([^\"']+)", css)
    return [a for groups in found for a in groups if a and not a.startswith(("data:", "#"))]


def requested(path):
    """Return every address that a browser asks for in order to show a page or to apply a style sheet."""
    if path.suffix == ".css":
        return in_style(path.read_text(encoding="utf8"))
    addresses = []
    for tag in read(path).find_all(True):
        if tag.name == "link" and REQUESTED_LINKS & set(tag.get("rel", ())):
            addresses.append(tag["href"])
        addresses += [tag[attribute] for attribute in ("src", "poster", "data") if tag.get(attribute)]
        addresses += [
            candidate.split()[0] for candidate in tag.get("srcset", "").split(",") if candidate.strip()
        ]
        if tag.name in ("use", "image"):
            addresses += [tag[name] for name in ("href", "xlink:href") if tag.get(name)]
        if tag.name == "meta" and tag.get("http-equiv", "").lower() == "refresh":
            addresses.append(tag["content"].split("url=")[-1])
        addresses += in_style(tag.get_text() if tag.name == "style" else tag.get("style", ""))
    return [address for address in addresses if not address.startswith(("data:", "#"))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_page_of_the_contents_exists(document):
    heading = page(document).find("h1")
    assert heading and heading.get_text(strip=True)


def test_the_root_leads_to_the_landing_page():
    assert requested(SITE / "index.html") == [f"{TOC['root']}.html"]


def test_nothing_is_asked_of_another_host():
    asked = [(path.name, a) for path in all_pages() + style_sheets() for a in requested(path)]
    assert len(asked) > 100
    assert not [(name, a) for name, a in asked if urlsplit(a).netloc]


def test_no_inline_script_names_another_host():
    scripts = [(path.name, tag.get_text()) for path in all_pages() for tag in read(path)("script")]
    assert not [(name, OTHER_HOST.search(text)[0]) for name, text in scripts if OTHER_HOST.search(text)]


def test_all_that_is_asked_for_is_there():
    asked = [(path, a) for path in all_pages() + style_sheets() for a in requested(path)]
    assert not [(path.name, a) for path, a in asked if not local(path, a).is_file()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_figure_has_alternative_text(document):
    for image in page(document)("img"):
        link = image.find_parent("a")
        assert image.has_attr("alt"), image
        assert image["alt"].strip() or (link and link.get_text(strip=True)), (
            image
        )  # words beside a logo name it
        assert not FILE_NAME.search(image["alt"]), image
    for drawing in page(document)("svg"):
        if not drawing.find_parent(class_="katex"):
            figure = drawing.find_parent(attrs={"role": "img"})
            assert figure, str(drawing)[:200]
            assert len(figure.get("aria-label", "").split()) > 3, figure.get("aria-label")
            assert not FILE_NAME.search(figure["aria-label"]), figure["aria-label"]


@pytest.mark.parametrize("document", [TOC["root"], *CHAPTERS])
def test_there_are_figures(document):
    assert page(document).select(".lossopt-figure svg")


def test_every_colab_link_ends_in_an_existing_notebook():
    repository = CONFIG["repository"]["url"].removeprefix("https://github.com/")
    start = f"{COLAB}github/{repository}/blob/{CONFIG['repository']['branch']}/"
    links = [
        a["href"] for path in all_pages() for a in read(path)("a", href=True) if a["href"].startswith(COLAB)
    ]
    assert len(links) >= len(CHAPTERS)
    for link in links:
        assert link.startswith(start), link
        assert link.endswith(".ipynb") and (ROOT / link.removeprefix(start)).is_file(), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_formula_was_typeset(document):
    article = page(document).find("article")
    assert not article.select(".katex-error, .MathJax, script[type^='math/']")
    formulas = article.select(".math")
    assert all(formula.select_one(".katex") for formula in formulas)
    assert formulas or document not in CHAPTERS
    words = BeautifulSoup(str(article), "html.parser")
    for tag in words.select(".katex, code, pre, script, style"):
        tag.decompose()
    raw = re.search(r"\\[a-zA-Z]{2,}|\\[(\[]|\$\$|\$[^$\n]{1,80}\$", words.get_text())
    assert not raw, f"a formula was left as it was written: {raw[0]}"


def test_links_within_the_site_lead_somewhere():
    lost = []
    for path in all_pages():
        for a in read(path)("a", href=True):
            address = urlsplit(a["href"])
            if not address.scheme and not address.netloc:
                target, anchor = local(path, a["href"]), unquote(address.fragment)
                state = target.name == "playground.html"  # tests/test_playground.py reads those
                found = target.is_file() and (not anchor or state or read(target).find(id=anchor))
                lost += [] if found else [(path.name, a["href"])]
    assert not lost


@pytest.mark.parametrize("document", CHAPTERS)
def test_a_chapter_shows_what_it_was_computed_with(document):
    shown = page(document).select_one(".computed-with").get_text()
    for name in ("TensorFlow", "Keras", "NumPy", "Matplotlib"):
        assert re.search(rf"\b{name} \d+\.\d+", shown, re.IGNORECASE), shown
    outputs = [o for cell in notebook(document)["cells"] for o in cell.get("outputs", ())]
    printed = "".join("".join(output.get("text", "")) for output in outputs)
    assert re.search(r"^Computed with .*\d", printed, re.MULTILINE)[0] in shown


@pytest.mark.parametrize("document", CHAPTERS)
def test_a_chapter_opens_in_colab_and_can_be_downloaded(document):
    links = page(document).select(".article-header-buttons a")
    assert [a for a in links if a["href"].startswith(COLAB) and a["href"].endswith(f"/{document}.ipynb")]
    (download,) = (a for a in links if a.has_attr("download"))
    assert ".ipynb" in download.get_text()
    file = local(SITE / f"{document}.html", download["href"])
    assert file.read_bytes() == (ROOT / f"{document}.ipynb").read_bytes()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_page_takes_reports_of_errors(document):
    (link,) = page(document).select(".chapter-foot a.report")
    assert link["href"].startswith(f"{CONFIG['repository']['url']}/issues/new?title=")
    assert document in unquote(link["href"])


@pytest.mark.parametrize("document", CHAPTERS)
def test_code_that_draws_is_folded_and_code_that_teaches_is_not(document):
    shown = page(document).select("article div.cell")
    cells = [cell for cell in notebook(document)["cells"] if cell["cell_type"] == "code"]
    tags = [set(cell["metadata"].get("tags", ())) for cell in cells]
    tags = [of_cell for of_cell in tags if "remove-cell" not in of_cell]
    assert len(shown) == len(tags)
    for cell, of_cell in zip(shown, tags, strict=True):
        code = cell.select_one(".cell_input")
        fold = code.find_parent("details")
        assert bool(fold) == bool(of_cell & {"hide-input", "hide-cell"}), code.get_text()[:200]
        if fold:
            assert fold.select_one("summary .collapsed").get_text().startswith("Show the ")
            assert not fold.has_attr("open")


@pytest.mark.parametrize("document", CHAPTERS)
def test_an_output_that_answers_a_question_is_folded_and_no_other_is(document):
    shown = page(document).select("article div.cell")
    cells = [cell for cell in notebook(document)["cells"] if cell["cell_type"] == "code"]
    tags = [set(cell["metadata"].get("tags", ())) for cell in cells]
    for cell, of_cell in zip(shown, (them for them in tags if "remove-cell" not in them), strict=True):
        for output in cell.select(".cell_output"):
            fold = output.find_parent("details")
            assert bool(fold) == bool(of_cell & {"predict", "hide-cell"}), output.get_text()[:200]
            if "predict" in of_cell:
                figure = output.select_one(".lossopt-figure")
                name = f"the answer{' as a figure' if figure else ''}"
                assert fold.summary.get_text() == f"Show {name}Hide {name}"
                assert not fold.has_attr("open")


def signs(document):
    return [sign["aria-label"] for sign in page(document).select(".tested")]


@pytest.mark.parametrize("document", [*CHAPTERS, *CLAIMS["CARDS"].values()])
def test_a_tested_claim_has_its_sign_and_no_other_has(document):
    names = {page.removesuffix(".md"): name for name, page in CLAIMS["CARDS"].items()}
    document = document.removesuffix(".md")
    name = names.get(document, Path(document).name)
    labels = CLAIMS["labels_of"](CLAIMS["read_proofs"]().get(name, []))
    said = [
        f"Tested: {labels[claim.text]}" for claim in CLAIMS["read_claims"]()[name] if claim.text in labels
    ]
    assert Counter(signs(document)) == Counter(label.replace("`", "'") for label in said)


def test_the_page_how_we_know_counts_what_is_there():
    counts = runpy.run_path(str(ROOT / "book/_ext/lossopt_counts.py"))
    outputs, claims = counts["count_outputs"](), counts["count_claims"]()
    article = page("book/how-we-know").find("article")
    shown = [
        [[cell.get_text().strip() for cell in row("td")] for row in table.select("tbody tr")]
        for table in article("table")
    ]
    assert "{count" not in article.get_text()
    for rows, of_table in zip((outputs, claims), shown, strict=True):
        numbers = [[f"{number:,}" for number in row.values()] for row in rows.values()]
        sums = [f"{sum(column):,}" for column in zip(*(row.values() for row in rows.values()), strict=True)]
        assert [row[1:] for row in of_table] == [*numbers, sums]
    cells = sum(cell["cell_type"] == "code" for one in CHAPTERS for cell in notebook(one)["cells"])
    assert f"run all {cells:,} code cells" in " ".join(article.get_text().split())
    assert all(" ".join(entry.reason.split()) in article.get_text() for entry in CLAIMS["read_advice"]())
    # What an output's drawings are made of, read by another parser.
    texts = [
        "".join(output["data"]["text/html"])
        for one in CHAPTERS
        for cell in notebook(one)["cells"]
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    drawings = sum(len(BeautifulSoup(text, "html.parser")("svg")) for text in texts)
    assert sum(row["drawings"] for row in outputs.values()) == drawings > 100


def test_no_address_is_escaped_twice():
    assert not [path.name for path in all_pages() if "&amp;amp;" in path.read_text(encoding="utf8")]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_page_is_light(document):
    path = SITE / f"{document}.html"
    files = {path} | {local(path, a) for a in requested(path)}
    # All fonts that its style sheets name count, although a browser takes only those that it needs.
    sheets = [file for file in files if file.suffix == ".css"]
    files |= {local(css, a) for css in sheets for a in requested(css) if a.endswith(".woff2")}
    sizes = {
        f.name: len(f.read_bytes() if f.suffix == ".woff2" else gzip.compress(f.read_bytes())) for f in files
    }
    print(f"{document}: {sum(sizes.values()) / 1000:.0f} KB in {len(sizes)} files")
    assert sum(sizes.values()) <= LIMIT, sorted(sizes.items(), key=lambda item: -item[1])[:5]
