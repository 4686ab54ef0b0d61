"""Carry the repository's address into every place that needs it: `make set-repo`, or `make set-repo URL=…`.

    python book/set_repo.py [URL]

It stands in _config.yml, and all other places follow. Without URL it is the address of git's remote `origin`.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

OWNER, NAME = r"[A-Za-z0-9_-]+", r"[A-Za-z0-9._-]*[A-Za-z0-9_-]"
# The forms in which git and browsers give an address, less `.git` and a slash at its end.
ADDRESS = re.compile(
    rf"(?:https?://(?:[^@/]+@)?(?:www\.)?github\.com/|(?:ssh://)?git@github\.com[:/])({OWNER})/({NAME})"
)
# The forms in which the book writes its own. In a chapter, any other address may be somebody else's.
COLAB = re.compile(rf"(?<=https://colab\.research\.google\.com/github/){OWNER}/{NAME}")
PIP = re.compile(rf"(?<=git\+https://github\.com/){OWNER}/{NAME}")
GITHUB = re.compile(rf"(?<=https://github\.com/){OWNER}/{NAME}")
PAGES = re.compile(rf"(?<=https://){OWNER}\.github\.io(?:/{NAME})?")
PLAYGROUND = re.compile(rf"{PAGES.pattern}(?=/book/playground\.html)")

PLACES = {
    "_config.yml": [GITHUB],
    "CITATION.cff": [GITHUB],
    "README.md": [GITHUB, COLAB, PAGES],
    "book/index.md": [GITHUB],
    "notebooks/*.ipynb": [PIP, COLAB, PLAYGROUND],
    "pyproject.toml": [GITHUB],
}


def read(url):
    """Return owner and name of the repository on GitHub that `url` is the address of."""
    if found := ADDRESS.fullmatch(url.removesuffix("/").removesuffix(".git")):
        return found.groups()
    raise ValueError(f"{url!r} is not the address of a repository on GitHub")


def carry(text, forms, owner, name):
    """Put the repository in the place of every other in `text`."""
    for form in forms:
        if form not in (PAGES, PLAYGROUND):
            text = form.sub(f"{owner}/{name}", text)
        elif name.lower() == f"{owner}.github.io".lower():  # GitHub shows this one at its owner's root
            text = form.sub(name, text)
        else:
            text = form.sub(f"{owner}.github.io/{name}", text)
    return text


def changes(owner, name, root=ROOT):
    """Yield each file that has to change, with what it says and what it has to say."""
    for pattern, forms in PLACES.items():
        for path in sorted(root.glob(pattern)):
            text = path.read_bytes().decode()
            if path.suffix == ".ipynb":
                notebook = json.loads(text)
                for cell in notebook["cells"]:  # not the outputs: they are what was printed
                    source = carry("".join(cell["source"]), forms, owner, name)
                    cell["source"] = source.splitlines(keepends=True)
                new = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            else:
                new = carry(text, forms, owner, name)
            if new != text:
                yield path, text, new


def origin():
    command = ["git", "-C", ROOT, "remote", "get-url", "origin"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def main(arguments):
    url = arguments[0] if arguments else origin()
    try:
        owner, name = read(url)
    except ValueError as error:
        whose = "" if arguments else "git's remote `origin`: "
        sys.exit(
            f"{whose}{error}.\n"
            "Expected https://github.com/OWNER/NAME or git@github.com:OWNER/NAME.git. Nothing was changed.\n"
            "To say which it is, call `make set-repo URL=https://github.com/OWNER/NAME`."
        )
    changed = list(changes(owner, name))
    for path, _, new in changed:
        path.write_bytes(new.encode())
        print(f"  changed {path.relative_to(ROOT)}")
    print(
        f"The book's address is https://github.com/{owner}/{name}{'' if changed else ', everywhere already'}."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
