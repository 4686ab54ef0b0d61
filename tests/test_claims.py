"""Completeness: every sentence that readers carry away has a test, and every such test a sentence.

What a claim is, and how its test names the configurations, is said in book/_ext/lossopt_claims.py.
"""

import runpy
import subprocess
import sys
from collections import Counter
from difflib import get_close_matches
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
reader = runpy.run_path(str(ROOT / "book/_ext/lossopt_claims.py"))
Claim, Proof, Advice = reader["Claim"], reader["Proof"], reader["Advice"]

MOST_ADVICE = 3  # sentences a chapter that say nothing a computer could run


# The rules. Each takes a chapter's name, its claims, its tests and its advice, and yields what is wrong.


def every_claim_is_tested(chapter, claims, proofs, advice):
    """A claim is quoted by a test, or stands in the list of advice."""
    quoted = {quote for proof in proofs for quote in proof.quotes}
    listed = {entry.sentence for entry in advice}
    for claim in claims:
        if claim.text not in quoted | listed:
            yield f"{chapter}: no test quotes ({claim.kind}): {claim.text}{closest(claim.text, quoted)}"


def every_quote_is_a_claim(chapter, claims, proofs, advice):
    """A paragraph of a test's docstring is a claim of the chapter, word for word, and a test quotes one at least."""
    said = {claim.text for claim in claims}
    for proof in proofs:
        if not proof.quotes:
            yield f"{proof.test} quotes no claim: it has no docstring"
        for quote in proof.quotes:
            if quote not in said:
                yield f"{proof.test} quotes what {chapter} does not say: {quote}{closest(quote, said)}"


def every_test_has_configurations(chapter, claims, proofs, advice):
    """A test has two configurations at least, written so that the site can name them without running it."""
    for proof in proofs:
        if proof.complaint:
            yield f"{proof.test}: {proof.complaint}"
        elif proof.configurations < 2:
            yield f"{proof.test} has fewer than two configurations that were chosen to break the claim"


def advice_is_short_and_has_reasons(chapter, claims, proofs, advice):
    """A sentence of advice stands in its chapter, is not tested as well, says why; and there are three at most."""
    said = {claim.text for claim in claims}
    quoted = {quote for proof in proofs for quote in proof.quotes}
    if len(advice) > MOST_ADVICE:
        yield f"{chapter} has {len(advice)} sentences of advice, and {MOST_ADVICE} are the most"
    for entry in advice:
        if entry.sentence not in said:
            yield f"advice.toml: {chapter} does not say: {entry.sentence}{closest(entry.sentence, said)}"
        if entry.sentence in quoted:
            yield f"advice.toml: {chapter} has a test of: {entry.sentence}"
        if len(entry.reason.split()) < 3:
            yield f"advice.toml: no reason why no computer can check: {entry.sentence}"


RULES = [
    every_claim_is_tested,
    every_quote_is_a_claim,
    every_test_has_configurations,
    advice_is_short_and_has_reasons,
]


def closest(text, others):
    """Name the sentence that may have been meant."""
    found = get_close_matches(text, list(others), 1, 0.6)
    return f"\n    closest: {found[0]}" if found else ""


# The chapters

CLAIMS, PROOFS, ADVICE = reader["read_claims"](), reader["read_proofs"](), reader["read_advice"]()


@pytest.mark.parametrize("chapter", CLAIMS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_chapter_and_its_tests_say_the_same(rule, chapter):
    advice = [entry for entry in ADVICE if entry.chapter == chapter]
    complaints = list(rule(chapter, CLAIMS[chapter], PROOFS.get(chapter, []), advice))
    assert not complaints, "\n".join(complaints)


def test_every_file_of_tests_and_every_piece_of_advice_has_its_chapter():
    assert not PROOFS.keys() - CLAIMS.keys()
    assert not {entry.chapter for entry in ADVICE} - CLAIMS.keys()
    files = {path.stem for path in (ROOT / "tests/claims").glob("*.py")}
    assert files == PROOFS.keys()  # else pytest does not collect it, and the site does not read it


@pytest.mark.parametrize("chapter", CLAIMS)
def test_a_chapter_has_claims(chapter):
    kinds = Counter(claim.kind for claim in CLAIMS[chapter])
    if chapter in reader["CARDS"]:
        assert kinds["trap"] >= 10
    else:
        assert kinds["remember"] >= 3 and kinds["answer"] >= 4, kinds


def test_pytest_collects_the_tests_of_claims(pytestconfig):
    patterns = [Path(pattern).name for pattern in pytestconfig.getini("python_files") if "claims" in pattern]
    assert sorted(patterns) == sorted(reader["FILES"])


def test_pytest_runs_as_many_configurations_as_the_site_counts():
    files = [ROOT / f"tests/claims/{name}.py" for name in PROOFS]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", "addopts=", *files]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf8").stdout
    collected = Counter(Path(line.partition("::")[0]).stem for line in listed.splitlines() if "::" in line)
    assert collected == {name: sum(it.configurations for it in proofs) for name, proofs in PROOFS.items()}


# The reader

CHAPTER = [
    "# 1 · A chapter\n\n| symptom | cure |\n| --- | --- |\n| \\|x\\| grows | **stop** |\n\n- no claim",
    "## When something is wrong\n\n| symptom | do | because |\n| --- | --- | --- |\n"
    "| loss is `nan` | divide  by 10 | it overshoots |\n| late | hurry | time |\n\nAfter it.",
    "| loss | range |\n| --- | --- |\n| Huber | all |\n\n```\n| symptom | do |\n| - | - |\n| a | b |\n```",
    "## Check yourself\n\n**1. Twice two?**\n\n- two\n- four\n\n<details><summary>Answers</summary>\n\n"
    "- No: one\n  more.\n- Right: $2 \\cdot 2$.\n\n</details>\n\n**2. Why?**\n\n- so",
    "## What to remember\n\n1. First,\n   to the end.\n2. Second.\n- Third,\n\n  in two parts.\n\nText.\n\n"
    "### To read\n\n- A book.",
    "## What to read\n\n- Another book.",
]
SAID = [
    "\\|x\\| grows | **stop**",
    "loss is `nan` | divide by 10 | it overshoots",
    "late | hurry | time",
    "No: one more.",
    "Right: $2 \\cdot 2$.",
    "First, to the end.",
    "Second.",
    "Third, in two parts.",
]
TESTS = r'''
import pytest

dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])

@dtypes
@pytest.mark.parametrize("class_count", [2, 3, 10_000])
@pytest.mark.parametrize("kappa", [pytest.param(10, id="κ = 10"), pytest.param(1e4, id="κ = 10⁴")])
def test_one(dtype, class_count, kappa):
    r"""No: one
    more.

    Right: $2 \cdot 2$.
    """

@pytest.mark.parametrize(("loss", "rate"), [("mse", 1e-3), ("mae", -0.5)])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"], ids=["plain", "adaptive"])
@pytest.mark.parametrize("tails", ["one", "two, of one length"])
def test_two(loss, rate, optimizer, tails):
    pass

@pytest.mark.parametrize("mode", MODES)
def test_three(mode):
    """Second."""

def helper():
    """Nothing."""
'''


def test_the_reader_finds_every_claim():
    assert [claim.text for claim in reader["claims_of"](CHAPTER)] == SAID


def test_a_claim_ends_where_its_sign_belongs():
    claims = reader["claims_of"](CHAPTER)
    labels = dict.fromkeys(SAID, "mode eager, compiled")
    marked = [
        reader["mark"](text, [it for it in claims if it.cell == i], labels) for i, text in enumerate(CHAPTER)
    ]
    sign = "{tested}`mode eager, compiled`"
    assert f"| it overshoots{sign} |\n| late | hurry | time{sign} |\n\nAfter" in marked[1]
    assert f"- No: one\n  more.{sign}\n- Right: $2 \\cdot 2$.{sign}\n\n</details>" in marked[3]
    assert (
        f"First,\n   to the end.{sign}\n2. Second.{sign}\n- Third,\n\n  in two parts.{sign}\n\nText"
        in marked[4]
    )
    assert [text.replace(sign, "") for text in marked] == CHAPTER
    assert reader["mark"](CHAPTER[4], claims[5:], {}) == CHAPTER[4]


def test_the_reader_finds_traps():
    (trap,) = reader["traps_of"](
        "```{card} lossopt.losses.huber\nTask: numbers.\nTrap: δ has  a unit.\n```\n"
    )
    assert trap.text == "δ has a unit."


def test_the_reader_names_configurations():
    one, two, three = reader["proofs_of"](TESTS, "01-a-chapter")
    assert one.quotes == ("No: one more.", r"Right: $2 \cdot 2$.")
    assert one.label == "dtype float32, float64; class count 2, 3, 10,000; κ = 10, κ = 10⁴"
    assert one.configurations == 12
    assert two.label == "loss/rate mse/1e-3, mae/−0.5; plain, adaptive; tails “one”, “two, of one length”"
    assert two.configurations == 8
    assert "not written out" in three.complaint
    assert one.test == "01-a-chapter.py::test_one"


# The rules themselves


def good():
    """A chapter of two claims, of which one is tested and one is advice."""
    return {
        "chapter": "01-a-chapter",
        "claims": [Claim("remember", "Second.", 0, 0), Claim("remember", "Sleep well.", 0, 0)],
        "proofs": [quoting("Second.")],
        "advice": advising(("Sleep well.", REASON)),
    }


def quoting(*quotes, parameters=(("mode eager, compiled", 2),), complaint=""):
    return Proof("01-a-chapter.py::test_it", quotes, parameters, complaint)


def advising(*entries):
    return [Advice("01-a-chapter", sentence, reason) for sentence, reason in entries]


def change(**parts):
    return parts


REASON = "No run can show it."
BAD = [
    (every_claim_is_tested, "no test quotes (remember): Second.", change(proofs=[])),
    (every_claim_is_tested, "closest: Second", change(proofs=[quoting("Second")])),
    (every_claim_is_tested, "no test quotes (remember): Sleep well.", change(advice=[])),
    (every_claim_is_tested, "cards-losses: no test", change(chapter="cards-losses", proofs=[])),
    (every_quote_is_a_claim, "does not say: Third.", change(proofs=[quoting("Second.", "Third.")])),
    (every_quote_is_a_claim, "closest: Second.", change(proofs=[quoting("Second!")])),
    (every_quote_is_a_claim, "does not say: Second.", change(claims=[])),
    (every_quote_is_a_claim, "16-b does not say: Second.", change(claims=[], chapter="16-b")),
    (every_quote_is_a_claim, "no docstring", change(proofs=[quoting()])),
    (every_test_has_configurations, "than two", change(proofs=[quoting("Second.", parameters=())])),
    (
        every_test_has_configurations,
        "than two",
        change(proofs=[quoting("Second.", parameters=(("seed 0", 1),))]),
    ),
    (every_test_has_configurations, "unread", change(proofs=[quoting("Second.", complaint="unread")])),
    (
        advice_is_short_and_has_reasons,
        "4 sentences of advice",
        change(
            claims=[Claim("remember", text, 0, 0) for text in "abcd"],
            advice=advising(*((text, REASON) for text in "abcd")),
        ),
    ),
    (advice_is_short_and_has_reasons, "not say: Eat well.", change(advice=advising(("Eat well.", REASON)))),
    (advice_is_short_and_has_reasons, "has a test of", change(advice=advising(("Second.", REASON)))),
    (advice_is_short_and_has_reasons, "no reason", change(advice=advising(("Sleep well.", "")))),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_chapter_is_accepted(rule):
    assert list(rule(**good())) == []


@pytest.mark.parametrize(("rule", "words", "changes"), BAD, ids=lambda it: getattr(it, "__name__", None))
def test_a_bad_chapter_is_refused(rule, words, changes):
    assert words in "\n".join(rule(**{**good(), **changes}))
