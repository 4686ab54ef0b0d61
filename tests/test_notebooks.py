"""Hygiene: what every chapter's notebook has to keep to, and a bad notebook for each rule, which must be refused."""

import re
from copy import deepcopy
from pathlib import Path

import nbformat
import nbformat.v4 as nbf
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# A folder of somebody's machine. "</var>" and "https://host/home/" are none.
ABSOLUTE_PATH = (
    r"(?<![\w.:/<~-])/(?:home|tmp|root|Users|usr|opt|var|mnt|private)\b|\b[A-Z]:\\|site-packages|file:/+"
)
TIMING = r"\d ?[mµ]?s/(?:step|epoch|sample)\b|it/s\b|CPU times|Wall time|\btook \d"
ADDRESS = r"\b0x[0-9a-f]{6,}"
NOT_COMPARED = r"NBVAL_|PYTEST_VALIDATE_|clear_output|^%%?time"
COLAB = r"https://colab\.research\.google\.com/github"
SHOWN = {"text/plain", "text/html", "text/markdown", "text/latex"}
QUESTION = (  # as book/_ext/lossopt_quiz.py reads it
    r"\n(\*\*\d\. .+\*\*)\n\n((?:- .+\n)+)\n<details><summary>Answers</summary>\n\n((?:- .+\n)+)\n</details>\n"
)
FIGURE = r'<div class="lossopt-figure" role="img" aria-label="([^"]*)".*?</div>'


def code_cells(notebook, tag=None):
    return [c for c in notebook.cells if c.cell_type == "code" and (tag is None or tag in tags(c))]


def tags(cell):
    return cell.metadata.get("tags", [])


def name(cell):
    return f"In [{cell.execution_count}] ({cell.source.partition(chr(10))[0]:.50})"


def texts(cell):
    """Every text that a cell's outputs show, tracebacks without their colours included."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        elif output.output_type == "error":
            yield re.sub(r"\x1b\[[\d;]*m", "", "\n".join([*output.traceback, output.evalue]))
        else:
            yield from (data for data in output.data.values() if isinstance(data, str))


def draws(cell):
    return any("lossopt-figure" in text for text in texts(cell)) or bool(re.search(r"\bshow\(", cell.source))


def folds(cell):
    """The marks by which the site, JupyterLab and Colab fold a cell."""
    marks = {tag for tag in tags(cell) if tag.startswith(("hide-", "remove-"))}
    if cell.metadata.get("jupyter", {}).get("source_hidden"):
        marks.add("source_hidden")
    if cell.metadata.get("cellView"):
        marks.add("cellView")
    return marks


# The rules. Each takes a notebook and yields what is wrong with it.


def is_valid(notebook):
    """It is a Jupyter notebook for the kernel python3, without what front ends leave behind."""
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"not valid: {error}"
        return
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "its kernel is not python3"
    if "widgets" in notebook.metadata:
        yield "it holds the state of widgets"
    for cell in notebook.cells:
        if found := {"execution", "ExecuteTime", "executionInfo", "outputId"} & cell.metadata.keys():
            yield f"a cell holds {', '.join(found)}, which changes with every run: {cell.source:.50}"


def ran_in_order(notebook):
    """Its code cells were executed once, from top to bottom."""
    if not code_cells(notebook):
        yield "it has no code cell"
    for number, cell in enumerate(code_cells(notebook), 1):
        if cell.execution_count != number:
            yield f"code cell {number} was executed as number {cell.execution_count}: run `make notebooks`"
            break


def ended_well(notebook):
    """Nothing went to stderr, and exactly the cells that say so raised an exception."""
    for cell in code_cells(notebook):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"{name(cell)} has stored stderr"
        if any(o.output_type == "error" for o in cell.outputs) != ("raises-exception" in tags(cell)):
            yield f"{name(cell)} holds an exception or has the tag raises-exception, one without the other"


def is_compared(notebook):
    """Nothing keeps an output out of the comparison, but for a cell that gives its reason."""
    for cell in code_cells(notebook):
        if re.search(NOT_COMPARED, cell.source, re.MULTILINE) or "nbval-skip" in tags(cell):
            yield f"{name(cell)} cannot be compared, or asks not to be"
        if "nbval-ignore-output" in tags(cell) and not cell.metadata.get("nbval_ignore_reason", "").strip():
            yield f"{name(cell)} is ignored without a reason in its metadata (nbval_ignore_reason)"
        lines = re.sub(r"(?m)^\s*#.*", "", cell.source).split()
        if lines and lines[-1].endswith(";"):
            yield f"{name(cell)} ends in a semicolon, which hides its result from Jupyter and not from nbval"


def shows_text_and_figures_alone(notebook):
    """An output is text, a table, or an inline SVG with alternative text; never a picture that nobody compares."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for mime in output.get("data", {}).keys() - SHOWN:
                yield f"{name(cell)} shows {mime}: draw with lossopt.plotting.show"
            html = output.get("data", {}).get("text/html", "")
            for alt in re.findall(FIGURE, html, re.DOTALL):
                if len(alt.split()) < 3 or re.search(r"\.(svg|png|jpe?g|gif|pdf)\b", alt):
                    yield f"{name(cell)} has a figure whose alternative text is {alt!r}"
            if re.search("<svg|<img|<canvas|<iframe|<script", re.sub(FIGURE, "", html, flags=re.DOTALL)):
                yield f"{name(cell)} shows a figure that lossopt.plotting.show did not write"


def prints_the_same_elsewhere(notebook):
    """No timing, no address of an object and no absolute path is in an output, and no absolute path in a cell."""
    for cell in code_cells(notebook):
        for text in texts(cell):
            if found := re.search(f"{TIMING}|{ADDRESS}|{ABSOLUTE_PATH}", text):
                yield f"{name(cell)} prints {found[0]!r}"
    for cell in notebook.cells:
        if found := re.search(ABSOLUTE_PATH, cell.source):
            yield f"a cell says {found[0]!r}: {cell.source:.50}"


def folds_what_only_draws(notebook):
    """The set-up cell, drawings and solutions are folded everywhere; code that teaches is folded nowhere."""
    for number, cell in enumerate(code_cells(notebook)):
        title, hidden = "# @title", "hide-input"
        if "solution" in tags(cell):
            title, hidden = "# @title Solution", "hide-cell"
        elif number > 0 and ("exercise" in tags(cell) or not draws(cell)):
            if marks := folds(cell) | set(re.findall("^# @title", cell.source)):
                yield f"{name(cell)} teaches, and is folded by {', '.join(sorted(marks))}"
            continue
        elif number > 0 and (found := re.search(r"\bassert\b|\bprint\(|\.fit\(", cell.source)):
            yield f"{name(cell)} draws and does more, {found[0]!r}: what teaches goes into a cell of its own"
        if folds(cell) != {hidden, "source_hidden", "cellView"} or cell.metadata.cellView != "form":
            yield f"{name(cell)} is to be folded: tag {hidden}, jupyter.source_hidden true, cellView form"
        if not cell.source.startswith(title):
            yield f"{name(cell)} is folded, and Colab wants {title!r} in its first line"


def has_exercises(notebook):
    """Three exercises at least; each runs as shipped and says so, and its solution follows and is right."""
    if len(code_cells(notebook, "exercise")) < 3:
        yield f"it has {len(code_cells(notebook, 'exercise'))} exercises, and three are the least"
    kinds = [next((t for t in tags(c) if t in ("exercise", "solution")), "") for c in code_cells(notebook)]
    for kind, before, after in zip(kinds, ["", *kinds], [*kinds[1:], ""], strict=False):
        if (kind == "exercise" and after != "solution") or (kind == "solution" and before != "exercise"):
            yield "an exercise is not followed by its solution, or a solution has no exercise"
    for tag, answer in ("exercise", "Not done yet"), ("solution", "Right"):
        for cell in code_cells(notebook, tag):
            if not any(text.startswith(answer) for text in texts(cell)):
                yield f"{name(cell)} is tagged {tag}, and no check answers {answer!r}"


def asks_questions(notebook):
    """Two to four questions, each with an explanation for every answer, of which one says that it is right."""
    sections = [c.source for c in notebook.cells if c.source.startswith("## Check yourself\n")]
    questions = re.findall(QUESTION, "\n".join(sections) + "\n")
    if len(sections) != 1 or not 2 <= len(questions) <= 4:
        yield f"it has {len(sections)} sections “Check yourself” with {len(questions)} questions, not 1 with 2 to 4"
    for question, answers, reasons in questions:
        answers, reasons = answers.splitlines(), reasons.splitlines()
        if len(answers) != len(reasons) or sum(reason.startswith("- Right") for reason in reasons) != 1:
            yield f"{question}: {len(answers)} answers need as many explanations, one of them beginning with “Right”"


def is_short(notebook):
    """A code cell has at most 25 lines, a solution 35; visible code and prints at most 76 columns."""
    for number, cell in enumerate(code_cells(notebook)):
        if len(cell.source.splitlines()) > (35 if "solution" in tags(cell) else 25):
            yield f"{name(cell)} has {len(cell.source.splitlines())} lines"
        if "hide-input" not in tags(cell):
            yield from too_wide(name(cell), cell.source)
        for output in cell.outputs if number > 0 else ():  # the set-up's output is folded
            yield from too_wide(f"the output of {name(cell)}", output.get("text", ""))


def words(notebook):
    """The words of its Markdown, exercises and quiz included, without displayed formulas and addresses."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    text = re.sub(r"\$\$.*?\$\$|\]\([^)]*\)|</?[a-zA-Z][^>]*>", " ", text, flags=re.DOTALL)
    return sum(bool(re.search(r"[^\W_]", word)) for word in text.split())


def visible_lines(notebook):
    """The lines of code that a page shows unfolded, without blank ones."""
    shown = [cell for cell in code_cells(notebook) if not folds(cell)]
    return sum(bool(line.strip()) for cell in shown for line in cell.source.splitlines())


def fits_a_lesson(notebook):
    """At most 3,500 words and 300 visible lines of code."""
    if words(notebook) > 3500:
        yield f"it has {words(notebook)} words, and 3,500 are the most"
    if visible_lines(notebook) > 300:
        yield f"it has {visible_lines(notebook)} visible lines of code, and 300 are the most"


def says_how_long_it_takes(notebook):
    """The opening names the minutes of reading: 180 words or 15 lines of code a minute, give or take three."""
    minutes = words(notebook) / 180 + visible_lines(notebook) / 15
    said = re.search(r"Reading time: (\d+) minutes", notebook.cells[0].source)
    if not said or abs(int(said[1]) - minutes) > 3:
        yield f"reading it takes {minutes:.0f} minutes, and its opening says {said and said[1]}"


def asks_before_it_shows(notebook):
    """What follows a question is tagged predict, up to the next text, so that the site folds the answer."""
    asked = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            asked = "**Predict" in cell.source
        elif asked != ("predict" in tags(cell)):
            verb = "answers a question without" if asked else "follows no question and has"
            yield f"{name(cell)} {verb} the tag predict"


def too_wide(what, text, columns=76):
    """A page on a desktop shows 76 columns; what is longer has to be scrolled to."""
    return [f"{what} has {len(line)} columns: {line}" for line in text.splitlines() if len(line) > columns]


def has_its_pictures_at_home(notebook):
    """Pictures in the text come with the book, and with alternative text."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", cell.source)
            for tag in re.findall(r"<img\b.*?>", cell.source, re.DOTALL):
                pictures.append([(re.findall(rf'{key}="(.*?)"', tag) or [""])[0] for key in ("alt", "src")])
            for alt, source in pictures:
                if not alt.strip() or "//" in source or not source:
                    yield f"a picture in the text: {source or 'no source'}, alternative text {alt!r}"


def opens_in_colab(notebook):
    """Its first cell ends in a link that opens this very notebook in Colab, how to keep a copy, and the time there."""
    line = notebook.cells[0].source.splitlines()[-1]
    opened = re.findall(rf"\[Open in Colab\]\({COLAB}/[\w.-]+/[\w.-]+/blob/\w+/notebooks/(.*?)\)", line)
    if opened != [notebook.metadata.file_name]:
        yield f"its opening opens {opened} in Colab, not {notebook.metadata.file_name}: {line:.50}"
    for part in "Save a copy in Drive", "minute":
        if part not in line:
            yield f"its opening does not say {part!r} beside the link to Colab: {line:.50}"


RULES = [
    is_valid,
    ran_in_order,
    ended_well,
    is_compared,
    shows_text_and_figures_alone,
    prints_the_same_elsewhere,
    folds_what_only_draws,
    has_exercises,
    asks_questions,
    is_short,
    fits_a_lesson,
    says_how_long_it_takes,
    asks_before_it_shows,
    has_its_pictures_at_home,
    opens_in_colab,
]


def different_setups(notebooks):
    """The set-up cells, which should be one."""
    return {code_cells(notebook)[0].source for notebook in notebooks}


# The chapters


def read(path):
    """A notebook that knows its file's name."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.file_name = path.name
    return notebook


def test_there_are_notebooks():
    assert NOTEBOOKS, "notebooks/ holds no notebook: nothing would be tested"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_chapter_keeps_to_the_rules(rule, path):
    complaints = list(rule(read(path)))
    assert not complaints, "\n".join(complaints)


def test_the_setup_cell_is_the_same_in_all_chapters():
    assert len(different_setups(map(read, NOTEBOOKS))) == 1


def test_no_output_is_ignored():
    """The book says so. A chapter that has to ignore one changes this number, and what the book says."""
    assert sum(len(code_cells(read(path), "nbval-ignore-output")) for path in NOTEBOOKS) == 0


# The rules themselves

HIDDEN = {"jupyter": {"source_hidden": True}, "cellView": "form"}
SETUP, ASKED, ANSWER, TEACHING, DRAWING, RAISING, EXERCISE, SOLUTION = 1, 2, 3, 5, 6, 7, 8, 10


def stdout(text, name="stdout"):
    return nbf.new_output("stream", name=name, text=text)


def shown(data, mime="text/html"):
    return nbf.new_output("display_data", {mime: data})


def figure(alt):
    return shown(f'<div class="lossopt-figure" role="img" aria-label="{alt}" style=""><svg></svg></div>')


ADDRESS_THERE = "https://colab.research.google.com/github/ada/a-book/blob/main/notebooks/01-a-chapter.ipynb"
OPENING = f"[Open in Colab]({ADDRESS_THERE}), save a copy (File → Save a copy in Drive): a minute there."


ANSWERS = (
    "- two\n- four\n\n<details><summary>Answers</summary>\n\n- No: one more.\n- Right.\n\n</details>\n\n"
)
QUIZ = f"## Check yourself\n\n**1. Twice two?**\n\n{ANSWERS}**2. Two squared?**\n\n{ANSWERS}".strip()


def good_notebook():
    """A notebook that keeps to every rule, in the order of the indices above."""
    error = nbf.new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])
    cells = [
        nbf.new_markdown_cell(
            f"# A chapter\n![two curves](curves.svg) at https://host.example/home/\nReading time: 2 minutes.\n{OPENING}"
        ),
        nbf.new_code_cell("# @title Set-up\nimport lossopt", metadata={"tags": ["hide-input"], **HIDDEN}),
        nbf.new_markdown_cell("**Predict, then run.** How large is the loss?"),
        nbf.new_code_cell("print(6 / 4)", outputs=[stdout("1.5\n")], metadata={"tags": ["predict"]}),
        nbf.new_markdown_cell("It is 1.5."),
        nbf.new_code_cell("loss = 3 / 2\nprint(loss)", outputs=[stdout("1.5\n")]),
        nbf.new_code_cell(
            "# @title Two curves\nshow(axes, alt='Two curves cross.')",
            outputs=[figure("Two curves cross.")],
            metadata={"tags": ["hide-input"], **HIDDEN},
        ),
        nbf.new_code_cell("raise ValueError('no')", outputs=[error], metadata={"tags": ["raises-exception"]}),
    ]
    for _ in range(5):
        cells += [
            nbf.new_code_cell(
                "check()", outputs=[stdout("Not done yet: do it.\n")], metadata={"tags": ["exercise"]}
            ),
            nbf.new_markdown_cell("A hint."),
            nbf.new_code_cell(
                "# @title Solution\ncheck()",
                outputs=[stdout("Right. Well done.\n")],
                metadata={"tags": ["solution", "hide-cell"], **HIDDEN},
            ),
        ]
    cells.append(nbf.new_markdown_cell(QUIZ))
    notebook = nbf.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "file_name": "01-a-chapter.ipynb",
        },
    )
    for count, cell in enumerate(code_cells(notebook), 1):
        cell.execution_count = count
    return deepcopy(notebook)


def cell(index, **changes):
    """A change to one cell."""
    return lambda notebook: notebook.cells[index].update(changes)


def metadata(index, **changes):
    """A change to one cell's metadata."""
    return lambda notebook: notebook.cells[index].metadata.update(nbformat.from_dict(changes))


def prints(*outputs):
    return cell(TEACHING, outputs=list(outputs))


def raises(line):
    error = nbf.new_output("error", ename="ValueError", evalue="no", traceback=[line])
    return cell(RAISING, outputs=[error])


TIMINGS = ["2ms/step", "3 s/epoch", "4 µs/sample", "it/s", "CPU times", "Wall time", "took 3"]
FOLDERS = ["/home", "/tmp", "/root", "/usr", "/opt", "/var", "/mnt", "/private", "file:///"]
BAD = [
    (is_valid, "not valid", cell(TEACHING, cell_type="poem")),
    (is_valid, "kernel", lambda notebook: notebook.metadata.kernelspec.update(name="conda-env-3")),
    (is_valid, "widgets", lambda notebook: notebook.metadata.update(widgets={})),
    (is_valid, "holds execution", metadata(TEACHING, execution={"iopub.execute_input": "2026-01-01"})),
    (ran_in_order, "cell 7 was executed as number None", cell(SOLUTION, execution_count=None)),
    (ran_in_order, "cell 7 was executed as number 19", cell(SOLUTION, execution_count=19)),
    (ran_in_order, "no code cell", lambda notebook: notebook.update(cells=[])),
    (ended_well, "stderr", prints(stdout("careful", "stderr"))),
    (ended_well, "raises-exception", metadata(RAISING, tags=[])),
    (ended_well, "raises-exception", metadata(TEACHING, tags=["raises-exception"])),
    (is_compared, "cannot be compared", cell(TEACHING, source="loss\n# NBVAL_IGNORE_OUTPUT")),
    (is_compared, "cannot be compared", cell(TEACHING, source="loss\n# PYTEST_VALIDATE_IGNORE_OUTPUT")),
    (is_compared, "cannot be compared", cell(TEACHING, source="clear_output()")),
    (is_compared, "cannot be compared", cell(TEACHING, source="x = 1\n%time loss")),
    (is_compared, "cannot be compared", metadata(TEACHING, tags=["nbval-skip"])),
    (is_compared, "semicolon", cell(TEACHING, source="loss;  \n# a comment")),
    (is_compared, "reason", metadata(TEACHING, tags=["nbval-ignore-output"])),
    (is_compared, "reason", metadata(TEACHING, tags=["nbval-ignore-output"], nbval_ignore_reason=" ")),
    (shows_text_and_figures_alone, "image/png", prints(shown("AAAA", "image/png"))),
    (shows_text_and_figures_alone, "image/jpeg", prints(shown("AAAA", "image/jpeg"))),
    (shows_text_and_figures_alone, "image/svg+xml", prints(shown("<svg></svg>", "image/svg+xml"))),
    (shows_text_and_figures_alone, "did not write", prints(shown("<svg></svg>"))),
    (shows_text_and_figures_alone, "did not write", prints(shown('<img src="data:image/png;base64,AAAA">'))),
    (
        shows_text_and_figures_alone,
        "did not write",
        prints(shown('<div class="lossopt-figure"><svg></svg></div>')),
    ),
    (shows_text_and_figures_alone, "alternative text is", prints(figure(""))),
    (shows_text_and_figures_alone, "alternative text is", prints(figure("output_3"))),
    (shows_text_and_figures_alone, "alternative text is", prints(figure("see the file _images/3.svg"))),
    *[(prints_the_same_elsewhere, what, prints(stdout(f"1/8 - 0s {what}: 0.5"))) for what in TIMINGS],
    (prints_the_same_elsewhere, "0x7f3a2b1c4d50", prints(shown("<loss at 0x7f3a2b1c4d50>", "text/plain"))),
    *[(prints_the_same_elsewhere, folder, prints(stdout(f"saved in {folder}/x.npy"))) for folder in FOLDERS],
    (prints_the_same_elsewhere, "/Users", prints(shown("<td>/Users/ada</td>"))),
    (prints_the_same_elsewhere, "C:", prints(stdout(r"C:\Users\ada"))),
    (
        prints_the_same_elsewhere,
        "site-packages",
        raises("\x1b[32mFile \x1b[0m~/lib/site-packages/keras/a.py:3"),
    ),
    (prints_the_same_elsewhere, "a cell says '/home'", cell(TEACHING, source="np.load('/home/ada/x.npy')")),
    (prints_the_same_elsewhere, "a cell says '/opt'", cell(0, source="Unpack it in /opt.")),
    (folds_what_only_draws, "to be folded", metadata(SETUP, tags=[])),
    (folds_what_only_draws, "to be folded", metadata(DRAWING, tags=[])),
    (folds_what_only_draws, "to be folded", metadata(DRAWING, tags=["hide-cell"])),
    (folds_what_only_draws, "to be folded", metadata(DRAWING, jupyter={})),
    (folds_what_only_draws, "to be folded", metadata(DRAWING, cellView="code")),
    (folds_what_only_draws, "to be folded", metadata(SOLUTION, tags=["solution"])),
    (folds_what_only_draws, "to be folded", metadata(SOLUTION, jupyter={"source_hidden": False})),
    (folds_what_only_draws, "to be folded", cell(TEACHING, source="# @title\nshow(axes)")),
    (folds_what_only_draws, "to be folded", prints(figure("Two curves cross."))),
    (folds_what_only_draws, "Colab wants", cell(DRAWING, source="show(axes)")),
    (folds_what_only_draws, "Colab wants '# @title Solution'", cell(SOLUTION, source="# @title\ncheck()")),
    (folds_what_only_draws, "does more, 'assert'", cell(DRAWING, source="assert loss == 1.5\nshow(axes)")),
    (folds_what_only_draws, "does more, '.fit('", cell(DRAWING, source="model.fit(x, y)\nshow(axes)")),
    (folds_what_only_draws, "folded by hide-input", metadata(TEACHING, tags=["hide-input"])),
    (folds_what_only_draws, "folded by remove-cell", metadata(TEACHING, tags=["remove-cell"])),
    (folds_what_only_draws, "folded by source_hidden", metadata(TEACHING, jupyter={"source_hidden": True})),
    (folds_what_only_draws, "folded by cellView", metadata(TEACHING, cellView="form")),
    (folds_what_only_draws, "folded by # @title", cell(TEACHING, source="# @title A loss\nloss = 3 / 2")),
    (folds_what_only_draws, "folded by hide-cell", metadata(EXERCISE, tags=["exercise", "hide-cell"])),
    (has_exercises, "2 exercises", lambda notebook: notebook.update(cells=notebook.cells[:-10])),
    (has_exercises, "a solution has no exercise", metadata(EXERCISE, tags=[])),
    (has_exercises, "not followed by", metadata(SOLUTION, tags=[])),
    (has_exercises, "not followed by", lambda notebook: notebook.cells.insert(9, nbf.new_code_cell("loss"))),
    (has_exercises, "not followed by", lambda notebook: notebook.cells.insert(8, notebook.cells.pop(10))),
    (has_exercises, "'Not done yet'", cell(EXERCISE, outputs=[stdout("Right. Well done.")])),
    (has_exercises, "'Right'", cell(SOLUTION, outputs=[stdout("Not yet: 2 was expected.")])),
    (asks_questions, "0 sections", lambda notebook: notebook.cells.pop()),
    (asks_questions, "2 sections", lambda notebook: notebook.cells.append(notebook.cells[-1])),
    (asks_questions, "with 1 questions", cell(-1, source=QUIZ.replace("**2. Two", "2. Two"))),
    (asks_questions, "3 answers", cell(-1, source=QUIZ.replace("- four", "- four\n- six"))),
    (asks_questions, "one of them", cell(-1, source=QUIZ.replace("Right", "No"))),
    (asks_questions, "one of them", cell(-1, source=QUIZ.replace("No: one more", "Right"))),
    (is_short, "26 lines", cell(TEACHING, source="loss\n" * 26)),
    (is_short, "36 lines", cell(SOLUTION, source="loss\n" * 36)),
    (is_short, ") has 77 columns: loss", cell(TEACHING, source="loss = " + "1" * 70)),
    (is_short, ") has 77 columns: 111", cell(TEACHING, outputs=[stdout("1" * 77)])),
    (fits_a_lesson, "words, and 3,500 are the most", cell(4, source="word " * 3600)),
    (fits_a_lesson, "words", cell(4, source="word " * 3450 + "$x$ [a link](b.md) " * 20)),
    (fits_a_lesson, "visible lines", cell(TEACHING, source="loss\n" * 301)),
    (says_how_long_it_takes, "says 7", cell(0, source="Reading time: 7 minutes.")),
    (says_how_long_it_takes, "says None", cell(0, source="Reading time: soon.")),
    (says_how_long_it_takes, "says 2", cell(4, source="word " * 1000)),
    (says_how_long_it_takes, "says 2", cell(TEACHING, source="loss\n" * 80)),
    (asks_before_it_shows, "without the tag", metadata(ANSWER, tags=[])),
    (
        asks_before_it_shows,
        "without the tag",
        lambda notebook: notebook.cells.insert(4, nbf.new_code_cell("loss")),
    ),
    (asks_before_it_shows, "follows no question and has", metadata(TEACHING, tags=["predict"])),
    (asks_before_it_shows, "follows no question and has", cell(ASKED, source="How large is the loss?")),
    (has_its_pictures_at_home, "https:", cell(0, source="![two curves](https://host.example/a.svg)")),
    (has_its_pictures_at_home, "//", cell(0, source='<img alt="two curves" src="//host.example/a.svg">')),
    (has_its_pictures_at_home, "text ''", cell(0, source="![](curves.svg)")),
    (has_its_pictures_at_home, "text ''", cell(0, source='<img src="curves.svg">')),
    (opens_in_colab, "opens [] in Colab", cell(0, source="# A chapter")),
    (
        opens_in_colab,
        "opens [] in Colab",
        cell(0, source=f"# A chapter\n{OPENING}\nReading time: 25 minutes."),
    ),
    (opens_in_colab, "opens [] in Colab", cell(0, source=OPENING.replace("/notebooks/", "/"))),
    (opens_in_colab, "opens [] in Colab", cell(0, source=OPENING.replace("colab.research", "drive"))),
    (opens_in_colab, "not 01-a-chapter.ipynb", cell(0, source=OPENING.replace("01-", "02-"))),
    (opens_in_colab, "not 02-b.ipynb", lambda notebook: notebook.metadata.update(file_name="02-b.ipynb")),
    (
        opens_in_colab,
        "'Save a copy in Drive'",
        cell(0, source=OPENING.replace("Save a copy in Drive", "Save")),
    ),
    (opens_in_colab, "'minute'", cell(0, source=OPENING.replace("a minute", "soon"))),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_notebook_is_accepted(rule):
    assert list(rule(good_notebook())) == []


def name_of(value):
    return value.__name__.strip("<>") if callable(value) else str(value)


@pytest.mark.parametrize("rule, words, change", BAD, ids=name_of)
def test_a_bad_notebook_is_refused(rule, words, change):
    change(notebook := good_notebook())
    assert words in "\n".join(rule(notebook))


FINE = [
    (is_compared, metadata(TEACHING, tags=["nbval-ignore-output"], nbval_ignore_reason="It shows a clock.")),
    (folds_what_only_draws, cell(EXERCISE, source="show(axes)")),
    (folds_what_only_draws, cell(SOLUTION, source="# @title Solution\nassert loss\nshow(axes)")),
    (is_short, cell(TEACHING, source="loss\n" * 25)),
    (is_short, cell(SOLUTION, source="loss\n" * 35)),
    (is_short, cell(TEACHING, source="loss = " + "1" * 69)),
    (is_short, cell(SETUP, outputs=[stdout("1" * 77)])),
    (fits_a_lesson, cell(4, source="word " * 3000 + "$$ " + "x " * 600 + "$$")),
    (fits_a_lesson, cell(DRAWING, source="# @title A curve\n" + "show(axes)\n" * 301)),
    (fits_a_lesson, cell(TEACHING, source="loss\n\n" * 250)),
    (is_short, cell(DRAWING, source="# @title A curve\nshow(axes, alt='" + "1" * 80 + "')")),
    (prints_the_same_elsewhere, prints(shown("<var>x</var>, https://host.example/home/ and a/tmp and 1 ms"))),
    (has_exercises, lambda notebook: notebook.cells.pop(9)),
]


@pytest.mark.parametrize("rule, change", FINE, ids=name_of)
def test_what_only_looks_bad_is_accepted(rule, change):
    change(notebook := good_notebook())
    assert list(rule(notebook)) == []


def test_another_setup_cell_is_refused():
    cell(SETUP, source="# @title Set-up\nimport keras")(changed := good_notebook())
    assert len(different_setups([good_notebook(), changed])) == 2
    assert len(different_setups([good_notebook(), good_notebook()])) == 1
