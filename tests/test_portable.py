"""That each variable of `portable` reaches the kernel: a notebook prints what the libraries say of themselves."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat.v4 as nbf
import portable
import pytest

LOOK = """
import os, re, tempfile
from pathlib import Path

os.environ["ONEDNN_VERBOSE"] = "1"  # at its first operation oneDNN says to the process's stdout what it may use
import numpy, sklearn, tensorflow, threadpoolctl
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

def threads():
    return {task.name: (task / "comm").read_text().strip() for task in Path("/proc/self/task").glob("*")}

before, stdout = threads(), os.dup(1)
with tempfile.TemporaryFile("w+") as file:
    os.dup2(file.fileno(), 1)
    tensorflow.linalg.matmul(tensorflow.ones((64, 64)), tensorflow.ones((64, 64)))
    os.dup2(stdout, 1)
    file.seek(0)
    isa = re.search("cpu,isa:(.*)|$", file.read())[1]
new = [name for task, name in threads().items() if task not in before]
openblas = [pool for pool in threadpoolctl.threadpool_info() if pool["internal_api"] == "openblas"]
openmp = [pool for pool in threadpoolctl.threadpool_info() if pool["internal_api"] == "openmp"]
"""

# machine, variable, what a cell prints after LOOK, and what it prints once the variable is in force
PROOFS = [
    ("a processor without AVX-512", "ONEDNN_MAX_CPU_ISA", "isa", "Intel AVX2"),
    (
        "a processor without AVX-512",
        "OPENBLAS_CORETYPE",
        "{p['architecture'] for p in openblas}",
        "{'Haswell'}",
    ),
    ("a processor without AVX", "ONEDNN_MAX_CPU_ISA", "isa", "Intel SSE4.1"),
    ("a processor without AVX", "OPENBLAS_CORETYPE", "{p['architecture'] for p in openblas}", "{'Nehalem'}"),
    (
        "a processor without AVX",
        "NPY_DISABLE_CPU_FEATURES",
        "[n for n in __cpu_dispatch__ if __cpu_features__[n]]",
        "[]",
    ),
    ("one thread", "OMP_NUM_THREADS", "{p['num_threads'] for p in openmp}", "{1}"),
    ("one thread", "OPENBLAS_NUM_THREADS", "{p['num_threads'] for p in openblas}", "{1}"),
    # TensorFlow names the threads of one pool tf_Compute, and those of the other not at all.
    ("one thread", "TF_NUM_INTEROP_THREADS", "new.count('tf_Compute')", "1"),
    ("one thread", "TF_NUM_INTRAOP_THREADS", "sum(not name.startswith('tf_') for name in new)", "1"),
]


def write_notebook(folder, *cells):
    """A notebook of (source, what it prints), beside the project's conftest.py."""
    shutil.copy(portable.ROOT / "conftest.py", folder)
    cells = [
        nbf.new_code_cell(
            source, execution_count=n, outputs=[nbf.new_output("stream", text=out + "\n")] if out else []
        )
        for n, (source, out) in enumerate(cells, 1)
    ]
    (folder / "small.ipynb").write_text(nbf.writes(nbf.new_notebook(cells=cells)), encoding="utf-8")
    return folder / "small.ipynb"


def cells_of(machine):
    return [(LOOK, "")] + [
        (f"print({look})", printed) for name, _, look, printed in PROOFS if name == machine
    ]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What pytest prints on the notebook of each machine that this one can stand in for."""

    def run(machine):
        notebook = write_notebook(tmp_path_factory.mktemp("machine"), *cells_of(machine))
        options = ["-rA", "--rootdir", notebook.parent]
        return portable.run(machine, [*options, notebook], capture_output=True, text=True).stdout

    machines = [machine for machine in portable.MACHINES if not portable.why_not(machine)]
    with ThreadPoolExecutor() as pool:
        return dict(zip(machines, pool.map(run, machines), strict=True))


@pytest.mark.parametrize("machine, variable, look, expected", PROOFS, ids=[f"{p[0]}-{p[1]}" for p in PROOFS])
def test_a_variable_reaches_the_kernel(printed, machine, variable, look, expected):
    if machine not in printed:
        pytest.skip(portable.why_not(machine))
    if variable.startswith("TF_") and not Path("/proc/self/task").exists():
        pytest.skip("this system has no /proc to count a process's threads in")
    number = cells_of(machine).index((f"print({look})", expected))
    assert re.search(rf"PASSED .*small.ipynb::Cell {number}\b", printed[machine]), printed[machine]


def test_every_variable_has_its_proof():
    variables = [(machine, name) for machine, variables in portable.MACHINES.items() for name in variables]
    assert sorted(proof[:2] for proof in PROOFS) == sorted(variables)


@pytest.mark.parametrize("failing", [None, *portable.MACHINES])
def test_a_failure_on_one_machine_is_a_failure(failing, monkeypatch, capsys):
    monkeypatch.setattr(portable, "why_not", lambda machine: "")
    monkeypatch.setattr(
        portable, "run", lambda machine, _: subprocess.CompletedProcess([], machine == failing)
    )
    assert portable.main([]) == (failing is not None)
    outcomes = dict(re.findall(r"(?m)^As (.+): (passed|FAILED) in \d+ s$", capsys.readouterr().out))
    assert outcomes == {
        machine: "FAILED" if machine == failing else "passed" for machine in portable.MACHINES
    }


def test_another_kind_of_processor_says_what_it_leaves_out(monkeypatch, capsys):
    monkeypatch.setattr(portable.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(portable, "run", lambda machine, _: subprocess.CompletedProcess([], 0))
    assert not portable.main([])
    assert capsys.readouterr().out.count("skipped: this processor is arm64") == 2
