# Patrons: a reproducible statistical report on a shop's customers and campaigns.
#
# Variables
#   SOURCE=path/to/source.yml   whose data (default: data/source.yml, the simulated world)
#   OUT=dir                     where the book goes (default: _book; another source: _book-<its name>)
#   JOBS=n                      chapters executed side by side (default: one per core)
#   BINDER=auto|quarto|bindery  what makes the pages (auto: Quarto 1.9 or newer where there is one)
#   PYTHON=python3              the Python that .venv is made with (3.11 or newer)

PY := .venv/bin/python
export SOURCE OUT JOBS BINDER PYTHON
.DEFAULT_GOAL := help
.PHONY: help book preview test test-quick lint format bench lock quarto clean setup setup-test

help: ## print this
	@sed -n 's/^# \{0,1\}//p' Makefile
	@echo "Commands"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

book: setup ## validate the data, execute the stale chapters, bind the site and the PDF
	@tools/book render

preview: setup ## serve the site; a saved change is re-executed and shown
	@tools/book preview

test: setup-test book ## every test: Python, R, the book itself, the site in a real browser
	$(PY) -m pytest -n 2 --dist loadgroup
	Rscript -e 'testthat::test_dir("tests/R/testthat", reporter = "summary", stop_on_failure = TRUE)'

test-quick: setup-test | _book/index.html ## the tests that take seconds
	$(PY) -m pytest -n 2 -m "not slow and not browser"

_book/index.html: # the quick tests read the book as it is; only where there is none it is made
	@$(MAKE) --no-print-directory book

lint: setup-test ## check style and types: Python, R, chapters
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	Rscript tools/lint.R
	$(PY) -m bindery lint

format: setup-test ## bring the Python code into the house style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: setup-test ## measure speed, as ratios within one run
	$(PY) -m bench

COMPILE := -m uv pip compile --generate-hashes --universal --python-version 3.11 --quiet --no-emit-index-url \
	--custom-compile-command "make lock"
lock: setup-test ## resolve requirements*.txt from pyproject.toml, and renv.lock from the installed R packages
	$(PY) $(COMPILE) pyproject.toml --extra dev --output-file requirements.txt
	$(PY) $(COMPILE) --group spark --constraints requirements.txt --output-file requirements-spark.txt
	Rscript tools/lock.R

quarto: setup ## try to install the program Quarto into .venv
	@echo "installing quarto-cli from PyPI; it downloads the program itself"
	@mkdir -p .cache/setup; $(PY) -m pip install --disable-pip-version-check quarto-cli >.cache/setup/quarto.log 2>&1 || { \
		echo "Quarto could not be installed: the package downloads its program from github.com while it is set up, and the"; \
		echo "network here does not allow that (.cache/setup/quarto.log). The book does not need it: make book uses the bindery."; \
		exit 1; }
	@echo "Quarto is in .venv/bin; put that on PATH to use it: PATH=.venv/bin:\$$PATH make book"

clean: ## remove what was built; the committed _freeze/ stays
	rm -rf _book _book-* _sources .cache data/raw data/built data/rejected
	find . -name __pycache__ -not -path './.venv/*' -type d -prune -exec rm -rf {} +

setup:
	@tools/setup book

setup-test:
	@tools/setup test
