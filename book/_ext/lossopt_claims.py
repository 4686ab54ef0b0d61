"""The claims of the chapters and of the cards, the tests that prove them, and the sign that says so on the site.

A claim is what a reader carries away: a row of a table of symptoms, a bullet of "What to remember", an explanation
in the quiz, a trap on a card. Each is quoted in the docstring of a test in tests/claims, whose parameters are the
configurations that were chosen to break it. Nothing is run or imported here: notebooks are read as JSON, tests as
syntax trees, so that the site can say under which configurations a sentence was tested.
"""

import ast
import json
import math
import re
import tomllib
from html import escape
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CARDS = {  # a file of tests, and the page whose traps it proves
    f"cards-{page}": f"book/reference/{page}.md" for page in ("losses", "optimizers", "schedules")
}
FILES = ("[0-9][0-9]-*.py", "cards-*.py")  # in tests/claims; pyproject.toml has pytest collect the same
REMEMBER, QUIZ, SYMPTOM = "What to remember", "Check yourself", "symptom"
ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s+(?=\S)")
ANSWERS = re.compile(r"<details[^>]*>\s*<summary>\s*Answers\s*</summary>")
CELLS = re.compile(r"(?<!\\)\|")  # a stroke inside a cell is written \|


class Claim(NamedTuple):
    kind: str  # symptom, remember, answer or trap
    text: str  # as it stands in the Markdown, white space apart
    cell: int  # of the page's Markdown texts, the one that holds it
    end: int  # the place in that text at which it ends


class Proof(NamedTuple):
    test: str  # its name, with its file's
    quotes: tuple  # the paragraphs of its docstring
    parameters: tuple  # a label and a number of values for each parametrize
    complaint: str = ""  # what cannot be read of it

    @property
    def configurations(self):
        return math.prod(number for _, number in self.parameters)

    @property
    def label(self):
        return "; ".join(label for label, _ in self.parameters)


class Advice(NamedTuple):
    chapter: str
    sentence: str
    reason: str


def setup(app):
    from docutils import nodes  # only the site needs it

    def sign(name, raw, text, line, inliner, options=None, content=()):
        return [nodes.raw("", sign_of(text), format="html")], []

    app.add_role("tested", sign)
    app.connect("source-read", mark_page, priority=400)  # before the cards become Markdown
    return {"parallel_read_safe": True}


def plain(text):
    """Return a text with its white space made equal."""
    return " ".join(text.split())


# The claims


def claims_of(texts):
    """Return the claims of a chapter, given its Markdown cells in their order."""
    found, section = [], ""
    for number, text in enumerate(texts):
        lines, i = _lines(text), 0
        fenced = inside_answers = False
        while i < len(lines):
            start, line = lines[i]
            i += 1
            if line.lstrip().startswith(("```", "~~~")):
                fenced = not fenced
            if fenced:
                continue
            if heading := re.match(r"#{1,6}\s+(.*?)\s*#*\s*$", line):
                section = heading[1]
            elif ANSWERS.search(line):
                inside_answers = True
            elif "</details>" in line:
                inside_answers = False
            elif line.startswith("|") and cells(line)[0].lower() == SYMPTOM:
                i += 1  # the line below the header
                while i < len(lines) and lines[i][1].startswith("|"):
                    start, line = lines[i]
                    i += 1
                    end = start + len(line.rstrip().removesuffix("|").rstrip())
                    found.append(Claim("symptom", plain(" | ".join(cells(line))), number, end))
            elif ITEM.match(line) and (section == REMEMBER or (section == QUIZ and inside_answers)):
                kind = "answer" if inside_answers else "remember"
                last = i - 1  # of the item's lines: those that follow, but for blank ones at its end
                while i < len(lines) and not (ITEM.match(lines[i][1]) or lines[i][1].startswith(("#", "<"))):
                    blank = not lines[i - 1][1].strip()
                    if blank and lines[i][1].strip() and not lines[i][1].startswith((" ", "\t")):
                        break
                    last = i if lines[i][1].strip() else last
                    i += 1
                end = lines[last][0] + len(lines[last][1].rstrip())
                inside = text[start:end]
                found.append(Claim(kind, plain(inside[ITEM.match(inside).end() :]), number, end))
    return found


def traps_of(page):
    """Return the traps of a page of cards."""
    found = re.finditer(r"^Trap: (.*?)[ \t]*$", page, re.MULTILINE)
    return [Claim("trap", plain(trap[1]), 0, trap.end(1)) for trap in found]


def cells(row):
    """Return the cells of a table's row."""
    return [cell.strip() for cell in CELLS.split(row.strip().removeprefix("|").removesuffix("|"))]


def _lines(text):
    """Return each line with the place at which it begins."""
    lines, start = [], 0
    for line in text.split("\n"):
        lines.append((start, line))
        start += len(line) + 1
    return lines


def markdown_of(notebook):
    """Return the sources of a notebook's Markdown cells."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def read_claims(root=ROOT):
    """Return the claims of every chapter, and those of the cards, by the name of the file that tests them."""
    claims = {
        path.stem: claims_of(markdown_of(json.loads(path.read_text(encoding="utf8"))))
        for path in sorted((root / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    }
    for name, page in CARDS.items():
        if (root / page).exists():
            claims[name] = traps_of((root / page).read_text(encoding="utf8"))
    return claims


# The tests and the advice


def read_proofs(root=ROOT):
    """Return the tests of every file in tests/claims, by its name."""
    files = (file for pattern in FILES for file in sorted((root / "tests/claims").glob(pattern)))
    return {file.stem: proofs_of(file.read_text(encoding="utf8"), file.stem) for file in files}


def proofs_of(source, name):
    """Return the tests of one file."""
    tree = ast.parse(source)
    named = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    proofs = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            paragraphs = re.split(r"\n\s*\n", ast.get_docstring(node) or "")
            quotes = tuple(plain(paragraph) for paragraph in paragraphs if paragraph.strip())
            parameters, complaint = [], ""
            for mark in node.decorator_list:
                mark = named.get(mark.id) if isinstance(mark, ast.Name) else mark
                if not (isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.parametrize")):
                    continue
                try:
                    parameters.append(_parameter(mark, source))
                except ValueError as error:
                    complaint = f"cannot be read without running it: {error}"
            proofs.append(Proof(f"{name}.py::{node.name}", quotes, tuple(parameters), complaint))
    return proofs


def _parameter(mark, source):
    """Return how a reader is told of one parametrize, and how many values it has."""
    given = {keyword.arg: keyword.value for keyword in mark.keywords}
    names, values = (*mark.args[:2], *(given[key] for key in ("argnames", "argvalues") if key in given))[:2]
    names = ast.literal_eval(names)
    names = [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]
    if not isinstance(values, ast.List | ast.Tuple):
        raise ValueError(f"the values of {', '.join(names)} are not written out as a list")
    ids = ast.literal_eval(given["ids"]) if "ids" in given else [None] * len(values.elts)
    shown, all_named = [], True
    for value, name in zip(values.elts, ids, strict=False):
        if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("param"):
            name = next((ast.literal_eval(it.value) for it in value.keywords if it.arg == "id"), name)
            value = value.args[0] if len(value.args) == 1 else ast.Tuple(value.args)
        all_named &= bool(name)
        shown.append(name or _value(value, len(names), source))
    if any(", " in value for value in shown):
        shown = [f"“{value}”" for value in shown]
    label = ", ".join(shown)
    return (label if all_named else f"{'/'.join(names).replace('_', ' ')} {label}"), len(values.elts)


def _value(node, names, source):
    if names > 1:
        return "/".join(_value(part, 1, source) for part in node.elts)
    value = ast.literal_eval(node)  # or ValueError
    if isinstance(value, float):
        return (ast.get_source_segment(source, node) or str(value)).replace("-", "−" if value < 0 else "-", 1)
    if isinstance(value, int) and not isinstance(value, bool):
        return (f"{value:,}" if abs(value) >= 10_000 else str(value)).replace("-", "−")
    return str(value)


def read_advice(root=ROOT):
    """Return the list of what no computer can check."""
    file = root / "tests/claims/advice.toml"
    entries = tomllib.loads(file.read_text(encoding="utf8")).get("advice", []) if file.exists() else []
    return [
        Advice(it.get("chapter", ""), plain(it.get("sentence", "")), plain(it.get("reason", "")))
        for it in entries
    ]


# The sign


def mark_page(app, docname, source):
    """Put a sign behind each tested claim of a page's source."""
    name = next((name for name, page in CARDS.items() if page == f"{docname}.md"), Path(docname).name)
    proofs = read_proofs(Path(app.srcdir)).get(name)
    if not proofs:
        return
    labels = labels_of(proofs)
    if name in CARDS:
        source[0] = mark(source[0], traps_of(source[0]), labels)
    elif docname.startswith("notebooks/"):
        notebook = json.loads(source[0])
        inside = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
        claims = claims_of(markdown_of(notebook))
        for number, cell in enumerate(inside):
            of_cell = [claim for claim in claims if claim.cell == number]
            cell["source"] = mark("".join(cell["source"]), of_cell, labels)
        source[0] = json.dumps(notebook)


def labels_of(proofs):
    """Return the configurations of every quoted claim, in words."""
    labels = {}
    for proof in proofs:
        for quote in proof.quotes:
            labels.setdefault(quote, []).append(proof.label)
    return {quote: "; ".join(dict.fromkeys(filter(None, them))) for quote, them in labels.items()}


def mark(text, claims, labels):
    """Return a Markdown text with a sign behind each of its claims that is tested."""
    for claim in sorted(claims, key=lambda claim: -claim.end):
        if label := labels.get(claim.text):
            label = label.replace("`", "'").replace("|", r"\|" if claim.kind == "symptom" else "|")
            text = f"{text[: claim.end]}{{tested}}`{label}`{text[claim.end :]}"
    return text


def sign_of(label):
    """Return the sign of a tested claim: read aloud, reached by keyboard, and shown by the style sheet on touch."""
    return f'<span class="tested" role="img" tabindex="0" aria-label="Tested: {escape(label)}"></span>'
