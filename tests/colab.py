"""Run the notebooks as Colab would: `make test-colab`, or `python3.13 tests/colab.py [notebooks…]`.

They run in an environment with Colab's versions and without this checkout on the path. So each set-up cell, as it
stands, has to install what Colab lacks, and must leave alone what Colab has. Outputs are not compared.
The environment stands in _build, one for each Python that this file is called with.
"""

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = Path(__file__).with_name("colab-requirements.txt")
PINS = dict(re.findall(r"(?m)^([\w-]+)==(\S+)$", REQUIREMENTS.read_text()))
LACKING = ["lossopt", "mnist1d"]
ENVIRONMENT = ROOT / "_build/colab-{}.{}".format(*sys.version_info)


def pip(python, *arguments):
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True)


def make_environment():
    """Return the environment's Python. All is installed again when a version has changed."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = ENVIRONMENT / REQUIREMENTS.name
    if not complete.exists() or complete.read_bytes() != REQUIREMENTS.read_bytes():
        print(f"Installing Colab's versions in {ENVIRONMENT} (two gigabytes, a few minutes)", flush=True)
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        pip(python, "install", "-r", REQUIREMENTS)
        complete.write_bytes(REQUIREMENTS.read_bytes())
    return python


def add_google_colab():
    """Make `google.colab` importable, by which code tells that it runs there."""
    package = Path(sysconfig.get_path("purelib")) / "google/colab"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()


def variables(notebook):
    """The kernel's environment variables: git takes the set-up cell's address for this repository."""
    (address,) = re.findall(r"git\+(\S+)", "\n".join(cell.source for cell in notebook.cells))
    given = int(os.environ.get("GIT_CONFIG_COUNT", 0))
    git = {
        "GIT_CONFIG_COUNT": str(given + 1),
        f"GIT_CONFIG_KEY_{given}": f"url.{ROOT.as_uri()}.insteadOf",
        f"GIT_CONFIG_VALUE_{given}": address,
    }
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | git


def execute(path):
    """Run a notebook from top to bottom. Return what became of it, and what its set-up cell printed."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}})
        try:
            client.execute(env=variables(notebook))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            if getattr(error, "ename", "") == "Unavailable":  # of lossopt.data: neither a file nor a network
                return f"skipped: {error.evalue}", ""
            report = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # without its colours
            return f"FAILED in code cell {client.code_cells_executed}", report
    setup = next(cell for cell in notebook.cells if cell.cell_type == "code")
    printed = "".join(output.get("text", "") for output in setup.outputs)
    return "passed", "".join(
        re.findall("Computed with.*", printed, re.DOTALL)
    ).rstrip()  # without what pip says


def damage():
    """What the set-up cell did that it should not have done, and what it did not do."""
    for package, pinned in PINS.items():
        if (now := metadata.version(package)) != pinned:
            yield f"{package} was {pinned} and is {now}"
    installed = {distribution.name for distribution in metadata.distributions()}
    for package in LACKING:
        if package not in installed:
            yield f"{package} was not installed"


def git(*arguments):
    command = ["git", "-C", ROOT, *arguments]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf8").stdout.rstrip()


def main(notebooks):
    print(f"As Colab: Python {sys.version.split()[0]}, " + ", ".join(map(" ".join, PINS.items())))
    print(f"lossopt comes from what is committed here: {git('log', '-1', '--format=%h %s')}")
    if changed := git("status", "--porcelain", "--", "src", "pyproject.toml"):
        print(f"These changes are NOT committed, and so not in it:\n{changed}")
    add_google_colab()
    outcomes = {}
    for path in map(Path, notebooks or sorted((ROOT / "notebooks").glob("*.ipynb"))):
        print(f"\n{path.name}", flush=True)
        pip(
            sys.executable, "uninstall", "--yes", *LACKING
        )  # or a set-up cell would find what an earlier one installed
        start = time.monotonic()
        outcome, report = execute(path)
        found = [] if outcome.startswith("FAILED") else list(damage())
        if found:
            outcome = f"FAILED: after it, {', '.join(found)}"
        seconds = "" if outcome.startswith("skipped") else f" in {time.monotonic() - start:.0f} s"
        outcomes[path.name] = outcome + seconds
        print(report, flush=True)
        if found:
            print(
                "The rest did not run, since this is not Colab's environment any more. The next call makes it anew."
            )
            (ENVIRONMENT / REQUIREMENTS.name).unlink(missing_ok=True)
            break
    print("\n".join(f"{name}: {outcome}" for name, outcome in outcomes.items()))
    return any(outcome.startswith("FAILED") for outcome in outcomes.values())


if __name__ == "__main__":
    os.environ |= {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }  # no notices of native code
    if Path(sys.prefix) == ENVIRONMENT:
        sys.exit(main(sys.argv[1:]))
    sys.exit(subprocess.run([make_environment(), __file__, *sys.argv[1:]]).returncode)
