"""Time what the book says about speed, as ratios within one run: `make bench`. Nothing here is a test.

Chapter 18: how long the recipe trains in the chapter's own fast function, on one thread, compared with the published
example in `fit`. Both see 60,000 images ten times. They take turns, so that a busy machine slows both.
"""

import ast
import statistics
import tempfile
import time
from pathlib import Path

import nbformat

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "18-mnist.ipynb"
ROUNDS = 5


def definitions(notebook, functions):
    """What a notebook imports, its constants in capitals, and those of its functions that are asked for."""
    pieces = []
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type != "code" or cell.source.lstrip("# ").startswith("@title Set-up"):
            continue
        for node in ast.parse(cell.source).body:
            names = [name.id for name in ast.walk(node) if isinstance(name, ast.Name)]
            constant = isinstance(node, ast.Assign) and all(name.isupper() for name in names)
            wanted = isinstance(node, ast.FunctionDef) and node.name in functions
            if wanted or constant or isinstance(node, ast.Import | ast.ImportFrom):
                pieces.append(ast.unparse(node))
    # A file, because tf.function reads the source of what it compiles.
    file = Path(tempfile.mkdtemp()) / "chapter.py"
    file.write_text("\n".join(pieces), encoding="utf8")
    scope = {"x_fit": range(30_000)}  # a default of one of the functions is its length
    exec(compile(file.read_text(encoding="utf8"), file, "exec"), scope)
    return scope


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main():
    functions = "network published side_by_side accuracies one_epoch train adamw warmup_cosine".split()
    chapter = definitions(NOTEBOOK, functions)
    (x_train, y_train), (x_test, y_test) = chapter["data"].mnist()
    chapter.update(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    recipe = {
        "initializer": chapter["HeNormal"],
        "optimizer": chapter["adamw"],
        "rate": chapter["warmup_cosine"](0.015, n=60_000, batch_size=128),
        "batch_size": 128,
        "smoothing": 0.05,
        "shift": 1,
    }
    contenders = {
        "published example": lambda: chapter["published"](0),
        "recipe": lambda: chapter["train"]([0], x_train, y_train, (x_test, y_test), **recipe),
    }
    print("seconds per training   " + "   ".join(contenders) + "   ratio")
    ratios = []
    for _ in range(ROUNDS):
        plain, better = (seconds(call) for call in contenders.values())
        ratios.append(better / plain)
        print(f"{plain:40.1f} {better:8.1f} {ratios[-1]:7.2f}", flush=True)
    print(f"the recipe takes {statistics.median(ratios):.2f} times as long (median of {ROUNDS})")


if __name__ == "__main__":
    main()
