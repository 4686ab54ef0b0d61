"""What `colab` does before, between and after the notebooks; the environment itself is `make test-colab`'s."""

import json
import re
import subprocess

import colab
import nbformat.v4 as nbf
import pytest

SETUP = "# %pip install git+https://github.com/ada/book mnist1d\nprint('pip speaks')\nprint('Computed with NumPy 2')"


def notebook(*sources):
    return nbf.new_notebook(
        cells=[nbf.new_markdown_cell("# A chapter"), *map(nbf.new_code_cell, (SETUP, *sources))]
    )


def write(folder, *sources):
    path = folder / "01-a-chapter.ipynb"
    path.write_text(nbf.writes(notebook(*sources)), encoding="utf8")
    return path


def test_git_takes_the_address_of_the_setup_cell_for_this_repository():
    command = ["git", "ls-remote", "https://github.com/ada/book", "HEAD"]
    answer = subprocess.run(
        command, env=colab.variables(notebook()), capture_output=True, text=True, check=True
    )
    assert answer.stdout.split()[0] == colab.git("rev-parse", "HEAD")


def test_what_git_was_told_already_stays(monkeypatch):
    for name, value in ("COUNT", "1"), ("KEY_0", "alias.hello"), ("VALUE_0", "version"):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    command = ["git", "config", "--get-regexp", r"^(alias\.hello|url\..*)$"]
    answer = subprocess.run(
        command, env=colab.variables(notebook()), capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[-2:] == [
        "alias.hello version",
        f"url.{colab.ROOT.as_uri()}.insteadof https://github.com/ada/book",
    ]


def test_the_kernel_finds_the_data_and_not_the_checkout(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(colab.ROOT / "src"))
    monkeypatch.setenv("LOSSOPT_DATA", "data")
    variables = colab.variables(notebook())
    assert variables["LOSSOPT_DATA"] == "data" and "PYTHONPATH" not in variables


def test_a_notebook_runs_elsewhere_and_tells_its_versions(tmp_path):
    code = f"from pathlib import Path\nassert not Path.cwd().is_relative_to({str(colab.ROOT)!r})"
    assert colab.execute(write(tmp_path, code)) == ("passed", "Computed with NumPy 2")


def test_an_error_names_its_cell_and_what_it_says(tmp_path):
    outcome, report = colab.execute(
        write(tmp_path, "loss = 1", "print(loss)\nraise ValueError('no such loss')")
    )
    assert outcome == "FAILED in code cell 3"
    assert "print(loss)" in report and "ValueError: no such loss" in report


def test_missing_data_skip_a_notebook_and_no_other_error_of_the_system_does(tmp_path):
    code = "class Unavailable(OSError): ...\nraise Unavailable('neither a file nor a network')"
    assert colab.execute(write(tmp_path, code)) == ("skipped: neither a file nor a network", "")
    outcome, _ = colab.execute(write(tmp_path, code.replace("Unavailable", "Broken")))
    assert outcome == "FAILED in code cell 2"


def test_a_changed_and_a_missing_package_are_named(monkeypatch):
    monkeypatch.setattr(colab, "PINS", {"numpy": "2.1.3", "keras": "3.13.2"})
    monkeypatch.setattr(colab.metadata, "version", {"numpy": "2.5.5", "keras": "3.13.2"}.get)
    monkeypatch.setattr(colab, "LACKING", ["nbformat", "a-package-that-nobody-has"])
    assert list(colab.damage()) == [
        "numpy was 2.1.3 and is 2.5.5",
        "a-package-that-nobody-has was not installed",
    ]


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """What `main` does, in its order, with everything that takes time replaced."""
    calls = []
    monkeypatch.setattr(colab, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(colab, "add_google_colab", lambda: None)
    monkeypatch.setattr(colab, "pip", lambda python, *arguments: calls.append(" ".join(arguments)))
    monkeypatch.setattr(
        colab, "execute", lambda path: calls.append(path.name) or ("passed", "Computed with NumPy 2")
    )
    monkeypatch.setattr(colab, "damage", lambda: [])
    return calls


def outcomes(printed):
    return dict(re.findall(r"(?m)^(\S+\.ipynb): (.*)$", printed))


def test_every_notebook_begins_without_what_an_earlier_one_installed(calls, capsys):
    assert not colab.main(["notebooks/01.ipynb", "notebooks/02.ipynb"])
    uninstall = "uninstall --yes lossopt mnist1d"
    assert calls == [uninstall, "01.ipynb", uninstall, "02.ipynb"]
    printed = capsys.readouterr().out
    assert [outcome[:10] for outcome in outcomes(printed).values()] == ["passed in "] * 2
    assert colab.git("log", "-1", "--format=%h") in printed


def test_without_arguments_all_notebooks_run(calls):
    colab.main([])
    assert calls[1::2] == [path.name for path in sorted((colab.ROOT / "notebooks").glob("*.ipynb"))]


@pytest.mark.parametrize(
    "outcome, damage, fails, says",
    [
        ("passed", [], False, "passed in 0 s"),
        ("skipped: no network", [], False, "skipped: no network"),
        ("FAILED in code cell 3", [], True, "FAILED in code cell 3 in 0 s"),
        (
            "passed",
            ["keras was 3.13.2 and is 3.15.1"],
            True,
            "FAILED: after it, keras was 3.13.2 and is 3.15.1 in 0 s",
        ),
        (
            "skipped: no network",
            ["numpy was 1 and is 2"],
            True,
            "FAILED: after it, numpy was 1 and is 2 in 0 s",
        ),
    ],
)
def test_one_failure_is_a_failure(calls, monkeypatch, capsys, outcome, damage, fails, says):
    monkeypatch.setattr(
        colab, "execute", lambda path: (outcome if path.name == "02.ipynb" else "passed", "why")
    )
    found = iter([[], damage])
    monkeypatch.setattr(colab, "damage", lambda: next(found))
    assert colab.main(["01.ipynb", "02.ipynb"]) == fails
    assert outcomes(capsys.readouterr().out)["02.ipynb"] == says


def test_after_damage_nothing_else_runs_and_the_environment_is_made_anew(
    calls, monkeypatch, tmp_path, capsys
):
    (tmp_path / colab.REQUIREMENTS.name).touch()
    monkeypatch.setattr(colab, "damage", lambda: ["keras was 3.13.2 and is 3.15.1"])
    assert colab.main(["01.ipynb", "02.ipynb"])
    assert list(outcomes(capsys.readouterr().out)) == ["01.ipynb"]
    assert not (tmp_path / colab.REQUIREMENTS.name).exists()


def test_the_environment_is_made_once_for_its_versions(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(colab, "ENVIRONMENT", tmp_path / "colab")
    monkeypatch.setattr(
        colab.venv, "create", lambda folder, **_: made.append("made") or folder.mkdir(exist_ok=True)
    )
    monkeypatch.setattr(colab, "pip", lambda python, *arguments: made.append(arguments[:2]))
    colab.make_environment()
    colab.make_environment()
    assert made == ["made", ("install", "-r")]
    (tmp_path / "colab" / colab.REQUIREMENTS.name).write_text("keras==3.0")
    colab.make_environment()
    assert made == ["made", ("install", "-r")] * 2


def test_an_environment_whose_installation_broke_off_is_made_again(monkeypatch, tmp_path):
    monkeypatch.setattr(colab, "ENVIRONMENT", tmp_path / "colab")
    monkeypatch.setattr(colab.venv, "create", lambda folder, **_: folder.mkdir(exist_ok=True))

    def break_off(python, *arguments):
        raise subprocess.CalledProcessError(1, arguments)

    monkeypatch.setattr(colab, "pip", break_off)
    for _ in range(2):
        with pytest.raises(subprocess.CalledProcessError):
            colab.make_environment()


def test_what_colab_must_keep_is_pinned():
    assert {"tensorflow", "keras", "numpy", "matplotlib", "scikit-learn", "ipython"} <= colab.PINS.keys()


def test_every_setup_cell_names_all_that_colab_lacks():
    for path in (colab.ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf8"))["cells"]
        setup = "".join(next(cell for cell in cells if cell["cell_type"] == "code")["source"])
        (line,) = re.findall(r"%pip install --quiet --no-deps (git\+\S+ .*)", setup)
        assert line.split()[1:] == [package for package in colab.LACKING if package != "lossopt"]
