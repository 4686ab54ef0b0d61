"""Change the package in thousands of small ways, and count the changes that no test sees: `make mutants`.

    python tests/mutants.py [losses optimizers schedules surfaces]

mutmut works on a copy in _build/mutants, one module or package after another, half an hour for all on two cores.
It forks, and TensorFlow does not survive that: the tests that need a deep-learning library are left out, so that
hand values, finite differences and golden vectors have to do it. What decorators wrap, and defaults of dataclass
fields, mutmut does not change.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
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
            [*mutmut, "run", "--max-children", str(os.cpu_count())], cwd=folder, env=environment, stdout=log
        )
    results = subprocess.run(
        [*mutmut, "results", "--all", "true"], cwd=folder, env=environment, capture_output=True
    )
    verdicts = dict(re.findall(r"(?m)^\s*(\S+): (.+?)\s*$", results.stdout.decode()))
    return Counter(verdicts.values()), [name for name, verdict in verdicts.items() if verdict == "survived"]


def main(modules):
    for module in modules:
        verdicts, survivors = count(module)
        total = verdicts.total() or sys.exit(f"mutmut tried nothing: see _build/mutants/{module}/log")
        told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
        print(
            f"{module}: {total} mutants, {told}; {100 * (1 - len(survivors) / total):.1f} % seen", flush=True
        )
        for name in survivors:
            print(f"  lived: {name}")


if __name__ == "__main__":
    main(sys.argv[1:] or MODULES)
