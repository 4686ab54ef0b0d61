"""Change the project in small ways, and count the changes that no test sees: `make mutants [AREA="data plotting"]`.

    python tests/mutants.py [AREA …]

Two tools do this, each where it fits. mutmut invents thousands of changes to a module or package of formulas, half an
hour for all on two cores. It forks, and TensorFlow does not survive that: the tests that need a deep-learning library
are left out, so that hand values, finite differences and golden vectors have to do it. What decorators wrap, and
defaults of dataclass fields, mutmut does not change.

Everything else has a list of changes that somebody thought of, tests/mutants/AREA.toml:

    file = "src/lossopt/data.py"          # what is changed
    tests = ["tests/test_data.py"]        # what pytest is given to see it; options such as "-k" too

    [[mutant]]
    why = "the targets of the validation part go missing"
    old = "np.split(order, cuts)"         # occurs exactly once in the file; add words around it until it does
    new = "np.split(order, cuts[:1])"     # "" deletes it

A mutant may name a `file` or `tests` of its own, and

    equivalent = "why no test can tell the two apart"    # not counted; reported where a test sees it after all
    lives = "why no test sees it"                        # counted as alive, but explained
    needs = "LOSSOPT_DATA"                               # left out where the environment does not have this variable

Each is put into a copy of the project, and the tests run there until the first one fails. tests/test_mutants.py, in
the ordinary suite, says so when a list no longer fits its file. What saw each change is in _build/mutants/AREA.txt.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
WORKERS = os.cpu_count()
LEAST = 95  # per cent of an area's mutants that the tests must see
SECONDS, TIMES = 60, 10  # after this, or so often the tests' usual time, endless is as good as seen

# Changes that mutmut invents

WITHOUT_LIBRARIES = "not keras and not optax"
MODULES = ["losses", "optimizers", "schedules", "surfaces"]

CONFIGURATION = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/lossopt/{module}.py", "src/lossopt/{module}/*.py"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-W", "ignore", "-k", "{selection}"]
"""


def tests_of(module):
    """Return the files of a module's tests, without those that are there for other libraries."""
    files = sorted((ROOT / "tests").glob(f"test_{module}*.py"))
    return [file for file in files if not file.stem.endswith("_libraries")]


def count(module):
    """Mutate one module or package; return how many mutants there are, and the names of those that lived."""
    folder = ROOT / "_build" / "mutants" / module
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    shutil.copytree(ROOT / "tests/golden", folder / "tests/golden")
    tests = [f"tests/{file.name}" for file in tests_of(module)]
    for test in tests:
        shutil.copy(ROOT / test, folder / "tests")
    configuration = CONFIGURATION.format(module=module, tests=tests, selection=WITHOUT_LIBRARIES)
    (folder / "pyproject.toml").write_text(configuration)
    mutmut = [sys.executable, "-m", "mutmut"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with open(folder / "log", "w") as log:
        subprocess.run(
            [*mutmut, "run", "--max-children", str(WORKERS)], cwd=folder, env=environment, stdout=log
        )
    results = subprocess.run(
        [*mutmut, "results", "--all", "true"], cwd=folder, env=environment, capture_output=True
    )
    verdicts = dict(re.findall(r"(?m)^\s*(\S+): (.+?)\s*$", results.stdout.decode()))
    return Counter(verdicts.values()), [name for name, verdict in verdicts.items() if verdict == "survived"]


def try_module(module):
    """Print what became of a module's mutants."""
    verdicts, survivors = count(module)
    total = verdicts.total() or sys.exit(f"mutmut tried nothing: see _build/mutants/{module}/log")
    told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
    print(f"{module}: {total} mutants, {told}; {100 * (1 - len(survivors) / total):.1f} % seen", flush=True)
    for name in survivors:
        print(f"  lived: {name}")
    return True


# Changes that somebody thought of


class Mutant(NamedTuple):
    why: str
    file: str
    old: str
    new: str
    tests: list
    equivalent: str = ""
    lives: str = ""
    needs: str = ""


def read_list(file):
    """Return the mutants of a list, each with its file and its tests."""
    entries = tomllib.loads(file.read_text(encoding="utf8"))
    mutants = entries.pop("mutant", [])
    return [Mutant(**{**entries, **mutant}) for mutant in mutants]


def mutated(mutant, root=ROOT):
    """Return the changed text of the mutant's file, or raise an error that says how to repair the list."""
    text = (root / mutant.file).read_text(encoding="utf8")
    times = text.count(mutant.old)
    if times != 1:
        do = (
            "add words around it until it is unique"
            if times
            else "quote the file as it is now, or drop the mutant"
        )
        raise ValueError(
            f"“{mutant.why}”: `old` occurs {times} times in {mutant.file}, but must occur once; {do}."
        )
    return text.replace(mutant.old, mutant.new)


# Without plugins and the notebooks' conftest.py, because loading them takes longer than most tests.
PLUGINS = sorted({entry.name for entry in entry_points(group="pytest11")} | {"cacheprovider"})
OPTIONS = ["-x", "-q", "-rfE", "-o", "addopts=", "--noconftest"]
OPTIONS += [part for plugin in PLUGINS for part in ("-p", f"no:{plugin}")]
NOT_COPIED = (".git", ".venv", "_build", "node_modules", "__pycache__", "*.egg-info", ".*_cache")


class Copy:
    """A copy of the project, in which tests run: without what is built, and without what Python has compiled."""

    def __init__(self, folder, root):
        self.root = Path(shutil.copytree(root, folder, ignore=shutil.ignore_patterns(*NOT_COPIED)))
        # Not compiled, because Python would take two texts of one second and one length for the same.
        ours = {"PYTHONPATH": str(self.root / "src"), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
        self.environment = os.environ | ours

    def run(self, tests, patience=None):
        """Return pytest's verdict, and the test that failed first."""
        command = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
        try:
            pipes = {
                "stdout": subprocess.PIPE,
                "stderr": subprocess.STDOUT,
                "encoding": "utf8",
                "errors": "replace",
            }
            done = subprocess.run(command, cwd=self.root, env=self.environment, timeout=patience, **pipes)
        except subprocess.TimeoutExpired:
            return 1, f"no end within {patience:.0f} s"
        failed = re.search(r"(?m)^(?:FAILED|ERROR) (.+?)(?: - |$)", done.stdout)
        return done.returncode, failed[1] if failed else done.stdout[-2000:]

    def sees(self, mutant, patience):
        """Return the test that fails with the mutant in place, or nothing."""
        file = self.root / mutant.file
        text = file.read_text(encoding="utf8")
        try:
            file.write_text(mutated(mutant, self.root), encoding="utf8")
            status, failed = self.run(mutant.tests, patience)
        finally:
            file.write_text(text, encoding="utf8")
        return failed if status else ""


def measure(copy, tests):
    """Return how long the tests take while nothing is changed. Stop where they fail, since nothing would follow."""
    began = time.monotonic()
    status, failed = copy.run(tests)
    if status:
        sys.exit(f"pytest {' '.join(tests)} fails before anything is changed:\n{failed}")
    return time.monotonic() - began


def try_list(file, root=ROOT, workers=WORKERS):
    """Try each mutant of a list, print what became of them, and return whether that is good enough."""
    began, mutants = time.monotonic(), read_list(file)
    for mutant in mutants:
        mutated(mutant, root)
    left_out = [mutant for mutant in mutants if mutant.needs and mutant.needs not in os.environ]
    mutants = [mutant for mutant in mutants if mutant not in left_out]
    selections = list({tuple(mutant.tests) for mutant in mutants})
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        copies = SimpleQueue()
        for number in range(workers):
            copies.put(Copy(Path(folder) / str(number), root))

        def in_a_copy(work, *given):
            copy = copies.get()
            try:
                return work(copy, *given)
            finally:
                copies.put(copy)

        took = dict(zip(selections, pool.map(lambda it: in_a_copy(measure, it), selections), strict=True))
        patience = [max(SECONDS, TIMES * took[tuple(mutant.tests)]) for mutant in mutants]
        saw = list(pool.map(lambda *given: in_a_copy(Copy.sees, *given), mutants, patience))
    return report(file.stem, list(zip(mutants, saw, strict=True)), left_out, time.monotonic() - began, root)


def report(area, tried, left_out, seconds, root):
    """Print and store what became of an area's mutants; return whether enough were seen, and the others explained."""
    counted = [(mutant, saw) for mutant, saw in tried if not mutant.equivalent]
    seen = sum(bool(saw) for _, saw in counted)
    share = 100 * seen / len(counted) if counted else 0
    print(
        f"{area}: {len(tried)} mutants, {len(tried) - len(counted)} of them equivalent; "
        f"{seen} of {len(counted)} seen, {share:.1f} %, in {seconds:.0f} s",
        flush=True,
    )
    good = share >= LEAST
    for mutant, saw in tried:
        if not saw and not mutant.equivalent:
            print(f"  lived: {mutant.file}: {mutant.why}{f' ({mutant.lives})' if mutant.lives else ''}")
            good &= bool(mutant.lives)
        elif saw and (mutant.equivalent or mutant.lives):
            print(f"  seen after all: {mutant.file}: {mutant.why}, by {saw}. Drop the reason from the list.")
            good = False
    for mutant in left_out:
        print(f"  left out, because {mutant.needs} is not set: {mutant.file}: {mutant.why}")
    log = root / f"_build/mutants/{area}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"{mutant.why}\n    {saw or 'lived'}\n" for mutant, saw in tried), encoding="utf8")
    return good


LISTS = {file.stem: file for file in sorted((ROOT / "tests/mutants").glob("*.toml"))}


def main(areas):
    unknown = [area for area in areas if area not in [*MODULES, *LISTS]]
    if unknown:
        sys.exit(f"There is no area {', '.join(unknown)}. Choose from {', '.join([*MODULES, *LISTS])}.")
    areas = areas or [*LISTS, *MODULES]
    verdicts = [try_list(LISTS[area]) if area in LISTS else try_module(area) for area in areas]
    sys.exit(not all(verdicts))


if __name__ == "__main__":
    main(sys.argv[1:])
