"""The page "How we know": what the tests compare and prove, counted from them each time the site is built.

On the page {count}`cells` becomes a number, and

    ```{counted} outputs
    ```

a table with a row for each chapter: `outputs` of what is computed again, `claims` of what is tested, and `advice`
the list of what cannot be. Outputs are split by the reader in conftest.py that compares them, so that what is counted
here is what is compared there.
"""

import json
import re
import runpy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
PAGE = "book/how-we-know"
CLAIMS = runpy.run_path(str(Path(__file__).with_name("lossopt_claims.py")))
OUTPUTS = {"cells": "cells", "numbers": "numbers", "drawings": "drawings", "coordinates": "coordinates"}
TESTED = {"claims": "claims", "tested": "tested", "advised": "advice", "configurations": "configurations"}


def setup(app):
    app.connect("source-read", fill)
    return {"parallel_read_safe": True}


def fill(app, docname, source):
    """Put the counts into the page."""
    if docname != PAGE:
        return
    root = Path(app.srcdir)
    outputs, claims = count_outputs(root), count_claims(root)
    totals = {
        name: sum(row[name] for row in rows.values()) for rows in (outputs, claims) for name in row_of(rows)
    }
    tables = {
        "outputs": lambda: table(outputs, OUTPUTS, root),
        "claims": lambda: table(claims, TESTED, root),
        "advice": lambda: advice(root),
    }
    text = re.sub(r"\{count\}`(\w+)`", lambda found: f"{totals[found[1]]:,}", source[0])
    source[0] = re.sub(
        r"^```\{counted\} (\w+)\n```$", lambda found: tables[found[1]](), text, flags=re.MULTILINE
    )


def row_of(rows):
    return next(iter(rows.values()), {})


# Counting


def reader():
    """Return the reader of outputs in conftest.py; pytest and nbval, which call it there, need not be installed."""
    absent = {name: ModuleType(name) for name in ("pytest", "nbval", "nbval.plugin")}
    absent["nbval.plugin"].IPyNbCell = object
    with mock.patch.dict(sys.modules, absent):
        return runpy.run_path(str(ROOT / "conftest.py"))


def count_outputs(root=ROOT):
    """Return for every chapter how many code cells, numbers, drawings and coordinates are compared."""
    compared, counts = reader(), {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = [
            it for it in json.loads(path.read_text(encoding="utf8"))["cells"] if it["cell_type"] == "code"
        ]
        row = counts[path.stem] = dict.fromkeys(OUTPUTS, 0)
        row["cells"] = len(cells)
        for cell in cells:
            for label, text in compared["named_texts"](map(as_nbval_has_it, cell["outputs"])).items():
                tokens = compared["read"](label, text)
                row["numbers"] += sum(it.kind == "number" and "in svg" not in it.where for it in tokens)
                row["coordinates"] += sum(it.kind == "coordinate" for it in tokens)
                row["drawings"] += sum(it.text == "<svg>" for it in tokens)
    return counts


def as_nbval_has_it(output):
    """Return a stored output with its parts as attributes, and its texts joined."""
    join = {key: "".join(it) if key == "text" else it for key, it in output.items()}
    if "data" in join:
        data = join["data"].items()
        join["data"] = {mime: "".join(it) if isinstance(it, list) else it for mime, it in data}
    return SimpleNamespace(**join)


def count_claims(root=ROOT):
    """Return for every chapter, and for the cards, how many claims there are, and in how many ways they are tested."""
    proofs, advised, counts = CLAIMS["read_proofs"](root), CLAIMS["read_advice"](root), {}
    for name, claims in CLAIMS["read_claims"](root).items():
        quoted = {quote for proof in proofs.get(name, []) for quote in proof.quotes}
        counts[name] = {
            "claims": len(claims),
            "tested": sum(claim.text in quoted for claim in claims),
            "advised": sum(entry.chapter == name for entry in advised),
            "configurations": sum(proof.configurations for proof in proofs.get(name, [])),
        }
    return counts


# Markdown


def link(name, root):
    """Return a link to a chapter or to a page of cards, under its title."""
    if name in CLAIMS["CARDS"]:
        return f"[Cards of the {name.removeprefix('cards-')}](reference/{Path(CLAIMS['CARDS'][name]).name})"
    notebook = json.loads((root / f"notebooks/{name}.ipynb").read_text(encoding="utf8"))
    title = re.match(r"# (.*)", CLAIMS["markdown_of"](notebook)[0])[1]
    return f"[{title}](../notebooks/{name}.ipynb)"


def table(rows, columns, root):
    """Return a row for each chapter, and their sum."""
    lines = [f"| chapter | {' | '.join(columns.values())} |", f"| --- |{' ---: |' * len(columns)}"]
    for name, row in rows.items():
        lines.append(f"| {link(name, root)} | {' | '.join(f'{row[column]:,}' for column in columns)} |")
    sums = (f"**{sum(row[column] for row in rows.values()):,}**" for column in columns)
    return "\n".join([*lines, f"| **all** | {' | '.join(sums)} |"])


def advice(root):
    """Return the sentences that no computer can check, with the reasons."""
    entries = CLAIMS["read_advice"](root)
    return (
        "\n".join(f"- {link(it.chapter, root)}: “{it.sentence}” *{it.reason}*" for it in entries)
        or "None yet."
    )
