# Each target makes .venv itself when it is missing; a second call finds everything in place.
PY := .venv/bin/python
NB ?=
# In the order of collection: notebooks first, which take longest; the many small tests fill what is left.
TWO_AT_ONCE := -n 2 --no-loadscope-reorder
NOTEBOOKS = $(wildcard notebooks/$(NB)*.ipynb)

.DEFAULT_GOAL := help
.PHONY: help book zip pdf serve lab test test-site test-portable test-colab bench clinic mutants notebooks set-repo lint requirements clean

help:  ## list the targets, a line each
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

book: .venv/read  ## build the site, warnings are errors, and say how to open it
	$(PY) book/build.py

zip: book  ## pack the built site; unpacked it opens from disk
	cd _build && rm -f loss-functions-and-optimizers.zip && ../$(PY) -m zipfile -c loss-functions-and-optimizers.zip html
	@echo "Packed _build/loss-functions-and-optimizers.zip: unpack it, and open html/index.html"

pdf: .venv/read  ## print the whole book as one PDF (needs Chromium or Chrome)
	$(PY) book/build.py --pdf

serve: .venv/read  ## serve the built site at http://localhost:8000
	@test -f _build/html/index.html || $(MAKE) book
	$(PY) -m http.server --bind 127.0.0.1 --directory _build/html 8000

lab: .venv/read  ## open the notebooks in JupyterLab
	$(PY) -m jupyter lab notebooks

test: .venv/test  ## run the whole suite, every notebook included (NB=02: that notebook alone)
	$(PY) -m pytest $(if $(NB),$(or $(NOTEBOOKS),$(error no notebook begins with $(NB))),$(TWO_AT_ONCE) --dist loadfile)

test-site: .venv/test book  ## build the site and check what was built
	$(PY) -m pytest $(TWO_AT_ONCE) tests/site

test-portable: .venv/test  ## run the notebooks as three other machines would
	$(PY) tests/portable.py $(NOTEBOOKS)

bench: .venv/test book  ## time what the book says about speed, as ratios, and what a page costs its reader
	$(PY) tests/bench_updates.py
	$(PY) tests/bench_losses.py
	$(PY) tests/bench_training.py
	$(PY) tests/bench.py
	$(PY) tests/bench_site.py

test-colab:  ## run the notebooks as Colab would, outputs not compared (PYTHON=python3.12: on that one)
	$(or $(PYTHON),python3.13) tests/colab.py $(if $(NB),$(or $(NOTEBOOKS),$(error no notebook begins with $(NB))))

clinic: .venv/test  ## print which faults of small programs checkup finds (CASES=folder: of these programs)
	$(PY) tests/clinic/clinic.py $(CASES)

mutants: .venv/test  ## count small changes that no test sees (an hour; AREA=data: in one area alone)
	$(PY) tests/mutants.py $(AREA)

notebooks: .venv/read  ## execute notebooks in place, the only way outputs are refreshed (NB=02: that one)
	$(PY) book/execute.py $(or $(NOTEBOOKS),$(error no notebook begins with $(NB)))

set-repo:  ## carry the repository's address to all places (URL=…: that one, else git's origin)
	$(or $(PYTHON),python3) book/set_repo.py $(if $(URL),'$(URL)')

lint: .venv/test  ## ruff, mypy and codespell on everything, as the pre-commit hook does
	$(PY) -m pre_commit run --all-files

requirements: .venv/bin/python  ## pin every version again, from pyproject.toml
	$(PY) -m pip install --quiet uv
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --upgrade \
	  --no-emit-index-url --custom-compile-command "make requirements" \
	  --extra book pyproject.toml -o requirements.txt
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --upgrade \
	  --no-emit-index-url --custom-compile-command "make requirements" \
	  --group test -c requirements.txt -o requirements-test.txt

clean:  ## remove what was built, .venv included
	rm -rf .venv _build

.venv/bin/python:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
	    echo "Making .venv with $$python ($$($$python -c 'import platform; print(platform.python_version())'))"; \
	    exec $$python -m venv .venv; \
	  fi; \
	done; \
	echo "No Python 3.11, 3.12 or 3.13 among: $(or $(PYTHON),python3 python3.13 python3.12 python3.11). Install one, or name it: make PYTHON=/path/to/python3.12 …" >&2; exit 1

.venv/read: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing what reading, running and building need (about a gigabyte, a few minutes the first time)"
	$(PY) -m pip install --disable-pip-version-check -r requirements.txt -e .
	@touch $@

.venv/test: requirements-test.txt .venv/read
	@echo "Installing what the tests need"
	$(PY) -m pip install --disable-pip-version-check -r requirements-test.txt
	@touch $@
