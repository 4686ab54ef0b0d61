"""Execute notebooks in place, the only way in which outputs are refreshed.

    .venv/bin/python book/execute.py [NOTEBOOK …]

Without arguments, all of them. A notebook in which a cell fails is left as it was.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def execute(path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=600,
        record_timing=False,
        coalesce_streams=True,  # else the speed of the machine decides into how many pieces a print falls
        # What TensorFlow's native code says at start-up differs from machine to machine: keep it out.
        extra_arguments=["--IPKernelApp.capture_fd_output=False"],
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    notebook.metadata["language_info"] = {"name": "python"}  # not the Python of this machine
    nbformat.write(notebook, path)


def main():
    for path in map(Path, sys.argv[1:] or sorted(NOTEBOOKS.glob("*.ipynb"))):
        print(f"Executing {path.name}", flush=True)
        began = time.monotonic()
        try:
            execute(path)
        except CellExecutionError as error:
            sys.exit(f"{path.name} is left as it was, since a cell failed:\n\n{error}")
        print(f"  stored after {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
