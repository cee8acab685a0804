# Everything a developer types. `make run` and `make test` need nothing but Python 3.11+, make and
# git: each sets up what it uses, in .venv, from versions pinned with their hashes.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first of these that is new enough; `make test PYTHON=python3.13 VENV=.venv-3.13` for another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
HOST ?= 127.0.0.1
PORT ?= 8000

# -- the two commands of the README --------------------------------------------------------------

.PHONY: run
run: $(VENV)/.stamp-run ## poll the feeds of ./feeds.yaml and serve them on http://localhost:8000
	$(BIN)/aggregator serve --host $(HOST) --port $(PORT)

.PHONY: test
test: $(VENV)/.stamp-dev ## run every test; ARGS="-k words" for some of them
	$(BIN)/python -m pytest $(ARGS)

# -- more ------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.stamp-run ## the same as run, of the small instance in samples/: needs no network
	$(BIN)/aggregator --config samples/feeds.yaml poll
	$(BIN)/aggregator --config samples/feeds.yaml serve --host $(HOST) --port $(PORT)

.PHONY: check
check: $(VENV)/.stamp-dev ## format, lint, types, import contracts, Dockerfile
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

.PHONY: format
format: $(VENV)/.stamp-dev ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: coverage
coverage: $(VENV)/.stamp-dev ## run every test and show the branches that none reaches
	$(BIN)/python -m pytest --cov --cov-branch --cov-report=term-missing:skip-covered $(ARGS)

.PHONY: bench
bench: $(VENV)/.stamp-dev ## run the benchmarks, one after the other
	for file in benchmarks/[a-z]*.py; do \
		echo "== $$file"; $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)" || exit 1; done

.PHONY: hooks
hooks: $(VENV)/.stamp-dev ## let git run the quick checks before each commit
	$(BIN)/pre-commit install

.PHONY: lock
lock: ## pin the newest versions that pyproject.toml allows (needs uv)
	$(LOCK) --group dev --all-extras --upgrade -o constraints.txt pyproject.toml
	$(LOCK) -c constraints.txt -o deploy/requirements.txt pyproject.toml
	$(LOCK) -c constraints.txt --all-extras -o deploy/requirements-scaled.txt pyproject.toml
	$(LOCK) -c constraints.txt --group build -o deploy/build.txt
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: clean
clean: ## remove what these commands made; feeds, database and published files stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf .coverage build dist *.egg-info
	find aggregator tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

# -- set-up: a stamp is as new as the pins it was made from ------------------------------------

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "aggregator needs Python 3.11 or newer; none was found" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.stamp-run: $(BIN)/python deploy/requirements.txt deploy/build.txt pyproject.toml
	@echo "Installing what aggregator needs into $(VENV) ..."
	@$(PIP) install --no-deps --require-hashes -r deploy/requirements.txt -r deploy/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q aggregator  # as pip does for packages; not every machine does it later
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-run constraints.txt
	@echo "Installing the test tools into $(VENV) ..."
	@$(PIP) install --no-deps --require-hashes -r constraints.txt
	@touch $@
