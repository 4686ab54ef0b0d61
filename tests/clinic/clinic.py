"""Print how well `lossopt.checkup` finds the faults of small programs, and how often it alarms without a fault.

usage: python tests/clinic/clinic.py [FOLDER] [--only TEXT,TEXT] [--before]

Each file of FOLDER (default: tests/clinic/cases) has CAUSE, a name of checkup's causes or "healthy", and
build(faulty), which returns the model, x, y and fit's arguments. build(False) is the healthy twin. With --before the
faults are looked for before training only; otherwise each program is examined, which trains it.
"""

import argparse
import importlib.util
import os
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the cases import toys


class Result(NamedTuple):
    """Hold what the checkup said about one program."""

    name: str
    cause: str  # of the fault, or healthy
    warnings: list  # the causes that it warns of, the most likely first
    notes: list
    seconds: float

    @property
    def place(self):
        """Return at which place the cause is named, or 0."""
        return self.warnings.index(self.cause) + 1 if self.cause in self.warnings else 0


def load(path):
    """Return the module of a case."""
    spec = importlib.util.spec_from_file_location(f"case_{Path(path).stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(path, faulty, before=False):
    """Build a program, and return the `Result` of its checkup."""
    import keras

    from lossopt import checkup

    module = load(path)
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    case = module.build(faulty)
    look = checkup.before if before else checkup.examine
    started = time.process_time()
    report = look(case["model"], case["x"], case["y"], **{"verbose": 0, **case["fit"]})
    causes = {"warning": [], "note": []}
    for finding in report:
        causes[finding.severity].append(finding.cause)
    cause = module.CAUSE if faulty else "healthy"
    return Result(Path(path).stem, cause, causes["warning"], causes["note"], time.process_time() - started)


def twins(paths):
    """Yield each path with True and False: the faulty program and its healthy twin, or a healthy program alone."""
    for path in paths:
        faulty = (False,) if load(path).CAUSE == "healthy" else (True, False)
        yield from ((path, flag) for flag in faulty)


def table(results):
    """Return the lines of the table: by cause, in all, and the false alarms."""
    by_cause = defaultdict(list)
    for result in results:
        by_cause[result.cause].append(result)
    healthy = by_cause.pop("healthy", [])
    yield f"{'cause':38}{'cases':>6}{'noticed':>9}{'first':>7}{'first three':>13}"
    rows = [*sorted(by_cause.items()), ("all", [r for rs in by_cause.values() for r in rs])]
    for cause, found in rows:
        counts = [len(found), sum(bool(r.warnings) for r in found), sum(r.place == 1 for r in found)]
        counts.append(sum(1 <= r.place <= 3 for r in found))
        yield f"{cause:38}{counts[0]:>6}{counts[1]:>9}{counts[2]:>7}{counts[3]:>13}"
    alarms = [r for r in healthy if r.warnings]
    yield f"\nfalse alarms: {len(alarms)} of {len(healthy)} healthy programs"
    yield from (f"  {r.name}: {', '.join(r.warnings)}" for r in alarms)
    late = [r for rs in by_cause.values() for r in rs if r.place != 1]
    if late:
        yield "\nnot first:"
    yield from (
        f"  {r.name}: {r.cause} is not what came first: {', '.join(r.warnings) or 'nothing'}" for r in late
    )
    yield f"\n{sum(r.seconds for r in results):.0f} s of CPU in {len(results)} checkups"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", default=HERE / "cases", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--before", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    wanted = options.only.split(",")
    paths = [p for p in sorted(options.folder.glob("*.py")) if any(word in p.stem for word in wanted)]
    if not paths:
        raise SystemExit(f"{options.folder} holds no cases.")
    results = []
    for path, faulty in twins(paths):
        results.append(measure(path, faulty, options.before))
        print(".", end="", flush=True)
    print("\n" + "\n".join(table(results)))


if __name__ == "__main__":
    main()
