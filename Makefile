# Two commands for a newcomer: `make demo` and `make test`. Each sets up what it needs.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
EXTRAS ?= test,check,docs
JOBS ?= 2
DEMO := demo

.DEFAULT_GOAL := help
.PHONY: help install demo test check docs bench validate clean

help: ## List what there is to make
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

install: $(VENV)/.installed ## Set up a virtual environment with Égide and its tools

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Égide needs Python 3.11 or newer: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Installing python3-venv, which this Python lacks"; \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq python3-venv; fi; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$(EXTRAS)]"
	@touch $@

demo: EXTRAS = test
demo: ## Run the main job on the night of 3-4 July 2025; leaves four briefs in demo/
	@test -x $(BIN)/egide || $(MAKE) --no-print-directory install EXTRAS=$(EXTRAS)
	$(BIN)/egide run kyiv-2025-07-04 --seed 7 --out $(DEMO)
	@echo; echo "The briefs:"; ls -1 $(CURDIR)/$(DEMO)/brief-en.html $(CURDIR)/$(DEMO)/brief-en.pdf \
	  $(CURDIR)/$(DEMO)/brief-fr.html $(CURDIR)/$(DEMO)/brief-fr.pdf

test: install ## Run every test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: install ## Lint, types, import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: install ## Build the documentation offline
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: install ## Measure against peers; one JSON line a case
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	for each in coverage siting raids supply hindcast; do $(BIN)/python -m benchmarks.$$each || exit 1; done

validate: install ## Print the table of published and proved cases
	$(BIN)/python -m pytest tests/validation -q -rA -n 0 | grep -E '^(PASSED|FAILED|SKIPPED|ERROR)|passed|failed'

clean: ## Remove what was made
	rm -rf $(VENV) $(DEMO) docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
