# Every command a person needs. `make help` lists them; CI calls the same ones.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin
# More than cores: those who wait for a process or an outage leave theirs to the others.
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
# How many rows of tests run beside each other: Python's, and those of clients and pages.
ROWS ?= 2
WEBUI := src/tigertally/webui/index.html
SITE := src/tigertally/site/index.html
MODULE := src/tigertally/web/static/client.js
UNIAPP := apps/uniapp
WEB_SOURCES := $(shell find apps/web packages -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
SITE_SOURCES := $(shell find docs packages -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null) ARCHITECTURE.md CONTRIBUTING.md
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tools that ask for it do the same on every machine.
export CI := true
# Tests start Python a thousand times, which must not compile the same files each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup web docs-site run test test-quick test-python test-apps test-web test-uni test-pages check format docs vectors lock bench bench-record clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: .venv/.complete node_modules/.complete ## build .venv and node_modules from the locks

web: $(WEBUI) $(SITE) $(MODULE) ## build the web application, the documentation and the client into the package

docs-site: $(SITE) ## build the documentation, which the service has at /docs

run: setup web ## serve the whole product at http://127.0.0.1:5000
	@$(BIN)/tigertally serve --host 127.0.0.1 --port $(PORT) --other-port "name another: make run PORT=5001"

test: setup web $(UNIAPP)/node_modules/.complete ## pass every test (ROWS=1: one stage after the other)
	@tests/needs servers chromium
	@# Beside each other, one goes on where the other waits for a process or a page.
	@$(MAKE) -j$(ROWS) test-python test-apps

test-apps:
	@$(MAKE) test-web && $(MAKE) test-uni && $(MAKE) test-pages

test-quick: setup ## the tests without servers and processes, over one carrier and adapter (three minutes)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not again" \
	  tests/architecture tests/unit tests/http tests/vectors
	npm test

test-python: setup web
	@tests/needs servers
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-web: setup web
	npm test
	npm run test:consumers
	npm run size

test-uni: setup $(UNIAPP)/node_modules/.complete
	@tests/needs chromium
	@echo "test-uni: the mini program and the H5 page: types, two builds, both against the service (two minutes)"
	@cd $(UNIAPP) && npm run --silent check && npm run --silent test

test-pages: setup web
	@tests/needs chromium servers
	npm run test:chromium
	npm run e2e

check: setup $(UNIAPP)/node_modules/.complete ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" npx --no-install pyright --verifytypes tigertally --ignoreexternal
	$(BIN)/lint-imports --cache-dir .cache/import-linter
	npm run check
	cd $(UNIAPP) && npm run check

format: setup ## let the formatters write
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	npx prettier --write packages apps lint examples tests/consumers docs/.vitepress docs/test

docs: setup ## write what is generated again: pages, pictures, types
	$(BIN)/tigertally settings > docs/settings.md
	$(BIN)/tigertally settings --lang zh-CN > docs/settings.zh-CN.md
	$(BIN)/python -m tests.reference
	npm run types

vectors: setup ## write the transcripts of refreshes again, which the clients' tests replay
	$(BIN)/python -m tests.vectors

lock: .venv/.complete ## resolve the locked Python requirements again
	@for set in "run:--extra server --extra pictures --extra providers" \
	    "dev:--all-extras --group dev" \
	    "image:--extra server --extra pictures --extra providers --extra postgres --extra mysql \
	      --extra redis --extra s3"; do \
	  $(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command "make lock" pyproject.toml $${set#*:} \
	    -o requirements/$${set%%:*}.txt; done
	@$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" benchmarks/requirements.in \
	  -o benchmarks/requirements.txt

bench: setup .cache/bench/.complete ## measure, side by side with the peers (20 minutes; PARTS="checking memory" for some)
	@tests/needs servers wrk
	$(BIN)/python -m benchmarks $(PARTS)

bench-record: setup .cache/bench/.complete ## the same, and keep the results in benchmarks/README.md and its chart
	@tests/needs servers wrk
	$(BIN)/python -m benchmarks --record $(PARTS)
	.cache/bench/bin/python benchmarks/chart.py

.cache/bench/.complete: benchmarks/requirements.txt
	@echo "bench: the peers into an environment of their own"
	@$(PYTHON) -m venv .cache/bench
	@.cache/bench/bin/python -m pip install -q --require-hashes -r $<
	@touch $@

clean: ## remove everything that the other commands made, but no data
	rm -rf .venv node_modules packages/*/node_modules apps/*/node_modules .cache src/tigertally/webui src/tigertally/site $(MODULE)

.venv/.complete: requirements/dev.txt pyproject.toml
	@echo "setup: Python packages into .venv (about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "setup: Python 3.11 or newer is needed; name one with: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

node_modules/.complete: package-lock.json
	@echo "setup: npm packages into node_modules (about a minute)"
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
	  || { echo "setup: Node 20 or newer is needed"; exit 1; }
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Apart from `setup`: its tool chain is of use only to who works on the mini program.
$(UNIAPP)/node_modules/.complete: $(UNIAPP)/package-lock.json node_modules/.complete
	@echo "setup: npm packages into $(UNIAPP)/node_modules (about a minute)"
	@cd $(UNIAPP) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEBUI): node_modules/.complete $(WEB_SOURCES)
	@echo "web: building the pages"
	@npm run build --silent
	@touch $@

$(SITE): node_modules/.complete $(SITE_SOURCES)
	@echo "docs-site: building the documentation"
	@npm run build --silent --workspace @tigertally/docs
	@touch $@

$(MODULE): node_modules/.complete $(WEB_SOURCES)
	@echo "web: building the client as one module"
	@npm run module --silent --workspace @tigertally/client
	@touch $@
