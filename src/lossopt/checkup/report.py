"""The answer of a checkup: findings in sentences, the most likely cause
first.
"""

import html
from dataclasses import asdict, dataclass
from textwrap import fill, indent


@dataclass(frozen=True)
class Finding:
    """Hold one finding: its fixed name, what was seen, what it most likely
    means, and what to change.

    `sure` runs from 0 to 1 and says how likely this cause is, given what was
    seen. A "warning" asks for a change, a "note" is worth knowing.
    """

    cause: str
    severity: str
    seen: str
    means: str
    do: str
    section: str
    sure: float


def how_sure(sure):
    """Return the words for a number from 0 to 1."""
    words = ((0.9, "almost certain"), (0.7, "likely"), (0.5, "possible"))
    return next((word for least, word in words if sure >= least), "a guess")


class Report(list):
    """Hold the findings, and say which checks ran and which were skipped, and
    why.

    A report is a list: `len(report)` counts the findings and `report[0]` is the
    most likely cause. `looked_at` names the checks that ran, and `skipped`
    holds one sentence for each group of checks that could not run.

    >>> report = Report([], looked_at=["nan-in-data"])
    >>> print(report)
    Nothing found.
    <BLANKLINE>
    Looked at: nan-in-data.
    >>> report.to_dict()
    {'findings': [], 'looked_at': ['nan-in-data'], 'skipped': []}
    """

    def __init__(self, findings=(), looked_at=(), skipped=()):
        super().__init__(sorted(findings, key=lambda f: (f.severity != "warning", -f.sure)))
        self.looked_at, self.skipped = list(looked_at), list(skipped)

    @property
    def warnings(self):
        """Return the findings that ask for a change."""
        return [finding for finding in self if finding.severity == "warning"]

    def to_dict(self):
        """Return plain lists and dictionaries, which the module `json` can
        write."""
        return {
            "findings": [asdict(finding) for finding in self],
            "looked_at": list(self.looked_at),
            "skipped": list(self.skipped),
        }

    def _summary(self):
        if not self:
            return "Nothing found."
        numbers = [len(self.warnings), len(self) - len(self.warnings)]
        words = [
            f"{n} {word}{'s' * (n > 1)}" for n, word in zip(numbers, ("warning", "note"), strict=True) if n
        ]
        return "Found " + " and ".join(words) + ", the most likely cause first."

    def __str__(self):
        blocks = [self._summary()]
        for number, f in enumerate(self, 1):
            head = f"{number}. {f.cause} ({f.severity}, {how_sure(f.sure)})"
            code = indent(f.do, "       ")
            body = "\n".join(
                fill(text, 76, initial_indent="   ", subsequent_indent="   ")
                for text in (f"Seen: {f.seen}", f"Means: {f.means}")
            )
            blocks.append(f"{head}\n{body}\n   Do:\n{code}\n   Read: {f.section}")
        if self.looked_at:
            blocks.append(fill("Looked at: " + ", ".join(self.looked_at) + ".", 76))
        blocks += [fill(f"Skipped: {sentence}", 76) for sentence in self.skipped]
        return "\n\n".join(blocks)

    __repr__ = __str__

    def _repr_html_(self):
        def text(value):
            return html.escape(str(value))

        items = "".join(
            f"<li><b>{text(f.cause)}</b> ({text(f.severity)}, "
            f"{how_sure(f.sure)})<br>{text(f.seen)} {text(f.means)}"
            f"<pre>{text(f.do)}</pre><i>Read: {text(f.section)}</i></li>"
            for f in self
        )
        rest = [f"Looked at: {', '.join(self.looked_at)}."] if self.looked_at else []
        rest += [f"Skipped: {sentence}" for sentence in self.skipped]
        folded = "".join(f"<p>{text(line)}</p>" for line in rest)
        listed = f"<ol>{items}</ol>" if items else ""
        return (
            f"<div><p><b>{text(self._summary())}</b></p>{listed}"
            f"<details><summary>What was looked at</summary>{folded}</details></div>"
        )
