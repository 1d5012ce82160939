# Every command a person needs. `make help` lists them; CI calls the same ones.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup run test test-quick check format docs lock clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: .venv/.complete ## build .venv from the hashed lock

run: setup ## serve the whole product at http://127.0.0.1:5000
	$(BIN)/tigertally serve --host 127.0.0.1 --port $(PORT)

test: setup ## pass every test
	$(BIN)/python -m pytest -n auto --dist worksteal

test-quick: setup ## the tests without the long ones
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

check: setup ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .cache/import-linter

format: setup ## let ruff write the formatting
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup ## write the generated pages again
	$(BIN)/tigertally settings > docs/settings.md

lock: .venv/.complete ## resolve the locked requirements again
	@for set in "run:" "dev:--group dev"; do \
	  $(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command "make lock" pyproject.toml $${set#*:} \
	    -o requirements/$${set%%:*}.txt; done

clean: ## remove everything that the other commands made, but no data
	rm -rf .venv node_modules .cache src/tigertally/webui

.venv/.complete: requirements/dev.txt pyproject.toml
	@echo "setup: Python packages into .venv (about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "setup: Python 3.11 or newer is needed; name one with: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@
