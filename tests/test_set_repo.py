"""That the repository's address stands once, in _config.yml, and that everything follows when it changes."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "book"))

import set_repo  # noqa: E402

OWNER, NAME = set_repo.read(
    yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))["repository"]["url"]
)
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()


def differing(root, owner, name):
    """Every line that names another repository, by file and line."""
    return [
        f"{path.relative_to(root).as_posix()}:{number}: {was.strip()}"
        for path, old, new in set_repo.changes(owner, name, root)
        for number, (was, to_be) in enumerate(zip(old.splitlines(), new.splitlines(), strict=True), 1)
        if was != to_be
    ]


@pytest.fixture
def copy(tmp_path):
    """The places, and what carries the address to them, somewhere else."""
    for pattern in [*set_repo.PLACES, "book/set_repo.py"]:
        for path in ROOT.glob(pattern):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(exist_ok=True)
            shutil.copy(path, target)
    return tmp_path


def run(root, *arguments):
    command = [sys.executable, root / "book/set_repo.py", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, encoding="utf8")


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_every_place_has_the_address_of_the_configuration():
    wrong = differing(ROOT, OWNER, NAME)
    assert not wrong, "\n".join(["`make set-repo` mends these:", *wrong])


@pytest.mark.parametrize("pattern", set_repo.PLACES)
def test_a_place_that_differs_is_named_by_file_and_line(copy, pattern):
    path = min(copy.glob(pattern))
    lines = path.read_text(encoding="utf8").splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines, 1) if f"{OWNER}/{NAME}" in line)
    lines[number - 1] = lines[number - 1].replace(f"{OWNER}/{NAME}", "ada/other")
    path.write_text("".join(lines), encoding="utf8")
    (wrong,) = differing(copy, OWNER, NAME)
    assert wrong.startswith(f"{path.relative_to(copy).as_posix()}:{number}: ") and "ada/other" in wrong


def test_a_new_address_leaves_nothing_of_the_old_one(copy):
    for tracked in TRACKED:  # all of the book, so that a place which set_repo does not know is found
        if not (copy / tracked).exists():
            (copy / tracked).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / tracked, copy / tracked)
    before = contents(copy)
    done = run(copy, "https://github.com/Ada-1/a.new_book")
    assert done.returncode == 0, done.stderr
    after = contents(copy)
    left = [str(path) for path, data in after.items() if f"{OWNER}/{NAME}".encode() in data]
    left += [str(path) for path, data in after.items() if f"{OWNER}.github.io".encode() in data]
    assert not left
    assert differing(copy, "Ada-1", "a.new_book") == []
    assert (
        b"git+https://github.com/Ada-1/a.new_book mnist1d" in after[Path("notebooks/01-what-is-a-loss.ipynb")]
    )
    assert b"(https://Ada-1.github.io/a.new_book/)" in after[Path("README.md")]
    # and back again, to the last byte
    assert run(copy, f"https://github.com/{OWNER}/{NAME}").returncode == 0
    assert contents(copy) == before


def test_a_second_run_changes_nothing(copy):
    run(copy, "https://github.com/ada/book")
    before = contents(copy)
    assert "everywhere already" in run(copy, "https://github.com/ada/book").stdout
    assert contents(copy) == before


def test_outputs_and_other_addresses_in_a_chapter_stay(copy):
    path = copy / "notebooks/01-what-is-a-loss.ipynb"
    notebook = json.loads(path.read_text(encoding="utf8"))
    foreign = "See https://github.com/keras-team/keras."
    notebook["cells"][0]["source"] += ["\n", foreign]
    notebook["cells"][1]["outputs"][0]["text"] += [f"git+https://github.com/{OWNER}/{NAME}\n"]
    path.write_text(json.dumps(notebook), encoding="utf8")
    assert run(copy, "https://github.com/ada/book").returncode == 0
    changed = json.loads(path.read_text(encoding="utf8"))
    assert [cell.get("outputs") for cell in changed["cells"]] == [c.get("outputs") for c in notebook["cells"]]
    assert changed["cells"][0]["source"][-1] == foreign
    assert "ada/book" in "".join(changed["cells"][1]["source"])


def test_a_site_at_its_owners_root(copy):
    run(copy, "https://github.com/Ada/ada.github.io")
    assert "(https://ada.github.io/)" in (copy / "README.md").read_text(encoding="utf8")
    assert differing(copy, "Ada", "ada.github.io") == []
    run(copy, "https://github.com/ada/book")
    assert "(https://ada.github.io/book/)" in (copy / "README.md").read_text(encoding="utf8")


FORMS = [
    "https://github.com/ada/book",
    "https://github.com/ada/book.git",
    "https://github.com/ada/book/",
    "https://github.com/ada/book.git/",
    "http://www.github.com/ada/book",
    "https://x-access-token:secret@github.com/ada/book",
    "git@github.com:ada/book.git",
    "git@github.com:ada/book",
    "ssh://git@github.com/ada/book.git",
]


@pytest.mark.parametrize("url", FORMS)
def test_every_form_of_an_address_is_understood(url):
    assert set_repo.read(url) == ("ada", "book")


@pytest.mark.parametrize("url", FORMS[:1] + FORMS[-1:])
def test_without_an_address_it_is_that_of_origin(copy, url):
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    subprocess.run(["git", "remote", "add", "origin", url], cwd=copy, check=True)
    done = run(copy)
    assert done.returncode == 0, done.stderr
    assert differing(copy, "ada", "book") == []


NO_ADDRESSES = [
    "",
    "book",
    "ada/book",
    "https://github.com/ada",
    "https://github.com/ada/",
    "https://github.com/ada/.git",
    "https://github.com/ada/..",
    "https://github.com/ada/book/tree/main",
    "https://github.com/ada/my book",
    "https://github.com/ada/book\n",
    "https://github.com.example/ada/book",
    "https://gitlab.com/ada/book",
    "git@gitlab.com:ada/book.git",
    "/srv/git/book.git",
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_refused_and_changes_nothing(copy, url):
    before = contents(copy)
    done = run(copy, url)
    assert done.returncode == 1
    for words in repr(url), "https://github.com/OWNER/NAME", "Nothing was changed", "make set-repo URL=":
        assert words in done.stderr
    assert contents(copy) == before


def test_without_an_origin_it_says_what_to_do(copy):
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    before = contents(copy)
    done = run(copy)
    assert done.returncode == 1 and re.match("git's remote `origin`: ''", done.stderr), done.stderr
    assert "make set-repo URL=" in done.stderr
    assert contents(copy) == before
