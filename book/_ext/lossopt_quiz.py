"""The questions of a chapter's section "Check yourself", with radio buttons and an explanation for each answer.

In the notebook a question is plain Markdown, readable anywhere: a paragraph, a list of answers, and folded below it
a list of as many explanations, of which the right one's begins with "Right":

    **1. The question?**

    - one answer
    - another

    <details><summary>Answers</summary>

    - Right: why.
    - No: why not.

    </details>

On the site the answers become radio buttons, and choosing one shows its explanation. Without scripts the folded list
stays.
"""

from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.util import logging

logger = logging.getLogger(__name__)
SCRIPT = Path(__file__).with_name("quiz.js")


def setup(app):
    app.connect("html-page-context", add_buttons, priority=950)
    app.connect("build-finished", write_script)
    return {"parallel_read_safe": True}


def add_buttons(app, pagename, templatename, context, doctree):
    if 'id="check-yourself"' not in context.get("body", ""):
        return
    page = BeautifulSoup(context["body"], "html.parser")
    for number, fold in enumerate(page.select("#check-yourself details")):
        answers = fold.find_previous_sibling("ul")
        question = answers.find_previous_sibling("p")
        choices, reasons = (it.find_all("li", recursive=False) for it in (answers, fold.find("ul")))
        right = [reason.get_text().strip().startswith("Right") for reason in reasons]
        if len(choices) != len(reasons) or sum(right) != 1:
            logger.warning(
                "a question needs an explanation for each answer, one of them right: %s",
                question.get_text(),
                location=pagename,
            )
        group = page.new_tag("fieldset", attrs={"class": "quiz"})
        legend = page.new_tag("legend")
        legend.extend(list(question.contents))
        group.append(legend)
        for choice in choices:
            label, button = page.new_tag("label"), page.new_tag("input", type="radio")
            button["name"] = f"question-{number}"
            button["aria-label"] = spoken(choice)  # of a formula a label alone would tell nothing
            label.append(button)
            inside = choice.find("p") or choice
            text = page.new_tag("span")
            text.extend(list(inside.contents))
            label.append(text)
            group.append(label)
        group.append(page.new_tag("p", attrs={"class": "reason", "role": "status"}))
        question.decompose()
        answers.replace_with(group)
    context["body"] = str(page)
    here = "../" * pagename.count("/")
    context["metatags"] += f'<script defer src="{here}playground/quiz.js"></script>'


def spoken(answer):
    """Its text, formulas once."""
    copy = BeautifulSoup(str(answer), "html.parser")
    for twice in copy.select(".katex-html, annotation"):
        twice.decompose()
    return " ".join(copy.get_text().split())


def write_script(app, exception):
    if not exception and app.builder.name == "html":
        (Path(app.outdir) / "playground").mkdir(exist_ok=True)
        (Path(app.outdir) / "playground/quiz.js").write_bytes(SCRIPT.read_bytes())
