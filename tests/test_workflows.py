"""What the workflows promise beyond what zizmor, in `make lint`, checks: permissions, pins and credentials."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
# These open a window, change the notebooks, or have a job of their own.
NOT_ON_WINDOWS = "jupyter lab", "execute.py", "colab.py", "set_repo.py"


def jobs(path):
    return yaml.safe_load(path.read_text(encoding="utf8"))["jobs"]


def runs(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_readmes_commands_for_windows_are_those_that_are_tested():
    (block,) = re.findall(
        r"```powershell\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf8"), re.DOTALL
    )
    commands = [line.partition("  #")[0].strip() for line in block.splitlines()]
    tested = [c for c in commands if not any(other in c for other in NOT_ON_WINDOWS)]
    assert len(tested) == len(commands) - len(NOT_ON_WINDOWS)
    assert runs(jobs(ROOT / ".github/workflows/test.yml")["windows"]) == tested


def test_the_site_gets_its_address_before_it_is_built():
    commands = runs(jobs(ROOT / ".github/workflows/pages.yml")["build"])
    assert commands == ["make set-repo", "make test-site"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_ends(path):
    assert all(job["timeout-minutes"] <= 60 for job in jobs(path).values())
