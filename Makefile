# `make` alone lists the targets.
SHELL := /bin/bash
PORT ?= 8501
PYTHON ?= python3
BIN := .venv/bin
TEXTS := .venv/messages.pot
# Compiled modules are kept: without them every command compiles pandas and its like again.
export PYTHONDONTWRITEBYTECODE :=

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: .venv/.ready ## build the environment in .venv/

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r <(awk '/^uv==/ {on=1} on {print} on && !/\\$$/ {exit}' requirements.lock)
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: setup ## serve the dashboard on http://localhost:8501 (PORT=8600 make run: elsewhere)
	$(BIN)/registry init --demo
	$(BIN)/registry serve --port $(PORT)

lint: setup ## lint, format check, type check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint ## everything that is quick
	$(BIN)/pytest -n 2

test-all: lint ## everything; nothing may skip
	REQUIRE_ALL=1 $(BIN)/pytest -n 2 -m 'slow or not slow'

bench: setup ## measure beside the alternatives, writes docs/performance.md (BIG=1: 10⁸ cases, too)
	$(BIN)/python -m benchmarks

campaign: setup ## every fault and attack, many times; writes docs/reliability.md
	rm -f .venv/reliability.jsonl
	KILLS=34 FAULTS=20 RELIABILITY=.venv/reliability.jsonl REQUIRE_ALL=1 \
	  $(BIN)/pytest -n 2 -m campaign
	$(BIN)/python -m benchmarks.load --import-rows 1000000 --until-it-breaks > .venv/load.json
	$(BIN)/python tests/campaign.py .venv/reliability.jsonl .venv/load.json > docs/reliability.md

fuzz: setup ## random files for the readers, ten minutes; what is found is kept in tests/files/fuzz
	FUZZ_SECONDS=600 FUZZ_KEEP=1 $(BIN)/pytest tests/test_fuzz.py -m 'slow or not slow'

audit: setup ## look the locked dependencies up among known vulnerabilities (asks the internet)
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes -r requirements.lock

bundle: setup ## one archive for offices without internet, into dist/
	$(BIN)/python -m offline

screenshots: setup ## every page as a picture into screenshots/, to be looked at
	$(BIN)/registry init --demo
	$(BIN)/python tests/screenshots.py

lock: setup ## make requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --universal --generate-hashes --all-extras --no-header --no-annotate \
	  --no-emit-index-url pyproject.toml -o requirements.lock

messages: setup ## collect the texts to be translated into registry/locale
	$(BIN)/pybabel -q extract -F pyproject.toml -k N_ -k ngettext:1,1 --no-location \
	  --sort-output --omit-header -o $(TEXTS) .
	$(BIN)/pybabel -q update -i $(TEXTS) -d registry/locale -D registry \
	  --no-fuzzy-matching --omit-header --ignore-obsolete

.PHONY: help setup run lint test test-all bench campaign fuzz audit bundle screenshots lock messages
