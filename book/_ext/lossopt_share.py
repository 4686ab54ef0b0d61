"""What helps pages to be found and passed on: descriptions, previews, figures to save, a site map, a page not found."""

import re
import shutil
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes

LONGEST = 200  # characters of a description; search engines cut longer ones


def setup(app):
    app.connect("doctree-read", mend_addresses)
    app.connect("html-page-context", describe, priority=950)
    app.connect("html-page-context", offer_figures, priority=950)
    app.connect("html-collect-pages", lost_and_found)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True}


def mend_addresses(app, doctree):
    """Undo what MyST does to the & of an address: Docutils does it again, and the page would say &amp;amp;."""
    for link in doctree.findall(nodes.reference):
        if "refuri" in link:
            link["refuri"] = link["refuri"].replace("&amp;", "&")


def address(app):
    """The address of the published site: that of the repository's pages."""
    owner, name = app.config.html_theme_options["repository_url"].rstrip("/").split("/")[-2:]
    if name.lower() == f"{owner}.github.io".lower():  # this one stands at its owner's root
        return f"https://{name}/"
    return f"https://{owner}.github.io/{name}/"


def describe(app, pagename, templatename, context, doctree):
    """Say in the page's head what it is about, for search engines and for chats that show a preview of a link."""
    if doctree is None:
        return
    # A chapter links to the playground by the site's address, since Colab shows chapters too; here it is at hand.
    here = "../" * pagename.count("/")
    context["body"] = context["body"].replace(
        f"{address(app)}book/playground.html", f"{here}book/playground.html"
    )
    given = re.search(r'<meta content="([^"]*)" name="description"', context["metatags"])
    description = given[1] if given else escape(first_sentences(context["body"]))
    title = re.sub("<.*?>", "", context["title"])
    tags = {
        "og:title": f"{title} – {context['docstitle']}",
        "og:type": "article",
        "og:description": description,
        "og:url": f"{address(app)}{pagename}.html",
        "og:image": f"{address(app)}_static/readme.png",
        "twitter:card": "summary_large_image",
    }
    lines = [f'<meta property="{name}" content="{value}">' for name, value in tags.items()]
    if not given:
        lines.append(f'<meta name="description" content="{description}">')
    context["metatags"] += "\n".join(lines)


def first_sentences(body):
    """Return as many of a page's first sentences as fit."""
    paragraph = BeautifulSoup(body, "html.parser").find("p")
    if paragraph is None:
        return ""
    for formula in paragraph.select(".katex-mathml"):
        formula.decompose()
    kept = ""
    for sentence in re.split(r"(?<=[.?!])\s+", " ".join(paragraph.get_text().split())):
        if kept and len(kept) + len(sentence) >= LONGEST:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def offer_figures(app, pagename, templatename, context, doctree):
    """Load the buttons that save a figure where there is one."""
    if "lossopt-figure" in context.get("body", "") and app.builder.name == "html":
        here = "../" * pagename.count("/")
        context["metatags"] += f'<script defer src="{here}playground/figures.js"></script>'


def lost_and_found(app):
    """The page that a server shows for an address that leads nowhere: at any depth, hence the base."""
    order = [app.config.root_doc, *app.env.toctree_includes.get(app.config.root_doc, [])]
    titles = ((name, app.env.titles[name].astext()) for name in order)
    listed = "".join(f'<li><a href="{name}.html">{escape(title)}</a></li>' for name, title in titles)
    body = (
        "<section><h1>Nothing is here</h1><p>The page has moved, or never was. "
        'Try the <a href="search.html">search</a>, or one of these:</p>'
        f"<ul>{listed}</ul></section>"
    )
    base = f'<base href="/{address(app).split("/", 3)[3]}">'
    yield "404", {"title": "Nothing is here", "body": body, "metatags": base}, "page.html"


def finish(app, exception):
    if exception or app.builder.name != "html":
        return
    scripts = Path(app.outdir) / "playground"
    scripts.mkdir(exist_ok=True)
    for script in ("figures.js", "glance.js"):
        shutil.copy(Path(__file__).with_name(script), scripts)
    pages = sorted(app.env.found_docs)
    lines = [f"<url><loc>{escape(address(app))}{page}.html</loc></url>" for page in pages]
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    (Path(app.outdir) / "sitemap.xml").write_text(text + "\n".join(lines) + "\n</urlset>\n", encoding="utf8")
