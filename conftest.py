"""How equal a notebook's fresh outputs must be to its stored ones: the book's one tolerance.

nbval runs every notebook and would compare texts. Here every output becomes a list of tokens, and lists are
compared: numbers as numbers, all else as it stands. In a figure (SVG) the numbers that place something are
compared in points; contour groups alone are left out, since their polygons change with the last bit of the data.
"""

import json
import re
from decimal import Decimal
from html.parser import HTMLParser
from itertools import zip_longest
from typing import NamedTuple

from nbval.plugin import IPyNbCell

# A printed number may be off by one unit in its last printed place or by RELATIVE of its size, whichever is larger.
# A cell's tag `tolerance-1e-3` puts 1e-3 in the place of RELATIVE, in this cell.
RELATIVE = Decimal("1e-5")
# A coordinate may be off by POINTS; in a tagged cell by its tolerance times a figure's WIDTH, where that is more.
POINTS = Decimal("0.05")
WIDTH = 500

# Numbers have a point or an exponent. Integers are words; so are versions (2.21.0), names (conv2d_1) and hex ids.
# "3." is a number only as NumPy prints it, before a bracket, a comma or another number: a sentence may end in 3.
NUMBER = re.compile(
    r"(?<![\w.])([-+−]?(?:\d*\.\d+|\d+\.(?=e[-+]|\s*[],]|\s+[-+.\d])|\d+(?=e[-+]))(?:e[-+]\d+)?)(?!\w|\.\d)"
)
COORDINATE = re.compile(r"(-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)")
PLACING = set("cx cy d dx dy height points r rx ry transform viewbox width x x1 x2 y y1 y2".split())
ID_IN_URL = re.compile(r"(?<=url\(#)[^)]+")
IDS = {"id": re.compile(r"^.+"), "href": re.compile(r"(?<=^#).+"), "xlink:href": re.compile(r"(?<=^#).+")}
# What `--set-figures-aside` leaves out: other versions of Matplotlib draw otherwise, and name themselves.
DRAWING = re.compile(r"<svg.*?</svg>", re.DOTALL)
VERSIONS = re.compile(r"(?m)^Computed with .*\n?(?:^.*Why is my number different\?.*\n?)?")
CONTOURS = re.compile(r"contours[-_]?\d*$")


class Token(NamedTuple):
    kind: str  # word, number or coordinate
    text: str
    where: str


def read_text(text, where="", number=NUMBER, kind="number"):
    """Split `text` at numbers and white space. Unless `where` says where it stands, line breaks count too."""
    tokens, line = [], 1
    for i, piece in enumerate(number.split(text)):
        for part in [piece] if i % 2 else re.findall(r"\S+" if where else r"\n|\S+", piece):
            word = part.replace("\n", "⏎")
            tokens.append(Token(kind if i % 2 else "word", word, where or f"line {line}"))
            line += part == "\n"
    return tokens


class MarkupReader(HTMLParser):
    """The tokens of HTML and SVG. Ids are numbered as they come: Matplotlib hashes what was drawn into them."""

    def __init__(self):
        super().__init__()
        self.tokens, self.ids, self.groups, self.drawings, self.in_svg = [], {}, [], 0, False

    def is_left_out(self):
        return any(CONTOURS.search(group) for group in self.groups)

    def add(self, text, what):
        where = f"{what} in svg {self.drawings}" if self.in_svg else what
        self.tokens.append(Token("word", text, where))
        return where

    def handle_starttag(self, tag, attributes):
        left_out = self.is_left_out()  # asked before a group opens: it must be there, whatever it holds
        if tag == "g":
            self.groups.append(dict(attributes).get("id") or "")
        if tag == "svg":
            self.drawings, self.in_svg = self.drawings + 1, True
        if not left_out:
            self.add(f"<{tag}>", f"<{tag}>")
            for name, value in attributes:
                self.handle_attribute(name, value or "", self.add(name, f"<{tag} {name}>"))

    def handle_attribute(self, name, value, where):
        if self.in_svg and name in PLACING:
            self.tokens += read_text(value, where, COORDINATE, "coordinate")
        elif name in ("alt", "aria-label", "title"):
            self.tokens += read_text(value, where)
        else:
            self.tokens.append(Token("word", IDS.get(name, ID_IN_URL).sub(self.rename, value), where))

    def rename(self, match):
        return f"id-{self.ids.setdefault(match[0], len(self.ids) + 1)}"

    def handle_endtag(self, tag):
        if tag == "g" and self.groups:
            self.groups.pop()
        if not self.is_left_out():
            self.add(f"</{tag}>", f"</{tag}>")
        self.in_svg = self.in_svg and tag != "svg"

    def handle_data(self, data):
        if not self.is_left_out():
            self.tokens += read_text(data, f"text in svg {self.drawings}" if self.in_svg else "text")


def read(label, text):
    """The tokens of one output, whose label ends in its kind."""
    if not label.endswith(("text/html", "image/svg+xml")):
        return read_text(text)
    reader = MarkupReader()
    reader.feed(text)
    reader.close()
    return reader.tokens


def last_place(number):
    """One unit in the last printed place: 0.01 for 1.50, 1e-5 for 1.50e-03. NumPy's "3." stands for 3.00000000."""
    return Decimal(1).scaleb(Decimal(re.sub(r"\.(?=e|$)", ".00000000", number)).as_tuple().exponent)


def difference(stored, fresh, relative):
    """How far two tokens are apart, and how far they may be."""
    if stored[:2] == fresh[:2]:
        return Decimal(0), Decimal(1)
    if stored.kind != fresh.kind or stored.kind == "word":
        return Decimal("inf"), Decimal(1)
    a, b = stored.text.replace("−", "-"), fresh.text.replace("−", "-")
    if stored.kind == "coordinate":
        allowed = max(POINTS, relative * WIDTH)
    else:  # where one shows more places than the other, as 0.5 and 0.4871, the finer unit counts
        allowed = max(min(last_place(a), last_place(b)), relative * abs(Decimal(a)))
    return abs(Decimal(a) - Decimal(b)), allowed


def compare(label, stored, fresh, relative=RELATIVE):
    """A few lines on the worst deviation between two texts, or none where they are equal."""
    stored, fresh, end = read(label, stored), read(label, fresh), Token("word", "(nothing more)", "end")
    count, worst, report = 0, 0, []
    for i, (old, new) in enumerate(zip_longest(stored, fresh, fillvalue=end)):
        apart, allowed = difference(old, new, relative)
        count += apart > allowed
        if apart > max(allowed, worst * allowed):
            worst = apart / allowed
            report = [f"  stored  {old.text:.100}", f"  fresh   {new.text:.100}"]
            if worst.is_finite():
                report.append(f"  differ by {apart:.3g}, allowed {allowed:.3g}")
            for name, tokens, token in ("stored", stored, old), ("fresh ", fresh, new):
                near = [t.text for t in tokens[max(i - 8, 0) : i + 9] if t.where == token.where]
                report.append(f"  {name}  {token.where}: {' '.join(near):.100}")
        if worst == Decimal("inf"):
            break  # after a word that differs, nothing else stands in its place
    return [f"{label}: {count} deviation{'s' * (count > 1)}, the worst:", *report] if report else []


def named_texts(outputs):
    """Every text of a cell's outputs, under a label that says which output it is. Nothing is left out."""
    texts = {}
    for n, output in enumerate(outputs, 1):
        if output.output_type == "stream":
            texts[f"output {n}, {output.name}"] = output.text
        elif output.output_type == "error":
            texts[f"output {n}, exception"] = f"{output.ename}: {output.evalue}"
        else:
            for mime, data in output.data.items():
                texts[f"output {n}, {mime}"] = data if isinstance(data, str) else json.dumps(data)
    return texts


def set_figures_aside(texts):
    """The texts without what a figure draws, its alternative text kept, and without the line of versions."""
    return {label: VERSIONS.sub("", DRAWING.sub("", text)) for label, text in texts.items()}


class Refused(Exception):
    """What is wrong with a cell, in about ten lines."""


class BookCell(IPyNbCell):
    """A cell whose outputs are compared under the book's tolerance."""

    def runtest(self):
        if self.cell.execution_count is None:  # nbval would let it pass
            raise Refused("the stored cell was never executed: run `make notebooks`")
        self.relative = RELATIVE
        for tag in self.cell.metadata.get("tags", []):
            if tag.startswith("tolerance"):
                if not re.fullmatch(r"tolerance-\d+(\.\d+)?(e-\d+)?", tag):
                    raise Refused(
                        f"unreadable tag {tag!r}: expected a relative tolerance, as in tolerance-1e-3"
                    )
                self.relative = Decimal(tag.removeprefix("tolerance-"))
        super().runtest()

    def compare_outputs(self, fresh, stored, skip_compare=None):
        fresh, stored = named_texts(fresh), named_texts(stored)
        if self.config.getoption("--set-figures-aside"):
            fresh, stored = set_figures_aside(fresh), set_figures_aside(stored)
        report = []
        for verdict, texts, others in ("missing", stored, fresh), ("not stored", fresh, stored):
            lost = [label for label in texts if label not in others]
            report += [f"{label}: {verdict}, {' '.join(texts[label].split()):.80}" for label in lost]
        for label in stored if not report else ():
            report += compare(label, stored[label], fresh[label], self.relative)
        if report:
            raise Refused("\n".join(report))
        return True

    def repr_failure(self, excinfo):
        if isinstance(excinfo.value, Refused):
            return f"In [{self.cell.execution_count or ' '}], {excinfo.value}"
        return super().repr_failure(excinfo)


def pytest_addoption(parser):
    parser.addoption(
        "--set-figures-aside",
        action="store_true",
        help="compare neither the drawings nor the line of versions, for a run against other versions",
    )


def pytest_itemcollected(item):
    if isinstance(item, IPyNbCell):
        item.__class__ = BookCell  # rebinding nbval's class itself would break its super()
